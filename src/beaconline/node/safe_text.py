"""Text off the air made safe to show: visible on a screen or a terminal, inert in a spreadsheet.

Decides: which characters are shown by their number (``<U+202E>``) instead of being obeyed, and which cells get a
leading apostrophe. Refuses: to drop anything (what a ship sent is evidence) and to touch ``findings.jsonl``, where JSON
already escapes. Sources: Unicode 15 general categories; OWASP "CSV injection"; RFC 4180 for the file.
``findings.csv`` is UTF-8 without a byte order mark: scripts read its first column by name; a spreadsheet that asks for
the encoding is told UTF-8. Known failures: look-alike letters are shown as they are; which characters count as format
characters follows the Unicode version of the Python that runs.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final, TextIO

__all__ = ["csv_cell", "findings_geojson", "terminal_text", "visible", "write_findings_csv"]

MAX_MARKS = 3
"""Combining marks in a row that are shown as such; more (a "zalgo" name) would draw over the lines above and below."""

MAX_MEASURE_COLUMNS = 60
"""Columns ``measure_…`` of findings.csv; a spreadsheet stays readable. What exceeds it stands in ``measures_more``."""

_SHOWN_BY_NUMBER: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Controls, format characters (bidirectional marks, zero-width ones), lone surrogates, private use, separators."""

_BLANK_LETTERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that draw nothing: two names could look alike with them."""

_FORMULA_STARTS: Final = frozenset("=+-@\t\r\n\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20")
"""What makes a spreadsheet compute a cell, with the minus sign and the small and fullwidth forms that some fold."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)

_INNER_START = re.compile(r"([;|,])(?=[\s\"']*[=+\-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20])")
"""A separator before a formula inside a cell: where a semicolon separates columns, a comma file is cut there too."""


def _number_mark(char: str) -> str:
    return f"<U+{ord(char):04X}>"


def visible(text: str) -> str:
    """The text with every invisible, reordering or controlling character written as ``<U+XXXX>``; one line."""
    if text.isascii() and text.isprintable():
        return text
    out, marks = [], 0
    for char in text:
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        code = ord(char)
        hidden = category in _SHOWN_BY_NUMBER or char in _BLANK_LETTERS or marks > MAX_MARKS
        # Noncharacters, and the variation selectors that can carry hidden bytes behind any letter.
        hidden = hidden or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF or 0xE0100 <= code <= 0xE01EF
        out.append(_number_mark(char) if hidden else char)
    return "".join(out)


def terminal_text(text: object) -> str:
    """One line that a terminal only prints: no escape sequence, no control, no reordering."""
    return visible(str(text))


def csv_cell(value: object) -> str:
    """A cell that a spreadsheet shows and never computes.

    None is an empty cell, numbers and truth values stand plain, everything else is text. Text that begins like a
    formula (after blanks or quotes, too) gets a leading apostrophe unless it is a plain number such as ``-5``.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if isinstance(value, int | float) or _NUMBER.fullmatch(text):
        return text
    shown = _INNER_START.sub(r"\1'", visible(text))
    bare = text.lstrip(" \u00a0\u3000\"'\ufeff\u200b\u200e\u200f")
    risky = text[:1] in _FORMULA_STARTS or bare[:1] in _FORMULA_STARTS
    return "'" + shown if risky else shown


_COLUMNS: Final = (
    "id", "event", "kind", "type", "status", "settled", "queue", "mode", "t_start", "t_end", "lon_deg", "lat_deg",
    "mmsi", "names", "tracks", "roles", "forces", "zones", "score", "why", "against", "masks", "handling",
    "rule",
)  # fmt: skip


def _joined(values: Sequence[object]) -> str:
    """Several values in one cell, divided by `` | ``; an unknown one is a question mark, none known is empty."""
    if all(v is None for v in values):
        return ""
    return " | ".join("?" if v is None else str(v) for v in values)


def _against(finding: Mapping[str, Any]) -> str:
    return _joined([item.get("what") for item in finding.get("counter_evidence", ())])


def handling_words(finding: Mapping[str, Any]) -> list[str]:
    """Why a watch floor does not see the finding in its queue, a text for each reason."""
    out = []
    for note in finding.get("handling", ()):
        who = f" by {note['by']}" if note.get("by") else ""
        until = f" until {note['until']}" if note.get("until") else ""
        at = f" at {note['at']}" if note.get("at") else ""
        link = "for by" if note["how"] == "accounted" else "of"
        repeated = f" {link} {note['of']}" if note.get("of") else ""
        revised = ", changed since" if note.get("revised_since") else ""
        reason = f": {note['reason']}" if note.get("reason") else ""
        out.append(f"{note['how']}{repeated}{who}{at}{until}{revised}{reason}")
    return out


def _row(finding: Mapping[str, Any]) -> dict[str, object]:
    members = finding.get("members", ())
    lon, lat = finding["where"]["coordinates"][:2]
    rule = finding.get("rule", {})
    row: dict[str, object] = {name: finding.get(name) for name in _COLUMNS}
    row |= {"lon_deg": lon, "lat_deg": lat}
    # A MMSI has nine digits; a lone one would lose its leading zeros as a number, and "'" would stop look-ups.
    row["mmsi"] = _joined([None if m.get("mmsi") is None else f"{m['mmsi']:09d}" for m in members])
    for column, key in (("names", "name"), ("tracks", "track"), ("roles", "role"), ("forces", "force")):
        row[column] = _joined([m.get(key) for m in members])
    row["zones"] = _joined(finding.get("zones", ()))
    row["against"] = _against(finding)
    row["handling"] = _joined(handling_words(finding))
    row["masks"] = _joined([f"{m['kind']} {m['distance_m']} m ({m['source']})" for m in finding.get("masks", ())])
    row["rule"] = " ".join(str(rule.get(key, "")) for key in ("name", "version", "params_hash")).strip()
    return row


def write_findings_csv(findings: Sequence[Mapping[str, Any]], out: TextIO) -> None:
    """The findings as a table, one row each in the given order; ``out`` must be opened with ``newline=""``.

    Members stand in the columns mmsi, names, tracks, roles and forces, in one order, divided by `` | ``. Each measure
    is a column ``measure_<name>`` with its unit in the name.
    """
    measures = sorted({key for f in findings for key in f.get("measures", {})})
    shown, more = measures[:MAX_MEASURE_COLUMNS], set(measures[MAX_MEASURE_COLUMNS:])
    header = [*_COLUMNS, *(f"measure_{key}" for key in shown), *(["measures_more"] if more else [])]
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([csv_cell(name) for name in header])
    for finding in findings:
        row, values = _row(finding), finding.get("measures", {})
        cells = [csv_cell(row[name]) for name in _COLUMNS] + [csv_cell(values.get(key)) for key in shown]
        if more:
            rest = {key: values[key] for key in sorted(more & values.keys())}
            cells.append(csv_cell(json.dumps(rest, ensure_ascii=True) if rest else None))
        writer.writerow(cells)


def findings_geojson(findings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The findings as a FeatureCollection of points (RFC 7946), with flat properties that a GIS shows as a table.

    ``id`` of a feature is the finding's handle. Lists of members are texts divided by `` | ``; measures are properties
    ``measure_<name>``. Texts are as they were sent: JSON escapes them, and a GIS does not compute cells.
    """
    features = []
    for finding in findings:
        members = finding.get("members", ())
        known = [str(m["mmsi"]).zfill(9) for m in members if m.get("mmsi") is not None]
        plain = ("event", "kind", "type", "status", "settled", "queue", "mode", "t_start", "t_end", "score", "why")
        properties: dict[str, Any] = {"id": finding["id"], **{key: finding.get(key) for key in plain}}
        properties["mmsi"] = " | ".join(known)
        properties["names"] = " | ".join(m["name"] for m in members if m.get("name"))
        properties["zones"] = " | ".join(finding.get("zones", ()))
        properties["handling"] = " | ".join(handling_words(finding))
        properties |= {f"measure_{key}": value for key, value in sorted(finding.get("measures", {}).items())}
        features.append(
            {"type": "Feature", "id": finding["id"], "geometry": finding["where"], "properties": properties}
        )
    return {"type": "FeatureCollection", "features": features}
