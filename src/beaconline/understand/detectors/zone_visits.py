"""Visits of tracks to zones, compiled: rows in time order in, visits that ended out.

Decides: when a track is inside a zone. Between two fixes that may be bridged the crossing time is solved on the leg (a
great circle in pieces, edges straight in longitude and latitude); a stretch is inside when its middle is. A visit
begins where a stretch inside begins and ends once the track has been out for ``dwell_us`` or ``depth_m`` away from the
border; shorter trips out belong to the visit. Refuses: what a visit is called and whether it is told (zone_entry), any
crossing inside a silence that may not be bridged, and a leg that would need a faster ship.
Whether a stretch comes ``depth_m`` from the border is decided all along it, not only where there are fixes. Known
failures: of two fixes of one track at one instant the second is passed over; legs nearer than about a degree to a pole
are coarse.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from beaconline.foundation.geo.geodesy import F64, distance_m
from beaconline.foundation.geo.nearest_edge import nearest_point
from beaconline.foundation.geo.zones import ZoneIndex
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I64
from beaconline.understand.detectors.zone_legs import in_zone, leg_m

__all__ = [
    "EXIT_CROSSED", "EXIT_LOST", "EXIT_OPEN", "EXIT_ZONE_ENDED", "FREE_HEAD", "INSIDE", "LEAVING", "MAX_ENDINGS",
    "NEXT", "N_FLOATS",
    "N_INTS", "N_OUT", "N_TRACK", "PHASE", "TRACK", "T_HEAD", "T_TIME", "USED", "ZONE", "Book", "VisitRule",
    "close_visit", "fix_inside", "note_before", "open_visit", "resume", "stretch", "sweep", "visit_of",
]  # fmt: skip

T_TIME, T_LON, T_LAT, T_STATIONS, T_HEAD = 0, 1, 2, 3, 4
N_TRACK = 5
"""Columns by track: last fix (t_us, lon_e7, lat_e7, stations) and its first open visit, -1 = none."""

(
    TRACK, ZONE, NEXT, PHASE, APPEARED, EXIT, T_START, LON_START, LAT_START,
    B_T, B_LON, B_LAT, B_ST, F_T, F_LON, F_LAT, F_ST, F_SOG, F_COG, L_T, L_LON, L_LAT, L_ST,
    D_T, D_LON, D_LAT, X_T, X_LON, X_LAT, A_T, A_LON, A_LAT, A_ST,
    STRETCH_T, STAY_US, IN_US, UNHEARD_US, GAPS, EXCURSIONS, FIXES, LEGS, W_T, W_LON, W_LAT,
) = range(44)  # fmt: skip
N_INTS = 44
"""Whole numbers of a visit. B last fix before, F first and L last fix inside, D deepest place, X exit, A first fix
after (each t_us, lon_e7, lat_e7, stations; t NO_TIME = there is none); W start of the present speed window."""

DEPTH, REACH, PATH, V_MIN, V_MAX, OUT = range(6)
N_FLOATS = 6
"""Metres: greatest depth, upper bound of the present depth, way inside; knots: slowest and fastest window; metres: how
far out while leaving."""

INSIDE, LEAVING = 0, 1
EXIT_OPEN, EXIT_CROSSED, EXIT_LOST, EXIT_ZONE_ENDED = 0, 1, 2, 3
MAX_ENDINGS = 4_096
"""Most visits that one row may end, besides one a zone: a leg of 2 h and 370 km that leaves and enters a comb of a zone
every 90 m. More stops the run loudly."""

FREE_HEAD, USED, N_OUT = 0, 1, 2
"""Cells of ``heads``: first free visit row (-1 = none), number of rows ever used, visits written to ``out``."""

EVERYWHERE_M = 1.3e7
"""More than the earth is wide: no border is farther."""
LEAST_STEP_M = 0.5
"""Shortest step of the search for a place far from the border: a peak that passes the limit by less than a quarter of a
metre may be missed, less than borders are good for (``nearest_edge``: 0.3 m)."""
MOST_STEPS = 1_000
"""Most steps of that search on one stretch (up to 20 km): a way that runs just short of the limit for kilometres is
looked at every thousandth of it."""
STEP_SHARE = 0.98
"""A step is shortened by this: within a piece a share of the way is up to a hundredth longer here than there."""

WINDOW_US = 60_000_000
"""Speed is taken over at least a minute: over 2 s, 10 m of position noise are 10 kn."""


class VisitRule(NamedTuple):
    """Limits of a visit, from the kind's parameters: microseconds, metres, metres a second."""

    dwell_us: int
    depth_m: float
    silence_us: int
    max_bridge_us: int
    max_speed_ms: float
    slack_m: float


class Book(NamedTuple):
    """All state. Rows of ``ints`` and ``floats`` are visits (open ones are chained by NEXT from their track's T_HEAD).

    tracks int64[k, N_TRACK]; ints int64[v, N_INTS]; floats float64[v, N_FLOATS]; heads int64[3]
    out_i, out_f: visits that ended, as many as heads[N_OUT] says
    """

    tracks: I64
    ints: I64
    floats: F64
    heads: I64
    out_i: I64
    out_f: F64


@inner
def _e7(degrees: float) -> int:
    return int(np.rint(degrees * 1e7))


@inner
def _lon_e7(lon: float) -> int:
    return int(np.rint(((lon + 540.0) % 360.0 - 180.0) * 1e7))


@inner
def _from_border_m(zones: ZoneIndex, zone: int, lon: float, lat: float, within_m: float) -> float:
    """Metres from a place to a zone's border; -1 when there is none so near, or none at all (the whole world)."""
    found_m, q_lon, q_lat = nearest_point(zones.trees, zone, lon, lat, within_m)
    return distance_m(lon, lat, q_lon, q_lat) if found_m >= 0.0 else -1.0


@inner
def _farthest(
    zones: ZoneIndex,
    zone: int,
    xa: float,
    ya: float,
    xb: float,
    yb: float,
    length_m: float,
    end_m: float,
    goal_m: float,
) -> tuple[float, float]:
    """(metres, share) of the first place of a stretch that lies ``goal_m`` or more from the border, else of the
    farthest place looked at. ``end_m``: an upper bound of the distance at its end.

    The distance changes by no more than the way made, so from a place at d metres nothing is missed by going on by
    goal - d at once; and it is done when the way left cannot lead so far and back to the end.
    """
    far_m, at, share, step_m = 0.0, 0.0, 0.0, 0.0
    within_m = EVERYWHERE_M
    while share < 1.0 and length_m > 0.0:
        d = _from_border_m(zones, zone, xa + share * (xb - xa), ya + share * (yb - ya), within_m)
        if d < 0.0:
            break
        if d > far_m:
            far_m, at = d, share
        if d >= goal_m or (d + (1.0 - share) * length_m * 1.02 + end_m) / 2.0 < goal_m:
            break
        step_m = max(STEP_SHARE * (goal_m - d), LEAST_STEP_M, length_m / MOST_STEPS)
        share += step_m / length_m
        within_m = d + step_m * 1.1 + 1.0
    return far_m, at


@inner
def _look_deep(zones: ZoneIndex, n: I64, f: F64, t: int, lon: float, lat: float, moved_m: float) -> None:
    """Take a place inside into account for the greatest depth; measured only where it could be greater."""
    f[REACH] += moved_m
    if f[REACH] <= f[DEPTH]:
        return
    # The bound, with a hair for rounding, spares most of the search.
    depth = _from_border_m(zones, n[ZONE], lon, lat, min(EVERYWHERE_M, f[REACH] * 1.0001 + 1.0))
    if depth < 0.0:
        return
    f[REACH] = depth
    if depth > f[DEPTH]:
        f[DEPTH] = depth
        n[D_T], n[D_LON], n[D_LAT] = t, _lon_e7(lon), _e7(lat)


@inner
def _window(n: I64, f: F64, t: int, lon: float, lat: float) -> None:
    """Close the speed window when it is long enough."""
    if n[W_T] == NO_TIME:
        n[W_T], n[W_LON], n[W_LAT] = t, _lon_e7(lon), _e7(lat)
    elif t - n[W_T] >= WINDOW_US:
        knots = leg_m(n[W_LON] * 1e-7, n[W_LAT] * 1e-7, lon, lat) / (t - n[W_T]) * 1e6 * 3600.0 / 1852.0
        f[V_MIN], f[V_MAX] = min(f[V_MIN], knots), max(f[V_MAX], knots)
        n[W_T], n[W_LON], n[W_LAT] = t, _lon_e7(lon), _e7(lat)


@inner
def open_visit(book: Book, track: int, zone: int, t: int, lon: float, lat: float, appeared: bool) -> int:
    """A new visit that begins at a place; its row. The caller has made room."""
    heads, tracks = book.heads, book.tracks
    row = heads[FREE_HEAD]
    if row >= 0:
        heads[FREE_HEAD] = book.ints[row, NEXT]
    else:
        row = heads[USED]
        heads[USED] += 1
    n, f = book.ints[row], book.floats[row]
    # Loops, not slices: numba takes a second to compile each assignment of a row.
    for k in range(N_INTS):
        n[k] = 0
    n[TRACK], n[ZONE], n[APPEARED] = track, zone, appeared
    n[T_START], n[LON_START], n[LAT_START] = t, _lon_e7(lon), _e7(lat)
    n[B_T], n[F_T], n[L_T], n[D_T] = NO_TIME, NO_TIME, NO_TIME, NO_TIME
    n[X_T], n[A_T], n[W_T] = NO_TIME, NO_TIME, NO_TIME
    n[F_SOG], n[F_COG], n[STRETCH_T] = -1, -1, t
    for k in range(N_FLOATS):
        f[k] = 0.0
    f[V_MIN] = math.inf
    # An entry begins on the border; how deep a place of appearance lies is not known before it is measured.
    f[REACH] = math.inf if appeared else 0.0
    n[NEXT], tracks[track, T_HEAD] = tracks[track, T_HEAD], row
    _window(n, f, t, lon, lat)
    return int(row)


@inner
def close_visit(book: Book, row: int, how: int) -> None:
    """Write a visit that ended and free its row. The caller has made room."""
    ints, tracks, at_out = book.ints, book.tracks, book.heads[N_OUT]
    ints[row, EXIT] = how
    if at_out < len(book.out_i):
        for k in range(N_INTS):
            book.out_i[at_out, k] = ints[row, k]
        for k in range(N_FLOATS):
            book.out_f[at_out, k] = book.floats[row, k]
    # Past the end nothing is written but counted, and the caller stops loudly.
    book.heads[N_OUT] += 1
    track = ints[row, TRACK]
    at = tracks[track, T_HEAD]
    if at == row:
        tracks[track, T_HEAD] = ints[row, NEXT]
    else:
        while ints[at, NEXT] != row:
            at = ints[at, NEXT]
        ints[at, NEXT] = ints[row, NEXT]
    ints[row, TRACK] = -1
    ints[row, NEXT], book.heads[FREE_HEAD] = book.heads[FREE_HEAD], row


@inner
def visit_of(book: Book, track: int, zone: int) -> int:
    """The open visit of a track to a zone, -1 = none."""
    row = book.tracks[track, T_HEAD]
    while row >= 0 and book.ints[row, ZONE] != zone:
        row = book.ints[row, NEXT]
    return int(row)


@inner
def fix_inside(n: I64, fix: I64, sog: int, cog: int) -> None:
    """Note a fix that lies inside."""
    if n[F_T] == NO_TIME:
        n[F_T], n[F_LON], n[F_LAT], n[F_ST] = fix[0], fix[1], fix[2], fix[3]
        n[F_SOG], n[F_COG] = sog, cog
    n[L_T], n[L_LON], n[L_LAT], n[L_ST] = fix[0], fix[1], fix[2], fix[3]
    n[FIXES] += 1


@inner
def _stay(
    zones: ZoneIndex,
    rule: VisitRule,
    n: I64,
    f: F64,
    ta: int,
    xa: float,
    ya: float,
    tb: int,
    xb: float,
    yb: float,
    cut: bool,
) -> None:
    """A stretch inside, from a to b; ``cut`` when it does not run from one end of its piece to the other."""
    moved = leg_m(xa, ya, xb, yb)
    n[IN_US] += tb - ta
    n[STAY_US] = max(n[STAY_US], tb - n[STRETCH_T])
    n[LEGS] += 1
    f[PATH] += moved
    length_m, begin_m = moved, f[REACH]
    if cut:
        lon, lat = xa + (xb - xa) / 2, ya + (yb - ya) / 2
        _look_deep(zones, n, f, ta + (tb - ta) // 2, lon, lat, moved / 2)
        moved /= 2
    _look_deep(zones, n, f, tb, xb, yb, moved)
    # Only where depth decides: not once it is deep enough or stayed long enough, nor where the way is too short.
    undecided = f[DEPTH] < rule.depth_m and n[STAY_US] < rule.dwell_us
    if undecided and (begin_m + length_m * 1.02 + f[REACH]) / 2.0 >= rule.depth_m:
        far_m, share = _farthest(zones, n[ZONE], xa, ya, xb, yb, length_m, f[REACH], rule.depth_m)
        if far_m > f[DEPTH]:
            f[DEPTH] = far_m
            n[D_T] = ta + int(np.rint(share * (tb - ta)))
            n[D_LON], n[D_LAT] = _lon_e7(xa + share * (xb - xa)), _e7(ya + share * (yb - ya))
    _window(n, f, tb, xb, yb)


@inner
def _is_over(rule: VisitRule, n: I64, f: F64, t: int) -> bool:
    """Whether a track that left has been out long enough, or far enough, at an instant."""
    return bool(t - n[X_T] >= rule.dwell_us or f[OUT] >= rule.depth_m)


@inner
def _go_out(
    zones: ZoneIndex,
    rule: VisitRule,
    n: I64,
    f: F64,
    fix: I64,
    ta: int,
    xa: float,
    ya: float,
    tb: int,
    xb: float,
    yb: float,
) -> None:
    """A stretch outside after a visit, from a to b; how far out it leads matters until the visit is over."""
    if n[PHASE] == INSIDE:
        n[PHASE] = LEAVING
        n[X_T], n[X_LON], n[X_LAT] = ta, _lon_e7(xa), _e7(ya)
        n[A_T], n[A_LON], n[A_LAT], n[A_ST] = fix[0], fix[1], fix[2], fix[3]
        f[OUT] = 0.0
    if _is_over(rule, n, f, tb):
        return
    end_m = _from_border_m(zones, n[ZONE], xb, yb, EVERYWHERE_M)
    f[OUT] = max(f[OUT], end_m)
    if f[OUT] < rule.depth_m:
        far_m, _ = _farthest(zones, n[ZONE], xa, ya, xb, yb, leg_m(xa, ya, xb, yb), max(0.0, end_m), rule.depth_m)
        f[OUT] = max(f[OUT], far_m)


@inner
def _come_back(n: I64, f: F64, t: int) -> None:
    """Inside again after a short trip out, which so belongs to the visit."""
    n[PHASE] = INSIDE
    n[EXCURSIONS] += 1
    n[STRETCH_T] = t
    n[X_T], n[A_T], n[W_T] = NO_TIME, NO_TIME, NO_TIME
    f[REACH] = math.inf


@inner
def note_before(n: I64, prev: I64) -> None:
    """Note the last fix outside."""
    n[B_T], n[B_LON], n[B_LAT], n[B_ST] = prev[0], prev[1], prev[2], prev[3]


@inner
def resume(zones: ZoneIndex, n: I64, f: F64, t: int, lon: float, lat: float, silence_us: int) -> None:
    """Heard inside again after a silence inside: what happened between is not known, the stay is counted anew."""
    n[GAPS] += silence_us > 0
    n[UNHEARD_US] += silence_us
    n[STRETCH_T], n[W_T] = t, NO_TIME
    f[REACH] = math.inf
    _look_deep(zones, n, f, t, lon, lat, 0.0)
    _window(n, f, t, lon, lat)


@inner
def _leave(zones: ZoneIndex, book: Book, row: int, t: int) -> None:
    """Close a visit that is over by an instant; the fix after it is kept only if it does lie outside."""
    n = book.ints[row]
    if n[A_T] > t and in_zone(zones.grid, n[ZONE], n[A_LON] * 1e-7, n[A_LAT] * 1e-7):
        n[A_T] = NO_TIME
    close_visit(book, row, EXIT_CROSSED)


@inner
def _enter(
    zones: ZoneIndex,
    rule: VisitRule,
    book: Book,
    zone: int,
    track: int,
    prev: I64,
    ta: int,
    xa: float,
    ya: float,
    began: bool,
) -> int:
    """The visit that a stretch inside belongs to: the present one, or a new one. ``began``: the zone became valid."""
    row = visit_of(book, track, zone)
    if row >= 0 and book.ints[row, PHASE] == LEAVING:
        n, f = book.ints[row], book.floats[row]
        if not _is_over(rule, n, f, ta):
            _come_back(n, f, ta)
            return row
        _leave(zones, book, row, ta)
        row = -1
    if row < 0:
        row = open_visit(book, track, zone, ta, xa, ya, began)
        if not began:
            note_before(book.ints[row], prev)
    return row


@inner
def stretch(
    zones: ZoneIndex,
    rule: VisitRule,
    book: Book,
    zone: int,
    track: int,
    prev: I64,
    fix: I64,
    piece: F64,
    sa: float,
    sb: float,
    inside: bool,
) -> None:
    """Take one stretch, shares ``sa`` to ``sb`` of a piece (t_us, lon, lat at both ends), all inside or all outside."""
    span, ux, uy = piece[3] - piece[0], piece[4] - piece[1], piece[5] - piece[2]
    ta, tb = int(piece[0] + np.rint(sa * span)), int(piece[0] + np.rint(sb * span))
    since, until = zones.from_us[zone], zones.until_us[zone]
    if inside and tb > since and ta < until:
        began = ta < since or (ta == since and sa == 0.0)
        ends = tb >= until
        cut_a = (since - piece[0]) / span if ta < since else sa
        cut_b = (until - piece[0]) / span if ends else sb
        ta, tb = max(ta, since), min(tb, until)
        xa, ya = piece[1] + cut_a * ux, piece[2] + cut_a * uy
        xb, yb = piece[1] + cut_b * ux, piece[2] + cut_b * uy
        row = _enter(zones, rule, book, zone, track, prev, ta, xa, ya, began)
        n, f = book.ints[row], book.floats[row]
        _stay(zones, rule, n, f, ta, xa, ya, tb, xb, yb, cut_a > 0.0 or cut_b < 1.0)
        if ends:
            n[X_T], n[X_LON], n[X_LAT] = tb, _lon_e7(xb), _e7(yb)
            close_visit(book, row, EXIT_ZONE_ENDED)
        return
    row = visit_of(book, track, zone)
    if row >= 0:
        n, f = book.ints[row], book.floats[row]
        xa, ya = piece[1] + sa * ux, piece[2] + sa * uy
        _go_out(zones, rule, n, f, fix, ta, xa, ya, tb, piece[1] + sb * ux, piece[2] + sb * uy)
        if _is_over(rule, n, f, tb):
            _leave(zones, book, row, tb)


@kernel
def sweep(rule: VisitRule, book: Book, watermark_us: int) -> None:
    """Close visits of tracks silent for so long that nothing can continue them. The caller has made room for all."""
    for row in range(book.heads[USED]):
        track = book.ints[row, TRACK]
        if track < 0:
            continue
        silent_us = watermark_us - book.tracks[track, T_TIME]
        if book.ints[row, PHASE] == LEAVING and silent_us > rule.max_bridge_us:
            close_visit(book, row, EXIT_CROSSED)
        elif book.ints[row, PHASE] == INSIDE and silent_us > max(rule.max_bridge_us, rule.silence_us):
            close_visit(book, row, EXIT_LOST)
