"""``beaconline vessel`` over a history: the story of a run over it, and quiet terminals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from beaconline.cli.main import main
from beaconline.node import vessel_home
from beaconline.node.safe_json import json_text

sys.path.insert(0, str(Path(__file__).parent.parent / "node"))
sys.path.insert(0, str(Path(__file__).parent.parent))
from history_files import STATIC, UNDATED, days, row, take, write

from hostile import HOSTILE_NAME


def told(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["vessel", *args])
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with ships over three days, one of them twice at once, and a run over it."""
    monkeypatch.chdir(tmp_path)
    jump = [row(1, 3, minute, lon=-28.0, name="FAR") for minute in range(5, 600, 10)]
    take(tmp_path / "home", write(tmp_path / "a.csv", days(2, 3)), write(tmp_path / "b.csv", [*days(3, 5), *jump]))
    assert main(["watch", "--home", "home", "--out", "found", "--only", "identity_conflict"]) == 0
    return tmp_path / "home"


@pytest.mark.parametrize("who", ["211000001", "lie 1", "name:FAR 1", "name: Lie 0 ", "callsign:none", "5"])
def test_the_story_of_a_history_is_that_of_a_run_over_it(
    who: str, node: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from_run = told(capsys, who, "--run", "found", "--json")
    assert told(capsys, who, "--run", "found", "--home", "home", "--json") == from_run
    assert from_run[0] == (1 if who in ("callsign:none", "5") else 0)


def test_every_track_of_a_run_is_found_by_its_name(node: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story: dict[str, Any] = json.loads(told(capsys, "211000001", "--run", "found", "--json")[1])
    assert len(story["tracks"]) > 1 and story["findings"]
    for track in story["tracks"]:
        code, out, _ = told(capsys, f"track:{track['track']}", "--home", "home", "--json")
        assert code == 0 and json.loads(out)["tracks"] == [track]
    assert told(capsys, f"track:{story['tracks'][0]['track'][:-4]}ffff", "--home", "home")[0] == 1


def test_without_a_run_no_finding_was_looked_at(node: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told(capsys, "211000001", "--home", "home")
    assert code == 0 and "none looked at; --run names the folder of a run" in out
    code, out, _ = told(capsys, "999", "--home", "home")
    assert code == 1 and "mmsi 999: not heard in this history" in out


def test_what_was_said_apart_from_a_position_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s.nmea").write_text(STATIC)
    (tmp_path / "u.nmea").write_text(UNDATED)
    home = tmp_path / "home"
    take(home, tmp_path / "s.nmea", tmp_path / "u.nmea")
    code, out, _ = told(capsys, "219005012", "--home", str(home), "--json")
    story = json.loads(out)
    names = [i for i in story["identities"] if i["field"] in ("callsign", "name", "imo")]
    assert code == 0 and names and story["reports"] == 0 and story["static_rows"] == 2
    for each in names:
        assert told(capsys, f"{each['field']}:{each['value']}", "--home", str(home))[0] == 0


def test_times_ahead_of_the_rest_are_left_out_as_in_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ahead = row(1, 2, 0).replace("2026-01-02", "2099-01-02")
    take(tmp_path / "home", write(tmp_path / "a.csv", [*days(2, 3), ahead]))
    code, out, _ = told(capsys, "211000001", "--home", str(tmp_path / "home"), "--json")
    assert code == 0 and json.loads(out)["t_last"].startswith("2026-01-03")


def test_only_so_many_identities_of_one_name(
    node: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(vessel_home, "MOST_IDENTITIES", 1)
    write(Path("c.csv"), [row(ship, 2, 1, name="").replace(f" {ship},", "SAME,") for ship in (4, 5, 6)])
    take(node, Path("c.csv"))
    code, out, _ = told(capsys, "SAME", "--home", "home")
    assert code == 0 and "2 more identities bear it and are not told" in out


def test_a_home_of_no_use_and_nothing_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = told(capsys, "5", "--home", str(tmp_path))
    assert code == 2 and "is not the home of a node" in err
    code, _, err = told(capsys, "5")
    assert code == 2 and "name the folder of a run, or a home" in err


@pytest.mark.parametrize("line", ["[]", "5", "{}", '{"id": "f_1"}', "x", "[" * 100_000, "\udcff"])
def test_a_broken_file_of_findings_is_told(line: str, node: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("found/findings.jsonl").write_text(line + "\n", encoding="utf-8", errors="surrogateescape")
    code, _, err = told(capsys, "211000001", "--run", "found")
    assert code == 2 and "findings.jsonl: " in err


def test_a_hostile_name_cannot_reach_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = '"' + HOSTILE_NAME.replace('"', '""') + '"'
    rows = [row(1, 2, minute).replace("LIE 1", name) for minute in range(0, 100, 10)]
    take(tmp_path / "home", write(tmp_path / "a.csv", rows))
    for more in ((), ("--json",)):
        code, out, _ = told(capsys, "211000001", "--home", str(tmp_path / "home"), *more)
        assert code == 0 and "HYPERLINK" in out
        assert not [c for c in out.replace("\n", "") if not c.isprintable()]


@pytest.mark.parametrize("text", ["\x1b[31m", "\x9b31m", "\u202e", "\u2028", "\x7f", "\ud800", "\U000e0041", "海巡\n"])
def test_json_for_a_terminal_reads_back_the_same(text: str) -> None:
    out = json_text({"name": text})
    assert json.loads(out) == {"name": text}
    assert out.replace("\n", "").isprintable()
    assert ("海巡" in out) == ("海巡" in text)


def test_a_terminal_that_knows_ascii_alone(tmp_path: Path) -> None:
    rows = [row(1, 2, minute, name="海巡é") for minute in range(0, 100, 10)]
    take(tmp_path / "home", write(tmp_path / "a.csv", rows))
    line = [sys.executable, "-m", "beaconline", "vessel", "211000001", "--home", str(tmp_path / "home")]
    for more in ([], ["--json"]):
        ran = subprocess.run([*line, *more], capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"})
        assert (ran.returncode, ran.stderr) == (0, b"") and b"\\u6d77" in ran.stdout
    names = [i["value"] for i in json.loads(ran.stdout)["identities"] if i["field"] == "name"]
    assert names == ["海巡é 1"]
