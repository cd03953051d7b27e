"""How a command is measured: CPU seconds and peak memory of a finished child, from the operating system."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
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


def command(args: Sequence[str | Path], **env: str) -> Cost:
    """Run ``python …`` (the same interpreter) to its end; its standard output is kept, its errors are shown."""
    begun = time.perf_counter()
    child = subprocess.Popen([sys.executable, *map(str, args)], stdout=subprocess.PIPE, env={**os.environ, **env})
    assert child.stdout is not None
    output = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begun
    # ru_maxrss is in KiB on Linux and in bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * unit / 1e6, child.returncode, output)


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
