"""A net of somebody's own, from its card and ONNX file to boxes: the DETR family, on both engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from beffroi.see.detect import load_card, open_detector
from beffroi.vocabulary.errors import ModelCardError
from beffroi.vocabulary.picture import CLASS_NAMES


def answers() -> list[np.ndarray]:
    """Three queries: a person in the middle, a van, and nothing; boxes are centre and size in [0, 1]."""
    boxes = np.array([[[0.5, 0.5, 0.25, 0.5], [0.25, 0.75, 0.5, 0.5], [0.5, 0.5, 1, 1]]], np.float32)
    logits = np.full((1, 3, 4), -9.0, np.float32)
    logits[0, 0, 0], logits[0, 1, 2] = 2.0, 1.0
    return [boxes, logits]


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino", "auto"])
def test_a_detr_net_sees_through_its_card(
    tmp_path: Path, write_card: Any, make_constant_onnx: Any, make_frame: Any, runtime: Any
) -> None:
    make_constant_onnx(tmp_path / "tiny.onnx", answers(), (64, 64))
    spec = {"width_px": 64, "height_px": 64, "channels": "rgb", "resize": "stretch"}
    card = write_card(family="detr", output={"columns": 4, "scores": "sigmoid"}, nms_iou=None, input=spec)
    detector = open_detector(str(card), data=tmp_path / "house", runtime=runtime)
    seen = detector.detect(make_frame(np.zeros((100, 200, 3), np.uint8)))
    assert [CLASS_NAMES[kind] for kind in seen.class_ids] == ["person", "vehicle"]
    np.testing.assert_allclose(seen.scores, 1 / (1 + np.exp([-2.0, -1.0])), rtol=1e-4)
    np.testing.assert_allclose(seen.boxes_xyxy_px, [[75, 25, 125, 75], [0, 50, 100, 100]], atol=0.01)


def test_a_net_with_other_outputs_than_its_family_is_refused_before_it_sees(
    tmp_path: Path, write_card: Any, make_constant_onnx: Any
) -> None:
    make_constant_onnx(tmp_path / "tiny.onnx", answers()[:1], (64, 64))
    card = write_card(family="detr", output={"columns": 4, "scores": "sigmoid"}, nms_iou=None)
    with pytest.raises(ModelCardError, match="output"):
        open_detector(str(card), data=tmp_path / "house", runtime="onnxruntime")
    assert load_card(card).family == "detr", "the card itself is in order"
