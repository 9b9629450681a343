"""Alerts, the queue, verdicts and evidence."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from beffroi.govern.governor import GovernorNow
from beffroi.serve.wire.form import ALERT_EXAMPLE, VERDICT_EXAMPLE, BoxOut, Instant, Wire, example
from beffroi.serve.wire.rules import COVERED_EXAMPLE, RULE_EXAMPLE, RuleOut
from beffroi.vocabulary.judgement import AlertState, Decision

GOVERNOR_EXAMPLE = {"shown_last_10_min": 3, "limit_10_min": 10, "shown_last_hour": 6, "limit_hour": 12}
PART_EXAMPLE = {
    "kind": "clip",
    "media_type": "video/mp4",
    "url": "/api/v1/alerts/al_01J9ZK3M7Q/clip.mp4",
    "bytes": 1834211,
    "sha256": "9f2c41d1c6ad7b7ce2c0e3b0c0e8f7f9a7a35b1a2c5c1d3b27a04d0f65f0e1aa",
}
EVIDENCE_EXAMPLE = {
    "state": "ready",
    "reason": "",
    "from_at": "2026-05-04T21:03:00.050Z",
    "to_at": "2026-05-04T21:03:17.050Z",
    "met_at": "2026-05-04T21:03:05.050Z",
    "expires_at": "2026-06-03T21:03:17.050Z",
    "parts": [PART_EXAMPLE],
    "picture": "blurred",
    "redaction": "none",
    "lift_id": None,
    "until_at": None,
}


class EvidenceNowOut(Wire):
    """Whether the clip is there: `pending`, `ready`, or `missing` and why."""

    model_config = example(state="pending", reason="")

    state: str
    reason: str


class VerdictOut(Wire):
    """A person's answer. Append-only: an undo (`reopen`) is a new verdict."""

    model_config = example(**VERDICT_EXAMPLE)

    verdict_id: str
    alert_id: str
    actor: str
    decision: Decision
    reason: str
    note: str
    evidence_seen: list[str]
    decided_at: Instant
    snooze_until: Instant | None
    handed_to: str


class _AlertFields(Wire):
    """What an alert in a list and an alert by itself both say."""

    alert_id: str
    camera_id: str
    camera_name: str
    rule_id: str
    rule_version: int
    rule_name: str
    situation: str
    severity: str
    certainty: str
    state: str
    started_at: Instant
    raised_at: Instant
    due_at: Instant
    last_held_at: Instant | None
    box: BoxOut | None
    score: float | None
    repeats: int
    snoozed_until: Instant | None
    assigned_to: str
    last_verdict: VerdictOut | None
    facts: dict[str, float | str | None]


class AlertOut(_AlertFields):
    """Asks a person for an answer; `box` is where, as shares of the picture."""

    model_config = example(**ALERT_EXAMPLE)

    evidence: EvidenceNowOut


class GovernorOut(Wire):
    """How many alerts were shown against what an operator bears; over it, alerts are held, never dropped."""

    model_config = example(**GOVERNOR_EXAMPLE)

    shown_last_10_min: int
    limit_10_min: int
    shown_last_hour: int
    limit_hour: int


def governor_out(now: GovernorNow) -> GovernorOut:
    """The governor's figures on the wire."""
    return GovernorOut(
        shown_last_10_min=now.shown_last_10_min,
        limit_10_min=now.limit_10_min,
        shown_last_hour=now.shown_last_hour,
        limit_hour=now.limit_hour,
    )


class QueueOut(Wire):
    """What waits for an answer, most urgent first. The lists are bounded, the totals are not."""

    model_config = example(
        shown=[ALERT_EXAMPLE],
        held=[],
        snoozed=[],
        shown_total=1,
        held_total=0,
        snoozed_total=0,
        governor=GOVERNOR_EXAMPLE,
    )

    shown: list[AlertOut]
    held: list[AlertOut]
    snoozed: list[AlertOut]
    shown_total: int
    held_total: int
    snoozed_total: int
    governor: GovernorOut


class AlertPageOut(Wire):
    """A page of the history, newest first; `next_cursor` is null on the last page."""

    model_config = example(items=[ALERT_EXAMPLE], next_cursor=None, total=1)

    items: list[AlertOut]
    next_cursor: str | None
    total: int


class PartOut(Wire):
    """One file of the evidence, its size and SHA-256 when it was written."""

    model_config = example(**PART_EXAMPLE)

    kind: str
    media_type: str
    url: str
    bytes: int
    sha256: str


class EvidenceOut(Wire):
    """What was kept with the alert, from when to when, and when it is destroyed; the box belongs to `met_at`.

    `picture` is how this person is shown it, `clear` or `blurred`; with a lift of the blur, `until_at` is its end.
    `redaction` is what nobody sees: `none`, or `masks:2`.
    """

    model_config = example(**EVIDENCE_EXAMPLE)

    state: str
    reason: str
    from_at: Instant | None
    to_at: Instant | None
    met_at: Instant | None
    expires_at: Instant | None
    picture: str
    redaction: str
    lift_id: str | None
    until_at: Instant | None
    parts: list[PartOut]


class AlertDetailOut(_AlertFields):
    """An alert with its verdicts (oldest first), its evidence, and the rule in the version that raised it."""

    model_config = example(
        **(ALERT_EXAMPLE | {"evidence": EVIDENCE_EXAMPLE}),
        verdicts=[VERDICT_EXAMPLE],
        rule={**RULE_EXAMPLE, "authorisation": COVERED_EXAMPLE},
    )

    verdicts: list[VerdictOut]
    evidence: EvidenceOut
    rule: RuleOut


class VerdictIn(Wire):
    """An answer. `reason` is asked for a dismissal, `snooze_minutes` for a snooze, `handed_to` for a hand-over."""

    model_config = example(
        decision="dismiss",
        reason="shadow_or_light",
        note="Phares d'une voiture sur le mur.",
        evidence_seen=["clip", "still"],
        snooze_minutes=None,
        handed_to="",
        expected_state="open",
    )

    decision: Decision
    reason: Annotated[str, StringConstraints(max_length=60)] = ""
    note: Annotated[str, StringConstraints(max_length=2000)] = ""
    evidence_seen: Annotated[tuple[Literal["still", "clip", "live"], ...], Field(max_length=3)] = ()
    snooze_minutes: int | None = Field(None, ge=1, le=1440)
    handed_to: Annotated[str, StringConstraints(max_length=80)] = ""
    expected_state: AlertState | None = Field(
        None, description="The state the person saw; another one by now is 409 `changed_meanwhile`."
    )


class GivenOut(Wire):
    """The verdict as it was kept, and the alert as it stands after it. Answered means committed."""

    model_config = example(verdict=VERDICT_EXAMPLE, alert={**ALERT_EXAMPLE, "state": "dismissed"})

    verdict: VerdictOut
    alert: AlertOut
