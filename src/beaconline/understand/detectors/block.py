"""Block: one vessel manoeuvres into another's bow and holds there, and the other turns away or stops after it.

Decides: for every pair within 3 nm, both moving: a manoeuvre of the one that makes the closest approach fall, its hold
in the bow sector of the other, and the other's turn or loss of speed after it, in that order (``block_scan``,
``block_judge``). Refuses: who had to give way, and intent: a stand-on vessel that only keeps its way blocks nobody.
Source: behaviours page. Known failures: those of ``block_scan`` and ``block_judge``; a vessel that lies in wait and
never moves; several vessels that close a way together are told in pairs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.geo.geodesy import KN_MS
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import I64
from beaconline.understand.context.protocol import Context
from beaconline.understand.detectors import block_scan as scan
from beaconline.understand.detectors import block_words as words
from beaconline.understand.detectors.block_judge import Limits, judge
from beaconline.understand.detectors.shadow_beats import Beats, grouped
from beaconline.understand.detectors.shadow_motion import BEAT_US, REACH, T_US
from beaconline.understand.ground import Ground
from beaconline.understand.pairs.engine import PairRule, Runs
from beaconline.understand.pairs.family import FAMILY_CLASSES, PairView
from beaconline.understand.step import Params, numbers_of

__all__ = ["DEFAULTS", "LARGEST", "STATE_CLASSES", "Block", "BlockState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "distance_m": 5_556,  # 3 nm: where a manoeuvre into another's way begins to matter; as for shadow
    "range_m": 3_704,  # 2 nm: a bow held farther off forces nobody within ten minutes
    "near_m": 1_389,  # 0.75 nm: a closest approach that few masters accept at sea, where 1 nm is usual
    "sector_deg": 30.0,  # either side of the bow
    "hold_s": 180,  # in the bow for so long before the target gives up its way
    "target_speed_kn": 3.0,  # a target slower than this has no way to give up
    "lowered_share": 0.6,  # the manoeuvre brings the closest approach to at most this share of what it was
    "turn_deg": 20.0,  # least turn of the blocker
    "speed_change_kn": 2.0,  # least change of speed of either
    "speed_change_share": 0.25,  # and at least this share of the greater speed
    "target_turn_deg": 25.0,  # least turn of the target
    "target_slow_share": 0.3,  # least loss of speed of the target
    "great_turn_deg": 60.0,  # a turn of the target beyond an ordinary give-way
    "standstill_s": 120,  # so long under 1 kn is standing still
    "slow_share": 0.6,  # a blocker at less than this share of the target's speed holds, and does not go by
    "port_distance_m": 10_000,  # as for encounter: nearer to a port ships turn and stop for many reasons
    "near_shore_m": 3_704,  # 2 nm, as for encounter
    "max_bridge_s": 7_200,  # as for encounter: kinds that differ in these three cannot share one window
    "max_leg_speed_kn": 100.0,  # as encounter: a leg that needs a faster vessel is not believed
    "leg_slack_m": 500.0,  # as encounter: noise between fixes a moment apart is no speed
}
"""Start values with their origin; the profile lays others over them. Own values where no page is named."""

LARGEST: dict[str, float] = {
    "distance_m": 20_000,  # the answer grows with the square of it
    "range_m": 20_000,
    "near_m": 20_000,
    "sector_deg": 180.0,
    "hold_s": 1_500,  # an event looks no further for the target's manoeuvre
    "target_speed_kn": 1_000,
    "lowered_share": 1.0,
    "turn_deg": 180.0,
    "speed_change_kn": 1_000,
    "speed_change_share": 1.0,
    "target_turn_deg": 180.0,
    "target_slow_share": 1.0,
    "great_turn_deg": 180.0,
    "standstill_s": 2_400,
    "slow_share": 100.0,
    "port_distance_m": 1_000_000,
    "near_shore_m": 1_000_000,
    "max_bridge_s": 86_400,
    "max_leg_speed_kn": 10_000,
    "leg_slack_m": 100_000,
}
"""A profile may not ask for more than this: memory and time are bounded by it."""

LEAST_KN = 2.0
"""Legs of either slower than this end a run: pairs at rest are many, and neither is in the other's way."""

SHORTEST_US = 30_000_000
"""Shorter runs (30 s, one beat) are dropped: a vessel that stops at the edge of reach moves within it for moments."""

AROUND = 10
"""Beats (5 min) before a run's start and after its end in which a manoeuvre still belongs to it: stopping ends a run,
and takes minutes."""

AHEAD = scan.ANSWER + scan.MEET
"""Beats (75 min) that an event waits for its end: the target's answer, and a meeting after it."""

WINDOW_US = 8_100_000_000
"""Fixes are kept for so long (135 min): 75 minutes that an event waits for its end, 40 that it looks back, and some."""

MOST_EVENTS = 64
"""Events taken of one pair in one part of a run; they lie 15 minutes apart at least."""


@dataclass(slots=True)
class BlockEvent:
    """Track codes, and what was measured (int64[EVENT] of ``block_scan``)."""

    blocker: int
    target: int
    row: I64


@dataclass(slots=True)
class BlockState:
    """waiting: runs that ended and are not worked out to their end, int64[n, 5]: tracks, start, end, first beat not
    worked out; until: the same beat of runs that go on, by (track, track, start); found: events of theirs not yet
    told."""

    waiting: I64 = field(default_factory=lambda: np.zeros((0, 5), np.int64))
    until: dict[tuple[int, int, int], int] = field(default_factory=dict)
    found: list[BlockEvent] = field(default_factory=list)


STATE_CLASSES: tuple[type, ...] = (*FAMILY_CLASSES, BlockState, BlockEvent)
"""Classes that a saved state of this kind holds."""


class Block:
    """The kind ``block``, a member of the family of pairs; see the module."""

    name = "block"
    version = "1"

    def __init__(self, context: Context, params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        self.context = context
        n = numbers_of("block", self.params, LARGEST)
        self.rule = PairRule(
            radius_m=n["distance_m"],
            max_bridge_us=int(n["max_bridge_s"] * 1e6),
            max_leg_speed_kn=n["max_leg_speed_kn"],
            leg_slack_m=n["leg_slack_m"],
            keep_us=SHORTEST_US,
            movers=2,
            least_kn=LEAST_KN,
            window_us=WINDOW_US,
        )
        self.limits = Limits(
            slow_share=n["slow_share"],
            great_turn_deg=n["great_turn_deg"],
            standstill_s=n["standstill_s"],
            port_distance_m=int(n["port_distance_m"]),
            near_shore_m=int(n["near_shore_m"]),
        )
        bow = math.cos(math.radians(n["sector_deg"]))
        hold = n["hold_s"] * 1e6 / BEAT_US
        self.scan_limits = (n["range_m"], n["near_m"], bow, n["target_speed_kn"] * KN_MS, n["lowered_share"], hold)
        speed_ms, share = n["speed_change_kn"] * KN_MS, n["speed_change_share"]
        self.least = (math.radians(n["turn_deg"]), speed_ms, share)
        self.gives = (math.radians(n["target_turn_deg"]), speed_ms, n["target_slow_share"])
        self.great = (math.radians(n["great_turn_deg"]), speed_ms, share)
        self.leg_rule = (self.rule.max_bridge_us, self.rule.max_leg_speed_kn * KN_MS * 1e-6, self.rule.leg_slack_m)

    def start(self) -> BlockState:
        """The state before any row."""
        return BlockState()

    def ended(self, state: BlockState, runs: Runs, view: PairView) -> list[Draft]:
        """Events in runs that ended, as far as the settled border lets them be worked out; and those noted before."""
        found, state.found = state.found, []
        table = np.concatenate([state.waiting, _begun(runs.table, state.until)])
        for a, b, start, _, _ in runs.table.tolist():
            state.until.pop((a, b, start), None)
        last = _last_beat(table[:, 3])
        stop = np.minimum(last, _ripe(view))
        found += self._events(table, stop, view, view.border_us)
        table[:, 4] = np.maximum(table[:, 4], stop)
        state.waiting = table[table[:, 4] < last]
        return self._drafts(found, view, None)

    def note(self, state: BlockState, runs: Runs, view: PairView) -> None:
        """Work out runs that go on, as far as the settled border lets them be."""
        table = _begun(runs.table, state.until)
        table = table[table[:, 4] < _ripe(view)]
        state.found += self._events(table, np.full(len(table), _ripe(view)), view, view.border_us)
        state.until = {(row[0], row[1], row[2]): _ripe(view) for row in table.tolist()}

    def pending(self, state: BlockState, runs: Runs, view: PairView, as_of_us: int) -> list[Draft]:
        """Events that are not settled, if the data ended at ``as_of_us``."""
        table = np.concatenate([state.waiting, _begun(runs.table, state.until)])
        found = self._events(table, _last_beat(table[:, 3]), view, as_of_us)
        return self._drafts(state.found, view, None) + self._drafts(found, view, as_of_us)

    def _events(self, table: I64, stop: I64, view: PairView, last_us: int) -> list[BlockEvent]:
        """Events whose first manoeuvre lies in the beats from ``table[:, 4]`` up to ``stop`` (excluded)."""
        go = stop > table[:, 4]
        codes = np.ascontiguousarray(table[go, :2])
        beats = np.stack([table[go, 4], stop[go]], axis=1)
        look = np.zeros((len(codes), 2), np.bool_)
        for which, held in self._held(view, codes, beats, (REACH, REACH), last_us):
            scan.worth_a_look(held.at, held.change, held.base, codes, beats, which, self.least, self.scan_limits, look)
        some = look.any(axis=1)
        codes, beats, look = codes[some], beats[some], look[some]
        out: list[BlockEvent] = []
        for which, held in self._held(view, codes, beats, (scan.BACK + REACH, AHEAD + REACH), last_us):
            for r in which.tolist():
                out += self._pair(codes[r].tolist(), beats[r].tolist(), look[r].tolist(), held)
        return out

    def _held(
        self, view: PairView, codes: I64, beats: I64, margins: tuple[int, int], last_us: int
    ) -> Iterator[tuple[I64, Beats]]:
        """Groups of runs with the places of their tracks on their beats, and so many before and after."""
        first, stop = beats[:, 0] - margins[0], beats[:, 1] + margins[1]
        tracks = len(view.pairs.vessel)
        return grouped(view.fixes, tracks, codes, first, stop, last_us, self.leg_rule, with_changes=True)

    def _pair(self, codes: list[int], beats: list[int], look: list[bool], held: Beats) -> list[BlockEvent]:
        """Events of one run, either of the two as the target where it is worth a look."""
        first, stop = beats[0] - scan.BACK - REACH, beats[1] + AHEAD + REACH
        at = [held.of(code, first, stop) for code in codes]
        change = [held.changes_of(code, first, stop) for code in codes]
        out = []
        for target in (0, 1):
            if not look[target]:
                continue
            room = np.zeros((MOST_EVENTS, scan.EVENT), np.int64)
            found = scan.find_events(
                at[target], at[1 - target], change[target], change[1 - target], first, beats[0] - first,
                beats[1] - first, self.least, self.gives, self.great, self.scan_limits, room,
            )  # fmt: skip
            out += [BlockEvent(codes[1 - target], codes[target], room[r].copy()) for r in range(found)]
        return out

    def _drafts(self, events: list[BlockEvent], view: PairView, as_of_us: int | None) -> list[Draft]:
        out = []
        for event in events:
            begun_us, at_us = int(event.row[scan.LOWERED + T_US]), int(event.row[scan.GAVE_UP + T_US])
            said = [view.said_at(code, at_us) for code in (event.blocker, event.target)]
            verdict = judge(event.row, self.limits, said)
            if verdict is None:
                continue
            watched_us = max(begun_us + scan.AHEAD * BEAT_US, at_us + scan.MEET * BEAT_US)
            is_open = as_of_us is not None and as_of_us < watched_us
            shown = words.Shown(
                event.blocker, event.target, event.row, verdict, self.limits, is_open, settled=as_of_us is None
            )
            out.append(words.draft(shown, view.book, self.context))
        return out


def _begun(table: I64, until: dict[tuple[int, int, int], int]) -> I64:
    """Runs with the first beat not worked out instead of their closest approach."""
    out = table.copy()
    out[:, 4] = -(-table[:, 2] // BEAT_US) - AROUND
    if until:
        for r, (a, b, start, _, _) in enumerate(table.tolist()):
            out[r, 4] = until.get((a, b, start), out[r, 4])
    return out


def _last_beat(end_us: I64) -> I64:
    """The last beat (excluded) at which a manoeuvre belongs to a run."""
    out: I64 = end_us // BEAT_US + 1 + AROUND
    return out


def _ripe(view: PairView) -> int:
    """The first beat whose events may still need a leg that is not settled."""
    return int(view.border_us // BEAT_US) - AHEAD - REACH - 1


def build(ground: Ground, params: Params) -> Block:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return Block(ground.context, params)
