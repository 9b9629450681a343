"""Our clocks, and when a picture was taken.

Design doc: docs/design/time.md.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Protocol

from beffroi.vocabulary.time import NS_PER_MS, NS_PER_S, UtcNs

WALL_STEP_NS = NS_PER_S
"""A wall clock that moves by more than this beside the steady clock ends the run. Source: our choice, ADR 41."""

_WINDOW_BUCKETS = 30
_BUCKET_NS = NS_PER_S
_FLOOR_NS = 20 * NS_PER_MS
_UP_SHARE = 100
_DOWN_SHARE = 2
_WALL_SHARE = 200


class Clock(Protocol):
    """Two clocks: ``wall_ns`` is UTC and may step, ``steady_ns`` only ever goes on but counts from nowhere."""

    def wall_ns(self) -> int:
        """UTC nanoseconds since 1970."""
        ...

    def steady_ns(self) -> int:
        """Nanoseconds of a clock that never steps."""
        ...


class SystemClock:
    """This machine's clocks."""

    def wall_ns(self) -> int:
        """UTC nanoseconds since 1970."""
        return time.time_ns()

    def steady_ns(self) -> int:
        """Nanoseconds of a clock that never steps."""
        return time.monotonic_ns()


SYSTEM_CLOCK = SystemClock()


class ArrivalTimes:
    """When each picture of a live stream was taken, from when its packets came.

    A packet is never early, only late: the least late ones of the last 30 s tell where the camera's time lies on
    ours. That place is followed slowly (at most 1 % towards later, 50 % of elapsed media time towards earlier), so
    instants rise with media time and neither a burst, a network hiccup nor a drifting camera crystal makes them
    jump. Source: minimum filter as in NTP's clock filter (RFC 5905, section 10); limits our choice, ADR 41.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall_offset = clock.wall_ns() - clock.steady_ns()
        self._wall_left = 0
        self._lows: deque[tuple[int, int]] = deque(maxlen=_WINDOW_BUCKETS)
        self._offset = 0
        self._newest = -1
        self._lateness = 0

    @property
    def wall_stepped(self) -> bool:
        """Whether our wall clock was set while the run went on: its instants can no longer be trusted."""
        return abs(self._wall_left) > WALL_STEP_NS

    def arrived_at(self, steady_ns: int) -> UtcNs:
        """The instant of a reading of the steady clock."""
        return UtcNs(steady_ns + self._wall_offset)

    def captured_at(self, media_time_ns: int, steady_ns: int) -> tuple[UtcNs, int]:
        """The instant of exposure and its half-width, for a packet that came at ``steady_ns``."""
        lag = steady_ns - media_time_ns
        bucket = steady_ns // _BUCKET_NS
        if self._lows and self._lows[-1][0] == bucket:
            self._lows[-1] = (bucket, min(self._lows[-1][1], lag))
        else:
            self._lows.append((bucket, lag))
        target = min(low for at, low in self._lows if at > bucket - _WINDOW_BUCKETS)
        self._wall_left = self._clock.wall_ns() - self._clock.steady_ns() - self._wall_offset
        if self._newest < 0:
            self._offset, self._newest = lag, media_time_ns
        elif media_time_ns > self._newest:
            progress = media_time_ns - self._newest
            self._newest = media_time_ns
            wanted = target - self._offset
            self._offset += max(-progress // _DOWN_SHARE, min(progress // _UP_SHARE, wanted))
            self._lateness += (lag - target - self._lateness) // 16
            if not self.wall_stepped:
                limit = progress // _WALL_SHARE
                self._wall_offset += max(-limit, min(limit, self._wall_left))
        error = _FLOOR_NS + abs(target - self._offset) + max(0, self._lateness) + abs(self._wall_left)
        return UtcNs(media_time_ns + self._offset + self._wall_offset), error
