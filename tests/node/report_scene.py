"""A synthetic run for the report's tests: seeded walks, findings that rest on them, two zones, one hostile ship.

Decides: everything from a seed. Refuses: realism; the shapes of records are real, the behaviour is not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from beaconline.foundation.records.times import format_us, parse_us
from beaconline.node.report.model import ReportInput, TrackLines
from hostile import HOSTILE_NAME

T0_US = parse_us("2026-01-02T00:00:00Z")


def walks(
    seed: int, tracks: int, fixes: int, *, lon: float = 121.0, lat: float = 24.0, spread_deg: float = 1.6
) -> TrackLines:
    """``tracks`` seeded walks of ``fixes`` fixes, a fix every three minutes, around a place."""
    rng = np.random.default_rng(seed)
    n = tracks * fixes
    track = np.repeat(np.arange(tracks, dtype=np.int32), fixes)
    begin_us = T0_US + rng.integers(0, 6 * 3600, tracks) * 1_000_000
    step_us = (np.arange(fixes) * 180 + rng.integers(0, 60, (tracks, fixes))) * 1_000_000
    t_us = (begin_us[:, None] + np.sort(step_us, axis=1)).ravel()
    course = rng.uniform(0, 2 * np.pi, tracks)[:, None] + np.cumsum(rng.normal(0, 0.05, (tracks, fixes)), axis=1)
    speed = np.where(rng.random(tracks) < 0.3, 0.02, rng.uniform(4, 16, tracks))[:, None] * 180 / 3600 / 60
    y = rng.normal(lat, spread_deg, tracks)[:, None] + np.cumsum(speed * np.cos(course), axis=1)
    y = np.clip(y, -89.0, 89.0)
    x = rng.normal(lon, spread_deg, tracks)[:, None] + np.cumsum(speed * np.sin(course) / np.cos(np.radians(y)), axis=1)
    x_e7 = np.round(((x.ravel() + 180.0) % 360.0 - 180.0) * 1e7).astype(np.int32)
    mmsi = [416_000_000 + 7 * k for k in range(tracks)]
    names = [f"{m}:{format_us(int(b))}:{k % 65536:04x}" for k, (m, b) in enumerate(zip(mmsi, begin_us, strict=True))]
    labels = [f"VESSEL {k:05d} ({m})" for k, m in enumerate(mmsi)]
    assert len(t_us) == n
    return TrackLines(x_e7, np.round(y.ravel() * 1e7).astype(np.int32), t_us, track, names, labels)


def _item(what: str, tracks: TrackLines, row: int, **detail: Any) -> dict[str, Any]:
    return {
        "what": what,
        "t_event": format_us(int(tracks.t_us[row])),
        "lon_deg": int(tracks.lon_e7[row]) / 1e7,
        "lat_deg": int(tracks.lat_e7[row]) / 1e7,
        "track": tracks.names[int(tracks.track[row])],
        "source": "reported fix",
        **detail,
    }


def finding(tracks: TrackLines, k: int, *, name: str | None = "", kind: str = "encounter") -> dict[str, Any]:
    """The ``k``-th finding: tracks k and k + 1 for an encounter, else the k-th from the end, between two fixes.
    ``name`` replaces the first member's name; None is a vessel without one."""
    fixes = int(np.searchsorted(tracks.track, 1))
    at = k if kind == "encounter" else len(tracks.names) - 1 - k
    codes = [k, k + 1] if kind == "encounter" else [at]
    first = at * fixes + fixes // 3
    last = first + fixes // 4
    called = [tracks.labels[c].split(" (")[0] for c in codes]
    if name != "":
        called[0] = name or ""
    start, end = format_us(int(tracks.t_us[first])), format_us(int(tracks.t_us[last]))
    members = [
        {
            "track": tracks.names[c],
            "mmsi": 416_000_000 + 7 * c,
            "name": called[i] or None,
            "role": "vessel",
            "force": "fishing" if i else None,
        }
        for i, c in enumerate(codes)
    ]
    context = k % 3 == 2
    against = [{"what": "no anchorage mask here: no ports or anchorages were given to check against"}]
    if context:
        against.append({"what": "near the shore", "source": "land", "distance_m": 812, "within_m": 3704})
    duration = int(tracks.t_us[last] - tracks.t_us[first]) / 1e6
    evidence = [_item("first fix of it", tracks, first, nearest_fix_s=0), _item("last fix of it", tracks, last)]
    if kind == "encounter":
        row = (k + 1) * fixes + fixes // 3
        evidence.insert(1, _item("closest approach", tracks, min(row, len(tracks.t_us) - 1), distance_m=38.2))
    both = " and ".join(called) if len(called) > 1 else called[0]
    return {
        "schema": "finding/1", "id": f"f_{k:020x}", "event": f"e_{k:020x}", "rev": 1, "supersedes": None,
        "settled": True, "status": "open" if k % 5 == 4 else "closed", "kind": kind,
        "type": "alongside" if kind == "encounter" else "", "t_start": start, "t_end": end, "t_recorded": end,
        "members": members,
        "where": {"type": "Point", "coordinates": [int(tracks.lon_e7[first]) / 1e7, int(tracks.lat_e7[first]) / 1e7]},
        "zones": ["Zone A"] if k % 2 else [],
        "measures": {"distance_min_m": 38.2, "duration_s": duration, "median_speed_kn_0": 0.4, "fixes_0": 12},
        "score": None, "score_basis": "not calibrated yet",
        "rule": {"name": kind, "version": "1", "params_hash": "0123456789abcdef"},
        "inputs": [{"feed": "fixture", "label": None}], "evidence": evidence, "counter_evidence": against,
        "masks": [{"kind": "shore", "source": "land", "distance_m": 812}] if context else [],
        "queue": "context" if context else "default", "why_key": f"{kind}.alongside", "why_args": {"closest_m": 38.2},
        "why": f"{both} lay within 500 m for {duration / 60:.0f} min, closest 38 m, both slow.",
        "origin": None, "label": None, "mode": "simulated", "terms": {"redistribute": "none"},
    }  # fmt: skip


def _meet(tracks: TrackLines, k: int) -> None:
    """Put track k + 1 some 40 m beside track k during the finding, and on a straight way to and from there."""
    fixes = int(np.searchsorted(tracks.track, 1))
    a, b = slice(k * fixes, (k + 1) * fixes), slice((k + 1) * fixes, (k + 2) * fixes)
    first, last = fixes // 3, fixes // 3 + fixes // 4
    away = np.maximum(0, np.maximum(first - np.arange(fixes), np.arange(fixes) - last)) * 0.008e7 + 4000
    wobble = np.random.default_rng(k).normal(0, 300, (2, fixes))
    # Both hold still while they are together.
    for slot in (tracks.lon_e7, tracks.lat_e7):
        line = slot[a].astype(np.float64)
        line[first:last] = line[first] + np.random.default_rng(k + 1).normal(0, 800, last - first).cumsum() / 4
        line[last:] = line[last:] - line[last] + line[last - 1]
        slot[a] = np.clip(line, -1.8e9, 1.8e9 - 1)
    tracks.lon_e7[b] = np.clip(tracks.lon_e7[a] + away + wobble[0], -1.8e9, 1.8e9 - 1)
    tracks.lat_e7[b] = np.clip(tracks.lat_e7[a] + away / 2 + wobble[1], -8.9e8, 8.9e8)
    tracks.t_us[b] = tracks.t_us[a] + 37_000_000


KINDS = ("encounter", "zone_entry", "identity_conflict")


def zone(name: str, west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """A box as a GeoJSON feature."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"name": name, "kind": "watch"}, "geometry": geometry}


def scene(
    seed: int = 7, tracks: int = 300, fixes: int = 160, findings: int = 30, *, mode: str = "simulated", **where: float
) -> ReportInput:
    """A whole input; finding 1 is of the hostile ship."""
    lines = walks(seed, tracks, fixes, **where)
    for k in range(0, min(findings, tracks - 1), 3):
        _meet(lines, k)
    made = [finding(lines, k, kind=KINDS[k % 3], name=HOSTILE_NAME if k == 1 else "") for k in range(findings)]
    by_kind = {kind: sum(f["kind"] == kind for f in made) for kind in KINDS}
    n = len(lines.t_us)
    summary = {
        "rows_in": n + 130, "reports": n, "without_position": 60, "duplicates": 40,
        "rejects": {"total": 30, "by_reason": {"bad_checksum": 20, "no_time": 10}},
        "vessels": tracks, "tracks": tracks, "selected": n, "anonymous": 0,
        "t_min": format_us(int(lines.t_us.min())), "t_max": format_us(int(lines.t_us.max())),
        "as_of": format_us(int(lines.t_us.max())),
        "findings": {"total": findings, "by_kind": by_kind},
        "seconds": {"read": 1.2, "find": 0.8}, "version": "0.1.0", "complete": True, "mode": mode,
        "warnings": ["no zones given (--zones): zone_entry finds nothing"],
        "inputs": [{"name": "fixture.csv", "format": "csv", "rows": n + 130, "sha256": "ab" * 32}],
        "params": {"encounter": {"distance_m": 500, "duration_s": 1800, "median_speed_kn": 2.0}},
    }  # fmt: skip
    lon, lat = where.get("lon", 121.0), where.get("lat", 24.0)
    zones = [
        zone("Zone A", lon - 0.6, lat - 0.4, lon + 0.2, lat + 0.3),
        zone(HOSTILE_NAME, lon + 0.5, lat, lon + 1, lat + 0.6),
    ]
    return ReportInput("Watch report", mode, summary, made, lines, zones)
