"""What a gap's words say of neighbours that were silent too, and of a reach that nobody can search."""

from __future__ import annotations

import pytest

from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context import coverage_odds as odds
from beaconline.understand.context.protocol import NoContext
from beaconline.understand.detectors import gap_words as words

RULE = words.WordRule(NoContext(), 1852.0, 8.0, 25.0, 10_000, 3_704)
HOUR_US = 3_600_000_000


def told(
    heard: int, missed: int, *, closed: bool = False, zoned: bool = False, hours: float = 8.0, kn: float = 9.0,
    llr: float = 3.0,
) -> Draft:  # fmt: skip
    """A silence among neighbours heard and missed, with odds that hold."""
    values = [0.0] * odds.N_ODDS
    values[odds.LLR], values[odds.NEAR_N], values[odds.NEAR_M] = llr, float(heard), float(missed)
    values[odds.WITNESS_D] = -1.0
    silence = words.Silence(
        0, 10 * HOUR_US, round((10 + hours) * HOUR_US), closed, (-300_000_000, 100_000_000),
        (-296_000_000, 100_000_000), kn, zoned, False, 6 * HOUR_US, 300.0, NO_TIME, tuple(values),
    )  # fmt: skip
    return words.draft(silence, TrackBook(["t0"], [211000000], [0]), RULE, (0, 0))


@pytest.mark.parametrize(("heard", "missed", "context"), [(10, 10, False), (10, 11, True), (11, 10, False)])
def test_an_open_silence_that_most_share_is_put_aside(heard: int, missed: int, context: bool) -> None:
    draft = told(heard, missed)
    assert draft.type == "open" and draft.context is context
    assert any("more of the vessels near by were silent" in e.what for e in draft.counter_evidence) is context


def test_one_that_ended_elsewhere_or_lies_in_a_watched_zone_is_not() -> None:
    assert not told(10, 30, closed=True).context
    assert not told(10, 30, zoned=True).context


@pytest.mark.parametrize(
    ("hours", "words_said"),
    [(20.0, "may be up to 500 nm away"), (20.1, "may by now be more than 500 nm away"), (2_000.0, "more than 500 nm")],
)
def test_a_reach_that_nobody_can_search_is_not_told_by_the_tenth(hours: float, words_said: str) -> None:
    draft = told(10, 1, hours=hours)
    assert words_said in draft.why
    assert draft.measures["reach_nm"] == min(round(25.0 * hours, 1), 10_801.0)


# From one place to the other it is 23.66 nm: in 8 h 2.958 kn.
@pytest.mark.parametrize(
    ("kn", "llr", "aside"),
    [
        (2.958, 3.0, True), (2.82, 3.0, True), (2.81, 3.0, False), (3.11, 3.0, True), (3.12, 3.0, False),
        (9.0, 3.0, False), (-0.001, 3.0, False), (2.958, 3.46, True), (2.958, 3.47, False),
    ],
)  # fmt: skip
def test_one_that_sailed_straight_on_needs_four_times_the_odds(kn: float, llr: float, aside: bool) -> None:
    draft = told(10, 1, closed=True, kn=kn, llr=llr)
    assert draft.context is aside
    assert any("straight on" in e.what for e in draft.counter_evidence) is (2.815 < kn < 3.115)
    assert not told(10, 1, closed=True, kn=kn, llr=llr, zoned=True).context
