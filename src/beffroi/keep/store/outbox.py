"""What is to be told, in order, written in the transaction of what it tells; and how far each sink has got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from beffroi.keep.store.rows import insert_once
from beffroi.keep.store.sight import Sight, alerts_in_sight, cameras_in_sight
from beffroi.keep.store.tables import outbox, parked_messages, sinks
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One thing to tell. ``seq`` rises, is never reused, and is the id of the event stream."""

    seq: int
    message_id: str
    topic: str
    authorisation_id: str
    payload: dict[str, Any]
    made_at: UtcNs
    camera_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkState:
    """How far a sink has got: everything up to ``cursor`` is delivered or parked."""

    sink: str
    cursor: int
    attempts: int
    first_failed_at: UtcNs | None
    last_error: str
    last_delivered_at: UtcNs | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedMessage:
    """A message that a sink could never take, and why."""

    sink: str
    seq: int
    message_id: str
    topic: str
    attempts: int
    why: str
    parked_at: UtcNs


def add_message(
    connection: Connection,
    *,
    message_id: str,
    topic: str,
    payload: dict[str, Any],
    whom: tuple[str, str] = ("", ""),
    now: UtcNs,
) -> int:
    """Put a message in line; its number. ``whom``: the authorisation and the camera that say who may be told."""
    values = {"message_id": message_id, "topic": topic, "payload": payload}
    values |= {"authorisation_id": whom[0], "camera_id": whom[1]}
    done = connection.execute(insert(outbox).values(**values, made_at=now).returning(outbox.c.seq))
    return int(done.scalar_one())


def after(connection: Connection, seq: int, *, viewable: Sight | None, limit: int) -> list[OutboxRow]:
    """Messages with a higher number, in order; with ``viewable`` only those that may be seen."""
    query = select(outbox).where(outbox.c.seq > seq).order_by(outbox.c.seq).limit(limit)
    if viewable is not None:
        plain = and_(outbox.c.authorisation_id == "", or_(outbox.c.camera_id == "", _of_cameras(viewable)))
        query = query.where(or_(plain, alerts_in_sight(viewable, outbox.c.authorisation_id, outbox.c.camera_id)))
    return [OutboxRow(**row) for row in connection.execute(query).mappings()]


def _of_cameras(sight: Sight) -> ColumnElement[bool]:
    return cameras_in_sight(sight.cameras, outbox.c.camera_id)


def bounds(connection: Connection) -> tuple[int, int]:
    """The numbers of the oldest message that is still kept and of the newest; (0, 0) when there is none."""
    row = connection.execute(select(func.min(outbox.c.seq), func.max(outbox.c.seq))).one()
    return (row[0] or 0, row[1] or 0)


def prune(connection: Connection, before: UtcNs, limit: int = 5000) -> int:
    """Forget old messages that every sink has behind it; the newest stays, so that numbers go on. How many went."""
    behind = connection.execute(select(func.min(sinks.c.cursor))).scalar_one()
    newest = bounds(connection)[1]
    last = newest - 1 if behind is None else min(behind, newest - 1)
    old = (
        select(outbox.c.seq).where(outbox.c.made_at < before, outbox.c.seq <= last).order_by(outbox.c.seq).limit(limit)
    )
    return connection.execute(delete(outbox).where(outbox.c.seq.in_(old))).rowcount


def join(connection: Connection, sink: str) -> SinkState:
    """A sink's state; a new one begins after the newest message, not with the past."""
    start = bounds(connection)[1]
    empty = {"attempts": 0, "first_failed_at": None, "last_error": "", "last_delivered_at": None}
    insert_once(connection, sinks, {"sink": sink, "cursor": start, **empty})
    row = connection.execute(select(sinks).where(sinks.c.sink == sink)).mappings().one()
    return SinkState(**row)


def sink_states(connection: Connection) -> list[SinkState]:
    """How far every sink has got, by name."""
    return [SinkState(**row) for row in connection.execute(select(sinks).order_by(sinks.c.sink)).mappings()]


def retire_others(connection: Connection, kept: Sequence[str]) -> list[str]:
    """Forget how far sinks had got that are no longer there, so that nothing waits for them; which."""
    gone = [state.sink for state in sink_states(connection) if state.sink not in kept]
    connection.execute(delete(sinks).where(sinks.c.sink.in_(gone)))
    return gone


def advance(connection: Connection, sink: str, seq: int, now: UtcNs | None) -> None:
    """A sink has everything up to ``seq`` behind it; ``now`` is None when the last was parked, not delivered."""
    values: dict[str, Any] = {"cursor": seq, "attempts": 0, "first_failed_at": None, "last_error": ""}
    if now is not None:
        values["last_delivered_at"] = now
    else:
        values.pop("last_error")
    connection.execute(update(sinks).where(sinks.c.sink == sink, sinks.c.cursor < seq).values(**values))


def note_failure(connection: Connection, sink: str, error: str, now: UtcNs) -> SinkState:
    """Count a failed attempt at the message after the cursor."""
    values = {
        "attempts": sinks.c.attempts + 1,
        "first_failed_at": func.coalesce(sinks.c.first_failed_at, now),
        "last_error": error,
    }
    connection.execute(update(sinks).where(sinks.c.sink == sink).values(**values))
    return SinkState(**connection.execute(select(sinks).where(sinks.c.sink == sink)).mappings().one())


def park(connection: Connection, sink: str, row: OutboxRow, *, attempts: int, why: str, now: UtcNs) -> None:
    """Set a message aside for a sink that cannot take it, with its content and why; the line goes on."""
    key = {"sink": sink, "seq": row.seq, "message_id": row.message_id, "topic": row.topic}
    rest = {"payload": row.payload, "attempts": attempts, "why": why, "parked_at": now}
    insert_once(connection, parked_messages, {**key, **rest})
    advance(connection, sink, row.seq, None)


def parked(connection: Connection, limit: int = 100) -> list[ParkedMessage]:
    """Messages that were set aside, newest first."""
    table = parked_messages
    kept = (table.c.sink, table.c.seq, table.c.message_id, table.c.topic, table.c.attempts, table.c.why)
    query = select(*kept, table.c.parked_at).order_by(table.c.parked_at.desc(), table.c.seq.desc()).limit(limit)
    return [ParkedMessage(**row) for row in connection.execute(query).mappings()]
