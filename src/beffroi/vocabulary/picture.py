"""From stream to boxes: packets, frames, detections.

Pixels have their origin at the top-left; boxes are x1 y1 x2 y2 in pixels of the frame they name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from beffroi.vocabulary.arrays import Float32s, Int32s, UInt8s, checked
from beffroi.vocabulary.time import UtcNs


class ObjectClass(StrEnum):
    """What a thing in the picture is. Models' own classes are mapped to these; there are no others."""

    PERSON = "person"
    BICYCLE = "bicycle"
    VEHICLE = "vehicle"
    ANIMAL = "animal"
    OBJECT = "object"


CLASS_NAMES: tuple[str, ...] = tuple(c.value for c in ObjectClass)
"""Index = ``class_ids`` value in Detections and Track."""

CLASS_ID: dict[str, int] = {name: index for index, name in enumerate(CLASS_NAMES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRef:
    """Which picture: camera, unbroken session, place in it, time.

    ``run_id`` changes whenever the stream breaks, restarts or changes resolution: tracks never bridge runs.
    ``media_time_ns`` counts from the run's first frame and never goes back; ``captured_at`` is our best UTC
    instant of exposure, ``captured_at_error_ns`` its half-width.
    """

    camera_id: str
    run_id: str
    index: int
    media_time_ns: int
    captured_at: UtcNs
    captured_at_error_ns: int
    width_px: int
    height_px: int

    def __post_init__(self) -> None:
        if self.width_px <= 0 or self.height_px <= 0:
            raise ValueError(f"a frame of {self.width_px}x{self.height_px} pixels")
        if self.media_time_ns < 0 or self.index < 0:
            raise ValueError("index and media_time_ns count from 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One decoded picture: ``rgb`` uint8 (h, w, 3), red first. Lives in memory only, never stored."""

    ref: FrameRef
    rgb: UInt8s

    def __post_init__(self) -> None:
        checked(self.rgb, np.uint8, (self.ref.height_px, self.ref.width_px, 3), "rgb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Detections:
    """What one model saw in one frame.

    ``boxes_xyxy_px`` float32 (n, 4), inside the frame, x2 > x1, y2 > y1; ``scores`` float32 (n,) in [0, 1],
    uncalibrated; ``class_ids`` int32 (n,), indexes of CLASS_NAMES; ``model`` is name@version. Order is free.
    Scores go down to the card's ``score_min``: whoever counts or judges asks for ``score_high`` or a track.
    """

    frame: FrameRef
    boxes_xyxy_px: Float32s
    scores: Float32s
    class_ids: Int32s
    model: str

    def __post_init__(self) -> None:
        n = len(self.scores)
        checked(self.boxes_xyxy_px, np.float32, (n, 4), "boxes_xyxy_px")
        checked(self.scores, np.float32, (n,), "scores")
        checked(self.class_ids, np.int32, (n,), "class_ids")

    def __len__(self) -> int:
        return len(self.scores)

    @staticmethod
    def none(frame: FrameRef, model: str) -> Detections:
        """A frame in which nothing was seen."""
        return Detections(
            frame=frame,
            boxes_xyxy_px=np.zeros((0, 4), np.float32),
            scores=np.zeros(0, np.float32),
            class_ids=np.zeros(0, np.int32),
            model=model,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionMap:
    """Where the picture moves: ``regions_xyxy_px`` float32 (n, 4) in frame pixels, ``moving_share`` in [0, 1].

    ``warm`` is false while the background is being learned (nothing can be said; treat as moving).
    """

    frame: FrameRef
    regions_xyxy_px: Float32s
    moving_share: float
    warm: bool

    def __post_init__(self) -> None:
        checked(self.regions_xyxy_px, np.float32, (None, 4), "regions_xyxy_px")
