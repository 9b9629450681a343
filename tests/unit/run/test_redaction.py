"""What leaves a worker: real street, real detector, decoded again and looked at."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from beffroi.keep.privacy import MASK_RGB
from beffroi.ports.source import Packet, StreamInfo
from beffroi.ports.vision import Detector
from beffroi.run.eyes import Eyes
from beffroi.run.redaction import BlurredPictures, blurred_packets, blurred_picture, masked_packets
from beffroi.see.detect.opening import open_detector
from beffroi.sense.decoding import StreamDecoder
from beffroi.sense.opening import open_source
from beffroi.vocabulary.arrays import UInt8s
from beffroi.vocabulary.camera import StreamKind, StreamSpec
from beffroi.vocabulary.errors import BlurUnavailableError, PluginError, SourceError
from beffroi.vocabulary.picture import Detections, Frame
from beffroi.vocabulary.rules import Zone

STREET = Path(__file__).parents[3] / "src" / "beffroi" / "cli" / "assets" / "street.mp4"
HOUSE = Zone(points=((0.05, 0.05), (0.3, 0.05), (0.3, 0.4), (0.05, 0.4)))
Video = tuple[list[Packet], StreamInfo]


def packets_of(path: Path, most: int) -> Iterator[tuple[Packet, StreamInfo]]:
    source = open_source(StreamSpec(kind=StreamKind.FILE, url=str(path), pace="fast"), camera_id="c")
    try:
        for count, packet in enumerate(source.packets()):
            if count == most:
                return
            yield packet, source.info
    except SourceError:
        return
    finally:
        source.close()


@pytest.fixture(scope="module")
def street() -> Video:
    """The first three seconds."""
    both = list(packets_of(STREET, 30))
    return [packet for packet, _ in both], both[0][1]


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    """The bundled one."""
    return open_detector(data=tmp_path_factory.mktemp("house"), runtime="onnxruntime", threads=1)


def decoded(packets: list[Packet], info: StreamInfo, fps: float = 240.0) -> list[Frame]:
    decoder = StreamDecoder(info, camera_id="c", analysed_fps=fps, max_width_px=640)
    return [frame for packet in packets for frame in decoder.decode(packet)] + decoder.flush()


def kept(shown: UInt8s, filmed: UInt8s) -> float:
    """How much of the filmed fine detail is still there: the correlation of both pictures' Laplacians."""
    both = [cv2.Laplacian(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.CV_64F).ravel() for rgb in (shown, filmed)]
    return float(np.corrcoef(both[0], both[1])[0, 1])


def cut(rgb: UInt8s, box: np.ndarray) -> UInt8s:
    x1, y1, x2, y2 = (int(value) for value in box)
    return rgb[max(0, y1) : y2, max(0, x1) : x2]


def test_people_lose_their_detail_and_the_rest_of_the_street_keeps_it(street: Video, detector: Detector) -> None:
    eyes = Eyes(lambda: detector)
    coded, info = blurred_packets(*street, BlurredPictures("c", (), eyes), camera_id="c")
    assert (info.codec, info.width_px) == ("h264", 640)
    assert coded[0].is_keyframe
    shown = {frame.ref.media_time_ns: frame for frame in decoded(coded, info)}
    details: list[float] = []
    rest_is_seen = 0
    for frame in decoded(*street)[15:]:
        out = shown[frame.ref.media_time_ns]
        seen = detector.detect(frame)
        people = seen.boxes_xyxy_px[(seen.class_ids == 0) & (seen.scores > 0.6)]
        for box in people:
            details.append(kept(cut(out.rgb, box), cut(frame.rgb, box)))
        same = np.abs(out.rgb.astype(int) - frame.rgb.astype(int)).max(axis=2) < 24
        rest_is_seen += same.mean() > 0.3
    assert len(details) >= 15
    assert max(details) < 0.4, "a person is recognisable"
    assert rest_is_seen >= 10, "the street itself must stay visible"


def test_a_mask_is_one_colour_in_masked_and_blurred_video_and_still(street: Video, detector: Detector) -> None:
    eyes = Eyes(lambda: detector)
    clear, info = masked_packets(*street, (HOUSE,), camera_id="c")
    blurred = blurred_packets(*street, BlurredPictures("c", (HOUSE,), eyes), camera_id="c")
    still = blurred_picture(*street, BlurredPictures("c", (HOUSE,), eyes), "c")
    pictures = [*decoded(clear, info), *decoded(*blurred), still]
    assert len(pictures) > 40
    for frame in [*pictures[:: len(pictures) // 8], still]:
        height, width = frame.rgb.shape[:2]
        inside = frame.rgb[int(0.08 * height) : int(0.37 * height), int(0.07 * width) : int(0.27 * width)]
        assert np.abs(inside.astype(int) - MASK_RGB).max() <= 20, "the mask is not whole"
    bare = decoded(*street)[5].rgb
    height, width = bare.shape[:2]
    place = bare[int(0.08 * height) : int(0.37 * height), int(0.07 * width) : int(0.27 * width)]
    assert np.abs(place.astype(int) - MASK_RGB).max() > 60, "the place itself is not of that colour"


class Broken:
    """A detector that raises, answers for another picture, or never answers."""

    model, score_high, class_names = "broken@1", 0.5, ("person",)

    def __init__(self, how: str) -> None:
        self._how = how
        self.stuck = threading.Event()

    def detect(self, frame: Frame, regions_xyxy_px: np.ndarray | None = None) -> Detections:
        if self._how == "raises":
            raise KeyError("secret word")
        if self._how == "hangs":
            self.stuck.wait(20)
        return Detections.none(replace(frame.ref, index=frame.ref.index + 1), self.model)


@pytest.mark.parametrize("how", ["raises", "answers for another", "hangs", "missing"])
def test_without_an_answer_of_the_detector_no_picture_comes_out(street: Video, how: str) -> None:
    broken = Broken(how)

    def opened() -> Detector:
        if how == "missing":
            raise PluginError("no detector of that name")
        return broken

    eyes = Eyes(opened)
    frame = decoded(*street)[3]
    with pytest.raises(BlurUnavailableError) as refused:
        eyes.detect(frame, within_s=0.5)
    assert refused.value.reason == "blur_unavailable"
    assert "secret word" not in str(refused.value)
    if how != "hangs":
        with pytest.raises(BlurUnavailableError):
            blurred_packets(*street, BlurredPictures("c", (), eyes), camera_id="c")
    broken.stuck.set()
