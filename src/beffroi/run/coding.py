"""Pictures into H.264, one packet a picture, as a camera would have sent them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.frame import PictureType

from beffroi.ports.source import Packet, StreamInfo
from beffroi.sense.bitstream import Framing
from beffroi.vocabulary.arrays import UInt8s
from beffroi.vocabulary.picture import FrameRef
from beffroi.vocabulary.time import NS_PER_S, UtcNs

_NS_BASE = Fraction(1, NS_PER_S)
QUALITY = "25"
"""x264's constant rate factor. Source: our choice, ADR 97."""
KEYFRAME_EVERY = 48


class PictureCoder:
    """Codes the pictures of one run and size, without delay: the packet of a picture is there when ``code`` returns."""

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._framing = Framing("h264", b"")
        self._context: Any = None
        self._info: StreamInfo | None = None
        self._last_ns = -1
        self.run_id = ""

    def code(self, rgb: UInt8s, ref: FrameRef, *, keyframe: bool = False) -> tuple[Packet, StreamInfo]:
        """The packet of a picture, uint8 (h, w, 3), and what its stream is. ``keyframe``: a viewer begins here.

        Raises:
            ValueError: the picture is earlier than the last one, or of another run or size.
        """
        height, width = rgb.shape[0] // 2 * 2, rgb.shape[1] // 2 * 2
        if self._context is None:
            self._open(width, height, ref)
        elif self.run_id != ref.run_id or (self._context.width, self._context.height) != (width, height):
            raise ValueError("a picture of another run or size: make a new coder for it")
        if ref.media_time_ns <= self._last_ns:
            raise ValueError("a picture that is earlier than the last one")
        self._last_ns = ref.media_time_ns
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb[:height, :width]), format="rgb24")
        picture = picture.reformat(format="yuv420p")
        picture.pts, picture.time_base = ref.media_time_ns, _NS_BASE
        picture.pict_type = PictureType.I if keyframe else PictureType.NONE
        (coded,) = self._context.encode(picture)
        data = self._framing.frame(bytes(coded), is_keyframe=coded.is_keyframe)
        if self._info is None:
            self._info = self._described(width, height)
        return self._packet(data, ref, is_keyframe=coded.is_keyframe), self._info

    def _open(self, width: int, height: int, ref: FrameRef) -> None:
        context = av.CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = _NS_BASE
        context.framerate = Fraction(self._fps).limit_denominator(1000)
        context.thread_count = 1
        context.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "crf": QUALITY,
            "g": str(KEYFRAME_EVERY),
            "forced-idr": "1",
        }
        self._context, self.run_id = context, ref.run_id

    def _described(self, width: int, height: int) -> StreamInfo:
        return StreamInfo(
            codec="h264",
            width_px=width,
            height_px=height,
            time_base_num=1,
            time_base_den=NS_PER_S,
            extradata=self._framing.header,
            nominal_fps=self._fps,
        )

    def _packet(self, data: bytes, ref: FrameRef, *, is_keyframe: bool) -> Packet:
        return Packet(
            raw=None,
            data=data,
            is_keyframe=is_keyframe,
            media_time_ns=ref.media_time_ns,
            duration_ns=int(NS_PER_S / self._fps),
            captured_at=UtcNs(ref.captured_at),
            captured_at_error_ns=ref.captured_at_error_ns,
            arrived_at=UtcNs(ref.captured_at),
            run_id=ref.run_id,
        )
