from __future__ import annotations

import pytest

from beffroi.judge.lineage import LINK_S, Lineages
from beffroi.vocabulary.picture import FrameRef, ObjectClass
from beffroi.vocabulary.time import NS_PER_S, UtcNs
from beffroi.vocabulary.tracks import TracksNow, TrackState

T0 = 1_800_000_000 * NS_PER_S
PEOPLE = frozenset({ObjectClass.PERSON})


def at(seconds: float) -> UtcNs:
    return UtcNs(T0 + round(seconds * NS_PER_S))


def state(
    track_id: str,
    x: float,
    *,
    first_s: float = 0.0,
    height: float = 100.0,
    velocity: tuple[float, float] = (0.0, 0.0),
    observed: bool = True,
    held: bool = False,
    confirmed: bool = True,
    object_class: ObjectClass = ObjectClass.PERSON,
) -> TrackState:
    return TrackState(
        track_id=track_id,
        object_class=object_class,
        box_xyxy_px=(x - 20, 300 - height, x + 20, 300),
        score=0.8,
        observed=observed,
        held=held,
        confirmed=confirmed,
        velocity_px_s=velocity,
        first_seen_at=at(first_s),
        last_observed_at=at(first_s),
    )


def now(seconds: float, *states: TrackState) -> tuple[TracksNow, UtcNs]:
    ref = FrameRef(
        camera_id="c",
        run_id="r",
        index=0,
        media_time_ns=0,
        captured_at=at(seconds),
        captured_at_error_ns=0,
        width_px=640,
        height_px=480,
    )
    return TracksNow(frame=ref, states=states), at(seconds)


def keys(lineages: Lineages, seconds: float, *states: TrackState) -> list[str]:
    return [seen.key for seen in lineages.step(*now(seconds, *states))]


def test_a_new_id_at_the_same_place_is_the_same_thing() -> None:
    lineages = Lineages(PEOPLE)
    assert keys(lineages, 0, state("a", 100)) == ["a"]
    assert keys(lineages, 0.5) == []
    assert keys(lineages, 1.0, state("b", 120, first_s=1.0)) == ["a"]
    assert keys(lineages, 1.2, state("b", 125, first_s=1.0)) == ["a"]


def test_a_walker_is_found_where_it_must_have_got_to() -> None:
    lineages = Lineages(PEOPLE)
    keys(lineages, 0, state("a", 100, velocity=(150.0, 0.0)))
    assert keys(lineages, 1.0, state("b", 250, first_s=1.0)) == ["a"]


@pytest.mark.parametrize(
    "other",
    [
        state("b", 300, first_s=1.0),
        state("b", 100, first_s=1.0, height=200),
        state("b", 100, first_s=1.0, height=50),
        state("b", 100, first_s=-1.0),
    ],
    ids=["far", "bigger", "smaller", "there before"],
)
def test_another_thing_gets_its_own_key(other: TrackState) -> None:
    lineages = Lineages(PEOPLE)
    keys(lineages, 0, state("a", 100))
    assert keys(lineages, 1.0, other) == ["b"]


def test_another_class_is_another_thing() -> None:
    lineages = Lineages(frozenset(ObjectClass))
    keys(lineages, 0, state("a", 100))
    assert keys(lineages, 1.0, state("b", 100, first_s=1.0, object_class=ObjectClass.BICYCLE)) == ["b"]


def test_too_late_is_another_thing_and_nothing_is_kept() -> None:
    lineages = Lineages(PEOPLE)
    keys(lineages, 0, state("a", 100))
    assert keys(lineages, LINK_S + 0.2, state("b", 100, first_s=LINK_S + 0.2)) == ["b"]


def test_two_lost_the_nearer_is_taken() -> None:
    lineages = Lineages(PEOPLE)
    keys(lineages, 0, state("a", 100), state("b", 150))
    assert keys(lineages, 1.0, state("c", 140, first_s=1.0)) == ["b"]
    assert keys(lineages, 1.2, state("c", 140, first_s=1.0), state("d", 105, first_s=1.2)) == ["b", "a"]


def test_one_thought_lost_that_comes_back_beside_its_heir_is_two() -> None:
    lineages = Lineages(PEOPLE)
    keys(lineages, 0, state("a", 100))
    keys(lineages, 0.5, state("a", 100, observed=False))
    assert keys(lineages, 1.0, state("a", 100, observed=False), state("b", 110, first_s=1.0)) == ["a"]
    both = keys(lineages, 1.2, state("a", 90), state("b", 130, first_s=1.0))
    assert len(set(both)) == 2


def test_only_believed_present_things_of_the_class_count() -> None:
    lineages = Lineages(PEOPLE)
    seen = keys(
        lineages,
        0,
        state("held", 100, observed=False, held=True),
        state("guessed", 200, observed=False),
        state("doubtful", 300, confirmed=False),
        state("car", 400, object_class=ObjectClass.VEHICLE),
    )
    assert seen == ["held"]


def test_stillness_does_not_bring_back_what_was_missed() -> None:
    lineages = Lineages(PEOPLE)
    assert keys(lineages, 0, state("a", 100)) == ["a"]
    assert keys(lineages, 0.2, state("a", 100, observed=False, held=True)) == ["a"]
    assert keys(lineages, 0.4, state("a", 100, observed=False)) == []
    assert keys(lineages, 0.6, state("a", 100, observed=False, held=True)) == []
    assert keys(lineages, 5.0, state("a", 100, observed=False, held=True)) == []
    assert keys(lineages, 5.2, state("a", 100)) == ["a"]
    assert keys(lineages, 5.4, state("a", 100, observed=False, held=True)) == ["a"]


def test_memory_empties() -> None:
    lineages = Lineages(PEOPLE)
    for number in range(500):
        second = number * 0.2
        keys(lineages, second, state(f"t{number}", 50 + (number * 197) % 500, first_s=second))
    keys(lineages, 200)
    assert lineages._last == {}
    assert lineages._key_of == {}
    assert lineages._missed == set()
