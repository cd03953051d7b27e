"""Messages as reports: units, fillers, sensors, static fields, the verdicts of the ledger."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nmea_lines import Read, read, sentence

from beaconline.foundation.records.report import SENSORS, T_SRCS
from beaconline.foundation.records.times import NO_TIME, parse_us
from beaconline.foundation.table.reports import Static
from beaconline.foundation.wire.ais.layout import AIS_6BIT
from beaconline.foundation.wire.ais.registry import LAYOUTS, SLOT_24B, SLOT_24B_AUX, slot_of_type
from beaconline.see.sources.nmea import DEFAULT_RATE_PER_S, NmeaOptions

STAMP_US = 1_272_412_825_000_000


def line(kind: int, slot: int | None = None, **values: Any) -> bytes:
    """A timed sentence of a type with some fields set, the others zero."""
    layout = LAYOUTS[slot_of_type(kind) if slot is None else slot]
    size = layout.only_bits[0] if layout.only_bits else {5: 424, 19: 312}.get(kind, max(layout.min_bits, 168))
    value = kind << (size - 6)
    for name, raw in {"mmsi": 211_000_001, **values}.items():
        field = layout.field(name)
        if isinstance(raw, str):
            raw = int("".join(f"{AIS_6BIT.index(c):06b}" for c in raw.ljust(field.width // 6, "@")), 2)
        value |= (raw & ((1 << field.width) - 1)) << (size - field.start - field.width)
    fill = -size % 6
    value <<= fill
    chars = [(value >> (size + fill - 6 * (i + 1))) & 63 for i in range((size + fill) // 6)]
    payload = "".join(chr(v + 48 if v < 40 else v + 56) for v in chars)
    return sentence(payload, fill=fill) + b",rX,1272412825\n"


def motion(got: Read) -> tuple[int, ...]:
    r = got.reports
    return tuple(int(c[0]) for c in (r.lon_e7, r.lat_e7, r.sog_mkn, r.cog_cdeg, r.heading_cdeg, r.nav_status))


PLACE = {"lon": 6_000_000, "lat": -600_000}


@pytest.mark.parametrize(
    ("kind", "sensor", "values", "wanted"),
    [
        (1, "ais_a", {"speed": 123, "course": 2240, "heading": 215, "status": 5}, (12_300, 22_400, 21_500, 5)),
        (2, "ais_a", {"speed": 1022, "course": 3599, "heading": 359, "status": 14}, (102_200, 35_990, 35_900, 14)),
        (3, "ais_a", {"speed": 1023, "course": 3600, "heading": 511, "status": 15}, (-1, -1, -1, -1)),
        (3, "ais_a", {"speed": 0, "course": 4095, "heading": 360, "status": 0}, (0, -1, -1, 0)),
        (18, "ais_b", {"speed": 55, "course": 900, "heading": 90}, (5_500, 9_000, 9_000, -1)),
        (19, "ais_b", {"speed": 1023, "course": 3600, "heading": 511}, (-1, -1, -1, -1)),
        (9, "ais_sar", {"speed": 139, "course": 900}, (139_000, 9_000, -1, -1)),
        (9, "ais_sar", {"speed": 1023, "course": 3600}, (-1, -1, -1, -1)),
        (4, "ais_base", {}, (-1, -1, -1, -1)),
        (11, "ais_base", {}, (-1, -1, -1, -1)),
        (21, "ais_aton", {}, (-1, -1, -1, -1)),
    ],
)
def test_motion_and_sensor(kind: int, sensor: str, values: dict[str, int], wanted: tuple[int, ...]) -> None:
    got = read(line(kind, **PLACE, **values))
    assert motion(got) == (100_000_000, -10_000_000, *wanted)
    assert SENSORS[got.reports.sensor[0]] == sensor and got.reports.msg_type[0] == kind
    assert got.reports.t_us[0] == got.reports.t_received_us[0] == STAMP_US


def test_long_range() -> None:
    got = read(line(27, lon=-92_521, lat=52_239, speed=57, course=167, status=3))
    assert motion(got) == (-1_542_016_667, 870_650_000, 57_000, 16_700, -1, 3)
    assert SENSORS[got.reports.sensor[0]] == "ais_a"
    assert motion(read(line(27, lon=0, lat=0, speed=63, course=511, status=15))) == (0, 0, -1, -1, -1, -1)
    assert motion(read(line(27, lon=0, lat=0, speed=62, course=360)))[2:4] == (62_000, -1)
    assert read(line(27, lon=108_600, lat=54_600)).counts["messages_without_position"] == 1


@given(st.integers(-180 * 600_000, 180 * 600_000), st.integers(-90 * 600_000, 90 * 600_000))
def test_positions_are_rounded_exactly(lon: int, lat: int) -> None:
    got = read(line(1, lon=lon, lat=lat))
    for raw, e7 in ((lon, int(got.reports.lon_e7[0])), (lat, int(got.reports.lat_e7[0]))):
        # raw * 50 / 3, never half-way between two integers.
        assert abs(3 * e7 - 50 * raw) <= 1


@pytest.mark.parametrize(
    ("lon", "lat", "verdict"),
    [
        (180 * 600_000, 90 * 600_000, "report"),
        (-180 * 600_000, -90 * 600_000, "report"),
        (180 * 600_000 + 1, 0, "position_out_of_world"),
        (0, -90 * 600_000 - 1, "position_out_of_world"),
        (181 * 600_000, 91 * 600_000, "none"),
        (181 * 600_000, 0, "none"),
        (0, 91 * 600_000, "none"),
        (181 * 600_000, 95 * 600_000, "position_out_of_world"),
    ],
)
def test_the_edge_of_the_world(lon: int, lat: int, verdict: str) -> None:
    got = read(line(1, lon=lon, lat=lat))
    assert len(got.reports) == (verdict == "report")
    assert got.counts["messages_without_position"] == (verdict == "none")
    assert got.reasons == ({verdict: 1} if verdict.startswith("position") else {})


def test_mmsi_above_nine_digits() -> None:
    for kind in (1, 5, 14):
        got = read(line(kind, mmsi=1_000_000_000))
        assert got.reasons == {"bad_mmsi": 1} and not len(got.reports) and not len(got.statics)
    assert len(read(line(1, mmsi=999_999_999)).reports) == 1
    assert len(read(line(1, mmsi=0)).reports) == 1


def test_own_time_of_base_stations() -> None:
    own = {"year": 2007, "month": 5, "day": 14, "hour": 19, "minute": 57, "second": 39}
    got = read(line(4, **PLACE, **own))
    assert got.reports.t_us[0] == parse_us("2007-05-14T19:57:39Z") and T_SRCS[got.reports.t_src[0]] == "message"
    assert got.reports.t_received_us[0] == STAMP_US
    for wrong in (
        {"year": 0},
        {"month": 0},
        {"month": 13},
        {"day": 31, "month": 2},
        {"hour": 24},
        {"minute": 60},
        {"second": 60},
    ):
        got = read(line(11, **PLACE, **{**own, **wrong}))
        assert got.reports.t_us[0] == STAMP_US and T_SRCS[got.reports.t_src[0]] == "receiver"
    untimed = line(4, **PLACE, **own).split(b",rX")[0]
    got = read(untimed, NmeaOptions(received=(0, None)))
    assert T_SRCS[got.reports.t_src[0]] == "message" and got.reports.t_received_us[0] == NO_TIME


def test_a_position_without_time_is_told_one_or_rejected() -> None:
    untimed = line(1, **PLACE).split(b",rX")[0] + b"\n"
    assert read(untimed).reasons == {"no_time": 1}
    got = read(untimed * 3, NmeaOptions(received=(STAMP_US, None)))
    step = int(1e6 / DEFAULT_RATE_PER_S)
    assert got.reports.t_us.tolist() == [STAMP_US, STAMP_US + step, STAMP_US + 2 * step]
    # What carries no position needs no time.
    got = read(line(5, shipname="X").split(b",rX")[0])
    assert got.reasons == {} and got.statics.t_us.tolist() == [NO_TIME]


def static(got: Read, i: int = 0) -> Static:
    return got.pools.statics[int(got.statics.static[i])]


SIDES = {"to_bow": 225, "to_stern": 70, "to_port": 1, "to_starboard": 31}


def test_static_fields() -> None:
    got = read(line(5, imo=9134270, callsign="3FOF8", shipname="EVER DIADEM", shiptype=70, draught=122, **SIDES))
    assert static(got) == Static(9134270, "3FOF8", "EVER DIADEM", 70, 2950, 320, 122)
    assert got.statics.mmsi.tolist() == [211_000_001] and got.statics.t_us.tolist() == [STAMP_US]
    assert got.pools.stations[int(got.statics.stations[0])] == ("rX",)
    got = read(line(5, imo=12_345_678, callsign="  ", shipname="@X", shiptype=100, to_stern=30))
    assert static(got) == Static(length_dm=300)
    assert len(read(line(5)).statics) == 0 and read(line(5)).counts["messages_without_position"] == 1
    assert static(read(line(24, shipname="GOZDEM-1"))) == Static(name="GOZDEM-1")
    got = read(line(24, SLOT_24B, partno=1, shiptype=37, callsign="YM5504", **SIDES))
    assert static(got) == Static(None, "YM5504", None, 37, 2950, 320)
    got = read(line(24, SLOT_24B_AUX, partno=1, mmsi=982_000_001, mothership_mmsi=211_000_001, callsign="Z"))
    assert static(got) == Static(callsign="Z")


def test_static_fields_beside_a_position() -> None:
    got = read(line(19, **PLACE, shipname="GUIGANG", shiptype=70, **SIDES))
    assert got.pools.statics[int(got.reports.static[0])] == Static(None, None, "GUIGANG", 70, 2950, 320)
    assert len(got.statics) == 0
    got = read(line(21, **PLACE, name="BUOY 7", **SIDES))
    assert got.pools.statics[int(got.reports.static[0])] == Static(name="BUOY 7")
    got = read(line(19, lon=181 * 600_000, lat=91 * 600_000, shipname="NO FIX"))
    assert len(got.reports) == 0 and static(got) == Static(name="NO FIX")


def test_hostile_names_pass_as_data() -> None:
    for name in ("</SCRIPT>", '=HYPERLINK("X")', "'; DROP--", "\\N[]^_"):
        assert static(read(line(5, shipname=name))).name == name


def test_feed_and_source() -> None:
    got = read(line(1, **PLACE), NmeaOptions(feed="coast"), source="a.nmea")
    assert got.pools.feeds[int(got.reports.feeds[0])] == ("coast",)
    assert got.pools.sources[int(got.reports.source[0])] == "a.nmea"
    assert read(line(1, **PLACE)).reports.feeds.tolist() == [0]


def test_rows_keep_the_order_of_the_input_across_types() -> None:
    log = b"".join(line(kind, **PLACE) for kind in (18, 1, 4, 9, 1, 21, 18, 2))
    got = read(log)
    assert got.reports.msg_type.tolist() == [18, 1, 4, 9, 1, 21, 18, 2]
    assert got.reports.line.tolist() == list(range(1, 9))


def test_empty_input_has_a_balanced_ledger() -> None:
    got = read(b"")
    assert got.batches == 1 and not any(got.counts.values()) and set(got.counts) >= {"lines", "messages"}
