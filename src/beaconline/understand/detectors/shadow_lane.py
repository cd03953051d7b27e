"""Asks of a stretch of following who else sailed there: at its start and end, and at every turn of the leader.

Decides: which place, course and time to ask ``shadow_others`` about, and notes the answers in the stretch, each once.
Refuses: to ask later than the fixes are kept: long stretches are asked about as they go on. Source: own method.
Known failures: those of ``shadow_others``; changes of speed have no course, so others are looked for by the course on
which the leader sailed.
"""

from __future__ import annotations

import numpy as np

from beaconline.foundation.geo.geodesy import bearing_deg
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.detectors import shadow_trail as trail
from beaconline.understand.detectors.shadow_judge import Stretch, place
from beaconline.understand.detectors.shadow_motion import AFTER, BEFORE, KIND, LAT, LON, OTHERS, T_US, TURN_MOVE
from beaconline.understand.detectors.shadow_others import AFTER_US, by_cell, others_at
from beaconline.understand.pairs.family import PairView
from beaconline.understand.pairs.measure import index_by_track

__all__ = ["Lane"]

BUCKETS = 16_384
"""Buckets of the index of places; only speed depends on it."""

SAME_COURSE_DEG = 30.0
"""Courses before and after at most so far from the leader's: a lane is sailed with some drift, a bend with some cut."""


class Lane:
    """The traffic of a view, put in order when the first question comes."""

    def __init__(self, view: PairView, radius_m: float) -> None:
        self.view, self.radius_m = view, radius_m
        self.after_us = min(AFTER_US, view.max_bridge_us)
        self._ordered: tuple[I32, I64, tuple[I32, I64]] | None = None

    def ask(self, stretch: Stretch, *, is_over: bool) -> None:
        """Fill in what was not asked before: the start, every turn of the leader, and when it is over the end."""
        head = stretch.head
        if head[trail.OTHERS_START] < 0:
            head[trail.OTHERS_START] = self._on_line(stretch, int(head[trail.START_US]), trail.AT_START)
        if is_over and head[trail.OTHERS_END] < 0:
            head[trail.OTHERS_END] = self._on_line(stretch, int(head[trail.LAST_US]), trail.AT_END)
        for row in stretch.moves[0, : head[trail.MOVES]]:
            if row[OTHERS] < 0 and row[KIND] == TURN_MOVE:
                at, courses = (int(row[T_US]), int(row[LON]), int(row[LAT])), (float(row[BEFORE]), float(row[AFTER]))
                row[OTHERS] = self._others(stretch, at, (courses[0] / 100.0, courses[1] / 100.0))

    def _on_line(self, stretch: Stretch, t_us: int, moment: int) -> int:
        """Other vessels at the leader's place at a moment of the stretch, on the course from the follower to it."""
        lead, follow = place(stretch.head, moment), place(stretch.head, moment + 3)
        course = bearing_deg(follow[0] * 1e-7, follow[1] * 1e-7, lead[0] * 1e-7, lead[1] * 1e-7)
        return self._others(stretch, (t_us, *lead), (course, course))

    def _others(self, stretch: Stretch, at: tuple[int, int, int], courses: tuple[float, float]) -> int:
        fixes, vessel = self.view.fixes, self.view.pairs.vessel
        if self._ordered is None:
            rows, offset = index_by_track(fixes.track, np.ones(len(vessel), np.uint8))
            self._ordered = rows, offset, by_cell(fixes.lon_e7, fixes.lat_e7, BUCKETS)
        rows, offset, cells = self._ordered
        return others_at(
            fixes.t_us, fixes.track, fixes.lon_e7, fixes.lat_e7, vessel, rows, offset, cells, stretch.leader,
            stretch.follower, at, courses, self.radius_m, SAME_COURSE_DEG, self.after_us,
        )  # fmt: skip
