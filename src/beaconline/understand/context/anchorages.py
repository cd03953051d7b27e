"""Anchorages learnt from a node's own history: where many different vessels lay still for long.

Decides: a stay is 12 h or more within 0.5 km of its own middle, silences of up to 12 h included; an anchorage is a
place within 0.5 km of which 20 or more different vessels stayed. Refuses: names, and to make an anchorage of a watched
place: what lies in a zone of kind reef, watch or exclusion is told apart, since many hulls that lie at a reef together
would make their own mask; how many lay there at once stands beside every place. Source: contract page (20 vessels,
12 h, 0.5 km); Global Fishing Watch's anchorages. Known failures: a group that lies together for days elsewhere makes
one too (see ``most_at_once``); berths closer than 0.5 km are one place.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64, distance_m, ecef_point, lonlat_of
from beaconline.foundation.records.times import NO_TIME, format_us
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.context.protocol import OUTRANKING_ZONES

__all__ = ["Anchorage", "AnchorageRule", "Learner", "csv_of", "places_of", "take"]

LEFT_US = 1_800_000_000
"""Out of the circle for half an hour is gone; shorter is a slip of the receiver."""
CELL_M = 250.0
"""Stays are put together in cells of so many metres before places are sought: half the distance that matters."""
MAX_STAYS = 500_000
"""Most (vessel, cell) pairs remembered, about 200 bytes each; ``Learner.full`` counts what came after."""
MAX_SPANS = 8
"""Most stays of one vessel in one cell whose times are kept, for telling how many lay there at once."""
METRES_A_DEGREE = 111_319.5

ZonesAt = Callable[[int, int, int], list[tuple[str, str]]]
"""(name, kind) of the zones over a place (degrees x 1e7) at an instant: ``Context.zones_at``."""


@dataclass(frozen=True, slots=True)
class AnchorageRule:
    """Thresholds, all from the contract page; ``gap_s``: a silence that a stay may hold."""

    radius_m: float = 500.0
    stay_s: float = 43_200.0
    gap_s: float = 43_200.0
    vessels: int = 20


@dataclass(slots=True)
class Stays:
    """Of one vessel in one cell: how many stays, microseconds in all, ECEF places summed up by time, first spans."""

    stays: int
    total_us: int
    x: float
    y: float
    z: float
    spans: list[tuple[int, int]]


@dataclass(slots=True)
class Learner:
    """State: the stay under way of each track and the one that may follow it (times int64[t, 5]: begin, last inside,
    first outside, vessel, begin of the next; sums float64[t, 8]: ECEF places summed up and their number, of either),
    and what was found; bounded by tracks and MAX_STAYS."""

    times: I64 = field(default_factory=lambda: np.zeros((0, 5), np.int64))
    sums: F64 = field(default_factory=lambda: np.zeros((0, 8)))
    found: dict[tuple[int, int, int], Stays] = field(default_factory=dict)
    full: int = 0


@dataclass(frozen=True, slots=True)
class Anchorage:
    """A place where many vessels stayed. most_at_once: how many of them were there at one time; zone: the name of a
    watched zone over it, or ""."""

    lon_deg: float
    lat_deg: float
    vessels: int
    stays: int
    vessel_days: float
    most_at_once: int
    first_us: int
    last_us: int
    zone: str


@inner
def _add(s: F64, x: float, y: float, z: float, radius_m: float) -> bool:
    """Take a place into a stay if it lies within the radius of the middle so far."""
    dx, dy, dz = x - s[0] / s[3], y - s[1] / s[3], z - s[2] / s[3]
    if dx * dx + dy * dy + dz * dz > radius_m * radius_m:
        return False
    s[0] += x
    s[1] += y
    s[2] += z
    s[3] += 1.0
    return True


@kernel
def _walk(
    t_us: I64, track: I32, lon_e7: I32, lat_e7: I32, use: npt.NDArray[np.bool_], times: I64, sums: F64,
    radius_m: float, stay_us: int, gap_us: int, out: I64, places: F64, first: int,
) -> tuple[int, int]:  # fmt: skip
    """Take rows from ``first`` on until done or ``out`` is full: (next row, stays put into out). out int64[k, 3]:
    vessel, begin, end; places float64[k, 3]: the mean place, ECEF."""
    n = 0
    for i in range(first, len(t_us)):
        if not use[i]:
            continue
        if n == len(out):
            return i, n
        k = track[i]
        t, s = times[k], sums[k]
        x, y, z = ecef_point(lon_e7[i] * 1e-7, lat_e7[i] * 1e-7)
        if t[0] != NO_TIME and t_us[i] - t[1] <= gap_us:
            if _add(s[:4], x, y, z, radius_m):
                t[1], t[2] = t_us[i], NO_TIME
                continue
            # Outside: another stay may have begun, or the receiver slipped.
            if t[2] == NO_TIME or not _add(s[4:], x, y, z, radius_m):
                t[4] = t_us[i]
                s[4], s[5], s[6], s[7] = x, y, z, 1.0
            if t[2] == NO_TIME:
                t[2] = t_us[i]
            if t_us[i] - t[2] < LEFT_US:
                continue
        else:
            t[4] = t_us[i]
            s[4], s[5], s[6], s[7] = x, y, z, 1.0
        if t[0] != NO_TIME and t[1] - t[0] >= stay_us:
            out[n, 0], out[n, 1], out[n, 2] = t[3], t[0], t[1]
            places[n, 0], places[n, 1], places[n, 2] = s[0] / s[3], s[1] / s[3], s[2] / s[3]
            n += 1
        t[0], t[1], t[2] = t[4], t_us[i], NO_TIME
        s[:4] = s[4:]
    return len(t_us), n


def take(
    state: Learner, t_us: I64, track: I32, lon_e7: I32, lat_e7: I32, vessel: Sequence[int], rule: AnchorageRule
) -> Learner:
    """Take rows (columns as in ``Reports``), those of each track in order of time; track -1 is passed over. ``vessel``:
    by track code, equal for tracks of one vessel (``TrackBook.vessel``). Any cut into calls gives the same state."""
    have = len(state.times)
    if len(vessel) > have:
        more = np.zeros((max(len(vessel), 2 * have) - have, 5), np.int64)
        more[:, 0] = NO_TIME
        state.times = np.concatenate([state.times, more])
        state.sums = np.concatenate([state.sums, np.zeros((len(more), 8))])
    state.times[: len(vessel), 3] = vessel
    out, places, begin = np.empty((4096, 3), np.int64), np.empty((4096, 3)), 0
    while begin < len(t_us):
        begin, n = _walk(
            t_us, track, lon_e7, lat_e7, track >= 0, state.times, state.sums, rule.radius_m, int(rule.stay_s * 1e6),
            int(rule.gap_s * 1e6), out, places, begin,
        )  # fmt: skip
        for k in range(n):
            _note(state, int(out[k, 0]), int(out[k, 1]), int(out[k, 2]), places[k])
    return state


def _cell(lon: float, lat: float) -> tuple[int, int]:
    row = math.floor(lat * METRES_A_DEGREE / CELL_M)
    slim = max(1e-6, math.cos(math.radians((row + 0.5) * CELL_M / METRES_A_DEGREE)))
    columns = max(1, int(360.0 * METRES_A_DEGREE * slim / CELL_M))
    return row, int((lon + 180.0) % 360.0 / 360.0 * columns) % columns


def _note(state: Learner, vessel: int, begin_us: int, end_us: int, place: F64) -> None:
    lon, lat = lonlat_of(float(place[0]), float(place[1]), float(place[2]))
    us = end_us - begin_us
    key = (*_cell(lon, lat), vessel)
    held = state.found.get(key)
    if held is None:
        if len(state.found) >= MAX_STAYS:
            state.full += 1
            return
        held = state.found[key] = Stays(0, 0, 0.0, 0.0, 0.0, [])
    held.stays, held.total_us = held.stays + 1, held.total_us + us
    held.x, held.y, held.z = (old + us * float(new) for old, new in zip((held.x, held.y, held.z), place, strict=True))
    if len(held.spans) < MAX_SPANS:
        held.spans.append((begin_us, end_us))


def _with_open(state: Learner, rule: AnchorageRule) -> Learner:
    """A copy with the stays under way counted as far as they go."""
    found = {key: replace(s, spans=list(s.spans)) for key, s in state.found.items()}
    copy = Learner(state.times, state.sums, found, state.full)
    long = (state.times[:, 0] != NO_TIME) & (state.times[:, 1] - state.times[:, 0] >= int(rule.stay_s * 1e6))
    for k in np.flatnonzero(long).tolist():
        begin, end, _, vessel, _ = (int(v) for v in state.times[k])
        _note(copy, vessel, begin, end, state.sums[k, :3] / state.sums[k, 3])
    return copy


@dataclass(slots=True)
class _Cell:
    """All stays of one cell."""

    lon: float
    lat: float
    by_vessel: dict[int, Stays]


def _cells(found: dict[tuple[int, int, int], Stays]) -> dict[tuple[int, int], _Cell]:
    grouped: dict[tuple[int, int], dict[int, Stays]] = {}
    for (row, column, vessel), stays in sorted(found.items()):
        grouped.setdefault((row, column), {})[vessel] = stays
    out = {}
    for key, held in grouped.items():
        total = sum(s.total_us for s in held.values())
        middle = [sum(getattr(s, axis) for s in held.values()) / total for axis in "xyz"]
        lon, lat = lonlat_of(middle[0], middle[1], middle[2])
        out[key] = _Cell(lon, lat, held)
    return out


def _near(cells: dict[tuple[int, int], _Cell], key: tuple[int, int], radius_m: float) -> list[tuple[int, int]]:
    """Cells whose middle of stays lies within a radius of that of one, itself included."""
    here = cells[key]
    reach = math.ceil(radius_m / CELL_M) + 1
    out = set()
    for up in range(-reach, reach + 1):
        lat = here.lat + up * CELL_M / METRES_A_DEGREE
        if abs(lat) > 90:
            continue
        step = CELL_M / (METRES_A_DEGREE * max(1e-6, math.cos(math.radians(lat))))
        for on in range(-2 * reach, 2 * reach + 1):
            out.add(_cell(here.lon + on * step / 2, lat))
    return sorted(
        k for k in out if k in cells and distance_m(here.lon, here.lat, cells[k].lon, cells[k].lat) <= radius_m
    )


def _at_once(spans: list[tuple[int, int, int]]) -> int:
    """Most different vessels at one time among (begin, end, vessel)."""
    turns = sorted([(b, 1, v) for b, _, v in spans] + [(e, 0, v) for _, e, v in spans])
    there: dict[int, int] = {}
    most = 0
    for _, comes, vessel in turns:
        there[vessel] = there.get(vessel, 0) + (1 if comes else -1)
        if not there[vessel]:
            del there[vessel]
        most = max(most, len(there))
    return most


def _anchorage(cells: list[_Cell], zones_at: ZonesAt | None) -> Anchorage:
    held = [(vessel, stays) for cell in cells for vessel, stays in cell.by_vessel.items()]
    total = sum(s.total_us for _, s in held)
    x = y = z = 0.0
    for cell in cells:
        weight = sum(s.total_us for s in cell.by_vessel.values()) / total
        cx, cy, cz = ecef_point(cell.lon, cell.lat)
        x, y, z = x + weight * cx, y + weight * cy, z + weight * cz
    lon, lat = lonlat_of(x, y, z)
    spans = [(b, e, vessel) for vessel, s in held for b, e in s.spans]
    last = max(e for _, e, _ in spans)
    names = zones_at(round(lon * 1e7), round(lat * 1e7), last) if zones_at else []
    watched = sorted(name for name, kind in names if kind in OUTRANKING_ZONES)
    return Anchorage(
        round(lon, 6), round(lat, 6), len({vessel for vessel, _ in held}), sum(s.stays for _, s in held),
        round(total / 86_400e6, 2), _at_once(spans), min(b for b, _, _ in spans), last, ", ".join(watched),
    )  # fmt: skip


def places_of(
    state: Learner, rule: AnchorageRule | None = None, zones_at: ZonesAt | None = None
) -> tuple[list[Anchorage], list[Anchorage]]:
    """(anchorages, places inside a watched zone) learnt so far, each from south to north; leaves the state unchanged.

    The place with most vessels comes first and takes all stays within the radius; what is left may make others.
    """
    rule = rule or AnchorageRule()
    cells = _cells(_with_open(state, rule).found)
    near = {key: _near(cells, key, rule.radius_m) for key in cells}

    def vessels(key: tuple[int, int]) -> int:
        return len({v for k in near[key] if k in cells for v in cells[k].by_vessel})

    heap = [(-vessels(key), key) for key in sorted(cells)]
    heapq.heapify(heap)
    out: list[Anchorage] = []
    while heap:
        count, key = heapq.heappop(heap)
        if key not in cells or -count < rule.vessels:
            continue
        now = vessels(key)
        if now != -count:
            heapq.heappush(heap, (-now, key))
            continue
        members = [k for k in near[key] if k in cells]
        out.append(_anchorage([cells[k] for k in members], zones_at))
        for k in members:
            del cells[k]
    out.sort(key=lambda a: (a.lat_deg, a.lon_deg))
    return [a for a in out if not a.zone], [a for a in out if a.zone]


def csv_of(anchorages: Sequence[Anchorage]) -> str:
    """The text of a mask file that ``--masks`` takes: a header and a line for each place."""
    lines = ["lon_deg,lat_deg,kind,vessels,stays,vessel_days,most_at_once,t_first,t_last"]
    lines += [
        f"{a.lon_deg:.6f},{a.lat_deg:.6f},anchorage,{a.vessels},{a.stays},{a.vessel_days:.2f},{a.most_at_once},"
        f"{format_us(a.first_us)},{format_us(a.last_us)}"
        for a in anchorages
    ]
    return "\n".join(lines) + "\n"
