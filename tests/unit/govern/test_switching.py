"""The kill switch and the clock's mark: in doubt, nothing is analysed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete

from beffroi.govern.authorisations import CoverageReason
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM
from beffroi.keep.store.tables.authorising import switches
from beffroi.testing.town import ADMINISTRATOR, DPO, NOON, OPERATOR, SUPERVISOR, Town, authorisation
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotAuthorisedError, StorageError
from beffroi.vocabulary.time import UtcNs, seconds_to_ns


def reason(town: Town) -> CoverageReason:
    return town.doors.rules.get(SUPERVISOR, "lawn").coverage.reason


def test_stop_withholds_everything_at_once_and_over_a_restart(town: Town) -> None:
    rule = town.doors.rules.get(SUPERVISOR, "lawn").rule
    town.doors.analysis.stop(OPERATOR, why="The model has gone mad")
    assert reason(town) is CoverageReason.ANALYSIS_STOPPED
    assert town.doors.intake.take_event(SYSTEM, town.event(rule)).why == "analysis_stopped"
    town.restart()
    state = town.doors.analysis.state(SUPERVISOR).switch
    assert (state.stopped, state.by, state.why, state.at) == (True, "jeanne", "The model has gone mad", NOON)
    assert reason(town) is CoverageReason.ANALYSIS_STOPPED
    town.doors.cameras.viewed_live(OPERATOR, "mairie")  # people go on watching


def test_only_some_resume_with_a_reason_and_it_is_journalled(town: Town) -> None:
    town.doors.analysis.stop(DPO, why="")
    with pytest.raises(NotAuthorisedError):
        town.doors.analysis.resume(OPERATOR, why="I think it is fine")
    with pytest.raises(InvalidInputError):
        town.doors.analysis.resume(SUPERVISOR, why="ok")
    town.doors.analysis.resume(SUPERVISOR, why="The model was replaced")
    assert reason(town) is CoverageReason.COVERED
    with pytest.raises(ConflictError):
        town.doors.analysis.resume(SUPERVISOR, why="The model was replaced")
    entries = town.doors.journal.recent(LOCAL_ADMINISTRATOR, about="analysis")
    assert [(one.act, one.actor, one.why) for one in entries if one.allowed] == [
        ("resume_analysis", "odile", "The model was replaced"),
        ("stop_analysis", "basile", ""),
    ]
    told = [row.payload["stopped"] for row in town.doors.outbox.for_actor(OPERATOR, 0)]
    assert told == [True, False]


def test_a_switch_that_cannot_be_read_is_stopped(town: Town) -> None:
    with town.doors.database.write() as connection:
        connection.execute(delete(switches))
    state = town.doors.analysis.state(OPERATOR).switch
    assert state.stopped
    assert "cannot be read" in state.why
    with pytest.raises(StorageError):
        town.doors.rules.for_watching(SYSTEM)


def test_a_clock_that_is_put_back_revives_nothing(town: Town) -> None:
    town.clock.now = UtcNs(NOON + seconds_to_ns(10 * 86_400))
    town.doors.analysis.mark_clock(SYSTEM)
    assert reason(town) is CoverageReason.EXPIRED
    town.clock.now = NOON
    assert reason(town) is CoverageReason.CLOCK_STEPPED_BACK
    with pytest.raises(NotAuthorisedError):
        town.doors.cameras.viewed_live(OPERATOR, "mairie")
    town.restart()
    assert town.doors.analysis.state(OPERATOR).clock_seen_at == NOON + seconds_to_ns(10 * 86_400)
    town.doors.analysis.trust_clock(ADMINISTRATOR, why="The battery of the board was replaced")
    assert town.doors.analysis.state(OPERATOR).clock_seen_at is None
    assert reason(town) is CoverageReason.COVERED
    with pytest.raises(ConflictError):
        town.doors.analysis.trust_clock(ADMINISTRATOR, why="The battery of the board was replaced")


def test_small_corrections_of_the_clock_are_nobodys_business(town: Town) -> None:
    town.doors.analysis.mark_clock(SYSTEM)
    town.clock.advance(-3)
    assert reason(town) is CoverageReason.COVERED


@pytest.mark.parametrize("said_right", [True, False])
def test_what_a_person_ended_stays_ended_whatever_the_clock_shows_later(town: Town, said_right: bool) -> None:
    town.clock.advance(86_400)
    town.doors.authorisations.revoke(DPO, "order-1", why="The prefect withdrew it")
    town.doors.analysis.stop(DPO, why="Until all is clear")
    if said_right:
        town.doors.analysis.mark_clock(SYSTEM)
    town.clock.now = NOON
    if said_right:
        town.doors.analysis.trust_clock(ADMINISTRATOR, why="The battery of the board was replaced")
    assert reason(town) is CoverageReason.REVOKED
    with pytest.raises(NotAuthorisedError, match="no authorisation in force"):
        town.doors.cameras.viewed_live(OPERATOR, "mairie")
    kept = town.doors.authorisations.kept(DPO)[0]
    assert (kept.authorisation.withdrawn, kept.authorisation.revoked_at) == (True, NOON + seconds_to_ns(86_400))
    assert town.doors.analysis.state(OPERATOR).switch.stopped
    town.restart()
    assert reason(town) is CoverageReason.REVOKED


def test_an_end_announced_by_a_successor_is_no_end_before_its_day(town: Town) -> None:
    begins = UtcNs(NOON + seconds_to_ns(3_600))
    follower = replace(authorisation("order-2"), replaces="order-1", valid_from=begins)
    town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, follower)
    assert reason(town) is CoverageReason.COVERED
    assert town.doors.cameras.viewed_live(OPERATOR, "mairie").authorisation_id == "order-1"
    town.clock.now = begins
    assert town.doors.cameras.viewed_live(OPERATOR, "mairie").authorisation_id == "order-2"
