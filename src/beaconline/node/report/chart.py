"""The chart's data: the drawn area, land, zones, traffic and the members' lines of each finding.

Decides: where the map is cut and what it shows first, how much of the traffic fits, and the figures by which the page
says so. Refuses: to hide that something was left out; every packed part carries its counts.
Source: own measurements of what a browser draws (300,000 fixes in some 15 ms). Known failures: a stray fix far from the
rest is drawn, but the first view does not include it, and land is only drawn around the first view.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.geo.mercator import MAX_LAT_DEG, mark_meridians, middle_of_widest_deg, plane_radians
from beaconline.foundation.geo.outline import simplify
from beaconline.foundation.records.times import parse_us
from beaconline.foundation.store.spill import Columns
from beaconline.foundation.table.reports import I64
from beaconline.node.report.model import Fixes, LandLines, TrackLines
from beaconline.node.report.pack import pack
from beaconline.node.report.thin import Thinner, piece_starts

__all__ = ["Frame", "frame_of", "land_part", "paths_part", "posits_part", "traffic_part", "zones_part"]

TRAFFIC_FIXES = 500_000
"""Fixes of traffic in a page: 4 MB of text, and some 40 ms to draw without graphics hardware. More makes a thin client
stutter; fewer moves a busy day's lines by hundreds of metres."""
POSITS = 100_000
"""Posits without a track in a page."""
PATH_FIXES = 400_000
"""Fixes of the members' own lines, all findings together; 3 MB of text."""
LAND_POINTS = 160_000
"""Points of land in a page: 900 kB of text; enough for a continent within its source's own error."""
ZONE_POINTS = 100_000
"""Points of zone outlines in a page."""
PAD_US = 15 * 60 * 1_000_000
"""A member's line is shown from this long before a finding to this long after (or a quarter of its length)."""
PAD_MAX_US = 6 * 3600 * 1_000_000
FINE = 10
"""Members' lines: degrees x 1e7 a unit, 0.1 m."""
COARSE = 100
"""Traffic: degrees x 1e7 a unit, 1.1 m, finer than AIS itself (1/10,000 minute is 0.18 m, its error some 10 m)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the map is cut (degrees), and boxes in degrees east of the cut and latitude: west, south, east, north.

    view  what is shown first; land  where land is drawn
    """

    cut_deg: float
    view: tuple[float, float, float, float]
    land: tuple[float, float, float, float]

    def east_of_cut(self, lon_deg: float) -> float:
        """Degrees east of the cut, [0, 360)."""
        return (lon_deg - self.cut_deg) % 360.0


def _span(values: F64, always: Sequence[float]) -> tuple[float, float]:
    """All but the outermost 0.2 % at either end, and every finding."""
    if not len(values) and not always:
        return 0.0, 0.0
    ends = np.quantile(values, [0.002, 0.998]).tolist() if len(values) else []
    return min([*ends, *always]), max([*ends, *always])


def frame_of(tracks: Fixes, findings: Sequence[Mapping[str, Any]]) -> Frame:
    """The frame of all fixes and findings; the whole world when there is neither."""
    places = [f["where"]["coordinates"] for f in findings]
    marks = mark_meridians(np.array([round(p[0] * 1e7) for p in places], np.int64).astype(np.int32))
    step, seen = max(1, len(tracks) // 200_000), 0
    some: list[npt.NDArray[np.int64]] = []
    for piece in tracks.pieces(-1):
        mark_meridians(piece.lon_e7, marks)
        at = slice(-seen % step, None, step)
        some.append(np.stack([piece.lon_e7[at], piece.lat_e7[at]]).astype(np.int64))
        seen += len(piece)
    cut = middle_of_widest_deg(marks)
    if not seen and not places:
        world = (0.0, -75.0, 360.0, 80.0)
        return Frame(cut, world, world)
    lon_e7, lat_e7 = np.concatenate(some, axis=1) if some else np.zeros((2, 0), np.int64)
    x = (lon_e7 - round(cut * 1e7)) % 3_600_000_000 / 1e7
    y = lat_e7 / 1e7
    west, east = _span(x, [(p[0] - cut) % 360.0 for p in places])
    south, north = _span(y, [float(p[1]) for p in places])
    view = _grown((west, south, east, north), 0.08, 0.05)
    return Frame(cut, view, _grown(_screen_shaped(view), 0.25, 0.5))


def _screen_shaped(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The box made wide or high enough that a map of any usual shape (2.2 : 1 to 1 : 1.5) first shows only this."""
    west, south, east, north = box
    squeeze = max(0.1, math.cos(math.radians((south + north) / 2)))
    wide, high = (east - west) * squeeze, north - south
    more_x, more_y = max(0.0, 2.2 * high - wide) / squeeze / 2, max(0.0, 1.5 * wide - high) / 2
    return west - more_x, south - more_y, east + more_x, north + more_y


def _grown(box: tuple[float, float, float, float], share: float, least: float) -> tuple[float, float, float, float]:
    west, south, east, north = box
    pad = max(least, share * max(east - west, north - south))
    wide = pad / max(0.1, math.cos(math.radians(min(85.0, max(abs(south), abs(north))))))
    west, east = west - wide, east + wide
    if east - west >= 360.0:
        west, east = 0.0, 360.0
    return west, max(-MAX_LAT_DEG, south - pad), east, min(MAX_LAT_DEG, north + pad)


def _lines(
    x_units: npt.NDArray[np.integer], y_units: npt.NDArray[np.integer], lengths: Sequence[int] | I64
) -> dict[str, Any]:
    return {"lengths": pack(np.asarray(lengths, np.int64)), "x": pack(x_units), "y": pack(y_units)}


def land_part(frame: Frame, land: LandLines | None) -> dict[str, Any]:
    """Rings in 1e-4 degrees (11 m) east of the cut, with the tolerance they were drawn by, in degrees."""
    west, south, east, north = frame.land
    tolerance = max(0.0005, max(east - west, north - south) / 40_000)
    if land is None:
        rings = _shipped_land(frame, tolerance)
        while sum(map(len, rings)) > LAND_POINTS:
            tolerance *= 2
            rings = _shipped_land(frame, tolerance)
    else:
        rings, tolerance = [np.asarray(ring) - [frame.cut_deg, 0.0] for ring in land.rings], land.tolerance_deg
        while sum(map(len, rings)) > LAND_POINTS:
            tolerance = max(2 * tolerance, 0.0005)
            rings = [ring for ring in (simplify(r, tolerance) for r in rings) if len(ring) > 3]
    points = np.round(np.vstack(rings) * 1e4).astype(np.int64) if rings else np.zeros((0, 2), np.int64)
    part = _lines(points[:, 0], points[:, 1], [len(ring) for ring in rings])
    return {**part, "unit": 1e-4, "tolerance_deg": tolerance, "box": [west, south, east, north]}


def _shipped_land(frame: Frame, tolerance_deg: float) -> list[F64]:
    from beaconline.foundation.geo.coast import rings_in_bbox

    west, south, east, north = frame.land
    cut = frame.cut_deg
    return [ring - [cut, 0.0] for ring in rings_in_bbox(cut + west, south, cut + east, north, tolerance_deg)]


def _outlines(geometry: Mapping[str, Any] | None) -> list[Any]:
    """Lists of positions of a GeoJSON geometry; what is no line or area gives none."""
    kind, places = (geometry or {}).get("type"), (geometry or {}).get("coordinates") or []
    if kind == "Polygon" or kind == "MultiLineString":
        return list(places)
    if kind == "MultiPolygon":
        return [ring for polygon in places for ring in polygon]
    return [places] if kind == "LineString" else []


def _unwrapped(frame: Frame, positions: Any) -> F64:
    """A line in degrees east of the cut, each step the short way, placed where it is nearest to the view."""
    line = np.array([[p[0], p[1]] for p in positions], np.float64)
    steps = np.diff(line[:, 0])
    # Half the world or less is the way as written, and exactly 360 degrees is the whole parallel.
    short = (steps + 180.0) % 360.0 - 180.0
    steps = np.where((np.abs(steps) <= 180.0) | (np.abs(steps) == 360.0), steps, short)
    line[:, 0] = frame.east_of_cut(positions[0][0]) + np.append(0.0, steps.cumsum())
    middle = (frame.view[0] + frame.view[2]) / 2
    line[:, 0] += 360.0 * round((middle - (line[:, 0].min() + line[:, 0].max()) / 2) / 360.0)
    return line


def zones_part(frame: Frame, zones: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Outlines with name and kind; an outline without a usable place keeps its name and draws nothing."""
    drawn = []
    for zone in zones:
        lines = [_unwrapped(frame, ring) for ring in _outlines(zone.get("geometry")) if len(ring) >= 2]
        drawn.append((zone.get("properties") or {}, lines))
    total, tolerance = sum(len(line) for _, lines in drawn for line in lines), 0.0
    while total > ZONE_POINTS:
        tolerance = max(0.0005, 2 * tolerance)
        drawn = [(p, [simplify(line, tolerance) for line in lines]) for p, lines in drawn]
        total = sum(len(line) for _, lines in drawn for line in lines)
        if tolerance > 10.0:
            break
    parts = []
    for properties, lines in drawn:
        points = np.round(np.vstack(lines) * 1e5).astype(np.int64) if lines else np.zeros((0, 2), np.int64)
        part = _lines(points[:, 0], points[:, 1], [len(line) for line in lines])
        parts.append({**part, "name": properties.get("name"), "kind": properties.get("kind"), "unit": 1e-5})
    return parts


def traffic_part(frame: Frame, tracks: Fixes) -> dict[str, Any]:
    """Lines of all tracks, thinned to the budget, with what was left out."""
    thinner, several, earliest = Thinner(TRAFFIC_FIXES), 0, None
    for piece in tracks.pieces(0):
        x, y, whole = plane_radians(piece.lon_e7, piece.lat_e7, frame.cut_deg)
        start = piece_starts(piece.t_us, piece.track, whole)
        columns: Columns = {"x": whole, "y": piece.lat_e7, "t": piece.t_us, "track": piece.track}
        thinner.add(x, y, start, columns)
        several += len(np.unique(piece.track))
        first = int(piece.t_us.min())
        earliest = first if earliest is None else min(earliest, first)
    tolerance_m, _, line, kept = thinner.finish()
    n, none = len(line), np.zeros(0, np.int64)
    heads = np.flatnonzero(np.diff(line, prepend=-1)) if n else none
    lengths = np.diff(np.append(heads, n)) if n else none
    shown, label = np.unique(kept["track"][heads], return_inverse=True) if n else (none, none)
    t0 = (earliest or 0) // 1_000_000
    return {
        **_lines(kept["x"] // COARSE if n else none, kept["y"] // COARSE if n else none, lengths),
        "unit": COARSE / 1e7,
        "t": pack(kept["t"] // 1_000_000 - t0 if n else none),
        "t0_s": t0,
        "label": pack(label),
        "labels": [tracks.labels[code] for code in shown.tolist()],
        "fixes": thinner.fixes,
        "fixes_drawn": n,
        "tracks": several,
        "tracks_drawn": len(shown),
        "tolerance_m": tolerance_m,
    }


def posits_part(frame: Frame, tracks: Fixes) -> dict[str, Any]:
    """Posits without a track as dots; when there are too many, one in each cell of ``cell_deg`` degrees."""
    n, cell, places = 0, 1, np.zeros(0, np.int64)
    for piece in tracks.pieces(-1, 0):
        x = (piece.lon_e7.astype(np.int64) - round(frame.cut_deg * 1e7)) % 3_600_000_000 // COARSE
        y = piece.lat_e7.astype(np.int64) // COARSE + 9_000_000
        n += len(piece)
        places = np.unique(np.concatenate([places, _cells(x * 40_000_000 + y, cell)]))
        while len(places) > POSITS:
            cell = 50 if cell == 1 else 2 * cell
            places = np.unique(_cells(places, cell))
    return {
        "x": pack(places // 40_000_000),
        "y": pack(places % 40_000_000 - 9_000_000),
        "unit": COARSE / 1e7,
        "posits": n,
        "posits_drawn": len(places),
        "cell_deg": 0.0 if cell == 1 else cell * COARSE / 1e7,
    }


def _cells(places: I64, cell: int) -> I64:
    """Corners of the cells of so many units that places lie in."""
    if cell == 1:
        return places
    corners: I64 = (places // 40_000_000 // cell * cell) * 40_000_000 + places % 40_000_000 // cell * cell
    return corners


def _window(finding: Mapping[str, Any]) -> tuple[int, int]:
    begin, end = parse_us(finding["t_start"]), parse_us(finding["t_end"])
    pad = min(PAD_MAX_US, max(PAD_US, (end - begin) // 4))
    return begin - pad, end + pad


Spans = list[tuple[int, int, int, int]]


def _member_rows(piece: TrackLines, wanted: Mapping[int, Spans]) -> Spans:
    """(finding, member, first row, row after the last) of the tracks of a piece, where there are fixes."""
    codes, first = np.unique(piece.track, return_index=True)
    out = []
    for code, low, high in zip(codes.tolist(), first, np.append(first[1:], len(piece)), strict=True):
        times = piece.t_us[low:high]
        for f, m, begin, end in wanted.get(code, ()):
            a, b = low + np.searchsorted(times, begin), low + np.searchsorted(times, end, side="right")
            if b > a:
                out.append((f, m, int(a), int(b)))
    return out


def _wanted(tracks: Fixes, findings: Sequence[Mapping[str, Any]]) -> dict[int, Spans]:
    """(finding, member, begin, end in microseconds) by track, for every member of every finding."""
    code = {name: i for i, name in enumerate(tracks.names)}
    out: dict[int, Spans] = {}
    for f, finding in enumerate(findings):
        window = _window(finding)
        for m, member in enumerate(finding["members"]):
            at = code.get(member["track"])
            if at is not None:
                out.setdefault(at, []).append((f, m, *window))
    return out


def paths_part(frame: Frame, tracks: Fixes, findings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The members' fixes around each finding, all of them if the budget allows; lines by (finding, member)."""
    wanted, spans = _wanted(tracks, findings), []
    thinner, earliest = Thinner(PATH_FIXES), None
    for piece in tracks.pieces(-1):
        first = int(piece.t_us.min())
        earliest = first if earliest is None else min(earliest, first)
        for f, m, a, b in _member_rows(piece, wanted):
            x, y, whole = plane_radians(piece.lon_e7[a:b], piece.lat_e7[a:b], frame.cut_deg)
            columns: Columns = {"x": whole, "y": piece.lat_e7[a:b], "t": piece.t_us[a:b]}
            thinner.add(x, y, np.zeros(1, np.int64), columns)
            spans.append((f, m))
    tolerance_m, _, line, kept = thinner.finish()
    # Lines came by track; they are told by finding and member.
    by = sorted(range(len(spans)), key=spans.__getitem__)
    place = np.empty(len(spans), np.int64)
    place[by] = np.arange(len(spans))
    order = np.argsort(place[line], kind="stable") if len(line) else np.zeros(0, np.int64)
    east, north, t = (kept[name][order] if kept else np.zeros(0, np.int64) for name in ("x", "y", "t"))
    t0 = (earliest or 0) // 1_000_000
    return {
        **_lines(east // FINE, north // FINE, np.bincount(place[line], minlength=len(spans)) if len(line) else []),
        "unit": FINE / 1e7,
        "t": pack(t // 1_000_000 - t0),
        "t0_s": t0,
        "finding": pack(np.array([spans[k][0] for k in by], np.int64)),
        "member": pack(np.array([spans[k][1] for k in by], np.int64)),
        "fixes": thinner.fixes,
        "fixes_drawn": len(east),
        "tolerance_m": tolerance_m,
    }


def as_json(value: Any) -> str:
    """JSON that may stand inside a script element: ASCII, and no ``<``, ``>`` or ``&``."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
