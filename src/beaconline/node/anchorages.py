"""Anchorages out of a run's own rows, as a file that ``--masks`` takes back.

Decides: nothing; it hands the rows of a run to ``understand/context/anchorages``. Refuses: places in zones of
kind reef, watch or exclusion. Source: the contract page. Known failures: those of the learner.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from beaconline.node import wiring
from beaconline.node.rows import ranks
from beaconline.understand.context.anchorages import Anchorage, AnchorageRule, Learner, csv_of, places_of, take
from beaconline.understand.detectors.encounter import is_vessel_mmsi

if TYPE_CHECKING:
    from beaconline.node.watch import Options, Result

__all__ = ["learn", "no_kinds", "write"]


def no_kinds(options: Options) -> Options:
    """The options of a run that only reads and tracks."""
    return replace(options, only=())


def learn(result: Result, options: Options) -> tuple[list[Anchorage], list[Anchorage]]:
    """(anchorages, places inside a watched zone) in the rows of a run, each from south to north."""
    book, rule, state = result.book, AnchorageRule(), Learner()
    code_of = np.array(ranks(book.names)[0], np.int32)
    vessel = np.array([is_vessel_mmsi(mmsi) for mmsi in book.mmsi], bool)
    for place, columns in result.rows.pieces(book.names, ("t_us", "lon_e7", "lat_e7"), first=0):
        track = np.where(vessel[code_of[place]], code_of[place], -1).astype(np.int32)
        state = take(state, columns["t_us"], track, columns["lon_e7"], columns["lat_e7"], book.vessel, rule)
    return places_of(state, rule, wiring.plan(no_kinds(options)).ground.context.zones_at)


def write(anchorages: list[Anchorage], out: Path) -> None:
    """Write the file whole or not at all. Raises OSError."""
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_text(csv_of(anchorages), encoding="utf-8")
        part.replace(out)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
