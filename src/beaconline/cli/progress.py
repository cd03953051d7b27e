"""A progress bar on a terminal, nothing in a pipe.

Decides: when to draw: only on a terminal, only once two seconds have passed, at most five times a second.
Refuses: to guess a time left when the total is unknown. Known failures: a total in compressed bytes is an estimate.
"""

from __future__ import annotations

import sys
import time
from typing import TextIO

__all__ = ["Progress"]

QUIET_S = 2.0
"""Work shorter than this shows no bar."""
REDRAW_S = 0.2
WIDTH = 24


class Progress:
    """Call it with (stage, done, total): bytes in the stage "read", rows elsewhere; total None = unknown.

    ``close`` wipes the line.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.on = self.stream.isatty()
        self.begun = time.monotonic()
        self.stage, self.stage_begun, self.drawn = "", self.begun, 0.0
        self.shown = False

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if stage != self.stage:
            self.stage, self.stage_begun = stage, now
        if not self.on or now - self.begun < QUIET_S or now - self.drawn < REDRAW_S:
            return
        self.drawn, self.shown = now, True
        self.stream.write("\r\x1b[K" + self.line(stage, done, total, now - self.stage_begun))
        self.stream.flush()

    @staticmethod
    def line(stage: str, done: int, total: int | None, seconds: float) -> str:
        """The text of the bar: stage, share, rate, time left."""
        rate = done / seconds if seconds > 0 else 0.0
        speed = f"{rate / 1e6:,.1f} MB/s" if stage == "read" else f"{rate:,.0f} rows/s"
        if not total:
            return f"{stage}  {speed}" if done else f"{stage} …"
        share = min(1.0, done / total)
        bar = "#" * int(share * WIDTH)
        left = f"{int((total - done) / rate) // 60:d}:{int((total - done) / rate) % 60:02d} left" if rate > 0 else ""
        return f"{stage}  [{bar:<{WIDTH}}] {share:4.0%}  {speed}  {left}"

    def close(self) -> None:
        """Wipe the bar."""
        if self.shown:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
