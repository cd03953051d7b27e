"""What a kind is, in its own words: the text of its module, its parameters and where each start value comes from.

Decides: how a kind is explained. Refuses: a second description beside the one in the code: text and origins are read
from the detector's own source, so they cannot drift apart. Known failures: an installation without sources has no
origins to show.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from beaconline.node.wiring import modules

__all__ = ["Explained", "Parameter", "explain"]

_ENTRY = re.compile(r'^\s*"(\w+)":\s*[^#\n]+?,\s*#\s*(.+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One threshold: its start value, the most a profile may ask (None = the general bound), and its origin."""

    name: str
    default: int | float | str
    most: float | None
    origin: str | None


@dataclass(frozen=True, slots=True)
class Explained:
    """A kind: its name, one line, the rest of its text, parameters in the order of the code."""

    kind: str
    title: str
    text: str
    parameters: tuple[Parameter, ...]

    def as_json(self) -> dict[str, Any]:
        rows = [{"name": p.name, "default": p.default, "most": p.most, "origin": p.origin} for p in self.parameters]
        return {"kind": self.kind, "title": self.title, "text": self.text, "parameters": rows}


def _sources(module: Any) -> str:
    """Text of the files of a kind: ``KIND.py`` and those beside it that begin with its name."""
    try:
        own = Path(inspect.getfile(module))
        files = [own, *sorted(each for each in own.parent.glob(f"{own.stem}_*.py"))]
        return "\n".join(file.read_text(encoding="utf-8") for file in files)
    except (OSError, TypeError):
        return ""


def explain(kind: str) -> Explained:
    """A kind in words. Raises KeyError for one that is not known."""
    module: Any = modules()[kind]
    origins: dict[str, str] = {}
    for name, origin in _ENTRY.findall(_sources(module)):
        origins.setdefault(name, origin)
    title, _, text = (inspect.getdoc(module) or kind).partition("\n")
    most = getattr(module, "LARGEST", {})
    rows = [Parameter(name, value, most.get(name), origins.get(name)) for name, value in module.DEFAULTS.items()]
    return Explained(kind, title.strip(), text.strip(), tuple(rows))
