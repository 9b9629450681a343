"""A card is checked whole; each fault names file, key, allowed values and mend."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from beffroi.see.detect import load_card
from beffroi.see.detect.card import InputSpec, ModelCard, OutputSpec, WeightFile
from beffroi.see.detect.catalogue import BUNDLED, TEMPLATES, digest_of
from beffroi.vocabulary.errors import ModelCardError

INPUT = {"width_px": 64, "height_px": 64, "channels": "bgr", "resize": "letterbox"}


def test_a_good_card_is_read(write_card: Any) -> None:
    card = load_card(write_card())
    assert (card.model, card.class_names) == ("tiny@1", ("person", "vehicle"))
    assert card.weights[0].file == "tiny.onnx"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"colour": "blue"}, ["key colour is unknown", "score_high"]),
        ({"input": INPUT | {"size": 3}}, ["key input.size is unknown", "width_px"]),
        ({"family": "ssd2"}, ["family", "'nanodet'", "'yolox'", "'detr'", "'ssd'"]),
        ({"licence": ...}, ["key licence is missing"]),
        ({"score_min": 1.5}, ["score_min is 1.5", "less than or equal to 1"]),
        ({"score_min": 0.6}, ["score_min 0.6 is above score_high 0.5"]),
        ({"classes": {0: "cat"}}, ["classes.0 is 'cat'", "'person'", "'animal'"]),
        ({"classes": {9: "person"}}, ["classes must be numbers from 0 to 3"]),
        ({"classes": {}}, ["classes"]),
        ({"format": 2}, ["format is 2", "1"]),
        ({"output": {"columns": 4}}, ["output.strides is missing", "yolox needs columns, strides"]),
        ({"output": {"columns": 4, "strides": [32], "bins": 8}}, ["output.bins means nothing to family yolox"]),
        ({"family": "ssd", "output": {"columns": 4}}, ["output.columns means nothing to family ssd", "no key there"]),
        ({"input": INPUT | {"std": [1, 0, 1]}}, ["std must be above 0"]),
        ({"input": INPUT | {"multiple_px": 48}}, ["multiples of input.multiple_px"]),
        ({"weights": [{"file": "../net.onnx"}]}, ["weights.0.file is '../net.onnx'"]),
        ({"weights": [{"file": "net.pt"}]}, [".onnx or .xml"]),
        ({"weights": [{"file": "a.xml"}, {"file": "b.bin"}]}, ["one name and different endings"]),
        ({"weights": [{"file": "net.onnx", "sha256": "abc"}]}, ["weights.0.sha256 is 'abc'"]),
    ],
)
def test_a_fault_names_key_and_allowed_values(write_card: Any, changes: dict[str, Any], told: list[str]) -> None:
    path = write_card(**changes)
    with pytest.raises(ModelCardError) as caught:
        load_card(path)
    assert caught.value.where == str(path)
    assert "docs/reference/models.md" in caught.value.mend
    for part in told:
        assert part in str(caught.value)


def test_all_faults_are_told_at_once(write_card: Any) -> None:
    with pytest.raises(ModelCardError, match=r"licence.*; .*source|source.*; .*licence"):
        load_card(write_card(licence=..., source=...))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"format: 1\nname: [", "line 2"),
        (b"format: 1\nname: a\nname: b\n", "key 'name' is written twice"),
        (b"- 1\n", "a card is a mapping"),
        (b"", "a card is a mapping"),
        (b"name: \xff\xfe", "UTF-8"),
        (b"name: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
        (b"#" * 70_000, "too large for a card"),
    ],
)
def test_a_file_that_is_no_card_is_refused(tmp_path: Path, text: bytes, told: str) -> None:
    path = tmp_path / "card.yaml"
    path.write_bytes(text)
    with pytest.raises(ModelCardError) as caught:
        load_card(path)
    assert told in str(caught.value)
    assert str(path) in caught.value.where


def test_a_missing_card_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelCardError, match="No such file"):
        load_card(tmp_path / "none.yaml")


def test_every_card_we_ship_is_good_and_says_where_it_comes_from() -> None:
    paths = [*BUNDLED.glob("*.yaml"), *TEMPLATES.glob("*.yaml")]
    assert len(paths) == 4
    for path in paths:
        card = load_card(path)
        assert path.stem == card.name
        assert card.licence.startswith("Apache-2.0")
        assert card.figures


def test_the_bundled_weights_are_those_of_their_card() -> None:
    for path in BUNDLED.glob("*.yaml"):
        card = load_card(path)
        assert digest_of(BUNDLED / card.weights[0].file) == card.weights[0].sha256
        assert (BUNDLED / card.weights[0].file).stat().st_size < 10_000_000


def test_the_digest_covers_every_file(write_card: Any) -> None:
    parts = [{"file": "a.xml", "sha256": "1" * 64}, {"file": "a.bin", "sha256": "2" * 64}]
    one = load_card(write_card(weights=parts, family="ssd", output={}))
    parts[1]["sha256"] = "3" * 64
    other = load_card(write_card(weights=parts, family="ssd", output={}))
    assert one.digest != other.digest


def reference() -> str:
    return (Path(__file__).resolve().parents[4] / "docs" / "reference" / "models.md").read_text(encoding="utf-8")


def test_the_card_in_the_reference_is_a_good_one(tmp_path: Path) -> None:
    example = re.findall(r"```yaml\n(.*?)```", reference(), re.DOTALL)[0]
    assert yaml.safe_load(example)["format"] == 1
    path = tmp_path / "card.yaml"
    path.write_text(example, encoding="utf-8")
    assert load_card(path).model == "my-net@3"


def test_every_key_of_a_card_is_in_the_reference() -> None:
    inner: dict[str, type[BaseModel]] = {"input": InputSpec, "output": OutputSpec}
    keys = [name for name in ModelCard.model_fields if name not in ("input", "output", "weights")]
    keys += [f"{part}.{name}" for part, spec in inner.items() for name in spec.model_fields]
    keys += [f"weights[].{name}" for name in WeightFile.model_fields]
    missing = [key for key in keys if f"`{key}`" not in reference()]
    assert not missing
