"""Authorisations: nothing analyses a camera without one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from beffroi.vocabulary.rules import Point, Schedule, Situation
from beffroi.vocabulary.time import UtcNs


class Regime(StrEnum):
    """The names of the regimes that come with the house. What each allows is data, and a town may add its own: where
    an authorisation names its regime it is an open text.
    """

    SUPERVISION = "supervision"
    STATISTICS = "statistics"
    ENVIRONMENT = "environment"
    PRIVATE_SITE = "private_site"
    JUDICIAL_SEARCH = "judicial_search"
    EXPERIMENTAL_ALERT = "experimental_alert"
    PILOT = "pilot"


class Output(StrEnum):
    """What may come of a camera under an authorisation. ``EVENTS``: kept and measured, shown to nobody as an alert."""

    LIVE = "live"
    PLAYBACK = "playback"
    ALERTS = "alerts"
    EVIDENCE = "evidence"
    TRACKS = "tracks"
    COUNTS = "counts"
    EVENTS = "events"
    SEARCH = "search"
    EXPORT = "export"


ANALYSED = frozenset({Output.ALERTS, Output.EVENTS, Output.COUNTS})
"""The outputs for which a camera is analysed live; without one of them nothing is decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """Who allowed what, on which text, where, for what and until when. Never altered once signed: an amendment is
    another authorisation that ``replaces`` it.

    ``valid_from`` is included, ``valid_to`` is not. ``revoked_at`` ends it early. An empty ``cameras`` or
    ``situations`` covers none, never all. ``perimeter`` is a polygon on the town plan (normalised to [0, 1]): the
    cameras that stand inside at the moment of the question are covered too. ``order_sha256`` names the file of the
    order. ``retention_s`` is the order's own limit for images (None: that of the regime). ``joint_of`` names the
    authorisations that apply together where one was kept for several: it covers nothing by itself. ``withdrawn``: a
    person ended it at once, so it holds at no instant any more, whatever a clock shows; ``revoked_at`` alone is an
    announced end.
    """

    authorisation_id: str
    regime: str
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
    perimeter: tuple[Point, ...] = ()
    requisition: str = ""
    order_sha256: str = ""
    order_name: str = ""
    retention_s: int | None = None
    replaces: str = ""
    joint_of: tuple[str, ...] = ()
    withdrawn: bool = False

    def __post_init__(self) -> None:
        if self.valid_to <= self.valid_from:
            raise ValueError(f"authorisation {self.authorisation_id} ends before it begins")

    def ended(self, now: UtcNs) -> bool:
        """Whether it is over at an instant, by its dates or because somebody ended it."""
        return self.withdrawn or now >= min(self.valid_to, self.revoked_at or self.valid_to)
