"""Seeing a camera live needs an authorisation as analysing it does; each viewing says under which."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Actor, Role, Scope
from beffroi.testing.town import NOON, OPERATOR, SUPERVISOR, Town, authorisation
from beffroi.vocabulary.authorisation import Regime
from beffroi.vocabulary.errors import NotAuthorisedError
from beffroi.vocabulary.journal import JournalEntry
from beffroi.vocabulary.rules import Schedule, Situation, Weekly
from beffroi.vocabulary.time import UtcNs


def viewings(town: Town) -> list[JournalEntry]:
    found = town.doors.journal.recent(LOCAL_ADMINISTRATOR, about="camera:mairie")
    return [one for one in found if one.act == "see_live"]


def test_a_viewing_names_its_authorisation_and_purpose(town: Town) -> None:
    viewing = town.doors.cameras.viewed_live(OPERATOR, "mairie")
    assert (viewing.camera.camera_id, viewing.purpose_id, viewing.authorisation_id) == ("mairie", "safety", "order-1")
    entry = viewings(town)[0]
    assert (entry.allowed, entry.purpose, entry.detail) == (
        True,
        "safety",
        {"authorisation": "order-1", "picture": "blurred"},
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"cameras": frozenset({"quai"})},
        {"regime": Regime.STATISTICS, "situations": frozenset({Situation.LINE_CROSSED})},
        {"regime": Regime.PILOT},
        {"viewers": frozenset({"supervisor"})},
        {"valid_to": UtcNs(NOON + 1)},
        {"hours": Schedule(spans=(Weekly(from_minute=0, to_minute=60),))},
    ],
)
def test_without_one_nothing_is_seen_and_the_refusal_is_traced(tmp_path: Path, changed: dict[str, object]) -> None:
    town = Town(tmp_path / "town")
    town.settle(replace(authorisation(), **changed))  # type: ignore[arg-type]
    town.clock.advance(1)
    with pytest.raises(NotAuthorisedError, match="no authorisation in force"):
        town.doors.cameras.viewed_live(OPERATOR, "mairie")
    with pytest.raises(NotAuthorisedError):
        town.doors.cameras.glanced(OPERATOR, "mairie")
    entry = viewings(town)[0]
    assert (entry.allowed, entry.why) == (False, "no_authorisation")
    town.doors.close()


def test_a_scope_without_the_purpose_or_the_group_sees_nothing(town: Town) -> None:
    elsewhere = Scope(purposes=frozenset({"traffic"}))
    with pytest.raises(NotAuthorisedError):
        town.doors.cameras.viewed_live(Actor(name="jeanne", role=Role.OPERATOR, scopes=(elsewhere,)), "mairie")


def test_of_one_purpose_the_narrower_viewers_win(town: Town) -> None:
    narrow = authorisation("order-2", viewers=frozenset({"supervisor"}))
    town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, narrow)
    with pytest.raises(NotAuthorisedError):
        town.doors.cameras.viewed_live(OPERATOR, "mairie")
    assert town.doors.cameras.viewed_live(SUPERVISOR, "mairie").authorisation_id == "order-1+order-2"


def test_an_alert_under_two_is_seen_only_by_whom_both_name(town: Town) -> None:
    narrow = authorisation("order-2", viewers=frozenset({"odile", "jeanne"}))
    town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, narrow)
    alert_id = town.raised(town.doors.rules.get(SUPERVISOR, "lawn").rule)
    assert town.doors.alerts.get(OPERATOR, alert_id).record.authorisation_id == "order-1+order-2"
    assert town.doors.alerts.queue(SUPERVISOR).shown_total == 1
    other = Actor(name="malik", role=Role.OPERATOR)
    assert town.doors.alerts.queue(other).shown_total == 0
    assert not town.doors.outbox.for_actor(other, 0)
    with pytest.raises(NotAuthorisedError):
        town.doors.alerts.get(other, alert_id)
    assert [one.authorisation_id for one in town.doors.authorisations.all(OPERATOR)] == ["order-1", "order-2"]


def test_stills_that_come_every_second_are_traced_once_in_a_while(town: Town) -> None:
    for _ in range(5):
        town.doors.cameras.glanced(OPERATOR, "mairie")
        town.clock.advance(1)
    assert len(viewings(town)) == 1
    town.clock.advance(600)
    town.doors.cameras.glanced(OPERATOR, "mairie")
    assert len(viewings(town)) == 2
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="The square is closed")
    for _ in range(3):
        with pytest.raises(NotAuthorisedError):
            town.doors.cameras.glanced(OPERATOR, "mairie")
    assert len(viewings(town)) == 3


def test_an_open_viewing_ends_with_its_authorisation(town: Town) -> None:
    assert town.doors.cameras.may_see_live(OPERATOR, "mairie") == town.doors.cameras.viewed_live(OPERATOR, "mairie")
    town.clock.now = UtcNs(authorisation().valid_to)
    with pytest.raises(NotAuthorisedError):
        town.doors.cameras.may_see_live(OPERATOR, "mairie")
