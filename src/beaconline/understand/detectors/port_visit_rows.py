"""Rows in time order against ports and anchorages, compiled: enter, stop, silence, leave.

Decides: the columns of a visit and when it begins and ends. A fix far from every port costs one look at a cell, and a
fix that has moved less than what would carry it over a limit costs no look at all. Refuses: rows that no ship can have
reached (passed over until time makes them believable), and to bridge a silence: entering and leaving across one are not
"seen". Source: Global Fishing Watch (3 km, 4 km, 0.5 kn, silences of 4 h). Known failures: a fix between two fixes is
not solved for, so entry and exit are known to the step of the feed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import lean_inner, lean_kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.detectors.loitering_events import apart_m, lat_of, lon_of, pack
from beaconline.understand.detectors.port_visit_places import Harbours, nearest

__all__ = ["N_INTS", "Rows", "VisitRule", "advance", "close_stop", "sweep"]

TRACK, LAST_US, LAST_AT, SAFE_AT, SAFE_M, REF_US, REF_AT = 0, 1, 2, 3, 4, 5, 6
"""Of every track: last row; where the nearest port was last looked for and how far it may go from there without a new
look; where speed is measured from when none is sent."""
START, START_AT, ENTER_SEEN, OUT_US, OUT_AT, FIXES, SILENCES, SILENCE_US, MOVED_IN = 7, 8, 9, 10, 11, 12, 13, 14, 15
"""Of the visit under way (START = NO_TIME: none): first fix inside, last fix outside, silences inside."""
S_FROM, S_AT, S_TO, STOPS, STOP_US, LONG_US, LONG_FROM, LONG_AT, FIRST_AT = 16, 17, 18, 19, 20, 21, 22, 23, 24
"""The stop under way (S_FROM = NO_TIME: none), how many were long enough, the longest, the place of the first."""
P_TO, P_AT, END, END_AT, EXIT_SEEN, HOW, AFTER_US, AFTER_AT = 25, 26, 27, 28, 29, 30, 31, 32
"""End of the last stop that was long enough; the end of the visit and how it ended; the first fix outside."""
N_INTS = 33

OPEN, LEFT, MOVED_ON, LOST = 0, 1, 2, 3
"""How a visit ended: not yet; heard outside; stopped at another port of the same coast; not heard for too long."""

MOST_M_A_DEGREE = 111_700.0
"""Most metres in a degree of latitude (111,694 at a pole), and more than in one of longitude."""


class VisitRule(NamedTuple):
    """The parameters, in the units of the kernels. ``steady``: no port's validity ever changes."""

    enter_m: float
    leave_m: float
    stop_mkn: int
    stop_us: int
    same_call_m: float
    stop_reach_m: float
    beat_us: int
    port_gap_us: int
    silence_us: int
    max_bridge_us: int
    max_speed_ms: float
    slack_m: float
    steady: bool


class Rows(NamedTuple):
    """Columns of n rows in canonical order; ``use`` is False for what is no vessel or has no track."""

    t_us: I64
    lon_e7: I32
    lat_e7: I32
    track: I32
    sog_mkn: I32
    bridge_us: I64
    use: npt.NDArray[np.bool_]


@lean_inner
def _bound_m(a: int, b: int) -> float:
    """Never less than the metres between two packed places; no sine is taken."""
    east = abs(lon_of(a) - lon_of(b)) * 1e-7
    return (abs(lat_of(a) - lat_of(b)) * 1e-7 + min(east, 360.0 - east)) * MOST_M_A_DEGREE


@lean_inner
def close_stop(rule: VisitRule, n: I64) -> None:
    """Account for the stop under way and end it."""
    if n[S_FROM] != NO_TIME and n[S_TO] - n[S_FROM] >= rule.stop_us:
        long_us = n[S_TO] - n[S_FROM]
        if n[STOPS] == 0:
            n[FIRST_AT] = n[S_AT]
        n[STOPS] += 1
        n[STOP_US] += long_us
        n[P_TO], n[P_AT] = n[S_TO], n[LAST_AT] if n[LAST_US] == n[S_TO] else n[S_AT]
        if long_us > n[LONG_US]:
            n[LONG_US], n[LONG_FROM], n[LONG_AT] = long_us, n[S_FROM], n[S_AT]
    n[S_FROM] = NO_TIME


@lean_inner
def _begin(n: I64, t_us: int, place: int, seen: bool, out_us: int, out_at: int) -> None:
    n[START:N_INTS] = 0
    n[START], n[START_AT], n[ENTER_SEEN], n[OUT_US], n[OUT_AT] = t_us, place, seen, out_us, out_at
    n[S_FROM], n[REF_US], n[REF_AT] = NO_TIME, t_us, place


@lean_inner
def _end(n: I64, out: I64, heads: I64, end_us: int, end_at: int, how: int) -> None:
    n[END], n[END_AT], n[HOW] = end_us, end_at, how
    if heads[0] < len(out):
        for k in range(N_INTS):
            out[heads[0], k] = n[k]
    heads[0] += 1


@lean_inner
def _moved_on(rule: VisitRule, n: I64, out: I64, heads: I64) -> None:
    """The stop under way has become long enough far from the visit's first: it is a call at another port."""
    if n[STOPS] == 0 or _bound_m(n[FIRST_AT], n[S_AT]) <= rule.same_call_m:
        return
    if apart_m(n[FIRST_AT], n[S_AT]) <= rule.same_call_m:
        return
    since, at, to, fixes = n[S_FROM], n[S_AT], n[S_TO], n[FIXES]
    old_to, old_at = n[P_TO], n[P_AT]
    _end(n, out, heads, old_to, old_at, MOVED_ON)
    ref_us, ref_at = n[REF_US], n[REF_AT]
    _begin(n, since, at, False, old_to, old_at)
    n[S_FROM], n[S_AT], n[S_TO], n[MOVED_IN], n[FIXES] = since, at, to, 1, min(2, fixes)
    n[REF_US], n[REF_AT] = ref_us, ref_at


@lean_inner
def _stop(rule: VisitRule, n: I64, out: I64, heads: I64, t_us: int, place: int, mkn: int, gap_us: int, bridge_us: int
          ) -> None:  # fmt: skip
    """Whether the vessel lies still, by the speed it sends, or by its way since a beat ago when it sends none."""
    since, at = t_us, place
    if mkn >= 0:
        slow = mkn < rule.stop_mkn
    else:
        step_us = t_us - n[REF_US]
        if step_us < rule.beat_us:
            return
        slow = step_us <= bridge_us and apart_m(n[REF_AT], place) * 3.6e12 < rule.stop_mkn * 1852.0 * step_us
        since, at = n[REF_US], n[REF_AT]
        n[REF_US], n[REF_AT] = t_us, place
    if n[S_FROM] != NO_TIME and (not slow or gap_us > bridge_us or _bound_m(n[S_AT], place) > rule.stop_reach_m):
        close_stop(rule, n)
    if not slow:
        return
    if n[S_FROM] == NO_TIME:
        n[S_FROM], n[S_AT], n[S_TO] = max(since, n[START]), at, t_us
    else:
        was_short = n[S_TO] - n[S_FROM] < rule.stop_us
        n[S_TO] = t_us
        if was_short and t_us - n[S_FROM] >= rule.stop_us:
            _moved_on(rule, n, out, heads)


@lean_inner
def _is_inside(rule: VisitRule, harbours: Harbours, n: I64, t_us: int, place: int) -> bool:
    visiting = n[START] != NO_TIME
    if rule.steady and n[SAFE_M] > 0 and _bound_m(n[SAFE_AT], place) < n[SAFE_M]:
        return bool(visiting)
    metres, number = nearest(harbours, lon_of(place) * 1e-7, lat_of(place) * 1e-7, t_us, rule.leave_m)
    inside = number >= 0 and (visiting or metres <= rule.enter_m)
    # A hair less than the way that could carry it over a limit: straight distances fall short of those on the ground.
    free_m = rule.leave_m - metres if inside else (metres if number >= 0 else rule.leave_m) - rule.enter_m
    n[SAFE_AT], n[SAFE_M] = place, int(max(0.0, free_m * 0.999 - 1.0))
    return bool(inside)


@lean_kernel
def advance(rule: VisitRule, harbours: Harbours, state: I64, rows: Rows, first: int, out: I64, heads: I64) -> int:
    """Take rows from ``first`` on until they are done or the room for ended visits is short; the next row.

    state int64[tracks, N_INTS], changed in place; out int64[k, N_INTS] takes ended visits, heads[0] says how many.
    """
    for i in range(first, len(rows.t_us)):
        if not rows.use[i]:
            continue
        if heads[0] + 2 > len(out):
            return i
        n, t_us = state[rows.track[i]], rows.t_us[i]
        place = pack(rows.lon_e7[i], rows.lat_e7[i])
        heard = n[LAST_US] != NO_TIME
        gap_us = t_us - n[LAST_US] if heard else 0
        if heard:
            far_m = rule.max_speed_ms * gap_us * 1e-6 + rule.slack_m
            if _bound_m(n[LAST_AT], place) > far_m and apart_m(n[LAST_AT], place) > far_m:
                continue
        bridge_us = min(rows.bridge_us[i], rule.max_bridge_us)
        seen = heard and gap_us <= bridge_us
        if n[START] != NO_TIME and gap_us > rule.silence_us:
            close_stop(rule, n)
            _end(n, out, heads, n[LAST_US], n[LAST_AT], LOST)
            n[START] = NO_TIME
            n[SAFE_M] = 0
        inside = _is_inside(rule, harbours, n, t_us, place)
        if n[START] != NO_TIME:
            if inside:
                n[FIXES] += 1
                if gap_us >= rule.port_gap_us:
                    n[SILENCES] += 1
                    n[SILENCE_US] = max(n[SILENCE_US], gap_us)
                _stop(rule, n, out, heads, t_us, place, rows.sog_mkn[i], gap_us, bridge_us)
            else:
                close_stop(rule, n)
                n[EXIT_SEEN], n[AFTER_US], n[AFTER_AT] = seen, t_us, place
                _end(n, out, heads, n[LAST_US], n[LAST_AT], LEFT)
                n[START] = NO_TIME
        elif inside:
            _begin(n, t_us, place, seen, n[LAST_US], n[LAST_AT])
            n[FIXES] = 1
            _stop(rule, n, out, heads, t_us, place, rows.sog_mkn[i], 0, bridge_us)
        n[TRACK], n[LAST_US], n[LAST_AT] = rows.track[i], t_us, place
    return len(rows.t_us)


@lean_kernel
def sweep(rule: VisitRule, state: I64, watermark_us: int, out: I64, heads: I64) -> None:
    """End visits of tracks not heard for so long that nothing can continue them. The caller has made room for all."""
    for track in range(len(state)):
        n = state[track]
        if n[LAST_US] != NO_TIME and n[START] != NO_TIME and watermark_us - n[LAST_US] > rule.silence_us:
            close_stop(rule, n)
            _end(n, out, heads, n[LAST_US], n[LAST_AT], LOST)
            n[START] = NO_TIME
            n[SAFE_M] = 0


@lean_kernel
def end_all(rule: VisitRule, visits: I64, as_of_us: int) -> None:
    """End copies of visits under way, int64[k, N_INTS], as they stand at an instant."""
    for k in range(len(visits)):
        n = visits[k]
        close_stop(rule, n)
        n[END], n[END_AT] = n[LAST_US], n[LAST_AT]
        n[HOW] = LOST if as_of_us - n[LAST_US] > rule.silence_us else OPEN
