"""Columns of any table (CSV, Parquet, JSON lines) -> a batch: the one place where cells become reports.

Decides: the order in which a row is judged (row shape, time, identity, numbers, position) and the reason it is rejected
for; a row is rejected once, for the first reason. Refuses: totals, order and duplicates (``see/clean/order.py``).
Source: the contract page. Known failures: none known.

A row that has a good identity and time but no position keeps its static fields and is ``without_position``.
A row whose MMSI and id are both blank is an anonymous posit.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from beaconline.foundation.records.report import SENSORS, T_SRCS
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.reports import I8, I32, I64, Pools, Reports, StaticRows
from beaconline.see.clean import fillers
from beaconline.see.clean.mmsi import read_mmsi
from beaconline.see.clean.numbers import F64, Mask8, is_filler, parse_number, to_float
from beaconline.see.clean.statics import StaticReader, first_places
from beaconline.see.clean.times import NO_TIME_REASON, TIME_REASONS, read_times, typed_micros
from beaconline.see.clean.words import NAV_STATUS_WORDS, SENSOR_WORDS, sensor_of_msg_type
from beaconline.see.inputs import InputError
from beaconline.see.sources.batch import Batch, Reject
from beaconline.see.sources.mapping import Mapping

__all__ = ["NOTE", "Rows", "TableReader"]

NOTE: Final = "note:"
"""Prefix of a count that is a note and no term of the balance."""

MAX_LINE = 2**31 - 1
"""Lines of one input; the number is kept in 32 bits beside every report."""

_AIS_SENSORS = np.array([name.startswith("ais") for name in SENSORS])
_AIS = SENSORS.index("ais")
_MSG_SENSOR = np.array([sensor_of_msg_type(k) for k in range(28)], np.int8)
_NUMBERS: Final = ("lon_deg", "lat_deg", "lon_e7", "lat_e7", "sog_kn", "cog_deg_true", "heading_deg_true",
                   "position_error_m", "msg_type")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """n rows of cells. cells: report field -> column; times: the columns of the time; line: int64[n]; raw(k): bytes."""

    cells: AnyMapping[str, pl.Series]
    times: list[pl.Series]
    line: I64
    raw: Callable[[int], bytes]


@dataclass(slots=True)
class _Verdict:
    """Reasons by row: the first one given stays."""

    n: int
    code: npt.NDArray[np.int16] = field(init=False)
    reasons: list[str] = field(default_factory=lambda: [""])

    def __post_init__(self) -> None:
        self.code = np.zeros(self.n, np.int16)

    def add(self, reason: str, where: Mask8 | None) -> None:
        if where is None or not where.any():
            return
        self.reasons.append(reason)
        self.code[where & (self.code == 0)] = len(self.reasons) - 1


class TableReader:
    """Turns blocks of rows of one input into batches; remembers static rows from block to block."""

    def __init__(self, mapping: Mapping, source: str, pools: Pools, t_src: str = "source") -> None:
        self._map, self._source, self._pools = mapping, source, pools
        self._source_code = pools.sources.code(source)
        self._statics = StaticReader(pools, mapping.decimal, mapping.units)
        const = mapping.const
        self._t_src = T_SRCS.index(const.get("t_src", t_src))
        self._feed = pools.feeds.code([const.get("feed", mapping.kind)])
        self._station = pools.stations.code([const["station"]]) if "station" in const else 0

    def read(self, rows: Rows) -> Batch:
        """One batch: reports and static rows in input order, rejects, counts (rows_in, without_position, notes)."""
        with np.errstate(over="ignore"):  # a number near the largest float is out of every range, also when scaled
            return self._read(rows)

    def _read(self, rows: Rows) -> Batch:
        n = len(rows.line)
        if n and int(rows.line[-1]) > MAX_LINE:
            raise InputError(self._source, MAX_LINE, f"more than {MAX_LINE} lines: split the input")
        verdict = _Verdict(n)
        notes: dict[str, int] = {}
        out = Reports.blank(n)
        numbers, unread = self._numbers(rows)
        lon_e7, lat_e7, unknown, outside = self._position(numbers, n)
        t_us = self._times(rows, verdict, unknown)
        mmsi, sensor_id = self._identity(rows, verdict, n)
        for name, where in unread.items():
            verdict.add(f"bad_number:{name}", where)
        verdict.add("position_out_of_world", outside)
        static, bad = self._statics.read(rows.cells, n)
        for name, where in sorted(bad.items()):
            verdict.add(f"bad_number:{name}", where)
        out.t_us[:], out.lon_e7[:], out.lat_e7[:] = t_us, lon_e7, lat_e7
        out.mmsi[:], out.sensor_id[:], out.static[:] = mmsi, sensor_id, static
        out.line[:], out.source[:], out.t_src[:] = rows.line, self._source_code, self._t_src
        self._classes(rows, numbers, out, notes)
        self._motion(numbers, out, notes)
        self._heard(rows, out)
        return self._split(rows, out, unknown, verdict, notes)

    def _times(self, rows: Rows, verdict: _Verdict, unknown: Mask8) -> I64:
        rule = self._map.time
        form, zone = (rule.format, rule.zone) if rule is not None else ("auto", None)
        t_us, reason = read_times(rows.times, form, zone)
        # Static fields may stand without a time; a position may not.
        verdict.add(TIME_REASONS[NO_TIME_REASON], (reason == NO_TIME_REASON) & ~unknown)
        for code in range(NO_TIME_REASON + 1, len(TIME_REASONS)):
            verdict.add(TIME_REASONS[code], reason == code)
        return t_us

    def _identity(self, rows: Rows, verdict: _Verdict, n: int) -> tuple[I32, I32]:
        mmsi = np.full(n, -1, np.int32)
        sensor_id = np.full(n, -1, np.int32)
        if "mmsi" in rows.cells:
            mmsi, wrong = read_mmsi(rows.cells["mmsi"])
            verdict.add("bad_mmsi", wrong)
        if "track_id" in rows.cells:
            sensor_id = self._codes(rows.cells["track_id"], self._pools.sensor_ids.code)
            sensor_id[mmsi >= 0] = -1
        return mmsi, sensor_id

    def _codes(self, series: pl.Series, code: Callable[[str], int]) -> I32:
        """Pool codes of a text column, -1 for unknown; each distinct text is looked at once."""
        texts = series.cast(pl.String)
        first, heads = first_places(pl.DataFrame({"text": texts}))
        at = np.empty(len(texts), np.int32)
        words = texts.gather(heads).to_list()
        at[heads] = [-1 if w is None or is_filler(w) else code(w.strip()) for w in words]
        return at[first]

    def _numbers(self, rows: Rows) -> tuple[dict[str, F64], dict[str, Mask8]]:
        """The number columns, and by field the rows whose cell is no number."""
        numbers: dict[str, F64] = {}
        unread: dict[str, Mask8] = {}
        for name in _NUMBERS:
            if name in rows.cells:
                numbers[name], bad = to_float(rows.cells[name], self._map.decimal)
                if bad is not None:
                    unread[name] = bad
        return numbers, unread

    def _position(self, numbers: dict[str, F64], n: int) -> tuple[I32, I32, Mask8, Mask8]:
        if "lon_e7" in numbers:
            lon, lat = numbers["lon_e7"] / 1e7, numbers["lat_e7"] / 1e7
        elif "lon_deg" in numbers:
            unit = self._map.units.get("position", 1.0)
            lon, lat = numbers["lon_deg"] * unit, numbers["lat_deg"] * unit
        else:
            lon = lat = np.full(n, np.nan)
        return fillers.positions(lon, lat)

    def _classes(self, rows: Rows, numbers: dict[str, F64], out: Reports, notes: dict[str, int]) -> None:
        """Message type, sensor and navigational status. A column that names the sensor wins over the message type."""
        const = self._map.const.get("sensor")
        out.sensor[:] = SENSORS.index(const) if const is not None else _AIS
        if "msg_type" in numbers:
            out.msg_type[:], odd = fillers.small_int(numbers["msg_type"], 1, 27, 0)
            _note(notes, "msg_type_unknown", odd)
            if const is None:
                known = out.msg_type > 0
                out.sensor[known] = _MSG_SENSOR[out.msg_type[known]]
        if "sensor" in rows.cells:
            named = self._codes(rows.cells["sensor"], lambda w: SENSOR_WORDS.get(w.casefold(), 127))
            _note(notes, "sensor_unknown", int((named == 127).sum()))
            known = (named >= 0) & (named < 127)
            out.sensor[known] = named[known]
        if "nav_status" in rows.cells:
            out.nav_status[:], odd = _nav_status(rows.cells["nav_status"])
            _note(notes, "nav_status_unknown", odd)

    def _motion(self, numbers: dict[str, F64], out: Reports, notes: dict[str, int]) -> None:
        units, wrap = self._map.units, self._map.signed_wrap
        if "sog_kn" in numbers:
            out.sog_mkn[:], odd = fillers.sog_mkn(_scaled(numbers["sog_kn"], units.get("sog")), wrap)
            _note(notes, "sog_impossible", odd)
        if "cog_deg_true" in numbers:
            ais = _AIS_SENSORS[out.sensor]
            out.cog_cdeg[:], odd = fillers.cog_cdeg(_scaled(numbers["cog_deg_true"], units.get("angle")), ais, wrap)
            _note(notes, "cog_impossible", odd)
        if "heading_deg_true" in numbers:
            out.heading_cdeg[:], odd = fillers.heading_cdeg(_scaled(numbers["heading_deg_true"], units.get("angle")))
            _note(notes, "heading_impossible", odd)
        if "position_error_m" in numbers:
            metres = _scaled(numbers["position_error_m"], units.get("position_error"))
            with np.errstate(invalid="ignore"):
                good = (metres >= 0) & (metres < 1e8)
            out.error_dm[good] = np.rint(metres[good] * 10).astype(np.int32)

    def _heard(self, rows: Rows, out: Reports) -> None:
        out.feeds[:], out.stations[:] = self._feed, self._station
        for name, pool, column in (
            ("feed", self._pools.feeds, out.feeds),
            ("station", self._pools.stations, out.stations),
        ):
            if name not in rows.cells:
                continue
            series = rows.cells[name]
            if series.dtype == pl.List(pl.String):
                known: dict[tuple[str, ...], int] = {}
                for k, words in enumerate(series.to_list()):
                    if words:
                        key = tuple(words)
                        column[k] = known[key] if key in known else known.setdefault(key, pool.code(key))
            else:
                codes = self._codes(series, lambda w, p=pool: p.code([w]))  # type: ignore[misc]
                column[codes >= 0] = codes[codes >= 0]
        if "t_received" in rows.cells:
            received, reason = read_times([rows.cells["t_received"]], "auto", None)
            out.t_received_us[:] = np.where(reason == 0, received, NO_TIME)

    def _split(self, rows: Rows, out: Reports, unknown: Mask8, verdict: _Verdict, notes: dict[str, int]) -> Batch:
        good = verdict.code == 0
        rejects = [
            Reject(self._source, int(rows.line[k]), reason, rows.raw(int(k)), _detail(rows, reason, int(k)))
            for k, reason in ((k, verdict.reasons[verdict.code[k]]) for k in np.flatnonzero(~good))
        ]
        placed, bare = good & ~unknown, good & unknown
        reports = out if placed.all() else out.take(placed)
        statics = StaticRows.empty()
        if bare.any():
            kept = out.take(bare & (out.static > 0) & ((out.mmsi >= 0) | (out.sensor_id >= 0)))
            statics = StaticRows(
                kept.t_us, kept.mmsi, kept.sensor_id, kept.static, kept.stations, kept.source, kept.line
            )
        counts = {"rows_in": verdict.n, "without_position": int(bare.sum())}
        counts |= {NOTE + name: n for name, n in notes.items()}
        return Batch(reports, statics, rejects, counts)


_DETAIL_LIMIT = 80


def _detail(rows: Rows, reason: str, k: int) -> str:
    """The cells that a reason is about."""
    name = reason.partition(":")[2]
    if "time" in reason:
        columns = rows.times
    elif name:
        columns = [rows.cells[name]] if name in rows.cells else []
    elif reason == "bad_mmsi":
        columns = [rows.cells["mmsi"]]
    else:  # position_out_of_world: the swap test reads "longitude latitude" back from here
        columns = [rows.cells[f] for f in ("lon_deg", "lat_deg") if f in rows.cells]
    return " ".join(_shown(column, k) for column in columns)[:_DETAIL_LIMIT]


def _shown(column: pl.Series, k: int) -> str:
    if column.dtype in (pl.Date, pl.Datetime) and column[k : k + 1].is_not_null().all():
        fits = typed_micros(column[k : k + 1])[1]
        return str(column[k] if fits[0] else column.to_physical()[k])
    return str(column[k])


def _note(notes: dict[str, int], name: str, n: int) -> None:
    if n:
        notes[name] = notes.get(name, 0) + n


def _scaled(values: F64, factor: float | None) -> F64:
    return values if factor is None or factor == 1.0 else values * factor


def _nav_status(series: pl.Series) -> tuple[I8, int]:
    """Status by number or word; 15 and unknown words are null, the latter counted."""
    if series.dtype != pl.String:
        return fillers.small_int(to_float(series)[0], 0, 14, 15)
    values = series.cast(pl.Float64, strict=False)
    odd = np.flatnonzero(values.is_null().to_numpy() & series.is_not_null().to_numpy())
    numbers = values.fill_null(float("nan")).to_numpy()
    unread = 0
    if len(odd):
        numbers = numbers.copy()
        known: dict[str, float | None] = {}
        for place, text in zip(odd, series.gather(odd).to_list(), strict=True):
            if text not in known:
                known[text] = _status_of(text)
            number = known[text]
            unread += number is None
            numbers[place] = np.nan if number is None else number
    codes, impossible = fillers.small_int(numbers, 0, 14, 15)
    return codes, impossible + unread


def _status_of(text: str) -> float | None:
    word = text.strip().casefold()
    if word in NAV_STATUS_WORDS:
        code = NAV_STATUS_WORDS[word]
        return float("nan") if code is None else float(code)
    return parse_number(word)
