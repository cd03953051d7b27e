"""Numbers packed small enough to stand in a page: differences as variable-length integers, as base64.

Decides: the format that ``assets/data.js`` reads back. Every array is one stream: each value minus the one before it,
zigzag (sign in the lowest bit), seven bits a byte, lowest first. Refuses: floats. Known failures: none known.
"""

from __future__ import annotations

import base64

import numpy as np
import numpy.typing as npt

from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I64

__all__ = ["pack"]


@kernel
def _varints(values: I64, out: npt.NDArray[np.uint8]) -> int:
    """Bytes written; ``out`` needs room for ten a value."""
    at, before = 0, np.int64(0)
    for i in range(len(values)):
        step = values[i] - before
        before = values[i]
        rest = np.uint64((step << 1) ^ (step >> 63))
        while rest >= np.uint64(128):
            out[at] = np.uint8((rest & np.uint64(127)) | np.uint64(128))
            rest >>= np.uint64(7)
            at += 1
        out[at] = np.uint8(rest)
        at += 1
    return at


def pack(values: npt.NDArray[np.integer]) -> str:
    """Base64 text of an integer array whose differences fit in 52 bits (so that a page's numbers hold them)."""
    whole = np.ascontiguousarray(values, np.int64)
    out = np.empty(10 * len(whole), np.uint8)
    return base64.b64encode(out[: _varints(whole, out)].tobytes()).decode("ascii")
