"""Rows in time order against the slow-window rule, compiled: the two pointers.

Decides: a vessel's rows are thinned to nodes one beat apart (jitter of a ship at anchor is no way sailed); a leg is as
long as the distance between its nodes or as the speeds reported on it make it, whichever is more; every instant at
which the way of the last window, exactly one window long, is under the limit is found in closed form on the pieces
between two nodes at either end. Refuses: to bridge a silence, to believe a leg that no ship sails, to drop fast rows.
Source: behaviours page. Known failures: turns quicker than the beat shorten the way.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import KN_MS, ecef_point, lonlat_of
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import lean_inner, lean_kernel
from beaconline.foundation.table.reports import I8, I32, I64
from beaconline.understand.detectors.loitering_events import (
    COMING,
    END,
    KEPT,
    RAW_END,
    START,
    Book,
    SlowRule,
    begin,
    drop,
    ecef_of,
    emit,
    grow,
    join,
    pack,
    put,
)

__all__ = ["N_TRACK", "Rows", "advance", "sweep"]

# Columns of a track: time of its last row and last node; the node's place and status; its desk or -1; number of nodes
# so far in this run; time of the first row of all, and of the run; the bridge back of the last row.
LAST_US, NODE_US, NODE_AT, NODE_STATUS, DESK, COUNT, FIRST_US, RUN_US, BRIDGE_US = 0, 1, 2, 3, 4, 5, 6, 7, 8
N_TRACK = 9


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


@lean_inner
def _close(book: Book, desk: int, rule: SlowRule) -> None:
    """The growing stretch cannot grow on: keep it if it is long enough."""
    n = book.ints[desk, COMING]
    if n[START] == NO_TIME:
        return
    if n[END] - n[START] >= rule.window_us:
        # Becoming long enough it was joined to the kept one or that one was handed over: the slot is free.
        put(book, desk, KEPT, COMING)
    drop(book, desk, COMING)


@lean_inner
def _on_leg(book: Book, desk: int, a: int, b: int, t_us: int) -> tuple[int, float]:
    """(place packed, way) at an instant on the leg between two nodes (places in the ring)."""
    share = (t_us - book.time[desk, a]) / (book.time[desk, b] - book.time[desk, a])
    ax, ay, az = ecef_of(book.place[desk, a])
    bx, by, bz = ecef_of(book.place[desk, b])
    lon, lat = lonlat_of(ax + share * (bx - ax), ay + share * (by - ay), az + share * (bz - az))
    way = book.way[desk, a] + share * (book.way[desk, b] - book.way[desk, a])
    return pack(int(np.rint(lon * 1e7)), int(np.rint(lat * 1e7))), way


@lean_inner
def _is_slow(book: Book, desk: int, a: int, b: int, limit_ms: float) -> bool:
    metres = book.way[desk, b] - book.way[desk, a]
    return bool(metres < limit_ms * 1e-6 * (book.time[desk, b] - book.time[desk, a]))


@lean_inner
def _take_window(
    book: Book, rule: SlowRule, desk: int, track: int, oldest: int, newest: int, tail: int, from_us: int, to_us: int
) -> None:
    """All windows that end in [from, to], on the newest leg, are slow; ``tail``: the node before the first begins."""
    n, slots = book.ints[desk, COMING], rule.slots
    if n[START] == NO_TIME or from_us - rule.window_us > n[RAW_END]:
        _close(book, desk, rule)
        k, t_us, is_fix = tail, from_us - rule.window_us, False
        if t_us <= book.time[desk, k % slots]:
            t_us, is_fix = book.time[desk, k % slots], True
        while k < newest and not _is_slow(book, desk, k % slots, (k + 1) % slots, rule.limit_ms):
            k += 1
            t_us, is_fix = book.time[desk, k % slots], True
        if k >= newest or t_us >= to_us:
            return
        if is_fix:
            place, way = book.place[desk, k % slots], book.way[desk, k % slots]
        else:
            place, way = _on_leg(book, desk, k % slots, (k + 1) % slots, t_us)
        begin(book, desk, track, t_us, place, way, is_fix, book.tracks[track, FIRST_US])
    n[RAW_END] = to_us
    k = newest
    while k > oldest and not _is_slow(book, desk, (k - 1) % slots, k % slots, rule.limit_ms):
        k -= 1
    t_us, is_fix = to_us, k < newest or to_us == book.time[desk, newest % slots]
    if k < newest:
        t_us = book.time[desk, k % slots]
    if is_fix:
        place, way = book.place[desk, k % slots], book.way[desk, k % slots]
    else:
        place, way = _on_leg(book, desk, (newest - 1) % slots, newest % slots, t_us)
    was_short = n[END] - n[START] < rule.window_us
    grow(book, desk, oldest, newest, slots, t_us, place, way, is_fix)
    if was_short and n[END] - n[START] >= rule.window_us:
        join(book, desk, rule, book.tracks[track, RUN_US])


@lean_inner
def _windows(book: Book, rule: SlowRule, desk: int, track: int, newest: int) -> None:
    """Every window that ends on the newest leg: the way of it is linear between the nodes at either end."""
    slots, window_us = rule.slots, rule.window_us
    oldest = max(0, newest - slots + 1)
    t0, t1 = book.time[desk, (newest - 1) % slots], book.time[desk, newest % slots]
    way0, way1 = book.way[desk, (newest - 1) % slots], book.way[desk, newest % slots]
    lo = max(t0, book.time[desk, oldest % slots] + window_us)
    if lo > t1:
        return
    # The last node at or before the window's begin; times rise from node to node.
    k, above = oldest, newest
    while above - k > 1:
        mid = (k + above) // 2
        if book.time[desk, mid % slots] > lo - window_us:
            above = mid
        else:
            k = mid
    most_m = rule.limit_ms * 1e-6 * window_us
    while True:
        a, b = k % slots, (k + 1) % slots
        hi = min(t1, book.time[desk, b] + window_us)
        head, tail = (
            (way1 - way0) / (t1 - t0),
            (book.way[desk, b] - book.way[desk, a]) / (book.time[desk, b] - book.time[desk, a]),
        )
        over_lo = way0 + head * (lo - t0) - book.way[desk, a] - tail * (lo - window_us - book.time[desk, a]) - most_m
        over_hi = way0 + head * (hi - t0) - book.way[desk, a] - tail * (hi - window_us - book.time[desk, a]) - most_m
        if over_lo < 0.0 or over_hi < 0.0:
            begun, ended = lo, hi
            if over_lo >= 0.0:
                begun = min(hi, lo + math.ceil((hi - lo) * (over_lo / (over_lo - over_hi))))
            elif over_hi >= 0.0:
                ended = max(lo, lo + math.floor((hi - lo) * (over_lo / (over_lo - over_hi))))
            _take_window(book, rule, desk, track, oldest, newest, k, begun, ended)
        if hi >= t1:
            return
        lo = hi
        k += 1


@lean_inner
def _new_run(book: Book, track: int, t_us: int, place: int, mkn: int, status: int) -> None:
    """The first node after a silence."""
    n = book.tracks[track]
    n[NODE_US], n[NODE_AT], n[NODE_STATUS], n[COUNT], n[RUN_US] = t_us, place, status, 1, t_us
    book.sums[track, 0], book.sums[track, 1] = max(0, mkn), mkn >= 0
    book.xyz[track, 0], book.xyz[track, 1], book.xyz[track, 2] = ecef_of(place)
    if n[DESK] >= 0:
        desk = n[DESK]
        book.time[desk, 0], book.place[desk, 0], book.way[desk, 0], book.status[desk, 0] = t_us, place, 0.0, status


@lean_inner
def _take_desk(book: Book, track: int) -> None:
    """A desk of the free ones; ``heads[1]`` of them lie in use, ``heads[2]`` begins the chain of those given back."""
    n = book.tracks[track]
    desk = book.heads[2]
    if desk >= 0:
        book.heads[2] = book.time[desk, 0]
    else:
        desk = book.heads[1]
        book.heads[1] += 1
    n[DESK] = desk
    drop(book, desk, COMING)
    drop(book, desk, KEPT)
    book.time[desk, 0], book.place[desk, 0], book.way[desk, 0] = n[NODE_US], n[NODE_AT], 0.0
    book.status[desk, 0] = n[NODE_STATUS]


@lean_inner
def _node(book: Book, rule: SlowRule, track: int, t_us: int, place: int, mkn: int, status: int, metres: float) -> None:
    """Add a node to the run of a track."""
    n = book.tracks[track]
    if n[DESK] < 0:
        _take_desk(book, track)
    desk, newest = n[DESK], n[COUNT]
    if book.sums[track, 1] > 0:
        mean_ms = book.sums[track, 0] / book.sums[track, 1] * 1e-3 * KN_MS
        metres = max(metres, mean_ms * (t_us - n[NODE_US]) * 1e-6)
    at = newest % rule.slots
    book.way[desk, at] = book.way[desk, (newest - 1) % rule.slots] + metres
    book.time[desk, at], book.place[desk, at], book.status[desk, at] = t_us, place, status
    n[NODE_US], n[NODE_AT], n[NODE_STATUS], n[COUNT] = t_us, place, status, newest + 1
    book.sums[track, 0], book.sums[track, 1] = max(0, mkn), mkn >= 0
    _windows(book, rule, desk, track, newest)


@lean_kernel
def advance(rule: SlowRule, book: Book, rows: Rows, first: int) -> int:
    """Take rows from ``first`` on until they are done or the room for ended events or desks runs out; the next row."""
    for i in range(first, len(rows.t_us)):
        if not rows.use[i]:
            continue
        # A row begins at most one stretch a node, and each ends at most one.
        if book.heads[0] + rule.slots + 2 > len(book.out_i) or book.heads[1] >= len(book.time):
            return i
        track, t_us = rows.track[i], rows.t_us[i]
        n = book.tracks[track]
        bridge_us = min(rows.bridge_us[i], rule.max_bridge_us)
        silence_us = t_us - n[LAST_US] if n[LAST_US] != NO_TIME else NO_TIME
        n[LAST_US], n[BRIDGE_US] = t_us, bridge_us
        if silence_us == NO_TIME:
            n[FIRST_US], n[DESK] = t_us, -1
        elif silence_us <= bridge_us:
            mkn = rows.sog_mkn[i]
            if mkn >= 0:
                book.sums[track, 0] += mkn
                book.sums[track, 1] += 1
            step_us = t_us - n[NODE_US]
            if step_us < rule.beat_us:
                continue
            x, y, z = ecef_point(rows.lon_e7[i] * 1e-7, rows.lat_e7[i] * 1e-7)
            at = book.xyz[track]
            metres = math.sqrt((x - at[0]) ** 2 + (y - at[1]) ** 2 + (z - at[2]) ** 2)
            if metres <= rule.max_speed_ms * step_us * 1e-6 + rule.slack_m:
                at[0], at[1], at[2] = x, y, z
                place = pack(rows.lon_e7[i], rows.lat_e7[i])
                _node(book, rule, track, t_us, place, mkn, rows.nav_status[i], metres)
                continue
            # A place no ship reaches is passed over, until nothing else is heard for as long as may be bridged.
            if step_us <= bridge_us:
                continue
        if n[DESK] >= 0:
            _close(book, n[DESK], rule)
        _new_run(book, track, t_us, pack(rows.lon_e7[i], rows.lat_e7[i]), rows.sog_mkn[i], rows.nav_status[i])
    return len(rows.t_us)


@lean_kernel
def sweep(rule: SlowRule, book: Book, watermark_us: int) -> None:
    """Hand over what nothing can continue, and take back the desks of silent tracks. The caller has made room for all
    of them: one a desk."""
    for track in range(len(book.tracks)):
        n = book.tracks[track]
        if n[LAST_US] == NO_TIME or n[DESK] < 0:
            continue
        desk = n[DESK]
        silent = watermark_us - n[LAST_US] > rule.max_bridge_us
        if silent:
            _close(book, desk, rule)
        kept = book.ints[desk, KEPT]
        if kept[START] != NO_TIME and watermark_us - kept[END] > rule.over_us:
            emit(book, desk, KEPT)
        if silent and kept[START] == NO_TIME:
            book.time[desk, 0] = book.heads[2]
            book.heads[2] = desk
            n[DESK], n[COUNT] = -1, 0
