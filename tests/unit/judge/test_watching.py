from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from beffroi.judge.situations import BUILT_IN
from beffroi.judge.situations.zone_entered import SPEC, ZoneEnteredWatch
from beffroi.judge.watching import WatchedRule, Watcher
from beffroi.ports.situation import Moment
from beffroi.testing.scenes import Impairment, Scene, person, play
from beffroi.testing.situations import check_episodes
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Rule, Schedule, Situation, Weekly, Zone
from beffroi.vocabulary.time import UtcNs, utc_ns

SPECS = {spec.situation: spec for spec in BUILT_IN}
RULE = Rule(
    rule_id="lawn",
    version=1,
    camera_id="cam-1",
    situation=Situation.ZONE_ENTERED,
    purpose_id="p",
    zone=Zone(points=((0.2, 0.2), (0.8, 0.2), (0.8, 1.0), (0.2, 1.0))),
)
EYE = Rule(rule_id="eye", version=1, camera_id="cam-1", situation=Situation.CAMERA_IMPAIRED, purpose_id="p")
SCENE = Scene(
    duration_s=60,
    actors=(person("a", (0, 320, 300), (60, 320, 300)),),
    impairments=(Impairment(cause="masked", span=(20, 50)),),
)
FOR_EVER = UtcNs(2**62)


def watcher(*rules: Rule, until: UtcNs = FOR_EVER, specs: Mapping[Situation, object] = SPECS) -> Watcher:
    watched = [WatchedRule(rule=rule, valid_until=until) for rule in rules]
    return Watcher(watched, specs, model="m@1")  # type: ignore[arg-type]


def told(watch: Watcher, scene: Scene = SCENE) -> list[Event]:
    events: list[Event] = []
    now = scene.starts_at
    for moment in play(scene, 5):
        events += watch.step(moment)
        now = moment.now
    events += watch.finish(now)
    check_episodes(events)
    return events


def test_each_rule_gets_its_moments() -> None:
    begun = [e.rule_id for e in told(watcher(RULE, EYE)) if e.phase is EventPhase.BEGUN]
    assert begun == ["lawn", "eye"]


def test_counters_are_named_after_their_rule() -> None:
    watch = watcher(RULE, EYE)
    for moment in play(Scene(duration_s=3, actors=SCENE.actors), 5):
        watch.step(moment)
    assert watch.counters == {"lawn.inside": 1.0, "lawn.entries": 1.0, "eye.impaired": 0.0}


def test_the_end_of_the_authorisation_stops_it_at_once() -> None:
    watch = watcher(RULE, until=SCENE.at(30))
    events = told(watch)
    assert events[-1].phase is EventPhase.ENDED
    assert events[-1].last_held_at < SCENE.at(30)
    assert watch.expired == ("lawn",)
    assert watch.watched == ()
    assert watch.counters == {}
    assert watch.finish(SCENE.at(60)) == []


def test_an_authorisation_over_before_it_began_watches_nothing() -> None:
    assert told(watcher(RULE, until=SCENE.starts_at)) == []


def test_a_clock_that_goes_back_does_not_revive_it() -> None:
    watch = watcher(RULE, until=SCENE.at(30))
    moments = list(play(SCENE, 5))
    watch.step(moments[200])
    assert [event for moment in moments[:100] for event in watch.step(moment)] == []


def test_leaving_the_schedule_ends_episodes_and_coming_back_begins_anew() -> None:
    start = utc_ns(datetime(2026, 1, 5, 21, 59, 30, tzinfo=UTC))  # 22:59:30 in Paris, a Monday
    scene = replace(SCENE, starts_at=start)
    night = Schedule(spans=(Weekly(from_minute=23 * 60, to_minute=6 * 60),))
    events = told(watcher(replace(RULE, schedule=night)), scene)
    assert events[0].started_at == scene.at(30)
    day = Schedule(spans=(Weekly(from_minute=6 * 60, to_minute=23 * 60),))
    events = told(watcher(replace(RULE, schedule=day)), scene)
    assert events[-1].phase is EventPhase.ENDED
    assert events[-1].last_held_at < scene.at(30)


def test_a_disabled_rule_is_not_watched() -> None:
    watch = watcher(replace(RULE, enabled=False))
    assert told(watch) == []
    assert watch.failures == ()


def test_a_bad_rule_is_named_and_the_others_run() -> None:
    watch = watcher(replace(RULE, rule_id="bad", params={"min_stay": 1.0}), RULE)
    assert len([e for e in told(watch) if e.phase is EventPhase.BEGUN]) == 1
    (failure,) = watch.failures
    assert failure.rule_id == "bad"
    assert "min_stay_s" in failure.cause


def test_a_class_that_the_situation_cannot_watch_is_named() -> None:
    watch = watcher(replace(RULE, classes=(ObjectClass.OBJECT,)))
    assert "does not watch object" in watch.failures[0].cause


def test_a_situation_without_plug_in_is_named() -> None:
    watch = watcher(replace(EYE, situation=Situation.FIRE_SMOKE))
    assert "fire_smoke" in watch.failures[0].cause


class Fragile(ZoneEnteredWatch):
    """Breaks down at the hundredth frame."""

    def __init__(self, rule: Rule, *, model: str) -> None:
        super().__init__(rule, model=model)
        self.frames = 0

    def step(self, moment: Moment) -> Sequence[Event]:
        self.frames += 1
        if self.frames == 100:
            raise ZeroDivisionError("the hundredth frame")
        return super().step(moment)


def test_a_rule_that_breaks_down_is_named_ends_and_stands_alone() -> None:
    specs = {**SPECS, Situation.ZONE_ENTERED: replace(SPEC, factory=Fragile)}
    watch = watcher(RULE, EYE, specs=specs)
    events = told(watch)
    assert [e.phase for e in events if e.rule_id == "lawn"][-1] is EventPhase.ENDED
    assert any(e.rule_id == "eye" for e in events)
    (failure,) = watch.failures
    assert (failure.rule_id, failure.cause) == ("lawn", "ZeroDivisionError: the hundredth frame")
    assert watch.watched == ("eye",)


class Hopeless(Fragile):
    """Cannot even end."""

    def finish(self, now: UtcNs) -> Sequence[Event]:
        if self.frames >= 100:
            raise RuntimeError("nor can it end")
        return super().finish(now)

    @property
    def counters(self) -> Mapping[str, float]:
        raise RuntimeError("nor count")


def test_a_rule_that_cannot_even_end_is_still_alone() -> None:
    specs = {**SPECS, Situation.ZONE_ENTERED: replace(SPEC, factory=Hopeless)}
    watch = watcher(RULE, EYE, specs=specs)
    for moment in play(SCENE, 5):
        watch.step(moment)
    assert watch.watched == ("eye",)
    other = watcher(RULE, EYE, specs=specs)
    assert other.counters == {"eye.impaired": 0.0}
    assert "nor count" in other.failures[0].cause


def test_signals_tell_what_need_not_be_computed() -> None:
    assert watcher(RULE).signals == {"tracks"}
    assert watcher(EYE).signals == {"health", "status"}
    watch = watcher(RULE, until=SCENE.at(10))
    assert watch.wants("tracks", SCENE.at(9))
    assert not watch.wants("tracks", SCENE.at(10))
    assert not watch.wants("health", SCENE.at(9))
