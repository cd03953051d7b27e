"""The table of presence as ``presence.csv``, and its rows for the report.

Decides: columns and their order. Refuses: to compute. Source: the contract page ("vessel-days and calendar days by zone
and force, and days when two or more forces were there together"). The same reports in any order give the same bytes.
Known failures: none known.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TextIO

from beaconline.node.safe_text import csv_cell
from beaconline.understand.presence import PresenceRow
from beaconline.understand.presence_reception import day_text

__all__ = ["PRESENCE_COLUMNS", "write_presence_csv"]

PRESENCE_COLUMNS = (
    "zone", "zone_kind", "row", "force", "vessel_days", "vessel_days_listed", "calendar_days", "calendar_days_listed",
    "most_in_a_day", "first_day", "last_day", "days_in_run", "days_silent", "days_reception_changed", "reception",
    "bound",
)  # fmt: skip
BOUND = "at least"
"""What every count is: who was not heard is not counted."""


def write_presence_csv(rows: Sequence[PresenceRow], out: TextIO) -> None:
    """The rows in their order; ``out`` must be opened with ``newline=""``."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(PRESENCE_COLUMNS)
    for row in rows:
        writer.writerow([
            csv_cell(value) for value in (
                row.zone, row.zone_kind, row.row, row.force, row.vessel_days, row.vessel_days_listed, row.calendar_days,
                row.calendar_days_listed, row.most_in_a_day, _day(row.first_day), _day(row.last_day),
                row.days_in_run, row.days_silent, row.days_reception_changed, row.reception, BOUND,
            )
        ])  # fmt: skip


def _day(day: int | None) -> str | None:
    return None if day is None else day_text(day)
