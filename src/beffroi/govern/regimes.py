"""What each legal regime allows: a table of data, read by the coverage check and by nothing else.

Engineering notes, not legal advice. Source: law 2023-380 art. 10 and decree 2023-828 (the eight events);
Conseil d'État, 30 January 2026, no. 506370 (no live analysis of public roads without an express text).
"""

from __future__ import annotations

from dataclasses import dataclass

from beffroi.vocabulary.authorisation import Regime
from beffroi.vocabulary.rules import Situation

EIGHT_EVENTS = frozenset(
    {
        Situation.OBJECT_LEFT,
        Situation.WEAPON_SEEN,
        Situation.WRONG_WAY,
        Situation.ZONE_ENTERED,
        Situation.LINE_CROSSED,
        Situation.PERSON_DOWN,
        Situation.CROWD_SURGE,
        Situation.CROWD_DENSE,
        Situation.FIRE_SMOKE,
    }
)
"""Decree 2023-828; the crossing or presence in a forbidden or sensitive zone is two situations here."""

EVERY_SITUATION = frozenset(Situation)

_EQUIPMENT = frozenset({Situation.CAMERA_IMPAIRED})
"""About the camera, never about people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeTerms:
    """``situations`` that may be analysed live at all, and whether they may be shown to a person as alerts."""

    situations: frozenset[Situation]
    alerts: bool


TERMS: dict[Regime, RegimeTerms] = {
    Regime.SUPERVISION: RegimeTerms(situations=_EQUIPMENT, alerts=True),
    Regime.STATISTICS: RegimeTerms(situations=frozenset({Situation.LINE_CROSSED, Situation.CROWD_DENSE}), alerts=False),
    Regime.ENVIRONMENT: RegimeTerms(
        situations=_EQUIPMENT
        | {Situation.FIRE_SMOKE, Situation.WATER_HIGH, Situation.WATER_POLLUTED, Situation.SENSOR_THRESHOLD},
        alerts=True,
    ),
    Regime.PRIVATE_SITE: RegimeTerms(situations=EVERY_SITUATION, alerts=True),
    Regime.JUDICIAL_SEARCH: RegimeTerms(situations=frozenset(), alerts=False),
    Regime.EXPERIMENTAL_ALERT: RegimeTerms(situations=EIGHT_EVENTS | _EQUIPMENT, alerts=True),
    Regime.PILOT: RegimeTerms(situations=EVERY_SITUATION, alerts=False),
}
