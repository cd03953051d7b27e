"""The known layouts, mappings, JSON lines and Parquet: each cell to its field."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from reading import DMA_HEADER, PLAIN_MAPPING, content, mc, mc_row, plain, read

from beaconline.foundation.records.report import SENSORS, T_SRCS
from beaconline.foundation.records.times import NO_TIME, parse_us
from beaconline.foundation.table.reports import Static
from beaconline.see.ingest import Ingested
from beaconline.see.inputs import InputError
from beaconline.see.sources.mapping import load_mapping
from beaconline.see.sources.suggest import suggest_mapping

T0 = parse_us("2022-01-03T00:00:00Z")


def one(got: Ingested) -> dict[str, object]:
    assert got.errors == [] and got.rejects == [] and len(got.reports) == 1, (got.errors, got.rejects)
    row = {f: getattr(got.reports, f)[0].item() for f in got.reports.__dataclass_fields__}
    row["static"] = got.pools.statics[row["static"]]
    row["feeds"], row["stations"] = got.pools.feeds[row["feeds"]], got.pools.stations[row["stations"]]
    row["sensor"], row["t_src"] = SENSORS[row["sensor"]], T_SRCS[row["t_src"]]
    return row


def test_marinecadastre_old_and_new_headers(tmp_path: Path) -> None:
    old = one(read(tmp_path / "old", mc(mc_row())))
    new_header = (
        "mmsi,base_date_time,longitude,latitude,sog,cog,heading,vessel_name,imo,call_sign,vessel_type,status,length,width,"
        "draft,cargo,transceiver"
    )
    row = "416000001,2022-01-03 00:00:00,121.5,24.5,10.5,171.5,174,SEA LION,IMO9703411,BABC,70,0,180,32,10.2,70,A"
    new = one(read(tmp_path / "new", f"{new_header}\n{row}\n".encode()))
    assert old == new
    assert (old["t_us"], old["lon_e7"], old["lat_e7"], old["mmsi"]) == (T0, 1_215_000_000, 245_000_000, 416000001)
    assert (old["sog_mkn"], old["cog_cdeg"], old["heading_cdeg"], old["nav_status"]) == (10500, 17150, 17400, 0)
    assert old["static"] == Static(9703411, "BABC", "SEA LION", 70, 1800, 320, 102)
    assert (old["sensor"], old["feeds"], old["stations"], old["line"]) == ("ais_a", ("marinecadastre",), (), 2)
    assert (old["t_received_us"], old["error_dm"], old["msg_type"], old["sensor_id"]) == (NO_TIME, -1, -1, -1)


def test_marinecadastre_signed_values(tmp_path: Path) -> None:
    row = one(
        read(tmp_path / "in", mc(mc_row(SOG="-0.1", COG="-49.6", Heading="511.0", Status="under way using engine")))
    )
    assert (row["sog_mkn"], row["cog_cdeg"], row["heading_cdeg"], row["nav_status"]) == (-1, -1, -1, 0)
    assert one(read(tmp_path / "b", mc(mc_row(COG="-204.8"))))["cog_cdeg"] == 20480


def test_danish_layout(tmp_path: Path) -> None:
    rows = [
        "31/12/2025 23:59:59,Class A,219024000,57.717413,10.586715,Engaged in fishing,0.0,9.1,4.8,309,9103128,OXYZ,"
        "NORDLYS,Fishing,,8,35,GPS,4.5,SKAGEN,,AIS,20,15,4,4",
        "31/12/2025 23:59:59,Base Station,2190064,56.716570,11.519047,Unknown value,,,,,Unknown,Unknown,,Undefined,,,"
        ",GPS,,Unknown,,AIS,,,,",
        "31/12/2025 23:59:59,Class B,219000001,91.0,0.0,Unknown value,,,,,Unknown,Unknown,Solo,Undefined,,,,Undefined,,"
        "Unknown,,AIS,,,,",
    ]  # fmt: skip
    got = read(tmp_path / "in", "\n".join([DMA_HEADER, *rows, ""]).encode())
    assert got.errors == [] and got.rejects == [] and got.inputs[0].kind == "dma"
    base, ship = content(got.reports, got.pools)
    assert ship[:2] == (parse_us("2025-12-31T23:59:59Z"), 219024000)
    assert ship[3:11] == (105_867_150, 577_174_130, 9100, 480, 30900, 7, -1, SENSORS.index("ais_a"))
    assert ship[11] == Static(9103128, "OXYZ", "NORDLYS", 30, 350, 80, 45)
    assert base[5:12] == (-1, -1, -1, -1, -1, SENSORS.index("ais_base"), Static())
    assert got.ledger.as_summary()["without_position"] == 1
    assert got.pools.statics[got.statics.static[0]].name == "Solo" and got.statics.mmsi.tolist() == [219000001]


MAPPING = """
[columns]
lon_deg = ["X", "Longitude"]
lat_deg = "Latitude"
track_id = "Vessel"
sog_kn = "Speed"
cog_deg_true = "Course"
length_m = "Len"
[time]
columns = ["Day", "Clock"]
format = "%d/%m/%Y %H:%M:%S"
zone = "Asia/Taipei"
[units]
sog = "km/h"
length = "ft"
[csv]
delimiter = ";"
decimal = ","
encoding = "latin-1"
[const]
sensor = "vms"
feed = "north"
station = "hub"
"""


def test_a_mapping_with_everything(tmp_path: Path) -> None:
    data = (
        "Vessel;Longitude;Latitude;Speed;Course;Len;Day;Clock\nNr 7 Ø;121,5;-24,25;18,52;360;100;03/01/2022;08:00:00\n"
    )
    row = one(read(tmp_path / "in", data.encode("latin-1"), MAPPING))
    assert (row["t_us"], row["lon_e7"], row["lat_e7"], row["mmsi"]) == (T0, 1_215_000_000, -242_500_000, -1)
    assert (row["sog_mkn"], row["cog_cdeg"], row["sensor"]) == (10_000, 0, "vms"), "360 is north where it is not AIS"
    assert (row["feeds"], row["stations"], row["static"]) == (("north",), ("hub",), Static(length_dm=305))


@pytest.mark.parametrize(
    ("unit", "cell"), [("kn", "10"), ("m/s", "5.144444444"), ("km/h", "18.52"), ("mph", "11.50779448")]
)
def test_units_of_speed(unit: str, cell: str, tmp_path: Path) -> None:
    row = f"2022-01-03T00:00:00,7,121.5,24.5,{cell},10"
    assert one(read(tmp_path / "in", plain(row), PLAIN_MAPPING + f'[units]\nsog = "{unit}"\n'))["sog_mkn"] == 10_000


def test_anonymous_posits_and_blank_identities(tmp_path: Path) -> None:
    mapping = PLAIN_MAPPING.replace('mmsi = "mmsi"\n', "") + '[const]\nsensor = "radar"\n'
    row = "2022-01-03T00:00:00,7,121.5,24.5,1,10"
    got = read(tmp_path / "a", plain(row, row), mapping)
    assert got.reports.mmsi.tolist() == [-1, -1] and got.ledger.as_summary()["duplicates"] == 0 and not got.warnings
    blank = read(tmp_path / "b", plain(row.replace(",7,", ",,")), PLAIN_MAPPING)
    assert blank.reports.mmsi.tolist() == [-1] and blank.rejects == []
    unsaid = read(tmp_path / "c", plain(row), PLAIN_MAPPING.replace('mmsi = "mmsi"\n', ""))
    assert any("names no sensor" in w for w in unsaid.warnings)


def test_both_ids_the_mmsi_wins(tmp_path: Path) -> None:
    mapping = PLAIN_MAPPING.replace("[time]", 'track_id = "cog"\n[time]').replace('cog_deg_true = "cog"\n', "")
    got = read(tmp_path / "in", plain("2022-01-03T00:00:00,7,1,2,3,a", "2022-01-03T00:00:00,,1,2,3,a"), mapping)
    ids = [(int(m), int(s)) for m, s in zip(got.reports.mmsi, got.reports.sensor_id, strict=True)]
    assert ids == [(7, -1), (-1, 0)] and got.pools.sensor_ids.texts == ["a"]


def test_a_mapping_leaves_known_tables_alone(tmp_path: Path) -> None:
    got = read(tmp_path / "in", {"a.csv": mc(mc_row()), "b.csv": plain("2022-01-03T00:00:00,7,1,2,3,4")}, PLAIN_MAPPING)
    assert got.errors == [] and [i.kind for i in got.inputs] == ["marinecadastre", "csv"] and len(got.reports) == 2


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("x = 1", "x", "no such section"),
        ("[colums]\na = 'b'", "colums", "did you mean columns"),
        ("[columns]\nlon_deg = 1\nlat_deg = 'b'", "columns.lon_deg", "a column name or a list"),
        ("[columns]\nlon_deg = 'a'", "columns.lat_deg", "missing"),
        ("[columns]\nmmsi = 'a'\n[time]\ncolumns='t'", "columns.lon_deg", "missing"),
        ("[columns]\nlon_deg='a'\nlat_deg='b'", "time", "missing"),
        ("[columns]\nlon_deg='a'\nlat_deg='b'\n[time]\nformat='auto'", "time.columns", "missing"),
        ("[time]\ncolumns='t'\nformat='iso'", "time.format", "must be one of"),
        ("[time]\ncolumns='t'\nzone='Mars/Base'", "time.zone", "no such time zone"),
        ("[units]\nsog='warp'", "units.sog", "unknown unit"),
        ("[units]\nsogg='kn'", "units.sogg", "did you mean sog"),
        ("[csv]\ndelimiter=',,'", "csv.delimiter", "one character"),
        ("[csv]\ndecimal=':'", "csv.decimal", "must be"),
        ("[csv]\nencoding='hex'", "csv.encoding", "unknown encoding"),
        ("[const]\nsensor='sonar'", "const.sensor", "unknown sensor"),
        ("[const]\nflag='x'", "const.flag", "no such key"),
    ],
)
def test_a_bad_mapping_names_file_key_and_reason(text: str, key: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_mapping(path)
    assert str(path) in str(caught.value) and f"mapping key {key}: " in caught.value.reason
    assert words in caught.value.reason


@pytest.mark.parametrize("data", [b"\xff\xfe", b"= nonsense", None])
def test_a_mapping_that_cannot_be_read(data: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InputError, match="mapping"):
        load_mapping(path)


UNKNOWN = {
    "Time,MMSI,Latitude_degrees,Longitude_degrees,COG_degrees,SOG_knots\n"
    "2022-01-03 00:00:00.218,7,24.5,121.5,10,1.5\n": 1,
    "VE_REF,SI_LATI,SI_LONG,SI_DATE,SI_TIME,SI_SP,SI_HE\n10,24.5,121.5,13/01/2022,00:00:00,1.5,10\n"
    "10,24.6,121.5,30/02/2022,00:00:00,1.5,10\n": 1,
    "Vessel ID;Lat;Long;Timestamp;Speed (km/h)\nA;24,5;121,5;1641168000;2,778\nA;24,6;121,5;1641168060;2,778\n": 2,
    "point_id\ttime\tlat\tlon\tspeed\tcourse\n0\t2022-01-03T00:00:00\t24.5\t121.5\t1.5\t10\n": 1,
}


@pytest.mark.parametrize("text", UNKNOWN)
def test_the_mapping_printed_for_an_unknown_table_reads_it(text: str, tmp_path: Path) -> None:
    got = read(tmp_path / "a", text.encode())
    assert len(got.errors) == 1 and "Columns found:" in got.errors[0].reason
    mapping = got.errors[0].reason.partition("--mapping FILE.toml):\n\n")[2]
    again = read(tmp_path / "b", text.encode(), mapping)
    assert again.errors == [] and len(again.reports) == UNKNOWN[text]
    assert again.reports.lon_e7[0] == 1_215_000_000 and again.reports.sog_mkn[0] == 1500
    assert again.reports.t_us[0] // 10**12 in (1641, 1642)


def test_a_suggestion_survives_hostile_names(tmp_path: Path) -> None:
    names = ['lon "x"', "lat\\", "t\x7fime", "mmsi\u202e"]
    path = tmp_path / "m.toml"
    path.write_text(suggest_mapping(names, [], ",", "f").replace('"?"', '"time"'), encoding="utf-8")
    load_mapping(path)


def catcher(**members: object) -> str:
    base = {"class": "AIS", "device": "AIS-catcher", "rxtime": "20220103000000", "scaled": True, "channel": "B"}
    return json.dumps(base | members)


def test_ais_catcher_lines(tmp_path: Path) -> None:
    lines = [
        catcher(type=3, mmsi=416000001, status=5, speed=0.5, lon=121.5, lat=24.5, course=39.0, heading=252,
                station_id=7),
        catcher(type=18, mmsi=416000002, speed=102.3, lon=181.0, lat=91.0, course=360.0, heading=511),
        catcher(type=5, mmsi=416000001, imo=9703411, callsign="BABC", shipname="SEA LION", shiptype=70, to_bow=100,
                to_stern=80, to_port=12, to_starboard=20, draught=10.2, rxuxtime=1641168001.5),
        catcher(type=8, mmsi=2190064, lon=1.0, lat=2.0),
        "{broken",
        catcher(type=1, mmsi=416000003, lon=121.5, lat=24.5, scaled=False),
    ]  # fmt: skip
    got = read(tmp_path / "in", {"x.json": "\n".join(lines).encode()})
    assert got.errors == [] and got.inputs[0].kind == "aiscatcher"
    (row,) = content(got.reports, got.pools)
    assert row == (
        T0, 416000001, None, 1_215_000_000, 245_000_000, 500, 3900, 25200, 5, 3, SENSORS.index("ais_a"), Static(),
        ("7",), ("aiscatcher",),
    )  # fmt: skip
    assert T_SRCS[got.reports.t_src[0]] == "receiver"
    assert sorted((r.line, r.reason) for r in got.rejects) == [(5, "bad_json"), (6, "unscaled_json")]
    assert got.ledger.as_summary()["without_position"] == 3
    assert got.statics.t_us.tolist() == [T0 + 1_500_000]
    assert got.pools.statics[got.statics.static[0]] == Static(9703411, "BABC", "SEA LION", 70, 1800, 320, 102)


def stream(kind: str, **body: object) -> str:
    meta = {"MMSI": 416000001, "ShipName": "SEA LION   ", "latitude": 1.0, "longitude": 2.0,
            "time_utc": "2022-01-03 00:00:00.5 +0000 UTC"}  # fmt: skip
    return json.dumps(
        {"Message": {kind: {"UserID": 416000001, "Valid": True} | body}, "MessageType": kind, "MetaData": meta}
    )


def test_aisstream_lines(tmp_path: Path) -> None:
    lines = [
        stream("PositionReport", MessageID=1, Latitude=24.5, Longitude=121.5, Sog=10.5, Cog=171.5, TrueHeading=511,
               NavigationalStatus=15),
        stream("ShipStaticData", MessageID=5, ImoNumber=9703411, CallSign="BABC", Name="SEA LION", Type=70,
               MaximumStaticDraught=10.2, Dimension={"A": 100, "B": 80, "C": 12, "D": 20}),
        stream("StaticDataReport", MessageID=24, ReportA={"Valid": False, "Name": ""},
               ReportB={"Valid": True, "CallSign": "XPI", "ShipType": 37,
                        "Dimension": {"A": 5, "B": 5, "C": 2, "D": 2}}),
        stream("PositionReport", MessageID=1, Latitude=24.5, Longitude=121.5, Valid=False),
        '{"Message": 3, "MetaData": {}}',
    ]  # fmt: skip
    got = read(tmp_path / "in", {"x": "\n".join(lines).encode()})
    assert got.inputs[0].kind == "aisstream" and got.errors == []
    (row,) = content(got.reports, got.pools)
    assert row[:2] == (T0 + 500_000, 416000001)
    assert row[3:12] == (
        1_215_000_000, 245_000_000, 10500, 17150, -1, -1, 1, SENSORS.index("ais_a"), Static(name="SEA LION"),
    )  # fmt: skip
    assert [r.reason for r in got.rejects] == ["bad_json", "invalid_message"] or [r.reason for r in got.rejects] == [
        "invalid_message", "bad_json",
    ]  # fmt: skip
    known = {got.pools.statics[c] for c in got.statics.static}
    assert known == {
        Static(9703411, "BABC", "SEA LION", 70, 1800, 320, 102),
        Static(None, "XPI", None, 37, 100, 40, None),
    }


def test_parquet_with_the_report_columns(tmp_path: Path) -> None:
    when = pl.Series(["2022-01-03T00:00:00", "2022-01-03T00:00:01"]).str.to_datetime(time_unit="ms")
    frame = pl.DataFrame(
        {
            "t_event": when.dt.replace_time_zone("UTC"),
            "lon_deg": [121.5, 300.0],
            "lat_deg": [24.5, 24.5],
            "mmsi": [416000001, 7],
            "sog_kn": [10.5, None],
            "name": pl.Series(["SEA LION", None], dtype=pl.Categorical),
            "stations": [["b", "a"], []],
            "sensor": ["ais_b", "radar"],
        }
    )
    path = tmp_path / "p.parquet"
    frame.write_parquet(path)
    got = read(tmp_path / "in", {"p": path.read_bytes()})
    (row,) = content(got.reports, got.pools)
    assert row[:6] == (T0, 416000001, None, 1_215_000_000, 245_000_000, 10500)
    assert row[11:] == (Static(name="SEA LION"), ("a", "b"), ("reports",)) and row[10] == SENSORS.index("ais_b")
    assert [(r.line, r.reason) for r in got.rejects] == [(2, "position_out_of_world")]
    assert json.loads(got.rejects[0].raw)["mmsi"] == 7


def test_parquet_with_other_columns_prints_a_mapping_that_works(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    pl.DataFrame({"time": [1641168000], "longitude": [121.5], "latitude": [24.5], "MMSI": [7]}).write_parquet(path)
    got = read(tmp_path / "a", {"p": path.read_bytes()})
    mapping = got.errors[0].reason.partition("--mapping FILE.toml):\n\n")[2]
    again = read(tmp_path / "b", {"p": path.read_bytes()}, mapping)
    assert again.errors == [] and again.reports.t_us.tolist() == [T0] and again.reports.mmsi.tolist() == [7]


def test_broken_parquet(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    pl.DataFrame({"t_event": [1], "lon_deg": [121.5], "lat_deg": [24.5]}).write_parquet(path)
    for cut in (8, len(path.read_bytes()) - 20):
        got = read(tmp_path / f"in{cut}", {"p": path.read_bytes()[:cut]})
        assert len(got.errors) == 1 and "Parquet" in got.errors[0].reason


def test_two_feeds_of_one_report_are_one_report_of_two_feeds(tmp_path: Path) -> None:
    row = "2022-01-03T00:00:00,416000001,121.5,24.5,10.5,171.5"
    with_feed = PLAIN_MAPPING.replace("[time]", 'feed = "f"\n[time]')
    data = plain(row + ",north", row + ",south", row + ",north").replace(b"sog,cog", b"sog,cog,f")
    got = read(tmp_path / "in", data, with_feed)
    (only,) = content(got.reports, got.pools)
    assert only[13] == ("north", "south") and got.reports.line.tolist() == [2]
    assert got.ledger.as_summary()["duplicates"] == 2


def test_swapped_columns_raise_a_question(tmp_path: Path) -> None:
    rows = [f"2022-01-03T00:00:00,{k},{24 + k / 100},{122 + k / 100},1,10" for k in range(50)]
    got = read(tmp_path / "in", plain(*rows), PLAIN_MAPPING)
    assert any("taken for one another" in w for w in got.warnings), got.warnings
    right = [f"2022-01-03T00:00:00,{k},{122 + k / 100},{24 + k / 100},1,10" for k in range(50)]
    assert read(tmp_path / "b", plain(*right), PLAIN_MAPPING).warnings == []


def test_order_of_inputs_and_rows_does_not_matter(tmp_path: Path) -> None:
    rows = [mc_row(MMSI=str(k % 7), LON=f"121.{k % 11}", VesselName=f"N{k % 5}") for k in range(60)]
    one_way = read(tmp_path / "a", {"x.csv": mc(*rows[:30]), "y.csv": mc(*rows[30:])})
    other = read(tmp_path / "b", {"y.csv": mc(*reversed(rows[30:])), "x.csv": mc(*reversed(rows[:30]))})
    assert content(one_way.reports, one_way.pools) == content(other.reports, other.pools)


def test_a_list_makes_a_column_optional_but_not_position_or_identity(tmp_path: Path) -> None:
    data = plain("2022-01-03T00:00:00,7,121.5,24.5,1,10")
    lax = PLAIN_MAPPING.replace('sog_kn = "sog"', 'sog_kn = ["speed"]')
    assert one(read(tmp_path / "a", data, lax))["sog_mkn"] == -1
    for strict in (PLAIN_MAPPING.replace('"sog"', '"speed"'), PLAIN_MAPPING.replace('"mmsi"', '["ssvid"]')):
        got = read(tmp_path / "b", data, strict)
        assert len(got.errors) == 1 and "no column" in got.errors[0].reason
