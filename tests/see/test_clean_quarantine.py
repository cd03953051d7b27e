"""Times ahead: stray clocks go, honest tails stay; both sides of the rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import mc, mc_row, read

from beaconline.foundation.records.times import format_us, parse_us
from beaconline.see.clean.quarantine import FLOOR_S, latest_supported

S = 1_000_000
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
    second = [t + 400 * 86_400 * S for t in half_hour(800)]
    assert limit([*first, *second]) is None
    assert limit([*first, *second, FAR]) == second[-1]


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
