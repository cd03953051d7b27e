"""Identity change: a vessel on a continuous track sends another name, call sign or IMO number, or another MMSI.

Decides: a value is held once it came in 3 messages over 10 min without another between; a change leads from one held
value to another on one track. Types: ``imo``, ``callsign``, ``name`` (the strongest of those that changed together),
and ``mmsi`` (one number falls silent, a new one is heard that sends the same IMO number, call sign, or name and size,
or goes on with its path; another flag is another country code in it). Refuses: the first value of an empty field, other
spelling of one value (case, blanks, punctuation), values that come and go by turns (two devices, two feeds, or two
ships, which ``identity_conflict`` tells), ship type, draught and destination, which are no identity.
Source: behaviours page; thresholds below. Known failures: a change while two ships use one MMSI is not told; a hull
that changes all it sends, MMSI included, while silent for over 30 min is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.reports import I32, I64, Pools, Static
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.detectors import identity_change_rows as rows
from beaconline.understand.detectors import identity_change_words as words
from beaconline.understand.detectors.identity_change_links import (
    MOST_HOLDERS,
    Link,
    LinkRule,
    Match,
    Silence,
    best,
    linked_by,
    match,
)
from beaconline.understand.detectors.identity_change_runs import (
    Change,
    Place,
    Run,
    add_run,
    changes_of,
    flips,
    groups,
)
from beaconline.understand.forces.lists import is_imo
from beaconline.understand.forces.recognise import name_key
from beaconline.understand.forces.said import Said, said_at
from beaconline.understand.ground import Ground
from beaconline.understand.pairs.vessels import NO_VESSEL, is_vessel_mmsi
from beaconline.understand.step import Params, Tick, numbers_of

__all__ = ["DEFAULTS", "STATE_CLASSES", "IdentityChange", "IdentityChangeState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "held_messages": 3,  # one message may be broken on the air, two may be the same slip twice
    "held_s": 600,  # 10 min: two devices on one hull send by turns every 3 to 6 min
    "window_s": 86_400,  # 24 h: what comes back within a day counts as to and fro; also how long a change is unsettled
    "most_flips": 3,  # the two values follow each other this often within the window besides the change: not told
    "together_s": 3_600,  # fields that change within an hour are one finding: name and call sign come in two messages
    "held_gap_s": 21_600,  # 6 h, the limit of a gap at sea: over it the track is not continuous enough for the queue
    "path_gap_s": 1_800,  # 30 min: over it a course and a speed lead anywhere
    "path_kn": 3.0,  # slower vessels have no path: berths are left and taken
    "path_slack_m": 200.0,  # error of places and of the predicted place
    "path_share": 0.1,  # of the way made, on top: a ship's speed and course change by as much
    "path_turn_deg": 20.0,  # first course of the new number against the last of the old one
    "link_kn": 40.0,  # faster than all but a few: a new number farther off is another vessel
    "port_distance_m": 5_000,  # vessels are renamed in port: nearer is context
    "near_shore_m": 1_852,  # 1 nm: devices are set up at the quay; nearer is context
}
"""Start values with their origin; the profile lays others over them."""

LARGEST: dict[str, float] = {
    "held_messages": 1e6, "held_s": 1e9, "window_s": 1e9, "most_flips": 1e6, "together_s": 1e9, "held_gap_s": 1e9,
    "path_gap_s": 1e6, "path_kn": 1e3, "path_slack_m": 1e6, "path_share": 10.0, "path_turn_deg": 180.0, "link_kn": 1e4,
    "port_distance_m": 1e6, "near_shore_m": 1e6,
}  # fmt: skip
"""Largest value of each parameter (0 is the smallest)."""

EVENTS = 8_192
"""Events taken from the compiled pass at a time: bounds memory, not events."""
LEAST_TEXT = 3
"""A call sign or name with fewer letters and digits, or all of one, identifies nothing ("0", "AA", "00000")."""


@dataclass(slots=True)
class IdentityChangeState:
    """All that the kind remembers; codes of pools in it mean what they meant: it is saved together with its pools.

    fixes, firsts, runs, steady  arrays of ``identity_change_rows.Memory``, by vessel code of the book
    prints, texts   code of each field's value in each static record; codes by value
    stories         runs of each vessel and field; waiting: vessels with changes not final yet
    holders         latest vessels by (field, code); links: pairs not final yet; silences: long silences of late
    ship, vessel    of each track: whether it may be a ship's, its vessel; of_mmsi, of_name: vessels as in the book
    numbered        vessels that have an MMSI
    """

    fixes: I64 = field(default_factory=lambda: np.zeros((0, rows.N_FIX), np.int64))
    firsts: I64 = field(default_factory=lambda: np.zeros((0, rows.N_FIRST), np.int64))
    runs: I64 = field(default_factory=lambda: np.zeros((0, 3, rows.N_RUN), np.int64))
    steady: I64 = field(default_factory=lambda: np.zeros((0, rows.N_STEADY), np.int64))
    prints: I32 = field(default_factory=lambda: np.zeros((0, 3), np.int32))
    texts: dict[str, int] = field(default_factory=dict)
    stories: dict[tuple[int, int], list[Run]] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    holders: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    links: dict[tuple[int, int], Link] = field(default_factory=dict)
    silences: dict[int, list[Silence]] = field(default_factory=dict)
    ship: list[int] = field(default_factory=list)
    vessel: list[int] = field(default_factory=list)
    of_mmsi: dict[int, int] = field(default_factory=dict)
    of_name: dict[str, int] = field(default_factory=dict)
    numbered: set[int] = field(default_factory=set)


STATE_CLASSES: tuple[type, ...] = (IdentityChangeState, Run, Place, Link, Silence)
"""Classes that a saved state of this kind holds."""


class IdentityChange:
    """The kind ``identity_change``; see the module. One member with role ``vessel``; for ``mmsi`` two, ``before`` and
    ``after``. ``key`` the field or ``mmsi``, and when the new value was first heard."""

    name = "identity_change"
    version = "1"
    after: tuple[str, ...] = ()

    def __init__(self, ground: Ground, params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        number = numbers_of("identity_change", self.params, LARGEST)
        self.window_us, self.together_us = int(number["window_s"] * 1e6), int(number["together_s"] * 1e6)
        self.most_flips = int(number["most_flips"])
        self.rule = rows.RowRule(
            held_messages=int(number["held_messages"]), held_us=int(number["held_s"] * 1e6), silence_us=self.window_us,
            confirm_us=int(number["held_s"] * 1e6), path_gap_us=int(number["path_gap_s"] * 1e6),
            path_mkn=int(number["path_kn"] * 1e3), path_slack_m=number["path_slack_m"],
            path_share=number["path_share"], path_turn_cdeg=int(number["path_turn_deg"] * 100),
        )  # fmt: skip
        held_gap_us = int(number["held_gap_s"] * 1e6)
        self.link_rule = LinkRule(self.window_us, held_gap_us, number["link_kn"])
        self.words = words.WordRule(held_gap_us, int(number["port_distance_m"]), int(number["near_shore_m"]))
        self.context = ground.context

    def start(self) -> IdentityChangeState:
        """The state before any row."""
        return IdentityChangeState()

    def step(self, state: IdentityChangeState, tick: Tick) -> tuple[IdentityChangeState, list[Draft]]:
        """Take rows and static messages; returns the changes that are final."""
        _make_room(state, tick.book)
        _take_prints(state, tick.pools)
        messages = _messages(state, tick)
        memory = rows.Memory(state.fixes, state.firsts, state.runs, state.steady)
        drafts: list[Draft] = []
        row, static, out = 0, 0, np.empty((EVENTS, rows.N_EVENT), np.int64)
        while row < len(messages.vessel) or static < len(messages.s_vessel):
            row, static, n = rows.advance(self.rule, memory, messages, row, static, out)
            for event in out[:n].tolist():
                drafts += self._take(state, event, tick.book, tick.pools)
        for v in sorted(state.waiting):
            drafts += self._final(state, v, tick.watermark_us, tick.book, tick.pools)
        drafts += self._linked(state, tick.watermark_us, True, tick.book, tick.said)
        self._forget(state, tick.watermark_us)
        return state, drafts

    def finish(self, state: IdentityChangeState, as_of_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """Nothing: what vessels said is needed, see ``finish_after``."""
        return []

    def finish_after(
        self, state: IdentityChangeState, as_of_us: int, book: TrackBook, pools: Pools, said: Said,
        drafts: Sequence[Draft],
    ) -> list[Draft]:  # fmt: skip
        """Changes that are not final yet if the data ended at ``as_of_us``."""
        out = []
        for v in sorted(state.waiting):
            for group, final_us in self._groups(state, v):
                draft = self._draft(state, v, group, min(final_us, as_of_us), False, book, pools)
                out += [draft] if draft is not None else []
        return out + self._linked(state, as_of_us, False, book, said)

    def _take(self, state: IdentityChangeState, event: list[int], book: TrackBook, pools: Pools) -> list[Draft]:
        """One event; returns the changes of its vessel that became final before it."""
        kind, t_us, v = event[rows.KIND], event[rows.T], event[rows.V]
        before = Place(*event[rows.A_FIX : rows.A_FIX + 5])
        if kind == rows.RESUMED:
            state.silences.setdefault(v, []).append(Silence(before, event[rows.STEP], t_us))
            return []
        if kind == rows.CANDIDATE:
            self._link(state, event[rows.OTHER], v, "path", t_us)
            return []
        # Whatever comes now must not alter what was final before it.
        drafts = self._final(state, v, t_us - 1, book, pools) if v in state.waiting else []
        f, code = event[rows.FIELD], event[rows.CODE]
        story = state.stories.setdefault((v, f), [])
        if kind == rows.HELD:
            story[-1].held_us = t_us
            if changes_of(f, story):
                state.waiting.add(v)
            return drafts
        add_run(story, Run(
            code, event[rows.STATIC], t_us, Place(*event[rows.B_FIX : rows.B_FIX + 5]), event[rows.P_LAST],
            event[rows.P_STATIC], event[rows.P_COUNT], before,
        ), self.window_us)  # fmt: skip
        holders = state.holders.setdefault((f, code), [])
        for other in holders:
            self._link(state, other, v, rows.FIELDS[f], t_us)
        if v not in holders:
            holders.append(v)
            del holders[:-MOST_HOLDERS]
        return drafts

    def _link(self, state: IdentityChangeState, old: int, new: int, by: str, t_us: int) -> None:
        """Note that something links two vessels, if the new one is new."""
        first_us = int(state.firsts[new, 0])
        if old == new or t_us - first_us > self.window_us or state.firsts[old, 0] >= first_us:
            return
        if new in state.numbered and old in state.numbered:
            state.links.setdefault((old, new), Link(old, new)).by.setdefault(by, t_us)

    def _groups(self, state: IdentityChangeState, v: int) -> list[tuple[list[Change], int]]:
        changes = [c for f in range(3) for c in changes_of(f, state.stories.get((v, f), ()))]
        return groups(changes, self.window_us, self.together_us)

    def _final(self, state: IdentityChangeState, v: int, until_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """Changes of a vessel that nothing after ``until_us`` can alter; each once."""
        out, left = [], 0
        for group, final_us in self._groups(state, v):
            if final_us > until_us:
                left += 1
                continue
            draft = self._draft(state, v, group, final_us, True, book, pools)
            out += [draft] if draft is not None else []
            for change in group:
                change.new.told = True
        if not left:
            state.waiting.discard(v)
        return out

    def _draft(
        self, state: IdentityChangeState, v: int, group: Sequence[Change], until_us: int, settled: bool,
        book: TrackBook, pools: Pools,
    ) -> Draft | None:  # fmt: skip
        """What is told of changes that belong together, or None."""
        kept, turns = [], 0
        for change in group:
            often = flips(change, state.stories[v, change.field], self.window_us, until_us) - 1
            if change.old_at.track == change.new.at.track and often < self.most_flips:
                kept.append(change)
                turns = max(turns, often)
        return words.changed(kept, turns, settled, self.words, self.context, book, pools) if kept else None

    def _linked(
        self, state: IdentityChangeState, until_us: int, final: bool, book: TrackBook, said: Said
    ) -> list[Draft]:
        """Numbers that took the place of another: those that are final by ``until_us``, or all that are not."""
        by_new: dict[int, list[Link]] = {}
        for link in state.links.values():
            if not final or int(state.firsts[link.new, 0]) + self.window_us <= until_us:
                by_new.setdefault(link.new, []).append(link)
        out = []
        for new, some in sorted(by_new.items()):
            now_us = min(until_us, int(state.firsts[new, 0]) + self.window_us)
            one = best([m for link in some if (m := self._match(state, link, now_us, book, said))], book.names)
            if one is not None:
                sent = _sent(one, now_us, book, said)
                out.append(words.renumbered(one, sent, final, self.words, self.context, book))
            if final:
                for link in some:
                    del state.links[link.old, link.new]
        return out

    def _match(self, state: IdentityChangeState, link: Link, now_us: int, book: TrackBook, said: Said) -> Match | None:
        """The link as it stands."""
        found = match(link, self.link_rule, state.fixes, state.firsts, state.silences, now_us)
        if found is None:
            return None
        by = linked_by(link, *_sent(found, now_us, book, said), now_us)
        gap_us = found.first.t_us - found.last.t_us
        if not by or (by == ("path",) and gap_us > self.rule.path_gap_us):
            return None
        return replace(found, by=by)

    def _forget(self, state: IdentityChangeState, watermark_us: int) -> None:
        """Silences that no link still to come can ask for."""
        for v in list(state.silences):
            kept = [s for s in state.silences[v] if s.until_us > watermark_us - self.window_us]
            if kept:
                state.silences[v] = kept
            else:
                del state.silences[v]


def _sent(found: Match, now_us: int, book: TrackBook, said: Said) -> tuple[Static, Static]:
    """What the old number had sent when the new one came, and what the new one has sent by now."""
    return (
        said_at(said, book, found.last.track, found.first.t_us),
        said_at(said, book, found.first.track, now_us),
    )


def _make_room(state: IdentityChangeState, book: TrackBook) -> None:
    """Arrays for new tracks and vessels."""
    need, have = 0, len(state.fixes)
    for code in range(len(state.vessel), len(book)):
        v, mmsi = book.vessel[code], book.mmsi[code]
        state.vessel.append(v)
        state.ship.append(int(is_vessel_mmsi(mmsi)))
        if mmsi >= 0:
            state.of_mmsi[mmsi] = v
            state.numbered.add(v)
        else:
            state.of_name[book.names[code]] = v
        need = max(need, v + 1)
    if need > have:
        n = max(need, 2 * have)
        fixes, firsts = np.zeros((n, rows.N_FIX), np.int64), np.zeros((n, rows.N_FIRST), np.int64)
        runs = np.zeros((n, 3, rows.N_RUN), np.int64)
        fixes[:, 0], runs[:, :, rows.RUN_CODE] = NO_TIME, -1
        fixes[:have], firsts[:have], runs[:have] = state.fixes, state.firsts, state.runs
        state.fixes, state.firsts, state.runs = fixes, firsts, runs
        steady = np.zeros((n, rows.N_STEADY), np.int64)
        steady[:have] = state.steady
        state.steady = steady


def _value(f: int, record: Static) -> str | None:
    """What identifies in a field of a record, for comparing; None where it identifies nothing."""
    if f == 2:
        return str(record.imo) if record.imo is not None and is_imo(record.imo) else None
    text = record.callsign if f == 1 else record.name
    key = name_key(text) if text else ""
    return key if len(key) >= LEAST_TEXT and len(set(key)) > 1 else None


def _take_prints(state: IdentityChangeState, pools: Pools) -> None:
    """Codes of the values in static records that are new in the pool."""
    fresh = pools.statics.records[len(state.prints) :]
    if not fresh:
        return
    codes = np.full((len(fresh), 3), -1, np.int32)
    for row, record in zip(codes, fresh, strict=True):
        for f in range(3):
            value = _value(f, record)
            if value is not None:
                row[f] = state.texts.setdefault(f"{f}{value}", len(state.texts))
    state.prints = np.concatenate([state.prints, codes])


def _messages(state: IdentityChangeState, tick: Tick) -> rows.Messages:
    """Rows and static messages of a tick with the vessels they are of, -1 = none or no ship's."""
    table, extra = tick.reports, tick.statics
    code = np.maximum(tick.track, 0)
    good = tick.track >= 0
    if len(state.vessel):
        good &= np.array(state.ship, np.uint8)[code] == 1
        vessel = np.array(state.vessel, np.int32)[code]
    else:
        vessel = np.full(len(table), -1, np.int32)
    for sensor in NO_VESSEL:
        good &= table.sensor != sensor
    timed = np.flatnonzero(extra.t_us != NO_TIME)
    who = [_static_vessel(state, m, s, tick.pools) for m, s in
           zip(extra.mmsi[timed].tolist(), extra.sensor_id[timed].tolist(), strict=True)]  # fmt: skip
    return rows.Messages(
        np.where(good, vessel, -1).astype(np.int32), table.t_us, table.lon_e7, table.lat_e7, table.sog_mkn,
        table.cog_cdeg, tick.track, table.static, np.array(who, np.int32), extra.t_us[timed], extra.static[timed],
        state.prints,
    )  # fmt: skip


def _static_vessel(state: IdentityChangeState, mmsi: int, sensor: int, pools: Pools) -> int:
    if mmsi >= 0:
        return state.of_mmsi.get(mmsi, -1) if is_vessel_mmsi(mmsi) else -1
    return state.of_name.get(pools.sensor_ids[sensor], -1) if sensor >= 0 else -1


def build(ground: Ground, params: Params) -> IdentityChange:
    """The kind on this ground; raises ValueError that names a parameter out of range."""
    return IdentityChange(ground, params)
