"""Signing in and out."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from beffroi.govern.accounts import BadCredentialsError, LockedOutError, Session, User
from beffroi.govern.rights import RIGHTS, Right
from beffroi.serve.access import COOKIE, Needs, Open
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import Problem, problems
from beffroi.serve.wire.session import SessionOut, SignInIn, UserOut

router = APIRouter(tags=["session"])
SEATS = 4
"""Sign-ins at one time: each hashes a password in 64 MiB, and all would do so at once for whoever asks often enough."""

SEAT_WITHIN_S = 5.0
SignedIn = Annotated[Session, Depends(Needs(None))]


def user_out(user: User) -> UserOut:
    """An account on the wire."""
    return UserOut(username=user.username, display_name=user.display_name, role=user.role.value)


def session_out(session: Session) -> SessionOut:
    """A session on the wire."""
    rights = tuple(sorted(right.value for right in RIGHTS[session.actor.role]))
    return SessionOut(user=user_out(session.user), csrf_token=session.csrf_token, rights=rights)


@router.post(
    "/session",
    summary="Sign in",
    dependencies=[Depends(Open("nobody is signed in before"))],
    responses=problems(401, 422, 429, 503),
)
async def sign_in(request: Request, response: Response, given: SignInIn) -> SessionOut:
    """Open a session; its cookie is set. Guessing is slowed and then locked out, whether the account exists or not."""
    client = request.client.host if request.client else ""
    accounts, seats = deps_of(request).doors.accounts, request.app.state.sign_in_seats
    try:
        async with asyncio.timeout(SEAT_WITHIN_S):
            await seats.acquire()
    except TimeoutError:
        headers = {"Retry-After": "2"}
        raise Problem(503, "busy", "too many people sign in at once", mend="Try again.", headers=headers) from None
    try:
        signed = await asyncio.to_thread(accounts.sign_in, given.username, given.password, client=client)
    except BadCredentialsError:
        raise Problem(401, "bad_credentials", "name or password is wrong", mend="Check both and try again.") from None
    except LockedOutError as error:
        wait_s = max(1, round(error.retry_after_s))
        mend = f"Wait {wait_s} seconds."
        headers = {"Retry-After": str(wait_s)}
        raise Problem(429, "locked_out", "too many wrong passwords", mend=mend, headers=headers) from None
    finally:
        seats.release()
    _set_cookie(request, response, signed.token)
    return session_out(signed.session)


@router.get("/session", summary="Who is signed in", responses=problems(401))
def who(session: SignedIn) -> SessionOut:
    """The person signed in, and the token for unsafe requests."""
    return session_out(session)


@router.delete(
    "/session", summary="Sign out", status_code=204, dependencies=[Depends(Needs(None))], responses=problems(401, 403)
)
def sign_out(request: Request, response: Response) -> None:
    """End the session at once, on the server too."""
    deps_of(request).doors.accounts.sign_out(request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=_secure(request))


@router.get("/operators", summary="Whom an alert can be handed to", responses=problems(401, 403))
def operators(request: Request, session: Annotated[Session, Depends(Needs(Right.SEE_QUEUE))]) -> list[UserOut]:
    """Accounts that may answer alerts."""
    return [user_out(one) for one in deps_of(request).doors.accounts.operators(session.actor)]


def _secure(request: Request) -> bool:
    return request.url.scheme == "https" or deps_of(request).settings.cookie_always_secure


def _set_cookie(request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=round(deps_of(request).settings.session_hours * 3600),
        path="/",
        httponly=True,
        samesite="strict",
        secure=_secure(request),
    )
    response.headers["Cache-Control"] = "no-store"
