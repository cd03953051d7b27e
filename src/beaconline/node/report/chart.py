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
from beaconline.foundation.geo.mercator import MAX_LAT_DEG, empty_meridian_deg, plane_radians
from beaconline.foundation.geo.outline import simplify
from beaconline.foundation.records.times import parse_us
from beaconline.foundation.table.reports import I64
from beaconline.node.report.model import LandLines, TrackLines
from beaconline.node.report.pack import pack
from beaconline.node.report.thin import piece_starts, thin

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


def frame_of(tracks: TrackLines, findings: Sequence[Mapping[str, Any]]) -> Frame:
    """The frame of all fixes and findings; the whole world when there is neither."""
    places = [f["where"]["coordinates"] for f in findings]
    lon = np.array([round(p[0] * 1e7) for p in places], np.int64).astype(np.int32)
    cut = empty_meridian_deg(np.concatenate([tracks.lon_e7, lon]))
    if not len(tracks.lon_e7) and not places:
        world = (0.0, -75.0, 360.0, 80.0)
        return Frame(cut, world, world)
    step = max(1, len(tracks.lon_e7) // 200_000)
    x = (tracks.lon_e7[::step].astype(np.int64) - round(cut * 1e7)) % 3_600_000_000 / 1e7
    y = tracks.lat_e7[::step] / 1e7
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


def traffic_part(frame: Frame, tracks: TrackLines) -> dict[str, Any]:
    """Lines of all tracks, thinned to the budget, with what was left out."""
    first = int(np.searchsorted(tracks.track, 0))
    t_us, track = tracks.t_us[first:], tracks.track[first:]
    x, y, whole = plane_radians(tracks.lon_e7[first:], tracks.lat_e7[first:], frame.cut_deg)
    start = piece_starts(t_us, track, whole)
    done = thin(x, y, start, TRAFFIC_FIXES)
    kept = np.flatnonzero(done.keep)
    line = np.searchsorted(start, kept, side="right") - 1
    lengths = np.unique(line, return_counts=True)[1] if len(kept) else np.zeros(0, np.int64)
    heads = np.cumsum(lengths) - lengths
    shown, label = np.unique(track[kept[heads]], return_inverse=True) if len(kept) else (np.zeros(0, np.int32),) * 2
    t0 = int(t_us.min()) // 1_000_000 if len(t_us) else 0
    return {
        **_lines(whole[kept] // COARSE, tracks.lat_e7[first:][kept] // COARSE, lengths),
        "unit": COARSE / 1e7,
        "t": pack(t_us[kept] // 1_000_000 - t0),
        "t0_s": t0,
        "label": pack(label),
        "labels": [tracks.labels[code] for code in shown.tolist()],
        "fixes": len(t_us),
        "fixes_drawn": len(kept),
        "tracks": len(np.unique(track)),
        "tracks_drawn": len(shown),
        "tolerance_m": done.tolerance_m,
    }


def posits_part(frame: Frame, tracks: TrackLines) -> dict[str, Any]:
    """Posits without a track as dots; when there are too many, one in each cell of ``cell_deg`` degrees."""
    n = int(np.searchsorted(tracks.track, 0))
    x = (tracks.lon_e7[:n].astype(np.int64) - round(frame.cut_deg * 1e7)) % 3_600_000_000 // COARSE
    y = tracks.lat_e7[:n].astype(np.int64) // COARSE
    cell = 1
    places = np.unique(x * 40_000_000 + (y + 9_000_000))
    while len(places) > POSITS:
        cell = 50 if cell == 1 else 2 * cell
        places = np.unique((places // 40_000_000 // cell * cell) * 40_000_000 + places % 40_000_000 // cell * cell)
    return {
        "x": pack(places // 40_000_000),
        "y": pack(places % 40_000_000 - 9_000_000),
        "unit": COARSE / 1e7,
        "posits": n,
        "posits_drawn": len(places),
        "cell_deg": 0.0 if cell == 1 else cell * COARSE / 1e7,
    }


def _window(finding: Mapping[str, Any]) -> tuple[int, int]:
    begin, end = parse_us(finding["t_start"]), parse_us(finding["t_end"])
    pad = min(PAD_MAX_US, max(PAD_US, (end - begin) // 4))
    return begin - pad, end + pad


def _member_rows(tracks: TrackLines, findings: Sequence[Mapping[str, Any]]) -> list[tuple[int, int, int, int]]:
    """(finding, member, first row, row after the last) for every member with fixes around the finding."""
    code = {name: i for i, name in enumerate(tracks.names)}
    # All borders at once: a search with a Python int would cast the whole column each time.
    border = np.searchsorted(tracks.track, np.arange(len(tracks.names) + 1, dtype=tracks.track.dtype))
    out = []
    for f, finding in enumerate(findings):
        begin, end = _window(finding)
        for m, member in enumerate(finding["members"]):
            at = code.get(member["track"])
            if at is None:
                continue
            first, after = border[at], border[at + 1]
            times = tracks.t_us[first:after]
            a, b = first + np.searchsorted(times, begin), first + np.searchsorted(times, end, side="right")
            if b > a:
                out.append((f, m, int(a), int(b)))
    return out


def paths_part(frame: Frame, tracks: TrackLines, findings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The members' fixes around each finding, all of them if the budget allows; lines by (finding, member)."""
    spans = _member_rows(tracks, findings)
    rows = np.concatenate([np.arange(a, b) for _, _, a, b in spans]) if spans else np.zeros(0, np.int64)
    lengths = np.array([b - a for _, _, a, b in spans], np.int64)
    start = np.cumsum(lengths) - lengths
    x, y, whole = plane_radians(tracks.lon_e7[rows], tracks.lat_e7[rows], frame.cut_deg)
    done = thin(x, y, start, PATH_FIXES)
    kept = np.flatnonzero(done.keep)
    left = np.bincount(np.searchsorted(start, kept, side="right") - 1, minlength=len(start)) if len(start) else lengths
    t0 = int(tracks.t_us.min()) // 1_000_000 if len(tracks.t_us) else 0
    return {
        **_lines(whole[kept] // FINE, tracks.lat_e7[rows][kept] // FINE, left),
        "unit": FINE / 1e7,
        "t": pack(tracks.t_us[rows][kept] // 1_000_000 - t0),
        "t0_s": t0,
        "finding": pack(np.array([f for f, _, _, _ in spans], np.int64)),
        "member": pack(np.array([m for _, m, _, _ in spans], np.int64)),
        "fixes": len(rows),
        "fixes_drawn": len(kept),
        "tolerance_m": done.tolerance_m,
    }


def as_json(value: Any) -> str:
    """JSON that may stand inside a script element: ASCII, and no ``<``, ``>`` or ``&``."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
