"""The bundled detector on the bundled street clip: real weights, real video, both engines."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from beffroi.see.detect import CardDetector, EngineSettings, ModelCatalogue, openers
from beffroi.vocabulary.arrays import Float32s
from beffroi.vocabulary.picture import CLASS_ID, Detections, Frame, FrameRef
from beffroi.vocabulary.time import UtcNs

PERSON = CLASS_ID["person"]
EVERY = 80  # ten pictures spread over the clip


def street() -> Path:
    package = importlib.util.find_spec("beffroi")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "cli" / "assets" / "street.mp4"


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    found = []
    with av.open(str(street())) as container:
        for index, picture in enumerate(container.decode(video=0)):
            if index % EVERY:
                continue
            rgb = np.asarray(picture.to_ndarray(format="rgb24"), np.uint8)
            ref = FrameRef(
                camera_id="street",
                run_id="r",
                index=index,
                media_time_ns=index,
                captured_at=UtcNs(index),
                captured_at_error_ns=0,
                width_px=rgb.shape[1],
                height_px=rgb.shape[0],
            )
            found.append(Frame(ref=ref, rgb=rgb))
    return found


def detector_on(engine: str, **changes: Any) -> CardDetector:
    found = ModelCatalogue().find("nanodet-g-416")
    card = found.card.model_copy(update=changes)
    return CardDetector(card, openers(found.weights, card.input, EngineSettings())[engine]())


def people(seen: Detections, least: float) -> Float32s:
    return np.asarray(seen.boxes_xyxy_px[(seen.class_ids == PERSON) & (seen.scores >= least)])


def met_share(wanted: Float32s, found: Float32s) -> float:
    """Share of the wanted boxes that a found one covers with IoU over a half."""
    low = np.maximum(wanted[:, None, :2], found[None, :, :2])
    far = np.minimum(wanted[:, None, 2:], found[None, :, 2:])
    shared = np.clip(far - low, 0, None).prod(axis=2)
    areas = (wanted[:, 2:] - wanted[:, :2]).prod(axis=1)[:, None] + (found[:, 2:] - found[:, :2]).prod(axis=1)[None]
    best = (shared / (areas - shared)).max(axis=1, initial=0)
    return float((best > 0.5).mean())


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_people_are_seen_on_every_picture(frames: list[Frame], engine: str) -> None:
    detector = detector_on(engine)
    counts = [len(people(detector.detect(frame), detector.score_high)) for frame in frames]
    assert len(counts) == 10
    assert min(counts) >= 2  # three to nine people are in view
    assert max(counts) <= 10
    assert 4.5 <= np.mean(counts) <= 7


def test_boxes_lie_in_the_frame_and_scores_above_the_cards_least(frames: list[Frame]) -> None:
    detector = detector_on("onnxruntime")
    for frame in frames[:3]:
        seen = detector.detect(frame)
        assert seen.scores.min() >= detector.card.score_min
        assert (seen.boxes_xyxy_px >= 0).all()
        assert (seen.boxes_xyxy_px[:, 2:] <= [frame.ref.width_px, frame.ref.height_px]).all()
        assert (seen.boxes_xyxy_px[:, 2:] > seen.boxes_xyxy_px[:, :2]).all()


def test_the_engines_see_the_same(frames: list[Frame]) -> None:
    one, other = detector_on("onnxruntime"), detector_on("openvino")
    shares = []
    for frame in frames:
        sure = people(one.detect(frame), one.score_high)
        shares.append(met_share(sure, people(other.detect(frame), one.card.score_min)))
    assert np.mean(shares) >= 0.98


def test_cutting_the_padding_away_changes_nothing(frames: list[Frame]) -> None:
    trimmed = detector_on("onnxruntime")
    spec = trimmed.card.input.model_copy(update={"multiple_px": None})
    padded = detector_on("onnxruntime", input=spec)
    for frame in frames[:4]:
        sure = people(padded.detect(frame), padded.score_high)
        assert met_share(sure, people(trimmed.detect(frame), trimmed.card.score_min)) == 1.0


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_a_crop_gives_boxes_of_the_whole_frame(frames: list[Frame], engine: str) -> None:
    detector = detector_on(engine)
    shares = []
    for frame in frames:
        sure = people(detector.detect(frame), 0.6)
        seen = people(detector.detect(frame, sure[:1]), detector.card.score_min)
        left, top, right, bottom = detector.area_looked_at(frame.ref, sure[:1])
        assert right - left < frame.ref.width_px
        assert (seen >= [left, top, left, top]).all()
        assert (seen <= [right, bottom, right, bottom]).all()
        shares.append(met_share(sure[:1], seen))
    assert np.mean(shares) >= 0.9
