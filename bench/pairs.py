"""Encounters: rows a CPU-second of the pair engine alone and of the whole kind, at 500 m.

Input: one harbour of real traffic (``BEACONLINE_DATA``/ais/solent, 84 minutes, 91 ships) copied side by side, each copy
half a degree from the next and under its own MMSI, to 1 M and 5 M rows; without the data a seeded harbour of the same
size and step. Of this traffic one row in a hundred makes a finding, far more than at sea: so the engine (all runs
within 500 m), the search (runs measured, slow ones kept) and the kind (drafts with their evidence and words) are told
apart. Then the join of encounter, raft, shadow and block over one window, and the four as one family of kinds, against
encounter alone. Cold = the first call in a process without compiled kernels. Bar: 1.5 M rows a CPU-second of the
engine, and for the join of all four no more than 1.7 times that of encounter.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl

from beaconline.foundation.table.reports import Pools, Reports
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.protocol import NoContext
from beaconline.understand.detectors import block, encounter, raft, shadow
from beaconline.understand.ground import Ground
from beaconline.understand.pairs.bins import BIN_US
from beaconline.understand.pairs.engine import PairRule, contacts_between, pending, runs_between
from beaconline.understand.pairs.family import NO_RUNS, PairFamily, PairKind, PairView
from beaconline.understand.pairs.window import Fixes
from beaconline.understand.step import Tick
from bench.measure import command

ROWS = (1_000_000, 5_000_000)
HOUR_US = 3_600_000_000
ROUNDS = 3
APART_E7 = 5_000_000
"""Half a degree between copies: 30 km and more, no two copies meet."""


def harbour(data: str | None) -> tuple[str, dict[str, np.ndarray]]:
    """Name and columns of one harbour: t_us, ship, lon_e7, lat_e7, speed_mkn; ordered, one a (ship, time)."""
    path = Path(data or "") / "ais" / "solent_20160112_84min.csv"
    if data and path.exists():
        table = pl.read_csv(path)
        t = table["Time"].str.to_datetime().dt.epoch("us").to_numpy()
        _, ship = np.unique(table["MMSI"].to_numpy(), return_inverse=True)
        lon, lat = table["Longitude_degrees"].to_numpy(), table["Latitude_degrees"].to_numpy()
        speed = table["SOG_knots"].fill_null(-0.001).to_numpy()
        return "solent, replicated", _ordered(t, ship, lon, lat, speed)
    rng = np.random.default_rng(1)
    ship = np.repeat(np.arange(91), 205)
    t = np.tile(np.arange(205) * 24.6, 91) + rng.uniform(0, 20, len(ship))
    berth = rng.normal(0, 0.02, (91, 2))
    moves = np.where(rng.uniform(size=91) < 0.3, 1e-5, 0.0)
    lon, lat = (berth[ship, c] + moves[ship] * t + rng.normal(0, 2e-5, len(ship)) for c in (0, 1))
    return "seeded harbour, replicated", _ordered(t * 1e6, ship, lon - 1.1, lat + 50.8, moves[ship] * 5e5)


def _ordered(t: Any, ship: Any, lon: Any, lat: Any, speed_kn: Any) -> dict[str, np.ndarray]:
    order = np.lexsort((ship, t))
    keep = np.ones(len(order), bool)
    keep[1:] = (np.diff(np.asarray(t)[order]) != 0) | (np.diff(ship[order]) != 0)
    order = order[keep]
    columns = {
        "t_us": np.asarray(t, np.int64),
        "ship": np.asarray(ship, np.int32),
        "lon_e7": np.round(lon * 1e7).astype(np.int32),
        "lat_e7": np.round(lat * 1e7).astype(np.int32),
        "speed_mkn": np.round(speed_kn * 1000).astype(np.int32),
    }
    return {name: column[order] for name, column in columns.items()}


def copies(one: dict[str, np.ndarray], rows: int) -> Fixes:
    """The harbour side by side until there are about ``rows`` rows."""
    n, ships = max(1, round(rows / len(one["t_us"]))), int(one["ship"].max()) + 1
    side = int(np.ceil(np.sqrt(n)))
    which = np.tile(np.arange(n, dtype=np.int32), len(one["t_us"]))  # row by row, so that time stays in order
    column = {name: np.repeat(values, n) for name, values in one.items()}
    lon = column["lon_e7"] + (which % side) * np.int32(APART_E7)
    lat = column["lat_e7"] - (which // side) * np.int32(APART_E7)
    track = column["ship"] * np.int32(n) + which
    assert int(track.max()) < ships * n
    return Fixes(column["t_us"], track, lon, lat, column["speed_mkn"], np.full(len(lon), HOUR_US))


def tick_of(fixes: Fixes) -> Tick:
    rows = Reports.blank(len(fixes))
    rows.t_us[:], rows.lon_e7[:], rows.lat_e7[:], rows.sog_mkn[:] = (
        fixes.t_us, fixes.lon_e7, fixes.lat_e7, fixes.speed_mkn,
    )  # fmt: skip
    n = int(fixes.track.max()) + 1
    book = TrackBook(
        [f"{200_000_000 + k}:bench" for k in range(n)], [200_000_000 + k for k in range(n)], list(range(n))
    )
    return Tick(rows, fixes.track, fixes.bridge_us, int(fixes.t_us[-1]), book, Pools())


def best(work: Callable[[], int]) -> tuple[float, int]:
    """Least CPU seconds of a few rounds, and what the work counted."""
    spent, counted = [], 0
    for _ in range(ROUNDS):
        begun = time.process_time()
        counted = work()
        spent.append(time.process_time() - begun)
    return min(spent), counted


def measure(fixes: Fixes) -> dict[str, float | int]:
    """Warm figures of one size."""
    vessel = np.arange(int(fixes.track.max()) + 1, dtype=np.int32)
    tick, kind = tick_of(fixes), encounter.Encounter(NoContext())
    family = PairFamily([kind])

    def engine() -> int:
        return len(runs_between(PairRule(500.0), fixes, vessel))

    def search() -> int:
        state, _ = family.step(family.start(), tick)
        pairs = state.windows[0]
        view = PairView(pairs, tick.book, tick.said, 0, 0, kind.rule.max_bridge_us, NO_RUNS)
        pace, _, _ = kind.paces(state.kinds["encounter"], pending([kind.rule], pairs)[0], view)
        return int((pace == encounter.BOTH_SLOW).sum())

    def whole() -> int:
        state, drafts = family.step(family.start(), tick)
        return len(drafts) + len(family.finish(state, tick.watermark_us, tick.book, tick.pools))

    figures: dict[str, float | int] = {"rows": len(fixes)}
    for name, work in (("engine", engine), ("search", search), ("kind", whole)):
        cpu_s, counted = best(work)
        figures[f"{name}_found"] = counted
        figures[f"{name}_cpu_s"] = round(cpu_s, 3)
        figures[f"{name}_rows_per_cpu_s"] = round(len(fixes) / cpu_s)
    return figures


def together(fixes: Fixes) -> dict[str, float]:
    """CPU seconds of the join and of the kinds, encounter alone and all four."""
    vessel, tick, ground = np.arange(int(fixes.track.max()) + 1, dtype=np.int32), tick_of(fixes), Ground()
    made = [cast(PairKind[Any], module.build(ground, module.DEFAULTS)) for module in (encounter, raft, shadow, block)]
    lo, hi = int(fixes.t_us[0]) // BIN_US, int(fixes.t_us[-1]) // BIN_US + 1
    figures: dict[str, float] = {}
    for name, members in (("encounter", made[:1]), ("encounter_raft", made[:2]), ("all_four", made)):
        family, rules = PairFamily(members), [member.rule for member in members]

        def join(rules: list[PairRule] = rules) -> int:
            return sum(len(near) for _, near in contacts_between(rules, fixes, vessel, lo, hi))

        def kinds(family: PairFamily = family) -> int:
            state, drafts = family.step(family.start(), tick)
            return len(drafts) + len(family.finish(state, tick.watermark_us, tick.book, tick.pools))

        figures[f"join_{name}_cpu_s"] = round(best(join)[0], 3)
        figures[f"kinds_{name}_cpu_s"] = round(best(kinds)[0], 3)
    figures["join_all_four_over_encounter"] = round(figures["join_all_four_cpu_s"] / figures["join_encounter_cpu_s"], 2)
    return figures


def run() -> dict[str, Any]:
    """Figures at 1 M and 5 M rows, the ratio of their costs a row, and a cold start."""
    name, one = harbour(os.environ.get("BEACONLINE_DATA"))
    figures: dict[str, Any] = {"input": name, "radius_m": 500}
    with tempfile.TemporaryDirectory() as kernels:
        cold = command(["-m", "bench.pairs", "--once"], NUMBA_CACHE_DIR=kernels)
        warm = command(["-m", "bench.pairs", "--once"], NUMBA_CACHE_DIR=kernels)
    figures["first_process_cpu_s"], figures["next_process_cpu_s"] = round(cold.cpu_s, 2), round(warm.cpu_s, 2)
    measure(copies(one, 1))
    for rows in ROWS:
        figures[f"warm_{rows}"] = measure(copies(one, rows))
    figures[f"together_{ROWS[0]}"] = together(copies(one, ROWS[0]))
    small, large = (figures[f"warm_{rows}"] for rows in ROWS)
    for part in ("engine", "search", "kind"):
        each = small[f"{part}_rows_per_cpu_s"] / large[f"{part}_rows_per_cpu_s"]
        figures[f"{part}_cost_a_row_5M_over_1M"] = round(each, 2)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="one harbour, one call, and out")
    if parser.parse_args().once:
        fixes = copies(harbour(os.environ.get("BEACONLINE_DATA"))[1], 1)
        kind, tick = PairFamily([encounter.Encounter(NoContext())]), tick_of(fixes)
        state, _ = kind.step(kind.start(), tick)
        print(len(kind.finish(state, tick.watermark_us, tick.book, tick.pools)))
    else:
        print(json.dumps(run(), indent=1))


if __name__ == "__main__":
    main()
