"""A track that claims an MMSI: a ship of its own, or fixes of one ship gone astray.

Decides: a track is a ship when it has its own share of the fixes, or is heard several times in a row or by turns, or
reports at its own regular interval, or moves by its own told speed and course while its distance from the others
changes. Fixes that come one at a time, now and then, few among many, and that keep their distance from the ship or its
place against their own told speed, are a device fault or bits lost on the air. Refuses: to judge before the conflict is
told. Source: behaviours page ("rule out device faults first"); thresholds below. Known failures: a second ship at rest
beside one at rest, heard now and then in less than one fix of twenty, is taken for a fault; a device that is wrong for
many fixes running is taken for a second ship.
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
BY_TURNS = 3
"""Fixes with two of other tracks between them at most; with four in ten of the track's fixes at least. Faults that come
by chance in less than one fix of twenty do so in three of twenty."""
NEAR_ROWS = 3
REGULAR_GAPS = 8
REGULAR = 0.4
"""Scatter of the times between fixes over their mean: 1 where they come by chance, less for an interval."""
OWN_MOVES = 3
"""Legs of the track that its told speed and course explain, and three for each that they do not."""
MOST_LEG_US = 3_600_000_000
"""Longer legs say nothing about speed and course told at their ends."""
MOST_LEGS = 64
"""Legs and distances compared; a track with more fixes is a ship by their number, or is none by these."""
STILL_KN = 1.0
SAME_COURSE_DEG = 30.0
KEPT_M = 100.0
KEPT_SHARE = 0.005
"""A distance is kept within 100 m, 0.5 % of itself (a plane for the sphere), and the way between both fixes."""
SHIFTED_SHARE = 5


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
        same = (a.lon_e7, a.lat_e7) == (b.lon_e7, b.lat_e7)
        return None if same else hypot(east, north) <= 100.0 + told_kn * KN_MS * seconds
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
    in_a_row  fixes that follow one of the same track with none of another between; by_turns: with two at most
    null      fixes at latitude 0, longitude 0
    moved     legs as told; astray: legs other than told
    gap_s     sum of the times between its fixes; gap_s2: of their squares
    kept      times that it came back at its first place beside the track ``beside``; shifted: at another
    """

    fixes: int = 0
    heard: int = -1
    in_a_row: int = 0
    by_turns: int = 0
    gap_s: float = 0.0
    gap_s2: float = 0.0
    null: int = 0
    moved: int = 0
    astray: int = 0
    kept: int = 0
    shifted: int = 0
    last: Fix | None = None
    beside: int = -1
    lon_off_deg: float = 0.0
    lat_off_deg: float = 0.0

    def hear(self, fix: Fix, heard: int) -> None:
        """Take the track's next fix, the vessel's row number ``heard``."""
        if self.last is not None:
            gap_s = (fix.t_us - self.last.t_us) * 1e-6
            self.gap_s += gap_s
            self.gap_s2 += gap_s * gap_s
            self.in_a_row += heard == self.heard + 1
            self.by_turns += heard <= self.heard + NEAR_ROWS
            as_told = moved_as_told(self.last, fix) if self.moved + self.astray < MOST_LEGS else None
            if as_told is not None:
                self.moved += as_told
                self.astray += not as_told
        self.fixes += 1
        self.null += fix.is_null
        self.heard, self.last = heard, fix

    def hear_beside(self, other: Fix, fix: Fix) -> None:
        """Compare the place beside another track's fix with that of the first time."""
        if self.kept + self.shifted >= MOST_LEGS:
            return
        way_m = (other.sog_mkn / 1000 if other.sog_mkn >= 0 else UNKNOWN_KN) * KN_MS * (fix.t_us - other.t_us) * 1e-6
        lon_deg = ((fix.lon_e7 - other.lon_e7) * 1e-7 + 540.0) % 360.0 - 180.0
        lat_deg = (fix.lat_e7 - other.lat_e7) * 1e-7
        narrow = max(cos(radians(other.lat_e7 * 1e-7)), 0.01)
        if other.cog_cdeg >= 0 and other.sog_mkn >= 0:
            course = radians(other.cog_cdeg * 0.01)
            lon_deg -= way_m * sin(course) / METRES_A_DEGREE / narrow
            lat_deg -= way_m * cos(course) / METRES_A_DEGREE
        if self.beside != other.track:
            self.beside, self.lon_off_deg, self.lat_off_deg = other.track, lon_deg, lat_deg
            return
        off_m = METRES_A_DEGREE * hypot((lon_deg - self.lon_off_deg) * narrow, lat_deg - self.lat_off_deg)
        kept = off_m <= KEPT_M + KEPT_SHARE * METRES_A_DEGREE * hypot(lon_deg * narrow, lat_deg) + way_m
        self.kept += kept
        self.shifted += not kept

    def is_regular(self) -> bool:
        """Whether it is heard at one interval, as a transponder is and a fault is not."""
        gaps = self.fixes - 1
        mean_s = self.gap_s / max(gaps, 1)
        return gaps >= REGULAR_GAPS and self.gap_s2 / gaps - mean_s**2 <= (REGULAR * mean_s) ** 2

    def is_ship(self, most: int) -> bool:
        """Whether the track is a ship of its own, where the longest track of the MMSI has ``most`` fixes."""
        if 2 * self.null > self.fixes or self.fixes < 2:
            return False
        if self.fixes * (FEW_SHARE if self.fixes == 2 else SHARE) >= most:
            return True
        if self.in_a_row >= IN_A_ROW and 4 * self.in_a_row >= self.fixes:
            return True
        if (self.by_turns >= BY_TURNS and 10 * self.by_turns >= 4 * self.fixes) or self.is_regular():
            return True
        own = self.moved >= OWN_MOVES and self.moved >= OWN_MOVES * self.astray
        return own and self.shifted >= OWN_MOVES and SHIFTED_SHARE * self.shifted >= self.kept
