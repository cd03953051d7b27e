"""What no file of the project may say: claims in names, paths of one machine, addresses in locks, words out of place.

This file holds the lists, so it is the one file they are not held against.
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest
from house_tree import ROOT, name, texts, under

CLAIMS = (
    "taiwan", "taipei", "formosa", "china", "chinese", "prc", "japan", "japanese", "korea", "korean", "philippines",
    "philippine", "vietnam", "vietnamese", "malaysia", "indonesia", "brunei", "russia", "russian", "ukraine", "crimea",
    "south china sea", "east china sea", "west philippine sea", "east sea", "sea of japan", "nanhai", "bien dong",
    "natuna", "senkaku", "diaoyu", "tiaoyutai", "spratly", "nansha", "truong sa", "kalayaan", "paracel", "xisha",
    "hoang sa", "scarborough", "huangyan", "panatag", "bajo de masinloc", "second thomas", "ayungin", "ren'ai",
    "mischief reef", "fiery cross", "subi reef", "thitu", "pag-asa", "itu aba", "pratas", "dongsha", "kinmen", "quemoy",
    "matsu", "penghu", "pescadores", "dokdo", "takeshima", "liancourt", "kuril", "northern territories", "socotra rock",
    "ieodo", "persian gulf", "arabian gulf", "falkland", "malvinas", "gibraltar", "nine-dash", "median line",
)  # fmt: skip
"""Names of states, seas and features around which a claim turns. None of them is needed to find behaviour."""

FORBIDDEN = {
    "a path of one machine": r"(?<![\w.])/(work|root|tmp/plan|home/[a-z]+|Users/[A-Za-z]+)/",
    "a number of an issue": r"\bissues? (#|no\. ?)?\d+\b|(?<![\w&])#\d{1,4}\b(?!;)",
    "a word about how the text was made": r"\b(sub-?agents?|language model|LLM|chatbot|prompted|as instructed)\b"
    r"|\b(this|last|next|previous) session\b|\bhidden (test|check)s?\b|\bthe brief says\b",
    "a mark of unfinished work": r"\b(TODO|FIXME|HACK)\b|\bXXX:",
    "a word of combat": r"\b(weapon(s|ry)?|kill[- ]chain|strike package|targeting|enemy|enemies|adversar(y|ies))\b",
}
"""What, and the pattern that finds it."""

VERDICT = re.compile(r"\bhostile (ship|vessel|track|contact|intent)\b", re.IGNORECASE)
"""No finding, page or message calls a ship that; tests have a fixture ship whose *name* attacks every output."""

ALLOWED = {
    "a number of an issue": re.compile(r"color|colour|background|#[0-9a-fA-F]{3,8}\b.*[;\"']"),
}
"""Lines that only look like it: colours of the page."""

HERE = Path(__file__).resolve()


def claims_in(text: str) -> list[str]:
    """Claim-laden names that stand in a text as words of their own."""
    low = text.lower()
    return [claim for claim in CLAIMS if re.search(rf"(?<![a-z]){re.escape(claim)}(?![a-z])", low)]


def test_the_wheel_names_no_claim() -> None:
    """Every file under src goes into the wheel, README.md into its metadata; bytes are looked at as they are, too."""
    bad = {}
    for path in [*under("src"), ROOT / "README.md"]:
        raw = path.read_bytes()
        claims = claims_in(raw.decode("utf-8", "replace")) + claims_in(raw.decode("utf-16-le", "ignore"))
        if claims:
            bad[name(path)] = claims
    assert bad == {}


def test_the_land_holds_an_outline_and_no_text() -> None:
    import zstandard

    packed = resources.files("beaconline.foundation.geo").joinpath("data", "land.zst").read_bytes()
    raw = zstandard.ZstdDecompressor().decompress(packed, max_output_size=64 << 20)
    assert raw.startswith(b"LAND1\n")
    words = re.findall(rb"[A-Za-z]{3,} [A-Za-z]{3,}", raw)
    assert claims_in(" ".join(word.decode() for word in words)) == []


def test_a_claim_would_be_seen() -> None:
    assert claims_in("anchored in the Spratly group") == ["spratly"]
    assert claims_in("matsutake") == []


def found(text: str) -> list[str]:
    """``what: line`` of everything in a text that may not stand there."""
    out = []
    for line in text.splitlines():
        for what, pattern in FORBIDDEN.items():
            allowed = ALLOWED.get(what)
            if re.search(pattern, line) and not (allowed and allowed.search(line)):
                out.append(f"{what}: {line.strip()[:120]}")
    return out


def test_no_word_out_of_place() -> None:
    read = [p for p in texts() if p.resolve() != HERE and p.name != "LICENSE" and p.suffix not in (".css", ".svg")]
    bad = {name(path): found(path.read_text(encoding="utf-8")) for path in read}
    assert {path: lines for path, lines in bad.items() if lines} == {}


def test_no_text_passes_a_verdict_on_a_ship() -> None:
    shown = [path for path in texts() if "tests" not in path.parts]
    assert [name(path) for path in shown if VERDICT.search(path.read_text(encoding="utf-8"))] == []
    assert VERDICT.search("a hostile vessel")


@pytest.mark.parametrize(
    "line", ["see /" + "work/main/x", "mends issue 12", "as #12 said", "TODO: later", "in this session"]
)
def test_a_word_out_of_place_would_be_seen(line: str) -> None:
    assert len(found(line)) == 1


@pytest.mark.parametrize(
    "line", ["color: #333;", "scope='session'", "https://example.org/work/", "hostile text", "&#39;"]
)
def test_a_word_in_place_is_left_alone(line: str) -> None:
    assert found(line) == []


def test_locks_hold_hashes_and_no_addresses() -> None:
    locks = [path for path in texts() if path.suffix == ".lock"]
    assert locks
    for path in locks:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|--index-url|--find-links|--extra-index", text), name(path)
        pins = re.findall(r"^[A-Za-z0-9_.\-\[\],]+==\S+", text, re.MULTILINE)
        assert pins, name(path)
        assert text.count("--hash=sha256:") >= len(pins), name(path)
