"""How simulated ships move: a way as points in time, and the reports that a station would hear of it.

Decides: motion in straight pieces at a steady speed, report steps and noise of a class A transponder heard by shore
stations. Refuses: to copy any real vessel; MMSI begin with 799, which is assigned to nobody. Source: ITU-R M.1371 for
fields; position noise 8 m as of a good receiver. Known failures: ships turn on the spot and stop at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.geo.coast import on_land
from beaconline.foundation.geo.geodesy import F64, KN_MS, bearing_deg, destination, distance_m
from scenarios.sea import Point

__all__ = ["Ship", "Way", "circle", "sail", "wander"]

NOISE_DEG = 8.0 / 111_000
"""Standard deviation of a reported position, degrees of latitude (8 m)."""


@dataclass(slots=True)
class Way:
    """Points in time: seconds of the day (not falling), lon, lat in degrees."""

    t_s: list[float] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)

    def add(self, t_s: float, point: Point) -> Way:
        self.t_s.append(t_s)
        self.lon.append(point[0])
        self.lat.append(point[1])
        return self

    @property
    def end(self) -> tuple[float, Point]:
        return self.t_s[-1], (self.lon[-1], self.lat[-1])

    def at(self, t_s: float) -> Point:
        """Where the ship is at a second of the day."""
        return float(np.interp(t_s, self.t_s, self.lon)), float(np.interp(t_s, self.t_s, self.lat))

    def is_wet(self) -> bool:
        """Whether the way keeps off land, looked at every 30 s."""
        t = np.arange(self.t_s[0], self.t_s[-1] + 1, 30.0)
        return not bool(np.any(on_land(np.interp(t, self.t_s, self.lon), np.interp(t, self.t_s, self.lat))))


@dataclass(slots=True)
class Ship:
    """A ship of the day: number, AIS type code, length and beam in metres, nav status, report step, and its way;
    ``silent_s`` is a span of the day in which it sends nothing."""

    number: int
    ship_type: int
    length_m: int
    beam_m: int
    status: int
    step_s: float
    way: Way
    mmsi: int = 0
    silent_s: tuple[float, float] | None = None

    def reports(self, rng: np.random.Generator, day_s: float) -> dict[str, F64]:
        """Columns of the reports heard: t_s, lon, lat, sog_kn, cog_deg, heading_deg (511 = none)."""
        begin, end = max(0.0, self.way.t_s[0]), min(day_s, self.way.t_s[-1])
        n = max(0, int((end - begin) / self.step_s))
        t = begin + np.sort(rng.uniform(0, max(1.0, end - begin), n))
        t = np.unique(np.floor(t))
        if self.silent_s is not None:
            t = t[(t < self.silent_s[0]) | (t > self.silent_s[1])]
        lon, lat = np.interp(t, self.way.t_s, self.way.lon), np.interp(t, self.way.t_s, self.way.lat)
        back, ahead = np.maximum(t - 15, begin), np.minimum(t + 15, end)
        dx = np.interp(ahead, self.way.t_s, self.way.lon) - np.interp(back, self.way.t_s, self.way.lon)
        dy = np.interp(ahead, self.way.t_s, self.way.lat) - np.interp(back, self.way.t_s, self.way.lat)
        east, north = dx * 111_320 * np.cos(np.radians(lat)), dy * 110_900
        speed = np.hypot(east, north) / np.maximum(ahead - back, 1.0) / KN_MS
        course = np.degrees(np.arctan2(east, north)) % 360.0
        still = speed < 0.3
        course = np.where(still, rng.uniform(0, 360, len(t)), course + rng.normal(0, 1.5, len(t))) % 360.0
        return {
            "t_s": t,
            "lon": lon + rng.normal(0, NOISE_DEG, len(t)) / np.cos(np.radians(lat)),
            "lat": lat + rng.normal(0, NOISE_DEG, len(t)),
            "sog_kn": np.maximum(0.0, speed + rng.normal(0, 0.1, len(t))),
            "cog_deg": course,
            "heading_deg": np.where(still, 511.0, np.floor(course)),
        }


def sail(way: Way, to: Point, speed_kn: float) -> Way:
    """Go on to a point at a steady speed; cut every 20 km, so that long ways bend as great circles do."""
    t_s, at = way.end
    far = distance_m(*at, *to)
    pieces = max(1, int(far // 20_000))
    for k in range(1, pieces + 1):
        left = bearing_deg(*at, *to)
        place = to if k == pieces else destination(*at, left, far / pieces)
        t_s += distance_m(*at, *place) / (speed_kn * KN_MS)
        way.add(t_s, place)
        at = place
    return way


def circle(way: Way, middle: Point, radius_m: float, until_s: float, rng: np.random.Generator) -> Way:
    """Swing round a point, as a ship at anchor does: a new place on the circle every 10 to 30 minutes."""
    bearing = float(rng.uniform(0, 360))
    while way.end[0] < until_s:
        bearing += float(rng.normal(0, 12))
        way.add(min(until_s, way.end[0] + float(rng.uniform(600, 1800))), destination(*middle, bearing, radius_m))
    return way


def wander(way: Way, middle: Point, radius_m: float, speed_kn: float, until_s: float, rng: np.random.Generator) -> Way:
    """Tow a net to and fro: legs of 20 to 60 minutes inside a circle."""
    course = float(rng.uniform(0, 360))
    while way.end[0] < until_s:
        t_s, at = way.end
        stretch_s = float(rng.uniform(1200, 3600))
        course += float(rng.normal(0, 60))
        if distance_m(*at, *middle) > radius_m:
            course = bearing_deg(*at, *middle) + float(rng.normal(0, 25))
        way.add(t_s + stretch_s, destination(*at, course, speed_kn * KN_MS * stretch_s))
    return way
