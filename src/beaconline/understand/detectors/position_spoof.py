"""Position spoof: vessels that are told where they cannot be, beginning together or alone.

Decides: a vessel leaps to a run of fixes elsewhere while its own place falls silent, or it draws a ring; leaps of
several vessels near each other within ten minutes are one finding when that is next to impossible by chance (binomial).
Types: ``circle``, ``offset`` (a common vector, motion goes on), ``jump`` (to one place), ``on_land``. One vessel alone
has fewer grounds: it is told in the context queue, unless it both leapt and drew a ring. Refuses: to say who or what
did it, and to tell what another ship under the number, a wrong clock, a lost sign or a hung device explains.
Source: behaviours page ("98 % of naive alarms are these"). Known failures: positions pulled away slowly, leaps that a
ship could have sailed between two fixes, and vessels first heard when already elsewhere are not seen; a river or a lake
counts as land, so being on land is no ground without a leap onto it.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import KN_MS, NM_M
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.report import SENSORS
from beaconline.foundation.table.reports import I32, I64, Pools
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.protocol import Context
from beaconline.understand.detectors import position_spoof_rings as rings
from beaconline.understand.detectors import position_spoof_rows as rows
from beaconline.understand.detectors import position_spoof_words as words
from beaconline.understand.detectors.position_spoof_episodes import (
    SpoofEpisode,
    explained,
    late_or_early,
    leap_m,
    place_m,
)
from beaconline.understand.detectors.position_spoof_groups import (
    SpoofChance,
    SpoofGroup,
    chance,
    common_place,
    common_vector,
    linked,
)
from beaconline.understand.detectors.position_spoof_params import DEFAULTS, LARGEST, numbers
from beaconline.understand.ground import Ground
from beaconline.understand.pairs.vessels import is_vessel_mmsi
from beaconline.understand.step import Params, Tick

__all__ = ["DEFAULTS", "LARGEST", "STATE_CLASSES", "PositionSpoof", "SpoofState", "build"]

CHUNK = 500_000
"""Rows followed at a time, after which what is over is told and forgotten: bounds memory, not findings."""
EVENTS = 4_096
"""Events a pass of the kernel may write before it hands them over."""

_TELLS_OWN_PLACE = np.isin(SENSORS, ("ais_a", "ais_b", "ais_sat", "vms", "partner", "ais"))
"""By sensor: whether a vessel tells its own place there; a radar plot is somebody else's word."""


@dataclass(slots=True)
class SpoofState:
    """By vessel code: slots, info, rings held and windows of fixes (see ``rows`` and ``rings``); then episodes by
    number, running ones and rings by vessel, those not yet grouped, groups not yet over, and what the rate is counted
    from: vessels seen by window (``seen`` the late ones, ``windows`` the number of all older), onsets so far."""

    slots: I64 = field(default_factory=lambda: np.zeros((0, 3, rows.N_SLOT), np.int64))
    info: I64 = field(default_factory=lambda: np.zeros((0, rows.N_VESSEL), np.int64))
    held: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, rows.N_HELD)))
    times: I64 = field(default_factory=lambda: np.zeros((0, rings.SCALES, rings.FIXES), np.int64))
    places: I32 = field(default_factory=lambda: np.zeros((0, rings.SCALES, rings.FIXES, 4), np.int32))
    counts: I32 = field(default_factory=lambda: np.zeros((0, rings.SCALES), np.int32))
    vessel_of_track: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    episodes: dict[int, SpoofEpisode] = field(default_factory=dict)
    numbers: int = 0
    running: dict[int, int] = field(default_factory=dict)
    ringing: dict[int, int] = field(default_factory=dict)
    pending: list[int] = field(default_factory=list)
    groups: list[SpoofGroup] = field(default_factory=list)
    seen: I64 = field(default_factory=lambda: np.zeros((0, 4), np.int64))
    windows: int = 0
    onsets: int = 0


STATE_CLASSES: tuple[type, ...] = (SpoofState, SpoofEpisode, SpoofGroup, SpoofChance)
"""Classes that a saved state of this kind holds."""


def _longer(array: npt.NDArray[np.generic], n: int) -> npt.NDArray[np.generic]:
    out = np.zeros((n, *array.shape[1:]), array.dtype)
    out[: len(array)] = array
    return out


class PositionSpoof:
    """The kind ``position_spoof``; see the module. ``context`` answers about places.

    Members are the track left (role ``own_place``) and the track elsewhere (``displaced``) of every vessel; the key is
    the start of the first.
    """

    name = "position_spoof"
    version = "1"

    def __init__(self, context: Context, params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        number = numbers(self.params)
        self.rule = (
            number["leap_m"], number["excess_kn"] * KN_MS, number["least_kn"] * KN_MS, number["blind_kn"] * KN_MS,
        )  # fmt: skip
        us = {key: int(number[key] * 1e6) for key in number if key.endswith("_s")}
        self.window_us, self.confirm_us, self.silence_us = us["window_s"], us["confirm_s"], us["silence_s"]
        self.after_us = min(us["after_s"], self.silence_us)
        self.spans = (self.window_us, us["before_s"], self.silence_us, self.after_us, us["longest_s"])
        self.ring_limits = (number["ring_turn_deg"], number["ring_spread"], number["ring_kn"] * KN_MS)
        self.link_m, self.least, self.p_max = number["link_nm"] * NM_M, int(number["min_vessels"]), number["p_max"]
        self.limits = words.Limits(
            context=context,
            single_leap_m=number["single_leap_nm"] * NM_M,
            vector_m=number["vector_m"],
            vector_share=number["vector_share"],
            place_m=number["place_m"],
            inland_m=int(number["inland_m"]),
            window_s=int(number["window_s"]),
        )

    def start(self) -> SpoofState:
        """The state before any row."""
        return SpoofState()

    def step(self, state: SpoofState, tick: Tick) -> tuple[SpoofState, list[Draft]]:
        """Take rows; returns what is over by the watermark."""
        _make_room(state, tick.book)
        drafts: list[Draft] = []
        n = len(tick.reports)
        vessel = _vessels(state, tick)
        for begin in range(0, n, CHUNK):
            part = slice(begin, min(begin + CHUNK, n))
            self._follow(state, tick, vessel, part)
            if part.stop < n:
                drafts += self._settle(state, int(tick.reports.t_us[part.stop]) - 1, tick.book, tick.pools)
        return state, drafts + self._settle(state, tick.watermark_us, tick.book, tick.pools)

    def finish(self, state: SpoofState, as_of_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """What is not over, or not yet sure, if the data ended at ``as_of_us``."""
        then = copy.copy(state)
        for name in ("episodes", "running", "ringing", "pending", "groups"):
            setattr(then, name, copy.deepcopy(getattr(state, name)))
        drafts = self._settle(then, as_of_us, book, pools)
        self._group(then, None)
        for number in {*then.running.values(), *then.ringing.values()}:
            self._look(then, then.episodes[number])
        return drafts + [draft for group in then.groups for draft in self._drafts(then, group, book, pools)]

    def _follow(self, state: SpoofState, tick: Tick, vessel: I32, part: slice) -> None:
        """Rows of one part of a tick, and what they begin and end."""
        table = tick.reports
        columns = (
            vessel[part], tick.track[part], table.t_us[part], table.lon_e7[part], table.lat_e7[part],
            table.sog_mkn[part], table.cog_cdeg[part], table.static[part], table.stations[part],
            table.sensor[part].astype(np.int32),
        )  # fmt: skip
        most = min(EVENTS, 16 + 8 * (part.stop - part.start))
        out, out_f = np.zeros((most, rows.N_OUT), np.int64), np.zeros((most, rows.N_OUT_F))
        x, y, row = np.zeros(rings.FIXES), np.zeros(rings.FIXES), np.zeros(9, np.int64)
        n, at, parts = len(columns[0]), 0, [state.seen]
        while at < n:
            seen = np.empty((n - at, 4), np.int64)
            at, events, n_seen = rows.follow_rows(
                at, *columns, self.rule, self.spans, self.ring_limits, state.slots, state.info, state.held,
                state.times, state.places, state.counts, x, y, row, out, out_f, seen,
            )  # fmt: skip
            parts.append(seen[:n_seen].copy())
            for event, floats in zip(out[:events].tolist(), out_f[:events].tolist(), strict=True):
                self._take(state, event, floats, tick)
        state.seen = np.concatenate(parts)

    def _take(self, state: SpoofState, event: list[int], floats: list[float], tick: Tick) -> None:
        """One event of one vessel."""
        kind, vessel = event[rows.E_KIND], event[rows.E_VESSEL]
        base, now = event[rows.E_BASE : rows.E_NOW], event[rows.E_NOW : rows.N_OUT]
        if kind == rows.ONSET:
            episode = SpoofEpisode(vessel, tick.book.mmsi[now[rows.TRACK]], now[rows.SINCE], now[rows.T], base, now)
            episode.path_m = floats[rows.E_PATH_M]
            episode.made_ms = (floats[rows.E_EAST_MS], floats[rows.E_NORTH_MS])
            episode.why_not, episode.clock = explained(episode, tick.pools), late_or_early(episode)
            episode.tracks = (base[rows.TRACK], now[rows.F_TRACK])
            state.running[vessel] = self._enter(state, episode)
            return
        if kind in (rows.RING_ON, rows.RING_OFF):
            self._take_ring(state, event, floats, now, tick.book)
            return
        number = state.running.get(vessel)
        if number is None:
            return
        episode = state.episodes[number]
        episode.by_turns = event[rows.E_BY_TURNS]
        if kind == rows.RETURN:
            episode.away, episode.back = base, now
        elif kind == rows.TURN:
            episode.turns, episode.away, episode.back = episode.turns + 1, now, []
        else:
            _update(episode, base, now)
            if state.ringing.get(vessel) == number:
                _hold(episode, floats[: rows.N_HELD], event[rows.E_RING_US])
            ended = {rows.BACK: "back", rows.SILENT: "silent", rows.LONG: "stayed", rows.ELSEWHERE: "elsewhere"}
            self._end(state, vessel, ended[kind])

    def _enter(self, state: SpoofState, episode: SpoofEpisode) -> int:
        number = state.numbers
        state.numbers += 1
        state.episodes[number] = episode
        state.pending.append(number)
        return number

    def _end(self, state: SpoofState, vessel: int, how: str) -> None:
        number = state.running.pop(vessel)
        state.episodes[number].ended = how
        if state.ringing.get(vessel) == number:
            del state.ringing[vessel]

    def _take_ring(
        self, state: SpoofState, event: list[int], floats: list[float], now: list[int], book: TrackBook
    ) -> None:
        """A ring begins, goes on after a break, or ends."""
        vessel, held, until_us = event[rows.E_VESSEL], floats[: rows.N_HELD], event[rows.E_RING_US]
        number = state.ringing.get(vessel)
        if event[rows.E_KIND] == rows.RING_OFF:
            if number is not None:
                _hold(state.episodes[number], held, until_us)
            return
        if number is not None:
            old = state.episodes[number]
            soon = old.leapt or now[rows.T] <= old.ring_until_us + self.after_us
            if soon and _same_ring(old.ring, held):
                old.ring_before, old.ring_until_us = old.ring, until_us
                old.ring = _joined(old.ring_before, held)
                return
            if not old.leapt:
                old.ended = "ring over"
            del state.ringing[vessel]
        number = state.running.get(vessel)
        if number is not None and not state.episodes[number].back:
            episode = state.episodes[number]
            if not episode.ring:
                episode.ring_since_us = event[rows.E_T]
                episode.ring, episode.ring_until_us, episode.ring_known_us = held, until_us, now[rows.T]
                state.ringing[vessel] = number
            return
        episode = SpoofEpisode(vessel, book.mmsi[now[rows.TRACK]], event[rows.E_T], now[rows.T], away=now)
        episode.ring, episode.ring_since_us, episode.ring_until_us = held, event[rows.E_T], until_us
        episode.ring_known_us = now[rows.T]
        episode.tracks = (now[rows.TRACK],)
        state.ringing[vessel] = self._enter(state, episode)

    def _look(self, state: SpoofState, episode: SpoofEpisode) -> None:
        """Bring a running episode up to the last row of its vessel."""
        v = episode.vessel
        if state.running.get(v) is not None and state.episodes[state.running[v]] is episode:
            episode.by_turns = int(state.info[v, rows.BY_TURNS])
            _update(episode, state.slots[v, rows.BASE].tolist(), state.slots[v, rows.NOW].tolist())
        number = state.ringing.get(v) if state.info[v, rows.RING] else None
        if number is not None and state.episodes[number] is episode:
            _hold(episode, state.held[v].tolist(), int(state.info[v, rows.RING_US]))

    def _settle(self, state: SpoofState, until_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """What is over by a time: episodes by silence or after a return, then groups, then their drafts."""
        for vessel, number in list(state.running.items()):
            episode = state.episodes[number]
            self._look_time(state, vessel, episode, until_us)
        for vessel, number in list(state.ringing.items()):
            episode = state.episodes[number]
            if not episode.leapt and self._ring_over(state, vessel, episode, until_us):
                self._look(state, episode)
                episode.ended = "ring over"
                del state.ringing[vessel]
        self._group(state, until_us)
        drafts, kept = [], []
        for group in state.groups:
            if all(state.episodes[e].ended for e in group.episodes):
                drafts += self._drafts(state, group, book, pools)
                for e in group.episodes:
                    del state.episodes[e]
            else:
                kept.append(group)
        state.groups = kept
        self._forget(state, until_us)
        return drafts

    def _look_time(self, state: SpoofState, vessel: int, episode: SpoofEpisode, until_us: int) -> None:
        """End a running episode that no row can go on with."""
        slots, info = state.slots[vessel], state.info[vessel]
        last = int(slots[rows.NOW, rows.T])
        if slots[rows.NEXT, rows.COUNT]:
            last = max(last, int(slots[rows.NEXT, rows.T]))
        if info[rows.STATUS] == rows.RETURNED and until_us >= int(info[rows.RETURN_US]) + self.after_us:
            self._look(state, episode)
            self._end(state, vessel, "back")
        elif until_us > last + self.silence_us:
            self._look(state, episode)
            self._end(state, vessel, "silent")

    def _ring_over(self, state: SpoofState, vessel: int, episode: SpoofEpisode, until_us: int) -> bool:
        if state.info[vessel, rows.RING]:
            return until_us > int(state.slots[vessel, rows.NOW, rows.T]) + self.silence_us
        return until_us > episode.ring_until_us + self.after_us

    def _group(self, state: SpoofState, until_us: int | None) -> None:
        """Put together what began together, once no more can join by ``until_us``; None: all that is there."""
        if not state.pending:
            return
        wait = self.window_us + self.confirm_us
        order = sorted(state.pending, key=lambda e: (state.episodes[e].since_us, state.episodes[e].vessel))
        left = dict.fromkeys(order)
        for number in order:
            seed = state.episodes[number]
            if number not in left:
                continue
            if until_us is not None and until_us < seed.since_us + wait:
                break
            group = self._around(state, seed, number, list(left))
            group.sure = until_us is not None
            state.groups.append(group)
            if not group.together and self._counts(seed):
                state.onsets += 1
            for e in group.episodes:
                del left[e]
        state.pending = list(left)

    def _counts(self, episode: SpoofEpisode) -> bool:
        """Whether it was sure soon enough to count with others, and nothing simpler explains it."""
        sure_us = episode.since_us + self.confirm_us
        ring = bool(episode.ring) and episode.ring_known_us <= sure_us
        return episode.known_us <= sure_us and not episode.why_not and (ring or not episode.clock)

    def _around(self, state: SpoofState, seed: SpoofEpisode, number: int, left: Iterable[int]) -> SpoofGroup:
        """The group that begins with a seed: a group of one when it is no group."""
        alone = SpoofGroup([number])
        if not self._counts(seed):
            return alone
        end_us = seed.since_us + self.window_us
        some = [e for e in left if state.episodes[e].since_us <= end_us]
        sound = [state.episodes[e] for e in some if self._counts(state.episodes[e])]
        members = linked(seed, sound, self.link_m, self.limits.vector_m, self.limits.vector_share)
        if len(members) < self.least:
            return alone
        members += self._like(members, [state.episodes[e] for e in some])
        windows = state.windows + int((state.seen[:, 0] < seed.since_us // self.window_us).sum())
        odds = chance(members, state.seen, len(state.info), self.window_us, self.link_m, windows, state.onsets)
        if odds.p_value > self.p_max:
            return alone
        chosen = [e for e in some if any(state.episodes[e] is m for m in members)]
        chosen.sort(key=lambda e: (state.episodes[e].mmsi, e))
        return SpoofGroup(chosen, odds, True)

    def _like(self, members: list[SpoofEpisode], others: list[SpoofEpisode]) -> list[SpoofEpisode]:
        """Leaps that a wrong clock would explain, were they not by the members' own vector, or to their place."""
        known = [e for e in others if e.known_us <= e.since_us + self.confirm_us and e.leapt and not e.why_not]
        late = [e for e in known if e.clock and not any(e is m for m in members)]
        most = max(self.least, len(members) / 2.0)
        east, north, _, fitting = common_vector(members, self.limits.vector_m, self.limits.vector_share)
        middle, _, put = common_place(members, self.limits.place_m)
        if max(fitting, put) < most:
            return []
        if fitting < put:
            return [e for e in late if place_m((e.away[rows.F_LON], e.away[rows.F_LAT]), middle) <= self.limits.place_m]
        room = max(self.limits.vector_m, self.limits.vector_share * math.hypot(east, north))
        return [e for e in late if math.hypot(leap_m(e)[0] - east, leap_m(e)[1] - north) <= room]

    def _forget(self, state: SpoofState, until_us: int) -> None:
        """Keep of the vessels seen what a group may still ask for; count the rest."""
        wait = 3 * self.window_us + self.confirm_us
        first = min([until_us - wait, *(state.episodes[e].since_us - 2 * self.window_us for e in state.pending)])
        old = state.seen[:, 0] < first // self.window_us
        if old.any():
            state.windows += int(old.sum())
            state.seen = state.seen[~old]

    def _drafts(self, state: SpoofState, group: SpoofGroup, book: TrackBook, pools: Pools) -> list[Draft]:
        draft = words.draft([state.episodes[e] for e in group.episodes], group, book, pools, self.limits)
        return [] if draft is None else [draft]


def _centre(ring: list[float]) -> tuple[int, int]:
    return round(ring[rings.LON] * 1e7), round(ring[rings.LAT] * 1e7)


def _same_ring(a: list[float], b: list[float]) -> bool:
    return place_m(_centre(a), _centre(b)) <= max(a[rings.RADIUS_M], b[rings.RADIUS_M])


def _hold(episode: SpoofEpisode, held: list[float], until_us: int) -> None:
    """What a ring came to by now, with what was held before a break."""
    episode.ring = _joined(episode.ring_before, held) if episode.ring_before else held
    episode.ring_until_us = until_us


def _joined(old: list[float], new: list[float]) -> list[float]:
    """A ring that goes on after a break."""
    out = list(new)
    for k in (rows.R_TURNED, rows.R_SUM, rows.R_N):
        out[k] = old[k] + new[k]
    out[rows.R_SPREAD] = max(old[rows.R_SPREAD], new[rows.R_SPREAD])
    return out


def _update(episode: SpoofEpisode, base: list[int], now: list[int]) -> None:
    """The runs of an episode as they stand."""
    if not episode.leapt:
        return
    if episode.back:
        episode.away, episode.back = base, now
    else:
        episode.away = now


def _vessels(state: SpoofState, tick: Tick) -> I32:
    """Vessel code of each row, -1 where it tells no vessel's own place."""
    table = tick.reports
    vessel = np.full(len(table), -1, np.int32)
    some = (tick.track >= 0) & _TELLS_OWN_PLACE[table.sensor]
    vessel[some] = state.vessel_of_track[tick.track[some]]
    return vessel


def _make_room(state: SpoofState, book: TrackBook) -> None:
    """Arrays for new vessels and tracks."""
    known = len(state.vessel_of_track)
    if known == len(book):
        return
    fresh = [
        vessel if is_vessel_mmsi(mmsi) else -1
        for vessel, mmsi in zip(book.vessel[known:], book.mmsi[known:], strict=True)
    ]
    state.vessel_of_track = np.concatenate([state.vessel_of_track, np.array(fresh, np.int32)])
    need = max(fresh) + 1
    if need > len(state.info):
        n = max(need, 2 * len(state.info), 64)
        for name in ("slots", "info", "held", "times", "places", "counts"):
            setattr(state, name, _longer(getattr(state, name), n))


def build(ground: Ground, params: Params) -> PositionSpoof:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return PositionSpoof(ground.context, params)
