"""What every test may ask for: parts of the machine that may be absent, and the folder of public test data.

Decides: an absent part skips a test with its reason, unless ``BEACONLINE_REQUIRE`` (names joined by commas) says that
this machine must have it: then the test fails. So a continuous run cannot turn green by missing what it should test.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", parent=settings.get_profile("default"), max_examples=1000, print_blob=True)
settings.register_profile("slice", parent=settings.get_profile("default"), max_examples=200, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def _find_chromium() -> bool:
    return any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))


PARTS: dict[str, tuple[Callable[[], bool], str]] = {
    "chromium": (_find_chromium, "a Chromium browser to open the report in"),
    "pymeos": (lambda: importlib.util.find_spec("pymeos") is not None, "PyMEOS, the oracle for distances in time"),
    "searoute": (lambda: importlib.util.find_spec("searoute") is not None, "searoute, port points and sea lanes"),
    "data": (lambda: "BEACONLINE_DATA" in os.environ, "the public test data, folder named by BEACONLINE_DATA"),
}
"""Parts by name: how to see whether it is there, and what it is, for the reason of a skip."""


def require_part(part: str) -> None:
    """Go on when the part is there; else fail if BEACONLINE_REQUIRE names it, and skip if not."""
    there, words = PARTS[part]
    if there():
        return
    wanted = {name.strip() for name in os.environ.get("BEACONLINE_REQUIRE", "").split(",")}
    reason = f"not on this machine: {words}"
    if part in wanted:
        pytest.fail(f"BEACONLINE_REQUIRE names {part}, but {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def require() -> Callable[[str], None]:
    """``require("chromium")`` in a test: skips, or fails where the machine was said to have it."""
    return require_part


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of public test data; skips where BEACONLINE_DATA is unset."""
    require_part("data")
    folder = Path(os.environ["BEACONLINE_DATA"])
    if not folder.is_dir():
        pytest.fail(f"BEACONLINE_DATA names {folder}, which is no folder", pytrace=False)
    return folder
