"""Zone entry: scenes that must fire, near misses that must not, and crossing times against shapely."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from beaconline.foundation.geo.geodesy import distance_m
from beaconline.foundation.geo.zones import Zone, read_zones
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.report import SENSORS
from beaconline.foundation.table.reports import Pools, Reports, StaticRows
from beaconline.foundation.table.snapshot import restore, save
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.detectors.zone_entry import DEFAULTS, LARGEST, STATE_CLASSES, ZoneEntry
from beaconline.understand.step import Tick

T0 = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""
S = 1_000_000
SQUARE = [[120.0, 20.0], [120.5, 20.0], [120.5, 20.5], [120.0, 20.5], [120.0, 20.0]]

Row = tuple[int, int, float, float]
"""(track, seconds after T0, lon, lat)"""


def zone(ring: list[list[float]] = SQUARE, form: str = "Polygon", **properties: Any) -> list[Zone]:
    coordinates = [ring] if form == "Polygon" else ring
    feature = {
        "type": "Feature",
        "properties": {"name": "A", "kind": "watch", **properties},
        "geometry": {"type": form, "coordinates": coordinates},
    }
    return read_zones(json.dumps(feature).encode(), "z.geojson")


def table(rows: list[Row], pools: Pools) -> tuple[Reports, np.ndarray]:
    rows = sorted(rows, key=lambda r: (r[1], r[0]))
    reports = Reports.blank(len(rows))
    reports.t_us[:] = [T0 + round(r[1] * S) for r in rows]
    reports.lon_e7[:] = [round(((r[2] + 540) % 360 - 180) * 1e7) for r in rows]
    reports.lat_e7[:] = [round(r[3] * 1e7) for r in rows]
    reports.mmsi[:] = [200_000_000 + r[0] for r in rows]
    reports.sensor[:] = SENSORS.index("ais_a")
    reports.stations[:] = pools.stations.code(["station 1"])
    return reports, np.array([r[0] for r in rows], np.int32)


def book_of(tracks: int) -> TrackBook:
    return TrackBook([f"{200_000_000 + k}:x" for k in range(tracks)], list(range(200_000_000, 200_000_000 + tracks)),
                     list(range(tracks)))  # fmt: skip


def run(
    zones: list[Zone],
    rows: list[Row],
    *,
    bridge_s: int = 3600,
    as_of_s: float | None = None,
    cuts: list[int] | None = None,
    restart: bool = False,
    change: Any = None,
    **params: float,
) -> list[Draft]:
    """All findings of rows, handed over in one tick or cut at row numbers; overlaid as the runner does."""
    kind, pools = ZoneEntry(zones, params), Pools()
    reports, track = table(rows, pools)
    if change:
        change(reports)
    book = book_of(int(track.max()) + 1 if len(track) else 0)
    state, found = kind.start(), {}
    edges = [0, *sorted(cuts or []), len(track)]
    for a, b in pairwise(edges):
        part = reports.take(slice(a, b))
        mark = int(reports.t_us[b - 1]) if b else T0
        bridge = np.full(b - a, bridge_s * S, np.int64)
        tick = Tick(part, track[a:b], bridge, mark, book, pools, StaticRows.empty())
        state, drafts = kind.step(state, tick)
        found |= {(d.members, d.key): d for d in drafts}
        if restart:
            state = restore(save(state), STATE_CLASSES)
    last = int(reports.t_us.max()) if len(track) else T0
    as_of_us = T0 + round(as_of_s * S) if as_of_s is not None else last
    found |= {(d.members, d.key): d for d in kind.finish(state, as_of_us, book, pools)}
    return sorted(found.values(), key=lambda d: (d.t_start_us, d.key, d.members))


def straight(
    lon1: float, lat1: float, lon2: float, lat2: float, seconds: int, step: int = 60, track: int = 0, t: int = 0
) -> list[Row]:
    n = seconds // step
    return [(track, t + k * step, lon1 + (lon2 - lon1) * k / n, lat1 + (lat2 - lat1) * k / n) for k in range(n + 1)]


def lying(lon: float, lat: float, seconds: int, t: int, step: int = 60) -> list[Row]:
    return straight(lon, lat, lon, lat, seconds, step, t=t)


COMES_AND_STAYS = straight(119.9, 20.25, 120.1, 20.25, 3600) + lying(120.1, 20.25, 3600, 3660)
COMES_AND_GOES = COMES_AND_STAYS + straight(120.1, 20.25, 119.9, 20.25, 3600, t=7320)


def test_a_vessel_that_comes_in_and_goes_out_is_one_entry() -> None:
    (found,) = run(zone(), COMES_AND_GOES)
    assert (found.type, found.open, found.settled, found.context) == ("entry", False, True, False)
    assert found.t_start_us == T0 + 1800 * S
    assert found.t_end_us == T0 + (7320 + 1800) * S
    assert (found.lon_e7, found.lat_e7) == (1_200_000_000, 202_500_000)
    assert found.zones == ("A",)
    assert found.measures["depth_max_m"] == pytest.approx(distance_m(120.0, 20.25, 120.1, 20.25), abs=0.1)
    assert found.measures["time_inside_s"] == 7320
    assert found.measures["entry_course_deg_true"] == pytest.approx(90, abs=0.1)
    assert found.measures["entry_speed_kn"] == pytest.approx(11.3, abs=0.1)
    told = [e.what for e in found.evidence]
    assert told == [
        "last fix outside", "crossed in", "first fix inside", "deepest place", "last fix inside", "crossed out",
        "first fix outside",
    ]  # fmt: skip
    times = [e.t_us for e in found.evidence if e.what != "deepest place"]
    assert times == sorted(times)
    assert found.evidence[0].source == "heard by station 1"
    assert "{0} entered A (watch) at 2026-01-01T00:30:00Z on course 090 at 11.3 kn" in found.why
    for word in ("illegal", "violat", "intru", "hostile"):
        assert word not in found.why


def test_while_it_is_inside_the_finding_is_open_and_keeps_its_key() -> None:
    (now,), (later,) = run(zone(), COMES_AND_STAYS), run(zone(), COMES_AND_GOES)
    assert (now.open, now.settled) == (True, False)
    assert now.t_end_us == T0 + 7260 * S
    assert now.key == later.key and now.members == later.members


def test_lost_inside_it_is_closed_after_the_silence_and_not_before() -> None:
    (open_,) = run(zone(), COMES_AND_STAYS, as_of_s=7260 + 21_600)
    (lost,) = run(zone(), COMES_AND_STAYS, as_of_s=7260 + 21_601)
    assert open_.open and not lost.open and lost.settled
    assert "not heard leaving" in [e.what for e in lost.counter_evidence]
    assert lost.t_end_us == T0 + 7260 * S


def test_straight_through_at_a_steady_speed_is_typed_apart() -> None:
    (found,) = run(zone(), straight(119.9, 20.2, 120.6, 20.3, 12_600))
    assert found.type == "direct_transit"
    assert "straight through at a steady speed" in [e.what for e in found.counter_evidence]
    # The same way with a stop in the middle is an entry.
    half = straight(119.9, 20.2, 120.25, 20.25, 6300)
    rest = [(0, t + 6300 + 1800, *p) for _, t, *p in straight(120.25, 20.25, 120.6, 20.3, 6300)]
    (stopped,) = run(zone(), half + lying(120.25, 20.25, 1740, 6360) + rest)
    assert stopped.type == "entry"
    # ... and so is a bend.
    bend = straight(119.9, 20.1, 120.2, 20.1, 5400) + straight(120.2, 20.1, 120.2, 19.9, 3600, t=5400)[1:]
    assert run(zone(), bend)[0].type == "entry"


def test_a_grazing_corner_under_two_minutes_and_500_m_is_no_finding() -> None:
    # Across the corner at 10 kn: 100 s inside, 250 m deep.
    graze = straight(119.9973, 20.006, 120.0035, 19.9965, 240, 20)
    assert run(zone(), graze) == []
    deeper = straight(119.9973 + 0.006, 20.006 + 0.006, 120.0035 + 0.006, 19.9965 + 0.006, 240, 20)
    assert run(zone(), straight(119.95, 20.0, 119.9973 + 0.006, 20.012, 240, 20, t=-260) + deeper) != []


def test_depth_alone_makes_an_entry_of_a_fast_boat() -> None:
    # 40 kn: in and out within 100 s, 700 m deep.
    boat = straight(119.985, 20.25, 120.0068, 20.25, 110, 10) + straight(
        120.0068, 20.25, 119.985, 20.25, 110, 10, t=120
    )
    (found,) = run(zone(), boat, transit_efficiency=2)
    assert found.measures["longest_stay_s"] < 120
    assert found.measures["depth_max_m"] == pytest.approx(distance_m(120, 20.25, 120.0068, 20.25), abs=0.2)
    assert run(zone(), boat, depth_m=800) == []


def jitter(metres: float, seconds: int, seed: int, step: int = 10) -> list[Row]:
    """Along the western border, northward at 10 kn, with position noise across it."""
    rng = np.random.default_rng(seed)
    n = seconds // step
    deg = metres / 104_600
    return [(0, k * step, 120.0 + rng.normal(0, deg), 20.1 + 10 * 1852 / 3600 * k * step / 110_700) for k in range(n)]


def test_along_the_border_with_jitter_is_no_crowd_of_findings() -> None:
    for seed in range(5):
        assert run(zone(), jitter(15, 7200, seed)) == []
    # Parallel and 200 m outside or with a step of an hour along the border: nothing.
    assert run(zone(), straight(119.998, 20.1, 119.998, 20.4, 7200)) == []


def test_jitter_on_the_border_during_an_entry_makes_one_finding() -> None:
    rng = np.random.default_rng(4)
    slow = [(0, t, 119.999 + 0.002 * t / 3600 + rng.normal(0, 0.0002), 20.25) for t in range(0, 3600, 10)]
    rest = straight(120.001, 20.25, 120.05, 20.25, 1800, t=3600)
    (found,) = run(zone(), slow + rest + straight(120.05, 20.25, 119.9, 20.25, 3600, t=5460))
    assert found.type == "entry"
    assert found.measures["excursions"] >= 1


def test_first_heard_inside_is_no_entry() -> None:
    (found,) = run(zone(), lying(120.1, 20.2, 600, 0) + straight(120.1, 20.2, 119.9, 20.2, 3600, t=660))
    assert (found.type, found.context) == ("appeared_inside", True)
    assert found.t_start_us == T0
    assert "first heard inside: no entry was seen" in [e.what for e in found.counter_evidence]
    # A lone fix inside is no visit.
    assert run(zone(), [(0, 0, 120.2, 20.2)], as_of_s=100_000) == []


def test_inside_after_a_silence_too_long_to_bridge_names_the_last_fix_outside() -> None:
    rows = straight(119.7, 20.25, 119.9, 20.25, 3600) + lying(120.1, 20.25, 600, 3600 + 4000)
    (found,) = run(zone(), rows)
    assert found.type == "appeared_inside"
    assert found.evidence[0].what == "last fix outside" and found.evidence[0].t_us == T0 + 3600 * S
    (bridged,) = run(zone(), rows, bridge_s=4000)
    assert bridged.type == "entry"
    assert T0 + 3600 * S < bridged.t_start_us < T0 + 7600 * S


def test_a_silence_inside_belongs_to_the_visit_and_is_told() -> None:
    rows = COMES_AND_STAYS + lying(120.1, 20.25, 600, 7260 + 7200)
    (found,) = run(zone(), rows)
    assert found.type == "entry"
    assert (found.measures["silences"], found.measures["unheard_s"]) == (1, 7200)
    two = run(zone(), COMES_AND_STAYS + lying(120.1, 20.25, 600, 7260 + 21_601))
    assert [d.type for d in two] == ["entry", "appeared_inside"]


def test_a_jump_no_ship_can_make_is_no_entry() -> None:
    before, after = straight(118.0, 20.25, 118.1, 20.25, 1800), straight(118.1, 20.25, 118.2, 20.25, 1800, t=1920)
    rows = [*before, (0, 1860, 120.2, 20.25), *after]
    assert run(zone(), rows) == []


def test_only_vessels_are_looked_at() -> None:
    assert len(run(zone(), COMES_AND_GOES)) == 1
    for sensor in ("ais_base", "ais_aton", "ais_sar"):
        assert run(zone(), COMES_AND_GOES, change=lambda r, s=sensor: r.sensor.fill(SENSORS.index(s))) == []
    for mmsi in (2_000_001, 992_000_001, 111_000_001, 970_000_001, 972_000_001, 974_000_001):
        assert run(zone(), COMES_AND_GOES, change=lambda r, m=mmsi: r.mmsi.fill(m)) == []
    assert len(run(zone(), COMES_AND_GOES, change=lambda r: r.mmsi.fill(-1))) == 1


@pytest.mark.parametrize("kind", ["port", "anchorage", "traffic_lane"])
def test_where_vessels_are_meant_to_be_is_context(kind: str) -> None:
    (found,) = run(zone(kind=kind), COMES_AND_GOES)
    assert found.type == "entry" and found.context


def test_validity_of_the_zone_is_honoured() -> None:
    early = zone(valid_until="2026-01-01T00:29:00Z")
    assert run(early, COMES_AND_GOES) == []
    (ended,) = run(zone(valid_until="2026-01-01T01:00:30Z"), COMES_AND_GOES)
    assert ended.type == "entry" and not ended.open
    assert ended.t_end_us == T0 + 3630 * S
    assert "the zone's validity ended" in [e.what for e in ended.evidence]
    (begun,) = run(zone(valid_from="2026-01-01T01:00:30Z"), COMES_AND_GOES)
    assert begun.type == "appeared_inside" and begun.context
    assert begun.t_start_us == T0 + 3630 * S
    assert "it was there when the zone became valid" in [e.what for e in begun.counter_evidence]


def test_a_hole_is_outside() -> None:
    hole = [[120.05, 20.2], [120.15, 20.2], [120.15, 20.3], [120.05, 20.3], [120.05, 20.2]]
    feature = {
        "type": "Feature", "properties": {"name": "A", "kind": "watch"},
        "geometry": {"type": "Polygon", "coordinates": [SQUARE, hole]},
    }  # fmt: skip
    zones = read_zones(json.dumps(feature).encode(), "z")
    found = run(zones, COMES_AND_GOES)
    assert [d.type for d in found] == ["direct_transit", "direct_transit"]
    assert found[0].t_end_us == pytest.approx(T0 + 2700 * S, abs=1)


@pytest.mark.parametrize("shift", [0.0, 59.75, -299.75, 239.9])
def test_the_antimeridian_is_an_ordinary_place(shift: float) -> None:
    moved = [[lon + shift, lat] for lon, lat in SQUARE]
    wrapped = [[(lon + 540) % 360 - 180, lat] for lon, lat in moved]
    rows = [(k, t, lon + shift, lat) for k, t, lon, lat in COMES_AND_GOES]
    for ring in (moved, wrapped):
        (found,) = run(zone(ring), rows)
        assert found.t_start_us == pytest.approx(T0 + 1800 * S, abs=200)
        assert found.t_end_us == pytest.approx(T0 + 9120 * S, abs=200)
        assert found.measures["depth_max_m"] == pytest.approx(distance_m(120, 20.25, 120.1, 20.25), abs=0.1)


def test_a_leg_right_through_a_zone_counts_although_no_fix_lies_inside() -> None:
    (found,) = run(zone(), [(0, 0, 119.9, 20.25), (0, 3000, 120.6, 20.25)])
    assert found.type == "direct_transit"
    assert found.measures["fixes_inside"] == 0
    assert found.t_start_us == pytest.approx(T0 + 3000 * S / 7, abs=2 * S)
    assert "no fix inside: the visit lies on a leg between two fixes outside" in [
        e.what for e in found.counter_evidence
    ]
    assert run(zone(), [(0, 0, 119.9, 20.25), (0, 3000, 120.6, 20.25)], bridge_s=2999) == []


def test_a_long_leg_follows_the_great_circle() -> None:
    """At 60 N a leg of 4 degrees bulges 1.7 km to the north of the straight line on the chart."""
    north = [[2.0, 60.0], [4.0, 60.0], [4.0, 61.0], [2.0, 61.0], [2.0, 60.0]]
    rows = [(0, 0, 1.0, 59.99), (0, 7200, 5.0, 59.99)]
    assert len(run(zone(north), rows, bridge_s=7200)) == 1
    straight_on_chart = straight(1.0, 59.99, 5.0, 59.99, 7200)
    assert run(zone(north), straight_on_chart, bridge_s=7200) == []


def test_two_zones_and_two_ships_are_kept_apart() -> None:
    east = [[lon + 0.25, lat] for lon, lat in SQUARE]
    zones = zone() + zone(east, name="B")
    rows = straight(119.9, 20.2, 120.9, 20.3, 18_000) + straight(119.9, 20.3, 120.9, 20.2, 18_000, track=1, t=5)
    found = run(zones, rows)
    assert sorted((d.members[0][0], d.zones[0]) for d in found) == [(0, "A"), (0, "B"), (1, "A"), (1, "B")]


def test_a_zone_s_name_cannot_break_the_sentence() -> None:
    (found,) = run(zone(name="{0} {1} <b>"), COMES_AND_GOES)
    assert found.why.count("{") == 1


def test_no_zones_no_rows_no_findings() -> None:
    assert run([], COMES_AND_GOES) == []
    assert run(zone(), []) == []


def wander(seed: int, ships: int = 3, fixes: int = 60) -> list[Row]:
    """Ships that wander in and out of a small area, with odd steps, silences and jumps."""
    rng = np.random.default_rng(seed)
    rows = []
    for ship in range(ships):
        t, lon, lat = 0.0, 120.0 + rng.normal(0, 0.03), 20.0 + rng.normal(0, 0.03)
        for _ in range(fixes):
            t += float(
                rng.choice([1.0, 20.0, 70.0, 600.0, 3000.0, 5000.0, 30_000.0], p=[0.1, 0.3, 0.3, 0.2, 0.05, 0.03, 0.02])
            )
            knots = float(rng.choice([0.0, 5.0, 20.0, 300.0], p=[0.2, 0.4, 0.38, 0.02]))
            lon = min(120.12, max(119.9, lon + rng.normal(0, knots / 3600 * 60 / 60)))
            lat = min(20.12, max(19.9, lat + rng.normal(0, knots / 3600 * 60 / 60)))
            rows.append((ship, round(t, 3), lon, lat))
    return rows


TWO = zone([[120.0, 19.95], [120.06, 20.0], [120.0, 20.07], [119.96, 20.0], [120.0, 19.95]]) + zone(
    [[120.02, 19.9], [120.08, 19.9], [120.08, 20.1], [120.02, 20.1], [120.02, 19.9]], name="B",
    valid_from="2026-01-01T00:40:00Z", valid_until="2026-01-01T05:00:00Z",
)  # fmt: skip


@given(st.integers(0, 5000), st.lists(st.integers(1, 179), max_size=8), st.booleans())
def test_any_cut_into_ticks_and_any_restart_give_the_same_findings(seed: int, cuts: list[int], restart: bool) -> None:
    rows = wander(seed)
    whole = run(TWO, rows)
    assert run(TWO, rows, cuts=cuts, restart=restart) == whole
    late = 10_000_000.0
    assert run(TWO, rows, cuts=cuts, as_of_s=late) == run(TWO, rows, as_of_s=late)


@given(st.integers(0, 300), st.integers(-(10**6), 10**6))
def test_a_shift_in_time_shifts_the_findings(seed: int, shift: int) -> None:
    rows, fixed = wander(seed), [TWO[0]]
    moved = [(k, t + shift, lon, lat) for k, t, lon, lat in rows]
    strip = [(d.t_start_us, d.t_end_us, d.type, d.measures) for d in run(fixed, rows)]
    again = [(d.t_start_us - shift * S, d.t_end_us - shift * S, d.type, d.measures) for d in run(fixed, moved)]
    assert strip == again


@given(st.integers(0, 5000))
def test_crossing_times_are_shapely_s(seed: int) -> None:
    """Each entry and exit lies where shapely cuts the track's line with the border."""
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 9))
    reach = rng.uniform(0.05, 0.2, 9)
    ring = [[120 + r * np.cos(a), 20 + r * np.sin(a)] for r, a in zip(reach, angle, strict=True)]
    t, rows = 0, []
    lon, lat = 119.7, 20 + rng.normal(0, 0.1)
    while lon < 120.4:
        rows.append((0, t, round(lon, 7), round(lat, 7)))
        dt = int(rng.integers(20, 900))
        lon, lat, t = lon + dt * 3e-5, lat + dt * rng.normal(0, 1e-5), t + dt
    try:
        zones = zone([*ring, ring[0]])
    except ValueError:
        return
    shape = shapely.Polygon(ring)
    cuts = []
    for (_, ta, xa, ya), (_, tb, xb, yb) in pairwise(rows):
        meet = shapely.LineString([(xa, ya), (xb, yb)]).intersection(shape.exterior)
        points = [point for point in getattr(meet, "geoms", [meet]) if not point.is_empty]
        cuts += [ta + (tb - ta) * (point.x - xa) / (xb - xa) for point in points]
    for found in run(zones, rows, dwell_s=1):
        for moment in (found.t_start_us, found.t_end_us):
            assert min(abs((moment - T0) / S - c) for c in cuts) < 1e-3


def test_inside_time_is_what_shapely_measures() -> None:
    rows = straight(119.8, 19.9, 120.7, 20.6, 20_000, 50)
    (found,) = run(zone(), rows)
    line = shapely.LineString([(r[2], r[3]) for r in rows])
    share = line.intersection(shapely.Polygon(SQUARE)).length / line.length
    assert found.measures["time_inside_s"] == pytest.approx(20_000 * share, abs=0.01)


def comb(teeth: int) -> list[Zone]:
    """A comb along a parallel: so many teeth, each 0.00005 degrees wide, pointing south over 20.25 N."""
    step = 0.0001
    ring = [[120.0, 20.3]]
    for k in range(teeth):
        lon = 120.0 + k * step
        ring += [[lon, 20.2], [lon + step / 2, 20.2], [lon + step / 2, 20.28], [lon + step, 20.28]]
    return zone([*ring, [120.0 + teeth * step, 20.3], [120.0, 20.3]])


@pytest.mark.slow
def test_a_leg_through_thousands_of_teeth_is_counted_out_and_more_stops_loudly() -> None:
    there = [(0, 0, 119.99, 20.25), (0, 3600, 120.99, 20.25)]
    back = [(0, 7200, 119.99, 20.25), (0, 10_800, 120.99, 20.25)]
    # Every tooth is a visit when no time and no depth is asked for; half of the room is 4,097.
    assert len(run(comb(3000), there + back, depth_m=0)) == 9000
    assert len(run(comb(5000), there + back, depth_m=0)) == 15_000
    with pytest.raises(RuntimeError, match="too finely toothed"):
        run(comb(9000), there, depth_m=0)
    # By the usual rule it is one visit of many short stays: never two minutes, never 500 m.
    assert run(comb(9000), there) == []


def metres_zone(ring_m: list[tuple[float, float]]) -> list[Zone]:
    """A zone at the equator from metres east and north of 0, 0."""
    return zone([[x / METRES_A_DEGREE, y / METRES_A_DEGREE] for x, y in (*ring_m, ring_m[0])])


METRES_A_DEGREE = 111_319.49


def along(way: list[tuple[int, float, float]]) -> list[Row]:
    return [(0, t, x / METRES_A_DEGREE, y / METRES_A_DEGREE) for t, x, y in way]


def key_hole(room_m: float) -> list[tuple[float, float]]:
    """A corridor 100 m wide and 1240 m long with a room of ``room_m`` half width behind it, off the middle of a way."""
    end = 1240 + 2 * room_m
    return [(0, -50), (1240, -50), (1240, -700), (end, -700), (end, 700), (1240, 700), (1240, 50), (0, 50)]


@pytest.mark.parametrize(("room_m", "told"), [(595.0, True), (502.0, True), (497.0, False)])
def test_deep_anywhere_on_a_leg_is_told(room_m: float, told: bool) -> None:
    v_ms = 40 * 1852 / 3600
    found = run(metres_zone(key_hole(room_m)), along([(360 + t, v_ms * t - 600, 0) for t in range(-360, 361, 180)]))
    assert len(found) == told
    if told:
        assert 500 <= float(found[0].measures["depth_max_m"]) <= room_m + 1
        assert float(found[0].measures["longest_stay_s"]) < 120


@pytest.mark.parametrize(("room_m", "visits"), [(560.0, 2), (505.0, 2), (495.0, 1)])
def test_a_trip_far_out_anywhere_on_a_leg_parts_two_visits(room_m: float, visits: int) -> None:
    """The zone is all round a hole of a corridor and a room: the way out leads through both in 76 s."""
    shape = [(-9000, -9000), (30_000, -9000), (30_000, 9000), (-9000, 9000)]
    outer = [[x / METRES_A_DEGREE, y / METRES_A_DEGREE] for x, y in (*shape, shape[0])]
    inner = [[x / METRES_A_DEGREE, y / METRES_A_DEGREE] for x, y in (*key_hole(room_m), key_hole(room_m)[0])]
    zones = read_zones(json.dumps({
        "type": "Feature", "properties": {"name": "A", "kind": "watch"},
        "geometry": {"type": "Polygon", "coordinates": [outer, inner]},
    }).encode(), "z.geojson")  # fmt: skip
    v_ms = 60 * 1852 / 3600
    assert (1240 + 2 * room_m) / v_ms < 120
    assert len(run(zones, along([(t, v_ms * t - 12_000, 0) for t in range(0, 801, 200)]))) == visits


@given(st.integers(0, 2000))
def test_whether_a_way_comes_deep_is_shapely_s(seed: int) -> None:
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 14))
    radius = rng.uniform(200, 2500, 14)
    ring = [(float(r * np.cos(a)), float(r * np.sin(a))) for r, a in zip(radius, angle, strict=True)]
    shape = shapely.Polygon(ring)
    if not shape.is_valid or max(np.diff(angle, append=angle[0] + 2 * np.pi)) > 3:
        return
    turn, off = rng.uniform(0, 2 * np.pi), rng.uniform(-800, 800)
    way = shapely.affinity.rotate(shapely.LineString([(-4000, off), (4000, off)]), turn, (0, 0), use_radians=True)
    core = shape.buffer(-500, quad_segs=64)
    near = (shape.buffer(-505, quad_segs=64).intersects(way), shape.buffer(-495, quad_segs=64).intersects(way))
    if near[0] != near[1]:
        return
    (xa, ya), (xb, yb) = way.coords
    found = run(metres_zone(ring), along([(0, xa, ya), (190, xb, yb)]), dwell_s=1e6)
    assert bool(found) == core.intersects(way)


@pytest.mark.parametrize("key", sorted(LARGEST))
def test_a_parameter_out_of_bounds_is_named_and_one_at_its_bound_works(key: str) -> None:
    assert sorted(LARGEST) == sorted(DEFAULTS)
    run(zone(), straight(119.9, 20.2, 120.6, 20.2, 7200), **{key: LARGEST[key]})
    for value in (LARGEST[key] * 1.001, 1e300, float("inf"), float("nan"), -1.0):
        with pytest.raises(ValueError, match=rf"\[zone_entry\] {key}: "):
            ZoneEntry(zone(), {key: value})
