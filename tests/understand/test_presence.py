"""Presence: counted as by hand, the same in any order and any ticks, and honest about what was not heard."""

from __future__ import annotations

import io
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identity_worlds import DAY_US, T0_US, Fix, batch, identity_world, live, runner, table

from beaconline.foundation.geo.zones import read_zones
from beaconline.foundation.table.reports import Pools, Static, StaticRows
from beaconline.node.presence_csv import PRESENCE_COLUMNS, write_presence_csv
from beaconline.understand import presence
from beaconline.understand.context.places import Places
from beaconline.understand.forces.lists import read_list
from beaconline.understand.forces.recognise import Recogniser
from beaconline.understand.ground import Ground
from beaconline.understand.presence import PresenceRow
from beaconline.understand.presence_reception import Day, judge

DAY_0 = T0_US // DAY_US
LIST = "mmsi,force\n211000001,coast_guard\n211000002,militia\n211000003,militia\n211000004,navy\n"


def ground(*boxes: tuple[str, float, float], text: str = LIST, **valid: str) -> Ground:
    features = [
        {"type": "Feature", "properties": {"name": name, "kind": "reef", **valid},
         "geometry": {"type": "Polygon", "coordinates": [[[a, -1], [b, -1], [b, 9], [a, 9], [a, -1]]]}}
        for name, a, b in boxes
    ]  # fmt: skip
    held = read_zones(json.dumps({"type": "FeatureCollection", "features": features}).encode(), "z") if boxes else []
    return Ground(Places(held), tuple(held), (), Recogniser(read_list(text.encode(), "l.csv").entries))


def fix(day: float, mmsi: int, lon: float = 0.5, static: Static = Static(), station: str = "s1") -> Fix:  # noqa: B008
    return (DAY_0 * DAY_US + round(day * DAY_US), mmsi, lon, 0.0, 0.0, 0.0, static, station)


def rows(fixes: list[Fix], on: Ground, as_of: int | None = None) -> list[PresenceRow]:
    return batch(list, on, fixes, [], as_of if as_of is not None else max(f[0] for f in fixes))[1]


def pick(found: list[PresenceRow], zone: str, row: str, force: str = "") -> PresenceRow:
    (one,) = [r for r in found if (r.zone, r.row, r.force) == (zone, row, force)]
    return one


def test_vessel_days_and_calendar_days_by_hand() -> None:
    on = ground(("box", 0.0, 1.0))
    fixes = [
        fix(0.1, 211000001), fix(0.2, 211000001), fix(0.3, 211000002), fix(0.4, 211000003), fix(1.5, 211000002),
        fix(2.5, 211000001, lon=5.0), fix(2.6, 211000009, static=Static(ship_type=30)), fix(2.7, 211000010),
    ]  # fmt: skip
    found = rows(fixes, on)
    everywhere, guard = pick(found, "", "all"), pick(found, "box", "force", "coast_guard")
    assert (everywhere.vessel_days, everywhere.vessel_days_listed, everywhere.calendar_days) == (7, 5, 3)
    assert (guard.vessel_days, guard.calendar_days, guard.first_day, guard.last_day) == (1, 1, DAY_0, DAY_0)
    militia = pick(found, "box", "force", "militia")
    assert (militia.vessel_days, militia.calendar_days, militia.most_in_a_day) == (3, 2, 2)
    fishing = pick(found, "box", "force", "fishing")
    assert (fishing.vessel_days, fishing.vessel_days_listed, fishing.calendar_days_listed) == (1, 0, 0)
    assert pick(found, "box", "force", "unknown").vessel_days == 1
    together = pick(found, "box", "together", "two or more")
    assert (together.calendar_days, together.calendar_days_listed, together.vessel_days) == (1, 1, 3)
    assert pick(found, "box", "pair", "coast_guard + militia").calendar_days == 1


def test_days_together_by_lists_alone_are_counted_apart() -> None:
    fishing = Static(ship_type=30)
    fixes = [fix(0.1, 211000001), fix(0.2, 211000009, static=fishing), fix(1.1, 211000001), fix(1.2, 211000002)]
    together = pick(rows(fixes, ground(("box", 0.0, 1.0))), "box", "together", "two or more")
    assert (together.calendar_days, together.calendar_days_listed) == (2, 1)


def test_unknown_and_a_force_are_not_two_forces() -> None:
    found = rows([fix(0.1, 211000001), fix(0.2, 211000099)], ground(("box", 0.0, 1.0)))
    assert [r for r in found if r.row in ("together", "pair")] == []


def test_the_edge_of_a_day_and_of_a_zone_s_validity() -> None:
    on = ground(("box", 0.0, 1.0), valid_from="2026-01-03T00:00:00Z", valid_until="2026-01-04T00:00:00Z")
    second = 1_000_000 / DAY_US
    fixes = [fix(1 - second, 211000001), fix(1.0, 211000001), fix(2 - second, 211000002), fix(2.0, 211000003)]
    found = rows(fixes, on)
    assert pick(found, "box", "all").vessel_days == 2
    assert pick(found, "", "all").calendar_days == 3


def test_a_zone_where_nobody_was_heard_has_a_row() -> None:
    found = rows([fix(0.1, 211000001)], ground(("box", 0.0, 1.0), ("empty", 50.0, 51.0)))
    empty = pick(found, "empty", "all")
    assert (empty.vessel_days, empty.calendar_days, empty.first_day, empty.days_in_run) == (0, 0, None, 1)


def test_no_zones_and_no_rows() -> None:
    assert [(r.zone, r.row) for r in rows([fix(0.1, 211000099)], ground())] == [("", "all"), ("", "force")]
    (nothing,) = rows([], ground(), as_of=T0_US)
    assert (nothing.vessel_days, nothing.days_in_run, nothing.reception) == (0, 0, "nothing heard")


def test_base_stations_and_aircraft_are_no_vessels() -> None:
    found = rows([fix(0.1, 2110001), fix(0.2, 111211001), fix(0.3, 992111234)], ground())
    assert pick(found, "", "all").vessel_days == 0


def test_the_name_of_the_day_decides_the_force_of_the_day() -> None:
    on = ground(text="name,force\nALPHA ONE,navy\n")
    fixes = [fix(0.1, 211000099), fix(0.9, 211000099, static=Static(name="ALPHA ONE")),
             fix(1.1, 211000099, static=Static(name="OMEGA TWO"))]  # fmt: skip
    found = rows(fixes, on)
    assert [(r.force, r.vessel_days) for r in found if r.row == "force"] == [("navy", 1), ("unknown", 1)]


def test_silent_days_and_changes_are_told_with_their_dates() -> None:
    fixes = [fix(d + k / 100, 211000100 + k) for d in (0, 1, 2, 3, 4, 8) for k in range(10)]
    fixes += [fix(9 + k / 100, 211000100 + k) for k in range(30)] + [fix(10.0, 211000100)]
    everywhere = pick(rows(fixes, ground()), "", "all")
    assert (everywhere.days_in_run, everywhere.days_silent, everywhere.days_reception_changed) == (11, 3, 1)
    assert everywhere.reception == "silent on 2026-01-07 to 2026-01-09, changed on 2026-01-11"


def days(*counts: int, **last: Any) -> dict[int, Day]:
    return {k: Day(n, n, {"f": n}, {"s": n}) for k, n in enumerate(counts)}


@pytest.mark.parametrize(("now", "changed"), [(200, 0), (201, 1), (50, 0), (49, 1)])
def test_twice_the_usual_is_no_change_and_more_is(now: int, changed: int) -> None:
    assert judge(days(9, 100, 100, 100, now, 9))[2] == changed


def test_the_first_and_the_last_day_are_no_reference() -> None:
    assert judge(days(1, 100, 100, 1))[2] == 0
    assert judge(days(1, 100, 1, 1))[2] == 1


def test_a_feed_or_station_that_goes_or_comes_is_a_change() -> None:
    some = days(100, 100, 100, 100)
    some[2].stations = {"s": 90, "t": 10}
    assert judge(some)[2] == 2, "it comes, and it goes"
    some[2].stations = {"s": 91, "t": 9}
    assert judge(some)[2] == 0
    some[3].feeds = {"g": 100}
    assert judge(some)[2] == 1


def brute(
    fixes: list[Fix], boxes: list[tuple[str, float, float]], force_of: dict[int, str]
) -> dict[Any, tuple[int, int]]:
    """(vessel-days, calendar days) by zone and force, counted with sets."""
    seen: dict[tuple[str, str], set[tuple[int, int]]] = {}
    for t, mmsi, lon, lat, *_ in fixes:
        for name in ["", *(n for n, a, b in boxes if a < lon < b and -1 < lat < 9)]:
            seen.setdefault((name, force_of.get(mmsi, "unknown")), set()).add((t // DAY_US, mmsi))
    return {key: (len(each), len({d for d, _ in each})) for key, each in seen.items()}


@settings(max_examples=15)
@given(seed=st.integers(0, 5_000), cut=st.integers(0, 5_000))
def test_any_ticks_and_brute_force_agree(seed: int, cut: int) -> None:
    fixes, words = identity_world(seed)
    boxes = [("a", 10.4001, 10.9001), ("b", 10.5001, 12.0001)]
    numbers = "mmsi,force\n" + "".join(f"{m},{f}\n" for m, f in FORCE_OF.items())
    on = ground(*boxes, text=numbers)
    as_of = T0_US + 3 * DAY_US
    whole = batch(list, on, fixes, words, as_of)[1]
    assert live(list, on, fixes, words, as_of, cut)[1] == whole
    counted = {(r.zone, r.force): (r.vessel_days, r.calendar_days) for r in whole if r.row == "force"}
    assert counted == brute(fixes, boxes, FORCE_OF)


FORCE_OF = {211000100: "navy", 211000101: "militia", 211000102: "militia", 311000100: "fishing", 311000103: "navy"}


def test_many_pairs_of_zone_and_vessel_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "ROOM", 16)
    boxes = [(f"z{k:02d}", -1.0 + k * 0.01, 9.0) for k in range(30)]
    fixes = [fix(0.1 + k / 1000, 211000100 + k, lon=2.0) for k in range(200)]
    found = rows(fixes, ground(*boxes))
    assert [pick(found, name, "all").vessel_days for name, _, _ in boxes] == [200] * 30


def test_the_file_is_the_same_bytes_in_any_order_and_computes_nothing() -> None:
    on = ground(('=HYPERLINK("x")', 0.0, 1.0))
    fixes = [fix(d + k / 50, 211000001 + k, station=f"s{k % 3}") for d in range(4) for k in range(20)]
    texts = set()
    for seed in range(4):
        random.Random(seed).shuffle(fixes)
        out = io.StringIO(newline="")
        write_presence_csv(rows(fixes, on), out)
        texts.add(out.getvalue())
    (text,) = texts
    lines = text.split("\r\n")
    assert lines[0] == ",".join(PRESENCE_COLUMNS)
    assert "\"'=HYPERLINK(" in text and '\n"=HYPERLINK' not in text
    assert all(line.endswith("at least") for line in lines[1:-1])


def test_state_does_not_grow_with_days() -> None:
    """A year of one day's traffic: the table of pairs is that of one day, and the counts are those of one day."""
    on, pools = ground(("box", 0.0, 1.0)), Pools()
    one = runner(list, on, pools)
    state, sizes = one.start(), []
    for d in range(0, 360, 30):
        fixes = [fix(d + k / 50, 211000001 + k) for k in range(40)]
        one.push(state, table(fixes, pools), StaticRows.empty(), max(f[0] for f in fixes))
        sizes.append((len(state.presence.pairs), len(state.presence.totals)))
    assert len(set(sizes[2:])) == 1
