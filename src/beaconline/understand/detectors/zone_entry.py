"""Zone entry: a vessel crosses into a zone and stays, or goes deep.

Decides: a visit is told when the vessel stayed inside for 2 min without a break, or came 500 m inside. Types:
``entry`` (the crossing lies on a leg between two fixes), ``direct_transit`` (in and out on a straight way at a steady
speed), ``appeared_inside`` (first heard inside, or inside again after a silence that may not be bridged, or inside when
the zone became valid: no entry, kept as context). Leaving is told once the vessel was out for as long, or as far, so
that jitter on a border is one finding and no crowd. Refuses: any legal meaning; base stations, aids to navigation and
search-and-rescue aircraft; a crossing inside a silence.
Source: behaviours page (2 min, 500 m); RFC 7946 for edges. Known failures: see zone_visits; a border drawn through an
anchorage is crossed by the swing of a ship at anchor, and told when the swing takes longer than the limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64, KN_MS
from beaconline.foundation.geo.zones import Zone, build_zone_index
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.report import SENSORS
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.reports import I64, Pools, Reports
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.detectors import zone_visits as visits
from beaconline.understand.detectors.zone_rows import Rows, advance
from beaconline.understand.detectors.zone_words import Visit, WordRule, draft
from beaconline.understand.ground import Ground
from beaconline.understand.step import Params, Tick, numbers_of

__all__ = ["DEFAULTS", "STATE_CLASSES", "ZoneEntry", "ZoneEntryState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "dwell_s": 120,  # 2 min; shorter, and position noise on a border makes entries
    "depth_m": 500.0,  # a ship at 20 kn is 500 m deep in 50 s: fast boats are not lost to the dwell
    "silence_s": 21_600,  # 6 h, the limit of a gap at sea: heard inside before and after, it is one visit
    "max_bridge_s": 7_200,  # no longer gap is bridged, whatever the feed
    "max_leg_speed_kn": 100.0,  # a leg that needs a faster vessel is not believed, hence no bridge
    "leg_slack_m": 500.0,  # allowed on top: position noise between fixes a moment apart is no speed
    "transit_efficiency": 0.95,  # straight way over sailed way; 0.95 is one bend of 36 degrees halfway
    "transit_speed_ratio": 0.7,  # slowest over fastest minute; less is slowing down for something
    "transit_min_kn": 3.0,  # slower vessels drift or work
}
"""Start values with their origin; the profile lays others over them."""

LARGEST: dict[str, float] = {
    "dwell_s": 1e9,  # 31 years: depth alone decides
    "depth_m": 1e9,  # more than the earth is wide: the stay alone decides
    "silence_s": 1e9,
    "max_bridge_s": 86_400,  # as for encounters; no visit is over before it has passed
    "max_leg_speed_kn": 10_000,
    "leg_slack_m": 100_000,
    "transit_efficiency": 2,  # over 1 nothing is straight enough
    "transit_speed_ratio": 2,
    "transit_min_kn": 1_000,
}
"""Largest value of each parameter (0 is the smallest): in microseconds they have to fit whole numbers of 64 bits."""

SWEEP_US = 600_000_000
"""Visits of silent tracks are looked for every 10 min of watermark: only memory depends on it."""
CONTEXT_KINDS = frozenset({"port", "anchorage", "traffic_lane"})
"""Zones that vessels are meant to be in: visits are kept, searchable, and not in an officer's queue."""
NO_VESSEL = frozenset(SENSORS.index(name) for name in ("ais_base", "ais_sar", "ais_aton"))
"""Sensors that tell of no vessel."""


@dataclass(slots=True)
class ZoneEntryState:
    """Arrays of ``zone_visits.Book`` without its output, and how far silent tracks were swept (microseconds)."""

    tracks: I64 = field(default_factory=lambda: np.zeros((0, visits.N_TRACK), np.int64))
    ints: I64 = field(default_factory=lambda: np.zeros((0, visits.N_INTS), np.int64))
    floats: F64 = field(default_factory=lambda: np.zeros((0, visits.N_FLOATS)))
    heads: I64 = field(default_factory=lambda: np.array([-1, 0, 0], np.int64))
    swept_us: int = NO_TIME

    def ensure(self, tracks: int) -> None:
        """Room for so many tracks; a new one has no fix and no visit."""
        have = len(self.tracks)
        if tracks > have:
            more = np.zeros((max(tracks, 2 * have) - have, visits.N_TRACK), np.int64)
            more[:, visits.T_TIME], more[:, visits.T_HEAD] = NO_TIME, -1
            self.tracks = np.concatenate([self.tracks, more])

    def make_room(self, zones: int) -> None:
        """Room for a row's new visits: one a zone."""
        have, need = len(self.ints), int(self.heads[visits.USED]) + zones
        if need > have:
            more = max(need, 2 * have) - have
            self.ints = np.concatenate([self.ints, np.zeros((more, visits.N_INTS), np.int64)])
            self.floats = np.concatenate([self.floats, np.zeros((more, visits.N_FLOATS))])


STATE_CLASSES: tuple[type, ...] = (ZoneEntryState,)
"""Classes that a saved state of this kind holds."""


def _vessels(reports: Reports) -> npt.NDArray[np.bool_]:
    """Rows that tell of a vessel, by sensor and by the form of the MMSI (ITU-R M.585: 00 coast stations, 99 aids to
    navigation, 111 aircraft, 970, 972 and 974 distress transmitters)."""
    of_sensor = np.array([code not in NO_VESSEL for code in range(len(SENSORS))])
    lead3 = reports.mmsi // 1_000_000
    lead2 = lead3 // 10
    odd = (reports.mmsi >= 0) & ((lead2 == 0) | (lead2 == 99) | np.isin(lead3, (111, 970, 972, 974)))
    return np.asarray(of_sensor[reports.sensor] & ~odd)


class ZoneEntry:
    """The kind ``zone_entry``; see the module. Draft fields: one member with role ``vessel``; ``zones`` the one zone;
    ``key`` zone and start, which stay while the visit goes on; place and time are those of the crossing, or of the
    first fix where it appeared inside."""

    name = "zone_entry"
    version = "1"

    def __init__(self, zones: Sequence[Zone], params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        self.zones = sorted(zones, key=lambda zone: zone.name)
        self.index = build_zone_index(self.zones)
        number = numbers_of("zone_entry", self.params, LARGEST)
        self.rule = visits.VisitRule(
            dwell_us=int(number["dwell_s"] * 1e6),
            depth_m=number["depth_m"],
            silence_us=int(number["silence_s"] * 1e6),
            max_bridge_us=int(number["max_bridge_s"] * 1e6),
            max_speed_ms=number["max_leg_speed_kn"] * KN_MS,
            slack_m=number["leg_slack_m"],
        )
        self.words = WordRule(
            dwell_us=self.rule.dwell_us,
            depth_m=number["depth_m"],
            efficiency=number["transit_efficiency"],
            speed_ratio=number["transit_speed_ratio"],
            min_kn=number["transit_min_kn"],
        )

    def start(self) -> ZoneEntryState:
        """The state before any row."""
        return ZoneEntryState()

    def step(self, state: ZoneEntryState, tick: Tick) -> tuple[ZoneEntryState, list[Draft]]:
        """Take rows; returns the visits that ended and can change no more."""
        if not self.zones:
            return state, []
        state.ensure(len(tick.book))
        reports = tick.reports
        rows = Rows(
            reports.t_us, reports.lon_e7, reports.lat_e7, tick.track, reports.sog_mkn, reports.cog_cdeg,
            reports.stations, tick.bridge_us, (tick.track >= 0) & _vessels(reports),
        )  # fmt: skip
        drafts: list[Draft] = []
        begin = 0
        while begin < len(reports):
            state.make_room(len(self.zones))
            book = self._book(state)
            begin = advance(self.index, self.rule, book, rows, begin)
            drafts += self._ended(book, tick.book, tick.pools)
        if tick.watermark_us >= state.swept_us + SWEEP_US or state.swept_us == NO_TIME:
            state.swept_us = tick.watermark_us
            book = self._book(state, len(state.ints))
            visits.sweep(self.rule, book, tick.watermark_us)
            drafts += self._ended(book, tick.book, tick.pools)
        return state, drafts

    def finish(self, state: ZoneEntryState, as_of_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """Visits under way, or not yet surely over, if the data ended at ``as_of_us``."""
        out = []
        for row in range(int(state.heads[visits.USED])):
            n, f = state.ints[row], state.floats[row]
            if n[visits.TRACK] < 0:
                continue
            silent_us = as_of_us - int(state.tracks[n[visits.TRACK], visits.T_TIME])
            leaving = n[visits.PHASE] == visits.LEAVING
            limit = self.rule.max_bridge_us if leaving else max(self.rule.max_bridge_us, self.rule.silence_us)
            how = visits.EXIT_OPEN
            if silent_us > limit:
                how = visits.EXIT_CROSSED if leaving else visits.EXIT_LOST
            out += self._draft(n, f, how, book, pools)
        return out

    def _book(self, state: ZoneEntryState, endings: int = 0) -> visits.Book:
        """The state with an empty ``out``, of which one row of reports may fill half."""
        state.heads[visits.N_OUT] = 0
        room = max(endings, 2 * (visits.MAX_ENDINGS + len(self.zones)))
        out_i, out_f = np.empty((room, visits.N_INTS), np.int64), np.empty((room, visits.N_FLOATS))
        return visits.Book(state.tracks, state.ints, state.floats, state.heads, out_i, out_f)

    def _ended(self, book: visits.Book, names: TrackBook, pools: Pools) -> list[Draft]:
        ended = int(book.heads[visits.N_OUT])
        if ended > len(book.out_i):
            raise RuntimeError(f"one report ended more than {visits.MAX_ENDINGS} visits: a zone is too finely toothed")
        out = []
        for k in range(ended):
            out += self._draft(book.out_i[k], book.out_f[k], int(book.out_i[k, visits.EXIT]), names, pools)
        return out

    def _draft(self, n: I64, f: F64, how: int, names: TrackBook, pools: Pools) -> list[Draft]:
        visit = Visit.of(n, f, how)
        if not visit.is_told(self.words):
            return []
        zone = self.zones[visit.zone]
        return [draft(visit, zone, self.words, names.names[visit.track], pools, zone.kind in CONTEXT_KINDS)]


def build(ground: Ground, params: Params) -> ZoneEntry:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return ZoneEntry(ground.zones, params)
