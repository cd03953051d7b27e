"""Where one vessel manoeuvred into another's bow and the other gave up its way after it, worked out beat by beat.

Decides, for a blocker and a target on one beat: which manoeuvres of the blocker lowered the distance at which the two
would have passed (closest approach from places and ways at that instant, both kept for 20 minutes); whether the blocker
then held in the target's bow sector; and the first turn or loss of speed of the target after it, made while the blocker
was there and the two would have passed near. Refuses: to weigh what it found (``block_judge`` does). An event looks
back and ahead a bounded number of beats and at nothing else, so no cut into parts changes it.
Source: behaviours page (block). Known failures: a series of manoeuvres less than 15 minutes apart is one event, and
what comes more than 40 minutes after its first manoeuvre is not seen (50 after the target's, when it is a meeting).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I64
from beaconline.understand.detectors.shadow_motion import (
    BEAT_US,
    N_MOVE,
    REACH,
    SPEED_MOVE,
    TURN_MOVE,
    WINDOW,
    moved_at,
    write_move,
)

__all__ = ["AHEAD", "BACK", "EVENT", "MEET", "find_events", "worth_a_look"]

SERIES = 30
"""Beats (15 min) without a lowering manoeuvre before the one that begins an event."""
AGAIN = 10
"""Beats (5 min) after which a further lowering manoeuvre is another one."""
AHEAD = 80
"""Beats (40 min) that the outcome is watched after the first manoeuvre: 8 nm at 12 kn."""
ANSWER = 50
"""Beats (25 min) within which the target gives up its way."""
MEET = 100
"""Beats (50 min) after the target's manoeuvre in which the two may come to lie together: 30 for the last two miles at
4 kn, 20 for the stay itself. Shorter takes a slow boat's meeting for a block; longer delays every finding."""
BACK = 80
"""Beats (40 min) that an event looks back: for the habits of both."""
HORIZON_S = 1_200.0
"""Closest approach is told for so many seconds ahead; ships do not keep their ways for longer."""
STILL_MS, ALONGSIDE_M, TOGETHER_MS = 0.5, 250.0, 1.5
"""Slower than this (1 kn) lies still; nearer than this, moving, at velocities that differ by less than this (3 kn) runs
alongside."""
DRIFT_WINDOW = 10
"""Beats (5 min) over which a drift is told: position noise of 15 m then makes 0.2 kn, and not 1 kn as over a minute."""
DRIFT_MS, MEETING_M, ABREAST_M = 1.03, 500.0, 150.0
"""Slower than this (2 kn, as for encounter) both drift; within this they lie together; nearer than this they lie side
by side, wherever the bow points."""

# Columns of an event: the blocker's manoeuvre and the target's (N_MOVE each), the blocker's last lowering one (N_MOVE);
# closest approach as it would have been before and after the blocker's manoeuvre, and before the target's; range at
# both; beats held in the bow up to the target's manoeuvre; median speeds of blocker and target over the hold; lowering
# manoeuvres at least 5 min apart, and how many of them after the target's; beats in which the target lay still, both
# ran alongside, both lay still at the end; whether the two sailed the same way before the blocker's; great turns of the
# target and turns of the blocker in the 40 min before; closest approach and when; the last beat in the bow, or with the
# target still within range; of blocker and target the longest leg and legs; places of blocker and target at the closest
# approach (ECEF millimetres); beats in which the two lay together after the target's manoeuvre.
LOWERED, GAVE_UP, LAST = 0, N_MOVE, 2 * N_MOVE
(
    CPA_BEFORE_MM, CPA_AFTER_MM, CPA_FREE_MM, RANGE_LOWERED_MM, RANGE_MM, HOLD, BLOCKER_MMS, TARGET_MMS, LOWERINGS,
    COUNTERED, STILL, ALONGSIDE, BOTH_STILL, SAME_WAY, TARGET_TURNS, BLOCKER_TURNS, CLOSEST_MM, CLOSEST_US, END_US,
) = range(3 * N_MOVE, 3 * N_MOVE + 19)  # fmt: skip
LONGEST_S, HEARD, AT_CLOSEST = 3 * N_MOVE + 19, 3 * N_MOVE + 21, 3 * N_MOVE + 23
MEETING = 3 * N_MOVE + 29
EVENT = 3 * N_MOVE + 30

Limits = tuple[float, float, float, float, float, float]
"""range_m within which the bow is held, near_m closest approach that counts as near, cosine of half the bow sector,
least speed of the target in m/s, share to which a lowering manoeuvre brings the closest approach, beats of hold."""


@inner
def _known(p: F64, g: int) -> bool:
    return bool(0 <= g < len(p) and not math.isnan(p[g, 0]))


@inner
def _velocity(p: F64, i: int, j: int) -> tuple[float, float, float]:
    span = (j - i) * BEAT_US * 1e-6
    return (p[j, 0] - p[i, 0]) / span, (p[j, 1] - p[i, 1]) / span, (p[j, 2] - p[i, 2]) / span


@inner
def _norm(x: float, y: float, z: float) -> float:
    return math.sqrt(x * x + y * y + z * z)


@inner
def _range(a: F64, b: F64, g: int) -> float:
    return _norm(a[g, 0] - b[g, 0], a[g, 1] - b[g, 1], a[g, 2] - b[g, 2])


@inner
def _cpa(a: F64, b: F64, g: int, va: tuple[float, float, float], vb: tuple[float, float, float]) -> tuple[float, float]:
    """Closest approach in metres of two that keep their ways from beat g on, and seconds until then."""
    rx, ry, rz = b[g, 0] - a[g, 0], b[g, 1] - a[g, 1], b[g, 2] - a[g, 2]
    vx, vy, vz = vb[0] - va[0], vb[1] - va[1], vb[2] - va[2]
    v2 = vx * vx + vy * vy + vz * vz
    t = 0.0 if v2 < 1e-6 else min(HORIZON_S, max(0.0, -(rx * vx + ry * vy + rz * vz) / v2))
    return _norm(rx + t * vx, ry + t * vy, rz + t * vz), t


@inner
def _in_bow(target: F64, blocker: F64, g: int, limits: Limits) -> bool:
    """Whether the blocker is in the bow sector of the moving target, within range."""
    if not (_known(target, g - 2) and _known(target, g) and _known(blocker, g)):
        return False
    vx, vy, vz = _velocity(target, g - 2, g)
    speed, far = _norm(vx, vy, vz), _range(target, blocker, g)
    if speed < limits[3] or far > limits[0]:
        return False
    rx, ry, rz = blocker[g, 0] - target[g, 0], blocker[g, 1] - target[g, 1], blocker[g, 2] - target[g, 2]
    return bool(rx * vx + ry * vy + rz * vz >= limits[2] * speed * far)


@inner
def _lowers(target: F64, blocker: F64, g: int, limits: Limits) -> tuple[bool, float, float]:
    """Whether the blocker's manoeuvre at beat g lowers the closest approach enough; that before and after, metres."""
    if not (_known(target, g - WINDOW) and _known(target, g) and _known(blocker, g)):
        return False, 0.0, 0.0
    if not (_known(blocker, g - WINDOW) and _known(blocker, g + WINDOW)):
        return False, 0.0, 0.0
    vt = _velocity(target, g - WINDOW, g)
    if _norm(vt[0], vt[1], vt[2]) < limits[3]:
        return False, 0.0, 0.0
    before = _cpa(target, blocker, g, vt, _velocity(blocker, g - WINDOW, g))[0]
    after = _cpa(target, blocker, g, vt, _velocity(blocker, g, g + WINDOW))[0]
    return after <= limits[1] and after <= limits[4] * before, before, after


@inner
def _is_move(change: F64, g: int, least: tuple[float, float, float]) -> int:
    """Which manoeuvre peaks at beat g: a turn, a change of speed, or -1."""
    if g < 0 or g >= len(change):
        return -1
    turned, sped = moved_at(change, g, least)
    if turned:
        return TURN_MOVE
    return SPEED_MOVE if sped else -1


@inner
def _gives_up(
    target: F64, blocker: F64, change: F64, g: int, least: tuple[float, float, float], limits: Limits
) -> tuple[int, float]:
    """Which manoeuvre of the target at beat g gives up its way, or -1; and the closest approach without it."""
    which = _is_move(change, g, least)
    if which < 0 or (which == SPEED_MOVE and change[g, 1] > 0.0):
        return -1, 0.0
    q = g - WINDOW // 2
    if not (_known(target, q - 4) and _known(target, q) and _known(blocker, q - 4) and _known(blocker, q)):
        return -1, 0.0
    vb = _velocity(blocker, q - 4, q)
    free, ahead_s = _cpa(target, blocker, q, _velocity(target, q - 4, q), vb)
    if free > limits[1] or ahead_s <= 0.0:
        return -1, 0.0
    if which == TURN_MOVE:
        if not (_known(target, g + 3) and _known(target, g + WINDOW)):
            return -1, 0.0
        if _cpa(target, blocker, q, _velocity(target, g + 3, g + WINDOW), vb)[0] < 1.3 * free + 50.0:
            return -1, 0.0
    return which, free


@inner
def _held(target: F64, blocker: F64, g: int, r: int, limits: Limits) -> int:
    """Beats, up to r, over which the blocker was in the bow without a break of more than two; counted back from the
    last one, which must lie within four beats of r."""
    last = r
    while last > r - 4 and not _in_bow(target, blocker, last, limits):
        last -= 1
    if not _in_bow(target, blocker, last, limits):
        return 0
    first, k, missed = last, last - 1, 0
    while k > g and missed <= 2:
        if _in_bow(target, blocker, k, limits):
            first, missed = k, 0
        else:
            missed += 1
        k -= 1
    return last - first + 1


@inner
def _median_speed(p: F64, g0: int, g1: int) -> float:
    """Median over beats g0..g1-1 of the speed over the minute before each, m/s; 0 when none is known."""
    speeds, n = np.empty(g1 - g0), 0
    for g in range(g0, g1):
        if _known(p, g - 2) and _known(p, g):
            vx, vy, vz = _velocity(p, g - 2, g)
            speeds[n] = _norm(vx, vy, vz)
            n += 1
    return 0.0 if n == 0 else float(np.median(speeds[:n]))


@inner
def _slow(p: F64, g: int) -> bool:
    if not (_known(p, g - 2) and _known(p, g)):
        return False
    vx, vy, vz = _velocity(p, g - 2, g)
    return _norm(vx, vy, vz) < STILL_MS


@inner
def _together(a: F64, b: F64, g: int) -> bool:
    """Whether both make nearly the same way at beat g."""
    ax, ay, az = _velocity(a, g - 2, g)
    bx, by, bz = _velocity(b, g - 2, g)
    return bool(_norm(ax - bx, ay - by, az - bz) <= TOGETHER_MS)


@inner
def _same_way(a: F64, b: F64, g0: int, g1: int) -> bool:
    """Whether both moved the same way, within 30 degrees, from beat g0 to g1."""
    if not (_known(a, g0) and _known(a, g1) and _known(b, g0) and _known(b, g1)) or g1 <= g0:
        return False
    ax, ay, az = _velocity(a, g0, g1)
    bx, by, bz = _velocity(b, g0, g1)
    return ax * bx + ay * by + az * bz > 0.866 * _norm(ax, ay, az) * _norm(bx, by, bz)


@inner
def _series(
    target: F64, blocker: F64, change_b: F64, first_beat: int, g: int, r: int, stop: int,
    least: tuple[float, float, float], limits: Limits, out: I64,
) -> None:  # fmt: skip
    """Count the lowering manoeuvres from beat g on and note the last: the first, and every one at least AGAIN beats
    after the one before it, but for slowing down when nothing else came between: that is still the same manoeuvre."""
    last, moved = -AGAIN, True
    for k in range(g, stop):
        which = _is_move(change_b, k, least)
        if which < 0:
            continue
        slows = which == SPEED_MOVE and change_b[k, 1] < 0.0
        if k - last < AGAIN or (slows and not moved) or not _lowers(target, blocker, k, limits)[0]:
            moved = moved or not slows
            continue
        last, moved = k, False
        out[LOWERINGS] += 1
        out[COUNTERED] += 1 if k > r else 0
        write_move(blocker, change_b, first_beat, k, which, out[LAST : LAST + N_MOVE])


@inner
def _outcome(
    target: F64, blocker: F64, first_beat: int, g: int, r: int, stop: int, limits: Limits, out: I64
) -> None:  # fmt: skip
    """What came of it up to beat ``stop``: still and alongside, closest approach, how well both were heard."""
    out[CLOSEST_MM], out[END_US] = 2**62, (first_beat + r) * BEAT_US
    ends = (-1, -1)
    for k in range(g, stop):
        if not (_known(target, k) and _known(blocker, k)):
            continue
        far = _range(target, blocker, k)
        if far * 1000.0 < out[CLOSEST_MM]:
            out[CLOSEST_MM], out[CLOSEST_US] = round(far * 1000.0), (first_beat + k) * BEAT_US
            for c in range(3):
                out[AT_CLOSEST + c], out[AT_CLOSEST + 3 + c] = round(blocker[k, c] * 1e3), round(target[k, c] * 1e3)
        still = _slow(target, k)
        if k > r and (_in_bow(target, blocker, k, limits) or (still and far <= limits[0])):
            out[END_US] = (first_beat + k) * BEAT_US
        out[STILL] += 1 if still and k >= r - WINDOW else 0
        out[BOTH_STILL] = out[BOTH_STILL] + 1 if still and _slow(blocker, k) else 0
        moving = not (still or _slow(blocker, k)) and _known(target, k - 2) and _known(blocker, k - 2)
        if far <= ALONGSIDE_M and moving and _together(target, blocker, k):
            out[ALONGSIDE] += 1
        out[LONGEST_S] = max(out[LONGEST_S], math.ceil(blocker[k, 3]))
        out[LONGEST_S + 1] = max(out[LONGEST_S + 1], math.ceil(target[k, 3]))
        now = (int(blocker[k, 4]), int(target[k, 4]))
        out[HEARD] += 1 if now[0] != ends[0] else 0
        out[HEARD + 1] += 1 if now[1] != ends[1] else 0
        ends = now


@inner
def _drift(p: F64, k: int, way: tuple[float, float, float]) -> tuple[float, float]:
    """Speed over the five minutes before beat k, m/s, and the share of it along a way; infinite when not known."""
    if not (_known(p, k - DRIFT_WINDOW) and _known(p, k)):
        return math.inf, 0.0
    vx, vy, vz = _velocity(p, k - DRIFT_WINDOW, k)
    speed, along = _norm(vx, vy, vz), _norm(way[0], way[1], way[2])
    if speed * along <= 0.0:
        return speed, 0.0
    return speed, (vx * way[0] + vy * way[1] + vz * way[2]) / (speed * along)


@inner
def _meeting(target: F64, blocker: F64, r: int, stop: int, limits: Limits) -> int:
    """Beats after the target's manoeuvre at beat r in which the two drifted within MEETING_M of each other.

    A blocker that holds off ahead of the target all the while, not side by side, is none of it when the target then
    sails off by another way: that is what a block is. Nothing is counted after the target sailed again.
    """
    q = r - WINDOW // 2
    way = _velocity(target, q - 4, q)
    along = _norm(way[0], way[1], way[2])
    met = beside = 0
    lay = False
    for k in range(r, min(stop, len(target))):
        if not (_known(target, k) and _known(blocker, k)):
            continue
        (speed, share), other = _drift(target, k, way), _drift(blocker, k, way)[0]
        if lay and math.isfinite(speed) and speed >= limits[3]:
            return beside if share < 0.5 else met
        lay = lay or speed < DRIFT_MS
        far = _range(target, blocker, k)
        if not lay or speed >= DRIFT_MS or other >= DRIFT_MS or far > MEETING_M:
            continue
        met += 1
        rx, ry, rz = blocker[k, 0] - target[k, 0], blocker[k, 1] - target[k, 1], blocker[k, 2] - target[k, 2]
        ahead = rx * way[0] + ry * way[1] + rz * way[2] >= limits[2] * along * far
        beside += 1 if far <= ABREAST_M or not ahead else 0
    return met


@inner
def _habits(
    change_t: F64, change_b: F64, g: int, great: tuple[float, float, float], least: tuple[float, float, float], out: I64
) -> None:
    """Great turns of the target and turns of the blocker in the time before."""
    for k in range(g - BACK + WINDOW, g - WINDOW):
        out[TARGET_TURNS] += 1 if _is_move(change_t, k, great) == TURN_MOVE else 0
        out[BLOCKER_TURNS] += 1 if _is_move(change_b, k, least) == TURN_MOVE else 0


@kernel
def find_events(
    target: F64, blocker: F64, change_t: F64, change_b: F64, first_beat: int, g0: int, g1: int,
    least: tuple[float, float, float], gives: tuple[float, float, float], great: tuple[float, float, float],
    limits: Limits, out: I64,
) -> int:  # fmt: skip
    """Write the events whose first manoeuvre is at beats g0..g1-1 to ``out`` (int64[m, EVENT], zeros).

    Returns how many.

    target, blocker, change_t, change_b  see ``places`` and ``changes``: from g0 - BACK - REACH to g1 + ANSWER + MEET +
    REACH
    least, gives, great  least manoeuvres (see ``find_moves``) of the blocker, of the target, and turns that are great
    """
    n = 0
    for g in range(g0, g1):
        which = _is_move(change_b, g, least)
        if which < 0 or n == len(out):
            continue
        lowers, before, after = _lowers(target, blocker, g, limits)
        if not lowers:
            continue
        first = True
        for k in range(g - SERIES, g):
            if _is_move(change_b, k, least) >= 0 and _lowers(target, blocker, k, limits)[0]:
                first = False
        if not first:
            continue
        for r in range(g + 2, g + ANSWER):
            gives_up, free = _gives_up(target, blocker, change_t, r, gives, limits)
            if gives_up < 0:
                continue
            hold = _held(target, blocker, g, r, limits)
            if hold < limits[5]:
                continue
            row, stop = out[n], min(len(target), g + AHEAD)
            write_move(blocker, change_b, first_beat, g, which, row[LOWERED : LOWERED + N_MOVE])
            write_move(target, change_t, first_beat, r, gives_up, row[GAVE_UP : GAVE_UP + N_MOVE])
            row[CPA_BEFORE_MM], row[CPA_AFTER_MM] = round(before * 1000.0), round(after * 1000.0)
            row[CPA_FREE_MM], row[HOLD] = round(free * 1000.0), hold
            row[RANGE_LOWERED_MM] = round(_range(target, blocker, g) * 1000.0)
            row[RANGE_MM] = round(_range(target, blocker, r) * 1000.0)
            row[BLOCKER_MMS] = round(_median_speed(blocker, r - hold, r) * 1000.0)
            row[TARGET_MMS] = round(_median_speed(target, r - hold, max(r - hold + 1, r - WINDOW // 2)) * 1000.0)
            row[SAME_WAY] = 1 if _same_way(target, blocker, g - REACH, g - WINDOW // 2) else 0
            _series(target, blocker, change_b, first_beat, g, r, stop, least, limits, row)
            _outcome(target, blocker, first_beat, g, r, stop, limits, row)
            _habits(change_t, change_b, g, great, least, row)
            row[MEETING] = _meeting(target, blocker, r, r + MEET, limits)
            n += 1
            break
    return n


@kernel
def worth_a_look(
    at: F64, change: F64, base: I64, codes: I64, beats: I64, which: I64, least: tuple[float, float, float],
    limits: Limits, out: npt.NDArray[np.bool_],
) -> None:  # fmt: skip
    """For runs (rows ``which`` of the columns): whether a manoeuvre of either lowers the closest approach enough.

    at, change, base  see ``Beats``; codes int64[n, 2] tracks; beats int64[n, 2] first beat and end. out bool[n, 2], the
    first track as the target first
    """
    for r in which:
        first, stop = beats[r, 0] - REACH, beats[r, 1] + REACH
        for side in range(2):
            a, b = base[codes[r, side]], base[codes[r, 1 - side]]
            target, blocker = at[a + first : a + stop], at[b + first : b + stop]
            change_b = change[b + first : b + stop]
            for g in range(REACH, stop - first - REACH):
                if _is_move(change_b, g, least) >= 0 and _lowers(target, blocker, g, limits)[0]:
                    out[r, side] = True
                    break
