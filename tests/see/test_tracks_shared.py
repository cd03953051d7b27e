"""The tracker on what one MMSI brings that several receivers or ships share: late copies and fleets."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from sailing import T0_US, purity, run, together
from test_tracks_mistold import NM_M, mover

from beaconline.foundation.table.reports import I32, Pools, Reports
from beaconline.foundation.table.snapshot import SnapshotError
from beaconline.foundation.table.tracks import TrackBook
from beaconline.see.tracks.assign import MAX_OPEN
from beaconline.see.tracks.motion import FCOLS, ICOLS
from beaconline.see.tracks.tracker import start, step

Floats = npt.NDArray[np.float64]
HOUR_US = 3_600_000_000


def with_copies(rows: Reports, least_s: float, most_s: float, seed: int) -> Reports:
    """Rows, and each once more as a second receiver with a late clock brings it."""
    late = rows.take(np.arange(len(rows)))
    late.t_us[:] += np.round(np.random.default_rng(seed).uniform(least_s, most_s, len(rows)) * 1e6).astype(np.int64)
    both: Reports = together(rows, late)[0]
    return both


@pytest.mark.parametrize(
    ("kn", "least_s", "most_s", "told"),
    [(15, 30, 30, 15), (15, 10, 40, 15), (1, 3, 3, 1), (30, 1, 60, 30), (15, 10, 40, None)],
)
def test_late_copies_of_a_second_receiver_part_no_ship(
    kn: float, least_s: float, most_s: float, told: float | None
) -> None:
    for seed in range(3):
        rows = mover(kn, told, 10, n=360, right_deg=told is not None, seed=seed)
        assert len(run(with_copies(rows, least_s, most_s, seed))[1]) == 1


@pytest.mark.parametrize(("late_s", "tracks"), [(119, 1), (121, 2)])
def test_a_copy_is_late_by_two_minutes_at_most(late_s: int, tracks: int) -> None:
    rows = mover(15, 15, 60, n=40, right_deg=True)
    late = rows.take(np.array([30]))
    late.t_us[:] += late_s * 1_000_000
    assert len(run(together(rows, late)[0])[1]) == tracks


def test_the_same_place_with_another_speed_is_no_copy() -> None:
    rows = mover(15, 15, 10, n=40, right_deg=True)
    other = rows.take(np.array([30]))
    other.t_us[:] += 45_000_000
    other.sog_mkn[:] = 3_000
    assert len(run(together(rows, other)[0])[1]) == 2


def fleet(ships: int, rounds: int, step_s: int) -> tuple[Reports, I32]:
    """Ships at 10 kn, 30 nm apart, heard in rotation; and which each row is of."""
    parts = []
    for k in range(ships):
        part = mover(10, 10, step_s, n=rounds, right_deg=True, north_m=k * 30 * NM_M, seed=k)
        part.t_us[:] += k * step_s * 1_000_000 // ships
        parts.append(part)
    both: tuple[Reports, I32] = together(*parts)
    return both


@pytest.mark.parametrize("ships", [2, MAX_OPEN, MAX_OPEN + 1, 45, 60])
def test_a_fleet_on_one_mmsi_is_as_many_tracks_as_the_limit_allows(ships: int) -> None:
    rows, who = fleet(ships, 60, 60)
    codes, book = run(rows)
    assert len(book) <= min(ships, MAX_OPEN + 1) + 2
    assert purity(codes, who) >= min(1.0, MAX_OPEN / ships) - 0.02


@pytest.mark.parametrize(("hours", "fresh"), [(23, False), (25, True)])
def test_a_full_mmsi_has_room_again_when_one_ship_was_silent_for_a_day(hours: int, fresh: bool) -> None:
    rows, _ = fleet(MAX_OPEN, 10, 60)
    far = mover(0, 0, n=2, east_m=5_000 * NM_M)
    far.t_us[:] = rows.t_us[-1] + np.array([hours * HOUR_US, hours * HOUR_US + 600_000_000])
    late, _ = together(rows, far)
    first = mover(0, 0, n=1, east_m=2_500 * NM_M)
    first.t_us[:] = rows.t_us[-1] + 1
    codes, book = run(together(late, first)[0])
    assert len(book) == MAX_OPEN + (2 if fresh else 1)
    assert codes[-1] == codes[-2] and (codes[-1] != codes[len(rows)]) == fresh


def test_cuts_change_nothing_for_a_fleet_over_the_limit() -> None:
    rows, _ = fleet(MAX_OPEN + 5, 12, 60)
    whole, book = run(rows)
    parts, cut_book = run(rows, [30, 31, 40, 222])
    assert parts.tolist() == whole.tolist() and cut_book == book


def at_rest(places_m: list[float], step_s: float, n: int, seed: int, swing_m: float = 5.0) -> tuple[Reports, I32]:
    """Ships that lie at places so far north of one, each heard n times about every step_s; and which each row is of."""
    rng = np.random.default_rng(seed)
    parts = []
    for k, north in enumerate(places_m):
        t = np.arange(n) * step_s * (1 + 0.13 * k) + rng.uniform(-0.3, 0.3, n) * step_s
        parts.append(lying(t, np.full(n, north), rng, swing_m))
    both: tuple[Reports, I32] = together(*parts)
    return both


def lying(t_s: Floats, north_m: Floats, rng: np.random.Generator, scatter_m: float = 5.0) -> Reports:
    """Fixes of a ship that tells that it lies still, at times and places."""
    n = len(t_s)
    out = mover(0, 0, n=n)
    out.t_us[:] = T0_US + np.round(t_s * 1e6)
    out.lat_e7[:] = np.round((35 + (north_m + rng.normal(0, scatter_m, n)) / 111_132) * 1e7)
    out.lon_e7[:] = np.round((125 + rng.normal(0, scatter_m, n) / 91_000) * 1e7)
    out.sog_mkn[:] = np.round(np.abs(rng.normal(0, 80, n)))
    out.cog_cdeg[:] = rng.integers(0, 36_000, n)
    return out


@pytest.mark.parametrize(
    ("apart_m", "step_h", "pure"),
    [(1852, 1, 0.97), (1852, 2, 0.97), (1852, 6, 0.96), (9260, 6, 0.96), (9260, 2, 0.97), (200, 2, 0.9), (200, 6, 0.8)],
)
def test_two_ships_at_anchor_heard_hours_apart_settle_in_two_tracks(apart_m: float, step_h: float, pure: float) -> None:
    for seed in range(4):
        rows, who = at_rest([0.0, apart_m], step_h * 3600, 80, seed)
        codes, book = run(rows)
        assert purity(codes, who) >= pure
        assert 2 <= len(book) <= 3
        # Once told, they stay apart.
        assert purity(codes[60:], who[60:]) >= 0.97


def test_three_ships_at_anchor_settle() -> None:
    for seed in range(4):
        rows, who = at_rest([0.0, 1852.0, 6000.0], 4 * 3600, 80, seed)
        codes, book = run(rows)
        assert purity(codes[120:], who[120:]) >= 0.9
        assert len(book) <= 6


@pytest.mark.parametrize("step_h", [0.5, 2.0, 6.0])
@pytest.mark.parametrize("nights", [12, 30])
def test_a_ship_that_stays_long_at_each_of_two_berths_is_one_track(step_h: float, nights: int) -> None:
    """Two days here, two days there, heard at rest alone."""
    for seed in range(4):
        t = np.arange(nights * 48 / step_h) * step_h * 3600
        rows = lying(t, np.where((t // 172_800) % 2 == 0, 0.0, 3000.0), np.random.default_rng(seed))
        assert len(run(rows)[1]) == 1


@pytest.mark.parametrize("step_s", [1740, 3600])
def test_a_ferry_that_is_heard_under_way_now_and_then_is_one_track(step_s: int) -> None:
    """Every four fixes or so one under way, else at rest at a random one of two berths."""
    for seed in range(4):
        rng = np.random.default_rng(seed)
        t = np.arange(200) * step_s + rng.uniform(0, 300, 200)
        rows = lying(t, np.where(rng.random(200) < 0.5, 0.0, 4000.0), rng)
        way = rng.random(200) < 0.25
        way[:3] = True
        rows.sog_mkn[way] = 8_000
        rows.cog_cdeg[way] = np.where(rng.random(way.sum()) < 0.5, 0, 18_000)
        rows.lat_e7[way] = np.round((35 + rng.uniform(500, 3500, way.sum()) / 111_132) * 1e7)
        assert len(run(rows)[1]) == 1


def test_a_ship_swinging_at_anchor_is_one_track() -> None:
    """To one side with the ebb, to the other with the flood, with some scatter."""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        t = np.arange(300) * 3 * 3600.0
        tide = np.where(np.sin(2 * np.pi * t / 44_714) > 0, 1.0, -1.0)
        rows = lying(t, 120.0 * tide, rng, 40.0)
        assert len(run(rows)[1]) == 1


def test_cuts_change_nothing_for_ships_at_rest() -> None:
    rows, _ = at_rest([0.0, 1852.0, 9000.0], 6 * 3600, 40, 3)
    whole, book = run(rows)
    parts, cut_book = run(rows, [5, 6, 7, 20, 21, 90])
    assert parts.tolist() == whole.tolist() and cut_book == book


@pytest.mark.parametrize(
    ("apart_m", "step_s", "pure"), [(50, 10, 0.98), (50, 60, 0.9), (50, 120, 0.85), (50, 180, 0.85), (30, 10, 0.97)]
)
def test_two_ships_side_by_side_at_rest_are_parted(apart_m: float, step_s: float, pure: float) -> None:
    for seed in range(4):
        rows, who = at_rest([0.0, apart_m], step_s, max(60, round(7200 / step_s)), seed)
        codes, book = run(rows)
        assert purity(codes, who) >= pure
        assert len(book) == 2


@pytest.mark.parametrize("step_s", [10, 60, 180])
def test_one_ship_at_rest_is_not_parted(step_s: float) -> None:
    for seed in range(4):
        rows, _ = at_rest([0.0], step_s, 700, seed)
        assert len(run(rows)[1]) == 1


def test_what_is_kept_of_one_mmsi_is_bounded() -> None:
    a_slot = 8 * (FCOLS + ICOLS)
    assert a_slot * MAX_OPEN + 4 * (MAX_OPEN + 1) <= 64 * 1024


def test_a_state_of_another_version_is_refused() -> None:
    state = start()
    state.sf = state.sf[:, :-1]
    with pytest.raises(SnapshotError, match="other columns"):
        step(state, mover(0, 0, n=1), Pools(), TrackBook())
