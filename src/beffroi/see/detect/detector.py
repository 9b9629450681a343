"""The detector: a card, its weights and a runtime, behind the Detector port."""

from __future__ import annotations

from copy import copy

import numpy as np

from beffroi.see.detect.card import ModelCard
from beffroi.see.detect.families import FAMILIES, check_shapes
from beffroi.see.detect.preparation import Size, crop_around, input_size, placed
from beffroi.see.detect.runtimes import Network
from beffroi.see.detect.suppression import keep_best
from beffroi.vocabulary.arrays import Float32s, Int32s, UInt8s
from beffroi.vocabulary.picture import Detections, Frame, FrameRef

SMALLEST_SIDE_PX = 1.0  # a box thinner than a pixel is no thing seen
MOST_BOXES = 400  # our choice: a frame with more is noise or a crowd, for which boxes are the wrong tool


class CardDetector:
    """Sees objects in frames as its card says. Stateless; one call at a time.

    Raises:
        ModelCardError: the net's outputs are not what the card's family reads.
    """

    def __init__(self, card: ModelCard, network: Network) -> None:
        self.card, self._network, self._decode = card, network, FAMILIES[card.family]
        blank = np.zeros((card.input.height_px, card.input.width_px, 3), np.uint8)
        check_shapes(card, [output.shape for output in network.infer(blank)])
        if self._flexible:
            network.release()  # cameras are rarely square: what this size took would lie there for nothing

    @property
    def model(self) -> str:
        """name@version of the card."""
        return self.card.model

    @property
    def score_high(self) -> float:
        """The score from which a detection alone counts as seen."""
        return self.card.score_high

    @property
    def class_names(self) -> tuple[str, ...]:
        """The object classes it can see."""
        return self.card.class_names

    @property
    def runtime(self) -> str:
        """The engine that runs the net."""
        return self._network.runtime

    def twin(self) -> CardDetector:
        """Another detector on the same weights in memory, to be asked at the same time as this one."""
        other = copy(self)
        other._network = self._network.twin()
        return other

    def detect(self, frame: Frame, regions_xyxy_px: np.ndarray | None = None) -> Detections:
        """All objects with score >= ``score_min``, boxes float32 (n, 4) in pixels of the whole frame, inside it.

        ``regions_xyxy_px`` float32 (n, 4) in frame pixels: look only at one crop around them (`area_looked_at`), for
        less; what stands outside is then neither seen nor known to be gone.
        """
        size = frame.ref.width_px, frame.ref.height_px
        crop = self._crop(size, regions_xyxy_px)
        if crop is None:
            boxes, scores, class_ids = self._look(frame.rgb, self._size(size, 1.0))
        else:
            (left, top, right, bottom), share = crop
            part = frame.rgb[top:bottom, left:right]
            boxes, scores, class_ids = self._look(part, self._size((right - left, bottom - top), share))
            boxes += np.array([left, top, left, top], np.float32)
        return Detections(
            frame=frame.ref, boxes_xyxy_px=boxes, scores=scores, class_ids=class_ids, model=self.card.model
        )

    def area_looked_at(self, frame: FrameRef, regions_xyxy_px: np.ndarray) -> tuple[int, int, int, int]:
        """The part of a frame, left top right bottom in pixels, that `detect` looks at for these regions."""
        crop = self._crop((frame.width_px, frame.height_px), regions_xyxy_px)
        return (0, 0, frame.width_px, frame.height_px) if crop is None else crop[0]

    def _crop(self, size: Size, regions_xyxy_px: np.ndarray | None) -> tuple[tuple[int, int, int, int], float] | None:
        if regions_xyxy_px is None or not self._flexible:
            return None
        return crop_around(regions_xyxy_px, size)

    @property
    def _flexible(self) -> bool:
        return self._network.flexible and self.card.input.multiple_px is not None

    def _size(self, picture: Size, share: float) -> Size:
        spec = self.card.input
        return input_size(spec, picture, share) if self._flexible else (spec.width_px, spec.height_px)

    def _look(self, rgb: UInt8s, size: Size) -> tuple[Float32s, Float32s, Int32s]:
        picture, place = placed(rgb, self.card.input, size)
        found = self._decode(self.card, self._network.infer(picture), size)
        boxes, scores, class_ids = place.back(found.boxes_xyxy_px), found.scores, found.class_ids
        height, width = rgb.shape[:2]
        boxes[:, 0::2] = boxes[:, 0::2].clip(0, width)
        boxes[:, 1::2] = boxes[:, 1::2].clip(0, height)
        sides = boxes[:, 2:] - boxes[:, :2]
        kept = np.flatnonzero((sides > SMALLEST_SIDE_PX).all(axis=1) & np.isfinite(scores))  # false for NaN too
        boxes, scores, class_ids = boxes[kept], scores[kept], class_ids[kept]
        if self.card.nms_iou is not None:
            best = keep_best(boxes, scores, class_ids, self.card.nms_iou)
            boxes, scores, class_ids = boxes[best], scores[best], class_ids[best]
        if len(scores) > MOST_BOXES:
            kept = np.argpartition(-scores, MOST_BOXES)[:MOST_BOXES]
            boxes, scores, class_ids = boxes[kept], scores[kept], class_ids[kept]
        return boxes.astype(np.float32), scores.astype(np.float32).clip(0, 1), class_ids.astype(np.int32)
