"""Judicial cases: what a requisition covers, and its sealed exports."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import AwareDatetime

from beffroi.govern.accounts import Session
from beffroi.govern.paper import to_pdf
from beffroi.govern.rights import Right
from beffroi.serve.access import Needs
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import problems
from beffroi.serve.wire.cases import (
    CaseAlertOut,
    CaseIn,
    CaseOut,
    ChooseIn,
    ExportIn,
    ExportOut,
    WhyIn,
    case_alert_out,
    case_out,
    export_out,
)
from beffroi.vocabulary.time import UtcNs, utc_ns

router = APIRouter(tags=["cases"])
Reader = Annotated[Session, Depends(Needs(Right.SEE_CASES))]
Investigator = Annotated[Session, Depends(Needs(Right.EXPORT))]
CaseId = Annotated[str, Path(max_length=64, examples=["case-9868a99e2349650ef6ea160bcbe561b1"])]
ExportId = Annotated[str, Path(max_length=64, examples=["export-96dcf4950e3a586f007953dd21ce87ac"])]
_ALWAYS = UtcNs((1 << 63) - 1)


@router.get("/cases", summary="Judicial cases", responses=problems(401, 403))
def cases(request: Request, session: Reader) -> list[CaseOut]:
    """Cases, newest first: one's own, or every one for those who second or read the journal."""
    return [case_out(one) for one in deps_of(request).doors.cases.all(session.actor)]


@router.post("/cases", summary="Open a case", status_code=201, responses=problems(401, 403, 404, 409, 422))
def open_case(request: Request, session: Investigator, given: CaseIn) -> CaseOut:
    """Open a case on a requisition; `case_taken` when one is open on it already."""
    return case_out(deps_of(request).doors.cases.open(session.actor, given.new()))


@router.get("/cases/{case_id}", summary="One case", responses=problems(401, 403, 404))
def case(request: Request, session: Reader, case_id: CaseId) -> CaseOut:
    """A case as it stands now."""
    return case_out(deps_of(request).doors.cases.get(session.actor, case_id))


@router.post("/cases/{case_id}/close", summary="Close a case", responses=problems(401, 403, 404, 409, 422))
def close_case(request: Request, session: Investigator, case_id: CaseId, given: WhyIn) -> CaseOut:
    """Close a case: its exports are destroyed, their receipts stay."""
    return case_out(deps_of(request).doors.cases.close(session.actor, case_id, why=given.why))


@router.get("/cases/{case_id}/alerts", summary="What a case covers", responses=problems(401, 403, 404, 409, 422))
def case_alerts(
    request: Request,
    session: Investigator,
    case_id: CaseId,
    camera_id: Annotated[str, Query(max_length=80)] = "",
    from_: Annotated[AwareDatetime | None, Query(alias="from", description="RFC 3339, with its zone")] = None,
    to: Annotated[AwareDatetime | None, Query(description="RFC 3339, with its zone; not included")] = None,
) -> list[CaseAlertOut]:
    """Alerts wholly inside the case's cameras and span, oldest first, at most 500. An ended case gives `case_over`."""
    span = (utc_ns(from_) if from_ else UtcNs(0), utc_ns(to) if to else _ALWAYS)
    found = deps_of(request).doors.cases.alerts(session.actor, case_id, camera_id=camera_id, span=span)
    return [case_alert_out(one) for one in found]


@router.put("/cases/{case_id}/alerts", summary="Choose what is exported", responses=problems(401, 403, 404, 409, 422))
def choose_alerts(request: Request, session: Investigator, case_id: CaseId, given: ChooseIn) -> CaseOut:
    """Put alerts into the case, take others out."""
    doors = deps_of(request).doors
    return case_out(doors.cases.choose(session.actor, case_id, add=given.add, remove=given.remove))


@router.get("/cases/{case_id}/exports", summary="The exports of a case", responses=problems(401, 403, 404))
def case_exports(request: Request, session: Reader, case_id: CaseId) -> list[ExportOut]:
    """Exports, newest first; receipts of destroyed ones included."""
    return [export_out(one) for one in deps_of(request).doors.exports.of_case(session.actor, case_id)]


@router.post(
    "/cases/{case_id}/exports",
    summary="Ask for a sealed export",
    status_code=201,
    responses=problems(401, 403, 404, 409, 422),
)
def ask_export(request: Request, session: Investigator, case_id: CaseId, given: ExportIn) -> ExportOut:
    """Ask for an export of what is in the case now. A second person must agree before it can be built."""
    asked = deps_of(request).doors.exports.ask(
        session.actor, case_id, blurred=given.blurred, why=given.why, recordings=given.recordings
    )
    return export_out(asked)


@router.get("/exports/{export_id}", summary="One export", responses=problems(401, 403, 404))
def export(request: Request, session: Reader, export_id: ExportId) -> ExportOut:
    """An export as it stands now: progress while it is built, its receipt once it is ready."""
    return export_out(deps_of(request).doors.exports.get(session.actor, export_id)[1])


@router.post(
    "/exports/{export_id}/build", summary="Build an export", status_code=202, responses=problems(401, 403, 404, 409)
)
def build_export(request: Request, session: Investigator, export_id: ExportId) -> ExportOut:
    """Build an export that was seconded, or again one that was interrupted or failed; in the background."""
    return export_out(deps_of(request).doors.exports.build(session.actor, export_id))


@router.get(
    "/exports/{export_id}/receipt.pdf",
    summary="The receipt",
    response_class=Response,
    responses={**problems(401, 403, 404, 409), 200: {"content": {"application/pdf": {}}, "description": "PDF"}},
)
def export_receipt(
    request: Request, session: Reader, export_id: ExportId, language: Literal["fr", "en"] = "fr"
) -> Response:
    """To hand over beside the archive: its SHA-256 and the key's fingerprint. It outlives the file."""
    paper = deps_of(request).doors.exports.receipt(session.actor, export_id, language)
    return Response(to_pdf(paper), media_type="application/pdf", headers={"Cache-Control": "private, no-store"})


@router.get(
    "/exports/{export_id}/file.zip",
    summary="The sealed archive",
    response_class=FileResponse,
    responses={
        **problems(401, 403, 404, 409, 416),
        200: {"content": {"application/zip": {}}, "description": "ZIP"},
        206: {"content": {"application/zip": {}}, "description": "The bytes asked for"},
    },
)
def export_file(request: Request, session: Investigator, export_id: ExportId) -> FileResponse:
    """The archive, for the case's people; byte ranges are answered. The handing over is in the journal first."""
    found = deps_of(request).doors.exports.file(session.actor, export_id)
    headers = {"Cache-Control": "private, no-store", "ETag": f'"{found.sha256}"'}
    return FileResponse(found.path, media_type="application/zip", filename=found.name, headers=headers)
