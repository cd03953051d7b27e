"""Words for coded fields: navigational status, ship type, positioning device, aid to navigation, station type.

Decides: the words that stand beside a code in decoded messages, in the spelling of gpsd's JSON so that answers can be
compared. Refuses: to replace the code. Source: ITU-R M.1371-5 Annex 8 tables 48, 52, 53, 74, 76.
"""

from __future__ import annotations

from typing import Final

__all__ = ["AID_TYPES", "EPFD", "NAV_STATUS", "STATION_TYPES", "legend", "ship_type"]

NAV_STATUS: Final = (
    "Under way using engine", "At anchor", "Not under command", "Restricted manoeuverability",
    "Constrained by her draught", "Moored", "Aground", "Engaged in fishing", "Under way sailing", "Reserved for HSC",
    "Reserved for WIG", "Reserved", "Reserved", "Reserved", "Reserved", "Not defined",
)  # fmt: skip

EPFD: Final = (
    "Undefined", "GPS", "GLONASS", "Combined GPS/GLONASS", "Loran-C", "Chayka", "Integrated navigation system",
    "Surveyed", "Galileo",
)  # fmt: skip

AID_TYPES: Final = (
    "Unspecified", "Reference point", "RACON", "Fixed offshore structure", "Spare, Reserved for future use.",
    "Light, without sectors", "Light, with sectors", "Leading Light Front", "Leading Light Rear", "Beacon, Cardinal N",
    "Beacon, Cardinal E", "Beacon, Cardinal S", "Beacon, Cardinal W", "Beacon, Port hand", "Beacon, Starboard hand",
    "Beacon, Preferred Channel port hand", "Beacon, Preferred Channel starboard hand", "Beacon, Isolated danger",
    "Beacon, Safe water", "Beacon, Special mark", "Cardinal Mark N", "Cardinal Mark E", "Cardinal Mark S",
    "Cardinal Mark W", "Port hand Mark", "Starboard hand Mark", "Preferred Channel Port hand",
    "Preferred Channel Starboard hand", "Isolated danger", "Safe Water", "Special Mark", "Light Vessel / LANBY / Rigs",
)  # fmt: skip

STATION_TYPES: Final = (
    "All types of mobiles", "Reserved for future use", "All types of Class B stations", "SAR airborne mobile station",
    "Aid to Navigation station", "Class B shipborne mobile station", "Regional use and inland waterways",
    "Regional use and inland waterways", "Regional use and inland waterways", "Regional use and inland waterways",
) + ("Reserved for future use",) * 6  # fmt: skip

_THIRTIES: Final = (
    "Fishing", "Towing", "Towing: length exceeds 200m or breadth exceeds 25m", "Dredging or underwater ops",
    "Diving ops", "Military ops", "Sailing", "Pleasure Craft", "Reserved", "Reserved",
)  # fmt: skip

_FIFTIES: Final = (
    "Pilot Vessel", "Search and Rescue vessel", "Tug", "Port Tender", "Anti-pollution equipment", "Law Enforcement",
    "Spare - Local Vessel", "Spare - Local Vessel", "Medical Transport", "Ship according to RR Resolution No. 18",
)  # fmt: skip

_DECADES: Final = {
    20: "Wing in ground (WIG)",
    40: "High speed craft (HSC)",
    60: "Passenger",
    70: "Cargo",
    80: "Tanker",
    90: "Other Type",
}


def ship_type(code: int) -> str:
    """Words for the ship type of types 5, 19 and 24 (0..255)."""
    if code == 0:
        return "Not available"
    if code < 20:
        return "Reserved for future use"
    if 30 <= code < 40:
        return _THIRTIES[code - 30]
    if 50 <= code < 60:
        return _FIFTIES[code - 50]
    if code > 99:
        return "INVALID SHIP TYPE"
    decade, rest = _DECADES[code // 10 * 10], code % 10
    if rest == 0:
        return f"{decade} - all ships of this type"
    if rest <= 4:
        return f"{decade} - Hazardous category {'ABCD'[rest - 1]}"
    if rest == 9 and decade != "Wing in ground (WIG)":
        return f"{decade} - {'no' if decade == 'Other Type' else 'No'} additional information"
    return f"{decade} - Reserved for future use"


def legend(words: tuple[str, ...], code: int, otherwise: str) -> str:
    """The words of a code, or ``otherwise`` beyond the table."""
    return words[code] if 0 <= code < len(words) else otherwise
