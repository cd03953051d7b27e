"""One decorator for compiled kernels.

Decides: compile options and where compiled code is kept. No fast-math: the same bytes in must give the same bytes out
on every machine. Known failures: the first call of a kernel compiles it (0.3 to 2 s), again after a change of a
file that kernels rest on; where no folder can be written, every process compiles anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["inner", "kernel", "lean_inner", "lean_kernel"]

_Fn = TypeVar("_Fn", bound=Callable[..., object])


_KEPT = 3
"""Folders of compiled code kept for older sources, so that switching between two versions compiles nothing anew."""


_IMPORTS = re.compile(r"^\s*from beaconline\.([\w.]+) import", re.MULTILINE)


def _kernel_sources(package: Path) -> list[Path]:
    """Files that hold kernels, and all they import: constants of other files are compiled in."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py"))}
    waiting = [path for path, text in texts.items() if "table.kernels import" in text]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in found or path not in texts:
            continue
        found.add(path)
        for name in _IMPORTS.findall(texts[path]):
            place = package / name.replace(".", "/")
            waiting += [place.with_suffix(".py"), place / "__init__.py"]
    return sorted(found)


def _source_stamp(package: Path) -> str:
    """Changes when a file that kernels rest on does: numba looks only at the file of the outermost kernel, and would
    run an old one after an edit of what it calls."""
    marks = [f"{path.relative_to(package)}:{path.read_text(encoding='utf-8')}" for path in _kernel_sources(package)]
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:16]


def _choose_cache(package: Path) -> None:
    """Keep compiled code beside the package, else in the user's cache folder, else in a folder of the user's own among
    the temporary files, else for this process alone."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    stamp = _source_stamp(package)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    own = Path(tempfile.gettempdir()) / f"beaconline-kernels-{os.geteuid()}"
    for place in (package / "__pycache__", cache / "beaconline", own):
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Compiled code of another user must never be loaded, nor may another be able to change it.
            there = place.lstat()
            if place == own and (there.st_uid != os.geteuid() or there.st_mode & 0o022):
                continue
            older = sorted(place.glob("kernels-*"), key=lambda path: path.stat().st_mtime)
            folder = place / f"kernels-{stamp}"
            folder.mkdir(exist_ok=True)
            if os.access(folder, os.W_OK) and folder.stat().st_uid == os.geteuid():
                os.environ["NUMBA_CACHE_DIR"] = str(folder)
                for path in older[:-_KEPT]:
                    shutil.rmtree(path, ignore_errors=True)
                return
        except OSError:
            continue
    os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="beaconline-kernels-")


_choose_cache(Path(__file__).parents[2])

import numba  # noqa: E402  (after the cache folder is known)


def _forgiving(step: Callable[..., Any]) -> Callable[..., Any]:
    def tried(*args: Any) -> Any:
        with contextlib.suppress(OSError):
            return step(*args)
        return None

    return tried


def _compile(fn: _Fn, **options: Any) -> _Fn:
    compiled: Any = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy", **options)(fn)
    cache = getattr(compiled, "_cache", None)
    if cache is not None:
        # A disk that is full, read-only or gone costs a compilation; it must not cost this run its result.
        cache.save_overload = _forgiving(cache.save_overload)
        cache.load_overload = _forgiving(cache.load_overload)
    result: _Fn = compiled
    return result


def kernel(fn: _Fn) -> _Fn:
    """Compile a function over numpy arrays, cached on disk, without the GIL, with exact floating point."""
    return _compile(fn)


def lean_kernel(fn: _Fn) -> _Fn:
    """``kernel`` for a function that makes no array: it does not count who holds the arrays it was given.

    Counting takes an atomic step for every array of every call, in kernels of many small functions a third of the time.
    A function that does make an array does not compile so.
    """
    return _compile(fn, **_LEAN)


_INNER: dict[str, Any] = {
    "nogil": True, "fastmath": False, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True,
}  # fmt: skip
_LEAN: dict[str, Any] = {"_nrt": False}


def inner(fn: _Fn) -> _Fn:
    """Compile a function that only kernels call, never Python: the same options, without the wrappers for Python and
    without a place of its own on disk, which saves a quarter of the time to compile what calls it."""
    return numba.njit(**_INNER)(fn)  # type: ignore[no-any-return]


def lean_inner(fn: _Fn) -> _Fn:
    """``inner`` for a function that makes no array, as in ``lean_kernel``."""
    return numba.njit(**_INNER, **_LEAN)(fn)  # type: ignore[no-any-return]
