"""Worlds for tests of ``shadow`` and ``block``: vessels that follow, cross and get in each other's way, by seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from pair_worlds import T0_US, by_hand

from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import Pools, Reports
from beaconline.foundation.table.snapshot import restore, save
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.pairs.family import PairFamily
from beaconline.understand.pairs.window import Fixes
from beaconline.understand.step import Tick

NM_M = 1852.0
Row = tuple[float, int, float, float]
"""Seconds since T0, track, longitude, latitude."""


@dataclass
class Track:
    """A course over a plane (nautical miles) laid at a place on the globe: every call sails on."""

    code: int
    east: float
    north: float
    second: float = 0.0
    at: list[tuple[float, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at.append((self.second, self.east, self.north))

    def go(self, course: float, kn: float, minutes: float) -> Track:
        self.east += math.sin(math.radians(course)) * kn * minutes / 60
        self.north += math.cos(math.radians(course)) * kn * minutes / 60
        self.second += minutes * 60
        self.at.append((self.second, self.east, self.north))
        return self

    def rows(
        self, step_s: float, rng: np.random.Generator, noise_m: float = 0.0, lon: float = -30.0, lat: float = 10.0,
        lost: float = 0.0,
    ) -> list[Row]:  # fmt: skip
        """Fixes about every so many seconds, some of them lost."""
        t = np.arange(self.at[0][0] + rng.uniform(0, step_s), self.at[-1][0], step_s)
        t = t[rng.uniform(size=len(t)) >= lost]
        way = np.array(self.at)
        east, north = np.interp(t, way[:, 0], way[:, 1]), np.interp(t, way[:, 0], way[:, 2])
        east, north = (v + rng.normal(0, noise_m / NM_M, len(t)) if noise_m else v for v in (east, north))
        x = lon + east / 60 / math.cos(math.radians(lat))
        return [(float(a), self.code, float(b), float(c)) for a, b, c in zip(t, x, lat + north / 60, strict=True)]


def fixes_of_tracks(tracks: Sequence[Track], step_s: float = 30.0, seed: int = 0, noise_m: float = 0.0) -> Fixes:
    """The fixes of all tracks, each at its own beat."""
    rng = np.random.default_rng(seed)
    return by_hand([row for track in tracks for row in track.rows(step_s, rng, noise_m)])


def sailed(code: int, legs: Sequence[tuple[float, float, float]], second: float = 0.0) -> Track:
    """A track on legs (course, knots, minutes) from the origin, begun at a second."""
    track = Track(code, 0.0, 0.0, second)
    for leg in legs:
        track.go(*leg)
    return track


def book_of(fixes: Fixes) -> TrackBook:
    n = int(fixes.track.max()) + 1
    return TrackBook([f"t{n - k:03d}" for k in range(n)], [211000000 + k for k in range(n)], list(range(n)))


def tick_of(fixes: Fixes, book: TrackBook, watermark_us: int) -> Tick:
    rows = Reports.blank(len(fixes))
    rows.t_us[:], rows.lon_e7[:], rows.lat_e7[:] = fixes.t_us, fixes.lon_e7, fixes.lat_e7
    rows.sog_mkn[:] = fixes.speed_mkn
    return Tick(rows, fixes.track, fixes.bridge_us, watermark_us, book, Pools())


def text(drafts: Sequence[Draft]) -> list[str]:
    return sorted(repr(d) for d in drafts)


def overlaid(drafts: Sequence[Draft]) -> list[Draft]:
    """The last draft of each event, as the runner keeps them."""
    return list({(d.kind, tuple(sorted(d.members)), d.key): d for d in drafts}.values())


def batch(family: PairFamily, fixes: Fixes, as_of_us: int | None = None) -> list[Draft]:
    """All drafts of one tick and the finish."""
    book, as_of = book_of(fixes), int(fixes.t_us[-1]) if as_of_us is None else as_of_us
    state, drafts = family.step(family.start(), tick_of(fixes, book, as_of))
    return overlaid([*drafts, *family.finish(state, as_of, book, Pools())])


def live(
    family: PairFamily, classes: tuple[type, ...], fixes: Fixes, seed: int, largest: int = 120
) -> tuple[list[Draft], int]:
    """All drafts of random ticks, the watermark up to ten minutes behind, with restarts from a saved state; and the
    largest state that was saved, bytes."""
    rng = np.random.default_rng(seed)
    book, as_of = book_of(fixes), int(fixes.t_us[-1])
    state, drafts, i, watermark, most = family.start(), [], 0, -(2**62), 0
    while i < len(fixes):
        n = int(rng.integers(1, largest))
        next_us = int(fixes.t_us[i + n]) if i + n < len(fixes) else as_of
        watermark = max(watermark, int(fixes.t_us[i]) - 1, next_us - int(rng.integers(1, 600_000_000)))
        state, more = family.step(state, tick_of(fixes.take(slice(i, i + n)), book, watermark))
        drafts += more
        i += n
        if rng.uniform() < 0.15:
            before = save(state)
            most = max(most, len(before))
            state = restore(before, classes)
        if rng.uniform() < 0.03:
            before = save(state)
            family.finish(state, int(fixes.t_us[min(i, len(fixes)) - 1]), book, Pools())
            assert save(state) == before, "a question must not change the state"
    state, more = family.step(state, tick_of(fixes.take(slice(0, 0)), book, as_of))
    return overlaid([*drafts, *more, *family.finish(state, as_of, book, Pools())]), most


def crowd(seed: int, hours: float = 7.0, pairs: int = 3) -> Fixes:
    """Pairs of followers with turns, stops and gaps, wanderers among them, and vessels cutting across: for the sameness
    of results, not for their sense."""
    rng = np.random.default_rng(seed)
    tracks, rows = [], []
    for p in range(pairs):
        legs, left = [], hours * 60
        course = float(rng.uniform(0, 360))
        while left > 0:
            minutes = float(rng.uniform(8, 50))
            kn = float(rng.choice([0.5, 4.0, 8.0, 8.0, 12.0]))
            legs.append((course, kn, min(minutes, left)))
            course += float(rng.choice([0.0, 25.0, -60.0, 100.0]))
            left -= minutes
        for k in range(2 + p % 2):
            track = Track(len(tracks), 0.5 * p, 0.3 * p, 240.0 * k * (1 + p))
            for leg in legs:
                track.go(leg[0] + float(rng.normal(0, 1)), leg[1], leg[2])
            tracks.append(track)
    for _ in range(2):
        track = Track(len(tracks), *rng.uniform(-3, 3, 2))
        while track.second < hours * 3600:
            kn = float(rng.choice([1.0, 6.0, 14.0]))
            track.go(float(rng.uniform(0, 360)), kn, float(rng.uniform(5, 30)))
        tracks.append(track)
    for track in tracks:
        rows += track.rows(float(rng.choice([20.0, 60.0, 150.0])), rng, 6.0, lost=0.05)
    # A gap that no leg bridges, of one track.
    rows = [row for row in rows if not (row[1] == 1 and 9_000 < row[0] < 13_500)]
    return by_hand([row for row in rows if row[0] < hours * 3600])


def start_us(second: float) -> int:
    return T0_US + round(second * 1e6)
