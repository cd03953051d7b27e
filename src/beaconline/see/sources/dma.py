"""The CSV layout of the Danish Maritime Authority.

Decides: which column stands for what. Source: the authority's "information about CSV files"; 22 columns in older files,
26 (with A-D) in newer ones, headed ``# Timestamp``, day first, UTC. Statuses and ship types are words. Known failures:
``Ship type`` tells the group only (the tens of the AIS code), so "Cargo" becomes 70, whatever the second digit was.
"""

from __future__ import annotations

from typing import Final

from beaconline.see.sources.mapping import Mapping, TimeRule

__all__ = ["DMA", "REQUIRED"]

REQUIRED: Final = (
    ("# Timestamp", "Type of mobile", "MMSI", "Latitude", "Longitude"),
    ("Timestamp", "Type of mobile", "MMSI", "Latitude", "Longitude"),
)
"""A header that holds one of these sets is a table of the Danish Maritime Authority."""

DMA: Final = Mapping(
    source="Danish Maritime Authority layout",
    kind="dma",
    columns={
        "lon_deg": ("Longitude",),
        "lat_deg": ("Latitude",),
        "mmsi": ("MMSI",),
        "sog_kn": ("SOG",),
        "cog_deg_true": ("COG",),
        "heading_deg_true": ("Heading",),
        "nav_status": ("Navigational status",),
        "imo": ("IMO",),
        "callsign": ("Callsign",),
        "name": ("Name",),
        "ship_type": ("Ship type",),
        "length_m": ("Length",),
        "beam_m": ("Width",),
        "draught_m": ("Draught",),
        "to_bow_m": ("A",),
        "to_stern_m": ("B",),
        "to_port_m": ("C",),
        "to_starboard_m": ("D",),
        "sensor": ("Type of mobile",),
    },
    time=TimeRule((("# Timestamp", "Timestamp"),), "%d/%m/%Y %H:%M:%S"),
    delimiter=",",
)
