"""What is so in this house now: gathered once from the store, then told in several forms."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from beffroi import __version__
from beffroi.govern.in_force import read_in_force
from beffroi.govern.regimes.terms import RegimeBook
from beffroi.govern.settings import GovernanceSettings
from beffroi.keep.store import authorisations, cameras, register, rules
from beffroi.keep.store.authorisations import Purpose
from beffroi.keep.store.register import Performance, SheetVersion, Span, TownSheet
from beffroi.vocabulary.authorisation import Authorisation, Output
from beffroi.vocabulary.camera import Camera
from beffroi.vocabulary.rules import Rule, Situation
from beffroi.vocabulary.time import UtcNs, to_datetime, utc_ns

ZONE = ZoneInfo("Europe/Paris")
"""Years, months and days of the papers are those of the town hall's clock."""

DAY_S = 86_400
YEAR_S = 365 * DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a regime lets be analysed, and what may come of it."""

    situations: frozenset[Situation] = frozenset()
    outputs: frozenset[Output] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The configuration of a house at an instant. Papers tell no credentials and no stream address of it."""

    now: UtcNs
    version: str
    sheet: SheetVersion
    cameras: tuple[Camera, ...]
    orders: tuple[Authorisation, ...]
    purposes: tuple[Purpose, ...]
    rules: tuple[Rule, ...]
    performance: tuple[Performance, ...]
    settings: GovernanceSettings
    regimes: RegimeBook
    stopped: bool

    @property
    def town(self) -> TownSheet:
        """The town's sheet."""
        return self.sheet.sheet

    @property
    def in_force(self) -> tuple[Authorisation, ...]:
        """The authorisations that hold now (whatever the hour of the day)."""
        return tuple(one for one in self.orders if holds(one, self.now))

    def terms(self, order: Authorisation) -> Terms:
        """What an authorisation's regime allows; a regime that is broken or gone: nothing."""
        found = self.regimes.of(order.regime)
        return Terms() if found is None else Terms(situations=found.situations, outputs=found.outputs)

    def regime_name(self, order: Authorisation, language: str = "fr") -> str:
        """The regime of an authorisation in words; one that is broken or gone keeps its id."""
        found = self.regimes.of(order.regime)
        if found is None:
            return order.regime
        return found.label_fr if language == "fr" else found.label_en

    def purpose(self, purpose_id: str) -> Purpose | None:
        """A purpose by its id."""
        return next((one for one in self.purposes if one.purpose_id == purpose_id), None)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of everything the papers are made from, but for the instant: same digest, same papers."""
        watched = [
            (one.camera_id, one.name, one.place, one.groups, one.enabled, one.blur, one.plan_xy, len(one.masks))
            for one in self.cameras
        ]
        used = [self.regimes.of(name) for name in sorted({one.regime for one in self.orders})]
        told = [self.version, self.sheet, watched, self.orders, used, self.purposes, self.rules, self.performance]
        text = json.dumps([_plain(one) for one in (*told, self.settings)], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def holds(order: Authorisation, now: UtcNs) -> bool:
    """Whether an authorisation is in force at an instant."""
    return order.valid_from <= now and not order.ended(now)


def gather(connection: Connection, now: UtcNs, settings: GovernanceSettings, regimes: RegimeBook) -> Facts:
    """Read everything in one transaction; perimeters become the cameras that stand in them now."""
    in_force = read_in_force(connection, regimes, now)
    return Facts(
        now=now,
        version=__version__,
        sheet=register.sheet_now(connection),
        cameras=tuple(cameras.all_cameras(connection)),
        orders=tuple(in_force.given),
        purposes=tuple(authorisations.all_purposes(connection)),
        rules=tuple(rules.all_rules(connection)),
        performance=tuple(register.performance_now(connection)),
        settings=settings,
        regimes=regimes,
        stopped=in_force.switch.stopped,
    )


def year_of(instant: UtcNs) -> int:
    """The year on the town hall's clock."""
    return to_datetime(instant).astimezone(ZONE).year


def month_of(instant: UtcNs) -> tuple[int, int]:
    """Year and month on the town hall's clock."""
    local = to_datetime(instant).astimezone(ZONE)
    return local.year, local.month


def year_span(year: int) -> Span:
    """A year, from its first midnight to the next one's."""
    return utc_ns(datetime(year, 1, 1, tzinfo=ZONE)), utc_ns(datetime(year + 1, 1, 1, tzinfo=ZONE))


def month_span(year: int, month: int) -> Span:
    """A month, from its first midnight to the next one's."""
    after = (year + 1, 1) if month == 12 else (year, month + 1)
    return utc_ns(datetime(year, month, 1, tzinfo=ZONE)), utc_ns(datetime(*after, 1, tzinfo=ZONE))


def day_text(instant: UtcNs) -> str:
    """A day on the town hall's clock, as it is written in French papers.

    >>> day_text(UtcNs(1_780_308_000_000_000_000))
    '01/06/2026'
    """
    return to_datetime(instant).astimezone(ZONE).strftime("%d/%m/%Y")


def moment_text(instant: UtcNs) -> str:
    """A day and minute on the town hall's clock."""
    return to_datetime(instant).astimezone(ZONE).strftime("%d/%m/%Y %H:%M")


def days_text(seconds: float, language: str = "fr") -> str:
    """A delay in days, whole years from two on, hours where it is shorter than a day.

    >>> days_text(7 * 86_400), days_text(3600, "en")
    ('7 jours', '1 hours')
    """
    if seconds >= 2 * YEAR_S and seconds % YEAR_S == 0:
        return f"{seconds / YEAR_S:g} {'ans' if language == 'fr' else 'years'}"
    day, hour = ("jours", "heures") if language == "fr" else ("days", "hours")
    if seconds >= DAY_S:
        return f"{seconds / DAY_S:g} {day if seconds >= 2 * DAY_S else day[:-1]}"
    return f"{seconds / 3600:g} {hour}"


def _plain(value: Any) -> Any:
    """A noun as plain values, sets in order, so that its text is always the same."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(str(_plain(one)) for one in value)
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value
