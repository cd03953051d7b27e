"""Run a scene of ``scenarios/scenes`` as a user would: frame in, zones, list and cables as files, findings out."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import scenarios.scenes
from scenarios.scenes.scene import Scene

from beaconline.node.watch import Options, Result, watch

Finding = dict[str, Any]


def every_scene() -> list[Scene]:
    """The scenes of every file of ``scenarios/scenes`` (each offers ``scenes()``), by kind and name."""
    found: list[Scene] = []
    for info in pkgutil.iter_modules(scenarios.scenes.__path__):
        if info.name != "scene":
            found += importlib.import_module(f"scenarios.scenes.{info.name}").scenes()
    return sorted(found, key=lambda s: (s.kind, s.name))


def options_of(scene: Scene, folder: Path, only: Sequence[str] | None = None, profile: str = "") -> Options:
    """The options of a run over a scene, with its files in a folder; ``profile`` is the text of a profile."""
    options = Options(mode="simulated", only=only)
    if scene.zones:
        options = replace(options, zones=[scene.zone_file(folder)])
    if scene.lists:
        options = replace(options, lists=[scene.list_file(folder)])
    if scene.cables:
        options = replace(options, cables=[scene.cable_file(folder)])
    if profile:
        path = folder / "profile.toml"
        path.write_text(profile, encoding="utf-8")
        options = replace(options, profile=path)
    return options


def watched(scene: Scene, folder: Path, only: Sequence[str] | None = None, profile: str = "") -> Result:
    """The result of ``watch`` over a scene."""
    return watch(scene.frame(), options=options_of(scene, folder, only, profile))


def matches(finding: Finding, wanted: Mapping[str, Any]) -> bool:
    """Whether a finding has all wanted fields; ``roles`` is a dict from MMSI to role, ``mmsis`` a set of members."""
    for key, value in wanted.items():
        if key == "roles":
            if {m["mmsi"]: m["role"] for m in finding["members"] if m["mmsi"] in value} != value:
                return False
        elif key == "mmsis":
            if {m["mmsi"] for m in finding["members"]} != set(value):
                return False
        elif finding.get(key) != value:
            return False
    return True


def judge(scene: Scene, findings: Sequence[Finding]) -> list[str]:
    """What is wrong with the findings of the scene's own kind: each expected one exactly once, and no other."""
    own = [f for f in findings if f["kind"] == scene.kind]
    left, wrong = list(own), []
    for wanted in scene.expect:
        fit = [f for f in left if matches(f, wanted)]
        if fit:
            left.remove(fit[0])
        else:
            wrong.append(f"missing {wanted}")
    wrong += [f"not wanted: {f['type']} {[m['mmsi'] for m in f['members']]}: {f['why']}" for f in left]
    return wrong
