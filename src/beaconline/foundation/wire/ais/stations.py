"""What is no vessel: base stations (types 4, 11), rescue aircraft (9), aids to navigation (21); and the UTC query (10).

Source: ITU-R M.1371-5, Annex 8 tables 51 (4, 11), 58 (9), 59 (10) and 73 (21).

Types 4 and 11, 168 bits: UTC year 1-9999 (0: not available), month 1-12 (0), day 1-31 (0), hour 0-23 (24), minute 0-59
(60), second 0-59 (60); position as in class A. Type 11 is the answer of any station to a query.
Type 9, 168 bits: altitude in metres (4094: 4,094 m or higher; 4095: not available), speed in whole knots (1022: 1,022
kn or more; 1023: not available), no heading.
Type 21, 272 to 360 bits: the name is 20 characters and, when all 20 are used, goes on for up to 14 more after the
fixed part; up to 368 bits are accepted, since some stations pad to the byte. Second 61: position entered by hand, 62:
dead reckoning, 63: positioning system out of order.
"""

from __future__ import annotations

from typing import Final

from beaconline.foundation.wire.ais.class_a import LAT_NONE, LON_NONE
from beaconline.foundation.wire.ais.layout import Field, Layout, header

__all__ = ["AID", "AIRCRAFT", "BASE", "UTC_QUERY"]

BASE: Final = Layout(
    types=(4, 11),
    table="table 51",
    min_bits=168,
    max_bits=1008,
    fields=(
        *header(),
        Field("year", 38, 14, none=0),
        Field("month", 52, 4, none=0),
        Field("day", 56, 5, none=0),
        Field("hour", 61, 5, none=24),
        Field("minute", 66, 6, none=60),
        Field("second", 72, 6, unit="s", none=60),
        Field("accuracy", 78, 1, "bool"),
        Field("lon", 79, 28, "int", den=600_000, unit="deg", none=LON_NONE, companion="lon_deg"),
        Field("lat", 107, 27, "int", den=600_000, unit="deg", none=LAT_NONE, companion="lat_deg"),
        Field("epfd", 134, 4),
        Field("spare", 138, 10, "spare"),
        Field("raim", 148, 1, "bool"),
        Field("radio", 149, 19),
    ),
)

AIRCRAFT: Final = Layout(
    types=(9,),
    table="table 58",
    min_bits=168,
    max_bits=1008,
    fields=(
        *header(),
        Field("alt", 38, 12, unit="m", none=4095, companion="alt_m"),
        Field("speed", 50, 10, unit="kn", none=1023, companion="speed_kn"),
        Field("accuracy", 60, 1, "bool"),
        Field("lon", 61, 28, "int", den=600_000, unit="deg", none=LON_NONE, companion="lon_deg"),
        Field("lat", 89, 27, "int", den=600_000, unit="deg", none=LAT_NONE, companion="lat_deg"),
        Field("course", 116, 12, den=10, unit="deg", none=3600, companion="course_deg"),
        Field("second", 128, 6, unit="s"),
        Field("regional", 134, 8),
        Field("dte", 142, 1),
        Field("spare", 143, 3, "spare"),
        Field("assigned", 146, 1, "bool"),
        Field("raim", 147, 1, "bool"),
        Field("radio", 148, 20),
    ),
)

UTC_QUERY: Final = Layout(
    types=(10,),
    table="table 59",
    min_bits=72,
    max_bits=1008,
    fields=(*header(), Field("spare", 38, 2, "spare"), Field("dest_mmsi", 40, 30), Field("spare2", 70, 2, "spare")),
)

AID: Final = Layout(
    types=(21,),
    table="table 73",
    min_bits=272,
    max_bits=368,
    fields=(
        *header(),
        Field("aid_type", 38, 5),
        Field("name", 43, 120, "text", more_start=272, more_width=84),
        Field("accuracy", 163, 1, "bool"),
        Field("lon", 164, 28, "int", den=600_000, unit="deg", none=LON_NONE, companion="lon_deg"),
        Field("lat", 192, 27, "int", den=600_000, unit="deg", none=LAT_NONE, companion="lat_deg"),
        Field("to_bow", 219, 9, unit="m"),
        Field("to_stern", 228, 9, unit="m"),
        Field("to_port", 237, 6, unit="m"),
        Field("to_starboard", 243, 6, unit="m"),
        Field("epfd", 249, 4),
        Field("second", 253, 6, unit="s"),
        Field("off_position", 259, 1, "bool"),
        Field("regional", 260, 8),
        Field("raim", 268, 1, "bool"),
        Field("virtual_aid", 269, 1, "bool"),
        Field("assigned", 270, 1, "bool"),
        Field("spare", 271, 1, "spare"),
    ),
)
