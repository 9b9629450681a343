from __future__ import annotations

import numpy as np
import pytest

from beffroi.geometry.directions import (
    angle_between_deg,
    heading_deg,
    in_body_heights,
    pairwise_body_heights,
    travel_along,
    unit,
)


def test_angles() -> None:
    assert angle_between_deg((1, 0), (5, 0)) == pytest.approx(0)
    assert angle_between_deg((1, 0), (-2, 0)) == pytest.approx(180)
    assert angle_between_deg((1, 1), (1, 0)) == pytest.approx(45)


def test_headings_run_clockwise_from_up() -> None:
    assert [heading_deg(v) for v in ((0, -1), (1, 0), (0, 1), (-1, 0))] == pytest.approx([0, 90, 180, 270])


@pytest.mark.parametrize("vector", [(0.0, 0.0), (float("nan"), 1.0), (float("inf"), 0.0)])
def test_no_length_no_direction(vector: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="no direction"):
        unit(vector)


def test_very_short_vectors_still_have_a_direction() -> None:
    assert unit((1e-200, 0.0)) == (1.0, 0.0)


def test_travel_is_signed_and_counts_the_net_way_only() -> None:
    path = np.array([[0, 0], [10, 0], [4, 3]], np.float64)
    assert travel_along(path, (1, 0)) == pytest.approx(4)
    assert travel_along(path, (-3, 0)) == pytest.approx(-4)
    assert travel_along(path[:1], (1, 0)) == 0


def test_body_heights_do_not_change_with_the_camera_s_distance() -> None:
    near = np.array([[0, 0, 40, 100], [150, 0, 190, 100]], np.float64)
    assert pairwise_body_heights(near)[0, 1] == pytest.approx(1.5)
    assert pairwise_body_heights(near / 4) == pytest.approx(pairwise_body_heights(near))


def test_boxes_without_height_are_infinitely_far() -> None:
    flat = np.array([[0, 5, 10, 5], [20, 5, 30, 5]], np.float64)
    assert pairwise_body_heights(flat)[0, 1] == np.inf
    assert pairwise_body_heights(flat)[0, 0] == 0
    assert in_body_heights(10, (0, 5, 10, 5)) == np.inf
    assert in_body_heights(10, (0, 0, 10, 20)) == 0.5
