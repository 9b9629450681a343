"""One camera's analysis: the same class for live, files and evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from beffroi.ports.situation import SituationSpec
from beffroi.run.messages import AuthorisedRule
from beffroi.run.pipeline import STAGES, CameraPipeline, build_pipeline
from beffroi.run.settings import AnalysisSettings
from beffroi.vocabulary.camera import CameraReason, CameraStatus, WatchState
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.picture import Frame
from beffroi.vocabulary.rules import Rule, Situation
from beffroi.vocabulary.time import UtcNs

Specs = dict[Situation, SituationSpec]


def built(rules: Sequence[AuthorisedRule], detector: Any, specs: Specs) -> CameraPipeline:
    return build_pipeline("c", rules, detector, specs, AnalysisSettings())


def health_rule(make_rule: Callable[..., AuthorisedRule]) -> AuthorisedRule:
    rule = Rule(rule_id="health", version=1, camera_id="c", situation=Situation.CAMERA_IMPAIRED, purpose_id="test")
    return AuthorisedRule(rule=rule, authorisation_id="a1", valid_until=make_rule("x").valid_until)


def phases(events: Sequence[Event]) -> list[EventPhase]:
    return [event.phase for event in events if event.phase is not EventPhase.UPDATED]


def test_someone_walking_into_a_zone_is_told_once(
    walking: list[Frame], right_half: AuthorisedRule, new_detector: Any, specs: Specs
) -> None:
    pipeline = built([right_half], new_detector(), specs)
    events = [event for frame in walking for event in pipeline.step(frame).events]
    assert phases(events) == [EventPhase.BEGUN, EventPhase.ENDED]
    assert events[0].model == "blocks@1"
    assert 8 <= events[0].media_time_s <= 12
    assert events[0].width_px == walking[0].ref.width_px


def test_the_detector_rests_while_nothing_moves(
    walking: list[Frame], right_half: AuthorisedRule, new_detector: Any, specs: Specs
) -> None:
    detector = new_detector()
    pipeline = built([right_half], detector, specs)
    results = [pipeline.step(frame) for frame in walking]
    still = [r for r in results if 2e9 < r.frame.ref.media_time_ns < 3.8e9]
    moving = [r for r in results if 5e9 < r.frame.ref.media_time_ns < 15e9]
    assert sum(r.detections is not None for r in still) <= 2
    assert all(r.detections is not None for r in moving)
    assert detector.asked == sum(r.detections is not None for r in results)
    assert all(set(r.stage_ns) == set(STAGES) for r in results)


def test_strokes_apart_give_what_steps_give(
    walking: list[Frame], right_half: AuthorisedRule, new_detector: Any, specs: Specs
) -> None:
    whole = built([right_half], new_detector(), specs)
    apart = built([right_half], new_detector(), specs)
    looked = [apart.look(frame) for frame in walking]
    seen = {n: apart.detect(one) for n, one in reversed(list(enumerate(looked))) if one.moves}
    for number, frame in enumerate(walking):
        expected, found = whole.step(frame), apart.conclude(looked[number], seen.get(number))
        assert expected.tracks is not None and found.tracks is not None
        assert [s.box_xyxy_px for s in expected.tracks.states] == [s.box_xyxy_px for s in found.tracks.states]
        assert [(e.phase, e.met_at) for e in expected.events] == [(e.phase, e.met_at) for e in found.events]


def test_a_new_run_ends_what_was_open_and_bridges_nothing(
    make_frames: Any, right_half: AuthorisedRule, new_detector: Any, specs: Specs
) -> None:
    pipeline = built([right_half], new_detector(), specs)
    inside = lambda second: 150.0 + 5 * second  # noqa: E731
    first = [pipeline.step(frame) for frame in make_frames("run-1", 4, inside)]
    assert phases([e for r in first for e in r.events]) == [EventPhase.BEGUN]
    second = [pipeline.step(frame) for frame in make_frames("run-2", 4, inside, start_s=100)]
    assert second[0].events[0].phase is EventPhase.ENDED
    assert second[0].events[0].run_id == "run-1"
    before = {s.track_id for r in first if r.tracks for s in r.tracks.states}
    after = {s.track_id for r in second if r.tracks for s in r.tracks.states}
    assert before and after and not before & after


def test_a_rule_that_changes_leaves_the_others_alone(
    make_frames: Any, make_rule: Any, new_detector: Any, specs: Specs
) -> None:
    kept, changed = make_rule("kept"), make_rule("changed")
    pipeline = built([kept, changed], new_detector(), specs)
    inside = lambda second: 150.0 + 5 * second  # noqa: E731
    frames = make_frames("run-1", 8, inside)
    begun = [e for frame in frames[:20] for e in pipeline.step(frame).events]
    assert sorted(e.rule_id for e in begun if e.phase is EventPhase.BEGUN) == ["changed", "kept"]
    ended = pipeline.change_rules([kept, make_rule("changed", version=2)], frames[20].ref.captured_at)
    assert [(e.rule_id, e.phase) for e in ended] == [("changed", EventPhase.ENDED)]
    later = [e for frame in frames[20:] for e in pipeline.step(frame).events if e.phase is not EventPhase.UPDATED]
    assert {e.rule_id for e in later} == {"changed"}
    assert {e.rule_version for e in later} == {2}


def test_finish_ends_everything(make_frames: Any, right_half: AuthorisedRule, new_detector: Any, specs: Specs) -> None:
    pipeline = built([right_half], new_detector(), specs)
    for frame in make_frames("run-1", 4, lambda second: 150.0 + 5 * second):
        pipeline.step(frame)
    assert phases(pipeline.finish(UtcNs(4 * 10**9))) == [EventPhase.ENDED]
    assert pipeline.finish(UtcNs(5 * 10**9)) == []


def test_a_camera_that_is_only_checked_for_health_is_not_searched_for_people(
    walking: list[Frame], make_rule: Any, new_detector: Any, specs: Specs
) -> None:
    detector = new_detector()
    pipeline = built([health_rule(make_rule)], detector, specs)
    results = [pipeline.step(frame) for frame in walking]
    assert detector.asked == 0
    assert all(r.tracks is None and r.motion is None for r in results)
    assert any(r.health is not None for r in results)


def test_a_lost_camera_is_an_event_of_its_health_rule(make_rule: Any, new_detector: Any, specs: Specs) -> None:
    pipeline = built([health_rule(make_rule)], new_detector(), specs)
    lost = CameraStatus(camera_id="c", state=WatchState.NOT_WATCHED, reason=CameraReason.LOST, since=UtcNs(10**9))
    told = [pipeline.tell(lost, UtcNs(second * 10**9)) for second in range(1, 12)]
    assert phases([e for events in told for e in events]) == [EventPhase.BEGUN]


def test_a_rule_that_cannot_be_watched_is_named_and_the_others_go_on(
    walking: list[Frame], right_half: AuthorisedRule, new_detector: Any, specs: Specs
) -> None:
    unknown = Rule(rule_id="fire", version=1, camera_id="c", situation=Situation.FIRE_SMOKE, purpose_id="test")
    foreign = AuthorisedRule(rule=unknown, authorisation_id="a1", valid_until=right_half.valid_until)
    pipeline = built([foreign, right_half], new_detector(), specs)
    assert [failure.rule_id for failure in pipeline.failures] == ["fire"]
    assert pipeline.watched == ("right",)
    events = [event for frame in walking for event in pipeline.step(frame).events]
    assert phases(events) == [EventPhase.BEGUN, EventPhase.ENDED]
