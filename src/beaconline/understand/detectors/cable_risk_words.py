"""What a cable finding says: type, measures, evidence for and against, peers, and the sentence for the radio.

Decides: its type; whether the status that the ship sends explains what it does; the queue. Refuses: a cause.
Masks inform and never veto: near a port, an anchorage or the shore the finding goes to the context queue, unless a zone
of kind reef, watch or exclusion holds the place. Source: behaviours page. Known failures: depth is known only where the
cable's file tells it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from beaconline.foundation.records.finding import Draft, Evidence, Mask, Scalar
from beaconline.foundation.records.times import format_us
from beaconline.understand.context.cables import Cable
from beaconline.understand.context.protocol import OUTRANKING_ZONES, Context
from beaconline.understand.detectors.cable_risk_controls import Event, Flags, Peers, flags_of
from beaconline.understand.detectors.cable_risk_lines import CableLines, cables_near

__all__ = ["Limits", "draft"]

MOST = 0.5
"""Share of the fixes that must send a status of one sort for it to be the ship's status."""
ANCHOR_KN = 1.0
"""A ship at anchor swings slower than this on average; one that says "at anchor" and makes more way does not lie."""
MAX_NAMED = 5
"""Cables named in one finding, nearest first."""
LONG_GAP_US = 1_800_000_000
"""A bridged gap over this (30 min) stands in the counter-evidence."""
WORKING = frozenset({
    "fishing", "towing", "tug", "dredging or underwater work", "diving", "sailing", "pleasure", "pilot",
    "search and rescue", "port tender", "anti-pollution", "law enforcement", "military",
})  # fmt: skip
"""Classes whose work is done at such speeds: kept as context unless a watched zone outranks."""
DRAWN = Evidence("the cable's route is drawn for a map: where it truly lies may be kilometres off")
NO_MASKS = Evidence("no anchorage mask here: no ports or anchorages were given to check against")
NO_LAND = Evidence("distance to land is not known here")


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds that words depend on; see ``DEFAULTS`` of the kind."""

    enter_m: float
    min_peers: int
    common_share: float
    anchor_reach_m: float
    port_distance_m: int
    near_shore_m: int
    window_us: int


@dataclass(frozen=True, slots=True)
class _Status:
    """What the ship says it does: words, and whether that explains what it does; None in doubt."""

    words: str
    explains: bool | None


def _status(event: Event) -> _Status:
    need = max(1.0, MOST * event.nodes)
    if event.anchored >= need:
        if event.moored_kn < ANCHOR_KN:
            return _Status("at anchor or moored", True)
        return _Status("at anchor or moored, but it makes way", False)
    if event.fishing >= need:
        return _Status("fishing", True)
    if event.hampered >= need:
        return _Status("not able to move freely (not under command, restricted, aground)", True)
    if event.towing >= need:
        return _Status("towing or pushing", True)
    if event.under_way >= need:
        return _Status("under way", False)
    return _Status("no one status for most of the time", None)


def _type(event: Event, flags: Flags) -> str:
    _, turning, loss = flags_of(event, flags)
    if turning:
        return "zigzag"
    if loss and event.slowest_kn >= flags.still_kn:
        return "speed_loss"
    return "still" if event.slowest_kn < flags.still_kn else "slow"


def _tenth(value: float) -> float:
    return round(value * 10) / 10


def _seconds(us: int) -> float:
    """Seconds to the millisecond."""
    return (us + 500) // 1000 / 1000


def _span(us: int) -> str:
    """A length of time as said on the radio: "2 h 05 min", "31 min"."""
    minutes = us // 60_000_000
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


@dataclass(frozen=True, slots=True)
class _Judged:
    """Everything that decides the queue."""

    type: str
    status: _Status
    common: bool
    loss: bool
    unusual: bool
    depth_m: float | None
    cables: tuple[str, ...]
    masks: tuple[Mask, ...]
    zones: tuple[str, ...]
    outranked: bool
    land_m: int | None


def _judge(
    event: Event,
    peers: Peers,
    ground: tuple[CableLines, Sequence[Cable]],
    rules: tuple[Flags, Limits],
    context: Context,
) -> _Judged:
    (lines, cables), (flags, limits) = ground, rules
    lon_e7, lat_e7 = event.near_at
    number, metres = cables_near(lines, lon_e7 * 1e-7, lat_e7 * 1e-7, limits.enter_m)
    near = sorted(zip(metres.tolist(), number.tolist(), strict=True), key=lambda m: (round(m[0]), cables[m[1]].name))
    names = tuple(dict.fromkeys(cables[k].name for _, k in near)) or (cables[event.cable].name,)
    depth_m = cables[event.cable].depth_m
    masks = list(context.masks_near(lon_e7, lat_e7, limits.port_distance_m))
    land_m = context.distance_to_land_m(lon_e7, lat_e7)
    if land_m is not None and land_m <= limits.near_shore_m:
        masks.append(Mask("shore", "land", land_m))
    zones = context.zones_at(lon_e7, lat_e7, event.near_us)
    for name, kind in zones:
        if kind in ("port", "anchorage"):
            masks.insert(0, Mask(kind, f"zone {name}", 0))
    enough = peers.passages >= limits.min_peers
    common = enough and peers.slow >= limits.common_share * peers.passages and peers.slow_vessels >= 2
    _, _, loss = flags_of(event, flags)
    if loss and enough and 0 <= peers.median_kn < flags.loss_ratio * event.before_kn:
        loss = False  # everybody slows down here
    return _Judged(
        _type(event, flags), _status(event), common, loss, enough and not common, depth_m, names[:MAX_NAMED],
        tuple(masks), tuple(sorted({name for name, _ in zones})), any(kind in OUTRANKING_ZONES for _, kind in zones),
        land_m,
    )  # fmt: skip


def _is_context(event: Event, judged: _Judged, limits: Limits) -> bool:
    """Whether an ordinary reason is at hand, or too little speaks for anything else. What the ship itself says, and
    depth, hold in a watched zone too."""
    if judged.status.explains or (judged.depth_m is not None and judged.depth_m > limits.anchor_reach_m):
        return True
    if judged.outranked:
        return False
    if judged.masks or judged.common or event.ship_class in WORKING:
        return True
    # Without a status nothing can be said not to fit: its own leg and its peers must both speak.
    return not (judged.loss and judged.unusual if judged.status.explains is None else judged.loss or judged.unusual)


def _evidence(event: Event, peers: Peers, judged: _Judged, track: str, limits: Limits) -> tuple[Evidence, ...]:
    def told(what: str, t_us: int, at: tuple[int, int], source: str, **detail: Scalar) -> Evidence:
        return Evidence(what, t_us, at[0], at[1], track, source, detail)

    between = "computed between fixes"
    out = [told("came near the cable", event.start_us, event.start_at, between, within_m=limits.enter_m)]
    out.append(told("nearest to the cable", event.near_us, event.near_at, between, distance_m=_tenth(event.near_m),
                    cables=", ".join(judged.cables)))  # fmt: skip
    if event.slowest_kn >= 0:
        out.append(told("slowest stretch up to here", event.slow_us, event.slow_at, "computed from fixes",
                        speed_kn=_tenth(event.slowest_kn), stretch_s=_seconds(limits.window_us)))  # fmt: skip
    out.append(told("last near the cable", event.end_us, event.end_at, between))
    if event.before_kn >= 0:
        out.append(Evidence("its own speed before", track=track, source="computed from fixes",
                            detail={"speed_kn": _tenth(event.before_kn)}))  # fmt: skip
    out.append(Evidence(f"says: {judged.status.words}", track=track, source="navigational status"))
    if peers.passages >= limits.min_peers:
        detail: dict[str, Scalar] = {
            "passages": peers.passages, "slow": peers.slow, "slow_vessels": peers.slow_vessels,
            "median_speed_kn": peers.median_kn,
        }  # fmt: skip
        what = f"of {peers.passages} passages of others ({event.ship_class}) here {peers.slow} were as slow"
        out.append(Evidence(what, source="passages of this run", detail=detail))
    return tuple(out)


def _against(event: Event, peers: Peers, judged: _Judged, track: str, limits: Limits) -> list[Evidence]:
    detail: dict[str, Scalar]
    out = [DRAWN]
    if judged.depth_m is None:
        out.append(Evidence("depth is not known here: whether an anchor reaches the bottom was not looked at"))
    elif judged.depth_m > limits.anchor_reach_m:
        detail = {"depth_m": judged.depth_m, "anchor_reach_m": limits.anchor_reach_m}
        out.append(Evidence("deeper than an anchor reaches", source="depth in the cable file", detail=detail))
    if judged.status.explains:
        out.append(Evidence("its status explains it", track=track, source="navigational status"))
    elif judged.status.explains is None:
        out.append(Evidence("it sent no status that could fit or not", track=track, source="navigational status"))
    if event.ship_class in WORKING:
        out.append(Evidence(f"ships of this type work at such speeds ({event.ship_class})", track=track,
                            source="type sent by the vessel"))  # fmt: skip
    if judged.common:
        share = round(100 * peers.slow / peers.passages)
        detail = {"passages": peers.passages, "slow": peers.slow, "slow_percent": share}
        detail = {"passages": peers.passages, "slow": peers.slow, "slow_percent": share}
        out.append(Evidence("common here for ships of this type", source="passages of this run", detail=detail))
    for mask in judged.masks[:1] if judged.masks else ():
        article = "an" if mask.kind[:1] in "aeiou" else "a"
        words = "near the shore" if mask.kind == "shore" else f"near {article} {mask.kind}"
        out.append(Evidence(words, source=mask.source, detail={"distance_m": mask.distance_m}))
    if judged.land_m is None:
        out.append(NO_LAND)
    if event.longest_us > LONG_GAP_US:
        detail = {"longest_gap_s": _seconds(event.longest_us)}
        out.append(Evidence("a long gap between fixes was bridged", track=track, detail=detail))
    return out


_DOES = {
    "zigzag": "turned to and fro at {mean:.1f} kn",
    "speed_loss": "slowed from {before:.1f} to {slowest:.1f} kn",
    "still": "lay almost still",
    "slow": "made only {slowest:.1f} kn",
}


def _why(event: Event, judged: _Judged, is_open: bool) -> tuple[dict[str, Scalar], str]:
    args: dict[str, Scalar] = {
        "cable": judged.cables[0], "t_start": format_us(event.start_us), "duration_s": _seconds(event.inside_us),
        "distance_min_m": _tenth(event.near_m), "slowest_kn": _tenth(event.slowest_kn),
        "before_kn": _tenth(event.before_kn) if event.before_kn >= 0 else None,
    }  # fmt: skip
    does = _DOES[judged.type].format(mean=event.mean_kn, before=event.before_kn, slowest=event.slowest_kn)
    # Braces stand for members in the sentence, so a cable's name may not bring its own.
    cable = judged.cables[0].replace("{", "(").replace("}", ")")
    more = f" and {len(judged.cables) - 1} more" if len(judged.cables) > 1 else ""
    over = "over" if event.near_m < 100 else f"within {event.near_m:.0f} m of"
    since = format_us((event.start_us + 500_000) // 1_000_000 * 1_000_000)
    so_far = " so far" if is_open else ""
    return args, (
        f"{{0}} {does} {over} cable {cable}{more}, near it for {_span(event.inside_us)}{so_far} from {since}; "
        f"its status: {judged.status.words}."
    )


def draft(
    event: Event, peers: Peers, track: str, ground: tuple[CableLines, Sequence[Cable]], rules: tuple[Flags, Limits],
    context: Context, *, is_open: bool, settled: bool,
) -> Draft:  # fmt: skip
    """The draft of one event."""
    limits = rules[1]
    judged = _judge(event, peers, ground, rules, context)
    counter = _against(event, peers, judged, track, limits)
    if not judged.masks and not context.has_port_masks:
        counter.append(NO_MASKS)
    why_args, why = _why(event, judged, is_open)
    return Draft(
        kind="cable_risk",
        type=judged.type,
        t_start_us=event.start_us,
        t_end_us=event.end_us,
        open=is_open,
        settled=settled,
        members=((event.track, "vessel"),),
        lon_e7=event.near_at[0],
        lat_e7=event.near_at[1],
        zones=judged.zones,
        measures={
            "duration_s": _seconds(event.end_us - event.start_us),
            "near_cable_s": _seconds(event.inside_us),
            "distance_min_m": _tenth(event.near_m),
            "slowest_kn": _tenth(event.slowest_kn),
            "mean_speed_kn": _tenth(event.mean_kn),
            "speed_before_kn": _tenth(event.before_kn) if event.before_kn >= 0 else None,
            "turns": event.turns,
            "passages": event.passages,
            "way_m": _tenth(event.way_m),
            "peer_passages": peers.passages,
            "peer_slow_passages": peers.slow,
            "depth_m": judged.depth_m,
            "distance_to_land_m": judged.land_m,
        },
        evidence=_evidence(event, peers, judged, track, limits),
        counter_evidence=tuple(counter),
        masks=judged.masks,
        why_key=f"cable_risk.{judged.type}",
        why_args=why_args,
        why=why,
        key=str(event.start_us),
        context=_is_context(event, judged, limits),
    )
