"""What time brings: snoozes end, held alerts are let through, evidence is given up, sessions lapse."""

from __future__ import annotations

from dataclasses import replace

from beffroi.govern.footage import Footage
from beffroi.govern.governor import limits_now, shown_in_last_hour
from beffroi.govern.intake import settle_evidence
from beffroi.govern.passage import Passage, Writing
from beffroi.govern.payloads import alert_json
from beffroi.govern.rights import SYSTEM, Right
from beffroi.govern.settings import GovernanceSettings
from beffroi.judge.alerts import GovernorSettings, awake, share_out
from beffroi.keep.store import alerts, events, evidence, outbox, users
from beffroi.vocabulary.evidence import PartKind
from beffroi.vocabulary.judgement import Alert, AlertState, EvidenceState
from beffroi.vocabulary.time import NS_PER_S, UtcNs, seconds_to_ns

_AT_ONCE = 100
_BATCHES_AT_START = 5
_SWEEP_EVERY_NS = 60 * NS_PER_S
_MARGIN_S = 10.0
"""How much a clip may hold beyond what was asked: it begins at a key picture. Source: our choice."""


class Tending:
    """Called every few seconds; each step is its own transaction, so that none waits for another."""

    def __init__(
        self, passage: Passage, footage: Footage, governor: GovernorSettings, settings: GovernanceSettings
    ) -> None:
        self._passage = passage
        self._footage = footage
        self._governor = governor
        self._settings = settings
        self._swept_at = UtcNs(0)
        self._began_at = UtcNs(0)

    def tend(self) -> None:
        """Do what is due.

        Raises:
            StorageError: the disk refuses; what was not done is done the next time.
        """
        self._wake()
        self._let_through()
        self._give_up()
        now = self._passage.clock()
        if now - self._swept_at >= _SWEEP_EVERY_NS:
            self._swept_at = now
            self._sweep()

    def recover(self) -> None:
        """After a start: what the former process was still writing is adopted if it was finished, else given up.

        Raises:
            StorageError: the disk refuses.
        """
        self._began_at = self._passage.clock()
        self._adopt()
        for _ in range(_BATCHES_AT_START):  # after a flood the rest is done while the house runs
            if self._give_up() < _AT_ONCE:
                break

    def _wake(self) -> None:
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            for record in alerts.rested(writing.connection, writing.now, _AT_ONCE):
                alert = awake(record.alert, writing.now)
                if record.shown_at is None:
                    # born while its rule was snoozed: nobody has seen it, so it waits its turn
                    alert = replace(alert, state=AlertState.HELD)
                self._save(writing, alert)

    def _let_through(self) -> None:
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            held = alerts.in_states(writing.connection, (AlertState.HELD,), None, _AT_ONCE)
            if not held:
                return
            limits = limits_now(writing.connection, self._governor, writing.now)
            lately = shown_in_last_hour(writing.connection, writing.now)
            shares = share_out([record.alert for record in held], lately, limits, writing.now)
            for alert in shares.shown:
                alerts.mark_shown(writing.connection, alert.alert_id, writing.now)
                self._save(writing, alert)

    def _save(self, writing: Writing, alert: Alert) -> None:
        alerts.save_alert(writing.connection, alert)
        record = alerts.get_alert(writing.connection, alert.alert_id)
        if record is not None:
            writing.tell("alert.changed", alert_json(record), authorisation_id=record.authorisation_id)

    def _give_up(self) -> int:
        """Say of evidence that can no longer come that it is missing: at most a batch, in one transaction. How many."""
        now = self._passage.clock()
        before = max(self._began_at, now - seconds_to_ns(self._settings.evidence_patience_s))
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            waiting = evidence.pending_since(connection, UtcNs(before), _AT_ONCE)
        if waiting:
            with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
                for record in waiting:
                    # whoever was writing what is older than this process is gone
                    reason = "interrupted" if record.born_at < self._began_at else "never_came"
                    state = EvidenceState.MISSING
                    if any(part.kind is PartKind.CLIP for part in record.parts):
                        state = EvidenceState.READY  # only its blurred copy did not come
                        if record.to_at <= record.from_at:
                            self._widen(writing, record)
                    evidence.seal(writing.connection, record.evidence.evidence_id, state=state, reason=reason)
                    settle_evidence(writing, record.evidence.alert_id, state, reason)
        return len(waiting)

    def _adopt(self) -> None:
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            waiting = evidence.pending_since(connection, self._began_at)
        found = self._footage.found({record.event_id for record in waiting})
        for record in waiting:
            parts = found.get(record.event_id)
            if not parts:
                continue
            with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
                evidence.add_parts(writing.connection, record, parts)
                if any(part.kind is PartKind.CLIP for part in parts):
                    state = EvidenceState.READY
                    if not any(part.kind is PartKind.CLIP for part in record.parts) or record.to_at <= record.from_at:
                        self._widen(writing, record)  # whoever knew what the clip covers is gone
                    evidence.seal(writing.connection, record.evidence.evidence_id, state=state, reason="")
                    settle_evidence(writing, record.evidence.alert_id, state, "")

    def _widen(self, writing: Writing, record: evidence.EvidenceRecord) -> None:
        """Say of a clip that it covers all it can: what a hold or a requisition asks of it errs on neither side."""
        event = events.get_event(writing.connection, record.event_id)
        met_at = event.met_at if event is not None else record.from_at
        before_s, after_s = self._settings.evidence_before_s, self._settings.evidence_after_s
        from_at = min(record.from_at, met_at) - seconds_to_ns(before_s + _MARGIN_S)
        to_at = max(record.to_at, met_at) + seconds_to_ns(after_s + _MARGIN_S)
        evidence.set_span(writing.connection, record.evidence.evidence_id, UtcNs(from_at), UtcNs(to_at))

    def _sweep(self) -> None:
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            users.end_expired(writing.connection, writing.now)
            outbox.prune(writing.connection, UtcNs(writing.now - seconds_to_ns(self._settings.outbox_keep_s)))
