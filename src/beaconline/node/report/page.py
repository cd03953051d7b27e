"""``report.html``: one file that opens offline, asks nobody for anything, and holds all it shows.

Decides: how style, script and data are put together, and the policy under which they run: scripts and styles only by
their hash, no request to anywhere. Data stand in a block that is never executed, with ``<`` escaped, and the script
writes them as text only. Refuses: promises of equal bytes (stage seconds are in it).
Source: Content Security Policy Level 3. Known failures: a page with more than 8 MB of findings leaves out the rest,
context queue first, and says how many.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, BinaryIO, Final

from beaconline.node.report import chart, plain
from beaconline.node.report.model import ReportInput
from beaconline.node.safe_text import visible

__all__ = ["write_report"]

SCRIPTS: Final = (
    "data.js", "words.js", "plane.js", "traffic.js", "draw.js", "map.js", "inset.js", "list.js", "section.js",
    "run.js", "main.js",
)  # fmt: skip
"""In the order in which they need each other; they share one scope."""

MAX_FINDING_BYTES = 8_000_000
"""JSON of findings in a page, bytes: some 4,000 findings. A browser on a thin client still opens it within seconds."""
MAX_TEXT = 400
"""Longest text shown, characters; a name is 20, a zone's name up to 200, a sentence some 300."""
MAX_WHY = 2_000
"""Longest sentence: it may hold several names."""


def _asset(name: str) -> str:
    return resources.files("beaconline.node.report").joinpath("assets", name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _shown(value: Any, longest: int = MAX_TEXT) -> Any:
    """A value as it may stand in the page: text made visible and cut, no number that JSON cannot hold."""
    if isinstance(value, str):
        seen = visible(value)
        return seen if len(seen) <= longest else f"{seen[:longest]}… ({len(seen) - longest} characters more)"
    if isinstance(value, Mapping):
        return {_shown(str(k)): _shown(v, MAX_WHY if k == "why" else longest) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(v, longest) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    return _shown(str(value), longest)


def _chosen(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The findings that fit: default queue first, in their order, then context; given back in their order."""
    room, taken = MAX_FINDING_BYTES, set()
    order = sorted(range(len(findings)), key=lambda i: findings[i].get("queue") != "default")
    for i in order:
        room -= len(chart.as_json(_shown(findings[i])))
        if room < 0:
            break
        taken.add(i)
    return [finding for i, finding in enumerate(findings) if i in taken]


def _data(data: ReportInput) -> str:
    findings = _chosen(data.findings)
    frame = chart.frame_of(data.tracks, findings)
    traffic = chart.traffic_part(frame, data.tracks)
    return chart.as_json(
        {
            "title": _shown(data.title),
            "mode": _shown(data.mode),
            "summary": _shown(data.summary),
            "findings": [_shown(f) for f in findings],
            "findings_total": len(data.findings),
            "cut_deg": frame.cut_deg,
            "view": frame.view,
            "land": chart.land_part(frame, data.land),
            "zones": _shown_names(chart.zones_part(frame, data.zones)),
            "traffic": {**traffic, "labels": [_shown(label) for label in traffic["labels"]]},
            "posits": chart.posits_part(frame, data.tracks),
            "paths": chart.paths_part(frame, data.tracks, findings),
        }
    )


def _shown_names(zones: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**zone, "name": _shown(zone["name"]), "kind": _shown(zone["kind"])} for zone in zones]


def _script() -> str:
    return "(() => {\n'use strict';\n" + "\n".join(_asset(name) for name in SCRIPTS) + "})();\n"


def write_report(data: ReportInput, out: BinaryIO) -> None:
    """Write the page, UTF-8. Raises nothing for hostile or missing texts; keys a finding must have are needed."""
    style, script = _asset("report.css"), _script()
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    ledger = f"<h2>This run</h2><table><tbody>{plain.ledger_rows(data.summary)}</tbody></table>"
    parts = {
        "MODE": plain.text(data.mode),
        "CSP": policy,
        "VERSION": plain.text(data.summary.get("version", "")),
        "TITLE": plain.text(data.title),
        "STYLE": style,
        "BANNER": plain.banner(data.mode),
        "SPAN": plain.span(data.summary),
        "COUNTS": plain.counts(data.summary, data.findings),
        "WARNINGS": plain.warnings(data.summary),
        "PLAIN": plain.findings_table(data.findings) + ledger,
        "PRESENCE": plain.presence_section(data.presence),
        "DATA": _data(data),
        "SCRIPT": script,
    }
    # One pass: what is put in is never searched for marks again.
    page = re.sub(r"\{\{([A-Z]+)\}\}", lambda mark: parts[mark[1]], _asset("template.html"))
    out.write(page.encode("utf-8", errors="backslashreplace"))
