from __future__ import annotations

import numpy as np
import pytest

from beffroi.geometry import boxes


def test_iou_of_known_pairs() -> None:
    first = np.array([[0, 0, 10, 10], [20, 20, 30, 30]], np.float64)
    second = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [10, 10, 20, 20]], np.float64)
    assert boxes.iou(first, second) == pytest.approx(np.array([[1, 1 / 3, 0], [0, 0, 0]]))


def test_iou_of_no_boxes_has_the_right_shape() -> None:
    none = np.zeros((0, 4))
    assert boxes.iou(none, np.ones((3, 4))).shape == (0, 3)
    assert boxes.iou(np.ones((3, 4)), none).shape == (3, 0)


def test_boxes_without_surface_share_nothing_and_do_not_divide_by_zero() -> None:
    flat = np.array([[5.0, 5, 5, 9]])
    assert boxes.iou(flat, flat).tolist() == [[0.0]]
    assert boxes.contained(flat, flat).tolist() == [[0.0]]


def test_contained_is_not_symmetric() -> None:
    small, large = np.array([[2.0, 2, 4, 4]]), np.array([[0.0, 0, 10, 10]])
    assert boxes.contained(small, large).tolist() == [[1.0]]
    assert boxes.contained(large, small) == pytest.approx(np.array([[0.04]]))


def test_feet_and_centres() -> None:
    box = np.array([[0.0, 0, 4, 10]])
    assert boxes.feet(box).tolist() == [[2.0, 10.0]]
    assert boxes.centres(box).tolist() == [[2.0, 5.0]]


def test_clip_scale_and_pad() -> None:
    box = np.array([[-5.0, 10, 700, 500]])
    assert boxes.clip(box, 640, 360).tolist() == [[0.0, 10.0, 640.0, 360.0]]
    assert boxes.scale(np.array([[1.0, 2, 3, 4]]), 2, 3).tolist() == [[2.0, 6.0, 6.0, 12.0]]
    assert boxes.pad(np.array([[10.0, 10, 20, 30]]), 0.1, 2).tolist() == [[7.0, 6.0, 23.0, 34.0]]


def test_merging_follows_chains_but_not_touching_borders() -> None:
    chain = np.array([[0.0, 0, 4, 4], [3, 3, 8, 8], [7, 7, 9, 9], [20, 0, 24, 4], [24, 0, 28, 4]])
    merged = boxes.merge_overlapping(chain)
    assert sorted(merged.tolist()) == [[0.0, 0.0, 9.0, 9.0], [20.0, 0.0, 24.0, 4.0], [24.0, 0.0, 28.0, 4.0]]


def test_merging_goes_on_when_hulls_come_to_overlap() -> None:
    # The first two make a hull that covers the third, which neither touched.
    grown = boxes.merge_overlapping(np.array([[0.0, 0, 10, 2], [8, 0, 10, 10], [1, 5, 3, 7]]))
    assert grown.tolist() == [[0.0, 0.0, 10.0, 10.0]]


def test_no_hull_without_a_box() -> None:
    with pytest.raises(ValueError, match="no box"):
        boxes.hull(np.zeros((0, 4)))
