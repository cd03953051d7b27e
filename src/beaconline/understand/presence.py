"""Presence: vessel-days and calendar days by zone and force, and the days when forces were there together.

Decides: a vessel is present in a zone on a day (UTC) when a fix of it lies inside on that day, while the zone is valid;
its force is that of its strongest claim at the end of the day. Refuses: to fill in what was not heard: every number is
a lower bound, legs between fixes are not counted, and reports without identity are nobody's. A table, no finding.
The zone named "" is everywhere. Source: behaviours page. Known failures: two ships on one MMSI are one vessel; a vessel
whose name comes only after midnight counts as unknown on the day before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from beaconline.foundation.geo.area_grid import cell_of, entry_holds
from beaconline.foundation.geo.zones import Zone, ZoneIndex, build_zone_index
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.forces.claims import FORCES, Forces
from beaconline.understand.forces.said import Said, said_at
from beaconline.understand.pairs.vessels import NO_VESSEL, is_vessel_mmsi
from beaconline.understand.presence_reception import DAY_US, Day, count_day, judge
from beaconline.understand.step import Tick

__all__ = ["STATE_CLASSES", "TOGETHER", "UNKNOWN", "Presence", "PresenceRow", "PresenceState"]

UNKNOWN = "unknown"
"""Force of a vessel that no list names and that says nothing of itself that stands for one."""
TOGETHER = "two or more"
"""Force of the row that counts the days when two or more forces were in a zone."""
ROOM = 1 << 12
"""Places of the table of (zone, vessel) pairs of a day at the start; doubled when half full."""
FREE = -1

VESSEL_DAYS, VESSEL_DAYS_LISTED, DAYS, DAYS_LISTED, MOST, FIRST_DAY, LAST_DAY = range(7)
"""What is counted of a zone and a force, or of several forces: days are numbered since 1970."""


@dataclass(frozen=True, slots=True)
class PresenceRow:
    """One line of the table. row: "all" (every vessel), "force", "together" (two or more forces), "pair".

    vessel_days, calendar_days  at least; ``_listed``: of those, by lists alone
    most_in_a_day   vessels on the day with most of them
    first_day, last_day  days since 1970 on which it was present, None = never
    days_in_run, days_silent, days_reception_changed  of the run, see ``presence_reception``
    """

    zone: str
    zone_kind: str
    row: str
    force: str
    vessel_days: int
    vessel_days_listed: int
    calendar_days: int
    calendar_days_listed: int
    most_in_a_day: int
    first_day: int | None
    last_day: int | None
    days_in_run: int
    days_silent: int
    days_reception_changed: int
    reception: str


@dataclass(slots=True)
class PresenceState:
    """day: number of the day under way (None = none yet); pairs: open-addressed table of zone << 32 | vessel of that
    day, used: how many; seen, last_code int32[vessels]: last day heard and track then; totals: counts by (zone number,
    row, force); days: what was heard each day; the day under way is the last; ship, vessel: of each track."""

    day: int | None = None
    pairs: I64 = field(default_factory=lambda: np.full(ROOM, FREE, np.int64))
    used: int = 0
    seen: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    last_code: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    totals: dict[tuple[int, str, str], list[int]] = field(default_factory=dict)
    days: dict[int, Day] = field(default_factory=dict)
    ship: list[int] = field(default_factory=list)
    vessel: list[int] = field(default_factory=list)


STATE_CLASSES: tuple[type, ...] = (PresenceState, Day)
"""Classes that a saved state of the table holds."""

_MIX = 0x9E3779B97F4A7C15 & 0x7FFFFFFFFFFFFFFF


@kernel
def _put(pairs: I64, key: int) -> int:
    """Put a key into a table whose length is a power of two and that has room; 1 when it is new."""
    mask = len(pairs) - 1
    at = ((key * _MIX) >> 20) & mask
    while pairs[at] != FREE and pairs[at] != key:
        at = (at + 1) & mask
    new = pairs[at] == FREE
    pairs[at] = key
    return 1 if new else 0


@kernel
def _mark(
    zones: ZoneIndex, vessel: I32, track: I32, t_us: I64, lon_e7: I32, lat_e7: I32, day: int, begin: int, seen: I32,
    last_code: I32, pairs: I64, used: int,
) -> tuple[int, int, int]:  # fmt: skip
    """Mark rows (vessel -1: skipped) of one day from ``begin`` on; (next row, pairs used, new vessels). Stops early
    when the table of pairs is half full."""
    everywhere, found = len(zones.from_us), 0
    grid = zones.grid
    for i in range(begin, len(vessel)):
        v = vessel[i]
        if v < 0:
            continue
        if 2 * (used + everywhere + 1) > len(pairs):
            return i, used, found
        last_code[v] = track[i]
        if seen[v] != day:
            seen[v] = day
            found += 1
            used += _put(pairs, (everywhere << 32) | v)
        cell, x, y = cell_of(grid, lon_e7[i] * 1e-7, lat_e7[i] * 1e-7)
        if cell < 0:
            continue
        for entry in range(grid.cell_start[cell], grid.cell_start[cell + 1]):
            zone = grid.entry_area[entry]
            valid = zones.from_us[zone] <= t_us[i] < zones.until_us[zone]
            if valid and entry_holds(grid, entry, cell, x, y):
                used += _put(pairs, (zone << 32) | v)
    return len(vessel), used, found


class Presence:
    """A stage that the runner calls beside the kinds."""

    def __init__(self, zones: Sequence[Zone], forces: Forces) -> None:
        self.zones = sorted(zones, key=lambda zone: zone.name)
        self.index = build_zone_index(self.zones)
        self.forces = forces

    def start(self) -> PresenceState:
        """The state before any row."""
        return PresenceState()

    def step(self, state: PresenceState, tick: Tick) -> PresenceState:
        """Take rows in order of time."""
        _make_room(state, tick.book)
        rows = tick.reports
        vessel = _vessels(state, tick)
        begin = 0
        while begin < len(rows):
            day = int(rows.t_us[begin]) // DAY_US
            end = int(np.searchsorted(rows.t_us, (day + 1) * DAY_US))
            if state.day is not None and day > state.day:
                self._close(state, tick.book, tick.said)
            state.day = day
            some = slice(begin, end)
            found = self._mark(state, tick, vessel, some, day)
            count_day(state.days, day, rows, some, found, tick.pools)
            begin = end
        if state.day is not None and tick.watermark_us >= (state.day + 1) * DAY_US - 1:
            self._close(state, tick.book, tick.said)
        return state

    def table(self, state: PresenceState, as_of_us: int, book: TrackBook, said: Said) -> list[PresenceRow]:
        """The table if the data ended at ``as_of_us``; leaves the state as it is. Rows by zone (everywhere first),
        then all, forces in the order of ``FORCES``, unknown, together, pairs."""
        totals = {key: list(counts) for key, counts in state.totals.items()}
        if state.day is not None:
            self._count(totals, state, book, said, min(as_of_us, (state.day + 1) * DAY_US - 1))
        span, silent, changed, words = judge(state.days)
        order = {force: k for k, force in enumerate((*FORCES, UNKNOWN))}
        rank = {row: k for k, row in enumerate(("all", "force", "together", "pair"))}
        out = []
        for zone in range(len(self.zones) + 1):
            # A zone without a row would read as one that nobody asked about.
            totals.setdefault((zone, "all", ""), [0] * 5)
        for (zone, row, force), n in totals.items():
            name, kind = ("", "") if zone == len(self.zones) else (self.zones[zone].name, self.zones[zone].kind)
            out.append(PresenceRow(
                name, kind, row, force, n[VESSEL_DAYS], n[VESSEL_DAYS_LISTED], n[DAYS], n[DAYS_LISTED], n[MOST],
                n[FIRST_DAY] if n[DAYS] else None, n[LAST_DAY] if n[DAYS] else None, span, silent, changed, words,
            ))  # fmt: skip
        return sorted(out, key=lambda r: (r.zone, rank[r.row], order.get(r.force, -1), r.force))

    def _mark(self, state: PresenceState, tick: Tick, vessel: I32, some: slice, day: int) -> int:
        """Mark the rows of one day; how many vessels were new on it."""
        rows, at, found = tick.reports, 0, 0
        columns = vessel[some], tick.track[some], rows.t_us[some], rows.lon_e7[some], rows.lat_e7[some]
        while at < len(columns[0]):
            if 2 * (state.used + len(self.zones) + 1) > len(state.pairs):
                _grow(state, len(self.zones))
            at, state.used, new = _mark(
                self.index, *columns, day, at, state.seen, state.last_code, state.pairs, state.used
            )
            found += new
        return found

    def _close(self, state: PresenceState, book: TrackBook, said: Said) -> None:
        """Count the day under way, which is over."""
        if state.day is None:
            return
        self._count(state.totals, state, book, said, (state.day + 1) * DAY_US - 1)
        state.day, state.used = None, 0
        state.pairs = np.full(max(ROOM, len(state.pairs) // 2), FREE, np.int64)

    def _count(
        self,
        totals: dict[tuple[int, str, str], list[int]],
        state: PresenceState,
        book: TrackBook,
        said: Said,
        t_us: int,
    ) -> None:
        """Add the day under way to totals; vessels belong to the force of their strongest claim at ``t_us``."""
        day = state.day if state.day is not None else 0
        force_of: dict[int, tuple[str, bool]] = {}
        by_zone: dict[int, dict[tuple[str, bool], int]] = {}
        for key in np.sort(state.pairs[state.pairs != FREE]).tolist():
            zone, v = key >> 32, key & 0xFFFFFFFF
            if v not in force_of:
                force_of[v] = self._force(int(state.last_code[v]), book, said, t_us)
            held = by_zone.setdefault(zone, {})
            held[force_of[v]] = held.get(force_of[v], 0) + 1
        for zone, held in by_zone.items():
            _add(
                totals, (zone, "all", ""), day, sum(held.values()), sum(n for (_, listed), n in held.items() if listed)
            )
            for force in sorted({force for force, _ in held}):
                _add(totals, (zone, "force", force), day, held.get((force, False), 0) + held.get((force, True), 0),
                     held.get((force, True), 0))  # fmt: skip
            named = sorted({force for force, _ in held if force != UNKNOWN}, key=FORCES.index)
            listed = {force for force, by_list in held if by_list and force != UNKNOWN}
            for two in combinations(named, 2):
                _add(totals, (zone, "pair", " + ".join(two)), day, *_vessels_of(held, two), listed >= {*two})
            if len(named) > 1:
                _add(totals, (zone, "together", TOGETHER), day, *_vessels_of(held, named), len(listed) > 1)

    def _force(self, code: int, book: TrackBook, said: Said, t_us: int) -> tuple[str, bool]:
        """(force, whether a list says so) of a track's vessel."""
        for claim in self.forces.claims(book.mmsi[code], said_at(said, book, code, t_us), t_us):
            if claim.force:
                return claim.force, bool(claim.list_name)
        return UNKNOWN, False


def _vessels_of(held: dict[tuple[str, bool], int], forces: Sequence[str]) -> tuple[int, int]:
    """(vessels of these forces, those by lists)."""
    return (
        sum(n for (force, _), n in held.items() if force in forces),
        sum(n for (force, listed), n in held.items() if force in forces and listed),
    )


def _add(
    totals: dict[tuple[int, str, str], list[int]], key: tuple[int, str, str], day: int, vessels: int, listed: int,
    day_listed: bool | None = None,
) -> None:  # fmt: skip
    held = totals.setdefault(key, [0, 0, 0, 0, 0, day, day])
    held[VESSEL_DAYS] += vessels
    held[VESSEL_DAYS_LISTED] += listed
    held[DAYS] += 1
    held[DAYS_LISTED] += listed > 0 if day_listed is None else day_listed
    held[MOST] = max(held[MOST], vessels)
    held[FIRST_DAY], held[LAST_DAY] = min(held[FIRST_DAY], day), max(held[LAST_DAY], day)


def _grow(state: PresenceState, zones: int) -> None:
    old = state.pairs[state.pairs != FREE]
    size = len(state.pairs)
    while 2 * (state.used + zones + 1) > size:
        size *= 2
    state.pairs = np.full(size, FREE, np.int64)
    for key in old.tolist():
        _put(state.pairs, key)


def _make_room(state: PresenceState, book: TrackBook) -> None:
    """Arrays for new tracks and vessels."""
    need = len(state.seen)
    for code in range(len(state.vessel), len(book)):
        state.vessel.append(book.vessel[code])
        state.ship.append(int(is_vessel_mmsi(book.mmsi[code])))
        need = max(need, book.vessel[code] + 1)
    if need > len(state.seen):
        n = max(need, 2 * len(state.seen))
        seen, last = np.full(n, -(2**31), np.int32), np.zeros(n, np.int32)
        seen[: len(state.seen)], last[: len(state.last_code)] = state.seen, state.last_code
        state.seen, state.last_code = seen, last


def _vessels(state: PresenceState, tick: Tick) -> I32:
    """Vessel code of each row, -1 where it tells of no vessel."""
    if not len(state.vessel):
        return np.full(len(tick.reports), -1, np.int32)
    code = np.maximum(tick.track, 0)
    good = (tick.track >= 0) & (np.array(state.ship, np.uint8)[code] == 1)
    for sensor in NO_VESSEL:
        good &= tick.reports.sensor != sensor
    return np.where(good, np.array(state.vessel, np.int32)[code], -1).astype(np.int32)
