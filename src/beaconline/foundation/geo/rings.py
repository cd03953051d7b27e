"""Rings of positions: read, unwrapped, checked, and turned into the edges of one area.

Decides: which rings describe an area. Refuses: rings that cross themselves or each other, enclose nothing, or nest as
no area can; it names the place. Source: RFC 7946, 3.1.6 and 3.1.9; even-odd rule. Known failures: a ring that merely
touches itself is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.area_grid import AreaGrid, areas_at, build_area_grid
from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.geo.geojson import position_of
from beaconline.foundation.table.kernels import inner, kernel

__all__ = ["RingError", "edges_of", "read_ring"]

TOUCH = 1e-9
"""Share of an edge near its ends in which a meeting of two edges is a touch, not a crossing: rounding of shared corners
is 1e-14, a real crossing so near a corner moves the border by less than a millimetre."""
SHORT_WAY_DEG = 120.0
"""Longest way across the antimeridian that a step of more than 180 degrees between 180 W and 180 E may stand for. From
140 to -120 nobody means the 260 degrees the other way; from 100 to -100 either may be meant, and that is refused."""


class RingError(ValueError):
    """Positions that describe no area; the text says why, and where."""


def _short_ways(ring: F64, step: F64, wide: npt.NDArray[np.bool_], where: str) -> F64:
    """Steps of longitude with the wide ones taken across the antimeridian, where nothing else can be meant."""
    ahead = np.roll(ring, -1, axis=0)
    across = step - 360.0 * np.round(step / 360.0)
    sure = (np.minimum(np.abs(ring[:, 0]), np.abs(ahead[:, 0])) > 90.0) & (np.abs(ring[:, 0]) <= 180.0)
    sure &= (np.abs(ahead[:, 0]) <= 180.0) & (np.abs(across) <= SHORT_WAY_DEG)
    if (wide & ~sure).any():
        k = int(np.flatnonzero(wide & ~sure)[0])
        raise RingError(
            f"{where}: from longitude {ring[k, 0]:g} to {ahead[k, 0]:g} it is not clear which way round is meant: "
            "add positions in between"
        )
    return np.where(wide, across, step)


def read_ring(positions: Any, where: str) -> tuple[F64, list[str]]:
    """One GeoJSON ring as (float64[k, 2] unwrapped, first point not repeated; notes). Raises RingError."""
    if not isinstance(positions, list):
        raise RingError(f"{where}: it is no list of positions")
    points = [position_of(p, f"{where}, position {i}", RingError) for i, p in enumerate(positions)]
    notes = []
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    elif len(points) > 2:
        notes.append(f"{where} was not closed: its last position is joined to its first")
    points = [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]
    if len(points) < 3:
        raise RingError(f"{where}: fewer than 4 positions (3 different ones and the first again)")
    ring = np.array(points)
    step = np.diff(np.append(ring[:, 0], ring[0, 0]))
    # From -180 to 180 exactly is the whole parallel; any other step over half the globe is the short way round.
    wide = (np.abs(step) > 180.0) & (np.abs(step) != 360.0)
    if wide.any():
        step = _short_ways(ring, step, wide, where)
        notes.append(f"{where} crosses the 180 degree meridian: a step of over 180 degrees is read as the short way")
    if abs(float(step.sum())) > 180.0:
        raise RingError(f"{where} goes once round a pole: close it along latitude 90 from longitude -180 to 180")
    ring[1:, 0] = ring[0, 0] + np.cumsum(step)[:-1]
    return ring, notes


def _ring_edges(ring: F64) -> F64:
    return np.column_stack([ring, np.roll(ring, -1, axis=0)])


@inner
def _meet(a: F64, b: F64, shift: float) -> tuple[bool, float, float]:
    """Whether two edges cross strictly inside both, and where; the second is moved east by ``shift`` degrees."""
    ux, uy = a[2] - a[0], a[3] - a[1]
    vx, vy = b[2] - b[0], b[3] - b[1]
    det = ux * vy - uy * vx
    if det == 0.0:
        return False, 0.0, 0.0
    wx, wy = b[0] + shift - a[0], b[1] - a[1]
    f, g = (wx * vy - wy * vx) / det, (wx * uy - wy * ux) / det
    if TOUCH < f < 1 - TOUCH and TOUCH < g < 1 - TOUCH:
        return True, a[0] + f * ux, a[1] + f * uy
    return False, 0.0, 0.0


@kernel
def _first_crossing(grid: AreaGrid) -> tuple[bool, float, float]:
    """A place where two edges cross, as (found, lon, lat)."""
    for cell in range(grid.nx * grid.ny):
        lo, hi = grid.entry_edge[grid.cell_start[cell]], grid.entry_edge[grid.cell_start[cell + 1]]
        for i in range(lo, hi):
            for j in range(i + 1, hi):
                found, x, y = _meet(grid.edges[grid.listed[i]], grid.edges[grid.listed[j]], 0.0)
                if found:
                    return True, (x + grid.west + 540.0) % 360.0 - 180.0, y
    return False, 0.0, 0.0


def _inner_point(ring: F64, grid: AreaGrid, number: int) -> tuple[float, float] | None:
    """A point just inside a ring, near the middle of one of its edges."""
    found = np.empty(1 + int(grid.entry_area.max(initial=0)), np.int32)
    ahead = np.roll(ring, -1, axis=0)
    for a, b in zip(ring, ahead, strict=True):
        middle, away = (a + b) / 2, np.array([b[1] - a[1], a[0] - b[0]])
        for side in (1e-6, -1e-6):
            lon, lat = (float(v) for v in middle + side * away)
            if number in found[: areas_at(grid, lon, lat, found)]:
                return lon, lat
    return None


def _check_nesting(rings: Sequence[F64], is_hole: Sequence[bool]) -> None:
    """Outer rings lie in no area, holes lie in one: so that even-odd means what the author meant."""
    edges = [_ring_edges(ring) for ring in rings]
    owner = np.repeat(np.arange(len(rings), dtype=np.int32), [len(e) for e in edges])
    grid = build_area_grid(np.concatenate(edges), owner, len(rings))
    crossing, lon, lat = _first_crossing(grid)
    if crossing:
        raise RingError(f"its border crosses itself near {lon:.6f}, {lat:.6f}")
    found = np.empty(len(rings), np.int32)
    for number, (ring, hole) in enumerate(zip(rings, is_hole, strict=True)):
        point = _inner_point(ring, grid, number)
        if point is None:
            raise RingError(f"ring {number} encloses nothing")
        others = areas_at(grid, *point, found) - 1
        if others % 2 != hole:
            what = "is a hole outside its polygon" if hole else "lies inside another polygon of the zone"
            raise RingError(f"ring {number} {what}")


def _cut_seams(edges: F64) -> F64:
    """Edges on the 180 degree meridian, cut at each other's ends, so that two halves of a split polygon share them."""
    on = (np.mod(edges[:, 0], 360.0) == 180.0) & (edges[:, 2] == edges[:, 0])
    if np.count_nonzero(on) < 2:
        return edges
    stops = np.unique(edges[on][:, [1, 3]])
    parts = [edges[~on]]
    for lon, lat1, _, lat2 in edges[on]:
        inner = stops[(stops >= min(lat1, lat2)) & (stops <= max(lat1, lat2))]
        inner = inner if lat1 < lat2 else inner[::-1]
        flat = np.full(len(inner) - 1, lon)
        parts.append(np.column_stack([flat, inner[:-1], flat, inner[1:]]))
    return np.concatenate(parts)


def _without_doubles(edges: F64) -> F64:
    """Edges that occur an odd number of times: two equal ones are a seam between parts of one area and no border."""

    def name(edge: F64) -> tuple[tuple[float, float], ...]:
        ends = [(round(float(edge[k]) % 360.0, 9) % 360.0, round(float(edge[k + 1]), 9)) for k in (0, 2)]
        return (*sorted(ends), (abs(float(edge[2] - edge[0])) >= 180.0, 0.0))

    names = [name(edge) for edge in edges]
    times = Counter(names)
    if len(times) == len(names):
        return edges
    last = {each: k for k, each in enumerate(names)}
    keep = [k for k, each in enumerate(names) if times[each] % 2 == 1 and last[each] == k]
    return edges[keep]


def edges_of(rings: Sequence[F64], is_hole: Sequence[bool]) -> F64:
    """The edges of the area that rings enclose (even-odd), float64[e, 4]. Raises RingError when they enclose none."""
    _check_nesting(rings, is_hole)
    edges = _without_doubles(_cut_seams(np.concatenate([_ring_edges(ring) for ring in rings])))
    if len(edges) == 0:
        raise RingError("its parts cancel each other: nothing is enclosed")
    return edges
