"""A conflict under way: how often the place changed, between which tracks, and the changes that tell most.

Decides: what is kept of a conflict: sums, a few figures a track, and the first, last, fastest and nearest change of
place, so that memory does not grow with a clone's life. Refuses: to judge while it goes on; ``type_of`` is asked when
it is told. Source: behaviours page. Known failures: none known.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from beaconline.understand.detectors.identity_changes import CLOCK_OFF_US, Change, Fix
from beaconline.understand.detectors.identity_claimants import Claimant
from beaconline.understand.detectors.identity_clocks import Lag, Paths

__all__ = ["MOST_TRACKS", "Episode"]

MOST_TRACKS = 16
"""Tracks named in one conflict; more are counted. Equals the tracker's bound on open tracks of one MMSI."""
LONG_RUN = 3
"""Fixes in a row at the other place that make out and back more than a stray fix."""


@dataclass(slots=True)
class Episode:
    """All changes of place of one MMSI (or of two that share an identity) without a long quiet between them.

    claimants  by track code, since the first change, with the fixes before it in a row on the first track
    ways       changes by (from track, to track)
    between    (track, other): the other was heard, elsewhere, and then the track again
    impossible  changes faster than the ship told, by far, that no wrong clock explains; ``late``: that one explains
    bits       changes by one power of two of the unit of positions
    more       fixes on tracks beyond the bound
    """

    mmsi: int
    jumps: int = 0
    changes: int = 0
    impossible: int = 0
    late: int = 0
    bits: int = 0
    rows: int = 0
    more: int = 0
    claimants: dict[int, Claimant] = field(default_factory=dict)
    first: Change | None = None
    last: Change | None = None
    fastest: Change | None = None
    nearest: Change | None = None
    farthest: Change | None = None
    ways: set[tuple[int, int]] = field(default_factory=set)
    between: set[tuple[int, int]] = field(default_factory=set)
    paths: Paths = field(default_factory=Paths)

    @property
    def last_us(self) -> int:
        return self.last.b.t_us if self.last is not None else -(2**62)

    def claimant(self, track: int) -> Claimant | None:
        """The figures of a track; None beyond the bound."""
        found = self.claimants.get(track)
        if found is None and len(self.claimants) < MOST_TRACKS:
            found = self.claimants[track] = Claimant()
        return found

    def count(self, track: int, fixes: int = 1) -> None:
        """Take fixes of a track of which only the number matters."""
        found = self.claimant(track)
        if found is None:
            self.more += fixes
        else:
            found.fixes += fixes

    def begin(self, fix: Fix, run: int) -> None:
        """Take the last fix before the first change, the ``run``-th in a row on its track."""
        found = self.claimants[fix.track] = Claimant(fixes=run - 1, in_a_row=run - 1, by_turns=run - 1)
        found.hear(fix, 0)
        self.paths.keep(fix)

    def hear(self, fix: Fix, change: Change | None) -> None:
        """Take the next fix of the MMSI, and the change that it is, after ``add``."""
        self.rows += 1
        found = self.claimant(fix.track)
        if found is None:
            self.more += 1
            return
        if change is not None and change.a.track != fix.track:
            if found.heard >= 0:
                self.between.update((fix.track, code) for code, c in self.claimants.items() if c.heard > found.heard)
            found.hear_beside(change.a, fix)
        self.paths.compare(fix)
        found.hear(fix, self.rows)
        self.paths.keep(fix)

    def add(self, change: Change, jump: bool, fast: bool) -> None:
        """Take a change of place, ``fast`` when far faster than told."""
        self.jumps += jump
        self.changes += 1
        self.bits += change.is_one_bit()
        if fast:
            offset = change.offset_us()
            clock = offset is not None and offset <= CLOCK_OFF_US
            self.late += clock
            self.impossible += not clock
        if self.first is None or self.fastest is None or self.nearest is None or self.farthest is None:
            self.first = self.fastest = self.nearest = self.farthest = change
        self.last = change
        if change.speed_kn > self.fastest.speed_kn:
            self.fastest = change
        if change.distance_m < self.nearest.distance_m:
            self.nearest = change
        if change.distance_m > self.farthest.distance_m:
            self.farthest = change
        if change.a.track != change.b.track and len(self.ways) < MOST_TRACKS * MOST_TRACKS:
            self.ways.add((change.a.track, change.b.track))

    def ships(self) -> set[int]:
        """Tracks that are ships of their own; the others are astray."""
        most = max((c.fixes for c in self.claimants.values()), default=0)
        return {code for code, c in self.claimants.items() if c.is_ship(most)}

    def returns(self) -> bool:
        """Whether two tracks of two fixes or more were heard by turns, whatever made them."""
        fixes = {code: c.fixes for code, c in self.claimants.items()}
        return any(min(fixes[a], fixes[b]) >= 2 for a, b in self.between)

    def lag(self, pair: tuple[int, int]) -> Lag | None:
        """The lag of two tracks that are one path; None if they are not."""
        lags = [lag for key in (pair, pair[::-1]) if (lag := self.paths.lags.get(key)) is not None and lag.holds]
        return max(lags, key=lambda lag: (lag.is_clock, lag.hits), default=None)

    def turns(self) -> set[tuple[int, int]]:
        """Two ships by turns: (track, other) that was heard before the track was again; one long run is enough."""
        ships = self.ships()
        return {
            (a, b)
            for a, b in self.between
            if a in ships and b in ships and (self.changes >= 3 or self.claimants[b].in_a_row >= LONG_RUN - 1)
        }
