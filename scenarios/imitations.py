"""All imitations, and a trial of them over many seeds: ``python -m scenarios.imitations --seeds 50``.

Decides: which there are, and what is wrong with an answer: each wanted finding stands in the default queue exactly
once, and nothing else does, over all kinds together. Refuses: to know how anything is detected.
Known failures: a finding in the context queue is never judged here.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from beaconline.node.watch import Options, Result, watch
from scenarios import imitated_fishing, imitated_signals, imitated_work
from scenarios.imitation import Imitation

__all__ = ["ALL", "judge", "watched"]

ALL: Sequence[Callable[[int], Imitation]] = (*imitated_signals.ALL, *imitated_work.ALL, *imitated_fishing.ALL)
"""Each makes its imitation from a seed."""


def watched(scene: Imitation, folder: Path) -> Result:
    """All kinds over an imitation."""
    options = Options(mode="simulated")
    if scene.masks:
        options = replace(options, masks=[scene.mask_file(folder)])
    return watch(scene.frame(), options=options)


def _fits(finding: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    for key, value in wanted.items():
        if key == "mmsis":
            if {m["mmsi"] for m in finding["members"]} != set(value):
                return False
        elif finding.get(key) != value:
            return False
    return True


def judge(scene: Imitation, findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with the default queue, in words."""
    left, wrong = [f for f in findings if f["queue"] == "default"], []
    for wanted in scene.expect:
        fit = [f for f in left if _fits(f, wanted)]
        if fit:
            left.remove(fit[0])
        else:
            wrong.append(f"missing {wanted}")
    return wrong + [f"not wanted: {f['kind']} {f['type']}: {f['why']}" for f in left]


def main() -> None:
    """Try every imitation with many seeds and print what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first", type=int, default=100)
    parser.add_argument("--only", default="", help="part of a name")
    parser.add_argument("--words", action="store_true", help="print each sentence")
    given = parser.parse_args()
    for make in ALL:
        name, bad, what = make(given.first).name, 0, Counter[str]()
        if given.only not in name:
            continue
        for seed in range(given.first, given.first + given.seeds):
            with tempfile.TemporaryDirectory() as folder:
                scene = make(seed)
                wrong = judge(scene, watched(scene, Path(folder)).findings)
            bad += bool(wrong)
            what.update(" ".join(each.split(":")[:2])[:60] for each in wrong)
            if given.words:
                for each in wrong:
                    print(f"    seed {seed}: {each}", flush=True)
        print(f"{name:34} {given.seeds - bad:4} of {given.seeds} right  {dict(what) or ''}", flush=True)


if __name__ == "__main__":
    main()
