"""How well the sea was heard each day: what presence rests on, and when that changed.

Decides: the days (UTC) of a run with no report at all (silent), and the days on which reception changed: the number of
vessels or of reports is more than FACTOR times, or less than 1/FACTOR of, the median of the REFERENCE_DAYS whole days
before that were heard; or a feed or station that brought SHARE or more of the reports of a day brought none on the next
one heard, or the other way round. The first and the last day of a run are seldom whole: they are no reference, and are
judged by their feeds and stations alone. Refuses: to say why: fewer ships, a storm and a broken receiver look alike.
Source: behaviours page ("says when the data provider or the reception changed"); thresholds are judgements.
Known failures: a slow change stays under the factor from day to day; a change within one zone alone is not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

import numpy as np

from beaconline.foundation.records.times import format_us
from beaconline.foundation.table.reports import I32, Pools, Reports, SetPool

__all__ = ["DAY_US", "FACTOR", "REFERENCE_DAYS", "SHARE", "Day", "count_day", "day_text", "judge"]

DAY_US = 86_400_000_000
FACTOR = 2.0
"""Traffic halves or doubles on few days by itself (weekends change it by a quarter); a lost receiver does more."""
REFERENCE_DAYS = 7
"""A week: one of each weekday."""
SHARE = 0.1
"""A feed or station that brings less is no mainstay of the picture."""
MOST_SPANS = 5
"""Days told by date."""
MOST_NAMES = 64
"""Feeds and stations kept of one day, those with most reports: bounds memory."""


@dataclass(slots=True)
class Day:
    """What was heard on one day: reports and vessels, and reports by feed and by station."""

    reports: int = 0
    vessels: int = 0
    feeds: dict[str, int] = field(default_factory=dict)
    stations: dict[str, int] = field(default_factory=dict)


def _by_name(held: dict[str, int], codes: I32, pool: SetPool) -> dict[str, int]:
    """Counts by name, those of some rows added."""
    for code, n in zip(*(a.tolist() for a in np.unique(codes, return_counts=True)), strict=True):
        for name in pool[code]:
            held[name] = held.get(name, 0) + n
    return held


def _most(names: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(names.items(), key=lambda each: (-each[1], each[0]))[:MOST_NAMES])


def count_day(days: dict[int, Day], day: int, rows: Reports, some: slice, vessels: int, pools: Pools) -> None:
    """Add rows of one day, of which ``vessels`` were first heard on it, to the days."""
    if day not in days and days:
        # The day before is over: whatever order its names came in, the same ones are kept.
        last = days[max(days)]
        last.feeds, last.stations = _most(last.feeds), _most(last.stations)
    held = days.setdefault(day, Day())
    held.reports += len(rows.t_us[some])
    held.vessels += vessels
    _by_name(held.feeds, rows.feeds[some], pools.feeds)
    _by_name(held.stations, rows.stations[some], pools.stations)


def _mainstays(names: Mapping[str, int], reports: int) -> set[str]:
    return {name for name, n in names.items() if n >= SHARE * reports}


def _has_changed(days: Mapping[int, Day], heard: list[int], k: int) -> bool:
    day = days[heard[k]]
    if k > 0:
        before = days[heard[k - 1]]
        for a, b in ((before.feeds, day.feeds), (before.stations, day.stations)):
            gone = _mainstays(a, before.reports) - b.keys()
            come = _mainstays(b, day.reports) - a.keys()
            if gone or come:
                return True
    if k == len(heard) - 1:
        return False
    reference = [days[d] for d in heard[max(1, k - REFERENCE_DAYS) : k]]
    if not reference:
        return False
    for now, usual in (
        (day.vessels, median(d.vessels for d in reference)),
        (day.reports, median(d.reports for d in reference)),
    ):
        if now > FACTOR * usual or FACTOR * now < usual:
            return True
    return False


def judge(days: Mapping[int, Day]) -> tuple[int, int, int, str]:
    """(days of the run from the first heard to the last, silent ones, those on which reception changed, in words)."""
    heard = sorted(days)
    if not heard:
        return 0, 0, 0, "nothing heard"
    silent = [(a + 1, b - 1) for a, b in pairwise(heard) if b - a > 1]
    changed = [heard[k] for k in range(len(heard)) if _has_changed(days, heard, k)]
    words = [_told("silent", silent)] if silent else []
    words += [_told("changed", [(day, day) for day in changed])] if changed else []
    if not words:
        words = ["steady"] if len(heard) > 3 else ["too few days to compare"]
    lost = sum(end - begin + 1 for begin, end in silent)
    return heard[-1] - heard[0] + 1, lost, len(changed), ", ".join(words)


def _told(what: str, spans: list[tuple[int, int]]) -> str:
    """``changed on 2026-01-05 2026-01-09 to 2026-01-11 and 3 times more``."""
    shown = [day_text(a) if a == b else f"{day_text(a)} to {day_text(b)}" for a, b in spans[:MOST_SPANS]]
    more = f" and {len(spans) - MOST_SPANS} times more" if len(spans) > MOST_SPANS else ""
    return f"{what} on {', '.join(shown)}{more}"


def day_text(day: int) -> str:
    """``2026-01-02`` of days since 1970."""
    return format_us(day * DAY_US)[:10]
