"""The pair engine: fixes in, maximal intervals of closeness out, settled bin by settled bin.

Decides: when a bin is settled (its end plus the longest bridge lies at or before the watermark, so no leg to come can
reach back into it), which bins a late or next fix makes stale, when a run is over. Refuses: to extrapolate; legs end at
the last fix. Every bin is computed from its own legs alone and times are counted from the bin's start, so any cut into
ticks gives the same numbers to the bit.
Source: design page "One engine for pairs". Known failures: a fix that arrives after its bins were settled is refused
and counted (``PairState.late``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from beaconline.foundation.geo.geodesy import F64, KN_MS, ecef_e7
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.pairs import bins
from beaconline.understand.pairs.bins import BIN_US
from beaconline.understand.pairs.join import MIN_CELL_M, join_bins
from beaconline.understand.pairs.legs import (
    U8,
    advance_cursor,
    cut_pieces,
    gather_rows,
    link_next,
    order_by_bin,
    trace,
)
from beaconline.understand.pairs.runs import fold_bins
from beaconline.understand.pairs.window import NO_FIX, Fixes, PairState, append, forget_before, grow_tracks

__all__ = ["PairRule", "Runs", "contacts_between", "forget", "insert", "pending", "refresh", "runs_between", "settle"]

GROUP_ROWS = 131_072
"""Rows worked on at a time: their points (8 MB) stay near the processor. Only speed and memory depend on it."""

GROUP_BINS = 1_024
"""Bins worked on at a time at most: bounds the pieces of sparse feeds, whose legs span many bins."""


@dataclass(frozen=True, slots=True)
class PairRule:
    """What "near" means and which legs are believed.

    radius_m          reach, metres, > 0
    max_bridge_us     no longer gap is bridged, whatever a row allows; fixes may still change a bin that long after it
    max_leg_speed_kn  a leg that needs a faster ship is not believed
    leg_slack_m       metres allowed on top, for position noise between fixes a moment apart
    keep_us           runs shorter than this are dropped when they end
    """

    radius_m: float
    max_bridge_us: int = 7_200_000_000
    max_leg_speed_kn: float = 100.0
    leg_slack_m: float = 500.0
    keep_us: int = 0


@dataclass(frozen=True, slots=True)
class Runs:
    """Maximal intervals. table int64[n, 5]: track a < track b, start, end, time of closest approach (microseconds
    since 1970); closest_m float64[n]. By (a, b, start)."""

    table: I64
    closest_m: F64

    def __len__(self) -> int:
        return len(self.closest_m)


Contacts = tuple[I64, F64]
"""int64[n, 6] and float64[n], as ``join_bins`` returns them."""


def _none() -> Contacts:
    return np.zeros((0, 6), np.int64), np.zeros(0)


def contacts_between(
    rule: PairRule, fixes: Fixes, vessel: I32, lo_bin: int, hi_bin: int,
    wanted: U8 | None = None, active: U8 | None = None, xyz: F64 | None = None,
) -> Contacts:  # fmt: skip
    """Contacts in bins lo_bin..hi_bin-1 (see ``join_bins``), worked out from the fixes alone.

    wanted  uint8[bins], which of them (default all); active uint8[tracks], only pairs with an active track
    xyz     float64[rows, 3] places to use instead of WGS 84 (a plane, for tests); legs are then not subdivided
    """
    t, track = fixes.t_us, fixes.track
    after = link_next(track, len(vessel))
    cursor = np.full(len(vessel), -1, np.int32)
    active = np.ones(len(vessel), np.uint8) if active is None else active
    seen, g, parts = 0, lo_bin, [_none()]
    while g < hi_bin:
        first = int(np.searchsorted(t, g * BIN_US))
        if first == len(t):
            break
        near = (int(t[first]) - rule.max_bridge_us) // BIN_US
        if near > g:  # no leg that ends at the next fix or later begins so early
            g = near
            continue
        g_end = min(hi_bin, g + GROUP_BINS)
        if first + GROUP_ROWS < len(t):
            g_end = min(g_end, max(g + 1, int(t[first + GROUP_ROWS]) // BIN_US))
        here = np.ones(g_end - g, np.uint8) if wanted is None else wanted[g - lo_bin : g_end - lo_bin]
        if here.any():
            advance_cursor(cursor, track, seen, first)
            seen = first
            end = int(np.searchsorted(t, g_end * BIN_US))
            rows, offset = gather_rows(t, track, after, cursor, first, end, g * BIN_US, rule.max_bridge_us)
            points, offset = _points(rule, fixes, rows, offset, g * BIN_US, xyz)
            parts.append(_join(rule, points, offset, g, here, vessel, active))
        g = g_end
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _points(rule: PairRule, fixes: Fixes, rows: I32, offset: I64, lo_us: int, xyz: F64 | None) -> tuple[F64, I64]:
    places = ecef_e7(fixes.lon_e7[rows], fixes.lat_e7[rows]) if xyz is None else xyz[rows]
    speed = rule.max_leg_speed_kn * KN_MS * 1e-6
    t, bridge = fixes.t_us[rows], fixes.bridge_us[rows]
    return trace(t, places, bridge, offset, lo_us, rule.max_bridge_us, speed, rule.leg_slack_m, xyz is None)


def _join(rule: PairRule, points: F64, offset: I64, g: int, wanted: U8, vessel: I32, active: U8) -> Contacts:
    piece, box = cut_pieces(points, offset, len(wanted), wanted)
    index, bin_offset = order_by_bin(piece, len(wanted))
    cell_m = max(2.0 * rule.radius_m, MIN_CELL_M)
    return join_bins(points, piece, box, index, bin_offset, g, vessel, active, rule.radius_m, cell_m)


def runs_between(rule: PairRule, fixes: Fixes, vessel: I32, xyz: F64 | None = None) -> Runs:
    """All runs of a finished set of fixes (ordered by time, one a track and time)."""
    if len(fixes) == 0:
        return Runs(np.zeros((0, 5), np.int64), np.zeros(0))
    lo, hi = int(fixes.t_us[0]) // BIN_US, int(fixes.t_us[-1]) // BIN_US + 1
    contacts, dist = contacts_between(rule, fixes, vessel, lo, hi, xyz=xyz)
    nothing = PairState()
    done, done_d, _, _ = fold_bins(nothing.open_runs, nothing.open_dist, contacts, dist, hi + 1, rule.keep_us)
    return _ordered(done, done_d)


def _ordered(table: I64, dist: F64) -> Runs:
    order = np.lexsort((table[:, 2], table[:, 1], table[:, 0]))
    return Runs(table[order], dist[order])


def insert(rule: PairRule, state: PairState, new: Fixes, vessel: list[int]) -> None:
    """Take fixes in any order inside the window; those whose legs may reach into settled bins are refused and counted.

    vessel  code of the vessel by track code, for every track so far (``TrackBook.vessel``)
    """
    grow_tracks(state, vessel)
    if state.border_bin is not None and len(new):
        on_time = new.t_us >= state.border_bin * BIN_US + rule.max_bridge_us
        if not on_time.all():
            state.late += int((~on_time).sum())
            new = new.take(on_time)
    last_us = state.last_us.copy() if state.cache else None
    at, in_order = append(state, new)
    if last_us is not None and len(at):
        mark_stale(rule, state, at, _neighbours_before(state, at, last_us) if in_order else _neighbours(state, at))


def _neighbours_before(state: PairState, at: I64, last_us: I64) -> list[list[int]]:
    """For fixes that came in order, the time of the fix before each; ``last_us`` is as it was, and is used up."""
    out = []
    for k, t in zip(state.room.track[at].tolist(), state.room.t_us[at].tolist(), strict=True):
        out.append([] if last_us[k] == NO_FIX else [int(last_us[k])])
        last_us[k] = t
    return out


def _neighbours(state: PairState, at: I64) -> list[list[int]]:
    """For fixes anywhere in the window, the times of the fixes before and after each."""
    fixes = state.fixes
    after = link_next(fixes.track, len(state.vessel))
    before = np.full(len(fixes), -1, np.int64)
    has = np.flatnonzero(after >= 0)
    before[after[has]] = has
    pairs = zip(before[at].tolist(), after[at].tolist(), strict=True)
    return [[int(fixes.t_us[row]) for row in pair if row >= 0] for pair in pairs]


def mark_stale(rule: PairRule, state: PairState, at: I64, neighbours: list[list[int]]) -> None:
    """Note which cached bins the fixes at these rows of the window change: those from the fix before to the fix after.

    A fix splits the leg over it, or adds one; a gap that is too long to bridge had no leg and gets none.
    """
    rows = zip(state.room.track[at].tolist(), state.room.t_us[at].tolist(), neighbours, strict=True)
    for k, t, near in rows:
        for b in bins.dirty_bins(t, *(each for each in near if abs(each - t) <= rule.max_bridge_us)):
            if b in state.cache:
                state.stale.setdefault(b, {})[k] = 1


def _by_bin(contacts: I64, dist: F64, which: list[int]) -> dict[int, Contacts]:
    """Split contacts ordered by bin into one table a bin (copies, so that a dropped bin frees its memory)."""
    lo = np.searchsorted(contacts[:, 0], which)
    hi = np.searchsorted(contacts[:, 0], which, side="right")
    return {b: (contacts[i:j].copy(), dist[i:j].copy()) for b, i, j in zip(which, lo, hi, strict=True)}


def _missing(rule: PairRule, state: PairState, lo: int, hi: int) -> dict[int, Contacts]:
    """Contacts of the bins lo..hi-1 that are not in the cache, or are stale there."""
    new = [b for b in range(lo, hi) if b not in state.cache]
    out = _computed(rule, state, new, None) if new else {}
    stale = sorted(b for b in state.stale if lo <= b < hi)
    if stale:
        active = np.zeros(len(state.vessel), np.uint8)
        for b in stale:
            active[list(state.stale[b])] = 1
        for b, fresh in _computed(rule, state, stale, active).items():
            old, old_d = state.cache[b]
            kept = (active[old[:, 1]] | active[old[:, 2]]) == 0
            both, both_d = np.concatenate([old[kept], fresh[0]]), np.concatenate([old_d[kept], fresh[1]])
            order = np.lexsort((both[:, 3], both[:, 2], both[:, 1]))
            out[b] = both[order], both_d[order]
    return out


def _computed(rule: PairRule, state: PairState, which: list[int], active: U8 | None) -> dict[int, Contacts]:
    """Contacts of some bins (ascending), from the fixes whose legs can reach them."""
    lo, hi = which[0], which[-1] + 1
    wanted = np.zeros(hi - lo, np.uint8)
    wanted[np.array(which) - lo] = 1
    first = int(np.searchsorted(state.room.t_us[: state.n], lo * BIN_US - rule.max_bridge_us))
    fixes = state.room.take(slice(first, state.n))
    return _by_bin(*contacts_between(rule, fixes, state.vessel, lo, hi, wanted, active), which)


def refresh(rule: PairRule, state: PairState) -> None:
    """Compute what is missing or stale of the bins not yet settled, so that the next question is answered quickly."""
    lo, hi = _bounds(state)
    state.cache |= _missing(rule, state, lo, hi)
    state.stale.clear()


def _bounds(state: PairState) -> tuple[int, int]:
    """The bins not yet settled that hold a fix or lie between fixes: (first, last + 1)."""
    if state.n == 0:
        return 0, 0
    first, last = int(state.room.t_us[0]) // BIN_US, int(state.room.t_us[state.n - 1]) // BIN_US
    return first if state.border_bin is None else max(first, state.border_bin), last + 1


def _contacts(rule: PairRule, state: PairState, lo: int, hi: int) -> Contacts:
    """Contacts of bins lo..hi-1, from the cache where it holds them; changes nothing."""
    if hi <= lo:
        return _none()
    if not state.cache:
        return contacts_between(rule, state.fixes, state.vessel, lo, hi)
    known = state.cache | _missing(rule, state, lo, hi)
    parts = [_none(), *(known[b] for b in range(lo, hi))]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def settle(rule: PairRule, state: PairState, watermark_us: int) -> Runs:
    """Fold the bins that the watermark settles; returns the runs that ended in them, at least keep_us long."""
    border = bins.border_bin(watermark_us, rule.max_bridge_us)
    if state.border_bin is not None and border <= state.border_bin:
        return Runs(np.zeros((0, 5), np.int64), np.zeros(0))
    lo, hi = _bounds(state)
    contacts, dist = _contacts(rule, state, lo, min(hi, border))
    done, done_d, state.open_runs, state.open_dist = fold_bins(
        state.open_runs, state.open_dist, contacts, dist, border, rule.keep_us
    )
    state.border_bin = border
    for b in [b for b in state.cache if b < border]:
        del state.cache[b]
        state.stale.pop(b, None)
    return _ordered(done, done_d)


def pending(rule: PairRule, state: PairState) -> Runs:
    """Runs, at least keep_us long, that end in bins not yet settled, as if no further fix came; changes nothing."""
    lo, hi = _bounds(state)
    contacts, dist = _contacts(rule, state, lo, hi)
    done, done_d, _, _ = fold_bins(state.open_runs, state.open_dist, contacts, dist, 2**62 // BIN_US, rule.keep_us)
    return _ordered(done, done_d)


def forget(rule: PairRule, state: PairState) -> None:
    """Drop the fixes that no run which may still be reported needs: keep_us and a bin back, plus one bridge."""
    if state.border_bin is not None:
        forget_before(state, (state.border_bin - 1) * BIN_US - rule.keep_us - rule.max_bridge_us)
