"""The journal in files: a table for a spreadsheet, a PDF to read and file, JSON lines that can be verified apart."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from beffroi.govern.audit.material import COLUMNS, canonical, checkpoint_json
from beffroi.govern.audit.verifying import end_statement
from beffroi.govern.audit.words import HEADS, TEXTS, act_words, role_words
from beffroi.govern.keys import Signer
from beffroi.govern.paper import Block, Paper, Paragraph, Table, to_pdf
from beffroi.vocabulary.journal import Checkpoint, JournalEntry, canonical_detail
from beffroi.vocabulary.time import UtcNs, iso_utc, to_datetime

TOWN_TIME = ZoneInfo("Europe/Paris")
_SHARES = (4.0, 9.0, 9.0, 8.0, 11.0, 14.0, 11.0, 7.0, 7.0, 15.0, 8.0)
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an export is of: who asked why for which span, in which language, up to which entry it is signed."""

    who: str
    role: str
    why: str
    from_at: UtcNs
    to_at: UtcNs
    at: UtcNs
    signed_to: int
    filtered: Mapping[str, str | int | float | bool]
    language: str = "fr"


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection).

    >>> safe_cell("=1+2")
    "'=1+2"
    """
    return f"'{text}" if text.lstrip(" ").startswith(_STARTS_FORMULA) else text


def to_csv(entries: Iterable[JournalEntry], language: str) -> bytes:
    """A table, oldest first, UTF-8 with its mark so that spreadsheets read accents; every cell quoted and harmless."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow((*COLUMNS[:5], "act_words", "role_words", *COLUMNS[5:]))
    for entry in entries:
        cells = (
            str(entry.seq),
            iso_utc(entry.at),
            entry.actor,
            entry.role,
            entry.act,
            act_words(entry.act, language),
            role_words(entry.role, language),
            entry.about,
            entry.why,
            entry.purpose,
            "1" if entry.allowed else "0",
            canonical_detail(entry.detail),
            entry.previous_sha256,
            entry.sha256,
        )
        writer.writerow([safe_cell(cell) for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def to_paper(entries: Sequence[JournalEntry], asked: Asked) -> bytes:
    """A PDF, oldest first: who asked why, the entries in words, how far they are signed."""
    texts, language = TEXTS[asked.language], asked.language
    low, high = (entries[0].seq, entries[-1].seq) if entries else (0, 0)
    role = role_words(asked.role, language)
    first, last = _moment(asked.from_at), _moment(asked.to_at)
    blocks: list[Block] = [
        Paragraph(text=texts["span"].format(first=first, last=last, entries=len(entries), low=low, high=high)),
        Paragraph(text=texts["by"].format(who=asked.who, role=role, why=asked.why)),
    ]
    if asked.filtered:
        told = ", ".join(f"{name} = {value}" for name, value in asked.filtered.items())
        blocks.append(Paragraph(text=texts["filter"].format(filter=told)))
    blocks.append(Paragraph(text=texts["proof"].format(signed=asked.signed_to)))
    if entries:
        rows = [_row(entry, language) for entry in entries]
        blocks.append(Table(head=HEADS[language], rows=rows, shares=_SHARES))
    else:
        blocks.append(Paragraph(text=texts["none"]))
    paper = Paper(
        title=texts["title"], made_at=asked.at, blocks=blocks, language=language, footer=texts["page"], wide=True
    )
    return to_pdf(paper)


def _row(entry: JournalEntry, language: str) -> tuple[str, ...]:
    texts = TEXTS[language]
    return (
        str(entry.seq),
        _moment(entry.at),
        entry.actor,
        role_words(entry.role, language),
        act_words(entry.act, language),
        entry.about,
        entry.why,
        entry.purpose,
        texts["allowed" if entry.allowed else "refused"],
        ", ".join(f"{name} = {value}" for name, value in entry.detail.items()),
        entry.sha256[:12],
    )


def _moment(at: UtcNs) -> str:
    """Wall-clock time of the town, with its offset."""
    local: datetime = to_datetime(at).astimezone(TOWN_TIME)
    return local.strftime("%d/%m/%Y %H:%M:%S %z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of the journal without gaps: where it begins, what stands before it, how many entries."""

    first_seq: int
    previous_sha256: str
    entries: int


def json_lines(
    span: Span, keys: Mapping[str, str], some: Iterable[Checkpoint], rows: Iterable[Sequence[Any]], signer: Signer
) -> Iterator[str]:
    """The lines of a file that can be verified apart: what it is, keys, checkpoints, entries, its signed end."""
    first = {"first_seq": span.first_seq, "previous_sha256": span.previous_sha256, "entries": span.entries}
    yield canonical({"kind": "journal", **first})
    for key_id, public_key in keys.items():
        yield canonical({"kind": "key", "key_id": key_id, "public_key": public_key})
    for one in some:
        yield canonical({"kind": "checkpoint", **checkpoint_json(one, keys.get(one.key_id, ""))})
    last: Sequence[Any] = (span.first_seq - 1, 0, *("",) * 9, span.previous_sha256)
    for row in rows:
        last = row
        yield canonical({"kind": "entry", **dict(zip(COLUMNS, row, strict=True))})
    said = {
        "kind": "end",
        **first,
        "last_seq": last[0],
        "sha256": last[11],
        "at": last[1],
        "key_id": signer.ready(),
    }
    yield canonical({**said, "signature": signer.sign(end_statement(said)).signature})
