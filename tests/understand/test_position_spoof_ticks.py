"""position_spoof says the same however the rows were cut into ticks, whatever was saved in between."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import Pools, Reports
from beaconline.foundation.table.snapshot import restore, save
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.protocol import NoContext
from beaconline.understand.detectors import position_spoof
from beaconline.understand.detectors.position_spoof import STATE_CLASSES, PositionSpoof, SpoofState
from beaconline.understand.step import Tick

T0_US = 1_767_322_800_000_000
PARAMS = {"before_s": 240, "after_s": 900, "silence_s": 1_800, "longest_s": 7_200, "confirm_s": 1_200, "p_max": 1e-3}
"""Short spans, so that small worlds hold every way to begin and to end."""


def _places(rng: np.random.Generator, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Metres east and north of one vessel: under way, with leaps away and back, rings, strays and silences."""
    course, speed = rng.uniform(0, 2 * math.pi), rng.uniform(0, 7)
    x, y = (
        rng.uniform(-9e3, 9e3) + speed * t_s * math.sin(course),
        rng.uniform(-9e3, 9e3) + speed * t_s * math.cos(course),
    )
    for _ in range(rng.integers(0, 4)):
        begin = rng.choice([2_000.0, 5_000.0, rng.uniform(500, 9_000)]) + rng.uniform(0, 120)
        some = (t_s >= begin) & (t_s < begin + rng.choice([200.0, 1_500.0, 4_000.0, 20_000.0]))
        what = rng.integers(0, 4)
        if what == 0:
            x, y = np.where(some, x + 9e3, x), np.where(some, y - 6e3, y)
        elif what == 1:
            x, y = np.where(some, 4e4, x), np.where(some, 3e4, y)
        elif what == 2:
            angle = t_s * 12.0 / 700.0
            x, y = np.where(some, 2e4 + 700 * np.sin(angle), x), np.where(some, 700 * np.cos(angle), y)
        else:
            x = np.where(rng.uniform(size=len(t_s)) < 0.04, x + 3e4, x)
    return x, y


def world(seed: int) -> tuple[Reports, np.ndarray, TrackBook]:
    """Some vessels over three hours, each with a handful of tracks that change at random."""
    rng = np.random.default_rng(seed)
    parts = []
    for vessel in range(int(rng.integers(3, 9))):
        step = float(rng.choice([15.0, 30.0, 60.0, 120.0]))
        t_s = np.cumsum(rng.uniform(0.7, 1.3, int(10_000 / step)) * step)
        x, y = _places(rng, t_s)
        heard = np.ones(len(t_s), bool)
        for _ in range(rng.integers(0, 2)):
            begin = rng.uniform(0, 9_000)
            heard &= (t_s < begin) | (t_s > begin + rng.choice([600.0, 2_500.0]))
        track = 3 * vessel + np.searchsorted(np.sort(rng.uniform(0, 10_000, 2)), t_s)
        parts.append(np.column_stack([t_s, x, y, track])[heard])
    rows = np.concatenate(parts)
    rows = rows[np.lexsort((rows[:, 3], rows[:, 0]))]
    out = Reports.blank(len(rows))
    out.t_us[:] = T0_US + np.round(rows[:, 0] * 1e6).astype(np.int64)
    out.lon_e7[:] = np.round(10.0e7 + rows[:, 1] / 0.0111320 / math.cos(math.radians(5.0)))
    out.lat_e7[:] = np.round(5.0e7 + rows[:, 2] / 0.0111320)
    out.sog_mkn[:] = 8_000
    seen = list(dict.fromkeys(rows[:, 3].astype(int).tolist()))
    code = {track: k for k, track in enumerate(seen)}
    vessels: dict[int, int] = {}
    for track in seen:
        vessels.setdefault(track // 3, len(vessels))
    mmsis = [211_000_001 + track // 3 for track in seen]
    book = TrackBook([f"{m}:{k:03d}" for k, m in enumerate(mmsis)], mmsis, [vessels[t // 3] for t in seen])
    out.mmsi[:] = 211_000_001 + rows[:, 3].astype(int) // 3
    return out, np.array([code[t] for t in rows[:, 3].astype(int)], np.int32), book


def _tick(rows: Reports, track: np.ndarray, part: slice, watermark_us: int, book: TrackBook, pools: Pools) -> Tick:
    known = int(track[: part.stop].max()) + 1 if part.stop else 0
    then = TrackBook(book.names[:known], book.mmsi[:known], book.vessel[:known])
    some = rows.take(part)
    return Tick(some, track[part], np.zeros(len(some), np.int64), watermark_us, then, pools)


def batch(seed: int, as_of_us: int | None = None) -> list[Draft]:
    rows, track, book = world(seed)
    kind, end = PositionSpoof(NoContext(), PARAMS), as_of_us or int(rows.t_us[-1])
    n = int(np.searchsorted(rows.t_us, end, side="right"))
    pools = Pools()
    state, drafts = kind.step(kind.start(), _tick(rows, track, slice(0, n), end, book, pools))
    return overlaid(drafts, kind.finish(state, end, book, pools), book)


def live(seed: int, cut: int, as_of_us: int | None = None, *, forget: bool = False) -> list[Draft]:
    """Random ticks, a watermark that lags or runs ahead as far as it may, restarts, and questions in between."""
    rng = np.random.default_rng(cut)
    rows, track, book = world(seed)
    kind, end = PositionSpoof(NoContext(), PARAMS), as_of_us or int(rows.t_us[-1])
    total = int(np.searchsorted(rows.t_us, end, side="right"))
    pools = Pools()
    state, drafts, i, watermark = kind.start(), [], 0, -(2**62)
    while i < total:
        stop = min(total, i + int(rng.integers(1, 120)))
        next_us = int(rows.t_us[stop]) - 1 if stop < total else end
        late_us = max(int(rows.t_us[stop - 1]), next_us - int(rng.integers(0, 400_000_000)))
        watermark = max(watermark, min(next_us, late_us))
        state, more = kind.step(state, _tick(rows, track, slice(i, stop), watermark, book, pools))
        drafts += more
        i = stop
        if rng.uniform() < 0.2:
            state = kind.start() if forget else restore(save(state), STATE_CLASSES)
        if rng.uniform() < 0.2:
            before = save(state)
            kind.finish(state, watermark, book, pools)
            assert save(state) == before, "a question must not change the state"
    state, more = kind.step(state, _tick(rows, track, slice(total, total), end, book, pools))
    return overlaid(drafts + more, kind.finish(state, end, book, pools), book)


def overlaid(drafts: list[Draft], last: list[Draft], book: TrackBook) -> list[Draft]:
    """The last word on each event, as the runner keeps it."""
    names = [(d, tuple(sorted(book.names[code] for code, _ in d.members)), d.key) for d in [*drafts, *last]]
    return list({(members, key): d for d, members, key in names}.values())


def text(drafts: list[Draft]) -> list[str]:
    return sorted(repr(d) for d in drafts)


@settings(max_examples=60)
@given(seed=st.integers(0, 5_000), cut=st.integers(0, 5_000))
def test_any_cut_gives_the_same_drafts(seed: int, cut: int) -> None:
    assert text(live(seed, cut)) == text(batch(seed))


@settings(max_examples=20)
@given(seed=st.integers(0, 5_000), cut=st.integers(0, 5_000), minutes=st.integers(20, 230))
def test_the_same_at_any_as_of_time(seed: int, cut: int, minutes: int) -> None:
    """In the middle of things, and long after the last row."""
    as_of_us = T0_US + minutes * 60_000_000
    assert text(live(seed, cut, as_of_us)) == text(batch(seed, as_of_us))


def test_the_worlds_hold_every_type_and_end() -> None:
    told = [d for seed in range(60) for d in batch(seed)]
    assert {d.type for d in told} == {"circle", "offset", "jump"}
    assert {d.open for d in told} == {True, False}
    assert {d.settled for d in told} == {True, False}
    assert {d.context for d in told} == {True, False}
    assert sum("vessels_near" in d.measures for d in told) >= 10


def test_mutant_that_forgets_its_state_is_seen() -> None:
    assert any(text(live(seed, 1, forget=True)) != text(batch(seed)) for seed in range(10))


def test_chunks_of_a_tick_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [text(batch(seed)) for seed in range(12)]
    monkeypatch.setattr(position_spoof, "CHUNK", 97)
    monkeypatch.setattr(position_spoof, "EVENTS", 16)
    assert [text(batch(seed)) for seed in range(12)] == expected


def test_what_is_over_is_forgotten() -> None:
    """A long quiet after everything: no episode, no group and no window is kept."""
    rows, track, book = world(3)
    kind, pools = PositionSpoof(NoContext(), PARAMS), Pools()
    end = int(rows.t_us[-1]) + 86_400_000_000
    state, _ = kind.step(kind.start(), _tick(rows, track, slice(0, len(rows)), end, book, pools))
    assert (state.episodes, state.running, state.ringing, state.pending, state.groups) == ({}, {}, {}, [], [])
    assert len(state.seen) == 0 and state.windows > 0


def test_state_a_vessel_is_bounded() -> None:
    empty, n = SpoofState(), 64
    rows, track, book = world(3)
    kind, pools = PositionSpoof(NoContext(), PARAMS), Pools()
    state, _ = kind.step(kind.start(), _tick(rows, track, slice(0, len(rows)), int(rows.t_us[-1]), book, pools))
    arrays = [getattr(state, name) for name in ("slots", "info", "held", "times", "places", "counts")]
    assert all(len(getattr(empty, name)) == 0 for name in ("slots", "info", "held"))
    assert all(len(a) == n for a in arrays)
    assert sum(a.nbytes for a in arrays) / n < 3_000
