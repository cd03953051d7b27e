"""Which places can matter at a point: discs of places in cells of about 5.5 km, in a hash table over the whole globe.

Decides: every cell that a disc can touch bears a note of its place, so that one look tells that nothing is near, or
what has to be measured. Cells keep their width in metres towards the poles; the antimeridian is an ordinary place.
Refuses: to measure. Source: none. Known failures: a border of more than MAX_PIECES pieces is refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I32, I64

__all__ = ["ReachTable", "build_reach_table", "noted_at", "pieces_of_edges"]

CELL_DEG = 0.05
"""Height of a cell, 5.5 km: what reaches 4 km lies in three rows of them; its width follows the latitude."""
ROWS = int(180 / CELL_DEG)
METRES_A_DEGREE = 110_500.0
"""Fewest metres in a degree of latitude."""
MAX_PIECES = 2_000_000
"""Most pieces of one border or line."""
PIECE_M = 2_000.0
"""Longest piece of an edge that is noted as one disc, where the caller asks for no other."""
EMPTY = -1


class ReachTable(NamedTuple):
    """The table.

    columns   int64[ROWS]     cells in a row
    slot      int64[m]        hash table: key of a cell (row * 2**20 + column), EMPTY = free
    start     int64[m + 1]    what is noted there, in ``noted``
    noted     int32[k]        numbers of places, ascending, each once a cell
    """

    columns: I64
    slot: I64
    start: I64
    noted: I32


@inner
def _row(lat: float) -> int:
    return min(ROWS - 1, max(0, math.floor((lat + 90.0) / CELL_DEG)))


@inner
def _key(columns: I64, lon: float, lat: float) -> int:
    row = _row(lat)
    turn = ((lon + 180.0) % 360.0) / 360.0
    return int(row * 1_048_576 + min(columns[row] - 1, int(turn * columns[row])))


@kernel
def _columns() -> I64:
    """Cells in each row: at least CELL_DEG wide on the ground at the end nearer to the pole, one at the pole."""
    out = np.empty(ROWS, np.int64)
    for row in range(ROWS):
        south = -90.0 + row * CELL_DEG
        far = max(abs(south), abs(south + CELL_DEG))
        out[row] = max(1, int(360.0 / CELL_DEG * math.cos(math.radians(far))))
    return out


@kernel
def _notes(columns: I64, lon: F64, lat: F64, number: I32, reach_m: F64, keys: I64, whose: I32) -> int:
    """Keys of all cells that a disc round each place can touch; only counts while ``keys`` has no room."""
    n = 0
    for i in range(len(lon)):
        up = reach_m[i] / METRES_A_DEGREE
        for row in range(_row(lat[i] - up), _row(lat[i] + up) + 1):
            south = -90.0 + row * CELL_DEG
            far = min(90.0, max(abs(south), abs(south + CELL_DEG), abs(lat[i]) + up))
            slim = math.cos(math.radians(far))
            total = columns[row]
            reach = total
            if slim * 360.0 * METRES_A_DEGREE > 4 * reach_m[i]:
                reach = min(total, math.ceil(reach_m[i] / (METRES_A_DEGREE * slim) / 360.0 * total) + 1)
            middle = int(((lon[i] + 180.0) % 360.0) / 360.0 * total)
            first, last = middle - reach, middle + reach
            if last - first + 1 >= total:
                first, last = 0, total - 1
            for column in range(first, last + 1):
                if n < len(keys):
                    keys[n] = row * 1_048_576 + column % total
                    whose[n] = number[i]
                n += 1
    return n


@inner
def _find(slot: I64, key: int) -> int:
    """Place of a key in the hash table, or of the free slot where it belongs."""
    mask = len(slot) - 1
    at = (key * 0x9E3779B1 >> 7) & mask
    while slot[at] != EMPTY and slot[at] != key:
        at = (at + 1) & mask
    return at


@kernel
def _fill(slot: I64, key: I64) -> I64:
    """Put keys (ascending, each once) into the table; where each went."""
    out = np.empty(len(key), np.int64)
    for i in range(len(key)):
        at = _find(slot, key[i])
        slot[at] = key[i]
        out[i] = at
    return out


def pieces_of_edges(shapes: Sequence[F64], piece_m: float = PIECE_M) -> tuple[F64, F64, I32, F64]:
    """Middles of pieces of borders or lines, whose they are, and half a piece's length in metres. ``shapes`` are edges,
    float64[e, 4] each. Raises ValueError over MAX_PIECES."""
    lon, lat, whose, half = [], [], [], []
    for k, edges in enumerate(shapes):
        up = np.abs(edges[:, 3] - edges[:, 1]) * 111_700.0
        flat = np.cos(np.radians(np.minimum(np.abs(edges[:, 1]), np.abs(edges[:, 3]))))
        long_m = up + np.abs(edges[:, 2] - edges[:, 0]) * 111_700.0 * flat
        parts = np.maximum(1, np.ceil(long_m / piece_m)).astype(np.int64)
        if parts.sum() > MAX_PIECES:
            raise ValueError(f"a border or line is longer than {MAX_PIECES * piece_m / 1000:g} km")
        rows = np.repeat(np.arange(len(edges)), parts)
        share = (np.arange(len(rows)) - np.repeat(np.cumsum(parts) - parts, parts) + 0.5) / parts[rows]
        e = edges[rows]
        lon.append(e[:, 0] + share * (e[:, 2] - e[:, 0]))
        lat.append(e[:, 1] + share * (e[:, 3] - e[:, 1]))
        whose.append(np.full(len(rows), k, np.int32))
        half.append(long_m[rows] / parts[rows] / 2)
    if not lon:
        none = np.zeros(0)
        return none, none, np.zeros(0, np.int32), none
    return np.concatenate(lon), np.concatenate(lat), np.concatenate(whose), np.concatenate(half)


def build_reach_table(lon: F64, lat: F64, number: I32, reach: F64) -> ReachTable:
    """The table of discs of so many metres (``reach``) round points in degrees; ``number`` says whose each is."""
    columns = _columns()
    room = _notes(columns, lon, lat, number, reach, np.zeros(0, np.int64), np.zeros(0, np.int32))
    keys, whose = np.empty(room, np.int64), np.empty(room, np.int32)
    _notes(columns, lon, lat, number, reach, keys, whose)
    order = np.lexsort((whose, keys))
    keys, whose = keys[order], whose[order]
    fresh = np.ones(room, bool)
    fresh[1:] = (np.diff(keys) != 0) | (np.diff(whose) != 0)
    keys, whose = keys[fresh], whose[fresh]
    cell, first = np.unique(keys, return_index=True)
    count = np.diff(np.append(first, len(keys)))
    slot = np.full(1 << max(4, int(2 * len(cell) + 1).bit_length()), EMPTY, np.int64)
    at = _fill(slot, cell)
    sizes = np.zeros(len(slot), np.int64)
    sizes[at] = count
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    noted = np.empty(len(keys), np.int32)
    noted[np.repeat(start[at] - first, count) + np.arange(len(keys))] = whose
    return ReachTable(columns, slot, start, noted)


@inner
def noted_at(table: ReachTable, lon: float, lat: float) -> tuple[int, int]:
    """First and end of the notes at a point (degrees) in ``table.noted``; two zeros when nothing is near."""
    at = _find(table.slot, _key(table.columns, lon, lat))
    if table.slot[at] == EMPTY:
        return 0, 0
    return table.start[at], table.start[at + 1]
