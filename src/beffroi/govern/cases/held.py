"""What a judge's hold keeps beyond its term: for the people of a case that covers it, for nobody else."""

from __future__ import annotations

from sqlalchemy import Connection

from beffroi.govern.rights import Actor
from beffroi.keep.store import cases, due
from beffroi.keep.store.cases import CaseState
from beffroi.keep.store.evidence import EvidenceRecord
from beffroi.vocabulary.retention import DataKind
from beffroi.vocabulary.time import UtcNs


def is_over(connection: Connection, kept: EvidenceRecord, now: UtcNs) -> bool:
    """Whether evidence is destroyed, or past its term and held by nobody: a case gets nothing of it then."""
    past = now >= kept.expires_at and not due.is_held(connection, DataKind.EVIDENCE, kept.evidence.evidence_id, now)
    return kept.destroyed_at is not None or past


def is_over_for(connection: Connection, actor: Actor, kept: EvidenceRecord, now: UtcNs) -> bool:
    """Whether evidence is over for a person: past its term, though held, only an open case of theirs still gives it."""
    if kept.destroyed_at is None and now < kept.expires_at:
        return False
    camera_id = kept.evidence.camera_id
    mine = any(
        actor.name in one.people
        and one.state(now) is CaseState.OPEN
        and one.covers(camera_id, kept.from_at, kept.to_at)
        for one in cases.all_cases(connection)
    )
    return not mine or is_over(connection, kept, now)
