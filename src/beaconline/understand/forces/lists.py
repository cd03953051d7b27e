"""Vessel lists: who says that a hull belongs to a force, read from CSV and checked before use.

Decides: what a list may hold, and what each mistake is called. Refuses: to guess at a half-filled or contradicting row
(nothing of a file with a mistake is applied), and to ship a list: who counts as what is for each node to say.
Source: the contract page, "Zones, lists, cables"; IMO resolution A.1117(30) for the check digit of an IMO number.
Known failures: comma-separated UTF-8 only; a list that is wrong is wrong everywhere, so claims carry source and line.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from beaconline.foundation.records.times import TimeTextError, parse_us
from beaconline.understand.forces.claims import FORCES

__all__ = ["Entry", "ListError", "VesselLists", "is_imo", "load_lists", "read_list"]

IDENTIFIERS: Final = ("mmsi", "imo", "callsign", "name", "hull")
"""Columns by which a vessel can be recognised; a row fills one of them at least."""
COLUMNS: Final = (*IDENTIFIERS, "force", "flag", "source", "as_of")

MAX_BYTES = 64 * 1024 * 1024
"""Largest list after unpacking, bytes: half a million rows are 40 MB."""
MAX_ENTRIES = 500_000
"""Most entries of a run, all lists together: about 0.4 kB each in memory."""
MAX_TEXT = 200
"""Longest cell, characters: a source or a name stands in every finding about the vessel."""
MAX_SHOWN = 60
"""Longest piece of a file that a message repeats, characters."""
MAX_UNUSED = 8
"""Most columns that one note names."""
MAX_LINES = 10
"""Most lines of bad rows that one message names beside the first."""

UNREADABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories that no cell may hold: control characters, halves of characters, line and paragraph breaks."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what stands round them: a sentence with such a name reads as another one."""
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""A bare date: its first instant, UTC."""
MMSI = re.compile(r"([0-9]{9})(?:\.0+)?")
"""Nine digits; a table program writes a column with an empty cell as ``412000001.0``."""
IMO = re.compile(r"(?:IMO[\s:-]*)?([0-9]{7})(?:\.0+)?", re.IGNORECASE)


class ListError(ValueError):
    """A list that cannot be used; the text says file, line and reason."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a list; None where a cell is empty or the column is not there.

    force     one of FORCES, "" where none is named
    source    the ``source`` cell, else the file's name
    as_of_us  microseconds since 1970 of the claim's date
    line      line of the file where the row begins (the header is line 1)
    """

    mmsi: int | None
    imo: int | None
    callsign: str | None
    name: str | None
    hull: str | None
    force: str
    flag: str | None
    source: str
    as_of_us: int | None
    list_name: str
    line: int


@dataclass(frozen=True, slots=True)
class VesselLists:
    """Entries of all lists in one order, whatever the order of the files, and notes that a reader should know."""

    entries: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()


def is_imo(number: int) -> bool:
    """Whether a seven-digit IMO number's check digit holds: digits times 7 to 2 sum to a number that ends in it."""
    digits = [int(d) for d in str(number)]
    return len(digits) == 7 and sum(d * w for d, w in zip(digits, range(7, 1, -1), strict=False)) % 10 == digits[6]


def _shown(text: str) -> str:
    return ascii(text[:MAX_SHOWN]) if not text.isprintable() else repr(text[:MAX_SHOWN])


def _unpacked(raw: bytes, source: str) -> bytes:
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
            return packed.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ListError(f"{source}: gzip data that cannot be unpacked ({error})") from None


def _text(raw: bytes, source: str) -> str:
    raw = _unpacked(raw, source)
    if len(raw) > MAX_BYTES:
        raise ListError(f"{source}: more than {MAX_BYTES} bytes; a list may have no more")
    if not raw.strip():
        raise ListError(f"{source}: it is empty")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ListError(f"{source}: UTF-16 text; save it as CSV in UTF-8")
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        raise ListError(f"{source}: line {line}: a NUL byte: no text, or UTF-16; save it as CSV in UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ListError(f"{source}: line {line}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None


def _rows(text: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """(line where it begins, cells) of each row that holds anything."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise ListError(f"{source}: line {line}: not CSV: {error}") from None
        if any(cells):
            yield line, cells


def _header(cells: Sequence[str], source: str, line: int) -> tuple[list[str], list[str]]:
    """(column names, notes)."""
    names = [cell.lower() for cell in cells]
    where = f"{source}: line {line}"
    if not set(names) & set(IDENTIFIERS):
        for mark, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if any({part.strip(' "').lower() for part in cell.split(mark)} & set(IDENTIFIERS) for cell in cells):
                raise ListError(f"{where}: columns are divided by {word}; a list is divided by commas")
        found = _shown(", ".join(names))
        raise ListError(f"{where}: no column of {', '.join(IDENTIFIERS)} (columns found: {found})")
    twice = next((name for name in COLUMNS if names.count(name) > 1), None)
    if twice:
        raise ListError(f"{where}: column {twice} stands twice")
    unused = []
    for name in names:
        if name and name not in COLUMNS:
            meant = get_close_matches(name, COLUMNS, 1)
            shown = name[:MAX_SHOWN] if name.isprintable() else ascii(name[:MAX_SHOWN])
            unused.append(f"{shown} (should it be {meant[0]}?)" if meant else shown)
    notes = [f"list {source}: columns not used: {', '.join(unused[:MAX_UNUSED])}"] if unused else []
    if "force" not in names:
        notes.append(f"list {source}: no column force: its vessels are recognised, and belong to no force")
    return names, notes


def _plain(text: str, column: str) -> str | None:
    if len(text) > MAX_TEXT:
        raise ListError(f"{column} has {len(text)} characters; at most {MAX_TEXT}")
    bad = next((c for c in text if unicodedata.category(c) in UNREADABLE or c in TURNING), None)
    if bad is not None:
        raise ListError(f"{column} holds a character that cannot be shown (U+{ord(bad):04X})")
    return text or None


def _mmsi(text: str) -> int | None:
    if not text:
        return None
    match = MMSI.fullmatch(text)
    if match is None or not int(match[1]):
        raise ListError(f"mmsi {_shown(text)} is no MMSI (nine digits, leading zeros kept)")
    return int(match[1])


def _imo(text: str) -> int | None:
    if not text:
        return None
    match = IMO.fullmatch(text)
    if match is None:
        raise ListError(f"imo {_shown(text)} is no IMO number (seven digits)")
    if not is_imo(int(match[1])):
        raise ListError(f"imo {_shown(text)}: its check digit does not hold")
    return int(match[1])


def _force(text: str) -> str:
    word = re.sub(r"[\s-]+", "_", text.strip().lower())
    if word and word not in FORCES:
        raise ListError(f"unknown force {_shown(text)}; known: {', '.join(FORCES)}")
    return word


def _date(text: str) -> int | None:
    if not text:
        return None
    if len(text) > MAX_SHOWN:
        raise ListError(f"as_of: no date: {_shown(text)}")
    try:
        return parse_us(f"{text}T00:00:00Z" if DAY.fullmatch(text) else text)
    except TimeTextError as error:
        raise ListError(f"as_of: {error}") from None


def _entry(cells: Mapping[str, str], source: str, line: int) -> Entry:
    """One row as an entry. Raises ListError with the reason alone."""
    text = {column: _plain(cells.get(column, ""), column) for column in COLUMNS}
    entry = Entry(
        mmsi=_mmsi(cells.get("mmsi", "")),
        imo=_imo(cells.get("imo", "")),
        callsign=text["callsign"],
        name=text["name"],
        hull=text["hull"],
        force=_force(cells.get("force", "")),
        flag=text["flag"],
        source=text["source"] or source,
        as_of_us=_date(cells.get("as_of", "")),
        list_name=source,
        line=line,
    )
    if not any((entry.mmsi, entry.imo, entry.callsign, entry.name, entry.hull)):
        raise ListError(f"no {', no '.join(IDENTIFIERS)}: nobody could be recognised by this row")
    return entry


def _content(entry: Entry) -> tuple[object, ...]:
    """All that a row says, without where it stands."""
    return (entry.mmsi, entry.imo, entry.callsign, entry.name, entry.hull, entry.force, entry.flag, entry.source,
            entry.as_of_us)  # fmt: skip


class _Seen:
    """Finds rows of one list that repeat or contradict an earlier one: same vessel, same source, same date."""

    def __init__(self) -> None:
        self.by_content: set[tuple[object, ...]] = set()
        self.by_number: dict[tuple[object, ...], Entry] = {}

    def is_repeat(self, entry: Entry) -> bool:
        """Whether an earlier row says the same. Raises ListError when one of the same source and date says another
        force or flag of this MMSI or IMO number, or another IMO number of this MMSI."""
        if _content(entry) in self.by_content:
            return True
        self.by_content.add(_content(entry))
        for column, number in (("mmsi", entry.mmsi), ("imo", entry.imo)):
            if number is None:
                continue
            held = self.by_number.setdefault((column, number, entry.source, entry.as_of_us), entry)
            for what in ("force", "flag", "imo") if column == "mmsi" else ("force", "flag"):
                before, now = getattr(held, what), getattr(entry, what)
                if before and now and before != now:
                    raise ListError(
                        f"{what} {_shown(str(now))} contradicts {_shown(str(before))} in line {held.line} for {column} "
                        f"{number:0{9 if column == 'mmsi' else 7}d}, by the same source and date"
                    )
        return False


def _bad_rows(bad: Sequence[tuple[int, str]]) -> str:
    """The first bad row with its reason, and where the others are: a list is mended in one go."""
    (line, reason), others = bad[0], [str(line) for line, _ in bad[1:]]
    if not others:
        return f"line {line}: {reason}"
    word, more = ("row is", "line") if len(others) == 1 else ("rows are", "lines")
    rest = ", ..." if len(others) > MAX_LINES else ""
    return f"line {line}: {reason}; {len(others)} more {word} bad, {more} {', '.join(others[:MAX_LINES])}{rest}"


def read_list(raw: bytes, source: str) -> VesselLists:
    """The entries of one list in its order. Raises ListError: file, line, reason."""
    rows = _rows(_text(raw, source), source)
    line, cells = next(rows, (1, [""]))
    names, notes = _header(cells, source, line)
    entries: list[Entry] = []
    seen, repeats = _Seen(), 0
    bad: list[tuple[int, str]] = []
    for line, cells in rows:
        try:
            if len(cells) != len(names):
                raise ListError(f"{len(cells)} columns, the header has {len(names)}")
            entry = _entry(dict(zip(names, cells, strict=True)), source, line)
            if seen.is_repeat(entry):
                repeats += 1
                continue
        except ListError as error:
            bad.append((line, str(error)))
            continue
        if len(entries) >= MAX_ENTRIES:
            raise ListError(f"{source}: line {line}: more than {MAX_ENTRIES} entries")
        entries.append(entry)
    if bad:
        raise ListError(f"{source}: {_bad_rows(bad)}")
    if not entries:
        raise ListError(f"{source}: no row below its header: nobody could be recognised by it")
    if repeats:
        notes.append(f"list {source}: {repeats} rows say what an earlier one says")
    return VesselLists(tuple(entries), tuple(notes))


def canonical(entry: Entry) -> tuple[object, ...]:
    """Sorts entries by what they say, then by where they stand, whatever the order of files."""
    return (*((value is not None, value or 0) for value in (entry.mmsi, entry.imo, entry.as_of_us)),
            entry.callsign or "", entry.name or "", entry.hull or "", entry.force, entry.flag or "", entry.source,
            entry.list_name, entry.line)  # fmt: skip


def load_lists(paths: Sequence[Path]) -> VesselLists:
    """The entries of several files, each once, in canonical order. Raises ListError, also for a file not readable."""
    entries: set[Entry] = set()
    notes: set[str] = set()
    held: dict[str, tuple[Path, bytes]] = {}
    for path in paths:
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise ListError(f"{path}: cannot be read ({error.strerror or error})") from None
        # Claims and rules tell lists by file name: two of one name would be taken for each other.
        other, content = held.setdefault(path.name, (path, raw))
        if content != raw:
            raise ListError(f"{path}: another list has this file name ({other}); rename one of them")
        found = read_list(raw, path.name)
        entries.update(found.entries)
        notes.update(found.notes)
        if len(entries) > MAX_ENTRIES:
            raise ListError(f"{path}: more than {MAX_ENTRIES} entries in all lists together")
    return VesselLists(tuple(sorted(entries, key=canonical)), tuple(sorted(notes)))
