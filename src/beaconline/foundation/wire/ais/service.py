"""Messages of the link itself and of its users, without a vessel's position: types 6, 7, 8, 12-17, 20, 22, 23, 25, 26.

Source: ITU-R M.1371-5, Annex 8 tables 54 (6), 55 (7, 13), 56 (8), 60 (12), 62 (14), 63 (15), 64 (16), 66 (17), 72 (20),
75 (22), 76 (23), 81 (25), 82 (26).

What a message leaves out at its end (a second addressee, a second reservation) is zero in these tables by definition
of the standard's variants, so a short message reads zero there. Type 22 holds either a rectangle or two addressees in
the same bits (bit 139 says which); types 25 and 26 have an addressee and an application id only when bits 38 and 39
say so. Rectangles and the position of type 17 are in 1/10 minute.
"""

from __future__ import annotations

from typing import Final

from beaconline.foundation.wire.ais.layout import Field, Layout, header

__all__ = ["SERVICE"]

_ACK_FIELDS: Final = tuple(
    field
    for i in range(4)
    for field in (
        Field(f"mmsi{i + 1}", 40 + 32 * i, 30, short=0),
        Field(f"seqno{i + 1}", 70 + 32 * i, 2, short=0),
    )
)

_SLOT_FIELDS: Final = tuple(
    field
    for i in range(4)
    for field in (
        Field(f"offset{i + 1}", 40 + 30 * i, 12, short=0),
        Field(f"number{i + 1}", 52 + 30 * i, 4, short=0),
        Field(f"timeout{i + 1}", 56 + 30 * i, 3, short=0),
        Field(f"increment{i + 1}", 59 + 30 * i, 11, short=0),
    )
)

SERVICE: Final = (
    Layout(
        (6,), "table 54", 88, 1008,
        (*header(), Field("seqno", 38, 2), Field("dest_mmsi", 40, 30), Field("retransmit", 70, 1, "bool"),
         Field("dac", 72, 10), Field("fid", 82, 6)),
        data_start=88,
    ),
    Layout((7, 13), "table 55", 72, 168, (*header(), *_ACK_FIELDS)),
    Layout((8,), "table 56", 56, 1008, (*header(), Field("dac", 40, 10), Field("fid", 50, 6)), data_start=56),
    Layout(
        (12,), "table 60", 72, 1008,
        (*header(), Field("seqno", 38, 2), Field("dest_mmsi", 40, 30), Field("retransmit", 70, 1, "bool")),
        data_start=72,
    ),
    Layout((14,), "table 62", 40, 1008, header(), data_start=40),
    Layout(
        (15,), "table 63", 88, 168,
        (*header(), Field("mmsi1", 40, 30), Field("type1_1", 70, 6), Field("offset1_1", 76, 12),
         Field("type1_2", 90, 6, short=0), Field("offset1_2", 96, 12, short=0),
         Field("mmsi2", 110, 30, short=0), Field("type2_1", 140, 6, short=0), Field("offset2_1", 146, 12, short=0)),
    ),
    Layout(
        (16,), "table 64", 96, 168,
        (*header(), Field("mmsi1", 40, 30), Field("offset1", 70, 12), Field("increment1", 82, 10),
         Field("mmsi2", 92, 30, short=0), Field("offset2", 122, 12, short=0), Field("increment2", 134, 10, short=0)),
    ),
    Layout(
        (17,), "table 66", 80, 816,
        (*header(), Field("lon", 40, 18, "int", den=600, unit="deg", none=108_600, companion="lon_deg"),
         Field("lat", 58, 17, "int", den=600, unit="deg", none=54_600, companion="lat_deg")),
        data_start=80,
    ),
    Layout((20,), "table 72", 72, 186, (*header(), *_SLOT_FIELDS)),
    Layout(
        (22,), "table 75", 168, 1008,
        (*header(), Field("channel_a", 40, 12), Field("channel_b", 52, 12), Field("txrx", 64, 4),
         Field("power", 68, 1, "bool"), Field("ne_lon", 69, 18, "int"), Field("ne_lat", 87, 17, "int"),
         Field("sw_lon", 104, 18, "int"), Field("sw_lat", 122, 17, "int"), Field("dest1", 69, 30),
         Field("dest2", 104, 30), Field("addressed", 139, 1, "bool"), Field("band_a", 140, 1, "bool"),
         Field("band_b", 141, 1, "bool"), Field("zonesize", 142, 3)),
    ),
    Layout(
        (23,), "table 76", 160, 1008,
        (*header(), Field("ne_lon", 40, 18, "int"), Field("ne_lat", 58, 17, "int"), Field("sw_lon", 75, 18, "int"),
         Field("sw_lat", 93, 17, "int"), Field("stationtype", 110, 4), Field("shiptype", 114, 8),
         Field("txrx", 144, 2), Field("interval", 146, 4), Field("quiet", 150, 4)),
    ),
    Layout(
        (25,), "table 81", 40, 168,
        (*header(), Field("addressed", 38, 1, "bool"), Field("structured", 39, 1, "bool")), data_start=40,
    ),
    Layout(
        (26,), "table 82", 60, 1064,
        (*header(), Field("addressed", 38, 1, "bool"), Field("structured", 39, 1, "bool")), data_start=40,
    ),
)  # fmt: skip
