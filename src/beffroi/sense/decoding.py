"""Packets into frames: every packet is decoded, only due pictures are converted."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from beffroi.ports.source import Packet, StreamInfo
from beffroi.sense.bitstream import native_packet
from beffroi.vocabulary.arrays import UInt8s
from beffroi.vocabulary.errors import SourceUnreadableError
from beffroi.vocabulary.picture import Frame, FrameRef
from beffroi.vocabulary.time import NS_PER_S, UtcNs

_LEAD = 0.29
"""Share of a period; far from the pictures of cameras at 2 to 6 times the asked rate. Source: our choice, ADR 42."""
_NS_BASE = Fraction(1, NS_PER_S)


class Pacing:
    """Which pictures are due at a rate: the first in each cell of a grid of media time, so no drift adds up.

    A cell begins a little before its grid point, so a camera that sends at the asked rate with jitter loses nothing.

    >>> pacing = Pacing(5.0)
    >>> [pacing.due(ms * 1_000_000) for ms in (0, 40, 80, 120, 160, 200)]
    [True, False, False, False, True, False]
    """

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._cell = -1

    def due(self, media_time_ns: int) -> bool:
        """Whether the picture at this media time is due; asking takes it."""
        cell = int(media_time_ns / NS_PER_S * self._fps + _LEAD)
        if cell <= self._cell:
            return False
        self._cell = cell
        return True


def scaled_size(width_px: int, height_px: int, max_width_px: int | None) -> tuple[int, int]:
    """The size at most ``max_width_px`` wide with the same shape, both sides even.

    >>> scaled_size(1920, 1080, 640)
    (640, 360)
    """
    if max_width_px is None or width_px <= max_width_px:
        return width_px, height_px
    width = max(2, max_width_px // 2 * 2)
    return width, max(2, round(height_px * width / width_px / 2) * 2)


class StreamDecoder:
    """Decodes the packets of one run. ``decoded`` counts pictures, ``corrupted`` broken ones: they are left
    out, as is all up to the next keyframe where the codec gives up.

    ``threads`` above 1 is for batch work: it delays frames and costs 12-25 % more in all.
    """

    def __init__(
        self,
        info: StreamInfo,
        *,
        camera_id: str,
        analysed_fps: float,
        max_width_px: int | None = None,
        threads: int = 1,
    ) -> None:
        self._info = info
        self._camera_id = camera_id
        self._pacing = Pacing(analysed_fps)
        self._max_width = max_width_px
        self._threads = threads
        self._scaler = VideoReformatter()
        self._context = self._opened()
        self._times: dict[int, Packet] = {}
        self._run_id = ""
        self._index = 0
        self._last_ns = -1
        self._waiting = False
        self.corrupted = 0
        self.decoded = 0

    def decode(self, packet: Packet) -> list[Frame]:
        """Frames of this packet that are due at the asked rate; decoding itself follows every packet."""
        if packet.run_id != self._run_id:
            self._begin(packet.run_id)
        if self._waiting:
            if not packet.is_keyframe:
                return []
            self._waiting = False
        if not packet.data:
            return []
        coded = native_packet(packet.data)
        coded.pts, coded.dts, coded.time_base = packet.media_time_ns, packet.decode_ns, _NS_BASE
        self._times[packet.media_time_ns] = packet
        try:
            pictures = self._context.decode(coded)
        except av.error.FFmpegError:
            self._broken()
            return []
        return self._frames(pictures)

    def flush(self) -> list[Frame]:
        """The pictures still inside, at the end of a run; the decoder then takes a new run only."""
        try:
            pictures = self._context.decode(None)
        except av.error.FFmpegError:
            pictures = []
        self._run_id = ""
        return self._frames(pictures)

    def _begin(self, run_id: str) -> None:
        if self._index:
            self._context.flush_buffers()
        self._run_id, self._index, self._last_ns, self._waiting = run_id, 0, -1, False
        self._pacing = Pacing(self._pacing._fps)
        self._times.clear()

    def _opened(self) -> Any:
        try:
            context = av.CodecContext.create(self._info.codec, "r")
            if self._info.extradata:
                context.extradata = self._info.extradata
            context.thread_count = self._threads
            context.thread_type = "AUTO" if self._threads > 1 else "NONE"
            context.open()
        except (av.error.FFmpegError, ValueError) as error:
            text = f"{self._info.codec!r} video cannot be decoded here: set the camera to H.264, H.265 or MJPEG"
            raise SourceUnreadableError(text) from error
        return context

    def _broken(self) -> None:
        self.corrupted += 1
        self._context.flush_buffers()
        self._times.clear()
        self._waiting = True

    def _frames(self, pictures: list[Any]) -> list[Frame]:
        frames: list[Frame] = []
        for picture in pictures:
            packet = self._times.pop(picture.pts, None)
            index, self._index = self._index, self._index + 1
            self.decoded += 1
            if picture.is_corrupt:
                self.corrupted += 1
                continue
            if packet is None or packet.media_time_ns <= self._last_ns or not self._pacing.due(packet.media_time_ns):
                continue
            self._last_ns = packet.media_time_ns
            rgb = self._rgb(picture)
            frames.append(Frame(ref=self._ref(packet, index, rgb), rgb=rgb))
        if len(self._times) > 64:
            self._times = dict(sorted(self._times.items())[-32:])
        return frames

    def _rgb(self, picture: Any) -> UInt8s:
        width, height = scaled_size(picture.width, picture.height, self._max_width)
        converted = self._scaler.reformat(picture, width, height, "rgb24", threads=1)
        plane: Any = converted.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(height, plane.line_size)
        return np.ascontiguousarray(rows[:, : width * 3]).reshape(height, width, 3)

    def _ref(self, packet: Packet, index: int, rgb: UInt8s) -> FrameRef:
        return FrameRef(
            camera_id=self._camera_id,
            run_id=packet.run_id,
            index=index,
            media_time_ns=packet.media_time_ns,
            captured_at=UtcNs(packet.captured_at),
            captured_at_error_ns=packet.captured_at_error_ns,
            width_px=rgb.shape[1],
            height_px=rgb.shape[0],
        )
