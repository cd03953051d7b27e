"""Scenes of ``port_visit``: a vessel comes to a port or an anchorage, stops there and leaves, and what is no visit."""

from __future__ import annotations

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]

KIND = "port_visit"
PORT = ("port A", "port", [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])


def _call() -> Scene:
    ship = (
        Vessel(799110001, -12.0, 0.0, ship_type=70).to(-0.2, 0.0, 10.0).under(5).stay(600).under(0).go(270.0, 10.0, 80)
    )
    wanted = {"kind": KIND, "type": "stop", "queue": "context", "status": "closed", "zones": ["port A"]}
    return Scene(KIND + " with a stop", KIND, "a ship comes in, lies ten hours at a berth and sails", [ship], [wanted],
                 zones=[PORT])  # fmt: skip


def _stays() -> Scene:
    ship = Vessel(799110002, -12.0, 0.0, ship_type=80).to(0.1, 0.0, 10.0).stay(300)
    wanted = {"kind": KIND, "type": "stop", "status": "open", "settled": False}
    return Scene(KIND + " still there", KIND, "a ship comes in and is there when the data end", [ship], [wanted],
                 zones=[PORT])  # fmt: skip


def _silent() -> Scene:
    ship = Vessel(799110003, -12.0, 0.0, ship_type=30).to(0.0, 0.0, 8.0)
    ship.stay(3).stay(1440, heard=False).stay(3).go(270.0, 8.0, 90)
    wanted = {"kind": KIND, "type": "silence", "status": "closed"}
    return Scene(KIND + " switched off", KIND, "a fishing vessel comes in, is not heard for a day, and leaves", [ship],
                 [wanted], zones=[PORT])  # fmt: skip


def _passing() -> Scene:
    ship = Vessel(799110004, -12.0, 1.2, ship_type=70).go(90.0, 12.0, 120)
    return Scene(KIND + " not a passage", KIND, "a ship passes half a mile off the port at 12 kn", [ship], zones=[PORT])


def _roads() -> Scene:
    ship = Vessel(799110005, -12.0, 0.0, ship_type=70).to(-3.2, 0.0, 10.0).stay(300).go(270.0, 10.0, 60)
    return Scene(KIND + " too far off", KIND, "a ship stops 2.7 nm off the port, farther than 4 km, and leaves", [ship],
                 zones=[PORT])  # fmt: skip


def _berths() -> Scene:
    zones = [(f"berth {k}", "anchorage", [(k - 0.1, -0.1), (k + 0.1, -0.1), (k + 0.1, 0.1), (k - 0.1, 0.1)])
             for k in range(5)]  # fmt: skip
    ship = Vessel(799110006, -12.0, 0.0, ship_type=70).to(0.0, 0.0, 10.0).stay(120).to(4.0, 0.0, 5.0).stay(300)
    ship.to(20.0, 0.0, 10.0)
    wanted = {"kind": KIND, "type": "stop", "status": "closed"}
    return Scene(KIND + " of many anchorages", KIND, "five anchorages a mile apart: waiting at one, then lying at "
                 "another, is one call", [ship], [wanted], zones=zones)  # fmt: skip


def _along() -> Scene:
    zones = [(f"quay {k}", "port", [(k - 0.3, -0.1), (k + 0.3, -0.1), (k + 0.3, 0.1), (k - 0.3, 0.1)])
             for k in range(0, 24, 2)]  # fmt: skip
    ship = Vessel(799110007, -12.0, 0.0, ship_type=70).to(0.0, 0.2, 10.0).stay(120).to(22.0, 0.2, 10.0).stay(300)
    ship.to(40.0, 0.2, 10.0)
    wanted = {"kind": KIND, "type": "stop", "status": "closed"}
    return Scene(KIND + " of two ports of one coast", KIND, "two calls 22 nm apart on a coast without a gap are two", [
                 ship], [wanted, wanted], zones=zones)  # fmt: skip


def scenes() -> list[Scene]:
    """All of them."""
    return [_call(), _stays(), _silent(), _passing(), _roads(), _berths(), _along()]
