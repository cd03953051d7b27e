"""The reports of one vessel out of a node's history, with the tracks that a run over the history would give them.

Decides: which identities (MMSI or a sensor's own id) an id means, and that reports beyond the time up to which the rest
of the history reaches are left out, as a run leaves them out. Where a name, call sign or IMO number is asked for, the
whole tracks on which it was said are told; all tracks of an identity that said it apart from any position. Refuses: to
find behaviour; findings are those of a run's folder. Source: ``node/history.py``, whose tracker it is; the contract
page (``vessel ID``).
Known failures: of more than MOST_IDENTITIES that bear a name only the first are read, and the story says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.store.history import History
from beaconline.foundation.store.home import HomeError
from beaconline.node.vessel import StoryError, Wanted

if TYPE_CHECKING:
    import polars as pl

__all__ = ["MOST_IDENTITIES", "rows_of_home"]

MOST_IDENTITIES: Final = 50
"""Identities read for one name: each opens every day on which it was heard. Fewer hide who else bears the name."""

Identity = tuple[int | None, str | None]


def rows_of_home(home: Path, who: Wanted) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """(reports with the columns of ``tracks.parquet``, by time; what was said apart from a position, same columns, with
    a null time where none was told; identities left out). Raises StoryError for a home of no use."""
    try:
        with History(home) as history:
            return _rows(history, who)
    except HomeError as error:
        raise StoryError(str(error)) from None


def _rows(history: History, who: Wanted) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    import polars as pl

    from beaconline.node.history_limit import believed_until

    identities = _identities(history, who)
    limit_us = believed_until(history) if identities else None
    heard, told = [_nothing()], [_nothing()]
    for mmsi, sensor_id in identities[:MOST_IDENTITIES]:
        rows, statics = _one(history, mmsi, sensor_id, limit_us)
        if who.field == "track":
            rows, statics = rows.filter(pl.col("track") == who.value), statics.clear()
        elif who.field in ("name", "imo", "callsign") and not len(statics.filter(_said(who))):
            rows = rows.filter(pl.col("track").is_in(rows.filter(_said(who))["track"].unique().implode()))
        heard.append(rows)
        told.append(statics)
    reports = pl.concat(heard).sort("t_event", "track", maintain_order=True)
    return reports, pl.concat(told), max(0, len(identities) - MOST_IDENTITIES)


def _said(who: Wanted) -> pl.Expr:
    import polars as pl

    column = pl.col(who.field)
    if who.field == "imo":
        return column == who.value
    return column.str.strip_chars().str.to_lowercase() == str(who.value).strip().lower()


def _identities(history: History, who: Wanted) -> list[Identity]:
    """Identities that an id may mean, each once, in order."""
    if who.field == "mmsi":
        return [(int(who.value), None)]
    if who.field == "track":
        head = str(who.value).split(":", 1)[0]
        as_sensor: Identity = (None, str(who.value))
        return [(int(head), None), as_sensor] if head.isascii() and head.isdigit() and len(head) <= 9 else [as_sensor]
    asked: dict[str, Any] = {who.field: who.value}
    found = {(claim.mmsi, claim.sensor_id if claim.mmsi is None else None) for claim in history.claims(**asked)}
    return sorted((each for each in found if each != (None, None)), key=lambda each: (each[0] or -1, each[1] or ""))


def _one(
    history: History, mmsi: int | None, sensor_id: str | None, limit_us: int | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(reports with tracks, static rows) of one identity."""
    from beaconline.foundation.table.tracks import TrackBook
    from beaconline.node.tables import frame_of
    from beaconline.see.tracks.tracker import Tracker

    until_us = None if limit_us is None else limit_us + 1
    kept = history.vessel(mmsi=mmsi, sensor_id=sensor_id, until_us=until_us)
    book, tracker = TrackBook(), Tracker()
    _, track = tracker.step(tracker.start(), kept.reports, kept.pools, book)
    return frame_of(kept.reports, track, kept.pools, book, history.mode), _statics(kept)


def _statics(kept: Any) -> pl.DataFrame:
    """Static rows as a frame with the columns of ``tracks.parquet``."""
    import polars as pl

    from beaconline.node.tables import TRACKS_SCHEMA

    rows = []
    for t_us, mmsi, static in zip(kept.statics.t_us.tolist(), kept.statics.mmsi, kept.statics.static, strict=True):
        said = kept.pools.statics[int(static)]
        length, beam = (None if value is None else value / 10 for value in (said.length_dm, said.beam_dm))
        rows.append({
            "t": None if t_us == NO_TIME else t_us, "mmsi": int(mmsi) if mmsi >= 0 else None, "imo": said.imo,
            "callsign": said.callsign, "name": said.name, "ship_type": said.ship_type, "length_m": length,
            "beam_m": beam,
        })  # fmt: skip
    if not rows:
        return _nothing()
    schema = {"t": pl.Int64, **{name: TRACKS_SCHEMA[name] for name in rows[0] if name != "t"}}
    frame = pl.DataFrame(rows, schema=schema).with_columns(
        pl.from_epoch("t", time_unit="us").dt.replace_time_zone("UTC").alias("t_event")
    )
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in TRACKS_SCHEMA.items() if name not in frame.columns]
    return frame.with_columns(missing).select(list(TRACKS_SCHEMA))


def _nothing() -> pl.DataFrame:
    import polars as pl

    from beaconline.node.tables import TRACKS_SCHEMA

    return pl.DataFrame(schema=TRACKS_SCHEMA)
