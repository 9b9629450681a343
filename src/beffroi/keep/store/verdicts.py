"""People's answers: only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from beffroi.keep.store.tables import verdicts
from beffroi.vocabulary.judgement import Decision, Verdict
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVerdict:
    """A verdict that was given before under the same key, and the digest of what was asked then."""

    verdict: Verdict
    request_sha256: str


def add_verdict(connection: Connection, verdict: Verdict, *, idempotency_key: str, request_sha256: str) -> int:
    """Keep a verdict; its place among the alert's verdicts (1 for the first)."""
    last = select(func.coalesce(func.max(verdicts.c.place), 0)).where(verdicts.c.alert_id == verdict.alert_id)
    place: int = connection.execute(last).scalar_one() + 1
    connection.execute(
        insert(verdicts).values(
            verdict_id=verdict.verdict_id,
            alert_id=verdict.alert_id,
            place=place,
            actor=verdict.actor,
            idempotency_key=idempotency_key,
            request_sha256=request_sha256,
            decision=verdict.decision.value,
            decided_at=verdict.decided_at,
            reason=verdict.reason,
            note=verdict.note,
            evidence_seen=list(verdict.evidence_seen),
            snooze_until=verdict.snooze_until,
            handed_to=verdict.handed_to,
        )
    )
    return place


def verdicts_of(connection: Connection, alert_id: str) -> list[Verdict]:
    """An alert's verdicts, oldest first."""
    query = select(verdicts).where(verdicts.c.alert_id == alert_id).order_by(verdicts.c.place)
    return [read_verdict(row) for row in connection.execute(query)]


def find_by_key(connection: Connection, actor: str, idempotency_key: str) -> KeptVerdict | None:
    """The verdict that this person gave before under this key."""
    query = select(verdicts).where(verdicts.c.actor == actor, verdicts.c.idempotency_key == idempotency_key)
    row = connection.execute(query).one_or_none()
    return None if row is None else KeptVerdict(verdict=read_verdict(row), request_sha256=row.request_sha256)


def read_verdict(row: Row[Any], prefix: str = "") -> Verdict:
    """The verdict in a row whose columns begin with a prefix."""

    def field(name: str) -> Any:
        return getattr(row, prefix + name)

    until = field("snooze_until")
    return Verdict(
        verdict_id=field("verdict_id"),
        alert_id=field("alert_id"),
        actor=field("actor"),
        decision=Decision(field("decision")),
        decided_at=UtcNs(field("decided_at")),
        reason=field("reason"),
        note=field("note"),
        evidence_seen=tuple(field("evidence_seen")),
        snooze_until=None if until is None else UtcNs(until),
        handed_to=field("handed_to"),
    )
