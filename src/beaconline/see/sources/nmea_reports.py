"""AIS messages as reports and static rows: raw integers to the units of the columns, fillers to null.

Decides: which messages carry a position and which only static fields; ``messages == messages_without_position +
messages_rejected + reports``, each counted where it happens. ``t_event`` is the time at which the message was received,
since a position report tells only its UTC second; types 4 and 11 tell their own full time and use it.
Refuses: to place a report in time by itself (``no_time``); positions off the world; an MMSI above nine digits.
Source: ITU-R M.1371-5 for fillers and scales. Known failures: a receive time is later than the fix by the receiver's
delay, usually under 2 s; the class of a type 27 is taken as A, although class B stations may send it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from beaconline.foundation.records.report import SENSORS, T_SRCS
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64, Pools, Reports, StaticRows
from beaconline.foundation.wire.ais import registry as tables
from beaconline.foundation.wire.ais.decode import ints
from beaconline.see.sources.batch import Reject
from beaconline.see.sources.nmea_messages import Heard, reject_of
from beaconline.see.sources.nmea_statics import STATIC_SLOTS, Ships
from beaconline.see.sources.nmea_times import civil_us

__all__ = ["VERDICTS", "Told", "base_time", "reports_of", "station_text", "told_time", "verdict_reject"]

VERDICTS: Final[dict[int, tuple[str, str]]] = {
    tables.UNKNOWN_TYPE: ("unknown_type", "no AIS message type"),
    tables.BAD_LENGTH: ("bad_length", "a length this message type does not have"),
    tables.BAD_PART: ("bad_part", "a part of type 24 that is neither A nor B"),
    tables.TOO_SHORT: ("bad_length", "too short for type and MMSI"),
}
"""Reason and words of a message whose bits fit no table."""

TOLD: Final = T_SRCS.index("told")
MESSAGE: Final = T_SRCS.index("message")
MAX_MMSI: Final = 999_999_999

_Mask = npt.NDArray[np.bool_]

_SENSOR_OF_SLOT: Final = {
    tables.slot_of_type(1): "ais_a",
    tables.slot_of_type(27): "ais_a",
    tables.slot_of_type(18): "ais_b",
    tables.slot_of_type(19): "ais_b",
    tables.slot_of_type(9): "ais_sar",
    tables.slot_of_type(4): "ais_base",
    tables.slot_of_type(21): "ais_aton",
}
"""Sensor of each bit table that holds a station's position (types 2, 3 and 11 share the tables of 1 and 4)."""

SPEED_MKN: Final = {1: 100, 18: 100, 19: 100, 9: 1000, 27: 1000}
"""Thousandths of a knot in one raw unit of speed, by type (1/10 kn; whole knots for aircraft and long range)."""
SPEED_NONE: Final = {1: 1023, 18: 1023, 19: 1023, 9: 1023, 27: 63}
COURSE_CDEG: Final = {1: 10, 18: 10, 19: 10, 9: 10, 27: 100}
"""Hundredths of a degree in one raw unit of course, by type."""


@dataclass(frozen=True, slots=True)
class Told:
    """The time a user told for a log without times.

    from_us  microseconds since 1970 of the first line; rate  lines a second
    """

    from_us: int
    rate: float

    def at(self, unit: I64) -> I64:
        """Time of each line of the ledger (0 = first)."""
        times: I64 = self.from_us + np.rint(unit * (1e6 / self.rate)).astype(np.int64)
        return times


@kernel
def _e7(raw: I32, den: int) -> I64:
    """Degrees x 1e7 of an angle in 1/den degree, rounded half away from zero, exactly."""
    out = np.empty(len(raw), np.int64)
    for i in range(len(raw)):
        size = abs(np.int64(raw[i])) * 10_000_000
        whole = (2 * size + den) // (2 * den)
        out[i] = whole if raw[i] >= 0 else -whole
    return out


@kernel
def base_time(year: I32, month: I32, day: I32, hour: I32, minute: I32, second: I32) -> I64:
    """Microseconds since 1970 of the UTC fields of types 4 and 11; NO_TIME where one is a filler or impossible."""
    out = np.empty(len(year), np.int64)
    for i in range(len(year)):
        if second[i] > 59:
            out[i] = NO_TIME
        else:
            out[i] = civil_us(year[i], month[i], day[i], hour[i], minute[i], second[i], 0)
    return out


def told_time(heard: Heard, told: Told | None) -> tuple[I64, I64]:
    """(time, where it is from) of each message: what its line tells, else what the user told, else NO_TIME."""
    if told is None:
        return heard.t_us, heard.t_src
    untimed = heard.t_us == NO_TIME
    return np.where(untimed, told.at(heard.unit), heard.t_us), np.where(untimed, TOLD, heard.t_src)


def verdict_reject(heard: Heard, i: int, source: str) -> Reject:
    """The reject of a message whose type or length fits no bit table."""
    kind, bits = int(heard.messages.type[i]), int(heard.messages.bits[i])
    reason, words = VERDICTS[int(heard.messages.slot[i])]
    code = f"{reason}:{kind}" if reason == "bad_length" else reason
    return reject_of(source, int(heard.first_line[i]), code, heard.raw(i), f"type {kind}, {bits} bits: {words}")


class _Sorter:
    """Takes the messages of one block table by table; keeps reports, static rows, rejects and counts."""

    def __init__(
        self, heard: Heard, names: list[bytes], source: str, feed: str, pools: Pools, ships: Ships, told: Told | None
    ) -> None:
        self.ships = ships
        self.heard, self.source, self.pools = heard, source, pools
        self.source_code = pools.sources.code(source)
        self.feed_code = pools.feeds.code((feed,) if feed else ())
        sets = np.array([0, *(pools.stations.code((station_text(name),)) for name in names)], np.int32)
        self.station = sets[heard.station + 1]
        self.t_us, self.t_src = told_time(heard, told)
        self.reports: list[Reports] = []
        self.at: list[I64] = []
        self.statics: list[StaticRows] = []
        self.static_at: list[I64] = []
        self.rejects: list[tuple[int, Reject]] = []
        self.counts: Counter[str] = Counter()

    def reject(self, i: int, reason: str, words: str) -> None:
        """Count and keep one message that is no report."""
        self.counts["messages_rejected"] += 1
        made = reject_of(self.source, int(self.heard.first_line[i]), reason, self.heard.raw(i), words)
        self.rejects.append((i, made))

    def reject_all(self, rows: I32, reason: str, words: str) -> None:
        for i in rows.tolist():
            self.reject(i, reason, words)

    def unreadable(self) -> None:
        """Messages whose type or length fits no bit table."""
        for i in np.flatnonzero(self.heard.messages.slot < 0).tolist():
            self.counts["messages_rejected"] += 1
            self.rejects.append((i, verdict_reject(self.heard, i, self.source)))

    def without_position(self, slot: int, rows: I32) -> None:
        """Messages of a type that carries no position of a station: static fields, or nothing that is kept here."""
        mmsi = ints(self.heard.messages, slot, rows, ("mmsi",))["mmsi"]
        bad = mmsi > MAX_MMSI
        self.reject_all(rows[bad], "bad_mmsi", "more than nine digits")
        good = ~bad
        self.counts["messages_without_position"] += int(good.sum())
        if slot in STATIC_SLOTS:
            self.keep_static(rows[good], mmsi[good], self.ships.codes(self.heard.messages, slot, rows[good]))

    def keep_static(self, rows: I32, mmsi: I32, static: I32) -> None:
        """Static fields that came without a position; a row of which nothing is known is left out."""
        known = static > 0
        rows, mmsi, static = rows[known], mmsi[known], static[known]
        if not len(rows):
            return
        source = np.full(len(rows), self.source_code, np.int16)
        none = np.full(len(rows), -1, np.int32)
        line = self.heard.line[rows].astype(np.int32)
        self.statics.append(StaticRows(self.t_us[rows], mmsi, none, static, self.station[rows], source, line))
        self.static_at.append(rows.astype(np.int64))

    def positions(self, slot: int, rows: I32) -> None:
        """Messages of a type that carries the position of a station."""
        messages = self.heard.messages
        value = ints(messages, slot, rows, POSITION_FIELDS)
        lon_none, lat_none, den = _fillers(slot)
        lon, lat = value["lon"], value["lat"]
        filler = (lon == lon_none) | (lat == lat_none)
        lon_off, lat_off = abs(lon) > 180 * den, abs(lat) > 90 * den
        off = (lon_off & (lon != lon_none)) | (lat_off & (lat != lat_none))
        t_us, t_src, t_received = self._times(slot, rows)
        static = self.ships.codes(messages, slot, rows) if slot in STATIC_SLOTS else np.zeros(len(rows), np.int32)
        bad_mmsi = value["mmsi"] > MAX_MMSI
        self.reject_all(rows[bad_mmsi], "bad_mmsi", "more than nine digits")
        off &= ~bad_mmsi
        self.reject_all(rows[off], "position_out_of_world", "longitude beyond 180 or latitude beyond 90 degrees")
        empty = filler & ~off & ~bad_mmsi
        self.counts["messages_without_position"] += int(empty.sum())
        self.keep_static(rows[empty], value["mmsi"][empty], static[empty])
        rest = ~(bad_mmsi | off | empty)
        untimed = rest & (t_us == NO_TIME)
        self.reject_all(rows[untimed], "no_time", "a position without time; --received tells one")
        good = rest & ~untimed
        keep = rows[good]
        out = Reports.blank(len(keep))
        out.t_us[:], out.t_src[:], out.t_received_us[:] = t_us[good], t_src[good], t_received[good]
        out.lon_e7[:], out.lat_e7[:] = _e7(lon[good], den), _e7(lat[good], den)
        out.mmsi[:], out.static[:] = value["mmsi"][good], static[good]
        out.sensor[:] = SENSORS.index(_SENSOR_OF_SLOT[slot])
        out.msg_type[:] = messages.type[keep]
        _motion(out, slot, {name: column[good] for name, column in value.items()})
        self._context(out, keep)
        self.reports.append(out)
        self.at.append(keep.astype(np.int64))

    def _context(self, out: Reports, rows: I32) -> None:
        out.stations[:], out.feeds[:] = self.station[rows], self.feed_code
        out.source[:] = self.source_code
        out.line[:] = self.heard.line[rows]

    def _times(self, slot: int, rows: I32) -> tuple[I64, I64, I64]:
        """(t_event, where it is from, t_received) of messages; a told time is no receive time."""
        t_us, t_src = self.t_us[rows].copy(), self.t_src[rows].copy()
        received = np.where(t_src == TOLD, NO_TIME, t_us)
        if slot == tables.slot_of_type(4):
            own = ints(self.heard.messages, slot, rows, ("year", "month", "day", "hour", "minute", "second"))
            told = base_time(own["year"], own["month"], own["day"], own["hour"], own["minute"], own["second"])
            good = told != NO_TIME
            t_us[good], t_src[good] = told[good], MESSAGE
        return t_us, t_src, received


POSITION_FIELDS: Final = ("mmsi", "lon", "lat", "speed", "course", "heading", "status")


def _fillers(slot: int) -> tuple[int, int, int]:
    """(longitude and latitude "not available", raw units in a degree) of a bit table."""
    lon, lat = tables.LAYOUTS[slot].field("lon"), tables.LAYOUTS[slot].field("lat")
    assert lon.none is not None and lat.none is not None
    return lon.none, lat.none, lon.den


def _motion(out: Reports, slot: int, value: dict[str, I32]) -> None:
    """Speed, course, heading and status, fillers and impossible values to null."""
    kind = tables.LAYOUTS[slot].types[0]
    if kind in SPEED_MKN:
        speed, course = value["speed"], value["course"]
        out.sog_mkn[:] = np.where(speed < SPEED_NONE[kind], speed * SPEED_MKN[kind], -1)
        cdeg = course * COURSE_CDEG[kind]
        out.cog_cdeg[:] = np.where(cdeg < 36_000, cdeg, -1)
    if "heading" in value:
        out.heading_cdeg[:] = np.where(value["heading"] < 360, value["heading"] * 100, -1)
    if "status" in value:
        out.nav_status[:] = np.where(value["status"] < 15, value["status"], -1)


def station_text(name: bytes) -> str:
    """A station's name as text: bytes that are no UTF-8 become escapes, $PGHP's commas become "-"."""
    return name.decode("utf-8", "backslashreplace").replace(",", "-")


def reports_of(
    heard: Heard, names: list[bytes], source: str, feed: str, pools: Pools, ships: Ships, told: Told | None
) -> tuple[Reports, StaticRows, list[Reject], Counter[str]]:
    """(reports, static rows, rejects, counts) of one block of messages, each in the order of the input.

    names  bytes of each station by code; ships  static records seen so far in this input
    """
    sorter = _Sorter(heard, names, source, feed, pools, ships, told)
    sorter.unreadable()
    slot = heard.messages.slot
    for each in range(len(tables.LAYOUTS)):
        rows = np.flatnonzero(slot == each).astype(np.int32)
        if len(rows):
            (sorter.positions if each in _SENSOR_OF_SLOT else sorter.without_position)(each, rows)
    rejects = [made for _, made in sorted(sorter.rejects, key=lambda pair: pair[0])]
    reports, statics = Reports.concat(sorter.reports), StaticRows.concat(sorter.statics)
    if sorter.at:
        reports = reports.take(np.argsort(np.concatenate(sorter.at), kind="stable"))
    if sorter.static_at:
        order = np.argsort(np.concatenate(sorter.static_at), kind="stable")
        statics = StaticRows(*(getattr(statics, f.name)[order] for f in fields(StaticRows)))
    return reports, statics, rejects, sorter.counts
