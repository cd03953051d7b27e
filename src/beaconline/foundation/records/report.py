"""What a report is: the closed lists of its coded fields, and the integers that stand for "unknown".

Decides: names, order and codes. Refuses: to hold a filler; AIS's 91 deg, 181 deg, 102.3 kn, 360 deg and 511 deg are
unknown, and unknown is a sentinel here and null outside.
Source: ITU-R M.1371-5 for the AIS value ranges; the contract page for names. Codes are positions in these tuples and
are written to disk, so new ones go to the end.
"""

from __future__ import annotations

from typing import Final

__all__ = ["MODES", "NONE32", "SCHEMA", "SENSORS", "T_SRCS"]

SCHEMA: Final = "report/1"

SENSORS: Final = (
    "ais_a", "ais_b", "ais_sat", "radar", "sar", "optical", "rf", "vms", "sighting", "imagery_count", "partner",
    "ais_base", "ais_sar", "ais_aton", "ais",
)  # fmt: skip
"""Sensor names by code. ``ais`` = AIS whose class the input does not tell; ``ais_base``, ``ais_sar`` and ``ais_aton``
are base stations (type 4, 11), search-and-rescue aircraft (type 9) and aids to navigation (type 21): no vessels."""

T_SRCS: Final = ("source", "tag_block", "receiver", "prefix", "told", "message")
"""Where ``t_event`` came from: a column of the source, a TAG block, a receiver's suffix or sentence, a text before the
sentence, ``--received``, or the UTC fields of the message itself (types 4 and 11)."""

MODES: Final = ("real", "exercise", "test", "simulated")

NONE32: Final = -(2**31)
"""Stands for null in every signed 32-bit column that can also hold negative values."""
