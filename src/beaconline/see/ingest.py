"""Inputs -> reports: clean, in canonical order, each once, with every row accounted for.

Decides: the order of the steps (read, quarantine, order, merge, balance). Refuses: to stop at one bad input; the others
are read and the errors are handed on beside them. Source: the contract page (``watch``). Known failures: the raw bytes
of rows in quarantine are fetched by reading their file again; for standard input and Parquet the record stands instead.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from beaconline.foundation.records.times import NO_TIME, format_us
from beaconline.foundation.table.reports import I32, Pools, Reports, StaticRows
from beaconline.see.clean.mmsi import mmsi_notes
from beaconline.see.clean.order import (
    canonical_order,
    canonical_statics,
    find_repeats,
    is_canonical,
    unite_repeats,
)
from beaconline.see.clean.quarantine import latest_supported
from beaconline.see.clean.swap import SAMPLE, sample, swap_warning
from beaconline.see.inputs import InputError, InputFile, LineGuard, expand, stream
from beaconline.see.ledger import NMEA, TABLES, Ledger
from beaconline.see.sources import csv_blocks
from beaconline.see.sources.batch import Batch, Reject
from beaconline.see.sources.csv_table import read_csv, transcode
from beaconline.see.sources.jsonlines import read_json_lines
from beaconline.see.sources.mapping import Mapping, load_mapping
from beaconline.see.sources.parquet import read_parquet
from beaconline.see.sources.recognise import HEAD_BYTES, json_kind, recognise_bytes, recognise_table
from beaconline.see.sources.tables import NOTE

__all__ = ["IngestOptions", "Ingested", "InputSummary", "Progress", "Run", "ingest", "swap_note", "two_numbers"]

Progress = Callable[[str, int, int | None], None]
"""Called as (stage, done, total): bytes of the inputs as they lie on disk; total is None with standard input."""

TIME_AHEAD: Final = "time_ahead"
"""Reject reason of a row in quarantine (``clean/quarantine.py`` has the rule)."""

WARN_SHARE = 0.01
"""Share of rejected rows of one input from which a warning names the commonest reason."""

_SWAP_SOURCES = 50
"""Inputs that are asked whether longitude and latitude are swapped; of more, the first by name."""


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How inputs are read.

    mapping     file that names the columns of tables that are not known
    received    (first time in us, sentences a second or None): times for an untimed NMEA log
    """

    mapping: Path | None = None
    received: tuple[int, float | None] | None = None


@dataclass(slots=True)
class InputSummary:
    """What one file was and gave: kind ("" when it was not recognised), rows or lines read, rejects among them."""

    name: str
    kind: str = ""
    rows: int = 0
    rejects: int = 0
    bytes: int | None = None

    def as_summary(self) -> dict[str, Any]:
        return {"name": self.name, "kind": self.kind, "rows": self.rows, "rejects": self.rejects, "bytes": self.bytes}


@dataclass(slots=True)
class Ingested:
    """What reading gave. reports: canonical order, each once. statics: ordered by time, each once."""

    reports: Reports
    statics: StaticRows
    rejects: list[Reject]
    ledger: Ledger
    warnings: list[str]
    pools: Pools
    inputs: list[InputSummary]
    errors: list[InputError]


def ingest(
    inputs: Sequence[str | Path | pl.DataFrame], options: IngestOptions, pools: Pools, progress: Progress | None = None
) -> Ingested:
    """Read all inputs: files, folders, ``-``, or frames with the report columns (or those that the mapping names).

    Errors of single inputs are collected; raises LedgerError when the balance does not hold.
    """
    run = Run(options, pools, progress)
    frames = [each for each in inputs if isinstance(each, pl.DataFrame)]
    files, errors = expand([each for each in inputs if not isinstance(each, pl.DataFrame)], run.warnings)
    run.errors.extend(errors)
    try:
        run.mapping = load_mapping(options.mapping) if options.mapping is not None else None
    except InputError as error:
        run.errors.append(error)
        files = []
    sizes = [file.size for file in files]
    run.total = None if any(size is None for size in sizes) else sum(size for size in sizes if size is not None)
    for file in files:
        run.read(file)
        run.done += file.size or 0
    if run.mapping is not None or options.mapping is None:
        for number, frame in enumerate(frames, 1):
            run.read_frame(frame, f"frame {number}")
    return run.finish()


class Run:
    """State of one call of ``ingest``."""

    def __init__(self, options: IngestOptions, pools: Pools, progress: Progress | None) -> None:
        self.options, self.pools, self.progress = options, pools, progress
        self.mapping: Mapping | None = None
        self.parts: list[Reports] = []
        self.statics: list[StaticRows] = []
        self.rejects: list[Reject] = []
        self.ledger = Ledger()
        self.errors: list[InputError] = []
        self.warnings: list[str] = []
        self.inputs: list[InputSummary] = []
        self.files: dict[str, InputFile] = {}
        self.nmea_sources: set[int] = set()
        self.done, self.total = 0, None if progress is None else 0

    def read(self, file: InputFile) -> None:
        """Read one file to its end or to its first error; what was read before an error stays."""
        summary = InputSummary(file.name, bytes=file.size)
        self.inputs.append(summary)
        self.files[file.name] = file
        guard = LineGuard(stream(file, self._tell))
        try:
            for batch in self._batches(file, guard, summary):
                self._take(batch, summary)
        except InputError as error:
            self.errors.append(guard.error if guard.error is not None and not summary.rows else error)
            return
        except _ENGINE_ERRORS as error:
            self.errors.append(_engine_error(error, summary))
            return
        if guard.error is not None:
            self.errors.append(guard.error)

    def read_frame(self, frame: pl.DataFrame, name: str) -> None:
        """Read a frame in memory; its rows are counted like those of a file, line 1 = first row."""
        summary = InputSummary(name, kind="parquet")
        self.inputs.append(summary)
        self.files[name] = InputFile(name, None, None)
        try:
            for batch in read_parquet(frame, name, self.mapping, self.pools):
                self._take(batch, summary)
        except InputError as error:
            self.errors.append(error)
        except _ENGINE_ERRORS as error:
            self.errors.append(_engine_error(error, summary))

    def _tell(self, offset: int) -> None:
        if self.progress is not None:
            self.progress("read", self.done + offset, self.total)

    def _batches(self, file: InputFile, guard: LineGuard, summary: InputSummary) -> Iterator[Batch]:
        head = guard.peek(HEAD_BYTES)
        if not head and guard.error is not None:
            raise guard.error
        encoding = self.mapping.encoding if self.mapping is not None else None
        kind = recognise_bytes(head, file.name, encoding)
        if kind == "nmea":
            summary.kind = kind
            return self._nmea(file, guard)
        if kind == "parquet":
            summary.kind = kind
            plain = file.path is not None and str(file.path) == file.name and _begins_with(file.path, b"PAR1")
            where = file.path if plain and file.path is not None else b"".join(guard)
            return read_parquet(where, file.name, self.mapping, self.pools)
        if kind == "json":
            summary.kind = json_kind(head, file.name)
            return read_json_lines(guard, file.name, summary.kind, self.mapping, self.pools)
        return self._table(file, guard, head, encoding, summary)

    def _nmea(self, file: InputFile, chunks: Iterable[bytes]) -> Iterator[Batch]:
        from beaconline.see.sources.nmea import NmeaOptions, read_nmea

        feed = self.mapping.const.get("feed", NMEA) if self.mapping is not None else NMEA
        self.nmea_sources.add(self.pools.sources.code(file.name))
        options = NmeaOptions(received=self.options.received, connection=file.name, feed=feed)
        return read_nmea(chunks, file.name, self.pools, options)

    def _table(
        self, file: InputFile, guard: LineGuard, head: bytes, encoding: str | None, summary: InputSummary
    ) -> Iterator[Batch]:
        chunks: Iterable[bytes] = guard
        if encoding is not None and encoding not in ("utf-8", "ascii"):
            recoded = LineGuard(transcode(guard, encoding))
            head, chunks = recoded.peek(HEAD_BYTES), recoded
        chunks = _without_mark(chunks)
        found = recognise_table(head.removeprefix(_BOM), file.name, self.mapping)
        assert found.header is not None and found.mapping is not None and found.layout is not None
        summary.kind = found.kind
        self._ask_for_sensor(found.mapping, file.name)
        return read_csv(chunks, file.name, found.header, found.mapping, found.layout, self.pools)

    def _ask_for_sensor(self, mapping: Mapping, name: str) -> None:
        told = "sensor" in mapping.const or "sensor" in mapping.columns or "mmsi" in mapping.columns
        if mapping.kind == "csv" and not told:
            self.warnings.append(f"{name}: the mapping names no sensor; the rows are taken as AIS ([const] sensor)")

    def _take(self, batch: Batch, summary: InputSummary) -> None:
        """Count a batch, term by term, and keep its rows."""
        nmea = "lines" in batch.counts
        book = NMEA if nmea else TABLES
        for term, n in batch.counts.items():
            if term.startswith(NOTE):
                self.ledger.note(term[len(NOTE) :], n)
            else:
                self.ledger.add(book, term, n)
        for reject in batch.rejects:
            self.ledger.reject(book, reject.reason)
        self.ledger.add(book, "rejects", len(batch.rejects))
        summary.rows += batch.counts.get("lines", batch.counts.get("rows_in", 0))
        summary.rejects += len(batch.rejects)
        self._keep(batch)

    def _keep(self, batch: Batch) -> None:
        self.rejects.extend(batch.rejects)
        if len(batch.reports):
            self.parts.append(_thin(batch.reports))
        if len(batch.statics):
            self.statics.append(batch.statics)

    def finish(self) -> Ingested:
        """Order, merge, quarantine, balance."""
        self._warn_of_rejects()
        box = [_join(self.parts)]
        order = canonical_order(box[0], self.pools)
        if not is_canonical(order):
            box.append(_consume(box, order))
        del order
        repeat = find_repeats(box[0])
        self._count("duplicates", box[0].source[repeat])
        if repeat.any():
            unite_repeats(box[0], repeat, self.pools)
            box.append(_consume(box, ~repeat))
        # After the merge: a copy of a row does not support its time.
        self._quarantine(box)
        reports = box.pop()
        self._count("reports", reports.source)
        for name, n in mmsi_notes(reports).items():
            self.ledger.note(name, n)
        self._warn_of_swap(reports)
        self.ledger.check(len(reports), len(self.rejects))
        statics = canonical_statics(self.statics, self.pools)
        return Ingested(
            reports, statics, self.rejects, self.ledger, self.warnings, self.pools, self.inputs, self.errors
        )

    def _of_nmea(self, source: npt.NDArray[np.int16]) -> npt.NDArray[np.bool_]:
        return np.isin(source, sorted(self.nmea_sources)) if self.nmea_sources else np.zeros(len(source), np.bool_)

    def _count(self, term: str, source: npt.NDArray[np.int16]) -> None:
        nmea = self._of_nmea(source)
        self.ledger.add(TABLES, term, int((~nmea).sum()))
        self.ledger.add(NMEA, term, int(nmea.sum()))

    def _quarantine(self, box: list[Reports]) -> None:
        reports = box[0]
        vessel: I32 = np.where(reports.mmsi >= 0, reports.mmsi, -1)
        named = reports.sensor_id >= 0
        vessel[named] = 1_000_000_000 + reports.sensor_id[named]
        limit = latest_supported(reports.t_us, vessel, reports.source)
        if limit is None:
            return
        ahead = reports.t_us > limit
        self._reject_ahead(reports.take(ahead), limit)
        del reports
        box.append(_consume(box, ~ahead))
        for rows in self.statics:
            rows.t_us[rows.t_us > limit] = NO_TIME

    def _reject_ahead(self, rows: Reports, limit: int) -> None:
        nmea = self._of_nmea(rows.source)
        raws = self._raws(rows)
        for k in range(len(rows)):
            name = self.pools.sources[int(rows.source[k])]
            detail = f"{format_us(int(rows.t_us[k]))} is ahead of {format_us(limit)}, up to where the other rows reach"
            self.rejects.append(Reject(name, int(rows.line[k]), TIME_AHEAD, raws[k], detail))
            self.ledger.reject(NMEA if nmea[k] else TABLES, TIME_AHEAD)
        self.ledger.add(TABLES, "rejects", int((~nmea).sum()))
        self.ledger.add(NMEA, "rejects", int(nmea.sum()))
        self.ledger.add(NMEA, "messages_rejected", int(nmea.sum()))
        self.warnings.append(
            f"{len(rows)} rows are in quarantine ({TIME_AHEAD}): their times lie beyond {format_us(limit)}"
        )

    def _raws(self, rows: Reports) -> list[bytes]:
        """The bytes of rows, read from their files once more; the record as text where that cannot be done."""
        lines: dict[tuple[int, int], bytes] = {}
        kinds = {summary.name: summary.kind for summary in self.inputs}
        for source in np.unique(rows.source):
            name = self.pools.sources[int(source)]
            file = self.files[name]
            if file.path is not None and kinds[name] != "parquet":
                wanted = {int(n) for n in rows.line[rows.source == source]}
                for number, raw in _lines_of(file, wanted):
                    lines[int(source), number] = raw
        return [lines.get((int(rows.source[k]), int(rows.line[k])), _record(rows, k)) for k in range(len(rows))]

    def _warn_of_rejects(self) -> None:
        by_source: dict[str, dict[str, list[Reject]]] = {}
        for reject in self.rejects:
            by_source.setdefault(reject.source, {}).setdefault(reject.reason, []).append(reject)
        for summary in self.inputs:
            if summary.rejects > WARN_SHARE * summary.rows:
                first = max(by_source[summary.name].values(), key=len)[0]
                example = f" ({first.detail!r})" if first.detail else ""
                self.warnings.append(
                    f"{summary.name}: {summary.rejects} of {summary.rows} rows rejected, most for {first.reason},"
                    f" first in line {first.line}{example}"
                )

    def _warn_of_swap(self, reports: Reports) -> None:
        outside: dict[str, list[tuple[float, float]]] = {}
        for reject in self.rejects:
            if reject.reason == "position_out_of_world":
                outside.setdefault(reject.source, []).append(two_numbers(reject.detail))
        tables = [summary.name for summary in self.inputs if summary.kind not in ("", NMEA)]
        for name in sorted(set(tables))[:_SWAP_SOURCES]:
            mine = np.flatnonzero(reports.source == self.pools.sources.code(name))
            far = np.array(outside.get(name, []), np.float64).reshape(-1, 2)
            size = len(mine) + len(far)
            if size == 0:
                continue
            # The sample keeps the share of positions out of the world.
            near = mine[sample(len(mine), -(-SAMPLE * len(mine) // size))]
            far = far[sample(len(far), -(-SAMPLE * len(far) // size))]
            text = swap_note(reports.lon_e7[near], reports.lat_e7[near], far)
            if text is not None:
                self.warnings.append(f"{name}: {text}")


_ENGINE_ERRORS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What the column engine raises where it cannot go on; no input is known that makes it."""


def _engine_error(error: BaseException, summary: InputSummary) -> InputError:
    text = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return InputError(summary.name, None, f"cannot be read as {summary.kind} ({text})")


_BOM: Final = b"\xef\xbb\xbf"


_INLAND_DEG = 0.05
"""How far inland counts as "on land" when it is asked whether the columns are swapped: about 5 km. The shipped coast is
coarser than a harbour or a river mouth, and a ship at its berth there must not raise the question."""


def _on_land(lon_deg: npt.NDArray[np.float64], lat_deg: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    from beaconline.foundation.geo.coast import on_land

    inland = on_land(lon_deg, lat_deg)
    for east, north in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        lon = (lon_deg + east * _INLAND_DEG + 180.0) % 360.0 - 180.0
        inland &= on_land(lon, np.clip(lat_deg + north * _INLAND_DEG, -90.0, 90.0))
    return inland


def swap_note(lon_e7: I32, lat_e7: I32, outside_deg: npt.NDArray[np.float64]) -> str | None:
    """A sentence when longitude and latitude seem to be swapped. outside_deg: float64[k, 2], positions out of the
    world."""
    lon = np.concatenate((lon_e7 / 1e7, outside_deg[:, 0]))
    lat = np.concatenate((lat_e7 / 1e7, outside_deg[:, 1]))
    return swap_warning(lon, lat, _on_land)


def two_numbers(text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(word.replace(",", ".")) for word in text.split())
    except ValueError:
        return 999.0, 999.0
    return lon, lat


def _begins_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as handle:
        return handle.read(len(magic)) == magic


def _without_mark(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks without a UTF-8 byte order mark at their start."""
    first = True
    for chunk in chunks:
        yield chunk.removeprefix(_BOM) if first else chunk
        first = False


def _lines_of(file: InputFile, wanted: set[int]) -> Iterator[tuple[int, bytes]]:
    """(number, bytes) of the wanted physical lines of a file."""
    last, number = max(wanted), 0
    guard = LineGuard(stream(file))
    rest = b""
    for chunk in guard:
        parts = (rest + chunk).split(b"\n")
        rest = parts.pop()
        for part in parts:
            number += 1
            if number in wanted:
                yield number, part.rstrip(b"\r")[: csv_blocks.RAW_LIMIT]
        if number >= last:
            return
    if rest and number + 1 in wanted:
        yield number + 1, rest[: csv_blocks.RAW_LIMIT]


def _record(rows: Reports, k: int) -> bytes:
    when = format_us(int(rows.t_us[k]))
    return f"t_event={when} mmsi={rows.mmsi[k]} lon_e7={rows.lon_e7[k]} lat_e7={rows.lat_e7[k]}".encode()


def _thin(reports: Reports) -> Reports:
    """The same rows in pages of their own, which go back to the system at once when they are let go (the heap keeps
    what small arrays leave); a column that holds one value only takes no room."""
    columns = []
    for each in fields(Reports):
        column = getattr(reports, each.name)
        if len(column) > 1 and (column == column[0]).all():
            columns.append(np.broadcast_to(column[0].copy(), len(column)))
        elif column.nbytes < mmap.PAGESIZE:
            columns.append(column)
        else:
            pages = np.frombuffer(mmap.mmap(-1, column.nbytes), column.dtype)
            pages[:] = column
            columns.append(pages)
    return Reports(*columns)


def _join(parts: list[Reports]) -> Reports:
    """The parts as one table, column by column and emptying the list, so that memory holds each row once."""
    if not parts:
        return Reports.blank(0)
    columns = {f.name: [getattr(p, f.name) for p in parts] for f in fields(Reports)}
    parts.clear()
    return Reports(*(np.concatenate(columns.pop(f.name)) for f in fields(Reports)))


def _consume(box: list[Reports], index: npt.NDArray[Any]) -> Reports:
    """Rows of the table in the box by an index or mask; the table leaves the box and is freed column by column."""
    table = box.pop()
    columns = {f.name: getattr(table, f.name) for f in fields(Reports)}
    del table
    return Reports(*(columns.pop(f.name)[index] for f in fields(Reports)))
