"""A simulated day off an East-Asian coast, as a table of the MarineCadastre layout, with zones and the truth beside it.

    python -m scenarios.day out/day.csv --seed 1

Decides: one seed gives one day, byte for byte. Refuses: real ships; names are "SIM 0001", MMSI begin with 799 (assigned
to nobody), and watched areas lie in open water and belong to nobody. Pass ``--mode simulated`` to ``beaconline watch``.
Known failures: see traffic, ships and staged.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from scenarios.sea import load_sea
from scenarios.ships import Ship
from scenarios.staged import Stage
from scenarios.traffic import DAY_S, traffic

__all__ = ["main", "make_day"]

BOX = (117.0, 20.0, 128.0, 31.0)
"""West, south, east, north in degrees."""
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
FIRST_MMSI = 799_000_000
COLUMNS = (
    "MMSI", "BaseDateTime", "LAT", "LON", "SOG", "COG", "Heading", "VesselName", "IMO", "CallSign", "VesselType",
    "Status", "Length", "Width", "Draft", "Cargo", "TransceiverClass",
)  # fmt: skip
"""The header of MarineCadastre's (NOAA's) daily tables."""


def _stage(sea: Any, rng: np.random.Generator, first: int) -> Stage:
    """The staged part of the day."""
    stage = Stage(sea, rng, first)
    for minutes, apart_m in ((35.0, 60.0), (45.0, 150.0), (60.0, 250.0), (75.0, 90.0), (90.0, 350.0)):
        stage.meeting(apart_m, minutes, expected=True)
    stage.meeting(150.0, 12.0, expected=False)
    stage.meeting(1_500.0, 60.0, expected=False)
    stage.passing(200.0)
    stage.passing(450.0)
    for name, radius_m in (("watch area A", 22_000.0), ("watch area B", 12_000.0)):
        middle = stage.area(name, radius_m)
        for stay_h in (1.0, 3.0, 5.0):
            stage.visit(middle, radius_m, stay_h)
        stage.through(middle, radius_m, expected=True)
        stage.through(middle, radius_m, expected=False)
    for _ in range(2):
        stage.two_ships_on_one_mmsi()
    shoal = stage.area("shoal C", 9_000.0, "reef")
    stage.gathering(shoal, hulls=12, patrols=2, fishers=14)
    for hours in (0.4, 4.0):
        stage.silence(shoal, hours, expected=hours > 2)
    for expected in (True, False):
        stage.follower(600.0, expected)
    return stage


def _mmsi(ship: Ship) -> int:
    """The ship's own MMSI, or the one it shares: a negative ``mmsi`` names the ship whose number it sends."""
    return FIRST_MMSI + (-ship.mmsi if ship.mmsi < 0 else ship.number)


def _table(ships: list[Ship], rng: np.random.Generator) -> pl.DataFrame:
    parts = []
    for ship in ships:
        heard = ship.reports(rng, DAY_S)
        n = len(heard["t_s"])
        parts.append(pl.DataFrame({
            "MMSI": np.full(n, _mmsi(ship), np.int64),
            "t_s": heard["t_s"].astype(np.int64),
            "LAT": np.round(heard["lat"], 5),
            "LON": np.round(heard["lon"], 5),
            "SOG": np.round(heard["sog_kn"], 1),
            "COG": np.round(heard["cog_deg"], 1) % 360.0,
            "Heading": heard["heading_deg"].astype(np.int64),
            "VesselName": [f"SIM {ship.number:04d}"] * n,
            "VesselType": np.full(n, ship.ship_type, np.int64),
            "Status": np.full(n, ship.status, np.int64),
            "Length": np.full(n, ship.length_m, np.int64),
            "Width": np.full(n, ship.beam_m, np.int64),
        }))  # fmt: skip
    table = pl.concat(parts).sort("t_s", "MMSI", "LAT", "LON")
    begin = BEGIN.replace(tzinfo=None)
    empty = pl.lit(None, pl.String)
    table = table.with_columns(
        (pl.lit(begin) + pl.duration(seconds=pl.col("t_s"))).dt.strftime("%Y-%m-%dT%H:%M:%S").alias("BaseDateTime"),
        empty.alias("IMO"),
        empty.alias("CallSign"),
        empty.alias("Draft"),
        pl.col("VesselType").alias("Cargo"),
        pl.lit("A").alias("TransceiverClass"),
    )
    return table.select(COLUMNS)


def _truth(stage: Stage) -> list[dict[str, Any]]:
    """The staged events with MMSI and times as text."""
    by_number = {ship.number: _mmsi(ship) for ship in stage.ships}

    def at(t_s: int) -> str:
        return (BEGIN + timedelta(seconds=max(0, min(int(DAY_S) - 1, t_s)))).strftime("%Y-%m-%dT%H:%M:%SZ")

    out = []
    for event in stage.truth:
        told = {key: value for key, value in event.items() if key not in ("ships", "t_start_s", "t_end_s")}
        told |= {"mmsi": [by_number[n] for n in event["ships"]]}
        told |= {"names": [f"SIM {n:04d}" for n in event["ships"]]}
        out.append(told | {"t_start": at(event["t_start_s"]), "t_end": at(event["t_end_s"])})
    return out


def make_day(seed: int) -> tuple[pl.DataFrame, dict[str, Any], list[dict[str, Any]], str]:
    """(table, zones as GeoJSON, truth, vessel list as CSV) of a seed."""
    sea = load_sea(BOX)
    rng = np.random.default_rng(seed)
    ships = traffic(sea, rng)
    stage = _stage(sea, rng, len(ships) + 1)
    zones = {"type": "FeatureCollection", "features": stage.zones}
    rows = [f"{_mmsi(ship)},{force},simulated list,2026-01-01" for ship, force in stage.listed]
    listed = "\n".join(["mmsi,force,source,as_of", *rows]) + "\n"
    return _table([*ships, *stage.ships], rng), zones, _truth(stage), listed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scenarios.day", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUT.csv")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--zones", type=Path, help="default: OUT_zones.geojson")
    parser.add_argument("--truth", type=Path, help="default: OUT_truth.json")
    args = parser.parse_args()
    table, zones, truth, listed = make_day(args.seed)
    beside = args.out.with_suffix("")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    table.write_csv(args.out)
    (args.zones or Path(f"{beside}_zones.geojson")).write_text(json.dumps(zones) + "\n", "utf-8")
    truth_file = args.truth or Path(f"{beside}_truth.json")
    Path(f"{beside}_list.csv").write_text(listed, "utf-8")
    truth_file.write_text(json.dumps(truth, indent=1) + "\n", "utf-8")
    print(f"{args.out}: {len(table)} reports of {table['MMSI'].n_unique()} MMSI, simulated, seed {args.seed}")


if __name__ == "__main__":
    main()
