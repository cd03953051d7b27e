"""Where simulated ships can go: sea lanes, harbour mouths and open water inside a box.

Decides: lanes are those of the searoute package that stay clear of land; a harbour is a point of open water near a port
point. Refuses: names and states of ports. Source: searoute (Apache-2.0; its lanes serve scenarios only), shipped land.
Known failures: lanes are coarse, so traffic follows straight lines tens of miles long.
"""

from __future__ import annotations

import heapq
import json
import math
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from beaconline.foundation.geo.coast import distance_to_land_m, on_land
from beaconline.foundation.geo.geodesy import F64, bearing_deg, destination, distance_m

__all__ = ["Sea", "clear", "load_sea", "offshore_m"]

Point = tuple[float, float]
JOIN_M = 120_000.0
"""How far a harbour may lie from the lane it is joined to, metres."""


@dataclass(frozen=True, slots=True)
class Sea:
    """A box of sea: west, south, east, north in degrees; lanes as a graph; harbours and border points as its ends."""

    box: tuple[float, float, float, float]
    links: dict[Point, dict[Point, float]]
    harbours: list[Point]
    gates: list[Point]

    def route(self, start: Point, end: Point) -> list[Point]:
        """The shortest way along lanes, start and end included; empty when there is none."""
        best, came, queue = {start: 0.0}, {start: start}, [(0.0, start)]
        while queue:
            far, at = heapq.heappop(queue)
            if at == end:
                way = [end]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return way[::-1]
            if far > best[at]:
                continue
            for to, metres in self.links[at].items():
                if far + metres < best.get(to, math.inf):
                    best[to], came[to] = far + metres, at
                    heapq.heappush(queue, (far + metres, to))
        return []


def clear(a: Point, b: Point, margin_m: float = 0.0) -> bool:
    """Whether the straight line between two points keeps off land, looked at every 500 m."""
    n = max(2, int(distance_m(*a, *b) / 500.0))
    share = np.linspace(0, 1, n)
    lon, lat = a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
    if margin_m > 0:
        return bool(np.all(distance_to_land_m(lon, lat) > margin_m))
    return not bool(np.any(on_land(lon, lat)))


def offshore_m(point: Point) -> float:
    """Metres to the nearest shore; 0 on land."""
    return float(distance_to_land_m(np.array([point[0]]), np.array([point[1]]))[0])


def _package_file(name: str) -> Any:
    spec = find_spec("searoute")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the simulated day needs the package searoute (pip install 'beaconline[ports]')")
    return json.loads((Path(spec.submodule_search_locations[0]) / "data" / name).read_text("utf-8"))


def _lane_pieces() -> list[F64]:
    pieces = []
    for feature in _package_file("marnet_searoute.geojson")["features"]:
        geometry = feature["geometry"]
        lines = [geometry["coordinates"]] if geometry["type"] == "LineString" else geometry["coordinates"]
        pieces += [np.asarray(np.round(np.array(line, np.float64), 4), np.float64) for line in lines]
    return pieces


def _harbour(lon: float, lat: float) -> Point | None:
    """Open water near a port point: the first place off land going outwards in rings."""
    for reach_m in (2_000.0, 4_000.0, 7_000.0, 11_000.0):
        ring = [destination(lon, lat, bearing, reach_m) for bearing in range(0, 360, 15)]
        off = distance_to_land_m(np.array([p[0] for p in ring]), np.array([p[1] for p in ring]))
        if off.max() > 1_500.0:
            return round(ring[int(off.argmax())][0], 4), round(ring[int(off.argmax())][1], 4)
    return None


def _join(links: dict[Point, dict[Point, float]], point: Point, lanes: list[Point]) -> bool:
    """Join a harbour to the nearest lane points it sees across open water."""
    near = sorted((distance_m(*point, *node), node) for node in lanes)[:12]
    seen = [(d, node) for d, node in near if d < JOIN_M and clear(point, node)][:2]
    for metres, node in seen:
        links.setdefault(point, {})[node] = metres
        links[node][point] = metres
    return bool(seen)


def load_sea(box: tuple[float, float, float, float]) -> Sea:
    """Lanes, harbours and gates (lane points near the border) of a box in degrees: west, south, east, north."""
    west, south, east, north = box

    def inside(p: F64) -> bool:
        return bool(west <= p[0] <= east and south <= p[1] <= north)

    links: dict[Point, dict[Point, float]] = {}
    gates: set[Point] = set()
    for line in _lane_pieces():
        for p, q in pairwise(line):
            if not inside(p) and not inside(q):
                continue
            a, b = (float(p[0]), float(p[1])), (float(q[0]), float(q[1]))
            if not clear(a, b):
                continue
            links.setdefault(a, {})[b] = links.setdefault(b, {})[a] = distance_m(*a, *b)
            gates |= {x for x, r in ((a, p), (b, q)) if not inside(r)}
    lanes = sorted(links)
    ports = [f["geometry"]["coordinates"] for f in _package_file("ports.geojson")["features"]]
    found = (_harbour(p[0], p[1]) for p in ports if inside(np.array(p)) and offshore_m((p[0], p[1])) < 20_000)
    harbours = [h for h in dict.fromkeys(found) if h is not None and _join(links, h, lanes)]
    return Sea(box, links, harbours, sorted(gates))


def turn_right(a: Point, b: Point, metres: float) -> Point:
    """The point beside ``b``, so far to the right of the way from a to b."""
    return destination(b[0], b[1], bearing_deg(*a, *b) + 90.0, metres)
