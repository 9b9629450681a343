"""The state a camera is in, worked out from facts: pure, so that every cause can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from beffroi.vocabulary.camera import CameraReason, WatchState

STOPPED = "analysis stopped"
"""How the sentence begins that says that the kill switch was used."""

LATE_SHARE = 0.05
"""From which share of late frames a camera counts as degraded. Source: our choice, ADR 51."""

CLOCK_UNSURE_NS = 2_000_000_000
"""From which doubt on a frame's instant its clock counts as unsure. Source: our choice, ADR 51."""


class Link(StrEnum):
    """What is known of one stream."""

    ABSENT = "absent"
    """There is no such stream."""
    STARTING = "starting"
    UP = "up"
    REFUSED = "refused"
    LOST = "lost"
    FROZEN = "frozen"
    UNREADABLE = "unreadable"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a camera's state depends on. Texts are causes told to people; empty means there is none."""

    enabled: bool = True
    refused: str = ""
    has_rules: bool = True
    main: Link = Link.STARTING
    sub: Link = Link.ABSENT
    main_detail: str = ""
    sub_detail: str = ""
    model_missing: str = ""
    plugin_failed: str = ""
    some_watched: bool = False
    """Of several rules, some are watched all the same."""
    analysed: bool = False
    """At least one frame of the present streams was analysed."""
    impaired: str = ""
    disk_full: str = ""
    late_share: float = 0.0
    clock_error_ns: int = 0


Verdict = tuple[WatchState, CameraReason, str]

_DOWN = {
    Link.STARTING: CameraReason.STARTING,
    Link.REFUSED: CameraReason.REFUSED,
    Link.LOST: CameraReason.LOST,
    Link.FROZEN: CameraReason.FROZEN,
    Link.UNREADABLE: CameraReason.UNREADABLE,
    Link.ENDED: CameraReason.ENDED,
}


def state_of(facts: Facts) -> Verdict:
    """State, reason and detail, the gravest cause first.

    >>> state_of(Facts(main=Link.UP, analysed=True))[0].value
    'watched'
    """
    blind = _not_watched(facts)
    if blind is not None:
        return WatchState.NOT_WATCHED, *blind
    weak = _degraded(facts)
    if weak is not None:
        return WatchState.DEGRADED, *weak
    return WatchState.WATCHED, CameraReason.NONE, ""


def _not_watched(facts: Facts) -> tuple[CameraReason, str] | None:
    if not facts.enabled:
        return CameraReason.DISABLED, ""
    down = Link.UP not in (facts.main, facts.sub)
    if down and facts.main is not Link.STARTING:
        return _DOWN[facts.main], facts.main_detail
    if facts.refused:
        return _why_refused(facts.refused), facts.refused
    if not facts.has_rules:
        return CameraReason.NO_RULE, ""
    if facts.model_missing:
        return CameraReason.MODEL_MISSING, facts.model_missing
    if facts.plugin_failed and not facts.some_watched:
        return CameraReason.PLUGIN_FAILED, facts.plugin_failed
    if down or not facts.analysed:
        return CameraReason.STARTING, ""
    return None


def _why_refused(refused: str) -> CameraReason:
    """The kill switch is told apart from a missing authorisation."""
    stopped = refused.startswith(STOPPED)
    return CameraReason.ANALYSIS_STOPPED if stopped else CameraReason.NO_AUTHORISATION


def _degraded(facts: Facts) -> tuple[CameraReason, str] | None:
    if facts.plugin_failed:
        return CameraReason.PLUGIN_FAILED, facts.plugin_failed
    if facts.impaired:
        return CameraReason.IMPAIRED, facts.impaired
    if facts.sub not in (Link.ABSENT, Link.UP, Link.STARTING):
        return CameraReason.SUBSTREAM_LOST, facts.sub_detail
    if facts.main not in (Link.UP, Link.STARTING):
        return CameraReason.MAIN_STREAM_LOST, facts.main_detail
    if facts.disk_full:
        return CameraReason.DISK_FULL, facts.disk_full
    if facts.late_share >= LATE_SHARE:
        return CameraReason.LATE, f"{facts.late_share:.0%} of the due frames came too late"
    if facts.clock_error_ns >= CLOCK_UNSURE_NS:
        return CameraReason.CLOCK_UNSURE, f"instants are known to ± {facts.clock_error_ns / 1e9:.0f} s"
    return None


def link_of(reason: str) -> Link:
    """What a SourceError's reason says of the stream."""
    try:
        return Link(reason)
    except ValueError:
        return Link.LOST
