"""Every kind together over 20 M rows of 5,000 vessels: CPU-seconds by kind, growth with the rows, state per vessel.

Two measures. By stage: days are read and pushed one after another in one process, and the time of every kind's step is
taken. Whole: ``beaconline import`` of the days into a home and ``beaconline watch --home`` over it, as children, with
their peak memory. Input: ``bench.make_days``, seed 1.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from beaconline.foundation.table.reports import Pools
from beaconline.foundation.table.snapshot import save
from beaconline.node import wiring
from beaconline.node.watch import SLICE_ROWS, Options
from beaconline.see.ingest import IngestOptions, ingest
from beaconline.understand.findings import RunLabel
from beaconline.understand.runner import Runner
from bench.make_days import VESSELS, write
from bench.measure import command

ROWS = (5_000_000, 20_000_000)


def options(folder: Path) -> Options:
    """Everything a run can be given."""
    return Options(
        zones=[folder / "zones.geojson"], masks=[folder / "ports.csv"], lists=[folder / "list.csv"],
        cables=[folder / "cables.geojson"], mode="simulated",
    )  # fmt: skip


class Timed(Runner):
    """A runner that notes the CPU time of every kind's step and finish."""

    def watch_kinds(self) -> dict[str, float]:
        spent: dict[str, float] = {}
        for kind in self.kinds:
            for name in ("step", "finish", "finish_after"):
                call = getattr(kind, name, None)
                if call is not None:
                    setattr(kind, name, _timed(call, kind.name, spent))
        return spent


def _timed(call: Any, name: str, spent: dict[str, float]) -> Any:
    def timed(*args: Any) -> Any:
        begun = time.process_time()
        try:
            return call(*args)
        finally:
            spent[name] = spent.get(name, 0.0) + time.process_time() - begun

    return timed


def by_kind(folder: Path) -> dict[str, Any]:
    """Time by kind and stage, state per vessel (KiB, largest seen at the ends of days), findings."""
    plan, pools = wiring.plan(options(folder)), Pools()
    runner = Timed(plan.kinds, wiring.tracker(), wiring.merge, pools, RunLabel("simulated"), plan.ground, plan.desk)
    spent = runner.watch_kinds()
    state, rows, read_s, find_s, last = runner.start(), 0, 0.0, 0.0, 0
    largest: dict[str, float] = {}
    for file in sorted(folder.glob("day_*.parquet")):
        begun = time.process_time()
        held = ingest([file], IngestOptions(), pools, None)
        reports, statics = held.reports, held.statics
        read_s += time.process_time() - begun
        begun = time.process_time()
        for at in range(0, len(reports), SLICE_ROWS):
            some = reports.take(slice(at, at + SLICE_ROWS))
            last = int(some.t_us[-1])
            # Rows of the last instant may go on in the next slice.
            state, _ = runner.push(state, some, statics, last - 1, ordered=not len(state.buffer))
            statics = type(statics).empty()
        find_s += time.process_time() - begun
        rows += len(reports)
        for name, held_state in state.kinds.items():
            size = len(save(held_state)) / 1024 / VESSELS
            largest[name] = max(largest.get(name, 0.0), size)
    begun = time.process_time()
    findings = runner.finish(state, last)
    find_s += time.process_time() - begun
    kinds: dict[str, int] = {}
    for finding in findings:
        key = f"{finding['kind']} {finding['queue']}"
        kinds[key] = kinds.get(key, 0) + 1
    return {
        "rows": rows,
        "read_cpu_s": round(read_s, 1),
        "find_cpu_s": round(find_s, 1),
        "by_kind_cpu_s": {k: round(v, 1) for k, v in sorted(spent.items(), key=lambda item: -item[1])},
        "state_kib_per_vessel": {k: round(v, 2) for k, v in largest.items()},
        "state_kib_per_vessel_all": round(sum(largest.values()), 1),
        "findings": dict(sorted(kinds.items())),
    }


def whole(folder: Path, files: Sequence[str]) -> dict[str, Any]:
    """The commands as a user runs them."""
    home, out = folder / "home", folder / "out"
    for path in (home, out):
        shutil.rmtree(path, ignore_errors=True)
    days = sorted(folder.glob("day_*.parquet"))
    imported = command(["-m", "beaconline", "import", *days, "--home", home, "--mode", "simulated"])
    watched = command(["-m", "beaconline", "watch", "--home", home, "--out", out, "--mode", "simulated", *files])
    if imported.exit_code or watched.exit_code:
        raise SystemExit(f"import ended with {imported.exit_code}, watch with {watched.exit_code}")
    summary = json.loads((out / "summary.json").read_text())
    return {"import": imported.figures(), "watch": watched.figures(), "stages_wall_s": summary["seconds"]}


def run() -> dict[str, object]:
    """Figures at 5 M and 20 M rows."""
    figures: dict[str, object] = {}
    for rows in ROWS:
        folder = Path(tempfile.mkdtemp(prefix="beaconline-bench-"))
        try:
            made = write(folder, rows, seed=1)
            given = ["--zones", folder / "zones.geojson", "--masks", folder / "ports.csv"]
            given += ["--lists", folder / "list.csv", "--cables", folder / "cables.geojson"]
            child = command(["-m", "bench.kinds", folder])
            figures[str(rows)] = {
                "rows": made,
                "by_kind": json.loads(child.output),
                **whole(folder, list(map(str, given))),
            }
        finally:
            shutil.rmtree(folder)
    return figures


if __name__ == "__main__":
    import sys

    print(json.dumps(by_kind(Path(sys.argv[1])), indent=1))
