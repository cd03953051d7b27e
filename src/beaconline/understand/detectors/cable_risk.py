"""Cable risk: a ship that is slow, turns to and fro or has lost its way over a cable, for no reason it gives.

Decides: a passage within 1 nm of a loaded cable is out of the ordinary when its slowest quarter of an hour is under
4 kn, or at most 0.6 of the ship's own speed before, or when it turns again and again at low speed. Types: ``zigzag``,
``speed_loss``, ``still``, ``slow``. It goes to the default queue when its navigational status does not explain it, no
port or anchorage is near, its class does not work at such speeds, and neither do others of its class here; all other
cases are kept as context. Refuses: a cause; nothing here sees an anchor. Without cables it finds nothing.
Source: behaviours page; the ship's peers come from the run's own rows. Known failures: published routes lie kilometres
off; peers are counted up to the end of the run, so a longer run may say another number.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.geo.geodesy import F64, KN_MS
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.reports import I64, Pools
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.cables import Cable
from beaconline.understand.context.protocol import Context
from beaconline.understand.detectors import cable_risk_rows as cr
from beaconline.understand.detectors.cable_risk_controls import (
    MAX_VESSELS,
    Cell,
    Controls,
    Event,
    Flags,
    add_event,
    class_of,
    flags_of,
    note_passage,
    peers_of,
)
from beaconline.understand.detectors.cable_risk_lines import build_lines
from beaconline.understand.detectors.cable_risk_words import Limits, draft
from beaconline.understand.detectors.vessel_rows import vessel_rows
from beaconline.understand.forces.said import Said, said_at
from beaconline.understand.ground import Ground
from beaconline.understand.step import Params, Tick

__all__ = ["DEFAULTS", "STATE_CLASSES", "CableRisk", "CableRiskState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "enter_m": 1_852.0,  # 1 nm, behaviours page; published routes are worse than that: larger warns of lanes beside
    "leave_m": 2_778.0,  # 1.5 nm: a ship that turns at the edge makes one passage
    "slow_kn": 4.0,  # behaviours page; merchant ships steer badly below it and do not choose to
    "still_kn": 0.5,  # under it the ship lies; only the type depends on it
    "loss_from_kn": 6.0,  # a ship slower than this before has no speed to lose
    "loss_ratio": 0.6,  # anchor and chain on the bottom took known draggers from 11 to 6 kn and less
    "turns": 4,  # changes of course between chunks; one dodge is two
    "turn_deg": 45.0,  # less is steering
    "turn_m": 150.0,  # a chunk shorter than this has no course: swinging at anchor
    "turning_kn": 8.0,  # faster than this on average, turning is a ferry's or a pilot boat's business
    "window_s": 900,  # the slowest quarter of an hour counts; shorter is a dodge
    "chunk_s": 300,  # speeds and courses are measured over so long
    "beat_s": 60,  # fixes nearer in time are not measured
    "before_s": 1_800,  # the speed before is that of the last 30 to 60 min
    "rejoin_s": 21_600,  # 6 h: a ship that works to and fro over a cable is one finding
    "min_peers": 10,  # fewer passages of others tell nothing of what is common
    "common_share": 0.1,  # of others' passages slow: from here on it is common here
    "anchor_reach_m": 250.0,  # chain of a medium ship's anchor (9 to 12 shackles of 27.5 m): deeper is out of reach
    "port_distance_m": 10_000,  # as for encounters: nearer to a port or an anchorage is counter-evidence
    "near_shore_m": 3_704,  # 2 nm, as for encounters: cables land where small craft are
    "max_bridge_s": 7_200,  # no longer gap is bridged, whatever the feed
    "max_leg_speed_kn": 100.0,  # a leg that needs a faster vessel is not believed
    "leg_slack_m": 500.0,  # allowed on top: position noise between fixes a moment apart is no speed
}
"""Start values with their origin; the profile lays others over them."""

LARGEST: dict[str, float] = {
    "enter_m": 50_000, "leave_m": 50_000, "slow_kn": 1_000, "still_kn": 1_000, "loss_from_kn": 1_000, "loss_ratio": 1,
    "turns": 10_000, "turn_deg": 180, "turn_m": 100_000, "turning_kn": 1_000, "window_s": 86_400, "chunk_s": 86_400,
    "beat_s": 86_400, "before_s": 86_400, "rejoin_s": 31 * 86_400, "min_peers": 1e9, "common_share": 1,
    "anchor_reach_m": 12_000, "port_distance_m": 1_000_000, "near_shore_m": 1_000_000, "max_bridge_s": 86_400,
    "max_leg_speed_kn": 10_000, "leg_slack_m": 100_000,
}  # fmt: skip
"""A profile may not ask for more than this."""
SMALLEST: dict[str, float] = {"enter_m": 1, "leave_m": 1, "beat_s": 1, "chunk_s": 1, "window_s": 1, "before_s": 60}
"""... nor for less (0 where nothing is named)."""
ROOM, OUT_ROOM = 1_000, 4_000
"""Passages that one leg may end (a leg no longer than two hours), and room for those of one call of the kernel."""
SWEEP_US = 600_000_000
"""Silent tracks are looked for every 10 min of watermark: only memory depends on it."""


@dataclass(slots=True)
class CableRiskState:
    """Arrays of ``cable_risk_rows.Book`` without its output; what ships of each class did in each cell; events so far
    by track; how far silent tracks were swept (microseconds)."""

    ints: I64 = field(default_factory=lambda: np.zeros((0, cr.N_INTS), np.int64))
    floats: F64 = field(default_factory=lambda: np.zeros((0, cr.N_FLOATS)))
    controls: dict[tuple[Cell, str], Controls] = field(default_factory=dict)
    events: dict[int, list[Event]] = field(default_factory=dict)
    swept_us: int = NO_TIME


STATE_CLASSES: tuple[type, ...] = (CableRiskState, Controls, Event)
"""Classes that a saved state of this kind holds."""


class CableRisk:
    """The kind ``cable_risk``; see the module. One member with role ``vessel``; ``key`` is the start of the event."""

    name = "cable_risk"
    version = "1"
    after: tuple[str, ...] = ()
    """Rests on no other kind; asked last because it compares with the whole run, and with what vessels said."""

    def __init__(self, context: Context, cables: Sequence[Cable], params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        self.context, self.cables = context, tuple(cables)
        number = {key: float(value) for key, value in self.params.items()}
        for key, most in LARGEST.items():
            least = SMALLEST.get(key, 0)
            if not least <= number[key] <= most:
                raise ValueError(f"[cable_risk] {key}: {self.params[key]} is outside {least:g} to {most:g}")
        if number["leave_m"] < number["enter_m"]:
            raise ValueError(f"[cable_risk] leave_m: {self.params['leave_m']} is less than enter_m")
        try:
            self.lines = build_lines(self.cables, number["leave_m"])
        except ValueError as error:
            raise ValueError(f"[cable_risk] {error}") from None
        us = {key: int(number[key] * 1e6) for key in number if key.endswith("_s")}
        self.rule = cr.PassRule(
            enter_m=number["enter_m"], leave_m=number["leave_m"], beat_us=us["beat_s"], chunk_us=us["chunk_s"],
            window_us=us["window_s"], bucket_us=us["before_s"], turn_deg=number["turn_deg"], turn_m=number["turn_m"],
            max_bridge_us=us["max_bridge_s"], max_speed_ms=number["max_leg_speed_kn"] * KN_MS,
            slack_m=number["leg_slack_m"],
        )  # fmt: skip
        self.flags = Flags(
            slow_kn=number["slow_kn"], loss_from_kn=number["loss_from_kn"], loss_ratio=number["loss_ratio"],
            turns=round(number["turns"]), turning_kn=number["turning_kn"], still_kn=number["still_kn"],
            rejoin_us=us["rejoin_s"],
        )  # fmt: skip
        self.limits = Limits(
            enter_m=number["enter_m"], min_peers=round(number["min_peers"]), common_share=number["common_share"],
            anchor_reach_m=number["anchor_reach_m"], port_distance_m=int(number["port_distance_m"]),
            near_shore_m=int(number["near_shore_m"]), window_us=us["window_s"],
        )  # fmt: skip

    def start(self) -> CableRiskState:
        """The state before any row."""
        return CableRiskState()

    def step(self, state: CableRiskState, tick: Tick) -> tuple[CableRiskState, list[Draft]]:
        """Take rows. Drafts come with ``finish_after`` alone, since each is compared with all passages of the run."""
        if not self.cables:
            return state, []
        have = len(state.ints)
        if len(tick.book) > have:
            more = max(len(tick.book), 2 * have) - have
            state.ints = np.concatenate([state.ints, np.zeros((more, cr.N_INTS), np.int64)])
            state.floats = np.concatenate([state.floats, np.zeros((more, cr.N_FLOATS))])
            state.ints[have:, [cr.LAST_US, cr.START]] = NO_TIME
        r = tick.reports
        rows = cr.Rows(
            r.t_us, r.lon_e7, r.lat_e7, tick.track, r.sog_mkn, r.nav_status, tick.bridge_us, vessel_rows(tick)
        )
        begin = 0
        while begin < len(r):
            book = self._book(state.ints, state.floats, ROOM + OUT_ROOM)
            begin = cr.advance(self.rule, self.lines, book, rows, begin, ROOM)
            self._note(state.controls, state.events, book, tick.book, tick.said)
        if tick.watermark_us >= state.swept_us + SWEEP_US or state.swept_us == NO_TIME:
            state.swept_us = tick.watermark_us
            book = self._book(state.ints, state.floats, len(state.ints))
            cr.sweep(self.rule, book, tick.watermark_us)
            self._note(state.controls, state.events, book, tick.book, tick.said)
        return state, []

    def finish(self, state: CableRiskState, as_of_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """As ``finish_after``, for a caller that knows nothing of what vessels said."""
        return self.finish_after(state, as_of_us, book, pools, Said(), ())

    def finish_after(
        self, state: CableRiskState, as_of_us: int, book: TrackBook, pools: Pools, said: Said, drafts: Sequence[Draft]
    ) -> list[Draft]:
        """All events, if the data ended at ``as_of_us``, each beside what others did up to then."""
        going = (state.ints[:, cr.LAST_US] != NO_TIME) & (state.ints[:, cr.START] != NO_TIME)
        ints, floats = state.ints[going], state.floats[going]
        events = {track: list(held) for track, held in state.events.items()}
        under_way = self._book(ints, floats, len(ints))
        cr.end_all(self.rule, under_way)
        controls = dict(state.controls)
        fresh: dict[tuple[Cell, str], Controls] = {}
        self._note(fresh, events, under_way, book, said)
        for key, more in fresh.items():
            held = deepcopy(controls.get(key, Controls()))
            held.passages, held.slow = held.passages + more.passages, held.slow + more.slow
            held.knots = [a + b for a, b in zip(held.knots, more.knots, strict=True)]
            held.vessels = sorted({*held.vessels, *more.vessels})[:MAX_VESSELS]
            controls[key] = held
        tracks = sorted(events, key=lambda code: book.names[code])
        return [self._draft(event, controls, state, as_of_us, book) for track in tracks for event in events[track]]

    def _draft(
        self, event: Event, controls: dict[tuple[Cell, str], Controls], state: CableRiskState, as_of_us: int,
        book: TrackBook,
    ) -> Draft:  # fmt: skip
        peers = peers_of(controls, event, book.vessel[event.track])
        n = state.ints[event.track]
        silent_us = as_of_us - int(n[cr.LAST_US])
        is_open = bool(n[cr.START] != NO_TIME and n[cr.END] == event.end_us and silent_us < n[cr.BRIDGE_US])
        over_us = self.flags.rejoin_us + self.rule.max_bridge_us
        settled = not is_open and as_of_us - event.end_us > over_us
        return draft(
            event, peers, book.names[event.track], (self.lines, self.cables), (self.flags, self.limits), self.context,
            is_open=is_open, settled=settled,
        )  # fmt: skip

    def _book(self, ints: I64, floats: F64, room: int) -> cr.Book:
        out_i, out_f = np.empty((room, cr.N_INTS), np.int64), np.empty((room, cr.N_FLOATS))
        return cr.Book(ints, floats, out_i, out_f, np.zeros(1, np.int64))

    def _note(
        self, controls: dict[tuple[Cell, str], Controls], events: dict[int, list[Event]], book: cr.Book,
        names: TrackBook, said: Said,
    ) -> None:  # fmt: skip
        """Count the passages that ended, and keep those out of the ordinary."""
        ended = int(book.heads[0])
        if ended > len(book.out_i):
            raise RuntimeError(f"one report ended more than {ROOM} passages: cables lie too thickly for leave_m")
        for k in range(ended):
            track = int(book.out_i[k, cr.TRACK])
            words = said_at(said, names, track, int(book.out_i[k, cr.END]))
            passage = Event.of(book.out_i[k], book.out_f[k], class_of(words))
            note_passage(controls, passage, names.vessel[track], self.flags)
            if any(flags_of(passage, self.flags)):
                add_event(events.setdefault(track, []), passage, self.flags)


def build(ground: Ground, params: Params) -> CableRisk:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return CableRisk(ground.context, ground.cables, params)
