"""JSON lines of AIS-catcher and of aisstream, and lines with the report fields -> batches.

Decides: which member of an object stands for which report field. An object that carries no position (a static message,
a message of another type) is ``without_position``. Refuses: unscaled AIS-catcher objects, whose integers have no unit.
Source: AIS-catcher's key table (rxtime = YYYYMMDDHHMMSS UTC, rxuxtime and toa = Unix seconds) and its gpsd-like names;
aisstream's message models (``MetaData``, ``Message.<MessageType>``).

Known failures: aisstream's ``MetaData.latitude/longitude`` of a static message is the last place known to the service
and is not taken as a report; type 24 part B of an auxiliary craft keeps its mothership MMSI as a dimension there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import polars as pl

from beaconline.foundation.table.reports import Pools, Reports, StaticRows
from beaconline.see.inputs import InputError
from beaconline.see.sources import csv_blocks
from beaconline.see.sources.batch import Batch, Reject
from beaconline.see.sources.mapping import Mapping, TimeRule
from beaconline.see.sources.reports_layout import REPORTS
from beaconline.see.sources.tables import Rows, TableReader

__all__ = ["read_json_lines"]

CHUNK_LINES = 50_000
"""Lines made into one batch; an object takes about 2 kB while it is one."""

_LONE = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair: JSON can spell it, no text can hold it."""

_EXACT: Final = 2**63
"""Whole numbers from here on are handed on as text: a float may not hold them, and they measure nothing."""

Cell = str | float | int | list[str] | None
Cells = dict[str, Cell]

_CATCHER: Final = {
    "mmsi": "mmsi", "lon_deg": "lon", "lat_deg": "lat", "sog_kn": "speed", "cog_deg_true": "course",
    "heading_deg_true": "heading", "nav_status": "status", "msg_type": "type", "imo": "imo", "callsign": "callsign",
    "name": "shipname", "ship_type": "shiptype", "draught_m": "draught", "to_bow_m": "to_bow", "to_stern_m": "to_stern",
    "to_port_m": "to_port", "to_starboard_m": "to_starboard",
}  # fmt: skip

_STREAM_MOTION: Final = {
    "lon_deg": "Longitude", "lat_deg": "Latitude", "sog_kn": "Sog", "cog_deg_true": "Cog",
    "heading_deg_true": "TrueHeading", "nav_status": "NavigationalStatus",
}  # fmt: skip
_STREAM_PLACED: Final = frozenset(
    ("PositionReport", "StandardClassBPositionReport", "ExtendedClassBPositionReport", "LongRangeAisBroadcastMessage",
     "BaseStationReport", "StandardSearchAndRescueAircraftReport", "AidsToNavigationReport")
)  # fmt: skip
_DIMENSION: Final = {"A": "to_bow_m", "B": "to_stern_m", "C": "to_port_m", "D": "to_starboard_m"}


class _BadObjectError(ValueError):
    """An object that is no message; the text is the reject reason."""


def _scalar(value: Any) -> Cell:
    """A number or a text as it is; anything else as a text that no reader takes for a number."""
    if value is None:
        return value
    if isinstance(value, str):
        return value if value.isascii() else _LONE.sub("\ufffd", value)
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return value if isinstance(value, float) or -_EXACT < value < _EXACT else str(value)
    return json.dumps(value)[:200]


def _time(value: Any) -> str | None:
    """A time as text whatever it was, so that a row is read alike whatever stands in the rows beside it."""
    if isinstance(value, float):
        if value != value:
            return None
        if value == int(value):
            return str(int(value))
    text = _scalar(value)
    return text if text is None or isinstance(text, str) else repr(text)


def _words(value: list[Any]) -> list[str]:
    return [str(_scalar(each)) for each in value if each is not None]


def _catcher(record: dict[str, Any]) -> Cells:
    if record.get("class", "AIS") != "AIS":
        return {}
    if record.get("scaled") is False:
        raise _BadObjectError("unscaled_json")
    cells = {field: _scalar(record[key]) for field, key in _CATCHER.items() if key in record}
    station = record.get("station_id")
    if station is not None:
        cells["station"] = str(_scalar(station))
    for key in ("toa", "rxuxtime", "rxtime"):
        if record.get(key) is not None:
            cells["time"] = _time(record[key])
            break
    if cells.get("msg_type") in (6, 8):  # a met or area message holds positions of other things
        return {k: v for k, v in cells.items() if k in ("mmsi", "time", "msg_type")}
    return cells


def _stream(record: dict[str, Any]) -> Cells:
    meta = record.get("MetaData") or record.get("Metadata")
    kind, message = record.get("MessageType"), record.get("Message")
    if not isinstance(meta, dict) or not isinstance(message, dict):
        raise _BadObjectError("bad_json")
    if kind is None and len(message) == 1:
        kind = next(iter(message))
    body = message.get(str(kind))
    if not isinstance(body, dict):
        raise _BadObjectError("bad_json")
    if body.get("Valid") is False:
        raise _BadObjectError("invalid_message")
    cells: Cells = {
        "mmsi": _scalar(body.get("UserID", meta.get("MMSI"))),
        "msg_type": _scalar(body.get("MessageID")),
        "time": _time(meta.get("time_utc")),  # 2026-04-25 09:47:24.826517079 +0000 UTC, as Go prints a time
    }
    if kind in _STREAM_PLACED:
        cells |= {field: _scalar(body.get(key)) for field, key in _STREAM_MOTION.items()}
        cells["name"] = _scalar(body.get("Name") or meta.get("ShipName"))
        if kind != "AidsToNavigationReport":
            cells["ship_type"] = _scalar(body.get("Type"))
        return cells | _dimension(body)
    if kind == "ShipStaticData":
        cells |= {"imo": _scalar(body.get("ImoNumber")), "callsign": _scalar(body.get("CallSign")),
                  "name": _scalar(body.get("Name")), "ship_type": _scalar(body.get("Type")),
                  "draught_m": _scalar(body.get("MaximumStaticDraught"))}  # fmt: skip
        return cells | _dimension(body)
    if kind == "StaticDataReport":
        a, b = body.get("ReportA"), body.get("ReportB")
        if isinstance(a, dict) and a.get("Valid") is not False:
            cells["name"] = _scalar(a.get("Name"))
        if isinstance(b, dict) and b.get("Valid") is not False:
            cells |= {"callsign": _scalar(b.get("CallSign")), "ship_type": _scalar(b.get("ShipType"))}
            cells |= _dimension(b)
    return cells


def _dimension(body: dict[str, Any]) -> Cells:
    size = body.get("Dimension")
    return {field: _scalar(size.get(key)) for key, field in _DIMENSION.items()} if isinstance(size, dict) else {}


def _report(record: dict[str, Any]) -> Cells:
    cells: Cells = {}
    for field, keys in REPORTS.columns.items():
        for key in keys:
            if key in record:
                value = record[key]
                many = isinstance(value, list) and field in ("station", "feed")
                cells[field] = _words(value) if many else _scalar(value)
                break
    cells["time"] = _time(record.get("t_event"))
    if "t_received" in cells:
        cells["t_received"] = _time(cells["t_received"])
    if cells.get("lon_e7") is not None:
        cells.pop("lon_deg", None)
        cells.pop("lat_deg", None)
    elif "lon_deg" in cells:
        cells.pop("lon_e7", None)
        cells.pop("lat_e7", None)
    return cells


_READERS: Final[dict[str, Callable[[dict[str, Any]], Cells]]] = {
    "aiscatcher": _catcher,
    "aisstream": _stream,
    "reports": _report,
}


def read_json_lines(
    chunks: Iterable[bytes], source: str, kind: str, given: Mapping | None, pools: Pools
) -> Iterator[Batch]:
    """Batches of JSON lines of one kind ("aiscatcher", "aisstream", "reports").

    given  a mapping whose [const] (feed, sensor, station) holds for every row
    """
    const = dict(given.const) if given is not None else {}
    mapping = replace(REPORTS, kind=kind, const=const, time=TimeRule((("time",),)))
    t_src = "source" if kind == "reports" else "receiver"
    reader = TableReader(mapping, source, pools, t_src)
    lines: list[tuple[int, bytes]] = []
    seen = 0
    # A line is a row of one field: a delimiter that no JSON text holds unescaped, and no quoting.
    for number, raw in _lines(chunks):
        lines.append((number, raw))
        seen += 1
        if len(lines) >= CHUNK_LINES:
            yield _batch(lines, source, _READERS[kind], reader)
            lines = []
    if lines:
        yield _batch(lines, source, _READERS[kind], reader)
    if seen == 0:
        raise InputError(source, None, "no JSON lines")


def _lines(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """(number, bytes) of each line that is not blank; a line over the limit is cut to it and one byte more."""
    rest, number, skipping = b"", 0, False
    limit = csv_blocks.MAX_ROW_BYTES
    for chunk in chunks:
        parts = (rest + chunk).split(b"\n")
        rest = parts.pop()
        for part in parts:
            number += 1
            if skipping:
                skipping = False
            elif part.strip():
                yield number, part[: limit + 1].rstrip(b"\r")
        if len(rest) > limit:
            if not skipping:
                yield number + 1, rest[: limit + 1]
            skipping, rest = True, b""
    if rest.strip() and not skipping:
        yield number + 1, rest


def _batch(
    lines: list[tuple[int, bytes]], source: str, to_cells: Callable[[dict[str, Any]], Cells], reader: TableReader
) -> Batch:
    rejects: list[Reject] = []
    kept: list[tuple[int, bytes]] = []
    objects: list[Cells] = []
    for number, raw in lines:
        try:
            if len(raw) > csv_blocks.MAX_ROW_BYTES:
                raise _BadObjectError("row_too_long")
            record = json.loads(raw)
            if not isinstance(record, dict):
                raise _BadObjectError("bad_json")
            objects.append(to_cells(record))
            kept.append((number, raw))
        except _BadObjectError as error:
            rejects.append(Reject(source, number, str(error), raw[: csv_blocks.RAW_LIMIT]))
        except (ValueError, RecursionError, TypeError, OverflowError):
            rejects.append(Reject(source, number, "bad_json", raw[: csv_blocks.RAW_LIMIT]))
    spoilt = {"rows_in": len(rejects)} if rejects else {}
    if not kept:
        return Batch(Reports.blank(0), StaticRows.empty(), rejects, spoilt)
    # An object of a type that is neither position nor static has no time of its own to lack.
    idle = [not cells or cells.keys() <= {"mmsi", "time", "msg_type"} for cells in objects]
    busy = [k for k, empty in enumerate(idle) if not empty]
    batch = reader.read(_rows([objects[k] for k in busy], [kept[k] for k in busy]))
    counts = dict(batch.counts)
    counts["rows_in"] += len(rejects) + len(objects) - len(busy)
    counts["without_position"] += len(objects) - len(busy)
    return Batch(batch.reports, batch.statics, [*rejects, *batch.rejects], counts)


def _rows(objects: list[Cells], kept: list[tuple[int, bytes]]) -> Rows:
    names = sorted({name for cells in objects for name in cells} | {"time"})
    columns = {name: _series([cells.get(name) for cells in objects]) for name in names}
    for one, other in (("lon_deg", "lat_deg"), ("lon_e7", "lat_e7")):
        if (one in columns) != (other in columns):
            missing = other if one in columns else one
            columns[missing] = pl.Series([None] * len(objects), dtype=pl.Float64)
    times = columns.pop("time")
    line = np.array([number for number, _ in kept], np.int64)
    return Rows(columns, [times], line, lambda k: kept[k][1][: csv_blocks.RAW_LIMIT])


def _series(values: list[Cell]) -> pl.Series:
    if any(isinstance(v, list) for v in values):
        lists = [v if isinstance(v, list) or v is None else [str(v)] for v in values]
        return pl.Series(lists, dtype=pl.List(pl.String))
    if any(isinstance(v, str) for v in values):
        return pl.Series([None if v is None else v if isinstance(v, str) else repr(v) for v in values], dtype=pl.String)
    return pl.Series([None if v is None else float(v) for v in values], dtype=pl.Float64)  # type: ignore[arg-type]
