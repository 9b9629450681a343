"""From a frame to the net's picture and back: sizes, resize, padding, and the way home for boxes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from beffroi.see.detect.card import InputSpec
from beffroi.vocabulary.arrays import Float32s, UInt8s

Size = tuple[int, int]
"""(width, height) in pixels."""

Crop = tuple[int, int, int, int]
"""left, top, right, bottom in whole pixels of the frame."""

SHARES = (0.5, 0.75)
"""Sides of a crop as a share of the frame's. Our choice: few sizes, as OpenVINO compiles the net for each (ADR 12)."""

MARGIN = 0.25  # our choice: people are seen better with some ground around them; share of the region's sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a picture lies in the net's input: input px = picture px * scale + offset, on each axis."""

    scale_x: float
    scale_y: float
    offset_x_px: float = 0.0
    offset_y_px: float = 0.0

    def back(self, boxes_xyxy_px: Float32s) -> Float32s:
        """Boxes of the net's input as boxes of the picture, float32 (n, 4); not clipped.

        >>> place = Placement(scale_x=0.5, scale_y=0.5, offset_y_px=10)
        >>> place.back(np.array([[5, 10, 20, 30]], np.float32)).tolist()
        [[10.0, 0.0, 40.0, 40.0]]
        """
        offset = np.array([self.offset_x_px, self.offset_y_px] * 2, np.float32)
        scale = np.array([self.scale_x, self.scale_y] * 2, np.float32)
        return (boxes_xyxy_px - offset) / scale


def input_size(spec: InputSpec, picture_px: Size, share: float = 1.0) -> Size:
    """The input to use for a picture of that size, for a net that takes any multiple of ``multiple_px``.

    A letterbox loses the padding it does not need; ``share`` of the full size is for a crop of the frame, so that
    things keep their size in the net's eyes.

    >>> spec = InputSpec(width_px=416, height_px=416, channels="rgb", resize="letterbox", multiple_px=32)
    >>> input_size(spec, (1280, 720)), input_size(spec, (640, 480)), input_size(spec, (640, 480), 0.5)
    ((416, 256), (416, 320), (224, 160))
    """
    step = spec.multiple_px
    width, height = spec.width_px * share, spec.height_px * share
    if step is None:
        return spec.width_px, spec.height_px
    if spec.resize != "stretch":
        ratio = min(width / picture_px[0], height / picture_px[1])
        width, height = picture_px[0] * ratio, picture_px[1] * ratio
    return max(_up(width, step), step), max(_up(height, step), step)


def _up(side: float, step: int) -> int:
    return -(-round(side) // step) * step


def placed(rgb: UInt8s, spec: InputSpec, size_px: Size) -> tuple[UInt8s, Placement]:
    """The picture scaled into the net's input: uint8 (height, width, 3) of ``size_px``, still RGB, and where it lies.

    ``rgb`` uint8 (h, w, 3). ``stretch`` fills the input; ``letterbox`` keeps the aspect ratio and pads right and
    below with ``pad_value``, ``letterbox-centre`` pads on all sides.
    """
    height, width = rgb.shape[:2]
    if spec.resize == "stretch":
        place = Placement(scale_x=size_px[0] / width, scale_y=size_px[1] / height)
        return np.asarray(cv2.resize(rgb, size_px), np.uint8), place
    ratio = min(size_px[0] / width, size_px[1] / height)
    inner = max(round(width * ratio), 1), max(round(height * ratio), 1)
    centred = spec.resize == "letterbox-centre"
    left = (size_px[0] - inner[0]) // 2 if centred else 0
    top = (size_px[1] - inner[1]) // 2 if centred else 0
    canvas = np.full((size_px[1], size_px[0], 3), spec.pad_value, np.uint8)
    canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(rgb, inner)
    scales = inner[0] / width, inner[1] / height
    place = Placement(scale_x=scales[0], scale_y=scales[1], offset_x_px=float(left), offset_y_px=float(top))
    return canvas, place


def tensor(picture: UInt8s, spec: InputSpec, out: Float32s) -> None:
    """Write the picture into ``out`` float32 (1, 3, h, w): planes in the net's order, (pixel - mean) / std.

    One pass over the pixels for each plane; ``out`` is the caller's, kept from frame to frame.
    """
    for place in range(3):
        plane, source = out[0, place], 2 - place if spec.channels == "bgr" else place
        mean, std = spec.mean[place], spec.std[place]
        if mean == 0.0 and std == 1.0:
            plane[...] = picture[:, :, source]
        else:
            np.multiply(picture[:, :, source], np.float32(1.0 / std), out=plane)
            plane -= np.float32(mean / std)


def crop_around(regions_xyxy_px: Float32s, frame_px: Size) -> tuple[Crop, float] | None:
    """The smallest crop around all regions with a margin, and its share of the frame's sides; None: the whole frame.

    ``regions_xyxy_px`` float32 (n, 4) in frame pixels. Crops have the frame's aspect ratio and one of a few shares.

    >>> crop_around(np.array([[10, 10, 60, 110]], np.float32), (640, 480))
    ((0, 0, 320, 240), 0.5)
    >>> crop_around(np.array([[10, 10, 630, 110]], np.float32), (640, 480)) is None
    True
    """
    if len(regions_xyxy_px) == 0:
        return None
    first, last = regions_xyxy_px[:, :2].min(axis=0), regions_xyxy_px[:, 2:].max(axis=0)
    wanted = (last - first) * (1 + MARGIN)
    middle = (first + last) / 2
    for share in SHARES:
        width, height = round(frame_px[0] * share), round(frame_px[1] * share)
        if wanted[0] <= width and wanted[1] <= height:
            left = int(np.clip(middle[0] - width / 2, 0, frame_px[0] - width))
            top = int(np.clip(middle[1] - height / 2, 0, frame_px[1] - height))
            return (left, top, left + width, top + height), share
    return None
