"""Slices of a block interned: equal texts get equal codes, without a Python object for each.

Decides: nothing about the text. Refuses: to trust a hash; equal codes mean equal bytes. Known failures: none known.
"""

from __future__ import annotations

import numpy as np

from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.foundation.wire.ais.bits import U8

__all__ = ["intern_slices"]


@kernel
def _intern(buf: U8, start: I64, length: I64, table: I64, code: I32, first: I64) -> int:
    mask = len(table) - 1
    n = 0
    for i in range(len(start)):
        s, size = start[i], length[i]
        mixed = np.uint64(14_695_981_039_346_656_037)
        for k in range(s, s + size):
            mixed = (mixed ^ np.uint64(buf[k])) * np.uint64(1_099_511_628_211)
        at = np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(mask))
        while True:
            j = table[at]
            if j < 0:
                table[at] = n
                first[n] = i
                code[i] = n
                n += 1
                break
            other = first[j]
            same = length[other] == size
            k = 0
            while same and k < size:
                same = buf[start[other] + k] == buf[s + k]
                k += 1
            if same:
                code[i] = j
                break
            at = (at + 1) & mask
    return n


def intern_slices(buf: U8, start: I64, length: I64) -> tuple[I32, I64]:
    """(code of each slice, index of the first slice of each code); codes are dense and follow first appearance."""
    n = len(start)
    table = np.full(1 << max(4, (2 * n).bit_length()), -1, np.int64)
    code = np.empty(n, np.int32)
    first = np.empty(n, np.int64)
    found = _intern(buf, start, length, table, code, first)
    return code, first[:found]
