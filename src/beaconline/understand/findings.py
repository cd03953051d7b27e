"""From a detector's draft to a ``finding/1`` record, and what "the same set of findings" means.

Decides: the record's fields, its ``event`` hash, its handle, and the sentence with names filled in.
Refuses: a score where none was calibrated (null, and ``score_basis`` says so) and a name nobody sent.
Source: the contract page. Known failures: a name that is first heard after an event's end is not used for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from beaconline.foundation.records.finding import SCHEMA, Draft, Evidence
from beaconline.foundation.records.ids import event_name, handle_name
from beaconline.foundation.records.times import format_us

__all__ = ["Finding", "Member", "Rule", "RunLabel", "build", "canonical_order", "settled"]

Finding = dict[str, Any]
"""One ``finding/1`` object, keys as in the contract, ready for JSON."""

_NOT_CONTENT = ("id", "rev", "supersedes", "reason", "t_recorded")
"""What tells the history of a record and not the event: left out of ``event`` and of ``settled``."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rule made a finding."""

    name: str
    version: str
    params_hash: str


@dataclass(frozen=True, slots=True)
class RunLabel:
    """What every finding of a run carries: mode, and the feeds' label and terms."""

    mode: str = "real"
    inputs: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A track in a finding, with what is known of its ship at the finding's end."""

    track: str
    mmsi: int | None
    name: str | None
    role: str
    force: str | None

    def display(self) -> str:
        """Name and MMSI as an officer would say them; the track's name when neither is known."""
        if self.name and self.mmsi is not None:
            return f"{self.name} (MMSI {self.mmsi:09d})"
        if self.mmsi is not None:
            return f"MMSI {self.mmsi:09d}"
        return self.name or f"track {self.track}"


def _degrees(e7: int) -> float:
    return e7 / 1e7


def _evidence(item: Evidence) -> dict[str, Any]:
    out: dict[str, Any] = {"what": item.what}
    if item.t_us is not None:
        out["t_event"] = format_us(item.t_us)
    if item.lon_e7 is not None and item.lat_e7 is not None:
        out["lon_deg"] = _degrees(item.lon_e7)
        out["lat_deg"] = _degrees(item.lat_e7)
    if item.track is not None:
        out["track"] = item.track
    if item.source is not None:
        out["source"] = item.source
    if item.detail:
        out.update(sorted(item.detail.items()))
    return out


_MARK = re.compile(r"\{(\d+)\}")


def _fill(sentence: str, members: Sequence[Member]) -> str:
    # One pass and no str.format: a name off the air may hold braces of its own.
    return _MARK.sub(lambda mark: members[int(mark[1])].display(), sentence)


def build(draft: Draft, rule: Rule, members: Sequence[Member], label: RunLabel, inputs: Sequence[str]) -> Finding:
    """The record of a draft: revision 1, without ``t_recorded`` (the caller knows when it is speaking)."""
    content: Finding = {
        "schema": SCHEMA,
        "settled": draft.settled,
        "status": "open" if draft.open else "closed",
        "kind": draft.kind,
        "type": draft.type,
        "t_start": format_us(draft.t_start_us),
        "t_end": format_us(draft.t_end_us),
        "members": [
            {"track": m.track, "mmsi": m.mmsi, "name": m.name, "role": m.role, "force": m.force} for m in members
        ],
        "where": {"type": "Point", "coordinates": [_degrees(draft.lon_e7), _degrees(draft.lat_e7)]},
        "zones": list(draft.zones),
        "measures": dict(sorted(draft.measures.items())),
        "score": None,
        "score_basis": "not calibrated yet",
        "rule": {"name": rule.name, "version": rule.version, "params_hash": rule.params_hash},
        "inputs": [dict(i) for i in label.inputs if i["feed"] in inputs],
        "evidence": [_evidence(e) for e in draft.evidence],
        "counter_evidence": [_evidence(e) for e in draft.counter_evidence],
        "masks": [{"kind": m.kind, "source": m.source, "distance_m": m.distance_m} for m in draft.masks],
        "queue": "context" if draft.context else "default",
        "why_key": draft.why_key,
        "why_args": dict(sorted(draft.why_args.items())),
        "why": _fill(draft.why, members),
        "origin": None,
        "label": None,
        "mode": label.mode,
        "terms": {"redistribute": "none"},
    }
    event = event_name(content)
    names = [] if draft.members_may_change else [m.track for m in members]
    handle = handle_name(draft.kind, names, draft.key)
    return {"id": handle, "event": event, "rev": 1, "supersedes": None, **content, "handling": []}


def canonical_order(findings: Iterable[Finding]) -> list[Finding]:
    """By start, kind and event: an order that arrival cannot change."""
    return sorted(findings, key=lambda f: (f["t_start"], f["kind"], f["event"]))


def settled(findings: Iterable[Finding]) -> list[Finding]:
    """The last revision of each id that is not retracted, without ``id, rev, supersedes, reason, t_recorded``, ordered
    by event: two runs over the same reports with the same as-of time agree on exactly this."""
    last: dict[str, Finding] = {}
    for finding in findings:
        held = last.get(finding["id"])
        if held is None or finding["rev"] >= held["rev"]:
            last[finding["id"]] = finding
    kept = [f for f in last.values() if f["status"] != "retracted"]
    bare = [{k: v for k, v in f.items() if k not in _NOT_CONTENT} for f in kept]
    return sorted(bare, key=lambda f: str(f["event"]))
