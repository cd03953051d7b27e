"""Where compiled code is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from beaconline.foundation.table import kernels

PROGRAM = (
    "from pathlib import Path; from beaconline.foundation.geo import geodesy; import numba\n"
    "print(geodesy.distance_m._cache.cache_path)\n"
)


def _folder(**env: str) -> Path:
    clean = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**clean, **env}, capture_output=True, text=True, check=True
    )
    return Path(ran.stdout.strip())


def test_two_processes_share_one_folder_and_a_user_may_name_another(tmp_path: Path) -> None:
    assert _folder() == _folder()
    assert _folder(NUMBA_CACHE_DIR=str(tmp_path)).is_relative_to(tmp_path)


def test_the_stamp_follows_a_kernel_s_file_and_what_it_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("from beaconline.b import (\n    LIMIT,\n)\nfrom beaconline import d\n")
    for name in "bcd":
        (tmp_path / f"{name}.py").write_text("LIMIT = 1\n")

    def stamp() -> str:
        monkeypatch.setattr(kernels, "_IMPORTED", {})
        return kernels._stamp(tmp_path, tmp_path / "a.py")

    before = stamp()
    (tmp_path / "c.py").write_text("LIMIT = 2\n")
    assert stamp() == before
    (tmp_path / "b.py").write_text("LIMIT = 2\n")
    after = stamp()
    assert after != before
    (tmp_path / "d.py").write_text("LIMIT = 2\n")
    assert stamp() not in (before, after)


def test_the_package_s_own_kernels_rest_on_their_constants() -> None:
    package = Path(kernels.__file__).parents[2]
    names = {str(path.relative_to(package)) for path in kernels._sources(package, package / "understand/pairs/runs.py")}
    assert {"understand/pairs/runs.py", "understand/pairs/bins.py", "foundation/geo/geodesy.py"} <= names
    assert "cli/main.py" not in names and "see/tracks/motion.py" not in names


def test_a_kernel_runs_where_its_code_cannot_be_kept(tmp_path: Path) -> None:
    program = (
        "from beaconline.foundation.geo.geodesy import distance_m\n"
        "import os, shutil; shutil.rmtree(os.environ['NUMBA_CACHE_DIR'])\n"
        "open(os.environ['NUMBA_CACHE_DIR'], 'w').close()\n"
        "print(round(distance_m(0.0, 0.0, 1.0, 0.0)))\n"
    )
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    (tmp_path / "cache").mkdir()
    ran = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "111319", ran.stderr


def _sum_of_row(table: np.ndarray, i: int) -> float:
    total = 0.0
    for k in range(table.shape[1]):
        total += table[i, k]
    return total


def _room(n: int) -> float:
    return np.zeros(n)[0]  # type: ignore[no-any-return]


def test_a_lean_kernel_gives_the_same_and_holds_no_array() -> None:
    table = np.arange(12.0).reshape(3, 4)
    held = sys.getrefcount(table)
    lean = kernels.lean_kernel(_sum_of_row)
    assert [lean(table, i) for i in range(3)] == [_sum_of_row(table, i) for i in range(3)]
    assert sys.getrefcount(table) == held


def test_a_lean_kernel_that_makes_an_array_does_not_compile() -> None:
    with pytest.raises(numba.TypingError):
        kernels.lean_kernel(_room)(3)
