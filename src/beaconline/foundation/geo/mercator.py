"""Mercator's plane, for drawing: where a map is cut, and metres to a millionth of its width.

Decides: the meridian at which a map of given points is cut (inside the widest stretch that holds none), so that the
antimeridian is an ordinary place; the plane's coordinates. Refuses: measuring; distances come from ``geodesy``.
Source: the spherical Mercator projection. Known failures: latitudes beyond 89.5 degrees are drawn at 89.5; traffic all
round the globe has no empty stretch, and lines over the cut are then broken in two.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64

__all__ = [
    "MAX_LAT_DEG",
    "empty_meridian_deg",
    "mark_meridians",
    "mercator_y",
    "middle_of_widest_deg",
    "plane_radians",
]

MAX_LAT_DEG = 89.5
"""Latitude where the plane ends, degrees; y grows without limit towards the pole."""

BINS = 3600
"""Stretches of longitude looked at for emptiness: 0.1 degrees each. Coarser would call a strait between two crowded
coasts full; finer gains nothing, since any empty place serves."""


@kernel
def mercator_y(lat_deg: float) -> float:
    """Northing on a unit sphere's plane (radians), latitude clamped to +-89.5 degrees."""
    return math.asinh(math.tan(math.radians(min(MAX_LAT_DEG, max(-MAX_LAT_DEG, lat_deg)))))


@kernel
def _hit_bins(lon_e7: I32, hit: npt.NDArray[np.bool_]) -> None:
    for i in range(len(lon_e7)):
        hit[(lon_e7[i] + 1_800_000_000) // 1_000_000 % BINS] = True


def empty_meridian_deg(lon_e7: I32) -> float:
    """Degrees [-180, 180) of the middle of the widest stretch without points; -180 when there is none (or no point)."""
    return middle_of_widest_deg(mark_meridians(lon_e7))


def mark_meridians(lon_e7: I32, marks: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.bool_]:
    """bool[BINS]: stretches of longitude that hold a point, added to earlier ``marks``: points may come bit by bit."""
    hit = np.zeros(BINS, np.bool_) if marks is None else marks
    _hit_bins(np.ascontiguousarray(lon_e7, np.int32), hit)
    return hit


def middle_of_widest_deg(marks: npt.NDArray[np.bool_]) -> float:
    """As ``empty_meridian_deg``, of marked stretches."""
    at = np.flatnonzero(marks)
    if len(at) in (0, BINS):
        return -180.0
    gaps = np.diff(np.append(at, at[0] + BINS))
    widest = int(np.argmax(gaps))
    if gaps[widest] <= 1:
        return -180.0
    # From the end of one full bin to the start of the next.
    middle = (at[widest] + 1 + at[widest] + gaps[widest]) / 2
    return float(middle * 360.0 / BINS % 360.0 - 180.0)


@kernel
def plane_radians(lon_e7: I32, lat_e7: I32, cut_deg: float) -> tuple[F64, F64, I64]:
    """(x, y, whole): plane coordinates in radians east of the cut [0, 2 pi) and north of the equator, and the same
    eastward distance as an integer of degrees x 1e7."""
    n = len(lon_e7)
    x, y, whole = np.empty(n), np.empty(n), np.empty(n, np.int64)
    cut = np.int64(round(cut_deg * 1e7))
    for i in range(n):
        whole[i] = (np.int64(lon_e7[i]) - cut) % np.int64(3_600_000_000)
        x[i] = whole[i] * (math.pi / 1.8e9)
        y[i] = mercator_y(lat_e7[i] * 1e-7)
    return x, y, whole
