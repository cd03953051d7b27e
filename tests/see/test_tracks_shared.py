"""The tracker on what one MMSI brings that several receivers or ships share: late copies and fleets."""

from __future__ import annotations

import numpy as np
import pytest
from sailing import purity, run, together
from test_tracks_mistold import NM_M, mover

from beaconline.foundation.table.reports import I32, Reports
from beaconline.see.tracks.assign import MAX_OPEN

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
