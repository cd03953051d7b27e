"""Fragments of one message put together, and never fragments of two.

Decides: which fragments belong to one message. They agree in connection, VDM or VDO, talker, number of parts, sequence
number and channel (the key), and in station and TAG group where both are told; they come within FRAGMENT_WINDOW_S of
each other (within FRAGMENT_WINDOW_LINES where no time is told) and before their source began MAX_BEGUN other messages,
in any order. A fragment that tells neither station nor group is nameless: it joins nameless ones, and fragments that
tell a station only on the very next line.
Refuses: to guess. Where a nameless fragment could belong to more than one message, all nameless fragments of the key
that wait are orphans, and so are those that follow until BAN_LINES or BAN_S have passed. So that a fragment that speaks
against a message is seen, a message with a nameless fragment waits for HOLD_LINES when it is complete. Two messages of
a key are both kept when each stands on consecutive lines, with more than RUN_GAP_LINES other lines between, or when
the one cannot have the other's part for its length. Where the station is told, a later fragment for the same place
means that the earlier message was not heard to its end.
Source: IEC 61162-1 (multi-sentence messages). Known failures: two stations that are not told apart, of which one lost
its first part and the other its second, within one window and with equal numbers, cannot be recognised; two whole
messages of equal numbers and lengths directly behind each other are lost, since they could be crossed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from beaconline.foundation.records.times import NO_TIME, US_PER_S
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I8, I32, I64
from beaconline.foundation.wire.ais.bits import U8

__all__ = ["COLUMNS", "COMPLETE", "ORPHAN", "PENDING", "assemble", "count_begun", "no_begun"]

FRAGMENT_WINDOW_S: Final = 10
"""Longest time between the parts of a message, seconds. Parts leave the ship within 0.2 s; the rest is network delay.
Too large: parts of two messages meet; too small: messages of slow feeds are lost."""
FRAGMENT_WINDOW_LINES: Final = 100
"""Longest distance between the parts where no time is told, lines. Parts stand within a few lines of each other; the
ten sequence numbers on two channels come round after some hundreds of lines. Too large: parts of two messages meet."""
TIMED_WINDOW_LINES: Final = 50_000
"""The same where times are told: only there so that what waits stays bounded."""
MAX_BEGUN: Final = 6
"""Other messages of several parts that a source may begin before a part comes too late. A station counts its messages
0 to 9, so that after nine others the number belongs to another message. Too large: parts of two messages meet."""
HOLD_LINES: Final = 20
"""How long a complete message with a nameless fragment, or one out of order, waits for what speaks against it, and how
far a nameless fragment looks for messages that tell a station, lines. Too small: splices; too large: messages of a
busy receiver are lost to those that follow with the same number."""
RUN_GAP_LINES: Final = 2
"""Other lines that must stand between two messages of a key, each on consecutive lines, for both to be beyond doubt.
Too small: one lost line between two crossed messages makes them look whole."""
BAN_LINES: Final = 24
BAN_S: Final = 3
"""How long nameless fragments of a key stay orphans after a clash: lines or seconds, whichever is over first. Too
small: the stragglers of the clash meet; too large: a busy receiver loses the messages that follow."""
TYPE_5_CHARS: Final = (70, 72)
"""Least and most payload characters of a static report (424 bits, some send 422 or 426)."""
MAX_PARTS: Final = 9
MAX_OPEN: Final = 256
"""Most messages of one key that may be open at once; fragments that would begin more are orphans."""
BEGUN_SOURCES: Final = 1024
BEGUN_NUMBERS: Final = 101
"""Rows (stations share them beyond that, which only counts too many) and sequence numbers of the count of begun
messages; the last column is "no number"."""

PENDING: Final = 0
COMPLETE: Final = 1
ORPHAN: Final = 2
TENTATIVE: Final = 3
"""States of a group: parts missing; all there; given up; all there but still waiting for what speaks against it."""

KEY, GROUP, STATION, PART, COUNT, UNIT, T_US, START, LENGTH, BEGUN = range(10)
COLUMNS: Final = 10
"""Columns of the table of fragments: key of the message (without station and group), TAG group or -1, station code or
-1, part number, number of parts, line of the ledger, time or NO_TIME, place and length of the payload, messages with
other numbers that its source began until then."""

G_KEY, G_GROUP, G_STATION, G_FIRST, G_LAST, G_STATE, G_NEXT, G_FILLED, G_NAMELESS, G_RUN, G_PART = range(11)
"""Columns of the table of groups: as above; first and last fragment that came, state, next group of the bucket, parts
there, nameless ones among them, 1 while they stand in order on consecutive lines; from G_PART on the fragment of each
part, -1 where missing."""

SAME, MAYBE, OTHER = 0, 1, 2
"""Relation of a fragment to a group: its source; it cannot be told, since one of them is nameless; another source."""


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


def no_begun() -> tuple[I64, I64]:
    """The counts of count_begun at the beginning of a stream."""
    return np.zeros(BEGUN_SOURCES, np.int64), np.zeros((BEGUN_SOURCES, BEGUN_NUMBERS), np.int64)


@inner
def _apart_us(rows: I64, a: int, b: int) -> int:
    """Time between two fragments, microseconds; -1 when one tells none."""
    if rows[a, T_US] == NO_TIME or rows[b, T_US] == NO_TIME:
        return -1
    return abs(rows[b, T_US] - rows[a, T_US])  # type: ignore[no-any-return]


@inner
def _within(rows: I64, a: int, b: int) -> bool:
    """True when fragment b comes within the window of fragment a."""
    lines = rows[b, UNIT] - rows[a, UNIT]
    apart = _apart_us(rows, a, b)
    if apart < 0:
        return bool(lines <= FRAGMENT_WINDOW_LINES)
    return bool(lines <= TIMED_WINDOW_LINES and apart <= FRAGMENT_WINDOW_S * US_PER_S)


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
def _nameless(rows: I64, f: int) -> bool:
    return bool(rows[f, STATION] < 0 and rows[f, GROUP] < 0)


@inner
def _relation(rows: I64, groups: I64, g: int, f: int) -> int:
    """Relation of fragment f to a group of its key; within one TAG group a station may be left out."""
    station, group = groups[g, G_STATION], groups[g, G_GROUP]
    if group >= 0 and rows[f, GROUP] >= 0:
        fits = station == rows[f, STATION] or station < 0 or rows[f, STATION] < 0
        return SAME if group == rows[f, GROUP] and fits else OTHER
    if group == rows[f, GROUP] and station == rows[f, STATION]:
        return SAME
    return MAYBE if (station < 0 and group < 0) or _nameless(rows, f) else OTHER


@inner
def _next_line(rows: I64, groups: I64, g: int, f: int) -> bool:
    """True when f is the next part of the pending group g, on the very next line."""
    return bool(
        groups[g, G_STATE] == PENDING
        and rows[f, PART] == rows[groups[g, G_LAST], PART] + 1
        and groups[g, G_PART + rows[f, PART] - 1] < 0
        and rows[f, UNIT] == rows[groups[g, G_LAST], UNIT] + 1
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
    last = groups[g, G_LAST]
    if rows[f, PART] != groups[g, G_FILLED] + 1 or (last >= 0 and rows[f, UNIT] != rows[last, UNIT] + 1):
        groups[g, G_RUN] = 0
    groups[g, G_PART + rows[f, PART] - 1] = f
    groups[g, G_LAST] = f
    groups[g, G_FILLED] += 1
    if _nameless(rows, f):
        groups[g, G_NAMELESS] += 1
    if groups[g, G_STATION] < 0:
        groups[g, G_STATION] = rows[f, STATION]
    if groups[g, G_GROUP] < 0:
        groups[g, G_GROUP] = rows[f, GROUP]
    count = rows[f, COUNT]
    if groups[g, G_FILLED] == count:
        sure = groups[g, G_NAMELESS] == 0 and (groups[g, G_GROUP] >= 0 or _in_order(rows, groups, g, count))
        groups[g, G_STATE] = COMPLETE if sure else TENTATIVE


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
    if _in_order(rows, groups, g, rows[f, COUNT]):
        groups[g, G_STATE] = COMPLETE
    return True


@inner
def _expire(rows: I64, groups: I64, g: int, f: int) -> None:
    """Settle a group that fragment f comes too late for."""
    if groups[g, G_STATE] == PENDING:
        first = groups[g, G_FIRST]
        late = rows[f, BEGUN] - rows[first, BEGUN] > MAX_BEGUN and rows[f, GROUP] < 0 and rows[first, GROUP] < 0
        if (late and rows[f, STATION] == rows[first, STATION]) or not _within(rows, first, f):
            groups[g, G_STATE] = ORPHAN
    elif groups[g, G_STATE] == TENTATIVE and rows[f, UNIT] - rows[groups[g, G_LAST], UNIT] > HOLD_LINES:
        groups[g, G_STATE] = COMPLETE


@inner
def _is_static(rows: I64, first: int, second: int) -> bool:
    """True when two parts have the length of a static report together."""
    chars = rows[first, LENGTH] + rows[second, LENGTH]
    return bool(TYPE_5_CHARS[0] <= chars <= TYPE_5_CHARS[1])


@inner
def _length_tells(buf: U8, rows: I64, groups: I64, g: int, f: int) -> bool:
    """True when group g is a static report in two parts, and f would be none with the other part of it."""
    if rows[f, COUNT] != 2 or groups[g, G_FILLED] != 2:
        return False
    first, second = groups[g, G_PART], groups[g, G_PART + 1]
    if buf[rows[first, START]] != 53 or not _is_static(rows, first, second):
        return False
    if rows[f, PART] == 1:
        return bool(buf[rows[f, START]] == 53 and not _is_static(rows, f, second))
    return not _is_static(rows, first, f)


@inner
def _latest(rows: I64, groups: I64, first: int, f: int, join: int) -> int:
    """Last line of the open groups of the key, other than join, that hold a nameless fragment; -1 = there is none."""
    latest = -1
    g = first
    while g >= 0:
        if groups[g, G_KEY] == rows[f, KEY] and g != join and groups[g, G_NAMELESS] > 0:
            latest = max(latest, rows[groups[g, G_LAST], UNIT])
        g = groups[g, G_NEXT]
    return latest


@inner
def _clear_of(rows: I64, groups: I64, g: int, f: int, join: int, latest: int) -> bool:
    """True when group g and the message of f each stand on consecutive lines, with enough other lines between them and
    between ``latest``, the line on which the last fragment of another message came, and the message of f."""
    if groups[g, G_STATE] != TENTATIVE or groups[g, G_RUN] == 0:
        return False
    before = rows[f, PART] - 1
    run = join < 0 and before == 0
    if join >= 0 and groups[join, G_RUN] == 1 and groups[join, G_FILLED] == before:
        run = rows[f, UNIT] == rows[groups[join, G_LAST], UNIT] + 1
    return bool(run and rows[f, UNIT] - before - latest - 1 > RUN_GAP_LINES)


@inner
def _contradicts(buf: U8, rows: I64, groups: I64, g: int, f: int, join: int, latest: int) -> bool:
    """True when a nameless fragment of group g could belong to the message of f (group join, -1 = a new one) instead,
    or the nameless f to group g."""
    relation = _relation(rows, groups, g, f)
    near = rows[f, UNIT] - rows[groups[g, G_LAST], UNIT] <= HOLD_LINES
    if groups[g, G_NAMELESS] == 0 or (relation != SAME and not near):
        return False
    held = groups[g, G_PART + rows[f, PART] - 1]
    if held >= 0 and _same_text(buf, rows, held, f):
        return False
    if groups[g, G_STATE] == TENTATIVE:
        if _apart_us(rows, groups[g, G_LAST], f) > BAN_S * US_PER_S or _length_tells(buf, rows, groups, g, f):
            return False
        if _clear_of(rows, groups, g, f, join, latest):
            return False
    if held >= 0 and _nameless(rows, f) and (_nameless(rows, held) or relation == SAME):
        return True
    for q in range(rows[f, COUNT]):
        x = groups[g, G_PART + q]
        if x >= 0 and q != rows[f, PART] - 1 and _nameless(rows, x) and (join < 0 or groups[join, G_PART + q] < 0):
            return True
    return False


@inner
def _poison(rows: I64, groups: I64, first: int, f: int, banned: I64, n_banned: int) -> int:
    """Give up every open group of the key that holds a nameless fragment, and ban the key from fragment f on."""
    g = first
    while g >= 0:
        live = groups[g, G_STATE] == PENDING or groups[g, G_STATE] == TENTATIVE
        if live and groups[g, G_KEY] == rows[f, KEY] and groups[g, G_NAMELESS] > 0:
            groups[g, G_STATE] = ORPHAN
        g = groups[g, G_NEXT]
    banned[n_banned, 0], banned[n_banned, 1], banned[n_banned, 2] = rows[f, KEY], rows[f, UNIT], rows[f, T_US]
    return n_banned + 1


@inner
def _is_banned(rows: I64, f: int, banned: I64, n_banned: int) -> bool:
    for b in range(n_banned - 1, -1, -1):
        lines = rows[f, UNIT] - banned[b, 1]
        if lines > BAN_LINES:
            break
        if banned[b, 0] == rows[f, KEY] and lines >= 0:
            untimed = rows[f, T_US] == NO_TIME or banned[b, 2] == NO_TIME
            if untimed or abs(rows[f, T_US] - banned[b, 2]) <= BAN_S * US_PER_S:
                return True
    return False


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
            relation = _relation(rows, groups, g, f)
            if relation == SAME:
                if held < 0:
                    own = g
                elif not _nameless(rows, f) and not _same_text(buf, rows, held, f):
                    clash = g
            elif relation == MAYBE and held < 0 and rows[f, UNIT] - rows[groups[g, G_LAST], UNIT] <= HOLD_LINES:
                maybe += 1
                if _next_line(rows, groups, g, f):
                    follow = g
        g = groups[g, G_NEXT]
    return own, clash, follow, maybe


@inner
def _doubt(buf: U8, rows: I64, groups: I64, first: int, f: int, join: int) -> bool:
    """True when something among the open groups speaks against putting f into group join (-1 = a new one)."""
    latest = _latest(rows, groups, first, f, join)
    g = first
    while g >= 0:
        mine = groups[g, G_KEY] == rows[f, KEY] and g != join
        if mine and _contradicts(buf, rows, groups, g, f, join, latest):
            return True
        g = groups[g, G_NEXT]
    return False


@inner
def _slot(rows: I64, f: int, mask: int) -> int:
    """Bucket of a fragment, by key."""
    mixed = rows[f, KEY] * 0x9E3779B97F4A7C1
    return int((mixed >> 24) & mask)


@inner
def _place(
    buf: U8, rows: I64, f: int, groups: I64, n: int, bucket: I64, of: I64, banned: I64, n_banned: int
) -> tuple[int, int]:
    """Place one fragment; return the numbers of groups and of bans after it."""
    nameless = _nameless(rows, f)
    if nameless and n_banned > 0 and _is_banned(rows, f, banned, n_banned):
        return n, n_banned
    slot = _slot(rows, f, len(bucket) - 1)
    n_open = _sweep(rows, groups, bucket, slot, f)
    own, clash, follow, maybe = _find(buf, rows, groups, bucket[slot], f)
    ambiguous = False
    if nameless:
        ambiguous = maybe > 1 or (maybe == 1 and (follow < 0 or own >= 0))
    join = own
    if own < 0 and clash < 0:
        join = follow
    if ambiguous or _doubt(buf, rows, groups, bucket[slot], f, join):
        n_banned = _poison(rows, groups, bucket[slot], f, banned, n_banned)
        if nameless:
            return n, n_banned
        if join >= 0 and groups[join, G_STATE] == ORPHAN:
            join = -1
    if clash >= 0:
        join = -1
        if groups[clash, G_STATE] == TENTATIVE and _replace(rows, groups, clash, f, of):
            of[f] = clash
            return n, n_banned
        if groups[clash, G_STATE] == PENDING:
            groups[clash, G_STATE] = ORPHAN
        elif groups[clash, G_STATE] == TENTATIVE and groups[clash, G_NAMELESS] == 0:
            groups[clash, G_STATE] = COMPLETE
    if join < 0:
        if n_open >= MAX_OPEN:
            return n, n_banned
        join = n
        n += 1
        groups[join, :] = -1
        groups[join, G_KEY], groups[join, G_FIRST] = rows[f, KEY], f
        groups[join, G_STATE], groups[join, G_FILLED], groups[join, G_NAMELESS] = PENDING, 0, 0
        groups[join, G_RUN] = 1
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
        elif groups[g, G_STATE] == TENTATIVE and (final or now - rows[groups[g, G_LAST], UNIT] > HOLD_LINES):
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

    rows    int64[n, COLUMNS], fragments in stream order, those still waiting from earlier calls first
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
    return Assembly(
        state=state,
        group=of.astype(np.int32),
        part=groups[:, G_PART:],
        complete=complete[order].astype(np.int32),
        last=last[order],
        banned=keep[now - keep[:, 1] <= BAN_LINES].copy(),
    )
