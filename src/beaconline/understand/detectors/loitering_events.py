"""Slow stretches of one vessel, compiled: how they begin, grow, end, and join over a short move or a silence.

Decides: the columns of an event, which places belong to it, and that two events of a vessel at one place with little
time between are one. Refuses: to look at rows (loitering_rows does) and to place events (the words do).
Source: behaviours page ("one alert per event"). Known failures: the places kept for the question where it was are at
most MAX_SAMPLES, evenly thinned.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from beaconline.foundation.geo.geodesy import F64, ecef_point
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import inner, lean_inner
from beaconline.foundation.table.reports import I8, I64
from beaconline.understand.detectors.loitering_circle import MAX_CORNERS, add_corner, set_frame

__all__ = [
    "MAX_SAMPLES",
    "Book",
    "SlowRule",
    "begin",
    "drop",
    "emit",
    "grow",
    "join",
    "lat_of",
    "lon_of",
    "pack",
    "put",
]

MAX_SAMPLES = 32
"""Places of an event kept for asking where it was; when full, every second one goes."""
COMING, KEPT = 0, 1
"""Slots of a desk: the stretch that is growing, and the last one that was long enough and may be joined."""
LOW = 0xFFFFFFFF
SHIFT = 2**31

# Integer columns of an event.
TRACK, START, END, RAW_END, BEGIN_AT, END_AT, ADDED, NODES = 0, 1, 2, 3, 4, 5, 6, 7
ANCHORED, FISHING, HAMPERED, JOINS, UNHEARD_US, MOVED_US, SILENCES, HEARD_US = 8, 9, 10, 11, 12, 13, 14, 15
CORNERS, FIRST, START_FIX, END_FIX, STEP, SAMPLES = 16, 17, 18, 19, 20, 21
SAMPLE_AT = 22
N_INTS = SAMPLE_AT + MAX_SAMPLES
# Float columns of an event: the way inside, the way at its end (in the run it grows in), its plane, then ECEF corners.
WAY, WAY_AT_END, FRAME_AT, CORNER_AT = 0, 1, 2, 12
N_FLOATS = CORNER_AT + 3 * MAX_CORNERS


class SlowRule(NamedTuple):
    """The parameters, in the units of the kernels.

    slots    room for nodes of one vessel
    over_us  after an event's end no later row can join to it: a stretch that begins in time to join has to be long
             enough within two windows, and rows may lie a bridge apart
    """

    window_us: int
    limit_ms: float
    beat_us: int
    max_bridge_us: int
    rejoin_us: int
    rejoin_m: float
    max_speed_ms: float
    slack_m: float
    slots: int
    over_us: int


class Book(NamedTuple):
    """What is known of every vessel; rows of the first two by track, the others by desk.

    tracks    int64[t, N_TRACK]   loitering_rows says which
    sums      int64[t, 2]         reported speeds since the last node: sum in thousandths of a knot, how many
    xyz       float64[t, 3]       the last node, ECEF metres
    time      int64[d, slots]     nodes: time; place packed; way since the run began, metres; navigational status
    place     int64[d, slots]
    way       float64[d, slots]
    status    int8[d, slots]
    ints      int64[d, 2, N_INTS]     events by slot; START = NO_TIME is none
    floats    float64[d, 2, N_FLOATS]
    out_i, out_f  ended events, heads[0] of them
    """

    tracks: I64
    sums: I64
    xyz: F64
    time: I64
    place: I64
    way: F64
    status: I8
    ints: I64
    floats: F64
    out_i: I64
    out_f: F64
    heads: I64


@lean_inner
def pack(lon_e7: int, lat_e7: int) -> int:
    """A place in one whole number."""
    return ((lon_e7 + SHIFT) << 32) - (1 << 63) + lat_e7 + SHIFT


@lean_inner
def lon_of(place: int) -> int:
    return (place >> 32) + (1 << 31) - SHIFT


@lean_inner
def lat_of(place: int) -> int:
    return (place & LOW) - SHIFT


@lean_inner
def ecef_of(place: int) -> tuple[float, float, float]:
    return ecef_point(lon_of(place) * 1e-7, lat_of(place) * 1e-7)


@lean_inner
def apart_m(a: int, b: int) -> float:
    """Straight metres between two packed places."""
    ax, ay, az = ecef_of(a)
    bx, by, bz = ecef_of(b)
    return math.sqrt((ax - bx) ** 2 + (ay - by) ** 2 + (az - bz) ** 2)


@lean_inner
def put(book: Book, desk: int, slot: int, of: int) -> None:
    """Copy an event from slot ``of`` of a desk to another; number by number, for a whole row goes by a new array."""
    for k in range(N_INTS):
        book.ints[desk, slot, k] = book.ints[desk, of, k]
    for k in range(N_FLOATS):
        book.floats[desk, slot, k] = book.floats[desk, of, k]


@lean_inner
def drop(book: Book, desk: int, slot: int) -> None:
    book.ints[desk, slot, START] = NO_TIME


@inner
def _corner(n: I64, f: F64, x: float, y: float, z: float) -> None:
    corners = f[CORNER_AT:].reshape(MAX_CORNERS, 3)
    n[CORNERS] = add_corner(corners, n[CORNERS], f[FRAME_AT:CORNER_AT], x, y, z)


@lean_inner
def _sample(n: I64, place: int, number: int) -> None:
    """Keep a place if its number is due; thin out when there is no more room."""
    if number % n[STEP]:
        return
    if n[SAMPLES] == MAX_SAMPLES:
        for k in range(MAX_SAMPLES // 2):
            n[SAMPLE_AT + k] = n[SAMPLE_AT + 2 * k]
        n[SAMPLES] = MAX_SAMPLES // 2
        n[STEP] *= 2
        if number % n[STEP]:
            return
    n[SAMPLE_AT + n[SAMPLES]] = place
    n[SAMPLES] += 1


@lean_inner
def _add(n: I64, f: F64, place: int, status: int, x: float, y: float, z: float) -> None:
    """Take a node into an event; x, y, z are its ECEF metres."""
    _corner(n, f, x, y, z)
    _sample(n, place, n[NODES])
    n[NODES] += 1
    n[ANCHORED] += status == 1 or status == 5
    n[FISHING] += status == 7
    n[HAMPERED] += status == 2 or status == 3 or status == 4 or status == 6


@lean_inner
def begin(
    book: Book, desk: int, track: int, start_us: int, place: int, way: float, is_fix: bool, first_us: int
) -> None:
    """A stretch that begins at an instant; its nodes are added by ``grow``."""
    n, f = book.ints[desk, COMING], book.floats[desk, COMING]
    n[:] = 0
    f[:] = 0.0
    n[TRACK], n[START], n[END], n[RAW_END] = track, start_us, start_us, start_us
    n[BEGIN_AT], n[END_AT], n[ADDED], n[FIRST], n[STEP] = (
        place,
        place,
        start_us - 1 if is_fix else start_us,
        first_us,
        1,
    )
    n[START_FIX] = is_fix
    f[WAY_AT_END] = way
    set_frame(f[FRAME_AT:CORNER_AT], lon_of(place) * 1e-7, lat_of(place) * 1e-7)
    if not is_fix:
        x, y, z = ecef_of(place)
        _corner(n, f, x, y, z)


@lean_inner
def grow(
    book: Book, desk: int, oldest: int, newest: int, slots: int, end_us: int, place: int, way: float, is_fix: bool
) -> None:
    """Let the growing stretch end at an instant on or before the newest node (numbers run on, modulo the room)."""
    n, f = book.ints[desk, COMING], book.floats[desk, COMING]
    if end_us <= n[END]:
        return
    k = newest
    while k > oldest and book.time[desk, (k - 1) % slots] > n[ADDED]:
        k -= 1
    while k <= newest and book.time[desk, k % slots] <= end_us:
        if book.time[desk, k % slots] > n[ADDED]:
            place_k = book.place[desk, k % slots]
            if k == newest:
                x, y, z = book.xyz[n[TRACK], 0], book.xyz[n[TRACK], 1], book.xyz[n[TRACK], 2]
            else:
                x, y, z = ecef_of(place_k)
            _add(n, f, place_k, book.status[desk, k % slots], x, y, z)
            n[ADDED] = book.time[desk, k % slots]
        k += 1
    if not is_fix:
        x, y, z = ecef_of(place)
        _corner(n, f, x, y, z)
    f[WAY] += way - f[WAY_AT_END]
    f[WAY_AT_END] = way
    n[HEARD_US] += end_us - n[END]
    n[END], n[END_AT], n[END_FIX] = end_us, place, is_fix


@lean_inner
def emit(book: Book, desk: int, slot: int) -> None:
    """Hand an event over; the caller has made room."""
    at = book.heads[0]
    if at < len(book.out_i):
        for k in range(N_INTS):
            book.out_i[at, k] = book.ints[desk, slot, k]
        for k in range(N_FLOATS):
            book.out_f[at, k] = book.floats[desk, slot, k]
    book.heads[0] += 1
    drop(book, desk, slot)


@lean_inner
def join(book: Book, desk: int, rule: SlowRule, run_start_us: int) -> None:
    """The growing stretch has become long enough: join it to the kept one, or hand that one over."""
    old, new = book.ints[desk, KEPT], book.ints[desk, COMING]
    if old[START] == NO_TIME:
        return
    between_us = new[START] - old[END]
    if between_us > rule.rejoin_us or apart_m(old[END_AT], new[BEGIN_AT]) > rule.rejoin_m:
        emit(book, desk, KEPT)
        return
    of, nf = book.floats[desk, KEPT], book.floats[desk, COMING]
    for k in range(new[CORNERS]):
        at = CORNER_AT + 3 * k
        _corner(old, of, nf[at], nf[at + 1], nf[at + 2])
    step = max(old[STEP], new[STEP])
    while old[STEP] < step or old[SAMPLES] + new[SAMPLES] * new[STEP] // step + 1 > MAX_SAMPLES:
        for k in range((old[SAMPLES] + 1) // 2):
            old[SAMPLE_AT + k] = old[SAMPLE_AT + 2 * k]
        old[SAMPLES] = (old[SAMPLES] + 1) // 2
        old[STEP] *= 2
        step = max(step, old[STEP])
    for k in range(0, new[SAMPLES], max(1, step // new[STEP])):
        old[SAMPLE_AT + old[SAMPLES]] = new[SAMPLE_AT + k]
        old[SAMPLES] += 1
    # Numbers of later nodes go on where thinning counts from.
    for column in (NODES, ANCHORED, FISHING, HAMPERED, UNHEARD_US, MOVED_US, SILENCES, HEARD_US):
        old[column] += new[column]
    old[JOINS] += 1
    if run_start_us > old[END]:
        old[SILENCES] += 1
        old[UNHEARD_US] += between_us
    else:
        old[MOVED_US] += between_us
    of[WAY] += nf[WAY]
    of[WAY_AT_END] = nf[WAY_AT_END]
    old[END], old[RAW_END], old[END_AT], old[ADDED] = new[END], new[RAW_END], new[END_AT], new[ADDED]
    old[END_FIX] = new[END_FIX]
    put(book, desk, COMING, KEPT)
    drop(book, desk, KEPT)
