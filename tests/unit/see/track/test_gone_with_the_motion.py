"""A thing that was not seen while its place moved is not held as standing there afterwards."""

from __future__ import annotations

import numpy as np

from beffroi.see.track import ByteTracker, TrackSettings
from beffroi.vocabulary.picture import Detections, FrameRef, MotionMap
from beffroi.vocabulary.time import NS_PER_S, UtcNs
from beffroi.vocabulary.tracks import TracksNow

BOX = (100.0, 100.0, 140.0, 200.0)


def frame(at_s: float) -> FrameRef:
    ns = round(at_s * NS_PER_S)
    return FrameRef(
        camera_id="cam",
        run_id="run",
        index=round(at_s * 5),
        media_time_ns=ns,
        captured_at=UtcNs(ns),
        captured_at_error_ns=0,
        width_px=640,
        height_px=360,
    )


def seen(at_s: float, *boxes: tuple[float, float, float, float]) -> Detections:
    n = len(boxes)
    return Detections(
        frame=frame(at_s),
        boxes_xyxy_px=np.array(boxes, np.float32).reshape(n, 4),
        scores=np.full(n, 0.9, np.float32),
        class_ids=np.zeros(n, np.int32),
        model="made@1",
    )


def motion(at_s: float, *regions: tuple[float, float, float, float]) -> MotionMap:
    boxes = np.array(regions, np.float32).reshape(len(regions), 4)
    return MotionMap(frame=frame(at_s), regions_xyxy_px=boxes, moving_share=0.1, warm=True)


def standing(tracker: ByteTracker) -> float:
    """Someone stands for three seconds; the time after."""
    for step in range(16):
        tracker.update(seen(step / 5, BOX), motion(step / 5))
    return 3.2


def held(now: TracksNow) -> int:
    return sum(state.held for state in now.states)


def test_one_who_stands_still_is_held_while_nothing_moves() -> None:
    tracker = ByteTracker("cam", TrackSettings())
    at = standing(tracker)
    assert [held(tracker.hold(motion(at + k / 5))) for k in range(10)] == [1] * 10


def test_one_who_was_missing_while_the_place_moved_is_not_held_later() -> None:
    tracker = ByteTracker("cam", TrackSettings())
    at = standing(tracker)
    assert held(tracker.update(seen(at), motion(at, (90.0, 90.0, 150.0, 210.0)))) == 0
    assert [held(tracker.hold(motion(at + (k + 1) / 5))) for k in range(20)] == [0] * 20
    assert len(tracker) == 0, "and its state is gone"


def test_one_who_is_seen_again_after_a_passer_by_is_held_again() -> None:
    tracker = ByteTracker("cam", TrackSettings())
    at = standing(tracker)
    tracker.update(seen(at), motion(at, (90.0, 90.0, 150.0, 210.0)))
    tracker.update(seen(at + 0.2, BOX), motion(at + 0.2, (150.0, 90.0, 200.0, 210.0)))
    assert held(tracker.hold(motion(at + 0.4))) == 1
