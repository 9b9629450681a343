"""Whether a camera may be analysed for a situation now: deny by default, and say why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from beffroi.govern.regimes import TERMS
from beffroi.govern.rights import Actor, Role
from beffroi.vocabulary.authorisation import Authorisation
from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.rules import Schedule, Situation, Weekly
from beffroi.vocabulary.time import UtcNs, to_datetime, utc_ns

_HORIZON_DAYS = 8
"""A weekly schedule that holds for eight days on end holds always."""


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
    COVERED = "covered"


_NEARNESS = {reason: place for place, reason in enumerate(CoverageReason)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The answer. ``authorisation_id`` covers, or came nearest to covering ("" when none names the camera).

    ``valid_until`` is when analysis must stop by itself (not included): the end of the dates, of today's hours, or
    an announced revocation. None when not covered. ``alerts`` is false where the regime allows measuring only.
    """

    covered: bool
    reason: CoverageReason
    authorisation_id: str = ""
    valid_until: UtcNs | None = None
    alerts: bool = False


def coverage(
    authorisations: Iterable[Authorisation],
    *,
    camera_id: str,
    situation: Situation,
    purpose_id: str,
    now: UtcNs,
) -> Coverage:
    """Whether an authorisation covers the camera, situation and purpose at an instant; else the nearest miss.

    Of several that cover, one that allows alerts comes first, then the one that lasts longest.

    >>> coverage([], camera_id="a", situation=Situation.WRONG_WAY, purpose_id="p", now=UtcNs(0)).covered
    False
    """
    best = Coverage(covered=False, reason=CoverageReason.NO_AUTHORISATION)
    for given in authorisations:
        answer = _one(given, camera_id=camera_id, situation=situation, purpose_id=purpose_id, now=now)
        if _better(answer, best):
            best = answer
    return best


def _better(one: Coverage, other: Coverage) -> bool:
    """Compare by how near, then alerts, then how long, then name, so that the order of the list never matters."""

    def rank(answer: Coverage) -> tuple[int, bool, int]:
        return (_NEARNESS[answer.reason], answer.alerts, answer.valid_until or 0)

    if rank(one) != rank(other):
        return rank(one) > rank(other)
    return bool(one.authorisation_id) and (not other.authorisation_id or one.authorisation_id < other.authorisation_id)


def _one(given: Authorisation, *, camera_id: str, situation: Situation, purpose_id: str, now: UtcNs) -> Coverage:
    if camera_id not in given.cameras:
        return Coverage(covered=False, reason=CoverageReason.NO_AUTHORISATION)
    reason = _first_obstacle(given, situation, purpose_id, now)
    if reason is not CoverageReason.COVERED:
        return Coverage(covered=False, reason=reason, authorisation_id=given.authorisation_id)
    ends = [given.valid_to, given.revoked_at, hours_end(given.hours, now)]
    return Coverage(
        covered=True,
        reason=reason,
        authorisation_id=given.authorisation_id,
        valid_until=UtcNs(min(end for end in ends if end is not None)),
        alerts=TERMS[given.regime].alerts,
    )


def _first_obstacle(given: Authorisation, situation: Situation, purpose_id: str, now: UtcNs) -> CoverageReason:
    terms = TERMS.get(given.regime)
    obstacles = (
        (situation not in given.situations, CoverageReason.SITUATION_NOT_COVERED),
        (not purpose_id or purpose_id != given.purpose_id, CoverageReason.PURPOSE_DIFFERS),
        (terms is None or situation not in terms.situations, CoverageReason.REGIME_FORBIDS),
        (given.revoked_at is not None and now >= given.revoked_at, CoverageReason.REVOKED),
        (now >= given.valid_to, CoverageReason.EXPIRED),
        (now < given.valid_from, CoverageReason.NOT_YET_VALID),
        (not given.hours.holds_at(now), CoverageReason.OUTSIDE_HOURS),
    )
    return next((reason for stands, reason in obstacles if stands), CoverageReason.COVERED)


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
