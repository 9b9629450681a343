"""The register to print, the plan under it, notices for the street, and the papers made from the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from beffroi.govern import paper
from beffroi.govern.accounts import Session
from beffroi.govern.register import drawing
from beffroi.govern.register.door import MapKind
from beffroi.govern.register.notice import Place
from beffroi.govern.register.page import register_paper
from beffroi.govern.register.papers import PaperKind
from beffroi.govern.rights import Right
from beffroi.serve.access import Needs
from beffroi.serve.deps import deps_of
from beffroi.serve.guards import PICTURE_POLICY
from beffroi.serve.problems import Problem, problems
from beffroi.serve.routes.house import plan_drawing
from beffroi.serve.routes.register import ANYBODY, CACHED

router = APIRouter(tags=["register"])
Keeper = Annotated[Session, Depends(Needs(Right.EDIT_REGISTER))]
Language = Annotated[Literal["fr", "en"], Query(description="fr or en")]
SHOWN = {"Content-Security-Policy": PICTURE_POLICY}
"""Pages and drawings with styles of their own, which may run nothing."""

PRIVATE = {**SHOWN, "Cache-Control": "no-store"}


@router.get(
    "/register.html",
    summary="The public register, to read without scripts and to print",
    dependencies=[Depends(ANYBODY)],
    response_class=Response,
    responses={200: {"content": {"text/html": {}}, "description": "A page"}},
)
def register_page(request: Request, language: Language = "fr") -> Response:
    """The same as `GET /register`, as one page of HTML."""
    told = deps_of(request).doors.register.public()
    page = paper.to_html(register_paper(told, language))
    return Response(page, media_type="text/html; charset=utf-8", headers={**SHOWN, "Cache-Control": CACHED})


@router.get(
    "/register/plan.svg",
    summary="The town plan under the public register",
    dependencies=[Depends(ANYBODY)],
    response_class=Response,
    responses={**problems(404), 200: {"content": {"image/svg+xml": {}}, "description": "SVG"}},
)
def register_plan(request: Request) -> Response:
    """The plan, where the town's sheet says that the public sees where cameras are; else there is none."""
    deps = deps_of(request)
    if deps.doors.register.public().sheet.sheet.map is MapKind.NONE:
        raise Problem(404, "not_found", "the public register shows no plan")
    plan = plan_drawing(deps.settings.plan_file)
    return Response(plan, media_type="image/svg+xml", headers={**SHOWN, "Cache-Control": "public, max-age=300"})


@router.get(
    "/register/documents/{kind}",
    summary="A document made from the configuration",
    response_class=Response,
    responses={**problems(401, 403, 422), 200: {"content": {"text/html": {}, "application/pdf": {}}}},
)
def document(
    request: Request,
    session: Keeper,
    kind: Annotated[PaperKind, Path(description="dpia, recordings, processing or prefect", examples=["dpia"])],
    form: Annotated[Literal["html", "pdf"], Query(description="html or pdf")] = "html",
    period: Annotated[str, Query(max_length=7, description="YYYY-MM for recordings, YYYY for prefect")] = "",
) -> Response:
    """Impact assessment, register of recordings, record of processing or report to the prefect, in French."""
    made = deps_of(request).doors.papers.make(session.actor, kind, period=period)
    name = f"beffroi-{kind.value}{'-' + period if period else ''}.{form}"
    headers = {**PRIVATE, "Content-Disposition": f'inline; filename="{name}"'}
    if form == "pdf":
        return Response(paper.to_pdf(made), media_type="application/pdf", headers=headers)
    return Response(paper.to_html(made), media_type="text/html; charset=utf-8", headers=headers)


@router.get(
    "/register/notice",
    summary="A notice for the street",
    response_class=Response,
    responses={**problems(401, 403, 404), 200: {"content": {"image/svg+xml": {}, "application/pdf": {}}}},
)
def notice(
    request: Request,
    session: Keeper,
    camera_id: Annotated[str, Query(max_length=80)] = "",
    group: Annotated[str, Query(max_length=80)] = "",
    form: Annotated[Literal["svg", "a4", "a3"], Query(description="svg, or a PDF of A4 or A3")] = "svg",
) -> Response:
    """Of one camera, of a group, or of the whole perimeter; with the address of the public register as a QR code."""
    deps = deps_of(request)
    public = deps.settings.public_url
    place = Place(camera_id=camera_id, group=group)
    drawn = deps.doors.papers.notice(session.actor, place, address=f"{public}/register" if public else "")
    if form == "svg":
        return Response(drawing.to_svg(drawn.strokes, drawn.title), media_type="image/svg+xml", headers=PRIVATE)
    times = drawing.A3_TIMES if form == "a3" else 1.0
    sheet = drawing.to_pdf(drawn.strokes, drawn.title, times=times)
    headers = {**PRIVATE, "Content-Disposition": f'inline; filename="panneau-{form}.pdf"'}
    return Response(sheet, media_type="application/pdf", headers=headers)
