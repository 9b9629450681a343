from __future__ import annotations

import numpy as np
import pytest

from beffroi.geometry.on_the_ground import MOST_STRETCH, clusters, depth_stretch, gaps_in_body_heights


def box(x: float, foot: float, height: float) -> list[float]:
    return [x - height / 6, foot - height, x + height / 6, foot]


def test_side_by_side_is_measured_in_body_heights() -> None:
    pair = np.array([box(100, 300, 100), box(250, 300, 100)])
    assert gaps_in_body_heights(pair, pair, 640).tolist() == [[0.0, 1.5], [1.5, 0.0]]


def test_the_same_people_further_off_are_as_far_apart() -> None:
    near = np.array([box(100, 300, 100), box(250, 300, 100)])
    far = np.array([box(100, 150, 40), box(160, 150, 40)])
    assert gaps_in_body_heights(near, near, 640)[0, 1] == pytest.approx(gaps_in_body_heights(far, far, 640)[0, 1])


def test_depth_counts_for_more_than_width_where_things_are_far() -> None:
    across = np.array([box(300, 200, 40), box(320, 200, 40)])
    along = np.array([box(300, 200, 40), box(300, 220, 40)])
    assert gaps_in_body_heights(along, along, 640)[0, 1] == pytest.approx(
        MOST_STRETCH * gaps_in_body_heights(across, across, 640)[0, 1]
    )


def test_stretch_follows_the_pinhole_model_within_its_limits() -> None:
    # A camera at three body heights: horizon 3 h above the feet, dy spans f / 3 h times what dx does.
    assert depth_stretch(100.0, 600.0) == pytest.approx(2.0)
    assert depth_stretch(400.0, 640.0) == 1.0
    assert depth_stretch(np.array([5.0, 0.0]), 640.0).tolist() == [MOST_STRETCH, MOST_STRETCH]


def test_a_body_without_height_is_infinitely_far() -> None:
    flat = np.array([[10.0, 20.0, 30.0, 20.0]])
    assert gaps_in_body_heights(flat, flat, 640)[0, 0] == np.inf


def test_clusters_link_through_others() -> None:
    near = np.eye(5, dtype=bool)
    for i, j in ((0, 3), (3, 4)):
        near[i, j] = near[j, i] = True
    assert clusters(near) == [[0, 3, 4], [1], [2]]
    assert clusters(np.zeros((0, 0), bool)) == []
