"""Twins see the same as the first detector, at the same time, on weights that are in memory once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from beffroi.see.detect import RUNTIMES, Runtime, open_detector
from beffroi.sense.files import read_frames

STREET = Path(__file__).resolve().parents[3] / "src" / "beffroi" / "cli" / "assets" / "street.mp4"


@pytest.mark.parametrize("runtime", [r for r in RUNTIMES if r != "auto"])
def test_twins_asked_at_the_same_time_see_what_one_sees_alone(runtime: Runtime) -> None:
    frames = list(read_frames(STREET, camera_id="street", analysed_fps=1))[:12]
    alone = open_detector(runtime=runtime)
    expected = [alone.detect(frame) for frame in frames]
    first = open_detector(runtime=runtime, twins=2)
    pair = [first, first.twin()]
    with ThreadPoolExecutor(2) as pool:
        seen = list(pool.map(lambda k: [pair[k].detect(frame) for frame in frames], range(2)))
    for found in seen:
        for one, other in zip(found, expected, strict=True):
            assert np.allclose(one.boxes_xyxy_px, other.boxes_xyxy_px, atol=0.05)
            assert np.allclose(one.scores, other.scores, atol=1e-3)
            assert one.class_ids.tolist() == other.class_ids.tolist()
    assert sum(len(one) for one in expected) > 20


def test_what_was_released_is_made_again() -> None:
    frame = next(iter(read_frames(STREET, camera_id="street", analysed_fps=1)))
    detector = open_detector(runtime="openvino")
    before = detector.detect(frame)
    detector._network.release()
    after = detector.detect(frame)
    assert np.array_equal(before.boxes_xyxy_px, after.boxes_xyxy_px)
    assert len(after) > 0
