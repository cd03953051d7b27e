"""What every source hands on: a batch of reports with its rejects and its counts.

Decides: the shape that is common to all feeds. Refuses: totals; a batch carries only increments, which the ledger adds
where they happened. Source: the contract page (rejects.parquet, balance of summary.json). Known failures: none known.
"""

from __future__ import annotations

from dataclasses import dataclass

from beaconline.foundation.table.reports import Reports, StaticRows

__all__ = ["Batch", "Reject"]


@dataclass(frozen=True, slots=True)
class Reject:
    """One line or row that is no report, kept as it came.

    source  the input as the user named it (a member of a folder: the path of the file)
    line    physical line (text) or row (Parquet) number, 1 = first; for a row of several lines its first
    reason  short code, a ":" before the field it is about ("bad_number:sog_kn")
    raw     the bytes of the row without its line end, cut to a limit that the source names
    detail  one phrase for a person, may be empty
    """

    source: str
    line: int
    reason: str
    raw: bytes
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one input, in input order, with what was counted while reading them.

    counts holds additive increments. Tables: rows_in, without_position. NMEA: lines, not_ais, line_rejects,
    orphan_fragments, fragments_merged, messages, messages_without_position, messages_rejected.
    """

    reports: Reports
    statics: StaticRows
    rejects: list[Reject]
    counts: dict[str, int]
