"""Times: forms, zones, hours that happened twice, and what is no time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beaconline.foundation.records.times import EPOCH, parse_us
from beaconline.see.clean.times import BAD_TIME, LOCAL_TIME, NO_TIME_REASON, parse_time_text, read_times


def one(text: str | None, form: str = "auto", zone: str | None = None) -> tuple[int, int]:
    micros, reason = read_times([pl.Series([text], dtype=pl.String)], form, zone)
    return int(micros[0]), int(reason[0])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2022-01-03T00:00:01", "2022-01-03T00:00:01Z"),
        ("2022-01-03 00:00:01", "2022-01-03T00:00:01Z"),
        ("2022-01-03T00:00:01Z", "2022-01-03T00:00:01Z"),
        ("2022-01-03T00:00:01.25Z", "2022-01-03T00:00:01.25Z"),
        ("2022-01-03T00:00:01.123456789", "2022-01-03T00:00:01.123456Z"),
        ("2022-01-03T08:00:01+08:00", "2022-01-03T00:00:01Z"),
        ("2022-01-03 08:00:01+0800", "2022-01-03T00:00:01Z"),
        ("2022-01-03T00:00", "2022-01-03T00:00:00Z"),
        ("2022/01/03 00:00:01", "2022-01-03T00:00:01Z"),
        ("2022.01.03 00:00:01", "2022-01-03T00:00:01Z"),
        ("20220103T000001Z", "2022-01-03T00:00:01Z"),
        ("20220103000001", "2022-01-03T00:00:01Z"),
        ("2022-01-03", "2022-01-03T00:00:00Z"),
        ("2022-01-03 00:00:01 UTC", "2022-01-03T00:00:01Z"),
        ("2026-04-25 09:47:24.826517079 +0000 UTC", "2026-04-25T09:47:24.826517Z"),
        (" 2022-01-03T00:00:01 ", "2022-01-03T00:00:01Z"),
        ("1800-05-04T13:32:00", "1800-05-04T13:32:00Z"),
        ("1641168001", "2022-01-03T00:00:01Z"),
        ("1641168001.5", "2022-01-03T00:00:01.5Z"),
        ("1641168001250", "2022-01-03T00:00:01.25Z"),
        ("1641168001250001", "2022-01-03T00:00:01.250001Z"),
        ("1641168001250001999", "2022-01-03T00:00:01.250001Z"),
        ("315532800", "1980-01-01T00:00:00Z"),
        ("4102444799", "2099-12-31T23:59:59Z"),
        ("20220103", "2022-01-03T00:00:00Z"),
    ],
)
def test_auto_reads(text: str, meant: str) -> None:
    assert one(text) == (parse_us(meant), 0)


@pytest.mark.parametrize(
    "text",
    ["2022-02-29T00:00:00", "2022-01-03T24:00:00", "2022-01-03T23:59:60", "03/01/2022 00:00:00", "x", "2022",
     "2022-1-3T0:0:0", "99999", "315532799", "4102444800", "202201030000", "20221303000000",
     "-1641168001", "1641168001_0", "12022-01-03T00:00:00", "2022-01-03T00:00:00+25:00"],
)  # fmt: skip
def test_auto_refuses(text: str) -> None:
    assert one(text)[1] == BAD_TIME


def test_empty_is_no_time() -> None:
    assert one(None)[1] == NO_TIME_REASON and one("  ")[1] == NO_TIME_REASON and one("Unknown")[1] == NO_TIME_REASON


def test_formats_day_first_and_two_columns() -> None:
    assert one("04/05/1800 13:32:00", "%d/%m/%Y %H:%M:%S")[0] == parse_us("1800-05-04T13:32:00Z")
    columns = [pl.Series(["04/05/1800", "29/02/1801", None]), pl.Series([" 2:14:00", "02:14:00", "02:14:00"])]
    micros, reason = read_times(columns, "%d/%m/%Y %H:%M:%S", None)
    assert micros[0] == parse_us("1800-05-04T02:14:00Z")
    assert reason.tolist() == [0, BAD_TIME, NO_TIME_REASON]
    assert one("2022-01-03 03:04:05.250000 PM", "%Y-%m-%d %I:%M:%S.%f %p")[0] == parse_us("2022-01-03T15:04:05.25Z")
    assert one("2022-01-03 05:04:05 +0200", "%Y-%m-%d %H:%M:%S %z")[0] == parse_us("2022-01-03T03:04:05Z")


def test_epochs() -> None:
    for form, scale in (("epoch_s", 1), ("epoch_ms", 1000), ("epoch_us", 1_000_000)):
        assert one(str(1_641_168_001 * scale), form)[0] == 1_641_168_001_000_000
        typed, _ = read_times([pl.Series([1_641_168_001 * scale])], form, None)
        assert int(typed[0]) == 1_641_168_001_000_000
    assert one("1e300", "epoch_s")[1] == BAD_TIME and one("abc", "epoch_s")[1] == BAD_TIME
    assert one("-62135596801", "epoch_s")[1] == BAD_TIME and one("-5364662400", "epoch_s")[1] == 0


@pytest.mark.parametrize("kind", [pl.Int64, pl.Float64, pl.UInt64])
@pytest.mark.parametrize(
    ("number", "meant"),
    [
        (1_641_168_001, "2022-01-03T00:00:01Z"),
        (1_641_168_001_250, "2022-01-03T00:00:01.25Z"),
        (1_641_168_001_250_001, "2022-01-03T00:00:01.250001Z"),
        (1_641_168_001_250_001_000, "2022-01-03T00:00:01.250001Z"),
        (20240101000000, "2024-01-01T00:00:00Z"),
        (20231231235959, "2023-12-31T23:59:59Z"),
        (20240101, "2024-01-01T00:00:00Z"),
        (18000504133200, "1800-05-04T13:32:00Z"),
        (315_532_800, "1980-01-01T00:00:00Z"),
        (4_102_444_799, "2099-12-31T23:59:59Z"),
        (20241301000000, None),  # no such month
        (20230229000000, None),
        (20240101240000, None),
        (202401010000, None),  # YYYYMMDDhhmm, or milliseconds of 1976
        (2401010000_00, None),
        (315_532_799, None),
        (4_102_444_800, None),
        (0, None),
        (86_400, None),
        (99_999_999_999, None),
        (9_000_000_000_000_000_000, None),
    ],
)
def test_a_bare_number_has_one_meaning_or_none(number: int, meant: str | None, kind: pl.DataType) -> None:
    column = pl.Series([1_641_168_001, number, None], dtype=pl.Int64).cast(kind)
    micros, reason = read_times([column], "auto", None)
    assert reason.tolist() == [0, BAD_TIME if meant is None else 0, NO_TIME_REASON]
    if meant is not None:
        assert micros[1] == parse_us(meant)
        assert one(str(number)) == (parse_us(meant), 0), "the text of a number means the same"


def test_a_number_told_its_unit_is_believed_and_a_date_is_in_the_zone() -> None:
    for form, scale in (("epoch_s", 1), ("epoch_ms", 10**3), ("epoch_us", 10**6), ("epoch_ns", 10**9)):
        micros, reason = read_times([pl.Series([0, -86_400 * scale, 86_399 * scale])], form, None)
        assert micros.tolist() == [0, -86_400_000_000, 86_399_000_000] and not reason.any()
    dates = pl.Series([20220103080000])
    assert read_times([dates], "auto", "Asia/Taipei")[0][0] == parse_us("2022-01-03T00:00:00Z")
    assert read_times([dates.cast(pl.Float64)], "%Y%m%d%H%M%S", None)[0][0] == parse_us("2022-01-03T08:00:00Z")


def test_nanoseconds_of_whole_numbers_are_cut_not_rounded() -> None:
    assert read_times([pl.Series([1_641_168_001_250_001_999])], "auto", None)[0][0] % 1_000_000 == 250_001
    assert read_times([pl.Series([-1])], "epoch_ns", None)[0][0] == -1


def test_typed_columns_side_by_side_and_beyond_the_calendar() -> None:
    day = pl.Series([datetime(2022, 1, 3).date()])
    clock = pl.Series([datetime(2022, 1, 3, 1, 2, 3).time()])
    assert read_times([day, clock], "%d/%m/%Y %H:%M:%S", None)[0][0] == parse_us("2022-01-03T01:02:03Z")
    numbers = [pl.Series([20220103]), pl.Series(["01:02:03"])]
    assert read_times(numbers, "%Y%m%d %H:%M:%S", None)[0][0] == parse_us("2022-01-03T01:02:03Z")
    far = pl.Series([2**31 - 1, 18_995, None], dtype=pl.Int32).cast(pl.Date)
    assert read_times([far], "auto", "Asia/Taipei")[1].tolist() == [BAD_TIME, 0, NO_TIME_REASON]


def test_zones_and_their_strange_hours() -> None:
    assert one("2022-01-03 08:00:00", zone="Asia/Taipei")[0] == parse_us("2022-01-03T00:00:00Z")
    assert one("2022-01-03 08:00:00", zone="+08:00")[0] == parse_us("2022-01-03T00:00:00Z")
    assert one("2022-01-03 08:00:00Z", zone="Asia/Taipei")[0] == parse_us("2022-01-03T08:00:00Z")
    assert one("2022-10-30 02:30:00", zone="Europe/Berlin")[1] == LOCAL_TIME  # twice
    assert one("2022-03-27 02:30:00", zone="Europe/Berlin")[1] == LOCAL_TIME  # never
    assert one("2022-03-27 03:00:00", zone="Europe/Berlin")[1] == 0


def test_a_typed_column_is_taken_as_it_is() -> None:
    naive = pl.Series([datetime(2022, 1, 3, 8), None])
    assert read_times([naive], "auto", "Asia/Taipei")[0][0] == parse_us("2022-01-03T00:00:00Z")
    aware = naive.dt.replace_time_zone("Asia/Taipei")
    micros, reason = read_times([aware], "auto", None)
    assert micros[0] == parse_us("2022-01-03T00:00:00Z") and reason.tolist() == [0, NO_TIME_REASON]


FORMS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%f", "%Y/%m/%d %H:%M:%S")


@given(
    st.lists(
        st.tuples(st.datetimes(datetime(1800, 1, 1), datetime(2099, 1, 1)), st.sampled_from([*FORMS, "junk"])),
        max_size=12,
    ),
    st.sampled_from([None, "Europe/Berlin", "-03:30"]),
)
def test_a_column_of_mixed_forms_reads_as_its_cells_do(cells: list[tuple[datetime, str]], zone: str | None) -> None:
    texts = [when.strftime(form).replace("junk", "later") for when, form in cells]
    micros, reason = read_times([pl.Series(texts, dtype=pl.String)], "auto", zone)
    for k, text in enumerate(texts):
        assert (int(micros[k]), int(reason[k])) == parse_time_text(text, "auto", zone)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)))
def test_a_zone_means_what_zoneinfo_says(when: datetime) -> None:
    when = when.replace(microsecond=0)
    zone = ZoneInfo("Europe/Berlin")
    micros, reason = one(when.strftime("%Y-%m-%d %H:%M:%S"), zone="Europe/Berlin")
    if reason == 0:
        back = (EPOCH + timedelta(microseconds=micros)).astimezone(zone)
        assert back.replace(tzinfo=None) == when
    else:
        first, second = (when.replace(tzinfo=zone, fold=f).astimezone(UTC) for f in (0, 1))
        assert first != second
