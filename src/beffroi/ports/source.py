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
    """What a stream is, known once it is open. ``extradata`` is the codec's own header (may be empty)."""

    codec: str
    width_px: int
    height_px: int
    time_base_num: int
    time_base_den: int
    extradata: bytes
    nominal_fps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One coded picture as it came. ``raw`` is the PyAV packet (None for picture-wise sources such as MJPEG).

    ``media_time_ns`` counts from the run's first packet, is the presentation time, and never jumps by more than
    the source can explain; ``arrived_at`` is our clock at reception.
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
