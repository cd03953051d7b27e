"""The same checkout names the same tests at any time: workers that collect different names run nothing at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _names(hash_seed: str, second: str) -> list[str]:
    """Test names as a process of its own collects them, with packed data stamped by another second."""
    clock = f"import time, sys, pytest; time.time = lambda: {second}.0; sys.exit(pytest.main(sys.argv[1:]))"
    call = [sys.executable, "-c", clock, "--collect-only", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(
        call, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:]
    return [line for line in done.stdout.splitlines() if "::" in line]


@pytest.mark.slow
def test_names_do_not_depend_on_the_clock_or_on_hashing() -> None:
    first = _names("1", "1700000000")
    assert len(first) > 1000
    assert first == _names("2", "1800000000")
