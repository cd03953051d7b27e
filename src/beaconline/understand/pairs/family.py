"""A family of pair kinds over one window of fixes and one join; the runner sees it as one stage.

Decides: fixes go in once a tick; legs are cut and candidates looked for once; every member kind gets its own runs by
its own rule. Refuses: to judge runs; members do. Source: behaviours page, "one engine for pairs".
Known failures: members whose rules believe other legs (``PairRule.legs``: max_bridge_us, max_leg_speed_kn, leg_slack_m)
cannot share a window; each such group gets its own, and the memory of its own.

How to write a member (``PairKind``)
------------------------------------
A member has ``name``, ``version``, ``params`` and ``rule`` (a ``PairRule``), and four calls. Its file in ``detectors``
offers DEFAULTS, LARGEST, STATE_CLASSES and ``build(ground, params)`` as every kind does; wiring gathers members.

``start()``
    The member's own state before any row (plain data, saved with the run).
``ended(state, runs, view)``
    Called each time the settled border moves, with the runs that ended before it since the last call (perhaps none).
    Returns drafts that will not change any more. ``state`` may be changed in place.
``note(state, runs, view)``
    Called right after ``ended`` with the runs that reach the border and go on or may go on. Fixes before
    ``view.kept_us`` may be forgotten afterwards: account in ``state`` for what a longer run will need of them.
``pending(state, runs, view, as_of_us)``
    Drafts if the data ended at ``as_of_us``: all runs that end after the border (those of ``note`` with their
    present ends among them). Must leave ``state`` unchanged.

``runs``  ``table`` int64[n, 5]: track a < track b, start, end, time of closest approach (microseconds since 1970);
``closest_m``. By (a, b, start). Runs shorter than ``rule.keep_us`` are never handed over, but in ``note``. The start of
a run never changes, so (a, b, start) is its name from ``note`` to ``ended``.

``view``  ``view.by_track(table)`` gives the fixes of all tracks of some runs ordered by track then time, and offsets:
those of track k are rows ``offset[k]:offset[k + 1]``. They go back to ``view.kept_us`` at least, that is
``rule.kept_us`` before the border as it was before this call, and two fixes further for every track; fixes after the
border are there too, up to what has been handed over: in ``ended`` and ``note`` use none later than a run's end plus
the next one, or the answer depends on the ticks. ``view.said_at(code, t_us)`` gives the static fields of a track at an
instant up to the border (in ``pending`` up to ``as_of_us``). ``view.goes_on(...)`` says whether a run is open.

How often the border moves, and how far, depends on the ticks: one jump of a day or 288 of five minutes must give the
same drafts. So look at what lies before the border only, and account by instants, never by calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import I64, Pools, Static
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.forces.said import Said, said_at
from beaconline.understand.pairs.bins import BIN_US
from beaconline.understand.pairs.engine import PairRule, Runs, begin, forget, insert, pending, refresh, settle
from beaconline.understand.pairs.measure import index_by_track
from beaconline.understand.pairs.vessels import fixes_of_vessels
from beaconline.understand.pairs.window import Fixes, Joined, PairState
from beaconline.understand.step import Params, Tick

__all__ = ["FAMILY_CLASSES", "FamilyState", "PairFamily", "PairKind", "PairView", "gather"]

LIVE_ROWS = 20_000
"""A tick with fewer rows than this is taken for live, and bins not yet settled are computed at once so that ``finish``
answers quickly; a batch of millions computes every bin once instead. Findings do not depend on it."""

S = TypeVar("S")


class _ByTrack:
    """The fixes of a window by track, put in order when first asked for: every member asks, some of them often."""

    def __init__(self) -> None:
        self._held: tuple[Fixes, I64] | None = None

    def of(self, pairs: PairState) -> tuple[Fixes, I64]:
        if self._held is None:
            fixes = pairs.fixes
            rows, offset = index_by_track(fixes.track, np.ones(len(pairs.vessel), np.uint8))
            self._held = fixes.take(rows), offset
        return self._held


@dataclass(frozen=True, slots=True)
class PairView:
    """What a member may look at; see the module.

    border_us  contacts before it are settled; kept_us  fixes since then are there, in every call
    open_runs  the member's runs that reach the border; nothing is in it in ``pending``, where every run is handed over
    """

    pairs: PairState
    book: TrackBook
    said: Said
    border_us: int
    kept_us: int
    max_bridge_us: int
    open_runs: Runs
    order: _ByTrack = field(default_factory=_ByTrack)

    @property
    def fixes(self) -> Fixes:
        """The whole window, ordered by time (views; do not write)."""
        return self.pairs.fixes

    def by_track(self, table: I64) -> tuple[Fixes, I64]:
        """The fixes of all tracks of some runs (and of others), by track then time, and the offsets of each track's."""
        return self.order.of(self.pairs)

    def said_at(self, code: int, t_us: int) -> Static:
        """What a track had said of itself by an instant."""
        return said_at(self.said, self.book, code, t_us)

    def goes_on(self, codes: Sequence[int], end_us: int, as_of_us: int) -> tuple[bool, bool]:
        """(open, settled) of what ends at ``end_us`` with these tracks: open while the last fix of one ends it and a
        next one may still be bridged to; settled once no bridge that the rule allows can reach it."""
        is_open, settled = False, True
        for code in codes:
            last, bridge_us = int(self.pairs.last_us[code]), int(self.pairs.last_bridge_us[code])
            if end_us == last:
                is_open = is_open or as_of_us - last < min(bridge_us, self.max_bridge_us)
                settled = settled and as_of_us - last >= self.max_bridge_us
        return is_open, settled and not is_open


@runtime_checkable
class PairKind(Protocol[S]):
    """One behaviour of pairs; see the module."""

    name: str
    version: str
    params: Params
    rule: PairRule

    def start(self) -> S: ...

    def ended(self, state: S, runs: Runs, view: PairView) -> list[Draft]: ...

    def note(self, state: S, runs: Runs, view: PairView) -> None: ...

    def pending(self, state: S, runs: Runs, view: PairView, as_of_us: int) -> list[Draft]: ...


@dataclass(slots=True)
class FamilyState:
    """One window for each group of members that believe the same legs; the members' own states by name; who is a
    vessel, by track code."""

    windows: list[PairState]
    kinds: dict[str, Any]
    is_vessel: list[int] = field(default_factory=list)


FAMILY_CLASSES: tuple[type, ...] = (FamilyState, PairState, Joined, Fixes)
"""Classes that the saved state of a family holds, beside those of its members."""


class PairFamily:
    """Member kinds as one stage of the runner."""

    name = "pairs"
    version = "1"
    after: tuple[str, ...] = ()

    def __init__(self, members: Sequence[PairKind[Any]]) -> None:
        self.members = tuple(members)
        self.params: Params = {}
        legs = dict.fromkeys(member.rule.legs for member in members)
        self.groups = [[member for member in members if member.rule.legs == each] for each in legs]
        self.rules = [[member.rule for member in group] for group in self.groups]

    def start(self) -> FamilyState:
        """The state before any row."""
        return FamilyState([begin(rules) for rules in self.rules], {m.name: m.start() for m in self.members})

    def step(self, state: FamilyState, tick: Tick) -> tuple[FamilyState, list[Draft]]:
        """Take rows; returns what ended in bins that the watermark settles."""
        new = fixes_of_vessels(state.is_vessel, tick)
        drafts: list[Draft] = []
        for group, rules, pairs in zip(self.groups, self.rules, state.windows, strict=True):
            border_bin = pairs.border_bin
            insert(rules, pairs, new, tick.book.vessel)
            found = settle(rules, pairs, tick.watermark_us)
            if found is not None:
                order = _ByTrack()
                for member, runs, joined in zip(group, found, pairs.joined, strict=True):
                    still = Runs(joined.open_runs, joined.open_dist)
                    own, view = (
                        state.kinds[member.name],
                        _view(member, pairs, border_bin, tick.book, tick.said, still, order),
                    )
                    drafts += member.ended(own, runs, view)
                    member.note(own, still, view)
                forget(rules, pairs)
            if len(new) <= LIVE_ROWS:
                refresh(rules, pairs)
        return state, drafts

    def finish(self, state: FamilyState, as_of_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """As ``finish_after``, with nothing said by anyone."""
        return self.finish_after(state, as_of_us, book, pools, Said(), ())

    def finish_after(
        self, state: FamilyState, as_of_us: int, book: TrackBook, pools: Pools, said: Said, drafts: Sequence[Draft]
    ) -> list[Draft]:
        """What ends in bins not settled, or is open, if the data ended at ``as_of_us``. Asked among the later kinds,
        since only they are told what vessels said of themselves."""
        out: list[Draft] = []
        for group, rules, pairs in zip(self.groups, self.rules, state.windows, strict=True):
            order = _ByTrack()
            for member, runs in zip(group, pending(rules, pairs), strict=True):
                view = _view(member, pairs, pairs.border_bin, book, said, NO_RUNS, order)
                out += member.pending(state.kinds[member.name], runs, view, as_of_us)
        return out


BEFORE_US = -(2**62)
"""Stands for the border while nothing is settled."""
NO_RUNS = Runs(np.zeros((0, 5), np.int64), np.zeros(0))


def _view(
    member: PairKind[Any], pairs: PairState, before: int | None, book: TrackBook, said: Said, still: Runs,
    order: _ByTrack,
) -> PairView:  # fmt: skip
    """``before`` is the border's bin when fixes were last forgotten."""
    border_us = BEFORE_US if pairs.border_bin is None else pairs.border_bin * BIN_US
    kept_us = BEFORE_US if before is None else (before - 1) * BIN_US - member.rule.kept_us
    return PairView(pairs, book, said, border_us, kept_us, member.rule.max_bridge_us, still, order)


def gather(kinds: Sequence[Any]) -> list[Any]:
    """The kinds with all pair kinds among them as one family, in the place of the first."""
    members = [kind for kind in kinds if isinstance(kind, PairKind)]
    out: list[Any] = []
    for kind in kinds:
        if not isinstance(kind, PairKind):
            out.append(kind)
        elif kind is members[0]:
            out.append(PairFamily(members))
    return out
