"""Scenes of ``cable_risk``: a ship that drags over a cable, and those that only cross, work or lie there."""

from __future__ import annotations

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]

KIND = "cable_risk"
CABLE = ("cable A", [(-1.0, -25.0), (0.0, -5.0), (0.0, 5.0), (1.0, 25.0)])
"""A cable from south to north."""


def _crossings(first: int, n: int, kn: float = 12.0, ship_type: int = 70) -> list[Vessel]:
    """Ships that cross at an ordinary speed, one after another, a little apart."""
    return [
        Vessel(first + k, -10.0, 0.3 * k - 1.0, 30.0 * k, ship_type=ship_type).go(90.0, kn + 0.2 * (k % 5), 100)
        for k in range(n)
    ]


def _dragging(mmsi: int, status: int = 0, ship_type: int = 70) -> Vessel:
    """Comes at 12 kn, slows down, zigzags along the cable at 2.5 kn for two hours, and sails on."""
    ship = Vessel(mmsi, -20.0, 0.0, ship_type=ship_type, status=status).to(-0.6, 0.0, 12.0)
    for course in (60.0, 300.0, 70.0, 290.0, 50.0, 310.0, 60.0, 300.0):
        ship.go(course, 2.5, 15)
    return ship.go(80.0, 12.0, 100)


def _zigzag() -> Scene:
    wanted = {"kind": KIND, "type": "zigzag", "queue": "default", "status": "closed", "mmsis": [799120001]}
    return Scene(KIND + " zigzag", KIND, "a cargo ship slows from 12 to 2.5 kn, drags to and fro along a cable for two "
                 "hours under way, and sails on", [_dragging(799120001), *_crossings(799120100, 14)], [wanted],
                 cables=[CABLE])  # fmt: skip


def _loss() -> Scene:
    ship = Vessel(799120002, -20.0, 1.0, ship_type=70).to(-0.9, 1.0, 11.0).go(90.0, 5.0, 24).go(90.0, 11.0, 90)
    wanted = {"kind": KIND, "type": "speed_loss", "queue": "default", "mmsis": [799120002]}
    return Scene(KIND + " speed loss", KIND, "a cargo ship loses more than half of its speed over a cable and gains it "
                 "again", [ship, *_crossings(799120120, 14)], [wanted], cables=[CABLE])  # fmt: skip


def _crossing() -> Scene:
    return Scene(KIND + " none at service speed", KIND, "ships cross a cable at service speed",
                 _crossings(799120140, 16), cables=[CABLE])  # fmt: skip


def _aside() -> Scene:
    ship = Vessel(799120003, -20.0, 0.0, ship_type=70).to(-2.2, 0.0, 12.0)
    for course in (340.0, 200.0, 340.0, 200.0, 340.0, 200.0):
        ship.go(course, 2.0, 20)
    ship.go(270.0, 12.0, 60)
    return Scene(KIND + " none two miles off", KIND, "the same manoeuvres two miles beside the cable", [ship],
                 cables=[CABLE])  # fmt: skip


def _fleet() -> Scene:
    ships = []
    for k in range(12):
        ship = Vessel(799120160 + k, -1.5, 0.8 * k - 4.0, 7.0 * k, ship_type=30, status=7, step_s=120.0)
        for leg in range(8):
            ship.go(95.0 if leg % 2 == 0 else 275.0, 3.2, 55)
        ships.append(ship)
    wanted = [{"kind": KIND, "queue": "context", "mmsis": [ship.mmsi]} for ship in ships]
    return Scene(KIND + " fishing ground", KIND, "a fishing fleet works over a cable all day", ships, wanted,
                 cables=[CABLE])  # fmt: skip


def _common() -> Scene:
    ships = []
    for k in range(14):
        ship = Vessel(799120200 + k, -8.0, 0.2 * k - 1.5, 40.0 * k, ship_type=70).to(-0.8, 0.2 * k - 1.5, 10.0)
        ships.append(ship.go(90.0, 3.0, 35).go(90.0, 10.0, 60))
    wanted = [{"kind": KIND, "queue": "context", "mmsis": [ship.mmsi]} for ship in ships]
    return Scene(KIND + " where all go slowly", KIND, "every cargo ship slows down here: it is common for the class",
                 ships, wanted, cables=[CABLE])  # fmt: skip


def _anchored() -> Scene:
    ship = Vessel(799120004, -12.0, 0.0, ship_type=80, scatter_m=8.0).to(-0.3, 0.0, 10.0).under(1).stay(600)
    ship.under(0).go(270.0, 10.0, 60)
    roads = ("roads A", "anchorage", [(-2.0, -1.5), (1.0, -1.5), (1.0, 1.5), (-2.0, 1.5)])
    wanted = {"kind": KIND, "queue": "context", "mmsis": [799120004]}
    return Scene(KIND + " at anchor in the roads", KIND, "a ship lies at anchor, and says so, in an anchorage near the "
                 "landing", [ship], [wanted], zones=[roads], cables=[CABLE])  # fmt: skip


def _survey() -> Scene:
    ship = Vessel(799120005, -0.8, -6.0, ship_type=33, status=3)
    for k in range(6):
        ship.go(0.0 if k % 2 == 0 else 180.0, 3.5, 150).go(90.0, 3.5, 5)
    wanted = {"kind": KIND, "queue": "context", "mmsis": [799120005]}
    return Scene(KIND + " survey", KIND, "a cable ship, restricted in its ability to manoeuvre, runs lines along the "
                 "cable", [ship], [wanted], cables=[CABLE])  # fmt: skip


def _tow() -> Scene:
    ship = Vessel(799120006, -12.0, 0.5, ship_type=31, status=0).go(90.0, 3.4, 400)
    wanted = {"kind": KIND, "type": "slow", "queue": "context", "mmsis": [799120006]}
    return Scene(KIND + " tug with a tow", KIND, "a tug crosses with a tow, as slow as before", [ship], [wanted],
                 cables=[CABLE])  # fmt: skip


def _says_anchored() -> Scene:
    wanted = {"kind": KIND, "type": "zigzag", "queue": "default", "mmsis": [799120007]}
    return Scene(KIND + " dragging at anchor", KIND, "a ship that says it is at anchor makes way over a cable",
                 [_dragging(799120007, status=1), *_crossings(799120240, 14)], [wanted], cables=[CABLE])  # fmt: skip


def scenes() -> list[Scene]:
    """All of them."""
    return [
        _zigzag(), _loss(), _crossing(), _aside(), _fleet(), _common(), _anchored(), _survey(), _tow(),
        _says_anchored(),
    ]  # fmt: skip
