"""The conformance kit of detectors: ``check_detector(detector, frames)`` raises with what is wrong. Ours passes it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from beffroi.ports.vision import Detector
from beffroi.testing.situations import ConformanceError
from beffroi.vocabulary.picture import CLASS_NAMES, Detections, Frame


def check_detector(detector: Detector, frames: Sequence[Frame]) -> list[Detections]:
    """Show real frames to a detector and check its contract; gives what it saw, for a look.

    Raises:
        ConformanceError: what is wrong, in a sentence.
    """
    name, _, version = detector.model.partition("@")
    _ask(bool(name and version), f"calls its model {detector.model!r}, not name@version")
    _ask(0 < detector.score_high <= 1, f"has a score_high of {detector.score_high}, outside (0, 1]")
    unknown = sorted(set(detector.class_names) - set(CLASS_NAMES))
    _ask(bool(detector.class_names) and not unknown, f"has classes that are not ours: {unknown or 'none at all'}")
    seen = []
    for frame in frames:
        before = frame.rgb.copy()
        found = detector.detect(frame)
        _check_found(detector, frame, found)
        _ask(np.array_equal(frame.rgb, before), "changes the picture it is shown")
        _check_found(detector, frame, detector.detect(frame, _middle(frame)))
        _ask(_same(found, detector.detect(frame)), "sees other things in the same frame when asked again")
        seen.append(found)
    return seen


def _ask(kept: bool, otherwise: str) -> None:
    if not kept:
        raise ConformanceError(f"the detector {otherwise}")


def _middle(frame: Frame) -> np.ndarray:
    width, height = frame.ref.width_px, frame.ref.height_px
    return np.array([[width / 4, height / 4, 3 * width / 4, 3 * height / 4]], np.float32)


def _check_found(detector: Detector, frame: Frame, found: Detections) -> None:
    _ask(found.frame == frame.ref, "answers about another frame than it was shown")
    _ask(found.model == detector.model, f"signs as {found.model!r}, not {detector.model!r}")
    boxes, size = found.boxes_xyxy_px, (frame.ref.width_px, frame.ref.height_px)
    _ask(bool((boxes >= 0).all() and (boxes[:, 2:] <= size).all()), "gives boxes that lie outside the frame")
    _ask(bool((boxes[:, 2:] > boxes[:, :2]).all()), "gives boxes without surface or inside out")
    _ask(bool(((found.scores >= 0) & (found.scores <= 1)).all()), "gives scores outside [0, 1]")
    ids = set(found.class_ids.tolist())
    _ask(ids <= set(range(len(CLASS_NAMES))), f"gives class ids that do not exist: {sorted(ids)}")
    extra = sorted({CLASS_NAMES[kind] for kind in ids} - set(detector.class_names))
    _ask(not extra, f"sees {', '.join(extra)}, which its class_names do not have")


def _same(one: Detections, other: Detections) -> bool:
    return len(one) == len(other) and np.allclose(one.boxes_xyxy_px, other.boxes_xyxy_px, atol=0.01)
