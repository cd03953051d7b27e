"""The nearest point of a set of edges, exact: a tree of boxes over edges in ECEF metres.

Decides: edges straight in longitude and latitude are cut into pieces of at most 0.02 degree, whose chords stay within
0.3 m of the edge; the nearest chord point, put back on the surface, is the answer. Refuses: inside or outside.
How: pieces in Morton order, eight to a leaf, a complete binary tree of bounding boxes; the search takes the nearer
child first and drops boxes farther than the best so far. Several sets share one object, a tree each.
Known failures: nearest is by straight distance through the earth; beyond 2,000 km another point may be nearer along the
surface by less than one part in ten thousand.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from beaconline.foundation.geo.geodesy import F64, ecef_point, lonlat_of
from beaconline.foundation.table.kernels import inner, kernel
from beaconline.foundation.table.reports import I32, I64

__all__ = ["EdgeTrees", "build_edge_trees", "nearest_point"]

PIECE_DEG = 0.02
"""Longest piece, degrees of longitude or latitude. Sagitta of a chord of 2.2 km: 0.1 m down; sideways under 0.3 m to
latitude 70 (the edge is straight in degrees, the chord is not)."""
MAX_PIECES = 50_000_000
"""Most pieces of one set of trees (3.6 GB of coordinates): more is refused."""
LEAF = 8
"""Pieces a leaf: 8 segment tests cost about as much as descending two more levels."""


class EdgeTrees(NamedTuple):
    """Trees by set number.

    piece   float64[p, 6]   ECEF metres of both ends, the pieces of a set together, in Morton order
    first   int64[s + 1]    pieces of a set
    box     float64[b, 6]   low and high corner of each tree node; children of local node k are 2k + 1 and 2k + 2
    root    int64[s]        first node of a set
    leaves  int64[s]        leaves of a set, a power of two; 0 = the set has no edges
    """

    piece: F64
    first: I64
    box: F64
    root: I64
    leaves: I64


@kernel
def _pieces(edges: F64, owner: I32) -> tuple[F64, I32]:
    """Cut edges (lon1, lat1, lon2, lat2) into pieces of at most PIECE_DEG."""
    n = 0
    for k in range(len(edges)):
        e = edges[k]
        n += max(1, int(np.ceil(max(abs(e[2] - e[0]), abs(e[3] - e[1])) / PIECE_DEG)))
    out, whose = np.empty((n, 6)), np.empty(n, np.int32)
    at = 0
    for k in range(len(edges)):
        e = edges[k]
        parts = max(1, int(np.ceil(max(abs(e[2] - e[0]), abs(e[3] - e[1])) / PIECE_DEG)))
        for part in range(parts):
            f, g = part / parts, (part + 1) / parts
            a = ecef_point(e[0] + f * (e[2] - e[0]), e[1] + f * (e[3] - e[1]))
            b = ecef_point(e[0] + g * (e[2] - e[0]), e[1] + g * (e[3] - e[1]))
            out[at, 0], out[at, 1], out[at, 2] = a
            out[at, 3], out[at, 4], out[at, 5] = b
            whose[at] = owner[k]
            at += 1
    return out, whose


@kernel
def _morton(piece: F64) -> I64:
    """Interleaved 16-bit cells of the pieces' middles (cells of 200 m)."""
    out = np.empty(len(piece), np.int64)
    for k in range(len(piece)):
        code = 0
        for axis in range(3):
            cell = int(((piece[k, axis] + piece[k, axis + 3]) / 2 + 6_500_000.0) / 200.0)
            for bit in range(16):
                code |= ((cell >> bit) & 1) << (3 * bit + axis)
        out[k] = code
    return out


@kernel
def _grow(box: F64, piece: F64, first: I64, root: I64, leaves: I64) -> None:
    """Fill the boxes from the leaves up; a leaf without pieces keeps an impossible box that no search enters."""
    for s in range(len(root)):
        base = root[s] + leaves[s] - 1
        for k in range(first[s], first[s + 1]):
            node = base + (k - first[s]) // LEAF
            for axis in range(3):
                box[node, axis] = min(box[node, axis], piece[k, axis], piece[k, axis + 3])
                box[node, axis + 3] = max(box[node, axis + 3], piece[k, axis], piece[k, axis + 3])
        for local in range(leaves[s] - 2, -1, -1):
            for child in range(2 * local + 1, 2 * local + 3):
                for axis in range(3):
                    low, high = box[root[s] + child, axis], box[root[s] + child, axis + 3]
                    box[root[s] + local, axis] = min(box[root[s] + local, axis], low)
                    box[root[s] + local, axis + 3] = max(box[root[s] + local, axis + 3], high)


def build_edge_trees(edges: F64, owner: I32, sets: int) -> EdgeTrees:
    """Trees of edge sets 0..sets-1; ``edges`` as in build_area_grid. Raises ValueError over MAX_PIECES."""
    if len(edges):
        span = np.maximum(np.abs(edges[:, 2] - edges[:, 0]), np.abs(edges[:, 3] - edges[:, 1]))
        if float(np.sum(np.ceil(span / PIECE_DEG))) > MAX_PIECES:
            raise ValueError(f"borders too long for one index: more than {MAX_PIECES} pieces of {PIECE_DEG} degree")
    piece, whose = _pieces(edges, owner)
    order = np.lexsort((_morton(piece), whose))
    piece = np.ascontiguousarray(piece[order])
    first = np.searchsorted(whose[order], np.arange(sets + 1)).astype(np.int64)
    need = -(-np.diff(first) // LEAF)
    leaves = np.array([0 if n == 0 else 1 << (int(n) - 1).bit_length() for n in need], np.int64)
    nodes = np.maximum(0, 2 * leaves - 1)
    root = (np.cumsum(nodes) - nodes).astype(np.int64)
    box = np.empty((int(nodes.sum()), 6))
    box[:, :3], box[:, 3:] = np.inf, -np.inf
    _grow(box, piece, first, root, leaves)
    return EdgeTrees(piece, first, box, root, leaves)


@inner
def _box_gap2(box: F64, node: int, x: float, y: float, z: float) -> float:
    """Squared metres from a point to a box; infinite for a box that holds nothing."""
    dx = max(box[node, 0] - x, 0.0, x - box[node, 3])
    dy = max(box[node, 1] - y, 0.0, y - box[node, 4])
    dz = max(box[node, 2] - z, 0.0, z - box[node, 5])
    return float(dx * dx + dy * dy + dz * dz)


@inner
def _on_piece(p: F64, x: float, y: float, z: float) -> tuple[float, float]:
    """(squared metres, share of the way) of the point of a piece that is nearest to (x, y, z)."""
    ux, uy, uz = p[3] - p[0], p[4] - p[1], p[5] - p[2]
    long2 = ux * ux + uy * uy + uz * uz
    f = 0.0
    if long2 > 0.0:
        f = min(1.0, max(0.0, ((x - p[0]) * ux + (y - p[1]) * uy + (z - p[2]) * uz) / long2))
    dx, dy, dz = x - p[0] - f * ux, y - p[1] - f * uy, z - p[2] - f * uz
    return dx * dx + dy * dy + dz * dz, f


@kernel
def nearest_point(trees: EdgeTrees, s: int, lon: float, lat: float, within_m: float) -> tuple[float, float, float]:
    """(straight distance in metres, lon, lat) of the nearest border point of set ``s``.

    Only points nearer than ``within_m`` are looked for; the distance is -1 when there is none.
    """
    best2, best_k, best_f = within_m * within_m, -1, 0.0
    if trees.leaves[s] == 0:
        return -1.0, 0.0, 0.0
    x, y, z = ecef_point(lon, lat)
    # Depth of a complete tree of at most 2**23 leaves; one far child waits on each level.
    stack, wait = np.empty(64, np.int64), np.empty(64)
    root, inner = trees.root[s], trees.leaves[s] - 1
    stack[0], wait[0], top = 0, _box_gap2(trees.box, root, x, y, z), 1
    while top > 0:
        top -= 1
        local = stack[top]
        if not wait[top] < best2:
            continue
        if local >= inner:
            k0 = trees.first[s] + (local - inner) * LEAF
            for k in range(k0, min(k0 + LEAF, trees.first[s + 1])):
                d2, f = _on_piece(trees.piece[k], x, y, z)
                if d2 < best2:
                    best2, best_k, best_f = d2, k, f
            continue
        near, far = 2 * local + 1, 2 * local + 2
        gap_n, gap_f = _box_gap2(trees.box, root + near, x, y, z), _box_gap2(trees.box, root + far, x, y, z)
        if gap_f < gap_n:
            near, far, gap_n, gap_f = far, near, gap_f, gap_n
        stack[top], wait[top] = far, gap_f
        stack[top + 1], wait[top + 1] = near, gap_n
        top += 2
    if best_k < 0:
        return -1.0, 0.0, 0.0
    p = trees.piece[best_k]
    q_lon, q_lat = lonlat_of(
        p[0] + best_f * (p[3] - p[0]), p[1] + best_f * (p[4] - p[1]), p[2] + best_f * (p[5] - p[2])
    )
    return math.sqrt(best2), q_lon, q_lat
