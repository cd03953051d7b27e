"""Rows in time order against cables, compiled: every passage near a cable, slow or not, with how it was sailed.

Decides: a vessel's rows are thinned to nodes one beat apart; on the leg between two nodes it walks from place to place,
each step no longer than the way that could bring a cable within reach, so that no crossing is missed however far apart
the fixes are; a passage begins within ``enter_m`` of a cable and ends farther than ``leave_m`` from all. Speed inside
is that of chunks of five minutes or more, the slowest quarter of an hour counts; a turn is a change of course between
two chunks. Refuses: to bridge a silence and to believe a leg that no ship sails.
Source: behaviours page. Known failures: begin and end are good to STEP_M; turns quicker than a chunk are not seen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64, KN_MS, bearing_deg, lonlat_of
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import lean_inner, lean_kernel
from beaconline.foundation.table.reports import I8, I32, I64
from beaconline.understand.detectors.cable_risk_lines import CableLines, nearest_cable
from beaconline.understand.detectors.loitering_events import apart_m, ecef_of, lat_of, lon_of, pack
from beaconline.understand.detectors.port_visit_rows import MOST_M_A_DEGREE

__all__ = ["N_FLOATS", "N_INTS", "PassRule", "Rows", "advance", "end_all", "sweep"]

STEP_M = 50.0
"""Shortest step of a walk along a leg: begin and end of a passage are this good. Smaller costs time along a cable."""

# Integer columns of a track. Of the vessel: last row, last node, where cables were last looked for and how far it may
# go from there, the bridge back of the last row, speeds sent since the last node.
TRACK, LAST_US, NODE_US, NODE_AT, SAFE_AT, SAFE_M, BRIDGE_US, SOG_SUM, SOGS = 0, 1, 2, 3, 4, 5, 6, 7, 8
# The way before: two buckets of time.
NEW_US, OLD_US = 9, 10
# Of the passage under way (START = NO_TIME: none): begin, end, nearest, nodes by status, how it begins and ends.
START, START_AT, END, END_AT, NEAR_US, NEAR_AT, CABLE, NODES = 11, 12, 13, 14, 15, 16, 17, 18
UNDER_WAY, ANCHORED, FISHING, HAMPERED, TOWING, SEEN_IN, SEEN_OUT = 19, 20, 21, 22, 23, 24, 25
# Chunks: when and where the one under way began, times of the last three, turns, the course of the last (-1: none).
CHUNK_US, CHUNK_AT, C0_US, C1_US, C2_US, TURNS, COURSE_CDEG, LONGEST_US, SLOW_US, SLOW_AT, MOORED_US = (
    26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36,
)  # fmt: skip
N_INTS = 37
# Float columns: way of the buckets; of the passage: speed before, way inside, nearest distance, chunk ways, slowest
# quarter of an hour, way while it says "at anchor" or "moored" (MOORED_US: the time).
NEW_M, OLD_M, BEFORE_KN, WAY_M, NEAR_M, CHUNK_M, C0_M, C1_M, C2_M, SLOWEST_KN, MOORED_M = range(11)
N_FLOATS = 11


class PassRule(NamedTuple):
    """The parameters, in the units of the kernels."""

    enter_m: float
    leave_m: float
    beat_us: int
    chunk_us: int
    window_us: int
    bucket_us: int
    turn_deg: float
    turn_m: float
    max_bridge_us: int
    max_speed_ms: float
    slack_m: float


class Rows(NamedTuple):
    """Columns of n rows in canonical order; ``use`` is False for what is no vessel or has no track."""

    t_us: I64
    lon_e7: I32
    lat_e7: I32
    track: I32
    sog_mkn: I32
    nav_status: I8
    bridge_us: I64
    use: npt.NDArray[np.bool_]


class Book(NamedTuple):
    """State by track (ints, floats), ended passages (out_i, out_f), heads[0] of them."""

    ints: I64
    floats: F64
    out_i: I64
    out_f: F64
    heads: I64


@lean_inner
def _bound_m(a: int, b: int) -> float:
    """Never less than the metres between two packed places; no sine is taken."""
    east = abs(lon_of(a) - lon_of(b)) * 1e-7
    return (abs(lat_of(a) - lat_of(b)) * 1e-7 + min(east, 360.0 - east)) * MOST_M_A_DEGREE


@lean_inner
def _knots(metres: float, us: int) -> float:
    return metres / us * 1e6 / KN_MS


@lean_inner
def _before_kn(n: I64, f: F64) -> float:
    """Mean speed over the buckets before a passage; -1 when the vessel was heard for less than ten minutes."""
    us = n[NEW_US] + n[OLD_US]
    return _knots(f[NEW_M] + f[OLD_M], us) if us >= 600_000_000 else -1.0


@lean_inner
def _begin(n: I64, f: F64, t_us: int, place: int, seen: bool) -> None:
    n[START:N_INTS] = 0
    f[WAY_M:N_FLOATS] = 0.0
    n[START], n[START_AT], n[END], n[END_AT], n[NEAR_US], n[NEAR_AT] = t_us, place, t_us, place, t_us, place
    n[CABLE], n[SEEN_IN], n[CHUNK_US], n[CHUNK_AT], n[COURSE_CDEG] = -1, seen, t_us, place, -1
    f[BEFORE_KN] = _before_kn(n, f)
    f[NEAR_M], f[SLOWEST_KN] = np.inf, -1.0


@lean_inner
def _close_chunk(rule: PassRule, n: I64, f: F64, t_us: int, place: int) -> None:
    """End the chunk under way at an instant: its speed, its course, the slowest quarter of an hour up to it."""
    us = t_us - n[CHUNK_US]
    if us <= 0:
        return
    chord = apart_m(n[CHUNK_AT], place)
    metres = max(chord, f[CHUNK_M])
    f[C0_M], f[C1_M], f[C2_M] = f[C1_M], f[C2_M], metres
    n[C0_US], n[C1_US], n[C2_US] = n[C1_US], n[C2_US], us
    sum_us, sum_m = n[C2_US], f[C2_M]
    if sum_us < rule.window_us:
        sum_us, sum_m = sum_us + n[C1_US], sum_m + f[C1_M]
    if sum_us < rule.window_us:
        sum_us, sum_m = sum_us + n[C0_US], sum_m + f[C0_M]
    if sum_us >= rule.window_us:
        knots = _knots(sum_m, sum_us)
        if f[SLOWEST_KN] < 0.0 or knots < f[SLOWEST_KN]:
            f[SLOWEST_KN], n[SLOW_US], n[SLOW_AT] = knots, t_us, place
    if chord >= rule.turn_m:
        course = bearing_deg(
            lon_of(n[CHUNK_AT]) * 1e-7, lat_of(n[CHUNK_AT]) * 1e-7, lon_of(place) * 1e-7, lat_of(place) * 1e-7
        )
        if n[COURSE_CDEG] >= 0:
            turn = abs((course - n[COURSE_CDEG] / 100.0 + 540.0) % 360.0 - 180.0)
            n[TURNS] += turn >= rule.turn_deg
        n[COURSE_CDEG] = int(course * 100.0)
    n[CHUNK_US], n[CHUNK_AT] = t_us, place
    f[CHUNK_M] = 0.0


@lean_inner
def _end(book: Book, rule: PassRule, track: int, seen: bool) -> None:
    """Hand the passage under way over; its last piece shorter than a chunk counts for the way alone."""
    n, f = book.ints[track], book.floats[track]
    if n[END] - n[CHUNK_US] >= rule.chunk_us:
        _close_chunk(rule, n, f, n[END], n[END_AT])
    n[SEEN_OUT] = seen
    at = book.heads[0]
    if at < len(book.out_i):
        for k in range(len(n)):
            book.out_i[at, k] = n[k]
        for k in range(len(f)):
            book.out_f[at, k] = f[k]
    book.heads[0] += 1
    n[START] = NO_TIME


@lean_inner
def _note_status(n: I64, status: int) -> None:
    n[NODES] += 1
    n[UNDER_WAY] += status == 0 or status == 8
    n[ANCHORED] += status == 1 or status == 5
    n[FISHING] += status == 7
    n[HAMPERED] += status == 2 or status == 3 or status == 4 or status == 6
    n[TOWING] += status == 11 or status == 12


@lean_inner
def _between(a: int, b: int, share: float) -> int:
    ax, ay, az = ecef_of(a)
    bx, by, bz = ecef_of(b)
    lon, lat = lonlat_of(ax + share * (bx - ax), ay + share * (by - ay), az + share * (bz - az))
    return pack(int(np.rint(lon * 1e7)), int(np.rint(lat * 1e7)))


@lean_inner
def _bucket(rule: PassRule, n: I64, f: F64, us: int, metres: float) -> None:
    """Account for a piece of the way outside any passage."""
    if n[NEW_US] >= rule.bucket_us:
        n[OLD_US], f[OLD_M] = n[NEW_US], f[NEW_M]
        n[NEW_US], f[NEW_M] = 0, 0.0
    n[NEW_US] += us
    f[NEW_M] += metres


@lean_inner
def _look_again(rule: PassRule, n: I64, place: int, metres: float, visiting: bool) -> None:
    """Note how far the vessel may go before cables matter anew: not far near one, where its nearest place is sought."""
    free_m = min(STEP_M / 2, rule.leave_m - metres) if visiting else metres - rule.enter_m
    n[SAFE_AT], n[SAFE_M] = place, int(max(0.0, free_m * 0.999 - 1.0))


@lean_inner
def _leg(
    book: Book, rule: PassRule, lines: CableLines, track: int, t_us: int, place: int, way_m: float, length_m: float
) -> None:
    """Walk from the last node to a new one; ``way_m`` is the way sailed on it, ``length_m`` the distance."""
    n, f = book.ints[track], book.floats[track]
    from_us, from_at = n[NODE_US], n[NODE_AT]
    share = 0.0
    while True:
        here = from_at if share == 0.0 else (place if share >= 1.0 else _between(from_at, place, share))
        now = from_us + int((t_us - from_us) * share)
        metres, cable = nearest_cable(lines, lon_of(here) * 1e-7, lat_of(here) * 1e-7)
        visiting = n[START] != NO_TIME
        if visiting and metres > rule.leave_m:
            _end(book, rule, track, True)
            visiting = False
        if not visiting and metres <= rule.enter_m:
            # A passage that begins on the first place of a run was not seen to begin.
            _begin(n, f, now, here, share > 0.0)
            visiting = True
        if visiting and metres < f[NEAR_M]:
            f[NEAR_M], n[NEAR_US], n[NEAR_AT], n[CABLE] = metres, now, here, cable
        if share >= 1.0:
            _look_again(rule, n, here, metres, visiting)
            return
        # While visiting the nearest place is sought too: no step is longer than the distance to the cable.
        free_m = min(metres, rule.leave_m - metres) if visiting else metres - rule.enter_m
        step = max(STEP_M, free_m) / length_m if length_m > 0.0 else 1.0
        after = min(1.0, share + step)
        us, part_m = int((t_us - from_us) * after) - int((t_us - from_us) * share), way_m * (after - share)
        if visiting:
            f[WAY_M] += part_m
            f[CHUNK_M] += part_m
            n[LONGEST_US] = max(n[LONGEST_US], t_us - from_us)
            n[END] = from_us + int((t_us - from_us) * after)
            n[END_AT] = place if after >= 1.0 else _between(from_at, place, after)
        else:
            _bucket(rule, n, f, us, part_m)
        share = after


@lean_inner
def _node(book: Book, rule: PassRule, lines: CableLines, track: int, t_us: int, place: int, status: int) -> None:
    n, f = book.ints[track], book.floats[track]
    us, is_free = t_us - n[NODE_US], n[SAFE_M] > 0
    is_free = is_free and max(_bound_m(n[SAFE_AT], place), _bound_m(n[SAFE_AT], n[NODE_AT])) < n[SAFE_M]
    length_m = apart_m(n[NODE_AT], place) if n[SOGS] == 0 or not is_free else 0.0
    # Jitter between fixes a minute apart is no way: the speed sent is taken; a chunk is at least as long as its chord.
    way_m = n[SOG_SUM] / n[SOGS] * 1e-3 * KN_MS * us * 1e-6 if n[SOGS] > 0 else length_m
    if is_free:
        if n[START] == NO_TIME:
            _bucket(rule, n, f, us, way_m)
        else:
            f[WAY_M] += way_m
            f[CHUNK_M] += way_m
            n[END], n[END_AT] = t_us, place
    else:
        _leg(book, rule, lines, track, t_us, place, way_m, length_m)
    if n[START] != NO_TIME:
        _note_status(n, status)
        n[LONGEST_US] = max(n[LONGEST_US], us)
        if status == 1 or status == 5:
            n[MOORED_US] += us
            f[MOORED_M] += way_m
        if t_us - n[CHUNK_US] >= rule.chunk_us:
            _close_chunk(rule, n, f, t_us, place)


@lean_inner
def _new_run(rule: PassRule, lines: CableLines, n: I64, f: F64, t_us: int, place: int, status: int) -> None:
    """The first node after a silence."""
    n[NEW_US], n[OLD_US] = 0, 0
    f[NEW_M], f[OLD_M] = 0.0, 0.0
    metres, cable = nearest_cable(lines, lon_of(place) * 1e-7, lat_of(place) * 1e-7)
    if metres <= rule.enter_m:
        _begin(n, f, t_us, place, False)
        f[NEAR_M], n[CABLE] = metres, cable
        _note_status(n, status)
    _look_again(rule, n, place, metres, metres <= rule.enter_m)


@lean_kernel
def advance(rule: PassRule, lines: CableLines, book: Book, rows: Rows, first: int, room: int) -> int:
    """Take rows from ``first`` on until they are done or less than ``room`` ended passages fit; the next row."""
    for i in range(first, len(rows.t_us)):
        if not rows.use[i]:
            continue
        if book.heads[0] + room > len(book.out_i):
            return i
        track, t_us, mkn = rows.track[i], rows.t_us[i], rows.sog_mkn[i]
        n, f = book.ints[track], book.floats[track]
        bridge_us = min(rows.bridge_us[i], rule.max_bridge_us)
        heard = n[LAST_US] != NO_TIME
        bridged = heard and t_us - n[LAST_US] <= bridge_us
        n[TRACK], n[LAST_US], n[BRIDGE_US] = track, t_us, bridge_us
        if bridged:
            if mkn >= 0:
                n[SOG_SUM] += mkn
                n[SOGS] += 1
            step_us = t_us - n[NODE_US]
            if step_us < rule.beat_us:
                continue
            place = pack(rows.lon_e7[i], rows.lat_e7[i])
            far_m = rule.max_speed_ms * step_us * 1e-6 + rule.slack_m
            if _bound_m(n[NODE_AT], place) <= far_m or apart_m(n[NODE_AT], place) <= far_m:
                _node(book, rule, lines, track, t_us, place, rows.nav_status[i])
                n[NODE_US], n[NODE_AT], n[SOG_SUM], n[SOGS] = t_us, place, max(0, mkn), mkn >= 0
                continue
            # A place no ship reaches is passed over, until nothing else is heard for as long as may be bridged.
            if step_us <= bridge_us:
                continue
        if heard and n[START] != NO_TIME:
            _end(book, rule, track, False)
        place = pack(rows.lon_e7[i], rows.lat_e7[i])
        n[NODE_US], n[NODE_AT], n[SOG_SUM], n[SOGS] = t_us, place, max(0, mkn), mkn >= 0
        _new_run(rule, lines, n, f, t_us, place, rows.nav_status[i])
    return len(rows.t_us)


@lean_kernel
def sweep(rule: PassRule, book: Book, watermark_us: int) -> None:
    """End passages of tracks not heard for longer than any bridge. The caller has made room for all."""
    for track in range(len(book.ints)):
        n = book.ints[track]
        if n[LAST_US] != NO_TIME and n[START] != NO_TIME and watermark_us - n[LAST_US] > rule.max_bridge_us:
            _end(book, rule, track, False)


@lean_kernel
def end_all(rule: PassRule, book: Book) -> None:
    """End the passages under way of a book that is a copy."""
    for track in range(len(book.ints)):
        if book.ints[track, LAST_US] != NO_TIME and book.ints[track, START] != NO_TIME:
            _end(book, rule, track, False)
