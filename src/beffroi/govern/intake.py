"""The pipeline's door: events become alerts, in one transaction with what is told of them; evidence is taken in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from beffroi.govern.authorisations import Coverage
from beffroi.govern.counts import MEASURED_ONLY
from beffroi.govern.footage import Footage
from beffroi.govern.governor import limits_now, shown_in_last_hour
from beffroi.govern.passage import Passage, Writing, new_id
from beffroi.govern.payloads import alert_json
from beffroi.govern.retention.inscribing import Pen, entry_of_nameless
from beffroi.govern.retention.terms import Terms
from beffroi.govern.rights import Actor, Right
from beffroi.govern.settings import GovernanceSettings
from beffroi.judge.alerts import (
    Extend,
    GovernorSettings,
    Ignore,
    Outcome,
    PolicySettings,
    Raise,
    Repeat,
    consider,
    share_out,
)
from beffroi.keep.store import alerts, authorisations, events, evidence, rules
from beffroi.keep.store.alerts import AlertRecord
from beffroi.vocabulary.authorisation import Output
from beffroi.vocabulary.errors import NotFoundError
from beffroi.vocabulary.evidence import Evidence, EvidencePart, PartKind
from beffroi.vocabulary.judgement import Alert, AlertState, Event, EventPhase, EvidenceState
from beffroi.vocabulary.retention import DataKind, Why
from beffroi.vocabulary.rules import Rule
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

_MARGIN_S = 60.0
_KEPT_OF_EVENTS = frozenset({Output.ALERTS, Output.EVENTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a worker says of the evidence it writes. ``error``: what could not be written, and why. ``final``: nothing
    more comes. ``redaction``: what is hidden even in the clear parts.
    """

    error: str = ""
    final: bool = True
    redaction: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of an event: ``outcome`` is raised, repeat, extended or ignored, ``why`` says why it was ignored.

    ``record`` is the alert that tells of it, when one does.
    """

    outcome: str
    alert_id: str | None = None
    record: AlertRecord | None = None
    why: str = ""


_WHOLE = Written()


class Intake:
    """Takes in what the machine states."""

    def __init__(
        self,
        passage: Passage,
        footage: Footage,
        limits: tuple[PolicySettings, GovernorSettings],
        settings: GovernanceSettings,
        keeping: tuple[Terms, Pen],
    ) -> None:
        self._terms, self._pen = keeping
        self._passage = passage
        self._footage = footage
        self._policy, self._governor = limits
        self._settings = settings

    def take_event(self, actor: Actor, event: Event) -> Taken:
        """Keep a statement of the machine and what it makes of the queue. The same statement twice changes nothing.

        Nothing is kept of an event that no authorisation covers now; its refusal is traced.

        Raises:
            NotAuthorisedError: the actor is not the pipeline.
            StorageError: the disk refuses; nothing was kept: tell it again.
        """
        with self._passage.writing(actor, Right.RUN_PIPELINE, f"event:{event.event_id}") as writing:
            rule = rules.get_version(writing.connection, event.rule_id, event.rule_version)
            if rule is None or (rule.camera_id, rule.situation) != (event.camera_id, event.situation):
                return Taken(outcome="ignored", why="unknown_rule")
            covered = self._coverage(writing, rule)
            if not covered.covered:
                if event.phase is EventPhase.BEGUN:
                    detail = {"camera": event.camera_id, "rule": event.rule_id}
                    writing.trace(
                        "refuse_event",
                        f"event:{event.event_id}",
                        why=covered.reason.value,
                        allowed=False,
                        detail=detail,
                    )
                return Taken(outcome="ignored", why=covered.reason.value)
            return self._take(writing, sound(event), rule, covered)

    def take_evidence(
        self,
        actor: Actor,
        event_id: str,
        *,
        parts: Sequence[EvidencePart],
        from_at: UtcNs,
        to_at: UtcNs,
        written: Written = _WHOLE,
    ) -> bool:
        """Keep what was written for an event. False: no alert asked for it, and its files were destroyed.

        The final word, with a clip or an error, completes the record and seals it; a still alone leaves it pending.
        Files that come after the record was sealed without them are destroyed: none lies on the disk that no record
        names.

        Raises:
            StorageError: the disk refuses, or a path leads out of the evidence folder.
        """
        self._footage.accept(parts)
        self._pen.ready()
        with self._passage.writing(actor, Right.RUN_PIPELINE, f"event:{event_id}") as writing:
            record = evidence.evidence_of_event(writing.connection, event_id)
            if record is not None and record.destroyed_at is None:
                if record.state is EvidenceState.PENDING:
                    self._keep_evidence(writing, record, parts, (from_at, to_at), written)
                    return True
                named = {part.path for part in record.parts}
                late = [part for part in parts if part.path not in named]
                self._unwanted(writing, event_id, late, Why.TOO_LATE)
                kept = True
            else:
                late, kept = list(parts), False
                self._unwanted(writing, event_id, late, Why.NO_ALERT)
        self._footage.destroy(late, whole_folder=not kept)
        return kept

    def _unwanted(self, writing: Writing, event_id: str, parts: Sequence[EvidencePart], why: Why) -> None:
        """Write down that footage nobody may keep is destroyed."""
        if parts:
            self._pen.write(writing, [entry_of_nameless(event_id, parts, why, writing.now)])
            writing.trace("destroy_footage", f"event:{event_id}", why=why.value)

    def _coverage(self, writing: Writing, rule: Rule) -> Coverage:
        in_force = self._passage.in_force(writing.connection, writing.now)
        return in_force.coverage(rule.camera_id, rule.situation, rule.purpose_id)

    def _take(self, writing: Writing, event: Event, rule: Rule, covered: Coverage) -> Taken:
        connection, by = writing.connection, covered.authorisation_id
        if not covered.outputs & _KEPT_OF_EVENTS:
            return Taken(outcome="ignored", why="regime_counts_only")
        if len(covered.authorisation_ids) > 1:
            authorisations.keep_joint(connection, by, covered.authorisation_ids, now=writing.now)
        is_new = events.insert_event(connection, event, authorisation_id=by, why="", now=writing.now)
        if not is_new:
            moved = events.follow_event(connection, event)
            if event.phase is EventPhase.BEGUN or not moved:  # told before, or too late
                alert_id = events.alert_of(connection, event.event_id)
                return Taken(outcome="extended" if alert_id else "ignored", alert_id=alert_id, why="told_before")
        if not covered.alerts:
            events.settle_event(connection, event.event_id, alert_id=None, why=MEASURED_ONLY)
            return Taken(outcome="ignored", why=MEASURED_ONLY)
        joined = None if is_new else events.alert_of(connection, event.event_id)
        if joined is not None:
            # what an episode once joined it stays with, wherever it has moved since: one alert an episode
            record = self._go_on(writing, Extend(alert_id=joined, last_held_at=event.last_held_at), event)
            return Taken(outcome="extended", alert_id=joined, record=record)
        outcome = self._consider(connection, event, rule, writing.now)
        if isinstance(outcome, Ignore):
            events.settle_event(connection, event.event_id, alert_id=None, why="ignored")
            return Taken(outcome="ignored", why=outcome.why)
        if isinstance(outcome, Raise):
            record = self._raise(writing, outcome.alert, rule, covered)
            told = "raised"
        else:
            record = self._go_on(writing, outcome, event)
            told = "repeat" if isinstance(outcome, Repeat) else "extended"
        events.settle_event(connection, event.event_id, alert_id=record.alert.alert_id, why=told)
        return Taken(outcome=told, alert_id=record.alert.alert_id, record=record)

    def _consider(self, connection: Connection, event: Event, rule: Rule, now: UtcNs) -> Outcome:
        policy = self._policy
        window_s = max(policy.repeat_within_s, policy.same_track_within_s, policy.group_within_s) + _MARGIN_S
        since = UtcNs(event.started_at - seconds_to_ns(window_s))
        recent = alerts.recent_of_camera(connection, event.camera_id, since, event.event_id)
        return consider(event, rule=rule, recent=recent, settings=policy, now=now)

    def _raise(self, writing: Writing, alert: Alert, rule: Rule, covered: Coverage) -> AlertRecord:
        connection, shown_at = writing.connection, None
        if alert.state is AlertState.OPEN:
            limits = limits_now(connection, self._governor, writing.now)
            lately = shown_in_last_hour(connection, writing.now)
            # as HELD it competes for its place, whatever was shown at this very instant
            shares = share_out([replace(alert, state=AlertState.HELD)], lately, limits, writing.now)
            alert = (*shares.shown, *shares.held)[0]
            shown_at = writing.now if shares.shown else None
        alerts.insert_alert(connection, alert, authorisation_id=covered.authorisation_id, shown_at=shown_at)
        self._bear_evidence(writing, alert, rule, covered)
        return self._tell(writing, "alert.raised", alert.alert_id)

    def _bear_evidence(self, writing: Writing, alert: Alert, rule: Rule, covered: Coverage) -> None:
        term = self._terms.effective(
            writing.connection,
            alert.camera_id,
            DataKind.EVIDENCE,
            purpose_id=rule.purpose_id,
            authorisation_id=covered.authorisation_id,
        )
        kept_s = min(term.keep_s, covered.image_retention_s)
        born = Evidence(
            evidence_id=new_id("evidence"),
            alert_id=alert.alert_id,
            camera_id=alert.camera_id,
            purpose_id=rule.purpose_id,
            from_at=alert.started_at,
            to_at=alert.last_held_at or alert.started_at,
            parts=(),
            redaction="none",
            expires_at=UtcNs(writing.now + seconds_to_ns(max(1, kept_s))),
            previous_sha256="",
        )
        evidence.bear(writing.connection, born, event_id=alert.event_id, now=writing.now)

    def _go_on(self, writing: Writing, outcome: Repeat | Extend, event: Event) -> AlertRecord:
        record = _get(writing.connection, outcome.alert_id)
        before = record.alert
        repeats = before.repeats + (1 if isinstance(outcome, Repeat) else 0)
        held_at = UtcNs(max(before.last_held_at or before.started_at, outcome.last_held_at))
        alerts.save_alert(writing.connection, replace(before, repeats=repeats, last_held_at=held_at))
        step_ns = seconds_to_ns(self._settings.extend_every_s)
        moved_on = (before.last_held_at or 0) // step_ns != held_at // step_ns
        if isinstance(outcome, Repeat) or moved_on or event.phase is EventPhase.ENDED:
            return self._tell(writing, "alert.changed", outcome.alert_id)
        return _get(writing.connection, outcome.alert_id)

    def _keep_evidence(
        self,
        writing: Writing,
        record: evidence.EvidenceRecord,
        parts: Sequence[EvidencePart],
        span: tuple[UtcNs, UtcNs],
        written: Written,
    ) -> None:
        connection, evidence_id, error = writing.connection, record.evidence.evidence_id, written.error
        evidence.add_parts(connection, record, parts)
        evidence.set_redaction(connection, evidence_id, written.redaction)
        whole = any(part.kind is PartKind.CLIP for part in parts)
        final = written.final and bool(whole or error)
        if parts and span[1] > span[0] and (whole or final):
            # with the clip itself: its blurred copy may never come
            evidence.set_span(connection, evidence_id, *span)
        if not final:
            self._tell_part(writing, record, parts)
            return
        state = EvidenceState.READY if whole else EvidenceState.MISSING
        evidence.seal(connection, evidence_id, state=state, reason=error)
        settle_evidence(writing, record.evidence.alert_id, state, error)

    def _tell_part(self, writing: Writing, record: evidence.EvidenceRecord, parts: Sequence[EvidencePart]) -> None:
        """A clip can be looked at before its blurred copy is there: pages are told."""
        known = {part.path for part in record.parts}
        if any(part.kind is PartKind.CLIP and part.path not in known for part in parts):
            self._tell(writing, "alert.changed", record.evidence.alert_id)

    def _tell(self, writing: Writing, topic: str, alert_id: str) -> AlertRecord:
        record = _get(writing.connection, alert_id)
        writing.tell(topic, alert_json(record), authorisation_id=record.authorisation_id)
        return record


def sound(event: Event) -> Event:
    """The event without figures that are no numbers: a broken model must not cost the alert.

    A score becomes 0, a box is taken for unknown, a fact is left out.
    """
    box = event.box_xyxy_px
    return replace(
        event,
        score=event.score if math.isfinite(event.score) else 0.0,
        box_xyxy_px=box if box is not None and all(map(math.isfinite, box)) else None,
        facts={name: value for name, value in event.facts.items() if isinstance(value, str) or math.isfinite(value)},
    )


def settle_evidence(writing: Writing, alert_id: str, state: EvidenceState, reason: str) -> None:
    """Let the alert say how its evidence stands, and tell it."""
    record = _get(writing.connection, alert_id)
    alerts.save_alert(writing.connection, replace(record.alert, evidence_state=state, evidence_reason=reason))
    changed = _get(writing.connection, alert_id)
    writing.tell("alert.changed", alert_json(changed), authorisation_id=changed.authorisation_id)


def _get(connection: Connection, alert_id: str) -> AlertRecord:
    record = alerts.get_alert(connection, alert_id)
    if record is None:
        raise NotFoundError(f"there is no alert {alert_id!r}")
    return record
