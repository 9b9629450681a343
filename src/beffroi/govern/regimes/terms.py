"""What a regime allows: the noun, and the book of all regimes a house knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from beffroi.vocabulary.authorisation import Output
from beffroi.vocabulary.rules import Situation

IMAGES_LONGEST_DAYS = 30
"""CSI, art. L. 252-5: recordings are destroyed within a month."""


class Requirement(StrEnum):
    """What an authorisation under a regime must come with."""

    ORDER_FILE = "order_file"
    REQUISITION = "requisition"


class DataKind(StrEnum):
    """What a regime limits the keeping of."""

    IMAGES = "images"
    ALERTS = "alerts"
    EVENTS = "events"
    COUNTS = "counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeTerms:
    """A regime: what may be analysed live, what may come of it, how long it may be kept and authorised.

    ``retention_days`` names every kind of data; 0: nothing of it is kept. ``built_in``: it comes with the house.
    """

    regime: str
    label_fr: str
    label_en: str
    legal: tuple[str, ...]
    situations: frozenset[Situation]
    outputs: frozenset[Output]
    retention_days: Mapping[DataKind, float]
    longest_days: float
    requires: frozenset[Requirement]
    note_fr: str
    note_en: str
    built_in: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRegime:
    """A file that is no regime: nothing runs under it. ``why`` names file, line and reason."""

    regime: str
    file: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeBook:
    """All regimes of a house. One that is not in ``terms`` allows nothing."""

    terms: Mapping[str, RegimeTerms]
    broken: tuple[BrokenRegime, ...] = field(default=())

    def of(self, regime: str) -> RegimeTerms | None:
        """The regime of that name; None when there is none or its file is broken."""
        return self.terms.get(regime)
