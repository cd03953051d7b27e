"""Make the shipped land file from Natural Earth's 1:10 m land, as packed by the npm package world-atlas.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python scripts/prepare_land.py package/land-10m.json src/beaconline/foundation/geo/data/land.zst

Decides: arcs are joined to rings, nothing is simplified, the source's own grid is kept. Refuses: any object but
``land`` (the same package holds country outlines, which carry claims). Known failures: none known.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from beaconline.foundation.geo.land_file import LandRings, encode_land

KNOWN = "9b9f584709c119d63fbadf484ce425260497697b7166be7a2fe360e8c0b171a8"
"""SHA-256 of land-10m.json in world-atlas 2.0.2; another content may have other quirks, so it is refused."""


def rings_of(topology: dict[str, Any]) -> LandRings:
    """All rings of the land object."""
    arcs = [np.cumsum(np.array(arc, np.int64), axis=0) for arc in topology["arcs"]]
    (land,) = topology["objects"]["land"]["geometries"]
    rings = []
    for polygon in land["arcs"]:
        for indices in polygon:
            parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
            # A few islets shrink to two points on the source's grid: they enclose nothing, but one can be near them.
            rings.append(np.concatenate([part[:-1] for part in parts]))
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    points = np.concatenate(rings)
    x_steps = round(360 / scale[0])
    if shift[0] != -180:
        raise SystemExit("the source does not begin at -180 degrees")
    lengths = np.array([len(r) for r in rings], np.int64)
    return LandRings(points[:, 0], points[:, 1], lengths, x_steps, round(scale[1] * 1e12), round(shift[1] * 1e12))


def main() -> None:
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    raw = source.read_bytes()
    if hashlib.sha256(raw).hexdigest() != KNOWN:
        raise SystemExit(f"{source} is not the land-10m.json of world-atlas 2.0.2")
    packed = encode_land(rings_of(json.loads(raw)))
    target.write_bytes(packed)
    print(f"{target}: {len(packed)} bytes, SHA-256 {hashlib.sha256(packed).hexdigest()}")


if __name__ == "__main__":
    main()
