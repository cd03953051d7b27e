"""Imitations made by fishing: a fleet at work, a seiner, a season's first day; and one event of several kinds at once.

Decides: how vessels move while they do it, and that one event is one alarm. Refuses: to know how anything is detected.
Known failures: boats do not look where others fish.
"""

from __future__ import annotations

import math

from scenarios.imitation import Crew, Imitation
from scenarios.scenes.scene import Vessel

__all__ = ["ALL"]


def _work(crew: Crew, boat: Vessel, until: float, middle: tuple[float, float], spread_nm: float) -> Vessel:
    """Tows of two to four hours at trawling speed, with hauls in between."""
    while boat.minute < until:
        end = boat.minute + crew.between(120, 240)
        while boat.minute < end:
            east, north = (m + crew.between(-spread_nm, spread_nm) for m in middle)
            boat.to(east, north, crew.between(2.9, 4.3))
        boat.go(crew.between(0, 360), 1.0, crew.between(15, 35))
    boat.fixes = [f for f in boat.fixes if f.minute < until]
    return boat


def _fleet(seed: int) -> Imitation:
    crew = Crew(seed, 40)
    boats = []
    for _ in range(20):
        at = crew.between(-7, 7), crew.between(-7, 7)
        boat = crew.vessel(*at, ship_type=30, length_m=25, least_step_s=60.0, status=7)
        boats.append(_work(crew, boat, 1440, (0.0, 0.0), 7.0))
    return crew.scene("a fishing fleet at work", "twenty trawlers on one ground for a day", boats)


def _season(seed: int) -> Imitation:
    crew = Crew(seed, 41)
    boats, kn = [], crew.between(8.5, 9.5)
    for k in range(30):
        boat = crew.vessel(0.02 * (k % 6), -0.02 * (k // 6), ship_type=30, length_m=24, least_step_s=30.0, status=7)
        boat.stay(60 + crew.between(0, 40)).to(crew.between(-0.05, 0.05), 0.5, 5.0)
        mine = kn + crew.between(-0.6, 0.6)
        boat.to(crew.between(-0.2, 0.2), 8.0, mine).to(crew.between(-8, 8), 22 + crew.between(0, 10), mine)
        boats.append(_work(crew, boat, 900, (boat.east_nm, boat.north_nm), 4.0))
    return crew.scene(
        "a season opens", "thirty boats leave one harbour within the hour", boats, near_shore=True,
        masks=[("port", 0.0, 0.0)],
    )  # fmt: skip


def _seiner(seed: int) -> Imitation:
    crew = Crew(seed, 42)
    boat = crew.vessel(0.0, 0.0, ship_type=30, length_m=60, most_step_s=60.0, status=7)
    radius, kn = crew.between(0.12, 0.2), crew.between(6, 9)
    for _ in range(4):
        for _ in range(4):
            boat.go(crew.between(0, 360), 10.0, crew.between(10, 30))
        begin = crew.between(0, 360)
        turn = math.degrees(kn / 60 * 0.25 / radius)
        for k in range(round(360 / turn)):
            boat.go(begin + k * turn, kn, 0.25)
        boat.go(crew.between(0, 360), 0.5, crew.between(60, 110))
    return crew.scene("a purse seiner", "four sets in a day", [boat])


def _transfer(seed: int) -> Imitation:
    crew = Crew(seed, 43)
    # It lies waiting for an hour or two before the other comes.
    carrier = crew.vessel(0.0, 0.0, length_m=110).to(0.0, 12.0, 11.0).go(30.0, 0.4, crew.between(60, 120))
    east, north, met = carrier.east_nm, carrier.north_nm, carrier.minute
    carrier.go(30.0, 0.4, 240).go(30.0, 11.0, 90)
    boat = crew.vessel(
        9.0, 16.0, met - math.hypot(9.0 - east, 16.0 - north) / 7.0 * 60, ship_type=30, length_m=40, status=7
    )
    boat.to(east + 0.03, north, 7.0).go(30.0, 0.4, 220).go(180.0, 7.0, 120)
    expect = [{"kind": "encounter", "mmsis": [carrier.mmsi, boat.mmsi]}]
    return crew.scene("two meet at sea", "alongside for hours, far off: one alarm", [carrier, boat], expect=expect)


def _raft(seed: int) -> Imitation:
    crew = Crew(seed, 44)
    hulls = []
    for k in range(9):
        at = 0.02 * (k % 3), 0.03 * (k // 3)
        hull = crew.vessel(at[0] - 8, at[1] - 5 + 0.5 * k, 12.0 * k, ship_type=30, length_m=52)
        hulls.append(hull.to(*at, 9.0).under(5).stay(900 - 15 * k).under(0).go(40.0 * k, 8.0, 90))
    expect = [{"kind": "raft", "mmsis": [h.mmsi for h in hulls]}]
    return crew.scene("nine tied up at sea", "for fourteen hours: one alarm", hulls, expect=expect)


def _shadow(seed: int) -> Imitation:
    crew = Crew(seed, 45)
    legs = [(20.0, 90), (75.0, 60), (10.0, 70), (310.0, 60), (0.0, 60)]
    leader, follower = crew.vessel(0.0, 1.2), crew.vessel(0.0, 0.0, ship_type=55)
    for course, minutes in legs:
        leader.go(course, 11.0, minutes)
    # It keeps to the water that the leader sailed, 1.2 nm behind.
    follower.to(0.0, 1.2, 11.0)
    for course, minutes in legs:
        follower.go(course, 11.0, minutes)
    expect = [{"kind": "shadow", "mmsis": [leader.mmsi, follower.mmsi]}]
    return crew.scene("one follows another", "through four turns: one alarm", [leader, follower], expect=expect)


ALL = [_fleet, _season, _seiner, _transfer, _raft, _shadow]
"""Each makes its imitation from a seed."""
