"""The Parquet files: nulls are null, duplicates keep every place they came from, odd bytes survive."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

import beaconline
from beaconline.foundation.table.reports import Pools, Reports
from beaconline.foundation.table.tracks import TrackBook
from beaconline.node.rows import HeldRows
from beaconline.node.tables import TRACKS_SCHEMA, frame_of, write_rejects, write_tracks
from beaconline.see.clean.order import canonical_order, merge_duplicates
from beaconline.see.sources.batch import Reject

HEADER = "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo"


def test_every_sentinel_is_null() -> None:
    pools = Pools()
    pools.sources.code("a")
    frame = frame_of(Reports.blank(2), np.array([-1, -1], np.int32), pools, TrackBook(), "test")
    row = frame.to_dicts()[0]
    told = {"t_event", "t_src", "lon_e7", "lat_e7", "lon_deg", "lat_deg", "sensor", "feeds", "stations"}
    told |= {"mode", "terms", "raw_ref"}
    assert {name for name, value in row.items() if value is not None} == told
    assert frame.schema == pl.Schema(TRACKS_SCHEMA)


def test_rows_stand_by_track_name_and_those_without_track_first() -> None:
    table = Reports.blank(4)
    table.line[:] = np.arange(4)
    rows = HeldRows(table, np.array([0, 1, -1, 0], np.int32))
    ((place, some),) = rows.pieces(["b", "a"], ["line"])
    assert some["line"].tolist() == [2, 1, 0, 3]
    assert place.tolist() == [-1, 0, 1, 1]


def test_merged_duplicates_keep_every_place(tmp_path: Path) -> None:
    row = "211000001,2026-01-02T00:00:00,1.0,2.0,0.1,0,511,A,,,30,7,40,8,3,30"
    other = row.replace("00:00:00", "00:05:00")
    (tmp_path / "a.csv").write_text("\n".join([HEADER, row, other, row]) + "\n")
    (tmp_path / "b.csv").write_text("\n".join([HEADER, row]) + "\n")
    result = beaconline.watch(tmp_path)
    result.write(tmp_path / "out")
    frame = pl.read_parquet(tmp_path / "out" / "tracks.parquet")
    assert result.summary["duplicates"] == 2
    a, b = str(tmp_path / "a.csv"), str(tmp_path / "b.csv")
    assert [[(r["source"], r["line"]) for r in refs] for refs in frame["raw_ref"]] == [
        [(a, 2), (a, 4), (b, 2)],
        [(a, 3)],
    ]


def test_a_row_merged_twice_is_traced_to_the_last(tmp_path: Path) -> None:
    pools = Pools()
    pools.sources.code("a")

    def one(line: int) -> Reports:
        table = Reports.blank(1)
        table.mmsi[:], table.line[:] = 5, line
        return table

    held = one(7)
    for line in (5, 9, 1):
        both = Reports.concat([held, one(line)])
        held, _ = merge_duplicates(both.take(canonical_order(both, pools)), pools)
    frame = frame_of(held, np.array([-1], np.int32), pools, TrackBook(), "real")
    assert sorted(ref["line"] for ref in frame["raw_ref"][0]) == [1, 5, 7, 9]


def test_many_chunks_are_one_table(tmp_path: Path) -> None:
    n = 600_000
    table = Reports.blank(n)
    table.t_us[:] = np.arange(n) * 1_000_000
    table.mmsi[:] = 5
    table.line[:] = np.arange(1, n + 1)
    pools = Pools()
    pools.sources.code("a")
    track = np.zeros(n, np.int32)
    book = TrackBook(["5:x"], [5], [0])
    write_tracks(tmp_path / "t.parquet", HeldRows(table, track), pools, book, "real")
    frame = pl.read_parquet(tmp_path / "t.parquet")
    assert len(frame) == n
    assert frame["t_event"].is_sorted()


def test_rejects_keep_bytes_that_are_no_text(tmp_path: Path) -> None:
    rejects = [Reject("b", 2, "bad_time", b"\xff\x00,x"), Reject("a", 1, "bad_time", "é".encode(), "why")]
    write_rejects(tmp_path / "r.parquet", rejects)
    frame = pl.read_parquet(tmp_path / "r.parquet")
    assert frame["source"].to_list() == ["a", "b"]
    assert frame["raw"].to_list() == ["é", "\\xff\x00,x"]
    assert frame["raw_bytes"].to_list() == [None, b"\xff\x00,x"]
