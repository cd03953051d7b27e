"""Documents are run: links lead somewhere, examples print what they say, and pages name all there is.

In a how-to, a block after ``<!-- file: NAME -->`` is written to that file; lines ``$ beaconline …`` of console blocks
are run, and each line below them must stand in what the command prints; Python blocks are run, and a text block after
one is what it prints.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from house_tree import ROOT, fences, name, pages, under

from beaconline.cli.main import COMMANDS, main
from beaconline.foundation.records.finding import KINDS
from beaconline.node.safe_text import write_findings_csv
from beaconline.node.tables import TRACKS_SCHEMA

HOWTOS = under("docs/howto", ".md")
REFERENCE = ROOT / "docs" / "reference"
README = ROOT / "README.md"
BLOCK = re.compile(r"(?:^<!-- file: (\S+) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Names of the headings of a page, as links use them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def broken_links(page: Path) -> list[str]:
    """Links of a page that lead to no file or heading of the project."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    bad = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            bad.append(target)
    return bad


def test_links_lead_somewhere() -> None:
    bad = {name(page): broken_links(page) for page in pages()}
    assert {page: links for page, links in bad.items() if links} == {}


def test_a_broken_link_would_be_seen(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("# Here\n[x](b.md) [y](#here) [z](#there) [w](https://example.org/q)\n")
    assert broken_links(page) == ["b.md", "#there"]


def test_every_page_is_reached_from_another() -> None:
    """A page of the docs that nobody links to is not found by anybody; folders may be linked as a whole."""
    texts = {page: page.read_text(encoding="utf-8") for page in pages()}
    for page in under("docs", ".md"):
        linked = [p for p, text in texts.items() if p != page and re.search(rf"[(/]{re.escape(page.name)}[)#]", text)]
        assert linked or page.name == "README.md", name(page)


def test_the_command_reference_is_fresh() -> None:
    script = ROOT / "scripts" / "make_cli_reference.py"
    ran = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_every_command_is_documented() -> None:
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    assert [command for command in COMMANDS if f"## beaconline {command}\n" not in text] == []


def test_commands_and_targets_named_in_pages_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in pages():
        text = page.read_text(encoding="utf-8")
        code = "\n".join(re.findall(r"`([^`\n]+)`", text) + fences(page, "console"))
        made = set(re.findall(r"\bmake ([a-z]+)", code))
        assert made <= targets, f"{name(page)}: make {made - targets}"
        called = set(re.findall(r"(?:^|\$ |\s)beaconline ([a-z]+)\b", code, re.MULTILINE))
        assert called <= set(COMMANDS), f"{name(page)}: beaconline {called - set(COMMANDS)}"


def test_tests_named_as_proof_exist() -> None:
    """A promise is a command; a command that runs nothing is none."""
    for page in pages():
        for path, _, test in re.findall(r"\b((?:tests|scripts|bench|src)/[\w./-]+)(::(\w+))?", page.read_text("utf-8")):
            file = ROOT / path.rstrip("./")
            assert file.exists() or file.name == "results", f"{name(page)}: {path}"
            if test:
                assert f"def {test}(" in file.read_text(encoding="utf-8"), f"{name(page)}: {path}::{test}"


def test_every_kind_has_a_page_with_its_parameters() -> None:
    from beaconline.node import wiring

    defaults = {kind: module.DEFAULTS for kind, module in wiring.modules().items()}
    assert set(defaults) == set(KINDS)
    for kind in KINDS:
        text = (REFERENCE / f"{kind}.md").read_text(encoding="utf-8")
        assert [key for key in defaults[kind] if f"`{key}`" not in text] == [], kind
        assert kind in README.read_text(encoding="utf-8")


def test_every_schema_is_a_schema_and_is_named() -> None:
    files = [file for file in resources.files("beaconline.schemas").iterdir() if file.name.endswith(".json")]
    assert len(files) >= 4
    text = (REFERENCE / "outputs.md").read_text(encoding="utf-8")
    for file in files:
        schema = json.loads(file.read_text(encoding="utf-8"))
        jsonschema.validators.validator_for(schema).check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema", file.name
        assert schema["$id"].removeprefix("beaconline:") in text, file.name


def test_every_column_and_field_is_explained() -> None:
    text = (REFERENCE / "outputs.md").read_text(encoding="utf-8")
    assert [column for column in TRACKS_SCHEMA if f"`{column}`" not in text] == []
    head = io.StringIO()
    write_findings_csv([], head)
    assert [column for column in head.getvalue().strip().split(",") if f"`{column}`" not in text] == []
    for schema, page in (("summary", "outputs"), ("reject", "outputs"), ("finding", "findings")):
        fields = json.loads(resources.files("beaconline.schemas").joinpath(f"{schema}-1.json").read_text("utf-8"))
        told = (REFERENCE / f"{page}.md").read_text(encoding="utf-8")
        assert [field for field in fields["properties"] if f"`{field}`" not in told] == [], schema


def run_python(code: str, world: dict[str, object]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "example", "exec"), world)
    return printed.getvalue()


def run_command(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    main(shlex.split(line)[1:])
    told = capsys.readouterr()
    return told.out + told.err


@pytest.mark.parametrize("page", HOWTOS, ids=name)
def test_how_tos_do_what_they_say(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    world: dict[str, object] = {}
    printed = ""
    for file, language, body in BLOCK.findall(page.read_text(encoding="utf-8")):
        if file:
            (tmp_path / file).write_text(body, encoding="utf-8")
        elif language == "console":
            assert body.startswith("$ beaconline "), body
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                line, *wanted = part.strip().split("\n")
                told = run_command(line, capsys)
                assert [w for w in wanted if w not in told] == [], told
        elif language == "python":
            printed = run_python(body, world)
        elif language == "text":
            assert printed == body


def test_the_example_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = fences(README, "python")
    assert len(code.strip().splitlines()) <= 12
    blocks = {file: body for file, _, body in BLOCK.findall((ROOT / "docs/howto/draw-a-zone.md").read_text("utf-8"))}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "positions.csv").write_text(blocks["ship.csv"])
    (tmp_path / "areas.geojson").write_text(blocks["areas.geojson"])
    told = run_python(code, {})
    assert "zone_entry - NORTHBOUND" in told
    assert "but: straight through at a steady speed" in told
    assert "7 reports, 0 rejected" in told
    assert (tmp_path / "findings" / "report.html").is_file()


def test_the_picture_is_there_and_small() -> None:
    picture = ROOT / "docs" / "report.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 400_000


def test_every_kind_has_a_fresh_picture() -> None:
    script = ROOT / "scripts" / "make_pictures.py"
    ran = subprocess.run(
        [sys.executable, script, "--check"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    for kind in KINDS:
        assert f"](pictures/{kind}.svg)" in (REFERENCE / f"{kind}.md").read_text(encoding="utf-8"), kind
        assert (REFERENCE / "pictures" / f"{kind}.svg").stat().st_size < 200_000, kind
