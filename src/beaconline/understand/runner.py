"""The runner: orders rows, holds them until the watermark, hands them to the same pure steps in batch and live.

Decides: what is late, what is released, and which drafts stand at an as-of time. Refuses: to judge; it only calls the
kinds. It reads no clock: watermarks come in as arguments. A row at or before the watermark is late: it is counted and
kept, and does not change what was settled. Everything else may come in any order, in any batches, any number of times.
Source: the contract page ("batch equals live"). Known failures: late rows are kept but not yet mended by a recompute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol, cast

import numpy as np

from beaconline.foundation.records.finding import Draft, Evidence, Mask
from beaconline.foundation.records.ids import params_hash
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.reports import (
    I32,
    Pools,
    Reports,
    SetPool,
    Static,
    StaticPool,
    StaticRows,
    TextPool,
)
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.cadence import Cadence, bridge
from beaconline.understand.findings import Finding, Member, Rule, RunLabel, build, canonical_order
from beaconline.understand.forces.said import Said, hear, name_at, said_at
from beaconline.understand.ground import Ground
from beaconline.understand.presence import STATE_CLASSES as PRESENCE_CLASSES
from beaconline.understand.presence import Presence, PresenceRow, PresenceState
from beaconline.understand.rules.accounted import account
from beaconline.understand.rules.conditions import Seen
from beaconline.understand.rules.desk import Desk, handle, join_repeats
from beaconline.understand.step import Kind, LaterKind, Tick

__all__ = ["STATE_CLASSES", "Merge", "RunState", "Runner", "Tracker"]

Merge = Callable[[Sequence[Reports], Pools], tuple[Reports, int]]
"""Tables in any order -> one table in canonical order without duplicates, and how many duplicates were merged."""

BEFORE_TIME = -(2**62)
"""The watermark before anything was released."""

STATE_CLASSES: tuple[type, ...] = (
    Reports, StaticRows, Static, TextPool, SetPool, StaticPool, Pools, TrackBook, Cadence, Said, Draft, Evidence, Mask,
    *PRESENCE_CLASSES,
)  # fmt: skip
"""Classes of a saved state that the runner itself brings; kinds and the tracker add their own."""


class Tracker(Protocol):
    """Which track a row belongs to: a pure step over rows in canonical order."""

    def start(self) -> Any:
        """The state before any row."""
        ...

    def step(self, state: Any, reports: Reports, pools: Pools, book: TrackBook) -> tuple[Any, I32]:
        """The new state and a track code for each row (-1 = anonymous posit); new tracks are appended to the book."""
        ...


@dataclass(slots=True)
class RunState:
    """Everything a run remembers; ``foundation.table.snapshot`` can save it.

    late holds rows that came at or before the watermark, ``late_rows`` their number; buffer holds rows after it. The
    same for static rows, of which those without a time are never late.
    drafts: the last word on each event by (kind, names of its tracks, key).
    """

    tracker: Any
    kinds: dict[str, Any]
    watermark_us: int = BEFORE_TIME
    buffer: Reports = field(default_factory=lambda: Reports.blank(0))
    statics: StaticRows = field(default_factory=StaticRows.empty)
    late: list[Reports] = field(default_factory=list)
    late_rows: int = 0
    late_statics: list[StaticRows] = field(default_factory=list)
    late_static_rows: int = 0
    duplicates: int = 0
    released: int = 0
    book: TrackBook = field(default_factory=TrackBook)
    cadence: Cadence = field(default_factory=Cadence)
    said: Said = field(default_factory=Said)
    track_feeds: dict[int, set[str]] = field(default_factory=dict)
    drafts: dict[tuple[str, str, str], Draft] = field(default_factory=dict)
    presence: PresenceState = field(default_factory=PresenceState)


def _split(table: StaticRows, keep: Any) -> StaticRows:
    return StaticRows(*(getattr(table, f.name)[keep] for f in fields(StaticRows)))


class Runner:
    """The fixed parts of a run: kinds, tracker and order. All that changes is in RunState."""

    def __init__(
        self,
        kinds: Sequence[Kind[Any]],
        tracker: Tracker,
        merge: Merge,
        pools: Pools,
        label: RunLabel,
        ground: Ground | None = None,
        desk: Desk | None = None,
    ):
        self.kinds = tuple(kinds)
        self.tracker = tracker
        self.merge = merge
        self.pools = pools
        self.label = label
        self.ground = ground or Ground()
        self.desk = desk or Desk()
        self.kind_of_zone = {zone.name: zone.kind for zone in self.ground.zones}
        self.presence = Presence(self.ground.zones, self.ground.forces)
        # A family (pairs.family) is one stage for several kinds; findings name the rule of the member that made them.
        each = [member for k in self.kinds for member in getattr(k, "members", (k,))]
        self.rules = {k.name: Rule(k.name, k.version, params_hash(k.params)) for k in each}

    def start(self) -> RunState:
        """The state before any row."""
        return RunState(tracker=self.tracker.start(), kinds={k.name: k.start() for k in self.kinds})

    def push(
        self, state: RunState, reports: Reports, statics: StaticRows, watermark_us: int, *, ordered: bool = False
    ) -> tuple[RunState, I32]:
        """Take rows in any order and release what the new watermark completes.

        ``ordered`` says that the rows are in canonical order and without duplicates, and that nothing is held back: a
        batch run over millions of rows then skips the second sort.

        Returns the state and the track code of each released row, in canonical order. A watermark never goes back.
        """
        before_us = state.watermark_us
        ready = self._release(state, reports, max(watermark_us, state.watermark_us), ordered)
        heard = self._release_statics(state, statics, before_us)
        state.tracker, track = self.tracker.step(state.tracker, ready, self.pools, state.book)
        state.cadence, bridge_us = bridge(state.cadence, ready, track, len(state.book), self.pools)
        state.said = hear(state.said, ready, track, state.book, heard, self.pools)
        self._note_feeds(state, ready, track)
        tick = Tick(ready, track, bridge_us, state.watermark_us, state.book, self.pools, heard, state.said)
        for kind in self.kinds:
            state.kinds[kind.name], drafts = kind.step(state.kinds[kind.name], tick)
            for draft in drafts:
                state.drafts[self._key(draft, state.book)] = draft
        state.presence = self.presence.step(state.presence, tick)
        return state, track

    def finish(self, state: RunState, as_of_us: int) -> list[Finding]:
        """All findings if the data ended at ``as_of_us``, in canonical order, each at revision 1.

        Releases what is still held (rows up to the as-of time); a state is finished once.
        """
        nothing = Reports.blank(0)
        state, _ = self.push(state, nothing, StaticRows.empty(), as_of_us)
        standing = dict(state.drafts)
        for kind in self.kinds:
            if not hasattr(kind, "after"):
                for draft in kind.finish(state.kinds[kind.name], as_of_us, state.book, self.pools):
                    standing[self._key(draft, state.book)] = draft
        for draft in self._later(state, as_of_us, [standing[key] for key in sorted(standing)]):
            standing[self._key(draft, state.book)] = draft
        alarms: set[str] = set()
        findings = canonical_order([self._build(state, draft, alarms) for draft in standing.values()])
        account(findings, alarms)
        join_repeats(findings, self.desk.episode_s)
        return findings

    def _later(self, state: RunState, as_of_us: int, standing: Sequence[Draft]) -> list[Draft]:
        """What is found among the findings of other kinds; kinds in the order in which they were given."""
        out: list[Draft] = []
        for kind in self.kinds:
            after = getattr(kind, "after", None)
            if after is not None:
                later = cast(LaterKind[Any], kind)
                drafts = [draft for draft in (*standing, *out) if draft.kind in after]
                out += later.finish_after(state.kinds[kind.name], as_of_us, state.book, self.pools, state.said, drafts)
        return out

    def presence_rows(self, state: RunState, as_of_us: int) -> list[PresenceRow]:
        """Who was where, and how well it was heard, if the data ended at ``as_of_us``."""
        return self.presence.table(state.presence, as_of_us, state.book, state.said)

    def notes(self, state: RunState, as_of_us: int) -> list[str]:
        """What kinds say about what they do not tell, in words; most say nothing."""
        out: list[str] = []
        for kind in self.kinds:
            if hasattr(kind, "notes"):
                out += kind.notes(state.kinds[kind.name], as_of_us, state.book)
        return out

    def names(self, state: RunState, as_of_us: int) -> list[str | None]:
        """The last name of each track at the as-of time, by track code."""
        return [name_at(state.said, state.book, code, as_of_us) for code in range(len(state.book))]

    def _release(self, state: RunState, reports: Reports, watermark_us: int, ordered: bool) -> Reports:
        late = reports.t_us <= state.watermark_us
        if late.any():
            state.late.append(reports.take(late))
            state.late_rows += int(late.sum())
            reports = reports.take(~late)
        if ordered and not len(state.buffer):
            held = reports
        else:
            held, duplicates = self.merge([part for part in (state.buffer, reports) if len(part)], self.pools)
            state.duplicates += duplicates
        state.watermark_us = watermark_us
        cut = int(np.searchsorted(held.t_us, watermark_us, side="right"))
        # A whole table is handed on as it is: a copy of five million rows costs memory for nothing.
        ready = held if cut == len(held) else held.take(slice(0, cut))
        state.buffer = held.take(slice(cut, len(held)))
        state.released += cut
        return ready

    def _release_statics(self, state: RunState, statics: StaticRows, before_us: int) -> StaticRows:
        late = (statics.t_us <= before_us) & (statics.t_us != NO_TIME)
        if late.any():
            state.late_statics.append(_split(statics, late))
            state.late_static_rows += int(late.sum())
            statics = _split(statics, ~late)
        held = StaticRows.concat([state.statics, statics])
        if not len(held):
            return held
        ready = held.t_us <= state.watermark_us
        state.statics = _split(held, ~ready)
        out = _split(held, ready)
        order = sorted(range(len(out)), key=lambda i: (int(out.t_us[i]), self._static_key(out, i)))
        return _split(out, np.array(order, np.int64))

    def _static_key(self, rows: StaticRows, i: int) -> tuple[int, str, str]:
        sensor = int(rows.sensor_id[i])
        text = self.pools.sensor_ids[sensor] if sensor >= 0 else ""
        return int(rows.mmsi[i]), text, repr(self.pools.statics[int(rows.static[i])])

    def _note_feeds(self, state: RunState, ready: Reports, track: I32) -> None:
        if not len(ready):
            return
        sets = np.unique(ready.feeds)
        for code in sets:
            names = self.pools.feeds[int(code)]
            rows = track if len(sets) == 1 else track[ready.feeds == code]
            for one in np.unique(rows):
                if one >= 0:
                    state.track_feeds.setdefault(int(one), set()).update(names)

    def _key(self, draft: Draft, book: TrackBook) -> tuple[str, str, str]:
        members = [] if draft.members_may_change else sorted(book.names[code] for code, _ in draft.members)
        return draft.kind, "\x1f".join(members), draft.key

    def _build(self, state: RunState, draft: Draft, alarms: set[str]) -> Finding:
        """The finding of a draft; its id is put among ``alarms`` when it is meant for the default queue, whatever the
        watch floor told about it."""
        book, forces = state.book, self.ground.forces
        members, feeds, lists = [], set(draft.feeds), []
        for code, role in draft.members:
            name, mmsi = book.names[code], book.mmsi[code]
            said = said_at(state.said, book, code, draft.t_end_us)
            claims = forces.claims(mmsi, said, draft.t_end_us)
            lists.append(frozenset(claim.list_name for claim in claims if claim.list_name))
            force = forces.force(mmsi, said, draft.t_end_us)
            members.append(Member(name, mmsi if mmsi >= 0 else None, said.name, role, force))
            feeds |= state.track_feeds.get(code, set())
        finding = build(draft, self.rules[draft.kind], members, self.label, sorted(feeds))
        if finding["queue"] == "default":
            alarms.add(finding["id"])
        handle(finding, self._seen(finding, draft, members, lists), self.desk)
        return finding

    def _seen(self, finding: Finding, draft: Draft, members: list[Member], lists: list[frozenset[str]]) -> Seen:
        """What mutes and exclusions look at."""
        here = self.ground.context.zones_at(draft.lon_e7, draft.lat_e7, draft.t_start_us)
        named = [(name, self.kind_of_zone.get(name, "")) for name in draft.zones]
        return Seen(
            finding["id"],
            finding["event"],
            draft.kind,
            draft.type,
            draft.t_start_us,
            tuple(m.mmsi for m in members),
            tuple(m.track for m in members),
            tuple(m.name for m in members),
            tuple(m.force for m in members),
            tuple(lists),
            tuple(dict.fromkeys((*here, *named))),
        )
