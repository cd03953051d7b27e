"""The bit tables as a page: ``python -m beaconline.foundation.wire.ais.reference`` prints it.

Decides: the form of the generated part of docs/reference/ais.md; a test compares. Refuses: any fact of its own.
"""

from __future__ import annotations

from beaconline.foundation.wire.ais.layout import Field, Layout
from beaconline.foundation.wire.ais.registry import LAYOUTS

__all__ = ["tables_text"]


def _lengths(layout: Layout) -> str:
    if layout.only_bits:
        return " or ".join(str(n) for n in layout.only_bits)
    return f"{layout.min_bits} to {layout.max_bits}"


def _row(field: Field) -> str:
    scale = "" if field.num == field.den == 1 else f"{field.num}/{field.den}"
    unit = f"{scale} {field.unit}".strip()
    none = "" if field.none is None else str(field.none)
    companion = f"`{field.companion}`" if field.companion else ""
    return f"| {field.start} | {field.width} | `{field.name}` | {field.kind} | {unit} | {none} | {companion} |"


def tables_text() -> str:
    """Every bit table in Markdown: first bit, bits, field, kind, unit of the raw integer, filler, scaled companion."""
    out: list[str] = []
    for layout in LAYOUTS:
        kinds = ", ".join(str(kind) for kind in layout.types)
        out.append(f"### Type {kinds} (M.1371-5 {layout.table}), {_lengths(layout)} bits\n")
        out.append("| bit | bits | field | kind | unit | not available | scaled |\n|---|---|---|---|---|---|---|")
        out.extend(_row(field) for field in layout.fields if field.kind != "spare")
        if layout.data_start >= 0:
            out.append(f"\nFrom bit {layout.data_start} on: payload or free text.")
        out.append("")
    return "\n".join(out)


if __name__ == "__main__":
    print(tables_text())
