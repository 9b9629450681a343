"""The journal's noun: who did, saw or was refused what, when, why and for what purpose, chained to the entry before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from beffroi.vocabulary.time import UtcNs

CHAIN_START = "0" * 64
"""What the first entry has before it."""

SEPARATOR = "\x1f"
"""Stands between the fields of an entry when it is digested: no field may hold it (ASCII "unit separator")."""

Detail = Mapping[str, str | int | float | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One act. ``about`` names the thing ("alert:…", "camera:…"), ``purpose`` what it was done for ("" where the act
    has none), ``allowed`` is false for a refusal. ``seq`` rises by one; ``sha256`` (hex) takes in ``previous_sha256``.

    An entry that is not kept yet has ``seq`` 0 and no digests.
    """

    at: UtcNs
    actor: str
    role: str
    act: str
    about: str
    why: str = ""
    purpose: str = ""
    allowed: bool = True
    detail: Detail = field(default_factory=dict)
    seq: int = 0
    previous_sha256: str = ""
    sha256: str = ""


def plain(text: str) -> str:
    r"""A text without characters that could be taken for the border of a field.

    >>> plain("a\x1fb")
    'a b'
    """
    return text.replace(SEPARATOR, " ")


def canonical_detail(detail: Detail) -> str:
    """The detail as the digest takes it in: JSON, keys sorted, no spaces, ASCII only.

    >>> canonical_detail({"b": 1, "a": "x"})
    '{"a":"x","b":1}'
    """
    return json.dumps(dict(detail), sort_keys=True, separators=(",", ":"))


def entry_digest(previous_sha256: str, fields: Iterable[str]) -> str:
    """SHA-256 (hex) of an entry: the digest before it and its fields, in the order of ``digested_fields``.

    >>> len(entry_digest(CHAIN_START, ["1", "0", "ines", "administrator", "sign_in", "user:ines", "", "", "1", "{}"]))
    64
    """
    return hashlib.sha256(SEPARATOR.join((previous_sha256, *fields)).encode("utf-8", "surrogatepass")).hexdigest()


def digested_fields(entry: JournalEntry) -> tuple[str, ...]:
    """What the digest takes in, as texts: seq, at, actor, role, act, about, why, purpose, allowed, detail."""
    return (
        str(entry.seq),
        str(entry.at),
        entry.actor,
        entry.role,
        entry.act,
        entry.about,
        entry.why,
        entry.purpose,
        "1" if entry.allowed else "0",
        canonical_detail(entry.detail),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A signed statement that the journal's entry ``seq`` had this digest, so that none before it can change unseen.

    ``previous_seq`` is the checkpoint before (0: none), so that one left out is missed. ``key_id`` names the key,
    ``signature`` is base64; ``token`` is the time-stamp of an outside authority (RFC 3161), empty where none was asked.
    """

    seq: int
    at: UtcNs
    head_sha256: str
    previous_seq: int
    key_id: str
    signature: str = ""
    token: bytes = b""


def statement(checkpoint: Checkpoint) -> bytes:
    """What is signed and time-stamped: the checkpoint as canonical JSON.

    >>> statement(Checkpoint(seq=2, at=UtcNs(5), head_sha256="ab", previous_seq=1, key_id="cd"))
    b'{"at":5,"head_sha256":"ab","key_id":"cd","previous_seq":1,"seq":2,"what":"beffroi journal checkpoint"}'
    """
    said = {
        "what": "beffroi journal checkpoint",
        "seq": checkpoint.seq,
        "at": checkpoint.at,
        "head_sha256": checkpoint.head_sha256,
        "previous_seq": checkpoint.previous_seq,
        "key_id": checkpoint.key_id,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
