"""Alert policy: which events ask a person, how many a person can bear, what the answers make of an alert.

Pure functions without memory: everything they know is handed to them, so a restarted server decides alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import uuid5

from beffroi.judge.episodes import NAMESPACE
from beffroi.vocabulary.judgement import (
    Alert,
    AlertState,
    Box,
    Certainty,
    Decision,
    Event,
    EventPhase,
    Severity,
    Verdict,
)
from beffroi.vocabulary.rules import Rule
from beffroi.vocabulary.time import NS_PER_S, UtcNs, seconds_to_ns

URGENCY: dict[Severity, int] = {Severity.EXTREME: 0, Severity.SEVERE: 1, Severity.MODERATE: 2, Severity.MINOR: 3}
"""Most urgent first."""

LIKELY_SCORE = 0.5
"""Uncalibrated score from which an alert is called likely rather than possible. Source: our choice, ADR 30."""

TRACKS_FACT = "tracks"
"""Fact of an alert that lists the ids of its tracks, separated by blanks, so that a repeat is known after a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """When a new episode is only a repeat, and how soon an answer is due.

    Source: repeats and grouping our choice, ADR 30; due times after EEMUA 191, which asks that urgent alarms be
    answered within a minute or so.
    """

    repeat_within_s: float = 2.0
    """Same rule, same place, after the former episode: one thing lost and found again."""
    same_track_within_s: float = 60.0
    """Same rule, same track, or same cause where nothing is tracked (a camera that comes and goes): what was told of
    needs no second alert so soon."""
    group_within_s: float = 5.0
    """Another rule of the camera about the same situation, on the same tracks or place, begun so close: one alert."""
    due_extreme_s: float = 30.0
    due_severe_s: float = 60.0
    due_moderate_s: float = 180.0
    due_minor_s: float = 600.0

    def due_s(self, severity: Severity) -> float:
        """How soon an answer is expected."""
        return {
            Severity.EXTREME: self.due_extreme_s,
            Severity.SEVERE: self.due_severe_s,
            Severity.MODERATE: self.due_moderate_s,
            Severity.MINOR: self.due_minor_s,
        }[severity]


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernorSettings:
    """How many alerts one operator is shown. Source: EEMUA 191 and ISA-18.2, tables of alarm rates."""

    bearable_an_hour: int = 6
    most_an_hour: int = 12
    most_in_ten_minutes: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """A new alert; its state is SNOOZED where a person has snoozed its rule."""

    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Another episode of what an alert already tells: counted there."""

    alert_id: str
    last_held_at: UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend:
    """The alert's own episode goes on, or has ended."""

    alert_id: str
    last_held_at: UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """Nothing to tell, and why."""

    why: str


Outcome = Raise | Repeat | Extend | Ignore


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Open alerts, most urgent first: those before the operator and those held back."""

    shown: tuple[Alert, ...]
    held: tuple[Alert, ...]


def consider(event: Event, *, rule: Rule, recent: Sequence[Alert], settings: PolicySettings, now: UtcNs) -> Outcome:
    """What an event makes of the queue.

    ``recent`` holds the camera's alerts of the last minutes *and* the alert of ``event.event_id`` if there is one:
    an event that goes on and whose alert is unknown is raised (better twice than never).

    Raises:
        ValueError: the rule is not the event's.
    """
    if event.rule_id != rule.rule_id:
        raise ValueError(f"event {event.event_id} is of rule {event.rule_id}, not {rule.rule_id}")
    mine = [alert for alert in recent if alert.camera_id == event.camera_id]
    own = next((alert for alert in mine if alert.event_id == event.event_id), None)
    if own is not None:
        return Extend(alert_id=own.alert_id, last_held_at=_later(own, event))
    former = _former(event, rule, mine, settings)
    if event.phase is EventPhase.ENDED:
        if former is None:
            return Ignore(why="an episode ended that no alert tells of")
        return Extend(alert_id=former.alert_id, last_held_at=_later(former, event))
    if former is None:
        return Raise(alert=_raised(event, rule, mine, settings, now))
    held_at = _later(former, event)
    if event.phase is EventPhase.UPDATED:
        return Extend(alert_id=former.alert_id, last_held_at=held_at)
    return Repeat(alert_id=former.alert_id, last_held_at=held_at)


def share_out(
    open_alerts: Sequence[Alert], shown_at: Sequence[UtcNs], settings: GovernorSettings, now: UtcNs
) -> Shares:
    """Which open alerts are before the operator, and which are held.

    ``shown_at`` are the instants at which alerts were put before this operator, answered since or not. An alert in
    state OPEN with such an instant at or after its ``raised_at`` has been shown: it stays. The others compete for what
    is left of the hour and of the ten minutes, most urgent first. Severe and extreme ones are always shown; minor
    ones only up to the bearable rate. Whoever stores the outcome keeps a held alert as HELD and adds ``now`` to
    ``shown_at`` for each one newly shown.
    """
    newest_shown = max(shown_at, default=-1)
    in_hour = sum(1 for at in shown_at if now - at < 3600 * NS_PER_S)
    in_ten = sum(1 for at in shown_at if now - at < 600 * NS_PER_S)
    shown, held = [], []
    for alert in sorted(open_alerts, key=urgency):
        if alert.state is AlertState.OPEN and newest_shown >= alert.raised_at:
            shown.append(alert)
            continue
        always = alert.severity in (Severity.SEVERE, Severity.EXTREME)
        minor = alert.severity is Severity.MINOR
        an_hour = settings.bearable_an_hour if minor else settings.most_an_hour
        if always or (in_hour < an_hour and in_ten < settings.most_in_ten_minutes):
            shown.append(replace(alert, state=AlertState.OPEN))
            in_hour, in_ten = in_hour + 1, in_ten + 1
        else:
            held.append(replace(alert, state=AlertState.HELD))
    return Shares(shown=tuple(shown), held=tuple(held))


def urgency(alert: Alert) -> tuple[int, int, int, str]:
    """Sorting key of the queue: severity, then the answer due first, then the older."""
    return (URGENCY[alert.severity], alert.due_at, alert.raised_at, alert.alert_id)


def after(alert: Alert, verdicts: Sequence[Verdict]) -> Alert:
    """The alert as its verdicts leave it, oldest first. REOPEN takes the answers before it back.

    A snooze that has run out is not known here: see ``awake``.

    Raises:
        ValueError: a verdict is about another alert, or a snooze has no end.
    """
    for verdict in sorted(verdicts, key=lambda v: v.decided_at):
        if verdict.alert_id != alert.alert_id:
            raise ValueError(f"verdict {verdict.verdict_id} is about {verdict.alert_id}, not {alert.alert_id}")
        alert = _answered(alert, verdict)
    return alert


def awake(alert: Alert, now: UtcNs) -> Alert:
    """The alert, open again once its snooze has run out."""
    if alert.state is AlertState.SNOOZED and alert.snoozed_until is not None and now >= alert.snoozed_until:
        return replace(alert, state=AlertState.OPEN, snoozed_until=None)
    return alert


def certainty_of(score: float) -> Certainty:
    """What a machine may say of its own event: never *observed*."""
    return Certainty.LIKELY if score >= LIKELY_SCORE else Certainty.POSSIBLE


def tracks_of(alert: Alert) -> frozenset[str]:
    """The tracks an alert was raised for."""
    return frozenset(str(alert.facts.get(TRACKS_FACT, "")).split())


def _answered(alert: Alert, verdict: Verdict) -> Alert:
    match verdict.decision:
        case Decision.CONFIRM:
            return replace(alert, state=AlertState.CONFIRMED, certainty=Certainty.OBSERVED, snoozed_until=None)
        case Decision.DISMISS:
            return replace(alert, state=AlertState.DISMISSED, certainty=Certainty.UNLIKELY, snoozed_until=None)
        case Decision.HAND_OVER:
            return replace(alert, state=AlertState.HANDED_OVER, assigned_to=verdict.handed_to, snoozed_until=None)
        case Decision.SNOOZE:
            if verdict.snooze_until is None:
                raise ValueError(f"verdict {verdict.verdict_id} snoozes without an end")
            return replace(alert, state=AlertState.SNOOZED, snoozed_until=verdict.snooze_until)
        case Decision.REOPEN:
            certainty = certainty_of(alert.score)
            return replace(alert, state=AlertState.OPEN, certainty=certainty, snoozed_until=None, assigned_to="")


def _raised(event: Event, rule: Rule, recent: Iterable[Alert], settings: PolicySettings, now: UtcNs) -> Alert:
    severity = Severity(rule.severity)
    snoozed = [
        alert.snoozed_until
        for alert in recent
        if alert.rule_id == rule.rule_id
        and alert.state is AlertState.SNOOZED
        and alert.snoozed_until is not None
        and alert.snoozed_until > now
    ]
    facts = dict(event.facts)
    if event.track_ids:
        facts[TRACKS_FACT] = " ".join(event.track_ids)
    return Alert(
        alert_id=str(uuid5(NAMESPACE, f"alert|{event.event_id}")),
        event_id=event.event_id,
        camera_id=event.camera_id,
        rule_id=event.rule_id,
        rule_version=event.rule_version,
        situation=event.situation,
        severity=severity,
        certainty=certainty_of(event.score),
        state=AlertState.SNOOZED if snoozed else AlertState.OPEN,
        started_at=event.started_at,
        raised_at=now,
        due_at=UtcNs(now + seconds_to_ns(settings.due_s(severity))),
        box_xyxy_px=event.box_xyxy_px,
        width_px=event.width_px,
        height_px=event.height_px,
        score=event.score,
        last_held_at=event.last_held_at,
        snoozed_until=max(snoozed) if snoozed else None,
        facts=facts,
    )


def _former(event: Event, rule: Rule, recent: Sequence[Alert], settings: PolicySettings) -> Alert | None:
    """The newest alert of which this episode is a repeat, the same rule's first."""
    same_rule = [a for a in recent if a.rule_id == event.rule_id and _repeats(event, a, settings)]
    others = [a for a in recent if a.rule_id != event.rule_id and _coincides(event, rule, a, settings)]
    return max(same_rule or others, key=lambda alert: alert.started_at, default=None)


def _repeats(event: Event, alert: Alert, settings: PolicySettings) -> bool:
    """Same rule: same tracks or same cause within a minute, or the same place at once."""
    since_ns = event.started_at - (alert.last_held_at or alert.started_at)
    if tracks_of(alert) & frozenset(event.track_ids):
        return since_ns <= seconds_to_ns(settings.same_track_within_s)
    cause = event.facts.get("cause")
    if cause != alert.facts.get("cause"):
        return False
    if cause is not None and not event.track_ids and not tracks_of(alert):
        return since_ns <= seconds_to_ns(settings.same_track_within_s)
    return since_ns <= seconds_to_ns(settings.repeat_within_s) and _same_place(event, alert)


def _coincides(event: Event, rule: Rule, alert: Alert, settings: PolicySettings) -> bool:
    """Another rule saw the same situation on the same tracks at about the same time, and is no less severe.

    Other situations stay apart: each has its own purpose and its own question to the operator.
    """
    if alert.situation is not event.situation or URGENCY[alert.severity] > URGENCY[Severity(rule.severity)]:
        return False
    near = abs(event.started_at - alert.started_at) <= seconds_to_ns(settings.group_within_s)
    return near and bool(tracks_of(alert) & frozenset(event.track_ids))


def _same_place(event: Event, alert: Alert) -> bool:
    """Whether event and alert overlap on the picture, whatever its size was; no box is the whole picture."""
    one = _normalised(event.box_xyxy_px, event.width_px, event.height_px)
    other = _normalised(alert.box_xyxy_px, alert.width_px, alert.height_px)
    if one is None or other is None:
        return one is other
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])


def _normalised(box: Box | None, width_px: int, height_px: int) -> Box | None:
    if box is None or width_px <= 0 or height_px <= 0:
        return None
    return (box[0] / width_px, box[1] / height_px, box[2] / width_px, box[3] / height_px)


def _later(alert: Alert, event: Event) -> UtcNs:
    return UtcNs(max(alert.last_held_at or alert.started_at, event.last_held_at))
