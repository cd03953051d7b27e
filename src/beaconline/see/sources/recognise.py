"""What an input is, by its first bytes: raw NMEA, one of the known tables, JSON lines, Parquet, or a table by mapping.

Decides: the reader. Refuses: names of files as evidence, and to guess the columns of an unknown table (it prints a
mapping to start from). Known failures: a UTF-16 file without byte order mark is recognised by its zero bytes only.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from beaconline.see.inputs import InputError
from beaconline.see.sources import csv_blocks, dma, marinecadastre
from beaconline.see.sources.csv_table import Header, Layout, find_header, resolve
from beaconline.see.sources.mapping import Mapping
from beaconline.see.sources.suggest import suggest_mapping

__all__ = ["HEAD_BYTES", "Recognised", "json_kind", "recognise_bytes", "recognise_table"]

HEAD_BYTES = 2**17
"""First bytes looked at. A header, or the first object of JSON lines, must end within them."""

MAX_CONTROLS = 0.05
"""Share of control characters in a text; packed and binary data have a tenth and more, a damaged table a few."""

PARQUET: Final = b"PAR1"
_BOM8, _BOM16 = b"\xef\xbb\xbf", {b"\xff\xfe": "little endian", b"\xfe\xff": "big endian"}
_BEGINS_JSON = re.compile(r'\s*(?:\{\s*"|\[\s*[\[{])')
_PACKED: Final = (
    (b"PK\x03\x04", "a ZIP archive (or a spreadsheet)"),
    (b"BZh", "packed with bzip2"),
    (b"\xfd7zXZ\x00", "packed with xz"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"%PDF", "a PDF document"),
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The reader for an input: kind and, for tables, header, mapping and layout."""

    kind: str
    header: Header | None = None
    mapping: Mapping | None = None
    layout: Layout | None = None


def recognise_bytes(head: bytes, source: str, encoding: str | None) -> str:
    """ "nmea", "json", "parquet" or "text" by the first bytes. Raises InputError for what no reader takes.

    encoding  what a mapping says of the text, None where there is no mapping
    """
    if not head.strip(b" \t\r\n\x00") and b"\x00" not in head:
        raise InputError(source, None, "the file is empty" if not head else "the file holds blank lines only")
    if head.startswith(PARQUET):
        return "parquet"
    for magic, words in _PACKED:
        if head.startswith(magic):
            raise InputError(source, None, f"{words}: unpack it first (gzip, zstd and plain files are read)")
    from beaconline.see.sources.nmea import looks_like_nmea

    if looks_like_nmea(head):
        return "nmea"
    if encoding is not None and encoding not in ("utf-8", "ascii"):
        _refuse_recoded(head, source, encoding)
        return "text"
    _refuse_wide(head, source)
    if b"\x00" in head.split(b"\n", 1)[0] or _share_of_controls(head) > MAX_CONTROLS:
        raise InputError(source, 1, "a binary file: too many control characters for a text")
    return "json" if head.lstrip(_BOM8).lstrip()[:1] in (b"{", b"[") else "text"


def _share_of_controls(head: bytes) -> float:
    part = head[:4096]
    return sum(b < 32 and b not in (9, 10, 13) for b in part) / max(1, len(part))


def _refuse_recoded(head: bytes, source: str, encoding: str, words: str = "") -> None:
    """Sentences and JSON lines are read as UTF-8 only; no mapping can say otherwise."""
    from beaconline.see.sources.nmea import looks_like_nmea

    text = codecs.getincrementaldecoder(encoding)("replace").decode(head).lstrip("\ufeff")
    nmea = looks_like_nmea(text.encode("utf-8", "replace"))
    if nmea or _BEGINS_JSON.match(text):
        what = "NMEA" if nmea else "JSON lines"
        wide = words or encoding.upper()
        raise InputError(
            source, 1, f"{what} in {wide}: convert it to UTF-8 first (iconv -f {encoding.upper()} -t UTF-8 IN > OUT)"
        )


def _refuse_wide(head: bytes, source: str) -> None:
    """UTF-16 and UTF-32 have a name that a person can put into a mapping."""
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        _refuse_recoded(head, source, "utf-32")
        raise InputError(source, 1, 'the text is UTF-32: set encoding = "utf-32" under [csv] in a mapping')
    order = _BOM16.get(head[:2])
    name = "utf-16"
    if order is None and len(head) >= 16:
        even, odd = head[0:512:2].count(0), head[1:512:2].count(0)
        half = len(head[:512]) // 2
        if odd > 0.7 * half and even < 0.1 * half:
            order, name = "little endian, without byte order mark", "utf-16-le"
        elif even > 0.7 * half and odd < 0.1 * half:
            order, name = "big endian, without byte order mark", "utf-16-be"
    if order is not None:
        _refuse_recoded(head, source, name, f"UTF-16 ({order})")
        raise InputError(source, 1, f'the text is UTF-16 ({order}): set encoding = "{name}" under [csv] in a mapping')


def json_kind(head: bytes, source: str) -> str:
    """ "aisstream", "aiscatcher" or "reports" by the first JSON object. Raises InputError for anything else."""
    text = head.lstrip(_BOM8).lstrip()
    if text[:1] == b"[":
        raise InputError(source, 1, "a JSON array: JSON lines are read, one object a line")
    for number, line in enumerate(text.splitlines()[:200], 1):
        try:
            record: Any = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            kind = _json_kind_of(record)
            if kind is not None:
                return kind
            if number > 1 or len(record) > 3:
                break
    raise InputError(
        source, 1, "JSON lines of an unknown kind: AIS-catcher, aisstream and lines with the report fields are read"
    )


def _json_kind_of(record: dict[str, Any]) -> str | None:
    if "Message" in record and ("MetaData" in record or "Metadata" in record):
        return "aisstream"
    if "mmsi" in record and "type" in record and ("rxtime" in record or "rxuxtime" in record or "class" in record):
        return "aiscatcher"
    if "t_event" in record and ("lon_deg" in record or "lon_e7" in record):
        return "reports"
    return None


def recognise_table(head: bytes, source: str, given: Mapping | None) -> Recognised:
    """The layout of a delimited text. Raises InputError with the columns found and a mapping to start from."""
    _refuse_long_header(head, source)
    if given is not None and given.columns:
        known = _known(head)
        header = find_header(head, given.delimiter or ",")
        if header is None:
            raise InputError(source, 1, "no header could be read")
        try:
            layout = resolve(given, header.names, source, header.line)
        except InputError:
            if known is None:
                raise
            return known
        return Recognised("csv", header, given, layout)
    known = _known(head)
    if known is not None:
        return known if given is None else _with_table(known, given, source)
    raise _unknown(head, source, given)


def _with_table(known: Recognised, given: Mapping, source: str) -> Recognised:
    """A known layout under a mapping without [columns]: its [csv], [const], [units] and zone hold."""
    assert known.mapping is not None and known.header is not None
    merged = replace(
        known.mapping,
        units={**known.mapping.units, **given.units},
        const={**known.mapping.const, **given.const},
        decimal=given.decimal,
        encoding=given.encoding,
    )
    return Recognised(known.kind, known.header, merged, resolve(merged, known.header.names, source, known.header.line))


def _refuse_long_header(head: bytes, source: str) -> None:
    if len(head) >= HEAD_BYTES and b"\n" not in head[:HEAD_BYTES].lstrip(b"\r\n"):
        raise InputError(source, 1, f"the first line is longer than {HEAD_BYTES} bytes: this is no table")


_LAYOUTS: Final = (
    ("MarineCadastre", marinecadastre.MARINECADASTRE, marinecadastre.REQUIRED, ("BaseDateTime", "base_date_time")),
    ("the layout of the Danish Maritime Authority", dma.DMA, dma.REQUIRED, ("Type of mobile",)),
)
"""Known tables: how a person calls them, mapping, columns that must be there, names that no other table has."""

MANY_NAMES = 8
"""Names of a known layout in a header from which on it is that layout also without its most telling column."""


def _resembles(names: Sequence[str]) -> str:
    """A sentence when a header is that of a known table but for a column or two that it needs; else ""."""
    there = set(names)
    for title, mapping, required, telling in _LAYOUTS:
        time = mapping.time.columns[0] if mapping.time is not None else ()
        known = {option for options in (*mapping.columns.values(), time) for option in options}
        missing = min(([n for n in needed if n not in there] for needed in required), key=len)
        if 1 <= len(missing) <= 2 and (there & set(telling) or len(there & known) >= MANY_NAMES):
            what = "column " + missing[0] if len(missing) == 1 else "columns " + " and ".join(missing)
            return f"looks like {title}, {what} {'is' if len(missing) == 1 else 'are'} missing: "
    return ""


def _known(head: bytes) -> Recognised | None:
    header = find_header(head, ",")
    if header is None:
        return None
    for _, mapping, required, _ in _LAYOUTS:
        if any(set(names) <= set(header.names) for names in required):
            return Recognised(mapping.kind, header, mapping, resolve(mapping, header.names, "", header.line))
    return None


def _unknown(head: bytes, source: str, given: Mapping | None) -> InputError:
    marks = [given.delimiter] if given is not None and given.delimiter else [",", ";", "\t", "|"]
    headers = [h for h in (find_header(head, m) for m in marks) if h is not None]
    if not headers:
        return InputError(source, 1, "no header could be read (an unclosed quote?)")
    header = max(headers, key=lambda h: len(h.names))
    if len(header.names) < 2:
        return InputError(
            source, header.line, "neither NMEA, JSON lines nor a table: the first line has one field only"
        )
    rows = _first_rows(head, header)
    if not any(name and not _is_number(name) for name in header.names):
        return InputError(source, header.line, "the table has no header: its first row holds numbers only")
    columns = "\n".join(f"  {_shown(name)}" + _example(rows, k) for k, name in enumerate(header.names))
    seen = {"\t": "tabs"}.get(header.delimiter, repr(header.delimiter))
    text = suggest_mapping(header.names, rows, header.delimiter, "my feed")
    return InputError(
        source,
        header.line,
        f"{_resembles(header.names)}an unknown table (fields parted by {seen}). Columns found:\n{columns}\n"
        f"A mapping to start from (save it, check it, and give it with --mapping FILE.toml):\n\n{text}",
    )


def _shown(name: str) -> str:
    """A name off a file as a terminal may show it."""
    return name if name.isprintable() else ascii(name)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _example(rows: list[list[str]], at: int) -> str:
    cell = next((row[at] for row in rows if at < len(row) and row[at].strip()), "")
    return f"   (first value: {cell[:40]!r})" if cell else ""


def _first_rows(head: bytes, header: Header) -> list[list[str]]:
    rows: list[list[str]] = []
    whole = head if len(head) < HEAD_BYTES else head[: head.rfind(b"\n") + 1]
    for block in csv_blocks.cut([whole], header.delimiter):
        for k in range(min(len(block), 1000)):
            if block.line[k] > header.line and block.fields[k] == len(header.names):
                try:
                    rows.append(csv_blocks.split_row(block.text(k), header.delimiter))
                except csv.Error:
                    continue
    return rows
