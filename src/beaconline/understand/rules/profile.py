"""A profile: a TOML text with one table a kind, laid over the kinds' own defaults, and tables of exclusions.

Decides: the parameters a run uses. Refuses: names it does not know and values of another type, since a misspelt
threshold that is silently ignored is worse than an error. Source: the contract page (``--profile``).
Known failures: it checks type and sign, not whether a value makes sense at sea.
"""

from __future__ import annotations

from collections.abc import Mapping

from beaconline.foundation.records.toml_text import TomlTextError, read_toml
from beaconline.understand.rules.desk import Exclusion, read_exclusions

__all__ = ["ProfileError", "overlay"]

Value = int | float | str
Profile = dict[str, dict[str, Value]]


LARGEST = 1_000_000_000
"""Largest number in a profile: 30 years in seconds, or a million kilometres in metres. Kinds may be stricter."""


class ProfileError(ValueError):
    """A profile that cannot be used; the message names file, table, key and reason."""


def overlay(
    text: str, source: str, defaults: Mapping[str, Mapping[str, Value]]
) -> tuple[Profile, tuple[Exclusion, ...]]:
    """Parameters by kind: ``defaults`` with the values of a profile text laid over them; and its exclusions.

    Raises ProfileError for bad TOML, an unknown kind or key, a wrong type, and a number below zero; RuleFileError for
    an exclusion of no use. Both are ValueErrors.
    """
    try:
        given = read_toml(text)
    except TomlTextError as error:
        raise ProfileError(f"{source}: {error}") from None
    out: Profile = {kind: dict(params) for kind, params in defaults.items()}
    excluded = given.pop("exclude", [])
    if not isinstance(excluded, list) or not all(isinstance(each, dict) for each in excluded):
        raise ProfileError(f"{source}: exclude: tables [[exclude]] were expected")
    for kind, table in given.items():
        if kind not in defaults:
            raise ProfileError(f"{source}: [{kind}]: no such kind; known: {', '.join(sorted(defaults))}")
        if not isinstance(table, dict):
            raise ProfileError(f"{source}: {kind}: a table [{kind}] was expected")
        for key, value in table.items():
            out[kind][key] = _checked(source, kind, key, value, defaults[kind])
    return out, read_exclusions(excluded, source)


def _checked(source: str, kind: str, key: str, value: object, known: Mapping[str, Value]) -> Value:
    where = f"{source}: [{kind}] {key}"
    if key not in known:
        raise ProfileError(f"{where}: no such parameter; known: {', '.join(sorted(known))}")
    default = known[key]
    if isinstance(default, str):
        if not isinstance(value, str):
            raise ProfileError(f"{where}: a text was expected, found {value!r}")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ProfileError(f"{where}: a number was expected, found {value!r}")
    if not 0 <= value <= LARGEST:
        raise ProfileError(f"{where}: {value} is out of range (zero to {LARGEST:,})")
    if isinstance(default, int) and value != int(value):
        raise ProfileError(f"{where}: a whole number was expected, found {value}")
    return int(value) if isinstance(default, int) else float(value)
