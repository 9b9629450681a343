"""Foreign sources and detectors at work in real workers; broken ones are named and hurt no other camera."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from beffroi.vocabulary.camera import CameraReason, StreamKind, StreamSpec, WatchState

MODULE = """
from dataclasses import replace
from beffroi.ports.registry import PluginSpec
from beffroi.see.detect import open_detector
from beffroi.sense.opening import open_source
from beffroi.vocabulary.camera import StreamKind

def open_bus(spec, *, camera_id):
    if spec.url == "broken":
        raise RuntimeError(f"cannot log in as {spec.username}:{spec.password}")
    return open_source(replace(spec, kind=StreamKind.FILE, loop=True), camera_id=camera_id)

class Renamed:
    def __init__(self, inner):
        self._inner = inner
        self.model, self.score_high, self.class_names = "town-eye@3", inner.score_high, inner.class_names

    def detect(self, frame, regions_xyxy_px=None):
        return self._inner.detect(frame, regions_xyxy_px)

def open_eye(*, data, runtime, threads):
    return Renamed(open_detector(data=data, runtime=runtime, threads=threads))

bus = PluginSpec(name="usb", group="sources", api_version=1, factory=open_bus)
eye = PluginSpec(name="town-eye", group="detectors", api_version=1, factory=open_eye)
"""
ENTRY_POINTS = """
[beffroi.sources]
usb = town_parts:bus
mjpeg = town_parts_not_shipped:http

[beffroi.detectors]
town-eye = town_parts:eye
blind-eye = town_parts_not_shipped:eye
"""


@pytest.fixture
def installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A foreign distribution that workers find on their path."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "town_parts.py").write_text(MODULE)
    metadata = folder / "town_parts-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: town-parts\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.setenv("PYTHONPATH", str(folder))


@pytest.mark.usefixtures("installed")
async def test_foreign_parts_work_and_broken_ones_are_named(watching: Any, camera: Any, substream: Path) -> None:
    good = camera("good", StreamSpec(kind=StreamKind.USB, url=str(substream)))
    raising = camera(
        "raising",
        StreamSpec(kind=StreamKind.USB, url="broken", username="agent", password="hidden word"),
    )
    missing = camera("missing", StreamSpec(kind=StreamKind.MJPEG, url="http://127.0.0.1:9/x"))
    watch = await watching(good, raising, missing, model="town-eye")
    await watch.until_watched("good")
    await watch.until_analysed_more("good", 3, within_s=10)
    assert watch.supervisor.figures()["workers"][0]["model"] == "town-eye@3"
    for camera_id in ("raising", "missing"):
        await watch.until_state(camera_id, WatchState.NOT_WATCHED, CameraReason.UNREADABLE)
    details = {camera_id: status.detail for camera_id, status in watch.supervisor.statuses().items()}
    assert "'usb' broke while opening (RuntimeError)" in details["raising"]
    assert "hidden word" not in details["raising"]
    assert "town_parts_not_shipped" in details["missing"]


@pytest.mark.usefixtures("installed")
async def test_a_detector_that_cannot_be_loaded_is_named(watching: Any, camera: Any, substream: Path) -> None:
    watch = await watching(
        camera("a", StreamSpec(kind=StreamKind.FILE, url=str(substream), loop=True)), model="blind-eye"
    )
    await watch.until_state("a", WatchState.NOT_WATCHED, CameraReason.MODEL_MISSING)
    assert "town_parts_not_shipped" in watch.supervisor.statuses()["a"].detail
