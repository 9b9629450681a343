"""What workers say goes to the store in one thread of its own, so that no disk ever holds up the event loop."""

from __future__ import annotations

import queue
import threading
import time

import structlog

from beffroi.govern.counts import Counting, CountKey, add_counts
from beffroi.govern.doors import Doors
from beffroi.govern.intake import Written
from beffroi.govern.rights import SYSTEM
from beffroi.run.messages import Counted, CountersNow, EventSeen, EvidenceDone, StatusChanged, WorkerMessage
from beffroi.vocabulary.camera import CameraStatus
from beffroi.vocabulary.errors import BeffroiError, StorageError
from beffroi.vocabulary.time import UtcNs

log = structlog.get_logger("beffroi.app")
RETRY_MOST_S = 5.0


class Intake:
    """Takes worker messages in order and writes them down; a full disk makes it wait and try again, not forget.

    Camera states are written only when they are the newest: a camera that flickers while the disk is slow does not
    pile up. ``failing`` says why the store refuses now; empty when it does not.
    """

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self.failing = ""
        self._waiting: queue.SimpleQueue[EventSeen | EvidenceDone | str | None] = queue.SimpleQueue()
        self._statuses: dict[str, CameraStatus] = {}
        self._counters: dict[str, CountersNow] = {}
        self._counts: dict[CountKey, Counting] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)

    @property
    def behind(self) -> int:
        """How many messages wait."""
        return self._waiting.qsize()

    def start(self) -> None:
        """Begin writing."""
        self._thread.start()

    def stop(self, within_s: float = 10.0) -> None:
        """Write what is waiting, then end; a disk that refuses is not waited for longer than ``within_s``."""
        if not self._thread.is_alive():
            return
        self._waiting.put(None)
        self._thread.join(within_s / 2)
        self._stopping.set()
        self._thread.join(within_s / 2)

    def take(self, message: WorkerMessage) -> None:
        """Accept a message at once."""
        if isinstance(message, StatusChanged):
            with self._lock:
                known = message.status.camera_id in self._statuses
                self._statuses[message.status.camera_id] = message.status
            if not known:
                self._waiting.put(message.status.camera_id)
        elif isinstance(message, CountersNow):
            with self._lock:
                self._counters[message.camera_id] = message
        elif isinstance(message, Counted):
            with self._lock:
                add_counts(self._counts, message.camera_id, message.added, UtcNs(time.time_ns()))
        else:
            self._waiting.put(message)

    def keep_counts(self) -> None:
        """Add what was counted since the last time to the store; what it refuses is kept for the next time.

        Raises:
            StorageError: the disk refuses.
        """
        with self._lock:
            waiting, self._counts = self._counts, {}
        if not waiting:
            return
        try:
            refused = self._doors.counts.add(SYSTEM, waiting)
        except StorageError:
            with self._lock:
                for key, newer in self._counts.items():
                    before = waiting.get(key)
                    added = newer.added + (before.added if before is not None else 0.0)
                    waiting[key] = Counting(added=added, last_at=newer.last_at)
                self._counts = waiting
            raise
        if refused:
            log.warning("counts_refused", counters=refused)

    def keep_counters(self) -> None:
        """Write the newest figures of every camera down (called now and then: they matter little once old)."""
        with self._lock:
            newest, self._counters = self._counters, {}
        for camera_id, message in newest.items():
            self._doors.cameras.record_counters(SYSTEM, camera_id, message.counters)

    def _run(self) -> None:
        while (message := self._waiting.get()) is not None:
            wait_s = 0.1
            while not self._written(message):
                if self._stopping.wait(wait_s):
                    log.error("intake_lost", waiting=self._waiting.qsize() + 1)
                    return
                wait_s = min(RETRY_MOST_S, wait_s * 2)

    def _written(self, message: EventSeen | EvidenceDone | str) -> bool:
        """Whether the message needs no further try. One that can never be written is logged and given up."""
        begun = time.perf_counter()
        try:
            self._write(message)
        except StorageError as error:
            log.error("intake_waits", cause=str(error))
            self.failing = str(error)
            return False
        except BeffroiError as error:
            log.warning("intake_refused", kind=type(message).__name__, cause=str(error))
        except Exception:  # a message that breaks the store's code must not end the thread that saves all others
            log.exception("intake_failed", kind=type(message).__name__)
        self.failing = ""
        taken_s = time.perf_counter() - begun
        if taken_s > 0.25:
            log.warning("intake_slow", kind=type(message).__name__, seconds=round(taken_s, 3))
        return True

    def _write(self, message: EventSeen | EvidenceDone | str) -> None:
        if isinstance(message, EventSeen):
            self._doors.intake.take_event(SYSTEM, message.event)
        elif isinstance(message, EvidenceDone):
            self._doors.intake.take_evidence(
                SYSTEM,
                message.event_id,
                parts=message.parts,
                from_at=message.from_at,
                to_at=message.to_at,
                written=Written(error=message.error, final=message.final, redaction=message.redaction),
            )
        else:
            with self._lock:
                status = self._statuses.get(message)
                self._statuses.pop(message, None)
            if status is not None:
                self._set_status(status)

    def _set_status(self, status: CameraStatus) -> None:
        """Write a state; if the disk refuses, it waits as the newest unless a newer one has come."""
        try:
            self._doors.cameras.set_status(SYSTEM, status)
        except StorageError:
            with self._lock:
                self._statuses.setdefault(status.camera_id, status)
            raise
