"""How well a fix continues a track: misfit in squared sigmas, and the cost by which rival tracks are compared.

Decides: three models of what a ship does between two fixes. (1) It holds the mean of the speeds and courses it
reported at both ends; (2) it goes on as its last fixes went; (3) it may have done anything that its known speed
allows, which is dear after seconds and cheap after hours. The best one counts. Uncertainty grows with time, is wider
along the motion than across it (clocks are worse than antennas) and is learnt for each track from its own misfits.
Refuses: to let names or classes alone split a track (a renamed ship is still one ship); they only choose between
tracks that are open. Source: dead-reckoning errors published for real tracks (half an hour 1.2 km median, 5.7 km at
the 90th percentile; two hours 9.5 and 28 km); values below were set on one half of paired harbour traffic and checked
on the other. Known failures: two ships that lie still within a few metres of each other, with equal cadence, look
like one; a ship whose clock is wrong by minutes looks like two until its track has learnt it.
"""

from __future__ import annotations

import math

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I64

__all__ = ["FCOLS", "ICOLS", "NEVER", "fit", "learn", "seed"]

# Columns of a slot (an open track) and of a row, float64. Positions and velocities are ECEF metres and metres a second.
X, VX, EX, PX = 0, 3, 6, 9
JITTER_M, CLOCK_S, BEAT_LOG, BEAT_DEV, TOP_MS, SPEED_MS, COARSE_M, HEADING_DEG = 12, 13, 14, 15, 16, 17, 18, 19
FCOLS = 20
# Columns of a slot, int64; a row uses the first twelve.
T, HAS_V, STATIC, NAME, CALL, IMO, CLASS, STATION = 0, 1, 2, 3, 4, 5, 6, 7
HAS_E, T_PREV, CODE, COUNT, T_FIRST, PARENT = 8, 9, 10, 11, 12, 13
ICOLS = 14

JITTER_START_M, JITTER_MIN_M, JITTER_MAX_M = 9.0, 3.5, 60.0
"""Scatter of positions, metres (one sigma): start, floor, ceiling. Under the floor a quiet moored ship would be split
by one ordinary excursion; over the ceiling clones in one anchorage merge."""
CLOCK_START_S, CLOCK_MIN_S, CLOCK_MAX_S = 3.0, 0.8, 40.0
"""Error of time stamps, seconds (one sigma). Terrestrial logs often have whole seconds; satellite logs were seen with
errors of 40 to 240 s."""
LEARN = 0.06
"""Share of a new misfit in the learnt scatter: about 16 fixes of memory."""
ACCEL_MS2 = 0.12
"""Unforeseen acceleration, m/s2 (one sigma), after the mean of both ends is taken out."""
WANDER_SHARE = 0.22
"""Unforeseen displacement on long legs as a share of the distance run (one sigma)."""
WANDER_MS = 0.04
"""Drift of a ship that says it lies still, m/s (one sigma)."""
UNKNOWN_MS = 6.0
"""Speed assumed where neither end tells one, m/s."""
MS_PER_KN = 1852.0 / 3600.0
COARSE_STEP_M = 110.0
"""Half-width to add for a position given in tenths of a minute (AIS type 27), metres."""
NEVER = 1e9
GATE_M2 = 25.0
"""A fix farther than five sigmas from every open track opens a new one."""


@kernel
def _strip(ax: float, ay: float, az: float, ux: float, uy: float, uz: float) -> tuple[float, float, float]:
    """The vector (ax, ay, az) without its part along the unit vector u."""
    k = ax * ux + ay * uy + az * uz
    return ax - k * ux, ay - k * uy, az - k * uz


@kernel
def _ellipse(
    rx: float, ry: float, rz: float, vx: float, vy: float, vz: float, speed: float, across: float, along: float
) -> float:
    """Squared sigmas of a residual r, with sigma ``along`` in the direction of v and ``across`` elsewhere."""
    r2 = rx * rx + ry * ry + rz * rz
    if speed < 0.3:
        return r2 / (across * across)
    a = (rx * vx + ry * vy + rz * vz) / speed
    return a * a / (along * along) + max(r2 - a * a, 0.0) / (across * across)


@kernel
def _reach_m2(distance: float, dt: float, slack: float, known: float) -> float:
    """Squared sigmas of covering a distance at all, whatever the course.

    ``known`` is the highest speed the track or the fix tells. The excess over it is dear at once and cheap after hours,
    when a ship may have sailed, stopped and turned unseen.
    """
    turn = 2.0 + 60.0 / (1.0 + dt / 60.0)
    excess = distance - slack - 1.1 * known * dt
    if excess <= 0.0:
        return turn
    spread = 0.15 + 2.6 * (1.0 - math.exp(-dt / 3600.0))
    return turn + (excess / (spread * (dt + 1.0))) ** 2


@kernel
def fit(sf: F64, si: I64, rf: F64, ri: I64, from_prev: bool) -> tuple[float, float]:
    """(misfit in squared sigmas, cost) of a row against a slot; ``from_prev`` asks the fix before."""
    dt = (ri[T] - (si[T_PREV] if from_prev else si[T])) * 1e-6
    o = PX if from_prev else X
    dx, dy, dz = rf[X] - sf[o], rf[X + 1] - sf[o + 1], rf[X + 2] - sf[o + 2]
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    old_v = si[HAS_V] == 1 and not from_prev
    new_v = ri[HAS_V] == 1
    s_old, s_new = sf[SPEED_MS], rf[SPEED_MS]
    emp = math.sqrt(sf[EX] ** 2 + sf[EX + 1] ** 2 + sf[EX + 2] ** 2) if si[HAS_E] == 1 else -1.0
    v_known = max(s_old, s_new)
    pace = v_known if v_known >= 0.0 else (emp if emp >= 0.0 else UNKNOWN_MS)
    coarse = sf[COARSE_M] + rf[COARSE_M]
    grow = min(0.5 * ACCEL_MS2 * dt * dt, WANDER_SHARE * pace * dt + WANDER_MS * dt)
    across = math.sqrt(sf[JITTER_M] ** 2 + coarse * coarse + grow * grow)
    timing = pace * sf[CLOCK_S]
    along = math.sqrt(across * across + timing * timing)
    best, spread = _reach_m2(distance, dt, 2.0 * (across + timing), max(pace, emp)), 0.0
    best_spread = math.log(along * across) + 2.0
    r = math.sqrt(rf[X] ** 2 + rf[X + 1] ** 2 + rf[X + 2] ** 2)
    ux, uy, uz = rf[X] / r, rf[X + 1] / r, rf[X + 2] / r
    if old_v or new_v:
        wx, wy, wz = 0.0, 0.0, 0.0
        share = 0.5 if old_v and new_v else 1.0
        if old_v:
            wx, wy, wz = share * sf[VX], share * sf[VX + 1], share * sf[VX + 2]
        if new_v:
            wx, wy, wz = wx + share * rf[VX], wy + share * rf[VX + 1], wz + share * rf[VX + 2]
        ax, ay, az = _strip(dx - wx * dt, dy - wy * dt, dz - wz * dt, ux, uy, uz)
        m2 = _ellipse(ax, ay, az, wx, wy, wz, math.sqrt(wx * wx + wy * wy + wz * wz), across, along)
        spread = math.log(along * across)
        if m2 + 2 * spread < best + 2 * best_spread:
            best, best_spread = m2, spread
    if emp >= 0.0 and not from_prev:
        ax, ay, az = _strip(dx - sf[EX] * dt, dy - sf[EX + 1] * dt, dz - sf[EX + 2] * dt, ux, uy, uz)
        wide = math.sqrt(across * across + 2 * grow * grow)
        long = math.sqrt(wide * wide + timing * timing)
        m2 = 1.0 + _ellipse(ax, ay, az, sf[EX], sf[EX + 1], sf[EX + 2], emp, wide, long)
        spread = math.log(long * wide)
        if m2 + 2 * spread < best + 2 * best_spread:
            best, best_spread = m2, spread
    best += _speed_m2(sf, si, rf, ri, dt)
    return best, 0.5 * best + best_spread + _soft(sf, si, rf, ri, dt)


@kernel
def _speed_m2(sf: F64, si: I64, rf: F64, ri: I64, dt: float) -> float:
    """Squared sigmas between the motion reported at both ends; at most 16, so that it never splits a track alone."""
    if si[HAS_V] == 1 and ri[HAS_V] == 1:
        d2 = (rf[VX] - sf[VX]) ** 2 + (rf[VX + 1] - sf[VX + 1]) ** 2 + (rf[VX + 2] - sf[VX + 2]) ** 2
        room = 0.6 + 0.12 * max(sf[SPEED_MS], rf[SPEED_MS]) + 0.25 * dt
        return float(min(d2 / (room * room), 16.0))
    if sf[SPEED_MS] >= 0.0 and rf[SPEED_MS] >= 0.0:
        d = rf[SPEED_MS] - sf[SPEED_MS]
        room = 0.6 + 0.12 * max(sf[SPEED_MS], rf[SPEED_MS]) + 0.25 * dt
        return float(min(d * d / (room * room), 16.0))
    return 0.0


@kernel
def _soft(sf: F64, si: I64, rf: F64, ri: I64, dt: float) -> float:
    """Cost of everything that chooses between tracks and splits none: names, class, station, heading, cadence."""
    cost = 0.0
    if ri[STATIC] > 0 and si[STATIC] > 0 and ri[STATIC] != si[STATIC]:
        for k in range(NAME, IMO + 1):
            if ri[k] >= 0 and si[k] >= 0:
                cost += 2.5 if ri[k] != si[k] else -0.5
    elif ri[STATIC] > 0 and ri[STATIC] == si[STATIC]:
        cost -= 1.5
    if ri[CLASS] > 0 and si[CLASS] > 0 and ri[CLASS] != si[CLASS]:
        cost += 1.5
    if ri[STATION] > 0 and si[STATION] > 0 and ri[STATION] != si[STATION]:
        cost += 0.4
    if rf[HEADING_DEG] >= 0.0 and sf[HEADING_DEG] >= 0.0:
        turn = abs((rf[HEADING_DEG] - sf[HEADING_DEG] + 540.0) % 360.0 - 180.0)
        room = 4.0 + 2.0 * min(dt, 90.0)
        cost += min(0.5 * (turn / room) ** 2, 5.0)
    if si[COUNT] >= 4 and dt > 0.0:
        # A transponder that has just spoken is silent for a beat; a missed beat says little, an early one much.
        early = (sf[BEAT_LOG] - math.log(dt) - 0.25) / max(sf[BEAT_DEV], 0.15)
        if early > 0.0:
            cost += min(0.5 * early * early, 4.0)
    if si[COUNT] < 3:
        cost += 1.0
    return cost


@kernel
def seed(sf: F64, si: I64, rf: F64, ri: I64, code: int) -> None:
    """Make a slot of a row that opens a track. Scatter and clock are set by the caller's vessel where it knows them."""
    sf[:] = rf
    for k in range(8):
        si[k] = ri[k]
    sf[EX], sf[EX + 1], sf[EX + 2] = 0.0, 0.0, 0.0
    sf[PX], sf[PX + 1], sf[PX + 2] = rf[X], rf[X + 1], rf[X + 2]
    sf[JITTER_M], sf[CLOCK_S] = JITTER_START_M, CLOCK_START_S
    sf[BEAT_LOG], sf[BEAT_DEV], sf[TOP_MS] = 0.0, 0.7, max(rf[SPEED_MS], 0.0)
    si[HAS_E], si[T_PREV], si[CODE], si[COUNT] = 0, ri[T], code, 1
    si[T_FIRST], si[PARENT] = ri[T], -1


@kernel
def _learn_scatter(sf: F64, si: I64, rf: F64, ri: I64, dt: float) -> None:
    """Scatter and clock error from the misfit of reported motion on short legs."""
    if si[HAS_V] != 1 or ri[HAS_V] != 1 or dt > 400.0:
        return
    wx, wy, wz = 0.5 * (sf[VX] + rf[VX]), 0.5 * (sf[VX + 1] + rf[VX + 1]), 0.5 * (sf[VX + 2] + rf[VX + 2])
    ax, ay, az = rf[X] - sf[X] - wx * dt, rf[X + 1] - sf[X + 1] - wy * dt, rf[X + 2] - sf[X + 2] - wz * dt
    speed = math.sqrt(wx * wx + wy * wy + wz * wz)
    r2 = ax * ax + ay * ay + az * az
    along = (ax * wx + ay * wy + az * wz) / speed if speed > 0.3 else 0.0
    across = math.sqrt(max(r2 - along * along, 0.0))
    if sf[COARSE_M] + rf[COARSE_M] == 0.0:
        seen = min(across, 3.0 * sf[JITTER_M])
        sf[JITTER_M] = min(max(sf[JITTER_M] + LEARN * (seen - sf[JITTER_M]), JITTER_MIN_M), JITTER_MAX_M)
        if speed > 2.0:
            off = min(abs(along) / speed, 3.0 * sf[CLOCK_S])
            sf[CLOCK_S] = min(max(sf[CLOCK_S] + LEARN * (off - sf[CLOCK_S]), CLOCK_MIN_S), CLOCK_MAX_S)


@kernel
def learn(sf: F64, si: I64, rf: F64, ri: I64, from_prev: bool) -> None:
    """Move a slot on to a row that was given to it. ``from_prev``: the last fix was the stray one and is forgotten."""
    o = PX if from_prev else X
    dt = (ri[T] - (si[T_PREV] if from_prev else si[T])) * 1e-6
    if not from_prev:
        _learn_scatter(sf, si, rf, ri, dt)
    if dt > 0.0:
        if not from_prev:
            beat = math.log(dt)
            if si[COUNT] < 2:
                sf[BEAT_LOG] = beat
            else:
                step = beat - sf[BEAT_LOG]
                # Missed beats make long gaps: they pull less than short ones.
                rate = 0.12 if step < 0.0 else 0.06
                sf[BEAT_LOG] += rate * max(min(step, 1.0), -1.0)
                sf[BEAT_DEV] += 0.06 * (min(abs(step), 1.0) - sf[BEAT_DEV])
        gain = 1.0 if si[HAS_E] == 0 or dt > 60.0 else min(1.0, dt / 20.0)
        if dt >= 2.0 or si[HAS_E] == 1:
            for k in range(3):
                sf[EX + k] += gain * ((rf[X + k] - sf[o + k]) / dt - sf[EX + k])
            si[HAS_E] = 1
        for k in range(3):
            sf[PX + k] = sf[o + k]
        si[T_PREV] = si[T_PREV] if from_prev else si[T]
    for k in range(3):
        sf[X + k], sf[VX + k] = rf[X + k], rf[VX + k]
    si[T], si[HAS_V] = ri[T], ri[HAS_V]
    sf[SPEED_MS], sf[COARSE_M] = rf[SPEED_MS], rf[COARSE_M]
    sf[TOP_MS] = max(sf[TOP_MS], rf[SPEED_MS])
    if rf[HEADING_DEG] >= 0.0:
        sf[HEADING_DEG] = rf[HEADING_DEG]
    if ri[STATIC] > 0:
        si[STATIC] = ri[STATIC]
        for k in range(NAME, IMO + 1):
            if ri[k] >= 0:
                si[k] = ri[k]
    for k in (CLASS, STATION):
        if ri[k] > 0:
            si[k] = ri[k]
    si[COUNT] += 1
