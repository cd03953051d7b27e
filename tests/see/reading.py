"""Write small inputs and read them: what most tests of this folder do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from beaconline.foundation.table.reports import Pools, Reports
from beaconline.see.ingest import Ingested, IngestOptions, ingest

MC_HEADER = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass"
)
MC_ROW = "416000001,2022-01-03T00:00:00,24.5,121.5,10.5,171.5,174,SEA LION,IMO9703411,BABC,70,0,180,32,10.2,70,A"

DMA_HEADER = (
    "# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,Callsign,Name,"
    "Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,Destination,ETA,Data source type,A,B,C,D"
)

PLAIN_MAPPING = """
[columns]
lon_deg = "lon"
lat_deg = "lat"
mmsi = "mmsi"
sog_kn = "sog"
cog_deg_true = "cog"
[time]
columns = ["t"]
"""
PLAIN_HEADER = "t,mmsi,lon,lat,sog,cog"


def mc(*rows: str) -> bytes:
    """A MarineCadastre table of these rows."""
    return "\n".join([MC_HEADER, *rows, ""]).encode()


def mc_row(**cells: str) -> str:
    """MC_ROW with some cells changed, by column name."""
    row = dict(zip(MC_HEADER.split(","), MC_ROW.split(","), strict=True)) | cells
    return ",".join(row.values())


def plain(*rows: str) -> bytes:
    """A table of PLAIN_HEADER."""
    return "\n".join([PLAIN_HEADER, *rows, ""]).encode()


def read(folder: Path, files: Mapping[str, bytes] | bytes, mapping: str | None = None) -> Ingested:
    """Write files (or one, in.csv) into a folder and ingest them in the order given."""
    named = {"in.csv": files} if isinstance(files, bytes) else files
    folder.mkdir(exist_ok=True)
    for name, data in named.items():
        (folder / name).write_bytes(data)
    path = None
    if mapping is not None:
        path = folder.parent / f"{folder.name}-mapping.toml"
        path.write_text(mapping)
    return ingest([folder / name for name in named], IngestOptions(mapping=path), Pools())


def content(reports: Reports, pools: Pools) -> list[tuple[object, ...]]:
    """Each row as plain values, codes replaced by what they stand for, without its origin."""
    return [
        (
            int(reports.t_us[k]), int(reports.mmsi[k]), _text(pools, int(reports.sensor_id[k])), int(reports.lon_e7[k]),
            int(reports.lat_e7[k]), int(reports.sog_mkn[k]), int(reports.cog_cdeg[k]), int(reports.heading_cdeg[k]),
            int(reports.nav_status[k]), int(reports.msg_type[k]), int(reports.sensor[k]),
            pools.statics[int(reports.static[k])], pools.stations[int(reports.stations[k])],
            pools.feeds[int(reports.feeds[k])],
        )
        for k in range(len(reports))
    ]  # fmt: skip


def _text(pools: Pools, code: int) -> str | None:
    return None if code < 0 else pools.sensor_ids[code]
