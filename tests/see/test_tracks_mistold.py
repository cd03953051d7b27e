"""The tracker on movers whose told speed and course are wrong, missing or badly timed: one mover stays one track, and
two ships on one MMSI are told apart all the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sailing import MMSI, T0_US, purity, run, together

from beaconline.foundation.table.reports import Pools, Reports
from beaconline.foundation.table.tracks import TrackBook
from beaconline.see.tracks.assign import MAX_OPEN
from beaconline.see.tracks.tracker import start, step
from beaconline.understand.detectors.identity_conflict import IdentityConflict
from beaconline.understand.step import Tick

NM_M = 1852.0
AIRCRAFT = {"mmsi": 111232501, "msg_type": 9}


def mover(
    kn: float,
    told_kn: float | None,
    step_s: float = 120.0,
    *,
    n: int = 150,
    told_deg: float | None = None,
    turn_deg: float = 0.0,
    course_deg: float = 45.0,
    then_kn: float | None = None,
    clock_s: float = 0.0,
    twin_s: float = 0.0,
    minutes: bool = False,
    east_m: float = 0.0,
    north_m: float = 0.0,
    seed: int = 0,
    mmsi: int = MMSI,
    msg_type: int = -1,
    right_deg: bool = False,
) -> Reports:
    """n fixes of one mover about every step_s, told at a constant speed and course (None = null) whatever it does.

    turn_deg is the sigma of its turns at each fix, then_kn its speed in the second half, clock_s the sigma of its time
    stamps; with twin_s half the fixes come twice, up to so much later; with minutes stamps are cut to whole minutes.
    """
    rng = np.random.default_rng(seed)
    t = np.cumsum(rng.uniform(0.7, 1.3, n) * step_s)
    deg = course_deg + np.cumsum(rng.normal(0, turn_deg, n))
    speed = np.where(np.arange(n) < n // 2, kn, kn if then_kn is None else then_kn)
    leg = np.diff(t, prepend=t[0]) * speed * NM_M / 3600
    x = east_m + np.cumsum(leg * np.sin(np.radians(deg))) + rng.normal(0, 10, n)
    y = north_m + np.cumsum(leg * np.cos(np.radians(deg))) + rng.normal(0, 10, n)
    t += rng.normal(0, clock_s, n)
    again = np.flatnonzero(rng.random(n) < 0.5) if twin_s else np.zeros(0, np.intp)
    index = np.concatenate([np.arange(n), again])
    t = np.concatenate([t, t[again] + rng.uniform(1, max(twin_s, 1), len(again))])
    if minutes:
        t = np.floor(t / 60) * 60
    out = Reports.blank(len(t))
    out.t_us[:] = T0_US - T0_US % 60_000_000 + np.round(t * 1e6)
    out.lat_e7[:] = np.round((30 + y[index] / 111_200) * 1e7)
    out.lon_e7[:] = np.round((-60 + x[index] / 111_200 / np.cos(np.radians(30))) * 1e7)
    out.mmsi[:], out.msg_type[:] = mmsi, msg_type
    out.sog_mkn[:] = -1 if told_kn is None else round(told_kn * 1000)
    out.cog_cdeg[:] = -1 if told_deg is None else round(told_deg * 100)
    if right_deg:
        out.cog_cdeg[:] = np.round(deg[index] * 100) % 36000
    return together(out)[0]


def half_told(seed: int) -> Reports:
    """A ship at 15 kn whose sensor tells 0 half of the time."""
    rows = mover(15, 15, right_deg=True, seed=seed)
    rows.sog_mkn[np.random.default_rng(seed).random(len(rows)) < 0.5] = 0
    return rows


ONE: dict[str, tuple[dict[str, Any], float, int]] = {
    # What it does and tells; the least share of its largest track; the most tracks.
    "right": ({"kn": 15, "told_kn": 15, "told_deg": 45}, 1.0, 1),
    "untold": ({"kn": 15, "told_kn": None}, 1.0, 1),
    "always 0": ({"kn": 15, "told_kn": 0, "told_deg": 0}, 0.97, 3),
    "always 0, course right": ({"kn": 15, "told_kn": 0, "right_deg": True}, 0.97, 3),
    "always 0, every 10 s": ({"kn": 15, "told_kn": 0, "told_deg": 0, "step_s": 10}, 0.97, 3),
    "always 0, 30 kn, every 10 s": ({"kn": 30, "told_kn": 0, "told_deg": 0, "step_s": 10}, 0.97, 3),
    "always 0, turning, every 10 s": ({"kn": 20, "told_kn": 0, "told_deg": 0, "step_s": 10, "turn_deg": 15}, 0.97, 3),
    "always 0, turning": ({"kn": 15, "told_kn": 0, "told_deg": 0, "turn_deg": 20}, 0.97, 3),
    "always 0, every 10 min": ({"kn": 15, "told_kn": 0, "step_s": 600}, 0.97, 3),
    "always 0, every hour": ({"kn": 15, "told_kn": 0, "step_s": 3600}, 1.0, 1),
    "always 0, every 6 h": ({"kn": 15, "told_kn": 0, "step_s": 21600, "n": 60}, 1.0, 1),
    "metres a second": ({"kn": 15, "told_kn": 7.7, "told_deg": 45}, 1.0, 1),
    "kilometres an hour": ({"kn": 15, "told_kn": 27.8, "told_deg": 45}, 1.0, 1),
    "ten times": ({"kn": 9, "told_kn": 90, "told_deg": 45}, 0.97, 3),
    "a tenth": ({"kn": 15, "told_kn": 1.5, "told_deg": 45}, 0.97, 3),
    "a third of 36 kn": ({"kn": 36, "told_kn": 12, "told_deg": 45, "step_s": 180}, 0.97, 3),
    "a third of 36 kn, course 0": ({"kn": 36, "told_kn": 12, "told_deg": 0, "step_s": 180}, 0.97, 3),
    "a third, every 7 min": ({"kn": 15, "told_kn": 4.5, "step_s": 420}, 0.97, 3),
    "40 kn turning, course wrong": ({"kn": 40, "told_kn": 40, "told_deg": 45, "turn_deg": 20}, 0.97, 3),
    "40 kn turning, untold": ({"kn": 40, "told_kn": None, "turn_deg": 20}, 0.97, 3),
    "40 kn turning hard, untold, every 10 s": ({"kn": 40, "told_kn": None, "turn_deg": 25, "step_s": 10}, 0.9, 4),
    "20 kn turning hard, no course": ({"kn": 20, "told_kn": 20, "turn_deg": 25, "step_s": 10}, 0.9, 4),
    "60 kn, untold": ({"kn": 60, "told_kn": None, "turn_deg": 5}, 0.97, 3),
    "told 12 kn at rest": ({"kn": 0, "told_kn": 12, "told_deg": 45, "step_s": 10}, 1.0, 1),
    "off at 40 kn, untold": ({"kn": 0, "then_kn": 40, "told_kn": None}, 0.97, 3),
    "off at 15 kn, always 0": ({"kn": 0, "then_kn": 15, "told_kn": 0, "told_deg": 0}, 0.97, 3),
    "stops, always 0": ({"kn": 15, "then_kn": 0, "told_kn": 0, "told_deg": 0}, 0.97, 3),
    "three hours, turning, untold": ({"kn": 12, "told_kn": None, "step_s": 10800, "turn_deg": 60, "n": 60}, 1.0, 1),
    "aircraft": ({"kn": 150, "told_kn": 150, "right_deg": True, "turn_deg": 20, "step_s": 10, **AIRCRAFT}, 0.95, 3),
    "aircraft, course wrong": ({"kn": 150, "told_kn": 150, "told_deg": 45, "turn_deg": 20, "step_s": 10, **AIRCRAFT},
                               0.95, 4),
    "aircraft, at the top of the scale": ({"kn": 150, "told_kn": 102.2, "right_deg": True, "step_s": 10, **AIRCRAFT},
                                          0.97, 3),
    "aircraft, untold": ({"kn": 150, "told_kn": None, "turn_deg": 20, "step_s": 60, **AIRCRAFT}, 0.95, 3),
    "aircraft, untold, every 10 min": ({"kn": 150, "told_kn": None, "turn_deg": 10, "step_s": 600, **AIRCRAFT},
                                       0.95, 3),
    "aircraft with the MMSI of a ship": ({"kn": 150, "told_kn": 150, "told_deg": 45, "turn_deg": 20, "step_s": 10},
                                         0.95, 3),
    "aircraft with the MMSI of a ship, untold": ({"kn": 150, "told_kn": None, "turn_deg": 20, "step_s": 60}, 0.9, 5),
    "clock off by 3 s": ({"kn": 20, "told_kn": 20, "right_deg": True, "step_s": 10, "clock_s": 3}, 0.97, 3),
    "clock off by 5 s at 40 kn": ({"kn": 40, "told_kn": 40, "right_deg": True, "step_s": 60, "clock_s": 5}, 0.97, 3),
    "two receivers": ({"kn": 20, "told_kn": 20, "right_deg": True, "step_s": 10, "twin_s": 3}, 1.0, 1),
    "two receivers at 40 kn": ({"kn": 40, "told_kn": 40, "right_deg": True, "step_s": 10, "twin_s": 3}, 1.0, 1),
    "two receivers, always 0": ({"kn": 20, "told_kn": 0, "told_deg": 0, "twin_s": 3}, 0.95, 4),
    "two receivers, untold": ({"kn": 20, "told_kn": None, "step_s": 60, "twin_s": 3}, 0.97, 3),
    "whole minutes": ({"kn": 20, "told_kn": 20, "right_deg": True, "step_s": 10, "minutes": True}, 0.97, 3),
    "whole minutes, westward": ({"kn": 20, "told_kn": 20, "right_deg": True, "step_s": 10, "minutes": True,
                                 "course_deg": 225}, 0.95, 5),
    "whole minutes, always 0": ({"kn": 20, "told_kn": 0, "told_deg": 0, "step_s": 40, "minutes": True}, 0.75, 6),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE)
def test_one_mover_is_one_track_whatever_it_tells(name: str) -> None:
    what, share, tracks = ONE[name]
    for seed in range(4):
        rows = mover(**what, seed=seed)
        codes, book = run(rows)
        assert np.bincount(codes).max() >= share * len(rows), seed
        assert len(book) <= tracks, seed


@pytest.mark.parametrize("seed", range(6))
def test_a_sensor_that_fails_half_of_the_time_breaks_no_track(seed: int) -> None:
    codes, book = run(half_told(seed))
    assert np.bincount(codes).max() >= 0.97 * len(codes)
    assert len(book) <= 3


@pytest.mark.parametrize("name", ["always 0", "a tenth", "60 kn, untold", "off at 15 kn, always 0", "aircraft, untold"])
def test_a_mistold_mover_is_no_conflict_of_identity(name: str) -> None:
    for seed in range(4):
        rows, pools, book = mover(**ONE[name][0], seed=seed), Pools(), TrackBook()
        _, codes = step(start(), rows, pools, book)
        kind, end = IdentityConflict(), int(rows.t_us[-1])
        state, drafts = kind.step(kind.start(), Tick(rows, codes, np.zeros(len(rows), np.int64), end, book, pools))
        assert drafts + kind.finish(state, end, book, pools) == []


def two(kn: float, step_s: float, told: tuple[float | None, float | None], astern: bool, seed: int) -> Any:
    """Two ships a mile apart on one course, told as given (-1 = right), and which each row is of."""
    side = (0.707 * NM_M, 0.707 * NM_M) if astern else (0.707 * NM_M, -0.707 * NM_M)
    parts = []
    for k, (told_kn, (east, north)) in enumerate(zip(told, ((0.0, 0.0), side), strict=True)):
        right = told_kn == -1
        what = {"told_kn": kn if right else told_kn, "right_deg": right, "told_deg": 0.0 if told_kn == 0 else None}
        parts.append(mover(kn, step_s=step_s, east_m=east, north_m=north, seed=seed + 1000 * k, **what))
    return together(*parts)


@pytest.mark.parametrize("astern", [False, True], ids=["abreast", "astern"])
@pytest.mark.parametrize(
    "told", [(0, 0), (0, -1), (None, None), (None, -1)], ids=["0 0", "0 right", "null null", "null right"]
)
@pytest.mark.parametrize(("kn", "step_s"), [(0, 10), (0, 120), (0, 600), (15, 10), (15, 30), (15, 120)])
def test_two_ships_a_mile_apart_are_parted_whatever_they_tell(
    kn: float, step_s: float, told: tuple[float | None, float | None], astern: bool
) -> None:
    for seed in range(3):
        rows, who = two(kn, step_s, told, astern, seed)
        codes, book = run(rows)
        assert purity(codes, who) >= 0.97, seed
        assert 2 <= len(book) <= 8, seed
        for ship in (0, 1):
            assert np.bincount(codes[who == ship]).max() >= 0.9 * (who == ship).sum(), seed


@pytest.mark.parametrize(("apart_nm", "step_s"), [(1.0, 60), (5.0, 300), (10.0, 600), (300.0, 600)])
def test_two_ships_of_which_nothing_is_told_are_not_one_that_leaps(apart_nm: float, step_s: int) -> None:
    """At rest, two and two fixes by turns, so that a track may leap (at 60 kn) and never comes straight back."""
    a = mover(0, None, n=100, seed=1)
    b = mover(0, None, n=100, north_m=apart_nm * NM_M, seed=2)
    for k in range(100):
        a.t_us[k] = T0_US + (4 * (k // 2) + k % 2) * step_s * 1_000_000
        b.t_us[k] = T0_US + (4 * (k // 2) + k % 2 + 2) * step_s * 1_000_000
    rows, who = together(a, b)
    codes, book = run(rows)
    assert purity(codes, who) >= 0.95
    assert 2 <= len(book) <= 4


def test_a_third_place_of_an_mmsi_of_two_ships_is_no_leap() -> None:
    a = mover(0, None, n=60, seed=1)
    b = mover(0, None, n=57, north_m=20 * NM_M, seed=2)
    third = mover(0, None, n=1, east_m=NM_M)
    third.t_us[:] = a.t_us[-1] + 100_000_000
    rows, who = together(a, b, third)
    codes, book = run(rows)
    assert purity(codes, who) == 1.0 and len(book) <= 4
    # With nobody else on the MMSI, it went there: 36 kn.
    rows, _ = together(a, third)
    assert len(run(rows)[1]) == 1


def test_no_chain_runs_over_a_ship_whose_speed_is_right() -> None:
    """A craft at 60 kn, and 100 m beside it one that tells the opposite course."""
    rows = mover(60, 60, 10, n=60, right_deg=True)
    other = rows.take(np.array([41]))
    other.cog_cdeg[:] = 22500
    other.lat_e7[:] += round(71 / 111_200 * 1e7)
    other.lon_e7[:] -= round(71 / 96_300 * 1e7)
    mixed, who = together(rows.take(np.arange(60) != 41), other)
    codes, _ = run(mixed)
    assert len(set(codes[who == 0].tolist())) == 1
    assert codes[who == 1][0] != codes[0]


def test_a_ship_that_is_believed_does_not_leap() -> None:
    """Lying still and telling so, then a fix a mile off after two minutes: another ship, though 30 kn would do."""
    rows = mover(0, 0, n=60)
    rows.lat_e7[40] += 166_667
    codes, _ = run(rows)
    assert codes.tolist() == [1 if k == 40 else 0 for k in range(60)]


@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(0, 80), max_size=5), name=st.sampled_from(sorted(ONE)))
@settings(max_examples=40)
def test_cuts_change_nothing_for_mistold_movers(seed: int, cuts: list[int], name: str) -> None:
    what = {**ONE[name][0], "n": 40, "seed": seed}
    rows, _ = together(mover(**what), mover(**{**what, "seed": seed + 1, "north_m": NM_M}))
    whole, book = run(rows)
    parts, cut_book = run(rows, [min(c, len(rows)) for c in cuts])
    assert parts.tolist() == whole.tolist()
    assert cut_book == book


def test_places_all_over_the_world_keep_the_state_bounded() -> None:
    rng = np.random.default_rng(5)
    rows = mover(15, None, n=600)
    rows.lon_e7[:], rows.lat_e7[:] = rng.integers(-180, 180, 600) * 10**7, rng.integers(-80, 80, 600) * 10**7
    state, _ = step(start(), rows, Pools(), TrackBook())
    assert int(state.open_count[0]) <= MAX_OPEN and int(state.totals[1]) <= MAX_OPEN
