from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from beffroi.testing.scenes import Actor, Scene, person, vehicle
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Rule, Situation, Zone

RULE = Rule(
    rule_id="bus-lane",
    version=1,
    camera_id="cam-1",
    situation=Situation.VEHICLE_STOPPED,
    purpose_id="p",
    zone=Zone(points=((0.2, 0.5), (0.9, 0.5), (0.9, 1.0), (0.2, 1.0))),
)
Judge = Callable[..., list[Event]]
Seconds = Callable[[Scene, int], float]


def stopper(until_s: float = 60.0) -> Actor:
    """Comes at 1 s, stands at x = 330 from 6 s on."""
    car = vehicle("car", (1, -60, 400), (6, 330, 400), (until_s, 330, 400), (until_s + 5, 720, 400))
    return replace(car, tremble_px=1.5)


def test_a_car_that_stops(judge: Judge, seconds: Seconds) -> None:
    scene = Scene(duration_s=75, actors=(stopper(),))
    (begun,) = judge(RULE, scene)
    assert 5.5 <= seconds(scene, begun.started_at) <= 7.5
    assert 35.5 <= seconds(scene, begun.met_at) <= 38.0
    (ended,) = judge(RULE, scene, phase=EventPhase.ENDED)
    assert 59.5 <= seconds(scene, ended.last_held_at) <= 61.5


def test_near_miss_stops_too_shortly(judge: Judge) -> None:
    assert judge(RULE, Scene(duration_s=50, actors=(stopper(until_s=32.0),))) == []


def test_near_miss_stops_outside_the_zone(judge: Judge) -> None:
    rule = replace(RULE, zone=Zone(points=((0.0, 0.0), (1.0, 0.0), (1.0, 0.4), (0.0, 0.4))))
    assert judge(rule, Scene(duration_s=75, actors=(stopper(),))) == []


def test_near_miss_creeps_on(judge: Judge) -> None:
    creeping = vehicle("car", (0, 140, 400), (80, 560, 400))
    assert judge(RULE, Scene(duration_s=80, actors=(creeping,))) == []


def test_near_miss_a_person_who_stands(judge: Judge) -> None:
    stander = person("p", (0, 40, 400), (5, 330, 400), (70, 330, 400))
    assert judge(RULE, Scene(duration_s=70, actors=(stander,))) == []


def test_near_miss_parked_before_the_rule_began(judge: Judge) -> None:
    parked = replace(vehicle("v", (0, 330, 400), (120, 330, 400)), tremble_px=2.0)
    scene = Scene(duration_s=120, actors=(parked,))
    assert judge(RULE, scene) == []
    assert len(judge(replace(RULE, params={"report_parked": True}), scene)) == 1


@pytest.mark.parametrize("hidden", [((20.0, 24.0),), ((20.0, 28.0),), ((20.0, 23.0), (40.0, 45.0), (70.0, 72.0))])
def test_near_miss_a_parked_car_hidden_by_traffic(judge: Judge, hidden: tuple[tuple[float, float], ...]) -> None:
    parked = replace(vehicle("v", (0, 330, 400), (120, 330, 400)), hidden=hidden, tremble_px=2.0)
    assert judge(RULE, Scene(duration_s=120, actors=(parked,))) == []


def test_near_miss_a_parked_car_found_late(judge: Judge) -> None:
    # The detector finds it only when the light changes: nobody saw it arrive.
    parked = replace(vehicle("v", (0, 330, 400), (120, 330, 400)), hidden=((0, 50),))
    assert judge(RULE, Scene(duration_s=120, actors=(parked,))) == []


@pytest.mark.parametrize("hidden", [(15.0, 16.0), (15.0, 20.0), (15.0, 24.0)])
def test_passing_traffic_does_not_make_it_anew(judge: Judge, seconds: Seconds, hidden: tuple[float, float]) -> None:
    scene = Scene(duration_s=75, actors=(replace(stopper(), hidden=(hidden,)),))
    (begun,) = judge(RULE, scene)
    assert seconds(scene, begun.met_at) <= 38.0


def test_hidden_while_told_does_not_repeat(judge: Judge) -> None:
    scene = Scene(duration_s=75, actors=(replace(stopper(), hidden=((45.0, 52.0),)),))
    assert len(judge(RULE, scene)) == 1


def test_near_miss_one_leaves_and_the_next_takes_its_place(judge: Judge) -> None:
    # Traffic lights: each stands for 20 s at the same spot, seen to come and go.
    queue = tuple(
        vehicle(
            f"q{i}",
            (25.0 * i, -60, 400),
            (25.0 * i + 3, 330, 400),
            (25.0 * i + 22, 330, 400),
            (25.0 * i + 25, 720, 400),
        )
        for i in range(4)
    )
    assert judge(RULE, Scene(duration_s=110, actors=queue)) == []


def test_a_queue_is_one_episode(judge: Judge) -> None:
    queue = tuple(
        vehicle(f"q{i}", (3.0 * i, -60, 400), (3.0 * i + 4, 500 - 140 * i, 400), (90, 500 - 140 * i, 400))
        for i in range(3)
    )
    rule = replace(RULE, zone=None)
    (ended,) = judge(rule, Scene(duration_s=90, actors=queue), phase=EventPhase.ENDED)
    assert len(ended.track_ids) == 3


def test_one_that_stops_much_later_is_told_apart(judge: Judge) -> None:
    rule = replace(RULE, params={"group_s": 20.0})
    late = vehicle("late", (60, -60, 300), (65, 330, 300), (130, 330, 300))
    scene = Scene(duration_s=130, actors=(stopper(until_s=120.0), late))
    assert len(judge(rule, scene)) == 2


def test_a_motorbike_seen_as_a_bicycle_counts(judge: Judge) -> None:
    bike = replace(stopper(), object_class=ObjectClass.BICYCLE, shape=1.0)
    assert len(judge(RULE, Scene(duration_s=75, actors=(bike,)))) == 1
    cars_only = replace(RULE, classes=(ObjectClass.VEHICLE,))
    assert judge(cars_only, Scene(duration_s=75, actors=(bike,))) == []


def test_held_in_place_counts_as_present(judge: Judge) -> None:
    scene = Scene(duration_s=75, actors=(replace(stopper(), held=((8.0, 59.0),)),))
    assert len(judge(RULE, scene)) == 1


def test_a_camera_drop_ends_it_and_what_stands_then_is_parked(judge: Judge, seconds: Seconds) -> None:
    scene = Scene(duration_s=120, actors=(stopper(until_s=110.0),), drops=((50.0, 55.0),))
    (begun,) = judge(RULE, scene)
    (ended,) = judge(RULE, scene, phase=EventPhase.ENDED)
    assert begun.event_id == ended.event_id
    assert seconds(scene, ended.last_held_at) < 50.0
