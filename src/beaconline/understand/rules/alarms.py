"""How many alarms rules would give: by watch, and by share of vessels.

Decides: an alarm is a finding in the default queue, at the time its behaviour began; a watch is a span of whole hours
of the UTC day. Refuses: a rate without its interval. Rates are over all time looked at, also watches cut off by its
ends; the busiest watch is counted among whole watches. Source: exact interval of a Poisson count (Garwood 1936).
Known failures: alarms of one episode are not independent, so the interval is narrower than it should be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from beaconline.foundation.records.times import US_PER_S, parse_us

__all__ = ["KindAlarms", "Share", "alarms_by_kind", "poisson_interval", "shares_by_kind", "shares_by_zone"]

HOUR_US = 3600 * US_PER_S


@dataclass(frozen=True, slots=True)
class KindAlarms:
    """Alarms of one kind ("" = all together).

    alarms, context, handled  findings in the default queue; in the context queue; of those, taken out of the default
                              queue by an exclusion, a mute, an acknowledgement or as a repeat
    watches                   length of the time looked at, in watches
    per_watch, low, high      alarms a watch, and the ends of the 95 % interval
    busiest                   most alarms in one whole watch, None when no whole watch was looked at
    """

    kind: str
    alarms: int
    context: int
    handled: int
    watches: float
    per_watch: float
    low: float
    high: float
    busiest: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """Vessels that a rule or a zone concerns, of all vessels."""

    name: str
    vessels: int
    of: int

    @property
    def share(self) -> float:
        return self.vessels / self.of if self.of else 0.0


def _cdf(n: int, mean: float) -> float:
    """Probability of at most n events at this mean."""
    if mean <= 0:
        return 1.0
    log_mean = math.log(mean)
    return math.fsum(math.exp(k * log_mean - mean - math.lgamma(k + 1)) for k in range(n + 1))


def poisson_interval(n: int, level: float = 0.95) -> tuple[float, float]:
    """Exact central interval of the mean of a Poisson count of n; above 2,000 by Wilson and Hilferty's cube root, which
    is then right to 0.1 %."""
    tail = (1.0 - level) / 2.0
    if n > 2_000:
        z = _normal_quantile(1.0 - tail)
        low = n * (1 - 1 / (9 * n) - z / (3 * math.sqrt(n))) ** 3
        high = (n + 1) * (1 - 1 / (9 * (n + 1)) + z / (3 * math.sqrt(n + 1))) ** 3
        return low, high
    # The upper end: at most n events are that improbable; the lower: n or more are.
    high = _solve(lambda mean: _cdf(n, mean) - tail, n + 1.0)
    low = 0.0 if n == 0 else _solve(lambda mean: _cdf(n - 1, mean) - (1.0 - tail), float(n))
    return low, high


def _solve(falling: Any, start: float) -> float:
    """Where a falling function of a positive number crosses zero."""
    low, high = 0.0, start
    while falling(high) > 0:
        high *= 2.0
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2.0


def _normal_quantile(p: float) -> float:
    return _solve(lambda z: p - 0.5 * math.erfc(-z / math.sqrt(2.0)), 4.0)


def _count(kind: str, findings: Sequence[Mapping[str, Any]], begin_us: int, end_us: int, watch_h: int) -> KindAlarms:
    watch_us = watch_h * HOUR_US
    in_watch: dict[int, int] = {}
    for finding in findings:
        if finding["queue"] == "default":
            watch = parse_us(finding["t_start"]) // watch_us
            in_watch[watch] = in_watch.get(watch, 0) + 1
    alarms = sum(in_watch.values())
    whole = range(-(-begin_us // watch_us), end_us // watch_us)
    watches = (end_us - begin_us) / watch_us
    low, high = poisson_interval(alarms)
    scale = 1.0 / watches if watches > 0 else math.nan
    return KindAlarms(
        kind,
        alarms,
        len(findings) - alarms,
        sum(bool(f["handling"]) for f in findings if f["queue"] != "default"),
        watches,
        alarms * scale,
        low * scale,
        high * scale,
        max((in_watch.get(w, 0) for w in whole), default=None),
    )


def alarms_by_kind(
    findings: Sequence[Mapping[str, Any]], kinds: Iterable[str], begin_us: int, end_us: int, watch_h: int
) -> list[KindAlarms]:
    """Alarms of all kinds together (kind ""), then of each kind in the order given.

    begin_us, end_us  the time looked at, microseconds since 1970; watch_h hours of a watch, a divisor of 24
    """
    groups = [("", findings), *((kind, [f for f in findings if f["kind"] == kind]) for kind in kinds)]
    return [_count(kind, group, begin_us, end_us, watch_h) for kind, group in groups]


def _vessels(findings: Iterable[Mapping[str, Any]]) -> set[object]:
    members = (m for f in findings for m in f["members"])
    return {m["mmsi"] if m["mmsi"] is not None else m["track"] for m in members}


def shares_by_kind(findings: Sequence[Mapping[str, Any]], kinds: Iterable[str], vessels: int) -> list[Share]:
    """Of all vessels, those that stand in an alarm of each kind."""
    alarms = [f for f in findings if f["queue"] == "default"]
    return [Share(kind, len(_vessels(f for f in alarms if f["kind"] == kind)), vessels) for kind in kinds]


def shares_by_zone(findings: Sequence[Mapping[str, Any]], zones: Iterable[str], vessels: int) -> list[Share]:
    """Of all vessels, those that stand in a finding about each zone, whichever queue it is in."""
    return [Share(zone, len(_vessels(f for f in findings if zone in f["zones"])), vessels) for zone in zones]
