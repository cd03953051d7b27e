"""Small seas for ``gap`` and ``feed_silent``: ships on straight legs, heard now and then, as ticks of any cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.report import SENSORS
from beaconline.foundation.table.reports import Pools, Reports
from beaconline.foundation.table.snapshot import restore, save
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.step import Tick

T0_US = 1_767_322_800_000_000
"""2026-01-02T03:00:00Z, on a quarter of an hour."""
MIN_US = 60_000_000
HOUR_US = 60 * MIN_US


@dataclass(frozen=True)
class Row:
    t_us: int
    track: int
    lon_deg: float
    lat_deg: float
    sog_kn: float | None = None
    cog_deg: float | None = None
    status: int | None = None
    sensor: str = "ais_a"
    feed: str = "f"
    stations: tuple[str, ...] = ("s1",)


def leg(
    track: int, begin_min: float, end_min: float, lon: float, lat: float, *, kn: float = 0.0, course: float = 90.0,
    step_min: float = 5.0, **more: Any,
) -> list[Row]:  # fmt: skip
    """Fixes from ``begin_min`` on, before ``end_min``; a flat earth of 60 nm a degree is good enough here."""
    out = []
    t = begin_min
    while t < end_min - 1e-9:
        run = kn * (t - begin_min) / 60.0 / 60.0
        x = lon + run * np.sin(np.radians(course)) / np.cos(np.radians(lat))
        y = lat + run * np.cos(np.radians(course))
        out.append(Row(T0_US + round(t * MIN_US), track, float(x), float(y), kn, course, **more))
        t += step_min
    return out


def others(
    hours: float, *, n: int = 6, lon: float = -19.87, lat: float = 0.0, first: int = 1, **more: Any
) -> list[Row]:
    """Ships that lie around a place and are heard all along."""
    return [
        row
        for k in range(n)
        for row in leg(first + k, 0.7 * k, hours * 60, lon + 0.02 * (k - n / 2), lat + 0.02, step_min=7.0, **more)
    ]


def table(rows: Sequence[Row], pools: Pools) -> Reports:
    """Rows as columns, in the order given."""
    out = Reports.blank(len(rows))
    for i, row in enumerate(rows):
        out.t_us[i], out.mmsi[i] = row.t_us, 211000000 + row.track
        out.lon_e7[i] = round(((row.lon_deg + 180.0) % 360.0 - 180.0) * 1e7)
        out.lat_e7[i] = round(row.lat_deg * 1e7)
        out.sog_mkn[i] = -1 if row.sog_kn is None else round(row.sog_kn * 1000)
        out.cog_cdeg[i] = -1 if row.cog_deg is None else round(row.cog_deg * 100) % 36_000
        out.nav_status[i] = -1 if row.status is None else row.status
        out.sensor[i] = SENSORS.index(row.sensor)
        out.feeds[i], out.stations[i] = pools.feeds.code([row.feed]), pools.stations.code(row.stations)
    return out


def in_order(rows: Sequence[Row]) -> list[Row]:
    """By time, then track."""
    return sorted(rows, key=lambda r: (r.t_us, r.track))


def book_of(rows: Sequence[Row], vessels: Sequence[int] | None = None) -> TrackBook:
    """Tracks 0 to the largest; ``vessels``: vessel codes where tracks share one."""
    n = max(row.track for row in rows) + 1
    return TrackBook([f"t{k:03d}" for k in range(n)], [211000000 + k for k in range(n)], list(vessels or range(n)))


def tick_of(rows: Sequence[Row], book: TrackBook, pools: Pools, watermark_us: int, bridge_us: int = HOUR_US) -> Tick:
    """A tick of rows in order."""
    track = np.array([row.track for row in rows], np.int32)
    return Tick(table(rows, pools), track, np.full(len(rows), bridge_us, np.int64), watermark_us, book, pools)


def batch(kind: Any, rows: Sequence[Row], as_of_us: int | None = None, **how: Any) -> list[Draft]:
    """All drafts of a run in one tick."""
    rows, pools = in_order(rows), Pools()
    book, end = book_of(rows, how.pop("vessels", None)), as_of_us or max(r.t_us for r in rows)
    state, drafts = kind.step(kind.start(), tick_of(rows, book, pools, end, **how))
    return list(drafts + kind.finish(state, end, book, pools))


def live(kind: Any, rows: Sequence[Row], seed: int, classes: Sequence[type], largest: int = 60) -> list[Draft]:
    """All drafts of a run in random ticks, with questions and restarts from a saved state in between."""
    rng = np.random.default_rng(seed)
    rows, pools = in_order(rows), Pools()
    book, end = book_of(rows), max(r.t_us for r in rows)
    state, drafts, i = kind.start(), [], 0
    while i < len(rows):
        some = rows[i : i + int(rng.integers(1, largest))]
        i += len(some)
        state, more = kind.step(state, tick_of(some, book, pools, some[-1].t_us))
        drafts += more
        if rng.uniform() < 0.2:
            state = restore(save(state), classes)
        if rng.uniform() < 0.1:
            before = save(state)
            kind.finish(state, some[-1].t_us, book, pools)
            assert save(state) == before, "a question must not change the state"
    return list(drafts + kind.finish(state, end, book, pools))


def text(drafts: Sequence[Draft]) -> list[str]:
    """Comparable form."""
    return sorted(repr(d) for d in drafts)


def sea(seed: int, ships: int = 12, hours: float = 30.0) -> list[Row]:
    """Ships that sail, lie, fall silent and come back at random, over two degrees."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for track in range(ships):
        lon, lat = -20.0 + 1.5 * float(rng.uniform()), 1.5 * float(rng.uniform())
        t, step = float(rng.uniform(0, 60)), float(rng.choice([3.0, 11.0, 40.0]))
        sensor = str(rng.choice(["ais_a", "ais_a", "ais_b"]))
        while t < hours * 60:
            minutes, kn = float(rng.uniform(30, 400)), float(rng.choice([0.0, 0.2, 4.0, 9.0]))
            course = float(rng.uniform(0, 360))
            heard = rng.uniform() < 0.75
            legs = leg(track, t, min(t + minutes, hours * 60), lon, lat, kn=kn, course=course, step_min=step)
            if heard:
                rows += [replace(row, sensor=sensor) for row in legs]
            if legs:
                lon, lat = legs[-1].lon_deg, legs[-1].lat_deg
            t += minutes + (0 if heard else float(rng.uniform(0, 400)))
    return in_order(rows)
