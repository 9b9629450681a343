from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from beffroi.judge.alerts import (
    Extend,
    GovernorSettings,
    Ignore,
    PolicySettings,
    Raise,
    Repeat,
    after,
    awake,
    certainty_of,
    consider,
    share_out,
    tracks_of,
)
from beffroi.vocabulary.judgement import (
    Alert,
    AlertState,
    Certainty,
    Decision,
    Event,
    EventPhase,
    Severity,
    Verdict,
)
from beffroi.vocabulary.rules import Rule, Situation, Zone
from beffroi.vocabulary.time import NS_PER_S, UtcNs

T0 = 1_800_000_000 * NS_PER_S
SETTINGS = PolicySettings()
LIMITS = GovernorSettings()
RULE = Rule(
    rule_id="lawn",
    version=3,
    camera_id="cam-1",
    situation=Situation.ZONE_ENTERED,
    purpose_id="p",
    zone=Zone(points=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9))),
)
HERE = (100.0, 100.0, 150.0, 200.0)
THERE = (400.0, 300.0, 450.0, 400.0)


def at(seconds: float) -> UtcNs:
    return UtcNs(T0 + round(seconds * NS_PER_S))


def event(
    event_id: str = "e1",
    *,
    start_s: float = 0.0,
    held_s: float = 1.0,
    phase: EventPhase = EventPhase.BEGUN,
    tracks: tuple[str, ...] = ("t1",),
    box: tuple[float, float, float, float] | None = HERE,
    rule: Rule = RULE,
    score: float = 0.8,
) -> Event:
    return Event(
        event_id=event_id,
        camera_id=rule.camera_id,
        run_id="run-1",
        rule_id=rule.rule_id,
        rule_version=rule.version,
        situation=rule.situation,
        phase=phase,
        started_at=at(start_s),
        met_at=at(start_s + 0.5),
        last_held_at=at(held_s),
        media_time_s=start_s,
        track_ids=tracks,
        box_xyxy_px=box,
        width_px=640,
        height_px=480,
        score=score,
        model="m@1",
    )


def raised(told: Event, rule: Rule = RULE, recent: Sequence[Alert] = (), now_s: float = 1.0) -> Alert:
    outcome = consider(told, rule=rule, recent=recent, settings=SETTINGS, now=at(now_s))
    assert isinstance(outcome, Raise)
    return outcome.alert


class TestConsider:
    def test_a_new_episode_asks_a_person(self) -> None:
        alert = raised(event(), now_s=1.5)
        assert (alert.state, alert.severity, alert.certainty) == (AlertState.OPEN, Severity.MODERATE, Certainty.LIKELY)
        assert (alert.started_at, alert.raised_at, alert.due_at) == (at(0), at(1.5), at(181.5))
        assert tracks_of(alert) == {"t1"}

    @pytest.mark.parametrize(
        ("severity", "due_s"), [("extreme", 30), ("severe", 60), ("moderate", 180), ("minor", 600)]
    )
    def test_the_answer_is_due_by_severity(self, severity: str, due_s: float) -> None:
        alert = raised(event(), replace(RULE, severity=severity), now_s=0)
        assert alert.due_at == at(due_s)

    def test_an_alert_is_never_observed_before_a_person_saw_it(self) -> None:
        assert {certainty_of(score) for score in (0.0, 0.49, 0.5, 1.0)} == {Certainty.POSSIBLE, Certainty.LIKELY}

    def test_the_same_event_gives_the_same_alert_id(self) -> None:
        assert raised(event()).alert_id == raised(event(), now_s=99).alert_id
        assert raised(event()).alert_id != raised(event("e2")).alert_id

    def test_told_again_it_extends_its_own_alert(self) -> None:
        alert = raised(event())
        for phase in EventPhase:
            outcome = consider(event(phase=phase, held_s=7), rule=RULE, recent=[alert], settings=SETTINGS, now=at(8))
            assert outcome == Extend(alert_id=alert.alert_id, last_held_at=at(7))

    def test_an_older_statement_does_not_turn_the_alert_back(self) -> None:
        alert = replace(raised(event()), last_held_at=at(20))
        outcome = consider(
            event(phase=EventPhase.UPDATED, held_s=7), rule=RULE, recent=[alert], settings=SETTINGS, now=at(21)
        )
        assert outcome == Extend(alert_id=alert.alert_id, last_held_at=at(20))

    def test_an_update_whose_alert_was_lost_is_raised(self) -> None:
        assert raised(event(phase=EventPhase.UPDATED, held_s=30), now_s=31).event_id == "e1"

    def test_an_unknown_end_is_ignored_and_says_why(self) -> None:
        outcome = consider(event(phase=EventPhase.ENDED), rule=RULE, recent=[], settings=SETTINGS, now=at(2))
        assert isinstance(outcome, Ignore)
        assert "no alert" in outcome.why

    @pytest.mark.parametrize(("start_s", "repeats"), [(5.0, True), (60.0, True), (62.0, False)])
    def test_the_same_track_within_a_minute_is_a_repeat(self, start_s: float, repeats: bool) -> None:
        alert = raised(event(held_s=1))
        later = event("e2", start_s=start_s, held_s=start_s + 1, box=THERE)
        outcome = consider(later, rule=RULE, recent=[alert], settings=SETTINGS, now=at(start_s + 1))
        assert isinstance(outcome, Repeat) is repeats
        assert isinstance(outcome, Raise) is not repeats

    @pytest.mark.parametrize(
        ("start_s", "box", "repeats"), [(2.5, HERE, True), (2.5, THERE, False), (4.0, HERE, False), (2.5, None, False)]
    )
    def test_the_same_place_at_once_is_a_repeat(
        self, start_s: float, box: tuple[float, float, float, float] | None, repeats: bool
    ) -> None:
        alert = raised(event(held_s=1))
        later = event("e2", start_s=start_s, held_s=start_s, box=box, tracks=("t2",))
        outcome = consider(later, rule=RULE, recent=[alert], settings=SETTINGS, now=at(start_s))
        assert isinstance(outcome, Repeat) is repeats

    def test_the_same_place_on_a_picture_of_another_size(self) -> None:
        alert = raised(event(held_s=1))
        small = replace(
            event("e2", start_s=2, tracks=("t2",), box=(50.0, 50.0, 75.0, 100.0)), width_px=320, height_px=240
        )
        assert isinstance(consider(small, rule=RULE, recent=[alert], settings=SETTINGS, now=at(2)), Repeat)

    def test_other_cameras_do_not_matter(self) -> None:
        alert = replace(raised(event()), camera_id="cam-2")
        assert isinstance(consider(event("e2"), rule=RULE, recent=[alert], settings=SETTINGS, now=at(2)), Raise)

    def test_another_cause_is_no_repeat(self) -> None:
        rule = replace(RULE, rule_id="eye", situation=Situation.CAMERA_IMPAIRED, zone=None)
        masked = replace(event(rule=rule, box=None, tracks=()), facts={"cause": "masked"})
        black = replace(event("e2", rule=rule, box=None, tracks=(), start_s=1.5), facts={"cause": "black"})
        again = replace(black, facts={"cause": "masked"})
        alert = raised(masked, rule)
        assert isinstance(consider(black, rule=rule, recent=[alert], settings=SETTINGS, now=at(2)), Raise)
        assert isinstance(consider(again, rule=rule, recent=[alert], settings=SETTINGS, now=at(2)), Repeat)

    @pytest.mark.parametrize(("start_s", "repeats"), [(10.0, True), (60.0, True), (62.0, False)])
    def test_a_camera_that_comes_and_goes_is_one_alert(self, start_s: float, repeats: bool) -> None:
        rule = replace(RULE, rule_id="eye", situation=Situation.CAMERA_IMPAIRED, zone=None)
        lost = replace(event(rule=rule, box=None, tracks=(), held_s=1), facts={"cause": "lost"})
        again = replace(lost, event_id="e2", started_at=at(start_s), last_held_at=at(start_s))
        outcome = consider(again, rule=rule, recent=[raised(lost, rule)], settings=SETTINGS, now=at(start_s))
        assert isinstance(outcome, Repeat) is repeats

    def test_two_rules_on_the_same_tracks_are_one_alert_in_the_more_severe(self) -> None:
        wide = replace(RULE, rule_id="wide")
        alert = raised(event(rule=wide), wide)
        told = event("e2", start_s=2)
        assert isinstance(consider(told, rule=RULE, recent=[alert], settings=SETTINGS, now=at(3)), Repeat)
        severe = replace(RULE, severity="severe")
        assert isinstance(consider(told, rule=severe, recent=[alert], settings=SETTINGS, now=at(3)), Raise)
        late = event("e2", start_s=6)
        assert isinstance(consider(late, rule=RULE, recent=[alert], settings=SETTINGS, now=at(6)), Raise)

    def test_two_situations_stay_two_questions(self) -> None:
        line = replace(RULE, rule_id="line", situation=Situation.LINE_CROSSED)
        alert = raised(event(rule=line), line)
        assert isinstance(consider(event("e2"), rule=RULE, recent=[alert], settings=SETTINGS, now=at(1)), Raise)

    def test_a_repeat_s_own_updates_extend_the_alert_that_took_it(self) -> None:
        alert = raised(event(held_s=1))
        goes_on = event("e2", start_s=3, held_s=9, phase=EventPhase.UPDATED)
        outcome = consider(goes_on, rule=RULE, recent=[alert], settings=SETTINGS, now=at(9))
        assert outcome == Extend(alert_id=alert.alert_id, last_held_at=at(9))

    def test_under_a_snooze_it_is_raised_and_waits(self) -> None:
        snoozed = replace(raised(event()), state=AlertState.SNOOZED, snoozed_until=at(600))
        alert = raised(event("e2", start_s=200, tracks=("t9",)), recent=[snoozed], now_s=201)
        assert (alert.state, alert.snoozed_until) == (AlertState.SNOOZED, at(600))
        after_it = raised(event("e3", start_s=700, tracks=("t9",)), recent=[snoozed], now_s=701)
        assert after_it.state is AlertState.OPEN

    def test_a_snooze_of_another_rule_changes_nothing(self) -> None:
        snoozed = replace(raised(event()), rule_id="other", state=AlertState.SNOOZED, snoozed_until=at(600))
        assert raised(event("e2", start_s=200), recent=[snoozed], now_s=201).state is AlertState.OPEN

    def test_the_rule_must_be_the_event_s(self) -> None:
        with pytest.raises(ValueError, match="not other"):
            consider(event(), rule=replace(RULE, rule_id="other"), recent=[], settings=SETTINGS, now=at(1))


def queued(count: int, severity: str = "moderate", state: AlertState = AlertState.HELD) -> list[Alert]:
    rule = replace(RULE, severity=severity)
    told = [event(f"{severity}-{i}", start_s=i, tracks=(f"t{i}",), rule=rule) for i in range(count)]
    return [replace(raised(one, rule, now_s=i), state=state) for i, one in enumerate(told)]


class TestShareOut:
    def test_no_more_than_ten_in_ten_minutes_and_nothing_lost(self) -> None:
        shares = share_out(queued(15), [], LIMITS, at(20))
        assert (len(shares.shown), len(shares.held)) == (10, 5)
        assert {a.state for a in shares.shown} == {AlertState.OPEN}
        assert {a.state for a in shares.held} == {AlertState.HELD}

    def test_no_more_than_twelve_an_hour(self) -> None:
        lately = [at(-60 * i) for i in range(11, 22)]
        shares = share_out(queued(15), lately, LIMITS, at(20))
        assert len(shares.shown) == 12 - len(lately)

    def test_an_hour_later_the_held_ones_come(self) -> None:
        lately = [at(-i) for i in range(12)]
        assert share_out(queued(3), lately, LIMITS, at(20)).shown == ()
        assert len(share_out(queued(3), lately, LIMITS, at(3700)).shown) == 3

    @pytest.mark.parametrize("severity", ["severe", "extreme"])
    def test_severe_ones_are_never_held(self, severity: str) -> None:
        assert share_out(queued(40, severity), [at(0)] * 40, LIMITS, at(50)).held == ()

    def test_minor_ones_only_up_to_the_bearable_rate(self) -> None:
        assert len(share_out(queued(12, "minor"), [], LIMITS, at(20)).shown) == 6

    def test_the_more_urgent_go_first(self) -> None:
        alerts = [*queued(8, "minor"), *queued(8, "moderate"), *queued(2, "severe")]
        shares = share_out(alerts, [], LIMITS, at(20))
        assert [a.severity for a in shares.shown] == [Severity.SEVERE] * 2 + [Severity.MODERATE] * 8
        assert {a.severity for a in shares.held} == {Severity.MINOR}

    def test_what_was_shown_stays_shown(self) -> None:
        before = queued(10, state=AlertState.OPEN)
        shown_at = [alert.raised_at for alert in before]
        fresh = replace(queued(11)[-1], raised_at=at(30))
        shares = share_out([*before, fresh], shown_at, LIMITS, at(30))
        assert {a.alert_id for a in before} == {a.alert_id for a in shares.shown}
        assert [a.alert_id for a in shares.held] == [fresh.alert_id]

    def test_ten_thousand_at_once_are_all_there(self) -> None:
        alerts = [replace(queued(1)[0], alert_id=f"a{i}", raised_at=at(i)) for i in range(10_000)]
        shares = share_out(alerts, [], LIMITS, at(10_000))
        assert len(shares.shown) + len(shares.held) == 10_000


def verdict(decision: Decision, second: float, **more: object) -> Verdict:
    return Verdict(
        verdict_id=f"v{second}",
        alert_id=raised(event()).alert_id,
        actor="agent",
        decision=decision,
        decided_at=at(second),
        **more,  # type: ignore[arg-type]
    )


class TestAfter:
    @pytest.mark.parametrize(
        ("decision", "more", "state", "certainty"),
        [
            (Decision.CONFIRM, {}, AlertState.CONFIRMED, Certainty.OBSERVED),
            (Decision.DISMISS, {"reason": "weather"}, AlertState.DISMISSED, Certainty.UNLIKELY),
            (Decision.HAND_OVER, {"handed_to": "chief"}, AlertState.HANDED_OVER, Certainty.LIKELY),
            (Decision.SNOOZE, {"snooze_until": at(900)}, AlertState.SNOOZED, Certainty.LIKELY),
        ],
    )
    def test_each_answer_and_its_undoing(
        self, decision: Decision, more: dict[str, object], state: AlertState, certainty: Certainty
    ) -> None:
        alert = raised(event())
        answered = after(alert, [verdict(decision, 10, **more)])
        assert (answered.state, answered.certainty) == (state, certainty)
        undone = after(alert, [verdict(decision, 10, **more), verdict(Decision.REOPEN, 11)])
        assert undone == alert
        assert after(answered, [verdict(Decision.REOPEN, 11)]) == alert

    def test_the_order_of_deciding_counts_not_of_arrival(self) -> None:
        first, second = verdict(Decision.CONFIRM, 10), verdict(Decision.DISMISS, 11)
        assert after(raised(event()), [second, first]).state is AlertState.DISMISSED

    def test_handed_over_and_confirmed_keeps_who_had_it(self) -> None:
        handed = verdict(Decision.HAND_OVER, 10, handed_to="chief")
        answered = after(raised(event()), [handed, verdict(Decision.CONFIRM, 20)])
        assert (answered.state, answered.assigned_to) == (AlertState.CONFIRMED, "chief")

    def test_no_verdict_changes_nothing(self) -> None:
        assert after(raised(event()), []) == raised(event())

    def test_a_verdict_about_another_alert_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not"):
            after(raised(event()), [replace(verdict(Decision.CONFIRM, 1), alert_id="other")])

    def test_a_snooze_without_end_is_refused(self) -> None:
        with pytest.raises(ValueError, match="without an end"):
            after(raised(event()), [verdict(Decision.SNOOZE, 1)])

    def test_a_snooze_runs_out(self) -> None:
        snoozed = after(raised(event()), [verdict(Decision.SNOOZE, 10, snooze_until=at(900))])
        assert awake(snoozed, at(899)) == snoozed
        assert awake(snoozed, at(900)) == raised(event())
