"""A part written and read back is what it was, in canonical order, and equal facts give equal bytes."""

from __future__ import annotations

from dataclasses import fields
from io import BytesIO
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.store.parts import (
    REPORT_TYPES,
    Content,
    decode_refs,
    decode_reports,
    decode_statics,
    encode,
    read_texts,
)
from beaconline.foundation.table.reports import Pools, Reports, Static, StaticRows
from beaconline.node.history_merge import merged

ROWS = st.lists(
    st.tuples(
        st.integers(0, 3),  # time
        st.sampled_from([-1, 0, 5, 999_999_999]),  # MMSI
        st.sampled_from([None, "", "zebra", "ant"]),  # a sensor's id
        st.sampled_from([Static(), Static(name="A"), Static(imo=7, callsign="x", length_dm=3), Static(name="a b")]),
        st.sampled_from([(), ("s",), ("s", "r")]),
        st.sampled_from([("f",), ("g",)]),
        st.integers(-1, 2),
        st.sampled_from(["in one", "in two"]),
        st.integers(1, 9),
    ),
    max_size=14,
)
HEARD = st.lists(st.tuples(st.sampled_from([NO_TIME, 0, 7]), st.sampled_from([-1, 5]), st.integers(1, 3)), max_size=5)


def content(rows: list[Any], heard: list[Any], pools: Pools) -> Content:
    table = Reports.blank(len(rows))
    for k, (t, mmsi, own, static, stations, feeds, small, source, line) in enumerate(rows):
        table.t_us[k], table.mmsi[k], table.line[k] = t * 1_000_000, mmsi, line
        table.sensor_id[k] = -1 if own is None or mmsi >= 0 else pools.sensor_ids.code(own)
        table.static[k], table.source[k] = pools.statics.code(static), pools.sources.code(source)
        table.stations[k], table.feeds[k] = pools.stations.code(stations), pools.feeds.code(feeds)
        for name in ("error_dm", "sog_mkn", "cog_cdeg", "heading_cdeg", "nav_status", "msg_type"):
            getattr(table, name)[k] = small
        table.t_received_us[k] = NO_TIME if small < 0 else small
        table.lon_e7[k], table.lat_e7[k] = -1 if small < 0 else small, -900_000_000
    statics = StaticRows.concat([StaticRows.empty()] * 2)
    if heard:
        n = len(heard)
        statics = StaticRows(
            np.array([t for t, _, _ in heard], np.int64),
            np.array([m for _, m, _ in heard], np.int32),
            np.full(n, -1, np.int32),
            np.array([pools.statics.code(Static(ship_type=s)) for _, _, s in heard], np.int32),
            np.full(n, pools.stations.code(("s",)), np.int32),
            np.full(n, pools.sources.code("in one"), np.int16),
            np.arange(1, n + 1, dtype=np.int32),
        )
    return Content(table, statics, np.zeros((0, 2), np.int64))


def told(got: Content, pools: Pools) -> list[tuple[Any, ...]]:
    """Rows with the texts behind their codes."""
    out: list[tuple[Any, ...]] = []
    texts = {
        "static": pools.statics, "stations": pools.stations, "feeds": pools.feeds, "source": pools.sources,
        "sensor_id": pools.sensor_ids,
    }  # fmt: skip
    for table in (got.reports, got.statics):
        names = [f.name for f in fields(table)]
        out += [
            tuple(texts[n][v] if n in texts and v >= 0 else v for n, v in zip(names, row, strict=True))
            for row in zip(*(getattr(table, name).tolist() for name in names), strict=True)
        ]
    places = [(pools.sources[int(p) >> 32], int(p) & 0xFFFFFFFF) for p in got.refs.ravel()]
    return [*out, *sorted(zip(places[::2], places[1::2], strict=True))]


def read_back(tables: dict[str, pl.DataFrame], pools: Pools) -> Content:
    codes = read_texts(tables["texts"], pools)
    empty = {"reports": Reports.blank(0), "statics": StaticRows.empty(), "refs": np.zeros((0, 2), np.int64)}
    found: dict[str, Any] = dict(empty)
    if "reports" in tables:
        found["reports"] = decode_reports(tables["reports"].sort("t_event", maintain_order=True), codes)
    if "statics" in tables:
        found["statics"] = decode_statics(tables["statics"], codes)
    if "refs" in tables:
        found["refs"] = decode_refs(tables["refs"], codes)
    return Content(**found)


@given(ROWS, HEARD)
def test_a_part_comes_back(rows: list[Any], heard: list[Any]) -> None:
    pools = Pools()
    pools.sources.code("another input, so that codes are not what they were")
    whole, _ = merged([content(rows, heard, pools)], pools)
    other = Pools()
    other.statics.code(Static(name="someone else"))
    other.stations.code(("q",))
    back = read_back(encode(whole, pools), other)
    assert told(back, other) == told(whole, pools)
    for name in ("reports", "statics"):
        for field in fields(getattr(whole, name)):
            column = getattr(getattr(back, name), field.name)
            assert column.dtype == getattr(getattr(whole, name), field.name).dtype, field.name


def bytes_of(tables: dict[str, pl.DataFrame]) -> dict[str, bytes]:
    out = {}
    for name, table in tables.items():
        file = BytesIO()
        table.write_parquet(file)
        out[name] = file.getvalue()
    return out


@given(ROWS, ROWS, HEARD)
def test_what_came_first_does_not_show(one: list[Any], two: list[Any], heard: list[Any]) -> None:
    """Two imports in either order, by way of what is on the disk between them, and both at once: one answer."""
    answers = []
    for first, second in ((one, two), (two, one)):
        pools = Pools()
        held, _ = merged([content(first, heard, pools)], pools)
        again = Pools()
        old = read_back(encode(held, pools), again)
        new = content(second, [], again)
        whole, _ = merged([old, new], again)
        answers.append(bytes_of(encode(whole, again)))
    pools = Pools()
    parts = [content(one, heard, pools), content(two, [], pools)]
    answers.append(bytes_of(encode(merged(parts, pools)[0], pools)))
    assert answers[0] == answers[1] == answers[2]


@given(ROWS)
def test_the_same_rows_again_add_nothing(rows: list[Any]) -> None:
    rows = [row for row in rows if row[1] >= 0 or row[2] is not None]  # copies without identity stay apart
    pools = Pools()
    held, _ = merged([content(rows, [], pools)], pools)
    before = bytes_of(encode(held, pools))
    again, repeats = merged([held, content(rows, [], pools)], pools)
    assert bytes_of(encode(again, pools)) == before
    assert repeats == len(rows)


def test_places_of_equal_rows_are_kept() -> None:
    pools = Pools()
    row = (1, 5, None, Static(), (), ("f",), 1, "in one", 4)
    rows = [row, (*row[:7], "in two", 2), (*row[:7], "in one", 9)]
    whole, repeats = merged([content(rows, [], pools)], pools)
    assert repeats == 2
    back = told(read_back(encode(whole, pools), Pools()), pools)
    assert back[-2:] == [(("in one", 4), ("in one", 9)), (("in one", 4), ("in two", 2))]


def test_unknown_is_null_and_a_known_minus_one_is_not() -> None:
    pools = Pools()
    row = (1, -1, None, Static(), (), ("f",), -1, "a", 1)
    whole, _ = merged([content([row], [], pools)], pools)
    table = encode(whole, pools)["reports"]
    assert table.schema == pl.Schema(REPORT_TYPES)
    got = table.to_dicts()[0]
    assert [got[n] for n in ("mmsi", "sensor_id", "error_dm", "sog_mkn", "nav_status", "t_received")] == [None] * 6
    assert got["lon_e7"] == -1


def test_one_vessel_lies_together() -> None:
    pools = Pools()
    rows = [(t, mmsi, None, Static(), (), ("f",), 1, "a", 1) for t in range(4) for mmsi in (5, 0, -1)]
    rows += [(0, -1, "zebra", Static(), (), ("f",), 1, "a", 1), (0, -1, "ant", Static(), (), ("f",), 1, "a", 1)]
    tables = encode(merged([content(rows, [], pools)], pools)[0], pools)
    assert tables["reports"]["mmsi"].to_list() == [0] * 4 + [5] * 4 + [None] * 6
    codes = tables["reports"]["sensor_id"].to_list()[-2:]
    texts = dict(tables["texts"].filter(pl.col("pool") == "sensor_id").select("code", "texts").iter_rows())
    assert [texts[code] for code in codes] == [["ant"], ["zebra"]]
    vessels = tables["vessels"].to_dicts()
    assert [(v["mmsi"], v["rows"]) for v in vessels if v["mmsi"] is not None] == [(0, 4), (5, 4)]
