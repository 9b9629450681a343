"""What a case, hold, request or order concerns, and whether somebody's scopes reach all of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from beffroi.govern.in_force import with_perimeter
from beffroi.govern.passage import NotAViewerError, OutOfReachError, Passage
from beffroi.govern.rights import ALL, Actor, Role
from beffroi.keep.store import alerts, authorisations, cameras, cases, evidence, holds, rules, segments
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


def of_order(passage: Passage, connection: Connection, given: Authorisation) -> list[Concern]:
    """An authorisation: its cameras and those inside its perimeter now, for its purpose; of one it replaces too."""
    places = {one.camera_id: one.plan_xy for one in cameras.all_cameras(connection) if one.plan_xy is not None}
    orders = [with_perimeter(given, places)]
    if given.replaces:
        orders += [one for one in passage.in_force(connection).given if one.authorisation_id == given.replaces]
    return [
        Concern(camera_id=camera_id, purposes=frozenset({order.purpose_id}))
        for order in orders
        for camera_id in sorted(order.cameras)
    ]


def of_request(passage: Passage, connection: Connection, about: str, payload: Mapping[str, Any]) -> list[Concern]:
    """What a request for a sensitive act is about; nothing for what is no camera's, or is gone."""
    kind, _, name = about.partition(":")
    if kind == "camera":
        return [Concern(camera_id=name)]
    if kind == "alert":
        return of_items(connection, "alert", [name])
    if kind == "case" and (case := cases.get_case(connection, name)) is not None:
        items = [(one, payload.get(one, ())) for one in ("alert", "segment")]
        return of_case(passage, connection, case) + [
            found for one, ids in items for found in of_items(connection, one, ids)
        ]
    if kind == "hold" and (hold := holds.get_hold(connection, name)) is not None:
        return of_hold(passage, connection, hold)
    if kind == "authorisation":
        return of_order(passage, connection, authorisations.authorisation_of(payload))
    return []


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
    raise NotAViewerError(f"{what} serves none of {actor.name}'s purposes", about=about, why="purpose")


def _holds(actor: Actor, groups: dict[str, tuple[str, ...]], one: Concern) -> bool:
    here = groups[one.camera_id]
    if one.purposes is None:
        return actor.reaches(here)
    return any(actor.reaches(here, purpose) for purpose in (*one.purposes, ALL))
