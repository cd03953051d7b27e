"""Which vessels began together, how unlikely that is by chance, and what their new places have in common.

Decides: a group is all vessels near each other (or placed near each other) whose time elsewhere began within a window
of its first; its p value is the chance that as many of the vessels heard there would leap in that window anyway, at
the rate of the run so far (binomial). A common vector is told apart from a common place by which of the two scatters
less. Refuses: to drop a member that does not fit; it is told how many do. Source: behaviours page. Known failures: the
rate is that of the whole run, so a corner with a bad station raises it elsewhere too little, and there too much.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from beaconline.foundation.geo.geodesy import distance_m
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I64
from beaconline.understand.detectors import position_spoof_rows as rows
from beaconline.understand.detectors.position_spoof_episodes import SpoofEpisode, leap_m, place_m

__all__ = ["SpoofChance", "SpoofGroup", "binomial_tail", "chance", "common_place", "common_vector", "linked"]

PRIOR_ONSETS, PRIOR_WINDOWS = 1.0, 1000.0
"""Before anything was seen: one vessel in a thousand leaps within a window. Smaller makes three chance leaps at the
start of a run a group."""
PLACED_NEAR_M = 5_556.0
"""Three nautical miles: vessels put on one place belong together, wherever they were before."""


WIDE_M = 370_400.0
"""200 nm: so far apart ships shifted by one vector at one time still belong together; one transmitter in the air or in
orbit reaches them."""


@dataclass(slots=True)
class SpoofChance:
    """near: vessels heard around the members in the window; rate: of leaps a vessel and window so far; p_value: of as
    many or more among them; windows, onsets: what the rate was counted from."""

    near: int = 0
    rate: float = 0.0
    p_value: float = 1.0
    windows: int = 0
    onsets: int = 0


@dataclass(slots=True)
class SpoofGroup:
    """Episodes (by number) that began together, in order of vessel; one alone is a group of one. sure: no more can
    join it."""

    episodes: list[int]
    chance: SpoofChance = field(default_factory=SpoofChance)
    together: bool = False
    sure: bool = True


def binomial_tail(n: int, k: int, p: float) -> float:
    """Chance of k or more successes in n trials of probability p."""
    if k <= 0:
        return 1.0
    if k > n:
        return 0.0
    log_p, log_q = math.log(p), math.log1p(-p)
    total = 0.0
    for j in range(k, n + 1):
        log_c = math.lgamma(n + 1) - math.lgamma(j + 1) - math.lgamma(n - j + 1)
        part = math.exp(log_c + j * log_p + (n - j) * log_q)
        total += part
        if part < total * 1e-12:
            break
    return min(total, 1.0)


def linked(
    seed: SpoofEpisode, others: Sequence[SpoofEpisode], link_m: float, vector_m: float = 0.0, vector_share: float = 0.0
) -> list[SpoofEpisode]:
    """Those of ``others`` joined to the seed by steps of at most ``link_m`` between places left (or by being placed
    near each other, or by one vector over some more miles), in the order given."""
    inside, left = [seed], list(others)
    for one in inside:
        near = [e for e in left if _joined(one, e, link_m) or _alike(one, e, vector_m, vector_share)]
        inside += near
        left = [e for e in left if not any(e is each for each in near)]
    return [e for e in others if any(e is each for each in inside)]


def _put(episode: SpoofEpisode) -> tuple[int, int]:
    """Where an episode was placed first: the first fix elsewhere, or the centre of the ring."""
    return (episode.away[rows.F_LON], episode.away[rows.F_LAT]) if episode.leapt else episode.place()


def _joined(a: SpoofEpisode, b: SpoofEpisode, link_m: float) -> bool:
    return place_m(a.place(), b.place()) <= link_m or place_m(_put(a), _put(b)) <= PLACED_NEAR_M


def _alike(a: SpoofEpisode, b: SpoofEpisode, vector_m: float, vector_share: float) -> bool:
    """Whether two leapt by one vector, some hundred miles apart at most."""
    if not (a.leapt and b.leapt and vector_m) or place_m(a.place(), b.place()) > WIDE_M:
        return False
    (e1, n1), (e2, n2) = leap_m(a), leap_m(b)
    return math.hypot(e1 - e2, n1 - n2) <= max(vector_m, vector_share * math.hypot(e1, n1))


@kernel
def _near(seen: I64, first: int, last: int, places: I64, within_m: float, is_near: I64) -> int:
    """Vessels seen in windows first to last within a distance of any place; ``is_near`` int64[vessels] of zeros."""
    n = 0
    for i in range(len(seen)):
        v = seen[i, 1]
        if seen[i, 0] < first or seen[i, 0] > last or is_near[v]:
            continue
        for k in range(len(places)):
            # A degree of latitude is at most 111.7 km: most are far, and need no exact distance.
            if abs(seen[i, 3] - places[k, 1]) * 0.01105 > within_m:
                continue
            if distance_m(seen[i, 2] * 1e-7, seen[i, 3] * 1e-7, places[k, 0] * 1e-7, places[k, 1] * 1e-7) <= within_m:
                is_near[v] = 1
                n += 1
                break
    return n


def chance(
    members: Sequence[SpoofEpisode], seen: I64, vessels: int, window_us: int, link_m: float, windows: int, onsets: int
) -> SpoofChance:
    """How unlikely it is that these began together. ``windows`` and ``onsets``: counted before the first began."""
    places = np.array([m.place() for m in members], np.int64).reshape(-1, 2)
    first = min(m.since_us for m in members) // window_us - 1
    last = max(m.since_us for m in members) // window_us
    near = _near(seen, first, last, places, link_m, np.zeros(vessels, np.int64))
    near = max(near, len(members))
    rate = (PRIOR_ONSETS + onsets) / (PRIOR_WINDOWS + windows)
    return SpoofChance(near, rate, binomial_tail(near, len(members), min(rate, 0.5)), windows, onsets)


def common_vector(members: Sequence[SpoofEpisode], least_m: float, share: float) -> tuple[float, float, float, int]:
    """The vector most leaps share: (metres east, north, largest distance of those that fit from it, how many fit).

    A leap fits when it lies within ``least_m``, or ``share`` of the vector's length, of the median of its neighbours.
    """
    leaps = [leap_m(m) for m in members if m.leapt]
    best: list[tuple[float, float]] = []
    for east, north in leaps:
        room = max(least_m, share * math.hypot(east, north))
        near = [v for v in leaps if math.hypot(v[0] - east, v[1] - north) <= room]
        if len(near) > len(best):
            best = near
    if not best:
        return 0.0, 0.0, 0.0, 0
    east, north = median(v[0] for v in best), median(v[1] for v in best)
    return east, north, max(math.hypot(v[0] - east, v[1] - north) for v in best), len(best)


def common_place(members: Sequence[SpoofEpisode], within_m: float) -> tuple[tuple[int, int], float, int]:
    """The place most were put on: (degrees x 1e7, largest distance of those that fit from it, how many fit)."""
    puts = sorted(_put(m) for m in members if m.leapt)
    best: list[tuple[int, int]] = []
    middle = (0, 0)
    for one in puts:
        near = [p for p in puts if place_m(one, p) <= within_m]
        if len(near) > len(best):
            best, middle = near, one
    if not best:
        return (0, 0), 0.0, 0
    return middle, max(place_m(middle, p) for p in best), len(best)
