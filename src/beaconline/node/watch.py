"""The main job: position data in, findings with evidence out. ``beaconline.watch`` is this call.

Decides: the order of the stages and what a result holds. Refuses: to judge or to clean; rooms do that.
Source: the contract page, "watch". Known failures: everything is held in memory (about 200 bytes a report at the peak).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beaconline.foundation.records.report import MODES
from beaconline.foundation.records.times import format_us
from beaconline.foundation.table.reports import I32, Pools, Reports, StaticRows
from beaconline.foundation.table.tracks import TrackBook
from beaconline.see.sources.batch import Reject
from beaconline.understand.findings import Finding, RunLabel

if TYPE_CHECKING:
    from beaconline.node.wiring import Input
    from beaconline.see.ingest import Ingested
    from beaconline.understand.runner import Runner, RunState

__all__ = ["Options", "Result", "UnreadableInputError", "watch"]

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

    reports, track   n rows in canonical order and their track codes (-1 = anonymous posit)
    summary          the content of ``summary.json``
    zones            GeoJSON features as loaded
    params           parameters by kind
    names            last name of each track by code, or None
    """

    findings: list[Finding]
    reports: Reports
    track: I32
    pools: Pools
    book: TrackBook
    rejects: list[Reject]
    summary: dict[str, Any]
    zones: list[dict[str, Any]] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    mode: str = "real"
    names: list[str | None] = field(default_factory=list)

    def write(self, out: str | Path, *, replace: bool = False) -> Path:
        """Write all files of a run into a folder that is absent or empty; returns the folder.

        Raises OutputError when the folder is not empty and ``replace`` is not set, or when the disk is full.
        """
        from beaconline.node.outputs import write_all

        return write_all(self, Path(out), replace=replace)


class _Stages:
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

    from beaconline import __version__
    from beaconline.node import wiring

    chosen = options or Options()
    chosen = replace(chosen, zones=[*map(Path, zones), *chosen.zones])
    if chosen.mode not in MODES:
        raise ValueError(f"mode {chosen.mode!r}: one of {', '.join(MODES)}")
    stages = _Stages()
    with stages.stage("prepare"):
        plan = wiring.plan(chosen)
    with stages.stage("read"):
        held = wiring.read(reports, chosen, progress)
    problems = [str(error) for error in held.errors]
    if problems and not (chosen.skip_unreadable and len(held.reports) + len(held.statics)):
        raise UnreadableInputError(problems)
    rows = wiring.select(held.reports, chosen)
    as_of_us = _as_of(rows, chosen)
    with stages.stage("find"):
        label = RunLabel(chosen.mode, wiring.describe_feeds(held))
        runner = wiring.runner(plan, held.pools, label)
        state, track = _push(runner, rows, held.statics, as_of_us, progress)
        findings = runner.finish(state, as_of_us)
    recorded = format_us(as_of_us) if len(rows) else None
    for finding in findings:
        finding["t_recorded"] = recorded
    summary = _summary(held, rows, track, findings, chosen)
    summary |= {"as_of": recorded, "mode": chosen.mode, "tracks": len(state.book), "version": __version__}
    summary["context"] = wiring.context_of(chosen)
    summary |= {"warnings": [*held.warnings, *problems, *wiring.impossible(rows, plan)], "complete": not problems}
    summary["seconds"] = stages.seconds
    result = Result(findings, rows, track, held.pools, state.book, held.rejects, summary, wiring.zone_features(plan))
    result.params, result.mode = plan.params, chosen.mode
    result.names = runner.names(state, as_of_us)
    return result


def _push(
    runner: Runner, rows: Reports, statics: StaticRows, as_of_us: int, progress: ProgressCall | None
) -> tuple[RunState, I32]:
    """Hand ordered rows over in slices: the steps hold less at a time, and a person sees how far they are."""
    import numpy as np

    state, tracks, begin = runner.start(), [], 0
    while begin < len(rows):
        end = min(begin + SLICE_ROWS, len(rows))
        # A slice ends with an instant, since its last time becomes the watermark.
        end = int(np.searchsorted(rows.t_us, rows.t_us[end - 1], side="right"))
        some = rows if end - begin == len(rows) else rows.take(slice(begin, end))
        until_us = as_of_us if end == len(rows) else int(rows.t_us[end - 1])
        state, track = runner.push(state, some, statics, until_us, ordered=True)
        tracks.append(track)
        statics, begin = StaticRows.empty(), end
        if progress:
            progress("find", end, len(rows))
    if not tracks:
        return runner.push(state, rows, statics, as_of_us, ordered=True)
    return state, np.concatenate(tracks)


def _as_of(rows: Reports, options: Options) -> int:
    if options.as_of_us is not None:
        return options.as_of_us
    return int(rows.t_us.max()) if len(rows) else 0


def _summary(
    held: Ingested, rows: Reports, track: I32, findings: Sequence[Finding], options: Options
) -> dict[str, Any]:
    import numpy as np

    by_kind: dict[str, int] = {}
    for finding in findings:
        by_kind[finding["kind"]] = by_kind.get(finding["kind"], 0) + 1
    vessels = len(np.unique(rows.mmsi[rows.mmsi >= 0])) + len(np.unique(rows.sensor_id[rows.sensor_id >= 0]))
    summary = held.ledger.as_summary()
    summary |= {
        "selected": len(rows),
        "anonymous": int((track < 0).sum()),
        "vessels": vessels,
        "t_min": format_us(int(rows.t_us.min())) if len(rows) else None,
        "t_max": format_us(int(rows.t_us.max())) if len(rows) else None,
        "findings": {"total": len(findings), "by_kind": dict(sorted(by_kind.items()))},
        "inputs": [i.as_summary() for i in held.inputs],
    }
    return summary
