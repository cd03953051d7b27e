"""MovingPandas doing its nearest equivalent of ``watch --only gap,loitering``; run as a process of its own.

``python -m bench.peer_gaps_stops FILE.csv``: read the CSV, build a TrajectoryCollection by MMSI, split every trajectory
at silences of six hours (its ObservationGapSplitter) and find stops of at least three hours within 2 km (its stop
detector). It weighs no reception, no ports and no zones. It prints what it counted.
"""

from __future__ import annotations

import json
import sys
import warnings
from datetime import timedelta

import geopandas as gpd
import movingpandas as mpd
import pandas as pd


def main(csv: str) -> dict[str, int]:
    warnings.simplefilter("ignore")
    table = pd.read_csv(csv, usecols=["MMSI", "BaseDateTime", "LAT", "LON", "SOG"])
    table["t"] = pd.to_datetime(table["BaseDateTime"])
    points = gpd.GeoDataFrame(
        table[["MMSI", "t", "SOG"]], geometry=gpd.points_from_xy(table["LON"], table["LAT"]), crs=4326
    ).set_index("t")
    ships = mpd.TrajectoryCollection(points, "MMSI", min_length=0)
    parts = mpd.ObservationGapSplitter(ships).split(gap=timedelta(hours=6))
    stops = mpd.TrajectoryStopDetector(ships).get_stop_points(min_duration=timedelta(hours=3), max_diameter=2000)
    return {"rows": len(table), "ships": len(ships), "gaps": len(parts) - len(ships), "stops": len(stops)}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
