"""The command line: exit codes, help with an example, no traceback."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from beaconline.cli.main import COMMANDS, main
from beaconline.cli.progress import Progress
from beaconline.cli.schema import names, text_of


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "example: beaconline" in capsys.readouterr().out


def test_top_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert all(command in out for command in COMMANDS)


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["nothing"],
        ["watch"],
        ["watch", "x.csv"],
        ["watch", "x.csv", "--out", "d", "--only", "piracy"],
        ["watch", "x.csv", "--out", "d", "--bbox", "1,2,3"],
        ["watch", "x.csv", "--out", "d", "--bbox", "0,10,1,5"],
        ["watch", "x.csv", "--out", "d", "--as-of", "yesterday"],
        ["watch", "x.csv", "--out", "d", "--received", "2026-01-01T00:00:00Z,0"],
        ["watch", "x.csv", "--out", "d", "--max-reject", "2"],
        ["schema", "nothing/9"],
    ],
)
def test_wrong_usage_exits_with_2_and_says_why(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(args)
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == 2
    err = capsys.readouterr().err
    assert err.strip()
    assert "Traceback" not in err


def test_schemas_print_and_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out.split() == names()
    for name in names():
        assert json.loads(text_of(name))["$id"] == f"beaconline:{name}"
        assert main(["schema", name.split("/")[0]]) == 0


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from beaconline.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print(sorted(m for m in ('numpy', 'polars', 'numba', 'pyais') if m in sys.modules), file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "[]"


def test_a_closed_pipe_is_no_error() -> None:
    ran = subprocess.run(
        f"{sys.executable} -m beaconline schema finding | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "{"
    assert ran.stderr == ""


def test_the_bar_tells_share_rate_and_time_left() -> None:
    assert Progress.line("find", 50, 200, 2.0) == "find  [######                  ]  25%  25 rows/s  0:06 left"
    assert Progress.line("read", 5_000_000, None, 2.0) == "read  2.5 MB/s"
    assert Progress.line("read", 0, 200, 0.0).startswith("read  [")
    assert Progress.line("write", 0, None, 1.0) == "write …"
