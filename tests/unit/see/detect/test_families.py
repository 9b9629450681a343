"""Each family's arithmetic against hand-made arrays whose boxes are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from beffroi.see.detect import ModelCard, load_card
from beffroi.see.detect.families import cell_corners, check_shapes, detr, nanodet, ssd, yolox
from beffroi.vocabulary.errors import ModelCardError

PERSON, VEHICLE = 0, 2
SIZE = (64, 64)


@pytest.fixture
def card(write_card: Any) -> Any:
    def make(**changes: Any) -> ModelCard:
        return load_card(write_card(**changes))

    return make


def test_yolox_offsets_sizes_and_scores(card: Any) -> None:
    table = np.zeros((1, 4, 9), np.float32)  # 2 x 2 cells of 32 px, 4 classes
    table[0, 3] = [0.25, 0.5, np.log(1.0), np.log(0.5), 0.8, 0.1, 0, 0.9, 0.2]  # cell (1, 1): a car
    table[0, 0] = [0, 0, 0, 0, 0.9, 0.1, 0.99, 0, 0]  # class 1 is not ours; what is ours is under score_min
    found = yolox(card(), [table], SIZE)
    assert found.class_ids.tolist() == [VEHICLE]
    np.testing.assert_allclose(found.scores, [0.72], rtol=1e-6)
    np.testing.assert_allclose(found.boxes_xyxy_px, [[24, 40, 56, 56]], rtol=1e-5)


def test_yolox_follows_the_size_that_was_given(card: Any) -> None:
    table = np.zeros((1, 2, 9), np.float32)
    table[0, 1] = [0, 0, 0, 0, 1, 1, 0, 0, 0]
    found = yolox(card(), [table], (64, 32))
    assert found.class_ids.tolist() == [PERSON]
    np.testing.assert_allclose(found.boxes_xyxy_px, [[16, -16, 48, 16]])


def test_nanodet_distances_are_means_of_distributions(card: Any) -> None:
    output = {"columns": 4, "strides": [32], "bins": 3, "cell_centre": 0.5}
    table = np.full((1, 4, 4 + 12), -50.0, np.float32)
    table[..., :4] = 0.0
    table[0, 1, 0] = 0.75  # cell (1, 0): a person
    sides = table[0, 1, 4:].reshape(4, 3)
    sides[0, 1] = 50  # left: one stride
    sides[1, 0] = 50  # up: nought
    sides[2, 0] = sides[2, 1] = 50  # right: half a stride
    sides[3, 2] = 50  # down: two strides
    found = nanodet(card(family="nanodet", output=output), [table], SIZE)
    assert found.class_ids.tolist() == [PERSON]
    np.testing.assert_allclose(found.boxes_xyxy_px, [[48 - 32, 16, 48 + 16, 16 + 64]], atol=1e-3)


@pytest.mark.parametrize("boxes_first", [True, False])
@pytest.mark.parametrize(("scores", "expected"), [("sigmoid", 1 / (1 + np.exp(-2.0))), ("softmax", 0.843)])
def test_detr_in_either_order(card: Any, boxes_first: bool, scores: str, expected: float) -> None:
    boxes = np.array([[[0.5, 0.25, 0.5, 0.25], [0.1, 0.1, 0.1, 0.1]]], np.float32)
    logits = np.array([[[2.0, -4, -4, 0, -1], [-9, -9, -9, -9, 9]]], np.float32)
    changes = {"family": "detr", "output": {"columns": 4, "scores": scores}, "nms_iou": None}
    outputs = [boxes, logits] if boxes_first else [logits, boxes]
    found = detr(card(**changes), outputs, SIZE)
    best = found.scores.argmax()
    assert found.class_ids[best] == PERSON
    assert found.scores[best] == pytest.approx(expected, abs=0.03)
    np.testing.assert_allclose(found.boxes_xyxy_px[best], [16, 8, 48, 24], atol=1e-4)
    if scores == "softmax":
        assert len(found.scores) == 2 - 1  # the second is "no object", which no card can map


def test_ssd_stops_at_the_end_mark_and_drops_unknown_labels(card: Any) -> None:
    rows = np.array(
        [
            [0, 1, 0.9, 0.25, 0.5, 0.5, 1.0],
            [0, 7, 0.9, 0, 0, 1, 1],
            [0, 0, 0.05, 0, 0, 1, 1],
            [-1, 0, 0.9, 0, 0, 1, 1],
            [0, 0, 0.9, 0, 0, 1, 1],
        ],
        np.float32,
    )[None, None]
    changes = {"family": "ssd", "output": {}, "nms_iou": None, "classes": {0: "vehicle", 1: "person"}}
    found = ssd(card(**changes), [rows], SIZE)
    assert found.class_ids.tolist() == [PERSON]
    np.testing.assert_allclose(found.boxes_xyxy_px, [[16, 32, 32, 64]])


@pytest.mark.parametrize("family", [nanodet, yolox, detr, ssd])
def test_nothing_seen_is_empty_arrays(card: Any, family: Any) -> None:
    outputs: dict[str, list[Any]] = {
        "nanodet": [np.zeros((1, 4, 16), np.float32)],
        "yolox": [np.zeros((1, 4, 9), np.float32)],
        "detr": [np.zeros((1, 3, 4), np.float32), np.full((1, 3, 5), -9, np.float32)],
        "ssd": [np.zeros((1, 1, 0, 7), np.float32)],
    }
    keys: dict[str, Any] = {
        "nanodet": {"columns": 4, "strides": [32], "bins": 3, "cell_centre": 0.0},
        "yolox": {"columns": 4, "strides": [32]},
        "detr": {"columns": 4, "scores": "sigmoid"},
        "ssd": {},
    }
    name = family.__name__
    found = family(card(family=name, output=keys[name]), outputs[name], SIZE)
    assert found.boxes_xyxy_px.shape == (0, 4)
    assert found.scores.shape == found.class_ids.shape == (0,)
    assert found.class_ids.dtype == np.int32


def test_cells_run_row_by_row_fine_strides_first() -> None:
    corners, strides = cell_corners(64, 32, (16, 32))
    assert strides[:, 0].tolist() == [16] * 8 + [32] * 2
    assert corners[:5].tolist() == [[0, 0], [1, 0], [2, 0], [3, 0], [0, 1]]


@pytest.mark.parametrize(
    ("changes", "shapes", "wanted"),
    [
        ({}, [(1, 5, 9)], "(1, 4, 9)"),
        ({}, [(1, 4, 9), (1, 4, 9)], "(1, 4, 9)"),
        (
            {"family": "nanodet", "output": {"columns": 4, "strides": [32], "bins": 3, "cell_centre": 0}},
            [(1, 4, 4)],
            "(1, 4, 16)",
        ),
        ({"family": "ssd", "output": {}}, [(1, 1, 10, 6)], "(1, 1, n, 7)"),
        ({"family": "detr", "output": {"columns": 4, "scores": "sigmoid"}}, [(1, 9, 4)], "(1, n, 4)"),
        ({"family": "detr", "output": {"columns": 6, "scores": "sigmoid"}}, [(1, 9, 4), (1, 9, 5)], "6 or more"),
    ],
)
def test_outputs_of_another_shape_are_refused_with_both(
    card: Any, changes: dict[str, Any], shapes: list[tuple[int, ...]], wanted: str
) -> None:
    with pytest.raises(ModelCardError) as caught:
        check_shapes(card(**changes), shapes)
    assert wanted in str(caught.value)
    assert str(shapes[0]) in str(caught.value)


def test_shapes_that_fit_pass(card: Any, tmp_path: Path) -> None:
    check_shapes(card(), [(1, 4, 9)])
    check_shapes(card(family="detr", output={"columns": 4, "scores": "softmax"}), [(1, 9, 5), (1, 9, 4)])
    check_shapes(card(family="ssd", output={}), [(1, 1, 200, 7)])
