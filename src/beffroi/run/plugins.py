"""The parts on offer, built-in and foreign: the same list in the server, in its workers and for files."""

from __future__ import annotations

import structlog

from beffroi.judge.situations import BUILT_IN
from beffroi.ports.registry import Registry
from beffroi.ports.situation import SituationSpec
from beffroi.vocabulary.rules import Situation

log = structlog.get_logger(__name__)


def registry() -> Registry:
    """Built-in and foreign plug-ins; the broken ones are in ``broken``, each with its cause."""
    known = Registry()
    for spec in BUILT_IN:
        known.add("situations", spec.situation.value, spec)
    known.load_entry_points()
    return known


def log_broken(known: Registry) -> None:
    """Name the broken plug-ins in the log of a process that goes on without them."""
    for broken in known.broken:
        log.error("plugin_broken", group=broken.group, plugin=broken.name, cause=broken.cause)


def situation_specs(known: Registry) -> dict[Situation, SituationSpec]:
    """The situations on offer."""
    specs = (known.get("situations", name) for name in known.names("situations"))
    return {spec.situation: spec for spec in specs}
