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

from beaconline.foundation.geo.geodesy import bearing_deg, distance_m
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I32, I64

__all__ = ["AFTER_US", "BEFORE_US", "others_at"]

BEFORE_US, AFTER_US = 1_800_000_000, 3_600_000_000
"""Others are looked for from half an hour before to an hour after, microseconds. A column passes within an hour, ships
on a lane stand a few miles apart; longer costs memory for every vessel."""

CHORD_US, LONG_CHORD_US = 300_000_000, 1_500_000_000
"""A course is that from a fix at least 5 min away to the nearest one; none further than 25 min off tells it."""

METRES_A_DEGREE = 110_500.0
"""Fewest metres in a degree of latitude: for a quick look before the distance is measured."""


@inner
def _turned(angle: float, other: float) -> float:
    """How far two directions are apart, degrees."""
    return abs((angle - other + 540.0) % 360.0 - 180.0)


@inner
def _course_of(t_us: I64, lon_e7: I32, lat_e7: I32, track: I32, at: int, lo: int, hi: int, back: bool) -> float:
    """Course to the fix in row ``at`` (``back``), or from it, by the nearest fix of its track CHORD_US away or more;
    -1 when there is none in rows lo..hi-1."""
    i, step = at, -1 if back else 1
    while lo <= i < hi and abs(t_us[i] - t_us[at]) <= LONG_CHORD_US:
        if track[i] == track[at] and abs(t_us[i] - t_us[at]) >= CHORD_US:
            a, b = (i, at) if back else (at, i)
            if lon_e7[a] == lon_e7[b] and lat_e7[a] == lat_e7[b]:
                return -1.0
            return bearing_deg(lon_e7[a] * 1e-7, lat_e7[a] * 1e-7, lon_e7[b] * 1e-7, lat_e7[b] * 1e-7)
        i += step
    return -1.0


@kernel
def others_at(
    t_us: I64, track: I32, lon_e7: I32, lat_e7: I32, vessel: I32, one: int, two: int,
    place: tuple[int, int, int], courses: tuple[float, float], radius_m: float, most_deg: float, after_us: int,
) -> int:  # fmt: skip
    """How many vessels beside those of tracks ``one`` and ``two`` came within radius_m of a place on these courses.

    columns  the fixes of all tracks, ordered by time; vessel int32[tracks]
    place    (microseconds, lon_e7, lat_e7); courses  degrees (to it, from it), each met within ``most_deg``
    after_us  fixes up to so long after the place's instant are looked at
    """
    lo = int(np.searchsorted(t_us, place[0] - BEFORE_US))
    hi = int(np.searchsorted(t_us, place[0] + after_us, side="right"))
    lon, lat = place[1] * 1e-7, place[2] * 1e-7
    reach = int(radius_m / METRES_A_DEGREE * 1e7) + 1
    wide = reach / max(0.01, math.cos(math.radians(min(89.9, abs(lat) + reach * 1e-7))))
    nearest = np.full(len(vessel), -1, np.int64)
    near_m = np.empty(len(vessel))
    for i in range(lo, hi):
        if abs(lat_e7[i] - place[2]) > reach:
            continue
        k, aside = track[i], abs(lon_e7[i] - place[1])
        if min(aside, 3_600_000_000 - aside) > wide:
            continue
        if vessel[k] == vessel[one] or vessel[k] == vessel[two]:
            continue
        far = distance_m(lon, lat, lon_e7[i] * 1e-7, lat_e7[i] * 1e-7)
        if far <= radius_m and (nearest[k] < 0 or far < near_m[k]):
            nearest[k], near_m[k] = i, far
    met = np.zeros(len(vessel), np.bool_)
    n = 0
    for k in range(len(vessel)):
        if nearest[k] < 0:
            continue
        to = _course_of(t_us, lon_e7, lat_e7, track, nearest[k], lo, hi, True)
        on = _course_of(t_us, lon_e7, lat_e7, track, nearest[k], lo, hi, False)
        if to < 0.0 or on < 0.0 or _turned(to, courses[0]) > most_deg or _turned(on, courses[1]) > most_deg:
            continue
        if not met[vessel[k]]:
            met[vessel[k]] = True
            n += 1
    return n
