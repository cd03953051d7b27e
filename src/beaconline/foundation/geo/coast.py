"""Land: is a point on it, how far is it, and its outline for a map.

Decides: land is what the shipped polygons hold (Natural Earth 1:10 m, ``data/SOURCE.md``). Distances are exact to those
polygons and 0 on land. Refuses: to know whose land it is, and to call a fix by a quay wrong: the source's own error is
some hundred metres near the shore.
Known failures: rocks, reefs, islets and harbour works that 1:10 m leaves out; lakes and rivers count as land (except
the Caspian). So "on land" is a hint, and "far from land" can miss an islet.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.area_grid import AreaGrid, build_area_grid, inside_any
from beaconline.foundation.geo.geodesy import F64, distance_m
from beaconline.foundation.geo.land_file import LandRings, decode_land
from beaconline.foundation.geo.nearest_edge import EdgeTrees, build_edge_trees, nearest_point
from beaconline.foundation.geo.outline import clip_to_box, simplify
from beaconline.foundation.table.kernels import kernel

__all__ = ["distance_to_land_m", "land_at", "on_land", "rings_in_bbox"]

EARTH_WIDTH_M = 13_000_000.0
"""More than the longest straight line through the earth (12,756 km): "no limit" for the nearest search."""


@cache
def _rings() -> LandRings:
    return decode_land(resources.files("beaconline.foundation.geo").joinpath("data/land.zst").read_bytes())


@cache
def _edges() -> F64:
    """All edges, float64[e, 4]: lon1, lat1, lon2, lat2; lon2 unwrapped next to lon1."""
    rings = _rings()
    last = np.cumsum(rings.lengths) - 1
    after = np.arange(1, len(rings.x) + 1)
    after[last] = last + 1 - rings.lengths
    lon, lat = rings.lon_deg(), rings.lat_deg()
    step = (rings.x[after] - rings.x + rings.x_steps // 2) % rings.x_steps - rings.x_steps // 2
    return np.column_stack([lon, lat, lon + step * (360.0 / rings.x_steps), lat[after]])


@cache
def _grid() -> AreaGrid:
    edges = _edges()
    return build_area_grid(edges, np.zeros(len(edges), np.int32), 1)


@cache
def _trees() -> EdgeTrees:
    edges = _edges()
    return build_edge_trees(edges, np.zeros(len(edges), np.int32), 1)


@kernel
def _distances(trees: EdgeTrees, lon: F64, lat: F64, land: npt.NDArray[np.bool_]) -> F64:
    out = np.zeros(len(lon))
    for i in range(len(lon)):
        if not land[i]:
            _, q_lon, q_lat = nearest_point(trees, 0, lon[i], lat[i], EARTH_WIDTH_M)
            out[i] = distance_m(lon[i], lat[i], q_lon, q_lat)
    return out


def on_land(lon_deg: F64, lat_deg: F64) -> npt.NDArray[np.bool_]:
    """bool[n]: whether each point (degrees, float64[n]; any longitude, latitude -90..90) lies on land."""
    return inside_any(_grid(), np.ascontiguousarray(lon_deg, np.float64), np.ascontiguousarray(lat_deg, np.float64))


def distance_to_land_m(lon_deg: F64, lat_deg: F64) -> F64:
    """Metres to the nearest shore, float64[n]; 0 on land. Exact to the shipped polygons."""
    lon, lat = np.ascontiguousarray(lon_deg, np.float64), np.ascontiguousarray(lat_deg, np.float64)
    return _distances(_trees(), lon, lat, inside_any(_grid(), lon, lat))


def land_at(lon_deg: float, lat_deg: float) -> tuple[bool, float]:
    """(on land, metres to the nearest shore; 0 on land) of one point."""
    distance = float(distance_to_land_m(np.array([lon_deg]), np.array([lat_deg]))[0])
    return distance == 0.0, distance


def rings_in_bbox(
    west_deg: float, south_deg: float, east_deg: float, north_deg: float, tolerance_deg: float
) -> list[F64]:
    """Outlines of land inside a box for a map: closed rings, float64[k, 2] (lon, lat), first point repeated at the end.

    ``west_deg > east_deg`` means a box across the antimeridian. Longitudes come out in [west_deg, west_deg + width], so
    past 180 there. Shapes move by at most ``tolerance_deg``; those smaller than it in both directions are left out.
    Rings are cut at the box, whose border then shows as an edge: fill them, or draw the box a little smaller. Land is
    the even-odd sum of the rings.
    """
    width = (east_deg - west_deg) % 360.0 or 360.0
    rings = _rings()
    lon, lat = rings.lon_deg(), rings.lat_deg()
    ends = np.cumsum(rings.lengths)
    out = []
    for start, end in zip((ends - rings.lengths).tolist(), ends.tolist(), strict=True):
        ring = np.column_stack([lon[start:end], lat[start:end]])
        low, high = ring.min(axis=0), ring.max(axis=0)
        if high[1] < south_deg or low[1] > north_deg or max(high - low) < tolerance_deg:
            continue
        turn = round(float(ring[-1, 0] - ring[0, 0]) / 360.0)
        if turn:
            # Round the pole: drawn on a flat map, the area is closed along the pole's latitude.
            back = ring[0] + np.array([360.0 * turn, 0.0])
            ring = np.vstack([ring, back, [back[0], -90.0], [ring[0, 0], -90.0]])
        first = int(np.floor((west_deg - high[0]) / 360.0))
        last = int(np.ceil((west_deg + width - low[0]) / 360.0))
        shape: F64 | None = None
        for shift in range(first, last + 1):
            if high[0] + 360 * shift < west_deg or low[0] + 360 * shift > west_deg + width:
                continue
            shape = simplify(ring, tolerance_deg) if shape is None else shape
            cut = clip_to_box(shape + np.array([360.0 * shift, 0.0]), west_deg, south_deg, west_deg + width, north_deg)
            if len(cut) >= 3:
                out.append(np.vstack([cut, cut[:1]]))
    return out
