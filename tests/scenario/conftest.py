"""Scene in, events out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from beffroi.judge.situations import BUILT_IN
from beffroi.testing.scenes import Scene
from beffroi.testing.situations import check_episodes, run_through
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.rules import Rule

Judge = Callable[..., list[Event]]


@pytest.fixture
def judge() -> Judge:
    """Episodes of a rule about a scene at some frames a second: the statement that began each."""
    factories = {spec.situation: spec.factory for spec in BUILT_IN}

    def told(rule: Rule, scene: Scene, fps: float = 5.0, phase: EventPhase = EventPhase.BEGUN) -> list[Event]:
        events = run_through(factories[rule.situation](rule, model="test@1"), scene, fps)
        check_episodes(events)
        return [event for event in events if event.phase is phase]

    return told


@pytest.fixture
def seconds() -> Callable[[Scene, int], float]:
    """An instant as seconds of its scene."""

    def since(scene: Scene, instant: int) -> float:
        return (instant - scene.starts_at) / 1e9

    return since
