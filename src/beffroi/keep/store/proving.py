"""What a verification asks of the store: what should be there, what should not, what the ledger says of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, exists, false, func, or_, select

from beffroi.keep.store.due import held_evidence, held_segment
from beffroi.keep.store.holds import any_live
from beffroi.keep.store.tables import evidence, evidence_parts
from beffroi.keep.store.tables.cases import exports
from beffroi.keep.store.tables.retention import destruction_ledger, destructions, segments
from beffroi.vocabulary.retention import DataKind
from beffroi.vocabulary.time import UtcNs

MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Something that should be gone."""

    kind: DataKind
    item_id: str
    camera_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceStands:
    """The record behind an event's folder."""

    evidence_id: str
    destroy_at: int
    destroyed: bool
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentStands:
    """The record behind a recorded file."""

    item_id: str
    bytes: int
    destroy_at: int
    destroyed: bool
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePart:
    """A file that should be there."""

    item_id: str
    path: str
    bytes: int


def count_live_segments(connection: Connection) -> int:
    """How many recorded files should be there."""
    query = select(func.count()).select_from(segments).where(segments.c.destroyed_at.is_(None))
    return connection.execute(query).scalar_one()


def count_live(connection: Connection) -> int:
    """How many records of footage there are that are not destroyed."""
    query = select(func.count()).select_from(evidence).where(evidence.c.destroyed_at.is_(None))
    return connection.execute(query).scalar_one() + count_live_segments(connection)


def count_held(connection: Connection, now: UtcNs) -> int:
    """How many things a hold keeps beyond their time."""
    if not any_live(connection, now):
        return 0
    kept = (evidence.c.destroyed_at.is_(None), evidence.c.destroy_at <= now, held_evidence(now))
    over = (segments.c.destroyed_at.is_(None), segments.c.expires_at <= now, held_segment(now))
    of_evidence = connection.execute(select(func.count()).select_from(evidence).where(*kept)).scalar_one()
    return of_evidence + connection.execute(select(func.count()).select_from(segments).where(*over)).scalar_one()


def late(connection: Connection, over_at: UtcNs, now: UtcNs) -> list[Late]:
    """Things whose time was over at an instant, that no hold covers now and that are not marked destroyed."""
    live = any_live(connection, now)
    query = select(evidence.c.evidence_id, evidence.c.camera_id).limit(MOST)
    query = query.where(evidence.c.destroyed_at.is_(None), evidence.c.destroy_at <= over_at)
    recorded = select(segments.c.segment_id, segments.c.camera_id).limit(MOST)
    recorded = recorded.where(segments.c.destroyed_at.is_(None), segments.c.expires_at <= over_at)
    if live:
        query, recorded = query.where(~held_evidence(now)), recorded.where(~held_segment(now))
    return [
        Late(kind=kind, item_id=item_id, camera_id=camera_id)
        for kind, asked in ((DataKind.EVIDENCE, query), (DataKind.SEGMENTS, recorded))
        for item_id, camera_id in connection.execute(asked)
    ]


def destroyed_without_entry(connection: Connection, began_at: UtcNs) -> list[tuple[str, str]]:
    """(kind, name) of what is marked destroyed since the ledger is kept, and is not in it."""
    found = []
    for kind, table, key in (
        (DataKind.EVIDENCE, evidence, evidence.c.evidence_id),
        (DataKind.SEGMENTS, segments, segments.c.segment_id),
        (DataKind.EXPORTS, exports, exports.c.export_id),
    ):
        entry = exists(select(destruction_ledger.c.seq).where(destruction_ledger.c.item_id == key))
        query = select(key).where(table.c.destroyed_at >= began_at, ~entry).limit(MOST)
        found += [(kind.value, name) for name in connection.execute(query).scalars()]
    return found


def live_with_entry(connection: Connection) -> list[tuple[str, str]]:
    """(kind, name) of what the ledger says is gone, and whose record lives."""
    found = []
    for kind, table, key in (
        (DataKind.EVIDENCE, evidence, evidence.c.evidence_id),
        (DataKind.SEGMENTS, segments, segments.c.segment_id),
        (DataKind.EXPORTS, exports, exports.c.export_id),
    ):
        query = select(key).join(destruction_ledger, destruction_ledger.c.item_id == key)
        query = query.where(table.c.destroyed_at.is_(None)).limit(MOST)
        found += [(kind.value, name) for name in connection.execute(query).scalars()]
    return found


def evidence_by_event(connection: Connection, now: UtcNs) -> dict[str, EvidenceStands]:
    """How the record of each event's folder stands. Destroyed ones are there too: their folder must not be."""
    held = held_evidence(now) if any_live(connection, now) else false()
    table = evidence.c
    query = select(table.event_id, table.evidence_id, table.destroy_at, table.destroyed_at, held.label("held"))
    return {
        row.event_id: EvidenceStands(
            evidence_id=row.evidence_id,
            destroy_at=row.destroy_at,
            destroyed=row.destroyed_at is not None,
            held=bool(row.held),
        )
        for row in connection.execute(query)
    }


def live_parts(connection: Connection, now: UtcNs) -> Iterator[LivePart]:
    """Every file of evidence that should be there: unexpired, or held."""
    held = held_evidence(now) if any_live(connection, now) else false()
    query = (
        select(evidence_parts.c.evidence_id, evidence_parts.c.path, evidence_parts.c.bytes)
        .join(evidence, evidence.c.evidence_id == evidence_parts.c.evidence_id)
        .where(evidence.c.destroyed_at.is_(None), or_(evidence.c.destroy_at > now, held))
    )
    for row in connection.execute(query):
        yield LivePart(item_id=row.evidence_id, path=row.path, bytes=row.bytes)


def segments_by_path(connection: Connection, paths: Sequence[str], now: UtcNs) -> dict[str, SegmentStands]:
    """The records of some recorded files."""
    held = held_segment(now) if any_live(connection, now) else false()
    table = segments.c
    query = select(
        table.path, table.segment_id, table.bytes, table.expires_at, table.destroyed_at, held.label("held")
    ).where(table.path.in_(paths))
    return {
        row.path: SegmentStands(
            item_id=row.segment_id,
            bytes=row.bytes,
            destroy_at=row.expires_at,
            destroyed=row.destroyed_at is not None,
            held=bool(row.held),
        )
        for row in connection.execute(query)
    }


def live_segment_paths(connection: Connection) -> Iterator[tuple[str, str, int]]:
    """(name, path, expiry) of every recorded file that should be there."""
    table = segments.c
    query = select(table.segment_id, table.path, table.expires_at).where(table.destroyed_at.is_(None))
    for row in connection.execute(query):
        yield row.segment_id, row.path, row.expires_at


def is_begun(connection: Connection, kind: DataKind, item_id: str) -> bool:
    """Whether the destruction of something was begun."""
    one = and_(destructions.c.kind == kind.value, destructions.c.item_id == item_id)
    return connection.execute(select(destructions.c.item_id).where(one)).first() is not None
