"""The filter and the association, apart."""

from __future__ import annotations

import numpy as np
import pytest

from beffroi.geometry.boxes import iou, pad
from beffroi.see.track.association import assign, class_factors, direction_cost, wide_overlap
from beffroi.see.track.filter import BoxFilter, to_centre, to_corners
from beffroi.see.track.settings import FilterSettings

BOX = np.array([[100.0, 100, 140, 200]])
SEEN = np.zeros(1, np.bool_)


def run(rate: float, span_s: float, steps: int) -> BoxFilter:
    """A box pushed to the right at ``rate`` pixels a second, seen every ``span_s``."""
    boxes = BoxFilter(FilterSettings())
    boxes.add(BOX)
    for i in range(1, steps + 1):
        boxes.predict(span_s, SEEN)
        boxes.correct(np.array([0]), BOX + rate * span_s * i * np.array([1, 0, 1, 0]))
    return boxes


def test_corners_and_centres_are_the_same_box() -> None:
    boxes = np.array([[0.0, 0, 10, 20], [-5, 3, 7, 9]])
    assert to_corners(to_centre(boxes)) == pytest.approx(boxes)


@pytest.mark.parametrize("span_s", [0.04, 0.2, 0.5])
def test_the_filter_finds_the_speed(span_s: float) -> None:
    boxes = run(50.0, span_s, round(3 / span_s))
    assert boxes.rate[0, :2] == pytest.approx([50, 0], abs=1)


def test_doubt_grows_unseen_and_shrinks_when_seen() -> None:
    boxes = run(0.0, 0.2, 10)
    before = boxes.doubts(np.array([0]))[0, 0]
    boxes.predict(1.0, ~SEEN)
    unseen = boxes.doubts(np.array([0]))[0, 0]
    boxes.correct(np.array([0]), BOX)
    assert unseen > 2 * before
    assert boxes.doubts(np.array([0]))[0, 0] < unseen


def test_one_long_step_is_as_two_short_ones() -> None:
    one, two = run(50.0, 0.2, 10), run(50.0, 0.2, 10)
    one.predict(0.4, SEEN)
    two.predict(0.2, SEEN)
    two.predict(0.2, SEEN)
    assert one.boxes == pytest.approx(two.boxes)
    assert one.doubts(np.array([0])) == pytest.approx(two.doubts(np.array([0])))


def test_a_box_never_turns_inside_out() -> None:
    boxes = BoxFilter(FilterSettings(size_drift=5.0, first_size_speed=5.0))
    boxes.add(BOX)
    for shrink in (10, 20):
        boxes.predict(0.2, SEEN)
        boxes.correct(np.array([0]), BOX + np.array([0, 0, -shrink, -2 * shrink]))
    boxes.predict(10.0, SEEN)
    assert (boxes.boxes[:, 2:] > boxes.boxes[:, :2]).all()


def test_stop_puts_it_back_and_still() -> None:
    boxes = run(50.0, 0.2, 10)
    boxes.predict(1.0, ~SEEN)
    boxes.stop(np.array([0]), BOX)
    assert boxes.boxes == pytest.approx(BOX)
    boxes.predict(5.0, SEEN)
    assert boxes.boxes == pytest.approx(BOX)


def test_the_assignment_is_the_best_in_all_and_leaves_the_unlike_apart() -> None:
    likeness = np.array([[0.6, 0.5], [0.55, 0.05]])
    rows, columns = assign(likeness, 0.1)
    assert dict(zip(rows.tolist(), columns.tolist(), strict=True)) == {0: 1, 1: 0}
    rows, columns = assign(np.array([[0.05]]), 0.1)
    assert len(rows) == len(columns) == 0
    assert len(assign(np.zeros((0, 3)), 0.1)[0]) == 0


def test_overlap_of_grown_boxes() -> None:
    tracks, seen = np.array([[0.0, 0, 10, 20], [50, 0, 60, 20]]), np.array([[14.0, 0, 24, 20]])
    assert wide_overlap(tracks, seen, np.zeros((2, 2))) == pytest.approx(iou(tracks, seen))
    grown = wide_overlap(tracks, seen, np.array([[4.0, 4], [0, 0]]))
    assert grown[0] == pytest.approx(iou(pad(tracks[:1], 0, 4), pad(seen, 0, 4))[0])
    assert grown[1] == 0


def test_turning_back_costs_going_on_does_not_and_who_stands_may_turn() -> None:
    rates, came = np.array([[50.0, 0], [50, 0]]), np.array([[100.0, 100], [100, 100]])
    cost = direction_cost(rates, np.array([1.0, 0.0]), came, np.array([[120.0, 100], [80, 100], [100, 130]]))
    assert cost[0] == pytest.approx([0, 1, 0.5])
    assert cost[1] == pytest.approx([0, 0, 0])


def test_class_factors_are_symmetric() -> None:
    factors = class_factors(0.7)
    assert (factors == factors.T).all()
    assert (np.diag(factors) == 1).all()
