"""A node's home on disk: how it is recognised, how a change becomes visible whole or not at all, and who may change it.

Decides: files and their order. New files are written beside the old ones, forced to the disk and renamed; then one
rename of ``manifest.json`` makes them count; then what no longer counts is removed. A process that is killed at any
point leaves the old manifest or the new one, and files that nobody counts, which the next change sweeps away. Refuses:
a folder that is no home, a home of a newer version, and a second writer at the same time; a reader at work keeps the
files it reads. Source: POSIX rename, fsync, flock. Known failures: ``flock`` does nothing on some network disks; two
writers there are not kept apart.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import polars as pl

from beaconline.foundation.records.report import MODES

__all__ = ["HomeError", "Import", "Manifest", "Part", "Writer", "read_manifest", "reading"]

HOME_SCHEMA: Final = "home/1"
HISTORY_SCHEMA: Final = "history/1"

MARK: Final = "home.json"
FOLDER: Final = "history"
MANIFEST: Final = "manifest.json"
LOCK: Final = "writer.lock"
READERS: Final = "readers.lock"

ROW_GROUP: Final = 16_384
"""Rows of ``reports`` that a reader can skip at a time: one vessel's day is then 16,384 rows to read and not a
million. Smaller only makes the footer longer."""

LEVEL: Final = 3
"""zstd level. Level 1 writes a fifth quicker and 6 % larger files."""


class HomeError(OSError):
    """A home that cannot be used; the message names the place and the reason."""


@dataclass(frozen=True, slots=True)
class Part:
    """A day or some hours of it.

    day           "2026-01-02", or "" for static rows without a time
    hours         (first, after the last), (0, 24) for a whole day
    rows, static_rows
    t_min_us, t_max_us  of the reports; None when there are none
    files         file name by table
    """

    day: str
    hours: tuple[int, int]
    rows: int
    static_rows: int
    t_min_us: int | None
    t_max_us: int | None
    files: Mapping[str, str]

    @property
    def key(self) -> tuple[str, int]:
        return self.day, self.hours[0]


@dataclass(frozen=True, slots=True)
class Import:
    """One input that was taken in: what it was, what it gave, when.

    id         16 hex digits of the hash of its bytes and of how they were read; ``source`` of its rows
    names      bare file names it came under, sorted
    options    how it was read: hash of a mapping, told times
    rows_in    lines or rows read; ``reports`` + ``static_rows`` + rejects + what else the ledger of its kind counts
    added, merged  reports that were new, and those that merged into one that was there
    """

    id: str
    sha256: str
    names: tuple[str, ...]
    bytes: int | None
    kind: str
    options: Mapping[str, Any]
    rows_in: int
    reports: int
    static_rows: int
    rejects: Mapping[str, int]
    t_min_us: int | None
    t_max_us: int | None
    imported_at: str
    rejects_file: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that counts in a history."""

    mode: str = "real"
    retain_days: int | None = None
    parts: tuple[Part, ...] = ()
    imports: Mapping[str, Import] = field(default_factory=dict)

    def files(self) -> set[str]:
        """Names of all files that count."""
        named = {name for part in self.parts for name in part.files.values()}
        return named | {each.rejects_file for each in self.imports.values() if each.rejects_file}

    def as_json(self) -> str:
        """One text for one content."""
        parts = [_fields(part) for part in sorted(self.parts, key=lambda p: p.key)]
        imports = [_fields(self.imports[key]) for key in sorted(self.imports)]
        head = {"schema": HISTORY_SCHEMA, "mode": self.mode, "retain_days": self.retain_days}
        lines = [json.dumps(head, ensure_ascii=False)[:-1] + ',\n"parts": [']
        lines.append(",\n".join(json.dumps(part, ensure_ascii=False) for part in parts))
        lines.append('],\n"imports": [')
        lines.append(",\n".join(json.dumps(each, ensure_ascii=False) for each in imports))
        return "\n".join([*lines, "]}\n"])


def _fields(record: Part | Import) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _manifest(text: str, where: Path) -> Manifest:
    try:
        value = json.loads(text)
        _check_schema(value, HISTORY_SCHEMA, where)
        parts = [Part(**{**part, "hours": tuple(part["hours"])}) for part in value["parts"]]
        imports = [Import(**{**each, "names": tuple(each["names"])}) for each in value["imports"]]
        if value["mode"] not in MODES:
            raise ValueError(f"mode {value['mode']!r}")
        return Manifest(value["mode"], value["retain_days"], tuple(parts), {each.id: each for each in imports})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HomeError(f"{where}: is broken ({error})") from None


def _check_schema(value: Any, known: str, where: Path) -> None:
    found = value.get("schema") if isinstance(value, dict) else None
    name, _, version = known.partition("/")
    if found == known:
        return
    kind, _, number = str(found).partition("/")
    if kind == name and number.isdigit() and int(number) > int(version):
        raise HomeError(f"{where}: was written by a newer version ({found}); this one knows {known}")
    raise HomeError(f"{where}: is not {known} but {found!r}")


def _check_home(home: Path) -> None:
    """Raise HomeError unless the folder is a home."""
    if not home.exists():
        raise HomeError(f"{home}: there is no such folder")
    if not home.is_dir():
        raise HomeError(f"{home}: is not a folder")
    mark = home / MARK
    try:
        text = mark.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise HomeError(f"{home}: is not the home of a node ({MARK} is missing)") from None
    except (OSError, UnicodeDecodeError) as error:
        raise HomeError(f"{mark}: cannot be read ({error})") from None
    try:
        value = json.loads(text)
    except ValueError as error:
        raise HomeError(f"{mark}: is broken ({error})") from None
    _check_schema(value, HOME_SCHEMA, mark)


def read_manifest(home: Path) -> Manifest:
    """What counts in the history of a home. Raises HomeError when it is none, broken or newer than this version."""
    _check_home(home)
    path = home / FOLDER / MANIFEST
    try:
        return _manifest(path.read_text(encoding="utf-8"), path)
    except FileNotFoundError:
        raise HomeError(f"{path}: is missing; put it back from a safety copy") from None
    except (OSError, UnicodeDecodeError) as error:
        raise HomeError(f"{path}: cannot be read ({error})") from None


@contextlib.contextmanager
def reading(home: Path) -> Iterator[Manifest]:
    """The manifest, whose files stay as long as the block runs."""
    path = home / FOLDER / READERS
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        # No history yet, or a copy without the lock file: nobody sweeps there.
        yield read_manifest(home)
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield read_manifest(home)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put(path: Path, data: bytes) -> None:
    """A file that is there whole, and on the disk, or not at all."""
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _unfinished(home: Path) -> bool:
    """True for an absent or empty folder, and for what a killed first import leaves of a home."""
    if not home.exists():
        return True
    if not home.is_dir():
        return False
    found = {path.name for path in home.iterdir()}
    if not found <= {FOLDER, f".{MARK}.part"}:
        return False
    inside = {path.name for path in (home / FOLDER).iterdir()} if FOLDER in found else set()
    return inside <= {LOCK, READERS, MANIFEST, f".{READERS}.part", f".{MANIFEST}.part"}


class Writer:
    """The one process that changes a home: ``with Writer(home) as writer``. Makes the home where there is none.

    mode  what the data is; None: what the home says (real for a new one)

    Raises HomeError: no home, newer, another mode, or another writer at work. Where the disk is full OSError comes
    through, and the home is as it was.
    """

    def __init__(self, home: Path, mode: str | None = None) -> None:
        self.home, self.folder = home, home / FOLDER
        self._lock: int | None = None
        fresh = _unfinished(home)
        if not fresh:
            read_manifest(home)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        try:
            if fresh and not (home / MARK).exists():
                _put(self.folder / READERS, b"")
                _put(self.folder / MANIFEST, Manifest(mode or "real").as_json().encode())
                _sync_folder(self.folder)
                _put(home / MARK, (json.dumps({"schema": HOME_SCHEMA}) + "\n").encode())
                _sync_folder(home)
            self.manifest = read_manifest(home)
            if mode is not None and mode != self.manifest.mode:
                if self.manifest.parts or self.manifest.imports:
                    raise HomeError(f"{home}: holds data of mode {self.manifest.mode}, which never mixes with {mode}")
                self.manifest = replace(self.manifest, mode=mode)
        except BaseException:
            self.close()
            raise

    def _take_lock(self) -> None:
        self._lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            who = os.read(self._lock, 32).decode("ascii", "replace").strip()
            self.close()
            raise HomeError(f"{self.home}: another process writes to it{f' (number {who})' if who else ''}") from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let others write."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def put(self, stem: str, table: str, frame: pl.DataFrame) -> str:
        """Write a table; returns the file's name, which holds a hash of its bytes: a file is never changed."""
        out = BytesIO()
        rows = ROW_GROUP if table == "reports" else None
        frame.write_parquet(out, compression="zstd", compression_level=LEVEL, row_group_size=rows, statistics=True)
        data = out.getvalue()
        name = f"{stem}.{table}.{hashlib.sha256(data).hexdigest()[:12]}.parquet"
        _put(self.folder / name, data)
        return name

    def commit(self, manifest: Manifest) -> None:
        """Make a manifest count, and sweep away what it does not name."""
        _sync_folder(self.folder)
        _put(self.folder / MANIFEST, manifest.as_json().encode())
        _sync_folder(self.folder)
        self.manifest = manifest
        self.sweep()

    def sweep(self) -> None:
        """Remove files that do not count, unless somebody may still read them (the next change does it then)."""
        kept = {*self.manifest.files(), MANIFEST, LOCK, READERS}
        left = [path for path in self.folder.iterdir() if path.name not in kept]
        if not left:
            return
        handle = os.open(self.folder / READERS, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        else:
            for path in left:
                if path.name.endswith((".parquet", ".part")):
                    path.unlink(missing_ok=True)
        finally:
            os.close(handle)
