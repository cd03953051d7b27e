"""What a gap finding says: type, measures, evidence for and against, and the sentence for the radio.

Decides: type by where the vessel is heard again; what stands against it; how far it can have gone. Refuses: a reason
("switched off"), and a place where it was meanwhile. In the context queue stands what began near a port, an anchorage
or the shore, what ended where it began or straight ahead, what was at rest before, what goes on and most share, what
another track of the same number may explain, and what the neighbours do not support; in a watched zone only the last
two do so.
Source: behaviours page. Known failures: the reach is a circle or an ellipse at an even greatest speed, land not spared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from beaconline.foundation.geo.geodesy import F64, NM_M, distance_m
from beaconline.foundation.records.finding import Draft, Evidence, Mask, Scalar
from beaconline.foundation.records.times import NO_TIME, format_us
from beaconline.foundation.table.reports import I64
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context import coverage_odds as odds
from beaconline.understand.context.coverage import SLOT_US
from beaconline.understand.context.protocol import Context
from beaconline.understand.detectors import gap_rows as rows

__all__ = ["Silence", "WordRule", "draft", "notes"]

MANY, MOSTLY = 20, 3
"""So many silences that ended, and so many times more of them there than elsewhere, tell that an open one is one more
vessel at rest: in data thinned of points at rest 96 % are."""
HALF_WORLD_NM = 10_801.0
"""Nobody is farther away than half a great circle."""
STRAIGHT_SHARE, STRAIGHT_TIMES = 0.05, 4.0
"""A vessel that made good its last speed to 5 % sailed straight on, as one does through a hole in the coverage: it is
told to an officer at four times the odds only. Larger times hide one that crosses a zone dark; one tells every hole."""
FAR_NM = 500.0
"""A reach beyond this is told in the sentence as "more than": nobody searches such a circle."""
MOST_ODDS = 1_000.0
"""Odds are told up to this: the model is not good to more."""
NO_MASKS = Evidence("no anchorage mask here: no ports or anchorages were given to check against")
NO_LAND = Evidence("distance to land is not known here")


@dataclass(frozen=True, slots=True)
class WordRule:
    """What words depend on; see ``DEFAULTS`` of the kind."""

    context: Context
    apart_m: float
    odds: float
    reach_kn: float
    port_distance_m: int
    near_shore_m: int


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence as handed out by the loop (see ``gap_rows``): times in microseconds, degrees x 1e7, knots."""

    track: int
    start_us: int
    end_us: int
    closed: bool
    here: tuple[int, int]
    again: tuple[int, int]
    speed_kn: float
    zoned: bool
    at_rest: bool
    limit_us: int
    usual_s: float
    other_us: int
    odds: tuple[float, ...]

    @staticmethod
    def of(n: I64, f: F64) -> Silence:
        """From a row of ``out``."""
        return Silence(
            track=int(n[rows.TRACK]),
            start_us=int(n[rows.T]),
            end_us=int(n[rows.U_T]),
            closed=bool(n[rows.CLOSED]),
            here=(int(n[rows.LON]), int(n[rows.LAT])),
            again=(int(n[rows.U_LON]), int(n[rows.U_LAT])),
            speed_kn=float(rows.speed_of(n)),
            zoned=bool(n[rows.ZONED]),
            at_rest=bool(n[rows.AT_REST]),
            limit_us=int(n[rows.LIMIT]),
            usual_s=float(f[rows.F_USUAL_S]),
            other_us=int(n[rows.OTHER_T]),
            odds=tuple(f[rows.F_ODDS :].tolist()),
        )

    @property
    def hours(self) -> float:
        """Length of the silence."""
        return (self.end_us - self.start_us) / 3.6e9

    @property
    def apart_m(self) -> float:
        """From where it fell silent to where it is heard again; 0 while it is not."""
        if not self.closed:
            return 0.0
        return float(distance_m(*(v * 1e-7 for v in (*self.here, *self.again))))

    @property
    def ratio(self) -> float:
        """How much likelier a stop is than a loss of coverage."""
        return min(MOST_ODDS, math.exp(min(20.0, self.odds[odds.LLR])))

    def heard_s(self) -> int:
        """Seconds, in quarters of an hour, during which others were heard near the last place."""
        return int(self.odds[odds.NEAR_SLOTS]) * SLOT_US // 1_000_000


def _span(us: int) -> str:
    minutes = us // 60_000_000
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _tenth(value: float) -> float:
    return round(value * 10) / 10


def _type(s: Silence, rule: WordRule) -> str:
    if not s.closed:
        return "open"
    return "displaced" if s.apart_m >= rule.apart_m else "undisplaced"


def _reach_nm(s: Silence, rule: WordRule) -> float:
    return min(HALF_WORLD_NM, max(rule.reach_kn, s.speed_kn) * s.hours)


def _reach(s: Silence, rule: WordRule) -> dict[str, Scalar]:
    """How far the vessel can have gone: a circle while it is silent, an ellipse around both ends afterwards."""
    fast_nm = _reach_nm(s, rule)
    out: dict[str, Scalar] = {"reach_nm": _tenth(fast_nm), "reach_speed_kn": _tenth(max(rule.reach_kn, s.speed_kn))}
    if s.speed_kn >= 0:
        out["reach_at_last_speed_nm"] = _tenth(min(HALF_WORLD_NM, s.speed_kn * s.hours))
    if s.closed:
        apart_nm = s.apart_m / NM_M
        out["reach_ellipse_semi_major_nm"] = _tenth(max(fast_nm, apart_nm) / 2)
        out["reach_ellipse_semi_minor_nm"] = _tenth(math.sqrt(max(0.0, fast_nm**2 - apart_nm**2)) / 2)
    return out


def _measures(s: Silence, rule: WordRule, land_m: int | None) -> dict[str, Scalar]:
    quarters = max(1.0, s.odds[odds.SLOTS])
    out: dict[str, Scalar] = {
        "silence_s": (s.end_us - s.start_us) // 1000 / 1000,
        "limit_s": s.limit_us // 1_000_000,
        "usual_interval_s": _tenth(s.usual_s),
        "speed_before_kn": _tenth(s.speed_kn) if s.speed_kn >= 0 else None,
        "odds_of_stopping": _tenth(s.ratio),
        "others_heard_s": s.heard_s(),
        "others_heard_per_quarter_before": _tenth(s.odds[odds.BEFORE_N] / odds.BEFORE_SLOTS),
        "others_heard_per_quarter_during": _tenth(s.odds[odds.NEAR_N] / quarters),
        "others_missed_per_quarter_during": _tenth(s.odds[odds.NEAR_M] / quarters),
        "distance_to_land_m": land_m,
    }
    if s.closed:
        out["displacement_nm"] = _tenth(s.apart_m / NM_M)
        out["speed_implied_kn"] = _tenth(s.apart_m / NM_M / s.hours)
    return out | _reach(s, rule)


def _evidence(s: Silence, rule: WordRule, names: TrackBook) -> tuple[Evidence, ...]:
    name = names.names[s.track]
    speed: dict[str, Scalar] = {"speed_kn": _tenth(s.speed_kn)} if s.speed_kn >= 0 else {}
    out = [Evidence("last heard before the silence", s.start_us, *s.here, name, "reported fix", speed)]
    if s.closed:
        far: dict[str, Scalar] = {"distance_m": _tenth(s.apart_m)}
        out.append(Evidence("heard again", s.end_us, *s.again, name, "reported fix", far))
    if s.odds[odds.WITNESS_D] >= 0:
        t, track, lon, lat = (int(v) for v in s.odds[odds.WITNESS : odds.WITNESS + 4])
        far = {"distance_m": _tenth(s.odds[odds.WITNESS_D])}
        out.append(
            Evidence("another vessel heard near by meanwhile", t, lon, lat, names.names[track], "reported fix", far)
        )
    quarters = int(s.odds[odds.SLOTS])
    if quarters:
        heard: dict[str, Scalar] = {
            "quarters_with_others_heard": int(s.odds[odds.NEAR_SLOTS]), "quarters": quarters,
            "heard": int(s.odds[odds.NEAR_N]), "missed": int(s.odds[odds.NEAR_M]),
        }  # fmt: skip
        out.append(Evidence("others heard within 12 to 18 nm, by quarters of an hour", source="computed", detail=heard))
    reach = {key: value for key, value in _reach(s, rule).items() if not key.startswith("reach_ellipse")}
    out.append(Evidence("how far it can have gone", s.end_us, *s.here, name, "computed", reach))
    return tuple(out)


def _place_against(s: Silence, rule: WordRule, land_m: int | None) -> tuple[list[Mask], list[Evidence]]:
    """Masks near the place where it fell silent, and what they say against the finding."""
    masks = list(rule.context.masks_near(*s.here, rule.port_distance_m))
    against = []
    if masks:
        nearest = min(masks, key=lambda m: (m.distance_m, m.kind, m.source))
        article = "an" if nearest.kind[:1] in "aeiou" else "a"
        detail: dict[str, Scalar] = {"distance_m": nearest.distance_m, "within_m": rule.port_distance_m}
        against.append(Evidence(f"fell silent near {article} {nearest.kind}", source=nearest.source, detail=detail))
    elif not rule.context.has_port_masks:
        against.append(NO_MASKS)
    if land_m is None:
        against.append(NO_LAND)
    elif land_m <= rule.near_shore_m:
        masks.append(Mask("shore", "land", land_m))
        detail = {"distance_m": land_m, "within_m": rule.near_shore_m}
        against.append(Evidence("fell silent near the shore", source="land", detail=detail))
    if masks and s.zoned:
        against.append(Evidence("a watched zone outranks the masks: kept in the default queue"))
    return masks, against


def _against(s: Silence, rule: WordRule, kind_type: str, name: str) -> list[Evidence]:
    """What in the reports themselves speaks against the finding."""
    out = []
    if kind_type == "undisplaced":
        detail: dict[str, Scalar] = {"distance_m": _tenth(s.apart_m), "within_m": rule.apart_m}
        out.append(Evidence("heard again where it fell silent: at rest, or left out by the source", detail=detail))
    if s.at_rest:
        out.append(Evidence("at rest when last heard: ships at a berth or at anchor switch off", track=name))
    if s.ratio < rule.odds:
        detail = {"odds_of_stopping": _tenth(s.ratio), "odds": rule.odds, "others_heard_s": s.heard_s()}
        out.append(Evidence("too few others heard near meanwhile: it may have been out of coverage", detail=detail))
    if _straight_on(s):
        detail = {"speed_before_kn": _tenth(s.speed_kn), "made_good_kn": _tenth(s.apart_m / NM_M / s.hours)}
        out.append(Evidence("it sailed straight on at its own speed, as through a hole in the coverage", detail=detail))
    if _mostly_silent(s):
        detail = {"heard": int(s.odds[odds.NEAR_N]), "missed": int(s.odds[odds.NEAR_M])}
        out.append(Evidence("more of the vessels near by were silent than heard", detail=detail))
    if s.other_us != NO_TIME:
        out.append(Evidence("another track of the same number was heard meanwhile", s.other_us))
    if s.usual_s > 900.0:
        out.append(Evidence("reports seldom at the best of times", detail={"usual_interval_s": _tenth(s.usual_s)}))
    return out


def _mostly_silent(s: Silence) -> bool:
    """More of the neighbours were missed than heard: whatever silenced them may have silenced it."""
    return bool(s.odds[odds.NEAR_M] > s.odds[odds.NEAR_N])


def _straight_on(s: Silence) -> bool:
    """Heard again as far away as its last speed carries it, and no nearer: it has neither stopped nor turned off."""
    made_kn = s.apart_m / NM_M / s.hours
    return s.closed and s.speed_kn > 0.0 and abs(made_kn - s.speed_kn) <= STRAIGHT_SHARE * s.speed_kn


def _why(s: Silence, rule: WordRule, kind_type: str) -> tuple[dict[str, Scalar], str]:
    since = format_us(s.start_us)
    args: dict[str, Scalar] = {
        "silence_s": (s.end_us - s.start_us) // 1000 / 1000,
        "since": since,
        "others_heard_s": s.heard_s(),
        "displacement_nm": _tenth(s.apart_m / NM_M) if s.closed else None,
        "reach_nm": _reach(s, rule)["reach_nm"],
    }
    span = _span(s.end_us - s.start_us)
    heard = s.heard_s() * 1_000_000
    others = f"while others near by were heard for {_span(heard)} of it" if heard else "and nobody near by was"
    if s.closed:
        end = (
            f"; it came back {_tenth(s.apart_m / NM_M):g} nm away"
            if kind_type == "displaced"
            else "; it came back there"
        )
    elif _reach_nm(s, rule) <= FAR_NM:
        end = f"; it has not come back and may be up to {args['reach_nm']:g} nm away"
    else:
        end = f"; it has not come back and may by now be more than {FAR_NM:g} nm away"
    return args, f"{{0}} was not heard for {span} after {since[11:16]} UTC, {others}{end}."


def draft(s: Silence, names: TrackBook, rule: WordRule, ended: tuple[int, int]) -> Draft:
    """The draft of one silence. ``ended``: silences of vessels under way that ended where they began, and elsewhere, as
    far as they say something about one that has not ended."""
    land_m = rule.context.distance_to_land_m(*s.here)
    zones = rule.context.zones_at(*s.here, s.start_us)
    kind_type = _type(s, rule)
    masks, against = _place_against(s, rule, land_m)
    why_args, why = _why(s, rule, kind_type)
    stays = not s.closed and ended[0] >= MANY and ended[0] >= MOSTLY * ended[1]
    if stays:
        detail: dict[str, Scalar] = {"ended_there": ended[0], "ended_elsewhere": ended[1]}
        against.append(Evidence("most silences of this run end where they began: at rest, or left out", detail=detail))
    # One that ended elsewhere tells by itself; until then, what most share may be the source's own.
    shared = not s.closed and _mostly_silent(s)
    aside = bool(masks) or kind_type == "undisplaced" or s.at_rest or stays or shared
    aside |= _straight_on(s) and s.ratio < STRAIGHT_TIMES * rule.odds
    return Draft(
        kind="gap",
        type=kind_type,
        t_start_us=s.start_us,
        t_end_us=s.end_us,
        open=not s.closed,
        settled=s.closed,
        members=((s.track, "vessel"),),
        lon_e7=s.here[0],
        lat_e7=s.here[1],
        zones=tuple(sorted({name for name, _ in zones})),
        measures=_measures(s, rule, land_m),
        evidence=_evidence(s, rule, names),
        counter_evidence=(*against, *_against(s, rule, kind_type, names.names[s.track])),
        masks=tuple(masks),
        why_key=f"gap.{kind_type}",
        why_args=why_args,
        why=why,
        key=str(s.start_us),
        context=(aside and not s.zoned) or s.ratio < rule.odds or s.other_us != NO_TIME,
    )


def notes(counts: I64, params: Mapping[str, Any], full: int) -> list[str]:
    """What was silent and is not told, and why."""
    total, told = int(counts[rows.SILENCES]), int(counts[rows.TOLD])
    out = []
    if total > told:
        hours = f"{float(params['silence_s']) / 3600:g} h"
        reasons = [
            (
                rows.SHARED,
                "shared by most vessels near by: the feed or the receiver was silent, or its range ended there",
            ),
            (rows.ALONE, "with nobody heard or missed near by to compare with"),
            (rows.UNDECIDED, "with too little heard near by to tell a stop from lost coverage"),
            (rows.RESTED, "of vessels at rest that lay where they had lain or are not heard again"),
            (rows.FEW, f"of tracks with fewer than {int(params['fixes'])} fixes"),
        ]
        parts = [f"{int(counts[k]):,} {text}" for k, text in reasons if counts[k]]
        out.append(f"gap: {total - told:,} of {total:,} silences over {hours} are not told: {'; '.join(parts)}")
    if full:
        out.append(
            f"gap: reception was not learnt in {full:,} further cells: there are too many; silences there are not told"
        )
    return out
