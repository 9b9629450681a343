"""Terms people set, and what shortening them does to what is there already. Nothing here ever lengthens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, select, update

from beffroi.keep.store.rows import put
from beffroi.keep.store.tables import alerts, evidence
from beffroi.keep.store.tables.retention import retention_terms, segments
from beffroi.vocabulary.retention import EVERY_CAMERA, DataKind
from beffroi.vocabulary.time import NS_PER_S, UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long a person said that a kind of data of a camera (or of every one) is kept."""

    camera_id: str
    kind: DataKind
    keep_s: int
    set_at: UtcNs
    set_by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Things that have the same term: one camera, kind, purpose and authorisation."""

    kind: DataKind
    camera_id: str
    purpose_id: str
    authorisation_id: str


def set_term(connection: Connection, term: Term) -> None:
    """Keep a term; the former one is written over (the journal has it)."""
    values = {name: getattr(term, name) for name in Term.__slots__}
    put(connection, retention_terms, {**values, "kind": term.kind.value})


def clear_term(connection: Connection, camera_id: str, kind: DataKind) -> bool:
    """Drop a term; whether there was one."""
    one = (retention_terms.c.camera_id == camera_id, retention_terms.c.kind == kind.value)
    return bool(connection.execute(delete(retention_terms).where(*one)).rowcount)


def get_term(connection: Connection, camera_id: str, kind: DataKind) -> Term | None:
    """The camera's own term, else the house's."""
    for whose in (camera_id, EVERY_CAMERA):
        one = (retention_terms.c.camera_id == whose, retention_terms.c.kind == kind.value)
        row = connection.execute(select(retention_terms).where(*one)).mappings().one_or_none()
        if row is not None:
            return Term(**{**row, "kind": DataKind(row["kind"])})
    return None


def all_terms(connection: Connection) -> list[Term]:
    """Every term that was set."""
    query = select(retention_terms).order_by(retention_terms.c.camera_id, retention_terms.c.kind)
    return [Term(**{**row, "kind": DataKind(row["kind"])}) for row in connection.execute(query).mappings()]


def groups(connection: Connection) -> list[Group]:
    """What is kept now, by what its term depends on."""
    of_evidence = (
        select(evidence.c.camera_id, evidence.c.purpose_id, alerts.c.authorisation_id)
        .join(alerts, alerts.c.alert_id == evidence.c.alert_id)
        .where(evidence.c.destroyed_at.is_(None))
        .distinct()
    )
    of_segments = (
        select(segments.c.camera_id, segments.c.purpose_id, segments.c.authorisation_id)
        .where(segments.c.destroyed_at.is_(None))
        .distinct()
    )
    return [
        Group(kind=kind, camera_id=camera_id, purpose_id=purpose_id, authorisation_id=authorisation_id)
        for kind, query in ((DataKind.EVIDENCE, of_evidence), (DataKind.SEGMENTS, of_segments))
        for camera_id, purpose_id, authorisation_id in connection.execute(query)
    ]


def groups_of_items(connection: Connection, items: Mapping[str, Sequence[str]]) -> list[Group]:
    """What the term of an export of some alerts and recordings depends on."""
    of_alerts = (
        select(alerts.c.camera_id, evidence.c.purpose_id, alerts.c.authorisation_id)
        .join(evidence, evidence.c.alert_id == alerts.c.alert_id)
        .where(alerts.c.alert_id.in_(items.get("alert", ())))
        .distinct()
    )
    of_segments = (
        select(segments.c.camera_id, segments.c.purpose_id, segments.c.authorisation_id)
        .where(segments.c.segment_id.in_(items.get("segment", ())))
        .distinct()
    )
    return [
        Group(kind=DataKind.EXPORTS, camera_id=camera_id, purpose_id=purpose_id, authorisation_id=authorisation_id)
        for query in (of_alerts, of_segments)
        for camera_id, purpose_id, authorisation_id in connection.execute(query)
    ]


def any_later(connection: Connection, group: Group, keep_s: int) -> bool:
    """Whether something of a group goes later than ``keep_s`` after its birth."""
    table = segments if group.kind is DataKind.SEGMENTS else evidence
    return connection.execute(select(table.c.camera_id).where(*_later(group, keep_s)).limit(1)).first() is not None


def shorten(connection: Connection, group: Group, keep_s: int) -> int:
    """Make what is there go no later than ``keep_s`` after its birth (recordings: after their first picture). How many
    now go sooner.
    """
    keep_ns = keep_s * NS_PER_S
    if group.kind is DataKind.SEGMENTS:
        change = update(segments).values(expires_at=segments.c.from_at + keep_ns)
    else:
        change = update(evidence).values(destroy_at=evidence.c.born_at + keep_ns)
    return connection.execute(change.where(*_later(group, keep_s))).rowcount


def _later(group: Group, keep_s: int) -> tuple[ColumnElement[bool], ...]:
    keep_ns = keep_s * NS_PER_S
    if group.kind is DataKind.SEGMENTS:
        one = segments.c
        mine = (one.camera_id == group.camera_id, one.purpose_id == group.purpose_id, one.destroyed_at.is_(None))
        return (*mine, one.authorisation_id == group.authorisation_id, one.expires_at > one.from_at + keep_ns)
    table = evidence.c
    of_order = select(alerts.c.alert_id).where(alerts.c.authorisation_id == group.authorisation_id)
    whose = (table.camera_id == group.camera_id, table.purpose_id == group.purpose_id, table.destroyed_at.is_(None))
    return (*whose, table.destroy_at > table.born_at + keep_ns, table.alert_id.in_(of_order))


def keep_due(connection: Connection, was: UtcNs, now: UtcNs) -> int:
    """The clock stepped back from ``was`` to ``now``: what was due stays due. How many things that touched."""
    over = (evidence.c.destroyed_at.is_(None), evidence.c.destroy_at.between(now + 1, was))
    count = connection.execute(update(evidence).where(*over).values(destroy_at=now)).rowcount
    gone = (segments.c.destroyed_at.is_(None), segments.c.expires_at.between(now + 1, was))
    return count + connection.execute(update(segments).where(*gone).values(expires_at=now)).rowcount
