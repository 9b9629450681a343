"""What a case, hold, request or order concerns, and whether somebody's scopes reach all of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from beffroi.govern.passage import NotAViewerError, OutOfReachError, Passage
from beffroi.govern.rights import ALL, Actor, Role
from beffroi.keep.store import alerts, cameras, cases, evidence, holds, rules, segments
from beffroi.vocabulary.authorisation import Authorisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A camera, and the purposes of which one is asked there (None: the camera alone)."""

    camera_id: str
    purposes: frozenset[str] | None = None


def is_unlimited(actor: Actor) -> bool:
    """Whether a person's scopes leave nothing out."""
    return actor.role is Role.SYSTEM or any(ALL in one.groups and ALL in one.purposes for one in actor.scopes)


def of_cameras(passage: Passage, connection: Connection, camera_ids: Iterable[str]) -> list[Concern]:
    """Cameras with everything recorded there: one of the purposes they ever served is asked for."""
    wanted = set(camera_ids)
    serving: dict[str, set[str]] = {one: set() for one in wanted}
    for camera_id, purpose_id in rules.purposes(connection):
        serving.setdefault(camera_id, set()).add(purpose_id)
    for given in passage.in_force(connection).given:
        for camera_id in given.cameras & wanted:
            serving[camera_id].add(given.purpose_id)
    return [Concern(camera_id=one, purposes=frozenset(serving[one])) for one in sorted(wanted)]


def of_items(connection: Connection, kind: str, ids: Iterable[str]) -> list[Concern]:
    """Alerts or recorded segments: each of its camera, for its own purpose. One that is gone concerns nobody."""
    found: list[Concern] = []
    for item_id in ids:
        kept = segments.get_segment(connection, item_id) if kind == "segment" else None
        record = alerts.get_alert(connection, item_id) if kind == "alert" else None
        if kept is not None:
            found.append(Concern(camera_id=kept.camera_id, purposes=frozenset({kept.purpose_id})))
        elif record is not None:
            proof = evidence.evidence_of_alert(connection, item_id)
            purposes = frozenset({proof.evidence.purpose_id} if proof else ())
            found.append(Concern(camera_id=record.alert.camera_id, purposes=purposes))
    return found


def of_case(passage: Passage, connection: Connection, case: cases.Case) -> list[Concern]:
    """A case: each camera of its requisition."""
    return of_cameras(passage, connection, case.cameras)


def of_hold(passage: Passage, connection: Connection, hold: holds.Hold) -> list[Concern]:
    """A hold: its cameras, and each of its alerts."""
    return of_cameras(passage, connection, hold.cameras) + of_items(connection, "alert", hold.alerts)


def of_order(given: Authorisation) -> list[Concern]:
    """An authorisation whose perimeter is resolved: its cameras, for its purpose."""
    return [Concern(camera_id=one, purposes=frozenset({given.purpose_id})) for one in sorted(given.cameras)]


def reaches(connection: Connection, actor: Actor, concerned: Collection[Concern]) -> bool:
    """Whether somebody's scopes reach all of it. What concerns no known camera is for those without limits."""
    if is_unlimited(actor):
        return True
    groups = cameras.groups(connection)
    return bool(concerned) and all(one.camera_id in groups and _holds(actor, groups, one) for one in concerned)


def refuse_unless_reached(
    connection: Connection, actor: Actor, concerned: Collection[Concern], *, about: str, what: str
) -> None:
    """Do nothing when somebody's scopes reach all of a thing. ``what``: how it is called when it is not there.

    Raises:
        OutOfReachError: a camera is not this person's business; told as if the thing did not exist.
        NotAViewerError: the cameras are, the purpose is not.
    """
    if reaches(connection, actor, concerned):
        return
    groups = cameras.groups(connection)
    there = bool(concerned) and all(
        one.camera_id in groups and actor.reaches(groups[one.camera_id]) for one in concerned
    )
    if not there:
        raise OutOfReachError(f"there is no {what}", about=about)
    raise NotAViewerError(f"the purpose of {what} is not one of {actor.name}'s", about=about, why="purpose")


def _holds(actor: Actor, groups: dict[str, tuple[str, ...]], one: Concern) -> bool:
    here = groups[one.camera_id]
    if one.purposes is None:
        return actor.reaches(here)
    return any(actor.reaches(here, purpose) for purpose in (*one.purposes, ALL))
