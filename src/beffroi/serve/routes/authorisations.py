"""Regimes, authorisations, the files of their orders, and purposes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from beffroi.govern.accounts import Session
from beffroi.govern.doors import Purpose
from beffroi.govern.rights import Right
from beffroi.serve.access import Needs
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import problems
from beffroi.serve.wire.analysis import ReasonIn
from beffroi.serve.wire.authorisations import (
    AuthorisationIn,
    AuthorisationOut,
    GrantedOut,
    OrderFileOut,
    OverlapOut,
    PurposeIn,
    RegimeTermsOut,
    WaitingGrantOut,
    authorisation_out,
    overlap_out,
    regime_out,
)
from beffroi.serve.wire.rules import PurposeOut
from beffroi.vocabulary.time import iso_utc

router = APIRouter(tags=["authorisations"])
Reader = Annotated[Session, Depends(Needs(Right.SEE_AUTHORISATIONS))]
Editor = Annotated[Session, Depends(Needs(Right.EDIT_AUTHORISATIONS))]
Ender = Annotated[Session, Depends(Needs(Right.END_AUTHORISATIONS))]
AuthorisationId = Annotated[str, Path(max_length=80, examples=["site-prive-2026"])]
ORDERS = "/orders"


@router.get("/regimes", summary="The legal regimes", responses=problems(401, 403))
def regimes(request: Request, session: Reader) -> list[RegimeTermsOut]:  # noqa: ARG001  (the lock)
    """What each regime allows, the town's own included; a broken file is named and allows nothing."""
    book = deps_of(request).doors.authorisations.regimes
    broken = [RegimeTermsOut(regime=one.regime, broken=one.why) for one in book.broken]
    return [regime_out(terms) for _, terms in sorted(book.terms.items())] + broken


@router.get("/authorisations", summary="The authorisations", responses=problems(401, 403))
def authorisations(
    request: Request, session: Reader, camera_id: Annotated[str, Query(max_length=80)] = ""
) -> list[AuthorisationOut]:
    """Every authorisation, ended ones too; `camera_id` keeps those that cover a camera now."""
    deps = deps_of(request)
    door, now = deps.doors.authorisations, deps.clock()
    cameras = door.resolved(session.actor)
    together = door.overlapping(session.actor)
    listed = []
    for one in door.kept(session.actor):
        name = one.authorisation.authorisation_id
        others = together.get(name, [])
        out = authorisation_out(one.authorisation, now=now, kept=one, cameras=cameras.get(name), together=others)
        listed.append(out)
    return [one for one in listed if not camera_id or camera_id in one.cameras]


@router.get("/authorisations/waiting", summary="Grants that wait for a second person", responses=problems(401, 403))
def waiting(request: Request, session: Reader) -> list[WaitingGrantOut]:
    """Authorisations that somebody asks for and another person must agree to."""
    deps = deps_of(request)
    return [
        WaitingGrantOut(
            request_id=one.request.request_id,
            asked_by=one.request.asked_by,
            asked_at=iso_utc(one.request.asked_at),
            expires_at=iso_utc(one.request.expires_at),
            why=one.request.why,
            authorisation=authorisation_out(one.authorisation, now=0),
        )
        for one in deps.doors.authorisations.waiting(session.actor)
    ]


@router.post("/authorisations/check", summary="Try an authorisation", responses=problems(401, 403, 404, 409, 422))
def check(request: Request, session: Editor, given: AuthorisationIn) -> list[OverlapOut]:
    """Whether it could be granted: a fault is named with its field; else the others it would disagree with."""
    door = deps_of(request).doors.authorisations
    return [overlap_out(one) for one in door.check(session.actor, given.authorisation())]


@router.post("/authorisations", summary="Grant an authorisation", responses=problems(401, 403, 404, 409, 422))
def grant(request: Request, session: Editor, given: AuthorisationIn) -> GrantedOut:
    """Ask for an authorisation: it is in force once a second person agrees. Never altered afterwards: amend it by one
    that `replaces` it.
    """
    deps = deps_of(request)
    done = deps.doors.authorisations.grant(
        session.actor, given.authorisation(), why=given.why, overlap_accepted=given.overlap_accepted
    )
    deps.rewatch()
    return GrantedOut(granted=done.granted, request_id=done.request_id)


@router.post(
    "/authorisations/{authorisation_id}/end",
    summary="End an authorisation",
    status_code=204,
    responses=problems(401, 403, 404, 422),
)
def end(request: Request, session: Ender, authorisation_id: AuthorisationId, given: ReasonIn) -> None:
    """End an authorisation now, with a reason: analysis and viewing under it stop within seconds."""
    deps = deps_of(request)
    deps.doors.authorisations.revoke(session.actor, authorisation_id, why=given.why)
    deps.rewatch()


@router.post(
    ORDERS,
    summary="Keep the file of an order",
    responses=problems(401, 403, 413, 422),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def keep_order(
    request: Request, session: Editor, name: Annotated[str, Query(max_length=255)] = "order"
) -> OrderFileOut:
    """Keep a signed order (PDF, PNG or JPEG, at most 8 MB), sent as the body; its digest names it in a grant."""
    content = await request.body()
    kept = await run_in_threadpool(deps_of(request).doors.orders.keep, session.actor, name, content)
    return OrderFileOut(sha256=kept.sha256, name=kept.name, media_type=kept.media_type, bytes=len(content))


@router.get(
    "/authorisations/{authorisation_id}/order",
    summary="The file of an order",
    response_class=Response,
    responses={**problems(401, 403, 404), 200: {"content": {"application/pdf": {}}, "description": "The file"}},
)
def order(request: Request, session: Reader, authorisation_id: AuthorisationId) -> Response:
    """The signed order as it was given, to be saved."""
    found = deps_of(request).doors.orders.of(session.actor, authorisation_id)
    ending = {"application/pdf": "pdf", "image/png": "png"}.get(found.media_type, "jpg")
    headers = {
        "Content-Disposition": f'attachment; filename="order-{found.sha256[:12]}.{ending}"',
        "Cache-Control": "no-store",
    }
    return Response(found.content, media_type=found.media_type, headers=headers)


@router.get("/purposes", summary="The purposes", responses=problems(401, 403))
def purposes(request: Request, session: Reader) -> list[PurposeOut]:
    """What an analysis may serve here."""
    return [_purpose_out(one) for one in deps_of(request).doors.authorisations.purposes(session.actor)]


@router.post("/purposes", summary="Add a purpose", status_code=201, responses=problems(401, 403, 409, 422))
def add_purpose(request: Request, session: Editor, given: PurposeIn) -> PurposeOut:
    """Add a purpose. One whose id is taken is refused: what footage was kept for never changes."""
    purpose = Purpose(
        purpose_id=given.purpose_id,
        label_fr=given.label_fr,
        label_en=given.label_en,
        retention_s=given.retention_s,
    )
    deps_of(request).doors.authorisations.add_purpose(session.actor, purpose)
    return _purpose_out(purpose)


def _purpose_out(purpose: Purpose) -> PurposeOut:
    return PurposeOut(
        purpose_id=purpose.purpose_id,
        label_fr=purpose.label_fr,
        label_en=purpose.label_en,
        retention_s=purpose.retention_s,
    )
