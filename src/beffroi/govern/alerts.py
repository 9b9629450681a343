"""The door of alerts: the queue, the history, people's answers, and the evidence they look at."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection

from beffroi.govern.accounts import scopes_of
from beffroi.govern.audit.consultations import Consultations
from beffroi.govern.cases.held import is_over_for
from beffroi.govern.footage import Footage
from beffroi.govern.governor import GovernorNow, governor_now
from beffroi.govern.passage import OutOfReachError, Passage, Writing, new_id
from beffroi.govern.payloads import alert_json, verdict_json
from beffroi.govern.rights import Actor, Right, Role
from beffroi.govern.settings import GovernanceSettings
from beffroi.govern.sight import Clearness, clearness
from beffroi.judge.alerts import GovernorSettings, after
from beffroi.keep.store import alerts, cameras, events, evidence, rules, users, verdicts
from beffroi.keep.store.alerts import AlertFilter as AlertFilter
from beffroi.keep.store.alerts import AlertRecord as AlertRecord
from beffroi.keep.store.evidence import EvidenceRecord as EvidenceRecord
from beffroi.vocabulary.errors import (
    BlurUnavailableError,
    ConflictError,
    InvalidInputError,
    NotAuthorisedError,
    NotFoundError,
)
from beffroi.vocabulary.evidence import BLURRED_COPY, EvidencePart, PartKind
from beffroi.vocabulary.judgement import Alert, AlertState, Decision, DismissReason, Verdict
from beffroi.vocabulary.rules import Rule
from beffroi.vocabulary.time import NS_PER_S, UtcNs

BEFORE_PEOPLE = (AlertState.OPEN, AlertState.HANDED_OVER)
UNANSWERED = (AlertState.OPEN, AlertState.HANDED_OVER, AlertState.HELD)
EVIDENCE_SEEN = ("still", "clip", "live")
_NOTE_MAX = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits for an answer, most urgent first; the totals count what the limit cut off."""

    shown: tuple[AlertRecord, ...]
    held: tuple[AlertRecord, ...]
    snoozed: tuple[AlertRecord, ...]
    shown_total: int
    held_total: int
    snoozed_total: int
    governor: GovernorNow


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPage:
    """A page of the history, newest first. ``next_cursor`` is None on the last one; ``total`` counts all pages."""

    items: tuple[AlertRecord, ...]
    next_cursor: str | None
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDetail:
    """An alert with everything about it: answers oldest first, evidence, the rule as it was then.

    ``met_at`` is the frame its box belongs to; ``record.alert.raised_at`` comes later, by the time that analysis took.
    ``clearness``: whether this person is shown its evidence without blur.
    """

    record: AlertRecord
    verdicts: tuple[Verdict, ...]
    evidence: EvidenceRecord
    rule: Rule
    met_at: UtcNs | None
    clearness: Clearness

    def shown_parts(self) -> dict[PartKind, EvidencePart]:
        """The clip and the still as this person is shown them: the parts themselves, or their blurred copies."""
        there = {part.kind: part for part in self.evidence.parts}
        wanted = {kind: kind if self.clearness.clear else copy for kind, copy in BLURRED_COPY.items()}
        return {kind: there[of] for kind, of in wanted.items() if of in there}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person answers. ``expected_state`` is the state on the person's screen (None: not said)."""

    decision: Decision
    reason: str = ""
    note: str = ""
    evidence_seen: tuple[str, ...] = ()
    snooze_minutes: int | None = None
    handed_to: str = ""
    expected_state: AlertState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The verdict that was kept, and the alert as it now stands. Not new: the same key was used before."""

    verdict: Verdict
    record: AlertRecord
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFile:
    """A file to show: absolute path inside the data folder."""

    path: Path
    media_type: str
    bytes: int
    sha256: str


class Alerts:
    """The queue and all that people do with it."""

    def __init__(
        self, passage: Passage, footage: Footage, governor: GovernorSettings, settings: GovernanceSettings
    ) -> None:
        self._passage = passage
        self._footage = footage
        self._governor = governor
        self._settings = settings
        self._consulted = Consultations(passage)

    def queue(self, actor: Actor, *, limit: int = 200) -> Queue:
        """What waits for an answer, of what this person may see; at most ``limit`` of each list, all are counted."""
        with self._passage.reading(actor, Right.SEE_QUEUE) as connection:
            viewable = self._passage.viewable(connection, actor)
            shown = alerts.in_states(connection, BEFORE_PEOPLE, viewable, limit)
            held = alerts.in_states(connection, (AlertState.HELD,), viewable, limit)
            snoozed = alerts.in_states(connection, (AlertState.SNOOZED,), viewable, limit)
            totals = alerts.counts_by_state(connection, viewable)
            governor = governor_now(connection, self._governor, self._passage.clock())
        return Queue(
            shown=tuple(shown),
            held=tuple(held),
            snoozed=tuple(snoozed),
            shown_total=sum(totals.get(state, 0) for state in BEFORE_PEOPLE),
            held_total=totals.get(AlertState.HELD, 0),
            snoozed_total=totals.get(AlertState.SNOOZED, 0),
            governor=governor,
        )

    def open_counts(self, actor: Actor) -> dict[str, int]:
        """How many unanswered alerts each camera has, of those this person may see."""
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            return alerts.counts_by_camera(connection, UNANSWERED, self._passage.viewable(connection, actor))

    def history(self, actor: Actor, asked: AlertFilter, *, cursor: str = "", limit: int = 50) -> AlertPage:
        """A page of the alerts of any state, newest first; alerts that come meanwhile shift nothing.

        Raises:
            InvalidInputError: the cursor is none of ours, or the limit is out of range.
        """
        if not 1 <= limit <= 1000:
            raise InvalidInputError(f"{limit}", where="limit", mend="Give a number from 1 to 1000.")
        place = _read_cursor(cursor)
        asking = {name: str(value) for name, value in asdict(asked).items() if value is not None}
        if "camera_id" in asking:
            asking["camera"] = asking.pop("camera_id")
        self._consulted.note(
            actor, Right.READ_HISTORY, "search_history", "alerts:history", detail=asking, goes_on=bool(cursor)
        )
        with self._passage.reading(actor, Right.READ_HISTORY) as connection:
            viewable = self._passage.viewable(connection, actor)
            found = alerts.page(connection, asked, viewable=viewable, after=place, limit=limit + 1)
            total = alerts.count(connection, asked, viewable)
        items = found[:limit]
        more = _write_cursor(items[-1].alert) if len(found) > limit else None
        return AlertPage(items=tuple(items), next_cursor=more, total=total)

    def get(self, actor: Actor, alert_id: str) -> AlertDetail:
        """An alert with everything about it.

        Raises:
            NotFoundError: no such alert, or its camera is not this person's business.
            NotAuthorisedError: its authorisation does not name this person as a viewer.
        """
        with self._passage.reading(actor, Right.SEE_QUEUE) as connection:
            record = self._visible(connection, actor, alert_id)
            answers = verdicts.verdicts_of(connection, alert_id)
            kept = evidence.evidence_of_alert(connection, alert_id)
            rule = rules.get_version(connection, record.alert.rule_id, record.alert.rule_version)
            event = events.get_event(connection, record.alert.event_id)
            how = self._clearness(connection, actor, record, kept)
        if kept is None or rule is None:
            raise NotFoundError(f"the evidence record or the rule of alert {alert_id!r} is gone")
        met_at = event.met_at if event else None
        return AlertDetail(
            record=record, verdicts=tuple(answers), evidence=kept, rule=rule, met_at=met_at, clearness=how
        )

    def give_verdict(self, actor: Actor, alert_id: str, answer: Answer, *, idempotency_key: str) -> Given:
        """Keep a person's answer. When this returns, it is on the disk.

        Raises:
            InvalidInputError: the answer lacks what its decision needs; says what.
            ConflictError: the alert no longer stands as this person saw it, or the key was used for another answer.
            NotFoundError: no such alert, or its camera is not this person's business.
            NotAuthorisedError: the right is missing, or the authorisation does not name this person as a viewer.
            StorageError: the disk refuses; the answer is not kept.
        """
        _check_answer(answer, idempotency_key, self._settings.snooze_max_minutes)
        digest = _digest(alert_id, answer)
        with self._passage.writing(actor, Right.DECIDE, f"alert:{alert_id}") as writing:
            record = self._visible(writing.connection, actor, alert_id)
            before = verdicts.find_by_key(writing.connection, actor.name, idempotency_key)
            if before is not None:
                if before.request_sha256 != digest:
                    raise ConflictError("this Idempotency-Key was used for another answer: use a new key")
                return Given(verdict=before.verdict, record=record, is_new=False)
            _check_fit(record, answer)
            if answer.decision is Decision.HAND_OVER:
                self._check_heir(writing.connection, record, answer.handed_to)
            verdict = _verdict(actor, alert_id, answer, writing.now)
            place = verdicts.add_verdict(
                writing.connection, verdict, idempotency_key=idempotency_key, request_sha256=digest
            )
            self._keep(writing, after(record.alert, [verdict]), verdict, place)
            writing.trace(
                "decide",
                f"alert:{alert_id}",
                why=verdict.reason,
                purpose=self._purpose_of(writing.connection, record),
                detail={
                    "decision": verdict.decision.value,
                    "verdict": verdict.verdict_id,
                    "camera": record.alert.camera_id,
                },
            )
            now_stands = self._visible(writing.connection, actor, alert_id)
            writing.tell(
                "verdict.given",
                {"verdict": verdict_json(verdict), "alert": alert_json(now_stands)},
                authorisation_id=now_stands.authorisation_id,
            )
        return Given(verdict=verdict, record=now_stands, is_new=True)

    def evidence_file(self, actor: Actor, alert_id: str, kind: PartKind) -> EvidenceFile:
        """A file of the evidence, to be shown to this person, clear or its blurred copy as they may see it (``kind`` is
        CLIP or STILL); the viewing is traced before the path is given.

        Raises:
            NotFoundError: no such alert or part, or it is destroyed.
            BlurUnavailableError: it is there, but this person may see a blurred copy only, and there is none.
            NotAuthorisedError: the right is missing, or the authorisation does not name this person as a viewer.
            StorageError: the record leads out of the evidence folder, or the file was altered.
        """
        about = f"alert:{alert_id}"
        with self._passage.reading(actor, Right.SEE_EVIDENCE, about) as connection:
            record = self._visible(connection, actor, alert_id)
            purpose, kept = self._purpose_of(connection, record), evidence.evidence_of_alert(connection, alert_id)
            how = self._clearness(connection, actor, record, kept)
            over = kept is not None and is_over_for(connection, actor, kept, self._passage.clock())
        parts = {one.kind: one for one in kept.parts} if kept else {}
        part = parts.get(kind if how.clear else BLURRED_COPY[kind])
        if part is None and kind in parts and not over:
            raise BlurUnavailableError(f"the blurred copy of the {kind.value} is not made yet, or could not be")
        if part is None or over:
            reason = "its time is over" if over else "not written yet, or missing"
            raise NotFoundError(f"there is no {kind.value} of this alert: {reason}")
        path = self._footage.path(part)
        detail = {"kind": kind.value, "camera": record.alert.camera_id, **how.detail}
        with self._passage.writing(actor, Right.SEE_EVIDENCE, about) as writing:
            writing.trace("see_evidence", about, purpose=purpose, detail=detail)
        return EvidenceFile(path=path, media_type=part.media_type, bytes=part.bytes, sha256=part.sha256)

    def _purpose_of(self, connection: Connection, record: AlertRecord) -> str:
        """What the rule that raised an alert is for."""
        rule = rules.get_version(connection, record.alert.rule_id, record.alert.rule_version)
        return rule.purpose_id if rule else ""

    def _clearness(
        self, connection: Connection, actor: Actor, record: AlertRecord, kept: EvidenceRecord | None
    ) -> Clearness:
        camera, about = cameras.get_camera(connection, record.alert.camera_id), f"alert:{record.alert.alert_id}"
        purposes = (kept.evidence.purpose_id,) if kept else ()
        return clearness(connection, actor, camera, purposes, about, self._passage.clock())

    def _visible(self, connection: Connection, actor: Actor, alert_id: str) -> AlertRecord:
        record = alerts.get_alert(connection, alert_id)
        if record is None:
            raise NotFoundError(f"there is no alert {alert_id!r}")
        self._passage.refuse_unless_viewable(
            connection, actor, record.authorisation_id, camera_id=record.alert.camera_id, about=f"alert:{alert_id}"
        )
        return record

    def _check_heir(self, connection: Connection, record: AlertRecord, username: str) -> None:
        heir, mend = users.get_user(connection, username), "Choose one of the operators listed."
        if heir is None or not heir.enabled:
            raise InvalidInputError("nobody here has that user name", where="handed_to", mend=mend)
        try:
            taker = Actor(name=heir.username, role=Role(heir.role), scopes=scopes_of(heir))
            about, camera_id = f"alert:{record.alert.alert_id}", record.alert.camera_id
            self._passage.refuse_unless_viewable(
                connection, taker, record.authorisation_id, camera_id=camera_id, about=about
            )
        except (NotAuthorisedError, OutOfReachError):
            what = f"{username} may not see this alert"
            raise InvalidInputError(what, where="handed_to", mend="Choose somebody who may see it.") from None

    def _keep(self, writing: Writing, alert: Alert, verdict: Verdict, place: int) -> None:
        alerts.save_alert(writing.connection, alert)
        alerts.count_verdict(writing.connection, verdict, place)
        # whoever answered has seen it, even one that the governor held
        alerts.mark_shown(writing.connection, alert.alert_id, writing.now)


def _verdict(actor: Actor, alert_id: str, answer: Answer, now: UtcNs) -> Verdict:
    until = None
    if answer.decision is Decision.SNOOZE and answer.snooze_minutes is not None:
        until = UtcNs(now + answer.snooze_minutes * 60 * NS_PER_S)
    return Verdict(
        verdict_id=new_id("verdict"),
        alert_id=alert_id,
        actor=actor.name,
        decision=answer.decision,
        decided_at=now,
        reason=answer.reason,
        note=answer.note,
        evidence_seen=answer.evidence_seen,
        snooze_until=until,
        handed_to=answer.handed_to if answer.decision is Decision.HAND_OVER else "",
    )


def _check_answer(answer: Answer, idempotency_key: str, snooze_max: int) -> None:
    reasons = tuple(DismissReason)
    minutes = answer.snooze_minutes
    snoozes = answer.decision is Decision.SNOOZE
    faults = (
        (not 8 <= len(idempotency_key) <= 128, "Idempotency-Key", "Send 8 to 128 characters, new for each answer."),
        (
            answer.decision is Decision.DISMISS and answer.reason not in reasons,
            "reason",
            f"Say why it is dismissed: one of {', '.join(reason.value for reason in reasons)}.",
        ),
        (len(answer.reason) > 64, "reason", "At most 64 characters; the rest belongs in the note."),
        (len(answer.note) > _NOTE_MAX, "note", f"At most {_NOTE_MAX} characters."),
        (
            snoozes and (minutes is None or not 1 <= minutes <= snooze_max),
            "snooze_minutes",
            f"Give 1 to {snooze_max} minutes.",
        ),
        (
            any(seen not in EVIDENCE_SEEN for seen in answer.evidence_seen),
            "evidence_seen",
            f"Use any of {', '.join(EVIDENCE_SEEN)}.",
        ),
        (answer.decision is Decision.HAND_OVER and not answer.handed_to, "handed_to", "Say to whom: a user name."),
    )
    for stands, where, mend in faults:
        if stands:
            raise InvalidInputError("the answer cannot be kept", where=where, mend=mend)


def _check_fit(record: AlertRecord, answer: Answer) -> None:
    state = record.alert.state
    by = f" by {record.last_verdict.actor}" if record.last_verdict else ""
    if answer.expected_state is not None and answer.expected_state is not state:
        raise ConflictError(f"the alert is {state.value} meanwhile{by}: look at it again")
    answered = state in (AlertState.CONFIRMED, AlertState.DISMISSED)
    if answered and answer.decision is not Decision.REOPEN:
        raise ConflictError(f"the alert was {state.value}{by} already: reopen it to answer anew")
    if answer.decision is Decision.REOPEN and state in (AlertState.OPEN, AlertState.HELD):
        raise ConflictError("the alert is open: there is no answer to take back")


def _digest(alert_id: str, answer: Answer) -> str:
    said = {"alert_id": alert_id, **asdict(answer)}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _write_cursor(last: Alert) -> str:
    return base64.urlsafe_b64encode(f"{last.raised_at}:{last.alert_id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[int, str] | None:
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        raised_at, alert_id = text.split(":", 1)
        return int(raised_at), alert_id
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        mend = "Use next_cursor of the page before, or none."
        raise InvalidInputError("it cannot be read", where="cursor", mend=mend) from error
