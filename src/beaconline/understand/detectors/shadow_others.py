"""Who else did the same there: other vessels that came by a place on the same course and left it on the same course.

Decides: of every other vessel the fix nearest to a place within a time, and whether its courses before and after that
fix are those of the vessel asked about. Where others make the same turn there is a lane, a fairway, a mark or a column,
and turning there answers nobody. Refuses: a chart of lanes; the traffic itself tells, or nothing does. Fixes alone are
asked, no legs, so that fixes still to come cannot change the answer for a time that has passed.
Source: own method. Known failures: the first vessels of the day on a lane are alone on it; a vessel heard every half an
hour is not seen to turn.
"""

from __future__ import annotations

import math

import numpy as np

from beaconline.foundation.geo.geodesy import F64, bearing_deg, distance_m
from beaconline.foundation.table.kernels import kernel, lean_inner
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.detectors.shadow_motion import first_at

__all__ = ["AFTER_US", "BEFORE_US", "by_cell", "others_at"]

BEFORE_US, AFTER_US = 1_800_000_000, 3_600_000_000
"""Others are looked for from half an hour before to an hour after, microseconds. A column passes within an hour, ships
on a lane stand a few miles apart; longer costs memory for every vessel."""

CHORD_US, LONG_CHORD_US = 300_000_000, 1_500_000_000
"""A course is that from a fix at least 5 min away to the nearest one; none further than 25 min off tells it."""

CELL_E7 = 500_000
"""Width of a cell of the index of places, degrees x 1e7 (3 nm): about the circle that is asked for."""
AROUND_CELLS = 3_600_000_000 // CELL_E7
"""Cells around the globe."""

QUICK = 0.98
"""Share of the quick look's distance that is believed: it must never be more than the exact one."""
METRES_A_DEGREE = 110_500.0
"""Fewest metres in a degree of latitude: for a quick look before the distance is measured."""


@lean_inner
def _turned(angle: float, other: float) -> float:
    """How far two directions are apart, degrees."""
    return abs((angle - other + 540.0) % 360.0 - 180.0)


@lean_inner
def _course_of(
    t_us: I64, lon_e7: I32, lat_e7: I32, rows: I32, at: int, lo: int, hi: int, span: tuple[int, int], back: bool
) -> float:
    """Course to the fix in entry ``at`` of its track's rows (``back``), or from it, by the nearest fix of the track
    that is CHORD_US away or more; -1 when there is none in entries lo..hi-1, or none between two instants (``span``,
    included)."""
    i, step = at, -1 if back else 1
    here = rows[at]
    while lo <= i < hi and abs(t_us[rows[i]] - t_us[here]) <= LONG_CHORD_US and span[0] <= t_us[rows[i]] <= span[1]:
        if abs(t_us[rows[i]] - t_us[here]) >= CHORD_US:
            a, b = (rows[i], here) if back else (here, rows[i])
            if lon_e7[a] == lon_e7[b] and lat_e7[a] == lat_e7[b]:
                return -1.0
            return bearing_deg(lon_e7[a] * 1e-7, lat_e7[a] * 1e-7, lon_e7[b] * 1e-7, lat_e7[b] * 1e-7)
        i += step
    return -1.0


@lean_inner
def _cell(lon_e7: int, lat_e7: int) -> tuple[int, int]:
    return (lon_e7 + 1_800_000_000) // CELL_E7, (lat_e7 + 900_000_000) // CELL_E7


@lean_inner
def _bucket(x: int, y: int, buckets: int) -> int:
    return int((x * 73_856_093 ^ y * 19_349_663) & (buckets - 1))


@kernel
def by_cell(lon_e7: I32, lat_e7: I32, buckets: int) -> tuple[I32, I64]:
    """Rows by the bucket of their cell, in their order within it: (rows int32[n], offsets int64[buckets + 1]).

    buckets  a power of two
    """
    offset = np.zeros(buckets + 1, np.int64)
    bucket = np.empty(len(lon_e7), np.int32)
    for i in range(len(lon_e7)):
        x, y = _cell(lon_e7[i], lat_e7[i])
        bucket[i] = _bucket(x, y, buckets)
        offset[bucket[i] + 1] += 1
    for b in range(buckets):
        offset[b + 1] += offset[b]
    at = offset[:-1].copy()
    rows = np.empty(len(lon_e7), np.int32)
    for i in range(len(lon_e7)):
        rows[at[bucket[i]]] = i
        at[bucket[i]] += 1
    return rows, offset


@lean_inner
def _nearest_fixes(
    t_us: I64, lon_e7: I32, lat_e7: I32, track: I32, cells: tuple[I32, I64], place: tuple[int, int, int],
    span: tuple[int, int], radius_m: float, nearest: I64, near_m: F64, found: I32,
) -> int:  # fmt: skip
    """The row of the fix nearest to a place of every track that came within the radius in time, written to ``nearest``;
    the tracks to ``found``; returns how many."""
    lon, lat = place[1] * 1e-7, place[2] * 1e-7
    reach = int(radius_m / METRES_A_DEGREE * 1e7) + 1
    wide = int(reach / max(0.01, math.cos(math.radians(min(89.9, abs(lat) + reach * 1e-7))))) + 1
    # Metres in 1e-7 degrees, at least: most fixes of a roadstead are passed over by it, before the exact distance.
    up = METRES_A_DEGREE * 1e-7 * QUICK
    along = up * max(0.0, math.cos(math.radians(min(90.0, abs(lat) + reach * 1e-7))))
    rows, offset = cells
    x1, y1 = (place[1] + wide + 1_800_000_000) // CELL_E7, (min(900_000_000, place[2] + reach) + 900_000_000) // CELL_E7
    x0, y0 = (
        (place[1] - wide + 1_800_000_000) // CELL_E7,
        (max(-900_000_000, place[2] - reach) + 900_000_000) // CELL_E7,
    )
    n = 0
    for y in range(y0, y1 + 1):
        for x in range(x0, min(x1, x0 + AROUND_CELLS - 1) + 1):
            cx = x % AROUND_CELLS
            b = _bucket(cx, y, len(offset) - 1)
            for e in range(first_at(t_us, rows, offset[b], offset[b + 1], span[0]), offset[b + 1]):
                i = rows[e]
                if t_us[i] > span[1]:
                    break
                if _cell(lon_e7[i], lat_e7[i]) != (cx, y):
                    continue
                k = track[i]
                dx = abs(lon_e7[i] - place[1])
                dx, dy = min(dx, 3_600_000_000 - dx) * along, (lat_e7[i] - place[2]) * up
                most = radius_m if nearest[k] < 0 else near_m[k]
                if dx * dx + dy * dy > most * most:
                    continue
                far = distance_m(lon, lat, lon_e7[i] * 1e-7, lat_e7[i] * 1e-7)
                if far > radius_m:
                    continue
                if nearest[k] < 0:
                    found[n] = k
                    n += 1
                if nearest[k] < 0 or far < near_m[k] or (far == near_m[k] and t_us[i] < t_us[nearest[k]]):
                    nearest[k], near_m[k] = i, far
    return n


@kernel
def others_at(
    t_us: I64, track: I32, lon_e7: I32, lat_e7: I32, vessel: I32, rows: I32, offset: I64, cells: tuple[I32, I64],
    one: int, two: int, place: tuple[int, int, int], courses: tuple[float, float], radius_m: float, most_deg: float,
    after_us: int,
) -> int:  # fmt: skip
    """How many vessels beside those of tracks ``one`` and ``two`` came within radius_m of a place on these courses.

    columns  the fixes of all tracks, ordered by time; vessel int32[tracks]; rows, offset  rows of each track by time;
    cells    see ``by_cell``
    place    (microseconds, lon_e7, lat_e7); courses  degrees (to it, from it), each met within ``most_deg``
    after_us  fixes up to so long after the place's instant are looked at
    """
    span = (place[0] - BEFORE_US, place[0] + after_us)
    nearest, near_m = np.full(len(vessel), -1, np.int64), np.empty(len(vessel))
    found = np.empty(len(vessel), np.int32)
    met = np.zeros(len(vessel), np.bool_)
    n = 0
    for f in range(_nearest_fixes(t_us, lon_e7, lat_e7, track, cells, place, span, radius_m, nearest, near_m, found)):
        k = found[f]
        if vessel[k] == vessel[one] or vessel[k] == vessel[two] or met[vessel[k]]:
            continue
        lo, hi = offset[k], offset[k + 1]
        at = lo + np.searchsorted(rows[lo:hi], nearest[k])
        to = _course_of(t_us, lon_e7, lat_e7, rows, at, lo, hi, span, True)
        on = _course_of(t_us, lon_e7, lat_e7, rows, at, lo, hi, span, False)
        if to < 0.0 or on < 0.0 or _turned(to, courses[0]) > most_deg or _turned(on, courses[1]) > most_deg:
            continue
        met[vessel[k]] = True
        n += 1
    return n
