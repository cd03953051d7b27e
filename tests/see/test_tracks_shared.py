"""The tracker on what one MMSI brings that several receivers or ships share: late copies and fleets."""

from __future__ import annotations

import numpy as np
import pytest
from sailing import run, together
from test_tracks_mistold import mover

from beaconline.foundation.table.reports import Reports


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
