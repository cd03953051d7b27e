"""Zones: points a CPU-second against 300 polygons, rows a CPU-second of ``zone_entry``, and of the test for land.

Seeded points and star-shaped polygons of 100 edges; shapely's prepared polygons (STRtree, ``contains``) beside, in the
same run, with the answers compared. Warm: the first call compiles and is not counted.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from beaconline.foundation.geo.area_grid import areas_at
from beaconline.foundation.geo.coast import on_land
from beaconline.foundation.geo.zones import build_zone_index, read_zones
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import Pools
from beaconline.understand.detectors.zone_entry import ZoneEntry
from beaconline.understand.step import Tick, TrackBook

POINTS, ZONES, EDGES = 2_000_000, 300, 100
ROUNDS = 3


def zone_file(zones: int, seed: int) -> bytes:
    """Star-shaped polygons of EDGES edges and 0.3 to 1.5 degrees, as GeoJSON."""
    rng = np.random.default_rng(seed)
    features = []
    for k in range(zones):
        middle = rng.uniform([-20, 30], [20, 55])
        angle = np.linspace(0, 2 * np.pi, EDGES, endpoint=False)
        radius = rng.uniform(0.3, 1.5) * (1 + 0.3 * np.sin(5 * angle))
        ring = np.column_stack((middle[0] + radius * np.cos(angle), middle[1] + radius * np.sin(angle)))
        ring = np.vstack((ring, ring[:1])).tolist()
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"name": f"zone {k}", "kind": "watch"}, "geometry": shape})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@kernel
def _count(grid: Any, lon: Any, lat: Any, room: Any) -> int:
    n = 0
    for i in range(len(lon)):
        n += areas_at(grid, lon[i], lat[i], room)
    return n


def _best(work: Callable[[], Any]) -> tuple[float, Any]:
    result, best = work(), 1e9
    for _ in range(ROUNDS):
        begun = time.process_time()
        result = work()
        best = min(best, time.process_time() - begun)
    return best, result


def _entry_rows_per_s() -> float:
    from bench.tracks import traffic

    rows = traffic(shared=False)
    _, track = np.unique(rows.mmsi, return_inverse=True)
    ships = int(track.max()) + 1
    book = TrackBook([str(k) for k in range(ships)], list(range(ships)), list(range(ships)))
    bridge = np.full(len(rows), 3_600_000_000, np.int64)
    tick = Tick(rows, track.astype(np.int32), bridge, int(rows.t_us[-1]), book, Pools())
    kind = ZoneEntry(read_zones(zone_file(5, 1), "bench"))
    best, _ = _best(lambda: kind.step(kind.start(), tick))
    return len(rows) / best


def run() -> dict[str, object]:
    """Points and rows a CPU-second, and the ratio to shapely."""
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(-22, 22, POINTS), rng.uniform(28, 57, POINTS)
    zones = read_zones(zone_file(ZONES, 1), str(Path("bench.geojson")))
    index = build_zone_index(zones)
    room = np.empty(ZONES, np.int32)
    ours, found = _best(lambda: _count(index.grid, lon, lat, room))
    tree = shapely.STRtree([shapely.Polygon(zone.rings[0]) for zone in zones])
    points = shapely.points(lon, lat)
    begun = time.process_time()
    theirs_found = tree.query(points, predicate="intersects").shape[1]
    theirs = time.process_time() - begun
    if found != theirs_found:
        raise SystemExit(f"{found} hits, shapely has {theirs_found}")
    land, _ = _best(lambda: on_land(rng.uniform(-180, 180, POINTS), rng.uniform(-80, 80, POINTS)))
    return {
        "points": POINTS,
        "zones": ZONES,
        "edges_a_zone": EDGES,
        "hits": found,
        "million_points_per_cpu_s": round(POINTS / ours / 1e6, 1),
        "shapely_million_points_per_cpu_s": round(POINTS / theirs / 1e6, 2),
        "ratio_cpu": round(theirs / ours, 1),
        "on_land_million_points_per_cpu_s": round(POINTS / land / 1e6, 1),
        "zone_entry_million_rows_per_cpu_s": round(_entry_rows_per_s() / 1e6, 1),
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
