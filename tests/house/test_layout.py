"""The laws of the house that a program can check: sizes, names, opening paragraphs, walls between rooms."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from house_tree import ROOT, name, tracked, under

import beaconline

MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 500
BANNED_NAMES = {"util", "utils", "common", "helper", "helpers", "manager", "misc"}

SOURCES = [*under("src", ".py"), *under("scripts", ".py"), *under("scenarios", ".py"), *under("bench", ".py")]
PROGRAMS = [*SOURCES, *under("src", ".js", ".css", ".html")]


def long_functions(source: str) -> list[tuple[str, int]]:
    """(name, lines) of functions over the limit, from ``def`` to the last line."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    sizes = [(node.name, (node.end_lineno or node.lineno) - node.lineno + 1) for node in found]
    return [(function, size) for function, size in sizes if size > MAX_FUNCTION_LINES]


def test_functions_are_small() -> None:
    bad = {name(path): long_functions(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert {path: sizes for path, sizes in bad.items() if sizes} == {}


def test_a_long_function_would_be_seen() -> None:
    body = "    x = 1\n"
    assert long_functions("def f():\n" + body * (MAX_FUNCTION_LINES - 1)) == []
    assert long_functions("def f():\n" + body * MAX_FUNCTION_LINES) == [("f", MAX_FUNCTION_LINES + 1)]


def test_files_are_small() -> None:
    sizes = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PROGRAMS}
    assert {path: lines for path, lines in sizes.items() if lines > MAX_FILE_LINES} == {}


def test_nothing_is_called_after_nothing() -> None:
    bad = [name(p) for p in tracked() if BANNED_NAMES & {part.split(".")[0].lower() for part in Path(name(p)).parts}]
    assert bad == []


def opening_of(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def test_a_module_opens_with_a_paragraph() -> None:
    bad = []
    for path in [*SOURCES, *under("tests", ".py")]:
        first = opening_of(path).split("\n\n")[0].rstrip()
        if path.read_bytes().strip() and not first.endswith((".", ":")):
            bad.append(name(path))
    assert bad == []


def test_a_module_says_what_it_decides_or_where_it_comes_from() -> None:
    """From 80 lines on; a page of constants says its source."""
    words = re.compile(r"\b(Decides|Refuses|Source|Sources|Known failures)\b")
    long = [path for path in under("src/beaconline", ".py") if len(path.read_text(encoding="utf-8").splitlines()) >= 80]
    assert [name(path) for path in long if not words.search(opening_of(path))] == []


def test_imports_run_downward_only() -> None:
    command = [
        str(Path(sys.executable).with_name("lint-imports")),
        "--config",
        str(ROOT / "pyproject.toml"),
        "--no-cache",
    ]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 broken" in ran.stdout


def test_rooms_never_import_each_other() -> None:
    """Beside import-linter: also inside functions and under TYPE_CHECKING."""
    rooms = ("see", "understand")
    for room in rooms:
        others = [f"beaconline.{other}" for other in rooms if other != room]
        for path in under(f"src/beaconline/{room}", ".py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                bad = [m for m in modules if m.startswith((*others, "beaconline.node", "beaconline.cli"))]
                assert bad == [], name(path)


def test_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == beaconline.__version__
    assert f"## {beaconline.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


NETWORK = {
    "socket",
    "ssl",
    "urllib",
    "http",
    "asyncio",
    "requests",
    "httpx",
    "aiohttp",
    "websockets",
    "ftplib",
    "smtplib",
}
EXECUTING = {"pickle", "marshal", "shelve", "dill", "yaml"}


def modules_of(path: Path) -> set[str]:
    """First names of everything a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_nothing_opens_a_connection_or_reads_code() -> None:
    bad = {name(path): modules_of(path) & (NETWORK | EXECUTING) for path in under("src", ".py")}
    assert {path: modules for path, modules in bad.items() if modules} == {}


def test_nothing_is_evaluated() -> None:
    for path in under("src", ".py"):
        calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
        bad = [c.func.id for c in calls if isinstance(c.func, ast.Name) and c.func.id in ("eval", "exec", "compile")]
        assert bad == [], name(path)
