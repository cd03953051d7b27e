"""One decorator for compiled kernels.

Decides: compile options and where compiled code is kept. No fast-math: the same bytes in must give the same bytes out
on every machine. Known failures: the first call of a kernel compiles it (0.3 to 2 s).
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["inner", "kernel"]

_Fn = TypeVar("_Fn", bound=Callable[..., object])


def _point_cache_somewhere_writable() -> None:
    """numba refuses to cache when neither the package nor the user's cache folder can be written: name a place then."""
    if "NUMBA_CACHE_DIR" in os.environ or os.access(Path(__file__).parent, os.W_OK):
        return
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    try:
        (home / "beaconline").mkdir(parents=True, exist_ok=True)
        os.environ["NUMBA_CACHE_DIR"] = str(home / "beaconline")
    except OSError:
        # A private folder: compiled code of another user must never be loaded.
        os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="beaconline-kernels-")


_point_cache_somewhere_writable()

import numba  # noqa: E402  (after the cache folder is known)


def kernel(fn: _Fn) -> _Fn:
    """Compile a function over numpy arrays, cached on disk, without the GIL, with exact floating point."""
    compiled: Any = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")(fn)
    cache = getattr(compiled, "_cache", None)
    if cache is not None:
        save = cache.save_overload

        def save_if_it_can(*args: Any) -> None:
            # A disk that is full or read-only costs the next run a compilation; it must not cost this run its result.
            with contextlib.suppress(OSError):
                save(*args)

        cache.save_overload = save_if_it_can
    result: _Fn = compiled
    return result


def inner(fn: _Fn) -> _Fn:
    """Compile a function that only kernels call, never Python: the same options, without the wrappers for Python and
    without a place of its own on disk, which saves a quarter of the time to compile what calls it."""
    without: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return numba.njit(nogil=True, fastmath=False, error_model="numpy", **without)(fn)  # type: ignore[no-any-return]
