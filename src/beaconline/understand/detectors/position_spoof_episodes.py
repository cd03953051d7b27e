"""One vessel elsewhere: where from, where to, since when, whether it came back, and what else could explain it.

Decides: what is kept of an episode (the run before, the run elsewhere, the run after, the ring if there is one) and
which leaps are explained by something simpler: another ship under the same number, a wrong clock, a sign lost in
latitude or longitude, a device that stood still. Refuses: to weigh what is left; the groups do. Source: behaviours
page ("rule out device faults and shared identity first"). Known failures: another ship under the number that sends the
same static fields, or none, and is heard only while the first is not, is not told apart from one ship.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from beaconline.foundation.geo.geodesy import KN_MS, bearing_deg, distance_m
from beaconline.foundation.table.reports import Pools, Static
from beaconline.understand.detectors import position_spoof_rows as rows
from beaconline.understand.detectors.position_spoof_rings import METRES_E7

__all__ = [
    "SpoofEpisode",
    "expected",
    "explained",
    "is_placeholder",
    "late_or_early",
    "leap_m",
    "offset_m",
    "place_m",
    "return_m",
]

CLOCK_PATH_M = 400.0
"""A leap onto the vessel's own path of the last two hours is a late message: the path is kept by minutes, so a turn in
between may be cut by so much."""
CLOCK_AHEAD_S = 1800.0
CLOCK_AHEAD_DEG = 8.0
"""A leap ahead on the own course, by no more than half an hour's way, is a clock or a position that hung."""
SIGN_M = 20_000.0
"""As near to where the vessel would be with the sign of latitude or longitude turned round: a wrong setting."""
FAR_STATIONS_M = 100_000.0
"""Two places farther apart are not heard by one coast station: when no station heard both, they are two ships."""


@dataclass(slots=True)
class SpoofEpisode:
    """One vessel's time elsewhere. Slots are lists of ``rows.N_SLOT`` integers, empty where there is none.

    since_us  first fix elsewhere, or first fix on the ring; known_us: when that was sure
    home      run before the leap; away: run elsewhere, up to now; back: run after it
    made_ms   speed made good before the leap, east and north, metres a second
    path_m    how near the first fix elsewhere lies to the vessel's own path, -1 = not known
    ring      as ``rows.N_HELD``; ring_before: up to a break; ring_since_us, ring_until_us when it was held,
              ring_known_us when that was sure
    turns     times that it leapt away again after it had come back
    by_turns  fixes at the other place in between
    why_not   what explains it without any false position; "" = nothing
    clock     the leap alone, one vessel alone, may be a wrong clock
    ended     "" while it goes on; "back", "stayed", "silent", "elsewhere", "ring over"
    """

    vessel: int
    mmsi: int
    since_us: int
    known_us: int
    home: list[int] = field(default_factory=list)
    away: list[int] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    made_ms: tuple[float, float] = (0.0, 0.0)
    path_m: float = -1.0
    ring: list[float] = field(default_factory=list)
    ring_before: list[float] = field(default_factory=list)
    ring_since_us: int = 0
    ring_known_us: int = 0
    ring_until_us: int = 0
    turns: int = 0
    by_turns: int = 0
    why_not: str = ""
    clock: bool = False
    ended: str = ""
    tracks: tuple[int, ...] = ()

    @property
    def leapt(self) -> bool:
        return bool(self.home)

    def place(self) -> tuple[int, int]:
        """Where the vessel was last believed: before the leap, or the centre of the ring (degrees x 1e7)."""
        if self.home:
            return self.home[rows.LON], self.home[rows.LAT]
        return round(self.ring[0] * 1e7), round(self.ring[1] * 1e7)

    def last_us(self) -> int:
        """The last instant that is known of it."""
        if self.back:
            return self.back[rows.SINCE]
        return self.away[rows.T] if self.home else self.ring_until_us


def place_m(a: Sequence[int], b: Sequence[int]) -> float:
    """Metres between two places, degrees x 1e7."""
    return float(distance_m(a[0] * 1e-7, a[1] * 1e-7, b[0] * 1e-7, b[1] * 1e-7))


def offset_m(a: Sequence[int], b: Sequence[int]) -> tuple[float, float]:
    """Metres east and north from one place to another (degrees x 1e7), along the great circle."""
    d = place_m(a, b)
    way = math.radians(float(bearing_deg(a[0] * 1e-7, a[1] * 1e-7, b[0] * 1e-7, b[1] * 1e-7)))
    return d * math.sin(way), d * math.cos(way)


def expected(slot: Sequence[int], made_ms: tuple[float, float], t_us: int) -> tuple[int, int]:
    """Where a run would be by ``t_us`` if it went on, for an hour at most, as it told, or else as it went."""
    seconds = min(max((t_us - slot[rows.T]) * 1e-6, 0.0), 3600.0)
    east, north = made_ms
    if slot[rows.SOG] >= 0 and (slot[rows.COG] >= 0 or slot[rows.SOG] < 500):
        course = math.radians(max(slot[rows.COG], 0) * 1e-2)
        speed = slot[rows.SOG] * 1e-3 * KN_MS
        east, north = speed * math.sin(course), speed * math.cos(course)
    lat = slot[rows.LAT] + north * seconds / METRES_E7
    lon = slot[rows.LON] + east * seconds / (METRES_E7 * max(math.cos(math.radians(lat * 1e-7)), 0.01))
    return round((lon + 1_800_000_000) % 3_600_000_000 - 1_800_000_000), round(max(min(lat, 9e8), -9e8))


def leap_m(episode: SpoofEpisode) -> tuple[float, float]:
    """Metres east and north by which the first fix elsewhere is off what was to be expected."""
    first = (episode.away[rows.F_LON], episode.away[rows.F_LAT])
    return offset_m(expected(episode.home, episode.made_ms, episode.since_us), first)


def return_m(episode: SpoofEpisode) -> tuple[float, float]:
    """The same for the first fix after it, against the run elsewhere."""
    first = (episode.back[rows.F_LON], episode.back[rows.F_LAT])
    return offset_m(expected(episode.away, (0.0, 0.0), episode.back[rows.SINCE]), first)


def is_placeholder(mmsi: int) -> bool:
    """Whether an MMSI is one that devices send until they are set up: nothing behind the country's digits, one digit
    all along, or digits in a row."""
    text = f"{mmsi:09d}"
    return mmsi >= 0 and (mmsi % 1_000_000 == 0 or len(set(text)) == 1 or text in ("123456789", "987654321"))


def _other_ship(home: list[int], away: list[int], pools: Pools) -> bool:
    """Whether the two runs told different names, numbers, lengths or classes."""
    a, b = pools.statics[home[rows.STATIC]], pools.statics[away[rows.STATIC]]
    if home[rows.SENSOR] != away[rows.SENSOR] and {home[rows.SENSOR], away[rows.SENSOR]} <= {0, 1}:
        return True
    return any(_differ(a, b, name) for name in ("imo", "callsign", "name", "length_dm", "beam_dm"))


def _differ(a: Static, b: Static, name: str) -> bool:
    one, two = getattr(a, name), getattr(b, name)
    return one is not None and two is not None and one != two


def late_or_early(episode: SpoofEpisode) -> bool:
    """Whether the first fix elsewhere lies on the vessel's own path, or ahead on its course."""
    if 0.0 <= episode.path_m <= CLOCK_PATH_M:
        return True
    home, first = episode.home, (episode.away[rows.F_LON], episode.away[rows.F_LAT])
    speed = max(home[rows.SOG], episode.away[rows.F_SOG]) * 1e-3 * KN_MS
    speed = max(speed, math.hypot(*episode.made_ms))
    east, north = offset_m((home[rows.LON], home[rows.LAT]), first)
    if speed < 1.0 or math.hypot(east, north) > speed * CLOCK_AHEAD_S:
        return False
    told = episode.home[rows.SOG] >= 1000 and episode.home[rows.COG] >= 0
    course = home[rows.COG] * 1e-2 if told else math.degrees(math.atan2(*episode.made_ms))
    off = (math.degrees(math.atan2(east, north)) - course + 540.0) % 360.0 - 180.0
    return abs(off) <= CLOCK_AHEAD_DEG


def _sign(episode: SpoofEpisode) -> bool:
    """Whether the place elsewhere is the expected one with a sign turned round."""
    lon, lat = expected(episode.home, episode.made_ms, episode.since_us)
    first = (episode.away[rows.F_LON], episode.away[rows.F_LAT])
    turned = ((-lon, lat), (lon, -lat), (-lon, -lat))
    # Near the equator or a meridian of sign the turned place is no other place.
    far = [each for each in turned if place_m(each, (lon, lat)) > 10.0 * SIGN_M]
    return any(place_m(each, first) <= SIGN_M for each in far)


def explained(episode: SpoofEpisode, pools: Pools) -> str:
    """What explains a leap without a false position, in words; "" = nothing."""
    home, away = episode.home, episode.away
    if _other_ship(home, away, pools):
        return "other static fields: another ship under the same number"
    one, two = set(pools.stations[home[rows.STATIONS]]), set(pools.stations[away[rows.STATIONS]])
    first = (away[rows.F_LON], away[rows.F_LAT])
    if one and two and not one & two and place_m((home[rows.LON], home[rows.LAT]), first) > FAR_STATIONS_M:
        return "no station heard both places: another ship under the same number"
    if _sign(episode):
        return "a sign of latitude or longitude was lost"
    return ""
