"""From contacts within bins to runs: maximal intervals in which two tracks stay within reach.

Decides: a contact that ends at a bin's end goes on in the contact of the same pair that begins at the next bin's start.
Refuses: to join what is apart, by however little: "one missed sample must not split a run" is met by legs, not by
closing gaps. Known failures: two ships riding the very edge of the distance give many short runs.
"""

from __future__ import annotations

import numpy as np

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I64
from beaconline.understand.pairs.bins import BIN_US

__all__ = ["fold_bins"]

# Columns of a run: track a, track b, start, end, time of closest approach (microseconds since 1970).
A, B, START, END, CLOSEST = 0, 1, 2, 3, 4


@kernel
def _put(to: I64, to_dist: F64, n: int, row: I64, dist: float) -> None:
    for c in range(5):
        to[n, c] = row[c]
    to_dist[n] = dist


@kernel
def _finish(done: I64, done_d: F64, n: int, row: I64, dist: float, least_us: int) -> int:
    """Keep a run that has ended if it is long enough; returns how many are kept by now."""
    if row[END] - row[START] < least_us:
        return n
    _put(done, done_d, n, row, dist)
    return n + 1


@kernel
def fold_bins(
    open_runs: I64, open_dist: F64, contacts: I64, dist: F64, border_bin: int, min_us: int
) -> tuple[I64, F64, I64, F64]:
    """Carry runs through the contacts of the bins before ``border_bin``.

    open_runs   int64[m, 5] that reach the first bin's start, by (a, b); open_dist float64[m], metres
    contacts    int64[n, 6] as of ``join_bins``, by (bin, a, b, start), and their closest approaches
    min_us      closed runs shorter than this, or of no length, are dropped
    Returns (closed runs and distances, by (end bin, a, b, start); runs open at the border, by (a, b)).
    """
    # Every run that ends began as an open run or as a contact: the room is enough and is only touched where used.
    room = len(open_dist) + len(dist)
    done, done_d, n_done = np.empty((room, 5), np.int64), np.empty(room), 0
    live, live_d, n_live = open_runs, open_dist, len(open_dist)
    row = np.empty(5, np.int64)
    least, c = max(1, min_us), 0
    while c < len(dist):
        b, end = contacts[c, 0], c
        while end < len(dist) and contacts[end, 0] == b:
            end += 1
        next_, next_d, n_next, o = np.empty((end - c, 5), np.int64), np.empty(end - c), 0, 0
        for r in range(c, end):
            for i in range(5):
                row[i] = contacts[r, i + 1]
            near = dist[r]
            while o < n_live and (live[o, A] < row[A] or (live[o, A] == row[A] and live[o, B] < row[B])):
                n_done = _finish(done, done_d, n_done, live[o], live_d[o], least)
                o += 1
            if o < n_live and live[o, A] == row[A] and live[o, B] == row[B]:
                if row[START] == b * BIN_US and live[o, END] == row[START]:
                    row[START] = live[o, START]
                    if live_d[o] <= near:
                        near, row[CLOSEST] = live_d[o], live[o, CLOSEST]
                else:
                    n_done = _finish(done, done_d, n_done, live[o], live_d[o], least)
                o += 1
            if row[END] == (b + 1) * BIN_US:
                _put(next_, next_d, n_next, row, near)
                n_next += 1
            else:
                n_done = _finish(done, done_d, n_done, row, near, least)
        for rest in range(o, n_live):
            n_done = _finish(done, done_d, n_done, live[rest], live_d[rest], least)
        live, live_d, n_live, c = next_, next_d, n_next, end
    if n_live and live[0, END] < border_bin * BIN_US:
        for rest in range(n_live):
            n_done = _finish(done, done_d, n_done, live[rest], live_d[rest], least)
        n_live = 0
    return done[:n_done], done_d[:n_done], live[:n_live], live_d[:n_live]
