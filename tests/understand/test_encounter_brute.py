"""Encounters of a real harbour against brute force that imports nothing of the product."""

from __future__ import annotations

from pathlib import Path

import brute_pairs
import numpy as np
from pair_worlds import HOUR_US, solent
from test_encounter_ticks import batch

from beaconline.understand.detectors.encounter_types import FAST


def test_a_real_harbour_has_the_encounters_of_brute_force(data: Path) -> None:
    """Same pairs, same times within a microsecond or two, same closest approach, same medians."""
    fixes = solent(data)
    zero = int(fixes.t_us.min())
    xyz = brute_pairs.ecef(fixes.lon_e7 * 1e-7, fixes.lat_e7 * 1e-7)
    expected = []
    for a, b, s, e, near in brute_pairs.runs(fixes.t_us, fixes.track, xyz, HOUR_US, 500.0):
        if e - s < 1800:
            continue
        medians = [_lower_median(fixes, k, zero + s * 1e6, zero + e * 1e6) for k in (a, b)]
        if max(medians) < 2000:  # those under way need more than a distance
            expected.append((a, b, s, e, near, *medians))
    got = []
    for d in batch(fixes, {}):
        if d.type in FAST:
            continue
        # Names run against codes in this book, so members and measures come in the other order.
        (b, _), (a, _) = d.members
        speeds = (d.measures["median_speed_kn_1"], d.measures["median_speed_kn_0"])
        times = ((d.t_start_us - zero) / 1e6, (d.t_end_us - zero) / 1e6)
        got.append((a, b, *times, d.measures["distance_min_m"], *(round(float(v or 0) * 1000) for v in speeds)))
    got.sort()
    assert len(got) == len(expected) > 150
    error = np.abs(np.array(got, float) - np.array(expected, float)).max(axis=0)
    assert error[:2].max() == 0 and error[2:4].max() <= 2e-6 and error[4] <= 0.051 and error[5:].max() == 0


def _lower_median(fixes, k: int, s: float, e: float) -> int:
    inside = (fixes.track == k) & (fixes.t_us >= s - 0.6) & (fixes.t_us <= e + 0.6)
    speeds = np.sort(fixes.speed_mkn[inside])
    return int(speeds[(len(speeds) - 1) // 2])
