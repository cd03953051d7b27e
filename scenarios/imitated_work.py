"""Imitations made by ordinary work: ships in company, races, surveys, ships at anchor.

Decides: how vessels move while they do it. Refuses: to know how anything is detected.
Known failures: no wind, and a tide that turns like a clock.
"""

from __future__ import annotations

import math

from scenarios.imitation import Crew, Imitation
from scenarios.scenes.scene import Vessel

__all__ = ["ALL"]


def _convoy(seed: int) -> Imitation:
    crew = Crew(seed, 20)
    ships = []
    for k in range(8):
        ship = crew.vessel(0.7 * (k % 2), -0.8 * (k // 2), ship_type=70 + k % 4)
        ship.go(0.0, 12.0, 200).go(35.0, 12.0, 120).go(350.0, 12.0, 160)
        ships.append(ship)
    return crew.scene("a convoy", "eight ships in two columns for eight hours", ships)


def _ferries(seed: int) -> Imitation:
    crew = Crew(seed, 21)
    ferries, far = [], crew.between(9, 14)
    for k in range(5):
        kn, at = crew.between(15, 19) + (10 if k == 4 else 0), 0.05 * k
        ferry = crew.vessel(at, 0.0, 25.0 * k, ship_type=60, most_step_s=60.0)
        while ferry.minute < 960:
            ferry.to(at + 0.15, far / 2, kn).to(at, far, kn).stay(15).to(at - 0.15, far / 2, kn).to(at, 0.0, kn).stay(
                15
            )
        ferries.append(ferry)
    masks = [("port", 0.1, 0.0), ("port", 0.1, far)]
    return crew.scene(
        "a ferry line", "five ferries to and fro all day, one fast", ferries, near_shore=True, masks=masks
    )


def _pilot(seed: int) -> Imitation:
    crew = Crew(seed, 22)
    out = []
    for k in range(4):
        at = 100.0 * k
        ship = crew.vessel(0.0, 16.0, at, length_m=220).to(0.0, 9.0, 12.0).to(0.0, 8.0, 9.0)
        ship.go(180.0, 7.0, 25).to(0.0, 0.0, 9.0)
        met = at + 7 / 12 * 60 + 1 / 9 * 60
        boat = crew.vessel(0.3, 0.5, met - 29, ship_type=50, length_m=18, most_step_s=30.0).to(0.03, 8.0, 7.5 / 27 * 60)
        boat.go(180.0, 7.0, 12)
        out += [ship, boat.to(0.3, 0.5, 17.0).stay(30)]
    return crew.scene("a pilot transfer", "four ships take a pilot", out, near_shore=True, masks=[("port", 0.0, 0.0)])


def _tow(seed: int) -> Imitation:
    crew = Crew(seed, 23)
    line = crew.between(0.15, 0.3)
    tug = crew.vessel(0.0, 0.0, ship_type=52, length_m=45)
    tow = crew.vessel(-line, 0.0, ship_type=79, length_m=140, status=3)
    for ship in (tug, tow):
        ship.go(90.0, 5.0, 240).go(75.0, 5.0, 180).go(100.0, 5.0, 200)
    return crew.scene("a tow", "a tug and what it tows, for ten hours", [tug, tow])


def _regatta(seed: int) -> Imitation:
    crew = Crew(seed, 24)
    boats = [crew.vessel(0.0, 0.05, ship_type=37, length_m=20, status=1).stay(300)]
    leg = crew.between(1.2, 1.8)
    for k in range(25):
        kn = crew.between(4.8, 6.4)
        boat = crew.vessel(-5.0, -3.0 - 0.02 * k, ship_type=36, length_m=12, most_step_s=60.0, status=8)
        boat.to(crew.between(-0.2, 0.2), crew.between(-0.15, 0), 6.0)
        while boat.minute < 85:
            boat.to(crew.between(-0.2, 0.2), crew.between(-0.15, 0.0), crew.between(0.5, 2.5))
        for _ in range(3):
            for east, north in ((0.0, leg), (leg * 0.87, leg / 2), (0.0, 0.0)):
                boat.to((boat.east_nm + east) / 2 + crew.between(-0.3, 0.3), (boat.north_nm + north) / 2, kn)
                boat.to(east + crew.between(-0.02, 0.02), north + crew.between(-0.02, 0.02), kn)
        boats.append(boat.to(-5.0, -3.0 - 0.02 * k, 6.0))
    masks = [("port", -5.0, -3.0)]
    return crew.scene("a regatta", "25 boats round three marks", boats, near_shore=True, masks=masks)


def _pair(seed: int) -> Imitation:
    crew = Crew(seed, 25)
    apart, kn = crew.between(0.15, 0.25), crew.between(2.8, 3.6)
    boats = [crew.vessel(apart * k, 0.0, ship_type=30, length_m=30, most_step_s=60.0, status=7) for k in range(2)]
    course = 0.0
    for _ in range(3):
        for k, boat in enumerate(boats):
            boat.go(course, kn, 150).go(course + 40, kn, 30)
            boat.go(course + (90 if k == 0 else 270), 0.9, 4).go(course, 0.7, 16).go(course + 90, 1.0, 3)
            boat.to(boats[0].east_nm + apart * k, boats[0].north_nm, 3.0) if k else None
        course += 60
    return crew.scene("pair trawlers", "two trawl together for ten hours, hauling three times", boats)


def _survey(seed: int) -> Imitation:
    crew = Crew(seed, 26)
    ship = crew.vessel(0.0, 0.0, ship_type=33, length_m=80, status=3)
    guard = crew.vessel(2.0, 3.0, ship_type=90, length_m=30)
    apart, kn = crew.between(0.15, 0.3), crew.between(4.2, 5.0)
    while ship.minute < 1300:
        ship.to(ship.east_nm, 8.0, kn).to(ship.east_nm + apart, 8.0, 3.5)
        ship.to(ship.east_nm, 0.0, kn).to(ship.east_nm + apart, 0.0, 3.5)
    while guard.minute < 1300:
        guard.to(crew.between(-1, 7), crew.between(0, 8), crew.between(3.2, 6))
    return crew.scene("a survey", "lines to and fro for a day, with a guard vessel", [ship, guard])


def _swing(vessel: Vessel, minutes: float, phase: float) -> Vessel:
    """Round its anchor with the tide, some tens of metres an hour."""
    while vessel.minute < minutes:
        turn = phase + vessel.minute / 745.0 * 2 * math.pi
        vessel.go(math.degrees(turn), 0.08, 20)
    return vessel


def _anchored(seed: int) -> Imitation:
    crew = Crew(seed, 27)
    ships = []
    for k in range(9):
        ship = crew.vessel(0.6 * (k % 3), 0.6 * (k // 3), length_m=180, least_step_s=90.0, status=1)
        ships.append(_swing(ship, 1300 + 40 * k, crew.between(0.0, 0.4)))
    return crew.scene("ships swinging at anchor", "nine for a day", ships, near_shore=True)


def _waiting(seed: int) -> Imitation:
    crew = Crew(seed, 28)
    ships = []
    for k in range(18):
        east, north = 0.8 * (k % 6), 0.8 * (k // 6)
        ship = crew.vessel(east - 14, north - 6, crew.between(0, 200), length_m=200, least_step_s=90.0)
        ship.to(east - 2, north, 11.0).to(east, north, 5.0).under(1)
        ships.append(_swing(ship, 1900 + crew.between(0, 200), 0.0).under(0).to(east + 12, north + 8, 11.0))
    masks = [("anchorage", 0.8 * i, 0.8 * j) for i in range(0, 6, 2) for j in range(3)]
    return crew.scene("ships waiting at an anchorage", "18 for thirty hours", ships, near_shore=True, masks=masks)


def _bunkering(seed: int) -> Imitation:
    crew = Crew(seed, 29)
    out = []
    for k in range(3):
        ship = crew.vessel(0.9 * k, 0.0, length_m=180, status=1, least_step_s=60.0).stay(900)
        barge = crew.vessel(-2.5, -2.0, 120.0 * k, ship_type=80, length_m=70)
        out += [ship, barge.to(0.9 * k + 0.02, 0.0, 7.0).stay(240).to(-2.5, -2.0, 7.0)]
    return crew.scene("bunkering at anchor", "three, near a port", out, near_shore=True, masks=[("port", -2.5, -2.0)])


ALL = [_convoy, _ferries, _pilot, _tow, _regatta, _pair, _survey, _anchored, _waiting, _bunkering]
"""Each makes its imitation from a seed."""
