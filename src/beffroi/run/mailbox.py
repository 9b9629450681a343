"""One-slot mailboxes between cameras and the analysis thread: the oldest due frame first, late ones counted."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from beffroi.vocabulary.picture import Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A frame to analyse, due since ``due_at`` (monotonic ns).

    ``waiting_since``: since when its camera has waited for its turn, frames replaced meanwhile included.
    """

    camera_id: str
    frame: Frame
    due_at: int
    waiting_since: int


@dataclass(slots=True)
class Tally:
    """How a camera's due frames fared. ``late`` counts those analysed too late and those never analysed."""

    due: int = 0
    taken: int = 0
    late: int = 0


class Mailboxes:
    """The cameras' slots of one worker. A newer frame replaces one that still waits: that one counts as late.

    So an overload thins each camera's frames evenly and never piles up memory or delay.
    """

    def __init__(self, late_after_ns: int) -> None:
        self._late_after_ns = late_after_ns
        self._slots: dict[str, Due] = {}
        self._tallies: dict[str, Tally] = {}
        self._changed = threading.Condition()
        self._closed = False

    def put(self, frame: Frame, camera_id: str, due_at: int) -> None:
        """Leave a frame for analysis; never blocks."""
        with self._changed:
            tally = self._tallies.setdefault(camera_id, Tally())
            tally.due += 1
            replaced = self._slots.get(camera_id)
            tally.late += replaced is not None
            # A camera keeps its place in the queue: else, in an overload, the same ones would be passed over for ever.
            since = replaced.waiting_since if replaced else due_at
            self._slots[camera_id] = Due(camera_id=camera_id, frame=frame, due_at=due_at, waiting_since=since)
            self._changed.notify()

    def take(self, timeout_s: float) -> Due | None:
        """The frame of the camera that has waited longest, or None after the time-out."""
        with self._changed:
            if not self._slots and not self._closed:
                self._changed.wait(timeout_s)
            if not self._slots:
                return None
            due = min(self._slots.values(), key=lambda d: d.waiting_since)
            del self._slots[due.camera_id]
            return due

    def done(self, due: Due, now: int) -> None:
        """Count a frame as analysed at ``now`` (monotonic ns)."""
        with self._changed:
            tally = self._tallies.setdefault(due.camera_id, Tally())
            tally.taken += 1
            tally.late += now - due.due_at > self._late_after_ns

    def tally(self, camera_id: str) -> Tally:
        """A copy of a camera's counts since the start."""
        with self._changed:
            found = self._tallies.get(camera_id, Tally())
            return Tally(due=found.due, taken=found.taken, late=found.late)

    def forget(self, camera_ids: Iterable[str]) -> None:
        """Drop cameras that have gone, with their counts."""
        with self._changed:
            for camera_id in camera_ids:
                self._slots.pop(camera_id, None)
                self._tallies.pop(camera_id, None)

    def close(self) -> None:
        """Wake the taker; nothing more will come."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
