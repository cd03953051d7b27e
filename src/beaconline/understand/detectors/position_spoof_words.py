"""What a position_spoof finding says: type, measures, evidence for and against, and the sentence for the radio.

Decides: the type by what the new places have in common, and which episode of one vessel alone is told at all. Refuses:
a cause; a fault of a device, another ship under the number and a false position of somebody's making look alike from
one vessel. Masks explain no impossible place and are not asked. Source: behaviours page. Known failures: "inland" is
asked at the place and at twelve points around it, so a narrow inlet between them is not seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from beaconline.foundation.geo.geodesy import KN_MS, NM_M, destination
from beaconline.foundation.records.finding import Draft, Evidence, Scalar
from beaconline.foundation.records.times import format_us
from beaconline.foundation.table.reports import Pools
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.protocol import Context
from beaconline.understand.detectors import position_spoof_rings as rings
from beaconline.understand.detectors import position_spoof_rows as rows
from beaconline.understand.detectors.position_spoof_episodes import (
    SpoofEpisode,
    is_placeholder,
    leap_m,
    offset_m,
    return_m,
)
from beaconline.understand.detectors.position_spoof_groups import SpoofGroup, common_place, common_vector

__all__ = ["MOST_MEMBERS", "Limits", "draft", "inland"]

MOST_MEMBERS = 100
"""Vessels named in one finding; the others are counted."""
MOST_SHOWN = 12
"""Vessels whose fixes stand in the evidence."""
BACK_M, BACK_SHARE = 1_000.0, 0.15
"""A way back within this of the way out reversed, or within this share of it: the vessel had sailed on meanwhile."""
UNDER_WAY_KN = 3.0
OTHER_TURNS = 2
"""Fixes at the first place meanwhile: so many, and two ships share the number."""
RING_FIT = 0.7
"""Mean cosine between the course told and the ring: under it (45 degrees off) the course told is another."""
POINTS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds and places that words depend on; see ``DEFAULTS`` of the kind."""

    context: Context
    single_leap_m: float
    vector_m: float
    vector_share: float
    place_m: float
    inland_m: int
    window_s: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What the members have in common. vector: metres east, north, spread, how many; place: where, spread, how many."""

    type: str
    fitting: int
    vector: tuple[float, float, float, int] = (0.0, 0.0, 0.0, 0)
    place: tuple[tuple[int, int], float, int] = ((0, 0), 0.0, 0)
    inland: int = 0


def inland(context: Context, lon_e7: int, lat_e7: int, within_m: int) -> bool:
    """Whether a place and twelve points so far around it all lie on land."""
    if context.distance_to_land_m(lon_e7, lat_e7) != 0:
        return False
    for k in range(12):
        lon, lat = destination(lon_e7 * 1e-7, lat_e7 * 1e-7, 30.0 * k, float(within_m))
        if context.distance_to_land_m(round(lon * 1e7), round(lat * 1e7)) != 0:
            return False
    return True


def _is_inland(episode: SpoofEpisode, limits: Limits) -> bool:
    """Whether a vessel was put well inside land from a place that is not."""
    if not episode.leapt:
        return False
    put = (episode.away[rows.F_LON], episode.away[rows.F_LAT])
    last = (episode.away[rows.LON], episode.away[rows.LAT])
    if inland(limits.context, *episode.place(), limits.inland_m):
        return False
    return inland(limits.context, *put, limits.inland_m) or inland(limits.context, *last, limits.inland_m)


def _shape(episodes: Sequence[SpoofEpisode], limits: Limits) -> Shape:
    """The type of a group, by what most members share."""
    half = len(episodes) / 2.0
    vector = common_vector(episodes, limits.vector_m, limits.vector_share)
    place = common_place(episodes, limits.place_m)
    deep = sum(_is_inland(e, limits) for e in episodes)
    ring = sum(bool(e.ring) for e in episodes)
    if ring >= half:
        return Shape("circle", ring, vector, place, deep)
    if max(vector[3], place[2]) >= half and len(episodes) > 1:
        # Ships close together fit both: what scatters less is the pattern.
        if (vector[3], -vector[2]) >= (place[2], -place[1]):
            return Shape("offset", vector[3], vector, place, deep)
        return Shape("jump", place[2], vector, place, deep)
    if deep >= half:
        return Shape("on_land", deep, vector, place, deep)
    return Shape("jump", 0, vector, place, deep)


def _parallel(episode: SpoofEpisode) -> bool:
    """Whether one vessel sailed on elsewhere and came back by the way out reversed, or sailed as before."""
    away = episode.away
    seconds = (away[rows.T] - away[rows.SINCE]) * 1e-6
    if seconds <= 0.0:
        return False
    run = offset_m((away[rows.F_LON], away[rows.F_LAT]), (away[rows.LON], away[rows.LAT]))
    speed = math.hypot(*run) / seconds
    before = math.hypot(*episode.made_ms)
    if min(speed, before) < UNDER_WAY_KN * KN_MS:
        return False
    if episode.back:
        out, home = leap_m(episode), return_m(episode)
        room = max(BACK_M, BACK_SHARE * math.hypot(*out))
        return math.hypot(out[0] + home[0], out[1] + home[1]) <= room
    cosine = (run[0] * episode.made_ms[0] + run[1] * episode.made_ms[1]) / (math.hypot(*run) * before)
    return cosine >= 0.9 and 0.7 <= speed / before <= 1.4


def _alone(episode: SpoofEpisode, limits: Limits) -> Shape | None:
    """The type of one vessel alone; None when it has too few grounds to be told."""
    if episode.ring and not (episode.why_not and episode.leapt and episode.by_turns >= OTHER_TURNS):
        return Shape("circle", 1)
    if not episode.leapt or episode.why_not or episode.clock or episode.turns or episode.by_turns >= OTHER_TURNS:
        return None
    if math.hypot(*leap_m(episode)) < limits.single_leap_m:
        return None
    deep = _is_inland(episode, limits)
    parallel = _parallel(episode)
    if not episode.back and not deep and not parallel:
        return None
    vector = common_vector([episode], limits.vector_m, limits.vector_share)
    if deep:
        return Shape("on_land", 1, vector, inland=1)
    return Shape("offset" if parallel else "jump", 1, vector)


def _off_course(episode: SpoofEpisode) -> bool:
    return bool(episode.ring) and -1.5 < episode.ring[rings.FIT] < RING_FIT


def _grounds(episode: SpoofEpisode) -> int:
    """How many independent grounds one vessel alone gives."""
    leap = episode.leapt and not episode.why_not and not episode.clock
    return int(bool(episode.ring)) + int(leap) + int(_off_course(episode))


def _end_us(episodes: Sequence[SpoofEpisode]) -> int:
    """When it was over: by the last return, where most returned; else the last instant known."""
    back = [e.last_us() for e in episodes if e.back]
    return max(back) if 2 * len(back) > len(episodes) else max(e.last_us() for e in episodes)


def _tenth(x: float) -> float:
    return round(x * 10) / 10


def _span(us: int) -> str:
    minutes = us // 60_000_000
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _compass(east: float, north: float) -> str:
    return POINTS[round(math.degrees(math.atan2(east, north)) / 45.0) % 8]


def _ring_measures(episodes: Sequence[SpoofEpisode]) -> dict[str, Scalar]:
    held = [e.ring for e in episodes if e.ring]
    if not held:
        return {}
    radii = [r[rows.R_SUM] / r[rows.R_N] for r in held]
    told = [r[rings.TOLD_MS] / KN_MS for r in held if r[rings.TOLD_MS] >= 0.0]
    fit = [r[rings.FIT] for r in held if r[rings.FIT] < 1.5]
    return {
        "radius_m": round(median(radii)),
        "radius_spread_m": _tenth(max(r[rows.R_SPREAD] for r in held)),
        "rounds": _tenth(median(abs(r[rows.R_TURNED]) for r in held) / 360.0),
        "turn_rate_deg_min": _tenth(median(r[rings.RATE_DEG_S] for r in held) * 60.0),
        "ring_speed_kn": _tenth(median(r[rings.SPEED_MS] for r in held) / KN_MS),
        "told_speed_kn": _tenth(median(told)) if told else None,
        "course_fit": round(median(fit), 2) if fit else None,
    }


def _measures(episodes: Sequence[SpoofEpisode], group: SpoofGroup, shape: Shape) -> dict[str, Scalar]:
    leaps = [math.hypot(*leap_m(e)) for e in episodes if e.leapt]
    begun = [e.since_us for e in episodes]
    out: dict[str, Scalar] = {
        "vessels": len(episodes),
        "duration_s": _tenth((_end_us(episodes) - min(begun)) * 1e-6),
        "fixes": sum(e.away[rows.COUNT] for e in episodes),
        "returned": sum(bool(e.back) for e in episodes),
        "leap_m": round(median(leaps)) if leaps else None,
        **_ring_measures(episodes),
    }
    if shape.vector[3] and (shape.type == "offset" or (shape.type != "circle" and not group.together)):
        out |= {"offset_east_m": round(shape.vector[0]), "offset_north_m": round(shape.vector[1])}
    if group.together:
        out |= {
            "vessels_near": group.chance.near,
            "vessels_in_common": shape.fitting,
            "leap_rate": float(f"{group.chance.rate:.3g}"),
            "p_value": float(f"{group.chance.p_value:.2g}"),
            "vessel_windows": group.chance.windows,
            "onset_spread_s": _tenth((max(begun) - min(begun)) * 1e-6),
            "vessels_inland": shape.inland,
        }
        if shape.type == "offset":
            out["offset_spread_m"] = _tenth(shape.vector[2])
        if shape.type == "jump" and shape.place[2] > 1:
            out["place_spread_m"] = _tenth(shape.place[1])
    return out


def _fixes(episode: SpoofEpisode, book: TrackBook) -> list[Evidence]:
    """The fixes that an episode stands on."""
    away, out = episode.away, []
    if episode.leapt:
        home = episode.home
        east, north = leap_m(episode)
        detail: dict[str, Scalar] = {"offset_east_m": round(east), "offset_north_m": round(north)}
        out.append(Evidence(
            "last fix at its own place", home[rows.T], home[rows.LON], home[rows.LAT], book.names[home[rows.TRACK]],
            "reported fix",
        ))  # fmt: skip
        out.append(Evidence(
            "first fix elsewhere", away[rows.SINCE], away[rows.F_LON], away[rows.F_LAT],
            book.names[away[rows.F_TRACK]], "reported fix", detail,
        ))  # fmt: skip
    if episode.ring:
        lon, lat = round(episode.ring[rings.LON] * 1e7), round(episode.ring[rings.LAT] * 1e7)
        detail = {
            "radius_m": round(episode.ring[rows.R_SUM] / episode.ring[rows.R_N]),
            "rounds": _tenth(abs(episode.ring[rows.R_TURNED]) / 360.0),
            "until": format_us(episode.ring_until_us),
        }
        source = "circle fitted to its fixes"
        name = book.names[episode.tracks[-1]]
        out.append(Evidence("centre of its circle", episode.ring_since_us, lon, lat, name, source, detail))
    if episode.back:
        back = episode.back
        out.append(Evidence(
            "first fix back", back[rows.SINCE], back[rows.F_LON], back[rows.F_LAT], book.names[back[rows.F_TRACK]],
            "reported fix",
        ))  # fmt: skip
    return out


def _stations(episodes: Sequence[SpoofEpisode], pools: Pools) -> tuple[set[str], bool]:
    """(all stations that heard the fixes elsewhere, whether one heard a vessel at both of its places)."""
    heard: set[str] = set()
    both = False
    for e in episodes:
        away = set(pools.stations[e.away[rows.STATIONS]])
        heard |= away
        both = both or bool(e.leapt and away & set(pools.stations[e.home[rows.STATIONS]]))
    return heard, both


def _against(episodes: Sequence[SpoofEpisode], group: SpoofGroup, shape: Shape, heard: set[str]) -> list[Evidence]:
    """What speaks against a false position, or for another cause of it."""
    out = []
    if not group.together:
        out.append(Evidence("one vessel alone: a fault of its own device looks the same"))
        if episodes[0].leapt:
            out.append(Evidence("another ship under the same number, heard only meanwhile, would look the same"))
            if is_placeholder(episodes[0].mmsi):
                out.append(Evidence("devices send this number from the factory: others may share it"))
        if episodes[0].ring and not _off_course(episodes[0]):
            out.append(Evidence("a boat that really circles looks the same: course and circle do not disagree"))
        if episodes[0].leapt and not episodes[0].back:
            out.append(Evidence("it was not heard back at its own place"))
        return out
    if len(heard) == 1:
        out.append(Evidence("one station alone heard them: a fault of its own looks the same", source=min(heard)))
    elif not heard:
        out.append(Evidence("no station is named: a fault of one receiver is not ruled out"))
    if 0 < shape.fitting < len(episodes):
        detail: dict[str, Scalar] = {"in_common": shape.fitting, "vessels": len(episodes)}
        out.append(Evidence("not all fit what the others have in common", detail=detail))
    if shape.fitting == 0:
        out.append(Evidence("the places they were put on have nothing in common"))
    gone = sum(not e.back and bool(e.ended) for e in episodes if e.leapt)
    if gone:
        out.append(Evidence("not heard back at their own places", detail={"vessels": gone}))
    return out


def _for(group: SpoofGroup, shape: Shape, both: bool, limits: Limits) -> list[Evidence]:
    """What holds for all members at once."""
    out = []
    if group.together:
        odds = group.chance
        detail: dict[str, Scalar] = {
            "vessels_near": odds.near, "leap_rate": float(f"{odds.rate:.3g}"), "window_s": limits.window_s,
            "p_value": float(f"{odds.p_value:.2g}"), "vessel_windows": odds.windows, "leaps_before": odds.onsets,
        }  # fmt: skip
        out.append(Evidence("began together: chance at this run's rate of leaps", source="computed", detail=detail))
    if shape.type == "offset" and group.together:
        detail = {"offset_east_m": round(shape.vector[0]), "offset_north_m": round(shape.vector[1])}
        out.append(Evidence("one common vector", source="computed", detail=detail | {"vessels": shape.vector[3]}))
    if shape.type == "jump" and shape.place[2] > 1:
        (lon, lat), spread, n = shape.place
        detail = {"vessels": n, "spread_m": _tenth(spread)}
        out.append(Evidence("put on one place", None, lon, lat, source="computed", detail=detail))
    if shape.inland:
        out.append(Evidence("put well inside land", detail={"vessels": shape.inland, "margin_m": limits.inland_m}))
    if both:
        out.append(Evidence("one station heard a vessel at both places"))
    return out


def _who(n: int) -> str:
    return "{0}" if n == 1 else f"{{0}} and {n - 1} other{'s' if n > 2 else ''}"


def _what(episodes: Sequence[SpoofEpisode], shape: Shape, measures: dict[str, Scalar]) -> str:
    """The middle of the sentence: what was seen."""
    many = len(episodes) > 1
    were = "were" if many else "was"
    own = "their own places" if many else "its own place"
    nm = float(measures["leap_m"] or 0.0) / NM_M
    if shape.type == "circle":
        return f"{were} told to draw circles of {measures['radius_m']} m radius at {measures['ring_speed_kn']} kn"
    if shape.type == "offset":
        way = _compass(shape.vector[0], shape.vector[1])
        motion = "their motion" if many else "its motion"
        return f"{were} told {nm:.1f} nm to the {way} of {own}, keeping {motion}"
    if shape.type == "on_land":
        return f"{were} told well inside land, {nm:.1f} nm from {own}"
    if shape.place[2] > 1:
        return f"{were} told to be at one place, {nm:.1f} nm from {own}"
    return f"leapt {nm:.1f} nm from {own}"


def _why(
    episodes: Sequence[SpoofEpisode], group: SpoofGroup, shape: Shape, measures: dict[str, Scalar], open_: bool
) -> str:
    begin = min(e.since_us for e in episodes)
    span = _span(_end_us(episodes) - begin)
    for_ = f"for {span}{' so far' if open_ else ''} from {format_us(begin)[11:16]} UTC"
    if not group.together:
        doubt = "one vessel alone, so a fault of its device is as likely"
        return f"{_who(1)} {_what(episodes, shape, measures)} {for_}; {doubt}."
    spread = max(1, round((max(e.since_us for e in episodes) - begin) / 60e6))
    odds = f"{len(episodes)} of {group.chance.near} vessels heard there, all beginning within {spread} min"
    return f"{_who(len(episodes))} {_what(episodes, shape, measures)} {for_}: {odds}."


def _members(episodes: Sequence[SpoofEpisode], book: TrackBook) -> tuple[tuple[int, str], ...]:
    """The tracks of all vessels: the one left, and the one elsewhere; one track that did both is ``displaced``."""
    roles: dict[int, str] = {}
    for e in episodes[:MOST_MEMBERS]:
        for code in e.tracks[:-1]:
            roles.setdefault(code, "own_place")
        roles[e.tracks[-1]] = "displaced"
    return tuple(sorted(roles.items(), key=lambda item: (book.names[item[0]], item[0])))


def draft(
    episodes: list[SpoofEpisode], group: SpoofGroup, book: TrackBook, pools: Pools, limits: Limits
) -> Draft | None:
    """The draft of a group or of one vessel; None where there are too few grounds."""
    shape = _shape(episodes, limits) if group.together else _alone(episodes[0], limits)
    if shape is None:
        return None
    first = min(episodes, key=lambda e: (e.since_us, e.mmsi, e.vessel))
    lon_e7, lat_e7 = first.place()
    # Of a small leap the way back may be missed: what most members did is what happened.
    open_ = 2 * sum(not e.ended and not e.back for e in episodes) > len(episodes)
    measures = _measures(episodes, group, shape)
    heard, both = _stations(episodes, pools)
    evidence = _for(group, shape, both, limits)
    for e in episodes[:MOST_SHOWN]:
        evidence += _fixes(e, book)
    against = _against(episodes, group, shape, heard)
    if len(episodes) > MOST_SHOWN:
        shown: dict[str, Scalar] = {"shown": MOST_SHOWN, "vessels": len(episodes)}
        evidence.append(Evidence("fixes of the first vessels only are shown", detail=shown))
    context = not group.together and _grounds(first) < 2
    if context:
        against.append(Evidence("one ground alone: kept in the context queue"))
    return Draft(
        kind="position_spoof",
        type=shape.type,
        t_start_us=first.since_us,
        t_end_us=_end_us(episodes),
        open=open_,
        settled=group.sure and all(e.ended for e in episodes),
        members=_members(episodes, book),
        lon_e7=lon_e7,
        lat_e7=lat_e7,
        zones=tuple(sorted({name for name, _ in limits.context.zones_at(lon_e7, lat_e7, first.since_us)})),
        measures=measures,
        evidence=tuple(evidence),
        counter_evidence=tuple(against),
        masks=(),
        why_key=f"position_spoof.{shape.type}{'' if group.together else '.alone'}",
        why_args={key: measures[key] for key in sorted(measures)},
        why=_why(episodes, group, shape, measures, open_),
        key=str(first.since_us),
        context=context,
    )
