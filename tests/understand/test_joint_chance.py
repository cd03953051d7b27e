"""The tests of chance behind ``joint_activity``: exact under the null, agreeing with brute force, corrected."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joint_worlds import most_allowed

from beaconline.understand.joint import chance
from beaconline.understand.joint.chance import (
    Answer,
    company_test,
    correct,
    draws_for,
    nearness,
    place_test,
    time_test,
)

DAY = 4
"""Slots of a day in these small worlds."""


def counts_of(rng: np.random.Generator, forces: int, days: int) -> np.ndarray:
    return rng.poisson(rng.choice([0.0, 0.3, 3.0], (forces, days * DAY))).astype(np.int64)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), days=st.integers(2, 12))
def test_shifts_of_two_forces_agree_with_a_plain_loop(seed: int, days: int) -> None:
    counts = counts_of(np.random.default_rng(seed), 2, days)
    values = []
    for shift in range(days):
        moved = [counts[1][(s + shift * DAY) % (days * DAY)] for s in range(days * DAY)]
        values.append(sum(int(a) * int(b) for a, b in zip(counts[0], moved, strict=True)))
    answer = time_test(counts, [(0, 1)], DAY, 999, 1)
    assert answer.p == sum(v >= values[0] for v in values) / days
    assert answer.least == sum(v == max(values) for v in values) / days
    assert (answer.draws, answer.all_of_them) == (days, True)


def test_forces_that_met_on_the_same_days_only() -> None:
    counts = np.zeros((2, 20 * DAY), np.int64)
    for day in (1, 2, 7, 11, 16):
        counts[:, day * DAY : day * DAY + 2] = 3
    assert time_test(counts, [(0, 1)], DAY, 999, 1).p == 1 / 20
    assert time_test(np.roll(counts, 5, axis=1), [(0, 1)], DAY, 999, 1).p == 1 / 20, "when it began does not matter"


def test_a_stay_without_end_is_no_sign_of_anything() -> None:
    counts = np.full((3, 10 * DAY), 5, np.int64)
    answer = time_test(counts, [(0, 1), (0, 2)], DAY, 999, 1)
    assert (answer.p, answer.least) == (1.0, 1.0)
    assert correct([answer], 0.05).adjusted == (None,)


def test_one_day_is_no_test() -> None:
    assert time_test(np.ones((2, DAY), np.int64), [(0, 1)], DAY, 999, 1).draws == 0


def test_p_of_shifted_times_is_valid() -> None:
    """Times of each hull shifted by any number of slots: p under 0.05 in no more than one of twenty."""
    rng, small, n = np.random.default_rng(4), 0, 400
    for _ in range(n):
        days = 24
        hulls = [np.repeat(rng.uniform(size=days) < 0.4, DAY).astype(np.int64) for _ in range(6)]
        moved = [np.roll(h, int(rng.integers(0, days * DAY))) for h in hulls]
        counts = np.array([sum(moved[:2]), sum(moved[2:4]), sum(moved[4:])])
        small += time_test(counts, [(0, 1), (0, 2), (1, 2)], DAY, 999, 7).p <= 0.05
    assert 3 <= small <= most_allowed(n), "valid, and not so tame that it never speaks"


def near_of(rng: np.random.Generator, n: int) -> np.ndarray:
    upper = np.triu(rng.integers(0, 1000, (n, n)) * (rng.uniform(size=(n, n)) < 0.4), 1)
    return (upper + upper.T).astype(np.float64)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_deals_agree_with_a_plain_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, 6).astype(np.int32)
    near = near_of(rng, 6)

    def joined(deal: tuple[int, ...]) -> float:
        return float(sum(near[i, j] for i in range(6) for j in range(6) if deal[i] == deal[j] and deal[i] in (0, 2)))

    deals = sorted(set(itertools.permutations(labels.tolist())))
    values = [joined(deal) for deal in deals]
    answer = place_test(near, labels, [0, 2], 999, 1)
    if len(set(labels.tolist())) < 2 or not near.any():
        assert answer.draws == 0
        return
    assert answer.draws == len(deals)
    assert answer.p == sum(v >= joined(tuple(labels.tolist())) for v in values) / len(deals)


def test_drawn_and_listed_deals_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    for _ in range(5):
        labels, near = rng.permuted(np.repeat([0, 1], [4, 6])).astype(np.int32), near_of(rng, 10)
        whole = place_test(near, labels, [0], 999, 1)
        with monkeypatch.context() as m:
            m.setattr(chance, "MOST_LISTED", 1)
            drawn = place_test(near, labels, [0], 20_000, 1)
        assert drawn.p == pytest.approx(whole.p, abs=0.045)


def test_p_of_dealt_forces_is_valid_though_drawing_stops_early() -> None:
    rng, small, n = np.random.default_rng(5), 0, 200
    for _ in range(n):
        labels = rng.permuted(np.repeat([0, 1, 2], [10, 8, 12])).astype(np.int32)
        answer = place_test(near_of(rng, 30), labels, [0, 1], 2_999, 3)
        assert answer.draws in (999, 2_999)
        small += answer.p <= 0.05
    assert 2 <= small <= most_allowed(n)


def test_a_large_fleet_does_not_hide_a_raft() -> None:
    """Twelve hulls side by side, two elsewhere, two hundred fishing boats: a deal would fill the raft with boats."""
    near = np.zeros((214, 214))
    near[:12, :12] = 1000.0
    np.fill_diagonal(near, 0.0)
    labels = np.repeat([0, 1, 2], [12, 2, 200]).astype(np.int32)
    assert place_test(near, labels, [0, 1], 1_999, 1).p == 1 / 2000
    assert place_test(near, labels, [0, 1, 2], 1_999, 1).p > 0.05, "were the boats counted"


def test_a_rhythm_of_all_is_not_company() -> None:
    """Hulls of three forces there on the same days: dealing forces anew changes nothing; two that meet apart do."""
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1, 2], [4, 4, 8]).astype(np.int32)
    week = np.tile((np.arange(28) % 7 < 5).astype(np.float64), (16, 1))
    assert company_test(week, labels, [(0, 1)], 999, 1).p == 1.0
    apart = (rng.uniform(size=(16, 28)) < 0.3).astype(np.float64)
    apart[:8] = rng.uniform(size=28) < 0.3
    assert company_test(apart, labels, [(0, 1)], 1_999, 1).p < 0.05


def test_shares_of_hulls_with_holes_count_like_others() -> None:
    hull = np.array([0, 1] * 20 + [2] * 10, np.int32)
    slot = np.array(sorted(list(range(20)) * 2) + list(range(0, 20, 2)), np.int32)
    near = nearness(hull, slot, np.zeros((len(hull), 3)), 3, 10.0, 8)
    assert near[0, 1] == near[0, 2] == near[2, 0] == 1000.0
    few = nearness(hull[:4], slot[:4], np.zeros((4, 3)), 3, 10.0, 8)
    assert few[0, 1] == 250.0, "two slots of at least eight"


def answer(p: float, least: float = 0.001) -> Answer:
    return Answer(p, least, 999, False)


def test_holm_and_the_tests_that_cannot_tell() -> None:
    verdict = correct([answer(0.01), answer(0.04), answer(0.02)], 0.05)
    assert verdict.adjusted == pytest.approx((0.03, 0.04, 0.04))
    assert verdict.counted == 3
    blind = [answer(0.5, least=0.2)] * 10
    verdict = correct([answer(0.03), *blind], 0.05)
    assert verdict.adjusted == (0.03, *[None] * 10), "ten tests that could not reach 0.05 cost nothing"
    assert correct([], 0.05).counted == 0
    assert correct([answer(0.01, least=0.05)], 0.05).counted == 1
    assert correct([answer(0.01, least=0.0501)], 0.05).counted == 0


def test_draws_grow_with_the_tests_and_have_a_limit() -> None:
    assert draws_for(2, 20, 0.05, 1_999) == 1_999
    assert draws_for(100, 20, 0.05, 1_999) == 8_000
    assert draws_for(10**9, 20, 0.05, 1_999) == chance.MOST_DRAWS
    assert draws_for(10**9, 100_000, 0.05, 1_999) == 1_999
