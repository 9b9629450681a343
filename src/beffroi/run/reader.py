"""Reads one stream as long as it is wanted: opens it again and again, keeps its last seconds, feeds what listens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic_ns, thread_time_ns

import structlog

from beffroi.keep.privacy import burn
from beffroi.keep.ring import PacketRing
from beffroi.ports.registry import Registry
from beffroi.ports.source import Packet, PacketSource, StreamInfo
from beffroi.run.settings import EvidenceSettings
from beffroi.run.state import Link, link_of
from beffroi.sense.decoding import StreamDecoder
from beffroi.sense.opening import open_source
from beffroi.vocabulary.camera import StreamKind, StreamSpec
from beffroi.vocabulary.errors import BeffroiError, SourceError
from beffroi.vocabulary.picture import Frame
from beffroi.vocabulary.rules import Zone
from beffroi.vocabulary.time import UtcNs

log = structlog.get_logger(__name__)

BACK_OFF_S = (0.25, 0.5, 1.0, 2.0)
REFUSED_BACK_OFF_S = 10.0
"""Cameras lock an account after a few wrong passwords. Source: our choice, ADR 51."""

BLIND_NS = 10_000_000_000
"""Media time without one picture after which a stream counts as unreadable. Source: our choice, ADR 51."""

STEADY_PACKETS = 25

FrameTaker = Callable[[Frame, int], None]
Tap = Callable[[Packet, StreamInfo], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSettings:
    """How a camera's streams are read. ``sources`` offers foreign sources, which win over ours. ``masks`` are burned
    into each picture before anything looks at it.
    """

    camera_id: str
    analysed_fps: float
    max_width_px: int
    evidence: EvidenceSettings
    sources: Registry | None = None
    masks: tuple[Zone, ...] = ()


class StreamReader:
    """One thread that reads one stream. ``link`` and ``detail`` say how it fares; nothing here ever raises outwards.

    ``cpu_ns`` is what its thread has cost, ``decode_ns`` the part of it that decoding took.

    While ``decoding`` is set, due frames go to ``on_frame(frame, due_at)`` with the monotonic instant at which their
    packet came. Taps get every packet, in this thread: they must return at once.
    """

    def __init__(self, spec: StreamSpec, settings: ReadSettings, on_frame: FrameTaker, name: str) -> None:
        self._spec, self._settings, self._on_frame = spec, settings, on_frame
        self.name = name
        self.link, self.detail = Link.STARTING, ""
        self.info: StreamInfo | None = None
        self.ring = PacketRing(max_s=settings.evidence.ring_s, max_bytes=settings.evidence.ring_bytes)
        self.decoding = threading.Event()
        self.packets_seen = 0
        self.clock_error_ns = 0
        self.cpu_ns = self.decode_ns = 0
        self._taps: tuple[Tap, ...] = ()
        self._taps_lock = threading.Lock()
        self._stopping = threading.Event()
        self._source: PacketSource | None = None
        self._decoder: StreamDecoder | None = None
        self._seen_ns: int | None = None
        self._blind = False
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=f"{name} {settings.camera_id}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Let go of the stream; the thread ends by itself."""
        self._stopping.set()
        source = self._source
        if source is not None:
            source.close()

    def join(self, timeout_s: float) -> None:
        """Wait for the thread, at most so long."""
        self._thread.join(timeout_s)

    def tap(self, tap: Tap) -> Callable[[], None]:
        """Listen to every packet from now on; the answer ends it."""
        with self._taps_lock:
            self._taps = (*self._taps, tap)

        def end() -> None:
            with self._taps_lock:
                self._taps = tuple(t for t in self._taps if t is not tap)

        return end

    def span(self, from_at: UtcNs, to_at: UtcNs) -> tuple[Sequence[Packet], StreamInfo | None]:
        """What is still held of that span, of one run, and what it is."""
        packets = self.ring.span(from_at, to_at)
        return packets, self.ring.info_of(packets[0].run_id) if packets else None

    def newest_group(self) -> tuple[Sequence[Packet], StreamInfo | None]:
        """The newest group of pictures so far."""
        packets = self.ring.group()
        return packets, self.ring.info_of(packets[0].run_id) if packets else None

    def _run(self) -> None:
        while not self._stopping.is_set() and not self._attempt():
            self._stopping.wait(self._pause_s())

    def _attempt(self) -> bool:
        """Read one run; true when there will never be another."""
        seen_before = self.packets_seen
        try:
            self._read_once()
            self._say(Link.LOST, "the stream ended")
        except SourceError as error:
            if error.reason == "changed" and self.packets_seen > seen_before:
                return False  # another resolution or codec: opened anew at once, nothing is lost
            link = link_of(error.reason)
            over = link is Link.ENDED and self._spec.kind is StreamKind.FILE
            self._say(Link.LOST if link is Link.ENDED and not over else link, str(error))
            if over:
                return True
        except BeffroiError as error:
            self._say(Link.UNREADABLE, str(error))
        except Exception as error:  # a lying camera may break anything that reads it; others must not notice
            log.exception("reader_failed", camera_id=self._settings.camera_id, stream=self.name)
            self._say(Link.UNREADABLE, f"reading failed ({type(error).__name__})")
        self._failures += 1
        return False

    def _pause_s(self) -> float:
        if self.link is Link.UP:
            return 0.0
        if self.link is Link.REFUSED:
            return REFUSED_BACK_OFF_S
        return BACK_OFF_S[min(self._failures, len(BACK_OFF_S)) - 1] if self._failures else BACK_OFF_S[0]

    def _say(self, link: Link, detail: str) -> None:
        if not self._stopping.is_set() and (link, detail) != (self.link, self.detail):
            log.info("stream", camera_id=self._settings.camera_id, stream=self.name, link=link.value)
        self.link, self.detail = link, detail

    def _read_once(self) -> None:
        settings = self._settings
        source = open_source(self._spec, camera_id=settings.camera_id, registry=settings.sources)
        self._source = source
        try:
            if self._stopping.is_set():
                return
            self.info, self._decoder, self._seen_ns = source.info, None, None
            for count, packet in enumerate(source.packets()):  # the packets may renew source.info
                if self._stopping.is_set():
                    return
                self._take(packet, source.info)
                if count == STEADY_PACKETS:
                    self._failures = 0
        finally:
            self._source = None
            source.close()

    def _take(self, packet: Packet, info: StreamInfo) -> None:
        if self.link is not Link.UP and not self._blind:
            self._say(Link.UP, "")
        self.packets_seen += 1
        self.cpu_ns = thread_time_ns()
        self.info = info
        self.clock_error_ns = packet.captured_at_error_ns
        self.ring.push(packet, info)
        for tap in self._taps:
            tap(packet, info)
        if self.decoding.is_set():
            started = thread_time_ns()
            self._decode(packet, info)
            self.decode_ns += thread_time_ns() - started
        else:
            self._decoder, self._seen_ns, self._blind = None, None, False

    def _decode(self, packet: Packet, info: StreamInfo) -> None:
        arrived = monotonic_ns()
        if self._decoder is None:
            if not packet.is_keyframe:
                return
            self._decoder = StreamDecoder(
                info,
                camera_id=self._settings.camera_id,
                analysed_fps=self._settings.analysed_fps,
                max_width_px=self._settings.max_width_px,
            )
        frames = self._decoder.decode(packet)
        for frame in frames:
            self._on_frame(replace(frame, rgb=burn(frame.rgb, self._settings.masks)), arrived)
        self._note_sight(packet.media_time_ns, bool(frames))

    def _note_sight(self, media_time_ns: int, seen: bool) -> None:
        if seen or self._seen_ns is None:
            self._seen_ns = media_time_ns
        if seen:
            self._blind = False
        elif media_time_ns - self._seen_ns > BLIND_NS and not self._blind:
            self._blind = True
            self._say(Link.UNREADABLE, "packets come, but no picture can be decoded from them")
