"""Rows in time order, silences out: the compiled loop of ``gap``.

Decides: what a track's silence is (from its last fix to its next, longer than the limit and than a multiple of what it
is used to), keeps the memory of reception (``context.coverage``) and asks it about each long silence: when the vessel
is heard again, and once 12 h have passed. Refuses: rows without a track, of anything that is no vessel or does not
report by itself. A row costs a look at its track; only the first of a vessel's fixes in a quarter touches a cell, so
the loop is linear in rows however many silences there are. Known failures: those of ``context.coverage``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.area_grid import AreaGrid, areas_at
from beaconline.foundation.geo.geodesy import F64, bearing_deg, destination, distance_m
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import lean_inner, lean_kernel
from beaconline.foundation.table.reports import I8, I32, I64
from beaconline.understand.context.coverage import (
    COMPATIBLE,
    MISS_SLOTS,
    N_CLASSES,
    SLOT_US,
    Cells,
    make_row,
    miss_at,
    note_heard,
    note_miss,
    take_miss_back,
)
from beaconline.understand.context.coverage_odds import (
    LLR,
    LONGEST,
    N_ODDS,
    NEAR_M,
    NEAR_N,
    NEAR_SLOTS,
    WINDOW,
    Silence,
    weigh,
)

__all__ = ["Book", "GapRule", "Rows", "advance", "speed_of", "still_silent"]

T, LON, LAT, SOG, COG, NAV, KIND, ROW, SLOT, FIXES, R1, R2, STATUS, ACTIVE, SLOW = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    13,
    16,
    17,
    18,
)
N_INTS = 19
"""Whole numbers of a track: its last fix (t_us, lon_e7, lat_e7, thousandths of a knot, hundredths of a degree, status),
class, cell row and quarter where it was last counted, number of fixes, two earlier fixes about 10 min apart (R1 the
elder; t, lon, lat each), status, place in the list of active tracks (-1 = none), 1 = brought by a slow feed."""
F_USUAL_S, F_HEARD, F_SLOTS, F_ODDS = 0, 1, 2, 3
N_FLOATS = F_ODDS + N_ODDS
"""Usual longest interval between fixes (seconds), quarters heard and quarters altogether (both fading), and what the
memory said 12 h into the present silence."""
FRESH, WEIGHED = 0, 1
"""Status: within 12 h of its last fix; longer silent, and what was known then is kept."""

CLOSED, U_T, U_LON, U_LAT, U_SOG, U_COG, ZONED, AT_REST, LIMIT, OTHER_T, TRACK = range(N_INTS, N_INTS + 11)
N_OUT, N_OUT_F = N_INTS + 11, N_FLOATS
"""A silence handed out: the track's numbers; 1 = ended; the end (the fix that ended it; of an open one only t_us); 1 =
began in a watched zone; 1 = at rest before; its limit (us); last time another track of the same vessel key was heard
meanwhile, or NO_TIME; track code."""

SILENCES, FEW, RESTED, SHARED, ALONE, UNDECIDED, TOLD, AWAY, BACK = range(9)
N_COUNTS = 9
"""Silences over their limit: all; of tracks with too few fixes; at rest in one place; shared by most of the vessels
near; with nobody near to compare with; not sure for another reason; told; ended away from where they began, and there,
of vessels that were under way."""

REF_US = 600_000_000
"""Age at which a fix becomes a reference for the speed made good, microseconds."""
FIRST_USUAL_S = 7200.0
"""A first interval counts as usual up to this: one silence at the start must not become the rule."""
UP, DOWN = 1.25, 0.9755
"""Steps by which the usual interval follows: settles where one interval in ten is longer."""
FADE = 0.95
"""Share of a track's count of quarters that is kept a quarter: a memory of 5 h."""
REST_MKN = 500
"""Slower is at rest, thousandths of a knot: what a good receiver shows for a ship at its berth."""


class Rows(NamedTuple):
    """Columns of n rows in canonical order; ``kind`` is -1 for rows to be passed over."""

    t_us: I64
    lon_e7: I32
    lat_e7: I32
    track: I32
    vessel: I64
    sog_mkn: I32
    cog_cdeg: I32
    nav_status: I8
    kind: I8
    slow: npt.NDArray[np.bool_]


class GapRule(NamedTuple):
    """Limits: microseconds, metres; ``llr`` natural logarithm; ``share`` of the limit during which others are heard."""

    sea_us: int
    zone_us: int
    apart_m: float
    fixes: int
    usual: float
    llr: float
    share: float


class Book(NamedTuple):
    """All state: tracks' numbers, list of active tracks, last row by vessel key (t_us, track), heads and counts.

    heads: quarter under way (NO_TIME = none yet), active tracks, silences in ``out``, last row by class (5)
    holding, near, room, odds: scratch, int32[zones], int64[NEAR_CELLS], float64[LONGEST, 2], float64[N_ODDS]
    """

    ints: I64
    floats: F64
    active: I64
    vessels: I64
    heads: I64
    counts: I64
    out_i: I64
    out_f: F64
    holding: I32
    near: I64
    room: F64
    odds: F64


NOW, N_ACTIVE, N_FOUND, LAST_OF = 0, 1, 2, 3
N_HEADS = 8


@lean_inner
def _in_zone(grid: AreaGrid, from_us: I64, until_us: I64, holding: I32, lon: float, lat: float, t_us: int) -> bool:
    """Whether a watched zone valid at that instant holds the place."""
    for k in range(min(len(holding), areas_at(grid, lon, lat, holding))):
        if from_us[holding[k]] <= t_us < until_us[holding[k]]:
            return True
    return False


@lean_inner
def _speed_course(n: I64) -> tuple[float, float]:
    """Knots and degrees a track was last on: as sent, else made good since its elder reference; -1 = not known."""
    speed, course = n[SOG] / 1000.0, n[COG] / 100.0
    if n[SOG] < 0:
        speed = -1.0
    if n[COG] < 0:
        course = -1.0
    if (speed < 0.0 or course < 0.0) and n[R1] != NO_TIME and n[T] > n[R1]:
        a, b, c, d = n[R1 + 1] * 1e-7, n[R1 + 2] * 1e-7, n[LON] * 1e-7, n[LAT] * 1e-7
        way_m = distance_m(a, b, c, d)
        if speed < 0.0:
            speed = way_m / ((n[T] - n[R1]) * 1e-6) * 3600.0 / 1852.0
        if course < 0.0 and way_m > 200.0:
            course = bearing_deg(a, b, c, d)
    return speed, course


@lean_kernel
def speed_of(n: I64) -> float:
    """Knots a track was last on, -1 = not known."""
    return _speed_course(n)[0]


@lean_inner
def _at_rest(n: I64) -> bool:
    """Moored, at anchor, or as slow as a moored ship."""
    speed, _ = _speed_course(n)
    return bool(n[NAV] == 1 or n[NAV] == 5 or 0.0 <= speed * 1000.0 < REST_MKN)


@lean_inner
def _limit(rule: GapRule, n: I64, f: F64, zoned: bool) -> int:
    """Microseconds after which this track's silence is one."""
    limit = rule.zone_us if zoned else rule.sea_us
    usual = f[F_USUAL_S]
    # Before it is known what a vessel of a slow feed is used to, it is taken to report every two hours.
    if n[SLOW] and n[FIXES] < rule.fixes:
        usual = max(usual, FIRST_USUAL_S)
    return max(limit, int(rule.usual * usual * 1e6))


@lean_inner
def _silence(
    n: I64, f: F64, track: int, t1: int, lon1: float, lat1: float, sog1: int, cog1: int, closed: bool
) -> Silence:
    speed, course = _speed_course(n)
    share = f[F_HEARD] / f[F_SLOTS] if f[F_SLOTS] > 0.0 else 1.0
    return Silence(
        n[KIND], n[ROW], n[SLOT], track, share, n[T], n[LON] * 1e-7, n[LAT] * 1e-7, speed, course,
        t1, lon1, lat1, sog1 / 1000.0, cog1 / 100.0, closed,
    )  # fmt: skip


@lean_inner
def _told(odds: F64, told: bool) -> int:
    """The count that a silence belongs to."""
    if told:
        return TOLD
    if odds[NEAR_N] + odds[NEAR_M] == 0.0:
        return ALONE
    return SHARED if odds[NEAR_M] > odds[NEAR_N] else UNDECIDED


@lean_inner
def _hand_out(book: Book, track: int, odds: F64) -> int:
    """Number of a new row of ``out`` with the track's numbers. The caller has made room."""
    place = book.heads[N_FOUND]
    row = book.out_i[place]
    for k in range(N_INTS):
        row[k] = book.ints[track, k]
    for k in range(F_ODDS):
        book.out_f[place, k] = book.floats[track, k]
    for k in range(N_ODDS):
        book.out_f[place, F_ODDS + k] = odds[k]
    row[TRACK] = track
    book.heads[N_FOUND] += 1
    return int(place)


@lean_inner
def _roll(cells: Cells, rule: GapRule, book: Book, until: int, odds: F64) -> None:
    """Close the quarters before ``until``: who was not heard in one was missed; who was not for 12 h is weighed."""
    slot = book.heads[NOW]
    while slot < until and book.heads[N_ACTIVE] > 0:
        book.heads[NOW] = slot + 1
        at = 0
        while at < book.heads[N_ACTIVE]:
            track = book.active[at]
            n = book.ints[track]
            if n[SLOT] < slot and slot - n[SLOT] <= MISS_SLOTS:
                note_miss(cells, n[ROW], slot)
            if slot - n[SLOT] > WINDOW:
                f = book.floats[track]
                need_us = int(rule.share * min(rule.sea_us, rule.zone_us))
                s = _silence(n, f, track, (slot + 1) * SLOT_US, 0.0, 0.0, -1, -1, False)
                weigh(cells, s, slot - 1, need_us, book.near, book.room, odds)
                for k in range(N_ODDS):
                    f[F_ODDS + k] = odds[k]
                n[STATUS], n[ACTIVE] = WEIGHED, -1
                book.heads[N_ACTIVE] -= 1
                last = book.active[book.heads[N_ACTIVE]]
                if last != track:
                    book.active[at], book.ints[last, ACTIVE] = last, at
            else:
                at += 1
        slot += 1
    book.heads[NOW] = until


@lean_inner
def _along(cells: Cells, n: I64, slot: int, lon: float, lat: float) -> None:
    """A vessel heard again elsewhere was missed along its way and not where it was last heard."""
    lon0, lat0 = n[LON] * 1e-7, n[LAT] * 1e-7
    way_m, course = distance_m(lon0, lat0, lon, lat), bearing_deg(lon0, lat0, lon, lat)
    quarters = slot - n[SLOT]
    for k in range(1, quarters):
        if n[ROW] >= 0 and k <= MISS_SLOTS:
            take_miss_back(cells, n[ROW], n[SLOT] + k)
        x, y = destination(lon0, lat0, course, way_m * k / quarters)
        miss_at(cells, x, y, n[KIND], n[SLOT] + k)


@lean_inner
def _ended(
    grid: AreaGrid, from_us: I64, until_us: I64, cells: Cells, rule: GapRule, book: Book, rows: Rows, i: int, odds: F64
) -> None:
    """A track is heard again after the shortest limit: hand its silence out if there is something to tell."""
    track = rows.track[i]
    n, f = book.ints[track], book.floats[track]
    lon0, lat0, lon, lat = n[LON] * 1e-7, n[LAT] * 1e-7, rows.lon_e7[i] * 1e-7, rows.lat_e7[i] * 1e-7
    zoned = _in_zone(grid, from_us, until_us, book.holding, lon0, lat0, n[T])
    limit = _limit(rule, n, f, zoned)
    silent_us = rows.t_us[i] - n[T]
    if silent_us < limit:
        return
    book.counts[SILENCES] += 1
    if n[FIXES] < rule.fixes:
        book.counts[FEW] += 1
        return
    rest = _at_rest(n)
    if rest and not zoned and distance_m(lon0, lat0, lon, lat) < rule.apart_m:
        book.counts[RESTED] += 1
        return
    need_us = int(rule.share * limit)
    if n[STATUS] == FRESH or book.heads[NOW] - n[SLOT] <= LONGEST:
        s = _silence(n, f, track, rows.t_us[i], lon, lat, rows.sog_mkn[i], rows.cog_cdeg[i], True)
        weigh(cells, s, book.heads[NOW] - 1, need_us, book.near, book.room, odds)
    else:
        for k in range(N_ODDS):
            odds[k] = f[F_ODDS + k]
    sure = odds[LLR] >= rule.llr and odds[NEAR_SLOTS] * SLOT_US >= need_us
    if not rest:
        book.counts[AWAY if distance_m(lon0, lat0, lon, lat) >= rule.apart_m else BACK] += 1
    book.counts[_told(odds, sure or zoned)] += 1
    if sure or zoned:
        row = book.out_i[_hand_out(book, track, odds)]
        row[CLOSED], row[ZONED], row[AT_REST], row[LIMIT] = 1, zoned, rest, limit
        row[U_T], row[U_LON], row[U_LAT] = rows.t_us[i], rows.lon_e7[i], rows.lat_e7[i]
        row[U_SOG], row[U_COG] = rows.sog_mkn[i], rows.cog_cdeg[i]
        other = book.vessels[rows.vessel[i]]
        row[OTHER_T] = other[0] if other[1] != track and other[0] > n[T] else NO_TIME


@lean_inner
def _count(cells: Cells, book: Book, rows: Rows, i: int, slot: int) -> None:
    """A track's first fix in a quarter."""
    track = rows.track[i]
    n, f = book.ints[track], book.floats[track]
    lon, lat = rows.lon_e7[i] * 1e-7, rows.lat_e7[i] * 1e-7
    if n[FIXES] > 0:
        quarters = slot - n[SLOT]
        if 1 < quarters <= WINDOW:
            _along(cells, n, slot, lon, lat)
        kept = FADE**quarters
        f[F_HEARD] = f[F_HEARD] * kept + 1.0
        f[F_SLOTS] = f[F_SLOTS] * kept + (1.0 - kept) / (1.0 - FADE)
    else:
        f[F_HEARD], f[F_SLOTS] = 1.0, 1.0
    row = make_row(cells, lon, lat, rows.kind[i], slot)
    n[ROW], n[SLOT], n[KIND], n[STATUS] = row, slot, rows.kind[i], FRESH
    note_heard(cells, row, slot, rows.t_us[i], track, rows.lon_e7[i], rows.lat_e7[i])
    if n[ACTIVE] < 0:
        n[ACTIVE] = book.heads[N_ACTIVE]
        book.active[n[ACTIVE]] = track
        book.heads[N_ACTIVE] += 1


@lean_inner
def _take(book: Book, rows: Rows, i: int) -> None:
    """Make a row the last fix of its track."""
    track = rows.track[i]
    n, f = book.ints[track], book.floats[track]
    if n[FIXES] > 0:
        step_s = (rows.t_us[i] - n[T]) * 1e-6
        if n[FIXES] == 1:
            f[F_USUAL_S] = min(step_s, FIRST_USUAL_S)
        else:
            f[F_USUAL_S] *= UP if step_s > f[F_USUAL_S] else DOWN
        f[F_USUAL_S] = max(f[F_USUAL_S], 1.0)
    if rows.t_us[i] - n[R2] >= REF_US or n[R2] == NO_TIME:
        for k in range(3):
            n[R1 + k] = n[R2 + k]
        n[R2], n[R2 + 1], n[R2 + 2] = rows.t_us[i], rows.lon_e7[i], rows.lat_e7[i]
    n[T], n[LON], n[LAT] = rows.t_us[i], rows.lon_e7[i], rows.lat_e7[i]
    n[SOG], n[COG], n[NAV], n[SLOW] = rows.sog_mkn[i], rows.cog_cdeg[i], rows.nav_status[i], rows.slow[i]
    n[FIXES] += 1
    book.vessels[rows.vessel[i], 0], book.vessels[rows.vessel[i], 1] = rows.t_us[i], track
    book.heads[LAST_OF + rows.kind[i]] = rows.t_us[i]


@lean_kernel
def advance(
    grid: AreaGrid,
    from_us: I64,
    until_us: I64,
    cells: Cells,
    rule: GapRule,
    book: Book,
    rows: Rows,
    begin: int,
    room: int,
) -> int:
    """Take rows from ``begin`` on; returns where it stopped: all done, ``out`` full, or fewer than ``room`` free cells
    (no bar once the caller can make no more: room 0)."""
    odds = book.odds
    shortest_us = min(rule.sea_us, rule.zone_us) if len(from_us) else rule.sea_us
    for i in range(begin, len(rows.t_us)):
        if rows.kind[i] < 0:
            continue
        if book.heads[N_FOUND] >= len(book.out_i) or len(cells.latest) - cells.heads[0] < room:
            return i
        slot = rows.t_us[i] // SLOT_US
        if slot > book.heads[NOW]:
            if book.heads[NOW] == NO_TIME:
                book.heads[NOW] = slot
            _roll(cells, rule, book, slot, odds)
        n = book.ints[rows.track[i]]
        if n[FIXES] > 0 and rows.t_us[i] - n[T] >= shortest_us:
            _ended(grid, from_us, until_us, cells, rule, book, rows, i, odds)
        if n[SLOT] != slot or n[FIXES] == 0:
            _count(cells, book, rows, i, slot)
        _take(book, rows, i)
    return len(rows.t_us)


@lean_kernel
def still_silent(
    grid: AreaGrid, from_us: I64, until_us: I64, cells: Cells, rule: GapRule, book: Book, as_of_us: int,
    vessel: I64, counts: I64,
) -> None:  # fmt: skip
    """Hand out the silences that stand at an instant, as many as ``out`` holds; changes nothing else but ``counts``."""
    odds = book.odds
    shortest_us = min(rule.sea_us, rule.zone_us) if len(from_us) else rule.sea_us
    for track in range(len(vessel)):
        n, f = book.ints[track], book.floats[track]
        if n[FIXES] == 0 or as_of_us - n[T] < shortest_us or book.heads[N_FOUND] >= len(book.out_i):
            continue
        # While nobody of its class is heard anywhere, the feed is silent and not the vessel.
        alive_us = NO_TIME
        for kind in range(N_CLASSES):
            if COMPATIBLE[n[KIND], kind]:
                alive_us = max(alive_us, book.heads[LAST_OF + kind])
        end_us = min(as_of_us, alive_us)
        zoned = _in_zone(grid, from_us, until_us, book.holding, n[LON] * 1e-7, n[LAT] * 1e-7, n[T])
        limit = _limit(rule, n, f, zoned)
        if end_us - n[T] < limit:
            continue
        counts[SILENCES] += 1
        if n[FIXES] < rule.fixes:
            counts[FEW] += 1
            continue
        rest = _at_rest(n)
        if rest and not zoned:
            # Most of a harbour at once is no matter of berths: the feed is silent.
            shared = n[STATUS] == WEIGHED and f[F_ODDS + NEAR_M] > f[F_ODDS + NEAR_N]
            counts[SHARED if shared else RESTED] += 1
            continue
        need_us = int(rule.share * limit)
        if n[STATUS] == FRESH:
            s = _silence(n, f, track, end_us, 0.0, 0.0, -1, -1, False)
            weigh(cells, s, book.heads[NOW] - 1, need_us, book.near, book.room, odds)
        else:
            for k in range(N_ODDS):
                odds[k] = f[F_ODDS + k]
        sure = odds[LLR] >= rule.llr and odds[NEAR_SLOTS] * SLOT_US >= need_us
        counts[_told(odds, sure or zoned)] += 1
        if sure or zoned:
            row = book.out_i[_hand_out(book, track, odds)]
            row[CLOSED], row[ZONED], row[AT_REST], row[LIMIT], row[U_T] = 0, zoned, rest, limit, end_us
            other = book.vessels[vessel[track]]
            row[OTHER_T] = other[0] if other[1] != track and other[0] > n[T] else NO_TIME
