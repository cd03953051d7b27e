"""However fixes reach the engine, what is settled and what is pending is the same to the bit."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_worlds import HOUR_US, crowd, vessels

from beaconline.foundation.table.snapshot import restore, save
from beaconline.understand.pairs import bins, engine, window
from beaconline.understand.pairs.engine import PairRule, forget, insert, pending, refresh, runs_between, settle
from beaconline.understand.pairs.window import Fixes, Joined, PairState

RULE = PairRule(500.0, max_bridge_us=HOUR_US, keep_us=60_000_000)
RULES = [RULE]
Row = tuple[int, int, int, int, int, float]


def rows_of(found: list[engine.Runs] | None) -> list[Row]:
    if found is None:
        return []
    (runs,) = found
    return [(*table, near) for table, near in zip(runs.table.tolist(), runs.closest_m.tolist(), strict=True)]


def one_go(fixes: Fixes) -> list[Row]:
    return sorted(rows_of([runs_between(RULE, fixes, vessels(fixes))]))


def many_ticks(fixes: Fixes, seed: int, *, eager: bool, restarts: bool = False) -> list[Row]:
    """Random ticks in order of time; with ``eager`` unsettled bins are computed after every tick."""
    rng = np.random.default_rng(seed)
    state, found, i = PairState(), [], 0
    book = vessels(fixes).tolist()
    while i < len(fixes):
        n = int(rng.integers(1, 40))
        insert(RULES, state, fixes.take(slice(i, i + n)), book)
        i += n
        found += rows_of(settle(RULES, state, int(state.last_us.max())))
        forget(RULES, state)
        if eager:
            refresh(RULES, state)
        if restarts and rng.uniform() < 0.2:
            state = restore(save(state), (PairState, Joined, Fixes))
        if rng.uniform() < 0.1:
            before = save(state)
            pending(RULES, state)
            assert save(state) == before, "a question must not change the state"
    return sorted(found + rows_of(pending(RULES, state)))


@settings(max_examples=30)
@given(world=st.integers(0, 5_000), cut=st.integers(0, 5_000), eager=st.booleans())
def test_any_cut_into_ticks_gives_the_same_runs(world: int, cut: int, eager: bool) -> None:
    fixes = crowd(world, hours=3.0)
    assert many_ticks(fixes, cut, eager=eager, restarts=True) == one_go(fixes)


def late(fixes: Fixes, seed: int) -> list[Row]:
    """Fixes shuffled within half an hour: some fall between two that are there, or on the time of one."""
    rng = np.random.default_rng(seed)
    doubled = fixes.take(np.concatenate([np.arange(len(fixes)), rng.integers(0, len(fixes), 20)]))
    order = np.argsort(doubled.t_us + rng.integers(0, HOUR_US // 2, len(doubled)), kind="stable")
    state, found, i = PairState(), [], 0
    book = vessels(fixes).tolist()
    while i < len(order):
        n = int(rng.integers(1, 40))
        insert(RULES, state, doubled.take(order[i : i + n]), book)
        i += n
        waiting = doubled.t_us[order[i:]]
        watermark = (int(waiting.min()) if len(waiting) else int(fixes.t_us[-1])) - 1
        found += rows_of(settle(RULES, state, watermark))
        forget(RULES, state)
        refresh(RULES, state)
    assert state.late == 0
    assert state.same_time == 20
    return sorted(found + rows_of(pending(RULES, state)))


@settings(max_examples=30)
@given(world=st.integers(0, 5_000), order=st.integers(0, 5_000))
def test_late_fixes_inside_the_window_change_nothing(world: int, order: int) -> None:
    fixes = crowd(world, hours=3.0)
    assert late(fixes, order) == one_go(fixes)


def test_mutant_without_dirty_bins_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that thinks a fix changes only its own bin must come out wrong here."""
    monkeypatch.setattr(bins, "dirty_bins", bins.only_own_bin)
    worlds = [crowd(seed, hours=3.0) for seed in range(4)]
    assert any(many_ticks(w, 1, eager=True) != one_go(w) for w in worlds)
    assert any(late(w, 1) != one_go(w) for w in worlds)


def test_mutant_without_any_marking_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "mark_stale", lambda rule, state, at, neighbours: None)
    worlds = [crowd(seed, hours=3.0) for seed in range(4)]
    assert any(many_ticks(w, 1, eager=True) != one_go(w) for w in worlds)


def test_track_codes_do_not_matter() -> None:
    """Codes follow arrival, names do not: renumbered tracks give the same runs under their other codes."""
    fixes = crowd(7)
    n = int(fixes.track.max()) + 1
    renamed = np.random.default_rng(0).permutation(n).astype(np.int32)
    other = Fixes(fixes.t_us, renamed[fixes.track], fixes.lon_e7, fixes.lat_e7, fixes.speed_mkn, fixes.bridge_us)
    back = np.argsort(renamed)
    theirs = [(*sorted((int(back[a]), int(back[b]))), *rest) for a, b, *rest in one_go(other)]
    assert sorted(theirs) == one_go(fixes)


@pytest.mark.parametrize(("rows", "n_bins"), [(1, 1000), (7, 1000), (131_072, 1), (131_072, 2), (3, 3)])
def test_groups_of_bins_do_not_matter(monkeypatch: pytest.MonkeyPatch, rows: int, n_bins: int) -> None:
    """Work is done some bins at a time; legs reach from group to group."""
    worlds = [crowd(seed, hours=3.0) for seed in range(3)]
    expected = [one_go(w) for w in worlds]
    monkeypatch.setattr(engine, "GROUP_ROWS", rows)
    monkeypatch.setattr(engine, "GROUP_BINS", n_bins)
    assert [one_go(w) for w in worlds] == expected


def test_doubles_in_order_take_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two fixes of a track at one time, in either order, need no sort of millions of rows."""
    fixes = crowd(4)
    twin = fixes.take(np.arange(0, len(fixes), 5))
    twin.lon_e7[:] += 7
    both = Fixes.of(np.concatenate([a, b]) for a, b in zip(fixes.columns(), twin.columns(), strict=True))
    monkeypatch.setattr(window, "_merge", lambda state, new: pytest.fail("merged"))
    for seed in range(3):
        order = np.lexsort((np.random.default_rng(seed).permutation(len(both)), both.track, both.t_us))
        state = PairState()
        insert(RULES, state, both.take(order), vessels(fixes).tolist())
        assert state.same_time == len(twin)
        for got, expected in zip(state.fixes.columns(), fixes.columns(), strict=True):
            assert np.array_equal(got, expected)


def test_a_fix_before_the_settled_border_is_refused_and_counted() -> None:
    fixes = crowd(2, hours=3.0)
    state = PairState()
    book = vessels(fixes).tolist()
    insert(RULES, state, fixes, book)
    settle(RULES, state, int(fixes.t_us[-1]))
    before = copy.deepcopy(state)
    assert state.border_bin is not None
    edge = state.border_bin * bins.BIN_US + RULE.max_bridge_us
    old = fixes.take(np.array([0]))
    old.t_us[0] = edge - 1
    insert(RULES, state, old, book)
    assert state.late == before.late + 1 and state.n == before.n
    old.t_us[0] = edge
    insert(RULES, state, old, book)
    assert state.late == before.late + 1 and state.n == before.n + 1


def test_memory_is_bounded() -> None:
    """A day of ships lying together: the window holds hours, not the day, and no settled bin stays."""
    minutes = np.arange(0, 1440)
    t = np.repeat(minutes * 60_000_000, 3)
    state, largest = PairState(), 0
    everything = Fixes(
        t, np.tile(np.arange(3, dtype=np.int32), 1440), np.tile(np.array([0, 100, 200], np.int32), 1440),
        np.zeros(len(t), np.int32), np.zeros(len(t), np.int32), np.full(len(t), HOUR_US),
    )  # fmt: skip
    for i in range(0, len(t), 30):
        insert(RULES, state, everything.take(slice(i, i + 30)), [0, 1, 2])
        assert rows_of(settle(RULES, state, int(t[min(i + 29, len(t) - 1)]))) == []
        forget(RULES, state)
        refresh(RULES, state)
        largest = max(largest, state.n)
        assert len(state.joined[0].cache) == len(state.known) <= 14 and not state.stale
    assert largest <= 2 * 3 * 60 * 3
    assert rows_of(pending(RULES, state))[0][:4] == (0, 1, 0, 1439 * 60_000_000)
