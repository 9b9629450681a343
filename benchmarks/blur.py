"""A blurred live tile of 640x360 on one core: decode, find people, hide them, code again. Then how much is hidden.

With a folder of annotated films (``NAME/NAME.mp4`` with ``NAME/NAME.gt.txt`` in MOT form) it also counts how many true
boxes of people are hidden to nine tenths or more. Peer: the same tile without the blur, decoded and coded again.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from beffroi.keep.privacy import hide
from beffroi.run.coding import PictureCoder
from beffroi.see.detect import open_detector
from beffroi.see.hiding import Hiding
from beffroi.sense.decoding import StreamDecoder
from beffroi.sense.opening import open_source
from beffroi.vocabulary.camera import StreamKind, StreamSpec
from beffroi.vocabulary.errors import SourceError
from beffroi.vocabulary.picture import Frame
from benchmarks._footage import STREET, make_substreams

GOAL_FPS = 10.0
WARM_NS = 1_200_000_000


def frames(film: Path, fps: float = 12.0) -> Iterator[tuple[Frame, int]]:
    """The pictures of a film as a blurred view decodes them, each with the film's width."""
    source = open_source(StreamSpec(kind=StreamKind.FILE, url=str(film), pace="fast"), camera_id="c")
    decoder = StreamDecoder(source.info, camera_id="c", analysed_fps=fps, max_width_px=640)
    try:
        for packet in source.packets():
            for frame in decoder.decode(packet):
                yield frame, source.info.width_px
    except SourceError:
        return


def tile(film: Path, seconds: float) -> None:
    """Pictures a second on the one core this process is bound to."""
    detector, hiding = open_detector(data=Path(tempfile.mkdtemp()), threads=1), Hiding("c")
    for name in ("plain", "blurred"):
        coder, count = PictureCoder(12.0), 0
        began, cpu = time.perf_counter(), time.process_time()
        for frame, _ in frames(film):
            rgb = frame.rgb
            if name == "blurred":
                rgb = hide(rgb, hiding.areas(frame, detector.detect(frame)))
            coder.code(rgb, frame.ref)
            count += 1
            if time.perf_counter() - began > seconds:
                break
        wall, spent = count / (time.perf_counter() - began), count / (time.process_time() - cpu)
        goal = f", goal {GOAL_FPS:.0f}" if name == "blurred" else ""
        print(f"{name:8} {wall:6.1f} pictures/s by the clock, {spent:6.1f} by CPU time{goal}", flush=True)


def covered(folder: Path) -> None:
    """The share of true people that are hidden, and of the picture that is."""
    detector, hiding = open_detector(data=Path(tempfile.mkdtemp()), threads=1), Hiding("c")
    rows = np.loadtxt(folder / f"{folder.name}.gt.txt", delimiter=",")
    true = hidden = 0
    shares: list[float] = []
    for frame, width_px in frames(folder / f"{folder.name}.mp4"):
        areas = hiding.areas(frame, detector.detect(frame))
        if frame.ref.media_time_ns < WARM_NS:
            continue
        mask = np.zeros(frame.rgb.shape[:2], np.uint8)
        for area in areas:
            x1, y1, x2, y2 = (max(0, round(value)) for value in area.box_xyxy_px)
            mask[y1:y2, x1:x2] = 1
        shares.append(float(mask.mean()))
        scale = frame.ref.width_px / width_px
        for x, y, wide, high in rows[rows[:, 0] == frame.ref.index + 1, 2:6] * scale:
            part = mask[max(0, round(y)) : round(y + high), max(0, round(x)) : round(x + wide)]
            if part.size:
                true += 1
                hidden += float(part.mean()) >= 0.9
    print(
        f"{folder.name}: {hidden} of {true} true people hidden, {np.mean(shares):.0%} of the picture coarse", flush=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, help="a folder of annotated films")
    parser.add_argument("--seconds", type=float, default=20.0)
    args = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        tile(make_substreams(STREET, Path(folder), 1)[0], args.seconds)
    for name in ("pets09_s2l1", "tud_campus") if args.data else ():
        covered(args.data / name)


if __name__ == "__main__":
    main()
