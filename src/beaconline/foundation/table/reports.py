"""Reports as columns: one array a field, integers only, nulls as sentinels, texts interned in pools.

Decides: dtypes, sentinels and the canonical order. Refuses: floats (a value that is stored, compared or signed is an
integer) and fillers. About 60 bytes a report, so that five million fit in 300 MB.

Sentinels: -1 is null in every column but ``t_received_us`` (NO_TIME); position and ``t_us`` are never null.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["I8", "I16", "I32", "I64", "Pools", "Reports", "SetPool", "Static", "StaticPool", "StaticRows", "TextPool"]

I8 = npt.NDArray[np.int8]
I16 = npt.NDArray[np.int16]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]


class Static(NamedTuple):
    """What a vessel says of itself. None is unknown; lengths in decimetres; ``ship_type`` is the AIS code 1-99.

    ``imo`` is the bare number (7 digits), whether or not its check digit holds.
    """

    imo: int | None = None
    callsign: str | None = None
    name: str | None = None
    ship_type: int | None = None
    length_dm: int | None = None
    beam_dm: int | None = None
    draught_dm: int | None = None


class TextPool:
    """Texts by code; the same text always gets the same code. Code -1 is null and never stored."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts: list[str] = []
        self._codes: dict[str, int] = {}
        for text in texts:
            self.code(text)

    def code(self, text: str) -> int:
        found = self._codes.get(text)
        if found is None:
            found = self._codes[text] = len(self.texts)
            self.texts.append(text)
        return found

    def saved_form(self) -> list[str]:
        return self.texts

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, code: int) -> str:
        return self.texts[code]


class SetPool:
    """Sorted sets of texts by code (who heard a report, which feeds brought it). Code 0 is the empty set."""

    def __init__(self, sets: Iterable[tuple[str, ...]] = ()) -> None:
        self.sets: list[tuple[str, ...]] = []
        self._codes: dict[tuple[str, ...], int] = {}
        self.code(())
        for each in sets:
            self.code(each)

    def code(self, texts: Iterable[str]) -> int:
        key = tuple(sorted(set(texts)))
        found = self._codes.get(key)
        if found is None:
            found = self._codes[key] = len(self.sets)
            self.sets.append(key)
        return found

    def saved_form(self) -> list[tuple[str, ...]]:
        return self.sets

    def __len__(self) -> int:
        return len(self.sets)

    def __getitem__(self, code: int) -> tuple[str, ...]:
        return self.sets[code]


class StaticPool:
    """Static records by code. Code 0 is the record with nothing known."""

    def __init__(self, records: Iterable[Static] = ()) -> None:
        self.records: list[Static] = []
        self._codes: dict[Static, int] = {}
        self.code(Static())
        for record in records:
            self.code(record)

    def code(self, record: Static) -> int:
        found = self._codes.get(record)
        if found is None:
            found = self._codes[record] = len(self.records)
            self.records.append(record)
        return found

    def saved_form(self) -> list[Static]:
        return self.records

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, code: int) -> Static:
        return self.records[code]


@dataclass(slots=True)
class Pools:
    """The texts behind the codes of one run. One object is shared by every table of the run; codes follow arrival and
    so never leave the process: what is written or ordered is the text behind them."""

    statics: StaticPool = field(default_factory=StaticPool)
    stations: SetPool = field(default_factory=SetPool)
    feeds: SetPool = field(default_factory=SetPool)
    sensor_ids: TextPool = field(default_factory=TextPool)
    sources: TextPool = field(default_factory=TextPool)
    merged_refs: list[I64] = field(default_factory=list)
    """int64[n, 2] each: (kept, merged) places of duplicates, a place packed as source code << 32 | line."""


@dataclass(frozen=True, slots=True)
class Reports:
    """n position reports as columns of length n. -1 = null unless said otherwise.

    t_us           int64  t_event, microseconds since 1970 UTC
    t_received_us  int64  or NO_TIME
    t_src          int8   position in records.report.T_SRCS
    lon_e7, lat_e7 int32  WGS 84 degrees x 1e7, lon in [-180e7, 180e7], lat in [-90e7, 90e7]; never null
    error_dm       int32  position error, decimetres
    sog_mkn        int32  speed over ground, thousandths of a knot
    cog_cdeg       int32  course over ground, true, hundredths of a degree, 0..35999
    heading_cdeg   int32  heading, true, hundredths of a degree, 0..35999
    nav_status     int8   AIS 0..14 (15 = not defined is null)
    msg_type       int8   AIS message type 1..27
    sensor         int8   position in records.report.SENSORS
    mmsi           int32  0..999999999
    sensor_id      int32  code in pools.sensor_ids: an id that is no MMSI. mmsi and sensor_id both -1: anonymous posit
    static         int32  code in pools.statics, 0 = nothing known on this row
    stations       int32  code in pools.stations, 0 = empty
    feeds          int32  code in pools.feeds
    source         int16  code in pools.sources: which input
    line           int32  line or row number in that input, 1 = first line of the file (the header counts)
    """

    t_us: I64
    t_received_us: I64
    t_src: I8
    lon_e7: I32
    lat_e7: I32
    error_dm: I32
    sog_mkn: I32
    cog_cdeg: I32
    heading_cdeg: I32
    nav_status: I8
    msg_type: I8
    sensor: I8
    mmsi: I32
    sensor_id: I32
    static: I32
    stations: I32
    feeds: I32
    source: I16
    line: I32

    def __len__(self) -> int:
        return len(self.t_us)

    def take(self, index: npt.NDArray[np.intp] | slice | npt.NDArray[np.bool_]) -> Reports:
        """The rows of an index array, a mask or a slice, as new columns."""
        return Reports(*(getattr(self, f.name)[index] for f in fields(self)))

    @staticmethod
    def blank(n: int) -> Reports:
        """n rows with every nullable column null, t_us and positions zero; callers fill the arrays in place."""
        return Reports(
            t_us=np.zeros(n, np.int64),
            t_received_us=np.full(n, -(2**63), np.int64),
            t_src=np.zeros(n, np.int8),
            lon_e7=np.zeros(n, np.int32),
            lat_e7=np.zeros(n, np.int32),
            error_dm=np.full(n, -1, np.int32),
            sog_mkn=np.full(n, -1, np.int32),
            cog_cdeg=np.full(n, -1, np.int32),
            heading_cdeg=np.full(n, -1, np.int32),
            nav_status=np.full(n, -1, np.int8),
            msg_type=np.full(n, -1, np.int8),
            sensor=np.zeros(n, np.int8),
            mmsi=np.full(n, -1, np.int32),
            sensor_id=np.full(n, -1, np.int32),
            static=np.zeros(n, np.int32),
            stations=np.zeros(n, np.int32),
            feeds=np.zeros(n, np.int32),
            source=np.zeros(n, np.int16),
            line=np.zeros(n, np.int32),
        )

    @staticmethod
    def concat(parts: Sequence[Reports]) -> Reports:
        """The parts one after another; an empty list gives an empty table."""
        if not parts:
            return Reports.blank(0)
        return Reports(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Reports)))


@dataclass(frozen=True, slots=True)
class StaticRows:
    """Static fields that came without a position (AIS 5, 19 part, 24; table rows without lon/lat): who, when, what.

    Columns of length n, as in Reports. t_us may be NO_TIME where the source had none.
    """

    t_us: I64
    mmsi: I32
    sensor_id: I32
    static: I32
    stations: I32
    source: I16
    line: I32

    def __len__(self) -> int:
        return len(self.t_us)

    @staticmethod
    def empty() -> StaticRows:
        i32 = np.zeros(0, np.int32)
        return StaticRows(np.zeros(0, np.int64), i32, i32, i32, i32, np.zeros(0, np.int16), i32)

    @staticmethod
    def concat(parts: Sequence[StaticRows]) -> StaticRows:
        if not parts:
            return StaticRows.empty()
        return StaticRows(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(StaticRows)))
