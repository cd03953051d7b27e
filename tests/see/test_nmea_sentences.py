"""One sentence at a time: what is a message, what is a reject and for which reason, what time and station it has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nmea_lines import POSITION, checksum, read, sentence, tagged, two

from beaconline.foundation.records.report import SENSORS, T_SRCS
from beaconline.foundation.records.times import NO_TIME, parse_us
from beaconline.see.sources.nmea import NmeaOptions, looks_like_nmea
from beaconline.see.sources.nmea_blocks import MAX_RAW_BYTES
from beaconline.see.sources.nmea_fields import MAX_LINE_BYTES, MAX_PAYLOAD_CHARS

GOOD = sentence(POSITION)
STAMP = 1_418_169_601
TIMED = tagged(GOOD, f"c:{STAMP}")


def one(line: bytes) -> tuple[int, str, str | None]:
    """(t_us, t_src, station) of the one report of a line."""
    got = read(line + b"\n")
    assert len(got.reports) == 1, got.reasons
    stations = got.pools.stations[int(got.reports.stations[0])]
    return int(got.reports.t_us[0]), T_SRCS[int(got.reports.t_src[0])], stations[0] if stations else None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (GOOD[:-2] + b"00", "bad_checksum"),
        (GOOD[:-1], "bad_checksum"),
        (GOOD[:-3], "no_checksum"),
        (GOOD[:-1] + b"b", "bad_checksum"),
        (sentence(""), "empty_payload"),
        (sentence("13F?Vv7X"), "bad_payload"),
        (sentence("13F?Vv7 "), "bad_payload"),
        (sentence(POSITION, count=0), "bad_field:count"),
        (sentence(POSITION, count=12), "bad_field:count"),
        (sentence(POSITION, part=2), "bad_field:part"),
        (sentence(POSITION, part=0), "bad_field:part"),
        (sentence(POSITION, seq="x"), "bad_field:sequence"),
        (sentence(POSITION, seq="123"), "bad_field:sequence"),
        (sentence(POSITION, channel="AB"), "bad_field:channel"),
        (sentence(POSITION, channel="-"), "bad_field:channel"),
        (sentence(POSITION, fill=6), "bad_field:fill_bits"),
        (sentence(POSITION + ",0"), "bad_field_count"),
        (b"!AIVDM,1,1*" + checksum("AIVDM,1,1").encode(), "bad_field_count"),
        (sentence("0" * (MAX_PAYLOAD_CHARS + 1)), "payload_too_long"),
        (GOOD[1:], "no_start"),
        (b"$" + GOOD[1:], "no_start"),
        (GOOD + b"x", "bad_suffix"),
        (b"a wall of text " + GOOD, "bad_prefix"),
        (b"12345678 " + GOOD, "bad_prefix"),
        (b"123456789a " + GOOD, "bad_prefix"),
        (tagged(GOOD, "c:1418169601").replace(b"c:14", b"c:15"), "bad_tag_checksum"),
        (b"\\c:1418169601\\" + GOOD, "bad_tag_checksum"),
        (b"\\c:1418169601*55" + GOOD, "bad_tag_checksum"),
        (b"$PGHP,1,2008,13,9,0,0,0,10,338,2,,1,09*" + checksum("PGHP,1,2008,13,9,0,0,0,10,338,2,,1,09").encode(),
         "bad_field:pghp"),
        (b"$PGHP,1,2008,5,9,0,0,0,10,338,2,,1,09*00", "bad_checksum"),
    ],
)  # fmt: skip
def test_line_rejects(line: bytes, reason: str) -> None:
    got = read(line + b"\r\n" + TIMED + b"\n")
    assert got.reasons == {reason: 1}
    assert got.counts["line_rejects"] == 1 and len(got.reports) == 1
    assert got.rejects[0].raw == line and got.rejects[0].line == 1 and got.rejects[0].source == "log"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"   ",
        b"# a comment with " + GOOD,
        b"$GPRMC,213950.00,A*7D",
        b"!AITXT,1,1,01,x*00",
        b"some words",
        b"\xff\xfe",
    ],
)
def test_not_ais(line: bytes) -> None:
    got = read(line + b"\n" + TIMED)
    assert got.counts["not_ais"] == 1 and got.reasons == {} and len(got.reports) == 1


def test_limits_at_their_edge() -> None:
    assert read(sentence("0" * MAX_PAYLOAD_CHARS)).reasons == {"unknown_type": 1}
    assert read(b"#" * MAX_LINE_BYTES + b"\n" + TIMED).reasons == {}
    for end in (b"\n", b""):
        got = read(b"#" * (MAX_LINE_BYTES + 1) + end + (TIMED if end else b""))
        assert got.reasons == {"too_long": 1}
        assert got.rejects[0].raw == b"#" * MAX_RAW_BYTES
        assert str(MAX_LINE_BYTES + 1) in got.rejects[0].detail
        assert len(got.reports) == (1 if end else 0)


@pytest.mark.parametrize("step", [1 << 12, 1 << 16, 999_983])
def test_a_line_without_end_is_not_held(step: int) -> None:
    """Ten megabytes without a line end, in pieces; what follows is read, and the numbers of lines are right."""
    data = GOOD + b"\n" + b"x" * 10_000_000 + b"\n" + TIMED + b"\n"
    got = read(data[i : i + step] for i in range(0, len(data), step))
    assert got.reasons == {"no_time": 1, "too_long": 1}
    assert [(r.reason, r.line) for r in got.rejects if r.reason == "too_long"] == [("too_long", 2)]
    assert "10000000 bytes" in got.rejects[-1].detail
    assert got.reports.line.tolist() == [3]


@pytest.mark.parametrize(
    ("line", "t_us", "src", "station"),
    [
        (tagged(GOOD, f"c:{STAMP}"), STAMP * 10**6, "tag_block", None),
        (tagged(GOOD, f"c:{STAMP}123"), STAMP * 10**6 + 123_000, "tag_block", None),
        (tagged(GOOD, f"g:1-1-77,s:rSTA_1,c:{STAMP},T:2014-12-10 00.00.01"), STAMP * 10**6, "tag_block", "rSTA_1"),
        (tagged(tagged(GOOD, f"c:{STAMP}"), "s:two"), STAMP * 10**6, "tag_block", "two"),
        (GOOD + b",b2003669980,1272412825", 1_272_412_825_000_000, "receiver", "b2003669980"),
        (GOOD + b",d-109,S2105,t050056.00,T56.13718694,r003669946,1325394060,1325394001", 1_325_394_060_000_000,
         "receiver", "r003669946"),
        (GOOD + b",s36310,d-081,T59.01777335,x147521,r08TPHI1,1242958962", 1_242_958_962_000_000, "receiver",
         "r08TPHI1"),
        (b"1272412825 " + GOOD, 1_272_412_825_000_000, "prefix", None),
        (b"1272412825123," + GOOD, 1_272_412_825_123_000, "prefix", None),
        (b"1272412825.5\t" + GOOD, 1_272_412_825_500_000, "prefix", None),
        (b"2016-01-12T13:02:11Z," + GOOD, parse_us("2016-01-12T13:02:11Z"), "prefix", None),
        (b"2016-01-12 13:02:11.25 " + GOOD, parse_us("2016-01-12T13:02:11.25Z"), "prefix", None),
        (b"2016-01-12T13:02:11+02:00 " + GOOD, parse_us("2016-01-12T11:02:11Z"), "prefix", None),
        (b"[2016/01/12 13:02:11] " + GOOD, parse_us("2016-01-12T13:02:11Z"), "prefix", None),
        (b"2016-01-12T13:02:11Z station 5 " + GOOD, parse_us("2016-01-12T13:02:11Z"), "prefix", None),
        (b"20231114222320 " + GOOD, parse_us("2023-11-14T22:23:20Z"), "prefix", None),
        (b"20231114222320.25," + GOOD, parse_us("2023-11-14T22:23:20.25Z"), "prefix", None),
        (tagged(GOOD, "c:20231114222320"), parse_us("2023-11-14T22:23:20Z"), "tag_block", None),
        (b"1272412825123456 " + GOOD, 1_272_412_825_123_456, "prefix", None),
        (b"002190047 1272412825 " + GOOD, 1_272_412_825_000_000, "prefix", None),
        (b"231114222320 1272412825 " + GOOD, 1_272_412_825_000_000, "prefix", None),
        (GOOD + b",002190047,1700000000", 1_700_000_000_000_000, "receiver", None),
        (GOOD + b",123456789,1700000000", 1_700_000_000_000_000, "receiver", None),
        (GOOD + b",412345678,r1,1700000000,1700000009", 1_700_000_000_000_000, "receiver", "r1"),
        (GOOD + b",9999999999,1700000000", 1_700_000_000_000_000, "receiver", None),
        (tagged(GOOD, "c:315532800"), 315_532_800_000_000, "tag_block", None),
        (tagged(GOOD, "c:4102444799"), 4_102_444_799_000_000, "tag_block", None),
        (tagged(GOOD, "c:4102444799999"), 4_102_444_799_999_000, "tag_block", None),
        (tagged(GOOD, "c:4102444799999999"), 4_102_444_799_999_999, "tag_block", None),
        (b"1272412825 " + tagged(GOOD, f"c:{STAMP}"), STAMP * 10**6, "tag_block", None),
        (b"1272412825 " + GOOD + b",rX,1272412000", 1_272_412_000_000_000, "receiver", "rX"),
        (tagged(GOOD, f"c:{STAMP}") + b",rX,1272412000", STAMP * 10**6, "tag_block", "rX"),
    ],
)  # fmt: skip
def test_times_and_stations(line: bytes, t_us: int, src: str, station: str | None) -> None:
    assert one(line) == (t_us, src, station)


@pytest.mark.parametrize(
    "line",
    [
        b"231114222320 " + GOOD,
        b"991231235959 " + GOOD,
        b"20231314222320 " + GOOD,
        b"19791231235959 " + GOOD,
        b"21000101000000 " + GOOD,
        b"20231114222320123 " + GOOD,
        b"315532799 " + GOOD,
        b"4102444800 " + GOOD,
        b"4102444800000 " + GOOD,
        b"4102444800000000 " + GOOD,
        b"123456789 " + GOOD,
        GOOD + b",002190047",
        GOOD + b",412345678",
        GOOD + b",231114222320",
        tagged(GOOD, "c:315532799"),
        tagged(GOOD, "c:4102444800"),
        tagged(GOOD, "c:231114222320"),
        tagged(GOOD, "c:991231235959"),
        tagged(GOOD, "c:0"),
    ],
)
def test_numbers_that_are_no_time(line: bytes) -> None:
    """The sentence stands, without a time; a time that the user tells is taken."""
    assert read(line + b"\n").reasons == {"no_time": 1}
    got = read(line, NmeaOptions(received=(STAMP * 10**6, None)))
    assert got.reports.t_us.tolist() == [STAMP * 10**6] and T_SRCS[got.reports.t_src[0]] == "told"


@pytest.mark.parametrize("inside", ["c:abc", "c:", "c:12345678901234567", "g:x", "s:", ":", "c"])
def test_odd_tag_fields_are_left_alone(inside: str) -> None:
    got = read(tagged(GOOD, inside) + b"\n")
    assert got.reasons == {"no_time": 1}


def pghp(rest: str) -> bytes:
    return f"$PGHP,{rest}*{checksum('PGHP,' + rest)}".encode()


def test_pghp_gives_time_and_station_to_the_next_sentence_alone() -> None:
    mark = GOOD[-2:].decode()
    head = pghp(f"1,2008,5,9,0,0,0,10,338,2,,1,{mark}")
    got = read(head + b"\n" + GOOD + b"\n" + GOOD + b"\n")
    assert got.reports.t_us.tolist() == [parse_us("2008-05-09T00:00:00.01Z")]
    assert got.pools.stations[int(got.reports.stations[0])] == ("338-2",)
    assert got.counts["not_ais"] == 1 and got.reasons == {"no_time": 1}
    # It names another sentence's checksum, or another sentence stands between: no time.
    other = pghp("1,2008,5,9,0,0,0,10,338,2,,1,00")
    assert read(other + b"\n" + GOOD).reasons == {"no_time": 1}
    assert read(head + b"\n$GPGLL,x\n" + GOOD).reasons == {"no_time": 1}
    assert len(read(head + b"\r\r\n\r\n" + GOOD).reports) == 1


def test_pghp_reaches_over_the_end_of_a_block() -> None:
    head = pghp("1,2008,5,9,0,0,0,10,338,2,,1,")
    for cut in range(len(head) + len(GOOD)):
        data = head + b"\n" + GOOD + b"\n"
        got = read([data[:cut], data[cut:]], NmeaOptions(block_bytes=1))
        assert len(got.reports) == 1, cut


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\n\r", b""])
def test_any_line_end_and_none(end: bytes) -> None:
    got = read(end.join([TIMED, GOOD + b",rX,1272412000", TIMED, b"$GPGLL,x*00", TIMED]))
    assert len(got.reports) == 4 and got.reasons == {}
    if end in (b"\n", b"\r\n", b"\r"):
        assert got.reports.line.tolist() == [1, 2, 3, 5]
        assert got.counts["lines"] == 5


def test_a_cut_sentence_does_not_hide_the_one_glued_to_it() -> None:
    got = read(GOOD[:20] + TIMED + b"\n" + GOOD[:-1] + TIMED)
    assert len(got.reports) == 2 and got.reasons == {"no_checksum": 1, "bad_checksum": 1}


def test_datagram_ends_are_line_ends() -> None:
    parts = [TIMED, b"!AIVDM,1,1,,A,13F", b"1272412825 " + GOOD, b"", TIMED + b"\r\n"]
    got = read(parts, NmeaOptions(datagrams=True))
    assert len(got.reports) == 3 and got.reasons == {"no_checksum": 1}
    assert got.reports.line.tolist() == [1, 3, 4]


def test_byte_order_mark_is_passed_over() -> None:
    assert len(read(b"\xef\xbb\xbf" + TIMED).reports) == 1
    assert read(b"\xef\xbb\xbf").counts["lines"] == 0


def test_told_times() -> None:
    log = GOOD + b"\n# words\n" + GOOD + b"\n" + TIMED + b"\n"
    got = read(log, NmeaOptions(received=(1_000_000_000_000_000, 4.0)))
    assert got.reports.t_us.tolist() == [1_000_000_000_000_000, 1_000_000_000_500_000, STAMP * 10**6]
    assert [T_SRCS[i] for i in got.reports.t_src] == ["told", "told", "tag_block"]
    assert got.reports.t_received_us.tolist() == [NO_TIME, NO_TIME, STAMP * 10**6]


def test_hostile_station_is_data() -> None:
    nasty = "</script><b>\x1b[31m=1+1"
    _, _, station = one(tagged(GOOD, f"s:{nasty},c:{STAMP}"))
    assert station == nasty
    assert one(tagged(GOOD, f"c:{STAMP},s:é".replace("é", "\xe9")))[2] == "é"


def test_columns_of_a_position() -> None:
    got = read(TIMED)
    r = got.reports
    assert (r.mmsi[0], r.lon_e7[0], r.lat_e7[0]) == (224651000, -1618826500, -52779167)
    assert (r.sog_mkn[0], r.cog_cdeg[0], r.heading_cdeg[0], r.nav_status[0]) == (1200, 22460, 15500, 7)
    assert SENSORS[r.sensor[0]] == "ais_a" and r.msg_type[0] == 1 and r.line[0] == 1
    assert got.pools.sources[r.source[0]] == "log"


def test_looks_like_nmea() -> None:
    tag = tagged(GOOD, "c:1418169601")
    for head in (GOOD, b"# x\n\n" + GOOD, tag, b"2016-01-12T13:02:11Z," + GOOD, b"w5oP06,0*14\n" + GOOD,
                 b"$GPGGA,x*00\n", b"$PGHP,1,2008\n", b"\xef\xbb\xbf" + GOOD, b"!BSVDO,1,1,,A,"):  # fmt: skip
        assert looks_like_nmea(head), head
    for head in (b"", b"MMSI,BaseDateTime,LAT,LON\n1,2,3,4\n", b'{"nmea":"!AIVDM,1,1,,A,13F"}', b"\x00\x01\xff" * 50,
                 b"# only words\n", b"[1,2]", b'a,b\n1,"!AIVDM,1,1,,A,x"\n', b"1" * 100_000):  # fmt: skip
        assert not looks_like_nmea(head), head


@given(
    st.lists(
        st.one_of(st.binary(max_size=80), st.sampled_from([GOOD, TIMED, *two(), b"\\", b"\n", b"\r", b"*", b"$PGHP,"]))
    )
)
def test_random_bytes_never_raise_and_balance(pieces: list[bytes]) -> None:
    read(b"".join(pieces))


@given(
    st.lists(
        st.sampled_from(
            [GOOD, TIMED, *two(), *two("7", "B"), b"\n", b"\r", b"\r\n", pghp("1,2008,5,9,0,0,0,10,338,2,,1,"), b"# x"]
        ),
        max_size=25,
    ),
    st.lists(st.integers(1, 200), min_size=1, max_size=30),
    st.sampled_from([1, 100, 1 << 22]),
)
def test_any_chunking_gives_the_same(pieces: list[bytes], sizes: list[int], block: int) -> None:
    data = b"".join(pieces)
    whole = read(data)
    cuts = np.cumsum(sizes).tolist()
    chunks = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    got = read(chunks, NmeaOptions(block_bytes=block))
    assert got.counts == whole.counts
    assert sorted((r.line, r.reason, r.raw) for r in got.rejects) == sorted(
        (r.line, r.reason, r.raw) for r in whole.rejects
    )
    assert sorted(got.reports.line.tolist()) == sorted(whole.reports.line.tolist())
    assert sorted(zip(got.reports.t_us.tolist(), got.reports.lon_e7.tolist(), strict=True)) == sorted(
        zip(whole.reports.t_us.tolist(), whole.reports.lon_e7.tolist(), strict=True)
    )
    assert sorted(got.statics.line.tolist()) == sorted(whole.statics.line.tolist())
