"""Numbers measured in the world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from beffroi.keep.store.rows import insert_once
from beffroi.keep.store.tables import observations
from beffroi.vocabulary.observation import Observation
from beffroi.vocabulary.time import UtcNs


def add_observation(connection: Connection, observation: Observation) -> bool:
    """Keep a value; False when the source told this property at this instant before (the first telling stands)."""
    key = {"source_id": observation.source_id, "property": observation.property, "measured_at": observation.measured_at}
    rest = {"value": observation.value, "unit": observation.unit, "quality": observation.quality}
    return insert_once(connection, observations, {**key, **rest, "reported_at": observation.reported_at})


def observed(
    connection: Connection, source_id: str, property_name: str, from_at: UtcNs, to_at: UtcNs
) -> list[Observation]:
    """Values of one property in [from_at, to_at), oldest first."""
    table = observations
    query = (
        select(table)
        .where(table.c.source_id == source_id, table.c.property == property_name)
        .where(table.c.measured_at >= from_at, table.c.measured_at < to_at)
        .order_by(table.c.measured_at)
    )
    return [Observation(**row) for row in connection.execute(query).mappings()]


def add_to_count(connection: Connection, more: Observation) -> None:
    """Add to what was counted of a property in the span that begins at ``measured_at``; the first telling begins it."""
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    table = observations
    values = {column.name: getattr(more, column.name) for column in table.columns}
    connection.execute(
        insert(table)
        .values(values)
        .on_conflict_do_update(
            index_elements=[column.name for column in table.primary_key.columns],
            set_={"value": table.c.value + more.value, "reported_at": more.reported_at},
        )
    )


def counted(
    connection: Connection, source_ids: Sequence[str], from_at: UtcNs, to_at: UtcNs, *, limit: int
) -> list[Observation]:
    """Values of some sources in [from_at, to_at), by instant, at most ``limit``."""
    table = observations
    query = (
        select(table)
        .where(table.c.source_id.in_(source_ids))
        .where(table.c.measured_at >= from_at, table.c.measured_at < to_at)
        .order_by(table.c.measured_at, table.c.source_id, table.c.property)
        .limit(limit)
    )
    return [Observation(**row) for row in connection.execute(query).mappings()]
