"""From a run's result to what the report is made from.

Decides: the order of fixes (by track, then time) and what a track is called on the map: the last name heard on it, and
its MMSI. Refuses: to take a name from another track of the same MMSI. Known failures: none known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64, Pools
from beaconline.foundation.table.tracks import TrackBook
from beaconline.node.report.model import ReportInput, TrackLines

if TYPE_CHECKING:
    from beaconline.node.watch import Result

__all__ = ["report_input", "track_labels"]


@kernel
def _by_track(track: I32, tracks: int) -> I64:
    """Rows ordered by track (-1 first), each track's rows in the order they had: a counting sort."""
    at = np.zeros(tracks + 2, np.int64)
    for i in range(len(track)):
        at[track[i] + 2] += 1
    for k in range(1, len(at)):
        at[k] += at[k - 1]
    order = np.empty(len(track), np.int64)
    for i in range(len(track)):
        k = track[i] + 1
        order[at[k]] = i
        at[k] += 1
    return order


@kernel
def _last_named(track: I32, static: I32, has_name: I32, tracks: int) -> I32:
    """Per track the static code of its last row with a name; 0 = none. Rows in order of time."""
    out = np.zeros(tracks, np.int32)
    for i in range(len(track)):
        if track[i] >= 0 and has_name[static[i]]:
            out[track[i]] = static[i]
    return out


def track_labels(track: I32, static: I32, pools: Pools, book: TrackBook) -> list[str]:
    """What to call each track: "NAME (MMSI)", one of the two, or the track's own name."""
    has_name = np.array([record.name is not None for record in pools.statics.records], np.int32)
    codes = _last_named(track, static, has_name, len(book)).tolist()
    labels = []
    for name, mmsi, code in zip(book.names, book.mmsi, codes, strict=True):
        called = pools.statics[code].name if code else None
        if mmsi >= 0:
            labels.append(f"{called} ({mmsi:09d})" if called else f"{mmsi:09d}")
        else:
            labels.append(called or name)
    return labels


def report_input(result: Result) -> ReportInput:
    """The report of a run."""
    rows = result.reports
    order = _by_track(result.track, len(result.book))
    tracks = TrackLines(
        lon_e7=rows.lon_e7[order],
        lat_e7=rows.lat_e7[order],
        t_us=rows.t_us[order],
        track=result.track[order],
        names=result.book.names,
        labels=track_labels(result.track, rows.static, result.pools, result.book),
    )
    summary = {**result.summary, "params": result.params}
    return ReportInput("Watch report", result.mode, summary, result.findings, tracks, result.zones)
