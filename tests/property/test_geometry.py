from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from beffroi.geometry import boxes
from beffroi.geometry.directions import angle_between_deg, heading_deg, pairwise_body_heights
from beffroi.geometry.lines import Way, crossings, net_way, side
from beffroi.geometry.polygons import contains, crossing_edges, distance_to_border, faults, polygon_area

coordinate = st.floats(0, 1000, allow_nan=False, width=32)
point = st.tuples(coordinate, coordinate)


@st.composite
def box_arrays(draw: st.DrawFn, least: int = 0) -> boxes.Floats:
    rows = draw(st.lists(st.tuples(coordinate, coordinate, coordinate, coordinate), min_size=least, max_size=8))
    array = np.array(rows, np.float64).reshape(-1, 4)
    return np.concatenate([np.minimum(array[:, :2], array[:, 2:]), np.maximum(array[:, :2], array[:, 2:])], axis=1)


@st.composite
def star_polygons(draw: st.DrawFn) -> boxes.Floats:
    """A polygon that never crosses itself: points around a centre by rising angle."""
    count = draw(st.integers(3, 10))
    radii = draw(st.lists(st.floats(0.05, 0.4), min_size=count, max_size=count))
    turns = (np.arange(count) + draw(st.floats(0, 0.9))) / count * 2 * np.pi
    return np.asarray(0.5 + np.stack([np.cos(turns), np.sin(turns)], axis=1) * np.array(radii)[:, None])


@given(box_arrays(), box_arrays())
def test_iou_is_symmetric_and_within_0_and_1(first: boxes.Floats, second: boxes.Floats) -> None:
    overlap = boxes.iou(first, second)
    assert overlap.shape == (len(first), len(second))
    assert ((overlap >= 0) & (overlap <= 1 + 1e-9)).all()
    assert np.allclose(overlap, boxes.iou(second, first).T)


@given(box_arrays(1))
def test_a_box_with_surface_overlaps_itself_wholly(array: boxes.Floats) -> None:
    solid = array[boxes.area(array) > 0]
    assert np.allclose(np.diag(boxes.iou(solid, solid)), 1)
    assert np.allclose(np.diag(boxes.contained(solid, solid)), 1)


@given(box_arrays(1), st.floats(-500, 500), st.floats(0.1, 10))
def test_iou_does_not_depend_on_place_or_scale(array: boxes.Floats, shift: float, factor: float) -> None:
    solid = array[(array[:, 2:] - array[:, :2]).min(axis=1) > 0.5]
    moved = (solid + shift) * factor
    assert np.allclose(boxes.iou(moved, moved), boxes.iou(solid, solid), atol=1e-6)


@given(box_arrays(1))
def test_merged_boxes_cover_all_and_share_nothing(array: boxes.Floats) -> None:
    merged = boxes.merge_overlapping(array)
    shared = boxes.intersection(merged, merged)
    np.fill_diagonal(shared, 0)
    assert not shared.any()
    solid = array[boxes.area(array) > 0]
    if len(solid):
        assert np.allclose(boxes.contained(solid, merged).max(axis=1), 1)


@given(box_arrays(), st.integers(1, 800), st.integers(1, 600))
def test_clipped_boxes_lie_in_the_picture(array: boxes.Floats, width: int, height: int) -> None:
    inside = boxes.clip(array, width, height)
    assert (inside >= 0).all()
    assert (inside[:, [0, 2]] <= width).all()
    assert (inside[:, [1, 3]] <= height).all()
    assert (inside[:, 2:] >= inside[:, :2]).all()


@given(star_polygons(), st.integers(0, 9))
def test_inside_does_not_depend_on_the_first_point_or_the_way_round(polygon: boxes.Floats, start: int) -> None:
    points = np.random.default_rng(1).random((60, 2))
    points = points[distance_to_border(polygon, points) > 1e-9]
    inside = contains(polygon, points)
    assert (contains(np.roll(polygon, start % len(polygon), axis=0), points) == inside).all()
    assert (contains(polygon[::-1], points) == inside).all()


@given(star_polygons())
def test_a_share_of_random_points_like_the_area_is_inside(polygon: boxes.Floats) -> None:
    points = np.random.default_rng(2).random((4000, 2))
    share = contains(polygon, points).mean()
    assert abs(share - polygon_area(polygon)) < 0.04


@given(star_polygons())
def test_star_polygons_have_no_crossing(polygon: boxes.Floats) -> None:
    assert crossing_edges(polygon) == []
    assert faults(polygon, min_area=0) == []


@given(st.integers(4, 12), st.floats(0, 6))
def test_swapping_two_corners_of_a_round_zone_ties_a_knot(count: int, turn: float) -> None:
    turns = turn + np.arange(count) / count * 2 * np.pi
    knot = 0.5 + 0.3 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    knot[[0, 1]] = knot[[1, 0]]
    assert crossing_edges(knot)


@given(point, point, point, point)
@example((0.0, 106.0), (0.0002948647306766361,) * 2, (0.0, 1.0), (0.0002948647306766361,) * 2)
def test_a_move_back_undoes_a_move(
    a: tuple[float, float], b: tuple[float, float], start: tuple[float, float], end: tuple[float, float]
) -> None:
    line = np.array([a, b], np.float64)
    there, back = net_way(line, start, end), net_way(line, end, start)
    opposite = {None: None, Way.FORWARD: Way.BACKWARD, Way.BACKWARD: Way.FORWARD}
    ends = side(line[0], line[1], np.array([start, end], np.float64))
    if ends[0] != ends[1]:
        assert back == opposite[there]
    else:
        assert there is None
        assert back is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=12))
def test_crossings_of_a_full_line_add_up_to_the_change_of_side(path: list[tuple[float, float]]) -> None:
    """However a thing wanders, forward minus backward crossings of a line across the picture tell its side."""
    line = np.array([[-1.0, 0.5], [2.0, 0.5]])
    total = 0
    for here, there in pairwise(path):
        total += sum(1 if c.way is Way.FORWARD else -1 for c in crossings(line, here, there))
    sides = side(line[0], line[1], np.array([path[0], path[-1]]))
    assert total == (int(sides[1]) - int(sides[0])) // 2


@given(st.floats(0, 359.9), st.floats(0, 359.9), st.floats(0.01, 100))
def test_the_angle_between_is_the_difference_of_headings(first: float, second: float, length: float) -> None:
    def arrow(heading: float, size: float) -> tuple[float, float]:
        return size * math.sin(math.radians(heading)), -size * math.cos(math.radians(heading))

    one, other = arrow(first, 1.0), arrow(second, length)
    apart = abs(heading_deg(one) - heading_deg(other)) % 360
    assert abs(angle_between_deg(one, other) - min(apart, 360 - apart)) < 1e-6


@given(box_arrays(), st.floats(0.1, 10))
def test_body_heights_are_symmetric_and_free_of_scale(array: boxes.Floats, factor: float) -> None:
    tall = array[array[:, 3] - array[:, 1] > 1]
    gaps = pairwise_body_heights(tall)
    assert np.allclose(gaps, gaps.T)
    assert np.allclose(np.diag(gaps), 0)
    assert np.allclose(pairwise_body_heights(tall * factor), gaps, rtol=1e-6, atol=1e-9)
