from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from beffroi.judge.situations.camera_impaired import CAUSES, CameraImpairedWatch
from beffroi.ports.situation import Moment
from beffroi.testing.scenes import Impairment, Scene, play
from beffroi.vocabulary.camera import CameraReason, CameraStatus, WatchState
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.rules import Rule, Situation

RULE = Rule(rule_id="eye", version=1, camera_id="cam-1", situation=Situation.CAMERA_IMPAIRED, purpose_id="p")
Judge = Callable[..., list[Event]]
Seconds = Callable[[Scene, int], float]
SEEN = tuple(cause for cause in CAUSES if cause != "lost")


def ill(cause: str, start_s: float, end_s: float, duration_s: float = 90.0) -> Scene:
    return Scene(duration_s=duration_s, impairments=(Impairment(cause=cause, span=(start_s, end_s)),))


@pytest.mark.parametrize("cause", SEEN)
def test_each_cause_is_told_once_with_its_name(judge: Judge, seconds: Seconds, cause: str) -> None:
    scene = ill(cause, 30, 60)
    (begun,) = judge(RULE, scene)
    assert begun.facts["cause"] == cause
    assert seconds(scene, begun.started_at) == pytest.approx(30.0, abs=0.3)
    assert begun.box_xyxy_px is None
    (ended,) = judge(RULE, scene, phase=EventPhase.ENDED)
    assert seconds(scene, ended.last_held_at) == pytest.approx(60.0, abs=0.5)


@pytest.mark.parametrize("cause", SEEN)
def test_near_miss_for_a_moment_only(judge: Judge, cause: str) -> None:
    assert judge(RULE, ill(cause, 30, 32.5)) == []


def test_near_miss_a_sound_camera(judge: Judge) -> None:
    assert judge(RULE, Scene(duration_s=120)) == []


def test_near_miss_blurred_from_the_start_cannot_be_known(judge: Judge) -> None:
    assert judge(RULE, ill("blurred", 0, 40)) == []


def test_the_hold_time_is_each_cause_s_own(judge: Judge) -> None:
    patient = replace(RULE, params={"masked_s": 40.0})
    assert judge(patient, ill("masked", 30, 60)) == []
    assert len(judge(patient, ill("black", 30, 60))) == 1


def test_two_causes_one_after_the_other_are_two_episodes(judge: Judge) -> None:
    both = (Impairment(cause="masked", span=(30, 45)), Impairment(cause="moved", span=(45, 70)))
    begun = judge(RULE, Scene(duration_s=90, impairments=both))
    assert [event.facts["cause"] for event in begun] == ["masked", "moved"]


def test_flicker_is_one_episode(judge: Judge) -> None:
    spells = tuple(Impairment(cause="masked", span=(30 + 4.0 * i, 33 + 4.0 * i)) for i in range(8))
    assert len(judge(RULE, Scene(duration_s=90, impairments=spells))) == 1


def test_a_lost_camera(judge: Judge, seconds: Seconds) -> None:
    scene = Scene(duration_s=40, drops=((10, 25),))
    (begun,) = judge(RULE, scene)
    assert begun.facts["cause"] == "lost"
    assert 14.9 <= seconds(scene, begun.met_at) <= 16.1
    assert len(judge(RULE, scene, phase=EventPhase.ENDED)) == 1


def test_near_miss_a_short_drop(judge: Judge) -> None:
    assert judge(RULE, Scene(duration_s=40, drops=((10, 13),))) == []


def test_masked_and_then_lost_does_not_unmask(judge: Judge) -> None:
    scene = Scene(duration_s=90, impairments=(Impairment(cause="masked", span=(20, 80)),), drops=((40, 60),))
    assert [event.facts["cause"] for event in judge(RULE, scene)] == ["masked", "lost"]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (CameraReason.REFUSED, 1),
        (CameraReason.FROZEN, 1),
        (CameraReason.UNREADABLE, 1),
        (CameraReason.DISABLED, 0),
        (CameraReason.NO_AUTHORISATION, 0),
        (CameraReason.ENDED, 0),
        (CameraReason.STARTING, 0),
    ],
)
def test_only_faults_of_camera_or_line_are_impairments(reason: CameraReason, told: int) -> None:
    scene = Scene(duration_s=2)
    watch = CameraImpairedWatch(RULE, model="test@1")
    events = [event for moment in play(scene, 5) for event in watch.step(moment)]
    status = CameraStatus(camera_id="cam-1", state=WatchState.NOT_WATCHED, reason=reason, since=scene.at(2))
    events += watch.step(Moment(now=scene.at(3), frame=None, status=status))
    # The state is told once; afterwards time alone goes on.
    events += [e for t in range(4, 12) for e in watch.step(Moment(now=scene.at(t), frame=None))]
    assert sum(event.phase is EventPhase.BEGUN for event in events) == told
