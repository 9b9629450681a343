"""The last seconds of a stream, so that a clip can begin before its event."""

from __future__ import annotations

import threading
from collections import deque

from beffroi.ports.source import Packet, StreamInfo
from beffroi.vocabulary.time import UtcNs, seconds_to_ns


class PacketRing:
    """The newest packets of a stream, bounded in seconds and bytes; always begins with a keyframe.

    Written by the reader, read by anyone. Runs follow one another in it, so that a clip survives a stream that breaks
    after its event. Whole groups of pictures are let go of: it may hold up to one group more than ``max_s``, never
    more than ``max_bytes``; a group that alone is larger is dropped (``dropped_groups``) and the ring starts again
    with the next keyframe.
    """

    def __init__(self, *, max_s: float, max_bytes: int) -> None:
        self._max_ns = seconds_to_ns(max_s)
        self._max_bytes = max_bytes
        self._groups: deque[list[Packet]] = deque()
        self._sizes: deque[int] = deque()
        self._infos: dict[str, StreamInfo] = {}
        self._total = 0
        self._lock = threading.Lock()
        self.dropped_groups = 0

    @property
    def bytes(self) -> int:
        """Coded bytes held."""
        return self._total

    def push(self, packet: Packet, info: StreamInfo | None = None) -> None:
        """Add the newest packet; ``info`` tells what its run is (see ``info_of``)."""
        with self._lock:
            if info is not None:
                self._infos[packet.run_id] = info
            if packet.is_keyframe:
                self._groups.append([])
                self._sizes.append(0)
            elif not self._groups or self._groups[-1][0].run_id != packet.run_id:
                return
            self._groups[-1].append(packet)
            self._sizes[-1] += len(packet.data)
            self._total += len(packet.data)
            while len(self._groups) > 1 and abs(packet.captured_at - self._groups[1][0].captured_at) >= self._max_ns:
                self._drop()
            while self._groups and self._total > self._max_bytes:
                self.dropped_groups += len(self._groups) == 1
                self._drop()

    def span(self, from_at: UtcNs, to_at: UtcNs) -> list[Packet]:
        """The packets from the keyframe at or before ``from_at`` (or the oldest kept) to the last at or before
        ``to_at``, in decoding order; empty when the ring has nothing of that span.

        They are of one run: where several lie in the span, of the one that gives most of it.
        """
        with self._lock:
            groups = [list(group) for group in self._groups]
        runs: dict[str, list[list[Packet]]] = {}
        for group in groups:
            runs.setdefault(group[0].run_id, []).append(group)
        spans = [_cut(run, from_at, to_at) for run in runs.values()]
        return max(spans, key=lambda packets: _held_ns(packets, from_at), default=[])

    def info_of(self, run_id: str) -> StreamInfo | None:
        """What a run still held is, as told with its packets."""
        return self._infos.get(run_id)

    def newest(self) -> Packet | None:
        """The packet pushed last."""
        with self._lock:
            return self._groups[-1][-1] if self._groups else None

    def group(self) -> list[Packet]:
        """The newest group of pictures so far: what a viewer needs to begin at once."""
        with self._lock:
            return list(self._groups[-1]) if self._groups else []

    def _drop(self) -> None:
        gone = self._groups.popleft()[0].run_id
        self._total -= self._sizes.popleft()
        if all(group[0].run_id != gone for group in self._groups):
            self._infos.pop(gone, None)


def _cut(groups: list[list[Packet]], from_at: UtcNs, to_at: UtcNs) -> list[Packet]:
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


def _held_ns(packets: list[Packet], from_at: UtcNs) -> int:
    return max(p.captured_at for p in packets) - max(from_at, packets[0].captured_at) if packets else -1
