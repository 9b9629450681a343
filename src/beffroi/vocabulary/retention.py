"""Retention's nouns: kinds of data, how long they are kept and by which limit, what is due, what was destroyed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from beffroi.vocabulary.journal import entry_digest, plain
from beffroi.vocabulary.time import UtcNs

EVERY_CAMERA = "*"
"""In place of a camera: the house's own term."""


class DataKind(StrEnum):
    """What has a term of its own."""

    EVIDENCE = "evidence"
    """Stills and clips of alerts, with their blurred copies."""
    SEGMENTS = "segments"
    """Recordings."""
    EXPORTS = "exports"
    """Sealed exports of a case that stay on this machine."""
    ALERTS = "alerts"
    """Events, alerts and verdicts: boxes, tracks, facts, notes and names."""
    FIGURES = "figures"
    """Observations: what sensors and counters measured."""


IMAGES = frozenset({DataKind.EVIDENCE, DataKind.SEGMENTS, DataKind.EXPORTS})
"""Kinds that show people: the law's month holds for them."""


class Limit(StrEnum):
    """Whose word made a term as short as it is."""

    LAW = "law"
    """CSI L. 252-5: one month for images."""
    SETTING = "setting"
    """``evidence.retention_days`` of the house."""
    CAMERA = "camera"
    HOUSE = "house"
    PURPOSE = "purpose"
    AUTHORISATION = "authorisation"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveTerm:
    """How long something is kept, and by which limit."""

    keep_s: int
    limit: Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file of something that is kept: ``path`` relative to the data folder, size and SHA-256 (hex) when written."""

    path: str
    bytes: int
    sha256: str


class Why(StrEnum):
    """Why something was destroyed."""

    EXPIRED = "expired"
    NO_RECORD = "no_record"
    NO_ALERT = "no_alert"
    """Footage that came for an episode nobody was alerted of."""
    TOO_LATE = "too_late"
    """Footage that came after its record was sealed without it."""
    SHORTENED = "shortened"
    """Its term was made shorter, or its purpose or order ended sooner."""
    CASE_ENDED = "case_ended"
    """The requisition of its case ended."""
    CASE_CLOSED = "case_closed"
    """Its case was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something with images whose time is over, or will be at ``expires_at``. ``folder``: goes whole, with its files.

    ``alert_id`` is empty for what belongs to no alert.
    """

    kind: DataKind
    item_id: str
    camera_id: str
    from_at: UtcNs
    to_at: UtcNs
    born_at: UtcNs
    expires_at: UtcNs
    files: tuple[KeptFile, ...]
    folder: str = ""
    alert_id: str = ""
    why: Why = Why.EXPIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One destruction. ``seq`` rises by one; ``sha256`` (hex) takes in ``previous_sha256``: none can be altered or left
    out unnoticed. It proves what is gone without keeping it. An entry that is not kept yet has ``seq`` 0.
    """

    at: UtcNs
    kind: DataKind
    item_id: str
    camera_id: str
    files: tuple[KeptFile, ...]
    from_at: UtcNs
    to_at: UtcNs
    born_at: UtcNs
    expired_at: UtcNs
    why: Why
    seq: int = 0
    previous_sha256: str = ""
    sha256: str = ""

    @property
    def bytes(self) -> int:
        """How much was destroyed."""
        return sum(file.bytes for file in self.files)


def canonical_files(files: Sequence[KeptFile]) -> str:
    """Files as the digest takes them in: JSON lists of path, bytes and SHA-256, no spaces, ASCII only.

    >>> canonical_files([KeptFile(path="a.mp4", bytes=3, sha256="00")])
    '[["a.mp4",3,"00"]]'
    """
    return json.dumps([[plain(one.path), one.bytes, one.sha256] for one in files], separators=(",", ":"))


def files_of(text: str) -> tuple[KeptFile, ...]:
    """The files of a canonical text."""
    return tuple(KeptFile(path=path, bytes=size, sha256=digest) for path, size, digest in json.loads(text))


def ledger_digest(entry: LedgerEntry) -> str:
    """SHA-256 (hex) of an entry's fields and the digest before it."""
    fields = (
        str(entry.seq),
        str(entry.at),
        entry.kind.value,
        plain(entry.item_id),
        plain(entry.camera_id),
        canonical_files(entry.files),
        str(entry.from_at),
        str(entry.to_at),
        str(entry.born_at),
        str(entry.expired_at),
        entry.why.value,
    )
    return entry_digest(entry.previous_sha256, fields)


def signed_bytes(seq: int, head_sha256: str) -> bytes:
    r"""What is signed after each batch: the number and digest of the newest entry, which takes in all before it.

    >>> signed_bytes(2, "ab")
    b'beffroi destruction ledger\n2\nab\n'
    """
    return f"beffroi destruction ledger\n{seq}\n{head_sha256}\n".encode()
