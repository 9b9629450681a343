"""How many alerts the people on duty are shown: the policy's limits, for as many operators as are signed in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from beffroi.govern.rights import Role
from beffroi.judge.alerts import GovernorSettings
from beffroi.keep.store import alerts, users
from beffroi.vocabulary.time import NS_PER_S, UtcNs

_ON_DUTY_S = 600
_HOUR_NS = 3600 * NS_PER_S
_TEN_MINUTES_NS = 600 * NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernorNow:
    """What has been shown lately, and how much is bearable."""

    shown_last_10_min: int
    limit_10_min: int
    shown_last_hour: int
    limit_hour: int


def limits_now(connection: Connection, settings: GovernorSettings, now: UtcNs) -> GovernorSettings:
    """The limits of one operator, times the operators and supervisors active in the last ten minutes."""
    roles = (Role.OPERATOR.value, Role.SUPERVISOR.value)
    people = max(1, users.on_duty(connection, UtcNs(now - _ON_DUTY_S * NS_PER_S), roles))
    return replace(
        settings,
        bearable_an_hour=settings.bearable_an_hour * people,
        most_an_hour=settings.most_an_hour * people,
        most_in_ten_minutes=settings.most_in_ten_minutes * people,
    )


def shown_in_last_hour(connection: Connection, now: UtcNs) -> list[UtcNs]:
    """When alerts were shown in the last hour, oldest first; none that a turned-back clock left in the future."""
    return alerts.shown_between(connection, UtcNs(now - _HOUR_NS + 1), now)


def governor_now(connection: Connection, settings: GovernorSettings, now: UtcNs) -> GovernorNow:
    """The governor's figures as a screen shows them."""
    limits, shown = limits_now(connection, settings, now), shown_in_last_hour(connection, now)
    return GovernorNow(
        shown_last_10_min=sum(1 for at in shown if now - at < _TEN_MINUTES_NS),
        limit_10_min=limits.most_in_ten_minutes,
        shown_last_hour=len(shown),
        limit_hour=limits.most_an_hour,
    )
