"""Values on the command line that more than one command takes: times, times for a log, shares.

Decides: how they are written. Refuses: a guess; what cannot be read is a usage error with an example.
Known failures: none known.
"""

from __future__ import annotations

import argparse
import re
from datetime import date

from beaconline.foundation.records.times import TimeTextError, parse_us

__all__ = ["received", "share", "time"]


def time(text: str) -> int:
    """RFC 3339, or a date alone (midnight UTC), as microseconds."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            date.fromisoformat(text)
            return parse_us(text + "T00:00:00Z")
        return parse_us(text)
    except (TimeTextError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def received(text: str) -> tuple[int, float | None]:
    begin, _, rate = text.partition(",")
    try:
        lines_per_s = float(rate) if rate else None
    except ValueError:
        raise argparse.ArgumentTypeError(f"{rate!r}: RATE is a number of lines a second") from None
    if lines_per_s is not None and not 0 < lines_per_s < 1e9:
        raise argparse.ArgumentTypeError(f"{rate!r}: RATE must be above zero")
    return time(begin), lines_per_s


def share(text: str) -> float:
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: a share such as 0.01 or 1%") from None
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r}: a share between 0 and 1")
    return value
