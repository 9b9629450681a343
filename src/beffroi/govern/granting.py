"""Whether an authorisation can be granted: every fault named with its field and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from beffroi.geometry.polygons import faults
from beffroi.govern.authorisations import Disagreement, check_hours, disagreements, image_limit_s
from beffroi.govern.in_force import with_perimeter
from beffroi.govern.regimes.terms import RegimeBook, RegimeTerms, Requirement
from beffroi.govern.rights import Role
from beffroi.keep.store import authorisations, cameras, orders, users
from beffroi.vocabulary.authorisation import Authorisation, Output
from beffroi.vocabulary.errors import ConflictError, InvalidInputError
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

_DAY_S = 86_400.0
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_SEEN_BY_PEOPLE = frozenset({Output.LIVE, Output.PLAYBACK, Output.ALERTS, Output.EVIDENCE, Output.SEARCH})
_TEXT_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Another authorisation that would apply together with a new one, and where the two differ."""

    authorisation_id: str
    disagreements: tuple[Disagreement, ...]


def check_authorisation(connection: Connection, given: Authorisation, regimes: RegimeBook, now: UtcNs) -> None:
    """Do nothing when an authorisation can be granted now.

    Raises:
        InvalidInputError: names the field, the fault and how to mend it.
        ConflictError: the id is taken.
    """
    _texts(given)
    terms = _regime(given, regimes)
    checks: tuple[Callable[[Connection, Authorisation, RegimeTerms, UtcNs], None], ...] = (
        _id_and_purpose,
        _situations,
        _places,
        _dates,
        _viewers,
        _papers,
    )
    for check in checks:
        check(connection, given, terms, now)


def overlaps(connection: Connection, given: Authorisation, regimes: RegimeBook, now: UtcNs) -> list[Overlap]:
    """The authorisations that would apply together with a new one and say something else: the narrower will win."""
    placed = _placed(connection, [given, *authorisations.all_authorisations(connection)])
    return _overlaps(placed[0], placed[1:], regimes, now)


def all_overlaps(connection: Connection, regimes: RegimeBook, now: UtcNs) -> dict[str, list[Overlap]]:
    """Of each kept authorisation that has not ended, the others that apply together with it."""
    kept = authorisations.all_authorisations(connection)
    placed = _placed(connection, [one for one in kept if not one.ended(now)])
    return {one.authorisation_id: _overlaps(one, placed, regimes, now) for one in placed}


def _placed(connection: Connection, given: Iterable[Authorisation]) -> list[Authorisation]:
    places = {one.camera_id: one.plan_xy for one in cameras.all_cameras(connection) if one.plan_xy is not None}
    return [with_perimeter(one, places) for one in given]


def _overlaps(new: Authorisation, placed: Iterable[Authorisation], regimes: RegimeBook, now: UtcNs) -> list[Overlap]:
    found = []
    for other in placed:
        ends = min(other.valid_to, other.revoked_at or other.valid_to)
        together = (
            other.authorisation_id not in (new.authorisation_id, new.replaces)
            and other.purpose_id == new.purpose_id
            and bool(other.cameras & new.cameras)
            and bool(other.situations & new.situations)
            and not other.withdrawn
            and max(other.valid_from, new.valid_from, now) < min(ends, new.valid_to)
        )
        if together:
            differing = tuple(disagreements([new, other], regimes))
            found.append(Overlap(authorisation_id=other.authorisation_id, disagreements=differing))
    return found


def _refuse(where: str, what: str, mend: str) -> None:
    raise InvalidInputError(what, where=where, mend=mend)


def _texts(given: Authorisation) -> None:
    for field in ("authorisation_id", "legal_basis", "reference", "signatory", "purpose_id"):
        text = getattr(given, field)
        if not text.strip():
            _refuse(field, "it is empty", "An authorisation names its text, reference, signatory and purpose.")
        if len(text) > _TEXT_MOST:
            _refuse(field, f"it is longer than {_TEXT_MOST} characters", "Say it shorter.")
    if not _ID.fullmatch(given.authorisation_id):
        _refuse("authorisation_id", f"{given.authorisation_id!r} cannot be an id", "Use 1 to 40 of a-z, 0-9, . _ -")
    check_hours(given.hours, where="hours")


def _regime(given: Authorisation, regimes: RegimeBook) -> RegimeTerms:
    terms = regimes.of(given.regime)
    if terms is None:
        broken = [one.why for one in regimes.broken if one.regime == given.regime]
        if broken:
            _refuse("regime", f"the file of the regime {given.regime!r} is broken", f"Mend it: {broken[0]}")
        _refuse("regime", f"there is no regime {given.regime!r}", f"Use one of {', '.join(sorted(regimes.terms))}.")
    assert terms is not None
    return terms


def _id_and_purpose(connection: Connection, given: Authorisation, _terms: RegimeTerms, now: UtcNs) -> None:
    if authorisations.get_purpose(connection, given.purpose_id) is None:
        _refuse("purpose_id", f"there is no purpose {given.purpose_id!r}", "Add the purpose first.")
    known = {one.authorisation_id: one for one in authorisations.all_authorisations(connection, joint=True)}
    if given.authorisation_id in known:
        raise ConflictError(f"there is, or was, an authorisation {given.authorisation_id!r}: choose another id")
    if given.replaces:
        replaced = known.get(given.replaces)
        if replaced is None or replaced.ended(now):
            mend = "Name one that is in force or to come, or replace none."
            _refuse("replaces", f"there is no authorisation {given.replaces!r} that could be replaced", mend)


def _situations(_: Connection, given: Authorisation, terms: RegimeTerms, _now: UtcNs) -> None:
    forbidden = sorted(given.situations - terms.situations)
    if forbidden:
        allowed = ", ".join(sorted(terms.situations)) or "none"
        mend = f"This regime allows: {allowed}."
        _refuse("situations", f"the regime {terms.regime} forbids {', '.join(forbidden)}", mend)
    if terms.situations and not given.situations and Output.LIVE not in terms.outputs:
        _refuse("situations", "no situation is named: nothing would be allowed", "Name at least one.")


def _places(connection: Connection, given: Authorisation, _terms: RegimeTerms, _now: UtcNs) -> None:
    there = cameras.all_cameras(connection)
    unknown = sorted(given.cameras - {one.camera_id for one in there})
    if unknown:
        _refuse("cameras", f"there is no camera {unknown[0]!r}", "Name cameras of this house.")
    if given.perimeter:
        wrong = faults(given.perimeter)
        if wrong:
            _refuse("perimeter", wrong[0].text, "Draw it again on the plan, without crossing lines.")
        places = {one.camera_id: one.plan_xy for one in there if one.plan_xy is not None}
        if not with_perimeter(replace(given, cameras=frozenset()), places).cameras:
            _refuse("perimeter", "no camera stands inside", "Draw it around cameras, or place them on the plan first.")
    elif not given.cameras:
        _refuse("cameras", "neither cameras nor a perimeter are named", "Name cameras, or draw a perimeter.")


def _dates(_: Connection, given: Authorisation, terms: RegimeTerms, now: UtcNs) -> None:
    if given.valid_to <= now:
        _refuse("valid_to", "the authorisation has ended already", "Give an end in the future.")
    if given.valid_to - given.valid_from > seconds_to_ns((terms.longest_days + 0.05) * _DAY_S):
        mend = f"Under the regime {terms.regime} an authorisation lasts {terms.longest_days:g} days at most."
        days = (given.valid_to - given.valid_from) / seconds_to_ns(_DAY_S)
        _refuse("valid_to", f"{days:.0f} days are longer than the regime allows", mend)
    limit = image_limit_s(replace(given, retention_s=None), RegimeBook(terms={terms.regime: terms}))
    if given.retention_s is not None and not 0 <= given.retention_s <= limit:
        mend = f"Under the regime {terms.regime} images are kept {limit / _DAY_S:g} days at most."
        _refuse("retention_s", f"{given.retention_s / _DAY_S:g} days", mend)


def _viewers(connection: Connection, given: Authorisation, terms: RegimeTerms, _now: UtcNs) -> None:
    roles = {role.value for role in Role if role is not Role.SYSTEM}
    nobody = sorted(one for one in given.viewers if one not in roles and users.get_user(connection, one) is None)
    if nobody:
        mend = f"Name accounts or roles ({', '.join(sorted(roles))})."
        _refuse("viewers", f"{nobody[0]!r} is nobody here", mend)
    if not given.viewers and terms.outputs & _SEEN_BY_PEOPLE:
        _refuse("viewers", "nobody may see what this allows", "Name who may see: accounts or roles.")


def _papers(connection: Connection, given: Authorisation, terms: RegimeTerms, _now: UtcNs) -> None:
    if Requirement.REQUISITION in terms.requires and not given.requisition.strip():
        _refuse("requisition", "no requisition number is given", f"The regime {terms.regime} asks for one.")
    if Requirement.ORDER_FILE in terms.requires and not given.order_sha256:
        _refuse("order_sha256", "the file of the order is missing", "Attach the signed order (PDF, PNG or JPEG).")
    if given.order_sha256 and not orders.has_order(connection, given.order_sha256):
        _refuse("order_sha256", "this file is not kept here", "Send the file of the order again.")
