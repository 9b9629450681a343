"""Masks and blur: what is hidden on a camera, and seeing without blur for a time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from beffroi.govern.accounts import Session
from beffroi.govern.rights import Right
from beffroi.serve.access import Needs
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import problems
from beffroi.serve.wire.privacy import LiftIn, LiftOut, PrivacyIn, PrivacyOut, changed_out, lift_out, privacy_out

router = APIRouter(tags=["privacy"])
Masker = Annotated[Session, Depends(Needs(Right.EDIT_MASKS))]
Lifter = Annotated[Session, Depends(Needs(Right.LIFT_BLUR))]
CameraId = Annotated[str, Path(max_length=80, examples=["mairie-nord"])]
LiveLifter = Annotated[Session, Depends(Needs(Right.SEE_LIVE))]
"""Who sees live may ask; the door checks the right to lift too."""
AlertId = Annotated[str, Path(max_length=80, examples=["al_01J9ZK3M7Q"])]
LiftId = Annotated[str, Path(max_length=64, examples=["lift-8c1d"])]


@router.get("/cameras/{camera_id}/privacy", summary="What is hidden on a camera", responses=problems(401, 403, 404))
def privacy(request: Request, session: Masker, camera_id: CameraId) -> PrivacyOut:
    """Its masks, whether people and plates are blurred, and this person's open request to hide less."""
    return privacy_out(deps_of(request).doors.privacy.of_camera(session.actor, camera_id))


@router.put(
    "/cameras/{camera_id}/privacy",
    summary="Hide more, or ask to hide less",
    responses={
        **problems(401, 403, 404, 409, 422),
        202: {"model": PrivacyOut, "description": "Less is hidden only once a second person agrees: ask again then"},
    },
)
def change_privacy(
    request: Request, response: Response, session: Masker, camera_id: CameraId, given: PrivacyIn
) -> PrivacyOut:
    """More is hidden at once. Less takes a second person. Evidence that is kept already is not written anew."""
    deps = deps_of(request)
    changed = deps.doors.privacy.change(
        session.actor, camera_id, given.hidden(), why=given.why, request_id=given.request_id
    )
    if not changed.done:
        response.status_code = 202
    else:
        deps.rewatch()
    return changed_out(changed)


@router.post(
    "/cameras/{camera_id}/lifts",
    summary="See a camera without blur for a time",
    status_code=201,
    responses=problems(401, 403, 404, 409, 422),
)
def lift_of_camera(request: Request, session: LiveLifter, camera_id: CameraId, given: LiftIn) -> LiftOut:
    """The live picture and the still, for this person alone. It is kept in the journal with its reason."""
    privacy = deps_of(request).doors.privacy
    return lift_out(privacy.lift(session.actor, f"camera:{camera_id}", why=given.why, minutes=given.minutes))


@router.post(
    "/alerts/{alert_id}/lifts",
    summary="See an alert's evidence without blur for a time",
    status_code=201,
    responses=problems(401, 403, 404, 409, 422),
)
def lift_of_alert(request: Request, session: Lifter, alert_id: AlertId, given: LiftIn) -> LiftOut:
    """Its clip and still, for this person alone. It is kept in the journal with its reason."""
    privacy = deps_of(request).doors.privacy
    return lift_out(privacy.lift(session.actor, f"alert:{alert_id}", why=given.why, minutes=given.minutes))


@router.get("/lifts", summary="What I see without blur", responses=problems(401, 403))
def lifts(request: Request, session: Lifter) -> list[LiftOut]:
    """This person's lifts that are in force now."""
    return [lift_out(one) for one in deps_of(request).doors.privacy.lifts(session.actor)]


@router.delete("/lifts/{lift_id}", summary="Blur again", status_code=204, responses=problems(401, 403, 404))
def end_lift(request: Request, session: Lifter, lift_id: LiftId) -> None:
    """End one's own lift before its time; live views go back to blur within seconds."""
    deps_of(request).doors.privacy.end(session.actor, lift_id)
