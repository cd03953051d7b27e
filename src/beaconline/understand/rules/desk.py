"""What a watch floor told the program about findings: exclusions, mutes, acknowledgements, and repeats.

Decides: which findings leave the default queue, and writes on each why (``handling``). Nothing is dropped: an excluded,
muted or acknowledged finding is kept and can be searched. Refuses: mutes without an end, and any use of the clock: a
mute ends by the time of the behaviour, so that a run over the same rows says the same on any day.
Source: the contract page; behaviours page, "What a watch floor needs". Known failures: a finding whose members or start
change with later data gets another handle, and an acknowledgement by handle then no longer reaches it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from beaconline.foundation.records.times import US_PER_S, format_us, parse_us
from beaconline.foundation.records.toml_text import TomlTextError, read_toml
from beaconline.understand.findings import Finding
from beaconline.understand.rules.accounted import vessel_of
from beaconline.understand.rules.conditions import Condition, RuleFileError, Seen, read_condition, time_of

__all__ = ["EPISODE_S", "Acknowledged", "Desk", "Exclusion", "Mute", "handle", "join_repeats", "read_mutes"]

EPISODE_S = 6 * 3600
"""A finding of the same kind and vessels that begins within six hours of the end of one before it is a repeat: a watch
officer who has seen the first needs no second alarm within the same watch. Larger hides what is new."""
MAX_MUTE_US = 366 * 86_400 * US_PER_S
"""Longest span of a mute, a year: one that lasts for ever is an exclusion and belongs into the profile."""
MAX_ENTRIES = 10_000
"""Entries of a file: each is compared with each finding."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Part of a profile: findings that the rules of this node do not put into the default queue."""

    where: str
    condition: Condition
    reason: str


@dataclass(frozen=True, slots=True)
class Mute:
    """Silence for a while, by the behaviour's own time."""

    where: str
    condition: Condition
    reason: str
    by: str | None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An officer has seen a finding: by its handle, so through all its revisions."""

    id: str
    event: str | None
    by: str
    at_us: int
    note: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a watch floor told."""

    exclusions: tuple[Exclusion, ...] = ()
    mutes: tuple[Mute, ...] = ()
    acknowledged: Mapping[str, Acknowledged] | None = None
    episode_s: int = EPISODE_S


def _tables(text: str, source: str, known: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    try:
        given = read_toml(text)
    except TomlTextError as error:
        raise RuleFileError(f"{source}: {error}") from None
    out: dict[str, list[Mapping[str, Any]]] = {name: [] for name in known}
    for name, tables in given.items():
        if name not in known:
            raise RuleFileError(f"{source}: {name}: not known here; known: {', '.join(f'[[{k}]]' for k in known)}")
        if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
            raise RuleFileError(f"{source}: {name}: tables [[{name}]] were expected")
        if len(tables) > MAX_ENTRIES:
            raise RuleFileError(f"{source}: {len(tables)} tables [[{name}]], at most {MAX_ENTRIES}")
        out[name] = tables
    return out


def _text(where: str, table: Mapping[str, Any], key: str, *, needed: bool) -> str | None:
    value = table.get(key)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or not value.strip():
        raise RuleFileError(f"{where} {key}: a text was expected, found {value!r}")
    return value


def read_exclusions(tables: Sequence[Mapping[str, Any]], source: str) -> tuple[Exclusion, ...]:
    """The ``[[exclude]]`` tables of a profile. Raises RuleFileError with file, entry, field and reason."""
    out = []
    for number, table in enumerate(tables, 1):
        where = f"{source}: [[exclude]] {number}:"
        reason = _text(where, table, "reason", needed=True)
        condition = read_condition(where, table, ("reason",))
        if condition == Condition(members=condition.members):
            raise RuleFileError(f"{where} names no condition and would exclude everything")
        out.append(Exclusion(where.rstrip(":"), condition, reason or ""))
    return tuple(out)


def read_mutes(text: str, source: str) -> tuple[tuple[Mute, ...], dict[str, Acknowledged]]:
    """The tables ``[[mute]]`` and ``[[acknowledge]]`` of a file of mutes.

    Raises RuleFileError with file, entry, field and reason; nothing of a bad file is used.
    """
    tables = _tables(text, source, ("mute", "acknowledge"))
    mutes = [_mute(f"{source}: [[mute]] {n}:", table) for n, table in enumerate(tables["mute"], 1)]
    seen: dict[str, Acknowledged] = {}
    for number, table in enumerate(tables["acknowledge"], 1):
        each = _acknowledged(f"{source}: [[acknowledge]] {number}:", table)
        if each.id in seen:
            raise RuleFileError(f"{source}: [[acknowledge]] {number}: {each.id} is acknowledged twice")
        seen[each.id] = each
    return tuple(mutes), seen


def _mute(where: str, table: Mapping[str, Any]) -> Mute:
    reason, by = _text(where, table, "reason", needed=True), _text(where, table, "by", needed=False)
    condition = read_condition(where, table, ("reason", "by", "id"))
    if "id" in table:
        handle_of = _text(where, table, "id", needed=True)
        condition = replace(condition, id=handle_of or "")
    if condition.until_us is None:
        raise RuleFileError(
            f"{where} until: a mute needs an end (the behaviour's own time), such as 2026-03-01T00:00:00Z"
        )
    if condition.since_us is None:
        raise RuleFileError(f"{where} since: a mute needs a start (the behaviour's own time)")
    if condition.until_us - condition.since_us > MAX_MUTE_US:
        raise RuleFileError(f"{where} until: more than a year after since; what is to last belongs into [[exclude]]")
    bare = Condition(members=condition.members, since_us=condition.since_us, until_us=condition.until_us)
    if condition == bare:
        raise RuleFileError(f"{where} names no condition but time and would mute everything")
    return Mute(where.rstrip(":"), condition, reason or "", by)


def _acknowledged(where: str, table: Mapping[str, Any]) -> Acknowledged:
    unknown = sorted(set(table) - {"id", "event", "by", "at", "note"})
    if unknown:
        raise RuleFileError(f"{where} {unknown[0]}: no such field; known: id, event, by, at, note")
    handle_of, by = _text(where, table, "id", needed=True), _text(where, table, "by", needed=True)
    if not str(handle_of).startswith("f_"):
        raise RuleFileError(f"{where} id: the id of a finding begins with f_, found {handle_of!r}")
    if "at" not in table:
        raise RuleFileError(f"{where} at: the time of the acknowledgement is missing")
    at_us = time_of(table["at"], lambda why: RuleFileError(f"{where} at: {why}"))
    event, note = _text(where, table, "event", needed=False), _text(where, table, "note", needed=False)
    return Acknowledged(str(handle_of), event, str(by), at_us, note)


def handle(finding: Finding, seen: Seen, desk: Desk) -> None:
    """Write into a finding what the watch floor told about it, and take it out of the default queue if so."""
    notes: list[dict[str, Any]] = [
        {"how": "excluded", "where": rule.where, "reason": rule.reason}
        for rule in desk.exclusions
        if rule.condition.holds(seen)
    ]
    for mute in desk.mutes:
        if mute.condition.holds(seen):
            until = format_us(mute.condition.until_us or 0)
            notes.append({"how": "muted", "where": mute.where, "reason": mute.reason, "by": mute.by, "until": until})
    known = (desk.acknowledged or {}).get(seen.id)
    if known is not None:
        note: dict[str, Any] = {
            "how": "acknowledged",
            "by": known.by,
            "at": format_us(known.at_us),
            "reason": known.note,
        }
        if known.event is not None and known.event != seen.event:
            note["revised_since"] = True
        notes.append(note)
    finding["handling"] = notes
    if notes:
        finding["queue"] = "context"


def join_repeats(findings: Sequence[Finding], episode_s: int) -> None:
    """Mark findings of one kind, type and set of vessels that follow each other closely as one episode.

    ``findings`` in canonical order. The first of an episode that is in the default queue stays there; those after it go
    to the context queue and name the first (``handling``: how "repeat"). Works on the findings in place.
    """
    last: dict[tuple[str, str, tuple[str, ...], tuple[str, ...]], tuple[int, Finding]] = {}
    for finding in findings:
        if finding["queue"] != "default" or not finding["members"]:
            continue
        who = tuple(sorted(vessel_of(member) for member in finding["members"]))
        key = (finding["kind"], finding["type"], who, tuple(finding["zones"]))
        begin_us, end_us = parse_us(finding["t_start"]), parse_us(finding["t_end"])
        before = last.get(key)
        if before is not None and begin_us - before[0] <= episode_s * US_PER_S:
            finding["handling"] = [*finding["handling"], {"how": "repeat", "of": before[1]["id"]}]
            finding["queue"] = "context"
            last[key] = (max(end_us, before[0]), before[1])
        else:
            last[key] = (end_us, finding)
