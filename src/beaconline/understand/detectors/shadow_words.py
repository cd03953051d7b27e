"""What a shadow finding says: type, measures, evidence for and against, and the sentence for the radio.

Decides: which numbers are told, what stands against them, which of two queues. Refuses: a purpose, and the word for
one. Masks inform and never veto: near a port, an anchorage or the shore the finding goes to the context queue, unless
it lies in a watched zone, a reef or an exclusion zone. Source: behaviours page.
Known failures: lengths and speeds that the two could make are not known, so "it could have passed" is never said.
"""

from __future__ import annotations

from dataclasses import dataclass

from beaconline.foundation.geo.geodesy import NM_M
from beaconline.foundation.records.finding import Draft, Evidence, Mask, Scalar
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.protocol import OUTRANKING_ZONES, Context
from beaconline.understand.detectors import shadow_trail as trail
from beaconline.understand.detectors.shadow_judge import Answer, Limits, Stretch, Verdict, place
from beaconline.understand.detectors.shadow_motion import AFTER, BEFORE, KIND, LAT, LON, OTHERS, SIZE, T_US, TURN_MOVE

__all__ = ["DOUBTS", "Shown", "draft", "near_places"]

MOST_TOLD = 6
"""Answers told in the evidence, the greatest turns first: a finding is read on a screen."""

MMS_TO_KN = 3600.0 / NM_M / 1000.0
"""Knots in a millimetre a second."""

COMPUTED = "computed from the fixes of both"
BEAT_PLACE = "interpolated between fixes"

DOUBTS = {
    "nothing_answered": "no turn or change of speed that only these two made: two ships on one lane at one speed look "
    "the same",
    "little_answered": "turns and changes of speed that only these two made are too little: one bend of a lane looks "
    "the same",
    "interpolated": "mostly lines drawn between fixes far apart",
    "like_a_tow": "so near, so slow and so even that it may be a tow",
    "pilot": "one of them says it is a pilot vessel",
    "both_fish": "both say they are fishing vessels, which work the same ground on the same courses",
    "both_pleasure": "both say they are sailing or pleasure craft, which cruise and race together",
    "both_passenger": "both say they are passenger ships, which run the same lines",
}
"""What keeps a finding in the context queue, by key of the verdict."""


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a draft is made of."""

    stretch: Stretch
    verdict: Verdict
    limits: Limits
    is_open: bool
    settled: bool

    @property
    def start_us(self) -> int:
        return int(self.stretch.head[trail.START_US])

    @property
    def end_us(self) -> int:
        return int(self.stretch.head[trail.LAST_US])


def _span(us: int) -> str:
    """A length of time as said on the radio: "2 h 05 min", "31 min"."""
    minutes = us // 60_000_000
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _answered(verdict: Verdict) -> list[Answer]:
    return [answer for answer in verdict.answers if answer.given is not None]


def _median(values: list[float]) -> float | None:
    return sorted(values)[(len(values) - 1) // 2] if values else None


def _measures(shown: Shown, land_m: int | None) -> dict[str, Scalar]:
    head, verdict = shown.stretch.head, shown.verdict
    given = _answered(verdict)
    turns = [answer for answer in verdict.answers if answer.asked[KIND] == TURN_MOVE]
    delay = _median([answer.delay_s for answer in given if answer.asked[KIND] == TURN_MOVE])
    middle = max(1.0, verdict.range_m[1])
    return {
        "duration_s": (shown.end_us - shown.start_us) // 1_000_000,
        "distance_min_m": int(head[trail.CLOSEST_MM] + 500) // 1000,
        "distance_median_m": round(verdict.range_m[1]),
        "distance_p10_m": round(verdict.range_m[0]),
        "distance_p90_m": round(verdict.range_m[2]),
        "distance_variation_percent": round(100.0 * (verdict.range_m[2] - verdict.range_m[0]) / middle),
        "lag_median_s": round(verdict.lag_s[1]),
        "lag_p10_s": round(verdict.lag_s[0]),
        "lag_p90_s": round(verdict.lag_s[2]),
        "cross_track_median_m": round(verdict.cross_m[1]),
        "cross_track_spread_m": round((verdict.cross_m[2] - verdict.cross_m[0]) / 2.0),
        "on_path_percent": int(100 * head[trail.OK] // max(1, head[trail.OK] + head[trail.BAD])),
        "leader_turns": len(turns),
        "turns_answered": sum(answer.given is not None for answer in turns),
        "turn_response_lag_s": None if delay is None else round(delay),
        "speed_changes_answered": len(given) - sum(answer.asked[KIND] == TURN_MOVE for answer in given),
        "answered_alone_deg": round(verdict.alone_deg),
        "median_speed_kn_leader": round(verdict.leader_kn, 1),
        "median_speed_kn_follower": round(verdict.follower_kn, 1),
        "longest_gap_s": int(max(head[trail.LONGEST_S : trail.LONGEST_S + 2])),
        "distance_to_land_m": land_m,
    }


def _said(move: list[int]) -> dict[str, Scalar]:
    if move[KIND] == TURN_MOVE:
        side = "starboard" if move[SIZE] > 0 else "port"
        return {
            "turn_deg": round(abs(move[SIZE]) / 1000.0),
            "to": side,
            "course_before_deg": move[BEFORE] // 100,
            "course_after_deg": move[AFTER] // 100,
        }
    return {
        "speed_before_kn": round(move[BEFORE] * MMS_TO_KN, 1),
        "speed_after_kn": round(move[AFTER] * MMS_TO_KN, 1),
    }


def _evidence(shown: Shown, leader: str, follower: str) -> tuple[Evidence, ...]:
    """Where it began, was closest and ended, and the answers in order of time, each with what it answers."""
    head, out = shown.stretch.head, []
    moments = (
        ("first on the leader's path", shown.start_us, trail.AT_START),
        ("closest approach", int(head[trail.CLOSEST_US]), trail.AT_CLOSEST),
        ("last on the leader's path", shown.end_us, trail.AT_END),
    )
    for what, t_us, at in moments:
        detail: dict[str, Scalar] = {}
        if at == trail.AT_CLOSEST:
            detail = {"distance_m": int(head[trail.CLOSEST_MM] + 500) // 1000}
        out.append(Evidence(what, t_us, *place(head, at), leader, BEAT_PLACE, detail))
        out.append(Evidence(what, t_us, *place(head, at + 3), follower, BEAT_PLACE, detail))
    given = sorted(_answered(shown.verdict), key=lambda a: (a.asked[KIND], -abs(a.asked[SIZE]), a.asked[T_US]))
    for answer in sorted(given[:MOST_TOLD], key=lambda a: a.asked[T_US]):
        asked, after = answer.asked, answer.given
        assert after is not None
        verb = "turned" if asked[KIND] == TURN_MOVE else "changed speed"
        detail = _said(asked)
        if asked[OTHERS] > 0:
            detail["others_who_did_the_same"] = asked[OTHERS]
        out.append(Evidence(f"leader {verb}", asked[T_US], asked[LON], asked[LAT], leader, COMPUTED, detail))
        detail = _said(after) | {"after_s": round(answer.delay_s)}
        out.append(
            Evidence(f"follower {verb} after it", after[T_US], after[LON], after[LAT], follower, COMPUTED, detail)
        )
    return tuple(out)


def _against(shown: Shown, leader: str, follower: str) -> list[Evidence]:
    """What in the movements and in what the two say speaks against the finding."""
    verdict, head = shown.verdict, shown.stretch.head
    out = [Evidence(DOUBTS[key]) for key in verdict.doubts]
    if verdict.others:
        detail: dict[str, Scalar] = {"vessels": verdict.others}
        out.append(Evidence("other vessels sailed the same line on the same course", detail=detail))
    shared = [answer.asked[OTHERS] for answer in verdict.answers if answer.asked[OTHERS] > 0]
    if shared:
        detail = {"turns": len(shared), "vessels_at_most": max(shared)}
        out.append(Evidence("other vessels made the same turn there: a lane, a mark or a column", detail=detail))
    missed = [answer for answer in verdict.answers if answer.given is None]
    if missed:
        out.append(
            Evidence("manoeuvres of the leader that were not answered", track=leader, detail={"count": len(missed)})
        )
    if head[trail.LOST]:
        detail = {"count": int(head[trail.LOST])}
        out.append(Evidence("more manoeuvres than are kept were left out", detail=detail))
    for s, name in enumerate((leader, follower)):
        if head[trail.LONG_BEATS + s]:
            share = int(100 * head[trail.LONG_BEATS + s] // head[trail.OK])
            out.append(Evidence("on legs longer than 10 min", track=name, detail={"share_percent": share}))
    return out


def near_places(
    context: Context, lon_e7: int, lat_e7: int, port_distance_m: int, near_shore_m: int
) -> tuple[list[Mask], list[Evidence], int | None]:
    """Masks near a place, what they say against a finding, and metres to land where that is known."""
    masks, against = list(context.masks_near(lon_e7, lat_e7, port_distance_m)), []
    land_m = context.distance_to_land_m(lon_e7, lat_e7)
    if masks:
        nearest = min(masks, key=lambda m: (m.distance_m, m.kind, m.source))
        detail: dict[str, Scalar] = {"distance_m": nearest.distance_m, "within_m": port_distance_m}
        article = "an" if nearest.kind[:1] in "aeiou" else "a"
        against.append(Evidence(f"near {article} {nearest.kind}", source=nearest.source, detail=detail))
    elif not context.has_port_masks:
        against.append(Evidence("no anchorage mask here: no ports or anchorages were given to check against"))
    if land_m is None:
        against.append(Evidence("distance to land is not known here"))
    elif land_m <= near_shore_m:
        masks.append(Mask("shore", "land", land_m))
        detail = {"distance_m": land_m, "within_m": near_shore_m}
        against.append(Evidence("near the shore", source="land", detail=detail))
    return masks, against, land_m


def _why(shown: Shown, leader: int, follower: int) -> tuple[dict[str, Scalar], str]:
    verdict, given = shown.verdict, _answered(shown.verdict)
    miles, minutes = verdict.range_m[1] / NM_M, max(1, round(verdict.lag_s[1] / 60.0))
    span = _span(shown.end_us - shown.start_us)
    so_far = " so far" if shown.is_open else ""
    args: dict[str, Scalar] = {
        "duration_s": (shown.end_us - shown.start_us) // 1_000_000,
        "distance_nm": round(miles, 1),
        "lag_min": minutes,
        "answers": len(given),
    }
    turns = sum(answer.asked[KIND] == TURN_MOVE for answer in given)
    speeds, parts = len(given) - turns, []
    if turns:
        parts.append("turned after it once" if turns == 1 else f"turned after it {turns} times")
    if speeds:
        parts.append("changed speed after it" + ("" if speeds == 1 else f" {speeds} times"))
    tail = f" and {' and '.join(parts)}" if parts else "; no turn or change of speed tells this from a shared lane"
    why = (
        f"{{{follower}}} kept in the path of {{{leader}}} for {span}{so_far}, {miles:.1f} nm and about {minutes} min "
        f"behind{tail}."
    )
    return args, why


def draft(shown: Shown, book: TrackBook, context: Context) -> Draft:
    """The draft of one stretch; members are ordered by the tracks' names."""
    stretch, verdict, limits = shown.stretch, shown.verdict, shown.limits
    names = (book.names[stretch.leader], book.names[stretch.follower])
    lon_e7, lat_e7 = place(stretch.head, trail.AT_CLOSEST + 3)
    masks, against, land_m = near_places(context, lon_e7, lat_e7, limits.port_distance_m, limits.near_shore_m)
    zones = context.zones_at(lon_e7, lat_e7, int(stretch.head[trail.CLOSEST_US]))
    outranked = any(kind in OUTRANKING_ZONES for _, kind in zones)
    if masks and outranked:
        against.append(Evidence("a watched zone outranks the masks: kept in the default queue"))
    swap = names[1] < names[0]
    members = ((stretch.leader, "leader"), (stretch.follower, "follower"))
    why_args, why = _why(shown, int(swap), int(not swap))
    return Draft(
        kind="shadow",
        type=verdict.kind_type,
        t_start_us=shown.start_us,
        t_end_us=shown.end_us,
        open=shown.is_open,
        settled=shown.settled,
        members=members[::-1] if swap else members,
        lon_e7=lon_e7,
        lat_e7=lat_e7,
        zones=tuple(sorted({name for name, _ in zones})),
        measures=_measures(shown, land_m),
        evidence=_evidence(shown, *names),
        counter_evidence=(*against, *_against(shown, *names)),
        masks=tuple(masks),
        why_key=f"shadow.{verdict.kind_type}",
        why_args=why_args,
        why=why,
        key=f"{shown.start_us} {names[0]}",
        context=bool(verdict.doubts) or (bool(masks) and not outranked),
    )
