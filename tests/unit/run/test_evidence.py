"""Evidence: a still at once, a clip later, and a sentence for what could not be kept."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from beffroi.keep.ring import PacketRing
from beffroi.ports.source import Packet, StreamInfo
from beffroi.ports.vision import Detector
from beffroi.run.evidence import EvidenceWriter
from beffroi.run.eyes import Eyes
from beffroi.run.messages import EvidenceDone, Redaction
from beffroi.run.settings import EvidenceSettings
from beffroi.sense.opening import open_source
from beffroi.vocabulary.camera import StreamKind, StreamSpec
from beffroi.vocabulary.errors import PluginError, SourceError
from beffroi.vocabulary.evidence import PartKind
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.picture import Frame
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs

CLEAR = Redaction(blur=False)


def no_detector() -> Detector:
    """There is none."""
    raise PluginError("no detector here")


BLIND = Eyes(no_detector)

Ring = tuple[PacketRing, StreamInfo, list[Packet]]


@pytest.fixture
def ring(walking_file: Path) -> Ring:
    """All packets of the film, as a camera's buffer."""
    source = open_source(StreamSpec(kind=StreamKind.FILE, url=str(walking_file), pace="fast"), camera_id="c")
    held = PacketRing(max_s=60, max_bytes=10_000_000)
    packets: list[Packet] = []
    try:
        for packet in source.packets():
            held.push(packet, source.info)
            packets.append(packet)
    except SourceError as error:
        assert error.reason == "ended"
    return held, source.info, packets


def event_at(instant: int, event_id: str = "e1") -> Event:
    return Event(
        event_id=event_id,
        camera_id="c",
        run_id="r",
        rule_id="zone",
        rule_version=1,
        situation=Situation.ZONE_ENTERED,
        phase=EventPhase.BEGUN,
        started_at=UtcNs(instant),
        met_at=UtcNs(instant),
        last_held_at=UtcNs(instant),
        media_time_s=0.0,
        track_ids=("t",),
        box_xyxy_px=(10.0, 10.0, 60.0, 90.0),
        width_px=320,
        height_px=240,
        score=0.9,
        model="m@1",
    )


def spanned(ring: Ring) -> Callable[[UtcNs, UtcNs], Any]:
    return lambda start, end: (ring[0].span(start, end), ring[1])


def finals(told: list[EvidenceDone]) -> list[EvidenceDone]:
    return [done for done in told if done.final]


def until(seen: Callable[[], object], within_s: float = 10.0) -> None:
    end = time.monotonic() + within_s
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_still_comes_at_once_and_the_clip_when_its_time_is_over(
    tmp_path: Path, ring: Ring, walking: list[Frame]
) -> None:
    told: list[EvidenceDone] = []
    writer = EvidenceWriter(tmp_path, EvidenceSettings(before_s=3.0, after_s=0.5), told.append, BLIND)
    met_at = ring[2][0].captured_at + 10 * 10**9
    started = time.monotonic()
    writer.begun(event_at(met_at), walking[50], spanned(ring), CLEAR)
    until(lambda: told)
    assert time.monotonic() - started < 1.0
    assert [part.kind for part in told[0].parts] == [PartKind.STILL]
    assert not told[0].final
    until(lambda: finals(told))
    assert time.monotonic() - started >= 0.5
    done = finals(told)[0]
    assert done.error == ""
    assert [part.kind for part in done.parts] == [PartKind.STILL, PartKind.CLIP]
    for part in done.parts:
        content = (tmp_path / part.path).read_bytes()
        assert len(content) == part.bytes
        assert hashlib.sha256(content).hexdigest() == part.sha256
    assert met_at - done.from_at >= 3 * 10**9
    still = cv2.imread(str(tmp_path / done.parts[0].path))
    assert still is not None
    shown = still[:, :, ::-1].astype(int)
    changed = np.abs(shown - walking[50].rgb.astype(int)).max(axis=2) > 90
    near_edge = np.zeros_like(changed)
    near_edge[6:95, 6:65] = True
    near_edge[14:87, 14:57] = False
    assert changed[near_edge].any(), "the box is drawn"
    assert not changed[~near_edge].any(), "and no word with it, that would be in one language for all readers"
    with av.open(str(tmp_path / done.parts[1].path)) as clip:
        assert sum(1 for _ in clip.decode(video=0)) >= 15
    writer.close(5.0)


def test_a_camera_that_gave_no_video_is_told_and_the_still_is_kept(tmp_path: Path, walking: list[Frame]) -> None:
    told: list[EvidenceDone] = []
    writer = EvidenceWriter(tmp_path, EvidenceSettings(after_s=60.0), told.append, BLIND)
    writer.begun(event_at(10**18), walking[50], lambda start, end: ((), None), CLEAR)
    until(lambda: told)
    writer.hurry("c")
    until(lambda: finals(told), within_s=2.0)
    assert "no video" in finals(told)[0].error
    assert [part.kind for part in finals(told)[0].parts] == [PartKind.STILL]
    writer.close(5.0)


def test_what_is_pending_is_written_when_the_worker_stops(tmp_path: Path, ring: Ring, walking: list[Frame]) -> None:
    told: list[EvidenceDone] = []
    writer = EvidenceWriter(tmp_path, EvidenceSettings(after_s=60.0), told.append, BLIND)
    for number in range(3):
        event = event_at(ring[2][0].captured_at + (8 + number) * 10**9, f"e{number}")
        writer.begun(event, walking[50], spanned(ring), CLEAR)
    writer.close(10.0)
    assert sorted(done.event_id for done in finals(told)) == ["e0", "e1", "e2"]
    assert all(len(done.parts) == 2 and not done.error for done in finals(told))


def test_a_folder_that_cannot_be_written_is_told_and_remembered_until_it_can(
    tmp_path: Path, ring: Ring, walking: list[Frame]
) -> None:
    told: list[EvidenceDone] = []
    (tmp_path / "evidence").write_text("a file where the folder should be")
    writer = EvidenceWriter(tmp_path, EvidenceSettings(after_s=60.0), told.append, BLIND)
    met_at = ring[2][0].captured_at + 10 * 10**9
    writer.begun(event_at(met_at), walking[50], spanned(ring), CLEAR)
    writer.hurry("c")
    until(lambda: finals(told))
    assert finals(told)[0].error
    assert finals(told)[0].parts == ()
    assert writer.full
    (tmp_path / "evidence").unlink()
    writer.begun(event_at(met_at, "e2"), walking[50], spanned(ring), CLEAR)
    writer.close(10.0)
    assert finals(told)[1].error == ""
    assert writer.full == ""


def test_an_event_without_a_frame_has_no_still(tmp_path: Path, ring: Ring) -> None:
    told: list[EvidenceDone] = []
    writer = EvidenceWriter(tmp_path, EvidenceSettings(after_s=60.0), told.append, BLIND)
    writer.begun(event_at(ring[2][0].captured_at + 10 * 10**9), None, spanned(ring), CLEAR)
    writer.close(10.0)
    assert [part.kind for part in told[0].parts] == [PartKind.CLIP]
