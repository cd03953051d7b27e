"""Scenes in which ``encounter`` must fire, and beside each a near miss in which it must not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from beaconline.foundation.geo.geodesy import destination
from beaconline.foundation.records.finding import Draft, Mask
from beaconline.foundation.records.report import SENSORS
from beaconline.foundation.records.times import parse_us
from beaconline.foundation.table.reports import Pools, Reports
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.detectors.encounter import LARGEST, Encounter
from beaconline.understand.pairs.family import PairFamily
from beaconline.understand.step import Tick

T0_US = parse_us("2026-01-02T03:00:00Z")
HOME = (10.0, 60.0)
MIN = 60.0


@dataclass
class Place:
    """A made-up neighbourhood: the same answer everywhere."""

    land_m: int | None = 50_000
    masks: Sequence[Mask] = ()
    zones: Sequence[tuple[str, str]] = ()
    has_port_masks: bool = True
    asked: list[int] = field(default_factory=list)

    def distance_to_land_m(self, lon_e7: int, lat_e7: int) -> int | None:
        return self.land_m

    def masks_near(self, lon_e7: int, lat_e7: int, within_m: int) -> list[Mask]:
        self.asked.append(within_m)
        return [m for m in self.masks if m.distance_m <= within_m]

    def zones_at(self, lon_e7: int, lat_e7: int, t_us: int) -> list[tuple[str, str]]:
        return list(self.zones)


@dataclass(frozen=True)
class Ship:
    """Fixes (seconds since 03:00, metres east, metres north) around one spot; ``said_kn`` None = no speed reported."""

    mmsi: int
    way: tuple[tuple[float, float, float], ...]
    said_kn: float | None = None
    sensor: str = "ais_a"
    vessel: int | None = None


def lying(mmsi: int, east_m: float, begin: float, end: float, step: float = 60.0, **more: object) -> Ship:
    return Ship(mmsi, tuple((t, east_m, 0.0) for t in np.arange(begin, end + 0.5, step)), **more)  # type: ignore[arg-type]


def watch(
    ships: Sequence[Ship], place: Place | None = None, as_of_s: float | None = None, **params: float
) -> list[Draft]:
    """All drafts of a run over the ships."""
    rows = sorted((t, k, e, n) for k, ship in enumerate(ships) for t, e, n in ship.way)
    reports = Reports.blank(len(rows))
    for i, (t, k, e, n) in enumerate(rows):
        lon, lat = destination(*destination(*HOME, 90.0, e), 0.0, n)
        reports.t_us[i] = T0_US + round(t * 1e6)
        reports.lon_e7[i], reports.lat_e7[i] = round(lon * 1e7), round(lat * 1e7)
        said = ships[k].said_kn
        reports.sog_mkn[i] = -1 if said is None else round(said * 1000)
        reports.mmsi[i], reports.sensor[i] = ships[k].mmsi, SENSORS.index(ships[k].sensor)
    book = TrackBook(
        [f"{s.mmsi}:{k}" for k, s in enumerate(ships)],
        [s.mmsi for s in ships],
        [k if s.vessel is None else s.vessel for k, s in enumerate(ships)],
    )
    track = np.array([r[1] for r in rows], np.int32)
    as_of = T0_US + round(1e6 * (rows[-1][0] if as_of_s is None else as_of_s))
    kind = PairFamily([Encounter(place or Place(), params)])
    tick = Tick(reports, track, np.full(len(rows), 3_600_000_000), as_of, book, Pools())
    state, drafts = kind.step(kind.start(), tick)
    return drafts + kind.finish(state, as_of, book, tick.pools)


LONG = 24 * 3600.0
A = lying(211000001, 0.0, 0, 120 * MIN)


def away_after(mmsi: int, east_m: float, begin: float, end: float) -> Ship:
    """Lies from begin to end, then is 5 km off within a minute's step (not believed as slow: 160 kn is no leg)."""
    still = [(t, east_m, 0.0) for t in np.arange(begin, end + 0.5, 60.0)]
    return Ship(mmsi, (*still, (end + 600, east_m + 5000.0, 0.0), (end + 1200, east_m + 10_000.0, 0.0)))


def test_two_ships_lying_together_are_found() -> None:
    (got,) = watch([A, lying(211000002, 300.0, 0, 120 * MIN)], as_of_s=LONG)
    assert (got.kind, got.type, got.open, got.settled, got.context) == ("encounter", "standing_off", False, True, False)
    assert got.t_end_us - got.t_start_us == 7_200_000_000
    assert got.measures["duration_s"] == 7200
    assert abs(float(got.measures["distance_min_m"] or 0) - 300) < 2  # scenes are on a sphere
    assert got.why.startswith("{0} and {1} kept within 500 m for 2 h 00 min, closest 301 m at 03:")
    assert got.why.endswith("UTC, both with a median speed under 2 kn.")
    assert [e.what for e in got.evidence[::2]] == ["first within distance", "closest approach", "last within distance"]
    assert {e.track for e in got.evidence} == {"211000001:0", "211000002:1"}
    assert {e.source for e in got.evidence} == {"reported fix"}


@pytest.mark.parametrize(("minutes", "found"), [(30, 1), (29, 0)])
def test_duration(minutes: int, found: int) -> None:
    assert len(watch([A, lying(211000002, 300.0, 0, minutes * MIN)])) == found


@pytest.mark.parametrize(("east_m", "found"), [(495.0, 1), (505.0, 0)])
def test_distance(east_m: float, found: int) -> None:
    assert len(watch([A, lying(211000002, east_m, 0, 120 * MIN)])) == found


@pytest.mark.parametrize(("said_kn", "found"), [(1.999, 1), (2.0, 0)])
def test_reported_speed(said_kn: float, found: int) -> None:
    """The median is under 2 kn, not at it; one fast ship of the two is enough to refuse."""
    assert len(watch([A, lying(211000002, 300.0, 0, 120 * MIN, said_kn=said_kn)])) == found


def together(kn: float) -> list[Ship]:
    """Two ships 100 m apart, running north at one speed, without reported speed."""
    ms = kn * 1852 / 3600
    times = np.arange(0, 3601, 60.0)
    return [Ship(211000001 + k, tuple((t, 100.0 * k, ms * t) for t in times)) for k in range(2)]


@pytest.mark.parametrize(("kn", "kind_type"), [(1.9, "drift"), (2.1, "tow"), (12.0, "tow")])
def test_speed_made_good_where_none_is_reported(kn: float, kind_type: str) -> None:
    (got,) = watch([replace(ship, way=tuple((t, 0.0, n - e) for t, e, n in ship.way)) for ship in together(kn)])
    assert got.type == kind_type


def test_the_median_over_fixes_decides() -> None:
    """Steaming up fast, lying for an hour, steaming off: the median is slow. The other way round it is not."""
    slow_long = [(t, 400.0 - min(t, 60) * 6, 0.0) for t in np.arange(0, 3600, 60.0)]
    assert len(watch([A, Ship(211000002, tuple(slow_long))])) == 1
    circling = [(t, 200.0 * np.cos(t / 40), 200.0 * np.sin(t / 40)) for t in np.arange(0, 3600, 10.0)]  # 5 m/s
    assert len(watch([A, Ship(211000002, tuple(circling))])) == 0


def test_a_pass_is_no_encounter() -> None:
    passing = tuple((t, -5000 + 1.0 * t, 200.0) for t in np.arange(0, 10_000, 60.0))
    ships = [lying(211000001, 0.0, 0, 10_000), Ship(211000002, passing)]
    assert len(watch(ships)) == 0
    slower = tuple((t, -2000 + 0.4 * t, 200.0) for t in np.arange(0, 10_000, 60.0))
    assert len(watch([ships[0], Ship(211000002, slower)])) == 1, "the same pass at 0.8 kn takes 38 minutes"


def test_two_apart_intervals_are_not_added_up() -> None:
    """20 + 20 minutes with a break are no 30 minutes; one of 40 is."""
    break_ = (*((t, 300.0, 0.0) for t in np.arange(0, 1201, 60.0)), (1500.0, 900.0, 0.0))
    broken = (*break_, *((t, 300.0, 0.0) for t in np.arange(1800, 3001, 60.0)))
    assert len(watch([A, Ship(211000002, broken)])) == 0
    assert len(watch([A, lying(211000002, 300.0, 0, 40 * MIN)])) == 1


def test_one_missed_sample_does_not_split() -> None:
    sparse = Ship(211000002, ((0, 300.0, 0.0), (1200, 300.0, 0.0), (3600, 300.0, 0.0)))
    (got,) = watch([A, sparse])
    assert got.measures["duration_s"] == 3600 and got.measures["fixes_1"] == 3
    assert got.measures["longest_gap_s"] == 2400


def test_nothing_is_extrapolated_beyond_the_last_fix() -> None:
    """A ship heard for 20 minutes and then no more is not there for 30."""
    assert watch([A, lying(211000002, 300.0, 0, 20 * MIN)], as_of_s=LONG) == []


def test_a_silence_is_not_bridged_beyond_its_limit() -> None:
    gap = Ship(211000002, ((0, 300.0, 0.0), (60, 300.0, 0.0), (3661, 300.0, 0.0)))
    assert len(watch([A, gap])) == 0
    assert len(watch([A, replace(gap, way=(*gap.way[:2], (3660.0, 300.0, 0.0)))])) == 1


def test_two_tracks_of_one_vessel_do_not_meet() -> None:
    pair = [replace(A, vessel=0), lying(211000001, 300.0, 0, 120 * MIN, vessel=0)]
    assert watch(pair) == []
    assert len(watch([pair[0], replace(pair[1], mmsi=211000002, vessel=1)])) == 1


@pytest.mark.parametrize("sensor", ["ais_base", "ais_aton", "ais_sar"])
def test_what_is_no_vessel_does_not_meet(sensor: str) -> None:
    assert watch([A, lying(211000002, 300.0, 0, 120 * MIN, sensor=sensor)]) == []
    assert len(watch([A, lying(211000002, 300.0, 0, 120 * MIN, sensor="vms")])) == 1


@pytest.mark.parametrize(
    ("mmsi", "found"), [(2320001, 0), (992320001, 0), (111232001, 0), (970123456, 0), (982320001, 1), (-1, 1)]
)
def test_numbers_of_no_vessel_do_not_meet(mmsi: int, found: int) -> None:
    """A table may not tell its sensor, but coast stations, buoys, aircraft and distress beacons have their own MMSI."""
    assert len(watch([A, lying(mmsi, 300.0, 0, 120 * MIN, sensor="ais")])) == found


def test_types() -> None:
    (close,) = watch([A, lying(211000002, 30.0, 0, 120 * MIN)])
    assert close.type == "alongside" and close.why_key == "encounter.alongside" and " lay within " in close.why
    (drift,) = watch(together(1.0))
    assert drift.type == "drift" and " drifted within " in drift.why
    (off,) = watch([A, lying(211000002, 300.0, 0, 120 * MIN)])
    assert off.type == "standing_off"


def test_open_while_it_may_go_on() -> None:
    ships = [A, lying(211000002, 300.0, 0, 120 * MIN)]
    (now,) = watch(ships)
    assert (now.open, now.settled) == (True, False)
    assert now.t_end_us == T0_US + 7_200_000_000 and "so far" in now.why
    assert not any("last heard" in e.what for e in now.counter_evidence), "the data end there: that is no doubt"
    (still,) = watch(ships, as_of_s=7200 + 3599)
    assert still.open
    (hour,) = watch(ships, as_of_s=7200 + 3600)
    assert (hour.open, hour.settled) == (False, False), "its feed bridges no hour, but some feed might"
    (later,) = watch(ships, as_of_s=7200 + 7200)
    assert (later.open, later.settled) == (False, True)
    assert any("last heard" in e.what for e in later.counter_evidence)
    assert {now.key, still.key, later.key} == {str(T0_US)}


def test_closed_when_they_part() -> None:
    (got,) = watch([A, away_after(211000002, 300.0, 0, 60 * MIN)])
    assert (got.open, got.settled) == (False, True)
    assert not any("last heard" in e.what for e in got.counter_evidence)
    (heard,) = watch([A, lying(211000002, 300.0, 0, 60 * MIN)], as_of_s=LONG)
    assert any("last heard" in e.what and e.track == "211000002:1" for e in heard.counter_evidence)


PORT = Mask("port", "ports.csv", 800)
PAIR = (A, lying(211000002, 300.0, 0, 120 * MIN))


def test_a_port_near_moves_it_to_the_context_queue() -> None:
    place = Place(masks=[PORT])
    (got,) = watch(PAIR, place)
    assert got.context and got.masks == (PORT,) and place.asked == [10_000]
    assert any(e.what == "near a port" and e.detail["distance_m"] == 800 for e in got.counter_evidence)
    (far,) = watch(PAIR, Place(masks=[replace(PORT, distance_m=10_001)]))
    assert not far.context and far.masks == ()


@pytest.mark.parametrize("zone", ["reef", "watch", "exclusion"])
def test_a_watched_zone_outranks_masks(zone: str) -> None:
    (got,) = watch(PAIR, Place(masks=[PORT], zones=[("area A", zone)]))
    assert not got.context and got.masks == (PORT,) and got.zones == ("area A",)
    (ordinary,) = watch(PAIR, Place(masks=[PORT], zones=[("area A", "eez")]))
    assert ordinary.context and ordinary.zones == ("area A",)


@pytest.mark.parametrize(("land_m", "context"), [(0, True), (3704, True), (3705, False), (None, False)])
def test_the_shore_is_a_mask(land_m: int | None, context: bool) -> None:
    (got,) = watch(PAIR, Place(land_m=land_m))
    assert got.context is context and got.measures["distance_to_land_m"] == land_m
    assert bool(got.masks) is context


def test_without_ports_it_says_so() -> None:
    (got,) = watch(PAIR, Place(has_port_masks=False))
    assert any(e.what.startswith("no anchorage mask here") for e in got.counter_evidence)
    (checked,) = watch(PAIR, Place())
    assert not any("no anchorage mask" in e.what for e in checked.counter_evidence)


def test_what_is_mostly_interpolated_says_so() -> None:
    sparse = Ship(211000002, ((0, 300.0, 0.0), (3000, 300.0, 0.0)))
    (got,) = watch([A, sparse])
    said = {e.what for e in got.counter_evidence if e.track == "211000002:1"}
    assert "a long gap between fixes was bridged" in said
    assert "mostly interpolated between fixes far apart" in said
    assert "few fixes inside the interval" in said
    assert not got.context, "few fixes are told, only none moves it"
    assert not any(e.track == "211000001:0" for e in got.counter_evidence)


def test_no_fix_inside_still_has_a_speed_and_a_place() -> None:
    """Both ships' fixes lie outside the interval: a slow pass on one long leg each."""
    one = Ship(211000001, ((0, -1500.0, 0.0), (3600, 1500.0, 0.0)))
    two = Ship(211000002, ((0, -1500.0, 400.0), (3600, 1500.0, 400.0)))
    (got,) = watch([one, two], median_speed_kn=3.0)
    assert got.measures["fixes_0"] == 2
    crossing = Ship(211000002, ((0, 0.0, -900.0), (3600, 0.0, 900.0)))
    slow = Ship(211000001, ((0, -900.0, 0.0), (3600, 900.0, 0.0)))
    (met,) = watch([slow, crossing], duration_s=600.0)
    assert met.measures["fixes_0"] == met.measures["fixes_1"] == 0
    assert abs(float(met.measures["median_speed_kn_0"] or 0) - 0.97) < 0.01
    assert {e.source for e in met.evidence} == {"interpolated between fixes"}
    assert met.measures["distance_min_m"] == 0.0
    assert met.context and sum("not heard inside" in e.what for e in met.counter_evidence) == 2
    assert met.why.endswith("(places interpolated over up to 1 h 00 min).")
    assert not got.context


def test_members_are_in_the_order_of_names() -> None:
    ships = [replace(A, mmsi=411000009), lying(211000002, 300.0, 0, 120 * MIN)]
    (got,) = watch(ships)
    assert [code for code, _ in got.members] == [1, 0]


def test_three_ships_make_three_pairs() -> None:
    ships = [*PAIR, lying(211000003, 150.0, 0, 120 * MIN)]
    assert len(watch(ships)) == 3


@pytest.mark.parametrize("key", sorted(LARGEST))
def test_a_profile_cannot_ask_for_more_than_is_bounded(key: str) -> None:
    Encounter(Place(), {key: LARGEST[key]})
    with pytest.raises(ValueError, match=key):
        Encounter(Place(), {key: LARGEST[key] + 1})


def test_a_profile_of_the_largest_values_still_ends() -> None:
    """Nonsense that is allowed must cost little on little data."""
    assert len(watch(PAIR, **{**LARGEST, "duration_s": 60.0})) == 1
