"""What a report is made from: plain arrays and finished records.

Decides: the shape. Refuses: to know rooms or files. Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.reports import I32, I64

__all__ = ["LandLines", "ReportInput", "TrackLines"]


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
    """

    title: str
    mode: str
    summary: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]]
    tracks: TrackLines
    zones: Sequence[Mapping[str, Any]] = field(default_factory=list)
    land: LandLines | None = None
