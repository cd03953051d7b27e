"""Shadows are the same however the rows were cut into ticks, whatever was forgotten or saved in between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_convoys import batch, crowd, fixes_of_tracks, live, sailed, text

from beaconline.understand.context.protocol import NoContext
from beaconline.understand.detectors import shadow, shadow_beats
from beaconline.understand.detectors.shadow import STATE_CLASSES, Shadow
from beaconline.understand.pairs.family import PairFamily

LENIENT = {
    "duration_s": 600, "retrace_s": 300, "steady_share": 5.0, "cross_spread_m": 600, "speed_kn": 2.0,
    "retrace_share": 0.3, "lane_vessels": 9,
}  # fmt: skip
"""So that small worlds hold many stretches."""


def family(**params: float) -> PairFamily:
    return PairFamily([Shadow(NoContext(), {**LENIENT, **params})])


@settings(max_examples=8)
@given(world=st.integers(0, 5_000), cut=st.integers(0, 5_000))
def test_any_cut_gives_the_same_drafts(world: int, cut: int) -> None:
    fixes = crowd(world)
    told, _ = live(family(), STATE_CLASSES, fixes, cut)
    assert text(told) == text(batch(family(), fixes))


def test_the_crowds_hold_shadows_of_both_types_closed_and_open() -> None:
    drafts = [d for seed in range(6) for d in batch(family(), crowd(seed))]
    assert {d.type for d in drafts} == {"answering", "in_trail"}
    assert {d.open for d in drafts} == {True, False}
    assert len(drafts) > 12


def test_groups_of_beats_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    fixes = crowd(3)
    expected = text(batch(family(), fixes))
    monkeypatch.setattr(shadow_beats, "MOST_BEATS", 500)
    assert text(batch(family(), fixes)) == expected


def test_mutant_that_forgets_what_it_looks_back_on_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window is as long as it must be: with half an hour the path of the leader is lost."""
    worlds = [crowd(seed) for seed in range(3)]
    whole = [text(batch(family(), fixes)) for fixes in worlds]
    monkeypatch.setattr(shadow, "WINDOW_US", 1)
    assert any(
        text(live(family(), STATE_CLASSES, f, 1, largest=40)[0]) != t for f, t in zip(worlds, whole, strict=True)
    )


def test_a_day_of_following_is_told_whole_from_bounded_memory() -> None:
    legs = [(20.0 + 50 * (k % 2) + 5 * (k % 7), 10.0, 37.0) for k in range(39)]
    fixes = fixes_of_tracks([sailed(0, legs), sailed(1, legs, 480.0)], 60.0, noise_m=5.0)
    (whole,) = batch(PairFamily([Shadow(NoContext())]), fixes)
    assert whole.type == "answering" and not whole.context
    assert float(whole.measures["duration_s"] or 0) > 22 * 3600
    told, most = live(PairFamily([Shadow(NoContext())]), STATE_CLASSES, fixes, 3, largest=60)
    assert text(told) == text([whole])
    assert most < 120_000, "a day must not be kept"


def test_arrival_order_within_a_time_does_not_matter() -> None:
    fixes = crowd(8)
    order = np.lexsort((-fixes.track, fixes.t_us))
    assert text(batch(family(), fixes.take(order))) == text(batch(family(), fixes))
