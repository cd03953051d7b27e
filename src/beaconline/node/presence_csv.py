"""The table of presence as ``presence.csv``, and its rows for the report.

Decides: columns and their order. Refuses: to compute. Source: the contract page ("vessel-days and calendar days by zone
and force, and days when two or more forces were there together"). The same reports in any order give the same bytes.
Known failures: none known.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any, TextIO

from beaconline.node.safe_text import csv_cell
from beaconline.understand.presence import PresenceRow
from beaconline.understand.presence_reception import day_text

__all__ = ["PRESENCE_COLUMNS", "presence_record", "write_presence_csv"]

PRESENCE_COLUMNS = (
    "zone", "zone_kind", "row", "force", "vessel_days", "vessel_days_listed", "calendar_days", "calendar_days_listed",
    "most_in_a_day", "first_day", "last_day", "days_in_run", "days_silent", "days_reception_changed", "reception",
    "bound",
)  # fmt: skip
BOUND = "at least"
"""What every count is: who was not heard is not counted."""


def presence_record(row: PresenceRow) -> dict[str, Any]:
    """A row by its columns, days as text."""
    record: dict[str, Any] = {name: getattr(row, name, BOUND) for name in PRESENCE_COLUMNS}
    for name in ("first_day", "last_day"):
        record[name] = None if record[name] is None else day_text(record[name])
    return record


def write_presence_csv(rows: Sequence[PresenceRow], out: TextIO) -> None:
    """The rows in their order; ``out`` must be opened with ``newline=""``."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(PRESENCE_COLUMNS)
    for row in rows:
        writer.writerow([csv_cell(value) for value in presence_record(row).values()])
