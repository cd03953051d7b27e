"""Listed vessels: when they are told, once an episode, how sure, and the same in any ticks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identity_worlds import DAY_US, HOUR_US, T0_US, Answer, Fix, Word, batch, identity_world, live

from beaconline.foundation.geo.zones import read_zones
from beaconline.foundation.table.reports import Static
from beaconline.node.watch import Options, watch
from beaconline.understand.context.places import Places
from beaconline.understand.detectors import listed_seen
from beaconline.understand.detectors.listed_seen import LARGEST, ListedSeen, build
from beaconline.understand.detectors.zone_entry import ZoneEntry
from beaconline.understand.forces.claims import NoForces
from beaconline.understand.forces.lists import read_list
from beaconline.understand.forces.recognise import Recogniser
from beaconline.understand.ground import Ground

LIST = """mmsi,imo,callsign,name,force,source,as_of
211000001,,,,navy,one,2025-12-01
211000001,,,,militia,two,2020-01-01
,9074729,,,fishing,one,2026-06-01
,,,NEW HULL 3,research,one,
211000104,,,,own,one,2025-12-01
"""


def ground(text: str = LIST, zones: dict[str, Any] | None = None) -> Ground:
    held = read_zones(json.dumps(zones).encode(), "z.geojson") if zones else []
    return Ground(Places(held), tuple(held), (), Recogniser(read_list(text.encode(), "l.csv").entries))


def box(name: str, west: float, east: float, kind: str = "watch") -> dict[str, Any]:
    ring = [[west, -1], [east, -1], [east, 9], [west, 9], [west, -1]]
    return {"type": "Feature", "properties": {"name": name, "kind": kind},
            "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip


def zones(*boxes: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(boxes)}


def told(fixes: list[Fix], on: Ground, words: list[Word] | None = None, **params: Any) -> list[dict[str, Any]]:
    as_of = max(f[0] for f in fixes)
    found = batch(lambda: [ZoneEntry(on.zones), ListedSeen(on, params)], on, fixes, words or [], as_of)[0]
    return [f for f in sorted(found, key=lambda f: f["t_start"]) if f["kind"] == "listed_seen"]


def fix(hours: float, lon: float = 0.0, static: Static = Static(), mmsi: int = 211000001) -> Fix:  # noqa: B008
    return (T0_US + round(hours * HOUR_US), mmsi, lon, 0.0, 10.0, 90.0, static, "s1")


def steam(begin: float, end: float, lon: float, **more: Any) -> list[Fix]:
    """Eastward at 0.15 degrees an hour (9 knots), a fix every six minutes."""
    return [fix(begin + t, lon + 0.15 * t, **more) for t in np.arange(0, end - begin, 0.1).tolist()]


def test_one_finding_tells_every_claim() -> None:
    (found,) = told(steam(0, 3, 0.0), ground())
    assert (found["type"], found["status"], found["queue"]) == ("first", "open", "default")
    assert found["members"][0]["force"] == "navy"
    claims = [e for e in found["evidence"] if e["what"].startswith("recognised")]
    assert [(e["source"], e["list"], e["line"], e["force"], e["by"]) for e in claims] == [
        ("one", "l.csv", 2, "navy", "mmsi"), ("two", "l.csv", 3, "militia", "mmsi")]  # fmt: skip
    doubts = [e["what"] for e in found["counter_evidence"]]
    assert "lists do not agree" in doubts
    assert "the claim is old" in doubts
    assert "listed as navy by one (as of 2025-12-01), recognised by MMSI" in found["why"]


@pytest.mark.parametrize(("silence_h", "types"), [(23.9, ["first"]), (24.0, ["first", "again"])])
def test_a_silence_of_a_day_ends_an_episode(silence_h: float, types: list[str]) -> None:
    found = told([fix(0), fix(1), fix(1 + silence_h), fix(2 + silence_h)], ground())
    assert [f["type"] for f in found] == types
    assert found[0]["status"] == ("closed" if len(types) == 2 else "open")


def test_weeks_of_hearing_are_one_finding() -> None:
    found = told([fix(h) for h in range(0, 21 * 24, 5)], ground())
    assert [f["measures"]["fixes"] for f in found] == [101]


def test_first_is_the_first_time_it_is_recognised() -> None:
    fixes = [fix(0, mmsi=211000009), fix(30, mmsi=211000009, static=Static(imo=9074729)), fix(60, mmsi=211000009)]
    assert [f["type"] for f in told(fixes, ground())] == ["first", "again"]


def test_recognised_later_in_an_episode() -> None:
    fixes = steam(0, 2, 0.0, mmsi=211000009)
    words = [(T0_US + HOUR_US, 211000009, Static(imo=9074729))]
    (found,) = told(fixes, ground(), words)
    doubts = {e["what"]: e for e in found["counter_evidence"]}
    assert doubts["heard before it was recognised"]["unrecognised_s"] == 3600
    assert "the claim is dated after this" in doubts
    assert found["t_start"] == "2026-01-02T03:00:00Z"


def test_how_sure_decides_the_queue() -> None:
    by_name = steam(0, 1, 0.0, mmsi=211000009, static=Static(name="NEW HULL 3"))
    assert [f["queue"] for f in told(by_name, ground())] == ["context"]
    assert [f["queue"] for f in told(by_name, ground(), sure_weight=0.4)] == ["default"]
    assert [f["queue"] for f in told(steam(0, 1, 0.0, mmsi=211000104), ground())] == ["context"], "its own vessel"


def test_an_mmsi_with_another_imo_number_is_told_with_the_doubt() -> None:
    text = "mmsi,imo,force\n211000001,9241061,navy\n"
    (found,) = told(steam(0, 1, 0.0, static=Static(imo=9074729)), ground(text))
    assert found["queue"] == "context"
    doubt = next(e for e in found["counter_evidence"] if "IMO" in e["what"])
    assert doubt["sent_imo"] == 9074729


def test_a_stay_in_a_zone_is_told_once() -> None:
    on = ground(zones=zones(box("a", 0.5, 1.0), box("b", 0.51, 1.0)))
    fixes = steam(0, 8, 0.0) + steam(20, 28, 0.0) + steam(80, 88, 0.0)
    found = [f for f in told(fixes, on) if f["type"] == "entered"]
    assert [(f["zones"], f["measures"]["visits"], f["settled"]) for f in found] == [
        (["a", "b"], 2, True), (["a", "b"], 1, False)]  # fmt: skip


def test_zones_entered_at_other_times_are_told_apart() -> None:
    on = ground(zones=zones(box("a", 0.5, 1.0), box("b", 0.55, 1.0)))
    assert [f["zones"] for f in told(steam(0, 8, 0.0), on)] == [[], ["a"], ["b"]]
    assert [f["zones"] for f in told(steam(0, 8, 0.0), on, merge_s=1800)] == [[], ["a", "b"]]


def test_ports_alone_are_context() -> None:
    on = ground(zones=zones(box("p", 0.5, 1.0, "port")))
    assert [f["queue"] for f in told(steam(0, 8, 0.0), on)] == ["default", "context"]


def test_back_inside_after_a_silence_is_told_and_says_so() -> None:
    on = ground(zones=zones(box("a", 0.5, 1.0)))
    _, found = told(steam(0, 1, 0.0) + steam(6, 7, 0.6), on)
    assert found["type"] == "entered"
    assert "was heard inside a (watch)" in found["why"]


def test_a_list_without_match_and_no_list_tell_nothing() -> None:
    fixes = steam(0, 3, 0.0, mmsi=211000077)
    assert told(fixes, ground()) == []
    assert told(fixes, Ground(forces=NoForces())) == []


def test_braces_in_a_list_do_not_break_a_sentence() -> None:
    (found,) = told(steam(0, 1, 0.0), ground('mmsi,source\n211000001,"{0} {9} <b>"\n'))
    assert "(0) (9) <b>" in found["why"]


def text(answer: Answer) -> str:
    return json.dumps([f for f in answer[0] if f["kind"] == "listed_seen"], sort_keys=True, indent=1)


WORLD = """mmsi,imo,callsign,name,force
211000100,,,,navy
,9241061,,,militia
,,CNEW HULL 1,,fishing
,,,NEW HULL 4,coast_guard
311000102,,,,coast_guard
211000106,9305623,,OLD SHIP 6,navy
"""


@settings(max_examples=20)
@given(seed=st.integers(0, 5_000), cut=st.integers(0, 5_000), days=st.sampled_from([0.3, 1.4, 3.0]))
def test_any_ticks_give_the_same(seed: int, cut: int, days: float) -> None:
    on = ground(WORLD, zones(box("a", 10.5, 10.9), box("b", 10.52, 12.0)))
    fixes, words = identity_world(seed)
    as_of = T0_US + round(days * DAY_US)

    def kinds() -> list[Any]:
        return [ZoneEntry(on.zones), ListedSeen(on)]

    assert text(live(kinds, on, fixes, words, as_of, cut)) == text(batch(kinds, on, fixes, words, as_of))


def test_the_worlds_hold_every_type() -> None:
    on = ground(WORLD, zones(box("a", 10.5, 10.9), box("b", 10.52, 12.0)))
    found = [f for seed in range(6) for f in told(*_swap(identity_world(seed), on))]
    assert {f["type"] for f in found} == {"first", "again", "entered"}
    assert {e["by"].split()[0] for f in found for e in f["evidence"] if "by" in e} >= {"mmsi", "imo", "callsign"}


def _swap(world: tuple[list[Fix], list[Word]], on: Ground) -> tuple[list[Fix], Ground, list[Word]]:
    return world[0], on, world[1]


def test_a_longer_list_never_loses_an_episode() -> None:
    """Monotone: with more entries of other vessels, the same episodes are told."""
    on, more = ground(WORLD), ground(WORLD + "211000105,,,,navy\n,,,OLD SHIP 2,navy\n")
    for seed in range(6):
        few, many = told(*_swap(identity_world(seed), on)), told(*_swap(identity_world(seed), more))
        keys = [{(f["type"], f["t_start"], f["members"][0]["mmsi"]) for f in found} for found in (few, many)]
        assert keys[0] < keys[1] or keys[0] == keys[1]


@pytest.mark.parametrize("key", LARGEST)
def test_parameters_out_of_bounds_are_named(key: str) -> None:
    for bad in (-1, LARGEST[key] * 2 + 1):
        with pytest.raises(ValueError, match=rf"\[listed_seen\] {key}: "):
            build(Ground(), {key: bad})
    assert set(LARGEST) == set(listed_seen.DEFAULTS)


def test_real_traffic_against_a_list(data: Path, tmp_path: Path) -> None:
    """Every vessel of the list that was heard is told exactly once, and no other."""
    path = data / "ais/marinecadastre_20220103_99999rows.csv.gz"
    heard = watch([path], options=Options(only=["identity_conflict"]))
    numbers = sorted({mmsi for mmsi in heard.book.mmsi if mmsi >= 200_000_000})
    chosen = numbers[::40]
    some = tmp_path / "list.csv"
    some.write_text("mmsi,force\n" + "".join(f"{mmsi:09d},cargo\n" for mmsi in [*chosen, 200000001]))
    found = watch([path], options=Options(only=["listed_seen"], lists=[some])).findings
    assert sorted(f["members"][0]["mmsi"] for f in found) == chosen
    assert {f["type"] for f in found} == {"first"}
