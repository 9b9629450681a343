from __future__ import annotations

import numpy as np
import pytest

from beffroi.geometry.segments import distance_to_segments
from beffroi.geometry.zone_depth import depth_inside

SIZE = (640.0, 480.0)
SQUARE = np.array([[100.0, 100.0], [300.0, 100.0], [300.0, 300.0], [100.0, 300.0]])
LOWER = np.array([[0.0, 240.0], [640.0, 240.0], [640.0, 480.0], [0.0, 480.0]])


@pytest.mark.parametrize(
    ("point", "depth"), [((200, 200), 100), ((110, 200), 10), ((90, 200), -10), ((0, 200), -96.8), ((200, 310), -10)]
)
def test_deep_is_positive_and_outside_negative(point: tuple[float, float], depth: float) -> None:
    assert depth_inside(SQUARE, np.array([point], float), SIZE)[0] == pytest.approx(
        depth, abs=0.5 if depth > -50 else 4
    )


def test_the_picture_s_border_is_no_border_of_the_zone() -> None:
    points = np.array([[320.0, 479.0], [320.0, 700.0], [-50.0, 400.0], [320.0, 250.0]])
    depths = depth_inside(LOWER, points, SIZE)
    assert depths[:2] == pytest.approx([235.2, 235.2], abs=0.1)
    assert depths[2] > 100
    assert depths[3] == pytest.approx(10.0)


def test_the_whole_picture_has_no_border_at_all() -> None:
    whole = np.array([[0.0, 0.0], [640.0, 0.0], [640.0, 480.0], [0.0, 480.0]])
    assert depth_inside(whole, np.array([[1.0, 1.0], [-9.0, 500.0]]), SIZE).tolist() == [np.inf, np.inf]


def test_no_point_no_depth() -> None:
    assert depth_inside(SQUARE, np.zeros((0, 2)), SIZE).shape == (0,)


def test_distance_to_the_nearest_of_several_segments() -> None:
    start, end = np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([[0.0, 10.0], [10.0, 10.0]])
    assert distance_to_segments(start, end, np.array([[3.0, 5.0], [8.0, 5.0], [10.0, 14.0]])).tolist() == [
        3.0,
        2.0,
        4.0,
    ]
