"""Blocks are the same however the rows were cut into ticks, whatever was forgotten or saved in between."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_convoys import batch, crowd, live, text

from beaconline.understand.context.protocol import NoContext
from beaconline.understand.detectors import block, shadow_beats
from beaconline.understand.detectors.block import STATE_CLASSES, Block
from beaconline.understand.pairs.family import PairFamily

LENIENT = {
    "range_m": 8_000, "near_m": 4_000, "sector_deg": 100.0, "hold_s": 60, "lowered_share": 1.0, "slow_share": 90.0,
    "target_speed_kn": 1.0, "target_turn_deg": 10.0, "great_turn_deg": 15.0,
}  # fmt: skip
"""So that small worlds hold many events."""


def family(**params: float) -> PairFamily:
    return PairFamily([Block(NoContext(), {**LENIENT, **params})])


@settings(max_examples=8)
@given(world=st.integers(0, 5_000), cut=st.integers(0, 5_000))
def test_any_cut_gives_the_same_drafts(world: int, cut: int) -> None:
    fixes = crowd(world)
    told, _ = live(family(), STATE_CLASSES, fixes, cut)
    assert text(told) == text(batch(family(), fixes))


def test_the_crowds_hold_blocks() -> None:
    drafts = [d for seed in range(6) for d in batch(family(), crowd(seed))]
    assert len({d.type for d in drafts}) >= 2
    assert {d.settled for d in drafts} == {True, False}
    assert len(drafts) > 12


def test_groups_of_beats_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    fixes = crowd(3)
    expected = text(batch(family(), fixes))
    monkeypatch.setattr(shadow_beats, "MOST_BEATS", 500)
    assert text(batch(family(), fixes)) == expected


def test_mutant_that_forgets_what_it_looks_back_on_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    worlds = [crowd(seed) for seed in range(4)]
    whole = [text(batch(family(), fixes)) for fixes in worlds]
    monkeypatch.setattr(block, "WINDOW_US", 1)
    assert any(
        text(live(family(), STATE_CLASSES, f, 1, largest=40)[0]) != t for f, t in zip(worlds, whole, strict=True)
    )


def test_the_state_is_bounded() -> None:
    _, most = live(family(), STATE_CLASSES, crowd(2, hours=14.0), 3)
    assert most < 300_000
