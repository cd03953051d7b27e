"""Areas: spots where hulls held, without a word on when or of which force.

Decides: slow slots of all hulls are gathered in cells of half a mile; a spot is the cell with most different hulls
within a mile of it, and no nearer to a denser spot than 4 nm (12 nm where fewer than four hulls held); its area is
every cell within 12 nm. Refuses: to look at times or forces here: both are shuffled by the tests that follow, and an
area chosen by them would make chance look like purpose. Source: behaviours page (12 nm); the rest is arithmetic.
Known failures: cells have fixed edges, so a spot's centre may differ by half a mile when a scene is moved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from beaconline.foundation.geo.geodesy import F64, NM_M
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64

__all__ = ["Cells", "cells_of", "spots"]

CELL_M = NM_M / 2
"""Edge of a cube: half the distance that counts as one crowd."""
CROWD_M = NM_M
"""Hulls within this of a cell count for its density."""
APART_M = 4 * NM_M
"""Spots with a crowd are at least so far apart: nearer ones share all but a rim of their areas."""
OFFSET = 1 << 14
SHIFT = 15
"""Cubes have numbers of 15 bits an axis: the earth is 13,800 of them wide."""


@dataclass(slots=True)
class Cells:
    """c cells in order of their cubes: centre of the rows in them (ECEF metres, c x 3), their cube, the cell of each
    row (int64[n]), and for each cell a stretch of hulls with the number of rows of each."""

    centre: F64
    key: I64
    of_row: I64
    begin: I64
    hull: I32
    rows: I64

    def __len__(self) -> int:
        return len(self.key)


def cells_of(hull: I32, xyz: F64) -> Cells:
    """Cells of n rows (index of the hull, ECEF metres)."""
    cube = np.floor(xyz / CELL_M).astype(np.int64) + OFFSET
    keys = (cube[:, 0] << (2 * SHIFT)) | (cube[:, 1] << SHIFT) | cube[:, 2]
    key, of_row = np.unique(keys, return_inverse=True)
    of_row = of_row.astype(np.int64).reshape(-1)
    count = np.bincount(of_row, minlength=len(key))
    centre = np.stack([np.bincount(of_row, xyz[:, d], len(key)) / np.maximum(count, 1) for d in range(3)], axis=1)
    pair, rows = np.unique(of_row * (int(hull.max()) + 1 if len(hull) else 1) + hull, return_counts=True)
    base = int(hull.max()) + 1 if len(hull) else 1
    begin = np.searchsorted(pair // base, np.arange(len(key) + 1)).astype(np.int64)
    return Cells(centre, key, of_row, begin, (pair % base).astype(np.int32), rows.astype(np.int64))


@kernel
def _density(centre: F64, key: I64, begin: I64, hull: I32, hulls: int, reach2: float) -> I64:
    """Different hulls within reach of each cell's centre (by the centres of their cells)."""
    out = np.zeros(len(key), np.int64)
    seen = np.full(hulls, -1, np.int64)
    for c in range(len(key)):
        n = 0
        for dx in range(-3, 4):
            for dy in range(-3, 4):
                # The third axis runs on in the keys: one stretch of cells for each column of cubes.
                base = key[c] + (dx << (2 * SHIFT)) + (dy << SHIFT)
                lo, hi = np.searchsorted(key, base - 3), np.searchsorted(key, base + 4)
                for other in range(lo, hi):
                    if ((centre[other] - centre[c]) ** 2).sum() <= reach2:
                        for at in range(begin[other], begin[other + 1]):
                            if seen[hull[at]] != c:
                                seen[hull[at]] = c
                                n += 1
        out[c] = n
    return out


@kernel
def _pick(centre: F64, order: I64, dense: I64, crowd: int, near2: float, far2: float, most: int) -> I64:
    """Cells that are spots, in order; at most so many."""
    out = np.empty(min(len(order), most), np.int64)
    n = 0
    for c in order:
        free = True
        limit = near2 if dense[c] >= crowd else far2
        for k in range(n):
            if ((centre[out[k]] - centre[c]) ** 2).sum() < limit:
                free = False
                break
        if free:
            if n == len(out):
                break
            out[n] = c
            n += 1
    return out[:n]


def spots(cells: Cells, hulls: int, crowd: int, radius_m: float, most: int) -> tuple[I64, I64]:
    """(cells that are spots, densest first; different hulls within a mile of each cell)."""
    dense = _density(cells.centre, cells.key, cells.begin, cells.hull, hulls, CROWD_M * CROWD_M)
    total = np.add.reduceat(cells.rows, cells.begin[:-1]) if len(cells) else np.zeros(0, np.int64)
    order = np.lexsort((cells.key, -total, -dense)).astype(np.int64)
    return _pick(cells.centre, order, dense, crowd, APART_M**2, radius_m**2, most), dense
