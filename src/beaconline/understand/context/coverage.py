"""Who was heard where and when: a bounded memory of reception, learnt from the run's own rows and nothing else.

Decides: for a cell of 0.1 degree (the width in longitude follows the latitude, so that a cell is 6 nm wide everywhere),
a class of transmitter and a quarter of an hour: how many vessels were heard, and how many were missed. A vessel counts
once a quarter: as heard in the cell of its first fix, or, when none came, as missed where it was last heard, for 6 h; a
vessel that comes back elsewhere counts as missed along its way too, so that a hole which everybody crosses in silence
fills with misses. The harbour where ships switch off and the border of what is received so describe themselves.
Refuses: to look ahead (the answer at a row depends on the rows before it), and to guess about places where nobody was
heard. Source: share of vessels present that a receiver hears, as in published maps of AIS reception; cells, quarter and
memory are this module's choice. Known failures: a vessel alone in its sea says nothing of reception there; in the first
hours of a run the border of reception is not known yet; past MOST_CELLS new places are not learnt (``full`` counts).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from beaconline.foundation.records.report import SENSORS
from beaconline.foundation.table.kernels import kernel, lean_inner
from beaconline.foundation.table.reports import I8, I64

__all__ = [
    "CLASS_OF_SENSOR", "COLUMNS", "COMPATIBLE", "MISS_SLOTS", "MOST_CELLS", "N_CLASSES", "RING", "SLOT_US", "Cells",
    "Coverage", "band_of", "column_of", "find_row", "heard_at", "make_row", "miss_at", "missed_at",
    "note_heard", "note_miss", "take_miss_back",
]  # fmt: skip

SLOT_US = 900_000_000
"""A quarter of an hour, microseconds. Longer, and a silence of 2 h has too few of them to be judged; shorter than the
3 min at which ships at anchor report, and nobody is heard in every one."""
RING = 128
"""Quarters kept: 32 h. A silence that ends later is judged by what was known 12 h after it began."""
MISS_SLOTS = 24
"""Quarters for which a silent vessel counts as missed where it was last heard: 6 h. Longer, and one that sailed away
speaks about a place it has left long ago."""
CELL_DEG = 0.1
"""Cell height, degrees: 6 nm, a fraction of a coast station's range (20 to 40 nm) so that its border is seen."""
MOST_CELLS = 65_536
"""Cells (by class) of one run: 34 MB, a sea of 600 by 600 cells with traffic in a fifth of them."""

CLASS_OF_SENSOR: I8 = np.array(
    [{"ais_a": 0, "ais_b": 1, "ais": 2, "ais_sat": 3, "vms": 4}.get(name, -1) for name in SENSORS], np.int8
)
"""Class of a sensor's reports; -1 = not a transmitter that reports by itself (radar, imagery, sightings, shore)."""
N_CLASSES = 5
COMPATIBLE = np.array([[1, 1, 1, 0, 0], [0, 1, 1, 0, 0], [1, 1, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]], np.int8)
"""Row: class of the silent vessel; 1 = hearing that class proves that it would be heard too. Class B is weaker than A
(2 or 5 W against 12.5 W), so A heard proves nothing for B. Unknown class: taken as A."""

KEYS_AHEAD = 4
"""Hash table entries per cell row."""
NO_KEY = np.int64(-1)
BANDS = int(180 / CELL_DEG)
"""Bands of latitude."""
_MIDDLE_DEG = (np.arange(BANDS) + 0.5) * CELL_DEG - 90.0
COLUMNS = np.maximum(1, np.rint(np.cos(np.radians(_MIDDLE_DEG)) * 3_600)).astype(np.int64)
"""Cells around the globe in each band: as wide as high in the band's middle."""
_SPAN = 4096
"""More than the columns of any band (3,600)."""
_MIX = 0x9E3779B97F4A7C15 & 0x7FFFFFFFFFFFFFFF

U16 = npt.NDArray[np.uint16]


class Cells(NamedTuple):
    """Arrays of the memory as kernels take them; ``rows`` cells are in use.

    keys, row_of  open-addressed table, int64[4 k], int64[4 k]
    heard, missed uint16[k, RING] by quarter modulo RING
    latest        int64[k], latest quarter up to which a row's ring is valid
    seen          int64[k, 4]: the last vessel heard first in its quarter here: t_us, track code, lon_e7, lat_e7
    heads         int64[2]: rows in use, cells refused
    """

    keys: I64
    row_of: I64
    heard: U16
    missed: U16
    latest: I64
    seen: I64
    heads: I64


@dataclass(slots=True)
class Coverage:
    """State: the arrays of ``Cells``, grown by doubling."""

    keys: I64 = field(default_factory=lambda: np.full(64 * KEYS_AHEAD, NO_KEY, np.int64))
    row_of: I64 = field(default_factory=lambda: np.zeros(64 * KEYS_AHEAD, np.int64))
    heard: U16 = field(default_factory=lambda: np.zeros((64, RING), np.uint16))
    missed: U16 = field(default_factory=lambda: np.zeros((64, RING), np.uint16))
    latest: I64 = field(default_factory=lambda: np.zeros(64, np.int64))
    seen: I64 = field(default_factory=lambda: np.zeros((64, 4), np.int64))
    heads: I64 = field(default_factory=lambda: np.zeros(2, np.int64))

    def cells(self) -> Cells:
        """The arrays for a kernel."""
        return Cells(self.keys, self.row_of, self.heard, self.missed, self.latest, self.seen, self.heads)

    @property
    def full(self) -> int:
        """How often a new cell was refused because MOST_CELLS were in use."""
        return int(self.heads[1])

    def make_room(self, more: int) -> None:
        """Room for ``more`` new cells, as far as MOST_CELLS allows."""
        have, used = len(self.latest), int(self.heads[0])
        if used + more <= have or have >= MOST_CELLS:
            return
        size = have
        while size < min(used + more, MOST_CELLS):
            size *= 2
        size = min(size, MOST_CELLS)
        for name in ("heard", "missed", "latest", "seen"):
            old = getattr(self, name)
            new = np.zeros((size, *old.shape[1:]), old.dtype)
            new[:have] = old
            setattr(self, name, new)
        keys, row_of = np.full(size * KEYS_AHEAD, NO_KEY, np.int64), np.zeros(size * KEYS_AHEAD, np.int64)
        _copy_table(self.keys, self.row_of, used, keys, row_of)
        self.keys, self.row_of = keys, row_of


@lean_inner
def _slot_of_key(keys: I64, key: int) -> int:
    """Where a key stands, or would stand, in an open-addressed table whose length is a power of two."""
    mask = len(keys) - 1
    at = ((key * _MIX) >> 20) & mask
    while keys[at] != NO_KEY and keys[at] != key:
        at = (at + 1) & mask
    return at


@kernel
def _copy_table(old_keys: I64, old_rows: I64, used: int, keys: I64, row_of: I64) -> None:
    """Put the cells of one table into a larger one, by row, so that it does not depend on how it grew."""
    by_row = np.full(used, NO_KEY, np.int64)
    for at in range(len(old_keys)):
        if old_keys[at] != NO_KEY:
            by_row[old_rows[at]] = old_keys[at]
    for row in range(used):
        at = _slot_of_key(keys, by_row[row])
        keys[at], row_of[at] = by_row[row], row


@lean_inner
def band_of(lat_deg: float) -> int:
    """Band of latitude, 0 at the south pole."""
    return min(BANDS - 1, max(0, int((lat_deg + 90.0) / CELL_DEG)))


@lean_inner
def column_of(lon_deg: float, columns: int) -> int:
    """Column of a longitude in a band of so many."""
    return int((lon_deg + 540.0) % 360.0 / 360.0 * columns) % columns


@lean_inner
def _key(band: int, column: int, kind: int) -> int:
    return (band * _SPAN + column) * N_CLASSES + kind


@lean_inner
def find_row(cells: Cells, band: int, column: int, kind: int) -> int:
    """Row of a cell and class, -1 = nothing was ever noted there."""
    at = _slot_of_key(cells.keys, _key(band, column, kind))
    return cells.row_of[at] if cells.keys[at] != NO_KEY else -1


@lean_inner
def make_row(cells: Cells, lon_deg: float, lat_deg: float, kind: int, slot: int) -> int:
    """Row of the cell of a place, made when it is new; -1 when no more cells can be kept."""
    band = band_of(lat_deg)
    key = _key(band, column_of(lon_deg, COLUMNS[band]), kind)
    at = _slot_of_key(cells.keys, key)
    if cells.keys[at] != NO_KEY:
        return int(cells.row_of[at])
    row = cells.heads[0]
    if row >= len(cells.latest):
        cells.heads[1] += 1
        return -1
    cells.heads[0] += 1
    cells.keys[at], cells.row_of[at] = key, row
    cells.latest[row] = slot
    return int(row)


@lean_inner
def _reach(cells: Cells, row: int, slot: int) -> bool:
    """Make a row's ring valid up to a quarter; False when the quarter is forgotten."""
    latest = cells.latest[row]
    if slot > latest:
        for s in range(max(latest + 1, slot - RING + 1), slot + 1):
            cells.heard[row, s % RING], cells.missed[row, s % RING] = 0, 0
        cells.latest[row] = slot
        return True
    return bool(slot > latest - RING)


@lean_inner
def note_heard(cells: Cells, row: int, slot: int, t_us: int, track: int, lon_e7: int, lat_e7: int) -> None:
    """A vessel's first fix of a quarter."""
    if row >= 0 and _reach(cells, row, slot):
        if cells.heard[row, slot % RING] < 65_535:
            cells.heard[row, slot % RING] += 1
        seen = cells.seen[row]
        seen[0], seen[1], seen[2], seen[3] = t_us, track, lon_e7, lat_e7


@lean_inner
def note_miss(cells: Cells, row: int, slot: int) -> None:
    """A vessel that was not heard in a quarter and is taken to have been here."""
    if row >= 0 and _reach(cells, row, slot) and cells.missed[row, slot % RING] < 65_535:
        cells.missed[row, slot % RING] += 1


@lean_inner
def take_miss_back(cells: Cells, row: int, slot: int) -> None:
    """The vessel came back, and was elsewhere in that quarter."""
    latest = cells.latest[row]
    if latest - RING < slot <= latest and cells.missed[row, slot % RING] > 0:
        cells.missed[row, slot % RING] -= 1


@lean_inner
def miss_at(cells: Cells, lon_deg: float, lat_deg: float, kind: int, slot: int) -> None:
    """The same, by place."""
    note_miss(cells, make_row(cells, lon_deg, lat_deg, kind, slot), slot)


@lean_inner
def heard_at(cells: Cells, row: int, slot: int) -> int:
    """Vessels heard in a row's cell in a quarter."""
    latest = cells.latest[row]
    return int(cells.heard[row, slot % RING]) if latest - RING < slot <= latest else 0


@lean_inner
def missed_at(cells: Cells, row: int, slot: int) -> int:
    """Vessels missed in a row's cell in a quarter."""
    latest = cells.latest[row]
    return int(cells.missed[row, slot % RING]) if latest - RING < slot <= latest else 0
