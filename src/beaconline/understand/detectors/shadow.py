"""Shadow: one vessel keeps in the path of another for a while, and turns after it.

Decides: for every pair within 3 nm, both moving, for 20 minutes or more: the stretches in which one sails where the
other sailed before it, at a lag or a range that hardly changes; who leads and who follows; which turns and changes of
speed of the leader the follower made after it, and whether anybody else made them there. Refuses: intent, and two ships
on one lane: what only shares a path goes to the context queue or is not told (``shadow_judge``).
Source: behaviours page. Proximity alone had a precision of 0.12, with course 0.21, with the path re-traced 0.72; the
turns are what is left to tell a shadow from a lane. Known failures: those of ``shadow_trail`` and ``shadow_judge``; a
follower that stays on the quarter more than a quarter of a mile off the leader's path is not seen; three vessels in
column stay in the context queue, whoever they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.geo.geodesy import F64, KN_MS
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.context.protocol import Context
from beaconline.understand.detectors import shadow_trail as trail
from beaconline.understand.detectors import shadow_words as words
from beaconline.understand.detectors.shadow_judge import Limits, Stretch, Verdict, judge, least_coarse
from beaconline.understand.detectors.shadow_lane import ask_others
from beaconline.understand.detectors.shadow_motion import BEAT_US, N_MOVE, REACH, changes, places
from beaconline.understand.ground import Ground
from beaconline.understand.pairs.engine import PairRule, Runs
from beaconline.understand.pairs.family import FAMILY_CLASSES, PairView
from beaconline.understand.pairs.measure import index_by_track
from beaconline.understand.step import Params

__all__ = ["DEFAULTS", "LARGEST", "STATE_CLASSES", "Followed", "Shadow", "ShadowState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "distance_m": 5_556,  # 3 nm (behaviours page); the number of pairs looked at grows with the square of it
    "duration_s": 1_200,  # 20 min within that distance (behaviours page); shorter finds every overtaking
    "speed_kn": 3.0,  # both median speeds at least this (behaviours page); slower is drifting or fishing together
    "retrace_s": 600,  # of it so long on the leader's path; the path before the first fix is not known
    "retrace_share": 0.75,  # of the stretch's beats so many on the path: a turn cut short leaves it for minutes
    "patience_s": 300,  # off the path for longer ends the stretch
    "cross_track_m": 463,  # 0.25 nm off the leader's path: position noise, wind and a helmsman; more takes in the lane
    "cross_spread_m": 250,  # half the width that holds 8 beats of 10
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
    "max_leg_speed_kn": 100.0,
    "leg_slack_m": 500.0,
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

YOUNG_US = 1_200_000_000
"""Runs younger than this are worked out from their fixes, older ones are accounted for as time goes on."""


@dataclass(slots=True)
class Followed:
    """A long run so far: worked out up to a beat (excluded); for either of the two as the leader the stretch that is
    going on."""

    until_beat: int
    going: list[Stretch | None]


@dataclass(slots=True)
class ShadowState:
    """Long open runs by (track, track, start); stretches that are over in runs that are not, not yet told."""

    runs: dict[tuple[int, int, int], Followed] = field(default_factory=dict)
    over: list[Stretch] = field(default_factory=list)


STATE_CLASSES: tuple[type, ...] = (*FAMILY_CLASSES, ShadowState, Followed, Stretch)
"""Classes that a saved state of this kind holds."""


@dataclass(frozen=True, slots=True)
class _Ways:
    """Both tracks of a run on the beat, from ``first_beat`` on: places and changes by side."""

    first_beat: int
    at: tuple[F64, F64]
    change: tuple[F64, F64]


class Shadow:
    """The kind ``shadow``, a member of the family of pairs; see the module."""

    name = "shadow"
    version = "1"

    def __init__(self, context: Context, params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        self.context = context
        n = {key: float(value) for key, value in self.params.items()}
        for key, most in LARGEST.items():
            if not 0 <= n[key] <= most:
                raise ValueError(f"[shadow] {key}: {self.params[key]} is outside 0 to {most:g}")
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
        for stretches in self._stretches(state, runs.table, view, None).values():
            over += stretches
        return self._drafts(over, view, None)

    def note(self, state: ShadowState, runs: Runs, view: PairView) -> None:
        """Work out long runs up to the settled border, before the fixes they stand on are forgotten."""
        table = runs.table[runs.table[:, 3] - runs.table[:, 2] >= YOUNG_US]
        until = -(-view.border_us // BEAT_US) - REACH
        kept: dict[tuple[int, int, int], Followed] = {}
        for stretches in self._stretches(state, table, view, until, kept).values():
            state.over += stretches
        for followed in kept.values():
            for going in followed.going:
                if going is not None:
                    ask_others(going, view, self.others_m, is_over=False)
        for stretch in state.over:
            ask_others(stretch, view, self.others_m, is_over=True)
        state.runs = kept

    def pending(self, state: ShadowState, runs: Runs, view: PairView, as_of_us: int) -> list[Draft]:
        """What is told of stretches in runs that are not settled, if the data ended at ``as_of_us``."""
        found = self._stretches(state, runs.table, view, None)
        over = [stretch for stretches in found.values() for stretch in stretches]
        ends = {key[:3]: key[3] for key in found}
        return self._drafts([*state.over, *over], view, as_of_us, ends)

    def _stretches(
        self,
        state: ShadowState,
        table: I64,
        view: PairView,
        until: int | None,
        kept: dict[tuple[int, int, int], Followed] | None = None,
    ) -> dict[tuple[int, int, int, int], list[Stretch]]:
        """Stretches that are over, by run and its end: up to a beat (excluded; ``kept`` then takes what goes on), or to
        the run's end, where every stretch is over. Changes nothing that the state holds."""
        out: dict[tuple[int, int, int, int], list[Stretch]] = {}
        if not len(table):
            return out
        chosen = np.zeros(len(view.pairs.vessel), np.uint8)
        chosen[table[:, :2].ravel()] = 1
        rows, offset = index_by_track(view.fixes.track, chosen)
        for a, b, start, end, _ in table.tolist():
            known = state.runs.get((a, b, start))
            whole = known is None and until is None
            if known is None:
                known = Followed(-(-start // BEAT_US), [None, None])
            stop = end // BEAT_US + 1 if until is None else max(until, known.until_beat)
            ways = self._ways(view, rows, offset, (a, b), known.until_beat, stop, end)
            over: list[Stretch] = []
            going = self._carry((a, b), start, known, stop, ways, over, whole=whole)
            if until is None:
                over += [stretch for stretch in going if stretch is not None]
            elif kept is not None:
                kept[a, b, start] = Followed(stop, going)
            out[a, b, start, end] = over
        return out

    def _ways(
        self, view: PairView, rows: I32, offset: I64, codes: tuple[int, int], begin: int, stop: int, end_us: int
    ) -> _Ways:
        fixes, first = view.fixes, begin - trail.LOOK_BACK
        columns = (fixes.t_us, fixes.lon_e7, fixes.lat_e7, fixes.bridge_us, rows)
        n = stop + REACH + 1 - first
        a, b = (places(*columns, offset[k], offset[k + 1], first, n, end_us, self.leg_rule) for k in codes)
        return _Ways(first, (a, b), (changes(a), changes(b)))

    def _carry(
        self, codes: tuple[int, int], start: int, known: Followed, stop: int, ways: _Ways, over: list[Stretch],
        *, whole: bool,
    ) -> list[Stretch | None]:  # fmt: skip
        """Carry both stretches of a run to beat ``stop`` (excluded); those that are over on the way go to ``over``.
        Returns what goes on."""
        out: list[Stretch | None] = []
        g0, g1 = known.until_beat - ways.first_beat, stop - ways.first_beat
        for lead in (0, 1):
            going = known.going[lead]
            one, two = ways.at[lead], ways.at[1 - lead]
            # A whole run may be passed over for what ``judge`` would refuse; a part of one may not.
            if whole and trail.coarse(one, two, ways.first_beat, g0, g1, self.beat_limits) < self.least_coarse:
                out.append(None)
                continue
            stretch, g = _copy(going) if going else _blank(codes[lead], codes[1 - lead], start), g0
            while True:
                g = trail.advance(
                    one, two, ways.change[lead], ways.change[1 - lead], ways.first_beat, g, g1, self.beat_limits,
                    self.patience_us, self.least, stretch.head, stretch.hist, stretch.moves,
                )  # fmt: skip
                if g == g1:
                    break
                over.append(stretch)
                stretch = _blank(codes[lead], codes[1 - lead], start)
            out.append(stretch if stretch.head[trail.ACTIVE] else None)
        return out

    def _drafts(
        self,
        stretches: list[Stretch],
        view: PairView,
        as_of_us: int | None,
        ends: dict[tuple[int, int, int], int] | None = None,
    ) -> list[Draft]:
        out = []
        for stretch in stretches:
            verdict = self._judged(stretch, view)
            if verdict is None:
                continue
            is_open, settled = False, True
            if as_of_us is not None:
                codes = (stretch.leader, stretch.follower)
                end_us = (ends or {}).get((min(codes), max(codes), stretch.run_us), 0)
                is_open, settled = self._goes_on(stretch, view, codes, end_us, as_of_us)
            shown = words.Shown(stretch, verdict, self.limits, is_open=is_open, settled=settled)
            out.append(words.draft(shown, view.book, self.context))
        return out

    def _judged(self, stretch: Stretch, view: PairView) -> Verdict | None:
        end_us = int(stretch.head[trail.LAST_US])
        said = [view.said_at(code, end_us) for code in (stretch.leader, stretch.follower)]
        if judge(stretch, self.limits, said) is None:
            return None
        ask_others(stretch, view, self.others_m, is_over=True)
        return judge(stretch, self.limits, said)

    def _goes_on(
        self, stretch: Stretch, view: PairView, codes: tuple[int, int], run_end_us: int, as_of_us: int
    ) -> tuple[bool, bool]:
        """(open, settled): open while the run is open and the follower was on the path a moment before its end;
        settled once no fix to come can reach back to it."""
        last_us = int(stretch.head[trail.LAST_US])
        run_open, _ = view.goes_on(codes, run_end_us, as_of_us)
        is_open = run_open and run_end_us - last_us <= self.patience_us
        settled = as_of_us - last_us >= self.rule.max_bridge_us + self.patience_us + REACH * BEAT_US
        return is_open, settled and not is_open


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
