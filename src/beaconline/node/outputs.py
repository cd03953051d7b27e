"""The folder of a run: all files or none.

Decides: which files a run leaves and how they become visible. Everything is written into a folder beside the target
and renamed at the end, so a half result never looks whole. Refuses: to write into a folder that holds something, unless
told to replace it; and to replace anything but the folder of an earlier run. Source: the contract page, "watch". Known
failures: with ``replace`` there is an instant between two renames when neither folder stands there; the old one is then
beside it under a name that ends in ``.old``. A process killed outright leaves its ``.part`` folder behind.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beaconline.understand.findings import Finding

if TYPE_CHECKING:
    from beaconline.node.watch import Result

__all__ = ["OutputError", "check_target", "write_all"]


class OutputError(Exception):
    """A folder that may not be written, or a disk that is full; the message names it and the reason."""


RUN_FILES = ("findings.jsonl", "summary.json", "tracks.parquet")
"""What a folder must hold to be taken for the folder of an earlier run, and so be replaced."""


def check_target(out: Path, *, replace: bool, used: Sequence[Path] = ()) -> None:
    """Raise OutputError when ``out`` cannot become the folder of a run; called before the work, not after it.

    ``used`` names the files and folders that the run reads: a folder that holds one of them is never replaced.
    """
    target = out.resolve()
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out}: is not a folder")
    if target == Path.cwd():
        raise OutputError(f"{out}: is the folder this command runs in; name another")
    if os.path.ismount(target):
        raise OutputError(f"{out}: is a mount point, which cannot be renamed; name a folder inside it")
    if target.is_dir() and any(target.iterdir()):
        _check_replaceable(out, target, replace, used)
    parent = target.parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise OutputError(f"{out}: cannot write in {parent}")


def _check_replaceable(out: Path, target: Path, replace: bool, used: Sequence[Path]) -> None:
    if not replace:
        raise OutputError(f"{out}: is not empty; name another folder or add --replace")
    for path in used:
        if path.resolve().is_relative_to(target):
            raise OutputError(f"{out}: holds {path}, which this run reads; name another folder")
    if not all((target / name).is_file() for name in RUN_FILES):
        raise OutputError(f"{out}: does not hold an earlier run, so it is not replaced; name another folder")


def _jsonl(path: Path, findings: list[Finding]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for finding in findings:
            file.write(json.dumps(finding, ensure_ascii=False, allow_nan=False, separators=(", ", ": ")) + "\n")


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")


def _write_files(result: Result, folder: Path) -> None:
    import time

    from beaconline.node.presence_csv import write_presence_csv
    from beaconline.node.report.lines import report_input
    from beaconline.node.report.page import write_report
    from beaconline.node.safe_text import findings_geojson, write_findings_csv
    from beaconline.node.tables import write_rejects, write_tracks

    begun = time.perf_counter()
    _jsonl(folder / "findings.jsonl", result.findings)
    _json(folder / "findings.geojson", findings_geojson(result.findings))
    with (folder / "findings.csv").open("w", encoding="utf-8", newline="") as file:
        write_findings_csv(result.findings, file)
    with (folder / "presence.csv").open("w", encoding="utf-8", newline="") as file:
        write_presence_csv(result.presence, file)
    write_tracks(folder / "tracks.parquet", result.rows, result.pools, result.book, result.mode)
    write_rejects(folder / "rejects.parquet", result.rejects)
    result.summary["seconds"]["write"] = round(time.perf_counter() - begun, 3)
    begun = time.perf_counter()
    with (folder / "report.html").open("wb") as page:
        write_report(report_input(result), page)
    result.summary["seconds"]["report"] = round(time.perf_counter() - begun, 3)
    _json(folder / "summary.json", result.summary)


def _force_to_disk(folder: Path) -> None:
    """A rename may reach the disk before the files do: a power cut must not leave a whole folder of empty files."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def write_all(result: Result, out: Path, *, replace: bool = False) -> Path:
    """Write every file of a run into ``out``. Raises OutputError; then ``out`` is as it was before."""
    check_target(out, replace=replace)
    target = out.resolve()
    folder: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
        _write_files(result, folder)
        _force_to_disk(folder)
        # mkdtemp makes the folder private; what a user asked for by name has the usual rights.
        mask = os.umask(0)
        os.umask(mask)
        folder.chmod(0o777 & ~mask)
        _put_in_place(folder, target, replace)
    except BaseException as error:
        # An interrupt too must leave nothing that looks like a result.
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError) or "os error" in str(error).lower() or "No space" in str(error):
            raise OutputError(f"{out}: cannot be written: {error}") from error
        raise
    return out


def _put_in_place(folder: Path, target: Path, replace: bool) -> None:
    """Rename, which succeeds only where the target is absent or empty: of two runs into one folder the first wins."""
    if not replace or not target.exists() or not any(target.iterdir()):
        folder.rename(target)
        return
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    target.rename(old)
    try:
        folder.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
