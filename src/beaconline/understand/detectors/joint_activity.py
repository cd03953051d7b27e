"""Joint activity: hulls of different forces that hold at one place together, and the role of each.

Decides: where hulls of two or more forces (by dated lists; a vessel that no list knows counts by the type of ship that
it sends) held within 12 nm of one spot at once, whether dealing times or forces at random would show the like, and what
each hull did there. Refuses: to say who commands, or why; a fishing fleet with those who police it; and, where the run
is too short or the hulls too few for chance to be ruled out, to raise it for an officer: it is kept as context and says
so. Without a list that names an acting force nothing is found.
Source: behaviours page, ``joint_activity``; the tests and their papers: ``joint.chance``. Known failures: see
``joint.slots``, ``joint.hulls``, ``joint.areas``, ``joint.activity`` and ``joint.roles``; memory is four weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.report import SENSORS
from beaconline.foundation.table.reports import Pools
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.detectors import joint_activity_words as words
from beaconline.understand.forces.said import Said
from beaconline.understand.ground import Ground
from beaconline.understand.joint.activity import Rule, activities
from beaconline.understand.joint.hulls import ACTING, hulls_of, labels_of, matters, whereabouts
from beaconline.understand.joint.meetings import earlier
from beaconline.understand.joint.roles import forces_by_track, parts_of
from beaconline.understand.joint.slots import JointState, Slots, all_slots, cut_memory, take_rows
from beaconline.understand.step import Params, Tick

__all__ = ["DEFAULTS", "LARGEST", "STATE_CLASSES", "JointActivity", "JointActivityState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "radius_m": 22_224,  # 12 nm (behaviours page); smaller loses hulls that stand off, larger joins neighbours
    "window_s": 86_400,  # 24 h (behaviours page); a shorter break is one activity: crews rest and transmitters go dark
    "hold_s": 14_400,  # 4 h; a fisheries inspection takes one to two, with the way from boat to boat three
    "slow_speed_kn": 8.0,  # holding station or fishing; a patrol on its way makes 12 and more
    "crowd_hulls": 4,  # as in raft: four hulls side by side are seldom an accident
    "crowd_m": 1_852.0,  # 1 nm; hulls that swing at anchor in company lie within it
    "level": 0.05,  # after correction for the number of tests; smaller asks for longer runs
    "draws": 1_999,  # no p under 1/2000: ten areas and two tests each can still be told apart
    "seed": 20_260_102,  # any number; another one moves p by its sampling error, about 0.005 at 0.05
    "slot_s": 1_800,  # half an hour: a hull at 6 kn moves 3 nm in it, a quarter of the radius
    "history_days": 28,  # memory of vessels that count; four weeks hold a spring and a neap tide twice, about 31 kB
    "max_bridge_s": 7_200,  # no longer gap is bridged, whatever the feed
    "port_distance_m": 10_000,  # GFW: nearer to a port or an anchorage is counter-evidence
    "near_shore_m": 3_704,  # 2 nm: the coastline in use is off by up to 1 km, and basins reach inland
}
"""Start values with their origin; the profile lays others over them."""

BOUNDS: dict[str, tuple[float, float]] = {
    "radius_m": (1.0, 200_000),
    "window_s": (1_800, 31 * 86_400),
    "hold_s": (1_800, 31 * 86_400),
    "slow_speed_kn": (0.1, 300),
    "crowd_hulls": (2, 1_000),
    "crowd_m": (1.0, 20_000),
    "level": (0.0, 1.0),
    "draws": (999, 100_000),
    "seed": (0, 1_000_000_000),
    "slot_s": (300, 1_800),
    "history_days": (2, 62),
    "max_bridge_s": (0, 86_400),
    "port_distance_m": (0, 1_000_000),
    "near_shore_m": (0, 1_000_000),
}
"""What a profile may ask for: memory grows with days and shorter slots, time with draws; fewer draws than 999 are no
test."""
LARGEST: dict[str, float] = {key: most for key, (_, most) in BOUNDS.items()}

NO_PLACE = frozenset(SENSORS.index(name) for name in ("ais_base", "ais_aton"))
"""Sensors on the shore and on buoys. Search-and-rescue aircraft are kept: they speak against a finding."""


@dataclass(slots=True)
class JointActivityState:
    """Slots of all tracks, and by track code: 1 a vessel or a rescue signal, 0 a coast station or a buoy."""

    slots: JointState = field(default_factory=JointState)
    moves: list[int] = field(default_factory=list)


STATE_CLASSES: tuple[type, ...] = (JointActivityState, JointState, Slots)
"""Classes that a saved state of this kind holds."""


class JointActivity:
    """The kind ``joint_activity``; see the module. ``ground`` answers about places and forces."""

    name = "joint_activity"
    version = "1"
    after = (
        "gap", "encounter", "loitering", "port_visit", "raft", "shadow", "block", "zone_entry", "listed_seen",
    )  # fmt: skip

    def __init__(self, ground: Ground, params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        self.ground = ground
        number = {key: float(value) for key, value in self.params.items()}
        for key, (least, most) in BOUNDS.items():
            if not least <= number[key] <= most:
                raise ValueError(f"[joint_activity] {key}: {self.params[key]} is outside {least:g} to {most:g}")
        if 86_400 % number["slot_s"]:
            raise ValueError(f"[joint_activity] slot_s: {self.params['slot_s']} does not divide a day of 86400 s")
        slot_s = number["slot_s"]
        self.slot_us = int(slot_s * 1e6)
        self.bridge_us = int(number["max_bridge_s"] * 1e6)
        self.history_days = int(number["history_days"])
        self.rule = Rule(
            slot_us=self.slot_us,
            radius_m=number["radius_m"],
            slow_ckn=round(number["slow_speed_kn"] * 100),
            hold_slots=-int(-number["hold_s"] // slot_s),
            window_slots=int(number["window_s"] // slot_s),
            crowd=int(number["crowd_hulls"]),
            crowd_m=number["crowd_m"],
            level=number["level"],
            draws=int(number["draws"]),
            seed=int(number["seed"]),
        )
        self.limits = words.Limits(int(number["port_distance_m"]), int(number["near_shore_m"]))

    def start(self) -> JointActivityState:
        """The state before any row."""
        return JointActivityState()

    def step(self, state: JointActivityState, tick: Tick) -> tuple[JointActivityState, list[Draft]]:
        """Take rows; no draft: what this kind finds rests on the whole run and on other kinds' findings."""
        for new in range(len(state.moves), len(tick.book)):
            mmsi = tick.book.mmsi[new]
            state.moves.append(int(mmsi < 0 or mmsi // 10_000_000 not in (0, 99)))
        rows = tick.reports
        code = tick.track.copy()
        for sensor in NO_PLACE:
            code[rows.sensor == sensor] = -1
        if len(code) and not all(state.moves):
            code[(code >= 0) & (np.array(state.moves, np.int32)[np.maximum(code, 0)] == 0)] = -1
        take_rows(
            state.slots, len(tick.book), code, rows.t_us, rows.lon_e7, rows.lat_e7, rows.sog_mkn, tick.bridge_us,
            self.slot_us, self.bridge_us,
        )  # fmt: skip
        cut_memory(
            state.slots, tick.watermark_us, lambda track, t_us: self._matters(tick.said, tick.book, track, t_us),
            self.slot_us, self.history_days,
        )  # fmt: skip
        return state, []

    def _matters(self, said: Said, book: TrackBook, code: int, t_us: int) -> bool:
        return words.is_rescue(book.mmsi[code]) or matters(self.ground.forces, said, book, code, t_us)

    def finish(self, state: JointActivityState, as_of_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """Nothing: see ``finish_after``."""
        return []

    def finish_after(
        self, state: JointActivityState, as_of_us: int, book: TrackBook, pools: Pools, said: Said,
        drafts: Sequence[Draft],
    ) -> list[Draft]:  # fmt: skip
        """Every activity of the run as far as it is remembered; leaves the state as it is."""
        slots = all_slots(
            state.slots, as_of_us, lambda track, t_us: self._matters(said, book, track, t_us),
            self.slot_us, self.history_days,
        )  # fmt: skip
        hulls, index = hulls_of(slots, self.ground.forces, said, book, self.slot_us)
        if not any(hull.listed and hull.force in ACTING for hull in hulls):
            return []
        where = whereabouts(slots, index, book, self.slot_us)
        names, labels = labels_of(hulls)
        rescue = words.rescues(slots, book, self.slot_us)
        forces = forces_by_track(where, hulls)
        out = []
        for each in activities(where, hulls, self.rule):
            parts = parts_of(where, each, labels, hulls, drafts, self.rule)
            story = words.Story(
                each, parts, hulls, earlier(where, each, labels, names, self.rule),
                words.related(drafts, parts, forces), rescue,
                int(where.slot.min()), int(where.slot.max()),
            )  # fmt: skip
            out.append(words.draft(story, self.rule, self.limits, self.ground, book, as_of_us))
        return out


def build(ground: Ground, params: Params) -> JointActivity:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return JointActivity(ground, params)
