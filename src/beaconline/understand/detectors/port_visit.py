"""Port visit: a vessel comes to a port or an anchorage, stops or falls silent there, and leaves.

Decides: a visit begins with the first fix within 3 km of any port or anchorage and ends with the last one before a fix
farther than 4 km from all of them, however many a dense table holds there; a stop far from the first one of the same
visit begins a new visit. Confidence 1 to 4 tells which of enter, stop, silence and exit were seen. Every visit is
context: it is kept and never in the default queue. Refuses: names and states of ports; a port is the row of the table
that it came from, and its place. Source: Global Fishing Watch's port visits (3 km, 4 km, 0.5 kn, 4 h).
Known failures: a row of anchorages without a gap longer than 4 km makes one visit of calls less than 20 km apart; a
passage close along such a coast is a visit without a stop, which is not told by default.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.geo.geodesy import KN_MS
from beaconline.foundation.geo.zones import Zone
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.reports import I64, Pools
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.masks import MaskShape
from beaconline.understand.context.protocol import Context
from beaconline.understand.detectors import port_visit_rows as pv
from beaconline.understand.detectors.port_visit_places import build_harbours
from beaconline.understand.detectors.port_visit_words import Ports, Visit, draft
from beaconline.understand.detectors.vessel_rows import vessel_rows
from beaconline.understand.ground import Ground
from beaconline.understand.step import Params, Tick

__all__ = ["DEFAULTS", "STATE_CLASSES", "PortVisit", "PortVisitState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "enter_m": 3_000.0,  # Global Fishing Watch; smaller misses large ports whose one point lies at the gate
    "leave_m": 4_000.0,  # Global Fishing Watch; nearer to enter_m, jitter makes many visits of one
    "stop_speed_kn": 0.5,  # Global Fishing Watch; under it a ship lies
    "stop_s": 300,  # one slow fix is no stop: a lock, a slip of the receiver
    "port_gap_s": 14_400,  # 4 h, Global Fishing Watch: ships switch off at the berth
    "same_call_m": 20_000.0,  # from the roads to the inner berths of large ports; farther off is another call
    "stop_reach_m": 1_000.0,  # a ship at anchor swings within this; farther, the slow fixes are another stop
    "min_confidence": 2,  # 1 tells also who only passed by: along a dense coast that is everybody
    "beat_s": 300,  # where no speed is sent: the way over so long; shorter, jitter is speed
    "silence_s": 1_209_600,  # 14 d: heard there before and after, it is one visit
    "max_bridge_s": 7_200,  # over a longer gap neither entering nor leaving was seen, whatever the feed
    "max_leg_speed_kn": 100.0,  # a fix that needs a faster vessel is passed over
    "leg_slack_m": 500.0,  # allowed on top: position noise between fixes a moment apart is no speed
}
"""Start values with their origin; the profile lays others over them."""

LARGEST: dict[str, float] = {
    "enter_m": 50_000,  # the index of ports grows with the square of it
    "leave_m": 50_000,
    "stop_speed_kn": 1_000,
    "stop_s": 31 * 86_400,
    "port_gap_s": 1e9,
    "same_call_m": 10_000_000,
    "stop_reach_m": 10_000_000,
    "min_confidence": 4,
    "beat_s": 86_400,
    "silence_s": 1e9,
    "max_bridge_s": 86_400,
    "max_leg_speed_kn": 10_000,
    "leg_slack_m": 100_000,
}
"""A profile may not ask for more than this."""
SMALLEST: dict[str, float] = {"enter_m": 1, "leave_m": 1, "beat_s": 1, "min_confidence": 1}
"""... nor for less (0 where nothing is named)."""
OUT_ROOM = 1_024
"""Room for ended visits of one call of the kernel."""
SWEEP_US = 600_000_000
"""Silent tracks are looked for every 10 min of watermark: only memory depends on it."""


@dataclass(slots=True)
class PortVisitState:
    """int64[tracks, port_visit_rows.N_INTS], and how far silent tracks were swept (microseconds)."""

    tracks: I64 = field(default_factory=lambda: np.zeros((0, pv.N_INTS), np.int64))
    swept_us: int = NO_TIME


STATE_CLASSES: tuple[type, ...] = (PortVisitState,)
"""Classes that a saved state of this kind holds."""


class PortVisit:
    """The kind ``port_visit``; see the module. One member with role ``vessel``; ``key`` is the start of the visit."""

    name = "port_visit"
    version = "1"

    def __init__(
        self, context: Context, masks: Sequence[MaskShape], zones: Sequence[Zone], params: Params | None = None
    ) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        self.context = context
        number = {key: float(value) for key, value in self.params.items()}
        for key, most in LARGEST.items():
            least = SMALLEST.get(key, 0)
            if not least <= number[key] <= most:
                raise ValueError(f"[port_visit] {key}: {self.params[key]} is outside {least:g} to {most:g}")
        if number["leave_m"] < number["enter_m"]:
            raise ValueError(f"[port_visit] leave_m: {self.params['leave_m']} is less than enter_m")
        try:
            self.harbours, places, leaders = build_harbours(masks, zones, number["leave_m"])
        except ValueError as error:
            raise ValueError(f"[port_visit] {error}") from None
        latest = np.iinfo(np.int64).max
        self.rule = pv.VisitRule(
            enter_m=number["enter_m"],
            leave_m=number["leave_m"],
            stop_mkn=round(number["stop_speed_kn"] * 1000),
            stop_us=int(number["stop_s"] * 1e6),
            same_call_m=number["same_call_m"],
            stop_reach_m=number["stop_reach_m"],
            beat_us=int(number["beat_s"] * 1e6),
            port_gap_us=int(number["port_gap_s"] * 1e6),
            silence_us=int(number["silence_s"] * 1e6),
            max_bridge_us=int(number["max_bridge_s"] * 1e6),
            max_speed_ms=number["max_leg_speed_kn"] * KN_MS,
            slack_m=number["leg_slack_m"],
            steady=bool((self.harbours.from_us == NO_TIME).all() and (self.harbours.until_us == latest).all()),
        )
        self.ports = Ports(self.harbours, tuple(places), leaders, number["leave_m"], int(number["min_confidence"]))

    def start(self) -> PortVisitState:
        """The state before any row."""
        return PortVisitState()

    def step(self, state: PortVisitState, tick: Tick) -> tuple[PortVisitState, list[Draft]]:
        """Take rows; returns the visits that ended."""
        if not self.ports.places:
            return state, []
        have = len(state.tracks)
        if len(tick.book) > have:
            more = np.zeros((max(len(tick.book), 2 * have) - have, pv.N_INTS), np.int64)
            more[:, [pv.LAST_US, pv.START, pv.S_FROM]] = NO_TIME
            state.tracks = np.concatenate([state.tracks, more])
        r = tick.reports
        rows = pv.Rows(r.t_us, r.lon_e7, r.lat_e7, tick.track, r.sog_mkn, tick.bridge_us, vessel_rows(tick))
        out, heads = np.empty((OUT_ROOM, pv.N_INTS), np.int64), np.zeros(1, np.int64)
        drafts: list[Draft] = []
        begin = 0
        while begin < len(r):
            heads[0] = 0
            begin = pv.advance(self.rule, self.harbours, state.tracks, rows, begin, out, heads)
            drafts += self._drafts(out[: heads[0]], tick.book)
        if tick.watermark_us >= state.swept_us + SWEEP_US or state.swept_us == NO_TIME:
            state.swept_us = tick.watermark_us
            out, heads[0] = np.empty((len(state.tracks), pv.N_INTS), np.int64), 0
            pv.sweep(self.rule, state.tracks, tick.watermark_us, out, heads)
            drafts += self._drafts(out[: heads[0]], tick.book)
        return state, drafts

    def finish(self, state: PortVisitState, as_of_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """Visits under way if the data ended at ``as_of_us``."""
        under_way = state.tracks[(state.tracks[:, pv.LAST_US] != NO_TIME) & (state.tracks[:, pv.START] != NO_TIME)]
        pv.end_all(self.rule, under_way, as_of_us)
        return self._drafts(under_way, book)

    def _drafts(self, visits: I64, book: TrackBook) -> list[Draft]:
        out = []
        for n in visits:
            visit = Visit.of(n)
            out += draft(visit, book.names[visit.track], self.ports, self.context)
        return out


def build(ground: Ground, params: Params) -> PortVisit:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return PortVisit(ground.context, ground.masks, ground.zones, params)
