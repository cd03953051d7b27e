"""Static fields of rows -> codes in the pool of static records, each distinct row looked at once.

Decides: when a static field is unknown (0 m, IMO 0, empty or all-``@`` names) and how dimensions make a length.
Refuses: to correct; an IMO number whose check digit fails stays as the crew typed it. Source: ITU-R M.1371-5,
message 5. Known failures: fields longer than TEXT_LIMIT are cut.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from beaconline.foundation.table.reports import I32, Pools, Static
from beaconline.see.clean.numbers import parse_number
from beaconline.see.clean.words import MARINECADASTRE_SHIP_TYPES, SHIP_TYPE_WORDS

__all__ = ["STATIC_FIELDS", "StaticReader", "clean_static", "clean_text", "first_places"]

STATIC_FIELDS: Final = (
    "imo", "callsign", "name", "ship_type", "length_m", "beam_m", "draught_m",
    "to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m",
)  # fmt: skip
"""Report fields that make a static record, in the order that ``clean_static`` takes them."""

TEXT_LIMIT = 120
"""Characters of a name or call sign that are kept; AIS has 20 and 7."""

MAX_DIMENSION_M = 1022.0
"""Largest length or beam AIS can tell (511 m to the bow and as much to the stern); above it the value is unknown."""

MAX_DRAUGHT_M = 25.5
_CACHE_LIMIT = 200_000
"""Distinct rows of static cells remembered; a table with more is read right, only slower."""

_TEXT_FILLERS: Final = frozenset(("nan", "NaN", "null", "NULL", "None", "N/A", "n/a", "\\N", "-"))
"""Unknown as programs write it; "NAN" in capitals is a name."""

_IMO = re.compile(r"(?:IMO)?\s*:?\s*0*(\d{1,9})(?:\.0*)?\Z", re.IGNORECASE)

Cell = str | float | int | None


def clean_text(text: Cell) -> str | None:
    """A name without AIS padding (``@`` and blanks at its end, blanks before it), None when nothing is left.

    Only these are taken off: what a name holds is kept as it came, and outputs escape it.
    """
    if text is None:
        return None
    word = str(text).rstrip("@ \t").strip()[:TEXT_LIMIT]
    if not word or word in _TEXT_FILLERS or word.casefold() in ("unknown", "unknown value", "undefined"):
        return None
    return word


def _number(cell: Cell, decimal: str) -> float | None:
    """The number of a cell, None when unknown. Raises ValueError when it is neither."""
    if cell is None:
        return None
    value = parse_number(cell, decimal) if isinstance(cell, str) else float(cell)
    if value is None or math.isinf(value):
        raise ValueError(cell)
    return None if value != value else value


def _imo(cell: Cell) -> int | None:
    if cell is None:
        return None
    match = _IMO.match(str(cell).strip())
    number = int(match.group(1)) if match else 0
    return number if 0 < number <= 9_999_999 else None


def _ship_type(cell: Cell) -> int | None:
    if cell is None:
        return None
    if isinstance(cell, str):
        word = cell.strip().casefold()
        if word in SHIP_TYPE_WORDS:
            return SHIP_TYPE_WORDS[word]
        number = parse_number(word)
    else:
        number = float(cell)
    if number is None or not math.isfinite(number) or number != int(number):
        return None
    code = MARINECADASTRE_SHIP_TYPES.get(int(number), int(number))
    return code if 1 <= code <= 99 else None


def _tenths(value: float | None, largest: float) -> int | None:
    if value is None or not 0 < value <= largest:
        return None
    return round(value * 10) or None


def clean_static(cells: Sequence[Cell], decimal: str, length_unit: float, draught_unit: float) -> Static:
    """The static record of cells in the order of STATIC_FIELDS (None where a table has no such column).

    Raises ValueError(field name) when a dimension or a draught is no number.
    """
    imo, callsign, name, ship_type, *sizes = cells
    numbers: list[float | None] = []
    for field_name, cell in zip(STATIC_FIELDS[4:], sizes, strict=True):
        try:
            numbers.append(_number(cell, decimal))
        except ValueError:
            raise ValueError(field_name) from None
    length, beam, draught, bow, stern, port, starboard = numbers
    if length is None and bow is not None and stern is not None:
        length = bow + stern
    if beam is None and port is not None and starboard is not None:
        beam = port + starboard
    return Static(
        imo=_imo(imo),
        callsign=clean_text(callsign),
        name=clean_text(name),
        ship_type=_ship_type(ship_type),
        length_dm=_tenths(None if length is None else length * length_unit, MAX_DIMENSION_M),
        beam_dm=_tenths(None if beam is None else beam * length_unit, MAX_DIMENSION_M),
        draught_dm=_tenths(None if draught is None else draught * draught_unit, MAX_DRAUGHT_M),
    )


def first_places(frame: pl.DataFrame) -> tuple[I32, npt.NDArray[np.intp]]:
    """(int32[n] the first row with the same cells, the rows that are first of their kind)."""
    n = len(frame)
    if n == 0:
        return np.zeros(0, np.int32), np.zeros(0, np.intp)
    # The row number has to be a column: an expression would count anew in each group.
    numbered = frame.with_columns(pl.Series("#", np.arange(n, dtype=np.int32)))
    first = numbered.select(pl.col("#").first().over(frame.columns)).to_series().to_numpy()
    return first, np.flatnonzero(first == np.arange(n, dtype=np.int32))


class StaticReader:
    """Turns static columns into pool codes; remembers rows of cells it has seen, in this and earlier blocks."""

    def __init__(self, pools: Pools, decimal: str, units: Mapping[str, float]) -> None:
        self._pools, self._decimal = pools, decimal
        self._units = (units.get("length", 1.0), units.get("draught", 1.0))
        self._known: dict[tuple[Cell, ...], int] = {}
        self._bad: list[str] = []

    def read(self, columns: Mapping[str, pl.Series], n: int) -> tuple[I32, dict[str, npt.NDArray[np.bool_]]]:
        """(code int32[n], rows with a bad number by field). columns: those of STATIC_FIELDS that the table has."""
        present = [name for name in STATIC_FIELDS if name in columns]
        if not present or n == 0:
            return np.zeros(n, np.int32), {}
        frame = pl.DataFrame({name: columns[name] for name in present})
        first, heads = first_places(frame)
        code_at = np.empty(n, np.int32)
        code_at[heads] = [self._code(row, present) for row in frame[heads].rows()]
        codes = code_at[first]
        bad: dict[str, npt.NDArray[np.bool_]] = {}
        for place in np.unique(codes[codes < 0]):
            name = self._bad[-int(place) - 1]
            bad[name] = bad.get(name, np.zeros(n, np.bool_)) | (codes == place)
        return np.maximum(codes, 0), bad

    def _code(self, row: tuple[Cell, ...], present: list[str]) -> int:
        found = self._known.get(row)
        if found is not None:
            return found
        cells = dict(zip(present, row, strict=True))
        try:
            record = clean_static([cells.get(f) for f in STATIC_FIELDS], self._decimal, *self._units)
            code = self._pools.statics.code(record)
        except ValueError as error:
            name = str(error)
            if name not in self._bad:
                self._bad.append(name)
            code = -self._bad.index(name) - 1
        if len(self._known) >= _CACHE_LIMIT:
            self._known.clear()
        self._known[row] = code
        return code
