"""One input read to its end with its rows handed on as they come: for whoever must not hold a whole input in memory.

Decides: nothing that ``ingest`` does not decide; the same readers read, and the same books must balance. Refuses: to
order, to merge and to judge times, which need all inputs. Source: the contract page. Known failures: none known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.table.reports import Pools, Reports, StaticRows
from beaconline.see.clean.swap import SAMPLE, sample
from beaconline.see.ingest import WARN_SHARE, IngestOptions, InputSummary, Progress, Run, swap_note, two_numbers
from beaconline.see.inputs import InputError, InputFile
from beaconline.see.ledger import NMEA, TABLES, Ledger
from beaconline.see.sources.batch import Batch, Reject
from beaconline.see.sources.mapping import Mapping

__all__ = ["FileRead", "Sink", "read_file"]

Sink = Callable[[Reports, StaticRows, list[Reject]], None]
"""Takes the rows of a batch, in the order of the input."""


@dataclass(slots=True)
class FileRead:
    """What an input was and gave. error: why it could not be read to its end, or None."""

    summary: InputSummary
    ledger: Ledger
    reports: int = 0
    static_rows: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    error: InputError | None = None


class _Handed(Run):
    """Counts as ``ingest`` does and hands rows on."""

    def __init__(self, options: IngestOptions, pools: Pools, progress: Progress | None, sink: Sink) -> None:
        super().__init__(options, pools, progress)
        self.sink = sink
        self.rows = self.static_rows = 0
        self.examples: dict[str, Reject] = {}
        self.positions: list[Reports] = []
        self.outside: list[tuple[float, float]] = []
        self.far = 0

    def _keep(self, batch: Batch) -> None:
        self.rows += len(batch.reports)
        self.static_rows += len(batch.statics)
        if len(batch.reports):
            book = NMEA if "lines" in batch.counts else TABLES
            self.ledger.add(book, "reports", len(batch.reports))
            # A few of each batch, so that the sample is spread over the input and small.
            self.positions.append(batch.reports.take(sample(len(batch.reports), SAMPLE // 20)))
        for reject in batch.rejects:
            self.examples.setdefault(reject.reason, reject)
            if reject.reason == "position_out_of_world":
                self.far += 1
                if len(self.outside) < SAMPLE:
                    self.outside.append(two_numbers(reject.detail))
        self.sink(batch.reports, batch.statics, batch.rejects)

    def notes(self, summary: InputSummary, reasons: Counter[str]) -> list[str]:
        """What a person should know of this input."""
        out = list(self.warnings)
        if summary.rejects > WARN_SHARE * summary.rows:
            first = self.examples[max(sorted(reasons), key=reasons.__getitem__)]
            example = f" ({first.detail!r})" if first.detail else ""
            out.append(
                f"{summary.name}: {summary.rejects} of {summary.rows} rows rejected, most for {first.reason},"
                f" first in line {first.line}{example}"
            )
        text = self._swapped() if summary.kind not in ("", NMEA) else None
        return out if text is None else [*out, f"{summary.name}: {text}"]

    def _swapped(self) -> str | None:
        some = Reports.concat(self.positions)
        if self.rows + self.far == 0:
            return None
        # The sample keeps the share of positions out of the world.
        near = some.take(sample(len(some), -(-SAMPLE * self.rows // (self.rows + self.far))))
        far = np.array(self.outside, np.float64).reshape(-1, 2)
        far = far[sample(len(far), -(-len(near) * self.far // max(1, self.rows)) if self.rows else SAMPLE)]
        return swap_note(near.lon_e7, near.lat_e7, far)


def read_file(
    file: InputFile,
    options: IngestOptions,
    mapping: Mapping | None,
    pools: Pools,
    sink: Sink,
    progress: Progress | None = None,
) -> FileRead:
    """Read one input to its end or to its first error. Raises LedgerError when its books do not balance."""
    run = _Handed(options, pools, progress, sink)
    run.mapping = mapping
    run.total = file.size
    run.read(file)
    summary = run.inputs[0]
    reasons = run.ledger.reasons[TABLES] + run.ledger.reasons[NMEA]
    run.ledger.check(run.rows, summary.rejects)
    found = FileRead(summary, run.ledger, run.rows, run.static_rows, reasons)
    found.warnings = run.notes(summary, reasons)
    found.error = run.errors[0] if run.errors else None
    return found
