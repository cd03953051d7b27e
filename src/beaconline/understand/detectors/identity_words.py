"""What an identity conflict says: its type, what speaks for and against it, and the sentence for the radio.

Decides: the type of a conflict and its queue. Refuses: to say which of two ships is the rightful one, or why it
happened. Source: behaviours page ("names both places and both stations"). Known failures: none known.
"""

from __future__ import annotations

from beaconline.foundation.records.finding import Draft, Evidence, Scalar
from beaconline.foundation.records.times import format_us
from beaconline.foundation.table.reports import Pools
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.detectors.identity_changes import Change, Fix
from beaconline.understand.detectors.identity_clocks import Lag
from beaconline.understand.detectors.identity_episodes import Episode

__all__ = ["one_mmsi_draft", "shared_static_draft", "type_of"]

NM_M = 1852.0
HEARD_FAR_M = 185_200.0
"""100 nm: no shore station hears ships that far apart; hearing both places it heard one transmitter."""
KIND = "identity_conflict"


def _place(lon_e7: int, lat_e7: int) -> str:
    """Degrees and minutes as said on the radio: ``41°30'N 003°05'E``."""
    out = []
    for value, width, hemispheres in ((lat_e7, 2, "NS"), (lon_e7, 3, "EW")):
        minutes = (abs(value) * 60 + 5_000_000) // 10_000_000
        letter = hemispheres[value < 0]
        out.append(f"{minutes // 60:0{width}d}°{minutes % 60:02d}'{letter}")
    return " ".join(out)


def _lapse(us: int) -> str:
    seconds = max(us, 0) // 1_000_000
    if seconds < 1:
        return "at the same moment"
    if seconds < 120:
        return f"{seconds} s later"
    if seconds < 7200:
        return f"{seconds // 60} min later"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min later"


def _heard_by(code: int, pools: Pools) -> str:
    stations = pools.stations[code] if code > 0 else ()
    if not stations:
        return "station unknown"
    return ("station " if len(stations) == 1 else "stations ") + ", ".join(stations)


def _evidence(what: str, fix: Fix, book: TrackBook, pools: Pools) -> Evidence:
    detail: dict[str, Scalar] = {}
    if fix.sog_mkn >= 0:
        detail["sog_kn"] = fix.sog_mkn / 1000
    if fix.cog_cdeg >= 0:
        detail["cog_deg_true"] = fix.cog_cdeg / 100
    return Evidence(
        what, fix.t_us, fix.lon_e7, fix.lat_e7, book.names[fix.track], _heard_by(fix.stations, pools), detail
    )


def _pairs_of_evidence(episode: Episode, book: TrackBook, pools: Pools) -> tuple[Evidence, ...]:
    """Both ends of the first, fastest, nearest and last change, each change once."""
    out: list[Evidence] = []
    seen: list[Change] = []
    for word, change in (
        ("first change of place", episode.first),
        ("fastest change of place", episode.fastest),
        ("nearest the two places came", episode.nearest),
        ("last change of place", episode.last),
    ):
        if change is None or change in seen:
            continue
        seen.append(change)
        out.append(_evidence(f"{word}: heard here", change.a, book, pools))
        out.append(_evidence(f"{word}: and {_lapse(change.b.t_us - change.a.t_us)} here", change.b, book, pools))
    return tuple(out)


def type_of(episode: Episode) -> str:
    """``two_places`` (ships heard by turns), ``single_jump`` (went and stayed) or ``stray_fix`` (fixes astray)."""
    if episode.turns():
        return "two_places"
    tracks = episode.claimants.values()
    if episode.changes == 1 and len(tracks) <= 2 and all(c.fixes >= 2 and 2 * c.null <= c.fixes for c in tracks):
        return "single_jump"
    return "stray_fix"


def _one_path(episode: Episode) -> Lag | None:
    """A lag where two tracks by turns are one path; None where there is none. One that bends goes first."""
    lags = [lag for pair in sorted(episode.turns()) if (lag := episode.lag(pair)) is not None]
    return max(lags, key=lambda lag: (lag.is_clock, lag.hits), default=None)


def _is_clock(episode: Episode) -> bool:
    """Whether wrong clocks explain all turns."""
    lags = [episode.lag(pair) for pair in episode.turns()]
    return bool(lags) and all(lag is not None and lag.is_clock for lag in lags)


def _measures(episode: Episode) -> dict[str, Scalar]:
    assert episode.fastest is not None and episode.nearest is not None and episode.farthest is not None
    return {
        "changes_of_place": episode.changes,
        "jumps": episode.jumps,
        "implied_speed_max_kn": round(episode.fastest.speed_kn * 10) / 10,
        "separation_min_m": round(episode.nearest.distance_m),
        "separation_max_m": round(episode.farthest.distance_m),
        "tracks": len(episode.claimants),
        "fixes_on_tracks_not_named": episode.more,
    }


def _astray(episode: Episode) -> list[Evidence]:
    """How many fixes are astray, and what marks them as a fault."""
    ships = episode.ships()
    stray = [c for code, c in episode.claimants.items() if code not in ships]
    fixes, total = sum(c.fixes for c in stray), sum(c.fixes for c in episode.claimants.values())
    detail: dict[str, Scalar] = {"fixes_astray": fixes, "fixes": total}
    if all(c.fixes == 1 for c in stray):
        what = "a place with one fix only: a corrupted message or a device fault looks the same"
    else:
        what = (
            f"{fixes} of {total} fixes lie elsewhere, without a run or a way of their own: corrupted messages or a "
            "device fault look the same"
        )
    out = [Evidence(what, detail=detail)]
    null = sum(c.null for c in stray)
    if null:
        what = f"{null} fixes at latitude 0, longitude 0 exactly: a device that does not know its place sends this"
        out.append(Evidence(what, detail={"fixes": null}))
    if episode.bits:
        what = f"{episode.bits} changes of place by one power of two of the unit of positions: a bit lost on the air"
        out.append(Evidence(what + " looks the same", detail={"changes": episode.bits}))
    return out


def _against(episode: Episode, kind: str, pools: Pools) -> list[Evidence]:
    """What else could have made this."""
    change = episode.fastest
    assert change is not None and episode.farthest is not None
    out = []
    if kind == "stray_fix":
        out += _astray(episode)
    one_path = _one_path(episode)
    if one_path is not None:
        lag_s: dict[str, Scalar] = {"lag_s": round(abs(one_path.lag_us) / 1e6), "held": one_path.hits}
        what = f"the same path {lag_s['lag_s']} s later: a receiver's wrong clock looks the same"
        out.append(Evidence(what, detail=lag_s))
    if kind == "single_jump":
        out.append(
            Evidence(
                "the place changed once and for good: a wrong time stamp or a device that was moved looks the same"
            )
        )
    alone = change.one_coordinate()
    if alone is not None:
        out.append(Evidence(f"only the {alone} changed: bits lost on the air look the same"))
    offset_us = change.offset_us()
    if offset_us is not None:
        detail: dict[str, Scalar] = {"clock_error_s": round(offset_us / 1e6)}
        out.append(
            Evidence("the change lies along the ship's own course: a wrong time stamp looks the same", detail=detail)
        )
    a, b = pools.stations[max(change.a.stations, 0)], pools.stations[max(change.b.stations, 0)]
    both = sorted(set(a) & set(b))
    if both and change.distance_m > HEARD_FAR_M:
        what = "one station heard both places: one transmitter that sends a false place looks the same"
        out.append(Evidence(what, source="station " + both[0]))
    return out


def _members(episode: Episode, kind: str, book: TrackBook) -> tuple[tuple[int, str], ...]:
    codes = sorted(episode.claimants, key=lambda code: book.names[code])
    ships = episode.ships()
    if kind == "single_jump" or not ships:
        ships = set(codes)
    return tuple((c, "claimant" if c in ships else "stray") for c in codes)


def _one_mmsi_why(episode: Episode, kind: str, speed: str, heard: str) -> str:
    """The sentence of one MMSI at two places; ``{0}`` stands for its name."""
    one_path = _one_path(episode)
    if _is_clock(episode) and one_path is not None:
        lag_s = round(abs(one_path.lag_us) / 1e6)
        return f"One MMSI twice on one path, {lag_s} s apart, as by a receiver's wrong clock: {{0}} was {heard}."
    if kind == "two_places":
        ships = len(episode.ships())
        places = "two places" if ships == 2 else f"{ships} places"
        return (
            f"One MMSI in {places} by turns ({ships} tracks, each like a ship of its own), "
            f"{episode.changes} changes: {{0}} was {heard}."
        )
    if kind == "single_jump":
        return f"One MMSI changed its place as no ship can ({speed}): {{0}} was {heard}, and stayed there."
    astray = sum(c.fixes for code, c in episode.claimants.items() if code not in episode.ships())
    what = "A stray fix on one MMSI" if astray <= 1 else f"{astray} stray fixes on one MMSI"
    return f"{what}, or a second ship hardly heard ({speed}): {{0}} was {heard}."


def one_mmsi_draft(episode: Episode, open_: bool, book: TrackBook, pools: Pools) -> Draft:
    """The draft of one MMSI at two places."""
    change, first = episode.fastest, episode.first
    assert change is not None and first is not None
    kind = type_of(episode)
    where_a, where_b = _place(change.a.lon_e7, change.a.lat_e7), _place(change.b.lon_e7, change.b.lat_e7)
    apart = f"{change.distance_m / NM_M:,.1f} NM"
    speed = f"{change.speed_kn:,.0f} knots"
    heard = (
        f"heard at {where_a} ({_heard_by(change.a.stations, pools)}) at {format_us(change.a.t_us)} and "
        f"{_lapse(change.b.t_us - change.a.t_us)} {apart} away at {where_b} ({_heard_by(change.b.stations, pools)})"
    )
    why = _one_mmsi_why(episode, kind, speed, heard)
    return Draft(
        kind=KIND,
        type=kind,
        t_start_us=first.a.t_us,
        t_end_us=episode.last_us,
        open=open_,
        settled=not open_,
        members=_members(episode, kind, book),
        lon_e7=first.a.lon_e7,
        lat_e7=first.a.lat_e7,
        zones=(),
        measures=_measures(episode),
        evidence=_pairs_of_evidence(episode, book, pools),
        counter_evidence=tuple(_against(episode, kind, pools)),
        masks=(),
        why_key=f"{KIND}.{kind}",
        why_args={
            "mmsi": episode.mmsi,
            "place_a": where_a,
            "place_b": where_b,
            "t_a": format_us(change.a.t_us),
            "t_b": format_us(change.b.t_us),
            "station_a": _heard_by(change.a.stations, pools),
            "station_b": _heard_by(change.b.stations, pools),
            "distance_nm": round(change.distance_m / NM_M * 10) / 10,
            "speed_kn": round(change.speed_kn),
            "changes_of_place": episode.changes,
        },
        why=why,
        key=f"{episode.mmsi:09d}:{first.a.t_us}",
        context=kind == "stray_fix" or _is_clock(episode),
    )


def shared_static_draft(
    pair: tuple[str, int, int], words: str, episode: Episode, open_: bool, book: TrackBook, pools: Pools
) -> Draft:
    """The draft of one set of static fields on two MMSI that are apart."""
    change, first = episode.fastest, episode.first
    assert change is not None and first is not None
    key, low, high = pair
    where_a, where_b = _place(change.a.lon_e7, change.a.lat_e7), _place(change.b.lon_e7, change.b.lat_e7)
    apart = f"{change.distance_m / NM_M:,.1f} NM"
    mmsi_a, mmsi_b = book.mmsi[change.a.track], book.mmsi[change.b.track]
    why = (
        f"Two MMSI send {words} from places that one hull cannot share: MMSI {mmsi_a:09d} was heard at {where_a} "
        f"({_heard_by(change.a.stations, pools)}) at {format_us(change.a.t_us)}, and MMSI {mmsi_b:09d} "
        f"{_lapse(change.b.t_us - change.a.t_us)} {apart} away at {where_b} ({_heard_by(change.b.stations, pools)})."
    )
    against = [
        Evidence(
            "static fields are typed in by hand: a number copied by mistake, or left from a former ship, looks the same"
        )
    ]
    return Draft(
        kind=KIND,
        type="shared_static",
        t_start_us=first.a.t_us,
        t_end_us=episode.last_us,
        open=open_,
        settled=not open_,
        members=tuple((c, "claimant") for c in sorted(episode.claimants, key=lambda code: book.names[code])),
        lon_e7=first.a.lon_e7,
        lat_e7=first.a.lat_e7,
        zones=(),
        measures=_measures(episode),
        evidence=_pairs_of_evidence(episode, book, pools),
        counter_evidence=tuple(against),
        masks=(),
        why_key=f"{KIND}.shared_static",
        why_args={
            "words": words,
            "mmsi_a": mmsi_a,
            "mmsi_b": mmsi_b,
            "place_a": where_a,
            "place_b": where_b,
            "t_a": format_us(change.a.t_us),
            "t_b": format_us(change.b.t_us),
            "distance_nm": round(change.distance_m / NM_M * 10) / 10,
        },
        why=why,
        key=f"{key.split(':', 1)[0]}:{low:09d}:{high:09d}:{first.a.t_us}",
    )
