"""Words that feeds write where AIS has a number: navigational status, ship type, class of equipment.

Decides: which AIS code a word stands for. Refuses: words it does not know (they become null and are counted).
Source: ITU-R M.1371-5 tables 45 and 53; the word lists of the Danish Maritime Authority; MarineCadastre's
VesselTypeCodes (the 1001-1025 codes of 2015-2018). Known failures: a word tells the group of a ship type only.
"""

from __future__ import annotations

from typing import Final

from beaconline.foundation.records.report import SENSORS

__all__ = ["MARINECADASTRE_SHIP_TYPES", "NAV_STATUS_WORDS", "SENSOR_WORDS", "SHIP_TYPE_WORDS", "sensor_of_msg_type"]

NAV_STATUS_WORDS: Final = {
    "under way using engine": 0, "underway using engine": 0, "at anchor": 1, "not under command": 2,
    "restricted maneuverability": 3, "restricted manoeuverability": 3, "restricted manoeuvrability": 3,
    "constrained by her draught": 4, "constrained by draught": 4, "moored": 5, "aground": 6, "engaged in fishing": 7,
    "under way sailing": 8, "underway sailing": 8, "power-driven vessel towing astern": 11,
    "power-driven vessel pushing ahead or towing alongside": 12, "ais-sart": 14, "ais-sart is active": 14,
    "reserved for future amendment [hsc]": 9, "reserved for future amendment [wig]": 10,
    "reserved for future use [11]": 11, "reserved for future use [12]": 12, "reserved for future use [13]": 13,
    "reserved for future use": None, "undefined": None, "not defined": None, "default": None,
}  # fmt: skip
"""Navigational status by word, folded."""

SHIP_TYPE_WORDS: Final = {
    "wig": 20, "fishing": 30, "towing": 31, "towing long/wide": 32, "dredging": 33, "diving": 34, "military": 35,
    "sailing": 36, "pleasure": 37, "hsc": 40, "pilot": 50, "sar": 51, "tug": 52, "port tender": 53,
    "anti-pollution": 54, "law enforcement": 55, "medical": 58, "not party to conflict": 59, "passenger": 60,
    "cargo": 70, "tanker": 80, "other": 90, "reserved": None, "undefined": None, "spare 1": 56, "spare 2": 57,
}  # fmt: skip
"""Ship type by word, folded."""

MARINECADASTRE_SHIP_TYPES: Final = {
    1001: 30, 1002: 30, 1003: 70, 1004: 70, 1005: 90, 1006: 90, 1007: 90, 1010: 90, 1011: 90, 1012: 60, 1013: 60,
    1014: 60, 1015: 60, 1016: 70, 1017: 80, 1018: 90, 1019: 37, 1020: 90, 1022: 90, 1023: 80, 1024: 80, 1025: 31,
}  # fmt: skip
"""AIS ship type by the vessel codes of MarineCadastre 2015-2018; 1008, 1009 and 1021 name no vessel."""

_A, _B = SENSORS.index("ais_a"), SENSORS.index("ais_b")
_BASE, _SAR, _ATON, _AIS = (SENSORS.index(name) for name in ("ais_base", "ais_sar", "ais_aton", "ais"))

SENSOR_WORDS: Final = {
    "a": _A, "class a": _A, "b": _B, "class b": _B, "base station": _BASE, "aton": _ATON, "sar airborne": _SAR,
    "search and rescue transponder": _AIS, "man overboard device": _AIS, "s-ais": SENSORS.index("ais_sat"),
} | {name: code for code, name in enumerate(SENSORS)}  # fmt: skip
"""Sensor code by word, folded: our own names, the classes of MarineCadastre, "type of mobile" of the Danish files."""


def sensor_of_msg_type(msg_type: int) -> int:
    """Sensor code of an AIS message type; ``ais`` where the type does not tell the class (24, 27 and others)."""
    if msg_type in (1, 2, 3, 5):
        return _A
    if msg_type in (18, 19):
        return _B
    return {4: _BASE, 11: _BASE, 9: _SAR, 21: _ATON}.get(msg_type, _AIS)
