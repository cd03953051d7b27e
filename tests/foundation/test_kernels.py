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

PROGRAM = "import os; from beaconline.foundation.table import kernels; print(os.environ['NUMBA_CACHE_DIR'])"


def _folder(**env: str) -> Path:
    clean = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**clean, **env}, capture_output=True, text=True, check=True
    )
    return Path(ran.stdout.strip())


def test_two_processes_share_one_folder_and_a_user_may_name_another(tmp_path: Path) -> None:
    assert _folder() == _folder()
    assert _folder(NUMBA_CACHE_DIR=str(tmp_path)) == tmp_path


def test_the_stamp_follows_kernels_and_what_they_import(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from beaconline.table.kernels import kernel\nfrom beaconline.b import LIMIT\n")
    (tmp_path / "b.py").write_text("LIMIT = 1\n")
    (tmp_path / "c.py").write_text("x = 1\n")
    before = kernels._source_stamp(tmp_path)
    (tmp_path / "c.py").write_text("x = 2\n")
    assert kernels._source_stamp(tmp_path) == before
    (tmp_path / "b.py").write_text("LIMIT = 2\n")
    assert kernels._source_stamp(tmp_path) != before


def test_the_package_s_own_kernels_are_among_the_sources() -> None:
    package = Path(kernels.__file__).parents[2]
    names = {str(path.relative_to(package)) for path in kernels._kernel_sources(package)}
    assert {"see/tracks/motion.py", "understand/pairs/bins.py", "foundation/geo/geodesy.py"} <= names
    assert "cli/main.py" not in names


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
