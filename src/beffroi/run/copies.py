"""Blurred copies of evidence, for those who may not see people: made behind the clear parts, at low priority."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from beffroi.run.eyes import yield_to_analysis

log = structlog.get_logger(__name__)


@dataclass(order=True, slots=True, frozen=True)
class _Wanted:
    rank: int
    number: int


class BlurredCopies:
    """One thread that makes copies, stills before clips: an operator sees the still first."""

    def __init__(self) -> None:
        self._wanted: queue.PriorityQueue[tuple[_Wanted, Callable[[], None]]] = queue.PriorityQueue()
        self._count = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="blurred copies", daemon=True)
        self._thread.start()

    def make(self, copy: Callable[[], None], *, soon: bool) -> None:
        """Have a copy made; returns at once. ``copy`` tells its own failures."""
        with self._lock:
            self._count += 1
            self._wanted.put((_Wanted(rank=0 if soon else 1, number=self._count), copy))

    def finish(self, timeout_s: float) -> bool:
        """Wait until what was wanted so far is made; false when that takes longer."""
        done = threading.Event()
        with self._lock:
            self._count += 1
            self._wanted.put((_Wanted(rank=2, number=self._count), done.set))
        return done.wait(timeout_s)

    def _run(self) -> None:
        yield_to_analysis()
        while True:
            _, copy = self._wanted.get()
            try:
                copy()
            except Exception:  # one copy's trouble must not end the copies of all
                log.exception("copy_failed")
