"""The main job end to end: its folder, its balance, and that order of input does not matter."""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest

import beaconline
from beaconline.cli.main import main

HEADER = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass"
)
SAME_BYTES = ("findings.jsonl", "findings.geojson", "findings.csv", "presence.csv")
FILES = {*SAME_BYTES, "tracks.parquet", "rejects.parquet", "report.html", "summary.json"}


def rows() -> list[str]:
    """Two ships that meet off shore for two hours, one that sails through an area, and one row without position."""
    out = []
    for minute in range(0, 180, 3):
        t = f"2026-01-02T{minute // 60:02d}:{minute % 60:02d}:00"
        out += [
            f"21100000{ship},{t},0.50000,{-30 + 0.002 * ship:.5f},0.1,0,511,LIE {ship},,,30,7,40,8,3,30,A"
            for ship in range(2)
        ]
        out.append(
            f"211000002,{t},{0.5 + 0.00333 * minute:.5f},-30.10000,12.0,0,0,RUN,IMO9074729,RUN1,70,0,100,20,8,70,A"
        )
    out.append("211000002,2026-01-02T03:00:00,,,,,,RUN,IMO9074729,RUN1,70,0,100,20,8,70,A")
    return out


ZONE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "area A", "kind": "watch"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[-31, 0.7], [-29, 0.7], [-29, 0.9], [-31, 0.9], [-31, 0.7]]],
            },
        }
    ],
}


@pytest.fixture
def zone(tmp_path: Path) -> Path:
    path = tmp_path / "zone.geojson"
    path.write_text(json.dumps(ZONE))
    return path


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def schema_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(resources.files("beaconline.schemas").joinpath(f"{name}-1.json").read_text())
    return found


def findings_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "findings.jsonl").read_text().splitlines()]


def test_the_folder_of_a_run(tmp_path: Path, zone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["watch", str(write(tmp_path / "in.csv", rows())), "--zones", str(zone), "--out", str(out)]) == 0
    assert {p.name for p in out.iterdir()} == FILES
    findings = findings_of(out)
    assert sorted(f["kind"] for f in findings) == ["encounter", "zone_entry"]
    schema = schema_of("finding")
    for finding in findings:
        jsonschema.validate(finding, schema)
    summary = json.loads((out / "summary.json").read_text())
    jsonschema.validate(
        summary, json.loads(resources.files("beaconline.schemas").joinpath("summary-1.json").read_text())
    )
    assert summary["rows_in"] == 181
    assert summary["rows_in"] == (
        summary["reports"] + summary["without_position"] + summary["duplicates"] + summary["rejects"]["total"]
    )
    assert summary["without_position"] == 1
    tracks = pl.read_parquet(out / "tracks.parquet")
    assert len(tracks) == summary["reports"] == 180
    assert tracks["track"].n_unique() == summary["tracks"] == 3
    assert "encounter" in capsys.readouterr().out
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".out")]


def test_tracks_fit_the_report_schema(tmp_path: Path) -> None:
    out = tmp_path / "out"
    beaconline.watch(write(tmp_path / "in.csv", rows())).write(out)
    schema = schema_of("report")
    frame = pl.read_parquet(out / "tracks.parquet")
    for name in ("t_event", "t_received"):
        frame = frame.with_columns(pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    for row in frame.head(5).to_dicts():
        jsonschema.validate(row, schema)


def test_order_and_copies_of_rows_change_no_byte(tmp_path: Path, zone: Path) -> None:
    lines = rows()
    shuffled = lines + random.Random(1).sample(lines, 40)
    random.Random(2).shuffle(shuffled)
    halves = tmp_path / "halves"
    halves.mkdir()
    write(halves / "b.csv", shuffled[:100])
    (halves / "a.csv.gz").write_bytes(gzip.compress("\n".join([HEADER, *shuffled[100:]]).encode()))
    beaconline.watch(write(tmp_path / "in.csv", lines), zones=[zone]).write(tmp_path / "one")
    beaconline.watch(halves, zones=[zone]).write(tmp_path / "two")
    for name in SAME_BYTES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    one, two = (pl.read_parquet(tmp_path / d / "tracks.parquet").drop("raw_ref") for d in ("one", "two"))
    assert one.equals(two)
    summary = json.loads((tmp_path / "two" / "summary.json").read_text())
    assert (
        summary["duplicates"] == 39 or summary["duplicates"] == 40
    )  # the row without position may be among the copies


def test_a_frame_gives_what_its_file_gives(tmp_path: Path) -> None:
    csv = write(tmp_path / "in.csv", rows())
    from_file = beaconline.watch(csv)
    from_file.write(tmp_path / "out")
    frame = pl.read_parquet(tmp_path / "out" / "tracks.parquet")
    from_frame = beaconline.watch(frame.select("t_event", "lon_deg", "lat_deg", "mmsi", "sog_kn", "name", "feeds"))
    assert from_frame.summary["reports"] == 180

    def told(result: beaconline.Result) -> list[tuple[Any, ...]]:
        return [(f["kind"], f["t_start"], f["t_end"], f["measures"], f["why"]) for f in result.findings]

    assert told(from_frame) == told(from_file) != []


def test_a_frame_without_times_is_refused() -> None:
    with pytest.raises(beaconline.UnreadableInputError, match="frame 1"):
        beaconline.watch(pl.DataFrame({"x": [1]}))


def test_as_of_cuts_the_run(tmp_path: Path) -> None:
    csv = write(tmp_path / "in.csv", rows())
    as_of = 1_767_312_000_000_000 + 3600 * 1_000_000
    result = beaconline.watch(csv, options=beaconline.Options(as_of_us=as_of))
    (finding,) = result.findings
    assert finding["status"] == "open"
    assert finding["t_end"] == "2026-01-02T01:00:00Z"
    assert finding["t_recorded"] == "2026-01-02T01:00:00Z"


def test_bbox_since_until_select(tmp_path: Path) -> None:
    csv = write(tmp_path / "in.csv", rows())
    args = ["watch", str(csv), "--since", "2026-01-02T01:00:00Z", "--until", "2026-01-02T02:00:00Z", "--json"]
    assert main([*args, "--bbox", "-30.05,-1,-29,3", "--out", str(tmp_path / "o")]) == 0
    summary = json.loads((tmp_path / "o" / "summary.json").read_text())
    assert summary["reports"] == 180
    assert summary["selected"] == 40


BAD = {
    "empty.csv": b"",
    "binary.csv": bytes(range(256)) * 40,
    "header.csv": (HEADER + "\n").encode(),
    "cut.csv.gz": gzip.compress(("\n".join([HEADER, *rows()])).encode())[:-200],
    "semicolons.csv": ("\n".join([HEADER, *rows()])).replace(",", ";").encode(),
    "utf16.csv": ("\n".join([HEADER, *rows()])).encode("utf-16"),
    "missing.csv": ("\n".join([HEADER.replace("LAT", "LATX"), *rows()])).encode(),
    "unknown.csv": b"a,b,c\n1,2,3\n",
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_input_gives_a_message_and_no_folder(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / name
    path.write_bytes(BAD[name])
    assert main(["watch", str(path), "--out", str(tmp_path / "out")]) == 1
    err = capsys.readouterr().err
    assert name in err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_an_empty_folder_and_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "nothing").mkdir()
    for name in ("nothing", "absent.csv"):
        assert main(["watch", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 1
        assert name in capsys.readouterr().err
        assert not (tmp_path / "out").exists()


def test_one_bad_input_among_good_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "good.csv", rows())
    (tmp_path / "bad.csv").write_bytes(b"")
    inputs = [str(tmp_path / "good.csv"), str(tmp_path / "bad.csv")]
    assert main(["watch", *inputs, "--out", str(tmp_path / "out")]) == 1
    assert not (tmp_path / "out").exists()
    assert main(["watch", *inputs, "--out", str(tmp_path / "out"), "--skip-unreadable"]) == 1
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["complete"] is False
    assert any("bad.csv" in warning for warning in summary["warnings"])
    capsys.readouterr()


def test_too_many_rejects_exit_with_1_and_keep_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = rows()
    lines[::20] = [line.replace("2026-01-02T", "2026-99-99T") for line in lines[::20]]
    csv = str(write(tmp_path / "in.csv", lines))
    assert main(["watch", csv, "--out", str(tmp_path / "out")]) == 1
    assert "bad_time" in capsys.readouterr().err
    assert main(["watch", csv, "--out", str(tmp_path / "out"), "--replace", "--max-reject", "10%"]) == 0
    rejects = pl.read_parquet(tmp_path / "out" / "rejects.parquet")
    assert len(rejects) == 10
    assert rejects["raw"].str.contains("2026-99-99T").all()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    csv = str(write(tmp_path / "in.csv", rows()))
    assert main(["watch", csv, "--out", str(out)]) == 1
    assert "--replace" in capsys.readouterr().err
    assert (out / "mine.txt").read_text() == "keep"
    (out / "mine.txt").unlink()
    for _ in range(2):
        assert main(["watch", csv, "--out", str(out), "--replace"]) == 0
        assert {p.name for p in out.iterdir()} == FILES


def test_a_full_disk_leaves_no_folder(tmp_path: Path) -> None:
    """A file size limit stands for the full disk: it too fails in the middle of a write."""
    csv = write(tmp_path / "in.csv", rows())

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    # Python would leave cut byte code behind under the limit, and trip over it ever after.
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    args = [sys.executable, "-m", "beaconline", "watch", str(csv), "--out", str(tmp_path / "out")]
    ran = subprocess.run(args, capture_output=True, text=True, preexec_fn=limit, check=False, env=env)
    assert ran.returncode == 1
    assert "cannot be written" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv"]


def test_a_bad_profile_or_zone_is_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    csv = str(write(tmp_path / "in.csv", rows()))
    (tmp_path / "p.toml").write_text("[encounter]\ndistance = 3\n")
    (tmp_path / "z.geojson").write_text("{")
    for option, name in (("--profile", "p.toml"), ("--zones", "z.geojson"), ("--masks", "none.csv")):
        assert main(["watch", csv, option, str(tmp_path / name), "--out", str(tmp_path / "out")]) == 2
        assert name in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_profile_changes_what_is_found(tmp_path: Path) -> None:
    csv = write(tmp_path / "in.csv", rows())
    profile = tmp_path / "p.toml"
    profile.write_text("[encounter]\ndistance_m = 100\n")
    assert len(beaconline.watch(csv).findings) == 1
    assert beaconline.watch(csv, options=beaconline.Options(profile=profile)).findings == []
