"""Our tracker as a plain ByteTrack, against the ByteTrack of the ``trackers`` package on the same detections."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import supervision as sv
from scipy.optimize import linear_sum_assignment
from trackers import ByteTrackTracker

from beffroi.geometry.boxes import iou
from beffroi.see.track import ByteTracker, FilterSettings, TrackSettings
from beffroi.vocabulary.picture import Detections, FrameRef
from beffroi.vocabulary.time import UtcNs

RECORDED = Path(__file__).parent / "recorded" / "street_nanodet.npz"
FPS = 5.0
HIGH, LOW, LEAST_IOU, LOST_S = 0.45, 0.1, 0.3, 2.0

PLAIN = TrackSettings(
    score_high=HIGH,
    score_low=LOW,
    sure_margin=0.0,
    same_iou=LEAST_IOU,
    low_iou=LEAST_IOU,
    far_iou=1.0,
    far_grow=0.0,
    direction_weight=0.0,
    confirm_hits=2,
    confirm_s=0.0,
    doubt_s=0.0,
    lost_s=LOST_S,
    weak_s=LOST_S,
    twin_iou=1.0,
    believed_first=False,
    filter=FilterSettings(
        seen_noise=0.1,
        seen_size_noise=0.1,
        drift=0.35,
        size_drift=0.35,
        first_speed=1.6,
        first_size_speed=1.6,
        coast_s=1e9,
    ),
)
"""Without what we added (search with grown boxes, cost of turning, slow belief, twins), and with the oracle's noises:
its variances are 0.1 for a sighting and 0.01 a frame for drift; only their ratios matter to the filter's gains."""

Scene = list[Detections]
Assigned = list[dict[int, int]]
"""For each frame: index of detection → track."""


def frame_of(index: int, at_ns: int, boxes: npt.NDArray[Any], scores: npt.NDArray[Any]) -> Detections:
    ref = FrameRef(
        camera_id="c",
        run_id="r",
        index=index,
        media_time_ns=at_ns,
        captured_at=UtcNs(at_ns),
        captured_at_error_ns=0,
        width_px=768,
        height_px=576,
    )
    return Detections(
        frame=ref,
        boxes_xyxy_px=boxes.astype(np.float32),
        scores=scores.astype(np.float32),
        class_ids=np.zeros(len(scores), np.int32),
        model="recorded@1",
    )


def street() -> Scene:
    """People seen by the bundled detector on the bundled clip."""
    with np.load(RECORDED) as kept:
        frame, boxes, scores = kept["frame"], kept["box_px"] / 10, kept["score"] / 1e4
        people, times = kept["cls"] == 0, kept["t_ms"]
    return [
        frame_of(i, int(at_ms) * 1_000_000, boxes[mine], scores[mine])
        for i, at_ms in enumerate(times)
        for mine in [np.flatnonzero(people & (frame == i))]
    ]


def crossing(seed: int, people: int = 8, frames: int = 150) -> Scene:
    """People who walk across one another, seen with jitter, missed or weak now and then."""
    noise = np.random.default_rng(seed)
    start = noise.uniform([40, 120], [700, 300], (people, 2))
    speed = noise.uniform([-70, -10], [70, 10], (people, 2))
    height = noise.uniform(70, 160, people)
    scene = []
    for i in range(frames):
        centre = start + speed * i / FPS
        centre[:, 0] = np.abs((centre[:, 0] - 60) % 1296 - 648) + 60  # they turn round at the sides
        sides = np.stack([0.4 * height, height], axis=1)
        shaken = centre + noise.normal(0, 0.015, (people, 2)) * height[:, None]
        boxes = np.concatenate([shaken - sides / 2, shaken + sides / 2], axis=1)
        scores = np.where(
            noise.random(people) < 0.15, noise.uniform(0.15, 0.4, people), noise.uniform(0.6, 0.95, people)
        )
        seen = noise.random(people) > 0.05
        scene.append(frame_of(i, round(i / FPS * 1e9), np.clip(boxes[seen], 0, [768, 576] * 2), scores[seen]))
    return scene


def ours(scene: Scene) -> Assigned:
    tracker, numbers, answer = ByteTracker("c", PLAIN), dict[str, int](), []
    for detections in scene:
        states = [s for s in tracker.update(detections).states if s.observed and s.confirmed]
        boxes = np.array([s.box_xyxy_px for s in states], np.float64).reshape(-1, 4)
        rows, columns = linear_sum_assignment(iou(boxes, detections.boxes_xyxy_px.astype(np.float64)), maximize=True)
        ids = [numbers.setdefault(s.track_id, len(numbers)) for s in states]
        answer.append({int(c): ids[r] for r, c in zip(rows, columns, strict=True)})
    return answer


def oracle(scene: Scene) -> Assigned:
    tracker = ByteTrackTracker(
        lost_track_buffer=round(LOST_S * 30),
        frame_rate=FPS,
        track_activation_threshold=HIGH,
        minimum_consecutive_frames=2,
        minimum_iou_threshold=LEAST_IOU,
        high_conf_det_threshold=HIGH,
    )
    answer = []
    for detections in scene:
        usable = np.flatnonzero(detections.scores >= LOW)
        found = tracker.update(
            sv.Detections(
                xyxy=detections.boxes_xyxy_px[usable],
                confidence=detections.scores[usable],
                class_id=usable,  # carries the index of the detection through
            )
        )
        assert found.class_id is not None
        assert found.tracker_id is not None
        answer.append({int(d): int(t) for d, t in zip(found.class_id, found.tracker_id, strict=True) if t >= 0})
    return answer


def links(assigned: Assigned) -> set[tuple[int, int, int, int]]:
    """Every two detections that follow one another in a track: (frame, detection, frame, detection)."""
    by_track: dict[int, list[tuple[int, int]]] = {}
    for frame, pairs in enumerate(assigned):
        for detection, track in pairs.items():
            by_track.setdefault(track, []).append((frame, detection))
    return {(*a, *b) for places in by_track.values() for a, b in pairwise(places)}


def same_links(truth: Assigned, found: Assigned) -> float:
    """Share of the pairings of either that both make, the lower of the two shares."""
    one, other = links(truth), links(found)
    return len(one & other) / max(len(one), len(other))


def idf1(truth: Assigned, found: Assigned) -> float:
    """IDF1 of one assignment with the other as truth: whole tracks, not only links."""
    t_ids = sorted({t for pairs in truth for t in pairs.values()})
    f_ids = sorted({t for pairs in found for t in pairs.values()})
    both = np.zeros((len(t_ids), len(f_ids)))
    for one, other in zip(truth, found, strict=True):
        for detection in one.keys() & other.keys():
            both[t_ids.index(one[detection]), f_ids.index(other[detection])] += 1
    rows, columns = linear_sum_assignment(both, maximize=True)
    return float(2 * both[rows, columns].sum() / (sum(map(len, truth)) + sum(map(len, found))))


def test_the_recorded_clip_is_the_bundled_one() -> None:
    scene = street()
    assert len(scene) == 398
    assert sum(map(len, scene)) > 4000


def test_on_the_real_street_nearly_every_association_is_the_oracle_s() -> None:
    scene = street()
    expected, found = oracle(scene), ours(scene)
    assert len(links(expected)) > 2000
    assert same_links(expected, found) >= 0.98
    assert idf1(expected, found) >= 0.88


@pytest.mark.parametrize("seed", range(6))
def test_in_made_crossings_nearly_every_association_is_the_oracle_s(seed: int) -> None:
    scene = crossing(seed)
    expected, found = oracle(scene), ours(scene)
    assert len(links(expected)) > 600
    assert same_links(expected, found) >= 0.99
    assert idf1(expected, found) >= 0.94
