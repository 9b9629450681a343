"""The machine's statements, one row an episode: the latest statement and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, update

from beffroi.keep.store.rows import Document, insert_once
from beffroi.keep.store.tables import events
from beffroi.vocabulary.judgement import Event
from beffroi.vocabulary.time import UtcNs

_EVENT = Document(Event)
_HOUR_NS = 3600 * 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """How often a rule was met in the hour (of UTC) that begins at ``hour_at``."""

    camera_id: str
    rule_id: str
    hour_at: UtcNs
    times: int


def insert_event(connection: Connection, event: Event, *, authorisation_id: str, why: str, now: UtcNs) -> bool:
    """Keep an episode's first statement; False when the episode is known already (nothing changes)."""
    key = {"event_id": event.event_id, "camera_id": event.camera_id, "rule_id": event.rule_id}
    what = {"rule_version": event.rule_version, "situation": event.situation.value, "phase": event.phase.value}
    when = {"met_at": event.met_at, "last_held_at": event.last_held_at, "received_at": now}
    rest = {"document": _EVENT.write(event), "authorisation_id": authorisation_id, "why": why}
    return insert_once(connection, events, {**key, **what, **when, **rest})


def follow_event(connection: Connection, event: Event) -> bool:
    """Keep an episode's later statement; False when the episode is unknown, or has moved on further than this."""
    done = connection.execute(
        update(events)
        .where(events.c.event_id == event.event_id, events.c.phase != "ended")
        .where(events.c.last_held_at <= event.last_held_at)
        .values(phase=event.phase.value, last_held_at=event.last_held_at, document=_EVENT.write(event))
    )
    return bool(done.rowcount)


def settle_event(connection: Connection, event_id: str, *, alert_id: str | None, why: str) -> None:
    """Keep what became of an episode: the alert it raised or joined, or why it raised none."""
    connection.execute(update(events).where(events.c.event_id == event_id).values(alert_id=alert_id, why=why))


def get_event(connection: Connection, event_id: str) -> Event | None:
    """An episode's latest statement."""
    found = connection.execute(select(events.c.document).where(events.c.event_id == event_id)).scalar_one_or_none()
    return None if found is None else _EVENT.read(found)


def alert_of(connection: Connection, event_id: str) -> str | None:
    """The alert that an episode raised or was grouped into."""
    query = select(events.c.alert_id).where(events.c.event_id == event_id)
    return connection.execute(query).scalar_one_or_none()


def met_with(
    connection: Connection, why: str, camera_ids: Sequence[str], from_at: UtcNs, to_at: UtcNs, *, limit: int
) -> list[Met]:
    """How often rules were met in [from_at, to_at) with one outcome, by hour, camera and rule; at most ``limit``."""
    table = events
    hour = (table.c.met_at - table.c.met_at % _HOUR_NS).label("hour_at")
    query = (
        select(table.c.camera_id, table.c.rule_id, hour, func.count().label("times"))
        .where(table.c.why == why, table.c.camera_id.in_(camera_ids))
        .where(table.c.met_at >= from_at, table.c.met_at < to_at)
        .group_by(table.c.camera_id, table.c.rule_id, hour)
        .order_by(hour, table.c.camera_id, table.c.rule_id)
        .limit(limit)
    )
    return [Met(**row) for row in connection.execute(query).mappings()]
