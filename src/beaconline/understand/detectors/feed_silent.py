"""Feed silent: a feed, or one station of it, that had been delivering brings nothing for a while.

Decides: a silence of a source that had delivered for an hour, longer than 10 min (a station: 30 min) and than three
times its longest ordinary silence, which fades by a tenth each day with reports. Types: ``feed``, and ``station``
where the reports name who heard them: of a station only while its feed goes on, and only if it was hearing three
vessels or more. Refuses: why, and whether the line, the receiver or the sea was quiet; the end of the data, since a
feed is silent only if the run goes on after it. Meanwhile no vessel of that source is known to have been silent. A
finding has no members; it is about ``inputs``. Its place is that of the last report before the silence. Source:
behaviours page ("none while the feed itself is silent"); the limits are start values of this module. Known failures: a
source that slowly thins out; a station whose last vessels all leave within the hour is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.records.finding import Draft, Evidence, Scalar
from beaconline.foundation.records.times import NO_TIME, format_us
from beaconline.foundation.table.reports import I32, I64, Pools, SetPool
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.detectors import feed_silent_rows as rows
from beaconline.understand.ground import Ground
from beaconline.understand.step import Params, Tick, numbers_of

__all__ = ["DEFAULTS", "STATE_CLASSES", "FeedSilent", "FeedSilentState", "build"]

DEFAULTS: dict[str, int | float | str] = {
    "feed_silence_s": 600,  # a dense feed brings something every second; an officer wants to know within minutes
    "station_silence_s": 1_800,  # one receiver may hear nobody for a while; less, and calm nights are told
    "times": 3.0,  # of its longest ordinary silence; less, and chance alone tells some
    "reports": 30,  # fewer, and what is ordinary is not known
    "learn_s": 3_600,  # delivering for at least so long
}
"""Start values with their origin; the profile lays others over them."""

LARGEST: dict[str, float] = {
    "feed_silence_s": 1e9, "station_silence_s": 1e9, "times": 1_000, "reports": 1e9, "learn_s": 1e9,
}  # fmt: skip
"""Largest value of each parameter; 0 is the smallest."""

MOST_SOURCES = 4_096
"""Feeds, and stations, that are watched; further ones are not. 1.5 MB together."""
MOST_NAME = 64
"""Characters of a source's name in a sentence."""


@dataclass(slots=True)
class FeedSilentState:
    """Names of the sources, feeds and stations apart ("f" or "s" before the name), and the arrays of ``Sources``."""

    names: list[str] = field(default_factory=list)
    numbers: I64 = field(default_factory=lambda: np.zeros((0, rows.N_SOURCE), np.int64))
    heads: I64 = field(default_factory=lambda: np.zeros(rows.N_HEADS, np.int64))


STATE_CLASSES: tuple[type, ...] = (FeedSilentState,)
"""Classes that a saved state of this kind holds."""


class FeedSilent:
    """The kind ``feed_silent``; see the module. ``key`` holds type, name and start."""

    name = "feed_silent"
    version = "1"

    def __init__(self, params: Params | None = None) -> None:
        self.params: Params = {**DEFAULTS, **(params or {})}
        number = numbers_of("feed_silent", self.params, LARGEST)
        self.rule = rows.SilenceRule(
            feed_us=int(number["feed_silence_s"] * 1e6),
            station_us=int(number["station_silence_s"] * 1e6),
            times=number["times"],
            rows=max(2, int(number["reports"])),
            learn_us=int(number["learn_s"] * 1e6),
        )

    def start(self) -> FeedSilentState:
        """The state before any row."""
        return FeedSilentState()

    def step(self, state: FeedSilentState, tick: Tick) -> tuple[FeedSilentState, list[Draft]]:
        """Take rows; returns the silences that ended."""
        reports = tick.reports
        if not len(reports):
            return state, []
        feed_at, feeds = _sources(state, "f", reports.feeds, tick.pools.feeds)
        station_at, stations = _sources(state, "s", reports.stations, tick.pools.stations)
        columns = rows.Rows(
            reports.t_us, reports.lon_e7, reports.lat_e7, tick.track, reports.feeds, reports.stations,
            feed_at, feeds, station_at, stations,
        )  # fmt: skip
        room = int(np.diff(feed_at).max() + np.diff(station_at).max())
        drafts: list[Draft] = []
        begin = 0
        while begin < len(reports):
            sources = self._sources(state, room + 256)
            begin = rows.advance(self.rule, sources, columns, begin, room)
            drafts += self._found(state, sources, tick.book)
        return state, drafts

    def finish(self, state: FeedSilentState, as_of_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """Sources that are silent if the data ended at ``as_of_us``."""
        sources = self._sources(state, len(state.names))
        rows.still_silent(self.rule, sources, as_of_us)
        return self._found(state, sources, book)

    def _sources(self, state: FeedSilentState, room: int) -> rows.Sources:
        state.heads[rows.FOUND] = 0
        return rows.Sources(state.numbers, state.heads, np.zeros((room, rows.N_OUT), np.int64))

    def _found(self, state: FeedSilentState, sources: rows.Sources, book: TrackBook) -> list[Draft]:
        found = int(sources.heads[rows.FOUND])
        sources.heads[rows.FOUND] = 0
        return [_draft(n, state.names, book, self.rule) for n in sources.out[:found].tolist()]


def _sources(state: FeedSilentState, letter: str, codes: I32, pool: SetPool) -> tuple[I64, I64]:
    """Which sources each set of names stands for: offsets by code, and numbers. Sets met for the first time take their
    place in order of rows, so that the numbers do not depend on how rows were cut into ticks."""
    known = {name: k for k, name in enumerate(state.names) if name[0] == letter}
    met = np.full(len(pool), -1, np.int64)
    listed: dict[int, list[int]] = {}
    for code in met[: rows.first_met(codes, np.zeros(len(pool), np.bool_), met)].tolist():
        for name in pool[code]:
            if letter + name not in known and len(known) < MOST_SOURCES:
                known[letter + name] = len(state.names)
                state.names.append(letter + name)
        listed[code] = [known[letter + name] for name in pool[code] if letter + name in known]
    size = np.zeros(len(pool) + 1, np.int64)
    for code, numbers in listed.items():
        size[code + 1] = len(numbers)
    more = len(state.names) - len(state.numbers)
    if more:
        fresh = np.zeros((more, rows.N_SOURCE), np.int64)
        fresh[:, [rows.FEED, rows.TRACK]] = -1
        fresh[:, rows.TOLD_T : rows.RECENT] = NO_TIME
        fresh[:, rows.RECENT :: 2] = -1
        state.numbers = np.concatenate([state.numbers, fresh])
    flat = [number for code in sorted(listed) for number in listed[code]]
    return np.cumsum(size), np.array(flat, np.int64)


def _span(us: int) -> str:
    minutes = us // 60_000_000
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _plain(name: str) -> str:
    """A name off the air, for a sentence: no braces (they mark members) and no more than MOST_NAME characters."""
    return name.replace("{", "(").replace("}", ")")[:MOST_NAME]


def _draft(n: list[int], names: list[str], book: TrackBook, rule: rows.SilenceRule) -> Draft:
    letter, name = names[n[rows.SOURCE]][0], names[n[rows.SOURCE]][1:]
    kind_type = "feed" if letter == "f" else "station"
    closed, start_us, end_us = bool(n[rows.CLOSED]), n[rows.T], n[rows.U_T]
    ordinary_us = n[rows.LONGEST]
    measures: dict[str, Scalar] = {
        "silence_s": (end_us - start_us) // 1000 / 1000,
        "limit_s": n[rows.LIMIT] // 1000 / 1000,
        "longest_ordinary_silence_s": ordinary_us // 1000 / 1000,
        "reports_before": n[rows.ROWS],
        "reports_of_others_meanwhile": n[rows.OTHERS] - (1 if closed else 0),
    }
    source = f"{kind_type} {name}"
    track = book.names[n[rows.TRACK]] if n[rows.TRACK] >= 0 else None
    evidence = [Evidence("last report before the silence", start_us, n[rows.LON], n[rows.LAT], track, source)]
    if closed:
        back = book.names[n[rows.U_TRACK]] if n[rows.U_TRACK] >= 0 else None
        evidence.append(Evidence("first report after the silence", end_us, n[rows.U_LON], n[rows.U_LAT], back, source))
    against = []
    if closed and measures["reports_of_others_meanwhile"] == 0:
        against.append(Evidence("nothing else brought a report meanwhile: the recording itself may have a hole"))
    feeds = (name,) if letter == "f" else (names[n[rows.FEED]][1:],)
    since = format_us(start_us)
    args: dict[str, Scalar] = {"source": name, "silence_s": measures["silence_s"], "since": since}
    end = "" if closed else " so far"
    usual = (
        f"its longest ordinary silence was {_span(ordinary_us)}" if ordinary_us >= 60_000_000 else "it was dense before"
    )
    subject = "Feed" if letter == "f" else f"Station {_plain(name)} of feed"
    span = _span(end_us - start_us)
    why = f"{subject} {_plain(feeds[0])} brought nothing for {span}{end} after {since[11:16]} UTC; {usual}."
    return Draft(
        kind="feed_silent",
        type=kind_type,
        t_start_us=start_us,
        t_end_us=end_us,
        open=not closed,
        settled=closed,
        members=(),
        lon_e7=n[rows.LON],
        lat_e7=n[rows.LAT],
        zones=(),
        measures=measures,
        evidence=tuple(evidence),
        counter_evidence=tuple(against),
        masks=(),
        why_key=f"feed_silent.{kind_type}",
        why_args=args,
        why=why,
        key=f"{kind_type}:{name}:{start_us}",
        feeds=feeds,
    )


def build(ground: Ground, params: Params) -> FeedSilent:
    """The kind; raises ValueError that names a parameter out of range. It asks nothing of the ground."""
    return FeedSilent(params)
