"""Tiny real nets, written with the formats' own libraries: what they answer is known to the last digit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import openvino
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper
from openvino import opset13

from beffroi.vocabulary.picture import Frame, FrameRef
from beffroi.vocabulary.time import UtcNs

Array = np.ndarray[Any, Any]


def frame_of(rgb: Array) -> Frame:
    height, width = rgb.shape[:2]
    ref = FrameRef(
        camera_id="c",
        run_id="r",
        index=0,
        media_time_ns=0,
        captured_at=UtcNs(0),
        captured_at_error_ns=0,
        width_px=width,
        height_px=height,
    )
    return Frame(ref=ref, rgb=rgb)


def constant_onnx(path: Path, answers: list[Array], size: tuple[int, int]) -> Path:
    """A net that looks at the picture (its mean, times nought) and gives the answers whatever it sees."""
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[0, 1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["mean", "nought"], ["nothing"]),
    ]
    stored = [numpy_helper.from_array(np.zeros((), np.float32), "nought")]
    outputs = []
    for index, answer in enumerate(answers):
        stored.append(numpy_helper.from_array(answer.astype(np.float32), f"answer_{index}"))
        nodes.append(helper.make_node("Add", [f"answer_{index}", "nothing"], [f"output_{index}"]))
        outputs.append(helper.make_tensor_value_info(f"output_{index}", TensorProto.FLOAT, answer.shape))
    picture = helper.make_tensor_value_info("image", TensorProto.FLOAT, (1, 3, size[1], size[0]))
    _save(path, helper.make_graph(nodes, "constant", [picture], outputs, stored))
    return path


def planes_onnx(path: Path, size: tuple[int, int] | None) -> Path:
    """A net that gives the mean of each plane it was shown, (1, 3); None leaves its input size open."""
    nodes = [helper.make_node("ReduceMean", ["image"], ["planes"], axes=[2, 3], keepdims=0)]
    sides: tuple[Any, Any] = (size[1], size[0]) if size else ("height", "width")
    picture = helper.make_tensor_value_info("image", TensorProto.FLOAT, (1, 3, *sides))
    planes = helper.make_tensor_value_info("planes", TensorProto.FLOAT, (1, 3))
    _save(path, helper.make_graph(nodes, "planes", [picture], [planes]))
    return path


def _save(path: Path, graph: Any) -> None:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def constant_ir(path: Path, rows: Array, size: tuple[int, int]) -> Path:
    """An OpenVINO IR that gives these rows, (1, 1, n, 7), whatever it sees."""
    image = opset13.parameter([1, 3, size[1], size[0]], np.float32, name="image")
    axes = opset13.constant(np.array([0, 1, 2, 3], np.int64))
    mean = opset13.reduce_mean(image, axes, keep_dims=False)
    nothing = opset13.multiply(mean, opset13.constant(np.float32(0.0)))
    answer = opset13.add(opset13.constant(rows.astype(np.float32)[None, None]), nothing)
    openvino.save_model(openvino.Model([answer], [image], "constant"), str(path), compress_to_fp16=False)
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


CardWriter = Callable[..., Path]


@pytest.fixture
def write_card(tmp_path: Path) -> CardWriter:
    """Writes a good YOLOX card for a 64x64 net, with changes; digests of files that exist are filled in."""

    def write(folder: Path | None = None, **changes: Any) -> Path:
        folder = folder or tmp_path
        document: dict[str, Any] = {
            "format": 1,
            "name": "tiny",
            "version": "1",
            "family": "yolox",
            "weights": [{"file": "tiny.onnx"}],
            "input": {"width_px": 64, "height_px": 64, "channels": "bgr", "resize": "letterbox"},
            "output": {"columns": 4, "strides": [32]},
            "classes": {0: "person", 2: "vehicle", 3: "vehicle"},
            "score_min": 0.1,
            "score_high": 0.5,
            "nms_iou": 0.5,
            "licence": "Apache-2.0",
            "source": "made by a test",
            "limits": ["sees what it was told"],
        }
        document.update(changes)
        for name in [key for key, value in document.items() if value is ...]:
            del document[name]
        for part in document.get("weights") or []:
            path = folder / part["file"]
            part.setdefault("sha256", sha256(path) if path.exists() else "0" * 64)
        card = folder / f"{document.get('name', 'card')}.yaml"
        card.write_text(yaml.safe_dump(document), encoding="utf-8")
        return card

    return write


@pytest.fixture
def make_frame() -> Callable[[Array], Frame]:
    return frame_of


@pytest.fixture
def make_constant_onnx() -> Callable[[Path, list[Array], tuple[int, int]], Path]:
    return constant_onnx


@pytest.fixture
def make_planes_onnx() -> Callable[[Path, tuple[int, int] | None], Path]:
    return planes_onnx


@pytest.fixture
def make_constant_ir() -> Callable[[Path, Array, tuple[int, int]], Path]:
    return constant_ir
