"""Alerts: kept at birth, changed only by what verdicts, repeats and the governor make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, insert, or_, select, union, update

from beffroi.keep.store.sight import Sight, alerts_in_sight
from beffroi.keep.store.tables import alerts, cameras, rules, verdicts
from beffroi.keep.store.verdicts import read_verdict
from beffroi.vocabulary.judgement import (
    Alert,
    AlertState,
    Certainty,
    Decision,
    EvidenceState,
    Severity,
    Verdict,
)
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs

_RANK = {Severity.MINOR: 0, Severity.MODERATE: 1, Severity.SEVERE: 2, Severity.EXTREME: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """An alert with what a screen says beside it. ``shown_at`` is None while the governor has always held it."""

    alert: Alert
    camera_name: str
    rule_name: str
    authorisation_id: str
    shown_at: UtcNs | None
    last_verdict: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts: None asks nothing; ``from_at`` is included, ``to_at`` is not; ``decision`` is the last one."""

    state: AlertState | None = None
    camera_id: str | None = None
    situation: Situation | None = None
    decision: Decision | None = None
    from_at: UtcNs | None = None
    to_at: UtcNs | None = None


def insert_alert(connection: Connection, alert: Alert, *, authorisation_id: str, shown_at: UtcNs | None) -> None:
    """Keep a new alert."""
    values = {
        "alert_id": alert.alert_id,
        "event_id": alert.event_id,
        "camera_id": alert.camera_id,
        "rule_id": alert.rule_id,
        "rule_version": alert.rule_version,
        "authorisation_id": authorisation_id,
        "situation": alert.situation.value,
        "severity": alert.severity.value,
        "severity_rank": _RANK[alert.severity],
        "started_at": alert.started_at,
        "raised_at": alert.raised_at,
        "shown_at": shown_at,
        "due_at": alert.due_at,
        "width_px": alert.width_px,
        "height_px": alert.height_px,
        "last_decision": "",
        "verdict_count": 0,
    }
    connection.execute(insert(alerts).values(**values, **_changeable(alert)))


def save_alert(connection: Connection, alert: Alert) -> None:
    """Keep what has changed of an alert: state, repeats, snooze, evidence, box."""
    connection.execute(update(alerts).where(alerts.c.alert_id == alert.alert_id).values(**_changeable(alert)))


def count_verdict(connection: Connection, verdict: Verdict, place: int) -> None:
    """Note on the alert which verdict is its last."""
    values = {"last_decision": verdict.decision.value, "verdict_count": place}
    connection.execute(update(alerts).where(alerts.c.alert_id == verdict.alert_id).values(**values))


def mark_shown(connection: Connection, alert_id: str, now: UtcNs) -> None:
    """Keep when an alert was first put before a person."""
    first = (alerts.c.alert_id == alert_id, alerts.c.shown_at.is_(None))
    connection.execute(update(alerts).where(*first).values(shown_at=now))


def get_alert(connection: Connection, alert_id: str) -> AlertRecord | None:
    """One alert."""
    row = connection.execute(_ONE_RECORD, {"wanted": alert_id}).one_or_none()
    return None if row is None else _record(row)


def recent_of_camera(connection: Connection, camera_id: str, since: UtcNs, event_id: str) -> list[Alert]:
    """What the alert policy must know of a camera: alerts that held since an instant, those that are snoozed, and
    the one of this episode, however old.
    """
    of_camera = alerts.c.camera_id == camera_id
    wanted = (
        and_(of_camera, alerts.c.last_held_at >= since),
        and_(of_camera, alerts.c.state == AlertState.SNOOZED.value),
        alerts.c.event_id == event_id,
    )
    # three narrow searches by index; one OR of them would read every alert of the camera
    ids = union(*(select(alerts.c.alert_id).where(each) for each in wanted))
    return [_record(row).alert for row in connection.execute(_RECORDS.where(alerts.c.alert_id.in_(ids)))]


def in_states(
    connection: Connection, states: Sequence[AlertState], viewable: Sight | None, limit: int
) -> list[AlertRecord]:
    """Alerts in some states, most urgent first: by severity, then by when an answer is due."""
    query = _RECORDS.where(*_where(AlertFilter(), viewable), _among(states))
    query = query.order_by(alerts.c.severity_rank.desc(), alerts.c.due_at, alerts.c.alert_id).limit(limit)
    return [_record(row) for row in connection.execute(query)]


def page(
    connection: Connection,
    asked: AlertFilter,
    *,
    viewable: Sight | None,
    after: tuple[int, str] | None,
    limit: int,
) -> list[AlertRecord]:
    """Alerts newest first, from just after (``raised_at``, ``alert_id``) on."""
    where = _where(asked, viewable)
    if after is not None:
        raised_at, alert_id = after
        same_instant = and_(alerts.c.raised_at == raised_at, alerts.c.alert_id < alert_id)
        # the first half alone lets the index be entered at the right place
        where += [alerts.c.raised_at <= raised_at, or_(alerts.c.raised_at < raised_at, same_instant)]
    query = _RECORDS.where(*where).order_by(alerts.c.raised_at.desc(), alerts.c.alert_id.desc()).limit(limit)
    return [_record(row) for row in connection.execute(query)]


def count(connection: Connection, asked: AlertFilter, viewable: Sight | None) -> int:
    """How many alerts there are of that kind."""
    query = select(func.count()).select_from(alerts).where(*_where(asked, viewable))
    return connection.execute(query).scalar_one()


def counts_by_state(connection: Connection, viewable: Sight | None) -> dict[AlertState, int]:
    """How many alerts stand in each state that is not answered for good."""
    live = (AlertState.OPEN, AlertState.HELD, AlertState.HANDED_OVER, AlertState.SNOOZED)
    where = [*_where(AlertFilter(), viewable), _among(live)]
    query = select(alerts.c.state, func.count().label("n")).where(*where).group_by(alerts.c.state)
    return {AlertState(row.state): row.n for row in connection.execute(query)}


def counts_by_camera(connection: Connection, states: Sequence[AlertState], viewable: Sight | None) -> dict[str, int]:
    """How many alerts in some states each camera has."""
    where = [*_where(AlertFilter(), viewable), _among(states)]
    query = select(alerts.c.camera_id, func.count().label("n")).where(*where).group_by(alerts.c.camera_id)
    return {row.camera_id: row.n for row in connection.execute(query)}


def shown_between(connection: Connection, since: UtcNs, until: UtcNs) -> list[UtcNs]:
    """When alerts were shown, both instants included, oldest first."""
    query = select(alerts.c.shown_at).where(alerts.c.shown_at.between(since, until)).order_by(alerts.c.shown_at)
    return [UtcNs(at) for at in connection.execute(query).scalars()]


def rested(connection: Connection, now: UtcNs, limit: int) -> list[AlertRecord]:
    """Snoozed alerts whose rest is over."""
    over = alerts.c.snoozed_until <= now
    query = _RECORDS.where(alerts.c.state == AlertState.SNOOZED.value, over).limit(limit)
    return [_record(row) for row in connection.execute(query)]


def _changeable(alert: Alert) -> dict[str, Any]:
    return {
        "certainty": alert.certainty.value,
        "state": alert.state.value,
        "last_held_at": alert.last_held_at,
        "box": list(alert.box_xyxy_px) if alert.box_xyxy_px is not None else None,
        "score": alert.score,
        "repeats": alert.repeats,
        "evidence_state": alert.evidence_state.value,
        "evidence_reason": alert.evidence_reason,
        "snoozed_until": alert.snoozed_until,
        "assigned_to": alert.assigned_to,
        "facts": dict(alert.facts),
    }


def _among(states: Sequence[AlertState]) -> ColumnElement[bool]:
    return alerts.c.state.in_([state.value for state in states])


def _where(asked: AlertFilter, viewable: Sight | None) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if viewable is not None:
        where.append(alerts_in_sight(viewable, alerts.c.authorisation_id, alerts.c.camera_id))
    if asked.state is not None:
        where.append(alerts.c.state == asked.state.value)
    if asked.camera_id is not None:
        where.append(alerts.c.camera_id == asked.camera_id)
    if asked.situation is not None:
        where.append(alerts.c.situation == asked.situation.value)
    if asked.decision is not None:
        where.append(alerts.c.last_decision == asked.decision.value)
    if asked.from_at is not None:
        where.append(alerts.c.raised_at >= asked.from_at)
    if asked.to_at is not None:
        where.append(alerts.c.raised_at < asked.to_at)
    return where


_VERDICT_COLUMNS = [column.label(f"v_{column.name}") for column in verdicts.c]


def _records() -> Select[Any]:
    same_rule = and_(rules.c.rule_id == alerts.c.rule_id, rules.c.version == alerts.c.rule_version)
    last = and_(verdicts.c.alert_id == alerts.c.alert_id, verdicts.c.place == alerts.c.verdict_count)
    joined = (
        alerts.outerjoin(cameras, cameras.c.camera_id == alerts.c.camera_id)
        .outerjoin(rules, same_rule)
        .outerjoin(verdicts, last)
    )
    shown = (cameras.c.name.label("camera_name"), rules.c.name.label("rule_name"))
    return select(alerts, *shown, *_VERDICT_COLUMNS).select_from(joined)


_RECORDS = _records()
_ONE_RECORD = _RECORDS.where(alerts.c.alert_id == bindparam("wanted"))
"""Made once: putting the statement together costs more than running it."""


def _record(row: Row[Any]) -> AlertRecord:
    box = row.box
    alert = Alert(
        alert_id=row.alert_id,
        event_id=row.event_id,
        camera_id=row.camera_id,
        rule_id=row.rule_id,
        rule_version=row.rule_version,
        situation=Situation(row.situation),
        severity=Severity(row.severity),
        certainty=Certainty(row.certainty),
        state=AlertState(row.state),
        started_at=UtcNs(row.started_at),
        raised_at=UtcNs(row.raised_at),
        due_at=UtcNs(row.due_at),
        box_xyxy_px=None if box is None else (box[0], box[1], box[2], box[3]),
        width_px=row.width_px,
        height_px=row.height_px,
        score=row.score,
        repeats=row.repeats,
        last_held_at=row.last_held_at,
        evidence_state=EvidenceState(row.evidence_state),
        evidence_reason=row.evidence_reason,
        snoozed_until=row.snoozed_until,
        assigned_to=row.assigned_to,
        facts=row.facts,
    )
    return AlertRecord(
        alert=alert,
        camera_name=row.camera_name or "",
        rule_name=row.rule_name or "",
        authorisation_id=row.authorisation_id,
        shown_at=row.shown_at,
        last_verdict=None if row.v_verdict_id is None else read_verdict(row, "v_"),
    )
