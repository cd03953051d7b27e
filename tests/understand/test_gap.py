"""``gap``: every threshold at its edge, what makes a silence none, and an oracle for which silences there are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from gap_worlds import HOUR_US, MIN_US, T0_US, Row, batch, book_of, in_order, leg, live, others, sea, text, tick_of
from hypothesis import given, settings
from hypothesis import strategies as st

from beaconline.foundation.geo.geodesy import distance_m
from beaconline.foundation.geo.zones import Zone, read_zones
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import Pools
from beaconline.understand.context.places import Places
from beaconline.understand.detectors import gap
from beaconline.understand.detectors.gap import STATE_CLASSES, Gap
from beaconline.understand.ground import Ground

NM = 1 / 60


def zone(kind: str = "reef") -> Zone:
    ring = "[[-20.5,-0.5],[-19.5,-0.5],[-19.5,0.5],[-20.5,0.5],[-20.5,-0.5]]"
    shape = f'{{"type":"Polygon","coordinates":[{ring}]}}'
    raw = f'{{"type":"Feature","properties":{{"name":"box","kind":"{kind}"}},"geometry":{shape}}}'
    (made,) = read_zones(raw.encode(), "box.geojson")
    return made


def ship(silent_min: float, away_nm: float = 20.0, *, kn: float = 4.0, track: int = 0, **more: Any) -> list[Row]:
    """Under way for two hours, silent, and under way again for one hour so far to the east."""
    before = leg(track, 0, 120, -20.0, 0.0, kn=kn, **more)
    again = (before[-1].t_us - T0_US) / MIN_US + silent_min
    return before + leg(track, again, again + 60, before[-1].lon_deg + away_nm * NM, 0.0, kn=kn, **more)


def found(rows: list[Row], *zones: Zone, **params: Any) -> list[Draft]:
    return batch(Gap(Ground(Places(zones), zones), params), rows)


def test_six_hours_are_the_limit_at_sea() -> None:
    (draft,) = found(ship(360) + others(12))
    assert (draft.type, draft.context, draft.open, draft.settled) == ("displaced", False, False, True)
    assert draft.t_start_us == T0_US + 115 * MIN_US and draft.t_end_us - draft.t_start_us == 6 * HOUR_US
    assert draft.key == str(draft.t_start_us) and draft.measures["silence_s"] == 21_600
    assert not found(ship(360 - 1 / 60) + others(12))


@pytest.mark.parametrize("kind", ["reef", "watch", "exclusion"])
def test_two_hours_are_the_limit_in_a_watched_zone(kind: str) -> None:
    (draft,) = found(ship(120) + others(8), zone(kind))
    assert draft.zones == ("box",) and not draft.context and draft.measures["limit_s"] == 7200
    assert not found(ship(120 - 1 / 60) + others(8), zone(kind))


def test_other_zones_change_nothing() -> None:
    assert not found(ship(300) + others(9), zone("eez"))
    assert not found(ship(300) + others(9))


def test_a_zone_counts_only_while_it_is_valid() -> None:
    over = replace(zone(), valid_until_us=T0_US + 115 * MIN_US)
    assert not found(ship(180) + others(8), over)
    assert found(ship(180) + others(8), replace(over, valid_until_us=T0_US + 115 * MIN_US + 1))


def test_a_mile_tells_displaced_from_undisplaced() -> None:
    far, near = (found(ship(400, nm) + others(12)) for nm in (1.01, 0.99))
    assert [(d.type, d.context) for d in far] == [("displaced", False)]
    assert [(d.type, d.context) for d in near] == [("undisplaced", True)]


def test_at_rest_and_back_is_nothing_outside_zones() -> None:
    for rest in ({"kn": 0.4}, {"status": 5}, {"status": 1}):
        assert not found(ship(600, 0.5, **rest) + others(14)), rest
        (told,) = found(ship(600, 0.5, **rest) + others(14), zone())
        assert (told.type, told.context) == ("undisplaced", False)


def test_nobody_near_means_nothing() -> None:
    assert not found(ship(400))
    assert not found(ship(400) + others(12, lon=-19.0))
    (told,) = found(ship(400) + others(12, lon=-19.0), zone())
    assert told.context and any("too few others" in e.what for e in told.counter_evidence)


def test_class_b_is_judged_by_class_b() -> None:
    assert not found(ship(400, sensor="ais_b") + others(12))
    assert found(ship(400, sensor="ais_b") + others(12, sensor="ais_b"))
    assert found(ship(400) + others(12, sensor="ais_b"))
    assert not found(ship(400, sensor="radar") + others(12, sensor="radar"))


def test_others_must_be_heard_for_half_the_limit() -> None:
    silent = ship(400)
    # Others fall silent with it: 11 whole quarters of its silence are heard, 12 are half of six hours.
    assert not found(silent + others((120 + 11 * 15) / 60) + others(1, n=1, lon=40.0, first=20))
    assert found(silent + others(6.0) + leg(20, 0, 600, 40.0, 0.0))


def test_a_silence_that_all_share_is_none() -> None:
    shared = [row for row in others(16) if not 2 <= (row.t_us - T0_US) / HOUR_US < 10]
    assert not found(ship(480) + shared)


def test_few_fixes_are_no_track() -> None:
    rows = ship(400) + others(12)
    own = [row for row in in_order(rows) if row.track == 0]
    begin = next(k for k, row in enumerate(own) if row.t_us > T0_US + 120 * MIN_US)
    for kept, told in ((5, 1), (4, 0)):
        assert len(found(own[begin - kept :] + others(12))) == told


def test_a_slow_reporter_is_judged_by_its_own_step() -> None:
    def boats(missing: int) -> list[Row]:
        fleet = [row for k in range(8) for row in leg(k, 9.0 * k, 2880, -20.0 + 0.02 * k, 0.0, step_min=120.0, kn=0.6)]
        own = [row for row in in_order(fleet) if row.track == 0]
        return [row for row in fleet if row not in own[12 : 12 + missing]]

    slow = {"apart_m": 100.0, "odds": 1.0, "heard_share": 0.0}
    assert not found(boats(2), zone(), **slow)
    assert len(found(boats(3), zone(), **slow)) == 1


def test_open_until_it_is_heard_again() -> None:
    rows = [row for row in ship(600) if row.t_us < T0_US + 200 * MIN_US] + others(9)
    (draft,) = found(rows)
    assert (draft.type, draft.open, draft.settled, draft.context) == ("open", True, False, False)
    assert draft.t_end_us == max(r.t_us for r in rows)
    (closed,) = found(ship(600) + others(14))
    assert closed.key == draft.key and closed.type == "displaced"


def test_the_end_of_the_data_is_no_silence() -> None:
    rows = ship(60) + others(4)
    assert not batch(Gap(Ground()), rows, max(r.t_us for r in rows) + 48 * HOUR_US)


def test_another_track_of_the_number_speaks_against_it() -> None:
    clone = leg(7, 0, 700, 40.0, 0.0, kn=5.0)
    kind = Gap(Ground())
    (draft,) = batch(kind, ship(400) + others(12) + clone, vessels=[0, 1, 2, 3, 4, 5, 6, 0])
    assert draft.context and any("same number" in e.what for e in draft.counter_evidence)
    (draft,) = batch(kind, ship(400) + others(12) + clone)
    assert not draft.context


def test_reach_is_a_circle_then_an_ellipse() -> None:
    (draft,) = found(ship(480, 60.0) + others(14))
    measures = {k: v for k, v in draft.measures.items() if isinstance(v, float)}
    assert measures["reach_nm"] == 200.0 and measures["reach_at_last_speed_nm"] == 32.0
    a, b = measures["reach_ellipse_semi_major_nm"], measures["reach_ellipse_semi_minor_nm"]
    assert a == 100.0 and abs((a * a - b * b) ** 0.5 - measures["displacement_nm"] / 2) < 0.1


def test_a_witness_is_named() -> None:
    (draft,) = found(ship(400) + others(12))
    (seen,) = (e for e in draft.evidence if e.what.startswith("another vessel"))
    assert seen.track in {f"t{k:03d}" for k in range(1, 7)} and seen.t_us is not None
    assert draft.t_start_us < seen.t_us <= draft.t_end_us


@pytest.mark.parametrize(
    ("key", "value"),
    [("silence_s", 3599), ("zone_silence_s", -1), ("odds", 0.5), ("heard_share", 1.01), ("apart_m", -1), ("fixes", -1),
     ("reach_speed_kn", 1001), ("usual_times", float("nan"))],
)  # fmt: skip
def test_parameters_have_bounds(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"\[gap\] {key}: .* is outside"):
        gap.build(Ground(), {key: value})


def test_notes_count_what_is_not_told() -> None:
    kind, pools = Gap(Ground()), Pools()
    rows = in_order(ship(600, 0.5, kn=0.0) + others(14) + leg(9, 0, 30, 60.0, 0.0, kn=5.0))
    book = book_of(rows)
    state, _ = kind.step(kind.start(), tick_of(rows, book, pools, rows[-1].t_us))
    (note,) = kind.notes(state, rows[-1].t_us, book)
    assert note.startswith("gap: 2 of 2 silences over 6 h are not told: 1 with nobody")
    assert "1 of vessels at rest" in note


ALL = {"odds": 1.0, "heard_share": 0.0, "fixes": 1, "usual_times": 0.0, "silence_s": 3600}
"""Nothing is asked but the silence itself."""


def silences(rows: list[Row], limit_us: int) -> set[tuple[int, int, int, str]]:
    """By brute force: (track, begin, end, type) of silences that ended, but for ships at rest in one place."""
    out, last = set(), dict[int, Row]()
    for row in rows:
        before = last.get(row.track)
        if before is not None and row.t_us - before.t_us >= limit_us:
            far = distance_m(before.lon_deg, before.lat_deg, row.lon_deg, row.lat_deg) >= 1852
            if far or (before.sog_kn or 0) >= 0.5:
                out.add((row.track, before.t_us, row.t_us, "displaced" if far else "undisplaced"))
        last[row.track] = row
    return out


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_silences_by_brute_force(seed: int) -> None:
    rows = sea(seed)
    told = {(d.members[0][0], d.t_start_us, d.t_end_us, d.type) for d in found(rows, **ALL) if not d.open}
    assert told == silences(rows, HOUR_US)


def test_the_seas_hold_silences() -> None:
    assert sum(len(found(sea(seed))) for seed in range(6)) >= 5
    assert sum(len(silences(sea(seed), 6 * HOUR_US)) for seed in range(6)) >= 30


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_a_laxer_rule_loses_nothing(seed: int) -> None:
    """Of the silences that ended: a shorter limit, lower odds, a smaller share or fewer fixes keep every one."""
    rows = sea(seed)

    def keys(**params: Any) -> set[tuple[int, str]]:
        return {(d.members[0][0], d.key) for d in found(rows, **params) if not d.open}

    told = keys()
    assert told <= keys(silence_s=7200)
    assert told <= keys(odds=2.0) and keys(odds=30.0) <= told
    assert told <= keys(heard_share=0.2) and told <= keys(fixes=2)


@settings(max_examples=25)
@given(world=st.integers(0, 5_000), cut=st.integers(0, 5_000))
def test_any_cut_gives_the_same_drafts(world: int, cut: int) -> None:
    rows = sea(world)
    kind = Gap(Ground(zones=(zone(),)), {"odds": 2.0})
    assert text(live(kind, rows, cut, STATE_CLASSES)) == text(batch(kind, rows))


def test_a_forgetful_state_is_seen() -> None:
    """The test above can fail: without its memory of reception the kind tells other silences."""

    class Forgetful(Gap):
        def step(self, state: Any, tick: Any) -> Any:
            state.coverage = gap.Coverage()
            state.ints[:, gap.rows.ROW] = -1
            return super().step(state, tick)

    assert any(
        text(live(Forgetful(Ground(), {"odds": 2.0}), sea(seed), 3, STATE_CLASSES))
        != text(batch(Gap(Ground(), {"odds": 2.0}), sea(seed)))
        for seed in range(6)
    )


def test_place_and_time_do_not_matter() -> None:
    """The same over the antimeridian and in another year, before 1970 too."""
    rows = ship(400) + others(12)
    (here,) = found(rows)
    moved = [replace(r, lon_deg=r.lon_deg + 200.0 - 10 * NM, t_us=r.t_us - 60 * 365 * 24 * HOUR_US) for r in rows]
    (there,) = found(moved)
    keep = ("silence_s", "displacement_nm", "others_heard_s", "type")
    assert [here.measures.get(k) for k in keep] == [there.measures.get(k) for k in keep]
    # Cells begin elsewhere, so the odds differ a little; both stay above the limit.
    assert min(float(draft.measures["odds_of_stopping"] or 0) for draft in (here, there)) > 10
