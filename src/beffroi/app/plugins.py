"""The parts on offer: built-in and foreign plug-ins."""

from __future__ import annotations

from beffroi.judge.situations import BUILT_IN
from beffroi.ports.registry import Registry
from beffroi.ports.situation import SituationSpec
from beffroi.vocabulary.rules import Situation


def registry() -> Registry:
    """Built-in and foreign plug-ins; the broken ones are in ``broken``."""
    known = Registry()
    for spec in BUILT_IN:
        known.add("situations", spec.situation.value, spec)
    known.load_entry_points()
    return known


def situation_specs(known: Registry) -> dict[Situation, SituationSpec]:
    """The situations on offer."""
    specs = (known.get("situations", name) for name in known.names("situations"))
    return {spec.situation: spec for spec in specs}
