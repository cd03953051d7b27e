"""Cells of any kind in JSON lines, Parquet, frames and CSV: never a traceback, every row accounted for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import MC_HEADER, PLAIN_MAPPING, mc_row, read

from beaconline.foundation.table.reports import Pools
from beaconline.see.ingest import Ingested, IngestOptions, ingest

CATCHER = {"class": "AIS", "mmsi": 416000001, "type": 1, "rxuxtime": 1641168000, "lat": 24.5, "lon": 121.5,
           "speed": 10.5, "course": 171.5, "heading": 174, "status": 0, "shipname": "SEA LION", "shiptype": 70,
           "draught": 10.2, "to_bow": 100, "to_stern": 80, "station_id": 7}  # fmt: skip
REPORT = {"t_event": "2022-01-03T00:00:00Z", "lon_e7": 1215000000, "lat_e7": 245000000, "mmsi": 416000001,
          "sog_kn": 10.5, "stations": ["a", "b"], "name": "SEA LION", "length_m": 180.0, "ship_type": 70,
          "nav_status": 0, "msg_type": 1, "sensor": "ais_a", "t_received": "2022-01-03T00:00:01Z"}  # fmt: skip
STREAM = {
    "MessageType": "PositionReport",
    "MetaData": {"MMSI": 416000001, "ShipName": "SEA LION", "time_utc": "2022-01-03 00:00:00 +0000 UTC"},
    "Message": {"PositionReport": {"UserID": 416000001, "MessageID": 1, "Latitude": 24.5, "Longitude": 121.5,
                                   "Sog": 10.5, "Cog": 171.5, "TrueHeading": 174, "NavigationalStatus": 0}},
}  # fmt: skip

NUMBERS = st.one_of(
    st.integers(),
    st.sampled_from([10**400, -(10**400), 2**63, 2**64, 2**53 + 1, 20240101000000, 20241301000000, 202401010000]),
    st.floats(),
    st.sampled_from([math.inf, -math.inf, math.nan, 1e308, -0.0, 5e-324]),
)
TEXTS = st.one_of(
    st.sampled_from(
        ["1_000", "1e999", "0x10", "inf", "NaN", "\ud800", "a\udfffb", "\x00", "", "24,5", "²", "١٢", "9" * 400]
    ),
    st.text(max_size=8),
)
CELLS = st.one_of(
    st.none(), st.booleans(), NUMBERS, TEXTS, st.lists(st.one_of(st.none(), NUMBERS, TEXTS), max_size=3),
    st.dictionaries(TEXTS, NUMBERS, max_size=2),
)  # fmt: skip
ONCE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def accounted(got: Ingested, rows: int) -> dict[str, Any]:
    """The balance; ``ingest`` itself raises when a sum does not hold."""
    assert got.errors == []
    summary = got.ledger.as_summary()
    assert summary["rows_in"] == rows
    parts = summary["reports"] + summary["without_position"] + summary["duplicates"] + summary["rejects"]["total"]
    assert parts == rows
    for reject in got.rejects:
        reject.reason.encode(), reject.detail.encode()
    return summary


def spoil(record: dict[str, Any], changes: dict[int, Any], inside: dict[str, Any] | None = None) -> str:
    copy = json.loads(json.dumps(record))
    target = copy if inside is None else copy["Message"]["PositionReport"]
    keys = sorted(target)
    for at, cell in changes.items():
        target[keys[at % len(keys)]] = cell
    return json.dumps(copy)


CHANGES = st.lists(st.dictionaries(st.integers(0, 20), CELLS, max_size=3), min_size=1, max_size=4)


@ONCE
@given(changes=CHANGES)
@pytest.mark.parametrize("record", [CATCHER, REPORT, STREAM], ids=["aiscatcher", "reports", "aisstream"])
def test_any_json_value_anywhere(record: dict[str, Any], changes: list[dict[int, Any]], tmp_path: Path) -> None:
    lines = [json.dumps(record)]
    lines += [spoil(record, each) for each in changes]
    if record is STREAM:
        lines += [spoil(record, each, record) for each in changes]
    got = read(tmp_path / "in", "\n".join(lines).encode())
    assert accounted(got, len(lines))["reports"] >= 1
    assert 416000001 in got.reports.mmsi.tolist()


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("9" * 400, "bad_number:lat_deg"), ("-" + "9" * 400, "bad_number:lat_deg"), ("9" * 5000, "bad_json"),
     ("[" * 100_000, "bad_json"), ("Infinity", "bad_number:lat_deg"), ("1e999", "bad_number:lat_deg"),
     ('"1_0"', "bad_number:lat_deg"), ('"\\ud800"', "bad_number:lat_deg"), ("{}", "bad_number:lat_deg"),
     ("true", "bad_number:lat_deg"), ("9223372036854775808", "position_out_of_world")],
)  # fmt: skip
def test_a_latitude_that_is_none(cell: str, reason: str, tmp_path: Path) -> None:
    good = json.dumps(CATCHER)
    got = read(tmp_path / "in", "\n".join([good, good.replace("24.5", cell)]).encode())
    assert [(r.line, r.reason) for r in got.rejects] == [(2, reason)] and got.errors == []
    first = read(tmp_path / "first", "\n".join([good.replace("24.5", cell), good]).encode())
    assert [(r.line, r.reason) for r in first.rejects] == [(1, reason)], "also as the first line of a file"


def test_a_name_with_half_a_letter_loses_that_half(tmp_path: Path) -> None:
    got = read(tmp_path / "in", json.dumps(CATCHER | {"shipname": "SEA\ud800LION"}).encode())
    assert got.pools.statics[got.reports.static[0]].name == "SEA\ufffdLION" and got.errors == []


ODD: dict[str, Callable[[], pl.Series]] = {
    "date": lambda: pl.Series([2**31 - 1, -(2**31), 0], dtype=pl.Int32).cast(pl.Date),
    "ms": lambda: pl.Series([2**62, -(2**62), 0]).cast(pl.Datetime("ms")),
    "us": lambda: pl.Series([2**63 - 1, -(2**63) + 1, 0]).cast(pl.Datetime("us")),
    "ns": lambda: pl.Series([2**63 - 1, -(2**63) + 1, 0]).cast(pl.Datetime("ns", "UTC")),
    "zoned": lambda: pl.Series([2**62, 1, 0]).cast(pl.Datetime("ms", "Asia/Tokyo")),
    "duration": lambda: pl.Series([1, 2, None]).cast(pl.Duration("us")),
    "clock": lambda: pl.Series([1, 2, None]).cast(pl.Time),
    "null": lambda: pl.Series([None, None, None]),
    "lists": lambda: pl.Series([[1], [2, 3], None]),
    "words": lambda: pl.Series([["a"], [], None]),
    "structures": lambda: pl.Series([{"a": 1}, {"a": 2}, None]),
    "decimal": lambda: pl.Series(["1.5", "2.5", None]).cast(pl.Decimal(10, 2)),
    "category": lambda: pl.Series(["a", "b", None], dtype=pl.Categorical),
}
"""Columns by name: a date that the column engine cannot hold cannot be printed either."""


COLUMNS = ("t_event", "lon_deg", "lat_deg", "mmsi", "sog_kn", "nav_status", "ship_type", "name", "length_m", "track_id",
           "t_received", "imo", "station", "draught_m", "msg_type", "sensor")  # fmt: skip
SERIES = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), min_size=3, max_size=3).map(
        lambda v: pl.Series(v, dtype=pl.Int64)
    ),
    st.lists(st.integers(0, 2**64 - 1), min_size=3, max_size=3).map(lambda v: pl.Series(v, dtype=pl.UInt64)),
    st.lists(st.one_of(st.none(), st.floats()), min_size=3, max_size=3).map(lambda v: pl.Series(v, dtype=pl.Float64)),
    st.lists(st.floats(width=32), min_size=3, max_size=3).map(lambda v: pl.Series(v, dtype=pl.Float32)),
    st.lists(st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=8)), min_size=3, max_size=3).map(
        lambda v: pl.Series(v, dtype=pl.String)
    ),
    st.lists(st.binary(max_size=6), min_size=3, max_size=3).map(lambda v: pl.Series(v, dtype=pl.Binary)),
    st.lists(st.one_of(st.none(), st.booleans()), min_size=3, max_size=3).map(lambda v: pl.Series(v, dtype=pl.Boolean)),
    st.lists(st.one_of(st.none(), st.dates()), min_size=3, max_size=3).map(lambda v: pl.Series(v, dtype=pl.Date)),
    st.sampled_from(sorted(ODD)),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(columns=st.dictionaries(st.sampled_from(COLUMNS), SERIES, max_size=4), stored=st.booleans())
def test_any_column_of_any_type(columns: dict[str, pl.Series | str], stored: bool, tmp_path: Path) -> None:
    whole = {
        "t_event": pl.Series([datetime(2022, 1, 3)] * 3),
        "lon_deg": pl.Series([121.5] * 3),
        "lat_deg": pl.Series([24.5] * 3),
    }
    frame = pl.DataFrame(whole | {k: ODD[v]() if isinstance(v, str) else v for k, v in columns.items()})
    if stored:
        frame.write_parquet(tmp_path / "in.parquet")
    got = ingest([tmp_path / "in.parquet" if stored else frame], IngestOptions(), Pools())
    if got.errors:
        assert len(got.errors) == 1 and "is of the type" in got.errors[0].reason and len(got.reports) == 0
    else:
        accounted(got, 3)


def test_a_column_of_a_type_that_cannot_be_the_field_is_named(tmp_path: Path) -> None:
    good = {"t_event": [datetime(2022, 1, 3)], "lon_deg": [121.5], "lat_deg": [24.5]}
    for name, cell in (("lat_deg", [[24.5]]), ("mmsi", [{"a": 1}]), ("lon_deg", [date(2022, 1, 3)])):
        got = ingest([pl.DataFrame(good | {name: cell})], IngestOptions(), Pools())
        assert len(got.errors) == 1 and f"the column {name!r}" in got.errors[0].reason
        assert "is of the type" in got.errors[0].reason


MC_NAMES = st.sampled_from(MC_HEADER.split(","))


@ONCE
@given(
    changes=st.lists(st.dictionaries(MC_NAMES, st.one_of(TEXTS, NUMBERS.map(str)), max_size=4), min_size=1, max_size=5)
)
def test_any_cell_of_a_table(changes: list[dict[str, str]], tmp_path: Path) -> None:
    def plain(text: str) -> str:
        return "".join(c for c in text if c not in ',"\r\n')

    rows = [mc_row(), mc_row(MMSI="7"), mc_row(MMSI="8"), mc_row(MMSI="9"), mc_row(MMSI="10")]
    rows += [mc_row(**{k: plain(v) for k, v in each.items()}) for each in changes]
    data = "\n".join([MC_HEADER, *rows, ""]).encode("utf-8", "surrogatepass")
    accounted(read(tmp_path / "in", data), len(rows))


@ONCE
@given(cells=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4),
       form=st.sampled_from(["auto", "epoch_s", "epoch_ns", "%d/%m/%Y %H:%M:%S", "%Y%m%d%H%M%S"]),
       zone=st.sampled_from(["UTC", "Europe/Berlin", "-12:00"]))  # fmt: skip
def test_any_time_and_number_under_a_mapping(
    cells: list[tuple[str, str]], form: str, zone: str, tmp_path: Path
) -> None:
    def plain(text: str) -> str:
        return "".join(c for c in text if c not in ',"\r\n\0') or "-"

    rows = [f"{plain(a)},7,121.5,24.5,{plain(b)},10" for a, b in cells]
    rows += [
        f"{t},8,121.5,24.5,1,2" for t in ("9999-12-31T23:59:59", "0001-01-01 00:00:00", "31/12/9999 23:59:59", "0")
    ]
    data = "\n".join(["t,mmsi,lon,lat,sog,cog", *rows, ""]).encode("utf-8", "surrogatepass")
    accounted(read(tmp_path / "in", data, PLAIN_MAPPING + f'format = "{form}"\nzone = "{zone}"\n'), len(rows))
