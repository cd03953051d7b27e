"""One set of static fields on two MMSI: who claims it, and whether both were heard where one hull cannot be.

Decides: an identity is shared when its key (a valid IMO number; or name, call sign, length and beam together) came on
two MMSI of ships, and fixes of both, up to an hour apart, lie farther from each other than any ship covers in that
time, three times at least and in both directions. Refuses: a ship that changed its MMSI (the old one falls silent),
two transponders on one hull (they are at one place), and keys on many MMSI (placeholders of makers and fleets).
Source: IMO numbering scheme (check digit: ITU-R M.1371 note on IMO number; IMO resolution A.1117(30)); ITU-R M.585
for the forms of MMSI. Known failures: a hull that copies all fields of another and keeps within its reach.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from beaconline.foundation.table.reports import Static
from beaconline.understand.detectors.identity_changes import Change, Fix
from beaconline.understand.detectors.identity_episodes import Episode

__all__ = ["Claims", "Sharing", "is_imo", "is_ship_mmsi", "keys_of"]

PLACEHOLDER_IMO = frozenset({1234567})
"""Numbers with a valid check digit that crews type in for want of one."""
LAST = 2**62


def is_imo(number: int) -> bool:
    """Whether a seven-digit IMO number has a valid check digit and is no placeholder."""
    if not 1_000_000 <= number <= 9_999_999 or number in PLACEHOLDER_IMO:
        return False
    total, rest = 0, number // 10
    for weight in range(2, 8):
        total += weight * (rest % 10)
        rest //= 10
    return total % 10 == number % 10


def is_ship_mmsi(mmsi: int) -> bool:
    """Whether the MMSI has a ship's form (first digit 2 to 7): buoys on nets, aids and coast stations have not."""
    return 200_000_000 <= mmsi <= 799_999_999


@lru_cache(maxsize=65_536)
def keys_of(static: Static) -> tuple[tuple[str, str], ...]:
    """Identity keys of a static record: (key, words for it)."""
    out = []
    if static.imo is not None and is_imo(static.imo):
        out.append((f"imo:{static.imo}", f"IMO number {static.imo}"))
    name, call, length, beam = static.name, static.callsign, static.length_dm, static.beam_dm
    if name and call and length and beam and len(name) >= 3 and len(call) >= 4:
        out.append((f"set:{name}\x1f{call}\x1f{length}\x1f{beam}", "the same name, call sign, length and beam"))
    return tuple(out)


@dataclass(slots=True)
class Sharing:
    """One key on several MMSI: after when it counts for each, until when for all, and the last fix of each MMSI.

    Fixes of the very instant of a claim do not count: they may have been handed over before it.
    """

    words: str
    since_us: dict[int, int] = field(default_factory=dict)
    until_us: int = LAST
    last: dict[int, Fix] = field(default_factory=dict)


@dataclass(slots=True)
class Claims:
    """Who claims which key, keys on two or more MMSI, and conflicts under way by (key, lower MMSI, higher MMSI)."""

    by_key: dict[str, list[int]] = field(default_factory=dict)
    shared: dict[str, Sharing] = field(default_factory=dict)
    keys: dict[int, list[str]] = field(default_factory=dict)
    under_way: dict[tuple[str, int, int], Episode] = field(default_factory=dict)

    def hear(self, t_us: int, mmsi: int, static: Static, most: int) -> None:
        """Take a claim, in order of time. With more than ``most`` MMSI a key is a placeholder from then on."""
        for key, words in keys_of(static):
            who = self.by_key.setdefault(key, [])
            if mmsi in who or len(who) > most:
                continue
            who.append(mmsi)
            if len(who) < 2:
                continue
            sharing = self.shared.setdefault(key, Sharing(words))
            if len(who) == most + 1:
                sharing.until_us = t_us
            for one in who:
                if one not in sharing.since_us:
                    sharing.since_us[one] = t_us
                    self.keys.setdefault(one, []).append(key)

    def since_us(self, mmsi: int) -> int:
        """After when rows of an MMSI matter; LAST when they do not."""
        return min((self.shared[key].since_us[mmsi] for key in self.keys.get(mmsi, ())), default=LAST)

    def take(
        self, mmsi: int, fix: Fix, window_us: int, apart_m: float, speed_ms: float, quiet_us: int
    ) -> list[tuple[tuple[str, int, int], Episode]]:
        """Compare a fix with the last ones of the others; returns conflicts that ended before it."""
        ended = []
        for key in self.keys.get(mmsi, ()):
            sharing = self.shared[key]
            if not sharing.since_us[mmsi] < fix.t_us <= sharing.until_us:
                continue
            for other, seen in sharing.last.items():
                pair = (key, min(mmsi, other), max(mmsi, other))
                old = self.under_way.get(pair)
                if old is not None and fix.t_us > old.last_us + quiet_us:
                    ended.append((pair, self.under_way.pop(pair)))
                if other == mmsi or fix.t_us - seen.t_us > window_us:
                    continue
                change = Change.between(seen, fix)
                if change.distance_m > apart_m + speed_ms * (fix.t_us - seen.t_us) * 1e-6:
                    episode = self.under_way.setdefault(pair, Episode(mmsi=pair[1]))
                    episode.count(seen.track, 0)
                    episode.count(fix.track)
                    episode.add(change, jump=True, fast=False)
            sharing.last[mmsi] = fix
        return ended
