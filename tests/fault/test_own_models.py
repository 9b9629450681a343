"""A model of one's own: added by command, used by real workers, named when its weights are not its card's."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from beffroi.see.detect.catalogue import BUNDLED
from beffroi.vocabulary.camera import CameraReason, StreamKind, StreamSpec, WatchState


@pytest.fixture
def own_card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled weights under another name, people only."""
    folder = tmp_path_factory.mktemp("usb-stick")
    document: dict[str, Any] = yaml.safe_load((BUNDLED / "nanodet-g-416.yaml").read_text(encoding="utf-8"))
    weights = (BUNDLED / "nanodet-g-416.onnx").read_bytes()
    (folder / "people.onnx").write_bytes(weights)
    digest = hashlib.sha256(weights).hexdigest()
    document |= {"name": "people", "version": "7", "classes": {0: "person"}}
    document["weights"] = [{"file": "people.onnx", "sha256": digest}]
    (folder / "people.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return folder / "people.yaml"


def beffroi(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "beffroi.cli.main", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=os.environ)


async def test_an_added_model_watches_and_is_named_in_every_event(
    watching: Any, camera: Any, substream: Path, tmp_path: Path, own_card: Path
) -> None:
    added = beffroi("models", "add", str(own_card), "--data", str(tmp_path))
    assert added.returncode == 0, added.stderr
    own_card.with_suffix(".onnx").unlink()  # the house has its own copy
    stream = StreamSpec(kind=StreamKind.FILE, url=str(substream), loop=True)
    watch = await watching(camera("a", stream), model="people")
    await watch.until(lambda: [m for m in watch.events("a") if m.event.rule_id == "a-people"], 30, "an event")
    assert {m.event.model for m in watch.events("a") if m.event.rule_id == "a-people"} == {"people@7"}
    assert watch.supervisor.figures()["workers"][0]["model"] == "people@7"


async def test_weights_that_are_not_the_cards_blind_the_camera_by_name(
    watching: Any, camera: Any, substream: Path, tmp_path: Path, own_card: Path
) -> None:
    assert beffroi("models", "add", str(own_card), "--data", str(tmp_path)).returncode == 0
    (tmp_path / "models" / "people" / "people.onnx").write_bytes(b"other weights")
    stream = StreamSpec(kind=StreamKind.FILE, url=str(substream), loop=True)
    watch = await watching(camera("a", stream), model="people")
    await watch.until_state("a", WatchState.NOT_WATCHED, CameraReason.MODEL_MISSING)
    assert "not the weights of card people" in watch.supervisor.statuses()["a"].detail
    assert await watch.supervisor.still("a", clear=True), "a camera that nothing can analyse may still be seen"
