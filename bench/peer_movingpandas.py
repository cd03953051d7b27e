"""MovingPandas doing its nearest equivalent of ``watch --only encounter,zone_entry``; run as a process of its own.

``python -m bench.peer_movingpandas FILE.csv ZONE.geojson``. MovingPandas joins no pairs, so the nearest is: read the
CSV, build a TrajectoryCollection by MMSI, clip every trajectory to the zone (entries), find stops of at least 30 min
within 500 m (its own stop detector), and join stops of different ships that lie within 500 m and overlap in time. It
prints what it counted.
"""

from __future__ import annotations

import json
import sys
import warnings

import geopandas as gpd
import movingpandas as mpd
import pandas as pd


def main(csv: str, zone: str) -> dict[str, int]:
    warnings.simplefilter("ignore")
    table = pd.read_csv(csv, usecols=["MMSI", "BaseDateTime", "LAT", "LON", "SOG"])
    table["t"] = pd.to_datetime(table["BaseDateTime"])
    points = gpd.GeoDataFrame(
        table[["MMSI", "t", "SOG"]], geometry=gpd.points_from_xy(table["LON"], table["LAT"]), crs=4326
    ).set_index("t")
    ships = mpd.TrajectoryCollection(points, "MMSI", min_length=0)
    polygon = gpd.read_file(zone).geometry.iloc[0]
    entries = sum(len(ship.clip(polygon)) for ship in ships.trajectories if ship.to_linestring().intersects(polygon))
    stops = mpd.TrajectoryStopDetector(ships).get_stop_points(min_duration=pd.Timedelta(minutes=30), max_diameter=500)
    pairs = 0
    if len(stops):
        # The stop detector loses the reference system when it joins its parts.
        flat = stops.set_crs(4326, allow_override=True).to_crs(3857)
        near = gpd.sjoin(flat.assign(geometry=flat.buffer(500)), flat, predicate="intersects", how="inner")
        left_begin, left_end = near["start_time_left"], near["end_time_left"]
        overlap = (left_begin < near["end_time_right"]) & (near["start_time_right"] < left_end)
        different = near["traj_id_left"] < near["traj_id_right"]
        pairs = int((overlap & different).sum())
    return {"rows": len(table), "ships": len(ships), "zone_parts": entries, "stops": len(stops), "stop_pairs": pairs}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2])))
