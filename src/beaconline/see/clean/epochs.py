"""Numbers in a time column -> microseconds since 1970 UTC: Unix time by its unit, and dates written as one number.

Decides: the unit of a bare number, by its size and only within EPOCH_FROM_S to EPOCH_UNTIL_S. Between the sizes of
seconds, milliseconds, microseconds and nanoseconds of those years lie gaps, and in two of them the dates written as
YYYYMMDD and YYYYMMDDhhmmss, so that no number has two meanings. Refuses: everything else (YYYYMMDDhhmm would be the
milliseconds of 1976); a mapping that names the unit is believed for the years 1 to 9999. Source: POSIX time.

Known failures: a date as ten digits (YYYYMMDDhh) is read as the seconds of a later year. Nanoseconds as floats or text
are exact to about 0.2 microseconds.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from beaconline.foundation.records.times import NO_TIME, US_PER_S
from beaconline.foundation.table.reports import I64
from beaconline.see.clean.numbers import F64, Mask8, to_float

__all__ = ["EPOCH_FORMS", "EPOCH_FROM_S", "EPOCH_UNTIL_S", "MAX_US", "MIN_US", "epoch_of_text", "read_epochs"]

MIN_US, MAX_US = -62_135_596_800 * US_PER_S, 253_402_300_799 * US_PER_S
"""Years 1 to 9999: what a time of a report can be."""

EPOCH_FROM_S, EPOCH_UNTIL_S = 315_532_800, 4_102_444_800
"""1980-01-01 and 2100-01-01 UTC in seconds: Unix time without a word on its unit is believed from the one to before
the other. From 1976 on, milliseconds look like YYYYMMDDhhmm; later than 2100 a number is no time but an error."""

EPOCH_FORMS: Final = {"epoch_s": 1_000_000.0, "epoch_ms": 1_000.0, "epoch_us": 1.0, "epoch_ns": 0.001}
"""Names of units in a mapping, and microseconds in one."""

_TEXT = re.compile(r"(\d{9,10}|\d{12,13}|\d{15,16}|\d{18,19})(?:\.(\d+))?\Z", re.ASCII)
_PLACES: Final = {9: 6, 10: 6, 12: 3, 13: 3, 15: 0, 16: 0, 18: -3, 19: -3}
_NO, _BAD = 1, 2
"""Codes of ``clean/times.py``: no time, bad time."""


def epoch_of_text(text: str) -> int | None:
    """Microseconds of Unix time written without its unit; None when the text is none within the limits."""
    match = _TEXT.match(text)
    if match is None:
        return None
    places = _PLACES[len(match.group(1))]
    if places < 0:
        micros = int(match.group(1)[:places])
    else:
        micros = int(match.group(1) + (match.group(2) or "").ljust(places, "0")[:places])
    return micros if EPOCH_FROM_S * US_PER_S <= micros < EPOCH_UNTIL_S * US_PER_S else None


def read_epochs(series: pl.Series, form: str) -> tuple[I64, npt.NDArray[np.int8], pl.Series | None]:
    """(t_us int64[n], reason int8[n]: 0, 1 no time, 2 bad time, dates) of a column of numbers or of texts of numbers.

    form   a name of EPOCH_FORMS, or "auto": the unit by the size
    dates  under "auto", texts ``YYYY-MM-DD HH:MM:SS`` (null elsewhere) where the number is written as a date; those
           rows are bad times here. None when there are none
    """
    values, bad = to_float(series)
    missing = np.isnan(values)
    reason = np.where(missing, _NO, 0).astype(np.int8)
    if bad is not None:
        reason[bad] = _BAD
    whole = _whole(series, reason) if series.dtype.is_integer() else None
    micros = np.full(len(series), NO_TIME, np.int64)
    for name, unit_us in EPOCH_FORMS.items():
        if form == name:
            low, high = MIN_US / unit_us, MAX_US / unit_us
        elif form == "auto":
            low, high = EPOCH_FROM_S * (1e6 / unit_us), np.nextafter(EPOCH_UNTIL_S * (1e6 / unit_us), 0.0)
        else:
            continue
        with np.errstate(invalid="ignore"):
            fits = (values >= low) & (values <= high) & (reason == 0)
        micros[fits] = _scaled(values[fits], None if whole is None else whole[fits], unit_us)
    reason[(reason == 0) & (micros == NO_TIME)] = _BAD
    return micros, reason, _dates(values, reason == _BAD) if form == "auto" else None


def _whole(series: pl.Series, reason: npt.NDArray[np.int8]) -> I64:
    """Whole numbers as they are, so that nanoseconds stay exact; what 64 bits do not hold is a bad time."""
    exact = series.cast(pl.Int64, strict=False)
    reason[exact.is_null().to_numpy() & (reason == 0)] = _BAD
    return exact.fill_null(0).to_numpy()


def _scaled(values: F64, whole: I64 | None, unit_us: float) -> I64:
    if whole is None:
        return np.rint(values * unit_us).astype(np.int64)
    return whole // round(1.0 / unit_us) if unit_us < 1.0 else whole * int(unit_us)


def _dates(values: F64, unread: Mask8) -> pl.Series | None:
    with np.errstate(invalid="ignore"):
        day = unread & (values >= 1e7) & (values < 1e8)
        second = unread & (values >= 1e13) & (values < 1e14)
        dated = (day | second) & (values == np.floor(values))
    if not dated.any():
        return None
    digits = np.where(dated, np.where(day, values * 1e6, values), 0.0).astype(np.int64)
    text = pl.Series(digits).cast(pl.String)
    cut = [text.str.slice(at, n) for at, n in ((0, 4), (4, 2), (6, 2), (8, 2), (10, 2), (12, 2))]
    joined = cut[0] + "-" + cut[1] + "-" + cut[2] + " " + cut[3] + ":" + cut[4] + ":" + cut[5]
    return joined.set(pl.Series(~dated), None)
