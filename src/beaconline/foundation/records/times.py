"""Times as whole microseconds since 1970-01-01T00:00:00Z, and their one text form.

Decides: how a time is written (RFC 3339 with ``Z``, microseconds only when not zero) and which texts are read back.
Refuses: to guess a zone. A text without offset is an error here; sources that know better say so themselves.
Source: RFC 3339. Known failures: leap seconds (``:60``) are refused, since the integer scale has no room for them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

__all__ = ["EPOCH", "NO_TIME", "US_PER_S", "TimeTextError", "format_us", "parse_us"]

US_PER_S = 1_000_000
"""Microseconds in a second."""

NO_TIME = -(2**63)
"""The integer that stands for "no time" in columns (the same bit pattern as numpy's NaT)."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_RFC3339 = re.compile(r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|z|[+-]\d{2}:\d{2})\Z")


class TimeTextError(ValueError):
    """A text that is not an RFC 3339 time with an offset."""


@lru_cache(maxsize=16_384)
def format_us(t_us: int) -> str:
    """RFC 3339 text of microseconds since 1970, UTC; years 1 to 9999."""
    days, rest = divmod(t_us, 86_400 * US_PER_S)
    seconds, micros = divmod(rest, US_PER_S)
    minutes, second = divmod(seconds, 60)
    text = f"{_day(days)}T{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"
    return f"{text}.{micros:06d}Z" if micros else f"{text}Z"


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return (EPOCH + timedelta(days=days)).date().isoformat()


def parse_us(text: str) -> int:
    """Microseconds since 1970 of an RFC 3339 text with offset; digits past the microsecond are cut.

    Raises TimeTextError with the text and what is wrong.
    """
    match = _RFC3339.match(text.strip())
    if match is None:
        raise TimeTextError(f"not an RFC 3339 time with Z or an offset: {text!r} (example: 2026-01-02T03:04:05Z)")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError as error:
        raise TimeTextError(f"no such time: {text!r} ({error})") from None
    micro = int((fraction or "").ljust(6, "0")[:6])
    shift = 0
    if offset not in ("Z", "z"):
        shift = (int(offset[1:3]) * 3600 + int(offset[4:6]) * 60) * (1 if offset[0] == "+" else -1)
    whole = moment - EPOCH
    return (whole.days * 86_400 + whole.seconds - shift) * US_PER_S + micro
