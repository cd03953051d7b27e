"""Loitering: the slow-window rule against brute force, its edges, any cut into ticks, and what stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kind_runs import NM, T0, Fix, S, run, sailed, spot

from beaconline.foundation.geo.geodesy import ecef_point
from beaconline.foundation.records.finding import Draft, Mask
from beaconline.understand.detectors.loitering import DEFAULTS, LARGEST, SMALLEST, STATE_CLASSES, Loitering
from beaconline.understand.detectors.loitering_circle import MAX_CORNERS, add_corner, set_frame, smallest_circle
from beaconline.understand.detectors.loitering_events import lat_of, lon_of, pack

H = 60.0


class Place:
    """A made-up neighbourhood: the same answer everywhere."""

    def __init__(
        self, land_m: int | None = 100_000, masks: Sequence[Mask] = (), zones: Sequence[tuple[str, str]] = (),
        has_port_masks: bool = True,
    ) -> None:  # fmt: skip
        self.land_m, self.masks, self.zones, self.has_port_masks = land_m, masks, zones, has_port_masks

    def distance_to_land_m(self, lon_e7: int, lat_e7: int) -> int | None:
        return self.land_m

    def masks_near(self, lon_e7: int, lat_e7: int, within_m: int) -> list[Mask]:
        return [m for m in self.masks if m.distance_m <= within_m]

    def zones_at(self, lon_e7: int, lat_e7: int, t_us: int) -> list[tuple[str, str]]:
        return list(self.zones)

    def zones_over(self, places: Sequence[tuple[int, int]], t_us: int) -> list[list[tuple[str, str]]]:
        return [list(self.zones) for _ in places]


def watch(
    fixes: Sequence[Fix], place: Place | None = None, params: dict[str, float] | None = None, **how
) -> list[Draft]:  # type: ignore[no-untyped-def]
    return run(Loitering(place or Place(), params), fixes, classes=STATE_CLASSES, **how)


AWAY = (45.0, 12.0, 2 * H)
STOP = sailed([(90.0, 12.0, H), (0.0, 0.0, 5 * H), AWAY])


def test_a_stop_at_sea_is_told_with_its_times() -> None:
    (found,) = watch(STOP)
    assert (found.type, found.open, found.settled, found.context) == ("hold", False, False, False)
    assert found.t_start_us == T0 + 3600 * S
    assert found.t_end_us == T0 + (6 * 3600 - 120) * S, "on the leg before the next course 12 kn are already sent"
    assert found.measures["mean_speed_kn"] == 0.0
    assert found.evidence[0].what == "slow from here"
    (later,) = watch(STOP, as_of_s=8 * 3600 + 43_200 + 6 * 3600 + 4 * 3600 + 1)
    assert later.settled and later.key == found.key


@pytest.mark.parametrize(("minutes", "told"), [(180, 0), (182, 1)])
def test_duration(minutes: float, told: int) -> None:
    """One beat is lost where the ship gathers way: on that leg 12 kn are sent at one end."""
    fixes = sailed([(90.0, 12.0, H), (0.0, 0.0, minutes), AWAY], step=60.0)
    assert len(watch(fixes)) == told


@pytest.mark.parametrize(("kn", "told"), [(1.98, 1), (2.02, 0)])
@pytest.mark.parametrize("said", [True, False])
def test_speed(kn: float, told: int, said: bool) -> None:
    assert len(watch(sailed([(90.0, kn, 6 * H)], said=said))) == told


def test_the_way_sailed_counts_and_not_the_way_made_good() -> None:
    """To and fro at 4 kn, heard at one end only: the speeds sent tell, and without them nothing does."""
    assert watch(sailed([(k * 180.0, 4.0, 30) for k in range(16)], step=300.0)) == []
    rows = [Fix(0, 7000.0 * k, *spot((-30, 10), 50.0 * (k % 2), 0), 4.0) for k in range(10)]
    assert watch(rows, bridge_s=7200) == []
    assert len(watch([f._replace(kn=None) for f in rows], bridge_s=7200)) == 1


def test_fast_fixes_are_not_dropped_before_grouping() -> None:
    stop_and_go = sailed([leg for _ in range(8) for leg in ((0.0, 0.0, 40.0), (90.0, 8.0, 20.0))])
    assert watch(stop_and_go) == []


def test_types() -> None:
    (drift,) = watch(sailed([(120.0, 1.0, 12 * H)]))
    assert drift.type == "drift"
    assert drift.measures["made_good_m"] == pytest.approx(12 * NM, rel=0.01)
    assert drift.measures["circle_radius_m"] == pytest.approx(6 * NM, rel=0.01)
    (wander,) = watch(sailed([(c, 1.8, 3 * H) for c in (0.0, 120.0, 240.0)]))
    assert wander.type == "wander"
    (hold,) = watch(sailed([(k * 180.0, 0.5, 30) for k in range(10)]))
    assert hold.type == "hold"
    assert hold.measures["circle_radius_m"] == pytest.approx(0.125 * NM, rel=0.1)


def test_days_at_anchor_are_one_finding_over_silences_and_short_moves() -> None:
    parts = [(0.0, 0.0, 20 * H), (90.0, 6.0, 30.0), (0.0, 0.0, 20 * H), (270.0, 6.0, 30.0), (0.0, 0.0, 20 * H)]
    rows = sailed(parts, step=300.0)
    rows = [f for f in rows if not 30 * 3600 < f.t < 35 * 3600]
    (found,) = watch(rows)
    assert found.measures["interruptions"] == 1, "half an hour at 6 kn keeps every window under 2 kn; the silence parts"
    assert found.measures["unheard_s"] == pytest.approx(5 * 3600, abs=900)
    assert any(e.what.startswith("silent for a while") for e in found.counter_evidence)
    moved = sailed([(0.0, 0.0, 5 * H), (90.0, 8.0, 60.0), (270.0, 8.0, 60.0), (0.0, 0.0, 5 * H)])
    (joined,) = watch(moved)
    assert joined.measures["interruptions"] == 1 and joined.measures["faster_s"] == pytest.approx(7200, abs=900)
    assert len(watch(moved, params={"rejoin_s": 3600})) == 2
    gone = sailed([(0.0, 0.0, 5 * H), (90.0, 8.0, 120.0), (0.0, 0.0, 5 * H)])
    assert len(watch(gone)) == 2, "16 nm further is another stay"


def test_a_silence_is_not_slow() -> None:
    rows = sailed([(0.0, 0.0, 8 * H)])
    rows = [f for f in rows if f.t <= 3600 or f.t >= 7 * 3600]
    assert watch(rows) == []
    assert len(watch(rows, bridge_s=7 * 3600, params={"max_bridge_s": 7 * 3600})) == 1


def test_nothing_is_said_beyond_the_last_fix() -> None:
    assert watch(sailed([(0.0, 0.0, 2.9 * H)]), as_of_s=86_400.0) == []


def test_open_while_it_may_go_on() -> None:
    rows = sailed([(90.0, 10.0, H), (0.0, 0.0, 5 * H)])
    (now,) = watch(rows)
    assert now.open and not now.settled and "so far" in now.why
    (silent,) = watch(rows, as_of_s=6 * 3600 + 3600)
    assert not silent.open and not silent.settled


@pytest.mark.parametrize(("land_m", "told"), [(37_040, 1), (37_039, 0), (None, 1)])
def test_near_the_shore_it_is_no_matter(land_m: int | None, told: int) -> None:
    assert len(watch(STOP, Place(land_m))) == told


@pytest.mark.parametrize("kind", ["reef", "watch", "exclusion"])
def test_a_watched_zone_counts_near_the_shore_and_outranks_masks(kind: str) -> None:
    place = Place(500, [Mask("anchorage", "a.csv", 900)], [("A", kind)])
    (found,) = watch(STOP, place)
    assert not found.context and found.masks and found.zones == ("A",)
    assert watch(STOP, Place(500, zones=[("A", "eez")])) == []


def test_a_mask_an_own_word_and_never_having_moved_are_context() -> None:
    (near,) = watch(STOP, Place(masks=[Mask("port", "p.csv", 800)]))
    assert near.context and any(e.what == "near a port" for e in near.counter_evidence)
    (fishing,) = watch(STOP, ship_type=30)
    assert fishing.context
    (status,) = watch([f._replace(status=7) for f in STOP])
    assert status.context
    (anchored,) = watch([f._replace(status=1) for f in STOP])
    assert not anchored.context and any("at anchor" in e.what for e in anchored.counter_evidence)
    (rig,) = watch(sailed([(0.0, 0.0, 24 * H)], step=300.0))
    assert rig.context and any("nowhere else" in e.what for e in rig.counter_evidence)
    (bare,) = watch(STOP, Place(has_port_masks=False))
    assert any(e.what.startswith("no anchorage mask") for e in bare.counter_evidence)


def test_what_is_no_vessel_does_not_loiter() -> None:
    for sensor in ("ais_base", "ais_aton", "ais_sar"):
        assert watch(STOP, sensor=sensor) == []
    assert watch(STOP, change=lambda r: r.mmsi.fill(992_000_001)) == []


def test_one_fix_far_off_does_not_break_a_stay() -> None:
    k = next(i for i, f in enumerate(STOP) if f.t == 3 * 3600)
    far = spot((STOP[k].lon, STOP[k].lat), 90_000, 0)
    (found,) = watch([*STOP[:k], STOP[k]._replace(lon=far[0], lat=far[1]), *STOP[k + 1 :]])
    assert found.measures["duration_s"] == pytest.approx(5 * 3600, abs=120) and found.measures["circle_radius_m"] < 100


# The rule against brute force.


def nodes_of(fixes: Sequence[Fix], beat: float) -> list[Fix]:
    """The fixes that count: the first, then each that is a beat or more after the one before."""
    out: list[Fix] = []
    for fix in fixes:
        if not out or fix.t - out[-1].t >= beat:
            out.append(fix)
    return out


def brute(nodes: Sequence[Fix], window: float, limit_kn: float, grid: float) -> list[tuple[float, float]]:
    """Stretches, by looking at a window at every grid second: cut to slow legs, then those long enough."""
    t = np.array([f.t for f in nodes])
    xyz = np.array([ecef_point(f.lon, f.lat) for f in nodes])
    legs = np.sqrt((np.diff(xyz, axis=0) ** 2).sum(axis=1))
    said = np.array([np.nan if f.kn is None else f.kn * NM / 3600 for f in nodes])
    mean = (said[1:] + said[:-1]) / 2
    legs = np.fmax(legs, mean * np.diff(t))
    way = np.concatenate([[0.0], np.cumsum(legs)])
    slow_leg = legs / np.diff(t) < limit_kn * NM / 3600
    out: list[list[float]] = []
    for end in np.arange(t[0] + window, t[-1] + grid / 2, grid):
        if np.interp(end, t, way) - np.interp(end - window, t, way) < limit_kn * NM / 3600 * window:
            if out and end - window <= out[-1][1]:
                out[-1][1] = end
            else:
                out.append([end - window, end])
    cut = []
    for a, b in out:
        spans = [
            (max(a, t[k]), min(b, t[k + 1])) for k in range(len(legs)) if slow_leg[k] and t[k] < b and t[k + 1] > a
        ]
        if spans and spans[-1][1] - spans[0][0] >= window:
            cut.append((spans[0][0], spans[-1][1]))
    return cut


def wandering(seed: int, hours: float = 30.0, said: bool = False) -> list[Fix]:
    """A vessel that goes at many speeds, at odd steps of some minutes."""
    rng = np.random.default_rng(seed)
    t, e, n, course, out = 0.0, 0.0, 0.0, 0.0, []
    kn, until = 1.0, 0.0
    while t < hours * 3600:
        if t >= until:
            kn, until = (
                float(rng.choice([0.1, 1.0, 1.8, 3.0, 9.0], p=[0.3, 0.2, 0.2, 0.2, 0.1])),
                t + float(rng.uniform(600, 9000)),
            )
        course += float(rng.normal(0, 20))
        out.append(Fix(0, round(t, 3), *spot((-30, 10), e, n), kn if said else None))
        dt = float(rng.uniform(20, 900))
        e, n = (
            e + np.sin(np.radians(course)) * kn * NM / 3600 * dt,
            n + np.cos(np.radians(course)) * kn * NM / 3600 * dt,
        )
        t += dt
    return out


NO_JOIN = {"rejoin_s": 0}


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_stretches_are_those_of_brute_force(seed: int) -> None:
    fixes = wandering(seed)
    want = brute(nodes_of(fixes, 120.0), 10_800.0, 2.0, 5.0)
    got = [((d.t_start_us - T0) / S, (d.t_end_us - T0) / S) for d in watch(fixes, params=NO_JOIN, bridge_s=7200)]
    # Within a grid step a window may open and close, or two unions meet: compare what lasts.
    for a, b in want:
        near = [g for g in got if g[0] <= a + 10 and g[1] >= b - 10]
        assert near or b - a < 10_800 + 20, (want, got)
    for a, b in got:
        assert any(w[0] <= a + 10 and w[1] >= b - 10 for w in want) or b - a < 10_800 + 20, (want, got)


def test_the_worlds_hold_stretches() -> None:
    assert sum(len(watch(wandering(seed), params=NO_JOIN, bridge_s=7200)) for seed in range(10)) > 10


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 150), max_size=8), st.booleans())
def test_any_cut_into_ticks_and_any_restart_give_the_same(seed: int, cuts: list[int], restart: bool) -> None:
    rng = np.random.default_rng(seed)
    fixes = [f._replace(track=k, t=f.t + 13.0 * k) for k in range(3) for f in wandering(seed + k, said=bool(k % 2))]
    fixes = sorted((f for f in fixes if not 40_000 < f.t < 40_000 + 4000 * rng.uniform()), key=lambda f: (f.t, f.track))
    whole = watch(fixes)
    some = [c for c in cuts if c < len(fixes)]
    assert watch(fixes, cuts=some, restart=restart) == whole
    late = 30 * 86_400.0
    assert watch(fixes, cuts=some, as_of_s=late) == watch(fixes, as_of_s=late)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_more_is_never_less(seed: int) -> None:
    """A larger speed, a longer time to join and a nearer shore lose no instant that was told."""
    fixes = wandering(seed)
    for less, more in (
        ({**NO_JOIN, "speed_kn": 1.5}, {**NO_JOIN, "speed_kn": 2.0}),
        ({"rejoin_s": 3600}, {"rejoin_s": 43_200}),
        ({"offshore_m": 100_001}, {"offshore_m": 99_999}),
    ):
        larger = watch(fixes, params=more, bridge_s=7200)
        for d in watch(fixes, params=less, bridge_s=7200):
            assert any(m.t_start_us <= d.t_start_us and m.t_end_us >= d.t_end_us for m in larger), (less, more)


@given(st.integers(0, 300), st.integers(-(10**6), 10**6))
@settings(max_examples=20)
def test_a_shift_in_time_shifts_the_findings(seed: int, shift: int) -> None:
    fixes = wandering(seed, 15.0)
    moved = [f._replace(t=f.t + shift) for f in fixes]
    assert [(d.t_start_us + shift * S, d.type, d.measures) for d in watch(fixes)] == [
        (d.t_start_us, d.type, d.measures) for d in watch(moved)
    ]


def brute_circle(xy: np.ndarray) -> float:
    best = np.inf
    for a, b in combinations(xy, 2):
        c = (a + b) / 2
        r = np.hypot(*(a - c))
        if (np.hypot(*(xy - c).T) <= r * (1 + 1e-9) + 1e-9).all():
            best = min(best, r)
    for a, b, c in combinations(xy, 3):
        d = 2 * ((b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0])
        if abs(d) < 1e-9:
            continue
        u, v = b - a, c - a
        m = a + np.array([v[1] * (u @ u) - u[1] * (v @ v), u[0] * (v @ v) - v[0] * (u @ u)]) / d
        r = np.hypot(*(a - m))
        if (np.hypot(*(xy - m).T) <= r * (1 + 1e-9) + 1e-9).all():
            best = min(best, r)
    return float(best)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(2, 14), st.sampled_from([1.0, 50.0, 5000.0]))
def test_the_circle_is_the_smallest(seed: int, n: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    xy = np.round(rng.normal(0, spread, (n, 2)), 0 if seed % 3 == 0 else 6)
    _, _, r = smallest_circle(xy)
    assert r == pytest.approx(brute_circle(xy) if len(np.unique(xy, axis=0)) > 1 else 0.0, rel=1e-7, abs=1e-6)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([(-30.0, 10.0), (179.9999, -5.0), (12.0, 78.0)]))
def test_the_hull_keeps_all_that_the_circle_needs(seed: int, home: tuple[float, float]) -> None:
    rng = np.random.default_rng(seed)
    places = [spot(home, float(e), float(n)) for e, n in rng.normal(0, 800, (120, 2))]
    corners, n, frame = np.zeros((MAX_CORNERS, 3)), 0, np.zeros(10)
    set_frame(frame, *home)
    from beaconline.understand.detectors.loitering_words import circle_of

    for lon, lat in places:
        n = add_corner(corners, n, frame, *ecef_point(lon, lat))
    kept = circle_of(home, corners[:n])[1]
    whole = circle_of(home, np.array([ecef_point(lon, lat) for lon, lat in places]))[1]
    assert kept == pytest.approx(whole, rel=1e-9)
    assert n < 40


def test_a_ring_of_hundreds_of_corners_is_within_half_a_percent() -> None:
    corners, n, home, frame = np.zeros((MAX_CORNERS, 3)), 0, (-30.0, 10.0), np.zeros(10)
    set_frame(frame, *home)
    rng = np.random.default_rng(1)
    for angle in rng.permutation(np.linspace(0, 2 * np.pi, 700)):
        n = add_corner(corners, n, frame, *ecef_point(*spot(home, 3000 * np.cos(angle), 3000 * np.sin(angle))))
    from beaconline.understand.detectors.loitering_words import circle_of

    assert n == MAX_CORNERS
    assert circle_of(home, corners[:n])[1] == pytest.approx(3000, rel=0.005)


@given(st.integers(-1_800_000_000, 1_800_000_000), st.integers(-900_000_000, 900_000_000))
def test_a_packed_place_comes_back(lon: int, lat: int) -> None:
    packed = pack.py_func(lon, lat)  # type: ignore[attr-defined]
    assert -(2**63) <= packed < 2**63
    assert (lon_of.py_func(packed), lat_of.py_func(packed)) == (lon, lat)  # type: ignore[attr-defined]


def test_the_state_stays_small() -> None:
    sizes: list[int] = []
    rows = sailed([(30.0 * k % 360, 0.4, 20.0) for k in range(360)], step=60.0)
    watch(rows, cuts=list(range(100, len(rows), 500)), sizes=sizes)
    assert max(sizes) / 16 < 9_000, "desks come in sixteens"
    assert sizes[-1] == sizes[2], "five days are no more than a few hours"


@pytest.mark.parametrize("key", sorted(LARGEST))
def test_a_parameter_out_of_bounds_is_named(key: str) -> None:
    assert sorted(LARGEST) == sorted(DEFAULTS)
    low = SMALLEST.get(key, 0)
    for value in (LARGEST[key] * 1.001, 1e300, float("inf"), float("nan"), low - 0.001):
        with pytest.raises(ValueError, match=rf"\[loitering\] {key}: "):
            Loitering(Place(), {key: value})
    with pytest.raises(ValueError, match=r"\[loitering\] beat_s: "):
        Loitering(Place(), {"duration_s": 259_200, "beat_s": 60})


@pytest.mark.parametrize("key", sorted(set(LARGEST) - {"duration_s"}))
def test_the_largest_value_of_a_parameter_works(key: str) -> None:
    watch(STOP, params={key: LARGEST[key]})
