"""Rows in time order, silences of feeds and of stations out: the compiled loop of ``feed_silent``.

Decides: for every source (a feed, a station) its longest ordinary silence, fading by a tenth each day with reports, and
which silence is longer than the limit and than a multiple of that. A silence that was told is not ordinary, until six
were told within two months: a source that often falls silent is one that does. Refuses: to judge a source that has not
delivered for long, and a station while its feed brings nothing either. Known failures: a source that slowly thins out
is never silent.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import lean_inner, lean_kernel
from beaconline.foundation.table.reports import I32, I64

__all__ = ["Rows", "SilenceRule", "Sources", "advance", "first_met", "still_silent"]

FIRST_T, T, LON, LAT, TRACK, ROWS, DAY, LONGEST, FEED, DEAD, DEAD_THEN, ALL_THEN, TOLD_T = range(13)
OFTEN = 5
"""Silences told within TOLD_US after which the next one, told as well, is ordinary from then on."""
RECENT = TOLD_T + OFTEN
"""Last four vessels heard: (track code, t_us) each."""
N_RECENT = 4
N_SOURCE = RECENT + 2 * N_RECENT
"""Whole numbers of a source: first report (t_us), last one (t_us, lon_e7, lat_e7, track code), reports so far, its
latest day with reports, longest ordinary silence (us, fading), its feed (-1: it is one), time a feed brought nothing
for longer than its least limit (us), the same of a station's feed when the station was last heard, all reports of the
run then, ends of the last silences told (t_us, OFTEN of them, the latest first)."""
CLOSED, U_T, U_LON, U_LAT, U_TRACK, LIMIT, OTHERS, SOURCE = range(N_SOURCE, N_SOURCE + 8)
N_OUT = N_SOURCE + 8
"""A silence handed out: the source as it was; 1 = ended; its end; its limit (us); reports of the run meanwhile; number
of the source."""

DAY_US = 86_400_000_000
TOLD_US = 60 * DAY_US
"""Two months: a fleet that stays in port every weekend is known after six."""
KEEP_TENTHS = 9
"""Tenths of the longest ordinary silence that are kept from one day with reports to the next: half is gone in a week,
so that a quiet weekend is remembered at the next."""
HEARD_US = 3_600_000_000
"""A vessel heard within an hour before is one that a station was hearing."""
FEW_VESSELS = 3
"""A station that was hearing fewer is not missed: they may have left."""
N_HEADS = 2
ALL, FOUND = 0, 1


class Rows(NamedTuple):
    """Columns of n rows in canonical order, and which sources a set of names stands for: numbers ``listed[at[c] :
    at[c + 1]]`` for code c of ``feeds`` (and of ``stations``)."""

    t_us: I64
    lon_e7: I32
    lat_e7: I32
    track: I32
    feeds: I32
    stations: I32
    feed_at: I64
    feed_listed: I64
    station_at: I64
    station_listed: I64


class SilenceRule(NamedTuple):
    """Limits, microseconds and counts."""

    feed_us: int
    station_us: int
    times: float
    rows: int
    learn_us: int


class Sources(NamedTuple):
    """All state: numbers of each source, heads (reports so far, silences in ``out``), and room for what is found."""

    numbers: I64
    heads: I64
    out: I64


@lean_inner
def _limit(rule: SilenceRule, n: I64) -> int:
    least = rule.feed_us if n[FEED] < 0 else rule.station_us
    return max(least, int(rule.times * n[LONGEST]))


@lean_inner
def _hearing(n: I64) -> int:
    """Vessels that a source heard within the hour before its last report."""
    count = 0
    for k in range(N_RECENT):
        count += n[RECENT + 2 * k] >= 0 and n[T] - n[RECENT + 2 * k + 1] <= HEARD_US
    return count


@lean_inner
def _silent_us(rule: SilenceRule, sources: Sources, n: I64, now_us: int, also_now: bool) -> int:
    """How long a source has been silent; of a station only while its feed was not. ``also_now``: the feed may be silent
    at this instant."""
    silent_us = now_us - n[T]
    if n[FEED] < 0:
        return int(silent_us)
    feed = sources.numbers[n[FEED]]
    silent_us -= feed[DEAD] - n[DEAD_THEN]
    if also_now and now_us - feed[T] > rule.feed_us:
        silent_us -= now_us - feed[T]
    return int(silent_us)


@lean_inner
def _is_silence(rule: SilenceRule, sources: Sources, n: I64, now_us: int, also_now: bool) -> bool:
    if n[ROWS] < rule.rows or n[T] - n[FIRST_T] < rule.learn_us:
        return False
    if n[FEED] >= 0 and _hearing(n) < FEW_VESSELS:
        return False
    return bool(_silent_us(rule, sources, n, now_us, also_now) > _limit(rule, n))


@lean_inner
def _hand_out(rule: SilenceRule, sources: Sources, source: int) -> int:
    """Number of a new row of ``out`` with the source's numbers. The caller has made room."""
    n = sources.numbers[source]
    place = sources.heads[FOUND]
    row = sources.out[place]
    for k in range(N_SOURCE):
        row[k] = n[k]
    row[LIMIT], row[SOURCE] = _limit(rule, n), source
    row[OTHERS] = sources.heads[ALL] - n[ALL_THEN]
    sources.heads[FOUND] += 1
    return int(place)


@lean_inner
def _told(n: I64, t: int) -> bool:
    """Note a silence that is told; False when it is one of many, and ordinary from now on."""
    often = n[TOLD_T + OFTEN - 1] != NO_TIME and t - n[TOLD_T + OFTEN - 1] <= TOLD_US
    for k in range(OFTEN - 1, 0, -1):
        n[TOLD_T + k] = n[TOLD_T + k - 1]
    n[TOLD_T] = t
    return not often


@lean_inner
def _take(rule: SilenceRule, sources: Sources, rows: Rows, i: int, source: int, feed: int) -> None:
    """One report of one source."""
    n, t = sources.numbers[source], rows.t_us[i]
    if n[ROWS] > 0:
        step_us = t - n[T]
        if step_us > rule.feed_us:
            if feed < 0:
                n[DEAD] += step_us
            if _is_silence(rule, sources, n, t, False):
                row = sources.out[_hand_out(rule, sources, source)]
                row[CLOSED], row[U_T], row[U_LON], row[U_LAT] = 1, t, rows.lon_e7[i], rows.lat_e7[i]
                row[U_TRACK] = rows.track[i]
                if _told(n, t):
                    step_us = 0
        if t // DAY_US > n[DAY]:
            n[DAY], n[LONGEST] = t // DAY_US, n[LONGEST] * KEEP_TENTHS // 10
        n[LONGEST] = max(n[LONGEST], step_us)
    else:
        n[FIRST_T], n[DAY] = t, t // DAY_US
    n[T], n[LON], n[LAT], n[TRACK] = t, rows.lon_e7[i], rows.lat_e7[i], rows.track[i]
    n[ROWS] += 1
    n[ALL_THEN] = sources.heads[ALL]
    if feed >= 0:
        n[FEED], n[DEAD_THEN] = feed, sources.numbers[feed, DEAD]
        _remember(n, rows.track[i], t)


@lean_inner
def _remember(n: I64, track: int, t: int) -> None:
    """Put a vessel among the last four heard, in the place it has or in that of the one heard longest ago."""
    if track < 0:
        return
    at = 0
    for k in range(N_RECENT):
        if n[RECENT + 2 * k] == track:
            at = k
            break
        if n[RECENT + 2 * k + 1] < n[RECENT + 2 * at + 1]:
            at = k
    n[RECENT + 2 * at], n[RECENT + 2 * at + 1] = track, t


@lean_kernel
def first_met(codes: I32, seen: npt.NDArray[np.bool_], met: I64) -> int:
    """Put each code into ``met`` where it is first met; how many there are. ``seen``: scratch, one for each code."""
    found = 0
    for i in range(len(codes)):
        if not seen[codes[i]]:
            seen[codes[i]] = True
            met[found] = codes[i]
            found += 1
    return found


@lean_kernel
def advance(rule: SilenceRule, sources: Sources, rows: Rows, begin: int, room: int) -> int:
    """Take rows from ``begin`` on; returns where it stopped since fewer than ``room`` places were left in ``out``, or
    the number of rows. ``room``: the most sources that one row names."""
    for i in range(begin, len(rows.t_us)):
        if len(sources.out) - sources.heads[FOUND] < room:
            return i
        sources.heads[ALL] += 1
        feed = np.int64(-1)
        for k in range(rows.feed_at[rows.feeds[i]], rows.feed_at[rows.feeds[i] + 1]):
            source = rows.feed_listed[k]
            feed = source if feed < 0 else feed
            _take(rule, sources, rows, i, source, -1)
        if feed >= 0:
            for k in range(rows.station_at[rows.stations[i]], rows.station_at[rows.stations[i] + 1]):
                _take(rule, sources, rows, i, rows.station_listed[k], int(feed))
    return len(rows.t_us)


@lean_kernel
def still_silent(rule: SilenceRule, sources: Sources, as_of_us: int) -> None:
    """Hand out the silences that stand at an instant; ``out`` has room for every source."""
    for source in range(len(sources.numbers)):
        n = sources.numbers[source]
        if n[ROWS] > 0 and _is_silence(rule, sources, n, as_of_us, True):
            row = sources.out[_hand_out(rule, sources, source)]
            row[CLOSED], row[U_T], row[U_LON], row[U_LAT], row[U_TRACK] = 0, as_of_us, n[LON], n[LAT], NO_TIME
