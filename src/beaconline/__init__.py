"""Beaconline: position data in, findings that a watch officer can check out.

``beaconline.watch(["positions.csv"], zones=["areas.geojson"])`` is the call behind ``beaconline watch``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from beaconline.node.watch import Options, Result, UnreadableInputError, watch

__all__ = ["Options", "Result", "UnreadableInputError", "__version__", "watch"]

__version__ = "0.2.0"


def __getattr__(name: str) -> Any:
    # Imported on first use: the command's --help must not wait for the column engine and the compiler.
    if name in ("Options", "Result", "UnreadableInputError", "watch"):
        from beaconline.node import watch as module

        return getattr(module, name)
    raise AttributeError(f"module 'beaconline' has no attribute {name!r}")
