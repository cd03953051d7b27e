"""Exact pair join: when were two tracks within a distance of each other, bin by bin.

Decides: over every stretch in which both tracks run on one believed leg each, the difference of places is d0 + v t, and
the times with |d0 + v t|^2 <= R^2 are the roots of a quadratic, never samples. Refuses: to judge what a meeting means.
Candidates: pieces are entered in a grid of cubes (ECEF, so the antimeridian and the poles are ordinary places) under
their boxes widened by R/2; a pair is taken in the cube of the lower corner of the two boxes' intersection and nowhere
else, hence exactly once. Output is grown by doubling, never a fixed buffer (a counting pass would solve pairs twice).
Source: design page "One engine for pairs". Known failures: the work grows with the number of pairs that are truly near
(R of many miles over a crowded roadstead), which is the size of the answer.
"""

from __future__ import annotations

import math

import numpy as np

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import kernel, lean_inner
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.pairs.bins import BIN_US
from beaconline.understand.pairs.legs import LEG, U8, VX, VY, VZ, T, X, Y, Z

__all__ = ["MIN_CELL_M", "join_bins"]

MIN_CELL_M = 2_000.0
"""Smallest edge of a grid cube, metres: a ship at 13 kn crosses it in one bin. Only speed depends on it."""

MOST_CUBES = 1_000
"""A piece whose box covers more cubes than this is compared with every other piece of its bin instead: a ship at 100 kn
covers 729, so this is for profiles that believe far faster legs, which must not exhaust memory."""

SAFETY_M = 1e-3
"""Boxes are widened by this much (metres) against rounding of clipped places (1e-9 m); no pair is lost to it."""


@lean_inner
def _place(points: F64, i: int, t: float) -> tuple[float, float, float]:
    """Where leg i is at time t; at its end the fix itself, so that a stretch ends exactly where the next begins."""
    if t == points[i + 1, T]:
        return points[i + 1, X], points[i + 1, Y], points[i + 1, Z]
    f = t - points[i, T]
    return points[i, X] + f * points[i, VX], points[i, Y] + f * points[i, VY], points[i, Z] + f * points[i, VZ]


@lean_inner
def _roots(a: float, b: float, c: float, end_inside: bool) -> tuple[float, float]:
    """The fractions u0 <= u1 within [0, 1] where a u^2 + 2 b u + c <= 0; (1, 0) when there are none."""
    disc = b * b - a * c
    if a == 0.0 or disc < 0.0:
        return 1.0, 0.0
    q = -b - math.copysign(math.sqrt(disc), b)
    r0 = q / a
    r1 = c / q if q != 0.0 else r0
    u0 = 0.0 if c <= 0.0 else max(0.0, min(r0, r1))
    u1 = 1.0 if end_inside else min(1.0, max(r0, r1))
    return u0, u1


@lean_inner
def _stretch(
    dx: float, dy: float, dz: float, ex: float, ey: float, ez: float, r2: float
) -> tuple[float, float, float, float]:
    """One stretch, the difference going straight from d to e: fractions (u0, u1) of it that are within reach
    (u0 > u1: none), fraction and square of the closest approach."""
    wx, wy, wz = ex - dx, ey - dy, ez - dz
    d2 = dx * dx + dy * dy + dz * dz
    e2 = ex * ex + ey * ey + ez * ez
    dw = dx * wx + dy * wy + dz * wz
    ew = ex * wx + ey * wy + ez * wz
    if (d2 > r2 and dw >= 0.0) or (e2 > r2 and ew <= 0.0):
        return 1.0, 0.0, 0.0, 0.0  # opening from outside, or closing and still outside
    u0, u1 = 0.0, 1.0
    w2 = wx * wx + wy * wy + wz * wz
    if d2 > r2 or e2 > r2:
        u0, u1 = _roots(w2, dw, d2 - r2, e2 <= r2)
    if dw < 0.0 and ew > 0.0:
        u = -dw / w2
        return u0, u1, u, (dx + u * wx) ** 2 + (dy + u * wy) ** 2 + (dz + u * wz) ** 2
    if e2 < d2:
        return u0, u1, 1.0, e2
    return u0, u1, 0.0, d2


@lean_inner
def _counts(one: float, two: float, movers: int, least_kn: float, most_kn: float) -> bool:
    """Whether two legs of these speeds (knots) count: at least ``movers`` of the two make ``least_kn``, and neither
    makes more than ``most_kn``."""
    if one > most_kn or two > most_kn:
        return False
    if movers == 2:
        return one >= least_kn and two >= least_kn
    return movers == 0 or one >= least_kn or two >= least_kn


@lean_inner
def _solve(
    points: F64, piece: I32, p: int, q: int, b0: float, rules: F64, k: int, ints: I64, dist2: F64, n: int
) -> int:
    """Write the contacts of two pieces (rows p and q) in the bin starting at b0 by rule k to ints and dist2, from row n
    on. ``rules`` as in ``join_bins``.

    The caller provides room for one contact a leg. ints[:, 3:6] become start, end and time of closest approach in
    microseconds from the bin's start, so that rounding does not depend on which group of bins is worked on.
    """
    i, i_end, j, j_end = piece[p, 2], piece[p, 3], piece[q, 2], piece[q, 3]
    b1, r2 = b0 + BIN_US, rules[k, 0] * rules[k, 0]
    movers, least, most = int(rules[k, 1]), rules[k, 2], rules[k, 3]
    every = movers == 0 and most == np.inf  # the common rule: every believed leg counts
    dx = dy = dz = end = 0.0
    known = -1.0  # the time at which the difference d is known from the stretch before
    open_ = False
    while i < i_end and j < j_end:
        ti, tj = points[i + 1, T], points[j + 1, T]
        lo = max(points[i, T], points[j, T], b0)
        hi = min(ti, tj, b1)
        si, sj = points[i, LEG], points[j, LEG]
        if lo < hi and si > 0.0 and sj > 0.0 and (every or _counts(si - 1.0, sj - 1.0, movers, least, most)):
            if known != lo:
                ax, ay, az = _place(points, i, lo)
                bx, by, bz = _place(points, j, lo)
                dx, dy, dz = ax - bx, ay - by, az - bz
            ax, ay, az = _place(points, i, hi)
            bx, by, bz = _place(points, j, hi)
            ex, ey, ez = ax - bx, ay - by, az - bz
            u0, u1, u, m2 = _stretch(dx, dy, dz, ex, ey, ez, r2)
            if u0 <= u1:
                # From the bin's start before anything is multiplied: a sum with a far origin would round it.
                since = lo - b0
                start = since if u0 == 0.0 else since + u0 * (hi - lo)
                if not (open_ and start == end):
                    n += 1
                    open_ = True
                    ints[n - 1, 3] = round(start)
                    dist2[n - 1] = np.inf
                end = hi - b0 if u1 == 1.0 else since + u1 * (hi - lo)
                ints[n - 1, 4] = round(end)
                if m2 < dist2[n - 1]:
                    dist2[n - 1] = m2
                    ints[n - 1, 5] = round(since + u * (hi - lo))
            dx, dy, dz, known = ex, ey, ez, hi
        if hi >= b1:
            break
        if ti <= tj:
            i += 1
        if tj <= ti:
            j += 1
    return n


@lean_inner
def _apart(box: F64, p: int, q: int, reach2: float) -> bool:
    """Whether two boxes are farther apart than the reach (squared metres)."""
    gap2 = 0.0
    for c in range(3):
        g = max(box[p, c] - box[q, 3 + c], box[q, c] - box[p, 3 + c])
        if g > 0.0:
            gap2 += g * g
    return gap2 > reach2


@kernel
def _cubes(box: F64, index: I32, cell_m: float, half_m: float) -> tuple[I32, U8, int]:
    """The cubes under the widened box of every piece of a bin: (int32[p, 6] first and last cube by axis, uint8[p] 1 for
    boxes too great to enter, number of entries in all)."""
    span = np.empty((len(index), 6), np.int32)
    great = np.zeros(len(index), np.uint8)
    total = 0
    for a in range(len(index)):
        entries = 1.0
        for c in range(3):
            span[a, c] = math.floor((box[index[a], c] - half_m) / cell_m)
            span[a, 3 + c] = math.floor((box[index[a], 3 + c] + half_m) / cell_m)
            entries *= span[a, 3 + c] - span[a, c] + 1
        if entries > MOST_CUBES:
            great[a] = 1
        else:
            total += int(entries)
    return span, great, total


@lean_inner
def _cube_key(x: int, y: int, z: int) -> int:
    """One integer a cube; 21 bits an axis, a million cubes either side of the centre."""
    return ((x + 1048576) << 42) | ((y + 1048576) << 21) | (z + 1048576)


@kernel
def _enter(span: I32, great: U8, total: int) -> tuple[I32, I64, I64]:
    """Enter pieces in buckets of cubes: (piece of an entry, cube of an entry, offsets of buckets), by bucket."""
    bits = 4
    while (1 << bits) < total:
        bits += 1
    offset = np.zeros((1 << bits) + 1, np.int64)
    who = np.empty(total, np.int32)
    cube = np.empty(total, np.int64)
    bucket = np.empty(total, np.int32)
    n = 0
    for a in range(len(span)):
        if great[a]:
            continue
        for x in range(span[a, 0], span[a, 3] + 1):
            for y in range(span[a, 1], span[a, 4] + 1):
                for z in range(span[a, 2], span[a, 5] + 1):
                    key = _cube_key(x, y, z)
                    h = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits))
                    who[n], cube[n], bucket[n] = a, key, h
                    offset[h + 1] += 1
                    n += 1
    for r in range(1 << bits):
        offset[r + 1] += offset[r]
    at = offset[:-1].copy()
    by_who = np.empty(total, np.int32)
    by_cube = np.empty(total, np.int64)
    for e in range(total):
        r = bucket[e]
        by_who[at[r]], by_cube[at[r]] = who[e], cube[e]
        at[r] += 1
    return by_who, by_cube, offset


@kernel
def _add_pair(out: I32, n: int, a: int, b: int) -> I32:
    """Write a pair at row n, the smaller first; the array is doubled when it is full."""
    if n == len(out):
        wider = np.empty((2 * n, 2), np.int32)
        for r in range(n):
            wider[r, 0], wider[r, 1] = out[r, 0], out[r, 1]
        out = wider
    out[n, 0], out[n, 1] = min(a, b), max(a, b)
    return out


@kernel
def _ordered_by(pairs: I32, n: int, column: int, size: int) -> I32:
    """The first n pairs, stably ordered by one column of values below ``size``."""
    at = np.zeros(size + 1, np.int64)
    for r in range(n):
        at[pairs[r, column] + 1] += 1
    for v in range(size):
        at[v + 1] += at[v]
    out = np.empty((n, 2), np.int32)
    for r in range(n):
        v = pairs[r, column]
        out[at[v], 0], out[at[v], 1] = pairs[r, 0], pairs[r, 1]
        at[v] += 1
    return out


@kernel
def _candidates(
    box: F64, pace: F64, piece: I32, index: I32, vessel: I32, active: U8, radius_m: float, movers: int, least_kn: float
) -> I32:
    """Pairs of pieces of one bin whose boxes are within reach, each once: int32[m, 2], places a < b in ``index``, by
    (a, b), which is the order of their tracks. Of the two at least ``movers`` have a leg of ``least_kn`` or more; where
    both must, ``index`` holds only such pieces."""
    cell_m = max(2.0 * radius_m, MIN_CELL_M)
    reach2 = (radius_m + SAFETY_M) ** 2
    out = np.empty((max(16, len(index)), 2), np.int32)
    n = 0
    span, great, total = _cubes(box, index, cell_m, radius_m / 2 + SAFETY_M)
    who, cube, offset = _enter(span, great, total)
    for h in range(len(offset) - 1):
        for e in range(offset[h], offset[h + 1]):
            a = who[e]
            for f in range(e + 1, offset[h + 1]):
                b = who[f]
                if cube[e] != cube[f] or _apart(box, index[a], index[b], reach2):
                    continue
                if movers == 1 and max(pace[index[a], 1], pace[index[b], 1]) < least_kn:
                    continue
                home = _cube_key(max(span[a, 0], span[b, 0]), max(span[a, 1], span[b, 1]), max(span[a, 2], span[b, 2]))
                if home == cube[e] and _may_pair(piece[index[a], 1], piece[index[b], 1], vessel, active):
                    out = _add_pair(out, n, a, b)
                    n += 1
    for a in range(len(index)):
        if great[a]:
            for b in range(len(index)):
                if b == a or (great[b] and b < a) or _apart(box, index[a], index[b], reach2):
                    continue
                if movers == 1 and max(pace[index[a], 1], pace[index[b], 1]) < least_kn:
                    continue
                if _may_pair(piece[index[a], 1], piece[index[b], 1], vessel, active):
                    out = _add_pair(out, n, a, b)
                    n += 1
    return _ordered_by(_ordered_by(out, n, 1, len(index)), n, 0, len(index))


@lean_inner
def _may_pair(ka: int, kb: int, vessel: I32, active: U8) -> bool:
    """Tracks of different vessels, at least one of them active."""
    return bool(vessel[ka] != vessel[kb] and (active[ka] != 0 or active[kb] != 0))


@kernel
def _room(ints: I64, dist2: F64, rule: U8, n: int, more: int) -> tuple[I64, F64, U8]:
    """The arrays with room for ``more`` rows after n, doubled until they have it."""
    if n + more <= len(dist2):
        return ints, dist2, rule
    size = max(2 * len(dist2), n + more)
    wider, longer, more_rules = np.empty((size, 6), np.int64), np.empty(size), np.empty(size, np.uint8)
    for r in range(n):
        for c in range(6):
            wider[r, c] = ints[r, c]
        longer[r], more_rules[r] = dist2[r], rule[r]
    return wider, longer, more_rules


@kernel
def _fit(index: I32, pace: F64, rules: F64) -> I32:
    """The pieces of a bin that can count for some rule (all of one number of movers)."""
    out = np.empty(len(index), np.int32)
    n = 0
    for i in index:
        for k in range(len(rules)):
            if pace[i, 0] <= rules[k, 3] and (rules[k, 1] < 2.0 or pace[i, 1] >= rules[k, 2]):
                out[n] = i
                n += 1
                break
    return out[:n]


@kernel
def join_bins(
    points: F64, piece: I32, box: F64, pace: F64, index: I32, offset: I64, first_bin: int,
    vessel: I32, active: U8, rules: F64,
) -> tuple[I64, F64, U8]:  # fmt: skip
    """Contacts of tracks of different vessels, bin by bin, for several rules at once.

    points, piece, box, pace, index, offset  from ``trace``, ``cut_pieces`` and ``order_by_bin``; bin 0 is ``first_bin``
    vessel  int32[tracks], tracks of one vessel do not pair; active uint8[tracks], pairs without an active track are
            left out
    rules   float64[k, 4]: radius (metres), how many of the two must move (the same in all rows), how fast at least
            (knots), how fast either may be at most (knots). Candidates are looked for once, within the largest radius
    Returns (int64[n, 6]: bin, track a < track b, start, end, time of closest approach, microseconds since 1970;
    float64[n]: closest approach in metres; uint8[n]: row of ``rules``), by (bin, a, b, rule, start).
    """
    ints, dist2 = np.empty((max(16, len(piece)), 6), np.int64), np.empty(max(16, len(piece)))
    rule = np.empty(len(dist2), np.uint8)
    n = 0
    radius_m, movers, least_kn = rules[:, 0].max(), int(rules[0, 1]), rules[:, 2].min()
    for b in range(len(offset) - 1):
        here = _fit(index[offset[b] : offset[b + 1]], pace, rules)
        if len(here) < 2:
            continue
        pairs = _candidates(box, pace, piece, here, vessel, active, radius_m, movers, least_kn)
        shift = (first_bin + b) * BIN_US
        for c in range(len(pairs)):
            one, two = here[pairs[c, 0]], here[pairs[c, 1]]
            for k in range(len(rules)):
                if max(pace[one, 0], pace[two, 0]) > rules[k, 3]:
                    continue
                if rules[k, 0] < radius_m and _apart(box, one, two, (rules[k, 0] + SAFETY_M) ** 2):
                    continue
                ints, dist2, rule = _room(
                    ints, dist2, rule, n, piece[one, 3] - piece[one, 2] + piece[two, 3] - piece[two, 2]
                )
                end = _solve(points, piece, one, two, float(b) * BIN_US, rules, k, ints, dist2, n)
                for r in range(n, end):
                    ints[r, 0], ints[r, 1], ints[r, 2], rule[r] = first_bin + b, piece[one, 1], piece[two, 1], k
                    ints[r, 3] += shift
                    ints[r, 4] += shift
                    ints[r, 5] += shift
                n = end
    for r in range(n):
        dist2[r] = math.sqrt(dist2[r])
    return ints[:n], dist2[:n], rule[:n]
