"""Small seeded worlds for properties: ships that meet, cross a border, share an MMSI; and their arrival at a node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from beaconline.foundation.table.reports import Pools, Reports, Static, StaticRows

HOUR_US = 3600 * 1_000_000
T0_US = 1_767_322_800 * 1_000_000
"""2026-01-02T03:00:00Z"""
LATENESS_US = 600 * 1_000_000

ZONE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "watch area A", "kind": "watch"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[10.05, 59.95], [10.25, 59.95], [10.25, 60.05], [10.05, 60.05], [10.05, 59.95]]],
            },
        }
    ],
}


@dataclass(frozen=True)
class Row:
    t_us: int
    mmsi: int
    lon_deg: float
    lat_deg: float
    sog_kn: float
    name: str
    station: str


def world(seed: int) -> list[Row]:
    """About 200 rows over four hours: two pairs that meet, two ships that pass the border, one MMSI on two ships."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for pair in range(2):
        lon, lat = 10.0 + 0.1 * pair, 60.0 + 0.02 * float(rng.uniform(-1, 1))
        for ship in range(2):
            mmsi = 211000000 + 10 * pair + ship
            begin, end = T0_US + int(rng.integers(0, HOUR_US)), T0_US + 4 * HOUR_US
            offset = 0.002 * ship + 0.001 * float(rng.uniform())
            rows += _lie(rng, mmsi, lon + offset, lat, begin, end)
    for k in range(2):
        rows += _run(rng, 212000000 + k, (10.0 + 0.01 * k, 60.0), (10.3, 60.0 + 0.01 * k), T0_US, T0_US + 2 * HOUR_US)
    rows += _run(rng, 213000000, (10.0, 59.9), (10.0, 60.1), T0_US, T0_US + 3 * HOUR_US)
    rows += _run(rng, 213000000, (12.0, 59.0), (12.2, 59.0), T0_US + 60_000_000, T0_US + 3 * HOUR_US)
    return rows


def _times(rng: np.random.Generator, begin: int, end: int) -> list[int]:
    out, t = [], begin
    while t < end:
        out.append(t // 1_000_000 * 1_000_000)
        # Steps from half a minute to forty minutes: some legs span many bins of the pair engine.
        t += int(rng.choice([30, 120, 300, 900, 2400]) * 1_000_000 * float(rng.uniform(0.8, 1.2)))
    return out


def _lie(rng: np.random.Generator, mmsi: int, lon: float, lat: float, begin: int, end: int) -> list[Row]:
    leave = end - int(rng.integers(0, HOUR_US))
    rows = []
    for t in _times(rng, begin, end):
        away = max(0, t - leave) / HOUR_US
        noise = rng.normal(0, 2e-5, 2)
        rows.append(
            Row(t, mmsi, lon + 0.05 * away + noise[0], lat + noise[1], 0.2 if away == 0 else 6.0, f"LIE {mmsi}", "s1")
        )
    return rows


def _run(
    rng: np.random.Generator, mmsi: int, start: tuple[float, float], stop: tuple[float, float], begin: int, end: int
) -> list[Row]:
    rows = []
    for t in _times(rng, begin, end):
        part = (t - begin) / (end - begin)
        lon = start[0] + (stop[0] - start[0]) * part
        lat = start[1] + (stop[1] - start[1]) * part
        rows.append(Row(t, mmsi, lon, lat, 6.0, f"RUN {mmsi}", "s2"))
    return rows


def table(rows: list[Row], pools: Pools) -> Reports:
    """Rows as columns, in the order given."""
    out = Reports.blank(len(rows))
    for i, row in enumerate(rows):
        out.t_us[i] = row.t_us
        out.mmsi[i] = row.mmsi
        out.lon_e7[i] = round(row.lon_deg * 1e7)
        out.lat_e7[i] = round(row.lat_deg * 1e7)
        out.sog_mkn[i] = round(row.sog_kn * 1000)
        out.static[i] = pools.statics.code(Static(name=row.name))
        out.stations[i] = pools.stations.code([row.station])
        out.feeds[i] = pools.feeds.code(["test"])
        out.source[i] = pools.sources.code("test")
        out.line[i] = i + 1
    return out


@dataclass(frozen=True)
class Said:
    """A static message: who says when what of itself."""

    t_us: int
    mmsi: int
    imo: int | None
    name: str


IMO = 9074729
"""Its check digit holds."""


def said(seed: int) -> list[Said]:
    """Static messages of the world's ships; two ships always send one IMO number, a third joins them later."""
    rng = np.random.default_rng(seed + 1)
    sharers = {212000000: 0, 212000001: 0, 213000000: int(rng.integers(30, 150)) * 60_000_000}
    out = []
    for mmsi in (211000000, 211000010, *sharers):
        for t in _times(rng, T0_US, T0_US + 3 * HOUR_US)[::3]:
            joined = mmsi in sharers and t >= T0_US + sharers[mmsi]
            name = f"SAID {mmsi}" if rng.uniform() < 0.9 else f"RENAMED {mmsi}"
            out.append(Said(t, mmsi, IMO if joined else None, name))
    return out


def statics(some: list[Said], pools: Pools) -> StaticRows:
    """Static messages as columns, in the order given."""
    n = len(some)
    zero, none = np.zeros(n, np.int32), np.full(n, -1, np.int32)
    codes = [pools.statics.code(Static(imo=each.imo, name=each.name)) for each in some]
    return StaticRows(
        t_us=np.array([each.t_us for each in some], np.int64),
        mmsi=np.array([each.mmsi for each in some], np.int32),
        sensor_id=none,
        static=np.array(codes, np.int32),
        stations=zero,
        source=np.zeros(n, np.int16),
        line=zero,
    )
