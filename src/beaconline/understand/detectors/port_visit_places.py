"""Ports and anchorages ready for kernels: how far is the nearest one, asked for every fix of a run.

Decides: the nearest point or area within a reach, exact by straight distance (under 0.2 mm off the geodesic at 4 km).
Points and borders are noted in every cell of a grid that they can matter in, so that one look answers for a place far
from all. Also decides which port a place is called by: points within a reach of an earlier one bear its name, so that
each berth of a dense table is not a port of its own. Refuses: names and states.
Source: behaviours page (3 km, 4 km); masks and zones as loaded. Known failures: a chain of neighbouring points is cut
into ports of one reach each, in the order of the table; a border longer than MAX_PIECES pieces of 2 km is refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from beaconline.foundation.geo.area_grid import AreaGrid, build_area_grid, cell_of, entry_holds
from beaconline.foundation.geo.geodesy import F64, ecef_point
from beaconline.foundation.geo.nearest_edge import EdgeTrees, build_edge_trees, nearest_point
from beaconline.foundation.geo.zones import Zone
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.context.masks import MaskShape

__all__ = ["PORT_ZONES", "Harbours", "Place", "build_harbours", "nearest", "place_of"]

PORT_ZONES = ("port", "anchorage")
"""Kinds of zone that count as one."""
CELL_DEG = 0.05
"""Height of a cell: 5.5 km, so that what matters within 4 km lies in three rows; its width follows the latitude."""
ROWS = int(180 / CELL_DEG)
METRES_A_DEGREE = 110_500.0
"""Fewest metres in a degree of latitude."""
MAX_PIECES = 2_000_000
"""Most notes of one kind of place: 50 MB."""
PIECE_M = 2_000.0
EMPTY = -1


class Place(NamedTuple):
    """One port or anchorage: kind, who says so, where; ``zone`` is the zone's name, or "" for a mask."""

    kind: str
    source: str
    lon_deg: float
    lat_deg: float
    zone: str


class Harbours(NamedTuple):
    """The index. Places 0..p-1 are points, p.. are areas.

    xyz       float64[p, 3]   ECEF metres of the points
    grid, trees               of the areas
    from_us, until_us int64[a]  when an area is valid
    columns   int64[ROWS]     cells in a row
    slot      int64[m]        hash table: key of a cell (row * 2**20 + column), EMPTY = free
    start     int64[m + 1]    what is noted there, in ``noted``
    noted     int32[k]        numbers of places
    """

    xyz: F64
    grid: AreaGrid
    trees: EdgeTrees
    from_us: I64
    until_us: I64
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


@kernel
def _ecef(lon: F64, lat: F64) -> F64:
    out = np.empty((len(lon), 3))
    for i in range(len(lon)):
        out[i, 0], out[i, 1], out[i, 2] = ecef_point(lon[i], lat[i])
    return out


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


def _border_points(shapes: Sequence[F64]) -> tuple[F64, F64, I32, F64]:
    """Middles of pieces of borders, whose they are, and half a piece's length in metres."""
    lon, lat, whose, half = [], [], [], []
    for k, edges in enumerate(shapes):
        up = np.abs(edges[:, 3] - edges[:, 1]) * 111_700.0
        flat = np.cos(np.radians(np.minimum(np.abs(edges[:, 1]), np.abs(edges[:, 3]))))
        long_m = up + np.abs(edges[:, 2] - edges[:, 0]) * 111_700.0 * flat
        parts = np.maximum(1, np.ceil(long_m / PIECE_M)).astype(np.int64)
        if parts.sum() > MAX_PIECES:
            raise ValueError(f"a port or anchorage has a border of more than {MAX_PIECES * PIECE_M / 1000:g} km")
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


@kernel
def _leaders(harbours: Harbours, lon: F64, lat: F64, reach_m: float) -> I32:
    """For each point the first point of the table within reach that leads itself, else itself."""
    out = np.empty(len(lon), np.int32)
    for i in range(len(lon)):
        out[i] = i
        at = _find(harbours.slot, _key(harbours.columns, lon[i], lat[i]))
        if harbours.slot[at] == EMPTY:
            continue
        best = reach_m * reach_m
        for k in range(harbours.start[at], harbours.start[at + 1]):
            j = harbours.noted[k]
            if j < i and j < len(lon) and out[j] == j:
                d = harbours.xyz[i] - harbours.xyz[j]
                d2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
                if d2 < best:
                    best, out[i] = d2, j
    return out


def _areas(masks: Sequence[MaskShape], zones: Sequence[Zone]) -> tuple[list[Place], list[F64], I64, I64]:
    """Places, edges and validity (from, until) of masks and zones with an area."""
    latest = np.iinfo(np.int64).max
    places, edges, valid = [], [], []
    for mask in masks:
        if mask.edges is not None:
            places.append(Place(mask.kind, mask.source, mask.lon_deg, mask.lat_deg, ""))
            edges.append(mask.edges)
            valid.append((NO_TIME, latest))
    for zone in zones:
        if zone.kind in PORT_ZONES:
            lon, lat = (float(v) for v in zone.rings[0][0])
            places.append(Place(zone.kind, f"zone of {zone.source}", lon, lat, zone.name))
            edges.append(zone.edges)
            since, until = zone.valid_from_us, zone.valid_until_us
            valid.append((NO_TIME if since is None else since, latest if until is None else until))
    limits = np.array(valid, np.int64).reshape(-1, 2)
    return places, edges, np.ascontiguousarray(limits[:, 0]), np.ascontiguousarray(limits[:, 1])


def _table(columns: I64, lon: F64, lat: F64, number: I32, reach: F64) -> tuple[I64, I64, I32]:
    """slot, start and noted of ``Harbours`` for discs of so many metres round places."""
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
    return slot, start, noted


def build_harbours(
    masks: Sequence[MaskShape], zones: Sequence[Zone], within_m: float
) -> tuple[Harbours, list[Place], I32]:
    """The index of ports and anchorages for distances up to ``within_m``; the places by number; and for each point the
    number of the one it is called by. Raises ValueError for a border too long."""
    points = [m for m in masks if m.edges is None]
    areas, borders, from_us, until_us = _areas(masks, zones)
    lon, lat = (np.array([getattr(m, c) for m in points], np.float64) for c in ("lon_deg", "lat_deg"))
    edges = np.concatenate(borders) if borders else np.zeros((0, 4))
    owner = np.repeat(np.arange(len(borders), dtype=np.int32), [len(b) for b in borders])
    b_lon, b_lat, whose, half = _border_points(borders)
    all_lon, all_lat = np.concatenate([lon, b_lon]), np.concatenate([lat, b_lat])
    number = np.concatenate([np.arange(len(lon), dtype=np.int32), (len(lon) + whose).astype(np.int32)])
    # A hair more: straight distance and degrees are rounded differently.
    reach = np.concatenate([np.full(len(lon), within_m), half + within_m]) * 1.001 + 1.0
    columns = _columns()
    slot, start, noted = _table(columns, all_lon, all_lat, number, reach)
    harbours = Harbours(
        _ecef(lon, lat), build_area_grid(edges, owner, len(borders)), build_edge_trees(edges, owner, len(borders)),
        from_us, until_us, columns, slot, start, noted,
    )  # fmt: skip
    places = [Place(m.kind, m.source, m.lon_deg, m.lat_deg, "") for m in points] + areas
    return harbours, places, _leaders(harbours, lon, lat, within_m)


@inner
def nearest(harbours: Harbours, lon: float, lat: float, t_us: int, within_m: float) -> tuple[float, int]:
    """(metres, number) of the nearest port or anchorage within so many metres (at most what the index was built for),
    0 inside an area; (-1, -1) when there is none."""
    best, number, points = within_m, -1, len(harbours.xyz)
    if len(harbours.from_us):
        cell, gx, gy = cell_of(harbours.grid, lon, lat)
        if cell >= 0:
            for entry in range(harbours.grid.cell_start[cell], harbours.grid.cell_start[cell + 1]):
                area = harbours.grid.entry_area[entry]
                valid = harbours.from_us[area] <= t_us < harbours.until_us[area]
                if valid and entry_holds(harbours.grid, entry, cell, gx, gy):
                    return 0.0, points + area
    at = _find(harbours.slot, _key(harbours.columns, lon, lat))
    if harbours.slot[at] == EMPTY:
        return -1.0, -1
    x, y, z = ecef_point(lon, lat)
    best2 = best * best
    for k in range(harbours.start[at], harbours.start[at + 1]):
        j = harbours.noted[k]
        if j < points:
            dx, dy, dz = harbours.xyz[j, 0] - x, harbours.xyz[j, 1] - y, harbours.xyz[j, 2] - z
            d2 = dx * dx + dy * dy + dz * dz
            if d2 < best2 or (number < 0 and d2 <= best2):
                best2, number = d2, j
        else:
            area = j - points
            if harbours.from_us[area] <= t_us < harbours.until_us[area]:
                metres, _, _ = nearest_point(harbours.trees, area, lon, lat, math.sqrt(best2))
                if metres >= 0.0:
                    best2, number = metres * metres, j
    return (math.sqrt(best2), number) if number >= 0 else (-1.0, -1)


@kernel
def place_of(harbours: Harbours, lon: float, lat: float, t_us: int, within_m: float) -> tuple[float, int]:
    """As ``nearest``, for one question from outside."""
    return nearest(harbours, lon, lat, t_us, within_m)
