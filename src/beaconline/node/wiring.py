"""The wiring: which sources, tracker, kinds and context make a run.

Decides: what is built from the options. Refuses: to work; rooms do. This is the one place that knows every room, so a
new sensor or detector is named here and nowhere else. Source: the house page. Known failures: none known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import polars as pl

from beaconline.foundation.geo.zones import Zone, load_zones
from beaconline.foundation.records.finding import KINDS
from beaconline.foundation.table.reports import Pools, Reports
from beaconline.see.clean.order import canonical_order, merge_duplicates
from beaconline.see.ingest import Ingested, IngestOptions, ingest
from beaconline.see.tracks.tracker import Tracker
from beaconline.understand.context.cables import load_cables
from beaconline.understand.context.masks import load_masks, package_ports
from beaconline.understand.context.places import Places
from beaconline.understand.detectors import (
    block,
    encounter,
    feed_silent,
    gap,
    joint_activity,
    listed_seen,
    loitering,
    position_spoof,
    raft,
    shadow,
    zone_entry,
)
from beaconline.understand.detectors import cable_risk as cables_at_risk
from beaconline.understand.detectors import identity_change as identity
from beaconline.understand.detectors import identity_conflict as conflict
from beaconline.understand.detectors import port_visit as port_visits
from beaconline.understand.findings import RunLabel
from beaconline.understand.forces.lists import load_lists
from beaconline.understand.forces.recognise import Recogniser
from beaconline.understand.ground import Ground
from beaconline.understand.pairs.family import gather
from beaconline.understand.rules.desk import Desk, read_mutes
from beaconline.understand.rules.profile import overlay
from beaconline.understand.rules.strangers import check_names
from beaconline.understand.runner import STATE_CLASSES, Runner
from beaconline.understand.step import Kind, Params

if TYPE_CHECKING:
    from beaconline.node.watch import Options

__all__ = ["Plan", "impossible", "merge", "modules", "plan", "read", "runner", "select", "state_classes", "tracker"]


Input = str | Path | pl.DataFrame
"""What a run reads: a file, a folder, ``-``, or a frame with the report columns."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before any row: kinds with their parameters, zones, and what a finding may ask about a place."""

    kinds: tuple[Kind[Any], ...]
    params: dict[str, Any]
    ground: Ground
    desk: Desk
    notes: tuple[str, ...] = ()

    @property
    def zones(self) -> tuple[Zone, ...]:
        return self.ground.zones


class Module(Protocol):
    """What a file of ``understand/detectors`` offers for its kind."""

    DEFAULTS: dict[str, int | float | str]
    STATE_CLASSES: tuple[type, ...]

    def build(self, ground: Ground, params: Params) -> Kind[Any]:
        """The kind, with these parameters. Raises ValueError that names the parameter out of range."""
        ...


_MODULES: dict[str, Module] = {
    "encounter": cast(Module, encounter),
    "raft": cast(Module, raft),
    "gap": cast(Module, gap),
    "loitering": cast(Module, loitering),
    "port_visit": cast(Module, port_visits),
    "zone_entry": cast(Module, zone_entry),
    "cable_risk": cast(Module, cables_at_risk),
    "position_spoof": cast(Module, position_spoof),
    "identity_conflict": cast(Module, conflict),
    "identity_change": cast(Module, identity),
    "joint_activity": cast(Module, joint_activity),
    "listed_seen": cast(Module, listed_seen),
    "feed_silent": cast(Module, feed_silent),
    "shadow": cast(Module, shadow),
    "block": cast(Module, block),
}
"""Every kind; a new detector gets its line here."""


def modules() -> Mapping[str, Module]:
    """The file of every kind, by kind."""
    return _MODULES


def plan(options: Options, *, alone: bool = False) -> Plan:
    """Kinds, zones and context of a run. Raises ValueError with file, place and reason for a file of no use.

    alone: a file is looked at by itself, and may name zones and lists that are not there.
    """
    zones = load_zones(options.zones)
    masks = (*load_masks(options.masks), *package_ports())
    context = Places(zones, masks)
    lists = load_lists(options.lists)
    ground = Ground(context, tuple(zones), tuple(load_cables(options.cables)), Recogniser(lists.entries), masks)
    chosen = [kind for kind in KINDS if kind in _MODULES and (options.only is None or kind in options.only)]
    defaults = {kind: module.DEFAULTS for kind, module in _MODULES.items()}
    params: dict[str, Any] = {kind: dict(values) for kind, values in defaults.items()}
    desk = Desk()
    if options.profile is not None:
        params, exclusions = overlay(_text(options.profile), str(options.profile), defaults)
        desk = replace(desk, exclusions=exclusions)
    if options.mutes is not None:
        mutes, acknowledged = read_mutes(_text(options.mutes), str(options.mutes))
        desk = replace(desk, mutes=mutes, acknowledged=acknowledged)
    names = () if alone else check_names(desk, [zone.name for zone in zones], [path.name for path in options.lists])
    kinds = tuple(gather([_MODULES[kind].build(ground, params[kind]) for kind in chosen]))
    return Plan(kinds, {kind: params[kind] for kind in chosen}, ground, desk, (*lists.notes, *names))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from None


def read(
    reports: Input | Sequence[Input] | Ingested,
    options: Options,
    progress: Callable[[str, int, int | None], None] | None,
) -> Ingested:
    """The reports of a run, read now unless they were read before."""
    if isinstance(reports, Ingested):
        return reports
    inputs = [reports] if isinstance(reports, str | Path | pl.DataFrame) else list(reports)
    return ingest(inputs, IngestOptions(mapping=options.mapping, received=options.received), Pools(), progress)


def select(reports: Reports, options: Options) -> Reports:
    """The reports inside ``since``, ``until``, ``bbox`` and up to the as-of time."""
    from beaconline.see.clean.select import select as inside

    chosen = inside(reports, options.since_us, options.until_us, options.bbox)
    if options.as_of_us is not None and len(chosen) and int(chosen.t_us[-1]) > options.as_of_us:
        chosen = chosen.take(chosen.t_us <= options.as_of_us)
    return chosen


def merge(parts: Sequence[Reports], pools: Pools) -> tuple[Reports, int]:
    """Tables in any order as one in canonical order without duplicates, and how many were merged."""
    whole = Reports.concat(list(parts))
    merged, repeats = merge_duplicates(whole.take(canonical_order(whole, pools)), pools)
    return merged, int(repeats.sum())


def tracker() -> Tracker:
    """The tracker of the runner."""
    return Tracker()


def runner(made: Plan, pools: Pools, label: RunLabel) -> Runner:
    """The runner of a plan."""
    return Runner(made.kinds, tracker(), merge, pools, label, made.ground, made.desk)


def state_classes() -> tuple[type, ...]:
    """Every class that a saved state may hold. Raises RuntimeError when two share a name: a saved state finds them by
    it, and would give one the content of the other."""
    from beaconline.see.tracks.tracker import TrackerState
    from beaconline.understand.runner import RunState

    kinds = [held for module in _MODULES.values() for held in module.STATE_CLASSES]
    return _by_name(dict.fromkeys((*STATE_CLASSES, RunState, TrackerState, *kinds)))


def _by_name(classes: Iterable[type]) -> tuple[type, ...]:
    """The classes, after a look at their names."""
    seen: dict[str, type] = {}
    for held in classes:
        other = seen.setdefault(held.__name__, held)
        if other is not held:
            raise RuntimeError(f"two state classes are named {held.__name__}: {other.__module__}, {held.__module__}")
    return tuple(seen.values())


def describe_feeds(pools: Pools) -> tuple[Mapping[str, Any], ...]:
    """Every feed of the run with its label: null, since nothing labels a file (watched, not releasable)."""
    names = sorted({name for feeds in pools.feeds.sets for name in feeds})
    return tuple({"feed": name, "label": None} for name in names)


def zone_features(made: Plan) -> list[dict[str, Any]]:
    """The zones of a run as GeoJSON features for drawing; rings are unwrapped, so a longitude may pass 180."""
    features = []
    for zone in made.zones:
        rings = [[*ring.tolist(), ring[0].tolist()] for ring in zone.rings]
        geometry = {"type": "MultiLineString", "coordinates": rings}
        features.append({"type": "Feature", "properties": {"name": zone.name, "kind": zone.kind}, "geometry": geometry})
    return features


def context_of(options: Options) -> list[dict[str, str]]:
    """The files that shaped the findings beside the reports, each with its hash, and the ports of an optional package:
    with another zone, mask or profile the same reports give other findings."""
    used = [("zones", path) for path in options.zones] + [("masks", path) for path in options.masks]
    used += [("lists", path) for path in options.lists] + [("cables", path) for path in options.cables]
    used += [
        (use, path)
        for use, path in (("mapping", options.mapping), ("profile", options.profile), ("mutes", options.mutes))
        if path
    ]
    files = [{"use": use, "name": str(p), "sha256": hashlib.sha256(p.read_bytes()).hexdigest()} for use, p in used]
    ports = package_ports()
    if ports:
        places = repr([(m.kind, m.lon_deg, m.lat_deg) for m in ports]).encode()
        digest = hashlib.sha256(places).hexdigest()
        files.append({"use": "masks", "name": "port points of the package searoute", "sha256": digest})
    return files


def impossible(reports: int, anonymous: int, made: Plan) -> list[str]:
    """What this input does not allow to be found, and what its files left open, in words. anonymous: reports without
    any identity."""
    notes = [f"zone {zone.name!r} ({zone.source}): {note}" for zone in made.zones for note in zone.notes]
    notes += made.notes
    if not reports:
        notes.append("no report to look at: the inputs hold none, or --since, --until, --bbox, --as-of leave none")
    if anonymous:
        kinds = ", ".join(made.params)
        notes.append(
            f"{anonymous:,} of {reports:,} reports carry no identity (neither MMSI nor a sensor's id): no track "
            f"can be built from them, so {kinds} cannot be found among them; they are kept in tracks.parquet"
        )
    if not made.zones and "zone_entry" in made.params:
        notes.append("no zones given (--zones): zone_entry finds nothing")
    if made.zones and "listed_seen" in made.params and "zone_entry" not in made.params:
        notes.append("listed_seen tells no entry into a zone without zone_entry, which --only leaves out")
    # Few have lists and cables: said only to who chose kinds and asks for one that rests on them.
    chosen = len(made.params) < len(_MODULES)
    if chosen and "listed_seen" in made.params and not getattr(made.ground.forces, "entries", ()):
        notes.append("no lists given (--lists): listed_seen finds nothing")
    if chosen and "joint_activity" in made.params and not getattr(made.ground.forces, "entries", ()):
        notes.append("no lists given (--lists): joint_activity finds nothing")
    if chosen and "cable_risk" in made.params and not made.ground.cables:
        notes.append("no cables given (--cables): cable_risk finds nothing")
    return notes
