"""The public keys of the house, retired ones too: what they signed stays verifiable."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from beffroi.keep.store.tables.journal import signing_keys
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A public key: base64 of its 32 raw bytes. ``retired_at`` is None for the one in force."""

    key_id: str
    public_key: str
    made_at: UtcNs
    retired_at: UtcNs | None
    retired_why: str


def add_key(connection: Connection, key_id: str, public_key: str, now: UtcNs) -> None:
    """Keep a new public key."""
    row = {"key_id": key_id, "public_key": public_key, "made_at": now, "retired_why": ""}
    connection.execute(insert(signing_keys).values(**row))


def retire_all(connection: Connection, now: UtcNs, why: str) -> None:
    """Retire the key in force, if there is one."""
    table = signing_keys
    connection.execute(update(table).where(table.c.retired_at.is_(None)).values(retired_at=now, retired_why=why))


def all_keys(connection: Connection) -> list[SigningKey]:
    """Every key, oldest first."""
    query = select(signing_keys).order_by(signing_keys.c.made_at, signing_keys.c.key_id)
    return [SigningKey(**row) for row in connection.execute(query).mappings()]
