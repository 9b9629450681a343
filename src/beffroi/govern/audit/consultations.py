"""Reading is an act too: one entry for a question, not one for each page of its answer or each picture of a wall."""

from __future__ import annotations

import threading

from beffroi.govern.passage import Passage
from beffroi.govern.rights import Actor, Right
from beffroi.vocabulary.journal import Detail, canonical_detail
from beffroi.vocabulary.time import NS_PER_S, UtcNs

SAME_FOR_NS = 300 * NS_PER_S
"""The same person asking the same again so soon goes on with what is in the journal. Source: our choice."""
_MOST = 10_000


class Consultations:
    """Writes consultations into the journal before anything is given. Thread-safe."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._lock = threading.Lock()
        self._noted: dict[tuple[str, ...], UtcNs] = {}

    def note(
        self, actor: Actor, right: Right, act: str, about: str, *, detail: Detail | None = None, goes_on: bool = False
    ) -> None:
        """Journal a consultation; one that ``goes_on`` (a further page, the next picture) only if its beginning was
        not journalled lately, so that nobody reads on from what was never asked.

        Raises:
            NotAuthorisedError: the right is missing.
            StorageError: the disk refuses: then nothing may be given.
        """
        key = (actor.name, act, about, canonical_detail(detail or {}))
        now = self._passage.clock()
        if goes_on and self._is_known(key, now):
            self._passage.check(actor, right, about)
            return
        with self._passage.writing(actor, right, about, act=act, detail=detail):
            pass
        with self._lock:
            if len(self._noted) >= _MOST:
                self._noted.clear()
            self._noted[key] = now

    def _is_known(self, key: tuple[str, ...], now: UtcNs) -> bool:
        with self._lock:
            noted = self._noted.get(key)
        return noted is not None and 0 <= now - noted < SAME_FOR_NS
