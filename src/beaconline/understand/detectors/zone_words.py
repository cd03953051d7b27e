"""What a zone entry finding says: type, measures, evidence for and against, and the sentence for the radio.

Decides: which visits are told and how each is called. Refuses: a legal meaning (innocent passage, intrusion,
violation): a border is whatever the node loaded. Source: behaviours page. Known failures: whether a visit came deep is
exact, the greatest depth is a lower bound: it is taken where depth was looked at, not sought once deep enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from beaconline.foundation.geo.geodesy import F64, bearing_deg, distance_m
from beaconline.foundation.geo.zones import Zone
from beaconline.foundation.records.finding import Draft, Evidence, Scalar
from beaconline.foundation.records.times import NO_TIME, format_us
from beaconline.foundation.table.reports import I64, Pools
from beaconline.understand.detectors import zone_visits as v

__all__ = ["Place", "Visit", "WordRule", "draft"]

LONG_LEG_US = 1_800_000_000
"""A crossing solved on a leg longer than this (30 min) says so in the counter-evidence."""
INTERPOLATED = "interpolated between fixes"


@dataclass(frozen=True, slots=True)
class WordRule:
    """Thresholds that words depend on; see ``DEFAULTS`` of the kind."""

    dwell_us: int
    depth_m: float
    efficiency: float
    speed_ratio: float
    min_kn: float


class Place(NamedTuple):
    """An instant and a place; ``stations`` is a code in pools.stations, -1 for a computed place."""

    t_us: int
    lon_e7: int
    lat_e7: int
    stations: int = -1

    def distance_m(self, other: Place) -> float:
        return distance_m(self.lon_e7 * 1e-7, self.lat_e7 * 1e-7, other.lon_e7 * 1e-7, other.lat_e7 * 1e-7)


def _place(n: I64, at: int, stations: bool) -> Place | None:
    if n[at] == NO_TIME:
        return None
    return Place(int(n[at]), int(n[at + 1]), int(n[at + 2]), int(n[at + 3]) if stations else -1)


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit as the kernel leaves it (``zone_visits`` says what each is); ``how`` is one of its EXIT codes."""

    track: int
    zone: int
    how: int
    appeared: bool
    start: Place
    before: Place | None
    first: Place | None
    last: Place | None
    deepest: Place | None
    out: Place | None
    after: Place | None
    first_sog_mkn: int
    first_cog_cdeg: int
    stay_us: int
    inside_us: int
    unheard_us: int
    silences: int
    excursions: int
    fixes: int
    legs: int
    depth_m: float
    path_m: float
    v_min_kn: float
    v_max_kn: float

    @staticmethod
    def of(n: I64, f: F64, how: int) -> Visit:
        """From a row of ``ints`` and of ``floats``."""
        start = Place(int(n[v.T_START]), int(n[v.LON_START]), int(n[v.LAT_START]))
        return Visit(
            int(n[v.TRACK]), int(n[v.ZONE]), how, bool(n[v.APPEARED]), start,
            _place(n, v.B_T, True), _place(n, v.F_T, True), _place(n, v.L_T, True), _place(n, v.D_T, False),
            _place(n, v.X_T, False), _place(n, v.A_T, True),
            int(n[v.F_SOG]), int(n[v.F_COG]), int(n[v.STAY_US]), int(n[v.IN_US]), int(n[v.UNHEARD_US]),
            int(n[v.GAPS]), int(n[v.EXCURSIONS]), int(n[v.FIXES]), int(n[v.LEGS]),
            float(f[v.DEPTH]), float(f[v.PATH]), float(f[v.V_MIN]), float(f[v.V_MAX]),
        )  # fmt: skip

    def is_told(self, rule: WordRule) -> bool:
        """Stayed, or went deep, on at least one leg: a lone fix inside may be a slip of the receiver."""
        return self.legs > 0 and (self.stay_us >= rule.dwell_us or self.depth_m >= rule.depth_m)

    @property
    def end(self) -> Place:
        """The exit, or the last known place inside."""
        return self.out or self.last or self.start

    def straightness(self) -> float:
        """Straight way over sailed way from start to end, 0..1."""
        return min(1.0, self.start.distance_m(self.end) / self.path_m) if self.path_m > 0 else 0.0

    def kind_type(self, rule: WordRule) -> str:
        if self.appeared:
            return "appeared_inside"
        through = self.how == v.EXIT_CROSSED and self.out is not None
        unbroken = self.excursions == 0 and self.silences == 0
        v_min, v_max = self.speeds_kn()
        steady = v_min >= rule.min_kn and v_min >= rule.speed_ratio * v_max
        if through and unbroken and steady and self.straightness() >= rule.efficiency:
            return "direct_transit"
        return "entry"

    def speeds_kn(self) -> tuple[float, float]:
        """Slowest and fastest minute; a visit shorter than that has its mean for both."""
        if self.v_max_kn > 0:
            return self.v_min_kn, self.v_max_kn
        mean = self.path_m / self.inside_us * 1e6 * 3600 / 1852 if self.inside_us > 0 else 0.0
        return mean, mean


def _metres(m: float) -> float:
    return round(m * 10) / 10


def _seconds(us: int) -> float:
    """Seconds to the millisecond."""
    return (us + 500) // 1000 / 1000


def _tenth(value: float) -> float:
    return round(value * 10) / 10


def _crossing(a: Place, b: Place) -> tuple[float, float]:
    """(course in degrees true, speed in knots) of the leg between two fixes."""
    course = bearing_deg(a.lon_e7 * 1e-7, a.lat_e7 * 1e-7, b.lon_e7 * 1e-7, b.lat_e7 * 1e-7)
    return _tenth(course) % 360.0, _tenth(a.distance_m(b) / (b.t_us - a.t_us) * 1e6 * 3600 / 1852)


def _measures(visit: Visit, rule: WordRule) -> dict[str, Scalar]:
    v_min, v_max = visit.speeds_kn()
    out: dict[str, Scalar] = {
        "duration_s": _seconds(visit.end.t_us - visit.start.t_us),
        "time_inside_s": _seconds(visit.inside_us),
        "longest_stay_s": _seconds(visit.stay_us),
        "depth_max_m": _metres(visit.depth_m),
        "path_m": _metres(visit.path_m),
        "straightness": round(visit.straightness() * 1000) / 1000,
        "speed_min_kn": _tenth(v_min),
        "speed_max_kn": _tenth(v_max),
        "fixes_inside": visit.fixes,
        "excursions": visit.excursions,
        "silences": visit.silences,
        "unheard_s": _seconds(visit.unheard_us),
        "entry_course_deg_true": None,
        "entry_speed_kn": None,
        "entry_leg_s": None,
        "reported_sog_kn": visit.first_sog_mkn / 1000 if visit.first_sog_mkn >= 0 else None,
        "reported_cog_deg_true": visit.first_cog_cdeg / 100 if visit.first_cog_cdeg >= 0 else None,
        "exit_leg_s": None,
    }
    inside = visit.first or visit.after
    if not visit.appeared and visit.before and inside:
        out["entry_course_deg_true"], out["entry_speed_kn"] = _crossing(visit.before, inside)
        out["entry_leg_s"] = _seconds(inside.t_us - visit.before.t_us)
    outside = visit.last or visit.before
    if visit.how in (v.EXIT_CROSSED, v.EXIT_OPEN) and visit.out and visit.after and outside:
        out["exit_leg_s"] = _seconds(visit.after.t_us - outside.t_us)
    return out


def _evidence(visit: Visit, track: str, pools: Pools) -> tuple[Evidence, ...]:
    def told(what: str, place: Place | None, source: str | None = None, **detail: Scalar) -> list[Evidence]:
        if place is None:
            return []
        if source is None and place.stations >= 0:
            heard = pools.stations[place.stations]
            source = f"heard by {', '.join(heard)}" if heard else "reported fix"
        return [Evidence(what, place.t_us, place.lon_e7, place.lat_e7, track, source, detail)]

    out = told("last fix outside", visit.before)
    if not visit.appeared:
        out += told("crossed in", visit.start, INTERPOLATED)
    out += told("first fix inside", visit.first)
    out += told("deepest place", visit.deepest, "greatest distance from the border", depth_m=_metres(visit.depth_m))
    out += told("last fix inside", visit.last)
    out += told(
        "the zone's validity ended" if visit.how == v.EXIT_ZONE_ENDED else "crossed out", visit.out, INTERPOLATED
    )
    return (*out, *told("first fix outside", visit.after))


def _against(visit: Visit, kind_type: str, zone: Zone, measures: dict[str, Scalar], in_context: bool) -> list[Evidence]:
    """What speaks against the finding, or limits what it says."""
    out = []
    if kind_type == "appeared_inside":
        if visit.before:
            out.append(Evidence("where and when it came in is not known", detail={
                "unheard_s": _seconds(visit.start.t_us - visit.before.t_us)}))  # fmt: skip
        elif zone.valid_from_us == visit.start.t_us:
            out.append(Evidence("it was there when the zone became valid"))
        else:
            out.append(Evidence("first heard inside: no entry was seen"))
    if kind_type == "direct_transit":
        out.append(Evidence("straight through at a steady speed", detail={"straightness": measures["straightness"]}))
    if in_context:
        out.append(Evidence(f"vessels are meant to be in a zone of kind {zone.kind}"))
    for what, leg in (("in", "entry_leg_s"), ("out", "exit_leg_s")):
        seconds = measures[leg]
        if isinstance(seconds, float) and seconds * 1e6 > LONG_LEG_US:
            out.append(Evidence(f"crossing {what}: on a leg between fixes far apart", detail={"leg_s": seconds}))
    if visit.first is None:
        out.append(Evidence("no fix inside: the visit lies on a leg between two fixes outside"))
    if visit.silences:
        out.append(Evidence("silent inside for a while: it may have left and come back", detail={
            "silences": visit.silences, "unheard_s": measures["unheard_s"]}))  # fmt: skip
    if visit.excursions:
        out.append(Evidence("went out and came back at once: near the border", detail={"times": visit.excursions}))
    if visit.how == v.EXIT_LOST:
        out.append(Evidence("not heard leaving"))
    return out


def _span(us: int) -> str:
    """A length of time as said on the radio: "2 h 05 min", "31 min", "50 s"."""
    if us < 120_000_000:
        return f"{us // 1_000_000} s"
    minutes = us // 60_000_000
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _clock(t_us: int) -> str:
    """An instant to the second, as it is read out."""
    return format_us((t_us + 500_000) // 1_000_000 * 1_000_000)


def _way(m: float) -> str:
    return f"{m:.0f} m" if m < 1852 else f"{m / 1852:.1f} nm"


_ENDS = {
    v.EXIT_OPEN: "it was inside when last heard",
    v.EXIT_CROSSED: "it left at {}",
    v.EXIT_LOST: "it was not heard leaving",
    v.EXIT_ZONE_ENDED: "it was inside when the zone ended at {}",
}


def _why(visit: Visit, kind_type: str, zone: Zone, measures: dict[str, Scalar]) -> tuple[dict[str, Scalar], str]:
    args: dict[str, Scalar] = {
        "zone": zone.name, "zone_kind": zone.kind, "t_start": format_us(visit.start.t_us),
        "time_inside_s": measures["time_inside_s"], "depth_max_m": measures["depth_max_m"],
    }  # fmt: skip
    # Braces stand for members in the sentence, so a zone's name may not bring its own.
    area = f"{zone.name} ({zone.kind.replace('_', ' ')})".replace("{", "(").replace("}", ")")
    begun, stayed = _clock(visit.start.t_us), _span(visit.inside_us)
    leaving = visit.how == v.EXIT_OPEN and visit.out is not None
    end = "it left at {}, not yet surely" if leaving else _ENDS[visit.how]
    end = end.format(_clock(visit.out.t_us) if visit.out else "")
    v_min, v_max = visit.speeds_kn()
    if kind_type == "direct_transit":
        return args, (
            f"{{0}} passed straight through {area} from {begun}, in {stayed} at {(v_min + v_max) / 2:.1f} kn; {end}."
        )
    if kind_type == "appeared_inside":
        since = f", last heard outside at {_clock(visit.before.t_us)}" if visit.before else ""
        return args, f"{{0}} was heard inside {area} from {begun}{since}; inside for {stayed}; {end}."
    course, speed = measures["entry_course_deg_true"], measures["entry_speed_kn"]
    moving = f" on course {course:03.0f} at {speed:.1f} kn" if course is not None and speed is not None else ""
    return args, (
        f"{{0}} entered {area} at {begun}{moving}, was inside for {stayed} and up to {_way(visit.depth_m)} from the "
        f"border; {end}."
    )


def draft(visit: Visit, zone: Zone, rule: WordRule, track: str, pools: Pools, in_context: bool) -> Draft:
    """The draft of one visit; ``in_context``: the zone's kind alone keeps it out of the default queue."""
    kind_type = visit.kind_type(rule)
    measures = _measures(visit, rule)
    why_args, why = _why(visit, kind_type, zone, measures)
    return Draft(
        kind="zone_entry",
        type=kind_type,
        t_start_us=visit.start.t_us,
        t_end_us=visit.end.t_us,
        open=visit.how == v.EXIT_OPEN,
        settled=visit.how != v.EXIT_OPEN,
        members=((visit.track, "vessel"),),
        lon_e7=visit.start.lon_e7,
        lat_e7=visit.start.lat_e7,
        zones=(zone.name,),
        measures=measures,
        evidence=_evidence(visit, track, pools),
        counter_evidence=tuple(_against(visit, kind_type, zone, measures, in_context)),
        masks=(),
        why_key=f"zone_entry.{kind_type}",
        why_args=why_args,
        why=why,
        key=f"{zone.name} {visit.start.t_us}",
        context=in_context or kind_type == "appeared_inside",
    )
