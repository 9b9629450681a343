"""Mailboxes between cameras and the analysis thread: the oldest due frame first, late ones counted."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from beffroi.vocabulary.picture import Frame

SLOTS = 3
"""Frames of one camera that may wait: 0.6 s at five a second, so that a short stall costs none. Source: ADR 51."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A frame to analyse, due since ``due_at`` (monotonic ns)."""

    camera_id: str
    frame: Frame
    due_at: int


@dataclass(slots=True)
class Tally:
    """How a camera's due frames fared. ``late`` counts those analysed too late and those never analysed."""

    due: int = 0
    taken: int = 0
    late: int = 0


class Mailboxes:
    """A few slots for each camera of one worker.

    When they are full, the newest frame pushes out the oldest, which counts as late: an overload thins each camera's
    frames evenly and never piles up memory or delay.
    """

    def __init__(self, late_after_ns: int, slots: int = SLOTS) -> None:
        self._late_after_ns, self._slots = late_after_ns, slots
        self._waiting: dict[str, deque[Due]] = {}
        self._since: dict[str, int] = {}
        self._tallies: dict[str, Tally] = {}
        self._changed = threading.Condition()
        self._closed = False

    def put(self, frame: Frame, camera_id: str, due_at: int) -> None:
        """Leave a frame for analysis; never blocks."""
        with self._changed:
            tally = self._tallies.setdefault(camera_id, Tally())
            tally.due += 1
            frames = self._waiting.setdefault(camera_id, deque())
            # A camera that loses a frame keeps its place: else, in an overload, the same ones would never have a turn.
            self._since.setdefault(camera_id, due_at)
            if len(frames) >= self._slots:
                frames.popleft()
                tally.late += 1
            frames.append(Due(camera_id=camera_id, frame=frame, due_at=due_at))
            self._changed.notify()

    def take(self, timeout_s: float) -> Due | None:
        """The oldest frame of the camera that has waited longest, or None after the time-out."""
        with self._changed:
            if not self._since and not self._closed:
                self._changed.wait(timeout_s)
            if not self._since:
                return None
            camera_id = min(self._since, key=self._since.__getitem__)
            frames = self._waiting[camera_id]
            due = frames.popleft()
            if frames:
                self._since[camera_id] = frames[0].due_at
            else:
                del self._since[camera_id]
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
                self._waiting.pop(camera_id, None)
                self._since.pop(camera_id, None)
                self._tallies.pop(camera_id, None)

    def close(self) -> None:
        """Wake the taker; nothing more will come."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
