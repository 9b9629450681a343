"""Made scenes: boxes on straight ways, seen at any frame rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from beffroi.vocabulary.picture import CLASS_ID, Detections, FrameRef, MotionMap
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

Box = tuple[float, float, float, float]
Seen = tuple[Box, float, str]
Frames = Callable[..., Detections]
Still = Callable[..., MotionMap]

START = UtcNs(1_700_000_000_000_000_000)


def frame_ref(at_s: float, run_id: str = "run1", camera_id: str = "cam") -> FrameRef:
    return FrameRef(
        camera_id=camera_id,
        run_id=run_id,
        index=round(at_s * 1000),
        media_time_ns=seconds_to_ns(at_s),
        captured_at=UtcNs(START + seconds_to_ns(at_s)),
        captured_at_error_ns=0,
        width_px=640,
        height_px=360,
    )


@pytest.fixture
def seen() -> Frames:
    """seen(at_s, [(box, score, class), ...]) → Detections of a 640x360 frame."""

    def make(at_s: float, things: Sequence[Seen] = (), run_id: str = "run1", camera_id: str = "cam") -> Detections:
        return Detections(
            frame=frame_ref(at_s, run_id, camera_id),
            boxes_xyxy_px=np.array([t[0] for t in things], np.float32).reshape(-1, 4),
            scores=np.array([t[1] for t in things], np.float32),
            class_ids=np.array([CLASS_ID[t[2]] for t in things], np.int32),
            model="made@1",
        )

    return make


@pytest.fixture
def moves() -> Still:
    """moves(at_s, [box, ...]) → MotionMap; no box is a picture in which nothing moves."""

    def make(at_s: float, regions: Sequence[Box] = (), run_id: str = "run1", *, warm: bool = True) -> MotionMap:
        return MotionMap(
            frame=frame_ref(at_s, run_id),
            regions_xyxy_px=np.array(regions, np.float32).reshape(-1, 4),
            moving_share=0.01 * len(regions),
            warm=warm,
        )

    return make


@pytest.fixture
def walker() -> Callable[[float], Box]:
    """walker(at_s) → the box of a person 90 px high who walks to the right at 60 px/s."""

    def box(at_s: float) -> Box:
        x = 60 + 60 * at_s
        return (x, 150.0, x + 36, 240.0)

    return box
