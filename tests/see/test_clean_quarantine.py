"""Times ahead: stray clocks go, honest tails stay; both sides of the rule, and of each of its limits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import mc, mc_row, read

from beaconline.foundation.records.times import format_us, parse_us
from beaconline.see.clean.quarantine import FLOOR_S, NEAR_S, OWN_LOG_ROWS, TRACK_FIXES, latest_supported

S = 1_000_000
DAY = 86_400 * S
START = parse_us("2022-01-03T00:00:00Z")
FAR = parse_us("2099-01-01T00:00:00Z")


def limit(times: list[int], vessels: list[int] | None = None) -> int | None:
    who = vessels if vessels is not None else [k % 50 for k in range(len(times))]
    return latest_supported(np.array(times, np.int64), np.array(who, np.int32))


def half_hour(n: int) -> list[int]:
    return [START + k * 1800 * S // n for k in range(n)]


@pytest.mark.parametrize("n", [2, 5, 50, 1000, 20_000])
def test_one_stamp_of_2099_is_ahead_of_any_file(n: int) -> None:
    times = half_hour(n)
    assert limit([*times, FAR]) == times[-1]


def test_with_one_row_against_one_nothing_can_be_said() -> None:
    assert limit([START, FAR]) is None


def test_a_dense_half_hour_keeps_its_stray_rows_of_the_same_day() -> None:
    tail = [START + 14 * 3600 * S, START + 86_399 * S]
    assert limit([*half_hour(99_600), *tail]) is None
    assert limit([*half_hour(99_600), *tail, FAR]) == tail[-1]


def test_two_years_keep_a_sparse_tail() -> None:
    day = 86_400 * S
    times = [START + k * day // 130 for k in range(700 * 130)]
    tail = [times[-1] + 40 * day, times[-1] + 150 * day]
    assert limit([*times, *tail]) is None
    assert limit([*times, *tail, FAR]) == tail[-1]


def test_few_rows_far_apart_are_believed() -> None:
    day = 86_400 * S
    assert limit([START, START + day, START + 45 * day]) is None
    assert limit([START, START + 30 * day, START + 61 * day, START + 90 * day]) is None


def test_a_second_honest_log_stays_and_a_stamp_after_it_goes() -> None:
    first = half_hour(50_000)
    second = [t + 100 * DAY for t in half_hour(800)]
    assert limit([*first, *second]) is None
    assert limit([*first, *second, FAR]) == second[-1]


def survey(later: list[tuple[int, int]], n: int = 2000, vessels: int = 50) -> int | None:
    """The limit of nine days of n fixes and of (time, vessel) that follow; None: all are believed."""
    times = [START + k * 9 * DAY // n for k in range(n)]
    return limit([*times, *[t for t, _ in later]], [*[k % vessels for k in range(n)], *[v for _, v in later]])


def logged(days: float, rows: int, vessels: list[int]) -> list[tuple[int, int]]:
    """A log that begins after so many days: a fix a minute, in turns."""
    begin = START + round(days * DAY)
    return [(begin + k * 60 * S, vessels[k % len(vessels)]) for k in range(rows)]


@pytest.mark.parametrize("n", [2000, 100_000])
def test_an_honest_later_day_of_three_ships_stays_however_dense_the_first_log(n: int) -> None:
    later = logged(70, 200, [0, 1, 2])
    assert survey(later, n) is None
    assert survey([*later, (FAR, 3)], n) == later[-1][0]


def test_a_later_day_of_one_ship_needs_a_share_that_grows_with_the_gap() -> None:
    assert survey(logged(70, 20, [0])) is None  # a fifth of a year: 1 % of 2000
    assert survey(logged(70, 15, [0])) is not None
    assert survey(logged(25, 15, [0])) is None


@pytest.mark.parametrize("each", [1, 2, 3, 10])
@pytest.mark.parametrize("year", ["2025-01-03T00:00:00Z", "2030-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])
def test_stamps_of_a_far_year_in_six_ships_are_not_believed(each: int, year: str) -> None:
    begin = parse_us(year)
    stamps = [(begin + k * S, k % 6) for k in range(6 * each)]
    assert survey(stamps) is not None
    times, who = half_hour(500), [k % 20 for k in range(500)]
    assert limit([*times, *[t for t, _ in stamps]], [*who, *[v for _, v in stamps]]) == times[-1]


@pytest.mark.parametrize("ships", [6, 20])
def test_one_stamp_in_each_of_a_few_ships_that_hardly_report(ships: int) -> None:
    times = half_hour(4 * ships)
    who = [k % ships for k in range(len(times))]
    far = [FAR + k * S for k in range(ships)]
    assert limit([*times, *far], [*who, *range(ships)]) == times[-1], "a fifth of all rows, and no track among them"


@pytest.mark.parametrize("ships", [2, 3, 20])
def test_half_the_rows_of_one_ship_with_a_wrong_year(ships: int) -> None:
    times = half_hour(100 * ships)
    who = [k % ships for k in range(len(times))]
    wrong = [v == 0 and k % (2 * ships) == 0 for k, v in enumerate(who)]
    told = [t + 365 * DAY if w else t for t, w in zip(times, wrong, strict=True)]
    assert limit(told, who) == max(t for t, w in zip(times, wrong, strict=True) if not w)


def test_all_rows_of_one_ship_of_twenty_with_a_wrong_year() -> None:
    times = half_hour(2000)
    told = [FAR + t - START if k % 20 == 0 else t for k, t in enumerate(times)]
    assert limit(told, [k % 20 for k in range(2000)]) == times[-1]


def test_a_constant_wrong_clock_is_no_track() -> None:
    assert survey([(START + 70 * DAY, k % 3) for k in range(200)]) is not None


def test_the_edge_of_a_track() -> None:
    later = logged(70, 2 * TRACK_FIXES, [0, 1])
    assert survey(later) is None and survey(later[:-1]) is not None


def test_the_edge_of_near() -> None:
    later = logged(9 + NEAR_S / 86_400 - 0.01, 2 * TRACK_FIXES, [0, 1])
    assert survey(later) is None
    assert survey([(t + DAY, v) for t, v in later]) is not None, "further off it takes a share of the rows"


def test_the_next_season_of_the_only_ship_stays() -> None:
    times = [START + k * 600 * S for k in range(100)]
    assert limit([*times, *[t + 500 * DAY for t in times[:30]]], [7] * 130) is None
    assert limit([*times, *[t + 500 * DAY for t in times[:10]]], [7] * 110) == times[-1]


def test_rows_without_identity_are_taken_as_one() -> None:
    times = half_hour(900)
    assert limit([*times, *[t + 70 * DAY for t in half_hour(90)]], [-1] * 990) is None
    assert limit([*times, *[FAR + k * DAY * 400 for k in range(9)]], [-1] * 909) == times[-1]


def test_an_input_of_another_year_is_a_log_of_its_own_and_a_few_rows_are_not() -> None:
    first = half_hour(50_000)

    def of_two(rows: int, years: int) -> int | None:
        later = [START + years * 366 * DAY + k * S for k in range(rows)]
        vessel = np.array([*[k % 50 for k in range(len(first))], *[7] * rows], np.int32)
        source = np.repeat(np.array([0, 1], np.int16), [len(first), rows])
        return latest_supported(np.array([*first, *later], np.int64), vessel, source)

    assert of_two(OWN_LOG_ROWS, 2) is None
    assert of_two(OWN_LOG_ROWS - 1, 2) == first[-1]
    assert of_two(OWN_LOG_ROWS, 70) == first[-1]


@pytest.mark.parametrize("times", [[START], [FAR], [START, FAR], [START, START]])
def test_one_row_or_two_say_nothing(times: list[int]) -> None:
    assert limit(times) is None


def test_five_rows_of_which_one_is_far() -> None:
    times = [START + k * 60 * S for k in range(4)]
    assert limit([*times, FAR]) == times[-1]
    assert limit([*times, times[-1] + 100 * DAY]) is None


def test_one_ship_with_a_broken_clock_is_ahead_even_with_many_rows() -> None:
    times = [*half_hour(5000), *[FAR + k * S for k in range(400)]]
    assert limit(times, [*[k % 50 for k in range(5000)], *[7] * 400]) == half_hour(5000)[-1]


def test_the_edge_of_the_floor() -> None:
    times = half_hour(10_000)
    assert limit([*times, times[-1] + FLOOR_S * S]) is None
    assert limit([*times, times[-1] + FLOOR_S * S + 1]) == times[-1]


@given(st.lists(st.integers(0, 4 * 10**9), max_size=60), st.randoms(use_true_random=False))
def test_the_order_of_rows_is_irrelevant(seconds: list[int], chance: object) -> None:
    pairs = [(s * S, k % 7) for k, s in enumerate(seconds)]
    first = limit([t for t, _ in pairs], [v for _, v in pairs])
    chance.shuffle(pairs)  # type: ignore[attr-defined]
    assert limit([t for t, _ in pairs], [v for _, v in pairs]) == first


def test_rows_ahead_become_rejects_with_their_bytes(tmp_path: Path) -> None:
    rows = [mc_row(BaseDateTime=format_us(t)[:-1], MMSI=str(416000001 + k)) for k, t in enumerate(half_hour(30))]
    rows.insert(11, mc_row(BaseDateTime="2099-01-01T00:00:00"))
    got = read(tmp_path / "in", mc(*rows))
    assert [(r.line, r.reason, r.raw) for r in got.rejects] == [(13, "time_ahead", rows[11].encode())]
    assert len(got.reports) == 30 and got.ledger.as_summary()["rejects"]["by_reason"] == {"time_ahead": 1}
    assert any("quarantine" in w for w in got.warnings)
