"""``feed_silent``: limits at their edges, what is no silence, and the same whatever the ticks were."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from gap_worlds import HOUR_US, MIN_US, T0_US, Row, batch, in_order, leg, live, text
from hypothesis import given, settings
from hypothesis import strategies as st

from beaconline.foundation.records.finding import Draft
from beaconline.node.watch import Options, watch
from beaconline.understand.detectors import feed_silent
from beaconline.understand.detectors.feed_silent import STATE_CLASSES, FeedSilent
from beaconline.understand.ground import Ground

DAY_US = 24 * HOUR_US


def feed(name: str, minutes: list[float], first: int = 0, vessels: int = 4, station: str = "s1") -> list[Row]:
    """Reports of a feed at these minutes, from its vessels in turn."""
    where = {"feed": name, "stations": (station,)}
    return [leg(first + k % vessels, t, t + 0.01, -20.0, 0.1 * first, **where)[0] for k, t in enumerate(minutes)]


def every(begin: float, end: float, step: float = 1.0) -> list[float]:
    return np.arange(begin, end, step).tolist()


def told(rows: list[Row], as_of_us: int | None = None, **params: Any) -> list[Draft]:
    return sorted(batch(FeedSilent(params), rows, as_of_us), key=lambda d: d.t_start_us)


def test_ten_minutes_are_the_limit_of_a_dense_feed() -> None:
    rows = feed("a", [*every(0, 120), 129.0 + 1 / 60, *every(130, 180)])
    (draft,) = told(rows)
    assert (draft.type, draft.open, draft.settled, draft.members, draft.feeds) == ("feed", False, True, (), ("a",))
    assert draft.t_start_us == T0_US + 119 * MIN_US and draft.measures["silence_s"] == 601
    assert not told(feed("a", [*every(0, 120), 129.0, *every(130, 180)]))


def test_three_times_the_longest_ordinary_silence() -> None:
    def rows(pause: float) -> list[Row]:
        return feed("a", [*every(0, 60), *every(69, 120), *every(119 + pause, 200)])

    assert not told(rows(30))
    assert len(told(rows(30 + 1 / 60))) == 1


def test_a_feed_must_have_delivered_for_an_hour_and_thirty_reports() -> None:
    assert not told(feed("a", [*every(0, 59), 90.0]))
    assert told(feed("a", [*every(0, 61), 90.0]))
    assert not told(feed("a", [*every(0, 87, 3.0), 120.0]))
    assert told(feed("a", [*every(0, 90, 3.0), 120.0]))


def test_open_only_while_the_run_goes_on() -> None:
    one, other = feed("a", every(0, 120)), feed("b", every(0, 200), first=10)
    (draft,) = told(one + other)
    assert (draft.open, draft.settled, draft.feeds, draft.t_end_us) == (True, False, ("a",), T0_US + 199 * MIN_US)
    assert draft.measures["reports_of_others_meanwhile"] == 81, "those of the same instant count"
    assert not told(one)
    assert told(one, T0_US + 119 * MIN_US + 601_000_000)
    assert not told(one, T0_US + 119 * MIN_US + 600_000_000)


def test_open_and_closed_have_one_key() -> None:
    other = feed("b", every(0, 300), first=10)
    (first,) = told(feed("a", every(0, 120)) + other[:200])
    (then,) = told(feed("a", [*every(0, 120), *every(260, 300)]) + other)
    assert first.key == then.key and first.open and not then.open


def test_a_station_is_silent_only_while_its_feed_is_not() -> None:
    near = feed("a", [*every(0, 150), *every(260, 400)], station="s1")
    far = feed("a", every(0, 400), first=10, station="s2")
    (draft,) = told(near + far)
    assert (draft.type, draft.feeds) == ("station", ("a",)) and "s1" in draft.why
    shared = [row for row in near + far if not 150 <= (row.t_us - T0_US) / MIN_US < 260]
    assert [d.type for d in told(shared)] == ["feed"]


def test_a_station_that_heard_two_ships_is_not_missed() -> None:
    far = feed("a", every(0, 400), first=10, station="s2")
    for vessels, silent in ((3, 1), (2, 0)):
        assert len(told(feed("a", every(0, 150), vessels=vessels) + far)) == silent


def test_what_often_happens_is_ordinary() -> None:
    """A feed that stops every night is told six times, and then no more."""
    minutes = [t for day in range(12) for t in every(day * 1440, day * 1440 + 960)]
    assert len(told(feed("a", minutes))) == 6


def test_hostile_names_stand_in_no_way(tmp_path: Path) -> None:
    """Names with braces, markup and formulas; a finding without members goes through every output."""
    name = "{0}</script>=HYPERLINK(1)" + "x" * 500
    t = [T0_US + m * MIN_US for m in [*range(150), *range(240, 300)]]
    rows = [{"t_event": v, "mmsi": 211000000 + k % 4, "feeds": [name]} for k, v in enumerate(t)]
    rows += [{"t_event": T0_US + m * MIN_US, "mmsi": 212000000, "feeds": ["b"]} for m in range(300)]
    frame = pl.DataFrame(rows).with_columns(
        pl.col("t_event").cast(pl.Datetime("us", "UTC")), lon_deg=pl.lit(-20.0), lat_deg=pl.lit(0.0)
    )
    result = watch(frame, options=Options(only=["feed_silent"]))
    result.write(tmp_path / "out")
    (finding,) = [json.loads(line) for line in (tmp_path / "out" / "findings.jsonl").read_text().splitlines()]
    assert finding["members"] == [] and finding["queue"] == "default"
    assert [each["feed"] for each in finding["inputs"]] == [name]
    assert finding["why"].startswith("Feed (0)</script>") and len(finding["why"]) < 250
    page = (tmp_path / "out" / "report.html").read_text()
    assert "feed silent" in page and "(0)</script>" not in page
    (feature,) = json.loads((tmp_path / "out" / "findings.geojson").read_text())["features"]
    assert feature["properties"]["mmsi"] == ""
    assert len((tmp_path / "out" / "findings.csv").read_text().splitlines()) == 2


@pytest.mark.parametrize(("key", "value"), [("feed_silence_s", -1), ("times", 1001), ("reports", float("nan"))])
def test_parameters_have_bounds(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"\[feed_silent\] {key}: .* is outside"):
        feed_silent.build(Ground(), {key: value})


def test_sources_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the most sources further ones are not watched; those known go on."""
    monkeypatch.setattr(feed_silent, "MOST_SOURCES", 3)
    rows = feed("a", [*every(0, 120), 200.0])
    rows += [replace(row, stations=(f"x{k}",)) for k, row in enumerate(feed("b", every(0, 200), first=10))]
    assert [d.feeds for d in told(rows)] == [("a",)]


def world(seed: int) -> list[Row]:
    """Three feeds with two stations each, of many beats, with holes of their own and shared ones."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for k in range(6):
        t, step = float(rng.uniform(0, 30)), float(rng.choice([2.0, 7.0]))
        minutes = []
        while t < 40 * 60:
            minutes.append(t)
            t += step * float(rng.exponential()) + (float(rng.uniform(20, 500)) if rng.uniform() < 0.004 else 0.0)
        rows += feed(f"f{k // 2}", minutes, first=10 * k, station=f"s{k}")
    return in_order(rows)


def ordinary(rows: list[Row]) -> set[tuple[str, int]]:
    """By brute force: (feed, start) of its silences that ended."""
    out: set[tuple[str, int]] = set()
    for name in {row.feed for row in rows}:
        times = [row.t_us for row in rows if row.feed == name]
        longest, day, ends = 0, times[0] // DAY_US, list[int]()
        for k, (a, b) in enumerate(pairwise(times)):
            step = b - a
            if step > max(10 * MIN_US, 3 * longest) and k >= 29 and a - times[0] >= HOUR_US:
                out.add((name, a))
                if len(ends) < 5 or b - ends[-5] > 60 * DAY_US:
                    step = 0
                ends.append(b)
            if b // DAY_US > day:
                day, longest = b // DAY_US, longest * 9 // 10
            longest = max(longest, step)
    return out


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_feeds_by_brute_force(seed: int) -> None:
    rows = world(seed)
    assert {(d.feeds[0], d.t_start_us) for d in told(rows) if d.type == "feed" and not d.open} == ordinary(rows)


def test_the_worlds_hold_silences() -> None:
    kinds = [d.type for seed in range(5) for d in told(world(seed))]
    assert kinds.count("feed") >= 5 and kinds.count("station") >= 5


@settings(max_examples=15)
@given(seed=st.integers(0, 5_000), cut=st.integers(0, 5_000))
def test_any_cut_gives_the_same_drafts(seed: int, cut: int) -> None:
    rows = world(seed)
    assert text(live(FeedSilent(), rows, cut, STATE_CLASSES)) == text(batch(FeedSilent(), rows))


@settings(max_examples=10)
@given(seed=st.integers(0, 5_000))
def test_a_laxer_rule_loses_no_first_silence(seed: int) -> None:
    """A silence that is told is not ordinary, so a laxer rule may change later limits; it never loses the first."""
    rows = world(seed)
    first = {d.feeds: d.key for d in reversed(told(rows)) if d.type == "feed"}
    for params in ({"feed_silence_s": 300}, {"times": 2.0}, {"reports": 10}, {"learn_s": 600}):
        assert set(first.values()) <= {d.key for d in told(rows, **params)}, params
