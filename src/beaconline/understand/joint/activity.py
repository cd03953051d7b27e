"""Activities: hulls of several forces that held in one area at once, and whether that is worth telling.

Decides: an episode is the time in which two forces that may pair held in an area, breaks up to 24 h included, each
with a hull that held for 4 h, both there together for 4 h. It is told as ``recurring`` when the time test of its area
holds and they met three times or more; as ``formation`` when the place test holds and the hulls made one: a crowd of
four or more hulls of an acting force, and a hull of another group holding within 12 nm; as ``untested`` when they made
one and too few hulls were there to tell it from chance. Refuses: visits (a patrol that comes, looks and goes holds for
too short), transits (8 kn and more is no holding), and any word on who commands.
Source: behaviours page, ``joint_activity``; thresholds in the kind's defaults. Known failures: a visit that outlasts
4 h at low speed counts as holding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.joint.areas import cells_of, spots
from beaconline.understand.joint.chance import (
    NO_TEST,
    Answer,
    company_test,
    correct,
    draws_for,
    nearness,
    place_test,
    time_test,
)
from beaconline.understand.joint.hulls import ACTING, FISHING, GROUPS, Hull, Whereabouts, labels_of, may_pair

__all__ = ["Activity", "Rule", "Tests", "activities", "answers_of", "areas_of", "company"]

MOST_SPOTS = 5_000
"""Spots looked at, densest first; only those where two acting groups held are tested."""
COMPARED = 3
"""Fishing hulls in an area from which on they serve to compare with; of fewer no rhythm is known."""
MEETINGS = 3
"""Fewer meetings than this cannot be called often, whatever p."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rule:
    """Parameters; see ``DEFAULTS`` of the kind. Slots in whole numbers, distances in metres, speed in ckn."""

    slot_us: int
    radius_m: float
    slow_ckn: int
    hold_slots: int
    window_slots: int
    crowd: int
    crowd_m: float
    level: float
    draws: int
    seed: int

    @property
    def day_slots(self) -> int:
        return 86_400_000_000 // self.slot_us


@dataclass(slots=True)
class Area:
    """Slow rows (indices into the run's slow rows) within the radius of a spot, and the hulls that held there."""

    centre: F64
    rows: I64
    holders: frozenset[int]


@dataclass(frozen=True, slots=True)
class Tests:
    """The answers of an area, and its p after correction (None: it could not have told)."""

    time: Answer
    place: Answer
    time_adjusted: float | None
    place_adjusted: float | None


@dataclass(slots=True)
class Activity:
    """One activity: its type, slots from and to (both inside), centre (ECEF metres), hulls that held there, the tests
    of its area, meetings found there, tests counted, the acting force that made a crowd ("" none)."""

    type: str
    first: int
    last: int
    core: F64
    hulls: list[int]
    tests: Tests
    meetings: int
    counted: int
    crowd: str


def areas_of(slow: Whereabouts, labels: I32, names: Sequence[str], rule: Rule) -> list[Area]:
    """Areas in which hulls of two acting groups, or of two forces that may pair, held, densest spot first."""
    hulls = len(labels)
    cells = cells_of(slow.hull, slow.xyz)
    chosen, _ = spots(cells, hulls, rule.crowd, rule.radius_m, MOST_SPOTS)
    acting = np.array([name in ACTING for name in names], bool)
    of_cell = np.repeat(np.arange(len(cells)), np.diff(cells.begin))
    marked = np.zeros(len(cells), bool)
    marked[of_cell[acting[labels[cells.hull]]]] = True
    (near_acting,) = np.nonzero(marked)
    by_cell = np.argsort(cells.of_row, kind="stable")
    offset = np.searchsorted(cells.of_row[by_cell], np.arange(len(cells) + 1))
    out: list[Area] = []
    for spot in chosen.tolist():
        centre = cells.centre[spot]
        if not (((cells.centre[near_acting] - centre) ** 2).sum(axis=1) <= rule.radius_m**2).any():
            continue
        (within,) = np.nonzero(((cells.centre - centre) ** 2).sum(axis=1) <= rule.radius_m**2)
        rows = np.sort(np.concatenate([by_cell[offset[c] : offset[c + 1]] for c in within]))
        held = np.bincount(slow.hull[rows], minlength=hulls) >= rule.hold_slots
        forces = {names[k] for k in labels[held].tolist()}
        if any(may_pair(a, b) for a in forces for b in forces if a < b):
            found = frozenset(np.flatnonzero(held).tolist())
            # Areas overlap: one that adds no hull to a denser one would be the same test again.
            if not any(found <= other.holders for other in out):
                out.append(Area(centre, rows.astype(np.int64), found))
    return out


def may_form(slow: Whereabouts, area: Area, labels: I32, names: Sequence[str], rule: Rule) -> bool:
    """Whether the hulls that held in an area could make a formation, however their forces were dealt to them: enough of
    one acting force for a crowd and one of another group among them, and a crowd of any hulls. Where not, there is
    nothing to test; since no deal changes the answer, leaving the area out favours none."""
    forces = [names[k] for k in labels[sorted(area.holders)].tolist() if names[k] in ACTING]
    if len({GROUPS[force] for force in forces}) < 2 or max(forces.count(f) for f in set(forces)) < rule.crowd:
        return False
    rows = slow.take(area.rows)
    dense = company(rows, labels, rule.crowd_m, rule.crowd_m)[:, 0] >= rule.crowd - 1
    return int((np.bincount(rows.hull[dense], minlength=len(labels)) >= rule.hold_slots).sum()) >= rule.crowd


def tests_of(
    slow: Whereabouts, area: Area, labels: I32, names: Sequence[str], span: tuple[int, int], rule: Rule,
    form: bool, tests: int,
) -> tuple[Answer, Answer]:  # fmt: skip
    """The time test and (where a formation may be: ``form``) the place test of an area, of so many tests in all;
    ``span`` first and last slot of the run."""
    rows = slow.take(area.rows)
    days = -(-(span[1] - span[0] + 1) // rule.day_slots)
    counts = np.zeros((len(names), days * rule.day_slots), np.int64)
    np.add.at(counts, (labels[rows.hull], rows.slot - span[0]), 1)
    here = [k for k in range(len(names)) if counts[k].any()]
    pairs = [(a, b) for a in here for b in here if a < b and may_pair(names[a], names[b])]
    time = time_test(counts, pairs, rule.day_slots, draws_for(tests, 1, rule.level, rule.draws), rule.seed)
    time = _with_company(time, rows, labels, names, pairs, rule, tests)
    if not form:
        return time, NO_TEST
    holders = np.array(sorted(area.holders), np.int64)
    rank = np.full(len(labels), -1, np.int32)
    rank[holders] = np.arange(len(holders), dtype=np.int32)
    mine = rows.take(rank[rows.hull] >= 0)
    near = nearness(rank[mine.hull], mine.slot, mine.xyz, len(holders), rule.crowd_m, rule.hold_slots)
    counted = [k for k, name in enumerate(names) if name in ACTING]
    draws = draws_for(tests, len(holders), rule.level, rule.draws)
    return time, place_test(near, labels[holders], counted, draws, rule.seed)


def _with_company(
    time: Answer, rows: Whereabouts, labels: I32, names: Sequence[str], pairs: Sequence[tuple[int, int]], rule: Rule,
    tests: int,
) -> Answer:  # fmt: skip
    """The time test's answer, or where a fleet was there to compare with, the larger p of it and the company test's."""
    hulls, at = np.unique(rows.hull, return_inverse=True)
    fleet = sum(names[k] == FISHING for k in labels[hulls].tolist())
    if fleet < COMPARED or time.least > rule.level:
        return time
    there = np.zeros((len(hulls), int(rows.slot.max()) - int(rows.slot.min()) + 1))
    there[at.reshape(-1), rows.slot - rows.slot.min()] = 1.0
    draws = draws_for(tests, len(hulls), rule.level, rule.draws)
    dealt = company_test(there, labels[hulls], pairs, draws, rule.seed)
    return replace(time, p=max(time.p, dealt.p), least=max(time.least, dealt.least))


def answers_of(
    slow: Whereabouts, areas: Sequence[Area], labels: I32, names: Sequence[str], span: tuple[int, int], rule: Rule
) -> list[tuple[Answer, Answer]]:
    """The two answers of each area."""
    forms = [may_form(slow, area, labels, names, rule) for area in areas]
    tests = len(areas) + sum(forms)
    return [
        tests_of(slow, area, labels, names, span, rule, form, tests) for area, form in zip(areas, forms, strict=True)
    ]


@kernel
def _company(label: I32, begin: I64, xyz: F64, reach2: float, wide2: float, out: I32) -> None:
    for s in range(len(begin) - 1):
        for i in range(begin[s], begin[s + 1]):
            for j in range(begin[s], begin[s + 1]):
                if i != j:
                    d2 = ((xyz[i] - xyz[j]) ** 2).sum()
                    if d2 <= reach2:
                        out[i, 0] += 1
                        if label[i] == label[j]:
                            out[i, 1] += 1
                    if d2 <= wide2 and label[i] == label[j]:
                        out[i, 2] += 1


def company(rows: Whereabouts, labels: I32, reach_m: float, wide_m: float) -> I32:
    """For each row how many hulls lay within reach in the same slot: any, of its own force, of its own force within
    the wider reach. int32[n, 3]."""
    order = np.argsort(rows.slot, kind="stable")
    _, first = np.unique(rows.slot[order], return_index=True)
    found = np.zeros((len(rows), 3), np.int32)
    begin = np.append(first, len(order)).astype(np.int64)
    _company(labels[rows.hull][order], begin, rows.xyz[order], reach_m**2, wide_m**2, found)
    out = np.empty_like(found)
    out[order] = found
    return out


def _runs(active: I64, window: int) -> list[tuple[int, int]]:
    """Stretches of slots (ascending, each once) with breaks of at most ``window`` slots: (first, last)."""
    if not len(active):
        return []
    cut = np.flatnonzero(np.diff(active) > window)
    return list(
        zip(active[np.append(0, cut + 1)].tolist(), active[np.append(cut, len(active) - 1)].tolist(), strict=True)
    )


def _presence(rows: Whereabouts, labels: I32, forces: int, first: int, slots: int) -> Bools:
    out = np.zeros((forces, slots), bool)
    out[labels[rows.hull], rows.slot - first] = True
    return out


@dataclass(slots=True)
class Episode:
    """first and last slot; hulls that held; the force that made a crowd with another group about ("" none)."""

    first: int
    last: int
    hulls: list[int]
    crowd: str


def _episode(rows: Whereabouts, labels: I32, names: Sequence[str], rule: Rule) -> Episode | None:
    """What the slow rows of one stretch in an area come to; None when no two forces held there together."""
    first, last = int(rows.slot.min()), int(rows.slot.max())
    held = np.bincount(rows.hull, minlength=len(labels)) >= rule.hold_slots
    rows = rows.take(held[rows.hull])
    here = _presence(rows, labels, len(names), first, last - first + 1)
    there = [k for k in range(len(names)) if here[k].any()]
    together = {
        (a, b) for a in there for b in there
        if a < b and may_pair(names[a], names[b]) and int((here[a] & here[b]).sum()) >= rule.hold_slots
    }  # fmt: skip
    if not together or int(held.sum()) < 3:
        return None
    dense = company(rows, labels, rule.crowd_m, rule.crowd_m)[:, 1] >= rule.crowd - 1
    crowded = np.bincount(rows.hull[dense], minlength=len(labels)) >= rule.hold_slots
    crowds = [
        (int((crowded & (labels == k)).sum()), names[k])
        for k in sorted({k for pair in together for k in pair})
        if names[k] in ACTING and any(k in pair and {names[f] for f in pair} <= ACTING for pair in together)
    ]
    most, force = max(((n, name) for n, name in crowds), default=(0, ""), key=lambda each: (each[0], each[1]))
    return Episode(first, last, np.flatnonzero(held).tolist(), force if most >= rule.crowd else "")


def _episodes(slow: Whereabouts, area: Area, labels: I32, names: Sequence[str], rule: Rule) -> list[Episode]:
    rows = slow.take(area.rows)
    first, last = int(rows.slot.min()), int(rows.slot.max())
    here = _presence(rows, labels, len(names), first, last - first + 1)
    active = np.zeros(last - first + 1, bool)
    for a in range(len(names)):
        for b in range(a + 1, len(names)):
            if may_pair(names[a], names[b]):
                active |= here[a] & here[b]
    out = []
    for begin, end in _runs(np.flatnonzero(active).astype(np.int64) + first, rule.window_slots):
        found = _episode(rows.take((rows.slot >= begin) & (rows.slot <= end)), labels, names, rule)
        if found is not None:
            out.append(found)
    return out


def _type(tests: Tests, meetings: int, crowd: str, level: float) -> str:
    """The type of what is told, "" for nothing."""
    if tests.time_adjusted is not None and tests.time_adjusted <= level and meetings >= MEETINGS:
        return "recurring"
    if not crowd:
        return ""
    if tests.place_adjusted is None:
        return "untested"
    return "formation" if tests.place_adjusted <= level else ""


def activities(where: Whereabouts, hulls: Sequence[Hull], rule: Rule) -> list[Activity]:
    """Every activity of a run, strongest first; none shares half of its acting hulls with a stronger one of its time.

    ``where``: rows by hull then slot; see ``hulls_of``.
    """
    names, labels = labels_of(hulls)
    slow = where.take((where.ckn >= 0) & (where.ckn < rule.slow_ckn))
    if not len(slow):
        return []
    span = int(where.slot.min()), int(where.slot.max())
    areas = areas_of(slow, labels, names, rule)
    answers = answers_of(slow, areas, labels, names, span, rule)
    verdict = correct([each for both in answers for each in both], rule.level)
    found = []
    for k, (area, (time, place)) in enumerate(zip(areas, answers, strict=True)):
        tests = Tests(time, place, verdict.adjusted[2 * k], verdict.adjusted[2 * k + 1])
        episodes = _episodes(slow, area, labels, names, rule)
        for each in episodes:
            kind_type = _type(tests, len(episodes), each.crowd, rule.level)
            if kind_type and any(hulls[h].listed and hulls[h].force in ACTING for h in each.hulls):
                core = _core(slow.take(area.rows), each, area.centre, labels, names, rule)
                found.append(Activity(
                    kind_type, each.first, each.last, core, _within(slow, core, each, rule), tests, len(episodes),
                    verdict.counted, each.crowd,
                ))  # fmt: skip
    return _without_repeats(found, hulls)


def _core(rows: Whereabouts, each: Episode, centre: F64, labels: I32, names: Sequence[str], rule: Rule) -> F64:
    """Middle of the crowd, else of the area's spot: mean of the crowd's rows around their densest."""
    rows = rows.take((rows.slot >= each.first) & (rows.slot <= each.last))
    if each.crowd:
        mine = rows.take(labels[rows.hull] == names.index(each.crowd))
        near = company(mine, labels, rule.crowd_m, rule.crowd_m)[:, 1]
        dense = mine.xyz[near >= rule.crowd - 1]
        # Several crowds: the one with most hull-slots about a row of it.
        probe = dense[:: max(1, len(dense) // 200)]
        weight = [
            int((((dense - each_probe) ** 2).sum(axis=1) <= (3 * rule.crowd_m) ** 2).sum()) for each_probe in probe
        ]
        best = probe[int(np.argmax(weight))]
        middle: F64 = dense[((dense - best) ** 2).sum(axis=1) <= (3 * rule.crowd_m) ** 2].mean(axis=0)
        return middle
    return centre


def _within(slow: Whereabouts, core: F64, each: Episode, rule: Rule) -> list[int]:
    """Hulls that held within the radius of the middle in that time."""
    rows = slow.take((slow.slot >= each.first) & (slow.slot <= each.last))
    rows = rows.take(((rows.xyz - core) ** 2).sum(axis=1) <= rule.radius_m**2)
    hulls, count = np.unique(rows.hull, return_counts=True)
    return [int(h) for h in hulls[count >= rule.hold_slots]]


def _without_repeats(found: list[Activity], hulls: Sequence[Hull]) -> list[Activity]:
    """Areas overlap: of what is told twice the one of more acting hulls stays."""
    acting = [{h for h in each.hulls if hulls[h].force in ACTING} for each in found]
    order = sorted(
        range(len(found)),
        key=lambda i: (found[i].type == "untested", -len(acting[i]), -len(found[i].hulls), found[i].first, i),
    )
    kept: list[int] = []
    for i in order:
        forces = {hulls[h].force for h in found[i].hulls}
        if not any(may_pair(a, b) for a in forces for b in forces if a < b):
            continue
        if not any(
            found[i].first <= found[k].last and found[k].first <= found[i].last
            and 2 * len(acting[i] & acting[k]) >= len(acting[i])
            for k in kept
        ):  # fmt: skip
            kept.append(i)
    return [found[i] for i in kept]
