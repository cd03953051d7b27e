"""What the fixes say of both tracks of a run: how many, how fast, how far apart in time, where at its moments.

Decides: the speed of a fix is its reported one, else that of the believed legs that adjoin it; medians are lower
medians over fixes (of an even number the smaller middle one), so that they are a speed somebody had. Refuses: to weigh
speeds by time, and to fill in a speed where no leg is believed.
Source: the encounter rule (behaviours page). Known failures: reported speed is what the ship says of itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beaconline.foundation.geo.geodesy import KN_MS, bearing_deg, distance_m, ecef_point, lonlat_of
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.pairs.legs import U8, believed, on_great_circle

__all__ = ["LONG_LEG_US", "Speeds", "count_speeds", "index_by_track", "measure_sides"]

LONG_LEG_US = 600_000_000
"""A leg longer than this (10 min, microseconds) says little about what happened on it: its share of a run is told."""

# Columns of a side's counts; places are (lon_e7, lat_e7, microseconds to the nearest fix).
FIXES, LONGEST_US, BRIDGED_US, MEDIAN_MKN, SILENT, NET_MKN, NET_CDEG = 0, 1, 2, 3, 4, 5, 6
N_COUNTS = 7


class Speeds(NamedTuple):
    """Speeds (thousandths of a knot) seen on both sides of some runs: of side s of run r the ascending
    ``values[at[2r + s]:at[2r + s + 1]]``, each seen ``weights`` times."""

    values: I32
    weights: I64
    at: I64


@kernel
def index_by_track(track: I32, chosen: U8) -> tuple[I32, I64]:
    """Rows of the chosen tracks (uint8[tracks]) by track then time: (rows int32[m], offsets int64[tracks + 1])."""
    offset = np.zeros(len(chosen) + 1, np.int64)
    for i in range(len(track)):
        if chosen[track[i]]:
            offset[track[i] + 1] += 1
    for k in range(len(chosen)):
        offset[k + 1] += offset[k]
    at = offset[:-1].copy()
    rows = np.empty(offset[-1], np.int32)
    for i in range(len(track)):
        if chosen[track[i]]:
            rows[at[track[i]]] = i
            at[track[i]] += 1
    return rows, offset


@kernel
def _first_after(t_us: I64, lo: int, hi: int, t: int, strictly: bool) -> int:
    """The first of rows lo..hi-1 whose time is at or after t (after it when ``strictly``)."""
    while lo < hi:
        mid = (lo + hi) // 2
        if t_us[mid] < t or (strictly and t_us[mid] == t):
            lo = mid + 1
        else:
            hi = mid
    return lo


@kernel
def _leg(
    t_us: I64, lon_e7: I32, lat_e7: I32, bridge_us: I64, i: int, j: int, rule: tuple[int, float, float]
) -> tuple[int, float]:
    """The leg from row i to row j: (microseconds, metres), or (0, 0) when it is not believed."""
    gap = t_us[j] - t_us[i]
    length = distance_m(lon_e7[i] * 1e-7, lat_e7[i] * 1e-7, lon_e7[j] * 1e-7, lat_e7[j] * 1e-7)
    if believed(gap, bridge_us[j], rule[0], length, rule[1], rule[2]):
        return gap, length
    return 0, 0.0


@kernel
def _fix_speed_mkn(
    t_us: I64, lon_e7: I32, lat_e7: I32, speed_mkn: I32, bridge_us: I64,
    lo: int, hi: int, p: int, rule: tuple[int, float, float],
) -> int:  # fmt: skip
    """Speed at the fix in row p of its track's rows lo..hi-1, thousandths of a knot; -1 when nothing tells it."""
    if speed_mkn[p] >= 0:
        return int(speed_mkn[p])
    gap, way = 0, 0.0
    if p > lo:
        gap, way = _leg(t_us, lon_e7, lat_e7, bridge_us, p - 1, p, rule)
    if p + 1 < hi:
        more, further = _leg(t_us, lon_e7, lat_e7, bridge_us, p, p + 1, rule)
        gap, way = gap + more, way + further
    if gap == 0:
        return -1
    return round(way / (gap * 1e-6) / KN_MS * 1000.0)


@kernel
def side_speeds(
    t_us: I64, lon_e7: I32, lat_e7: I32, speed_mkn: I32, bridge_us: I64,
    lo: int, hi: int, begin_us: int, end_us: int, strictly: bool, rule: tuple[int, float, float],
) -> I32:  # fmt: skip
    """Speeds (thousandths of a knot) at the fixes of one track between two instants, both included (``strictly``: the
    first one not)."""
    first = _first_after(t_us, lo, hi, begin_us, strictly)
    out = np.empty(hi - first, np.int32)
    n = 0
    for p in range(first, hi):
        if t_us[p] > end_us:
            break
        v = _fix_speed_mkn(t_us, lon_e7, lat_e7, speed_mkn, bridge_us, lo, hi, p, rule)
        if v >= 0:
            out[n] = v
            n += 1
    return out[:n]


@kernel
def _median(values: I32) -> int:
    """Lower median; -1 of nothing. Reorders the values (Hoare's selection, so no full sort)."""
    if len(values) == 0:
        return -1
    want, lo, hi = (len(values) - 1) // 2, 0, len(values) - 1
    while lo < hi:
        pivot = values[(lo + hi) // 2]
        i, j = lo, hi
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i, j = i + 1, j - 1
        if want <= j:
            hi = j
        elif want >= i:
            lo = i
        else:
            break
    return int(values[want])


@kernel
def _median_with(values: I32, weights: I64, new: I32) -> int:
    """Lower median of ascending values, each seen so often, and of new ones (reordered); -1 of nothing."""
    if len(values) == 0:
        return _median(new)
    new.sort()
    total = len(new)
    for k in range(len(weights)):
        total += weights[k]
    left, i, j = (total - 1) // 2, 0, 0
    while True:
        if j < len(new) and (i == len(values) or new[j] < values[i]):
            if left == 0:
                return int(new[j])
            left -= 1
            j += 1
        else:
            if left < weights[i]:
                return int(values[i])
            left -= weights[i]
            i += 1


@kernel
def _place(t_us: I64, lon_e7: I32, lat_e7: I32, lo: int, hi: int, t: int, out: I64) -> None:
    """Where a track is at t (inside one of its legs): out becomes (lon_e7, lat_e7, microseconds to the nearest fix)."""
    p = _first_after(t_us, lo, hi, t, False)
    if p < hi and t_us[p] == t:
        out[0], out[1], out[2] = lon_e7[p], lat_e7[p], 0
        return
    i, j = max(lo, p - 1), min(p, hi - 1)
    a, b = np.empty(3), np.empty(3)
    a[0], a[1], a[2] = ecef_point(lon_e7[i] * 1e-7, lat_e7[i] * 1e-7)
    b[0], b[1], b[2] = ecef_point(lon_e7[j] * 1e-7, lat_e7[j] * 1e-7)
    span = max(1, t_us[j] - t_us[i])
    x, y, z = on_great_circle(a, b, (t - t_us[i]) / span)
    lon, lat = lonlat_of(x, y, z)
    out[0], out[1] = round(lon * 1e7), round(lat * 1e7)
    out[2] = min(t - t_us[i], t_us[j] - t)


@kernel
def _legs_in(t_us: I64, lo: int, hi: int, begin_us: int, end_us: int, out: I64) -> None:
    """Longest leg over the interval, and how much of it lies on long legs: out[LONGEST_US], out[BRIDGED_US]."""
    p = max(lo, _first_after(t_us, lo, hi, begin_us, True) - 1)
    while p + 1 < hi and t_us[p] < end_us:
        gap = t_us[p + 1] - t_us[p]
        overlap = min(t_us[p + 1], end_us) - max(t_us[p], begin_us)
        if overlap > 0:
            out[LONGEST_US] = max(out[LONGEST_US], gap)
            if gap > LONG_LEG_US:
                out[BRIDGED_US] += overlap
        p += 1


@kernel
def _ends_silent(
    t_us: I64, lon_e7: I32, lat_e7: I32, bridge_us: I64,
    lo: int, hi: int, t: int, rule: tuple[int, float, float],
) -> int:  # fmt: skip
    """1 when t is a fix of the track with no believed leg after it, else 0."""
    p = _first_after(t_us, lo, hi, t, False)
    if p == hi or t_us[p] != t:
        return 0
    if p + 1 < hi and _leg(t_us, lon_e7, lat_e7, bridge_us, p, p + 1, rule)[0] > 0:
        return 0
    return 1


@kernel
def _net(place: I64, span_us: int, out: I64) -> None:
    """Made good over the run, from the first place to the last: out[NET_MKN], out[NET_CDEG]."""
    lon0, lat0, lon1, lat1 = place[0, 0] * 1e-7, place[0, 1] * 1e-7, place[2, 0] * 1e-7, place[2, 1] * 1e-7
    out[NET_MKN] = round(distance_m(lon0, lat0, lon1, lat1) / (max(1, span_us) * 1e-6) / KN_MS * 1000.0)
    out[NET_CDEG] = round(bearing_deg(lon0, lat0, lon1, lat1) * 100.0) % 36_000


@kernel
def measure_sides(
    t_us: I64, lon_e7: I32, lat_e7: I32, speed_mkn: I32, bridge_us: I64, offset: I64,
    runs: I64, since_us: I64, counts: I64, places: I64, speeds: Speeds, rule: tuple[int, float, float],
) -> None:  # fmt: skip
    """Measure both sides of runs, in place.

    columns, offset  fixes by track then time (``index_by_track``); runs int64[n, 5] as of ``runs``
    since_us      int64[n]: up to when (included) counts, places and speeds already account for the run; the run's
                  start when for nothing yet
    counts        int64[n, 2, 7]: fixes, longest leg, time on long legs (microseconds), median speed (thousandths of a
                  knot, -1 = no fix inside and no leg), 1 when the track goes silent at the end, speed and course made
                  good (thousandths of a knot, hundredths of a degree)
    places        int64[n, 2, 3, 3]: at start, closest approach and end: lon_e7, lat_e7, microseconds to the nearest fix
    speeds        those accounted for
    rule          (longest bridge, fastest leg in metres a microsecond, slack in metres)
    """
    for r in range(len(runs)):
        begin, end, closest, since = runs[r, 2], runs[r, 3], runs[r, 4], since_us[r]
        known = since > begin
        for s in range(2):
            lo, hi = offset[runs[r, s]], offset[runs[r, s] + 1]
            place, out = places[r, s], counts[r, s]
            of = slice(speeds.at[2 * r + s], speeds.at[2 * r + s + 1])
            new = side_speeds(t_us, lon_e7, lat_e7, speed_mkn, bridge_us, lo, hi, since, end, known, rule)
            first = _first_after(t_us, lo, hi, since, known)
            out[FIXES] += _first_after(t_us, first, hi, end, True) - first
            _legs_in(t_us, lo, hi, since, end, out)
            if not known:
                _place(t_us, lon_e7, lat_e7, lo, hi, begin, place[0])
            if not known or closest > since:
                _place(t_us, lon_e7, lat_e7, lo, hi, closest, place[1])
            _place(t_us, lon_e7, lat_e7, lo, hi, end, place[2])
            _net(place, end - begin, out)
            out[MEDIAN_MKN] = _median_with(speeds.values[of], speeds.weights[of], new)
            if out[MEDIAN_MKN] < 0:
                out[MEDIAN_MKN] = out[NET_MKN]
            out[SILENT] = _ends_silent(t_us, lon_e7, lat_e7, bridge_us, lo, hi, end, rule)


@kernel
def count_speeds(
    t_us: I64, lon_e7: I32, lat_e7: I32, speed_mkn: I32, bridge_us: I64, offset: I64,
    runs: I64, since_us: I64, speeds: Speeds, rule: tuple[int, float, float],
) -> Speeds:  # fmt: skip
    """``speeds`` with those at the fixes of runs up to their ends; arguments as of ``measure_sides``."""
    room = len(speeds.values)
    for r in range(len(runs)):
        for s in range(2):
            lo, hi = offset[runs[r, s]], offset[runs[r, s] + 1]
            first = _first_after(t_us, lo, hi, since_us[r], since_us[r] > runs[r, 2])
            room += _first_after(t_us, first, hi, runs[r, 3], True) - first
    values, weights = np.empty(room, np.int32), np.empty(room, np.int64)
    at, n = np.zeros(2 * len(runs) + 1, np.int64), 0
    for r in range(len(runs)):
        begin, end, since = runs[r, 2], runs[r, 3], since_us[r]
        for s in range(2):
            lo, hi = offset[runs[r, s]], offset[runs[r, s] + 1]
            new = side_speeds(t_us, lon_e7, lat_e7, speed_mkn, bridge_us, lo, hi, since, end, since > begin, rule)
            new.sort()
            i, stop, j, own = speeds.at[2 * r + s], speeds.at[2 * r + s + 1], 0, n
            while i < stop or j < len(new):
                if j == len(new) or (i < stop and speeds.values[i] <= new[j]):
                    value, weight = speeds.values[i], speeds.weights[i]
                    i += 1
                else:
                    value, weight = new[j], 1
                    j += 1
                if n > own and values[n - 1] == value:
                    weights[n - 1] += weight
                else:
                    values[n], weights[n] = value, weight
                    n += 1
            at[2 * r + s + 1] = n
    return Speeds(values[:n], weights[:n], at)
