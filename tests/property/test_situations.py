"""Whatever happens in front of the camera: the same is told at 2 and at 25 frames a second, and told in good order."""

from __future__ import annotations

from dataclasses import replace
from math import cos, radians, sin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi.judge.situations import BUILT_IN
from beffroi.judge.situations.line_crossed import LineCrossedWatch
from beffroi.ports.situation import SituationSpec
from beffroi.testing.scenes import Actor, Impairment, Scene, Step, person, vehicle
from beffroi.testing.situations import check_episodes, plain_rule, run_through, state_size
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Rule, Situation

SPECS = {spec.situation: spec for spec in BUILT_IN}
RATES = st.sampled_from([2.0, 3.0, 5.0, 8.0, 12.5, 25.0])
WORK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def begun(rule: Rule, scene: Scene, fps: float) -> list[Event]:
    events = run_through(SPECS[rule.situation].factory(rule, model="m@1"), scene, fps)
    check_episodes(events)
    return [event for event in events if event.phase is EventPhase.BEGUN]


def rule_of(situation: Situation, **params: float) -> Rule:
    return replace(plain_rule(SPECS[situation]), params=params)


@WORK
@given(
    visits=st.lists(st.tuples(st.floats(2.0, 8.0), st.one_of(st.floats(0.1, 0.8), st.floats(4.0, 7.0))), max_size=5),
    fps=RATES,
)
def test_zone_entered_tells_each_presence_once(visits: list[tuple[float, float]], fps: float) -> None:
    # One person after the other stands in the zone; whoever follows within the gap belongs to the same presence.
    at_s, actors, presences, away_s = 2.0, [], 0, 99.0
    for number, (stay_s, pause_s) in enumerate(visits):
        actors.append(person(f"p{number}", (at_s, 300 + 20 * number, 300), (at_s + stay_s, 305 + 20 * number, 300)))
        presences += away_s > 2.0
        at_s, away_s = at_s + stay_s + pause_s, pause_s
    scene = Scene(duration_s=at_s + 5, actors=tuple(actors))
    told = begun(rule_of(Situation.ZONE_ENTERED), scene, fps)
    assert len(told) == presences


@WORK
@given(
    walks=st.lists(st.tuples(st.booleans(), st.floats(30.0, 120.0), st.floats(60.0, 560.0)), max_size=6),
    fps=RATES,
    tremble=st.floats(0.0, 2.0),
)
def test_line_crossed_counts_everyone_once(walks: list[tuple[bool, float, float]], fps: float, tremble: float) -> None:
    actors = []
    for number, (down, speed, x) in enumerate(walks):
        start, end = (160.0, 320.0) if down else (320.0, 160.0)
        from_s = 1.0 + 3.0 * number
        walk = person(f"p{number}", (from_s, x, start), (from_s + 160.0 / speed, x + 5, end))
        actors.append(replace(walk, tremble_px=tremble))
    scene = Scene(duration_s=30, actors=tuple(actors))
    watch = LineCrossedWatch(rule_of(Situation.LINE_CROSSED), model="m@1")
    check_episodes(run_through(watch, scene, fps))
    forward = sum(down for down, _, _ in walks)
    assert watch.counters == {"forward": float(forward), "backward": float(len(walks) - forward)}


@WORK
@given(
    heading=st.one_of(st.floats(-40.0, 40.0), st.floats(75.0, 285.0)),
    speed=st.floats(40.0, 120.0),
    fps=RATES,
    is_car=st.booleans(),
    tremble=st.floats(0.0, 1.5),
)
def test_wrong_way_is_about_the_heading(heading: float, speed: float, fps: float, is_car: bool, tremble: float) -> None:
    # Headings are measured from straight against the allowed direction (which is right).
    way = (-cos(radians(heading)), sin(radians(heading)))
    length, middle = 260.0, (320.0, 280.0)
    start = (middle[0] - way[0] * length / 2, middle[1] - way[1] * length / 2)
    end = (middle[0] + way[0] * length / 2, middle[1] + way[1] * length / 2)
    make = vehicle if is_car else person
    actor = make("a", (1.0, *start), (1.0 + length / speed, *end), height=70.0)
    scene = Scene(duration_s=12, actors=(replace(actor, tremble_px=tremble),))
    told = begun(rule_of(Situation.WRONG_WAY), scene, fps)
    assert len(told) == (1 if abs(heading) <= 40 else 0)


@WORK
@given(
    people=st.integers(1, 5),
    stay_s=st.one_of(st.floats(3.0, 7.0), st.floats(14.0, 22.0)),
    spacing=st.sampled_from([0.4, 0.8, 1.8]),
    fps=RATES,
    tremble=st.floats(0.0, 2.0),
)
def test_group_formed_needs_enough_near_and_long(
    people: int, stay_s: float, spacing: float, fps: float, tremble: float
) -> None:
    actors = []
    for number in range(people):
        x = 100.0 + number * spacing * 70.0
        walk = person(f"p{number}", (1, x, 460), (4, x, 300), (4 + stay_s, x, 300), (7 + stay_s, x, 460), height=70.0)
        actors.append(replace(walk, tremble_px=tremble))
    scene = Scene(duration_s=stay_s + 10, actors=tuple(actors))
    told = begun(rule_of(Situation.GROUP_FORMED, min_people=3.0, min_stay_s=10.0), scene, fps)
    assert len(told) == (1 if people >= 3 and stay_s >= 14 and spacing < 1 else 0)


@WORK
@given(
    stop_s=st.one_of(st.floats(0.0, 10.0), st.floats(16.0, 25.0)),
    hidden=st.one_of(st.none(), st.tuples(st.floats(8.0, 9.5), st.floats(0.3, 5.0))),
    fps=RATES,
    tremble=st.floats(0.0, 2.0),
)
def test_vehicle_stopped_tells_long_stops_only(
    stop_s: float, hidden: tuple[float, float] | None, fps: float, tremble: float
) -> None:
    car = vehicle("car", (1, 40, 400), (5, 330, 400), (5 + stop_s, 330, 400), (9 + stop_s, 600, 400))
    spans = ((hidden[0], hidden[0] + hidden[1]),) if hidden else ()
    scene = Scene(duration_s=stop_s + 12, actors=(replace(car, hidden=spans, tremble_px=tremble),))
    told = begun(rule_of(Situation.VEHICLE_STOPPED, min_stopped_s=13.0), scene, fps)
    assert len(told) == (1 if stop_s >= 16 else 0)


@WORK
@given(
    cause=st.sampled_from(["black", "dazzled", "frozen", "masked", "blurred", "moved"]),
    spell_s=st.one_of(st.floats(0.5, 4.0), st.floats(7.5, 20.0)),
    fps=RATES,
)
def test_camera_impaired_waits_its_hold_time(cause: str, spell_s: float, fps: float) -> None:
    scene = Scene(duration_s=60, impairments=(Impairment(cause=cause, span=(25.0, 25.0 + spell_s)),))
    told = begun(rule_of(Situation.CAMERA_IMPAIRED, **{f"{cause}_s": 6.0}), scene, fps)
    assert [event.facts["cause"] for event in told] == ([cause] if spell_s > 6 else [])


SPOT = st.tuples(st.floats(-40.0, 680.0), st.floats(60.0, 520.0), st.floats(20.0, 220.0))


@st.composite
def wild_actors(draw: st.DrawFn) -> Actor:
    """Anything: it goes anywhere at any speed, hides, is renamed, trembles, grows."""
    at_s = draw(st.floats(0.0, 8.0))
    steps = []
    for x, y, height in draw(st.lists(SPOT, min_size=2, max_size=5)):
        steps.append(Step(at_s=at_s, x=x, y=y, height=height))
        at_s += draw(st.floats(0.05, 8.0))
    hidden_at = draw(st.floats(0.0, 20.0))
    return Actor(
        name=f"w{draw(st.integers(0, 10**6))}",
        steps=tuple(steps),
        object_class=draw(st.sampled_from([ObjectClass.PERSON, ObjectClass.VEHICLE, ObjectClass.BICYCLE])),
        shape=draw(st.floats(0.3, 2.0)),
        score=draw(st.floats(0.0, 1.0)),
        hidden=((hidden_at, hidden_at + draw(st.floats(0.0, 4.0))),),
        held=((10.0, 10.0 + draw(st.floats(0.0, 4.0))),),
        renamed_at=tuple(draw(st.lists(st.floats(0.0, 20.0), max_size=3))),
        tremble_px=draw(st.floats(0.0, 20.0)),
    )


@pytest.mark.parametrize("spec", BUILT_IN, ids=lambda spec: str(spec.situation))
@WORK
@given(
    actors=st.lists(wild_actors(), max_size=5, unique_by=lambda actor: actor.name),
    drop=st.one_of(st.just(()), st.tuples(st.tuples(st.floats(1.0, 10.0), st.floats(11.0, 14.0)))),
    fps=RATES,
)
def test_any_world_is_told_in_good_order_and_forgotten(
    spec: SituationSpec, actors: list[Actor], drop: tuple[tuple[float, float], ...], fps: float
) -> None:
    rule = plain_rule(spec)
    eager = {"min_stay_s": 2.0, "min_people": 2.0, "min_stopped_s": 2.0, "lost_s": 1.0}
    rule = replace(rule, params={p.name: eager[p.name] for p in spec.params if p.name in eager})
    scene = Scene(duration_s=20, actors=tuple(actors), drops=drop)
    watch = spec.factory(rule, model="m@1")
    empty = state_size(watch)
    events = run_through(watch, scene, fps)
    check_episodes(events)
    assert state_size(watch) <= empty
    assert run_through(spec.factory(rule, model="m@1"), scene, fps) == events
