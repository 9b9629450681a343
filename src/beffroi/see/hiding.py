"""What must be hidden in a camera's pictures: people, vehicles with their plates, and whatever else moves."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from beffroi.geometry.boxes import contained, iou, pad
from beffroi.see.motion import MogGate
from beffroi.see.track import ByteTracker, TrackSettings
from beffroi.vocabulary.picture import CLASS_ID, Detections, Frame, MotionMap, ObjectClass
from beffroi.vocabulary.privacy import HiddenArea
from beffroi.vocabulary.time import seconds_to_ns
from beffroi.vocabulary.tracks import TracksNow

VEHICLE = CLASS_ID[ObjectClass.VEHICLE.value]
BLOCKS_PX = (8, 12, 16, 24, 32, 48, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class HidingSettings:
    """How people, vehicles and unexplained motion are hidden. Source: our choice, ADR 97.

    ``score_least``: a doubtful sighting is hidden too. ``hold_s``: a thing last seen so long ago is still hidden where
    it should be by now; ``linger_s``: also where it was seen. ``margin`` and ``margin_px``: boxes grow by a share of
    their size and by pixels. ``person_rows``, ``person_columns``: blocks of a person, at most; the head of somebody who
    stands is one block. ``vehicle_columns``: blocks across a vehicle, at most: with 1.8 m over 8 columns a block is
    22 cm, and a French plate (52 cm, seven signs of about 6 cm each) falls into three blocks of three to four signs.
    ``moving_rows``: blocks of something that moves and is not known. No block is smaller than ``least_block_px``, nor
    larger than ``most_block_px`` (people, motion) or ``most_vehicle_px``: a face that fills a tile of 360 lines is
    still made of no more than 11 x 11 blocks.
    """

    score_least: float = 0.25
    hold_s: float = 1.0
    linger_s: float = 0.5
    margin: float = 0.1
    margin_px: float = 4.0
    person_rows: int = 6
    person_columns: int = 3
    vehicle_columns: int = 8
    moving_rows: int = 6
    whole_rows: int = 18
    least_block_px: int = 8
    most_block_px: int = 32
    most_vehicle_px: int = 64


class Hiding:
    """Follows one camera's things so that a look the detector missed does not show them.

    Frames come in order; another run starts anew. While the background is being learned nothing is known of what
    moves: the whole picture is hidden.
    """

    def __init__(self, camera_id: str, settings: HidingSettings | None = None) -> None:
        self._settings = settings or HidingSettings()
        self._gate = MogGate()
        tracking = replace(TrackSettings(), score_high=self._settings.score_least, score_low=0.1)
        self._tracker = ByteTracker(camera_id, tracking)
        self._seen: deque[tuple[int, np.ndarray, np.ndarray]] = deque()
        self._run_id = ""

    def watch(self, frame: Frame) -> MotionMap:
        """Learn the background from a picture that is not shown."""
        return self._gate.look(frame)

    def areas(self, frame: Frame, detections: Detections, motion: MotionMap | None = None) -> tuple[HiddenArea, ...]:
        """What to hide in this frame. ``motion``: as ``watch`` has just said of it (None: it is looked at here)."""
        if motion is None:
            motion = self._gate.look(frame)
        boxes, classes = self._things(detections, self._tracker.update(detections, motion))
        found = self._covered(boxes, classes)
        if not motion.warm:
            return (*found, self.whole(frame.ref.width_px, frame.ref.height_px))
        return (*found, *self._moving(motion, boxes))

    def whole(self, width_px: int, height_px: int) -> HiddenArea:
        """The whole picture."""
        block = self._block(height_px / self._settings.whole_rows, self._settings.most_block_px)
        return HiddenArea(box_xyxy_px=(0.0, 0.0, float(width_px), float(height_px)), block_px=block)

    def _things(self, detections: Detections, tracks: TracksNow) -> tuple[np.ndarray, np.ndarray]:
        """Boxes (n, 4) and classes (n,) of what is there, was there a moment ago, or should be there by now."""
        now, run_id = detections.frame.media_time_ns, detections.frame.run_id
        if run_id != self._run_id:
            self._run_id = run_id
            self._seen.clear()
        hold_ns = seconds_to_ns(self._settings.hold_s)
        captured_at = detections.frame.captured_at
        sure = detections.scores >= self._settings.score_least
        boxes, classes = detections.boxes_xyxy_px[sure].astype(np.float64), detections.class_ids[sure]
        parts, kinds = [boxes], [classes]
        followed = [one for one in tracks.states if captured_at - one.last_observed_at <= hold_ns]
        if followed:
            parts.append(np.array([one.box_xyxy_px for one in followed], np.float64))
            kinds.append(np.array([CLASS_ID[one.object_class.value] for one in followed], np.int32))
        while self._seen and now - self._seen[0][0] > seconds_to_ns(self._settings.linger_s):
            self._seen.popleft()
        for _, old, kind in self._seen:
            # what is seen again where it was needs no second area
            gone = iou(old, boxes).max(axis=1) < 0.5 if len(boxes) and len(old) else np.ones(len(old), np.bool_)
            parts.append(old[gone])
            kinds.append(kind[gone])
        self._seen.append((now, boxes, classes))
        return np.concatenate(parts), np.concatenate(kinds)

    def _covered(self, boxes: np.ndarray, classes: np.ndarray) -> list[HiddenArea]:
        grown = pad(boxes, self._settings.margin, self._settings.margin_px)
        return [
            self._area(box, self._block_of(own, int(kind)))
            for box, own, kind in zip(grown, boxes, classes, strict=True)
            if box[2] > box[0] and box[3] > box[1]
        ]

    def _moving(self, motion: MotionMap, boxes: np.ndarray) -> list[HiddenArea]:
        """What moves and lies in no box: a person or a plate that the detector does not see."""
        regions = motion.regions_xyxy_px.astype(np.float64)
        if len(regions) and len(boxes):
            regions = regions[contained(regions, pad(boxes, self._settings.margin, 4.0)).max(axis=1) < 0.9]
        rows, most = self._settings.moving_rows, self._settings.most_block_px
        return [
            self._area(box, self._block(max(box[2] - box[0], box[3] - box[1]) / rows, most))
            for box in regions
            if box[2] > box[0] and box[3] > box[1]
        ]

    def _block_of(self, box: np.ndarray, kind: int) -> int:
        wide, high = float(box[2] - box[0]), float(box[3] - box[1])
        if kind == VEHICLE:
            return self._block(wide / self._settings.vehicle_columns, self._settings.most_vehicle_px)
        wanted = max(high / self._settings.person_rows, wide / self._settings.person_columns)
        return self._block(wanted, self._settings.most_block_px)

    def _block(self, wanted_px: float, most_px: int) -> int:
        """The next of a few sizes: a block that changed with each frame's box would tell more in time."""
        least = self._settings.least_block_px
        steps = (size for size in BLOCKS_PX if size >= wanted_px)
        return max(least, min(most_px, next(steps, most_px)))

    @staticmethod
    def _area(box: np.ndarray, block_px: int) -> HiddenArea:
        x1, y1, x2, y2 = (float(value) for value in box)
        return HiddenArea(box_xyxy_px=(x1, y1, x2, y2), block_px=block_px)
