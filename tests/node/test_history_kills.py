"""An import that is killed, or finds the disk full, leaves a home that reads clean; the next one completes it."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from history_files import days, tables, take, write

from beaconline.foundation.store.history import History
from beaconline.foundation.store.home import Writer
from beaconline.foundation.table.reports import Pools

ROUNDS = 6

CHILD = """
import os, signal, sys
sys.path.insert(0, sys.argv[3])
from beaconline.node import history_import
history_import.COMMIT_ROWS = 3000
history_import.RUN_ROWS = 700
from beaconline.cli.main import main
home, fatal, seen = sys.argv[2], int(sys.argv[4]), 0

def count(event, args):
    global seen
    if event in ("open", "os.rename", "os.remove", "os.mkdir") and str(args[0]).startswith(home):
        seen += 1
        if seen == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
code = main(["import", sys.argv[1], "--home", home])
print(seen, file=sys.stderr)
sys.exit(code)
"""
"""An import that kills itself, as nothing can catch, when it touches a file of the home for the n-th time."""


def run(folder: Path, home: Path, fatal: int = 0) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", CHILD, str(folder), str(home), str(Path(__file__).parent), str(fatal)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def clean(home: Path) -> tuple[int, int]:
    """(days, reports) of a home that reads whole: every part holds what the manifest says."""
    with History(home) as history:
        for part in history.parts:
            rows, statics, _ = history.read_part(part, Pools())
            assert (len(rows), len(statics)) == (part.rows, part.static_rows)
        return len(history.days()), sum(part.rows for part in history.parts)


@pytest.mark.slow
def test_killed_at_any_time(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for k in range(12):
        write(folder / f"{k}.csv", days(2, 3, 4, ships=4)[k % 3 :: 3])
    whole = tmp_path / "whole"
    first = run(folder, whole)
    assert first.returncode == 0, first.stderr
    touches = int(first.stderr.split()[-1])
    assert touches > 20
    dice = random.Random(5)
    killed = []
    home = tmp_path / "home"
    for _ in range(ROUNDS):
        killed.append(run(folder, home, dice.randint(1, touches)).returncode == -signal.SIGKILL)
        if (home / "home.json").exists():
            clean(home)
    assert killed[0]
    last = run(folder, home)
    assert last.returncode == 0, last.stderr
    assert clean(home) == clean(whole)
    assert tables(home) == tables(whole)
    assert not list(home.rglob("*.part"))


def test_an_interrupt_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    take(home, write(tmp_path / "a.csv", days(2)))
    before = tables(home)
    real = Writer.put
    count = 0

    def put(self: Writer, *args: object) -> str:
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        return real(self, *args)  # type: ignore[arg-type]

    other = write(tmp_path / "b.csv", days(2, 3, step=7))
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "put", put)
        with pytest.raises(KeyboardInterrupt):
            take(home, other)
    assert clean(home) == (1, 288)
    assert {name: data for name, data in tables(home).items() if name in before} == before
    take(home, other)
    take(tmp_path / "whole", tmp_path / "a.csv", other)
    assert tables(home) == tables(tmp_path / "whole")


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
from beaconline.cli.main import main
sys.exit(main(["import", sys.argv[1], "--home", sys.argv[2]]))
"""


@pytest.mark.parametrize("room", [10_000, 200_000])
def test_a_full_disk_is_told_and_changes_nothing(tmp_path: Path, room: int) -> None:
    """Room for the first tables only, or for not even the rows put aside."""
    assert resource.RLIMIT_FSIZE is not None
    home = tmp_path / "home"
    take(home, write(tmp_path / "a.csv", days(2)))
    before = tables(home)
    csv = write(tmp_path / "b.csv", days(*range(2, 9), ships=5, step=3))
    line = [sys.executable, "-c", FULL, str(csv), str(home), str(room)]
    ran = subprocess.run(line, capture_output=True, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    assert ran.returncode == 1
    assert "cannot be written" in ran.stderr and "Traceback" not in ran.stderr
    assert clean(home) == (1, 288)
    assert {name: data for name, data in tables(home).items() if name in before} == before
    assert take(home, csv).problems == []
    assert clean(home)[0] == 7


def test_two_imports_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from beaconline.cli.main import main

    home = tmp_path / "home"
    csv = write(tmp_path / "a.csv", days(2))
    with Writer(home):
        assert main(["import", str(csv), "--home", str(home)]) == 1
    assert "another process writes to it" in capsys.readouterr().err
    assert main(["import", str(csv), "--home", str(home)]) == 0
