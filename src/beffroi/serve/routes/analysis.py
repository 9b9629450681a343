"""The kill switch: all analysis stops at once; live pictures and recording go on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from beffroi.govern.accounts import Session
from beffroi.govern.rights import Right
from beffroi.serve.access import Needs
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import problems
from beffroi.serve.wire.analysis import AnalysisOut, ReasonIn, StopIn, analysis_out

router = APIRouter(tags=["analysis"])
Viewer = Annotated[Session, Depends(Needs(Right.SEE_CAMERAS))]
Stopper = Annotated[Session, Depends(Needs(Right.STOP_ANALYSIS))]
Resumer = Annotated[Session, Depends(Needs(Right.RESUME_ANALYSIS))]


@router.get("/analysis", summary="Whether analysis is stopped", responses=problems(401, 403))
def state(request: Request, session: Viewer) -> AnalysisOut:
    """The kill switch, and whether the clock was put back. A switch that cannot be read is stopped."""
    return analysis_out(deps_of(request).doors.analysis.state(session.actor))


@router.post("/analysis/stop", summary="Stop all analysis", responses=problems(401, 403, 422))
def stop(request: Request, session: Stopper, given: StopIn) -> AnalysisOut:
    """Stop all analysis now, on every camera; it stays stopped, also after a restart, until somebody resumes it."""
    deps = deps_of(request)
    deps.doors.analysis.stop(session.actor, why=given.why)
    deps.rewatch()
    return analysis_out(deps.doors.analysis.state(session.actor))


@router.post("/analysis/resume", summary="Let analysis go on", responses=problems(401, 403, 409, 422))
def resume(request: Request, session: Resumer, given: ReasonIn) -> AnalysisOut:
    """Let analysis go on, as far as authorisations allow it. Needs a reason."""
    deps = deps_of(request)
    deps.doors.analysis.resume(session.actor, why=given.why)
    deps.rewatch()
    return analysis_out(deps.doors.analysis.state(session.actor))


@router.post("/analysis/clock", summary="Say that the clock is right", responses=problems(401, 403, 409, 422))
def trust_clock(request: Request, session: Resumer, given: ReasonIn) -> AnalysisOut:
    """After the clock was put back: it is right now, analysis may go on. Needs a reason."""
    deps = deps_of(request)
    deps.doors.analysis.trust_clock(session.actor, why=given.why)
    deps.rewatch()
    return analysis_out(deps.doors.analysis.state(session.actor))
