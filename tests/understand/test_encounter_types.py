"""Encounters under way: the edges of every type, what ships say of themselves, crowds, and any cut into ticks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_worlds import HOUR_US, T0_US, fixes_of
from test_encounter_ticks import book_of, tick_of

from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import Pools, Static
from beaconline.foundation.table.snapshot import restore, save
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.protocol import NoContext
from beaconline.understand.detectors.encounter import STATE_CLASSES, Encounter
from beaconline.understand.detectors.encounter_types import FAST
from beaconline.understand.forces.said import Said
from beaconline.understand.pairs.company import N_COMPANY, company_of, keep_company
from beaconline.understand.pairs.family import PairFamily
from beaconline.understand.pairs.window import Fixes

KN = 1852 / 3600
Way = Callable[[float], tuple[float, float]]
"""Metres east and north at so many seconds."""


def fixes_along(ways: Sequence[Way], minutes: float = 60.0, step_s: float = 30.0, lat_e7: int = 0) -> Fixes:
    slim = np.cos(np.radians(lat_e7 * 1e-7))
    out = [(t, k, *way(t)) for k, way in enumerate(ways) for t in np.arange(0, minutes * 60 + 0.5, step_s).tolist()]
    return fixes_of(
        [T0_US + round(r[0] * 1e6) for r in out], [r[1] for r in out],
        [round(r[2] / 0.011131949 / slim) for r in out], [lat_e7 + round(r[3] / 0.011131949) for r in out],
    )  # fmt: skip


def said_of(book: TrackBook, statics: Sequence[Static]) -> Said:
    return Said(by_track={code: [(T0_US - 1, static)] for code, static in enumerate(statics)})


def found(
    ways: Sequence[Way], statics: Sequence[Static] = (), minutes: float = 60.0, step_s: float = 30.0, **params: float
) -> list[Draft]:
    fixes = fixes_along(ways, minutes, step_s)
    kind, book, as_of = PairFamily([Encounter(NoContext(), params)]), book_of(fixes), int(fixes.t_us[-1]) + 6 * HOUR_US
    state, drafts = kind.step(kind.start(), tick_of(fixes, book, int(fixes.t_us[-1])))
    return drafts + kind.finish_after(state, as_of, book, Pools(), said_of(book, statics), ())


def at(east_m: float, north_m: float, kn: float = 8.0) -> Way:
    return lambda t: (east_m, north_m + kn * KN * t)


AHEAD = at(0.0, 0.0)


def one(ways: Sequence[Way], statics: Sequence[Static] = (), minutes: float = 60.0) -> tuple[str, bool]:
    """Type and whether it goes to the context queue of the only finding."""
    (got,) = found(ways, statics, minutes)
    return got.type, got.context


TUG, CARGO, FISHER, PILOT, SAIL, FERRY = (Static(ship_type=t) for t in (52, 70, 30, 50, 36, 60))
NOTHING = Static()


@pytest.mark.parametrize(("minutes", "n"), [(30.5, 1), (29.5, 0)])
def test_half_an_hour_together(minutes: float, n: int) -> None:
    assert len(found([AHEAD, at(100.0, -20.0)], minutes=minutes)) == n


@pytest.mark.parametrize(("kn", "types"), [(2.05, {"underway"}), (1.95, {"drift"})])
def test_at_the_limit_of_speed_one_definition_takes_over_from_the_other(kn: float, types: set[str]) -> None:
    assert {d.type for d in found([at(0.0, 0.0, kn), at(60.0, 0.0, kn)])} == types


def test_one_slow_and_one_fast_is_nothing() -> None:
    circling: Way = lambda t: (200.0 * np.cos(t / 60), 200.0 * np.sin(t / 60))  # noqa: E731
    assert found([at(0.0, 0.0, 0.0), circling]) == []


@pytest.mark.parametrize(("faster_kn", "n"), [(0.18, 1), (0.22, 0)])
def test_overtaking_is_no_company(faster_kn: float, n: int) -> None:
    """From the 10th to the 90th percentile of 50 minutes it runs 222 m along at 0.18 kn more, and 272 m at 0.22."""
    ways = [AHEAD, at(100.0, -faster_kn * KN * 1500, 8.0 + faster_kn)]
    assert len(found(ways, minutes=50.0)) == n


def test_courses_apart_are_no_company() -> None:
    """A narrow zigzag across the other's way: near, fast, and on another course most of the time."""
    zigzag: Way = lambda t: (300.0 * abs((t / 300.0) % 2 - 1) - 150.0, 1.2 * KN * t)  # noqa: E731
    assert found([at(0.0, 0.0, 2.4), zigzag], median_speed_kn=1.1) == []


def test_type_follows_what_ships_say() -> None:
    astern = at(0.0, -300.0)
    assert one([AHEAD, astern], [TUG, NOTHING]) == ("tow", True)
    assert one([AHEAD, astern], [NOTHING, Static(ship_type=31)]) == ("tow", True)
    assert one([AHEAD, astern]) == ("tow", False)
    assert one([AHEAD, astern], [CARGO, NOTHING]) == ("tow", False)
    assert one([AHEAD, astern], [CARGO, CARGO]) == ("underway", False)
    assert one([AHEAD, at(200.0, 0.0)], [CARGO, PILOT]) == ("pilot", True)
    assert one([AHEAD, at(200.0, 0.0)], [CARGO, Static(name="SIM PILOT 2")]) == ("pilot", True)
    assert one([AHEAD, at(200.0, 0.0)], [CARGO, Static(name="COPILOTE")]) == ("underway", False)
    assert one([AHEAD, at(200.0, 0.0)], [CARGO, TUG]) == ("underway", True)
    assert one([AHEAD, at(200.0, 0.0)], [CARGO, SAIL]) == ("underway", True)
    assert one([AHEAD, at(200.0, 0.0)], [FERRY, FERRY]) == ("underway", True)
    assert one([AHEAD, at(200.0, 0.0)], [FERRY, CARGO]) == ("underway", False)


def test_roles_of_a_tow() -> None:
    for ways, ahead in (([AHEAD, at(0.0, -300.0)], 0), ([AHEAD, at(0.0, 300.0)], 1)):
        (got,) = found(ways)
        assert dict(got.members) == {ahead: "ahead", 1 - ahead: "astern"}


@pytest.mark.parametrize(("astern_m", "kind_type"), [(15.0, "underway"), (50.0, "tow"), (480.0, "tow")])
def test_a_wire_has_a_length(astern_m: float, kind_type: str) -> None:
    assert one([AHEAD, at(0.0, -astern_m)], [TUG, CARGO])[0] == kind_type


@pytest.mark.parametrize(("swing_m", "kind_type"), [(20.0, "tow"), (90.0, "underway")])
def test_a_wire_does_not_stretch(swing_m: float, kind_type: str) -> None:
    swinging: Way = lambda t: (0.0, -250.0 + swing_m * np.sin(t / 400) + 8.0 * KN * t)  # noqa: E731
    assert one([AHEAD, swinging], [TUG, CARGO])[0] == kind_type


@pytest.mark.parametrize(
    ("kn", "apart_m", "minutes", "statics", "kind_type"),
    [
        (3.0, 300.0, 61.0, (FISHER, FISHER), "pair_trawl"), (3.0, 300.0, 59.0, (FISHER, FISHER), "underway"),
        (4.7, 300.0, 61.0, (FISHER, NOTHING), "pair_trawl"), (4.9, 300.0, 61.0, (FISHER, FISHER), "underway"),
        (3.0, 70.0, 61.0, (FISHER, FISHER), "underway"), (3.0, 490.0, 61.0, (NOTHING, NOTHING), "pair_trawl"),
        (3.0, 300.0, 61.0, (FISHER, CARGO), "underway"),
        (3.0, 300.0, 61.0, (FISHER, Static(ship_type=30, length_dm=610)), "underway"),
        (3.0, 300.0, 61.0, (FISHER, Static(ship_type=30, length_dm=600)), "pair_trawl"),
    ],
)  # fmt: skip
def test_pair_trawl(kn: float, apart_m: float, minutes: float, statics: tuple[Static, ...], kind_type: str) -> None:
    (got,) = found([at(0.0, 0.0, kn), at(apart_m, 0.0, kn)], statics, minutes)
    assert got.type == kind_type
    fleet = all(each.ship_type == 30 for each in statics)
    assert got.context == (fleet or (kind_type == "pair_trawl" and FISHER in statics)), "a fleet sails so"


@pytest.mark.parametrize(("boats", "crowd"), [(4, False), (5, True)])
def test_a_crowd_goes_to_the_context_queue(boats: int, crowd: bool) -> None:
    """Boats in a row, each within reach of the next two: the middle pair has so many others near it."""
    drafts = found([at(240.0 * k, 7.0 * k) for k in range(boats)])
    assert {d.type for d in drafts} == {"underway"}
    assert any(d.context for d in drafts) is crowd
    assert any("crowd" in e.what for d in drafts for e in d.counter_evidence) is crowd


def test_seldom_heard_goes_to_the_context_queue() -> None:
    (got,) = found([AHEAD, at(200.0, 0.0)], [CARGO, CARGO], minutes=60.0, step_s=660.0)
    assert got.type == "underway" and got.context
    (often,) = found([AHEAD, at(200.0, 0.0)], [CARGO, CARGO], minutes=60.0, step_s=540.0)
    assert not often.context


def test_measures_and_words() -> None:
    (got,) = found([AHEAD, at(200.0, 0.0)], [CARGO, CARGO])
    assert got.measures["distance_median_m"] in (190, 210) and got.measures["minutes_together"] == 60
    assert got.why_key == "encounter.underway"
    assert got.why.startswith("{0} and {1} sailed together within 500 m for 1 h 00 min, closest 200 m at ")
    assert got.why.endswith("UTC, at a median speed of 7.9 and 7.9 kn.")  # metres are those of a sphere
    assert any(e.what == "kept station on one course" for e in got.evidence)


# --- how they kept company, against a plain way to reckon it ---


def test_company_equals_a_plain_reckoning() -> None:
    rng = np.random.default_rng(1)
    turn: Way = lambda t: (1500 * np.sin(t / 900), 1500 * (1 - np.cos(t / 900)) + t)  # noqa: E731
    other: Way = lambda t: (turn(t)[0] + 150 + 40 * np.sin(t / 500), turn(t)[1] - 90)  # noqa: E731
    fixes = fixes_along([turn, other], 90.0, 23.0, lat_e7=520_000_000)
    order = np.lexsort((fixes.t_us, fixes.track))
    by = fixes.take(order)
    offset = np.searchsorted(by.track, [0, 1, 2])
    end = int(by.t_us[offset[1] - 1])
    runs = np.array([[0, 1, T0_US + 7_000_000, end, 0]], np.int64)
    out = np.zeros((1, N_COMPANY), np.int32)
    since = runs[:, 2].copy()
    for cut in [*sorted(rng.integers(T0_US, end, 5).tolist()), end]:
        part = runs.copy()
        part[0, 3] = cut
        keep_company(by.t_us, by.lon_e7, by.lat_e7, offset, part, since, out)
        since[0] = cut
    got = company_of(out[0])
    minutes = np.arange(T0_US // 60_000_000 + 2, end // 60_000_000 + 1) * 60.0 - T0_US / 1e6
    d = np.array([np.subtract(other(t), turn(t)) for t in minutes])
    way = np.array([np.add(np.subtract(turn(t), turn(t - 60)), np.subtract(other(t), other(t - 60))) for t in minutes])
    u = way / np.linalg.norm(way, axis=1)[:, None]
    along, across = (d * u).sum(1), d[:, 0] * u[:, 1] - d[:, 1] * u[:, 0]
    assert got.minutes == got.together == len(minutes)
    for spread, values in ((got.distance, np.linalg.norm(d, axis=1)), (got.along, along), (got.across, across)):
        assert spread is not None
        assert np.abs(np.array(spread) - np.percentile(values, [10, 50, 90])).max() < 25
    inline = np.abs(across) <= np.tan(np.radians(30)) * np.abs(along)
    assert abs(got.b_astern - (inline & (along < 0)).sum()) <= 2
    assert abs(got.abeam - (~inline & (np.abs(across) > np.abs(along))).sum()) <= 2


# --- ticks ------------------------------------------------------------------------------------------------------------


def fleet(seed: int) -> Fixes:
    """Six vessels that keep company two by two, or all, for some hours, turning together; one drops out."""
    rng = np.random.default_rng(seed)
    base = [(float(rng.uniform(-350, 350)), float(rng.uniform(-350, 350))) for _ in range(6)]
    kn, bend, part = float(rng.uniform(2.5, 9)), float(rng.uniform(-3e-4, 3e-4)), float(rng.uniform(2000, 9000))
    out = []
    for k, (east, north) in enumerate(base):
        t, step = float(rng.uniform(0, 300)), float(rng.choice([10, 60, 180]))
        while t < 10_800:
            away = max(0.0, t - part) * 2.0 if k == 5 else 0.0
            c = bend * t
            e, n = kn * KN * t * np.sin(c), kn * KN * t * np.cos(c)
            wobble = rng.normal(0, 5, 2)
            out.append((t, k, e + east + away + wobble[0], n + north + wobble[1]))
            t += step * float(rng.uniform(0.5, 1.5))
    return fixes_of(
        [T0_US + round(r[0] * 1e6) for r in out], [r[1] for r in out],
        [round(r[2] / 0.011131949) for r in out], [round(r[3] / 0.011131949) for r in out],
    )  # fmt: skip


PARAMS: dict[str, float] = {"max_bridge_s": 3600, "pair_trawl_s": 1800}


def ticks(fixes: Fixes, seed: int | None) -> list[str]:
    """All drafts, in one go or in random ticks with restarts."""
    rng = np.random.default_rng(seed)
    kind, book, as_of = PairFamily([Encounter(NoContext(), PARAMS)]), book_of(fixes), int(fixes.t_us[-1])
    state, drafts, i = kind.start(), [], 0
    while i < len(fixes):
        n = len(fixes) if seed is None else int(rng.integers(1, 120))
        last = int(fixes.t_us[min(i + n, len(fixes)) - 1])
        state, more = kind.step(state, tick_of(fixes.take(slice(i, i + n)), book, last - 1))
        drafts += more
        i += n
        if rng.uniform() < 0.2:
            state = restore(save(state), STATE_CLASSES)
    state, more = kind.step(state, tick_of(fixes.take(slice(0, 0)), book, as_of))
    return sorted(repr(d) for d in (*drafts, *more, *kind.finish(state, as_of, book, Pools())))


@settings(max_examples=15)
@given(world=st.integers(0, 3_000), cut=st.integers(0, 3_000))
def test_any_cut_gives_the_same_drafts(world: int, cut: int) -> None:
    fixes = fleet(world)
    assert ticks(fixes, cut) == ticks(fixes, None)


def test_the_fleets_hold_every_kind_of_company() -> None:
    told = [text for seed in range(25) for text in ticks(fleet(seed), None)]
    types = {kind for kind in FAST if any(f"type='{kind}'" in text for text in told)}
    assert types == {"underway", "tow", "pair_trawl"}, "nobody says that it is a pilot"
    assert any("crowd" in text for text in told) and any("context=False" in text for text in told)
