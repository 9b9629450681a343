"""The door of counts: how much was counted in each quarter of an hour, and how often a pilot's rules were met.

Counts say nothing of anybody: no instant of a passage, no track, no picture.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection

from beffroi.govern.authorisations import coverage
from beffroi.govern.in_force import InForce
from beffroi.govern.passage import Passage
from beffroi.govern.register.facts import ZONE
from beffroi.govern.rights import Actor, Right
from beffroi.keep.store import cameras, events, observations, rules
from beffroi.vocabulary.authorisation import Output
from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.observation import Observation
from beffroi.vocabulary.rules import Rule, Situation
from beffroi.vocabulary.time import UtcNs, seconds_to_ns, to_datetime

SPAN_S = 900
"""How long each count lasts: nobody can be told from a quarter of an hour. Source: the regime `statistics`."""
_SPAN_NS = seconds_to_ns(SPAN_S)
LONGEST = timedelta(days=31)
_ROWS_MOST = 50_000
MEASURED_ONLY = "regime_without_alerts"
"""Why an event raised no alert: it is of a pilot, or of a town's regime without alerts."""

CountKey = tuple[str, str, UtcNs]
"""Camera, ``<rule_id>.<name>``, beginning of the quarter of an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """What was counted and waits to be kept; ``last_at`` is when the last of it was told."""

    added: float
    last_at: UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How much a rule counted in the quarter of an hour that begins at ``from_at``. 0: it was watched, nobody came."""

    camera_id: str
    rule_id: str
    rule_name: str
    counter: str
    from_at: UtcNs
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotDay:
    """How often a rule was met on a day (the town's clock) under an authorisation that shows no alert."""

    camera_id: str
    rule_id: str
    rule_name: str
    situation: Situation
    day: date
    times: int


def span_of(at: UtcNs) -> UtcNs:
    """The beginning of the quarter of an hour of an instant.

    >>> span_of(UtcNs(1_800_000_000_001))
    1800000000000
    """
    return UtcNs(at - at % _SPAN_NS)


def add_counts(
    waiting: MutableMapping[CountKey, Counting], camera_id: str, added: Mapping[str, float], at: UtcNs
) -> None:
    """Add what a camera's rules counted, told at an instant, to what waits to be kept."""
    for name, more in added.items():
        key = (camera_id, name, span_of(at))
        before = waiting.get(key)
        waiting[key] = Counting(added=more + (before.added if before is not None else 0.0), last_at=at)


class Counts:
    """Numbers that stand for nobody."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage

    def add(self, actor: Actor, counted: Mapping[CountKey, Counting]) -> int:
        """Add to what is kept, all in one transaction; how many counters were refused because no authorisation that
        allows counts covered their rule when they were told.

        Raises:
            StorageError: the disk refuses; nothing was added: tell it again.
        """
        refused = 0
        with self._passage.writing(actor, Right.RUN_PIPELINE) as writing:
            connection = writing.connection
            in_force = self._passage.in_force(connection, writing.now)
            known = {rule.rule_id: rule for rule in rules.ever(connection)}
            for (camera_id, name, from_at), counting in counted.items():
                rule = known.get(name.rpartition(".")[0])
                if rule is None or rule.camera_id != camera_id or not _may_count(in_force, rule, counting.last_at):
                    refused += 1
                    continue
                observations.add_to_count(
                    connection,
                    Observation(
                        source_id=camera_id,
                        property=name,
                        value=counting.added,
                        unit="1",
                        measured_at=from_at,
                        reported_at=writing.now,
                    ),
                )
        return refused

    def between(
        self, actor: Actor, from_at: UtcNs, to_at: UtcNs, *, camera_id: str = "", rule_id: str = ""
    ) -> list[Count]:
        """What was counted in [from_at, to_at) by the rules that are this person's business, oldest first.

        Raises:
            NotFoundError: the camera is not this person's business.
            InvalidInputError: the span is empty, too long, or holds too many counts.
        """
        _check_span(from_at, to_at)
        with self._passage.reading(actor, Right.READ_FIGURES, f"camera:{camera_id}" if camera_id else "") as connection:
            if camera_id:
                self._passage.refuse_out_of_reach(connection, actor, camera_id)
            mine = self._reached_rules(connection, actor, camera_id, rule_id)
            sources = sorted({rule.camera_id for rule in mine.values()})
            found = observations.counted(connection, sources, from_at, to_at, limit=_ROWS_MOST + 1)
        if len(found) > _ROWS_MOST:
            what = f"more than {_ROWS_MOST} counts"
            raise InvalidInputError(what, where="query.to", mend="Ask for a shorter time, one camera or one rule.")
        counts = []
        for one in found:
            of_rule, _, counter = one.property.rpartition(".")
            rule = mine.get(of_rule)
            if rule is not None and rule.camera_id == one.source_id:
                counts.append(
                    Count(
                        camera_id=one.source_id,
                        rule_id=of_rule,
                        rule_name=rule.name,
                        counter=counter,
                        from_at=one.measured_at,
                        value=one.value,
                    )
                )
        return counts

    def of_pilots(self, actor: Actor, from_at: UtcNs, to_at: UtcNs) -> list[PilotDay]:
        """How often the rules that are this person's business were met, in [from_at, to_at), where no alert may be
        shown: what a rule would raise, before it may. By day, camera and rule; a rule never met is not listed.

        Raises:
            InvalidInputError: the span is empty, too long, or holds too much.
        """
        _check_span(from_at, to_at)
        with self._passage.reading(actor, Right.READ_FIGURES) as connection:
            mine = self._reached_rules(connection, actor, "", "")
            sources = sorted({rule.camera_id for rule in mine.values()})
            found = events.met_with(connection, MEASURED_ONLY, sources, from_at, to_at, limit=_ROWS_MOST + 1)
        if len(found) > _ROWS_MOST:
            raise InvalidInputError("too many hours and rules", where="query.to", mend="Ask for a shorter time.")
        times: dict[tuple[date, str, str], int] = {}
        for one in found:
            key = (to_datetime(one.hour_at).astimezone(ZONE).date(), one.camera_id, one.rule_id)
            times[key] = times.get(key, 0) + one.times
        return [
            PilotDay(
                camera_id=camera,
                rule_id=rule_id,
                rule_name=mine[rule_id].name,
                situation=mine[rule_id].situation,
                day=day,
                times=met,
            )
            for (day, camera, rule_id), met in sorted(times.items())
            if rule_id in mine and mine[rule_id].camera_id == camera
        ]

    def _reached_rules(self, connection: Connection, actor: Actor, camera_id: str, rule_id: str) -> dict[str, Rule]:
        """The rules somebody's scopes reach, by camera group and purpose, removed ones included."""
        groups = cameras.groups(connection)
        return {
            rule.rule_id: rule
            for rule in rules.ever(connection)
            if (not camera_id or rule.camera_id == camera_id)
            and (not rule_id or rule.rule_id == rule_id)
            and actor.reaches(groups.get(rule.camera_id, ()), rule.purpose_id)
        }


def _check_span(from_at: UtcNs, to_at: UtcNs) -> None:
    if to_at <= from_at:
        raise InvalidInputError("the time ends before it begins", where="query.to", mend="Give a later instant.")
    if to_at - from_at > seconds_to_ns(LONGEST.total_seconds()):
        what = f"the time is longer than {LONGEST.days} days"
        raise InvalidInputError(what, where="query.to", mend="Ask for it in parts.")


def _may_count(in_force: InForce, rule: Rule, at: UtcNs) -> bool:
    """Whether counts might be kept of a rule at a past instant. By a clock that was put back before a person stopped or
    ended it, no instant is before that.
    """
    switch, now = in_force.switch, in_force.now
    if switch.stopped and (at >= switch.at or now < switch.at):
        return False
    answer = coverage(
        [replace(one, withdrawn=one.withdrawn and now < (one.revoked_at or one.valid_to)) for one in in_force.given],
        camera_id=rule.camera_id,
        situation=rule.situation,
        purpose_id=rule.purpose_id,
        now=at,
        regimes=in_force.regimes,
    )
    return answer.covered and Output.COUNTS in answer.outputs
