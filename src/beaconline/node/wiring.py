"""The wiring: which sources, tracker, kinds and context make a run.

Decides: what is built from the options. Refuses: to work; rooms do. This is the one place that knows every room, so a
new sensor or detector is named here and nowhere else. Source: the house page. Known failures: none known.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from beaconline.foundation.geo.zones import Zone, load_zones
from beaconline.foundation.table.reports import Pools, Reports
from beaconline.see.clean.order import canonical_order, merge_duplicates
from beaconline.see.ingest import Ingested, IngestOptions, ingest
from beaconline.see.tracks.tracker import Tracker
from beaconline.understand.context.protocol import Context
from beaconline.understand.findings import RunLabel
from beaconline.understand.rules.profile import overlay
from beaconline.understand.runner import STATE_CLASSES, Runner
from beaconline.understand.step import Kind

if TYPE_CHECKING:
    from beaconline.node.watch import Options

__all__ = ["KIND_MODULES", "Plan", "impossible", "merge", "plan", "read", "runner", "select", "state_classes", "tracker"]

KIND_MODULES = {
    "encounter": "beaconline.understand.detectors.encounter",
    "zone_entry": "beaconline.understand.detectors.zone_entry",
    "identity_conflict": "beaconline.understand.detectors.identity_conflict",
}
"""The file of each kind. A kind's module has DEFAULTS, STATE_CLASSES and ``make(surroundings, params)``."""


class KindModule(Protocol):
    """What a detector's file offers."""

    DEFAULTS: Mapping[str, int | float | str]
    STATE_CLASSES: tuple[type, ...]
    make: Callable[..., Kind[Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before any row: kinds with their parameters, zones, and what a finding may ask about a place."""

    kinds: tuple[Kind[Any], ...]
    params: dict[str, Any]
    zones: tuple[Zone, ...]
    context: Context


def _module(kind: str) -> KindModule:
    module: Any = importlib.import_module(KIND_MODULES[kind])
    found: KindModule = module
    return found


def plan(options: Options) -> Plan:
    """Kinds, zones and context of a run. Raises ValueError with file, place and reason for a file that cannot be used."""
    from beaconline.understand.context.surroundings import Surroundings

    zones = load_zones(options.zones)
    context = Surroundings.load(zones, options.masks)
    chosen = list(options.only or KIND_MODULES)
    defaults = {kind: _module(kind).DEFAULTS for kind in KIND_MODULES}
    params: dict[str, Any] = {kind: dict(values) for kind, values in defaults.items()}
    if options.profile is not None:
        params = dict(overlay(_text(options.profile), str(options.profile), defaults))
    kinds = tuple(_module(kind).make(context, zones, params[kind]) for kind in KIND_MODULES if kind in chosen)
    return Plan(kinds, {kind: params[kind] for kind in chosen}, tuple(zones), context)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from None


def read(
    reports: str | Path | Sequence[str | Path] | Ingested,
    options: Options,
    progress: Callable[[str, int, int | None], None] | None,
) -> Ingested:
    """The reports of a run, read now unless they were read before."""
    if isinstance(reports, Ingested):
        return reports
    inputs = [reports] if isinstance(reports, str | Path) else list(reports)
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
    return merge_duplicates(whole.take(canonical_order(whole, pools)), pools)


def tracker() -> Tracker:
    """The tracker of the runner."""
    return Tracker()


def runner(made: Plan, pools: Pools, label: RunLabel) -> Runner:
    """The runner of a plan."""
    return Runner(made.kinds, tracker(), merge, pools, label)


def state_classes() -> tuple[type, ...]:
    """Every class that a saved state may hold."""
    from beaconline.see.tracks.tracker import TrackerState
    from beaconline.understand.runner import RunState

    kinds = tuple(c for kind in KIND_MODULES for c in _module(kind).STATE_CLASSES)
    return (*STATE_CLASSES, RunState, TrackerState, *kinds)


def describe_feeds(held: Ingested) -> tuple[Mapping[str, Any], ...]:
    """Every feed of the run with its label: null, since nothing labels a file. Unlabelled is watched, not releasable."""
    names = sorted({name for feeds in held.pools.feeds.sets for name in feeds})
    return tuple({"feed": name, "label": None} for name in names)


def impossible(reports: Reports, made: Plan) -> list[str]:
    """What this input does not allow to be found, in words."""
    notes = []
    anonymous = int(((reports.mmsi < 0) & (reports.sensor_id < 0)).sum())
    if anonymous:
        kinds = ", ".join(kind.name for kind in made.kinds)
        notes.append(
            f"{anonymous:,} of {len(reports):,} reports carry no identity (neither MMSI nor a sensor's id): no track "
            f"can be built from them, so {kinds} cannot be found among them; they are kept in tracks.parquet"
        )
    if not made.zones and any(kind.name == "zone_entry" for kind in made.kinds):
        notes.append("no zones given (--zones): zone_entry finds nothing")
    return notes
