"""Sensitive acts that were asked for: what waits for a second person, and the answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from beffroi.govern.accounts import Session
from beffroi.govern.rights import Right
from beffroi.serve.access import Needs
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import problems
from beffroi.serve.wire.accounts import RefuseIn, RequestOut, SecondIn, request_out

router = APIRouter(tags=["requests"])
Reader = Annotated[Session, Depends(Needs(Right.SEE_REQUESTS))]
Second = Annotated[Session, Depends(Needs(Right.SECOND))]
RequestId = Annotated[str, Path(max_length=80, examples=["request-01J9ZK"])]


@router.get("/requests", summary="Requests for sensitive acts", responses=problems(401, 403))
def requests(request: Request, session: Reader, waiting: bool = False) -> list[RequestOut]:
    """Requests, newest first; `waiting`: those that need an answer. Who may not second sees their own only."""
    found = deps_of(request).doors.sensitive.all(session.actor, waiting=waiting)
    return [request_out(one, by=session.actor.name) for one in found]


@router.post("/requests/{request_id}/second", summary="Agree to a request", responses=problems(401, 403, 404, 409, 422))
def second(request: Request, session: Second, request_id: RequestId, given: SecondIn) -> RequestOut:
    """Be the second person. Nobody seconds a request of their own."""
    answered = deps_of(request).doors.sensitive.second(session.actor, request_id, why=given.why)
    return request_out(answered, by=session.actor.name)


@router.post("/requests/{request_id}/refuse", summary="Refuse a request", responses=problems(401, 403, 404, 409, 422))
def refuse(request: Request, session: Second, request_id: RequestId, given: RefuseIn) -> RequestOut:
    """Refuse another person's request, with a reason."""
    answered = deps_of(request).doors.sensitive.refuse(session.actor, request_id, why=given.why)
    return request_out(answered, by=session.actor.name)
