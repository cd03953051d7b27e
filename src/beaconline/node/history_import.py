"""``beaconline import``: files into a node's history.

Decides: what an input's identity is (its bytes and how they were read), that an input goes in whole or not at all, and
when what was read so far is made to count. Refuses: an input that was taken in before, one that cannot be read to its
end, one that changed meanwhile. Rows with times far ahead of the rest are kept: whether a time is believed depends on
all rows, so it is judged when the history is read. Source: ``docs/reference/history.md``. Known failures: a log that
grows and is imported again and again is read whole each time, and each row keeps a note of every time it was seen.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from beaconline.foundation.records.times import NO_TIME, format_us
from beaconline.foundation.store.history import DAY_US, HOUR_US, day_of, read_part
from beaconline.foundation.store.home import Import, Part, Writer
from beaconline.foundation.store.parts import Content, encode
from beaconline.foundation.store.spill import Spill
from beaconline.foundation.table.reports import Pools, Reports, StaticRows
from beaconline.node.history_merge import hours_of, merged, within
from beaconline.node.tables import rejects_frame
from beaconline.see.ingest import IngestOptions
from beaconline.see.inputs import STDIN, InputError, InputFile, expand
from beaconline.see.ledger import LedgerError
from beaconline.see.one_file import FileRead, read_file
from beaconline.see.sources.batch import Reject
from beaconline.see.sources.mapping import Mapping, load_mapping

__all__ = ["Taken", "import_inputs"]

COMMIT_ROWS: Final = 10_000_000
"""Rows read before they are made to count: bounds room on the disk (70 bytes a row) and what a kill can cost. Fewer:
the same day is written more often."""

RUN_ROWS: Final = 500_000
"""Rows put aside at a time; bounds memory."""

REJECT_ROWS: Final = 20_000
"""Rejects made into columns at a time; as records they take four times the room."""

MOST_SOURCES: Final = 20_000
"""Inputs between two commits; a run's codes of inputs have 16 bits, and rows of earlier inputs need some as well."""

UNDATED: Final = NO_TIME // HOUR_US - 1
"""Key of static rows without a time: before every hour."""

ProgressCall = Callable[[str, int, int | None], None]


@dataclass(slots=True)
class Taken:
    """What an import did.

    imported   one record for each input that was taken in
    known      names of inputs that were in the history before
    new, merged  reports that are new in the history, and those equal to one that is in it (or in this import)
    static_rows  static rows that are new
    warnings, problems  sentences; a problem is an input that was not taken in
    """

    imported: list[Import] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    new: int = 0
    merged: int = 0
    static_rows: int = 0
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def import_inputs(
    writer: Writer,
    inputs: Sequence[str | Path],
    options: IngestOptions,
    now_us: int,
    progress: ProgressCall | None = None,
) -> Taken:
    """Take inputs in. Raises ValueError for a bad mapping file, HomeError for a broken history, OSError when the disk
    is full; what was made to count before stays."""
    taken = Taken()
    files, errors = expand(inputs, taken.warnings)
    files = _outside(files, writer.home, taken.warnings)
    taken.problems += [str(error) for error in errors]
    try:
        mapping = load_mapping(options.mapping) if options.mapping is not None else None
    except InputError as error:
        raise ValueError(str(error)) from None
    work = _Work(writer, options, mapping, format_us(now_us), taken, progress)
    work.total = None if any(file.size is None for file in files) else sum(file.size or 0 for file in files)
    try:
        for file in files:
            try:
                work.take(file)
            except InputError as error:
                taken.problems.append(str(error))
            work.done += file.size or 0
        work.commit()
    finally:
        work.close()
    return taken


class _Aside:
    """Rows put aside by hour; those of an input that fails can be taken back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reports, self.statics = Spill(folder), Spill(folder)
        self.sure: list[tuple[Reports, StaticRows]] = []
        self.open: list[tuple[Reports, StaticRows]] = []
        self.marks: tuple[Any, Any] | None = None

    @property
    def rows(self) -> int:
        held = sum(len(r) + len(s) for r, s in (*self.sure, *self.open))
        return self.reports.rows + self.statics.rows + held

    def add(self, reports: Reports, statics: StaticRows) -> None:
        self.open.append((reports, statics))
        if sum(len(r) + len(s) for r, s in (*self.sure, *self.open)) >= RUN_ROWS:
            self._flush(self.sure)
            self.sure = []
            if self.marks is None:
                self.marks = self.reports.mark(), self.statics.mark()
            self._flush(self.open)
            self.open = []

    def keep(self) -> None:
        """The input is whole."""
        self.sure += self.open
        self.open, self.marks = [], None

    def drop(self) -> None:
        """The input is not wanted."""
        if self.marks is not None:
            self.reports.back_to(self.marks[0])
            self.statics.back_to(self.marks[1])
        self.open, self.marks = [], None

    def flush(self) -> None:
        self._flush(self.sure)
        self.sure = []

    def _flush(self, rows: list[tuple[Reports, StaticRows]]) -> None:
        reports, statics = Reports.concat([r for r, _ in rows]), StaticRows.concat([s for _, s in rows])
        self.reports.add(reports.t_us // HOUR_US, {n: getattr(reports, n) for n in Reports.__dataclass_fields__})
        hours = np.where(statics.t_us == NO_TIME, UNDATED, statics.t_us // HOUR_US)
        self.statics.add(hours, {n: getattr(statics, n) for n in StaticRows.__dataclass_fields__})

    def between(self, first: int, after: int) -> Content:
        """The rows of hours first <= hour < after."""
        reports = [Reports(**columns) for _, columns in self.reports.runs(first, after)]
        statics = [StaticRows(**columns) for _, columns in self.statics.runs(first, after)]
        return Content(Reports.concat(reports), StaticRows.concat(statics), np.zeros((0, 2), np.int64))

    def close(self) -> None:
        self.reports.close()
        self.statics.close()


class _Work:
    """State of one import."""

    def __init__(
        self,
        writer: Writer,
        options: IngestOptions,
        mapping: Mapping | None,
        now: str,
        taken: Taken,
        progress: ProgressCall | None,
    ) -> None:
        self.writer, self.options, self.mapping, self.now = writer, options, mapping, now
        self.taken, self.progress = taken, progress
        self.pools, self.aside = Pools(), _Aside(writer.folder)
        self.waiting: dict[str, Import] = {}
        self.renamed: dict[str, Import] = {}
        self.done, self.total = 0, None if progress is None else 0

    def close(self) -> None:
        self.aside.close()

    def _tell(self, stage: str, done: int, total: int | None) -> None:
        if self.progress is not None:
            self.progress(
                stage, self.done + done if stage == "read" else done, self.total if stage == "read" else total
            )

    def take(self, file: InputFile) -> None:
        """Read one input and put its rows aside. Raises InputError."""
        with _spooled(file, self.writer.folder) as real:
            before = _stamp(real)
            digest = _digest(real)
            how = self._how()
            known = hashlib.sha256(json.dumps([digest, how], sort_keys=True).encode()).hexdigest()[:16]
            if self._is_known(known, file.name):
                return
            found = self._read(real, known)
            if found.error is None and _stamp(real) != before:
                found.error = InputError(file.name, None, "changed while it was read; import it again")
            if found.error is not None:
                self.aside.drop()
                raise found.error
        self.aside.keep()
        self.taken.warnings += found.warnings
        self._note(found, known, digest, how)
        if self.aside.rows >= COMMIT_ROWS or len(self.waiting) >= MOST_SOURCES:
            self.commit()

    def _how(self) -> dict[str, Any]:
        how: dict[str, Any] = {}
        if self.options.mapping is not None:
            how["mapping_sha256"] = hashlib.sha256(self.options.mapping.read_bytes()).hexdigest()
        if self.options.received is not None:
            how["received_us"], how["received_per_s"] = self.options.received
        return how

    def _is_known(self, known: str, name: str) -> bool:
        held = self.waiting.get(known) or self.renamed.get(known) or self.writer.manifest.imports.get(known)
        if held is None:
            return False
        self.taken.known.append(name)
        names = tuple(sorted({*held.names, _bare(name)}))
        if names != held.names:
            book = self.waiting if known in self.waiting else self.renamed
            book[known] = replace(held, names=names)
        return True

    def _read(self, file: InputFile, known: str) -> FileRead:
        source = self.pools.sources.code(known)
        self.rejects = _Rejects(known)
        self.span: list[int] = []

        def sink(reports: Reports, statics: StaticRows, rejects: list[Reject]) -> None:
            self.rejects.add(rejects)
            if len(reports):
                self.span += [int(reports.t_us.min()), int(reports.t_us.max())]
            self.aside.add(_from(reports, source), _from(statics, source))

        options = replace(self.options, mapping=None)
        return read_file(file, options, self.mapping, self.pools, sink, self._tell)

    def _note(self, found: FileRead, known: str, digest: str, how: dict[str, Any]) -> None:
        frame = self.rejects.frame()
        file = self.writer.put(known, "rejects", frame) if len(frame) else None
        self.waiting[known] = Import(
            id=known,
            sha256=digest,
            names=(_bare(found.summary.name),),
            bytes=found.summary.bytes,
            kind=found.summary.kind,
            options=how,
            rows_in=found.summary.rows,
            reports=found.reports,
            static_rows=found.static_rows,
            rejects=dict(sorted(found.rejects.items())),
            t_min_us=min(self.span, default=None),
            t_max_us=max(self.span, default=None),
            imported_at=self.now,
            rejects_file=file,
        )

    def commit(self) -> None:
        """Merge what was put aside into the days it belongs to, and make it count."""
        if not self.waiting and not self.renamed:
            return
        self.aside.flush()
        manifest = self.writer.manifest
        keys = np.unique(np.concatenate([self.aside.reports.keys()[0], self.aside.statics.keys()[0]]))
        days = np.unique(np.where(keys == UNDATED, UNDATED, keys // 24))
        touched: list[Part] = []
        read = 0
        for count, day in enumerate(days.tolist()):
            made, rows = self._day(day)
            touched += made
            read += rows
            self._tell("write", count + 1, len(days))
        if read != self.aside.reports.rows:
            raise LedgerError(f"{self.aside.reports.rows} reports were read, and {read} found their day")
        named = {"" if day == UNDATED else _day_text(day) for day in days.tolist()}
        parts = (*(part for part in manifest.parts if part.day not in named), *touched)
        imports = {**manifest.imports, **self.renamed, **self.waiting}
        self.writer.commit(replace(manifest, parts=parts, imports=imports))
        self.taken.imported += self.waiting.values()
        self.waiting, self.renamed, self.pools = {}, {}, Pools()
        self.aside.close()
        self.aside = _Aside(self.writer.folder)

    def _day(self, day: int) -> tuple[list[Part], int]:
        """(parts of a day as it will be, reports that were put aside for it)."""
        text = "" if day == UNDATED else _day_text(day)
        old = [part for part in self.writer.manifest.parts if part.day == text]
        if day == UNDATED:
            content, _, _ = self._merge(old, UNDATED, UNDATED + 1)
            self.taken.static_rows += len(content.statics) - sum(part.static_rows for part in old)
            return [self._put("", (0, 24), content)], 0
        held, rows = self.aside.reports.keys()
        mine = rows[(held >= day * 24) & (held < day * 24 + 24)]
        fresh, was = int(mine.sum()), sum(part.rows for part in old)
        most = hours_of(was + fresh)
        if most != hours_of(was) and len(most) > 1:
            # Equal rows may leave the day smaller than both together: look first, so that the cut follows the rows.
            most = hours_of(sum(len(self._merge(old, *_hours(day, span))[0].reports) for span in most))
        parts, new, merges = [], 0, 0
        for span in most:
            content, found, repeats = self._merge(old, *_hours(day, span))
            new, merges = new + found, merges + repeats
            if len(content.reports) or len(content.statics):
                parts.append(self._put(text, span, content))
        now = sum(part.rows for part in parts)
        if now + merges != was + new:
            raise LedgerError(f"{text}: {was} reports and {new} new ones are not {now} and {merges} merged")
        self.taken.new += now - was
        self.taken.merged += merges
        self.taken.static_rows += sum(part.static_rows for part in parts) - sum(part.static_rows for part in old)
        return parts, new

    def _merge(self, old: Sequence[Part], first: int, after: int) -> tuple[Content, int, int]:
        """(rows of some hours as they will be, reports put aside for them, reports merged)."""
        fresh = self.aside.between(first, after)
        held = []
        for part in old:
            if not part.day:
                held.append(Content(*read_part(self.writer.folder, part, self.pools)))
                continue
            begin = day_of(part) // HOUR_US
            if begin + part.hours[0] < after and begin + part.hours[1] > first:
                content = Content(*read_part(self.writer.folder, part, self.pools))
                held.append(within(content, first * HOUR_US, after * HOUR_US))
        content, repeats = merged([*held, fresh], self.pools)
        return content, len(fresh.reports), repeats

    def _put(self, day: str, hours: tuple[int, int], content: Content) -> Part:
        stem = f"{day or 'undated'}T{hours[0]:02d}-{hours[1]:02d}" if hours != (0, 24) else day or "undated"
        files = {t: self.writer.put(stem, t, frame) for t, frame in encode(content, self.pools).items()}
        times = content.reports.t_us
        first, last = (int(times[0]), int(times[-1])) if len(times) else (None, None)
        return Part(day, hours, len(times), len(content.statics), first, last, files)


def _outside(files: Sequence[InputFile], home: Path, warnings: list[str]) -> list[InputFile]:
    """Files that are no part of the home: its own tables look like reports as well."""
    whole = home.resolve()
    inside = [file for file in files if file.path is not None and file.path.resolve().is_relative_to(whole)]
    if inside:
        warnings.append(f"{len(inside)} files passed over, which belong to the home itself, such as {inside[0].name}")
    passed = set(inside)
    return [file for file in files if file not in passed]


def _hours(day: int, span: tuple[int, int]) -> tuple[int, int]:
    return day * 24 + span[0], day * 24 + span[1]


def _day_text(day: int) -> str:
    return format_us(day * DAY_US)[:10]


def _bare(name: str) -> str:
    """The name without its folders: a history is passed on, and folders tell of a machine."""
    return Path(name).name or name


def _from(rows: Any, source: int) -> Any:
    """The same rows as coming from another input."""
    return replace(rows, source=np.full(len(rows), source, np.int16))


class _Rejects:
    """Rejects of one input, as columns bit by bit."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.frames: list[pl.DataFrame] = []
        self.held: list[Reject] = []

    def add(self, rejects: Sequence[Reject]) -> None:
        self.held += [replace(each, source=self.source) for each in rejects]
        if len(self.held) >= REJECT_ROWS:
            self.frames.append(rejects_frame(self.held))
            self.held = []

    def frame(self) -> pl.DataFrame:
        return pl.concat([*self.frames, rejects_frame(self.held)]).sort("line", "reason", maintain_order=True)


@contextlib.contextmanager
def _spooled(file: InputFile, folder: Path) -> Iterator[InputFile]:
    """The input as a file that can be read twice: standard input is copied first."""
    if file.path is not None:
        yield file
        return
    copy = folder / ".stdin.part"
    try:
        with copy.open("wb") as out:
            shutil.copyfileobj(sys.stdin.buffer, out, 2**20)
        yield InputFile(STDIN, copy, copy.stat().st_size)
    finally:
        copy.unlink(missing_ok=True)


def _digest(file: InputFile) -> str:
    assert file.path is not None
    try:
        with file.path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise InputError(file.name, None, f"cannot be opened ({error.strerror})") from None


def _stamp(file: InputFile) -> tuple[int, int] | None:
    assert file.path is not None
    try:
        found = file.path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
