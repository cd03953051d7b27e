"""One line of the ledger read into numbers: checksum, fields, TAG block, receiver's suffix, time before the sentence.

Decides: whether a line is an AIS sentence, something else, or a reject, and for which reason. A sentence needs a right
checksum in two capital hexadecimal digits, six fields in their ranges and a legal payload; a TAG block needs a right
checksum of its own, since a damaged one would give the sentence a wrong time or station; text before the sentence must
begin with a time. Refuses: to mend anything.
Source: IEC 61162-1 (sentences, TAG blocks); the suffix of the US Coast Guard's feed (``,d-109,r003669946,1325394060``:
signal, slot, station "r" or "b", receive time in epoch seconds, of which the first stands next to the receiver and is
taken; a number of nine digits is a station's MMSI); Gatehouse ``$PGHP`` (time and station of the sentence that follows,
tied to it by its checksum).
Known failures: a change in the suffix or in a time before the sentence cannot be seen, since no checksum covers it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from beaconline.foundation.records.report import T_SRCS
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I64
from beaconline.foundation.wire.ais.bits import U8
from beaconline.see.sources.nmea_times import civil_us, epoch_at, number_at, time_at

__all__ = ["COLUMNS", "NOT_AIS", "OK", "REASONS", "read_units"]

STATUS, PAY_START, PAY_LEN, FILL, COUNT, PART, SEQ, CHANNEL, TALKER, T_US, T_SRC, ST_START, ST_LEN, GROUP = range(14)
BEGUN, DOUBT = 14, 15
COLUMNS: Final = 16
"""Columns of the table of sentences. TALKER holds two characters and the O or M of VDO, VDM; CHANNEL a character or 0;
SEQ and GROUP -1 when absent; ST_LEN 0 when no station is told; BEGUN and DOUBT are for nmea_messages to fill in."""

OK: Final = 0
NOT_AIS: Final = 1
(
    TOO_LONG, NO_START, NO_CHECKSUM, BAD_CHECKSUM, BAD_TAG, BAD_PREFIX, BAD_SUFFIX, FIELD_COUNT, BAD_COUNT, BAD_PART,
    BAD_SEQ, BAD_CHANNEL, EMPTY_PAYLOAD, BAD_PAYLOAD, PAYLOAD_LONG, BAD_FILL, BAD_PGHP,
) = range(2, 19)  # fmt: skip

REASONS: Final[dict[int, tuple[str, str]]] = {
    TOO_LONG: ("too_long", "longer than a line may be"),
    NO_START: ("no_start", "an AIS sentence without its '!'"),
    NO_CHECKSUM: ("no_checksum", "no '*' with a checksum"),
    BAD_CHECKSUM: ("bad_checksum", "the checksum does not fit, or is not two capital hexadecimal digits"),
    BAD_TAG: ("bad_tag_checksum", "the TAG block is open, or its checksum is missing or does not fit"),
    BAD_PREFIX: ("bad_prefix", "text before the sentence that does not begin with a time"),
    BAD_SUFFIX: ("bad_suffix", "text behind the checksum without a separator"),
    FIELD_COUNT: ("bad_field_count", "not the seven fields of an AIS sentence"),
    BAD_COUNT: ("bad_field:count", "number of parts is not 1 to 9"),
    BAD_PART: ("bad_field:part", "part number is not 1 to the number of parts"),
    BAD_SEQ: ("bad_field:sequence", "sequence number is neither empty nor 0 to 99"),
    BAD_CHANNEL: ("bad_field:channel", "channel is neither empty nor one letter or digit"),
    EMPTY_PAYLOAD: ("empty_payload", "no payload"),
    BAD_PAYLOAD: ("bad_payload", "a character that six-bit armouring does not have"),
    PAYLOAD_LONG: ("payload_too_long", "more payload than any message can have"),
    BAD_FILL: ("bad_field:fill_bits", "fill bits are not 0 to 5"),
    BAD_PGHP: ("bad_field:pghp", "a $PGHP sentence whose date or time is impossible"),
}
"""Reason code and words of every reject of a line."""

MAX_LINE_BYTES: Final = 1 << 20
"""Longest line or glued sentence, bytes. Longer ones are rejected, and their bytes are not kept in memory."""
MAX_PAYLOAD_CHARS: Final = 1024
"""Longest payload of one sentence, characters. IEC 61162-1 allows 82 characters a sentence; receivers that ignore it
send a whole five-slot message (about 178) in one. Far above that it is noise that would sit in memory as a fragment."""
MAX_STATION: Final = 64
"""Longest station name, bytes (TAG blocks allow 15). A longer one is not a name and is left out."""
MMSI_DIGITS: Final = 9
"""A number before a sentence that is no time is passed over from so many digits on; a shorter one is text."""
MAX_PGHP_BLANKS: Final = 2
"""Blank lines that may stand between $PGHP and its sentence (line ends written twice)."""

SRC_TAG, SRC_RECEIVER, SRC_PREFIX = T_SRCS.index("tag_block"), T_SRCS.index("receiver"), T_SRCS.index("prefix")

_V, _D, _M, _O = 86, 68, 77, 79
BANG, DOLLAR, STAR, COMMA, BACKSLASH, COLON, HASH = 33, 36, 42, 44, 92, 58, 35


@inner
def _hex(c: int) -> int:
    """Value of a capital hexadecimal digit, -1 for any other character."""
    if 48 <= c <= 57:
        return c - 48
    if 65 <= c <= 70:
        return c - 55
    return -1


@inner
def _is_separator(c: int) -> bool:
    return c == 32 or c == 9 or c == COMMA or c == 59 or c == 91 or c == 93 or c == 40 or c == 41 or c == 0


@inner
def _has_vdm(buf: U8, at: int, end: int) -> bool:
    """True when ``VDM,`` or ``VDO,`` stands somewhere in the text."""
    for i in range(at, end - 3):
        if buf[i] == _V and buf[i + 1] == _D and (buf[i + 2] == _M or buf[i + 2] == _O) and buf[i + 3] == COMMA:
            return True
    return False


@inner
def _tag_field(buf: U8, at: int, end: int, row: I64) -> None:
    """One ``key:value`` of a TAG block: c (time), s (station), g or 1G2 (group); every other key is left alone."""
    colon = at
    while colon < end and buf[colon] != COLON:
        colon += 1
    if colon >= end or colon == at:
        return
    key, value = buf[at], colon + 1
    if colon - at == 1 and key == 99:
        t_us, after = epoch_at(buf, value, end, 1)
        if t_us != NO_TIME and after == end:
            row[T_US] = t_us
            row[T_SRC] = SRC_TAG
    elif colon - at == 1 and key == 115:
        if 0 < end - value <= MAX_STATION:
            row[ST_START] = value
            row[ST_LEN] = end - value
    elif colon - at == 1 and key == 103:
        _, i = number_at(buf, value, end, 3)
        if i > value and i < end and buf[i] == 45:
            _, j = number_at(buf, i + 1, end, 3)
            if j > i + 1 and j < end and buf[j] == 45:
                group, k = number_at(buf, j + 1, end, 15)
                if k > j + 1 and k == end:
                    row[GROUP] = group
    elif colon - at == 3 and buf[at + 1] == 71 and 49 <= key <= 57 and 49 <= buf[at + 2] <= 57:
        # The older spelling "1G2:0125" of "g:1-2-0125".
        group, k = number_at(buf, value, end, 15)
        if k > value and k == end:
            row[GROUP] = group


@inner
def _tag_block(buf: U8, at: int, end: int, row: I64) -> int:
    """Read the TAG block that opens at ``at``; the place after its closing backslash, or -1 when it is damaged."""
    close = at + 1
    while close < end and buf[close] != BACKSLASH:
        close += 1
    star = close - 3
    if close >= end or star <= at or buf[star] != STAR:
        return -1
    total = 0
    for i in range(at + 1, star):
        total ^= buf[i]
    high, low = _hex(buf[star + 1]), _hex(buf[star + 2])
    if high < 0 or low < 0 or total != high * 16 + low:
        return -1
    field = at + 1
    for i in range(at + 1, star + 1):
        if i == star or buf[i] == COMMA:
            _tag_field(buf, field, i, row)
            field = i + 1
    return close + 1


@inner
def _past_number(buf: U8, at: int, end: int) -> int:
    """Place behind a long number that stands alone (a station's MMSI, a time nobody can be sure of); -1 = none does."""
    i = at
    while i < end and 48 <= buf[i] <= 57:
        i += 1
    alone = i == end or _is_separator(buf[i]) or buf[i] == BACKSLASH
    return i if alone and i - at >= MMSI_DIGITS else -1


@inner
def _before(buf: U8, at: int, end: int, row: I64) -> int:
    """Read what stands before a sentence: separators, a time, TAG blocks. OK or a reason."""
    timed = False
    i = at
    while i < end:
        c = buf[i]
        if _is_separator(c):
            i += 1
        elif c == BACKSLASH:
            i = _tag_block(buf, i, end, row)
            if i < 0:
                return BAD_TAG
        elif not timed:
            t_us, after = time_at(buf, i, end)
            if t_us == NO_TIME:
                i = _past_number(buf, i, end)
                if i < 0:
                    return BAD_PREFIX
                continue
            timed, i = True, after
            if row[T_US] == NO_TIME:
                row[T_US] = t_us
                row[T_SRC] = SRC_PREFIX
        else:
            i += 1
    return OK


@inner
def _after(buf: U8, at: int, end: int, row: I64) -> int:
    """Read what stands behind the checksum: fields of the receiver. The first station and the first time count."""
    if at < end and not _is_separator(buf[at]) and buf[at] != BACKSLASH:
        return BAD_SUFFIX
    timed = False
    named = row[ST_LEN] > 0
    i = at
    while i < end:
        while i < end and _is_separator(buf[i]):
            i += 1
        stop = i
        while stop < end and not _is_separator(buf[stop]):
            stop += 1
        if stop == i:
            break
        c = buf[i]
        if not named and (c == 114 or c == 98) and 1 < stop - i <= MAX_STATION:
            row[ST_START] = i
            row[ST_LEN] = stop - i
            named = True
        elif not timed and 48 <= c <= 57:
            t_us, after = time_at(buf, i, end)
            if t_us != NO_TIME:
                timed = True
                stop = max(stop, after)
                # A TAG block was written where the sentence was received; a time before the sentence by who logged it.
                if row[T_US] == NO_TIME or row[T_SRC] == SRC_PREFIX:
                    row[T_US] = t_us
                    row[T_SRC] = SRC_RECEIVER
        i = stop
    return OK


@inner
def _checked(buf: U8, at: int, end: int) -> tuple[int, int]:
    """(OK or reason, place of "*") of the sentence whose "!" or "$" stands at ``at``."""
    star = at + 1
    total = 0
    while star < end and buf[star] != STAR:
        total ^= buf[star]
        star += 1
    if star >= end:
        return NO_CHECKSUM, end
    if star + 2 >= end:
        return BAD_CHECKSUM, star
    high, low = _hex(buf[star + 1]), _hex(buf[star + 2])
    if high < 0 or low < 0 or total != high * 16 + low:
        return BAD_CHECKSUM, star
    return OK, star


@inner
def _payload(buf: U8, start: int, stop: int, armour: U8, row: I64) -> int:
    if stop == start:
        return EMPTY_PAYLOAD
    if stop - start > MAX_PAYLOAD_CHARS:
        return PAYLOAD_LONG
    for i in range(start, stop):
        if armour[buf[i]] > 63:
            return BAD_PAYLOAD
    row[PAY_START] = start
    row[PAY_LEN] = stop - start
    return OK


@inner
def _vdm(buf: U8, at: int, star: int, armour: U8, row: I64) -> int:
    """Read the fields of the AIS sentence between "!" and "*". OK or a reason."""
    comma = np.empty(7, np.int64)
    n = 0
    for i in range(at + 6, star):
        if buf[i] == COMMA:
            if n == 6:
                return FIELD_COUNT
            comma[n] = i
            n += 1
    if n != 6 or comma[0] != at + 6:
        return FIELD_COUNT
    count, part = buf[comma[0] + 1] - 48, buf[comma[1] + 1] - 48
    if comma[1] != comma[0] + 2 or count < 1 or count > 9:
        return BAD_COUNT
    if comma[2] != comma[1] + 2 or part < 1 or part > count:
        return BAD_PART
    seq, after = number_at(buf, comma[2] + 1, comma[3], 2)
    if after != comma[3]:
        return BAD_SEQ
    row[SEQ] = seq if comma[3] > comma[2] + 1 else -1
    channel = buf[comma[3] + 1] if comma[4] == comma[3] + 2 else 0
    letter = 48 <= channel <= 57 or 65 <= channel <= 90 or 97 <= channel <= 122
    if comma[4] > comma[3] + 2 or (channel != 0 and not letter) or (channel == 0 and comma[4] != comma[3] + 1):
        return BAD_CHANNEL
    row[CHANNEL] = channel
    row[COUNT], row[PART] = count, part
    row[TALKER] = buf[at + 1] | buf[at + 2] << 8 | buf[at + 5] << 16
    reason = _payload(buf, comma[4] + 1, comma[5], armour, row)
    if reason != OK:
        return reason
    fill = buf[comma[5] + 1] - 48
    if star != comma[5] + 2 or fill < 0 or fill > 5:
        return BAD_FILL
    row[FILL] = fill
    return OK


@inner
def _sound(buf: U8, at: int, end: int, armour: U8, row: I64) -> int:
    """Read a sentence that has nothing wrong, in one pass; the place of its "*", or -1 when something is.

    It accepts no sentence that _checked and _vdm would not, and fills row as they do.
    """
    if end - at < 19 or buf[at + 8] != COMMA or buf[at + 10] != COMMA:
        return -1
    count, part = buf[at + 7] - 48, buf[at + 9] - 48
    if count < 1 or count > 9 or part < 1 or part > count:
        return -1
    seq, i = number_at(buf, at + 11, end, 2)
    if buf[i] != COMMA:
        return -1
    row[SEQ] = seq if i > at + 11 else -1
    channel = int(buf[i + 1])
    if channel == COMMA:
        channel, i = 0, i + 2
    elif (48 <= channel <= 57 or 65 <= channel <= 90 or 97 <= channel <= 122) and buf[i + 2] == COMMA:
        i += 3
    else:
        return -1
    total = 0
    for k in range(at + 1, i):
        total ^= buf[k]
    start = i
    while i < end and armour[buf[i]] <= 63:
        total ^= buf[i]
        i += 1
    if i == start or i - start > MAX_PAYLOAD_CHARS or i + 4 >= end or buf[i] != COMMA or buf[i + 2] != STAR:
        return -1
    fill = buf[i + 1] - 48
    total ^= COMMA ^ buf[i + 1]
    high, low = _hex(buf[i + 3]), _hex(buf[i + 4])
    if fill < 0 or fill > 5 or high < 0 or low < 0 or total != high * 16 + low:
        return -1
    row[CHANNEL], row[COUNT], row[PART], row[FILL] = channel, count, part, fill
    row[TALKER] = buf[at + 1] | buf[at + 2] << 8 | buf[at + 5] << 16
    row[PAY_START], row[PAY_LEN] = start, i - start
    return i + 2


@inner
def _pghp(buf: U8, at: int, star: int, row: I64) -> tuple[int, int]:
    """(OK or reason, checksum of the sentence it announces or -1) of ``$PGHP,1,year,...``; fills time and station."""
    value = np.full(16, -1, np.int64)
    place = np.zeros(17, np.int64)
    n = 0
    field = at + 6
    for i in range(at + 6, star + 1):
        if i == star or buf[i] == COMMA:
            if n < 16:
                number, after = number_at(buf, field, i, 9)
                value[n] = number if after == i and i > field else -1
                place[n] = field
                n += 1
                place[n] = i + 1
            field = i + 1
    # Fields: 0 kind, 1-7 date and time to the millisecond, 8-10 country, region, site, 11 on line, 12 checksum.
    if n < 12 or value[1] < 0 or value[2] < 0 or value[3] < 0 or value[4] < 0 or value[5] < 0 or value[6] < 0:
        return BAD_PGHP, -1
    t_us = civil_us(value[1], value[2], value[3], value[4], value[5], value[6], max(value[7], 0) * 1000)
    if t_us == NO_TIME or value[7] > 999:
        return BAD_PGHP, -1
    row[T_US] = t_us
    row[T_SRC] = SRC_RECEIVER
    last = place[11] - 1
    while last > place[8] and buf[last - 1] == COMMA:
        last -= 1
    if 0 < last - place[8] <= MAX_STATION:
        row[ST_START] = place[8]
        row[ST_LEN] = last - place[8]
    if n > 12 and star - place[12] == 2 and _hex(buf[place[12]]) >= 0 and _hex(buf[place[12] + 1]) >= 0:
        return OK, _hex(buf[place[12]]) * 16 + _hex(buf[place[12] + 1])
    return OK, -1


@inner
def _address(buf: U8, head: int) -> int:
    """What the head announces: 1 AIS, 2 AIS under "$" (a damaged start), 3 $PGHP, 0 anything else."""
    if buf[head + 3] == _V and buf[head + 4] == _D and (buf[head + 5] == _M or buf[head + 5] == _O):
        if buf[head + 6] == COMMA:
            return 1 if buf[head] == BANG else 2
        return 0
    pghp = buf[head + 1] == 80 and buf[head + 2] == 71 and buf[head + 3] == 72 and buf[head + 4] == 80
    return 3 if buf[head] == DOLLAR and pghp and buf[head + 5] == COMMA else 0


@inner
def _read_ais(buf: U8, at: int, end: int, head: int, armour: U8, row: I64) -> int:
    reason = OK
    star = _sound(buf, head, end, armour, row)
    if star < 0:
        # Something is wrong: read again, slowly, to say what.
        reason, star = _checked(buf, head, end)
        if reason == OK:
            reason = _vdm(buf, head, star, armour, row)
    if reason == OK:
        reason = _before(buf, at, head, row)
    if reason == OK:
        reason = _after(buf, star + 3, end, row)
    return reason


@inner
def _announce(buf: U8, units: I64, rows: I64, u: int, announced: int) -> None:
    """Give sentence u the time and station that the $PGHP in unit ``announced`` told, where it has none of its own."""
    wanted = rows[announced, COUNT]
    if wanted >= 0:
        star = units[u, 2]
        while buf[star] != STAR:
            star += 1
        if _hex(buf[star + 1]) * 16 + _hex(buf[star + 2]) != wanted:
            return
    if rows[u, T_US] == NO_TIME or rows[u, T_SRC] == SRC_PREFIX:
        rows[u, T_US] = rows[announced, T_US]
        rows[u, T_SRC] = SRC_RECEIVER
    if rows[u, ST_LEN] == 0:
        rows[u, ST_START] = rows[announced, ST_START]
        rows[u, ST_LEN] = rows[announced, ST_LEN]


@kernel
def read_units(buf: U8, units: I64, n: int, armour: U8, rows: I64) -> int:
    """Fill ``rows`` (as COLUMNS says) from n units; return how many units at the end are a $PGHP still waiting for its
    sentence (with the blank lines behind it): they want to be read again with the next block."""
    announced, since = -1, 0
    for u in range(n):
        at, end, head, row = units[u, 0], units[u, 1], units[u, 2], rows[u]
        row[:] = 0
        row[SEQ], row[GROUP], row[T_US] = -1, -1, NO_TIME
        while end > at and (buf[end - 1] == 32 or buf[end - 1] == 9 or buf[end - 1] == 0):
            end -= 1
        kind = 0
        if units[u, 1] - at > MAX_LINE_BYTES:
            row[STATUS] = TOO_LONG
        elif head < 0:
            comment = end > at and buf[at] == HASH
            damaged = not comment and _has_vdm(buf, at, end)
            row[STATUS] = NOT_AIS if not damaged else BAD_TAG if buf[at] == BACKSLASH else NO_START
        else:
            kind = _address(buf, head)
            row[STATUS] = NOT_AIS if kind == 0 else NO_START
        if kind == 1:
            row[STATUS] = _read_ais(buf, at, end, head, armour, row)
            if row[STATUS] == OK and announced >= 0:
                _announce(buf, units, rows, u, announced)
            announced = -1
        elif kind == 3:
            row[STATUS], star = _checked(buf, head, end)
            if row[STATUS] == OK:
                row[STATUS], row[COUNT] = _pghp(buf, head, star, row)
            announced, since = (u, 0) if row[STATUS] == OK else (-1, 0)
            row[STATUS] = NOT_AIS if row[STATUS] == OK else row[STATUS]
        elif announced >= 0:
            since += 1
            if end > at or since > MAX_PGHP_BLANKS:
                announced = -1
    return n - announced if announced >= 0 else 0
