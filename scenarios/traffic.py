"""The everyday traffic of a simulated day: cargo on lanes, ferries, fishing groups, ships at anchor, patrols.

Decides: how many, where and how fast, from one seed. Refuses: anything a detector should find; that is staged apart.
Known failures: no weather, no tides, no pilots.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, pairwise

import numpy as np

from beaconline.foundation.geo.geodesy import destination, distance_m
from scenarios.sea import Point, Sea, clear, offshore_m, turn_right
from scenarios.ships import Ship, Way, circle, sail, wander

__all__ = ["DAY_S", "open_water", "traffic"]

DAY_S = 86_400.0


def open_water(sea: Sea, rng: np.random.Generator, at_least_m: float, off_lanes_m: float = 0.0) -> Point:
    """A point inside the box at least so far from the shore, and from the ends of lanes."""
    west, south, east, north = sea.box
    for _ in range(10_000):
        p = (float(rng.uniform(west + 0.5, east - 0.5)), float(rng.uniform(south + 0.5, north - 0.5)))
        if offshore_m(p) < at_least_m:
            continue
        if off_lanes_m and min(_off_lane(sea, p)) < off_lanes_m:
            continue
        return p
    raise SystemExit("no open water of that kind in the box")


def _off_lane(sea: Sea, p: Point) -> Iterator[float]:
    for a, ends in sea.links.items():
        for b in ends:
            for share in np.linspace(0, 1, 9):
                yield distance_m(*p, a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))


def _lane_ship(sea: Sea, rng: np.random.Generator, number: int) -> Ship | None:
    """A ship on the lanes, right of the middle, under way for as much of the day as its voyage lasts."""
    ends = sea.harbours + sea.gates
    a, b = (ends[int(k)] for k in rng.choice(len(ends), 2, replace=False))
    route = sea.route(a, b)
    if len(route) < 2:
        return None
    speed = float(rng.uniform(8, 18))
    beside = float(rng.uniform(500, 4_000))
    way = Way().add(0.0, route[0])
    for p, q in pairwise(route):
        aim = turn_right(p, q, beside) if q != route[-1] else q
        sail(way, aim if clear(way.end[1], aim) else q, speed)
    # Departures spread so that at any time some ships are at sea, whatever the length of their voyages.
    shift = float(rng.uniform(-way.t_s[-1] * 0.7, DAY_S * 0.6))
    way.t_s = [t + shift for t in way.t_s]
    if way.t_s[-1] < 3_600 or not way.is_wet():
        return None
    length = int(rng.integers(90, 330))
    kind = int(rng.choice([70, 71, 74, 79, 80, 84], p=[0.4, 0.15, 0.1, 0.15, 0.15, 0.05]))
    return Ship(number, kind, length, length // 7, 0, float(rng.uniform(60, 200)), way)


def _ferry(sea: Sea, rng: np.random.Generator, number: int) -> Ship | None:
    a, b = (sea.harbours[int(k)] for k in rng.choice(len(sea.harbours), 2, replace=False))
    if distance_m(*a, *b) > 300_000:
        return None
    route = sea.route(a, b)
    if len(route) < 2:
        return None
    way, speed = Way().add(float(rng.uniform(0, 3600)), a), float(rng.uniform(16, 24))
    while way.end[0] < DAY_S:
        for p in route[1:]:
            sail(way, p, speed)
        way.add(way.end[0] + 2700, way.end[1])
        route = route[::-1]
    return Ship(number, 60, 130, 20, 0, 90.0, way) if way.is_wet() else None


def _fishing_group(sea: Sea, rng: np.random.Generator, numbers: Iterator[int]) -> list[Ship]:
    middle = open_water(sea, rng, 25_000)
    group = []
    for _ in range(int(rng.integers(5, 14))):
        start = destination(*middle, float(rng.uniform(0, 360)), float(rng.uniform(1_500, 9_000)))
        way = wander(Way().add(0.0, start), middle, 9_000.0, float(rng.uniform(3.0, 4.5)), DAY_S, rng)
        if way.is_wet():
            group.append(Ship(next(numbers), 30, int(rng.integers(20, 55)), 8, 7, float(rng.uniform(150, 400)), way))
    return group


def _anchorage(harbour: Point, rng: np.random.Generator, numbers: Iterator[int]) -> list[Ship]:
    """Ships at anchor off a harbour, on a spiral over 1.1 km apart, so that none swing near another."""
    lying = []
    for k in range(int(rng.integers(6, 16))):
        spot = destination(harbour[0], harbour[1], 25.0 * k, 2_500.0 + 350.0 * k)
        length = int(rng.integers(80, 250))
        way = circle(Way().add(0.0, spot), spot, float(rng.uniform(100, 250)), DAY_S, rng)
        if offshore_m(spot) > 1_200 and way.is_wet():
            lying.append(Ship(next(numbers), 70, length, length // 7, 1, 240.0, way))
    return lying


def _apart(places: Sequence[Point], order: Sequence[int], metres: float) -> list[int]:
    """Of the places, in the given order, those at least so far from all taken before."""
    taken: list[int] = []
    for k in order:
        if all(distance_m(*places[k], *places[other]) >= metres for other in taken):
            taken.append(k)
    return taken


def _patrol(sea: Sea, rng: np.random.Generator, number: int) -> Ship | None:
    middle = open_water(sea, rng, 40_000)
    corners = [destination(*middle, bearing, 25_000.0) for bearing in (45, 135, 225, 315)]
    way = Way().add(0.0, corners[0])
    while way.end[0] < DAY_S:
        for corner in corners[1:] + corners[:1]:
            sail(way, corner, 12.0)
    return Ship(number, 55, 90, 12, 0, 120.0, way) if way.is_wet() else None


def traffic(sea: Sea, rng: np.random.Generator, lanes: int = 420) -> list[Ship]:
    """All ships of an ordinary day; ship numbers begin at 1 and have no hole."""
    ships: list[Ship] = []
    for make, wanted in ((_lane_ship, lanes), (_ferry, 14), (_patrol, 5)):
        made = 0
        # Some draws give no voyage (no route, or land in the way): try again, but not for ever.
        for _ in range(wanted * 4):
            ship = make(sea, rng, len(ships) + 1) if made < wanted else None
            if ship is not None:
                ships.append(ship)
                made += 1
    numbers = count(len(ships) + 1)
    for _ in range(12):
        ships += _fishing_group(sea, rng, numbers)
    for k in _apart(sea.harbours, rng.permutation(len(sea.harbours)).tolist(), 20_000.0)[:8]:
        ships += _anchorage(sea.harbours[k], rng, numbers)
    return ships
