"""Encounter: two vessels within a distance for a while, both slow, or both under way and keeping station.

Decides: a maximal interval in which two tracks stay within 500 m, at least 30 min long, in which the lower median of
either vessel's speed is under 2 kn, or both are not and they kept company (``encounter_types``). Refuses: to say why
they met, to join what parted, to extrapolate beyond the last fix, and to pair two tracks of one vessel key (two ships
on one MMSI beside each other are left to ``identity_conflict``). Base stations, aids to navigation and
search-and-rescue aircraft are no vessels here.
Source: behaviours page; Global Fishing Watch: 500 m, 2 h, 2 kn, 10 km from port; Skylight: 250 m, 30 min.
Known failures: a run at the very edge of the distance falls apart into short ones; a ship alongside for days is told
only when they part or the data ends; a median over fixes follows the ship that reports often.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import KN_MS
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.context.protocol import Context
from beaconline.understand.detectors import encounter_words as words
from beaconline.understand.detectors.encounter_types import Limits, Named, fast_type, slow_type
from beaconline.understand.ground import Ground
from beaconline.understand.pairs.company import N_COMPANY, Company, company_of, keep_company
from beaconline.understand.pairs.engine import PairRule, Runs
from beaconline.understand.pairs.family import FAMILY_CLASSES, PairView
from beaconline.understand.pairs.measure import MEDIAN_MKN, N_COUNTS, Speeds, count_speeds, measure_sides
from beaconline.understand.pairs.vessels import NO_VESSEL, is_vessel_mmsi
from beaconline.understand.pairs.window import Fixes
from beaconline.understand.step import Params, numbers_of

__all__ = [
    "DEFAULTS",
    "LARGEST",
    "NO_VESSEL",
    "STATE_CLASSES",
    "Encounter",
    "EncounterState",
    "Notes",
    "build",
    "is_vessel_mmsi",
]

DEFAULTS: dict[str, int | float | str] = {
    "distance_m": 500,  # Global Fishing Watch; smaller misses bunkering in a swell, larger pairs anchor neighbours
    "duration_s": 1800,  # Skylight; GFW takes 7200: a transfer of persons or parcels needs no two hours
    "median_speed_kn": 2.0,  # GFW; under it a vessel drifts, lies or holds position
    "port_distance_m": 10_000,  # GFW: nearer to a port or anchorage is counter-evidence
    "near_shore_m": 3_704,  # 2 nm: the coastline in use is off by up to 1 km, and basins reach inland
    "steady_m": 250,  # offsets of vessels in company: a helmsman keeps it; one that overtakes runs through 800
    "pair_trawl_s": 3_600,  # a tow of the net lasts hours; two that pass slowly are not side by side so long
    "crowd": 3,  # others as near, as long: a regatta or a fleet, in which every two keep company
    "alongside_m": 50,  # antennas of two ships side by side: half of either beam, and two position errors of 10 m
    "max_bridge_s": 7_200,  # no longer gap is bridged, whatever the feed; also how long a bin waits to be settled
    "max_leg_speed_kn": 100.0,  # a leg that needs a faster vessel is not believed, hence no bridge
    "leg_slack_m": 500.0,  # allowed on top: position noise between fixes a moment apart is no speed
}
"""Start values with their origin; the profile lays others over them."""

LARGEST: dict[str, float] = {
    "distance_m": 100_000,  # the answer grows with the square of it
    "duration_s": 31 * 86_400,  # fixes are kept for so long
    "median_speed_kn": 1_000,
    "port_distance_m": 1_000_000,
    "near_shore_m": 1_000_000,
    "steady_m": 100_000,
    "pair_trawl_s": 31 * 86_400,
    "crowd": 1_000_000,
    "alongside_m": 100_000,
    "max_bridge_s": 86_400,  # nothing is settled before it has passed
    "max_leg_speed_kn": 10_000,
    "leg_slack_m": 100_000,
}
"""A profile may not ask for more than this: memory and time are bounded by it."""


CROWD_US = 600_000_000
"""A run that ended this long (10 min) before another still counts as its company: fleets break up over minutes."""


@dataclass(slots=True)
class Notes:
    """What is already accounted for of a run that goes on past the settled border (its fixes may be forgotten).

    until_us  accounted for up to here; counts, places as of ``measure_sides``; values and weights: per side the speeds
    (thousandths of a knot) and how often each was seen; company as of ``keep_company``
    """

    until_us: int
    counts: I64
    places: I64
    values: tuple[I32, I32]
    weights: tuple[I64, I64]
    company: I32


@dataclass(slots=True)
class EncounterState:
    """Notes of long open runs by (track, track, start); runs that ended within CROWD_US before the border."""

    notes: dict[tuple[int, int, int], Notes] = field(default_factory=dict)
    ended: I64 = field(default_factory=lambda: np.zeros((0, 5), np.int64))


STATE_CLASSES: tuple[type, ...] = (*FAMILY_CLASSES, EncounterState, Notes)
"""Classes that a saved state of this kind holds."""


class Encounter:
    """The kind ``encounter``; see the module. ``context`` answers about places."""

    name = "encounter"
    version = "1"

    def __init__(self, context: Context, params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        self.context = context
        number = numbers_of("encounter", self.params, LARGEST)
        self.rule = PairRule(
            radius_m=number["distance_m"],
            max_bridge_us=int(number["max_bridge_s"] * 1e6),
            max_leg_speed_kn=number["max_leg_speed_kn"],
            leg_slack_m=number["leg_slack_m"],
            keep_us=int(number["duration_s"] * 1e6),
        )
        self.limits = Limits(
            distance_m=number["distance_m"],
            median_speed_kn=number["median_speed_kn"],
            port_distance_m=int(number["port_distance_m"]),
            near_shore_m=int(number["near_shore_m"]),
            alongside_m=number["alongside_m"],
            steady_m=number["steady_m"],
            pair_trawl_us=int(number["pair_trawl_s"] * 1e6),
            crowd=int(number["crowd"]),
        )

    def start(self) -> EncounterState:
        """The state before any row."""
        return EncounterState()

    def ended(self, state: EncounterState, runs: Runs, view: PairView) -> list[Draft]:
        """The encounters among runs that ended."""
        drafts = self._drafts(state, runs, view, None)
        ended = np.concatenate([state.ended, runs.table])
        state.ended = ended[ended[:, 3] >= view.border_us - CROWD_US]
        return drafts

    def pending(self, state: EncounterState, runs: Runs, view: PairView, as_of_us: int) -> list[Draft]:
        """Encounters that end in bins not settled, or are open, if the data ended at ``as_of_us``."""
        return self._drafts(state, runs, view, as_of_us)

    def note(self, state: EncounterState, runs: Runs, view: PairView) -> None:
        """Account for long runs up to the settled border, before the fixes they stand on are forgotten."""
        long = runs.table[runs.table[:, 3] - runs.table[:, 2] >= self.rule.keep_us]
        kept = zip(long.tolist(), _note(self.rule, state, long, view) if len(long) else [], strict=True)
        state.notes = {(row[0], row[1], row[2]): notes for row, notes in kept}

    def _drafts(self, state: EncounterState, runs: Runs, view: PairView, as_of_us: int | None) -> list[Draft]:
        if not len(runs):
            return []
        pace, counts, places = self.paces(state, runs, view)
        chosen = np.flatnonzero(pace != NEITHER)
        named = _fast_names(
            self.limits, self.rule.keep_us, state, runs, view, counts, np.flatnonzero(pace == BOTH_FAST)
        )
        out = []
        for i in chosen.tolist():
            sides = (counts[i, 0].tolist(), counts[i, 1].tolist())
            a, b, start_us, end_us, closest_us = runs.table[i].tolist()
            place = places[i].ravel().tolist()
            run = words.Run(a, b, start_us, end_us, closest_us, float(runs.closest_m[i]), sides, place)
            kept = None
            if pace[i] == BOTH_SLOW:
                said = (view.said_at(a, end_us), view.said_at(b, end_us))
                name: Named | None = slow_type(sides, run.closest_m, said, self.limits)
            else:
                name, kept = named[i]
            if name is None:
                continue
            is_open, settled = False, True
            if as_of_us is not None:
                is_open, settled = view.goes_on((run.a, run.b), run.end_us, as_of_us)
            how = {"is_open": is_open, "settled": settled}
            out.append(words.draft(run, name, kept, view.book, self.limits, self.context, **how))
        return out

    def paces(self, state: EncounterState, runs: Runs, view: PairView) -> tuple[npt.NDArray[np.int8], I64, I64]:
        """Which runs both vessels spent slowly, and which under way (int8[n]: BOTH_SLOW, BOTH_FAST or NEITHER), and
        what was measured of each (see ``measure_sides``)."""
        counts, places = _measure(self.rule, state, runs.table, view)
        median, limit = counts[:, :, MEDIAN_MKN], self.limits.median_speed_kn * 1000.0
        pace = np.full(len(runs), NEITHER, np.int8)
        pace[median.max(axis=1) < limit] = BOTH_SLOW
        pace[median.min(axis=1) >= limit] = BOTH_FAST
        return pace, counts, places


NEITHER, BOTH_SLOW, BOTH_FAST = 0, 1, 2


def _fast_names(
    limits: Limits, keep_us: int, state: EncounterState, runs: Runs, view: PairView, counts: I64, fast: I64
) -> dict[int, tuple[Named | None, Company]]:
    """Types of the runs under way, by row, and how they kept company."""
    if not len(fast):
        return {}
    table = runs.table[fast]
    kept, crowd = (
        _company(state, table, *view.by_track(table)),
        _crowd(table, np.concatenate([state.ended, runs.table]), view, keep_us),
    )
    out = {}
    for i, row, minutes, others in zip(fast.tolist(), table.tolist(), kept, crowd, strict=True):
        a, b, start_us, end_us, _ = row
        sides = (counts[i, 0].tolist(), counts[i, 1].tolist())
        said = (view.said_at(a, end_us), view.said_at(b, end_us))
        names, how = (view.book.names[a], view.book.names[b]), company_of(minutes)
        out[i] = fast_type(sides, how, said, names, end_us - start_us, others, limits), how
    return out


def _company(state: EncounterState, table: I64, fixes: Fixes, offset: I64) -> I32:
    """Counts of ``keep_company`` of runs, notes included."""
    since, out = table[:, 2].copy(), np.zeros((len(table), N_COMPANY), np.int32)
    for r, notes in enumerate(_known(state, table)):
        if notes is not None:
            since[r], out[r] = notes.until_us, notes.company
    keep_company(fixes.t_us, fixes.lon_e7, fixes.lat_e7, offset, table, since, out)
    return out


def _crowd(table: I64, ended: I64, view: PairView, keep_us: int) -> list[int]:
    """How many other vessels were as near to one of a run's two when it ended, or until CROWD_US before, and had been
    for keep_us by then."""
    near: dict[int, list[list[int]]] = {}
    for row in np.unique(np.concatenate([ended, view.open_runs.table]), axis=0).tolist():
        for code in row[:2]:
            near.setdefault(code, []).append(row)
    out = []
    for a, b, _, end_us, _ in table.tolist():
        others = {
            code
            for row in (*near.get(a, ()), *near.get(b, ()))
            if row[2] <= end_us - keep_us and row[3] >= end_us - CROWD_US
            for code in row[:2]
        }
        out.append(len(others - {a, b}))
    return out


def _leg_rule(rule: PairRule) -> tuple[int, float, float]:
    return rule.max_bridge_us, rule.max_leg_speed_kn * KN_MS * 1e-6, rule.leg_slack_m


def _known(state: EncounterState, table: I64) -> list[Notes | None]:
    """For each run its notes, if there are any."""
    if not state.notes:
        return [None] * len(table)
    return [state.notes.get((row[0], row[1], row[2])) for row in table.tolist()]


def _speeds_of(known: list[Notes | None]) -> Speeds:
    """What notes hold of speeds, one run after the other."""
    sides = [(None if notes is None else notes.values[s], None if notes is None else notes.weights[s])
             for notes in known for s in range(2)]  # fmt: skip
    at = np.zeros(len(sides) + 1, np.int64)
    np.cumsum([0 if values is None else len(values) for values, _ in sides], out=at[1:])
    values = [np.zeros(0, np.int32), *(values for values, _ in sides if values is not None)]
    weights = [np.zeros(0, np.int64), *(weights for _, weights in sides if weights is not None)]
    return Speeds(np.concatenate(values), np.concatenate(weights), at)


def _measure(rule: PairRule, state: EncounterState, table: I64, view: PairView) -> tuple[I64, I64]:
    """Counts and places (see ``measure_sides``) of runs, notes included; leaves the notes as they are."""
    fixes, offset = view.by_track(table)
    known = _known(state, table)
    counts, places, since = _noted(table, known)
    measure_sides(
        fixes.t_us, fixes.lon_e7, fixes.lat_e7, fixes.speed_mkn, fixes.bridge_us, offset,
        table, since, counts, places, _speeds_of(known), _leg_rule(rule),
    )  # fmt: skip
    return counts, places


def _noted(table: I64, known: list[Notes | None]) -> tuple[I64, I64, I64]:
    """Counts and places of runs by their notes, and up to when these go."""
    counts, places = np.zeros((len(table), 2, N_COUNTS), np.int64), np.zeros((len(table), 2, 3, 3), np.int64)
    since = table[:, 2].copy()
    for r, notes in enumerate(known):
        if notes is not None:
            since[r], counts[r], places[r] = notes.until_us, notes.counts, notes.places
    return counts, places, since


def _note(rule: PairRule, state: EncounterState, table: I64, view: PairView) -> list[Notes]:
    """Notes of runs up to their present ends."""
    fixes, offset = view.by_track(table)
    known = _known(state, table)
    counts, places, since = _noted(table, known)
    columns = (fixes.t_us, fixes.lon_e7, fixes.lat_e7, fixes.speed_mkn, fixes.bridge_us, offset)
    speeds = _speeds_of(known)
    measure_sides(*columns, table, since, counts, places, speeds, _leg_rule(rule))
    company = _company(state, table, fixes, offset)
    values, weights, at = count_speeds(*columns, table, since, speeds, _leg_rule(rule))
    out, ends = [], at.tolist()
    for r, end_us in enumerate(table[:, 3].tolist()):
        one, two = slice(ends[2 * r], ends[2 * r + 1]), slice(ends[2 * r + 1], ends[2 * r + 2])
        # Copies: a note outlives the others of its call.
        out.append(Notes(
            end_us, counts[r].copy(), places[r].copy(), (values[one].copy(), values[two].copy()),
            (weights[one].copy(), weights[two].copy()), company[r].copy(),
        ))  # fmt: skip
    return out


def build(ground: Ground, params: Params) -> Encounter:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return Encounter(ground.context, params)
