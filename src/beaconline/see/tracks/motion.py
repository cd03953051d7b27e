"""How well a fix continues a track: misfit in squared sigmas, and the cost by which rival tracks are compared.

Decides: three models of what a ship does between two fixes. (1) It holds the mean of the speeds and courses it
reported at both ends; (2) it goes on as its last fixes went; (3) it may have done anything that its known speed
allows, which is dear after seconds and cheap after hours. The best one counts. Uncertainty grows with time, is wider
along the motion than across it (clocks are worse than antennas) and is learnt for each track from its own misfits.
Refuses: to part a track because its names change (a renamed ship is still one ship); only names, headings or places
that come and go by turns tell of two ships. Source: dead-reckoning errors published for real tracks (half an hour
1.2 km median, 5.7 km at the 90th percentile; two hours 9.5 and 28 km); the values below were set on one harbour's
traffic, ships put on one MMSI by twos, and checked on another coast and on sparse days (``python -m bench tracks``).
Known failures: two ships that lie still within a few metres of each other, with equal cadence, look
like one; a ship whose clock is wrong by minutes looks like two until its track has learnt it.
"""

from __future__ import annotations

import math

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import lean_inner
from beaconline.foundation.table.reports import I64

__all__ = ["FCOLS", "ICOLS", "NEVER", "doubted", "easy", "fit", "heard_again", "learn", "seed"]

# Columns of a slot (an open track) and of a row, float64. Positions and velocities are ECEF metres and metres a second.
X, VX, EX, PX = 0, 3, 6, 9
JITTER_M, CLOCK_S, BEAT_LOG, BEAT_DEV, SPEED_OFF, SPEED_MS, COARSE_M, HEADING_DEG = 12, 13, 14, 15, 16, 17, 18, 19
COURSE_OFF, GAP_S, TWO_FOLD, LINK_M2, P_HEADING_DEG, BOUND_MS, LEAPS = 20, 21, 22, 23, 24, 25, 26
RETURNS, BERTH_M, BERTH = 27, 28, 29
OLD_BERTHS = 3
"""Places where a track lay before its present one, kept for ``berths``: three floats each behind BERTH."""
FCOLS = BERTH + 3 * (1 + OLD_BERTHS)
# Columns of a slot, int64; a row uses the first nine.
T, HAS_V, STATIC, NAME, CALL, IMO, CLASS, STATION, MARK = 0, 1, 2, 3, 4, 5, 6, 7, 8
HAS_E, T_PREV, CODE, COUNT, T_WOKE, PARENT, P_STATIC = 9, 10, 11, 12, 13, 14, 15
RING = 16
RING_FIXES = 8
"""Last fixes of a track, (mark of content, time) each, among which a late copy is looked for: at 10 s a fix, 80 s."""
ICOLS = RING + 2 * RING_FIXES

JITTER_START_M, JITTER_MIN_M, JITTER_MAX_M = 9.0, 3.5, 60.0
"""Scatter of positions, metres (one sigma): start, floor, ceiling. Under the floor a quiet moored ship would be split
by one ordinary excursion; over the ceiling clones in one anchorage merge."""
CLOCK_START_S, CLOCK_MIN_S, CLOCK_MAX_S = 3.0, 0.8, 40.0
"""Error of time stamps, seconds (one sigma). Terrestrial logs often have whole seconds; satellite logs were seen with
errors of 40 to 240 s."""
CLOCK_SPARSE_S = 15.0
"""The same, at least, for a ship heard rarely: by several satellites, whose clocks were seen to differ by 20 to 45 s
all the time."""
SPARSE_GAP_S = 90.0
"""A ship whose mean gap is longer is heard rarely, seconds; AIS on the air is 2 to 30 s under way, 180 s at rest."""
LONG_SILENCE_S = 900.0
"""A silence after which dead reckoning alone does not say which of two places is the ship's: 15 min."""
LEARN = 0.06
"""Share of a new misfit in the learnt scatter: about 16 fixes of memory."""
BACK_SHARE = 1.5
"""The nearer of two scattered fixes lies at about two thirds of the mean distance."""
TWO_FOLD_NAMES = 5.0
"""What each return of other names adds to the sum below: two returns part the ships, wherever they are."""
TWO_FOLD_SIGMA_M, TWO_FOLD_SIGMA_DEG, TWO_FOLD_DRIFT, TWO_FOLD_MAX = 5.0, 8.0, 0.7, 9.0
"""Sum of log ratios (each held within +-2, less a drift) at which a ship at rest is taken for two, heard by turns. At
9 it takes seven alternating fixes; white scatter of one ship gets there about once in 1,600 fixes."""
ACCEL_MS2 = 0.12
"""Unforeseen acceleration, m/s2 (one sigma), after the mean of both ends is taken out."""
WANDER_SHARE = 0.22
"""Unforeseen displacement on long legs as a share of the distance run (one sigma)."""
WANDER_MS = 0.04
"""Drift of a ship that says it lies still, m/s (one sigma)."""
LAG_S = 0.3
"""Antenna place and filter lag, as seconds of the distance run (one sigma): fast craft are off by 15 to 20 m."""
UNKNOWN_MS = 6.0
"""Speed assumed where neither end tells one, m/s."""
MS_PER_KN = 1852.0 / 3600.0
COARSE_STEP_M = 110.0
"""Half-width to add for a position given in tenths of a minute (AIS type 27), metres."""
NEVER = 1e9
SENIOR = 200.0
"""Fixes after which a track has all the weight of age when rivals are compared (2.6 nats over a track of one fix)."""
COURSE_OFF_MAX = 0.2
"""Course over ground is not believed where it is off the way made good by more than this (1 - cos, learnt); some logs
fill it with zero."""
SPEED_OFF_MAX, SPEED_OFF_UP, SPEED_OFF_KEEP = 0.5, 0.25, 0.94
"""Speed over ground is not believed where this sum is reached: each leg twice as long as told takes it a quarter of
the way up to 1 (three in a row), each other one leaves 0.94 of it (ten legs from 1). Sooner, one wrong time stamp would
do it; never, a ship whose speed is told in other units, or as zero, is shattered."""
SHIP_MS, AIRCRAFT_MS = 36.0, 130.0
"""No ship is faster than 70 kn, no search-and-rescue aircraft that speaks AIS than 250 kn, m/s."""
AIRCRAFT_ACCEL_MS2 = 3.0
"""The same as ``ACCEL_MS2``, for aircraft and for all that is faster than a ship, whatever its MMSI: a standard turn of
3 degrees a second at 120 kn is 3.2 m/s2."""
LEAPS_KEEP = 0.9
"""Share that each row leaves of the count of a track's leaps: about ten rows of memory."""
COPY_US = 120_000_000
"""A row with the place, speed and course of one of the last fixes of a ship under way is the same transmission, brought
by another receiver with a late clock: within two minutes. Longer, and one that drifts on a coarse grid would do it."""
COPY_MS = 0.26
"""Slower than half a knot it lies still: then equal places say nothing, m/s."""
GATE_M2 = 36.0
"""A fix farther than six sigmas from every open track opens a new one."""


@lean_inner
def _strip(ax: float, ay: float, az: float, ux: float, uy: float, uz: float) -> tuple[float, float, float]:
    """The vector (ax, ay, az) without its part along the unit vector u."""
    k = ax * ux + ay * uy + az * uz
    return ax - k * ux, ay - k * uy, az - k * uz


@lean_inner
def _ellipse(
    rx: float, ry: float, rz: float, vx: float, vy: float, vz: float, speed: float, across: float, along: float
) -> float:
    """Squared sigmas of a residual r, with sigma ``along`` in the direction of v and ``across`` elsewhere."""
    r2 = rx * rx + ry * ry + rz * rz
    if speed < 0.3:
        return r2 / (across * across)
    a = (rx * vx + ry * vy + rz * vz) / speed
    return float(a * a / (along * along) + max(r2 - a * a, 0.0) / (across * across))


@lean_inner
def _reach_m2(distance: float, dt: float, slack: float, known: float, only: bool) -> float:
    """Squared sigmas of covering a distance at all, whatever the course.

    ``known`` is the highest speed the track or the fix tells. The excess over it is dear at once and cheap after hours,
    when a ship may have sailed, stopped and turned unseen. ``only``: no direction is known, so none can be wrong.
    """
    turn = 5.0 if only else 2.0 + 60.0 / (1.0 + dt / 240.0)
    excess = distance - slack - 1.1 * known * dt
    if excess <= 0.0:
        return turn
    spread = 0.15 + 2.6 * (1.0 - math.exp(-dt / 3600.0))
    return turn + (excess / (spread * (dt + 1.0))) ** 2


@lean_inner
def _pace(sf: F64, s: int, rf: F64, emp: float) -> float:
    """Speed that counts for the leg, m/s: the higher one told, else that made good, else an ordinary one."""
    told = max(sf[s, SPEED_MS], rf[SPEED_MS])
    if told >= 0.0 and sf[s, SPEED_OFF] < SPEED_OFF_MAX:
        return float(told)
    return emp if emp >= 0.0 else UNKNOWN_MS


@lean_inner
def _scatter(sf: F64, s: int, rf: F64, pace: float, dt: float) -> tuple[float, float, float]:
    """One sigma of a leg, metres: across the motion; by the clock along it; what of the first grew."""
    coarse = sf[s, COARSE_M] + rf[COARSE_M]
    calm = min(sf[s, JITTER_M] / JITTER_START_M, 1.0)
    accel = ACCEL_MS2 if sf[s, BOUND_MS] <= SHIP_MS and pace <= SHIP_MS else AIRCRAFT_ACCEL_MS2
    grow = min(0.5 * accel * dt * dt, WANDER_SHARE * pace * dt + WANDER_MS * calm * dt)
    lag = LAG_S * pace
    clock = max(sf[s, CLOCK_S], CLOCK_SPARSE_S) if sf[s, GAP_S] > SPARSE_GAP_S else sf[s, CLOCK_S]
    return math.sqrt(sf[s, JITTER_M] ** 2 + coarse * coarse + grow * grow + lag * lag), pace * clock, grow


@lean_inner
def _leg_m2(
    sf: F64, s: int, rf: F64, o: int, dt: float, vx: float, vy: float, vz: float, across: float, along: float
) -> float:
    """Squared sigmas of a row that should have come from columns ``o`` of the slot at velocity v."""
    r = math.sqrt(rf[X] ** 2 + rf[X + 1] ** 2 + rf[X + 2] ** 2)
    ax, ay, az = _strip(
        rf[X] - sf[s, o] - vx * dt, rf[X + 1] - sf[s, o + 1] - vy * dt, rf[X + 2] - sf[s, o + 2] - vz * dt,
        rf[X] / r, rf[X + 1] / r, rf[X + 2] / r,
    )  # fmt: skip
    return _ellipse(ax, ay, az, vx, vy, vz, math.sqrt(vx * vx + vy * vy + vz * vz), across, along)


@lean_inner
def _told(sf: F64, s: int, rf: F64, old_v: bool, new_v: bool) -> tuple[float, float, float]:
    """Mean of the velocities told at both ends, or the one that is told, m/s."""
    a = (0.5 if new_v else 1.0) if old_v else 0.0
    b = (0.5 if old_v else 1.0) if new_v else 0.0
    return a * sf[s, VX] + b * rf[VX], a * sf[s, VX + 1] + b * rf[VX + 1], a * sf[s, VX + 2] + b * rf[VX + 2]


@lean_inner
def _speed_m2(sf: F64, s: int, rf: F64, courses: bool, dt: float) -> float:
    """Squared sigmas between the motion reported at both ends; at most 16, so that it never splits a track alone."""
    if sf[s, SPEED_MS] < 0.0 or rf[SPEED_MS] < 0.0 or sf[s, SPEED_OFF] >= SPEED_OFF_MAX:
        return 0.0
    room = 0.6 + 0.12 * max(sf[s, SPEED_MS], rf[SPEED_MS]) + 0.25 * dt
    d2 = (rf[SPEED_MS] - sf[s, SPEED_MS]) ** 2
    if courses:
        d2 = (rf[VX] - sf[s, VX]) ** 2 + (rf[VX + 1] - sf[s, VX + 1]) ** 2 + (rf[VX + 2] - sf[s, VX + 2]) ** 2
    return float(min(d2 / (room * room), 16.0))


@lean_inner
def doubted(sf: F64, s: int) -> bool:
    """Whether what a track tells of its motion is not believed."""
    return bool(sf[s, COURSE_OFF] >= COURSE_OFF_MAX or sf[s, SPEED_OFF] >= SPEED_OFF_MAX)


@lean_inner
def easy(sf: F64, si: I64, s: int, rf: F64, ri: I64) -> float:
    """Misfit in squared sigmas by what both ends told; NEVER where one told nothing. For a vessel with one track this
    settles nearly all rows without a look at the other models."""
    if si[s, HAS_V] != 1 or ri[HAS_V] != 1 or doubted(sf, s):
        return NEVER
    dt = (ri[T] - si[s, T]) * 1e-6
    across, timing, _ = _scatter(sf, s, rf, max(sf[s, SPEED_MS], rf[SPEED_MS]), dt)
    vx, vy, vz = _told(sf, s, rf, True, True)
    m2 = _leg_m2(sf, s, rf, X, dt, vx, vy, vz, across, math.sqrt(across * across + timing * timing))
    return m2 + _speed_m2(sf, s, rf, True, dt)


@lean_inner
def _turn(a_deg: float, b_deg: float) -> float:
    """Angle between two headings, degrees, 0 to 180."""
    return abs((a_deg - b_deg + 540.0) % 360.0 - 180.0)


@lean_inner
def _soft(sf: F64, si: I64, s: int, rf: F64, ri: I64, dt: float) -> float:
    """Cost of everything that chooses between tracks and splits none: names, class, station, heading, cadence."""
    cost = 0.0
    if ri[STATIC] > 0 and si[s, STATIC] > 0 and ri[STATIC] != si[s, STATIC]:
        for k in range(NAME, IMO + 1):
            if ri[k] >= 0 and si[s, k] >= 0:
                cost += 2.5 if ri[k] != si[s, k] else -0.5
    elif ri[STATIC] > 0 and ri[STATIC] == si[s, STATIC]:
        cost -= 1.5
    if ri[CLASS] > 0 and si[s, CLASS] > 0 and ri[CLASS] != si[s, CLASS]:
        cost += 1.5
    if ri[STATION] > 0 and si[s, STATION] > 0 and ri[STATION] != si[s, STATION]:
        cost += 0.4
    if rf[HEADING_DEG] >= 0.0 and sf[s, HEADING_DEG] >= 0.0:
        turn = _turn(rf[HEADING_DEG], sf[s, HEADING_DEG])
        room = 4.0 + 2.0 * min(dt, 90.0)
        cost += min(0.5 * (turn / room) ** 2, 5.0)
    # A transponder that was heard a moment ago is likelier to be heard now than one that fell silent long ago.
    cost += math.log(1.0 + dt)
    if si[s, COUNT] >= 4 and dt > 0.0:
        # A transponder that has just spoken is silent for a beat; a missed beat says little, an early one much.
        early = (sf[s, BEAT_LOG] - math.log(dt) - 0.25) / max(sf[s, BEAT_DEV], 0.15)
        if early > 0.0:
            cost += min(0.5 * early * early, 4.0)
    return cost - 0.5 * math.log(min(si[s, COUNT], SENIOR))


@lean_inner
def fit(sf: F64, si: I64, s: int, rf: F64, ri: I64, from_prev: bool) -> tuple[float, float]:
    """(misfit in squared sigmas, cost) of a row against a slot; ``from_prev`` asks the fix before."""
    dt = (ri[T] - (si[s, T_PREV] if from_prev else si[s, T])) * 1e-6
    o = PX if from_prev else X
    trusted = not doubted(sf, s)
    old_v = si[s, HAS_V] == 1 and not from_prev and trusted
    new_v = ri[HAS_V] == 1 and trusted
    emp = math.sqrt(sf[s, EX] ** 2 + sf[s, EX + 1] ** 2 + sf[s, EX + 2] ** 2) if si[s, HAS_E] == 1 else -1.0
    pace = _pace(sf, s, rf, emp)
    across, timing, grow = _scatter(sf, s, rf, pace, dt)
    slack, top = 2.0 * (across + timing), max(pace, emp)
    distance = math.sqrt((rf[X] - sf[s, o]) ** 2 + (rf[X + 1] - sf[s, o + 1]) ** 2 + (rf[X + 2] - sf[s, o + 2]) ** 2)
    best = _reach_m2(distance, dt, slack, top, not (old_v or new_v or emp >= 0.0))
    spread = 2.0 * math.log(slack + (top + 1.0) * dt)
    if old_v or new_v:
        along = math.sqrt(across * across + timing * timing)
        vx, vy, vz = _told(sf, s, rf, old_v, new_v)
        m2 = _leg_m2(sf, s, rf, o, dt, vx, vy, vz, across, along)
        width = math.log(along * across)
        if m2 + 2 * width < best + 2 * spread:
            best, spread = m2, width
    if emp >= 0.0 and not from_prev:
        wide = math.sqrt(across * across + 2 * grow * grow)
        long = math.sqrt(wide * wide + timing * timing)
        m2 = 1.0 + _leg_m2(sf, s, rf, o, dt, sf[s, EX], sf[s, EX + 1], sf[s, EX + 2], wide, long)
        width = math.log(long * wide)
        if m2 + 2 * width < best + 2 * spread:
            best, spread = m2, width
    best += _speed_m2(sf, s, rf, old_v and new_v, dt)
    return best, 0.5 * best + spread + _soft(sf, si, s, rf, ri, dt)


@lean_inner
def heard_again(sf: F64, si: I64, s: int, ri: I64) -> bool:
    """Whether a row is a late copy of one of the last fixes of a slot under way."""
    if doubted(sf, s) or sf[s, SPEED_MS] < 0.0:
        if si[s, HAS_E] != 1 or sf[s, EX] ** 2 + sf[s, EX + 1] ** 2 + sf[s, EX + 2] ** 2 < COPY_MS * COPY_MS:
            return False
    elif sf[s, SPEED_MS] < COPY_MS:
        return False
    for k in range(RING, RING + 2 * min(si[s, COUNT], RING_FIXES), 2):
        if si[s, k] == ri[MARK] and ri[T] - si[s, k + 1] <= COPY_US:
            return True
    return False


@lean_inner
def _remember(si: I64, s: int, ri: I64) -> None:
    """Enter a row among the last fixes of a slot, before it is counted."""
    k = RING + 2 * (si[s, COUNT] % RING_FIXES)
    si[s, k], si[s, k + 1] = ri[MARK], ri[T]


@lean_inner
def seed(sf: F64, si: I64, s: int, rf: F64, ri: I64, code: int) -> None:
    """Make a slot of a row that opens a track. Scatter and clock are set by the caller's vessel where it knows them."""
    for k in range(FCOLS):
        sf[s, k] = rf[k]
    for k in range(MARK + 1):
        si[s, k] = ri[k]
    sf[s, EX], sf[s, EX + 1], sf[s, EX + 2] = 0.0, 0.0, 0.0
    sf[s, PX], sf[s, PX + 1], sf[s, PX + 2] = rf[X], rf[X + 1], rf[X + 2]
    sf[s, JITTER_M], sf[s, CLOCK_S] = JITTER_START_M, CLOCK_START_S
    sf[s, BEAT_LOG], sf[s, BEAT_DEV], sf[s, SPEED_OFF], sf[s, LEAPS] = 0.0, 0.7, 0.0, 0.0
    sf[s, COURSE_OFF], sf[s, GAP_S], sf[s, TWO_FOLD], sf[s, LINK_M2] = 0.0, 60.0, 0.0, 0.0
    si[s, HAS_E], si[s, T_PREV], si[s, CODE], si[s, COUNT] = 0, ri[T], code, 0
    _remember(si, s, ri)
    si[s, COUNT] = 1
    si[s, T_WOKE], si[s, PARENT], si[s, P_STATIC] = ri[T], -1, -1
    sf[s, P_HEADING_DEG] = -1.0


@lean_inner
def _two_fold_place(sf: F64, s: int, rf: F64, last_m: float, back_m: float) -> None:
    """Sum up how much nearer a ship at rest falls to its fix before the last, in place and heading, than to the last.

    One ship's scatter favours neither, so the sum falls back to zero; two ships heard by turns drive it up.
    """
    sigma = max(sf[s, JITTER_M], TWO_FOLD_SIGMA_M)
    gain = (last_m * last_m - back_m * back_m) / (2.0 * sigma * sigma)
    if rf[HEADING_DEG] >= 0.0 and sf[s, HEADING_DEG] >= 0.0 and sf[s, P_HEADING_DEG] >= 0.0:
        last_deg, back_deg = _turn(rf[HEADING_DEG], sf[s, HEADING_DEG]), _turn(rf[HEADING_DEG], sf[s, P_HEADING_DEG])
        gain += (last_deg * last_deg - back_deg * back_deg) / (2.0 * TWO_FOLD_SIGMA_DEG * TWO_FOLD_SIGMA_DEG)
    sf[s, TWO_FOLD] = max(sf[s, TWO_FOLD] + max(min(gain, 2.0), -2.0) - TWO_FOLD_DRIFT, 0.0)


@lean_inner
def _two_fold_names(sf: F64, si: I64, s: int, ri: I64) -> None:
    """Add to that sum when names go back to what they were two fixes ago; a ship that is renamed does not."""
    if ri[STATIC] <= 0 or ri[STATIC] == si[s, STATIC]:
        return
    unlike = 0
    for k in range(NAME, IMO + 1):
        if ri[k] >= 0 and si[s, k] >= 0 and ri[k] != si[s, k]:
            unlike += 1
    if unlike >= 2 and ri[STATIC] == si[s, P_STATIC]:
        sf[s, TWO_FOLD] += TWO_FOLD_NAMES


@lean_inner
def _learn_speed(sf: F64, s: int, rf: F64, dt: float) -> None:
    """Trust in speeds, from legs longer than any told speed allows. Of long silences nothing is learnt."""
    told = max(sf[s, SPEED_MS], rf[SPEED_MS])
    if sf[s, SPEED_MS] < 0.0 or rf[SPEED_MS] < 0.0 or dt < 2.0 or dt > LONG_SILENCE_S:
        return
    room = 2.0 * told * dt + 3.0 * (sf[s, JITTER_M] + sf[s, COARSE_M] + rf[COARSE_M] + told * sf[s, CLOCK_S])
    if (rf[X] - sf[s, X]) ** 2 + (rf[X + 1] - sf[s, X + 1]) ** 2 + (rf[X + 2] - sf[s, X + 2]) ** 2 > room * room:
        sf[s, SPEED_OFF] += SPEED_OFF_UP * sf[s, SPEED_OFF] * (1.0 - sf[s, SPEED_OFF])
    else:
        sf[s, SPEED_OFF] *= SPEED_OFF_KEEP


@lean_inner
def _learn_scatter(sf: F64, si: I64, s: int, rf: F64, ri: I64, dt: float) -> None:
    """Trust in courses, scatter and clock error, from the misfit of motion told, or else made good, on short legs."""
    if dt > 400.0:
        return
    told = si[s, HAS_V] == 1 and ri[HAS_V] == 1
    dx, dy, dz = rf[X] - sf[s, X], rf[X + 1] - sf[s, X + 1], rf[X + 2] - sf[s, X + 2]
    wx, wy, wz = 0.5 * (sf[s, VX] + rf[VX]), 0.5 * (sf[s, VX + 1] + rf[VX + 1]), 0.5 * (sf[s, VX + 2] + rf[VX + 2])
    speed = math.sqrt(wx * wx + wy * wy + wz * wz)
    made = math.sqrt(dx * dx + dy * dy + dz * dz)
    if told and speed > 1.5 and made > 40.0:
        off = 1.0 - (dx * wx + dy * wy + dz * wz) / (speed * made)
        sf[s, COURSE_OFF] += LEARN * 2.0 * (off - sf[s, COURSE_OFF])
    if sf[s, COARSE_M] + rf[COARSE_M] > 0.0:
        return
    if not told or doubted(sf, s):
        if si[s, HAS_E] == 0:
            return
        wx, wy, wz = sf[s, EX], sf[s, EX + 1], sf[s, EX + 2]
        speed = math.sqrt(wx * wx + wy * wy + wz * wz)
    ax, ay, az = dx - wx * dt, dy - wy * dt, dz - wz * dt
    along = (ax * wx + ay * wy + az * wz) / speed if speed > 0.3 else 0.0
    across = math.sqrt(max(ax * ax + ay * ay + az * az - along * along, 0.0))
    rate = max(LEARN, 1.0 / (si[s, COUNT] + 4.0))
    if speed < 0.3:
        # Two ships side by side come back to the fix before the last; one ship scatters about both alike.
        back = math.sqrt((rf[X] - sf[s, PX]) ** 2 + (rf[X + 1] - sf[s, PX + 1]) ** 2 + (rf[X + 2] - sf[s, PX + 2]) ** 2)
        if told:
            _two_fold_place(sf, s, rf, across, back)
        across = BACK_SHARE * min(across, back)
    seen = min(across, 3.0 * sf[s, JITTER_M])
    sf[s, JITTER_M] = min(max(sf[s, JITTER_M] + rate * (seen - sf[s, JITTER_M]), JITTER_MIN_M), JITTER_MAX_M)
    if speed > 2.0:
        late = min(abs(along) / speed, 3.0 * sf[s, CLOCK_S])
        sf[s, CLOCK_S] = min(max(sf[s, CLOCK_S] + rate * (late - sf[s, CLOCK_S]), CLOCK_MIN_S), CLOCK_MAX_S)


@lean_inner
def _made_good(sf: F64, s: int, rf: F64, o: int, dt: float, first: bool) -> None:
    """Way made good, smoothed over 20 s, as fast as both ends told: a wrong time stamp must not become a speed."""
    gain = 1.0 if first else min(1.0, dt / 20.0)
    for k in range(3):
        sf[s, EX + k] += gain * ((rf[X + k] - sf[s, o + k]) / dt - sf[s, EX + k])
    if sf[s, SPEED_MS] < 0.0 or rf[SPEED_MS] < 0.0 or sf[s, SPEED_OFF] >= SPEED_OFF_MAX:
        return
    told = 0.5 * (sf[s, SPEED_MS] + rf[SPEED_MS])
    made = math.sqrt(sf[s, EX] ** 2 + sf[s, EX + 1] ** 2 + sf[s, EX + 2] ** 2)
    if made > 1.15 * told + 0.3 or (told > 1.5 and made > 0.3):
        for k in range(3):
            sf[s, EX + k] *= told / made


@lean_inner
def learn(sf: F64, si: I64, s: int, rf: F64, ri: I64, from_prev: bool) -> None:
    """Move a slot on to a row that was given to it. ``from_prev``: the last fix was the stray one and is forgotten."""
    o = PX if from_prev else X
    dt = (ri[T] - (si[s, T_PREV] if from_prev else si[s, T])) * 1e-6
    if not from_prev:
        _learn_speed(sf, s, rf, dt)
        _learn_scatter(sf, si, s, rf, ri, dt)
    if dt >= LONG_SILENCE_S:
        si[s, T_WOKE] = ri[T]
    if dt > 0.0:
        if not from_prev:
            sf[s, GAP_S] += max(0.01, 1.0 / (si[s, COUNT] + 2.0)) * (min(dt, 900.0) - sf[s, GAP_S])
            beat = math.log(dt)
            if si[s, COUNT] < 2:
                sf[s, BEAT_LOG] = beat
            else:
                step = beat - sf[s, BEAT_LOG]
                # Missed beats make long gaps: they pull less than short ones.
                rate = 0.12 if step < 0.0 else 0.06
                sf[s, BEAT_LOG] += rate * max(min(step, 1.0), -1.0)
                sf[s, BEAT_DEV] += 0.06 * (min(abs(step), 1.0) - sf[s, BEAT_DEV])
        coarse = sf[s, COARSE_M] + rf[COARSE_M] > 0.0
        if (dt >= 2.0 or si[s, HAS_E] == 1) and (dt > 60.0 or not coarse):
            _made_good(sf, s, rf, o, dt, si[s, HAS_E] == 0)
            si[s, HAS_E] = 1
        for k in range(3):
            sf[s, PX + k] = sf[s, o + k]
        si[s, T_PREV] = si[s, T_PREV] if from_prev else si[s, T]
    for k in range(3):
        sf[s, X + k], sf[s, VX + k] = rf[X + k], rf[VX + k]
    si[s, T], si[s, HAS_V] = ri[T], ri[HAS_V]
    sf[s, SPEED_MS], sf[s, COARSE_M] = rf[SPEED_MS], rf[COARSE_M]
    sf[s, P_HEADING_DEG] = sf[s, HEADING_DEG]
    if rf[HEADING_DEG] >= 0.0:
        sf[s, HEADING_DEG] = rf[HEADING_DEG]
    if ri[STATIC] > 0:
        _two_fold_names(sf, si, s, ri)
        if ri[STATIC] != si[s, STATIC]:
            si[s, P_STATIC], si[s, STATIC] = si[s, STATIC], ri[STATIC]
        for k in range(NAME, IMO + 1):
            if ri[k] >= 0:
                si[s, k] = ri[k]
    for k in (CLASS, STATION):
        if ri[k] > 0:
            si[s, k] = ri[k]
    _remember(si, s, ri)
    si[s, COUNT] += 1
    sf[s, LEAPS] *= LEAPS_KEEP
