"""Fragments and the groups they are put into: tables, and what two of them have to do with each other.

Decides: whether a fragment comes in time for a group, whether both are of one source, what a group is once a fragment
has been added. Refuses: to choose between groups (nmea_parts does) or to say what speaks against one (nmea_doubts).
Source: IEC 61162-1 (multi-sentence messages, TAG blocks). Known failures: none known.
"""

from __future__ import annotations

from typing import Final

from beaconline.foundation.records.times import NO_TIME, US_PER_S
from beaconline.foundation.table.kernels import inner
from beaconline.foundation.table.reports import I64
from beaconline.foundation.wire.ais.bits import U8

__all__ = [
    "add", "apart_us", "in_order", "is_run", "nameless", "next_line", "on_a_run", "relation", "same_text", "within",
]  # fmt: skip

FRAGMENT_WINDOW_S: Final = 10
"""Longest time between the parts of a message, seconds. Parts leave the ship within 0.2 s; the rest is network delay.
Too large: parts of two messages meet; too small: messages of slow feeds are lost."""
FRAGMENT_WINDOW_LINES: Final = 100
"""Longest distance between the parts where no time is told, lines. Parts stand within a few lines of each other; the
ten sequence numbers on two channels come round after some hundreds of lines. Too large: parts of two messages meet."""
TIMED_WINDOW_LINES: Final = 50_000
"""The same where times are told: only there so that what waits stays bounded."""

PENDING: Final = 0
COMPLETE: Final = 1
ORPHAN: Final = 2
TENTATIVE: Final = 3
"""States of a group: parts missing; all there; given up; all there but still waiting for what speaks against it."""

KEY, GROUP, STATION, PART, COUNT, UNIT, T_US, START, LENGTH, BEGUN, DOUBT = range(11)
COLUMNS: Final = 11
"""Columns of the table of fragments: key of the message (without station and group), TAG group or -1, station code or
-1, part number, number of parts, line of the ledger, time or NO_TIME, place and length of the payload, messages with
other numbers that its source began until then, 1 when an earlier call left its message in doubt."""

G_KEY, G_GROUP, G_STATION, G_FIRST, G_LAST, G_STATE, G_NEXT, G_FILLED, G_NAMELESS, G_RUN, G_DOUBT, G_PART = range(12)
"""Columns of the table of groups: as above; first and last fragment that came, state, next group of the bucket, parts
there, nameless ones among them, 1 while they stand in order on consecutive lines, 1 when it may have been crossed with
another such; from G_PART on the fragment of each part, -1 where missing."""

SAME, MAYBE, OTHER = 0, 1, 2
"""Relation of a fragment to a group: its source; it cannot be told, since one of them is nameless; another source."""


@inner
def apart_us(rows: I64, a: int, b: int) -> int:
    """Time between two fragments, microseconds; -1 when one tells none."""
    if rows[a, T_US] == NO_TIME or rows[b, T_US] == NO_TIME:
        return -1
    return abs(rows[b, T_US] - rows[a, T_US])  # type: ignore[no-any-return]


@inner
def within(rows: I64, a: int, b: int) -> bool:
    """True when fragment b comes within the window of fragment a."""
    lines = rows[b, UNIT] - rows[a, UNIT]
    apart = apart_us(rows, a, b)
    if apart < 0:
        return bool(lines <= FRAGMENT_WINDOW_LINES)
    return bool(lines <= TIMED_WINDOW_LINES and apart <= FRAGMENT_WINDOW_S * US_PER_S)


@inner
def same_text(buf: U8, rows: I64, a: int, b: int) -> bool:
    if rows[a, LENGTH] != rows[b, LENGTH]:
        return False
    s, t = rows[a, START], rows[b, START]
    i = 0
    while i < rows[a, LENGTH] and buf[s + i] == buf[t + i]:
        i += 1
    return i == rows[a, LENGTH]  # type: ignore[no-any-return]


@inner
def nameless(rows: I64, f: int) -> bool:
    return bool(rows[f, STATION] < 0 and rows[f, GROUP] < 0)


@inner
def relation(rows: I64, groups: I64, g: int, f: int) -> int:
    """Relation of fragment f to a group of its key; within one TAG group a station may be left out."""
    station, group = groups[g, G_STATION], groups[g, G_GROUP]
    if group >= 0 and rows[f, GROUP] >= 0:
        fits = station == rows[f, STATION] or station < 0 or rows[f, STATION] < 0
        return SAME if group == rows[f, GROUP] and fits else OTHER
    if group == rows[f, GROUP] and station == rows[f, STATION]:
        return SAME
    return MAYBE if (station < 0 and group < 0) or nameless(rows, f) else OTHER


@inner
def next_line(rows: I64, groups: I64, g: int, f: int) -> bool:
    """True when f is the next part of the pending group g, on the very next line."""
    return bool(
        groups[g, G_STATE] == PENDING
        and rows[f, PART] == rows[groups[g, G_LAST], PART] + 1
        and groups[g, G_PART + rows[f, PART] - 1] < 0
        and rows[f, UNIT] == rows[groups[g, G_LAST], UNIT] + 1
    )


@inner
def in_order(rows: I64, groups: I64, g: int, count: int) -> bool:
    p = 1
    while p < count and rows[groups[g, G_PART + p], UNIT] >= rows[groups[g, G_PART + p - 1], UNIT]:
        p += 1
    return p == count


@inner
def add(rows: I64, groups: I64, g: int, f: int) -> None:
    """Put the fragment in its place; complete the group when it was the last one missing."""
    last = groups[g, G_LAST]
    if rows[f, PART] != groups[g, G_FILLED] + 1 or (last >= 0 and rows[f, UNIT] != rows[last, UNIT] + 1):
        groups[g, G_RUN] = 0
    groups[g, G_PART + rows[f, PART] - 1] = f
    groups[g, G_LAST] = f
    groups[g, G_FILLED] += 1
    if nameless(rows, f):
        groups[g, G_NAMELESS] += 1
    groups[g, G_DOUBT] = max(groups[g, G_DOUBT], rows[f, DOUBT])
    if groups[g, G_STATION] < 0:
        groups[g, G_STATION] = rows[f, STATION]
    if groups[g, G_GROUP] < 0:
        groups[g, G_GROUP] = rows[f, GROUP]
    count = rows[f, COUNT]
    if groups[g, G_FILLED] == count:
        sure = groups[g, G_NAMELESS] == 0 and (groups[g, G_GROUP] >= 0 or in_order(rows, groups, g, count))
        groups[g, G_STATE] = COMPLETE if sure else TENTATIVE


@inner
def is_run(groups: I64, g: int) -> bool:
    """True when a group waits complete, with a nameless fragment, its parts in order on consecutive lines."""
    return bool(groups[g, G_STATE] == TENTATIVE and groups[g, G_RUN] == 1 and groups[g, G_NAMELESS] > 0)


@inner
def on_a_run(rows: I64, groups: I64, f: int, join: int) -> bool:
    """True when fragment f and the parts before it, those of group join (-1 = none), stand so."""
    before = rows[f, PART] - 1
    if join < 0 or groups[join, G_FILLED] == 0:
        return bool(before == 0)
    in_place = groups[join, G_RUN] == 1 and groups[join, G_FILLED] == before
    return bool(in_place and rows[f, UNIT] == rows[groups[join, G_LAST], UNIT] + 1)
