"""Bins of time: which are settled, and which a fix makes stale.

Decides: a new fix changes its track between the fix before it and the fix after it, so the bins from the one to the
other are stale. Refuses: to guess that a bin is done because its hour has passed; the next fix may be an hour away.
Source: design page "One engine for pairs". Known failures: none known.
"""

from __future__ import annotations

__all__ = ["BIN_US", "border_bin", "dirty_bins", "only_own_bin"]

BIN_US = 300_000_000
"""Width of a bin, microseconds (300 s: a dozen AIS reports; ships move one or two grid cubes in it). Results do not
depend on it beyond rounding; far larger bins make boxes fat, far smaller ones make pieces many."""


def border_bin(watermark_us: int, max_bridge_us: int) -> int:
    """The first bin that is not settled when all rows up to the watermark are there: bin b is settled when a fix after
    the watermark is too far from its end for any leg to reach back."""
    return (watermark_us - max_bridge_us) // BIN_US


def only_own_bin(t_us: int, *_neighbours_us: int) -> range:
    """The bin of an instant, as a range of one."""
    return range(t_us // BIN_US, t_us // BIN_US + 1)


def dirty_bins(t_us: int, *neighbours_us: int) -> range:
    """The bins that a fix at ``t_us`` makes stale; neighbours are the times of the fixes before and after it on its
    track, where they are near enough for a leg."""
    if not neighbours_us:
        return only_own_bin(t_us)
    return range(min(t_us, *neighbours_us) // BIN_US, max(t_us, *neighbours_us) // BIN_US + 1)
