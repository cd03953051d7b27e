"""The public files: every row accounted for, with the mappings of the reference page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from beaconline.foundation.table.reports import Pools
from beaconline.see.ingest import Ingested, IngestOptions, ingest

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "mapping.md"
MAPPINGS = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
HARBOUR, FLEET, SATELLITE, ANONYMOUS, LOGGERS = MAPPINGS


def read(path: Path, mapping: str | None, tmp_path: Path) -> Ingested:
    where = None
    if mapping is not None:
        where = tmp_path / "mapping.toml"
        where.write_text(mapping, encoding="utf-8")
    got = ingest([path], IngestOptions(mapping=where), Pools())
    assert got.errors == []
    return got


# Rows, reports, duplicates, without position, rejects by reason. Another count is another behaviour: look why.
FILES: dict[str, tuple[str | None, int, int, int, int, dict[str, int]]] = {
    "ais/marinecadastre_20220103_99999rows.csv.gz": (None, 99_999, 99_993, 1, 0, {"bad_mmsi": 5}),
    "ais/solent_20160112_84min.csv": (HARBOUR, 18_623, 18_620, 3, 0, {}),
    "ais/vms_northsea_tacsat_97015.csv.gz": (FLEET, 97_015, 96_882, 0, 0, {"bad_time": 133}),
    "labels/one_mmsi_many_ships_segments.csv": (SATELLITE, 1253, 1023, 170, 60, {}),
    "labels/one_mmsi_noisy.csv": (SATELLITE, 948, 695, 233, 20, {}),
    "labels/one_mmsi_jumping.csv": (SATELLITE, 592, 439, 153, 0, {}),
    "labels/one_mmsi_clean_1.csv": (SATELLITE, 847, 789, 58, 0, {}),
    "labels/one_mmsi_clean_3.csv": (SATELLITE, 223, 162, 0, 61, {}),
    "labels/one_mmsi_clean_6.csv": (SATELLITE, 187, 162, 6, 19, {}),
    "labels/creel_5vessels_behaviour.csv": (LOGGERS, 2226, 2226, 0, 0, {}),
    "tracks_without_identity/day0.csv.gz": (ANONYMOUS, 110_290, 110_290, 0, 0, {}),
}


@pytest.mark.parametrize("name", FILES)
def test_every_row_of_a_public_file_is_accounted_for(name: str, data: Path, tmp_path: Path) -> None:
    mapping, rows, reports, duplicates, bare, reasons = FILES[name]
    summary = read(data / name, mapping, tmp_path).ledger.as_summary()
    assert (summary["rows_in"], summary["reports"], summary["duplicates"], summary["without_position"]) == (
        rows, reports, duplicates, bare,
    )  # fmt: skip
    assert summary["rejects"]["by_reason"] == reasons


@pytest.mark.parametrize("name", ["ais/marinecadastre_20220103_99999rows.csv.gz"])
def test_cells_are_those_of_an_ordinary_reader(name: str, data: Path, tmp_path: Path) -> None:
    """Against the csv module and plain arithmetic, row by row, found again by line."""
    import csv
    import gzip
    from datetime import UTC, datetime
    from decimal import Decimal

    got = read(data / name, None, tmp_path)
    place = {int(line): k for k, line in enumerate(got.reports.line)}
    seen = 0
    with gzip.open(data / name, "rt", encoding="utf-8", newline="") as handle:
        for number, row in enumerate(csv.DictReader(handle), 2):
            k = place.get(number)
            if k is None:
                continue
            seen += 1
            r = got.reports
            when = datetime.fromisoformat(row["BaseDateTime"]).replace(tzinfo=UTC)
            assert r.t_us[k] == int(when.timestamp()) * 1_000_000 and r.mmsi[k] == int(row["MMSI"])
            assert r.lon_e7[k] == int(Decimal(row["LON"]) * 10**7) and r.lat_e7[k] == int(Decimal(row["LAT"]) * 10**7)
            sog, cog, heading = Decimal(row["SOG"]), Decimal(row["COG"]), Decimal(row["Heading"])
            assert r.sog_mkn[k] == (-1 if sog == Decimal("102.3") else int(sog * 1000))
            assert r.cog_cdeg[k] == (-1 if cog == 360 else int(cog * 100))
            assert r.heading_cdeg[k] == (-1 if heading == 511 else int(heading * 100) % 36_000)
            assert r.nav_status[k] == (-1 if row["Status"] in ("", "15") else int(row["Status"]))
            static = got.pools.statics[r.static[k]]
            assert static.name == (row["VesselName"].strip() or None)
            imo, sign = int(row["IMO"][3:] or 0), row["CallSign"].strip()
            assert static.imo == (imo if 0 < imo <= 9_999_999 else None)
            assert static.callsign == (sign if sign not in ("", "N/A", "UNKNOWN") else None)
            assert static.length_dm == (round(float(row["Length"] or 0) * 10) or None)
    assert seen == len(got.reports)


def test_every_mapping_of_the_reference_page_is_valid(tmp_path: Path) -> None:
    from beaconline.see.sources.mapping import load_mapping

    assert len(MAPPINGS) == 5
    for text in MAPPINGS:
        (tmp_path / "m.toml").write_text(text, encoding="utf-8")
        load_mapping(tmp_path / "m.toml")
