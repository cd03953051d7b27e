"""Beaconline: position data in, findings that a watch officer can check out."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
