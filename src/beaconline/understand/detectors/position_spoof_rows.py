"""Every vessel's runs of fixes, and the leaps between them: the compiled pass of ``position_spoof``.

Decides: which fixes of a vessel, whatever tracks they were given, belong to one run that a ship could sail; when a run
elsewhere has replaced it (three fixes, two minutes, the first place silent for three of its beats); whether the vessel
came back; and when it is on a ring. One fix elsewhere is astray and forgotten; two places heard by turns never replace
each other. Refuses: to judge; events go to the kind. Nothing is bridged over a silence of two hours.
Source: behaviours page. Known failures: a leap that a ship could have sailed since its last fix is no leap: with fixes
ten minutes apart that is 6 nm.
"""

from __future__ import annotations

import math

from beaconline.foundation.geo.geodesy import KN_MS, distance_m
from beaconline.foundation.table.kernels import lean_inner, lean_kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.detectors.position_spoof_rings import (
    F64,
    FILL_EVERY,
    FIXES,
    METRES_E7,
    N_RING,
    P_LAT,
    P_LON,
    RADIUS_M,
    SCALES,
    SPREAD_M,
    STEP_DEG,
    TURNED_DEG,
    push,
    ring_of,
    told_by_next,
)

__all__ = [
    "BACK", "ELSEWHERE", "LONG", "N_OUT", "N_OUT_F", "N_SLOT", "N_VESSEL", "ONSET", "RETURN", "RING_OFF", "RING_ON",
    "SILENT", "TURN", "follow_rows",
]  # fmt: skip

# Slots of a vessel: the run before, the run that goes on, and one that may replace it.
BASE, NOW, NEXT = 0, 1, 2
# Columns of a slot, int64: the last fix, how many there were, and the first one.
T, LON, LAT, SOG, COG, TRACK, COUNT, SINCE, BEAT, STATIC, STATIONS, SENSOR, STILL = range(13)
F_LON, F_LAT, F_SOG, F_COG, F_TRACK = range(13, 18)
N_SLOT = 18
"""STILL: fixes in a row at the very same place under way; BEAT: mean gap, microseconds."""
# Columns of a vessel, int64.
STATUS, STRAYS, STRAY_US, BY_TURNS, ONSET_US, RETURN_US, BIN, RING, RING_US = range(9)
N_VESSEL = 9
"""STATUS: 0 nothing, 1 elsewhere, 2 back, watched; RING: 0, or 1 + the scale on which a ring is held; RING_US: when it
was seen last."""
HOME, AWAY, RETURNED = 0, 1, 2
# Events.
ONSET, RETURN, TURN, ELSEWHERE, BACK, SILENT, LONG, RING_ON, RING_OFF = range(1, 10)
# Columns of an event, int64: then slot BASE and slot NOW after it.
E_KIND, E_VESSEL, E_T, E_BY_TURNS, E_RING_US = range(5)
E_BASE, E_NOW = 5, 5 + N_SLOT
N_OUT = 5 + 2 * N_SLOT
# Columns of an event, float64: the ring held, then the path before a leap.
R_TURNED, R_SPREAD, R_SUM, R_N = N_RING, N_RING + 1, N_RING + 2, N_RING + 3
N_HELD = N_RING + 4
"""A ring held: its last window, how far it went round in all, its largest spread, sum and number of its radii."""
E_PATH_M, E_EAST_MS, E_NORTH_MS = N_HELD, N_HELD + 1, N_HELD + 2
N_OUT_F = N_HELD + 3
"""How near the first fix elsewhere lies to where the vessel was before (metres, -1 = not told); the speed that it made
good of late, east and north (m/s)."""

AWAY_FIXES, AWAY_US, BEATS = 3, 120_000_000, 3
"""A run replaces another after so many fixes, so long, and so many beats of silence there: fewer, and every shared
MMSI leaps."""
LEAST_FIXES = 3
STRAY_MEMORY_US = 3_600_000_000
MOST_STRAYS, MOST_STILL = 2, 3
"""A vessel with so many fixes astray within an hour, or as many at one place while it told that it sailed, has a
faulty device: its leaps are not counted."""
NULL_E7 = 1_000_000
"""Within a tenth of a degree of 0 N 0 E: a filler of receivers."""
MS_PER_MKN = 1e-3 * KN_MS
OWN_MS = 5.0 * KN_MS
BLIND_HOME_MS = 25.0 * KN_MS
"""To come back: the speed told, a third more and 5 kn; 25 kn where none is told."""


@lean_inner
def _apart(a: int, b: int) -> int:
    """Difference of two longitudes, degrees x 1e7, wrapped."""
    d = a - b
    if d > 1_800_000_000:
        return d - 3_600_000_000
    return d + 3_600_000_000 if d < -1_800_000_000 else d


@lean_inner
def _metres(a_lon: int, a_lat: int, b_lon: int, b_lat: int) -> float:
    return float(distance_m(a_lon * 1e-7, a_lat * 1e-7, b_lon * 1e-7, b_lat * 1e-7))


@lean_inner
def _fits(
    slots: I64, v: int, s: int, t: int, lon: int, lat: int, sog: int, rule: tuple[float, float, float, float]
) -> bool:
    """Whether a ship could sail from the last fix of a slot to a fix, with room for errors.

    rule  metres always allowed; m/s above the speed told; least m/s allowed; m/s where none is told
    """
    seconds = max((t - slots[v, s, T]) * 1e-6, 1.0)
    told = max(slots[v, s, SOG], sog)
    speed = rule[3] if told < 0 else max(told * MS_PER_MKN + rule[1], rule[2])
    limit = max(rule[0], speed * seconds)
    rough = (abs(lat - slots[v, s, LAT]) + abs(_apart(lon, slots[v, s, LON]))) * METRES_E7 * 1.005
    return bool(rough <= limit or _metres(slots[v, s, LON], slots[v, s, LAT], lon, lat) <= limit)


@lean_inner
def _misfit(slots: I64, v: int, s: int, t: int, lon: int, lat: int) -> float:
    """Metres from where a slot's last fix, held on for ten minutes at most, would be by now; roughly, when far."""
    east = METRES_E7 * math.cos(math.radians(lat * 1e-7))
    x, y = _apart(lon, slots[v, s, LON]) * east, (lat - slots[v, s, LAT]) * METRES_E7
    if slots[v, s, SOG] > 0 and slots[v, s, COG] >= 0:
        run = min((t - slots[v, s, T]) * 1e-6, 600.0) * slots[v, s, SOG] * MS_PER_MKN
        course = math.radians(slots[v, s, COG] * 1e-2)
        x, y = x - run * math.sin(course), y - run * math.cos(course)
    return math.hypot(x, y)


@lean_inner
def _home(slots: I64, v: int, s: int, t: int, lon: int, lat: int, sog: int, room_m: float) -> bool:
    """Whether a vessel may have sailed from a run left long ago to a fix meanwhile."""
    seconds = max((t - slots[v, s, T]) * 1e-6, 1.0)
    told = max(slots[v, s, SOG], sog)
    speed = BLIND_HOME_MS if told < 0 else told * MS_PER_MKN * 1.33 + OWN_MS
    return bool(_metres(slots[v, s, LON], slots[v, s, LAT], lon, lat) <= 2.0 * room_m + speed * seconds)


@lean_inner
def _begin(slots: I64, v: int, s: int, row: I64) -> None:
    for k in range(N_SLOT):
        slots[v, s, k] = 0
    slots[v, s, SINCE] = row[0]
    slots[v, s, F_LON], slots[v, s, F_LAT], slots[v, s, F_SOG], slots[v, s, F_COG] = row[1], row[2], row[3], row[4]
    slots[v, s, F_TRACK] = row[5]
    _take(slots, v, s, row)


@lean_inner
def _take(slots: I64, v: int, s: int, row: I64) -> None:
    n = slots[v, s, COUNT]
    if n > 0:
        gap = row[0] - slots[v, s, T]
        slots[v, s, BEAT] = gap if n == 1 else slots[v, s, BEAT] + (gap - slots[v, s, BEAT]) // 8
        same = row[1] == slots[v, s, LON] and row[2] == slots[v, s, LAT] and gap >= 5_000_000
        if not same:
            slots[v, s, STILL] = 0
        elif row[3] >= 2000 and slots[v, s, SOG] >= 2000:
            slots[v, s, STILL] += 1
    for k in range(6):
        slots[v, s, T + k] = row[k]
    if row[6] > 0:
        slots[v, s, STATIC] = row[6]
    if row[7] > 0:
        slots[v, s, STATIONS] = row[7]
    slots[v, s, SENSOR] = row[8]
    slots[v, s, COUNT] = n + 1


@lean_inner
def _move(slots: I64, v: int, into: int, out_of: int) -> None:
    for k in range(N_SLOT):
        slots[v, into, k] = slots[v, out_of, k]


@lean_inner
def _before(slots: I64, times: I64, places: I32, counts: I32, v: int, out_f: F64, n: int) -> None:
    """How near the next run's first fix lies to places of the present run half a minute old or older, and the speed
    made good over the last ten minutes or so; into the columns of an event."""
    out_f[n, E_PATH_M], out_f[n, E_EAST_MS], out_f[n, E_NORTH_MS] = -1.0, 0.0, 0.0
    lon, lat, last = slots[v, NEXT, F_LON], slots[v, NEXT, F_LAT], slots[v, NOW, T]
    east = METRES_E7 * math.cos(math.radians(slots[v, NOW, LAT] * 1e-7))
    longest = 0
    for s in range(SCALES):
        m = min(counts[v, s], FIXES)
        for i in range(counts[v, s] - m, counts[v, s]):
            k = i % FIXES
            age = last - times[v, s, k]
            if age < 30_000_000:
                continue
            x, y = _apart(lon, places[v, s, k, P_LON]) * east, (lat - places[v, s, k, P_LAT]) * METRES_E7
            if i + 1 < counts[v, s]:
                j = (i + 1) % FIXES
                dx = _apart(places[v, s, j, P_LON], places[v, s, k, P_LON]) * east
                dy = (places[v, s, j, P_LAT] - places[v, s, k, P_LAT]) * METRES_E7
                long2 = dx * dx + dy * dy
                share = min(max((x * dx + y * dy) / long2, 0.0), 1.0) if long2 > 0.0 else 0.0
                x, y = x - share * dx, y - share * dy
            off = math.hypot(x, y)
            if out_f[n, E_PATH_M] < 0.0 or off < out_f[n, E_PATH_M]:
                out_f[n, E_PATH_M] = off
            if longest < age <= 900_000_000:
                longest = age
                dx = _apart(slots[v, NOW, LON], places[v, s, k, P_LON]) * east
                dy = (slots[v, NOW, LAT] - places[v, s, k, P_LAT]) * METRES_E7
                out_f[n, E_EAST_MS], out_f[n, E_NORTH_MS] = dx / (age * 1e-6), dy / (age * 1e-6)


@lean_inner
def _emit(kind: int, v: int, t: int, slots: I64, info: I64, held: F64, out: I64, out_f: F64, n: int) -> int:
    """Write an event; the slots are those after it (for a leap: base = the run left, now = the new one)."""
    out[n, E_KIND], out[n, E_VESSEL], out[n, E_T] = kind, v, t
    out[n, E_BY_TURNS], out[n, E_RING_US] = info[v, BY_TURNS], info[v, RING_US]
    for k in range(N_SLOT):
        out[n, E_BASE + k], out[n, E_NOW + k] = slots[v, BASE, k], slots[v, NOW, k]
    for k in range(N_HELD):
        out_f[n, k] = held[v, k]
    return n + 1


@lean_inner
def _end_ring(v: int, t: int, slots: I64, info: I64, held: F64, out: I64, out_f: F64, n: int) -> int:
    """A ring that was held ends."""
    if info[v, RING]:
        info[v, RING] = 0
        n = _emit(RING_OFF, v, t, slots, info, held, out, out_f, n)
    return n


@lean_inner
def _astray(slots: I64, info: I64, v: int, t: int, rule: tuple[float, float, float, float]) -> None:
    """The run that might have replaced the present one is dropped."""
    if t - info[v, STRAY_US] > STRAY_MEMORY_US:
        info[v, STRAYS] = 0
    info[v, STRAYS] += 1
    info[v, STRAY_US] = t
    if info[v, STATUS] != HOME and _home(
        slots, v, BASE, slots[v, NEXT, SINCE], slots[v, NEXT, F_LON], slots[v, NEXT, F_LAT], slots[v, NEXT, F_SOG],
        rule[0],
    ):  # fmt: skip
        info[v, BY_TURNS] += 1
    slots[v, NEXT, COUNT] = 0


@lean_inner
def _replaced(slots: I64, v: int) -> bool:
    """Whether the next run has replaced the present one."""
    last = slots[v, NEXT, T]
    return bool(
        slots[v, NEXT, COUNT] >= AWAY_FIXES
        and last - slots[v, NEXT, SINCE] >= AWAY_US
        and last - slots[v, NOW, T] >= BEATS * slots[v, NOW, BEAT]
    )


@lean_inner
def _sound(slots: I64, info: I64, v: int, before_us: int) -> bool:
    """Whether a vessel was heard well before a leap, by a device without faults."""
    faulty = info[v, STRAYS] >= MOST_STRAYS and slots[v, NOW, T] - info[v, STRAY_US] <= STRAY_MEMORY_US
    return bool(
        not faulty
        and slots[v, NOW, COUNT] >= LEAST_FIXES
        and slots[v, NOW, T] - slots[v, NOW, SINCE] >= before_us
        and slots[v, NOW, STILL] < MOST_STILL
    )


@lean_inner
def _leap(
    v: int, t: int, slots: I64, info: I64, times: I64, places: I32, counts: I32, held: F64, before_us: int,
    rule: tuple[float, float, float, float], out: I64, out_f: F64, n: int,
) -> int:  # fmt: skip
    """The next run replaces the present one: what that means, as events; their number."""
    n = _end_ring(v, t, slots, info, held, out, out_f, n)
    status = info[v, STATUS]
    if status != HOME:
        home = _home(
            slots, v, BASE, slots[v, NEXT, SINCE], slots[v, NEXT, F_LON], slots[v, NEXT, F_LAT], slots[v, NEXT, F_SOG],
            rule[0],
        )  # fmt: skip
        if home:
            _move(slots, v, BASE, NOW)
            _move(slots, v, NOW, NEXT)
            info[v, STATUS] = RETURNED if status == AWAY else AWAY
            info[v, RETURN_US] = slots[v, NOW, SINCE]
            return _emit(RETURN if status == AWAY else TURN, v, t, slots, info, held, out, out_f, n)
        n = _emit(ELSEWHERE, v, t, slots, info, held, out, out_f, n)
        info[v, STATUS] = HOME
    if _sound(slots, info, v, before_us):
        _before(slots, times, places, counts, v, out_f, n)
        _move(slots, v, BASE, NOW)
        _move(slots, v, NOW, NEXT)
        info[v, STATUS], info[v, BY_TURNS], info[v, ONSET_US] = AWAY, 0, slots[v, NOW, SINCE]
        return _emit(ONSET, v, t, slots, info, held, out, out_f, n)
    _move(slots, v, NOW, NEXT)
    return n


@lean_inner
def _watch_ring(
    v: int, row: I64, slots: I64, info: I64, times: I64, places: I32,
    counts: I32, held: F64, limits: tuple[float, float, float], x: F64, y: F64, out: I64, out_f: F64, n: int,
) -> int:  # fmt: skip
    """Take a fix of the present run into the windows; a ring begins, goes on or ends."""
    for s in range(SCALES):
        if not push(times, places, counts, v, s, row[0], row[1], row[2], row[3], row[4]):
            continue
        holding = info[v, RING]
        if holding and holding != s + 1:
            continue
        if not holding and (counts[v, s] % FILL_EVERY or told_by_next(times, counts, v, s)):
            continue
        m = ring_of(times, places, counts, v, s, holding > 0, limits, x, y, held)
        if m == 0:
            if holding:
                n = _end_ring(v, row[0], slots, info, held, out, out_f, n)
            continue
        if holding:
            held[v, R_TURNED] += held[v, STEP_DEG]
        else:
            held[v, R_TURNED], held[v, R_SPREAD], held[v, R_SUM], held[v, R_N] = held[v, TURNED_DEG], 0.0, 0.0, 0.0
            info[v, RING] = s + 1
        held[v, R_SPREAD] = max(held[v, R_SPREAD], held[v, SPREAD_M])
        held[v, R_SUM] += held[v, RADIUS_M]
        held[v, R_N] += 1.0
        info[v, RING_US] = row[0]
        if not holding:
            since = times[v, s, (counts[v, s] - m) % FIXES]
            n = _emit(RING_ON, v, since, slots, info, held, out, out_f, n)
    return n


@lean_inner
def _expire(
    v: int, t: int, slots: I64, info: I64, counts: I32, held: F64, spans: tuple[int, int, int, int, int], out: I64,
    out_f: F64, n: int,
) -> int:  # fmt: skip
    """What ends by time alone before a row at ``t``: a silence, a vessel that stayed away or that stayed back."""
    _, _, silence_us, after_us, longest_us = spans
    if info[v, STATUS] == RETURNED and t - info[v, RETURN_US] >= min(after_us, silence_us):
        n = _emit(BACK, v, t, slots, info, held, out, out_f, n)
        info[v, STATUS] = HOME
    last = max(slots[v, NOW, T], slots[v, NEXT, T]) if slots[v, NEXT, COUNT] > 0 else slots[v, NOW, T]
    if t - last > silence_us:
        n = _end_ring(v, t, slots, info, held, out, out_f, n)
        if info[v, STATUS] != HOME:
            n = _emit(SILENT, v, t, slots, info, held, out, out_f, n)
        info[v, STATUS] = HOME
        slots[v, NOW, COUNT], slots[v, NEXT, COUNT] = 0, 0
        for s in range(SCALES):
            counts[v, s] = 0
    elif info[v, STATUS] == AWAY and t - info[v, ONSET_US] >= longest_us:
        n = _emit(LONG, v, t, slots, info, held, out, out_f, n)
        info[v, STATUS] = HOME
    return n


@lean_kernel
def follow_rows(
    start: int, vessel: I32, track: I32, t_us: I64, lon_e7: I32, lat_e7: I32, sog_mkn: I32, cog_cdeg: I32, static: I32,
    stations: I32, sensor: I32, rule: tuple[float, float, float, float], spans: tuple[int, int, int, int, int],
    limits: tuple[float, float, float], slots: I64, info: I64, held: F64, times: I64, places: I32, counts: I32,
    x: F64, y: F64, row: I64, out: I64, out_f: F64, seen: I64,
) -> tuple[int, int, int]:  # fmt: skip
    """Rows from ``start`` on until done or until ``out`` is nearly full: (next row, events, vessels seen).

    vessel   int32[n], vessel code or -1 (skipped)
    spans    microseconds: width of a window; heard before a leap; silence; watch after a return; longest time away
    x, y, row  float64[FIXES] twice and int64[9], room to work in
    seen     int64[n, 4], out: (window, vessel, lon_e7, lat_e7), a vessel's first fix in a window
    """
    n, n_seen = 0, 0
    window_us, before_us = spans[0], spans[1]
    for i in range(start, len(vessel)):
        v = vessel[i]
        if v < 0 or (abs(lon_e7[i]) < NULL_E7 and abs(lat_e7[i]) < NULL_E7):
            continue
        if n + 8 > len(out):
            return i, n, n_seen
        row[0], row[1], row[2], row[3], row[4] = t_us[i], lon_e7[i], lat_e7[i], sog_mkn[i], cog_cdeg[i]
        row[5], row[6], row[7], row[8] = track[i], static[i], stations[i], sensor[i]
        t, lon, lat, sog = row[0], row[1], row[2], row[3]
        window = t // window_us
        if info[v, BIN] != window:
            info[v, BIN] = window
            seen[n_seen, 0], seen[n_seen, 1], seen[n_seen, 2], seen[n_seen, 3] = window, v, lon, lat
            n_seen += 1
        if slots[v, NOW, COUNT] > 0:
            n = _expire(v, t, slots, info, counts, held, spans, out, out_f, n)
        if slots[v, NOW, COUNT] == 0:
            _begin(slots, v, NOW, row)
        elif slots[v, NEXT, COUNT] == 0:
            if not _fits(slots, v, NOW, t, lon, lat, sog, rule):
                _begin(slots, v, NEXT, row)
                continue
            _take(slots, v, NOW, row)
        else:
            here, there = _fits(slots, v, NOW, t, lon, lat, sog, rule), _fits(slots, v, NEXT, t, lon, lat, sog, rule)
            if here and there:
                there = _misfit(slots, v, NEXT, t, lon, lat) < _misfit(slots, v, NOW, t, lon, lat)
            if there:
                _take(slots, v, NEXT, row)
                if _replaced(slots, v):
                    n = _leap(v, t, slots, info, times, places, counts, held, before_us, rule, out, out_f, n)
                    slots[v, NEXT, COUNT] = 0
                    for s in range(SCALES):
                        counts[v, s] = 0
                continue
            _astray(slots, info, v, t, rule)
            if not here:
                _begin(slots, v, NEXT, row)
                continue
            _take(slots, v, NOW, row)
        n = _watch_ring(v, row, slots, info, times, places, counts, held, limits, x, y, out, out_f, n)
    return len(vessel), n, n_seen
