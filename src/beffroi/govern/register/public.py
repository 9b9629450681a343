"""The public register: what anybody may know, and nothing that names a person or helps to harm the house."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from beffroi.govern.regimes.terms import RegimeTerms
from beffroi.govern.register.facts import Facts, year_of, year_span
from beffroi.govern.register.words import NEEDED
from beffroi.govern.rights import RIGHTS, Right, Role
from beffroi.keep.store import register
from beffroi.keep.store.register import MapKind, Performance, SheetVersion, TownSheet
from beffroi.vocabulary.authorisation import Authorisation, Output
from beffroi.vocabulary.camera import Camera
from beffroi.vocabulary.time import UtcNs

SMALL = 5
"""Counts about people are given as "<5" below this, else to the nearest multiple of it, so that no person can be found
by subtraction. Source: the threshold statistical offices use for small cells is 5 or more; our choice of 5."""

AREA_JOIN, AREA_MARGIN, AREA_GRID = 0.14, 0.07, 0.05
"""Cameras nearer than the first share of the plan are one area; it reaches further by the second and its middle lies on
a grid of the third, so that no camera's place can be read from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A round area of the plan (shares of its width and height) with some cameras in it."""

    x: float
    y: float
    radius: float
    cameras: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A camera shown where it is."""

    name: str
    place: str
    x: float | None
    y: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An authorisation in force, without the names of those who may see."""

    regime_fr: str
    regime_en: str
    reference: str
    legal_basis: str
    valid_from: UtcNs
    valid_to: UtcNs
    situations: tuple[str, ...]
    purpose_id: str
    cameras: int
    all_hours: bool
    roles: tuple[Role, ...]
    named_people: int
    alerts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long something is kept, at most. ``kind``: a word of the register; ``label_*``: the purpose, if any."""

    kind: str
    label_fr: str
    label_en: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a role may see at all."""

    role: Role
    live: bool
    recordings: bool
    clear: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationCount:
    """Alerts of one situation in a year: small-number-safe texts ("0", "<5", "15")."""

    situation: str
    raised: str
    confirmed: str
    dismissed: str
    unanswered: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YearCounts:
    """The numbers of one year. ``acts`` by word of the register; those about people are small-number-safe."""

    year: int
    situations: tuple[SituationCount, ...]
    acts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRegister:
    """Everything that the public page, its printed twin and its data say."""

    made_at: UtcNs
    version: str
    digest: str
    sheet: SheetVersion
    missing: tuple[str, ...]
    stopped: bool
    cameras: int
    cameras_analysed: int
    cameras_masked: int
    cameras_blurred: int
    areas: tuple[Area, ...]
    spots: tuple[Spot, ...]
    regimes: tuple[RegimeTerms, ...]
    orders: tuple[Order, ...]
    purposes: tuple[tuple[str, str, str], ...]
    kept: tuple[Kept, ...]
    access: tuple[Access, ...]
    performance: tuple[Performance, ...]
    unmeasured: tuple[str, ...]
    years: tuple[YearCounts, ...]


PEOPLE_ACTS: dict[str, tuple[str, ...]] = {
    "live_views": ("see_live",),
    "recording_views": ("see_evidence",),
    "blur_lifts": ("lift_blur",),
    "exports": ("seal_export",),
    "holds": ("hold",),
}
"""Acts that concern people: counted, small-number-safe."""

HOUSE_ACTS: dict[str, tuple[str, ...]] = {
    "destroyed": ("destroy_footage",),
    "kill_switch": ("stop_analysis",),
}
"""Acts of the house upon itself: counted to the unit."""


def small_safe(count: int) -> str:
    """A count about people, as it is published.

    >>> [small_safe(n) for n in (0, 1, 4, 5, 7, 8, 1234)]
    ['0', '<5', '<5', '5', '5', '10', '1235']
    """
    if count == 0:
        return "0"
    return f"<{SMALL}" if count < SMALL else str(SMALL * ((count + SMALL // 2) // SMALL))


def public_register(connection: Connection, facts: Facts) -> PublicRegister:
    """What anybody may know of these facts."""
    orders, town = facts.in_force, facts.town
    analysed = {camera for one in orders if facts.terms(one).situations for camera in one.cameras}
    watched = {rule.situation.value for rule in facts.rules if rule.enabled}
    used = {one.purpose_id for one in orders}
    year = year_of(facts.now)
    return PublicRegister(
        made_at=facts.now,
        version=facts.version,
        digest=facts.digest,
        sheet=facts.sheet,
        missing=missing_of(town),
        stopped=facts.stopped,
        cameras=len(facts.cameras),
        cameras_analysed=0 if facts.stopped else len(analysed & {one.camera_id for one in facts.cameras}),
        cameras_masked=sum(bool(one.masks) for one in facts.cameras),
        cameras_blurred=sum(one.blur for one in facts.cameras),
        areas=areas_of(facts.cameras) if town.map is MapKind.PERIMETER else (),
        spots=_spots(facts.cameras) if town.map is MapKind.EXACT else (),
        regimes=_regimes(facts),
        orders=tuple(_order(one, facts) for one in orders),
        purposes=tuple(
            (one.purpose_id, one.label_fr, one.label_en) for one in facts.purposes if one.purpose_id in used
        ),
        kept=kept_of(facts),
        access=access_of(),
        performance=facts.performance,
        unmeasured=tuple(sorted(watched - {one.situation for one in facts.performance})),
        years=tuple(year_counts(connection, one) for one in (year, year - 1)),
    )


def missing_of(town: TownSheet) -> tuple[str, ...]:
    """Which texts the town has still to give, so that the public is properly informed."""
    return tuple(name for name in NEEDED if not getattr(town, name))


def kept_of(facts: Facts) -> tuple[Kept, ...]:
    """How long each kind of thing is kept, from the purposes and the settings of the house."""
    terms = facts.settings
    images = [
        Kept(
            kind="recordings",
            label_fr=one.label_fr,
            label_en=one.label_en,
            seconds=float(min(one.retention_s, terms.retention_max_s)),
        )
        for one in facts.purposes
    ]
    return (*images, Kept(kind="journal", label_fr="", label_en="", seconds=float(terms.journal_keep_s)))


def access_of() -> tuple[Access, ...]:
    """Which roles see pictures at all, from the table of rights."""
    rows = [
        Access(
            role=role,
            live=Right.SEE_LIVE in rights,
            recordings=Right.SEE_EVIDENCE in rights,
            clear=Right.SEE_CLEAR in rights,
        )
        for role, rights in RIGHTS.items()
        if role is not Role.SYSTEM
    ]
    return tuple(rows)


def year_counts(connection: Connection, year: int) -> YearCounts:
    """The numbers of a year, from the store and the journal."""
    span = year_span(year)
    alerts, acts = register.alert_counts(connection, span), register.act_counts(connection, span)
    situations = []
    for situation in sorted({situation for situation, _ in alerts}):
        by_state = {state: count for (one, state), count in alerts.items() if one == situation}
        answered = by_state.get("confirmed", 0) + by_state.get("dismissed", 0)
        total = sum(by_state.values())
        counted = (total, by_state.get("confirmed", 0), by_state.get("dismissed", 0), total - answered)
        raised, confirmed, dismissed, unanswered = (small_safe(count) for count in counted)
        situations.append(
            SituationCount(
                situation=situation, raised=raised, confirmed=confirmed, dismissed=dismissed, unanswered=unanswered
            )
        )
    told = {word: small_safe(_done(acts, names)) for word, names in PEOPLE_ACTS.items()}
    told |= {word: str(_done(acts, names)) for word, names in HOUSE_ACTS.items()}
    told["refusals"] = str(sum(count for (_, allowed), count in acts.items() if not allowed))
    return YearCounts(year=year, situations=tuple(situations), acts=told)


def _done(acts: Mapping[tuple[str, bool], int], names: Sequence[str]) -> int:
    return sum(acts.get((name, True), 0) for name in names)


def _order(given: Authorisation, facts: Facts) -> Order:
    terms = facts.terms(given)
    roles = {role.value for role in Role}
    return Order(
        regime_fr=facts.regime_name(given),
        regime_en=facts.regime_name(given, "en"),
        reference=given.reference,
        legal_basis=given.legal_basis,
        valid_from=given.valid_from,
        valid_to=given.valid_to,
        situations=tuple(sorted(one.value for one in given.situations & terms.situations)),
        purpose_id=given.purpose_id,
        cameras=len(given.cameras),
        all_hours=not given.hours.spans,
        roles=tuple(role for role in Role if role.value in given.viewers),
        named_people=len([one for one in given.viewers if one not in roles]),
        alerts=Output.ALERTS in terms.outputs,
    )


def _regimes(facts: Facts) -> tuple[RegimeTerms, ...]:
    found = (facts.regimes.of(name) for name in sorted({one.regime for one in facts.in_force}))
    return tuple(one for one in found if one is not None)


def _spots(cameras: Sequence[Camera]) -> tuple[Spot, ...]:
    return tuple(
        Spot(
            name=one.name,
            place=one.place,
            x=None if one.plan_xy is None else one.plan_xy[0],
            y=None if one.plan_xy is None else one.plan_xy[1],
        )
        for one in cameras
    )


def areas_of(cameras: Sequence[Camera]) -> tuple[Area, ...]:
    """Round areas that hold the placed cameras without telling where in them each one is."""
    waiting = [one.plan_xy for one in cameras if one.plan_xy is not None]
    areas = []
    while waiting:
        group = [waiting.pop()]
        while near := [spot for spot in waiting if any(math.dist(spot, one) <= AREA_JOIN for one in group)]:
            group += near
            waiting = [spot for spot in waiting if spot not in near]
        x, y = (AREA_GRID * round(sum(spot[axis] for spot in group) / len(group) / AREA_GRID) for axis in (0, 1))
        reach = max(math.dist((x, y), spot) for spot in group) + AREA_MARGIN
        radius = AREA_GRID * math.ceil(reach / AREA_GRID)
        areas.append(Area(x=round(x, 3), y=round(y, 3), radius=round(radius, 3), cameras=len(group)))
    return tuple(sorted(areas, key=lambda one: (one.x, one.y)))
