"""The authorised rules of one camera at work: changed one by one, so that the others never notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from beffroi.judge.watching import RuleFailure, WatchedRule, Watcher
from beffroi.ports.situation import Moment, SituationSpec
from beffroi.run.messages import AuthorisedRule
from beffroi.vocabulary.judgement import Event
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs


class RuleBook:
    """One watcher a rule. A rule that is given again unchanged, authorisation included, keeps its open episodes."""

    def __init__(
        self, rules: Sequence[AuthorisedRule], specs: Mapping[Situation, SituationSpec], *, model: str
    ) -> None:
        self._specs, self._model = specs, model
        self._watchers: dict[AuthorisedRuleKey, Watcher] = {}
        self.change(rules, UtcNs(0))

    def change(self, rules: Sequence[AuthorisedRule], now: UtcNs) -> list[Event]:
        """Watch exactly these rules; the events that end with the rules that go."""
        wanted = {_key(authorised): authorised for authorised in rules}
        events: list[Event] = []
        for key in [k for k in self._watchers if k not in wanted]:
            events += self._watchers.pop(key).finish(now)
        for key, authorised in wanted.items():
            if key not in self._watchers:
                watched = WatchedRule(rule=authorised.rule, valid_until=authorised.valid_until)
                self._watchers[key] = Watcher([watched], self._specs, model=self._model)
        return events

    def wants(self, signal: str, now: UtcNs) -> bool:
        """Whether any rule reads a signal at this instant."""
        return any(watcher.wants(signal, now) for watcher in tuple(self._watchers.values()))

    def step(self, moment: Moment) -> list[Event]:
        """Statements of all rules at this moment."""
        return [event for watcher in self._watchers.values() for event in watcher.step(moment)]

    def finish(self, now: UtcNs) -> list[Event]:
        """End of the run or of the watch: all episodes end, all state is emptied."""
        return [event for watcher in self._watchers.values() for event in watcher.finish(now)]

    @property
    def counters(self) -> dict[str, float]:
        """Running figures of all rules, named ``<rule id>.<figure>``."""
        return {name: value for watcher in self._watchers.values() for name, value in watcher.counters.items()}

    @property
    def failures(self) -> tuple[RuleFailure, ...]:
        """Rules that could not be begun or broke down."""
        return tuple(failure for watcher in self._watchers.values() for failure in watcher.failures)

    @property
    def watched(self) -> tuple[str, ...]:
        """Ids of the rules still at work."""
        return tuple(rule_id for watcher in self._watchers.values() for rule_id in watcher.watched)


AuthorisedRuleKey = tuple[str, int, str, int, bool]


def _key(authorised: AuthorisedRule) -> AuthorisedRuleKey:
    """A version of a rule is never altered, so this names it with its authorisation."""
    rule = authorised.rule
    return rule.rule_id, rule.version, authorised.authorisation_id, authorised.valid_until, authorised.alerts
