from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from beffroi.testing.scenes import Actor, Scene, person
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.rules import Rule, Situation, Zone

RULE = Rule(rule_id="square", version=1, camera_id="cam-1", situation=Situation.GROUP_FORMED, purpose_id="p")
Judge = Callable[..., list[Event]]
Seconds = Callable[[Scene, int], float]


def three(until_s: float = 30.0) -> tuple[Actor, ...]:
    """Three come from different sides at 5, 6 and 7 s and talk."""
    return (
        replace(person("a", (0, 40, 300), (5, 290, 300), (until_s, 290, 300), (until_s + 5, 40, 300)), tremble_px=1.5),
        replace(
            person("b", (0, 620, 310), (6, 330, 304), (until_s, 330, 304), (until_s + 5, 620, 300)), tremble_px=1.5
        ),
        replace(
            person("c", (0, 370, 470), (7, 372, 300), (until_s, 372, 300), (until_s + 5, 370, 470)), tremble_px=1.5
        ),
    )


def test_three_who_talk(judge: Judge, seconds: Seconds) -> None:
    scene = Scene(duration_s=45, actors=three())
    (begun,) = judge(RULE, scene)
    assert begun.facts["count"] == 3.0
    assert 6.0 <= seconds(scene, begun.started_at) <= 8.5
    assert 16.0 <= seconds(scene, begun.met_at) <= 18.5
    (ended,) = judge(RULE, scene, phase=EventPhase.ENDED)
    assert 30.0 <= seconds(scene, ended.last_held_at) <= 34.0


def test_near_miss_two_only(judge: Judge) -> None:
    assert judge(RULE, Scene(duration_s=45, actors=three()[:2])) == []


def test_near_miss_not_long_enough(judge: Judge) -> None:
    assert judge(RULE, Scene(duration_s=30, actors=three(until_s=14.0))) == []


@pytest.mark.parametrize("speed", [25.0, 40.0, 80.0])
def test_near_miss_walking_together(judge: Judge, speed: float) -> None:
    far = 40 + speed * 20
    walkers = tuple(person(f"p{i}", (0, 40 + 40 * i, 300), (20, min(far, 600) + 40 * i, 300)) for i in range(4))
    rule = replace(RULE, params={"min_stay_s": 5.0})
    assert judge(rule, Scene(duration_s=22, actors=walkers)) == []


def test_near_miss_standing_apart(judge: Judge) -> None:
    apart = tuple(person(f"p{i}", (0, 60 + 170 * i, 300), (40, 60 + 170 * i, 300)) for i in range(4))
    assert judge(RULE, Scene(duration_s=40, actors=apart)) == []


def test_near_miss_one_behind_the_other_in_depth(judge: Judge) -> None:
    # Side by side on the picture, but 40 px higher up: far behind on the ground.
    row = (
        person("near", (0, 300, 320), (40, 300, 320), height=60),
        person("far", (0, 312, 280), (40, 312, 280), height=50),
        person("farther", (0, 324, 245), (40, 324, 245), height=42),
    )
    assert judge(RULE, Scene(duration_s=40, actors=row)) == []


def test_near_miss_people_stream_past_a_waiting_pair(judge: Judge) -> None:
    passers = tuple(person(f"p{i}", (2.0 * i, 40, 320), (2.0 * i + 7, 600, 320)) for i in range(12))
    pair = (person("a", (0, 290, 300), (40, 290, 300)), person("b", (0, 330, 300), (40, 330, 300)))
    assert judge(RULE, Scene(duration_s=40, actors=pair + passers)) == []


def test_near_miss_outside_the_zone(judge: Judge) -> None:
    rule = replace(RULE, zone=Zone(points=((0.0, 0.0), (0.3, 0.0), (0.3, 1.0), (0.0, 1.0))))
    assert judge(rule, Scene(duration_s=45, actors=three())) == []


@pytest.mark.parametrize("hidden", [(10.0, 11.0), (9.0, 12.5), (18.0, 21.0)])
def test_occlusion_neither_hides_nor_repeats(judge: Judge, hidden: tuple[float, float]) -> None:
    a, b, c = three()
    scene = Scene(duration_s=45, actors=(replace(a, hidden=(hidden,)), replace(b, hidden=(hidden,)), c))
    assert len(judge(RULE, scene)) == 1


def test_changes_of_track_ids_neither_hide_nor_repeat(judge: Judge) -> None:
    a, b, c = three()
    scene = Scene(duration_s=45, actors=(replace(a, renamed_at=(9.05, 20.05)), replace(b, renamed_at=(12.05,)), c))
    assert len(judge(RULE, scene)) == 1


def test_held_in_place_counts_as_present(judge: Judge) -> None:
    scene = Scene(duration_s=45, actors=tuple(replace(actor, held=((9, 29),)) for actor in three()))
    assert len(judge(RULE, scene)) == 1


def test_two_groups_are_two_episodes(judge: Judge) -> None:
    left = tuple(person(f"l{i}", (0, 60 + 35 * i, 250), (40, 60 + 35 * i, 250)) for i in range(3))
    right = tuple(person(f"r{i}", (0, 460 + 35 * i, 400), (40, 460 + 35 * i, 400)) for i in range(4))
    begun = judge(RULE, Scene(duration_s=40, actors=left + right))
    assert sorted(event.facts["count"] for event in begun) == [3.0, 4.0]


def test_some_come_and_go_one_episode(judge: Judge) -> None:
    late = person("d", (20, 620, 340), (25, 410, 302), (60, 410, 302))
    a, b, _ = three(until_s=50.0)
    leaver = person("c", (0, 370, 470), (7, 372, 300), (35, 372, 300), (40, 370, 470))
    assert len(judge(RULE, Scene(duration_s=60, actors=(a, b, leaver, late)))) == 1


def test_a_camera_drop_ends_it_cleanly(judge: Judge, seconds: Seconds) -> None:
    scene = Scene(duration_s=45, actors=three(until_s=40.0), drops=((20, 24),))
    first, second = judge(RULE, scene)
    assert first.run_id != second.run_id
    assert seconds(scene, second.met_at) >= 34.0, "the stay begins anew with the run"


def test_a_drop_before_it_is_met_says_nothing_too_early(judge: Judge) -> None:
    scene = Scene(duration_s=24, actors=three(until_s=23.0), drops=((14, 15),))
    assert judge(RULE, scene) == []
