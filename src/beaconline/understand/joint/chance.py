"""Chance: how often forces would be found so, were the times or the names of the forces dealt at random.

Decides: two tests for each area, both exact. *Time*: presence of each force is shifted by whole days around the run,
each force as a block by itself, so that the hour of the day, the season and what hulls of one force do together stay
as they are; the statistic is the number of pairs of hulls of different forces in the area at once. Where a fishing
fleet was there to compare with, forces are dealt anew to the hulls as well, and the larger p of the two counts, since
whole fleets keep the rhythm of the week. *Places*: forces
are dealt anew to the hulls that held in the area; the statistic is the share of time that hulls of one acting force
spent within a mile of each other. All arrangements are gone through where there are few, else at least 999 are drawn
with the seed of the profile: p = (1 + as large or larger) / (1 + drawn). Several tests: those that could not reach the
level whatever the data are left out beforehand, the others are corrected after Holm. Refuses: to call a stay that
never changed a sign of anything: every shift of it is as large, hence p = 1.
Source: Phipson and Smyth 2010 (p is never zero); Holm 1979; Tarone 1990 (tests that cannot reject do not count);
join counts: Cliff and Ord 1981. Known failures: shifting around the end of the run treats its first and last day as
neighbours; with two forces 28 days give no p under 1/28.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64

__all__ = ["Answer", "Verdict", "company_test", "correct", "draws_for", "nearness", "place_test", "time_test"]

MOST_LISTED = 5_000
"""Up to so many ways to deal forces are gone through one by one; of more some are drawn."""
MOST_SHIFTS = 20_000
"""The same for shifts by whole days, which are cheaper."""
FIRST_DRAWS, FEW, BLOCK = 999, 20, 333
"""See ``place_test``; drawn in blocks, which only memory depends on."""
MOST_PAIRS = 200_000_000
"""Pairs of hulls compared in one area; beyond it only every second, third … slot is looked at."""


MOST_DRAWS = 100_000
MOST_WORK = 2_000_000_000
"""Multiplications of one place test beyond the draws of the profile."""


def draws_for(tests: int, hulls: int, level: float, draws: int) -> int:
    """Draws of a test among so many: a quarter of the level must be within reach after correction for all of them.
    Known before any test is made, so that it cannot lean towards an answer."""
    wanted = min(MOST_DRAWS, int(4 * tests / max(level, 1e-6)), int(MOST_WORK / max(1, hulls * hulls)))
    return max(draws, wanted)


@dataclass(frozen=True, slots=True)
class Answer:
    """p of one test; the smallest p that it could have given, whatever was observed; how many arrangements it rests
    on; whether those were all there are."""

    p: float
    least: float
    draws: int
    all_of_them: bool


NO_TEST = Answer(1.0, 1.0, 0, True)


def time_test(
    counts: I64, pairs: Sequence[tuple[int, int]], day_slots: int, draws: int, seed: int
) -> Answer:  # fmt: skip
    """``counts``: int64[forces, slots], hulls present, slots a whole number of days; ``pairs`` of forces that count."""
    days = counts.shape[1] // day_slots
    used = sorted({f for pair in pairs for f in pair})
    if not used or days < 2:
        return NO_TEST
    tables: dict[tuple[int, int], I64] = {}
    for a, b in pairs:
        moved = [np.roll(counts[b], shift * day_slots) for shift in range(days)]
        tables[a, b] = np.array([int((counts[a] * each).sum()) for each in moved], np.int64)
    all_of_them = days ** (len(used) - 1) <= MOST_SHIFTS
    if all_of_them:
        free = np.array(list(itertools.product(range(days), repeat=len(used) - 1)), np.int64).reshape(-1, len(used) - 1)
    else:
        free = np.random.default_rng(seed).integers(0, days, (draws, len(used) - 1))
    shift = {f: (free[:, k - 1] if k else np.zeros(len(free), np.int64)) for k, f in enumerate(used)}
    drawn = sum((tables[a, b][(shift[b] - shift[a]) % days] for a, b in pairs), np.zeros(len(free), np.int64))
    seen = sum(int(tables[pair][0]) for pair in pairs)
    as_large = int((drawn >= seen).sum())
    if all_of_them:
        return Answer(as_large / len(free), int((drawn == drawn.max()).sum()) / len(free), len(free), True)
    flat = all(len(set(table.tolist())) == 1 for table in tables.values())
    return Answer((1 + as_large) / (1 + draws), 1.0 if flat else 1 / (1 + draws), draws, False)


@kernel
def _near(hull: I32, begin: I64, xyz: F64, reach2: float, every: int, near: I64, both: I64) -> None:
    for s in range(0, len(begin) - 1, every):
        for i in range(begin[s], begin[s + 1]):
            for j in range(i + 1, begin[s + 1]):
                a, b = min(hull[i], hull[j]), max(hull[i], hull[j])
                both[a, b] += 1
                if ((xyz[i] - xyz[j]) ** 2).sum() <= reach2:
                    near[a, b] += 1


def nearness(hull: I32, slot: I32, xyz: F64, hulls: int, reach_m: float, least_slots: int) -> F64:
    """Of the slots in which two hulls were both heard the share spent within reach of each other, in thousandths:
    float64[hulls, hulls] of whole numbers. A share of fewer than ``least_slots`` is told as one of so many, so that
    one slot together is no life together, and hulls with holes in their hearing count like others."""
    order = np.argsort(slot, kind="stable")
    _, first = np.unique(slot[order], return_index=True)
    begin = np.append(first, len(order)).astype(np.int64)
    pairs = float((np.diff(begin).astype(np.float64) ** 2).sum() / 2)
    every = max(1, math.ceil(pairs / MOST_PAIRS))
    near, both = np.zeros((hulls, hulls), np.int64), np.zeros((hulls, hulls), np.int64)
    _near(hull[order], begin, xyz[order], reach_m**2, every, near, both)
    share = (1000 * near / np.maximum(both, max(1, least_slots // every)) + 0.5).astype(np.int64)
    return (share + share.T).astype(np.float64)


def _deal(sizes: Sequence[int], hulls: tuple[int, ...], label: int = 0) -> Iterator[list[tuple[int, int]]]:
    """Every way to give so many of the hulls each label: lists of (hull, label)."""
    if len(sizes) == 1:
        yield [(h, label) for h in hulls]
        return
    for chosen in itertools.combinations(hulls, sizes[0]):
        rest = tuple(h for h in hulls if h not in chosen)
        for more in _deal(sizes[1:], rest, label + 1):
            yield [*((h, label) for h in chosen), *more]


def _all_deals(labels: I32) -> I32 | None:
    """Every arrangement of the labels, one a row, or None where there are more than MOST_LISTED."""
    names, sizes = np.unique(labels, return_counts=True)
    ways = math.lgamma(len(labels) + 1) - sum(math.lgamma(n + 1) for n in sizes.tolist())
    if ways > math.log(MOST_LISTED + 0.5):
        return None
    rows = [[label for _, label in sorted(deal)] for deal in _deal(sizes.tolist(), tuple(range(len(labels))))]
    out: I32 = names[np.array(rows)].astype(np.int32)
    return out


def _joins(near: F64, deals: I32, counted: Sequence[int]) -> F64:
    """How near hulls of one counted label kept to each other, for each arrangement; whole numbers: exact sums."""
    out = np.zeros(len(deals))
    for label in counted:
        mine = (deals == label).astype(np.float64)
        out += ((mine @ near) * mine).sum(axis=1)
    return out


def _dealt(labels: I32, seen: float, joins: Callable[[I32], F64], draws: int, seed: int) -> Answer:
    """p of a statistic of the arrangement of labels among hulls.

    Beyond FIRST_DRAWS are only drawn where fewer than FEW of those were as large. That cannot make p too small: what is
    drawn on had p under (1 + FEW) / (1 + FIRST_DRAWS) already."""
    listed = _all_deals(labels)
    if listed is not None:
        drawn = joins(listed)
        as_large = int((drawn >= seen).sum())
        return Answer(as_large / len(drawn), int((drawn == drawn.max()).sum()) / len(drawn), len(drawn), True)
    rng, done, as_large = np.random.default_rng(seed), 0, 0
    for upto in (min(FIRST_DRAWS, draws), draws):
        if done and as_large >= FEW:
            break
        while done < upto:
            n = min(BLOCK, upto - done)
            as_large += int((joins(rng.permuted(np.tile(labels, (n, 1)), axis=1)) >= seen).sum())
            done += n
    return Answer((1 + as_large) / (1 + done), 1 / (1 + draws), done, False)


def place_test(near: F64, labels: I32, counted: Sequence[int], draws: int, seed: int) -> Answer:
    """``near``: see ``nearness``; ``labels``: the force of each of those hulls; ``counted``: the acting forces. A
    fishing fleet is dealt with the others and not counted: a large one would fill any raft by chance."""
    if len(set(labels.tolist())) < 2 or not near.any():
        return NO_TEST
    labels = labels.astype(np.int32)
    near_any = near.any(axis=1)
    inner = near[np.ix_(near_any, near_any)]  # hulls that were near none add nothing, whatever they are dealt
    joins: Callable[[I32], F64] = lambda deals: _joins(inner, deals[:, near_any], counted)  # noqa: E731
    return _dealt(labels, float(joins(labels[None, :])[0]), joins, draws, seed)


def company_test(there: F64, labels: I32, pairs: Sequence[tuple[int, int]], draws: int, seed: int) -> Answer:
    """Whether it is these hulls that meet rather than any of the same ground: forces dealt anew to the hulls seen
    there, and the statistic of the time test. A rhythm that all keep, as of the week, gives it nothing.

    ``there``: float64[hulls, slots], 1 where a hull was there; ``pairs`` of forces that count."""
    if len(set(labels.tolist())) < 2:
        return NO_TEST
    labels = labels.astype(np.int32)
    together = there @ there.T

    def joins(deals: I32) -> F64:
        out = np.zeros(len(deals))
        for a, b in pairs:
            out += (((deals == a).astype(np.float64) @ together) * (deals == b)).sum(axis=1)
        return out

    return _dealt(labels, float(joins(labels[None, :])[0]), joins, draws, seed)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of all tests of a run: for each its p after correction, None where it could not have reached the level; and how
    many tests counted."""

    adjusted: tuple[float | None, ...]
    counted: int


def correct(answers: Sequence[Answer], level: float) -> Verdict:
    """Holm's correction over the tests that could reach the level at all (Tarone)."""
    fits: Callable[[Answer, int], bool] = lambda a, k: a.draws > 0 and a.least <= level / k  # noqa: E731
    k = 1
    while sum(fits(a, k) for a in answers) > k:
        k += 1
    chosen = sorted((a.p, i) for i, a in enumerate(answers) if fits(a, k))
    adjusted: list[float | None] = [None] * len(answers)
    worst = 0.0
    for rank, (p, i) in enumerate(chosen):
        worst = max(worst, min(1.0, p * (len(chosen) - rank)))
        adjusted[i] = worst
    return Verdict(tuple(adjusted), len(chosen))
