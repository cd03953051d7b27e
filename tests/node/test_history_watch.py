"""A run over a history finds what a run over the files finds, byte for byte."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
from history_files import HEADER, STATIC, UNDATED, days, row, take, write

import beaconline
from beaconline.foundation.records.times import parse_us
from beaconline.foundation.store.history import History
from beaconline.foundation.store.home import HomeError
from beaconline.node import history as node_history
from beaconline.node import history_limit, history_merge, rows
from beaconline.node import watch as node_watch
from beaconline.node.history import believed_until, watch_home
from beaconline.node.watch import Options
from beaconline.see.ingest import IngestOptions

FINDINGS = ("findings.jsonl", "findings.csv", "findings.geojson", "presence.csv")
ZONE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "area", "kind": "watch"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[-31, 0.7], [-29, 0.7], [-29, 0.9], [-31, 0.9], [-31, 0.7]]],
            },
        }
    ],
}


def sailing(day: int, ship: int = 7) -> list[str]:
    """A ship that crosses the area and comes back, once a day."""
    out = []
    for minute in range(0, 1440, 6):
        away = abs((minute % 480) - 240) / 240
        when = f"2026-01-{day:02d}T{minute // 60:02d}:{minute % 60:02d}:00"
        out.append(
            f"21100000{ship},{when},{0.5 + 0.5 * away:.5f},-30.10000,8.0,0,0,RUN,IMO9074729,RUN1,70,0,100,20,8,70"
        )
    return out


@pytest.fixture
def zone(tmp_path: Path) -> Path:
    path = tmp_path / "zone.geojson"
    path.write_text(json.dumps(ZONE))
    return path


def both(
    tmp_path: Path, inputs: list[Path], options: Options, imported: IngestOptions | None = None
) -> tuple[Path, Path]:
    """Folders of a run over files and of one over a home that took them in, one by one."""
    direct, over = tmp_path / "direct", tmp_path / "over"
    beaconline.watch(inputs, options=options).write(direct)
    home = tmp_path / "home"
    for path in inputs:
        take(home, path, options=imported)
    chosen = replace(options, mapping=None, received=None)
    watch_home(home, options=chosen).write(over)
    return direct, over


def part_of_page(folder: Path, name: str) -> str:
    found = re.search(rf'"{name}":\{{.*?\}}', (folder / "report.html").read_text())
    assert found is not None
    return found.group(0)


def assert_same(direct: Path, over: Path, findings: int = 1) -> None:
    for name in FINDINGS:
        assert (direct / name).read_bytes() == (over / name).read_bytes(), name
    assert len((direct / "findings.jsonl").read_text().splitlines()) >= findings
    one, two = (pl.read_parquet(folder / "tracks.parquet").drop("raw_ref") for folder in (direct, over))
    assert one.equals(two)
    for name in ("traffic", "paths", "posits"):
        assert part_of_page(direct, name) == part_of_page(over, name), name


def test_findings_tracks_and_map_are_the_same(tmp_path: Path, zone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In small slices, small parts and small pieces, with copies, statics and posits without identity."""
    rows_ = [*days(2, 3, 4), *sailing(2), *sailing(3), *sailing(4)]
    nameless = [line.replace("211000000,", ",").replace("211000001,", ",") for line in days(3, until=60)]
    (tmp_path / "log.nmea").write_text(STATIC + UNDATED)
    inputs = [
        write(tmp_path / "a.csv", [*rows_[::2], *nameless]),
        write(tmp_path / "b.csv", rows_[1::2]),
        write(tmp_path / "c.csv", rows_[5:300]),
        tmp_path / "log.nmea",
    ]
    options = Options(zones=[zone])
    beaconline.watch(inputs, options=options).write(tmp_path / "plain")
    monkeypatch.setattr(history_merge, "MOST_ROWS", 150)
    monkeypatch.setattr(node_watch, "SLICE_ROWS", 97)
    monkeypatch.setattr(rows, "PIECE_ROWS", 53)
    direct, over = both(tmp_path, inputs, options)
    assert_same(tmp_path / "plain", over, findings=4)
    assert_same(direct, over)
    with History(tmp_path / "home") as history:
        assert len(history.parts) > 6


@pytest.mark.parametrize(
    "part",
    [
        {"since_us": parse_us("2026-01-03T10:00:00Z")},
        {"until_us": parse_us("2026-01-03T10:00:00Z")},
        {"since_us": parse_us("2026-01-02T23:00:00Z"), "until_us": parse_us("2026-01-04T01:00:00Z")},
        {"bbox": (-30.15, 0.6, -30.05, 1.0)},
        {"as_of_us": parse_us("2026-01-03T10:00:00Z")},
        {"as_of_us": parse_us("2026-01-09T10:00:00Z"), "until_us": parse_us("2026-01-03T10:00:00Z")},
    ],
)
def test_a_part_of_the_history(tmp_path: Path, zone: Path, part: dict[str, Any]) -> None:
    inputs = [write(tmp_path / "a.csv", [*days(2, 3, 4), *sailing(2), *sailing(3), *sailing(4)])]
    options = Options(zones=[zone], only=["encounter", "zone_entry"], **part)
    assert_same(*both(tmp_path, inputs, options))


def test_nothing_to_look_at(tmp_path: Path) -> None:
    inputs = [write(tmp_path / "a.csv", days(2))]
    options = Options(since_us=parse_us("2027-01-01T00:00:00Z"), only=["encounter"])
    direct, over = both(tmp_path, inputs, options)
    assert_same(direct, over, findings=0)
    assert "no report to look at" in (over / "summary.json").read_text()


def test_the_summary_balances_and_fits_its_schema(tmp_path: Path) -> None:
    from importlib import resources

    (tmp_path / "log.nmea").write_text(STATIC)
    direct, over = both(
        tmp_path, [write(tmp_path / "a.csv", days(2)), tmp_path / "log.nmea"], Options(only=["encounter"])
    )
    summary = json.loads((over / "summary.json").read_text())
    schema = json.loads(resources.files("beaconline.schemas").joinpath("summary-1.json").read_text())
    jsonschema.validate(summary, schema)
    total = summary["reports"] + summary["without_position"] + summary["duplicates"] + summary["rejects"]["total"]
    assert summary["rows_in"] == total == 289
    assert summary["history"]["imports"] == 2 and summary["history"]["days"] == 2
    for name in ("vessels", "tracks", "selected", "t_min", "t_max", "as_of", "findings"):
        assert summary[name] == json.loads((direct / "summary.json").read_text())[name], name


AHEAD = [row(0, 2, minute).replace("2026-", "2099-") for minute in (0, 10)]


def test_times_ahead_are_judged_over_the_whole_history(tmp_path: Path, zone: Path) -> None:
    """Alone, a few rows of a later year are all there is; beside the rest they are in quarantine, and stay kept."""
    files = [write(tmp_path / "ahead.csv", AHEAD), write(tmp_path / "a.csv", [*days(2, 3), *sailing(2)])]
    options = Options(zones=[zone], only=["encounter", "zone_entry"])
    direct, over = both(tmp_path, files, options)
    assert_same(direct, over)
    summary = json.loads((over / "summary.json").read_text())
    assert summary["rejects"] == {"total": 2, "by_reason": {"time_ahead": 2}}
    assert summary["rejects"] == json.loads((direct / "summary.json").read_text())["rejects"]
    with History(tmp_path / "home") as history:
        assert [day.day for day in history.days()][-1] == "2099-01-02"
        assert believed_until(history) == parse_us("2026-01-03T23:50:00Z")


def test_copies_of_a_row_do_not_support_its_time(tmp_path: Path) -> None:
    """A fifth of all rows would be believed; copies of one row are one row."""
    later = row(0, 2, 0).replace("2026-01-02", "2026-04-12")
    lone, copied = (write(tmp_path / f"{n}.csv", [*days(2, 3, step=20), *[later] * n]) for n in (1, 99))
    one, many = (beaconline.watch(path, options=Options(only=["encounter"])).summary for path in (lone, copied))
    assert one["rejects"] == many["rejects"] == {"total": 1, "by_reason": {"time_ahead": 1}}
    assert (one["duplicates"], many["duplicates"]) == (0, 98)


def test_a_history_without_long_silence_reads_no_times_to_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    take(home, write(tmp_path / "a.csv", days(2, 3, 4)))
    monkeypatch.setattr(history_limit, "latest_supported", None)
    with History(home) as history:
        assert believed_until(history) is None


def test_static_messages_before_since_are_heard_for_a_month(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "log.nmea").write_text(STATIC)
    ship = 211000000  # not the ship of the message: what counts is what is read
    take(
        home, tmp_path / "log.nmea", write(tmp_path / "a.csv", [line.replace("2026-01", "2015-01") for line in days(5)])
    )
    assert ship
    for day, static_rows in ((5, 1), (14, 0)):
        result = watch_home(
            home, options=Options(since_us=parse_us(f"2015-01-{day:02d}T00:00:00Z"), only=["encounter"])
        )
        assert result.summary["without_position"] == static_rows, day


def test_modes_and_options_that_do_not_fit(tmp_path: Path) -> None:
    home = tmp_path / "home"
    take(home, write(tmp_path / "a.csv", days(2)))
    assert watch_home(home, options=Options(mode="test", only=["encounter"])).mode == "real"
    with pytest.raises(ValueError, match="modes never mix"):
        watch_home(home, mode="simulated")
    with pytest.raises(ValueError, match="belong to the import"):
        watch_home(home, options=Options(received=(0, None)))
    with pytest.raises(HomeError, match="no such folder"):
        watch_home(tmp_path / "absent")


def test_too_many_inputs_at_once_are_refused_with_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    take(home, *(write(tmp_path / f"{k}.csv", days(2 + k)) for k in range(3)))
    monkeypatch.setattr(node_history, "MAX_INPUTS", 2)
    with pytest.raises(HomeError, match="more than 2 inputs"):
        watch_home(home, options=Options(only=["encounter"]))
    watch_home(home, options=Options(only=["encounter"], since_us=parse_us("2026-01-03T00:00:00Z")))


def test_raw_ref_names_file_and_import(tmp_path: Path) -> None:
    rows_ = days(2)
    inputs = [write(tmp_path / "a.csv", rows_), write(tmp_path / "b.csv", rows_[:2])]
    direct, over = both(tmp_path, inputs, Options(only=["encounter"]))
    one, two = (pl.read_parquet(folder / "tracks.parquet") for folder in (direct, over))
    bare = two["raw_ref"].explode().struct.field("source").str.extract(r"^(.*)@[0-9a-f]{16}$")
    names = one["raw_ref"].explode().struct.field("source").map_elements(lambda n: Path(n).name, return_dtype=pl.String)
    assert sorted(bare.to_list()) == sorted(names.to_list())
    assert two["raw_ref"].list.len().to_list().count(2) == 2
    assert HEADER


@pytest.mark.slow
def test_on_real_traffic(tmp_path: Path, data: Path) -> None:
    """Every kind there is, on half an hour of a coast."""
    file = data / "ais" / "marinecadastre_20220103_99999rows.csv.gz"
    direct, over = both(tmp_path, [file], Options())
    assert_same(direct, over)


@pytest.mark.slow
def test_on_real_sparse_traffic_of_sensors_own_ids(tmp_path: Path, data: Path) -> None:
    mapping = tmp_path / "vms.toml"
    mapping.write_text(
        '[columns]\nlon_deg = "SI_LONG"\nlat_deg = "SI_LATI"\nsog_kn = "SI_SP"\ncog_deg_true = "SI_HE"\n'
        'track_id = "VE_REF"\n[time]\ncolumns = ["SI_DATE", "SI_TIME"]\nformat = "%d/%m/%Y %H:%M:%S"\n[const]\n'
        'sensor = "vms"\nfeed = "logbook"\n'
    )
    file = data / "ais" / "vms_northsea_tacsat_97015.csv.gz"
    begin, end = parse_us("1801-08-15T00:00:00Z"), parse_us("1801-10-01T00:00:00Z")
    options = Options(only=["encounter"], mapping=mapping, since_us=begin, until_us=end)
    direct, over = both(tmp_path, [file], options, IngestOptions(mapping=mapping))
    assert_same(direct, over, findings=0)
    assert (over / "tracks.parquet").stat().st_size > 10_000
