"""What a situation's module must do: facts in, events out; no clock, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from beffroi.vocabulary.camera import CameraStatus
from beffroi.vocabulary.errors import RuleError
from beffroi.vocabulary.judgement import Event
from beffroi.vocabulary.picture import FrameRef
from beffroi.vocabulary.rules import Rule, Situation
from beffroi.vocabulary.time import UtcNs
from beffroi.vocabulary.tracks import PictureHealth, TracksNow


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamSpec:
    """One typed parameter of a situation: its unit is in its name (``min_stay_s``).

    ``default`` decides the type. Numbers have a closed range [``minimum``, ``maximum``]; texts their ``choices``.
    ``source`` says where the default comes from.
    """

    name: str
    default: float | bool | str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    label_fr: str = ""
    label_en: str = ""
    source: str = "our choice"

    def check(self, value: float | bool | str, where: str) -> float | bool | str:
        """The value, typed. Raises RuleError naming the allowed values."""
        if isinstance(self.default, bool):
            if isinstance(value, bool):
                return value
            raise RuleError(f"{self.name} is {value!r}, not true or false", where=where)
        if isinstance(self.default, str):
            if isinstance(value, str) and (not self.choices or value in self.choices):
                return value
            raise RuleError(f"{self.name} is {value!r}", where=where, mend=f"Use one of {', '.join(self.choices)}.")
        low, high = self.minimum, self.maximum
        allowed = f"Give a number from {low} to {high} {self.unit}".rstrip() + "."
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            raise RuleError(f"{self.name} is {value!r}, not a number", where=where, mend=allowed)
        if (low is not None and value < low) or (high is not None and value > high):
            raise RuleError(f"{self.name} is {value}, out of range", where=where, mend=allowed)
        return float(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationNeeds:
    """What must be given: a drawn zone or line, a direction; which signals it reads; which camera classes suit it."""

    zone: str = "none"
    """none, optional or required"""
    line: str = "none"
    direction: str = "none"
    signals: frozenset[str] = frozenset({"tracks"})
    """Of: tracks, health, status"""
    classes: tuple[str, ...] = ()
    """Classes it may watch; the first tuple is also its default. Empty: not about objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What a situation gets for each analysed frame, or each change of the camera's state.

    ``tracks`` and ``health`` are None when the situation does not need them or nothing was analysed (then only
    ``status`` speaks). ``now`` is the data's own time: situations know no other.
    """

    now: UtcNs
    frame: FrameRef | None
    tracks: TracksNow | None = None
    health: PictureHealth | None = None
    status: CameraStatus | None = None


class SituationWatch(Protocol):
    """One rule being watched on one camera."""

    def step(self, moment: Moment) -> Sequence[Event]:
        """Statements about this rule at this moment: begun, updated (at most one a second an episode), ended."""
        ...

    def finish(self, now: UtcNs) -> Sequence[Event]:
        """End of run or rule: end all open episodes, empty the state."""
        ...

    @property
    def counters(self) -> Mapping[str, float]:
        """Running figures worth showing (crossings by direction, people inside)."""
        ...


class SituationFactory(Protocol):
    """Makes the watch of one rule."""

    def __call__(self, rule: Rule, *, model: str) -> SituationWatch: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationSpec:
    """A situation's plug-in: data, so that a desk, a scene file and a test can ask what it takes."""

    situation: Situation
    api_version: int
    factory: SituationFactory
    needs: SituationNeeds
    params: tuple[ParamSpec, ...] = ()
    label_fr: str = ""
    label_en: str = ""
    severity: str = "moderate"
    licence: str = "Apache-2.0"
    totals: frozenset[str] = frozenset()
    """Which of its counters only rise while a rule is watched: what is added is kept as counts."""
    notes: Mapping[str, str] = field(default_factory=dict)

    def settled(self, rule: Rule, where: str = "") -> dict[str, float | bool | str]:
        """Every parameter of the rule, defaults filled in and checked.

        Raises:
            RuleError: unknown parameter, wrong type or range; zone, line or direction missing or not allowed.
        """
        place = where or f"rule {rule.rule_id}"
        known = {spec.name: spec for spec in self.params}
        for name in rule.params:
            if name not in known:
                allowed = ", ".join(sorted(known)) or "none"
                raise RuleError(f"unknown parameter {name!r}", where=place, mend=f"{self.situation} takes: {allowed}.")
        for part, drawn in (("zone", rule.zone), ("line", rule.line), ("direction", rule.allowed_direction)):
            need = getattr(self.needs, part)
            if need == "required" and drawn is None:
                raise RuleError(f"{self.situation} needs a {part}", where=place, mend=f"Draw the {part}.")
            if need == "none" and drawn is not None:
                raise RuleError(f"{self.situation} takes no {part}", where=place, mend=f"Remove the {part}.")
        return {n: s.check(rule.params.get(n, s.default), place) for n, s in known.items()}
