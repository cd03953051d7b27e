"""Where every track was, once in a slot of time: the memory that ``joint_activity`` works from.

Decides: of each slot (30 min) in which a track was heard, the fix nearest the slot's middle stands for it, with its
speed, and whether it is linked to the one before by gaps that may be bridged. A vessel whose force matters (asked at
every midnight that the watermark has passed) is remembered for ``history_days``, any other for one to two days, so that
a name heard late still finds the day before. Refuses: places between fixes that may not be bridged.
Source: the behaviours page (within 12 nm and 24 h needs no finer clock). Known failures: a vessel that is recognised
only days after it came is remembered from the day before that on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt

from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I8, I16, I32, I64

__all__ = ["DAY_US", "JointState", "Slots", "all_slots", "take_rows"]

DAY_US = 86_400_000_000
NEVER = -(2**62)
MOST_CKN = 32_000
"""Fastest speed that fits the column, hundredths of a knot (320 kn)."""
OTHERS_KEPT_US = DAY_US
"""Slots of vessels whose force does not matter are kept for so long before a midnight."""

LAST_T, BREAK_T, SLOT, OFF, T, LON, LAT, CKN, LINK, REP_T, N_TRACK = range(11)
"""Columns of a track's state: last fix; first fix after the last gap that was not bridged; open slot; distance of its
best fix from the middle; that fix (time, place, speed, linked); time of the fix that stood for the slot before."""


@dataclass(slots=True)
class Slots:
    """n rows, one for each slot in which a track was heard: track code; slot (floor of time by its length); time of
    the fix after the slot's beginning, microseconds; degrees x 1e7; hundredths of a knot, -1 = not told; linked 1 = no
    gap since the row before of this track that may not be bridged."""

    track: I32
    slot: I32
    off_us: I32
    lon_e7: I32
    lat_e7: I32
    ckn: I16
    linked: I8

    def __len__(self) -> int:
        return len(self.track)

    def take(self, index: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice) -> Slots:
        return Slots(*(getattr(self, f.name)[index] for f in fields(self)))

    @staticmethod
    def blank(n: int) -> Slots:
        wide = [np.empty(n, np.int32) for _ in range(5)]
        return Slots(wide[0], wide[1], wide[2], wide[3], wide[4], np.empty(n, np.int16), np.empty(n, np.int8))

    @staticmethod
    def concat(parts: list[Slots]) -> Slots:
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return Slots.blank(0)
        return Slots(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Slots)))


@dataclass(slots=True)
class JointState:
    """tracks: int64[n, N_TRACK] by track code; parts: closed slots, in the order in which they closed; day: the last
    midnight (days since 1970) at which memory was cut."""

    tracks: I64 = field(default_factory=lambda: np.zeros((0, N_TRACK), np.int64))
    parts: list[Slots] = field(default_factory=list)
    day: int = NEVER


@kernel
def _close(
    row: I64, k: int, at: int, track: I32, slot: I32, off: I32, lon: I32, lat: I32, ckn: I16, link: I8, slot_us: int
) -> None:
    track[at], slot[at], off[at] = k, row[SLOT], row[T] - row[SLOT] * slot_us
    lon[at], lat[at], ckn[at], link[at] = row[LON], row[LAT], row[CKN], row[LINK]


@kernel
def _step(
    code: I32, t_us: I64, lon_e7: I32, lat_e7: I32, mkn: I32, bridge_us: I64, state: I64, slot_us: int, bridge_max: int,
    track: I32, slot: I32, off: I32, lon: I32, lat: I32, ckn: I16, link: I8,
) -> int:  # fmt: skip
    """Take rows in canonical order; slots that closed are written out. Returns how many."""
    n = 0
    for i in range(len(code)):
        k, t = code[i], t_us[i]
        if k < 0:
            continue
        row = state[k]
        if row[LAST_T] == NEVER or t - row[LAST_T] > min(bridge_us[i], bridge_max):
            row[BREAK_T] = t
        row[LAST_T] = t
        s = t // slot_us
        away = abs(2 * (t - s * slot_us) - slot_us)
        if row[SLOT] != s:
            if row[SLOT] != NEVER:
                _close(row, k, n, track, slot, off, lon, lat, ckn, link, slot_us)
                row[REP_T] = row[T]
                n += 1
            row[SLOT] = s
        elif away >= row[OFF]:
            continue
        row[OFF], row[T], row[LON], row[LAT] = away, t, lon_e7[i], lat_e7[i]
        row[CKN] = min((mkn[i] + 5) // 10, MOST_CKN) if mkn[i] >= 0 else -1
        row[LINK] = 1 if row[BREAK_T] <= row[REP_T] else 0
    return n


def take_rows(
    state: JointState, tracks: int, code: I32, t_us: I64, lon_e7: I32, lat_e7: I32, speed_mkn: I32, bridge_us: I64,
    slot_us: int, bridge_max_us: int,
) -> None:  # fmt: skip
    """Take n rows (canonical order; code -1 = no vessel) into the state; ``tracks`` codes exist by now."""
    if len(state.tracks) < tracks:
        more = np.zeros((tracks - len(state.tracks), N_TRACK), np.int64)
        more[:, [LAST_T, SLOT, REP_T]] = NEVER
        state.tracks = np.concatenate([state.tracks, more])
    if not len(code):
        return
    out = Slots.blank(len(code))
    n = _step(
        code, t_us, lon_e7, lat_e7, speed_mkn, bridge_us, state.tracks, slot_us, bridge_max_us,
        out.track, out.slot, out.off_us, out.lon_e7, out.lat_e7, out.ckn, out.linked,
    )  # fmt: skip
    if n:
        state.parts.append(Slots(*(getattr(out, f.name)[:n].copy() for f in fields(out))))
    while len(state.parts) > 1 and len(state.parts[-2]) <= 2 * len(state.parts[-1]):
        state.parts[-2:] = [Slots.concat(state.parts[-2:])]


def kept(
    slots: Slots, tracks: int, day: int, matters: Callable[[int, int], bool], slot_us: int, history_days: int,
    since_day: int = NEVER,
) -> npt.NDArray[np.bool_]:  # fmt: skip
    """Which slots are remembered after the midnights ``since_day`` to ``day`` (days since 1970): bool[n].

    ``matters(track, t_us)``: whether the force of a track matters at that midnight. The rule holds for each slot and
    each midnight by itself, so that it does not matter when, or how often, memory is cut.
    """
    floor_us = np.full(tracks, (day - history_days) * DAY_US, np.int64)
    begin_us = slots.slot.astype(np.int64) * slot_us
    first = np.full(tracks, 2**62, np.int64)
    np.minimum.at(first, slots.track, begin_us)
    oldest = max(since_day, day - history_days)
    for code in np.flatnonzero(first < day * DAY_US - OTHERS_KEPT_US).tolist():
        for d in range(day, oldest - 1, -1):
            if d * DAY_US - OTHERS_KEPT_US <= first[code]:
                break
            if not matters(code, d * DAY_US):
                floor_us[code] = max(int(floor_us[code]), d * DAY_US - OTHERS_KEPT_US)
                break
    keep: npt.NDArray[np.bool_] = begin_us >= floor_us[slots.track]
    return keep


def cut_memory(
    state: JointState, watermark_us: int, matters: Callable[[int, int], bool], slot_us: int, history_days: int
) -> None:
    """Forget what need not be remembered after the last midnight that the watermark has passed."""
    day = watermark_us // DAY_US
    if day <= state.day:
        return
    if state.parts:
        whole = Slots.concat(state.parts)
        keep = kept(whole, len(state.tracks), day, matters, slot_us, history_days, state.day + 1)
        state.parts = [whole if keep.all() else whole.take(keep)]
    state.day = day


def all_slots(
    state: JointState, as_of_us: int, matters: Callable[[int, int], bool], slot_us: int, history_days: int
) -> Slots:
    """Every slot remembered, the open ones included, by track then slot; the state stays as it is."""
    rows = state.tracks
    (held,) = np.nonzero(rows[:, SLOT] != NEVER) if len(rows) else (np.zeros(0, np.intp),)
    now = Slots(
        held.astype(np.int32),
        rows[held, SLOT].astype(np.int32),
        (rows[held, T] - rows[held, SLOT] * slot_us).astype(np.int32),
        rows[held, LON].astype(np.int32),
        rows[held, LAT].astype(np.int32),
        rows[held, CKN].astype(np.int16),
        rows[held, LINK].astype(np.int8),
    )
    whole = Slots.concat([*state.parts, now])
    whole = whole.take(kept(whole, len(rows), as_of_us // DAY_US, matters, slot_us, history_days))
    return whole.take(np.lexsort((whole.slot, whole.track)))
