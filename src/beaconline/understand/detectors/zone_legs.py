"""A leg against zones, compiled: which zones lie near it, where it meets their edges, how it is cut into pieces.

Decides: a piece up to 20 km is straight in degrees; a longer leg is cut on its great circle. Refuses: states and times.
Source: conventions of geometry on the house page. Known failures: nearer than a degree to a pole pieces are coarse.
"""

from __future__ import annotations

import math

from beaconline.foundation.geo.area_grid import AreaGrid, cell_of, entry_holds
from beaconline.foundation.geo.geodesy import A_M, E2, F64, distance_m, ecef_point, lonlat_of
from beaconline.foundation.table.kernels import inner
from beaconline.foundation.table.reports import I32, I64

__all__ = ["cell_is_empty", "crossings", "in_zone", "leg_m", "near_zones", "pieces_of", "point_between"]

MAX_PIECE_M = 20_000.0
"""Longest piece of a leg taken as straight in degrees: 8 m off at latitude 45, shortened towards the poles."""
MAX_PIECES = 1_000
"""Most pieces of one leg: 20,000 km at the equator; only a jump that is refused anyway would need more."""


@inner
def in_zone(grid: AreaGrid, zone: int, lon: float, lat: float) -> bool:
    cell, x, y = cell_of(grid, lon, lat)
    if cell >= 0:
        for entry in range(grid.cell_start[cell], grid.cell_start[cell + 1]):
            if grid.entry_area[entry] == zone:
                return entry_holds(grid, entry, cell, x, y)
    return False


@inner
def cell_is_empty(grid: AreaGrid, lon: float, lat: float) -> bool:
    """Whether no zone touches the cell of a point."""
    cell, _, _ = cell_of(grid, lon, lat)
    return bool(cell < 0 or grid.cell_start[cell] == grid.cell_start[cell + 1])


@inner
def _span(grid: AreaGrid, x1: float, y1: float, x2: float, y2: float) -> tuple[int, int, int, int]:
    """Cells (first and last column, first and last row) of the box round a piece; empty when the first is larger."""
    lo, hi = min(y1, y2), max(y1, y2)
    if hi < grid.south or lo > grid.south + grid.ny * grid.dy or max(x1, x2) < 0.0 or min(x1, x2) > grid.nx * grid.dx:
        return 0, -1, 0, -1
    i0 = max(0, math.floor(min(x1, x2) / grid.dx - 1e-6))
    i1 = min(grid.nx - 1, math.floor(max(x1, x2) / grid.dx + 1e-6))
    j0 = max(0, math.floor((lo - grid.south) / grid.dy - 1e-6))
    j1 = min(grid.ny - 1, math.floor((hi - grid.south) / grid.dy + 1e-6))
    return i0, i1, j0, j1


@inner
def near_zones(grid: AreaGrid, x1: float, y1: float, x2: float, y2: float, seen: I64, turn: int, out: I32) -> int:
    """Zones of all cells that the box round a piece touches, put in ``out`` once each; ``seen`` holds earlier turns."""
    n = 0
    for shift in (-360.0, 0.0, 360.0):
        i0, i1, j0, j1 = _span(grid, x1 + shift, y1, x2 + shift, y2)
        for j in range(j0, j1 + 1):
            for entry in range(grid.cell_start[j * grid.nx + i0], grid.cell_start[j * grid.nx + i1 + 1]):
                zone = grid.entry_area[entry]
                if seen[zone] != turn:
                    seen[zone] = turn
                    out[n] = zone
                    n += 1
    return n


@inner
def crossings(grid: AreaGrid, zone: int, x1: float, y1: float, x2: float, y2: float, shares: F64) -> int:
    """Shares of the way (0..1) at which a piece meets edges of a zone, put in ``shares``; an edge may come twice."""
    n, ux, uy = 0, x2 - x1, y2 - y1
    for shift in (-360.0, 0.0, 360.0):
        i0, i1, j0, j1 = _span(grid, x1 + shift, y1, x2 + shift, y2)
        for j in range(j0, j1 + 1):
            for entry in range(grid.cell_start[j * grid.nx + i0], grid.cell_start[j * grid.nx + i1 + 1]):
                if grid.entry_area[entry] != zone:
                    continue
                for k in range(grid.entry_edge[entry], grid.entry_edge[entry + 1]):
                    e = grid.edges[grid.listed[k]]
                    vx, vy = e[2] - e[0], e[3] - e[1]
                    det = ux * vy - uy * vx
                    if det == 0.0:
                        continue
                    wx, wy = e[0] - x1 - shift, e[1] - y1
                    s, g = (wx * vy - wy * vx) / det, (wx * uy - wy * ux) / det
                    if 0.0 < s < 1.0 and -1e-12 <= g <= 1.0 + 1e-12:
                        if n < len(shares):
                            shares[n] = s
                        n += 1
    return n


@inner
def leg_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres between two points: the geodesic, or below 5 km and 80 degrees the plane tangent halfway (within 1e-6 of
    it), which is ten times quicker."""
    mean, dlat = math.radians((lat1 + lat2) / 2), math.radians(lat2 - lat1)
    if abs(dlat) > 8e-4 or abs(mean) > 1.4:
        return distance_m(lon1, lat1, lon2, lat2)
    s, c = math.sin(mean), math.cos(mean)
    w = 1 - E2 * s * s
    east = A_M / math.sqrt(w) * c * math.radians((lon2 - lon1 + 540.0) % 360.0 - 180.0)
    if abs(east) > 5_000.0:
        return distance_m(lon1, lat1, lon2, lat2)
    north = A_M * (1 - E2) / (w * math.sqrt(w)) * dlat
    return math.hypot(east, north)


@inner
def pieces_of(length_m: float, lat1: float, lat2: float) -> int:
    """Into how many pieces a leg is cut: the sagitta of a great circle against a straight line in degrees is
    length^2 / 8R x tan(latitude)."""
    steep = math.tan(math.radians(min(89.0, max(abs(lat1), abs(lat2)))))
    longest = MAX_PIECE_M if steep <= 1.0 else MAX_PIECE_M / math.sqrt(steep)
    return max(1, min(MAX_PIECES, math.ceil(length_m / longest)))


@inner
def point_between(lon1: float, lat1: float, lon2: float, lat2: float, share: float) -> tuple[float, float]:
    """Degrees of the point at a share of the chord between two points; its longitude is unwrapped next to ``lon1``."""
    ax, ay, az = ecef_point(lon1, lat1)
    bx, by, bz = ecef_point(lon2, lat2)
    lon, lat = lonlat_of(ax + share * (bx - ax), ay + share * (by - ay), az + share * (bz - az))
    return lon1 + (lon - lon1 + 540.0) % 360.0 - 180.0, lat
