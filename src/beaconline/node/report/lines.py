"""From a run's result to what its report shows.

Decides: how tracks are ordered and called on the page. Refuses: to thin or to draw; the page does.
Source: none. Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from beaconline.node.presence_csv import presence_record
from beaconline.node.report.model import ReportInput, TrackLines
from beaconline.node.rows import ranks

if TYPE_CHECKING:
    from beaconline.node.watch import Result

__all__ = ["RunLines", "report_input"]


class RunLines:
    """The fixes of a run, read from its rows piece by piece."""

    def __init__(self, result: Result) -> None:
        self._rows, self._all = result.rows, result.book.names
        ranked, _ = ranks(self._all)
        self.names = [self._all[code] for code in ranked]
        self.labels = []
        for code in ranked:
            name, mmsi = result.names[code], result.book.mmsi[code]
            who = f"MMSI {mmsi:09d}" if mmsi >= 0 else self._all[code]
            self.labels.append(f"{name} ({who})" if name else who)

    def __len__(self) -> int:
        return len(self._rows)

    def pieces(self, first: int, after: int | None = None) -> Iterator[TrackLines]:
        """See ``Fixes``. Posits without a track come in pieces of any size."""
        columns = ("lon_e7", "lat_e7", "t_us")
        for low, high in ((first, 0), (max(first, 0), after)):
            if high is not None and high <= low:
                continue
            for track, some in self._rows.pieces(self._all, columns, first=low, after=high, whole=low >= 0):
                yield TrackLines(some["lon_e7"], some["lat_e7"], some["t_us"], track, self.names, self.labels)


def _bare(described: dict[str, Any]) -> dict[str, Any]:
    return {**described, "name": PurePath(described["name"]).name or described["name"]}


def report_input(result: Result) -> ReportInput:
    """What ``write_report`` takes."""
    return ReportInput(
        title="What was seen, and what it may mean",
        mode=result.mode,
        # A report is passed on: it names files, not the folders of the machine that made it.
        summary={**result.summary, "params": result.params, "inputs": [_bare(i) for i in result.summary["inputs"]]},
        findings=result.findings,
        tracks=RunLines(result),
        zones=result.zones,
        presence=[presence_record(row) for row in result.presence],
    )
