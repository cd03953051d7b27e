"""Texts and numbers of a time column -> microseconds since 1970 UTC, or why not.

Decides: which forms are read. Refuses: to invent; what has no date, an impossible date, or a local hour that happened
twice or never is a reject. Source: RFC 3339; IANA time zones. Years 1 to 9999, so 1800 is a year like any other.

"auto" reads ``2022-01-03T00:00:00`` (or a blank or ``/`` and ``.`` as date marks; seconds may be left out, a fraction
may follow; ``Z``, ``UTC``, ``+02:00``, ``+0200`` may follow), ``20220103T000000Z``, ``20220103000000``, a bare date
(midnight), and Unix time in seconds, milliseconds, microseconds or nanoseconds by its size, within the limits of
``epochs.py``. It never guesses between day/month and month/day: such a table needs a format.

Known failures: leap seconds (``:60``) are rejected; fractions are cut at the microsecond; from 2100 on a named zone has
no summer time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from beaconline.foundation.records.times import EPOCH, NO_TIME
from beaconline.foundation.table.reports import I64
from beaconline.see.clean.epochs import MAX_US, MIN_US, epoch_of_text, read_epochs
from beaconline.see.clean.numbers import Mask8, is_filler

__all__ = ["BAD_TIME", "LOCAL_TIME", "NO_TIME_REASON", "TIME_REASONS", "parse_time_text", "read_times", "typed_micros"]

NO_TIME_REASON, BAD_TIME, LOCAL_TIME = 1, 2, 3
TIME_REASONS: Final = ("", "no_time", "bad_time", "local_time_ambiguous_or_missing")
"""Reject reasons by code; 0 is a good time."""

_AUTO = re.compile(
    r"(\d{4})([-/.]?)(\d{2})\2(\d{2})"
    r"(?:[T t_]\s*(\d{2})(:?)(\d{2})(?:\6(\d{2})(?:[.,](\d{1,9}))?)?|(\d{2})(\d{2})(\d{2}))?"
    r"\s*(Z|z|UTC|GMT|[+-]\d{2}:?\d{2})?(?:\s+(?:UTC|GMT))?\Z"
)
_US_PER_DAY = 86_400_000_000

_FAST: Final = (
    ("%Y-%m-%dT%H:%M:%S", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\Z")),
    ("%Y-%m-%d %H:%M:%S", re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z")),
    ("%Y-%m-%dT%H:%M:%SZ", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")),
    ("%Y-%m-%dT%H:%M:%S%.fZ", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z\Z")),
    ("%Y-%m-%dT%H:%M:%S%.f", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}\Z")),
    ("%Y-%m-%d %H:%M:%S%.f", re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9}\Z")),
    ("%Y-%m-%d %H:%M:%S%z", re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:?\d\d\Z")),
    ("%Y-%m-%dT%H:%M:%S%z", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d\Z")),
)
"""Forms of "auto" that polars reads by the column; everything else goes through ``parse_time_text``."""


class _BadTimeError(ValueError):
    pass


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _place(naive: datetime, zone: str | None) -> int:
    """Microseconds of a local time; raises LookupError for an hour that happened twice or never."""
    if zone is None:
        return _micros(naive.replace(tzinfo=UTC))
    if zone[0] in "+-":
        return _micros(naive.replace(tzinfo=_fixed(zone)))
    info = ZoneInfo(zone)
    first, second = naive.replace(tzinfo=info, fold=0), naive.replace(tzinfo=info, fold=1)
    back = first.astimezone(UTC).astimezone(info).replace(tzinfo=None)
    if first.utcoffset() != second.utcoffset() or back != naive:
        raise LookupError(zone)
    return _micros(first.astimezone(UTC))


def _fixed(text: str) -> timezone:
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _auto(text: str, zone: str | None) -> int:
    match = _AUTO.match(text)
    if match is not None:
        year, _, month, day, hour, _, minute, second, fraction, h2, m2, s2, offset = match.groups()
        hour, minute, second = hour or h2 or "0", minute or m2 or "0", second or s2 or "0"
        micro = int((fraction or "").ljust(6, "0")[:6])
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), micro)
        if offset is None:
            zone = None if text.upper().endswith(("UTC", "GMT")) else zone
        else:
            zone = offset if offset[0] in "+-" else None
        return _place(moment, zone)
    epoch = epoch_of_text(text)
    if epoch is None:
        raise _BadTimeError(text)
    return epoch


def parse_time_text(text: str, form: str, zone: str | None) -> tuple[int, int]:
    """(microseconds, 0) of one text, or (NO_TIME, code of the reason)."""
    word = text.strip()
    if is_filler(word):
        return NO_TIME, NO_TIME_REASON
    try:
        if form == "auto":
            micros = _auto(word, zone)
        else:
            moment = datetime.strptime(word, form)
            micros = _place(moment, zone) if moment.tzinfo is None else _micros(moment.astimezone(UTC))
    except LookupError:
        return NO_TIME, LOCAL_TIME
    except (ValueError, OverflowError):
        return NO_TIME, BAD_TIME
    return (micros, 0) if MIN_US <= micros <= MAX_US else (NO_TIME, BAD_TIME)


def read_times(columns: list[pl.Series], form: str, zone: str | None) -> tuple[I64, npt.NDArray[np.int8]]:
    """(t_us int64[n], reason int8[n] as in TIME_REASONS) of one or several columns joined by a blank.

    A column of dates or times with a type (Parquet) is taken as it is; without a zone of its own it is UTC, or in the
    zone that the mapping names.
    """
    micros, reason = _read(columns, form, zone)
    off = (reason == 0) & ((micros < MIN_US) | (micros > MAX_US))
    if off.any():
        micros = np.where(off, NO_TIME, micros)
        reason[off] = BAD_TIME
    return micros, reason


def _read(columns: list[pl.Series], form: str, zone: str | None) -> tuple[I64, npt.NDArray[np.int8]]:
    first = columns[0]
    if len(columns) == 1:
        if first.dtype.is_temporal():
            return _typed(first, zone)
        if form.startswith("epoch") or (form == "auto" and first.dtype.is_numeric()):
            return _epoch(first, form, zone)
    elif all(each.dtype.is_temporal() for each in columns):
        form = "auto"  # a date beside a time of day: they write themselves as ISO 8601 does
    texts = _text(first)
    for each in columns[1:]:
        texts = texts + " " + _text(each)
    return _texts(texts, form, zone)


def _text(series: pl.Series) -> pl.Series:
    """A column as text; whole numbers of a float column (a date with holes) lose their ".0"."""
    if series.dtype.is_float():
        whole = series.cast(pl.Int64, strict=False)
        if (whole.cast(series.dtype) == series).fill_null(True).all():
            return whole.cast(pl.String)
    return series.cast(pl.String)


def typed_micros(series: pl.Series) -> tuple[I64, Mask8]:
    """(t_us int64[n], whether it is of the years 1 to 9999) of dates or times of any unit; 0 where it is not.

    They are scaled here since the column engine stops the process at a date it cannot hold. A day is left at either
    end, so that a zone leads to no year that there is not.
    """
    raw = series.to_physical().cast(pl.Int64).fill_null(0).to_numpy()
    unit = "day" if series.dtype == pl.Date else series.dtype.time_unit  # type: ignore[attr-defined]
    if unit == "ns":
        return raw // 1000, np.ones(len(raw), np.bool_)
    scale = {"day": _US_PER_DAY, "ms": 1000, "us": 1}[unit]
    fits = (raw >= (MIN_US + _US_PER_DAY) // scale) & (raw <= (MAX_US - _US_PER_DAY) // scale)
    return np.where(fits, raw, 0) * scale, fits


def _typed(series: pl.Series, zone: str | None) -> tuple[I64, npt.NDArray[np.int8]]:
    missing = series.is_null().to_numpy()
    if series.dtype == pl.Time or series.dtype == pl.Duration:
        return np.full(len(series), NO_TIME, np.int64), np.where(missing, NO_TIME_REASON, BAD_TIME).astype(np.int8)
    micros, fits = typed_micros(series)
    if getattr(series.dtype, "time_zone", None) is None:
        known = pl.Series(micros).set(pl.Series(missing | ~fits), None)
        return _localise(known.cast(pl.Datetime("us")), zone, missing)
    reason = np.where(missing, NO_TIME_REASON, np.where(fits, 0, BAD_TIME)).astype(np.int8)
    return np.where(reason == 0, micros, NO_TIME), reason


def _localise(naive: pl.Series, zone: str | None, missing: Mask8) -> tuple[I64, npt.NDArray[np.int8]]:
    """Naive datetimes (null where unread) placed in a zone; ``missing`` = was empty to begin with."""
    reason = np.where(missing, NO_TIME_REASON, np.where(naive.is_null().to_numpy(), BAD_TIME, 0)).astype(np.int8)
    if zone is not None and zone[0] in "+-":
        shift = int(_fixed(zone).utcoffset(None) / timedelta(microseconds=1))
        micros = naive.dt.timestamp("us").fill_null(NO_TIME).to_numpy()
        return np.where(reason == 0, micros - shift, NO_TIME), reason
    if zone is not None:
        placed = naive.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
        reason[(reason == 0) & placed.is_null().to_numpy()] = LOCAL_TIME
        naive = placed
    return naive.dt.timestamp("us").fill_null(NO_TIME).to_numpy(), reason


def _epoch(series: pl.Series, form: str, zone: str | None) -> tuple[I64, npt.NDArray[np.int8]]:
    micros, reason, dates = read_epochs(series, form)
    if dates is not None:
        got, why = _texts(dates, "auto", zone)
        dated = dates.is_not_null().to_numpy()
        micros[dated], reason[dated] = got[dated], why[dated]
    return micros, reason


def _texts(texts: pl.Series, form: str, zone: str | None) -> tuple[I64, npt.NDArray[np.int8]]:
    n = len(texts)
    micros = np.full(n, NO_TIME, np.int64)
    reason = np.full(n, BAD_TIME, np.int8)
    reason[texts.is_null().to_numpy()] = NO_TIME_REASON
    left = np.flatnonzero(reason == BAD_TIME)
    tried: set[str] = set()
    while len(left):
        fast = _fast_form(texts, int(left[0]), form, tried)
        if fast is None:
            break
        tried.add(fast)
        part = texts if len(left) == n else texts.gather(left)
        stamps = _strptime(part, fast)
        if stamps is None:
            continue
        got, why = _offset_or_local(stamps, zone)
        done = stamps.is_not_null().to_numpy()
        # Forms that polars takes and we do not: a leap second becomes the next minute's first.
        done &= ~part.str.contains(":60", literal=True).fill_null(False).to_numpy()
        micros[left[done]], reason[left[done]] = got[done], why[done]
        left = left[~done]
    if len(left):
        _one_by_one(texts, left, form, zone, micros, reason)
    return micros, reason


def _offset_or_local(stamps: pl.Series, zone: str | None) -> tuple[I64, npt.NDArray[np.int8]]:
    if stamps.dtype.time_zone is not None:  # type: ignore[attr-defined]
        got = stamps.dt.timestamp("us").fill_null(NO_TIME).to_numpy()
        return got, np.where(got == NO_TIME, BAD_TIME, 0).astype(np.int8)
    return _localise(stamps, zone, np.zeros(len(stamps), np.bool_))


def _fast_form(texts: pl.Series, place: int, form: str, tried: set[str]) -> str | None:
    """The form to try on the column next: that of the first text not read yet."""
    if form != "auto":
        fast = form.replace(".%f", "%.f")
        # polars and strptime agree on these letters only; "%z" of polars needs the digits of an offset.
        plain = re.sub(r"%\.f|%[YmdHMSyjbB]", "", fast)
        return fast if "%" not in plain and fast not in tried else None
    text = texts[place]
    for fast, pattern in _FAST:
        if fast not in tried and pattern.match(text):
            return fast
    return None


def _strptime(texts: pl.Series, fast: str) -> pl.Series | None:
    try:
        if fast.endswith("Z"):
            return texts.str.to_datetime(fast, time_unit="us", strict=False).dt.replace_time_zone("UTC")
        return texts.str.to_datetime(fast, time_unit="us", strict=False)
    except pl.exceptions.PolarsError:
        return None


def _one_by_one(
    texts: pl.Series, left: npt.NDArray[np.intp], form: str, zone: str | None, micros: I64, reason: npt.NDArray[np.int8]
) -> None:
    known: dict[str, tuple[int, int]] = {}
    for place, text in zip(left, texts.gather(left).to_list(), strict=True):
        if text not in known:
            if len(known) > 100_000:
                known.clear()
            known[text] = parse_time_text(text, form, zone)
        micros[place], reason[place] = known[text]
