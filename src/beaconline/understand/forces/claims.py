"""A claim that a vessel belongs to a force: who says so, as of when, and how it was recognised.

Decides: the shape of a claim, and the question that detectors ask. Refuses: a verdict. A force is a claim with a source
and a date; behaviour can raise or lower its weight and never creates it. Source: the contract page, "Zones, lists,
cables". Known failures: none known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from beaconline.foundation.table.reports import Static

__all__ = ["FORCES", "Claim", "Forces", "NoForces"]

FORCES: Final = (
    "navy", "coast_guard", "militia", "fishing", "research", "other_government", "dredger", "service", "cargo",
    "tanker", "passenger", "own", "other",
)  # fmt: skip
"""Every force a list may name."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One source's word on one vessel.

    force     one of FORCES, or "" where the source lists the vessel without naming a force
    source    who says so: the list's ``source`` column or its file name; "type sent by the vessel" for its own word
    as_of_us  date of the claim, microseconds since 1970, or None where none is given
    by        how the vessel was recognised: "mmsi", "imo", "callsign", "name", "hull" or "ship_type"
    weight    0 to 1, how far the match is to be believed; own word of a vessel is the weakest
    list_name file name of the list, "" for the vessel's own word
    line      line in that file, 0 for the vessel's own word
    flag      flag as the list gives it, or None
    label     what the list calls the vessel (its name or hull number there), or None
    fits      every identifier that fits, strongest first; ``by`` is the first of them
    against   identifiers that the vessel sends and the list has otherwise ("mmsi", "imo", "callsign", "name")
    """

    force: str
    source: str
    as_of_us: int | None
    by: str
    weight: float
    list_name: str = ""
    line: int = 0
    flag: str | None = None
    label: str | None = None
    fits: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


class Forces(Protocol):
    """Who says what of a vessel."""

    def claims(self, mmsi: int, said: Static, t_us: int) -> tuple[Claim, ...]:
        """Claims on a vessel with this MMSI (-1 = none) and these static fields at that instant, strongest first."""
        ...

    def force(self, mmsi: int, said: Static, t_us: int) -> str | None:
        """The force of the strongest claim that names one, or None: unknown is an answer."""
        ...


class NoForces:
    """No list is loaded: nobody says anything."""

    def claims(self, mmsi: int, said: Static, t_us: int) -> tuple[Claim, ...]:
        return ()

    def force(self, mmsi: int, said: Static, t_us: int) -> str | None:
        return None
