"""The pair engine against brute force that shares no line with it, and against what sampling can see."""

from __future__ import annotations

from pathlib import Path

import brute_pairs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_worlds import HOUR_US, crowd, solent, vessels

from beaconline.understand.pairs.engine import PairRule, Runs, runs_between
from beaconline.understand.pairs.window import Fixes


def assert_equal_to_brute_force(fixes: Fixes, runs: Runs, radius_m: float, bridge_us: int = HOUR_US) -> int:
    """Same pairs, same intervals within 2 microseconds, same closest approach within a micrometre."""
    xyz = brute_pairs.ecef(fixes.lon_e7 * 1e-7, fixes.lat_e7 * 1e-7)
    expected = brute_pairs.runs(fixes.t_us, fixes.track, xyz, bridge_us, radius_m)
    expected = [row for row in expected if row[3] - row[2] > 2e-6]
    zero = int(fixes.t_us.min())
    got = [
        (a, b, (s - zero) / 1e6, (e - zero) / 1e6, near)
        for (a, b, s, e, _), near in zip(runs.table.tolist(), runs.closest_m.tolist(), strict=True)
        if e - s > 2
    ]
    assert [row[:2] for row in got] == [row[:2] for row in expected]
    if got:
        error = np.abs(np.array(got) - np.array(expected)).max(axis=0)
        assert error[2] <= 2e-6 and error[3] <= 2e-6, error
        assert error[4] <= 1e-6, error
    return len(got)


@settings(max_examples=40)
@given(seed=st.integers(0, 100_000), radius_m=st.sampled_from([60.0, 500.0, 3000.0]))
def test_crowds_equal_brute_force(seed: int, radius_m: float) -> None:
    fixes = crowd(seed)
    runs = runs_between(PairRule(radius_m), fixes, vessels(fixes))
    assert_equal_to_brute_force(fixes, runs, radius_m)


def test_crowds_hold_meetings() -> None:
    """The scenes above are not empty: otherwise equality would say nothing."""
    assert sum(len(runs_between(PairRule(500.0), crowd(s), vessels(crowd(s)))) for s in range(5)) > 50


@pytest.mark.parametrize(("lon", "lat"), [(179.99, 54.0), (-180.0, 0.0), (30.0, 85.0), (0.0, 89.99), (10.0, -78.0)])
def test_no_place_is_special(lon: float, lat: float) -> None:
    """A crowd over the antimeridian, the equator and beside the pole equals brute force there."""
    fixes = crowd(3, lon=lon, lat=lat)
    runs = runs_between(PairRule(500.0), fixes, vessels(fixes))
    assert assert_equal_to_brute_force(fixes, runs, 500.0) > 5


def test_a_real_harbour_equals_brute_force(data: Path) -> None:
    fixes = solent(data)
    runs = runs_between(PairRule(500.0), fixes, vessels(fixes))
    assert assert_equal_to_brute_force(fixes, runs, 500.0) > 1000


@settings(max_examples=15)
@given(seed=st.integers(0, 100_000))
def test_nothing_is_found_that_was_never_near(seed: int) -> None:
    """At 50 instants inside every run, straight lines between the fixes are within the distance; just outside, not."""
    fixes = crowd(seed, jump_m=10_000.0)  # no leg over 20 km, so that a straight line is the whole truth
    radius_m = 500.0
    runs = runs_between(PairRule(radius_m), fixes, vessels(fixes))
    for (a, b, s, e, c), near in zip(runs.table.tolist(), runs.closest_m.tolist(), strict=True):
        times = np.linspace(s, e, 50)
        apart = np.linalg.norm(_at(fixes, a, times) - _at(fixes, b, times), axis=1)
        assert apart.max() <= radius_m + 1e-3
        assert near <= apart.min() + 1e-3
        assert abs(np.linalg.norm(_at(fixes, a, np.array([c])) - _at(fixes, b, np.array([c]))) - near) < 1e-3


def _at(fixes: Fixes, k: int, times: np.ndarray) -> np.ndarray:
    rows = fixes.track == k
    xyz = brute_pairs.ecef(fixes.lon_e7[rows] * 1e-7, fixes.lat_e7[rows] * 1e-7)
    t = fixes.t_us[rows].astype(float)
    return np.stack([np.interp(times, t, xyz[:, c]) for c in range(3)], axis=1)


@settings(max_examples=15)
@given(seed=st.integers(0, 100_000))
def test_a_larger_radius_never_loses_a_run(seed: int) -> None:
    fixes = crowd(seed)
    small = runs_between(PairRule(300.0), fixes, vessels(fixes)).table.tolist()
    large = runs_between(PairRule(900.0), fixes, vessels(fixes)).table.tolist()
    for a, b, s, e, _ in small:
        assert any(x[:2] == [a, b] and x[2] <= s and e <= x[3] for x in large)
