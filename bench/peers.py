"""The whole command beside MovingPandas, on the same file in the same run, reading included.

MovingPandas and what it needs are the extra ``bench``; without them this bench says so and gives no figure.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
from pathlib import Path

from bench.make_input import write
from bench.measure import command

ROWS = 100_000
ZONE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "bench area", "kind": "watch"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[-100, 30], [-80, 30], [-80, 40], [-100, 40], [-100, 30]]],
            },
        }
    ],
}


def _against(folder: Path, csv: Path, only: str, peer: list[str | Path], more: list[str | Path]) -> dict[str, object]:
    """CPU seconds of both whole commands, ours warm, and their ratio (theirs / ours)."""
    args = ["-m", "beaconline", "watch", csv, *more, "--only", only, "--out", folder / "out", "--replace"]
    command(args)
    ours = command(args)
    theirs = command(["-m", *peer])
    return {
        "beaconline": ours.figures(),
        "movingpandas": theirs.figures(),
        "movingpandas_found": json.loads(theirs.output),
        "ratio_cpu": round(theirs.cpu_s / ours.cpu_s, 1),
    }


def run() -> dict[str, object]:
    """Figures of pairs and zones, and of gaps and stops."""
    if importlib.util.find_spec("movingpandas") is None:
        return {"skipped": "movingpandas is not installed (extra: bench)"}
    folder = Path(tempfile.mkdtemp(prefix="beaconline-bench-"))
    try:
        csv, zone = folder / "in.csv", folder / "zone.geojson"
        rows = write(csv, ROWS, seed=2)
        zone.write_text(json.dumps(ZONE))
        pairs = ["bench.peer_movingpandas", csv, zone]
        return {
            "rows": rows,
            "encounter_zone": _against(folder, csv, "encounter,zone_entry", pairs, ["--zones", zone]),
            "gap_stop": _against(folder, csv, "gap,loitering", ["bench.peer_gaps_stops", csv], []),
        }
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
