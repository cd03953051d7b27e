"""How two tracks kept company: where one was from the other, minute by minute, in the frame of their common way.

Decides: at every whole minute of a run (UTC, so that no cut into ticks matters) both places are interpolated, the way
made in the minute before is the common course, and the offset is split along and across it. Counts and histograms are
all that is kept, so a run of days costs no more than one of an hour. Refuses: to name what it sees; kinds do.
Source: tow, pair trawl and column differ by offset, not by distance. Known failures: with fixes far apart both sail
straight between them and seem steadier than they were.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from beaconline.foundation.table.kernels import kernel, lean_inner
from beaconline.foundation.table.reports import I32, I64

__all__ = ["N_COMPANY", "Company", "company_of", "keep_company"]

MINUTE_US = 60_000_000
METRES_E7 = 0.011131949
"""Metres in 1e-7 degree of latitude, near enough (0.5 %) for offsets of a few hundred metres."""
BUCKET_M, REACH_M = 20, 1_000
"""Width of a histogram's bucket and the farthest offset told apart, metres."""
WAY_M = 31
"""Way made in a minute by a vessel at 1 kn: slower is no course."""
SAME_COURSE = math.cos(math.radians(30.0))
IN_LINE = math.tan(math.radians(30.0))
"""In line: the offset lies within 30 degrees of fore and aft."""

# Columns of a run's counts: minutes, minutes with both under way on one course, of these: b in line astern of a, a in
# line astern of b, abeam (across more than along); then histograms of distance, along (b ahead of a is positive, in the
# upper half) and across (b to starboard is positive).
MINUTES, TOGETHER, B_ASTERN, A_ASTERN, ABEAM, HISTOGRAMS = 0, 1, 2, 3, 4, 5
HALF = REACH_M // BUCKET_M
N_COMPANY = HISTOGRAMS + HALF + 2 * HALF + 2 * HALF


@lean_inner
def _at(t_us: I64, lon_e7: I32, lat_e7: I32, p: int, hi: int, t: int) -> tuple[int, float, float]:
    """Walk on from row p to the leg that holds t: (its first row, longitude and latitude x 1e7 at t)."""
    while p + 1 < hi and t_us[p + 1] <= t:
        p += 1
    if t_us[p] >= t or p + 1 == hi:
        return p, float(lon_e7[p]), float(lat_e7[p])
    f = (t - t_us[p]) / (t_us[p + 1] - t_us[p])
    east = (np.int64(lon_e7[p + 1]) - lon_e7[p] + 5_400_000_000) % 3_600_000_000 - 1_800_000_000
    return p, lon_e7[p] + f * east, lat_e7[p] + f * (lat_e7[p + 1] - lat_e7[p])


@lean_inner
def _apart(lon: float, lat: float, lon2: float, lat2: float) -> tuple[float, float]:
    """Metres east and north of the second place from the first."""
    east = (lon2 - lon + 5.4e9) % 3.6e9 - 1.8e9
    return east * METRES_E7 * math.cos(math.radians((lat + lat2) * 0.5e-7)), (lat2 - lat) * METRES_E7


@lean_inner
def _bucket(metres: float) -> int:
    return min(HALF - 1, int(abs(metres) / BUCKET_M))


@lean_inner
def _signed(metres: float) -> int:
    return HALF + _bucket(metres) if metres >= 0.0 else HALF - 1 - _bucket(metres)


@lean_inner
def _count(out: I32, r: int, d: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> None:
    """Note one minute of run r: offset d of b from a, ways a and b made in the minute before (metres east, north)."""
    out[r, MINUTES] += 1
    out[r, HISTOGRAMS + _bucket(math.hypot(d[0], d[1]))] += 1
    wa, wb = math.hypot(a[0], a[1]), math.hypot(b[0], b[1])
    if wa < WAY_M or wb < WAY_M or a[0] * b[0] + a[1] * b[1] < SAME_COURSE * wa * wb:
        return
    e, n = a[0] + b[0], a[1] + b[1]
    w = math.hypot(e, n)
    along, across = (d[0] * e + d[1] * n) / w, (d[0] * n - d[1] * e) / w
    out[r, TOGETHER] += 1
    out[r, HISTOGRAMS + HALF + _signed(along)] += 1
    out[r, HISTOGRAMS + 3 * HALF + _signed(across)] += 1
    if abs(across) <= IN_LINE * abs(along):
        out[r, B_ASTERN if along < 0.0 else A_ASTERN] += 1
    elif abs(across) > abs(along):
        out[r, ABEAM] += 1


@kernel
def _first_at(t_us: I64, lo: int, hi: int, t: int) -> int:
    """The last of rows lo..hi-1 at or before t, or lo."""
    first = lo
    while lo < hi:
        mid = (lo + hi) // 2
        if t_us[mid] <= t:
            lo = mid + 1
        else:
            hi = mid
    return max(first, lo - 1)


@kernel
def keep_company(t_us: I64, lon_e7: I32, lat_e7: I32, offset: I64, runs: I64, since_us: I64, out: I32) -> None:
    """Count the minutes of runs, in place.

    columns, offset  fixes by track then time; runs int64[n, 5] as of ``runs``
    since_us   int64[n]: minutes up to it (included) are counted already; the run's start when none is
    out        int32[n, N_COMPANY], the columns are named above
    """
    for r in range(len(runs)):
        ka, kb = runs[r, 0], runs[r, 1]
        begin = max(since_us[r] + 1, runs[r, 2] + MINUTE_US)  # the minute before must lie in the run
        t = -((-begin) // MINUTE_US) * MINUTE_US
        a_hi, b_hi = offset[ka + 1], offset[kb + 1]
        pa = _first_at(t_us, offset[ka], a_hi, t - MINUTE_US)
        pb = _first_at(t_us, offset[kb], b_hi, t - MINUTE_US)
        while t <= runs[r, 3]:
            pa, alon, alat = _at(t_us, lon_e7, lat_e7, pa, a_hi, t - MINUTE_US)
            pb, blon, blat = _at(t_us, lon_e7, lat_e7, pb, b_hi, t - MINUTE_US)
            _, alon2, alat2 = _at(t_us, lon_e7, lat_e7, pa, a_hi, t)
            _, blon2, blat2 = _at(t_us, lon_e7, lat_e7, pb, b_hi, t)
            a = _apart(alon, alat, alon2, alat2)
            b = _apart(blon, blat, blon2, blat2)
            _count(out, r, _apart(alon2, alat2, blon2, blat2), a, b)
            t += MINUTE_US


@dataclass(frozen=True, slots=True)
class Company:
    """A run's minutes in words' reach; metres; None where no minute tells.

    minutes       whole minutes looked at; together: of these with both over 1 kn on courses within 30 degrees
    b_astern, a_astern, abeam  minutes of ``together``: in line one behind the other, or side by side
    distance, along, across    (10th percentile, median, 90th percentile); along: b ahead of a is positive
    """

    minutes: int
    together: int
    b_astern: int
    a_astern: int
    abeam: int
    distance: tuple[int, int, int] | None
    along: tuple[int, int, int] | None
    across: tuple[int, int, int] | None


def _spread(counts: npt.NDArray[np.int32], low_m: int) -> tuple[int, int, int] | None:
    """10th, 50th and 90th percentile of a histogram, as the middle of their buckets."""
    total = int(counts.sum())
    if total == 0:
        return None
    sums = np.cumsum(counts)
    at = [int(np.searchsorted(sums, max(1, math.ceil(total * part / 10)))) for part in (1, 5, 9)]
    return tuple(low_m + BUCKET_M * i + BUCKET_M // 2 for i in at)  # type: ignore[return-value]


def company_of(row: npt.NDArray[np.int32]) -> Company:
    """The counts of one run (a row of ``keep_company``'s out) as Company."""
    h = row[HISTOGRAMS:]
    minutes, together, b_astern, a_astern, abeam = (int(each) for each in row[:HISTOGRAMS])
    distance, along = _spread(h[:HALF], 0), _spread(h[HALF : 3 * HALF], -REACH_M)
    return Company(minutes, together, b_astern, a_astern, abeam, distance, along, _spread(h[3 * HALF :], -REACH_M))
