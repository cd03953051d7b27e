"""The files of the project, as the house tests look at them.

Decides: what "a file of the project" is: what git tracks, or, in a copy without git, every file outside the folders
that ``.gitignore`` names. Refuses: to read what a run or a tool left behind. Known failures: none known.
"""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

TEXT = frozenset({".py", ".md", ".toml", ".json", ".js", ".css", ".html", ".lock", ".csv", ".geojson", ".svg", ""})
"""Suffixes of text files; "" stands for Makefile, LICENSE and the like."""

MADE = frozenset({".venv", ".cache", "out", "dist", "build", "node_modules", "__pycache__", ".git"})
"""Folders that tools make; with names beginning with a dot they are no part of a copy without git."""


def _walked() -> list[Path]:
    found = []
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        made = any(part in MADE or (part.startswith(".") and part not in (".ci", ".gitignore")) for part in parts)
        if path.is_file() and not made:
            found.append(path)
    return found


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the project, sorted."""
    git = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files", "-z"]
    try:
        ran = subprocess.run(git, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return tuple(sorted(_walked()))
    paths = (ROOT / name for name in ran.stdout.decode().split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def under(folder: str, *suffixes: str) -> list[Path]:
    """Files below a folder of the project with one of the suffixes (any when none is given)."""
    inside = [path for path in tracked() if path.is_relative_to(ROOT / folder)]
    return [path for path in inside if not suffixes or path.suffix in suffixes]


def texts() -> list[Path]:
    """Every text file of the project."""
    return [path for path in tracked() if path.suffix in TEXT]


def name(path: Path) -> str:
    """A path as it stands in a message."""
    return path.relative_to(ROOT).as_posix()


def pages() -> list[Path]:
    """Every Markdown page."""
    return [path for path in tracked() if path.suffix == ".md"]


def fences(page: Path, language: str) -> list[str]:
    """Contents of the fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
