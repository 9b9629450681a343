"""The files of orders: kept as they came, named by their SHA-256."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from beffroi.keep.store.rows import insert_once
from beffroi.keep.store.tables.authorising import order_files
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFile:
    """A file as it was given: its name, kind, bytes and their digest (hex)."""

    sha256: str
    name: str
    media_type: str
    content: bytes = field(repr=False)
    made_at: UtcNs
    made_by: str


def add_order(connection: Connection, order: OrderFile) -> bool:
    """Keep a file; False when these bytes are kept already."""
    values = {"sha256": order.sha256, "name": order.name, "media_type": order.media_type, "content": order.content}
    return insert_once(connection, order_files, {**values, "made_at": order.made_at, "made_by": order.made_by})


def get_order(connection: Connection, sha256: str) -> OrderFile | None:
    """A file by its digest."""
    row = connection.execute(select(order_files).where(order_files.c.sha256 == sha256)).mappings().one_or_none()
    return None if row is None else OrderFile(**row)


def has_order(connection: Connection, sha256: str) -> bool:
    """Whether a file of that digest is kept."""
    return connection.execute(select(order_files.c.sha256).where(order_files.c.sha256 == sha256)).first() is not None
