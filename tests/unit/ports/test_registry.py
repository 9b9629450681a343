"""Plug-ins: foreign parts found by their entry points, broken ones named with their cause and harmless."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from beffroi.judge.situations import BUILT_IN
from beffroi.ports.registry import API_VERSION, PluginSpec, Registry
from beffroi.vocabulary.errors import PluginError

MODULE = """
from dataclasses import replace
from beffroi.judge.situations.zone_entered import SPEC
from beffroi.ports.registry import PluginSpec
from beffroi.vocabulary.rules import Situation

def make(settings):
    return settings

good = PluginSpec(name="siren", group="sinks", api_version=1, factory=make)
old = PluginSpec(name="old", group="sinks", api_version=0, factory=make)
falls = replace(SPEC, situation=Situation.PERSON_DOWN)
second_zone = SPEC
nothing = 42
"""
ENTRY_POINTS = """
[beffroi.sinks]
siren = town_extras:good
old = town_extras:old
gone = town_extras_that_is_not_there:good
leaves = town_extras_that_leaves:good
number = town_extras:nothing

[beffroi.situations]
falls = town_extras:falls
second_zone = town_extras:second_zone
number = town_extras:nothing
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A foreign distribution, as pip would have installed it."""
    (tmp_path / "town_extras.py").write_text(MODULE)
    (tmp_path / "town_extras_that_leaves.py").write_text("raise SystemExit('no licence key')")
    metadata = tmp_path / "town_extras-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: town-extras\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("town_extras", "town_extras_that_leaves"):
        sys.modules.pop(name, None)


def stocked() -> Registry:
    registry = Registry()
    for spec in BUILT_IN:
        registry.add("situations", spec.situation.value, spec)
    return registry


@pytest.mark.usefixtures("installed")
def test_foreign_parts_are_found_and_broken_ones_named_with_their_cause() -> None:
    registry = stocked()
    registry.load_entry_points()
    assert registry.get("sinks", "siren").factory({"loud": True}) == {"loud": True}
    assert registry.get("situations", "falls").situation.value == "person_down"
    causes = {(one.group, one.name): one.cause for one in registry.broken}
    assert set(causes) == {
        ("sinks", "old"),
        ("sinks", "gone"),
        ("sinks", "leaves"),
        ("sinks", "number"),
        ("situations", "second_zone"),
        ("situations", "number"),
    }
    assert "made for API 0" in causes["sinks", "old"]
    assert "town_extras_that_is_not_there" in causes["sinks", "gone"]
    assert "no licence key" in causes["sinks", "leaves"]
    assert "offers a int, not a PluginSpec" in causes["sinks", "number"]
    assert "'zone_entered' and 'second_zone' both watch for zone_entered" in causes["situations", "second_zone"]
    with pytest.raises(PluginError, match="no licence key"):
        registry.get("sinks", "leaves")


@pytest.mark.usefixtures("installed")
def test_ours_stay_as_they_are_beside_broken_ones() -> None:
    registry = stocked()
    registry.load_entry_points()
    for spec in BUILT_IN:
        assert registry.get("situations", spec.situation.value) is spec


def test_what_concerns_a_name() -> None:
    registry = stocked()
    assert registry.concerns("situations", "zone_entered")
    assert not registry.concerns("sources", "zone_entered")
    with pytest.raises(PluginError, match="known: "):
        registry.get("situations", "unknown")


def test_what_cannot_be_added() -> None:
    registry = stocked()
    zone = registry.get("situations", "zone_entered")
    part = PluginSpec(name="x", group="sinks", api_version=API_VERSION, factory=dict)
    for group, name, spec, told in (
        ("gadgets", "x", part, "does not exist"),
        ("situations", "zone_entered", zone, "two plug-ins are called"),
        ("situations", "other", zone, "both watch for"),
        ("situations", "x", part, "offers a PluginSpec, not a SituationSpec"),
        ("sinks", "x", replace(part, api_version=9), "made for API 9"),
    ):
        with pytest.raises(PluginError, match=told):
            registry.add(group, name, spec)
