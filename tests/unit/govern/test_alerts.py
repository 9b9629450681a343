"""Events become alerts, people answer: queue, history, verdicts, governor, snooze."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from beffroi.govern.alerts import AlertFilter, Answer
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM
from beffroi.judge.alerts import GovernorSettings
from beffroi.testing.town import OPERATOR, OTHER_OPERATOR, PASSWORD, SUPERVISOR, Town, authorisation
from beffroi.vocabulary.authorisation import Regime
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotFoundError
from beffroi.vocabulary.judgement import AlertState, Certainty, Decision, EventPhase
from beffroi.vocabulary.rules import Rule, Schedule, Weekly
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

CONFIRM = Answer(decision=Decision.CONFIRM, evidence_seen=("still", "clip"))
DISMISS = Answer(decision=Decision.DISMISS, reason="shadow_or_light")


def lawn(town: Town) -> Rule:
    return town.doors.rules.get(SYSTEM, "lawn").rule


def told(town: Town) -> list[str]:
    return [row.topic for row in town.doors.outbox.for_actor(OPERATOR, 0)]


def test_an_event_raises_one_alert_told_once(town: Town) -> None:
    event = town.event(lawn(town))
    first = town.doors.intake.take_event(SYSTEM, event)
    again = town.doors.intake.take_event(SYSTEM, event)
    assert (first.outcome, again.outcome) == ("raised", "extended")
    assert again.alert_id == first.alert_id
    queue = town.doors.alerts.queue(OPERATOR)
    assert [one.alert.alert_id for one in queue.shown] == [first.alert_id]
    assert (queue.shown[0].camera_name, queue.shown[0].rule_name) == ("Mairie, parvis", "Lawn")
    assert told(town) == ["alert.raised"]


def test_the_episode_going_on_moves_the_alert_and_is_told_sparingly(town: Town) -> None:
    rule = lawn(town)
    alert_id = town.raised(rule, "walk")
    for _ in range(12):
        town.clock.advance(1)
        taken = town.doors.intake.take_event(SYSTEM, town.event(rule, event_id="walk", phase=EventPhase.UPDATED))
        assert (taken.outcome, taken.alert_id) == ("extended", alert_id)
        assert taken.record is not None
        assert taken.record.alert.last_held_at == town.clock.now
    assert told(town).count("alert.changed") in (2, 3)
    town.clock.advance(1)
    ended = town.event(rule, event_id="walk", phase=EventPhase.ENDED)
    town.doors.intake.take_event(SYSTEM, ended)
    before = told(town)
    town.clock.advance(1)
    late = town.doors.intake.take_event(SYSTEM, town.event(rule, event_id="walk", phase=EventPhase.UPDATED))
    assert late.why == "told_before"
    assert told(town) == before


def test_a_repeat_is_counted_not_raised(town: Town) -> None:
    rule = lawn(town)
    box = (10.0, 10.0, 60.0, 90.0)
    first = town.doors.intake.take_event(SYSTEM, town.event(rule, box=box))
    town.clock.advance(1)
    second = town.doors.intake.take_event(SYSTEM, town.event(rule, box=box))
    assert (second.outcome, second.alert_id) == ("repeat", first.alert_id)
    assert second.record is not None
    assert second.record.alert.repeats == 1


def test_an_episode_stays_with_the_alert_it_joined_wherever_it_moves(town: Town) -> None:
    rule = lawn(town)
    box = (10.0, 10.0, 60.0, 90.0)
    first = town.doors.intake.take_event(SYSTEM, town.event(rule, box=box))
    town.clock.advance(1)
    joined = town.doors.intake.take_event(SYSTEM, town.event(rule, event_id="second", box=box))
    assert joined.outcome == "repeat"
    for step in range(1, 5):
        town.clock.advance(2)
        moved = town.event(rule, event_id="second", phase=EventPhase.UPDATED, box=(100.0 * step, 200.0, 500.0, 300.0))
        gone_on = town.doors.intake.take_event(SYSTEM, moved)
        assert (gone_on.outcome, gone_on.alert_id) == ("extended", first.alert_id)
    queue = town.doors.alerts.queue(OPERATOR)
    assert [(one.alert.repeats, one.alert.last_held_at) for one in queue.shown] == [(1, town.clock.now)]


@pytest.mark.parametrize("wrong", [{"rule_id": "other"}, {"rule_version": 2}, {"camera_id": "quai"}])
def test_events_of_unknown_rules_are_ignored(town: Town, wrong: dict[str, object]) -> None:
    event = replace(town.event(lawn(town)), **wrong)  # type: ignore[arg-type]
    taken = town.doors.intake.take_event(SYSTEM, event)
    assert (taken.outcome, taken.why) == ("ignored", "unknown_rule")
    assert town.doors.alerts.queue(OPERATOR).shown_total == 0


def test_nothing_is_kept_of_an_event_once_the_authorisation_is_over(town: Town) -> None:
    rule = lawn(town)
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="the event is over")
    taken = town.doors.intake.take_event(SYSTEM, town.event(rule))
    assert (taken.outcome, taken.why) == ("ignored", "revoked")
    assert told(town) == []
    trace = town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=1)[0]
    assert (trace.act, trace.allowed, trace.why) == ("refuse_event", False, "revoked")
    town.clock.advance(20 * 86_400)
    assert town.doors.intake.take_event(SYSTEM, town.event(rule)).why == "revoked"


def test_an_announced_end_can_be_brought_forward(tmp_path: Path) -> None:
    town = Town(tmp_path)
    announced = replace(authorisation(), revoked_at=UtcNs(town.clock.now + seconds_to_ns(86_400)))
    rule = town.settle(announced)
    assert town.doors.intake.take_event(SYSTEM, town.event(rule)).outcome == "raised"
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="sooner than announced")
    assert town.doors.intake.take_event(SYSTEM, town.event(rule)).why == "revoked"
    with pytest.raises(NotFoundError):
        town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="again")
    town.doors.close()


def test_hours_in_a_time_zone_nobody_knows_are_refused(town: Town) -> None:
    nowhere = Schedule(spans=(Weekly(),), time_zone="Europe/Ys")
    with pytest.raises(InvalidInputError, match="Europe/Ys"):
        town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, authorisation("order-2", hours=nowhere))
    with pytest.raises(InvalidInputError, match="Europe/Ys"):
        town.doors.rules.change(SUPERVISOR, replace(lawn(town), schedule=nowhere))
    assert town.doors.intake.take_event(SYSTEM, town.event(lawn(town))).outcome == "raised"


def test_a_pilot_measures_and_shows_nobody(tmp_path: Path) -> None:
    town = Town(tmp_path)
    rule = town.settle(authorisation(regime=Regime.PILOT))
    taken = town.doors.intake.take_event(SYSTEM, town.event(rule))
    assert (taken.outcome, taken.why) == ("ignored", "regime_without_alerts")
    assert town.doors.alerts.history(OPERATOR, AlertFilter()).total == 0
    town.doors.close()


def test_outside_the_hours_of_the_order_nothing_is_raised(tmp_path: Path) -> None:
    town = Town(tmp_path)
    evening = Schedule(spans=(Weekly(from_minute=20 * 60, to_minute=23 * 60),))
    rule = town.settle(authorisation(hours=evening))
    assert town.doors.intake.take_event(SYSTEM, town.event(rule)).why == "outside_hours"
    town.clock.advance(8 * 3600)
    assert town.doors.intake.take_event(SYSTEM, town.event(rule)).outcome == "raised"
    standing = town.doors.rules.get(OPERATOR, "lawn")
    assert standing.coverage.valid_until == town.clock.now + seconds_to_ns(3 * 3600)
    town.doors.close()


def test_a_verdict_is_kept_once_however_often_it_is_sent(town: Town) -> None:
    alert_id = town.raised(lawn(town))
    first = town.doors.alerts.give_verdict(OPERATOR, alert_id, CONFIRM, idempotency_key="key-00001")
    town.restart()
    again = town.doors.alerts.give_verdict(OPERATOR, alert_id, CONFIRM, idempotency_key="key-00001")
    assert (first.is_new, again.is_new) == (True, False)
    assert again.verdict == first.verdict
    assert again.record.alert.state is AlertState.CONFIRMED
    assert again.record.alert.certainty is Certainty.OBSERVED
    assert len(town.doors.alerts.get(OPERATOR, alert_id).verdicts) == 1
    with pytest.raises(ConflictError):
        town.doors.alerts.give_verdict(OPERATOR, alert_id, DISMISS, idempotency_key="key-00001")


def test_two_operators_cannot_answer_past_each_other(town: Town) -> None:
    alert_id = town.raised(lawn(town))
    town.doors.alerts.give_verdict(OPERATOR, alert_id, DISMISS, idempotency_key="key-00001")
    with pytest.raises(ConflictError, match="dismissed by jeanne"):
        town.doors.alerts.give_verdict(OTHER_OPERATOR, alert_id, CONFIRM, idempotency_key="key-00002")
    reopened = Answer(decision=Decision.REOPEN, note="looked again", expected_state=AlertState.DISMISSED)
    given = town.doors.alerts.give_verdict(OTHER_OPERATOR, alert_id, reopened, idempotency_key="key-00003")
    assert given.record.alert.state is AlertState.OPEN
    late = replace(CONFIRM, expected_state=AlertState.DISMISSED)
    with pytest.raises(ConflictError):
        town.doors.alerts.give_verdict(OPERATOR, alert_id, late, idempotency_key="key-00004")
    with pytest.raises(ConflictError):
        town.doors.alerts.give_verdict(
            OPERATOR, alert_id, Answer(decision=Decision.REOPEN), idempotency_key="key-00005"
        )
    answers = town.doors.alerts.get(SUPERVISOR, alert_id).verdicts
    assert [(one.actor, one.decision.value) for one in answers] == [("jeanne", "dismiss"), ("malik", "reopen")]


def test_handing_over_names_somebody_who_is_there(town: Town) -> None:
    alert_id = town.raised(lawn(town))
    with pytest.raises(InvalidInputError):
        town.doors.alerts.give_verdict(
            OPERATOR, alert_id, Answer(decision=Decision.HAND_OVER, handed_to="nobody"), idempotency_key="key-00001"
        )
    town.doors.accounts.disable(LOCAL_ADMINISTRATOR, "malik")
    with pytest.raises(InvalidInputError):
        town.doors.alerts.give_verdict(
            OPERATOR, alert_id, Answer(decision=Decision.HAND_OVER, handed_to="malik"), idempotency_key="key-00001"
        )
    handed = Answer(decision=Decision.HAND_OVER, handed_to="odile")
    given = town.doors.alerts.give_verdict(OPERATOR, alert_id, handed, idempotency_key="key-00002")
    assert given.record.alert.assigned_to == "odile"
    assert town.doors.alerts.queue(SUPERVISOR).shown[0].alert.state is AlertState.HANDED_OVER


def test_an_alert_is_handed_only_to_somebody_who_may_see_it(tmp_path: Path) -> None:
    town = Town(tmp_path)
    alert_id = town.raised(town.settle(authorisation(viewers=frozenset({"jeanne", "supervisor"}))))
    handed = Answer(decision=Decision.HAND_OVER, handed_to="malik")
    with pytest.raises(InvalidInputError, match="malik may not see this alert"):
        town.doors.alerts.give_verdict(OPERATOR, alert_id, handed, idempotency_key="key-00001")
    assert town.doors.alerts.get(OPERATOR, alert_id).record.alert.state is AlertState.OPEN
    given = town.doors.alerts.give_verdict(
        OPERATOR, alert_id, replace(handed, handed_to="odile"), idempotency_key="key-00002"
    )
    assert given.record.alert.assigned_to == "odile"
    town.doors.close()


@pytest.mark.parametrize(
    ("answer", "key", "where"),
    [
        (Answer(decision=Decision.DISMISS), "key-00001", "reason"),
        (Answer(decision=Decision.DISMISS, reason="boring"), "key-00001", "reason"),
        (Answer(decision=Decision.SNOOZE), "key-00001", "snooze_minutes"),
        (Answer(decision=Decision.SNOOZE, snooze_minutes=0), "key-00001", "snooze_minutes"),
        (Answer(decision=Decision.SNOOZE, snooze_minutes=100_000), "key-00001", "snooze_minutes"),
        (Answer(decision=Decision.HAND_OVER), "key-00001", "handed_to"),
        (Answer(decision=Decision.CONFIRM, note="x" * 2001), "key-00001", "note"),
        (Answer(decision=Decision.CONFIRM, evidence_seen=("hearsay",)), "key-00001", "evidence_seen"),
        (Answer(decision=Decision.CONFIRM), "short", "Idempotency-Key"),
    ],
)
def test_answers_that_lack_something_say_what(town: Town, answer: Answer, key: str, where: str) -> None:
    alert_id = town.raised(lawn(town))
    with pytest.raises(InvalidInputError) as refused:
        town.doors.alerts.give_verdict(OPERATOR, alert_id, answer, idempotency_key=key)
    assert refused.value.where == where
    assert town.doors.alerts.get(OPERATOR, alert_id).verdicts == ()


def test_a_snooze_rests_the_rule_and_ends_by_itself(town: Town) -> None:
    rule = lawn(town)
    alert_id = town.raised(rule)
    snooze = Answer(decision=Decision.SNOOZE, snooze_minutes=30, reason="market day")
    town.doors.alerts.give_verdict(OPERATOR, alert_id, snooze, idempotency_key="key-00001")
    town.clock.advance(600)
    town.doors.intake.take_event(SYSTEM, town.event(rule))
    queue = town.doors.alerts.queue(OPERATOR)
    assert (queue.shown_total, queue.snoozed_total) == (0, 2)
    town.clock.advance(1199)
    town.doors.tend()
    assert town.doors.alerts.queue(OPERATOR).snoozed_total == 2
    town.clock.advance(1)
    town.doors.tend()
    queue = town.doors.alerts.queue(OPERATOR)
    assert (queue.shown_total, queue.held_total, queue.snoozed_total) == (2, 0, 0)
    trace = [act for act in town.doors.journal.recent(LOCAL_ADMINISTRATOR) if act.act == "decide"]
    assert (trace[0].actor, trace[0].why, trace[0].detail["decision"]) == ("jeanne", "market day", "snooze")


def test_over_the_bearable_rate_alerts_are_held_and_counted_never_dropped(tmp_path: Path) -> None:
    town = Town(tmp_path, governor=GovernorSettings(bearable_an_hour=1, most_an_hour=4, most_in_ten_minutes=3))
    rule = town.settle()
    grave = town.add_rule("gate", severity="extreme")
    for _ in range(10):
        town.raised(rule)
    queue = town.doors.alerts.queue(OPERATOR)
    assert (queue.shown_total, queue.held_total) == (3, 7)
    assert (queue.governor.shown_last_10_min, queue.governor.limit_10_min, queue.governor.limit_hour) == (3, 3, 4)
    assert town.doors.alerts.history(OPERATOR, AlertFilter(state=AlertState.HELD)).total == 7
    urgent = town.raised(grave)
    assert town.doors.alerts.queue(OPERATOR).shown[0].alert.alert_id == urgent
    town.clock.advance(601)
    town.doors.tend()
    assert town.doors.alerts.queue(OPERATOR).held_total == 7
    town.clock.advance(3600)
    town.doors.tend()
    queue = town.doors.alerts.queue(OPERATOR)
    assert (queue.shown_total, queue.held_total) == (7, 4)
    town.doors.close()


def test_two_operators_on_duty_bear_twice_as_much(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.settle()
    assert town.doors.alerts.queue(OPERATOR).governor.limit_hour == 12
    for username in ("jeanne", "malik", "ines"):
        town.doors.sessions.sign_in(username, PASSWORD)
    assert town.doors.alerts.queue(OPERATOR).governor.limit_hour == 24
    town.clock.advance(700)
    assert town.doors.alerts.queue(OPERATOR).governor.limit_hour == 12
    town.doors.close()


def test_the_history_pages_newest_first_and_stands_still_while_alerts_come(town: Town) -> None:
    rule, river = lawn(town), town.add_rule("river", "quai", severity="severe")
    ids = []
    for number in range(25):
        ids.append(town.raised(river if number % 5 == 0 else rule))
        if number % 2:
            town.clock.advance(1)
    town.doors.alerts.give_verdict(OPERATOR, ids[3], CONFIRM, idempotency_key="key-00001")
    seen, cursor, pages = [], "", 0
    while True:
        page = town.doors.alerts.history(OPERATOR, AlertFilter(), cursor=cursor, limit=7)
        seen += [one.alert.alert_id for one in page.items]
        town.raised(rule)
        pages += 1
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert pages == 4
    assert len(seen) == len(set(seen)) == 25
    assert set(seen) == set(ids)
    times = {
        one.alert.alert_id: one.alert.raised_at
        for one in town.doors.alerts.history(OPERATOR, AlertFilter(), limit=100).items
    }
    assert [times[one] for one in seen] == sorted((times[one] for one in ids), reverse=True)
    assert town.doors.alerts.history(OPERATOR, AlertFilter(camera_id="quai")).total == 5
    assert town.doors.alerts.history(OPERATOR, AlertFilter(decision=Decision.CONFIRM)).items[0].alert.alert_id == ids[3]
    assert town.doors.alerts.history(OPERATOR, AlertFilter(state=AlertState.CONFIRMED)).total == 1
    first = times[ids[0]]
    assert town.doors.alerts.history(OPERATOR, AlertFilter(from_at=first, to_at=times[ids[2]])).total == 2


@pytest.mark.parametrize("cursor", ["x", "AAAA", "ÿ", "MTIz", "bm90LWEtbnVtYmVyOmE"])
def test_foreign_cursors_are_refused(town: Town, cursor: str) -> None:
    with pytest.raises(InvalidInputError):
        town.doors.alerts.history(OPERATOR, AlertFilter(), cursor=cursor)


def test_unknown_alerts(town: Town) -> None:
    with pytest.raises(NotFoundError):
        town.doors.alerts.get(OPERATOR, "none")
    with pytest.raises(NotFoundError):
        town.doors.alerts.give_verdict(OPERATOR, "none", CONFIRM, idempotency_key="key-00001")


def test_a_removed_camera_leaves_its_alerts_readable(town: Town) -> None:
    alert_id = town.raised(lawn(town))
    town.doors.cameras.remove(LOCAL_ADMINISTRATOR, "mairie")
    town.doors.rules.remove(SUPERVISOR, "lawn")
    detail = town.doors.alerts.get(OPERATOR, alert_id)
    assert (detail.record.camera_name, detail.rule.name) == ("Mairie, parvis", "Lawn")


def test_figures_that_are_no_numbers_cost_no_alert(town: Town) -> None:
    event = replace(town.event(lawn(town), box=(0.0, math.nan, 1.0, 1.0)), score=math.nan)
    taken = town.doors.intake.take_event(SYSTEM, event)
    assert taken.record is not None
    assert (taken.record.alert.score, taken.record.alert.box_xyxy_px) == (0.0, None)


def test_a_clock_that_goes_back_neither_signs_out_nor_holds_alerts_back(town: Town) -> None:
    rule = lawn(town)
    token = town.doors.sessions.sign_in("jeanne", PASSWORD).token
    town.clock.advance(3000)
    for _ in range(10):
        town.raised(rule)
    town.clock.advance(-4000)
    assert town.doors.sessions.session(token).actor == OPERATOR
    town.raised(rule)
    assert town.doors.alerts.queue(OPERATOR).held_total == 0


def test_a_listener_that_fails_is_not_the_writers_trouble(town: Town) -> None:
    heard: list[int] = []

    def fail() -> None:
        raise RuntimeError("the loop is closed")

    town.doors.outbox.listen(fail)
    stop = town.doors.outbox.listen(lambda: heard.append(1))
    town.raised(lawn(town))
    stop()
    town.raised(lawn(town))
    assert heard == [1]
    assert town.doors.alerts.queue(OPERATOR).shown_total == 2


def test_a_sink_that_is_no_longer_set_up_holds_nothing_back(town: Town) -> None:
    town.doors.outbox.join(SYSTEM, "old")
    town.doors.outbox.join(SYSTEM, "new")
    assert town.doors.outbox.retire_others(SYSTEM, ["new"]) == ["old"]
    assert [state.sink for state in town.doors.outbox.sinks(OPERATOR)] == ["new"]
    assert town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=1)[0].about == "sink:old"
