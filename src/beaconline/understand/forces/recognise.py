"""Recognise a vessel in the lists, and say how sure that is: the answers to ``Forces``.

Decides: which entries a vessel matches (by MMSI, IMO number, call sign, name, or a hull number inside its name), how
far a match is to be believed, and what the vessel sends that speaks against it. Refuses: to pick one truth: when the
MMSI leads to one entry and the IMO number to another, both stand, each with the other against it. The type of ship that
a vessel sends is its own word: a claim too, the weakest, and never before a list. Source: the contract page; ITU-R
M.1371-5 table 53 for types of ship. The weights are judgements, in order: an IMO number stays with a hull for life and
carries a check digit, an MMSI is programmed into the radio and goes from hull to hull, a call sign is typed, a name is
shared by many. Known failures: two hulls that send one MMSI are both taken for the entry.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from beaconline.foundation.table.reports import Static
from beaconline.understand.forces.claims import Claim
from beaconline.understand.forces.lists import Entry, canonical, is_imo

__all__ = ["OWN_WORD", "Recogniser", "hull_keys", "name_key", "own_force"]

OWN_WORD: Final = "type sent by the vessel"
"""Source of a claim that rests on the vessel's own word alone."""

WEIGHT: Final = {"imo": 0.95, "mmsi": 0.9, "callsign": 0.7, "hull": 0.6, "name": 0.4}
"""How far a match by one identifier alone is believed. Agreeing ones add up as independent: 1 - (1 - a)(1 - b)."""
BARE_HULL = 0.4
"""Weight of a hull number without letters: "5901" stands in names of other fleets too."""
SHORT_HULL = 3
"""Characters that a hull number has at least to be looked for in names: "7" or "12" stands in thousands of them."""
OWN_WEIGHT = 0.1
"""Weight of a vessel's own word: below every match that is told."""
LEAST = 0.2
"""A match weighed below this is none: two ships of one name and different MMSI are everyday."""
MOST = 0.99

DOUBT: Final = {
    "imo": {"mmsi": 0.8, "callsign": 0.9, "name": 0.9},
    "mmsi": {"imo": 0.4, "callsign": 0.8, "name": 0.8},
    "callsign": {"imo": 0.4, "mmsi": 0.5, "name": 0.7},
    "hull": {"imo": 0.4, "mmsi": 0.4, "callsign": 0.6, "name": 0.5},
    "name": {"imo": 0.4, "mmsi": 0.4, "callsign": 0.6},
}
"""By the strongest identifier that fits: the factor for each other one that does not. A hull keeps its IMO number when
it changes MMSI, call sign and name; an MMSI with another IMO number is another hull or a slip."""

OWN_FORCES: Final = {
    30: "fishing", 31: "service", 32: "service", 33: "dredger", 34: "service", 35: "navy", 36: "other", 37: "other",
    50: "service", 51: "other_government", 52: "service", 53: "service", 54: "service", 55: "coast_guard",
} | dict.fromkeys(range(60, 70), "passenger") | dict.fromkeys(range(70, 80), "cargo") | dict.fromkeys(
    range(80, 90), "tanker")  # fmt: skip
"""Force by AIS type of ship: 35 "engaged in military operations" and 55 "law enforcement" are what navies and coast
guards send, and others too, so they are as weak as the rest. High-speed craft (40s) and "other" (90s) say nothing."""

CACHED = 100_000
"""Vessels whose claims are remembered; more are answered right, only slower."""
MOST_CLAIMS = 200
"""Claims kept of one vessel, the strongest: a list may hold one name a hundred thousand times."""


def _letter(char: str) -> str:
    """A letter without its accent where radio cannot send one: Latin letters alone, elsewhere a mark is a letter."""
    if char.isascii() or not unicodedata.name(char, "").startswith("LATIN "):
        return char
    return unicodedata.normalize("NFKD", char)[0]


def _plain(text: str) -> str:
    whole = unicodedata.normalize("NFKC", text).upper()
    return whole if whole.isascii() else "".join(_letter(c) for c in whole)


def name_key(text: str) -> str:
    """A name for comparing: case, spaces and punctuation taken out ("Sea-Star 2", "SEA  STAR 2" -> "SEASTAR2").

    Accents of Latin letters go as well, since AIS cannot send them; marks of other scripts are their vowels and stay.
    """
    whole = _plain(text)
    if whole.isascii():
        return "".join(c for c in whole if c.isalnum())
    kept, latin = [], True
    for char in whole:
        if char.isalnum():
            latin = unicodedata.name(char, "").startswith("LATIN ")
            kept.append(char)
        elif unicodedata.category(char) in ("Mn", "Mc") and not latin:
            kept.append(char)
    return "".join(kept)


_PIECES = re.compile(r"[0-9]+|[^\W\d_]+")


def hull_keys(name: str) -> list[str]:
    """What may be a hull number in a name: runs of letters and of digits, and neighbours put together.

    "CCG 5901" and "CCG5901" give CCG, CCG5901, 5901; "15901" never gives 5901.
    """
    pieces = _PIECES.findall(_plain(name))[:8]
    return ["".join(pieces[i:j]) for i in range(len(pieces)) for j in range(i + 1, min(i + 3, len(pieces)) + 1)]


def own_force(said: Static) -> str | None:
    """The force that a vessel's own type of ship stands for, or None."""
    return OWN_FORCES.get(said.ship_type) if said.ship_type is not None else None


@dataclass(frozen=True, slots=True)
class _Keys:
    """What a vessel or an entry can be recognised by; None where unknown, an IMO number only with its check digit."""

    mmsi: int | None
    imo: int | None
    callsign: str | None
    name: str | None


def _keys(mmsi: int | None, imo: int | None, callsign: str | None, name: str | None) -> _Keys:
    return _Keys(
        mmsi,
        imo if imo is not None and is_imo(imo) else None,
        (name_key(callsign) or None) if callsign else None,
        (name_key(name) or None) if name else None,
    )


def _add(index: dict[str, list[int]], key: str | None, at: int) -> None:
    if key:
        index.setdefault(key, []).append(at)


def _order(claim: Claim) -> tuple[object, ...]:
    """Strongest first, then the newer date, then by source, list and line."""
    age = -claim.as_of_us if claim.as_of_us is not None else 2**63
    return (-claim.weight, age, claim.source, claim.list_name, claim.line, claim.force)


class Recogniser:
    """Implements ``Forces`` over loaded entries; without any it tells the vessels' own word."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: Sequence[Entry] = sorted(set(entries), key=canonical)
        self._keys = [_keys(e.mmsi, e.imo, e.callsign, e.name) for e in self.entries]
        self._by: dict[str, dict[str, list[int]]] = {column: {} for column in WEIGHT}
        for at, (entry, keys) in enumerate(zip(self.entries, self._keys, strict=True)):
            _add(self._by["mmsi"], str(keys.mmsi) if keys.mmsi is not None else None, at)
            _add(self._by["imo"], str(keys.imo) if keys.imo is not None else None, at)
            _add(self._by["callsign"], keys.callsign, at)
            _add(self._by["name"], keys.name, at)
            hull = name_key(entry.hull) if entry.hull else ""
            _add(self._by["hull"], hull if len(hull) >= SHORT_HULL else None, at)
        self._known: dict[tuple[int | str | None, ...], tuple[Claim, ...]] = {}
        self._sharing: dict[tuple[str, str], int] = {}

    def claims(self, mmsi: int, said: Static, t_us: int) -> tuple[Claim, ...]:
        """Claims on a vessel, strongest first. The same at every instant: a claim dated later is a claim, and says so.

        mmsi -1 = none. See ``Claim`` for ``weight`` and ``against``.
        """
        # Draught, length and beam identify nobody, and the draught changes often.
        asked = (mmsi, *said[:4])
        found = self._known.get(asked)
        if found is None:
            if len(self._known) >= CACHED:
                self._known.clear()
            found = self._known[asked] = self._claims(mmsi, said)
        return found

    def force(self, mmsi: int, said: Static, t_us: int) -> str | None:
        """The force of the strongest claim that names one, or None."""
        return next((claim.force for claim in self.claims(mmsi, said, t_us) if claim.force), None)

    def _claims(self, mmsi: int, said: Static) -> tuple[Claim, ...]:
        own = _keys(mmsi if mmsi >= 0 else None, said.imo, said.callsign, said.name)
        found: dict[int, list[str]] = {}
        for column, key in (("imo", own.imo), ("mmsi", own.mmsi), ("callsign", own.callsign), ("name", own.name)):
            for at in self._by[column].get(str(key), ()) if key is not None else ():
                found.setdefault(at, []).append(column)
        for key in dict.fromkeys(hull_keys(said.name)) if said.name else ():
            for at in self._by["hull"].get(key, ()):
                found.setdefault(at, []).append("hull")
        claims = [claim for at, by in found.items() if (claim := self._weigh(at, by, own)) is not None]
        claims = _tell_rivals(sorted(claims, key=_order)[:MOST_CLAIMS])
        word = own_force(said)
        if word is not None:
            claims.append(Claim(word, OWN_WORD, None, "ship_type", OWN_WEIGHT))
        return tuple(sorted(claims, key=_order))

    def _weigh(self, at: int, by: list[str], own: _Keys) -> Claim | None:
        """The claim of one entry that fits by these identifiers, or None when too little is left of it."""
        entry, keys = self.entries[at], self._keys[at]
        single = {column: self._single(at, column) for column in by}
        # A hull number stands inside the name: they are one piece of evidence.
        worded = max(single.get("hull", 0.0), single.get("name", 0.0))
        wrong = 1.0 - worded
        for column in ("imo", "mmsi", "callsign"):
            wrong *= 1.0 - single.get(column, 0.0)
        best = next(column for column in WEIGHT if column in single)
        weight, against = min(MOST, 1.0 - wrong), []
        for column, factor in DOUBT[best].items():
            listed, sent = getattr(keys, column), getattr(own, column)
            if column not in single and listed is not None and sent is not None and listed != sent:
                weight *= factor
                against.append(column)
        weight = round(weight * 100) / 100
        if weight < LEAST:
            return None
        return Claim(
            entry.force, entry.source, entry.as_of_us, best, weight, entry.list_name, entry.line, entry.flag,
            entry.name or entry.hull, tuple(column for column in WEIGHT if column in single), tuple(against),
        )  # fmt: skip

    def _single(self, at: int, column: str) -> float:
        """Weight of one identifier: a name, call sign or hull number that several vessels share is worth less."""
        weight = WEIGHT[column]
        if column in ("imo", "mmsi"):
            return weight
        entry, keys = self.entries[at], self._keys[at]
        key = name_key(entry.hull or "") if column == "hull" else getattr(keys, column)
        if column == "hull" and not any(c.isalpha() for c in key):
            weight = BARE_HULL
        return weight / self._hulls(column, key)

    def _hulls(self, column: str, key: str) -> int:
        """How many different vessels are listed under a text: several sources may speak of one."""
        held = self._sharing.get((column, key))
        if held is None:
            numbers = {(k.imo or k.mmsi) for k in (self._keys[at] for at in self._by[column][key])} - {None}
            held = self._sharing[column, key] = max(1, len(numbers))
        return held


def _tell_rivals(claims: Sequence[Claim]) -> list[Claim]:
    """Where the MMSI leads to one entry and the IMO number to another that names another MMSI, each says so."""
    out = []
    for claim in claims:
        rivals = {other.by for other in claims if claim.by in other.against and other.by in ("imo", "mmsi")}
        news = sorted(rivals - {*claim.fits, *claim.against})
        weight = claim.weight
        for column in news:
            weight *= DOUBT[claim.by][column]
        weight = max(LEAST, round(weight * 100) / 100)
        out.append(replace(claim, weight=weight, against=(*claim.against, *news)) if news else claim)
    return out
