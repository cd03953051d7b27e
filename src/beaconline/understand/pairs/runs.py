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
def _keep(runs: I64, dist: F64, n: int, run: I64, d: float) -> tuple[I64, F64, int]:
    """Append one run, growing by doubling."""
    if n == len(dist):
        wider, longer = np.empty((2 * n, 5), np.int64), np.empty(2 * n)
        wider[:n], longer[:n] = runs, dist
        runs, dist = wider, longer
    runs[n], dist[n] = run, d
    return runs, dist, n + 1


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
    done, done_d, n_done = np.empty((16, 5), np.int64), np.empty(16), 0
    live, live_d, n_live = open_runs, open_dist, len(open_dist)
    c = 0
    one = np.empty(5, np.int64)
    least = max(1, min_us)
    while c < len(dist):
        b = contacts[c, 0]
        first, last = b * BIN_US, (b + 1) * BIN_US
        end = c
        while end < len(dist) and contacts[end, 0] == b:
            end += 1
        fresh, fresh_d, n_fresh = np.empty((end - c, 5), np.int64), np.empty(end - c), 0
        o = 0
        for r in range(c, end):
            one[A], one[B] = contacts[r, 1], contacts[r, 2]
            one[START], one[END], one[CLOSEST], d = contacts[r, 3], contacts[r, 4], contacts[r, 5], dist[r]
            while o < n_live and (live[o, A] < one[A] or (live[o, A] == one[A] and live[o, B] < one[B])):
                if live[o, END] - live[o, START] >= least:
                    done, done_d, n_done = _keep(done, done_d, n_done, live[o], live_d[o])
                o += 1
            if o < n_live and live[o, A] == one[A] and live[o, B] == one[B]:
                if one[START] == first and live[o, END] == first:
                    one[START] = live[o, START]
                    if live_d[o] <= d:
                        d, one[CLOSEST] = live_d[o], live[o, CLOSEST]
                elif live[o, END] - live[o, START] >= least:
                    done, done_d, n_done = _keep(done, done_d, n_done, live[o], live_d[o])
                o += 1
            if one[END] == last:
                fresh[n_fresh], fresh_d[n_fresh] = one, d
                n_fresh += 1
            elif one[END] - one[START] >= least:
                done, done_d, n_done = _keep(done, done_d, n_done, one, d)
        while o < n_live:
            if live[o, END] - live[o, START] >= least:
                done, done_d, n_done = _keep(done, done_d, n_done, live[o], live_d[o])
            o += 1
        live, live_d, n_live = fresh, fresh_d, n_fresh
        c = end
    if n_live and live[0, END] < border_bin * BIN_US:
        for o in range(n_live):
            if live[o, END] - live[o, START] >= least:
                done, done_d, n_done = _keep(done, done_d, n_done, live[o], live_d[o])
        n_live = 0
    return done[:n_done], done_d[:n_done], live[:n_live], live_d[:n_live]
