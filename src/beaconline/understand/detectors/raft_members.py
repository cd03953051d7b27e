"""Who lay in a raft, since when, how still, and who fell silent there: one record a raft and vessel.

Decides: a vessel's speed is what it made good between places at least five minutes apart, so that neither a false
reported speed nor position noise counts; a member fell silent when it was not heard for an hour after the last fix of
its stay. Refuses: to keep more than one record of fixed size for a vessel, however often it comes and goes.
Source: behaviours page, ``raft``. Known failures: a vessel that only sends every hour is told apart from a silent one
by its next fix alone.
"""

from __future__ import annotations

import math

import numpy as np

from beaconline.foundation.geo.geodesy import KN_MS, distance_m
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64

__all__ = [
    "FIRST_LAT", "FIRST_LON", "FIRST_US", "FROM", "INSIDE", "LAST_LAT", "LAST_LON", "LAST_US", "N_RECORD", "RAFT",
    "SEEN_US", "SILENT", "SILENT_US", "SLOW_US", "STAYS", "TO", "TOTAL_US", "TRACK", "is_slow", "middle", "new_record",
    "observe",
]  # fmt: skip

SAMPLE_US = 300_000_000
"""Places so far apart in time (5 min, microseconds) tell a speed: 20 m of position noise is then 0.13 kn."""
SILENT_US = 3_600_000_000
"""Not heard for longer (1 h) after the last fix of a stay: it fell silent. The longest bridge allowed where that is
less, or the answer would not be known when a stay is settled."""

# Columns of a record: raft and track; first and last instant as a member; since when it is inside now (-1 = it is
# not); time inside over all stays, and their number; first and last fix inside (microseconds since 1970, degrees x
# 1e7); the place from which the next speed is taken; time with a speed known, and of it with a speed under the limit;
# 1 when it fell silent inside.
RAFT, TRACK, FROM, TO, INSIDE, TOTAL_US, STAYS = 0, 1, 2, 3, 4, 5, 6
FIRST_US, FIRST_LON, FIRST_LAT, LAST_US, LAST_LON, LAST_LAT = 7, 8, 9, 10, 11, 12
SAMPLE, SAMPLE_LON, SAMPLE_LAT, SEEN_US, SLOW_US, SILENT = 13, 14, 15, 16, 17, 18
N_RECORD = 19
NEVER = -(2**62)


def new_record(raft: int, track: int, t_us: int) -> list[int]:
    """A vessel that joins a raft at an instant."""
    row = [0] * N_RECORD
    row[RAFT], row[TRACK], row[FROM], row[TO], row[INSIDE], row[STAYS] = raft, track, t_us, t_us, t_us, 1
    row[FIRST_US] = row[LAST_US] = row[SAMPLE] = NEVER
    return row


@kernel
def observe(
    t_us: I64, lon_e7: I32, lat_e7: I32, offset: I64, stays: I64, records: I64, slow_kn: float,
    silent_us: int, known_us: int,
) -> None:  # fmt: skip
    """Note the fixes of stays in their records, in place.

    columns, offset  fixes by track then time; records int64[n, N_RECORD]
    stays     int64[m, 4]: record, from, to, 1 when the stay ends there; in order of time for each record
    silent_us  not heard for longer after the last fix of a stay: it fell silent; known_us  every fix up to then is
    among the columns
    """
    for s in range(len(stays)):
        rec = records[stays[s, 0]]
        lo, hi = offset[rec[TRACK]], offset[rec[TRACK] + 1]
        p = lo + np.searchsorted(t_us[lo:hi], stays[s, 1])
        while p < hi and t_us[p] <= stays[s, 2]:
            _fix(rec, t_us[p], lon_e7[p], lat_e7[p], slow_kn)
            p += 1
        if stays[s, 3] == 1:
            quiet_until = t_us[p] if p < hi else known_us
            # Only a stay that ends at a fix can end in silence: else the vessel was heard to leave.
            if rec[LAST_US] == stays[s, 2] and quiet_until - stays[s, 2] > silent_us:
                rec[SILENT] = 1
            rec[SAMPLE] = NEVER


@kernel
def _fix(rec: I64, t: int, lon: int, lat: int, slow_kn: float) -> None:
    if rec[LAST_US] >= t:
        return  # the end of one stretch is the beginning of the next
    if rec[FIRST_US] == NEVER:
        rec[FIRST_US], rec[FIRST_LON], rec[FIRST_LAT] = t, lon, lat
    rec[LAST_US], rec[LAST_LON], rec[LAST_LAT], rec[SILENT] = t, lon, lat, 0
    if rec[SAMPLE] != NEVER:
        span = t - rec[SAMPLE]
        if span < SAMPLE_US:
            return
        way = distance_m(rec[SAMPLE_LON] * 1e-7, rec[SAMPLE_LAT] * 1e-7, lon * 1e-7, lat * 1e-7)
        rec[SEEN_US] += span
        if way < slow_kn * KN_MS * span * 1e-6:
            rec[SLOW_US] += span
    rec[SAMPLE], rec[SAMPLE_LON], rec[SAMPLE_LAT] = t, lon, lat


def is_slow(record: list[int]) -> bool:
    """Whether it lay or drifted slowly at least half of the time that tells; True where none does, since every leg of
    a link is slow."""
    return 2 * record[SLOW_US] >= record[SEEN_US]


def middle(places: list[tuple[int, int]]) -> tuple[int, int]:
    """The middle of places (degrees x 1e7), on the sphere, so that no meridian or pole is special."""
    x = y = z = 0.0
    for lon_e7, lat_e7 in sorted(places):
        lon, lat = math.radians(lon_e7 * 1e-7), math.radians(lat_e7 * 1e-7)
        x, y, z = x + math.cos(lat) * math.cos(lon), y + math.cos(lat) * math.sin(lon), z + math.sin(lat)
    lon_deg, lat_deg = math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))
    return round(lon_deg * 1e7), round(lat_deg * 1e7)
