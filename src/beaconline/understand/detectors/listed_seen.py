"""Listed seen: a vessel of a list is heard, for the first time in the run, again after a silence, or in a zone.

Decides: how long a vessel was heard without a silence of 24 h (an episode), and whether anything it said of itself in
that time leads to an entry of a list. Types: ``first`` (no earlier episode was recognised), ``again``, and ``entered``
(a listed vessel's visits to a zone, up to 24 h apart, as ``zone_entry`` tells them; visits to several zones that begin
within 10 min are one finding). One finding an episode, and one a stay in a zone: a vessel that is heard for weeks does
not speak up every hour. Refuses: to say that the list is right; base stations, aids to navigation and aircraft.
Source: behaviours page (24 h). Known failures: two hulls on one MMSI are one vessel here, recognised if either is;
without ``zone_entry`` in the run no ``entered`` is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64, Pools
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.detectors import listed_seen_words as words
from beaconline.understand.detectors.listed_seen_stays import Stay, stays
from beaconline.understand.forces.claims import Claim, Forces, NoForces
from beaconline.understand.forces.recognise import Recogniser
from beaconline.understand.forces.said import Said, said_at, said_changes
from beaconline.understand.ground import Ground
from beaconline.understand.pairs.vessels import NO_VESSEL, is_vessel_mmsi
from beaconline.understand.step import Params, Tick, numbers_of

__all__ = ["DEFAULTS", "STATE_CLASSES", "ListedSeen", "ListedSeenState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "silence_s": 86_400,  # 24 h, behaviours page; shorter, and a vessel that satellites hear twice a day speaks daily
    "sure_weight": 0.5,  # recognised less surely (a name or a number in a name alone): context queue
    "merge_s": 600,  # zones entered within 10 min are one entry: nested zones share a border or nearly so
}
"""Start values with their origin; the profile lays others over them."""

LARGEST: dict[str, float] = {"silence_s": 1e9, "sure_weight": 1.0, "merge_s": 1e9}
"""Largest value of each parameter (0 is the smallest)."""

SWEEP_US = 600_000_000
"""Episodes of silent vessels are looked for every 10 min of watermark: only memory depends on it."""

BEGIN, LAST, B_LON, B_LAT, B_TRACK, B_STATIONS, L_LON, L_LAT, FIXES, QUIET = range(10)
N_COLS = 10
"""Columns by vessel: first and last fix of its episode, their places, track code and stations of the first, how many
fixes, and the silence before it (microseconds, -1 = none: never heard before)."""


@dataclass(slots=True)
class ListedSeenState:
    """All that the kind remembers.

    episodes   int64[vessels, N_COLS]; LAST is NO_TIME before the first fix, and once an episode is told
    heard_us   int64[vessels], last fix in an episode that is over
    codes      tracks of each vessel; vessel, is_vessel: of each track its vessel, and whether it is a ship's
    known      begins of earlier episodes of each vessel recognised
    first_us   the first row of the run; swept_us: how far episodes of silent vessels are told
    """

    episodes: I64 = field(default_factory=lambda: np.zeros((0, N_COLS), np.int64))
    heard_us: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    codes: list[list[int]] = field(default_factory=list)
    known: dict[int, list[int]] = field(default_factory=dict)
    is_vessel: list[int] = field(default_factory=list)
    vessel: list[int] = field(default_factory=list)
    first_us: int = NO_TIME
    swept_us: int = NO_TIME


STATE_CLASSES: tuple[type, ...] = (ListedSeenState,)
"""Classes that a saved state of this kind holds."""


@kernel
def _episodes(
    vessel: I32, t_us: I64, lon_e7: I32, lat_e7: I32, track: I32, stations: I32, silence_us: int, episodes: I64,
    heard_us: I64, ended: I64, who: I32,
) -> int:  # fmt: skip
    """Take rows (vessel -1: skipped); how many episodes ended. ended int64[n, N_COLS] and who int32[n] are filled."""
    n = 0
    for i in range(len(vessel)):
        v = vessel[i]
        if v < 0:
            continue
        last = episodes[v, LAST]
        if last != NEVER and t_us[i] - last >= silence_us:
            ended[n] = episodes[v]
            who[n] = v
            n += 1
            heard_us[v] = last
            last = NEVER
        if last == NEVER:
            episodes[v, BEGIN], episodes[v, B_LON], episodes[v, B_LAT] = t_us[i], lon_e7[i], lat_e7[i]
            episodes[v, B_TRACK], episodes[v, B_STATIONS], episodes[v, FIXES] = track[i], stations[i], 0
            episodes[v, QUIET] = t_us[i] - heard_us[v] if heard_us[v] != NEVER else -1
        episodes[v, LAST], episodes[v, L_LON], episodes[v, L_LAT] = t_us[i], lon_e7[i], lat_e7[i]
        episodes[v, FIXES] += 1
    return n


NEVER = np.int64(NO_TIME)


class ListedSeen:
    """The kind ``listed_seen``; see the module. One member with role ``listed``, the track on which the episode began;
    ``key`` the type and its begin."""

    name = "listed_seen"
    version = "1"
    after = ("zone_entry",)

    def __init__(self, ground: Ground, params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        number = numbers_of("listed_seen", self.params, LARGEST)
        self.forces: Forces = ground.forces
        self.context = ground.context
        self.zones = {zone.name: zone for zone in ground.zones}
        self.silence_us = max(1, int(number["silence_s"] * 1e6))
        self.merge_us = int(number["merge_s"] * 1e6)
        self.sure = number["sure_weight"]
        self.idle = isinstance(self.forces, NoForces) or (
            isinstance(self.forces, Recogniser) and not self.forces.entries
        )

    def start(self) -> ListedSeenState:
        """The state before any row."""
        return ListedSeenState()

    def step(self, state: ListedSeenState, tick: Tick) -> tuple[ListedSeenState, list[Draft]]:
        """Take rows; returns the episodes that ended."""
        if self.idle:
            return state, []
        _make_room(state, tick.book)
        rows = tick.reports
        if len(rows) and state.first_us == NO_TIME:
            state.first_us = int(rows.t_us[0])
        vessel = _vessels(state, tick)
        ended, who = np.empty((len(rows), N_COLS), np.int64), np.empty(len(rows), np.int32)
        n = _episodes(
            vessel, rows.t_us, rows.lon_e7, rows.lat_e7, tick.track, rows.stations, self.silence_us, state.episodes,
            state.heard_us, ended, who,
        )  # fmt: skip
        over = list(zip(who[:n].tolist(), ended[:n].tolist(), strict=True))
        if tick.watermark_us >= state.swept_us + SWEEP_US or state.swept_us == NO_TIME:
            state.swept_us = tick.watermark_us
            over += self._swept(state, tick.watermark_us)
        drafts = []
        for v, episode in over:
            draft = self._draft(state, v, episode, False, tick.book, tick.pools, tick.said)
            if draft is not None:
                state.known.setdefault(v, []).append(episode[BEGIN])
                drafts.append(draft)
        return state, drafts

    def finish(self, state: ListedSeenState, as_of_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """Nothing: what vessels said is needed, see ``finish_after``."""
        return []

    def finish_after(
        self, state: ListedSeenState, as_of_us: int, book: TrackBook, pools: Pools, said: Said, drafts: Sequence[Draft]
    ) -> list[Draft]:
        """Episodes under way if the data ended at ``as_of_us``, and every stay in a zone."""
        if self.idle:
            return []
        out = []
        for v in np.flatnonzero(state.episodes[:, LAST] != NO_TIME).tolist():
            episode = state.episodes[v].tolist()
            draft = self._draft(state, v, episode, as_of_us - episode[LAST] < self.silence_us, book, pools, said)
            if draft is not None:
                out.append(draft)
        return out + self._entered(state, as_of_us, book, pools, said, drafts)

    def _swept(self, state: ListedSeenState, watermark_us: int) -> list[tuple[int, list[int]]]:
        """Episodes that no later fix can continue."""
        last = state.episodes[:, LAST]
        gone = np.flatnonzero((last != NO_TIME) & (watermark_us - last >= self.silence_us))
        out = [(v, state.episodes[v].tolist()) for v in gone.tolist()]
        state.heard_us[gone] = last[gone]
        state.episodes[gone, LAST] = NO_TIME
        return out

    def _recognised(
        self, codes: Iterable[int], begin_us: int, end_us: int, book: TrackBook, said: Said
    ) -> list[tuple[Claim, int, int]]:
        """Claims of lists on a vessel between two instants, strongest first: (claim, since when, on which track)."""
        best: dict[tuple[str, int], tuple[Claim, int, int]] = {}
        for code in codes:
            for t_us in said_changes(said, book, code, begin_us, end_us):
                for claim in self.forces.claims(book.mmsi[code], said_at(said, book, code, t_us), t_us):
                    at = (claim.list_name, claim.line)
                    held = best.get(at)
                    if claim.list_name and (held is None or claim.weight > held[0].weight):
                        best[at] = (claim, t_us, code)
        return sorted(best.values(), key=lambda each: words.strength(each[0]))

    def _draft(
        self, state: ListedSeenState, v: int, episode: list[int], open_: bool, book: TrackBook, pools: Pools, said: Said
    ) -> Draft | None:
        """The draft of one episode, or None when no list knows the vessel."""
        claims = self._recognised(state.codes[v], episode[BEGIN], episode[LAST], book, said)
        if not claims:
            return None
        sight = words.Sight(
            track=episode[B_TRACK], begin_us=episode[BEGIN], lon_e7=episode[B_LON], lat_e7=episode[B_LAT],
            stations=episode[B_STATIONS], last_us=episode[LAST], last_lon_e7=episode[L_LON],
            last_lat_e7=episode[L_LAT], fixes=episode[FIXES], quiet_us=episode[QUIET], again=v in state.known,
            open=open_, from_the_start=episode[BEGIN] - state.first_us < words.START_US,
        )  # fmt: skip
        zones = self.context.zones_at(sight.lon_e7, sight.lat_e7, sight.begin_us)
        return words.heard(
            sight, claims, zones, self.sure, book, pools, said_at(said, book, claims[0][2], claims[0][1])
        )

    def _entered(
        self, state: ListedSeenState, as_of_us: int, book: TrackBook, pools: Pools, said: Said, drafts: Sequence[Draft]
    ) -> list[Draft]:
        """Stays in zones of vessels that a list knows."""
        out = []
        for stay in stays([d for d in drafts if d.kind == "zone_entry"], book, self.silence_us, self.merge_us):
            v = book.vessel[stay.track]
            if stay.appeared and self._is_no_entry(state, v, stay):
                continue
            claims = self._recognised(state.codes[v], stay.begin_us, stay.end_us, book, said)
            if claims:
                kinds = [self.zones[name].kind for name in stay.zones]
                settled = not stay.open and as_of_us - stay.end_us >= self.silence_us
                sent = said_at(said, book, claims[0][2], claims[0][1])
                out.append(words.entered(stay, claims, kinds, self.sure, settled, book, sent))
        return out

    def _is_no_entry(self, state: ListedSeenState, v: int, stay: Stay) -> bool:
        """Whether a vessel that appeared inside is told already, by the episode that began there, or did not come: the
        zone became valid over it."""
        begins = {int(state.episodes[v, BEGIN]), *state.known.get(v, ())}
        return stay.begin_us in begins or all(self.zones[z].valid_from_us == stay.begin_us for z in stay.zones)


def _make_room(state: ListedSeenState, book: TrackBook) -> None:
    """Arrays for new tracks and vessels."""
    for code in range(len(state.vessel), len(book)):
        v = book.vessel[code]
        state.vessel.append(v)
        state.is_vessel.append(int(is_vessel_mmsi(book.mmsi[code])))
        while len(state.codes) <= v:
            state.codes.append([])
        state.codes[v].append(code)
    need, have = len(state.codes), len(state.episodes)
    if need > have:
        n = max(need, 2 * have)
        episodes, heard = np.zeros((n, N_COLS), np.int64), np.full(n, NO_TIME, np.int64)
        episodes[:, LAST] = NO_TIME
        episodes[:have], heard[:have] = state.episodes, state.heard_us
        state.episodes, state.heard_us = episodes, heard


def _vessels(state: ListedSeenState, tick: Tick) -> I32:
    """Vessel code of each row, -1 where it tells of no vessel."""
    if not len(state.vessel):
        return np.full(len(tick.reports), -1, np.int32)
    code = np.maximum(tick.track, 0)
    good = (tick.track >= 0) & (np.array(state.is_vessel, np.uint8)[code] == 1)
    for sensor in NO_VESSEL:
        good &= tick.reports.sensor != sensor
    return np.where(good, np.array(state.vessel, np.int32)[code], -1).astype(np.int32)


def build(ground: Ground, params: Params) -> ListedSeen:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return ListedSeen(ground, params)
