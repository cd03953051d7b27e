"""Passages near cables as records: which are out of the ordinary, what ships of the class do here, and how passages of
one vessel make one event.

Decides: the class of a ship by the type it sends; that a passage is slow, turning or slowed down; counts of all
passages by cell and class, from the run's own rows; that passages of a vessel with little time between are one event.
Refuses: to call anything unusual where too few others passed. Source: behaviours page ("exposure-matched controls").
Known failures: the cell of a passage is that of its nearest place to a cable, also for a long way along one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.reports import I64, Static
from beaconline.understand.detectors import cable_risk_rows as cr

__all__ = ["Controls", "Event", "Flags", "Peers", "add_event", "class_of", "flags_of", "note_passage", "peers_of"]

CELL_DEG = 0.1
"""Height of a cell, 11 km; with its eight neighbours it is what "here" means: a traffic lane and its borders."""
MAX_KNOTS = 40
"""Speeds are counted in bins of 1 kn up to this."""
MAX_VESSELS = 16
"""Different slow vessels remembered of a cell and class: enough to tell one from many."""

CLASSES = {
    **dict.fromkeys(range(20, 30), "wing in ground"), 30: "fishing", 31: "towing", 32: "towing",
    33: "dredging or underwater work", 34: "diving", 35: "military", 36: "sailing", 37: "pleasure",
    **dict.fromkeys(range(40, 50), "high-speed"), 50: "pilot", 51: "search and rescue", 52: "tug",
    53: "port tender", 54: "anti-pollution", 55: "law enforcement", 58: "medical", 59: "non-combatant",
    **dict.fromkeys(range(60, 70), "passenger"), **dict.fromkeys(range(70, 80), "cargo"),
    **dict.fromkeys(range(80, 90), "tanker"), **dict.fromkeys(range(90, 100), "other"),
}  # fmt: skip
"""Classes by AIS ship type (ITU-R M.1371-5, table 53)."""

TURNING_KN = 1.0
"""A ship slower than this on average swings or drifts: its turns are none of its making."""

Cell = tuple[int, int]


def class_of(said: Static) -> str:
    """The class of a ship by the type it sends; "unknown type" when it sends none."""
    return CLASSES.get(said.ship_type if said.ship_type is not None else -1, "unknown type")


@dataclass(slots=True)
class Controls:
    """Passages of one class in one cell: how many, how many slow, by knots, and who was slow (vessel codes)."""

    passages: int = 0
    slow: int = 0
    knots: list[int] = field(default_factory=lambda: [0] * (MAX_KNOTS + 1))
    vessels: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Event:
    """Passages of one vessel that are one event, all out of the ordinary. Places are (lon_e7, lat_e7); times in
    microseconds; speeds in knots, -1 where not known. ``near`` is where it came nearest to a cable, ``slow`` where and
    when its slowest quarter of an hour ended; statuses are counts of fixes used; moored: way and time while it said
    that it was at anchor or moored."""

    track: int
    start_us: int
    start_at: tuple[int, int]
    end_us: int
    end_at: tuple[int, int]
    near_us: int
    near_at: tuple[int, int]
    near_m: float
    cable: int
    slow_us: int
    slow_at: tuple[int, int]
    slowest_kn: float
    before_kn: float
    way_m: float
    inside_us: int
    turns: int
    nodes: int
    under_way: int
    anchored: int
    fishing: int
    hampered: int
    towing: int
    longest_us: int
    seen_in: bool
    seen_out: bool
    ship_class: str
    moored_us: int
    moored_m: float
    passages: int = 1
    slow_passages: int = 0

    @property
    def mean_kn(self) -> float:
        return self.way_m / self.inside_us * 1e6 * 3600 / 1852 if self.inside_us > 0 else 0.0

    @property
    def moored_kn(self) -> float:
        """Mean speed while it said "at anchor" or "moored"."""
        return self.moored_m / self.moored_us * 1e6 * 3600 / 1852 if self.moored_us > 0 else 0.0

    @staticmethod
    def of(n: I64, f: F64, ship_class: str) -> Event:
        """From a row of ``cable_risk_rows``."""
        return Event(
            int(n[cr.TRACK]), int(n[cr.START]), _place(n[cr.START_AT]), int(n[cr.END]), _place(n[cr.END_AT]),
            int(n[cr.NEAR_US]), _place(n[cr.NEAR_AT]), float(f[cr.NEAR_M]), int(n[cr.CABLE]), int(n[cr.SLOW_US]),
            _place(n[cr.SLOW_AT]), float(f[cr.SLOWEST_KN]), float(f[cr.BEFORE_KN]), float(f[cr.WAY_M]),
            int(n[cr.END] - n[cr.START]), int(n[cr.TURNS]), int(n[cr.NODES]), int(n[cr.UNDER_WAY]),
            int(n[cr.ANCHORED]), int(n[cr.FISHING]), int(n[cr.HAMPERED]), int(n[cr.TOWING]), int(n[cr.LONGEST_US]),
            bool(n[cr.SEEN_IN]), bool(n[cr.SEEN_OUT]), ship_class, int(n[cr.MOORED_US]), float(f[cr.MOORED_M]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flags:
    """Thresholds of what is out of the ordinary; see ``DEFAULTS`` of the kind."""

    slow_kn: float
    loss_from_kn: float
    loss_ratio: float
    turns: int
    turning_kn: float
    still_kn: float
    rejoin_us: int


def _place(packed: int) -> tuple[int, int]:
    packed = int(packed)
    return packed >> 32, (packed & 0xFFFFFFFF) - 2**31


def flags_of(event: Event, flags: Flags) -> tuple[bool, bool, bool]:
    """(slow, turning, slowed down) of a passage or of an event."""
    if event.slowest_kn < 0:
        return False, False, False
    slow = event.slowest_kn < flags.slow_kn
    turning = event.turns >= flags.turns and TURNING_KN <= event.mean_kn <= flags.turning_kn
    loss = event.before_kn >= flags.loss_from_kn and event.slowest_kn <= flags.loss_ratio * event.before_kn
    return slow, turning, loss


def cell_of(place: tuple[int, int], rows_up: int = 0, columns_on: int = 0) -> Cell:
    """The cell of a place, or one so many rows north and columns east of it."""
    lon, lat = place[0] * 1e-7, place[1] * 1e-7
    row = math.floor(lat / CELL_DEG) + rows_up
    columns = max(1, int(360 / CELL_DEG * math.cos(math.radians(min(90.0, abs((row + 0.5) * CELL_DEG))))))
    return row, (int((lon + 180.0) % 360.0 / 360.0 * columns) + columns_on) % columns


def note_passage(controls: dict[tuple[Cell, str], Controls], event: Event, vessel: int, flags: Flags) -> None:
    """Count a passage, ordinary or not."""
    held = controls.setdefault((cell_of(event.near_at), event.ship_class), Controls())
    speed = event.slowest_kn if event.slowest_kn >= 0 else event.mean_kn
    held.passages += 1
    held.knots[min(MAX_KNOTS, int(speed))] += 1
    if speed < flags.slow_kn:
        held.slow += 1
        # The lowest codes: which came first must not matter.
        held.vessels = sorted({*held.vessels, vessel})[:MAX_VESSELS]


def add_event(events: list[Event], passage: Event, flags: Flags) -> None:
    """Put a passage out of the ordinary to the events of its track, in order of time."""
    passage.slow_passages = int(0 <= passage.slowest_kn < flags.slow_kn)
    if not events or passage.start_us - events[-1].end_us > flags.rejoin_us:
        events.append(passage)
        return
    a, b = events[-1], passage
    near, slow = (b if b.near_m < a.near_m else a), (b if 0 <= b.slowest_kn < a.slowest_kn or a.slowest_kn < 0 else a)
    events[-1] = replace(
        a, end_us=b.end_us, end_at=b.end_at, near_us=near.near_us, near_at=near.near_at, near_m=near.near_m,
        cable=near.cable, slow_us=slow.slow_us, slow_at=slow.slow_at, slowest_kn=slow.slowest_kn,
        before_kn=max(a.before_kn, b.before_kn), way_m=a.way_m + b.way_m, inside_us=a.inside_us + b.inside_us,
        turns=a.turns + b.turns, nodes=a.nodes + b.nodes, under_way=a.under_way + b.under_way,
        anchored=a.anchored + b.anchored, fishing=a.fishing + b.fishing, hampered=a.hampered + b.hampered,
        towing=a.towing + b.towing, longest_us=max(a.longest_us, b.longest_us), seen_out=b.seen_out,
        ship_class=b.ship_class, passages=a.passages + b.passages, slow_passages=a.slow_passages + b.slow_passages,
        moored_us=a.moored_us + b.moored_us, moored_m=a.moored_m + b.moored_m,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Peers:
    """Others of a class here: passages and slow ones (its own in the event left out), how many vessels were slow (at
    most MAX_VESSELS a cell), and the middle of their speeds in whole knots, -1 when there are none."""

    passages: int
    slow: int
    slow_vessels: int
    median_kn: int


def peers_of(controls: dict[tuple[Cell, str], Controls], event: Event, vessel: int) -> Peers:
    """What others of the class of an event did in its cell and the eight round it."""
    cells = {cell_of(event.near_at, up, on) for up in (-1, 0, 1) for on in (-1, 0, 1)}
    held = [found for cell in sorted(cells) if (found := controls.get((cell, event.ship_class))) is not None]
    knots = [sum(each.knots[k] for each in held) for k in range(MAX_KNOTS + 1)]
    own = min(MAX_KNOTS, int(event.slowest_kn)) if event.slowest_kn >= 0 else 0
    knots[own] = max(0, knots[own] - event.passages)
    total, median, seen = sum(knots), -1, 0
    for k, n in enumerate(knots):
        seen += n
        if total and 2 * seen >= total:
            median = k
            break
    vessels = {v for each in held for v in each.vessels} - {vessel}
    passages = max(0, sum(each.passages for each in held) - event.passages)
    slow = max(0, sum(each.slow for each in held) - event.slow_passages)
    return Peers(passages, slow, len(vessels), median)
