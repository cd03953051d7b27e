"""Class B equipment: standard and extended position reports (types 18, 19), static data in two parts (24 A, 24 B).

Source: ITU-R M.1371-5, Annex 8 tables 70 (18), 71 (19), 78 and 79 (24).

Units as in class A. Type 19 has 312 bits of which the last 4 are spare: accepted from 308. Type 24 A is 160 bits, often
sent with 168; part B is 168 bits of which the last 6 are spare: accepted from 162. Before revision 4 the vendor field
of part B was 7 characters; since then 3 characters, a 4-bit model and a 20-bit serial number. Both readings are given:
``vendorid`` holds all 42 bits as text, as gpsd does, ``vendor_code`` the 3 characters.
An MMSI of the form 98xxxxxxx is a craft of a mother ship: the 30 bits of the dimensions hold the mother ship's MMSI.
"""

from __future__ import annotations

from typing import Final

from beaconline.foundation.wire.ais.class_a import LAT_NONE, LON_NONE
from beaconline.foundation.wire.ais.layout import Field, Layout, header

__all__ = ["POSITION_B", "POSITION_B_EXTENDED", "STATIC_B_A", "STATIC_B_B", "STATIC_B_B_AUXILIARY"]

_POSITION: Final = (
    *header(),
    Field("reserved", 38, 8),
    Field("speed", 46, 10, den=10, unit="kn", none=1023, companion="speed_kn"),
    Field("accuracy", 56, 1, "bool"),
    Field("lon", 57, 28, "int", den=600_000, unit="deg", none=LON_NONE, companion="lon_deg"),
    Field("lat", 85, 27, "int", den=600_000, unit="deg", none=LAT_NONE, companion="lat_deg"),
    Field("course", 112, 12, den=10, unit="deg", none=3600, companion="course_deg"),
    Field("heading", 124, 9, unit="deg", none=511, companion="heading_deg"),
    Field("second", 133, 6, unit="s"),
)

POSITION_B: Final = Layout(
    types=(18,),
    table="table 70",
    min_bits=168,
    max_bits=1008,
    fields=(
        *_POSITION,
        Field("regional", 139, 2),
        Field("cs", 141, 1, "bool"),
        Field("display", 142, 1, "bool"),
        Field("dsc", 143, 1, "bool"),
        Field("band", 144, 1, "bool"),
        Field("msg22", 145, 1, "bool"),
        Field("assigned", 146, 1, "bool"),
        Field("raim", 147, 1, "bool"),
        Field("radio", 148, 20),
    ),
)

POSITION_B_EXTENDED: Final = Layout(
    types=(19,),
    table="table 71",
    min_bits=308,
    max_bits=1008,
    fields=(
        *_POSITION,
        Field("regional", 139, 4),
        Field("shipname", 143, 120, "text"),
        Field("shiptype", 263, 8, none=0),
        Field("to_bow", 271, 9, unit="m"),
        Field("to_stern", 280, 9, unit="m"),
        Field("to_port", 289, 6, unit="m"),
        Field("to_starboard", 295, 6, unit="m"),
        Field("epfd", 301, 4),
        Field("raim", 305, 1, "bool"),
        Field("dte", 306, 1),
        Field("assigned", 307, 1, "bool"),
        Field("spare", 308, 4, "spare"),
    ),
)

STATIC_B_A: Final = Layout(
    types=(24,),
    table="table 78",
    min_bits=160,
    max_bits=168,
    fields=(*header(), Field("partno", 38, 2), Field("shipname", 40, 120, "text"), Field("spare", 160, 8, "spare")),
)

_PART_B: Final = (
    *header(),
    Field("partno", 38, 2),
    Field("shiptype", 40, 8, none=0),
    Field("vendorid", 48, 42, "text"),
    Field("vendor_code", 48, 18, "text"),
    Field("model", 66, 4),
    Field("serial", 70, 20),
    Field("callsign", 90, 42, "text"),
)

STATIC_B_B: Final = Layout(
    types=(24,),
    table="table 79",
    min_bits=162,
    max_bits=1008,
    fields=(
        *_PART_B,
        Field("to_bow", 132, 9, unit="m"),
        Field("to_stern", 141, 9, unit="m"),
        Field("to_port", 150, 6, unit="m"),
        Field("to_starboard", 156, 6, unit="m"),
        Field("epfd", 162, 4),
        Field("spare", 166, 2, "spare"),
    ),
)

STATIC_B_B_AUXILIARY: Final = Layout(
    types=(24,),
    table="table 79, note 3",
    min_bits=162,
    max_bits=1008,
    fields=(
        *_PART_B,
        Field("mothership_mmsi", 132, 30),
        Field("epfd", 162, 4),
        Field("spare", 166, 2, "spare"),
    ),
)
