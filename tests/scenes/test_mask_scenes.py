"""Masks inform and never veto: marinas stay out of the default queue, a raft at a watched reef stays in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from beaconline.node.watch import Options, watch

REEF = (115.53, 9.92)
MAPPING = """
[columns]
lon_deg = "Longitude_degrees"
lat_deg = "Latitude_degrees"
mmsi = "MMSI"
sog_kn = "SOG_knots"
[time]
columns = ["Time"]
format = "auto"
zone = "UTC"
"""


def hulls(n: int = 30, hours: float = 3.0) -> pl.DataFrame:
    """n hulls of 50 m in rows of six, 25 m apart, each row 60 m from the next; a report every three minutes or so."""
    rng = np.random.default_rng(7)
    rows: list[dict[str, Any]] = []
    metre = 1 / 111_320
    for k in range(n):
        east, north = 25.0 * (k % 6), 60.0 * (k // 6)
        t = float(rng.uniform(0, 180))
        while t < hours * 3600:
            de, dn = rng.normal(0, 4, 2)
            rows.append({
                "t_event": datetime(2026, 1, 2, 3, tzinfo=UTC) + timedelta(seconds=round(t)),
                "mmsi": 799_200_000 + k, "name": f"SIM {k:02d}", "length_m": 50.0 + k % 9, "ship_type": 30,
                "lon_deg": REEF[0] + (east + de) * metre, "lat_deg": REEF[1] + (north + dn) * metre,
                "sog_kn": abs(round(float(rng.normal(0, 0.2)), 1)), "nav_status": 5,
            })  # fmt: skip
            t += float(rng.uniform(120, 240))
    return pl.DataFrame(rows).sort("t_event", "mmsi")


@pytest.fixture
def reef_zone(tmp_path: Path) -> Path:
    """A square of 0.1 degrees around the hulls, of kind ``reef``."""
    lon, lat = REEF
    ring = [
        [lon + dx, lat + dy] for dx, dy in ((-0.05, -0.05), (0.05, -0.05), (0.05, 0.05), (-0.05, 0.05), (-0.05, -0.05))
    ]
    feature = {
        "type": "Feature", "properties": {"name": "reef A", "kind": "reef"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }  # fmt: skip
    path = tmp_path / "reef.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path


def test_marinas_of_a_real_harbour_stay_out_of_the_default_queue(data: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "harbour.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    options = Options(mapping=mapping, masks=[data / "geo" / "WPI_ports.csv"], only=["raft", "encounter"])
    found = watch(data / "ais" / "solent_20160112_84min.csv", options=options).findings
    rafts = [f for f in found if f["kind"] == "raft"]
    assert len(rafts) >= 3 and len(found) > 100
    assert {f["queue"] for f in found} == {"context"}
    assert all(f["masks"] and f["counter_evidence"] for f in rafts)


def test_a_raft_makes_its_own_mask_and_a_reef_zone_outranks_it(data: Path, reef_zone: Path) -> None:
    masks = [data / "geo" / "gfw_anchorages_eastasia.csv.gz"]
    inside = watch(hulls(), options=Options(masks=masks, zones=[reef_zone], only=["raft"], mode="simulated")).findings
    (got,) = inside
    assert got["queue"] == "default" and got["zones"] == ["reef A"] and len(got["members"]) == 30
    assert any(mask["kind"] == "anchorage" for mask in got["masks"]), "the mask is told all the same"
    assert any("outranks" in each["what"] for each in got["counter_evidence"])
    assert got["measures"]["hulls_45_to_65_m"] == 30 and got["measures"]["lengths_known"] == 30
    bare = watch(hulls(), options=Options(masks=masks, only=["raft"], mode="simulated")).findings
    (moved,) = bare
    assert moved["queue"] == "context" and moved["masks"] == got["masks"]
    assert any(each["what"] == "near an anchorage" for each in moved["counter_evidence"])


def test_thirty_hulls_for_a_day_are_a_concentration_too(reef_zone: Path) -> None:
    found = watch(hulls(hours=25.0), options=Options(zones=[reef_zone], only=["raft"], mode="simulated")).findings
    told = sorted((f["type"], f["queue"], len(f["members"])) for f in found)
    assert told == [("concentration", "default", 30), ("raft", "default", 30)]
