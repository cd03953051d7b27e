"""The tracker on simulated ships: what must part, what must not, and that cuts, mirrors and clocks change nothing."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sailing import MMSI, T0_US, purity, run, ship, together

from beaconline.foundation.geo.geodesy import destination
from beaconline.foundation.records.times import parse_us
from beaconline.foundation.table import snapshot
from beaconline.foundation.table.reports import Pools, Reports, Static
from beaconline.foundation.table.tracks import TrackBook
from beaconline.see.tracks.assign import MAX_OPEN
from beaconline.see.tracks.tracker import Tracker, TrackerState, start, step

HOUR_S = 3600.0
NM = 1 / 60.0


def test_one_ship_is_one_track() -> None:
    rows = ship(200, 10.0, 10.0137, 55.0071, 14.0, 45.0)
    codes, book = run(rows)
    assert set(codes.tolist()) == {0}
    assert book.mmsi == [MMSI] and book.vessel == [0]


@pytest.mark.parametrize("apart_nm", [0.03, 0.15, 1.0, 6.0, 300.0])
@pytest.mark.parametrize("sog_kn", [0.0, 12.0])
def test_two_ships_heard_by_turns_are_two_tracks(apart_nm: float, sog_kn: float) -> None:
    a = ship(120, 10.0, 10.0137, 55.0071, sog_kn, 90.0, seed=1)
    b = ship(120, 10.0, 10.0137, 55.0071 + apart_nm * NM, sog_kn, 90.0, start_s=4.0, seed=2)
    rows, who = together(a, b)
    codes, book = run(rows)
    assert purity(codes, who) > 0.95
    assert 2 <= len(book) <= 3


def test_two_ships_meeting_keep_their_tracks() -> None:
    a = ship(120, 10.0, 9.95, 55.0, 12.0, 90.0, seed=1)
    b = ship(120, 10.0, 10.05, 55.0005, 12.0, 270.0, start_s=4.0, seed=2)
    rows, who = together(a, b)
    codes, book = run(rows)
    assert purity(codes, who) > 0.99
    assert len(book) == 2


def test_reports_hours_apart_500_km_apart() -> None:
    a = ship(20, 2 * HOUR_S, 0.0, 45.0, 10.0, 0.0, seed=1)
    b = ship(20, 2 * HOUR_S, 6.5, 45.0, 10.0, 180.0, start_s=HOUR_S, seed=2)
    rows, who = together(a, b)
    codes, book = run(rows)
    assert purity(codes, who) == 1.0
    assert len(book) == 2


@pytest.mark.parametrize("step_s", [3 * HOUR_S, 24 * HOUR_S])
def test_one_ship_with_reports_hours_apart_is_one_track(step_s: float) -> None:
    codes, book = run(ship(30, step_s, -30.0, 10.0, 13.0, 30.0, scatter_m=500.0))
    assert len(book) == 1 and set(codes.tolist()) == {0}


def test_a_stray_fix_stands_alone_and_the_ship_goes_on() -> None:
    rows = ship(60, 60.0, 10.0137, 55.0071, 12.0, 90.0)
    rows.lat_e7[30] -= 345_000_000
    codes, book = run(rows)
    assert len(book) == 2
    assert codes.tolist() == [1 if i == 30 else 0 for i in range(60)]


def test_a_clock_error_of_a_satellite_does_not_break_the_ship() -> None:
    rows = ship(80, 780.0, 10.0, 45.0, 10.0, 200.0, scatter_m=15.0)
    late = ship(80, 780.0, 10.0, 45.0, 10.0, 200.0, start_s=35.0, scatter_m=15.0)
    # The second satellite stamps the same places 40 s late; its rows come 5 s before or after the true ones.
    rows, _ = together(rows, late.take(np.arange(80) % 3 == 0))
    codes, book = run(rows)
    assert np.bincount(codes).max() >= 0.97 * len(rows)
    assert len(book) <= 2


def test_a_ship_without_speed_and_course_is_one_track() -> None:
    rows = ship(60, 70.0, 10.0, 25.0, 12.0, 270.0)
    rows.sog_mkn[:] = -1
    rows.cog_cdeg[:] = -1
    assert len(run(rows)[1]) == 1


def test_a_course_that_is_always_zero_is_not_believed() -> None:
    rows = ship(200, 20.0, 10.0, 25.0, 12.0, 70.0)
    rows.cog_cdeg[:] = 0
    codes, _ = run(rows)
    assert np.bincount(codes).max() >= 0.97 * len(rows)


def test_silence_of_days_ends_no_track_that_is_near() -> None:
    rows, _ = together(
        ship(20, 60.0, 10.0137, 55.0071), ship(20, 60.0, 10.0147, 55.0071, start_s=12 * 86_400.0, seed=5)
    )
    assert len(run(rows)[1]) == 1


@pytest.mark.parametrize(("days", "tracks"), [(89.99, 1), (90.01, 2)])
def test_a_track_closes_after_90_days(days: float, tracks: int) -> None:
    rows, _ = together(
        ship(20, 60.0, 10.0137, 55.0071), ship(20, 60.0, 10.0137, 55.0071, start_s=days * 86_400.0 + 1140, seed=5)
    )
    assert len(run(rows)[1]) == tracks


@pytest.mark.parametrize(("hours", "tracks"), [(23.9, 2), (24.1, 3)])
def test_a_stray_beside_a_ship_closes_after_a_day(hours: float, tracks: int) -> None:
    main = ship(1500, 120.0, 10.0137, 55.0071)
    first = ship(1, 1.0, 30.0, 10.0, start_s=7201.0)
    again = ship(1, 1.0, 30.0, 10.0, start_s=7201.0 + hours * HOUR_S, seed=3)
    assert len(run(together(main, first, again)[0])[1]) == tracks


def test_after_a_long_silence_a_contradiction_keeps_fixes_apart_for_a_while() -> None:
    before = ship(60, 60.0, 10.0137, 55.0071, 10.0, 90.0)
    stray = ship(1, 1.0, 15.0, 55.0071, 10.0, 90.0, start_s=7200.0)
    sailed = destination(10.0137, 55.0071, 90.0, 10.0 * 1852 / 3600 * 7230.0)
    after = ship(40, 30.0, sailed[0], sailed[1], 10.0, 90.0, start_s=7230.0)
    rows, who = together(before, stray, after)
    codes, book = run(rows)
    kept_apart = (rows.t_us > T0_US + 7_200_000_000) & (rows.t_us <= T0_US + 7_650_000_000)
    assert len(book) == 3
    assert set(codes[who == 0].tolist()) == {0} and set(codes[who == 1].tolist()) == {1}
    assert set(codes[kept_apart].tolist()) == {2}
    assert set(codes[(who == 2) & ~kept_apart].tolist()) == {0}
    # Without the contradiction the ship just goes on.
    assert len(run(together(before, after)[0])[1]) == 1


def test_names_alternating_on_one_spot_part_two_ships() -> None:
    pools = Pools()
    codes = [pools.statics.code(Static(1234567, "ABC1", "ALPHA")), pools.statics.code(Static(7654321, "XYZ9", "BRAVO"))]
    rows, who = together(
        ship(40, 60.0, 10.0137, 55.0071, seed=1), ship(40, 60.0, 10.0137, 55.00712, start_s=25.0, seed=2)
    )
    rows.static[:] = np.array(codes)[who]
    assert purity(run(rows, pools=pools)[0], who) > 0.93
    rows.static[:] = codes[0]
    assert len(run(rows, pools=pools)[1]) <= 2


def test_a_renamed_ship_stays_one_track() -> None:
    pools = Pools()
    codes = [pools.statics.code(Static(1234567, "ABC1", "ALPHA")), pools.statics.code(Static(7654321, "XYZ9", "BRAVO"))]
    rows = ship(80, 60.0, 10.0137, 55.0071, 8.0, 10.0)
    rows.static[:40], rows.static[40:] = codes
    assert len(run(rows, pools=pools)[1]) == 1


def test_a_sensor_id_is_its_own_track_wherever_it_goes_and_an_anonymous_posit_has_none() -> None:
    pools = Pools()
    rows = ship(6, 60.0, 10.0137, 55.0071)
    rows.mmsi[:] = -1
    rows.sensor_id[:] = [pools.sensor_ids.code("boat 7"), -1] * 3
    rows.lat_e7[4] = -500_000_000
    codes, book = run(rows, pools=pools)
    assert codes.tolist() == [0, -1, 0, -1, 0, -1]
    assert book.names == ["boat 7"] and book.mmsi == [-1]


def test_names_tell_mmsi_first_fix_and_content() -> None:
    rows, _ = together(
        ship(10, 10.0, 10.0137, 55.0071),
        ship(10, 10.0, 20.0137, 55.0071, start_s=0.0),
        ship(3, 9.0, 5.0, 5.0, mmsi=2320001),
    )
    codes, book = run(rows)
    assert len(set(book.names)) == len(book) == 3
    for code, name in enumerate(book.names):
        mmsi, t_first, digest = re.fullmatch(r"(\d{9}):(.*Z):([0-9a-f]{4,})", name).groups()  # type: ignore[union-attr]
        first = int(np.flatnonzero(codes == code)[0])
        assert int(mmsi) == rows.mmsi[first] == book.mmsi[code]
        assert parse_us(t_first) == rows.t_us[first]
        assert len(digest) == 4


def test_names_differ_even_when_four_digits_of_their_hash_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    class Same:
        def __init__(self, data: bytes) -> None:
            self.data = data

        def hexdigest(self) -> str:
            return "abcd" + self.data.hex()[::-1]

    monkeypatch.setattr(hashlib, "sha256", Same)
    rows, _ = together(ship(1, 10.0, 10.0137, 55.0071), ship(1, 10.0, 20.0137, 55.0071))
    _, book = run(rows)
    assert len(set(book.names)) == 2


def test_open_tracks_of_one_vessel_are_bounded() -> None:
    far = [ship(3, 600.0, 10.0 * k - 170.0, 10.0 * (k % 5), start_s=k * 5.0, seed=k) for k in range(MAX_OPEN + 1)]
    rows, who = together(*far)
    state, book = start(), TrackBook()
    state, codes = step(state, rows, Pools(), book)
    assert int(state.open_count[0]) == MAX_OPEN
    assert int(state.totals[1]) == MAX_OPEN
    # The last ship is the overflow track of this MMSI.
    assert purity(codes, who) == 1.0
    assert len(book) == MAX_OPEN + 1
    exact, _ = together(*far[:MAX_OPEN])
    assert len(run(exact)[1]) == MAX_OPEN


def test_tables_grow_and_codes_follow_first_appearance() -> None:
    parts = [ship(2, 30.0, k * 0.3 - 170.0, 10.0, mmsi=200_000_000 + 7 * k) for k in range(900)]
    rows, who = together(*parts)
    codes, book = run(rows)
    assert purity(codes, who) == 1.0 and len(book) == 900
    firsts = [int(np.flatnonzero(codes == c)[0]) for c in range(len(book))]
    assert firsts == sorted(firsts)
    assert book.vessel == list(range(900))


def test_state_survives_being_saved() -> None:
    rows, _ = together(
        ship(50, 10.0, 10.0137, 55.0071, 12.0, 90.0), ship(50, 10.0, 10.0137, 55.0271, 12.0, 90.0, start_s=3.0)
    )
    pools, tracker = Pools(), Tracker()
    whole, book = run(rows)
    state, half_book = tracker.start(), TrackBook()
    state, first = tracker.step(state, rows.take(slice(0, 37)), pools, half_book)
    state = snapshot.restore(snapshot.save(state), [TrackerState])
    state, rest = tracker.step(state, rows.take(slice(37, 100)), pools, half_book)
    assert np.concatenate([first, rest]).tolist() == whole.tolist()
    assert half_book.names == book.names


def scene(seed: int, lon: float = 10.0, lat: float = 55.0) -> Reports:
    """Four ships on two MMSI, with strays, silences and equal times."""
    rng = np.random.default_rng(seed)
    parts = []
    for k in range(4):
        n, gap = int(rng.integers(3, 25)), float(rng.choice([2.0, 10.0, 180.0, 3000.0]))
        part = ship(
            n, gap, lon + float(rng.normal(0, 0.05)), lat + float(rng.normal(0, 0.03)),
            float(rng.choice([0.0, 0.2, 9.0, 20.0])), float(rng.uniform(0, 360)),
            start_s=float(rng.integers(0, 600)), seed=seed + k, mmsi=MMSI + k % 2,
        )  # fmt: skip
        stray = int(rng.integers(0, n))
        part.lat_e7[stray] += int(rng.choice([0, 0, 400_000, -90_000_000]))
        parts.append(part)
    rows: Reports = together(*parts)[0]
    return rows


@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(0, 100), max_size=6))
@settings(max_examples=60)
def test_cuts_change_nothing(seed: int, cuts: list[int]) -> None:
    rows = scene(seed)
    whole, book = run(rows)
    parts, cut_book = run(rows, [min(c, len(rows)) for c in cuts])
    assert parts.tolist() == whole.tolist()
    assert cut_book == book


@given(seed=st.integers(0, 10_000), shift_s=st.integers(-(10**9), 10**9))
@settings(max_examples=40)
def test_a_shift_in_time_changes_only_names(seed: int, shift_s: int) -> None:
    rows = scene(seed)
    whole, _ = run(rows)
    rows.t_us[:] += shift_s * 1_000_000
    assert run(rows)[0].tolist() == whole.tolist()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40)
def test_a_mirrored_sea_has_the_same_tracks(seed: int) -> None:
    rows = scene(seed)
    whole, _ = run(rows)
    rows.lon_e7[:] *= -1
    rows.cog_cdeg[:] = (36000 - rows.cog_cdeg) % 36000
    assert run(rows)[0].tolist() == whole.tolist()


@given(seed=st.integers(0, 10_000), turn=st.integers(-180, 180))
@settings(max_examples=40)
def test_longitude_is_nothing_special(seed: int, turn: int) -> None:
    rows = scene(seed)
    whole, _ = run(rows)
    lon = rows.lon_e7.astype(np.int64) + turn * 10_000_000
    rows.lon_e7[:] = (lon + 1_800_000_000) % 3_600_000_000 - 1_800_000_000
    assert run(rows)[0].tolist() == whole.tolist()


@pytest.mark.parametrize("place", [(179.99, 10.0), (-179.99, -60.0), (30.0, 85.0), (180.0, 89.9)])
def test_antimeridian_and_poles_are_ordinary_places(place: tuple[float, float]) -> None:
    lon, lat = place
    a = ship(100, 10.0, lon, lat, 15.0, 90.0, seed=1)
    b = ship(100, 10.0, lon, lat - 1 * NM, 15.0, 90.0, start_s=5.0, seed=2)
    for part in (a, b):
        # On a great circle the course changes all the time up here; sail by what is made good.
        part.cog_cdeg[:] = -1
    assert len(run(a)[1]) == 1
    rows, who = together(a, b)
    codes, book = run(rows)
    assert purity(codes, who) > 0.99 and len(book) <= 3


def test_equal_times_do_no_harm() -> None:
    rows = ship(30, 0.0, 10.0137, 55.0071, 10.0, 90.0)
    codes, book = run(rows)
    assert len(book) <= 2 and (codes >= 0).all()
    assert int(rows.t_us[0]) == T0_US


def test_no_rows_no_tracks() -> None:
    codes, book = run(Reports.blank(0))
    assert len(codes) == 0 and len(book) == 0
