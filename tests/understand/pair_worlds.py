"""Fixes for tests of the pair engine: seeded crowds, hand-made tracks, and one harbour of real traffic."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from beaconline.understand.pairs.window import Fixes

HOUR_US = 3_600_000_000
T0_US = 1_452_603_600_000_000
"""2016-01-12T13:00:00Z, the start of a bin."""


def fixes_of(t_us, track, lon_e7, lat_e7, speed_mkn=None, bridge_us=HOUR_US) -> Fixes:
    """Columns in any order -> Fixes ordered by (time, track), the first of equal (time, track) kept.

    Longitudes past 180 and latitudes past the pole come out where they are on the globe.
    """
    t_us, track = np.asarray(t_us, np.int64), np.asarray(track, np.int32)
    lon, lat = np.asarray(lon_e7, np.int64), np.asarray(lat_e7, np.int64)
    over = np.abs(lat) > 900_000_000
    lat = np.where(over, np.sign(lat) * 1_800_000_000 - lat, lat).astype(np.int32)
    lon = (lon + np.where(over, 1_800_000_000, 0) + 1_800_000_000) % 3_600_000_000 - 1_800_000_000
    lon_e7, lat_e7 = lon.astype(np.int32), lat
    speed = np.full(len(t_us), -1, np.int32) if speed_mkn is None else np.asarray(speed_mkn, np.int32)
    order = np.lexsort((lat_e7, lon_e7, track, t_us))
    keep = np.ones(len(order), bool)
    keep[1:] = (np.diff(t_us[order]) != 0) | (np.diff(track[order]) != 0)
    order = order[keep]
    bridge = np.full(len(t_us), bridge_us, np.int64)
    return Fixes(t_us, track, lon_e7, lat_e7, speed, bridge).take(order)


def by_hand(rows, bridge_us=HOUR_US) -> Fixes:
    """Rows (seconds since T0, track, lon_deg, lat_deg)."""
    return fixes_of(
        [T0_US + round(r[0] * 1e6) for r in rows],
        [r[1] for r in rows],
        [round(r[2] * 1e7) for r in rows],
        [round(r[3] * 1e7) for r in rows],
        bridge_us=bridge_us,
    )


def crowd(
    seed: int, tracks: int = 10, hours: float = 2.0, lon: float = 10.0, lat: float = 54.0, jump_m: float = 30_000.0
) -> Fixes:
    """Ships wandering in a square of 3 km: lying, steaming, jumping now and then, reporting every 2 s to 50 min."""
    rng = np.random.default_rng(seed)
    out = []
    for k in range(tracks):
        t = float(rng.uniform(0, 600))
        x, y = rng.uniform(-1500, 1500, 2)
        speed = float(rng.choice([0.0, 0.3, 2.0, 8.0]))
        step = float(rng.choice([2, 10, 60, 400, 1500]))
        course = rng.uniform(0, 2 * np.pi)
        while t < hours * 3600:
            jump = jump_m if rng.uniform() < 0.01 else 0.0
            e, n = x + jump + rng.normal(0, 10), y + rng.normal(0, 10)
            out.append((round(t, 3), k, lon + e / (111_320 * np.cos(np.radians(lat))), lat + n / 111_320))
            dt = step * float(rng.uniform(0.5, 2.0))
            if rng.uniform() < 0.02:
                dt += 5000  # a gap that must not be bridged
            course += rng.normal(0, 0.3)
            x, y = x + np.cos(course) * speed * dt, y + np.sin(course) * speed * dt
            if abs(x) > 1500 or abs(y) > 1500:
                course += np.pi
                x, y = np.clip(x, -1500, 1500), np.clip(y, -1500, 1500)
            t += dt
    return by_hand(out)


def solent(data: Path) -> Fixes:
    """84 minutes of one harbour, 91 ships."""
    columns = [line.rstrip("\n").split(",") for line in (data / "ais" / "solent_20160112_84min.csv").open()]
    head = {name: i for i, name in enumerate(columns[0])}
    rows = columns[1:]
    times = [np.datetime64(r[head["Time"]].replace(" ", "T"), "us") for r in rows]
    _, track = np.unique([int(r[head["MMSI"]]) for r in rows], return_inverse=True)
    lon = [round(float(r[head["Longitude_degrees"]]) * 1e7) for r in rows]
    lat = [round(float(r[head["Latitude_degrees"]]) * 1e7) for r in rows]
    speed = [round(float(r[head["SOG_knots"]]) * 1000) if r[head["SOG_knots"]] else -1 for r in rows]
    return fixes_of(np.array(times).astype(np.int64), track, lon, lat, speed)


def vessels(fixes: Fixes) -> np.ndarray:
    """Every track its own vessel."""
    return np.arange(int(fixes.track.max()) + 1 if len(fixes) else 0, dtype=np.int32)
