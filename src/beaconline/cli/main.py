"""``beaconline``: one command, a sub-command for each job.

Decides: exit codes (0 read all, 1 an input unreadable or too many rejects, 2 usage) and that no user sees a traceback.
Refuses: to work here; each sub-command lives in its own file, imported only when it is asked for, so that ``--help``
answers at once. Known failures: none known.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import os
import signal
import sys
from collections.abc import Sequence

from beaconline import __version__

__all__ = ["main"]

COMMANDS = {
    "watch": "reads position data, writes findings with evidence and a report",
    "import": "adds reports to a node's history; the same files twice add nothing",
    "decode": "AIS messages with all fields, one JSON line each",
    "rules": "explains a kind; checks a profile or zones before use; alarms per watch over history",
    "schema": "prints a JSON Schema",
    "vessel": "one vessel's story: identities, tracks, findings, who heard it",
    "warm": "compiles the kernels once, so that the first run is as quick as the next",
}


SIGNED = ("--bbox",)
"""Options whose value may begin with a minus, which argparse would take for another option."""


def _joined(args: Sequence[str]) -> list[str]:
    out: list[str] = []
    for arg in args:
        if out and out[-1] in SIGNED:
            out[-1] = f"{out[-1]}={arg}"
        else:
            out.append(arg)
    return out


def _stop(number: int, _frame: object) -> None:
    """A polite end asked for by the system is an interrupt: what is half written is taken away."""
    raise SystemExit(128 + number)


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="beaconline",
        description="Position data in, findings that a watch officer can check out.",
        epilog="example: beaconline watch positions.csv.gz --out findings",
    )
    parser.add_argument("--version", action="version", version=f"beaconline {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        if name == chosen:
            importlib.import_module(f"beaconline.cli.{name}").add_parser(commands)
        else:
            commands.add_parser(name, help=text, add_help=False)
    return parser


def _give_up_output() -> None:
    """Send what is left in the buffer of standard output nowhere, so that Python does not complain at exit."""
    with contextlib.suppress(OSError, ValueError):  # a caller may have put something else in its place
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code."""
    with contextlib.suppress(ValueError):  # only the main thread may, and only there it matters
        signal.signal(signal.SIGTERM, _stop)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name in another script on a terminal that knows ASCII alone is shown by its numbers.
        sys.stdout.reconfigure(errors="backslashreplace")
    args = _joined(sys.argv[1:] if argv is None else argv)
    chosen = next((a for a in args if a in COMMANDS), None)
    if args and args[0].startswith("-"):
        chosen = None
    parsed = _parser(chosen).parse_args(args)
    module = importlib.import_module(f"beaconline.cli.{parsed.command}")
    try:
        code: int = module.run(parsed)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away (``| head``): say nothing, and keep Python from complaining at exit.
        _give_up_output()
        return 0
    except OSError as error:
        # Each command tells of its own files; what is left is a standard output that takes no more (a full disk).
        _give_up_output()
        print(f"beaconline: cannot write: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("beaconline: stopped", file=sys.stderr)
        return 130
    except MemoryError:
        print("beaconline: out of memory; give fewer inputs at a time, or --since and --until", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
