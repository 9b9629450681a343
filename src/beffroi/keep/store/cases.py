"""Judicial cases: what a requisition covers, until when, and what was put into the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from beffroi.keep.store.rows import insert_once
from beffroi.keep.store.tables import alerts, evidence
from beffroi.keep.store.tables.cases import case_items, cases
from beffroi.vocabulary.time import UtcNs


class CaseState(StrEnum):
    """Where a case stands. ``ENDED``: the requisition's time is over."""

    OPEN = "open"
    ENDED = "ended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A requisition: who asks, on which text, what for, which cameras, which span (``to_at`` is not included).

    ``people`` are the user names that work on it; nobody else gets anything. It gives nothing from ``ends_at`` on;
    ``ended_at`` is when that was noticed, so that a clock set back does not open it again.
    """

    case_id: str
    requisition: str
    authority: str
    legal_basis: str
    purpose: str
    cameras: tuple[str, ...]
    from_at: UtcNs
    to_at: UtcNs
    ends_at: UtcNs
    people: tuple[str, ...]
    opened_by: str
    opened_at: UtcNs
    ended_at: UtcNs | None = None
    closed_at: UtcNs | None = None
    closed_by: str = ""
    closed_why: str = ""

    def state(self, now: UtcNs) -> CaseState:
        """Where it stands at an instant."""
        if self.closed_at is not None:
            return CaseState.CLOSED
        return CaseState.ENDED if self.ended_at is not None or now >= self.ends_at else CaseState.OPEN

    def covers(self, camera_id: str, from_at: UtcNs, to_at: UtcNs) -> bool:
        """Whether footage of a camera lies wholly inside what was asked for."""
        return camera_id in self.cameras and self.from_at <= from_at and to_at <= self.to_at


def add_case(connection: Connection, case: Case) -> None:
    """Keep a new case."""
    values = {name: getattr(case, name) for name in case.__slots__}
    values |= {"cameras": list(case.cameras), "people": list(case.people)}
    connection.execute(insert(cases).values(**values))


def get_case(connection: Connection, case_id: str) -> Case | None:
    """One case."""
    row = connection.execute(select(cases).where(cases.c.case_id == case_id)).mappings().one_or_none()
    return None if row is None else _case(row)


def all_cases(connection: Connection) -> list[Case]:
    """Every case, newest first."""
    query = select(cases).order_by(cases.c.opened_at.desc(), cases.c.case_id)
    return [_case(row) for row in connection.execute(query).mappings()]


def close_case(connection: Connection, case_id: str, *, by: str, now: UtcNs, why: str) -> None:
    """Keep that a case is closed."""
    values = {"closed_at": now, "closed_by": by, "closed_why": why}
    connection.execute(update(cases).where(cases.c.case_id == case_id).values(**values))


def end_over(connection: Connection, now: UtcNs) -> list[Case]:
    """Note which requisitions' time is over; which were not noted before."""
    over = (cases.c.ends_at <= now, cases.c.ended_at.is_(None), cases.c.closed_at.is_(None))
    found = [_case(row) for row in connection.execute(select(cases).where(*over)).mappings()]
    if found:
        connection.execute(update(cases).where(*over).values(ended_at=now))
    return found


def add_item(connection: Connection, case_id: str, kind: str, item_id: str, *, by: str, now: UtcNs) -> bool:
    """Put an alert or a segment into a case; whether it was not in it."""
    key = {"case_id": case_id, "kind": kind, "item_id": item_id}
    return insert_once(connection, case_items, {**key, "added_by": by, "added_at": now})


def remove_item(connection: Connection, case_id: str, kind: str, item_id: str) -> bool:
    """Take an alert or a segment out of a case; whether it was in it."""
    table = case_items
    one = (table.c.case_id == case_id, table.c.kind == kind, table.c.item_id == item_id)
    return bool(connection.execute(delete(table).where(*one)).rowcount)


def items_of(connection: Connection, case_id: str, kind: str) -> list[str]:
    """What is in a case, in the order it was put there."""
    table = case_items
    query = select(table.c.item_id).where(table.c.case_id == case_id, table.c.kind == kind)
    return list(connection.execute(query.order_by(table.c.added_at, table.c.item_id)).scalars())


def counts(connection: Connection) -> dict[str, int]:
    """How many things each case holds."""
    query = select(case_items.c.case_id, func.count()).group_by(case_items.c.case_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def alerts_within(
    connection: Connection, case: Case, camera_ids: Sequence[str], span: tuple[UtcNs, UtcNs], limit: int
) -> list[str]:
    """Alerts whose evidence lies inside a case (cameras and span), of some of its cameras and a part of its span,
    oldest first.
    """
    wanted = [one for one in camera_ids if one in case.cameras]
    from_at, to_at = max(case.from_at, span[0]), min(case.to_at, span[1])
    query = (
        select(alerts.c.alert_id)
        .join(evidence, evidence.c.alert_id == alerts.c.alert_id)
        .where(
            alerts.c.camera_id.in_(wanted),
            alerts.c.raised_at >= from_at,
            alerts.c.raised_at < to_at,
            evidence.c.from_at >= case.from_at,
            evidence.c.to_at <= case.to_at,
        )
        .order_by(alerts.c.raised_at, alerts.c.alert_id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def _case(row: Any) -> Case:
    return Case(**{**row, "cameras": tuple(row["cameras"]), "people": tuple(row["people"])})
