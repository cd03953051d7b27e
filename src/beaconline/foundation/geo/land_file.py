"""The shipped land polygons as a small file: rings of whole-number coordinates, as differences, compressed.

Decides: the byte layout. Refuses: to know borders, names or states; the file holds the outline of land alone.
Source: Natural Earth 1:10 m land (public domain) by way of the npm package world-atlas; ``data/SOURCE.md`` has the
command. Layout after zstd: magic ``LAND1\\n``, then base-128 varints (low group first): number of rings, steps in 360
degrees of longitude, size of a step and origin of latitude (1e-12 degrees), the ring lengths, then all longitude
differences, then all latitude differences; what may be negative is zigzag coded. A ring is not repeated at its end;
longitude differences take the short way round, so that a ring across the antimeridian has no jump and one round a
pole comes back 360 degrees away.
Known failures: a corrupt file raises LandFileError, never draws half a world.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import zstandard

from beaconline.foundation.table.reports import I64

__all__ = ["LandFileError", "LandRings", "decode_land", "encode_land"]

MAGIC = b"LAND1\n"
MAX_BYTES = 64 * 1024 * 1024
"""Largest decompressed size accepted, bytes: a damaged or foreign file must not eat the memory."""


class LandFileError(ValueError):
    """The land file is damaged or is no land file."""


class LandRings(NamedTuple):
    """Rings of land as steps: x in 360 / x_steps degrees from -180, unwrapped; y in y_step_pdeg from y_origin_pdeg.

    A picodegree (pdeg, 1e-12 degree) keeps the source's own grid to the millimetre.

    x, y     int64[n], all rings one after another
    lengths  int64[r], points of each ring; the last point of a ring is joined to its first (modulo x_steps)
    """

    x: I64
    y: I64
    lengths: I64
    x_steps: int
    y_step_pdeg: int
    y_origin_pdeg: int

    def lon_deg(self) -> npt.NDArray[np.float64]:
        """Degrees, float64[n]; unwrapped, so outside [-180, 180] past the antimeridian."""
        return np.asarray(self.x * (360.0 / self.x_steps) - 180.0, np.float64)

    def lat_deg(self) -> npt.NDArray[np.float64]:
        """Degrees, float64[n]."""
        return np.asarray((self.y * self.y_step_pdeg + self.y_origin_pdeg) * 1e-12, np.float64)


def _zigzag(values: I64) -> I64:
    return (values << 1) ^ (values >> 63)


def _unzigzag(values: I64) -> I64:
    return (values >> 1) ^ -(values & 1)


def _varints(values: I64) -> bytes:
    """Base-128 groups of whole numbers >= 0, low group first, high bit set on all groups but the last."""
    out = bytearray()
    for value in values.tolist():
        rest = value
        while rest > 127:
            out.append((rest & 127) | 128)
            rest >>= 7
        out.append(rest)
    return bytes(out)


def _numbers(raw: bytes) -> I64:
    """What ``_varints`` wrote, int64[n]."""
    groups = np.frombuffer(raw, np.uint8)
    last = groups < 128
    if len(groups) == 0 or not last[-1]:
        raise LandFileError("the land file ends inside a number")
    number = np.concatenate([[0], np.cumsum(last)[:-1]])
    start = np.concatenate([[0], np.flatnonzero(last)[:-1] + 1])
    shift = 7 * (np.arange(len(groups)) - start[number])
    if shift.max() > 56:
        raise LandFileError("the land file holds a number of more than 63 bits")
    parts = (groups & 127).astype(np.int64) << shift
    return np.asarray(np.add.reduceat(parts, start), np.int64)


def encode_land(rings: LandRings) -> bytes:
    """File content of land rings; equal rings and an equal zstandard library give equal bytes."""
    ring_start = np.concatenate([[0], np.cumsum(rings.lengths)[:-1]])
    dx = np.diff(rings.x, prepend=0)
    dx = (dx + rings.x_steps // 2) % rings.x_steps - rings.x_steps // 2
    dy = np.diff(rings.y, prepend=0)
    origin = np.array([rings.y_origin_pdeg], np.int64)
    if np.any(rings.lengths < 2) or len(ring_start) == 0:
        raise LandFileError("a ring of land needs two points")
    head = np.array([len(rings.lengths), rings.x_steps, rings.y_step_pdeg, *_zigzag(origin)], np.int64)
    body = b"".join(_varints(part) for part in (head, rings.lengths, _zigzag(dx), _zigzag(dy)))
    return zstandard.ZstdCompressor(level=22).compress(MAGIC + body)


def decode_land(raw: bytes) -> LandRings:
    """Rings of a file content. Raises LandFileError when it is damaged."""
    try:
        plain = zstandard.ZstdDecompressor().decompress(raw, max_output_size=MAX_BYTES)
    except zstandard.ZstdError as error:
        raise LandFileError(f"the land file cannot be decompressed: {error}") from None
    if not plain.startswith(MAGIC):
        raise LandFileError("no land file: it does not begin with LAND1")
    numbers = _numbers(plain[len(MAGIC) :])
    if len(numbers) < 4 or len(numbers) < 4 + numbers[0]:
        raise LandFileError("the land file is cut short")
    count, x_steps, y_step = (int(n) for n in numbers[:3])
    y_origin = int(_unzigzag(numbers[3:4])[0])
    lengths = numbers[4 : 4 + count]
    points = int(lengths.sum())
    if len(numbers) != 4 + count + 2 * points or count == 0 or lengths.min() < 2:
        raise LandFileError(f"the land file should hold {points} points and does not")
    x = np.cumsum(_unzigzag(numbers[4 + count : 4 + count + points]))
    y = np.cumsum(_unzigzag(numbers[4 + count + points :]))
    # Rings far from the first may have drifted round the world: bring each ring's first point back to -180..180.
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    x -= np.repeat(x[first] // x_steps * x_steps, lengths)
    return LandRings(x, y, lengths, x_steps, y_step, y_origin)
