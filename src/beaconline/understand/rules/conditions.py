"""Conditions on a finding: kind, members, lists, forces, zones, time of the behaviour. Mutes and exclusions use them.

Decides: whether a finding meets a condition. Every field that is given must hold; one that is not given holds always.
Time means the time of the behaviour (its start), never the time of the run: the same rows give the same answer
whenever they are looked at. Refuses: conditions with no field, fields it does not know, and values of another type,
since a condition that is silently wider than meant hides what an officer should see.
Source: the contract page. Known failures: a finding that crosses a border of time is judged by its start alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from beaconline.foundation.records.finding import KINDS
from beaconline.foundation.records.times import US_PER_S, TimeTextError, parse_us
from beaconline.understand.forces.claims import FORCES

__all__ = ["FIELDS", "Condition", "RuleFileError", "Seen", "read_condition", "time_of"]

DAY_US = 86_400 * US_PER_S
_DAILY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)\Z")


class RuleFileError(ValueError):
    """A file of mutes or exclusions that cannot be used; the message names file, entry, field and reason."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a condition looks at.

    mmsis, tracks, names, forces, lists  of each member, in order: MMSI or None, track, last name or None, force or
                                         None, file names of the lists that know it
    zones   (name, kind) of the zones that hold its place then, and those it concerns
    """

    id: str
    event: str
    kind: str
    type: str
    t_start_us: int
    mmsis: tuple[int | None, ...]
    tracks: tuple[str, ...]
    names: tuple[str | None, ...]
    forces: tuple[str | None, ...]
    lists: tuple[frozenset[str], ...]
    zones: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Fields as given; empty or None = not given.

    members   "any" (default): one member must satisfy mmsi, name, force, in_list and not_in_list; "all": each must
    daily_us  (from, until) in microseconds of the UTC day, from > until passes midnight
    since_us, until_us  the behaviour began at or after, and before
    """

    id: str = ""
    kinds: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    mmsi: frozenset[int] = frozenset()
    name: frozenset[str] = frozenset()
    force: frozenset[str] = frozenset()
    in_list: frozenset[str] = frozenset()
    not_in_list: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()
    zone_kinds: frozenset[str] = frozenset()
    outside_zones: frozenset[str] = frozenset()
    members: str = "any"
    daily_us: tuple[int, int] | None = None
    since_us: int | None = None
    until_us: int | None = None

    def holds(self, seen: Seen) -> bool:
        """Whether the finding meets every field that is given."""
        if self.id and self.id not in (seen.id, seen.event):
            return False
        if self.kinds and seen.kind not in self.kinds:
            return False
        if self.types and seen.type not in self.types:
            return False
        return self._in_time(seen.t_start_us) and self._in_zones(seen) and self._members_fit(seen)

    def _in_time(self, t_us: int) -> bool:
        if self.since_us is not None and t_us < self.since_us:
            return False
        if self.until_us is not None and t_us >= self.until_us:
            return False
        if self.daily_us is None:
            return True
        begin, end = self.daily_us
        of_day = t_us % DAY_US
        return begin <= of_day < end if begin < end else of_day >= begin or of_day < end

    def _in_zones(self, seen: Seen) -> bool:
        names, kinds = {name for name, _ in seen.zones}, {kind for _, kind in seen.zones}
        if self.zones and not self.zones & names:
            return False
        if self.zone_kinds and not self.zone_kinds & kinds:
            return False
        return not self.outside_zones & names

    def _members_fit(self, seen: Seen) -> bool:
        asks = self.mmsi or self.name or self.force or self.in_list or self.not_in_list
        if not asks:
            return True
        fit = [self._member_fits(seen, i) for i in range(len(seen.tracks))]
        return bool(fit) and (all(fit) if self.members == "all" else any(fit))

    def _member_fits(self, seen: Seen, i: int) -> bool:
        said = (seen.names[i] or "").casefold()
        return (
            (not self.mmsi or seen.mmsis[i] in self.mmsi)
            and (not self.name or said in self.name)
            and (not self.force or seen.forces[i] in self.force)
            and (not self.in_list or bool(self.in_list & seen.lists[i]))
            and not self.not_in_list & seen.lists[i]
        )


@dataclass(slots=True)
class _Entry:
    """One table of a file while it is read."""

    where: str
    table: Mapping[str, Any]
    used: set[str] = field(default_factory=set)

    def fail(self, key: str, reason: str) -> RuleFileError:
        return RuleFileError(f"{self.where} {key}: {reason}")

    def texts(self, key: str, known: Sequence[str] = ()) -> frozenset[str]:
        value = self.table.get(key, [])
        self.used.add(key)
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(each, str) and each for each in items):
            raise self.fail(key, f"a text or a list of texts was expected, found {value!r}")
        if key in self.table and not items:
            raise self.fail(key, "is an empty list, which nothing can meet")
        for each in items:
            if known and each not in known:
                raise self.fail(key, f"{each!r} is not one of {', '.join(known)}")
        return frozenset(items)

    def numbers(self, key: str) -> frozenset[int]:
        value = self.table.get(key, [])
        self.used.add(key)
        items = [value] if isinstance(value, int) and not isinstance(value, bool) else value
        good = isinstance(items, list) and all(
            isinstance(each, int) and not isinstance(each, bool) and 0 <= each <= 999_999_999 for each in items
        )
        if not good or (key in self.table and not items):
            raise self.fail(key, f"an MMSI or a list of them was expected, found {value!r}")
        return frozenset(items)

    def time(self, key: str) -> int | None:
        self.used.add(key)
        return None if key not in self.table else time_of(self.table[key], lambda why: self.fail(key, why))


def time_of(value: Any, fail: Callable[[str], Exception]) -> int:
    """Microseconds since 1970 of a TOML time, date or text (RFC 3339); a time without offset is refused."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise fail(f"{value.isoformat()} names no offset; write it with Z at the end")
        whole = value.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
        return (whole.days * 86_400 + whole.seconds) * US_PER_S + whole.microseconds
    if isinstance(value, date):
        return (value - date(1970, 1, 1)).days * DAY_US
    if isinstance(value, str):
        try:
            return parse_us(value)
        except TimeTextError as error:
            raise fail(str(error)) from None
    raise fail(f"a time was expected, found {value!r}")


FIELDS = (
    "kinds", "types", "mmsi", "name", "force", "in_list", "not_in_list", "zones", "zone_kinds", "outside_zones",
    "members", "daily", "since", "until",
)  # fmt: skip
"""Fields of a condition in a file."""


def _daily(entry: _Entry) -> tuple[int, int] | None:
    value = entry.table.get("daily")
    entry.used.add("daily")
    if value is None:
        return None
    mark = _DAILY.match(value) if isinstance(value, str) else None
    if mark is None or mark[1] + mark[2] == mark[3] + mark[4]:
        raise entry.fail("daily", f'hours of the UTC day were expected, such as "22:00-06:00", found {value!r}')
    hours = [int(part) for part in mark.groups()]
    return (hours[0] * 60 + hours[1]) * 60 * US_PER_S, (hours[2] * 60 + hours[3]) * 60 * US_PER_S


def read_condition(where: str, table: Mapping[str, Any], others: Sequence[str]) -> Condition:
    """The condition of one table of a file; ``others`` are fields that the caller reads itself.

    Raises RuleFileError for an unknown field, a wrong value, an empty span of time, and a table without any field.
    """
    entry = _Entry(where, table)
    members = table.get("members", "any")
    entry.used.add("members")
    if members not in ("any", "all"):
        raise entry.fail("members", f'"any" or "all" was expected, found {members!r}')
    made = Condition(
        kinds=entry.texts("kinds", KINDS), types=entry.texts("types"), mmsi=entry.numbers("mmsi"),
        name=frozenset(each.casefold() for each in entry.texts("name")), force=entry.texts("force", FORCES),
        in_list=entry.texts("in_list"), not_in_list=entry.texts("not_in_list"), zones=entry.texts("zones"),
        zone_kinds=entry.texts("zone_kinds"), outside_zones=entry.texts("outside_zones"), members=members,
        daily_us=_daily(entry), since_us=entry.time("since"), until_us=entry.time("until"),
    )  # fmt: skip
    unknown = sorted(set(table) - entry.used - set(others))
    if unknown:
        raise entry.fail(unknown[0], f"no such field; known: {', '.join((*others, *FIELDS))}")
    if made.since_us is not None and made.until_us is not None and made.since_us >= made.until_us:
        raise entry.fail("until", "does not lie after since")
    return made
