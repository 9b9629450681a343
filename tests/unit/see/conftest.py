"""Made pictures: a textured wall with sensor noise, and a dark figure that walks across it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from beffroi.vocabulary.picture import Frame, FrameRef
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

Picture = npt.NDArray[np.uint8]


class Place:
    """A camera's place: always the same wall for a seed, new noise in each frame."""

    def __init__(self, seed: int = 0, noise: float = 2.0, width: int = 640, height: int = 360) -> None:
        self._random = np.random.default_rng(seed)
        wall = np.full((height, width, 3), 120, np.uint8)
        for _ in range(160):
            x, y = int(self._random.integers(0, width)), int(self._random.integers(0, height))
            corner = (x + int(self._random.integers(8, 60)), y + int(self._random.integers(8, 60)))
            shade = tuple(int(v) for v in self._random.integers(40, 200, 3))
            cv2.rectangle(wall, (x, y), corner, shade, -1)
        self.wall = wall.astype(np.float32)
        self._noises = self._random.standard_normal((8, *wall.shape), np.float32) * np.float32(noise)
        self._shots = 0

    def picture(self, box: tuple[int, int, int, int] | None = None, light: float = 0.0) -> Picture:
        # A few fields of noise, shifted anew for each shot: drawing them all would take most of the tests' time.
        self._shots += 1
        shot = self.wall + np.roll(self._noises[self._shots % 8], int(self._random.integers(0, 600)), axis=1)
        shot += np.float32(light)
        if box is not None:
            x1, y1, x2, y2 = box
            shot[y1:y2, x1:x2] = 15 + light
        return np.asarray(np.clip(shot, 0, 255), np.uint8)


def frame_at(rgb: Picture, at_s: float, run_id: str = "run1") -> Frame:
    height, width = rgb.shape[:2]
    ref = FrameRef(
        camera_id="cam",
        run_id=run_id,
        index=round(at_s * 100),
        media_time_ns=seconds_to_ns(at_s),
        captured_at=UtcNs(10**18 + seconds_to_ns(at_s)),
        captured_at_error_ns=0,
        width_px=width,
        height_px=height,
    )
    return Frame(ref=ref, rgb=rgb)


@pytest.fixture
def place() -> Callable[..., Place]:
    return Place


@pytest.fixture
def at() -> Callable[..., Frame]:
    return frame_at
