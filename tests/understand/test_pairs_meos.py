"""The pair engine against MEOS (a library of moving objects, used here as oracle) on the same plane."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pair_worlds import HOUR_US, crowd, solent, vessels

from beaconline.understand.pairs.engine import PairRule, runs_between
from beaconline.understand.pairs.window import Fixes

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TOLERANCE_US = 1000


@pytest.fixture(scope="module")
def meos() -> Any:
    pymeos = pytest.importorskip("pymeos", reason="PyMEOS is an oracle for development only")
    pymeos.pymeos_initialize()
    yield pymeos
    pymeos.pymeos_finalize()


def _plane(fixes: Fixes) -> np.ndarray:
    """A flat copy of the scene: metres east and north of its middle."""
    lon, lat = fixes.lon_e7 * 1e-7, fixes.lat_e7 * 1e-7
    lon0, lat0 = np.median(lon), np.median(lat)
    return np.stack([(lon - lon0) * 111_320 * np.cos(np.radians(lat0)), (lat - lat0) * 111_320, 0 * lon], axis=1)


def _moving_points(meos: Any, fixes: Fixes, xyz: np.ndarray) -> dict[int, Any]:
    """One temporal point a track, cut where a gap may not be bridged."""
    out = {}
    for k in np.unique(fixes.track):
        rows = np.flatnonzero(fixes.track == k)
        cuts = np.flatnonzero(np.diff(fixes.t_us[rows]) > HOUR_US) + 1
        parts = []
        for part in np.split(rows, cuts):
            times = [(EPOCH + timedelta(microseconds=int(fixes.t_us[i]))).isoformat() for i in part]
            places = [f"Point({x!r} {y!r})" for x, y in xyz[part, :2].tolist()]
            points = ", ".join(f"{p}@{t}" for p, t in zip(places, times, strict=True))
            parts.append(meos.TGeomPointSeq(f"[{points}]"))
        out[int(k)] = parts[0] if len(parts) == 1 else meos.TGeomPointSeqSet(sequence_list=parts)
    return out


def _spans(meos: Any, one: Any, two: Any, radius_m: float) -> list[tuple[int, int]]:
    within = one.within_distance(two, radius_m)
    true = None if within is None else within.when_true()
    if true is None:
        return []
    micro = timedelta(microseconds=1)
    spans = [((s.lower() - EPOCH) // micro, (s.upper() - EPOCH) // micro) for s in true.spans()]
    return [(s, e) for s, e in spans if e - s > TOLERANCE_US]


def _compare(meos: Any, fixes: Fixes, radius_m: float) -> int:
    xyz = _plane(fixes)
    # MEOS believes every leg, so the limit on speed is taken away here.
    rule = PairRule(radius_m, max_leg_speed_kn=1e9)
    table = runs_between(rule, fixes, vessels(fixes), xyz).table
    ours: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for a, b, s, e, _ in table.tolist():
        if e - s > TOLERANCE_US:
            ours.setdefault((a, b), []).append((s, e))
    points = _moving_points(meos, fixes, xyz)
    names, total = sorted(points), 0
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            theirs, mine = _spans(meos, points[a], points[b], radius_m), ours.get((a, b), [])
            assert len(theirs) == len(mine), (a, b)
            apart = sum(abs(x[0] - y[0]) + abs(x[1] - y[1]) for x, y in zip(theirs, mine, strict=True))
            assert apart <= TOLERANCE_US, (a, b, apart)
            total += len(mine)
    return total


@pytest.mark.parametrize("seed", range(6))
def test_crowds_equal_meos(meos: Any, seed: int) -> None:
    assert _compare(meos, crowd(seed), 500.0) > 0


def test_a_real_harbour_equals_meos(meos: Any, data: Path, require: Callable[[str], None]) -> None:
    """Every pair of ships; the sum over a pair's interval ends is within 1 ms."""
    assert _compare(meos, solent(data), 500.0) > 1000
