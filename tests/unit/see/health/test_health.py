from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from beffroi.see.health import HealthSettings, HealthStats
from beffroi.vocabulary.picture import Frame
from beffroi.vocabulary.tracks import PictureHealth

Place = Callable[..., Any]
At = Callable[..., Frame]


def show(
    probe: HealthStats, at: At, picture: Callable[[], Any], start: float, seconds: float, every_s: int = 1
) -> PictureHealth:
    """Show pictures for so long; the last figures."""
    health = None
    for i in range(0, int(seconds), every_s):
        health = probe.look(at(picture(), start + i))
    assert health is not None
    return health


def test_a_healthy_picture_keeps_its_edges(place: Place, at: At) -> None:
    probe, wall = HealthStats(), place(noise=3.0)
    health = show(probe, at, wall.picture, 0, 60)
    assert health.edge_overlap > 0.9
    assert health.covered_share == 0
    assert 60 < health.mean_luma < 180
    assert health.contrast > 20
    assert health.change > 0.5


def test_while_no_reference_is_learned_nothing_is_amiss(place: Place, at: At) -> None:
    probe, wall, other = HealthStats(), place(0), place(1)
    show(probe, at, wall.picture, 0, 4)
    health = probe.look(at(other.picture(), 5))
    assert (health.edge_overlap, health.covered_share) == (1.0, 0.0)


def test_black_has_no_light_no_contrast_no_edges(place: Place, at: At) -> None:
    probe, wall = HealthStats(), place()
    show(probe, at, wall.picture, 0, 30)
    health = probe.look(at(np.zeros((360, 640, 3), np.uint8), 31))
    assert (health.mean_luma, health.contrast, health.sharpness) == (0, 0, 0)
    assert health.edge_overlap == 0
    assert health.covered_share == 1


def test_a_hand_before_the_lens_covers_and_stays_covering(place: Place, at: At) -> None:
    probe, wall = HealthStats(), place()
    show(probe, at, wall.picture, 0, 30)
    noise = np.random.default_rng(1)

    def hand() -> Any:
        return noise.integers(57, 63, (360, 640, 3), np.uint8)

    first, later = show(probe, at, hand, 31, 1), show(probe, at, hand, 32, 1500, every_s=15)
    for health in (first, later):
        assert health.covered_share > 0.9
        assert health.edge_overlap < 0.1
    back = show(probe, at, wall.picture, 1600, 2)
    assert back.covered_share == 0
    assert back.edge_overlap > 0.9


def test_half_covered_is_half(place: Place, at: At) -> None:
    probe, wall = HealthStats(), place()
    show(probe, at, wall.picture, 0, 30)
    picture = wall.picture()
    picture[:, :320] = 90
    assert probe.look(at(picture, 31)).covered_share == pytest.approx(0.5, abs=0.12)


def test_blur_takes_sharpness_and_edges(place: Place, at: At) -> None:
    probe, wall = HealthStats(), place()
    sharp = show(probe, at, wall.picture, 0, 30)
    blurred = probe.look(at(np.asarray(cv2.GaussianBlur(wall.picture(), (0, 0), 12), np.uint8), 31))
    assert blurred.sharpness < 0.05 * sharp.sharpness
    assert blurred.edge_overlap < 0.3


def test_a_turned_camera_loses_its_edges_and_learns_the_new_view_in_minutes(place: Place, at: At) -> None:
    probe, wall, other = HealthStats(), place(0), place(1)
    show(probe, at, wall.picture, 0, 60)
    moved = show(probe, at, other.picture, 121, 30)
    assert moved.edge_overlap < 0.25
    assert moved.covered_share < 0.3
    assert show(probe, at, other.picture, 151, 600, every_s=3).edge_overlap > 0.9


def test_a_camera_that_shakes_a_little_has_not_moved(place: Place, at: At) -> None:
    probe, wall = HealthStats(), place()
    show(probe, at, wall.picture, 0, 30)
    for shift in ((0, 2), (2, 0), (-2, 1)):
        shaken = np.roll(wall.picture(), shift, axis=(0, 1))
        assert probe.look(at(shaken, 31)).edge_overlap > 0.8


def test_people_before_the_wall_change_little(place: Place, at: At) -> None:
    probe, wall = HealthStats(), place()
    show(probe, at, wall.picture, 0, 30)
    health = probe.look(at(wall.picture((100, 100, 180, 300)), 31))
    assert health.edge_overlap > 0.85
    assert health.covered_share < 0.15


def test_a_frozen_picture_does_not_change_at_all_a_still_scene_does(place: Place, at: At) -> None:
    probe, wall = HealthStats(), place(noise=1.0)
    picture = wall.picture()
    assert probe.look(at(picture, 0)).change == 255
    assert probe.look(at(picture.copy(), 1)).change == 0
    assert probe.look(at(wall.picture(), 2)).change > 0
    assert probe.look(at(picture, 0, "run2")).change == 255


def test_dazzled_is_bright_without_edges(place: Place, at: At) -> None:
    probe, wall = HealthStats(), place()
    show(probe, at, wall.picture, 0, 30)
    health = probe.look(at(wall.picture(light=200), 31))
    assert health.mean_luma > 230
    assert health.edge_overlap < 0.3


def test_a_dimmer_picture_of_the_same_place_keeps_its_edges(place: Place, at: At) -> None:
    probe, wall = HealthStats(), place(noise=1.0)
    show(probe, at, wall.picture, 0, 30)
    dim = (wall.picture().astype(np.float32) * 0.4).astype(np.uint8)
    assert probe.look(at(dim, 31)).edge_overlap > 0.6


def test_the_reference_outlives_a_run_but_not_a_reset_or_another_size(place: Place, at: At) -> None:
    probe, wall, other = HealthStats(), place(0), place(1)
    show(probe, at, wall.picture, 0, 30)
    assert probe.look(at(other.picture(), 0, "run2")).edge_overlap < 0.3
    probe.reset()
    assert probe.look(at(other.picture(), 1, "run2")).edge_overlap == 1.0
    show(probe, at, wall.picture, 2, 30)
    assert probe.look(at(place(width=320, height=240).picture(), 40)).edge_overlap == 1.0


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        HealthSettings(width_px=8)
    with pytest.raises(ValueError, match="above 0"):
        HealthSettings(memory_s=0)
