"""Which bit table a message has: by type, and for type 24 by part and MMSI.

Decides: the numbering of tables used in columns ("slots"), and the verdict on type and length. Refuses: to look at any
other bit. Known failures: none known.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32
from beaconline.foundation.wire.ais import class_a, class_b, service, stations
from beaconline.foundation.wire.ais.bits import U64, uint_at
from beaconline.foundation.wire.ais.layout import Layout

__all__ = [
    "BAD_LENGTH",
    "BAD_PART",
    "LAYOUTS",
    "OWN_TYPES",
    "SLOT_24A",
    "SLOT_24B",
    "SLOT_24B_AUX",
    "TOO_SHORT",
    "UNKNOWN_TYPE",
    "slot_of_type",
    "slots",
]

LAYOUTS: Final[tuple[Layout, ...]] = (
    class_a.POSITION_A,
    class_a.STATIC_A,
    class_a.LONG_RANGE,
    class_b.POSITION_B,
    class_b.POSITION_B_EXTENDED,
    class_b.STATIC_B_A,
    class_b.STATIC_B_B,
    class_b.STATIC_B_B_AUXILIARY,
    stations.BASE,
    stations.AIRCRAFT,
    stations.UTC_QUERY,
    stations.AID,
    *service.SERVICE,
)
"""Every bit table; its position is its slot."""

SLOT_24A: Final = 5
SLOT_24B: Final = 6
SLOT_24B_AUX: Final = 7

OWN_TYPES: Final = (1, 2, 3, 4, 5, 9, 11, 18, 19, 21, 24, 27)
"""Types whose every field becomes a column of reports or statics."""

UNKNOWN_TYPE: Final = -1
BAD_LENGTH: Final = -2
BAD_PART: Final = -3
TOO_SHORT: Final = -4
"""Verdicts in place of a slot: type 0 or above 27, a length the table does not allow, part 2 or 3 of type 24, less than
the 38 bits of the header."""

_SLOT_BY_TYPE: Final = np.full(64, UNKNOWN_TYPE, np.int32)
for _slot, _layout in enumerate(LAYOUTS):
    for _type in _layout.types:
        if _type != 24:
            _SLOT_BY_TYPE[_type] = _slot
_SLOT_BY_TYPE[24] = SLOT_24A

_MIN_BITS: Final = np.array([each.min_bits for each in LAYOUTS], np.int32)
_MAX_BITS: Final = np.array([each.max_bits for each in LAYOUTS], np.int32)
_ONLY: Final = np.array([[*each.only_bits, -1, -1][:2] for each in LAYOUTS], np.int32)


def slot_of_type(msg_type: int) -> int:
    """The slot of a type (part A for type 24); UNKNOWN_TYPE when there is none."""
    return int(_SLOT_BY_TYPE[msg_type])


@kernel
def classify(words: U64, base: I32, bits: I32, by_type: I32, low: I32, high: I32, only: I32, msg_type: I32) -> I32:
    """Slot of each of n messages, or a negative verdict; fills msg_type (-1 where even the type is cut)."""
    out = np.empty(len(base), np.int32)
    for m in range(len(base)):
        size = bits[m]
        msg_type[m] = uint_at(words, base[m], 0, 6) if size >= 6 else -1
        if size < 38:
            out[m] = TOO_SHORT
            continue
        slot = by_type[msg_type[m]]
        if slot == SLOT_24A:
            part = uint_at(words, base[m], 38, 2)
            if size < 40 or part > 1:
                out[m] = BAD_PART if size >= 40 else BAD_LENGTH
                continue
            if part == 1:
                # 98xxxxxxx is a craft of a mother ship (M.1371-5 Annex 8 table 79 note 3).
                mmsi = uint_at(words, base[m], 8, 30)
                slot = SLOT_24B_AUX if mmsi // 10_000_000 == 98 else SLOT_24B
        if slot < 0:
            out[m] = UNKNOWN_TYPE
        elif (
            size < low[slot]
            or size > high[slot]
            or (only[slot, 0] >= 0 and size != only[slot, 0] and size != only[slot, 1])
        ):
            out[m] = BAD_LENGTH
        else:
            out[m] = slot
    return out


def slots(words: U64, base: I32, bits: I32) -> tuple[I32, I32]:
    """(slot or verdict, message type) of n packed messages; see ``bits.pack`` for the packing."""
    msg_type = np.empty(len(base), np.int32)
    found = classify(words, base, bits, _SLOT_BY_TYPE, _MIN_BITS, _MAX_BITS, _ONLY, msg_type)
    return found, msg_type
