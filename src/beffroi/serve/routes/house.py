"""The town plan, health, metrics."""

from __future__ import annotations

import hmac
import ipaddress
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from beffroi import __version__
from beffroi.govern.rights import Right
from beffroi.serve.access import Needs, Open
from beffroi.serve.deps import deps_of
from beffroi.serve.guards import PICTURE_POLICY
from beffroi.serve.problems import Problem, problems
from beffroi.serve.wire.form import Wire, example
from beffroi.vocabulary.errors import StorageError

router = APIRouter(tags=["house"])
PLAN_MOST_BYTES = 5_000_000


class HealthOut(Wire):
    """Whether the house works. Nothing about cameras, alerts or people: this is open to anyone."""

    model_config = example(status="ok", version="0.1.0", store="ok", workers="ok", intake_behind=0)

    status: str
    version: str
    store: str
    workers: str
    intake_behind: int


@router.get(
    "/health",
    summary="Whether the house works",
    dependencies=[Depends(Open("a supervisor of services has no account"))],
    responses={503: {"model": HealthOut, "description": "Something does not work; it is named"}},
)
def health(request: Request, response: Response) -> HealthOut:
    """`ok`, or `failing` with 503 and what fails."""
    deps = deps_of(request)
    try:
        deps.doors.outbox.bounds()
        store = "ok"
    except StorageError:
        store = "failing"
    workers = "ok" if any(one["pid"] for one in deps.supervisor.figures()["workers"]) else "failing"
    behind = deps.intake_behind()
    well = store == workers == "ok" and behind < 1000
    response.status_code = 200 if well else 503
    response.headers["Cache-Control"] = "no-store"
    return HealthOut(
        status="ok" if well else "failing", version=__version__, store=store, workers=workers, intake_behind=behind
    )


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    dependencies=[Depends(Open("protected by its own token, or loopback only"))],
    response_class=Response,
    responses={**problems(403), 200: {"content": {"text/plain": {}}, "description": "Prometheus text format"}},
)
def metrics(request: Request) -> Response:
    """Figures of cameras, workers, requests and queues. Needs the token of `metrics.token`, or a loopback address."""
    _metrics_allowed(request)
    return Response(
        generate_latest(request.app.state.figures.registry),
        media_type=CONTENT_TYPE_LATEST,
        headers={"Cache-Control": "no-store"},
    )


@router.get(
    "/plan.svg",
    summary="The town plan",
    dependencies=[Depends(Needs(Right.SEE_CAMERAS))],
    response_class=Response,
    responses={**problems(401, 403), 200: {"content": {"image/svg+xml": {}}, "description": "SVG"}},
)
def plan(request: Request) -> Response:
    """The plan under the cameras' `plan_xy` (shares of its width and height)."""
    drawing = plan_drawing(deps_of(request).settings.plan_file)
    headers = {"Content-Security-Policy": PICTURE_POLICY, "Cache-Control": "private, max-age=300"}
    return Response(drawing, media_type="image/svg+xml", headers=headers)


def plan_drawing(chosen: Path | None) -> bytes:
    """The chosen plan, or the one that comes with the house.

    Raises:
        StorageError: the chosen one cannot be read.
    """
    if chosen is None:
        return files("beffroi.serve").joinpath("assets/plan.svg").read_bytes()
    try:
        with chosen.open("rb") as opened:
            return opened.read(PLAN_MOST_BYTES)
    except OSError as error:
        raise StorageError(f"the plan of setting plan.file cannot be read: {error.strerror}") from None


def _metrics_allowed(request: Request) -> None:
    """Refuse who has neither the token nor, where none is set, a loopback address."""
    token = deps_of(request).settings.metrics_token
    if token:
        given = request.headers.get("authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return
    elif request.client and _is_loopback(request.client.host):
        return
    mend = "Give the bearer token of setting metrics.token, or set one and ask from this machine."
    raise Problem(403, "not_authorised", "figures are not open to this address", mend=mend)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
