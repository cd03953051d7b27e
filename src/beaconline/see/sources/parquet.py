"""Parquet with the report columns (``tracks.parquet`` is one), or with the columns a mapping names -> batches.

Decides: nothing about cells (``tables.py`` does). ``line`` is the row number, 1 = first row. Refuses: Parquet without
a time or a position, and a column whose type can hold no such field (a structure, a time where a number is meant).
Known failures: text columns of bytes are read as UTF-8; a row's ``raw`` is its cells as JSON.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from beaconline.foundation.table.reports import Pools
from beaconline.see.clean.times import typed_micros
from beaconline.see.inputs import InputError
from beaconline.see.sources.batch import Batch
from beaconline.see.sources.csv_blocks import RAW_LIMIT
from beaconline.see.sources.csv_table import Layout, resolve
from beaconline.see.sources.mapping import Mapping
from beaconline.see.sources.reports_layout import REPORTS
from beaconline.see.sources.suggest import suggest_mapping
from beaconline.see.sources.tables import Rows, TableReader

__all__ = ["read_parquet"]

CHUNK_ROWS = 250_000
"""Rows made into one batch."""


def read_parquet(
    where: Path | bytes | pl.DataFrame, source: str, given: Mapping | None, pools: Pools
) -> Iterator[Batch]:
    """Batches of a Parquet file, or of a frame with its columns. Raises InputError: broken file, no rows, columns
    missing."""
    try:
        if isinstance(where, pl.DataFrame):
            lazy = where.lazy()
        else:
            lazy = pl.scan_parquet(where if isinstance(where, Path) else io.BytesIO(where), glob=False)
        names = lazy.collect_schema().names()
        total = int(lazy.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        raise InputError(source, None, f"the Parquet file cannot be read ({_first_line(error)})") from None
    mapping, layout = _layout(names, lazy, source, given)
    if total == 0:
        raise InputError(source, None, "the Parquet file has no rows")
    reader = TableReader(mapping, source, pools)
    wanted = sorted({*layout.fields.values(), *layout.times})
    for start in range(0, total, CHUNK_ROWS):
        try:
            frame = lazy.select([names[k] for k in wanted]).slice(start, CHUNK_ROWS).collect()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise InputError(source, start + 1, f"the Parquet file is broken ({_first_line(error)})") from None
        yield reader.read(_rows(frame, layout, names, start))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


def _layout(names: list[str], lazy: pl.LazyFrame, source: str, given: Mapping | None) -> tuple[Mapping, Layout]:
    if given is not None and given.columns:
        try:
            return given, _fitting(resolve(given, names, source, 1), names, lazy, source)
        except InputError:
            if "t_event" not in names:
                raise
    has_place = {"lon_e7", "lat_e7"} <= set(names) or {"lon_deg", "lat_deg"} <= set(names)
    if "t_event" not in names or not has_place:
        head = lazy.head(200).collect()
        rows = [["" if cell is None else str(cell) for cell in row] for row in head.rows()]
        found = ", ".join(repr(n) for n in names)
        text = suggest_mapping(names, rows, ",", "my feed")
        raise InputError(
            source,
            None,
            f"Parquet without the report columns t_event and lon_deg, lat_deg; columns found: {found}\n"
            f"A mapping to start from (--mapping FILE.toml):\n\n{text}",
        )
    layout = resolve(REPORTS, names, source, 1)
    if "lon_e7" in layout.fields and "lat_e7" in layout.fields:  # the canonical integers win over their float copies
        fields = {f: k for f, k in layout.fields.items() if f not in ("lon_deg", "lat_deg")}
        layout = Layout(fields, layout.times)
    mapping = REPORTS if given is None else replace(REPORTS, const=dict(given.const))
    return mapping, _fitting(layout, names, lazy, source)


_LISTS: Final = frozenset(("station", "feed"))


def _fitting(layout: Layout, names: list[str], lazy: pl.LazyFrame, source: str) -> Layout:
    """The layout again, when the types of its columns can hold what the fields are."""
    types = lazy.collect_schema()
    for name, at in [*layout.fields.items(), *(("t_event", at) for at in layout.times)]:
        kind = types[names[at]]
        fits = not (kind.is_nested() or kind == pl.Object or kind == pl.Unknown)
        if kind.is_temporal():
            fits = name in ("t_event", "t_received")
        if name in _LISTS and isinstance(kind, (pl.List, pl.Array)):
            fits = not getattr(kind, "inner", pl.String()).is_nested()
        if not fits:
            raise InputError(source, None, f"the column {names[at]!r} (for {name}) is of the type {kind}")
    return layout


def _plain(series: pl.Series) -> pl.Series:
    """Categories and bytes as text, so that cells are texts, numbers, times or lists of texts."""
    if isinstance(series.dtype, (pl.Categorical, pl.Enum)):
        return series.cast(pl.String)
    if series.dtype == pl.Binary:
        return pl.Series(series.name, [None if b is None else b.decode("utf-8", "replace") for b in series])
    if isinstance(series.dtype, (pl.List, pl.Array)) and series.dtype != pl.List(pl.String):
        return series.cast(pl.List(pl.String), strict=False)
    if series.dtype == pl.Boolean:
        return series.cast(pl.String)
    return series


def _printable(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame, with dates as numbers where one is beyond what can be printed."""
    odd = [c for c in frame if c.dtype in (pl.Date, pl.Datetime) and not typed_micros(c)[1].all()]
    return frame.with_columns([c.to_physical() for c in odd]) if odd else frame


def _rows(frame: pl.DataFrame, layout: Layout, names: list[str], start: int) -> Rows:
    shown = _printable(frame)
    return Rows(
        {field: _plain(frame[names[k]]) for field, k in layout.fields.items()},
        [_plain(frame[names[k]]) for k in layout.times],
        np.arange(start + 1, start + 1 + len(frame), dtype=np.int64),
        lambda k: _raw(shown.row(k, named=True)),
    )


def _raw(row: dict[str, Any]) -> bytes:
    return json.dumps(row, default=str, ensure_ascii=False).encode("utf-8", "replace")[:RAW_LIMIT]
