"""Sensitive acts that were asked for: what, by whom, why, and who seconded or refused them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from beffroi.keep.store.tables.sensitive import sensitive_acts
from beffroi.vocabulary.time import UtcNs


class RequestState(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    SECONDED = "seconded"
    REFUSED = "refused"
    DONE = "done"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitiveRequest:
    """One request. ``payload`` is what exactly is asked; after ``expires_at`` it can be seconded and done no more."""

    request_id: str
    kind: str
    about: str
    asked_by: str
    asked_at: UtcNs
    why: str
    payload: Mapping[str, Any]
    payload_sha256: str
    state: RequestState
    answered_by: str
    answered_at: UtcNs | None
    answer_why: str
    expires_at: UtcNs


def add_request(connection: Connection, request: SensitiveRequest) -> None:
    """Keep a new request."""
    values = {name: getattr(request, name) for name in request.__slots__}
    connection.execute(
        insert(sensitive_acts).values(**{**values, "payload": dict(request.payload), "state": request.state.value})
    )


def get_request(connection: Connection, request_id: str) -> SensitiveRequest | None:
    """One request."""
    table = sensitive_acts
    row = connection.execute(select(table).where(table.c.request_id == request_id)).mappings().one_or_none()
    return None if row is None else SensitiveRequest(**{**row, "state": RequestState(row["state"])})


def requests(connection: Connection, *, waiting: bool, limit: int = 200) -> list[SensitiveRequest]:
    """Requests, newest first; with ``waiting`` those that still need an answer only."""
    query = select(sensitive_acts).order_by(sensitive_acts.c.asked_at.desc()).limit(limit)
    if waiting:
        query = query.where(sensitive_acts.c.state == RequestState.WAITING.value)
    rows = connection.execute(query).mappings()
    return [SensitiveRequest(**{**row, "state": RequestState(row["state"])}) for row in rows]


def answer(
    connection: Connection, request_id: str, state: RequestState, *, by: str, now: UtcNs | None, why: str
) -> None:
    """Keep who answered a request, and how."""
    values = {"state": state.value, "answered_by": by, "answered_at": now, "answer_why": why}
    connection.execute(update(sensitive_acts).where(sensitive_acts.c.request_id == request_id).values(**values))


def set_state(connection: Connection, request_id: str, state: RequestState) -> None:
    """Keep where a request stands now."""
    table = sensitive_acts
    connection.execute(update(table).where(table.c.request_id == request_id).values(state=state.value))


def expire(connection: Connection, now: UtcNs) -> list[str]:
    """Close the requests whose time is over; which."""
    table = sensitive_acts
    open_states = (RequestState.WAITING.value, RequestState.SECONDED.value)
    over = (table.c.state.in_(open_states), table.c.expires_at <= now)
    gone = list(connection.execute(select(table.c.request_id).where(*over)).scalars())
    if gone:
        connection.execute(update(table).where(table.c.request_id.in_(gone)).values(state=RequestState.EXPIRED.value))
    return gone
