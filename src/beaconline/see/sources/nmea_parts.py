"""Fragments of one message put together, and never fragments of two.

Decides: which fragments belong to one message. They agree in connection, VDM or VDO, talker, number of parts, sequence
number and channel, and in station and TAG group where both are told; they come within FRAGMENT_WINDOW_S of each other
(within FRAGMENT_WINDOW_LINES where no time is told), in any order. A fragment that tells no station joins one that does
only when it follows it directly, or when both are of one TAG group.
Refuses: to guess. Where no station is told and two different fragments claim the same place, two stations are talking
at once and none of their fragments can be told apart: all are orphans, and so is every fragment of that key until the
window has passed. Where the station is told, a later fragment for the same place means that the earlier message was
not heard to its end. Parts out of order are kept for REORDER_LINES, in case the right part follows.
Source: IEC 61162-1 (multi-sentence messages). Known failures: two stations that are not told apart, of which one lost
its first part and the other its second, within one window and with equal numbers, cannot be recognised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from beaconline.foundation.records.times import NO_TIME, US_PER_S
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I8, I32, I64
from beaconline.foundation.wire.ais.bits import U8

__all__ = ["COMPLETE", "ORPHAN", "PENDING", "assemble"]

FRAGMENT_WINDOW_S: Final = 30
"""Longest time between the parts of a message, seconds. Parts leave the ship within 0.13 s; the rest is network delay.
Too large: parts of two messages meet, since sequence numbers come round every few seconds on a busy coast."""
FRAGMENT_WINDOW_LINES: Final = 100
"""Longest distance between the parts where no time is told, lines. Parts stand within a few lines of each other; the
ten sequence numbers on two channels come round after some hundreds of lines. Too large: parts of two messages meet."""
TIMED_WINDOW_LINES: Final = 50_000
"""The same where times are told: only there so that what waits stays bounded."""
REORDER_LINES: Final = 20
"""How long a message completed out of order waits for a better part, lines."""
MAX_PARTS: Final = 9
MAX_OPEN: Final = 64
"""Most messages of one key and source that may be open at once (the same part repeated); more are orphans."""

PENDING: Final = 0
COMPLETE: Final = 1
ORPHAN: Final = 2
TENTATIVE: Final = 3
"""States of a group: parts missing; all there; given up; all there but out of order and still waiting."""

KEY, GROUP, STATION, PART, COUNT, UNIT, T_US, START, LENGTH = range(9)
"""Columns of the table of fragments: key of the message (without station and group), TAG group or -1, station code or
-1, part number, number of parts, line of the ledger, time or NO_TIME, place and length of the payload."""

G_KEY, G_GROUP, G_STATION, G_FIRST, G_LAST, G_STATE, G_NEXT, G_FILLED, G_PART = range(9)
"""Columns of the table of groups: as above; first and last fragment that came, state, next group of the bucket, parts
there; from G_PART on the fragment of each part, -1 where missing."""


@inner
def _within(rows: I64, a: int, b: int) -> bool:
    """True when fragment b comes within the window of fragment a."""
    lines = rows[b, UNIT] - rows[a, UNIT]
    if rows[a, T_US] == NO_TIME or rows[b, T_US] == NO_TIME:
        return bool(lines <= FRAGMENT_WINDOW_LINES)
    return bool(lines <= TIMED_WINDOW_LINES and abs(rows[b, T_US] - rows[a, T_US]) <= FRAGMENT_WINDOW_S * US_PER_S)


@inner
def _same_text(buf: U8, rows: I64, a: int, b: int) -> bool:
    if rows[a, LENGTH] != rows[b, LENGTH]:
        return False
    s, t = rows[a, START], rows[b, START]
    i = 0
    while i < rows[a, LENGTH] and buf[s + i] == buf[t + i]:
        i += 1
    return i == rows[a, LENGTH]  # type: ignore[no-any-return]


@inner
def _same_source(rows: I64, groups: I64, g: int, f: int) -> bool:
    """True when station and TAG group are those of the group; within one TAG group a station may be left out."""
    if groups[g, G_KEY] != rows[f, KEY] or groups[g, G_GROUP] != rows[f, GROUP]:
        return False
    station = groups[g, G_STATION]
    if station == rows[f, STATION]:
        return True
    return bool(rows[f, GROUP] >= 0 and (station < 0 or rows[f, STATION] < 0))


@inner
def _follows(rows: I64, groups: I64, g: int, f: int) -> bool:
    """True when f is the next part of group g on the very next line and no station or TAG group speaks against it."""
    return (
        groups[g, G_STATE] == PENDING
        and groups[g, G_KEY] == rows[f, KEY]
        and rows[f, PART] == rows[groups[g, G_LAST], PART] + 1
        and groups[g, G_PART + rows[f, PART] - 1] < 0
        and rows[f, UNIT] == rows[groups[g, G_LAST], UNIT] + 1
        and (groups[g, G_STATION] < 0 or rows[f, STATION] < 0)
        and (groups[g, G_GROUP] < 0 or rows[f, GROUP] < 0)
        and _within(rows, groups[g, G_FIRST], f)
    )


@inner
def _in_order(rows: I64, groups: I64, g: int, count: int) -> bool:
    p = 1
    while p < count and rows[groups[g, G_PART + p], UNIT] >= rows[groups[g, G_PART + p - 1], UNIT]:
        p += 1
    return p == count


@inner
def _add(rows: I64, groups: I64, g: int, f: int) -> None:
    """Put the fragment in its place; complete the group when it was the last one missing."""
    groups[g, G_PART + rows[f, PART] - 1] = f
    groups[g, G_LAST] = f
    groups[g, G_FILLED] += 1
    if groups[g, G_STATION] < 0:
        groups[g, G_STATION] = rows[f, STATION]
    if groups[g, G_GROUP] < 0:
        groups[g, G_GROUP] = rows[f, GROUP]
    count = rows[f, COUNT]
    if groups[g, G_FILLED] == count:
        sure = groups[g, G_GROUP] >= 0 or _in_order(rows, groups, g, count)
        groups[g, G_STATE] = COMPLETE if sure else TENTATIVE


@inner
def _replace(rows: I64, groups: I64, g: int, f: int, of: I64) -> bool:
    """In a group completed out of order, take fragment f in place of a part that came too early. False: it did not."""
    p = rows[f, PART] - 1
    old = groups[g, G_PART + p]
    if p == 0 or rows[groups[g, G_PART + p - 1], UNIT] < rows[old, UNIT]:
        return False
    of[old] = -1
    groups[g, G_PART + p] = f
    groups[g, G_LAST] = f
    if _in_order(rows, groups, g, rows[f, COUNT]):
        groups[g, G_STATE] = COMPLETE
    return True


@inner
def _expire(rows: I64, groups: I64, g: int, f: int) -> None:
    """Settle a group that fragment f comes too late for."""
    if groups[g, G_STATE] == PENDING and not _within(rows, groups[g, G_FIRST], f):
        groups[g, G_STATE] = ORPHAN
    elif groups[g, G_STATE] == TENTATIVE and rows[f, UNIT] - rows[groups[g, G_LAST], UNIT] > REORDER_LINES:
        groups[g, G_STATE] = COMPLETE


@inner
def _poison(rows: I64, groups: I64, first: int, f: int, banned: I64, n_banned: int) -> int:
    """Give up every open group of the key that tells no station, and ban the key from fragment f on."""
    g = first
    while g >= 0:
        if (
            groups[g, G_KEY] == rows[f, KEY]
            and groups[g, G_STATION] < 0
            and groups[g, G_GROUP] < 0
            and (groups[g, G_STATE] == PENDING or groups[g, G_STATE] == TENTATIVE)
        ):
            groups[g, G_STATE] = ORPHAN
        g = groups[g, G_NEXT]
    banned[n_banned, 0], banned[n_banned, 1], banned[n_banned, 2] = rows[f, KEY], rows[f, UNIT], rows[f, T_US]
    return n_banned + 1


@inner
def _is_banned(rows: I64, f: int, banned: I64, n_banned: int) -> bool:
    for b in range(n_banned - 1, -1, -1):
        lines = rows[f, UNIT] - banned[b, 1]
        if banned[b, 0] == rows[f, KEY] and lines >= 0:
            if rows[f, T_US] == NO_TIME or banned[b, 2] == NO_TIME:
                return bool(lines <= FRAGMENT_WINDOW_LINES)
            apart_us = abs(rows[f, T_US] - banned[b, 2])
            return bool(lines <= TIMED_WINDOW_LINES and apart_us <= FRAGMENT_WINDOW_S * US_PER_S)
    return False


@inner
def _find(buf: U8, rows: I64, groups: I64, bucket: I64, slot: int, f: int) -> tuple[int, int, int]:
    """(oldest group the fragment can join, group in which it clashes, open groups of its source); -1 = none.

    Settled groups are taken out of the bucket on the way.
    """
    join, clash, n_open = -1, -1, 0
    before = -1
    g = bucket[slot]
    while g >= 0:
        _expire(rows, groups, g, f)
        after = groups[g, G_NEXT]
        if groups[g, G_STATE] == COMPLETE or groups[g, G_STATE] == ORPHAN:
            if before < 0:
                bucket[slot] = after
            else:
                groups[before, G_NEXT] = after
        else:
            before = g
            if _same_source(rows, groups, g, f):
                n_open += 1
                held = groups[g, G_PART + rows[f, PART] - 1]
                if held < 0:
                    join = g
                elif not _same_text(buf, rows, held, f):
                    clash = g
        g = after
    return join, clash, n_open


@inner
def _slot(rows: I64, f: int, mask: int) -> int:
    """Bucket of a fragment: by key and TAG group, else by key and station."""
    key = rows[f, KEY]
    source = rows[f, GROUP] * 2 + 1 if rows[f, GROUP] >= 0 else (rows[f, STATION] + 1) * 2
    mixed = (key ^ (source << 7)) * 0x9E3779B97F4A7C1
    return int((mixed >> 24) & mask)


@inner
def _place(
    buf: U8, rows: I64, f: int, groups: I64, n: int, bucket: I64, of: I64, banned: I64, n_banned: int
) -> tuple[int, int]:
    """Place one fragment; return the numbers of groups and of bans after it."""
    nameless = rows[f, STATION] < 0 and rows[f, GROUP] < 0
    if nameless and n_banned > 0 and _is_banned(rows, f, banned, n_banned):
        return n, n_banned
    slot = _slot(rows, f, len(bucket) - 1)
    join, clash, n_open = _find(buf, rows, groups, bucket, slot, f)
    neighbour = of[f - 1] if f > 0 else -1
    if neighbour >= 0 and neighbour != join and clash < 0 and _follows(rows, groups, neighbour, f):
        if join >= 0 and nameless:
            # It may belong to the neighbour, whose station it leaves out, or to a message of an unknown station.
            return n, _poison(rows, groups, bucket[slot], f, banned, n_banned)
        join = neighbour if join < 0 else join
    if clash >= 0:
        join = -1
        if groups[clash, G_STATE] == TENTATIVE and _replace(rows, groups, clash, f, of):
            of[f] = clash
            return n, n_banned
        if nameless:
            return n, _poison(rows, groups, bucket[slot], f, banned, n_banned)
        groups[clash, G_STATE] = COMPLETE if groups[clash, G_STATE] == TENTATIVE else ORPHAN
    if join < 0:
        if n_open > MAX_OPEN:
            return n, n_banned
        join = n
        n += 1
        groups[join, :] = -1
        groups[join, G_KEY], groups[join, G_FIRST] = rows[f, KEY], f
        groups[join, G_STATE], groups[join, G_FILLED] = PENDING, 0
        groups[join, G_NEXT] = bucket[slot]
        bucket[slot] = join
    of[f] = join
    _add(rows, groups, join, f)
    return n, n_banned


@kernel
def _assemble(
    buf: U8, rows: I64, groups: I64, bucket: I64, of: I64, banned: I64, n_banned: int, now: int, final: bool
) -> tuple[int, int]:
    n = 0
    for f in range(len(rows)):
        n, n_banned = _place(buf, rows, f, groups, n, bucket, of, banned, n_banned)
    for g in range(n):
        age = now - rows[groups[g, G_FIRST], UNIT]
        wait = FRAGMENT_WINDOW_LINES if rows[groups[g, G_FIRST], T_US] == NO_TIME else TIMED_WINDOW_LINES
        if groups[g, G_STATE] == PENDING and (final or age > wait):
            groups[g, G_STATE] = ORPHAN
        elif groups[g, G_STATE] == TENTATIVE and (final or now - rows[groups[g, G_LAST], UNIT] > REORDER_LINES):
            groups[g, G_STATE] = COMPLETE
    return n, n_banned


@dataclass(frozen=True, slots=True)
class Assembly:
    """What became of n fragments.

    state  int8[n], PENDING, COMPLETE or ORPHAN
    group  int32[n], group of the fragment, -1 = none (an orphan)
    part   int64[groups, 9], fragment of each part, for groups that are complete
    complete  int32[*], groups that are complete, by the line that completed them
    last   int64[*], the fragment that came last, of each of those
    banned int64[*, 3], keys under a ban: key, line, time
    """

    state: I8
    group: I32
    part: I64
    complete: I32
    last: I64
    banned: I64


def assemble(buf: U8, rows: I64, banned: I64, now: int, final: bool) -> Assembly:
    """Put fragments together.

    rows    int64[n, 9], fragments in stream order, those still waiting from earlier calls first
    banned  int64[*, 3], bans left by the earlier call
    now     line of the ledger that the stream has reached; final: nothing follows
    """
    n = len(rows)
    groups = np.empty((max(n, 1), G_PART + MAX_PARTS), np.int64)
    bucket = np.full(1 << max(4, int(n).bit_length()), -1, np.int64)
    of = np.full(n, -1, np.int64)
    room = np.empty((len(banned) + n, 3), np.int64)
    room[: len(banned)] = banned
    n_groups, n_banned = _assemble(buf, rows, groups, bucket, of, room, len(banned), now, final)
    groups = groups[:n_groups]
    state = np.full(n, ORPHAN, np.int8)
    held = of >= 0
    verdict = groups[:, G_STATE].copy()
    verdict[verdict == TENTATIVE] = PENDING
    state[held] = verdict[of[held]]
    complete = np.flatnonzero(verdict == COMPLETE)
    last = groups[complete, G_LAST]
    order = np.argsort(rows[last, UNIT], kind="stable") if len(complete) else complete
    keep = room[:n_banned]
    wait = np.where(keep[:, 2] == NO_TIME, FRAGMENT_WINDOW_LINES, TIMED_WINDOW_LINES)
    return Assembly(
        state=state,
        group=of.astype(np.int32),
        part=groups[:, G_PART:],
        complete=complete[order].astype(np.int32),
        last=last[order],
        banned=keep[now - keep[:, 1] <= wait].copy(),
    )
