"""Bad input: a clear message with file, line and reason; what is good beside it is still read."""

from __future__ import annotations

import bz2
import io
import zipfile
from pathlib import Path

import pytest
from reading import DMA_HEADER, MC_HEADER, PLAIN_MAPPING, mc, mc_row, plain, read

GOOD = mc(mc_row(MMSI="416000009"))


def only_error(folder: Path, data: bytes, mapping: str | None = None) -> tuple[int | None, str]:
    got = read(folder / "in", {"bad.csv": data, "good.csv": GOOD}, mapping)
    assert len(got.errors) == 1, got.errors
    error = got.errors[0]
    assert error.source.endswith("bad.csv") and str(error).startswith(error.source)
    assert 416000009 in got.reports.mmsi.tolist(), "the good input beside it is read"
    return error.line, error.reason


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        pack.writestr("x.csv", GOOD)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"\n \r\n\n", "blank lines only"),
        (bytes(range(256)) * 20, "a binary file"),
        (b"\x01\x02\x03\x04abc" * 900, "a binary file"),
        (archive(), "a ZIP archive"),
        (bz2.compress(GOOD), "bzip2"),
        (GOOD.decode().encode("utf-16"), 'UTF-16 (little endian): set encoding = "utf-16"'),
        (b"\xfe\xff" + GOOD.decode().encode("utf-16-be"), "UTF-16 (big endian)"),
        (GOOD.decode().encode("utf-16-le"), 'encoding = "utf-16-le"'),
        (GOOD.decode().encode("utf-32"), "UTF-32"),
        (GOOD.replace(b",", b";"), "parted by ';'"),
        ((MC_HEADER + "\n").encode(), "only a header, no rows"),
        (b"x" * 10_000_000, "the first line is longer than"),
        (b"[1, 2]\n", "a JSON array"),
        (b'{"a": 1, "b": 2, "c": 3, "d": 4}\n', "JSON lines of an unknown kind"),
        (b"1,2,3\n4,5,6\n", "no header"),
        (b"only\none\ncolumn\n", "one field only"),
        (GOOD.replace(b"LAT", b"LATITUDE_X"), "an unknown table"),
    ],
)
def test_what_is_no_input_says_so(data: bytes, words: str, tmp_path: Path) -> None:
    line, reason = only_error(tmp_path, data)
    assert words in reason
    assert line is None or line == 1


def test_a_ten_megabyte_line_is_one_reject(tmp_path: Path) -> None:
    got = read(tmp_path / "in", mc(mc_row(), "x" * 10_000_000, mc_row(MMSI="7")))
    assert [(r.line, r.reason, len(r.raw)) for r in got.rejects] == [(3, "row_too_long", 4096)]
    assert sorted(got.reports.mmsi.tolist()) == [7, 416000001] and got.errors == []
    assert got.reports.line.tolist() == [4, 2] or got.reports.line.tolist() == [2, 4]


def test_ragged_and_odd_rows_are_rejects_with_line_and_raw(tmp_path: Path) -> None:
    bad = [
        ("1,2", "too_few_fields"),
        (mc_row() + ",extra", "too_many_fields"),
        (mc_row(VesselName="A\0B"), "nul_byte"),
        (mc_row(VesselName='"A"B'), "bad_quoting"),
        (mc_row(LAT="24..5"), "bad_number:lat_deg"),
        (mc_row(SOG="fast"), "bad_number:sog_kn"),
        (mc_row(Length="long"), "bad_number:length_m"),
        (mc_row(BaseDateTime="yesterday"), "bad_time"),
        (mc_row(BaseDateTime=""), "no_time"),
        (mc_row(MMSI="1072211352"), "bad_mmsi"),
        (mc_row(LON="200"), "position_out_of_world"),
        (mc_row(VesselName='"never closed'), "unclosed_quote"),
    ]
    good = [mc_row(MMSI=str(k)) for k in range(20)]
    rows = [*good[:5], *(row for row, _ in bad), *good[5:]]
    got = read(tmp_path / "in", mc(*rows))
    assert sorted((r.line, r.reason, r.raw.decode()) for r in got.rejects) == [
        (7 + k, reason, row) for k, (row, reason) in enumerate(bad)
    ]
    assert sorted(got.reports.mmsi.tolist()) == list(range(20))
    assert sorted(got.reports.line.tolist()) == [*range(2, 7), *range(7 + len(bad), 22 + len(bad))]


def test_lines_count_through_quoted_line_ends(tmp_path: Path) -> None:
    rows = [
        mc_row(VesselName='"TWO\nLINES"'),
        mc_row(MMSI="7"),
        mc_row(MMSI="x"),
        mc_row(VesselName='"SAY ""HI"", NOW"'),
    ]
    got = read(tmp_path / "in", mc(*rows))
    assert [r.line for r in got.rejects] == [5]
    names = {int(got.reports.line[k]): got.pools.statics[got.reports.static[k]].name for k in range(3)}
    assert names == {2: "TWO\nLINES", 4: "SEA LION", 6: 'SAY "HI", NOW'}


def test_decimal_commas_without_a_word_are_refused_and_with_it_read(tmp_path: Path) -> None:
    data = b"t;mmsi;lon;lat;sog;cog\n2022-01-03T00:00:00;7;121,5;24,5;1,5;10,0\n"
    mapping = PLAIN_MAPPING + '[csv]\ndelimiter = ";"\n'
    line, reason = only_error(tmp_path / "a", data, mapping) if (tmp_path / "a").mkdir() is None else (0, "")
    assert line == 2 and 'set decimal = ","' in reason
    got = read(tmp_path / "b", data, mapping + 'decimal = ","\n')
    assert (got.reports.lon_e7[0], got.reports.sog_mkn[0], got.errors) == (1_215_000_000, 1500, [])


def test_decimal_commas_in_a_comma_table_break_its_rows(tmp_path: Path) -> None:
    line, reason = only_error(tmp_path, plain("2022-01-03T00:00:00,7,121,5,24,5,1,5,10,0"), PLAIN_MAPPING)
    assert line == 2 and "decimal commas" in reason and "the header 6" in reason


def test_a_wrong_delimiter_in_a_mapping_names_the_right_one(tmp_path: Path) -> None:
    data = plain("2022-01-03T00:00:00,7,121.5,24.5,1.5,10").replace(b",", b"\t")
    line, reason = only_error(tmp_path, data, PLAIN_MAPPING)
    assert line == 1 and "no column 'lon'" in reason and 'delimiter = "\\t"' in reason


def test_a_missing_column_names_what_is_there(tmp_path: Path) -> None:
    _, reason = only_error(tmp_path, plain("x").replace(b"lon", b"longitude"), PLAIN_MAPPING)
    assert "no column 'lon' for lon_deg" in reason and "'longitude'" in reason


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    _, reason = only_error(tmp_path, plain("x").replace(b"sog", b"lon"), PLAIN_MAPPING)
    assert "2 times" in reason


def test_utf16_is_read_when_the_mapping_says_so(tmp_path: Path) -> None:
    data = plain("2022-01-03T00:00:00,7,121.5,24.5,1.5,10").decode().encode("utf-16")
    got = read(tmp_path / "in", data, PLAIN_MAPPING + '[csv]\nencoding = "utf-16"\n')
    assert got.errors == [] and got.reports.mmsi.tolist() == [7] and got.reports.line.tolist() == [2]
    known = read(tmp_path / "known", GOOD.decode().encode("utf-16"), '[csv]\nencoding = "utf-16"\n')
    assert known.reports.mmsi.tolist() == [416000009] and known.inputs[0].kind == "marinecadastre"


SENTENCE = "!AIVDM,1,1,,A,13F?Vv700<DJuLEtvep`iToV0<00,0*58\n" * 5
OBJECT = '{"class": "AIS", "mmsi": 1, "type": 1, "rxuxtime": 1641168000, "lat": 1, "lon": 2}\n' * 5


@pytest.mark.parametrize("text", [SENTENCE, OBJECT], ids=["nmea", "json"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_nmea_and_json_of_another_encoding_are_to_be_converted(text: str, encoding: str, tmp_path: Path) -> None:
    for mapping in (None, f'[csv]\nencoding = "{encoding}"\n'):
        data = text.encode(encoding)
        got = read(tmp_path / "in", {"x": data}, mapping)
        reason = got.errors[0].reason
        assert f"convert it to UTF-8 first (iconv -f {encoding.upper()} -t UTF-8" in reason and "mapping" not in reason


def test_an_encoding_of_a_mapping_does_not_hide_sentences(tmp_path: Path) -> None:
    got = read(tmp_path / "in", {"x": SENTENCE.encode()}, '[csv]\nencoding = "cp1252"\n')
    assert got.errors == [] and got.inputs[0].kind == "nmea"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (MC_HEADER.replace("LAT,", ""), "looks like MarineCadastre, column LAT is missing: an unknown table"),
        (MC_HEADER.replace("BaseDateTime,", ""), "looks like MarineCadastre, column BaseDateTime is missing"),
        (MC_HEADER.replace("LAT,LON,", ""), "looks like MarineCadastre, columns LAT and LON are missing"),
        ("mmsi,base_date_time,longitude,sog", "looks like MarineCadastre, column latitude is missing"),
        (DMA_HEADER.replace("Longitude,", ""), "Danish Maritime Authority, column Longitude is missing"),
        (DMA_HEADER.replace("# Timestamp,", ""), "Danish Maritime Authority, column # Timestamp is missing"),
    ],
)
def test_a_known_table_that_lacks_a_column_names_it(header: str, words: str, tmp_path: Path) -> None:
    row = ",".join("1" for _ in header.split(","))
    line, reason = only_error(tmp_path, f"{header}\n{row}\n".encode())
    assert line == 1 and words in reason and "A mapping to start from" in reason


@pytest.mark.parametrize("header", ["mmsi,timestamp,longitude,latitude,sog", "MMSI;BaseDateTime;LAT;LON", "a,LAT,LON"])
def test_a_table_that_only_shares_names_is_called_unknown_alone(header: str, tmp_path: Path) -> None:
    mark = ";" if ";" in header else ","
    row = mark.join("1" for _ in header.split(mark))
    _, reason = only_error(tmp_path, f"{header}\n{row}\n".encode())
    assert reason.startswith("an unknown table")


@pytest.mark.parametrize("form", ["%Q", "%", "%Y%Y", "epoch_s"])
def test_a_format_that_reads_nothing_is_an_error_of_the_mapping(form: str, tmp_path: Path) -> None:
    mapping = PLAIN_MAPPING.replace('["t"]', '["t", "sog"]') + f'format = "{form}"\n'
    got = read(tmp_path / "in", plain("2022-01-03T00:00:00,7,121.5,24.5,1,2"), mapping)
    assert len(got.errors) == 1 and "mapping key time.format" in str(got.errors[0])


def test_bytes_that_are_no_utf8_lose_the_letter_not_the_row(tmp_path: Path) -> None:
    row = mc_row(VesselName="SMILLA").encode().replace(b"SMILLA", b"SM\xd8RE")
    got = read(tmp_path / "in", mc(mc_row(MMSI="7", VesselName="Ærø")) + row + b"\n")
    names = {got.pools.statics[c].name for c in got.reports.static}
    assert names == {"SM\ufffdRE", "Ærø"} and got.ledger.as_summary()["notes"]["undecodable_bytes"] == 1


def test_a_bad_mapping_stops_before_any_row(tmp_path: Path) -> None:
    got = read(tmp_path / "in", GOOD, "[columns]\nlongitud_deg = 'x'\n")
    assert len(got.errors) == 1 and "columns.longitud_deg" in str(got.errors[0]) and "lon_deg" in str(got.errors[0])
    assert len(got.reports) == 0


@pytest.mark.parametrize("seed", range(30))
def test_noise_is_never_a_traceback(seed: int, tmp_path: Path) -> None:
    import random

    chance = random.Random(seed)
    data = bytearray(mc(*[mc_row(MMSI=str(k)) for k in range(30)]))
    for _ in range(chance.randrange(1, 60)):
        at = chance.randrange(len(data))
        data[at : at + chance.randrange(0, 3)] = bytes(chance.choices(b'",\n\r\0;x9\xff', k=chance.randrange(0, 4)))
    got = read(tmp_path / "in", bytes(data))
    assert got.errors or got.ledger.as_summary()["rows_in"] >= 1


def test_a_table_without_one_good_row_is_refused_and_a_short_one_rejected(tmp_path: Path) -> None:
    rows = [mc_row(BaseDateTime="03/01/2022 00:00")] * 10_000
    line, reason = only_error(tmp_path, mc(*rows))
    assert line == 2 and "all of the first 10000 rows" in reason and "bad_time ('03/01/2022 00:00')" in reason
    got = read(tmp_path / "short", mc(*rows[:-1]))
    assert got.errors == [] and got.ledger.as_summary()["rejects"]["by_reason"] == {"bad_time": 9999}
    assert "9999 of 9999 rows rejected, most for bad_time" in got.warnings[0]
    one_good = read(tmp_path / "good", mc(*rows, mc_row()))
    assert one_good.errors == [] and len(one_good.reports) == 1


def test_more_lines_than_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beaconline.see.sources.tables.MAX_LINE", 3)
    assert read(tmp_path / "a", mc(mc_row(), mc_row(MMSI="1"))).errors == []
    got = read(tmp_path / "b", mc(mc_row(), mc_row(MMSI="1"), mc_row(MMSI="2")))
    assert "more than 3 lines" in got.errors[0].reason
