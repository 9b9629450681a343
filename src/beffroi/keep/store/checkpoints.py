"""The journal's signed checkpoints: only ever added, but for the time-stamp that comes later and for retention."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from beffroi.keep.store.tables.journal import checkpoints as table
from beffroi.vocabulary.journal import Checkpoint
from beffroi.vocabulary.time import UtcNs


def add(connection: Connection, checkpoint: Checkpoint) -> None:
    """Keep a checkpoint."""
    values: dict[str, Any] = {name: getattr(checkpoint, name) for name in _FIELDS}
    connection.execute(insert(table).values(**values, token=checkpoint.token or None))


def newest(connection: Connection) -> Checkpoint | None:
    """The last checkpoint; None: there is none yet."""
    row = connection.execute(select(table).order_by(table.c.seq.desc()).limit(1)).mappings().one_or_none()
    return None if row is None else _checkpoint(row)


def some(connection: Connection, limit: int) -> list[Checkpoint]:
    """The last checkpoints, newest first."""
    query = select(table).order_by(table.c.seq.desc()).limit(limit)
    return [_checkpoint(row) for row in connection.execute(query).mappings()]


def since(connection: Connection, seq: int) -> list[Checkpoint]:
    """The checkpoints of entries after one, oldest first."""
    query = select(table).where(table.c.seq > seq).order_by(table.c.seq)
    return [_checkpoint(row) for row in connection.execute(query).mappings()]


def made_before(connection: Connection, at: UtcNs, up_to_seq: int) -> Checkpoint | None:
    """The last checkpoint that was made before an instant, of an entry not above a number."""
    query = select(table).where(table.c.at < at, table.c.seq <= up_to_seq).order_by(table.c.seq.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _checkpoint(row)


def without_token(connection: Connection) -> Checkpoint | None:
    """The last checkpoint if no authority has time-stamped it yet."""
    last = newest(connection)
    return last if last is not None and not last.token else None


def set_token(connection: Connection, seq: int, token: bytes) -> None:
    """Keep an authority's time-stamp."""
    connection.execute(update(table).where(table.c.seq == seq, table.c.token.is_(None)).values(token=token))


def drop_before(connection: Connection, seq: int) -> None:
    """Let go of the checkpoints of entries before one; its own stays, it vouches for the journal's beginning."""
    connection.execute(delete(table).where(table.c.seq < seq))


_FIELDS = ("seq", "at", "head_sha256", "previous_seq", "key_id", "signature")


def _checkpoint(row: RowMapping) -> Checkpoint:
    return Checkpoint(**{**row, "at": UtcNs(row["at"]), "token": row["token"] or b""})
