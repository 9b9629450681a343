"""Masks, blur and its lifting: who may, what is kept of it, and when it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from beffroi.govern.privacy import Hidden
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM
from beffroi.testing.town import ADMINISTRATOR, OPERATOR, SUPERVISOR, Town
from beffroi.vocabulary.errors import (
    BlurUnavailableError,
    ConflictError,
    InvalidInputError,
    NotAuthorisedError,
    NotFoundError,
)
from beffroi.vocabulary.evidence import PartKind
from beffroi.vocabulary.rules import Zone
from beffroi.vocabulary.time import UtcNs

HOUSE = Zone(points=((0.1, 0.1), (0.4, 0.1), (0.4, 0.5)))
WHY = "is the man on the ground hurt?"


def acts(town: Town) -> list[str]:
    return [entry.act for entry in reversed(town.doors.journal.recent(LOCAL_ADMINISTRATOR))]


def test_a_lift_shows_clearly_for_its_time_and_ends_by_itself(town: Town) -> None:
    live = town.doors.cameras
    assert not live.viewed_live(OPERATOR, "mairie").clear
    assert live.viewed_live(SUPERVISOR, "mairie").clear
    lift = town.doors.privacy.lift(OPERATOR, "camera:mairie", why=WHY, minutes=5)
    assert live.viewed_live(OPERATOR, "mairie").clear
    assert not live.viewed_live(OPERATOR, "quai").clear, "another camera stays blurred"
    assert [one.lift_id for one in town.doors.privacy.lifts(OPERATOR)] == [lift.lift_id]
    town.clock.advance(301)
    assert not live.may_see_live(OPERATOR, "mairie").clear
    town.doors.tend()
    assert "blur_again" in acts(town)
    kept = next(one for one in town.doors.journal.recent(LOCAL_ADMINISTRATOR) if one.act == "lift_blur")
    assert (kept.actor, kept.why, kept.about) == (OPERATOR.name, WHY, "camera:mairie")


def test_a_lift_ends_by_hand_and_only_by_ones_own(town: Town) -> None:
    lift = town.doors.privacy.lift(OPERATOR, "camera:mairie", why=WHY)
    with pytest.raises(NotFoundError):
        town.doors.privacy.end(ADMINISTRATOR, lift.lift_id)
    town.doors.privacy.end(OPERATOR, lift.lift_id)
    assert not town.doors.cameras.may_see_live(OPERATOR, "mairie").clear


def test_a_clock_put_back_before_a_lift_ends_it(town: Town) -> None:
    town.doors.privacy.lift(OPERATOR, "camera:mairie", why=WHY)
    town.clock.now = UtcNs(town.clock.now - 60 * 10**9)
    assert not town.doors.cameras.may_see_live(OPERATOR, "mairie").clear


def test_a_lift_needs_a_reason_a_time_and_something_that_is_blurred(town: Town) -> None:
    lift = town.doors.privacy.lift
    with pytest.raises(InvalidInputError, match="no reason"):
        lift(OPERATOR, "camera:mairie", why="x")
    with pytest.raises(InvalidInputError, match="at most"):
        lift(OPERATOR, "camera:mairie", why=WHY, minutes=11)
    with pytest.raises(NotFoundError):
        lift(OPERATOR, "camera:gone", why=WHY)
    with pytest.raises(ConflictError):
        lift(SUPERVISOR, "camera:mairie", why=WHY)


def test_evidence_is_the_blurred_copy_until_the_blur_is_lifted(town: Town) -> None:
    alert_id = town.raised(town.doors.rules.get(ADMINISTRATOR, "lawn").rule, "walk")
    parts = [town.footage("walk"), town.footage("walk", PartKind.CLIP_BLURRED, b"coarse pictures")]
    now = town.clock.now
    town.doors.intake.take_evidence(SYSTEM, "walk", parts=parts, from_at=now, to_at=now)
    see = town.doors.alerts.evidence_file
    assert see(OPERATOR, alert_id, PartKind.CLIP).path.read_bytes() == b"coarse pictures"
    assert see(SUPERVISOR, alert_id, PartKind.CLIP).path.read_bytes() == b"moving pictures"
    town.doors.privacy.lift(OPERATOR, f"alert:{alert_id}", why=WHY)
    assert see(OPERATOR, alert_id, PartKind.CLIP).path.read_bytes() == b"moving pictures"
    town.clock.advance(601)
    assert see(OPERATOR, alert_id, PartKind.CLIP).path.read_bytes() == b"coarse pictures"


def test_evidence_without_a_blurred_copy_is_not_shown(town: Town) -> None:
    alert_id = town.raised(town.doors.rules.get(ADMINISTRATOR, "lawn").rule, "walk")
    now = town.clock.now
    town.doors.intake.take_evidence(SYSTEM, "walk", parts=[town.footage("walk")], from_at=now, to_at=now)
    with pytest.raises(BlurUnavailableError):
        town.doors.alerts.evidence_file(OPERATOR, alert_id, PartKind.CLIP)


def test_more_is_hidden_at_once_and_less_takes_a_second_person(town: Town) -> None:
    change = town.doors.privacy.change
    more, bare = Hidden(masks=(HOUSE,), blur=True), Hidden(masks=(), blur=False)
    assert change(SUPERVISOR, "mairie", more, why="the house at the corner").done
    asked = change(SUPERVISOR, "mairie", bare, why="the house was pulled down")
    assert not asked.done
    request = asked.standing.request
    assert request is not None
    assert asked.standing.hidden == more
    with pytest.raises(NotAuthorisedError):
        change(SUPERVISOR, "mairie", bare, why="the house was pulled down", request_id=request.request_id)
    town.doors.sensitive.second(ADMINISTRATOR, request.request_id)
    with pytest.raises(ConflictError):
        change(SUPERVISOR, "mairie", Hidden(masks=(), blur=True), why="something else", request_id=request.request_id)
    assert change(SUPERVISOR, "mairie", bare, why="it was pulled down", request_id=request.request_id).done
    assert town.doors.privacy.of_camera(SUPERVISOR, "mairie").hidden == bare
    assert town.doors.cameras.viewed_live(OPERATOR, "mairie").clear, "nothing is blurred there any more"


def test_changing_a_camera_leaves_its_masks(town: Town) -> None:
    town.doors.privacy.change(SUPERVISOR, "mairie", Hidden(masks=(HOUSE,), blur=True), why="the house at the corner")
    plain = town.doors.cameras.get(ADMINISTRATOR, "mairie")
    town.doors.cameras.change(ADMINISTRATOR, replace(plain, masks=(), blur=False, name="Renamed"))
    kept = town.doors.cameras.get(ADMINISTRATOR, "mairie")
    assert (kept.name, kept.masks, kept.blur) == ("Renamed", (HOUSE,), True)


@pytest.mark.parametrize(
    "points", [((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)), ((0.1, 0.1), (0.2, 0.2)), ((0, 0), (2, 0), (1, 1))]
)
def test_a_mask_that_is_no_polygon_is_named(town: Town, points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(InvalidInputError, match=r"masks\.0"):
        town.doors.privacy.change(
            SUPERVISOR, "mairie", Hidden(masks=(Zone(points=points),), blur=True), why="a house of that street"
        )


def test_what_was_agreed_to_uncovers_no_mask_that_came_later(town: Town) -> None:
    change = town.doors.privacy.change
    garden = Zone(points=((0.5, 0.1), (0.8, 0.1), (0.8, 0.5)))
    window = Zone(points=((0.1, 0.6), (0.3, 0.6), (0.3, 0.9)))
    change(SUPERVISOR, "mairie", Hidden(masks=(HOUSE, garden), blur=True), why="the houses at the corner")
    fewer = Hidden(masks=(garden,), blur=True)
    asked = change(SUPERVISOR, "mairie", fewer, why="the house was pulled down").standing.request
    assert asked is not None
    town.doors.sensitive.second(ADMINISTRATOR, asked.request_id)
    more = Hidden(masks=(HOUSE, garden, window), blur=True)
    assert change(SUPERVISOR, "mairie", more, why="a neighbour's window").done
    with pytest.raises(ConflictError, match="changed since this was asked"):
        change(SUPERVISOR, "mairie", fewer, why="the house was pulled down", request_id=asked.request_id)
    assert town.doors.privacy.of_camera(SUPERVISOR, "mairie").hidden == more
