"""``beaconline schema NAME``: the JSON Schema of a record, from the files in the wheel."""

from __future__ import annotations

import argparse
import sys
from importlib import resources
from typing import Any

__all__ = ["add_parser", "names", "run", "text_of"]


def names() -> list[str]:
    """Names of the schemas that ship, such as ``finding/1``."""
    files = resources.files("beaconline.schemas").iterdir()
    return sorted(f.name.removesuffix(".json").replace("-", "/") for f in files if f.name.endswith(".json"))


def text_of(name: str) -> str:
    """The schema's text. ``name`` is one of ``names()``; a bare ``finding`` means its newest version."""
    known = [n for n in names() if n == name or n.split("/")[0] == name]
    if not known:
        raise KeyError(name)
    return resources.files("beaconline.schemas").joinpath(known[-1].replace("/", "-") + ".json").read_text("utf-8")


def add_parser(commands: Any) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "schema",
        help="prints a JSON Schema",
        description="Prints the JSON Schema of a record.",
        epilog="example: beaconline schema finding/1",
    )
    parser.add_argument("name", nargs="?", help="finding/1, report/1, … ; without it the names are listed")


def run(args: argparse.Namespace) -> int:
    """Print a schema or the list of names; 2 for an unknown name."""
    if args.name is None:
        print("\n".join(names()))
        return 0
    try:
        sys.stdout.write(text_of(args.name))
    except KeyError:
        print(f"beaconline schema: no schema {args.name!r}; known: {', '.join(names())}", file=sys.stderr)
        return 2
    return 0
