"""The stretch of time in which one vessel sails where another sailed before it, worked out beat by beat.

Decides: at every beat the nearest place of the leader's path of the last 40 minutes to the follower; the beat counts
when that place is near enough, lies back in time, and both sail the same way there, both moving. A stretch goes on
while beats that do not count last no longer than a given time. What is kept of a stretch is bounded: counts in classes,
three places of both, and the first manoeuvres of both. Refuses: to say why. Everything looks back at most LOOK_BACK and
ahead at most REACH beats, so a long stretch can be worked out in parts and comes out the same to the bit.
Source: behaviours page (shadow: "the follower re-traces the leader's path at a near-constant lag"). Known failures: a
path that crosses itself within the 40 minutes gives the nearer of its two branches; a follower more than 40 minutes
behind is not seen.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64, KN_MS
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.detectors.shadow_motion import (
    BEAT_US,
    REACH,
    SPEED_MOVE,
    TURN_MOVE,
    fastest_m,
    moved_at,
    write_move,
)

__all__ = ["HEAD", "HISTOGRAM", "LOOK_BACK", "MOST_MOVES", "STRIDE", "advance", "quantile", "worth_a_look"]

LAG_BEATS = 80
"""The leader's path is looked back on for 40 minutes: 3 nm at 4.5 kn. Longer costs memory for every vessel."""

LOOK_BACK = LAG_BEATS + 2 * REACH
"""Beats before the first that ``advance`` needs places of."""

MOST_MOVES = 64
"""Manoeuvres kept of either vessel in one stretch; more are counted (``LOST``)."""

SMOOTHER = 0.5
"""A follower that steers for the leader cuts corners: its manoeuvres may be so much smaller at their sharpest."""

LONG_LEG_S = 600.0
"""A leg longer than this says little about what happened on it; its share of a stretch is told."""

# What is counted in classes: offset, number and width of the classes of lag (s), range (m), cross-track distance (parts
# of its limit, to starboard of the leader's path positive), speed of leader and follower (kn).
LAG = (0, 241, 10.0)
RANGE = (241, 121, 50.0)
CROSS = (362, 51, 0.04)
LEADER_KN = (413, 161, 0.25)
FOLLOWER_KN = (574, 161, 0.25)
HISTOGRAM = 735

# What is kept of a stretch: whether there is one, its first and last beat that counts (microseconds), beats that count,
# beats between them that do not, such beats since the last that does, closest approach, manoeuvres of leader and
# follower, manoeuvres not kept; of leader and follower the longest leg (s), beats on long legs and legs (each leg is
# counted once, several in one beat as one); beats that count among every fourth; and the places (leader's, follower's;
# ECEF millimetres) at three moments; other vessels on the same line at the first and the last (-1 = not asked).
ACTIVE, START_US, LAST_US, OK, BAD, BAD_NOW, CLOSEST_MM, CLOSEST_US, MOVES, LOST = 0, 1, 2, 3, 4, 5, 6, 7, 8, 10
LONGEST_S, LONG_BEATS, HEARD, LEG_END, COARSE, AT_START, AT_CLOSEST, AT_END = 11, 13, 15, 17, 19, 20, 26, 32
OTHERS_START, OTHERS_END = 38, 39
HEAD = 40

STRIDE = 4
"""Every fourth beat is looked at first: most pairs are seen there not to follow one another."""


@inner
def _nearest(
    path: F64, x: float, y: float, z: float, g: int, within_m: float, fastest: float
) -> tuple[float, float, int]:
    """The nearest place of the path at or before beat g, up to LAG_BEATS back, if it is within ``within_m``: (squared
    distance, beat as a fraction, the beat that ends its leg); that beat is -1 when there is none.

    fastest  the longest way from one beat of the path to the next: what lies out of reach is passed over
    """
    best, at, leg = within_m * within_m, -1.0, -1
    j, end = g, max(0, g - LAG_BEATS)
    while j > end:
        i = j - 1
        if math.isnan(path[i, 0]) or math.isnan(path[j, 0]):
            j -= 1
            continue
        vx, vy, vz = path[j, 0] - path[i, 0], path[j, 1] - path[i, 1], path[j, 2] - path[i, 2]
        dx, dy, dz = x - path[i, 0], y - path[i, 1], z - path[i, 2]
        far2 = dx * dx + dy * dy + dz * dz
        if far2 > (within_m + fastest) ** 2:
            # Every leg that starts within so many steps of this place is out of reach.
            steps = LAG_BEATS if fastest == 0.0 else int((math.sqrt(far2) - within_m) / fastest)
            j -= max(1, min(LAG_BEATS, steps))
            continue
        v2 = vx * vx + vy * vy + vz * vz
        f = 0.0 if v2 == 0.0 else min(1.0, max(0.0, (dx * vx + dy * vy + dz * vz) / v2))
        d2 = (dx - f * vx) ** 2 + (dy - f * vy) ** 2 + (dz - f * vz) ** 2
        if d2 <= best:
            best, at, leg = d2, i + f, j
        j -= 1
    return best, at, leg


@inner
def _step(p: F64, g: int) -> tuple[float, float, float, float]:
    """How a track moves at beat g: metres a second along the axes, and speed; over the last minute, or the next."""
    i, j = g - 2, g
    if i < 0 or math.isnan(p[i, 0]):
        i, j = g, g + 2
        if j >= len(p) or math.isnan(p[j, 0]):
            return 0.0, 0.0, 0.0, -1.0
    span = 2 * BEAT_US * 1e-6
    vx, vy, vz = (p[j, 0] - p[i, 0]) / span, (p[j, 1] - p[i, 1]) / span, (p[j, 2] - p[i, 2]) / span
    return vx, vy, vz, math.sqrt(vx * vx + vy * vy + vz * vz)


UNKNOWN, NO, YES = 0, 1, 2


@inner
def _beat(
    leader: F64, follower: F64, g: int, limits: tuple[float, float, float, float], fastest: float
) -> tuple[int, float, float, float, float]:
    """Whether beat g counts, and there: lag in seconds, cross-track metres (to starboard positive), speeds in m/s."""
    x, y, z = follower[g, 0], follower[g, 1], follower[g, 2]
    if math.isnan(x) or math.isnan(leader[g, 0]):
        return UNKNOWN, 0.0, 0.0, 0.0, 0.0
    d2, at, leg = _nearest(leader, x, y, z, g, limits[0], fastest)
    if leg < 0:
        # Where the leader's path is not known for the whole time, the follower may be on what is not known of it.
        known = g >= LAG_BEATS and not math.isnan(leader[g - LAG_BEATS, 0])
        return NO if known else UNKNOWN, 0.0, 0.0, 0.0, 0.0
    lag = (g - at) * BEAT_US * 1e-6
    if lag < limits[1]:
        return NO, 0.0, 0.0, 0.0, 0.0
    fx, fy, fz, follower_ms = _step(follower, g)
    leader_ms = _step(leader, g)[3]
    if follower_ms < limits[2] or leader_ms < limits[2]:
        return NO, 0.0, 0.0, 0.0, 0.0
    vx, vy = leader[leg, 0] - leader[leg - 1, 0], leader[leg, 1] - leader[leg - 1, 1]
    vz = leader[leg, 2] - leader[leg - 1, 2]
    way = math.sqrt(vx * vx + vy * vy + vz * vz)
    if vx * fx + vy * fy + vz * fz < limits[3] * way * follower_ms:
        return NO, 0.0, 0.0, 0.0, 0.0
    dx, dy, dz = x - leader[leg, 0], y - leader[leg, 1], z - leader[leg, 2]
    side = (dy * vz - dz * vy) * x + (dz * vx - dx * vz) * y + (dx * vy - dy * vx) * z
    return YES, lag, math.copysign(math.sqrt(d2), side), leader_ms, follower_ms


@inner
def _count(hist: I32, where: tuple[int, int, float], value: float) -> None:
    hist[where[0] + min(where[1] - 1, max(0, int(value / where[2])))] += 1


@inner
def _mark(head: I64, at: int, leader: F64, follower: F64, g: int) -> None:
    """Write where both are at beat g to head[at:at + 6], millimetres."""
    for c in range(3):
        head[at + c], head[at + 3 + c] = round(leader[g, c] * 1000.0), round(follower[g, c] * 1000.0)


@inner
def _hear(head: I64, p: F64, g: int, side: int) -> None:
    """Account for the leg that one of the two is on."""
    if math.isnan(p[g, 3]):
        return
    head[LONGEST_S + side] = max(head[LONGEST_S + side], math.ceil(p[g, 3]))
    head[LONG_BEATS + side] += 1 if p[g, 3] > LONG_LEG_S else 0
    end = int(p[g, 4])
    if head[LEG_END + side] != end:
        head[LEG_END + side] = end
        head[HEARD + side] += 1


@inner
def _take_moves(
    p: F64, change: F64, first_beat: int, g0: int, g1: int, least: tuple[float, float, float],
    head: I64, moves: I64, side: int,
) -> None:  # fmt: skip
    """Note the manoeuvres of one of the two at beats g0..g1-1."""
    for g in range(max(0, g0), min(len(p), g1)):
        turned, sped = moved_at(change, g, least)
        for which in (TURN_MOVE, SPEED_MOVE):
            if (which == TURN_MOVE and not turned) or (which == SPEED_MOVE and not sped):
                continue
            n = head[MOVES + side]
            if n == MOST_MOVES:
                head[LOST] += 1
                continue
            write_move(p, change, first_beat, g, which, moves[side, n])
            head[MOVES + side] = n + 1


@inner
def _begin(head: I64, hist: I32, leader: F64, follower: F64, first_beat: int, g: int) -> None:
    head[:] = 0
    hist[:] = 0
    head[ACTIVE], head[START_US], head[CLOSEST_MM] = 1, (first_beat + g) * BEAT_US, 2**62
    head[OTHERS_START], head[OTHERS_END] = -1, -1
    _mark(head, AT_START, leader, follower, g)


@kernel
def advance(
    leader: F64, follower: F64, change_l: F64, change_f: F64, first_beat: int, g0: int, g1: int,
    limits: tuple[float, float, float, float], patience_us: int, least: tuple[float, float, float],
    head: I64, hist: I32, moves: I64,
) -> int:  # fmt: skip
    """Carry a stretch from beat g0 to beat g1 - 1. Returns g1, or the beat at which the stretch was found to be over:
    then ``head``, ``hist``, ``moves`` hold it, and the caller sets head to zero and goes on from that beat.

    leader, follower, change_l, change_f  see ``places`` and ``changes``; beat g of them is first_beat + g
    limits    (cross-track metres, least lag in seconds, least speed in m/s, least cosine between the ways)
    patience_us  beats that do not count may last so long
    least     the leader's least manoeuvre (see ``moved_at``); the follower's may be SMOOTHER: it cuts corners
    head int64[HEAD], hist int32[HISTOGRAM], moves int64[2, MOST_MOVES, N_MOVE]: the stretch, changed in place
    """
    fastest = fastest_m(leader)
    answers = (least[0] * SMOOTHER, least[1] * SMOOTHER, least[2] * SMOOTHER)
    for g in range(g0, g1):
        t = (first_beat + g) * BEAT_US
        state, lag, cross, leader_ms, follower_ms = _beat(leader, follower, g, limits, fastest)
        if head[ACTIVE] and state != YES and t - head[LAST_US] > patience_us:
            return g
        if state == YES and not head[ACTIVE]:
            _begin(head, hist, leader, follower, first_beat, g)
            back = g - int(lag / (BEAT_US * 1e-6))
            _take_moves(leader, change_l, first_beat, back, g, least, head, moves, 0)
        if head[ACTIVE]:
            _take_moves(leader, change_l, first_beat, g, g + 1, least, head, moves, 0)
            _take_moves(follower, change_f, first_beat, g, g + 1, answers, head, moves, 1)
        if state == NO and head[ACTIVE]:
            head[BAD_NOW] += 1
        if state != YES:
            continue
        head[LAST_US] = t
        head[OK] += 1
        head[COARSE] += 1 if (first_beat + g) % STRIDE == 0 else 0
        head[BAD] += head[BAD_NOW]
        head[BAD_NOW] = 0
        far = math.sqrt(
            (leader[g, 0] - follower[g, 0]) ** 2
            + (leader[g, 1] - follower[g, 1]) ** 2
            + (leader[g, 2] - follower[g, 2]) ** 2
        )
        _count(hist, LAG, lag)
        _count(hist, RANGE, far)
        _count(hist, CROSS, (cross / limits[0] + 1.0) * 1.02)
        _count(hist, LEADER_KN, leader_ms / KN_MS)
        _count(hist, FOLLOWER_KN, follower_ms / KN_MS)
        _hear(head, leader, g, 0)
        _hear(head, follower, g, 1)
        _mark(head, AT_END, leader, follower, g)
        if round(far * 1000.0) < head[CLOSEST_MM]:
            head[CLOSEST_MM], head[CLOSEST_US] = round(far * 1000.0), t
            _mark(head, AT_CLOSEST, leader, follower, g)
    return g1


@inner
def _counting(
    leader: F64, follower: F64, first_beat: int, g0: int, g1: int, limits: tuple[float, float, float, float],
    stride: int, enough: int,
) -> bool:  # fmt: skip
    """Whether ``enough`` of every so many beats among g0..g1-1 count."""
    n, fastest = 0, fastest_m(leader)
    for g in range(g0 + (-(first_beat + g0)) % stride, g1, stride):
        n += 1 if _beat(leader, follower, g, limits, fastest)[0] == YES else 0
        if n >= enough:
            return True
    return False


@kernel
def worth_a_look(
    at: F64, base: I64, codes: I64, beats: I64, which: I64, whole: npt.NDArray[np.bool_], least_coarse: int,
    limits: tuple[float, float, float, float], out: npt.NDArray[np.bool_],
) -> None:  # fmt: skip
    """For runs (rows ``which`` of the columns): whether enough beats count with either of the two as the leader.

    at, base  see ``Beats``; codes int64[n, 2] tracks; beats int64[n, 3] the first beat, the end, and the end of what
    may be looked at; whole bool[n]: a whole run, in which ``least_coarse`` of every fourth beats must count; of a part
    any beat must. out bool[n, 2], the first track as the leader first
    """
    for r in which:
        first = beats[r, 0] - LOOK_BACK
        a, b = base[codes[r, 0]], base[codes[r, 1]]
        one, two = at[a + first : a + beats[r, 2]], at[b + first : b + beats[r, 2]]
        stride, enough = (STRIDE, least_coarse) if whole[r] else (1, 1)
        stop = LOOK_BACK + beats[r, 1] - beats[r, 0]
        out[r, 0] = _counting(one, two, first, LOOK_BACK, stop, limits, stride, enough)
        out[r, 1] = _counting(two, one, first, LOOK_BACK, stop, limits, stride, enough)


@kernel
def quantile(hist: I32, where: tuple[int, int, float], share: float) -> float:
    """The middle of the class that holds a share of what was counted, in the unit of the classes."""
    total, seen = 0, 0
    for k in range(where[0], where[0] + where[1]):
        total += hist[k]
    for k in range(where[1]):
        seen += hist[where[0] + k]
        if seen >= share * total:
            return (k + 0.5) * where[2]
    return (where[1] - 0.5) * where[2]
