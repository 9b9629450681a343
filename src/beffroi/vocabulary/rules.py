"""Rules: what a supervisor asks to be told about, where and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.time import UtcNs, to_datetime

Point = tuple[float, float]


class Situation(StrEnum):
    """The catalogue of situations. Ids are facts, not judgements."""

    OBJECT_LEFT = "object_left"
    WEAPON_SEEN = "weapon_seen"
    WRONG_WAY = "wrong_way"
    ZONE_ENTERED = "zone_entered"
    LINE_CROSSED = "line_crossed"
    PERSON_DOWN = "person_down"
    CROWD_SURGE = "crowd_surge"
    CROWD_DENSE = "crowd_dense"
    FIRE_SMOKE = "fire_smoke"
    FIGHT = "fight"
    GROUP_FORMED = "group_formed"
    WASTE_DUMPED = "waste_dumped"
    VEHICLE_STOPPED = "vehicle_stopped"
    WATER_HIGH = "water_high"
    WATER_POLLUTED = "water_polluted"
    SENSOR_THRESHOLD = "sensor_threshold"
    CAMERA_IMPAIRED = "camera_impaired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A simple polygon, points normalised to [0, 1] of the picture (x right, y down), at least three."""

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A polyline from first to last point, normalised. ``forward`` crossings go from its left side to its
    right side as seen walking along it on the screen (y down): on a line drawn left to right, forward is down.
    """

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """Days (0 = Monday) and local hours; an end before its start runs past midnight (the day is the start's)."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    from_minute: int = 0
    to_minute: int = 1440

    def __post_init__(self) -> None:
        if not all(0 <= d <= 6 for d in self.days) or not self.days:
            raise ValueError("days go from 0 (Monday) to 6 (Sunday), at least one")
        if not (0 <= self.from_minute < 1440 and 0 < self.to_minute <= 1440) or self.from_minute == self.to_minute:
            raise ValueError("hours go from 00:00 to 24:00 and cannot start and end alike")

    def holds(self, local: datetime) -> bool:
        """Whether a local wall-clock time lies inside."""
        minute = local.hour * 60 + local.minute
        if self.from_minute < self.to_minute:
            return local.weekday() in self.days and self.from_minute <= minute < self.to_minute
        if minute >= self.from_minute:
            return local.weekday() in self.days
        return minute < self.to_minute and (local.weekday() - 1) % 7 in self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a rule watches: any of its weekly spans, in a time zone. No span means always."""

    spans: tuple[Weekly, ...] = ()
    time_zone: str = "Europe/Paris"

    def holds_at(self, instant: UtcNs) -> bool:
        """Whether the rule watches at an instant."""
        if not self.spans:
            return True
        local = to_datetime(instant).astimezone(ZoneInfo(self.time_zone))
        return any(span.holds(local) for span in self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What to be told about on one camera.

    ``version`` rises by one with each change; a version is never altered. ``params`` hold SI numbers, booleans
    or texts whose names carry their unit (``min_stay_s``), checked against the situation's ParamSpecs.
    ``allowed_direction`` is (dx, dy) on the picture, x right and y down, any length but zero.
    """

    rule_id: str
    version: int
    camera_id: str
    situation: Situation
    purpose_id: str
    name: str = ""
    enabled: bool = True
    classes: tuple[ObjectClass, ...] = ()
    zone: Zone | None = None
    line: Line | None = None
    allowed_direction: Point | None = None
    params: Mapping[str, float | bool | str] = field(default_factory=dict)
    schedule: Schedule = field(default_factory=Schedule)
    severity: str = "moderate"

    def __post_init__(self) -> None:
        if not self.purpose_id:
            raise ValueError(f"rule {self.rule_id} has no purpose: no purpose, no rule")
