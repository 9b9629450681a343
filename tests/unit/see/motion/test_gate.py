from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import beffroi.cli
from beffroi.geometry.boxes import contained
from beffroi.see.motion import MogGate, MotionSettings, small_grey
from beffroi.vocabulary.picture import Frame, MotionMap

Place = Callable[..., Any]
At = Callable[..., Frame]
STREET = Path(beffroi.cli.__file__).parent / "assets" / "street.mp4"


def learned(place: Any, at: At, gate: MogGate, seconds: float = 4.0, fps: float = 5.0) -> float:
    """Show the empty place; the time of the next frame."""
    for i in range(int(seconds * fps)):
        gate.look(at(place.picture(), i / fps))
    return seconds


def test_nothing_can_be_said_before_it_is_warm(place: Place, at: At) -> None:
    gate, wall = MogGate(), place()
    maps = [gate.look(at(wall.picture(), i / 5)) for i in range(7)]
    assert [m.warm for m in maps] == [False] * 5 + [True] * 2
    assert all(len(m.regions_xyxy_px) == 0 for m in maps)


@pytest.mark.parametrize("noise", [1.0, 4.0, 12.0])
def test_sensor_noise_is_not_motion(place: Place, at: At, noise: float) -> None:
    gate, wall = MogGate(), place(noise=noise)
    start = learned(wall, at, gate)
    maps = [gate.look(at(wall.picture(), start + i / 5)) for i in range(50)]
    assert all(m.warm for m in maps)
    assert sum(len(m.regions_xyxy_px) > 0 for m in maps) <= 1


@pytest.mark.parametrize("fps", [2, 5, 25])
def test_who_walks_is_found_where_he_is(place: Place, at: At, fps: int) -> None:
    gate, wall = MogGate(), place()
    start = learned(wall, at, gate, fps=fps)
    for i in range(3 * fps):
        x = 100 + round(60 * i / fps)
        motion = gate.look(at(wall.picture((x, 150, x + 30, 230)), start + i / fps))
        covered = contained(np.array([[x, 150, x + 30, 230]], np.float64), motion.regions_xyxy_px.astype(np.float64))
        assert covered.max() > 0.95
    assert len(motion.regions_xyxy_px) == 1


def test_a_far_figure_of_a_few_pixels_is_found(place: Place, at: At) -> None:
    gate, wall = MogGate(), place()
    start = learned(wall, at, gate)
    hits = 0
    for i in range(20):
        x = 200 + 6 * i
        hits += len(gate.look(at(wall.picture((x, 100, x + 9, 124)), start + i / 5)).regions_xyxy_px) > 0
    assert hits >= 18


@pytest.mark.parametrize("fps", [2, 5, 15])
def test_what_stays_becomes_background_in_about_absorb_s_at_any_frame_rate(place: Place, at: At, fps: int) -> None:
    gate, wall = MogGate(MotionSettings(absorb_s=5.0)), place()
    start = learned(wall, at, gate, seconds=10, fps=fps)
    box = (300, 150, 360, 230)
    moving = [len(gate.look(at(wall.picture(box), start + i / fps)).regions_xyxy_px) > 0 for i in range(10 * fps)]
    assert all(moving[: int(3 * fps)])
    assert not any(moving[int(8 * fps) :])
    # It goes: the wall behind it is still known, so there is no ghost for long.
    gone = [len(gate.look(at(wall.picture(), start + 10 + i / fps)).regions_xyxy_px) > 0 for i in range(2 * fps)]
    assert not any(gone[fps:])


def test_a_slow_change_of_light_is_not_motion(place: Place, at: At) -> None:
    gate, wall = MogGate(), place()
    start = learned(wall, at, gate)
    maps = [gate.look(at(wall.picture(light=-i * 0.4), start + i / 5)) for i in range(100)]
    assert sum(len(m.regions_xyxy_px) > 0 for m in maps) <= 3


def test_a_cloud_is_taken_out_and_who_walks_under_it_is_still_found(place: Place, at: At) -> None:
    gate, wall = MogGate(), place()
    start = learned(wall, at, gate)
    dark = gate.look(at(wall.picture(light=-20), start))
    assert len(dark.regions_xyxy_px) == 0
    walker = gate.look(at(wall.picture((200, 150, 230, 230), light=-20), start + 0.2))
    assert len(walker.regions_xyxy_px) == 1


def test_another_view_is_learned_anew_not_reported_for_ever(place: Place, at: At) -> None:
    gate, wall, other = MogGate(), place(0), place(1)
    start = learned(wall, at, gate)
    maps = [gate.look(at(other.picture(), start + i / 5)) for i in range(10)]
    assert not maps[0].warm
    assert maps[0].moving_share > 0.6
    assert maps[-1].warm
    assert len(maps[-1].regions_xyxy_px) == 0


def test_a_new_run_or_size_starts_anew(place: Place, at: At) -> None:
    gate, wall = MogGate(), place()
    start = learned(wall, at, gate)
    assert not gate.look(at(wall.picture(), 0.0, "run2")).warm
    learned(wall, at, gate)
    assert not gate.look(at(place(width=320, height=240).picture(), start)).warm


def test_regions_lie_in_the_frame_and_share_nothing(place: Place, at: At) -> None:
    gate, wall = MogGate(), place()
    start = learned(wall, at, gate)
    motion = gate.look(at(wall.picture((0, 0, 30, 60)), start))
    motion2: MotionMap = gate.look(at(wall.picture((600, 300, 640, 360)), start + 0.2))
    for boxes in (motion.regions_xyxy_px, motion2.regions_xyxy_px):
        assert boxes.dtype == np.float32
        assert (boxes >= 0).all()
        assert (boxes[:, [0, 2]] <= 640).all()
        assert (boxes[:, [1, 3]] <= 360).all()


def test_small_pictures_are_not_enlarged() -> None:
    assert small_grey(np.zeros((90, 160, 3), np.uint8), 320).shape == (90, 160)
    assert small_grey(np.zeros((1080, 1920, 3), np.uint8), 320).shape == (180, 320)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        MotionSettings(width_px=8)
    with pytest.raises(ValueError, match="above 0"):
        MotionSettings(absorb_s=0)


def test_on_the_real_street_the_gate_opens(at: At) -> None:
    """People walk in nearly every frame of the bundled clip; the gate must not sleep through them."""
    gate, maps = MogGate(), []
    with av.open(str(STREET)) as container:
        for i, picture in enumerate(container.decode(video=0)):
            if i >= 200:
                break
            if i % 2 == 0:
                maps.append(gate.look(at(picture.to_ndarray(format="rgb24"), i / 10)))
    warm = [m for m in maps if m.warm]
    assert len(warm) > 90
    assert sum(len(m.regions_xyxy_px) > 0 for m in warm) >= 0.95 * len(warm)
    assert float(np.median([m.moving_share for m in warm])) < 0.15
