"""The simulated day: one seed is one day, nothing sails over land, and watching it finds what was staged."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import beaconline
from beaconline.foundation.geo.coast import on_land
from beaconline.foundation.geo.zones import load_zones
from beaconline.node.watch import Options, watch

ROOT = Path(__file__).parents[2]
HEADER = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass"
)


def make(folder: Path, seed: int) -> Path:
    command = [sys.executable, "-m", "scenarios.day", str(folder / "day.csv"), "--seed", str(seed)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, require: Callable[[str], None]) -> Path:
    require("searoute")
    return make(tmp_path_factory.mktemp("day"), 1)


def test_the_table_has_the_layout_and_size_of_a_day(day: Path) -> None:
    table = pl.read_csv(day / "day.csv", infer_schema_length=0)
    assert (day / "day.csv").read_text("utf-8").split("\n", 1)[0] == HEADER
    assert 200_000 <= len(table) <= 500_000
    assert 300 <= table["MMSI"].n_unique() <= 800
    assert set(table["MMSI"].str.slice(0, 3)) == {"799"}
    assert set(table["VesselName"].str.slice(0, 4)) == {"SIM "}
    assert table["BaseDateTime"].min() >= "2026-03-02T00:00:00" and table["BaseDateTime"].max() < "2026-03-03"


def test_nobody_sails_over_land(day: Path) -> None:
    table = pl.read_csv(day / "day.csv", columns=["LON", "LAT"])
    ashore = on_land(table["LON"].to_numpy(), table["LAT"].to_numpy())
    # A few fixes near harbours may be put ashore by position noise.
    assert np.count_nonzero(ashore) <= 5


@pytest.mark.slow
def test_one_seed_is_one_day_and_another_seed_another(day: Path, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    (tmp_path / "other").mkdir()
    again, other = make(tmp_path / "again", 1), make(tmp_path / "other", 2)
    for name in ("day.csv", "day_zones.geojson", "day_truth.json", "day_list.csv"):
        assert (again / name).read_bytes() == (day / name).read_bytes()
        assert (other / name).read_bytes() != (day / name).read_bytes()


def staged(day: Path, event: str) -> list[dict[str, Any]]:
    return [e for e in json.loads((day / "day_truth.json").read_text("utf-8")) if e["event"] == event]


@pytest.mark.slow
def test_watching_the_day_finds_what_was_staged_and_not_the_near_misses(day: Path) -> None:
    assert [z.name for z in load_zones([day / "day_zones.geojson"])] == ["shoal C", "watch area A", "watch area B"]
    options = Options(mode="simulated", lists=[day / "day_list.csv"])
    result = watch(day / "day.csv", zones=[day / "day_zones.geojson"], options=options)
    assert result.summary["version"] == beaconline.__version__

    def kinds(event: dict[str, Any]) -> set[tuple[str, str, str]]:
        ships = set(event["mmsi"])
        return {
            (f["kind"], f["type"], f["queue"])
            for f in result.findings
            if ships <= {m["mmsi"] for m in f["members"]}
            and f["t_start"] <= event["t_end"]
            and f["t_end"] >= event["t_start"]
        }

    for event in staged(day, "meeting"):
        assert ("encounter" in {k for k, _, _ in kinds(event)}) == event["expected"], event
    for event in staged(day, "passing") + staged(day, "past"):
        assert not {k for k, _, _ in kinds(event)} & {"encounter", "zone_entry"}, event
    for event in staged(day, "visit"):
        assert ("zone_entry", "entry", "default") in kinds(event), event
    for event in staged(day, "through"):
        assert ("zone_entry", "direct_transit", "default") in kinds(event), event
    for event in staged(day, "one MMSI, two ships"):
        assert "identity_conflict" in {k for k, _, _ in kinds(event)}, event
    (gathering,) = staged(day, "gathering")
    (together,) = [f for f in result.findings if f["kind"] == "joint_activity"]
    assert together["queue"] == "default"
    assert {m["force"] for m in together["members"]} == {"militia", "coast_guard", "fishing"}
    named = {m["mmsi"]: m["role"] for m in together["members"]}
    roles = [named.get(mmsi) for mmsi in gathering["mmsi"][:14]]
    assert roles == ["mass"] * 12 + ["stand off"] * 2
    for event in staged(day, "silent") + staged(day, "silent for a moment"):
        assert (("gap", "displaced", "default") in kinds(event)) == event["expected"], event
    for event in staged(day, "followed") + staged(day, "same way at first"):
        assert (("shadow", "answering", "default") in kinds(event)) == event["expected"], event
    assert {f["mode"] for f in result.findings} == {"simulated"}
