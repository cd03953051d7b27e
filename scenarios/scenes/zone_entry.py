"""Scenes of ``zone_entry``: into a zone to stay, straight through, along its border, and there from the first fix."""

from __future__ import annotations

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]

AREA = ("area A", "watch", ((-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0)))


def _stays() -> Scene:
    ship = Vessel(799000101, -10.0, 0.5, name="SIM 0101", ship_type=70).to(0.0, 0.5, 10.0).stay(90).to(0.5, 9.0, 10.0)
    wanted = {"kind": "zone_entry", "type": "entry", "mmsis": [799000101], "zones": ["area A"]}
    return Scene(
        "enters and stays", "zone_entry", "a ship comes in, lies an hour and a half, leaves", [ship], [wanted], [AREA]
    )


def _through() -> Scene:
    ship = Vessel(799000102, -12.0, 1.0, name="SIM 0102", ship_type=70).go(90.0, 12.0, 120)
    wanted = {"kind": "zone_entry", "type": "direct_transit", "mmsis": [799000102]}
    return Scene(
        "straight through", "zone_entry", "a ship sails straight through at an even speed", [ship], [wanted], [AREA]
    )


def _along() -> Scene:
    ship = Vessel(799000103, -12.0, 3.2, name="SIM 0103", ship_type=70).go(90.0, 12.0, 120)
    return Scene("along the border", "zone_entry", "a ship passes a fifth of a mile outside", [ship], [], [AREA])


def _inside_from_the_start() -> Scene:
    ship = Vessel(799000104, 0.0, 0.0, name="SIM 0104", ship_type=30).stay(60).go(0.0, 8.0, 60)
    wanted = {"kind": "zone_entry", "type": "appeared_inside", "mmsis": [799000104]}
    return Scene(
        "there from its first fix", "zone_entry", "no entry was seen, and none is told", [ship], [wanted], [AREA]
    )


def scenes() -> list[Scene]:
    """All of them."""
    return [_stays(), _through(), _along(), _inside_from_the_start()]
