"""The part of the page that is text from the start: heading, counts, warnings, and the findings for a browser without
scripts.

Decides: what stands in the page's own words. Refuses: to put text into markup without escaping it; everything goes
through ``text``. Known failures: the plain table holds the first 2,000 findings; the page then says so.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any, Final

from beaconline.node.safe_text import visible

__all__ = [
    "MODE_WORDS",
    "banner",
    "counts",
    "dms",
    "findings_table",
    "ledger_rows",
    "presence_section",
    "span",
    "text",
    "warnings",
]

MODE_WORDS: Final = {
    "simulated": ("SIMULATED", "No real vessel did this."),
    "exercise": ("EXERCISE", "Exercise play; not a report of real events."),
    "test": ("TEST", "Test data; not a report of real events."),
}
"""What every screen and every printed page says when the data are not real."""

MAX_PLAIN_ROWS = 2_000
"""Findings in the plain table: some 1.5 MB; more would make the page heavy for those who do not need it."""


MAX_PRESENCE_ROWS = 200
"""Rows of presence in the page; presence.csv has them all."""


def text(value: object) -> str:
    """Any value as text inside an element or a quoted attribute."""
    return html.escape(visible(str(value)), quote=True)


def dms(degrees: float, positive: str, negative: str) -> str:
    """Degrees, minutes and seconds to a tenth (3 m): 24°54′00.0″N."""
    tenths = round(abs(degrees) * 36_000)
    whole, rest = divmod(tenths, 36_000)
    minutes, rest = divmod(rest, 600)
    side = negative if degrees < 0 and tenths else positive
    return f"{whole}°{minutes:02d}′{rest / 10:04.1f}″{side}"


def banner(mode: str) -> str:
    """The strip that names a mode other than real, at the top and on every printed page."""
    if mode == "real":
        return ""
    word, rest = MODE_WORDS.get(mode, (mode.upper(), "Not a report of real events."))
    return (
        f'<div class="mode" role="note"><strong>{text(word)}</strong> {text(rest)}</div>'
        f'<div class="mode-edge" aria-hidden="true">{text((word + " · ") * 12)}</div>'
    )


def _clock(value: object) -> str:
    """A time to the second; the findings' own files hold the rest."""
    return str(value)[:19].replace("T", " ")


def span(summary: Mapping[str, Any]) -> str:
    """First to last report; what is not known is said."""
    first, last = summary.get("t_min"), summary.get("t_max")
    if first is None or last is None:
        return "No report with a time"
    return f"{text(_clock(first))} to {text(_clock(last))}, times in UTC"


def counts(summary: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> str:
    """Vessels, tracks, reports and the findings of both queues."""
    default = sum(f.get("queue") == "default" for f in findings)
    pairs = [
        ("vessels", summary.get("vessels")),
        ("tracks", summary.get("tracks")),
        ("reports", summary.get("reports")),
    ]
    pairs += [("rejected", (summary.get("rejects") or {}).get("total"))]
    pairs += [("to look at", default), ("in context", len(findings) - default)]
    cells = []
    for name, number in pairs:
        shown = "?" if number is None else f"{number:,}"
        cells.append(f"<div><dt>{text(name)}</dt><dd>{text(shown)}</dd></div>")
    return "".join(cells)


def warnings(summary: Mapping[str, Any]) -> str:
    """What the reader must know before believing the rest."""
    notes = [*summary.get("warnings", ())]
    if summary.get("complete") is False:
        notes.insert(0, "Not every input could be read: this report is incomplete.")
    if not notes:
        return ""
    items = "".join(f"<li>{text(note)}</li>" for note in notes)
    return f'<ul class="warnings" aria-label="Notes">{items}</ul>'


def _row(finding: Mapping[str, Any]) -> str:
    lon, lat = finding["where"]["coordinates"][:2]
    members = "<br>".join(
        f"<bdi>{text(m.get('name') or '')}</bdi> {text('' if m.get('mmsi') is None else format(m['mmsi'], '09d'))}"
        for m in finding.get("members", ())
    )
    against = "; ".join(str(item.get("what")) for item in finding.get("counter_evidence", ()))
    kind = " ".join(filter(None, [finding["kind"], finding.get("type")])).replace("_", " ")
    cells = (
        f"<td>{text(kind)}</td><td>{text(_clock(finding['t_start']))}<br>{text(_clock(finding['t_end']))}</td>"
        f"<td>{members}</td><td>{text(dms(lat, 'N', 'S'))} {text(dms(lon, 'E', 'W'))}<br>{lat:.5f} {lon:.5f}</td>"
        f"<td>{text(finding.get('why', ''))}</td><td>{text(against)}</td>"
        f"<td>{text(finding.get('queue'))}</td><td>{text(finding['id'])}</td>"
    )
    return f"<tr>{cells}</tr>"


def findings_table(findings: Sequence[Mapping[str, Any]]) -> str:
    """The findings as a table that needs no script, default queue first."""
    ordered = sorted(findings, key=lambda f: f.get("queue") != "default")
    head = "".join(
        f"<th>{name}</th>" for name in ("Kind", "From, to (UTC)", "Vessels", "Where", "Why", "Against", "Queue", "Id")
    )
    rows = "".join(_row(f) for f in ordered[:MAX_PLAIN_ROWS])
    more = len(ordered) - MAX_PLAIN_ROWS
    note = f"<p>{more:,} more findings stand in findings.csv.</p>" if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}"


def presence_section(rows: Sequence[Mapping[str, Any]]) -> str:
    """Who was in which zone, on how many days, and how well it was heard; empty where no zone was given."""
    shown = [row for row in rows if row["zone"] and row["row"] != "pair"]
    if not shown:
        return ""
    names = ("Zone", "Who", "Vessel-days", "of these by lists", "Days", "Most in a day", "First day", "Last day")
    keys = ("vessel_days", "vessel_days_listed", "calendar_days", "most_in_a_day")
    body = []
    for row in shown[:MAX_PRESENCE_ROWS]:
        who = {"all": "all vessels", "together": "two or more forces"}.get(row["row"], row["force"].replace("_", " "))
        numbers = "".join(f'<td class="n">{text(format(row[key], ","))}</td>' for key in keys)
        days = "".join(f"<td>{text(row[key] or '')}</td>" for key in ("first_day", "last_day"))
        body.append(f"<tr><td><bdi>{text(row['zone'])}</bdi></td><td>{text(who)}</td>{numbers}{days}</tr>")
    head = "".join(f"<th{' class=n' if 2 <= k < 6 else ''}>{name}</th>" for k, name in enumerate(names))
    more = len(shown) - MAX_PRESENCE_ROWS
    note = f"<p>{more:,} more rows stand in presence.csv.</p>" if more > 0 else ""
    return (
        '<section class="presence" aria-label="Presence"><details><summary>Presence in zones</summary>'
        "<p>At least: who was not heard is not counted. A vessel-day is one vessel on one day (UTC). Reception over "
        f"{text(shown[0]['days_in_run'])} days: {text(shown[0]['reception'])}.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>{note}</details></section>"
    )


def ledger_rows(summary: Mapping[str, Any]) -> str:
    """What came in and what became of it, as rows of a table."""
    rejects = summary.get("rejects") or {}
    pairs = [(key, summary.get(key)) for key in ("rows_in", "reports", "without_position", "duplicates")]
    pairs += [("rejected", rejects.get("total")), *sorted((rejects.get("by_reason") or {}).items())]
    pairs += list((summary.get("nmea") or {}).items())
    known = [(name, number) for name, number in pairs if number is not None]
    return "".join(f"<tr><td>{text(str(n).replace('_', ' '))}</td><td>{text(v)}</td></tr>" for n, v in known)
