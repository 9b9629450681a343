"""What a camera's rules counted, told once each: whatever begins anew, nothing is counted twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from beffroi.ports.registry import API_VERSION
from beffroi.ports.situation import Moment, SituationNeeds, SituationSpec
from beffroi.run.messages import AuthorisedRule
from beffroi.run.rulebook import RuleBook
from beffroi.vocabulary.authorisation import Output
from beffroi.vocabulary.judgement import Event
from beffroi.vocabulary.rules import Rule, Situation
from beffroi.vocabulary.time import UtcNs

COUNTS_ONLY = frozenset({Output.COUNTS})


class Passing:
    """A watch that counts one passage at each moment."""

    def __init__(self) -> None:
        self.total = 0.0

    def step(self, moment: Moment) -> Sequence[Event]:
        self.total += 1
        return ()

    def finish(self, now: UtcNs) -> Sequence[Event]:
        return ()

    @property
    def counters(self) -> Mapping[str, float]:
        return {"passed": self.total, "here_now": 7.0}


def watch(rule: Rule, *, model: str) -> Passing:
    return Passing()


SPECS = {
    Situation.LINE_CROSSED: SituationSpec(
        situation=Situation.LINE_CROSSED,
        api_version=API_VERSION,
        factory=watch,
        needs=SituationNeeds(),
        totals=frozenset({"passed"}),
    )
}
RULE = AuthorisedRule(
    rule=Rule(rule_id="bridge", version=1, camera_id="a", situation=Situation.LINE_CROSSED, purpose_id="safety"),
    authorisation_id="order-1",
    valid_until=UtcNs(2**62),
    outputs=COUNTS_ONLY,
)


def moments(book: RuleBook, count: int) -> None:
    for number in range(count):
        book.step(Moment(now=UtcNs(number), frame=None))


def test_only_what_is_new_is_told_and_only_totals() -> None:
    book = RuleBook([RULE], SPECS, model="m")
    assert book.take_counts() == {"bridge.passed": 0.0}
    moments(book, 3)
    assert book.take_counts() == {"bridge.passed": 3.0}
    assert book.take_counts() == {"bridge.passed": 0.0}


def test_a_rule_that_is_changed_or_taken_away_loses_nothing() -> None:
    book = RuleBook([RULE], SPECS, model="m")
    moments(book, 3)
    newer = replace(RULE, rule=replace(RULE.rule, version=2))
    book.change([newer], UtcNs(0))
    moments(book, 2)
    assert book.take_counts() == {"bridge.passed": 5.0}
    moments(book, 1)
    book.change([], UtcNs(0))
    assert book.take_counts() == {"bridge.passed": 1.0}
    assert book.take_counts() == {}


def test_a_rule_of_which_no_counts_may_be_kept_tells_none() -> None:
    book = RuleBook([replace(RULE, outputs=frozenset({Output.ALERTS}))], SPECS, model="m")
    moments(book, 3)
    assert book.take_counts() == {}
