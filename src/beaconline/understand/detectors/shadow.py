"""Shadow: one vessel keeps in the path of another for a while, and turns after it.

Decides: for every pair within 3 nm, both moving, for 20 minutes or more: the stretches in which one sails where the
other sailed before it, at a lag or a range that hardly changes; who leads and who follows; which turns and changes of
speed of the leader the follower made after it, and whether anybody else made them there. Refuses: intent, and two ships
on one lane: what only shares a path goes to the context queue or is not told (``shadow_judge``).
Source: behaviours page. Proximity alone had a precision of 0.12, with course 0.21, with the path re-traced 0.72; the
turns are what is left to tell a shadow from a lane. Known failures: those of ``shadow_trail`` and ``shadow_judge``; a
follower that stays on the quarter more than 0.4 nm off the leader's path is not seen; three vessels in
column stay in the context queue, whoever they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.geo.geodesy import KN_MS
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import I64
from beaconline.understand.context.protocol import Context
from beaconline.understand.detectors import shadow_trail as trail
from beaconline.understand.detectors import shadow_words as words
from beaconline.understand.detectors.shadow_beats import Beats, grouped
from beaconline.understand.detectors.shadow_judge import (
    Limits,
    Stretch,
    Verdict,
    has_lasted,
    is_long,
    judge,
    least_coarse,
)
from beaconline.understand.detectors.shadow_lane import Lane
from beaconline.understand.detectors.shadow_motion import BEAT_US, N_MOVE, REACH, changes
from beaconline.understand.ground import Ground
from beaconline.understand.pairs.engine import PairRule, Runs
from beaconline.understand.pairs.family import FAMILY_CLASSES, PairView
from beaconline.understand.step import Params, numbers_of

__all__ = ["DEFAULTS", "LARGEST", "STATE_CLASSES", "Followed", "Shadow", "ShadowState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "distance_m": 5_556,  # 3 nm (behaviours page); the number of pairs looked at grows with the square of it
    "duration_s": 1_200,  # 20 min within that distance (behaviours page); shorter finds every overtaking
    "speed_kn": 3.0,  # both median speeds at least this (behaviours page); slower is drifting or fishing together
    "retrace_s": 600,  # of it so long on the leader's path; the path before the first fix is not known
    "retrace_share": 0.75,  # of the stretch's beats so many on the path: a turn cut short leaves it for minutes
    "patience_s": 300,  # off the path for longer ends the stretch
    "cross_track_m": 741,  # 0.4 nm off the leader's path: who steers for a leader 1.5 nm ahead cuts corners so far
    "cross_spread_m": 450,  # half the width that holds 8 beats of 10
    "steady_share": 0.5,  # lag, or range, of 10 % to 90 % of the beats differ by at most this share of their median
    "turn_deg": 20.0,  # smaller turns are steering and wind
    "speed_change_kn": 2.0,  # smaller changes of speed are tide and sea
    "speed_change_share": 0.2,  # and they are at least this share of the greater speed
    "answer_deg": 60.0,  # degrees of turn answered that nobody else made there: a bend of a lane is mostly less
    "others_m": 1_852,  # 1 nm: who passes a place within it may be on the same lane
    "lane_vessels": 2,  # so many others on the same line, and following without an answer is traffic
    "port_distance_m": 10_000,  # as for encounter: nearer to a port, paths are shared because there is one way in
    "near_shore_m": 3_704,  # 2 nm, as for encounter
    "max_bridge_s": 7_200,  # as for encounter: kinds that differ in these three cannot share one window
    "max_leg_speed_kn": 100.0,  # as encounter: a leg that needs a faster vessel is not believed
    "leg_slack_m": 500.0,  # as encounter: noise between fixes a moment apart is no speed
}
"""Start values with their origin; the profile lays others over them."""

LARGEST: dict[str, float] = {
    "distance_m": 20_000,  # the answer grows with the square of it
    "duration_s": 7 * 86_400,  # fixes are kept for so long
    "speed_kn": 1_000,
    "retrace_s": 7 * 86_400,
    "retrace_share": 1.0,
    "patience_s": 3_600,
    "cross_track_m": 20_000,
    "cross_spread_m": 20_000,
    "steady_share": 100.0,
    "turn_deg": 180.0,
    "speed_change_kn": 1_000,
    "speed_change_share": 1.0,
    "answer_deg": 100_000,
    "others_m": 20_000,
    "lane_vessels": 1_000_000,
    "port_distance_m": 1_000_000,
    "near_shore_m": 1_000_000,
    "max_bridge_s": 86_400,
    "max_leg_speed_kn": 10_000,
    "leg_slack_m": 100_000,
}
"""A profile may not ask for more than this: memory and time are bounded by it."""

SLOWEST_SHARE = 2 / 3
"""Legs slower than this share of ``speed_kn`` end a run: a leader may slow down for a moment without shaking it off."""

LEAST_LAG_S = 30.0
"""A follower less than this behind is abreast: one beat."""

SAME_WAY = math.cos(math.radians(60.0))
"""The follower's way and that of the leader there differ by at most 60 degrees: between turning and turned."""

WINDOW_US = 6_000_000_000
"""Fixes are kept for so long (100 min): the leader's path of 40 minutes, the lane's traffic half an hour before that,
and 20 minutes in which a young run need not be accounted for."""

ASK_US = 600_000_000
"""A stretch so long (10 min) is worth asking who else sailed there, while the fixes that tell it are kept."""

YOUNG_US = 1_200_000_000
"""Runs younger than this are worked out from their fixes, older ones are accounted for as time goes on."""


Name = tuple[int, int, int]
"""A run: both tracks and its start."""


@dataclass(slots=True)
class Followed:
    """A long run so far: worked out up to a beat (excluded); for either of the two as the leader the stretch that is
    going on."""

    until_beat: int
    going: list[Stretch | None]


@dataclass(slots=True)
class ShadowState:
    """Long open runs by (track, track, start); stretches that are over in runs that are not, not yet told."""

    runs: dict[Name, Followed] = field(default_factory=dict)
    over: list[Stretch] = field(default_factory=list)


STATE_CLASSES: tuple[type, ...] = (*FAMILY_CLASSES, ShadowState, Followed, Stretch)
"""Classes that a saved state of this kind holds."""


class Shadow:
    """The kind ``shadow``, a member of the family of pairs; see the module."""

    name = "shadow"
    version = "1"

    def __init__(self, context: Context, params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        self.context = context
        n = numbers_of("shadow", self.params, LARGEST)
        self.rule = PairRule(
            radius_m=n["distance_m"],
            max_bridge_us=int(n["max_bridge_s"] * 1e6),
            max_leg_speed_kn=n["max_leg_speed_kn"],
            leg_slack_m=n["leg_slack_m"],
            keep_us=int(n["duration_s"] * 1e6),
            movers=2,
            least_kn=n["speed_kn"] * SLOWEST_SHARE,
            window_us=WINDOW_US,
        )
        self.limits = Limits(
            duration_us=int(n["duration_s"] * 1e6),
            retrace_us=int(n["retrace_s"] * 1e6),
            retrace_share=n["retrace_share"],
            speed_kn=n["speed_kn"],
            cross_m=n["cross_track_m"],
            cross_spread_m=n["cross_spread_m"],
            steady_share=n["steady_share"],
            answer_deg=n["answer_deg"],
            lane_vessels=int(n["lane_vessels"]),
            port_distance_m=int(n["port_distance_m"]),
            near_shore_m=int(n["near_shore_m"]),
        )
        self.others_m = n["others_m"]
        self.least_coarse = least_coarse(self.limits)
        self.patience_us = int(n["patience_s"] * 1e6)
        self.beat_limits = (n["cross_track_m"], LEAST_LAG_S, n["speed_kn"] * SLOWEST_SHARE * KN_MS, SAME_WAY)
        self.least = (math.radians(n["turn_deg"]), n["speed_change_kn"] * KN_MS, n["speed_change_share"])
        self.leg_rule = (self.rule.max_bridge_us, self.rule.max_leg_speed_kn * KN_MS * 1e-6, self.rule.leg_slack_m)

    def start(self) -> ShadowState:
        """The state before any row."""
        return ShadowState()

    def ended(self, state: ShadowState, runs: Runs, view: PairView) -> list[Draft]:
        """What is told of stretches that are over, in runs that ended and in runs that go on."""
        over, state.over = state.over, []
        over += [stretch for stretch, _ in self._stretches(state, runs.table, view, None)]
        return self._drafts([(stretch, 0) for stretch in over], view, None)

    def note(self, state: ShadowState, runs: Runs, view: PairView) -> None:
        """Work out long runs up to the settled border, before the fixes they stand on are forgotten."""
        table = runs.table[runs.table[:, 3] - runs.table[:, 2] >= YOUNG_US]
        until = -(-view.border_us // BEAT_US) - REACH
        kept: dict[Name, Followed] = {}
        over = [stretch for stretch, _ in self._stretches(state, table, view, until, kept)]
        state.over += [stretch for stretch in over if is_long(stretch, self.limits)]
        state.runs = kept
        lane = Lane(view, self.others_m)
        for followed in kept.values():
            for going in followed.going:
                if going is not None and has_lasted(going, ASK_US):
                    lane.ask(going, is_over=False)
        for stretch in state.over:
            lane.ask(stretch, is_over=True)

    def pending(self, state: ShadowState, runs: Runs, view: PairView, as_of_us: int) -> list[Draft]:
        """What is told of stretches in runs that are not settled, if the data ended at ``as_of_us``."""
        over = [(stretch, 0) for stretch in state.over] + self._stretches(state, runs.table, view, None)
        return self._drafts(over, view, as_of_us)

    def _stretches(
        self, state: ShadowState, table: I64, view: PairView, until: int | None,
        kept: dict[Name, Followed] | None = None,
    ) -> list[tuple[Stretch, int]]:  # fmt: skip
        """Stretches that are over, each with its run's end: up to a beat (excluded; ``kept`` then takes what goes on),
        or to the run's end, where every stretch is over. Changes nothing that the state holds."""
        if not len(table):
            return []
        names: list[Name] = [(row[0], row[1], row[2]) for row in table.tolist()]
        known = [state.runs.get(name) for name in names]
        beats = _beats(table, known, until)
        whole = np.array([until is None and each is None for each in known], np.bool_)
        look, codes = np.zeros((len(table), 2), np.bool_), np.ascontiguousarray(table[:, :2])
        out: list[tuple[Stretch, int]] = []
        for which, held in grouped(
            view.fixes, len(view.pairs.vessel), codes, beats[:, 0] - trail.LOOK_BACK, beats[:, 2],
            int(table[:, 3].max()), self.leg_rule,
        ):  # fmt: skip
            trail.worth_a_look(
                held.at, held.base, codes, beats, which, whole, self.least_coarse, self.beat_limits, look
            )
            for r in which.tolist():
                before, end_us = known[r], int(table[r, 3])
                going = [None, None] if before is None else before.going
                if look[r].any() or any(going):
                    over, going = self._carry(names[r], going, look[r].tolist(), beats[r].tolist(), held)
                    out += [(stretch, end_us) for stretch in over]
                if kept is not None:
                    kept[names[r]] = Followed(int(beats[r, 1]), going)
                else:
                    out += [(stretch, end_us) for stretch in going if stretch is not None]
        return out

    def _carry(
        self, name: Name, going: list[Stretch | None], look: list[bool], beats: list[int], held: Beats
    ) -> tuple[list[Stretch], list[Stretch | None]]:
        """Carry both stretches of a run on, the first track as the leader first: what is over, and what goes on."""
        over: list[Stretch] = []
        out: list[Stretch | None] = []
        first = beats[0] - trail.LOOK_BACK
        g1 = trail.LOOK_BACK + beats[1] - beats[0]
        at = [held.of(code, first, beats[2]) for code in name[:2]]
        change = [changes(each) for each in at]
        for lead in (0, 1):
            before = going[lead]
            if before is None and not look[lead]:
                out.append(None)
                continue
            codes = (name[lead], name[1 - lead])
            stretch, g = _blank(*codes, name[2]) if before is None else _copy(before), trail.LOOK_BACK
            while True:
                g = trail.advance(
                    at[lead], at[1 - lead], change[lead], change[1 - lead], first, g, g1, self.beat_limits,
                    self.patience_us, self.least, stretch.head, stretch.hist, stretch.moves,
                )  # fmt: skip
                if g == g1:
                    break
                over.append(stretch)
                stretch = _blank(*codes, name[2])
            out.append(stretch if stretch.head[trail.ACTIVE] else None)
        return over, out

    def _drafts(self, over: list[tuple[Stretch, int]], view: PairView, as_of_us: int | None) -> list[Draft]:
        """What is told of stretches that are over, each with the end of its run."""
        out, lane = [], Lane(view, self.others_m)
        for stretch, run_end_us in over:
            verdict = self._judged(stretch, view, lane)
            if verdict is None:
                continue
            is_open, settled = False, True
            if as_of_us is not None:
                is_open, settled = self._goes_on(stretch, view, run_end_us, as_of_us)
            shown = words.Shown(stretch, verdict, self.limits, is_open=is_open, settled=settled)
            out.append(words.draft(shown, view.book, self.context))
        return out

    def _judged(self, stretch: Stretch, view: PairView, lane: Lane) -> Verdict | None:
        if not is_long(stretch, self.limits):
            return None
        end_us = int(stretch.head[trail.LAST_US])
        said = [view.said_at(code, end_us) for code in (stretch.leader, stretch.follower)]
        if judge(stretch, self.limits, said) is None:
            return None
        lane.ask(stretch, is_over=True)
        return judge(stretch, self.limits, said)

    def _goes_on(self, stretch: Stretch, view: PairView, run_end_us: int, as_of_us: int) -> tuple[bool, bool]:
        """(open, settled): open while the run is open and the follower was on the path a moment before its end;
        settled once no fix to come can reach back to it."""
        last_us = int(stretch.head[trail.LAST_US])
        run_open, _ = view.goes_on((stretch.leader, stretch.follower), run_end_us, as_of_us)
        is_open = run_open and run_end_us - last_us <= self.patience_us
        settled = as_of_us - last_us >= self.rule.max_bridge_us + self.patience_us + REACH * BEAT_US
        return is_open, settled and not is_open


def _beats(table: I64, known: list[Followed | None], until: int | None) -> I64:
    """For each run the first beat not worked out, the end of those to work out now, and of those that are known."""
    out = np.empty((len(table), 3), np.int64)
    out[:, 0] = -(-table[:, 2] // BEAT_US)
    for r, each in enumerate(known):
        if each is not None:
            out[r, 0] = each.until_beat
    out[:, 2] = table[:, 3] // BEAT_US + 1
    out[:, 1] = out[:, 2] if until is None else np.maximum(out[:, 0], until)
    out[:, 2] = np.maximum(out[:, 2], out[:, 1])
    return out


def _blank(leader: int, follower: int, run_us: int) -> Stretch:
    head, hist = np.zeros(trail.HEAD, np.int64), np.zeros(trail.HISTOGRAM, np.int32)
    return Stretch(leader, follower, run_us, head, hist, np.zeros((2, trail.MOST_MOVES, N_MOVE), np.int64))


def _copy(stretch: Stretch) -> Stretch:
    return Stretch(
        stretch.leader, stretch.follower, stretch.run_us, stretch.head.copy(), stretch.hist.copy(), stretch.moves.copy()
    )


def build(ground: Ground, params: Params) -> Shadow:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return Shadow(ground.context, params)
