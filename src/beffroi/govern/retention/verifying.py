"""Proof that nothing expired is left and nothing unexpired is lost: every file against the records, the records against
the clock, the ledger against itself. Reads only.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection

from beffroi.govern.keys import signature_holds
from beffroi.govern.retention.reducing import events_before, figures_before, reduced_before
from beffroi.govern.retention.removing import EVIDENCE, RECORDINGS
from beffroi.govern.retention.terms import Terms
from beffroi.keep.store import exports, ledger, proving, reducing, retention_state, signing_keys
from beffroi.keep.store.destructions import begun
from beffroi.vocabulary.journal import CHAIN_START
from beffroi.vocabulary.proof import Finding, FindingKind, Proof
from beffroi.vocabulary.retention import EVERY_CAMERA, DataKind, ledger_digest, signed_bytes
from beffroi.vocabulary.time import NS_PER_S, UtcNs, seconds_to_ns

MOST_TOLD = 500
_READY = exports.ExportState.READY
WRITING_NS = 3600 * NS_PER_S
"""A half-written file younger than this may still be somebody's work. Source: our choice."""
PICTURES = frozenset(
    {".mp4", ".m4s", ".m4v", ".mkv", ".mov", ".avi", ".ts", ".webm", ".h264", ".h265", ".264", ".265"}
    | {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic"}
)
ELSEWHERE = frozenset({"models", "keys"})
"""Folders of the data folder that this does not walk: weights and keys."""
EXPORTS = "exports"
_FOLDER_AT_ONCE = 400
Tell = Callable[[int, int], None]
"""Called now and then with how much was looked at, and how much there is about."""


@dataclass(slots=True)
class _Found:
    """What has been found so far."""

    findings: list[Finding] = field(default_factory=list)
    wrong: Counter[FindingKind] = field(default_factory=Counter)
    looked_at: Counter[str] = field(default_factory=Counter)
    steps: int = 0

    def add(self, kind: FindingKind, where: str, what: str, mend: str) -> None:
        self.wrong[kind] += 1
        if len(self.findings) < MOST_TOLD:
            self.findings.append(Finding(kind=kind, where=where, what=what, mend=mend))


class Verification:
    """One verification of one data folder, in one consistent state of its store."""

    def __init__(
        self, connection: Connection, data_folder: Path, terms: Terms, *, now: UtcNs, grace_s: float = 0.0
    ) -> None:
        self._connection = connection
        self._data = data_folder.resolve()
        self._terms = terms
        state = retention_state.state_of(connection)
        self._began_at = state.began_at if state else now
        # a clock that stands behind the last believed time proves nothing
        self._now = UtcNs(max(now, state.clock_at if state else 0))
        self._over_at = UtcNs(self._now - seconds_to_ns(grace_s))
        self._found = _Found()
        self._tell: Tell = lambda _done, _total: None
        self._total = 0

    def run(self, tell: Tell | None = None) -> Proof:
        """Look at everything.

        Raises:
            StorageError: the store cannot be read.
        """
        self._tell = tell or self._tell
        self._total = proving.count_live(self._connection) * 2 + ledger.count(self._connection)
        found = self._found
        self._records()
        self._walk_evidence()
        self._walk_recordings()
        self._walk_exports()
        self._walk_elsewhere()
        self._ledger()
        self._alerts()
        self._rows()
        self._tell(max(found.steps, self._total), max(found.steps, self._total))
        return Proof(
            at=self._now, findings=tuple(found.findings), wrong=dict(found.wrong), looked_at=dict(found.looked_at)
        )

    def _step(self, count: int = 1) -> None:
        before = self._found.steps // 1000
        self._found.steps += count
        if self._found.steps // 1000 != before:
            self._tell(self._found.steps, max(self._total, self._found.steps))

    def _records(self) -> None:
        """Records past their time, and records that say gone while the ledger does not, or the other way round."""
        found, connection = self._found, self._connection
        found.looked_at["records"] = proving.count_live(connection)
        found.looked_at["held"] = proving.count_held(connection, self._now)
        refused = {one.item.item_id: one for one in begun(connection, limit=MOST_TOLD)}
        for late in proving.late(connection, self._over_at, self._now):
            trouble = refused.get(late.item_id)
            if trouble is not None and trouble.error:
                mend = f"The disk refuses since {trouble.tries} tries: mend it, the next try comes within a minute."
                found.add(FindingKind.REFUSED, f"{late.kind.value}:{late.item_id}", trouble.error, mend)
            else:
                mend = "Start the house: it destroys within seconds. If its clock is doubted, set the clock right."
                name = f"{late.kind.value}:{late.item_id}"
                found.add(FindingKind.DUE_RECORD, name, f"expired, still kept (camera {late.camera_id})", mend)
        for kind, name in proving.destroyed_without_entry(connection, self._began_at):
            mend = "The ledger was altered, or somebody changed the record: compare with a saved copy and the journal."
            found.add(FindingKind.NOT_IN_LEDGER, f"{kind}:{name}", "marked destroyed, not in the ledger", mend)
        for kind, name in proving.live_with_entry(connection):
            mend = "Somebody changed the record: compare with a saved copy and the journal."
            found.add(FindingKind.LIVES_AFTER_LEDGER, f"{kind}:{name}", "in the ledger as destroyed, not marked", mend)

    def _walk_evidence(self) -> None:
        """Every file under evidence/ lies in the folder of an event whose record lives; every part is there."""
        found, events = self._found, proving.evidence_by_event(self._connection, self._now)
        seen: dict[str, int] = {}
        for path, size, _ in self._files(EVIDENCE):
            relative = path.relative_to(self._data).as_posix()
            seen[relative] = size
            pieces = path.relative_to(self._data / EVIDENCE).parts
            record = events.get(pieces[1]) if len(pieces) >= 3 else None
            if record is None:
                mend = "Start the house once: it destroys footage that no record names. Or delete it by hand."
                found.add(FindingKind.NAMELESS_FILE, relative, "no record names this footage", mend)
            elif record.destroyed or (record.destroy_at <= self._over_at and not record.held):
                mend = "Start the house: it is destroyed within seconds. If it stays, delete it by hand."
                found.add(FindingKind.EXPIRED_FILE, relative, f"its time is over ({record.evidence_id})", mend)
        for part in proving.live_parts(self._connection, self._now):
            self._step()
            size = seen.get(part.path, -1)
            if size < 0 and not self._begun(DataKind.EVIDENCE, part.item_id):
                mend = "Look for it in a saved copy: the record proves what it was (size and digest)."
                found.add(FindingKind.MISSING_FILE, part.path, "unexpired footage is gone", mend)
            elif size not in (-1, part.bytes):
                mend = "Put back the saved copy; the record proves what it was."
                found.add(FindingKind.ALTERED_FILE, part.path, f"{size} bytes instead of {part.bytes}", mend)

    def _begun(self, kind: DataKind, item_id: str) -> bool:
        """Whether its destruction was begun: then its file may be gone before its record says so."""
        return proving.is_begun(self._connection, kind, item_id)

    def _walk_recordings(self) -> None:
        """Every file under recordings/ has a live record of its size, and every live record its file."""
        found, there = self._found, 0
        for batch in _batches(self._files(RECORDINGS)):
            known = proving.segments_by_path(self._connection, [self._name(path) for path, _, _ in batch], self._now)
            for path, size, touched_ns in batch:
                relative = self._name(path)
                record = known.get(relative)
                if record is None:
                    if not self._being_written(path, touched_ns):
                        mend = "Start the house once: it destroys footage that no record names. Or delete it by hand."
                        found.add(FindingKind.NAMELESS_FILE, relative, "no record names this footage", mend)
                    continue
                if record.destroyed or (record.destroy_at <= self._over_at and not record.held):
                    mend = "Start the house: it is destroyed within seconds. If it stays, delete it by hand."
                    found.add(FindingKind.EXPIRED_FILE, relative, f"its time is over ({record.item_id})", mend)
                elif size != record.bytes:
                    mend = "Put back the saved copy; the record proves what it was."
                    found.add(FindingKind.ALTERED_FILE, relative, f"{size} bytes instead of {record.bytes}", mend)
                there += not record.destroyed
        if there != proving.count_live_segments(self._connection):
            self._missing_segments()

    def _missing_segments(self) -> None:
        for item_id, path, expires_at in proving.live_segment_paths(self._connection):
            gone = not (self._data / path).exists()
            if gone and expires_at > self._now and not self._begun(DataKind.SEGMENTS, item_id):
                mend = "Look for it in a saved copy: the record proves what it was (size and digest)."
                self._found.add(FindingKind.MISSING_FILE, path, "unexpired footage is gone", mend)

    def _walk_exports(self) -> None:
        """Every sealed export on the disk is one that is ready, whole and in its time; every ready one is there."""
        found = self._found
        ready = {f"{one.export_id}.zip": one for one in exports.in_state(self._connection, _READY)}
        for path, size, touched_ns in self._files(EXPORTS):
            one = ready.pop(path.name, None)
            if one is None:
                if self._now - touched_ns >= WRITING_NS or path.suffix == ".zip":
                    mend = "Start the house once: it destroys exports that no record names. Or delete it by hand."
                    what = "no export that is ready has this file"
                    found.add(FindingKind.NAMELESS_FILE, self._name(path), what, mend)
            elif self._is_over(one):
                mend = "Start the house: it is destroyed within seconds. If it stays, delete it by hand."
                found.add(FindingKind.EXPIRED_FILE, self._name(path), "the export's time is over", mend)
            elif size != one.bytes:
                mend = "Ask for the export again: the receipt proves what it was (size and digest)."
                found.add(FindingKind.ALTERED_FILE, self._name(path), f"{size} bytes instead of {one.bytes}", mend)
        for name, one in ready.items():
            if self._is_over(one):
                mend = "Start the house: it writes down within seconds that this export is destroyed."
                found.add(FindingKind.DUE_RECORD, f"exports:{one.export_id}", "expired, still said to be ready", mend)
            elif (one.expires_at or 0) > self._now:
                mend = "Look for it where it was handed over: the receipt proves what it was (size and digest)."
                found.add(FindingKind.MISSING_FILE, f"{EXPORTS}/{name}", "unexpired footage is gone", mend)

    def _is_over(self, export: exports.Export) -> bool:
        """Whether an export's time is over: as its row says, or by a term that was not applied to it in time."""
        ends = self._terms.export_end(self._connection, export.items, export.made_at or export.asked_at)
        late_at = self._over_at - seconds_to_ns(REDUCE_WITHIN_S)
        return (export.expires_at or 0) <= self._over_at or ends <= late_at

    def _walk_elsewhere(self) -> None:
        """No picture lies about in the rest of the data folder."""
        for top in sorted(os.scandir(self._data), key=lambda one: one.name):
            if top.name in ELSEWHERE or top.name in (EVIDENCE, RECORDINGS, EXPORTS):
                continue
            inside = self._files(top.name) if top.is_dir(follow_symlinks=False) else [(Path(top.path), 0, 0)]
            for path, _, _ in inside:
                if path.suffix.lower() in PICTURES:
                    mend = "Move it out of the data folder, or delete it: nothing would ever destroy it."
                    what = "a picture where none may lie"
                    self._found.add(FindingKind.STRAY_PICTURE, self._name(path), what, mend)

    def _ledger(self) -> None:
        """The chain holds entry by entry, each signature is that of its key, and the newest entry is signed."""
        found, keys = self._found, {one.key_id: one.public_key for one in signing_keys.all_keys(self._connection)}
        signed = {one.seq: one for one in ledger.signatures(self._connection)}
        seq, previous, last_signed = 0, CHAIN_START, 0
        for entry in ledger.entries(self._connection):
            self._step()
            seq += 1
            if (entry.seq, entry.previous_sha256, entry.sha256) != (seq, previous, ledger_digest(entry)):
                mend = "The ledger was altered from here on: put back a saved copy, and look who could write the file."
                found.add(FindingKind.LEDGER_BROKEN, f"ledger:{entry.seq}", "the chain does not hold", mend)
                break
            previous = entry.sha256
            signature = signed.pop(seq, None)
            if signature is not None:
                data = signed_bytes(seq, entry.sha256)
                whose = keys.get(signature.key_id, "")
                if signature.head_sha256 != entry.sha256 or not signature_holds(whose, signature.signature, data):
                    mend = "Compare with a saved copy and with the house's public keys."
                    found.add(FindingKind.SIGNATURE_BAD, f"ledger:{seq}", "the signature does not hold", mend)
                found.looked_at["signatures"] += 1
                last_signed = seq
        found.looked_at["ledger"] = seq
        self._unsigned(seq, last_signed, sorted(signed))

    def _unsigned(self, seq: int, last_signed: int, over: list[int]) -> None:
        found = self._found
        if over and not found.wrong[FindingKind.LEDGER_BROKEN]:
            mend = "Entries were cut off the end of the ledger: put back a saved copy."
            found.add(
                FindingKind.LEDGER_BROKEN, f"ledger:{over[0]}", "a signature covers an entry that is not there", mend
            )
        if seq and last_signed != seq and not found.wrong[FindingKind.LEDGER_BROKEN]:
            mend = "The signing key could not be read then: give it back its rights; the next batch is signed over all."
            found.add(FindingKind.LEDGER_UNSIGNED, f"ledger:{last_signed + 1}", "not covered by a signature", mend)

    def _alerts(self) -> None:
        """No alert says more than a figure after its term."""
        connection = self._connection
        for group in reducing.groups_with_alerts(connection):
            since = UtcNs(self._over_at - seconds_to_ns(REDUCE_WITHIN_S))
            before = reduced_before(connection, self._terms, group, since)
            late = reducing.count_old_alerts(connection, group, before, self._now)
            if late:
                mend = "Start the house: old alerts are reduced to figures within minutes."
                self._found.add(FindingKind.NOT_REDUCED, f"camera:{group[0]}", f"{late} alerts past their term", mend)

    def _rows(self) -> None:
        """No event, message or measured value is kept past its term: those go without a file and without the ledger."""
        connection, terms = self._connection, self._terms
        since = UtcNs(self._over_at - seconds_to_ns(REDUCE_WITHIN_S))
        late = Counter[str]()
        for group in reducing.groups_with_events(connection):
            before = events_before(connection, terms, group, since)
            late[f"events:{group[0]}"] += reducing.count_old_events(connection, group, before)
        before = reduced_before(connection, terms, (EVERY_CAMERA, ""), since)
        late["messages:waiting"] = reducing.count_old_messages(connection, before)
        late["messages:set_aside"] = reducing.count_old_parked(connection, before, since)
        late["figures:*"] = reducing.count_old_observations(connection, figures_before(connection, terms, since))
        for where, count in sorted(late.items()):
            if count:
                mend = "Start the house: what is over is dropped within minutes. If its clock is doubted, set it right."
                self._found.add(FindingKind.DUE_RECORD, where, f"{count} rows past their term", mend)

    def _files(self, top: str) -> Iterator[tuple[Path, int, int]]:
        """(path, bytes, when touched) of every file below a folder of the data folder, links included as files."""
        waiting = [self._data / top]
        while waiting:
            folder = waiting.pop()
            if not folder.is_dir():
                continue
            for one in sorted(os.scandir(folder), key=lambda entry: entry.name):
                if one.is_dir(follow_symlinks=False):
                    waiting.append(Path(one.path))
                    continue
                stat = one.stat(follow_symlinks=False)
                self._found.looked_at["files"] += 1
                self._found.looked_at["bytes"] += stat.st_size
                self._step()
                yield Path(one.path), stat.st_size, stat.st_mtime_ns

    def _name(self, path: Path) -> str:
        return path.relative_to(self._data).as_posix()

    def _being_written(self, path: Path, touched_ns: int) -> bool:
        return path.name.startswith(".") and path.name.endswith(".part") and self._now - touched_ns < WRITING_NS


REDUCE_WITHIN_S = 1200.0
"""Old alerts are reduced every few minutes: so long after their term they may still be whole."""


def _batches(files: Iterator[tuple[Path, int, int]]) -> Iterator[list[tuple[Path, int, int]]]:
    batch: list[tuple[Path, int, int]] = []
    for one in files:
        batch.append(one)
        if len(batch) >= _FOLDER_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
