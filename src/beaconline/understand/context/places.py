"""The answers to ``Context``: distance to land, masks near a place, zones over it.

Decides: nearness by geodesic distance; a place inside a mask's polygon is at distance 0. Refuses: to veto anything.
Source: coast, zones and masks as loaded. Known failures: those of the coast (islets) and of the mask tables.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from beaconline.foundation.geo.area_grid import areas_at, build_area_grid
from beaconline.foundation.geo.coast import land_at
from beaconline.foundation.geo.geodesy import distance_m
from beaconline.foundation.geo.nearest_edge import build_edge_trees, nearest_point
from beaconline.foundation.geo.zones import Zone, build_zone_index, zones_at, zones_over
from beaconline.foundation.records.finding import Mask
from beaconline.understand.context.masks import MaskShape

__all__ = ["Places"]

METRES_A_DEGREE = 110_500.0
"""Fewest metres in a degree of latitude (110,574 at the equator): for the band of latitudes to look through."""
MAX_TOLD = 8
"""Masks told of one place, nearest first: a dense table has hundreds within 10 km, and the eighth says nothing new."""


class _Points:
    """Point masks, ordered by latitude."""

    def __init__(self, shapes: Sequence[MaskShape]) -> None:
        self.shapes = sorted(shapes, key=lambda s: (s.lat_deg, s.lon_deg, s.kind, s.source))
        self.lat = np.array([s.lat_deg for s in self.shapes])
        self.lon = np.array([s.lon_deg for s in self.shapes])

    def near(self, lon: float, lat: float, within_m: float) -> list[tuple[float, MaskShape]]:
        reach = within_m / METRES_A_DEGREE
        lo, hi = np.searchsorted(self.lat, [lat - reach, lat + reach])
        # Near a pole every longitude is near; else a band of longitudes thins out what is measured exactly.
        slim = np.cos(np.radians(min(90.0, abs(lat) + reach)))
        apart = np.abs((self.lon[lo:hi] - lon + 540.0) % 360.0 - 180.0)
        close = np.arange(lo, hi)[apart * slim <= reach * 1.01]
        measured = ((distance_m(lon, lat, self.lon[k], self.lat[k]), self.shapes[k]) for k in close)
        return [(d, shape) for d, shape in measured if d <= within_m]


class _Areas:
    """Polygon masks."""

    def __init__(self, shapes: Sequence[MaskShape]) -> None:
        self.shapes = list(shapes)
        borders = [s.edges for s in shapes if s.edges is not None]
        edges = np.concatenate(borders) if borders else np.zeros((0, 4))
        owner = np.repeat(np.arange(len(borders), dtype=np.int32), [len(b) for b in borders])
        self.grid = build_area_grid(edges, owner, len(borders))
        self.trees = build_edge_trees(edges, owner, len(borders))

    def near(self, lon: float, lat: float, within_m: float) -> list[tuple[float, MaskShape]]:
        holding = np.empty(len(self.shapes), np.int32)
        inside = {int(k) for k in holding[: areas_at(self.grid, lon, lat, holding)]} if self.shapes else set()
        out = []
        for k, shape in enumerate(self.shapes):
            if k in inside:
                out.append((0.0, shape))
                continue
            found, at_lon, at_lat = nearest_point(self.trees, k, lon, lat, within_m)
            if found >= 0:
                exact = distance_m(lon, lat, at_lon, at_lat)
                if exact <= within_m:
                    out.append((exact, shape))
        return out


class Places:
    """Implements ``Context`` over loaded zones and masks."""

    def __init__(self, zones: Sequence[Zone] = (), masks: Sequence[MaskShape] = ()) -> None:
        self.zones = list(zones)
        self.zone_index = build_zone_index(self.zones)
        self._points = _Points([m for m in masks if m.edges is None])
        self._areas = _Areas([m for m in masks if m.edges is not None])
        self._has_masks = len(masks) > 0

    @property
    def has_port_masks(self) -> bool:
        return self._has_masks

    def distance_to_land_m(self, lon_e7: int, lat_e7: int) -> int | None:
        """Whole metres to the nearest shore; 0 on land."""
        return round(land_at(lon_e7 * 1e-7, lat_e7 * 1e-7)[1])

    def masks_near(self, lon_e7: int, lat_e7: int, within_m: int) -> list[Mask]:
        """At most MAX_TOLD masks within so many metres, nearest first; ties by kind and source."""
        lon, lat = lon_e7 * 1e-7, lat_e7 * 1e-7
        found = self._points.near(lon, lat, within_m) + self._areas.near(lon, lat, within_m)
        masks = sorted((round(d), shape.kind, shape.source) for d, shape in found)
        return [Mask(kind, source, metres) for metres, kind, source in masks[:MAX_TOLD]]

    def zones_at(self, lon_e7: int, lat_e7: int, t_us: int) -> list[tuple[str, str]]:
        """(name, kind) of the zones over a point that are valid then, by name."""
        if not self.zones:
            return []
        held = [self.zones[z] for z in zones_at(self.zone_index, lon_e7 * 1e-7, lat_e7 * 1e-7, t_us)]
        return sorted((zone.name, zone.kind) for zone in held)

    def zones_over(self, places: Sequence[tuple[int, int]], t_us: int) -> list[list[tuple[str, str]]]:
        """``zones_at`` of each place."""
        if not self.zones or not places:
            return [[] for _ in places]
        at = np.array(places, np.float64) * 1e-7
        found, offset = zones_over(self.zone_index, at[:, 0].copy(), at[:, 1].copy(), t_us)
        named, ends = [(self.zones[z].name, self.zones[z].kind) for z in found.tolist()], offset.tolist()
        return [sorted(named[ends[i] : ends[i + 1]]) for i in range(len(places))]
