"""Seeded days of traffic of 5,000 vessels with everything the detectors look for, as Parquet with the report columns.

``python -m bench.make_days FOLDER --rows 20000000 --seed 1``. In open water, so that nothing lies on land: ports on a
ring (their points as a mask file), ships between them along shared lanes, ships at berth and at anchor, ferries,
fishing groups, drifters, rafts, patrols (some of them in a list), silences, zones and a cable. Not a model of behaviour
and no measure of accuracy: shape and density matter. Same seed, same rows.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["VESSELS", "days", "write"]

VESSELS = 5_000
STEP_S = 86.4
"""Mean time between reports of a vessel: a thousand a day."""
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
F64 = npt.NDArray[np.float64]
Way = tuple[F64, F64, F64]
"""Hours since BEGIN, longitudes, latitudes of the turning points of a vessel."""
PORTS = 48
GROUPS = {"lane": 0.40, "berth": 0.20, "ferry": 0.10, "fishing": 0.20, "drift": 0.06, "raft": 0.03, "patrol": 0.01}
SHIP_TYPE = {"lane": 70, "berth": 80, "ferry": 60, "fishing": 30, "drift": 70, "raft": 30, "patrol": 55}


def _ports(rng: np.random.Generator) -> F64:
    angle = np.linspace(0, 2 * np.pi, PORTS, endpoint=False)
    ring = np.stack([-30 + 9 * np.cos(angle), 10 + 7 * np.sin(angle)], axis=1)
    return ring + rng.normal(0, 0.2, ring.shape)


def _sail(hours: list[float], lon: list[float], lat: list[float], to: F64, kn: float) -> None:
    east = (to[0] - lon[-1]) * np.cos(np.radians(lat[-1]))
    distance_nm = 60 * float(np.hypot(east, to[1] - lat[-1]))
    hours.append(hours[-1] + max(distance_nm / kn, 0.01))
    lon.append(float(to[0]))
    lat.append(float(to[1]))


def _rest(hours: list[float], lon: list[float], lat: list[float], for_h: float) -> None:
    hours.append(hours[-1] + for_h)
    lon.append(lon[-1])
    lat.append(lat[-1])


def _way(kind: str, k: int, ports: F64, rng: np.random.Generator, total_h: float) -> Way:
    """The course of the k-th vessel of a kind over the whole time."""
    home = ports[k % PORTS]
    if kind == "lane":
        other = ports[(k * 7 + 11) % PORTS]
        ends = [home + rng.normal(0, 0.01, 2), other + rng.normal(0, 0.01, 2)]
        start = ends[0] + (ends[1] - ends[0]) * rng.uniform()
    elif kind == "ferry":
        ends = [home, ports[(k + 1) % PORTS]]
        start = home
    elif kind == "raft":
        start = np.array([-31 + 0.5 * (k // 12), 10.0]) + rng.normal(0, 0.0003, 2)
    elif kind == "fishing":
        start = home + 0.02 * rng.normal(0, 1, 2)
    elif kind == "patrol":
        start = np.array([-31 + 0.5 * (k % 12), 10.06])
    else:
        start = home + rng.normal(0, 0.015, 2) if kind == "berth" else np.array([-30, 10]) + rng.uniform(-3, 3, 2)
    hours, lon, lat = [-rng.uniform(0, 12)], [float(start[0])], [float(start[1])]
    leg = 0
    while hours[-1] < total_h:
        if kind in ("lane", "ferry"):
            _sail(hours, lon, lat, ends[(leg + k) % 2], 15.0 if kind == "ferry" else 9 + 8 * (k % 97) / 97)
            _rest(hours, lon, lat, 0.5 if kind == "ferry" else rng.uniform(4, 12))
        elif kind == "fishing":
            ground = home + 0.6 * (np.array([-30, 10]) - home) / np.hypot(*(np.array([-30, 10]) - home))
            _sail(hours, lon, lat, ground + rng.normal(0, 0.05, 2), 9.0)
            for _ in range(14):
                _sail(hours, lon, lat, ground + rng.normal(0, 0.05, 2), 3.0)
            _sail(hours, lon, lat, home + rng.normal(0, 0.01, 2), 9.0)
            _rest(hours, lon, lat, rng.uniform(4, 9))
        elif kind in ("drift", "patrol"):
            kn = 0.6 if kind == "drift" else 5.0
            _sail(hours, lon, lat, start + rng.normal(0, 0.05, 2), kn)
        else:
            _rest(hours, lon, lat, 24.0)
        leg += 1
    return np.array(hours), np.array(lon), np.array(lat)


def _kinds(vessels: int) -> list[str]:
    out: list[str] = []
    for kind, part in GROUPS.items():
        out += [kind] * round(part * vessels)
    return (out + ["lane"] * vessels)[:vessels]


def days(rows: int, seed: int, vessels: int = VESSELS) -> Iterator[pl.DataFrame]:
    """One frame a day, ordered by time, about ``rows`` rows in all (silences take 1 %)."""
    rng = np.random.default_rng(seed)
    total_h = rows / vessels * STEP_S / 3600
    ports, kinds = _ports(rng), _kinds(vessels)
    number = dict.fromkeys(GROUPS, 0)
    ways: list[Way] = []
    for kind in kinds:
        ways.append(_way(kind, number[kind], ports, rng, total_h))
        number[kind] += 1
    silent = np.where(rng.uniform(size=vessels) < 0.08, rng.uniform(0, max(total_h - 20, 1), vessels), np.inf)
    until = silent + rng.uniform(8, 16, vessels)
    whole = int(np.ceil(total_h / 24))
    for day in range(whole):
        end_h = min(24.0 * (day + 1), total_h)
        yield _day(ways, kinds, 24.0 * day, end_h, silent, until, np.random.default_rng([seed, day]))


def _day(
    ways: list[Way], kinds: list[str], begin_h: float, end_h: float, silent: F64, until: F64, rng: np.random.Generator
) -> pl.DataFrame:
    n = int((end_h - begin_h) * 3600 / STEP_S)
    v = np.repeat(np.arange(len(ways)), n)
    t = begin_h + (np.tile(np.arange(n), len(ways)) + rng.uniform(0, 0.9, len(v))) * STEP_S / 3600
    t = np.round(t * 3600) / 3600
    lon, lat, before = np.empty(len(v)), np.empty(len(v)), np.empty((len(v), 2))
    for k, (hours, x, y) in enumerate(ways):
        own = slice(k * n, (k + 1) * n)
        lon[own], lat[own] = np.interp(t[own], hours, x), np.interp(t[own], hours, y)
        before[own, 0], before[own, 1] = np.interp(t[own] - 0.02, hours, x), np.interp(t[own] - 0.02, hours, y)
    east = (lon - before[:, 0]) * np.cos(np.radians(lat))
    north = lat - before[:, 1]
    sog = np.hypot(east, north) * 60 / 0.02
    cog = np.degrees(np.arctan2(east, north)) % 360
    lon += rng.normal(0, 2e-5, len(v))
    lat += rng.normal(0, 2e-5, len(v))
    heard = ~((t > silent[v]) & (t < until[v]))
    order = np.flatnonzero(heard)[np.lexsort((v[heard], t[heard]))]
    v, t = v[order], t[order]
    moving = sog[order] > 0.2
    epoch = int(BEGIN.timestamp()) * 1_000_000
    types = pl.Series([SHIP_TYPE[kind] for kind in kinds], dtype=pl.Int16)
    names = pl.Series([f"BENCH {k}" for k in range(len(ways))])
    return pl.select(
        pl.Series("t_event", epoch + np.round(t * 3600).astype(np.int64) * 1_000_000).cast(pl.Datetime("us", "UTC")),
        pl.Series("mmsi", (799_000_000 + v).astype(np.int32)),
        pl.Series("lon_deg", np.round(lon[order], 5)),
        pl.Series("lat_deg", np.round(lat[order], 5)),
        pl.Series("sog_kn", np.round(sog[order], 1)),
        pl.Series("cog_deg_true", np.where(moving, np.round(cog[order], 1) % 360, np.nan)).fill_nan(None),
        pl.Series("nav_status", np.where(moving, 0, 1).astype(np.int8)),
        names.gather(v).alias("name"),
        types.gather(v).alias("ship_type"),
        pl.lit("ais_a").alias("sensor"),
    )


def _files(folder: Path, seed: int) -> None:
    """Zones, ports, a list and a cable that go with the rows."""
    ports = _ports(np.random.default_rng(seed))
    lines = ["lon,lat,kind", *(f"{x:.5f},{y:.5f},port" for x, y in ports.tolist())]
    (folder / "ports.csv").write_text("\n".join(lines) + "\n")
    features = []
    for k in range(40):
        x, y, kind = -33 + (k % 8) * 0.8, 7.5 + (k // 8) * 1.0, ("watch", "reef", "fishing_ground", "eez")[k % 4]
        ring = [[x, y], [x + 0.4, y], [x + 0.4, y + 0.4], [x, y + 0.4], [x, y]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"name": f"area {k}", "kind": kind}, "geometry": shape})
    (folder / "zones.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    line = {"type": "LineString", "coordinates": [[-39, 10.3], [-30, 10.1], [-21, 9.8]]}
    cable = [{"type": "Feature", "properties": {"name": "bench cable"}, "geometry": line}]
    (folder / "cables.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": cable}))
    kinds = _kinds(VESSELS)
    force = {"raft": "militia", "patrol": "coast_guard"}
    rows = [f"{799_000_000 + k},{force[kind]}" for k, kind in enumerate(kinds) if kind in force]
    rows += [f"{799_000_000 + k},fishing" for k, kind in enumerate(kinds) if kind == "fishing" and k % 4 == 0]
    (folder / "list.csv").write_text(
        "mmsi,force,source,as_of\n" + "\n".join(f"{r},bench,2026-01-01" for r in rows) + "\n"
    )


def write(folder: Path, rows: int, seed: int) -> int:
    """Write ``day_N.parquet`` and the files that go with them; returns the number of rows."""
    folder.mkdir(parents=True, exist_ok=True)
    _files(folder, seed)
    made = 0
    for day, frame in enumerate(days(rows, seed)):
        frame.write_parquet(folder / f"day_{day}.parquet")
        made += len(frame)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(f"{write(args.folder, args.rows, args.seed):,} rows in {args.folder}")


if __name__ == "__main__":
    main()
