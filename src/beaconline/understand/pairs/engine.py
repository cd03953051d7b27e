"""The pair engine: fixes in, maximal intervals of closeness out, settled bin by settled bin.

Decides: when a bin is settled (its end plus the longest bridge lies at or before the watermark, so no leg to come can
reach back into it), which bins a late or next fix makes stale, when a run is over. Refuses: to extrapolate; legs end at
the last fix. Several rules may stand over one window of fixes: its legs are cut and its candidates looked for once.
Every bin is computed from its own legs alone and times are counted from the bin's start, so any cut into
ticks gives the same numbers to the bit.
Source: design page "One engine for pairs". Known failures: a fix that arrives after its bins were settled is refused
and counted (``PairState.late``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from beaconline.foundation.geo.geodesy import F64, KN_MS
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.pairs import bins
from beaconline.understand.pairs.bins import BIN_US
from beaconline.understand.pairs.join import join_bins
from beaconline.understand.pairs.legs import (
    U8,
    advance_cursor,
    cut_pieces,
    gather_rows,
    link_next,
    order_by_bin,
    places_of,
    trace,
)
from beaconline.understand.pairs.runs import fold_bins
from beaconline.understand.pairs.window import NO_FIX, Fixes, Joined, PairState, append, forget_before, grow_tracks

__all__ = [
    "PairRule",
    "Rules",
    "Runs",
    "begin",
    "contacts_between",
    "forget",
    "insert",
    "pending",
    "refresh",
    "runs_between",
    "settle",
]

GROUP_ROWS = 131_072
"""Rows worked on at a time: their points (8 MB) stay near the processor. Only speed and memory depend on it."""

GROUP_BINS = 1_024
"""Bins worked on at a time at most: bounds the pieces of sparse feeds, whose legs span many bins."""


@dataclass(frozen=True, slots=True)
class PairRule:
    """What "near" means, which legs are believed, and which count.

    radius_m          reach, metres, > 0
    max_bridge_us     no longer gap is bridged, whatever a row allows; fixes may still change a bin that long after it
    max_leg_speed_kn  a leg that needs a faster ship is not believed
    leg_slack_m       metres allowed on top, for position noise between fixes a moment apart
    keep_us           runs shorter than this are dropped when they end; fixes are kept so long before the border
    window_us         fixes are kept at least so long before the border, where a kind looks further back than keep_us
    movers            how many of the two (0, 1 or 2) must make at least ``least_kn`` on their legs; a run ends where
                      they no longer do. The speed of a leg is the way made good, on legs under a minute the reported
                      one (``legs.leg_speed_kn``). A large radius needs it: the answer is all pairs within the radius
    least_kn          see ``movers``
    most_kn           neither may make more than this on its legs
    """

    radius_m: float
    max_bridge_us: int = 7_200_000_000
    max_leg_speed_kn: float = 100.0
    leg_slack_m: float = 500.0
    keep_us: int = 0
    movers: int = 0
    least_kn: float = 0.0
    most_kn: float = np.inf
    window_us: int = 0

    @property
    def kept_us(self) -> int:
        """How long before the border fixes are kept for this rule."""
        return max(self.keep_us, self.window_us)

    @property
    def legs(self) -> tuple[int, float, float]:
        """What decides which legs there are: rules that agree in it can share a window."""
        return self.max_bridge_us, self.max_leg_speed_kn, self.leg_slack_m


Rules = Sequence[PairRule]
"""Rules over one window, at least one; equal in ``legs``."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Maximal intervals. table int64[n, 5]: track a < track b, start, end, time of closest approach (microseconds
    since 1970); closest_m float64[n]. By (a, b, start)."""

    table: I64
    closest_m: F64

    def __len__(self) -> int:
        return len(self.closest_m)


Contacts = tuple[I64, F64]
"""int64[n, 6]: bin, track a < track b, start, end, time of closest approach; float64[n]: closest approach, metres."""


def begin(rules: Rules) -> PairState:
    """The state before any fix. Raises ValueError when the rules cannot share a window."""
    if len({rule.legs for rule in rules}) != 1:
        raise ValueError("rules over one window must agree in max_bridge_us, max_leg_speed_kn and leg_slack_m")
    return PairState([Joined() for _ in rules])


def _none() -> Contacts:
    return np.zeros((0, 6), np.int64), np.zeros(0)


def _joined(parts: Sequence[Contacts]) -> Contacts:
    parts = [_none(), *parts]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def contacts_between(
    rules: Rules, fixes: Fixes, vessel: I32, lo_bin: int, hi_bin: int,
    wanted: U8 | None = None, active: U8 | None = None, xyz: F64 | None = None,
) -> list[Contacts]:  # fmt: skip
    """For each rule the contacts in bins lo_bin..hi_bin-1 (see ``join_bins``), worked out from the fixes alone.

    wanted  uint8[bins], which of them (default all); active uint8[tracks], only pairs with an active track
    xyz     float64[rows, 3] places to use instead of WGS 84 (a plane, for tests); legs are then not subdivided
    """
    t, track, bridge_us = fixes.t_us, fixes.track, rules[0].max_bridge_us
    after = link_next(track, len(vessel))
    cursor = np.full(len(vessel), -1, np.int32)
    active = np.ones(len(vessel), np.uint8) if active is None else active
    seen, g = 0, lo_bin
    parts: list[list[Contacts]] = [[] for _ in rules]
    while g < hi_bin:
        first = int(np.searchsorted(t, g * BIN_US))
        if first == len(t):
            break
        near = (int(t[first]) - bridge_us) // BIN_US
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
            rows, offset = gather_rows(t, track, after, cursor, first, end, g * BIN_US, bridge_us)
            points, offset = _points(rules[0], fixes, rows, offset, g * BIN_US, xyz)
            for part, found in zip(parts, _join(rules, points, offset, g, here, vessel, active), strict=True):
                part.append(found)
        g = g_end
    return [_joined(part) for part in parts]


def _points(rule: PairRule, fixes: Fixes, rows: I32, offset: I64, lo_us: int, xyz: F64 | None) -> tuple[F64, I64]:
    places = places_of(fixes.lon_e7, fixes.lat_e7, rows) if xyz is None else xyz[rows]
    speed, bridge_us = rule.max_leg_speed_kn * KN_MS * 1e-6, rule.max_bridge_us
    return trace(
        fixes.t_us, fixes.bridge_us, fixes.speed_mkn, rows, places, offset, lo_us,
        bridge_us, speed, rule.leg_slack_m, xyz is None,
    )  # fmt: skip


def _join(rules: Rules, points: F64, offset: I64, g: int, wanted: U8, vessel: I32, active: U8) -> list[Contacts]:
    """Contacts by rule; rules with one number of movers share their candidates."""
    piece, box, pace = cut_pieces(points, offset, len(wanted), wanted)
    index, bin_offset = order_by_bin(piece, len(wanted))
    out = [_none() for _ in rules]
    for movers in sorted({rule.movers for rule in rules}):
        which = [k for k, rule in enumerate(rules) if rule.movers == movers]
        table = np.array([(r.radius_m, r.movers, r.least_kn, r.most_kn) for r in (rules[k] for k in which)])
        found, near, of = join_bins(points, piece, box, pace, index, bin_offset, g, vessel, active, table)
        for row, k in enumerate(which):
            if len(which) == 1:
                out[k] = found, near
            else:
                own = of == row
                out[k] = found[own], near[own]
    return out


def runs_between(rule: PairRule, fixes: Fixes, vessel: I32, xyz: F64 | None = None) -> Runs:
    """All runs of a finished set of fixes (ordered by time, one a track and time)."""
    if len(fixes) == 0:
        return Runs(np.zeros((0, 5), np.int64), np.zeros(0))
    lo, hi = int(fixes.t_us[0]) // BIN_US, int(fixes.t_us[-1]) // BIN_US + 1
    ((contacts, dist),) = contacts_between([rule], fixes, vessel, lo, hi, xyz=xyz)
    nothing = Joined()
    done, done_d, _, _ = fold_bins(nothing.open_runs, nothing.open_dist, contacts, dist, hi + 1, rule.keep_us)
    return _ordered(done, done_d)


def _ordered(table: I64, dist: F64) -> Runs:
    order = np.lexsort((table[:, 2], table[:, 1], table[:, 0]))
    return Runs(table[order], dist[order])


def insert(rules: Rules, state: PairState, new: Fixes, vessel: list[int]) -> None:
    """Take fixes in any order inside the window; those whose legs may reach into settled bins are refused and counted.

    vessel  code of the vessel by track code, for every track so far (``TrackBook.vessel``)
    """
    grow_tracks(state, vessel)
    if state.border_bin is not None and len(new):
        on_time = new.t_us >= state.border_bin * BIN_US + rules[0].max_bridge_us
        if not on_time.all():
            state.late += int((~on_time).sum())
            new = new.take(on_time)
    last_us = state.last_us.copy() if state.known else None
    at, in_order = append(state, new)
    if last_us is not None and len(at):
        mark_stale(rules[0], state, at, _neighbours_before(state, at, last_us) if in_order else _neighbours(state, at))


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
            if b in state.known:
                state.stale.setdefault(b, {})[k] = 1


Kept = tuple[I32, F64]
"""Contacts of one bin as the cache holds them: int32[n, 5] track a < track b, start, end, time of closest approach
(microseconds from the bin's start), and their closest approaches. Half of the memory, which unsettled hours need."""


def _by_bin(contacts: I64, dist: F64, which: list[int]) -> dict[int, Kept]:
    """Split contacts ordered by bin into one table a bin (copies, so that a dropped bin frees its memory)."""
    lo = np.searchsorted(contacts[:, 0], which)
    hi = np.searchsorted(contacts[:, 0], which, side="right")
    short = contacts[:, 1:].copy()
    short[:, 2:] -= contacts[:, :1] * BIN_US
    packed = short.astype(np.int32)
    return {b: (packed[i:j].copy(), dist[i:j].copy()) for b, i, j in zip(which, lo, hi, strict=True)}


def _unpacked(b: int, kept: Kept) -> Contacts:
    table = np.empty((len(kept[1]), 6), np.int64)
    table[:, 0], table[:, 1:] = b, kept[0]
    table[:, 3:] += b * BIN_US
    return table, kept[1]


def _missing(rules: Rules, state: PairState, lo: int, hi: int) -> list[dict[int, Kept]]:
    """For each rule the contacts of the bins lo..hi-1 that are not in the cache, or are stale there."""
    new = [b for b in range(lo, hi) if b not in state.known]
    out: list[dict[int, Kept]] = _computed(rules, state, new, None) if new else [{} for _ in rules]
    stale = sorted(b for b in state.stale if lo <= b < hi)
    if stale:
        active = np.zeros(len(state.vessel), np.uint8)
        for b in stale:
            active[list(state.stale[b])] = 1
        mended = _computed(rules, state, stale, active)
        for joined, into, fresh in zip(state.joined, out, mended, strict=True):
            into.update((b, _mended(joined.cache[b], fresh[b], active)) for b in stale)
    return out


def _mended(old: Kept, fresh: Kept, active: U8) -> Kept:
    """Contacts of a bin, those with an active track replaced."""
    kept = (active[old[0][:, 0]] | active[old[0][:, 1]]) == 0
    both, near = np.concatenate([old[0][kept], fresh[0]]), np.concatenate([old[1][kept], fresh[1]])
    order = np.lexsort((both[:, 2], both[:, 1], both[:, 0]))
    return both[order], near[order]


def _computed(rules: Rules, state: PairState, which: list[int], active: U8 | None) -> list[dict[int, Kept]]:
    """For each rule the contacts of some bins (ascending), from the fixes whose legs can reach them."""
    lo, hi = which[0], which[-1] + 1
    wanted = np.zeros(hi - lo, np.uint8)
    wanted[np.array(which) - lo] = 1
    first = int(np.searchsorted(state.room.t_us[: state.n], lo * BIN_US - rules[0].max_bridge_us))
    fixes = state.room.take(slice(first, state.n))
    found = contacts_between(rules, fixes, state.vessel, lo, hi, wanted, active)
    return [_by_bin(*contacts, which) for contacts in found]


def refresh(rules: Rules, state: PairState) -> None:
    """Compute what is missing or stale of the bins not yet settled, so that the next question is answered quickly."""
    lo, hi = _bounds(state)
    for joined, fresh in zip(state.joined, _missing(rules, state, lo, hi), strict=True):
        joined.cache |= fresh
    state.known |= dict.fromkeys(range(lo, hi), 1)
    state.stale.clear()


def _bounds(state: PairState) -> tuple[int, int]:
    """The bins not yet settled that hold a fix or lie between fixes: (first, last + 1)."""
    if state.n == 0:
        return 0, 0
    first, last = int(state.room.t_us[0]) // BIN_US, int(state.room.t_us[state.n - 1]) // BIN_US
    return first if state.border_bin is None else max(first, state.border_bin), last + 1


def _contacts(rules: Rules, state: PairState, lo: int, hi: int) -> list[Contacts]:
    """For each rule the contacts of bins lo..hi-1, from the cache where it holds them; changes nothing."""
    if hi <= lo:
        return [_none() for _ in rules]
    if not state.known:
        return contacts_between(rules, state.fixes, state.vessel, lo, hi)
    out = []
    for joined, fresh in zip(state.joined, _missing(rules, state, lo, hi), strict=True):
        held = joined.cache | fresh
        out.append(_joined([_unpacked(b, held[b]) for b in range(lo, hi)]))
    return out


def settle(rules: Rules, state: PairState, watermark_us: int) -> list[Runs] | None:
    """Fold the bins that the watermark settles; for each rule the runs that ended in them, at least keep_us long.

    None when the watermark settles no further bin.
    """
    border = bins.border_bin(watermark_us, rules[0].max_bridge_us)
    if state.border_bin is not None and border <= state.border_bin:
        return None
    lo, hi = _bounds(state)
    out = []
    for rule, joined, found in zip(rules, state.joined, _contacts(rules, state, lo, min(hi, border)), strict=True):
        done, done_d, joined.open_runs, joined.open_dist = fold_bins(
            joined.open_runs, joined.open_dist, *found, border, rule.keep_us
        )
        out.append(_ordered(done, done_d))
        joined.cache = {b: held for b, held in joined.cache.items() if b >= border}
    state.border_bin = border
    for b in [b for b in state.known if b < border]:
        del state.known[b]
        state.stale.pop(b, None)
    return out


def pending(rules: Rules, state: PairState) -> list[Runs]:
    """For each rule the runs, at least keep_us long, that end in bins not yet settled, as if no further fix came;
    changes nothing."""
    lo, hi = _bounds(state)
    out = []
    for rule, joined, found in zip(rules, state.joined, _contacts(rules, state, lo, hi), strict=True):
        done, done_d, _, _ = fold_bins(joined.open_runs, joined.open_dist, *found, 2**62 // BIN_US, rule.keep_us)
        out.append(_ordered(done, done_d))
    return out


def forget(rules: Rules, state: PairState) -> None:
    """Drop the fixes that no run which may still be reported needs: the longest ``kept_us`` and a bin back."""
    if state.border_bin is not None:
        kept_us = max(rule.kept_us for rule in rules)
        forget_before(state, (state.border_bin - 1) * BIN_US - kept_us, rules[0].max_bridge_us)
