"""Columns of text (or of numbers) -> float64 with NaN for unknown, and which cells were neither.

Decides: which words mean "unknown" and how a decimal comma is read. Refuses: to guess; a cell that is no number and no
such word is bad, and its row becomes a reject. Known failures: digits grouped by thousands are bad numbers.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["F64", "FILLER_WORDS", "Mask8", "is_filler", "parse_number", "to_float"]

F64 = npt.NDArray[np.float64]
Mask8 = npt.NDArray[np.bool_]

FILLER_WORDS: Final = frozenset(
    ("", "-", "--", "nan", "null", "none", "na", "n/a", "nil", "unknown", "unknown value", "undefined", "not available",
     "not defined", "\\n", "?")
)  # fmt: skip
"""Words (any case) that stand for an unknown value, as Danish, database and spreadsheet exports write them."""


def is_filler(text: str) -> bool:
    """True for a word that means unknown, and for AIS's own text filler (all ``@``)."""
    word = text.strip().casefold()
    return word in FILLER_WORDS or not word.strip("@ ")


def parse_number(text: str, decimal: str = ".") -> float | None:
    """The number of one cell, NaN for a filler, None when it is neither. Infinity is not a number here."""
    word = text.strip()
    if is_filler(word):
        return float("nan")
    if decimal == ",":
        word = word.replace(".", "x").replace(",", ".")
    if not word.isascii() or "_" in word or "x" in word:
        return None
    try:
        value = float(word)
    except ValueError:
        return None
    return value if value - value == 0.0 else None


def to_float(series: pl.Series, decimal: str = ".") -> tuple[F64, Mask8 | None]:
    """float64[n] with NaN for unknown, and bool[n] of cells that are no number (None when there are none).

    series is text or any number type. Text is cast in one go; only what the cast refuses is looked at again, once a
    distinct text.
    """
    if series.dtype != pl.String:
        values = series.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
        infinite = np.isinf(values)
        return values, (infinite if infinite.any() else None)
    ready = (
        series.str.replace_all(".", "x", literal=True).str.replace(",", ".", literal=True) if decimal == "," else series
    )
    cast = ready.cast(pl.Float64, strict=False)
    values = cast.fill_null(float("nan")).to_numpy()
    odd = cast.is_null().to_numpy() & series.is_not_null().to_numpy()
    odd |= np.isinf(values)
    if not odd.any():
        return values, None
    if not values.flags.writeable:
        values = values.copy()
    bad = np.zeros(len(values), np.bool_)
    places = np.flatnonzero(odd)
    texts = series.gather(places).to_list()
    known: dict[str, float | None] = {}
    for place, text in zip(places, texts, strict=True):
        if text not in known:
            known[text] = parse_number(text, decimal)
        number = known[text]
        values[place] = np.nan if number is None else number
        bad[place] = number is None
    return values, (bad if bad.any() else None)
