"""What is due for destruction, in the order of its time: evidence and recordings together, in bounded batches."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, exists, func, or_, select

from beffroi.keep.store.holds import Hold, any_live, covers
from beffroi.keep.store.tables import evidence, evidence_parts
from beffroi.keep.store.tables.retention import destructions, segments
from beffroi.vocabulary.retention import DataKind, Due, KeptFile, Why
from beffroi.vocabulary.time import NS_PER_S, UtcNs

DAY_NS = 86_400 * NS_PER_S
BEGINNING = (-1, "")
"""The place before everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlanned:
    """What goes on one day (UTC; ``day_at`` is its midnight): how many things of a camera, and how many bytes."""

    day_at: UtcNs
    kind: DataKind
    camera_id: str
    items: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What a hold keeps: things that are there, how many of them only because of a hold, and how many bytes."""

    items: int
    beyond_term: int
    bytes: int


def due(connection: Connection, now: UtcNs, *, after: tuple[int, str] = BEGINNING, limit: int = 100) -> list[Due]:
    """At most ``limit`` things whose time is over at ``now``, that no hold covers and whose destruction has not begun,
    oldest first, from just after (``expires_at``, ``item_id``) on.
    """
    held = any_live(connection, now)
    of_evidence = _due_evidence(connection, now, after, limit, held)
    of_segments = _due_segments(connection, now, after, limit, held)
    merged = heapq.merge(of_evidence, of_segments, key=lambda one: (one.expires_at, one.item_id))
    return [one for _, one in zip(range(limit), merged, strict=False)]


def is_held(connection: Connection, kind: DataKind, item_id: str, now: UtcNs) -> bool:
    """Whether a live hold covers a thing."""
    if kind is DataKind.EVIDENCE:
        query = select(evidence.c.evidence_id).where(evidence.c.evidence_id == item_id, held_evidence(now))
    else:
        query = select(segments.c.segment_id).where(segments.c.segment_id == item_id, held_segment(now))
    return connection.execute(query).first() is not None


def plan(connection: Connection, until: UtcNs) -> list[DayPlanned]:
    """What goes on which day until an instant, by kind and camera, oldest first. Holds are left aside: they are shown
    beside it.
    """
    day = segments.c.expires_at // DAY_NS
    by_segment = (
        select(day.label("day"), segments.c.camera_id, func.count().label("items"), func.sum(segments.c.bytes))
        .where(segments.c.destroyed_at.is_(None), segments.c.expires_at < until)
        .group_by(day, segments.c.camera_id)
    )
    sizes = (
        select(evidence_parts.c.evidence_id, func.sum(evidence_parts.c.bytes).label("bytes"))
        .group_by(evidence_parts.c.evidence_id)
        .subquery()
    )
    day = evidence.c.destroy_at // DAY_NS
    by_evidence = (
        select(day.label("day"), evidence.c.camera_id, func.count().label("items"), func.sum(sizes.c.bytes))
        .join(sizes, sizes.c.evidence_id == evidence.c.evidence_id)
        .where(evidence.c.destroyed_at.is_(None), evidence.c.destroy_at < until)
        .group_by(day, evidence.c.camera_id)
    )
    days = []
    for kind, query in ((DataKind.EVIDENCE, by_evidence), (DataKind.SEGMENTS, by_segment)):
        for number, camera_id, items, size in connection.execute(query):
            day_at = UtcNs(number * DAY_NS)
            days.append(DayPlanned(day_at=day_at, kind=kind, camera_id=camera_id, items=items, bytes=int(size or 0)))
    return sorted(days, key=lambda one: (one.day_at, one.kind.value, one.camera_id))


def count_held(connection: Connection, now: UtcNs) -> dict[DataKind, int]:
    """How many things a live hold keeps beyond their time."""
    if not any_live(connection, now):
        return {DataKind.EVIDENCE: 0, DataKind.SEGMENTS: 0}
    over = (evidence.c.destroyed_at.is_(None), evidence.c.destroy_at <= now, held_evidence(now))
    kept = (segments.c.destroyed_at.is_(None), segments.c.expires_at <= now, held_segment(now))
    return {
        DataKind.EVIDENCE: connection.execute(select(func.count()).select_from(evidence).where(*over)).scalar_one(),
        DataKind.SEGMENTS: connection.execute(select(func.count()).select_from(segments).where(*kept)).scalar_one(),
    }


def held_evidence(now: UtcNs) -> ColumnElement[bool]:
    """The condition that a hold covers a record of evidence."""
    table = evidence.c
    return covers(now, camera_id=table.camera_id, from_at=table.from_at, to_at=table.to_at, alert_id=table.alert_id)


def held_segment(now: UtcNs) -> ColumnElement[bool]:
    """The condition that a hold covers a recorded segment."""
    table = segments.c
    return covers(now, camera_id=table.camera_id, from_at=table.from_at, to_at=table.to_at)


def _just_after(at: Column[int], name: Column[str], after: tuple[int, str]) -> ColumnElement[bool]:
    # the first half alone lets the index be entered at the right place
    return and_(at >= after[0], or_(at > after[0], name > after[1]))


def _not_begun(kind: DataKind, name: Column[str]) -> ColumnElement[bool]:
    begun = select(destructions.c.item_id).where(destructions.c.kind == kind.value, destructions.c.item_id == name)
    return ~exists(begun)


def _due_evidence(connection: Connection, now: UtcNs, after: tuple[int, str], limit: int, held: bool) -> list[Due]:
    table = evidence.c
    query: Select[tuple[object, ...]] = (
        select(evidence)
        .where(table.destroyed_at.is_(None), table.destroy_at <= now)
        .where(_just_after(table.destroy_at, table.evidence_id, after))
        .where(_not_begun(DataKind.EVIDENCE, table.evidence_id))
        .order_by(table.destroy_at, table.evidence_id)
        .limit(limit)
    )
    if held:
        query = query.where(~held_evidence(now))
    rows = connection.execute(query).all()
    files: dict[str, list[KeptFile]] = defaultdict(list)
    parts = select(evidence_parts).where(evidence_parts.c.evidence_id.in_([row.evidence_id for row in rows]))
    for part in connection.execute(parts.order_by(evidence_parts.c.kind)):
        files[part.evidence_id].append(KeptFile(path=part.path, bytes=part.bytes, sha256=part.sha256))
    return [
        Due(
            kind=DataKind.EVIDENCE,
            item_id=row.evidence_id,
            camera_id=row.camera_id,
            from_at=UtcNs(row.from_at),
            to_at=UtcNs(row.to_at),
            born_at=UtcNs(row.born_at),
            expires_at=UtcNs(row.destroy_at),
            files=tuple(files[row.evidence_id]),
            folder=row.event_id,
            alert_id=row.alert_id,
            why=Why.SHORTENED if row.destroy_at < row.expires_at else Why.EXPIRED,
        )
        for row in rows
    ]


def _due_segments(connection: Connection, now: UtcNs, after: tuple[int, str], limit: int, held: bool) -> list[Due]:
    table = segments.c
    query = (
        select(segments)
        .where(table.destroyed_at.is_(None), table.expires_at <= now)
        .where(_just_after(table.expires_at, table.segment_id, after))
        .where(_not_begun(DataKind.SEGMENTS, table.segment_id))
        .order_by(table.expires_at, table.segment_id)
        .limit(limit)
    )
    if held:
        query = query.where(~held_segment(now))
    return [
        Due(
            kind=DataKind.SEGMENTS,
            item_id=row.segment_id,
            camera_id=row.camera_id,
            from_at=UtcNs(row.from_at),
            to_at=UtcNs(row.to_at),
            born_at=UtcNs(row.born_at),
            expires_at=UtcNs(row.expires_at),
            files=(KeptFile(path=row.path, bytes=row.bytes, sha256=row.sha256),),
        )
        for row in connection.execute(query)
    ]


def covered_by(connection: Connection, hold: Hold, now: UtcNs) -> Covered:
    """What is there of what a hold names, and how much of it would be gone at ``now`` without."""
    table, parts = evidence.c, evidence_parts.c
    in_span = and_(table.camera_id.in_(hold.cameras), table.from_at <= hold.to_at, table.to_at >= hold.from_at)
    mine = (table.destroyed_at.is_(None), or_(in_span, table.alert_id.in_(hold.alerts)))
    over = func.count().filter(table.destroy_at <= now)
    items, beyond = connection.execute(select(func.count(), over).select_from(evidence).where(*mine)).one()
    sizes = select(func.coalesce(func.sum(parts.bytes), 0)).join(evidence, table.evidence_id == parts.evidence_id)
    size = connection.execute(sizes.where(*mine)).scalar_one()
    one = segments.c
    span = (one.camera_id.in_(hold.cameras), one.from_at <= hold.to_at, one.to_at >= hold.from_at)
    late = func.count().filter(one.expires_at <= now)
    figures = select(func.count(), late, func.coalesce(func.sum(one.bytes), 0)).select_from(segments)
    recorded, kept, held = connection.execute(figures.where(*span, one.destroyed_at.is_(None))).one()
    return Covered(items=items + recorded, beyond_term=beyond + kept, bytes=int(size + held))
