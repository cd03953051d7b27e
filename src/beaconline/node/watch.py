"""The main job: position data in, findings with evidence out. ``beaconline.watch`` is this call.

Decides: the order of the stages and what a result holds. Refuses: to judge or to clean; rooms do that.
Source: the contract page, "watch". Known failures: files are read whole (about 200 bytes a report at the peak); a run
over a history (``node/history.py``) is not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from beaconline.foundation.records.report import MODES
from beaconline.foundation.records.times import format_us
from beaconline.foundation.table.reports import I32, Pools, Reports, StaticRows
from beaconline.foundation.table.tracks import TrackBook
from beaconline.see.sources.batch import Reject
from beaconline.understand.findings import Finding, RunLabel

if TYPE_CHECKING:
    from beaconline.node.rows import Rows
    from beaconline.node.wiring import Input, Plan
    from beaconline.see.ingest import Ingested
    from beaconline.understand.presence import PresenceRow

__all__ = ["Feed", "Options", "Result", "Stages", "UnreadableInputError", "cut", "find", "watch"]

SLICE_ROWS = 500_000
"""Rows handed to the steps at a time."""

ProgressCall = Callable[[str, int, int | None], None]


class UnreadableInputError(Exception):
    """At least one input could not be read whole; ``problems`` has a line for each (file, line, reason)."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Options:
    """How to watch. Times are microseconds since 1970; bbox is (west, south, east, north) in degrees, west > east
    across the antimeridian; ``received`` is (time of the first line, lines a second or None) for an untimed log."""

    zones: Sequence[Path] = ()
    masks: Sequence[Path] = ()
    lists: Sequence[Path] = ()
    cables: Sequence[Path] = ()
    mutes: Path | None = None
    mapping: Path | None = None
    profile: Path | None = None
    only: Sequence[str] | None = None
    since_us: int | None = None
    until_us: int | None = None
    bbox: tuple[float, float, float, float] | None = None
    as_of_us: int | None = None
    received: tuple[int, float | None] | None = None
    mode: str = "real"
    skip_unreadable: bool = False


@dataclass(slots=True)
class Result:
    """What a run gives: findings, the reports they rest on with their tracks, rejects, and the balance.

    rows             the reports with their tracks, by track
    summary          the content of ``summary.json``
    zones            GeoJSON features as loaded
    params           parameters by kind
    names            last name of each track by code, or None
    presence         vessel-days by zone and force, as in ``presence.csv``
    """

    findings: list[Finding]
    rows: Rows
    pools: Pools
    book: TrackBook
    rejects: list[Reject]
    summary: dict[str, Any]
    zones: list[dict[str, Any]] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    mode: str = "real"
    names: list[str | None] = field(default_factory=list)
    presence: list[PresenceRow] = field(default_factory=list)

    def write(self, out: str | Path, *, replace: bool = False) -> Path:
        """Write all files of a run into a folder that is absent or empty; returns the folder.

        Raises OutputError when the folder is not empty and ``replace`` is not set, or when the disk is full.
        """
        from beaconline.node.outputs import write_all

        return write_all(self, Path(out), replace=replace)


class Stages:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - begun, 3)


def watch(
    reports: Input | Sequence[Input] | Ingested,
    *,
    zones: Sequence[str | Path] = (),
    options: Options | None = None,
    progress: ProgressCall | None = None,
) -> Result:
    """Read position data and find behaviour in it.

    ``reports`` names files, folders or ``-``, or holds polars frames with the report columns (``t_event``, ``lon_deg``,
    ``lat_deg``, ``mmsi``, …; others with ``options.mapping``), or is an ``Ingested`` that was read before. ``zones``
    adds zone files to those of ``options``. The same reports in any order give the same findings.

    Raises UnreadableInputError when an input cannot be read (unless ``options.skip_unreadable`` and something could),
    and ValueError with file, place and reason for a bad zone, mask, profile or mapping file.
    """
    from dataclasses import replace

    from beaconline.node import wiring

    chosen = options or Options()
    chosen = replace(chosen, zones=[*map(Path, zones), *chosen.zones])
    if chosen.mode not in MODES:
        raise ValueError(f"mode {chosen.mode!r}: one of {', '.join(MODES)}")
    stages = Stages()
    with stages.stage("prepare"):
        plan = wiring.plan(chosen)
    with stages.stage("read"):
        held = wiring.read(reports, chosen, progress)
    problems = [str(error) for error in held.errors]
    if problems and not (chosen.skip_unreadable and len(held.reports) + len(held.statics)):
        raise UnreadableInputError(problems)
    feed = _HeldFeed(held, wiring.select(held.reports, chosen), problems)
    return find(feed, plan, chosen, stages, progress)


class Feed(Protocol):
    """What a run reads, and where its rows go."""

    pools: Pools
    rejects: list[Reject]

    @property
    def rows(self) -> Rows:
        """Every row that was kept."""
        ...

    def slices(self) -> Iterator[tuple[Reports, StaticRows]]:
        """Selected rows in canonical order, each once, a slice ending with an instant; with them the static rows up to
        it (those of the first slice may be of any time)."""
        ...

    def total(self) -> int:
        """How many rows there may be, for the progress bar."""
        ...

    def keep(self, reports: Reports, track: I32, book: TrackBook) -> None:
        """Keep a slice for the files of the run."""
        ...

    def summary(self) -> dict[str, Any]:
        """The balance, ``inputs``, and the feed's own warnings and whether all could be read; once all is read."""
        ...


class _HeldFeed:
    """Inputs that were read whole: all rows are in memory."""

    def __init__(self, held: Ingested, reports: Reports, problems: list[str]) -> None:
        self.held, self.reports, self.problems = held, reports, problems
        self.pools, self.rejects = held.pools, held.rejects
        self.tracks: list[I32] = []

    def total(self) -> int:
        return len(self.reports)

    def slices(self) -> Iterator[tuple[Reports, StaticRows]]:
        yield from cut(self.reports, self.held.statics)

    def keep(self, reports: Reports, track: I32, book: TrackBook) -> None:
        self.tracks.append(track)

    @property
    def rows(self) -> Rows:
        import numpy as np

        from beaconline.node.rows import HeldRows

        return HeldRows(self.reports, np.concatenate([*self.tracks, np.zeros(0, np.int32)]))

    def summary(self) -> dict[str, Any]:
        inputs = [each.as_summary() for each in self.held.inputs]
        told = {"warnings": [*self.held.warnings, *self.problems], "complete": not self.problems}
        return self.held.ledger.as_summary() | {"inputs": inputs} | told


def cut(rows: Reports, statics: StaticRows) -> Iterator[tuple[Reports, StaticRows]]:
    """Ordered rows in slices: the steps hold less at a time, and a person sees how far they are."""
    import numpy as np

    begin = 0
    while begin < len(rows):
        end = min(begin + SLICE_ROWS, len(rows))
        # A slice ends with an instant, since its last time becomes the watermark.
        end = int(np.searchsorted(rows.t_us, rows.t_us[end - 1], side="right"))
        yield (rows if end - begin == len(rows) else rows.take(slice(begin, end))), statics
        statics, begin = StaticRows.empty(), end
    if len(statics):
        yield Reports.blank(0), statics


def find(feed: Feed, plan: Plan, chosen: Options, stages: Stages, progress: ProgressCall | None) -> Result:
    """Hand the rows of a feed to the runner, slice by slice, and put the result together."""
    from beaconline import __version__
    from beaconline.node import wiring

    seen = _Seen()
    with stages.stage("find"):
        runner = wiring.runner(plan, feed.pools, RunLabel(chosen.mode))
        state = runner.start()
        for rows, statics in feed.slices():
            until_us = int(rows.t_us[-1]) if len(rows) else state.watermark_us
            state, track = runner.push(state, rows, statics, until_us, ordered=True)
            feed.keep(rows, track, state.book)
            seen.add(rows, track)
            if progress:
                progress("find", seen.rows, feed.total())
        as_of_us = chosen.as_of_us if chosen.as_of_us is not None else seen.t_max or 0
        runner.label = RunLabel(chosen.mode, wiring.describe_feeds(feed.pools))
        findings = runner.finish(state, as_of_us)
    recorded = format_us(as_of_us) if seen.rows else None
    for finding in findings:
        finding["t_recorded"] = recorded
    summary = feed.summary() | seen.summary() | _count(findings)
    summary |= {"as_of": recorded, "mode": chosen.mode, "tracks": len(state.book), "version": __version__}
    summary["context"] = wiring.context_of(chosen)
    summary["warnings"] += wiring.impossible(seen.rows, seen.unnamed, plan)
    summary["warnings"] += runner.notes(state, as_of_us)
    summary["seconds"] = stages.seconds
    result = Result(findings, feed.rows, feed.pools, state.book, feed.rejects, summary, wiring.zone_features(plan))
    result.params, result.mode = plan.params, chosen.mode
    result.names = runner.names(state, as_of_us)
    result.presence = runner.presence_rows(state, as_of_us)
    return result


class _Seen:
    """What is counted of the rows of a run."""

    def __init__(self) -> None:
        self.rows = self.anonymous = self.unnamed = 0
        self.vessels: set[int] = set()
        self.t_min: int | None = None
        self.t_max: int | None = None

    def add(self, rows: Reports, track: I32) -> None:
        import numpy as np

        if not len(rows):
            return
        self.rows += len(rows)
        self.anonymous += int((track < 0).sum())
        self.unnamed += int(((rows.mmsi < 0) & (rows.sensor_id < 0)).sum())
        self.vessels.update(np.unique(rows.mmsi[rows.mmsi >= 0]).tolist())
        # Codes of sensors' own ids, below every MMSI.
        self.vessels.update((-1 - np.unique(rows.sensor_id[rows.sensor_id >= 0])).tolist())
        self.t_min = int(rows.t_us[0]) if self.t_min is None else self.t_min
        self.t_max = int(rows.t_us[-1])

    def summary(self) -> dict[str, Any]:
        return {
            "selected": self.rows,
            "anonymous": self.anonymous,
            "vessels": len(self.vessels),
            "t_min": None if self.t_min is None else format_us(self.t_min),
            "t_max": None if self.t_max is None else format_us(self.t_max),
        }


def _count(findings: Sequence[Finding]) -> dict[str, Any]:
    by_kind: dict[str, int] = {}
    for finding in findings:
        by_kind[finding["kind"]] = by_kind.get(finding["kind"], 0) + 1
    return {"findings": {"total": len(findings), "by_kind": dict(sorted(by_kind.items()))}}
