"""What a report is made from: plain arrays and finished records.

Decides: the shape. Refuses: to know rooms or files. Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.reports import I32, I64

__all__ = ["Fixes", "LandLines", "ReportInput", "TrackLines"]


class Fixes(Protocol):
    """Fixes of all tracks by (track, t_us), in memory or not.

    names, labels   per track its name in findings, and what to show ("EVER SO (416000001)")
    """

    @property
    def names(self) -> Sequence[str]: ...

    @property
    def labels(self) -> Sequence[str]: ...

    def __len__(self) -> int: ...

    def pieces(self, first: int, after: int | None = None) -> Iterator[TrackLines]:
        """Fixes of the tracks first..after-1 (-1: posits without a track), in order; a piece ends with a track."""
        ...


@dataclass(frozen=True, slots=True)
class TrackLines:
    """n fixes, ordered by (track, t_us).

    lon_e7, lat_e7  int32[n], WGS 84 degrees x 1e7
    t_us            int64[n], microseconds since 1970 UTC
    track           int32[n], position in names; -1 = a posit without a track
    names, labels   per track its name in findings, and what to show ("EVER SO (416000001)")
    """

    lon_e7: I32
    lat_e7: I32
    t_us: I64
    track: I32
    names: Sequence[str]
    labels: Sequence[str]

    def __len__(self) -> int:
        return len(self.t_us)

    def pieces(self, first: int, after: int | None = None) -> Iterator[TrackLines]:
        """All in one piece; see ``Fixes``."""
        begin = int(np.searchsorted(self.track, np.int32(first)))
        end = len(self) if after is None else int(np.searchsorted(self.track, np.int32(after)))
        if end > begin:
            yield TrackLines(
                self.lon_e7[begin:end],
                self.lat_e7[begin:end],
                self.t_us[begin:end],
                self.track[begin:end],
                self.names,
                self.labels,
            )

    @staticmethod
    def empty() -> TrackLines:
        i32 = np.zeros(0, np.int32)
        return TrackLines(i32, i32, np.zeros(0, np.int64), i32, [], [])


@dataclass(frozen=True, slots=True)
class LandLines:
    """Land for the map: rings, float64[k, 2] of (lon, lat) degrees; land is their even-odd sum."""

    rings: Sequence[F64]
    tolerance_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class ReportInput:
    """Everything a report shows.

    title     first line of the page
    mode      "real", "exercise", "test" or "simulated"
    summary   content of summary.json, with warnings, inputs and params
    findings  ``finding/1`` objects, in the order of findings.jsonl
    tracks    the fixes
    zones     GeoJSON features as loaded
    land      None = take the shipped land for the drawn area
    presence  rows of ``presence.csv``, by its columns; shown for zones
    """

    title: str
    mode: str
    summary: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]]
    tracks: Fixes
    zones: Sequence[Mapping[str, Any]] = field(default_factory=list)
    land: LandLines | None = None
    presence: Sequence[Mapping[str, Any]] = ()
