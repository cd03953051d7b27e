"""Rafts: the edges of every threshold, any cut into ticks, and an oracle by brute force."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_worlds import HOUR_US, T0_US, fixes_of
from raft_worlds import harbour
from test_encounter_ticks import book_of, tick_of

from beaconline.foundation.records.finding import Draft, Mask
from beaconline.foundation.table.reports import Pools
from beaconline.foundation.table.snapshot import restore, save
from beaconline.understand.context.protocol import Context, NoContext
from beaconline.understand.detectors.raft import LARGEST, LEAST, STATE_CLASSES, Raft
from beaconline.understand.detectors.raft_crowd import BEAT_US, find_crowds
from beaconline.understand.detectors.raft_links import hold_links, sweep
from beaconline.understand.pairs import bins
from beaconline.understand.pairs.family import PairFamily
from beaconline.understand.pairs.window import Fixes

MIN_US = 60_000_000
LENIENT: dict[str, float] = {"crowd_duration_s": 7200, "crowd_vessels": 6, "crowd_radius_m": 300.0}
"""Concentrations of two hours, so that small worlds hold some."""


def watch(
    fixes: Fixes, params: dict[str, float] | None = None, context: Context | None = None, as_of_us: int = 0
) -> list[Draft]:
    """All drafts of one go."""
    kind, book = PairFamily([Raft(context or NoContext(), params or {})]), book_of(fixes)
    as_of = as_of_us or int(fixes.t_us[-1])
    state, drafts = kind.step(kind.start(), tick_of(fixes, book, as_of))
    return drafts + kind.finish(state, as_of, book, Pools())


def live(fixes: Fixes, seed: int, params: dict[str, float], largest: int = 80) -> list[Draft]:
    """Random ticks, restarts from a saved state, and questions in between."""
    rng = np.random.default_rng(seed)
    kind, book, as_of = PairFamily([Raft(NoContext(), params)]), book_of(fixes), int(fixes.t_us[-1])
    state, drafts, i, watermark = kind.start(), [], 0, -(2**62)
    while i < len(fixes):
        n = int(rng.integers(1, largest))
        next_us = int(fixes.t_us[i + n]) if i + n < len(fixes) else as_of
        watermark = max(watermark, int(fixes.t_us[i]) - 1, next_us - int(rng.integers(1, 600_000_000)))
        state, more = kind.step(state, tick_of(fixes.take(slice(i, i + n)), book, watermark))
        drafts += more
        i += n
        if rng.uniform() < 0.2:
            state = restore(save(state), STATE_CLASSES)
        if rng.uniform() < 0.05:
            before = save(state)
            kind.finish(state, watermark, book, Pools())
            assert save(state) == before, "a question must not change the state"
    state, more = kind.step(state, tick_of(fixes.take(slice(0, 0)), book, as_of))
    return drafts + more + kind.finish(state, as_of, book, Pools())


def text(drafts: list[Draft]) -> list[str]:
    return sorted(repr(d) for d in drafts)


SHORT: dict[str, float] = {"duration_s": 900, "max_bridge_s": 3600, "hold_s": 300, **LENIENT}


@settings(max_examples=25)
@given(world=st.integers(0, 5_000), cut=st.integers(0, 5_000))
def test_any_cut_gives_the_same_drafts(world: int, cut: int) -> None:
    fixes = harbour(world)
    assert text(live(fixes, cut, SHORT)) == text(watch(fixes, SHORT))


def test_the_harbours_hold_rafts_that_join_and_fall_apart() -> None:
    drafts = [d for seed in range(6) for d in watch(harbour(seed), SHORT)]
    assert {d.type for d in drafts} == {"raft", "concentration"}
    assert any(d.measures["fell_silent"] for d in drafts if d.type == "raft")
    assert len(drafts) > 15


def test_mutant_without_dirty_bins_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bins, "dirty_bins", bins.only_own_bin)
    worlds = [harbour(seed) for seed in range(4)]
    assert any(text(live(w, 1, SHORT)) != text(watch(w, SHORT)) for w in worlds)


def test_track_codes_do_not_matter() -> None:
    """Codes follow arrival, names do not. (Names of a book run against its codes: a turned book keeps them.)"""
    fixes = harbour(3)
    n = int(fixes.track.max()) + 1
    turned = Fixes(
        fixes.t_us, (n - 1 - fixes.track).astype(np.int32), fixes.lon_e7, fixes.lat_e7, fixes.speed_mkn, fixes.bridge_us
    )
    book, other = book_of(fixes), book_of(fixes)
    other.names, other.mmsi = book.names[::-1], book.mmsi[::-1]
    kind, out = PairFamily([Raft(NoContext(), SHORT)]), []
    for rows, names in ((fixes, book), (turned, other)):
        as_of = int(rows.t_us[-1])
        state, drafts = kind.step(kind.start(), tick_of(rows, names, as_of))
        drafts += kind.finish(state, as_of, names, Pools())
        out.append(sorted((d.type, d.t_start_us, d.t_end_us, d.key, len(d.members), d.lon_e7, d.why) for d in drafts))
    assert out[0] == out[1]


# --- an oracle that shares no line with the sweep -------------------------------------------------------------------


def components(links: list[tuple[int, int]]) -> list[set[int]]:
    out: list[set[int]] = []
    for a, b in links:
        touching = [c for c in out if a in c or b in c]
        out = [c for c in out if c not in touching] + [set[int]().union({a, b}, *touching)]
    return out


def links_of(seed: int) -> np.ndarray:
    """Links of forty hulls that come and go in two hours, on whole seconds, so that many fall on one instant."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(160):
        a, b = sorted(rng.choice(40, 2, replace=False).tolist())
        begin, length = int(rng.integers(0, 7200)), int(rng.integers(1, 1500))
        rows.append((a, b, begin * 1_000_000, (begin + length) * 1_000_000, 0))
    return hold_links([np.array(rows, np.int64)], 60_000_000)


@pytest.mark.parametrize("seed", range(12))
def test_at_every_instant_the_rafts_are_the_components(seed: int) -> None:
    """Who is in a raft with whom, told by brute force; whatever the stretches; a raft lives from birth to death."""
    links, rng = links_of(seed), np.random.default_rng(seed)
    cuts = [-1, *sorted(rng.integers(0, 9_000_000_000, 6).tolist()), 2**62]
    of: dict[int, int] = {}
    alive: set[int] = set()
    moves, next_raft = [], 0
    for after, until in itertools.pairwise(cuts):
        part = links[(links[:, 3] > after) & (links[:, 2] <= until)]
        found = sweep(part, of, after, until, 4, next_raft)
        next_raft += len(found.births)
        for t, track, old, new in found.moves.tolist():
            assert of.get(track, -1) == old
            of.pop(track, None) if new < 0 else of.__setitem__(track, new)
            moves.append((t, track, new))
        alive |= set(found.births[:, 0].tolist())
        assert set(found.deaths[:, 0].tolist()) <= alive
        alive -= set(found.deaths[:, 0].tolist())
        assert set(of.values()) == alive, "a raft without members is dead, one with members is not"
    whole = sweep(links, {}, -1, 2**62, 4, 0)
    assert [(t, track, new) for t, track, _, new in whole.moves.tolist()] == moves, "stretches do not matter"
    checked = 0
    for t in range(500_000, 8_000_000_000, 37_000_000):
        member = {track: raft for when, track, raft in moves if when <= t}
        got: dict[int, set[int]] = {}
        for track, raft in member.items():
            if raft >= 0:
                got.setdefault(raft, set()).add(track)
        expected = [c for c in components([(a, b) for a, b, s, e in links.tolist() if s <= t < e]) if len(c) >= 4]
        assert sorted(map(sorted, got.values())) == sorted(map(sorted, expected)), t
        checked += len(expected)
    assert checked > 20


def test_the_larger_part_keeps_the_name() -> None:
    """Nine in a chain; the link between the fifth and the sixth ends, and holds again later."""
    rows = [(k, k + 1, 0, 10_000) for k in range(8) if k != 4] + [(4, 5, 0, 2_000), (4, 5, 6_000, 10_000)]
    found = sweep(hold_links([np.array([(*r, 0) for r in rows], np.int64)], 1_000), {}, -1, 9_000, 4, 7)
    assert found.births.tolist() == [[7, 0, -1], [8, 2_000, 7]]
    assert found.deaths.tolist() == [[8, 6_000, 7]]
    assert sorted(found.moves[found.moves[:, 0] == 2_000, 1].tolist()) == [5, 6, 7, 8], "four leave, five stay"


def test_a_link_holds_over_short_breaks() -> None:
    runs = np.array([(0, 1, 0, 100, 0), (0, 1, 199, 300, 0), (0, 1, 400, 500, 0), (0, 2, 0, 100, 0)], np.int64)
    assert hold_links([runs], 100).tolist() == [[0, 1, 0, 300], [0, 1, 400, 500], [0, 2, 0, 100]]
    assert np.array_equal(hold_links([runs, runs], 100), hold_links([runs], 100)), "what is told twice is told once"


# --- edges ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hull:
    """Where a hull lies (metres east), from when to when (minutes), how fast it drifts north, and its beat."""

    east_m: float
    begin: float = 0.0
    end: float = 120.0
    kn: float = 0.0
    step_s: float = 60.0


def scene(hulls: Sequence[Hull], said: bool = True) -> Fixes:
    """Every hull comes from 3 km south within ten minutes, lies, and sails off as it came."""
    out = []
    for k, hull in enumerate(hulls):
        ms = hull.kn * 1852 / 3600
        out.append((hull.begin * 60 - 600, k, hull.east_m, -4000.0, 13.0))
        times = np.arange(hull.begin * 60, hull.end * 60 + 0.5, hull.step_s).tolist()
        out += [(t, k, hull.east_m, ms * t, hull.kn) for t in times]
        out.append((hull.end * 60 + 600, k, hull.east_m, -4000.0, 13.0))
    return fixes_of(
        [T0_US + round(r[0] * 1e6) for r in out], [r[1] for r in out], [round(r[2] / 0.011131949) for r in out],
        [round(r[3] / 0.01105743) for r in out], [round(r[4] * 1000) for r in out] if said else None,
    )  # fmt: skip


def row(n: int, apart_m: float = 100.0, **more: float) -> list[Hull]:
    return [Hull(apart_m * k, **more) for k in range(n)]


def rafts(hulls: Sequence[Hull], **params: float) -> list[Draft]:
    return watch(scene(hulls), params, as_of_us=T0_US + 24 * HOUR_US)


@pytest.mark.parametrize(("n", "found"), [(4, 1), (3, 0)])
def test_vessels(n: int, found: int) -> None:
    assert len(rafts(row(n))) == found


@pytest.mark.parametrize(("apart_m", "found"), [(149.5, 1), (150.5, 0)])
def test_distance(apart_m: float, found: int) -> None:
    assert len(rafts(row(4, apart_m))) == found


@pytest.mark.parametrize(("minutes", "found"), [(30, 1), (29, 0)])
def test_duration(minutes: float, found: int) -> None:
    assert len(rafts([*row(3), Hull(300.0, begin=20, end=20 + minutes)])) == found


@pytest.mark.parametrize(("kn", "found"), [(0.98, 1), (1.02, 0), (1.9, 0)])
@pytest.mark.parametrize("said", [True, False])
def test_speed(kn: float, found: int, said: bool) -> None:
    drafts = watch(scene(row(5, kn=kn), said), {}, as_of_us=T0_US + 24 * HOUR_US)
    assert len(drafts) == found


def test_the_speed_made_good_decides_not_the_reported_one() -> None:
    fixes = scene(row(5, kn=1.5))
    fixes.speed_mkn[fixes.speed_mkn == 1500] = 0
    assert watch(fixes) == []


def test_one_that_sails_among_them_does_not_count() -> None:
    """Three lie; the fourth makes 1.5 kn to and fro between them."""
    way = 1.5 * 1852 / 3600
    rows = [(t, k, 100.0 * k, 0.0) for k in range(3) for t in np.arange(0, 7201, 60.0)]
    rows += [(t, 3, abs((t * way + 1400) % 2800 - 1400), 20.0) for t in np.arange(0, 7201, 60.0)]
    fixes = fixes_of(
        [T0_US + round(r[0] * 1e6) for r in rows], [r[1] for r in rows], [round(r[2] / 0.011131949) for r in rows],
        [round(r[3] / 0.01105743) for r in rows],
    )  # fmt: skip
    assert watch(fixes) == []


def test_a_break_is_held_over() -> None:
    """A link missing for 9 minutes holds; for 11 it does not: the raft is then two, each under half an hour."""
    for minutes, found in ((9.0, 1), (11.0, 0)):
        base = row(3, end=50.0)
        away = [
            (0.0, 300.0),
            (20.0, 300.0),
            (20.5, 700.0),
            (20.0 + minutes - 0.5, 700.0),
            (20.0 + minutes, 300.0),
            (50.0, 300.0),
        ]
        rows = [(t, k, h.east_m) for k, h in enumerate(base) for t in np.arange(0, 50.01, 1.0)]
        rows += [(t, 3, east) for t, east in away]
        fixes = fixes_of(
            [T0_US + round(t * 60e6) for t, *_ in rows], [r[1] for r in rows],
            [round(r[2] / 0.011131949) for r in rows], [0 for _ in rows],
        )  # fmt: skip
        assert len(watch(fixes, {}, as_of_us=T0_US + 24 * HOUR_US)) == found, minutes


def test_members_join_and_leave_under_one_name() -> None:
    hulls = [*row(4), Hull(400.0, begin=30), Hull(500.0, begin=40, end=80)]
    (got,) = rafts(hulls)
    assert len(got.members) == 6 and got.measures["peak_vessels"] == 6
    assert got.t_start_us == T0_US and got.t_end_us == T0_US + 120 * MIN_US
    assert got.members_may_change and not got.open and got.settled


def test_who_falls_silent_is_told() -> None:
    hulls = [*row(4), Hull(350.0, end=60)]
    fixes = scene(hulls)
    last = (fixes.track == 4) & (fixes.t_us > T0_US + 60 * MIN_US)
    (got,) = watch(fixes.take(~last), {}, as_of_us=T0_US + 24 * HOUR_US)
    assert got.measures["fell_silent"] == 1 and got.measures["share_silent_percent"] == 20
    assert "1 fell silent there" in got.why
    (heard,) = watch(fixes, {}, as_of_us=T0_US + 24 * HOUR_US)
    assert heard.measures["fell_silent"] == 0


def test_open_and_settled() -> None:
    fixes = scene(row(4))
    inside = fixes.take(fixes.t_us <= T0_US + 90 * MIN_US)
    (now,) = watch(inside)
    assert (now.open, now.settled) == (True, False) and "so far" in now.why
    (hour,) = watch(inside, as_of_us=T0_US + 150 * MIN_US)
    assert (hour.open, hour.settled) == (False, False)
    (later,) = watch(inside, as_of_us=T0_US + 211 * MIN_US)
    assert (later.open, later.settled) == (False, True)
    assert {now.key, hour.key, later.key} == {now.key}


# --- concentrations ---------------------------------------------------------------------------------------------------


def spread(n: int, hours: float, apart_m: float = 700.0, begin_min: float = 0.0) -> Fixes:
    rows = [(t, k) for k in range(n) for t in np.arange(begin_min * 60, begin_min * 60 + hours * 3600 + 1, 600.0)]
    return fixes_of(
        [T0_US + round(t * 1e6) for t, _ in rows], [k for _, k in rows],
        [round(apart_m * k / 0.011131949) for _, k in rows], [0 for _ in rows],
    )  # fmt: skip


@pytest.mark.parametrize(("n", "hours", "begin_min", "found"), [
    (10, 24.0, 0, 1), (10, 24.0, 7.3, 1), (10, 23.7, 0, 0), (10, 23.7, 7.3, 0), (9, 30.0, 0, 0),
])  # fmt: skip
def test_hulls_and_hours(n: int, hours: float, begin_min: float, found: int) -> None:
    drafts = watch(spread(n, hours, begin_min=begin_min), {}, as_of_us=T0_US + 40 * HOUR_US)
    assert [d.type for d in drafts] == ["concentration"] * found


@pytest.mark.parametrize(("apart_m", "found"), [(1027.0, 1), (2300.0, 0)])
def test_radius(apart_m: float, found: int) -> None:
    """Nineteen in a row: the middle one has nine on either side within 5 nm of it. At 2.3 km it has eight in all."""
    assert len(watch(spread(19, 25.0, apart_m))) == found
    assert len(watch(spread(9, 25.0, apart_m))) == 0


def test_moving_hulls_do_not_concentrate() -> None:
    fixes = spread(12, 26.0)
    fixes.lat_e7[:] = np.round((fixes.t_us - T0_US) * 1e-6 * 0.6 / 0.0110574).astype(np.int32)
    assert watch(fixes) == []
    fixes.lat_e7[:] = np.round((fixes.t_us - T0_US) * 1e-6 * 0.4 / 0.0110574).astype(np.int32)
    assert len(watch(fixes)) == 1


def test_crowds_equal_brute_force() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        xyz = rng.uniform(0, 40_000, (60, 3)) * [1, 1, 0.1]
        got = find_crowds(xyz, 9260.0, 8)
        left, expected, k = set(range(60)), np.full(60, -1), 0
        near = np.linalg.norm(xyz[:, None] - xyz[None], axis=2) <= 9260.0
        by_x = np.argsort(xyz[:, 0], kind="stable")
        while left:
            count = {i: sum(near[i, j] for j in left) for i in by_x if i in left}
            best = max(count, key=lambda i: count[i])
            if count[best] < 8:
                break
            taken = {j for j in left if near[best, j]}
            expected[list(taken)] = k
            left, k = left - taken, k + 1
        assert np.array_equal(got, expected)
        assert (got >= 0).any()


def test_beats_are_a_quarter() -> None:
    assert BEAT_US == 15 * MIN_US


# --- context ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    land_m: int | None = 50_000
    masks: tuple[Mask, ...] = ()
    zones: tuple[tuple[str, str], ...] = ()
    has_port_masks: bool = True

    def distance_to_land_m(self, lon_e7: int, lat_e7: int) -> int | None:
        return self.land_m

    def masks_near(self, lon_e7: int, lat_e7: int, within_m: int) -> list[Mask]:
        return [m for m in self.masks if m.distance_m <= within_m]

    def zones_at(self, lon_e7: int, lat_e7: int, t_us: int) -> list[tuple[str, str]]:
        return list(self.zones)


PORT = Mask("anchorage", "a.csv line 3", 900)


@pytest.mark.parametrize(("place", "context"), [
    (Place(), False), (Place(masks=(PORT,)), True), (Place(land_m=3704), True), (Place(land_m=3705), False),
    (Place(masks=(PORT,), zones=(("reef A", "reef"),)), False), (Place(masks=(PORT,), zones=(("a", "eez"),)), True),
])  # fmt: skip
@pytest.mark.parametrize("hulls", [scene(row(5)), spread(10, 25.0)], ids=["raft", "concentration"])
def test_masks_inform(hulls: Fixes, place: Place, context: bool) -> None:
    (got,) = watch(hulls, {}, place)
    assert got.context is context
    assert bool(got.masks) == (bool(place.masks) or place.land_m == 3704)
    assert bool(got.counter_evidence) == bool(got.masks)


def test_without_masks_it_says_so() -> None:
    (got,) = watch(scene(row(5)), {}, Place(has_port_masks=False))
    assert any(e.what.startswith("no anchorage mask here") for e in got.counter_evidence)


# --- bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(LARGEST))
def test_a_profile_is_bounded(key: str) -> None:
    Raft(NoContext(), {key: LARGEST[key]})
    Raft(NoContext(), {key: LEAST.get(key, 0)})
    with pytest.raises(ValueError, match=key):
        Raft(NoContext(), {key: LARGEST[key] + 1})
    if key in LEAST:
        with pytest.raises(ValueError, match=key):
            Raft(NoContext(), {key: LEAST[key] - 1})


def test_memory_is_bounded() -> None:
    """Days at a pontoon where hulls come and go."""
    fixes = harbour(1, hulls=8, hours=60.0)
    kind, book, most = PairFamily([Raft(NoContext(), {"max_bridge_s": 3600})]), book_of(fixes), 0
    state = kind.start()
    for i in range(0, len(fixes), 300):
        part = fixes.take(slice(i, i + 300))
        state, _ = kind.step(state, tick_of(part, book, int(part.t_us[-1])))
        most = max(most, len(save(state.kinds["raft"])))
    assert most < 8 * 4096


def test_evidence_is_checkable() -> None:
    (got,) = rafts(row(5))
    told = [e for e in got.evidence if e.what == "in the raft"]
    assert len(told) == 5 and all(e.track and e.t_us and e.lon_e7 is not None for e in told)
    assert json.dumps(got.measures) and got.measures["lengths_known"] == 0
