"""One change of place of an MMSI: how far, how fast, and what but a second ship explains it.

Decides: whether a change is too fast for the ship that told its speed, allowing for the steps in which places and times
were written and for a clock a minute off; how wrong a clock would have to be; whether bits lost on the air look the
same. Refuses: to say what it was. Source: ITU-R M.1371 (positions in 1/10,000 min, in 1/10 min in type 27).
Known failures: a step of rounding is seen only where it is 0.01 or 0.001 degree or 0.1 minute.
"""

from __future__ import annotations

from typing import NamedTuple

from beaconline.foundation.geo.geodesy import KN_MS, bearing_deg, distance_m

__all__ = ["CLOCK_OFF_US", "Change", "Fix"]

CLOCK_OFF_US = 300_000_000
"""A wrong clock explains a change along the ship's own way of up to 5 min: satellites are minutes off, and some loggers
floor their stamps to 5 min. More would hide ships in convoy."""
CLOCK_SLACK_S = 60.0
"""Clocks and stamps of receivers a minute off are everyday; less, and fast ships look like two."""
STOPPED_S = 120.0
"""In a longer time a ship can gather way and stop again: then its highest speed of late counts too."""
UNKNOWN_KN = 15.0
"""Speed of a ship that tells none, knots: faster than most."""
ALONG_DEG = 15.0
"""How near to the course a change lies that a wrong clock can explain, degrees either way."""
COORDINATE_E7 = 500_000
"""One coordinate within 0.05 deg while the other is off: bits lost on the air rather than another ship."""
STEPS_A_DEGREE = (100, 600, 1000)
"""Steps to which places are rounded, coarsest first: decimals, and tenths of a minute (AIS type 27)."""
TIME_STEPS_US = (300_000_000, 60_000_000)
UNIT_E7 = 10_000_000 / 600_000
"""The unit of a position on the air, 1/10,000 of a minute, in 1e-7 degrees."""
LEAST_BIT = 8
"""Bits of less than 2**8 units (under 50 m) are not told from the scatter of fixes."""
BIT_SHARE = 0.1
"""A distance is that of one bit when within a tenth of it, the ship's own motion included."""
METRES_A_DEGREE = 111_320.0


def _is_on(value_e7: int, steps: int) -> bool:
    """Whether a coordinate was rounded to 1/``steps`` degree."""
    rest = value_e7 * steps % 10_000_000
    return rest <= steps or rest >= 10_000_000 - steps


class Fix(NamedTuple):
    """One fix of a vessel; codes and units as in Reports."""

    t_us: int
    lon_e7: int
    lat_e7: int
    track: int
    stations: int
    sog_mkn: int
    cog_cdeg: int

    @property
    def is_null(self) -> bool:
        """At latitude 0, longitude 0 to the last digit: what many devices send before they know their place."""
        return self.lon_e7 == 0 and self.lat_e7 == 0


class Change(NamedTuple):
    """The place changed from one fix to the next; make it with ``between``."""

    a: Fix
    b: Fix
    distance_m: float
    top_mkn: int = -1

    @classmethod
    def between(cls, a: Fix, b: Fix, top_mkn: int = -1) -> Change:
        """The change from a to b of a vessel that told ``top_mkn`` of late (-1 unknown)."""
        return cls(a, b, distance_m(a.lon_e7 * 1e-7, a.lat_e7 * 1e-7, b.lon_e7 * 1e-7, b.lat_e7 * 1e-7), top_mkn)

    @property
    def seconds(self) -> float:
        """Time between both; one second at least, since clocks are no better."""
        return max((self.b.t_us - self.a.t_us) * 1e-6, 1.0)

    @property
    def speed_kn(self) -> float:
        return self.distance_m / self.seconds / KN_MS

    @property
    def told_kn(self) -> float:
        """The higher speed told at both ends, or of late; an ordinary one where none is told."""
        told = max(self.a.sog_mkn, self.b.sog_mkn)
        if self.seconds > STOPPED_S:
            told = max(told, self.top_mkn)
        return told / 1000 if told >= 0 else UNKNOWN_KN

    def step_m(self) -> float:
        """How far two places of one point can lie apart by rounding, metres; 0 where none is seen."""
        a, b = self.a, self.b
        for steps in STEPS_A_DEGREE:
            if (_is_on(a.lon_e7, steps) and _is_on(b.lon_e7, steps)
                    and _is_on(a.lat_e7, steps) and _is_on(b.lat_e7, steps)):  # fmt: skip
                return METRES_A_DEGREE / steps * 2**0.5
        return 0.0

    def slack_s(self) -> float:
        """How far the time between both can be off, seconds: a minute, or the step to which stamps were cut."""
        for step_us in TIME_STEPS_US:
            if self.a.t_us % step_us == 0 and self.b.t_us % step_us == 0:
                return max(CLOCK_SLACK_S, step_us * 1e-6)
        return CLOCK_SLACK_S

    def too_fast(self, excess_kn: float) -> bool:
        """Whether the way is longer than the speed told, ``excess_kn`` more, and rounding explain."""
        told_kn = self.told_kn
        sailed_m = (told_kn + excess_kn) * KN_MS * self.seconds
        if self.distance_m <= sailed_m:
            return False
        return self.distance_m > sailed_m + told_kn * KN_MS * self.slack_s() + self.step_m()

    def offset_us(self) -> int | None:
        """How wrong a clock must be to explain the change along the ship's own way; None if it cannot."""
        for fix in (self.a, self.b):
            if fix.sog_mkn < 2000 or fix.cog_cdeg < 0:
                continue
            to_b = bearing_deg(self.a.lon_e7 * 1e-7, self.a.lat_e7 * 1e-7, self.b.lon_e7 * 1e-7, self.b.lat_e7 * 1e-7)
            off = abs((to_b - fix.cog_cdeg * 0.01 + 540.0) % 360.0 - 180.0)
            if min(off, 180.0 - off) <= ALONG_DEG:
                sailed_us = round(self.distance_m / (fix.sog_mkn * 1e-3 * KN_MS) * 1e6)
                gap_us = self.b.t_us - self.a.t_us
                return abs(sailed_us - gap_us) if off <= ALONG_DEG else sailed_us + gap_us
        return None

    def one_coordinate(self) -> str | None:
        """Which coordinate alone changed, if one did."""
        if abs(self.a.lon_e7 - self.b.lon_e7) <= COORDINATE_E7:
            return "latitude"
        return "longitude" if abs(self.a.lat_e7 - self.b.lat_e7) <= COORDINATE_E7 else None

    def is_one_bit(self) -> bool:
        """Whether one coordinate changed by a power of two of the unit on the air, and the other hardly."""
        own_e7 = (self.told_kn * KN_MS * self.seconds + 50.0) / METRES_A_DEGREE * 1e7
        small, large = sorted((abs(self.a.lon_e7 - self.b.lon_e7), abs(self.a.lat_e7 - self.b.lat_e7)))
        if small > 2 * own_e7 or large < UNIT_E7 * 2**LEAST_BIT:
            return False
        bit_e7 = UNIT_E7 * 2 ** (round(large / UNIT_E7 * 2**0.5).bit_length() - 1)
        return bool(abs(large - bit_e7) <= min(own_e7, BIT_SHARE * bit_e7))
