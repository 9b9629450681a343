"""Alerts against the truth: which were right, repeated or false, and which events were missed.

Rules of matching are in docs/design/evaluation.md; an independent scorer must agree with this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from beffroi.measure.intervals import poisson_rate_95, wilson_95
from beffroi.measure.raw import AlertRow, Box
from beffroi.measure.truth import Span, TrueEvent, Truth
from beffroi.vocabulary.rules import Situation

EARLY_S, LATE_S = 1.0, 10.0
"""An alert may come this much before its event starts and this much after it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of one alert or event: detected, repeat, false or missed."""

    clip: str
    verdict: str
    situation: Situation
    at_s: float
    rule: str
    box_px: Box | None
    score: float = 0.0


@dataclass(slots=True)
class Tally:
    """One situation over all clips."""

    events: int = 0
    detected: int = 0
    repeats: int = 0
    false_alerts: int = 0
    not_run_events: int = 0
    hours: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)

    def figures(self) -> dict[str, object]:
        """The figures of one situation, as metrics.json has them."""
        shown = self.detected + self.false_alerts
        precision = self.detected / shown if shown else None
        recall = self.detected / self.events if self.events else None
        f1 = 2 * precision * recall / (precision + recall) if precision and recall else (0.0 if self.events else None)
        late = self.latencies_s
        return {
            "events": self.events,
            "detected": self.detected,
            "missed": self.events - self.detected,
            "repeats": self.repeats,
            "false_alerts": self.false_alerts,
            "not_run_events": self.not_run_events,
            "camera_hours": round(self.hours, 4),
            "recall": recall,
            "recall_95": wilson_95(self.detected, self.events),
            "precision": precision,
            "f1": f1,
            "false_per_hour_95": poisson_rate_95(self.false_alerts, self.hours),
            "latency_p50_s": float(np.percentile(late, 50)) if late else None,
            "latency_p95_s": float(np.percentile(late, 95)) if late else None,
        }


def boxes_meet(a: Box | None, b: Box | None) -> bool:
    """Whether two boxes overlap; an unknown box meets all."""
    if a is None or b is None:
        return True
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def _inside(t_s: float, spans: Sequence[Span]) -> bool:
    return any(start <= t_s <= end for start, end in spans)


def _fits(alert: AlertRow, event: TrueEvent, *, drawn: bool) -> bool:
    in_time = event.start_s - EARLY_S <= alert.raised_at_s <= event.end_s + LATE_S
    same_rule = not event.rule or not drawn or alert.rule == event.rule
    return in_time and same_rule and boxes_meet(alert.box_px, event.box_px)


def match_clip(truth: Truth, alerts: Iterable[AlertRow], ran: frozenset[str], tallies: dict[Situation, Tally]) -> None:
    """Score one clip into the tallies of its labelled situations."""
    of_clip = sorted(alerts, key=lambda a: a.raised_at_s)
    for situation in sorted(truth.labelled):
        tally = tallies.setdefault(situation, Tally())
        events = [e for e in truth.events if e.situation == situation]
        if situation.value not in ran:
            tally.not_run_events += len(events)
            continue
        tally.events += len(events)
        tally.hours += truth.hours
        _match_situation(truth, events, [a for a in of_clip if a.situation == situation.value], tally)


def _match_situation(truth: Truth, events: list[TrueEvent], alerts: list[AlertRow], tally: Tally) -> None:
    situation_of_rule = {rule.rule_id: rule.situation for rule in truth.rules}
    hit: set[int] = set()

    def note(verdict: str, alert: AlertRow) -> None:
        tally.judged.append(
            Judged(
                clip=truth.clip_id,
                verdict=verdict,
                situation=Situation(alert.situation),
                at_s=alert.raised_at_s,
                rule=alert.rule or "",
                box_px=alert.box_px,
                score=alert.score,
            )
        )

    for alert in alerts:
        drawn = situation_of_rule.get(alert.rule or "") == Situation(alert.situation)
        fits = [i for i, event in enumerate(events) if _fits(alert, event, drawn=drawn)]
        fresh = [i for i in fits if i not in hit]
        if fresh:
            first = min(fresh, key=lambda i: events[i].end_s)
            hit.add(first)
            tally.detected += 1
            tally.latencies_s.append(alert.raised_at_s - events[first].start_s)
            note("detected", alert)
        elif fits:
            tally.repeats += 1
            note("repeat", alert)
        elif _counts_as_false(truth, alert.raised_at_s, events):
            tally.false_alerts += 1
            note("false", alert)
    for index, event in enumerate(events):
        if index not in hit:
            missed = Judged(
                clip=truth.clip_id,
                verdict="missed",
                situation=event.situation,
                at_s=event.start_s,
                rule=event.rule,
                box_px=event.box_px,
            )
            tally.judged.append(missed)


def _counts_as_false(truth: Truth, at_s: float, events: Sequence[TrueEvent]) -> bool:
    if _inside(at_s, truth.ignore_s):
        return False
    return not truth.negative_spans_s or _inside(at_s, truth.negative_spans_s) or not events


def match_stills(
    truth: Truth, alerts: Iterable[AlertRow], ran: frozenset[str], tallies: dict[Situation, Tally]
) -> None:
    """Score a set of stills: each picture is one trial of its situation."""
    raised = {(a.still, a.situation) for a in alerts}
    for still in truth.stills:
        if still.situation is None:
            continue
        tally = tallies.setdefault(still.situation, Tally())
        if still.situation.value not in ran:
            tally.not_run_events += int(still.present)
            continue
        seen = (still.file, still.situation.value) in raised
        tally.events += int(still.present)
        tally.detected += int(still.present and seen)
        tally.false_alerts += int(not still.present and seen)
