"""What an encounter finding says: type, measures, evidence for and against, and the sentence for the radio.

Decides: what is told of a run and what stands against it; its type comes from ``encounter_types``. Refuses: a purpose
("transfer", "rendezvous"). Masks inform and never veto: near a port, an anchorage or the shore the finding goes to the
context queue, unless it lies in a watched zone, a reef or an exclusion zone, where many ships at rest make their own
anchorage. So does a finding that stands on too few fixes, wherever it lies.
Source: behaviours page. Known failures: lengths of ships are not weighed yet, so "alongside" is told by antennas.
"""

from __future__ import annotations

from dataclasses import dataclass

from beaconline.foundation.records.finding import Draft, Evidence, Mask, Scalar
from beaconline.foundation.records.times import format_us
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.protocol import OUTRANKING_ZONES, Context
from beaconline.understand.detectors.encounter_types import FAST, Limits, Named
from beaconline.understand.pairs.company import Company
from beaconline.understand.pairs.measure import BRIDGED_US, FIXES, LONGEST_US, MEDIAN_MKN, NET_MKN, SILENT

__all__ = ["Run", "draft", "place_against", "span_words"]

FEW_FIXES = 3
"""Fewer fixes than this of a vessel inside the interval stand in the counter-evidence."""
LONG_GAP_US = 1_800_000_000
"""A bridged gap over this (30 min) stands in the counter-evidence."""
BERTH_LAND_M, BERTH_MKN = 500, 200
"""Both under 0.2 kn and the shore within 500 m: perhaps two berths of one quay."""

MOMENTS = ("first within distance", "closest approach", "last within distance")
NO_MASKS = Evidence("no anchorage mask here: no ports or anchorages were given to check against")
NO_LAND = Evidence("distance to land is not known here")


@dataclass(frozen=True, slots=True)
class Run:
    """One run and what was measured of its two sides (see ``measure_sides``): track codes, times in microseconds;
    counts of either side; places flat: (lon_e7, lat_e7, microseconds to the nearest fix) by side and moment."""

    a: int
    b: int
    start_us: int
    end_us: int
    closest_us: int
    closest_m: float
    counts: tuple[list[int], list[int]]
    places: list[int]

    def place(self, side: int, moment: int) -> list[int]:
        """Where one side was at the start (0), at the closest approach (1), at the end (2)."""
        at = 9 * side + 3 * moment
        return self.places[at : at + 3]


def span_words(us: int) -> str:
    """A length of time as said on the radio: "2 h 05 min", "31 min"."""
    minutes = us // 60_000_000
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _kn(mkn: int) -> float:
    return mkn / 1000


def _evidence(run: Run, names: tuple[str, str]) -> tuple[Evidence, ...]:
    """First within distance, closest approach and last within distance, each with the places of both."""
    out = []
    times = (run.start_us, run.closest_us, run.end_us)
    for m in (0, 1, 2):
        for side in (0, 1):
            lon_e7, lat_e7, off_us = run.place(side, m)
            source = "interpolated between fixes" if off_us else "reported fix"
            detail: dict[str, Scalar] = {"nearest_fix_s": (off_us + 500) // 1000 / 1000}
            if m == 1:
                detail["distance_m"] = _metres(run.closest_m)
            out.append(Evidence(MOMENTS[m], times[m], lon_e7, lat_e7, names[side], source, detail))
    return tuple(out)


def _metres(m: float) -> float:
    return round(m * 10) / 10


def _seconds(us: int) -> float:
    """Seconds to the millisecond."""
    return (us + 500) // 1000 / 1000


def _against(run: Run, names: tuple[str, str], land_m: int | None) -> list[Evidence]:
    """What in the fixes themselves speaks against the finding."""
    out = []
    for s in range(2):
        side = run.counts[s]
        if side[LONGEST_US] > LONG_GAP_US:
            detail: dict[str, Scalar] = {"longest_gap_s": _seconds(side[LONGEST_US])}
            out.append(Evidence("a long gap between fixes was bridged", track=names[s], detail=detail))
        if 2 * side[BRIDGED_US] > run.end_us - run.start_us:
            share = side[BRIDGED_US] * 100 // (run.end_us - run.start_us)
            detail = {"share_percent": share, "gap_over_s": 600}
            out.append(Evidence("mostly interpolated between fixes far apart", track=names[s], detail=detail))
        if side[FIXES] == 0:
            out.append(Evidence("not heard inside the interval: place and speed are interpolated", track=names[s]))
        elif side[FIXES] < FEW_FIXES:
            out.append(Evidence("few fixes inside the interval", track=names[s], detail={"fixes": side[FIXES]}))
    still = max(run.counts[0][MEDIAN_MKN], run.counts[1][MEDIAN_MKN]) <= BERTH_MKN
    if still and land_m is not None and land_m <= BERTH_LAND_M:
        out.append(Evidence("both lay still close to the shore: perhaps at berths", detail={"land_m": land_m}))
    return out


def _thin(run: Run, kind_type: str) -> bool:
    """Whether the fixes are too few for the default queue, wherever it lies: a vessel not heard at all inside the
    interval, since a straight line over a long gap hides turns and speed; under way also one heard seldom or mostly
    interpolated, since two straight lines keep station by themselves."""
    for side in run.counts:
        if side[FIXES] == 0:
            return True
        if kind_type in FAST and (side[FIXES] < FEW_FIXES or 2 * side[BRIDGED_US] > run.end_us - run.start_us):
            return True
    return False


def place_against(
    context: Context, lon_e7: int, lat_e7: int, port_distance_m: int, near_shore_m: int, land_m: int | None
) -> tuple[list[Mask], list[Evidence]]:
    """Masks near a place and what they say against a finding there."""
    masks = list(context.masks_near(lon_e7, lat_e7, port_distance_m))
    against = []
    if masks:
        nearest = min(masks, key=lambda m: (m.distance_m, m.kind, m.source))
        detail: dict[str, Scalar] = {"distance_m": nearest.distance_m, "within_m": port_distance_m}
        article = "an" if nearest.kind[:1] in "aeiou" else "a"
        against.append(Evidence(f"near {article} {nearest.kind}", source=nearest.source, detail=detail))
    elif not context.has_port_masks:
        against.append(NO_MASKS)
    if land_m is not None and land_m <= near_shore_m:
        masks.append(Mask("shore", "land", land_m))
        detail = {"distance_m": land_m, "within_m": near_shore_m}
        against.append(Evidence("near the shore", source="land", detail=detail))
    elif land_m is None:
        against.append(NO_LAND)
    return masks, against


def _lay_elsewhere(run: Run, named: Named, limits: Limits, context: Context, against: list[Evidence]) -> list[Mask]:
    """Masks where two that were slow most of the time began or ended, when they also sailed far together: boats that
    leave one quay side by side lay slow in port, and are nearest anywhere on their way."""
    if named.type in FAST or min(run.counts[s][NET_MKN] for s in range(2)) < limits.median_speed_kn * 1000.0:
        return []
    for moment, what in ((0, "began"), (2, "ended")):
        lon_e7, lat_e7, _ = run.place(0, moment)
        land_m = context.distance_to_land_m(lon_e7, lat_e7)
        masks, _ = place_against(context, lon_e7, lat_e7, limits.port_distance_m, limits.near_shore_m, land_m)
        if masks:
            nearest = masks[0]
            detail: dict[str, Scalar] = {"distance_m": nearest.distance_m}
            text = f"{what} near the {nearest.kind} and sailed far together: slow at rest there, not at sea"
            against.append(Evidence(text, source=nearest.source, detail=detail))
            return masks
    return []


def _measures(run: Run, land_m: int | None, kept: Company | None, swap: bool) -> dict[str, Scalar]:
    one, two = (run.counts[1], run.counts[0]) if swap else (run.counts[0], run.counts[1])
    out: dict[str, Scalar] = {
        "distance_min_m": _metres(run.closest_m),
        "duration_s": _seconds(run.end_us - run.start_us),
        "median_speed_kn_0": _kn(one[MEDIAN_MKN]),
        "median_speed_kn_1": _kn(two[MEDIAN_MKN]),
        "made_good_kn_0": _kn(one[NET_MKN]),
        "made_good_kn_1": _kn(two[NET_MKN]),
        "fixes_0": one[FIXES],
        "fixes_1": two[FIXES],
        "longest_gap_s": _seconds(max(one[LONGEST_US], two[LONGEST_US])),
        "distance_to_land_m": land_m,
    }
    if kept is not None and kept.distance is not None:
        out |= {"distance_p10_m": kept.distance[0], "distance_median_m": kept.distance[1]}
        out |= {"distance_p90_m": kept.distance[2], "minutes_together": kept.together}
    return out


_VERBS = {
    "alongside": "lay",
    "drift": "drifted",
    "standing_off": "kept",
    "underway": "sailed together",
    "pilot": "sailed together",
    "tow": "sailed in line",
    "pair_trawl": "sailed side by side",
}


def _why(run: Run, kind_type: str, limits: Limits, is_open: bool, swap: bool) -> tuple[dict[str, Scalar], str]:
    closest_at = format_us(run.closest_us)
    span = span_words(run.end_us - run.start_us)
    one, two = (run.counts[1], run.counts[0]) if swap else (run.counts[0], run.counts[1])
    args: dict[str, Scalar] = {
        "within_m": limits.distance_m,
        "duration_s": _seconds(run.end_us - run.start_us),
        "closest_m": _metres(run.closest_m),
        "closest_at": closest_at,
        "speed_limit_kn": limits.median_speed_kn,
    }
    so_far = " so far" if is_open else ""
    gap_us = max(side[LONGEST_US] for side in run.counts)
    doubt = f" (places interpolated over up to {span_words(gap_us)})" if gap_us > LONG_GAP_US else ""
    speeds = f"both with a median speed under {limits.median_speed_kn:g} kn"
    if kind_type in FAST:
        speeds = f"at a median speed of {_kn(one[MEDIAN_MKN]):.1f} and {_kn(two[MEDIAN_MKN]):.1f} kn"
    why = (
        f"{{0}} and {{1}} {_VERBS[kind_type]} within {limits.distance_m:g} m for {span}{so_far}, "
        f"closest {run.closest_m:.0f} m at {closest_at[11:16]} UTC, {speeds}{doubt}."
    )
    return args, why


def draft(
    run: Run, named: Named, kept: Company | None, book: TrackBook, limits: Limits, context: Context, *,
    is_open: bool, settled: bool,
) -> Draft:  # fmt: skip
    """The draft of one run; members are ordered by the tracks' names."""
    swap = book.names[run.b] < book.names[run.a]
    names = (book.names[run.a], book.names[run.b])
    lon_e7, lat_e7, _ = run.place(1 if swap else 0, 1)
    land_m = context.distance_to_land_m(lon_e7, lat_e7)
    zones = context.zones_at(lon_e7, lat_e7, run.closest_us)
    masks, against = place_against(context, lon_e7, lat_e7, limits.port_distance_m, limits.near_shore_m, land_m)
    if not masks:
        masks = _lay_elsewhere(run, named, limits, context, against)
    outranked = any(kind in OUTRANKING_ZONES for _, kind in zones)
    if (masks or named.context) and outranked:
        against.append(Evidence("a watched zone outranks the masks: kept in the default queue"))
    why_args, why = _why(run, named.type, limits, is_open, swap)
    counter = _against(run, names, land_m)
    for s, name in enumerate(names):
        # While it is open the data end there, or hearing may go on: that speaks neither for nor against.
        if run.counts[s][SILENT] and not is_open:
            counter.append(Evidence("ends where this track was last heard before a gap, not by parting", track=name))
    members = ((run.a, named.roles[0]), (run.b, named.roles[1]))
    return Draft(
        kind="encounter",
        type=named.type,
        t_start_us=run.start_us,
        t_end_us=run.end_us,
        open=is_open,
        settled=settled,
        members=members[::-1] if swap else members,
        lon_e7=lon_e7,
        lat_e7=lat_e7,
        zones=tuple(sorted({name for name, _ in zones})),
        measures=_measures(run, land_m, kept, swap),
        evidence=(*_evidence(run, names), *named.reasons),
        counter_evidence=(*against, *named.against, *counter),
        masks=tuple(masks),
        why_key=f"encounter.{named.type}",
        why_args=why_args,
        why=why,
        key=str(run.start_us),
        context=((bool(masks) or named.context) and not outranked) or _thin(run, named.type),
    )
