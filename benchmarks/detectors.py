"""Detectors: milliseconds of each net, engine and thread count; CPU of a whole look, beside a plain script's.

Only models with weights are measured; name folders of others in BEFFROI_MODELS. Figures are the best of many runs,
whole looks on the bundled street clip (768 x 576); only the ratios travel to another machine.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from beffroi.see.detect import (
    CardDetector,
    EngineSettings,
    FoundModel,
    ModelCatalogue,
    best_milliseconds,
    open_model,
    openers,
)
from beffroi.vocabulary.arrays import UInt8s
from beffroi.vocabulary.picture import Frame, FrameRef
from beffroi.vocabulary.time import UtcNs

PICTURES, EVERY, ROUNDS = 20, 40, 3
REFERENCE = ("nanodet-g-416", "onnxruntime", 1)


def frames() -> list[Frame]:
    package = importlib.util.find_spec("beffroi")
    assert package is not None
    assert package.origin is not None
    clip = Path(package.origin).parent / "cli" / "assets" / "street.mp4"
    found: list[Frame] = []
    with av.open(str(clip)) as container:
        for index, picture in enumerate(container.decode(video=0)):
            if index % EVERY == 0 and len(found) < PICTURES:
                found.append(frame_of(np.asarray(picture.to_ndarray(format="rgb24"), np.uint8), index))
    return found


def frame_of(rgb: UInt8s, index: int) -> Frame:
    ref = FrameRef(
        camera_id="street",
        run_id="bench",
        index=index,
        media_time_ns=index,
        captured_at=UtcNs(index),
        captured_at_error_ns=0,
        width_px=rgb.shape[1],
        height_px=rgb.shape[0],
    )
    return Frame(ref=ref, rgb=rgb)


def cpu_milliseconds(look: Callable[[Frame], object], pictures: list[Frame]) -> float:
    """CPU of one look, all threads: the best of some rounds over all pictures."""
    look(pictures[0])
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for frame in pictures:
            look(frame)
        rounds.append((time.process_time() - started) / len(pictures) * 1000)
    return min(rounds)


def plain_script(found: FoundModel) -> Callable[[Frame], object]:
    """What a user would write: resize, transpose, copy to float, run on OpenVINO with its defaults on one thread."""
    import openvino

    model = openvino.Core().compile_model(str(found.weights), "CPU", {"INFERENCE_NUM_THREADS": 1})
    size = found.card.input.width_px, found.card.input.height_px

    def look(frame: Frame) -> object:
        picture = cv2.resize(frame.rgb[:, :, ::-1], size)
        return model(picture.transpose(2, 0, 1)[None].astype(np.float32))[0]

    return look


def nets(models: list[FoundModel]) -> Table:
    table = Table("model", "engine", "threads", "ms", "times the reference", title=f"Net alone; reference {REFERENCE}")
    timed = {}
    for found in models:
        for threads in (1, 2):
            for engine, opener in openers(found.weights, found.card.input, EngineSettings(threads=threads)).items():
                timed[found.card.name, engine, threads] = best_milliseconds(opener(), found.card, 1.0)
    for (name, engine, threads), milliseconds in timed.items():
        ratio = timed[REFERENCE] / milliseconds
        table.add_row(name, engine, str(threads), f"{milliseconds:.1f}", f"{ratio:.2f}")
    return table


def looks(models: list[FoundModel], pictures: list[Frame]) -> Table:
    table = Table(
        "model",
        "engine",
        "CPU ms a look",
        "in a quarter",
        "plain script",
        "script / ours",
        title="A whole look, 1 thread",
    )
    for found in models:
        detector: CardDetector = open_model(found)
        width, height = pictures[0].ref.width_px, pictures[0].ref.height_px
        corner = np.array([[0.1 * width, 0.1 * height, 0.4 * width, 0.4 * height]], np.float32)
        whole = cpu_milliseconds(detector.detect, pictures)
        part = cpu_milliseconds(lambda frame, d=detector, c=corner: d.detect(frame, c), pictures)  # type: ignore[misc]
        plain = cpu_milliseconds(plain_script(found), pictures)
        row = [f"{value:.1f}" for value in (whole, part, plain)]
        table.add_row(found.card.name, detector.runtime, *row, f"{plain / whole:.2f}")
    return table


def main() -> None:
    catalogue = ModelCatalogue.of_house(None)
    cv2.setNumThreads(1)
    models = [catalogue.find(entry.name) for entry in catalogue.entries() if entry.state == "ready"]
    console = Console(width=110)
    console.print(nets(models))
    console.print(looks(models, frames()))


if __name__ == "__main__":
    main()
