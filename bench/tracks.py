"""Tracks: rows a CPU-second of the tracker and of ``identity_conflict``, and how pure the tracks of two ships are.

Speed on seeded traffic: 5,000 ships on straight lanes, one fix a minute each (the common case), and the same with every
tenth MMSI shared by two ships 30 nm apart. Purity needs ``BEACONLINE_DATA``: real ships of one harbour put on one MMSI
by twos, all pairs within 5 nm of each other at one moment; beside it the simple rule of published segmenters, a gate of
25 kn over at least a quarter of an hour. The thresholds were set on this harbour, so its figure flatters; a day of
sparse traffic (one fix in half an hour, positions with noise) was never looked at while they were set.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from beaconline.foundation.geo.geodesy import distance_m
from beaconline.foundation.table.reports import Pools, Reports
from beaconline.foundation.table.tracks import TrackBook
from beaconline.see.tracks.tracker import start, step
from beaconline.understand.detectors.identity_conflict import IdentityConflict
from beaconline.understand.step import Tick

SHIPS, FIXES, STEP_US = 5_000, 400, 60_000_000
ROUNDS = 3
GATE_KN, GATE_MIN_H = 25.0, 0.25
SPARSE_PAIRS = 300
GATE_EVERY = 20
"""The simple rule is plain Python and slow: it sees every 20th pair."""


def traffic(shared: bool) -> Reports:
    """SHIPS x FIXES rows in order of time; with ``shared`` every tenth ship takes the MMSI of the one before it."""
    rng = np.random.default_rng(3)
    t = np.arange(FIXES)[:, None] * STEP_US + rng.integers(0, STEP_US, SHIPS)[None, :]
    sog, cog = rng.uniform(0, 20, SHIPS), rng.uniform(0, 360, SHIPS)
    lat0, lon0 = rng.uniform(-55, 55, SHIPS), rng.uniform(-170, 170, SHIPS)
    mmsi = 200_000_000 + np.arange(SHIPS)
    if shared:
        lat0[9::10], lon0[9::10], mmsi[9::10] = lat0[8::10] + 0.5, lon0[8::10], mmsi[8::10]
    metres = sog * (1852 / 3600) * (t * 1e-6)
    lat = lat0 + metres * np.cos(np.radians(cog)) / 111_120
    lon = lon0 + metres * np.sin(np.radians(cog)) / 111_320 / np.cos(np.radians(lat0))
    rows = Reports.blank(SHIPS * FIXES)
    order = np.argsort(t.ravel(), kind="stable")
    rows.t_us[:], rows.mmsi[:] = t.ravel()[order], np.tile(mmsi, FIXES)[order]
    rows.lat_e7[:] = np.round(lat.ravel()[order] * 1e7)
    rows.lon_e7[:] = np.round(((lon.ravel()[order] + 540) % 360 - 180) * 1e7)
    rows.sog_mkn[:], rows.cog_cdeg[:] = np.tile(sog * 1000, FIXES)[order], np.tile(cog * 100, FIXES)[order]
    return rows


def _speed(rows: Reports) -> dict[str, float]:
    """Best of ROUNDS, after one call that compiles."""
    pools, best, best_kind, book = Pools(), 1e9, 1e9, TrackBook()
    for _ in range(ROUNDS + 1):
        book = TrackBook()
        begun = time.process_time()
        _, track = step(start(), rows, pools, book)
        best = min(best, time.process_time() - begun)
        kind = IdentityConflict()
        tick = Tick(rows, track, np.zeros(len(rows), np.int64), int(rows.t_us[-1]), book, pools)
        begun = time.process_time()
        kind.step(kind.start(), tick)
        best_kind = min(best_kind, time.process_time() - begun)
    return {
        "rows": len(rows),
        "tracks": len(book),
        "tracker_million_rows_per_cpu_s": round(len(rows) / best / 1e6, 2),
        "identity_conflict_million_rows_per_cpu_s": round(len(rows) / best_kind / 1e6, 2),
    }


def harbour(data: Path) -> Reports:
    """The harbour of real traffic, in order of time."""
    table = pl.read_csv(data / "ais" / "solent_20160112_84min.csv")
    rows = Reports.blank(len(table))
    rows.t_us[:] = table["Time"].str.to_datetime().dt.epoch("us").to_numpy()
    rows.mmsi[:] = table["MMSI"].to_numpy()
    rows.lat_e7[:] = np.round(table["Latitude_degrees"].to_numpy() * 1e7)
    rows.lon_e7[:] = np.round(table["Longitude_degrees"].to_numpy() * 1e7)
    rows.sog_mkn[:] = np.round(table["SOG_knots"].to_numpy() * 1000)
    cog = np.round(table["COG_degrees"].to_numpy() * 100)
    rows.cog_cdeg[:] = np.where(cog < 36_000, cog, -1)
    return rows.take(np.lexsort((rows.lat_e7, rows.lon_e7, rows.mmsi, rows.t_us)))


def _near(rows: Reports) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows of any two ships within 5 nm of each other at one moment (every 10 s), and which are of the first."""
    grid = np.arange(rows.t_us.min(), rows.t_us.max(), 10_000_000)
    ships = []
    for mmsi in np.unique(rows.mmsi):
        at = np.flatnonzero(rows.mmsi == mmsi)
        alive = (grid >= rows.t_us[at[0]]) & (grid <= rows.t_us[at[-1]])
        lat, lon = (np.interp(grid, rows.t_us[at], column[at] * 1e-7) for column in (rows.lat_e7, rows.lon_e7))
        ships.append((mmsi, at, np.where(alive, lat, np.nan), np.where(alive, lon, np.nan)))
    out = []
    for k, (mmsi, at, lat, lon) in enumerate(ships):
        for _, at_b, lat_b, lon_b in ships[k + 1 :]:
            apart_nm = np.hypot((lat - lat_b) * 60, (lon - lon_b) * 60 * np.cos(np.radians(50.8)))
            if np.isfinite(apart_nm).any() and np.nanmin(apart_nm) <= 5.0:
                both = np.sort(np.concatenate([at, at_b]))
                out.append((both, rows.mmsi[both] == mmsi))
    return out


def _gate(rows: Reports) -> np.ndarray:
    """The simple rule: a row joins the latest track that it can reach at 25 kn over at least a quarter of an hour."""
    last: list[int] = []
    out = np.zeros(len(rows), np.int32)
    for i in range(len(rows)):
        for code in sorted(range(len(last)), key=lambda c: -last[c]):
            j = last[code]
            places = (rows.lon_e7[j], rows.lat_e7[j], rows.lon_e7[i], rows.lat_e7[i])
            hours = max(int(rows.t_us[i] - rows.t_us[j]) / 3.6e9, GATE_MIN_H)
            if distance_m(*(v * 1e-7 for v in places)) <= GATE_KN * 1852 * hours:
                break
        else:
            code = len(last)
            last.append(i)
        last[code] = i
        out[i] = code
    return out


def _purity(track: np.ndarray, first: np.ndarray) -> int:
    """Rows of the ship that most of their track is."""
    return sum(max(int(first[track == c].sum()), int((~first[track == c]).sum())) for c in np.unique(track))


def _pure(data: Path) -> dict[str, Any]:
    rows = harbour(data)
    sums, gated, told = np.zeros(4), np.zeros(2), np.zeros(2)
    for k, (both, first) in enumerate(_near(rows)):
        part = rows.take(both)
        part.mmsi[:] = 235_000_000
        book = TrackBook()
        _, track = step(start(), part, Pools(), book)
        sums += (_purity(track, first), len(both), len(book), 1)
        if k % GATE_EVERY == 0:
            gated += (_purity(_gate(part), first), len(both))
            kind = IdentityConflict()
            end = int(part.t_us[-1])
            tick = Tick(part, track, np.zeros(len(part), np.int64), end, book, Pools())
            state, drafts = kind.step(kind.start(), tick)
            told += (bool(drafts or kind.finish(state, end, book, Pools())), 1)
    return {
        "pairs": int(sums[3]),
        "purity": round(sums[0] / sums[1], 4),
        "tracks_a_pair": round(sums[2] / sums[3], 3),
        "told_as_identity_conflict_every_20th_pair": round(told[0] / told[1], 3),
        "purity_of_a_25_kn_gate_every_20th_pair": round(gated[0] / gated[1], 4),
    }


def sparse_day(data: Path) -> Reports:
    """A day of sparse traffic by true track, in order of time; the number of the track stands for the MMSI."""
    table = pl.read_csv(data / "tracks_without_identity" / "day2_truth.csv.gz")
    rows = Reports.blank(len(table))
    rows.t_us[:] = table["time"].str.to_datetime().dt.epoch("us").to_numpy()
    rows.mmsi[:] = table["track_id"].cast(pl.Utf8).rank("dense").to_numpy()
    rows.lat_e7[:], rows.lon_e7[:] = (np.round(table[name].to_numpy() * 1e7) for name in ("lat", "lon"))
    rows.sog_mkn[:] = np.round(table["speed"].to_numpy() * 1000)
    rows.cog_cdeg[:] = np.round(table["course"].to_numpy() * 100) % 36_000
    return rows.take(np.lexsort((rows.lat_e7, rows.lon_e7, rows.mmsi, rows.t_us)))


def _sparse(data: Path) -> dict[str, Any]:
    """Ships kept whole, and purity of random pairs by the distance between their mean places."""
    rows, rng, book = sparse_day(data), np.random.default_rng(4), TrackBook()
    step(start(), rows, Pools(), book)
    order = np.argsort(rows.mmsi, kind="stable")
    ships = [s for s in np.split(order, np.flatnonzero(np.diff(rows.mmsi[order])) + 1) if len(s) >= 20]
    place = np.array([(rows.lat_e7[s].mean() * 1e-7, rows.lon_e7[s].mean() * 1e-7) for s in ships])
    out: dict[str, Any] = {"tracks_a_ship_alone": round(len(book) / len(np.unique(rows.mmsi)), 4)}
    for near_nm, far_nm in ((0, 10), (10, 60), (60, 300)):
        sums = np.zeros(4)
        for one in rng.integers(0, len(ships), SPARSE_PAIRS):
            north, east = (place - place[one]).T * 60
            apart_nm = np.hypot(north, east * np.cos(np.radians(place[one, 0])))
            others = np.flatnonzero((apart_nm >= near_nm) & (apart_nm < far_nm) & (np.arange(len(ships)) != one))
            if len(others):
                both = np.sort(np.concatenate([ships[one], ships[rng.choice(others)]]))
                part, pair = rows.take(both), TrackBook()
                first = part.mmsi == rows.mmsi[ships[one][0]]
                part.mmsi[:] = 235_000_000
                _, track = step(start(), part, Pools(), pair)
                sums += (_purity(track, first), len(both), len(pair), 1)
        out[f"purity_{near_nm}_to_{far_nm}_nm"] = round(sums[0] / sums[1], 4)
        out[f"tracks_a_pair_{near_nm}_to_{far_nm}_nm"] = round(sums[2] / sums[3], 2)
    return out


def run() -> dict[str, Any]:
    """All figures of this bench."""
    out: dict[str, Any] = {"one_ship_an_mmsi": _speed(traffic(False)), "every_tenth_shared": _speed(traffic(True))}
    data = os.environ.get("BEACONLINE_DATA")
    missing = "not measured: BEACONLINE_DATA is not set"
    out["two_ships_of_a_harbour_on_one_mmsi"] = _pure(Path(data)) if data else missing
    out["two_ships_of_a_sparse_day_on_one_mmsi"] = _sparse(Path(data)) if data else missing
    return out
