"""Two ships that lie still, heard hours apart on one MMSI: told by places that are gone back to again and again.

Decides: a ship that tells that it lies still and was, an hour on, still elsewhere may have moved; when it then lies
exactly where it lay before, and so on, two ships are likelier. Each such return adds to a sum by how little time there
was for it, each stay and each new place takes from it, a fix under way takes much. Over the limit the track is parted,
and from then on a fix at rest at one of those places goes to the ship that lies there. Refuses: to judge ships that
tell no speed, or a wrong one, and places nearer than 100 m. Source: a ship stays at a berth or at anchor for a day,
more or less. Known failures: a ship that lies at anchor in a tide and is heard at each turn of it may be parted where
it swings between two small spots; a ferry that is never heard under way, and at each fix on the other side, too.
"""

from __future__ import annotations

import math

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import lean_inner
from beaconline.foundation.table.reports import I32, I64
from beaconline.see.tracks.motion import (
    BERTH,
    BERTH_M,
    HAS_V,
    JITTER_M,
    NEVER,
    OLD_BERTHS,
    RETURNS,
    SPEED_MS,
    T,
    X,
    doubted,
)

__all__ = ["RETURNS_MAX", "establish", "own_berth", "part_berths", "part_side_by_side", "see_berth"]

REST_MS = 0.26
"""Slower than half a knot a ship lies still, m/s."""
APART_M = 100.0
"""Places nearer than this are one, metres: the scatter and the swing of a ship at a quay or on a short chain."""
SHARE_M, NEAR_M, FAR_M = 0.1, 20.0, 100.0
"""A fix lies at an old place within a tenth of the way between the two, at least 20 m (four times the scatter of an
antenna), at most 100 m: at anchor a ship swings about, but comes back to one spot only by chance."""
OWN_SHARE = 0.25
"""Once there are two, a fix within a quarter of the way between them (20 to 100 m) is of the ship that lies there."""
SIDE_SHARE, SIDE_M = 0.45, 10.0
"""The same for two ships that were told side by side, heard minutes apart, where the half of it is over 10 m."""
SWING_M, SWING_SHARE = 600.0, 0.5
"""Within 600 m a ship at anchor may swing back and forth: a return counts half."""
DRIFT = 0.2
"""Share of a new fix in the place of a ship that stays."""
STAY_S = 86_400.0
"""How long a ship stays in one place, seconds. Shorter, and two ships are not parted; longer, and a ferry is."""
RETURN_MAX, FRESH, UNDER_WAY, RETURNS_MIN, RETURNS_MAX = 2.0, 2.0, 4.0, -16.0, 6.0
"""Sum of log ratios: the most one return adds, what a new place and a fix under way take, its floor after fixes under
way, and the limit: three returns within hours, more within days."""


@lean_inner
def _far_m(sf: F64, s: int, o: int, rf: F64) -> float:
    """Metres from columns ``o`` of a slot to a row."""
    return math.sqrt((rf[X] - sf[s, o]) ** 2 + (rf[X + 1] - sf[s, o + 1]) ** 2 + (rf[X + 2] - sf[s, o + 2]) ** 2)


@lean_inner
def berthed(sf: F64, si: I64, s: int) -> bool:
    """Whether the last fix of a slot tells that it lies still, and is believed."""
    return bool(si[s, HAS_V] == 1 and 0.0 <= sf[s, SPEED_MS] < REST_MS and not doubted(sf, s))


@lean_inner
def own_berth(sf: F64, si: I64, rf: F64, ri: I64, slots: I32, count: int) -> int:
    """Place in the list of the ship that is known to lie where a row at rest is, or -1."""
    best, best_m = -1, NEVER
    if ri[HAS_V] != 1 or rf[SPEED_MS] >= REST_MS:
        return best
    for j in range(count):
        s = slots[j]
        if sf[s, BERTH_M] > 0.0 and berthed(sf, si, s):
            far = _far_m(sf, s, BERTH, rf)
            if far < sf[s, BERTH_M] and far < best_m:
                best, best_m = j, far
    return best


@lean_inner
def _settle(sf: F64, s: int, rf: F64) -> None:
    """A row is at a new place: what was the place of the slot becomes the latest of the old ones."""
    for k in range(3 * OLD_BERTHS - 1, -1, -1):
        sf[s, BERTH + 3 + k] = sf[s, BERTH + k]
    for k in range(3):
        sf[s, BERTH + k] = rf[X + k]


@lean_inner
def _go_back(sf: F64, s: int, b: int) -> None:
    """The old place b becomes that of the slot, and this the latest of the old ones."""
    for k in range(3):
        back = sf[s, BERTH + 3 * b + k]
        for c in range(b, 0, -1):
            sf[s, BERTH + 3 * c + k] = sf[s, BERTH + 3 * (c - 1) + k]
        sf[s, BERTH + k] = back


@lean_inner
def see_berth(sf: F64, si: I64, s: int, rf: F64, ri: I64) -> None:
    """Sum up what a row that is about to be given to a slot says of two ships in it. RETURNS over RETURNS_MAX: it is
    two; BERTH is then the place of the row, and BERTH + 3 that of the fix before."""
    if ri[HAS_V] != 1 or rf[SPEED_MS] >= REST_MS or doubted(sf, s):
        if rf[SPEED_MS] >= REST_MS:
            sf[s, RETURNS] = max(sf[s, RETURNS] - UNDER_WAY, RETURNS_MIN)
            sf[s, BERTH_M] = 0.0
        return
    if sf[s, BERTH] == 0.0:
        _settle(sf, s, rf)
        return
    gone = _far_m(sf, s, BERTH, rf)
    still = berthed(sf, si, s)
    if gone < max(APART_M, 3.0 * sf[s, JITTER_M]):
        if still and sf[s, RETURNS] > 0.0:
            sf[s, RETURNS] = max(sf[s, RETURNS] + min((ri[T] - si[s, T]) * 1e-6 / STAY_S - math.log(2.0), 0.0), 0.0)
        for k in range(3):
            sf[s, BERTH + k] += DRIFT * (rf[X + k] - sf[s, BERTH + k])
        return
    sf[s, BERTH_M] = 0.0
    for b in range(1, OLD_BERTHS + 1):
        if sf[s, BERTH + 3 * b] != 0.0 and _far_m(sf, s, BERTH + 3 * b, rf) < min(max(SHARE_M * gone, NEAR_M), FAR_M):
            if still:
                stayed = math.exp(-(ri[T] - si[s, T]) * 1e-6 / STAY_S)
                gain = min(max(-math.log(max(1.0 - stayed, 1e-9)), 0.0), RETURN_MAX)
                sf[s, RETURNS] += gain * (SWING_SHARE if gone < SWING_M else 1.0)
            _go_back(sf, s, b)
            return
    if still:
        sf[s, RETURNS] = max(sf[s, RETURNS] - FRESH, min(sf[s, RETURNS], 0.0))
    _settle(sf, s, rf)


@lean_inner
def establish(sf: F64, si: I64, s: int, slots: I32, count: int) -> bool:
    """Take the present place of a slot and the one before for those of two ships. False if the other ship has no track
    yet: then one is to be made that lies at BERTH + 3 of the slot."""
    dx, dy, dz = (
        sf[s, BERTH] - sf[s, BERTH + 3],
        sf[s, BERTH + 1] - sf[s, BERTH + 4],
        sf[s, BERTH + 2] - sf[s, BERTH + 5],
    )
    near_m = min(max(OWN_SHARE * math.sqrt(dx * dx + dy * dy + dz * dz), NEAR_M), FAR_M)
    sf[s, RETURNS], sf[s, BERTH_M] = 0.0, near_m
    for j in range(count):
        o = slots[j]
        if o == s or not berthed(sf, si, o):
            continue
        dx, dy, dz = sf[s, BERTH + 3] - sf[o, X], sf[s, BERTH + 4] - sf[o, X + 1], sf[s, BERTH + 5] - sf[o, X + 2]
        if dx * dx + dy * dy + dz * dz < near_m * near_m:
            for k in range(3):
                sf[o, BERTH + k] = sf[s, BERTH + 3 + k]
            sf[o, RETURNS], sf[o, BERTH_M] = 0.0, near_m
            return True
    return False


@lean_inner
def part_berths(sf: F64, s: int, other: int) -> None:
    """Give the place before of a slot to another, made a copy of it; both forget what they were before."""
    for k in range(3):
        sf[other, BERTH + k] = sf[s, BERTH + 3 + k]
    for k in range(3 * OLD_BERTHS):
        sf[s, BERTH + 3 + k], sf[other, BERTH + 3 + k] = 0.0, 0.0


@lean_inner
def _apart_m(sf: F64, s: int, other: int) -> float:
    """Metres between the last fixes of two slots."""
    dx, dy, dz = sf[s, X] - sf[other, X], sf[s, X + 1] - sf[other, X + 1], sf[s, X + 2] - sf[other, X + 2]
    return math.sqrt(dx * dx + dy * dy + dz * dz)


@lean_inner
def part_side_by_side(sf: F64, s: int, other: int) -> None:
    """Make the last fixes of a slot and of another, parted from it at rest, the places where two ships lie, if they are
    so far apart that their scatter does not mix."""
    part_berths(sf, s, other)
    for k in range(3):
        sf[s, BERTH + k], sf[other, BERTH + k] = sf[s, X + k], sf[other, X + k]
    near_m = min(SIDE_SHARE * _apart_m(sf, s, other), FAR_M)
    sf[s, RETURNS], sf[other, RETURNS] = 0.0, 0.0
    sf[s, BERTH_M] = sf[other, BERTH_M] = near_m if near_m > SIDE_M else 0.0
