from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from beffroi.testing.scenes import Actor, Scene, Step, person, vehicle
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Rule, Situation, Zone

# One way to the right.
RULE = Rule(
    rule_id="one-way",
    version=1,
    camera_id="cam-1",
    situation=Situation.WRONG_WAY,
    purpose_id="p",
    allowed_direction=(1.0, 0.0),
)
Judge = Callable[..., list[Event]]
Seconds = Callable[[Scene, int], float]
LEFT = vehicle("wrong", (1, 600, 300), (7, 40, 300))
RIGHT = vehicle("right", (1, 40, 400), (7, 600, 400))


def test_a_car_against_the_flow(judge: Judge, seconds: Seconds) -> None:
    scene = Scene(duration_s=12, actors=(LEFT, RIGHT))
    (begun,) = judge(RULE, scene)
    assert begun.facts["class"] == "vehicle"
    # 80 px tall at 93 px/s: far enough after 0.9 s.
    assert 1.8 <= seconds(scene, begun.met_at) <= 2.8
    (ended,) = judge(RULE, scene, phase=EventPhase.ENDED)
    assert 6.5 <= seconds(scene, ended.last_held_at) <= 7.0
    assert all(track.endswith("wrong") for track in ended.track_ids)


def test_a_person_against_the_flow_in_pixels(judge: Judge) -> None:
    rule = replace(RULE, params={"min_travel_px": 200.0})
    walk = person("a", (0, 500, 300), (6, 320, 300))
    assert judge(rule, Scene(duration_s=8, actors=(walk,))) == []
    further = person("a", (0, 500, 300), (8, 260, 300))
    assert len(judge(rule, Scene(duration_s=10, actors=(further,)))) == 1


def test_near_miss_the_right_way(judge: Judge) -> None:
    assert judge(RULE, Scene(duration_s=10, actors=(RIGHT, person("p", (0, 40, 200), (9, 600, 220))))) == []


def test_near_miss_across(judge: Judge) -> None:
    # Drifts 60 px to the wrong side while it crosses 300.
    across = person("a", (0, 350, 130), (8, 290, 430))
    assert judge(RULE, Scene(duration_s=10, actors=(across,))) == []


@pytest.mark.parametrize("fps", [2.0, 5.0, 25.0])
def test_near_miss_a_parked_car_whose_box_trembles(judge: Judge, fps: float) -> None:
    parked = replace(vehicle("v", (0, 320, 300), (40, 320, 300), height=150), tremble_px=14.0)
    assert judge(RULE, Scene(duration_s=40, actors=(parked,)), fps) == []


def test_near_miss_a_box_that_jumps_to_another_thing(judge: Judge) -> None:
    # The tracker confuses two people: the box is 180 px further left from one moment to the next.
    steps = (
        Step(at_s=0, x=400, y=300, height=100),
        Step(at_s=5, x=410, y=300, height=100),
        Step(at_s=5.01, x=220, y=300, height=100),
        Step(at_s=10, x=230, y=300, height=100),
    )
    assert judge(RULE, Scene(duration_s=12, actors=(Actor(name="a", steps=steps),))) == []


def test_near_miss_a_lorry_that_comes_into_the_picture(judge: Judge) -> None:
    # Enters at the right border, the right way up only in its own lane: allowed is left.
    rule = replace(RULE, allowed_direction=(-1.0, 0.0))
    lorry = vehicle("lorry", (0, 720, 300), (8, -80, 300), height=150)
    assert judge(rule, Scene(duration_s=10, actors=(lorry,))) == []


def test_near_miss_outside_the_zone(judge: Judge) -> None:
    rule = replace(RULE, zone=Zone(points=((0.0, 0.75), (1.0, 0.75), (1.0, 1.0), (0.0, 1.0))))
    assert judge(rule, Scene(duration_s=12, actors=(LEFT, RIGHT))) == []


def test_whoever_turns_round_is_told_from_the_turn(judge: Judge, seconds: Seconds) -> None:
    turner = person("a", (0, 100, 300), (6, 500, 300), (12, 100, 300))
    scene = Scene(duration_s=14, actors=(turner,))
    (begun,) = judge(RULE, scene)
    assert 5.5 <= seconds(scene, begun.started_at) <= 7.0
    assert seconds(scene, begun.met_at) <= 8.5


def test_whoever_turns_off_a_side_street_is_told(judge: Judge) -> None:
    # Long across, then against: the part across must not hide the part against.
    from_side = vehicle("a", (0, 500, 110), (5, 500, 400), (9, 250, 400))
    assert len(judge(RULE, Scene(duration_s=10, actors=(from_side,)))) == 1


def test_a_step_back_is_nothing(judge: Judge) -> None:
    walker = person("a", (0, 100, 300), (5, 400, 300), (6, 370, 300), (10, 600, 300))
    assert judge(RULE, Scene(duration_s=12, actors=(walker,))) == []


def test_whoever_stops_no_longer_goes(judge: Judge, seconds: Seconds) -> None:
    stopper = vehicle("a", (0, 600, 300), (4, 250, 300), (40, 250, 300))
    scene = Scene(duration_s=45, actors=(stopper,))
    (ended,) = judge(RULE, scene, phase=EventPhase.ENDED)
    assert seconds(scene, ended.last_held_at) <= 6.5


def test_two_that_follow_each_other_are_one_episode(judge: Judge) -> None:
    second = vehicle("second", (3, 600, 320), (9, 40, 320))
    (ended,) = judge(RULE, Scene(duration_s=14, actors=(LEFT, second)), phase=EventPhase.ENDED)
    assert len(ended.track_ids) == 2


def test_two_far_apart_in_time_are_two(judge: Judge) -> None:
    second = vehicle("second", (14, 600, 320), (20, 40, 320))
    assert len(judge(RULE, Scene(duration_s=24, actors=(LEFT, second)))) == 2


@pytest.mark.parametrize("hidden", [(2.0, 3.0), (3.0, 4.4)])
def test_occlusion_neither_hides_nor_repeats(judge: Judge, hidden: tuple[float, float]) -> None:
    scene = Scene(duration_s=12, actors=(replace(LEFT, hidden=(hidden,)),))
    assert len(judge(RULE, scene)) == 1


def test_a_change_of_track_id_neither_hides_nor_repeats(judge: Judge) -> None:
    scene = Scene(duration_s=12, actors=(replace(LEFT, renamed_at=(2.05, 4.05)),))
    assert len(judge(RULE, scene)) == 1


def test_a_camera_drop_does_not_make_a_way(judge: Judge) -> None:
    # Right before the drop, further left after it: two runs, two short ways.
    walker = person("a", (0, 500, 300), (2, 520, 300), (12, 200, 300), (14, 220, 300))
    assert judge(RULE, Scene(duration_s=14, actors=(walker,), drops=((2, 12),))) == []


def test_pedestrians_may_be_left_out(judge: Judge) -> None:
    rule = replace(RULE, classes=(ObjectClass.VEHICLE,))
    assert judge(rule, Scene(duration_s=12, actors=(person("p", (0, 600, 300), (9, 40, 300)),))) == []
