"""Shadow: every threshold at its edge, who leads, what stands against it, and its numbers against a plain reckoning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_convoys import NM_M, Track, batch, book_of, crowd, fixes_of_tracks, sailed, tick_of

from beaconline.foundation.records.finding import Draft, Mask
from beaconline.foundation.table.reports import Pools, Static
from beaconline.understand.detectors.shadow import DEFAULTS, LARGEST, Shadow
from beaconline.understand.forces.said import Said
from beaconline.understand.pairs.family import PairFamily
from beaconline.understand.pairs.window import Fixes

TURNING = [(20.0, 10.0, 30.0), (90.0, 10.0, 30.0), (40.0, 10.0, 30.0)]
"""Turns by 70 and 50 degrees."""
HOURS = 3_600_000_000


@dataclass
class Place:
    """The same answer everywhere."""

    land_m: int | None = 90_000
    masks: Sequence[Mask] = ()
    zones: Sequence[tuple[str, str]] = ()
    has_port_masks: bool = True

    def distance_to_land_m(self, lon_e7: int, lat_e7: int) -> int | None:
        return self.land_m

    def masks_near(self, lon_e7: int, lat_e7: int, within_m: int) -> list[Mask]:
        return [m for m in self.masks if m.distance_m <= within_m]

    def zones_at(self, lon_e7: int, lat_e7: int, t_us: int) -> list[tuple[str, str]]:
        return list(self.zones)


def told(tracks: Sequence[Track], place: Place | None = None, step_s: float = 30.0, **params: float) -> list[Draft]:
    return batch(PairFamily([Shadow(place or Place(), params)]), fixes_of_tracks(tracks, step_s))


def said_types(fixes: Fixes, types: Mapping[int, int]) -> Said:
    book = book_of(fixes)
    return Said(by_vessel={f"mmsi:{book.mmsi[k]}": [(0, Static(ship_type=t))] for k, t in types.items()})


def told_with_types(tracks: Sequence[Track], types: Mapping[int, int]) -> list[Draft]:
    """As ``told``, with ship types that the vessels sent."""
    fixes = fixes_of_tracks(tracks)
    family, book, as_of = PairFamily([Shadow(Place())]), book_of(fixes), int(fixes.t_us[-1])
    state, drafts = family.step(family.start(), tick_of(fixes, book, as_of))
    return drafts + family.finish_after(state, as_of, book, Pools(), said_types(fixes, types), ())


def pair(lag_min: float = 6.0, legs: Sequence[tuple[float, float, float]] = TURNING) -> list[Track]:
    return [sailed(0, legs), sailed(1, legs, lag_min * 60)]


def test_a_follower_through_two_turns() -> None:
    (got,) = told(pair())
    assert (got.kind, got.type, got.context, got.open, got.settled) == ("shadow", "answering", False, True, False)
    assert got.members == ((1, "follower"), (0, "leader")), "by the names of the tracks, t001 before t002"
    assert got.why == (
        "{0} kept in the path of {1} for 1 h 23 min so far, 1.0 nm and about 6 min behind and turned after it 2 times."
    )
    m = got.measures
    assert m["turns_answered"] == m["leader_turns"] == 2
    assert abs(int(m["turn_response_lag_s"] or 0) - 360) <= 30
    assert abs(int(m["lag_median_s"] or 0) - 360) <= 10
    assert abs(int(m["answered_alone_deg"] or 0) - 120) <= 8
    assert m["on_path_percent"] == 100
    turns = [e for e in got.evidence if "turned" in e.what]
    assert [e.what for e in turns] == ["leader turned", "follower turned after it"] * 2
    assert [e.track for e in turns] == ["t002", "t001"] * 2
    at = [e.t_us or 0 for e in turns]
    assert at == sorted(at)


def test_who_leads_does_not_depend_on_the_codes() -> None:
    (got,) = told([sailed(0, TURNING, 360.0), sailed(1, TURNING)])
    assert {role: code for code, role in got.members} == {"leader": 1, "follower": 0}


def test_it_ends_when_the_follower_leaves_and_is_settled_later() -> None:
    follower = sailed(1, [(20, 10, 30), (90, 10, 30), (250, 12, 60)], 360.0)
    leader = sailed(0, [*TURNING, (40, 10, 20)])
    (got,) = told([leader, follower], answer_deg=40)
    assert not got.open and not got.settled
    late = fixes_of_tracks([leader, follower])
    (got,) = batch(PairFamily([Shadow(Place(), {"answer_deg": 40})]), late, int(late.t_us[-1]) + 5 * HOURS)
    assert not got.open and got.settled


@pytest.mark.parametrize(("minutes", "found"), [(21.5, 1), (18.5, 0)])
def test_straight_on_for_twenty_minutes(minutes: float, found: int) -> None:
    leader = sailed(0, [(0, 10, 90)])
    follower = sailed(1, [(0, 10, minutes), (110, 14, 40)], 360.0)
    assert len(told([leader, follower])) == found


@pytest.mark.parametrize(("minutes", "found"), [(5.0, 1), (1.0, 0)])
def test_through_a_turn_for_ten_minutes_within_reach_for_twenty(minutes: float, found: int) -> None:
    """Comes in from the side, falls in astern, turns after the leader and leaves so long after."""
    leader = sailed(0, [(0, 10, 40), (80, 10, 60)])
    follower = Track(1, -1.9, 3.0, 600.0).go(90, 10, 11.4).go(0, 10, 22).go(80, 10, minutes).go(200, 14, 30)
    shorter = {"retrace_s": 600 + 60 * (20 - minutes)} if not found else {}
    got = told([leader, follower], **shorter)
    assert [d.type for d in got] == ["answering"] * found


@pytest.mark.parametrize(("lag_min", "found"), [(17.6, 1), (18.4, 0)])
def test_within_three_miles(lag_min: float, found: int) -> None:
    """10 kn: 3 nm in 18 minutes."""
    assert len(told(pair(lag_min, [(20.0, 10.0, 120.0)]))) == found


@pytest.mark.parametrize(("kn", "found"), [(3.3, 1), (2.7, 0)])
def test_both_move(kn: float, found: int) -> None:
    assert len(told(pair(8.0, [(20.0, kn, 60.0), (90.0, kn, 60.0)]))) == found


@pytest.mark.parametrize(("aside_m", "found"), [(700.0, 1), (790.0, 0)])
def test_on_the_path(aside_m: float, found: int) -> None:
    leader, follower = sailed(0, [(0.0, 10.0, 90.0)]), sailed(1, [(0.0, 10.0, 84.0)], 360.0)
    follower.at = [(t, e + aside_m / NM_M, n) for t, e, n in follower.at]
    got = told([leader, follower])
    assert len(got) == found
    if found:
        assert abs(int(got[0].measures["cross_track_median_m"] or 0) - aside_m) <= 20, "to starboard is positive"


@pytest.mark.parametrize(("kn", "found"), [(10.5, 1), (12.5, 0)])
def test_lag_hardly_changes(kn: float, found: int) -> None:
    """A faster ship comes up from behind: the lag falls from 14 minutes on."""
    assert len(told([sailed(0, [(0.0, 10.0, 80.0)]), sailed(1, [(0.0, kn, 60.0)], 840.0)])) == found


@pytest.mark.parametrize(("turn", "kind_type", "context"), [(66.0, "answering", False), (54.0, "in_trail", True)])
def test_turns_enough_to_tell(turn: float, kind_type: str, context: bool) -> None:
    (got,) = told(pair(6.0, [(0.0, 10.0, 40.0), (turn, 10.0, 40.0)]))
    assert (got.type, got.context) == (kind_type, context)
    assert bool([e for e in got.counter_evidence if "one bend of a lane" in e.what]) == context


@pytest.mark.parametrize(("turn", "turns"), [(23.0, 1), (17.0, 0)])
def test_turns_that_count(turn: float, turns: int) -> None:
    (got,) = told(pair(6.0, [(0.0, 10.0, 40.0), (turn, 10.0, 40.0)]))
    assert got.measures["leader_turns"] == turns


def test_turning_at_once_answers_nobody() -> None:
    """Line abreast at an angle: the same turns at the same instants, on parallel paths."""
    one, two = sailed(0, TURNING), sailed(1, TURNING)
    two.at = [(t, e - 0.05, n - 0.3) for t, e, n in two.at]
    got = told([one, two])
    assert [(d.type, d.context, d.measures["turns_answered"]) for d in got] in ([], [("in_trail", True, 0)])
    assert all(d.measures["duration_s"] < 1900 for d in got), "it ends where the paths part"


@pytest.mark.parametrize(("others", "found"), [(0, ["answering"]), (1, ["in_trail"] * 3), (3, [])])
def test_others_who_make_the_same_turns(others: int, found: list[str]) -> None:
    """With one more it may be a column, and stays in the context queue; with several it is a lane."""
    tracks = [sailed(k, TURNING, 360.0 * k) for k in range(2 + others)]
    got = told(tracks)
    assert [d.type for d in got] == found
    assert all(d.context for d in got if d.type == "in_trail")


def test_a_lane_is_told_by_those_who_do_not_follow() -> None:
    """Others long before and after, beyond three miles, on the same line the same way; and one the other way."""
    straight = [(30.0, 12.0, 120.0)]
    ships = [sailed(0, straight, 1500.0), sailed(1, straight, 1860.0)]
    back = Track(2, 12.0, 20.8).go(210, 12, 120)
    assert [d.type for d in told([*ships, back])] == ["in_trail"]
    assert told([*ships, sailed(2, straight, 0.0), sailed(3, straight, 3300.0), sailed(4, straight, 300.0)]) == []


def test_speed_answered_before_the_place() -> None:
    """The leader slows and gathers speed on a straight course; the follower does so two minutes later."""
    leader = sailed(0, [(0, 14, 30), (0, 7, 25), (0, 14, 30)])
    follower = sailed(1, [(0, 14, 22), (0, 7, 25), (0, 14, 25)], 600.0)
    (got,) = told([leader, follower])
    assert (got.type, got.measures["speed_changes_answered"]) == ("answering", 2)
    at_place = sailed(1, [(0, 14, 30), (0, 7, 25), (0, 14, 20)], 480.0)
    assert [d.type for d in told([leader, at_place])] == ["in_trail"]


def test_a_tow_a_pilot_and_fishing_vessels() -> None:
    near = pair(1.6, [(20.0, 6.0, 60.0), (90.0, 6.0, 60.0)])
    (got,) = told(near)
    assert got.context and any("tow" in e.what for e in got.counter_evidence)
    assert told_with_types(near, {0: 52}) == []
    (got,) = told_with_types(pair(), {0: 30, 1: 30})
    assert got.context and any("fishing" in e.what for e in got.counter_evidence)
    (got,) = told_with_types(pair(), {1: 50})
    assert got.context and any("pilot" in e.what for e in got.counter_evidence)
    (got,) = told_with_types(pair(), {0: 70, 1: 55})
    assert not got.context


def test_masks_inform_and_do_not_veto() -> None:
    port = Mask("port", "some table", 4000)
    (got,) = told(pair(), Place(masks=[port]))
    assert got.context and got.masks == (port,)
    (got,) = told(pair(), Place(masks=[port], zones=[("Z", "watch")]))
    assert not got.context and got.zones == ("Z",)
    (got,) = told(pair(), Place(land_m=3000))
    assert got.context and any(e.what == "near the shore" for e in got.counter_evidence)
    (got,) = told(pair(), Place(land_m=None, has_port_masks=False))
    assert not got.context
    assert {e.what for e in got.counter_evidence} >= {"distance to land is not known here"}


def test_fixes_far_apart() -> None:
    """Lines between fixes half an hour apart say nothing of a straight course, and little of a turning one."""
    legs = [(20.0, 6.0, 120.0), (90.0, 6.0, 120.0)]
    assert told(pair(20.0, [(20.0, 6.0, 300.0)]), step_s=1800) == []
    got = told(pair(20.0, legs), step_s=1200)
    assert all(d.context for d in got)


def test_gaps_are_not_followed_over() -> None:
    """The leader falls silent for 70 minutes, more than may be bridged: two stretches, none over the gap."""
    legs = [(20.0, 10.0, 50.0), (80.0, 10.0, 100.0), (20.0, 10.0, 60.0)]
    rows = fixes_of_tracks(pair(6.0, legs))
    silent = (rows.track == 0) & (np.abs(rows.t_us - rows.t_us[0] - 100 * 60_000_000) < 35 * 60_000_000)
    got = batch(PairFamily([Shadow(Place())]), rows.take(~silent))
    gap = (int(rows.t_us[0]) + 65 * 60_000_000, int(rows.t_us[0]) + 135 * 60_000_000)
    assert got
    assert all(d.t_end_us <= gap[0] or d.t_start_us >= gap[1] for d in got)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 9_999), lag_min=st.floats(2.0, 14.0), aside_m=st.floats(-300.0, 300.0),
    kn=st.floats(5.0, 11.0),
)  # fmt: skip
def test_numbers_against_a_plain_reckoning(seed: int, lag_min: float, aside_m: float, kn: float) -> None:
    """Lag, range and cross-track distance against a search over the path second by second, on a plane."""
    rng = np.random.default_rng(seed)
    legs = [(float(c), kn, 25.0) for c in np.cumsum(rng.uniform(-50, 50, 4))]
    leader, follower = sailed(0, legs), sailed(1, legs, lag_min * 60)
    follower.at = [(t, e + aside_m / NM_M, n) for t, e, n in follower.at]
    got = told([leader, follower], retrace_share=0.0, steady_share=100, cross_spread_m=20_000)
    path = np.array(leader.at)
    t = np.arange(0.0, path[-1, 0])
    way = np.stack([np.interp(t, path[:, 0], path[:, c]) for c in (1, 2)], axis=1) * NM_M
    after = np.array(follower.at)
    lags, ranges = [], []
    for s in np.arange(lag_min * 60 + 60, path[-1, 0] - 1, 30.0):
        here = np.array([np.interp(s, after[:, 0], after[:, c]) for c in (1, 2)]) * NM_M
        far = np.hypot(*(way[: int(s) + 1] - here).T)
        lags.append(s - int(np.argmin(far)))
        ranges.append(far[-1])
    assert len(got) == 1
    m = got[0].measures
    assert abs(float(m["lag_median_s"] or 0) - float(np.median(lags))) <= 20
    assert abs(float(m["distance_median_m"] or 0) - float(np.median(ranges))) <= 60


def test_monotony() -> None:
    """Asking for fewer degrees of turn never loses an ``answering``; nor does asking for less time in the path. (Reach
    and width are not monotone: a longer run may begin or end unsteadily.)"""
    for seed in range(3):
        family = {"speed_kn": 2.0, "steady_share": 5.0, "lane_vessels": 99}
        fixes = crowd(seed)
        sets = []
        for more in ({"answer_deg": 90}, {"answer_deg": 40}, {"answer_deg": 40, "retrace_s": 300}):
            drafts = batch(PairFamily([Shadow(Place(), {**family, **more})]), fixes)
            sets.append({(d.members, d.key) for d in drafts if d.type == "answering"})
        assert sets[0] <= sets[1] <= sets[2]


@pytest.mark.parametrize("key", sorted(DEFAULTS))
def test_parameters_out_of_range_are_named(key: str) -> None:
    for value in (-1, LARGEST[key] * 1.01 + 1, float("nan")):
        with pytest.raises(ValueError, match=rf"\[shadow\] {key}: .* is outside 0 to"):
            Shadow(Place(), {key: value})
