"""A track that claims an MMSI: a ship of its own, or fixes of one ship gone astray.

Decides: a track is a ship when it has its own share of the fixes, or is heard several times in a row, or moves by its
own told speed and course while its distance from the others changes. Fixes that come one at a time, few among many,
and that stay where they are or keep their distance from the ship, are a device fault or bits lost on the air.
Refuses: to judge before the conflict is told. Source: behaviours page ("rule out device faults first"); thresholds
below. Known failures: a second ship at rest, heard in less than one fix of twenty and never twice running, is taken
for a fault; a device that is wrong for many fixes running is taken for a second ship.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, radians, sin

from beaconline.foundation.geo.geodesy import KN_MS
from beaconline.understand.detectors.identity_changes import METRES_A_DEGREE, UNKNOWN_KN, Fix

__all__ = ["Claimant"]

SHARE = 20
"""One fix for 20 of the longest track makes a ship; faults of devices are one in a hundred or rarer."""
FEW_SHARE = 4
"""Of a track of two fixes, one for four: two strays can fall near each other."""
IN_A_ROW = 2
"""Fixes that follow one of the same track; with a quarter of the track's fixes at least."""
OWN_MOVES = 2
"""Legs of the track that its told speed and course explain."""
MOST_LEG_US = 3_600_000_000
"""Longer legs say nothing about speed and course told at their ends."""
STILL_KN = 1.0
SAME_COURSE_DEG = 30.0


def metres(a: Fix, b: Fix) -> tuple[float, float]:
    """Metres east and north from a to b on the plane, good to some percent up to some hundred miles."""
    east = ((b.lon_e7 - a.lon_e7) * 1e-7 + 540.0) % 360.0 - 180.0
    return (
        east * METRES_A_DEGREE * cos(radians((a.lat_e7 + b.lat_e7) * 0.5e-7)),
        (b.lat_e7 - a.lat_e7) * 1e-7 * METRES_A_DEGREE,
    )


def moved_as_told(a: Fix, b: Fix) -> bool | None:
    """Whether the leg from a to b is what both told; None where they tell too little, or not one course."""
    if min(a.sog_mkn, b.sog_mkn) < 0 or b.t_us - a.t_us > MOST_LEG_US:
        return None
    east, north = metres(a, b)
    seconds = (b.t_us - a.t_us) * 1e-6
    told_kn = (a.sog_mkn + b.sog_mkn) / 2000
    if told_kn < STILL_KN:
        # The very same digits again are a stored place as likely as a ship at rest.
        return (a.lon_e7, a.lat_e7) != (b.lon_e7, b.lat_e7) and hypot(east, north) <= 100.0 + told_kn * KN_MS * seconds
    if min(a.cog_cdeg, b.cog_cdeg) < 0:
        return None
    turn = (b.cog_cdeg - a.cog_cdeg + 54_000) % 36_000 - 18_000
    if abs(turn) > SAME_COURSE_DEG * 100:
        return None
    course, way_m = radians((a.cog_cdeg + turn / 2) * 0.01), told_kn * KN_MS * seconds
    return hypot(east - way_m * sin(course), north - way_m * cos(course)) <= 0.25 * way_m + 100.0


@dataclass(slots=True)
class Claimant:
    """What is known of one track since the first change of place.

    heard     number, in the vessel's rows, of its last fix
    in_a_row  fixes that follow one of the same track with none of another between
    null      fixes at latitude 0, longitude 0
    moved     legs as told; astray: legs other than told
    kept      times that it came back at its old distance from the track heard before it; shifted: at another
    """

    fixes: int = 0
    heard: int = -1
    in_a_row: int = 0
    null: int = 0
    moved: int = 0
    astray: int = 0
    kept: int = 0
    shifted: int = 0
    last: Fix | None = None
    beside: int = -1
    east_m: float = 0.0
    north_m: float = 0.0

    def hear(self, fix: Fix, follows: bool, heard: int) -> None:
        """Take the track's next fix."""
        if self.last is not None:
            as_told = moved_as_told(self.last, fix)
            if as_told is not None:
                self.moved += as_told
                self.astray += not as_told
        self.fixes += 1
        self.null += fix.is_null
        self.in_a_row += follows
        self.heard, self.last = heard, fix

    def hear_beside(self, other: Fix, fix: Fix) -> None:
        """Compare the place beside another track's fix with that of the time before."""
        seconds = (fix.t_us - other.t_us) * 1e-6
        way_m = (other.sog_mkn / 1000 if other.sog_mkn >= 0 else UNKNOWN_KN) * KN_MS * seconds
        east, north = metres(other, fix)
        if other.cog_cdeg >= 0 and other.sog_mkn >= 0:
            east -= way_m * sin(radians(other.cog_cdeg * 0.01))
            north -= way_m * cos(radians(other.cog_cdeg * 0.01))
        if self.beside == other.track:
            off = hypot(east - self.east_m, north - self.north_m)
            if off <= 100.0 + 0.05 * hypot(east, north) + way_m:
                self.kept += 1
            else:
                self.shifted += 1
        self.beside, self.east_m, self.north_m = other.track, east, north

    def is_ship(self, most: int) -> bool:
        """Whether the track is a ship of its own, where the longest track of the MMSI has ``most`` fixes."""
        if 2 * self.null > self.fixes or self.fixes < 2:
            return False
        if self.fixes * (FEW_SHARE if self.fixes == 2 else SHARE) >= most:
            return True
        if self.in_a_row >= IN_A_ROW and 4 * self.in_a_row >= self.fixes:
            return True
        own = self.moved >= OWN_MOVES and self.moved >= 2 * self.astray
        return own and self.shifted >= OWN_MOVES and self.shifted >= self.kept
