"""Cables ready for kernels: how far is the nearest one, and which lie within a reach.

Decides: distance by straight line to the nearest point of a cable, edges straight in longitude and latitude. Refuses:
to trust a route: it is what the file says. Source: cables as loaded. Known failures: those of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.geo.nearest_edge import EdgeTrees, build_edge_trees, nearest_point
from beaconline.foundation.geo.reach_table import ReachTable, build_reach_table, noted_at, pieces_of_edges
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I32
from beaconline.understand.context.cables import Cable

__all__ = ["FREE_M", "CableLines", "build_lines", "cables_near", "nearest_cable"]

FREE_M = 5_000.0
"""How much farther than asked the table looks: a vessel that sees no cable may sail so far before it looks again."""
NOTE_M = 6_000.0
"""Longest piece of a cable that is noted as one disc."""


class CableLines(NamedTuple):
    """trees by cable; table of which cables can matter at a point; reach_m that distances are asked for."""

    trees: EdgeTrees
    table: ReachTable
    reach_m: float


def build_lines(cables: Sequence[Cable], reach_m: float) -> CableLines:
    """The index of cables for distances up to ``reach_m``. Raises ValueError for cables too long."""
    shapes: list[F64] = []
    for cable in cables:
        edges = [(*a, *b) for line in cable.lines for a, b in pairwise(line)]
        shapes.append(np.array(edges, np.float64).reshape(-1, 4))
    edges_all = np.concatenate(shapes) if shapes else np.zeros((0, 4))
    owner = np.repeat(np.arange(len(shapes), dtype=np.int32), [len(s) for s in shapes])
    lon, lat, whose, half = pieces_of_edges(shapes, NOTE_M)
    table = build_reach_table(lon, lat, whose, (half + reach_m + FREE_M) * 1.001 + 1.0)
    return CableLines(build_edge_trees(edges_all, owner, len(shapes)), table, reach_m)


@inner
def nearest_cable(lines: CableLines, lon: float, lat: float) -> tuple[float, int]:
    """(metres, number) of the nearest cable within the reach and FREE_M; (that limit, -1) when there is none."""
    best, number = lines.reach_m + FREE_M, -1
    first, end = noted_at(lines.table, lon, lat)
    for k in range(first, end):
        cable = lines.table.noted[k]
        metres, _, _ = nearest_point(lines.trees, cable, lon, lat, best)
        if metres >= 0.0:
            best, number = metres, cable
    return best, number


@kernel
def cables_near(lines: CableLines, lon: float, lat: float, within_m: float) -> tuple[I32, F64]:
    """Numbers and distances in metres of all cables within so many metres (at most the reach) of a point."""
    first, end = noted_at(lines.table, lon, lat)
    number, metres, n = np.empty(end - first, np.int32), np.empty(end - first), 0
    for k in range(first, end):
        cable = lines.table.noted[k]
        found, _, _ = nearest_point(lines.trees, cable, lon, lat, within_m)
        if found >= 0.0:
            number[n], metres[n] = cable, found
            n += 1
    return number[:n], metres[:n]
