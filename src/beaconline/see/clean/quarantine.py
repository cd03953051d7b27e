"""Times ahead of what the rest of the input supports: one stamp of 2099 must not make every track look dark.

The rule. Times are put in order. From the middle one on, a gap between two neighbours is *wide* when it is longer than

    max(FLOOR_S * max(1, FEW_ROWS / n), time from the middle row to the gap)

so a dense half hour allows 36 hours, a file of two years allows a year, and ten rows allow 150 days. What lies after a
wide gap is *supported* when it holds at least SHARE of all rows (and two), or at least VESSELS vessels and
SHARE_VESSELS of all rows: an honest second log is many ships, a broken clock is few rows or one ship. The first tail
that is not supported is put in quarantine, whole.

Decides: nothing about times that are too early, nor about clocks wrong by less than the gap allowed. Refuses: the wall
clock; the answer depends on the rows only, and not on their order. Known failures: a broken clock shared by a fifth of
the rows (a receiver whose week counter rolled over) is believed; an honest tail of a few rows after a wide gap is not.
With two rows nothing is quarantined, since neither supports more than the other.
"""

from __future__ import annotations

import numpy as np

from beaconline.foundation.records.times import US_PER_S
from beaconline.foundation.table.reports import I32, I64

__all__ = ["latest_supported"]

FLOOR_S = 36 * 3600
"""Seconds of silence that are never strange: a real half hour of coastal traffic has stray rows 14 h later. Smaller
would reject them; larger would believe a clock that is a day or two ahead."""

FEW_ROWS = 1000
"""Under this many rows the gap allowed grows in proportion: few rows cannot claim to know how long silence lasts."""

SHARE = 0.2
"""Share of all rows that makes a tail believable on its own."""

SHARE_VESSELS, VESSELS = 0.01, 5
"""Or this share, if it is told by so many different vessels."""


def latest_supported(t_us: I64, vessel: I32) -> int | None:
    """The largest time that the rest supports; None when that is simply the largest time.

    t_us    int64[n], any order
    vessel  int32[n], equal for rows of one vessel, -1 for rows without identity (they count as no vessel)
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
    for place in wide:
        end = int(upper[place])
        tail = n - (middle + int(place) + 1)
        if tail >= max(2.0, SHARE * n):
            continue
        if tail >= SHARE_VESSELS * n:
            names = np.unique(vessel[t_us > end])
            if int((names >= 0).sum()) >= VESSELS:
                continue
        return end
    return None
