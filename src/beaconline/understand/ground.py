"""The ground a detector stands on: places, zones, cables, and what lists say of vessels, loaded before any row.

Decides: what a detector may be built from. Refuses: to load anything; that is wiring. Source: the house page.
Known failures: none known.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from beaconline.foundation.geo.zones import Zone
from beaconline.understand.context.cables import Cable
from beaconline.understand.context.masks import MaskShape
from beaconline.understand.context.protocol import Context, NoContext
from beaconline.understand.forces.claims import Forces, NoForces

__all__ = ["Ground"]


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything a kind may ask that is not in the rows."""

    context: Context = field(default_factory=NoContext)
    zones: tuple[Zone, ...] = ()
    cables: tuple[Cable, ...] = ()
    forces: Forces = field(default_factory=NoForces)
    masks: tuple[MaskShape, ...] = ()
