"""A model that would tell who somebody is or is like never joins the house."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper

from beffroi.see.detect import ModelCatalogue, add_model
from beffroi.see.detect.card import load_card
from beffroi.see.detect.refusing import refuse_net
from beffroi.vocabulary.errors import ModelCardError


@pytest.mark.parametrize(
    ("changes", "key", "word"),
    [
        ({"name": "face-detection-0200"}, "name", "face"),
        ({"weights": [{"file": "person-reid.onnx"}]}, "weights.file", "reid"),
        ({"classes": {0: "person", 1: "woman"}}, "classes.1", "woman"),
        ({"source": "age-gender-recognition of a zoo"}, "source", "age"),
        ({"figures": {"emotion accuracy": 0.7}}, "figures", "emotion"),
    ],
)
def test_a_card_that_names_one_is_refused_by_word_and_kind(
    write_card: Any, changes: dict[str, Any], key: str, word: str
) -> None:
    with pytest.raises(ModelCardError) as refused:
        load_card(write_card(**changes))
    assert f"{key} names {word!r}" in str(refused.value)
    assert "Use a detector of people and things" in refused.value.mend


def test_a_net_whose_own_classes_name_one_is_not_added(
    tmp_path: Path, write_card: Any, make_constant_onnx: Any
) -> None:
    theirs, data = tmp_path / "theirs", tmp_path / "data"
    theirs.mkdir()
    make_constant_onnx(theirs / "tiny.onnx", [np.zeros((1, 4, 9))], (64, 64))
    model = onnx.load(theirs / "tiny.onnx")
    helper.set_model_props(model, {"names": "{0: 'man', 1: 'woman', 2: 'car'}"})
    onnx.save(model, theirs / "tiny.onnx")
    with pytest.raises(ModelCardError, match=r"metadata 'names' names 'woman' \(gender\)"):
        add_model(ModelCatalogue.of_house(data), str(write_card(theirs)))
    assert not list(data.rglob("*.onnx"))


def test_an_openvino_net_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "net.xml"
    path.write_text('<net name="detector"><layers><layer id="0" name="age_conv3" type="Result"/></layers></net>')
    with pytest.raises(ModelCardError, match="a layer of the net names 'age'"):
        refuse_net(path)
    path.write_text('<net name="detector"><layers><layer id="0" name="person" type="Result"/></layers></net>')
    refuse_net(path)


def test_what_is_no_net_at_all_is_named(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"nothing")
    with pytest.raises(ModelCardError, match="cannot be read"):
        refuse_net(path)
