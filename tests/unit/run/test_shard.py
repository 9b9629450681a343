"""A shard's cameras: each lives by itself, whatever another does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from beffroi.ports.registry import API_VERSION
from beffroi.ports.situation import Moment, SituationNeeds, SituationSpec
from beffroi.run.evidence import EvidenceWriter
from beffroi.run.eyes import Eyes
from beffroi.run.messages import AuthorisedRule, CameraOrder, CountersNow, EventSeen, StatusChanged, WorkerMessage
from beffroi.run.settings import EvidenceSettings, RunSettings
from beffroi.run.shard import Shard, ShardParts
from beffroi.vocabulary.camera import Camera, CameraReason, StreamKind, StreamSpec, WatchState
from beffroi.vocabulary.errors import ModelCardError
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.rules import Rule, Situation
from beffroi.vocabulary.time import UtcNs

Specs = dict[Situation, SituationSpec]


class BrokenWatch:
    """A foreign situation with a fault."""

    counters: dict[str, float] = {}  # noqa: RUF012

    def step(self, moment: Moment) -> Sequence[Event]:
        raise RuntimeError("foreign code broke")

    def finish(self, now: UtcNs) -> Sequence[Event]:
        return ()


def broken_spec() -> SituationSpec:
    def make(rule: Rule, *, model: str) -> BrokenWatch:
        return BrokenWatch()

    return SituationSpec(
        situation=Situation.FIRE_SMOKE,
        api_version=API_VERSION,
        factory=make,
        needs=SituationNeeds(signals=frozenset({"tracks"})),
    )


@dataclass
class Running:
    """A shard at work and what it said."""

    shard: Shard
    said: list[WorkerMessage] = field(default_factory=list)

    def state(self, camera_id: str) -> tuple[WatchState, CameraReason] | None:
        found = [m.status for m in self.said if isinstance(m, StatusChanged) and m.status.camera_id == camera_id]
        return (found[-1].state, found[-1].reason) if found else None

    def detail(self, camera_id: str) -> str:
        found = [m.status.detail for m in self.said if isinstance(m, StatusChanged) and m.status.camera_id == camera_id]
        return found[-1] if found else ""

    def analysed(self, camera_id: str) -> float:
        found = [m.figures for m in self.said if isinstance(m, CountersNow) and m.camera_id == camera_id]
        return found[-1]["analysed"] if found else 0.0

    def until(self, seen: Callable[[], object], what: str, within_s: float = 15.0) -> None:
        end = time.monotonic() + within_s
        while not seen():
            assert time.monotonic() < end, (
                f"{what} not seen; said {[m for m in self.said if isinstance(m, StatusChanged)]}"
            )
            time.sleep(0.02)


@pytest.fixture
def start(tmp_path: Path, specs: Specs, new_detector: Any) -> Iterator[Callable[..., Running]]:
    """Start shards; they end with the test."""
    running: list[tuple[Running, EvidenceWriter]] = []

    def begin(detector: Any = None, more: Specs | None = None, opener: Any = None) -> Running:
        settings = RunSettings(data_dir=str(tmp_path), beat_s=0.1, evidence=EvidenceSettings(before_s=1.0, after_s=0.5))
        said: list[WorkerMessage] = []
        evidence = EvidenceWriter(tmp_path, settings.evidence, said.append, Eyes(new_detector))
        chosen = detector or new_detector()
        parts = ShardParts(
            settings=settings,
            specs=specs | (more or {}),
            open_detector=opener or (lambda: chosen),
            evidence=evidence,
            send=said.append,
            on_analysed=lambda camera_id, result: None,
            on_gone=lambda camera_id: None,
        )
        made = Running(Shard(parts), said)
        running.append((made, evidence))
        made.shard.start()
        return made

    yield begin
    for made, evidence in running:
        made.shard.stop(5.0)
        evidence.close(5.0)


def order(camera_id: str, path: Path, *rules: AuthorisedRule, loop: bool = True) -> CameraOrder:
    stream = StreamSpec(kind=StreamKind.FILE, url=str(path), loop=loop)
    mine = tuple(replace(r, rule=replace(r.rule, camera_id=camera_id)) for r in rules)
    return CameraOrder(camera=Camera(camera_id=camera_id, name=camera_id, main=stream), rules=mine)


def test_a_situation_that_breaks_is_named_and_only_that_rule_stops(
    start: Any, walking_file: Path, right_half: AuthorisedRule
) -> None:
    running = start(more={Situation.FIRE_SMOKE: broken_spec()})
    bad = replace(right_half, rule=replace(right_half.rule, rule_id="fire", situation=Situation.FIRE_SMOKE, zone=None))
    running.shard.order(order("both", walking_file, right_half, bad))
    running.shard.order(order("only", walking_file, bad))
    running.shard.order(order("good", walking_file, right_half))
    running.until(lambda: running.state("both") == (WatchState.DEGRADED, CameraReason.PLUGIN_FAILED), "degraded")
    running.until(lambda: running.state("only") == (WatchState.NOT_WATCHED, CameraReason.PLUGIN_FAILED), "blind")
    running.until(lambda: running.state("good") == (WatchState.WATCHED, CameraReason.NONE), "good")
    before = running.analysed("both")
    running.until(lambda: running.analysed("both") > before + 3, "the other rule going on")
    assert "rule fire" in running.detail("both"), "which rule broke is not told"
    assert "rule fire" in running.detail("only")
    assert running.detail("good") == ""


def test_a_detector_that_breaks_on_one_camera_leaves_the_others(
    start: Any, walking_file: Path, right_half: AuthorisedRule, new_detector: Any
) -> None:
    detector = new_detector()
    see = detector.detect

    def break_on_bad(frame: Any, regions_xyxy_px: Any = None) -> Any:
        if frame.ref.camera_id == "bad":
            raise ValueError("a picture that breaks the net")
        return see(frame, regions_xyxy_px)

    detector.detect = break_on_bad
    running = start(detector)
    running.shard.order(order("bad", walking_file, right_half))
    running.shard.order(order("good", walking_file, right_half))
    running.until(lambda: running.state("bad") == (WatchState.NOT_WATCHED, CameraReason.PLUGIN_FAILED), "the bad one")
    running.until(lambda: running.state("good") == (WatchState.WATCHED, CameraReason.NONE), "the good one")
    running.until(lambda: running.analysed("good") > 5, "the good one's frames")
    assert "ValueError" in running.detail("bad")
    assert "a picture that breaks the net" not in running.detail("bad"), "foreign words are for the log"


def test_a_detector_that_breaks_when_a_camera_begins_is_named_and_the_analysis_goes_on(
    start: Any, walking_file: Path, right_half: AuthorisedRule, new_detector: Any
) -> None:
    class Nameless:
        def __init__(self, inner: Any) -> None:
            self._inner, self.asked = inner, 0

        def __getattr__(self, name: str) -> Any:
            if name == "model":
                self.asked += 1
                if self.asked == 1:
                    raise KeyError("the foreign detector lost its name")
            return getattr(self._inner, name)

    running = start(Nameless(new_detector()))
    running.shard.order(order("first", walking_file, right_half))
    running.until(lambda: running.state("first") == (WatchState.NOT_WATCHED, CameraReason.PLUGIN_FAILED), "its fault")
    assert "KeyError" in running.detail("first")
    running.shard.order(order("second", walking_file, right_half))
    running.until(lambda: running.state("second") == (WatchState.WATCHED, CameraReason.NONE), "the other camera")
    running.until(lambda: running.state("first") == (WatchState.WATCHED, CameraReason.NONE), "the second try")


def test_a_model_that_cannot_be_opened_blinds_its_cameras_by_name(
    start: Any, walking_file: Path, right_half: AuthorisedRule
) -> None:
    def refuse() -> Any:
        raise ModelCardError("these are not the weights of the card")

    running = start(opener=refuse)
    running.shard.order(order("c", walking_file, right_half))
    running.until(lambda: running.state("c") == (WatchState.NOT_WATCHED, CameraReason.MODEL_MISSING), "model missing")
    life = running.shard.life("c")
    assert life is not None
    assert life.still().startswith(b"\xff\xd8"), "it can still be seen"


def test_a_file_that_ends_is_ended_not_lost(start: Any, walking_file: Path, right_half: AuthorisedRule) -> None:
    running = start()
    once = order("c", walking_file, right_half, loop=False)
    spec = replace(once.camera.main, pace="fast")
    running.shard.order(replace(once, camera=replace(once.camera, main=spec)))
    running.until(lambda: running.state("c") == (WatchState.NOT_WATCHED, CameraReason.ENDED), "the end")
    said = {m.status.reason for m in running.said if isinstance(m, StatusChanged)}
    assert not said & {CameraReason.LOST, CameraReason.FROZEN, CameraReason.UNREADABLE}


def test_a_disabled_camera_is_not_opened(start: Any, walking_file: Path, right_half: AuthorisedRule) -> None:
    running = start()
    off = order("c", walking_file, right_half)
    running.shard.order(replace(off, camera=replace(off.camera, enabled=False)))
    running.until(lambda: running.state("c") == (WatchState.NOT_WATCHED, CameraReason.DISABLED), "disabled")
    life = running.shard.life("c")
    assert life is not None
    assert life.main.packets_seen == 0


def test_a_camera_without_authorisation_is_read_but_never_analysed(
    start: Any, walking_file: Path, right_half: AuthorisedRule, new_detector: Any
) -> None:
    detector = new_detector()
    running = start(detector)
    running.shard.order(order("none", walking_file, replace(right_half, authorisation_id="")))
    running.shard.order(order("old", walking_file, replace(right_half, valid_until=UtcNs(time.time_ns() - 1))))
    for camera_id in ("none", "old"):
        running.until(
            lambda camera_id=camera_id: (
                running.state(camera_id) == (WatchState.NOT_WATCHED, CameraReason.NO_AUTHORISATION)
            ),
            camera_id,
        )
    time.sleep(1.0)
    assert detector.asked == 0
    assert running.analysed("none") == running.analysed("old") == 0


def test_episodes_end_when_the_shard_stops(start: Any, walking_file: Path, make_rule: Any) -> None:
    from beffroi.vocabulary.rules import Zone

    everywhere = Zone(points=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
    running = start()
    running.shard.order(order("c", walking_file, make_rule("all", everywhere)))

    def phases() -> list[EventPhase]:
        told = [m.event.phase for m in running.said if isinstance(m, EventSeen)]
        return [phase for phase in told if phase is not EventPhase.UPDATED]

    running.until(lambda: phases()[-1:] == [EventPhase.BEGUN], "somebody")
    running.shard.stop(5.0)
    assert phases()[-1] is EventPhase.ENDED
