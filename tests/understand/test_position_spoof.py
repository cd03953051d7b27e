"""position_spoof at the edges of its thresholds, what simpler things explain, and what it finds in real traffic."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios.scenes.scene import Fix, Scene, Vessel

from beaconline.foundation.records.report import SENSORS
from beaconline.node.watch import Options, watch
from beaconline.understand.context.places import Places
from beaconline.understand.context.protocol import NoContext
from beaconline.understand.detectors import position_spoof_rows as rows
from beaconline.understand.detectors.position_spoof import DEFAULTS, LARGEST, PositionSpoof
from beaconline.understand.detectors.position_spoof_episodes import SpoofEpisode
from beaconline.understand.detectors.position_spoof_groups import binomial_tail, common_place, common_vector, linked
from beaconline.understand.detectors.position_spoof_words import inland

Finding = dict[str, Any]
Change = Callable[[Fix], Fix]
SEA = (-30.0, 10.0)


def between(vessel: Vessel, change: Change, begin: float = 60.0, end: float = 120.0) -> Vessel:
    vessel.fixes = [change(f) if begin <= f.minute < end else f for f in vessel.fixes]
    return vessel


def shifted(east_nm: float, north_nm: float) -> Change:
    return lambda f: replace(f, east_nm=f.east_nm + east_nm, north_nm=f.north_nm + north_nm)


def put(east_nm: float, north_nm: float) -> Change:
    return lambda f: replace(f, east_nm=east_nm, north_nm=north_nm)


def crowd(n: int, first: int = 235_000_001, step_s: float = 30.0, minutes: float = 180.0) -> list[Vessel]:
    """Vessels on courses between east and south, which no later shift to the north-east follows."""
    start = [(3.1 * (k % 4), 2.7 * (k // 4)) for k in range(n)]
    made = [Vessel(first + k, *at, step_s=step_s, stations=()) for k, at in enumerate(start)]
    return [v.go(100.0 + 5.0 * k, 8.0 + k % 5, minutes) for k, v in enumerate(made)]


def found(vessels: Sequence[Vessel], folder: Path, origin: tuple[float, float] = SEA, **params: float) -> list[Finding]:
    profile = folder / "profile.toml"
    profile.write_text("[position_spoof]\n" + "".join(f"{k} = {v}\n" for k, v in params.items()), encoding="utf-8")
    frame = Scene("", "position_spoof", "", vessels, origin=origin).frame()
    return list(watch(frame, options=Options(mode="simulated", only=["position_spoof"], profile=profile)).findings)


def kinds(findings: Sequence[Finding]) -> list[tuple[str, str, int]]:
    return sorted((f["type"], f["queue"], len({m["mmsi"] for m in f["members"]})) for f in findings)


@pytest.mark.parametrize("key", DEFAULTS)
def test_a_parameter_out_of_bounds_is_named(key: str) -> None:
    least, most = LARGEST[key]
    for value in (least, most):
        PositionSpoof(NoContext(), {key: value})
    for value in (least - 1e-6, most * 1.001, math.nan):
        with pytest.raises(ValueError, match=rf"\[position_spoof\] {key}: .* is outside"):
            PositionSpoof(NoContext(), {key: value})


def test_three_together_are_a_group_and_two_are_not(tmp_path: Path) -> None:
    for n, wanted in ((2, []), (3, [("offset", "default", 3)])):
        hit = [between(v, shifted(1.2, 0.8)) for v in crowd(n)]
        assert kinds(found([*hit, *crowd(4, 236_000_001)], tmp_path)) == wanted
    hit = [between(v, shifted(1.2, 0.8)) for v in crowd(3)]
    assert kinds(found(hit, tmp_path, min_vessels=4)) == []


def test_the_window_of_a_group(tmp_path: Path) -> None:
    """Three begin at 60:00, 60:30 and as late as the window ends, or half a minute later."""
    for late, wanted in ((9.5, [("offset", "default", 3)]), (10.5, [])):
        hit = [between(v, shifted(1.2, 0.8), 60.0 + t) for v, t in zip(crowd(3), (0.0, 0.5, late), strict=True)]
        assert kinds(found(hit, tmp_path)) == wanted


def test_far_apart_is_no_group_unless_alike(tmp_path: Path) -> None:
    for apart_nm, change, wanted in (
        (25.0, shifted(1.2, 0.8), [("offset", "default", 3)]),
        (40.0, shifted(1.2, 0.8), [("offset", "default", 3)]),
        (220.0, shifted(1.2, 0.8), []),
        (220.0, put(900.0, 200.0), [("jump", "default", 3)]),
    ):
        hit = [Vessel(235_000_001 + k, apart_nm * k, 0.0, step_s=30.0).go(120.0 + 15.0 * k, 9.0, 180) for k in range(3)]
        assert kinds(found([between(v, change) for v in hit], tmp_path)) == wanted


def test_chance_is_weighed(tmp_path: Path) -> None:
    """Three of three are no chance; three of sixty are one in so many, and p_max decides."""
    hit = [between(v, shifted(1.2, 0.8)) for v in crowd(3)]
    many = [Vessel(236_000_001 + k, 0.3 * k, -2.0, step_s=60.0).go(190.0, 9.0, 180) for k in range(57)]
    assert kinds(found([*hit, *many], tmp_path)) == []
    (finding,) = found([*hit, *many], tmp_path, p_max=1e-3)
    said = finding["measures"]
    assert (said["vessels"], said["vessels_near"], said["vessels_in_common"]) == (3, 60, 3)
    assert said["p_value"] == pytest.approx(binomial_tail(60, 3, said["leap_rate"]), rel=0.05)


@settings(max_examples=60)
@given(n=st.integers(1, 60), k=st.integers(0, 60), p=st.fractions(Fraction(1, 10_000), Fraction(1, 2)))
def test_the_binomial_tail_is_exact(n: int, k: int, p: Fraction) -> None:
    exact = sum((math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1)), Fraction(0))
    assert binomial_tail(n, k, float(p)) == pytest.approx(float(exact), rel=1e-9)


def episode(mmsi: int, home: tuple[int, int], away: tuple[int, int], since_us: int = 0) -> SpoofEpisode:
    slots = [[0] * rows.N_SLOT for _ in range(2)]
    slots[0][rows.LON], slots[0][rows.LAT] = home
    slots[1][rows.F_LON], slots[1][rows.F_LAT] = away
    return SpoofEpisode(mmsi, mmsi, since_us, since_us, slots[0], slots[1])


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_linked_is_what_a_walk_over_all_pairs_reaches(seed: int) -> None:
    rng = np.random.default_rng(seed)
    homes = rng.integers(0, 40, 12) * 1_000_000
    some = [episode(k, (int(h), 0), (900_000_000 + 100_000_000 * k, 500_000_000)) for k, h in enumerate(homes)]
    got = {e.mmsi for e in linked(some[0], some, 25_000.0)}
    # On the equator 0.1 degree is 11.1 km: two steps of it are joined, three are not.
    reached = {0}
    while True:
        more = {k for k in range(12) if any(abs(int(homes[k] - homes[j])) <= 2_000_000 for j in reached)}
        if more == reached:
            break
        reached = more
    assert got == reached


def test_a_common_vector_and_a_common_place_count_who_fits() -> None:
    together = [episode(k, (k * 100_000, 0), (k * 100_000 + 900_000, 0)) for k in range(5)]
    odd = episode(9, (0, 0), (-900_000, 300_000))
    east, north, spread, n = common_vector([*together, odd], 500.0, 0.1)
    assert (n, round(east), round(north), spread < 1.0) == (5, 10_019, 0, True)
    one_place = [episode(k, (k * 100_000, 0), (5_000_000, 5_000_000 + k * 10_000)) for k in range(5)]
    where, spread, n = common_place([*one_place, odd], 2_000.0)
    assert n == 5 and where[0] == 5_000_000 and spread < 500


def test_one_vessel_needs_a_longer_leap_and_a_return(tmp_path: Path) -> None:
    others = crowd(4, 236_000_001)
    for change, wanted in (
        (shifted(1.2, 0.8), []),
        (shifted(2.0, 0.8), [("offset", "context", 1)]),
        (put(-20.0, 30.0), [("jump", "context", 1)]),
    ):
        assert kinds(found([between(crowd(1)[0], change), *others], tmp_path)) == wanted
    (finding,) = found([between(crowd(1)[0], put(-20.0, 30.0)), *others], tmp_path)
    against = " ".join(e["what"] for e in finding["counter_evidence"])
    assert "fault of its own device" in against and "another ship under the same number" in against
    stays = between(crowd(1)[0], put(-20.0, 30.0), 60.0, 999.0)
    assert kinds(found([stays, *others], tmp_path)) == []


def test_a_run_elsewhere_must_last(tmp_path: Path) -> None:
    """Three fixes and two minutes: fixes every 30 s from 60:00 on; the fifth is two minutes later."""
    for end, wanted in ((61.9, []), (62.4, [("offset", "default", 5)])):
        hit = [between(v, shifted(4.0, 3.0), 60.0, end) for v in crowd(5)]
        assert kinds(found(hit, tmp_path)) == wanted


def test_heard_long_enough_before(tmp_path: Path) -> None:
    for begin, wanted in ((9.9, []), (10.6, [("offset", "default", 5)])):
        hit = [between(v, shifted(4.0, 3.0), begin, 999.0) for v in crowd(5)]
        assert kinds(found(hit, tmp_path)) == wanted


def ring(kn: float, radius_nm: float, turns: float, wobble: float = 0.0, told: bool = True) -> list[Vessel]:
    """Lies for 20 min, sails a circle that begins where it lay, and lies again."""
    vessel = Vessel(235_000_001, 0.0, 0.0, step_s=10.0).stay(20)
    minutes = turns * 2 * math.pi * radius_nm / kn * 60.0
    vessel.stay(minutes + 20)

    def change(f: Fix) -> Fix:
        angle = (f.minute - 20.0) / 60.0 * kn / radius_nm
        r = radius_nm * (1.0 + wobble * math.sin(3.0 * angle))
        east, north = r * math.sin(angle), radius_nm - r * math.cos(angle)
        course = (90.0 - math.degrees(angle)) % 360.0
        return replace(f, east_nm=east, north_nm=north, sog_kn=kn, cog_deg=course if told else None)

    return [between(vessel, change, 20.0, 20.0 + minutes)]


@pytest.mark.parametrize(
    ("kn", "turns", "wobble", "wanted"),
    [
        (20.0, 3.0, 0.0, 1), (13.0, 3.0, 0.0, 1), (11.0, 3.0, 0.0, 0), (20.0, 1.3, 0.0, 0), (20.0, 2.0, 0.0, 1),
        (20.0, 4.0, 0.05, 1), (20.0, 4.0, 0.1, 0),
    ],
)  # fmt: skip
def test_what_is_a_ring(kn: float, turns: float, wobble: float, wanted: int, tmp_path: Path) -> None:
    """A sine of amplitude 5 % spreads by 3.5 %, one of 10 % by 7 %."""
    findings = found(ring(kn, 0.4, turns, wobble), tmp_path)
    assert kinds(findings) == [("circle", "context", 1)] * wanted
    for f in findings:
        assert f["measures"]["radius_m"] == pytest.approx(0.4 * 1852, rel=0.03)
        assert f["measures"]["ring_speed_kn"] == pytest.approx(kn, rel=0.03)
        assert abs(f["measures"]["turn_rate_deg_min"]) == pytest.approx(math.degrees(kn / 60.0 / 0.4), rel=0.03)
        assert f["measures"]["rounds"] == pytest.approx(turns, abs=0.3)


def test_a_course_that_does_not_fit_is_a_second_ground(tmp_path: Path) -> None:
    def another(f: Fix) -> Fix:
        return replace(f, cog_deg=40.0) if f.sog_kn else f

    fits, off = ring(20.0, 0.4, 4.0), [between(v, another, 0.0, 999.0) for v in ring(20.0, 0.4, 4.0)]
    assert kinds(found(fits, tmp_path)) == [("circle", "context", 1)]
    assert kinds(found(off, tmp_path)) == [("circle", "default", 1)]
    assert kinds(found(ring(20.0, 0.4, 4.0, told=False), tmp_path)) == [("circle", "context", 1)]


def test_radii_of_many_sizes(tmp_path: Path) -> None:
    for radius_nm in (0.1, 0.5, 1.0, 2.5, 5.0):
        assert [k[0] for k in kinds(found(ring(25.0, radius_nm, 4.0), tmp_path))] == ["circle"], radius_nm


@pytest.mark.parametrize("step_deg", [*range(25, 150, 8), 57.15])
def test_every_even_step_round_a_circle_is_seen(step_deg: float, tmp_path: Path) -> None:
    """Fixes a minute apart, whatever angle lies between them."""
    kn = 24.0
    (vessel,) = ring(kn, kn / 60.0 / math.radians(step_deg), 9000.0 / step_deg)
    vessel.fixes, vessel.statics = vessel.fixes[::6], vessel.statics[::6]
    assert [k[0] for k in kinds(found([vessel], tmp_path))] == ["circle"]


COAST = (-9.9, 39.5)
"""A place at sea, 40 nm west of a shore."""


def test_on_land_is_told_and_needs_a_leap(tmp_path: Path) -> None:
    inside = Scene("", "", "", [], origin=COAST).place(72.0, 0.0)
    assert inland(Places(), round(inside[0] * 1e7), round(inside[1] * 1e7), 3_000)
    others = crowd(4, 236_000_001)
    away = between(crowd(1)[0], put(72.0, 0.0), 60.0, 999.0)
    assert kinds(found([away, *others], tmp_path, COAST)) == [("on_land", "context", 1)]
    assert kinds(found([away, *others], tmp_path, SEA)) == []
    up_a_river = Vessel(235_000_001, 10.0, 0.0, step_s=60.0).go(90.0, 25.0, 180)
    assert kinds(found([up_a_river, *others], tmp_path, COAST)) == []
    spread = [between(v, put(60.0 + 4.0 * k, 6.0 * k)) for k, v in enumerate(crowd(5))]
    assert kinds(found(spread, tmp_path, COAST)) == [("on_land", "default", 5)]
    assert kinds(found(spread, tmp_path, SEA)) == [("jump", "default", 5)]


def test_inland_wants_the_whole_margin() -> None:
    inside = (-8.3, 39.5)
    assert inland(Places(), round(inside[0] * 1e7), round(inside[1] * 1e7), 3_000)
    assert not inland(Places(), round(inside[0] * 1e7), round(inside[1] * 1e7), 100_000)
    assert not inland(Places(), round(COAST[0] * 1e7), round(COAST[1] * 1e7), 3_000)
    assert not inland(NoContext(), round(inside[0] * 1e7), round(inside[1] * 1e7), 3_000), "unknown is not land"


def renamed(vessel: Vessel, begin: float, end: float, **static: Any) -> Vessel:
    """Sends other static fields in between."""
    for k, f in enumerate(vessel.fixes):
        if begin <= f.minute < end:
            vessel.statics[k] = static
    return vessel


def test_simpler_things_explain_a_leap(tmp_path: Path) -> None:
    """Each of five vessels leaps in the same way, and each is another ship, a lost sign, a filler, a number in use."""
    fired = [("jump", "default", 5)]
    hit = [between(v, put(-30.0, 9.0)) for v in crowd(5)]
    assert kinds(found(hit, tmp_path)) == fired
    named = [renamed(v, 0.0, 999.0, name="SIM A", imo=9074729) for v in hit]
    assert kinds(found(named, tmp_path)) == fired
    other = [renamed(v, 60.0, 120.0, name="SIM B", imo=9074729) for v in named]
    assert kinds(found(other, tmp_path)) == []


def test_a_number_from_the_factory_and_stations_far_apart(tmp_path: Path) -> None:
    alone = [between(crowd(1)[0], put(-90.0, 9.0)), *crowd(4, 236_000_001)]
    assert kinds(found(alone, tmp_path)) == [("jump", "context", 1)]
    placeholder = [between(crowd(1, 235_000_000)[0], put(-90.0, 9.0)), *crowd(4, 236_000_001)]
    for vessels, said in ((placeholder, True), (alone, False)):
        (finding,) = found(vessels, tmp_path)
        assert any("from the factory" in e["what"] for e in finding["counter_evidence"]) == said
    frame = Scene("", "", "", alone, origin=SEA).frame()
    far = pl.col("lon_deg") < SEA[0] - 1.0
    for stations, wanted in ((("s1", "s1"), 1), (("s1", "s2"), 0)):
        heard = frame.with_columns(
            pl.when(far).then(pl.lit([stations[1]])).otherwise(pl.lit([stations[0]])).alias("stations")
        )
        findings = watch(heard, options=Options(mode="simulated", only=["position_spoof"])).findings
        assert len(findings) == wanted


@pytest.mark.parametrize("sign", [(-1, 1), (1, -1), (-1, -1)])
def test_a_lost_sign_is_a_fault(sign: tuple[int, int], tmp_path: Path) -> None:
    frame = Scene("", "", "", crowd(5), origin=SEA).frame()
    begin, end = frame["t_event"].min() + pl.duration(minutes=60), frame["t_event"].min() + pl.duration(minutes=120)
    some = pl.col("t_event").is_between(begin, end)
    lost = frame.with_columns(
        pl.when(some).then(sign[0] * pl.col("lon_deg")).otherwise(pl.col("lon_deg")).alias("lon_deg"),
        pl.when(some).then(sign[1] * pl.col("lat_deg")).otherwise(pl.col("lat_deg")).alias("lat_deg"),
    )
    assert watch(lost, options=Options(mode="simulated", only=["position_spoof"])).findings == []


def test_null_island_and_what_is_no_vessel(tmp_path: Path) -> None:
    frame = Scene("", "", "", [between(v, put(-30.0, 9.0)) for v in crowd(5)], origin=SEA).frame()
    far = pl.col("t_event").is_between(
        frame["t_event"].min() + pl.duration(minutes=60), frame["t_event"].min() + pl.duration(minutes=120)
    )
    null = frame.with_columns(
        pl.when(far).then(0.0).otherwise(pl.col("lon_deg")).alias("lon_deg"),
        pl.when(far).then(0.0).otherwise(pl.col("lat_deg")).alias("lat_deg"),
    )
    for what in (
        null,
        frame.with_columns(sensor=pl.lit("ais_base")),
        frame.with_columns(mmsi=pl.col("mmsi") - 124_000_000),
    ):
        assert watch(what, options=Options(mode="simulated", only=["position_spoof"])).findings == []
    assert {"ais_a", "ais_b", "ais_sat", "vms", "partner", "ais"} <= set(SENSORS)


def test_two_ships_by_turns_are_left_to_identity_conflict(tmp_path: Path) -> None:
    """Heard for a quarter of an hour each, by turns, 60 nm apart."""
    a, b = crowd(1)[0], Vessel(235_000_001, 50.0, 30.0, step_s=30.0).go(300.0, 9.0, 180)
    for v, turn in ((a, 1), (b, 0)):
        v.fixes = [
            f for f in v.fixes if (turn and f.minute < 60) or (f.minute >= 60 and int(f.minute) // 15 % 2 == turn)
        ]
        v.statics = v.statics[: len(v.fixes)]
    assert kinds(found([a, b, *crowd(4, 236_000_001)], tmp_path)) == []


def test_a_larger_p_max_never_loses_a_group(tmp_path: Path) -> None:
    """Monotone: what is a group stays one, with the same members, and only more are added."""
    vessels = [between(v, shifted(1.2, 0.8), 60.0 + 2.0 * (k // 3), 150.0) for k, v in enumerate(crowd(6))]
    others = [Vessel(236_000_001 + k, 0.2 * k, -1.0, step_s=60.0).go(190.0, 9.0, 180) for k in range(40)]
    told = [
        {tuple(m["mmsi"] for m in f["members"]) for f in found([*vessels, *others], tmp_path, p_max=p)}
        for p in (1e-30, 1e-12, 1e-9, 1e-6, 1e-3)
    ]
    assert all(a <= b for a, b in pairwise(told)) and told[0] != told[-1]


def test_hundreds_at_once_are_named_up_to_a_bound(tmp_path: Path) -> None:
    hit = [Vessel(235_000_001 + k, 0.4 * (k % 15), 0.4 * (k // 15), step_s=60.0).go(110.0, 8.0, 60) for k in range(120)]
    (finding,) = found([between(v, put(-30.0, 9.0), 25.0) for v in hit], tmp_path)
    assert finding["measures"]["vessels"] == 120
    assert len({m["mmsi"] for m in finding["members"]}) == 100
    assert len(finding["evidence"]) <= 40


def test_real_traffic_is_quiet_and_a_shift_in_it_is_found(data: Path) -> None:
    """Half an hour of a coast with some sixty numbers that leap: none is told. Fourteen vessels shifted in it are."""
    path = data / "ais" / "marinecadastre_20220103_99999rows.csv.gz"
    only = Options(only=["position_spoof"])
    assert watch(path, options=only).findings == []
    table = pl.read_csv(path, infer_schema_length=0)
    place = pl.col("LAT").cast(pl.Float64), pl.col("LON").cast(pl.Float64)
    minute = pl.col("BaseDateTime").str.slice(14, 2).cast(pl.Int32) + 60 * pl.col("BaseDateTime").str.slice(11, 2).cast(
        pl.Int32
    )
    near = table.filter(place[0].is_between(29.0, 29.8) & place[1].is_between(-95.2, -94.4) & (minute < 30))
    known = near.group_by("MMSI").agg(pl.len(), minute.min().alias("first"), minute.max().alias("last"))
    often = known.filter((pl.col("len") >= 17) & (pl.col("first") < 2) & (pl.col("last") > 20))
    chosen = sorted(often["MMSI"])[:14]
    hit = pl.col("MMSI").is_in(chosen) & (minute >= 12)
    moved = table.with_columns(pl.when(hit).then((place[0] + 0.11).cast(pl.Utf8)).otherwise(pl.col("LAT")).alias("LAT"))
    findings = watch(_reports(moved), options=only).findings
    assert [f["type"] for f in findings] == ["offset"] and findings[0]["queue"] == "default"
    named = {f"{m['mmsi']:09d}" for m in findings[0]["members"]}
    assert named <= set(chosen) and len(named) >= 10
    assert findings[0]["measures"]["offset_north_m"] == pytest.approx(0.11 * 110_850, rel=0.03)


def _reports(table: pl.DataFrame) -> pl.DataFrame:
    """A table with the columns of the coast file as report columns."""
    number = {"lat_deg": "LAT", "lon_deg": "LON", "sog_kn": "SOG", "cog_deg_true": "COG"}
    return table.select(
        pl.col("BaseDateTime").str.to_datetime().dt.replace_time_zone("UTC").alias("t_event"),
        pl.col("MMSI").cast(pl.Int64, strict=False).alias("mmsi"),
        *(pl.col(old).cast(pl.Float64, strict=False).alias(new) for new, old in number.items()),
        pl.col("VesselName").alias("name"),
    ).filter(pl.col("mmsi").is_between(1_000_000, 999_999_999) & pl.col("sog_kn").is_between(0, 102))
