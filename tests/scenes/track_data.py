"""Public test data as report columns, read plainly: what ingest would hand to the tracker, without ingest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from beaconline.foundation.geo.geodesy import distance_m
from beaconline.foundation.table.reports import Pools, Reports, Static

Floats = npt.NDArray[np.float64]


def _columns(
    t_us: Floats, mmsi: Floats, lat: Floats, lon: Floats, sog: Floats, cog: Floats, heading: Floats
) -> Reports:
    """Report columns of floats (NaN = unknown), in canonical order of time and content."""
    rows = Reports.blank(len(t_us))
    rows.t_us[:], rows.mmsi[:] = t_us, mmsi
    rows.lon_e7[:], rows.lat_e7[:] = np.round(lon * 1e7), np.round(lat * 1e7)
    for column, values, scale, limit in (
        (rows.sog_mkn, sog, 1000, 102.25),
        (rows.cog_cdeg, cog, 100, 359.995),
        (rows.heading_cdeg, heading, 100, 359.995),
    ):
        known = ~np.isnan(values) & (values < limit)
        column[known] = np.round(values[known] * scale)
    return rows


def _order(rows: Reports) -> npt.NDArray[np.intp]:
    return np.lexsort((rows.static, rows.sog_mkn, rows.lat_e7, rows.lon_e7, rows.mmsi, rows.t_us))


def _floats(table: pl.DataFrame, name: str) -> Floats:
    if name not in table.columns:
        return np.full(len(table), np.nan)
    return table[name].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()


def solent(data: Path) -> Reports:
    table = pl.read_csv(data / "ais" / "solent_20160112_84min.csv")
    t_us = table["Time"].str.to_datetime().dt.epoch("us").to_numpy()
    names = ("MMSI", "Latitude_degrees", "Longitude_degrees", "SOG_knots", "COG_degrees", "Heading")
    rows = _columns(t_us, *(_floats(table, name) for name in names))
    return rows.take(_order(rows))


def marinecadastre(data: Path, pools: Pools) -> Reports:
    table = pl.read_csv(data / "ais" / "marinecadastre_20220103_99999rows.csv.gz", infer_schema_length=0)
    t_us = table["BaseDateTime"].str.to_datetime().dt.epoch("us").to_numpy()
    rows = _columns(t_us, *(_floats(table, name) for name in ("MMSI", "LAT", "LON", "SOG", "COG", "Heading")))
    for i, (imo, call, name, length, beam) in enumerate(
        table.select("IMO", "CallSign", "VesselName", "Length", "Width").iter_rows()
    ):
        number = int(imo[3:]) if imo and imo[3:].isdigit() else 0
        size = [int(float(v) * 10) if v and float(v) > 0 else None for v in (length, beam)]
        rows.static[i] = pools.statics.code(Static(number or None, call or None, name or None, None, *size))
    rows.msg_type[:] = np.where(table["TransceiverClass"].to_numpy() == "A", 1, 18)
    return rows.take(_order(rows))


def one_mmsi(data: Path, name: str, pools: Pools) -> tuple[Reports, npt.NDArray[np.object_]]:
    """Rows with a position of one file of labels, and the segment that a segmenter expected (empty where not told)."""
    table = pl.read_csv(data / "labels" / f"one_mmsi_{name}.csv", infer_schema_length=0)
    inside = pl.col("lat").cast(pl.Float64, strict=False).abs() <= 90
    table = table.filter(inside & (pl.col("lon").cast(pl.Float64, strict=False).abs() <= 180))
    t_us = table["timestamp"].str.slice(0, 19).str.to_datetime().dt.epoch("us").to_numpy()
    mmsi = "mmsi" if "mmsi" in table.columns else "ssvid"
    rows = _columns(t_us, *(_floats(table, c) for c in (mmsi, "lat", "lon", "speed", "course", "heading")))
    if "type" in table.columns:
        rows.msg_type[:] = table["type"].cast(pl.Int8).to_numpy()
        rows.stations[:] = [pools.stations.code([s] if s else []) for s in table["tagblock_station"]]
    order = _order(rows)
    expected = table["expected"].to_numpy() if "expected" in table.columns else np.full(len(table), "", object)
    return rows.take(order), expected[order]


def vessels_with_a_jump(rows: Reports) -> set[int]:
    """MMSI of which two fixes in a row are more than 10 nm and 60 kn apart."""
    out = set()
    order = np.argsort(rows.mmsi, kind="stable")
    for i, j in zip(order[:-1].tolist(), order[1:].tolist(), strict=True):
        if rows.mmsi[i] != rows.mmsi[j] or int(rows.mmsi[i]) in out:
            continue
        places = (rows.lon_e7[i], rows.lat_e7[i], rows.lon_e7[j], rows.lat_e7[j])
        metres = distance_m(*(v * 1e-7 for v in places))
        hours = max(int(rows.t_us[j] - rows.t_us[i]), 1) / 3.6e9
        if metres > 18_520 and metres / 1852 / hours > 60:
            out.add(int(rows.mmsi[i]))
    return out


def near_pairs(rows: Reports, within_nm: float = 5.0) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]]:
    """Rows of every two ships that came so near at one moment (seen every 10 s), and which are of the first."""
    grid = np.arange(rows.t_us.min(), rows.t_us.max(), 10_000_000)
    ships = {}
    for mmsi in np.unique(rows.mmsi).tolist():
        at = np.flatnonzero(rows.mmsi == mmsi)
        t = rows.t_us[at]
        alive = (grid >= t[0]) & (grid <= t[-1])
        lat, lon = (np.where(alive, np.interp(grid, t, c[at] * 1e-7), np.nan) for c in (rows.lat_e7, rows.lon_e7))
        ships[mmsi] = (at, lat, lon)
    out = []
    for a in ships:
        for b in ships:
            if a >= b:
                continue
            (rows_a, lat_a, lon_a), (rows_b, lat_b, lon_b) = ships[a], ships[b]
            apart = np.hypot((lat_a - lat_b) * 60, (lon_a - lon_b) * 60 * np.cos(np.radians(50.8)))
            if np.isfinite(apart).any() and np.nanmin(apart) <= within_nm:
                both = np.sort(np.concatenate([rows_a, rows_b]))
                out.append((both, rows.mmsi[both] == a))
    return out
