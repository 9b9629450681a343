"""Whether a camera's new place or groups would widen what is authorised: that is no technician's act."""

from __future__ import annotations

from dataclasses import fields, replace

from sqlalchemy import Connection

from beffroi.govern.in_force import with_perimeter
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Actor, Right, may
from beffroi.govern.sensitive import check_reason
from beffroi.keep.store import authorisations
from beffroi.vocabulary.authorisation import Authorisation
from beffroi.vocabulary.camera import Camera, StreamSpec
from beffroi.vocabulary.errors import NotAuthorisedError
from beffroi.vocabulary.journal import Detail
from beffroi.vocabulary.time import UtcNs


def check_widening(
    connection: Connection, actor: Actor, pair: tuple[Camera | None, Camera], *, why: str, now: UtcNs
) -> str:
    """The reason as it is kept; none is needed unless the step from a camera (None: there was none) to what it becomes
    widens what is authorised. The machine's own console needs none, as when it grants.

    Raises:
        NotAuthorisedError: it widens, and this person may not edit authorisations.
        InvalidInputError: it widens, and no reason is given.
    """
    how = _widens(connection, *pair, now)
    if not how or actor == LOCAL_ADMINISTRATOR:
        return " ".join(why.split())
    if not may(actor, Right.EDIT_AUTHORISATIONS):
        raise NotAuthorisedError(f"{how}: only somebody who may edit authorisations does that, with a reason")
    return check_reason(why)


def told(before: Camera | None, camera: Camera) -> Detail:
    """What the journal keeps of a change: the names of the fields, groups and place; never an address or password."""
    if before is None:
        return {"groups": " ".join(camera.groups), "plan": _place(camera)}
    changed = [
        one.name
        for one in fields(Camera)
        if _bare(getattr(before, one.name)) != _bare(getattr(camera, one.name))
        and one.name not in ("camera_id", "masks", "blur")
    ]
    changed += [f"{name}.credentials" for name in ("main", "sub") if _secret(getattr(camera, name))]
    detail: dict[str, str] = {"fields": " ".join(changed)}
    if before.groups != camera.groups:
        detail |= {"groups_before": " ".join(before.groups), "groups": " ".join(camera.groups)}
    if before.plan_xy != camera.plan_xy:
        detail |= {"plan_before": _place(before), "plan": _place(camera)}
    return detail


def _widens(connection: Connection, before: Camera | None, camera: Camera, now: UtcNs) -> str:
    """How it widens, in words; "" when it does not."""
    known = authorisations.all_authorisations(connection)
    after = {one.authorisation_id for one in known if not one.ended(now) and _covers(one, camera)}
    if before is None:
        if after:
            return f"the new camera stands inside the perimeter of {', '.join(sorted(after))}"
        return ""
    former = {one.authorisation_id for one in known if not one.ended(now) and _covers(one, before)}
    if after and after != former:
        # out of a narrower one as well: of those that apply together the narrower counts
        changed = ", ".join(sorted(after ^ former))
        return f"the camera's new place changes which authorisations apply to it ({changed})"
    if set(camera.groups) - set(before.groups) and any(_covers(one, before) for one in known):
        return "a new group lets more people see a camera that is, or was, under an authorisation"
    return ""


def _covers(given: Authorisation, camera: Camera) -> bool:
    places = {} if camera.plan_xy is None else {camera.camera_id: camera.plan_xy}
    return camera.camera_id in with_perimeter(given, places).cameras


def _place(camera: Camera) -> str:
    return "" if camera.plan_xy is None else f"{camera.plan_xy[0]:.4f} {camera.plan_xy[1]:.4f}"


def _bare(value: object) -> object:
    return replace(value, username="", password="") if isinstance(value, StreamSpec) else value


def _secret(spec: StreamSpec | None) -> bool:
    return spec is not None and bool(spec.username or spec.password)
