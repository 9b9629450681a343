from __future__ import annotations

import numpy as np
import pytest

from beffroi.geometry.polygons import (
    PolygonFault,
    as_points,
    contains,
    distance_to_border,
    faults,
    polygon_area,
    signed_area,
)

SQUARE = np.array([[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]])
ELL = np.array([[0, 0], [1, 0], [1, 0.4], [0.4, 0.4], [0.4, 1], [0, 1]], np.float64)


def reasons(points: list[tuple[float, float]]) -> list[PolygonFault]:
    return [fault.reason for fault in faults(points)]


def test_points_in_a_concave_zone() -> None:
    points = np.array([[0.2, 0.2], [0.9, 0.2], [0.2, 0.9], [0.7, 0.7], [1.2, 0.1]])
    assert contains(ELL, points).tolist() == [True, True, True, False, False]


def test_zones_side_by_side_share_no_point_and_leave_no_gap() -> None:
    left = np.array([[0, 0], [0.5, 0], [0.5, 1], [0, 1]], np.float64)
    right = np.array([[0.5, 0], [1, 0], [1, 1], [0.5, 1]], np.float64)
    border = np.array([[0.5, y] for y in np.linspace(0.01, 0.99, 25)])
    assert (contains(left, border) ^ contains(right, border)).all()


def test_no_points_give_no_answers() -> None:
    assert contains(SQUARE, np.zeros((0, 2))).shape == (0,)


def test_area_has_the_sign_of_the_drawing_order() -> None:
    assert signed_area(SQUARE) == pytest.approx(0.36)
    assert signed_area(SQUARE[::-1]) == pytest.approx(-0.36)
    assert polygon_area(ELL) == pytest.approx(0.64)


def test_distance_to_the_border_from_in_and_out() -> None:
    points = np.array([[0.5, 0.5], [0.5, 0.1], [0.2, 0.5], [0.0, 0.0]])
    assert distance_to_border(SQUARE, points) == pytest.approx([0.3, 0.1, 0.0, np.hypot(0.2, 0.2)])


def test_a_good_zone_has_no_fault() -> None:
    assert faults(SQUARE) == []
    assert faults(ELL) == []
    assert faults(ELL[::-1]) == []


def test_faults_are_named() -> None:
    assert reasons([(0.1, 0.1), (0.5, 0.5)]) == [PolygonFault.TOO_FEW_POINTS]
    assert reasons([(0.1, 0.1), (0.5, float("nan")), (0.3, 0.9)]) == [PolygonFault.NOT_A_NUMBER]
    assert reasons([(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)]) == [PolygonFault.SELF_CROSSING]
    assert reasons([(0.1, 0.1), (0.5, 0.1), (0.5, 0.1), (0.3, 0.6)]) == [PolygonFault.REPEATED_POINT]
    assert reasons([(0.1, 0.1), (0.105, 0.1), (0.105, 0.11)]) == [PolygonFault.NO_AREA]
    assert reasons([(0.1, 0.1), (1.4, 0.1), (0.5, 0.6)]) == [PolygonFault.OUTSIDE_PICTURE]
    assert faults([(10, 10), (400, 10), (50, 300)], normalised=False) == []


def test_a_crossing_says_which_sides() -> None:
    fault = faults([(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)])[0]
    assert fault.points == (0, 2)
    assert fault.text == "the side after point 1 crosses the side after point 3"


def test_a_spike_that_folds_back_is_a_crossing() -> None:
    spike = [(0.1, 0.1), (0.9, 0.1), (0.5, 0.1), (0.5, 0.8)]
    assert reasons(spike) == [PolygonFault.SELF_CROSSING]


def test_touching_a_far_side_is_a_crossing() -> None:
    assert reasons([(0, 0), (1, 0), (1, 1), (0.5, 0), (0, 1)]) == [PolygonFault.SELF_CROSSING]


def test_points_must_come_in_pairs() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\), expected \(n, 2\)"):
        as_points([[1, 2, 3], [4, 5, 6]])
    assert as_points([]).shape == (0, 2)
