"""Identity conflict: one MMSI in two places at once, or two MMSI with one set of static fields.

Decides: an MMSI is in conflict when it jumps (more than 10 nm from one fix to the next, faster than 60 kn), or when
its tracks, apart by 300 m or more, are heard by turns, too fast by far for the speed told, for steps of rounding, and
for a wrong clock; and whether the tracks are ships, one ship under two clocks, or fixes of one ship gone astray.
Types: ``two_places`` (ships by turns; context where clocks explain it), ``single_jump`` (went and stayed),
``stray_fix`` (fixes astray, kept as context), ``shared_static`` (two MMSI send one IMO number, or one name, call sign,
length and beam, from places that one hull cannot share). One finding lasts until the MMSI was quiet for a day.
Refuses: to say which ship is the rightful
one; base stations count (they must not move at all), aircraft and distress transmitters do not.
Source: behaviours page; thresholds below. Known failures: two ships in convoy on one course within 5 minutes' sailing
look like one ship with a wrong clock and are not told; two ships nearer than 300 m are not told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import KN_MS, NM_M
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.report import SENSORS
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.reports import I32, I64, Pools, Reports
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.detectors.identity_changes import Change, Fix
from beaconline.understand.detectors.identity_claimants import Claimant
from beaconline.understand.detectors.identity_claims import LAST, Claims, Sharing, is_ship_mmsi
from beaconline.understand.detectors.identity_clocks import Lag, Paths
from beaconline.understand.detectors.identity_episodes import Episode
from beaconline.understand.detectors.identity_rows import N_FIX, NEVER_US, RUN, TOP, claim_rows, place_rows
from beaconline.understand.detectors.identity_words import one_mmsi_draft, shared_static_draft
from beaconline.understand.ground import Ground
from beaconline.understand.step import Params, Tick

__all__ = ["DEFAULTS", "STATE_CLASSES", "IdentityConflict", "IdentityState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "jump_nm": 10.0,  # with jump_kn the usual test for "teleports"; shorter ones are mostly receivers' time stamps
    "jump_kn": 60.0,  # faster than all ships but a few; wing-in-ground and racing craft stay under 10 nm a fix
    "apart_m": 300.0,  # under it two antennas of one hull, or position errors, look the same
    "excess_kn": 15.0,  # a change of place counts when so much faster than the speed told; currents are less
    "turns": 3,  # changes of place without a jump: out and back is one stray fix, three are two ships
    "quiet_s": 86_400,  # a day without a change of place ends a conflict: satellites hear some ships twice a day
    "shared_apart_nm": 1.0,  # two transponders of one hull lie nearer, with all their errors
    "shared_window_s": 3_600,  # fixes of both MMSI compared: later ones say little about where the other was
    "shared_turns": 3,  # times that both were heard apart
    "shared_mmsi": 4,  # on more MMSI a set of fields is a placeholder of a maker or a fleet
}
"""Start values with their origin; a profile lays others over them."""

_NO_VESSEL_SENSORS = frozenset({SENSORS.index("ais_sar")})


@dataclass(slots=True)
class IdentityState:
    """By vessel code: last fix, until when every row is looked at, last static record, conflict under way."""

    last: I64 = field(default_factory=lambda: np.zeros((0, N_FIX), np.int64))
    until_us: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    last_static: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    since_us: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    vessel_of_track: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    vessel_of_mmsi: dict[int, int] = field(default_factory=dict)
    episodes: dict[int, Episode] = field(default_factory=dict)
    claims: Claims = field(default_factory=Claims)


STATE_CLASSES: tuple[type, ...] = (IdentityState, Episode, Claimant, Paths, Lag, Change, Fix, Claims, Sharing)
"""Classes that a saved state of this kind holds."""


def _no_vessels(reports: Reports) -> npt.NDArray[np.bool_]:
    """Rows of aircraft and of distress transmitters, whose numbers are shared or fast by design (ITU-R M.585)."""
    lead = reports.mmsi // 1_000_000
    return np.isin(lead, (111, 970, 972, 974)) | np.isin(reports.sensor, list(_NO_VESSEL_SENSORS)) | (reports.mmsi < 0)


def _fixes(tick: Tick, rows: I64) -> Iterator[Fix]:
    """Rows of a tick as fixes."""
    table = tick.reports
    columns = (table.t_us, table.lon_e7, table.lat_e7, tick.track, table.stations, table.sog_mkn, table.cog_cdeg)
    return map(Fix, *(column[rows].tolist() for column in columns))


def _longer(array: npt.NDArray[np.int64], n: int, fill: int) -> npt.NDArray[np.int64]:
    out = np.full((n, *array.shape[1:]), fill, array.dtype)
    out[: len(array)] = array
    return out


class IdentityConflict:
    """The kind ``identity_conflict``; see the module. Members are the tracks in conflict (roles ``claimant``,
    ``stray``); the place is that of the last fix before the first change; ``key`` is MMSI and start."""

    name = "identity_conflict"
    version = "1"

    def __init__(self, params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        number = {key: float(value) for key, value in self.params.items()}
        self.jump_m, self.jump_ms = number["jump_nm"] * NM_M, number["jump_kn"] * KN_MS
        self.apart_m, self.turns = number["apart_m"], int(number["turns"])
        self.excess_kn = number["excess_kn"]
        self.quiet_us = int(number["quiet_s"] * 1e6)
        self.shared_apart_m, self.shared_turns = number["shared_apart_nm"] * NM_M, int(number["shared_turns"])
        self.window_us, self.most = int(number["shared_window_s"] * 1e6), int(number["shared_mmsi"])

    def start(self) -> IdentityState:
        """The state before any row."""
        return IdentityState()

    def step(self, state: IdentityState, tick: Tick) -> tuple[IdentityState, list[Draft]]:
        """Take rows; returns the conflicts that ended."""
        self._make_room(state, tick.book)
        rows = tick.reports
        n = len(rows)
        vessel = np.full(n, -1, np.int32)
        some = (tick.track >= 0) & ~_no_vessels(rows)
        vessel[some] = state.vessel_of_track[tick.track[some]]
        picked, before = np.empty((n, 2), np.int64), np.empty((n, N_FIX), np.int64)
        claims = np.empty(n, np.int64)
        n_picked, n_claims = place_rows(
            vessel, tick.track, rows.t_us, rows.lon_e7, rows.lat_e7, rows.stations, rows.sog_mkn, rows.cog_cdeg,
            rows.static, self.apart_m, self.jump_m, self.jump_ms, self.quiet_us, state.last, state.until_us,
            state.last_static, picked, before, claims,
        )  # fmt: skip
        chosen = picked[:n_picked, 0]
        ended = [
            episode
            for v, mmsi, fix, bits, earlier in zip(
                vessel[chosen].tolist(),
                rows.mmsi[chosen].tolist(),
                _fixes(tick, chosen),
                picked[:n_picked, 1].tolist(),
                before[:n_picked].tolist(),
                strict=True,
            )
            for episode in self._take(state, v, mmsi, fix, bits, earlier)
        ]
        drafts = self._drafts(ended, False, tick.book, tick.pools)
        drafts += self._shared(state, tick, vessel, claims[:n_claims], picked[:, 0])
        return state, drafts + self._sweep(state, tick.watermark_us, tick.book, tick.pools)

    def finish(self, state: IdentityState, as_of_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """Conflicts under way if the data ended at ``as_of_us``."""
        out = []
        for episode in state.episodes.values():
            out += self._drafts([episode], as_of_us <= episode.last_us + self.quiet_us, book, pools)
        for pair, episode in state.claims.under_way.items():
            open_ = as_of_us <= episode.last_us + self.quiet_us
            out += self._shared_drafts([(pair, episode)], state, open_, book, pools)
        return out

    def _make_room(self, state: IdentityState, book: TrackBook) -> None:
        """Arrays for new vessels and tracks."""
        known = len(state.vessel_of_track)
        if known == len(book):
            return
        fresh = np.array(book.vessel[known:], np.int32)
        state.vessel_of_track = np.concatenate([state.vessel_of_track, fresh])
        for mmsi, vessel in zip(book.mmsi[known:], fresh.tolist(), strict=True):
            if mmsi >= 0:
                state.vessel_of_mmsi[mmsi] = vessel
        need = int(fresh.max()) + 1
        if need > len(state.last):
            n = max(need, 2 * len(state.last))
            state.last = _longer(state.last, n, NEVER_US)
            state.until_us = _longer(state.until_us, n, NEVER_US)
            state.since_us = _longer(state.since_us, n, LAST)
            longer = np.full(n, -1, np.int32)
            longer[: len(state.last_static)] = state.last_static
            state.last_static = longer

    def _take(
        self, state: IdentityState, vessel: int, mmsi: int, fix: Fix, bits: int, earlier: list[int]
    ) -> list[Episode]:
        """One row of a vessel in conflict; returns a conflict that ended before it."""
        ended = []
        episode = state.episodes.get(vessel)
        if episode is not None and fix.t_us > episode.last_us + self.quiet_us:
            ended.append(state.episodes.pop(vessel))
            episode = None
        change = Change.between(Fix(*earlier[:RUN]), fix, earlier[TOP]) if bits else None
        if change is not None:
            # A jump that the speed told explains is none, and inside one track no change either.
            fast = change.too_fast(self.excess_kn)
            jump = bool(bits & 1) and fast
            if not jump and change.a.track == fix.track:
                change = None
            else:
                if episode is None:
                    episode = state.episodes[vessel] = Episode(mmsi=mmsi)
                    episode.begin(change.a, earlier[RUN])
                episode.add(change, jump, fast)
        if episode is not None:
            episode.hear(fix, change)
        return ended

    def _is_told(self, episode: Episode) -> bool:
        if episode.jumps > 0:
            return True
        return episode.impossible >= self.turns and episode.returns()

    def _drafts(self, episodes: list[Episode], open_: bool, book: TrackBook, pools: Pools) -> list[Draft]:
        return [one_mmsi_draft(e, open_, book, pools) for e in episodes if self._is_told(e)]

    def _shared(self, state: IdentityState, tick: Tick, vessel: I32, claims: I64, picked: I64) -> list[Draft]:
        """Take claims in order of time, then the rows of vessels that share an identity."""
        self._hear(state, tick, claims)
        if not state.claims.shared:
            return []
        for mmsi in state.claims.keys:
            code = state.vessel_of_mmsi.get(mmsi)
            if code is not None:
                state.since_us[code] = state.claims.since_us(mmsi)
        picked = np.ascontiguousarray(picked)
        count = claim_rows(vessel, tick.reports.t_us, state.since_us, picked)
        ended: list[tuple[tuple[str, int, int], Episode]] = []
        chosen = picked[:count]
        for mmsi, fix in zip(tick.reports.mmsi[chosen].tolist(), _fixes(tick, chosen), strict=True):
            ended += state.claims.take(mmsi, fix, self.window_us, self.shared_apart_m, self.jump_ms, self.quiet_us)
        return self._shared_drafts(ended, state, False, tick.book, tick.pools)

    def _hear(self, state: IdentityState, tick: Tick, claims: I64) -> None:
        rows, extra, records = tick.reports, tick.statics, tick.pools.statics
        t_us = np.concatenate([rows.t_us[claims], extra.t_us])
        mmsi = np.concatenate([rows.mmsi[claims], extra.mmsi])
        static = np.concatenate([rows.static[claims], extra.static])
        keep = np.flatnonzero((t_us != NO_TIME) & (mmsi >= 0))
        # Of one MMSI at one instant the order is of no consequence: each key has its own list.
        order = keep[np.lexsort((mmsi[keep], t_us[keep]))]
        for when, who, code in zip(t_us[order].tolist(), mmsi[order].tolist(), static[order].tolist(), strict=True):
            if is_ship_mmsi(who):
                state.claims.hear(when, who, records[code], self.most)

    def _shared_drafts(
        self,
        ended: list[tuple[tuple[str, int, int], Episode]],
        state: IdentityState,
        open_: bool,
        book: TrackBook,
        pools: Pools,
    ) -> list[Draft]:
        return [
            shared_static_draft(pair, state.claims.shared[pair[0]].words, episode, open_, book, pools)
            for pair, episode in ended
            if episode.changes >= self.shared_turns and any((b, a) in episode.ways for a, b in episode.ways)
        ]

    def _sweep(self, state: IdentityState, watermark_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """Conflicts whose quiet is over by the watermark."""
        out = []
        for vessel, episode in list(state.episodes.items()):
            if watermark_us > episode.last_us + self.quiet_us:
                out += self._drafts([state.episodes.pop(vessel)], False, book, pools)
        for pair, episode in list(state.claims.under_way.items()):
            if watermark_us > episode.last_us + self.quiet_us:
                out += self._shared_drafts([(pair, state.claims.under_way.pop(pair))], state, False, book, pools)
        return out


def build(ground: Ground, params: Params) -> IdentityConflict:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return IdentityConflict(params)
