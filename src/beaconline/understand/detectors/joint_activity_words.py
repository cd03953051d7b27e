"""What a joint activity says: forces and hulls, roles in time order, the tests, and what speaks against it.

Decides: measures, evidence, counter-evidence, queue and the sentence for the radio. Refuses: who commands, why they
came, and any word of intent. Weather, openings of a season and lanes are not known to the program, and it says so.
Masks inform and never veto, except that they and an untested finding go to the context queue (a mask not inside a zone
of kind reef, watch or exclusion). Source: behaviours page. Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from beaconline.foundation.geo.geodesy import NM_M, ecef_point
from beaconline.foundation.records.finding import Draft, Evidence, Mask, Scalar
from beaconline.foundation.records.times import format_us
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.protocol import OUTRANKING_ZONES, Context
from beaconline.understand.ground import Ground
from beaconline.understand.joint.activity import Activity, Rule
from beaconline.understand.joint.hulls import ACTING, FISHING, GROUPS, Hull, place_e7
from beaconline.understand.joint.meetings import Meeting
from beaconline.understand.joint.roles import ROLES, Part
from beaconline.understand.joint.slots import Slots

__all__ = ["Limits", "Story", "draft", "is_rescue", "related", "rescues"]

MOST_MEMBERS = 200
"""Hulls named in one finding, acting forces first; the measures count them all."""
MOST_STRETCHES = 6
"""Stretches of one hull told, first ones; more is milling about."""
MOST_RELATED = 20
"""Findings of other kinds told, in order of time."""
SURE = 0.5
"""A claim of less weight is named in the counter-evidence: half a chance that it is another vessel."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Metres within which a port or an anchorage, and the shore, count as near."""

    port_distance_m: int
    near_shore_m: int


@dataclass(slots=True)
class Story:
    """All that one finding tells: the activity, what each hull did, hulls of the run, earlier meetings, findings of
    other kinds about its members, rescue signals (track code, time, ECEF place), first and last slot of the run."""

    each: Activity
    parts: list[Part]
    hulls: Sequence[Hull]
    met: list[Meeting]
    others: list[tuple[Draft, int]]
    rescue: list[tuple[int, int, tuple[float, float, float]]]
    run_first: int
    run_last: int

    @property
    def start_us(self) -> int:
        return min(int(part.rows.t_us[0]) for part in self.parts)

    @property
    def end_us(self) -> int:
        return max(int(part.rows.t_us[-1]) for part in self.parts)

    def of(self, force: str) -> list[Part]:
        return [part for part in self.parts if self.hulls[part.hull].force == force]

    def forces(self) -> list[str]:
        """Forces by name, acting ones first, each with most hulls first."""
        names = {self.hulls[part.hull].force for part in self.parts}
        return sorted(names, key=lambda name: (name not in ACTING, -len(self.of(name)), name))


def is_rescue(mmsi: int) -> bool:
    """Search-and-rescue aircraft (111) and distress transmitters (970, 972, 974), ITU-R M.585-9."""
    return mmsi // 1_000_000 in (111, 970, 972, 974)


def rescues(slots: Slots, book: TrackBook, slot_us: int) -> list[tuple[int, int, tuple[float, float, float]]]:
    """(track code, time, place) of every slot of a rescue signal."""
    codes = [code for code in range(len(book)) if is_rescue(book.mmsi[code])]
    out = []
    for i in np.flatnonzero(np.isin(slots.track, codes)).tolist() if codes else []:
        t_us = int(slots.slot[i]) * slot_us + int(slots.off_us[i])
        out.append((int(slots.track[i]), t_us, ecef_point(slots.lon_e7[i] * 1e-7, slots.lat_e7[i] * 1e-7)))
    return out


def related(
    drafts: Sequence[Draft], parts: Sequence[Part], forces: dict[int, str]
) -> list[tuple[Draft, int]]:  # fmt: skip
    """Findings of other kinds, with how many members they share, that lie in the time of the activity; of those that
    say most of a formation first, at most MOST_RELATED, in order of time. What two hulls of one force do between
    themselves says nothing more."""
    tracks = {int(code) for part in parts for code in np.unique(part.rows.track)}
    start = min(int(part.rows.t_us[0]) for part in parts)
    end = max(int(part.rows.t_us[-1]) for part in parts)
    found = []
    for draft in drafts:
        shared = len({code for code, _ in draft.members} & tracks)
        alike = len(draft.members) > 1 and len({forces.get(code) for code, _ in draft.members}) == 1
        alike = alike and draft.kind in BETWEEN_TWO
        if shared and not alike and draft.t_start_us <= end and draft.t_end_us >= start:
            rank = RELATED.index(draft.kind) if draft.kind in RELATED else len(RELATED)
            found.append((rank, -shared, draft.t_start_us, draft.kind, draft.key, draft, shared))
    found.sort(key=lambda each: each[:5])
    chosen = sorted(found[:MOST_RELATED], key=lambda each: (each[2], each[0], each[1], each[4]))
    return [(each[5], each[6]) for each in chosen]


BETWEEN_TWO = frozenset({"block", "shadow", "encounter"})
RELATED = ("block", "raft", "shadow", "gap", "zone_entry", "encounter", "loitering", "port_visit", "listed_seen")


def _plain(force: str) -> str:
    return force.replace("_", " ")


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _span(us: int) -> str:
    minutes = us // 60_000_000
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _nm(m: float) -> float:
    """Nautical miles to a tenth."""
    return round(m / NM_M * 10) / 10


def _off(parts: Sequence[Part], role: str) -> tuple[float, float]:
    """Least and largest distance off the middle in that role, nautical miles: 5th and 95th of a hundred."""
    metres = np.concatenate([
        part.off_m[each.first : each.last + 1] for part in parts for each in part.stretches if each.role == role
    ] or [part.off_m for part in parts])  # fmt: skip
    low, high = np.quantile(metres, [0.05, 0.95], method="nearest")
    return _nm(float(low)), _nm(float(high))


def _did(force: str, parts: Sequence[Part]) -> list[str]:
    """What the hulls of one force did, by main role: "12 militia lay close together"."""
    out = []
    for role in ROLES:
        mine = [part for part in parts if part.role == role]
        if not mine:
            continue
        low, high = _off(mine, role)
        phrase = {
            "mass": "kept close together" if force != FISHING else "kept in a fleet",
            "stand off": f"held {low:g} to {high:g} nm off",
            "screen": f"held on all sides, {low:g} to {high:g} nm off",
            "supply": "came to them more than once",
            "shadow": "followed another vessel",
            "block": "held in the way of another vessel",
            "around": f"were {low:g} to {high:g} nm about",
        }[role]
        out.append(f"{len(mine)} {_plain(force)} {phrase}")
    return out


def _p(p: float) -> float:
    """A p value to six places: sums of whole numbers, so the same everywhere."""
    return round(p * 1_000_000) / 1_000_000


def _tests_said(story: Story) -> str:
    each, tests = story.each, story.each.tests
    counted = f"{each.counted} test{'s' if each.counted != 1 else ''} in this run"
    if each.type == "recurring":
        return (
            f"they met here {each.meetings} times, more often than shifted days would bring about "
            f"(p {_p(tests.time_adjusted or 0.0):g} corrected, {counted})"
        )
    if each.type == "formation":
        return (
            "hulls of one force lay together as dealing forces at random hardly ever does "
            f"(p {_p(tests.place_adjusted or 0.0):g} corrected, {counted})"
        )
    return "too few hulls to tell this from chance"


def _why(story: Story, rule: Rule, is_open: bool) -> tuple[dict[str, Scalar], str]:
    forces = story.forces()
    counts = _and([f"{len(story.of(force))} {_plain(force)}" for force in forces])
    did = [phrase for force in forces for phrase in _did(force, story.of(force))]
    span = _span(story.end_us - story.start_us)
    args: dict[str, Scalar] = {
        "forces": ", ".join(forces),
        "hulls": len(story.parts),
        "within_m": rule.radius_m,
        "duration_s": (story.end_us - story.start_us) / 1e6,
        "t_start": format_us(story.start_us),
        "did": "; ".join(did),
        "meetings": story.each.meetings,
        "tests": story.each.counted,
    }
    so_far = " so far" if is_open else ""
    why = (
        f"{counts} hulls, {{0}} among them, were within {_nm(rule.radius_m):g} nm of one place for {span}{so_far}: "
        f"{'; '.join(did)}; {_tests_said(story)}."
    )
    return args, why


def _measures(story: Story, rule: Rule) -> dict[str, Scalar]:
    each, tests = story.each, story.each.tests
    out: dict[str, Scalar] = {
        "duration_s": (story.end_us - story.start_us) / 1e6,
        "radius_m": rule.radius_m,
        "hulls": len(story.parts),
        "forces": ", ".join(sorted(story.forces())),
        "forces_count": len(story.forces()),
        "earlier_meetings": len(story.met),
        "meetings_in_area": each.meetings,
        "tests": each.counted,
        "level": rule.level,
        "seed": rule.seed,
        "run_h": (story.run_last - story.run_first + 1) * rule.slot_us / 3.6e9,
        "p_places": _p(tests.place.p) if tests.place.draws else None,
        "p_places_corrected": None if tests.place_adjusted is None else _p(tests.place_adjusted),
        "draws_places": tests.place.draws,
        "p_time": _p(tests.time.p) if tests.time.draws else None,
        "p_time_corrected": None if tests.time_adjusted is None else _p(tests.time_adjusted),
        "draws_time": tests.time.draws,
    }
    for force in story.forces():
        out[f"hulls_{force}"] = len(story.of(force))
    return out


def _claim(hull: Hull) -> dict[str, Scalar]:
    out: dict[str, Scalar] = {
        "force": hull.force,
        "force_source": hull.claim.source,
        "recognised_by": hull.claim.by,
        "weight": hull.claim.weight,
    }
    if hull.claim.as_of_us is not None:
        out["force_as_of"] = format_us(hull.claim.as_of_us)
    return out


def _hull_evidence(story: Story, part: Part, book: TrackBook) -> list[Evidence]:
    """Roles of one hull in time order; the first item also says who claims its force."""
    out = []
    for k, stretch in enumerate(part.stretches[:MOST_STRETCHES]):
        off = part.off_m[stretch.first : stretch.last + 1]
        detail: dict[str, Scalar] = {
            "until": format_us(int(part.rows.t_us[stretch.last])),
            "off_min_nm": _nm(float(off.min())),
            "off_max_nm": _nm(float(off.max())),
            "slots": stretch.last - stretch.first + 1,
        }
        if k == 0:
            detail |= _claim(story.hulls[part.hull]) | {"main_role": part.role}
        if k == MOST_STRETCHES - 1 and len(part.stretches) > MOST_STRETCHES:
            detail["more_stretches"] = len(part.stretches) - MOST_STRETCHES
        lon_e7, lat_e7 = part.rows.place_e7(stretch.first)
        source = "reported fix" if part.rows.fix[stretch.first] else "interpolated between fixes"
        name = book.names[int(part.rows.track[stretch.first])]
        out.append(Evidence(
            f"role: {stretch.role}", int(part.rows.t_us[stretch.first]), lon_e7, lat_e7, name, source, detail
        ))  # fmt: skip
    return out


def _test_evidence(story: Story) -> list[Evidence]:
    tests = story.each.tests
    out = []
    for what, answer, adjusted in (
        ("forces dealt anew to the hulls: share of time that hulls of one acting force spent together", tests.place,
         tests.place_adjusted),
        ("each force shifted by whole days: pairs of hulls of two forces here at once", tests.time,
         tests.time_adjusted),
    ):  # fmt: skip
        if answer.draws:
            detail: dict[str, Scalar] = {
                "p": _p(answer.p),
                "p_corrected": None if adjusted is None else _p(adjusted),
                "least_p_possible": _p(answer.least),
                "arrangements": answer.draws,
                "all_there_are": answer.all_of_them,
            }
            out.append(Evidence(what, source="computed", detail=detail))
    return out


def _evidence(story: Story, named: Sequence[Part], book: TrackBook) -> tuple[Evidence, ...]:
    out = []
    for force in story.forces():
        parts = story.of(force)
        detail: dict[str, Scalar] = {"hulls": len(parts)}
        detail |= {
            f"{role.replace(' ', '_')}_hulls": n for role in ROLES if (n := sum(part.role == role for part in parts))
        }
        out.append(Evidence(f"force: {_plain(force)}", source="computed", detail=detail))
    out += _test_evidence(story)
    for part in named:
        out += _hull_evidence(story, part, book)
    for draft, shared in story.others:
        detail = {"kind": draft.kind, "type": draft.type, "until": format_us(draft.t_end_us), "shared_members": shared}
        out.append(Evidence(
            f"finding: {_plain(draft.kind)}", draft.t_start_us, draft.lon_e7, draft.lat_e7, None, "computed", detail
        ))  # fmt: skip
    for met in story.met:
        lon_e7, lat_e7 = place_e7(met.place)
        detail = {"until": format_us(met.end_us), "hulls": len(met.hulls), "forces": ", ".join(met.forces)}
        out.append(Evidence("earlier meeting of these hulls", met.start_us, lon_e7, lat_e7, None, "computed", detail))
    return tuple(out)


def _place_against(
    context: Context, lon_e7: int, lat_e7: int, limits: Limits, outranked: bool
) -> tuple[list[Mask], list[Evidence]]:
    """Masks near the place and what they say against the finding."""
    masks = list(context.masks_near(lon_e7, lat_e7, limits.port_distance_m))
    against = []
    if masks:
        nearest = min(masks, key=lambda m: (m.distance_m, m.kind, m.source))
        detail: dict[str, Scalar] = {"distance_m": nearest.distance_m, "within_m": limits.port_distance_m}
        article = "an" if nearest.kind[:1] in "aeiou" else "a"
        against.append(Evidence(f"near {article} {nearest.kind}", source=nearest.source, detail=detail))
    elif not context.has_port_masks:
        against.append(Evidence("no anchorage mask here: no ports or anchorages were given to check against"))
    land_m = context.distance_to_land_m(lon_e7, lat_e7)
    if land_m is None:
        against.append(Evidence("distance to land is not known here"))
    elif land_m <= limits.near_shore_m:
        masks.append(Mask("shore", "land", land_m))
        detail = {"distance_m": land_m, "within_m": limits.near_shore_m}
        against.append(Evidence("near the shore", source="land", detail=detail))
    if masks and outranked:
        against.append(Evidence("a watched zone outranks the masks: kept in the default queue"))
    return masks, against


def _tests_against(story: Story, rule: Rule) -> list[Evidence]:
    each, tests, out = story.each, story.each.tests, []
    run_h: dict[str, Scalar] = {"run_h": (story.run_last - story.run_first + 1) * rule.slot_us / 3.6e9}
    if tests.time_adjusted is None:
        out.append(
            Evidence("too short to test by time: whether they meet more often than chance is open", detail=run_h)
        )
    elif tests.time_adjusted > rule.level:
        detail: dict[str, Scalar] = {"p_corrected": _p(tests.time_adjusted)}
        out.append(Evidence("by time alone these forces meet here no more often than chance", detail=detail | run_h))
    if each.type == "untested":
        out.append(Evidence("too few hulls to tell the formation from chance: kept as context"))
    still = [part for part in story.parts if part.rows.slot[0] <= story.run_first + 1]
    if 2 * len(still) > len(story.parts):
        detail = {"hulls": len(still)}
        out.append(Evidence("most were there when the data began: when they came is not known", detail=detail))
    return out


def _claims_against(story: Story) -> list[Evidence]:
    hulls = [story.hulls[part.hull] for part in story.parts]
    own = sum(not hull.listed for hull in hulls)
    weak = sum(hull.listed and hull.claim.weight < SURE for hull in hulls)
    contrary = sum(bool(hull.claim.against) for hull in hulls)
    out = []
    for n, what in (
        (own, "counted by the type of ship they send, no list names them"),
        (weak, "recognised with little certainty"),
        (contrary, "send something that does not fit the list's entry"),
    ):
        if n:
            detail: dict[str, Scalar] = {"hulls": n}
            out.append(Evidence(f"hulls {what}", detail=detail))
    return out


def _trade_against(story: Story, rule: Rule, zone_kinds: set[str], lanes_known: bool) -> list[Evidence]:
    """Everyday reasons: trade, season, weather, lanes, ports, rescue."""
    forces, out = set(story.forces()), []
    if FISHING in forces and any(GROUPS.get(force) == "police" for force in forces):
        out.append(Evidence("a fishing fleet is policed: a coast guard or agency may hold near it for that alone"))
    if FISHING in forces:
        out.append(Evidence("openings of a fishing season are not known: a fleet may have come for one"))
    out.append(Evidence("weather is not known: shelter from it is not ruled out"))
    if "traffic_lane" in zone_kinds:
        out.append(Evidence("inside a traffic lane"))
    elif not lanes_known:
        out.append(Evidence("traffic lanes are not known here: no zone of that kind was given"))
    ports = sum(shared for draft, shared in story.others if draft.kind == "port_visit")
    if ports:
        out.append(Evidence("port visits of its members in that time", detail={"visits": ports}))
    near = [
        code for code, t_us, place in story.rescue
        if story.start_us - rule.slot_us <= t_us <= story.end_us
        and float(((np.array(place) - story.each.core) ** 2).sum()) <= rule.radius_m**2
    ]  # fmt: skip
    if near:
        detail: dict[str, Scalar] = {"signals": len(set(near))}
        out.append(Evidence("search and rescue was heard there: a rescue gathers all who are near", detail=detail))
    return out


def _named(story: Story, book: TrackBook) -> list[tuple[Part, int]]:
    """Members told, with the track of most slots of each: acting forces first, then by hours; at most MOST_MEMBERS;
    in order of the tracks' names."""
    ranked = sorted(
        story.parts,
        key=lambda part: (story.hulls[part.hull].force not in ACTING, -len(part.rows), story.hulls[part.hull].key),
    )[:MOST_MEMBERS]
    out = []
    for part in ranked:
        codes, count = np.unique(part.rows.track, return_counts=True)
        code = min(zip(codes.tolist(), count.tolist(), strict=True), key=lambda each: (-each[1], book.names[each[0]]))
        out.append((part, code[0]))
    return sorted(out, key=lambda each: book.names[each[1]])


def draft(story: Story, rule: Rule, limits: Limits, ground: Ground, book: TrackBook, as_of_us: int) -> Draft:
    """The draft of one activity."""
    each = story.each
    lon_e7, lat_e7 = place_e7(each.core)
    zones = ground.context.zones_at(lon_e7, lat_e7, story.start_us)
    kinds = {kind for _, kind in zones}
    outranked = bool(kinds & OUTRANKING_ZONES)
    masks, place = _place_against(ground.context, lon_e7, lat_e7, limits, outranked)
    named = _named(story, book)
    is_open = as_of_us - story.end_us < rule.window_slots * rule.slot_us
    args, why = _why(story, rule, is_open)
    left = len(story.parts) - len(named)
    lanes_known = any(zone.kind == "traffic_lane" for zone in ground.zones)
    against = [
        *place, *_tests_against(story, rule), *_claims_against(story),
        *_trade_against(story, rule, kinds, lanes_known),
    ]  # fmt: skip
    return Draft(
        kind="joint_activity",
        type=each.type,
        t_start_us=story.start_us,
        t_end_us=story.end_us,
        open=is_open,
        settled=not is_open,
        members=tuple((code, part.role) for part, code in named),
        lon_e7=lon_e7,
        lat_e7=lat_e7,
        zones=tuple(sorted({name for name, _ in zones})),
        measures=_measures(story, rule) | ({"members_left_off": left} if left else {}),
        evidence=_evidence(story, [part for part, _ in named], book),
        counter_evidence=tuple(against),
        masks=tuple(masks),
        why_key=f"joint_activity.{each.type}",
        why_args=args,
        why=why,
        key=f"{story.start_us} {_first_key(story)}",
        context=each.type == "untested" or (bool(masks) and not outranked),
        members_may_change=True,
    )


def _first_key(story: Story) -> str:
    """A hull that was there at the start and stays the same while others come: the first acting one to be there."""
    acting = [part for part in story.parts if story.hulls[part.hull].force in ACTING] or story.parts
    first = min(acting, key=lambda part: (int(part.rows.slot[0]), story.hulls[part.hull].key))
    return story.hulls[first.hull].key
