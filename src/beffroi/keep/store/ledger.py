"""The ledger of destruction: only ever added to, chained, signed after each batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from beffroi.keep.store.tables.retention import destruction_ledger, ledger_signatures
from beffroi.vocabulary.journal import CHAIN_START
from beffroi.vocabulary.retention import DataKind, LedgerEntry, Why, canonical_files, files_of, ledger_digest
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSignature:
    """A signature over the newest entry of a batch; ``signature`` is base64 of Ed25519's 64 bytes."""

    seq: int
    at: UtcNs
    head_sha256: str
    key_id: str
    signature: str


def head(connection: Connection) -> tuple[int, str]:
    """Number and digest of the newest entry."""
    table = destruction_ledger
    last = connection.execute(select(table.c.seq, table.c.sha256).order_by(table.c.seq.desc()).limit(1)).one_or_none()
    return (0, CHAIN_START) if last is None else (int(last.seq), str(last.sha256))


def add_entries(connection: Connection, entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """Keep entries at the end of the chain; with their numbers and digests."""
    seq, previous = head(connection)
    kept = []
    for entry in entries:
        seq += 1
        numbered = replace(entry, seq=seq, previous_sha256=previous)
        previous = ledger_digest(numbered)
        kept.append(replace(numbered, sha256=previous))
    if kept:
        connection.execute(insert(destruction_ledger), [_row(one) for one in kept])
    return kept


def add_signature(connection: Connection, signature: LedgerSignature) -> None:
    """Keep a signature."""
    values = {name: getattr(signature, name) for name in LedgerSignature.__slots__}
    connection.execute(insert(ledger_signatures).values(**values))


def entries(connection: Connection, *, after: int = 0, limit: int | None = None) -> Iterator[LedgerEntry]:
    """Entries in their order, from just after a number on."""
    query = select(destruction_ledger).where(destruction_ledger.c.seq > after).order_by(destruction_ledger.c.seq)
    if limit is not None:
        query = query.limit(limit)
    for row in connection.execute(query):
        yield _entry(row)


def page(
    connection: Connection, *, before: int | None, kind: DataKind | None, camera_id: str, limit: int
) -> list[LedgerEntry]:
    """Entries newest first, from just before a number on; of a kind or camera only when it is named."""
    query = select(destruction_ledger).order_by(destruction_ledger.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(destruction_ledger.c.seq < before)
    if kind is not None:
        query = query.where(destruction_ledger.c.kind == kind.value)
    if camera_id:
        query = query.where(destruction_ledger.c.camera_id == camera_id)
    return [_entry(row) for row in connection.execute(query)]


def signatures(connection: Connection) -> list[LedgerSignature]:
    """Every signature, oldest first."""
    query = select(ledger_signatures).order_by(ledger_signatures.c.seq)
    return [LedgerSignature(**row) for row in connection.execute(query).mappings()]


def count(connection: Connection) -> int:
    """How many destructions there were."""
    return connection.execute(select(func.count()).select_from(destruction_ledger)).scalar_one()


def destroyed_items(connection: Connection, kind: DataKind) -> set[str]:
    """The names of everything of a kind that the ledger says is gone."""
    query = select(destruction_ledger.c.item_id).where(destruction_ledger.c.kind == kind.value)
    return set(connection.execute(query).scalars())


def _row(entry: LedgerEntry) -> dict[str, Any]:
    plain = {"seq": entry.seq, "at": entry.at, "kind": entry.kind.value, "item_id": entry.item_id}
    when = {"from_at": entry.from_at, "to_at": entry.to_at, "born_at": entry.born_at, "expired_at": entry.expired_at}
    what = {"camera_id": entry.camera_id, "files": canonical_files(entry.files), "why": entry.why.value}
    return {**plain, **when, **what, "previous_sha256": entry.previous_sha256, "sha256": entry.sha256}


def _entry(row: Row[Any]) -> LedgerEntry:
    return LedgerEntry(
        seq=row.seq,
        at=UtcNs(row.at),
        kind=DataKind(row.kind),
        item_id=row.item_id,
        camera_id=row.camera_id,
        files=files_of(row.files),
        from_at=UtcNs(row.from_at),
        to_at=UtcNs(row.to_at),
        born_at=UtcNs(row.born_at),
        expired_at=UtcNs(row.expired_at),
        why=Why(row.why),
        previous_sha256=row.previous_sha256,
        sha256=row.sha256,
    )
