"""Which areas hold a point: polygons' edges in a grid of cells, one kernel for coast and zones.

Decides: a point is inside an area when an even-odd walk says so, edges straight in longitude and latitude as GeoJSON
has them. Longitudes are taken modulo 360, so the antimeridian is an ordinary place. Refuses: distances (nearest_edge).
How: each cell knows for every area that touches it whether its south-west corner is inside and which edges pass
through it; a point walks from that corner along two sides of a box inside the cell and counts the edges it crosses. One
side-of-edge predicate serves every step of the walk, so rounding cannot make two steps disagree.
Known failures: a point exactly on an edge may be told either way (always the same way). The north pole counts as
outside: an area around it must be closed along latitude 90.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I8, I32, I64

__all__ = ["AreaGrid", "areas_at", "build_area_grid", "cell_of", "entry_holds", "inside_any"]

MIN_CELLS = 1 << 12
MAX_CELLS = 1 << 20
"""Fewest and most cells of a grid. One million are 0.25 degree over the globe and 9 MB of offsets; with more, the
offsets leave the processor's cache, with fewer, cells hold too many edges."""
CELLS_AN_EDGE = 4
SLACK = 1e-6
"""Cells by which an edge's reach is widened when it is put into cells: above rounding (1e-13), below a cell."""
MAX_LISTED = 1 << 26
"""Most (cell, area) entries and most listed edges of one grid: 67 million are 0.8 GB. More is refused."""


Flags = npt.NDArray[np.bool_]
Cells = tuple[float, float, float, int, int]
"""south, dx, dy, nx, ny of a grid while it is built."""


class AreaGrid(NamedTuple):
    """The index. x is degrees east of ``west`` in [0, 360); y is latitude.

    west, south, dx, dy, nx, ny   the cells
    cell_start   int64[nx * ny + 1]   entries of a cell
    entry_area   int32[m]             which area
    entry_inside int8[m]              1 = the cell's south-west corner is inside that area
    entry_edge   int64[m + 1]         edges of an entry in ``listed``; none and inside = the area covers the cell
    listed       int32[k]             rows of ``edges``
    edges        float64[e, 4]        x1, y1, x2, y2; x unwrapped, so below 0 or above 360 across the seam
    """

    west: float
    south: float
    dx: float
    dy: float
    nx: int
    ny: int
    cell_start: I64
    entry_area: I32
    entry_inside: I8
    entry_edge: I64
    listed: I32
    edges: F64


@inner
def cell_of(grid: AreaGrid, lon: float, lat: float) -> tuple[int, float, float]:
    """(cell, x, y) of a point in degrees; cell -1 when it lies off the grid."""
    x = (lon - grid.west) % 360.0
    if lat < grid.south or lat > grid.south + grid.ny * grid.dy or x > grid.nx * grid.dx:
        return -1, x, lat
    i = min(int(x / grid.dx), grid.nx - 1)
    j = min(int((lat - grid.south) / grid.dy), grid.ny - 1)
    return j * grid.nx + i, x, lat


@inner
def _left(e: F64, x: float, y: float) -> bool:
    """Whether a point lies left of an edge. A point on it is taken a hair east (and a smaller hair north), as ``<=``
    does in the crossing tests, so that edges along cell borders are told the same way by every step."""
    rise = e[3] - e[1]
    cross = (e[2] - e[0]) * (y - e[1]) - rise * (x - e[0])
    if cross == 0.0:
        return bool(rise < 0.0 or (rise == 0.0 and e[2] > e[0]))
    return bool(cross > 0.0)


@inner
def entry_holds(grid: AreaGrid, entry: int, cell: int, x: float, y: float) -> bool:
    """Whether the area of an entry of this cell holds the point (x, y) of the cell."""
    inside = bool(grid.entry_inside[entry] == 1)
    x0 = (cell % grid.nx) * grid.dx
    y0 = grid.south + (cell // grid.nx) * grid.dy
    for k in range(grid.entry_edge[entry], grid.entry_edge[entry + 1]):
        e = grid.edges[grid.listed[k]]
        up = (e[0] <= x0) != (e[2] <= x0)
        across = (e[1] <= y) != (e[3] <= y)
        if up or across:
            bend = _left(e, x0, y)
            if up and _left(e, x0, y0) != bend:
                inside = not inside
            if across and bend != _left(e, x, y):
                inside = not inside
    return inside


@kernel
def areas_at(grid: AreaGrid, lon: float, lat: float, out: I32) -> int:
    """Number of areas that hold a point; the first ``len(out)`` of them, ascending, are put in ``out``."""
    cell, x, y = cell_of(grid, lon, lat)
    if cell < 0:
        return 0
    n = 0
    for entry in range(grid.cell_start[cell], grid.cell_start[cell + 1]):
        if entry_holds(grid, entry, cell, x, y):
            if n < len(out):
                out[n] = grid.entry_area[entry]
            n += 1
    return n


@kernel
def inside_any(grid: AreaGrid, lon: F64, lat: F64) -> npt.NDArray[np.bool_]:
    """bool[n]: whether any area holds each point."""
    out = np.zeros(len(lon), np.bool_)
    for i in range(len(lon)):
        cell, x, y = cell_of(grid, lon[i], lat[i])
        if cell >= 0:
            for entry in range(grid.cell_start[cell], grid.cell_start[cell + 1]):
                if entry_holds(grid, entry, cell, x, y):
                    out[i] = True
                    break
    return out


@inner
def _row_span(e: F64, y_lo: float, y_hi: float, dx: float, nx: int) -> tuple[int, int]:
    """First and last column that an edge touches between two latitudes, with slack; empty when the first is larger."""
    x_a, x_b = e[0], e[2]
    if e[1] != e[3]:
        f_lo = min(1.0, max(0.0, (y_lo - e[1]) / (e[3] - e[1])))
        f_hi = min(1.0, max(0.0, (y_hi - e[1]) / (e[3] - e[1])))
        x_a, x_b = e[0] + f_lo * (e[2] - e[0]), e[0] + f_hi * (e[2] - e[0])
    lo, hi = min(x_a, x_b) / dx - SLACK, max(x_a, x_b) / dx + SLACK
    if hi < 0.0 or lo >= nx:
        return 0, -1
    return max(0, int(np.floor(lo))), min(nx - 1, int(np.floor(hi)))


@inner
def _rows(e: F64, south: float, dy: float, ny: int) -> tuple[int, int]:
    lo, hi = (min(e[1], e[3]) - south) / dy - SLACK, (max(e[1], e[3]) - south) / dy + SLACK
    return max(0, int(np.floor(lo))), min(ny - 1, int(np.floor(hi)))


@inner
def _flip_corners(e: F64, south: float, dx: float, dy: float, nx: int, ny: int, flip: I8) -> None:
    """Note for each column line an edge crosses the northernmost cell corner below it; all corners south of it flip."""
    first = max(0, int(np.floor(min(e[0], e[2]) / dx)) - 1)
    last = min(nx - 1, int(np.floor(max(e[0], e[2]) / dx)) + 1)
    for i in range(first, last + 1):
        x = i * dx
        if (e[0] <= x) == (e[2] <= x):
            continue
        y = e[1] + (x - e[0]) / (e[2] - e[0]) * (e[3] - e[1])
        above_is_left = _left(e, x, max(e[1], e[3]) + 1.0)
        j = min(ny - 1, max(-1, int(np.floor((y - south) / dy))))
        while j + 1 < ny and _left(e, x, south + (j + 1) * dy) != above_is_left:
            j += 1
        while j >= 0 and _left(e, x, south + j * dy) == above_is_left:
            j -= 1
        if j >= 0:
            flip[j * nx + i] ^= 1


@inner
def _survey(edges: F64, start: I64, polar: Flags, area: int, cells: Cells, corner: I8, count: I32) -> tuple[int, int]:
    """Fill ``corner`` (south-west corner inside) and ``count`` (edges by cell) for one area; its first and last row."""
    south, dx, dy, nx, ny = cells
    j_lo, j_hi = ny, -1
    for k in range(start[area], start[area + 1]):
        j0, j1 = _rows(edges[k], south, dy, ny)
        j_lo, j_hi = min(j_lo, j0), max(j_hi, j1)
    if polar[area]:
        j_lo = 0
    for c in range(j_lo * nx, (j_hi + 1) * nx):
        corner[c] = 0
        count[c] = 0
    for k in range(start[area], start[area + 1]):
        e = edges[k]
        _flip_corners(e, south, dx, dy, nx, ny, corner)
        j0, j1 = _rows(e, south, dy, ny)
        for j in range(j0, j1 + 1):
            i0, i1 = _row_span(e, south + (j - SLACK) * dy, south + (j + 1 + SLACK) * dy, dx, nx)
            for i in range(i0, i1 + 1):
                count[j * nx + i] += 1
    for j in range(j_hi - 1, j_lo - 1, -1):
        for i in range(nx):
            corner[j * nx + i] ^= corner[(j + 1) * nx + i]
    return j_lo, j_hi


@kernel
def _count_entries(edges: F64, start: I64, polar: Flags, cells: Cells) -> tuple[I64, int]:
    """Entries by cell (shifted by one, to be summed up), and the number of listed edges."""
    nx, ny = cells[3], cells[4]
    corner, count = np.zeros(nx * ny, np.int8), np.zeros(nx * ny, np.int32)
    entries = np.zeros(nx * ny + 1, np.int64)
    listed = 0
    for area in range(len(start) - 1):
        j_lo, j_hi = _survey(edges, start, polar, area, cells, corner, count)
        for c in range(j_lo * nx, (j_hi + 1) * nx):
            if count[c] > 0 or corner[c] == 1:
                entries[c + 1] += 1
                listed += count[c]
    return entries, listed


@kernel
def _fill(edges: F64, start: I64, polar: Flags, cells: Cells, cell_start: I64, listed: I32) -> tuple[I32, I8, I64]:
    """entry_area, entry_inside, entry_edge; ``listed`` is filled in place."""
    south, dx, dy, nx, ny = cells
    m = cell_start[nx * ny]
    area_of, inside, first = np.empty(m, np.int32), np.empty(m, np.int8), np.zeros(m + 1, np.int64)
    corner, count = np.zeros(nx * ny, np.int8), np.zeros(nx * ny, np.int32)
    for turn in range(2):
        place = cell_start[: nx * ny].copy()
        for area in range(len(start) - 1):
            j_lo, j_hi = _survey(edges, start, polar, area, cells, corner, count)
            for c in range(j_lo * nx, (j_hi + 1) * nx):
                if count[c] > 0 or corner[c] == 1:
                    if turn == 0:
                        area_of[place[c]], inside[place[c]] = area, corner[c]
                        first[place[c] + 1] = count[c]
                    place[c] += 1
            if turn == 0:
                continue
            for k in range(start[area], start[area + 1]):
                e = edges[k]
                j0, j1 = _rows(e, south, dy, ny)
                for j in range(j0, j1 + 1):
                    i0, i1 = _row_span(e, south + (j - SLACK) * dy, south + (j + 1 + SLACK) * dy, dx, nx)
                    for i in range(i0, i1 + 1):
                        c = j * nx + i
                        # The entry of this area is the one before the cell's next free place; count runs down to 0.
                        count[c] -= 1
                        listed[first[place[c] - 1] + count[c]] = k
        if turn == 0:
            for entry in range(m):
                first[entry + 1] += first[entry]
    return area_of, inside, first


def _frame(edges: F64) -> tuple[float, float]:
    """(west, width) in degrees of the narrowest stretch of longitudes, in eighths of a degree, that holds all edges."""
    lo = np.floor(np.minimum(edges[:, 0], edges[:, 2]) * 8 - SLACK).astype(np.int64)
    hi = np.floor(np.maximum(edges[:, 0], edges[:, 2]) * 8 + SLACK).astype(np.int64)
    steps = np.zeros(2880 * 3 + 1, np.int64)
    base = lo % 2880
    np.add.at(steps, base, 1)
    np.add.at(steps, base + np.minimum(hi - lo, 2879) + 1, -1)
    cover = np.cumsum(steps)[:-1].reshape(3, 2880).sum(axis=0) > 0
    free = np.flatnonzero(cover)
    gaps = np.diff(np.append(free, free[0] + 2880)) - 1
    widest = int(np.argmax(gaps))
    if gaps[widest] < 80:
        return -180.0, 360.0
    west = int(free[(widest + 1) % len(free)])
    return ((west / 8 + 180.0) % 360.0) - 180.0, (2880 - int(gaps[widest])) / 8


def _framed(edges: F64, area: I32, west: float, width: float) -> tuple[F64, I32]:
    """Edges with x east of ``west``, first ends in [0, 360); all round, a second copy of those that spill."""
    x1 = (edges[:, 0] - west) % 360.0
    x2 = x1 + (edges[:, 2] - edges[:, 0])
    # In a narrow frame a first end may sit a rounding below west and so come out near 360: bring the edge back.
    x_low = np.minimum(x1, x2)
    back = np.where(x_low >= 360.0, -360.0, 0.0) + np.where(x_low < -1e-9 if width < 360.0 else False, 360.0, 0.0)
    out = np.column_stack([x1 + back, edges[:, 1], x2 + back, edges[:, 3]])
    if width >= 360.0:
        over, under = np.maximum(out[:, 0], out[:, 2]) >= 360.0, np.minimum(out[:, 0], out[:, 2]) < 0.0
        left, right = out[over] - [360.0, 0, 360.0, 0], out[under] + [360.0, 0, 360.0, 0]
        out, area = np.concatenate([out, left, right]), np.concatenate([area, area[over], area[under]])
    return out, area


def build_area_grid(edges: F64, area: I32, areas: int) -> AreaGrid:
    """The grid of areas 0..areas-1.

    edges  float64[e, 4]  lon1, lat1, lon2, lat2 in degrees; lon2 unwrapped next to lon1 (so |lon2 - lon1| <= 360)
    area   int32[e]       whose edge it is; each area's edges form closed rings (modulo 360 degrees)

    Raises ValueError when the index would exceed MAX_LISTED.
    """
    if len(edges) == 0:
        none32, one = np.zeros(0, np.int32), np.zeros(1, np.int64)
        return AreaGrid(
            0.0, 0.0, 1.0, 1.0, 1, 1, np.zeros(2, np.int64), none32, np.zeros(0, np.int8), one, none32, np.zeros((0, 4))
        )
    west, width = _frame(edges)
    framed, owner = _framed(edges, area, west, width)
    order = np.argsort(owner, kind="stable")
    framed, owner = np.ascontiguousarray(framed[order]), owner[order]
    start = np.searchsorted(owner, np.arange(areas + 1)).astype(np.int64)
    whole = width >= 360.0
    south = -90.0 if whole else float(np.min(edges[:, [1, 3]]))
    height = max(1e-6, 180.0 if whole else float(np.max(edges[:, [1, 3]])) - south)
    wanted = min(MAX_CELLS, max(MIN_CELLS, CELLS_AN_EDGE * len(edges)))
    nx = int(min(4096, max(1, round(np.sqrt(wanted * width / height)))))
    ny = int(min(4096, max(1, wanted // nx)))
    # Rows end a hair above the northernmost point, so that the point itself has a cell.
    dx, dy = width / nx, height * (1 + 1e-12) / ny
    cells = (south, dx, dy, nx, ny)
    # An area whose border goes once round the globe has no southern edge: it reaches down to the last row.
    polar = np.abs(np.bincount(area, weights=edges[:, 2] - edges[:, 0], minlength=areas)) > 180.0
    counts, listed_n = _count_entries(framed, start, polar, cells)
    cell_start = np.cumsum(counts)
    if max(listed_n, cell_start[-1]) > MAX_LISTED:
        raise ValueError(f"too many edges for one index: {listed_n} in cells, the limit is {MAX_LISTED}")
    listed = np.empty(listed_n, np.int32)
    entry_area, inside, entry_edge = _fill(framed, start, polar, cells, cell_start, listed)
    return AreaGrid(west, south, dx, dy, nx, ny, cell_start, entry_area, inside, entry_edge, listed, framed)
