"""The contract between the runner and every detector: a pure step over ordered rows.

A kind is ``(state, tick) -> (state, drafts)``. The runner hands rows in canonical order (t_us, then track), each row
exactly once, only rows at or before the watermark; it never hands a row older than an earlier one. A detector keeps all
it needs in its state, so that any cut into ticks, any restart from a saved state, gives the same drafts.

``step`` returns drafts that are new or changed and will not change again unless the event is open.
``finish`` returns, without changing the state, what is open or not yet settled if the data ended at ``as_of_us``: it
must give the same answer for the same rows, whatever the ticks were. The drafts of all steps, overlaid (by kind,
members' names and key) by those of ``finish``, are the findings of a run.

Decides: what passes between the two. Refuses: any state outside the one handed over. Source: the contract page ("batch
equals live"). Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import I32, I64, Pools, Reports, StaticRows
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.forces.said import Said

__all__ = ["Kind", "LaterKind", "Params", "Tick", "TrackBook", "numbers_of"]

Params = Mapping[str, int | float | str]
"""Parameters of one kind, units in the names; from the default profile, overlaid by ``--profile``."""

S = TypeVar("S")


def numbers_of(kind: str, params: Params, largest: Mapping[str, float]) -> dict[str, float]:
    """The parameters of a kind as floats. Raises ValueError, with kind and name, outside 0 to the largest."""
    numbers = {key: float(value) for key, value in params.items()}
    for key, most in largest.items():
        if not 0 <= numbers[key] <= most:
            raise ValueError(f"[{kind}] {key}: {params[key]} is outside 0 to {most:g}")
    return numbers


@dataclass(frozen=True, slots=True)
class Tick:
    """What a step sees: rows (canonical order), their tracks, and how far time is complete.

    reports       n rows, ordered by (t_us, track); two rows of one track never share a t_us, except where one MMSI or
                  id stood in two places at once and the tracker could not part them
    track         int32[n], code in book; -1 = anonymous posit without a track (most kinds skip it)
    bridge_us     int64[n], the longest gap back to the previous fix of the track that may be bridged by a straight leg
    watermark_us  every row at or before it has been handed over (in this tick or before)
    statics       static fields that came without a position, ordered by t_us (NO_TIME first), each once
    said          what every track said of itself so far, these rows included; ask it for an instant that the watermark
                  has passed, never for "now", or a live run and a batch run part
    """

    reports: Reports
    track: I32
    bridge_us: I64
    watermark_us: int
    book: TrackBook
    pools: Pools
    statics: StaticRows = field(default_factory=StaticRows.empty)
    said: Said = field(default_factory=Said)


class Kind(Protocol[S]):
    """One behaviour. Instances hold parameters and context (zones, masks, land) and no run-time state."""

    name: str
    version: str
    params: Params

    def start(self) -> S:
        """The state before any row."""
        ...

    def step(self, state: S, tick: Tick) -> tuple[S, list[Draft]]:
        """Take the rows of a tick. May reuse and change ``state``; the caller never touches the old one again."""
        ...

    def finish(self, state: S, as_of_us: int, book: TrackBook, pools: Pools) -> list[Draft]:
        """What is open or unsettled if the data ended at ``as_of_us``; must leave ``state`` unchanged."""
        ...


class LaterKind(Kind[S], Protocol[S]):
    """A behaviour found among other findings: the runner asks it last, with what the kinds named in ``after`` say."""

    after: tuple[str, ...]

    def finish_after(
        self, state: S, as_of_us: int, book: TrackBook, pools: Pools, said: Said, drafts: Sequence[Draft]
    ) -> list[Draft]:
        """As ``finish``, which is not called then; ``drafts`` are all that stand, in canonical order; pure."""
        ...
