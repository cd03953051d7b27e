"""Gap: a vessel that reports by itself is not heard for hours, while others around it are.

Decides: a silence of one track of at least 6 h (2 h when it began inside a zone of kind reef, watch or exclusion), and
of three and a half times the interval the track is used to, which is at least eight times likelier if it stopped
transmitting than if it lay or sailed out of coverage (``context.coverage_odds``). Types: ``displaced`` (heard again 1
nm or more away), ``undisplaced`` (heard again where it was: kept as context), ``open`` (not heard again so far).
Refuses: to say why, or where the vessel was (it says how far it can have gone); to take a silence of the feed, of a
receiver or of a whole region for one of the vessel; vessels at rest that lie where they lay. Silences that are not told
are counted (``notes``). Source: behaviours page; Skylight 6 h, Global Fishing Watch 12 h, practitioners 2 h inside a
zone while neighbours are heard. Known failures: a vessel alone in its sea is never told, nor one whose silence the
neighbours share; see also ``context.coverage`` and ``context.coverage_odds``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.geo.zones import build_zone_index
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.reports import I8, I64, Pools
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.coverage import CLASS_OF_SENSOR, MOST_CELLS, Coverage
from beaconline.understand.context.coverage_odds import LONGEST, N_ODDS, NEAR_CELLS
from beaconline.understand.context.protocol import OUTRANKING_ZONES
from beaconline.understand.detectors import gap_rows as rows
from beaconline.understand.detectors import gap_words as words
from beaconline.understand.detectors.encounter import is_vessel_mmsi
from beaconline.understand.ground import Ground
from beaconline.understand.step import Params, Tick

__all__ = ["DEFAULTS", "STATE_CLASSES", "Gap", "GapState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "silence_s": 21_600,  # Skylight 6 h (Global Fishing Watch 12 h); shorter, and patchy reception is told
    "zone_silence_s": 7_200,  # practitioners, inside reef, watch and exclusion zones while neighbours are heard
    "odds": 8.0,  # judgement: how much likelier stopping must be; neighbours at 9 nm support up to 33
    "heard_share": 0.5,  # part of the limit during which others must be heard near; less, and one passer-by decides
    "usual_times": 3.5,  # of the usual interval: two missed reports of a slow feed are no silence, three are
    "apart_m": 1_852.0,  # 1 nm: 96 % of the silences of thinned data end nearer and tell of the thinning
    "fixes": 5,  # fewer, and neither interval nor speed of a track is known; clones and stray fixes go silent daily
    "reach_speed_kn": 25.0,  # fastest ordinary merchant ship; how far a vessel can have gone
    "port_distance_m": 10_000,  # as for encounters: nearer to a port or anchorage is counter-evidence
    "near_shore_m": 3_704,  # 2 nm, as for encounters: at sea is farther
}
"""Start values with their origin; the profile lays others over them."""

LARGEST: dict[str, float] = {
    "silence_s": 1e9,  # 31 years: never
    "zone_silence_s": 1e9,
    "odds": 1e6,
    "heard_share": 1.0,
    "usual_times": 1_000,
    "apart_m": 1e8,
    "fixes": 1_000_000,
    "reach_speed_kn": 1_000,
    "port_distance_m": 1_000_000,
    "near_shore_m": 1_000_000,
}
"""Largest value of each parameter."""
LEAST: dict[str, float] = {"silence_s": 3_600, "zone_silence_s": 3_600, "odds": 1.0}
"""Smallest value where it is not 0: an hour holds too few quarters to be judged; odds under 1 speak against a stop."""

SHORE_SENSORS = ("ais_base", "ais_sar", "ais_aton")
ROOM = 128
"""Free cells that a row is sure to find: a vessel that comes back needs one for each quarter of 12 h at most."""
FOUND_AT_A_TIME = 1_024
"""Silences handed out before the loop stops to have them written."""


def _fresh_heads() -> I64:
    heads = np.zeros(rows.N_HEADS, np.int64)
    heads[rows.NOW] = NO_TIME
    heads[rows.LAST_OF :] = NO_TIME
    return heads


@dataclass(slots=True)
class GapState:
    """Arrays of ``gap_rows.Book`` without its output, the memory of reception, and who is a vessel, by track code."""

    coverage: Coverage = field(default_factory=Coverage)
    ints: I64 = field(default_factory=lambda: np.zeros((0, rows.N_INTS), np.int64))
    floats: F64 = field(default_factory=lambda: np.zeros((0, rows.N_FLOATS)))
    active: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    vessels: I64 = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    heads: I64 = field(default_factory=_fresh_heads)
    counts: I64 = field(default_factory=lambda: np.zeros(rows.N_COUNTS, np.int64))
    is_vessel: list[int] = field(default_factory=list)

    def ensure(self, book: TrackBook) -> None:
        """Room for the tracks of a book; a new one has no fix."""
        have, need = len(self.ints), len(book)
        if need > have:
            more = max(need, 2 * have) - have
            fresh = np.zeros((more, rows.N_INTS), np.int64)
            fresh[:, rows.R1], fresh[:, rows.R2], fresh[:, rows.ACTIVE] = NO_TIME, NO_TIME, -1
            self.ints = np.concatenate([self.ints, fresh])
            self.floats = np.concatenate([self.floats, np.zeros((more, rows.N_FLOATS))])
            self.active = np.concatenate([self.active, np.zeros(more, np.int64)])
            self.vessels = np.concatenate([self.vessels, np.full((more, 2), NO_TIME, np.int64)])
        for code in range(len(self.is_vessel), need):
            self.is_vessel.append(int(is_vessel_mmsi(book.mmsi[code])))


STATE_CLASSES: tuple[type, ...] = (GapState, Coverage)
"""Classes that a saved state of this kind holds."""


class Gap:
    """The kind ``gap``; see the module. Draft fields: one member with role ``vessel``; place, start and ``key`` are
    those of the last fix before the silence, which stay when it ends."""

    name = "gap"
    version = "1"

    def __init__(self, ground: Ground, params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        number = {key: float(value) for key, value in self.params.items()}
        for key, most in LARGEST.items():
            least = LEAST.get(key, 0.0)
            if not least <= number[key] <= most:
                raise ValueError(f"[gap] {key}: {self.params[key]} is outside {least:g} to {most:g}")
        zones = [zone for zone in ground.zones if zone.kind in OUTRANKING_ZONES]
        self.index = build_zone_index(zones)
        self.rule = rows.GapRule(
            sea_us=int(number["silence_s"] * 1e6),
            zone_us=int(number["zone_silence_s"] * 1e6),
            apart_m=number["apart_m"],
            fixes=int(number["fixes"]),
            usual=number["usual_times"],
            llr=math.log(number["odds"]),
            share=number["heard_share"],
        )
        self.words = words.WordRule(
            ground.context, number["apart_m"], number["odds"], number["reach_speed_kn"],
            int(number["port_distance_m"]), int(number["near_shore_m"]),
        )  # fmt: skip

    def start(self) -> GapState:
        """The state before any row."""
        return GapState()

    def step(self, state: GapState, tick: Tick) -> tuple[GapState, list[Draft]]:
        """Take rows; returns the silences that ended."""
        if not len(tick.reports):
            return state, []
        state.ensure(tick.book)
        columns = self._columns(state, tick)
        drafts: list[Draft] = []
        begin = 0
        while begin < len(columns.t_us):
            state.coverage.make_room(2 * ROOM)
            more = len(state.coverage.latest) < MOST_CELLS
            book = self._book(state, FOUND_AT_A_TIME)
            begin = rows.advance(
                self.index.grid, self.index.from_us, self.index.until_us, state.coverage.cells(), self.rule, book,
                columns, begin, ROOM if more else 0,
            )  # fmt: skip
            drafts += self._found(book, tick.book)
        return state, drafts

    def finish(self, state: GapState, as_of_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """Silences that stand if the data ended at ``as_of_us``."""
        held, _ = self._standing(state, as_of_us, book)
        return self._found(held, book, (int(state.counts[rows.BACK]), int(state.counts[rows.AWAY])))

    def notes(self, state: GapState, as_of_us: int, book: TrackBook) -> list[str]:
        """What was silent and is not told, and why, in words; empty when nothing was silent."""
        counts = state.counts + self._standing(state, as_of_us, book)[1]
        return words.notes(counts, self.params, state.coverage.full)

    def _standing(self, state: GapState, as_of_us: int, book: TrackBook) -> tuple[rows.Book, I64]:
        tracks = min(len(book), len(state.is_vessel))
        held, counts = self._book(state, tracks + 1), np.zeros(rows.N_COUNTS, np.int64)
        vessel = np.array(book.vessel[:tracks], np.int64)
        rows.still_silent(
            self.index.grid, self.index.from_us, self.index.until_us, state.coverage.cells(), self.rule, held, as_of_us,
            vessel, counts,
        )  # fmt: skip
        return held, counts

    def _columns(self, state: GapState, tick: Tick) -> rows.Rows:
        reports, track = tick.reports, tick.track
        kind: I8 = CLASS_OF_SENSOR[reports.sensor]
        held = np.maximum(track, 0)
        is_vessel = np.array(state.is_vessel, bool)
        kind = np.where((track < 0) | ~is_vessel[held], np.int8(-1), kind).astype(np.int8)
        vessel = np.array(tick.book.vessel, np.int64)[held]
        slow = tick.bridge_us > 3_600_000_000
        return rows.Rows(
            reports.t_us, reports.lon_e7, reports.lat_e7, track, vessel, reports.sog_mkn, reports.cog_cdeg,
            reports.nav_status, kind, slow,
        )  # fmt: skip

    def _book(self, state: GapState, room: int) -> rows.Book:
        state.heads[rows.N_FOUND] = 0
        out_i, out_f = np.zeros((room, rows.N_OUT), np.int64), np.zeros((room, rows.N_OUT_F))
        return rows.Book(
            state.ints, state.floats, state.active, state.vessels, state.heads, state.counts, out_i, out_f,
            np.empty(len(self.index.from_us), np.int32), np.empty(NEAR_CELLS, np.int64), np.empty((LONGEST, 2)),
            np.empty(N_ODDS),
        )  # fmt: skip

    def _found(self, book: rows.Book, names: TrackBook, ended: tuple[int, int] = (0, 0)) -> list[Draft]:
        found = int(book.heads[rows.N_FOUND])
        book.heads[rows.N_FOUND] = 0
        silences = [words.Silence.of(book.out_i[k], book.out_f[k]) for k in range(found)]
        return [words.draft(silence, names, self.words, ended) for silence in silences]


def build(ground: Ground, params: Params) -> Gap:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return Gap(ground, params)
