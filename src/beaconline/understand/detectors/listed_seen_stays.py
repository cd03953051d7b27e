"""From visits to zones to stays of a vessel: what is told once.

Decides: visits of one vessel to one zone up to a silence apart are one stay; stays in several zones that begin within
a few minutes of each other are told together. Refuses: to find visits, that is ``zone_entry``.
Source: behaviours page ("one alert per event"). Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from beaconline.foundation.records.finding import Draft, Evidence
from beaconline.foundation.table.tracks import TrackBook

__all__ = ["Stay", "stays"]


@dataclass(frozen=True, slots=True)
class Stay:
    """A vessel in one or several zones: begin and place of the first visit, end of the last (microseconds, degrees x
    1e7); visits: to the zone visited most often; appeared: first heard inside, in every zone; open: still inside;
    evidence: of the first visit; track: its code."""

    track: int
    begin_us: int
    end_us: int
    lon_e7: int
    lat_e7: int
    zones: tuple[str, ...]
    visits: int
    inside_s: float
    appeared: bool
    open: bool
    evidence: tuple[Evidence, ...]


def _stay(draft: Draft) -> Stay:
    inside = draft.measures.get("time_inside_s")
    return Stay(
        draft.members[0][0], draft.t_start_us, draft.t_end_us, draft.lon_e7, draft.lat_e7, draft.zones, 1,
        float(inside) if isinstance(inside, int | float) else 0.0, draft.type == "appeared_inside", draft.open,
        draft.evidence,
    )  # fmt: skip


def stays(visits: Sequence[Draft], book: TrackBook, silence_us: int, merge_us: int) -> list[Stay]:
    """Stays of all vessels from drafts of ``zone_entry``, whatever their order."""
    order = sorted(visits, key=lambda d: (d.t_start_us, d.zones, book.names[d.members[0][0]], d.t_end_us))
    last: dict[tuple[int, tuple[str, ...]], Stay] = {}
    ended: list[Stay] = []
    for visit in map(_stay, order):
        place = book.vessel[visit.track], visit.zones
        held = last.get(place)
        if held is not None and visit.begin_us - held.end_us < silence_us:
            last[place] = replace(
                held, end_us=max(held.end_us, visit.end_us), visits=held.visits + 1, open=held.open or visit.open,
                inside_s=held.inside_s + visit.inside_s,
            )  # fmt: skip
            continue
        if held is not None:
            ended.append(held)
        last[place] = visit
    return _merged([*ended, *last.values()], book, merge_us)


def _merged(single: Sequence[Stay], book: TrackBook, merge_us: int) -> list[Stay]:
    order = sorted(single, key=lambda s: (book.vessel[s.track], s.begin_us, s.zones, book.names[s.track]))
    out: list[Stay] = []
    for stay in order:
        first = out[-1] if out else None
        same = first is not None and book.vessel[first.track] == book.vessel[stay.track]
        if first is None or not same or stay.begin_us - first.begin_us > merge_us:
            out.append(stay)
            continue
        out[-1] = replace(
            first, end_us=max(first.end_us, stay.end_us), zones=tuple(sorted({*first.zones, *stay.zones})),
            visits=max(first.visits, stay.visits), inside_s=max(first.inside_s, stay.inside_s),
            appeared=first.appeared and stay.appeared, open=first.open or stay.open,
        )  # fmt: skip
    return out
