"""``joint_activity``: thresholds at their edges, what speaks against a finding, roles, and any cut into ticks."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joint_worlds import T0_US, Place, Ship, fleet, found, guards, kind_of, raft, rows_of

from beaconline.foundation.records.finding import Draft, Mask
from beaconline.foundation.table.reports import Pools
from beaconline.foundation.table.snapshot import restore, save
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.detectors.joint_activity import BOUNDS, DEFAULTS, STATE_CLASSES, JointActivity
from beaconline.understand.forces.said import Said
from beaconline.understand.ground import Ground
from beaconline.understand.joint.hulls import may_pair
from beaconline.understand.step import Tick

H = 3_600_000_000
WORLD = [*raft(), *guards(), *fleet()]


def only(drafts: list[Draft]) -> Draft:
    assert len(drafts) == 1, [d.why for d in drafts]
    return drafts[0]


def roles(draft: Draft, ships: list[Ship]) -> dict[int, str]:
    return {ships[code].mmsi: role for code, role in draft.members}


def test_three_forces_are_told_once_with_the_role_of_each_hull() -> None:
    draft = only(found(WORLD))
    told = roles(draft, WORLD)
    assert {told[s.mmsi] for s in raft()} == {"mass"}
    assert {told[s.mmsi] for s in guards()} == {"stand off"}
    assert len(told) == len(WORLD)
    assert draft.measures["forces"] == "coast_guard, fishing, militia"
    assert (draft.type, draft.context, draft.measures["tests"]) == ("formation", False, 1)
    assert draft.measures["p_places_corrected"] == 0.0005
    assert "12 militia kept close together; 2 coast guard held 4.5 to 4.5 nm off" in draft.why
    assert not re.search(r"\b(command|order|direct|control|led|intend|purpose)\w*", draft.why)


def test_without_a_list_nothing_is_found() -> None:
    assert found([replace(s, listed=False) for s in WORLD]) == []


def test_forces_that_may_pair() -> None:
    assert may_pair("navy", "coast_guard")
    assert may_pair("militia", "fishing")
    assert not may_pair("coast_guard", "other_government"), "they police the same waters"
    assert not may_pair("coast_guard", "fishing")
    assert not may_pair("research", "fishing")
    assert may_pair("militia", "coast_guard") == may_pair("coast_guard", "militia")


@pytest.mark.parametrize("police", ["coast_guard", "other_government"])
@pytest.mark.parametrize("hours", [1.5, 12.0])
def test_a_fleet_with_its_patrol_is_none(police: str, hours: float) -> None:
    boats = [replace(s, off_nm=0.04 * k) for k, s in enumerate(fleet(12))]
    for patrol in (guards(2, police, hours=((5.0, 5.0 + hours),)), [*guards(1, police), *guards(1, "coast_guard")]):
        assert found([*boats, *patrol]) == []


def test_what_holds_for_too_short_is_a_visit() -> None:
    """The fixes of a visit fill its slots: eight half hours are four hours."""
    long, short = ((5.0, 8.99),), ((5.0, 8.49),)
    assert only(found([*raft(), *guards(hours=long), *fleet()])).measures["hulls_coast_guard"] == 2
    assert found([*raft(), *guards(hours=short), *fleet()]) == []
    assert len(found([*raft(), *guards(hours=short), *fleet()], hold_s=12_600)) == 1


def test_what_runs_does_not_hold() -> None:
    assert len(found([*raft(), *guards(kn=7.99)])) == 1
    assert found([*raft(), *guards(kn=8.0)]) == []


@pytest.mark.parametrize(("off_nm", "n"), [(11.7, 1), (12.3, 0)])
def test_the_radius(off_nm: float, n: int) -> None:
    assert len(found([*raft(), *guards(off_nm=off_nm)])) == n


@pytest.mark.parametrize(("hulls", "n"), [(4, 1), (3, 0)])
def test_a_crowd_has_four_hulls(hulls: int, n: int) -> None:
    assert len(found([*raft(hulls), *guards(4)])) == n


def test_hulls_a_mile_apart_are_no_crowd() -> None:
    spread = [replace(s, off_nm=2.0) for s in raft(8)]
    assert found([*spread, *guards()]) == []


def test_one_after_the_other_is_not_together() -> None:
    assert found([*raft(hours=((0.0, 9.0),)), *guards(hours=((12.0, 24.0),))]) == []


def test_a_break_of_a_day_is_one_activity_and_a_longer_one_two() -> None:
    for gap, n in ((23.4, 1), (25.0, 2)):
        hours = ((0.0, 10.0), (10.0 + gap, 20.0 + gap))
        assert len(found([*raft(hours=hours), *guards(hours=hours), *fleet(hours=((0.0, 50.0),))])) == n


def test_too_few_hulls_to_tell_are_context_and_said_so() -> None:
    draft = only(found([*raft(5), *guards(1)]))
    assert (draft.type, draft.context, draft.measures["tests"]) == ("untested", True, 0)
    assert draft.measures["p_places_corrected"] is None
    assert any("too few hulls" in e.what for e in draft.counter_evidence)
    assert only(found([*raft(5), *guards(1)], level=1.0)).type == "formation"


def test_a_run_of_a_day_says_that_time_could_not_be_tested() -> None:
    (item,) = [e for e in only(found(WORLD)).counter_evidence if "too short" in e.what]
    assert item.detail["run_h"] == 24.0


def test_hulls_that_come_together_again_and_again() -> None:
    """Three hulls of a militia and one of a navy: no crowd, five meetings in four weeks, and nothing between them."""
    days = (1, 4, 5, 12, 19, 25)
    hours = [(24.0 * d + 3, 24.0 * d + 15) for d in days]
    ends = [(0.0, 0.5), (671.0, 671.9)]
    meet = [*raft(3, hours=hours, every_s=1800.0), *guards(1, "navy", hours=hours, every_s=1800.0)]
    far = [Ship(415_000_000, "fishing", 90.0, 60.0, hours=ends, every_s=1800.0)]
    drafts = found([*meet, *far])
    assert {d.type for d in drafts} == {"recurring"}
    assert drafts[-1].measures["p_time"] == pytest.approx(1 / 28, abs=1e-6)
    met = [d.measures["earlier_meetings"] for d in sorted(drafts, key=lambda d: d.t_start_us)]
    assert met == list(range(len(drafts)))
    assert len(drafts) == 5, "days 4 and 5 are one"
    other = [(24.0 * d + 3, 24.0 * d + 15) for d in (2, 4, 8, 15, 22, 26)]
    assert found([*meet[:3], replace(meet[3], hours=other), *far]) == [], "they met once"


def test_masks_move_it_to_context_and_a_reef_keeps_it() -> None:
    port = [Mask("port", "ports.csv line 3", 4_000)]
    assert only(found(WORLD, Place(masks=port))).context
    assert only(found(WORLD, Place(land_m=3_000))).context
    reef = only(found(WORLD, Place(land_m=3_000, masks=port, zones=[("reef A", "reef")])))
    assert not reef.context
    assert reef.masks
    assert reef.zones == ("reef A",)
    assert not only(found(WORLD, Place(masks=[Mask("port", "far", 10_001)]))).context


def test_what_is_not_known_is_said() -> None:
    said = " ".join(e.what for e in only(found(WORLD, Place(None, has_port_masks=False))).counter_evidence)
    for word in ("no anchorage mask", "distance to land is not known", "weather", "season", "lanes", "policed"):
        assert word in said
    assert "search and rescue" not in said


def test_a_rescue_is_counter_evidence() -> None:
    for mmsi in (111_000_001, 970_000_001):
        signal = Ship(mmsi, "other", 10.0, 5.0, hours=((6.0, 6.5),), listed=False)
        said = [e.what for e in only(found([*WORLD, signal])).counter_evidence]
        assert any("search and rescue" in what for what in said)
        away = replace(signal, off_nm=14.0)
        assert not any("search" in e.what for e in only(found([*WORLD, away])).counter_evidence)


def test_on_all_sides_is_a_screen_and_on_one_side_is_not() -> None:
    ships = [*raft(), *guards(4, "navy")]
    assert {r for m, r in roles(only(found(ships)), ships).items() if m >= 413_000_000} == {"screen"}
    beside = [replace(s, bearing=20.0 * k) for k, s in enumerate(guards(4, "navy"))]
    ships = [*raft(), *beside]
    assert {r for m, r in roles(only(found(ships)), ships).items() if m >= 413_000_000} == {"stand off"}


def told(kind: str, role: str, code: int, other: int, start_h: float, end_h: float) -> Draft:
    return Draft(
        kind, "", T0_US + round(start_h * H), T0_US + round(end_h * H), False, True, ((code, role), (other, "target")),
        0, 0, (), {}, (), (), (), kind, {}, "", "k",
    )  # fmt: skip


def test_roles_of_other_findings_stand_in_time_order() -> None:
    stranger = len(WORLD)
    ships = [*WORLD, Ship(419_000_000, "cargo", 0.0, 9.0, hours=((0.0, 23.9),))]
    draft = only(found(ships, drafts=[told("block", "blocker", 12, stranger, 6.0, 12.0)]))
    mine = [e for e in draft.evidence if e.what.startswith("role") and e.track == f"{WORLD[12].mmsi:09d}:t"]
    assert [e.what for e in mine] == ["role: stand off", "role: block", "role: stand off"]
    assert [e.t_us for e in mine] == sorted(e.t_us or 0 for e in mine)
    assert any(e.what == "finding: block" for e in draft.evidence)
    friend = only(found(ships, drafts=[told("shadow", "follower", 12, 13, 6.0, 12.0)]))
    assert not any(e.what in ("role: shadow", "finding: shadow") for e in friend.evidence), "two of one force"


def test_a_hull_that_comes_and_goes_is_supply() -> None:
    near = Ship(416_000_000, "militia", 40.0, 0.06, hours=((3.0, 6.0), (14.0, 17.0)))
    seen = replace(near, bearing=90.0, off_nm=30.0, hours=((0.0, 2.0), (8.0, 12.0), (19.0, 24.0)))
    both = ShipOnTwoPlaces(near, seen)
    ships = [*WORLD, both]
    assert roles(only(found(ships)), ships)[416_000_000] == "supply"


class ShipOnTwoPlaces(Ship):
    """One hull that lies now here, now there."""

    def __init__(self, one: Ship, two: Ship) -> None:
        super().__init__(one.mmsi, one.force)
        self.two = (one, two)

    def fixes(self) -> list[tuple[float, float, float]]:
        return sorted([*self.two[0].fixes(), *self.two[1].fixes()])


def test_open_while_the_window_lasts() -> None:
    later = Ship(417_000_000, "cargo", 0.0, 60.0, hours=((0.0, 47.0),), listed=False)
    assert only(found(WORLD)).open
    assert only(found([*WORLD, later])).open
    assert not only(found([*WORLD, replace(later, hours=((0.0, 49.0),))])).open


@pytest.mark.parametrize("key", list(BOUNDS))
def test_parameters_have_bounds_and_are_named(key: str) -> None:
    least, most = BOUNDS[key]
    for value, good in ((least, True), (most, True), (most * 1.01 + 1, False), (least - 1, False)):
        if good and key == "slot_s":
            continue
        if good:
            JointActivity(Ground(), {key: value})
        else:
            with pytest.raises(ValueError, match=rf"\[joint_activity\] {key}: .* is outside"):
                JointActivity(Ground(), {key: value})
    assert least <= float(DEFAULTS[key]) <= most


def test_slots_divide_a_day() -> None:
    with pytest.raises(ValueError, match="does not divide a day"):
        JointActivity(Ground(), {"slot_s": 1_000})


@settings(max_examples=12)
@given(cut=st.integers(0, 10_000), drop=st.floats(0.0, 0.5))
def test_any_cut_and_any_restart_give_the_same(cut: int, drop: float) -> None:
    hours = ((0.0, 20.0), (40.0, 70.0))
    ships = [
        *raft(6, hours=hours),
        *guards(2, hours=hours),
        *fleet(6, hours=((0.0, 70.0),)),
        Ship(419_000_000, "cargo"),
    ]
    pools, kind = Pools(), kind_of(ships)
    rows, track, book = rows_of(ships, pools)
    rng = np.random.default_rng(cut)
    keep = rng.uniform(size=len(rows)) >= drop
    rows, track = rows.take(keep), track[keep]
    as_of, bridge = int(rows.t_us[-1]), np.full(len(rows), H, np.int64)
    state, _ = kind.step(kind.start(), Tick(rows, track, bridge, as_of, book, pools))
    whole = kind.finish_after(state, as_of, book, pools, Said(), [])
    state, i = kind.start(), 0
    while i < len(rows):
        n = int(rng.integers(1, 400))
        part = slice(i, i + n)
        mark = int(rows.t_us[min(i + n, len(rows) - 1)]) - int(rng.integers(1, 600_000_000))
        state, _ = kind.step(state, Tick(rows.take(part), track[part], bridge[part], mark, book, pools))
        i += n
        if rng.uniform() < 0.3:
            before = save(state)
            kind.finish_after(state, int(rows.t_us[min(i, len(rows)) - 1]), book, pools, Said(), [])
            assert save(state) == before, "a question must not change the state"
            state = restore(before, STATE_CLASSES)
    state, _ = kind.step(state, Tick(rows.take(slice(0, 0)), track[:0], bridge[:0], as_of, book, pools))
    assert repr(kind.finish_after(state, as_of, book, pools, Said(), [])) == repr(whole)


def test_memory_is_bounded() -> None:
    """A listed hull for 60 days, and one that nobody knows: 28 days and two days are kept."""
    ships = [*raft(1, hours=((0.0, 1440.0),)), Ship(419_000_000, "cargo", listed=False, hours=((0.0, 1440.0),))]
    pools, kind = Pools(), kind_of(ships)
    rows, track, book = rows_of(ships, pools)
    state = kind.start()
    for part in np.array_split(np.arange(len(rows)), 40):
        mark = int(rows.t_us[part[-1]])
        tick = Tick(rows.take(part), track[part], np.full(len(part), H, np.int64), mark, book, pools)
        state, _ = kind.step(state, tick)
    kept = np.concatenate([part.track for part in state.slots.parts])
    assert 28 * 48 - 1 <= int((kept == 0).sum()) <= 29 * 48
    assert 24 <= int((kept == 1).sum()) <= 2 * 48
    assert len(save(state)) < 40_000


def test_order_of_tracks_does_not_matter() -> None:
    whole = only(found(WORLD))
    turned = WORLD[::-1]
    other = only(found(turned))
    assert roles(whole, WORLD) == roles(other, turned)
    assert replace(whole, members=()) == replace(other, members=())


def test_a_larger_radius_and_a_shorter_hold_lose_no_member() -> None:
    few = set(roles(only(found(WORLD)), WORLD))
    for more in ({"radius_m": 30_000}, {"hold_s": 7_200}, {"slow_speed_kn": 12.0}):
        assert few <= set(roles(only(found(WORLD, **more)), WORLD))


def test_the_handle_stays_while_it_grows() -> None:
    short = [replace(s, hours=((0.0, 12.0),)) for s in WORLD]
    late = [*WORLD, *[replace(s, mmsi=s.mmsi + 50, hours=((14.0, 24.0),)) for s in raft(3)]]
    one, two = only(found(short)), only(found(late))
    assert one.members_may_change
    assert one.key == two.key
    assert len(two.members) == len(one.members) + 3


def test_an_empty_run_is_no_error() -> None:
    kind, book = kind_of(WORLD), TrackBook()
    assert kind.finish_after(kind.start(), T0_US, book, Pools(), Said(), []) == []
    assert kind.finish(kind.start(), T0_US, book, Pools()) == []
