"""How a command is measured: CPU seconds and peak memory of a finished child, from the operating system."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Cost", "command", "machine"]


@dataclass(frozen=True)
class Cost:
    """cpu_s = user + system; peak_mb = largest resident set, in 10^6 bytes."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    exit_code: int
    output: str

    def figures(self) -> dict[str, float]:
        return {k: round(v, 3) for k, v in asdict(self).items() if k in ("cpu_s", "wall_s", "peak_mb")}


LAUNCHER = """
import json, resource, subprocess, sys, time
begun = time.perf_counter()
with open(sys.argv[1], "wb") as out:
    code = subprocess.call(sys.argv[2:], stdout=out)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, time.perf_counter() - begun, used.ru_maxrss, code]))
"""
"""A child's peak counts what it was before it became the program, a copy of its parent; so a small one starts it."""


def command(args: Sequence[str | Path], **env: str) -> Cost:
    """Run ``python …`` (the same interpreter) to its end; its standard output is kept, its errors are shown."""
    with tempfile.NamedTemporaryFile() as out:
        line = [sys.executable, "-c", LAUNCHER, out.name, sys.executable, *map(str, args)]
        told = subprocess.run(line, stdout=subprocess.PIPE, env={**os.environ, **env}, check=True).stdout
        cpu_s, wall_s, peak, code = json.loads(told)
        # ru_maxrss is in KiB on Linux and in bytes on macOS.
        unit = 1 if sys.platform == "darwin" else 1024
        return Cost(cpu_s, wall_s, peak * unit / 1e6, code, Path(out.name).read_text())


def machine() -> dict[str, str | int]:
    """Processor, cores, Python and commit, so that a figure can be placed."""
    cpu = platform.processor() or "unknown"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        cpu = names[0] if names else cpu
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    return {
        "processor": cpu,
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
        "commit": commit.strip() or "unknown",
    }
