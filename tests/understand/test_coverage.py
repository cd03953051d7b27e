"""The memory of reception equals a plain count, and its cells are as wide as high wherever they lie."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from gap_worlds import T0_US, batch, book_of, in_order, leg, others, sea, tick_of
from hypothesis import given, settings
from hypothesis import strategies as st

from beaconline.foundation.geo.geodesy import distance_m
from beaconline.foundation.table.reports import Pools
from beaconline.understand.context import coverage
from beaconline.understand.context.coverage import COLUMNS, MISS_SLOTS, RING, SLOT_US, Coverage
from beaconline.understand.detectors.gap import Gap, GapState
from beaconline.understand.ground import Ground


def memory(rows: list, seed: int | None = None) -> GapState:  # type: ignore[type-arg]
    """The state after rows, in one tick or in many."""
    kind, rows, pools = Gap(Ground()), in_order(rows), Pools()
    book, state, i = book_of(rows), Gap(Ground()).start(), 0
    rng = np.random.default_rng(seed)
    while i < len(rows):
        n = len(rows) if seed is None else int(rng.integers(1, 50))
        some = rows[i : i + n]
        state, _ = kind.step(state, tick_of(some, book, pools, some[-1].t_us))
        i += n
    return state


def counts(state: GapState) -> tuple[Counter[int], Counter[int]]:
    """Vessels heard and missed by quarter, over all cells; quarters that the memory has forgotten are absent."""
    heard, missed = Counter[int](), Counter[int]()
    held = state.coverage
    for row in range(int(held.heads[0])):
        latest = int(held.latest[row])
        for slot in range(latest - RING + 1, latest + 1):
            heard[slot] += int(held.heard[row, slot % RING])
            missed[slot] += int(held.missed[row, slot % RING])
    return +heard, +missed


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_every_vessel_counts_once_a_quarter(seed: int) -> None:
    """Brute force over ships heard at random: heard once in a quarter with a fix, missed once in any other, until 6 h
    after its last fix, or until it is heard again within 12 h."""
    rows = sea(seed, hours=20.0)
    now = rows[-1].t_us // SLOT_US
    heard, missed = Counter[int](), Counter[int]()
    for track in {row.track for row in rows}:
        slots = sorted({row.t_us // SLOT_US for row in rows if row.track == track})
        heard.update(slots)
        for a, b in zip(slots, [*slots[1:], None], strict=True):
            silent = (b or now) - a
            known = silent if b is not None and silent <= 48 else min(silent, MISS_SLOTS + 1)
            missed.update(range(a + 1, a + known))
    assert counts(memory(rows)) == (heard, missed)


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000), cut=st.integers(0, 100))
def test_cuts_do_not_change_the_memory(seed: int, cut: int) -> None:
    rows = sea(seed)
    whole, parts = memory(rows).coverage, memory(rows, cut).coverage
    used = int(whole.heads[0])
    assert used == parts.heads[0]
    for name in ("heard", "missed", "latest", "seen"):
        assert np.array_equal(getattr(whole, name)[:used], getattr(parts, name)[:used])


def test_cells_are_as_wide_as_high() -> None:
    for lat in (0.05, 30.05, -60.05, 80.05):
        columns = COLUMNS[round((lat + 90.0) * 10 - 0.5)]
        wide = distance_m(0.0, lat, 360.0 / columns, lat)
        assert abs(wide / distance_m(0.0, lat - 0.05, 0.0, lat + 0.05) - 1) < 0.02
    assert COLUMNS.min() >= 1


@pytest.mark.parametrize("place", [(179.97, 0.0), (-179.97, 5.0), (20.0, 89.97), (0.0, -89.99)])
def test_antimeridian_and_poles_are_ordinary(place: tuple[float, float]) -> None:
    lon, lat = place
    rows = [row for k in range(6) for row in leg(k, 0.3 * k, 900, lon + 0.01 * k, lat, step_min=6.0)]
    dark = [row for row in rows if row.track or not 120 <= (row.t_us - T0_US) / 60e6 < 540]
    away = [row for row in dark if row.track or row.t_us < T0_US + 120 * 60_000_000]
    away += leg(0, 560, 900, lon, lat - 0.05 if lat > 0 else lat + 0.05, kn=3.0, step_min=6.0)
    (draft,) = batch(Gap(Ground(), {"apart_m": 1000.0}), away)
    assert draft.type == "displaced" and float(draft.measures["odds_of_stopping"] or 0) > 20


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the most cells new ones are refused and counted; nothing else breaks."""
    monkeypatch.setattr(coverage, "MOST_CELLS", 64)
    monkeypatch.setattr("beaconline.understand.detectors.gap.MOST_CELLS", 64)
    rows = others(4) + [row for k in range(8) for row in leg(20 + k, 0, 600, k * 10.0, 20.0, kn=30.0, step_min=3.0)]
    state = memory(rows)
    assert len(state.coverage.latest) == 64 and state.coverage.full > 0
    (note,) = (n for n in Gap(Ground()).notes(state, rows[-1].t_us, book_of(rows)) if "reception was not learnt" in n)
    assert f"{state.coverage.full:,}" in note


def test_growing_keeps_every_cell() -> None:
    held = Coverage()
    rng = np.random.default_rng(0)
    places = {(int(b), int(c)) for b, c in zip(rng.integers(0, 1800, 500), rng.integers(0, 3600, 500), strict=True)}
    rows = [row for k, (b, c) in enumerate(sorted(places)) for row in leg(k, k * 0.01, 5, c / 10 - 180, b / 10 - 89.95)]
    state = memory(rows)
    used = int(state.coverage.heads[0])
    assert len(held.latest) < used <= len(places) and state.coverage.full == 0
    assert sorted(state.coverage.row_of[state.coverage.keys != coverage.NO_KEY].tolist()) == list(range(used))
    assert int(state.coverage.heard[:used].sum()) == len(places)
