"""The journal on the wire: entries, checkpoints, the result of a verification."""

from __future__ import annotations

from typing import Any

from beffroi.govern.audit.findings import Finding, Verification
from beffroi.govern.payloads import instant_json
from beffroi.serve.wire.form import Instant, Wire, example
from beffroi.vocabulary.journal import Checkpoint, JournalEntry
from beffroi.vocabulary.time import iso_utc

ENTRY_EXAMPLE: dict[str, Any] = {
    "seq": 1204,
    "at": "2026-05-04T21:04:02.114Z",
    "actor": "jeanne",
    "role": "operator",
    "act": "see_evidence",
    "about": "alert:al_01J9ZK3M7Q",
    "why": "",
    "purpose": "securite-site",
    "allowed": True,
    "detail": {"camera": "mairie-nord", "kind": "clip"},
    "previous_sha256": "5f2b6c0d5f2b6c0d5f2b6c0d5f2b6c0d5f2b6c0d5f2b6c0d5f2b6c0d5f2b6c0d",
    "sha256": "9a41e7089a41e7089a41e7089a41e7089a41e7089a41e7089a41e7089a41e708",
}
FINDING_EXAMPLE: dict[str, Any] = {
    "kind": "altered",
    "fault": True,
    "seq": 812,
    "last_seq": 812,
    "at": "2026-05-04T20:11:40.002Z",
    "says": "what it says is not what was written",
}
CHECKPOINT_EXAMPLE: dict[str, Any] = {
    "seq": 1200,
    "at": "2026-05-04T21:00:00.000Z",
    "head_sha256": "9a41e7089a41e7089a41e7089a41e7089a41e7089a41e7089a41e7089a41e708",
    "previous_seq": 1100,
    "key_id": "17c3a5d817c3a5d817c3a5d817c3a5d817c3a5d817c3a5d817c3a5d817c3a5d8",
    "signature": "q83vEjRWeJA=",
    "stamped": False,
}
KEY_EXAMPLE: dict[str, Any] = {
    "key_id": "17c3a5d817c3a5d817c3a5d817c3a5d817c3a5d817c3a5d817c3a5d817c3a5d8",
    "public_key": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
    "made_at": "2026-01-05T08:00:00.000Z",
    "retired_at": None,
    "retired_why": "",
}


class EntryOut(Wire):
    """One act: who, as what, did or was refused what, when, about what, why and what for."""

    model_config = example(**ENTRY_EXAMPLE)

    seq: int
    at: Instant
    actor: str
    role: str
    act: str
    about: str
    why: str
    purpose: str
    allowed: bool
    detail: dict[str, str | int | float | bool]
    previous_sha256: str
    sha256: str


class JournalPageOut(Wire):
    """A page of the journal, newest first."""

    model_config = example(items=[ENTRY_EXAMPLE], next_cursor="1204")

    items: list[EntryOut]
    next_cursor: str | None


class FindingOut(Wire):
    """One thing that a verification found. `fault` false: worth knowing, no fault. Screens have words for `kind`."""

    model_config = example(**FINDING_EXAMPLE)

    kind: str
    fault: bool
    seq: int
    last_seq: int
    at: Instant | None
    says: str


class VerificationOut(Wire):
    """The result: what was read, up to which entry it is signed, what was found."""

    model_config = example(
        ok=False,
        entries=1204,
        first_seq=1,
        last_seq=1204,
        first_at="2026-01-05T08:00:00.000Z",
        last_at="2026-05-04T21:04:02.114Z",
        checkpoints=14,
        signed_to=1200,
        timestamps=0,
        key_ids=[KEY_EXAMPLE["key_id"]],
        faults=1,
        findings=[FINDING_EXAMPLE],
        seconds=0.01,
    )

    ok: bool
    entries: int
    first_seq: int
    last_seq: int
    first_at: Instant | None
    last_at: Instant | None
    checkpoints: int
    signed_to: int
    timestamps: int
    key_ids: list[str]
    faults: int
    findings: list[FindingOut]
    seconds: float


class CheckpointOut(Wire):
    """A signed statement that entry `seq` had this digest. `stamped`: an outside authority time-stamped it."""

    model_config = example(**CHECKPOINT_EXAMPLE)

    seq: int
    at: Instant
    head_sha256: str
    previous_seq: int
    key_id: str
    signature: str
    stamped: bool


class KeyOut(Wire):
    """A public key (Ed25519, base64); `key_id` is its SHA-256."""

    model_config = example(**KEY_EXAMPLE)

    key_id: str
    public_key: str
    made_at: Instant
    retired_at: Instant | None
    retired_why: str


class CheckpointsOut(Wire):
    """The last checkpoints, newest first, the keys, and why a time-stamp could not be had ("" when all is well)."""

    model_config = example(items=[CHECKPOINT_EXAMPLE], keys=[KEY_EXAMPLE], timestamp_trouble="")

    items: list[CheckpointOut]
    keys: list[KeyOut]
    timestamp_trouble: str


def entry_out(entry: JournalEntry) -> EntryOut:
    """An entry on the wire."""
    return EntryOut(
        seq=entry.seq,
        at=iso_utc(entry.at),
        actor=entry.actor,
        role=entry.role,
        act=entry.act,
        about=entry.about,
        why=entry.why,
        purpose=entry.purpose,
        allowed=entry.allowed,
        detail=dict(entry.detail),
        previous_sha256=entry.previous_sha256,
        sha256=entry.sha256,
    )


def checkpoint_out(one: Checkpoint) -> CheckpointOut:
    """A checkpoint on the wire."""
    return CheckpointOut(
        seq=one.seq,
        at=iso_utc(one.at),
        head_sha256=one.head_sha256,
        previous_seq=one.previous_seq,
        key_id=one.key_id,
        signature=one.signature,
        stamped=bool(one.token),
    )


def verification_out(found: Verification) -> VerificationOut:
    """A result on the wire."""
    return VerificationOut(
        ok=found.ok,
        entries=found.entries,
        first_seq=found.first_seq,
        last_seq=found.last_seq,
        first_at=instant_json(found.first_at),
        last_at=instant_json(found.last_at),
        checkpoints=found.checkpoints,
        signed_to=found.signed_to,
        timestamps=found.timestamps,
        key_ids=list(found.key_ids),
        faults=found.faults,
        findings=[_finding_out(one) for one in found.findings],
        seconds=round(found.seconds, 3),
    )


def _finding_out(one: Finding) -> FindingOut:
    return FindingOut(
        kind=one.kind.value,
        fault=one.is_fault,
        seq=one.seq,
        last_seq=max(one.seq, one.last_seq),
        at=instant_json(one.at),
        says=one.says,
    )
