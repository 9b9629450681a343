"""Counts: added up per quarter of an hour, only where an authorisation allows counts, seen where scopes reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.govern.alerts import AlertFilter
from beffroi.govern.counts import SPAN_S, Count, Counting, CountKey, add_counts, span_of
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM, Actor, Role, Scope
from beffroi.testing.town import AUDITOR, NOON, OPERATOR, SUPERVISOR, Town, authorisation
from beffroi.vocabulary.authorisation import Regime
from beffroi.vocabulary.errors import InvalidInputError, NotAuthorisedError
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Line, Rule, Situation
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

DAY_NS = seconds_to_ns(86_400)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    made.settle(replace(authorisation(regime=Regime.STATISTICS), situations=frozenset({Situation.LINE_CROSSED})))
    made.doors.rules.add(
        LOCAL_ADMINISTRATOR,
        Rule(
            rule_id="bridge",
            version=1,
            camera_id="mairie",
            situation=Situation.LINE_CROSSED,
            purpose_id="safety",
            classes=(ObjectClass.PERSON,),
            line=Line(points=((0.5, 0.0), (0.5, 1.0))),
        ),
    )
    yield made
    made.doors.close()


def told(town: Town, **added: float) -> int:
    waiting: dict[CountKey, Counting] = {}
    names = {name.replace("_", "."): more for name, more in added.items()}
    add_counts(waiting, "mairie", names, town.clock())
    return town.doors.counts.add(SYSTEM, waiting)


def kept(town: Town, actor: Actor = SUPERVISOR, rule_id: str = "") -> list[Count]:
    day = (UtcNs(NOON - DAY_NS), UtcNs(NOON + DAY_NS))
    return town.doors.counts.between(actor, *day, rule_id=rule_id)


def test_counts_add_up_in_their_quarter_of_an_hour(town: Town) -> None:
    assert told(town, bridge_forward=2.0, bridge_backward=0.0) == 0
    town.clock.advance(10)
    told(town, bridge_forward=3.0)
    town.restart()
    town.clock.advance(SPAN_S)
    told(town, bridge_forward=1.0)
    found = [(one.counter, one.from_at, one.value) for one in kept(town)]
    assert found == [
        ("backward", NOON, 0.0),
        ("forward", NOON, 5.0),
        ("forward", UtcNs(NOON + seconds_to_ns(SPAN_S)), 1.0),
    ]


def test_nothing_is_counted_that_no_authorisation_allows(town: Town) -> None:
    assert told(town, lawn_entries=4.0) == 1, "statistics do not cover who enters a zone"
    assert told(town, nowhere_entries=4.0) == 1
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="over")
    assert told(town, bridge_forward=4.0) == 1
    assert kept(town) == []


@pytest.mark.parametrize("stopped", [True, False])
def test_a_clock_put_back_before_a_stop_or_an_end_counts_nothing(town: Town, stopped: bool) -> None:
    town.clock.advance(3_600)
    if stopped:
        town.doors.analysis.stop(LOCAL_ADMINISTRATOR, why="over")
    else:
        town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="over")
    town.clock.advance(-3_600)
    waiting: dict[CountKey, Counting] = {}
    add_counts(waiting, "mairie", {"bridge.forward": 2.0}, town.clock())
    assert town.doors.counts.add(SYSTEM, waiting) == 1


def test_what_was_counted_before_the_end_is_kept_after_it(town: Town) -> None:
    waiting: dict[CountKey, Counting] = {}
    add_counts(waiting, "mairie", {"bridge.forward": 2.0}, town.clock())
    town.clock.advance(5)
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="over")
    assert town.doors.counts.add(SYSTEM, waiting) == 0
    assert [one.value for one in kept(town)] == [2.0]


def test_nothing_is_counted_after_the_general_stop(town: Town) -> None:
    town.doors.analysis.stop(SUPERVISOR, why="")
    town.clock.advance(1)
    assert told(town, bridge_forward=4.0) == 1
    assert kept(town) == []


def test_a_regime_without_counts_keeps_none(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.settle(replace(authorisation(regime=Regime.SUPERVISION), situations=frozenset({Situation.CAMERA_IMPAIRED})))
    view = Rule(rule_id="view", version=1, camera_id="mairie", situation=Situation.CAMERA_IMPAIRED, purpose_id="safety")
    assert town.doors.rules.add(LOCAL_ADMINISTRATOR, view).coverage.covered
    assert told(town, view_impaired=4.0) == 1
    town.doors.close()


def test_counts_are_seen_where_scopes_reach(town: Town) -> None:
    told(town, bridge_forward=2.0)
    camera = town.doors.cameras.get(LOCAL_ADMINISTRATOR, "mairie")
    town.doors.cameras.change(LOCAL_ADMINISTRATOR, replace(camera, groups=("centre",)))

    def seen(group: str, purpose: str) -> int:
        scope = Scope(groups=frozenset({group}), purposes=frozenset({purpose}))
        return len(kept(town, Actor(name="odile", role=Role.SUPERVISOR, scopes=(scope,))))

    assert (seen("centre", "safety"), seen("quays", "safety"), seen("centre", "traffic")) == (1, 0, 0)
    assert kept(town, rule_id="lawn") == []


@pytest.mark.parametrize("span_s", [0, -60, 32 * 86_400])
def test_a_span_that_cannot_be_answered_says_why(town: Town, span_s: float) -> None:
    with pytest.raises(InvalidInputError, match=r"query\.to"):
        town.doors.counts.between(SUPERVISOR, NOON, UtcNs(NOON + seconds_to_ns(span_s)))


def test_counts_go_when_their_time_is_over(town: Town) -> None:
    told(town, bridge_forward=2.0)
    town.clock.advance(4 * 365 * 86_400)
    town.doors.tend()
    assert kept(town) == []


def in_pilot(folder: Path) -> tuple[Town, Rule]:
    town = Town(folder)
    return town, town.settle(authorisation(regime=Regime.PILOT))


def piloted(town: Town, actor: Actor = SUPERVISOR) -> list[tuple[str, str, int]]:
    span = (UtcNs(NOON - DAY_NS), UtcNs(NOON + 3 * DAY_NS))
    return [(one.day.isoformat(), one.rule_id, one.times) for one in town.doors.counts.of_pilots(actor, *span)]


def test_a_pilot_is_measured_by_day_of_the_town_s_clock_and_shows_no_alert(tmp_path: Path) -> None:
    town, lawn = in_pilot(tmp_path)
    for hours in (0, 1, 10.9, 0.2):  # noon, 13:00, 23:54 and 00:06 in Paris; midnight of UTC comes two hours later
        town.clock.advance(hours * 3600)
        assert town.doors.intake.take_event(SYSTEM, town.event(lawn)).alert_id is None
    assert piloted(town) == [("2026-06-01", "lawn", 3), ("2026-06-02", "lawn", 1)]
    assert town.doors.alerts.queue(OPERATOR).shown_total == 0
    assert town.doors.alerts.history(SUPERVISOR, AlertFilter()).total == 0
    town.doors.close()


def test_footage_told_of_a_pilot_s_event_is_destroyed(tmp_path: Path) -> None:
    town, lawn = in_pilot(tmp_path)
    event = town.event(lawn)
    town.doors.intake.take_event(SYSTEM, event)
    part = town.footage(event.event_id)
    now = town.clock()
    assert not town.doors.intake.take_evidence(SYSTEM, event.event_id, parts=(part,), from_at=now, to_at=now)
    assert [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()] == []
    town.doors.close()


def test_what_raised_an_alert_is_no_pilot_s_and_scopes_hold(tmp_path: Path) -> None:
    town = Town(tmp_path)
    lawn = town.settle()
    town.raised(lawn)
    assert piloted(town) == []
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="a pilot comes first")
    town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, authorisation("order-2", regime=Regime.PILOT))
    town.doors.intake.take_event(SYSTEM, town.event(lawn))
    traffic = Scope(groups=frozenset({"*"}), purposes=frozenset({"traffic"}))
    assert piloted(town, Actor(name="odile", role=Role.SUPERVISOR, scopes=(traffic,))) == []
    assert [times for _, _, times in piloted(town, AUDITOR)] == [1]
    with pytest.raises(NotAuthorisedError):
        piloted(town, OPERATOR)
    town.doors.close()


@given(st.lists(st.tuples(st.integers(0, 4 * SPAN_S), st.integers(0, 50)), max_size=40))
def test_no_count_is_lost_or_told_twice(told_at: list[tuple[int, int]]) -> None:
    waiting: dict[CountKey, Counting] = {}
    for second, more in told_at:
        add_counts(waiting, "mairie", {"bridge.forward": float(more)}, UtcNs(NOON + seconds_to_ns(second)))
    assert sum(one.added for one in waiting.values()) == sum(more for _, more in told_at)
    assert all(from_at == span_of(one.last_at) for (_, _, from_at), one in waiting.items())
