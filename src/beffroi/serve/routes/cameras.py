"""Cameras: list, change, try, look at."""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Path, Request, Response

from beffroi.govern.accounts import Session
from beffroi.govern.rights import Right, may
from beffroi.serve.access import Needs
from beffroi.serve.deps import ServeDeps, deps_of
from beffroi.serve.problems import problems
from beffroi.serve.wire.cameras import (
    CameraIn,
    CameraOut,
    ProbeIn,
    ProbeOut,
    StatusOut,
    status_out,
    stream_out,
)
from beffroi.vocabulary.camera import Camera, CameraReason, CameraStatus, StreamSpec, WatchState
from beffroi.vocabulary.errors import InvalidInputError

router = APIRouter(tags=["cameras"])
Viewer = Annotated[Session, Depends(Needs(Right.SEE_CAMERAS))]
Editor = Annotated[Session, Depends(Needs(Right.EDIT_CAMERAS))]
CameraId = Annotated[str, Path(max_length=80, examples=["mairie-nord"])]


def _status(deps: ServeDeps, kept: dict[str, CameraStatus], camera: Camera) -> StatusOut:
    """The newest state known: the supervisor's, else the stored one, else just begun."""
    now = deps.supervisor.statuses().get(camera.camera_id) or kept.get(camera.camera_id)
    return status_out(
        now
        or CameraStatus(
            camera_id=camera.camera_id,
            state=WatchState.NOT_WATCHED,
            reason=CameraReason.STARTING if camera.enabled else CameraReason.DISABLED,
            since=deps.clock(),
        )
    )


def _out(deps: ServeDeps, session: Session, cameras: list[Camera]) -> list[CameraOut]:
    """Cameras on the wire."""
    doors, actor = deps.doors, session.actor
    whole = may(actor, Right.EDIT_CAMERAS)
    kept, open_alerts = doors.cameras.statuses(actor), doors.alerts.open_counts(actor)
    listed = []
    for camera in cameras:
        main, sub = doors.cameras.has_credentials(actor, camera.camera_id)
        listed.append(
            CameraOut(
                camera_id=camera.camera_id,
                name=camera.name,
                place=camera.place,
                plan_xy=camera.plan_xy,
                heading_deg=camera.heading_deg,
                enabled=camera.enabled,
                analysed_fps=camera.analysed_fps,
                groups=camera.groups,
                main=stream_out(camera.main, has_credentials=main, whole=whole),
                sub=stream_out(camera.sub, has_credentials=sub, whole=whole) if camera.sub else None,
                status=_status(deps, kept, camera),
                rules=len(doors.rules.of_camera(actor, camera.camera_id)),
                open_alerts=open_alerts.get(camera.camera_id, 0),
                counters=dict(deps.supervisor.counters(camera.camera_id)),
            )
        )
    return listed


@router.get("/cameras", summary="All cameras with their states", responses=problems(401, 403))
def cameras(request: Request, session: Viewer) -> list[CameraOut]:
    """Every camera, watched or not; one that is not says why and since when."""
    deps = deps_of(request)
    return _out(deps, session, deps.doors.cameras.all(session.actor))


@router.get("/cameras/{camera_id}", summary="One camera", responses=problems(401, 403, 404))
def camera(request: Request, session: Viewer, camera_id: CameraId) -> CameraOut:
    """A camera with its state and figures."""
    deps = deps_of(request)
    return _out(deps, session, [deps.doors.cameras.get(session.actor, camera_id)])[0]


@router.post("/cameras", summary="Add a camera", status_code=201, responses=problems(401, 403, 409, 422))
def add_camera(request: Request, session: Editor, given: CameraIn) -> CameraOut:
    """Add a camera. It is not analysed before a rule and an authorisation say so; inside the perimeter of an
    authorisation it takes `edit_authorisations` and a `why`.
    """
    deps = deps_of(request)
    added = given.camera(given.camera_id or _new_id(given.name))
    deps.doors.cameras.add(session.actor, added, why=given.why)
    deps.rewatch()
    return _out(deps, session, [deps.doors.cameras.get(session.actor, added.camera_id)])[0]


@router.put("/cameras/{camera_id}", summary="Change a camera", responses=problems(401, 403, 404, 422))
def change_camera(request: Request, session: Editor, camera_id: CameraId, given: CameraIn) -> CameraOut:
    """Change a camera. A stream without credentials keeps its former ones. A place or groups that widen what is
    authorised take `edit_authorisations` and a `why`.
    """
    if given.camera_id not in ("", camera_id):
        mend = "Leave camera_id out, or repeat the one of the address."
        raise InvalidInputError("a camera keeps its id", where="body.camera_id", mend=mend)
    deps = deps_of(request)
    before = deps.doors.cameras.get(session.actor, camera_id)
    deps.doors.cameras.change(session.actor, given.over(before), why=given.why)
    deps.rewatch()
    return _out(deps, session, [deps.doors.cameras.get(session.actor, camera_id)])[0]


@router.delete("/cameras/{camera_id}", summary="Remove a camera", status_code=204, responses=problems(401, 403, 404))
def remove_camera(request: Request, session: Editor, camera_id: CameraId) -> None:
    """Remove a camera: it is no longer watched. Its alerts and their evidence stay until they expire."""
    deps = deps_of(request)
    deps.doors.cameras.remove(session.actor, camera_id)
    deps.rewatch()


@router.post("/cameras/probe", summary="Try a stream", responses=problems(401, 403, 422))
def probe(request: Request, session: Editor, given: ProbeIn) -> ProbeOut:
    """Open a stream once and tell what it is, or why it cannot be used. Takes at most the open time-out."""
    deps = deps_of(request)
    spec = given.spec()
    if given.camera_id and not given.username and not given.password:
        spec = _with_kept(deps, session, given, spec)
    deps.doors.cameras.refuse_own_file(spec)
    seen = deps.probe(spec)
    return ProbeOut(
        ok=seen.ok,
        codec=seen.codec,
        width_px=seen.width_px,
        height_px=seen.height_px,
        reason=seen.reason,
        detail=seen.detail,
    )


@router.get(
    "/cameras/{camera_id}/still.jpg",
    summary="The newest picture",
    response_class=Response,
    responses={**problems(401, 403, 404, 503), 200: {"content": {"image/jpeg": {}}, "description": "JPEG"}},
)
async def still(
    request: Request, session: Annotated[Session, Depends(Needs(Right.SEE_LIVE))], camera_id: CameraId
) -> Response:
    """The newest picture as JPEG, never an old one: 503 says that there is none and why.

    `X-Beffroi-Picture` says whether people and plates are `blurred` in it, or it is `clear`.
    """
    deps = deps_of(request)
    seen = await asyncio.to_thread(deps.doors.cameras.glanced, session.actor, camera_id)
    picture = await deps.supervisor.still(camera_id, clear=seen.clear)
    headers = {"Cache-Control": "no-store", "X-Beffroi-Picture": "clear" if seen.clear else "blurred"}
    return Response(picture, media_type="image/jpeg", headers=headers)


def _with_kept(deps: ServeDeps, session: Session, given: ProbeIn, spec: StreamSpec) -> StreamSpec:
    """The stream with the credentials kept for it, if it leads to the kept host: they are sent nowhere else."""
    kept = deps.doors.cameras.get(session.actor, given.camera_id)
    stream = kept.main if given.stream == "main" else kept.sub
    if stream is None or (stream.kind, urlsplit(stream.url).netloc) != (spec.kind, urlsplit(spec.url).netloc):
        return spec
    username, password = deps.doors.cameras.credentials_of(session.actor, given.camera_id, given.stream)
    return replace(spec, username=username, password=password)


def _new_id(name: str) -> str:
    """An id made of a camera's name and a few random letters, so that two of a name differ."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "camera"
    return f"{slug}-{secrets.token_hex(2)}"
