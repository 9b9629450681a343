"""Stills for reports: a frame at an instant, with a box on it, as a data address."""

from __future__ import annotations

import base64
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from beffroi.keep.stills import jpeg
from beffroi.vocabulary.arrays import UInt8s

Box = tuple[float, float, float, float]
STILL_WIDTH_PX = 480
JPEG_QUALITY = 80
AMBER_RGB = (255, 176, 0)


def frame_at(path: Path, t_s: float) -> UInt8s | None:
    """The picture shown at a media second, uint8 (h, w, 3) red first; None when the file has none there."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            if stream.time_base is None:
                return None
            start = stream.start_time or 0
            container.seek(start + int(max(t_s, 0.0) / stream.time_base), stream=stream, backward=True)
            last: av.VideoFrame | None = None
            for frame in container.decode(stream):
                if last is not None and frame.pts is not None and float((frame.pts - start) * stream.time_base) > t_s:
                    break
                last = frame
            return None if last is None else np.asarray(last.to_ndarray(format="rgb24"), np.uint8)
    except (av.error.FFmpegError, IndexError, OSError):
        return None


def with_box(rgb: npt.NDArray[np.uint8], box_px: Box | None, width_px: int = STILL_WIDTH_PX) -> UInt8s:
    """A copy scaled to ``width_px`` with the box drawn; the given picture is left as it is."""
    scale = width_px / rgb.shape[1]
    small = cv2.resize(rgb, (width_px, max(1, round(rgb.shape[0] * scale))), interpolation=cv2.INTER_AREA)
    if box_px is not None:
        x1, y1, x2, y2 = (round(v * scale) for v in box_px)
        cv2.rectangle(small, (x1, y1), (x2, y2), AMBER_RGB, 2)
    return np.ascontiguousarray(small, np.uint8)


def as_data_address(rgb: npt.NDArray[np.uint8]) -> str:
    """A picture as a JPEG ``data:`` address, so that a report is one file."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg(rgb, JPEG_QUALITY)).decode("ascii")
