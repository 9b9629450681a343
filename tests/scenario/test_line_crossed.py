from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from beffroi.judge.situations.line_crossed import LineCrossedWatch
from beffroi.testing.scenes import Scene, person
from beffroi.testing.situations import run_through
from beffroi.vocabulary.judgement import Event
from beffroi.vocabulary.rules import Line, Rule, Situation

# Drawn left to right at y = 240: forward is down.
RULE = Rule(
    rule_id="gate",
    version=1,
    camera_id="cam-1",
    situation=Situation.LINE_CROSSED,
    purpose_id="p",
    line=Line(points=((0.2, 0.5), (0.8, 0.5))),
)
Judge = Callable[..., list[Event]]
DOWN = person("down", (0, 320, 140), (10, 320, 340))
UP = person("up", (12, 320, 340), (22, 320, 140))


def counted(scene: Scene, rule: Rule = RULE, fps: float = 5.0) -> dict[str, float]:
    watch = LineCrossedWatch(rule, model="test@1")
    run_through(watch, scene, fps)
    return dict(watch.counters)


def test_down_is_forward_and_up_is_backward(judge: Judge) -> None:
    scene = Scene(duration_s=25, actors=(DOWN, UP))
    assert [event.facts["direction"] for event in judge(RULE, scene)] == ["forward", "backward"]
    assert counted(scene) == {"forward": 1.0, "backward": 1.0}


@pytest.mark.parametrize(("direction", "told"), [("both", 2), ("forward", 1), ("backward", 1)])
def test_a_rule_tells_one_way_and_counts_both(judge: Judge, direction: str, told: int) -> None:
    rule = replace(RULE, params={"direction": direction})
    scene = Scene(duration_s=25, actors=(DOWN, UP))
    assert len(judge(rule, scene)) == told
    assert counted(scene, rule) == {"forward": 1.0, "backward": 1.0}


def test_near_miss_beside_the_end_of_the_line(judge: Judge) -> None:
    assert judge(RULE, Scene(duration_s=12, actors=(person("a", (0, 100, 140), (10, 100, 340)),))) == []


def test_near_miss_up_to_the_line_and_back(judge: Judge) -> None:
    shy = person("a", (0, 320, 140), (6, 320, 243), (12, 320, 140))
    scene = Scene(duration_s=14, actors=(shy,))
    assert judge(RULE, scene) == []
    assert counted(scene) == {"forward": 0.0, "backward": 0.0}


@pytest.mark.parametrize("fps", [2.0, 5.0, 12.0, 25.0])
def test_near_miss_trembling_on_the_line(judge: Judge, fps: float) -> None:
    waiting = replace(person("a", (0, 320, 140), (6, 320, 240), (30, 320, 240), (36, 320, 140)), tremble_px=4.0)
    assert judge(RULE, Scene(duration_s=40, actors=(waiting,)), fps) == []


def test_waiting_on_the_line_then_crossing_counts_once() -> None:
    waiting = replace(person("a", (0, 320, 140), (6, 320, 240), (30, 320, 240), (36, 320, 340)), tremble_px=4.0)
    assert counted(Scene(duration_s=40, actors=(waiting,))) == {"forward": 1.0, "backward": 0.0}


@pytest.mark.parametrize("hidden", [(4.5, 5.5), (4.0, 5.2)])
def test_occlusion_on_the_line_still_counts(hidden: tuple[float, float]) -> None:
    assert counted(Scene(duration_s=12, actors=(replace(DOWN, hidden=(hidden,)),)))["forward"] == 1.0


def test_a_change_of_track_id_on_the_line_still_counts_once() -> None:
    assert counted(Scene(duration_s=12, actors=(replace(DOWN, renamed_at=(5.05,)),)))["forward"] == 1.0


def test_people_together_are_one_alert_and_all_counted(judge: Judge) -> None:
    group = tuple(person(f"p{i}", (0.2 * i, 250 + 50 * i, 140), (10 + 0.2 * i, 250 + 50 * i, 340)) for i in range(4))
    scene = Scene(duration_s=15, actors=group)
    assert len(judge(RULE, scene)) == 1
    assert counted(scene)["forward"] == 4.0
    assert len(judge(replace(RULE, params={"group_s": 0.0}), scene)) == 4


def test_a_camera_drop_over_the_crossing_counts_nothing(judge: Judge) -> None:
    scene = Scene(duration_s=12, actors=(DOWN,), drops=((4, 6),))
    assert judge(RULE, scene) == []
    assert counted(scene) == {"forward": 0.0, "backward": 0.0}


def test_a_corner_of_the_line_counts_once() -> None:
    rule = replace(RULE, line=Line(points=((0.2, 0.6), (0.5, 0.5), (0.8, 0.6))))
    assert counted(Scene(duration_s=12, actors=(DOWN,)), rule) == {"forward": 1.0, "backward": 0.0}
