"""The two Parquet files of a run: ``tracks.parquet`` (one row a report) and ``rejects.parquet``.

Decides: column names, types and row order. Rows stand by track name, then canonical order, so that a track is read in
one piece and the bytes do not depend on arrival. Texts are dictionary-coded. Refuses: fillers (null is null).
Source: the contract page, "Report". ``lon_e7`` and ``lat_e7`` are canonical; the float columns are those integers
divided by their scale. Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from beaconline.foundation.records.report import SENSORS, T_SRCS
from beaconline.foundation.store.spill import Columns
from beaconline.foundation.table.reports import I32, Pools, Reports
from beaconline.foundation.table.tracks import TrackBook
from beaconline.node.rows import Rows, ranks
from beaconline.see.sources.batch import Reject

__all__ = ["TRACKS_SCHEMA", "frame_of", "rejects_frame", "write_rejects", "write_tracks"]

CHUNK_ROWS = 65_536
"""Rows turned into columns at a time: bounds memory, and is the row group that a reader can skip."""

TRACKS_SCHEMA: dict[str, Any] = {
    "track": pl.String,
    "t_event": pl.Datetime("us", "UTC"),
    "t_src": pl.String,
    "t_received": pl.Datetime("us", "UTC"),
    "lon_e7": pl.Int32,
    "lat_e7": pl.Int32,
    "lon_deg": pl.Float64,
    "lat_deg": pl.Float64,
    "position_error_m": pl.Float64,
    "sog_kn": pl.Float64,
    "cog_deg_true": pl.Float64,
    "heading_deg_true": pl.Float64,
    "nav_status": pl.Int8,
    "mmsi": pl.Int32,
    "imo": pl.Int32,
    "callsign": pl.String,
    "name": pl.String,
    "ship_type": pl.Int16,
    "length_m": pl.Float64,
    "beam_m": pl.Float64,
    "draught_m": pl.Float64,
    "feeds": pl.List(pl.String),
    "stations": pl.List(pl.String),
    "sensor": pl.String,
    "msg_type": pl.Int8,
    "origin": pl.String,
    "label": pl.String,
    "mode": pl.String,
    "terms": pl.String,
    "raw_ref": pl.List(pl.Struct({"source": pl.String, "line": pl.Int32})),
}


class _Lookup:
    """Pool texts as polars series, made once a run: a gather by code is then one call. ``ranked``: the codes of the
    tracks that 0, 1, 2, … stand for (without it, the codes themselves)."""

    def __init__(self, pools: Pools, book: TrackBook, ranked: Sequence[int] | None = None) -> None:
        statics = pools.statics.records
        names = book.names if ranked is None else [book.names[code] for code in ranked]
        self.track = pl.Series(names, dtype=pl.String)
        self.sensor_ids = pl.Series(pools.sensor_ids.texts, dtype=pl.String)
        self.t_src = pl.Series(T_SRCS, dtype=pl.String)
        self.sensor = pl.Series(SENSORS, dtype=pl.String)
        self.source = pl.Series(pools.sources.texts, dtype=pl.String)
        self.kept, self.merged = _merged_places(pools)
        self.feeds = pl.Series([list(s) for s in pools.feeds.sets], dtype=pl.List(pl.String))
        self.stations = pl.Series([list(s) for s in pools.stations.sets], dtype=pl.List(pl.String))
        self.imo = pl.Series([s.imo for s in statics], dtype=pl.Int32)
        self.callsign = pl.Series([s.callsign for s in statics], dtype=pl.String)
        self.name = pl.Series([s.name for s in statics], dtype=pl.String)
        self.ship_type = pl.Series([s.ship_type for s in statics], dtype=pl.Int16)
        self.length_m = pl.Series([_tenth(s.length_dm) for s in statics], dtype=pl.Float64)
        self.beam_m = pl.Series([_tenth(s.beam_dm) for s in statics], dtype=pl.Float64)
        self.draught_m = pl.Series([_tenth(s.draught_dm) for s in statics], dtype=pl.Float64)


def _merged_places(pools: Pools) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(kept, merged) places of all duplicates, ordered by kept; a row merged into one that was merged later belongs to
    the last."""
    if not pools.merged_refs:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    pairs = np.concatenate(pools.merged_refs)
    pairs = pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]
    kept, merged = pairs[:, 0].copy(), pairs[:, 1]
    for _ in range(len(pools.merged_refs)):
        at = np.minimum(np.searchsorted(merged, kept), len(merged) - 1)
        moved = merged[at] == kept
        if not moved.any():
            break
        kept[moved] = pairs[at[moved], 0]
    order = np.lexsort((merged, kept))
    return kept[order], merged[order]


def _raw_refs(reports: Reports, look: _Lookup) -> pl.Series:
    """Where each row stood in the inputs: a list of (source, line), several where duplicates were merged."""
    place = reports.source.astype(np.int64) << 32 | reports.line
    first = np.searchsorted(look.kept, place, side="left")
    more = np.searchsorted(look.kept, place, side="right") - first
    row = np.arange(len(place))
    if more.any():
        # Own place first, then those of the rows merged into it; ordered by text, since codes follow arrival.
        many = np.flatnonzero(more)
        index = np.concatenate([np.arange(first[k], first[k] + more[k]) for k in many])
        place = np.concatenate((place, look.merged[index]))
        row = np.concatenate((row, np.repeat(many, more[many])))
    frame = pl.DataFrame(
        {"row": row, "source": _gather(look.source, place >> 32), "line": (place & 0xFFFFFFFF).astype(np.int32)}
    )
    if not more.any():
        return frame.select(pl.concat_list(pl.struct("source", "line")).alias("raw_ref")).to_series()
    frame = frame.sort("row", "source", "line")
    return frame.group_by("row", maintain_order=True).agg(pl.struct("source", "line").alias("raw_ref"))["raw_ref"]


def _tenth(value: int | None) -> float | None:
    return None if value is None else value / 10


def _or_null(values: npt.NDArray[Any], dtype: Any, scale: float = 1.0) -> pl.Series:
    """A column of ints where -1 is null; divided by ``scale`` when the column is a float."""
    series = pl.Series(values)
    if scale != 1.0:
        series = series.cast(pl.Float64) / scale
    out = pl.select(pl.when(pl.Series(values >= 0)).then(series).otherwise(None)).to_series()
    return out.cast(dtype)


def _gather(texts: pl.Series, codes: npt.NDArray[Any]) -> pl.Series:
    """Texts by code; a negative code is null."""
    index = pl.Series(codes.astype(np.int64))
    if len(codes) and codes.min() < 0:
        index = pl.select(pl.when(index >= 0).then(index).otherwise(None)).to_series()
    if not len(texts):
        return pl.Series([None] * len(codes), dtype=texts.dtype)
    return texts.gather(index)


def _frame(reports: Reports, track: I32, look: _Lookup, mode: str) -> pl.DataFrame:
    n = len(reports)
    static = reports.static
    received = pl.Series(reports.t_received_us)
    t_received = pl.select(pl.when(received > -(2**63)).then(received).otherwise(None)).to_series()
    columns: dict[str, Any] = {
        "track": _gather(look.track, track),
        "t_event": pl.Series(reports.t_us).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        "t_src": _gather(look.t_src, reports.t_src),
        "t_received": t_received.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        "lon_e7": pl.Series(reports.lon_e7),
        "lat_e7": pl.Series(reports.lat_e7),
        "lon_deg": pl.Series(reports.lon_e7 / 1e7),
        "lat_deg": pl.Series(reports.lat_e7 / 1e7),
        "position_error_m": _or_null(reports.error_dm, pl.Float64, 10.0),
        "sog_kn": _or_null(reports.sog_mkn, pl.Float64, 1000.0),
        "cog_deg_true": _or_null(reports.cog_cdeg, pl.Float64, 100.0),
        "heading_deg_true": _or_null(reports.heading_cdeg, pl.Float64, 100.0),
        "nav_status": _or_null(reports.nav_status, pl.Int8),
        "mmsi": _or_null(reports.mmsi, pl.Int32),
        "imo": _gather(look.imo, static),
        "callsign": _gather(look.callsign, static),
        "name": _gather(look.name, static),
        "ship_type": _gather(look.ship_type, static),
        "length_m": _gather(look.length_m, static),
        "beam_m": _gather(look.beam_m, static),
        "draught_m": _gather(look.draught_m, static),
        "feeds": _gather(look.feeds, reports.feeds),
        "stations": _gather(look.stations, reports.stations),
        "sensor": _gather(look.sensor, reports.sensor),
        "msg_type": _or_null(reports.msg_type, pl.Int8),
        # Without a node there is no origin; without a label nothing may be released; without terms neither.
        "origin": pl.repeat(None, n, dtype=pl.String, eager=True),
        "label": pl.repeat(None, n, dtype=pl.String, eager=True),
        "mode": pl.repeat(mode, n, dtype=pl.String, eager=True),
        "terms": pl.repeat("none", n, dtype=pl.String, eager=True),
        "raw_ref": _raw_refs(reports, look),
    }
    return pl.DataFrame(columns, schema=TRACKS_SCHEMA)


def frame_of(reports: Reports, track: I32, pools: Pools, book: TrackBook, mode: str) -> pl.DataFrame:
    """The rows as one frame with the columns of ``tracks.parquet``, in the order of the rows."""
    return _frame(reports, track, _Lookup(pools, book), mode)


def write_tracks(path: Path, rows: Rows, pools: Pools, book: TrackBook, mode: str) -> None:
    """Write ``tracks.parquet``, rows by track name and then time. Raises OSError when the disk is full."""
    look = _Lookup(pools, book, ranks(book.names)[0])

    def chunks(
        columns: list[str] | None, predicate: Any, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        if not len(rows):
            yield pl.DataFrame(schema=TRACKS_SCHEMA)
        for track, some in _recut(rows.pieces(book.names), CHUNK_ROWS):
            yield _frame(Reports(**some), track, look, mode)

    from polars.io.plugins import register_io_source

    lazy = register_io_source(chunks, schema=pl.Schema(TRACKS_SCHEMA), validate_schema=False)
    lazy.sink_parquet(path, compression="zstd", compression_level=1, row_group_size=CHUNK_ROWS, maintain_order=True)


def _recut(pieces: Iterable[tuple[I32, Columns]], size: int) -> Iterator[tuple[I32, Columns]]:
    """The same rows in pieces of ``size``; the last may be smaller."""
    held: list[tuple[I32, Columns]] = []
    rows = 0
    for piece in pieces:
        held.append(piece)
        rows += len(piece[0])
        if rows < size:
            continue
        track = np.concatenate([each for each, _ in held])
        some = {name: np.concatenate([columns[name] for _, columns in held]) for name in piece[1]}
        whole = rows - rows % size
        for at in range(0, whole, size):
            yield track[at : at + size], {name: column[at : at + size] for name, column in some.items()}
        held = [(track[whole:], {name: column[whole:] for name, column in some.items()})]
        rows -= whole
    if rows:
        yield (
            np.concatenate([each for each, _ in held]),
            {name: np.concatenate([columns[name] for _, columns in held]) for name in held[0][1]},
        )


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def rejects_frame(rejects: Sequence[Reject]) -> pl.DataFrame:
    """The columns of ``rejects.parquet``, ordered by source and line."""
    ordered = sorted(rejects, key=lambda r: (r.source, r.line, r.reason, r.raw))
    return pl.DataFrame(
        {
            "source": [r.source for r in ordered],
            "line": [r.line for r in ordered],
            "reason": [r.reason for r in ordered],
            "raw": [_text(r.raw) for r in ordered],
            "raw_bytes": [None if _is_text(r.raw) else r.raw for r in ordered],
            "detail": [r.detail for r in ordered],
        },
        schema={
            "source": pl.String,
            "line": pl.Int64,
            "reason": pl.String,
            "raw": pl.String,
            "raw_bytes": pl.Binary,
            "detail": pl.String,
        },
    )


def write_rejects(path: Path, rejects: Sequence[Reject]) -> None:
    """Write ``rejects.parquet``: source, line, reason, raw (UTF-8; other bytes as ``\\xNN``, and then whole in
    ``raw_bytes``) and detail. Ordered by source and line."""
    rejects_frame(rejects).write_parquet(path, compression="zstd")
