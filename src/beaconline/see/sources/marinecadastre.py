"""The CSV layouts of MarineCadastre/NOAA (United States coastal AIS), old and new.

Decides: which column stands for what. Source: the MarineCadastre data dictionary and FAQ. 2015-2024 files are headed
``MMSI,BaseDateTime,LAT,LON,...``; the "csv2" files ``mmsi,base_date_time,longitude,latitude,...``. Times are UTC
without saying so. Known failures: IMO numbers are as typed by the crew; ``Cargo`` is not kept.

FAQ: negative COG is corrected by adding 409.6, negative SOG by adding 102.4: the 12-bit and 10-bit integers of AIS had
been read with a sign.
"""

from __future__ import annotations

from typing import Final

from beaconline.see.sources.mapping import Mapping, TimeRule

__all__ = ["MARINECADASTRE", "REQUIRED"]

REQUIRED: Final = (
    ("MMSI", "BaseDateTime", "LAT", "LON"),
    ("mmsi", "base_date_time", "longitude", "latitude"),
)
"""A header that holds one of these sets is a MarineCadastre table."""

MARINECADASTRE: Final = Mapping(
    source="MarineCadastre layout",
    kind="marinecadastre",
    columns={
        "lon_deg": ("LON", "longitude"),
        "lat_deg": ("LAT", "latitude"),
        "mmsi": ("MMSI", "mmsi"),
        "sog_kn": ("SOG", "sog"),
        "cog_deg_true": ("COG", "cog"),
        "heading_deg_true": ("Heading", "heading"),
        "nav_status": ("Status", "status"),
        "imo": ("IMO", "imo"),
        "callsign": ("CallSign", "call_sign"),
        "name": ("VesselName", "vessel_name"),
        "ship_type": ("VesselType", "vessel_type"),
        "length_m": ("Length", "length"),
        "beam_m": ("Width", "width"),
        "draught_m": ("Draft", "draft"),
        "sensor": ("TransceiverClass", "TranscieverClass", "transceiver_class", "transceiver"),
    },
    time=TimeRule((("BaseDateTime", "base_date_time"),)),
    delimiter=",",
    signed_wrap=True,
)
