"""What speaks against putting a nameless fragment into a message, and what follows from it.

Decides: whether a fragment could belong to another message of its key. If so, all nameless fragments of the key that
wait are given up, and the key is banned for a while. Two runs (messages on consecutive lines) directly behind each
other could be two crossed messages, of which one came out of order: both are in doubt, and given up unless there
are RUNS_TRUSTED of them, since so many are not crossed by chance; the key is trusted from then on.
Refuses: to weigh likelihoods otherwise. Source: own reasoning; ITU-R M.1371-5 for the length of a static report.
Known failures: two or three whole messages of equal numbers and lengths directly behind each other are lost.
"""

from __future__ import annotations

from typing import Final

from beaconline.foundation.records.times import NO_TIME, US_PER_S
from beaconline.foundation.table.kernels import inner
from beaconline.foundation.table.reports import I64
from beaconline.foundation.wire.ais.bits import U8
from beaconline.see.sources.nmea_groups import (
    COUNT,
    G_DOUBT,
    G_FILLED,
    G_FIRST,
    G_KEY,
    G_LAST,
    G_NAMELESS,
    G_NEXT,
    G_PART,
    G_STATE,
    KEY,
    LENGTH,
    ORPHAN,
    PART,
    PENDING,
    SAME,
    START,
    T_US,
    TENTATIVE,
    UNIT,
    apart_us,
    is_run,
    nameless,
    on_a_run,
    relation,
    same_text,
)  # fmt: skip

__all__ = ["is_banned", "judge", "poison", "put_in_doubt", "settle_run"]

HOLD_LINES: Final = 20
"""How long a complete message with a nameless fragment, or one out of order, waits for what speaks against it, and how
far a nameless fragment looks for messages that tell a station, lines. Too small: splices; too large: messages of a
busy receiver are lost to those that follow with the same number."""
RUN_GAP_LINES: Final = 2
"""Other lines that must stand between two messages of a key, each on consecutive lines, for both to be beyond doubt.
Too small: one lost line between two crossed messages makes them look whole."""
RUNS_TRUSTED: Final = 4
"""Runs of a key that wait at once, after which none of them is in doubt: more than the three messages of two stations
that could be crossed by chance. Smaller: crossed messages are given out; larger: logs of static reports that all bear
one number lose more at their beginning."""
DOUBT_LINES: Final = 100
"""How long a run in doubt waits for others, and a key is trusted after its last run, lines."""
BAN_LINES: Final = 24
BAN_S: Final = 3
"""How long nameless fragments of a key stay orphans after a clash: lines or seconds, whichever is over first. Too
small: the stragglers of the clash meet; too large: a busy receiver loses the messages that follow."""
TYPE_5_CHARS: Final = (70, 72)
"""Least and most payload characters of a static report (424 bits, some send 422 or 426)."""

FREE, SOFT, HARD = 0, 1, 2
"""Verdict: nothing speaks against it; only runs directly before it; something does."""


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
def _contradicts(buf: U8, rows: I64, groups: I64, g: int, f: int, join: int, latest: int) -> int:
    """Verdict of group g on putting f into group join (-1 = a new one): could a nameless fragment of g belong to the
    message of f instead, or the nameless f to g? latest is the last line of all such groups."""
    kin = relation(rows, groups, g, f)
    near = rows[f, UNIT] - rows[groups[g, G_LAST], UNIT] <= HOLD_LINES
    if groups[g, G_NAMELESS] == 0 or (kin != SAME and not near):
        return FREE
    part = rows[f, PART] - 1
    held = groups[g, G_PART + part]
    if held >= 0 and same_text(buf, rows, held, f):
        return FREE
    verdict = HARD
    if groups[g, G_STATE] == TENTATIVE:
        if apart_us(rows, groups[g, G_LAST], f) > BAN_S * US_PER_S or _length_tells(buf, rows, groups, g, f):
            return FREE
        if is_run(groups, g) and on_a_run(rows, groups, f, join):
            if rows[f, UNIT] - part - latest - 1 > RUN_GAP_LINES:
                return FREE
            verdict = SOFT
    if held >= 0 and nameless(rows, f) and (nameless(rows, held) or kin == SAME):
        return verdict
    for q in range(rows[f, COUNT]):
        x = groups[g, G_PART + q]
        if x >= 0 and q != part and nameless(rows, x) and (join < 0 or groups[join, G_PART + q] < 0):
            return verdict
    return FREE


@inner
def judge(buf: U8, rows: I64, groups: I64, first: int, f: int, join: int) -> int:
    """Verdict of all open groups of the key on putting f into group join (-1 = a new one)."""
    latest = _latest(rows, groups, first, f, join)
    verdict = FREE
    g = first
    while g >= 0 and verdict != HARD:
        if g != join and groups[g, G_KEY] == rows[f, KEY]:
            verdict = max(verdict, _contradicts(buf, rows, groups, g, f, join, latest))
        g = groups[g, G_NEXT]
    return verdict


@inner
def put_in_doubt(buf: U8, rows: I64, groups: I64, first: int, f: int, join: int) -> None:
    """Mark the runs that f, now in group join, may be crossed with, and the group itself."""
    latest = _latest(rows, groups, first, f, join)
    groups[join, G_DOUBT] = 1
    g = first
    while g >= 0:
        mine = groups[g, G_KEY] == rows[f, KEY] and g != join
        if mine and is_run(groups, g) and _contradicts(buf, rows, groups, g, f, join, latest) == SOFT:
            groups[g, G_DOUBT] = 1
        g = groups[g, G_NEXT]


@inner
def is_trusted(trusted: I64, key: int, unit: int) -> bool:
    """True when a message of the key that begins on this line is beyond doubt if it is a run."""
    for i in range(len(trusted)):
        if trusted[i, 0] == key and trusted[i, 1] <= unit <= trusted[i, 2] + DOUBT_LINES:
            return True
    return False


@inner
def settle_run(rows: I64, groups: I64, first: int, g: int, trusted: I64) -> None:
    """After group g has become a run: take the doubt from all runs of its key if the key is trusted, or now is.

    trusted  int64[*, 3], key, first line, last line of runs; a place is free once its lines are long past
    """
    key, unit = groups[g, G_KEY], rows[groups[g, G_LAST], UNIT]
    begin = rows[groups[g, G_FIRST], UNIT]
    known = is_trusted(trusted, key, begin)
    n = 0
    h = first
    while h >= 0:
        if groups[h, G_KEY] == key and is_run(groups, h):
            n += 1
            begin = min(begin, rows[groups[h, G_FIRST], UNIT])
        h = groups[h, G_NEXT]
    if not known and n < RUNS_TRUSTED:
        return
    h = first
    while h >= 0:
        if groups[h, G_KEY] == key and is_run(groups, h):
            groups[h, G_DOUBT] = 0
        h = groups[h, G_NEXT]
    free = -1
    for i in range(len(trusted)):
        if trusted[i, 0] == key:
            trusted[i, 1] = trusted[i, 1] if known else begin
            trusted[i, 2] = max(trusted[i, 2], unit) if known else unit
            return
        if free < 0 and unit - trusted[i, 2] > DOUBT_LINES:
            free = i
    if free >= 0:
        trusted[free, 0], trusted[free, 1], trusted[free, 2] = key, begin, unit


@inner
def poison(rows: I64, groups: I64, first: int, f: int, banned: I64, n_banned: int, trusted: I64) -> int:
    """Give up every open group of the key that holds a nameless fragment, and ban the key from fragment f on."""
    g = first
    while g >= 0:
        live = groups[g, G_STATE] == PENDING or groups[g, G_STATE] == TENTATIVE
        if live and groups[g, G_KEY] == rows[f, KEY] and groups[g, G_NAMELESS] > 0:
            groups[g, G_STATE] = ORPHAN
        g = groups[g, G_NEXT]
    for i in range(len(trusted)):
        if trusted[i, 0] == rows[f, KEY]:
            trusted[i, 0] = -1
    banned[n_banned, 0], banned[n_banned, 1], banned[n_banned, 2] = rows[f, KEY], rows[f, UNIT], rows[f, T_US]
    return n_banned + 1


@inner
def is_banned(rows: I64, f: int, banned: I64, n_banned: int) -> bool:
    for b in range(n_banned - 1, -1, -1):
        lines = rows[f, UNIT] - banned[b, 1]
        if lines > BAN_LINES:
            break
        if banned[b, 0] == rows[f, KEY] and lines >= 0:
            untimed = rows[f, T_US] == NO_TIME or banned[b, 2] == NO_TIME
            if untimed or abs(rows[f, T_US] - banned[b, 2]) <= BAN_S * US_PER_S:
                return True
    return False
