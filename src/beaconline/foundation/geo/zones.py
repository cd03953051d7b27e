"""Zones: named polygons with a kind and a time of validity, read from GeoJSON and checked before use.

Decides: what a zone file may hold, and what each mistake is called. Edges are straight in longitude and latitude (RFC
7946, 3.1.1); a zone is the even-odd sum of its rings, so winding order is free and holes work. Refuses: to ship or to
judge a border; to guess at a half-filled zone (a rule without kind or with crossed edges floods a watch floor).
Source: RFC 7946; the contract page for ``kind``. An edge of more than 180 degrees of longitude is read as the short way
across the antimeridian where nothing else can be meant (a note says so), is the whole parallel from -180 to 180
exactly, and is refused otherwise.
Known failures: a ring once round a pole must be closed along latitude 90 by its author; an error says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from beaconline.foundation.geo.area_grid import AreaGrid, areas_at, build_area_grid
from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.geo.geojson import features_of
from beaconline.foundation.geo.nearest_edge import EdgeTrees, build_edge_trees
from beaconline.foundation.geo.rings import RingError, edges_of, read_ring
from beaconline.foundation.records.times import NO_TIME, TimeTextError, parse_us
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64

__all__ = ["ZONE_KINDS", "Zone", "ZoneError", "ZoneIndex", "build_zone_index", "load_zones", "read_zones", "zones_at"]

ZONE_KINDS: Final = (
    "territorial_sea", "contiguous", "eez", "exclusion", "closure", "port", "anchorage", "reef", "fishing_ground",
    "traffic_lane", "watch",
)  # fmt: skip
KNOWN_PROPERTIES = frozenset({"name", "kind", "valid_from", "valid_until"})

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""A bare date: its first instant, UTC."""
UNREADABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories that no name may hold: control characters, halves of characters, line and paragraph breaks."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what stands round them: a sentence with such a name reads as another one."""

MAX_BYTES = 64 * 1024 * 1024
"""Largest zone file, bytes. A zone set of a million positions is 40 MB of text."""
MAX_ZONES = 5_000
"""Most zones of a run: memory of an index grows with zones x cells."""
MAX_POSITIONS = 1_000_000
"""Most positions of one file."""
MAX_UNUSED = 8
"""Most properties that one note names."""
MAX_SHOWN = 60
"""Longest piece of a file that a message repeats, characters."""
MAX_NAME = 200
"""Longest name, characters: it stands in every finding."""


class ZoneError(ValueError):
    """A zone file that cannot be used; the text says file, feature and reason."""


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """One named area.

    valid_from_us, valid_until_us  microseconds since 1970, [from, until); None = without limit
    rings   float64[k, 2] each: lon, lat in degrees, unwrapped (lon may pass 180), not repeated at the end; for drawing
    edges   float64[e, 4]: lon1, lat1, lon2, lat2; seams of a polygon cut at the antimeridian are taken out
    source  base name of the file
    notes   what a reader of the file should know ("ring 0 was not closed")
    """

    name: str
    kind: str
    valid_from_us: int | None
    valid_until_us: int | None
    rings: tuple[F64, ...]
    edges: F64
    source: str
    notes: tuple[str, ...] = ()

    def valid_at(self, t_us: int) -> bool:
        return (self.valid_from_us is None or t_us >= self.valid_from_us) and (
            self.valid_until_us is None or t_us < self.valid_until_us
        )


class ZoneIndex(NamedTuple):
    """Zones ready for kernels: which zones hold a point (grid), how far is a zone's border (trees), when is it valid.

    from_us, until_us  int64[z], with the smallest and largest int64 for "without limit"
    """

    grid: AreaGrid
    trees: EdgeTrees
    from_us: I64
    until_us: I64


def _time(value: Any, name: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise RingError(f"{name} should be a text such as 2026-01-02T03:04:05Z, not {value!r:.60}")
    if len(value) > MAX_SHOWN:
        raise RingError(f"{name}: not an RFC 3339 time: {value!r:.60}")
    try:
        return parse_us(f"{value.strip()}T00:00:00Z" if DAY.fullmatch(value.strip()) else value)
    except TimeTextError as error:
        raise RingError(f"{name}: {error}") from None


def _polygons(geometry: Any) -> list[Any]:
    if not isinstance(geometry, dict):
        raise RingError("it has no geometry")
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise RingError(f"geometry is {kind!r:.60}; a zone is a Polygon or a MultiPolygon")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        raise RingError("its geometry has no coordinates")
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            raise RingError("a polygon has no ring")
    return polygons


def _unused(key: str) -> str:
    """A property that is not used, fit to be shown, with the one it was perhaps meant to be."""
    meant = get_close_matches(key.strip().lower(), sorted(KNOWN_PROPERTIES), 1)
    shown = key[:MAX_SHOWN] if key.isprintable() else ascii(key[:MAX_SHOWN])
    return f"{shown} (should it be {meant[0]}?)" if meant else shown


def _zone(feature: Any, source: str) -> Zone:
    """One feature as a zone. Raises RingError with the reason."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise RingError('it is no Feature (an object with "type": "Feature")')
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        raise RingError("it has no properties; name and kind are needed")
    name, kind = properties.get("name"), properties.get("kind")
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME:
        raise RingError(f"property name should be a text of 1 to {MAX_NAME} characters, not {name!r:.60}")
    bad = next((c for c in name if unicodedata.category(c) in UNREADABLE or c in TURNING), None)
    if bad is not None:
        raise RingError(f"property name holds a character that cannot be shown (U+{ord(bad):04X})")
    if kind is None:
        raise RingError(f"kind is missing; one of {', '.join(ZONE_KINDS)}")
    if kind not in ZONE_KINDS:
        raise RingError(f"unknown kind {kind!r:.60}; known kinds: {', '.join(ZONE_KINDS)}")
    start, end = _time(properties.get("valid_from"), "valid_from"), _time(properties.get("valid_until"), "valid_until")
    if start is not None and end is not None and start >= end:
        raise RingError("valid_until is not after valid_from: the zone would never be valid")
    unused = [_unused(key) for key in sorted(properties) if key not in KNOWN_PROPERTIES]
    notes = [f"properties not used: {', '.join(unused[:MAX_UNUSED])}"] if unused else []
    rings: list[F64] = []
    is_hole: list[bool] = []
    for polygon in _polygons(feature.get("geometry")):
        for k, positions in enumerate(polygon):
            ring, ring_notes = read_ring(positions, f"ring {len(rings)}")
            rings.append(ring)
            is_hole.append(k > 0)
            notes += ring_notes
    return Zone(name.strip(), kind, start, end, tuple(rings), edges_of(rings, is_hole), source, tuple(notes))


def read_zones(raw: bytes, source: str) -> list[Zone]:
    """Zones of a GeoJSON text, in its order. Raises ZoneError: file, feature (counted from 0), name, reason."""
    zones: list[Zone] = []
    positions = 0
    for index, feature in enumerate(features_of(raw, source, "zone", MAX_BYTES, ZoneError)):
        try:
            zone = _zone(feature, source)
        except RingError as error:
            properties = feature.get("properties") if isinstance(feature, dict) else None
            name = properties.get("name") if isinstance(properties, dict) else None
            called = f" ({name!r:.60})" if name else ""
            raise ZoneError(f"{source}: feature {index}{called}: {error}") from None
        positions += sum(len(ring) for ring in zone.rings)
        if positions > MAX_POSITIONS:
            raise ZoneError(f"{source}: more than {MAX_POSITIONS} positions")
        zones.append(zone)
    return check_names(zones)


def check_names(zones: Iterable[Zone]) -> list[Zone]:
    """The zones, when no two share a name (findings tell zones by name) and there are not too many."""
    seen: dict[str, Zone] = {}
    for zone in zones:
        if zone.name in seen:
            raise ZoneError(
                f"{zone.source}: two zones are called {zone.name!r} (the other in {seen[zone.name].source})"
            )
        seen[zone.name] = zone
    if len(seen) > MAX_ZONES:
        raise ZoneError(f"{len(seen)} zones; at most {MAX_ZONES} can be watched at once")
    return list(seen.values())


def load_zones(paths: Sequence[Path]) -> list[Zone]:
    """Zones of several files, ordered by name. Raises ZoneError, also for a file that cannot be read."""
    zones: list[Zone] = []
    for path in paths:
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise ZoneError(f"{path}: cannot be read ({error.strerror or error})") from None
        zones += read_zones(raw, path.name)
    return sorted(check_names(zones), key=lambda zone: zone.name)


def build_zone_index(zones: Sequence[Zone]) -> ZoneIndex:
    """The index of zones; area numbers are positions in ``zones``. Raises ZoneError when they are too many."""
    edges = np.concatenate([z.edges for z in zones]) if zones else np.zeros((0, 4))
    owner = np.repeat(np.arange(len(zones), dtype=np.int32), [len(z.edges) for z in zones])
    latest = np.iinfo(np.int64).max
    # An edge along a pole closes a ring round it (a point, not a line): no border to be near to.
    border = ~((np.abs(edges[:, 1]) == 90.0) & (edges[:, 3] == edges[:, 1]))
    try:
        grid = build_area_grid(edges, owner, len(zones))
        trees = build_edge_trees(edges[border], owner[border], len(zones))
    except ValueError as error:
        raise ZoneError(str(error)) from None
    return ZoneIndex(
        grid,
        trees,
        np.array([NO_TIME if z.valid_from_us is None else z.valid_from_us for z in zones], np.int64),
        np.array([latest if z.valid_until_us is None else z.valid_until_us for z in zones], np.int64),
    )


@kernel
def zones_over(index: ZoneIndex, lon_deg: F64, lat_deg: F64, t_us: int) -> tuple[I32, I64]:
    """``zones_at`` of many points, float64[n]: (numbers of zones, int32[m]; offsets of each point's, int64[n + 1])."""
    held, found = np.empty(len(index.from_us), np.int32), np.empty(len(lon_deg) * len(index.from_us), np.int32)
    offset = np.zeros(len(lon_deg) + 1, np.int64)
    m = 0
    for i in range(len(lon_deg)):
        for k in range(areas_at(index.grid, lon_deg[i], lat_deg[i], held)):
            if index.from_us[held[k]] <= t_us < index.until_us[held[k]]:
                found[m] = held[k]
                m += 1
        offset[i + 1] = m
    return found[:m], offset


def zones_at(index: ZoneIndex, lon_deg: float, lat_deg: float, t_us: int) -> list[int]:
    """Numbers of the zones that hold a point (degrees) and are valid at an instant, ascending."""
    found = np.empty(len(index.from_us), np.int32)
    n = areas_at(index.grid, lon_deg, lat_deg, found)
    return [int(z) for z in found[:n] if index.from_us[z] <= t_us < index.until_us[z]]
