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

import numba

__all__ = ["inner", "kernel", "lean_inner", "lean_kernel"]

_Fn = TypeVar("_Fn", bound=Callable[..., object])


_KEPT = 3
"""Folders of compiled code kept for older sources of a file, so that switching versions costs nothing."""

_PACKAGE = Path(__file__).parents[2]

_IMPORTS = re.compile(r"^\s*from beaconline(?:\.([\w.]+))? import (\([^)]*\)|[^\n]*)", re.MULTILINE)


def _imported(package: Path, text: str) -> list[Path]:
    """Files of the package that a text may import: a name behind ``import`` may be a file as well."""
    found = []
    for place, names in _IMPORTS.findall(text):
        folder = package / place.replace(".", "/")
        found += [folder.with_suffix(".py"), folder / "__init__.py"]
        found += [folder / f"{name}.py" for name in re.findall(r"\w+", names)]
    return [path for path in found if path.is_file()]


def _sources(package: Path, file: Path) -> list[Path]:
    """A file and all it imports of the package, and they in turn: constants of other files are compiled in."""
    waiting, found = [file], {file}
    while waiting:
        path = waiting.pop()
        if path not in _IMPORTED:
            _IMPORTED[path] = _imported(package, path.read_text(encoding="utf-8"))
        new = [each for each in _IMPORTED[path] if each not in found]
        found.update(new)
        waiting += new
    return sorted(found)


_IMPORTED: dict[Path, list[Path]] = {}
"""Imports of each file read so far in this process."""


def _stamp(package: Path, file: Path) -> str:
    """Changes when a file that a kernel rests on does: numba looks only at the file of the outermost kernel, and would
    run an old one after an edit of what it calls."""
    marks = [f"{path.relative_to(package)}:{path.read_text(encoding='utf-8')}" for path in _sources(package, file)]
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:16]


def _root(package: Path) -> Path:
    """Where compiled code is kept: beside the package, else in the user's cache folder, else in a folder of the user's
    own among the temporary files, else for this process alone."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    own = Path(tempfile.gettempdir()) / f"beaconline-kernels-{os.geteuid()}"
    for place in (package / "__pycache__", cache / "beaconline", own):
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Compiled code of another user must never be loaded, nor may another be able to change it.
            there = place.lstat()
            if place == own and (there.st_uid != os.geteuid() or there.st_mode & 0o022):
                continue
            folder = place / "kernels"
            folder.mkdir(exist_ok=True)
            if os.access(folder, os.W_OK) and folder.stat().st_uid == os.geteuid():
                return folder
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="beaconline-kernels-"))


_GIVEN = "NUMBA_CACHE_DIR" in os.environ
_FOLDERS: dict[Path, Path] = {}
"""Folder of the compiled code of each file, chosen when its first kernel is met."""


def code_folder(file: Path) -> Path:
    """Where the compiled code of a file of the package is kept: one folder for each state of what it rests on, so that
    an edit compiles again what rests on it and nothing else."""
    if _GIVEN:
        return Path(os.environ["NUMBA_CACHE_DIR"])
    if file not in _FOLDERS:
        if _PACKAGE not in _FOLDERS:
            _FOLDERS[_PACKAGE] = _root(_PACKAGE)
        root = _FOLDERS[_PACKAGE]
        name = file.relative_to(_PACKAGE).with_suffix("").as_posix().replace("/", ".")
        folder = root / f"{name}-{_stamp(_PACKAGE, file)}"
        with contextlib.suppress(OSError):
            if not folder.is_dir():
                older = sorted(root.glob(f"{name}-*"), key=lambda path: path.stat().st_mtime)
                folder.mkdir(exist_ok=True)
                for path in older[: 1 - _KEPT]:
                    shutil.rmtree(path, ignore_errors=True)
        _FOLDERS[file] = folder
    return _FOLDERS[file]


def _forgiving(step: Callable[..., Any]) -> Callable[..., Any]:
    def tried(*args: Any) -> Any:
        with contextlib.suppress(OSError):
            return step(*args)
        return None

    return tried


def _compile(fn: _Fn, **options: Any) -> _Fn:
    file = Path(fn.__code__.co_filename)
    if file.is_relative_to(_PACKAGE):
        numba.config.CACHE_DIR = str(code_folder(file))  # type: ignore[attr-defined]  # read when njit sets its cache up
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
    return _compile(fn, _nrt=True)


def lean_kernel(fn: _Fn) -> _Fn:
    """``kernel`` for a function that makes no array: it does not count who holds the arrays it was given.

    Counting takes an atomic step for every array of every call, in kernels of many small functions a third of the time.
    A function that does make an array does not compile so; it may call one that does, which is no ``lean_inner``.
    """
    return _compile(fn, **_LEAN)


_INNER: dict[str, Any] = {
    "nogil": True, "fastmath": False, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True,
    "_nrt": True,
}  # fmt: skip
_LEAN: dict[str, Any] = {"_nrt": False}


def inner(fn: _Fn) -> _Fn:
    """Compile a function that only kernels call, never Python: the same options, without the wrappers for Python and
    without a place of its own on disk, which saves a quarter of the time to compile what calls it."""
    return numba.njit(**_INNER)(fn)  # type: ignore[no-any-return]


def lean_inner(fn: _Fn) -> _Fn:
    """``inner`` for a function that makes no array, as in ``lean_kernel``."""
    return numba.njit(**{**_INNER, **_LEAN})(fn)  # type: ignore[no-any-return]
