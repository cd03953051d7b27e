"""Silence weighed: how much likelier if a vessel stopped transmitting than if it went on where nobody hears it.

Decides: a likelihood ratio for a silence. Had the vessel gone on transmitting, it would have been somewhere; for each
way that may explain it (it lies where it was last heard; it sails on as it did; it sails straight to where it is heard
again; it sails out and comes back) the chance that no quarter of an hour brought a report is computed from the vessels
heard and missed around that way, and the way with the greatest chance counts. So the ratio is the least that the
neighbours support. Refuses: certainty. A place is covered with a chance that falls with the distance to where others
are heard, and faster when they are all behind the vessel: reception may end just where it went silent. Reception ends
once on a way out and begins once on a way in: its quarters are not independent. Source: the usual likelihood ratio;
chances by distance are judgement, set so that neighbours within 9 nm of a vessel at rest give odds up to 33:1. Known
failures: more than one detour; weather that bends VHF; a transmitter that grew weak, which is told as stopped.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from beaconline.foundation.geo.geodesy import F64, KN_MS, bearing_deg, destination, distance_m
from beaconline.foundation.table.kernels import lean_inner
from beaconline.foundation.table.reports import I8, I64
from beaconline.understand.context.coverage import (
    COLUMNS,
    COMPATIBLE,
    MISS_SLOTS,
    N_CLASSES,
    RING,
    SLOT_US,
    Cells,
    band_of,
    column_of,
    find_row,
    heard_at,
    missed_at,
)

__all__ = [
    "LAST_SLOT",
    "LLR",
    "NEAR_M",
    "NEAR_N",
    "NEAR_SLOTS",
    "N_ODDS",
    "SLOTS",
    "WINDOW",
    "Odds",
    "Silence",
    "weigh",
]

RINGS = 5
"""Cells away from a place, at most, where vessels heard say something about it: 30 nm, a good coast station's range."""
_AT_REST = (0.97, 0.97, 0.92, 0.8, 0.6, 0.4)
"""Chance that a vessel at rest is received, by cells to the nearest place where others are; it was, a moment ago."""
_AHEAD = (0.97, 0.95, 0.85, 0.7, 0.5, 0.3)
"""The same for a vessel under way with others ahead of it or abeam."""
_BEHIND = (0.97, 0.85, 0.7, 0.5, 0.35, 0.2)
"""The same with others only behind: reception may end anywhere within the 20 to 40 nm of a coast station's range."""
SLOT_NATS = 0.7
"""Most that one quarter adds, nats: a silent quarter is 2 to 1 at most, however many others are heard."""
SLOW_KN = 1.0
"""Slower is at rest, knots."""
ABEAM_CELLS = -0.5
"""A cell this far behind still counts as abeam."""
NEAR_RINGS = 2
"""Cells around the last place that are told as "near": 12 to 18 nm."""
NEAR_CELLS = (2 * NEAR_RINGS + 1) ** 2 * N_CLASSES
BEFORE_SLOTS = 8
"""Quarters before a silence that are told: 2 h."""

WINDOW = 48
"""Quarters of an open silence that are weighed: 12 h; by then it is clear, or never will be."""

LONGEST = RING - 12
"""Quarters of a closed silence that are weighed at most: 29 h; the memory must reach back to the 2 h before it."""

LLR, NEAR_N, NEAR_M, NEAR_SLOTS, LAST_SLOT, BEFORE_N, SLOTS, WITNESS_D, WITNESS = range(9)
N_ODDS = 12
"""Cells of ``Odds``: 8 numbers and the witness (t_us, track, lon_e7, lat_e7)."""

Odds = F64
"""float64[N_ODDS]. LLR: natural logarithm of the likelihood ratio, 0 where too few are heard near. NEAR_N, NEAR_M:
vessels heard and missed near the last place while it was silent, summed over quarters; NEAR_SLOTS: quarters with any
heard; LAST_SLOT: the last of them, -1 = none; BEFORE_N: vessels heard near in the 2 h before, itself among them; SLOTS:
whole quarters of silence looked at. WITNESS: a vessel heard near meanwhile, WITNESS_D metres away, -1 = none."""


class Silence(NamedTuple):
    """One silence. Degrees, knots, degrees true; a speed of -1 is not known and a course of -1 neither.

    kind, row, slot0  class, cell row and quarter in which the vessel itself was last counted as heard
    share             share of quarters in which the vessel itself was heard before, 0 to 1
    t1_us             end: the next fix, or how far the data go; lon1, lat1, speed1, course1 only where ``closed``
    """

    kind: int
    row: int
    slot0: int
    track: int
    share: float
    t0_us: int
    lon0: float
    lat0: float
    speed0: float
    course0: float
    t1_us: int
    lon1: float
    lat1: float
    speed1: float
    course1: float
    closed: bool


class Way(NamedTuple):
    """A way that could explain a silence: from (lon0, lat0) on ``bearing0`` at ``ms0`` metres a second until
    ``turn_us``; later at the place that lies on ``bearing1`` from (lon1, lat1), which it reaches at ``ms1`` in the
    end. A bearing of -1: at rest."""

    lon0: float
    lat0: float
    bearing0: float
    ms0: float
    turn_us: int
    lon1: float
    lat1: float
    bearing1: float
    ms1: float


@lean_inner
def _own_miss(s: Silence, row: int, slot: int) -> int:
    """1 where the silent vessel itself is among the missed."""
    return 1 if row == s.row and s.slot0 < slot <= s.slot0 + MISS_SLOTS else 0


@lean_inner
def _ring(
    cells: Cells, like: I8, s: Silence, lon: float, lat: float, slot: int, r: int, course: float
) -> tuple[int, int, int, int]:
    """Vessels (heard, missed) in the cells at distance r: ahead or abeam, then behind."""
    heard, missed, heard_behind, missed_behind = 0, 0, 0, 0
    east, north = math.sin(math.radians(course)), math.cos(math.radians(course))
    home = band_of(lat)
    for dj in range(-r, r + 1):
        band = home + dj
        if band < 0 or band >= len(COLUMNS):
            continue
        columns = COLUMNS[band]
        middle = column_of(lon, columns)
        step = 1 if abs(dj) == r else 2 * r
        for di in range(-r, r + 1, step):
            # Near a pole a band has few columns; none counts twice.
            if 2 * abs(di) > columns:
                continue
            for kind in range(N_CLASSES):
                row = find_row(cells, band, (middle + di) % columns, kind) if like[kind] else -1
                if row < 0:
                    continue
                h, m = heard_at(cells, row, slot), missed_at(cells, row, slot) - _own_miss(s, row, slot)
                if course >= 0.0 and di * east + dj * north < ABEAM_CELLS:
                    heard_behind += h
                    missed_behind += m
                else:
                    heard += h
                    missed += m
    return heard, missed, heard_behind, missed_behind


@lean_inner
def _nats(n: int, m: int, share: float) -> float:
    """What a silent quarter weighs where n were heard and m missed: -ln of the chance to be missed."""
    return -math.log(1.0 - min(n / (n + m + 1.0), share))


@lean_inner
def _at(cells: Cells, like: I8, s: Silence, lon: float, lat: float, slot: int, course: float) -> tuple[float, float]:
    """(weight of a silent quarter at a place in nats, chance that the place is covered at all); the nearest place where
    anybody was heard or missed decides, since a silent neighbour is better evidence than a heard one far away."""
    n, m, nb, mb, ahead, behind = 0, 0, 0, 0, -1, -1
    for r in range(RINGS + 1):
        h, x, hb, xb = _ring(cells, like, s, lon, lat, slot, r, course)
        if ahead < 0 or r <= 1:
            n, m = n + h, m + x
        if behind < 0 or r <= 1:
            nb, mb = nb + hb, mb + xb
        if ahead < 0 and n + m > 0:
            ahead = r
        if behind < 0 and nb + mb > 0:
            behind = r
        if ahead >= 0 and r >= 1:
            break
    near = 0.0
    if ahead >= 0:
        near = _AHEAD[ahead] if course >= 0.0 else _AT_REST[ahead]
    if behind >= 0 and (ahead < 0 or (behind < ahead and _BEHIND[behind] > near)):
        return _nats(nb, mb, s.share), _BEHIND[behind]
    return _nats(n, m, s.share), near


@lean_inner
def _way_nats(cells: Cells, like: I8, s: Silence, way: Way, first: int, last: int, room: F64) -> float:
    """Logarithm of one over the chance that a vessel on this way was heard in none of the quarters."""
    turn = last + 1
    for slot in range(first, last + 1):
        t_us = slot * SLOT_US + SLOT_US // 2
        lon, lat, course = way.lon0, way.lat0, way.bearing0
        if t_us > way.turn_us:
            turn = min(turn, slot)
            lon, lat, course = way.lon1, way.lat1, way.bearing1
        if course >= 0.0:
            run_m = way.ms0 * (t_us - s.t0_us) * 1e-6
            if t_us > way.turn_us:
                run_m = way.ms1 * (s.t1_us - t_us) * 1e-6
            lon, lat = destination(lon, lat, course, run_m)
        room[slot - first, 0], room[slot - first, 1] = _at(cells, like, s, lon, lat, slot, course)
    return _half_nats(room, 0, turn - first, 1) + _half_nats(room, last - first, turn - first - 1, -1)


@lean_inner
def _half_nats(room: F64, begin: int, end: int, step: int) -> float:
    """One half of a way, from where the vessel was heard towards the middle: reception ends before some quarter, or in
    none. It cannot have ended before one whose place is covered, so the chance that it has is one less the best chance
    from there on."""
    best = 0.0
    k = end - step
    while k != begin - step:
        if room[k, 0] > 0.0:
            best = max(best, room[k, 1])
        room[k, 1] = best
        k -= step
    silent, ended, nats = 0.0, 0.0, 0.0
    k = begin
    while k != end:
        if room[k, 0] > 0.0:
            silent += (1.0 - room[k, 1] - ended) * math.exp(-nats)
            ended = 1.0 - room[k, 1]
            nats += min(SLOT_NATS, room[k, 0])
        k += step
    return -math.log(silent + (1.0 - ended) * math.exp(-nats))


@lean_inner
def _least(cells: Cells, like: I8, s: Silence, first: int, last: int, room: F64) -> float:
    """The least of all ways, hence the best explanation without stopping."""
    moves = s.speed0 >= SLOW_KN and s.course0 >= 0.0
    never = s.t1_us + 1
    stay = Way(s.lon0, s.lat0, -1.0, 0.0, never, s.lon0, s.lat0, -1.0, 0.0)
    on = Way(s.lon0, s.lat0, s.course0, s.speed0 * KN_MS, never, s.lon0, s.lat0, -1.0, 0.0)
    if not s.closed:
        least = _way_nats(cells, like, s, stay, first, last, room)
        return min(least, _way_nats(cells, like, s, on, first, last, room)) if moves else least
    half = s.t0_us + (s.t1_us - s.t0_us) // 2
    apart_m = distance_m(s.lon0, s.lat0, s.lon1, s.lat1)
    ms = apart_m / ((s.t1_us - s.t0_us) * 1e-6)
    straight = stay
    if ms >= SLOW_KN * KN_MS:
        b0 = bearing_deg(s.lon0, s.lat0, s.lon1, s.lat1)
        b1 = bearing_deg(s.lon1, s.lat1, s.lon0, s.lat0)
        straight = Way(s.lon0, s.lat0, b0, ms, half, s.lon1, s.lat1, b1, ms)
    least = _way_nats(cells, like, s, straight, first, last, room)
    back = s.speed1 >= SLOW_KN and s.course1 >= 0.0
    if moves or back:
        b0 = s.course0 if moves else -1.0
        b1 = (s.course1 + 180.0) % 360.0 if back else -1.0
        detour = Way(s.lon0, s.lat0, b0, s.speed0 * KN_MS, half, s.lon1, s.lat1, b1, s.speed1 * KN_MS)
        least = min(least, _way_nats(cells, like, s, detour, first, last, room))
    return least


@lean_inner
def _near_rows(cells: Cells, like: I8, s: Silence, rows: I64) -> int:
    """Put the cell rows near the last place into ``rows``; how many."""
    found = 0
    home = band_of(s.lat0)
    for band in range(max(0, home - NEAR_RINGS), min(len(COLUMNS), home + NEAR_RINGS + 1)):
        columns = COLUMNS[band]
        middle = column_of(s.lon0, columns)
        for di in range(-NEAR_RINGS, NEAR_RINGS + 1):
            for kind in range(N_CLASSES):
                if like[kind] and 2 * abs(di) <= columns:
                    row = find_row(cells, band, (middle + di) % columns, kind)
                    if row >= 0:
                        rows[found] = row
                        found += 1
    return found


@lean_inner
def _near(cells: Cells, s: Silence, rows: I64, found: int, slot: int) -> tuple[int, int]:
    """Vessels (heard, missed) near the last place in a quarter."""
    n, m = 0, 0
    for k in range(found):
        row = rows[k]
        n += heard_at(cells, row, slot)
        m += missed_at(cells, row, slot) - _own_miss(s, row, slot)
    return n, m


@lean_inner
def _witness(cells: Cells, s: Silence, rows: I64, found: int, until_us: int, out: Odds) -> None:
    """Of the vessels last heard in each near cell, the nearest one heard while this one was silent."""
    for k in range(found):
        seen = cells.seen[rows[k]]
        t, track, lon, lat = seen[0], seen[1], seen[2], seen[3]
        if s.t0_us < t <= until_us and track != s.track:
            d = distance_m(s.lon0, s.lat0, lon * 1e-7, lat * 1e-7)
            if out[WITNESS_D] < 0.0 or d < out[WITNESS_D]:
                out[WITNESS_D] = d
                out[WITNESS], out[WITNESS + 1], out[WITNESS + 2], out[WITNESS + 3] = t, track, lon, lat


@lean_inner
def weigh(cells: Cells, s: Silence, rolled: int, need_us: int, rows: I64, room: F64, out: Odds) -> None:
    """Weigh a silence into ``out``. ``rolled`` is the last quarter whose heard and missed are complete; with others
    heard near for less than ``need_us`` altogether, the ratio stays 1. ``rows``, ``room``: scratch,
    int64[NEAR_CELLS] and float64[LONGEST, 2]."""
    like = COMPATIBLE[s.kind]
    first = s.slot0 + 1
    last = min(s.t1_us // SLOT_US - 1, rolled)
    # Beyond the memory a silence is judged by its first 12 h, and by then the caller has asked.
    last = min(last, first + (LONGEST if s.closed else WINDOW) - 1)
    for k in range(N_ODDS):
        out[k] = 0.0
    out[LAST_SLOT], out[WITNESS_D] = -1.0, -1.0
    out[SLOTS] = max(0, last - first + 1)
    found = _near_rows(cells, like, s, rows)
    for slot in range(first, last + 1):
        n, m = _near(cells, s, rows, found, slot)
        out[NEAR_N] += n
        out[NEAR_M] += m
        if n > 0:
            out[NEAR_SLOTS] += 1
            out[LAST_SLOT] = slot
    for slot in range(s.slot0 - BEFORE_SLOTS, s.slot0):
        n, _ = _near(cells, s, rows, found, slot)
        out[BEFORE_N] += n
    if out[NEAR_SLOTS] > 0 and out[NEAR_SLOTS] * SLOT_US >= need_us:
        out[LLR] = _least(cells, like, s, first, last, room)
        _witness(cells, s, rows, found, s.t1_us, out)
