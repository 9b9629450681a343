"""Models are found by name, card or weights; what does not match is named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from beffroi.see.detect import FoundModel, ModelCatalogue, add_model, open_detector, open_model, templates
from beffroi.see.detect.catalogue import DEFAULT_MODEL
from beffroi.vocabulary.errors import ConflictError, ModelCardError, NotFoundError, PluginError, StorageError


@pytest.fixture
def folder(tmp_path: Path, write_card: Any, make_constant_onnx: Any) -> Path:
    """A folder of somebody's models: one good card with its net."""
    place = tmp_path / "theirs"
    place.mkdir()
    make_constant_onnx(place / "tiny.onnx", [np.zeros((1, 4, 9))], (64, 64))
    write_card(place)
    return place


def test_the_default_is_bundled_and_verified() -> None:
    found = ModelCatalogue().find(DEFAULT_MODEL)
    assert (found.card.name, found.origin) == (DEFAULT_MODEL, "bundled")


def test_a_card_and_its_folder_both_work(folder: Path) -> None:
    by_card = ModelCatalogue().find(str(folder / "tiny.yaml"))
    by_name = ModelCatalogue(folders=[folder]).find("tiny")
    assert by_card.weights == by_name.weights == folder / "tiny.onnx"
    assert (by_card.origin, by_name.origin) == ("file", "folder")


def test_weights_alone_are_known_by_their_digest(folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "renamed.onnx"
    moved.write_bytes((folder / "tiny.onnx").read_bytes())
    found = ModelCatalogue(folders=[folder]).find(str(moved))
    assert (found.card.name, found.weights) == ("tiny", moved)
    with pytest.raises(ModelCardError, match="no card is known for these weights"):
        ModelCatalogue().find(str(moved))


def test_the_variable_names_folders(folder: Path, tmp_path: Path) -> None:
    environment = {"BEFFROI_MODELS": os.pathsep.join([str(tmp_path / "none"), str(folder)])}
    assert ModelCatalogue.of_house(None, environment).find("tiny").origin == "folder"
    with pytest.raises(NotFoundError, match="no model is called 'tiny'; known: nanodet-g-416"):
        ModelCatalogue.of_house(None, {}).find("tiny")


def test_changed_weights_are_refused_with_both_digests(folder: Path) -> None:
    weights = folder / "tiny.onnx"
    weights.write_bytes(weights.read_bytes() + b"\0")
    with pytest.raises(ModelCardError) as caught:
        ModelCatalogue(folders=[folder]).find("tiny")
    assert "not the weights of card tiny" in str(caught.value)
    assert caught.value.where == str(weights)
    assert "source" in caught.value.mend


def test_missing_weights_say_how_to_give_them(folder: Path) -> None:
    (folder / "tiny.onnx").unlink()
    with pytest.raises(ModelCardError, match="No such file"):
        ModelCatalogue(folders=[folder]).find("tiny")
    states = {entry.name: entry.state for entry in ModelCatalogue(folders=[folder]).entries()}
    assert states["tiny"] == "weights missing"
    with pytest.raises(ModelCardError, match="beffroi models add yolox-nano --weights"):
        ModelCatalogue().find("yolox-nano")


def test_a_broken_card_is_listed_with_its_reason(folder: Path) -> None:
    (folder / "torn.yaml").write_text("format: 1\n", encoding="utf-8")
    entry = next(e for e in ModelCatalogue(folders=[folder]).entries() if e.name == "torn")
    assert "key name is missing" in entry.state
    assert entry.card is None
    with pytest.raises(ModelCardError, match="key name is missing"):
        ModelCatalogue(folders=[folder]).find("torn")


def test_templates_are_cards_without_weights() -> None:
    names = {card.name for card in templates()}
    assert names == {"person-vehicle-bike-2002", "person-vehicle-bike-2002-fp16", "yolox-nano"}
    waiting = [entry for entry in ModelCatalogue().entries() if entry.state == "weights missing"]
    assert {entry.name for entry in waiting} == names


def test_an_added_model_is_found_without_its_source(folder: Path, tmp_path: Path) -> None:
    catalogue = ModelCatalogue(tmp_path / "data" / "models")
    added = add_model(catalogue, str(folder / "tiny.yaml"))
    assert added.origin == "added"
    (folder / "tiny.onnx").unlink()
    detector = open_detector("tiny", data=tmp_path / "data")
    assert detector.model == "tiny@1"
    assert (tmp_path / "data" / "runtime-choice.json").exists()


def test_adding_twice_needs_a_word(folder: Path, tmp_path: Path) -> None:
    catalogue = ModelCatalogue(tmp_path / "models")
    add_model(catalogue, str(folder / "tiny.yaml"))
    with pytest.raises(ConflictError, match="--replace"):
        add_model(catalogue, str(folder / "tiny.yaml"))
    add_model(catalogue, str(folder / "tiny.yaml"), replace=True)
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["tiny"]


@pytest.mark.parametrize("fault", ["digest", "shape", "bundled name", "no such template", "no data", "no weights"])
def test_a_model_that_fails_leaves_nothing_behind(
    folder: Path, tmp_path: Path, write_card: Any, make_constant_onnx: Any, fault: str
) -> None:
    kept = tmp_path / "models"
    catalogue, reference = ModelCatalogue(kept), str(folder / "tiny.yaml")
    expected: type[Exception] = ModelCardError
    if fault == "digest":
        (folder / "tiny.onnx").write_bytes(b"not these")
    elif fault == "shape":
        make_constant_onnx(folder / "tiny.onnx", [np.zeros((1, 5, 9))], (64, 64))
        write_card(folder)
    elif fault == "bundled name":
        expected, reference = ConflictError, str(write_card(folder, name=DEFAULT_MODEL))
    elif fault == "no such template":
        expected, reference = NotFoundError, "yolox-giant"
    elif fault == "no data":
        expected, catalogue = StorageError, ModelCatalogue()
    else:
        reference = "yolox-nano"
    with pytest.raises(expected):
        add_model(catalogue, reference)
    assert not kept.exists() or not list(kept.iterdir())


def test_a_data_folder_that_refuses_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be kept"):
        add_model(ModelCatalogue(tmp_path / "models"), str(folder / "tiny.yaml"))


def test_an_engine_that_cannot_is_named(folder: Path) -> None:
    found = ModelCatalogue(folders=[folder]).find("tiny")
    assert open_model(found, "onnxruntime").runtime == "onnxruntime"
    with pytest.raises(PluginError, match="no runtime is called 'tensorrt'; there are auto, onnxruntime, openvino"):
        open_model(found, "tensorrt")  # type: ignore[arg-type]
    as_ir = FoundModel(card=found.card, weights=folder / "tiny.xml", origin="file")
    with pytest.raises(PluginError, match=r"onnxruntime cannot run tiny.xml here; what can: openvino"):
        open_model(as_ir, "onnxruntime")
