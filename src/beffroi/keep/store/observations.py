"""Numbers measured in the world."""

from __future__ import annotations

from sqlalchemy import Connection, select

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
