"""Worker messages reach the store in order, and none is lost to a disk that refuses for a while."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from beffroi.app.intake import Intake
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.run.messages import CountersNow, EventSeen, EvidenceDone, StatusChanged
from beffroi.testing.town import ADMINISTRATOR, OPERATOR, Town
from beffroi.vocabulary.camera import CameraReason, CameraStatus, WatchState
from beffroi.vocabulary.judgement import EvidenceState
from beffroi.vocabulary.rules import Rule


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.doors.close()


@pytest.fixture
def intake(town: Town) -> Iterator[Intake]:
    made = Intake(town.doors)
    yield made
    made.stop(1.0)


@contextmanager
def full_disk(town: Town) -> Iterator[None]:
    """Files of this process may not grow beyond the store's: what the store sees is a disk without room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((town.folder / "beffroi.db-wal").stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def until(what: Callable[[], Any], within_s: float = 10.0) -> Any:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not come")


def status(reason: CameraReason, town: Town) -> CameraStatus:
    return CameraStatus(camera_id="mairie", state=WatchState.NOT_WATCHED, reason=reason, since=town.clock.now)


def shown(town: Town) -> int:
    queue = town.doors.alerts.queue(OPERATOR)
    return queue.shown_total + queue.held_total


def test_events_evidence_and_states_are_kept(town: Town, intake: Intake) -> None:
    rule = town.settle()
    intake.start()
    intake.take(EventSeen(event=town.event(rule, event_id="one")))
    parts = (town.footage("one"),)
    now = town.clock.now
    intake.take(EvidenceDone(event_id="one", camera_id="mairie", parts=parts, from_at=now, to_at=now))
    intake.take(StatusChanged(status=status(CameraReason.LOST, town)))
    intake.stop()
    alert = town.doors.alerts.queue(OPERATOR).shown[0].alert
    assert alert.evidence_state is EvidenceState.READY
    assert town.doors.cameras.statuses(OPERATOR)["mairie"].reason is CameraReason.LOST


def test_a_full_disk_makes_it_wait_not_forget(town: Town, intake: Intake) -> None:
    rule = town.settle()
    intake.start()
    with full_disk(town):
        for number in range(5):
            intake.take(EventSeen(event=town.event(rule, event_id=f"event-{number}")))
        intake.take(StatusChanged(status=status(CameraReason.DISK_FULL, town)))
        until(lambda: intake.failing)
        time.sleep(0.3)
        assert intake.behind == 5, "one is being tried, five wait"
        assert shown(town) == 0
    until(lambda: shown(town) == 5)
    until(lambda: town.doors.cameras.statuses(OPERATOR).get("mairie"))
    assert intake.failing == ""


def test_only_the_newest_state_of_a_camera_is_written(town: Town, intake: Intake) -> None:
    town.settle()
    for _ in range(1000):
        intake.take(StatusChanged(status=status(CameraReason.LOST, town)))
        intake.take(StatusChanged(status=status(CameraReason.STARTING, town)))
    assert intake.behind == 1
    intake.start()
    intake.stop()
    assert town.doors.cameras.statuses(OPERATOR)["mairie"].reason is CameraReason.STARTING
    topics = [row.topic for row in town.doors.outbox.for_actor(OPERATOR, 0)]
    assert topics.count("camera.state") == 1


def test_a_message_that_can_never_be_kept_holds_up_none_behind_it(town: Town, intake: Intake) -> None:
    rule = town.settle()
    lost = Rule(rule_id="gone", version=1, camera_id="mairie", situation=rule.situation, purpose_id="safety")
    intake.start()
    intake.take(EventSeen(event=town.event(lost)))
    intake.take(
        EvidenceDone(event_id="nobody", camera_id="mairie", parts=(), from_at=town.clock.now, to_at=town.clock.now)
    )
    intake.take(EventSeen(event=town.event(rule)))
    intake.stop()
    assert shown(town) == 1


def test_counters_are_kept_when_told(town: Town, intake: Intake) -> None:
    town.settle()
    intake.take(CountersNow(camera_id="mairie", counters={"lawn.inside": 1.0}))
    intake.take(CountersNow(camera_id="mairie", counters={"lawn.inside": 2.0}))
    assert town.doors.cameras.counters(ADMINISTRATOR, "mairie") == {}
    intake.keep_counters()
    assert town.doors.cameras.counters(LOCAL_ADMINISTRATOR, "mairie") == {"lawn.inside": 2.0}
