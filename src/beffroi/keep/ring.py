"""The last seconds of a stream, so that a clip can begin before its event."""

from __future__ import annotations

import threading
from collections import deque

from beffroi.ports.source import Packet
from beffroi.vocabulary.time import UtcNs, seconds_to_ns


class PacketRing:
    """The newest packets of one run, bounded in seconds and bytes; always begins with a keyframe.

    Written by the reader, read by anyone. A packet of another run empties it. Whole groups of pictures are let go of,
    so it may hold up to one group more than ``max_s``; never more than ``max_bytes``: a group that alone is larger
    is dropped (``dropped_groups``) and the ring starts again with the next keyframe.
    """

    def __init__(self, *, max_s: float, max_bytes: int) -> None:
        self._max_ns = seconds_to_ns(max_s)
        self._max_bytes = max_bytes
        self._groups: deque[list[Packet]] = deque()
        self._sizes: deque[int] = deque()
        self._lock = threading.Lock()
        self._run_id = ""
        self.dropped_groups = 0

    @property
    def bytes(self) -> int:
        """Coded bytes held."""
        return sum(self._sizes)

    def push(self, packet: Packet) -> None:
        """Add the newest packet."""
        with self._lock:
            if packet.run_id != self._run_id:
                self._groups.clear()
                self._sizes.clear()
                self._run_id = packet.run_id
            if packet.is_keyframe:
                self._groups.append([])
                self._sizes.append(0)
            if not self._groups:
                return
            self._groups[-1].append(packet)
            self._sizes[-1] += len(packet.data)
            while len(self._groups) > 1 and packet.captured_at - self._groups[1][0].captured_at >= self._max_ns:
                self._drop()
            while self._groups and sum(self._sizes) > self._max_bytes:
                self.dropped_groups += len(self._groups) == 1
                self._drop()

    def span(self, from_at: UtcNs, to_at: UtcNs) -> list[Packet]:
        """The packets from the keyframe at or before ``from_at`` (or the oldest kept) to the last at or before
        ``to_at``, in decoding order; empty when the ring has nothing of that span.
        """
        with self._lock:
            groups = [list(group) for group in self._groups]
        first = 0
        for index, group in enumerate(groups):
            if group[0].captured_at <= from_at:
                first = index
        chosen = [packet for group in groups[first:] for packet in group]
        last = -1
        for index, packet in enumerate(chosen):
            if packet.captured_at <= to_at:
                last = index
        inside = chosen[: last + 1]
        return inside if any(packet.captured_at >= from_at for packet in inside) else []

    def newest(self) -> Packet | None:
        """The packet pushed last."""
        with self._lock:
            return self._groups[-1][-1] if self._groups else None

    def group(self) -> list[Packet]:
        """The newest group of pictures so far: what a viewer needs to begin at once."""
        with self._lock:
            return list(self._groups[-1]) if self._groups else []

    def _drop(self) -> None:
        self._groups.popleft()
        self._sizes.popleft()
