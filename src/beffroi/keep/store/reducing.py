"""Events, alerts and verdicts whose time is over become figures: what, where, when, how it was answered; no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, null, or_, select, update

from beffroi.keep.store.holds import any_live, covers
from beffroi.keep.store.tables import alerts, events, evidence, observations, outbox, parked_messages, verdicts
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class OldAlert:
    """An alert that still says more than a figure."""

    alert_id: str
    event_id: str
    camera_id: str
    started_at: UtcNs
    last_held_at: UtcNs
    raised_at: UtcNs


def groups_with_alerts(connection: Connection) -> list[tuple[str, str]]:
    """(camera, authorisation) of alerts that are not reduced yet."""
    table = alerts.c
    query = select(table.camera_id, table.authorisation_id).where(table.reduced_at.is_(None)).distinct()
    return sorted((camera_id, given) for camera_id, given in connection.execute(query))


def groups_with_events(connection: Connection) -> list[tuple[str, str]]:
    """(camera, authorisation) of events that raised no alert."""
    query = select(events.c.camera_id, events.c.authorisation_id).where(events.c.alert_id.is_(None)).distinct()
    return sorted((camera_id, given) for camera_id, given in connection.execute(query))


def old_alerts(connection: Connection, group: tuple[str, str], before: UtcNs, now: UtcNs, limit: int) -> list[OldAlert]:
    """Alerts of a camera and an authorisation raised before an instant and not reduced yet, that no hold covers,
    oldest first. One whose evidence is still there waits for it.
    """
    table = alerts.c
    footage = select(evidence.c.alert_id).where(evidence.c.destroyed_at.is_(None))
    query = (
        select(alerts)
        .where(table.camera_id == group[0], table.raised_at < before, table.reduced_at.is_(None))
        .where(table.authorisation_id == group[1])
        .where(table.alert_id.not_in(footage))
        .order_by(table.raised_at)
        .limit(limit)
    )
    if any_live(connection, now):
        query = query.where(~_held(now))
    return [
        OldAlert(
            alert_id=row.alert_id,
            event_id=row.event_id,
            camera_id=row.camera_id,
            started_at=UtcNs(row.started_at),
            last_held_at=UtcNs(row.last_held_at or row.started_at),
            raised_at=UtcNs(row.raised_at),
        )
        for row in connection.execute(query)
    ]


def count_old_alerts(connection: Connection, group: tuple[str, str], before: UtcNs, now: UtcNs) -> int:
    """How many alerts of a camera and an authorisation should have been reduced."""
    table = alerts.c
    query = (
        select(func.count())
        .select_from(alerts)
        .where(table.camera_id == group[0], table.raised_at < before, table.reduced_at.is_(None))
        .where(table.authorisation_id == group[1])
    )
    if any_live(connection, now):
        query = query.where(~_held(now))
    return connection.execute(query).scalar_one()


def reduce(connection: Connection, old: Sequence[OldAlert], now: UtcNs) -> None:
    """Take boxes, facts, tracks, notes and names from alerts, and drop their verdicts and messages, delivered or not
    (``drop_parked``: those set aside). What stays is camera, rule, situation, times, and the last decision.
    """
    names = [one.alert_id for one in old]
    bare = {"reduced_at": now, "box": null(), "facts": {}, "assigned_to": "", "score": 0.0, "evidence_reason": ""}
    connection.execute(update(alerts).where(alerts.c.alert_id.in_(names)).values(**bare))
    connection.execute(delete(verdicts).where(verdicts.c.alert_id.in_(names)))
    raising = [one.event_id for one in old]
    joined = (events.c.alert_id.in_(names), events.c.event_id.not_in(raising))
    connection.execute(delete(events).where(*joined))
    of_event = select(events.c.event_id, events.c.document).where(events.c.event_id.in_(raising))
    for row in connection.execute(of_event).all():
        left = {**row.document, "box_xyxy_px": None, "track_ids": [], "facts": {}, "run_id": "", "score": 0.0}
        connection.execute(update(events).where(events.c.event_id == row.event_id).values(document=left))
    _forget_messages(connection, {one.camera_id for one in old}, names)


def newest_told_of(connection: Connection) -> tuple[int, str]:
    """The number of the newest message, and the alert it tells of ("" for none): it stays, so that numbers go on."""
    table = outbox.c
    row = connection.execute(select(table.seq, _alert_told(table.payload)).order_by(table.seq.desc()).limit(1)).first()
    return (0, "") if row is None else (row[0], row[1] or "")


def tell_no_more(connection: Connection, seq: int, topic: str, payload: dict[str, Any]) -> None:
    """Let a message say what may still be said."""
    connection.execute(update(outbox).where(outbox.c.seq == seq).values(topic=topic, payload=payload))


def _forget_messages(connection: Connection, camera_ids: Iterable[str], names: Sequence[str]) -> None:
    newest = select(func.max(outbox.c.seq)).scalar_subquery()
    # the camera first: of few rows the content must be read then; early rows have none
    of_alerts = (outbox.c.camera_id.in_([*camera_ids, ""]), _alert_told(outbox.c.payload).in_(names))
    connection.execute(delete(outbox).where(*of_alerts, outbox.c.seq < newest))


def _alert_told(payload: ColumnElement[Any]) -> ColumnElement[str]:
    """The alert a message tells of, by itself or beside a verdict."""
    return func.coalesce(payload["alert_id"].as_string(), payload[("alert", "alert_id")].as_string())


def drop_events(connection: Connection, group: tuple[str, str], before: UtcNs, limit: int) -> int:
    """Drop events of a camera and an authorisation that raised no alert, met before an instant. How many."""
    old = select(events.c.event_id).where(*_old_events(group, before)).limit(limit)
    return connection.execute(delete(events).where(events.c.event_id.in_(old.scalar_subquery()))).rowcount


def count_old_events(connection: Connection, group: tuple[str, str], before: UtcNs) -> int:
    """How many events of a camera and an authorisation should have been dropped."""
    query = select(func.count()).select_from(events).where(*_old_events(group, before))
    return connection.execute(query).scalar_one()


def _old_events(group: tuple[str, str], before: UtcNs) -> tuple[ColumnElement[bool], ...]:
    mine = (events.c.camera_id == group[0], events.c.authorisation_id == group[1])
    return (*mine, events.c.met_at < before, events.c.alert_id.is_(None))


def drop_messages(connection: Connection, before: UtcNs) -> int:
    """Drop messages made before an instant, delivered or not: they repeat what an alert said. The newest stays, so that
    numbers go on. How many.
    """
    return connection.execute(delete(outbox).where(*_old_messages(before))).rowcount


def count_old_messages(connection: Connection, before: UtcNs) -> int:
    """How many messages should have been dropped."""
    query = select(func.count()).select_from(outbox).where(*_old_messages(before))
    return connection.execute(query).scalar_one()


def _old_messages(before: UtcNs) -> tuple[ColumnElement[bool], ...]:
    newest = select(func.max(outbox.c.seq)).scalar_subquery()
    return outbox.c.made_at < before, outbox.c.seq < newest


def drop_parked(connection: Connection, before: UtcNs, settled: UtcNs) -> int:
    """Drop messages that were set aside before an instant, or whose alert is a figure by now. How many.

    ``settled``: what was set aside since is left for the next round: the guard of the table lets nothing young go.
    """
    return connection.execute(delete(parked_messages).where(*_old_parked(before, settled))).rowcount


def count_old_parked(connection: Connection, before: UtcNs, settled: UtcNs) -> int:
    """How many messages that were set aside should have been dropped."""
    query = select(func.count()).select_from(parked_messages).where(*_old_parked(before, settled))
    return connection.execute(query).scalar_one()


def _old_parked(before: UtcNs, settled: UtcNs) -> tuple[ColumnElement[bool], ...]:
    aside = parked_messages.c
    reduced = select(alerts.c.alert_id).where(alerts.c.reduced_at.is_not(None))
    return or_(aside.parked_at < before, _alert_told(aside.payload).in_(reduced)), aside.parked_at < settled


def count_old_observations(connection: Connection, before: UtcNs) -> int:
    """How many measured values should have been dropped."""
    query = select(func.count()).select_from(observations).where(observations.c.measured_at < before)
    return connection.execute(query).scalar_one()


def drop_observations(connection: Connection, before: UtcNs, limit: int) -> int:
    """Drop what was measured before an instant. How many."""
    table = observations.c
    sources = connection.execute(select(table.source_id, table.property).distinct()).all()
    gone = 0
    for source_id, name in sources:
        old = (
            select(table.measured_at)
            .where(table.source_id == source_id, table.property == name, table.measured_at < before)
            .limit(limit)
        )
        of_source = (table.source_id == source_id, table.property == name)
        gone += connection.execute(
            delete(observations).where(*of_source, table.measured_at.in_(old.scalar_subquery()))
        ).rowcount
    return gone


def _held(now: UtcNs) -> ColumnElement[bool]:
    table = alerts.c
    until = func.coalesce(table.last_held_at, table.raised_at)
    return covers(now, camera_id=table.camera_id, from_at=table.started_at, to_at=until, alert_id=table.alert_id)
