"""Which vessels hang together, and when: links of time into components that keep their identity.

Decides: a link of two vessels holds over breaks shorter than ``hold_us`` and counts when it lasts at least as long; a
component of at least ``least`` vessels is a raft. When one falls apart, the larger part keeps its name; when two join,
the older does, unless the other is larger by more than half. Refuses: to look ahead farther than twice ``hold_us``: an
instant is decided once everything up to then is known. Source: behaviours page, ``raft``: identity by the largest share
of members.
Known failures: a raft that falls below ``least`` and forms again later is two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from beaconline.foundation.table.kernels import kernel, lean_inner
from beaconline.foundation.table.reports import I32, I64

__all__ = ["Sweep", "hold_links", "sweep"]

U8 = npt.NDArray[np.uint8]

A, B, START, END = 0, 1, 2, 3
NO_RAFT = -1


@kernel
def _hold(rows: I64, hold_us: int) -> I64:
    """Rows (a, b, start, end) by (a, b, start), breaks shorter than hold_us closed."""
    out = np.empty((len(rows), 4), np.int64)
    n = 0
    for r in range(len(rows)):
        same = n > 0 and out[n - 1, A] == rows[r, A] and out[n - 1, B] == rows[r, B]
        if same and rows[r, START] - out[n - 1, END] < hold_us:
            out[n - 1, END] = max(out[n - 1, END], rows[r, END])
        else:
            for c in range(4):
                out[n, c] = rows[r, c]
            n += 1
    return out[:n]


def hold_links(parts: list[I64], hold_us: int) -> I64:
    """Links int64[n, 4] (track a < track b, start, end) of runs of several tables, by (a, b, start)."""
    rows = np.concatenate([part[:, :4] for part in parts])
    return _hold(rows[np.lexsort((rows[:, START], rows[:, B], rows[:, A]))], hold_us)


@dataclass(frozen=True, slots=True)
class Sweep:
    """What changed over a stretch of time, in order of time.

    moves   int64[n, 4]: when, track, raft it left, raft it joined (-1 = none)
    births  int64[n, 3]: raft, when, raft it broke from (-1 = none)
    deaths  int64[n, 3]: raft, when, raft it went up in (-1 = it fell apart)
    """

    moves: I64
    births: I64
    deaths: I64


def sweep(links: I64, raft_of: dict[int, int], after_us: int, until_us: int, least: int, next_raft: int) -> Sweep:
    """Carry components through the instants after ``after_us`` up to ``until_us`` (included).

    links    int64[n, 4] as of ``hold_links``, all that touch these instants
    raft_of  raft of each track that is in one at ``after_us``; next_raft: the first free number
    """
    links = links[links[:, START] <= until_us]
    codes = np.unique(links[:, :2])
    ends = np.searchsorted(codes, links[:, :2]).astype(np.int32)
    raft = np.array([raft_of.get(int(code), NO_RAFT) for code in codes], np.int64)
    offset, link_at = _adjacent(ends, len(codes))
    starts = np.flatnonzero(links[:, START] > after_us)
    stops = np.flatnonzero(links[:, END] <= until_us)
    which = np.concatenate([starts, stops])
    off = np.concatenate([np.zeros(len(starts), np.uint8), np.ones(len(stops), np.uint8)])
    when = np.concatenate([links[starts, START], links[stops, END]])
    order = np.lexsort((which, off, when))
    on = (links[:, START] <= after_us).astype(np.uint8)
    moves, births, deaths = _sweep(
        ends, on, offset, link_at, raft, when[order], off[order], which[order], least, next_raft
    )
    moves[:, 1] = codes[moves[:, 1]]
    return Sweep(moves, births, deaths)


@kernel
def _adjacent(ends: I32, n: int) -> tuple[I64, I32]:
    """Links by vessel: offsets int64[n + 1] into links int32."""
    offset = np.zeros(n + 1, np.int64)
    for i in range(len(ends)):
        offset[ends[i, 0] + 1] += 1
        offset[ends[i, 1] + 1] += 1
    for k in range(n):
        offset[k + 1] += offset[k]
    at, out = offset[:-1].copy(), np.empty(offset[n], np.int32)
    for i in range(len(ends)):
        for s in range(2):
            out[at[ends[i, s]]] = i
            at[ends[i, s]] += 1
    return offset, out


@lean_inner
def _reach(
    ends: I32, on: U8, offset: I64, link_at: I32, begin: int, goal: int, mark: I64, stamp: int, queue: I64
) -> int:
    """Walk all vessels linked with ``begin``; they stand in ``queue``. Returns how many, or -1 once ``goal`` is met."""
    mark[begin], queue[0] = stamp, begin
    n, i = 1, 0
    while i < n:
        k = queue[i]
        i += 1
        for j in range(offset[k], offset[k + 1]):
            link = link_at[j]
            if on[link]:
                other = ends[link, 0] + ends[link, 1] - k
                if other == goal:
                    return -1
                if mark[other] != stamp:
                    mark[other], queue[n] = stamp, other
                    n += 1
    return n


@kernel
def _grown(rows: I64, n: int) -> I64:
    """Rows with room for one more after n."""
    if n < len(rows):
        return rows
    out = np.empty((2 * len(rows), rows.shape[1]), np.int64)
    out[:n] = rows[:n]
    return out


@kernel
def _add(rows: I64, n: int, raft: int, t: int, other: int) -> tuple[I64, int]:
    """Write a birth or a death at row n."""
    rows = _grown(rows, n)
    rows[n, 0], rows[n, 1], rows[n, 2] = raft, t, other
    return rows, n + 1


@kernel
def _move(queue: I64, size: int, t: int, raft: I64, to: int, moves: I64, n: int) -> tuple[I64, int]:
    """Note that the first ``size`` vessels of the queue change to raft ``to``."""
    for i in range(size):
        k = queue[i]
        if raft[k] != to:
            moves = _grown(moves, n)
            moves[n, 0], moves[n, 1], moves[n, 2], moves[n, 3] = t, k, raft[k], to
            raft[k] = to
            n += 1
    return moves, n


@kernel
def _sweep(
    ends: I32, on: U8, offset: I64, link_at: I32, raft: I64, when: I64, off: U8, which: I64, least: int, next_raft: int
) -> tuple[I64, I64, I64]:
    n_vessels = len(offset) - 1
    mark, queue, other = np.full(n_vessels, -1, np.int64), np.empty(n_vessels, np.int64), np.empty(n_vessels, np.int64)
    moves, n = np.empty((16, 4), np.int64), 0
    births, n_births = np.empty((4, 3), np.int64), 0
    deaths, n_deaths = np.empty((4, 3), np.int64), 0
    stamp = 0
    for e in range(len(when)):
        t, link = when[e], which[e]
        a, b = ends[link, 0], ends[link, 1]
        stamp += 2
        if off[e]:
            on[link] = 0
            size_a = _reach(ends, on, offset, link_at, a, b, mark, stamp, queue)
            if size_a < 0 or raft[a] < 0:
                continue
            size_b = _reach(ends, on, offset, link_at, b, -1, mark, stamp + 1, other)
            if size_b > size_a:
                queue, other, size_a, size_b = other, queue, size_b, size_a
            old = raft[a]
            if size_b >= least:
                births, n_births = _add(births, n_births, next_raft, t, old)
                moves, n = _move(other, size_b, t, raft, next_raft, moves, n)
                next_raft += 1
            else:
                moves, n = _move(other, size_b, t, raft, NO_RAFT, moves, n)
            if size_a < least:
                moves, n = _move(queue, size_a, t, raft, NO_RAFT, moves, n)
                deaths, n_deaths = _add(deaths, n_deaths, old, t, NO_RAFT)
            continue
        if raft[a] >= 0 and raft[a] == raft[b]:
            on[link] = 1
            continue
        size_a = _reach(ends, on, offset, link_at, a, b, mark, stamp, queue)
        on[link] = 1
        if size_a < 0:
            continue
        on[link] = 0
        size_b = _reach(ends, on, offset, link_at, b, -1, mark, stamp + 1, other)
        on[link] = 1
        ra, rb = raft[a], raft[b]
        keep = max(ra, rb)
        if ra >= 0 and rb >= 0:
            older, its_size, other_size = (ra, size_a, size_b) if ra < rb else (rb, size_b, size_a)
            keep = older if 2 * other_size <= 3 * its_size else ra + rb - older
            deaths, n_deaths = _add(deaths, n_deaths, ra + rb - keep, t, keep)
        elif keep < 0:
            if size_a + size_b < least:
                continue
            keep = next_raft
            next_raft += 1
            births, n_births = _add(births, n_births, keep, t, NO_RAFT)
        moves, n = _move(queue, size_a, t, raft, keep, moves, n)
        moves, n = _move(other, size_b, t, raft, keep, moves, n)
    return moves[:n], births[:n_births], deaths[:n_deaths]
