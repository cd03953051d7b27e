"""``python -m bench [NAME …]``: run the benches, print the figures, keep them in ``bench/results``.

Ratios are taken within one run; absolute times of different machines do not compare. Each result says date, processor
and commit.
"""

from __future__ import annotations

import argparse
import importlib
import json
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import machine

BENCHES = ("decode", "pairs", "tracks", "zones", "kinds", "watch", "history", "peers")
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(BENCHES)}")
    parser.add_argument("--no-keep", action="store_true", help="do not write bench/results")
    args = parser.parse_args()
    unknown = [n for n in args.names if n not in BENCHES]
    if unknown:
        parser.error(f"no bench {unknown[0]!r}; known: {', '.join(BENCHES)}")
    now = datetime.now(UTC)
    kept: dict[str, object] = {"date": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "machine": machine(), "figures": {}}
    figures: dict[str, object] = {}
    for name in args.names or BENCHES:
        print(f"== {name}", flush=True)
        figures[name] = importlib.import_module(f"bench.{name}").run()
        print(json.dumps(figures[name], indent=1), flush=True)
    kept["figures"] = figures
    if not args.no_keep:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{now:%Y-%m-%d}-{machine()['commit']}.json"
        if path.exists():
            older = json.loads(path.read_text())
            kept["figures"] = {**older["figures"], **figures}
        path.write_text(json.dumps(kept, indent=1) + "\n")
        print(f"kept in {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


if __name__ == "__main__":
    main()
