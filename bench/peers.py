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


def run() -> dict[str, object]:
    """CPU seconds of both and their ratio (theirs / ours)."""
    if importlib.util.find_spec("movingpandas") is None:
        return {"skipped": "movingpandas is not installed (extra: bench)"}
    folder = Path(tempfile.mkdtemp(prefix="beaconline-bench-"))
    try:
        csv, zone = folder / "in.csv", folder / "zone.geojson"
        rows = write(csv, ROWS, seed=2)
        zone.write_text(json.dumps(ZONE))
        only = ["--only", "encounter,zone_entry"]
        args = ["-m", "beaconline", "watch", csv, "--zones", zone, *only, "--out", folder / "out", "--replace"]
        command(args)
        ours = command(args)
        theirs = command(["-m", "bench.peer_movingpandas", csv, zone])
        return {
            "rows": rows,
            "beaconline": ours.figures(),
            "movingpandas": theirs.figures(),
            "movingpandas_found": json.loads(theirs.output),
            "ratio_cpu": round(theirs.cpu_s / ours.cpu_s, 1),
        }
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
