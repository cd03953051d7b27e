"""A scene for the table of presence: three forces at a reef over three days, in no finding of its own."""

from __future__ import annotations

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]

LIST = """mmsi,force,source,as_of
799300001,coast_guard,register,2025-06-01
799300002,coast_guard,register,2025-06-01
799300003,militia,register,2025-06-01
799300004,militia,register,2025-06-01
"""
BOX = [(-4.0, -4.0), (4.0, -4.0), (4.0, 4.0), (-4.0, 4.0)]


def _days() -> Scene:
    hour = 60
    vessels = [
        Vessel(799300001, 0.0, 0.0, step_s=1800).stay(48 * hour),
        Vessel(799300002, 9.0, 9.0, step_s=1800).stay(48 * hour),
        Vessel(799300003, 1.0, 1.0, 24 * hour, step_s=1800).stay(10 * hour),
        Vessel(799300004, -1.0, 1.0, 25 * hour, step_s=1800).stay(10 * hour),
        Vessel(799300005, 2.0, -2.0, 26 * hour, step_s=1800, ship_type=30).stay(10 * hour),
    ]
    return Scene("three forces at a reef", "presence", "one force from the first day on, three on the second", vessels,
                 zones=[("the reef", "reef", BOX)], lists=LIST)  # fmt: skip


def scenes() -> list[Scene]:
    """All of them."""
    return [_days()]
