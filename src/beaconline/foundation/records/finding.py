"""Finding: what a detector says about behaviour, with the evidence for it and against it.

Decides: the shape of ``finding/1`` and how its ``event`` hash is made. Refuses: a verdict; there is no field for one.
Source: the contract page. A Draft is what a detector returns; the runner adds handle, revision, names and queue.
Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["KINDS", "SCHEMA", "Draft", "Evidence", "Mask", "Scalar"]

SCHEMA: Final = "finding/1"

KINDS: Final = (
    "gap", "encounter", "loitering", "port_visit", "raft", "shadow", "block", "zone_entry", "cable_risk",
    "position_spoof", "identity_conflict", "identity_change", "joint_activity", "listed_seen", "feed_silent",
)  # fmt: skip
"""Kinds that this version can find, in the order of the reference pages."""

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One checkable statement: what, when, where, about which track, heard by whom.

    what        plain words ("closest approach")
    t_us        microseconds since 1970, or None for a statement about no instant
    lon_e7, lat_e7  WGS 84 degrees times 1e7, or None
    track       name of the track it is about, or None
    source      who heard or computed it ("station r003669946", "interpolated between fixes"), or None
    detail      further numbers and words, units in the keys
    """

    what: str
    t_us: int | None = None
    lon_e7: int | None = None
    lat_e7: int | None = None
    track: str | None = None
    source: str | None = None
    detail: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mask:
    """A port, an anchorage or the shore near a finding: context that informs and never vetoes."""

    kind: str
    source: str
    distance_m: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What a detector returns for one event; equal content gives an equal ``event`` hash.

    kind, type      "encounter", "alongside"; type is "" where the kind has only one
    t_start_us, t_end_us  microseconds since 1970; t_end_us is the last known instant while the event is open
    open            True while the event has not ended by the data seen so far
    settled         True when no row inside the lateness bound can still change it
    members         (track code of the TrackBook, role), in canonical order (by track name)
    lon_e7, lat_e7  where
    zones           names of zones it concerns
    measures        numbers with their unit in the key
    masks           context near it; the runner moves the finding to the context queue when any mask holds
    context         True when the detector itself puts it in the context queue (why stands in counter_evidence)
    why_key         message key, "encounter.alongside"; why_args its values; why the plain English sentence, in which
                    "{0}", "{1}" stand for the members' display names
    feeds           feeds it is about, beside those that brought its members
    key             what stays the same while the event grows or is revised: with kind and members it gives the handle
    members_may_change  True for a group that vessels join and leave: kind and key alone give the handle, so the key
                    must name the event among all of its kind (start, and a member that was there at the start)
    """

    kind: str
    type: str
    t_start_us: int
    t_end_us: int
    open: bool
    settled: bool
    members: tuple[tuple[int, str], ...]
    lon_e7: int
    lat_e7: int
    zones: tuple[str, ...]
    measures: Mapping[str, Scalar]
    evidence: tuple[Evidence, ...]
    counter_evidence: tuple[Evidence, ...]
    masks: tuple[Mask, ...]
    why_key: str
    why_args: Mapping[str, Scalar]
    why: str
    key: str
    context: bool = False
    feeds: tuple[str, ...] = ()
    members_may_change: bool = False
