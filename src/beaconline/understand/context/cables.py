"""Lines on the sea bed that a node was given to watch: cables and pipelines.

Decides: what a cable is. Refuses: to ship any; each node loads its own. Source: the contract page (``--cables``).
Known failures: published routes are drawn for maps and lie kilometres off.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cable"]


@dataclass(frozen=True, slots=True)
class Cable:
    """One cable: its lines as (lon_deg, lat_deg) in WGS 84, each of at least two places."""

    name: str
    lines: tuple[tuple[tuple[float, float], ...], ...]
    source: str
    line: int
