"""Recorded segments: one row a file, with its expiry from birth, which is only ever made sooner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from beffroi.keep.store.holds import covers
from beffroi.keep.store.tables.retention import segments
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One recorded file: ``path`` relative to the data folder, under ``recordings/``; pictures from ``from_at`` to
    ``to_at``. ``destroyed_at`` is None while it is there.
    """

    segment_id: str
    camera_id: str
    path: str
    bytes: int
    sha256: str
    from_at: UtcNs
    to_at: UtcNs
    born_at: UtcNs
    expires_at: UtcNs
    authorisation_id: str
    purpose_id: str
    destroyed_at: UtcNs | None = None
    destroyed_why: str = ""


_COLUMNS = tuple(Segment.__slots__)


def add_segments(connection: Connection, born: Sequence[Segment]) -> None:
    """Keep the records of recorded files."""
    if born:
        rows = [{name: getattr(one, name) for name in _COLUMNS} for one in born]
        connection.execute(insert(segments), rows)


def get_segment(connection: Connection, segment_id: str) -> Segment | None:
    """One segment, destroyed or not."""
    row = connection.execute(select(segments).where(segments.c.segment_id == segment_id)).mappings().one_or_none()
    return None if row is None else Segment(**row)


def of_camera(
    connection: Connection, camera_id: str, from_at: UtcNs, to_at: UtcNs, *, now: UtcNs, limit: int = 10_000
) -> list[Segment]:
    """What is there of a camera between two instants, in its term or held for a judge, oldest first."""
    table = segments
    held = covers(now, camera_id=table.c.camera_id, from_at=table.c.from_at, to_at=table.c.to_at)
    query = (
        select(table)
        .where(table.c.camera_id == camera_id, table.c.from_at < to_at, table.c.to_at > from_at)
        .where(table.c.destroyed_at.is_(None), or_(table.c.expires_at > now, held))
        .order_by(table.c.from_at)
        .limit(limit)
    )
    return [Segment(**row) for row in connection.execute(query).mappings()]


def mark_destroyed(connection: Connection, segment_ids: Sequence[str], now: UtcNs, why: str) -> None:
    """Keep that files are gone."""
    if segment_ids:
        statement = update(segments).where(segments.c.segment_id == bindparam("which"))
        values = statement.values(destroyed_at=now, destroyed_why=why)
        connection.execute(values, [{"which": one} for one in segment_ids])


def forget_destroyed(connection: Connection, before: UtcNs) -> int:
    """Drop the rows of what was destroyed before an instant: the ledger goes on to prove it. How many."""
    gone = delete(segments).where(segments.c.destroyed_at.is_not(None), segments.c.destroyed_at < before)
    return connection.execute(gone).rowcount
