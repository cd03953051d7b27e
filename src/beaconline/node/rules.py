"""Rules before they go live: what is wrong with their files, what they would match, how many alarms they would give.

Decides: which sentences about a profile, zones, masks, lists, cables and mutes an officer should read before use.
Refuses: to stop a rule; it warns. With rows it runs the detectors as ``watch`` does and looks at what they find.
Source: the contract page (``rules lint``, ``rules backtest``). Known failures: what a rule matches here says little of
other waters or another season.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beaconline.foundation.records.finding import KINDS
from beaconline.foundation.records.times import parse_us
from beaconline.foundation.records.toml_text import read_toml
from beaconline.node import wiring
from beaconline.understand.rules.alarms import KindAlarms, Share, alarms_by_kind, shares_by_kind, shares_by_zone

if TYPE_CHECKING:
    from beaconline.node.watch import Options, Result

__all__ = ["FAR_FACTOR", "Backtest", "Lint", "backtest", "lint_files", "lint_result"]

FAR_FACTOR = 10.0
"""A parameter that is ten times its start value, or a tenth of it, is told: a slip of the unit looks like that."""
MANY_SHARE = 0.10
"""A rule that concerns more than every tenth vessel is told: no watch reads that many."""


@dataclass(slots=True)
class Lint:
    """errors: a file cannot be used; warnings: it can, and probably not as meant; shares: what was matched."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    kinds: list[Share] = field(default_factory=list)
    zones: list[Share] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        rows = {
            name: [{"name": s.name, "vessels": s.vessels, "of": s.of, "share": round(s.share, 4)} for s in shares]
            for name, shares in (("kinds", self.kinds), ("zones", self.zones))
        }
        return {"errors": self.errors, "warnings": self.warnings, **rows}


@dataclass(frozen=True, slots=True)
class Backtest:
    """Alarms over the time looked at; ``before`` under another profile, if one was given."""

    begin: str
    end: str
    watch_h: int
    vessels: int
    rows: list[KindAlarms]
    before: list[KindAlarms] | None = None


def lint_files(options: Options) -> Lint:
    """Every file by itself, so that one bad file does not hide what is wrong with the next."""
    found = Lint()
    single: list[Callable[[], Options]] = []
    for name in ("zones", "masks", "lists", "cables"):
        single += [lambda n=name, p=path: _only(options, n, [p]) for path in getattr(options, name)]  # type: ignore[misc]
    for name in ("profile", "mutes"):
        if getattr(options, name) is not None:
            single.append(lambda n=name: _only(options, n, getattr(options, n)))  # type: ignore[misc]
    for made in single:
        try:
            wiring.plan(made(), alone=True)
        except (ValueError, OSError) as error:
            found.errors.append(str(error))
    if not found.errors:
        try:
            plan = wiring.plan(options)
        except ValueError as error:
            # Each is good by itself, and together they are not: two zones of one name, a rule about a missing list.
            found.errors.append(str(error))
            return found
        found.warnings += [f"zone {zone.name!r} ({zone.source}): {note}" for zone in plan.zones for note in zone.notes]
        found.warnings += plan.notes
        if options.profile is not None:
            found.warnings += _far_values(options.profile)
    return found


def _only(options: Options, name: str, value: Any) -> Options:
    """Options with one of their files and no other."""
    bare = replace(options, zones=[], masks=[], lists=[], cables=[], profile=None, mutes=None)
    return replace(bare, **{name: value})


def _far_values(path: Path) -> list[str]:
    out = []
    modules = wiring.modules()
    given = read_toml(path.read_text(encoding="utf-8"))
    for kind, table in given.items():
        if kind not in modules:
            continue
        for name, value in table.items():
            start = modules[kind].DEFAULTS[name]
            if isinstance(start, str) or not start:
                continue
            if value == 0:
                out.append(f"{path}: [{kind}] {name} = 0; the start value is {start}")
            elif not 1 / FAR_FACTOR < value / start < FAR_FACTOR:
                out.append(f"{path}: [{kind}] {name} = {value} is {value / start:g} times the start value {start}")
    return out


def lint_result(found: Lint, result: Result, options: Options, most_share: float = MANY_SHARE) -> None:
    """Add what the rules matched in a run: shares of vessels, and entries that hide everything or nothing."""
    vessels = int(result.summary["vessels"])
    kinds = [kind for kind in KINDS if kind in result.params]
    found.kinds = shares_by_kind(result.findings, kinds, vessels)
    names = list(dict.fromkeys(feature["properties"]["name"] for feature in result.zones))
    found.zones = shares_by_zone(result.findings, names, vessels)
    for what, shares in (("rule", found.kinds), ("zone", found.zones)):
        for each in shares:
            if each.of and each.share > most_share:
                found.warnings.append(
                    f"{what} {each.name}: would match {each.share:.0%} of vessels ({each.vessels} of {each.of})"
                )
    if not vessels:
        found.warnings.append("no vessel in these rows: nothing was tried out")
    found.warnings += _idle(result.findings, options)


def _idle(findings: Sequence[Mapping[str, Any]], options: Options) -> list[str]:
    """Entries of exclusions and mutes that reached nothing, or nearly all."""
    hit: dict[str, int] = {}
    for finding in findings:
        for note in finding["handling"]:
            if "where" in note:
                hit[note["where"]] = hit.get(note["where"], 0) + 1
    desk = wiring.plan(options).desk
    out = []
    for where in [rule.where for rule in desk.exclusions] + [rule.where for rule in desk.mutes]:
        count = hit.get(where, 0)
        if not count:
            out.append(f"{where}: reaches none of the {len(findings)} findings in these rows")
        elif count > 0.5 * len(findings):
            out.append(f"{where}: would hide {count / len(findings):.0%} of the findings ({count} of {len(findings)})")
    return out


def _span(result: Result) -> tuple[str, str] | None:
    begin, end = result.summary["t_min"], result.summary["as_of"]
    return (begin, end) if begin and end and begin < end else None


def backtest(result: Result, watch_h: int, before: Result | None = None) -> Backtest:
    """Alarms a watch in a run. Raises ValueError when its rows span no time."""
    span = _span(result)
    if span is None:
        raise ValueError("the rows span no time: alarms a watch cannot be told")
    begin_us, end_us = (parse_us(each) for each in span)
    kinds = [kind for kind in KINDS if kind in result.params]
    rows = alarms_by_kind(result.findings, kinds, begin_us, end_us, watch_h)
    old = None if before is None else alarms_by_kind(before.findings, kinds, begin_us, end_us, watch_h)
    return Backtest(*span, watch_h, int(result.summary["vessels"]), rows, old)
