"""Ports and anchorages ready for kernels: how far is the nearest one, asked for every fix of a run.

Decides: the nearest point or area within a reach, exact by straight distance (under 0.2 mm off the geodesic at 4 km).
Also decides which port a place is called by: points within a reach of an earlier one bear its name, so that
each berth of a dense table is not a port of its own. Refuses: names and states.
Source: behaviours page (3 km, 4 km); masks and zones as loaded. Known failures: a chain of neighbouring points is cut
into ports of one reach each, in the order of the table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from beaconline.foundation.geo.area_grid import AreaGrid, build_area_grid, cell_of, entry_holds
from beaconline.foundation.geo.geodesy import F64, ecef_point
from beaconline.foundation.geo.nearest_edge import EdgeTrees, build_edge_trees, nearest_point
from beaconline.foundation.geo.reach_table import ReachTable, build_reach_table, noted_at, pieces_of_edges
from beaconline.foundation.geo.zones import Zone
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.context.masks import MaskShape

__all__ = ["PORT_ZONES", "Harbours", "Place", "build_harbours", "nearest", "place_of"]

PORT_ZONES = ("port", "anchorage")
"""Kinds of zone that count as one."""


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
    table                     which places can matter at a point
    """

    xyz: F64
    grid: AreaGrid
    trees: EdgeTrees
    from_us: I64
    until_us: I64
    table: ReachTable


@kernel
def _ecef(lon: F64, lat: F64) -> F64:
    out = np.empty((len(lon), 3))
    for i in range(len(lon)):
        out[i, 0], out[i, 1], out[i, 2] = ecef_point(lon[i], lat[i])
    return out


@kernel
def _leaders(harbours: Harbours, lon: F64, lat: F64, reach_m: float) -> I32:
    """For each point the first point of the table within reach that leads itself, else itself."""
    out = np.empty(len(lon), np.int32)
    for i in range(len(lon)):
        out[i] = i
        best = reach_m * reach_m
        first, end = noted_at(harbours.table, lon[i], lat[i])
        for k in range(first, end):
            j = harbours.table.noted[k]
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
    b_lon, b_lat, whose, half = pieces_of_edges(borders)
    all_lon, all_lat = np.concatenate([lon, b_lon]), np.concatenate([lat, b_lat])
    number = np.concatenate([np.arange(len(lon), dtype=np.int32), (len(lon) + whose).astype(np.int32)])
    # A hair more: straight distance and degrees are rounded differently.
    reach = np.concatenate([np.full(len(lon), within_m), half + within_m]) * 1.001 + 1.0
    table = build_reach_table(all_lon, all_lat, number, reach)
    harbours = Harbours(
        _ecef(lon, lat), build_area_grid(edges, owner, len(borders)), build_edge_trees(edges, owner, len(borders)),
        from_us, until_us, table,
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
    first, end = noted_at(harbours.table, lon, lat)
    if first == end:
        return -1.0, -1
    x, y, z = ecef_point(lon, lat)
    best2 = best * best
    for k in range(first, end):
        j = harbours.table.noted[k]
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
