"""The reference page says what the code does."""

from __future__ import annotations

from pathlib import Path

from beaconline.foundation.wire.ais.reference import tables_text
from beaconline.see.sources import nmea_doubts as doubts
from beaconline.see.sources import nmea_groups as groups
from beaconline.see.sources import nmea_parts as parts
from beaconline.see.sources.nmea import DEFAULT_RATE_PER_S
from beaconline.see.sources.nmea_fields import MAX_LINE_BYTES, REASONS
from beaconline.see.sources.nmea_reports import VERDICTS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "ais.md").read_text("utf-8")


def test_bit_tables_are_those_of_the_code() -> None:
    assert PAGE.endswith(tables_text().rstrip() + "\n")


def test_every_reason_stands_there() -> None:
    for reason, _ in (*REASONS.values(), *VERDICTS.values()):
        assert f"| `{reason}" in PAGE, reason


def test_constants_stand_there() -> None:
    for text in (
        f"within {groups.FRAGMENT_WINDOW_S} s",
        f"within {groups.FRAGMENT_WINDOW_LINES} lines",
        f"more than {parts.MAX_BEGUN} other messages",
        f"within {doubts.BAN_LINES} lines or {doubts.BAN_S} s",
        f"waits for {doubts.HOLD_LINES} lines",
        f"more than {doubts.RUN_GAP_LINES} other lines",
        f"{doubts.RUNS_TRUSTED} such messages wait within {doubts.DOUBT_LINES} lines",
        f", {DEFAULT_RATE_PER_S:.0f} where it is not",
    ):
        assert text in PAGE.replace("\n", " "), text
    assert MAX_LINE_BYTES == 1 << 20 and "1 MiB" in PAGE
