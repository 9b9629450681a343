"""The journal: each entry takes in the digest of the one before. Only ever added; its oldest part goes by retention."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Connection, insert, select

from beffroi.keep.store.tables.journal import journal, journal_start
from beffroi.vocabulary.journal import (
    CHAIN_START,
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
    query = select(journal).order_by(journal.c.seq.desc()).limit(limit)
    if about is not None:
        query = query.where(journal.c.about == about)
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
