"""Pixels that are taken away, on the real street."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from beffroi.keep.privacy import MASK_RGB, burn, hide, uncovered
from beffroi.vocabulary.arrays import UInt8s
from beffroi.vocabulary.privacy import HiddenArea
from beffroi.vocabulary.rules import Zone

STREET = Path(__file__).parents[3] / "src" / "beffroi" / "cli" / "assets" / "street.mp4"
HOUSE = Zone(points=((0.1, 0.1), (0.4, 0.1), (0.4, 0.5), (0.1, 0.5)))


@pytest.fixture(scope="module")
def street() -> UInt8s:
    """The first picture of the film, RGB."""
    with av.open(str(STREET)) as film:
        return np.asarray(next(film.decode(video=0)).to_ndarray(format="rgb24"), np.uint8)


def fine(rgb: UInt8s) -> float:
    """How much fine detail a picture has: the variance of its Laplacian."""
    return float(cv2.Laplacian(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())


def test_a_mask_leaves_one_colour_and_nothing_else_changes(street: UInt8s) -> None:
    burned = burn(street, (HOUSE,))
    height, width = street.shape[:2]
    inside = burned[int(0.1 * height) : int(0.5 * height), int(0.1 * width) : int(0.4 * width)]
    assert (inside == MASK_RGB).all()
    assert np.array_equal(burned[int(0.6 * height) :], street[int(0.6 * height) :])
    assert not np.array_equal(burned, street)
    assert burn(street, ()) is street


def test_what_is_hidden_keeps_its_mean_colour_and_no_detail(street: UInt8s) -> None:
    hidden = hide(street, [HiddenArea(box_xyxy_px=(100, 100, 196, 260), block_px=16)])
    area, before = hidden[96:272, 96:208], street[96:272, 96:208]
    blocks = area.reshape(11, 16, 7, 16, 3)
    assert (blocks == blocks[:, :1, :, :1]).all(), "each block has one colour"
    assert abs(float(area.mean()) - float(before.mean())) < 2.0
    assert np.array_equal(hidden[300:], street[300:])


def test_detail_of_one_sign_of_a_plate_is_gone() -> None:
    plate = np.full((64, 256, 3), 230, np.uint8)
    cv2.putText(plate, "AB-123-CD", (8, 44), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (10, 10, 10), 3)
    hidden = hide(plate, [HiddenArea(box_xyxy_px=(0, 0, 256, 64), block_px=64)])
    assert fine(hidden) < fine(plate) / 50
    assert len(np.unique(hidden.reshape(-1, 3), axis=0)) <= 4


def test_areas_beyond_the_border_are_cut_and_the_coarsest_wins(street: UInt8s) -> None:
    height, width = street.shape[:2]
    whole = HiddenArea(box_xyxy_px=(-50.0, -50.0, width + 50.0, height + 50.0), block_px=64)
    small = HiddenArea(box_xyxy_px=(10, 10, 60, 60), block_px=8)
    assert np.array_equal(hide(street, [small, whole]), hide(hide(street, [small]), [whole]))
    assert fine(hide(street, [whole])) < fine(street) / 5
    outside = HiddenArea(box_xyxy_px=(width + 10.0, 0.0, width + 20.0, 10.0), block_px=8)
    assert np.array_equal(hide(street, [outside]), street)


def test_a_smaller_or_moved_mask_uncovers_a_larger_one_does_not() -> None:
    larger = Zone(points=((0.05, 0.05), (0.5, 0.05), (0.5, 0.6), (0.05, 0.6)))
    moved = Zone(points=tuple((x + 0.02, y) for x, y in HOUSE.points))
    assert uncovered((HOUSE,), ())
    assert uncovered((HOUSE,), (moved,))
    assert not uncovered((HOUSE,), (larger,))
    assert not uncovered((HOUSE,), (HOUSE, moved))
    assert not uncovered((), ())


def test_an_area_without_size_or_block_is_refused() -> None:
    with pytest.raises(ValueError, match="x2 > x1"):
        HiddenArea(box_xyxy_px=(5, 5, 5, 9), block_px=8)
    with pytest.raises(ValueError, match="hides nothing"):
        HiddenArea(box_xyxy_px=(0, 0, 5, 9), block_px=1)
