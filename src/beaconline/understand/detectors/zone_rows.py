"""Rows in time order against zones, compiled: the loop over fixes that drives visits.

Decides: which rows matter (a leg near a zone, or a visit under way), whether a leg may be bridged, and what happens
where it may not. Refuses: rows without a track and, by its caller, what is no vessel. Rows far from all zones cost
one look at a cell. Known failures: those of zone_visits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.area_grid import cell_of, entry_holds
from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.geo.zones import ZoneIndex
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.detectors.zone_legs import (
    cell_is_empty,
    crossings,
    in_zone,
    leg_m,
    near_zones,
    pieces_of,
    point_between,
)
from beaconline.understand.detectors.zone_visits import (
    EXIT_CROSSED,
    EXIT_LOST,
    INSIDE,
    LEAVING,
    N_OUT,
    NEXT,
    PHASE,
    T_HEAD,
    USED,
    ZONE,
    Book,
    VisitRule,
    close_visit,
    fix_inside,
    note_before,
    open_visit,
    resume,
    stretch,
    visit_of,
)  # fmt: skip

__all__ = ["Rows", "advance"]

SMALL_LAT_DEG = 0.05
SMALL_LON_DEG = 0.15
"""A leg within these is one piece and its box in degrees holds it: 5.6 km by at most 17 km."""


class Rows(NamedTuple):
    """Columns of n rows in canonical order; ``use`` is False for what is no vessel or has no track."""

    t_us: I64
    lon_e7: I32
    lat_e7: I32
    track: I32
    sog_mkn: I32
    cog_cdeg: I32
    stations: I32
    bridge_us: I64
    use: npt.NDArray[np.bool_]


@inner
def _sort(values: F64, n: int) -> None:
    """Sort the first n values in place; n is small nearly always."""
    for i in range(1, n):
        value, k = values[i], i
        while k > 0 and values[k - 1] > value:
            values[k] = values[k - 1]
            k -= 1
        values[k] = value


@inner
def _piece(
    zones: ZoneIndex,
    rule: VisitRule,
    book: Book,
    track: int,
    prev: I64,
    fix: I64,
    piece: F64,
    seen: I64,
    scratch: I32,
    shares: F64,
) -> None:
    """One piece of a leg against the zones near it and those under visit."""
    grid = zones.grid
    x1, ux = (piece[1] - grid.west) % 360.0, piece[4] - piece[1]
    seen[-1] += 1
    near = near_zones(grid, x1, piece[2], x1 + ux, piece[5], seen, seen[-1], scratch)
    row = book.tracks[track, T_HEAD]
    while row >= 0:
        if seen[book.ints[row, ZONE]] != seen[-1]:
            scratch[near] = book.ints[row, ZONE]
            near += 1
        row = book.ints[row, NEXT]
    for k in range(near):
        zone = scratch[k]
        n = crossings(grid, zone, x1, piece[2], x1 + ux, piece[5], shares)
        if n > len(shares):
            shares = np.empty(n)
            n = crossings(grid, zone, x1, piece[2], x1 + ux, piece[5], shares)
        _sort(shares, n)
        begin = 0.0
        for i in range(n + 1):
            end = shares[i] if i < n else 1.0
            if end > begin:
                middle = begin + (end - begin) / 2
                lon, lat = piece[1] + middle * ux, piece[2] + middle * (piece[5] - piece[2])
                inside = in_zone(grid, zone, lon, lat)
                stretch(zones, rule, book, zone, track, prev, fix, piece, begin, end, inside)
                begin = end


@inner
def _unbridged(
    zones: ZoneIndex,
    rule: VisitRule,
    book: Book,
    track: int,
    prev: I64,
    fix: I64,
    known: bool,
    jumped: bool,
    sog: int,
    cog: int,
) -> None:
    """A fix that no leg joins to the one before: visits end or go on unheard, and zones may hold it from nowhere."""
    lon, lat, t = fix[1] * 1e-7, fix[2] * 1e-7, fix[0]
    row = book.tracks[track, T_HEAD]
    while row >= 0:
        n, after = book.ints[row], book.ints[row, NEXT]
        zone = n[ZONE]
        valid = zones.from_us[zone] <= t < zones.until_us[zone]
        if n[PHASE] == LEAVING:
            close_visit(book, row, EXIT_CROSSED)
        elif jumped or t - prev[0] > rule.silence_us or not valid or not in_zone(zones.grid, zone, lon, lat):
            close_visit(book, row, EXIT_LOST)
        else:
            resume(zones, n, book.floats[row], t, lon, lat, t - prev[0])
            fix_inside(n, fix, sog, cog)
        row = after
    cell, x, y = cell_of(zones.grid, lon, lat)
    if cell < 0:
        return
    for entry in range(zones.grid.cell_start[cell], zones.grid.cell_start[cell + 1]):
        zone = zones.grid.entry_area[entry]
        valid = zones.from_us[zone] <= t < zones.until_us[zone]
        if not valid or not entry_holds(zones.grid, entry, cell, x, y) or visit_of(book, track, zone) >= 0:
            continue
        row = open_visit(book, track, zone, t, lon, lat, True)
        n = book.ints[row]
        if known and not jumped and not in_zone(zones.grid, zone, prev[1] * 1e-7, prev[2] * 1e-7):
            note_before(n, prev)
        resume(zones, n, book.floats[row], t, lon, lat, 0)
        fix_inside(n, fix, sog, cog)


@inner
def _bridged(
    zones: ZoneIndex,
    rule: VisitRule,
    book: Book,
    track: int,
    prev: I64,
    fix: I64,
    dlon: float,
    length_m: float,
    sog: int,
    cog: int,
    seen: I64,
    scratch: I32,
    shares: F64,
) -> None:
    """A leg from the fix before to this one."""
    lon1, lat1, lat2 = prev[1] * 1e-7, prev[2] * 1e-7, fix[2] * 1e-7
    parts = pieces_of(length_m, lat1, lat2)
    piece = np.empty(6)
    piece[3], piece[4], piece[5] = prev[0], lon1, lat1
    for part in range(1, parts + 1):
        for k in range(3):
            piece[k] = piece[k + 3]
        if part == parts:
            piece[3], piece[4], piece[5] = fix[0], lon1 + dlon, lat2
        else:
            lon, lat = point_between(lon1, lat1, fix[1] * 1e-7, lat2, part / parts)
            # Unwrapped next to the piece's own start, so that a leg over a pole does not swing back.
            lon = piece[1] + (lon - piece[1] + 540.0) % 360.0 - 180.0
            piece[3], piece[4], piece[5] = prev[0] + np.rint((fix[0] - prev[0]) * part / parts), lon, lat
        if part == parts and parts > 1:
            piece[4] = piece[1] + (piece[4] - piece[1] + 540.0) % 360.0 - 180.0
        _piece(zones, rule, book, track, prev, fix, piece, seen, scratch, shares)
    row = book.tracks[track, T_HEAD]
    while row >= 0:
        if book.ints[row, PHASE] == INSIDE:
            fix_inside(book.ints[row], fix, sog, cog)
        row = book.ints[row, NEXT]


@kernel
def advance(zones: ZoneIndex, rule: VisitRule, book: Book, rows: Rows, begin: int) -> int:
    """Take rows from ``begin`` on; the number of the first row not taken.

    It stops early when ``ints`` might not hold the next row's visits, or ``out`` is half full: the caller empties
    ``out``, makes room and goes on. A row ends at most half of ``out``'s visits (see MAX_ENDINGS).
    """
    grid = zones.grid
    # The last cell counts turns: a zone with the present turn's number is already in the list.
    seen, scratch = np.zeros(len(zones.from_us) + 1, np.int64), np.empty(len(zones.from_us) + 1, np.int32)
    prev, fix, shares = np.empty(4, np.int64), np.empty(4, np.int64), np.empty(64)
    for r in range(begin, len(rows.t_us)):
        if not rows.use[r]:
            continue
        if book.heads[USED] + len(zones.from_us) > len(book.ints) or 2 * book.heads[N_OUT] > len(book.out_i):
            return r
        track = rows.track[r]
        for k in range(4):
            prev[k] = book.tracks[track, k]
        fix[0], fix[1], fix[2], fix[3] = rows.t_us[r], rows.lon_e7[r], rows.lat_e7[r], rows.stations[r]
        known = prev[0] != NO_TIME
        gap_us = fix[0] - prev[0] if known else 0
        if known and gap_us <= 0:
            continue
        for k in range(4):
            book.tracks[track, k] = fix[k]
        lon, lat, lat1 = fix[1] * 1e-7, fix[2] * 1e-7, prev[2] * 1e-7
        joined = known and gap_us <= min(rows.bridge_us[r], rule.max_bridge_us)
        dlon = (lon - prev[1] * 1e-7 + 540.0) % 360.0 - 180.0 if known else 0.0
        if book.tracks[track, T_HEAD] < 0:
            x2 = (lon - grid.west) % 360.0
            if joined and abs(dlon) <= SMALL_LON_DEG and abs(lat - lat1) <= SMALL_LAT_DEG:
                seen[-1] += 1
                if near_zones(grid, x2 - dlon, lat1, x2, lat, seen, seen[-1], scratch) == 0:
                    continue
            elif not joined and cell_is_empty(grid, lon, lat):
                continue
        length_m = leg_m(prev[1] * 1e-7, lat1, lon, lat) if known else 0.0
        jumped = known and length_m - rule.slack_m > rule.max_speed_ms * gap_us * 1e-6
        sog, cog = rows.sog_mkn[r], rows.cog_cdeg[r]
        if joined and not jumped:
            _bridged(zones, rule, book, track, prev, fix, dlon, length_m, sog, cog, seen, scratch, shares)
        else:
            _unbridged(zones, rule, book, track, prev, fix, known, jumped, sog, cog)
    return len(rows.t_us)
