"""Class A equipment: position reports (types 1, 2, 3), static and voyage data (5), long-range report (27).

Source: ITU-R M.1371-5, Annex 8 tables 48 (1-3), 52 (5) and 84 (27).

Types 1-3, 168 bits. Longitude and latitude in 1/10,000 minute (181 deg, 91 deg: not available), speed in 1/10 knot
(1022: 102.2 kn or more; 1023: not available), course in 1/10 degree (3600: not available), heading in degrees (511: not
available), rate of turn 4.733 * sqrt(deg/min) (-128: not available; +-127: over 5 deg in 30 s, no turn indicator).
Lengths: 163 to 204 bits are seen on the air and accepted; a cut communication state keeps the bits that came.

Type 5, 424 bits in two slots. Many transmitters send 420 or 422 bits (the last character of the destination and the
DTE flag are cut); accepted from 420. Draught in 1/10 m (0: not available); ETA month 0, day 0, hour 24, minute 60: not
available; dimensions in metres from the antenna (to_bow and to_port both 0: reference point not given).

Type 27, 96 bits; some transmitters fill the slot to 168. Position in 1/10 minute (100 times coarser than type 1),
speed in knots (63: not available), course in degrees (511: not available), ``gnss`` 0 = position younger than 5 s.
"""

from __future__ import annotations

from typing import Final

from beaconline.foundation.wire.ais.layout import Field, Layout, header

__all__ = ["LONG_RANGE", "POSITION_A", "STATIC_A"]

LON_NONE: Final = 181 * 600_000
"""Longitude "not available", 1/10,000 minute (M.1371-5 table 48); read as a position it would lie off the world."""
LAT_NONE: Final = 91 * 600_000
"""Latitude "not available", 1/10,000 minute."""
LON27_NONE: Final = 181 * 600
"""Longitude "not available" of type 27, 1/10 minute."""
LAT27_NONE: Final = 91 * 600

POSITION_A: Final = Layout(
    types=(1, 2, 3),
    table="table 48",
    min_bits=163,
    max_bits=204,
    fields=(
        *header(),
        Field("status", 38, 4, none=15),
        Field("turn", 42, 8, "int", none=-128, companion="turn_deg_min", unit="deg/min"),
        Field("speed", 50, 10, num=1, den=10, unit="kn", none=1023, companion="speed_kn"),
        Field("accuracy", 60, 1, "bool"),
        Field("lon", 61, 28, "int", den=600_000, unit="deg", none=LON_NONE, companion="lon_deg"),
        Field("lat", 89, 27, "int", den=600_000, unit="deg", none=LAT_NONE, companion="lat_deg"),
        Field("course", 116, 12, den=10, unit="deg", none=3600, companion="course_deg"),
        Field("heading", 128, 9, unit="deg", none=511, companion="heading_deg"),
        Field("second", 137, 6, unit="s"),
        Field("maneuver", 143, 2),
        Field("spare", 145, 3, "spare"),
        Field("raim", 148, 1, "bool"),
        Field("radio", 149, 19, cut=True),
    ),
)

STATIC_A: Final = Layout(
    types=(5,),
    table="table 52",
    min_bits=420,
    max_bits=1008,
    fields=(
        *header(),
        Field("ais_version", 38, 2),
        Field("imo", 40, 30, none=0),
        Field("callsign", 70, 42, "text"),
        Field("shipname", 112, 120, "text"),
        Field("shiptype", 232, 8, none=0),
        Field("to_bow", 240, 9, unit="m"),
        Field("to_stern", 249, 9, unit="m"),
        Field("to_port", 258, 6, unit="m"),
        Field("to_starboard", 264, 6, unit="m"),
        Field("epfd", 270, 4),
        Field("month", 274, 4, none=0),
        Field("day", 278, 5, none=0),
        Field("hour", 283, 5, none=24),
        Field("minute", 288, 6, none=60),
        Field("draught", 294, 8, den=10, unit="m", none=0, companion="draught_m"),
        Field("destination", 302, 120, "text"),
        Field("dte", 422, 1),
        Field("spare", 423, 1, "spare"),
    ),
)

LONG_RANGE: Final = Layout(
    types=(27,),
    table="table 84",
    min_bits=96,
    max_bits=168,
    only_bits=(96, 168),
    fields=(
        *header(),
        Field("accuracy", 38, 1, "bool"),
        Field("raim", 39, 1, "bool"),
        Field("status", 40, 4, none=15),
        Field("lon", 44, 18, "int", den=600, unit="deg", none=LON27_NONE, companion="lon_deg"),
        Field("lat", 62, 17, "int", den=600, unit="deg", none=LAT27_NONE, companion="lat_deg"),
        Field("speed", 79, 6, unit="kn", none=63, companion="speed_kn"),
        Field("course", 85, 9, unit="deg", none=511, companion="course_deg"),
        Field("gnss", 94, 1, "bool"),
        Field("spare", 95, 1, "spare"),
    ),
)
