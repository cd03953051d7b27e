"""Hand-made tracks whose meetings are known without computing them."""

from __future__ import annotations

import numpy as np
import pytest
from pair_worlds import HOUR_US, T0_US, by_hand, fixes_of, vessels

from beaconline.foundation.geo.geodesy import NM_M, destination
from beaconline.understand.pairs.engine import PairRule, Runs, contacts_between, runs_between
from beaconline.understand.pairs.window import Fixes

M_LAT = 1 / 111_132.0
"""Degrees of latitude in a metre, near enough for making scenes."""


def runs(fixes: Fixes, rule: PairRule | float = 500.0) -> Runs:
    rule = rule if isinstance(rule, PairRule) else PairRule(rule)
    return runs_between(rule, fixes, vessels(fixes))


def seconds(table: np.ndarray) -> list[tuple[float, float]]:
    return [((s - T0_US) / 1e6, (e - T0_US) / 1e6) for _, _, s, e, _ in table.tolist()]


def test_a_pass_at_known_speed() -> None:
    """Due north along a meridian at 10 m/s past a ship lying 300 m beside: within 500 m for 2 * 400 m."""
    north = 12_000 * M_LAT
    east = 300 / (111_319.5 * np.cos(np.radians(0.0)))
    got = runs(by_hand([(0, 0, 0.0, -north / 2), (1200, 0, 0.0, north / 2), (0, 1, east, 0.0), (1200, 1, east, 0.0)]))
    ((start, end),) = seconds(got.table)
    assert abs((start + end) / 2 - 600) < 0.01
    assert abs((end - start) - 80.0) < 0.8  # a degree of latitude is 110.57 km at the equator, not 111.13
    assert abs(got.closest_m[0] - 300) < 0.1
    assert abs((got.table[0, 4] - T0_US) / 1e6 - 600) < 0.01


def test_a_two_hour_leg_passes_a_ship_at_100_m() -> None:
    """20 kn for 2 h is 74 km; its straight chord sinks 108 m, so only a leg along the surface finds the ship."""
    lon0, lat0 = 5.0, 54.0
    far = 20 * NM_M
    lon1, lat1 = destination(lon0, lat0, 60.0, 2 * far)
    a, b = _unit(lon0, lat0), _unit(lon1, lat1)
    mid = (a + b) / np.linalg.norm(a + b)
    # 100 m to the side of the leg, at its middle
    side = np.cross(a, b) / np.linalg.norm(np.cross(a, b))
    ship = _lonlat(mid + side * 100 / 6.37e6)
    rows = [(0, 0, lon0, lat0), (7200, 0, lon1, lat1), (0, 1, *ship), (3600, 1, *ship), (7200, 1, *ship)]
    fixes = by_hand(rows, bridge_us=2 * HOUR_US)
    got = runs(fixes, 110.0)
    assert len(got) == 1
    assert 85 < got.closest_m[0] < 110
    assert abs((got.table[0, 4] - T0_US) / 1e6 - 3600) < 10
    assert len(runs(by_hand(rows, bridge_us=2 * HOUR_US - 1), 500.0)) == 0, "not bridged when the gap is too long"


def _unit(lon: float, lat: float) -> np.ndarray:
    f, g = np.radians(lat), np.radians(lon)
    return np.array([np.cos(f) * np.cos(g), np.cos(f) * np.sin(g), np.sin(f)])


def _lonlat(v: np.ndarray) -> tuple[float, float]:
    return float(np.degrees(np.arctan2(v[1], v[0]))), float(np.degrees(np.arcsin(v[2] / np.linalg.norm(v))))


@pytest.mark.parametrize(("lon", "lat"), [(180.0, 0.0), (-180.0, 52.0), (20.0, 85.0), (20.0, -85.0), (0.0, 89.999)])
def test_a_meeting_is_the_same_everywhere(lon: float, lat: float) -> None:
    """Two ships 200 m apart for an hour, one on either side of the line."""
    west, east = destination(lon, lat, 270.0, 100.0), destination(lon, lat, 90.0, 100.0)
    got = runs(by_hand([(t, k, *p) for t in (0, 1800, 3600) for k, p in ((0, west), (1, east))]))
    assert seconds(got.table) == [(0, 3600)]
    assert abs(got.closest_m[0] - 200) < 1.0  # destination is on the mean sphere


def test_a_gap_is_bridged_up_to_its_edge() -> None:
    rows = [(0, 0, 0.0, 0.0), (3600, 0, 0.0, 0.0), (0, 1, 0.001, 0.0), (3600, 1, 0.001, 0.0)]
    assert seconds(runs(by_hand(rows)).table) == [(0, 3600)]
    assert len(runs(by_hand(rows, bridge_us=HOUR_US - 1))) == 0
    capped = PairRule(500.0, max_bridge_us=HOUR_US - 1)
    assert len(runs(by_hand(rows), capped)) == 0, "the rule caps what a row allows"


def test_a_leg_is_believed_up_to_its_speed() -> None:
    """100 kn and the slack of 500 m: a ship that would need more jumps, and passes nobody on the way."""
    believable = 100 * 1852 / 3600 * 600 + 500
    for way_m, found in ((believable - 20, 1), (believable + 20, 0)):
        d = way_m / 111_319.49 / 2
        rows = [(0, 0, -d, 0.0), (600, 0, d, 0.0), (0, 1, 0.0, 0.0), (600, 1, 0.0, 0.0)]
        assert len(runs(by_hand(rows))) == found


def test_a_lone_fix_and_a_lone_track_make_nothing() -> None:
    assert len(runs(by_hand([(0, 0, 0.0, 0.0), (0, 1, 0.0, 0.0)]))) == 0
    assert len(runs(by_hand([(0, 0, 0.0, 0.0), (60, 0, 0.0, 0.0)]))) == 0
    assert len(runs(by_hand([(0, 0, 0.0, 0.0), (60, 0, 0.0, 0.0), (30, 1, 0.0, 0.0)]))) == 0


def test_tracks_of_one_vessel_do_not_pair() -> None:
    fixes = by_hand([(t, k, 0.0, 0.0) for t in (0, 60) for k in (0, 1, 2)])
    table = runs_between(PairRule(500.0), fixes, np.array([0, 0, 1], np.int32)).table
    assert table[:, :2].tolist() == [[0, 2], [1, 2]]


def test_a_touch_of_no_length_is_no_run() -> None:
    """A ship turning back exactly on the circle is within distance for an instant only, hence for no interval."""
    xyz = np.array([[500.0, 0, 0], [0, 0, 0], [500.0, 300, 0], [0, 0, 0]])
    fixes = by_hand([(0, 0, 0.0, 0.0), (0, 1, 0.0, 0.0), (100, 0, 0.0, 0.0), (100, 1, 0.0, 0.0)])
    assert len(runs_between(PairRule(500.0), fixes, vessels(fixes), xyz)) == 0
    assert len(runs_between(PairRule(500.0 + 1e-6), fixes, vessels(fixes), xyz)) == 1


def test_an_interval_over_many_bins_is_one() -> None:
    """Fixes on bin borders, beside them and across them: still one maximal interval."""
    times = [0, 299.999999, 300, 300.000001, 600, 1499, 1801, 3000]
    rows = [(t, k, 0.001 * k, 50.0) for t in times for k in (0, 1)]
    assert seconds(runs(by_hand(rows)).table) == [(0, 3000)]


def test_times_before_1970_and_far_from_it() -> None:
    for shift_us in (-5_364_000_000_000_000, 60_000_000_000_000_000):
        fixes = by_hand([(t, k, 0.0, 0.001 * k) for t in (0, 700) for k in (0, 1)])
        moved = fixes_of(fixes.t_us - T0_US + shift_us, fixes.track, fixes.lon_e7, fixes.lat_e7)
        assert [(s - shift_us, e - shift_us) for _, _, s, e, _ in runs(moved).table.tolist()] == [(0, 700_000_000)]


def test_centuries_of_silence_cost_nothing() -> None:
    """Two meetings 200 years apart: the empty bins between are not visited."""
    rows = [(t, k, 0.0, 0.001 * k) for t in (0, 700, 6_300_000_000, 6_300_000_700) for k in (0, 1)]
    assert seconds(runs(by_hand(rows)).table) == [(0, 700), (6_300_000_000, 6_300_000_700)]


def test_no_fixes_at_all() -> None:
    nothing = by_hand([])
    assert len(runs(nothing)) == 0
    ((contacts, near),) = contacts_between([PairRule(500.0)], nothing, vessels(nothing), 0, 10)
    assert contacts.shape == (0, 6) and near.shape == (0,)


def test_a_bin_with_a_great_crowd_keeps_every_pair() -> None:
    """400 ships in one place are 79,800 pairs: output grows as it must, nothing is cut off."""
    n = 400
    rng = np.random.default_rng(1)
    lon, lat = rng.integers(0, 20_000, n), rng.integers(0, 20_000, n)
    t = np.repeat([T0_US, T0_US + 100_000_000], n)
    fixes = fixes_of(t, np.tile(np.arange(n), 2), np.tile(lon, 2), np.tile(lat, 2))
    assert len(runs(fixes)) == n * (n - 1) // 2


def test_boxes_too_great_for_the_grid_lose_nothing() -> None:
    """Where a profile believes 10,000 kn, a leg of one bin covers thousands of cubes: pairs are still found, once."""
    rule = PairRule(500.0, max_leg_speed_kn=10_000.0)
    rows = [(0, 0, 0.0, 0.0), (300, 0, 8.0, 5.0), (0, 1, 8.0, 0.0), (300, 1, 0.0, 5.0)]
    rows += [(t, 2, 4.0, 2.5) for t in (0, 300)] + [(t, 3, 4.001, 2.5) for t in (0, 300)]
    fixes = by_hand(rows)
    xyz = np.stack([fixes.lon_e7 * 0.011, fixes.lat_e7 * 0.011, 0.0 * fixes.lon_e7], axis=1)
    table = runs_between(rule, fixes, vessels(fixes), xyz).table
    assert table[:, :2].tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]


def test_a_leg_half_around_the_world_is_not_believed() -> None:
    rule = PairRule(500.0, max_leg_speed_kn=1e6)
    assert len(runs(by_hand([(t, k, 180.0 * t / 600, 0.0) for t in (0, 600) for k in (0, 1)]), rule)) == 0
    assert len(runs(by_hand([(t, k, 90.0 * t / 600, 0.0) for t in (0, 600) for k in (0, 1)]), rule)) == 1
