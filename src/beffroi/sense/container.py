"""Streams that libav opens (files, RTSP, USB), as runs of packets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av

from beffroi.ports.source import Packet, StreamInfo
from beffroi.sense.bitstream import Framing, SetsChangedError
from beffroi.sense.clocks import ArrivalTimes, Clock
from beffroi.sense.failures import failure
from beffroi.sense.timeline import MAX_GAP_NS, MediaTimeline, Placed
from beffroi.vocabulary.errors import SourceError, SourceLostError, SourceUnreadableError
from beffroi.vocabulary.time import NS_PER_S, UtcNs

FRAMED = ("h264", "hevc")
_DEFAULT_FPS = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTerms:
    """How a run is read: ``address`` has no credentials; ``pace`` is "arrival" (live stream), "live" or "fast" (file).

    ``start_at`` is the instant of a fast file's first picture; ``loops`` tells what a file's end means.
    """

    address: str
    run_id: str
    pace: str
    read_timeout_s: float
    clock: Clock
    start_at: UtcNs
    loops: bool = False


def stream_info(stream: Any, framing: Framing | None, address: str) -> StreamInfo:
    """What a libav video stream is.

    Raises:
        SourceUnreadableError: its codec is unknown here, or it never told its size.
    """
    context = stream.codec_context
    if context is None:
        raise SourceUnreadableError(f"{address} holds video in an unknown code: set the camera to H.264 or H.265")
    if not context.width or not context.height:
        raise SourceUnreadableError(f"{address} never told its picture size: is it really video?")
    rate = stream.average_rate or stream.guessed_rate or 0
    return StreamInfo(
        codec=context.name,
        width_px=context.width,
        height_px=context.height,
        time_base_num=stream.time_base.numerator,
        time_base_den=stream.time_base.denominator,
        extradata=framing.header if framing else bytes(context.extradata or b""),
        nominal_fps=float(rate) if 0 < rate <= 240 else _DEFAULT_FPS,
    )


class ContainerSource:
    """One run of a stream that libav reads. Packets come from one thread; ``close`` may come from any."""

    def __init__(self, container: Any, stream: Any, terms: RunTerms) -> None:
        self._container = container
        self._stream = stream
        self._terms = terms
        name = stream.codec_context.name if stream.codec_context else ""
        self._framing = Framing(name, bytes(stream.codec_context.extradata or b"")) if name in FRAMED else None
        self._info = stream_info(stream, self._framing, terms.address)
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._reading = False
        live = terms.pace != "fast"
        self._timeline = MediaTimeline(
            Fraction(stream.time_base),
            nominal_ns=round(NS_PER_S / self._info.nominal_fps),
            max_gap_ns=MAX_GAP_NS if live else None,
        )
        self._times = ArrivalTimes(terms.clock)
        self._begun_steady = 0

    @property
    def info(self) -> StreamInfo:
        """What the stream is; the codec header may be renewed by the first packet."""
        return self._info

    @property
    def run_id(self) -> str:
        """The name of this run."""
        return self._terms.run_id

    @property
    def steps(self) -> int:
        """How often the stream's own time stamps leapt or fell."""
        return self._timeline.steps

    def packets(self) -> Iterator[Packet]:
        """Packets in decoding order, starting with a keyframe; blocks at most the read time-out.

        Raises:
            SourceError: the stream broke; its reason says how. After ``close`` the packets just end.
        """
        with self._lock:
            if self._closed.is_set():
                return
            self._reading = True
        try:
            yield from self._run()
        finally:
            with self._lock:
                self._reading = False
                self._closed.set()
                self._container.close()

    def close(self) -> None:
        """End the run, from any thread. A read under way lets go with its next packet or its time-out."""
        with self._lock:
            self._closed.set()
            if not self._reading:
                self._container.close()

    def _run(self) -> Iterator[Packet]:
        demuxed = self._container.demux(self._stream)
        begun = False
        while not self._closed.is_set():
            raw, broken = self._next(demuxed)
            if self._closed.is_set():
                return
            if broken:
                raise broken
            if raw is None or not raw.size:
                continue
            if not begun and not raw.is_keyframe:
                continue
            packet = self._packet(raw)
            if packet is None:
                continue
            begun = True
            if self._terms.pace == "live" and self._waited(packet):
                return
            yield packet

    def _next(self, demuxed: Iterator[Any]) -> tuple[Any, SourceError | None]:
        try:
            raw = next(demuxed, None)
        except (av.error.FFmpegError, OSError) as error:
            return None, failure(error, self._terms.address, waited_s=self._terms.read_timeout_s)
        if raw is not None:
            return raw, None
        address = self._terms.address
        if self._terms.loops:
            return None, SourceLostError(f"{address}: the file is over and starts again", reason="changed")
        return None, SourceLostError(f"{address}: the stream ended", reason="ended")

    def _packet(self, raw: Any) -> Packet | None:
        steady = self._terms.clock.steady_ns()
        data = bytes(raw)
        if self._framing:
            data = self._framed(data, is_keyframe=raw.is_keyframe)
            if not data:
                return None
        placed = self._timeline.place(raw.pts, raw.dts, raw.duration, steady)
        if placed.media_ns < 0:
            return None
        captured_at, error_ns, arrived_at = self._instants(placed, steady)
        return Packet(
            raw=None,
            data=data,
            is_keyframe=bool(raw.is_keyframe),
            media_time_ns=placed.media_ns,
            duration_ns=placed.duration_ns,
            captured_at=captured_at,
            captured_at_error_ns=error_ns,
            arrived_at=arrived_at,
            run_id=self._terms.run_id,
            decode_time_ns=placed.decode_ns,
        )

    def _framed(self, data: bytes, *, is_keyframe: bool) -> bytes:
        assert self._framing is not None
        changed = False
        try:
            data = self._framing.frame(data, is_keyframe=is_keyframe)
        except SetsChangedError:
            changed = True
        if changed:
            text = f"{self._terms.address} changed its picture size or profile: a new run begins"
            raise SourceLostError(text, reason="changed")
        if is_keyframe and self._framing.header != self._info.extradata:
            self._info = stream_info(self._stream, self._framing, self._terms.address)
        return data

    def _instants(self, placed: Placed, steady: int) -> tuple[UtcNs, int, UtcNs]:
        half = placed.duration_ns // 2
        if self._terms.pace == "fast":
            now = self._times.arrived_at(steady)
            return UtcNs(self._terms.start_at + placed.media_ns), half, now
        if self._terms.pace == "live":
            if not self._begun_steady:
                self._begun_steady = steady
            due = self._times.arrived_at(self._begun_steady + placed.media_ns)
            return due, half, due
        captured_at, error_ns = self._times.captured_at(placed.media_ns, steady)
        if self._times.wall_stepped:
            text = f"{self._terms.address}: this machine's clock was set, so a new run begins"
            raise SourceLostError(text, reason="changed")
        return captured_at, error_ns, self._times.arrived_at(steady)

    def _waited(self, packet: Packet) -> bool:
        """Wait until a paced file's packet is due; true when the run was closed meanwhile."""
        ahead = self._begun_steady + packet.decode_ns - self._terms.clock.steady_ns()
        return ahead > 0 and self._closed.wait(ahead / NS_PER_S)
