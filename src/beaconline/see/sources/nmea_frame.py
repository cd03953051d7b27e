"""A block of bytes cut into lines and glued sentences: where each begins and ends.

Decides: what one "line" of the ledger is. A line ends with LF, CR or CR LF. A sentence may also follow another one with
nothing between (datagrams written one behind the other): the reserved characters "!", "$" and "\\" then open a new line
of the ledger, when what follows them is the head of a sentence (``!AIVDM,``) or of a TAG block (``\\s:``). Text before
the first head belongs to it (a time, a TAG block), text after a checksum to the sentence before it (a suffix).
A line that begins with "#" is a comment as a whole.
Refuses: to read any field. Source: IEC 61162-1 (sentence structure, reserved characters). Known failures: none known.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I64
from beaconline.foundation.wire.ais.bits import U8

__all__ = [
    "BEFORE",
    "COMMENT",
    "HASH",
    "LOOKAHEAD",
    "SPECIAL",
    "UNIT_COLUMNS",
    "cut_units",
    "opens_sentence",
    "unit_bound",
    "unit_end",
]

BEFORE: Final = 0
INSIDE: Final = 1
COMMENT: Final = 2
IN_TAG: Final = 3
"""States inside a unit: no head of a sentence seen yet; seen; a comment, which only a line end closes; between the two
backslashes of a TAG block, where "!" and "$" open nothing (a damaged block must not open a sentence)."""

MAX_HEAD: Final = 8
"""Longest address of a sentence, characters (``AIVDM`` has 5, proprietary ones 4 to 8)."""
LOOKAHEAD: Final = MAX_HEAD + 2
"""Bytes needed behind "!" to tell whether a sentence begins there."""

UNIT_COLUMNS: Final = 4
"""Columns of the table of units: first byte, byte after the last, place of "!" or "$" (-1: none), physical line."""

LF, CR, BANG, DOLLAR, BACKSLASH, HASH, COMMA, COLON = 10, 13, 33, 36, 92, 35, 44, 58

SPECIAL: Final[U8] = np.zeros(256, np.uint8)
SPECIAL[[LF, CR, BANG, DOLLAR, BACKSLASH]] = 1


@inner
def opens_sentence(buf: U8, at: int, end: int) -> bool:
    """True when the head of a sentence stands at ``at``: "!" or "$", 4 to 8 capitals or digits, a comma."""
    i = at + 1
    while i < end and i - at <= MAX_HEAD and (65 <= buf[i] <= 90 or 48 <= buf[i] <= 57):
        i += 1
    return i - at > 4 and i < end and buf[i] == COMMA


@inner
def _opens_tag(buf: U8, at: int, end: int) -> bool:
    """True when a TAG block begins at ``at``: backslash, 1 to 6 letters or digits, a colon."""
    i = at + 1
    while i < end and i - at <= 6 and (65 <= buf[i] <= 90 or 97 <= buf[i] <= 122 or 48 <= buf[i] <= 57):
        i += 1
    return i - at > 1 and i < end and buf[i] == COLON


@kernel
def unit_end(buf: U8, at: int, end: int, state: int, special: U8) -> tuple[int, int, int]:
    """(place where the unit ends or ``end``, place of the first head met or -1, state) from ``at`` on.

    The place is a line end, or the head of the next glued sentence. Called again with the state when more bytes came.
    """
    head = -1
    i = at
    while i < end:
        c = buf[i]
        if special[c]:
            if c in (LF, CR):
                return i, head, state
            if state == INSIDE:
                if opens_sentence(buf, i, end) if c != BACKSLASH else _opens_tag(buf, i, end):
                    return i, head, state
            elif state == IN_TAG:
                state = BEFORE if c == BACKSLASH else IN_TAG
            elif state == BEFORE and c == BACKSLASH:
                state = IN_TAG if _opens_tag(buf, i, end) else BEFORE
            elif state == BEFORE and opens_sentence(buf, i, end):
                head = i
                state = INSIDE
        i += 1
    return end, head, state


@kernel
def unit_bound(buf: U8, end: int, special: U8) -> int:
    """An upper bound for the number of units in ``buf[:end]``."""
    n = 2
    for i in range(end):
        n += special[buf[i]]
    return n


@kernel
def cut_units(
    buf: U8, end: int, line: int, fresh: bool, final: bool, special: U8, units: I64
) -> tuple[int, int, int, bool]:
    """Fill ``units`` (rows as UNIT_COLUMNS says); return (units, bytes used, physical line, at a line start).

    line is the number of the line that ``buf`` begins in, fresh tells whether it begins there. Unless final, the last
    unit without a line end is left for the next block, so that no unit depends on where blocks are cut.
    """
    n = 0
    at = 0
    while at < end:
        comment = fresh and buf[at] == HASH
        stop, head, _ = unit_end(buf, at, end, COMMENT if comment else BEFORE, special)
        ended = stop < end and (buf[stop] == LF or buf[stop] == CR)
        if not final and (stop == end or (buf[stop] == CR and stop + 1 == end)):
            break
        if stop > at or fresh:
            units[n, 0] = at
            units[n, 1] = stop
            units[n, 2] = head
            units[n, 3] = line
            n += 1
        at = stop
        fresh = False
        if ended:
            at += 2 if buf[stop] == CR and stop + 1 < end and buf[stop + 1] == LF else 1
            line += 1
            fresh = True
    return n, at, line, fresh
