"""Six-bit characters to packed words, and fields out of packed words: the kernels under every bit table.

Decides: a message is a run of 64-bit words, first bit highest, zero after its end, with one zero word behind it, so
that a field may be read across the end without meeting the next message. Refuses: to know any field.
Source: ITU-R M.1371-5 Annex 8; IEC 61162-1 for the armouring of six bits in a character. Known failures: none known.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I8, I32, I64
from beaconline.foundation.wire.ais.layout import AIS_6BIT

__all__ = ["ARMOUR", "ASCII", "U8", "U64", "fields_at", "pack", "packed_size", "text_at", "uint_at"]

U8 = npt.NDArray[np.uint8]
U64 = npt.NDArray[np.uint64]

ARMOUR: Final[U8] = np.full(256, 255, np.uint8)
"""Six-bit value of a payload character (0x30-0x57 and 0x60-0x77); 255 = no payload character."""
ARMOUR[0x30:0x58] = np.arange(40, dtype=np.uint8)
ARMOUR[0x60:0x78] = np.arange(40, 64, dtype=np.uint8)

ASCII: Final[U8] = np.frombuffer(AIS_6BIT.encode("ascii"), np.uint8)
"""Character code of a six-bit value."""


@kernel
def packed_size(first: I32, count: I32, length: I32, base: I32) -> int:
    """Words that n messages need; fills base. Parts of m: rows first[m] .. first[m]+count[m] of length (characters)."""
    total = 0
    for m in range(len(first)):
        base[m] = total
        chars = 0
        for p in range(first[m], first[m] + count[m]):
            chars += length[p]
        total += (chars * 6) // 64 + 2
    return total


@kernel
def pack(
    buf: U8, first: I32, count: I32, start: I64, length: I32, fill: I8, armour: U8, base: I32, words: U64, bits: I32
) -> None:
    """Pack n messages. Part p is ``buf[start[p] : start[p]+length[p]]``, its last fill[p] bits are no data.

    words must be zero and of the size that packed_size told; bits[n] becomes the length of each message in bits.
    """
    for m in range(len(first)):
        w = np.int64(base[m])
        acc = np.uint64(0)
        n = 0
        total = 0
        for p in range(first[m], first[m] + count[m]):
            s = start[p]
            for i in range(s, s + length[p]):
                v = np.uint64(armour[buf[i]])
                if n <= 58:
                    acc = (acc << np.uint64(6)) | v
                    n += 6
                else:
                    room = 64 - n
                    rest = 6 - room
                    words[w] = (acc << np.uint64(room)) | (v >> np.uint64(rest))
                    w += 1
                    acc = v & ((np.uint64(1) << np.uint64(rest)) - np.uint64(1))
                    n = rest
            total += 6 * length[p]
            drop = min(6 * length[p], fill[p])
            total -= drop
            if drop > n:
                # The fill bits reach back into the word just written: take it up again without them.
                w -= 1
                acc = words[w] >> np.uint64(drop - n)
                n = 64 - (drop - n)
                words[w] = np.uint64(0)
            else:
                acc >>= np.uint64(drop)
                n -= drop
        if n > 0:
            words[w] = acc << np.uint64(64 - n)
        bits[m] = total


@inner
def uint_at(words: U64, base: int, start: int, width: int) -> int:
    """Unsigned field of up to 32 bits; bits past the end of the message read zero."""
    i = base + (start >> 6)
    o = start & 63
    v = words[i] << np.uint64(o)
    if o + width > 64:
        v |= words[i + 1] >> np.uint64(64 - o)
    return np.int64(v >> np.uint64(64 - width))  # type: ignore[return-value]


@kernel
def fields_at(
    words: U64, base: I32, bits: I32, rows: I32, start: I32, width: I32, signed: I8, cut: I8, short: I32
) -> I32:
    """Integer fields of chosen messages: int32[n_fields, n_rows].

    A field that begins after the end has its ``short`` value; one that the end cuts is filled up with zero bits, or,
    where ``cut`` says so, is the bits that came.
    """
    out = np.empty((len(start), len(rows)), np.int32)
    for r in range(len(rows)):
        m = rows[r]
        b = base[m]
        size = bits[m]
        for f in range(len(start)):
            s = start[f]
            w = width[f]
            if s >= size:
                out[f, r] = short[f]
                continue
            if s + w > size and cut[f]:
                w = size - s
            v = uint_at(words, b, s, w)
            if signed[f] and (v >> (w - 1)) & 1:
                v -= np.int64(1) << w
            out[f, r] = v
    return out


@kernel
def text_at(
    words: U64, base: I32, bits: I32, rows: I32, start: int, chars: int, more_start: int, more_chars: int, ascii_of: U8
) -> U8:
    """A text field of chosen messages as bytes, uint8[n_rows, chars + more_chars], zero after its end.

    "@" ends a text; blanks at its end are cut. A character that the end of the message cuts is filled with zero bits.
    A text whose every character is used goes on at bit more_start, whole characters only (the name of type 21).
    """
    out = np.zeros((len(rows), chars + more_chars), np.uint8)
    for r in range(len(rows)):
        m = rows[r]
        last = 0
        for c in range(chars + more_chars):
            at = start + 6 * c if c < chars else more_start + 6 * (c - chars)
            if at + (1 if c < chars else 6) > bits[m]:
                break
            v = uint_at(words, base[m], at, 6)
            if v == 0:
                break
            out[r, c] = ascii_of[v]
            if v != 32:
                last = c + 1
        for c in range(last, chars + more_chars):
            out[r, c] = 0
    return out
