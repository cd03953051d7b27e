"""Encounters are the same however the rows were cut into ticks, whatever was forgotten or saved in between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_convoys import book_of, text, tick_of
from pair_worlds import T0_US, crowd, fixes_of

from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import Pools
from beaconline.foundation.table.snapshot import restore, save
from beaconline.understand.context.protocol import NoContext
from beaconline.understand.detectors.encounter import STATE_CLASSES, Encounter
from beaconline.understand.pairs import bins, family
from beaconline.understand.pairs.family import PairFamily
from beaconline.understand.pairs.window import Fixes

PARAMS = {"duration_s": 300, "median_speed_kn": 30.0, "max_bridge_s": 3600}
"""Short and lenient, so that small worlds hold many encounters."""


def kind_of(params: dict[str, float]) -> PairFamily:
    return PairFamily([Encounter(NoContext(), params)])


def batch(fixes: Fixes, params: dict[str, float] = PARAMS) -> list[Draft]:
    kind, book, as_of = kind_of(params), book_of(fixes), int(fixes.t_us[-1])
    state, drafts = kind.step(kind.start(), tick_of(fixes, book, as_of))
    return drafts + kind.finish(state, as_of, book, Pools())


def live(fixes: Fixes, seed: int, params: dict[str, float] = PARAMS, largest: int = 60) -> list[Draft]:
    """Random ticks; the watermark lags up to ten minutes behind the next row; restarts from a saved state."""
    rng = np.random.default_rng(seed)
    kind, book, as_of = kind_of(params), book_of(fixes), int(fixes.t_us[-1])
    state, drafts, i, watermark = kind.start(), [], 0, -(2**62)
    while i < len(fixes):
        n = int(rng.integers(1, largest))
        next_us = int(fixes.t_us[i + n]) if i + n < len(fixes) else as_of
        watermark = max(watermark, int(fixes.t_us[i]) - 1, next_us - int(rng.integers(1, 600_000_000)))
        state, more = kind.step(state, tick_of(fixes.take(slice(i, i + n)), book, watermark))
        drafts += more
        i += n
        if rng.uniform() < 0.2:
            state = restore(save(state), STATE_CLASSES)
        if rng.uniform() < 0.1:
            before = save(state)
            kind.finish(state, int(fixes.t_us[min(i, len(fixes)) - 1]), book, Pools())
            assert save(state) == before, "a question must not change the state"
    state, more = kind.step(state, tick_of(fixes.take(slice(0, 0)), book, as_of))
    return drafts + more + kind.finish(state, as_of, book, Pools())


@settings(max_examples=30)
@given(world=st.integers(0, 5_000), cut=st.integers(0, 5_000))
def test_any_cut_gives_the_same_drafts(world: int, cut: int) -> None:
    fixes = crowd(world, hours=4.0)
    assert text(live(fixes, cut)) == text(batch(fixes))


def test_the_crowds_hold_encounters() -> None:
    assert sum(len(batch(crowd(seed, hours=4.0))) for seed in range(4)) > 20


def test_live_and_batch_paths_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bins computed at every tick or once: the same."""
    fixes = crowd(11, hours=4.0)
    expected = text(batch(fixes))
    monkeypatch.setattr(family, "LIVE_ROWS", 0)
    assert text(live(fixes, 5)) == expected == text(batch(fixes))


def test_mutant_without_dirty_bins_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bins, "dirty_bins", bins.only_own_bin)
    worlds = [crowd(seed, hours=4.0) for seed in range(4)]
    assert any(text(live(w, 1)) != text(batch(w)) for w in worlds)


def rafted(days: float, speed: bool) -> Fixes:
    """Two ships side by side for days, at different steps, closest somewhere in the middle; then one leaves."""
    rng = np.random.default_rng(5)
    out = []
    for k, step in ((0, 170.0), (1, 1100.0)):
        t = 13.0 * k
        while t < days * 86_400:
            away = 0.0 if t < days * 86_400 - 7200 else 0.1
            out.append((t, k, 10.0 + (0.001 + away) * k + rng.normal(0, 1e-5), 60.0 + rng.normal(0, 1e-5)))
            t += step * float(rng.uniform(0.7, 1.3))
    said = [round(abs(rng.normal(0, 500))) if speed else -1 for _ in out]
    return fixes_of(
        [T0_US + round(r[0] * 1e6) for r in out], [r[1] for r in out],
        [round(r[2] * 1e7) for r in out], [round(r[3] * 1e7) for r in out], said,
    )  # fmt: skip


@pytest.mark.parametrize("speed", [True, False])
def test_a_meeting_of_days_is_told_whole_from_bounded_memory(speed: bool) -> None:
    fixes = rafted(3.0, speed)
    (whole,) = batch(fixes, {})
    assert float(whole.measures["duration_s"] or 0) > 2.8 * 86_400
    assert text(live(fixes, 3, {}, largest=40)) == text([whole])
    kind, book, most = kind_of({}), book_of(fixes), 0
    state = kind.start()
    for i in range(0, len(fixes), 20):
        part = fixes.take(slice(i, i + 20))
        state, _ = kind.step(state, tick_of(part, book, int(part.t_us[-1])))
        most = max(most, len(save(state)))
    assert most < 60_000, "three days must not be kept"
    assert sum(len(v) for notes in state.kinds["encounter"].notes.values() for v in notes.values) < 4000


def test_track_codes_and_duplicates_do_not_matter() -> None:
    """Rows of equal track and time, in either order, and tracks under other codes: the same drafts."""
    fixes = crowd(8, hours=4.0)
    expected = text(batch(fixes))
    rng = np.random.default_rng(0)
    twin = fixes.take(np.arange(0, len(fixes), 7))
    for shift in (1000, 1):  # the twin stands elsewhere and sorts behind its original
        both = Fixes.of(np.concatenate([a, b]) for a, b in zip(fixes.columns(), twin.columns(), strict=True))
        both.lon_e7[len(fixes) :] += shift
        order = np.lexsort((rng.permutation(len(both)), both.track, both.t_us))
        assert text(batch(both.take(order))) == expected
