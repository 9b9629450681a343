from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from beffroi.geometry.lines import Way, crossings, distance_to_line, line_length, net_way

LEFT_TO_RIGHT = np.array([[0.1, 0.5], [0.9, 0.5]])
CORNER = np.array([[0.1, 0.5], [0.5, 0.5], [0.5, 0.9]])


def test_down_is_forward_on_a_line_drawn_left_to_right() -> None:
    assert net_way(LEFT_TO_RIGHT, (0.3, 0.4), (0.3, 0.6)) is Way.FORWARD
    assert net_way(LEFT_TO_RIGHT, (0.3, 0.6), (0.3, 0.4)) is Way.BACKWARD
    assert net_way(LEFT_TO_RIGHT[::-1], (0.3, 0.4), (0.3, 0.6)) is Way.BACKWARD


def test_passing_beside_the_line_is_no_crossing() -> None:
    assert crossings(LEFT_TO_RIGHT, (0.95, 0.4), (0.95, 0.6)) == []
    assert crossings(LEFT_TO_RIGHT, (0.3, 0.1), (0.6, 0.4)) == []


def test_where_and_how_far_along() -> None:
    (met,) = crossings(LEFT_TO_RIGHT, (0.2, 0.4), (0.4, 0.8))
    assert met.at == pytest.approx((0.25, 0.5))
    assert met.move_share == pytest.approx(0.25)
    assert met.segment == 0


def test_stopping_on_the_line_counts_once() -> None:
    path = [(0.3, 0.4), (0.3, 0.5), (0.3, 0.5), (0.3, 0.6)]
    met = [c for a, b in pairwise(path) for c in crossings(LEFT_TO_RIGHT, a, b)]
    assert [c.way for c in met] == [Way.FORWARD]


def test_turning_back_on_the_line_counts_nothing_in_all() -> None:
    path = [(0.3, 0.4), (0.3, 0.5), (0.3, 0.4)]
    met = [c.way for a, b in pairwise(path) for c in crossings(LEFT_TO_RIGHT, a, b)]
    assert met == [Way.FORWARD, Way.BACKWARD]


def test_a_corner_met_exactly_counts_once() -> None:
    assert len(crossings(CORNER, (0.6, 0.4), (0.4, 0.6))) == 1


def test_cutting_a_corner_twice_is_no_net_crossing() -> None:
    met = crossings(CORNER, (0.3, 0.4), (0.7, 0.8))
    assert [c.segment for c in met] == [0, 1]
    assert [c.way for c in met] == [Way.FORWARD, Way.BACKWARD]
    assert net_way(CORNER, (0.3, 0.4), (0.7, 0.8)) is None


def test_standing_still_crosses_nothing() -> None:
    assert crossings(LEFT_TO_RIGHT, (0.3, 0.5), (0.3, 0.5)) == []


def test_length_and_distance() -> None:
    assert line_length(CORNER) == pytest.approx(0.8)
    points = np.array([[0.3, 0.4], [0.0, 0.5], [0.5, 1.0]])
    assert distance_to_line(CORNER, points) == pytest.approx([0.1, 0.1, 0.1])
