"""Fragments of one message put together, and never fragments of two.

Decides: which fragments belong to one message. They agree in connection, VDM or VDO, talker, number of parts, sequence
number and channel (the key), and in station and TAG group where both are told; they come within FRAGMENT_WINDOW_S of
each other (within FRAGMENT_WINDOW_LINES where no time is told) and before their source began MAX_BEGUN other messages,
in any order. A fragment that tells neither station nor group is nameless: it joins nameless ones, and fragments that
tell a station only on the very next line.
Refuses: to guess. Where a nameless fragment could belong to more than one message (nmea_doubts says when), none is put
together. So that a fragment that speaks against a message is seen, a complete message with a nameless fragment waits
for HOLD_LINES. Where the station is told, a later fragment for the same place means that the earlier message was not
heard to its end.
Source: IEC 61162-1 (multi-sentence messages). Known failures: two stations that are not told apart, of which one lost
its first part and the other its second, within one window and with equal numbers, cannot be recognised; and those of
nmea_doubts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I8, I32, I64
from beaconline.foundation.wire.ais.bits import U8
from beaconline.see.sources.nmea_doubts import (
    BAN_LINES,
    DOUBT_LINES,
    HARD,
    HOLD_LINES,
    SOFT,
    is_banned,
    is_trusted,
    judge,
    poison,
    put_in_doubt,
    settle_run,
)  # fmt: skip
from beaconline.see.sources.nmea_groups import (
    BEGUN,
    COMPLETE,
    COUNT,
    FRAGMENT_WINDOW_LINES,
    G_DOUBT,
    G_FILLED,
    G_FIRST,
    G_KEY,
    G_LAST,
    G_NAMELESS,
    G_NEXT,
    G_PART,
    G_RUN,
    G_STATE,
    GROUP,
    KEY,
    MAYBE,
    ORPHAN,
    PART,
    PENDING,
    SAME,
    STATION,
    T_US,
    TENTATIVE,
    TIMED_WINDOW_LINES,
    UNIT,
    add,
    in_order,
    is_run,
    nameless,
    next_line,
    relation,
    same_text,
    within,
)  # fmt: skip

__all__ = ["Carried", "assemble", "count_begun"]

MAX_BEGUN: Final = 6
"""Other messages of several parts that a source may begin before a part comes too late. A station counts its messages
0 to 9, so that after nine others the number belongs to another message. Too large: parts of two messages meet."""
MAX_PARTS: Final = 9
MAX_OPEN: Final = 256
"""Most messages of one key that may be open at once; fragments that would begin more are orphans."""
BEGUN_SOURCES: Final = 1024
BEGUN_NUMBERS: Final = 101
"""Rows (stations share them beyond that, which only counts too many) and sequence numbers of the count of begun
messages; the last column is "no number"."""
TRUSTED_KEYS: Final = 128
"""Keys that may be trusted at once: more than DOUBT_LINES, within which each needs a line of its own."""


@kernel
def count_begun(seq: I64, begins: I64, source: I64, total: I64, own: I64, out: I64) -> None:
    """Fill out[i]: messages with another sequence number that the source of fragment i began up to it.

    seq int64[n], -1 = none; begins 1 for a first part; source row of the counts; total int64[BEGUN_SOURCES] and own
    int64[BEGUN_SOURCES, BEGUN_NUMBERS] are the counts so far, and are brought up to date.
    """
    for i in range(len(seq)):
        s, q = source[i], seq[i] if seq[i] >= 0 else BEGUN_NUMBERS - 1
        total[s] += begins[i]
        own[s, q] += begins[i]
        out[i] = total[s] - own[s, q]


@inner
def _replace(rows: I64, groups: I64, g: int, f: int, of: I64) -> bool:
    """In a group completed out of order, take fragment f in place of a part that came too early. False: it did not."""
    p = rows[f, PART] - 1
    old = groups[g, G_PART + p]
    if p == 0 or groups[g, G_NAMELESS] > 0 or rows[groups[g, G_PART + p - 1], UNIT] < rows[old, UNIT]:
        return False
    of[old] = -1
    groups[g, G_PART + p] = f
    groups[g, G_LAST] = f
    if in_order(rows, groups, g, rows[f, COUNT]):
        groups[g, G_STATE] = COMPLETE
    return True


@inner
def _release(rows: I64, groups: I64, g: int, now: int) -> None:
    """Settle a group that has waited long enough for what speaks against it (in doubt: for what speaks for it)."""
    if groups[g, G_STATE] == TENTATIVE:
        waited = now - rows[groups[g, G_LAST], UNIT]
        if groups[g, G_DOUBT] > 0:
            groups[g, G_STATE] = ORPHAN if waited > DOUBT_LINES else TENTATIVE
        elif waited > HOLD_LINES:
            groups[g, G_STATE] = COMPLETE


@inner
def _expire(rows: I64, groups: I64, g: int, f: int) -> None:
    """Settle a group that fragment f comes too late for."""
    if groups[g, G_STATE] == PENDING:
        first = groups[g, G_FIRST]
        late = rows[f, BEGUN] - rows[first, BEGUN] > MAX_BEGUN and rows[f, GROUP] < 0 and rows[first, GROUP] < 0
        if (late and rows[f, STATION] == rows[first, STATION]) or not within(rows, first, f):
            groups[g, G_STATE] = ORPHAN
    else:
        _release(rows, groups, g, rows[f, UNIT])


@inner
def _sweep(rows: I64, groups: I64, bucket: I64, slot: int, f: int) -> int:
    """Settle what fragment f comes too late for, take settled groups out of the bucket; return the open groups."""
    n_open = 0
    before = -1
    g = bucket[slot]
    while g >= 0:
        if groups[g, G_KEY] == rows[f, KEY]:
            _expire(rows, groups, g, f)
        after = groups[g, G_NEXT]
        if groups[g, G_STATE] == COMPLETE or groups[g, G_STATE] == ORPHAN:
            if before < 0:
                bucket[slot] = after
            else:
                groups[before, G_NEXT] = after
        else:
            before = g
            n_open += groups[g, G_KEY] == rows[f, KEY]
        g = after
    return n_open


@inner
def _find(buf: U8, rows: I64, groups: I64, first: int, f: int) -> tuple[int, int, int, int]:
    """(oldest group of its source that f can join, one in which it clashes, the group on the line before that may be
    its own, groups near that may be its own); -1 = none."""
    own, clash, follow, maybe = -1, -1, -1, 0
    g = first
    while g >= 0:
        if groups[g, G_KEY] == rows[f, KEY]:
            held = groups[g, G_PART + rows[f, PART] - 1]
            kin = relation(rows, groups, g, f)
            if kin == SAME:
                if held < 0:
                    own = g
                elif not nameless(rows, f) and not same_text(buf, rows, held, f):
                    clash = g
            elif kin == MAYBE and held < 0 and rows[f, UNIT] - rows[groups[g, G_LAST], UNIT] <= HOLD_LINES:
                maybe += 1
                if next_line(rows, groups, g, f):
                    follow = g
        g = groups[g, G_NEXT]
    return own, clash, follow, maybe


@inner
def _slot(rows: I64, f: int, mask: int) -> int:
    """Bucket of a fragment, by key."""
    mixed = rows[f, KEY] * 0x9E3779B97F4A7C1
    return int((mixed >> 24) & mask)


@inner
def _new(rows: I64, groups: I64, n: int, bucket: I64, slot: int, f: int) -> None:
    """Begin group n with no fragment yet; f will be its first."""
    groups[n, :] = -1
    groups[n, G_KEY], groups[n, G_FIRST], groups[n, G_STATE] = rows[f, KEY], f, PENDING
    groups[n, G_FILLED], groups[n, G_NAMELESS], groups[n, G_RUN], groups[n, G_DOUBT] = 0, 0, 1, 0
    groups[n, G_NEXT] = bucket[slot]
    bucket[slot] = n


@inner
def _start_anew(rows: I64, groups: I64, clash: int, f: int, of: I64) -> bool:
    """The source of f sends a part again: group clash gets no more. True: f took the place of a part in it."""
    if groups[clash, G_STATE] == TENTATIVE and _replace(rows, groups, clash, f, of):
        of[f] = clash
        return True
    if groups[clash, G_STATE] == PENDING:
        groups[clash, G_STATE] = ORPHAN
    elif groups[clash, G_STATE] == TENTATIVE and groups[clash, G_NAMELESS] == 0:
        groups[clash, G_STATE] = COMPLETE
    return False


@inner
def _place(
    buf: U8, rows: I64, f: int, groups: I64, n: int, bucket: I64, of: I64, banned: I64, n_banned: int, trusted: I64
) -> tuple[int, int]:
    """Place one fragment; return the numbers of groups and of bans after it."""
    bare = nameless(rows, f)
    if bare and n_banned > 0 and is_banned(rows, f, banned, n_banned):
        return n, n_banned
    slot = _slot(rows, f, len(bucket) - 1)
    n_open = _sweep(rows, groups, bucket, slot, f)
    own, clash, follow, maybe = _find(buf, rows, groups, bucket[slot], f)
    join = follow if own < 0 and clash < 0 else own
    verdict = judge(buf, rows, groups, bucket[slot], f, join)
    if bare and (maybe > 1 or (maybe == 1 and (follow < 0 or own >= 0))):
        verdict = HARD
    if verdict == HARD:
        n_banned = poison(rows, groups, bucket[slot], f, banned, n_banned, trusted)
        if bare:
            return n, n_banned
        if join >= 0 and groups[join, G_STATE] == ORPHAN:
            join = -1
    if clash >= 0:
        join = -1
        if _start_anew(rows, groups, clash, f, of):
            return n, n_banned
    if join < 0:
        if n_open >= MAX_OPEN:
            return n, n_banned
        _new(rows, groups, n, bucket, slot, f)
        join = n
        n += 1
    of[f] = join
    if verdict == SOFT and not is_trusted(trusted, rows[f, KEY], rows[f, UNIT] - rows[f, PART] + 1):
        put_in_doubt(buf, rows, groups, bucket[slot], f, join)
    add(rows, groups, join, f)
    if is_run(groups, join):
        settle_run(rows, groups, bucket[slot], join, trusted)
    return n, n_banned


@kernel
def _assemble(
    buf: U8, rows: I64, groups: I64, bucket: I64, of: I64, banned: I64, n_banned: int, trusted: I64, now: int,
    final: bool,
) -> tuple[int, int]:  # fmt: skip
    n = 0
    for f in range(len(rows)):
        n, n_banned = _place(buf, rows, f, groups, n, bucket, of, banned, n_banned, trusted)
    for g in range(n):
        age = now - rows[groups[g, G_FIRST], UNIT]
        wait = FRAGMENT_WINDOW_LINES if rows[groups[g, G_FIRST], T_US] == NO_TIME else TIMED_WINDOW_LINES
        if groups[g, G_STATE] == PENDING and (final or age > wait):
            groups[g, G_STATE] = ORPHAN
        _release(rows, groups, g, rows[groups[g, G_LAST], UNIT] + DOUBT_LINES + 1 if final else now)
    return n, n_banned


class Carried:
    """What one call leaves for the next beside the fragments that wait.

    banned   int64[*, 3], keys under a ban: key, line, time
    trusted  int64[TRUSTED_KEYS, 3], keys of which runs are beyond doubt: key or -1, first line, last line
    total, own  the counts of count_begun
    """

    def __init__(self) -> None:
        self.banned = np.zeros((0, 3), np.int64)
        self.trusted = np.full((TRUSTED_KEYS, 3), -1, np.int64)
        self.trusted[:, 2] = -DOUBT_LINES - 1
        self.total = np.zeros(BEGUN_SOURCES, np.int64)
        self.own = np.zeros((BEGUN_SOURCES, BEGUN_NUMBERS), np.int64)


@dataclass(frozen=True, slots=True)
class Assembly:
    """What became of n fragments.

    state  int8[n], PENDING, TENTATIVE (its message is whole, but still waits), COMPLETE or ORPHAN
    doubt  int8[n], 1 where the message is in doubt
    group  int32[n], group of the fragment, -1 = none (an orphan)
    part   int64[groups, 9], fragment of each part, for groups that are complete
    complete  int32[*], groups that are complete, by the line that completed them
    last   int64[*], the fragment that came last, of each of those
    """

    state: I8
    doubt: I8
    group: I32
    part: I64
    complete: I32
    last: I64


def assemble(buf: U8, rows: I64, carried: Carried, now: int, final: bool) -> Assembly:
    """Put fragments together.

    rows     int64[n, COLUMNS], fragments in stream order, those still waiting from earlier calls first
    carried  left by the earlier call, brought up to date
    now      line of the ledger that the stream has reached; final: nothing follows
    """
    n = len(rows)
    groups = np.empty((max(n, 1), G_PART + MAX_PARTS), np.int64)
    bucket = np.full(1 << max(4, int(n).bit_length()), -1, np.int64)
    of = np.full(n, -1, np.int64)
    old = carried.banned
    room = np.empty((len(old) + n, 3), np.int64)
    room[: len(old)] = old
    n_groups, n_banned = _assemble(buf, rows, groups, bucket, of, room, len(old), carried.trusted, now, final)
    groups, room = groups[:n_groups], room[:n_banned]
    carried.banned = room[now - room[:, 1] <= BAN_LINES].copy()
    state, doubt = np.full(n, ORPHAN, np.int8), np.zeros(n, np.int8)
    held = of >= 0
    state[held], doubt[held] = groups[of[held], G_STATE], groups[of[held], G_DOUBT]
    complete = np.flatnonzero(groups[:, G_STATE] == COMPLETE)
    last = groups[complete, G_LAST]
    order = np.argsort(rows[last, UNIT], kind="stable") if len(complete) else complete
    return Assembly(
        state=state,
        doubt=doubt,
        group=of.astype(np.int32),
        part=groups[:, G_PART:],
        complete=complete[order].astype(np.int32),
        last=last[order],
    )
