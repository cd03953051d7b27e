"""From a run's result to what its report shows.

Decides: how tracks are ordered and called on the page. Refuses: to thin or to draw; the page does.
Source: none. Known failures: none known.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from beaconline.node.report.model import ReportInput, TrackLines

if TYPE_CHECKING:
    from beaconline.node.watch import Result

__all__ = ["report_input", "track_lines"]


def track_lines(result: Result, order: np.ndarray, ranked: list[int]) -> TrackLines:
    """Fixes by track. ``order`` puts rows by track name then time; ``ranked`` lists track codes by name."""
    rank = np.empty(len(ranked) + 1, np.int32)
    rank[ranked] = np.arange(len(ranked), dtype=np.int32)
    rank[-1] = -1  # a posit without a track
    labels = []
    for code in ranked:
        name, mmsi = result.names[code], result.book.mmsi[code]
        who = f"MMSI {mmsi:09d}" if mmsi >= 0 else result.book.names[code]
        labels.append(f"{name} ({who})" if name else who)
    return TrackLines(
        lon_e7=result.reports.lon_e7[order],
        lat_e7=result.reports.lat_e7[order],
        t_us=result.reports.t_us[order],
        track=rank[result.track[order]],
        names=[result.book.names[code] for code in ranked],
        labels=labels,
    )


def _bare(described: dict[str, Any]) -> dict[str, Any]:
    return {**described, "name": PurePath(described["name"]).name or described["name"]}


def report_input(result: Result, order: np.ndarray, ranked: list[int]) -> ReportInput:
    """What ``write_report`` takes."""
    return ReportInput(
        title="What was seen, and what it may mean",
        mode=result.mode,
        # A report is passed on: it names files, not the folders of the machine that made it.
        summary={**result.summary, "params": result.params, "inputs": [_bare(i) for i in result.summary["inputs"]]},
        findings=result.findings,
        tracks=track_lines(result, order, ranked),
        zones=result.zones,
    )
