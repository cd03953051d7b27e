"""Times beside a sentence: epoch seconds, milliseconds or microseconds, ISO 8601 and YYYYMMDDHHMMSS, read in place.

Decides: which digits are a time and in which unit. Refuses: to guess a date for a time of day, every impossible date,
every number that means a time outside of EARLIEST_US to LATEST_US, and twelve digits: they are YYMMDDHHMMSS more often
than milliseconds (all before September 2001), and nobody can tell which. A text without zone is UTC.
Source: ISO 8601; IEC 61162-1 (TAG block ``c:`` is UNIX time, in s or in ms).
Known failures: leap seconds (``:60``) are read as the second that follows.
"""

from __future__ import annotations

from typing import Final

from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import inner
from beaconline.foundation.wire.ais.bits import U8

__all__ = ["civil_us", "epoch_at", "iso_at", "number_at", "time_at"]

EARLIEST_US: Final = 315_532_800_000_000
"""1980-01-01, before any AIS: an epoch number below it is a counter or a station, no time."""
LATEST_US: Final = 4_102_444_800_000_000
"""2100-01-01: an epoch number from here on is something else that has many digits. Too late: a date that is written in
digits is read as milliseconds or microseconds of a far year."""
COMPACT_DIGITS: Final = 14
"""Digits of YYYYMMDDHHMMSS."""
MS_FROM: Final = 100_000_000_000
"""An epoch number from here on is milliseconds (as seconds it would be the year 5138; as ms it is 1973)."""
US_FROM: Final = 100_000_000_000_000
"""An epoch number from here on is microseconds."""
MAX_DIGITS: Final = 16
"""Longest epoch number that is read; 17 digits would be years past 5138 in microseconds."""
AMBIGUOUS_DIGITS: Final = 12
"""Digits of YYMMDDHHMMSS, and of milliseconds before September 2001."""
MIN_BARE_DIGITS: Final = 10
"""A bare number beside a sentence is a time from 10 digits on (September 2001); of nine it is the MMSI of a station."""


@inner
def number_at(buf: U8, at: int, end: int, most: int) -> tuple[int, int]:
    """(value, next) of up to ``most`` decimal digits at ``at``; next == at when there is none."""
    value = 0
    i = at
    while i < end and i - at < most and 48 <= buf[i] <= 57:
        value = value * 10 + (buf[i] - 48)
        i += 1
    return value, i


@inner
def civil_us(year: int, month: int, day: int, hour: int, minute: int, second: int, micro: int) -> int:
    """Microseconds since 1970 of a UTC date and time; NO_TIME when there is no such moment (years 1-9999)."""
    if year < 1 or year > 9999 or month < 1 or month > 12 or day < 1 or hour > 23 or minute > 59 or second > 60:
        return NO_TIME
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 31
    if month == 2:
        longest = 29 if leap else 28
    elif month == 4 or month == 6 or month == 9 or month == 11:
        longest = 30
    if day > longest:
        return NO_TIME
    # Days from civil date, March-based years (Howard Hinnant's algorithm).
    y = year - 1 if month <= 2 else year
    era = y // 400
    of_era = y - era * 400
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    days = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
    return ((days * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000 + micro


@inner
def _fraction_at(buf: U8, at: int, end: int) -> tuple[int, int]:
    """(microseconds, next) of ``.digits`` at ``at``; digits past the microsecond are cut."""
    if at + 1 >= end or (buf[at] != 46 and buf[at] != 44) or not 48 <= buf[at + 1] <= 57:
        return 0, at
    i = at + 1
    micro = 0
    unit = 100_000
    while i < end and 48 <= buf[i] <= 57:
        micro += (buf[i] - 48) * unit
        unit //= 10
        i += 1
    return micro, i


@inner
def _compact_us(value: int) -> int:
    """Microseconds since 1970 of the number YYYYMMDDHHMMSS; NO_TIME when it is no date or out of the limits."""
    day, clock = value // 1_000_000, value % 1_000_000
    t_us = civil_us(day // 10_000, day // 100 % 100, day % 100, clock // 10_000, clock // 100 % 100, clock % 100, 0)
    return t_us if EARLIEST_US <= t_us < LATEST_US else NO_TIME


@inner
def epoch_at(buf: U8, at: int, end: int, least: int) -> tuple[int, int]:
    """(microseconds, next) of a date of COMPACT_DIGITS or an epoch number of at least ``least`` digits; NO_TIME when
    there is none inside of the limits."""
    value, i = number_at(buf, at, end, MAX_DIGITS + 1)
    if i - at < least or i - at > MAX_DIGITS or i - at == AMBIGUOUS_DIGITS:
        return NO_TIME, at
    micro, after = (0, i) if i < end and buf[i] == 44 else _fraction_at(buf, i, end)
    t_us = NO_TIME
    if i - at == COMPACT_DIGITS:
        t_us = _compact_us(value)
        if t_us != NO_TIME:
            return t_us + micro, after
    if value >= US_FROM:
        t_us, after = value, i
    elif value >= MS_FROM:
        t_us, after = value * 1000, i
    else:
        t_us = value * 1_000_000 + micro
    return (t_us, after) if EARLIEST_US <= t_us < LATEST_US else (NO_TIME, at)


@inner
def _zone_at(buf: U8, at: int, end: int) -> tuple[int, int]:
    """(offset in minutes, next) of Z, +hh:mm, +hhmm or +hh at ``at``; no zone is UTC."""
    if at < end and (buf[at] == 90 or buf[at] == 122):
        return 0, at + 1
    if at + 2 < end and (buf[at] == 43 or buf[at] == 45):
        hours, i = number_at(buf, at + 1, end, 2)
        if i == at + 3:
            after = i + 1 if i < end and buf[i] == 58 else i
            minutes, j = number_at(buf, after, end, 2)
            if j != after + 2:
                minutes, j = 0, i
            offset = hours * 60 + minutes
            return (offset if buf[at] == 43 else -offset), j
    return 0, at


@inner
def iso_at(buf: U8, at: int, end: int) -> tuple[int, int]:
    """(microseconds, next) of ``2016-01-12T13:02:11.5Z`` and kin (``/`` for ``-``, blank for T); NO_TIME when none."""
    year, i = number_at(buf, at, end, 4)
    if i != at + 4 or i >= end or (buf[i] != 45 and buf[i] != 47):
        return NO_TIME, at
    month, j = number_at(buf, i + 1, end, 2)
    if j != i + 3 or j >= end or buf[j] != buf[i]:
        return NO_TIME, at
    day, k = number_at(buf, j + 1, end, 2)
    if k != j + 3 or k >= end or (buf[k] != 84 and buf[k] != 116 and buf[k] != 32):
        return NO_TIME, at
    hour, i = number_at(buf, k + 1, end, 2)
    if i != k + 3 or i >= end or buf[i] != 58:
        return NO_TIME, at
    minute, j = number_at(buf, i + 1, end, 2)
    if j != i + 3:
        return NO_TIME, at
    second, micro = 0, 0
    if j < end and buf[j] == 58:
        second, k = number_at(buf, j + 1, end, 2)
        if k != j + 3:
            return NO_TIME, at
        # A comma here is a separator of fields more often than a decimal sign.
        micro, j = (0, k) if k < end and buf[k] == 44 else _fraction_at(buf, k, end)
    t_us = civil_us(year, month, day, hour, minute, second, micro)
    offset, j = _zone_at(buf, j, end)
    if t_us == NO_TIME:
        return NO_TIME, at
    return t_us - offset * 60_000_000, j


@inner
def time_at(buf: U8, at: int, end: int) -> tuple[int, int]:
    """(microseconds, next) of an ISO or epoch time that a separator or the end follows; NO_TIME when there is none."""
    t_us, i = iso_at(buf, at, end)
    if t_us == NO_TIME:
        t_us, i = epoch_at(buf, at, end, MIN_BARE_DIGITS)
    if t_us == NO_TIME:
        return NO_TIME, at
    if i < end:
        c = buf[i]
        if 48 <= c <= 57 or 65 <= c <= 90 or 97 <= c <= 122 or c == 46 or c == 45 or c == 58:
            return NO_TIME, at
    return t_us, i
