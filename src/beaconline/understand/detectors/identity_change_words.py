"""What an identity-change finding says: before and after, how the track was held, and what speaks against it.

Decides: the type (the strongest field that changed), the sentence for the radio, and the queue. Refuses: a reason.
Ships are sold, renamed and reflagged, and crews mend slips; most of that happens in port. Masks inform and never veto:
near a port, an anchorage or the shore the finding is context, unless a watched zone, a reef or an exclusion zone holds
the place. Source: behaviours page. Known failures: "one letter differs" is told by letters, not by sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from beaconline.foundation.geo.geodesy import KN_MS, distance_m
from beaconline.foundation.records.finding import Draft, Evidence, Mask, Scalar
from beaconline.foundation.records.times import format_us
from beaconline.foundation.table.reports import Pools, Static
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.protocol import OUTRANKING_ZONES, Context
from beaconline.understand.detectors.identity_change_links import Match
from beaconline.understand.detectors.identity_change_rows import FIELDS
from beaconline.understand.detectors.identity_change_runs import Change, Place
from beaconline.understand.forces.recognise import name_key

__all__ = ["WordRule", "changed", "renumbered"]

WORDS = {"name": "name", "callsign": "call sign", "imo": "IMO number", "path": "path"}
ORDER = ("imo", "callsign", "name")
"""Fields, strongest first: an IMO number stays with a hull for life."""


@dataclass(frozen=True, slots=True)
class WordRule:
    """Thresholds that words depend on; see ``DEFAULTS`` of the kind."""

    held_gap_us: int
    port_distance_m: int
    near_shore_m: int


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _plain(text: Scalar) -> str:
    """Braces stand for members in a sentence, so a name may not bring its own."""
    return str(text).replace("{", "(").replace("}", ")")


def _clock(t_us: int) -> str:
    return format_us((t_us + 500_000) // 1_000_000 * 1_000_000)


def _span(us: int) -> str:
    seconds = us // 1_000_000
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


def is_slip(a: str, b: str) -> bool:
    """Whether two names or call signs differ by one letter put in, left out or changed, or one begins the other."""
    a, b = sorted((name_key(a), name_key(b)), key=len)
    if b.startswith(a) or b.endswith(a):
        return True
    if len(b) - len(a) > 1:
        return False
    k = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    return a[k:] == b[k + 1 :] or a[k + 1 :] == b[k + 1 :]


def _place_context(
    at: Place, rule: WordRule, context: Context
) -> tuple[list[Mask], list[Evidence], tuple[str, ...], bool]:
    """(masks, what they say against the finding, zones over the place, whether one outranks masks)."""
    masks = list(context.masks_near(at.lon_e7, at.lat_e7, rule.port_distance_m))
    against = []
    if masks:
        detail: dict[str, Scalar] = {"distance_m": masks[0].distance_m, "within_m": rule.port_distance_m}
        what = f"near {'an' if masks[0].kind[:1] in 'aeiou' else 'a'} {masks[0].kind}: vessels are renamed in port"
        against.append(Evidence(what, source=masks[0].source, detail=detail))
    elif not context.has_port_masks:
        against.append(Evidence("no anchorage mask here: no ports or anchorages were given to check against"))
    land_m = context.distance_to_land_m(at.lon_e7, at.lat_e7)
    if land_m is not None and land_m <= rule.near_shore_m:
        masks.append(Mask("shore", "land", land_m))
        detail = {"distance_m": land_m, "within_m": rule.near_shore_m}
        against.append(Evidence("near the shore", source="land", detail=detail))
    zones = context.zones_at(at.lon_e7, at.lat_e7, at.t_us)
    outranked = any(kind in OUTRANKING_ZONES for _, kind in zones)
    if masks and outranked:
        against.append(Evidence("a watched zone outranks the masks: kept in the default queue"))
    return masks, against, tuple(name for name, _ in zones), outranked


def _value(change: Change, record: Static) -> Scalar:
    return getattr(record, FIELDS[change.field])  # type: ignore[no-any-return]


def _change_evidence(change: Change, book: TrackBook, pools: Pools) -> list[Evidence]:
    field = FIELDS[change.field]
    old, new = pools.statics[change.old_static], pools.statics[change.new.static]
    track = book.names[change.new.at.track]
    out = []
    for what, t_us, at, record in (
        (f"last sent the {WORDS[field]} before", change.old_last_us, change.old_at, old),
        (f"first sent the {WORDS[field]} after", change.t_us, change.new.at, new),
    ):
        detail: dict[str, Scalar] = {field: _value(change, record), "fix_before_s": (t_us - at.t_us) / 1e6}
        out.append(Evidence(what, t_us, at.lon_e7, at.lat_e7, track, "last fix at or before the message", detail))
    return out


def _way_m(a: Place, b: Place) -> float:
    return round(distance_m(a.lon_e7 * 1e-7, a.lat_e7 * 1e-7, b.lon_e7 * 1e-7, b.lat_e7 * 1e-7) * 10) / 10


def _held(first: Change, rule: WordRule) -> tuple[dict[str, Scalar], list[Evidence], bool]:
    """How the track was held over the change: (measures, counter-evidence, whether well enough)."""
    a, b = first.old_at, first.new.at
    span_us, fixes = first.t_us - a.t_us, b.number - a.number
    way_m = _way_m(a, b)
    step_us = span_us // max(1, fixes)
    measures: dict[str, Scalar] = {
        "change_within_s": (first.t_us - first.old_last_us) / 1e6,
        "fixes_between": fixes,
        "distance_m": way_m,
        "made_good_kn": round(way_m / (b.t_us - a.t_us) * 1e6 / KN_MS * 10) / 10 if b.t_us > a.t_us else None,
    }
    if step_us <= rule.held_gap_us:
        return measures, [], True
    detail: dict[str, Scalar] = {"step_s": step_us // 1_000_000, "most_s": rule.held_gap_us // 1_000_000}
    return measures, [Evidence("silent over the change: it may have been another vessel", detail=detail)], False


def changed(
    group: Sequence[Change], turns: int, settled: bool, rule: WordRule, context: Context, book: TrackBook, pools: Pools
) -> Draft:
    """The draft of changes that belong together; ``turns``: how often the values followed each other besides."""
    by_field = {FIELDS[c.field]: c for c in group}
    fields = [f for f in ORDER if f in by_field]
    first, lead = group[0], by_field[fields[0]]
    at = first.new.at
    before = {f: _value(by_field[f], pools.statics[by_field[f].old_static]) for f in fields}
    after = {f: _value(by_field[f], pools.statics[by_field[f].new.static]) for f in fields}
    measures, held_doubts, held = _held(first, rule)
    masks, against, zones, outranked = _place_context(at, rule, context)
    doubts = [*held_doubts]
    slips = [f for f in fields if f != "imo" and is_slip(str(before[f]), str(after[f]))]
    if slips:
        doubts.append(Evidence(f"one letter, the beginning or the end of the {_and([WORDS[f] for f in slips])} alone "
                               "differs: perhaps a slip put right"))  # fmt: skip
    if turns:
        doubts.append(Evidence("the values also followed each other at other times", detail={"times": turns}))
    said = _and([f"{WORDS[f]} from {_plain(before[f])} to {_plain(after[f])}" for f in fields])
    kind_type = fields[0]
    args: dict[str, Scalar] = {f"{f}_before": before[f] for f in fields} | {f"{f}_after": after[f] for f in fields}
    args |= {"changed": " ".join(fields), "t_after": format_us(first.t_us)}
    within = _span(first.t_us - first.old_last_us)
    return Draft(
        kind="identity_change",
        type=kind_type,
        t_start_us=first.old_last_us,
        t_end_us=max(c.t_us for c in group),
        open=False,
        settled=settled,
        members=((lead.new.at.track, "vessel"),),
        lon_e7=at.lon_e7,
        lat_e7=at.lat_e7,
        zones=zones,
        measures=measures | {"fields_changed": len(fields)},
        evidence=tuple(e for f in fields for e in _change_evidence(by_field[f], book, pools)),
        counter_evidence=(*against, *doubts),
        masks=tuple(masks),
        why_key=f"identity_change.{kind_type}",
        why_args=args,
        why=f"{{0}} changed its {said}, within {within}, at {_clock(first.t_us)}, on one track.",
        key=f"{kind_type} {first.t_us}",
        context=(bool(masks) and not outranked) or not held or len(slips) == len(fields),
    )


def _link_doubts(one: Match, old: Static, new: Static) -> tuple[list[Evidence], bool]:
    """(counter-evidence, whether it is enough to keep the finding out of the queue)."""
    out, weak = [], False
    if one.by == ("path",):
        out.append(Evidence("nothing that both send links them: the path alone does"))
        if old.imo is not None and new.imo is not None and old.imo != new.imo:
            out.append(Evidence("they send different IMO numbers", detail={"before": old.imo, "after": new.imo}))
            weak = True
        for what, a, b in (("lengths", old.length_dm, new.length_dm), ("beams", old.beam_dm, new.beam_dm)):
            if a is not None and b is not None and abs(a - b) > max(a, b) // 5:
                detail: dict[str, Scalar] = {"before_m": a / 10, "after_m": b / 10}
                out.append(Evidence(f"they send different {what}", detail=detail))
                weak = True
    if one.by[0] == "name":
        out.append(Evidence("linked by name, length and beam: a sister ship may send the same"))
    if one.rivals:
        out.append(Evidence("other vessels fell silent there as well", detail={"vessels": one.rivals}))
        weak = weak or one.by[0] in ("path", "name")
    return out, weak


def renumbered(
    one: Match, sent: tuple[Static, Static], settled: bool, rule: WordRule, context: Context, book: TrackBook
) -> Draft:
    """The draft of a new number in place of an old one; ``sent``: what the old and the new one sent."""
    old, new = sent
    last, first = one.last, one.first
    before, after = book.mmsi[last.track], book.mmsi[first.track]
    flags = before // 1_000_000, after // 1_000_000
    gap_us = first.t_us - last.t_us
    masks, against, zones, outranked = _place_context(first, rule, context)
    doubts, weak = _link_doubts(one, old, new)
    by = _and([WORDS[w] if w != "name" else "name and size" for w in one.by])
    flag = f", country code {flags[0]:03d} to {flags[1]:03d}" if flags[0] != flags[1] else ""
    detail: dict[str, Scalar] = {"mmsi": before, "callsign": old.callsign, "name": old.name, "imo": old.imo}
    evidence = [Evidence("last heard under the number before", last.t_us, last.lon_e7, last.lat_e7,
                         book.names[last.track], "reported fix", detail)]  # fmt: skip
    detail = {"mmsi": after, "callsign": new.callsign, "name": new.name, "imo": new.imo}
    evidence.append(Evidence("first heard under the number after", first.t_us, first.lon_e7, first.lat_e7,
                             book.names[first.track], "reported fix", detail))  # fmt: skip
    return Draft(
        kind="identity_change",
        type="mmsi",
        t_start_us=last.t_us,
        t_end_us=first.t_us,
        open=not settled,
        settled=settled,
        members=tuple(sorted(((last.track, "before"), (first.track, "after")), key=lambda m: book.names[m[0]])),
        lon_e7=first.lon_e7,
        lat_e7=first.lat_e7,
        zones=zones,
        measures={
            "gap_s": gap_us / 1e6,
            "distance_m": round(one.distance_m * 10) / 10,
            "made_good_kn": round(one.distance_m / gap_us * 1e6 / KN_MS * 10) / 10 if gap_us else None,
            "silent_s": one.silent_us / 1e6,
            "mid_before": flags[0],
            "mid_after": flags[1],
        },
        evidence=tuple(evidence),
        counter_evidence=(*against, *doubts),
        masks=tuple(masks),
        why_key="identity_change.mmsi",
        why_args={
            "mmsi_before": before,
            "mmsi_after": after,
            "by": " ".join(one.by),
            "t_after": format_us(first.t_us),
            "flag_changed": flags[0] != flags[1],
        },
        why=(
            f"MMSI {before:09d} fell silent and {_span(gap_us)} later MMSI {after:09d} was heard in its place at "
            f"{_clock(first.t_us)}{flag}, linked by {by}."
        ),
        key=f"mmsi {first.t_us}",
        context=(bool(masks) and not outranked) or weak,
    )
