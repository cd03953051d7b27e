"""A row that no open track expects, and that continues one all the same: by a chain of fixes, or by a leap.

Decides: three fixes that run on like one mover, each leg against the motion told, say that the telling is wrong (a
broken sensor, wrong units, none at all), not that there are two ships; two ships heard by turns go back and forth, and
never make a chain. A track without a rival, of which nothing is told, may leap as far as a craft of its sort can move.
Refuses: both where the motion told agrees with the way made, and a leap after the track came back to an old place or
has leapt often. Source: speed bounds of ships and of search-and-rescue aircraft; the shares were set on simulated
movers with wrong and missing speeds (``tests/see/test_tracks_mistold.py``). Known failures: two ships of which nothing
is told, heard by turns so seldom that one craft could do both, are parted only at their second return.
"""

from __future__ import annotations

import math

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import lean_inner
from beaconline.foundation.table.reports import I32, I64
from beaconline.see.tracks.motion import (
    AIRCRAFT_MS,
    BOUND_MS,
    CLOCK_S,
    COARSE_M,
    CODE,
    COUNT,
    EX,
    HAS_E,
    HAS_V,
    JITTER_M,
    LEAPS,
    PX,
    SPEED_MS,
    SPEED_OFF,
    SPEED_OFF_MAX,
    T_PREV,
    UNKNOWN_MS,
    VX,
    T,
    X,
    doubted,
)

__all__ = ["LEAPS_AFTER_RETURN", "LEAP_M2", "PENDING", "unforeseen"]

PENDING = -2
"""Code of a track that has a place and no fix of its own yet."""
CHAIN_BEND = 0.5
"""A fix of a chain lies off the straight, even course of the two before by at most this share of its leg: 30 degrees,
or half as fast again. Wider, strays fall into chains; narrower, a mover that turns is broken more often."""
CHAIN_MISTOLD = 0.25
"""The motion told contradicts a leg where it is off by more than this share of it."""
CHAIN_STRETCH = 6.0
"""One leg of a chain lasts at most so many times the other: a velocity taken over a second says nothing of an hour."""
CHAIN_MAX_S = 10_800.0
"""A leg of a chain lasts at most three hours: by then reach alone lets a ship go on."""
LEAP_M2 = 30.0
"""Misfit written down for a leap, squared sigmas: high, so that the next row may find that it was a stray."""
LEAPS_MAX = 2.5
"""Leaps of a track lately, above which it leaps no more: two ships by turns leap at every row."""
LEAPS_AFTER_RETURN = 6.0
"""What coming back to the fix before counts among them: no leap for the next eight rows."""
RIVAL_S = 3600.0
"""Another track of three fixes or more, heard within this, is a rival: there are two ships, and nobody leaps."""


@lean_inner
def _apart_m(ax: float, ay: float, az: float) -> float:
    return math.sqrt(ax * ax + ay * ay + az * az)


@lean_inner
def _mistold(sf: F64, si: I64, s: int, x: float, y: float, z: float, dt: float, noise: float) -> bool:
    """Whether a leg (x, y, z) that ends at the last fix of a slot is not what was told there, or nothing was."""
    if si[s, HAS_V] != 1 or doubted(sf, s):
        return True
    off = _apart_m(x - sf[s, VX] * dt, y - sf[s, VX + 1] * dt, z - sf[s, VX + 2] * dt)
    return off > CHAIN_MISTOLD * _apart_m(x, y, z) + noise


@lean_inner
def _bend(sf: F64, si: I64, rf: F64, ri: I64, i: int, o: int, t0: int, j: int) -> float:
    """How far a row lies off the chain of columns ``o`` of slot i at t0 and the last fix of slot j: 1 = at the limit of
    what counts as one, more = none."""
    dt0, dt1 = (si[j, T] - t0) * 1e-6, (ri[T] - si[j, T]) * 1e-6
    if dt0 <= 0.0 or dt1 <= 0.0 or max(dt0, dt1) > min(CHAIN_STRETCH * min(dt0, dt1), CHAIN_MAX_S):
        return 2.0
    ax, ay, az = sf[j, X] - sf[i, o], sf[j, X + 1] - sf[i, o + 1], sf[j, X + 2] - sf[i, o + 2]
    bx, by, bz = rf[X] - sf[j, X], rf[X + 1] - sf[j, X + 1], rf[X + 2] - sf[j, X + 2]
    leg0, leg1, noise = _apart_m(ax, ay, az), _apart_m(bx, by, bz), 2.0 * (sf[j, JITTER_M] + sf[j, COARSE_M])
    # Helicopters speak with MMSI of ships: in a chain the way itself shows how fast it is.
    bound = max(AIRCRAFT_MS, 1.2 * rf[SPEED_MS])
    if leg0 > bound * dt0 + noise or leg1 > bound * dt1 + noise or not _mistold(sf, si, j, ax, ay, az, dt0, noise):
        return 2.0
    k = dt1 / dt0
    return float(_apart_m(bx - k * ax, by - k * ay, bz - k * az) / (CHAIN_BEND * leg1 + noise))


@lean_inner
def _chain(sf: F64, si: I64, rf: F64, ri: I64, slots: I32, count: int, young: int) -> tuple[int, int]:
    """(place of the track that the straightest chain began in, of the track of its second fix); -1 if there is none.

    The first two fixes are the last two of one track, or the last of one and the only one of a younger, which may be
    given as ``young``.
    """
    best, first, second, t0 = 1.0, -1, -1, 0
    for b in range(count):
        j = slots[b]
        if si[j, CODE] == PENDING or (young >= 0 and b != young):
            continue
        if si[j, COUNT] >= 2:
            bend = _bend(sf, si, rf, ri, j, PX, si[j, T_PREV], j)
            if bend < best:
                best, first, second, t0 = bend, b, b, si[j, T_PREV]
            continue
        for a in range(count):
            i = slots[a]
            if a == b or si[i, CODE] == PENDING:
                continue
            bend = _bend(sf, si, rf, ri, i, X, si[i, T], j)
            if bend < best:
                best, first, second, t0 = bend, a, b, si[i, T]
    if first >= 0:
        s, o, dt = slots[first], PX if first == second else X, (ri[T] - t0) * 1e-6
        for k in range(3):
            sf[s, EX + k] = (rf[X + k] - sf[s, o + k]) / dt
        si[s, HAS_E] = 1
        sf[s, SPEED_OFF] = 1.0
    return first, second


@lean_inner
def _alone(si: I64, slots: I32, count: int, t_us: int) -> int:
    """Place of the track heard last, if no rival was heard lately; else -1."""
    last = -1
    for j in range(count):
        if si[slots[j], CODE] != PENDING and (last < 0 or si[slots[j], T] >= si[slots[last], T]):
            last = j
    for j in range(count):
        s = slots[j]
        if j == last or si[s, CODE] == PENDING:
            continue
        if si[s, T] > si[slots[last], T_PREV] or (si[s, COUNT] >= 3 and (t_us - si[s, T]) * 1e-6 < RIVAL_S):
            return -1
    return last


@lean_inner
def _leap(sf: F64, si: I64, rf: F64, ri: I64, slots: I32, count: int) -> int:
    """Place of the track that the row may have leapt from, -1 where there is none."""
    a = _alone(si, slots, count, ri[T])
    if a < 0 or sf[slots[a], LEAPS] > LEAPS_MAX:
        return -1
    s = slots[a]
    if not doubted(sf, s) and si[s, HAS_V] == 1 and ri[HAS_V] == 1:
        return -1
    told = max(sf[s, SPEED_MS], rf[SPEED_MS])
    pace = sf[s, BOUND_MS] if sf[s, SPEED_OFF] >= SPEED_OFF_MAX or told < 0.0 else 1.3 * told + 2.0
    dt = (ri[T] - si[s, T]) * 1e-6
    room = 3.0 * (sf[s, JITTER_M] + sf[s, COARSE_M] + rf[COARSE_M]) + min(pace, UNKNOWN_MS) * 3.0 * sf[s, CLOCK_S]
    leg = _apart_m(rf[X] - sf[s, X], rf[X + 1] - sf[s, X + 1], rf[X + 2] - sf[s, X + 2])
    if leg > pace * dt + room:
        return -1
    sf[s, LEAPS] += 1.0
    return a


@lean_inner
def unforeseen(sf: F64, si: I64, rf: F64, ri: I64, slots: I32, count: int, young: int) -> tuple[int, int]:
    """(place of the track that a row continues though it fits none, place of a track that this ends), -1 = none.

    What ends is a track of one fix, between two of the other; with ``young`` the row fits that one, and what is asked
    is whether both belong to an older track.
    """
    first, second = _chain(sf, si, rf, ri, slots, count, young)
    if first >= 0:
        return first, second if second != first else -1
    return (_leap(sf, si, rf, ri, slots, count) if young < 0 else -1), -1
