"""``beaconline warm``: compile every kernel once, so that the first real run is as quick as the next.

Decides: a small run that reaches every kernel. Refuses: to keep anything but compiled code.
Known failures: compiled code is kept per processor type and per version; after an update it is made anew.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["add_parser", "run"]

HEADER = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass"
)
ZONE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "warm", "kind": "watch"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[0.1, -0.1], [0.2, -0.1], [0.2, 0.1], [0.1, 0.1], [0.1, -0.1]]],
            },
        }
    ],
}
NMEA = (
    "\\c:1418172113*52\\!AIVDM,1,1,,B,13F?Vv700<DJuLEtvep`iToV0<00,0*78\n"
    "\\g:1-2-1604,s:r1,c:1418169601*0B\\!AIVDM,2,1,6,A,53@o0E000001Q0CG37U8u<Tp4q@D00000000000018330400000000000000,0*63\n"
    "\\g:2-2-1604,s:r1,c:1418169601*08\\!AIVDM,2,2,6,A,00000000008,2*2A\n"
)


def add_parser(commands: Any) -> None:
    """Add the sub-command."""
    commands.add_parser(
        "warm",
        help="compiles the kernels once, so that the first run is as quick as the next",
        description="Compiles the kernels once (half a minute), so that the first run is as quick as the next.",
        epilog="example: beaconline warm",
    )


def _rows() -> list[str]:
    rows = [HEADER]
    for minute in range(0, 120, 2):
        stamp = f"2026-01-01T{minute // 60:02d}:{minute % 60:02d}:00"
        rows += [f"20000000{k},{stamp},0.0,{0.001 * k:.5f},0.1,0,0,A,,,30,0,10,3,2,30,A" for k in range(2)]
        rows.append(f"200000002,{stamp},0.0,{0.003 * minute:.5f},5.4,90,90,B,,,30,0,10,3,2,30,A")
        rows.append(f"200000002,{stamp},20.0,{0.003 * minute:.5f},5.4,90,90,B,,,30,0,10,3,2,30,A")
    return rows


def run(args: argparse.Namespace) -> int:
    """Watch a tiny table and a tiny log in a folder that is thrown away."""
    from beaconline.node.watch import Options, watch

    with tempfile.TemporaryDirectory(prefix="beaconline-warm-") as name:
        folder = Path(name)
        (folder / "zones.json").write_text(json.dumps(ZONE))
        (folder / "rows.csv").write_text("\n".join(_rows()) + "\n")
        (folder / "log.nmea").write_text(NMEA)
        for source in ("rows.csv", "log.nmea"):
            result = watch(folder / source, zones=[folder / "zones.json"], options=Options(mode="test"))
            result.write(folder / f"{source}.out")
    print("kernels are compiled")
    return 0
