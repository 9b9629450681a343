"""Evidence records: born with their alert and with their expiry, sealed into a chain once complete."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from beffroi.keep.store.rows import put
from beffroi.keep.store.tables import evidence, evidence_parts
from beffroi.vocabulary.evidence import Evidence, EvidencePart, PartKind
from beffroi.vocabulary.judgement import EvidenceState
from beffroi.vocabulary.time import UtcNs

CHAIN_START = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRecord:
    """Evidence with where it stands. ``record_sha256`` is empty until it is sealed."""

    evidence: Evidence
    event_id: str
    state: EvidenceState
    reason: str
    born_at: UtcNs
    record_sha256: str
    destroyed_at: UtcNs | None
    destroy_at: UtcNs

    @property
    def from_at(self) -> UtcNs:
        """Where it begins; what was asked for until it is complete, then what the files really cover."""
        return self.evidence.from_at

    @property
    def to_at(self) -> UtcNs:
        """Where it ends."""
        return self.evidence.to_at

    @property
    def expires_at(self) -> UtcNs:
        """When its files are destroyed: what it was born with, or sooner where a term was shortened since."""
        return min(self.destroy_at, self.evidence.expires_at)

    @property
    def parts(self) -> tuple[EvidencePart, ...]:
        """Its files."""
        return self.evidence.parts


def bear(connection: Connection, born: Evidence, *, event_id: str, now: UtcNs) -> None:
    """Keep the record of evidence that is still being written; ``born.expires_at`` holds from now on."""
    key = {"evidence_id": born.evidence_id, "alert_id": born.alert_id, "event_id": event_id}
    where = {"camera_id": born.camera_id, "purpose_id": born.purpose_id, "redaction": born.redaction}
    when = {"from_at": born.from_at, "to_at": born.to_at, "born_at": now, "expires_at": born.expires_at}
    when["destroy_at"] = born.expires_at
    rest = {"state": EvidenceState.PENDING.value, "reason": "", "previous_sha256": "", "record_sha256": ""}
    connection.execute(insert(evidence).values(**key, **where, **when, **rest))


def add_parts(connection: Connection, record: EvidenceRecord, parts: Sequence[EvidencePart]) -> None:
    """Keep which files were written; the same file told twice is kept once."""
    for part in parts:
        key = {"evidence_id": record.evidence.evidence_id, "kind": part.kind.value}
        what = {"path": part.path, "media_type": part.media_type, "bytes": part.bytes, "sha256": part.sha256}
        put(connection, evidence_parts, {**key, **what})


def set_redaction(connection: Connection, evidence_id: str, redaction: str) -> None:
    """Keep what is hidden in the files that are not blurred copies."""
    where = evidence.c.evidence_id == evidence_id
    connection.execute(update(evidence).where(where).values(redaction=redaction))


def set_span(connection: Connection, evidence_id: str, from_at: UtcNs, to_at: UtcNs) -> None:
    """Keep what the files really cover."""
    connection.execute(
        update(evidence).where(evidence.c.evidence_id == evidence_id).values(from_at=from_at, to_at=to_at)
    )


def seal(connection: Connection, evidence_id: str, *, state: EvidenceState, reason: str) -> EvidenceRecord:
    """Close a record: its digest takes in the one before, so that none can be altered or left out unnoticed."""
    record = _one(connection, evidence_id)
    last = select(evidence.c.chain_place, evidence.c.record_sha256).where(evidence.c.chain_place.is_not(None))
    before = connection.execute(last.order_by(evidence.c.chain_place.desc()).limit(1)).one_or_none()
    place, previous = (1, CHAIN_START) if before is None else (before.chain_place + 1, before.record_sha256)
    closed = replace(record.evidence, previous_sha256=previous)
    connection.execute(
        update(evidence)
        .where(evidence.c.evidence_id == evidence_id)
        .values(
            state=state.value,
            reason=reason,
            chain_place=place,
            previous_sha256=previous,
            record_sha256=digest(closed, record.event_id),
        )
    )
    return _one(connection, evidence_id)


def digested(sealed: Evidence, event_id: str) -> dict[str, Any]:
    """What the digest of a record takes in; the digest before it included."""
    parts = sorted(sealed.parts, key=lambda part: part.kind.value)
    return {
        "evidence_id": sealed.evidence_id,
        "alert_id": sealed.alert_id,
        "event_id": event_id,
        "camera_id": sealed.camera_id,
        "purpose_id": sealed.purpose_id,
        "from_at": sealed.from_at,
        "to_at": sealed.to_at,
        "parts": [[p.kind.value, p.path, p.media_type, p.bytes, p.sha256] for p in parts],
        "redaction": sealed.redaction,
        "expires_at": sealed.expires_at,
        "previous_sha256": sealed.previous_sha256,
    }


def digest(sealed: Evidence, event_id: str) -> str:
    """SHA-256 (hex) of a record's canonical JSON: keys sorted, no spaces."""
    text = json.dumps(digested(sealed, event_id), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def broken_at(connection: Connection) -> str | None:
    """The first record whose digest does not fit itself or the one before it; None when the chain is whole."""
    previous = CHAIN_START
    query = select(evidence).where(evidence.c.chain_place.is_not(None)).order_by(evidence.c.chain_place)
    for place, row in enumerate(connection.execute(query).all(), start=1):
        record = _record(connection, row)
        whole = row.chain_place == place and record.evidence.previous_sha256 == previous
        if not whole or record.record_sha256 != digest(record.evidence, record.event_id):
            return record.evidence.evidence_id
        previous = record.record_sha256
    return None


def evidence_of_event(connection: Connection, event_id: str) -> EvidenceRecord | None:
    """The evidence of the episode that raised an alert."""
    row = connection.execute(select(evidence).where(evidence.c.event_id == event_id)).one_or_none()
    return None if row is None else _record(connection, row)


def get_evidence(connection: Connection, evidence_id: str) -> EvidenceRecord | None:
    """One record."""
    row = connection.execute(select(evidence).where(evidence.c.evidence_id == evidence_id)).one_or_none()
    return None if row is None else _record(connection, row)


def evidence_of_alert(connection: Connection, alert_id: str) -> EvidenceRecord | None:
    """The evidence of an alert."""
    row = connection.execute(select(evidence).where(evidence.c.alert_id == alert_id)).one_or_none()
    return None if row is None else _record(connection, row)


def pending_since(connection: Connection, before: UtcNs, limit: int = 1000) -> list[EvidenceRecord]:
    """Evidence born before an instant and still being written, oldest first."""
    pending = (evidence.c.state == EvidenceState.PENDING.value, evidence.c.born_at < before)
    query = select(evidence).where(*pending).order_by(evidence.c.born_at).limit(limit)
    return [_record(connection, row) for row in connection.execute(query).all()]


def kept_events(connection: Connection) -> frozenset[str]:
    """The events whose evidence may lie on the disk."""
    query = select(evidence.c.event_id).where(evidence.c.destroyed_at.is_(None))
    return frozenset(connection.execute(query).scalars())


def mark_destroyed(connection: Connection, evidence_id: str, now: UtcNs, reason: str) -> None:
    """Keep that the files are gone. What was sealed (digests, span) stays: it proves what was destroyed."""
    values = {"destroyed_at": now, "state": EvidenceState.MISSING.value, "reason": reason}
    connection.execute(update(evidence).where(evidence.c.evidence_id == evidence_id).values(**values))


def count_in(connection: Connection, state: EvidenceState) -> int:
    """How many records stand so."""
    query = select(func.count()).select_from(evidence).where(evidence.c.state == state.value)
    return connection.execute(query).scalar_one()


def _one(connection: Connection, evidence_id: str) -> EvidenceRecord:
    return _record(connection, connection.execute(select(evidence).where(evidence.c.evidence_id == evidence_id)).one())


def _record(connection: Connection, row: Row[Any]) -> EvidenceRecord:
    query = (
        select(evidence_parts).where(evidence_parts.c.evidence_id == row.evidence_id).order_by(evidence_parts.c.kind)
    )
    parts = tuple(
        EvidencePart(kind=PartKind(p.kind), path=p.path, media_type=p.media_type, bytes=p.bytes, sha256=p.sha256)
        for p in connection.execute(query)
    )
    noun = Evidence(
        evidence_id=row.evidence_id,
        alert_id=row.alert_id,
        camera_id=row.camera_id,
        purpose_id=row.purpose_id,
        from_at=UtcNs(row.from_at),
        to_at=UtcNs(row.to_at),
        parts=parts,
        redaction=row.redaction,
        expires_at=UtcNs(row.expires_at),
        previous_sha256=row.previous_sha256,
    )
    return EvidenceRecord(
        evidence=noun,
        event_id=row.event_id,
        state=EvidenceState(row.state),
        reason=row.reason,
        born_at=UtcNs(row.born_at),
        record_sha256=row.record_sha256,
        destroyed_at=None if row.destroyed_at is None else UtcNs(row.destroyed_at),
        destroy_at=UtcNs(row.destroy_at),
    )
