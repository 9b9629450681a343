"""Boxes find their way home from whatever was done to the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.see.detect.card import InputSpec
from beffroi.see.detect.preparation import crop_around, input_size, placed, tensor
from beffroi.see.detect.suppression import keep_best

sides = st.integers(min_value=16, max_value=900)


def spec_of(resize: str = "letterbox", **changes: object) -> InputSpec:
    return InputSpec.model_validate(
        {"width_px": 416, "height_px": 416, "channels": "bgr", "resize": resize, "pad_value": 7} | changes
    )


@given(width=sides, height=sides, resize=st.sampled_from(["stretch", "letterbox", "letterbox-centre"]))
def test_the_whole_picture_comes_back_as_itself(width: int, height: int, resize: str) -> None:
    spec = spec_of(resize, multiple_px=32)
    size = input_size(spec, (width, height))
    picture, place = placed(np.full((height, width, 3), 200, np.uint8), spec, size)
    assert picture.shape == (size[1], size[0], 3)
    rows, columns = np.nonzero(picture[:, :, 0] == 200)
    seen = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float32)
    np.testing.assert_allclose(place.back(seen), [[0, 0, width, height]], atol=1e-2)


@given(width=sides, height=sides)
def test_a_flexible_input_loses_only_padding(width: int, height: int) -> None:
    spec = spec_of(multiple_px=32)
    size = input_size(spec, (width, height))
    assert size[0] % 32 == size[1] % 32 == 0
    assert max(size) == 416
    ratio = min(416 / width, 416 / height)
    assert size[0] >= round(width * ratio) > size[0] - 33
    assert size[1] >= round(height * ratio) > size[1] - 33


def test_a_fixed_input_stays() -> None:
    assert input_size(spec_of(), (1920, 1080)) == (416, 416)


def test_padding_has_its_value_and_its_place() -> None:
    white = np.full((50, 100, 3), 255, np.uint8)
    low, _ = placed(white, spec_of("letterbox"), (416, 416))
    centred, place = placed(white, spec_of("letterbox-centre"), (416, 416))
    assert low[207, 0, 0] == 255
    assert low[208, 0, 0] == 7
    assert centred[103, 0, 0] == 7
    assert centred[104, 0, 0] == 255
    assert place.offset_y_px == 104


@pytest.mark.parametrize(("channels", "order"), [("rgb", [0, 1, 2]), ("bgr", [2, 1, 0])])
def test_planes_are_in_the_nets_order_and_normalised(channels: str, order: list[int]) -> None:
    spec = spec_of(channels=channels, mean=(1.0, 2.0, 3.0), std=(2.0, 4.0, 8.0))
    picture = np.zeros((4, 5, 3), np.uint8)
    picture[:] = [10, 20, 30]
    out = np.zeros((1, 3, 4, 5), np.float32)
    tensor(picture, spec, out)
    expected = [(picture[0, 0, source] - spec.mean[k]) / spec.std[k] for k, source in enumerate(order)]
    np.testing.assert_allclose(out[0, :, 2, 3], expected, rtol=1e-6)


@given(
    x=st.floats(0, 600), y=st.floats(0, 440), width=st.floats(1, 640), height=st.floats(1, 480), count=st.integers(1, 4)
)
def test_a_crop_holds_its_regions_and_lies_in_the_frame(
    x: float, y: float, width: float, height: float, count: int
) -> None:
    rng = np.random.default_rng(count)
    first = np.array([x, y]) + rng.uniform(0, 30, (count, 2))
    regions = (
        np.concatenate([first, first + np.array([width, height])], axis=1)
        .clip(0, [640, 480, 640, 480])
        .astype(np.float32)
    )
    found = crop_around(regions, (640, 480))
    if found is None:
        return
    (left, top, right, bottom), share = found
    assert 0 <= left < right <= 640
    assert 0 <= top < bottom <= 480
    assert (right - left, bottom - top) == (round(640 * share), round(480 * share))
    assert regions[:, 0].min() >= left - 1
    assert regions[:, 1].min() >= top - 1
    assert regions[:, 2].max() <= right + 1
    assert regions[:, 3].max() <= bottom + 1


def test_no_region_is_the_whole_frame() -> None:
    assert crop_around(np.zeros((0, 4), np.float32), (640, 480)) is None


def test_a_van_seen_as_car_and_as_truck_is_one_vehicle() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 11], [0, 0, 10, 10], [30, 0, 40, 10]], np.float32)
    kept = keep_best(boxes, np.array([0.6, 0.8, 0.5, 0.4], np.float32), np.array([2, 2, 0, 2], np.int32), 0.5)
    assert kept.tolist() == [1, 2, 3]


@given(st.integers(0, 40), st.integers(0, 1000))
def test_suppression_agrees_with_its_definition(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    first = rng.uniform(0, 60, (count, 2))
    boxes = np.concatenate([first, first + rng.uniform(5, 40, (count, 2))], axis=1).astype(np.float32)
    scores = rng.permutation(np.linspace(0.1, 0.9, max(count, 1)))[:count].astype(np.float32)
    kinds = rng.integers(0, 2, count).astype(np.int32)
    expected: list[int] = []
    for index in np.argsort(-scores):
        if all(kinds[index] != kinds[k] or _iou(boxes[index], boxes[k]) <= 0.5 for k in expected):
            expected.append(int(index))
    assert sorted(keep_best(boxes, scores, kinds, 0.5).tolist()) == sorted(expected)


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    shared = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return float(shared / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared))
