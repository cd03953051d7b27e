"""What is staged in a simulated day, with its truth: meetings at sea, visits to watched areas, one MMSI on two ships.

Decides: who, where and when, from the seed, and what a watch floor should hear of it. Refuses: to know how a detector
works; no number here is shared with one. Each kind of event has near misses that should not be found.
Known failures: ordinary traffic may do by chance what is staged here; the truth lists the staged alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from beaconline.foundation.geo.geodesy import bearing_deg, destination
from scenarios.sea import Point, Sea, offshore_m
from scenarios.ships import Ship, Way, circle, sail, wander
from scenarios.traffic import DAY_S, open_water

__all__ = ["Stage"]


class Stage:
    """Collects staged ships, zones, the truth, and (ship, force) for a list. ``first`` is the first staged number."""

    def __init__(self, sea: Sea, rng: np.random.Generator, first: int) -> None:
        self.sea, self.rng, self.next = sea, rng, first
        self.ships: list[Ship] = []
        self.truth: list[dict[str, Any]] = []
        self.zones: list[dict[str, Any]] = []
        self.listed: list[tuple[Ship, str]] = []

    def ship(self, way: Way, ship_type: int, length_m: int, step_s: float = 60.0) -> Ship:
        made = Ship(self.next, ship_type, length_m, length_m // 6, 0, step_s, way)
        self.next += 1
        self.ships.append(made)
        return made

    def _note(self, event: str, expected: bool, ships: list[Ship], begin_s: float, end_s: float, place: Point) -> None:
        self.truth.append({
            "event": event, "expected": expected, "ships": [s.number for s in ships],
            "t_start_s": round(begin_s), "t_end_s": round(end_s),
            "lon_deg": round(place[0], 5), "lat_deg": round(place[1], 5),
        })  # fmt: skip

    def _wet_spot(self, off_m: float, off_lanes_m: float, reach_m: float) -> Point:
        """Open water with open water all round it."""
        while True:
            spot = open_water(self.sea, self.rng, off_m, off_lanes_m)
            ring = [destination(*spot, bearing, reach_m) for bearing in range(0, 360, 30)]
            if min(offshore_m(p) for p in ring) > 5_000:
                return spot

    def meeting(self, apart_m: float, minutes: float, expected: bool) -> None:
        """Two ships come, lie together adrift, and part."""
        rng = self.rng
        spot = self._wet_spot(45_000, 12_000, 60_000)
        begin = float(rng.uniform(4 * 3600, 18 * 3600))
        bearing, drift = float(rng.uniform(0, 360)), float(rng.uniform(0, 360))
        end_spot = destination(*spot, drift, 0.4 * 1852 * minutes / 60)
        pair = []
        for side, kind in ((0.0, 80), (1.0, 70)):
            come = destination(*spot, bearing + 150 * side, 40_000.0)
            meet = destination(*spot, bearing + 90, apart_m * (side - 0.5))
            part = destination(*end_spot, bearing + 90, apart_m * (side - 0.5))
            way = Way().add(0.0, come)
            sail(way, meet, 10.0)
            way.t_s = [t + begin - way.t_s[-1] for t in way.t_s]
            way.add(begin + minutes * 60, part)
            sail(way, destination(*end_spot, bearing + 180 + 120 * side, 40_000.0), 11.0)
            pair.append(self.ship(way, kind, int(rng.integers(90, 180)), 45.0))
        self._note("meeting", expected, pair, begin, begin + minutes * 60, spot)

    def passing(self, apart_m: float) -> None:
        """Two ships pass each other at sea without slowing: no meeting."""
        spot = self._wet_spot(45_000, 12_000, 60_000)
        when, bearing = float(self.rng.uniform(4 * 3600, 18 * 3600)), float(self.rng.uniform(0, 360))
        pair = []
        for side in (0.0, 1.0):
            course = bearing + 180 * side
            middle = destination(*spot, bearing + 90, apart_m * (side - 0.5))
            way = sail(Way().add(0.0, destination(*middle, course + 180, 45_000.0)), middle, 12.0)
            way.t_s = [t + when - way.t_s[-1] for t in way.t_s]
            pair.append(self.ship(sail(way, destination(*middle, course, 45_000.0), 12.0), 70, 150))
        self._note("passing", False, pair, when - 120, when + 120, spot)

    def area(self, name: str, radius_m: float, kind: str = "watch") -> Point:
        """A watched area in open water off the lanes: seven corners, no border of anybody."""
        middle = self._wet_spot(50_000, 25_000, 80_000)
        ring = [destination(*middle, 51.4 * k, radius_m * (1.0 if k % 2 else 0.85)) for k in range(7)]
        ring = [(round(p[0], 5), round(p[1], 5)) for p in ring]
        self.zones.append({
            "type": "Feature", "properties": {"name": name, "kind": kind},
            "geometry": {"type": "Polygon", "coordinates": [[list(p) for p in [*ring, ring[0]]]]},
        })  # fmt: skip
        return middle

    def visit(self, middle: Point, radius_m: float, stay_h: float) -> None:
        """Comes in, works about the middle, goes out another way."""
        begin, bearing = float(self.rng.uniform(2 * 3600, 12 * 3600)), float(self.rng.uniform(0, 360))
        way = sail(Way().add(begin, destination(*middle, bearing, radius_m * 3)), middle, 9.0)
        circle(way, middle, 1_500.0, way.end[0] + stay_h * 3600, self.rng)
        out = sail(way, destination(*middle, bearing + 130, radius_m * 3), 9.0)
        self._note("visit", True, [self.ship(out, 30, 45, 90.0)], begin, out.t_s[-1], middle)

    def through(self, middle: Point, radius_m: float, expected: bool) -> None:
        """Straight past: through the middle, or outside the border by a third of the radius."""
        begin, bearing = float(self.rng.uniform(3600, 14 * 3600)), float(self.rng.uniform(0, 360))
        aim = middle if expected else destination(*middle, bearing + 90, radius_m * 1.35)
        way = sail(Way().add(begin, destination(*aim, bearing + 180, radius_m * 3)), aim, 13.0)
        sail(way, destination(*aim, bearing, radius_m * 3), 13.0)
        self._note("through" if expected else "past", expected, [self.ship(way, 70, 160)], begin, way.t_s[-1], middle)

    def two_ships_on_one_mmsi(self) -> None:
        """Two ships far apart send the same MMSI for half a day."""
        pair = []
        for _ in range(2):
            spot = self._wet_spot(30_000, 5_000, 40_000)
            aim = destination(*spot, bearing_deg(*spot, *self.sea.harbours[0]), 30_000.0)
            way = Way().add(5 * 3600.0, spot)
            while way.end[0] < 17 * 3600:
                sail(sail(way, aim, 8.0), spot, 8.0)
            pair.append(self.ship(way, 70, 110, 75.0))
        pair[1].mmsi = -pair[0].number
        self._note(
            "one MMSI, two ships", True, pair, 5 * 3600, min(DAY_S, pair[0].way.t_s[-1]), pair[0].way.at(6 * 3600)
        )

    def gathering(self, middle: Point, hulls: int, patrols: int, fishers: int) -> None:
        """Hulls come one by one and lie side by side all day, patrols hold off, a fishing fleet works around."""
        rng, made = self.rng, []
        for k in range(hulls):
            berth = destination(*destination(*middle, 90.0, 45.0 * (k % 4)), 0.0, 45.0 * (k // 4))
            come = destination(*middle, float(rng.uniform(0, 360)), 45_000.0)
            way = sail(Way().add(float(rng.uniform(0, 2 * 3600)), come), berth, 9.0)
            made.append(self.ship(way.add(22 * 3600.0, berth), 30, int(rng.integers(45, 60)), 120.0))
            self.listed.append((made[-1], "militia"))
        for k in range(patrols):
            out = destination(*middle, 100.0 + 140 * k, 8_000.0)
            way = sail(Way().add(3600.0 * k, destination(*out, 100.0 + 140 * k, 30_000.0)), out, 12.0)
            made.append(self.ship(circle(way, middle, 8_000.0, 22 * 3600.0, rng), 55, 90, 60.0))
            self.listed.append((made[-1], "coast_guard"))
        for _ in range(fishers):
            spot = destination(*middle, float(rng.uniform(0, 360)), float(rng.uniform(3_000, 12_000)))
            way = wander(Way().add(0.0, spot), spot, 3_000.0, 3.0, float(DAY_S), rng)
            made.append(self.ship(way, 30, int(rng.integers(20, 35)), 150.0))
        self._note("gathering", True, made, 5 * 3600, 22 * 3600, middle)

    def follower(self, lag_s: float, expected: bool) -> None:
        """A ship makes turn after turn, and another sails its path behind it; or sails the first leg only."""
        spot, bearing = self._wet_spot(45_000, 25_000, 90_000), float(self.rng.uniform(0, 360))
        begin = float(self.rng.uniform(3 * 3600, 10 * 3600))
        way = Way().add(begin, destination(*spot, bearing, 50_000.0))
        for turn in (0.0, 70.0, -40.0, 95.0, 20.0, -60.0):
            sail(way, destination(*way.end[1], bearing + 180.0 + turn, 13_000.0), 11.0)
        behind = Way([t + lag_s for t in way.t_s], list(way.lon), list(way.lat))
        if not expected:
            away = destination(*(behind.lon[1], behind.lat[1]), bearing + 100.0, 60_000.0)
            behind = sail(Way(behind.t_s[:2], behind.lon[:2], behind.lat[:2]), away, 11.0)
        pair = [self.ship(way, 70, 120), self.ship(behind, 55, 80)]
        self._note("followed" if expected else "same way at first", expected, pair, begin, way.t_s[-1], spot)

    def silence(self, middle: Point, hours: float, expected: bool) -> None:
        """Sends nothing for hours at work in a watched area, where others are heard."""
        spot, begin = (
            destination(*middle, float(self.rng.uniform(0, 360)), 2_000.0),
            float(self.rng.uniform(6, 9)) * 3600,
        )
        way = sail(Way().add(0.0, destination(*spot, 200.0, 60_000.0)), spot, 10.0)
        way = wander(way, spot, 4_000.0, 3.0, begin + hours * 3600 + 3 * 3600, self.rng)
        ship = self.ship(sail(way, destination(*spot, 20.0, 60_000.0), 10.0), 30, 38, 60.0)
        ship.silent_s = (begin, begin + hours * 3600)
        event = "silent" if expected else "silent for a moment"
        self._note(event, expected, [ship], begin, begin + hours * 3600, spot)
