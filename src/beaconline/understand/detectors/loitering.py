"""Loitering: a vessel that makes no way for hours, far off shore or inside a watched zone.

Decides: the union of all windows, exactly 3 h long, in which a vessel's mean speed is under 2 kn, cut back to its first
and last slow leg; it is told when that lasts 3 h or more, at least 3 h of it 20 nm or more off shore or inside a zone
of kind reef, watch or exclusion. Two such stretches of one vessel near one place are one finding. Types: ``hold``
(within a circle of 1 nm), ``drift`` (steadily away on one course), ``wander`` (slow, neither). Refuses: a reason, and
any place beyond what was heard: silences are not bridged, only told. Base stations, aids to navigation and aircraft
are no vessels. Source: behaviours page; the circle is the smallest one, exact.
Known failures: a ship drifting in a current of 2 kn or more; a vessel working slow gear (longlines, jigging) makes no
way either; a feed without speeds at steps of hours shows the way made good, not the way sailed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from beaconline.foundation.geo.geodesy import F64, KN_MS
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.reports import I8, I64, Pools
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.protocol import Context
from beaconline.understand.detectors import loitering_events as ev
from beaconline.understand.detectors import loitering_rows as lr
from beaconline.understand.detectors.loitering_words import Limits, Stretch, draft
from beaconline.understand.detectors.vessel_rows import vessel_rows
from beaconline.understand.forces.said import Said, said_at
from beaconline.understand.ground import Ground
from beaconline.understand.step import Params, Tick

__all__ = ["DEFAULTS", "STATE_CLASSES", "Loitering", "LoiteringState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "speed_kn": 2.0,  # Global Fishing Watch; under it a vessel drifts, lies or holds position
    "duration_s": 10_800,  # 3 h; shorter is waiting for a pilot, a lock or daylight
    "offshore_m": 37_040,  # 20 nm, Global Fishing Watch; nearer, ships wait for port everywhere
    "hold_radius_m": 1_852,  # 1 nm: twice the swing of a large ship's longest cable; only the type depends on it
    "rejoin_s": 43_200,  # 12 h, a pause between two satellite passes: the same stay goes on
    "rejoin_m": 11_112,  # 6 nm, what 3 h under 2 kn can make: further off it is another stay
    "beat_s": 120,  # fixes nearer in time are not measured: 20 m of jitter every 10 s would be 4 kn
    "port_distance_m": 10_000,  # as for encounters: nearer to a port or an anchorage is counter-evidence
    "max_bridge_s": 7_200,  # no longer gap is bridged, whatever the feed
    "max_leg_speed_kn": 100.0,  # a leg that needs a faster vessel is not believed
    "leg_slack_m": 500.0,  # allowed on top: position noise between fixes a moment apart is no speed
}
"""Start values with their origin; the profile lays others over them."""

LARGEST: dict[str, float] = {
    "speed_kn": 1_000,
    "duration_s": 259_200,  # fixes are kept for twice as long
    "offshore_m": 10_000_000,
    "hold_radius_m": 10_000_000,
    "rejoin_s": 31 * 86_400,  # events are held back for so long
    "rejoin_m": 10_000_000,
    "beat_s": 86_400,
    "port_distance_m": 1_000_000,
    "max_bridge_s": 86_400,
    "max_leg_speed_kn": 10_000,
    "leg_slack_m": 100_000,
}
"""A profile may not ask for more than this: memory and time are bounded by it."""
SMALLEST: dict[str, float] = {"duration_s": 600, "beat_s": 1, "speed_kn": 0.01}
"""... nor for less (0 where nothing is named)."""
MAX_SLOTS = 1_500
"""Most nodes kept of one vessel, 25 bytes each: two durations hold no more beats than this."""
OUT_ROOM = 512
"""Room for ended events of one call of the kernel beyond what one row needs."""
SWEEP_US = 600_000_000
"""Silent tracks are looked for every 10 min of watermark: only memory depends on it."""


@dataclass(slots=True)
class LoiteringState:
    """Arrays of ``loitering_events.Book`` without its output, and how far silent tracks were swept (microseconds)."""

    tracks: I64
    sums: I64
    xyz: F64
    time: I64
    place: I64
    way: F64
    status: I8
    ints: I64
    floats: F64
    heads: I64 = field(default_factory=lambda: np.array([0, 0, -1], np.int64))
    swept_us: int = NO_TIME


STATE_CLASSES: tuple[type, ...] = (LoiteringState,)
"""Classes that a saved state of this kind holds."""


def _longer(array: Any, rows: int, fill: int = 0) -> Any:
    more = np.full((rows - len(array), *array.shape[1:]), fill, array.dtype)
    return np.concatenate([array, more])


class Loitering:
    """The kind ``loitering``; see the module. One member with role ``vessel``; ``key`` is the start."""

    name = "loitering"
    version = "1"
    after: tuple[str, ...] = ()
    """Rests on no other kind; asked last only because it wants to know what vessels said of themselves."""

    def __init__(self, context: Context, params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        self.context = context
        number = {key: float(value) for key, value in self.params.items()}
        for key, most in LARGEST.items():
            least = SMALLEST.get(key, 0)
            if not least <= number[key] <= most:
                raise ValueError(f"[loitering] {key}: {self.params[key]} is outside {least:g} to {most:g}")
        slots = int(2 * number["duration_s"] / number["beat_s"]) + 4
        if slots > MAX_SLOTS:
            raise ValueError(
                f"[loitering] beat_s: {self.params['beat_s']} is too short for a duration of {number['duration_s']:g} s"
                f" (at most {(MAX_SLOTS - 4) // 2} beats)"
            )
        window_us, bridge_us = int(number["duration_s"] * 1e6), int(number["max_bridge_s"] * 1e6)
        rejoin_us = int(number["rejoin_s"] * 1e6)
        self.rule = ev.SlowRule(
            window_us=window_us,
            limit_ms=number["speed_kn"] * KN_MS,
            beat_us=int(number["beat_s"] * 1e6),
            max_bridge_us=bridge_us,
            rejoin_us=rejoin_us,
            rejoin_m=number["rejoin_m"],
            max_speed_ms=number["max_leg_speed_kn"] * KN_MS,
            slack_m=number["leg_slack_m"],
            slots=slots,
            over_us=rejoin_us + 2 * window_us + 2 * bridge_us,
        )
        self.limits = Limits(
            speed_kn=number["speed_kn"],
            duration_us=window_us,
            offshore_m=number["offshore_m"],
            hold_radius_m=number["hold_radius_m"],
            port_distance_m=int(number["port_distance_m"]),
        )

    def start(self) -> LoiteringState:
        """The state before any row."""
        slots = self.rule.slots
        return LoiteringState(
            np.zeros((0, lr.N_TRACK), np.int64), np.zeros((0, 2), np.int64), np.zeros((0, 3)),
            np.zeros((0, slots), np.int64), np.zeros((0, slots), np.int64), np.zeros((0, slots)),
            np.zeros((0, slots), np.int8), np.zeros((0, 2, ev.N_INTS), np.int64), np.zeros((0, 2, ev.N_FLOATS)),
        )  # fmt: skip

    def step(self, state: LoiteringState, tick: Tick) -> tuple[LoiteringState, list[Draft]]:
        """Take rows; returns the events that nothing can continue."""
        self._ensure(state, len(tick.book))
        r = tick.reports
        rows = lr.Rows(
            r.t_us, r.lon_e7, r.lat_e7, tick.track, r.sog_mkn, r.nav_status, tick.bridge_us, vessel_rows(tick)
        )
        drafts: list[Draft] = []
        begin = 0
        while begin < len(r):
            self._make_desks(state)
            book = self._book(state, self.rule.slots + OUT_ROOM)
            begin = lr.advance(self.rule, book, rows, begin)
            drafts += self._ended(book, tick.book, tick.said)
        if tick.watermark_us >= state.swept_us + SWEEP_US or state.swept_us == NO_TIME:
            state.swept_us = tick.watermark_us
            book = self._book(state, len(state.time) + 1)
            lr.sweep(self.rule, book, tick.watermark_us)
            drafts += self._ended(book, tick.book, tick.said)
        return state, drafts

    def finish(self, state: LoiteringState, as_of_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """As ``finish_after``, for a caller that knows nothing of what vessels said."""
        return self.finish_after(state, as_of_us, book, pools, Said(), ())

    def finish_after(
        self, state: LoiteringState, as_of_us: int, book: TrackBook, pools: Pools, said: Said, drafts: Any
    ) -> list[Draft]:
        """Events that go on, or that a later row could join, if the data ended at ``as_of_us``."""
        out = []
        starts, ends = state.ints[:, :, ev.START], state.ints[:, :, ev.END]
        for desk, slot in np.argwhere((starts != NO_TIME) & (ends - starts >= self.rule.window_us)).tolist():
            n, f = state.ints[desk, slot], state.floats[desk, slot]
            of = state.tracks[n[ev.TRACK]]
            grows = slot == ev.COMING and n[ev.RAW_END] == of[lr.NODE_US]
            is_open = bool(grows and as_of_us - of[lr.LAST_US] < of[lr.BRIDGE_US])
            settled = not is_open and as_of_us - int(n[ev.END]) > self.rule.over_us
            out += self._draft(n, f, is_open, settled, book, said)
        return out

    def _ensure(self, state: LoiteringState, tracks: int) -> None:
        have = len(state.tracks)
        if tracks > have:
            rows = max(tracks, 2 * have)
            for name in ("tracks", "sums", "xyz"):
                setattr(state, name, _longer(getattr(state, name), rows))
            state.tracks[have:, lr.LAST_US], state.tracks[have:, lr.DESK] = NO_TIME, -1

    def _make_desks(self, state: LoiteringState) -> None:
        have = len(state.time)
        if state.heads[1] < have:
            return
        rows = max(16, have + have // 8)  # little more than needed: a desk takes some kB
        for name in ("time", "place", "way", "status", "floats"):
            setattr(state, name, _longer(getattr(state, name), rows))
        state.ints = _longer(state.ints, rows)
        state.ints[have:, :, ev.START] = NO_TIME

    def _book(self, state: LoiteringState, room: int) -> ev.Book:
        """The state with an empty output."""
        state.heads[0] = 0
        return ev.Book(
            state.tracks, state.sums, state.xyz, state.time, state.place, state.way, state.status, state.ints,
            state.floats, np.empty((room, ev.N_INTS), np.int64), np.empty((room, ev.N_FLOATS)), state.heads,
        )  # fmt: skip

    def _ended(self, book: ev.Book, names: TrackBook, said: Said) -> list[Draft]:
        out = []
        for k in range(int(book.heads[0])):
            out += self._draft(book.out_i[k], book.out_f[k], False, True, names, said)
        return out

    def _draft(self, n: I64, f: F64, is_open: bool, settled: bool, book: TrackBook, said: Said) -> list[Draft]:
        stretch = Stretch.of(n, f)
        words = said_at(said, book, stretch.track, stretch.end_us)
        name = book.names[stretch.track]
        return draft(stretch, name, words, self.limits, self.context, is_open=is_open, settled=settled)


def build(ground: Ground, params: Params) -> Loitering:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return Loitering(ground.context, params)
