"""An imitation: ordinary work at sea, a fault of reception, or false positions, with the answer a whole watch wants.

Decides: how courses become reports as an antenna gets them: each vessel at its own interval, scattered, some lost, some
twice, some out of order; and what the default queue must then hold over all kinds together. Refuses: to know how
anything is detected. Everything follows from one seed.
Known failures: scatter is white and of one size; what is lost is lost at random, and more of it towards the end of an
antenna's reach.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from scenarios.scenes.scene import BEGIN, NM_M, Scene, Vessel

__all__ = ["LOST", "REPEATED", "SCATTER_M", "Antenna", "Crew", "Imitation", "hidden"]

LOST, REPEATED, SHUFFLED = 0.05, 0.01, 0.01
"""Shares of reports that never arrive, arrive twice, and arrive in the wrong order."""
SCATTER_M = 10.0
"""Standard deviation of a position on each axis, metres: a good receiver on a moving deck."""
OCEANS = ((-30.0, 10.0), (-38.0, -31.0), (170.0, -25.0), (179.9, 33.0), (-140.0, 22.0), (75.0, -22.0), (-33.0, 48.0))
"""Deep open water, farther than 200 nm from any shore."""
SHORES = (
    (-57.0, 6.15), (133.12, 32.62), (177.3, -6.24), (-86.62, 30.25), (59.95, 22.54), (40.91, -2.5), (-175.57, 51.83),
    (-11.17, 6.49), (-73.61, -38.75), (131.34, -7.18),
)  # fmt: skip
"""Open water 7 to 9 nm off a shore."""


@dataclass(frozen=True, slots=True)
class Antenna:
    """An antenna: place and reach in nautical miles, and the minutes (from, until) in which it brings nothing. It hears
    all within three quarters of its reach, and ever less beyond."""

    name: str
    east_nm: float = 0.0
    north_nm: float = 0.0
    reach_nm: float = 1e9
    silent: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Imitation(Scene):
    """A scene that answers for the default queue of all kinds together.

    expect    what stands in the default queue, each exactly once; nothing else may
    masks     (kind, east, north) of ports and anchorages near by
    antennas  who hears; none = one antenna that hears all
    noise     seed of loss, repeats and order
    """

    masks: Sequence[tuple[str, float, float]] = ()
    antennas: Sequence[Antenna] = ()
    noise: int = 0

    def mask_file(self, folder: Path) -> Path:
        """The masks as a CSV file in a folder."""
        out = io.StringIO()
        table = csv.writer(out)
        table.writerow(["kind", "longitude", "latitude"])
        for kind, east, north in self.masks:
            table.writerow([kind, *(f"{v:.5f}" for v in self.place(east, north))])
        path = folder / "places.csv"
        path.write_text(out.getvalue(), encoding="utf-8")
        return path

    def _places(self, east: Any, north: Any) -> tuple[Any, Any]:
        """As ``place``, over columns."""
        e = -east if self.mirrored else east
        b = np.arctan2(e, north) + math.radians(self.turned_deg)
        d = np.hypot(e, north) * NM_M / 6_371_008.8
        f = math.radians(self.origin[1])
        s = np.sin(f) * np.cos(d) + np.cos(f) * np.sin(d) * np.cos(b)
        lon = self.origin[0] + np.degrees(np.arctan2(np.sin(b) * np.sin(d) * np.cos(f), np.cos(d) - np.sin(f) * s))
        return (lon + 540.0) % 360.0 - 180.0, np.degrees(np.arcsin(s))

    def _heard(self, minute: Any, east: Any, north: Any, rng: np.random.Generator) -> tuple[Any, list[list[str]]]:
        antennas = self.antennas or (Antenna("s1"),)
        by = []
        for a in antennas:
            share = 4.0 * (1.0 - np.hypot(east - a.east_nm, north - a.north_nm) / a.reach_nm)
            dead = np.zeros(len(minute), bool)
            for begin, end in a.silent:
                dead |= (minute >= begin) & (minute < end)
            by.append((rng.random(len(minute)) < share) & ~dead)
        each = np.array(by)
        kept = each.any(axis=0)
        return kept, [[a.name for a, one in zip(antennas, row, strict=True) if one] for row in each.T[kept]]

    def frame(self) -> pl.DataFrame:
        """The reports as they arrive."""
        parts = []
        for vessel in self.vessels:
            if not vessel.fixes:
                continue
            rng = np.random.default_rng((self.noise, vessel.mmsi))
            minute, east, north = (
                np.array([getattr(f, name) for f in vessel.fixes]) for name in ("minute", "east_nm", "north_nm")
            )
            kept, stations = self._heard(minute, east, north, rng)
            if not kept.any():
                continue
            off = rng.normal(0.0, SCATTER_M / NM_M, (2, int(kept.sum())))
            lon, lat = self._places(east[kept] + off[0], north[kept] + off[1])
            fixes = [f for f, keep in zip(vessel.fixes, kept, strict=True) if keep]
            start = np.datetime64((BEGIN + self.shifted).replace(tzinfo=None), "us")
            table: dict[str, Any] = {
                "t_event": start + np.round(minute[kept] * 60e6).astype("timedelta64[us]"),
                "mmsi": np.full(len(lon), vessel.mmsi), "lon_deg": np.round(lon, 6), "lat_deg": np.round(lat, 6),
                "sog_kn": [None if f.sog_kn is None else round(abs(f.sog_kn), 1) for f in fixes],
                "cog_deg_true": [None if f.cog_deg is None else round(self._course(f.cog_deg), 1) % 360 for f in fixes],
                "nav_status": [f.nav_status for f in fixes], "sensor": [vessel.sensor] * len(fixes),
                "stations": stations,
            }  # fmt: skip
            table |= {name: [value] * len(fixes) for name, value in vessel.static.items()}
            parts.append(pl.DataFrame(table).filter(pl.Series(rng.random(len(lon)) >= LOST)))
        rows = pl.concat(parts, how="diagonal").with_columns(pl.col("t_event").dt.replace_time_zone("UTC"))
        return self._arrived(rows.sort("t_event", "mmsi"))

    def _arrived(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Some twice, some too late."""
        rng = np.random.default_rng(self.noise)
        twice = rows.filter(pl.Series(rng.random(len(rows)) < REPEATED))
        rows = pl.concat([rows, twice])
        late = np.arange(len(rows)) + np.where(rng.random(len(rows)) < SHUFFLED, 500, 0)
        return rows[np.argsort(late, kind="stable")]


class Crew:
    """Draws of one imitation: vessels with their own intervals, where it lies, how it is turned."""

    def __init__(self, seed: int, number: int) -> None:
        self.seed = seed
        self.rng = np.random.default_rng((seed, number))
        self.next = 799_400_000 + 1_000 * number

    def between(self, low: float, high: float) -> float:
        """A number drawn evenly."""
        return float(self.rng.uniform(low, high))

    def vessel(
        self, east_nm: float, north_nm: float, minute: float = 0.0, *, ship_type: int = 70, length_m: int = 120,
        most_step_s: float = 180.0, least_step_s: float = 10.0, status: int | None = 0,
    ) -> Vessel:  # fmt: skip
        """A vessel of its own number, name and call sign, and an interval drawn evenly by its logarithm."""
        self.next += 1
        step = math.exp(self.between(math.log(least_step_s), math.log(most_step_s)))
        return Vessel(
            self.next, east_nm, north_nm, minute + self.between(0.0, step / 60.0), step_s=step, status=status,
            name=f"SIM {self.next % 1_000_000}", callsign=f"Z{self.next % 1_000_000:06d}", ship_type=ship_type,
            length_m=length_m,
        )  # fmt: skip

    def scene(
        self, name: str, says: str, vessels: Sequence[Vessel], *, near_shore: bool = False, **more: Any
    ) -> Imitation:
        """The imitation, somewhere on the globe."""
        places = SHORES if near_shore else OCEANS
        return Imitation(
            name, "", says, vessels, origin=places[int(self.rng.integers(len(places)))],
            turned_deg=self.between(0.0, 360.0), mirrored=bool(self.rng.random() < 0.5),
            shifted=timedelta(seconds=round(self.between(0, 30 * 86_400))), noise=self.seed, **more,
        )  # fmt: skip


def hidden(vessel: Vessel, east_nm: tuple[float, float], north_nm: tuple[float, float]) -> Vessel:
    """The vessel, not heard inside a box."""
    vessel.fixes = [
        f
        for f in vessel.fixes
        if not (east_nm[0] <= f.east_nm <= east_nm[1] and north_nm[0] <= f.north_nm <= north_nm[1])
    ]
    return vessel
