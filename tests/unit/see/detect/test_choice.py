"""The engine is measured once for a machine and a net, and the choice survives bad memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from beffroi.see.detect import EngineSettings, ModelCatalogue, load_card, openers
from beffroi.see.detect.choice import FILE_NAME, choose, processor
from beffroi.vocabulary.errors import ModelCardError


@pytest.fixture
def net(tmp_path: Path, write_card: Any, make_constant_onnx: Any) -> Any:
    weights = make_constant_onnx(tmp_path / "tiny.onnx", [np.zeros((1, 4, 9))], (64, 64))
    card = load_card(write_card())
    return card, openers(weights, card.input, EngineSettings())


def test_both_engines_are_measured_then_remembered(tmp_path: Path, net: Any) -> None:
    card, offered = net
    network, first = choose(card, offered, EngineSettings(), tmp_path)
    assert set(first.milliseconds) == {"onnxruntime", "openvino"}
    assert first.runtime == min(first.milliseconds, key=lambda name: first.milliseconds[name]) == network.runtime
    _, second = choose(card, offered, EngineSettings(), tmp_path)
    assert second.remembered
    assert second.runtime == first.runtime


def test_the_bundled_net_runs_on_both_engines() -> None:
    found = ModelCatalogue().find("nanodet-g-416")
    offered = openers(found.weights, found.card.input, EngineSettings())
    _, choice = choose(found.card, offered, EngineSettings())
    assert set(choice.milliseconds) == {"onnxruntime", "openvino"}
    assert not choice.refused


def test_other_threads_or_weights_are_measured_anew(tmp_path: Path, net: Any) -> None:
    card, offered = net
    choose(card, offered, EngineSettings(), tmp_path)
    changed = card.model_copy(update={"weights": (card.weights[0].model_copy(update={"sha256": "f" * 64}),)})
    assert not choose(card, offered, EngineSettings(threads=2), tmp_path)[1].remembered
    assert not choose(changed, offered, EngineSettings(), tmp_path)[1].remembered
    assert len(json.loads((tmp_path / FILE_NAME).read_text())) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", '{"x": 1}'])
def test_a_damaged_memory_is_no_memory(tmp_path: Path, net: Any, text: str) -> None:
    card, offered = net
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
    _, choice = choose(card, offered, EngineSettings(), tmp_path)
    assert not choice.remembered
    assert choose(card, offered, EngineSettings(), tmp_path)[1].remembered


def test_a_remembered_engine_that_is_gone_is_not_asked(tmp_path: Path, net: Any) -> None:
    card, offered = net
    chosen = choose(card, offered, EngineSettings(), tmp_path)[1].runtime
    left = {name: opener for name, opener in offered.items() if name != chosen}
    network, again = choose(card, left, EngineSettings(), tmp_path)
    assert again.runtime == network.runtime != chosen


def test_a_memory_that_cannot_be_written_stops_nothing(tmp_path: Path, net: Any) -> None:
    card, offered = net
    (tmp_path / "file").write_text("", encoding="utf-8")
    network, choice = choose(card, offered, EngineSettings(), tmp_path / "file" / "below")
    assert network.runtime == choice.runtime


def test_an_engine_that_fails_leaves_the_other(net: Any, tmp_path: Path) -> None:
    card, offered = net
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no net")
    mixed = {
        "onnxruntime": offered["onnxruntime"],
        "openvino": openers(broken, card.input, EngineSettings())["openvino"],
    }
    network, choice = choose(card, mixed, EngineSettings())
    assert network.runtime == "onnxruntime"
    assert "cannot load" in choice.refused["openvino"]
    with pytest.raises(ModelCardError, match=r"onnxruntime cannot load .*OpenVINO cannot load "):
        choose(card, openers(broken, card.input, EngineSettings()), EngineSettings())


def test_the_processor_has_a_name() -> None:
    assert processor()
