"""``gap`` and ``feed_silent`` on public data: an excerpt's end is no silence, and thinned points are told apart."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from beaconline.node.watch import Options, watch

KINDS = ["gap", "feed_silent"]


def kinds(findings: list[dict[str, Any]]) -> Counter[tuple[str, str, str]]:
    return Counter((f["kind"], f["type"], f["queue"]) for f in findings)


def test_half_an_hour_of_a_day_is_silent_afterwards(data: Path) -> None:
    """10,631 vessels fall silent when the dense half hour ends: nothing is told, and why stands in the notes."""
    result = watch(data / "ais" / "marinecadastre_20220103_99999rows.csv.gz", options=Options(only=KINDS))
    assert not result.findings
    (note,) = (w for w in result.summary["warnings"] if w.startswith("gap:"))
    assert "shared by most vessels near by: the feed or the receiver was silent" in note
    total, shared = (int(text.replace(",", "")) for text in (note.split()[3], note.split("told: ")[1].split()[0]))
    assert total > 10_000 and shared > 0.7 * total


def day(data: Path, number: int) -> pl.DataFrame:
    """A day of posits with their true identities."""
    table = pl.read_csv(data / "tracks_without_identity" / f"day{number}_truth.csv.gz")
    return table.select(
        t_event=pl.col("time").str.to_datetime(time_zone="UTC"), mmsi=pl.col("track_id"), lon_deg="lon", lat_deg="lat",
        sog_kn="speed", cog_deg_true="course",
    )  # fmt: skip


@pytest.mark.parametrize("number", [0, 2])
def test_silences_of_thinned_days_are_told_apart(data: Path, number: int) -> None:
    """Points at rest were taken out of these days: what ends where it began is never an officer's matter; what ends a
    mile or more away is, when others were heard. Fewer than 1.2 in 1,000 vessel-hours reach the default queue."""
    table = day(data, number)
    result = watch(table, options=Options(only=KINDS))
    found = kinds(result.findings)
    assert found["gap", "undisplaced", "default"] == 0
    assert 10 <= found["gap", "displaced", "default"] <= 60
    assert 10 <= found["gap", "undisplaced", "context"] <= 80
    far = [f for f in result.findings if f["type"] == "displaced"]
    assert min(f["measures"]["displacement_nm"] for f in far) >= 1.0
    hours = table.group_by("mmsi").agg(pl.col("t_event").max() - pl.col("t_event").min()).get_column("t_event")
    default = sum(n for (_, _, queue), n in found.items() if queue == "default")
    assert default / (hours.dt.total_seconds().sum() / 3.6e6) < 1.2


def test_a_harbour_of_84_minutes_has_no_silence(data: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "solent.toml"
    mapping.write_text(
        '[columns]\nlon_deg = "Longitude_degrees"\nlat_deg = "Latitude_degrees"\nmmsi = "MMSI"\n'
        'sog_kn = "SOG_knots"\n[time]\ncolumns = ["Time"]\n'
    )
    result = watch(data / "ais" / "solent_20160112_84min.csv", options=Options(only=KINDS, mapping=mapping))
    assert not result.findings


def test_two_years_of_a_slow_fleet(data: Path, tmp_path: Path) -> None:
    """291 boats that report every two hours: of 1,500 silences over six hours a dozen are left for an officer."""
    mapping = tmp_path / "vms.toml"
    mapping.write_text(
        '[columns]\ntrack_id = "VE_REF"\nlon_deg = "SI_LONG"\nlat_deg = "SI_LATI"\nsog_kn = "SI_SP"\n'
        'cog_deg_true = "SI_HE"\n[time]\ncolumns = ["SI_DATE", "SI_TIME"]\nformat = "%d/%m/%Y %H:%M:%S"\nzone = "UTC"\n'
        '[const]\nsensor = "vms"\nfeed = "vms"\n'
    )
    file = data / "ais" / "vms_northsea_tacsat_97015.csv.gz"
    result = watch(file, options=Options(only=KINDS, mapping=mapping))
    queues = Counter((f["kind"], f["queue"]) for f in result.findings)
    assert queues["gap", "default"] <= 20
    assert queues["feed_silent", "default"] <= 40
