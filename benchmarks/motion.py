"""Motion gate and picture health: milliseconds a frame of the bundled clip, beside MOG2 alone."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

import beffroi.cli
from beffroi.see.health import HealthStats
from beffroi.see.motion import MogGate, small_grey
from beffroi.sense.files import read_frames
from beffroi.vocabulary.picture import Frame

STREET = Path(beffroi.cli.__file__).parent / "assets" / "street.mp4"
ROUNDS = 3


def pictures(width_px: int, height_px: int) -> list[Frame]:
    """Thirty seconds of the bundled clip at 5 frames a second, in a substream's size."""
    frames: list[Frame] = []
    for frame in read_frames(STREET, camera_id="street", analysed_fps=5):
        if len(frames) == 150:
            break
        rgb = np.asarray(cv2.resize(frame.rgb, (width_px, height_px), interpolation=cv2.INTER_AREA), np.uint8)
        ref = replace(frame.ref, width_px=width_px, height_px=height_px)
        frames.append(Frame(ref=ref, rgb=rgb))
    return frames


def best_ms(make: Callable[[], Callable[[Frame], object]], frames: list[Frame]) -> float:
    """CPU milliseconds a frame, the best of a few rounds, each with a fresh state."""
    spent = []
    for _ in range(ROUNDS):
        look = make()
        started = time.thread_time()
        for frame in frames:
            look(frame)
        spent.append((time.thread_time() - started) / len(frames) * 1e3)
    return min(spent)


def bare_mog(width_px: int, *, colour: bool = False) -> Callable[[Frame], object]:
    """MOG2 alone, with OpenCV's own settings."""
    mog = cv2.createBackgroundSubtractorMOG2(detectShadows=False)
    if colour:
        return lambda frame: mog.apply(frame.rgb)
    return lambda frame: mog.apply(small_grey(frame.rgb, width_px))


def main() -> int:
    cv2.setNumThreads(1)
    print(f"{'picture':10} {'gate':>6} {'health':>7} {'MOG2 320 grey':>14} {'MOG2 640 colour':>16} {'ratio':>6}  (ms)")
    for width, height in ((640, 360), (640, 480)):
        frames = pictures(width, height)
        gate = best_ms(lambda: MogGate().look, frames)
        health = best_ms(lambda: HealthStats().look, frames)
        bare = best_ms(lambda: bare_mog(320), frames)
        full = best_ms(lambda: bare_mog(640, colour=True), frames)
        print(f"{width}x{height:<6} {gate:6.2f} {health:7.2f} {bare:14.2f} {full:16.2f} {full / gate:6.1f}")
    print("ratio: MOG2 on the whole colour picture / our gate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
