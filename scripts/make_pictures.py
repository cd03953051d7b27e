"""Draws docs/reference/pictures/KIND.svg from the first scene of each kind that must fire.

Decides: how a scene looks on paper: courses as lines, silences dashed, a dot where a vessel is first heard, an arrow
where it is last; members of what must be found in colour, others grey. Refuses: to draw what the scene does not hold.
``--check`` writes nothing and exits 1 when a picture is missing or stale. Known failures: labels may lie over each
other where vessels crowd.
"""

from __future__ import annotations

import argparse
import html
import importlib
import math
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import scenarios.scenes
from scenarios.scenes.scene import Scene, Vessel

FOLDER = Path(__file__).parent.parent / "docs" / "reference" / "pictures"
WIDTH, HEIGHT, MARGIN = 720.0, 420.0, 40.0
COLOURS = ("#0b7285", "#c2410c", "#6d28d9", "#15803d", "#b91c1c", "#a16207")
MOST_LABELS = 8
"""Labels in a picture: more lie over each other."""
SILENCE_STEPS = 4.0
"""A step this many times the vessel's own beat is drawn as a silence."""

STYLE = (
    "svg{background:#fff;color:#1f2937;font:12px sans-serif}.other{stroke:#9ca3af;fill:#9ca3af}"
    "@media(prefers-color-scheme:dark){svg{background:#0f172a;color:#e5e7eb}.other{stroke:#64748b;fill:#64748b}}"
)


class Sheet:
    """From nautical miles to the sheet: one scale both ways, north up."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        east, north = [p[0] for p in points], [p[1] for p in points]
        wide, high = max(max(east) - min(east), 0.05), max(max(north) - min(north), 0.05)
        self.scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
        self.x0 = WIDTH / 2 - self.scale * (max(east) + min(east)) / 2
        self.y0 = HEIGHT / 2 + self.scale * (max(north) + min(north)) / 2

    def at(self, east_nm: float, north_nm: float) -> str:
        return f"{self.x0 + self.scale * east_nm:.1f},{self.y0 - self.scale * north_nm:.1f}"


def _members(scene: Scene) -> set[int]:
    named: set[int] = set()
    for wanted in scene.expect:
        named |= set(wanted.get("mmsis", ())) | set(wanted.get("roles", ()))
    return named or {vessel.mmsi for vessel in scene.vessels}


def _pieces(vessel: Vessel) -> Iterator[tuple[bool, list[tuple[float, float]]]]:
    """(silent, places) of each stretch of a course; places on a straight line are left out."""
    heard: list[tuple[float, float]] = []
    before: float | None = None
    for fix in vessel.fixes:
        place = (fix.east_nm, fix.north_nm)
        if before is not None and (fix.minute - before) * 60.0 > SILENCE_STEPS * vessel.step_s:
            yield False, heard
            yield True, [heard[-1], place]
            heard = []
        if len(heard) >= 2 and _straight(heard[-2], heard[-1], place):
            heard[-1] = place
        else:
            heard.append(place)
        before = fix.minute
    yield False, heard


def _straight(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    ab, ac = math.hypot(b[0] - a[0], b[1] - a[1]), math.hypot(c[0] - a[0], c[1] - a[1])
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return ac >= ab and abs(cross) <= 1e-4 * max(ab * ac, 1e-9)


def _vessel(sheet: Sheet, vessel: Vessel, colour: str | None, label: str) -> list[str]:
    look = f'stroke="{colour}" fill="{colour}"' if colour else 'class="other"'
    out = [f"<g {look}>"]
    for silent, places in _pieces(vessel):
        dash = ' stroke-dasharray="2 5"' if silent else ""
        points = " ".join(sheet.at(*place) for place in places)
        if len(places) > 1:
            out.append(f'<polyline points="{points}" fill="none" stroke-width="1.6"{dash} marker-end="url(#end)"/>')
    first = sheet.at(vessel.fixes[0].east_nm, vessel.fixes[0].north_nm).split(",")
    out.append(f'<circle cx="{first[0]}" cy="{first[1]}" r="3" stroke="none"/>')
    if label:
        x, y = (float(v) for v in first)
        out.append(f'<text x="{x + 6:.1f}" y="{y - 5:.1f}" stroke="none">{html.escape(label)}</text>')
    return [*out, "</g>"]


def _grounds(sheet: Sheet, scene: Scene) -> list[str]:
    out = []
    for name, kind, corners in scene.zones:
        points = " ".join(sheet.at(*corner) for corner in corners)
        out.append(
            f'<polygon points="{points}" fill="#0ea5e9" fill-opacity=".08" stroke="#0ea5e9" stroke-dasharray="6 3"/>'
        )
        x, y = sheet.at(*corners[0]).split(",")
        out.append(f'<text x="{x}" y="{y}" fill="#0284c7" dx="4" dy="-4">{html.escape(f"{name} ({kind})")}</text>')
    for name, places in scene.cables:
        points = " ".join(sheet.at(*place) for place in places)
        out.append(f'<polyline points="{points}" fill="none" stroke="#d97706" stroke-width="2.5" stroke-opacity=".6"/>')
        x, y = sheet.at(*places[0]).split(",")
        out.append(f'<text x="{x}" y="{y}" fill="#d97706" dx="4" dy="-6">{html.escape(name)}</text>')
    return out


def _bar(sheet: Sheet) -> list[str]:
    """A scale bar of a round length."""
    length = next(nm for nm in (100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01) if nm * sheet.scale <= 160)
    end, y = MARGIN + length * sheet.scale, HEIGHT - 14
    return [
        f'<path d="M{MARGIN:.1f},{y - 4} V{y} H{end:.1f} V{y - 4}" fill="none" stroke="currentColor"/>',
        f'<text x="{end + 6:.1f}" y="{y}" fill="currentColor">{length:g} nm</text>',
    ]


def draw(scene: Scene) -> str:
    """The picture of a scene."""
    points = [(fix.east_nm, fix.north_nm) for vessel in scene.vessels for fix in vessel.fixes]
    points += [corner for _, _, corners in scene.zones for corner in corners]
    sheet = Sheet(points)
    members = _members(scene)
    parts = _grounds(sheet, scene)
    named = [vessel.mmsi for vessel in scene.vessels if vessel.mmsi in members]
    for vessel in sorted((v for v in scene.vessels if v.fixes), key=lambda v: v.mmsi in members):
        own = vessel.mmsi in members
        colour = COLOURS[named.index(vessel.mmsi) % len(COLOURS)] if own else None
        label = str(vessel.static.get("name") or vessel.mmsi) if own and len(named) <= MOST_LABELS else ""
        parts += _vessel(sheet, vessel, colour, label)
    says = html.escape(scene.says)
    marker = (
        '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z" fill="context-stroke" stroke="none"/></marker></defs>'
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img"><title>{says}</title>'
    )
    return "\n".join([head, f"<style>{STYLE}</style>", marker, *parts, *_bar(sheet), "</svg>", ""])


def pictures() -> dict[str, str]:
    """The picture of every kind that has a scene which must fire, by kind."""
    out: dict[str, str] = {}
    for info in sorted(pkgutil.iter_modules(scenarios.scenes.__path__), key=lambda each: each.name):
        if info.name == "scene":
            continue
        for scene in importlib.import_module(f"scenarios.scenes.{info.name}").scenes():
            if scene.expect and scene.kind not in out:
                out[scene.kind] = draw(scene)
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description="Draws docs/reference/pictures from the scenes.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a picture is missing or stale")
    made = pictures()
    if not parser.parse_args().check:
        FOLDER.mkdir(exist_ok=True)
        for kind, text in made.items():
            (FOLDER / f"{kind}.svg").write_text(text, encoding="utf-8")
        return 0
    stale = [k for k, text in made.items() if not (FOLDER / f"{k}.svg").is_file()]
    stale += [k for k, text in made.items() if k not in stale and (FOLDER / f"{k}.svg").read_text("utf-8") != text]
    if stale:
        print(f"stale: {', '.join(sorted(stale))}; run make docs", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
