"""One order whatever the arrival, and duplicates merged with who heard them."""

from __future__ import annotations

import random
from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.reports import Pools, Reports, Static, StaticRows
from beaconline.see.clean import order as order_module
from beaconline.see.clean.order import canonical_order, canonical_statics, merge_duplicates

Row = tuple[int, int, int, int, int, str, str, str, str, int]

ROW = st.tuples(
    st.sampled_from([0, 1, 1_000_000, 2_000_000, -5_000_000]),  # time
    st.sampled_from([-1, 7, 999_999_999]),  # mmsi
    st.integers(-1, 1),  # own id
    st.integers(0, 1),  # longitude
    st.integers(-1, 1),  # speed
    st.sampled_from(["", "A", "B"]),  # name
    st.sampled_from(["", "s1", "s2", "s3"]),  # station
    st.sampled_from(["f1", "f2"]),  # feed
    st.sampled_from(["one.csv", "two.csv"]),  # source
    st.integers(1, 3),  # line
)


def table(rows: list[Row], seed: int) -> tuple[Reports, Pools]:
    """The rows as columns; pool codes are given in an order that depends on the seed."""
    pools = Pools()
    words = ["A", "B", "s1", "s2", "s3", "f1", "f2", "one.csv", "two.csv", "0", "1"]
    random.Random(seed).shuffle(words)
    for word in words:
        pools.statics.code(Static(name=word))
        pools.stations.code([word])
        pools.feeds.code([word])
        pools.sources.code(word)
        pools.sensor_ids.code(word)
    out = Reports.blank(len(rows))
    for k, (t, mmsi, own, lon, sog, name, station, feed, source, line) in enumerate(rows):
        out.t_us[k], out.mmsi[k], out.lon_e7[k], out.sog_mkn[k], out.line[k] = t, mmsi, lon, sog, line
        out.sensor_id[k] = pools.sensor_ids.code(str(own)) if mmsi < 0 <= own else -1
        out.static[k] = pools.statics.code(Static(name=name or None))
        out.stations[k] = pools.stations.code([station] if station else [])
        out.feeds[k] = pools.feeds.code([feed])
        out.source[k] = pools.sources.code(source)
    return out, pools


def told(reports: Reports, pools: Pools) -> list[tuple[object, ...]]:
    def own(k: int) -> str:
        code = int(reports.sensor_id[k])
        return pools.sensor_ids[code] if code >= 0 else ""

    return [
        (int(reports.t_us[k]), int(reports.mmsi[k]), own(k), int(reports.lon_e7[k]), int(reports.sog_mkn[k]),
         pools.statics[reports.static[k]].name or "", pools.stations[reports.stations[k]],
         pools.feeds[reports.feeds[k]], pools.sources[reports.source[k]], int(reports.line[k]))
        for k in range(len(reports))
    ]  # fmt: skip


def merged(rows: list[Row], seed: int) -> tuple[list[tuple[object, ...]], int]:
    reports, pools = table(rows, seed)
    reports = reports.take(canonical_order(reports, pools))
    kept, repeat = merge_duplicates(reports, pools)
    return told(kept, pools), int(repeat.sum())


@given(st.lists(ROW, max_size=40), st.randoms(use_true_random=False))
def test_the_same_rows_in_any_order_and_coding_give_the_same_result(rows: list[Row], chance: random.Random) -> None:
    first = merged(rows, 1)
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert merged(shuffled, 2) == first


@given(st.lists(ROW, max_size=40))
def test_duplicates_are_merged_as_written_down(rows: list[Row]) -> None:
    """The oracle: a dictionary by everything but feeds, stations and origin."""
    groups: dict[object, list[Row]] = defaultdict(list)
    for k, row in enumerate(rows):
        t, mmsi, own, *rest = row
        identity = (mmsi, "") if mmsi >= 0 else (-1, str(own)) if own >= 0 else (-1, f"anonymous {k}")
        groups[t, identity, tuple(rest[:3])].append(row)
    expected = sorted(
        (g[0][0], g[0][1], str(g[0][2]) if g[0][1] < 0 <= g[0][2] else "", g[0][3], g[0][4], g[0][5],
         tuple(sorted({r[6] for r in g if r[6]})), tuple(sorted({r[7] for r in g})), *min((r[8], r[9]) for r in g))
        for g in groups.values()
    )  # fmt: skip
    got, duplicates = merged(rows, 3)
    assert sorted(got, key=repr) == sorted(expected, key=repr)
    assert duplicates == len(rows) - len(groups)


@given(st.lists(ROW, max_size=60))
def test_times_rise_and_small_and_large_groups_agree(rows: list[Row]) -> None:
    reports, pools = table(rows, 4)
    order = canonical_order(reports, pools)
    assert sorted(order.tolist()) == list(range(len(rows)))
    assert (np.diff(reports.t_us[order]) >= 0).all()
    before = order_module.SMALL_GROUP
    try:
        order_module.SMALL_GROUP = 1
        assert told(reports.take(canonical_order(reports, pools)), pools) == told(reports.take(order), pools)
    finally:
        order_module.SMALL_GROUP = before


def test_times_too_far_apart_to_pack_are_ordered_all_the_same() -> None:
    rows: list[Row] = [(t, 7, -1, 0, 0, "", "", "f1", "one.csv", k) for k, t in enumerate([2**62, -(2**62), 1, 0])]
    reports, pools = table(rows, 5)
    assert reports.t_us[canonical_order(reports, pools)].tolist() == [-(2**62), 0, 1, 2**62]


def test_same_vessel_and_time_at_another_place_is_kept() -> None:
    base = (0, 7, -1, 0, 5, "A", "s1", "f1", "one.csv", 1)
    got, duplicates = merged([base, (0, 7, -1, 1, 5, "A", "s2", "f1", "one.csv", 2)], 6)
    assert len(got) == 2 and duplicates == 0


def test_anonymous_posits_are_never_merged() -> None:
    base = (0, -1, -1, 0, 5, "", "s1", "f1", "one.csv", 1)
    assert merged([base, base], 7)[1] == 0


def test_static_rows_stand_once_and_in_order() -> None:
    pools = Pools()
    name, other = pools.statics.code(Static(name="A")), pools.statics.code(Static(name="B"))
    pools.sources.code("z.csv")
    pools.sources.code("a.csv")
    i32, i16 = np.int32, np.int16
    rows = StaticRows(
        np.array([5, NO_TIME, 5, 5]), np.array([1, 1, 1, 1], i32), np.full(4, -1, i32),
        np.array([name, other, name, other], i32), np.zeros(4, i32), np.array([0, 0, 1, 0], i16), np.ones(4, i32),
    )  # fmt: skip
    got = canonical_statics([rows], pools)
    assert got.t_us.tolist() == [NO_TIME, 5, 5] and got.static.tolist() == [other, name, other]
    assert got.source.tolist() == [0, 1, 0], "of equal rows the smallest source name stays"


def test_who_heard_an_anonymous_posit_decides_before_where_it_stood() -> None:
    pools = Pools()
    for name in ("a", "b"):
        pools.sources.code(name)
    heard = [pools.stations.code([s]) for s in ("s1", "s2")]
    table = Reports.blank(2)
    for lines in ((1, 2), (2, 1)):
        table.stations[:] = heard
        table.line[:] = lines
        assert canonical_order(table, pools).tolist() == [0, 1]
