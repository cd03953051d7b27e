"""Cable risk: passages against dense sampling, edges of thresholds, what explains a ship, any cut into ticks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kind_runs import NM, T0, Fix, S, run, sailed, spot

from beaconline.foundation.records.finding import Draft, Mask
from beaconline.foundation.table.reports import Static
from beaconline.understand.context.cables import Cable
from beaconline.understand.detectors.cable_risk import DEFAULTS, LARGEST, SMALLEST, STATE_CLASSES, CableRisk
from beaconline.understand.detectors.cable_risk_controls import class_of

H = 60.0
HOME = (-30.0, 10.0)


class Place:
    """A made-up neighbourhood: the same answer everywhere."""

    def __init__(self, land_m: int | None = 100_000, masks: Sequence[Mask] = (), zones: Sequence[tuple[str, str]] = (),
                 has_port_masks: bool = True) -> None:  # fmt: skip
        self.land_m, self.masks, self.zones, self.has_port_masks = land_m, masks, zones, has_port_masks

    def distance_to_land_m(self, lon_e7: int, lat_e7: int) -> int | None:
        return self.land_m

    def masks_near(self, lon_e7: int, lat_e7: int, within_m: int) -> list[Mask]:
        return [m for m in self.masks if m.distance_m <= within_m]

    def zones_at(self, lon_e7: int, lat_e7: int, t_us: int) -> list[tuple[str, str]]:
        return list(self.zones)


def cable(name: str = "A", east_m: float = 0.0, depth_m: float | None = None) -> Cable:
    """From 400 km south of HOME to 400 km north, along a meridian."""
    return Cable(name, ((spot(HOME, east_m, -400_000), spot(HOME, east_m, 400_000)),), "c.geojson", 0, depth_m)


def watch(  # type: ignore[no-untyped-def]
    fixes: Sequence[Fix], place: Place | None = None, lines: Sequence[Cable] | None = None,
    params: dict[str, float] | None = None, **how,
) -> list[Draft]:  # fmt: skip
    kind = CableRisk(place or Place(), [cable()] if lines is None else lines, params)
    return run(kind, fixes, classes=STATE_CLASSES, **{"ship_type": 70, **how})


def crossing(
    kn: float = 12.0, inside_kn: float = 12.0, status: int = 0, track: int = 0, north_m: float = 0.0
) -> list[Fix]:
    """From 10 nm in the west over the cable, at another speed within 1.5 nm of it."""
    legs = [(90.0, kn, 9.0 / kn * 60), (90.0, inside_kn, 2.5 / inside_kn * 60), (90.0, kn, 60.0)]
    return sailed(legs, begin_m=(-10 * NM, north_m), status=status, track=track)


def others(n: int, kn: float = 12.0) -> list[Fix]:
    return [
        f._replace(t=f.t + 600.0 * k) for k in range(1, n + 1) for f in crossing(kn, kn, track=k, north_m=200.0 * k)
    ]


def test_a_ship_that_loses_its_way_over_a_cable_is_told() -> None:
    (found,) = watch(crossing(12.0, 5.0) + others(12))
    assert (found.type, found.context, found.open) == ("speed_loss", False, False)
    assert found.measures["speed_before_kn"] == pytest.approx(12.0, abs=0.1)
    assert found.measures["slowest_kn"] == pytest.approx(5.0, abs=0.1)
    assert found.measures["distance_min_m"] < 30
    assert found.measures["peer_passages"] == 12 and found.measures["peer_slow_passages"] == 0
    assert any(e.what == "of 12 passages of others (cargo) here 0 were as slow" for e in found.evidence)
    assert any("kilometres off" in e.what for e in found.counter_evidence)
    assert any("depth is not known" in e.what for e in found.counter_evidence)


@pytest.mark.parametrize(("before", "inside", "told"), [(12.0, 7.1, 1), (12.0, 7.4, 0), (5.9, 4.2, 0), (6.1, 3.9, 1)])
def test_speed_loss_and_slow_at_their_edges(before: float, inside: float, told: int) -> None:
    assert len(watch(crossing(before, inside))) == told


@pytest.mark.parametrize(("kn", "told"), [(3.9, 1), (4.1, 0)])
def test_slow_from_the_beginning(kn: float, told: int) -> None:
    found = watch(crossing(kn, kn))
    assert len(found) == told
    assert [d.type for d in found] == ["slow"] * told and all(d.context for d in found)


@pytest.mark.parametrize(("east_m", "told"), [(1_800.0, 1), (1_900.0, 0)])
def test_within_a_mile(east_m: float, told: int) -> None:
    assert len(watch(sailed([(0.0, 3.0, 3 * H)], begin_m=(east_m, -5_000)))) == told


@pytest.mark.parametrize(("turns", "kind_type"), [(3, "slow"), (6, "zigzag")])
def test_zigzag(turns: int, kind_type: str) -> None:
    legs = [(90.0, 3.0, 15.0)] + [(60.0 if k % 2 else 320.0, 3.0, 12.0) for k in range(turns)]
    (found,) = watch(sailed(legs, begin_m=(-500.0, 0.0)))
    assert found.type == kind_type


def test_lying_over_a_cable_is_still() -> None:
    (found,) = watch(
        sailed([(90.0, 12.0, 48.0), (0.0, 0.0, 2 * H), (90.0, 12.0, H)], begin_m=(-9.6 * NM, 0.0), status=0)
    )
    assert found.type == "still" and not found.context, "12 kn before, under way by its own word"


@pytest.mark.parametrize(
    ("status", "inside_kn", "context"),
    [(0, 3.0, False), (8, 3.0, False), (1, 3.0, False), (1, 0.3, True), (5, 0.3, True), (7, 3.0, True), (3, 3.0, True),
     (2, 3.0, True), (6, 3.0, True), (11, 3.0, True)],
)  # fmt: skip
def test_the_status_explains_or_does_not(status: int, inside_kn: float, context: bool) -> None:
    legs = [(90.0, 12.0, 45.0), (0.0, inside_kn, 2 * H), (90.0, 12.0, 60.0)]
    rows = sailed(legs, begin_m=(-9.3 * NM, 0.0), status=status)
    if status in (1, 5):
        rows = [f._replace(status=0) if f.kn == 12.0 else f for f in rows]
    (found,) = watch(rows + others(12))
    assert found.context is context
    if status == 1 and not context:
        assert "but it makes way" in found.why


def test_without_a_status_its_own_leg_and_its_peers_must_both_speak() -> None:
    bare = [f._replace(status=-1) for f in crossing(12.0, 3.0)]
    (alone,) = watch(bare)
    assert alone.context and any("sent no status" in e.what for e in alone.counter_evidence)
    (unusual,) = watch(bare + others(12))
    assert not unusual.context


def test_where_others_go_slowly_too_it_is_common() -> None:
    found = watch(
        crossing(12.0, 3.0) + [f for k in range(1, 13) for f in crossing(12.0, 3.0, track=k, north_m=100.0 * k)]
    )
    assert len(found) == 13 and all(d.context for d in found)
    assert any(e.what.startswith("common here") for e in found[0].counter_evidence)


def test_one_vessel_that_does_it_again_and_again_makes_nothing_common() -> None:
    days = [f._replace(t=f.t + 86_400.0 * k) for k in range(15) for f in crossing(12.0, 3.0, track=1, north_m=500.0)]
    found = watch(days + [f._replace(t=f.t + 20 * 86_400.0) for f in crossing(12.0, 3.0)])
    assert [d.context for d in found if d.members[0][0] == 0] == [False]


@pytest.mark.parametrize(
    ("ship_type", "context"), [(70, False), (80, False), (30, True), (31, True), (33, True), (52, True)]
)
def test_classes_that_work_slowly(ship_type: int, context: bool) -> None:
    (found,) = watch(crossing(12.0, 3.0), ship_type=ship_type)
    assert found.context is context
    (watched,) = watch(crossing(12.0, 3.0), Place(zones=[("A", "watch")]), ship_type=ship_type)
    assert not watched.context


def test_places_and_depths() -> None:
    rows = crossing(12.0, 3.0)
    for place in (
        Place(masks=[Mask("anchorage", "a.csv", 900)]),
        Place(land_m=3_000),
        Place(zones=[("B", "anchorage")]),
    ):
        (found,) = watch(rows, place)
        assert found.context and found.masks
    (reef,) = watch(rows, Place(masks=[Mask("anchorage", "a.csv", 900)], zones=[("A", "exclusion")]))
    assert not reef.context and reef.masks
    (deep,) = watch(rows, lines=[cable(depth_m=251.0)])
    assert deep.context and any("deeper than an anchor" in e.what for e in deep.counter_evidence)
    (flat,) = watch(rows, lines=[cable(depth_m=250.0)])
    assert not flat.context and flat.measures["depth_m"] == 250.0


def test_two_cables_side_by_side_are_one_finding() -> None:
    (found,) = watch(crossing(12.0, 3.0), lines=[cable("A"), cable("B", 600.0)])
    assert "and 1 more" in found.why


def test_to_and_fro_over_a_cable_is_one_finding() -> None:
    legs = [leg for _ in range(5) for leg in ((90.0, 3.5, 100.0), (270.0, 3.5, 100.0))]
    (found,) = watch(sailed(legs, begin_m=(-3 * NM, 0.0)))
    assert found.measures["passages"] == 10
    assert len(watch(sailed(legs, begin_m=(-3 * NM, 0.0)), params={"rejoin_s": 0})) == 10


def test_open_while_it_is_there() -> None:
    rows = [f for f in crossing(12.0, 3.0) if f.t < 5400]
    (now,) = watch(rows)
    assert now.open and not now.settled and "so far" in now.why
    (gone,) = watch(rows, as_of_s=5400 + 3600 * 9)
    assert not gone.open and gone.settled and gone.key == now.key


def test_a_silence_is_not_bridged() -> None:
    rows = [Fix(0, 0.0, *spot(HOME, -9000, 0), 12.0), Fix(0, 5400.0, *spot(HOME, 9000, 0), 12.0)]
    assert watch(rows) == []
    (found,) = watch([f._replace(kn=None) for f in rows], bridge_s=7200, params={"slow_kn": 7.0})
    assert any("long gap" in e.what for e in found.counter_evidence)


def test_no_cables_no_rows_no_vessels() -> None:
    assert watch(crossing(12.0, 3.0), lines=[]) == []
    assert watch([]) == []
    for sensor in ("ais_base", "ais_aton", "ais_sar"):
        assert watch(crossing(12.0, 3.0), sensor=sensor) == []


def test_classes_by_type() -> None:
    assert [class_of(Static(ship_type=k)) for k in (70, 79, 80, 30, 52, 69, 0)] == [
        "cargo", "cargo", "tanker", "fishing", "tug", "passenger", "unknown type"]  # fmt: skip
    assert class_of(Static()) == "unknown type"


def roaming(seed: int, ships: int = 4, fixes: int = 120) -> list[Fix]:
    """Ships that go to and fro over a cable at many speeds and steps."""
    rng = np.random.default_rng(seed)
    rows = []
    for ship in range(ships):
        t, e, n, said = 7.0 * ship, *rng.normal(0, 5000, 2), bool(rng.integers(0, 2))
        kn, left, course = 0.0, 0, 0.0
        for _ in range(fixes):
            if left == 0:
                kn, course, left = (
                    float(rng.choice([0.2, 2.5, 5.0, 12.0])),
                    rng.uniform(0, 2 * np.pi),
                    int(rng.integers(3, 20)),
                )
                if abs(e) > 9000:
                    course = np.arctan2(-e, rng.normal(0, 3000))
            status = int(rng.choice([0, 0, 0, 1, 7]))
            rows.append(Fix(ship, round(t, 3), *spot(HOME, e, n), kn if said else None, status))
            dt = float(rng.choice([20.0, 90.0, 400.0, 1500.0, 5000.0], p=[0.3, 0.4, 0.2, 0.08, 0.02]))
            e, n = (
                e + np.sin(course) * kn * NM / 3600 * min(dt, 1500),
                n + np.cos(course) * kn * NM / 3600 * min(dt, 1500),
            )
            t, left = t + dt, left - 1
    return sorted(rows, key=lambda f: (f.t, f.track))


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 479), max_size=8), st.booleans())
def test_any_cut_into_ticks_and_any_restart_give_the_same(seed: int, cuts: list[int], restart: bool) -> None:
    rows, lines = roaming(seed), [cable(), cable("B", 5000.0)]
    whole = watch(rows, lines=lines)
    assert watch(rows, lines=lines, cuts=cuts, restart=restart) == whole
    late = 5 * 86_400.0
    assert watch(rows, lines=lines, cuts=cuts, as_of_s=late) == watch(rows, lines=lines, as_of_s=late)


def sampled(rows: list[Fix], scale: float) -> list[list[float]]:
    """(begin, end) of every passage of the legs sampled every second, with both distances scaled."""
    out: list[list[float]] = []
    inside = False
    for a, b in pairwise(rows):
        if b.t - a.t > 3600:
            inside = False
            continue
        for share in np.linspace(0, 1, max(2, int(b.t - a.t)), endpoint=False):
            lon = a.lon + share * (b.lon - a.lon)
            east = abs(lon - HOME[0]) * 111_319.5 * np.cos(np.radians(a.lat)) * 1.0005
            now = east <= (2778 if inside else 1852) * scale
            if now and not inside:
                out.append([a.t + share * (b.t - a.t)] * 2)
            if now:
                out[-1][1] = a.t + share * (b.t - a.t)
            inside = bool(now)
    return out


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_passages_are_those_of_dense_sampling(seed: int) -> None:
    """Every passage counts when everything is slow: it lies between those sampled at distances 2 % smaller and larger.

    A ship that creeps along the edge passes it minutes later by a metre more, so times alone are no measure.
    """
    rows = [f for f in roaming(seed, ships=1) if f.track == 0]
    params = {"slow_kn": 1000, "window_s": 1, "chunk_s": 1, "rejoin_s": 0, "beat_s": 1}
    got = [((d.t_start_us - T0) / S, (d.t_end_us - T0) / S) for d in watch(rows, params=params)]
    least, most = sampled(rows, 0.98), sampled(rows, 1.02)
    for a_s, b_s in least:
        if b_s - a_s > 400:
            assert any(g[0] <= a_s + 300 and g[1] >= b_s - 300 for g in got), (least, got)
    for a_s, b_s in got:
        if b_s - a_s > 400:
            assert any(w[0] <= a_s + 300 and w[1] >= b_s - 300 for w in most), (most, got)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_more_is_never_less(seed: int) -> None:
    """A higher limit for "slow" loses no event: each lies inside one that was told."""
    rows = roaming(seed)
    larger = watch(rows, params={"slow_kn": 6.0})
    for d in watch(rows, params={"slow_kn": 3.0}):
        assert any(m.members == d.members and m.t_start_us <= d.t_start_us and m.t_end_us >= d.t_end_us for m in larger)


def test_the_state_of_a_vessel_is_small() -> None:
    sizes: list[int] = []
    rows = [f._replace(track=k, t=f.t + k) for k in range(50) for f in crossing()]
    watch(rows, sizes=sizes, cuts=[len(rows) // 2])
    assert max(sizes) / 50 < 1_000


@pytest.mark.parametrize("key", sorted(LARGEST))
def test_a_parameter_out_of_bounds_is_named_and_one_at_its_bound_works(key: str) -> None:
    assert sorted(LARGEST) == sorted(DEFAULTS)
    more = {"leave_m": 50_000} if key == "enter_m" else {}
    watch(crossing(12.0, 3.0), params={**more, key: LARGEST[key]})
    for value in (LARGEST[key] * 1.001, 1e300, float("inf"), float("nan"), SMALLEST.get(key, 0) - 0.001):
        with pytest.raises(ValueError, match=rf"\[cable_risk\] {key}: "):
            watch([], params={key: value})


def test_leaving_nearer_than_entering_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[cable_risk\] leave_m: .* less than enter_m"):
        watch([], params={"enter_m": 2000, "leave_m": 1999})
