"""Bytes of a delimited table -> blocks of whole rows, with the exact line of each row.

Decides: where rows begin and end (RFC 4180: a quote opens a field only at its start, "" stands for a quote, a quoted
field may hold line ends), how many fields each has, and which physical line it starts on (the header is line 1).
Refuses: to read values. Source: RFC 4180, with ``\\n`` and ``\\r\\n`` as line ends.

Known failures: files whose only line end is a bare ``\\r`` are one long row. A quote that opens and finds no end within
MAX_QUOTED_LINES lines, or one that leaves no well-formed row, spoils only its own line: a stray quote cannot swallow
the lines after it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from beaconline.foundation.table.kernels import kernel

__all__ = [
    "BLOCK_BYTES",
    "FLAG_LONG",
    "FLAG_NON_ASCII",
    "FLAG_NUL",
    "FLAG_QUOTE",
    "FLAG_UNCLOSED",
    "MAX_QUOTED_LINES",
    "MAX_ROW_BYTES",
    "RAW_LIMIT",
    "Block",
    "cut",
    "split_row",
]

BLOCK_BYTES = 8 * 2**20
"""Bytes read before a block is cut: large enough that polars is at speed, small beside the columns of a run."""

MAX_ROW_BYTES = 2**20
"""A longer row is a reject (``row_too_long``): no position table has one, and it would otherwise eat the memory."""

MAX_QUOTED_LINES = 16
"""Line ends allowed inside one quoted row; a quote open for longer is taken as a stray quote."""

RAW_LIMIT = 4096
"""Bytes of a rejected row that are kept."""

FLAG_QUOTE, FLAG_NON_ASCII, FLAG_NUL, FLAG_UNCLOSED, FLAG_LONG = 1, 2, 4, 8, 16

_QUOTE, _LF, _CR = 34, 10, 13

U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """n whole rows in one buffer: row k is ``data[start[k]:stop[k]]`` without its line end.

    data    uint8[], start, stop int64[n], fields int32[n], line int64[n] (physical, 1-based), flags uint8[n] (FLAG_*)
    offset  bytes of the (decompressed) input before this block
    """

    data: U8
    start: npt.NDArray[np.int64]
    stop: npt.NDArray[np.int64]
    fields: npt.NDArray[np.int32]
    line: npt.NDArray[np.int64]
    flags: npt.NDArray[np.uint8]
    offset: int

    def __len__(self) -> int:
        return len(self.start)

    def raw(self, row: int) -> bytes:
        """The bytes of a row, at most RAW_LIMIT."""
        start = int(self.start[row])
        return self.data[start : min(int(self.stop[row]), start + RAW_LIMIT)].tobytes()

    def text(self, row: int) -> str:
        """The whole row as text; bytes that are no UTF-8 become U+FFFD."""
        return self.data[self.start[row] : self.stop[row]].tobytes().decode("utf-8", "replace")


@kernel
def _row_end(
    data: U8, at: int, delimiter: int, columns: int, final: bool, max_quoted_lines: int
) -> tuple[int, int, int, int]:
    """(end, fields, flags, line ends inside) of the row that begins at ``at``; end is -1 when it is not whole yet."""
    n = len(data)
    i, count, flag, inside, first_lf = at, 1, 0, 0, -1
    quoted, closed, malformed, at_start = False, False, False, True
    while i < n:
        c = data[i]
        if c == delimiter and not quoted:
            count += 1
            at_start, closed = True, False
            i += 1
            continue
        if c == 34:
            flag |= 1
            if quoted and i + 1 < n and data[i + 1] == 34:
                i += 2
                continue
            if quoted and i + 1 >= n and not final:
                return -1, count, flag, inside
            malformed |= closed
            quoted, closed = at_start, quoted
        elif c == 10:
            if not quoted:
                break
            inside += 1
            if first_lf < 0:
                first_lf = i
            if inside >= max_quoted_lines:
                return first_lf, count, flag | 8, 0
        else:
            malformed |= closed and c != 13
            if c >= 128:
                flag |= 2
            elif c == 0:
                flag |= 4
        at_start = False
        i += 1
    if i >= n and not final:
        return -1, count, flag, inside
    if quoted:  # the end of the input, and no end of the field
        flag |= 8
    if first_lf >= 0 and (quoted or malformed or (columns > 0 and count != columns)):
        return first_lf, count, flag | 8, 0
    return i, count, flag, inside


@kernel
def _scan(
    data: U8,
    delimiter: int,
    columns: int,
    final: bool,
    line: int,
    max_quoted_lines: int,
    start: I64,
    stop: I64,
    fields: npt.NDArray[np.int32],
    lines: I64,
    flags: U8,
) -> tuple[int, int, int]:
    """Fill the row arrays; return (rows, bytes consumed, line after them)."""
    n = len(data)
    rows, at = 0, 0
    while at < n:
        end, count, flag, inside = _row_end(data, at, delimiter, columns, final, max_quoted_lines)
        if end < 0:
            break
        start[rows], fields[rows], lines[rows], flags[rows] = at, count, line, flag
        stop[rows] = end - 1 if end > at and data[end - 1] == 13 else end
        rows += 1
        line += 1 + inside
        at = end + 1
    return rows, min(at, n), line


def _cut_block(data: bytes, form: tuple[int, int], final: bool, line: int, offset: int) -> tuple[Block, int, int]:
    view = np.frombuffer(data, np.uint8)
    capacity = int(np.count_nonzero(view == _LF)) + 1
    start, stop = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    fields, lines = np.empty(capacity, np.int32), np.empty(capacity, np.int64)
    flags = np.empty(capacity, np.uint8)
    rows, used, next_line = _scan(view, *form, final, line, MAX_QUOTED_LINES, start, stop, fields, lines, flags)
    # Blank lines are no rows: a file that ends in three line ends has lost nothing.
    keep = stop[:rows] > start[:rows]
    arrays = (start[:rows], stop[:rows], fields[:rows], lines[:rows], flags[:rows])
    if not keep.all():
        arrays = tuple(a[keep] for a in arrays)  # type: ignore[assignment]
    arrays[4][(arrays[1] - arrays[0]) > MAX_ROW_BYTES] |= FLAG_LONG
    return Block(view, *arrays, offset), used, next_line


def cut(chunks: Iterable[bytes], delimiter: str, block_bytes: int = BLOCK_BYTES, columns: int = 0) -> Iterator[Block]:
    """Blocks of whole rows from chunks of any size. columns: fields of a good row, 0 = not known.

    A row longer than MAX_ROW_BYTES is handed over as its first RAW_LIMIT bytes under FLAG_LONG and the rest of its line
    is passed by, so that memory stays at about two blocks whatever comes in.
    """
    mark = (ord(delimiter), columns)
    pending: list[bytes] = []
    size, line, offset = 0, 1, 0
    skipping = False
    for chunk in chunks:
        if skipping:
            at = chunk.find(b"\n")
            if at < 0:
                offset += len(chunk)
                continue
            offset += at + 1
            chunk = chunk[at + 1 :]
            line, skipping = line + 1, False
        pending.append(chunk)
        size += len(chunk)
        if size < block_bytes:
            continue
        data = b"".join(pending)
        block, used, line = _cut_block(data, mark, False, line, offset)
        if len(block):
            yield block
        offset += used
        rest = data[used:]
        if len(rest) > MAX_ROW_BYTES:
            at = rest.find(b"\n")
            yield _long_row(rest, line, offset)
            skipping = at < 0
            offset += len(rest) if skipping else at + 1
            line += 0 if skipping else 1
            rest = b"" if skipping else rest[at + 1 :]
        pending, size = [rest] if rest else [], len(rest)
    if pending:
        yield from _last(b"".join(pending), mark, line, offset)


def _last(data: bytes, mark: tuple[int, int], line: int, offset: int) -> Iterator[Block]:
    block, _, _ = _cut_block(data, mark, True, line, offset)
    if len(block):
        yield block


def _long_row(rest: bytes, line: int, offset: int) -> Block:
    head = np.frombuffer(rest[:RAW_LIMIT], np.uint8)
    return Block(
        head,
        np.zeros(1, np.int64),
        np.array([len(head)], np.int64),
        np.ones(1, np.int32),
        np.array([line], np.int64),
        np.array([FLAG_LONG], np.uint8),
        offset,
    )


def split_row(text: str, delimiter: str) -> list[str]:
    """The fields of one row by RFC 4180. Raises csv.Error for text after a closing quote and the like."""
    # A field may be as long as a row may be; the module's own limit (128 KiB) is lower.
    if csv.field_size_limit() < MAX_ROW_BYTES:
        csv.field_size_limit(MAX_ROW_BYTES)
    rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    return rows[0] if rows else []


@kernel
def gather_rows(data: U8, start: I64, stop: I64, keep: npt.NDArray[np.bool_], out: U8) -> int:
    """Copy the kept rows, each with a line end, into out; return the bytes written."""
    at = 0
    for k in range(len(start)):
        if keep[k]:
            for i in range(start[k], stop[k]):
                out[at] = data[i]
                at += 1
            out[at] = 10
            at += 1
    return at
