"""The whole command: ``beaconline watch`` from a CSV of the MarineCadastre layout to its folder, reading included.

Input: ``bench.make_input``, seed 1. Cold = compiled kernels thrown away first; warm = kept. Bar at 5 M rows: 40
CPU-seconds and 2 GB; aim 25 and 1 GB.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from bench.make_input import write
from bench.measure import command

ROWS = (1_000_000, 5_000_000)


def _watch(csv: Path, out: Path, *more: str, **env: str) -> dict[str, float]:
    cost = command(["-m", "beaconline", "watch", csv, "--out", out, "--replace", *more], **env)
    if cost.exit_code:
        raise SystemExit(f"watch ended with {cost.exit_code}")
    return cost.figures()


def run() -> dict[str, object]:
    """CPU seconds and peak memory, warm and cold, at 1 M and 5 M rows."""
    folder = Path(tempfile.mkdtemp(prefix="beaconline-bench-"))
    figures: dict[str, object] = {}
    try:
        for rows in ROWS:
            csv = folder / f"{rows}.csv"
            made = write(csv, rows, seed=1)
            if rows == ROWS[0]:
                figures["cold"] = {"rows": made, **_watch(csv, folder / "out", NUMBA_CACHE_DIR=str(folder / "kernels"))}
                _watch(csv, folder / "out")
            warm = _watch(csv, folder / "out")
            summary = json.loads((folder / "out" / "summary.json").read_text())
            figures[f"warm_{rows}"] = {"rows": made, **warm, "stages_wall_s": summary["seconds"]}
    finally:
        shutil.rmtree(folder)
    return figures


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
