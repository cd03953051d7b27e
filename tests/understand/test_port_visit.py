"""Port visits: nearest port against brute force, edges of every threshold, dense tables, any cut into ticks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kind_runs import NM, T0, Fix, S, run, sailed, spot

from beaconline.foundation.geo.geodesy import distance_m
from beaconline.foundation.geo.zones import Zone, read_zones
from beaconline.foundation.records.finding import Draft
from beaconline.understand.context.masks import MaskShape, load_masks, read_masks
from beaconline.understand.context.places import Places
from beaconline.understand.detectors.port_visit import DEFAULTS, LARGEST, SMALLEST, STATE_CLASSES, PortVisit
from beaconline.understand.detectors.port_visit_places import build_harbours, place_of

H = 60.0
HOME = (-30.0, 10.0)
PORT = [MaskShape("port", "p.csv line 2", *HOME)]


def square(home: tuple[float, float], half_m: float, kind: str = "port", **more: str) -> list[Zone]:
    corners = [spot(home, e * half_m, n * half_m) for e, n in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    feature = {"type": "Feature", "properties": {"name": "A", "kind": kind, **more},
               "geometry": {"type": "Polygon", "coordinates": [corners]}}  # fmt: skip
    return read_zones(json.dumps(feature).encode(), "z.geojson")


def watch(  # type: ignore[no-untyped-def]
    fixes: Sequence[Fix], masks: Sequence[MaskShape] = PORT, zones: Sequence[Zone] = (),
    params: dict[str, float] | None = None, **how,
) -> list[Draft]:  # fmt: skip
    kind = PortVisit(Places(zones, masks), masks, zones, params)
    return run(kind, fixes, classes=STATE_CLASSES, **how)


def call(
    stop_min: float = 2 * H, kn: float = 0.0, north_m: float = 0.0, step: float = 60.0, said: bool = True
) -> list[Fix]:
    """From 8 nm in the west to the port, a stop, and back."""
    legs = [(90.0, 10.0, 48.0), (0.0, kn, stop_min), (270.0, 10.0, 48.0)]
    return sailed(legs, begin_m=(-8 * NM, north_m), step=step, said=said)


def test_a_call_is_told_with_full_confidence() -> None:
    (found,) = watch(call())
    assert (found.type, found.open, found.settled, found.context) == ("stop", False, True, True)
    assert found.measures["confidence"] == 4
    assert found.measures["stopped_s"] == pytest.approx(7200, abs=61)
    assert [e.what for e in found.evidence] == [
        "last fix outside", "first fix inside", "longest stop from here", "last fix inside", "first fix outside",
    ]  # fmt: skip
    assert found.masks[0].source == "p.csv line 2" and found.masks[0].distance_m < 50
    assert (found.measures["port_lon_deg"], found.measures["port_lat_deg"]) == HOME


@pytest.mark.parametrize(("north_m", "told"), [(2_950.0, 1), (3_050.0, 0)])
def test_enters_within_three_kilometres(north_m: float, told: int) -> None:
    assert len(watch(call(north_m=north_m))) == told


@pytest.mark.parametrize(("out_m", "visits"), [(3_900.0, 1), (4_100.0, 2)])
def test_leaves_beyond_four_kilometres(out_m: float, visits: int) -> None:
    minutes = out_m / NM / 6.0 * 60.0
    legs = [(0.0, 0.0, H), (90.0, 6.0, minutes), (0.0, 0.0, 10.0), (270.0, 6.0, minutes), (0.0, 0.0, H)]
    assert len(watch(sailed(legs, step=10.0))) == visits


@pytest.mark.parametrize(("kn", "kind_type"), [(0.49, "stop"), (0.51, "pass")])
@pytest.mark.parametrize("said", [True, False])
def test_stops_under_half_a_knot(kn: float, kind_type: str, said: bool) -> None:
    (found,) = watch(call(H, kn, said=said), params={"min_confidence": 1})
    assert found.type == kind_type
    assert len(watch(call(H, kn, said=said))) == (kind_type == "stop")


@pytest.mark.parametrize(("seconds", "told"), [(240, 0), (310, 1)])
def test_one_slow_fix_is_no_stop(seconds: float, told: int) -> None:
    assert len(watch(call(seconds / 60, step=10.0))) == told


@pytest.mark.parametrize(("hours", "told"), [(3.9, 0), (4.1, 1)])
def test_a_silence_inside_counts_from_four_hours(hours: float, told: int) -> None:
    rows = sailed([(90.0, 6.0, 80.0), (90.0, 0.9, hours * H), (90.0, 6.0, 80.0)], begin_m=(-8 * NM, 0.0), step=30.0)
    rows = [f for f in rows if not 80 * 60 + 30 < f.t < 80 * 60 + hours * 3600]
    rows = [f._replace(kn=6.0) for f in rows]
    found = watch(rows, params={"enter_m": 12_000, "leave_m": 14_000})
    assert len(found) == told
    if told:
        assert found[0].type == "silence" and found[0].measures["confidence"] == 4


@pytest.mark.parametrize(("first", "last", "confidence"), [(0, None, 4), (60, None, 3), (0, 120, 3), (60, 120, 2)])
def test_confidence_is_what_was_seen(first: int, last: int | None, confidence: int) -> None:
    (found,) = watch(call()[first:last])
    assert found.measures["confidence"] == confidence
    assert found.open == (last is not None)


def test_across_a_silence_neither_entering_nor_leaving_is_seen() -> None:
    rows = [f for f in call(8 * H) if f.t < 1200 or 7200 < f.t < 7 * 3600 or f.t > 9.5 * 3600]
    (found,) = watch(rows)
    assert (found.measures["entering_seen"], found.measures["leaving_seen"]) == (False, False)
    told = [e.what for e in found.counter_evidence]
    assert "entered in a silence: entering was not seen" in told and "left in a silence: leaving was not seen" in told


def test_switched_off_for_days_is_one_visit_and_for_weeks_two() -> None:
    days = call(3 * 24 * H, step=600.0)
    assert len(watch([f for f in days if not 7200 < f.t < 3 * 86_400 - 7200])) == 1
    weeks = call(16 * 24 * H, step=3600.0)
    assert len(watch([f for f in weeks if not 14_400 < f.t < 15.5 * 86_400])) == 2
    one, _ = watch([f for f in weeks if not 14_400 < f.t < 15.5 * 86_400])
    assert any(e.what == "not heard leaving" for e in one.counter_evidence) and one.settled
    (lost,) = watch(call()[:100], as_of_s=15 * 86_400.0)
    assert not lost.open and lost.settled
    (there,) = watch(call()[:100], as_of_s=13 * 86_400.0)
    assert there.open and not there.settled


def chain(n: int, apart_m: float, kind: str = "anchorage") -> list[MaskShape]:
    return [MaskShape(kind, f"a.csv line {k + 2}", *spot(HOME, k * apart_m, 0)) for k in range(n)]


def test_a_call_in_a_dense_table_is_one_visit() -> None:
    (found,) = watch(call(), chain(200, 60.0))
    assert found.measures["confidence"] == 4
    assert len(found.masks) == 8, "a few are told, not all of them"


def test_neighbouring_anchorages_bear_one_name() -> None:
    sources = {watch(call(north_m=n), chain(60, 50.0))[0].why_args["port_source"] for n in (0.0, 700.0, 1500.0)}
    assert sources == {"a.csv line 2"}


def test_calls_far_apart_on_a_coast_without_gaps_are_two() -> None:
    coast = chain(40, 1_500.0)
    legs = [(90.0, 10.0, 48.0), (0.0, 0.0, H), (90.0, 10.0, 170.0), (0.0, 0.0, H), (180.0, 10.0, H)]
    one, two = watch(sailed(legs, begin_m=(-8 * NM, 0.0)), coast)
    assert any(e.what.startswith("went on to another port") for e in one.counter_evidence)
    assert any(e.what.startswith("came from another port") for e in two.counter_evidence)
    assert (one.measures["confidence"], two.measures["confidence"]) == (3, 3)
    assert one.t_end_us < two.t_start_us
    near = [(90.0, 10.0, 48.0), (0.0, 0.0, H), (90.0, 10.0, 60.0), (0.0, 0.0, H), (180.0, 10.0, H)]
    assert len(watch(sailed(near, begin_m=(-8 * NM, 0.0)), coast)) == 1


def test_zones_of_kind_port_and_anchorage_count_and_others_do_not() -> None:
    for kind in ("port", "anchorage"):
        (found,) = watch(call(), [], square(HOME, 500, kind))
        assert found.zones == ("A",) and f"{kind} A" in found.why
    assert watch(call(), [], square(HOME, 500, "reef")) == []
    assert watch(call(), [], []) == []


def test_a_zone_counts_while_it_is_valid() -> None:
    rows = call(10 * H)
    assert watch(rows, [], square(HOME, 500, valid_until="2026-01-01T00:10:00Z")) == []
    (late,) = watch(rows, [], square(HOME, 500, valid_from="2026-01-01T05:00:00Z"))
    assert late.t_start_us == T0 + 5 * 3600 * S
    (ended,) = watch(rows, [], square(HOME, 500, valid_until="2026-01-01T05:00:00Z"))
    assert ended.t_end_us == T0 + (5 * 3600 - 60) * S


def test_one_fix_far_off_does_not_end_a_visit() -> None:
    rows = call()
    far = spot(HOME, 90_000, 0)
    (found,) = watch([*rows[:80], rows[80]._replace(lon=far[0], lat=far[1]), *rows[81:]])
    assert found.measures["confidence"] == 4


def test_what_is_no_vessel_visits_nothing() -> None:
    for sensor in ("ais_base", "ais_aton", "ais_sar"):
        assert watch(call(), sensor=sensor) == []
    assert watch(call(), change=lambda r: r.mmsi.fill(992_000_001)) == []


def test_a_zone_s_name_cannot_break_the_sentence() -> None:
    (zone,) = square(HOME, 500)
    (found,) = watch(call(), [], [Zone("{0} {1}", *[getattr(zone, n) for n in Zone.__slots__[1:]])])
    assert found.why.count("{") == 1


@settings(max_examples=60)
@given(st.integers(0, 100_000), st.sampled_from([(-30.0, 10.0), (179.97, -12.0), (10.0, 85.0), (-180.0, -89.99)]))
def test_the_nearest_port_is_that_of_brute_force(seed: int, home: tuple[float, float]) -> None:
    rng = np.random.default_rng(seed)
    masks = [MaskShape("port", f"{k}", *spot(home, *rng.normal(0, 6000, 2))) for k in range(25)]
    zones = square(spot(home, *rng.normal(0, 6000, 2)), float(rng.uniform(200, 4000))) if abs(home[1]) < 80 else []
    harbours, places, _ = build_harbours(masks, zones, 4000.0)
    for _ in range(20):
        lon, lat = spot(home, *rng.normal(0, 7000, 2))
        apart = [distance_m(lon, lat, m.lon_deg, m.lat_deg) for m in masks]
        metres, number = place_of(harbours, lon, lat, 0, 4000.0)
        area = Places(zones, []).zones_at(round(lon * 1e7), round(lat * 1e7), 0)
        if area:
            assert metres == 0.0 and places[number].zone == "A"
        elif number >= 0 and number < len(masks):
            assert metres == pytest.approx(min(apart), abs=1e-3) and apart[number] == pytest.approx(
                min(apart), abs=1e-3
            )
        elif number < 0:
            assert min(apart) > 4000.0 - 1e-3
        else:
            assert metres <= min(apart) + 1e-3


def roaming(seed: int, ships: int = 3, fixes: int = 150) -> list[Fix]:
    """Ships that move, stop and fall silent among a handful of ports."""
    rng = np.random.default_rng(seed)
    rows = []
    for ship in range(ships):
        t, e, n, said = 10.0 * ship, *rng.normal(0, 4000, 2), bool(rng.integers(0, 2))
        kn, left = 0.0, 0
        for _ in range(fixes):
            if left == 0:
                kn, course, left = (
                    float(rng.choice([0.0, 0.3, 4.0, 11.0])),
                    rng.uniform(0, 2 * np.pi),
                    int(rng.integers(3, 25)),
                )
                if np.hypot(e, n) > 15_000:
                    course = np.arctan2(-e, -n)
            rows.append(Fix(ship, round(t, 3), *spot(HOME, e, n), kn if said else None))
            dt = float(rng.choice([20.0, 120.0, 600.0, 4500.0, 20_000.0], p=[0.3, 0.4, 0.25, 0.04, 0.01]))
            way = kn * NM / 3600 * min(dt, 900)
            e, n, t, left = e + np.sin(course) * way, n + np.cos(course) * way, t + dt, left - 1
    return sorted(rows, key=lambda f: (f.t, f.track))


FIVE = [MaskShape("port", f"p line {k}", *spot(HOME, e, n)) for k, (e, n) in enumerate(
    [(0, 0), (5000, 0), (9000, 3000), (-8000, 0), (0, -9000)])]  # fmt: skip


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 449), max_size=8), st.booleans())
def test_any_cut_into_ticks_and_any_restart_give_the_same(seed: int, cuts: list[int], restart: bool) -> None:
    rows, zones = roaming(seed), square(spot(HOME, -12_000, 5000), 1500, valid_from="2026-01-01T03:00:00Z")
    for some in ((), zones) if seed % 5 == 0 else ((),):
        whole = watch(rows, FIVE, some)
        assert watch(rows, FIVE, some, cuts=cuts, restart=restart) == whole
        late = 20 * 86_400.0
        assert watch(rows, FIVE, some, cuts=cuts, as_of_s=late) == watch(rows, FIVE, some, as_of_s=late)


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_looking_at_every_fix_or_only_when_it_can_matter_is_the_same(seed: int) -> None:
    """A zone far away whose validity ends switches the short cut off."""
    rows = roaming(seed)
    far = square(spot(HOME, 500_000, 0), 500, valid_until="2027-01-01T00:00:00Z")
    assert watch(rows, FIVE, far) == watch(rows, FIVE)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_more_is_never_less(seed: int) -> None:
    """A larger circle to enter and a faster stop lose no instant of a visit that was told."""
    rows = roaming(seed)
    wide = {"same_call_m": 1e6, "min_confidence": 1, "leave_m": 5000}
    for less, more in (({"enter_m": 2500}, {"enter_m": 3500}), ({"stop_speed_kn": 0.2}, {"stop_speed_kn": 0.5})):
        larger = watch(rows, FIVE, params={**wide, **more})
        for d in watch(rows, FIVE, params={**wide, **less}):
            near = [
                m
                for m in larger
                if m.members == d.members and m.t_start_us <= d.t_start_us and m.t_end_us >= d.t_end_us
            ]
            assert near


def test_visits_in_a_crowded_table_of_real_anchorages(data: Path) -> None:
    masks = load_masks([data / "geo" / "gfw_anchorages_eastasia.csv.gz"])
    assert len(masks) > 30_000
    rng = np.random.default_rng(3)
    harbours, places, leaders = build_harbours(masks, [], 4000.0)
    lon, lat = np.array([m.lon_deg for m in masks]), np.array([m.lat_deg for m in masks])
    assert len(np.unique(leaders)) < len(masks) / 4
    for k in rng.integers(0, len(masks), 60).tolist():
        at = spot((lon[k], lat[k]), *rng.normal(0, 2500, 2))
        close = np.flatnonzero((abs(lat - at[1]) < 0.05) & (abs(lon - at[0]) < 0.1))
        best = min((distance_m(*at, lon[j], lat[j]) for j in close.tolist()), default=1e9)
        metres, number = place_of(harbours, *at, 0, 4000.0)
        assert metres == pytest.approx(best, abs=1e-3) if best < 3999.9 else number < 0 or best <= 4000.1
        if number >= 0:
            lead = places[leaders[number]]
            assert distance_m(lon[number], lat[number], lead.lon_deg, lead.lat_deg) <= 4000.0


def test_masks_as_read_from_a_table_serve() -> None:
    masks = read_masks(b"name,lat,lon,iso3\nSomewhere,10.0,-30.0,XXX\n", "ports.csv")
    (found,) = watch(call(), masks)
    assert "Somewhere" not in repr(found) and "XXX" not in repr(found)


def test_the_state_of_a_vessel_is_small() -> None:
    sizes: list[int] = []
    rows = [f._replace(track=k) for k in range(40) for f in call(step=600.0)]
    watch(rows, sizes=sizes, cuts=[len(rows) // 2])
    assert max(sizes) / 40 < 400


@pytest.mark.parametrize("key", sorted(LARGEST))
def test_a_parameter_out_of_bounds_is_named_and_one_at_its_bound_works(key: str) -> None:
    assert sorted(LARGEST) == sorted(DEFAULTS)
    more = {"leave_m": 50_000} if key == "enter_m" else {}
    watch(call(), params={**more, key: LARGEST[key]})
    for value in (LARGEST[key] * 1.001, 1e300, float("inf"), float("nan"), SMALLEST.get(key, 0) - 0.001):
        with pytest.raises(ValueError, match=rf"\[port_visit\] {key}: "):
            watch([], params={key: value})


def test_leaving_nearer_than_entering_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[port_visit\] leave_m: .* less than enter_m"):
        watch([], params={"enter_m": 3000, "leave_m": 2999})
