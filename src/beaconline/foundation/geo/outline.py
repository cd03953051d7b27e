"""Outlines for drawing: fewer points, cut to a box.

Decides: what a map may leave out. Refuses: measuring; what comes from here is for the eye.
Source: Ramer 1972, Douglas and Peucker 1973; Sutherland and Hodgman 1974. Known failures: a simplified ring may touch
itself; a ring cut by the box in several pieces stays one ring, joined along the box's border.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import kernel

__all__ = ["clip_to_box", "simplify", "simplify_line"]


@kernel
def _keep(points: F64, tolerance: float, first: int, last: int, keep: npt.NDArray[np.bool_]) -> None:
    """Mark the points of first..last that a line within ``tolerance`` needs (both ends are kept)."""
    keep[first] = keep[last] = True
    # Every stretch put aside is split off a longer one, so there are never more than points.
    stack = np.empty((last - first + 2, 2), np.int64)
    stack[0, 0], stack[0, 1], top = first, last, 1
    while top > 0:
        top -= 1
        a, b = stack[top, 0], stack[top, 1]
        ux, uy = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1]
        long2 = ux * ux + uy * uy
        worst, at = tolerance * tolerance, -1
        for k in range(a + 1, b):
            px, py = points[k, 0] - points[a, 0], points[k, 1] - points[a, 1]
            f = min(1.0, max(0.0, (px * ux + py * uy) / long2)) if long2 > 0.0 else 0.0
            d2 = (px - f * ux) ** 2 + (py - f * uy) ** 2
            if d2 > worst:
                worst, at = d2, k
        if at >= 0:
            keep[at] = True
            stack[top, 0], stack[top, 1] = a, at
            stack[top + 1, 0], stack[top + 1, 1] = at, b
            top += 2


def simplify_line(points: F64, tolerance: float) -> npt.NDArray[np.bool_]:
    """bool[n]: which points of a line (float64[n, 2]) keep it within ``tolerance`` of itself; both ends are kept."""
    keep = np.zeros(len(points), np.bool_)
    if len(points):
        _keep(np.ascontiguousarray(points, np.float64), tolerance, 0, len(points) - 1, keep)
    return keep


def simplify(ring: F64, tolerance: float) -> F64:
    """A ring (float64[n, 2], first point not repeated) with fewer points, none farther than ``tolerance`` from it."""
    if tolerance <= 0 or len(ring) < 4:
        return ring
    # A ring has no ends: its first point and the one farthest from it serve as such.
    far = int(np.argmax(((ring - ring[0]) ** 2).sum(axis=1)))
    closed = np.ascontiguousarray(np.vstack([ring, ring[:1]]))
    keep = np.zeros(len(closed), np.bool_)
    _keep(closed, tolerance, 0, far, keep)
    _keep(closed, tolerance, far, len(closed) - 1, keep)
    return np.asarray(closed[:-1][keep[:-1]])


def _cut(ring: F64, axis: int, limit: float, keep_above: bool) -> F64:
    """The part of a ring on one side of a vertical or horizontal line."""
    if len(ring) == 0:
        return ring
    value = ring[:, axis] - limit if keep_above else limit - ring[:, axis]
    ahead, value_ahead = np.roll(ring, -1, axis=0), np.roll(value, -1)
    inside, cross = value >= 0, (value >= 0) != (value_ahead >= 0)
    share = np.divide(value, value - value_ahead, out=np.zeros_like(value), where=cross)
    crossing = ring + share[:, None] * (ahead - ring)
    crossing[:, axis] = limit
    # Each point that stays, then the crossing on the way to the next one.
    both = np.stack([ring, crossing], axis=1).reshape(-1, 2)
    return np.asarray(both[np.stack([inside, cross], axis=1).reshape(-1)])


def clip_to_box(ring: F64, west: float, south: float, east: float, north: float) -> F64:
    """The part of a ring (float64[n, 2], first point not repeated) inside a box; empty when there is none."""
    for axis, limit, above in ((0, west, True), (0, east, False), (1, south, True), (1, north, False)):
        ring = _cut(ring, axis, limit, above)
    return ring
