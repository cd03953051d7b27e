"""The balance of a run: every row that came in is a report, a reject, a duplicate or without position.

Decides: which terms there are and which sums must hold. Each term is counted where it happens and none is computed from
the others, so that a lost row shows. Refuses: to go on when a sum does not hold; that is our fault and stops loudly.
Source: the contract page (``summary.json``). Known failures: blank lines of a table are no rows and are not counted.

Two books are kept: ``tables`` (CSV, Parquet, JSON lines) and ``nmea``. Each balances on its own, also in a run that
reads both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["BOOKS", "NMEA", "NMEA_TERMS", "TABLES", "TABLE_TERMS", "Ledger", "LedgerError"]

TABLES: Final = "tables"
NMEA: Final = "nmea"
BOOKS: Final = (TABLES, NMEA)

TABLE_TERMS: Final = ("rows_in", "without_position", "reports", "duplicates", "rejects")
NMEA_TERMS: Final = (
    "lines", "not_ais", "line_rejects", "orphan_fragments", "fragments_merged", "messages",
    "messages_without_position", "messages_rejected", "reports", "duplicates", "rejects",
)  # fmt: skip


class LedgerError(AssertionError):
    """A sum that must hold does not: rows were lost or counted twice."""


class Ledger:
    """Counts by book and term, and rejects by reason."""

    def __init__(self) -> None:
        self.terms: dict[str, Counter[str]] = {book: Counter() for book in BOOKS}
        self.reasons: dict[str, Counter[str]] = {book: Counter() for book in BOOKS}
        self.notes: Counter[str] = Counter()

    def add(self, book: str, term: str, n: int) -> None:
        """Count n more of a term. Raises LedgerError for a term the book does not have, or a negative n."""
        if term not in (TABLE_TERMS if book == TABLES else NMEA_TERMS) or n < 0:
            raise LedgerError(f"no such count: {book}.{term} += {n}")
        self.terms[book][term] += n

    def reject(self, book: str, reason: str, n: int = 1) -> None:
        """Count n more rejects of a reason."""
        self.reasons[book][reason] += n

    def note(self, name: str, n: int) -> None:
        """Count something worth knowing that is no term of the balance."""
        self.notes[name] += n

    def _sum(self, term: str) -> int:
        return sum(self.terms[book][term] for book in BOOKS)

    def check(self, reports: int, rejects: int) -> None:
        """Raise LedgerError unless all sums hold, with ``reports`` and ``rejects`` as they are handed on."""
        t, m = self.terms[TABLES], self.terms[NMEA]
        self._equal("tables.rows_in", t["rows_in"], "reports + without_position + duplicates + rejects",
                    t["reports"] + t["without_position"] + t["duplicates"] + t["rejects"])  # fmt: skip
        self._equal(
            "nmea.lines", m["lines"], "not_ais + line_rejects + orphan_fragments + messages + fragments_merged",
            m["not_ais"] + m["line_rejects"] + m["orphan_fragments"] + m["messages"] + m["fragments_merged"],
        )  # fmt: skip
        self._equal(
            "nmea.messages", m["messages"], "messages_without_position + messages_rejected + reports + duplicates",
            m["messages_without_position"] + m["messages_rejected"] + m["reports"] + m["duplicates"],
        )  # fmt: skip
        self._equal("nmea.rejects", m["rejects"], "line_rejects + orphan_fragments + messages_rejected",
                    m["line_rejects"] + m["orphan_fragments"] + m["messages_rejected"])  # fmt: skip
        for book in BOOKS:
            by_reason = sum(self.reasons[book].values())
            self._equal(f"{book}.rejects", self.terms[book]["rejects"], "rejects by reason", by_reason)
        self._equal("reports counted", self._sum("reports"), "reports handed on", reports)
        self._equal("rejects counted", self._sum("rejects"), "rejects handed on", rejects)

    def _equal(self, name: str, value: int, other: str, sum_of_others: int) -> None:
        if value != sum_of_others:
            raise LedgerError(f"the ledger does not balance: {name} = {value}, but {other} = {sum_of_others}")

    @property
    def rejected_share(self) -> float:
        """Rejects per row or line read (0 when nothing was read)."""
        read = self.terms[TABLES]["rows_in"] + self.terms[NMEA]["lines"]
        return self._sum("rejects") / read if read else 0.0

    def as_summary(self) -> dict[str, Any]:
        """The parts of ``summary.json`` that this ledger answers for.

        rows_in counts rows of tables and lines of NMEA. With both kinds of input, ``tables`` and ``nmea`` give the
        terms by which each balances.
        """
        tables, nmea = self.terms[TABLES], self.terms[NMEA]
        by_reason = self.reasons[TABLES] + self.reasons[NMEA]
        summary: dict[str, Any] = {
            "rows_in": tables["rows_in"] + nmea["lines"],
            "reports": self._sum("reports"),
            "rejects": {"total": self._sum("rejects"), "by_reason": dict(sorted(by_reason.items()))},
            "duplicates": self._sum("duplicates"),
            "without_position": tables["without_position"] + nmea["messages_without_position"],
            "notes": dict(sorted(self.notes.items())),
        }
        if nmea["lines"]:
            summary["nmea"] = _terms(nmea, NMEA_TERMS[:8])
            if tables["rows_in"]:
                summary["nmea"] = _terms(nmea, NMEA_TERMS)
                summary["tables"] = _terms(tables, TABLE_TERMS)
        return summary


def _terms(counts: Mapping[str, int], names: tuple[str, ...]) -> dict[str, int]:
    return {name: counts[name] for name in names}
