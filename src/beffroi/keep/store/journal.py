"""The journal: each entry takes in the digest of the one before. Only ever added; its oldest part goes by retention."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from beffroi.keep.store.tables.journal import journal, journal_start
from beffroi.vocabulary.journal import (
    CHAIN_START,
    Checkpoint,
    JournalEntry,
    canonical_detail,
    digested_fields,
    entry_digest,
    plain,
)
from beffroi.vocabulary.time import UtcNs

_LAST = select(journal.c.seq, journal.c.sha256).order_by(journal.c.seq.desc()).limit(1)
_ADD = insert(journal)


def head(connection: Connection) -> tuple[int, str]:
    """Number and digest of the newest entry; of a journal whose entries have all gone, what came before its start."""
    last = connection.execute(_LAST).one_or_none()
    if last is not None:
        return int(last.seq), str(last.sha256)
    start = connection.execute(select(journal_start.c.seq, journal_start.c.previous_sha256)).one_or_none()
    return (0, CHAIN_START) if start is None else (int(start.seq) - 1, str(start.previous_sha256))


def add_entry(connection: Connection, entry: JournalEntry) -> JournalEntry:
    """Keep an entry at the end of the chain; with its number and digests. Call inside a write transaction only."""
    seq, previous = head(connection)
    numbered = replace(
        entry,
        seq=seq + 1,
        previous_sha256=previous,
        actor=plain(entry.actor),
        about=plain(entry.about),
        why=plain(entry.why),
        purpose=plain(entry.purpose),
        detail={plain(name): plain(value) if isinstance(value, str) else value for name, value in entry.detail.items()},
    )
    kept = replace(numbered, sha256=entry_digest(previous, digested_fields(numbered)))
    connection.execute(
        _ADD,
        {
            "seq": kept.seq,
            "at": kept.at,
            "actor": kept.actor,
            "role": kept.role,
            "act": kept.act,
            "about": kept.about,
            "why": kept.why,
            "purpose": kept.purpose,
            "allowed": kept.allowed,
            "detail": canonical_detail(kept.detail),
            "previous_sha256": kept.previous_sha256,
            "sha256": kept.sha256,
        },
    )
    return kept


def recent(connection: Connection, limit: int, about: str | None = None) -> list[JournalEntry]:
    """Entries, newest first; about one thing only when it is named."""
    return page(connection, JournalFilter(about=about or ""), limit=limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFilter:
    """Which entries are wanted; what is empty does not choose. ``to_at`` is not included.

    ``camera_id``: acts about the camera itself, and those whose detail names it.
    """

    actor: str = ""
    role: str = ""
    act: str = ""
    about: str = ""
    camera_id: str = ""
    from_at: UtcNs | None = None
    to_at: UtcNs | None = None
    refused: bool = False


def page(
    connection: Connection, wanted: JournalFilter, *, before_seq: int | None = None, limit: int
) -> list[JournalEntry]:
    """Entries that a filter lets through, newest first, older than a given one."""
    query = select(journal).order_by(journal.c.seq.desc()).limit(limit).where(*_conditions(wanted))
    if before_seq is not None:
        query = query.where(journal.c.seq < before_seq)
    return [
        JournalEntry(**{**row, "at": UtcNs(row["at"]), "detail": json.loads(row["detail"])})
        for row in connection.execute(query).mappings()
    ]


def about_things(connection: Connection, abouts: Collection[str]) -> list[JournalEntry]:
    """Entries about some things, in the journal's order."""
    query = select(journal).where(journal.c.about.in_(sorted(abouts))).order_by(journal.c.seq)
    return [
        JournalEntry(**{**row, "at": UtcNs(row["at"]), "detail": json.loads(row["detail"])})
        for row in connection.execute(query).mappings()
    ]


def count(connection: Connection, wanted: JournalFilter) -> int:
    """How many entries a filter lets through."""
    return connection.execute(select(func.count()).select_from(journal).where(*_conditions(wanted))).scalar_one()


def _conditions(wanted: JournalFilter) -> list[ColumnElement[bool]]:
    table = journal.c
    found = [
        column == value
        for column, value in (
            (table.actor, wanted.actor),
            (table.role, wanted.role),
            (table.act, wanted.act),
            (table.about, wanted.about),
        )
        if value
    ]
    if wanted.camera_id:
        named = f'"camera":{json.dumps(wanted.camera_id)}'
        found.append(or_(table.about == f"camera:{wanted.camera_id}", table.detail.contains(named, autoescape=True)))
    if wanted.from_at is not None:
        found.append(table.at >= wanted.from_at)
    if wanted.to_at is not None:
        found.append(table.at < wanted.to_at)
    if wanted.refused:
        found.append(table.allowed.is_(False))
    return found


def start(connection: Connection) -> tuple[int, str]:
    """Number of the oldest entry that is kept (or will be), and the digest before it."""
    row = connection.execute(select(journal_start.c.seq, journal_start.c.previous_sha256)).one()
    return int(row.seq), str(row.previous_sha256)


def bounds(connection: Connection, wanted: JournalFilter) -> tuple[int, int] | None:
    """First and last number of the entries that a filter lets through; None: there is none."""
    query = select(func.min(journal.c.seq), func.max(journal.c.seq)).where(*_conditions(wanted))
    first, last = connection.execute(query).one()
    return None if first is None else (int(first), int(last))


def digest_of(connection: Connection, seq: int) -> str | None:
    """The digest of an entry."""
    found = connection.execute(select(journal.c.sha256).where(journal.c.seq == seq)).scalar_one_or_none()
    return None if found is None else str(found)


def raw(connection: Connection, first: int, last: int) -> Iterator[tuple[Any, ...]]:
    """Entries as they are kept, oldest first, column by column in the order of the table."""
    query = select(journal).where(journal.c.seq.between(first, last)).order_by(journal.c.seq)
    for row in connection.execution_options(yield_per=1000).execute(query):
        yield tuple(row)


def newest_at(connection: Connection, up_to_seq: int) -> UtcNs:
    """The latest instant among the entries up to one: a clock that was set back leaves later ones before earlier."""
    query = select(func.max(journal.c.at)).where(journal.c.seq <= up_to_seq)
    return UtcNs(connection.execute(query).scalar_one() or 0)


def drop_oldest(connection: Connection, checkpoint: Checkpoint) -> int:
    """Let go of the entries up to a checkpoint, which then stands before the first that is kept. How many went.

    The beginning is moved first: the database lets go of nothing that stands behind it.
    """
    connection.execute(update(journal_start).values(seq=checkpoint.seq + 1, previous_sha256=checkpoint.head_sha256))
    return connection.execute(delete(journal).where(journal.c.seq <= checkpoint.seq)).rowcount
