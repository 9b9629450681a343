"""Our own sources and detector pass the kits that we hand to others, and the kits find what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from beffroi.ports.source import Packet, PacketSource
from beffroi.see.detect import open_detector
from beffroi.sense.files import read_frames
from beffroi.sense.opening import open_source
from beffroi.testing.detectors import check_detector
from beffroi.testing.situations import ConformanceError
from beffroi.testing.sources import check_source
from beffroi.vocabulary.camera import StreamKind, StreamSpec
from beffroi.vocabulary.picture import Detections, Frame

STREET = Path(__file__).parents[2] / "src" / "beffroi" / "cli" / "assets" / "street.mp4"
FILM = StreamSpec(kind=StreamKind.FILE, url=str(STREET), pace="fast")


@pytest.mark.parametrize("spec", [FILM, replace(FILM, pace="live", loop=True)], ids=["fast", "live"])
def test_our_file_source_keeps_its_contract(spec: StreamSpec) -> None:
    assert len(check_source(open_source, spec, count=12)) == 12


class Changed:
    """A source whose packets are tampered with."""

    def __init__(self, inner: PacketSource, change: Callable[[int, Packet], Packet]) -> None:
        self._inner, self._change = inner, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def packets(self) -> Iterator[Packet]:
        for number, packet in enumerate(self._inner.packets()):
            yield self._change(number, packet)


FAULTS: dict[str, Callable[[int, Packet], Packet]] = {
    "keyframe": lambda n, p: replace(p, is_keyframe=p.is_keyframe and n > 0),
    "several runs": lambda n, p: replace(p, run_id=f"{p.run_id}{n // 5}"),
    "without data": lambda n, p: replace(p, data=b"" if n == 3 else p.data),
    "decoding order": lambda n, p: replace(p, decode_time_ns=0),
    "rise with its media time": lambda n, p: replace(p, captured_at=type(p.captured_at)(0)),
    "four-byte lengths": lambda n, p: replace(p, data=b"\0\0\0\1" + p.data),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_kit_finds_a_source_that_breaks_its_contract(fault: str) -> None:
    def tampered(spec: StreamSpec, *, camera_id: str) -> Any:
        return Changed(open_source(spec, camera_id=camera_id), FAULTS[fault])

    with pytest.raises(ConformanceError, match=fault):
        check_source(tampered, FILM, count=12)


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return list(islice(read_frames(STREET, camera_id="street", analysed_fps=0.5), 3))


def test_our_detector_keeps_its_contract(frames: list[Frame]) -> None:
    seen = check_detector(open_detector(runtime="onnxruntime"), frames)
    assert all(len(found) for found in seen)


class Spoilt:
    """Our detector with one habit changed."""

    def __init__(self, spoil: Callable[[Detections], Detections], **says: Any) -> None:
        self._inner, self._spoil, self._says = open_detector(runtime="onnxruntime"), spoil, says

    def __getattr__(self, name: str) -> Any:
        return self._says[name] if name in self._says else getattr(self._inner, name)

    def detect(self, frame: Frame, regions_xyxy_px: np.ndarray | None = None) -> Detections:
        return self._spoil(self._inner.detect(frame, regions_xyxy_px))


SPOILT: dict[str, Callable[[], Any]] = {
    "name@version": lambda: Spoilt(lambda found: found, model="mine"),
    "not ours": lambda: Spoilt(lambda found: found, class_names=("person", "face")),
    "outside the frame": lambda: Spoilt(lambda found: replace(found, boxes_xyxy_px=found.boxes_xyxy_px + 500)),
    "outside .0, 1.": lambda: Spoilt(lambda found: replace(found, scores=found.scores * 100)),
    "class_names do not have": lambda: Spoilt(lambda found: found, class_names=("animal",)),
    "signs as": lambda: Spoilt(lambda found: replace(found, model="other@1")),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_the_kit_finds_a_detector_that_breaks_its_contract(frames: list[Frame], fault: str) -> None:
    with pytest.raises(ConformanceError, match=fault):
        check_detector(SPOILT[fault](), frames[:1])
