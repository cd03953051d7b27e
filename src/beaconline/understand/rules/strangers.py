"""Rules that name a zone or list which this run does not hold.

Decides: what is refused and what is told. A rule that holds *outside* a zone or for vessels of *no* list would reach
everything when that zone or list is missing, so it is refused; one that holds inside a zone or for a list then reaches
less than it says, which a note tells. Refuses: to guess which name was meant. Source: ``docs/reference/rules.md``.
Known failures: a misspelt name that is another zone's is not seen.
"""

from __future__ import annotations

from collections.abc import Iterable

from beaconline.understand.rules.conditions import RuleFileError
from beaconline.understand.rules.desk import Desk, Exclusion, Mute

__all__ = ["check_names"]

_FIELDS = (
    ("zones", "zone", False), ("outside_zones", "zone", True), ("in_list", "list", False),
    ("not_in_list", "list", True),
)  # fmt: skip
"""Fields of a condition that name something: field, what, and whether a missing one widens the rule."""


def check_names(desk: Desk, zones: Iterable[str], lists: Iterable[str]) -> tuple[str, ...]:
    """Notes on names that neither ``zones`` nor ``lists`` (file names) hold, in the order of the rules.

    Raises RuleFileError with file, entry and field where such a name would let a rule hide more than it says.
    """
    held = {"zone": frozenset(zones), "list": frozenset(lists)}
    notes = []
    rules: list[Exclusion | Mute] = [*desk.exclusions, *desk.mutes]
    for rule in rules:
        for name, what, widens in _FIELDS:
            for missing in sorted(getattr(rule.condition, name) - held[what]):
                text = f"{rule.where}: {name}: no {what} {missing!r} is loaded (--{what}s)"
                if widens:
                    raise RuleFileError(f"{text}; without it the rule would hide more than it says")
                notes.append(f"{text}; the rule does not hold for it")
    return tuple(notes)
