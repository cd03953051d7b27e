"""Raft: four or more vessels linked within 150 m, at rest, for half an hour; ten or more hulls within 5 nm for a day.

Decides: two vessels are linked while they are within 150 m and neither leg needs twice the limit of speed; components
of four or more are rafts, with identity by the largest share of members (``raft_links``); members that made good 1 kn
or more most of the time do not count (``raft_members``). Type ``concentration``: hulls at rest within 5 nm (radius) of
one among them, linked or not (``raft_crowd``). Refuses: to say why they lie together, or that they act as one; masks
inform and never veto. Source: behaviours page; counts of hulls at features (AMTI). Known failures: a raft that drifts
faster than 1 kn with the current; marinas far from any mask.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.geo.geodesy import F64, KN_MS, NM_M, ecef_e7
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import I64
from beaconline.understand.context.protocol import Context
from beaconline.understand.detectors import raft_words as words
from beaconline.understand.detectors.raft_crowd import (
    BEAT_US,
    Crowd,
    Hull,
    at_rest,
    expired,
    find_crowds,
    follow,
    places_at,
)
from beaconline.understand.detectors.raft_links import hold_links, sweep
from beaconline.understand.detectors.raft_members import (
    INSIDE,
    N_RECORD,
    RAFT,
    SILENT_US,
    STAYS,
    TO,
    TOTAL_US,
    TRACK,
    new_record,
    observe,
)
from beaconline.understand.ground import Ground
from beaconline.understand.pairs.engine import PairRule, Runs
from beaconline.understand.pairs.family import FAMILY_CLASSES, PairView
from beaconline.understand.step import Params

__all__ = ["DEFAULTS", "LARGEST", "STATE_CLASSES", "Raft", "RaftState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "distance_m": 150,  # antennas of hulls tied side by side, 20 m beam each, and one apart; anchor neighbours have 300
    "vessels": 4,  # two or three side by side are a transfer: encounter
    "speed_kn": 1.0,  # tied hulls drift with wind and current; more is under way
    "duration_s": 1800,  # as encounter
    "hold_s": 600,  # a link holds over shorter breaks and counts from this length: fixes are minutes apart
    "port_distance_m": 10_000,  # as encounter
    "near_shore_m": 3_704,  # as encounter
    "crowd_vessels": 10,  # hulls at a feature, as counted there
    "crowd_radius_m": 9_260,  # 5 nm around one of the hulls
    "crowd_duration_s": 86_400,  # a day: longer than a night at anchor
    "max_bridge_s": 7_200,  # as encounter: kinds that agree in these three share one window of fixes
    "max_leg_speed_kn": 100.0,  # as encounter: a leg that needs a faster vessel is not believed
    "leg_slack_m": 500.0,  # as encounter: noise between fixes a moment apart is no speed
}
"""Start values with their origin; the profile lays others over them."""

LARGEST: dict[str, float] = {
    "distance_m": 10_000,  # the answer grows with the square of it
    "vessels": 100_000,
    "speed_kn": 1_000,
    "duration_s": 31 * 86_400,
    "hold_s": 3_600,  # nothing is settled before twice this has passed
    "port_distance_m": 1_000_000,
    "near_shore_m": 1_000_000,
    "crowd_vessels": 100_000,
    "crowd_radius_m": 100_000,
    "crowd_duration_s": 366 * 86_400,
    "max_bridge_s": 86_400,
    "max_leg_speed_kn": 10_000,
    "leg_slack_m": 100_000,
}
"""A profile may not ask for more than this: memory and time are bounded by it."""

LEAST: dict[str, float] = {"vessels": 2, "crowd_vessels": 2}
"""... nor for less."""

LINK_SPEEDS = 2.0
"""A leg may make so many times ``speed_kn`` and still link: reported speeds jitter; the speed made good decides."""

MOST_RECORDS = 1_000
"""Members remembered of one raft; beyond it those gone longest are forgotten (a marina, for months)."""

START_US = -(2**62)
END_US = 2**62


@dataclass(slots=True)
class Life:
    """A raft so far: when it formed, the raft it broke from (-1 = none), the track with the first name then; the most
    at once and when, and how many now."""

    born_us: int
    broke_from: int
    founder: int
    peak: int = 0
    peak_us: int = 0
    size: int = 0


@dataclass(slots=True)
class RaftState:
    """Everything up to ``done_us`` is decided. links: as of ``hold_links``, those that go on after it; records: as of
    ``raft_members``; rafts: those that stand, by number; beat: the last one looked at for concentrations (None before
    the first); before: int64[n, 2] that beat and the tracks placed then, before_deg: where, in degrees."""

    done_us: int = START_US
    links: I64 = field(default_factory=lambda: np.zeros((0, 4), np.int64))
    records: I64 = field(default_factory=lambda: np.zeros((0, N_RECORD), np.int64))
    rafts: dict[int, Life] = field(default_factory=dict)
    next_raft: int = 0
    beat: int | None = None
    before: I64 = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    before_deg: F64 = field(default_factory=lambda: np.zeros((0, 2)))
    crowds: list[Crowd] = field(default_factory=list)


STATE_CLASSES: tuple[type, ...] = (*FAMILY_CLASSES, RaftState, Life, Crowd, Hull)
"""Classes that a saved state of this kind holds."""


class Raft:
    """The kind ``raft``; see the module. ``context`` answers about places."""

    name = "raft"
    version = "1"

    def __init__(self, context: Context, params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        self.context = context
        number = {key: float(value) for key, value in self.params.items()}
        for key, most in LARGEST.items():
            if not LEAST.get(key, 0) <= number[key] <= most:
                raise ValueError(f"[raft] {key}: {self.params[key]} is outside {LEAST.get(key, 0):g} to {most:g}")
        self.speed_kn = number["speed_kn"]
        self.hold_us = int(number["hold_s"] * 1e6)
        self.rule = PairRule(
            radius_m=number["distance_m"],
            max_bridge_us=int(number["max_bridge_s"] * 1e6),
            max_leg_speed_kn=number["max_leg_speed_kn"],
            leg_slack_m=number["leg_slack_m"],
            window_us=2 * self.hold_us,
            most_kn=LINK_SPEEDS * self.speed_kn,
        )
        self.limits = words.Limits(
            distance_m=number["distance_m"],
            vessels=int(number["vessels"]),
            speed_kn=self.speed_kn,
            duration_us=int(number["duration_s"] * 1e6),
            member_us=self.hold_us,
            port_distance_m=int(number["port_distance_m"]),
            near_shore_m=int(number["near_shore_m"]),
            crowd_vessels=int(number["crowd_vessels"]),
            crowd_radius_nm=number["crowd_radius_m"] / NM_M,
            crowd_us=int(number["crowd_duration_s"] * 1e6),
        )
        self.crowd_radius_m = number["crowd_radius_m"]

    def start(self) -> RaftState:
        """The state before any row."""
        return RaftState()

    def ended(self, state: RaftState, runs: Runs, view: PairView) -> list[Draft]:
        """Rafts and concentrations that are over, as far as is decided by the border."""
        until_us = view.border_us - 2 * self.hold_us
        over = self._advance(state, [runs.table, view.open_runs.table], until_us, view)
        gone = self._crowds(state, (view.border_us - 1) // BEAT_US, view)
        return [*self._rafts(over, view, None), *self._concentrations(gone, view, None)]

    def note(self, state: RaftState, runs: Runs, view: PairView) -> None:
        """Nothing: ``ended`` has accounted for the runs that go on."""

    def pending(self, state: RaftState, runs: Runs, view: PairView, as_of_us: int) -> list[Draft]:
        """Rafts and concentrations that are open or not decided, if the data ended at ``as_of_us``."""
        state = copy.deepcopy(state)
        over = self._advance(state, [runs.table], END_US, view, as_of_us)
        gone = self._crowds(state, as_of_us // BEAT_US, view) + state.crowds
        return [*self._rafts(over, view, as_of_us), *self._concentrations(gone, view, as_of_us)]

    def _advance(
        self, state: RaftState, runs: list[I64], until_us: int, view: PairView, as_of_us: int | None = None
    ) -> list[words.Over]:
        """Decide what lies before ``until_us`` (included); returns the rafts that are over by then."""
        if until_us <= state.done_us:
            return []
        links = hold_links([state.links, *runs], self.hold_us)
        long = links[:, 3] - links[:, 2] >= self.hold_us
        inside = {int(r[TRACK]): int(r[RAFT]) for r in state.records[state.records[:, INSIDE] >= 0]}
        found = sweep(links[long], inside, state.done_us, until_us, self.limits.vessels, state.next_raft)
        for raft, born_us, broke_from in found.births.tolist():
            first = found.moves[(found.moves[:, 0] == born_us) & (found.moves[:, 3] == raft), 1].tolist()
            founder = min(first, key=lambda code: view.book.names[code])
            state.rafts[raft] = Life(born_us, broke_from, founder)
            state.next_raft = raft + 1
        self._apply(state, found.moves, until_us, view, as_of_us)
        over = []
        for raft, died_us, into in found.deaths.tolist():
            records = state.records[state.records[:, RAFT] == raft].tolist()
            over.append(words.Over(state.rafts.pop(raft), records, died_us, into >= 0))
        if over:
            state.records = state.records[np.isin(state.records[:, RAFT], list(state.rafts))]
        state.links = links[links[:, 3] > until_us]
        state.done_us = until_us
        return over

    def _apply(self, state: RaftState, moves: I64, until_us: int, view: PairView, as_of_us: int | None) -> None:
        """Close and open stays, and note the fixes that lie in them."""
        index = {(int(r[RAFT]), int(r[TRACK])): i for i, r in enumerate(state.records)}
        records: list[list[int]] = state.records.tolist()
        stays: list[tuple[int, int, int, int]] = []
        at, touched = START_US, set[int]()
        for t, track, old, new in [*moves.tolist(), (END_US, -1, -1, -1)]:
            if t != at:
                for raft in sorted(touched):
                    life = state.rafts[raft]
                    if life.size > life.peak:
                        life.peak, life.peak_us = life.size, at
                at, touched = t, set()
            if old >= 0:
                i = index[old, track]
                row = records[i]
                stays.append((i, row[INSIDE], t, 1))
                row[TO], row[TOTAL_US], row[INSIDE] = t, row[TOTAL_US] + t - row[INSIDE], -1
                state.rafts[old].size -= 1
            if new >= 0:
                touched.add(new)
                state.rafts[new].size += 1
                i = index.setdefault((new, track), len(records))
                if i == len(records):
                    records.append(new_record(new, track, t))
                else:
                    records[i][INSIDE] = t
                    records[i][STAYS] += 1
        stays += [(i, row[INSIDE], until_us, 0) for i, row in enumerate(records) if row[INSIDE] >= 0]
        state.records = np.array(records, np.int64).reshape(-1, N_RECORD)
        if stays:
            table = np.array(stays, np.int64)
            fixes, offset = view.by_track(state.records[np.unique(table[:, 0])][:, [TRACK, TRACK]])
            known_us = view.border_us + self.rule.max_bridge_us if as_of_us is None else as_of_us
            silent_us = min(SILENT_US, self.rule.max_bridge_us)
            observe(
                fixes.t_us, fixes.lon_e7, fixes.lat_e7, offset, table, state.records, self.speed_kn, silent_us, known_us
            )
        state.records = _bounded(state.records)

    def _crowds(self, state: RaftState, last: int, view: PairView) -> list[Crowd]:
        """Look at the beats up to ``last``; returns the concentrations that are over."""
        fixes = view.fixes
        if not len(fixes):
            return []
        first = int(fixes.t_us[0]) // BEAT_US if state.beat is None else state.beat + 1
        last = min(last, int(fixes.t_us[-1]) // BEAT_US)
        if last < first:
            return []
        rule = (self.rule.max_bridge_us, self.rule.max_leg_speed_kn * KN_MS * 1e-6, self.rule.leg_slack_m)
        rows, places = places_at(
            fixes.t_us, fixes.track, fixes.lon_e7, fixes.lat_e7, fixes.bridge_us,
            len(view.pairs.vessel), first, last, rule,
        )  # fmt: skip
        rows, places = np.concatenate([state.before, rows]), np.concatenate([state.before_deg, places])
        order = np.lexsort((rows[:, 0], rows[:, 1]))
        rows, places = rows[order], places[order]
        now = rows[:, 0] == last
        state.beat, state.before, state.before_deg = last, rows[now], places[now]
        still = at_rest(rows, places, self.speed_kn)
        return self._follow(state, rows[still], places[still], last)

    def _follow(self, state: RaftState, rows: I64, places: F64, last: int) -> list[Crowd]:
        """Carry concentrations through the beats of hulls at rest; returns those that are over at the last beat."""
        order = np.lexsort((rows[:, 1], rows[:, 0]))
        rows, places = rows[order], places[order]
        beats, begin, count = np.unique(rows[:, 0], return_index=True, return_counts=True)
        full = count >= self.limits.crowd_vessels
        over: list[Crowd] = []
        for beat, i, n in zip(beats[full].tolist(), begin[full].tolist(), count[full].tolist(), strict=True):
            over += follow(state.crowds, beat, self._seen(rows[i : i + n, 1], places[i : i + n]))
        return over + expired(state.crowds, last)

    def _seen(self, track: I64, place: F64) -> list[dict[int, tuple[int, int]]]:
        """The crowds of one beat: places (degrees x 1e7) of their hulls by track."""
        e7 = np.round(place * 1e7).astype(np.int32)
        crowd = find_crowds(ecef_e7(e7[:, 0], e7[:, 1]), self.crowd_radius_m, self.limits.crowd_vessels)
        out: list[dict[int, tuple[int, int]]] = [{} for _ in range(int(crowd.max(initial=-1)) + 1)]
        for i in np.flatnonzero(crowd >= 0).tolist():
            out[crowd[i]][int(track[i])] = (int(e7[i, 0]), int(e7[i, 1]))
        return out

    def _rafts(self, over: list[words.Over], view: PairView, as_of_us: int | None) -> list[Draft]:
        drafts = []
        for each in over:
            if each.died_us - each.life.born_us >= self.limits.duration_us:
                is_open, settled = (False, True) if as_of_us is None else self._goes_on(each, view, as_of_us)
                draft = words.raft_draft(each, view, self.limits, self.context, is_open=is_open, settled=settled)
                drafts += [draft] if draft else []
        return drafts

    def _goes_on(self, over: words.Over, view: PairView, as_of_us: int) -> tuple[bool, bool]:
        """(open, settled): open while so many members may still be heard again in time to go on, or a break may yet
        be shorter than what a link holds over."""
        last = {row[TRACK]: int(view.pairs.last_us[row[TRACK]]) for row in over.records}
        may, must = set(), set()
        for row in over.records:
            code = row[TRACK]
            bridge_us = min(int(view.pairs.last_bridge_us[code]), self.rule.max_bridge_us)
            may |= {last[code]} if as_of_us - last[code] < bridge_us else set()
            must |= {last[code]} if as_of_us - last[code] < self.rule.max_bridge_us else set()
        recent = as_of_us - over.died_us < self.hold_us
        still = sum(row[TO] in may for row in over.records)
        is_open = not over.joined and (still >= self.limits.vessels or recent)
        return is_open, not is_open and not recent and not any(row[TO] in must for row in over.records)

    def _concentrations(self, gone: list[Crowd], view: PairView, as_of_us: int | None) -> list[Draft]:
        drafts = []
        for crowd in gone:
            if (crowd.last - crowd.first + 1) * BEAT_US >= self.limits.crowd_us:
                is_open = as_of_us is not None and as_of_us - crowd.last * BEAT_US <= words.BREAK_US
                drafts.append(words.crowd_draft(crowd, view, self.limits, self.context, is_open=is_open))
        return drafts


def _bounded(records: I64) -> I64:
    """Records, of each raft at most MOST_RECORDS; those inside stay, and of the others those gone last."""
    if len(records) <= MOST_RECORDS:
        return records
    gone_us = np.where(records[:, INSIDE] >= 0, END_US, records[:, TO])
    order = np.lexsort((records[:, TRACK], -gone_us, records[:, RAFT]))
    raft = records[order, RAFT]
    place = np.arange(len(order)) - np.searchsorted(raft, raft)
    keep = (place < MOST_RECORDS) | (records[order, INSIDE] >= 0)
    kept: I64 = records[np.sort(order[keep])]
    return kept


def build(ground: Ground, params: Params) -> Raft:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return Raft(ground.context, params)
