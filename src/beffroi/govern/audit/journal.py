"""The door of the journal: read, verified, exported; each of these is an entry itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from beffroi.govern.audit.checkpoints import Checkpoints
from beffroi.govern.audit.consultations import Consultations
from beffroi.govern.audit.exports import Asked, Span, json_lines, to_csv, to_paper
from beffroi.govern.audit.findings import Verification
from beffroi.govern.audit.timestamps import Authority
from beffroi.govern.audit.verifying import Progress, verify_folder
from beffroi.govern.keys import Signer, SigningKey
from beffroi.govern.passage import Passage
from beffroi.govern.rights import Actor, Right
from beffroi.govern.sensitive import check_reason
from beffroi.govern.settings import DAY_S, GovernanceSettings
from beffroi.keep.store import checkpoints, evidence, journal
from beffroi.keep.store.journal import JournalFilter as JournalFilter
from beffroi.vocabulary.errors import ConflictError, InvalidInputError
from beffroi.vocabulary.journal import CHAIN_START, Checkpoint, Detail, JournalEntry
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

ABOUT = "journal:entries"
CSV_MOST, PDF_MOST = 100_000, 2_000
"""Entries of one export: what a spreadsheet opens, and what a person files. Source: our choice."""
_SPAN_MOST_S = 366 * DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalPage:
    """Entries, newest first; ``next_cursor`` is None on the last page."""

    items: tuple[JournalEntry, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants exported, and why. ``language`` "fr" or "en"."""

    wanted: JournalFilter
    why: str
    language: str = "fr"


class Journal:
    """Who did, saw or was refused what. Thread-safe."""

    def __init__(self, passage: Passage, signer: Signer, kept: Checkpoints, settings: GovernanceSettings) -> None:
        self._passage = passage
        self._signer = signer
        self._kept = kept
        self._settings = settings
        self._consulted = Consultations(passage)
        self._verifying = threading.Lock()

    def recent(self, actor: Actor, *, limit: int = 100, about: str | None = None) -> list[JournalEntry]:
        """Entries, newest first; of one thing only when it is named ("alert:…"). For the house itself, not for
        screens: those read ``page``, which is journalled.
        """
        with self._passage.reading(actor, Right.READ_JOURNAL) as connection:
            return journal.recent(connection, limit, about)

    def page(self, actor: Actor, wanted: JournalFilter, *, cursor: str = "", limit: int = 100) -> JournalPage:
        """A page of the journal. The question is journalled before it is answered, once for all its pages.

        Raises:
            InvalidInputError: the cursor is none of ours, or the limit is out of range.
        """
        if not 1 <= limit <= 500:
            raise InvalidInputError(f"{limit}", where="limit", mend="Give a number from 1 to 500.")
        before = _read_cursor(cursor)
        detail = filter_detail(wanted)
        self._consulted.note(actor, Right.READ_JOURNAL, "read_journal", ABOUT, detail=detail, goes_on=bool(cursor))
        with self._passage.reading(actor, Right.READ_JOURNAL, ABOUT) as connection:
            found = journal.page(connection, wanted, before_seq=before, limit=limit + 1)
        items = tuple(found[:limit])
        return JournalPage(items=items, next_cursor=str(items[-1].seq) if len(found) > limit else None)

    def checkpoints(self, actor: Actor, *, limit: int = 100) -> list[Checkpoint]:
        """The last signed checkpoints, newest first."""
        with self._passage.reading(actor, Right.READ_JOURNAL, ABOUT) as connection:
            return checkpoints.some(connection, limit)

    def keys(self, actor: Actor) -> list[SigningKey]:
        """Every public key there ever was, oldest first."""
        self._passage.check(actor, Right.READ_JOURNAL, ABOUT)
        return self._signer.public_keys()

    @property
    def timestamp_trouble(self) -> str:
        """Why the last checkpoint could not be time-stamped; empty when it could, or when nobody is asked."""
        return self._kept.timestamp_trouble

    def wait_for_timestamp(self, seconds: float) -> None:
        """Wait, at most so long, for a time-stamp that is being asked for."""
        self._kept.wait(seconds)

    def verify(self, actor: Actor, *, progress: Progress | None = None) -> Verification:
        """Verify the whole journal; the result is journalled too.

        Raises:
            ConflictError: somebody else is verifying it right now.
            StorageError: it cannot be read at all.
        """
        self._passage.check(actor, Right.READ_JOURNAL, ABOUT)
        if not self._verifying.acquire(blocking=False):
            raise ConflictError("the journal is being verified already: wait for that result")
        try:
            result = verify_folder(self._passage.database.path.parent, authority=self.authority(), progress=progress)
        finally:
            self._verifying.release()
        detail: Detail = {"entries": result.entries, "last": result.last_seq, "faults": result.faults, "ok": result.ok}
        with self._passage.writing(actor, Right.READ_JOURNAL, ABOUT, act="verify_journal", detail=detail):
            return result

    def authority(self) -> Authority:
        """Who time-stamps the checkpoints, by its root certificate.

        Raises:
            InvalidInputError: the file of the settings holds no certificate.
        """
        root = self._settings.timestamp_root
        return Authority.known_by(self._settings.timestamp_url, Path(root) if root else None)

    def export_csv(self, actor: Actor, wish: Wish) -> bytes:
        """A bounded span of the journal as a table; reason and span are journalled before anything is given.

        Raises:
            InvalidInputError: no reason, no span, or too many entries for one file; says how to narrow it.
        """
        entries, asked = self._exported(actor, wish, "csv", CSV_MOST)
        return to_csv(entries, asked.language)

    def export_pdf(self, actor: Actor, wish: Wish) -> bytes:
        """A bounded span of the journal as a PDF. Errors as for ``export_csv``."""
        entries, asked = self._exported(actor, wish, "pdf", PDF_MOST)
        return to_paper(entries, asked)

    def export_lines(self, actor: Actor, wish: Wish, out: BinaryIO) -> int:
        """The journal, or a span of it without gaps, as JSON lines that can be verified apart. How many entries.

        Raises:
            InvalidInputError: no reason, or a filter that would leave gaps.
        """
        gaps = asdict(wish.wanted) | {"from_at": None, "to_at": None}
        if any(gaps.values()):
            mend = "Give a span of time only: what is left out could not be verified."
            raise InvalidInputError("a filtered journal has gaps", where="format", mend=mend)
        self._trace_export(actor, wish, "jsonl")
        self._kept.make()
        self._signer.ready()
        with self._passage.reading(actor, Right.READ_JOURNAL, ABOUT) as connection:
            span = _span_of(connection, wish.wanted)
            last = span.first_seq + span.entries - 1
            some = [one for one in checkpoints.since(connection, span.first_seq - 1) if one.seq <= last]
            keys = {one.key_id: one.public_key for one in self._signer.public_keys()}
            rows = journal.raw(connection, span.first_seq, last)
            for line in json_lines(span, keys, some, rows, self._signer):
                out.write(line.encode() + b"\n")
        return span.entries

    def refused(self, actor: Actor, act: str, about: str, *, why: str) -> None:
        """Journal a refusal that a door did not see: one at the entrance of the house."""
        self._passage.refused(actor, act, about, why=why)

    def sign(self) -> Checkpoint | None:
        """Sign the newest entry now: at a clean stop. None when it is signed already.

        Raises:
            StorageError: the disk refuses.
        """
        return self._kept.make()

    def evidence_broken_at(self, actor: Actor) -> str | None:
        """The first evidence record that was altered or left out; None when the chain is whole."""
        with self._passage.reading(actor, Right.READ_JOURNAL) as connection:
            return evidence.broken_at(connection)

    def _exported(self, actor: Actor, wish: Wish, form: str, most: int) -> tuple[Sequence[JournalEntry], Asked]:
        wanted = wish.wanted
        if wanted.from_at is None or wanted.to_at is None:
            raise InvalidInputError("no span is given", where="from", mend="Give from and to.")
        if wanted.from_at >= wanted.to_at:
            raise InvalidInputError("the span ends before it begins", where="to", mend="Give a later end.")
        if wanted.to_at - wanted.from_at > seconds_to_ns(_SPAN_MOST_S):
            raise InvalidInputError("the span is longer than a year", where="to", mend="Export year by year.")
        why = check_reason(wish.why)
        with self._passage.reading(actor, Right.READ_JOURNAL, ABOUT) as connection:
            found = journal.count(connection, wanted)
        if found > most:
            mend = f"At most {most} go into one file: narrow the span, or set a filter."
            raise InvalidInputError(f"{found} entries are in this span", where="from", mend=mend)
        now = self._trace_export(actor, wish, form)
        with self._passage.reading(actor, Right.READ_JOURNAL, ABOUT) as connection:
            entries = journal.page(connection, wanted, limit=most)[::-1]
            last = checkpoints.newest(connection)
        asked = Asked(
            who=actor.name,
            role=actor.role.value,
            why=why,
            from_at=wanted.from_at,
            to_at=wanted.to_at,
            at=now,
            signed_to=last.seq if last else 0,
            filtered={name: value for name, value in filter_detail(wanted).items() if name not in ("from", "to")},
            language=wish.language,
        )
        return entries, asked

    def _trace_export(self, actor: Actor, wish: Wish, form: str) -> UtcNs:
        detail = {"format": form, **filter_detail(wish.wanted)}
        why = check_reason(wish.why)
        with self._passage.writing(
            actor, Right.READ_JOURNAL, ABOUT, act="export_journal", why=why, detail=detail
        ) as writing:
            return writing.now


def filter_detail(wanted: JournalFilter) -> dict[str, str | int]:
    """A filter as an entry tells it: what chooses nothing is left out."""
    named = {"camera_id": "camera", "from_at": "from", "to_at": "to"}
    return {named.get(name, name): value for name, value in asdict(wanted).items() if value}


def _span_of(connection: Connection, wanted: JournalFilter) -> Span:
    """Where a span of time begins and ends in the journal, and what stands before it."""
    found = journal.bounds(connection, wanted)
    start, before = journal.start(connection)
    if found is None:
        seq, digest = journal.head(connection)
        return Span(first_seq=seq + 1, previous_sha256=digest, entries=0)
    first, last = found
    if first > start:
        before = journal.digest_of(connection, first - 1) or CHAIN_START
    return Span(first_seq=first, previous_sha256=before, entries=last - first + 1)


def _read_cursor(cursor: str) -> int | None:
    if not cursor:
        return None
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise InvalidInputError(
            "it cannot be read", where="cursor", mend="Use next_cursor of the page before, or none."
        )
    return int(cursor)
