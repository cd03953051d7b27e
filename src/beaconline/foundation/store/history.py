"""A node's history, read: days in time order for a run, and all that is kept of one vessel.

Decides: which files a question opens. Rows come back as columns of the caller's pools, in canonical order. Refuses: to
change anything (``home.Writer`` does), to judge a time (what is ahead of the rest stays in the history; whoever reads
says how far the rest reaches), and to go on over a broken file. Source: ``docs/why/0008-history-layout.md``. Known
failures: an open history keeps the files of the moment it was opened; what is imported later is seen by the next one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from beaconline.foundation.records.times import NO_TIME, US_PER_S, parse_us
from beaconline.foundation.store.home import FOLDER, HomeError, Import, Manifest, Part, reading
from beaconline.foundation.store.parts import decode_refs, decode_reports, decode_statics, read_texts
from beaconline.foundation.table.reports import I64, Pools, Reports, Static, StaticRows

__all__ = ["Claim", "Day", "History", "VesselRows", "day_of", "read_part"]

DAY_US = 86_400 * US_PER_S
HOUR_US = 3600 * US_PER_S


@dataclass(frozen=True, slots=True)
class Day:
    """A UTC day: ``day`` "2026-01-02", rows, static rows, first and last time of its reports (None: there are none)."""

    day: str
    rows: int
    static_rows: int
    t_min_us: int | None
    t_max_us: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """On a day (or some hours of it) an identity said this of itself, in so many reports and static messages."""

    day: str
    mmsi: int | None
    sensor_id: str | None
    static: Static
    rows: int
    static_rows: int
    t_first_us: int | None
    t_last_us: int | None


@dataclass(frozen=True, slots=True)
class VesselRows:
    """All that is kept of one identity: reports and static rows in time order, and the pools behind their codes."""

    reports: Reports
    statics: StaticRows
    pools: Pools


def day_of(part: Part) -> int:
    """Microseconds of the day's first instant."""
    return parse_us(f"{part.day}T00:00:00Z")


def read_part(
    folder: Path, part: Part, pools: Pools, sources: Mapping[str, str] | None = None
) -> tuple[Reports, StaticRows, I64]:
    """(reports and static rows in canonical order, refs) of a part; see ``parts.Content``. sources: other names for
    inputs than their ids."""
    codes = read_texts(_table(folder, part, "texts"), pools, sources)
    reports, statics, refs = Reports.blank(0), StaticRows.empty(), np.zeros((0, 2), np.int64)
    if "reports" in part.files:
        # Rows of one instant stand by vessel and content already.
        table = _table(folder, part, "reports").sort("t_event", maintain_order=True)
        reports = decode_reports(table, codes)
    if "statics" in part.files:
        statics = decode_statics(_table(folder, part, "statics"), codes)
    if "refs" in part.files:
        refs = decode_refs(_table(folder, part, "refs"), codes)
    return reports, statics, refs


def _table(folder: Path, part: Part, table: str, where: pl.Expr | None = None) -> pl.DataFrame:
    path = folder / part.files[table]
    try:
        lazy = pl.scan_parquet(path, glob=False)
        return (lazy if where is None else lazy.filter(where)).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise HomeError(f"{path}: cannot be read ({reason})") from None


class History:
    """``with History(home) as history``. Raises HomeError: no home, broken, or written by a newer version."""

    def __init__(self, home: str | Path) -> None:
        self.home = Path(home)
        self.folder = self.home / FOLDER
        self._open = contextlib.ExitStack()
        self.manifest: Manifest = self._open.enter_context(reading(self.home))
        self.parts: tuple[Part, ...] = tuple(sorted((p for p in self.manifest.parts if p.day), key=lambda p: p.key))

    def __enter__(self) -> History:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the files go."""
        self._open.close()

    @property
    def mode(self) -> str:
        """What the data is: real, exercise, test or simulated."""
        return self.manifest.mode

    @property
    def imports(self) -> tuple[Import, ...]:
        """What was taken in, by id."""
        return tuple(self.manifest.imports[key] for key in sorted(self.manifest.imports))

    def days(self) -> list[Day]:
        """Every day with reports or static rows, in order."""
        out: list[Day] = []
        for part in self.parts:
            if out and out[-1].day == part.day:
                last = out.pop()
                times = [t for t in (last.t_min_us, last.t_max_us, part.t_min_us, part.t_max_us) if t is not None]
                first, end = (min(times), max(times)) if times else (None, None)
                out.append(Day(part.day, last.rows + part.rows, last.static_rows + part.static_rows, first, end))
            else:
                out.append(Day(part.day, part.rows, part.static_rows, part.t_min_us, part.t_max_us))
        return out

    def stats(self) -> dict[str, Any]:
        """Counts: days, reports, static rows, imports, rejects, bytes on disk, first and last time."""
        times = [t for p in self.parts for t in (p.t_min_us, p.t_max_us) if t is not None]
        every = self.manifest.parts
        return {
            "days": len({part.day for part in self.parts}),
            "reports": sum(part.rows for part in every),
            "static_rows": sum(part.static_rows for part in every),
            "imports": len(self.manifest.imports),
            "rejects": sum(sum(each.rejects.values()) for each in self.imports),
            "bytes": sum((self.folder / name).stat().st_size for name in sorted(self.manifest.files())),
            "t_min_us": min(times, default=None),
            "t_max_us": max(times, default=None),
            "mode": self.mode,
            "retain_days": self.manifest.retain_days,
        }

    def read_part(
        self, part: Part, pools: Pools, sources: Mapping[str, str] | None = None
    ) -> tuple[Reports, StaticRows, I64]:
        """(reports, static rows, refs) of a part; see the function of the same name."""
        return read_part(self.folder, part, pools, sources)

    def read_statics(self, part: Part, pools: Pools, sources: Mapping[str, str] | None = None) -> StaticRows:
        """The static rows of a part alone."""
        if "statics" not in part.files:
            return StaticRows.empty()
        table = _table(self.folder, part, "statics")
        return decode_statics(table, read_texts(self._texts_for(part, [table]), pools, sources))

    def read_day(self, day: str, pools: Pools) -> tuple[Reports, StaticRows]:
        """(reports, static rows) of a UTC day "2026-01-02" in canonical order; empty for a day without any."""
        read = [self.read_part(part, pools) for part in self.parts if part.day == day]
        return Reports.concat([each[0] for each in read]), StaticRows.concat([each[1] for each in read])

    def undated(self, pools: Pools, sources: Mapping[str, str] | None = None) -> StaticRows:
        """Static rows whose source told no time."""
        parts = [part for part in self.manifest.parts if not part.day]
        return StaticRows.concat([self.read_statics(part, pools, sources) for part in parts])

    def source_names(self) -> dict[str, str]:
        """What to call the ``source`` of a row: the file's name and the id of its import."""
        return {each.id: f"{each.names[0]}@{each.id}" for each in self.imports if each.names}

    def claims(
        self,
        *,
        mmsi: int | None = None,
        sensor_id: str | None = None,
        imo: int | None = None,
        callsign: str | None = None,
        name: str | None = None,
        since_us: int | None = None,
        until_us: int | None = None,
    ) -> list[Claim]:
        """Who said this of itself, by day: identities with the given number, id, IMO number, call sign or name (texts
        without regard to case). Static messages count, so a ship that tells its name apart from its position is found.
        """
        texts = {"imo": imo, "callsign": callsign, "name": name}
        asked = {key: value for key, value in texts.items() if value is not None}
        out: list[Claim] = []
        for part in self._between(since_us, until_us):
            if "vessels" not in part.files:
                continue
            vessels = _table(self.folder, part, "vessels", None if mmsi is None else pl.col("mmsi") == mmsi)
            if len(vessels):
                out += self._claims_of(part, vessels, asked, sensor_id)
        return out

    def _between(self, since_us: int | None, until_us: int | None) -> Iterator[Part]:
        for part in [*(p for p in self.manifest.parts if not p.day), *self.parts]:
            if part.day:
                begin = day_of(part)
                first, after = begin + part.hours[0] * HOUR_US, begin + part.hours[1] * HOUR_US
                if (since_us is not None and after <= since_us) or (until_us is not None and first >= until_us):
                    continue
            yield part

    def _claims_of(
        self, part: Part, vessels: pl.DataFrame, asked: dict[str, Any], sensor_id: str | None
    ) -> list[Claim]:
        texts = _table(self.folder, part, "texts", pl.col("pool").is_in(["static", "sensor_id"]))
        named = texts.filter(pl.col("pool") == "static")
        for key, value in asked.items():
            column = pl.col(key).str.to_uppercase() if isinstance(value, str) else pl.col(key)
            named = named.filter(column == (value.upper() if isinstance(value, str) else value))
        ids = texts.filter(pl.col("pool") == "sensor_id").select(
            pl.col("code").alias("sensor_id"), pl.col("texts").list.first().alias("id")
        )
        found = vessels.join(named, left_on="static", right_on="code").join(ids, on="sensor_id", how="left")
        if sensor_id is not None:
            found = found.filter(pl.col("id") == sensor_id)
        found = found.sort(["mmsi", "id", "static"], nulls_last=True).with_columns(
            pl.col("t_first", "t_last").dt.epoch("us")
        )
        out = []
        for row in found.iter_rows(named=True):
            static = Static(**{key: row[key] for key in Static._fields})
            times = row["t_first"], row["t_last"]
            out.append(Claim(part.day, row["mmsi"], row["id"], static, row["rows"], row["static_rows"], *times))
        return out

    def vessel(
        self,
        *,
        mmsi: int | None = None,
        sensor_id: str | None = None,
        since_us: int | None = None,
        until_us: int | None = None,
        pools: Pools | None = None,
    ) -> VesselRows:
        """All reports and static rows of one MMSI, or of one sensor's own id, with since <= t < until.

        Raises ValueError unless one of the two is given.
        """
        if (mmsi is None) == (sensor_id is None):
            raise ValueError("give mmsi or sensor_id")
        held = pools if pools is not None else Pools()
        reports, statics = [], []
        for part in self._between(since_us, until_us):
            found = self._vessel_of(part, mmsi, sensor_id, held)
            if found is not None:
                reports.append(found[0])
                statics.append(found[1])
        rows, heard = Reports.concat(reports), StaticRows.concat(statics)
        keep, kept = _inside(rows.t_us, since_us, until_us), _inside(heard.t_us, since_us, until_us)
        kept |= heard.t_us == NO_TIME
        heard = StaticRows(*(getattr(heard, name)[kept] for name in StaticRows.__dataclass_fields__))
        return VesselRows(rows.take(keep), heard, held)

    def _vessel_of(
        self, part: Part, mmsi: int | None, sensor_id: str | None, pools: Pools
    ) -> tuple[Reports, StaticRows] | None:
        if "vessels" not in part.files:
            return None
        if mmsi is not None:
            where = pl.col("mmsi") == mmsi
        else:
            texts = _table(self.folder, part, "texts", pl.col("pool") == "sensor_id")
            code = texts.filter(pl.col("texts").list.first() == sensor_id)["code"]
            if not len(code):
                return None
            where = pl.col("sensor_id") == int(code[0])
        if not len(_table(self.folder, part, "vessels", where)):
            return None
        tables = {t: _table(self.folder, part, t, where) for t in ("reports", "statics") if t in part.files}
        codes = read_texts(self._texts_for(part, tables.values()), pools)
        reports = statics = None
        if "reports" in tables:
            reports = decode_reports(tables["reports"].sort("t_event", maintain_order=True), codes)
        if "statics" in tables:
            statics = decode_statics(tables["statics"], codes)
        return reports or Reports.blank(0), statics or StaticRows.empty()

    def _texts_for(self, part: Part, tables: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """The texts that some rows point at: of a day's thousands of records one vessel has a few."""
        needed: dict[str, set[int]] = {}
        for table in tables:
            for column, pool in (
                ("static", "static"), ("stations", "stations"), ("feeds", "feeds"), ("sensor_id", "sensor_id"),
                ("source", "source"),
            ):  # fmt: skip
                if column in table.columns:
                    needed.setdefault(pool, {0}).update(table[column].drop_nulls().unique().to_list())
        wanted = pl.any_horizontal(
            *((pl.col("pool") == pool) & pl.col("code").is_in(sorted(codes)) for pool, codes in needed.items())
        )
        return _table(self.folder, part, "texts", wanted)


def _inside(t_us: I64, since_us: int | None, until_us: int | None) -> Any:
    keep = np.ones(len(t_us), np.bool_)
    if since_us is not None:
        keep &= t_us >= since_us
    if until_us is not None:
        keep &= t_us < until_us
    return keep
