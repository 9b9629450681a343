from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from beffroi.testing.scenes import Actor, Scene, Step, person, vehicle
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Rule, Situation, Zone

RULE = Rule(
    rule_id="lawn",
    version=1,
    camera_id="cam-1",
    situation=Situation.ZONE_ENTERED,
    purpose_id="p",
    classes=(ObjectClass.PERSON,),
    zone=Zone(points=((0.25, 0.4), (0.75, 0.4), (0.75, 1.0), (0.25, 1.0))),
)
Judge = Callable[..., list[Event]]
Seconds = Callable[[Scene, int], float]


def test_one_walks_through(judge: Judge, seconds: Seconds) -> None:
    # In from x = 160 at 3.0 s, out at x = 480 at 11.0 s.
    scene = Scene(duration_s=20, actors=(person("a", (0, 40, 300), (14, 600, 300)),))
    (begun,) = judge(RULE, scene)
    assert 3.0 <= seconds(scene, begun.started_at) <= 3.5
    assert 0.5 <= seconds(scene, begun.met_at) - seconds(scene, begun.started_at) <= 0.8
    (ended,) = judge(RULE, scene, phase=EventPhase.ENDED)
    assert 10.8 <= seconds(scene, ended.last_held_at) <= 11.4
    assert begun.box_xyxy_px is not None
    assert begun.score == pytest.approx(0.8)


def test_near_miss_feet_outside(judge: Judge) -> None:
    # The body covers the zone, the feet pass above it.
    scene = Scene(duration_s=20, actors=(person("a", (0, 40, 188), (14, 600, 188)),))
    assert judge(RULE, scene) == []


def test_near_miss_trembling_on_the_border(judge: Judge) -> None:
    standing = replace(person("a", (0, 320, 190), (30, 320, 190)), tremble_px=4.0)
    assert judge(RULE, Scene(duration_s=30, actors=(standing,))) == []


def test_near_miss_another_class(judge: Judge) -> None:
    assert judge(RULE, Scene(duration_s=20, actors=(vehicle("v", (0, 40, 300), (14, 600, 300)),))) == []


def test_near_miss_too_short(judge: Judge) -> None:
    rule = replace(RULE, params={"min_stay_s": 10.0})
    assert judge(rule, Scene(duration_s=20, actors=(person("a", (0, 40, 300), (14, 600, 300)),))) == []


def test_trembling_inside_is_one_episode(judge: Judge) -> None:
    standing = replace(person("a", (0, 320, 150), (4, 320, 194), (30, 320, 194), (32, 320, 150)), tremble_px=3.0)
    assert len(judge(RULE, Scene(duration_s=40, actors=(standing,)))) <= 1


def test_feet_below_the_picture_count_as_inside(judge: Judge) -> None:
    # Only the upper half of the body is in the picture.
    near = person("a", (0, 320, 560), (10, 320, 560), height=300)
    (begun,) = judge(RULE, Scene(duration_s=12, actors=(near,)))
    assert begun.facts["count"] == 1.0


def test_several_people_are_one_presence(judge: Judge) -> None:
    actors = tuple(person(f"p{i}", (i * 4, 40, 300 + 10 * i), (i * 4 + 14, 600, 300 + 10 * i)) for i in range(4))
    (begun,) = judge(RULE, Scene(duration_s=40, actors=actors))
    (ended,) = judge(RULE, Scene(duration_s=40, actors=actors), phase=EventPhase.ENDED)
    assert len(ended.track_ids) == 4
    assert begun.event_id == ended.event_id


def test_visits_three_seconds_apart_are_two(judge: Judge) -> None:
    actors = (
        person("a", (0, 40, 300), (4, 320, 300), (8, 40, 300)),
        person("b", (9.5, 40, 300), (13.5, 320, 300), (17.5, 40, 300)),
    )
    # Inside from 1.7 s to 6.3 s, then from 11.2 s.
    assert len(judge(RULE, Scene(duration_s=25, actors=actors))) == 2


@pytest.mark.parametrize("hidden_s", [0.6, 1.5, 3.0])
def test_occlusion_inside_does_not_repeat(judge: Judge, hidden_s: float) -> None:
    walker = person("a", (0, 40, 300), (5, 320, 300), (15, 340, 300), (20, 600, 300))
    hidden = replace(walker, hidden=((8, 8 + hidden_s),))
    scene = Scene(duration_s=25, actors=(hidden, person("b", (0, 320, 400), (25, 330, 400))))
    assert len(judge(RULE, scene)) == 1


def test_long_stay_survives_a_change_of_track_id(judge: Judge, seconds: Seconds) -> None:
    rule = replace(RULE, params={"min_stay_s": 12.0})
    stayer = replace(person("a", (0, 320, 300), (20, 330, 300)), renamed_at=(4.0, 8.1))
    scene = Scene(duration_s=25, actors=(stayer,))
    (begun,) = judge(rule, scene)
    assert 12.0 <= seconds(scene, begun.met_at) <= 12.6


def test_held_in_place_counts_as_present(judge: Judge) -> None:
    stayer = replace(person("a", (0, 40, 300), (4, 320, 300), (60, 320, 300), (64, 600, 300)), held=((5, 59),))
    assert len(judge(RULE, Scene(duration_s=70, actors=(stayer,)))) == 1


def test_a_camera_drop_ends_it_and_begins_another_run(judge: Judge, seconds: Seconds) -> None:
    scene = Scene(duration_s=40, actors=(person("a", (0, 320, 300), (40, 330, 300)),), drops=((10, 20),))
    first, second = judge(RULE, scene)
    assert first.run_id != second.run_id
    assert seconds(scene, second.started_at) >= 20.0
    ended = judge(RULE, scene, phase=EventPhase.ENDED)
    assert [event.run_id for event in ended] == [first.run_id, second.run_id]
    assert seconds(scene, ended[0].last_held_at) < 10.0


def test_a_drop_while_nobody_is_there_says_nothing(judge: Judge) -> None:
    far = Actor(name="far", steps=(Step(at_s=0, x=60, y=300, height=90), Step(at_s=30, x=60, y=300, height=90)))
    assert judge(RULE, Scene(duration_s=30, actors=(far,), drops=((10, 15),))) == []
