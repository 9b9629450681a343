"""Card + weights + engine, with nets whose answer is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from beffroi.see.detect import CardDetector, EngineSettings, ModelCatalogue, load_card
from beffroi.see.detect.runtimes import OnnxNetwork, OpenVinoNetwork, openers
from beffroi.vocabulary.errors import ModelCardError, PluginError

ENGINES = ["onnxruntime", "openvino"]


def answer_of_a_van() -> np.ndarray:
    """Two cells of 2 x 2 see the same van, as car and as truck; a third sees a person beyond the left edge."""
    table = np.zeros((1, 4, 9), np.float32)
    table[0, 3] = [0, 0, np.log(0.5), np.log(0.5), 1, 0, 0, 0.9, 0]
    table[0, 2] = [1, 0, np.log(0.5), np.log(0.5), 1, 0, 0, 0, 0.8]
    table[0, 0] = [0, 0.5, np.log(0.5), np.log(0.5), 0.6, 1, 0, 0, 0]
    return table


@pytest.mark.parametrize("engine", ENGINES)
def test_boxes_come_back_in_frame_pixels_inside_the_frame(
    tmp_path: Path, write_card: Any, make_constant_onnx: Any, make_frame: Any, engine: str
) -> None:
    make_constant_onnx(tmp_path / "tiny.onnx", [answer_of_a_van()], (64, 64))
    card = load_card(write_card())
    network = openers(tmp_path / "tiny.onnx", card.input, EngineSettings())[engine]()
    detector = CardDetector(card, network)
    frame = make_frame(np.zeros((96, 128, 3), np.uint8))  # letterbox at half size: input px * 2
    seen = detector.detect(frame)
    assert seen.model == detector.model == "tiny@1"
    assert detector.runtime == engine
    assert (detector.score_high, detector.class_names) == (0.5, ("person", "vehicle"))
    assert seen.frame is frame.ref
    assert seen.class_ids.tolist() == [2, 0]
    np.testing.assert_allclose(seen.scores, [0.9, 0.6], rtol=1e-5)
    np.testing.assert_allclose(seen.boxes_xyxy_px, [[48, 48, 80, 80], [0, 16, 16, 48]], atol=1e-4)


def test_an_ir_net_is_stretched_and_read(
    tmp_path: Path, write_card: Any, make_constant_ir: Any, make_frame: Any
) -> None:
    make_constant_ir(tmp_path / "tiny.xml", np.array([[0, 0, 0.7, 0.5, 0.25, 1.5, 0.75]]), (64, 32))
    spec = {"width_px": 64, "height_px": 32, "channels": "bgr", "resize": "stretch"}
    parts = [{"file": "tiny.xml"}, {"file": "tiny.bin"}]
    card = load_card(write_card(family="ssd", output={}, nms_iou=None, input=spec, weights=parts))
    seen = CardDetector(card, OpenVinoNetwork(tmp_path / "tiny.xml", card.input, EngineSettings())).detect(
        make_frame(np.zeros((100, 200, 3), np.uint8))
    )
    assert len(seen.scores) == 1
    np.testing.assert_allclose(seen.boxes_xyxy_px, [[100, 25, 200, 75]], atol=1e-4)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("channels", ["rgb", "bgr"])
def test_both_engines_show_the_net_the_same_planes(
    tmp_path: Path, make_planes_onnx: Any, write_card: Any, engine: str, channels: str
) -> None:
    spec = {
        "width_px": 64,
        "height_px": 32,
        "channels": channels,
        "resize": "stretch",
        "mean": [103.5, 116.25, 123.5],
        "std": [57.5, 58.25, 60.0],
    }
    weights = make_planes_onnx(tmp_path / "tiny.onnx", (64, 32))
    card = load_card(write_card(input=spec, output={"columns": 4, "strides": [32]}))
    picture = np.random.default_rng(3).integers(0, 256, (32, 64, 3), np.uint8)
    (planes,) = openers(weights, card.input, EngineSettings())[engine]().infer(picture)
    assert planes.shape[0] == 1
    means = picture.reshape(-1, 3).mean(axis=0)[:: 1 if channels == "rgb" else -1]
    np.testing.assert_allclose(planes[0], (means - spec["mean"]) / spec["std"], atol=0.02)  # bfloat16 on some


@pytest.mark.parametrize("engine", ENGINES)
def test_a_net_of_open_size_takes_pictures_of_several(
    tmp_path: Path, make_planes_onnx: Any, write_card: Any, engine: str
) -> None:
    spec = {"width_px": 64, "height_px": 64, "channels": "rgb", "resize": "letterbox", "multiple_px": 32}
    weights = make_planes_onnx(tmp_path / "tiny.onnx", None)
    card = load_card(write_card(input=spec))
    network = openers(weights, card.input, EngineSettings())[engine]()
    assert network.flexible
    for height in (32, 64, 96, 128, 160, 192, 224, 32):
        (planes,) = network.infer(np.full((height, 64, 3), 100, np.uint8))
        np.testing.assert_allclose(planes, [[100, 100, 100]], rtol=0.01)


def test_regions_are_looked_at_in_a_crop(tmp_path: Path, make_frame: Any, write_card: Any) -> None:
    found = ModelCatalogue().find("nanodet-g-416")
    detector = CardDetector(found.card, OnnxNetwork(found.weights, found.card.input, EngineSettings()))
    frame = make_frame(np.zeros((480, 640, 3), np.uint8))
    regions = np.array([[500, 300, 560, 420]], np.float32)
    assert detector.area_looked_at(frame.ref, regions) == (320, 240, 640, 480)
    assert detector.area_looked_at(frame.ref, np.array([[0, 0, 640, 10]], np.float32)) == (0, 0, 640, 480)
    assert len(detector.detect(frame, regions)) == 0  # a black picture shows nothing, cropped or whole
    assert len(detector.detect(frame)) == 0


def test_a_net_of_fixed_size_looks_at_the_whole_picture(
    tmp_path: Path, write_card: Any, make_constant_onnx: Any, make_frame: Any
) -> None:
    make_constant_onnx(tmp_path / "tiny.onnx", [answer_of_a_van()], (64, 64))
    card = load_card(write_card())
    detector = CardDetector(card, OnnxNetwork(tmp_path / "tiny.onnx", card.input, EngineSettings()))
    frame = make_frame(np.zeros((64, 64, 3), np.uint8))
    regions = np.array([[0, 0, 5, 5]], np.float32)
    assert detector.area_looked_at(frame.ref, regions) == (0, 0, 64, 64)
    assert len(detector.detect(frame, regions)) == len(detector.detect(frame)) == 2


def test_answers_that_are_no_boxes_are_dropped(
    tmp_path: Path, write_card: Any, make_constant_onnx: Any, make_frame: Any
) -> None:
    table = np.zeros((1, 4, 9), np.float32)
    table[0, 0] = [0, 0, np.nan, 0, 1, 1, 0, 0, 0]
    table[0, 1] = [9, 9, 0, 0, 1, 1, 0, 0, 0]  # wholly outside
    table[0, 2] = [0, 0, 0, 0, np.nan, 1, 0, 0, 0]
    table[0, 3] = [0, 0, np.inf, np.inf, 1, 1, 0, 0, 0]
    make_constant_onnx(tmp_path / "tiny.onnx", [table], (64, 64))
    card = load_card(write_card())
    seen = CardDetector(card, OnnxNetwork(tmp_path / "tiny.onnx", card.input, EngineSettings())).detect(
        make_frame(np.zeros((64, 64, 3), np.uint8))
    )
    assert seen.boxes_xyxy_px.tolist() == [[0, 0, 64, 64]]  # endless is clipped; the others are gone


@pytest.mark.parametrize("engine", ENGINES)
def test_outputs_of_another_family_are_refused_at_the_start(
    tmp_path: Path, write_card: Any, make_constant_onnx: Any, engine: str
) -> None:
    make_constant_onnx(tmp_path / "tiny.onnx", [np.zeros((1, 7, 9))], (64, 64))
    card = load_card(write_card())
    network = openers(tmp_path / "tiny.onnx", card.input, EngineSettings())[engine]()
    with pytest.raises(ModelCardError, match=r"\(1, 7, 9\); family yolox .*\(1, 4, 9\)"):
        CardDetector(card, network)


def test_another_input_size_is_refused(tmp_path: Path, write_card: Any, make_constant_onnx: Any) -> None:
    make_constant_onnx(tmp_path / "tiny.onnx", [answer_of_a_van()], (96, 64))
    card = load_card(write_card())
    with pytest.raises(ModelCardError, match=r"takes \(1, 3, 64, 96\), the card says \(1, 3, 64, 64\)"):
        OnnxNetwork(tmp_path / "tiny.onnx", card.input, EngineSettings())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_truncated_file_is_told(tmp_path: Path, write_card: Any, make_constant_onnx: Any, engine: str) -> None:
    path = make_constant_onnx(tmp_path / "tiny.onnx", [answer_of_a_van()], (64, 64))
    path.write_bytes(path.read_bytes()[:100])
    card = load_card(write_card())
    with pytest.raises(ModelCardError, match="cannot load these weights"):
        openers(path, card.input, EngineSettings())[engine]()


def test_cuda_is_refused_by_name_where_there_is_none(tmp_path: Path, write_card: Any, make_constant_onnx: Any) -> None:
    path = make_constant_onnx(tmp_path / "tiny.onnx", [answer_of_a_van()], (64, 64))
    card = load_card(write_card())
    offered = openers(path, card.input, EngineSettings(cuda=True))
    assert list(offered) == ["onnxruntime"]
    with pytest.raises(PluginError, match="onnxruntime-gpu"):
        offered["onnxruntime"]()
    with pytest.raises(PluginError, match="does not run on CUDA"):
        openers(tmp_path / "tiny.xml", card.input, EngineSettings(cuda=True))


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (500, 3), (40, 40), (1080, 1920)])
def test_pictures_of_any_size_are_looked_at(make_frame: Any, size: tuple[int, int]) -> None:
    found = ModelCatalogue().find("nanodet-g-416")
    detector = CardDetector(found.card, OnnxNetwork(found.weights, found.card.input, EngineSettings()))
    height, width = size
    frame = make_frame(np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8))
    for region in (
        [0, 0, 1, 1],
        [-50, -50, width + 90, height + 90],
        [np.nan] * 4,
        [width / 2, height / 2, width, height],
    ):
        seen = detector.detect(frame, np.array([region], np.float32))
        assert (seen.boxes_xyxy_px >= 0).all()
        assert (seen.boxes_xyxy_px <= [width, height, width, height]).all()
