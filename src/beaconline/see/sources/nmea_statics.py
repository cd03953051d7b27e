"""What AIS messages say of their ship, as codes of static records.

Decides: which raw values are known (a filler, a blank, a number that is no IMO number are not). Refuses: to join what
two messages say; each record holds one message's fields. Source: ITU-R M.1371-5 tables 52, 71, 73, 78, 79.
Known failures: a ship that sends its reference point as zero has the length of what it sent.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from beaconline.foundation.table.reports import I32, Static, StaticPool
from beaconline.foundation.wire.ais import registry as tables
from beaconline.foundation.wire.ais.decode import Messages, ints, text_bytes
from beaconline.foundation.wire.ais.layout import ABSENT
from beaconline.see.sources.nmea_stations import intern_slices

__all__ = ["STATIC_SLOTS", "Ships"]

STATIC_SLOTS: Final = (
    tables.slot_of_type(5),
    tables.slot_of_type(19),
    tables.slot_of_type(21),
    tables.SLOT_24A,
    tables.SLOT_24B,
    tables.SLOT_24B_AUX,
)
"""Bit tables that hold static fields."""

MAX_REMEMBERED: Final = 200_000
"""Records whose bits are remembered, so that a ship's unchanged static message costs no new object (100 bytes each)."""

_NUMBERS: Final = ("imo", "shiptype", "to_bow", "to_stern", "to_port", "to_starboard", "draught")


class Ships:
    """Static records of one input, by their bits."""

    def __init__(self, pool: StaticPool) -> None:
        self._pool = pool
        self._known: dict[bytes, int] = {}

    def codes(self, messages: Messages, slot: int, rows: I32) -> I32:
        """Code in the pool of what each message says of its ship, int32[len(rows)]."""
        aid = slot == tables.slot_of_type(21)
        named = {f.name for f in tables.LAYOUTS[slot].fields}
        # The sides of an aid to navigation are those of a buoy or a platform, of no ship: its name alone is kept.
        wanted = () if aid else tuple(n for n in _NUMBERS if n in named)
        numbers = ints(messages, slot, rows, wanted) if wanted else {}
        name = "name" if aid else "shipname"
        texts = {n: text_bytes(messages, slot, rows, n) for n in ("callsign", name) if n in named}
        # One byte row a message: equal rows are one record, so that Python sees each record once.
        columns = [np.ascontiguousarray(c, np.int32).view(np.uint8).reshape(len(rows), 4) for c in numbers.values()]
        table = np.concatenate((*columns, *texts.values()), axis=1)
        width = table.shape[1]
        start = np.arange(len(rows), dtype=np.int64) * width
        code, first = intern_slices(table.ravel(), start, np.full(len(rows), width, np.int64))
        blob = table.tobytes()
        known = np.empty(len(first), np.int32)
        for j, i in enumerate(first.tolist()):
            key = bytes([slot]) + blob[i * width : (i + 1) * width]
            found = self._known.get(key)
            if found is None:
                one = {n: int(c[i]) for n, c in numbers.items()}
                words = {n: bytes(t[i]).rstrip(b"\0").decode("ascii") for n, t in texts.items()}
                found = self._pool.code(_static(one, words.get("callsign"), words.get(name)))
                if len(self._known) >= MAX_REMEMBERED:
                    self._known.clear()
                self._known[key] = found
            known[j] = found
        return known[code]


def _static(one: dict[str, int], callsign: str | None, name: str | None) -> Static:
    def known(field: str, low: int = 1, high: int = 1 << 30) -> int | None:
        raw = one.get(field, 0)
        return raw if raw != ABSENT and low <= raw <= high else None

    def side(a: str, b: str) -> int | None:
        metres = max(one.get(a, 0), 0) + max(one.get(b, 0), 0)
        return metres * 10 if metres else None

    return Static(
        # Other numbers in this field are a flag state's own (M.1371-5 table 52), no IMO number.
        imo=known("imo", 1_000_000, 9_999_999),
        callsign=callsign or None,
        name=name or None,
        ship_type=known("shiptype", 1, 99),
        length_dm=side("to_bow", "to_stern"),
        beam_dm=side("to_port", "to_starboard"),
        draught_dm=known("draught"),
    )
