"""Situations on offer, rules drawn on a camera's picture, authorisations and purposes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, StringConstraints, field_validator

from beffroi.govern.authorisations import Coverage, Disagreement
from beffroi.govern.payloads import instant_json
from beffroi.ports.situation import ParamSpec, SituationSpec
from beffroi.serve.wire.form import Id, Instant, PointOut, Wire, example
from beffroi.vocabulary.judgement import Severity
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Line, Rule, Schedule, Situation, Weekly, Zone

Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
ParamValue = bool | float | str

PARAM_EXAMPLE = {
    "name": "min_stay_s",
    "default": 0.5,
    "minimum": 0.0,
    "maximum": 3600.0,
    "choices": [],
    "unit": "s",
    "label_fr": "Durée minimale de présence",
    "label_en": "Minimum stay",
}
SPAN_EXAMPLE = {"days": [0, 1, 2, 3, 4], "from": "22:00", "to": "06:00"}
RULE_EXAMPLE = {
    "rule_id": "pelouse",
    "version": 2,
    "camera_id": "mairie-nord",
    "situation": "zone_entered",
    "purpose_id": "securite-site",
    "name": "Pelouse interdite la nuit",
    "enabled": True,
    "classes": ["person"],
    "zone": {"points": [[0.0, 0.43], [0.46, 0.58], [0.99, 0.9], [0.0, 0.99]]},
    "line": None,
    "allowed_direction": None,
    "params": {"min_stay_s": 1.0},
    "schedule": {"time_zone": "Europe/Paris", "spans": [SPAN_EXAMPLE]},
    "severity": "moderate",
}
COVERED_EXAMPLE = {
    "covered": True,
    "authorisation_id": "site-prive-2026",
    "reason": "",
    "valid_until": "2026-12-31T23:00:00.000Z",
}


class ParamOut(Wire):
    """One parameter a situation takes; its unit is in its name."""

    model_config = example(**PARAM_EXAMPLE)

    name: str
    default: ParamValue
    minimum: float | None
    maximum: float | None
    choices: list[str]
    unit: str
    label_fr: str
    label_en: str


class NeedsOut(Wire):
    """What must be drawn: `none`, `optional` or `required`."""

    model_config = example(zone="required", line="none", direction="none")

    zone: str
    line: str
    direction: str


class SituationOut(Wire):
    """A situation of the catalogue. One that is not implemented says so and cannot be watched."""

    model_config = example(
        situation="zone_entered",
        label_fr="Zone interdite ou sensible",
        label_en="Zone entered",
        implemented=True,
        needs={"zone": "required", "line": "none", "direction": "none"},
        classes=["person", "bicycle", "vehicle"],
        params=[PARAM_EXAMPLE],
        severity="moderate",
    )

    situation: Situation
    label_fr: str
    label_en: str
    implemented: bool
    needs: NeedsOut
    classes: list[str]
    params: list[ParamOut]
    severity: str


class ShapeIn(Wire):
    """A zone (at least three points) or a line (at least two), as shares of the picture."""

    model_config = example(points=[[0.1, 0.6], [0.6, 0.6], [0.6, 0.95]])

    points: Annotated[tuple[PointOut, ...], Field(min_length=2, max_length=64)]


class SpanIn(Wire):
    """Days (0 is Monday) and local hours; an end before its start runs past midnight."""

    model_config = example(**SPAN_EXAMPLE) | {"populate_by_name": True, "serialize_by_alias": True}

    days: Annotated[tuple[Annotated[int, Field(ge=0, le=6)], ...], Field(min_length=1, max_length=7)]
    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to")


class ScheduleIn(Wire):
    """When a rule watches; no span means always."""

    model_config = example(time_zone="Europe/Paris", spans=[SPAN_EXAMPLE])

    time_zone: str = "Europe/Paris"
    spans: Annotated[tuple[SpanIn, ...], Field(max_length=32)] = ()

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is not a time zone such as Europe/Paris") from None
        return value


class RuleIn(Wire):
    """A rule as drawn. `version` is the one it was read at (changes only)."""

    model_config = example(**{k: v for k, v in RULE_EXAMPLE.items() if k != "camera_id"})

    rule_id: Id | Literal[""] = ""
    version: int = Field(0, ge=0)
    situation: Situation
    purpose_id: Id
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    enabled: bool = True
    classes: Annotated[tuple[ObjectClass, ...], Field(max_length=10)] = ()
    zone: ShapeIn | None = None
    line: ShapeIn | None = None
    allowed_direction: tuple[float, float] | None = None
    params: Annotated[dict[str, ParamValue], Field(max_length=40)] = Field(default_factory=dict)
    schedule: ScheduleIn = ScheduleIn()
    severity: Severity = Severity.MODERATE

    @field_validator("allowed_direction")
    @classmethod
    def _points(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and not (0 < value[0] ** 2 + value[1] ** 2 < float("inf")):
            raise ValueError("has no length: draw an arrow")
        return value

    def rule(self, rule_id: str, camera_id: str) -> Rule:
        """The rule as a noun."""
        return Rule(
            rule_id=rule_id,
            version=self.version,
            camera_id=camera_id,
            situation=self.situation,
            purpose_id=self.purpose_id,
            name=self.name,
            enabled=self.enabled,
            classes=self.classes,
            zone=Zone(points=self.zone.points) if self.zone else None,
            line=Line(points=self.line.points) if self.line else None,
            allowed_direction=self.allowed_direction,
            params=dict(self.params),
            schedule=schedule_of(self.schedule),
            severity=self.severity.value,
        )


class DisagreementOut(Wire):
    """A point on which authorisations differ: the narrower ones win; what the others would have allowed is lost."""

    model_config = example(on="viewers", narrowed_by=["parvis-ete"], lost=["operator"])

    on: str
    narrowed_by: list[str]
    lost: list[str]


class CoverageOut(Wire):
    """Whether an authorisation covers the rule now; if not, why: it is then not watched."""

    model_config = example(**COVERED_EXAMPLE)

    covered: bool
    authorisation_id: str
    reason: str
    valid_until: Instant | None
    authorisation_ids: list[str] = Field(default_factory=list)
    outputs: list[str] = Field(default_factory=list)
    disagreements: list[DisagreementOut] = Field(default_factory=list)


class RuleOut(Wire):
    """A rule in its newest version, and whether it is authorised."""

    model_config = example(**RULE_EXAMPLE, authorisation=COVERED_EXAMPLE)

    rule_id: str
    version: int
    camera_id: str
    situation: Situation
    purpose_id: str
    name: str
    enabled: bool
    classes: list[str]
    zone: ShapeIn | None
    line: ShapeIn | None
    allowed_direction: tuple[float, float] | None
    params: dict[str, ParamValue]
    schedule: ScheduleIn
    severity: str
    authorisation: CoverageOut | None = None


class PurposeOut(Wire):
    """What an analysis serves. No purpose, no rule."""

    model_config = example(purpose_id="securite-site", label_fr="Sécurité du site", label_en="Site security")

    purpose_id: str
    label_fr: str
    label_en: str
    retention_s: int = 0


def schedule_of(given: ScheduleIn) -> Schedule:
    """A schedule as a noun.

    Raises:
        ValueError: a span starts and ends alike.
    """
    spans = tuple(
        Weekly(days=tuple(sorted(set(span.days))), from_minute=_minutes(span.start), to_minute=_minutes(span.end))
        for span in given.spans
    )
    return Schedule(spans=spans, time_zone=given.time_zone)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def schedule_out(schedule: Schedule) -> ScheduleIn:
    """A schedule on the wire."""
    return ScheduleIn(
        time_zone=schedule.time_zone,
        spans=tuple(
            SpanIn.model_validate({"days": span.days, "from": _clock(span.from_minute), "to": _clock(span.to_minute)})
            for span in schedule.spans
        ),
    )


def disagreements_out(found: Iterable[Disagreement]) -> list[DisagreementOut]:
    """Disagreements on the wire."""
    return [DisagreementOut(on=one.on, narrowed_by=list(one.narrowed_by), lost=list(one.lost)) for one in found]


def coverage_out(coverage: Coverage) -> CoverageOut:
    """A coverage on the wire."""
    return CoverageOut(
        covered=coverage.covered,
        authorisation_id=coverage.authorisation_id,
        reason="" if coverage.covered else coverage.reason.value,
        valid_until=instant_json(coverage.valid_until),
        authorisation_ids=list(coverage.authorisation_ids),
        outputs=sorted(coverage.outputs),
        disagreements=disagreements_out(coverage.disagreements),
    )


def rule_out(rule: Rule, coverage: Coverage | None = None) -> RuleOut:
    """A rule on the wire."""
    return RuleOut(
        rule_id=rule.rule_id,
        version=rule.version,
        camera_id=rule.camera_id,
        situation=rule.situation,
        purpose_id=rule.purpose_id,
        name=rule.name,
        enabled=rule.enabled,
        classes=[str(one) for one in rule.classes],
        zone=ShapeIn(points=rule.zone.points) if rule.zone else None,
        line=ShapeIn(points=rule.line.points) if rule.line else None,
        allowed_direction=rule.allowed_direction,
        params=dict(rule.params),
        schedule=schedule_out(rule.schedule),
        severity=rule.severity,
        authorisation=coverage_out(coverage) if coverage else None,
    )


def param_out(spec: ParamSpec) -> ParamOut:
    """A parameter on the wire."""
    return ParamOut(
        name=spec.name,
        default=spec.default,
        minimum=spec.minimum,
        maximum=spec.maximum,
        choices=list(spec.choices),
        unit=spec.unit,
        label_fr=spec.label_fr,
        label_en=spec.label_en,
    )


def situation_out(spec: SituationSpec) -> SituationOut:
    """An implemented situation on the wire."""
    return SituationOut(
        situation=spec.situation,
        label_fr=spec.label_fr,
        label_en=spec.label_en,
        implemented=True,
        needs=NeedsOut(zone=spec.needs.zone, line=spec.needs.line, direction=spec.needs.direction),
        classes=[str(one) for one in spec.needs.classes],
        params=[param_out(one) for one in spec.params],
        severity=spec.severity,
    )
