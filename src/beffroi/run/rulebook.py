"""The authorised rules of one camera at work: changed one by one, so that the others never notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from beffroi.judge.watching import RuleFailure, WatchedRule, Watcher
from beffroi.ports.situation import Moment, SituationSpec
from beffroi.run.messages import AuthorisedRule
from beffroi.vocabulary.authorisation import Output
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
        self._counting: dict[AuthorisedRuleKey, dict[str, float]] = {}
        """Totals as last taken, of each rule of which counts may be kept."""
        self._left: dict[str, float] = {}
        self.change(rules, UtcNs(0))

    def change(self, rules: Sequence[AuthorisedRule], now: UtcNs) -> list[Event]:
        """Watch exactly these rules; the events that end with the rules that go."""
        wanted = {_key(authorised): authorised for authorised in rules}
        events: list[Event] = []
        for key in [k for k in self._watchers if k not in wanted]:
            self._note_counts(key)
            self._counting.pop(key, None)
            events += self._watchers.pop(key).finish(now)
        for key, authorised in wanted.items():
            if key not in self._watchers:
                watched = WatchedRule(rule=authorised.rule, valid_until=authorised.valid_until)
                self._watchers[key] = Watcher([watched], self._specs, model=self._model)
            if Output.COUNTS in authorised.outputs:
                self._counting.setdefault(key, {})
            else:
                self._counting.pop(key, None)
        return events

    def take_counts(self) -> dict[str, float]:
        """What was counted since this was last asked, named ``<rule id>.<figure>``, 0 included; only of rules of which
        counts may be kept, and only figures that their situation says are totals.
        """
        for key in list(self._counting):
            self._note_counts(key)
        taken, self._left = self._left, {}
        return taken

    def _note_counts(self, key: AuthorisedRuleKey) -> None:
        """Add what a rule counted since it was last looked at to what is left to take."""
        before, watcher = self._counting.get(key), self._watchers[key]
        if before is None:
            return
        spec = self._specs.get(key[2])
        for name, total in watcher.counters.items():
            if spec is None or name.rpartition(".")[2] not in spec.totals:
                continue
            last = before.get(name, 0.0)
            before[name] = total
            # a total that has fallen began anew: what it shows was all counted since
            self._left[name] = self._left.get(name, 0.0) + max(0.0, total - last if total >= last else total)

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


AuthorisedRuleKey = tuple[str, int, Situation, str, int, bool]


def _key(authorised: AuthorisedRule) -> AuthorisedRuleKey:
    """A version of a rule is never altered, so this names it with its authorisation."""
    rule = authorised.rule
    return (
        rule.rule_id,
        rule.version,
        rule.situation,
        authorised.authorisation_id,
        authorised.valid_until,
        authorised.alerts,
    )
