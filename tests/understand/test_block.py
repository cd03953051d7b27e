"""Block: every threshold at its edge, the order of the two manoeuvres, and what stands against it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_convoys import NM_M, Track, batch, book_of, crowd, fixes_of_tracks, start_us, tick_of
from test_shadow import Place, said_types

from beaconline.foundation.records.finding import Draft, Mask
from beaconline.foundation.table.reports import Pools
from beaconline.understand.detectors.block import DEFAULTS, LARGEST, Block
from beaconline.understand.pairs.family import PairFamily

TARGET, BLOCKER = 0, 1
HOURS = 3_600_000_000


def told(tracks: Sequence[Track], place: Place | None = None, step_s: float = 30.0, **params: float) -> list[Draft]:
    fixes = fixes_of_tracks(tracks, step_s)
    return batch(PairFamily([Block(place or Place(), params)]), fixes, int(fixes.t_us[-1]) + 4 * HOURS)


def told_with_types(tracks: Sequence[Track], types: Mapping[int, int]) -> list[Draft]:
    fixes = fixes_of_tracks(tracks)
    family, book, as_of = PairFamily([Block(Place())]), book_of(fixes), int(fixes.t_us[-1])
    state, drafts = family.step(family.start(), tick_of(fixes, book, as_of))
    return drafts + family.finish_after(state, as_of, book, Pools(), said_types(fixes, types), ())


def target(turn: float = 90.0, at_min: float = 32.0, kn: float = 9.0) -> Track:
    """North at 9 kn, and a turn to starboard 1.2 nm short of 6 nm."""
    return Track(TARGET, 0.0, 0.0).go(0, kn, at_min).go(turn, kn, 40)


def blocker(stop_min: float = 24.0, kn: float = 1.0, aside: float = 0.0, stays: float = 20.0) -> Track:
    """From the west to 6 nm ahead of the target's start; there at a crawl across the bow, then away to the west."""
    track = Track(BLOCKER, aside - 14.0 * stop_min / 60, 6.0).go(90, 14, stop_min)
    return track.go(90, kn, stays).go(270, 14, 30)


def test_it_is_told_with_both_manoeuvres_in_order() -> None:
    (got,) = told([target(), blocker()])
    assert (got.kind, got.type, got.context, got.open, got.settled) == ("block", "turned_away", False, False, True)
    assert got.members == ((BLOCKER, "blocker"), (TARGET, "target"))
    one, two = got.evidence[:2]
    assert (one.what, two.what) == ("manoeuvred into the bow", "gave up its way after it")
    assert (one.track, two.track) == ("t001", "t002")
    assert abs((one.t_us or 0) - start_us(24 * 60)) <= 30_000_000
    assert abs((two.t_us or 0) - start_us(32 * 60)) <= 30_000_000
    m = got.measures
    assert abs(int(m["range_at_turn_away_m"] or 0) - 1.2 * NM_M) < 120
    assert m["target_turn_deg"] in (89, 90, 91)
    assert m["response_lag_s"] in (450, 480, 510)
    assert int(m["cpa_after_m"] or 0) < 1000 < int(m["cpa_before_m"] or 0)
    assert got.why.startswith("{0} slowed from 14 to 1 kn and came to lie in the bow of {1}, to pass at ")
    assert got.why.endswith(" m; 8 min later {1} turned 90 degrees to starboard at 1.2 nm.")


def test_the_closest_approach_is_that_of_two_straight_ways() -> None:
    """At 24 min the target is 2.4 nm short of a blocker that does 14 kn, then 1 kn, to the east."""
    (got,) = told([target(), blocker()])
    before, after = (2.4 * kn / math.hypot(9, kn) * NM_M for kn in (14, 1))
    assert abs(float(got.measures["cpa_before_m"] or 0) - before) < 100
    assert abs(float(got.measures["cpa_after_m"] or 0) - after) < 100


def test_the_other_order_is_not_told() -> None:
    """The target turned before the other came."""
    assert told([target(at_min=20.0), blocker()]) == []


def test_a_vessel_that_keeps_its_way_blocks_nobody() -> None:
    """Ordinary crossing: whoever gives way, the other made no manoeuvre."""
    steady = Track(BLOCKER, -5.6, 6.0).go(90, 14, 60)
    assert told([target(), steady]) == []
    crawler = Track(BLOCKER, -0.3, 6.0).go(90, 1.0, 80)
    assert told([target(), crawler]) == []


@pytest.mark.parametrize(("turn", "kind_type"), [(66.0, True), (52.0, False), (20.0, None)])
def test_great_and_ordinary_turns(turn: float, kind_type: bool | None) -> None:
    """A great turn is for the default queue, an ordinary give-way for the context queue, a small one for none."""
    got = told([target(turn), blocker()])
    assert [not d.context for d in got] == ([] if kind_type is None else [kind_type])


@pytest.mark.parametrize(("kn", "found"), [(5.0, True), (6.0, False)])
def test_a_slow_blocker_holds_and_a_fast_one_goes_by(kn: float, found: bool) -> None:
    """0.6 of 9 kn is 5.4 kn."""
    got = told([target(35.0, at_min=30.0), blocker(kn=kn, aside=-1.0)])
    assert bool(got) == found
    assert all(d.context for d in got)


@pytest.mark.parametrize(("minutes", "found"), [(3.0, True), (1.5, False)])
def test_standing_still(minutes: float, found: bool) -> None:
    stopper = Track(TARGET, 0.0, 0.0).go(0, 9, 32).go(0, 0.2, minutes).go(0, 6, 30)
    got = told([stopper, blocker(stays=40.0)])
    assert [d.type for d in got] == ["stood_still" if found else "slowed"]
    if found:
        assert abs(int(got[0].measures["standstill_s"] or 0) - minutes * 60) <= 60


@pytest.mark.parametrize(("aside", "found"), [(0.2, True), (1.3, False)])
def test_near_enough(aside: float, found: bool) -> None:
    """Passing at 1.3 nm needs no turn."""
    assert bool(told([target(), blocker(kn=0.3, aside=aside)])) == found


@pytest.mark.parametrize(("sector", "found"), [(30.0, True), (8.0, False)])
def test_in_the_bow(sector: float, found: bool) -> None:
    assert bool(told([target(), blocker(aside=0.4)], sector_deg=sector)) == found


@pytest.mark.parametrize(("hold_s", "found"), [(300, True), (420, False)])
def test_held_for_a_while(hold_s: float, found: bool) -> None:
    """Within 2 nm from minute 26.7 to 32."""
    assert bool(told([target(), blocker()], hold_s=hold_s)) == found


@pytest.mark.parametrize(("range_m", "found"), [(2_500, True), (2_000, False)])
def test_near_when_it_turned(range_m: float, found: bool) -> None:
    """It turned away at 1.2 nm, 2220 m."""
    assert bool(told([target(), blocker()], range_m=range_m, hold_s=30)) == found


def test_again_in_the_bow() -> None:
    """After the target's turn the blocker comes ahead of it once more: two ordinary turns are enough then."""
    twice = Track(TARGET, 0.0, 0.0).go(0, 8, 35).go(35, 8, 22).go(75, 8, 30)
    back = Track(BLOCKER, -5.2, 5.8).go(90, 14, 22).go(90, 0.8, 14)
    back.go(55, 14, 9).go(60, 1.5, 25)
    (got,) = told([twice, back])
    assert not got.context
    assert int(got.measures["manoeuvres_into_bow"] or 0) == 2
    assert int(got.measures["manoeuvres_after_turn_away"] or 0) == 1
    assert any(e.what == "manoeuvred into the bow again" for e in got.evidence)


def test_slowing_down_ahead_on_the_same_course() -> None:
    ahead = Track(BLOCKER, 0.05, 2.5).go(0, 9, 24).go(0, 3, 60)
    assert told([target(35.0), ahead]) == []
    got = told([target(110.0), ahead])
    assert all(d.context for d in got) and len(got) == 1
    assert any("same course" in e.what for e in got[0].counter_evidence)


def test_both_lie_still_after_it() -> None:
    """Two that come to one anchorage across each other's course."""
    anchors = Track(TARGET, 0.0, 0.0).go(0, 9, 33).go(0, 0.1, 90)
    (got,) = told([anchors, blocker(kn=0.1, stays=100.0)])
    assert got.context and any("anchoring" in e.what for e in got.counter_evidence)


def meeting(stays: float, off_nm: float = 0.05, drift: float = 0.6) -> list[Track]:
    """The target slows to a drift, the blocker, half a mile ahead, comes beside it and both lie for so long."""
    carrier = Track(TARGET, 0.0, 0.0).go(0, 11, 30).go(0, drift, 6 + stays).go(0, 11, 50)
    boat = Track(BLOCKER, -14.0 * 24 / 60, 6.3).go(90, 14, 24).go(90, 0.6, 8)
    east, north = off_nm - boat.east, 5.5 + drift * 6 / 60 - boat.north
    boat.go(math.degrees(math.atan2(east, north)), math.hypot(east, north) / 4 * 60, 4)
    return [carrier, boat.go(0, drift, stays).go(90, 14, 40)]


@pytest.mark.parametrize(("stays", "met"), [(15.0, False), (25.0, True), (180.0, True)])
@pytest.mark.parametrize("step_s", [10.0, 60.0, 180.0])
@pytest.mark.parametrize("noise_m", [0.0, 15.0])
def test_two_that_then_lie_together_meet(stays: float, met: bool, step_s: float, noise_m: float) -> None:
    """Twenty minutes within 500 m, however often and well they report."""
    fixes = fixes_of_tracks(meeting(stays), step_s, noise_m=noise_m)
    got = batch(PairFamily([Block(Place())]), fixes, int(fixes.t_us[-1]) + 4 * HOURS)
    assert len(got) == 1
    assert any("a meeting" in e.what for e in got[0].counter_evidence) == met
    assert got[0].context or not met
    assert (int(got[0].measures["lay_together_s"] or 0) >= 1200) == met


@pytest.mark.parametrize(("off_nm", "met"), [(0.24, True), (0.31, False)])
def test_within_500_m_of_each_other(off_nm: float, met: bool) -> None:
    (got,) = told(meeting(60.0, off_nm))
    assert any("a meeting" in e.what for e in got.counter_evidence) == met


@pytest.mark.parametrize(("drift", "met"), [(1.7, True), (2.3, False)])
def test_slower_than_two_knots_together(drift: float, met: bool) -> None:
    (got,) = told(meeting(60.0, drift=drift))
    assert any("a meeting" in e.what for e in got.counter_evidence) == met


@pytest.mark.parametrize("hold_nm", [0.1, 0.2, 0.3, 0.5])
@pytest.mark.parametrize("noise_m", [0.0, 15.0])
def test_held_in_the_bow_of_one_that_then_turns_back_is_no_meeting(hold_nm: float, noise_m: float) -> None:
    stopped = Track(TARGET, 0.0, 0.0).go(0, 10, 30).go(0, 0.2, 25).go(180, 10, 40)
    holds = Track(BLOCKER, -14.0 * 24 / 60, 5.0 + hold_nm).go(90, 14, 24).go(0, 0.2, 33).go(90, 12, 30)
    fixes = fixes_of_tracks([stopped, holds], 20.0, noise_m=noise_m)
    (got,) = batch(PairFamily([Block(Place())]), fixes, int(fixes.t_us[-1]) + 4 * HOURS)
    assert (got.type, got.context) == ("stood_still", False)


def test_alongside_after_it() -> None:
    """It turned in ahead, the other slowed down, and both ran side by side."""
    ship = Track(TARGET, 0.0, 0.0).go(0, 12, 20).go(0, 5, 30)
    boat = Track(BLOCKER, -2.5, 4.8).go(90, 9, 15.9).go(270, 0.6, 6).go(0, 5, 20)
    got = told([ship, boat])
    assert all(d.context for d in got)


def test_what_they_say_they_are() -> None:
    tracks = [target(), blocker()]
    for types, word in (({BLOCKER: 50}, "pilot"), ({BLOCKER: 30, TARGET: 30}, "fishing"), ({0: 37, 1: 36}, "pleasure")):
        (got,) = told_with_types(tracks, types)
        assert got.context and any(word in e.what for e in got.counter_evidence)
    (got,) = told_with_types(tracks, {BLOCKER: 55, TARGET: 30})
    assert not got.context


def test_habits() -> None:
    """A target that turned as much before, a blocker that goes to and fro."""
    other = Track(BLOCKER, -14.0 * 42 / 60, 6.0).go(90, 14, 42).go(90, 1, 20).go(270, 14, 30)
    late = [Track(TARGET, 0.0, 0.0).go(100, 9, 9).go(280, 9, 9).go(0, 9, 32).go(90, 9, 40), other]
    (got,) = told(late)
    assert got.context and any("turned as much before" in e.what for e in got.counter_evidence)


def test_fixes_too_far_apart_to_know_the_order() -> None:
    assert told([target(), blocker()], step_s=120)
    assert told([target(), blocker()], step_s=1200) == []


def test_masks_inform_and_do_not_veto() -> None:
    port = Mask("anchorage", "some table", 4000)
    (got,) = told([target(), blocker()], Place(masks=[port]))
    assert got.context and got.masks == (port,)
    (got,) = told([target(), blocker()], Place(masks=[port], zones=[("Z", "reef")]))
    assert not got.context and got.zones == ("Z",)
    (got,) = told([target(), blocker()], Place(land_m=None, has_port_masks=False))
    assert not got.context and len(got.counter_evidence) == 2


def test_open_while_its_outcome_is_watched() -> None:
    fixes = fixes_of_tracks([target(), blocker()])
    early = fixes.take(fixes.t_us < start_us(40 * 60))
    (got,) = batch(PairFamily([Block(Place())]), early)
    assert got.open and not got.settled
    (whole,) = batch(PairFamily([Block(Place())]), fixes, int(fixes.t_us[-1]) + 4 * HOURS)
    assert (whole.key, whole.members) == (got.key, got.members), "the handle is kept"


@settings(max_examples=20)
@given(turned=st.floats(0.0, 360.0), mirrored=st.booleans(), stop_min=st.floats(21.0, 25.0))
def test_turned_and_mirrored(turned: float, mirrored: bool, stop_min: float) -> None:
    """The same finding whichever way the whole scene lies."""

    def moved(track: Track) -> Track:
        a, out = math.radians(turned), Track(track.code, 0.0, 0.0)
        side = -1 if mirrored else 1
        out.at = [
            (t, side * e * math.cos(a) + n * math.sin(a), n * math.cos(a) - side * e * math.sin(a))
            for t, e, n in track.at
        ]
        return out

    plain = told([target(), blocker(stop_min)])
    laid = told([moved(target()), moved(blocker(stop_min))])
    assert [(d.type, d.context, d.key) for d in plain] == [(d.type, d.context, d.key) for d in laid]
    for one, two in zip(plain, laid, strict=True):
        for key in ("range_at_turn_away_m", "cpa_after_m", "held_in_bow_s"):
            assert abs(float(one.measures[key] or 0) - float(two.measures[key] or 0)) <= 40


def test_monotony() -> None:
    """A wider bow, a shorter hold, a longer range and a higher closest approach never lose the pair of an event (the
    first manoeuvre that fits may come earlier then)."""
    wide = {"lowered_share": 1.0, "slow_share": 90.0, "target_turn_deg": 10.0, "great_turn_deg": 15.0}
    for seed in range(4):
        fixes, sets = crowd(seed), []
        for more in ({}, {"sector_deg": 60}, {"sector_deg": 60, "hold_s": 90}, {"sector_deg": 60, "range_m": 9_000}):
            drafts = batch(PairFamily([Block(Place(), {**wide, **more})]), fixes)
            sets.append({d.members for d in drafts})
        assert sets[0] <= sets[1] <= sets[2]
        assert sets[1] <= sets[3]


@pytest.mark.parametrize("key", sorted(DEFAULTS))
def test_parameters_out_of_range_are_named(key: str) -> None:
    for value in (-1, LARGEST[key] * 1.01 + 1, float("nan")):
        with pytest.raises(ValueError, match=rf"\[block\] {key}: .* is outside 0 to"):
            Block(Place(), {key: value})
