"""Whether a camera may be analysed for a situation now: deny by default, say why not, and of several the narrowest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from beffroi.govern.regimes.reading import built_in
from beffroi.govern.regimes.terms import DataKind, RegimeBook
from beffroi.govern.rights import Actor, Role
from beffroi.vocabulary.authorisation import ANALYSED, Authorisation, Output
from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.rules import Schedule, Situation, Weekly
from beffroi.vocabulary.time import UtcNs, to_datetime, utc_ns

_HORIZON_DAYS = 8
"""A weekly schedule that holds for eight days on end holds always."""
_DAY_S = 86_400
_ID_LONGEST = 64


class CoverageReason(StrEnum):
    """Why nothing may be analysed, from the farthest miss to the nearest. ``COVERED``: it may."""

    NO_AUTHORISATION = "no_authorisation"
    SITUATION_NOT_COVERED = "situation_not_covered"
    PURPOSE_DIFFERS = "purpose_differs"
    REGIME_FORBIDS = "regime_forbids"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    OUTSIDE_HOURS = "outside_hours"
    NOTHING_IN_COMMON = "nothing_in_common"
    """Several apply together, and no output is allowed by all."""
    CLOCK_STEPPED_BACK = "clock_stepped_back"
    ANALYSIS_STOPPED = "analysis_stopped"
    """The kill switch."""
    COVERED = "covered"


_NEARNESS = {reason: place for place, reason in enumerate(CoverageReason)}


class Disputed(StrEnum):
    """On what authorisations that apply together disagree."""

    OUTPUTS = "outputs"
    HOURS = "hours"
    END = "end"
    VIEWERS = "viewers"
    RETENTION = "retention"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One point on which authorisations differ: ``narrowed_by`` are the narrower ones, which win; ``lost`` is what
    the others would have allowed (outputs, viewers).
    """

    on: Disputed
    narrowed_by: tuple[str, ...]
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The answer. ``authorisation_id`` covers, or came nearest to covering ("" when none names the camera).

    ``valid_until`` is when analysis must stop by itself (not included): the end of the dates, of today's hours, or
    an announced revocation. None when not covered. ``alerts`` is false where the regime allows measuring only.
    ``authorisation_ids`` are all that apply together (their joint name is then ``authorisation_id``), ``outputs`` what
    all of them allow, ``disagreements`` where they differ, ``image_retention_s`` the shortest limit for images.
    """

    covered: bool
    reason: CoverageReason
    authorisation_id: str = ""
    valid_until: UtcNs | None = None
    alerts: bool = False
    authorisation_ids: tuple[str, ...] = ()
    outputs: frozenset[Output] = frozenset()
    disagreements: tuple[Disagreement, ...] = ()
    image_retention_s: int = 0


def coverage(
    authorisations: Iterable[Authorisation],
    *,
    camera_id: str,
    situation: Situation,
    purpose_id: str,
    now: UtcNs,
    regimes: RegimeBook | None = None,
) -> Coverage:
    """Whether authorisations cover the camera, situation and purpose at an instant; else the nearest miss.

    All that are in force by their dates apply together: each must allow it, and the narrowest of each point counts.

    >>> coverage([], camera_id="a", situation=Situation.WRONG_WAY, purpose_id="p", now=UtcNs(0)).covered
    False
    """
    best = Coverage(covered=False, reason=CoverageReason.NO_AUTHORISATION)
    together: list[Authorisation] = []
    for given in authorisations:
        if given.joint_of or camera_id not in given.cameras:
            continue
        reason = _miss(given, situation, purpose_id, now)
        if reason is CoverageReason.COVERED:
            together.append(given)
            continue
        miss = Coverage(covered=False, reason=reason, authorisation_id=given.authorisation_id)
        if _nearer(miss, best):
            best = miss
    if not together:
        return best
    together.sort(key=lambda one: one.authorisation_id)
    return joined(together, situation, now, regimes or built_in())


def _nearer(one: Coverage, other: Coverage) -> bool:
    """By how near, then by name, so that the order of the list never matters."""
    if one.reason is not other.reason:
        return _NEARNESS[one.reason] > _NEARNESS[other.reason]
    return bool(one.authorisation_id) and (not other.authorisation_id or one.authorisation_id < other.authorisation_id)


def _miss(given: Authorisation, situation: Situation, purpose_id: str, now: UtcNs) -> CoverageReason:
    """Why an authorisation has no say in the question; COVERED: it has, whatever it then says."""
    obstacles = (
        (situation not in given.situations, CoverageReason.SITUATION_NOT_COVERED),
        (not purpose_id or purpose_id != given.purpose_id, CoverageReason.PURPOSE_DIFFERS),
        (given.withdrawn or (given.revoked_at is not None and now >= given.revoked_at), CoverageReason.REVOKED),
        (now >= given.valid_to, CoverageReason.EXPIRED),
        (now < given.valid_from, CoverageReason.NOT_YET_VALID),
    )
    return next((reason for stands, reason in obstacles if stands), CoverageReason.COVERED)


def joined(together: Sequence[Authorisation], situation: Situation, now: UtcNs, regimes: RegimeBook) -> Coverage:
    """What several authorisations that are all in force allow together: what each of them allows."""
    ids = tuple(one.authorisation_id for one in together)
    for given in together:
        terms = regimes.of(given.regime)
        if terms is None or situation not in terms.situations:
            return Coverage(
                covered=False, reason=CoverageReason.REGIME_FORBIDS, authorisation_id=given.authorisation_id
            )
        if not given.hours.holds_at(now):
            return Coverage(covered=False, reason=CoverageReason.OUTSIDE_HOURS, authorisation_id=given.authorisation_id)
    outputs = frozenset.intersection(*(outputs_of(one, regimes) for one in together))
    found = tuple(disagreements(together, regimes))
    if not outputs & ANALYSED:
        return Coverage(
            covered=False,
            reason=CoverageReason.NOTHING_IN_COMMON,
            authorisation_id=joint_name(ids),
            authorisation_ids=ids,
            disagreements=found,
        )
    ends = [end for one in together for end in (one.valid_to, one.revoked_at, hours_end(one.hours, now))]
    return Coverage(
        covered=True,
        reason=CoverageReason.COVERED,
        authorisation_id=joint_name(ids),
        valid_until=UtcNs(min(end for end in ends if end is not None)),
        alerts=Output.ALERTS in outputs,
        authorisation_ids=ids,
        outputs=outputs,
        disagreements=found,
        image_retention_s=min(image_limit_s(one, regimes) for one in together),
    )


def joint_name(ids: Sequence[str]) -> str:
    """What several authorisations together are called; one alone keeps its name.

    >>> joint_name(["b", "a"])
    'a+b'
    """
    whole = "+".join(sorted(ids))
    return whole if len(whole) <= _ID_LONGEST else "joint-" + hashlib.sha256(whole.encode()).hexdigest()[:40]


def outputs_of(given: Authorisation, regimes: RegimeBook) -> frozenset[Output]:
    """What an authorisation's regime lets come of a camera; a broken or unknown regime: nothing."""
    terms = regimes.of(given.regime)
    return terms.outputs if terms is not None else frozenset()


def image_limit_s(given: Authorisation, regimes: RegimeBook) -> int:
    """How long images may be kept at most: the regime's limit, or the order's own when it is shorter (seconds)."""
    terms = regimes.of(given.regime)
    limit = round(terms.retention_days[DataKind.IMAGES] * _DAY_S) if terms is not None else 0
    return limit if given.retention_s is None else min(limit, given.retention_s)


def disagreements(together: Sequence[Authorisation], regimes: RegimeBook) -> Iterable[Disagreement]:
    """Where authorisations that apply together differ, and which are the narrower."""
    if len(together) < 2:
        return
    yield from _differing_sets(Disputed.OUTPUTS, [(one, frozenset(outputs_of(one, regimes))) for one in together])
    if len({one.hours for one in together}) > 1:
        yield Disagreement(on=Disputed.HOURS, narrowed_by=_ids(one for one in together if one.hours.spans))
    ends = {one.authorisation_id: min(one.valid_to, one.revoked_at or one.valid_to) for one in together}
    yield from _shortest(Disputed.END, ends)
    yield from _differing_sets(Disputed.VIEWERS, [(one, one.viewers) for one in together])
    yield from _shortest(Disputed.RETENTION, {one.authorisation_id: image_limit_s(one, regimes) for one in together})


def _differing_sets(on: Disputed, given: Sequence[tuple[Authorisation, frozenset[str]]]) -> Iterable[Disagreement]:
    every = frozenset[str]().union(*(allowed for _, allowed in given))
    common = frozenset.intersection(*(allowed for _, allowed in given))
    if every != common:
        by = _ids(one for one, allowed in given if allowed != every)
        yield Disagreement(on=on, narrowed_by=by, lost=tuple(sorted(every - common)))


def _shortest(on: Disputed, limits: Mapping[str, int]) -> Iterable[Disagreement]:
    least = min(limits.values())
    if max(limits.values()) != least:
        yield Disagreement(on=on, narrowed_by=tuple(sorted(one for one, limit in limits.items() if limit == least)))


def _ids(given: Iterable[Authorisation]) -> tuple[str, ...]:
    return tuple(sorted(one.authorisation_id for one in given))


def check_hours(hours: Schedule, *, where: str) -> None:
    """Do nothing when this machine knows the time zone: hours in an unknown one could never be kept to.

    Raises:
        InvalidInputError: it does not.
    """
    try:
        ZoneInfo(hours.time_zone)
    except (KeyError, ValueError, OSError):
        what = f"time zone {hours.time_zone!r} is not known"
        raise InvalidInputError(what, where=where, mend="Write it as Europe/Paris.") from None


def hours_end(hours: Schedule, now: UtcNs) -> UtcNs | None:
    """When the daily hours that hold now next cease to; None when they hold all week.

    Exact across changes of the clock: an hour that the clock jumps over or repeats ends when the wall clock says so.
    """
    if not hours.spans:
        return None
    zone = ZoneInfo(hours.time_zone)
    start = to_datetime(now).astimezone(zone)
    moments = {moment for span in hours.spans for moment in _ends(span, start, zone)} | _clock_changes(now, zone)
    for moment in sorted(moments):
        if moment > now and not hours.holds_at(moment):
            return moment
    return None


def _ends(span: Weekly, start: datetime, zone: ZoneInfo) -> Iterable[UtcNs]:
    """Every instant at which the wall clock shows the span's end, from yesterday to the horizon."""
    for days in range(-1, _HORIZON_DAYS + 1):
        minutes = span.to_minute % 1440
        day = start.date() + timedelta(days=days + (1 if span.to_minute == 1440 else 0))
        wall = datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=zone)
        yield utc_ns(wall.replace(fold=0))
        yield utc_ns(wall.replace(fold=1))


def _clock_changes(now: UtcNs, zone: ZoneInfo) -> set[UtcNs]:
    """The full hours UTC within the horizon at which the zone's offset changes."""
    hour = to_datetime(now).replace(minute=0, second=0, microsecond=0)
    changes: set[UtcNs] = set()
    offset = hour.astimezone(zone).utcoffset()
    for _ in range(24 * (_HORIZON_DAYS + 1)):
        hour += timedelta(hours=1)
        later = hour.astimezone(zone).utcoffset()
        if later != offset:
            changes.add(utc_ns(hour))
            offset = later
    return changes


def may_view(given: Authorisation, actor: Actor) -> bool:
    """Whether the authorisation's viewers name this person or this role. No viewer named: nobody."""
    if actor.role is Role.SYSTEM:
        return False
    return actor.name in given.viewers or actor.role.value in given.viewers
