"""What a detector may ask about a place: distance to land, ports and anchorages near it, zones over it.

Decides: the questions. Refuses: to answer them (zones, masks and coast do) and to veto: a mask is context that a
finding carries. Source: "masks inform, they do not veto" (behaviours page). Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from beaconline.foundation.records.finding import Mask

__all__ = ["OUTRANKING_ZONES", "Context", "NoContext"]

OUTRANKING_ZONES = frozenset({"reef", "watch", "exclusion"})
"""Kinds of zone inside which masks are listed but move nothing out of the default queue: many ships lying still at a
reef make an anchorage of it in any table learnt from traffic."""


class Context(Protocol):
    """Answers about one place (WGS 84 degrees x 1e7) and, for zones, one instant (microseconds since 1970)."""

    @property
    def has_port_masks(self) -> bool:
        """False when no ports or anchorages are loaded: a finding then says that nothing was checked."""
        ...

    def distance_to_land_m(self, lon_e7: int, lat_e7: int) -> int | None:
        """Metres to the nearest shore, 0 on land; None where it is not known."""
        ...

    def masks_near(self, lon_e7: int, lat_e7: int, within_m: int) -> list[Mask]:
        """Ports and anchorages within so many metres, nearest first."""
        ...

    def zones_at(self, lon_e7: int, lat_e7: int, t_us: int) -> list[tuple[str, str]]:
        """(name, kind) of the zones that hold the point at that instant, by name."""
        ...

    def zones_over(self, places: Sequence[tuple[int, int]], t_us: int) -> list[list[tuple[str, str]]]:
        """``zones_at`` of each of many places (lon_e7, lat_e7), which costs less than asking one by one."""
        ...


class NoContext:
    """Knows nothing of any place, and says so."""

    has_port_masks = False

    def distance_to_land_m(self, lon_e7: int, lat_e7: int) -> int | None:
        return None

    def masks_near(self, lon_e7: int, lat_e7: int, within_m: int) -> list[Mask]:
        return []

    def zones_at(self, lon_e7: int, lat_e7: int, t_us: int) -> list[tuple[str, str]]:
        return []

    def zones_over(self, places: Sequence[tuple[int, int]], t_us: int) -> list[list[tuple[str, str]]]:
        return [[] for _ in places]
