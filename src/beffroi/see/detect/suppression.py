"""Doubles of one thing become one box: non-maximum suppression, per class of ours."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from beffroi.vocabulary.arrays import Float32s, Int32s


def keep_best(boxes_xyxy_px: Float32s, scores: Float32s, class_ids: Int32s, iou: float) -> Int32s:
    """Indexes of the boxes that no better box of their class covers by more than ``iou``; best first.

    ``boxes_xyxy_px`` float32 (n, 4), ``scores`` float32 (n,), ``class_ids`` int32 (n,). Greedy. Source: Neubeck and Van
    Gool, "Efficient non-maximum suppression", 2006. As several classes of a net become one of ours
    (car, bus and truck are all vehicles), a van seen as car and as truck is one box.

    >>> boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [0, 0, 10, 10]], np.float32)
    >>> keep_best(boxes, np.array([0.9, 0.8, 0.7], np.float32), np.array([0, 0, 1], np.int32), 0.5).tolist()
    [0, 2]
    """
    if len(scores) == 0:
        return np.zeros(0, np.int32)
    corners_and_sizes = np.concatenate([boxes_xyxy_px[:, :2], boxes_xyxy_px[:, 2:] - boxes_xyxy_px[:, :2]], axis=1)
    suppress: Any = cv2.dnn.NMSBoxesBatched  # its stub asks for lists; arrays are taken as they are
    kept = suppress(corners_and_sizes, scores, class_ids, 0.0, iou)
    return np.asarray(kept, np.int32).reshape(-1)
