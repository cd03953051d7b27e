"""The smallest circle that holds a set of places, exact, from a bounded memory of them: their convex hull.

Decides: places are kept as the corners of their convex hull, since no other place can touch the smallest circle; the
plane is tangent to the earth at the first place. Refuses: more than MAX_CORNERS corners: then the flattest corner is
left out, so the radius may come out short, by less than 0.5 %. Source: de Berg et al., Computational Geometry, 4.7
(smallest enclosing disc) and 1.1 (hull). Known failures: the plane shortens what lies far off, by 1 part in 1,000 at
350 km.
"""

from __future__ import annotations

import math

import numpy as np

from beaconline.foundation.geo.geodesy import F64, ecef_point
from beaconline.foundation.table.kernels import kernel, lean_inner

__all__ = ["MAX_CORNERS", "add_corner", "set_frame", "smallest_circle"]

MAX_CORNERS = 48
"""Corners of a hull that are kept: a ring of so many corners is within 0.3 % of its circle. Fewer saves memory of every
vessel (24 bytes each) and makes radii of long drifts shorter than they are."""
TOUCH = 1e-9
"""Share of a radius by which a place may lie outside and still counts as held: rounding."""


@lean_inner
def _flat(sl: float, cl: float, sf: float, cf: float, dx: float, dy: float, dz: float) -> tuple[float, float]:
    """Metres east and north of an ECEF difference, in the plane with these sines and cosines of longitude, latitude."""
    return -sl * dx + cl * dy, -sf * cl * dx - sf * sl * dy + cf * dz


@kernel
def set_frame(frame: F64, lon_deg: float, lat_deg: float) -> None:
    """Put the plane tangent at a place into ``frame``, float64[10]: sines and cosines, its ECEF point, and a circle
    inside the hull (middle, squared radius; none yet)."""
    lon, lat = math.radians(lon_deg), math.radians(lat_deg)
    frame[0], frame[1], frame[2], frame[3] = math.sin(lon), math.cos(lon), math.sin(lat), math.cos(lat)
    frame[4], frame[5], frame[6] = ecef_point(lon_deg, lat_deg)
    frame[7], frame[8], frame[9] = 0.0, 0.0, 0.0


@lean_inner
def _turn(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> float:
    """Twice the signed area of a triangle: positive when it turns left."""
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)


@lean_inner
def _hull_of(flat_xy: F64, order: F64, n: int, keep: F64) -> int:
    """Andrew's chain over n points sorted by x, then y (their numbers in ``order``): puts the numbers of the corners,
    counter-clockwise, into ``keep``, and says how many."""
    k = 0
    for step in range(2):
        floor = k if step else 1
        for i in range(n) if step == 0 else range(n - 2, -1, -1):
            c = int(order[i])
            while k > floor:
                a, b = int(keep[k - 2]), int(keep[k - 1])
                if _turn(flat_xy[a, 0], flat_xy[a, 1], flat_xy[b, 0], flat_xy[b, 1], flat_xy[c, 0], flat_xy[c, 1]) > 0:
                    break
                k -= 1
            keep[k] = c
            k += 1
    return max(1, k - 1)


@lean_inner
def _set_inner(xy: F64, keep: F64, m: int, frame: F64) -> None:
    """Note a circle inside the hull of the m numbers in ``keep``: most later places are found in it at once."""
    if m < 3:
        return
    cx = cy = 0.0
    for k in range(m):
        cx += xy[int(keep[k]), 0] / m
        cy += xy[int(keep[k]), 1] / m
    least = np.inf
    for k in range(m):
        a, b = int(keep[k]), int(keep[k + 1 if k + 1 < m else 0])
        side = math.hypot(xy[b, 0] - xy[a, 0], xy[b, 1] - xy[a, 1])
        least = min(least, _turn(xy[a, 0], xy[a, 1], xy[b, 0], xy[b, 1], cx, cy) / side)
    frame[7], frame[8], frame[9] = cx, cy, max(0.0, least) ** 2 * (1 - TOUCH)


@kernel
def add_corner(corners: F64, n: int, frame: F64, x: float, y: float, z: float) -> int:
    """Add an ECEF point to a hull: ``corners`` float64[MAX_CORNERS, 3] (ECEF metres, counter-clockwise, n of them) is
    changed in place; the plane is that of ``frame`` (see ``set_frame``). Returns the number of corners."""
    sl, cl, sf, cf, ox, oy, oz = frame[0], frame[1], frame[2], frame[3], frame[4], frame[5], frame[6]
    px, py = _flat(sl, cl, sf, cf, x - ox, y - oy, z - oz)
    if (px - frame[7]) ** 2 + (py - frame[8]) ** 2 < frame[9]:
        return n
    if n >= 3:
        # Nearly every place lies inside: corner after corner, without a table of them.
        c = corners[n - 1]
        ax, ay = _flat(sl, cl, sf, cf, c[0] - ox, c[1] - oy, c[2] - oz)
        inside = True
        for k in range(n):
            c = corners[k]
            bx, by = _flat(sl, cl, sf, cf, c[0] - ox, c[1] - oy, c[2] - oz)
            if _turn(ax, ay, bx, by, px, py) < 0:
                inside = False
                break
            ax, ay = bx, by
        if inside:
            return n
    xy = np.empty((n + 1, 2))
    for k in range(n):
        c = corners[k]
        xy[k, 0], xy[k, 1] = _flat(sl, cl, sf, cf, c[0] - ox, c[1] - oy, c[2] - oz)
    xy[n, 0], xy[n, 1] = px, py
    order, keep = np.empty(n + 1), np.empty(2 * n + 4)
    for k in range(n + 1):
        i = k
        while i > 0:
            j = int(order[i - 1])
            if xy[j, 0] < xy[k, 0] or (xy[j, 0] == xy[k, 0] and xy[j, 1] <= xy[k, 1]):
                break
            order[i] = order[i - 1]
            i -= 1
        order[i] = k
    m = _hull_of(xy, order, n + 1, keep)
    if m > MAX_CORNERS:
        flattest, least = 0, np.inf
        for k in range(m):
            a, b, c = int(keep[k - 1 if k else m - 1]), int(keep[k]), int(keep[k + 1 if k + 1 < m else 0])
            area = _turn(xy[a, 0], xy[a, 1], xy[b, 0], xy[b, 1], xy[c, 0], xy[c, 1])
            if area < least:
                flattest, least = k, area
        for k in range(flattest, m - 1):
            keep[k] = keep[k + 1]
        m -= 1
    new = np.empty((m, 3))
    for k in range(m):
        i = int(keep[k])
        if i == n:
            new[k, 0], new[k, 1], new[k, 2] = x, y, z
        else:
            new[k] = corners[i]
    corners[:m] = new
    _set_inner(xy, keep, m, frame)
    return m


@lean_inner
def _round(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> tuple[float, float, float]:
    """Centre and radius of the circle through three points; of the widest two when they lie on a line."""
    d = 2.0 * _turn(ax, ay, bx, by, cx, cy)
    if d == 0.0:
        ab, bc, ca = math.hypot(bx - ax, by - ay), math.hypot(cx - bx, cy - by), math.hypot(ax - cx, ay - cy)
        if ab >= bc and ab >= ca:
            return (ax + bx) / 2, (ay + by) / 2, ab / 2
        if bc >= ca:
            return (bx + cx) / 2, (by + cy) / 2, bc / 2
        return (ax + cx) / 2, (ay + cy) / 2, ca / 2
    ux, uy, vx, vy = bx - ax, by - ay, cx - ax, cy - ay
    u2, v2 = ux * ux + uy * uy, vx * vx + vy * vy
    x, y = (vy * u2 - uy * v2) / d, (ux * v2 - vx * u2) / d
    return ax + x, ay + y, math.hypot(x, y)


@kernel
def smallest_circle(xy: F64) -> tuple[float, float, float]:
    """(x, y, radius) of the smallest circle that holds all points, float64[n, 2], n >= 1; in their order, so that equal
    input gives equal bytes."""
    cx, cy, r = xy[0, 0], xy[0, 1], 0.0
    for i in range(1, len(xy)):
        if math.hypot(xy[i, 0] - cx, xy[i, 1] - cy) <= r * (1 + TOUCH):
            continue
        cx, cy, r = xy[i, 0], xy[i, 1], 0.0
        for j in range(i):
            if math.hypot(xy[j, 0] - cx, xy[j, 1] - cy) <= r * (1 + TOUCH):
                continue
            cx, cy = (xy[i, 0] + xy[j, 0]) / 2, (xy[i, 1] + xy[j, 1]) / 2
            r = math.hypot(xy[i, 0] - cx, xy[i, 1] - cy)
            for k in range(j):
                if math.hypot(xy[k, 0] - cx, xy[k, 1] - cy) > r * (1 + TOUCH):
                    cx, cy, r = _round(xy[i, 0], xy[i, 1], xy[j, 0], xy[j, 1], xy[k, 0], xy[k, 1])
    return cx, cy, r
