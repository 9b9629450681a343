"""A street of one colour in which white blocks walk, and a detector that really sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from beffroi.judge.situations import BUILT_IN
from beffroi.ports.situation import SituationSpec
from beffroi.run.messages import AuthorisedRule
from beffroi.vocabulary.picture import CLASS_ID, Detections, Frame, FrameRef, ObjectClass
from beffroi.vocabulary.rules import Rule, Situation, Zone
from beffroi.vocabulary.time import UtcNs

WIDTH, HEIGHT, FPS = 320, 240, 5
NEVER_ENDS = UtcNs(2**62)
RIGHT_HALF = Zone(points=((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))


class BlockDetector:
    """Sees bright blocks as people: a small detector of its own, with the port's whole behaviour."""

    model = "blocks@1"
    score_high = 0.5
    class_names = ("person",)

    def __init__(self) -> None:
        self.asked = 0

    def detect(self, frame: Frame, regions_xyxy_px: np.ndarray | None = None) -> Detections:
        self.asked += 1
        bright = (frame.rgb.min(axis=2) > 180).astype(np.uint8)
        if regions_xyxy_px is not None:
            seen = np.zeros_like(bright)
            for x1, y1, x2, y2 in regions_xyxy_px.astype(int):
                seen[y1:y2, x1:x2] = 1
            bright &= seen
        _, _, stats, _ = cv2.connectedComponentsWithStats(bright)
        boxes = [(x, y, x + w, y + h) for x, y, w, h, area in stats[1:] if area > 60]
        count = len(boxes)
        return Detections(
            frame=frame.ref,
            boxes_xyxy_px=np.array(boxes, np.float32).reshape(count, 4),
            scores=np.full(count, 0.9, np.float32),
            class_ids=np.full(count, CLASS_ID[ObjectClass.PERSON], np.int32),
            model=self.model,
        )


def picture(left_px: float | None, seed: int) -> np.ndarray:
    """The street with noise; a block 20 x 50 with its left side there, or none."""
    noise = np.random.default_rng(seed).integers(-4, 5, (HEIGHT, WIDTH, 1))
    street = np.broadcast_to(np.linspace(60, 110, WIDTH)[None, :, None], (HEIGHT, WIDTH, 3)) + noise
    rgb: np.ndarray = street.clip(0, 255).astype(np.uint8)
    if left_px is not None:
        rgb[120:170, int(left_px) : int(left_px) + 20] = 230
    return rgb


def walk(second: float) -> float | None:
    """Where the block is: nowhere for 4 s, then from left to right at 24 px/s, gone after 16 s."""
    return 24.0 * (second - 4) if 4 <= second <= 16 else None


def frames_of(run_id: str, seconds: float, place: Callable[[float], float | None], start_s: float = 0.0) -> list[Frame]:
    """Frames of one run at five a second."""
    made: list[Frame] = []
    for index in range(int(seconds * FPS)):
        at_ns = index * 10**9 // FPS
        ref = FrameRef(
            camera_id="c",
            run_id=run_id,
            index=index,
            media_time_ns=at_ns,
            captured_at=UtcNs(int(start_s * 1e9) + at_ns),
            captured_at_error_ns=0,
            width_px=WIDTH,
            height_px=HEIGHT,
        )
        made.append(Frame(ref=ref, rgb=picture(place(at_ns / 1e9), index)))
    return made


@pytest.fixture
def specs() -> dict[Situation, SituationSpec]:
    return {spec.situation: spec for spec in BUILT_IN}


@pytest.fixture
def right_half() -> AuthorisedRule:
    """Nobody may be in the right half."""
    return zone_rule("right")


def zone_rule(rule_id: str, zone: Zone = RIGHT_HALF, version: int = 1) -> AuthorisedRule:
    rule = Rule(
        rule_id=rule_id,
        version=version,
        camera_id="c",
        situation=Situation.ZONE_ENTERED,
        purpose_id="test",
        classes=(ObjectClass.PERSON,),
        zone=zone,
    )
    return AuthorisedRule(rule=rule, authorisation_id="a1", valid_until=NEVER_ENDS)


@pytest.fixture
def make_rule() -> Callable[..., AuthorisedRule]:
    return zone_rule


@pytest.fixture
def make_frames() -> Callable[..., list[Frame]]:
    return frames_of


@pytest.fixture
def walking() -> list[Frame]:
    """Twenty seconds in which one block walks through."""
    return frames_of("run-1", 20, walk)


@pytest.fixture
def new_detector() -> Callable[[], BlockDetector]:
    return BlockDetector


@pytest.fixture(scope="session")
def walking_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same, as an H.264 file."""
    path = tmp_path_factory.mktemp("film") / "walk.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "ultrafast", "g": "10"}
        for frame in frames_of("x", 20, walk):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame.rgb, format="rgb24")))
        out.mux(stream.encode(None))
    yield path
