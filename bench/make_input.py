"""A seeded day of traffic in the MarineCadastre layout, for measuring whole commands.

``python -m bench.make_input OUT.csv --rows 5000000 --seed 1``. Vessels lie in harbours (about 45 %), run along straight
lanes (45 %) or drift; reports come every 60 to 180 s with jitter; positions have five decimals and speeds one, as the
published files have. Not a model of behaviour: only its shape and density matter here. Same seed, same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import polars as pl

COLUMNS = [
    "MMSI",
    "BaseDateTime",
    "LAT",
    "LON",
    "SOG",
    "COG",
    "Heading",
    "VesselName",
    "IMO",
    "CallSign",
    "VesselType",
    "Status",
    "Length",
    "Width",
    "Draft",
    "Cargo",
    "TransceiverClass",
]
DAY_S = 86_400
STEP_S = 110
HARBOURS = 60


def frame(rows: int, seed: int) -> pl.DataFrame:
    """About ``rows`` rows (within 2 %), ordered by time."""
    rng = np.random.default_rng(seed)
    per_vessel = DAY_S // STEP_S
    vessels = max(2, rows // per_vessel)
    kind = rng.choice([0, 1, 2], vessels, p=[0.45, 0.45, 0.1])
    harbour = rng.uniform([-124, 24], [-70, 48], (HARBOURS, 2))
    home = harbour[rng.integers(0, HARBOURS, vessels)] + rng.normal(0, 0.02, (vessels, 2))
    start = np.where((kind == 0)[:, None], home, rng.uniform([-124, 24], [-70, 48], (vessels, 2)))
    speed = np.where(kind == 0, 0.0, np.where(kind == 1, rng.uniform(6, 20, vessels), rng.uniform(0.2, 1.5, vessels)))
    course = rng.uniform(0, 360, vessels)
    v = np.repeat(np.arange(vessels), per_vessel)
    t = np.tile(np.arange(per_vessel) * STEP_S, vessels) + rng.integers(0, 50, len(v))
    order = np.lexsort((v, t))
    v, t = v[order], t[order]
    # There and back again, so that nobody leaves the map in a day.
    away_h = np.abs(((t / 3600.0) % 8) - 4)
    lat = start[v, 1] + speed[v] * away_h / 60 * np.cos(np.radians(course[v])) + rng.normal(0, 2e-5, len(v))
    lon = start[v, 0] + speed[v] * away_h / 60 * np.sin(np.radians(course[v])) / np.cos(np.radians(start[v, 1]))
    turned = ((t / 3600.0) % 8) < 4
    cog = np.where(turned, (course[v] + 180) % 360, course[v])
    sog = np.maximum(0, speed[v] + rng.normal(0, 0.1, len(v)))
    name = pl.Series([f"BENCH {i}" for i in range(vessels)])
    base = pl.datetime(2022, 1, 3)
    return pl.select(
        pl.Series("MMSI", 338_000_000 + v),
        (base + pl.duration(seconds=pl.Series(t))).dt.strftime("%Y-%m-%dT%H:%M:%S").alias("BaseDateTime"),
        pl.Series("LAT", np.round(lat, 5)),
        pl.Series("LON", np.round(lon + rng.normal(0, 2e-5, len(v)), 5)),
        pl.Series("SOG", np.round(sog, 1)),
        pl.Series("COG", np.round(cog, 1)),
        pl.Series("Heading", np.where(kind[v] == 0, 511, np.round(cog))),
        name.gather(v).alias("VesselName"),
        pl.Series([f"IMO{9_000_000 + i}" for i in range(vessels)]).gather(v).alias("IMO"),
        pl.Series([f"B{i}" for i in range(vessels)]).gather(v).alias("CallSign"),
        pl.Series("VesselType", 70 + kind[v]),
        pl.Series("Status", np.where(kind[v] == 0, 5, 0)),
        pl.Series("Length", 40 + v % 200),
        pl.Series("Width", 8 + v % 30),
        pl.Series("Draft", np.round(2 + (v % 100) / 10, 1)),
        pl.Series("Cargo", 70 + kind[v]),
        pl.Series("TransceiverClass", np.where(v % 5 == 0, "B", "A")),
    ).select(COLUMNS)


def write(out: Path, rows: int, seed: int) -> int:
    """Write the CSV; returns the number of rows."""
    table = frame(rows, seed)
    table.write_csv(out)
    return len(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(f"{write(args.out, args.rows, args.seed):,} rows in {args.out}")


if __name__ == "__main__":
    main()
