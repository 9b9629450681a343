"""Event (the machine states) → Alert (asks a person) → Verdict (the person answers)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs

Box = tuple[float, float, float, float]


class EventPhase(StrEnum):
    """An event begins once, may be updated while it holds, and ends once."""

    BEGUN = "begun"
    UPDATED = "updated"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The machine's statement that a rule is met.

    ``event_id`` names the episode: begun, updated and ended statements of one episode share it.
    ``started_at`` is when the condition began to hold, ``met_at`` the frame at which the rule was met,
    ``last_held_at`` the last frame that showed it. ``box_xyxy_px`` is in pixels of ``width_px`` x
    ``height_px``. ``score`` in [0, 1] is uncalibrated. ``model`` and ``rule_version`` are its provenance;
    ``facts`` are plain numbers and texts worth showing (count, direction, reason...), never personal data.
    """

    event_id: str
    camera_id: str
    run_id: str
    rule_id: str
    rule_version: int
    situation: Situation
    phase: EventPhase
    started_at: UtcNs
    met_at: UtcNs
    last_held_at: UtcNs
    media_time_s: float
    track_ids: tuple[str, ...]
    box_xyxy_px: Box | None
    width_px: int
    height_px: int
    score: float
    model: str
    facts: Mapping[str, float | str] = field(default_factory=dict)


class Severity(StrEnum):
    """CAP 1.2 severity."""

    MINOR = "minor"
    MODERATE = "moderate"
    SEVERE = "severe"
    EXTREME = "extreme"


class Certainty(StrEnum):
    """CAP 1.2 certainty; *observed* only after a person confirmed."""

    POSSIBLE = "possible"
    LIKELY = "likely"
    OBSERVED = "observed"
    UNLIKELY = "unlikely"


class AlertState(StrEnum):
    """Where an alert stands; derived from its verdicts and the queue, never set by hand."""

    OPEN = "open"
    SNOOZED = "snoozed"
    HELD = "held"
    """Over the operator's bearable rate: kept in the queue's second list, counted on screen, never dropped."""
    HANDED_OVER = "handed_over"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class EvidenceState(StrEnum):
    """What is known of an alert's clip."""

    PENDING = "pending"
    READY = "ready"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Asks a person for an answer. One per episode.

    ``raised_at`` is when it was shown to be due; ``due_at`` when an answer is expected; ``repeats`` counts
    further episodes grouped into this one; ``evidence_reason`` says why a clip is missing.
    """

    alert_id: str
    event_id: str
    camera_id: str
    rule_id: str
    rule_version: int
    situation: Situation
    severity: Severity
    certainty: Certainty
    state: AlertState
    started_at: UtcNs
    raised_at: UtcNs
    due_at: UtcNs
    box_xyxy_px: Box | None
    width_px: int
    height_px: int
    score: float
    repeats: int = 0
    last_held_at: UtcNs | None = None
    evidence_state: EvidenceState = EvidenceState.PENDING
    evidence_reason: str = ""
    snoozed_until: UtcNs | None = None
    assigned_to: str = ""
    facts: Mapping[str, float | str] = field(default_factory=dict)


class Decision(StrEnum):
    """What a person can answer."""

    CONFIRM = "confirm"
    DISMISS = "dismiss"
    HAND_OVER = "hand_over"
    SNOOZE = "snooze"
    REOPEN = "reopen"
    """Undo: a new verdict that takes the former answer back."""


class DismissReason(StrEnum):
    """Why an alert was false or not worth acting on."""

    NOTHING_THERE = "nothing_there"
    WRONG_OBJECT = "wrong_object"
    AUTHORISED_PERSON = "authorised_person"
    SHADOW_OR_LIGHT = "shadow_or_light"
    ANIMAL_OR_VEGETATION = "animal_or_vegetation"
    WEATHER = "weather"
    RULE_TOO_STRICT = "rule_too_strict"
    DUPLICATE = "duplicate"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A person's answer to an alert. Append-only: an undo is a new verdict.

    ``evidence_seen`` lists what the person had on screen or played ("still", "clip", "live").
    """

    verdict_id: str
    alert_id: str
    actor: str
    decision: Decision
    decided_at: UtcNs
    reason: str = ""
    note: str = ""
    evidence_seen: tuple[str, ...] = ()
    snooze_until: UtcNs | None = None
    handed_to: str = ""
