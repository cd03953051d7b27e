"""Scenes of ``feed_silent``: feeds and stations that bring nothing for a while."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]

KIND = "feed_silent"


def _ships(
    first: int, count: int, minutes: float, *, hole: Sequence[float] = (), feed: str = "coast", station: str = "s1",
    step_s: float = 60.0, east_nm: float = 0.0,
) -> list[Vessel]:  # fmt: skip
    """Ships on parallel courses, heard by one station of one feed but for minutes ``hole[0]`` to ``hole[1]``."""
    out = []
    for k in range(count):
        ship = Vessel(first + k, east_nm, 2.0 * k, step_s=step_s, stations=(station,), feeds=[feed])
        if hole:
            ship.go(90.0, 8.0, hole[0]).go(90.0, 8.0, hole[1] - hole[0], heard=False)
        out.append(ship.go(90.0, 8.0, minutes - ship.minute))
    return out


def _feed_falls_silent() -> Scene:
    ships = [*_ships(799300001, 4, 300, hole=(150, 200)), *_ships(799300101, 4, 300, feed="satellite", step_s=300.0)]
    wanted = {"kind": KIND, "type": "feed", "status": "closed", "queue": "default", "members": []}
    return Scene("a feed falls silent for 50 min", KIND, "one of two feeds brings nothing for 50 min", ships, [wanted])


def _feed_never_back() -> Scene:
    ships = [*_ships(799300201, 4, 150), *_ships(799300301, 4, 300, feed="other", station="s2", step_s=120.0)]
    wanted = {"kind": KIND, "type": "feed", "status": "open", "queue": "default"}
    return Scene("a feed does not come back", KIND, "one of two feeds ends; the other goes on", ships, [wanted])


def _data_end() -> Scene:
    return Scene("the data end", KIND, "the only feed brings something to the last minute", _ships(799300401, 4, 200))


def _slow_feed() -> Scene:
    ships = [
        *_ships(799300501, 1, 900, feed="vms", step_s=3600.0),
        *_ships(799300601, 1, 900, feed="vms", step_s=2700.0, east_nm=5.0),
        *_ships(799300701, 3, 900, step_s=180.0),
    ]
    return Scene(
        "a slow feed keeps its step", KIND, "a feed of two vessels brings something every half hour or so", ships
    )


def _short() -> Scene:
    ships = [*_ships(799300801, 4, 300, hole=(150, 158)), *_ships(799300901, 4, 300, feed="other", station="s2")]
    return Scene("a pause of 8 min", KIND, "a dense feed pauses for less than the limit", ships)


def _station_dies() -> Scene:
    ships = [*_ships(799301001, 4, 400, hole=(150, 260)), *_ships(799301101, 4, 400, station="s2", east_nm=60.0)]
    wanted = {"kind": KIND, "type": "station", "status": "closed", "queue": "default"}
    return Scene("a station dies for 110 min", KIND, "of two stations of one feed one brings nothing", ships, [wanted])


def _last_ship_leaves() -> Scene:
    ships = [*_ships(799301201, 1, 150), *_ships(799301301, 4, 400, station="s2", east_nm=60.0)]
    return Scene("a station's only ship leaves", KIND, "a station that heard one ship hears none; others go on", ships)


def scenes() -> list[Scene]:
    """All of them."""
    return [
        _feed_falls_silent(), _feed_never_back(), _data_end(), _slow_feed(), _short(), _station_dies(),
        _last_ship_leaves(),
    ]  # fmt: skip
