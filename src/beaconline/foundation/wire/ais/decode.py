"""Messages as columns: packed once, classified once, then any table's fields as integer arrays.

Decides: nothing about values. Refuses: to scale. Source: the bit tables beside this module.
Known failures: a number that the end of a message cuts is filled up with zero bits; the length rules let this happen
only in service messages (types 7, 13, 15, 16, 20, 22, 23).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from beaconline.foundation.table.reports import I8, I32, I64
from beaconline.foundation.wire.ais.bits import ARMOUR, ASCII, U8, U64, fields_at, pack, packed_size, text_at
from beaconline.foundation.wire.ais.layout import Field
from beaconline.foundation.wire.ais.registry import LAYOUTS, slots

__all__ = ["Messages", "ints", "pack_messages", "payload_bits", "text_bytes", "texts"]


@dataclass(frozen=True, slots=True)
class Messages:
    """n messages as packed bits.

    words  uint64[*], every message begins at a word, first bit highest
    base   int32[n], first word of each message
    bits   int32[n], length in bits, fill bits not counted
    slot   int32[n], bit table (position in registry.LAYOUTS), or a negative verdict of the registry
    type   int32[n], message type, -1 where fewer than 6 bits came
    """

    words: U64
    base: I32
    bits: I32
    slot: I32
    type: I32

    def __len__(self) -> int:
        return len(self.base)


def pack_messages(buf: U8, first: I32, count: I32, start: I64, length: I32, fill: I8) -> Messages:
    """Pack and classify n messages.

    buf     uint8[*], text that holds the payload characters
    first, count  int32[n], the parts of each message: rows first .. first+count of the next three
    start, length, fill  int64[p], int32[p], int8[p]: place in buf, characters, fill bits of each part
    Payload characters must be legal (``ARMOUR`` below 64); the caller has seen every character already.
    """
    base = np.empty(len(first), np.int32)
    words = np.zeros(packed_size(first, count, length, base), np.uint64)
    bits = np.empty(len(first), np.int32)
    pack(buf, first, count, start, length, fill, ARMOUR, base, words, bits)
    slot, msg_type = slots(words, base, bits)
    return Messages(words, base, bits, slot, msg_type)


@lru_cache(maxsize=256)
def _plan(slot: int, names: tuple[str, ...]) -> tuple[tuple[str, ...], I32, I32, I8, I8, I32]:
    wanted: list[Field] = [
        each
        for each in LAYOUTS[slot].fields
        if each.kind not in ("text", "spare") and (not names or each.name in names)
    ]
    return (
        tuple(each.name for each in wanted),
        np.array([each.start for each in wanted], np.int32),
        np.array([each.width for each in wanted], np.int32),
        np.array([each.kind == "int" for each in wanted], np.int8),
        np.array([each.cut for each in wanted], np.int8),
        np.array([each.short for each in wanted], np.int32),
    )


def ints(messages: Messages, slot: int, rows: I32, names: tuple[str, ...] = ()) -> dict[str, I32]:
    """Number and flag fields of the messages ``rows`` (all of that slot) by name: raw integers, int32[len(rows)].

    names picks fields; empty = all. ABSENT where the message is too short for the field.
    """
    found, start, width, signed, cut, short = _plan(slot, names)
    table = fields_at(messages.words, messages.base, messages.bits, rows, start, width, signed, cut, short)
    return dict(zip(found, table, strict=True))


def text_bytes(messages: Messages, slot: int, rows: I32, name: str) -> U8:
    """A text field as uint8[len(rows), characters], zero after the end of each text."""
    field = LAYOUTS[slot].field(name)
    return text_at(
        messages.words, messages.base, messages.bits, rows,
        field.start, field.width // 6, field.more_start, field.more_width // 6, ASCII,
    )  # fmt: skip


def texts(table: U8) -> list[str]:
    """Strings of a table that text_bytes gave."""
    if table.shape[1] == 0:
        return [""] * len(table)
    flat: npt.NDArray[np.bytes_] = np.ascontiguousarray(table).view(f"S{table.shape[1]}").ravel()
    return [bytes(each).decode("ascii") for each in flat]


def payload_bits(messages: Messages, row: int, start: int) -> tuple[int, bytes]:
    """(number of bits, bytes) from bit ``start`` to the end of one message; the last byte is filled with zero bits."""
    count = max(0, int(messages.bits[row]) - start)
    if count == 0:
        return 0, b""
    base = int(messages.base[row])
    size = (start + count + 63) // 64
    whole = int.from_bytes(messages.words[base : base + size].astype(">u8").tobytes(), "big")
    value = (whole >> (64 * size - start - count)) & ((1 << count) - 1)
    pad = -count % 8
    return count, (value << pad).to_bytes((count + pad) // 8, "big")
