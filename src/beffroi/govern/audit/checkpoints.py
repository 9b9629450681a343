"""Signed checkpoints of the journal: made in time, kept in the store and once more beside it, time-stamped, pruned."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import structlog

from beffroi.govern.audit.findings import Findings
from beffroi.govern.audit.material import COPY, canonical, checkpoint_json, read_copies
from beffroi.govern.audit.timestamps import Authority
from beffroi.govern.keys import Signer
from beffroi.govern.passage import Passage
from beffroi.govern.rights import SYSTEM, Right
from beffroi.govern.settings import GovernanceSettings
from beffroi.keep.store import checkpoints, journal
from beffroi.vocabulary.errors import BeffroiError, StorageError
from beffroi.vocabulary.journal import Checkpoint, statement
from beffroi.vocabulary.time import NS_PER_S, UtcNs, seconds_to_ns

log = structlog.get_logger("beffroi.govern")

_PRUNE_EVERY_NS = 3600 * NS_PER_S
_PRUNE_MOST = 50_000
"""Entries let go of in one transaction, so that writers wait for a moment only. Source: our choice."""
_LINE_MOST = 4096
_AGAIN_FIRST_NS, _AGAIN_MOST_NS = 60 * NS_PER_S, 3600 * NS_PER_S


class Checkpoints:
    """Makes checkpoints every so many entries or seconds, and at a clean stop. Thread-safe."""

    def __init__(self, passage: Passage, signer: Signer, data: Path, settings: GovernanceSettings) -> None:
        self._passage = passage
        self._signer = signer
        self._path = data / COPY
        self._settings = settings
        self._lock = threading.Lock()
        self._pruned_at = UtcNs(0)
        self._stamping: threading.Thread | None = None
        self._ask_from = UtcNs(0)
        self._wait_ns = _AGAIN_FIRST_NS
        self.timestamp_trouble = ""

    def tend(self, *, may_prune: Callable[[], bool]) -> None:
        """Make the checkpoint that is due, have it time-stamped, let go of entries whose time is over
        (``may_prune``: whether the clock may be believed).

        Raises:
            StorageError: the disk refuses; it is tried again the next time.
        """
        now = self._passage.clock()
        if self._is_due(now):
            self.make()
        self._stamp(now)
        if abs(now - self._pruned_at) >= _PRUNE_EVERY_NS and may_prune():
            self._pruned_at = now
            self.prune()

    def make(self) -> Checkpoint | None:
        """Sign the newest entry; None when it is signed already.

        Raises:
            StorageError: the disk refuses.
        """
        with self._lock:
            made = self._sign()
            self._copy()
        return made

    def prune(self) -> int:
        """Let go of the oldest entries whose time is over, up to a signed checkpoint. How many went.

        Raises:
            StorageError: the disk refuses; nothing went.
        """
        before = UtcNs(self._passage.clock() - seconds_to_ns(self._settings.journal_keep_s))
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            first, _ = journal.start(connection)
            border = checkpoints.made_before(connection, before, first + _PRUNE_MOST)
            # a clock that was set back may have left an entry that is younger than the checkpoint after it
            if border is None or border.seq < first or journal.newest_at(connection, border.seq) >= before:
                return 0
        about = "journal:entries"
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE, about) as writing:
            gone = journal.drop_oldest(writing.connection, border)
            checkpoints.drop_before(writing.connection, border.seq)
            detail = {"from": first, "to": border.seq, "entries": gone}
            writing.trace("prune_journal", about, why="expired", detail=detail)
        return gone

    def wait(self, seconds: float) -> None:
        """Wait for a time-stamp that is being asked for."""
        if self._stamping is not None:
            self._stamping.join(seconds)

    def _is_due(self, now: UtcNs) -> bool:
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            head, _ = journal.head(connection)
            last = checkpoints.newest(connection)
        if last is None:
            return head > 0
        new = head - last.seq
        waited = now - last.at
        every_ns = seconds_to_ns(self._settings.checkpoint_every_s)
        # waited below zero: the clock was set back, and how long it was is not known
        return new >= self._settings.checkpoint_entries or (new > 0 and not 0 <= waited < every_ns)

    def _sign(self) -> Checkpoint | None:
        key_id = self._signer.ready()  # a first or renewed key writes its own entry, which is signed with the others
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            seq, digest = journal.head(connection)
            last = checkpoints.newest(connection)
        if seq == 0 or (last is not None and last.seq >= seq):
            return None
        before = 0 if last is None else last.seq
        made = Checkpoint(seq=seq, at=self._passage.clock(), head_sha256=digest, previous_seq=before, key_id=key_id)
        signed = self._signer.sign(statement(made))
        made = replace(made, signature=signed.signature)
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            newest = checkpoints.newest(writing.connection)
            if signed.key_id != key_id or (newest.seq if newest else 0) != before:
                return None  # the key was rotated, or another process was faster: the next round signs
            checkpoints.add(writing.connection, made)
        return made

    def _copy(self) -> None:
        """Bring the file beside the store up to what the store has. Only ever added to, and on the disk at once."""
        keys = {one.key_id: one.public_key for one in self._signer.public_keys()}
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                known = self._last_copied(file)
                with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
                    missing = checkpoints.since(connection, known)
                if not missing:
                    return
                if len(missing) > 1:
                    log.warning("checkpoints_copied_late", copies=len(missing), after_seq=known)
                file.write(_lines(missing, keys))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            mend = "Free space there; what is missing is added the next time."
            raise StorageError(f"the checkpoints {self._path} cannot be written ({error.strerror}). {mend}") from error

    def _last_copied(self, file: BinaryIO) -> int:
        """The entry of the last checkpoint in the file. A line that a crash cut short is taken off: it comes again."""
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LINE_MOST))
        tail = file.read()
        whole = tail[: tail.rfind(b"\n") + 1]
        if len(whole) < len(tail):
            file.truncate(size - len(tail) + len(whole))
        try:
            return int(json.loads(whole.splitlines()[-1])["seq"]) if whole else 0
        except (ValueError, KeyError, TypeError):  # altered: verification names it, here the others are added
            known = read_copies(self._path, Findings()) or []
            return known[-1].seq if known else 0

    def _stamp(self, now: UtcNs) -> None:
        """Ask the authority for the newest checkpoint, in a thread of its own: nobody waits for it."""
        asked = self._stamping is not None and self._stamping.is_alive()
        if not self._settings.timestamp_url or asked or now < self._ask_from:
            return
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            wanted = checkpoints.without_token(connection)
        if wanted is None:
            return
        self._stamping = threading.Thread(target=self._ask, args=(wanted,), name="time-stamping", daemon=True)
        self._stamping.start()

    def _ask(self, wanted: Checkpoint) -> None:
        settings = self._settings
        try:
            root = Path(settings.timestamp_root) if settings.timestamp_root else None
            token = Authority.known_by(settings.timestamp_url, root).stamp(statement(wanted))
            with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
                checkpoints.set_token(writing.connection, wanted.seq, token)
        except BeffroiError as error:
            self.timestamp_trouble = str(error)
            self._ask_from = UtcNs(self._passage.clock() + self._wait_ns)
            self._wait_ns = min(2 * self._wait_ns, _AGAIN_MOST_NS)
            log.error("timestamp_failed", cause=str(error), seq=wanted.seq)
            return
        self.timestamp_trouble, self._wait_ns = "", _AGAIN_FIRST_NS


def _lines(some: Sequence[Checkpoint], keys: dict[str, str]) -> bytes:
    told = (canonical(checkpoint_json(one, keys.get(one.key_id, ""))) for one in some)
    return "".join(f"{line}\n" for line in told).encode()
