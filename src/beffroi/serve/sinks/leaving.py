"""What leaves the house: the message without the people in it."""

from __future__ import annotations

from typing import Any

from beffroi.govern.outbox import OutboxRow
from beffroi.ports.sink import OutgoingMessage
from beffroi.vocabulary.time import iso_utc

_PEOPLE = frozenset({"actor", "note", "handed_to", "assigned_to"})
"""Who answered, to whom it was handed and what was noted stay in the house: a receiver needs none of it."""


def outgoing(row: OutboxRow) -> OutgoingMessage:
    """The message of an outbox row: ``{message_id, topic, seq, made_at, data}``, without names and notes."""
    payload = {
        "message_id": row.message_id,
        "topic": row.topic,
        "seq": row.seq,
        "made_at": iso_utc(row.made_at),
        "data": without_people(row.payload),
    }
    return OutgoingMessage(message_id=row.message_id, topic=row.topic, payload=payload)


def without_people(value: Any) -> Any:
    """The same JSON without the fields that name people or hold free text.

    >>> without_people({"state": "open", "actor": "jeanne"})
    {'state': 'open'}
    """
    if isinstance(value, dict):
        return {key: without_people(inner) for key, inner in value.items() if key not in _PEOPLE}
    if isinstance(value, list):
        return [without_people(inner) for inner in value]
    return value
