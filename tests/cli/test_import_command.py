"""``beaconline import`` and ``watch --home``: what they say, and their exit codes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from beaconline.cli.main import main
from beaconline.foundation.store.home import read_manifest

sys.path.insert(0, str(Path(__file__).parent.parent / "node"))
from history_files import days, write


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return write(tmp_path / "a.csv", days(2, 3))


def test_an_import_is_told(tmp_path: Path, csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    assert main(["import", str(csv), "--home", str(home)]) == 0
    out = capsys.readouterr().out
    assert "added 576 reports and 0 static rows of 1 input" in out
    assert "history: 576 reports on 2 days, 2026-01-02T00:00:00Z to 2026-01-03T23:50:00Z" in out
    assert main(["import", str(csv), "--home", str(home)]) == 0
    assert "1 of the inputs had been imported before" in capsys.readouterr().out


def test_as_json(tmp_path: Path, csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(csv), "--home", str(tmp_path / "home"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["inputs"], told["new"], told["merged"], told["rows_in"], told["rejected"]) == (1, 576, 0, 576, 0)
    assert told["history"]["days"] == 2 and told["removed"]["days"] == []


def test_rejects_beyond_the_limit_and_unreadable_inputs_end_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = str(tmp_path / "home")
    bad = write(tmp_path / "b.csv", [*days(2), *["211000001,yesterday,1,2,0,0,0,X,,,30,7,4,8,3,30"] * 9])
    assert main(["import", str(bad), "--home", home]) == 1
    assert "9 of 297 lines rejected, more than 1.0%" in capsys.readouterr().err
    assert main(["import", str(bad), "--home", home]) == 0
    assert main(["import", str(tmp_path / "absent.csv"), "--home", home]) == 1
    assert "absent.csv" in capsys.readouterr().err
    assert main(["import", str(bad), "--home", str(tmp_path / "other"), "--max-reject", "5%"]) == 0


def test_retention_is_kept_and_told(tmp_path: Path, csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    assert main(["import", str(csv), "--home", str(home), "--retain-days", "2"]) == 0
    capsys.readouterr()
    assert main(["import", str(write(tmp_path / "b.csv", days(7, step=60))), "--home", str(home)]) == 0
    assert "removed 2 days, 2026-01-02 to 2026-01-03: 576 reports" in capsys.readouterr().out
    assert read_manifest(home).retain_days == 2
    assert main(["import", "--home", str(home), "--retain-days", "all"]) == 0
    assert read_manifest(home).retain_days is None


@pytest.mark.parametrize("days_", ["0", "-1", "x", "36501"])
def test_a_retention_out_of_bounds_is_a_usage_error(
    tmp_path: Path, days_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["import", "--home", str(tmp_path / "home"), f"--retain-days={days_}"])
    assert ended.value.code == 2
    assert "a number of days from 1 to 36500, or all" in capsys.readouterr().err


def test_usage(tmp_path: Path, csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(tmp_path / "home")
    assert main(["import", "--home", home]) == 2
    assert "nothing to do" in capsys.readouterr().err
    assert main(["import", str(csv), "--home", home, "--mapping", str(tmp_path / "absent.toml")]) == 2
    assert main(["watch", "--out", str(tmp_path / "out")]) == 2
    assert main(["watch", str(csv), "--home", home, "--out", str(tmp_path / "out")]) == 2
    assert "either an INPUT or --home" in capsys.readouterr().err


def test_a_foreign_folder_and_another_mode_end_with_1(
    tmp_path: Path, csv: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear")
    assert main(["import", str(csv), "--home", str(tmp_path / "letters")]) == 1
    assert main(["watch", "--home", str(tmp_path / "letters"), "--out", str(tmp_path / "out")]) == 1
    home = str(tmp_path / "home")
    assert main(["import", str(csv), "--home", home, "--mode", "simulated"]) == 0
    assert main(["import", str(csv), "--home", home, "--mode", "real"]) == 1
    told = capsys.readouterr().err
    assert told.count("not the home of a node") == 2 and "never mixes" in told
    assert main(["watch", "--home", home, "--out", str(tmp_path / "out"), "--mode", "real"]) == 2
    assert not (tmp_path / "out").exists()


def test_watch_over_a_home(tmp_path: Path, csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, out = str(tmp_path / "home"), tmp_path / "out"
    assert main(["import", str(csv), "--home", home, "--mode", "simulated"]) == 0
    assert main(["watch", "--home", home, "--out", str(out), "--only", "encounter"]) == 0
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["mode"], summary["reports"], summary["inputs"]) == ("simulated", 576, [])
    assert "576 reports of 2 vessels" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert main(["watch", "--home", home, "--out", home, "--replace"]) == 1
    assert (tmp_path / "home" / "home.json").exists()
