"""The layout of our own tables: Parquet and JSON lines whose columns carry the report names.

Decides: which column stands for what. Source: the contract page, "Report"; ``tracks.parquet`` is such a table. Known
failures: ``origin``, ``label``, ``mode`` and ``terms`` of a row are not read back yet; a run has one mode.
"""

from __future__ import annotations

from typing import Final

from beaconline.see.sources.mapping import Mapping, TimeRule

__all__ = ["REPORTS"]

REPORTS: Final = Mapping(
    source="report columns",
    kind="reports",
    columns={
        "lon_e7": ("lon_e7",),
        "lat_e7": ("lat_e7",),
        "lon_deg": ("lon_deg",),
        "lat_deg": ("lat_deg",),
        "mmsi": ("mmsi",),
        "track_id": ("track_id", "sensor_id", "track"),
        "sog_kn": ("sog_kn",),
        "cog_deg_true": ("cog_deg_true",),
        "heading_deg_true": ("heading_deg_true",),
        "position_error_m": ("position_error_m",),
        "nav_status": ("nav_status",),
        "msg_type": ("msg_type",),
        "sensor": ("sensor",),
        "station": ("stations", "station"),
        "feed": ("feeds", "feed"),
        "imo": ("imo",),
        "callsign": ("callsign",),
        "name": ("name",),
        "ship_type": ("ship_type",),
        "length_m": ("length_m",),
        "beam_m": ("beam_m",),
        "draught_m": ("draught_m",),
        "t_received": ("t_received",),
    },
    time=TimeRule((("t_event",),)),
)
