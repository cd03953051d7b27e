"""Asks of a stretch of following who else sailed there: at its start and end, and at every turn of the leader.

Decides: which place, course and time to ask ``shadow_others`` about, and notes the answers in the stretch, each once.
Refuses: to ask later than the fixes are kept: long stretches are asked about as they go on. Source: own method.
Known failures: those of ``shadow_others``; changes of speed have no course, so others are looked for by the course on
which the leader sailed.
"""

from __future__ import annotations

from beaconline.foundation.geo.geodesy import bearing_deg
from beaconline.understand.detectors import shadow_trail as trail
from beaconline.understand.detectors.shadow_judge import Stretch, place
from beaconline.understand.detectors.shadow_motion import AFTER, BEFORE, KIND, LAT, LON, OTHERS, T_US, TURN_MOVE
from beaconline.understand.detectors.shadow_others import AFTER_US, others_at
from beaconline.understand.pairs.family import PairView

__all__ = ["ask_others"]

SAME_COURSE_DEG = 30.0
"""Courses before and after at most so far from the leader's: a lane is sailed with some drift, a bend with some cut."""


def _ask(
    stretch: Stretch, view: PairView, at: tuple[int, int, int], courses: tuple[float, float], radius_m: float
) -> int:
    fixes = view.fixes
    return others_at(
        fixes.t_us, fixes.track, fixes.lon_e7, fixes.lat_e7, view.pairs.vessel, stretch.leader, stretch.follower,
        at, courses, radius_m, SAME_COURSE_DEG, min(AFTER_US, view.max_bridge_us),
    )  # fmt: skip


def _on_line(stretch: Stretch, view: PairView, t_us: int, moment: int, radius_m: float) -> int:
    """Other vessels at the leader's place at a moment of the stretch, on the course from the follower to it."""
    lead, follow = place(stretch.head, moment), place(stretch.head, moment + 3)
    course = bearing_deg(follow[0] * 1e-7, follow[1] * 1e-7, lead[0] * 1e-7, lead[1] * 1e-7)
    return _ask(stretch, view, (t_us, *lead), (course, course), radius_m)


def ask_others(stretch: Stretch, view: PairView, radius_m: float, *, is_over: bool) -> None:
    """Fill in what was not asked before: the start, every turn of the leader, and when it is over the end."""
    head = stretch.head
    if head[trail.OTHERS_START] < 0:
        at_us = int(head[trail.START_US])
        head[trail.OTHERS_START] = _on_line(stretch, view, at_us, trail.AT_START, radius_m)
    if is_over and head[trail.OTHERS_END] < 0:
        at_us = int(head[trail.LAST_US])
        head[trail.OTHERS_END] = _on_line(stretch, view, at_us, trail.AT_END, radius_m)
    for row in stretch.moves[0, : head[trail.MOVES]]:
        if row[OTHERS] < 0 and row[KIND] == TURN_MOVE:
            courses = (float(row[BEFORE]) / 100.0, float(row[AFTER]) / 100.0)
            row[OTHERS] = _ask(stretch, view, (int(row[T_US]), int(row[LON]), int(row[LAT])), courses, radius_m)
