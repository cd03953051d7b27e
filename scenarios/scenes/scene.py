"""A scene: a few vessels on planned courses over a plane of nautical miles, laid anywhere on the globe.

Decides: how a course becomes fixes, and how a whole scene is turned, mirrored, shifted and moved, so that whatever is
true of it stays true. Refuses: to know how anything is detected; it shares nothing with the detectors but geodesy.
Known failures: the plane is laid by bearing and distance from its origin, which bends straight legs by metres at 30 nm
and tens of metres at 100 nm; fixes are exact unless ``scatter_m`` is given.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from beaconline.foundation.geo.geodesy import destination

__all__ = ["BEGIN", "NM_M", "Scene", "Vessel"]

NM_M = 1852.0
BEGIN = datetime(2026, 1, 2, 3, tzinfo=UTC)
"""Minute 0 of every scene."""
ORIGIN = (-30.0, 10.0)
"""Where scenes lie unless moved: open water, thousands of metres deep, far from every shore."""


@dataclass(frozen=True, slots=True)
class Fix:
    """minute since BEGIN; nautical miles east and north of the origin; speed and course as sent, None = not sent."""

    minute: float
    east_nm: float
    north_nm: float
    sog_kn: float | None
    cog_deg: float | None
    nav_status: int | None


class Vessel:
    """A vessel and its course so far; every call sails on from where the last one ended and returns the vessel.

    mmsi, and static fields as in a report (name, callsign, imo, ship_type, length_m …); ``step_s`` between fixes;
    ``stations`` that hear it; ``sensor`` as in a report; ``status`` navigational status sent from now on.
    """

    def __init__(
        self, mmsi: int, east_nm: float, north_nm: float, minute: float = 0.0, *, step_s: float = 60.0,
        status: int | None = 0, sensor: str = "ais_a", stations: Sequence[str] = ("s1",), scatter_m: float = 0.0,
        **static: Any,
    ) -> None:  # fmt: skip
        self.mmsi, self.east_nm, self.north_nm, self.minute = mmsi, east_nm, north_nm, minute
        self.step_s, self.status, self.sensor, self.stations = step_s, status, sensor, tuple(stations)
        self.static: dict[str, Any] = static
        self.rng = np.random.default_rng(mmsi)
        self.scatter_m = scatter_m
        self.fixes: list[Fix] = []
        self.statics: list[dict[str, Any]] = []
        self._next = minute

    def _sent(self, sog_kn: float, cog_deg: float, until: float, heard: bool) -> None:
        """Fixes from now to ``until`` along the course, at the vessel's own beat."""
        begun, e, n = self.minute, self.east_nm, self.north_nm
        per_minute = sog_kn / 60.0
        x, y = math.sin(math.radians(cog_deg)) * per_minute, math.cos(math.radians(cog_deg)) * per_minute
        while self._next < until - 1e-9:
            t = self._next - begun
            if heard:
                off = self.rng.normal(0.0, self.scatter_m / NM_M, 2) if self.scatter_m else (0.0, 0.0)
                place = e + x * t + float(off[0]), n + y * t + float(off[1])
                self.fixes.append(Fix(self._next, *place, sog_kn, cog_deg % 360.0, self.status))
                self.statics.append(dict(self.static))
            self._next += self.step_s / 60.0
        self.minute, self.east_nm, self.north_nm = until, e + x * (until - begun), n + y * (until - begun)

    def go(self, course_deg: float, kn: float, minutes: float, *, heard: bool = True) -> Vessel:
        """Sail a straight course; ``heard=False``: it sails, and nobody hears it."""
        self._sent(kn, course_deg, self.minute + minutes, heard)
        return self

    def to(self, east_nm: float, north_nm: float, kn: float, *, heard: bool = True) -> Vessel:
        """Sail straight to a place."""
        e, n = east_nm - self.east_nm, north_nm - self.north_nm
        course = math.degrees(math.atan2(e, n)) % 360.0
        return self.go(course, kn, math.hypot(e, n) / kn * 60.0, heard=heard)

    def stay(self, minutes: float, *, heard: bool = True) -> Vessel:
        """Lie where it is."""
        return self.go(0.0, 0.0, minutes, heard=heard)

    def now(self, **static: Any) -> Vessel:
        """Send other static fields from now on (None = no longer sent)."""
        self.static = {**self.static, **static}
        return self

    def under(self, status: int | None) -> Vessel:
        """Send another navigational status from now on."""
        self.status = status
        return self


@dataclass(frozen=True)
class Scene:
    """Vessels with what belongs to them. ``expect`` names what must be found, each as a dict of finding fields to
    match (``{"kind": "raft", "type": "raft"}``); a scene that must stay silent about ``kind`` has an empty list.

    zones   (name, kind, corners in nautical miles east and north)
    lists   CSV text of a vessel list, or ""
    cables  (name, places in nautical miles east and north)
    """

    name: str
    kind: str
    says: str
    vessels: Sequence[Vessel]
    expect: Sequence[dict[str, Any]] = ()
    zones: Sequence[tuple[str, str, Sequence[tuple[float, float]]]] = ()
    lists: str = ""
    cables: Sequence[tuple[str, Sequence[tuple[float, float]]]] = ()
    origin: tuple[float, float] = ORIGIN
    turned_deg: float = 0.0
    mirrored: bool = False
    shifted: timedelta = field(default_factory=timedelta)

    def moved(
        self, *, origin: tuple[float, float] | None = None, turned_deg: float = 0.0, mirrored: bool = False,
        shifted: timedelta = timedelta(),
    ) -> Scene:  # fmt: skip
        """The same scene elsewhere, turned clockwise, mirrored east-west before the turn, or at another time."""
        return replace(self, origin=origin or self.origin, turned_deg=turned_deg, mirrored=mirrored, shifted=shifted)

    def place(self, east_nm: float, north_nm: float) -> tuple[float, float]:
        """Longitude and latitude, degrees, of a place of the plane."""
        e = -east_nm if self.mirrored else east_nm
        bearing = math.degrees(math.atan2(e, north_nm)) + self.turned_deg
        lon, lat = destination(*self.origin, bearing % 360.0, math.hypot(e, north_nm) * NM_M)
        return float(lon), float(lat)

    def _course(self, deg: float) -> float:
        return ((-deg if self.mirrored else deg) + self.turned_deg) % 360.0

    def rows(self) -> list[dict[str, Any]]:
        """Reports with the columns of the contract, in order of time."""
        out = []
        for vessel in self.vessels:
            for fix, static in zip(vessel.fixes, vessel.statics, strict=True):
                lon, lat = self.place(fix.east_nm, fix.north_nm)
                t = BEGIN + self.shifted + timedelta(microseconds=round(fix.minute * 60e6))
                cog = None if fix.cog_deg is None else round(self._course(fix.cog_deg), 1) % 360.0
                row = {"t_event": t, "mmsi": vessel.mmsi, "lon_deg": round(lon, 7), "lat_deg": round(lat, 7)}
                row |= {"sog_kn": None if fix.sog_kn is None else round(fix.sog_kn, 1), "cog_deg_true": cog}
                row |= {"nav_status": fix.nav_status, "sensor": vessel.sensor, "stations": list(vessel.stations)}
                out.append(row | static)
        return sorted(out, key=lambda r: (r["t_event"], r["mmsi"]))

    def frame(self) -> pl.DataFrame:
        """The reports as a frame that ``beaconline.watch`` takes."""
        return pl.DataFrame(self.rows(), infer_schema_length=None)

    def zone_file(self, folder: Path) -> Path:
        """The zones as a GeoJSON file in a folder."""
        return self._geojson(folder / "zones.geojson", [
            ({"name": name, "kind": kind}, {"type": "Polygon", "coordinates": [self._ring(corners)]})
            for name, kind, corners in self.zones
        ])  # fmt: skip

    def cable_file(self, folder: Path) -> Path:
        """The cables as a GeoJSON file in a folder."""
        return self._geojson(folder / "cables.geojson", [
            ({"name": name}, {"type": "LineString", "coordinates": [self.place(e, n) for e, n in places]})
            for name, places in self.cables
        ])  # fmt: skip

    def list_file(self, folder: Path) -> Path:
        """The vessel list as a CSV file in a folder."""
        path = folder / "list.csv"
        path.write_text(self.lists, encoding="utf-8")
        return path

    def _ring(self, corners: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        ring = [self.place(e, n) for e, n in corners]
        # GeoJSON wants outer rings counter-clockwise; a mirror turns them round.
        area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
        ring = ring if area > 0 else ring[::-1]
        return [*ring, ring[0]]

    def _geojson(self, path: Path, parts: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> Path:
        features = [{"type": "Feature", "properties": props, "geometry": shape} for props, shape in parts]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        return path
