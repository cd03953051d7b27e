"""Two tracks on one beat of time: where each was, how fast it went, when it turned and when it changed speed.

Decides: places on whole beats of absolute time (so that no cut of the rows into ticks can shift them), along believed
legs only; a turn as the angle between the chords before and after a beat, a change of speed as the difference of the
way sailed before and after it; of neighbouring beats the one with the greatest change is the manoeuvre. Refuses: a
place beyond the last fix or inside a gap that no leg bridges; reported course and heading, which a ship may send or
not. Vectors are earth-centred (ECEF), so the antimeridian and the poles are ordinary places.
Source: own method. Known failures: fixes far apart move a manoeuvre to the fix after it; a turn that takes longer than
six minutes is told smaller than it was; chords cut corners by metres.
"""

from __future__ import annotations

import math

import numpy as np

from beaconline.foundation.geo.geodesy import F64, bearing_deg, ecef_point, lonlat_of
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.pairs.legs import believed

__all__ = [
    "AFTER",
    "BEAT_US",
    "BEFORE",
    "KIND",
    "LAT",
    "LON",
    "N_MOVE",
    "OTHERS",
    "REACH",
    "SIZE",
    "SPEED_MOVE",
    "TURN_MOVE",
    "T_US",
    "WINDOW",
    "changes",
    "fastest_m",
    "moved_at",
    "write_move",
    "write_places",
]  # fmt: skip

BEAT_US = 30_000_000
"""Beat of the sampled tracks, microseconds (30 s: 150 m at 10 kn, finer than anything asked of it; twice as coarse
doubles the error of a lag, twice as fine the time)."""

WINDOW = 6
"""Beats of the chord before and after (3 min, 280 m at 3 kn: position noise of 15 m then turns a chord by 4 deg)."""

REACH = 2 * WINDOW
"""Beats a manoeuvre looks back and ahead: the chords beside it, and those beside them."""

# Columns of a manoeuvre: which (a turn or a change of speed), when (microseconds), how much (thousandths of a degree to
# starboard, or millimetres a second gained), where (degrees x 1e7), course in hundredths of a degree or speed in
# millimetres a second before and after, and how many other vessels did the same there (-1 = not asked).
KIND, T_US, SIZE, LON, LAT, BEFORE, AFTER, OTHERS = 0, 1, 2, 3, 4, 5, 6, 7
N_MOVE = 8
TURN_MOVE, SPEED_MOVE = 0, 1


@inner
def first_at(t_us: I64, rows: I32, lo: int, hi: int, t: int) -> int:
    """The first of entries lo..hi-1 of ``rows`` whose time is at or after t; hi when there is none."""
    while lo < hi:
        mid = (lo + hi) // 2
        if t_us[rows[mid]] < t:
            lo = mid + 1
        else:
            hi = mid
    return lo


@kernel
def write_places(
    t_us: I64, lon_e7: I32, lat_e7: I32, bridge_us: I64, rows: I32, lo: int, hi: int,
    first_beat: int, last_us: int, leg_rule: tuple[int, float, float], out: F64,
) -> None:  # fmt: skip
    """Write to ``out`` (float64[n, 5], all NaN) of one track on beats first_beat, first_beat + 1, …: ECEF metres,
    length of the leg in seconds, and the instant of the fix that ends it (microseconds). NaN stays where no believed
    leg is.

    rows, lo, hi  the track's rows of the columns, ordered by time, are rows[lo:hi]
    last_us       nothing is told after it, and no fix after it is looked at but the next one
    leg_rule      (longest bridge, fastest leg in metres a microsecond, slack in metres)
    """
    n = len(out)
    p = first_at(t_us, rows, lo, hi, first_beat * BEAT_US)
    known = -1  # the leg that ends at entry ``known`` is worked out in a, v; its end is b
    ax = ay = az = bx = by = bz = vx = vy = vz = 0.0
    good = False
    for g in range(n):
        t = (first_beat + g) * BEAT_US
        if t > last_us:
            break
        while p < hi and t_us[rows[p]] < t:
            p += 1
        if p == hi:
            break
        if p == lo and t_us[rows[p]] > t:
            continue
        if p == lo:
            out[g, 0], out[g, 1], out[g, 2] = ecef_point(lon_e7[rows[p]] * 1e-7, lat_e7[rows[p]] * 1e-7)
            out[g, 3], out[g, 4] = 0.0, t
            continue
        i, j = rows[p - 1], rows[p]
        if known != p:
            if known == p - 1:
                ax, ay, az = bx, by, bz
            else:
                ax, ay, az = ecef_point(lon_e7[i] * 1e-7, lat_e7[i] * 1e-7)
            known = p
            bx, by, bz = ecef_point(lon_e7[j] * 1e-7, lat_e7[j] * 1e-7)
            vx, vy, vz = bx - ax, by - ay, bz - az
            length = math.sqrt(vx * vx + vy * vy + vz * vz)
            good = believed(t_us[j] - t_us[i], bridge_us[j], leg_rule[0], length, leg_rule[1], leg_rule[2])
        if good or t_us[j] == t:
            f = (t - t_us[i]) / (t_us[j] - t_us[i])
            out[g, 0], out[g, 1], out[g, 2] = ax + f * vx, ay + f * vy, az + f * vz
            out[g, 3], out[g, 4] = (t_us[j] - t_us[i]) * 1e-6, t_us[j]


@inner
def angle_between(p: F64, i0: int, i1: int, j0: int, j1: int) -> float:
    """Angle in radians from the chord i0-i1 to the chord j0-j1, positive to starboard; NaN when a place is not known
    or a chord has no length."""
    ax, ay, az = p[i1, 0] - p[i0, 0], p[i1, 1] - p[i0, 1], p[i1, 2] - p[i0, 2]
    bx, by, bz = p[j1, 0] - p[j0, 0], p[j1, 1] - p[j0, 1], p[j1, 2] - p[j0, 2]
    ux, uy, uz = p[j0, 0], p[j0, 1], p[j0, 2]
    norm = math.sqrt(ux * ux + uy * uy + uz * uz)
    over = ((ay * bz - az * by) * ux + (az * bx - ax * bz) * uy + (ax * by - ay * bx) * uz) / norm
    along = ax * bx + ay * by + az * bz
    if over == 0.0 and along == 0.0:
        return math.nan
    return -math.atan2(over, along)


@inner
def _step_m(p: F64, g: int) -> float:
    """Metres sailed from beat g to the next."""
    return math.sqrt((p[g + 1, 0] - p[g, 0]) ** 2 + (p[g + 1, 1] - p[g, 1]) ** 2 + (p[g + 1, 2] - p[g, 2]) ** 2)


@kernel
def fastest_m(p: F64) -> float:
    """The longest way from one beat to the next, metres; infinite when a place between two known ones is not known."""
    most, known, ended = 0.0, False, False
    for g in range(len(p)):
        if math.isnan(p[g, 0]):
            ended = known
            continue
        if ended:
            return math.inf
        if known:
            most = max(most, _step_m(p, g - 1))
        known = True
    return most


@kernel
def changes(p: F64) -> F64:
    """At every beat of the places (see ``places``): float64[n, 4] turn in radians to starboard, metres a second gained,
    speed before and after in metres a second; NaN where a place within WINDOW beats is not known."""
    n = len(p)
    out = np.full((n, 4), np.nan)
    span = WINDOW * BEAT_US * 1e-6
    step = np.empty(max(0, n - 1))
    for g in range(n - 1):
        step[g] = _step_m(p, g)
    for g in range(WINDOW, n - WINDOW):
        if math.isnan(p[g, 0]) or math.isnan(p[g - WINDOW, 0]) or math.isnan(p[g + WINDOW, 0]):
            continue
        before = after = 0.0
        for k in range(WINDOW):
            before += step[g - WINDOW + k]
            after += step[g + k]
        before, after = before / span, after / span
        out[g, 0] = angle_between(p, g - WINDOW, g, g, g + WINDOW)
        out[g, 1], out[g, 2], out[g, 3] = after - before, before, after
    return out


@inner
def is_peak(change: F64, g: int, column: int) -> bool:
    """Whether the change at beat g is the greatest within WINDOW beats on both sides; of equal ones the first is."""
    here = abs(change[g, column])
    if not here > 0.0:
        return False
    for k in range(max(0, g - WINDOW), min(len(change), g + WINDOW + 1)):
        there = abs(change[k, column])
        if there > here or (there == here and k < g):
            return False
    return True


@inner
def _course_cdeg(p: F64, i: int, j: int) -> int:
    """Course made good from beat i to beat j, hundredths of a degree."""
    lon0, lat0 = lonlat_of(p[i, 0], p[i, 1], p[i, 2])
    lon1, lat1 = lonlat_of(p[j, 0], p[j, 1], p[j, 2])
    return round(bearing_deg(lon0, lat0, lon1, lat1) * 100.0) % 36_000


@inner
def write_move(p: F64, change: F64, first_beat: int, g: int, which: int, out: I64) -> None:
    """Write the manoeuvre at beat g to ``out`` (int64[N_MOVE]). Its size is that between the chords beside it or those
    one window further out, whichever is greater: a ship needs minutes for a turn."""
    n, i, j = len(p), max(0, g - REACH), min(len(p) - 1, g + REACH)
    lon, lat = lonlat_of(p[g, 0], p[g, 1], p[g, 2])
    out[KIND], out[T_US], out[OTHERS] = which, (first_beat + g) * BEAT_US, -1
    out[LON], out[LAT] = round(lon * 1e7), round(lat * 1e7)
    wide = g - REACH >= 0 and g + REACH < n and not math.isnan(p[i, 0]) and not math.isnan(p[j, 0])
    if which == TURN_MOVE:
        size, k = change[g, 0], 0
        if wide:
            more = angle_between(p, g - REACH, g - WINDOW, g + WINDOW, g + REACH)
            if more * size > 0.0 and abs(more) > abs(size):
                size, k = more, WINDOW
        out[SIZE] = round(math.degrees(size) * 1000.0)
        out[BEFORE] = _course_cdeg(p, g - WINDOW - k, g - k)
        out[AFTER] = _course_cdeg(p, g + k, g + WINDOW + k)
        return
    before, after = change[g, 2], change[g, 3]
    if wide and not math.isnan(change[g - WINDOW, 2]) and not math.isnan(change[g + WINDOW, 3]):
        more = change[g + WINDOW, 3] - change[g - WINDOW, 2]
        if more * (after - before) > 0.0 and abs(more) > abs(after - before):
            before, after = change[g - WINDOW, 2], change[g + WINDOW, 3]
    out[SIZE] = round((after - before) * 1000.0)
    out[BEFORE], out[AFTER] = round(before * 1000.0), round(after * 1000.0)


@inner
def moved_at(change: F64, g: int, least: tuple[float, float, float]) -> tuple[bool, bool]:
    """Whether a (turn, change of speed) peaks at beat g that is not too small.

    least  (turn in radians, change of speed in metres a second, and as a share of the greater speed)
    """
    turned = abs(change[g, 0]) >= least[0] and is_peak(change, g, 0)
    enough = max(least[1], least[2] * max(change[g, 2], change[g, 3]))
    return turned, abs(change[g, 1]) >= enough and is_peak(change, g, 1)
