"""Observations: any number measured in the world, by a sensor or by counting."""

from __future__ import annotations

from dataclasses import dataclass

from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One value of one property. ``unit`` is UCUM ("1" for counts); ``quality`` is "good", "doubtful" or "bad"."""

    source_id: str
    property: str
    value: float
    unit: str
    measured_at: UtcNs
    reported_at: UtcNs
    quality: str = "good"
