"""What a port visit says: which port, how sure, when it came, stopped and left, and the sentence for the radio.

Decides: confidence as Global Fishing Watch counts it (4: entering, a stop or silence, and leaving were seen; 3: a stop
or silence and one of the two; 2: a stop or silence alone; 1: neither) and the port's name here: the row of the table
that the nearest one is called by, and its place. Refuses: names and states out of tables. All visits are context.
Source: behaviours page. Known failures: two ports nearer to each other than 4 km may bear one name.
"""

from __future__ import annotations

from dataclasses import dataclass

from beaconline.foundation.records.finding import Draft, Evidence, Scalar
from beaconline.foundation.records.times import NO_TIME, format_us
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.context.protocol import Context
from beaconline.understand.detectors import port_visit_rows as pv
from beaconline.understand.detectors.port_visit_places import Harbours, Place, place_of

__all__ = ["Ports", "Visit", "draft"]

Degrees = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports and anchorages as built (see ``build_harbours``), their reach in metres, and the least confidence told."""

    harbours: Harbours
    places: tuple[Place, ...]
    leaders: I32
    within_m: float
    min_confidence: int

    def at(self, place: Degrees, t_us: int) -> tuple[Place | None, int]:
        """The port that a place belongs to, and how far its nearest point is, metres."""
        metres, number = place_of(self.harbours, place[0], place[1], t_us, self.within_m)
        if number < 0:
            return None, 0
        return self.places[self.leaders[number] if number < len(self.leaders) else number], round(metres)


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit as the kernel leaves it (``port_visit_rows`` says what each column is). Places are degrees."""

    track: int
    start_us: int
    start_at: Degrees
    enter_seen: bool
    out_us: int
    out_at: Degrees
    fixes: int
    silences: int
    silence_us: int
    moved_in: bool
    stops: int
    stop_us: int
    long_us: int
    long_from_us: int
    long_at: Degrees
    end_us: int
    end_at: Degrees
    exit_seen: bool
    how: int
    after_us: int
    after_at: Degrees

    @staticmethod
    def of(n: I64) -> Visit:
        """From a row of the kernel."""
        return Visit(
            int(n[pv.TRACK]), int(n[pv.START]), _place(n[pv.START_AT]), bool(n[pv.ENTER_SEEN]), int(n[pv.OUT_US]),
            _place(n[pv.OUT_AT]), int(n[pv.FIXES]), int(n[pv.SILENCES]), int(n[pv.SILENCE_US]), bool(n[pv.MOVED_IN]),
            int(n[pv.STOPS]), int(n[pv.STOP_US]), int(n[pv.LONG_US]), int(n[pv.LONG_FROM]), _place(n[pv.LONG_AT]),
            int(n[pv.END]), _place(n[pv.END_AT]), bool(n[pv.EXIT_SEEN]), int(n[pv.HOW]), int(n[pv.AFTER_US]),
            _place(n[pv.AFTER_AT]),
        )  # fmt: skip

    @property
    def confidence(self) -> int:
        if not self.stops and not self.silences:
            return 1
        return 2 + self.enter_seen + self.exit_seen

    @property
    def kind_type(self) -> str:
        return "stop" if self.stops else "silence" if self.silences else "pass"

    @property
    def called_at(self) -> tuple[Degrees, int]:
        """Where and when it lay longest; where it came in if it never lay."""
        return (self.long_at, self.long_from_us) if self.stops else (self.start_at, self.start_us)


def _place(packed: int) -> Degrees:
    packed = int(packed)
    return (packed >> 32) * 1e-7, ((packed & 0xFFFFFFFF) - 2**31) * 1e-7


def _e7(degrees: float) -> int:
    return round(degrees * 1e7)


def _seconds(us: int) -> float:
    """Seconds to the millisecond."""
    return (us + 500) // 1000 / 1000


def _span(us: int) -> str:
    """A length of time as said on the radio: "2 d 3 h", "7 h 05 min", "31 min"."""
    minutes = us // 60_000_000
    if minutes >= 2880:
        return f"{minutes // 1440} d {minutes % 1440 // 60} h"
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _clock(t_us: int) -> str:
    """An instant to the second, as it is read out."""
    return format_us((t_us + 500_000) // 1_000_000 * 1_000_000)


def _spot(lon: float, lat: float) -> str:
    """A place as read out: "21.30 N 157.87 W"."""
    return f"{abs(lat):.2f} {'N' if lat >= 0 else 'S'} {abs(lon):.2f} {'E' if lon >= 0 else 'W'}"


def _evidence(visit: Visit, track: str) -> tuple[Evidence, ...]:
    def told(what: str, t_us: int, at: Degrees, **detail: Scalar) -> Evidence:
        return Evidence(what, t_us, _e7(at[0]), _e7(at[1]), track, "reported fix", detail)

    out = []
    if visit.out_us != NO_TIME:
        out.append(
            told("last stop at the port before" if visit.moved_in else "last fix outside", visit.out_us, visit.out_at)
        )
    out.append(told("first fix inside", visit.start_us, visit.start_at))
    if visit.stops:
        out.append(told("longest stop from here", visit.long_from_us, visit.long_at, stopped_s=_seconds(visit.long_us)))
    out.append(told("last fix inside", visit.end_us, visit.end_at))
    if visit.how == pv.LEFT:
        out.append(told("first fix outside", visit.after_us, visit.after_at))
    return tuple(out)


def _against(visit: Visit) -> list[Evidence]:
    """What limits the finding."""
    out = []
    if visit.moved_in:
        out.append(Evidence("came from another port of the same coast, never far from one"))
    elif not visit.enter_seen:
        words = "first heard inside" if visit.out_us == NO_TIME else "entered in a silence"
        out.append(Evidence(f"{words}: entering was not seen"))
    if visit.how == pv.LOST:
        out.append(Evidence("not heard leaving"))
    elif visit.how == pv.MOVED_ON:
        out.append(Evidence("went on to another port of the same coast, never far from one"))
    elif visit.how == pv.LEFT and not visit.exit_seen:
        out.append(Evidence("left in a silence: leaving was not seen"))
    if visit.silences:
        out.append(Evidence("silent inside for a while: it may have left and come back", detail={
            "silences": visit.silences, "longest_silence_s": _seconds(visit.silence_us)}))  # fmt: skip
    return out


_DOES = {"stop": "stopped {stopped} in all", "silence": "was silent there for {silent}", "pass": "did not stop"}


def _why(visit: Visit, port: Place, confidence: int) -> tuple[dict[str, Scalar], str]:
    args: dict[str, Scalar] = {
        "port_kind": port.kind, "port_source": port.source, "zone": port.zone or None, "confidence": confidence,
        "t_start": format_us(visit.start_us), "stopped_s": _seconds(visit.stop_us),
    }  # fmt: skip
    article = "an" if port.kind[:1] in "aeiou" else "a"
    # Braces stand for members in the sentence, so a zone's name may not bring its own.
    named = f" {port.zone}".replace("{", "(").replace("}", ")") if port.zone else ""
    does = _DOES[visit.kind_type].format(stopped=_span(visit.stop_us), silent=_span(visit.silence_us))
    end = {
        pv.OPEN: "it was there when last heard",
        pv.LEFT: f"last heard there at {_clock(visit.end_us)}",
        pv.MOVED_ON: f"it went on to another port after {_clock(visit.end_us)}",
        pv.LOST: "it was not heard leaving",
    }[visit.how]
    return args, (
        f"{{0}} was at {article} {port.kind}{named} near {_spot(port.lon_deg, port.lat_deg)} from "
        f"{_clock(visit.start_us)} and {does}; {end}."
    )


def draft(visit: Visit, track: str, ports: Ports, context: Context) -> list[Draft]:
    """The draft of one visit, or none where too little of it was seen."""
    if visit.confidence < ports.min_confidence:
        return []
    at, when_us = visit.called_at
    port, metres = ports.at(at, when_us)
    if port is None:
        at, when_us = visit.start_at, visit.start_us
        port, metres = ports.at(at, when_us)
    if port is None:
        return []
    lon_e7, lat_e7 = _e7(at[0]), _e7(at[1])
    why_args, why = _why(visit, port, visit.confidence)
    measures: dict[str, Scalar] = {
        "confidence": visit.confidence,
        "duration_s": _seconds(visit.end_us - visit.start_us),
        "stopped_s": _seconds(visit.stop_us),
        "longest_stop_s": _seconds(visit.long_us),
        "stops": visit.stops,
        "silences": visit.silences,
        "longest_silence_s": _seconds(visit.silence_us),
        "entering_seen": visit.enter_seen,
        "leaving_seen": visit.exit_seen,
        "fixes_inside": visit.fixes,
        "port_distance_m": metres,
        "port_lon_deg": _e7(port.lon_deg) / 1e7,
        "port_lat_deg": _e7(port.lat_deg) / 1e7,
    }
    is_open = visit.how == pv.OPEN
    return [
        Draft(
            kind="port_visit",
            type=visit.kind_type,
            t_start_us=visit.start_us,
            t_end_us=visit.end_us,
            open=is_open,
            settled=not is_open,
            members=((visit.track, "vessel"),),
            lon_e7=lon_e7,
            lat_e7=lat_e7,
            zones=tuple(sorted({name for name, _ in context.zones_at(lon_e7, lat_e7, when_us)})),
            measures=measures,
            evidence=_evidence(visit, track),
            counter_evidence=tuple(_against(visit)),
            masks=tuple(context.masks_near(lon_e7, lat_e7, round(ports.within_m))),
            why_key=f"port_visit.{visit.kind_type}",
            why_args=why_args,
            why=why,
            key=str(visit.start_us),
            context=True,
        )
    ]
