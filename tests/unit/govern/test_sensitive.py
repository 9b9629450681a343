"""Sensitive acts: a reason, a second person who is another, done once, in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from beffroi.govern.passage import Passage, Writing
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Actor, Right, Role
from beffroi.govern.sensitive import RequestState, SensitiveKind
from beffroi.testing.town import ADMINISTRATOR, DPO, INVESTIGATOR, OPERATOR, SUPERVISOR, Town
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotAuthorisedError, NotFoundError

WHY = "réquisition 2026-44"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path)
    town.settle()
    return town


def taken(town: Town, actor: Actor, request_id: str, kind: SensitiveKind, about: str) -> None:
    passage = Passage(town.doors.database, town.clock)
    with passage.writing(actor, Right.EXPORT) as writing:
        assert isinstance(writing, Writing)
        town.doors.sensitive.take(writing, request_id, kind, about)


def test_an_export_needs_another_person(town: Town) -> None:
    sensitive = town.doors.sensitive
    request = sensitive.ask(INVESTIGATOR, SensitiveKind.EXPORT, "case:1", why=WHY)
    assert request.state is RequestState.WAITING
    with pytest.raises(NotAuthorisedError, match="waiting"):
        taken(town, INVESTIGATOR, request.request_id, SensitiveKind.EXPORT, "case:1")
    with pytest.raises(NotAuthorisedError):
        sensitive.second(INVESTIGATOR, request.request_id)
    assert sensitive.second(SUPERVISOR, request.request_id).answered_by == "odile"
    with pytest.raises(NotAuthorisedError):
        taken(town, INVESTIGATOR, request.request_id, SensitiveKind.EXPORT, "case:2")
    taken(town, INVESTIGATOR, request.request_id, SensitiveKind.EXPORT, "case:1")
    with pytest.raises(NotAuthorisedError, match="done"):
        taken(town, INVESTIGATOR, request.request_id, SensitiveKind.EXPORT, "case:1")
    acts = [entry.act for entry in town.doors.journal.recent(LOCAL_ADMINISTRATOR, about="case:1")]
    assert acts == ["second", "ask_sensitive"]


def test_nobody_seconds_themselves_even_with_the_right(town: Town) -> None:
    request = town.doors.sensitive.ask(ADMINISTRATOR, SensitiveKind.CHANGE_MASKS, "camera:quai", why=WHY)
    with pytest.raises(NotAuthorisedError, match="own"):
        town.doors.sensitive.second(ADMINISTRATOR, request.request_id)
    assert town.doors.sensitive.second(DPO, request.request_id).state is RequestState.SECONDED


def test_a_refused_or_late_request_stays_closed(town: Town) -> None:
    sensitive = town.doors.sensitive
    refused = sensitive.ask(INVESTIGATOR, SensitiveKind.EXPORT, "case:1", why=WHY)
    sensitive.refuse(DPO, refused.request_id, why="la réquisition a pris fin")
    with pytest.raises(ConflictError, match="refused"):
        sensitive.second(SUPERVISOR, refused.request_id)
    late = sensitive.ask(INVESTIGATOR, SensitiveKind.EXPORT, "case:1", why=WHY)
    town.clock.advance(2 * 86_400)
    with pytest.raises(ConflictError, match="expired"):
        sensitive.second(SUPERVISOR, late.request_id)
    town.doors.tend()
    assert {one.state for one in sensitive.all(DPO)} == {RequestState.EXPIRED, RequestState.REFUSED}


def test_reasons_say_something_and_strangers_ask_for_nothing(town: Town) -> None:
    with pytest.raises(InvalidInputError):
        town.doors.sensitive.ask(INVESTIGATOR, SensitiveKind.EXPORT, "case:1", why=" x  ")
    with pytest.raises(NotAuthorisedError):
        town.doors.sensitive.ask(OPERATOR, SensitiveKind.EXPORT, "case:1", why=WHY)
    with pytest.raises(NotFoundError):
        town.doors.sensitive.second(SUPERVISOR, "none")
    assert town.doors.sensitive.ask(OPERATOR, SensitiveKind.LIFT_BLUR, "camera:quai", why=WHY).state is (
        RequestState.SECONDED
    )
    assert [one.kind for one in town.doors.sensitive.all(Actor(name="jeanne", role=Role.OPERATOR))] == ["lift_blur"]
