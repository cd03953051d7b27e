"""A conflict under way: how often the place changed, between which tracks, and the changes that tell most.

Decides: what is kept of a conflict: sums, and the first, last, fastest and nearest change of place, so that memory
does not grow with a clone's life. Refuses: to judge while it goes on; ``verdict`` is asked when it is told.
Source: behaviours page. Known failures: none known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from beaconline.foundation.geo.geodesy import KN_MS, bearing_deg, distance_m

__all__ = ["MOST_TRACKS", "Change", "Episode", "Fix"]

MOST_TRACKS = 16
"""Tracks named in one conflict; more are counted. Equals the tracker's bound on open tracks of one MMSI."""
CLOCK_OFF_US = 180_000_000
"""A wrong clock explains a change along the ship's own way of up to 3 min; satellites were seen 4 min off, rarely."""
UNKNOWN_KN = 15.0
"""Speed of a ship that tells none, knots: faster than most."""
ALONG_DEG = 15.0
"""How near to the course a change lies that a wrong clock can explain, degrees either way."""
COORDINATE_E7 = 500_000
"""One coordinate within 0.05 deg while the other is off: bits lost on the air rather than another ship."""


class Fix(NamedTuple):
    """One fix of a vessel; codes and units as in Reports."""

    t_us: int
    lon_e7: int
    lat_e7: int
    track: int
    stations: int
    sog_mkn: int
    cog_cdeg: int


class Change(NamedTuple):
    """The place changed from one fix to the next; make it with ``between``."""

    a: Fix
    b: Fix
    distance_m: float

    @classmethod
    def between(cls, a: Fix, b: Fix) -> Change:
        return cls(a, b, distance_m(a.lon_e7 * 1e-7, a.lat_e7 * 1e-7, b.lon_e7 * 1e-7, b.lat_e7 * 1e-7))

    @property
    def seconds(self) -> float:
        """Time between both; one second at least, since clocks are no better."""
        return max((self.b.t_us - self.a.t_us) * 1e-6, 1.0)

    @property
    def speed_kn(self) -> float:
        return self.distance_m / self.seconds / KN_MS

    @property
    def told_kn(self) -> float:
        """The higher speed told at both ends; an ordinary one where none is told."""
        told = max(self.a.sog_mkn, self.b.sog_mkn)
        return told / 1000 if told >= 0 else UNKNOWN_KN

    def offset_us(self) -> int | None:
        """How wrong a clock must be to explain the change along the ship's own way; None if it cannot."""
        for fix in (self.a, self.b):
            if fix.sog_mkn < 2000 or fix.cog_cdeg < 0:
                continue
            to_b = bearing_deg(self.a.lon_e7 * 1e-7, self.a.lat_e7 * 1e-7, self.b.lon_e7 * 1e-7, self.b.lat_e7 * 1e-7)
            off = abs((to_b - fix.cog_cdeg * 0.01 + 540.0) % 360.0 - 180.0)
            if min(off, 180.0 - off) <= ALONG_DEG:
                return round(self.distance_m / (fix.sog_mkn * 1e-3 * KN_MS) * 1e6)
        return None

    def one_coordinate(self) -> str | None:
        """Which coordinate alone changed, if one did."""
        if abs(self.a.lon_e7 - self.b.lon_e7) <= COORDINATE_E7:
            return "latitude"
        return "longitude" if abs(self.a.lat_e7 - self.b.lat_e7) <= COORDINATE_E7 else None


@dataclass(slots=True)
class Episode:
    """All changes of place of one MMSI (or of two that share an identity) without a long quiet between them.

    fixes     fixes by track code since the first change, with those before it in a row on the first track
    ways      changes by (from track, to track)
    impossible  changes faster than the ship told, by far, that no wrong clock explains
    more      fixes on tracks beyond the bound
    """

    mmsi: int
    jumps: int = 0
    changes: int = 0
    impossible: int = 0
    more: int = 0
    fixes: dict[int, int] = field(default_factory=dict)
    first: Change | None = None
    last: Change | None = None
    fastest: Change | None = None
    nearest: Change | None = None
    farthest: Change | None = None
    ways: set[tuple[int, int]] = field(default_factory=set)

    @property
    def last_us(self) -> int:
        return self.last.b.t_us if self.last is not None else -(2**62)

    def count(self, track: int, fixes: int = 1) -> None:
        """Take fixes of a track that change nothing."""
        if track in self.fixes or len(self.fixes) < MOST_TRACKS:
            self.fixes[track] = self.fixes.get(track, 0) + fixes
        else:
            self.more += fixes

    def add(self, change: Change, jump: bool, excess_kn: float) -> None:
        """Take a change of place, impossible when ``excess_kn`` faster than told; fixes are counted by ``count``."""
        self.jumps += jump
        self.changes += 1
        speed_kn = change.speed_kn
        if speed_kn > change.told_kn + excess_kn:
            offset = change.offset_us()
            self.impossible += offset is None or offset > CLOCK_OFF_US
        if self.first is None or self.fastest is None or self.nearest is None or self.farthest is None:
            self.first = self.fastest = self.nearest = self.farthest = change
        self.last = change
        if speed_kn > self.fastest.speed_kn:
            self.fastest = change
        if change.distance_m < self.nearest.distance_m:
            self.nearest = change
        if change.distance_m > self.farthest.distance_m:
            self.farthest = change
        if change.a.track != change.b.track and len(self.ways) < MOST_TRACKS * MOST_TRACKS:
            self.ways.add((change.a.track, change.b.track))

    def returns(self) -> bool:
        """Whether two tracks were heard by turns, in both directions, each with two fixes or more."""
        return any((b, a) in self.ways and min(self.fixes.get(a, 0), self.fixes.get(b, 0)) >= 2
                   for a, b in self.ways)  # fmt: skip
