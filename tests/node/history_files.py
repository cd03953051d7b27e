"""Files for tests of the history: a few ships over days, in CSV and NMEA, and a home's content as bytes."""

from __future__ import annotations

from pathlib import Path

from beaconline.foundation.store.home import Writer
from beaconline.node.history_import import Taken, import_inputs
from beaconline.see.ingest import IngestOptions

HEADER = "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo"
NOW_US = 2_000_000_000_000_000

STATIC = (
    "\\g:1-2-1604,s:r1,c:1418169601*0B\\!AIVDM,2,1,6,A,53@o0E000001Q0CG37U8u<Tp4q@D00000000000018330400000000000000,0*63\n"
    "\\g:2-2-1604,s:r1,c:1418169601*08\\!AIVDM,2,2,6,A,00000000008,2*2A\n"
)
"""A static message (type 5) with its time."""

UNDATED = (
    "!AIVDM,2,1,6,A,53@o0E000001Q0CG37U8u<Tp4q@D00000000000018330400000000000000,0*63\n"
    "!AIVDM,2,2,6,A,00000000008,2*2A\n"
)
"""The same without a time."""


def row(ship: int, day: int, minute: int, *, lon: float = -30.0, name: str = "LIE") -> str:
    """One report of a ship that lies still, on 2026-01-DAY."""
    when = f"2026-01-{day:02d}T{minute // 60:02d}:{minute % 60:02d}:00"
    return f"21100000{ship},{when},0.50000,{lon + 0.002 * ship:.5f},0.1,0,511,{name} {ship},,,30,7,40,8,3,30"


def days(*numbers: int, ships: int = 2, step: int = 10, until: int = 1440) -> list[str]:
    """Rows of ships over days of January 2026, in time order."""
    return [row(ship, day, minute) for day in numbers for minute in range(0, until, step) for ship in range(ships)]


def write(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def take(home: Path, *inputs: Path | str, options: IngestOptions | None = None) -> Taken:
    """Import into a home."""
    with Writer(home) as writer:
        return import_inputs(writer, list(inputs), options or IngestOptions(), NOW_US)


def tables(home: Path) -> dict[str, bytes]:
    """Every table of a home by file name."""
    return {path.name: path.read_bytes() for path in sorted((home / "history").glob("*.parquet"))}
