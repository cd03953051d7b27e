"""What a listed-seen finding says: which entry, its source and date, how the vessel was recognised and how sure.

Decides: the sentence for the radio, evidence and counter-evidence, and the queue. Refuses: to say that the list is
right, or what the vessel is about to do. Source: behaviours page. Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from beaconline.foundation.records.finding import Draft, Evidence, Scalar
from beaconline.foundation.records.times import format_us
from beaconline.foundation.table.reports import Pools, Static
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.detectors.listed_seen_stays import Stay
from beaconline.understand.forces.claims import Claim

__all__ = ["START_US", "Sight", "entered", "heard", "strength"]

START_US = 3_600_000_000
"""Heard within the first hour of the data (microseconds): it may have been there long before."""
OLD_US = 2 * 365 * 86_400_000_000
"""A claim older than two years stands in the counter-evidence: hulls are sold, renamed and transferred."""
MOST_TOLD = 5
"""Claims told in one finding, strongest first; more are counted."""
LIKELY_WEIGHT, SURE_WEIGHT = 0.5, 0.85
"""Weights from which the sentence says "likely" and nothing: words for the radio, the number stands in the measures."""

_BY = {"mmsi": "MMSI", "imo": "IMO number", "callsign": "call sign", "hull": "hull number in its name", "name": "name"}
CONTEXT_ZONES = frozenset({"port", "anchorage", "traffic_lane"})
"""Zones that vessels are meant to be in: entering nothing else is kept out of an officer's queue."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One episode of hearing a vessel: first and last fix (microseconds, degrees x 1e7), fixes, the silence before it
    (-1 = never heard before), whether an earlier episode was recognised, whether it began with the data."""

    track: int
    begin_us: int
    lon_e7: int
    lat_e7: int
    stations: int
    last_us: int
    last_lon_e7: int
    last_lat_e7: int
    fixes: int
    quiet_us: int
    again: bool
    open: bool
    from_the_start: bool


Told = tuple[Claim, int, int]
"""A claim, since when the vessel was recognised by it, on which track (code)."""


def strength(claim: Claim) -> tuple[object, ...]:
    """Sorts claims: strongest first, then the newer date, then by source, list and line."""
    age = -claim.as_of_us if claim.as_of_us is not None else 2**63
    return (-claim.weight, age, claim.source, claim.list_name, claim.line)


def _plain(text: str) -> str:
    """Braces stand for members in a sentence, so a list may not bring its own."""
    return text.replace("{", "(").replace("}", ")")


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _day(t_us: int) -> str:
    return format_us(t_us)[:10]


def _span(us: int) -> str:
    hours = us // 3_600_000_000
    return f"{hours // 24} d {hours % 24} h" if hours >= 48 else f"{hours} h"


def _clock(t_us: int) -> str:
    return format_us((t_us + 500_000) // 1_000_000 * 1_000_000)


def _claim_evidence(told: Sequence[Told], book: TrackBook) -> list[Evidence]:
    out = []
    for claim, t_us, code in told[:MOST_TOLD]:
        detail: dict[str, Scalar] = {
            "list": claim.list_name, "line": claim.line, "by": " ".join(claim.fits), "weight": claim.weight,
            "force": claim.force or None, "listed_as": claim.label, "flag": claim.flag,
            "as_of": None if claim.as_of_us is None else format_us(claim.as_of_us),
        }  # fmt: skip
        what = f"recognised by {_and([_BY[c] for c in claim.fits])}"
        out.append(Evidence(what, t_us, track=book.names[code], source=claim.source, detail=detail))
    return out


def _claim_doubts(told: Sequence[Told], sent: Static, mmsi: int, t_us: int) -> list[Evidence]:
    """What speaks against the recognition, claim by claim."""
    out = []
    sends: dict[str, Scalar] = {"mmsi": mmsi, "imo": sent.imo, "callsign": sent.callsign, "name": sent.name}
    for claim, _, _ in told[:MOST_TOLD]:
        where: dict[str, Scalar] = {"list": claim.list_name, "line": claim.line}
        for column in claim.against:
            what = f"the {_BY[column]} it sends is not the one of the list"
            out.append(Evidence(what, source=claim.source, detail={**where, f"sent_{column}": sends[column]}))
        if claim.as_of_us is None:
            out.append(Evidence("the claim bears no date", source=claim.source, detail=where))
            continue
        age_us = t_us - claim.as_of_us
        detail = {**where, "as_of": format_us(claim.as_of_us), "age_days": age_us // 86_400_000_000}
        if age_us < 0:
            out.append(Evidence("the claim is dated after this", source=claim.source, detail=detail))
        elif age_us > OLD_US:
            out.append(Evidence("the claim is old", source=claim.source, detail=detail))
    if told[0][0].fits == ("name",):
        out.append(Evidence("recognised by its name alone: other vessels may bear it"))
    elif told[0][0].fits == ("hull",):
        out.append(Evidence("recognised by a number in its name alone: other vessels may bear it"))
    forces = sorted({claim.force for claim, _, _ in told if claim.force})
    if len(forces) > 1:
        out.append(Evidence("lists do not agree", detail={"forces": " ".join(forces)}))
    if len(told) > MOST_TOLD:
        out.append(Evidence("more claims than are told here", detail={"claims": len(told)}))
    return out


def _listed(told: Sequence[Told]) -> str:
    """``listed as coast guard by REGISTER (as of 2025-03-01), recognised by MMSI``."""
    claim = told[0][0]
    as_force = f" as {claim.force.replace('_', ' ')}" if claim.force else ""
    dated = f"as of {_day(claim.as_of_us)}" if claim.as_of_us is not None else "undated"
    sure = "" if claim.weight >= SURE_WEIGHT else "likely " if claim.weight >= LIKELY_WEIGHT else "perhaps "
    by = _and([_BY[c] for c in claim.fits])
    return f"{sure}listed{as_force} by {_plain(claim.source)} ({dated}), recognised by {by}"


def _args(told: Sequence[Told]) -> dict[str, Scalar]:
    claim = told[0][0]
    return {
        "force": claim.force or None, "source": claim.source, "list": claim.list_name, "line": claim.line,
        "as_of": None if claim.as_of_us is None else format_us(claim.as_of_us), "by": " ".join(claim.fits),
        "weight": claim.weight, "against": " ".join(claim.against) or None,
    }  # fmt: skip


def _measures(told: Sequence[Told], t_us: int) -> dict[str, Scalar]:
    claim = told[0][0]
    age = None if claim.as_of_us is None else (t_us - claim.as_of_us) // 86_400_000_000
    return {"recognised_weight": claim.weight, "claims": len(told), "claim_age_days": age}


def _unsure(told: Sequence[Told], sure: float) -> bool:
    """Kept out of the queue: recognised too weakly, or the node's own vessel."""
    return told[0][0].weight < sure or told[0][0].force == "own"


def _queue_doubts(told: Sequence[Told], sure: float) -> list[Evidence]:
    if told[0][0].force == "own":
        return [Evidence("listed as own")]
    if told[0][0].weight < sure:
        detail: dict[str, Scalar] = {"weight": told[0][0].weight, "sure_weight": sure}
        return [Evidence("not recognised surely enough for the queue", detail=detail)]
    return []


def _place_evidence(sight: Sight, name: str, pools: Pools) -> list[Evidence]:
    stations = pools.stations[sight.stations] if sight.stations > 0 else ()
    source = f"heard by {', '.join(stations)}" if stations else "reported fix"
    what = "first heard again" if sight.quiet_us >= 0 else "first heard"
    out = [Evidence(what, sight.begin_us, sight.lon_e7, sight.lat_e7, name, source)]
    if sight.last_us > sight.begin_us:
        # The last fix may be of another track of the same vessel, so it names none.
        out.append(Evidence("last heard", sight.last_us, sight.last_lon_e7, sight.last_lat_e7, None, "reported fix"))
    return out


def heard(
    sight: Sight, told: Sequence[Told], zones: Sequence[tuple[str, str]], sure: float, book: TrackBook, pools: Pools,
    sent: Static,
) -> Draft:  # fmt: skip
    """The draft of an episode; ``sent`` is what the vessel said when it was recognised best, ``zones`` those over the
    first fix."""
    name, mmsi = book.names[sight.track], book.mmsi[sight.track]
    doubts = _claim_doubts(told, sent, mmsi, sight.begin_us)
    if sight.fixes == 1:
        doubts.append(Evidence("one fix only"))
    if sight.from_the_start and not sight.again:
        doubts.append(Evidence("heard from the beginning of the data on: it may have been there before"))
    late_us = min(t for _, t, _ in told) - sight.begin_us
    if late_us > 0:
        doubts.append(Evidence("heard before it was recognised", detail={"unrecognised_s": late_us // 1_000_000}))
    silence = f" after {_span(sight.quiet_us)} of silence" if sight.quiet_us >= 0 else ""
    names = [f"{_plain(n)} ({kind.replace('_', ' ')})" for n, kind in zones]
    inside = f" inside {_and(names)}" if names else ""
    begun = "heard again" if sight.again else "first heard"
    measures = _measures(told, sight.begin_us) | {
        "silence_s": sight.quiet_us / 1e6 if sight.quiet_us >= 0 else None,
        "fixes": sight.fixes,
        "duration_s": (sight.last_us - sight.begin_us) / 1e6,
    }
    kind_type = "again" if sight.again else "first"
    return Draft(
        kind="listed_seen",
        type=kind_type,
        t_start_us=sight.begin_us,
        t_end_us=sight.last_us,
        open=sight.open,
        settled=not sight.open,
        members=((sight.track, "listed"),),
        lon_e7=sight.lon_e7,
        lat_e7=sight.lat_e7,
        zones=tuple(n for n, _ in zones),
        measures=measures,
        evidence=(*_place_evidence(sight, name, pools), *_claim_evidence(told, book)),
        counter_evidence=(*_queue_doubts(told, sure), *doubts),
        masks=(),
        why_key=f"listed_seen.{kind_type}",
        why_args=_args(told) | {"t_start": format_us(sight.begin_us)},
        why=f"{{0}}, {_listed(told)}, was {begun}{silence} at {_clock(sight.begin_us)}{inside}.",
        key=f"heard {sight.begin_us}",
        context=_unsure(told, sure),
    )


def entered(
    stay: Stay, told: Sequence[Told], kinds: Sequence[str], sure: float, settled: bool, book: TrackBook, sent: Static
) -> Draft:
    """The draft of a stay in zones of these kinds."""
    doubts = [*_queue_doubts(told, sure), *_claim_doubts(told, sent, book.mmsi[stay.track], stay.begin_us)]
    meant = bool(kinds) and all(kind in CONTEXT_ZONES for kind in kinds)
    if meant:
        doubts.append(Evidence(f"vessels are meant to be in a zone of kind {_and(sorted(set(kinds)))}"))
    if stay.appeared:
        doubts.append(Evidence("heard inside after a silence: where and when it came in is not known"))
    names = _and([f"{_plain(n)} ({kind.replace('_', ' ')})" for n, kind in zip(stay.zones, kinds, strict=True)])
    did = "was heard inside" if stay.appeared else "entered"
    more = f", {stay.visits} times up to {_clock(stay.end_us)}" if stay.visits > 1 else ""
    measures = _measures(told, stay.begin_us) | {
        "visits": stay.visits,
        "time_inside_s": stay.inside_s,
        "duration_s": (stay.end_us - stay.begin_us) / 1e6,
    }
    return Draft(
        kind="listed_seen",
        type="entered",
        t_start_us=stay.begin_us,
        t_end_us=stay.end_us,
        open=stay.open,
        settled=settled,
        members=((stay.track, "listed"),),
        lon_e7=stay.lon_e7,
        lat_e7=stay.lat_e7,
        zones=stay.zones,
        measures=measures,
        evidence=(*stay.evidence, *_claim_evidence(told, book)),
        counter_evidence=tuple(doubts),
        masks=(),
        why_key="listed_seen.entered",
        why_args=_args(told) | {"t_start": format_us(stay.begin_us), "zones": ", ".join(stay.zones)},
        why=f"{{0}}, {_listed(told)}, {did} {names} at {_clock(stay.begin_us)}{more}.",
        key=f"entered {stay.begin_us}",
        context=meant or _unsure(told, sure),
    )
