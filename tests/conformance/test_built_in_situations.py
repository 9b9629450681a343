"""Our own situations pass the kit that we hand to others, and the kit finds what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from beffroi.judge.situations import BUILT_IN
from beffroi.judge.situations.zone_entered import SPEC, ZoneEnteredWatch
from beffroi.ports.registry import Registry
from beffroi.ports.situation import Moment, ParamSpec, SituationSpec, SituationWatch
from beffroi.testing.situations import ConformanceError, check_episodes, check_situation, plain_rule
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.rules import Rule
from beffroi.vocabulary.time import UtcNs


@pytest.mark.parametrize("spec", BUILT_IN, ids=lambda spec: str(spec.situation))
def test_built_in_situation_keeps_its_contract(spec: SituationSpec) -> None:
    told = check_situation(spec)
    assert any(event.phase is EventPhase.BEGUN for event in told), "the stock scenes show every built-in situation"


def test_built_in_situations_register_like_foreign_ones() -> None:
    registry = Registry()
    for spec in BUILT_IN:
        registry.add("situations", spec.situation.value, spec)
    assert len(registry.names("situations")) == len(BUILT_IN)


class Broken:
    """A zone's watch with one thing wrong."""

    def __init__(self, inner: SituationWatch, spoil: Callable[[Event, int], Sequence[Event]]) -> None:
        self._inner = inner
        self._spoil = spoil
        self._steps = 0

    def step(self, moment: Moment) -> Sequence[Event]:
        self._steps += 1
        return [e for event in self._inner.step(moment) for e in self._spoil(event, self._steps)]

    def finish(self, now: UtcNs) -> Sequence[Event]:
        return [e for event in self._inner.finish(now) for e in self._spoil(event, self._steps)]

    @property
    def counters(self) -> Mapping[str, float]:
        return self._inner.counters


def spoilt(spoil: Callable[[Event, int], Sequence[Event]]) -> SituationSpec:
    def factory(rule: Rule, *, model: str) -> SituationWatch:
        return Broken(ZoneEnteredWatch(rule, model=model), spoil)

    return replace(SPEC, factory=factory)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda event, step: [] if event.phase is EventPhase.ENDED else [event], "was told as"),
        (lambda event, step: [event, event] if event.phase is EventPhase.BEGUN else [event], "was told as"),
        (lambda event, step: [replace(event, rule_id="another")], "names"),
        (lambda event, step: [replace(event, score=1.7)], "score"),
        (lambda event, step: [replace(event, event_id=f"{event.event_id} {step}")], "was told as"),
        (lambda event, step: [replace(event, started_at=UtcNs(event.met_at + 1))], "before it started"),
        (lambda event, step: [replace(event, width_px=1)], "another frame's size"),
    ],
    ids=["never ends", "begins twice", "wrong rule", "score", "new ids", "met too early", "size"],
)
def test_the_kit_finds_a_broken_watch(spoil: Callable[[Event, int], Sequence[Event]], complaint: str) -> None:
    with pytest.raises(ConformanceError, match=complaint):
        check_situation(spoilt(spoil))


class Hoarder(ZoneEnteredWatch):
    """Forgets nothing."""

    def __init__(self, rule: Rule, *, model: str) -> None:
        super().__init__(rule, model=model)
        self.all_of_them: list[Moment] = []

    def step(self, moment: Moment) -> Sequence[Event]:
        self.all_of_them.append(moment)
        return super().step(moment)


def test_the_kit_finds_a_watch_that_keeps_state() -> None:
    with pytest.raises(ConformanceError, match="after its end"):
        check_situation(replace(SPEC, factory=Hoarder))


class FrameCounter(ZoneEnteredWatch):
    """Begins at the fortieth frame, whenever that is."""

    def __init__(self, rule: Rule, *, model: str) -> None:
        super().__init__(rule, model=model)
        self.frames = 0

    def step(self, moment: Moment) -> Sequence[Event]:
        self.frames += 1
        return super().step(moment) if self.frames > 40 else []


def test_the_kit_finds_thresholds_in_frames() -> None:
    with pytest.raises(ConformanceError, match="frames a second"):
        check_situation(replace(SPEC, factory=FrameCounter))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"label_fr": ""}, "label"),
        ({"api_version": 99}, "API 99"),
        ({"severity": "dreadful"}, "dreadful"),
        ({"params": (*SPEC.params, SPEC.params[0])}, "two parameters"),
        ({"params": (replace(SPEC.params[0], source=""),)}, "where its default comes from"),
        ({"params": (replace(SPEC.params[0], maximum=None),)}, "without range"),
        (
            {
                "params": (
                    ParamSpec(name="a_s", default=9.0, minimum=0, maximum=1, unit="s", label_fr="a", label_en="a"),
                )
            },
            "own",
        ),
    ],
)
def test_the_kit_finds_a_bad_card(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConformanceError, match=complaint):
        check_situation(replace(SPEC, **change))  # type: ignore[arg-type]


def test_the_kit_finds_a_watch_that_takes_any_rule() -> None:
    class Lenient(ZoneEnteredWatch):
        def __init__(self, rule: Rule, *, model: str) -> None:
            known = {name: value for name, value in rule.params.items() if name in ("min_stay_s", "gap_s")}
            super().__init__(replace(rule, params=known), model=model)

    with pytest.raises(ConformanceError, match="unknown parameter"):
        check_situation(replace(SPEC, factory=Lenient))


def test_an_empty_story_is_in_order() -> None:
    check_episodes([])
    assert plain_rule(SPEC).zone is not None
