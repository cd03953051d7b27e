"""The places of many tracks on the beat, each track worked out once for all the pairs that it belongs to.

Decides: which beats of which tracks are needed for some runs, and in what groups, so that memory stays bounded whatever
is asked for at once. Refuses: to judge. Grouping changes no result: a place depends on the fixes around it alone.
Source: own method. Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.detectors.shadow_motion import changes, write_places
from beaconline.understand.pairs.measure import index_by_track
from beaconline.understand.pairs.window import Fixes

__all__ = ["MOST_BEATS", "Beats", "grouped"]

MOST_BEATS = 2_000_000
"""Beats held at once (144 MB of places and changes). Fewer cost time, more memory; results do not depend on it."""

LegRule = tuple[int, float, float]
"""(longest bridge in microseconds, fastest leg in metres a microsecond, slack in metres)."""


@dataclass(frozen=True, slots=True)
class Beats:
    """Places of tracks: those of track k on beat b are in row base[k] + b of ``at`` (float64[n, 5], ``write_places``);
    changes there in the same row of ``change`` (float64[n, 4], ``changes``), which is empty unless asked for."""

    at: F64
    change: F64
    base: I64

    def of(self, track: int, first: int, stop: int) -> F64:
        """Places of a track on beats first..stop-1 (a view)."""
        begin = int(self.base[track]) + first
        return self.at[begin : begin + stop - first]

    def changes_of(self, track: int, first: int, stop: int) -> F64:
        """Changes of a track on beats first..stop-1 (a view)."""
        begin = int(self.base[track]) + first
        return self.change[begin : begin + stop - first]


@kernel
def _spans(codes: I64, first: I64, stop: I64, which: I64, n_tracks: int) -> tuple[I64, I64, int]:
    """First and last beat (excluded) of every track over some runs, and beats in all."""
    lo, hi = np.full(n_tracks, 2**62, np.int64), np.full(n_tracks, -(2**62), np.int64)
    total = 0
    for r in which:
        for side in range(2):
            k = codes[r, side]
            if lo[k] <= hi[k]:
                total -= hi[k] - lo[k]
            lo[k], hi[k] = min(lo[k], first[r]), max(hi[k], stop[r])
            total += hi[k] - lo[k]
    return lo, hi, total


@kernel
def _fill(
    t_us: I64, lon_e7: I32, lat_e7: I32, bridge_us: I64, rows: I32, offset: I64, lo: I64, hi: I64, base: I64,
    last_us: int, leg_rule: LegRule, out: F64,
) -> None:  # fmt: skip
    for k in range(len(lo)):
        if lo[k] < hi[k]:
            part = out[base[k] + lo[k] : base[k] + hi[k]]
            write_places(
                t_us, lon_e7, lat_e7, bridge_us, rows, offset[k], offset[k + 1], lo[k], last_us, leg_rule, part
            )


@kernel
def _fill_changes(at: F64, lo: I64, hi: I64, base: I64, out: F64) -> None:
    for k in range(len(lo)):
        if lo[k] < hi[k]:
            out[base[k] + lo[k] : base[k] + hi[k]] = changes(at[base[k] + lo[k] : base[k] + hi[k]])


def grouped(
    fixes: Fixes, n_tracks: int, codes: I64, first: I64, stop: I64, last_us: int, leg_rule: LegRule,
    *, with_changes: bool = False,
) -> Iterator[tuple[I64, Beats]]:  # fmt: skip
    """Groups of runs with the places of their tracks: (rows of the runs, beats).

    fixes  the window, ordered by time; codes int64[n, 2] the tracks of each run; first, stop int64[n] the beats that
    it needs (last excluded); nothing is told after ``last_us``
    """
    if not len(codes):
        return
    chosen = np.zeros(n_tracks, np.uint8)
    chosen[codes.ravel()] = 1
    rows, offset = index_by_track(fixes.track, chosen)
    columns = (fixes.t_us, fixes.lon_e7, fixes.lat_e7, fixes.bridge_us, rows, offset)
    waiting = [np.argsort(first, kind="stable")]
    while waiting:
        which = waiting.pop()
        lo, hi, total = _spans(codes, first, stop, which, n_tracks)
        if total > MOST_BEATS and len(which) > 1:
            half = len(which) // 2
            waiting += [which[half:], which[:half]]
            continue
        size = np.maximum(0, hi - lo)
        base = np.concatenate([np.zeros(1, np.int64), np.cumsum(size)[:-1]]) - np.where(size > 0, lo, 0)
        at = np.full((int(size.sum()), 5), np.nan)
        _fill(*columns, lo, hi, base, last_us, leg_rule, at)
        change = np.empty((len(at) if with_changes else 0, 4))
        if with_changes:
            _fill_changes(at, lo, hi, base, change)
        yield which, Beats(at, change, base)
