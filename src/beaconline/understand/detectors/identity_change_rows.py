"""Messages in order of time -> events of identity: the compiled pass of ``identity_change``.

Decides: when a vessel begins to send another name, call sign or IMO number (a run), when a run was heard often and long
enough to be held, when a vessel is heard again after a long silence, when a new vessel has been heard for a while, and
which silent vessels it may have been before, by its path. Refuses: to judge; events come in order of time, and say all
that is needed of their instant, so that it does not matter how rows are cut into ticks.
Source: behaviours page. Known failures: a static message before the vessel's first position is passed over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beaconline.foundation.geo.geodesy import KN_MS, destination, distance_m
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import lean_inner, lean_kernel
from beaconline.foundation.table.reports import I32, I64

__all__ = [
    "A_FIX", "B_FIX", "CANDIDATE", "CODE", "FIELD", "FIELDS", "F_CONFIRMED", "HELD", "KIND", "NEVER", "N_EVENT",
    "N_FIRST", "N_FIX", "N_RUN", "OTHER", "P_COUNT", "P_LAST", "P_STATIC", "RESUMED", "RUN_CODE", "STARTED",
    "STATIC", "STEP", "Memory", "Messages", "RowRule", "T", "V", "advance",
]  # fmt: skip

FIELDS = ("name", "callsign", "imo")

T_, LON, LAT, TRACK, N, GAP, SOG, COG = range(8)
N_FIX = 8
"""Last fix of a vessel: t_us (NEVER before the first), lon_e7, lat_e7, track code, number of fixes so far, usual step
(microseconds, an eighth of each new one), sog_mkn, cog_cdeg."""
F_CONFIRMED = 6
N_FIRST = 7
"""First fix of a vessel: t_us, lon_e7, lat_e7, track, sog_mkn, cog_cdeg, and when it was heard long enough after
it (NEVER = not yet)."""
RUN_CODE, R_COUNT, R_FIRST, R_LAST, R_HELD, R_STATIC = range(6)
R_FIX = 6
N_RUN = 11
"""Present run of a field: code of its value (-1 = none yet), messages, first and last, whether held, static record of
the last one, and the vessel's fix then (t_us, lon_e7, lat_e7, track, number)."""

N_STEADY = 7

STARTED, HELD, RESUMED, CANDIDATE = range(4)
KIND, T, V, FIELD, CODE, STATIC, P_LAST, P_STATIC, P_COUNT = range(9)
A_FIX, B_FIX = 9, 14
STEP, OTHER, N_EVENT = 19, FIELD, 20
"""An event: its kind, time, vessel; started and held: field and code of the value; started: static record, of the run
before its last message (NEVER = none), static record and messages; fixes A and B (t_us, lon_e7, lat_e7, track,
number): at the last message before and at the first; resumed: the last before the silence; candidate: the last
of the other vessel (OTHER); STEP: usual step of the silent one."""

NEVER = np.int64(NO_TIME)
MOST_EVENTS = 16
"""Most events of one message: runs of three fields, held, resumed, and MOST_CANDIDATES."""
MOST_CANDIDATES = 4
"""Vessels told that a new one may have been; in a port more are silent, and none of them can be told apart."""
METRES_A_DEGREE = 110_000.0
"""Less than a degree of latitude anywhere."""


class RowRule(NamedTuple):
    """Limits, from the kind's parameters: see there. Microseconds, thousandths of a knot, metres, hundredths of a
    degree."""

    held_messages: int
    held_us: int
    silence_us: int
    confirm_us: int
    path_gap_us: int
    path_mkn: int
    path_slack_m: float
    path_share: float
    path_turn_cdeg: int


class Messages(NamedTuple):
    """Rows (vessel -1: skipped) and static messages, each in order of time. prints int32[statics, 3]: code of the
    value of each field in each static record, -1 = it says none."""

    vessel: I32
    t_us: I64
    lon_e7: I32
    lat_e7: I32
    sog_mkn: I32
    cog_cdeg: I32
    track: I32
    static: I32
    s_vessel: I32
    s_t_us: I64
    s_static: I32
    prints: I32


class Memory(NamedTuple):
    """By vessel: fixes int64[v, N_FIX], firsts int64[v, N_FIRST], runs int64[v, 3, N_RUN]; steady int64[v, N_STEADY]:
    the static record (0 = none) that changes nothing, its last message and the fix then, not yet noted in the runs."""

    fixes: I64
    firsts: I64
    runs: I64
    steady: I64


@lean_inner
def _event(out: I64, n: int, kind: int, t: int, v: int) -> None:
    for k in range(N_EVENT):
        out[n, k] = 0
    out[n, KIND], out[n, T], out[n, V] = kind, t, v


@lean_inner
def _put_fix(out: I64, n: int, at: int, fix: I64) -> None:
    for k in range(5):
        out[n, at + k] = fix[k]


@lean_inner
def _note_steady(memory: Memory, prints: I32, v: int) -> None:
    """Note the last message of a steady record in the runs of its values."""
    steady = memory.steady[v]
    for f in range(3):
        if prints[steady[0], f] >= 0:
            run = memory.runs[v, f]
            run[R_LAST], run[R_STATIC] = steady[1], steady[0]
            for k in range(5):
                run[R_FIX + k] = steady[2 + k]
    steady[0] = 0


@lean_inner
def _hear_static(rule: RowRule, memory: Memory, prints: I32, v: int, t: int, static: int, out: I64, n: int) -> int:
    """Take what a vessel says of itself; the new number of events."""
    fix, steady = memory.fixes[v], memory.steady[v]
    if steady[0] == static:
        # Nearly every message: the same record again, all of whose values are held.
        steady[1] = t
        for k in range(5):
            steady[2 + k] = fix[k]
        return n
    if steady[0] > 0:
        _note_steady(memory, prints, v)
    held = True
    for f in range(3):
        code = prints[static, f]
        if code < 0:
            continue
        run = memory.runs[v, f]
        if run[RUN_CODE] != code:
            _event(out, n, STARTED, t, v)
            out[n, FIELD], out[n, CODE], out[n, STATIC] = f, code, static
            out[n, P_LAST] = run[R_LAST] if run[RUN_CODE] >= 0 else NEVER
            out[n, P_STATIC], out[n, P_COUNT] = run[R_STATIC], run[R_COUNT]
            for k in range(5):
                out[n, A_FIX + k] = run[R_FIX + k]
            _put_fix(out, n, B_FIX, fix)
            n += 1
            run[RUN_CODE], run[R_COUNT], run[R_FIRST], run[R_HELD] = code, 0, t, 0
        run[R_COUNT] += 1
        run[R_LAST], run[R_STATIC] = t, static
        for k in range(5):
            run[R_FIX + k] = fix[k]
        if run[R_HELD] == 0 and run[R_COUNT] >= rule.held_messages and t - run[R_FIRST] >= rule.held_us:
            run[R_HELD] = 1
            _event(out, n, HELD, t, v)
            out[n, FIELD], out[n, CODE] = f, code
            n += 1
        held = held and run[R_HELD] == 1
    if held:
        steady[0], steady[1] = static, t
        for k in range(5):
            steady[2 + k] = fix[k]
    return n


@lean_inner
def _misfit_m(rule: RowRule, old: I64, new: I64) -> float:
    """Metres between where a silent vessel would be and where a new one was first heard; -1 when it does not fit."""
    gap_s = (new[0] - old[T_]) * 1e-6
    if old[SOG] < rule.path_mkn or old[COG] < 0 or new[4] < rule.path_mkn or new[5] < 0:
        return -1.0
    if abs((new[5] - old[COG] + 54_000) % 36_000 - 18_000) > rule.path_turn_cdeg:
        return -1.0
    if abs(new[4] - old[SOG]) > max(1_000, old[SOG] // 5):
        return -1.0
    way_m = (old[SOG] + new[4]) * 0.5e-3 * KN_MS * gap_s
    limit_m = rule.path_slack_m + rule.path_share * way_m
    if abs(new[2] - old[LAT]) * 1e-7 * METRES_A_DEGREE > way_m + limit_m:
        return -1.0
    lon, lat = destination(old[LON] * 1e-7, old[LAT] * 1e-7, old[COG] * 0.01, way_m)
    off_m = distance_m(lon, lat, new[1] * 1e-7, new[2] * 1e-7)
    return off_m if off_m <= limit_m else -1.0


@lean_inner
def _candidates(rule: RowRule, memory: Memory, v: int, t: int, out: I64, n: int) -> int:
    """Vessels silent since before this one was first heard whose path it goes on; the new number of events."""
    new = memory.firsts[v]
    found = 0
    for x in range(len(memory.fixes)):
        old = memory.fixes[x]
        if x == v or old[T_] == NEVER or old[T_] > new[0] or new[0] - old[T_] > rule.path_gap_us:
            continue
        if old[N] < rule.held_messages or _misfit_m(rule, old, new) < 0.0:
            continue
        if found < MOST_CANDIDATES:
            _event(out, n, CANDIDATE, t, v)
            out[n, OTHER], out[n, STEP] = x, old[GAP]
            _put_fix(out, n, A_FIX, old)
            n += 1
        found += 1
    return n


@lean_inner
def _hear_fix(rule: RowRule, memory: Memory, m: Messages, i: int, out: I64, n: int) -> int:
    """Take a position; the new number of events."""
    v, t = m.vessel[i], m.t_us[i]
    fix, first = memory.fixes[v], memory.firsts[v]
    if fix[T_] == NEVER:
        first[0], first[1], first[2], first[3] = t, m.lon_e7[i], m.lat_e7[i], m.track[i]
        first[4], first[5], first[F_CONFIRMED] = m.sog_mkn[i], m.cog_cdeg[i], NEVER
    else:
        gap = t - fix[T_]
        if gap >= rule.silence_us:
            _event(out, n, RESUMED, t, v)
            _put_fix(out, n, A_FIX, fix)
            out[n, STEP] = fix[GAP]
            n += 1
        if first[F_CONFIRMED] == NEVER and t - first[0] >= rule.confirm_us:
            first[F_CONFIRMED] = t
            n = _candidates(rule, memory, v, t, out, n)
        fix[GAP] = gap if fix[N] == 1 else fix[GAP] + (gap - fix[GAP]) // 8
    fix[T_], fix[LON], fix[LAT], fix[TRACK] = t, m.lon_e7[i], m.lat_e7[i], m.track[i]
    fix[N] += 1
    fix[SOG], fix[COG] = m.sog_mkn[i], m.cog_cdeg[i]
    return n


@lean_kernel
def advance(rule: RowRule, memory: Memory, m: Messages, row: int, static: int, out: I64) -> tuple[int, int, int]:
    """Take messages from row ``row`` and static message ``static`` on, until all are taken or ``out`` (int64[k,
    N_EVENT]) is nearly full; the next row and static message, and how many events were written. Of one instant,
    positions come first."""
    n = 0
    rows, statics = len(m.vessel), len(m.s_vessel)
    while (row < rows or static < statics) and n + MOST_EVENTS <= len(out):
        if static >= statics or (row < rows and m.t_us[row] <= m.s_t_us[static]):
            v = m.vessel[row]
            if v >= 0:
                n = _hear_fix(rule, memory, m, row, out, n)
                if m.static[row] > 0:
                    n = _hear_static(rule, memory, m.prints, v, m.t_us[row], m.static[row], out, n)
            row += 1
        else:
            v = m.s_vessel[static]
            if v >= 0 and memory.fixes[v, T_] != NEVER:
                n = _hear_static(rule, memory, m.prints, v, m.s_t_us[static], m.s_static[static], out, n)
            static += 1
    return row, static, n
