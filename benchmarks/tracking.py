"""Tracker speed: ours against the ``trackers`` package's ByteTrack on the same recorded detections.

``--record PATH`` makes the recorded detections anew from the bundled clip with the bundled detector.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import supervision as sv
from trackers import ByteTrackTracker

import beffroi.cli
from beffroi.see.detect import open_detector
from beffroi.see.track import ByteTracker, TrackSettings
from beffroi.sense.files import read_frames
from beffroi.vocabulary.picture import Detections, FrameRef
from beffroi.vocabulary.time import UtcNs

ROOT = Path(__file__).resolve().parent.parent
RECORDED = ROOT / "tests" / "integration" / "see" / "recorded" / "street_nanodet.npz"
STREET = Path(beffroi.cli.__file__).parent / "assets" / "street.mp4"
ROUNDS = 3


def record(path: Path) -> None:
    """Write what the bundled detector sees in the bundled clip at 5 frames a second."""
    detector = open_detector(runtime="onnxruntime")
    rows, times = [], []
    for number, frame in enumerate(read_frames(STREET, camera_id="street", analysed_fps=5)):
        seen = detector.detect(frame)
        times.append(frame.ref.media_time_ns // 1_000_000)
        for box, score, cls in zip(seen.boxes_xyxy_px, seen.scores, seen.class_ids, strict=True):
            rows.append((number, *box, score, cls))
    table = np.array(rows, np.float64)
    np.savez_compressed(
        path,
        frame=table[:, 0].astype(np.uint16),
        box_px=np.round(table[:, 1:5] * 10).astype(np.uint16),
        score=np.round(table[:, 5] * 1e4).astype(np.uint16),
        cls=table[:, 6].astype(np.uint8),
        t_ms=np.array(times, np.uint32),
    )
    print(f"{len(rows)} detections of {detector.model} in {len(times)} frames → {path}")


def street() -> list[Detections]:
    """The recorded detections, frame by frame."""
    with np.load(RECORDED) as kept:
        frame, boxes, scores, cls = kept["frame"], kept["box_px"] / 10, kept["score"] / 1e4, kept["cls"]
        times = kept["t_ms"]
    scene = []
    for i, at_ms in enumerate(times):
        mine = frame == i
        at_ns = int(at_ms) * 1_000_000
        ref = FrameRef(
            camera_id="c",
            run_id="r",
            index=i,
            media_time_ns=at_ns,
            captured_at=UtcNs(at_ns),
            captured_at_error_ns=0,
            width_px=768,
            height_px=576,
        )
        scene.append(
            Detections(
                frame=ref,
                boxes_xyxy_px=boxes[mine].astype(np.float32),
                scores=scores[mine].astype(np.float32),
                class_ids=cls[mine].astype(np.int32),
                model="recorded@1",
            )
        )
    return scene


def crowd(scene: list[Detections], copies: int) -> list[Detections]:
    """The same street several times side by side, as one very wide picture."""
    wide = []
    for seen in scene:
        shifts = np.arange(copies, dtype=np.float32) * 800
        boxes = np.concatenate([seen.boxes_xyxy_px + np.array([s, 0, s, 0], np.float32) for s in shifts])
        ref = FrameRef(
            camera_id="c",
            run_id="r",
            index=seen.frame.index,
            media_time_ns=seen.frame.media_time_ns,
            captured_at=seen.frame.captured_at,
            captured_at_error_ns=0,
            width_px=800 * copies,
            height_px=576,
        )
        wide.append(
            Detections(
                frame=ref,
                boxes_xyxy_px=boxes,
                scores=np.tile(seen.scores, copies),
                class_ids=np.tile(seen.class_ids, copies),
                model=seen.model,
            )
        )
    return wide


def ours_ms(scene: list[Detections]) -> tuple[float, float, float]:
    """(median, 99th percentile) CPU milliseconds an update, mean tracks alive; the best round."""
    best: tuple[float, float, float] | None = None
    for _ in range(ROUNDS):
        tracker, spent, alive = ByteTracker("c", TrackSettings(score_high=0.45)), [], 0
        for seen in scene:
            started = time.thread_time()
            alive += len(tracker.update(seen).states)
            spent.append((time.thread_time() - started) * 1e3)
        figures = (float(np.median(spent)), float(np.percentile(spent, 99)), alive / len(scene))
        best = min(best, figures) if best else figures
    assert best is not None
    return best


def theirs_ms(scene: list[Detections]) -> tuple[float, float]:
    """(median, 99th percentile) CPU milliseconds an update of the other one, conversion not counted; the best round."""
    given = [sv.Detections(xyxy=s.boxes_xyxy_px, confidence=s.scores, class_id=s.class_ids.astype(int)) for s in scene]
    best: tuple[float, float] | None = None
    for _ in range(ROUNDS):
        tracker, spent = ByteTrackTracker(frame_rate=5.0, track_activation_threshold=0.45), []
        for seen in given:
            started = time.thread_time()
            tracker.update(seen)
            spent.append((time.thread_time() - started) * 1e3)
        figures = (float(np.median(spent)), float(np.percentile(spent, 99)))
        best = min(best, figures) if best else figures
    assert best is not None
    return best


def main() -> int:
    if "--record" in sys.argv:
        record(Path(sys.argv[sys.argv.index("--record") + 1]))
        return 0
    scene = street()
    print(f"{'scene':10} {'tracks':>7} {'ours ms':>8} {'p99':>6} {'trackers ms':>12} {'p99':>6} {'ratio':>6}")
    for name, copies in (("street", 1), ("x4", 4), ("x10", 10)):
        frames = crowd(scene, copies) if copies > 1 else scene
        own, own_99, alive = ours_ms(frames)
        other, other_99 = theirs_ms(frames)
        print(f"{name:10} {alive:7.1f} {own:8.2f} {own_99:6.2f} {other:12.2f} {other_99:6.2f} {other / own:6.1f}")
    print("ratio: how many times faster ours is; target: at most 1 ms with 10 tracks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
