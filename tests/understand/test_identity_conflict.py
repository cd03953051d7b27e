"""identity_conflict: what must be told, the near misses that must not, and that cuts of the rows change nothing."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beaconline.foundation.geo.geodesy import KN_MS, destination
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.report import SENSORS
from beaconline.foundation.table import snapshot
from beaconline.foundation.table.reports import Pools, Reports, Static, StaticRows, TextPool
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.detectors.identity_changes import Change, Fix
from beaconline.understand.detectors.identity_claims import is_imo, is_ship_mmsi, keys_of
from beaconline.understand.detectors.identity_conflict import DEFAULTS, STATE_CLASSES, IdentityConflict
from beaconline.understand.step import Tick

MMSI = 219000123
T0_US = 1_700_000_000_000_000
QUIET_US = int(DEFAULTS["quiet_s"]) * 1_000_000


def ship(
    n: int, step_s: float, lon: float, lat: float, sog_kn: float = 0.0, cog_deg: float = 0.0, *, start_s: float = 0.0,
    track: int = 0, mmsi: int = MMSI,
) -> tuple[Reports, list[int]]:  # fmt: skip
    """n fixes every step_s seconds along a great circle, all on one track."""
    out = Reports.blank(n)
    out.mmsi[:] = mmsi
    for i in range(n):
        x, y = destination(lon, lat, cog_deg, sog_kn * KN_MS * i * step_s)
        out.t_us[i] = T0_US + round((start_s + i * step_s) * 1e6)
        out.lon_e7[i], out.lat_e7[i] = round(x * 1e7), round(y * 1e7)
    out.sog_mkn[:], out.cog_cdeg[:] = round(sog_kn * 1000), round(cog_deg * 100)
    return out, [track] * n


def detect(
    parts: Sequence[tuple[Reports, list[int]]],
    cuts: Sequence[int] = (),
    *,
    pools: Pools | None = None,
    as_of_us: int | None = None,
    statics: StaticRows | None = None,
    save: bool = False,
) -> tuple[list[Draft], TrackBook]:
    """All findings of a run whose rows are handed over in the ticks that the cuts make; tracks are given."""
    pools = pools or Pools()
    rows = Reports.concat([p[0] for p in parts])
    track = np.array([t for p in parts for t in p[1]], np.int32)
    order = np.lexsort((rows.lat_e7, rows.lon_e7, track, rows.t_us))
    rows, track = rows.take(order), track[order]
    vessels: dict[int, int] = {}
    book = TrackBook()
    for code in range(int(track.max()) + 1):
        mmsi = int(rows.mmsi[np.flatnonzero(track == code)[0]])
        book.names.append(f"{mmsi:09d}:{code:02d}")
        book.mmsi.append(mmsi)
        book.vessel.append(vessels.setdefault(mmsi, len(vessels)))
    kind = IdentityConflict()
    state, standing = kind.start(), {}
    edges = [0, *sorted(c for c in cuts if c < len(rows)), len(rows)]
    extra = statics if statics is not None else StaticRows.empty()
    for number, (a, b) in enumerate(itertools.pairwise(edges)):
        part = rows.take(slice(a, b))
        watermark = int(rows.t_us[b - 1]) if b else T0_US
        if b < len(rows) and rows.t_us[b] == watermark:
            watermark -= 1
        given_now = extra if number == 0 else StaticRows.empty()
        tick = Tick(part, track[a:b], np.zeros(b - a, np.int64), watermark, book, pools, given_now)
        state, drafts = kind.step(state, tick)
        if save:
            state = snapshot.restore(snapshot.save(state), STATE_CLASSES)
        standing.update({(d.key, d.members): d for d in drafts})
    end = as_of_us if as_of_us is not None else int(rows.t_us[-1])
    state, drafts = kind.step(
        state, Tick(Reports.blank(0), np.zeros(0, np.int32), np.zeros(0, np.int64), end, book, pools)
    )
    standing.update({(d.key, d.members): d for d in drafts})
    before = snapshot.save(state)
    standing.update({(d.key, d.members): d for d in kind.finish(state, end, book, pools)})
    assert snapshot.save(state) == before
    return sorted(standing.values(), key=lambda d: (d.t_start_us, d.key)), book


@pytest.mark.parametrize("apart_nm", [0.5, 1.0, 30.0, 300.0])
@pytest.mark.parametrize("sog_kn", [0.0, 12.0])
def test_two_ships_by_turns_are_told(apart_nm: float, sog_kn: float) -> None:
    a = ship(60, 10.0, 10.0, 55.0, sog_kn, 90.0)
    b = ship(60, 10.0, 10.0, 55.0 + apart_nm / 60, sog_kn, 90.0, start_s=4.0, track=1)
    (draft,), book = detect([a, b])
    assert draft.kind == "identity_conflict" and draft.type == "two_places" and not draft.context and draft.open
    assert [book.names[c] for c, _ in draft.members] == ["219000123:00", "219000123:01"]
    assert [role for _, role in draft.members] == ["claimant", "claimant"]
    assert draft.measures["changes_of_place"] == 119
    assert float(draft.measures["separation_min_m"]) == pytest.approx(apart_nm * 1852, rel=0.02)  # type: ignore[arg-type]
    assert draft.why.count("station unknown") == 2


def test_two_ships_hours_apart_are_told() -> None:
    a = ship(12, 7200.0, 10.0, 55.0, 10.0, 0.0)
    b = ship(12, 7200.0, 17.0, 55.0, 10.0, 0.0, start_s=3600.0, track=1)
    (draft,), _ = detect([a, b])
    assert draft.type == "two_places"


def test_two_ships_too_near_are_not() -> None:
    a = ship(60, 10.0, 10.0, 55.0)
    b = ship(60, 10.0, 10.0, 55.0 + 290 / 111_200, start_s=4.0, track=1)
    assert detect([a, b])[0] == []
    c = ship(60, 10.0, 10.0, 55.0 + 310 / 111_200, start_s=4.0, track=1)
    assert len(detect([a, c])[0]) == 1


@pytest.mark.parametrize(("apart_m", "told"), [(900.0, 1), (700.0, 0)])
def test_by_turns_but_no_faster_than_ships_go_is_not(apart_m: float, told: int) -> None:
    # 15 kn over 100 s = 772 m, told speed nil.
    a = ship(30, 200.0, 10.0, 55.0)
    b = ship(30, 200.0, 10.0, 55.0 + apart_m / 111_350, start_s=100.0, track=1)
    assert len(detect([a, b])[0]) == told


def test_a_wrong_clock_is_not() -> None:
    a = ship(60, 10.0, 10.0, 55.0, 10.0, 90.0)
    ahead, codes = ship(60, 10.0, 10.0, 55.0, 10.0, 90.0, start_s=-86.0, track=1)
    late = ahead.take(np.arange(60) >= 9)
    assert detect([a, (late, codes[9:])])[0] == []


def test_one_ship_is_not() -> None:
    assert detect([ship(200, 10.0, 10.0, 55.0, 25.0, 90.0)])[0] == []
    assert detect([ship(200, 3600.0, 10.0, 0.0, 25.0, 90.0)])[0] == []


def test_a_jump_without_return_is_told() -> None:
    a = ship(20, 60.0, 10.0, 55.0, 10.0, 0.0)
    b = ship(20, 60.0, 10.0, 50.0, 10.0, 0.0, start_s=1260.0, track=1)
    (draft,), _ = detect([a, b])
    assert draft.type == "single_jump" and not draft.context
    assert draft.measures["changes_of_place"] == draft.measures["jumps"] == 1
    assert any("changed once" in c.what for c in draft.counter_evidence)


@pytest.mark.parametrize(
    ("apart_m", "wait_s", "told"), [(18_700, 300, 1), (18_300, 300, 0), (30_000, 950, 1), (30_000, 1000, 0)]
)
def test_edges_of_a_jump(apart_m: float, wait_s: float, told: int) -> None:
    # 10 nm = 18,520 m; 60 kn over 30 km = 972 s.
    a = ship(5, 60.0, 10.0, 55.0)
    b = ship(5, 60.0, 10.0, 55.0 + apart_m / 111_350, start_s=240.0 + wait_s, track=1)
    assert len(detect([a, b])[0]) == told


def test_a_stray_fix_is_context_and_says_why() -> None:
    pools = Pools()
    rows, codes = ship(40, 60.0, 10.0, 55.0, 10.0, 90.0)
    rows.stations[:] = pools.stations.code(["alpha"])
    rows.stations[20] = pools.stations.code(["alpha", "bravo"])
    rows.lat_e7[20] = -555_000_000
    codes[20] = 1
    (draft,), book = detect([(rows, codes)], pools=pools)
    assert draft.type == "stray_fix" and draft.context
    assert {book.names[c]: role for c, role in draft.members} == {"219000123:00": "claimant", "219000123:01": "stray"}
    words = " ".join(c.what for c in draft.counter_evidence)
    assert "one fix only" in words and "only the latitude" in words and "one station heard both" in words
    assert "station alpha" in draft.why and "stations alpha, bravo" in draft.why


def test_a_jump_inside_one_track_is_told_too() -> None:
    rows, codes = ship(40, 60.0, 10.0, 55.0)
    rows.lat_e7[20] -= 90_000_000
    (draft,), _ = detect([(rows, codes)])
    assert len(draft.members) == 1 and draft.measures["jumps"] == 2


def test_quiet_ends_a_conflict_and_the_next_is_another() -> None:
    a, codes = ship(400, 1800.0, 10.0, 55.0)
    for row in (50, 300):
        a.lat_e7[row] -= 90_000_000
        codes[row] = 1 if row == 50 else 2
    drafts, _ = detect([(a, codes)])
    assert [d.open for d in drafts] == [False, False]
    assert len({d.key for d in drafts}) == 2
    end = drafts[0].t_end_us
    assert not detect([(a, codes)], as_of_us=end + QUIET_US + 10**12)[0][0].open
    short = (a.take(slice(0, 60)), codes[:60])
    (draft,), _ = detect([short], as_of_us=end + QUIET_US)
    assert draft.open and not draft.settled
    (draft,), _ = detect([short], as_of_us=end + QUIET_US + 1)
    assert not draft.open and draft.settled


@pytest.mark.parametrize("lead", [111_000_001, 970_000_001, 974_000_001])
def test_aircraft_and_distress_transmitters_are_not(lead: int) -> None:
    a = ship(60, 10.0, 10.0, 55.0, mmsi=lead)
    b = ship(60, 10.0, 15.0, 55.0, start_s=4.0, track=1, mmsi=lead)
    assert detect([a, b])[0] == []


def test_search_and_rescue_messages_are_not() -> None:
    a = ship(60, 10.0, 10.0, 55.0)
    b = ship(60, 10.0, 15.0, 55.0, start_s=4.0, track=1)
    for rows, _ in (a, b):
        rows.sensor[:] = SENSORS.index("ais_sar")
    assert detect([a, b])[0] == []


def test_sensor_ids_and_anonymous_posits_are_not() -> None:
    a, codes = ship(60, 10.0, 10.0, 55.0, mmsi=-1)
    a.lat_e7[30] -= 90_000_000
    assert detect([(a, codes)])[0] == []
    assert detect([(a, [0, *[-1] * 59])])[0] == []


def test_tracks_named_are_bounded_and_the_rest_is_counted() -> None:
    a, codes = ship(80, 60.0, 10.0, 55.0)
    for k, row in enumerate(range(2, 80, 3)):
        a.lat_e7[row] -= 10_000_000 * (k + 1)
        codes[row] = k + 1
    (draft,), _ = detect([(a, codes)])
    assert len(draft.members) == 16
    assert draft.measures["fixes_on_tracks_not_named"] == 26 - 15


# Ships in rotation, faults of devices, and wrong clocks


def apart(rows: Reports, fixes: Sequence[int], east_deg: float, north_deg: float) -> tuple[Reports, list[int]]:
    """The rows with some fixes elsewhere, on a track of their own."""
    for i in fixes:
        rows.lon_e7[i] += round(east_deg * 1e7)
        rows.lat_e7[i] += round(north_deg * 1e7)
    return rows, [int(i in fixes) for i in range(len(rows))]


@pytest.mark.parametrize("ships", [3, 5, 16])
@pytest.mark.parametrize("apart_nm", [3.0, 30.0])
def test_ships_in_rotation_are_all_told(ships: int, apart_nm: float) -> None:
    fleet = [
        ship(120, 60.0, -125.0, 30.0 + k * apart_nm / 60, 10.0, 0.0, start_s=float(k), track=k) for k in range(ships)
    ]
    (draft,), _ = detect(fleet)
    assert draft.type == "two_places" and not draft.context
    assert [role for _, role in draft.members] == ["claimant"] * ships
    assert f"in {ships} places by turns ({ships} tracks" in draft.why


FAULTS = (100, 211, 405, 580)


@pytest.mark.parametrize("sog_kn", [0.0, 15.0])
@pytest.mark.parametrize(
    ("east_deg", "north_deg"), [(0.0, 0.0045), (0.0, 1 / 60), (0.0, 8192 / 600_000), (65_536 / 600_000, 0.0)]
)
def test_fixes_now_and_then_at_one_distance_are_a_fault(sog_kn: float, east_deg: float, north_deg: float) -> None:
    rows, _ = ship(700, 10.0, 10.0, 55.0, sog_kn, 70.0)
    drafts, book = detect([apart(rows, FAULTS, east_deg, north_deg)])
    if sog_kn and north_deg == 0.0045:
        assert drafts == []  # 500 m at 15 kn is a minute's sailing: no change of place
        return
    (draft,) = drafts
    assert draft.type == "stray_fix" and draft.context
    assert {book.names[c]: role for c, role in draft.members} == {"219000123:00": "claimant", "219000123:01": "stray"}
    assert draft.counter_evidence[0].detail["fixes_astray"] == len(FAULTS)
    assert "4 of " in draft.counter_evidence[0].what and "4 stray fixes" in draft.why
    one_bit = any("power of two" in c.what for c in draft.counter_evidence)
    assert one_bit == ((east_deg, north_deg) in ((0.0, 8192 / 600_000), (65_536 / 600_000, 0.0)))


@pytest.mark.parametrize("fixes", [FAULTS, range(100, 700, 3)])
def test_a_device_that_does_not_know_its_place_is_a_fault_however_often(fixes: Sequence[int]) -> None:
    rows, _ = ship(700, 10.0, 10.0, 55.0, 15.0, 70.0)
    rows.lon_e7[list(fixes)] = rows.lat_e7[list(fixes)] = 0
    (draft,), _ = detect([(rows, [int(i in fixes) for i in range(700)])])
    assert draft.type == "stray_fix" and draft.context
    assert any("latitude 0, longitude 0" in c.what for c in draft.counter_evidence)


@pytest.mark.parametrize(
    ("which", "sog_kn", "why"),
    [
        ([*range(100, 104), *range(300, 304)], 0.0, "in runs"),
        (range(20, 700, 60), 0.0, "at an interval"),
        (FAULTS, 9.0, "a way of its own"),
        (sorted(np.random.default_rng(1).choice(700, 60, replace=False).tolist()), 0.0, "often"),
    ],
)
def test_a_second_ship_that_is_heard_seldom_is_told(which: Sequence[int], sog_kn: float, why: str) -> None:
    a = ship(700, 10.0, 10.0, 55.0)
    b, _ = ship(700, 10.0, 10.0, 55.2, sog_kn, 250.0, start_s=4.0, track=1)
    seldom = b.take(np.array(list(which)))
    (draft,), _ = detect([a, (seldom, [1] * len(seldom))])
    assert draft.type == "two_places" and not draft.context, why


def bent(n: int, lag_s: float, turn_deg: float) -> list[tuple[Reports, list[int]]]:
    """One ship on a bent way, every other fix stamped late by a second receiver."""
    half = n // 2
    first, _ = ship(half, 10.0, 10.0, 55.0, 15.0, 70.0)
    at = (first.lon_e7[-1] * 1e-7, first.lat_e7[-1] * 1e-7)
    rest, _ = ship(n - half, 10.0, *at, 15.0, 70.0 + turn_deg, start_s=10.0 * (half - 1))
    rows = Reports.concat([first, rest.take(np.arange(1, n - half))])
    odd = np.arange(len(rows)) % 2 == 1
    rows.t_us[odd] += round(lag_s * 1e6)
    return [(rows.take(~odd), [0] * int((~odd).sum())), (rows.take(odd), [1] * int(odd.sum()))]


@pytest.mark.parametrize("lag_s", [400.0, 1800.0, 3600.0])
@pytest.mark.parametrize(("turn_deg", "context"), [(30.0, True), (0.0, False)])
def test_one_bent_path_at_a_constant_lag_is_a_clock(lag_s: float, turn_deg: float, context: bool) -> None:
    # On a straight way a ship in the wake of another looks the same: told, with the lag in the counter-evidence.
    (draft,), _ = detect(bent(1400, lag_s, turn_deg))
    assert draft.type == "two_places" and draft.context == context
    (lag,) = [c for c in draft.counter_evidence if "the same path" in c.what]
    assert abs(float(lag.detail["lag_s"]) - lag_s) <= 2  # type: ignore[arg-type]
    assert ("twice on one path" in draft.why) == context


def test_two_ships_on_ways_that_cross_are_no_clock() -> None:
    a, b = bent(1400, 400.0, 30.0)
    b[0].lat_e7[:] += (np.linspace(-1, 1, len(b[0])) * 300_000).astype(np.int32)
    (draft,), _ = detect([a, b])
    assert not draft.context


def test_places_cut_to_a_step_are_not() -> None:
    rows, _ = ship(300, 10.0, 10.005, 55.005, 15.0, 70.0)
    codes = np.arange(300) // 2 % 2
    for column in (rows.lon_e7, rows.lat_e7):
        column[:] = np.round(column / 1e5) * 100_000 + 100_000 * codes
    assert detect([(rows, codes.tolist())])[0] == []
    rows.lon_e7[:] += 30_000
    assert len(detect([(rows, codes.tolist())])[0]) == 1


@pytest.mark.parametrize(("step_s", "told"), [(300, False), (7, True)])
def test_stamps_cut_to_a_step_are_judged_by_it(step_s: int, told: bool) -> None:
    # 15 kn for 5 min is 2.3 km, for 1 min 0.5 km.
    t_us = T0_US - T0_US % (step_s * 1_000_000)
    a = Fix(t_us, 100_000_000, 550_000_000, 0, 0, 15_000, -1)
    b = Fix(t_us, 100_000_000, 550_000_000 + round(1900 / 111_350 * 1e7) + 7, 1, 0, 15_000, -1)
    assert Change.between(a, b).too_fast(15.0) == told


@pytest.mark.parametrize(("top_kn", "told"), [(40.0, 0), (5.0, 1)])
def test_a_ferry_that_tells_its_speed_between_piers_is_not(top_kn: float, told: int) -> None:
    # Heard mostly at its piers, told 0 kn at both ends: 12 km in 12 min is 32 kn, which its speed of late explains.
    rows, _ = ship(60, 720.0, 10.0, 55.0)
    rows.lat_e7[1::2] += round(12_000 / 111_320 * 1e7)
    rows.sog_mkn[::3] = round(top_kn * 1000)
    rows.sog_mkn[1::3] = rows.sog_mkn[2::3] = 0
    assert len(detect([(rows, [0, 1] * 30)])[0]) == told


@pytest.mark.parametrize(("sog_kn", "told"), [(62.0, 0), (40.0, 1)])
def test_a_jump_that_the_told_speed_explains_is_none(sog_kn: float, told: int) -> None:
    rows, codes = ship(30, 600.0, 10.0, 0.0, 62.0, 90.0)
    rows.sog_mkn[:] = round(sog_kn * 1000)
    assert len(detect([(rows, codes)])[0]) == told


def test_what_is_kept_of_a_conflict_is_bounded() -> None:
    sizes = []
    for n in (400, 1600):
        parts = [ship(n, 60.0, 10.0, 55.0 + k * 0.5, 9.0, 90.0, start_s=float(k), track=k) for k in range(3)]
        rows = Reports.concat([p[0] for p in parts])
        order = np.argsort(rows.t_us, kind="stable")
        track = np.array([t for p in parts for t in p[1]], np.int32)[order]
        book = TrackBook()
        for k in range(3):
            book.names.append(f"{k}"), book.mmsi.append(MMSI), book.vessel.append(0)
        kind = IdentityConflict()
        tick = Tick(rows.take(order), track, np.zeros(3 * n, np.int64), T0_US, book, Pools())
        sizes.append(len(snapshot.save(kind.step(kind.start(), tick)[0])))
    assert sizes[1] < 1.02 * sizes[0] < 20_000


# One identity on two MMSI


def claim(pools: Pools, part: tuple[Reports, list[int]], static: Static) -> tuple[Reports, list[int]]:
    part[0].static[:] = pools.statics.code(static)
    return part


FULL = Static(9074729, "ABCD", "ALPHA", 70, 1800, 320)


@pytest.mark.parametrize("static", [FULL, Static(imo=9074729), Static(None, "ABCD", "ALPHA", 70, 1800, 320)])
def test_two_mmsi_of_one_identity_apart_are_told(static: Static) -> None:
    pools = Pools()
    a = claim(pools, ship(30, 60.0, 10.0, 55.0, mmsi=219000123), static)
    b = claim(pools, ship(30, 60.0, 12.0, 55.0, start_s=30.0, track=1, mmsi=338000456), static)
    drafts, book = detect([a, b], pools=pools)
    assert drafts and {d.type for d in drafts} == {"shared_static"}
    draft = drafts[0]
    assert sorted(book.mmsi[c] for c, _ in draft.members) == [219000123, 338000456]
    assert "219000123" in draft.why and "338000456" in draft.why
    assert draft.counter_evidence and not draft.context


@pytest.mark.parametrize(
    ("static", "why"),
    [
        (Static(imo=9074728), "check digit wrong"),
        (Static(imo=1234567), "placeholder"),
        (Static(name="ALPHA", callsign="ABCD"), "no size"),
        (Static(name="ALPHA", callsign="0", length_dm=100, beam_dm=30), "no call sign worth the name"),
        (Static(), "nothing known"),
    ],
)
def test_fields_that_identify_nobody(static: Static, why: str) -> None:
    pools = Pools()
    a = claim(pools, ship(30, 60.0, 10.0, 55.0, mmsi=219000123), static)
    b = claim(pools, ship(30, 60.0, 12.0, 55.0, start_s=30.0, track=1, mmsi=338000456), static)
    assert detect([a, b], pools=pools)[0] == [], why


def test_a_ship_that_changed_its_mmsi_is_not() -> None:
    pools = Pools()
    a = claim(pools, ship(30, 60.0, 10.0, 55.0, mmsi=219000123), FULL)
    b = claim(pools, ship(30, 60.0, 12.0, 55.0, start_s=7200.0, track=1, mmsi=338000456), FULL)
    assert detect([a, b], pools=pools)[0] == []


def test_two_transponders_on_one_hull_are_not() -> None:
    pools = Pools()
    a = claim(pools, ship(30, 60.0, 10.0, 55.0, 12.0, 45.0, mmsi=219000123), FULL)
    b = claim(pools, ship(30, 60.0, 10.0001, 55.0, 12.0, 45.0, start_s=30.0, track=1, mmsi=338000456), FULL)
    assert detect([a, b], pools=pools)[0] == []


def test_fields_on_many_mmsi_are_a_placeholder_and_net_buoys_are_no_ships() -> None:
    pools = Pools()
    fleet = [
        claim(pools, ship(30, 60.0, 10.0 + k, 55.0, start_s=k, track=k, mmsi=219000123 + k), FULL) for k in range(5)
    ]
    # The fifth claim comes 4 s after the first: no fix of theirs was compared three times before.
    assert detect(fleet, pools=pools)[0] == []
    assert len(detect(fleet[:4], pools=pools)[0]) > 0
    nets = [
        claim(pools, ship(30, 60.0, 10.0 + k, 55.0, start_s=k, track=k, mmsi=982000123 + k), FULL) for k in range(2)
    ]
    assert detect(nets, pools=pools)[0] == []


def test_static_messages_without_position_count() -> None:
    pools = Pools()
    code = pools.statics.code(FULL)
    a = ship(30, 60.0, 10.0, 55.0, mmsi=219000123)
    b = ship(30, 60.0, 12.0, 55.0, start_s=30.0, track=1, mmsi=338000456)
    i32 = np.array([219000123, 338000456], np.int32)
    none, codes = np.full(2, -1, np.int32), np.full(2, code, np.int32)
    t_us = np.array([T0_US, T0_US + 5], np.int64)
    rows = StaticRows(t_us, i32, none, codes, 0 * codes, np.zeros(2, np.int16), 0 * codes)
    assert {d.type for d in detect([a, b], pools=pools, statics=rows)[0]} == {"shared_static"}
    # Without a time nobody knows when the claim held.
    rows.t_us[:] = -(2**63)
    assert detect([a, b], pools=pools, statics=rows)[0] == []


def test_imo_numbers_and_forms_of_mmsi() -> None:
    assert is_imo(9074729) and is_imo(9319466)
    assert not any(is_imo(n) for n in (9074728, 1234567, 0, 907472, 10_000_003))
    assert is_ship_mmsi(219000123) and not any(is_ship_mmsi(m) for m in (2190123, 982000123, 111219001, 992191234, -1))
    assert [k for k, _ in keys_of(FULL)] == ["imo:9074729", "set:ALPHA\x1fABCD\x1f1800\x1f320"]


# Same rows, same findings


def world(seed: int) -> tuple[list[tuple[Reports, list[int]]], Pools]:
    """Clones, strays, jumps and shared identities, with silences that end conflicts."""
    rng = np.random.default_rng(seed)
    pools = Pools()
    parts = []
    for k in range(5):
        n, step_s = int(rng.integers(2, 14)), float(rng.choice([5.0, 600.0, 40_000.0]))
        part = ship(
            n, step_s, 10.0 + float(rng.normal(0, 1)), 55.0 + float(rng.normal(0, 0.5)), float(rng.choice([0.0, 9.0])),
            float(rng.uniform(0, 359)), start_s=float(rng.integers(0, 5)), track=k, mmsi=219000123 + k % 3,
        )  # fmt: skip
        if rng.random() < 0.6:
            claim(pools, part, FULL)
        part[0].lat_e7[int(rng.integers(0, n))] += int(rng.choice([0, 60_000_000]))
        parts.append(part)
    return parts, pools


@given(seed=st.integers(0, 100_000), cuts=st.lists(st.integers(0, 60), max_size=5), save=st.booleans())
@settings(max_examples=80)
def test_cuts_change_nothing(seed: int, cuts: list[int], save: bool) -> None:
    parts, pools = world(seed)
    whole, _ = detect(parts, pools=pools)
    assert detect(parts, cuts, pools=pools, save=save)[0] == whole
    assert isinstance(pools.sensor_ids, TextPool)


def test_the_worlds_of_that_test_are_not_empty() -> None:
    types = {d.type for seed in range(60) for d in detect(world(seed)[0], pools=world(seed)[1])[0]}
    assert types == {"two_places", "single_jump", "stray_fix", "shared_static"}


def test_no_rows() -> None:
    kind = IdentityConflict()
    state = kind.start()
    tick = Tick(Reports.blank(0), np.zeros(0, np.int32), np.zeros(0, np.int64), 0, TrackBook(), Pools())
    state, drafts = kind.step(state, tick)
    assert drafts == [] and kind.finish(state, 0, TrackBook(), Pools()) == []
