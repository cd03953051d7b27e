"""Writes docs/reference/cli.md from the commands themselves, so that it says what ``--help`` says.

Decides: how a command is laid out on the page. Refuses: words of its own about an option. It reads the parsers and not
the printed help, whose line breaks differ between Python versions. ``--check`` writes nothing and exits 1 when the page
is stale. Known failures: none known.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from beaconline.cli.main import COMMANDS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"

HEAD = """# Commands

Made by `make docs` from the commands' own `--help`; a test fails when this page is stale.

Exit codes of every command: 0 all inputs were read (rejects are counted and are no error), 1 an input could not be
read or more than `--max-reject` of the lines were rejected, 2 the command line, a zone, a mask or a profile is wrong.
"""


def _parser(command: str) -> argparse.ArgumentParser:
    commands = argparse.ArgumentParser(prog="beaconline").add_subparsers()
    importlib.import_module(f"beaconline.cli.{command}").add_parser(commands)
    parser: argparse.ArgumentParser = commands.choices[command]
    return parser


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _name(action: argparse.Action) -> str:
    """How an argument is written: ``--out DIR``, ``INPUT …``."""
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest
    if action.choices is not None and not isinstance(action.metavar, str):
        metavar = "{" + ",".join(map(str, action.choices)) + "}"
    if action.option_strings:
        name = ", ".join(action.option_strings)
        return name if action.nargs == 0 else f"{name} {metavar}"
    return {"+": f"{metavar} …", "*": f"[{metavar} …]", "?": f"[{metavar}]"}.get(str(action.nargs), metavar)


def _row(action: argparse.Action) -> str:
    text = (action.help or "") % {"default": action.default, "prog": "beaconline"}
    needed = " (needed)" if action.required and action.option_strings else ""
    return f"| `{_cell(_name(action))}` | {_cell(text)}{needed} |"


def _section(command: str) -> str:
    return _described(f"beaconline {command}", _parser(command), "##")


def _described(name: str, parser: argparse.ArgumentParser, level: str) -> str:
    """A command and, one level lower, the commands inside it."""
    # argparse has no public way to ask a parser for its arguments; the list has had this name since Python 2.7.
    actions = [action for action in parser._actions if "--help" not in action.option_strings]
    inner = [action for action in actions if isinstance(action, argparse._SubParsersAction)]
    actions = [action for action in actions if action not in inner]
    lines = [f"{level} {name}", "", parser.description or ""]
    if actions:
        lines += ["", "| argument | meaning |", "|---|---|", *map(_row, actions)]
    example = (parser.epilog or "").removeprefix("example: ")
    own = "\n".join([*lines, "", "```console", f"$ {example}", "```", ""])
    parts = [(part, each) for group in inner for part, each in group.choices.items()]
    return "\n".join([own, *(_described(f"{name} {part}", each, level + "#") for part, each in parts)])


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_section(command) for command in COMMANDS)])


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes docs/reference/cli.md from the commands.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is stale")
    text = page()
    if not parser.parse_args().check:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PAGE} is stale: run make docs", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
