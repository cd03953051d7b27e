"""``beaconline rules`` and ``beaconline vessel`` as a watch floor uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from beaconline.cli import rules
from beaconline.cli.main import main
from beaconline.foundation.records.finding import KINDS
from beaconline.node import wiring
from beaconline.node.explain import explain

HEADER = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass"
)


def rows(days: int = 2) -> str:
    """A pair that lies together for an hour on each day, and a third ship that only passes."""
    out = [HEADER]
    for day in range(days):
        for minute in range(0, 61, 10):
            stamp = f"2026-01-{2 + day:02d}T06:{minute:02d}:00" if minute < 60 else f"2026-01-{2 + day:02d}T07:00:00"
            out += [
                f"79900000{k + 1},{stamp},10.{k:03d}00,-30.0,0.1,0,0,SIM {k + 1},IMO900000{k},C{k},80,0,120,20,7,80,A"
                for k in range(2)
            ]
            out.append(f"799000003,{stamp},{9 + minute / 1000:.5f},-31.0,6.0,0,0,SIM 3,,,70,0,120,20,7,70,A")
    return "\n".join(out) + "\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ships.csv").write_text(rows())
    (tmp_path / "wide.toml").write_text("[encounter]\ndistance_m = 50000\n")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(list(args))
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_of_every_kind_has_an_origin(kind: str) -> None:
    told = explain(kind)
    assert told.title and told.text
    assert [p.name for p in told.parameters] == list(wiring.modules()[kind].DEFAULTS)
    assert [p.name for p in told.parameters if not p.origin] == []


def test_show_says_what_a_kind_is(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "rules", "show", "encounter")
    assert code == 0 and "distance_m" in out and "Global Fishing Watch" in out
    code, out, _ = run(capsys, "rules", "show", "--json")
    assert code == 0 and [each["kind"] for each in json.loads(out)] == list(KINDS)


def test_lint_tells_every_bad_file_and_not_the_first_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.toml").write_text("[encounter]\ndistance = 5\n")
    (folder / "bad.geojson").write_text('{"type": "FeatureCollection"}')
    (folder / "mutes.toml").write_text("[[mute]]\n")
    code, out, _ = run(
        capsys, "rules", "lint", "--profile", "bad.toml", "--zones", "bad.geojson", "--mutes", "mutes.toml"
    )
    assert code == 1
    errors = [line for line in out.splitlines() if line.startswith("error: ")]
    assert len(errors) == 3
    for name in ("bad.toml", "bad.geojson", "mutes.toml"):
        assert any(name in line for line in errors)


def test_lint_warns_of_a_slip_of_units_and_of_rules_that_match_the_fleet(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "rules", "lint", "--profile", "wide.toml", "ships.csv", "--only", "encounter")
    assert code == 1
    assert "wide.toml: [encounter] distance_m = 50000 is 100 times the start value 500" in out
    assert "rule encounter: would match 67% of vessels (2 of 3)" in out


def test_lint_with_nothing_to_say_exits_with_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "good.toml").write_text("[encounter]\ndistance_m = 400\n")
    code, out, _ = run(capsys, "rules", "lint", "--profile", "good.toml")
    assert code == 0 and "nothing to say against it" in out


def test_backtest_counts_alarms_by_watch(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ("rules", "backtest", "ships.csv", "--only", "encounter", "--watch-hours", "12", "--json")
    code, out, _ = run(capsys, *args, "--against", "wide.toml")
    told: dict[str, Any] = json.loads(out)
    (row,) = [each for each in told["rows"] if each["kind"] == "encounter"]
    # 06:00 on the second to 07:00 on the third: 25 hours, two alarms.
    assert code == 0 and row["alarms"] == 2
    assert row["watches"] == pytest.approx(25 / 12)
    assert row["per_watch"] == pytest.approx(2 / (25 / 12))
    assert row["low"] < row["per_watch"] < row["high"]
    assert row["busiest"] == 0  # only the afternoon of the second is a whole watch
    assert told["before"] is not None
    code, out, _ = run(capsys, *args[:-1])
    assert code == 0 and "encounter" in out and "per watch" in out


def test_backtest_needs_rows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "rules", "backtest")[0] == 2
    (folder / "one.csv").write_text("\n".join(rows().splitlines()[:2]) + "\n")
    code, _, err = run(capsys, "rules", "backtest", "one.csv")
    assert code == 2 and "span no time" in err
    code, _, err = run(capsys, "rules", "backtest", "gone.csv")
    assert code == 1 and "gone.csv" in err


def test_a_vessel_s_story(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "watch", "ships.csv", "--only", "encounter", "--out", "found")[0] == 0
    code, out, _ = run(capsys, "vessel", "799000001", "--run", "found", "--json")
    told = json.loads(out)
    assert code == 0 and told["reports"] == 14 and told["mmsi"] == [799000001]
    assert {(i["field"], i["value"]) for i in told["identities"]} >= {("name", "SIM 1"), ("callsign", "C0")}
    assert [f["kind"] for f in told["findings"]] == ["encounter", "encounter"]
    assert [m["mmsi"] for m in told["met"]] == [799000002]
    for other in ("SIM 1", "sim 1", "name:SIM 1", "callsign:C0", f"track:{told['tracks'][0]['track']}"):
        code, out, _ = run(capsys, "vessel", other, "--run", "found", "--json")
        assert code == 0 and json.loads(out)["mmsi"] == [799000001], other
    code, out, _ = run(capsys, "vessel", "799000001", "--run", "found")
    assert code == 0 and "What it said of itself" in out and "799000002 SIM 2, tanker: 2 encounter" in out


def test_a_vessel_that_is_not_there_and_a_folder_that_is_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "watch", "ships.csv", "--only", "encounter", "--out", "found")[0] == 0
    code, out, _ = run(capsys, "vessel", "123", "--run", "found")
    assert code == 1 and "not heard in this run" in out
    for bad in ("imo:x", "mmsi:", " "):
        assert run(capsys, "vessel", bad, "--run", "found")[0] == 2
    code, _, err = run(capsys, "vessel", "123", "--run", str(folder))
    assert code == 2 and "holds no tracks.parquet" in err


def lying(vessels: int) -> str:
    """Vessels that lie within 300 m of each other, each for 13 hours of another day."""
    out = [HEADER]
    for k in range(vessels):
        for half in range(27):
            stamp = f"2026-01-{1 + k:02d}T{half // 2:02d}:{30 * (half % 2):02d}:00"
            out.append(f"{799000001 + k},{stamp},10.{100 + k:04d},-30.0,0.0,0,0,SIM {k},,,70,1,120,20,7,70,A")
    return "\n".join(out) + "\n"


def test_anchorages_are_learnt_and_masks_take_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for vessels, found in ((19, 0), (20, 1)):
        (folder / "lying.csv").write_text(lying(vessels))
        code, out, _ = run(capsys, "rules", "anchorages", "lying.csv", "--out", "learnt.csv")
        assert code == 0 and f"{found} anchorages in learnt.csv" in out
    code, out, err = run(capsys, "watch", "ships.csv", "--only", "encounter", "--masks", "learnt.csv", "--out", "found")
    assert code == 0, err
    assert run(capsys, "rules", "anchorages", "--out", "x.csv")[0] == 2


DEEP = "a = " + "[" * 100_000
BOX = {
    "type": "Feature",
    "properties": {"name": "box", "kind": "watch"},
    "geometry": {"type": "Polygon", "coordinates": [[[-32, 8], [-29, 8], [-29, 12], [-32, 12], [-32, 8]]]},
}


def test_lint_tells_what_is_wrong_with_files_together_and_what_lists_leave_open(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one.geojson", "two.geojson"):
        (folder / name).write_text(json.dumps(BOX))
    code, out, err = run(capsys, "rules", "lint", "--zones", "one.geojson", "--zones", "two.geojson")
    assert (code, err) == (1, "")
    assert "error: two.geojson: two zones are called 'box' (the other in one.geojson)" in out
    (folder / "l.csv").write_text("mmsi,froce\n799000001,navy\n")
    code, out, _ = run(capsys, "rules", "lint", "--lists", "l.csv")
    assert code == 1 and "columns not used: froce (should it be force?)" in out


@pytest.mark.parametrize("option", ["--profile", "--mutes"])
def test_a_rule_file_nested_without_end_is_told(option: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "deep.toml").write_text(DEEP)
    code, out, _ = run(capsys, "rules", "lint", option, "deep.toml")
    assert code == 1 and out.startswith("error: deep.toml: ") and "nested too deeply" in out
    code, _, err = run(capsys, "watch", "ships.csv", option, "deep.toml", "--out", "found")
    assert code == 2 and "deep.toml: " in err and not (folder / "found").exists()


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ('not_in_list = "ours.csv"', "not_in_list: no list 'ours.csv' is loaded (--lists)"),
        ('outside_zones = "bix"', "outside_zones: no zone 'bix' is loaded (--zones)"),
    ],
)
def test_a_rule_that_would_reach_everything_for_want_of_a_name_is_refused(
    rule: str, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "box.geojson").write_text(json.dumps(BOX))
    (folder / "p.toml").write_text(f'[[exclude]]\nkinds = "encounter"\n{rule}\nreason = "a slip"\n')
    more = ("--profile", "p.toml", "--zones", "box.geojson")
    code, _, err = run(capsys, "watch", "ships.csv", *more, "--only", "encounter", "--out", "found")
    assert code == 2 and told in err and not (folder / "found").exists()
    code, out, _ = run(capsys, "rules", "lint", *more)
    assert code == 1 and f"error: p.toml: [[exclude]] 1: {told}" in out


def test_a_rule_that_reaches_less_than_it_says_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "p.toml").write_text('[[exclude]]\nin_list = "ours.csv"\nzones = "bix"\nreason = "a slip"\n')
    told = ("zones: no zone 'bix' is loaded", "in_list: no list 'ours.csv' is loaded")
    code, out, _ = run(capsys, "rules", "lint", "--profile", "p.toml")
    assert code == 1 and all(f"warning: p.toml: [[exclude]] 1: {text}" in out for text in told)
    code, _, err = run(capsys, "watch", "ships.csv", "--profile", "p.toml", "--only", "encounter", "--out", "found")
    assert code == 0 and all(text in err for text in told)


def test_lint_and_backtest_over_a_history_say_what_they_say_over_its_files(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "import", "ships.csv", "--home", "node", "--mode", "exercise")[0] == 0
    for part in ("lint", "backtest"):
        args = ("rules", part, "--profile", "wide.toml", "--only", "encounter")
        over_files, over_home = run(capsys, *args, "ships.csv"), run(capsys, *args, "--home", "node")
        assert over_home == over_files and over_home[1]
    code, _, err = run(capsys, "rules", "backtest", "--home", "node", "--mode", "real")
    assert code == 2 and "modes never mix" in err
    code, _, err = run(capsys, "rules", "backtest", "--home", str(folder))
    assert code == 1 and "is not the home of a node" in err


def test_a_reader_that_leaves_early_is_no_error(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def left(_tested: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(rules, "_print_backtest", left)
    monkeypatch.setattr("beaconline.cli.main._give_up_output", lambda: None)
    code, _, err = run(capsys, "rules", "backtest", "ships.csv", "--only", "encounter")
    assert code == 0 and "pipe" not in err.lower()
