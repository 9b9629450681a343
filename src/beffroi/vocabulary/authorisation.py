"""Authorisations: nothing analyses a camera without one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from beffroi.vocabulary.rules import Schedule, Situation
from beffroi.vocabulary.time import UtcNs


class Regime(StrEnum):
    """The legal regimes (what each allows is data, not code)."""

    SUPERVISION = "supervision"
    STATISTICS = "statistics"
    ENVIRONMENT = "environment"
    PRIVATE_SITE = "private_site"
    JUDICIAL_SEARCH = "judicial_search"
    EXPERIMENTAL_ALERT = "experimental_alert"
    PILOT = "pilot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """Who allowed what, on which text, where, for what and until when.

    ``valid_from`` is included, ``valid_to`` is not. ``revoked_at`` ends it early. An empty ``cameras`` or
    ``situations`` covers none, never all.
    """

    authorisation_id: str
    regime: Regime
    legal_basis: str
    reference: str
    cameras: frozenset[str]
    situations: frozenset[Situation]
    purpose_id: str
    valid_from: UtcNs
    valid_to: UtcNs
    signatory: str
    hours: Schedule
    viewers: frozenset[str]
    revoked_at: UtcNs | None = None

    def __post_init__(self) -> None:
        if self.valid_to <= self.valid_from:
            raise ValueError(f"authorisation {self.authorisation_id} ends before it begins")
