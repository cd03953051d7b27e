"""What a run may replace, and what it leaves behind when it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import beaconline
from beaconline.cli.main import main
from beaconline.node.outputs import OutputError, check_target

HEADER = "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo"
ROW = "211000001,2026-01-02T00:00:00,1.0,2.0,0.1,0,511,A,,,30,7,40,8,3,30"


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text(f"{HEADER}\n{ROW}\n")
    return path


def test_only_the_folder_of_an_earlier_run_is_replaced(csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = csv.parent / "docs"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    assert main(["watch", str(csv), "--out", str(out), "--replace"]) == 1
    assert "does not hold an earlier run" in capsys.readouterr().err
    assert (out / "thesis.txt").read_text() == "years of work"


def test_a_folder_that_holds_what_the_run_reads_is_not_replaced(csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = csv.parent / "out"
    assert main(["watch", str(csv), "--out", str(out)]) == 0
    inside = out / "in.csv"
    inside.write_bytes(csv.read_bytes())
    assert main(["watch", str(inside), "--out", str(out), "--replace"]) == 1
    assert "which this run reads" in capsys.readouterr().err
    assert inside.exists()


def test_a_folder_filled_in_the_meantime_is_not_overwritten(csv: Path) -> None:
    out = csv.parent / "out"
    result = beaconline.watch(csv)
    result.write(out)
    before = (out / "summary.json").read_bytes()
    with pytest.raises(OutputError, match="not empty"):
        result.write(out)
    from beaconline.node.outputs import _put_in_place

    late = csv.parent / "late"
    late.mkdir()
    with pytest.raises(OSError):
        _put_in_place(late, out, replace=False)
    assert (out / "summary.json").read_bytes() == before


def test_places_that_cannot_be_renamed_are_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OutputError, match="mount point"):
        check_target(Path("/proc"), replace=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="runs in"):
        check_target(Path(), replace=False)


def test_a_link_to_a_folder_is_followed(csv: Path) -> None:
    real = csv.parent / "real"
    real.mkdir()
    link = csv.parent / "link"
    link.symlink_to(real)
    assert main(["watch", str(csv), "--out", str(link)]) == 0
    assert (real / "summary.json").exists()
    assert link.is_symlink()


PROGRAM = """
import os, signal, sys
from beaconline.node import outputs
from beaconline.cli.main import main
before = outputs._force_to_disk
def stop(folder):
    os.kill(os.getpid(), getattr(signal, sys.argv[1]))
    before(folder)
outputs._force_to_disk = stop
sys.exit(main(["watch", sys.argv[2], "--out", sys.argv[3]]))
"""


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 128 + signal.SIGTERM)])
def test_a_stopped_run_leaves_nothing(name: str, code: int, csv: Path) -> None:
    args = [sys.executable, "-c", PROGRAM, name, str(csv), str(csv.parent / "out")]
    ran = subprocess.run(args, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert ran.returncode == code
    assert "Traceback" not in ran.stderr
    assert [p.name for p in csv.parent.iterdir()] == ["in.csv"]


def test_an_empty_selection_says_so(csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(csv.parent / "out")
    assert main(["watch", str(csv), "--out", out, "--since", "2030-01-01"]) == 0
    assert "no report to look at" in capsys.readouterr().err
    assert main(["watch", str(csv), "--out", out, "--since", "2030-01-01", "--until", "2029-01-01"]) == 2


def test_the_summary_names_what_shaped_the_findings(csv: Path) -> None:
    profile = csv.parent / "p.toml"
    profile.write_text("[encounter]\ndistance_m = 400\n")
    summary = beaconline.watch(csv, options=beaconline.Options(profile=profile)).summary
    used = {each["use"]: each for each in summary["context"]}
    assert used["profile"]["name"] == str(profile)
    assert len(used["profile"]["sha256"]) == 64
