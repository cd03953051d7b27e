"""Save and restore state: dataclasses, containers and numpy arrays as one CBOR byte string.

Decides: the byte form of a saved state. Refuses: code. Unlike pickle, reading a file can only build the classes the
caller names, so a state file from elsewhere cannot run anything. Same state in, same bytes out (dictionaries keep
their order). Source: RFC 8949 (CBOR). Known failures: object arrays are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

import cbor2
import numpy as np

__all__ = ["SnapshotError", "restore", "save"]

_ARRAY, _DATACLASS, _TUPLE, _DICT, _NAMED, _SET = "nd", "dc", "tu", "di", "nt", "se"


class SnapshotError(ValueError):
    """A state that cannot be saved, or bytes that are no saved state."""


def _pack(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise SnapshotError("an object array cannot be saved")
        return {_ARRAY: [value.dtype.str, list(value.shape), np.ascontiguousarray(value).tobytes()]}
    if isinstance(value, list):
        return [_pack(v) for v in value]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {_NAMED: [type(value).__name__, [_pack(v) for v in value]]}
    if isinstance(value, tuple):
        return {_TUPLE: [_pack(v) for v in value]}
    if isinstance(value, set | frozenset):
        return {_SET: [_pack(v) for v in sorted(value)]}
    if isinstance(value, dict):
        return {_DICT: [[_pack(k), _pack(v)] for k, v in value.items()]}
    if is_dataclass(value) and not isinstance(value, type):
        return {_DATACLASS: [type(value).__name__, {f.name: _pack(getattr(value, f.name)) for f in fields(value)}]}
    if hasattr(value, "saved_form"):
        return {_DATACLASS: [type(value).__name__, _pack(value.saved_form())]}
    raise SnapshotError(f"a {type(value).__name__} cannot be saved")


def _unpack(value: Any, classes: dict[str, type]) -> Any:
    if isinstance(value, list):
        return [_unpack(v, classes) for v in value]
    if not isinstance(value, dict):
        return value
    ((tag, body),) = value.items()
    if tag == _ARRAY:
        dtype, shape, raw = body
        return np.frombuffer(raw, np.dtype(dtype)).reshape(shape).copy()
    if tag == _TUPLE:
        return tuple(_unpack(v, classes) for v in body)
    if tag == _SET:
        return {_unpack(v, classes) for v in body}
    if tag == _DICT:
        return {_unpack(k, classes): _unpack(v, classes) for k, v in body}
    name, content = body
    if name not in classes:
        raise SnapshotError(f"the saved state holds a {name}, which this version does not know")
    if tag == _NAMED:
        return classes[name](*(_unpack(v, classes) for v in content))
    if is_dataclass(classes[name]):
        return classes[name](**{k: _unpack(v, classes) for k, v in content.items()})
    return classes[name](_unpack(content, classes))


def save(state: object) -> bytes:
    """CBOR bytes of a state. Raises SnapshotError for a value of another type than those named above."""
    return cbor2.dumps(_pack(state))


def restore(data: bytes, classes: Iterable[type]) -> Any:
    """The state that ``save`` wrote; only the given dataclasses can appear in it.

    Raises SnapshotError when the bytes are no saved state or name another class.
    """
    try:
        return _unpack(cbor2.loads(data), {c.__name__: c for c in classes})
    except (cbor2.CBORDecodeError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise SnapshotError(f"not a saved state of this version: {error}") from error
