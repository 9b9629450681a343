"""Streams that libav opens (files, RTSP, USB), as runs of packets."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av

from beffroi.ports.source import Packet, StreamInfo
from beffroi.sense.assembly import CodedPicture, as_jpeg, as_they_come, assembled
from beffroi.sense.bitstream import Framing, SetsChangedError, native_packet
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
    open_timeout_s: float
    read_timeout_s: float
    clock: Clock
    start_at: UtcNs
    loops: bool = False


def codec_of(stream: Any, address: str) -> str:
    """The libav name of a stream's codec.

    Raises:
        SourceUnreadableError: there is no decoder for it here.
    """
    context = stream.codec_context
    if context is None:
        raise SourceUnreadableError(f"{address} holds video in an unknown code: set the camera to H.264 or H.265")
    return str(context.codec.canonical_name)


def picture_size(codec: str, header: bytes, data: bytes) -> tuple[int, int]:
    """(width, height) of a coded keyframe, by decoding it; (0, 0) when that fails."""
    decoder: Any = av.CodecContext.create(codec, "r")
    decoder.extradata = header or None
    try:
        pictures = [*decoder.decode(native_packet(data)), *decoder.decode(None)]
    except av.error.FFmpegError:
        return 0, 0
    return (pictures[0].width, pictures[0].height) if pictures else (0, 0)


class ContainerSource:
    """One run of a stream that libav reads. Packets come from one thread; ``close`` may come from any."""

    def __init__(self, container: Any, stream: Any, terms: RunTerms) -> None:
        self._container = container
        self._stream = stream
        self._terms = terms
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._reading = False
        self._codec = codec_of(stream, terms.address)
        self._framing = Framing(self._codec, bytes(stream.codec_context.extradata or b"")) if self._framed else None
        self._pictures = self._coded()
        self._first: CodedPicture | None = None
        self._size = (stream.codec_context.width, stream.codec_context.height)
        if not all(self._size) or (self._framing and not self._framing.header):
            self._first = self._first_keyframe()
        self._info = self._described()
        self._timeline = MediaTimeline(
            Fraction(stream.time_base),
            nominal_ns=round(NS_PER_S / self._info.nominal_fps),
            max_gap_ns=MAX_GAP_NS if terms.pace != "fast" else None,
        )
        self._times = ArrivalTimes(terms.clock)
        self._begun_steady = 0

    @property
    def info(self) -> StreamInfo:
        """What the stream is; the first packet may renew it, never a later one."""
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

    @property
    def _framed(self) -> bool:
        return self._codec in FRAMED

    def _coded(self) -> Iterator[CodedPicture]:
        demuxed = self._container.demux(self._stream)
        if self._terms.pace == "arrival" and self._framed:
            return assembled(demuxed, self._codec, self._terms.clock)
        pictures = as_they_come(demuxed, self._terms.clock)
        if self._terms.pace == "arrival" and self._codec == "rawvideo":
            self._codec = "mjpeg"
            return as_jpeg(pictures, self._stream.codec_context, self._terms.clock)
        return pictures

    def _run(self) -> Iterator[Packet]:
        begun = False
        while not self._closed.is_set():
            picture = self._next()
            if self._closed.is_set():
                return
            if not begun and not picture.is_keyframe:
                continue
            packet = self._packet(picture)
            if packet is None:
                continue
            begun = True
            if self._terms.pace == "live" and self._waited(packet):
                return
            yield packet

    def _next(self) -> CodedPicture:
        """The next picture; libav's errors in our words, raised where libav's own are out of reach."""
        if self._first:
            first, self._first = self._first, None
            return first
        broken: SourceError | None = None
        picture: CodedPicture | None = None
        try:
            picture = next(self._pictures, None)
        except (av.error.FFmpegError, OSError) as error:
            broken = failure(error, self._terms.address, waited_s=self._terms.read_timeout_s)
        if broken:
            raise broken
        if picture is None and self._terms.loops:
            raise SourceLostError(f"{self._terms.address}: the file is over and starts again", reason="changed")
        if picture is None:
            raise SourceLostError(f"{self._terms.address}: the stream ended", reason="ended")
        return picture

    def _first_keyframe(self) -> CodedPicture:
        """Read up to the first keyframe, for streams that only then say what they are.

        Raises:
            SourceError: there is none within the open time-out.
        """
        until = self._terms.clock.steady_ns() + round(self._terms.open_timeout_s * NS_PER_S)
        while self._terms.clock.steady_ns() < until:
            picture = self._next()
            if picture.is_keyframe:
                if self._framing:
                    framed = self._framing.frame(picture.data, is_keyframe=False)
                    self._size = (
                        self._size if all(self._size) else picture_size(self._codec, self._framing.header, framed)
                    )
                else:
                    self._size = picture_size(self._codec, b"", picture.data)
                return picture
        waited = f"{self._terms.open_timeout_s:g} s"
        raise SourceUnreadableError(f"{self._terms.address} sent no keyframe within {waited}: shorten its key interval")

    def _described(self) -> StreamInfo:
        if not all(self._size):
            raise SourceUnreadableError(f"{self._terms.address} never told its picture size: is it really video?")
        rate = self._stream.average_rate or 0
        extradata = self._framing.header if self._framing else bytes(self._stream.codec_context.extradata or b"")
        return StreamInfo(
            codec=self._codec,
            width_px=self._size[0],
            height_px=self._size[1],
            time_base_num=self._stream.time_base.numerator,
            time_base_den=self._stream.time_base.denominator,
            extradata=extradata,
            nominal_fps=float(rate) if 0 < rate <= 240 else _DEFAULT_FPS,
        )

    def _packet(self, picture: CodedPicture) -> Packet | None:
        data = picture.data
        if self._framing:
            data = self._in_units(self._framing, picture)
            if not data:
                return None
        placed = self._timeline.place(picture.pts, picture.dts, picture.duration, picture.came_at_ns)
        if placed.media_ns < 0:
            return None
        captured_at, error_ns, arrived_at = self._instants(placed, picture.came_at_ns)
        return Packet(
            raw=None,
            data=data,
            is_keyframe=picture.is_keyframe,
            media_time_ns=placed.media_ns,
            duration_ns=placed.duration_ns,
            captured_at=captured_at,
            captured_at_error_ns=error_ns,
            arrived_at=arrived_at,
            run_id=self._terms.run_id,
            decode_time_ns=placed.decode_ns,
        )

    def _in_units(self, framing: Framing, picture: CodedPicture) -> bytes:
        data: bytes | None = None
        with contextlib.suppress(SetsChangedError):
            data = framing.frame(picture.data, is_keyframe=picture.is_keyframe)
        if data is None:
            text = f"{self._terms.address} changed its picture size or profile: a new run begins"
            raise SourceLostError(text, reason="changed")
        if framing.header != self._info.extradata:
            size = picture_size(self._codec, framing.header, data)
            self._size = size if all(size) else self._size
            self._info = self._described()
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
