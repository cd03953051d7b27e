"""Times ahead of what the rest of the input supports: one stamp of 2099 must not make every track look dark.

The rule. Times are put in order. From the middle one on, a gap between two neighbours is *wide* when it is longer than

    max(FLOOR_S * max(1, FEW_ROWS / n), time from the middle row to the gap)

so a dense half hour allows 36 hours, a file of two years allows a year, and ten rows allow 150 days. What lies after a
wide gap (its tail) needs support, and the more the wider the gap. Support is told by *tracked* vessels: those with at
least TRACK_FIXES fixes in the tail, one after another, at times of their own and no wide gap between them. A stamp here
and there in many ships tracks nothing.

- A gap up to NEAR_S: two tracked vessels; or one with SHARE_PER_YEAR of all rows for each year of the gap; or any SHARE
  of all rows (and two).
- A longer gap, in which a year told wrong lies: tracked vessels with SHARE_PER_YEAR a year of all rows, at most SHARE;
  two of them at least. One alone needs SHARE of the rows and no fix before the gap, unless there is no other vessel.
- Either: an input that lies wholly after the gap, up to OWN_LOG_S of it, with OWN_LOG_ROWS rows and a tracked vessel,
  is the log of another time.

The first tail that is not supported is put in quarantine, whole.

Decides: nothing about times that are too early, nor about clocks wrong by less than the gap allowed. Refuses: the wall
clock; the answer depends on the rows only, and not on their order. Known failures: a broken clock shared by that many
rows and vessels (a receiver whose week counter rolled over) is believed; an honest tail of a few rows after a wide gap
is not. With two rows nothing is quarantined, since neither supports more than the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from beaconline.foundation.records.times import US_PER_S
from beaconline.foundation.table.reports import I32, I64
from beaconline.see.clean.numbers import Mask8

__all__ = ["latest_supported"]

Codes = npt.NDArray[np.signedinteger[Any]]

FLOOR_S = 36 * 3600
"""Seconds of silence that are never strange: a real half hour of coastal traffic has stray rows 14 h later. Smaller
would reject them; larger would believe a clock that is a day or two ahead."""

FEW_ROWS = 1000
"""Under this many rows the gap allowed grows in proportion: few rows cannot claim to know how long silence lasts."""

TRACK_FIXES = 3
"""Fixes of a vessel in a row that make a track: a flipped bit hits one or two, a log holds many."""

YEAR_S = 365.25 * 86_400

NEAR_S = 183 * 86_400
"""Half a year: a year told wrong leaves a wider gap in every log that is shorter than the other half."""

SHARE_PER_YEAR = 0.05
"""Share of all rows that tracked vessels need, a year of the gap. Smaller would believe a few broken clocks."""

SHARE = 0.2
"""Share of all rows beyond which no more is asked."""

OWN_LOG_ROWS, OWN_LOG_S = 50, 10 * YEAR_S
"""Rows of an input that can be a log of its own, and how far ahead: beyond, its clock is the likelier thing."""


@dataclass(frozen=True, slots=True)
class _Tail:
    """What lies after a gap: its rows, their vessels as far as tracked, and which rows those have."""

    t_us: I64
    vessel: I32
    source: Codes
    tracked: I32
    rows: int
    """Rows of tracked vessels."""


def latest_supported(t_us: I64, vessel: I32, source: Codes | None = None) -> int | None:
    """The largest time that the rest supports; None when that is simply the largest time.

    t_us    int64[n], any order
    vessel  int32[n], equal for rows of one vessel, -1 for rows without identity (together they count as one)
    source  int[n], equal for rows of one input; None: all of one
    """
    n = len(t_us)
    if n < 3:
        return None
    allowed = FLOOR_S * US_PER_S * max(1.0, FEW_ROWS / n)
    if float(t_us.max()) - float(t_us.min()) <= allowed:
        return None
    times = np.sort(t_us)
    middle = (n - 1) // 2
    upper = times[middle:]
    wide = np.flatnonzero(np.diff(upper) > np.maximum(allowed, upper[:-1] - upper[0]))
    if source is None:
        source = np.zeros(n, np.int32)
    for place in wide:
        end = int(upper[place])
        after = t_us > end
        tail = _tail(t_us[after], vessel[after], source[after], allowed)
        gap_s = (int(upper[place + 1]) - end) / US_PER_S
        if not (_many(tail, gap_s, vessel, after) or _own_log(tail, gap_s, source, after)):
            return end
    return None


def _tail(t_us: I64, vessel: I32, source: Codes, allowed_us: float) -> _Tail:
    order = np.lexsort((t_us, vessel))
    t_us, vessel, source = t_us[order], vessel[order], source[order]
    step = np.diff(t_us)
    # A fix that follows another of its vessel; TRACK_FIXES - 1 of these one after another make a track.
    follows = (vessel[1:] == vessel[:-1]) & (step > 0) & (step <= allowed_us)
    run = np.ones(max(0, len(follows) - TRACK_FIXES + 2), np.bool_)
    for k in range(TRACK_FIXES - 1):
        run &= follows[k : k + len(run)]
    tracked = np.unique(vessel[: len(run)][run])
    return _Tail(t_us, vessel, source, tracked, int(np.isin(vessel, tracked).sum()))


def _many(tail: _Tail, gap_s: float, vessel: I32, after: Mask8) -> bool:
    n, vessels = len(vessel), len(tail.tracked)
    needed = min(SHARE, SHARE_PER_YEAR * gap_s / YEAR_S) * n
    if gap_s <= NEAR_S:
        return vessels >= 2 or (vessels == 1 and tail.rows >= needed) or len(tail.t_us) >= max(2.0, SHARE * n)
    if vessels >= 2:
        return tail.rows >= needed
    if vessels == 0 or tail.rows < SHARE * n:
        return False
    own = vessel == tail.tracked[0]
    return bool(own.all()) or not bool((own & ~after).any())


def _own_log(tail: _Tail, gap_s: float, source: Codes, after: Mask8) -> bool:
    if gap_s > OWN_LOG_S:
        return False
    own = ~np.isin(tail.source, np.unique(source[~after])) & np.isin(tail.vessel, tail.tracked)
    return bool(own.any()) and int(np.bincount(tail.source[own]).max()) >= OWN_LOG_ROWS
