"""What a loitering finding says: type, measures, evidence for and against, and the sentence for the radio.

Decides: whether the stretch lay far enough off shore or in a watched zone for long enough, by places spread evenly over
it; its type by the smallest circle; what stands against it. Refuses: a purpose. Masks inform and never veto: near a
port or an anchorage, for a vessel that fishes by its own word, and for one that was never heard elsewhere in the data
(an ocean station, a rig, a storage ship), the finding goes to the context queue, unless a zone of kind reef, watch or
exclusion holds it. Source: behaviours page. Known failures: an islet that the coastline in use leaves out is no shore.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from beaconline.foundation.geo.geodesy import F64, bearing_deg, distance_m, ecef_point, lonlat_of
from beaconline.foundation.records.finding import Draft, Evidence, Mask, Scalar
from beaconline.foundation.records.times import format_us
from beaconline.foundation.table.reports import I64, Static
from beaconline.understand.context.protocol import OUTRANKING_ZONES, Context
from beaconline.understand.detectors import loitering_events as ev
from beaconline.understand.detectors.loitering_circle import smallest_circle

__all__ = ["Limits", "Stretch", "circle_of", "draft"]

STEADY = 0.7
"""Way made good by the circle's diameter from which a stretch is a drift: 1 is a straight line, 0.7 a bend of 90."""
MOST = 0.5
"""Share of the fixes that must send one navigational status for it to be told."""
FISHING_TYPE = 30
"""AIS ship type of fishing vessels."""
FEW_FIXES = 4
"""Fewer fixes than this (three, two hours apart) leave room for an hour's work elsewhere between two of them."""
NO_MASKS = Evidence("no anchorage mask here: no ports or anchorages were given to check against")
EVER_THERE = (
    "there from its first fix to its last: it was heard nowhere else in these data, as an ocean station, a rig or a "
    "storage ship would be"
)
NO_LAND = Evidence("distance to land is not known here")

Degrees = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds that words depend on; see ``DEFAULTS`` of the kind."""

    speed_kn: float
    duration_us: int
    offshore_m: float
    hold_radius_m: float
    port_distance_m: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """One event as the kernel leaves it (``loitering_events`` says what each column is). Places are degrees."""

    track: int
    start_us: int
    end_us: int
    begin_at: Degrees
    end_at: Degrees
    start_is_fix: bool
    end_is_fix: bool
    first_us: int
    nodes: int
    anchored: int
    fishing: int
    hampered: int
    joins: int
    silences: int
    unheard_us: int
    moved_us: int
    heard_us: int
    way_m: float
    samples: tuple[Degrees, ...]
    centre: Degrees
    radius_m: float

    @staticmethod
    def of(n: I64, f: F64) -> Stretch:
        """From a row of ``ints`` and of ``floats``."""
        corners = f[ev.CORNER_AT : ev.CORNER_AT + 3 * int(n[ev.CORNERS])].reshape(-1, 3)
        centre, radius_m = circle_of(_place(n[ev.BEGIN_AT]), corners)
        samples = n[ev.SAMPLE_AT : ev.SAMPLE_AT + int(n[ev.SAMPLES])]
        return Stretch(
            int(n[ev.TRACK]), int(n[ev.START]), int(n[ev.END]), _place(n[ev.BEGIN_AT]), _place(n[ev.END_AT]),
            bool(n[ev.START_FIX]), bool(n[ev.END_FIX]), int(n[ev.FIRST]), int(n[ev.NODES]), int(n[ev.ANCHORED]),
            int(n[ev.FISHING]), int(n[ev.HAMPERED]), int(n[ev.JOINS]), int(n[ev.SILENCES]), int(n[ev.UNHEARD_US]),
            int(n[ev.MOVED_US]), int(n[ev.HEARD_US]), float(f[ev.WAY]), tuple(_place(p) for p in samples), centre,
            radius_m,
        )  # fmt: skip

    @property
    def net_m(self) -> float:
        return distance_m(*self.begin_at, *self.end_at)

    @property
    def mean_kn(self) -> float:
        """Mean speed over the time heard, knots."""
        return self.way_m / self.heard_us * 1e6 * 3600 / 1852

    def kind_type(self, limits: Limits) -> str:
        if self.radius_m <= limits.hold_radius_m:
            return "hold"
        return "drift" if self.net_m >= STEADY * 2 * self.radius_m else "wander"


def _place(packed: int) -> Degrees:
    packed = int(packed)
    return (packed >> 32) * 1e-7, ((packed & 0xFFFFFFFF) - 2**31) * 1e-7


def circle_of(origin: Degrees, corners: F64) -> tuple[Degrees, float]:
    """Centre (degrees) and radius in metres of the smallest circle round hull corners (ECEF, float64[n, 3]), in the
    plane tangent at the origin."""
    lon, lat = (math.radians(v) for v in origin)
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    north = np.array([-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)])
    begun = np.array(ecef_point(*origin))
    off = corners - begun
    x, y, radius = smallest_circle(np.column_stack([(off * east).sum(axis=1), (off * north).sum(axis=1)]))
    at = begun + x * east + y * north
    return lonlat_of(float(at[0]), float(at[1]), float(at[2])), float(radius)


def _e7(degrees: float) -> int:
    return round(degrees * 1e7)


def _tenth(value: float) -> float:
    return round(value * 10) / 10


def _hundredth(value: float) -> float:
    return round(value * 100) / 100


def _seconds(us: int) -> float:
    """Seconds to the millisecond."""
    return (us + 500) // 1000 / 1000


def _span(us: int) -> str:
    """A length of time as said on the radio: "2 d 3 h", "7 h 05 min", "31 min"."""
    minutes = us // 60_000_000
    if minutes >= 2880:
        return f"{minutes // 1440} d {minutes % 1440 // 60} h"
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


@dataclass(frozen=True, slots=True)
class _Where:
    """What the ground says: distance to land of the centre, zones over it, and whether the event counts for them."""

    land_m: int | None
    offshore_share: float
    zones: tuple[str, ...]
    watched: tuple[str, ...]

    @property
    def outranked(self) -> bool:
        return bool(self.watched)


def _where(stretch: Stretch, limits: Limits, context: Context) -> _Where | None:
    """None when the stretch lay neither far off shore nor in a watched zone for long enough."""
    need = limits.duration_us / (stretch.end_us - stretch.start_us)
    places = [(_e7(lon), _e7(lat)) for lon, lat in stretch.samples]
    held: Counter[tuple[str, str]] = Counter()
    first, last = (context.zones_over(places, t_us) for t_us in (stretch.start_us, stretch.end_us))
    for one, two in zip(first, last, strict=True):
        held.update({*one, *two})
    watched = {name for (name, kind), n in held.items() if kind in OUTRANKING_ZONES and n >= need * len(places) - 1e-9}
    land_m = context.distance_to_land_m(_e7(stretch.centre[0]), _e7(stretch.centre[1]))
    # Distance to land changes by no more than the way between two places: the circle often answers for all of them.
    if land_m is None or land_m - stretch.radius_m >= limits.offshore_m:
        share = 1.0
    elif land_m + stretch.radius_m < limits.offshore_m:
        share = 0.0
    else:
        off = [context.distance_to_land_m(lon, lat) for lon, lat in places]
        share = sum(d is None or d >= limits.offshore_m for d in off) / len(places)
    if not watched and share < need - 1e-9:
        return None
    return _Where(land_m, share, tuple(sorted({name for name, _ in held})), tuple(sorted(watched)))


def _measures(stretch: Stretch, where: _Where) -> dict[str, Scalar]:
    made_good = stretch.net_m / (stretch.end_us - stretch.start_us) * 1e6 * 3600 / 1852
    course: float | None = None
    if stretch.net_m > 0:
        course = _tenth(bearing_deg(*stretch.begin_at, *stretch.end_at)) % 360.0
    return {
        "duration_s": _seconds(stretch.end_us - stretch.start_us),
        "mean_speed_kn": _hundredth(stretch.mean_kn),
        "circle_radius_m": _tenth(stretch.radius_m),
        "made_good_m": _tenth(stretch.net_m),
        "made_good_kn": _hundredth(made_good),
        "made_good_course_deg_true": course,
        "way_m": _tenth(stretch.way_m),
        "fixes_used": stretch.nodes,
        "interruptions": stretch.joins,
        "unheard_s": _seconds(stretch.unheard_us),
        "faster_s": _seconds(stretch.moved_us),
        "distance_to_land_m": where.land_m,
        "offshore_share_percent": round(where.offshore_share * 100),
    }


def _evidence(stretch: Stretch, track: str) -> tuple[Evidence, ...]:
    def told(what: str, t_us: int | None, at: Degrees, source: str, **detail: Scalar) -> Evidence:
        return Evidence(what, t_us, _e7(at[0]), _e7(at[1]), track, source, detail)

    fix, between = "reported fix", "interpolated between fixes"
    return (
        told("slow from here", stretch.start_us, stretch.begin_at, fix if stretch.start_is_fix else between),
        told("middle of the smallest circle round it", None, stretch.centre, "computed from all fixes used",
             circle_radius_m=_tenth(stretch.radius_m)),
        told("slow up to here", stretch.end_us, stretch.end_at, fix if stretch.end_is_fix else between),
    )  # fmt: skip


def _own_word(stretch: Stretch, said: Static, track: str) -> list[Evidence]:
    """What the vessel itself says that speaks for an ordinary reason."""
    out = []
    for count, words in (
        (stretch.anchored, "it says that it is at anchor or moored"),
        (stretch.fishing, "it says that it is fishing"),
        (stretch.hampered, "it says that it cannot move freely (not under command, restricted, aground)"),
    ):
        if count >= MOST * stretch.nodes:
            detail: dict[str, Scalar] = {"share_percent": count * 100 // stretch.nodes}
            out.append(Evidence(words, track=track, source="navigational status", detail=detail))
    if said.ship_type == FISHING_TYPE:
        out.append(Evidence("a fishing vessel by its own word: gear is worked at such speeds", track=track,
                            source="type sent by the vessel", detail={"ship_type": FISHING_TYPE}))  # fmt: skip
    return out


def _never_elsewhere(stretch: Stretch, is_open: bool, kind_type: str) -> bool:
    """In the data it was there from its first fix on, and is still there."""
    return kind_type == "hold" and is_open and stretch.start_us <= stretch.first_us


def _against(
    stretch: Stretch, track: str, said: Static, where: _Where, masks: list[Mask], context: Context, stays: bool
) -> list[Evidence]:
    out = []
    if masks:
        near = masks[0]
        article = "an" if near.kind[:1] in "aeiou" else "a"
        out.append(Evidence(f"near {article} {near.kind}", source=near.source, detail={"distance_m": near.distance_m}))
    elif not context.has_port_masks:
        out.append(NO_MASKS)
    if where.land_m is None:
        out.append(NO_LAND)
    out += _own_word(stretch, said, track)
    if stays:
        out.append(Evidence(EVER_THERE, track=track))
    elif stretch.start_us <= stretch.first_us:
        out.append(Evidence("there from its first fix on: no arrival was seen", track=track))
    if stretch.silences:
        out.append(Evidence("silent for a while: it may have left and come back", track=track, detail={
            "silences": stretch.silences, "unheard_s": _seconds(stretch.unheard_us)}))  # fmt: skip
    if stretch.nodes < FEW_FIXES:
        out.append(Evidence("few fixes: where it was in between is not known", track=track,
                            detail={"fixes_used": stretch.nodes, "fixes_at_least": FEW_FIXES}))  # fmt: skip
    if where.outranked and (
        masks or stays or stretch.nodes < FEW_FIXES or stretch.fishing >= MOST * stretch.nodes or said.ship_type == 30
    ):
        out.append(Evidence("a watched zone outranks what speaks for an ordinary stay: kept in the default queue"))
    return out


_DOES = {
    "hold": "stayed within a circle of {radius} radius",
    "drift": "drifted {net} to the {course:03.0f}",
    "wander": "moved slowly about within a circle of {radius} radius",
}


def _way(m: float) -> str:
    return f"{m:.0f} m" if m < 1852 else f"{m / 1852:.1f} nm"


def _why(
    stretch: Stretch, kind_type: str, where: _Where, measures: dict[str, Scalar], limits: Limits, is_open: bool
) -> tuple[dict[str, Scalar], str]:
    args: dict[str, Scalar] = {
        "t_start": format_us(stretch.start_us), "duration_s": measures["duration_s"],
        "mean_speed_kn": measures["mean_speed_kn"], "circle_radius_m": measures["circle_radius_m"],
        "distance_to_land_m": where.land_m, "zones": ", ".join(where.watched) or None,
    }  # fmt: skip
    course = measures["made_good_course_deg_true"]
    does = _DOES[kind_type].format(
        radius=_way(stretch.radius_m), net=_way(stretch.net_m), course=course if isinstance(course, float) else 0.0
    )
    # Braces stand for members in the sentence, so a zone's name may not bring its own.
    named = ", ".join(where.watched).replace("{", "(").replace("}", ")")
    place = f"inside {named}" if named else "off shore"
    if not named and where.land_m is not None:
        place = f"{where.land_m / 1852:.0f} nm off shore"
    so_far, span = " so far" if is_open else "", _span(stretch.end_us - stretch.start_us)
    since = format_us((stretch.start_us + 500_000) // 1_000_000 * 1_000_000)
    return args, (
        f"{{0}} kept under {limits.speed_kn:g} kn on average for {span}{so_far} from "
        f"{since}, {place}: it {does}, mean speed {stretch.mean_kn:.1f} kn."
    )


def draft(
    stretch: Stretch, track: str, said: Static, limits: Limits, context: Context, *, is_open: bool, settled: bool
) -> list[Draft]:
    """The draft of one event, or none where it lay too near the shore and in no watched zone."""
    where = _where(stretch, limits, context)
    if where is None:
        return []
    kind_type = stretch.kind_type(limits)
    lon_e7, lat_e7 = _e7(stretch.centre[0]), _e7(stretch.centre[1])
    masks = list(context.masks_near(lon_e7, lat_e7, limits.port_distance_m))
    stays = _never_elsewhere(stretch, is_open, kind_type)
    fishes = stretch.fishing >= MOST * stretch.nodes or said.ship_type == FISHING_TYPE
    measures = _measures(stretch, where)
    why_args, why = _why(stretch, kind_type, where, measures, limits, is_open)
    return [
        Draft(
            kind="loitering",
            type=kind_type,
            t_start_us=stretch.start_us,
            t_end_us=stretch.end_us,
            open=is_open,
            settled=settled,
            members=((stretch.track, "vessel"),),
            lon_e7=lon_e7,
            lat_e7=lat_e7,
            zones=where.zones,
            measures=measures,
            evidence=_evidence(stretch, track),
            counter_evidence=tuple(_against(stretch, track, said, where, masks, context, stays)),
            masks=tuple(masks),
            why_key=f"loitering.{kind_type}",
            why_args=why_args,
            why=why,
            key=str(stretch.start_us),
            context=(bool(masks) or stays or fishes or stretch.nodes < FEW_FIXES) and not where.outranked,
        )
    ]
