"""The shape of a bit table: fields with start, width, sign, scale and unit, and the lengths a message may have.

Decides: how a field is described, and that a raw integer is canonical; a scaled value is only ever a companion.
Refuses: to hold any message type itself; those stand in the modules named after the groups of ITU-R M.1371-5.
Known failures: none known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["ABSENT", "AIS_6BIT", "Field", "Kind", "Layout", "header"]

Kind = Literal["uint", "int", "bool", "text", "spare"]

ABSENT: Final = -(2**31)
"""Stands in a column for a field that the message is too short to hold. No field is wide enough to reach it."""

AIS_6BIT: Final = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_ !\"#$%&'()*+,-./0123456789:;<=>?"
"""Six-bit ASCII (M.1371-5 Annex 8 table 47), by value. "@" ends a text."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message.

    name       as gpsd's JSON names it, so that answers can be compared
    start      first bit, 0 = first bit of the message
    width      bits; a text has 6 bits a character
    kind       "uint", "int" (two's complement), "bool", "text" or "spare" (named in the table, never given out)
    num, den   physical value = raw * num / den
    unit       unit of the physical value; "" for a code or a plain number
    none       raw value that stands for "not available", or None
    companion  name of the scaled value in JSON ("lon_deg"), or "" where the raw value needs none
    more_start, more_width  where a text goes on when all its characters are used (bits), or 0, 0
    cut        True when a field that the end of the message cuts keeps the bits that came as its value; else the
               missing bits read zero
    short      value of a field the message is too short to hold (ABSENT, or 0 where the table says "not there is 0")
    """

    name: str
    start: int
    width: int
    kind: Kind = "uint"
    num: int = 1
    den: int = 1
    unit: str = ""
    none: int | None = None
    companion: str = ""
    more_start: int = 0
    more_width: int = 0
    cut: bool = False
    short: int = ABSENT


@dataclass(frozen=True, slots=True)
class Layout:
    """The bit table of one message type (or of one part of type 24).

    types       message types it serves
    table       where M.1371-5 defines it
    min_bits, max_bits  a message with fewer or more bits is rejected
    only_bits   when not empty, exactly these lengths are accepted
    fields      in bit order
    data_start  first bit of what follows the fields (application payload or free text), or -1
    """

    types: tuple[int, ...]
    table: str
    min_bits: int
    max_bits: int
    fields: tuple[Field, ...]
    only_bits: tuple[int, ...] = ()
    data_start: int = -1

    def field(self, name: str) -> Field:
        """The field of that name; KeyError when the table has none."""
        for each in self.fields:
            if each.name == name:
                return each
        raise KeyError(name)


def header() -> tuple[Field, ...]:
    """The 38 bits every message begins with."""
    return (Field("type", 0, 6), Field("repeat", 6, 2), Field("mmsi", 8, 30))
