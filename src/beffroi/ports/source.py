"""What brings video in must do: packets with times, decoded on demand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from beffroi.vocabulary.camera import StreamSpec
from beffroi.vocabulary.picture import Frame
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamInfo:
    """What a stream is, known once it is open.

    ``codec`` is libav's name: h264, hevc, mjpeg...; ``extradata`` the codec's own header as MP4 stores it (avcC, hvcC;
    may be empty).
    """

    codec: str
    width_px: int
    height_px: int
    time_base_num: int
    time_base_den: int
    extradata: bytes
    nominal_fps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One coded picture, as MP4 stores it: H.264 and H.265 as units behind four-byte lengths, MJPEG as a JPEG file.

    ``raw`` is free for a foreign source's own packet; ours leave it None, so that a packet is plain bytes that any
    thread may read. ``media_time_ns`` counts from the run's first packet, is the presentation time, and never jumps
    by more than the source can explain; ``decode_ns`` is when it must be decoded at the latest (they differ only
    where pictures are reordered); ``arrived_at`` is our clock at reception.
    """

    raw: Any
    data: bytes
    is_keyframe: bool
    media_time_ns: int
    duration_ns: int
    captured_at: UtcNs
    captured_at_error_ns: int
    arrived_at: UtcNs
    run_id: str
    decode_time_ns: int | None = None

    @property
    def decode_ns(self) -> int:
        """``decode_time_ns``, or the presentation time where nothing is reordered."""
        return self.media_time_ns if self.decode_time_ns is None else self.decode_time_ns


class PacketSource(Protocol):
    """One open stream: one unbroken run. A resolution or codec change ends it (SourceLostError, reason "changed")."""

    @property
    def info(self) -> StreamInfo:
        """What the stream is."""
        ...

    @property
    def run_id(self) -> str:
        """The name of this run."""
        ...

    def packets(self) -> Iterator[Packet]:
        """Packets in decoding order, starting with a keyframe; blocks at most the read time-out.

        Raises:
            SourceError: the stream broke; its reason says how.
        """
        ...

    def close(self) -> None:
        """Let go at once, from any thread; may be called twice."""
        ...


class FrameDecoder(Protocol):
    """Turns the packets of one run into frames, only those that are due."""

    def decode(self, packet: Packet) -> list[Frame]:
        """Frames of this packet that are due at the asked rate; decoding itself follows every packet."""
        ...


class SourceOpener(Protocol):
    """Opens a stream of the kinds its plug-in names."""

    def __call__(self, spec: StreamSpec, *, camera_id: str) -> PacketSource:
        """Open or raise SourceError within the spec's open time-out."""
        ...
