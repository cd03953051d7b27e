"""A stream of bytes cut into blocks of whole lines, each line read into numbers.

Decides: what is held back for the next block (an unfinished line, a ``$PGHP`` whose sentence has not come) and what is
never held (a line beyond the limit: its first bytes are kept for the reject, the rest is counted and dropped).
Refuses: to let a chunk's end mean anything, unless the chunks are datagrams. Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from beaconline.foundation.table.reports import I64
from beaconline.foundation.wire.ais.bits import ARMOUR, U8
from beaconline.see.sources import nmea_fields as nf
from beaconline.see.sources import nmea_frame as frame

__all__ = ["BLOCK_BYTES", "MAX_RAW_BYTES", "Block", "Long", "cut_stream"]

BLOCK_BYTES: Final = 1 << 20
"""Bytes read at once. Larger: more memory (about ten bytes a byte) and slower beyond the processor's cache; smaller:
more Python a line."""
MAX_RAW_BYTES: Final = 1 << 16
"""Bytes of a rejected line that are kept."""

_BOM: Final = b"\xef\xbb\xbf"
_LINE_ENDS: Final = b"\r\n"


@dataclass(frozen=True, slots=True)
class Long:
    """A line beyond the limit: its first bytes, its whole length in bytes, its number."""

    head: bytes
    length: int
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """n whole lines of the ledger.

    text   the bytes; units int64[n, 4] and rows int64[n, COLUMNS] as nmea_frame and nmea_fields describe them
    long   a line beyond the limit that ended before the first of them, or None
    final  True when nothing follows
    """

    text: bytes
    buf: U8
    units: I64
    rows: I64
    long: Long | None
    final: bool


class _Cutter:
    """What is left between two blocks."""

    def __init__(self) -> None:
        self.held = bytearray()
        self.line = 1
        self.fresh = True
        self.head = b""
        self.length = 0
        self.state = -1

    def take(self, final: bool) -> Block:
        """The whole lines among the bytes held."""
        text = bytes(self.held)
        buf = np.frombuffer(text, np.uint8)
        start, long = 0, None
        if self.state >= 0:
            start, long = self._go_on_skipping(buf, text, final)
            if long is None:
                return Block(b"", buf[:0], np.zeros((0, frame.UNIT_COLUMNS), np.int64), _no_rows(), None, final)
        text, buf = text[start:], buf[start:]
        end = len(text)
        units = np.empty((frame.unit_bound(buf, end, frame.SPECIAL), frame.UNIT_COLUMNS), np.int64)
        fresh = self.fresh
        n, used, line, after = frame.cut_units(buf, end, self.line, fresh, final, frame.SPECIAL, units)
        rows = np.empty((n, nf.COLUMNS), np.int64)
        wait = nf.read_units(buf, units, n, ARMOUR, rows)
        if wait and not final:
            n -= wait
            used, line = int(units[n, 0]), int(units[n, 3])
            after = fresh if used == 0 else text[used - 1] in _LINE_ENDS
        self.line, self.fresh = line, after
        del self.held[: start + used]
        if not final and len(self.held) > nf.MAX_LINE_BYTES:
            self._start_skipping()
        return Block(text, buf, units[:n], rows[:n], long, final)

    def _start_skipping(self) -> None:
        """The unfinished line is too long already: keep its head, and only what the next look needs of the rest."""
        buf = np.frombuffer(bytes(self.held), np.uint8)
        comment = self.fresh and self.held[:1] == b"#"
        _, _, self.state = frame.unit_end(buf, 0, len(buf), frame.COMMENT if comment else frame.BEFORE, frame.SPECIAL)
        self.head = bytes(self.held[:MAX_RAW_BYTES])
        self.length = len(buf) - frame.LOOKAHEAD
        del self.held[: self.length]

    def _go_on_skipping(self, buf: U8, text: bytes, final: bool) -> tuple[int, Long | None]:
        """(place after the long line, the long line), or (0, None) while it goes on."""
        stop, _, self.state = frame.unit_end(buf, 0, len(buf), self.state, frame.SPECIAL)
        line_end = stop < len(buf) and text[stop] in _LINE_ENDS
        if not final and (stop + frame.LOOKAHEAD >= len(buf) and not (line_end and stop + 1 < len(buf))):
            gone = max(0, len(buf) - frame.LOOKAHEAD)
            self.length += gone
            del self.held[:gone]
            return 0, None
        long = Long(self.head, self.length + stop, self.line)
        self.head, self.state, self.fresh = b"", -1, line_end
        if line_end:
            self.line += 1
            stop += 2 if text[stop : stop + 2] == b"\r\n" else 1
        return stop, long


def _no_rows() -> I64:
    return np.zeros((0, nf.COLUMNS), np.int64)


def cut_stream(chunks: Iterable[bytes], datagrams: bool, block_bytes: int) -> Iterator[Block]:
    """Blocks of whole lines; the last one is final, and there is always one.

    datagrams    the end of a chunk is the end of a line
    block_bytes  a block is cut when so many bytes have come; 1 = with every chunk (live)
    """
    cutter = _Cutter()
    begun = False
    for chunk in chunks:
        if datagrams and chunk and chunk[-1] not in _LINE_ENDS:
            chunk += b"\n"
        step = max(block_bytes, 1 << 16)
        for at in range(0, len(chunk), step):
            cutter.held += chunk[at : at + step]
            if not begun and len(cutter.held) >= len(_BOM):
                begun = True
                if cutter.held.startswith(_BOM):
                    del cutter.held[: len(_BOM)]
            if begun and len(cutter.held) >= block_bytes:
                yield cutter.take(final=False)
    if not begun and cutter.held.startswith(_BOM):
        cutter.held.clear()
    yield cutter.take(final=True)
