"""Delimited text -> batches: whole rows from ``csv_blocks``, cells by polars, odd rows one by one.

Decides: which rows have the shape of a row. Rows without any quote go to polars in one piece; rows with a quote are
read by the csv module (RFC 4180, strict); a row of another number of fields is a reject, never a row with nulls.
Refuses: a table of which most rows do not fit its header (wrong delimiter, decimal commas): that is an input error.

Known failures: bytes that are no text of the encoding become U+FFFD (counted in the note ``undecodable_bytes``).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from beaconline.foundation.table.reports import Pools, Reports, StaticRows
from beaconline.see.inputs import InputError
from beaconline.see.sources import csv_blocks
from beaconline.see.sources.batch import Batch, Reject
from beaconline.see.sources.csv_blocks import Block
from beaconline.see.sources.mapping import Mapping
from beaconline.see.sources.tables import NOTE, Rows, TableReader

__all__ = ["Header", "Layout", "find_header", "read_csv", "resolve", "transcode"]

SPOILT_SHARE = 0.5
"""When more of the first block's rows than this do not fit the header, the table is not what the mapping says."""

HOPELESS_ROWS = 10_000
"""Rows of the first block from which on a table without one good row is refused instead of rejected row by row."""

_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*\Z")
_NOT_FAST = csv_blocks.FLAG_QUOTE | csv_blocks.FLAG_NUL | csv_blocks.FLAG_UNCLOSED | csv_blocks.FLAG_LONG
_NEVER = csv_blocks.FLAG_NUL | csv_blocks.FLAG_UNCLOSED | csv_blocks.FLAG_LONG


@dataclass(frozen=True, slots=True)
class Header:
    """The first row that is not blank: its names, the line it is on and the delimiter."""

    names: tuple[str, ...]
    line: int
    delimiter: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the report fields stand in a table: field -> column index, and the columns of the time."""

    fields: dict[str, int]
    times: tuple[int, ...]


def find_header(head: bytes, delimiter: str) -> Header | None:
    """The header in the first bytes of a table, None when there is no row or its quoting is broken."""
    for block in csv_blocks.cut([head], delimiter):
        if block.flags[0] & _NEVER:
            return None
        try:
            names = csv_blocks.split_row(block.text(0), delimiter)
        except csv.Error:
            return None
        return Header(tuple(name.strip() for name in names), int(block.line[0]), delimiter)
    return None


def resolve(mapping: Mapping, names: Sequence[str], source: str, line: int) -> Layout:
    """Find a mapping's columns in a header. Raises InputError naming the column that is missing or there twice."""
    fields = {f: _find(names, options, source, line, f) for f, options in mapping.columns.items()}
    if mapping.kind == "csv":
        for name, at in fields.items():
            if at is None and name not in mapping.optional:
                raise InputError(source, line, _missing(mapping, name, mapping.columns[name], names))
    rule = mapping.time
    times = [_find(names, options, source, line, "time") for options in (rule.columns if rule else ())]
    for place, at in enumerate(times):
        if at is None:
            assert rule is not None
            raise InputError(source, line, _missing(mapping, "time", rule.columns[place], names))
    return Layout({f: at for f, at in fields.items() if at is not None}, tuple(at for at in times if at is not None))


def _find(names: Sequence[str], options: tuple[str, ...], source: str, line: int, name: str) -> int | None:
    for option in options:
        places = [k for k, each in enumerate(names) if each == option]
        if len(places) > 1:
            raise InputError(source, line, f"the column {option!r} (for {name}) is there {len(places)} times")
        if places:
            return places[0]
    return None


def _missing(mapping: Mapping, name: str, options: tuple[str, ...], names: Sequence[str]) -> str:
    wanted = " or ".join(repr(o) for o in options)
    found = ", ".join(repr(n) for n in names)
    text = f"no column {wanted} for {name} (mapping {mapping.source}); columns found: {found}"
    mark = mapping.delimiter or ","
    if len(names) == 1:
        other = next((m for m in (",", ";", "\t", "|") if m != mark and m in names[0]), None)
        if other is not None:
            text += f'; the fields seem to be parted by {other!r}, not {mark!r}: set [csv] delimiter = "{_toml(other)}"'
    return text


def _toml(mark: str) -> str:
    return "\\t" if mark == "\t" else mark


def transcode(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Chunks of another encoding as UTF-8; what is no text of it becomes U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        text = decoder.decode(chunk)
        if text:
            yield text.encode("utf-8", "replace")
    rest = decoder.decode(b"", True)
    if rest:
        yield rest.encode("utf-8", "replace")


def read_csv(
    chunks: Iterable[bytes], source: str, header: Header, mapping: Mapping, layout: Layout, pools: Pools
) -> Iterator[Batch]:
    """Batches of a table whose header is known; chunks begin at the first byte of the table.

    Raises InputError when nothing follows the header, when most rows do not fit it, and whatever ``chunks`` raises.
    """
    reader = TableReader(mapping, source, pools)
    table = _Table(source, header, mapping, layout)
    seen = 0
    for block in csv_blocks.cut(chunks, header.delimiter, columns=len(header.names)):
        batch = table.read(block, reader, first=seen == 0)
        if seen == 0:
            _refuse_hopeless(batch, source)
        seen += batch.counts.get("rows_in", 0)
        if batch.counts:
            yield batch
    if seen == 0:
        raise InputError(source, header.line, "only a header, no rows")


def _refuse_hopeless(batch: Batch, source: str) -> None:
    """A table of which not one of the first HOPELESS_ROWS rows is good would fill the memory with rejects."""
    rows = batch.counts.get("rows_in", 0)
    if rows >= HOPELESS_ROWS and len(batch.rejects) == rows:
        reasons = Counter(reject.reason for reject in batch.rejects)
        reason, n = reasons.most_common(1)[0]
        first = next(reject for reject in batch.rejects if reject.reason == reason)
        raise InputError(
            source,
            first.line,
            f"all of the first {rows} rows are rejected, {n} of them for {reason} ({first.detail!r}): does the mapping"
            " fit the table?",
        )


class _Table:
    """What stays the same from block to block of one table."""

    def __init__(self, source: str, header: Header, mapping: Mapping, layout: Layout) -> None:
        self.source, self.header, self.mapping, self.layout = source, header, mapping, layout
        self.wanted = sorted({*layout.fields.values(), *layout.times})

    def read(self, block: Block, reader: TableReader, first: bool) -> Batch:
        n = len(self.header.names)
        rows = block.line > self.header.line
        shaped = block.fields == n
        longer = (block.fields == n + 1) & rows
        if longer.any():  # a delimiter at the end of each row is a habit of some exports
            last = block.data[block.stop - 1] == ord(self.header.delimiter)
            shaped |= longer & last
        quoted = rows & shaped & ((block.flags & csv_blocks.FLAG_QUOTE) > 0) & ((block.flags & _NEVER) == 0)
        plain = rows & shaped & ((block.flags & _NOT_FAST) == 0)
        broken: dict[int, str] = {}
        tables, places = [], []
        if plain.any():
            tables.append(self._plain(block, plain))
            places.append(np.flatnonzero(plain))
        if quoted.any():
            frame, at = self._quoted(block, np.flatnonzero(quoted), broken)
            tables.append(frame)
            places.append(at)
        for k in np.flatnonzero(rows & ~plain & ~quoted):
            broken[int(k)] = self._shape(block, int(k))
        total = int(rows.sum())
        if first and total:
            self._refuse_misfit(block, broken, total)
        batch = self._cells(block, tables, places, reader, first)
        return self._join(block, batch, broken, total)

    def _plain(self, block: Block, keep: npt.NDArray[np.bool_]) -> pl.DataFrame:
        start, stop = block.start, block.stop
        out = np.empty(int((stop[keep] - start[keep] + 1).sum()), np.uint8)
        csv_blocks.gather_rows(block.data, start, stop, keep, out)
        data = out.tobytes()
        if (block.flags[keep] & csv_blocks.FLAG_NON_ASCII).any():
            data = _utf8(data)
        frame = pl.read_csv(
            io.BytesIO(data),
            has_header=False,
            columns=self.wanted,
            separator=self.header.delimiter,
            quote_char=None,
            infer_schema=False,
            truncate_ragged_lines=True,
            schema={f"c{k}": pl.String for k in range(len(self.header.names))},
        )
        return frame.rename(dict(zip(frame.columns, (f"c{k}" for k in self.wanted), strict=True)))

    def _quoted(
        self, block: Block, places: npt.NDArray[np.intp], broken: dict[int, str]
    ) -> tuple[pl.DataFrame, npt.NDArray[np.intp]]:
        cells: list[list[str | None]] = []
        kept: list[int] = []
        for k in places:
            try:
                row = csv_blocks.split_row(block.text(int(k)), self.header.delimiter)
            except csv.Error:
                broken[int(k)] = "bad_quoting"
                continue
            if len(row) < len(self.header.names):
                broken[int(k)] = "too_few_fields"
                continue
            cells.append([row[c] or None for c in self.wanted])
            kept.append(int(k))
        schema = {f"c{k}": pl.String for k in self.wanted}
        return pl.DataFrame(cells, schema=schema, orient="row"), np.array(kept, np.intp)

    def _shape(self, block: Block, k: int) -> str:
        flags = int(block.flags[k])
        if flags & csv_blocks.FLAG_LONG:
            return "row_too_long"
        if flags & csv_blocks.FLAG_UNCLOSED:
            return "unclosed_quote"
        if flags & csv_blocks.FLAG_NUL:
            return "nul_byte"
        return "too_few_fields" if block.fields[k] < len(self.header.names) else "too_many_fields"

    def _refuse_misfit(self, block: Block, broken: dict[int, str], total: int) -> None:
        ragged = [k for k, reason in broken.items() if reason in ("too_few_fields", "too_many_fields")]
        if len(ragged) <= SPOILT_SHARE * total:
            return
        k = min(ragged)
        n, found = len(self.header.names), int(block.fields[k])
        text = f"the row has {found} fields, the header {n} (delimiter {self.header.delimiter!r})"
        row = block.text(k)[:200]
        if found > n and self.header.delimiter == ",":
            text += "; if its numbers have decimal commas, the fields must be parted by another mark or be quoted"
        elif found == 1:
            other = next((m for m in (";", "\t", "|", ",") if row.count(m) == n - 1), None)
            text += f"; the fields seem to be parted by {other!r}" if other else ""
        raise InputError(self.source, int(block.line[k]), text)

    def _cells(
        self,
        block: Block,
        tables: list[pl.DataFrame],
        places: list[npt.NDArray[np.intp]],
        reader: TableReader,
        first: bool,
    ) -> Batch | None:
        if not tables:
            return None
        frame = tables[0] if len(tables) == 1 else pl.concat(tables, rechunk=True)
        place = places[0] if len(places) == 1 else np.concatenate(places)
        rows = Rows(
            {name: frame[f"c{k}"] for name, k in self.layout.fields.items()},
            [frame[f"c{k}"] for k in self.layout.times],
            block.line[place],
            lambda k: block.raw(int(place[k])),
        )
        batch = reader.read(rows)
        if first:
            self._refuse_commas(rows, batch)
        return batch

    def _refuse_commas(self, rows: Rows, batch: Batch) -> None:
        if self.mapping.decimal == "," or len(batch.rejects) <= SPOILT_SHARE * len(rows.line):
            return
        for name in ("lon_deg", "lat_deg", "sog_kn", "cog_deg_true"):
            if name in rows.cells:
                for k, text in enumerate(rows.cells[name].head(100).to_list()):
                    if text is not None and _DECIMAL_COMMA.match(text):
                        raise InputError(
                            self.source,
                            int(rows.line[k]),
                            f'{name} is written with a decimal comma ({text!r}): set decimal = "," under [csv]'
                            " in a mapping",
                        )

    def _join(self, block: Block, batch: Batch | None, broken: dict[int, str], total: int) -> Batch:
        rejects = [Reject(self.source, int(block.line[k]), broken[k], block.raw(k)) for k in sorted(broken)]
        counts = dict(batch.counts) if batch is not None else {}
        if rejects or batch is None:
            counts["rows_in"] = counts.get("rows_in", 0) + len(rejects)
        replaced = self._replaced(block)
        if replaced:
            counts[NOTE + "undecodable_bytes"] = replaced
        if batch is None:
            return Batch(Reports.blank(0), StaticRows.empty(), rejects, counts if total else {})
        return Batch(batch.reports, batch.statics, [*rejects, *batch.rejects], counts)

    def _replaced(self, block: Block) -> int:
        """Rows that hold bytes which are no UTF-8."""
        odd = np.flatnonzero(block.flags & csv_blocks.FLAG_NON_ASCII)
        if not len(odd):
            return 0
        data = block.data.tobytes()
        if _is_utf8(data):
            return 0
        return sum(not _is_utf8(data[block.start[k] : block.stop[k]]) for k in odd)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _utf8(data: bytes) -> bytes:
    """The same bytes when they are UTF-8, else with U+FFFD for what is none."""
    return data if _is_utf8(data) else data.decode("utf-8", "replace").encode("utf-8")
