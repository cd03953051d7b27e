"""The fixes a pair engine still needs, in order of time, and what it remembers between ticks.

Decides: which fix of a track stands when two carry one time (the smallest longitude, then latitude: arrival must not
matter), when a fix is too late to count, what may be forgotten. Refuses: to order by arrival.
Source: the step contract. Known failures: one MMSI in two places at the same microsecond keeps one place only; that
the other was there is for the identity kinds to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64

__all__ = ["NO_FIX", "Fixes", "Joined", "PairState", "append", "forget_before", "grow_tracks"]


@dataclass(slots=True)
class Fixes:
    """Rows of tracks, ordered by time, one a (track, time).

    t_us int64; track int32 code; lon_e7, lat_e7 int32; speed_mkn int32 reported speed over ground, -1 = unknown;
    bridge_us int64 the longest gap back to the fix before that may be bridged
    """

    t_us: I64
    track: I32
    lon_e7: I32
    lat_e7: I32
    speed_mkn: I32
    bridge_us: I64

    def __len__(self) -> int:
        return len(self.t_us)

    @staticmethod
    def none() -> Fixes:
        i32, i64 = np.zeros(0, np.int32), np.zeros(0, np.int64)
        return Fixes(i64, i32, i32, i32, i32, i64)

    def columns(self) -> tuple[npt.NDArray[np.signedinteger[Any]], ...]:
        return self.t_us, self.track, self.lon_e7, self.lat_e7, self.speed_mkn, self.bridge_us

    @staticmethod
    def of(columns: Iterable[npt.NDArray[Any]]) -> Fixes:
        """Fixes of columns in the order of the fields."""
        return Fixes(*columns)

    def take(self, index: npt.NDArray[Any] | slice) -> Fixes:
        return Fixes.of(column[index] for column in self.columns())


@dataclass(slots=True)
class Joined:
    """What is known of one rule: open_runs, open_dist  runs that reach the border (see ``runs``); cache  contacts of
    bins not yet settled, by bin (``engine.Kept``)."""

    open_runs: I64 = field(default_factory=lambda: np.zeros((0, 5), np.int64))
    open_dist: F64 = field(default_factory=lambda: np.zeros(0))
    cache: dict[int, tuple[I32, F64]] = field(default_factory=dict)


@dataclass(slots=True)
class PairState:
    """Everything the engine keeps between ticks: one window of fixes, and what each rule has found in it.

    room        columns with room at the end; the first ``n`` rows are in use
    last_us     by track code, time of its latest fix (NO_FIX before the first); last_bridge_us its bridge
    vessel      by track code, the vessel's code
    border_bin  bins before it are settled and folded into open runs; None until the first is
    joined      one for each rule, in the order of the rules
    known       bins whose contacts every cache holds; stale: tracks whose legs changed since then, by bin
    spared      rows that were too old and needed all the same when the window was last cleared
    late        fixes refused because their bins were settled
    same_time   fixes left out because their track has another at the same microsecond
    """

    joined: list[Joined] = field(default_factory=lambda: [Joined()])
    room: Fixes = field(default_factory=Fixes.none)
    n: int = 0
    last_us: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    last_bridge_us: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    vessel: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    border_bin: int | None = None
    known: dict[int, int] = field(default_factory=dict)
    stale: dict[int, dict[int, int]] = field(default_factory=dict)
    spared: int = 0
    late: int = 0
    same_time: int = 0

    @property
    def fixes(self) -> Fixes:
        """The rows in use, as views."""
        return self.room.take(slice(0, self.n))


NO_FIX = -(2**63)
"""Stands for "no fix yet" in ``last_us``."""


@kernel
def _sift(
    t_us: I64, track: I32, lon_e7: I32, lat_e7: I32, latest_us: int, last_us: I64
) -> tuple[bool, int, npt.NDArray[np.bool_]]:
    """Whether rows come in order after ``latest_us``, and which to keep: of several of a track at one time the one of
    the smallest longitude, then latitude.

    last_us  int64[tracks], the latest fix of each; noted on in place. Returns (in order, how many to drop, bool[n]).
    A row at the very time of a fix that is in the window already is not in order.
    """
    keep = np.ones(len(t_us), np.bool_)
    row = np.full(len(last_us), -1, np.int64)
    drop = 0
    for i in range(len(t_us)):
        k = track[i]
        if t_us[i] < latest_us or t_us[i] < last_us[k] or (t_us[i] == last_us[k] and row[k] < 0):
            return False, 0, keep
        latest_us = t_us[i]
        if t_us[i] == last_us[k]:
            drop += 1
            j = row[k]
            if lon_e7[i] > lon_e7[j] or (lon_e7[i] == lon_e7[j] and lat_e7[i] >= lat_e7[j]):
                keep[i] = False
                continue
            keep[j] = False
        last_us[k], row[k] = t_us[i], i
    return True, drop, keep


def grow_tracks(state: PairState, vessel: list[int]) -> None:
    """Make room for track codes up to len(vessel) - 1."""
    have = len(state.vessel)
    if len(vessel) > have:
        more = len(vessel) - have
        state.vessel = np.concatenate([state.vessel, np.array(vessel[have:], np.int32)])
        state.last_us = np.concatenate([state.last_us, np.full(more, NO_FIX, np.int64)])
        state.last_bridge_us = np.concatenate([state.last_bridge_us, np.zeros(more, np.int64)])


def append(state: PairState, new: Fixes) -> tuple[I64, bool]:
    """Add fixes to the window, in any order among themselves and against those there.

    Rows in order (the ordinary case) are put at the end; others are merged in. Of two fixes of a track at one time one
    is kept. Returns the rows of the window at which the added fixes stand, ascending, and whether all came in order.
    """
    if len(new) == 0:
        return np.zeros(0, np.int64), True
    latest = int(state.room.t_us[state.n - 1]) if state.n else NO_FIX
    last_us = state.last_us.copy()
    in_order, doubles, keep = _sift(new.t_us, new.track, new.lon_e7, new.lat_e7, latest, last_us)
    if not in_order:
        return _merge(state, new), False
    if doubles:
        state.same_time += doubles
        new = new.take(keep)
    before = state.n
    _put_at_end(state, new)
    state.last_us = last_us
    state.last_bridge_us[new.track] = new.bridge_us  # of several rows of a track the last one is written last
    return np.arange(before, state.n), True


def _put_at_end(state: PairState, new: Fixes) -> None:
    if state.n == 0:
        state.room, state.n = new, len(new)  # rows below n are never changed in place: sharing is safe
        return
    need = state.n + len(new)
    if need > len(state.room):
        wide = Fixes.of(np.zeros(need + need // FORGET_SHARE, column.dtype) for column in state.room.columns())
        for target, old in zip(wide.columns(), state.room.columns(), strict=True):
            target[: state.n] = old[: state.n]
        state.room = wide
    for column, fresh in zip(state.room.columns(), new.columns(), strict=True):
        column[state.n : need] = fresh
    state.n = need


def _merge(state: PairState, new: Fixes) -> I64:
    """The slow way in: order everything again, drop doubles, and say where the new rows that stand are."""
    old = state.fixes
    both = Fixes.of(np.concatenate([a, b]) for a, b in zip(old.columns(), new.columns(), strict=True))
    is_new = np.arange(len(both)) >= len(old)
    order = np.lexsort((is_new, both.lat_e7, both.lon_e7, both.track, both.t_us))
    t, k = both.t_us[order], both.track[order]
    keep = np.ones(len(order), bool)
    keep[1:] = (t[1:] != t[:-1]) | (k[1:] != k[:-1])
    state.same_time += int((~keep).sum())
    order = order[keep]
    state.room, state.n = both.take(order), len(order)
    at = np.flatnonzero(is_new[order])
    added = state.room.take(at)
    np.maximum.at(state.last_us, added.track, added.t_us)
    latest = added.t_us >= state.last_us[added.track]
    state.last_bridge_us[added.track[latest]] = added.bridge_us[latest]
    return at


@kernel
def _needed(t_us: I64, track: I32, t0_us: int, n_tracks: int) -> npt.NDArray[np.bool_]:
    """Rows at or after ``t0_us``, and of every track the last two before it: the leg that reaches over that instant,
    and the one before, which tells the speed at its first fix."""
    keep = np.ones(len(t_us), np.bool_)
    seen = np.zeros(n_tracks, np.uint8)
    first = np.searchsorted(t_us, t0_us)
    for i in range(first - 1, -1, -1):
        if seen[track[i]] < 2:
            seen[track[i]] += 1
        else:
            keep[i] = False
    return keep


FORGET_SHARE = 16
"""The window is cleared when more than one row in so many is too old, and grows by one in so many: it is then never
much larger than it must be, and small ticks do not copy it every time."""


def forget_before(state: PairState, t_us: int, max_bridge_us: int) -> None:
    """Drop fixes older than ``t_us``, but for the last two of each track, unless they are a bridge older still."""
    times = state.room.t_us[: state.n]
    old = int(np.searchsorted(times, t_us))
    if old * FORGET_SHARE > state.n and old > state.spared + state.spared // FORGET_SHARE:
        fixes = state.room.take(slice(int(np.searchsorted(times, t_us - 2 * max_bridge_us)), state.n))
        keep = _needed(fixes.t_us, fixes.track, t_us, len(state.vessel))
        state.room = fixes.take(keep)
        state.n = len(state.room)
        state.spared = int(np.searchsorted(state.room.t_us, t_us))
