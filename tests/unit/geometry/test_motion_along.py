from __future__ import annotations

import numpy as np
import pytest

from beffroi.geometry.motion_along import ground_steps, latest_stretch

SIZE = (640.0, 480.0)


def test_a_step_is_the_middle_across_and_the_lower_edge_down() -> None:
    boxes = np.array([[100.0, 100, 140, 200], [110.0, 100, 150, 220]])
    assert ground_steps(boxes, SIZE).tolist() == [[10.0, 20.0]]


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        # Coming in at the right: only the left edge tells.
        ([600, 200, 639, 300], [560, 200, 639, 300], [-40.0, 0.0]),
        # Going out at the left: only the right edge tells.
        ([1, 200, 80, 300], [1, 200, 40, 300], [-40.0, 0.0]),
        # Standing half out below and growing upwards: the upper edge tells.
        ([100, 300, 200, 479], [100, 280, 200, 479], [0.0, -20.0]),
        # As wide as the picture: nothing tells, the middle stays.
        ([0, 100, 640, 300], [0, 100, 640, 300], [0.0, 0.0]),
    ],
)
def test_edges_on_the_picture_s_border_say_nothing(before: list[float], after: list[float], step: list[float]) -> None:
    assert ground_steps(np.array([before, after], float), SIZE).tolist() == [step]


def test_the_latest_stretch_is_the_shortest_that_is_enough() -> None:
    steps = np.array([[50.0, 0], [0, 90], [10, 0], [20, 0], [30, 0]])
    stretch = latest_stretch(steps, (1.0, 0.0), 45.0)
    assert stretch is not None
    assert (stretch.first, stretch.travel, stretch.angle_deg) == (3, 50.0, 0.0)
    assert stretch.largest_step_share == pytest.approx(0.6)
    assert stretch.straightness == 1.0


def test_what_was_before_the_turn_does_not_count() -> None:
    steps = np.array([[-100.0, 0], [-100, 0], [30, 0], [30, 0]])
    stretch = latest_stretch(steps, (1.0, 0.0), 50.0)
    assert stretch is not None
    assert (stretch.first, stretch.travel) == (2, 60.0)
    assert latest_stretch(steps, (1.0, 0.0), 61.0) is None


def test_crossing_has_a_wide_angle() -> None:
    stretch = latest_stretch(np.array([[10.0, 40]] * 10), (1.0, 0.0), 50.0)
    assert stretch is not None
    assert stretch.angle_deg == pytest.approx(75.96, abs=0.01)


def test_trembling_is_crooked() -> None:
    stretch = latest_stretch(np.array([[30.0, 0], [-25, 0], [30, 0], [-25, 0], [30, 0]]), (1.0, 0.0), 36.0)
    assert stretch is not None
    assert stretch.straightness < 0.5


def test_nothing_from_nothing() -> None:
    assert latest_stretch(np.zeros((0, 2)), (1.0, 0.0), 1.0) is None
