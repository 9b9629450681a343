"""What is being destroyed: written before the first file goes, dropped when the ledger has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, or_, select, update

from beffroi.keep.store.rows import Document, put
from beffroi.keep.store.tables.retention import destructions
from beffroi.vocabulary.retention import DataKind, Due
from beffroi.vocabulary.time import UtcNs

_DUE = Document(Due)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A destruction that was begun. ``error`` is what the disk said when it refused; empty while it has not."""

    item: Due
    begun_at: UtcNs
    tries: int = 0
    tried_at: UtcNs | None = None
    error: str = ""


def begin(connection: Connection, items: Sequence[Due], now: UtcNs) -> None:
    """Keep what is about to go."""
    for item in items:
        key = {"kind": item.kind.value, "item_id": item.item_id}
        rest = {"document": _DUE.write(item), "begun_at": now}
        put(connection, destructions, {**key, **rest, "tries": 0, "tried_at": None, "error": ""})


def refused(connection: Connection, item: Due, error: str, now: UtcNs) -> None:
    """Keep that the disk would not let go of something."""
    table = destructions
    one = (table.c.kind == item.kind.value, table.c.item_id == item.item_id)
    connection.execute(update(table).where(*one).values(tries=table.c.tries + 1, tried_at=now, error=error))


def done(connection: Connection, items: Sequence[Due]) -> None:
    """Drop what has gone, or what is not to go after all."""
    for kind in DataKind:
        names = [item.item_id for item in items if item.kind is kind]
        if names:
            of_kind = (destructions.c.kind == kind.value, destructions.c.item_id.in_(names))
            connection.execute(delete(destructions).where(*of_kind))


def begun(connection: Connection, *, tried_before: UtcNs | None = None, limit: int = 100) -> list[Begun]:
    """What was begun and not finished, oldest first; tried last before an instant only, when it is given."""
    query = select(destructions).order_by(destructions.c.begun_at, destructions.c.item_id).limit(limit)
    if tried_before is not None:
        query = query.where(or_(destructions.c.tried_at.is_(None), destructions.c.tried_at < tried_before))
    return [
        Begun(
            item=_DUE.read(row.document),
            begun_at=UtcNs(row.begun_at),
            tries=row.tries,
            tried_at=row.tried_at,
            error=row.error,
        )
        for row in connection.execute(query)
    ]


def count_refused(connection: Connection) -> int:
    """How many things the disk would not let go of."""
    query = select(func.count()).select_from(destructions).where(destructions.c.error != "")
    return connection.execute(query).scalar_one()
