"""Verification of the journal: its chain, its signed checkpoints, their copies, its keys, its beginning and its end."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from beffroi.govern.audit.chain import Walk
from beffroi.govern.audit.findings import Finding, Findings, Kind, Verification
from beffroi.govern.audit.material import Material, of_file, of_folder
from beffroi.govern.audit.timestamps import Authority
from beffroi.govern.keys import key_id_of_text, signature_holds
from beffroi.vocabulary.journal import CHAIN_START, Checkpoint, statement
from beffroi.vocabulary.time import UtcNs

Progress = Callable[[int, int], None]
"""Called now and then with how many entries are done, of how many."""


def verify_folder(
    data: Path, *, authority: Authority | None = None, progress: Progress | None = None, copy: Path | None = None
) -> Verification:
    """Verify the journal of a data folder, running or not. Nothing is written.

    Raises:
        NotFoundError: there is no journal.
        StorageError: the file cannot be read at all.
    """
    findings = Findings()
    with of_folder(data, findings, copy) as material:
        return _verify(material, findings, authority or Authority(), progress)


def verify_file(path: Path, *, authority: Authority | None = None, progress: Progress | None = None) -> Verification:
    """Verify an exported journal.

    Raises:
        StorageError: the file cannot be read.
        InvalidInputError: it is no exported journal.
    """
    findings = Findings()
    with of_file(path, findings) as material:
        return _verify(material, findings, authority or Authority(), progress)


def _verify(material: Material, findings: Findings, authority: Authority, progress: Progress | None) -> Verification:
    begun = time.perf_counter()
    first_seq, before = material.start
    vouching = [*(material.copies or ()), *material.checkpoints]
    walk = Walk(
        expected=first_seq,
        previous=before.encode(),
        heads={one.seq: one.head_sha256.encode() for one in vouching},
        findings=findings,
    )
    try:
        walk.over(material.rows, (lambda done: progress(done, material.total)) if progress else None)
    except sqlite3.DatabaseError as error:
        walk.last_seq = walk.expected - 1
        findings.add(Kind.UNREADABLE, walk.expected, f"the file is damaged from here on ({error})")
    signed_to = _check_checkpoints(material, walk, findings)
    _check_start(material, findings)
    _check_end(material, walk, findings, signed_to)
    stamped = _check_timestamps(material, authority, findings)
    if progress:
        progress(walk.entries, walk.entries)
    return Verification(
        entries=walk.entries,
        first_seq=first_seq,
        last_seq=walk.last_seq,
        first_at=UtcNs(walk.first_at) if walk.entries else None,
        last_at=UtcNs(walk.last_at) if walk.entries else None,
        checkpoints=len({one.seq for one in vouching}),
        signed_to=signed_to,
        timestamps=stamped,
        key_ids=tuple(material.keys),
        faults=findings.faults,
        findings=tuple(_in_order(findings.named)),
        seconds=time.perf_counter() - begun,
    )


def _in_order(found: Iterable[Finding]) -> list[Finding]:
    """Faults first, each part in the order of the journal."""
    return sorted(found, key=lambda one: (not one.is_fault, one.seq))


def _check_checkpoints(material: Material, walk: Walk, findings: Findings) -> int:
    """Signatures, keys, and that none is left out, here or in the copy. The last entry that is signed for."""
    announced = walk.key_entries
    good: dict[tuple[bytes, str], bool] = {}
    signed_to = 0
    for one in (*(material.copies or ()), *material.checkpoints):
        said = (statement(one), one.signature)
        if said in good:
            continue
        good[said] = _check_one(one, material, findings)
        if good[said]:
            signed_to = max(signed_to, one.seq)
            _check_in_force(one, announced, findings)
    _check_keys(material, walk, findings)
    _check_sequence(material.checkpoints, material, findings, "the store")
    if material.copies is not None:
        _check_sequence(material.copies, material, findings, "the checkpoints file")
    if not material.apart:
        _compare(material, findings)
    return signed_to


def _check_one(one: Checkpoint, material: Material, findings: Findings) -> bool:
    public = material.keys.get(one.key_id)
    if public is None:
        findings.add(
            Kind.KEY_UNKNOWN, one.seq, "its checkpoint is signed by a key that this house never had", at=one.at
        )
        return False
    if signature_holds(public, one.signature, statement(one)):
        return True
    findings.add(Kind.CHECKPOINT_FORGED, one.seq, "the signature of its checkpoint does not hold", at=one.at)
    return False


def _check_in_force(one: Checkpoint, announced: list[tuple[int, str, str]], findings: Findings) -> None:
    """Whether the key that signed was the one in force then, as the journal itself tells."""
    told = [key for seq, key, _ in announced if seq <= one.seq]
    if told and not one.key_id.startswith(told[-1]):
        says = "its checkpoint is signed by a key that was not in force then"
        findings.add(Kind.KEY_OUT_OF_FORCE, one.seq, says, at=one.at)


def _check_keys(material: Material, walk: Walk, findings: Findings) -> None:
    """Each key is what its name says and was announced; each change is worth knowing."""
    names = {key for _, key, _ in walk.key_entries}
    whole = material.start[0] == 1
    for key_id, public in material.keys.items():
        if key_id_of_text(public) != key_id:
            findings.add(Kind.KEY_UNKNOWN, 0, f"key {key_id[:16]} is not the one of that name")
        elif whole and not material.apart and not any(key_id.startswith(name) for name in names if name):
            findings.add(Kind.KEY_UNANNOUNCED, 0, f"no entry tells of key {key_id[:16]}")
    for seq, key, why in walk.key_entries:
        if not any(known.startswith(key) for known in material.keys):
            findings.add(Kind.KEY_UNKNOWN, seq, f"key {key}, announced here, is not among the keys")
        if why != "first":
            findings.add(Kind.KEY_CHANGED, seq, f"from here on key {key} signs ({why})")


def _check_sequence(some: list[Checkpoint], material: Material, findings: Findings, where: str) -> None:
    """Each checkpoint names the one before: none is left out."""
    before = 0
    for number, one in enumerate(some):
        # the oldest kept one names one that went with its entries
        expected = one.previous_seq if number == 0 and one.previous_seq < material.start[0] else before
        if one.previous_seq != expected:
            gone = one.previous_seq if one.previous_seq > before else before
            says = f"the checkpoint of this entry is missing in {where}"
            findings.add(Kind.CHECKPOINT_MISSING, gone, says)
        before = one.seq


def _compare(material: Material, findings: Findings) -> None:
    """The store's checkpoints and those of the file beside it."""
    border = material.start[0] - 1
    if material.copies is None:
        if material.checkpoints:
            says = "the file of checkpoints beside the store is gone"
            findings.add(Kind.FILE_MISSING, material.checkpoints[-1].seq, says)
        return
    stored = {one.seq: replace(one, token=b"") for one in material.checkpoints}
    copied = {one.seq: replace(one, token=b"") for one in material.copies}
    newest = max(copied, default=0)
    behind = [seq for seq in stored if seq > newest]
    for seq, one in stored.items():
        if seq in copied and copied[seq] != one:
            says = "store and file say two things of its checkpoint"
            findings.add(Kind.CHECKPOINT_DIFFERS, seq, says, at=one.at)
        elif seq not in copied and border <= seq < newest:
            findings.add(Kind.CHECKPOINT_MISSING, seq, "the file does not have its checkpoint", at=one.at)
    for seq, one in copied.items():
        if seq not in stored and seq >= border:
            findings.add(Kind.CHECKPOINT_MISSING, seq, "the store does not have its checkpoint", at=one.at)
    if len(behind) > 1:
        findings.add(Kind.CHECKPOINT_MISSING, behind[0], "the file ends before its checkpoint", last_seq=behind[-1])
    elif behind:
        findings.add(Kind.FILE_BEHIND, behind[0], "its checkpoint is not in the file yet")


def _check_start(material: Material, findings: Findings) -> None:
    """A journal that begins later than it once did must begin behind a signed checkpoint."""
    first, before = material.start
    if first == 1:
        if before != CHAIN_START:
            findings.add(Kind.START_MOVED, 1, "the journal does not begin where journals begin")
        return
    border = [one for one in material.checkpoints if one.seq == first - 1]
    if material.apart:
        findings.add(Kind.KEPT_FROM, first, "this file begins here")
    elif not border or border[0].head_sha256 != before:
        says = "the journal begins here, and no signed checkpoint says that what was before may be gone"
        findings.add(Kind.START_MOVED, first, says)
    else:
        says = "the journal is kept from here: what was before was destroyed in its time"
        findings.add(Kind.KEPT_FROM, first, says, at=border[0].at)


def _check_end(material: Material, walk: Walk, findings: Findings, signed_to: int) -> None:
    last = walk.last_seq
    if material.apart:
        _check_file_end(material, walk, findings)
        return
    if signed_to > last:
        says = "they were signed for and are gone: the journal was cut"
        findings.add(Kind.TRUNCATED, last + 1, says, last_seq=signed_to)
    elif last > signed_to:
        says = "no checkpoint signs them yet: a change of the newest ones could not be proved"
        findings.add(Kind.NOT_SIGNED_YET, signed_to + 1, says, last_seq=last)


def end_statement(said: dict[str, Any]) -> bytes:
    """What is signed at the end of an exported file."""
    names = ("first_seq", "previous_sha256", "last_seq", "sha256", "at", "key_id", "entries")
    return repr(("beffroi journal export", *(said.get(name) for name in names))).encode()


def _check_file_end(material: Material, walk: Walk, findings: Findings) -> None:
    """The signed last line of an exported file."""
    said, last = material.end, walk.last_seq
    if not said:
        findings.add(Kind.END_MISSING, last + 1, "the file has no end: what comes from here on was cut off")
        return
    public = material.keys.get(str(said.get("key_id")), "")
    begins = (said.get("first_seq"), said.get("previous_sha256")) == material.start
    if not begins or not signature_holds(public, str(said.get("signature")), end_statement(said)):
        findings.add(Kind.CHECKPOINT_FORGED, last, "the signature at the end of the file does not hold")
        return
    signed = said.get("last_seq")
    if isinstance(signed, int) and signed > last:
        says = "they were signed for and are gone: the file was cut"
        findings.add(Kind.TRUNCATED, last + 1, says, last_seq=signed)
    elif signed != last or str(said.get("sha256")).encode() != walk.previous:
        says = "the signed end of the file says otherwise: entries were rewritten or added"
        findings.add(Kind.REWRITTEN, material.start[0], says, last_seq=last)


def _check_timestamps(material: Material, authority: Authority, findings: Findings) -> int:
    """The time-stamps of outside authorities; how many there are."""
    stamped = [one for one in material.checkpoints if one.token]
    for one in stamped:
        why = authority.fault_of(one.token, statement(one))
        if why:
            findings.add(
                Kind.TIMESTAMP_BAD, one.seq, f"the time-stamp of its checkpoint does not hold: {why}", at=one.at
            )
    if stamped and not authority.is_known:
        says = "the certificate of the time-stamping authority was not given: who stamped was not checked"
        findings.add(Kind.TIMESTAMP_UNCHECKED, stamped[-1].seq, says)
    return len(stamped)
