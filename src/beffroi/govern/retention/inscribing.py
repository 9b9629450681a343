"""The signed ledger's pen: entries and their signature, in the transaction of what they tell."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import structlog

from beffroi.govern.keys import Signer
from beffroi.govern.passage import Writing
from beffroi.keep.store import ledger
from beffroi.keep.store.ledger import LedgerSignature
from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.evidence import EvidencePart
from beffroi.vocabulary.retention import DataKind, Due, KeptFile, LedgerEntry, Why, signed_bytes
from beffroi.vocabulary.time import UtcNs

log = structlog.get_logger("beffroi.govern")


class Pen:
    """Writes destructions into the ledger and signs its head."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._refused = False

    def ready(self) -> None:
        """Have the key at hand: call outside of a write transaction, before ``write``.

        A key that cannot be had stops no destruction: its entries are chained, and the next signature covers them.
        """
        try:
            self._signer.ready()
            self._refused = False
        except StorageError as error:
            self._refused = True
            log.error("ledger_unsigned", cause=str(error))

    def write(self, writing: Writing, entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
        """Add entries and sign, in this transaction."""
        kept = ledger.add_entries(writing.connection, entries)
        if kept and not self._refused:
            last = kept[-1]
            signed = self._signer.sign(signed_bytes(last.seq, last.sha256))
            signature = LedgerSignature(
                seq=last.seq,
                at=writing.now,
                head_sha256=last.sha256,
                key_id=signed.key_id,
                signature=signed.signature,
            )
            ledger.add_signature(writing.connection, signature)
        return kept


def entry_of(item: Due, now: UtcNs) -> LedgerEntry:
    """The entry of something that has gone."""
    return LedgerEntry(
        at=now,
        kind=item.kind,
        item_id=item.item_id,
        camera_id=item.camera_id,
        files=item.files,
        from_at=item.from_at,
        to_at=item.to_at,
        born_at=item.born_at,
        expired_at=item.expires_at,
        why=item.why,
    )


def entry_of_nameless(event_id: str, parts: Sequence[EvidencePart], why: Why, now: UtcNs) -> LedgerEntry:
    """The entry of footage that no record names, or that came when none wanted it."""
    return LedgerEntry(
        at=now,
        kind=DataKind.EVIDENCE,
        item_id=f"event:{event_id}"[:64],
        camera_id="",
        files=tuple(KeptFile(path=part.path, bytes=part.bytes, sha256=part.sha256) for part in parts),
        from_at=now,
        to_at=now,
        born_at=now,
        expired_at=now,
        why=why,
    )


def nameless(kind: DataKind, item_id: str, files: Sequence[KeptFile], now: UtcNs, *, folder: str = "") -> Due:
    """Footage that no record names, about to go: its intent is written down as that of everything else."""
    if len(item_id) > 64:  # what the ledger has room for: the files say which it was
        item_id = f"{item_id.partition(':')[0]}:{hashlib.sha256(item_id.encode()).hexdigest()}"[:64]
    return Due(
        kind=kind,
        item_id=item_id,
        camera_id="",
        from_at=now,
        to_at=now,
        born_at=now,
        expires_at=now,
        files=tuple(files),
        folder=folder,
        why=Why.NO_RECORD,
    )
