"""Names made from content: canonical JSON and short hashes.

Decides: how content becomes a name. Refuses: counters and random ids, which would tell a partner how much there is.
Source: RFC 8785 in spirit (sorted keys, no blanks, UTF-8); numbers come from fixed-scale integers, so that their text
form is short and the same everywhere. Known failures: 80-bit names collide by chance once in 10^12 pairs of a million.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["canonical_json", "event_name", "handle_name", "params_hash"]

_HEX_DIGITS = 20
"""Hex digits kept of a SHA-256 (80 bits): short enough for the radio log, long enough for a lifetime of findings."""

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
"""Made once: json.dumps makes one for every call with options of its own."""


def canonical_json(value: Any) -> str:
    """JSON text with sorted keys and no blanks. Raises ValueError for NaN and infinity."""
    return _ENCODER.encode(value)


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def event_name(content: Mapping[str, Any]) -> str:
    """``e_…`` of a finding's canonical content."""
    return "e_" + _digest(content)[:_HEX_DIGITS]


def handle_name(kind: str, members: Sequence[str], key: str) -> str:
    """``f_…`` of what stays the same while an event grows: its kind, the names of its tracks (empty where they may
    change) and its key."""
    return "f_" + _digest([kind, sorted(members), key])[:_HEX_DIGITS]


def params_hash(params: Mapping[str, Any]) -> str:
    """Hash of a rule's parameters, 16 hex digits."""
    return _digest(dict(params))[:16]
