"""Earlier meetings: when hulls of an activity had been near each other before, anywhere in what is remembered.

Decides: slots before the activity in which hulls of two forces that may pair were within the radius of each other, in
stretches with breaks of up to a day; each with its place and how many hulls it was of. Refuses: to call a shared port a
meeting of another kind than any; the reader sees the place. Source: behaviours page ("earlier meetings of the same
hulls"). Known failures: memory reaches back four weeks and no further.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.joint.activity import Activity, Rule
from beaconline.understand.joint.hulls import Whereabouts, may_pair

__all__ = ["Meeting", "earlier"]

MOST_TOLD = 10
"""Earlier meetings told of one activity, the latest of them."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """From and to (microseconds since 1970), hulls, forces by name, and one place (ECEF metres)."""

    start_us: int
    end_us: int
    hulls: tuple[int, ...]
    forces: tuple[str, ...]
    place: F64


@kernel
def _met(begin: I64, label: I32, xyz: F64, pairs: npt.NDArray[np.bool_], reach2: float) -> npt.NDArray[np.bool_]:
    out = np.zeros(len(label), np.bool_)
    for s in range(len(begin) - 1):
        for i in range(begin[s], begin[s + 1]):
            for j in range(i + 1, begin[s + 1]):
                if pairs[label[i], label[j]] and ((xyz[i] - xyz[j]) ** 2).sum() <= reach2:
                    out[i] = True
                    out[j] = True
    return out


def earlier(
    where: Whereabouts, each: Activity, labels: I32, names: Sequence[str], rule: Rule
) -> list[Meeting]:  # fmt: skip
    """Meetings of the activity's hulls that ended before it began, latest last; at most MOST_TOLD."""
    members = np.zeros(len(labels), bool)
    members[each.hulls] = True
    rows = where.take(members[where.hull] & (where.slot < each.first))
    if not len(rows):
        return []
    rows = rows.take(np.argsort(rows.slot, kind="stable"))
    _, first = np.unique(rows.slot, return_index=True)
    pairs = np.array([[a != b and may_pair(a, b) for b in names] for a in names], bool)
    begin = np.append(first, len(rows)).astype(np.int64)
    rows = rows.take(_met(begin, labels[rows.hull], rows.xyz, pairs, rule.radius_m**2))
    if not len(rows):
        return []
    cut = np.flatnonzero(np.diff(rows.slot) > rule.window_slots) + 1
    out = []
    for at in np.split(np.arange(len(rows)), cut)[-MOST_TOLD:]:
        some = np.unique(rows.hull[at])
        forces = sorted({names[k] for k in labels[some].tolist()})
        out.append(Meeting(
            int(rows.t_us[at].min()), int(rows.t_us[at].max()), tuple(some.tolist()), tuple(forces), rows.xyz[at[0]]
        ))  # fmt: skip
    return out
