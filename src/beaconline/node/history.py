"""A run over a node's history: days in time order, a slice in memory at a time.

Decides: which parts of the history a run opens, and up to which time its rows are believed: the rule by which files are
judged (``see/clean/quarantine.py``), over all that the history holds. So a run finds what a run over the imported files
themselves finds. Refuses: rows beyond that time (they are told as rejects of the run and stay in the history), and
a mode other than that of the history. Source: ``docs/reference/history.md``. Known failures: with ``--since``, static
messages of more than LOOK_BACK_DAYS before it are not read; where rows lie behind a silence of 36 hours or more, the
times of all rows are read once to judge them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from beaconline.foundation.records.times import NO_TIME, format_us
from beaconline.foundation.store.history import DAY_US, HOUR_US, History, day_of
from beaconline.foundation.store.home import HomeError, Part
from beaconline.foundation.table.reports import I32, Pools, Reports, StaticRows
from beaconline.foundation.table.tracks import TrackBook
from beaconline.node import wiring
from beaconline.node.history_limit import believed_until
from beaconline.node.rows import SpilledRows
from beaconline.node.watch import Options, ProgressCall, Result, Stages, cut, find
from beaconline.see.ingest import TIME_AHEAD
from beaconline.see.inputs import MAX_INPUTS
from beaconline.see.sources.batch import Reject

__all__ = ["LOOK_BACK_DAYS", "believed_until", "watch_home"]

LOOK_BACK_DAYS: Final = 31
"""Days of static messages that are read before ``--since``, so that a ship has its name. More: a run over one day of a
long history reads all of it. Fewer: a name told once a month is missed."""


def watch_home(
    home: str | Path,
    *,
    zones: Sequence[str | Path] = (),
    options: Options | None = None,
    mode: str | None = None,
    progress: ProgressCall | None = None,
    aside: Path | None = None,
) -> Result:
    """Find behaviour in the history of a home; as ``watch`` does in files.

    ``mode``, where given, must be that of the history, which the result has in any case (that of ``options`` does not
    count). ``aside`` is a folder on a disk with room for the rows of the run (70 bytes a row) until the result is
    dropped; the system's folder for temporary files without it.

    Raises HomeError when the home is none, broken or newer, and ValueError as ``watch`` does.
    """
    chosen = options or Options()
    chosen = replace(chosen, zones=[*map(Path, zones), *chosen.zones])
    if chosen.mapping is not None or chosen.received is not None:
        raise ValueError("a mapping and times for a log belong to the import of files, not to a run over a history")
    stages = Stages()
    with stages.stage("prepare"):
        plan = wiring.plan(chosen)
    with History(home) as history:
        if mode is not None and mode != history.mode:
            raise ValueError(f"mode {mode}: {home} holds data of mode {history.mode}, and modes never mix")
        chosen = replace(chosen, mode=history.mode)
        with stages.stage("read"):
            feed = _HomeFeed(history, chosen, aside)
        return find(feed, plan, chosen, stages, progress)


class _HomeFeed:
    """The days of a history."""

    def __init__(self, history: History, options: Options, aside: Path | None) -> None:
        self.history, self.options = history, options
        self.pools, self.rejects = Pools(), list[Reject]()
        self.rows = SpilledRows(aside)
        self.limit_us = believed_until(history)
        self.read_rows = self.static_rows = 0
        self.names = history.source_names()
        self.parts = [part for part in history.parts if part.rows and not self._unasked(part)]

    def total(self) -> int:
        return sum(part.rows for part in self.parts)

    def keep(self, reports: Reports, track: I32, book: TrackBook) -> None:
        self.rows.add(reports, track, book.names)

    def _span(self, part: Part) -> tuple[int, int]:
        begin = day_of(part)
        return begin + part.hours[0] * HOUR_US, begin + part.hours[1] * HOUR_US

    def _too_late(self, part: Part) -> bool:
        first, chosen = self._span(part)[0], self.options
        if chosen.as_of_us is not None:
            return first > chosen.as_of_us
        return chosen.until_us is not None and first >= chosen.until_us

    def _unasked(self, part: Part) -> bool:
        """No report of the part is looked at."""
        first, after = self._span(part)
        since, until = self.options.since_us, self.options.until_us
        return self._too_late(part) or (since is not None and after <= since) or (until is not None and first >= until)

    def _forgotten(self, part: Part) -> bool:
        since = self.options.since_us
        return since is not None and self._span(part)[1] <= since - LOOK_BACK_DAYS * DAY_US

    def slices(self) -> Iterator[tuple[Reports, StaticRows]]:
        """See ``Feed``; days before those asked for give static rows only."""
        waiting = [self._timeless()]
        for part in self.history.parts:
            if self._too_late(part) or self._forgotten(part):
                continue
            rows, statics = self._part(part)
            waiting.append(statics)
            if len(rows):
                yield from cut(rows, StaticRows.concat(waiting))
                waiting = []
        if any(map(len, waiting)):
            yield Reports.blank(0), StaticRows.concat(waiting)

    def _part(self, part: Part) -> tuple[Reports, StaticRows]:
        if self._unasked(part):
            statics = self.history.read_statics(part, self.pools, self.names)
            self.static_rows += len(statics)
            return Reports.blank(0), self._believed_statics(statics)
        rows, statics, refs = self.history.read_part(part, self.pools, self.names)
        if len(self.pools.sources) > MAX_INPUTS:
            raise HomeError(
                f"{self.history.home}: the days asked for come from more than {MAX_INPUTS} inputs; name fewer with"
                " --since and --until"
            )
        if len(refs):
            self.pools.merged_refs.append(refs)
        self.read_rows += len(rows)
        self.static_rows += len(statics)
        if self.limit_us is not None and len(rows) and int(rows.t_us[-1]) > self.limit_us:
            ahead = rows.t_us > self.limit_us
            self._reject(rows.take(ahead))
            rows = rows.take(~ahead)
        return wiring.select(rows, self.options), self._believed_statics(statics)

    def _believed_statics(self, statics: StaticRows) -> StaticRows:
        """Without those ahead of the rest, which come first and without their times."""
        if self.limit_us is None:
            return statics
        keep = statics.t_us <= self.limit_us
        return StaticRows(*(getattr(statics, name)[keep] for name in StaticRows.__dataclass_fields__))

    def _timeless(self) -> StaticRows:
        """Static rows without a time, and those whose time is not believed."""
        rows = [self.history.undated(self.pools, self.names)]
        self.static_rows += len(rows[0])
        if self.limit_us is not None:
            for part in self.history.parts:
                if self._span(part)[1] > self.limit_us and part.static_rows:
                    statics = self.history.read_statics(part, self.pools, self.names)
                    ahead = statics.t_us > self.limit_us
                    columns = {n: getattr(statics, n)[ahead] for n in StaticRows.__dataclass_fields__}
                    rows.append(StaticRows(**{**columns, "t_us": np.full(int(ahead.sum()), NO_TIME, np.int64)}))
        return StaticRows.concat(rows)

    def _reject(self, rows: Reports) -> None:
        assert self.limit_us is not None
        for k in range(len(rows)):
            when = format_us(int(rows.t_us[k]))
            raw = f"t_event={when} mmsi={rows.mmsi[k]} lon_e7={rows.lon_e7[k]} lat_e7={rows.lat_e7[k]}".encode()
            detail = f"{when} is ahead of {format_us(self.limit_us)}, up to where the other rows reach"
            source = self.pools.sources[int(rows.source[k])]
            self.rejects.append(Reject(source, int(rows.line[k]), TIME_AHEAD, raw, detail))

    def summary(self) -> dict[str, Any]:
        """The balance of what was read from the history, and what the history is."""
        told = self.history.stats()
        first, last = told.pop("t_min_us"), told.pop("t_max_us")
        told |= {
            "t_min": None if first is None else format_us(first),
            "t_max": None if last is None else format_us(last),
        }
        ahead = len(self.rejects)
        warnings = []
        if ahead and self.limit_us is not None:
            warnings.append(
                f"{ahead} rows are in quarantine ({TIME_AHEAD}): their times lie beyond {format_us(self.limit_us)}"
            )
        return {
            "rows_in": self.read_rows + self.static_rows,
            "reports": self.read_rows - ahead,
            "rejects": {"total": ahead, "by_reason": {TIME_AHEAD: ahead} if ahead else {}},
            "duplicates": 0,
            "without_position": self.static_rows,
            "notes": {},
            "inputs": [],
            "history": told,
            "warnings": warnings,
            "complete": True,
        }
