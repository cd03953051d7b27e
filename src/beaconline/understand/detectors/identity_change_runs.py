"""Runs of what a vessel sends of itself -> changes: held before, held after, not to and fro.

Decides: which runs of a name, call sign or IMO number are changes, when nothing later can alter that, and which changes
belong together. A change is final a day after it (``window_us``), or when its new value is held, if that is later;
all that is asked of a change is asked of the time up to then, so it does not matter when it is asked.
Refuses: to look at places; fixes are carried along. Source: behaviours page. Known failures: of more than MOST_RUNS
runs of one field within two days the oldest are forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

__all__ = ["Change", "Place", "Run", "add_run", "changes_of", "flips", "groups"]

MOST_RUNS = 24
"""Runs kept of one field of one vessel: an MMSI on two ships makes two with every message."""


class Place(NamedTuple):
    """A fix: microseconds, degrees x 1e7, track code, number among the vessel's fixes."""

    t_us: int
    lon_e7: int
    lat_e7: int
    track: int
    number: int


@dataclass(slots=True)
class Run:
    """Messages in a row with one value. code: of the value; static: record of the first; at: the vessel's fix then;
    the run before: its last message (microseconds), record, number of messages and the fix then; held_us: since when
    it was heard often and long enough, None = never; told: a change to it was told, or left out for good."""

    code: int
    static: int
    start_us: int
    at: Place
    before_last_us: int
    before_static: int
    before_count: int
    before_at: Place
    held_us: int | None = None
    told: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """From one held run to another. field 0 name, 1 call sign, 2 IMO number; static records before and after, last
    message before and fix then, first after and fix then."""

    field: int
    old: Run
    new: Run
    old_static: int
    old_last_us: int
    old_at: Place

    @property
    def t_us(self) -> int:
        return self.new.start_us

    @property
    def held_us(self) -> int:
        return self.new.held_us if self.new.held_us is not None else 2**62


def add_run(runs: list[Run], run: Run, window_us: int) -> None:
    """Append a run and forget those that no change still to come can need."""
    runs.append(run)
    while len(runs) > MOST_RUNS or (
        len(runs) > 2
        and runs[1].start_us < run.start_us - 2 * window_us
        and any(later.held_us is not None for later in runs[1:])
    ):
        runs.pop(0)


def changes_of(field: int, runs: Sequence[Run]) -> list[Change]:
    """Changes not told yet, in order of time."""
    out = []
    held = -1
    for k, run in enumerate(runs):
        if run.held_us is None:
            continue
        if held >= 0 and runs[held].code != run.code and not run.told:
            # The run after the old one says when that was heard last.
            after = runs[held + 1]
            out.append(Change(field, runs[held], run, after.before_static, after.before_last_us, after.before_at))
        held = k
    return out


def flips(change: Change, runs: Sequence[Run], window_us: int, until_us: int) -> int:
    """How often the two values followed each other directly, either way, near the change and no later than until."""
    pair = {change.old.code, change.new.code}
    return sum(
        {a.code, b.code} == pair and abs(b.start_us - change.t_us) <= window_us and b.start_us <= until_us
        for a, b in pairwise(runs)
    )


def groups(changes: Sequence[Change], window_us: int, together_us: int) -> list[tuple[list[Change], int]]:
    """Changes that belong together, and when each group is final (microseconds).

    Groups are made in the order in which they become final, of what was known by then: so a later run cannot alter one.
    """
    left = sorted(changes, key=lambda c: (max(c.t_us + window_us, c.held_us), c.t_us, c.field))
    out = []
    while left:
        first = left[0]
        final_us = max(first.t_us + window_us, first.held_us)
        group = [first]
        for change in left[1:]:
            # To and fro within the hour are two changes of one field, so two findings.
            near = change.held_us <= final_us and abs(change.t_us - first.t_us) <= together_us
            if near and all(change.field != held.field for held in group):
                group.append(change)
        out.append((sorted(group, key=lambda c: (c.t_us, c.field)), final_us))
        left = [c for c in left if c not in group]
    return out
