"""What all situations about tracks do alike: runs, silence, the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from beffroi.judge.episodes import Episodes
from beffroi.judge.lineage import Lineages, Seen, classes_of
from beffroi.ports.situation import Moment, SituationSpec
from beffroi.vocabulary.errors import RuleError
from beffroi.vocabulary.judgement import Event
from beffroi.vocabulary.picture import FrameRef
from beffroi.vocabulary.rules import Rule
from beffroi.vocabulary.time import UtcNs, seconds_to_ns


class TrackWatch(ABC):
    """One rule about tracks. A new run ends its episodes and empties it: tracks never bridge runs.

    Subclasses judge the things seen at one frame and forget on ``_clear``.
    """

    def __init__(self, rule: Rule, *, model: str, spec: SituationSpec) -> None:
        self.rule = rule
        self.params = spec.settled(rule)
        refuse_other_classes(rule, spec)
        self.episodes = Episodes(rule, model=model)
        self._lineages = Lineages(classes_of(rule, spec.needs.classes))
        self._run_id = ""

    def step(self, moment: Moment) -> Sequence[Event]:
        """Statements about this rule at this moment."""
        events: list[Event] = []
        frame = moment.frame
        if frame is not None and frame.run_id != self._run_id:
            events += self.finish(moment.now)
            self._run_id = frame.run_id
            self._begin(moment.now)
        self.episodes.at(frame)
        if moment.tracks is None or frame is None:
            return events + self._wait(moment.now)
        return events + self._judge(self._lineages.step(moment.tracks, moment.now), frame, moment.now)

    def finish(self, now: UtcNs) -> Sequence[Event]:  # noqa: ARG002  the port's signature
        """End all open episodes and empty the state."""
        events = self.episodes.end_all()
        self._lineages.clear()
        self._run_id = ""
        self._clear()
        return events

    @property
    def counters(self) -> Mapping[str, float]:
        """Running figures worth showing; none unless a situation counts."""
        return {}

    def number(self, name: str) -> float:
        """A parameter that is a number."""
        return float(self.params[name])

    def span_ns(self, name: str) -> int:
        """A parameter in seconds, as nanoseconds."""
        return seconds_to_ns(self.number(name))

    def _begin(self, now: UtcNs) -> None:  # noqa: B027  only some situations care
        """A run has begun."""

    def _wait(self, now: UtcNs) -> list[Event]:
        """Nothing was analysed; episodes that nothing shows any more end."""
        return self.episodes.end_unheld(now, self._gap_ns())

    @abstractmethod
    def _gap_ns(self) -> int:
        """How long an episode may go unseen."""

    @abstractmethod
    def _judge(self, seen: list[Seen], frame: FrameRef, now: UtcNs) -> list[Event]:
        """Statements about the things seen in one frame."""

    @abstractmethod
    def _clear(self) -> None:
        """Forget everything about this run."""


def refuse_other_classes(rule: Rule, spec: SituationSpec) -> None:
    """Classes that the situation cannot watch are an error, not a rule that never alerts.

    Raises:
        RuleError: a class is none of the situation's.
    """
    for given in rule.classes:
        if given.value not in spec.needs.classes:
            allowed = ", ".join(spec.needs.classes) or "none"
            where = f"rule {rule.rule_id}"
            raise RuleError(f"{rule.situation} does not watch {given.value}", where=where, mend=f"Use: {allowed}.")
