"""The book of tracks: code, name, MMSI and vessel of every track of a run.

Decides: that a track is ``(mmsi, segment)`` or a sensor's own id, and that codes are dense and follow first appearance.
Refuses: to say which rows belong to a track; that is the tracker's answer. Known failures: none known.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["TrackBook"]


@dataclass(slots=True)
class TrackBook:
    """Tracks by code. Codes are dense and follow first appearance in canonical order; only names leave the process.

    names    "367000001:2026-01-02T03:04:05Z:a1b2", or a sensor's own id
    mmsi     the MMSI, or -1 (a list of Python ints)
    vessel   dense code of the vessel key (MMSI or sensor id): tracks of one MMSI share it
    """

    names: list[str] = field(default_factory=list)
    mmsi: list[int] = field(default_factory=list)
    vessel: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.names)
