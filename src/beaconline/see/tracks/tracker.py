"""The tracker: a pure step over rows in canonical order that gives each row its track and names new tracks.

Decides: an MMSI is a transponder's claim, so a track is ``(mmsi, segment)``, named by its first fix; a sensor's own id
is a track by itself; a row with neither has none. Refuses: to look at rows that have not been handed over, and to
rename a track once named. Source: the contract page. Known failures: see ``motion`` and ``assign``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.records.report import SENSORS
from beaconline.foundation.records.times import format_us
from beaconline.foundation.table.reports import I8, I32, I64, Pools, Reports
from beaconline.foundation.table.snapshot import SnapshotError
from beaconline.foundation.table.tracks import TrackBook
from beaconline.see.tracks.assign import AIRCRAFT_CLASS, ID_BASE, MAX_OPEN, NO_KEY, assign_rows, slot_of_key
from beaconline.see.tracks.motion import FCOLS, ICOLS, MARK

__all__ = ["Tracker", "TrackerState", "start", "step"]

_FIRST_VESSELS = 256
"""Room for vessels and slots at the start; doubled when full."""

_MAX_OPENED = 65_536
"""New tracks named at a time; bounds memory, not tracks."""

_CLASS_OF_TYPE = np.zeros(128, np.int8)
_CLASS_OF_TYPE[[1, 2, 3]] = 1
_CLASS_OF_TYPE[[18, 19]] = 2
_CLASS_OF_TYPE[9] = AIRCRAFT_CLASS
_AIRCRAFT = 111_000_000
"""First MMSI of search-and-rescue aircraft, 111MIDxxx."""


@dataclass(slots=True)
class TrackerState:
    """All that the tracker remembers. Codes of pools in it mean what they meant: it is saved together with its pools.

    keys, vessel_of  open-addressed table from vessel key to vessel code
    open_count, allotted, open_slots  int32 by vessel: open tracks, slots owned, which ones and the overflow track
    sf, si           slots: motion (float64) and counters (int64) of open tracks, columns as in ``motion``
    totals           vessels, slots, tracks so far
    prints           int32[statics, 3]: name, call sign, IMO of each static record as codes of ``texts``
    recent_us, recent_text, recent  the latest instant, its text, and names given at it: two tracks of one instant
                     must not share one
    """

    keys: I64
    vessel_of: I32
    open_count: I32
    allotted: I32
    open_slots: I32
    sf: F64
    si: I64
    totals: I64
    prints: I32
    texts: dict[str, int] = field(default_factory=dict)
    recent_us: int = 0
    recent_text: str = ""
    recent: set[str] = field(default_factory=set)


def start() -> TrackerState:
    """The state before any row."""
    n = _FIRST_VESSELS
    return TrackerState(
        keys=np.full(4 * n, NO_KEY, np.int64),
        vessel_of=np.zeros(4 * n, np.int32),
        open_count=np.zeros(n, np.int32),
        allotted=np.zeros(n, np.int32),
        open_slots=np.zeros((n, MAX_OPEN + 1), np.int32),
        sf=np.zeros((n, FCOLS)),
        si=np.zeros((n, ICOLS), np.int64),
        totals=np.zeros(4, np.int64),
        prints=np.full((0, 3), -1, np.int32),
    )


def _longer(array: np.ndarray, n: int) -> np.ndarray:
    out = np.zeros((n, *array.shape[1:]), array.dtype)
    out[: len(array)] = array
    return out


def _grow(state: TrackerState) -> None:
    """Double what is full: vessels and their key table, or slots."""
    vessels, slots = int(state.totals[0]), int(state.totals[1])
    if slots >= len(state.sf):
        state.sf, state.si = _longer(state.sf, 2 * len(state.sf)), _longer(state.si, 2 * len(state.si))
    if vessels >= len(state.open_count):
        n = 2 * len(state.open_count)
        state.open_count, state.allotted = _longer(state.open_count, n), _longer(state.allotted, n)
        state.open_slots = _longer(state.open_slots, n)
        old_keys, old_vessels = state.keys, state.vessel_of
        state.keys, state.vessel_of = np.full(4 * n, NO_KEY, np.int64), np.zeros(4 * n, np.int32)
        for key, vessel in zip(old_keys.tolist(), old_vessels.tolist(), strict=True):
            if key != NO_KEY:
                at = slot_of_key(state.keys, key)
                state.keys[at], state.vessel_of[at] = key, vessel


def _take_prints(state: TrackerState, pools: Pools) -> None:
    """Codes of the identifying fields of static records that are new in the pool."""
    known = len(state.prints)
    fresh = pools.statics.records[known:]
    if not fresh:
        return
    rows = np.full((len(fresh), 3), -1, np.int32)
    for row, record in zip(rows, fresh, strict=True):
        for column, value in enumerate((record.name, record.callsign, record.imo)):
            if value is not None:
                row[column] = state.texts.setdefault(f"{column}{value}", len(state.texts))
    state.prints = np.concatenate([state.prints, rows])


def _keys(reports: Reports) -> I64:
    key = reports.mmsi.astype(np.int64)
    ids = (reports.mmsi < 0) & (reports.sensor_id >= 0)
    key[ids] = ID_BASE + reports.sensor_id[ids]
    return key


def _classes(reports: Reports) -> I8:
    """1 = AIS class A, 2 = class B, 3 = search-and-rescue aircraft, 0 = not told."""
    out = _CLASS_OF_TYPE[np.maximum(reports.msg_type, 0)]
    out[(out == 0) & (reports.sensor == SENSORS.index("ais_a"))] = 1
    out[(out == 0) & (reports.sensor == SENSORS.index("ais_b"))] = 2
    out[(reports.mmsi >= _AIRCRAFT) & (reports.mmsi < _AIRCRAFT + 1_000_000)] = AIRCRAFT_CLASS
    out[reports.sensor == SENSORS.index("ais_sar")] = AIRCRAFT_CLASS
    return out


def _contents(reports: Reports, rows: I64, pools: Pools) -> list[str]:
    """Canonical content of rows: every cleaned field but who brought and who heard them."""
    columns = (
        reports.t_us, reports.mmsi, reports.lon_e7, reports.lat_e7, reports.error_dm, reports.sog_mkn,
        reports.cog_cdeg, reports.heading_cdeg, reports.nav_status, reports.msg_type, reports.sensor,
    )  # fmt: skip
    records = pools.statics.records
    out = []
    for numbers, static in zip(
        zip(*(column[rows].tolist() for column in columns), strict=True), reports.static[rows].tolist(), strict=True
    ):
        texts = ["" if value is None else str(value) for value in records[static]] if static else []
        out.append("|".join([*map(str, numbers), *texts]))
    return out


def _name(state: TrackerState, mmsi: int, t_us: int, content: str) -> str:
    """``mmsi:t_first:hash``; four hex digits, more only where two tracks of one instant would share them."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    if t_us != state.recent_us or not state.recent:
        state.recent_us, state.recent = t_us, set()
        state.recent_text = format_us(t_us)
    digits = 4
    while (name := f"{mmsi:09d}:{state.recent_text}:{digest[:digits]}") in state.recent and digits < len(digest):
        digits += 4
    state.recent.add(name)
    return name


def _enter(state: TrackerState, reports: Reports, pools: Pools, book: TrackBook, opened: I64) -> None:
    """Name new tracks, (row, vessel) each, and append them to the book."""
    rows = opened[:, 0]
    mmsis = reports.mmsi[rows].tolist()
    for mmsi, t_us, sensor_id, content in zip(
        mmsis, reports.t_us[rows].tolist(), reports.sensor_id[rows].tolist(), _contents(reports, rows, pools),
        strict=True,
    ):  # fmt: skip
        book.names.append(_name(state, mmsi, t_us, content) if mmsi >= 0 else pools.sensor_ids[sensor_id])
    book.mmsi.extend(mmsis)
    book.vessel.extend(opened[:, 1].tolist())


def step(state: TrackerState, reports: Reports, pools: Pools, book: TrackBook) -> tuple[TrackerState, I32]:
    """Track codes int32[n] of n rows in canonical order, -1 = anonymous posit; new tracks are appended to the book.

    Changes and returns ``state``. Raises SnapshotError for a state that another version saved with other columns: the
    kernel does not check bounds.
    """
    if (state.sf.shape[1], state.si.shape[1], state.open_slots.shape[1]) != (FCOLS, ICOLS, MAX_OPEN + 1):
        raise SnapshotError("the saved tracks have other columns than this version keeps")
    n = len(reports)
    track = np.full(n, -1, np.int32)
    _take_prints(state, pools)
    key, msg_class = _keys(reports), _classes(reports)
    opened = np.zeros((min(n, _MAX_OPENED), 2), np.int64)
    scratch = (np.zeros(FCOLS), np.full(MARK + 1, -1, np.int64), np.empty((MAX_OPEN, 2)))
    done = 0
    while done < n:
        state.totals[3] = 0
        done = assign_rows(
            done, key, reports.t_us, reports.lon_e7, reports.lat_e7, reports.sog_mkn, reports.cog_cdeg,
            reports.heading_cdeg, reports.msg_type, msg_class, reports.stations, reports.static, state.prints,
            state.keys, state.vessel_of, state.open_count, state.allotted, state.open_slots, state.sf, state.si,
            state.totals, track, opened, *scratch,
        )  # fmt: skip
        _enter(state, reports, pools, book, opened[: int(state.totals[3])])
        _grow(state)
    return state, track


class Tracker:
    """``start`` and ``step`` as one object, for the runner."""

    def start(self) -> TrackerState:
        """The state before any row."""
        return start()

    def step(self, state: TrackerState, reports: Reports, pools: Pools, book: TrackBook) -> tuple[TrackerState, I32]:
        """See the function of the same name."""
        return step(state, reports, pools, book)
