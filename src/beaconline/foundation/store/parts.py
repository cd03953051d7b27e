"""One part of a history (a day, or some hours of a dense one) as tables: what is written, and how it is read back.

Decides: columns, codes and row order. Reports stand by vessel (MMSI rising, rows without identity, a sensor's own ids
by text), then time, so that one vessel's day is one small row group; a stable sort by time alone gives the canonical
order back. Texts stand once, in a table of their own, under codes that follow their content: the same facts give the
same bytes, whatever came first. Unknown is null. Refuses: to merge or to judge; it takes rows in canonical order, each
once. Source: ``docs/why/0008-history-layout.md`` has the figures. Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.reports import I32, I64, Pools, Reports, Static, StaticRows

__all__ = ["TABLES", "Content", "decode_reports", "decode_statics", "encode", "read_texts"]

TABLES: Final = ("reports", "statics", "texts", "vessels", "refs")
"""Tables of a part, by name; an empty one is not written."""

_NULLABLE: Final = (
    "error_dm", "sog_mkn", "cog_cdeg", "heading_cdeg", "nav_status", "msg_type", "mmsi", "sensor_id",
)  # fmt: skip
"""Report columns where -1 is null."""

REPORT_TYPES: Final[dict[str, Any]] = {
    "t_event": pl.Datetime("us", "UTC"),
    "t_received": pl.Datetime("us", "UTC"),
    "t_src": pl.Int8,
    "lon_e7": pl.Int32,
    "lat_e7": pl.Int32,
    "error_dm": pl.Int32,
    "sog_mkn": pl.Int32,
    "cog_cdeg": pl.Int32,
    "heading_cdeg": pl.Int32,
    "nav_status": pl.Int8,
    "msg_type": pl.Int8,
    "sensor": pl.Int8,
    "mmsi": pl.Int32,
    "sensor_id": pl.Int32,
    "static": pl.Int32,
    "stations": pl.Int32,
    "feeds": pl.Int32,
    "source": pl.Int32,
    "line": pl.Int32,
}
"""Columns of ``reports``: those of ``Reports``; ``sensor_id`` to ``source`` are codes of ``texts``."""

STATIC_TYPES: Final[dict[str, Any]] = {
    "t_event": pl.Datetime("us", "UTC"),
    **dict.fromkeys(("mmsi", "sensor_id", "static", "stations", "source", "line"), pl.Int32),
}
TEXT_TYPES: Final[dict[str, Any]] = {
    "pool": pl.String,
    "code": pl.Int32,
    "texts": pl.List(pl.String),
    "imo": pl.Int32,
    "callsign": pl.String,
    "name": pl.String,
    "ship_type": pl.Int16,
    "length_dm": pl.Int32,
    "beam_dm": pl.Int32,
    "draught_dm": pl.Int32,
}
VESSEL_TYPES: Final[dict[str, Any]] = {
    "mmsi": pl.Int32,
    "sensor_id": pl.Int32,
    "static": pl.Int32,
    "rows": pl.Int64,
    "static_rows": pl.Int64,
    "t_first": pl.Datetime("us", "UTC"),
    "t_last": pl.Datetime("us", "UTC"),
}
REF_TYPES: Final[dict[str, Any]] = dict.fromkeys(("source", "line", "other_source", "other_line"), pl.Int32)

NO_IDENTITY = 1_000_000_000
"""Place of rows without identity among vessels: behind every MMSI, before every sensor's own id."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a part holds, as columns of one run.

    reports  n rows in canonical order, each once
    statics  m rows in canonical order, each once
    refs     int64[k, 2]: (place kept, place of an equal row merged into it), places as in ``Pools.merged_refs``, each
             pair once, the first ones being places of ``reports``
    """

    reports: Reports
    statics: StaticRows
    refs: I64


def _static_key(record: Static) -> tuple[tuple[bool, Any], ...]:
    return tuple((value is not None, 0 if value is None else value) for value in record)


def _codes(
    columns: Sequence[npt.NDArray[Any]], size: int, content: Callable[[int], Any], *, empty: bool
) -> tuple[I32, list[int]]:
    """(int32[size + 1]: the part's code of each code of the run, -1 stays -1; codes of the run in the part's order).

    empty  code 0 is the empty one: always there, and first by its content
    """
    seen = np.zeros(size + 1, np.bool_)
    for column in columns:
        seen[column] = True
    seen[0] |= empty and size > 0
    present = sorted(np.flatnonzero(seen[:size]).tolist(), key=content)
    new = np.full(size + 1, -1, np.int32)
    new[present] = np.arange(len(present), dtype=np.int32)
    return new, present


@dataclass(frozen=True, slots=True)
class _Coded:
    """The part's code by the run's code, for each pool."""

    static: I32
    stations: I32
    feeds: I32
    sensor_id: I32
    source: I32


def _texts(content: Content, pools: Pools) -> tuple[_Coded, pl.DataFrame]:
    rows, statics, refs = content.reports, content.statics, content.refs
    records, ids, names = pools.statics.records, pools.sensor_ids.texts, pools.sources.texts
    static, s = _codes([rows.static, statics.static], len(records), lambda c: _static_key(records[c]), empty=True)
    heard = pools.stations.sets
    stations, h = _codes([rows.stations, statics.stations], len(heard), heard.__getitem__, empty=True)
    feeds, f = _codes([rows.feeds], len(pools.feeds.sets), pools.feeds.sets.__getitem__, empty=True)
    sensor_id, i = _codes([rows.sensor_id, statics.sensor_id], len(ids), ids.__getitem__, empty=False)
    places: list[npt.NDArray[Any]] = [rows.source, statics.source, (refs >> 32).ravel()]
    source, n = _codes(places, len(names), names.__getitem__, empty=False)
    table: list[dict[str, Any]] = [
        {"pool": "static", "code": k, "texts": None, **records[c]._asdict()} for k, c in enumerate(s)
    ]
    for pool, codes, texts_of in (
        ("stations", h, heard.__getitem__),
        ("feeds", f, pools.feeds.sets.__getitem__),
        ("sensor_id", i, lambda c: (ids[c],)),
        ("source", n, lambda c: (names[c],)),
    ):
        table += [{"pool": pool, "code": k, "texts": list(texts_of(c))} for k, c in enumerate(codes)]
    return _Coded(static, stations, feeds, sensor_id, source), pl.DataFrame(table, schema=TEXT_TYPES)


def _null(values: npt.NDArray[Any], missing: int = -1) -> pl.Series:
    series = pl.Series(values)
    if not (values == missing).any():
        return series
    return pl.select(pl.when(series != missing).then(series)).to_series()


def _moment(t_us: I64) -> pl.Series:
    return _null(t_us, NO_TIME).cast(pl.Datetime("us", "UTC"))


def _reports(rows: Reports, new: _Coded) -> pl.DataFrame:
    sensor_id = new.sensor_id[rows.sensor_id]
    vessel = rows.mmsi.astype(np.int64)
    vessel[rows.mmsi < 0] = NO_IDENTITY + 1 + sensor_id[rows.mmsi < 0]
    order = np.argsort(vessel, kind="stable")
    coded = {
        "sensor_id": sensor_id,
        "static": new.static[rows.static],
        "stations": new.stations[rows.stations],
        "feeds": new.feeds[rows.feeds],
        "source": new.source[rows.source],
    }
    columns: dict[str, pl.Series] = {}
    for name, kind in REPORT_TYPES.items():
        if name in ("t_event", "t_received"):
            columns[name] = _moment((rows.t_us if name == "t_event" else rows.t_received_us)[order])
            continue
        values = coded[name] if name in coded else getattr(rows, name)
        values = values[order]
        columns[name] = (_null(values) if name in _NULLABLE else pl.Series(values)).cast(kind)
    return pl.DataFrame(columns, schema=REPORT_TYPES)


def _statics(rows: StaticRows, new: _Coded) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "t_event": _moment(rows.t_us),
            "mmsi": _null(rows.mmsi),
            "sensor_id": _null(new.sensor_id[rows.sensor_id]),
            "static": new.static[rows.static],
            "stations": new.stations[rows.stations],
            "source": new.source[rows.source],
            "line": rows.line,
        },
        schema=STATIC_TYPES,
    )


def _vessels(reports: pl.DataFrame, statics: pl.DataFrame) -> pl.DataFrame:
    """Who said what in this part: one row for each identity and static record."""
    who = ["mmsi", "sensor_id", "static"]
    parts = [
        table.select(*who, "t_event", pl.lit(here).cast(pl.Int64).alias("rows"), pl.lit(1 - here).alias("static_rows"))
        for table, here in ((reports, 1), (statics, 0))
    ]
    found = pl.concat([part.with_columns(pl.col("static_rows").cast(pl.Int64)) for part in parts])
    counted = found.group_by(who).agg(
        pl.col("rows").sum(),
        pl.col("static_rows").sum(),
        pl.col("t_event").min().alias("t_first"),
        pl.col("t_event").max().alias("t_last"),
    )
    return counted.sort(who, nulls_last=True).select(pl.col(name).cast(kind) for name, kind in VESSEL_TYPES.items())


def _refs(refs: I64, new: _Coded, pools: Pools) -> pl.DataFrame:
    kept, other = refs[:, 0], refs[:, 1]
    frame = pl.DataFrame(
        {
            "source": new.source[kept >> 32],
            "line": (kept & 0xFFFFFFFF).astype(np.int32),
            "other_source": new.source[other >> 32],
            "other_line": (other & 0xFFFFFFFF).astype(np.int32),
        },
        schema=REF_TYPES,
    )
    return frame.unique().sort(frame.columns)


def encode(content: Content, pools: Pools) -> dict[str, pl.DataFrame]:
    """The tables of a part, without the empty ones."""
    new, texts = _texts(content, pools)
    reports, statics = _reports(content.reports, new), _statics(content.statics, new)
    made = {
        "reports": reports,
        "statics": statics,
        "texts": texts,
        "vessels": _vessels(reports, statics),
        "refs": _refs(content.refs, new, pools),
    }
    return {name: table for name, table in made.items() if len(table)}


def read_texts(texts: pl.DataFrame, pools: Pools, sources: Mapping[str, str] | None = None) -> dict[str, I32]:
    """The run's code by the part's code, for each pool (int32[size + 1], -1 at the end for null); new texts are added
    to the pools. sources: other names for inputs than their ids."""
    called = sources or {}
    out: dict[str, I32] = {}
    for pool, add in (
        ("static", None),
        ("stations", pools.stations.code),
        ("feeds", pools.feeds.code),
        ("sensor_id", lambda texts: pools.sensor_ids.code(texts[0])),
        ("source", lambda texts: pools.sources.code(called.get(texts[0], texts[0]))),
    ):
        some = texts.filter(pl.col("pool") == pool)
        if add is None:
            codes = [pools.statics.code(Static(*row)) for row in some.select(Static._fields).iter_rows()]
        else:
            codes = [add(each) for each in some["texts"].to_list()]
        table = np.full((int(some["code"].max()) if len(some) else -1) + 2, -1, np.int32)  # type: ignore[arg-type]
        table[some["code"].to_numpy()] = codes
        out[pool] = table
    return out


def _ints(column: pl.Series, missing: int = -1) -> npt.NDArray[Any]:
    """A column of integers or times as an array; null becomes ``missing``."""
    if column.dtype == pl.Datetime("us", "UTC"):
        column = column.to_physical()
    # Kernels are compiled once more for arrays that may not be written to, which takes a first run a minute.
    return (column.fill_null(missing) if column.null_count() else column).to_numpy(writable=True)


def decode_reports(table: pl.DataFrame, codes: dict[str, I32]) -> Reports:
    """Rows in the order of the table; ``codes`` comes from ``read_texts``."""
    columns: list[npt.NDArray[Any]] = []
    for name in Reports.__dataclass_fields__:
        if name in ("t_us", "t_received_us"):
            columns.append(_ints(table["t_event" if name == "t_us" else "t_received"], NO_TIME))
        elif name in ("static", "stations", "feeds", "sensor_id", "source"):
            values = codes[name][_ints(table[name])]
            columns.append(values.astype(np.int16) if name == "source" else values)
        else:
            columns.append(_ints(table[name]))
    return Reports(*columns)


def decode_statics(table: pl.DataFrame, codes: dict[str, I32]) -> StaticRows:
    """Rows in the order of the table."""
    coded = {name: codes[name][_ints(table[name])] for name in ("sensor_id", "static", "stations", "source")}
    return StaticRows(
        t_us=_ints(table["t_event"], NO_TIME),
        mmsi=_ints(table["mmsi"]),
        sensor_id=coded["sensor_id"],
        static=coded["static"],
        stations=coded["stations"],
        source=coded["source"].astype(np.int16),
        line=_ints(table["line"]),
    )


def decode_refs(table: pl.DataFrame, codes: dict[str, I32]) -> I64:
    """int64[k, 2] as in ``Content.refs``."""
    pairs = [
        codes["source"][_ints(table[source])].astype(np.int64) << 32 | _ints(table[line])
        for source, line in (("source", "line"), ("other_source", "other_line"))
    ]
    return np.stack(pairs, axis=1)
