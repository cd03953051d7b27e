"""Anchorages learnt from history: 20 vessels, 12 h, 0.5 km, and what a raft at a reef makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from kind_runs import T0, Fix, S, spot

from beaconline.foundation.geo.geodesy import distance_m
from beaconline.foundation.table.snapshot import restore, save
from beaconline.understand.context import anchorages
from beaconline.understand.context.anchorages import Anchorage, AnchorageRule, Learner, Stays, csv_of, places_of, take
from beaconline.understand.context.masks import load_masks

HOME = (-30.0, 10.0)
H = 3600.0


def learnt(fixes: Sequence[Fix], cuts: Sequence[int] = (), restart: bool = False) -> Learner:
    fixes = sorted(fixes, key=lambda f: (f.t, f.track))
    t = np.array([T0 + round(f.t * S) for f in fixes], np.int64)
    track = np.array([f.track for f in fixes], np.int32)
    lon = np.array([round(((f.lon + 540) % 360 - 180) * 1e7) for f in fixes], np.int32)
    lat = np.array([round(f.lat * 1e7) for f in fixes], np.int32)
    vessel, state = list(range(int(track.max()) + 1 if len(fixes) else 0)), Learner()
    edges = [0, *sorted(cuts), len(fixes)]
    for a, b in pairwise(edges):
        state = take(state, t[a:b], track[a:b], lon[a:b], lat[a:b], vessel, AnchorageRule())
        if restart:
            state = restore(save(state), (Learner, Stays))
    return state


def found(fixes: Sequence[Fix], **how: object) -> list[Anchorage]:
    return places_of(learnt(fixes, **how))[0]  # type: ignore[arg-type]


def stay(track: int, east_m: float, north_m: float, begin_h: float, hours: float, home: tuple[float, float] = HOME,
         step_s: float = 900.0, swing_m: float = 60.0) -> list[Fix]:  # fmt: skip
    """A vessel at anchor, before and after it some miles away."""
    rng = np.random.default_rng(track + 7)
    out = [Fix(track, begin_h * H - 7200.0, *spot(home, east_m + 9000, north_m))]
    for k in range(round(hours * H / step_s) + 1):
        off = rng.normal(0, swing_m, 2)
        out.append(Fix(track, begin_h * H + k * step_s, *spot(home, east_m + off[0], north_m + off[1])))
    out += [Fix(track, (begin_h + hours + 2 + k) * H, *spot(home, east_m, north_m + 9000)) for k in range(2)]
    return out


def roads(n: int, hours: float = 14.0, spread_m: float = 120.0, home: tuple[float, float] = HOME) -> list[Fix]:
    """So many vessels, one after another."""
    rng = np.random.default_rng(n)
    places = rng.normal(0, spread_m, (n, 2))
    return [f for k in range(n) for f in stay(k, *places[k], 20.0 * k, hours, home)]


@pytest.mark.parametrize(("vessels", "told"), [(19, 0), (20, 1)])
def test_twenty_vessels(vessels: int, told: int) -> None:
    places = found(roads(vessels))
    assert len(places) == told
    if told:
        (place,) = places
        assert (place.vessels, place.stays, place.most_at_once) == (20, 20, 1)
        assert distance_m(*HOME, place.lon_deg, place.lat_deg) < 150
        assert place.vessel_days == pytest.approx(20 * 14 / 24, abs=0.1)


@pytest.mark.parametrize(("hours", "told"), [(11.9, 0), (12.0, 1)])
def test_twelve_hours(hours: float, told: int) -> None:
    assert len(found([f for k in range(20) for f in stay(k, 0, 0, 20.0 * k, hours, step_s=60.0)])) == told


@pytest.mark.parametrize(("apart_m", "told"), [(400.0, 1), (1200.0, 0)])
def test_half_a_kilometre(apart_m: float, told: int) -> None:
    two = [f for k in range(24) for f in stay(k, apart_m * (k % 2), 0, 20.0 * k, 14.0)]
    assert len(found(two)) == told


def test_one_vessel_that_comes_again_is_one() -> None:
    again = [f._replace(track=0) for k in range(30) for f in stay(k, 0, 0, 20.0 * k, 14.0)]
    assert found(again) == []


def test_moving_about_is_no_stay() -> None:
    rows = [Fix(k, 900.0 * i, *spot(HOME, 60.0 * i, 0)) for k in range(25) for i in range(80)]
    assert found(rows) == []


def test_a_silence_of_a_night_belongs_to_the_stay_and_a_slip_does_not_end_it() -> None:
    rows = roads(20)
    quiet = [f for f in rows if not 2 * H < (f.t % (20 * H)) < 12 * H]
    assert len(found(quiet)) == 1
    slipped = [f._replace(lat=f.lat + 0.05) if i % 41 == 20 else f for i, f in enumerate(rows)]
    assert len(found(slipped)) == 1


@pytest.mark.parametrize("home", [(180.0, -8.0), (-90.0, 3.0), (90.0, 3.0), (0.0, 0.0), (20.0, 84.0)])
def test_everywhere_on_earth(home: tuple[float, float]) -> None:
    (place,) = found(roads(22, home=home))
    assert distance_m(*home, place.lon_deg, place.lat_deg) < 200


def test_two_places_a_mile_apart_are_two() -> None:
    a, b = roads(20), [f._replace(track=f.track + 20) for f in roads(20, home=spot(HOME, 2500, 0))]
    assert len(found(a + b)) == 2


def test_any_cut_and_any_restart_give_the_same() -> None:
    rows = roads(21)
    whole = found(rows)
    rng = np.random.default_rng(2)
    for seed in range(6):
        cuts = sorted(rng.integers(1, len(rows), 5).tolist())
        assert found(rows, cuts=cuts, restart=bool(seed % 2)) == whole
    by_track = sorted(rows, key=lambda f: (f.track, f.t))
    assert places_of(learnt(by_track))[0] == whole


def test_stays_under_way_count_and_the_state_is_left_alone() -> None:
    rows = [f for f in roads(20) if f.t <= 19 * 20 * H + 13 * H]
    state = learnt(rows)
    before = save(state)
    assert len(places_of(state)[0]) == 1
    assert save(state) == before


def test_a_raft_at_a_reef_makes_no_mask_of_its_own() -> None:
    """Thirty hulls side by side for days: told apart inside a watched zone, and known by how many lay there at once."""
    rng = np.random.default_rng(0)
    raft = [f for k in range(30) for f in stay(k, *rng.normal(0, 60, 2), 0.0, 72.0)]
    state = learnt(raft)
    plain, none = places_of(state)
    assert none == [] and plain[0].most_at_once == 30 == plain[0].vessels
    for kind in ("reef", "watch", "exclusion"):
        out, watched = places_of(state, zones_at=lambda lon, lat, t, k=kind: [("reef A", k)])  # type: ignore[misc]
        assert out == [] and watched[0].zone == "reef A"
    out, watched = places_of(state, zones_at=lambda lon, lat, t: [("B", "eez")])
    assert len(out) == 1 and watched == []


def test_the_file_is_taken_back_as_masks(tmp_path: Path) -> None:
    places = found(roads(20))
    path = tmp_path / "learnt.csv"
    path.write_text(csv_of(places), encoding="utf-8")
    (mask,) = load_masks([path])
    assert mask.kind == "anchorage"
    assert (mask.lon_deg, mask.lat_deg) == (places[0].lon_deg, places[0].lat_deg)


def test_no_more_is_kept_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchorages, "MAX_STAYS", 10)
    state = learnt(roads(21))
    assert len(state.found) == 10 and state.full == 11


def test_an_empty_history_holds_nothing() -> None:
    assert found([]) == []
    assert csv_of([]).count("\n") == 1
