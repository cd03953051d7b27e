"""``--lists`` and ``presence.csv`` as a user meets them: options, errors, files, page."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from beaconline.cli.main import main
from beaconline.node.watch import Options, watch

LIST = "mmsi,force,source\n211000001,coast_guard,the register\n"
ZONE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "<b>reef</b>", "kind": "reef"},
            "geometry": {"type": "Polygon", "coordinates": [[[-31, 9], [-29, 9], [-29, 11], [-31, 11], [-31, 9]]]},
        }
    ],
}


def positions(folder: Path) -> Path:
    rows = [
        {"t_event": f"2026-01-0{day}T00:{minute:02d}:00Z", "mmsi": mmsi, "lon_deg": -30.0 + lon, "lat_deg": 10.0}
        for day in (1, 2) for minute in range(0, 50, 10) for mmsi, lon in ((211000001, 0.0), (211000002, 0.1))
    ]  # fmt: skip
    path = folder / "positions.parquet"
    frame = pl.DataFrame(rows).with_columns(pl.col("t_event").str.to_datetime(time_zone="UTC"))
    frame.write_parquet(path)
    return path


def run(folder: Path, *more: str) -> int:
    (folder / "z.geojson").write_text(json.dumps(ZONE))
    line = ["watch", str(positions(folder)), "--zones", str(folder / "z.geojson"), "--out", str(folder / "out"), *more]
    return main(line)


def test_lists_shape_the_run(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text(LIST)
    assert run(tmp_path, "--lists", str(tmp_path / "l.csv")) == 0
    findings = [json.loads(line) for line in (tmp_path / "out/findings.jsonl").read_text().splitlines()]
    (listed,) = [f for f in findings if f["kind"] == "listed_seen"]
    assert listed["members"][0]["force"] == "coast_guard"
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    used = [c for c in summary["context"] if c["use"] == "lists"]
    assert used == [
        {"use": "lists", "name": str(tmp_path / "l.csv"), "sha256": hashlib.sha256(LIST.encode()).hexdigest()}
    ]
    with (tmp_path / "out/findings.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["forces"] for row in rows if row["kind"] == "listed_seen"} == {"coast_guard"}


def test_presence_in_the_folder_and_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text(LIST)
    run(tmp_path, "--lists", str(tmp_path / "l.csv"))
    with (tmp_path / "out/presence.csv").open(newline="") as file:
        rows = {(r["zone"], r["row"], r["force"]): r for r in csv.DictReader(file)}
    guard = rows["<b>reef</b>", "force", "coast_guard"]
    assert (guard["vessel_days"], guard["calendar_days"], guard["bound"]) == ("2", "2", "at least")
    assert rows["", "all", ""]["vessel_days"] == "4"
    page = (tmp_path / "out/report.html").read_text()
    section = page[page.index('<section class="presence"') :].split("</section>")[0]
    assert "&lt;b&gt;reef&lt;/b&gt;" in section and "<b>reef" not in section
    assert "coast guard" in section and "too few days to compare" in section


def test_no_zone_no_section(tmp_path: Path) -> None:
    result = watch(positions(tmp_path))
    assert [row.zone for row in result.presence] == ["", ""]
    result.write(tmp_path / "out")
    assert '<section class="presence"' not in (tmp_path / "out/report.html").read_text()


@pytest.mark.parametrize("bad", ["mmsi;force\n211000001;navy\n", "mmsi,force\n211000001,pirates\n", ""])
def test_a_bad_list_stops_the_run_and_leaves_nothing(
    bad: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.csv").write_text(LIST)
    (tmp_path / "bad.csv").write_text(bad)
    lists = ("--lists", str(tmp_path / "good.csv"), "--lists", str(tmp_path / "bad.csv"))
    assert run(tmp_path, *lists) == 2
    told = capsys.readouterr().err
    assert "bad.csv: " in told
    assert "Traceback" not in told
    assert not (tmp_path / "out").exists()


def test_what_is_missing_for_listed_vessels_is_said(tmp_path: Path) -> None:
    result = watch(positions(tmp_path), options=Options(only=["listed_seen"]))
    assert "no lists given (--lists): listed_seen finds nothing" in result.summary["warnings"]
