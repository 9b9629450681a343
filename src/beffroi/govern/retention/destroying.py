"""Destruction in an order that a crash cannot hurt: written down, unlinked, then ledger and record together."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import structlog

from beffroi.govern.intake import settle_evidence
from beffroi.govern.passage import Passage, Writing
from beffroi.govern.retention.inscribing import Pen, entry_of
from beffroi.govern.retention.removing import Remover
from beffroi.govern.rights import SYSTEM, Right
from beffroi.keep.store import destructions, due, evidence, segments
from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.judgement import EvidenceState
from beffroi.vocabulary.retention import DataKind, Due, Why
from beffroi.vocabulary.time import NS_PER_S, UtcNs

log = structlog.get_logger("beffroi.govern")

BATCH = 100
BATCHES_A_ROUND = 20
RETRY_NS = 60 * NS_PER_S
"""What the disk would not let go of is tried again after this. Source: our choice."""


class Destruction:
    """Destroys what is due. ``turn`` is held over each batch, and by whoever places a hold: a hold that was placed
    keeps everything that is still there when its placing returns.
    """

    def __init__(self, passage: Passage, remover: Remover, pen: Pen, turn: threading.Lock) -> None:
        self._passage = passage
        self._remover = remover
        self._pen = pen
        self._turn = turn

    def recover(self) -> int:
        """After a start: finish what was begun before. What a hold covers by now and is whole still, stays. How many.

        Raises:
            StorageError: the store refuses.
        """
        finished = 0
        while True:
            with self._turn:
                with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
                    begun = [one.item for one in destructions.begun(connection, tried_before=UtcNs(1), limit=BATCH)]
                if not begun:
                    return finished
                finished += self._finish(self._without_held(begun))

    def run(self, now: UtcNs) -> int:
        """Destroy what is due at ``now``, a bounded number of batches. How many things went.

        Raises:
            StorageError: the store refuses; what was begun is finished the next time.
        """
        gone = self._retry(now)
        after = due.BEGINNING
        for _ in range(BATCHES_A_ROUND):
            with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
                if not due.due(connection, now, after=after, limit=1):
                    break
            self._pen.ready()
            with self._turn:
                with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
                    batch = due.due(writing.connection, now, after=after, limit=BATCH)
                    destructions.begin(writing.connection, batch, writing.now)
                if not batch:
                    break
                gone += self._finish(batch)
            after = (batch[-1].expires_at, batch[-1].item_id)
        return gone

    def destroy_nameless(self, items: Sequence[Due]) -> int:
        """Destroy footage that no record names; what the disk would not let go of is tried again. How many went.

        Raises:
            StorageError: the store refuses; what was begun is finished the next time.
        """
        if not items:
            return 0
        with self._turn:
            with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
                destructions.begin(writing.connection, items, writing.now)
            return self._finish(items)

    def _retry(self, now: UtcNs) -> int:
        before = UtcNs(now - RETRY_NS)
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            waiting = bool(destructions.begun(connection, tried_before=before, limit=1))
        if not waiting:
            return 0
        with self._turn:
            with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
                begun = [one.item for one in destructions.begun(connection, tried_before=before, limit=BATCH)]
            return self._finish(self._without_held(begun))

    def _without_held(self, begun: Sequence[Due]) -> list[Due]:
        """What was begun, less what a hold covers by now and nothing has gone of: that is let off."""
        now = self._passage.clock()
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            held = [
                one
                for one in begun
                if due.is_held(writing.connection, one.kind, one.item_id, now) and self._remover.all_there(one)
            ]
            destructions.done(writing.connection, held)
        return [one for one in begun if one not in held]

    def _finish(self, items: Sequence[Due]) -> int:
        """Unlink, then tell the ledger and the records in one transaction. How many went."""
        gone, refused = [], []
        for item in items:
            try:
                self._remover.remove(item)
                gone.append(item)
            except StorageError as error:
                refused.append((item, str(error)))
        if refused:
            log.error("destruction_refused", count=len(refused), cause=refused[0][1])
        self._pen.ready()
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            for item, said in refused:
                destructions.refused(writing.connection, item, said, writing.now)
            self._tell(writing, gone)
        return len(gone)

    def _tell(self, writing: Writing, gone: Sequence[Due]) -> None:
        if not gone:
            return
        self._pen.write(writing, [entry_of(item, writing.now) for item in gone])
        destructions.done(writing.connection, gone)
        recorded = [item for item in gone if item.kind is DataKind.SEGMENTS]
        for why in {item.why for item in recorded}:
            names = [item.item_id for item in recorded if item.why is why]
            segments.mark_destroyed(writing.connection, names, writing.now, why.value)
            size = sum(one.bytes for item in recorded if item.why is why for one in item.files)
            detail = {"count": len(names), "bytes": size}
            writing.trace("destroy_footage", "segments", why=why.value, detail=detail)
        strays = [item for item in gone if item.kind is DataKind.EXPORTS]
        if strays:
            writing.trace("destroy_footage", "exports", why=Why.NO_RECORD.value, detail={"count": len(strays)})
        for item in gone:
            if item.kind is DataKind.EVIDENCE:
                _mark_evidence(writing, item)


def _mark_evidence(writing: Writing, item: Due) -> None:
    """Let the record and its alert say that the evidence is gone."""
    connection = writing.connection
    if not item.alert_id:  # no record names it: the event's folder is all there was
        writing.trace("destroy_footage", item.item_id, why=item.why.value)
        return
    writing.trace("destroy_footage", f"evidence:{item.item_id}", why=item.why.value)
    record = evidence.get_evidence(connection, item.item_id)
    if record is not None and record.state is EvidenceState.PENDING:
        evidence.seal(connection, item.item_id, state=EvidenceState.MISSING, reason="expired")
    evidence.mark_destroyed(connection, item.item_id, writing.now, "expired")
    settle_evidence(writing, item.alert_id, EvidenceState.MISSING, "expired")
