"""Everything that is watched for on one camera: its rules, each in its own compartment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from beffroi.ports.situation import Moment, SituationSpec, SituationWatch
from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.rules import Rule, Situation
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedRule:
    """A rule and the instant from which it may no longer be watched: the end of its authorisation."""

    rule: Rule
    valid_until: UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFailure:
    """A rule that is not being watched though it should be, and why, in a sentence."""

    rule_id: str
    situation: Situation
    cause: str


@dataclass(slots=True, kw_only=True)
class _Post:
    """One rule at work. ``awake``: its schedule holds."""

    watched: WatchedRule
    watch: SituationWatch
    awake: bool = False


class Watcher:
    """The rules of one camera. One that fails is named in ``failures`` and stands alone: the others go on.

    A rule is watched only while it is enabled, its schedule holds and its authorisation lasts; leaving any of these
    ends its episodes. What ran out stays out: only a new Watcher can watch it again.
    """

    def __init__(self, rules: Sequence[WatchedRule], specs: Mapping[Situation, SituationSpec], *, model: str) -> None:
        self._posts: list[_Post] = []
        self._failures: list[RuleFailure] = []
        self._expired: list[str] = []
        self._signals: set[str] = set()
        for watched in rules:
            if watched.rule.enabled:
                self._man(watched, specs, model)

    def _man(self, watched: WatchedRule, specs: Mapping[Situation, SituationSpec], model: str) -> None:
        rule = watched.rule
        spec = specs.get(rule.situation)
        if spec is None:
            self._fail(rule, f"no plug-in watches for {rule.situation}")
            return
        try:
            watch = spec.factory(rule, model=model)
        except InvalidInputError as error:
            self._fail(rule, str(error))
        except Exception as error:  # foreign code may raise anything; the camera's other rules must not go with it
            self._fail(rule, f"{type(error).__name__}: {error}")
        else:
            self._posts.append(_Post(watched=watched, watch=watch))
            self._signals |= spec.needs.signals

    @property
    def failures(self) -> tuple[RuleFailure, ...]:
        """Rules that could not be begun or broke down."""
        return tuple(self._failures)

    @property
    def expired(self) -> tuple[str, ...]:
        """Ids of the rules that stopped because their authorisation ended."""
        return tuple(self._expired)

    @property
    def watched(self) -> tuple[str, ...]:
        """Ids of the rules still at work, asleep by their schedule or not."""
        return tuple(post.watched.rule.rule_id for post in self._posts)

    @property
    def signals(self) -> frozenset[str]:
        """What the rules read: of tracks, health, status."""
        return frozenset(self._signals)

    def wants(self, signal: str, now: UtcNs) -> bool:
        """Whether any rule reads a signal at this instant; false lets the pipeline spare the work."""
        if signal not in self._signals:
            return False
        return any(now < p.watched.valid_until and p.watched.rule.schedule.holds_at(now) for p in self._posts)

    @property
    def counters(self) -> Mapping[str, float]:
        """Running figures of all rules, named ``<rule id>.<figure>``."""
        figures: dict[str, float] = {}
        for post in list(self._posts):
            try:
                counted = dict(post.watch.counters)
            except Exception as error:  # foreign code may raise anything; see ``_told``
                self._break_down(post, error)
                continue
            figures.update({f"{post.watched.rule.rule_id}.{name}": value for name, value in counted.items()})
        return figures

    def step(self, moment: Moment) -> list[Event]:
        """Statements of all rules at this moment."""
        events: list[Event] = []
        for post in list(self._posts):
            if moment.now >= post.watched.valid_until:
                events += self._stop(post, moment.now)
                self._expired.append(post.watched.rule.rule_id)
                continue
            if not post.watched.rule.schedule.holds_at(moment.now):
                if post.awake:
                    events += self._finish(post, moment.now)
                post.awake = False
                continue
            post.awake = True
            events += self._told(post, lambda watch: watch.step(moment), moment.now)
        return events

    def finish(self, now: UtcNs) -> list[Event]:
        """End of the run or of the watch: all episodes end, all state is emptied."""
        return [event for post in list(self._posts) for event in self._finish(post, now)]

    def _finish(self, post: _Post, now: UtcNs) -> list[Event]:
        return self._told(post, lambda watch: watch.finish(now), now)

    def _stop(self, post: _Post, now: UtcNs) -> list[Event]:
        events = self._finish(post, now)
        self._posts = [other for other in self._posts if other is not post]
        return events

    def _told(self, post: _Post, act: Callable[[SituationWatch], Sequence[Event]], now: UtcNs) -> list[Event]:
        """What a rule states. One that raises is taken off, after a last try to end its episodes in good order."""
        try:
            return list(act(post.watch))
        except Exception as error:  # foreign code may raise anything; the camera's other rules must not go with it
            self._break_down(post, error)
        try:
            return [event for event in post.watch.finish(now) if event.phase is EventPhase.ENDED]
        except Exception:  # it has been named already; nothing more can be had from it
            return []

    def _break_down(self, post: _Post, error: Exception) -> None:
        self._posts = [other for other in self._posts if other is not post]
        self._fail(post.watched.rule, f"{type(error).__name__}: {error}")

    def _fail(self, rule: Rule, cause: str) -> None:
        self._failures.append(RuleFailure(rule_id=rule.rule_id, situation=rule.situation, cause=cause))
