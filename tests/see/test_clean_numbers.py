"""Cells to integers: fillers become null, rounding, ranges, words."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beaconline.see.clean import fillers
from beaconline.see.clean.mmsi import MMSI_FORMS, mmsi_form, read_mmsi
from beaconline.see.clean.numbers import parse_number, to_float
from beaconline.see.clean.statics import clean_static, clean_text
from beaconline.see.sources.tables import _nav_status


def floats(*values: float | None) -> np.ndarray:
    return np.array([math.nan if v is None else v for v in values], np.float64)


@given(st.lists(st.one_of(st.none(), st.text(max_size=6), st.floats(width=32).map(repr)), max_size=20))
def test_the_column_reader_says_what_the_cell_reader_says(cells: list[str | None]) -> None:
    values, bad = to_float(pl.Series(cells, dtype=pl.String))
    for k, cell in enumerate(cells):
        one = math.nan if cell is None else parse_number(cell)
        assert (bad is not None and bool(bad[k])) == (one is None)
        if one is not None:
            assert values[k] == one or (math.isnan(values[k]) and math.isnan(one))


@pytest.mark.parametrize("word", ["", " ", "NaN", "null", "Unknown", "Unknown value", "UNDEFINED", "@@@", "N/A", "\\N"])
def test_words_that_mean_unknown_are_no_numbers_and_no_errors(word: str) -> None:
    values, bad = to_float(pl.Series([word, "1"]))
    assert math.isnan(values[0]) and bad is None


@pytest.mark.parametrize("word", ["12x", "1,5", "1.2.3", "inf", "-inf", "1_000", "0x10", "١"])
def test_what_is_neither_number_nor_unknown_is_bad(word: str) -> None:
    assert to_float(pl.Series([word, "1"]))[1].tolist() == [True, False]


def test_decimal_commas_are_read_where_told_and_points_then_are_not() -> None:
    values, bad = to_float(pl.Series(["1,5", "-0,25", "3", "1.5"]), ",")
    assert values[:3].tolist() == [1.5, -0.25, 3.0] and bad.tolist() == [False, False, False, True]


def test_position_fillers_and_the_edge_of_the_world() -> None:
    lon = floats(181, 10, None, 180, -180.0000001, 0, 10, 180.00000004)
    lat = floats(91, 91, 5, 90, 0, -90.1, 91.0000001, 0)
    lon_e7, _, unknown, outside = fillers.positions(lon, lat)
    assert unknown.tolist() == [True, True, True, False, False, False, False, False]
    assert outside.tolist() == [False, False, False, False, True, True, True, False]
    assert lon_e7[7] == 1_800_000_000


def test_speed_fillers_wrap_and_limit() -> None:
    knots = floats(0, 102.2, 102.3, 1023, None, -0.1, 12.3456, 1022.5)
    got, odd = fillers.sog_mkn(knots)
    assert got.tolist() == [0, 102200, -1, -1, -1, -1, 12346, -1] and odd == 2
    wrapped, odd = fillers.sog_mkn(floats(-0.1, -51.2, -52), signed_wrap=True)
    assert wrapped.tolist() == [-1, 51200, -1] and odd == 1


def test_course_and_heading_fillers() -> None:
    got, odd = fillers.cog_cdeg(floats(0, 359.99, 359.996, 360, None, 409.5, -10), True)
    assert got.tolist() == [0, 35999, -1, -1, -1, -1, 35000] and odd == 1
    assert fillers.cog_cdeg(floats(360.0, 359.996), False)[0].tolist() == [0, 0]
    assert fillers.cog_cdeg(floats(-49.6, -204.8, -0.1), True, signed_wrap=True)[0].tolist() == [-1, 20480, -1]
    assert fillers.heading_cdeg(floats(511, 0, 360, 400, 12))[0].tolist() == [-1, 0, 0, -1, 1200]


def test_mmsi_reading_and_its_edges() -> None:
    cells = pl.Series(["0", "999999999", "1000000000", "-1", "1.5", "235070762.0", "002241112", "abc", None, "Unknown"])
    got, bad = read_mmsi(cells)
    assert got.tolist() == [0, 999999999, -1, -1, -1, 235070762, 2241112, -1, -1, -1]
    assert bad.tolist() == [False, False, True, True, True, False, False, True, False, False]


@pytest.mark.parametrize(
    ("mmsi", "form"),
    [
        (235070762, "ship"), (775000000, "ship"), (23507076, "ship_group"), (2241112, "coast_station"),
        (111232506, "sar_aircraft"), (112000000, "other"), (992351234, "aton"), (982350001, "auxiliary_craft"),
        (970123456, "sart"), (972123456, "man_overboard"), (974123456, "epirb"), (812345678, "handheld"),
        (0, "other"), (123456789, "other"), (971000000, "other"),
    ],
)  # fmt: skip
def test_mmsi_forms(mmsi: int, form: str) -> None:
    assert MMSI_FORMS[mmsi_form(np.array([mmsi], np.int32))[0]] == form


def test_static_cells() -> None:
    record = clean_static(
        ["IMO9703411", "@@@@", "SEA LION@@@", "70", "180", "0", "10.2", None, None, None, None], ".", 1, 1
    )
    assert record == (9703411, None, "SEA LION", 70, 1800, None, 102)
    assert clean_static(["IMO0000000", "", None, "Cargo", None, None, None, "9", "22", "2", "6"], ".", 1, 1) == (
        None, None, None, 70, 310, 80, None,
    )  # fmt: skip
    assert clean_static(["7", None, None, "1004", "100", None, None, None, None, None, None], ".", 0.3048, 1)[3:5] == (
        70,
        305,
    )
    with pytest.raises(ValueError, match="length_m"):
        clean_static([None, None, None, None, "long", None, None, None, None, None, None], ".", 1, 1)


def test_a_name_keeps_what_it_holds() -> None:
    assert clean_text("  </script>=HYPERLINK(1)  @@") == "</script>=HYPERLINK(1)"
    assert clean_text("A@B") == "A@B"
    assert clean_text("NAN") == "NAN" and clean_text("NaN") is None and clean_text("Unknown") is None


def test_status_by_number_and_word() -> None:
    codes, unknown = _nav_status(pl.Series(["0", "15", "Engaged in fishing", "Unknown value", "dancing", None, "99"]))
    assert codes.tolist() == [0, -1, 7, -1, -1, -1, -1] and unknown == 2
