"""From fixes to legs to pieces: what of every track is believed inside every time bin.

Decides: a track is straight between two fixes in a row when the gap may be bridged and the leg is believable; a leg
over 20 km is subdivided on the great circle, so that its chord never sinks more than 8 m; every (track, bin) becomes
one piece with a bounding box. Refuses: to say anything beyond the last fix, across a longer gap, or along a leg that
no ship sails.
Source: conventions of geometry (HOUSE page): ECEF float64 chords. Known failures: a ship that turned inside a long gap
was not where its chord runs; the longest bridged gap is therefore part of every piece of evidence.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import A_M, E2, F64, KN_MS, ecef_point
from beaconline.foundation.table.kernels import kernel, lean_inner
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.pairs.bins import BIN_US

__all__ = [
    "LONG_LEG_M",
    "SHORT_LEG_US",
    "U8",
    "advance_cursor",
    "cut_pieces",
    "gather_rows",
    "leg_speed_kn",
    "link_next",
    "order_by_bin",
    "places_of",
    "trace",
]

MAX_LEG_M = 10_000_000.0
"""No leg is longer, whatever the profile allows (metres): between antipodes a great circle has no direction."""

U8 = npt.NDArray[np.uint8]

LONG_LEG_M = 20_000.0
"""Legs longer than this (metres) are subdivided: a chord of 20 km sinks L^2 / 8R = 7.8 m below the surface."""

SHORT_LEG_US = 60_000_000
"""On a leg shorter than this (1 min) the reported speed is believed, when both ends have one: 10 m of position noise
over 10 s is 2 kn, and a moored ship would seem to sail. On longer legs the way made good counts."""

# Columns of a traced point: time (microseconds since the group's start), x, y, z (metres), velocity to the next point
# (metres a microsecond), and of the leg to the next point 1 + its speed in knots, or 0 when it is not believed. Eight
# columns fill one cache line.
T, X, Y, Z, VX, VY, VZ, LEG = 0, 1, 2, 3, 4, 5, 6, 7


@kernel
def link_next(track: I32, n_tracks: int) -> I32:
    """For every row the next row of its track, -1 at the end; int32[n]. Rows are ordered by time."""
    after = np.full(len(track), -1, np.int32)
    last = np.full(n_tracks, -1, np.int32)
    for i in range(len(track)):
        k = track[i]
        if last[k] >= 0:
            after[last[k]] = i
        last[k] = i
    return after


@kernel
def advance_cursor(cursor: I32, track: I32, first: int, end: int) -> None:
    """Note in ``cursor`` (int32[tracks], in place) the last row of every track among rows first..end-1."""
    for i in range(first, end):
        cursor[track[i]] = i


@kernel
def gather_rows(
    t_us: I64, track: I32, after: I32, cursor: I32, first: int, end: int, lo_us: int, max_bridge_us: int
) -> tuple[I32, I64]:
    """Rows whose legs may touch the group of bins that starts at ``lo_us`` and holds rows first..end-1.

    These are the rows inside, and where a leg reaches in or spans the group the fix before and the fix after.
    ``cursor`` holds the last row of every track before ``first``. Returns (rows int32[m] by track then time,
    offsets int64[tracks + 1]).
    """
    n_tracks = len(cursor)
    offset = np.zeros(n_tracks + 1, np.int64)
    for k in range(n_tracks):
        c = cursor[k]
        if c >= 0 and after[c] >= 0 and t_us[after[c]] > lo_us and t_us[after[c]] - t_us[c] <= max_bridge_us:
            offset[k + 1] += 2 if after[c] >= end else 1
    for i in range(first, end):
        x = after[i]
        offset[track[i] + 1] += 2 if x >= end and t_us[x] - t_us[i] <= max_bridge_us else 1
    for k in range(n_tracks):
        offset[k + 1] += offset[k]
    at = offset[:-1].copy()
    rows = np.empty(offset[n_tracks], np.int32)
    for k in range(n_tracks):
        c = cursor[k]
        if c >= 0 and after[c] >= 0 and t_us[after[c]] > lo_us and t_us[after[c]] - t_us[c] <= max_bridge_us:
            rows[at[k]] = c
            at[k] += 1
            if after[c] >= end:
                rows[at[k]] = after[c]
                at[k] += 1
    for i in range(first, end):
        k = track[i]
        rows[at[k]] = i
        at[k] += 1
        x = after[i]
        if x >= end and t_us[x] - t_us[i] <= max_bridge_us:
            rows[at[k]] = x
            at[k] += 1
    return rows, offset


@lean_inner
def believed(gap_us: int, bridge_us: int, max_bridge_us: int, length_m: float, speed: float, slack_m: float) -> bool:
    """Whether a leg counts: its gap may be bridged and no faster ship is needed than the limit (m/us) plus slack."""
    return 0 < gap_us <= min(bridge_us, max_bridge_us) and length_m <= min(speed * gap_us + slack_m, MAX_LEG_M)


@lean_inner
def leg_speed_kn(gap_us: int, length_m: float, from_mkn: int, to_mkn: int) -> float:
    """The speed of a believed leg, knots: as reported at its ends on a short leg, else as made good."""
    if gap_us < SHORT_LEG_US and from_mkn >= 0 and to_mkn >= 0:
        return (from_mkn + to_mkn) / 2000.0
    return length_m * (1e6 / KN_MS) / gap_us


@kernel
def on_great_circle(p: F64, q: F64, f: float) -> tuple[float, float, float]:
    """The surface point a fraction f along the great circle between two surface points (ECEF metres)."""
    np_ = math.sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2])
    nq = math.sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2])
    d = math.sqrt((p[0] / np_ - q[0] / nq) ** 2 + (p[1] / np_ - q[1] / nq) ** 2 + (p[2] / np_ - q[2] / nq) ** 2)
    angle = 2.0 * math.asin(min(1.0, d / 2.0))
    if angle < 1e-9:  # the same place within a centimetre
        return p[0], p[1], p[2]
    a, b = math.sin((1.0 - f) * angle) / np_, math.sin(f * angle) / nq
    x, y, z = a * p[0] + b * q[0], a * p[1] + b * q[1], a * p[2] + b * q[2]
    # Along this direction the ellipsoid's surface lies where (x^2 + y^2)/a^2 + z^2/b^2 = 1.
    scale = A_M / math.sqrt(x * x + y * y + z * z / (1.0 - E2))
    return x * scale, y * scale, z * scale


@kernel
def places_of(lon_e7: I32, lat_e7: I32, rows: I32) -> F64:
    """ECEF metres, float64[n, 3], of some rows (degrees x 1e7)."""
    out = np.empty((len(rows), 3))
    for i in range(len(rows)):
        lon, lat = lon_e7[rows[i]] * 1e-7, lat_e7[rows[i]] * 1e-7
        out[i, 0], out[i, 1], out[i, 2] = ecef_point(lon, lat)
    return out


@kernel
def trace(
    t_us: I64, bridge_us: I64, speed_mkn: I32, rows: I32, xyz: F64, offset: I64, lo_us: int,
    max_bridge_us: int, speed: float, slack_m: float, curved: bool,
) -> tuple[F64, I64]:  # fmt: skip
    """Points and legs of the gathered rows (by track then time), with long legs subdivided when ``curved``.

    xyz     float64[n, 3] places of the gathered rows; the other columns are those of all rows
    speed   the fastest believable leg, metres a microsecond; slack_m is allowed on top of it
    Returns (points float64[m, 8], offsets int64[tracks + 1]); the columns are named above.
    """
    n_tracks = len(offset) - 1
    parts = np.zeros(len(rows), np.int32)  # into how many parts the leg to the next row is cut, 0 = not believed
    leg = np.zeros(len(rows))
    total = len(rows)
    for k in range(n_tracks):
        for i in range(offset[k], offset[k + 1] - 1):
            dx, dy, dz = xyz[i + 1, 0] - xyz[i, 0], xyz[i + 1, 1] - xyz[i, 1], xyz[i + 1, 2] - xyz[i, 2]
            length = math.sqrt(dx * dx + dy * dy + dz * dz)
            p, q = rows[i], rows[i + 1]
            gap = t_us[q] - t_us[p]
            if believed(gap, bridge_us[q], max_bridge_us, length, speed, slack_m):
                parts[i] = 1
                leg[i] = 1.0 + leg_speed_kn(gap, length, speed_mkn[p], speed_mkn[q])
                if curved and length > LONG_LEG_M:
                    parts[i] = min(math.ceil(length / LONG_LEG_M), gap)
                    total += parts[i] - 1
    points = np.empty((total, 8))
    new_offset = np.zeros(n_tracks + 1, np.int64)
    m = 0
    for k in range(n_tracks):
        for i in range(offset[k], offset[k + 1]):
            t0 = t_us[rows[i]]
            points[m, T] = t0 - lo_us
            points[m, X], points[m, Y], points[m, Z] = xyz[i, 0], xyz[i, 1], xyz[i, 2]
            points[m, LEG] = leg[i]
            m += 1
            for part in range(1, parts[i]):
                f = part / parts[i]
                # Whole microseconds, so that the cut does not depend on where the group of bins begins.
                points[m, T] = t0 + int(f * (t_us[rows[i + 1]] - t0)) - lo_us
                points[m, X], points[m, Y], points[m, Z] = on_great_circle(xyz[i], xyz[i + 1], f)
                points[m, LEG] = leg[i]
                m += 1
        new_offset[k + 1] = m
    for i in range(total - 1):
        if points[i, LEG] > 0.0:
            per_us = 1.0 / (points[i + 1, T] - points[i, T])
            for c in range(3):
                points[i, VX + c] = (points[i + 1, X + c] - points[i, X + c]) * per_us
    return points, new_offset


@kernel
def cut_pieces(points: F64, offset: I64, n_bins: int, wanted: U8) -> tuple[I32, F64, F64]:
    """Clip legs to the wanted bins; one piece for every (track, bin) that a believed leg touches.

    wanted  uint8[n_bins]. Returns (piece int32[p, 4]: bin, track, first point, last leg's first point + 1;
    box float64[p, 6]: min x y z, max x y z, metres; pace float64[p, 2]: speeds of its slowest and fastest leg, knots),
    by track then bin.
    """
    room = 0
    for i in range(len(points)):
        if points[i, LEG] > 0.0:
            room += 1 + int((points[i + 1, T] - points[i, T]) / BIN_US) + 1
    piece = np.empty((room, 4), np.int32)
    box, pace = np.empty((room, 6)), np.empty((room, 2))
    n = 0
    for k in range(len(offset) - 1):
        last_bin = -1
        for i in range(offset[k], offset[k + 1] - 1):
            if points[i, LEG] == 0.0:
                continue
            t0, t1 = points[i, T], points[i + 1, T]
            lo = max(0, math.floor(t0 / BIN_US))
            hi = min(n_bins - 1, math.ceil(t1 / BIN_US) - 1)
            for b in range(lo, hi + 1):
                if wanted[b] == 0:
                    continue
                if b != last_bin:
                    last_bin = b
                    piece[n, 0], piece[n, 1], piece[n, 2] = b, k, i
                    box[n, 0] = box[n, 1] = box[n, 2] = np.inf
                    box[n, 3] = box[n, 4] = box[n, 5] = -np.inf
                    pace[n, 0], pace[n, 1] = np.inf, 0.0
                    n += 1
                piece[n - 1, 3] = i + 1
                pace[n - 1, 0] = min(pace[n - 1, 0], points[i, LEG] - 1.0)
                pace[n - 1, 1] = max(pace[n - 1, 1], points[i, LEG] - 1.0)
                s = max(t0, b * BIN_US) - t0
                e = min(t1, (b + 1) * BIN_US) - t0
                for c in range(3):
                    p, v = points[i, X + c], points[i, VX + c]
                    u, w = p + s * v, p + e * v
                    box[n - 1, c] = min(box[n - 1, c], u, w)
                    box[n - 1, 3 + c] = max(box[n - 1, 3 + c], u, w)
    return piece[:n], box[:n], pace[:n]


@kernel
def order_by_bin(piece: I32, n_bins: int) -> tuple[I32, I64]:
    """Pieces by (bin, track): (index int32[p], offsets int64[n_bins + 1])."""
    offset = np.zeros(n_bins + 1, np.int64)
    for i in range(len(piece)):
        offset[piece[i, 0] + 1] += 1
    for b in range(n_bins):
        offset[b + 1] += offset[b]
    at = offset[:-1].copy()
    index = np.empty(len(piece), np.int32)
    for i in range(len(piece)):
        b = piece[i, 0]
        index[at[b]] = i
        at[b] += 1
    return index, offset
