"""Simulated fixes for tests of the tracker: ships on straight legs, with scatter from a seed, as report columns."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from beaconline.foundation.geo.geodesy import KN_MS, destination
from beaconline.foundation.table.reports import I32, Pools, Reports
from beaconline.foundation.table.tracks import TrackBook
from beaconline.see.tracks.tracker import start, step

MMSI = 219000123
T0_US = 1_700_000_000_000_000


def ship(
    n: int,
    step_s: float,
    lon: float,
    lat: float,
    sog_kn: float = 0.0,
    cog_deg: float = 0.0,
    *,
    start_s: float = 0.0,
    scatter_m: float = 2.0,
    seed: int = 0,
    mmsi: int = MMSI,
) -> Reports:
    """n fixes every step_s seconds along a great circle from a place, with scatter of the antenna."""
    rng = np.random.default_rng(seed)
    out = Reports.blank(n)
    out.mmsi[:] = mmsi
    for i in range(n):
        t_s = start_s + i * step_s
        x, y = destination(lon, lat, cog_deg, sog_kn * KN_MS * i * step_s)
        x, y = destination(x, y, float(rng.uniform(0, 360)), abs(float(rng.normal(0, scatter_m))))
        out.t_us[i] = T0_US + round(t_s * 1e6)
        out.lon_e7[i], out.lat_e7[i] = round(x * 1e7), round(y * 1e7)
        out.sog_mkn[i], out.cog_cdeg[i] = round(sog_kn * 1000), round(cog_deg * 100) % 36000
    return out


def together(*parts: Reports) -> tuple[Reports, I32]:
    """All parts in canonical order, and which part each row came from."""
    rows = Reports.concat(list(parts))
    who = np.concatenate([np.full(len(p), k, np.int32) for k, p in enumerate(parts)])
    order = np.lexsort((rows.sog_mkn, rows.lat_e7, rows.lon_e7, rows.mmsi, rows.t_us))
    return rows.take(order), who[order]


def run(rows: Reports, cuts: Sequence[int] = (), pools: Pools | None = None) -> tuple[I32, TrackBook]:
    """Track codes and book, with the rows handed over in the steps that the cuts make."""
    pools = pools or Pools()
    state, book, parts = start(), TrackBook(), []
    edges = [0, *sorted(cuts), len(rows)]
    for a, b in itertools.pairwise(edges):
        state, codes = step(state, rows.take(slice(a, b)), pools, book)
        parts.append(codes)
    return np.concatenate(parts), book


def purity(track: I32, who: I32) -> float:
    """Share of rows that belong to the ship most of their track is."""
    good = 0
    for code in np.unique(track):
        good += int(np.bincount(who[track == code]).max())
    return good / len(track)
