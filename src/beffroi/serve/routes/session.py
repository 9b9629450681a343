"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from beffroi.govern.accounts import BadCredentialsError, LockedOutError, Session, User
from beffroi.govern.rights import Right
from beffroi.serve.access import COOKIE, Needs, Open
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import Problem, problems
from beffroi.serve.wire.session import SessionOut, SignInIn, UserOut

router = APIRouter(tags=["session"])
SignedIn = Annotated[Session, Depends(Needs(None))]


def user_out(user: User) -> UserOut:
    """An account on the wire."""
    return UserOut(username=user.username, display_name=user.display_name, role=user.role.value)


@router.post(
    "/session",
    summary="Sign in",
    dependencies=[Depends(Open("nobody is signed in before"))],
    responses=problems(401, 422, 429),
)
def sign_in(request: Request, response: Response, given: SignInIn) -> SessionOut:
    """Open a session; its cookie is set. Guessing is slowed and then locked out, whether the account exists or not."""
    deps = deps_of(request)
    client = request.client.host if request.client else ""
    try:
        signed = deps.doors.accounts.sign_in(given.username, given.password, client=client)
    except BadCredentialsError:
        raise Problem(401, "bad_credentials", "name or password is wrong", mend="Check both and try again.") from None
    except LockedOutError as error:
        wait_s = max(1, round(error.retry_after_s))
        mend = f"Wait {wait_s} seconds."
        headers = {"Retry-After": str(wait_s)}
        raise Problem(429, "locked_out", "too many wrong passwords", mend=mend, headers=headers) from None
    _set_cookie(request, response, signed.token)
    return SessionOut(user=user_out(signed.session.user), csrf_token=signed.session.csrf_token)


@router.get("/session", summary="Who is signed in", responses=problems(401))
def who(session: SignedIn) -> SessionOut:
    """The person signed in, and the token for unsafe requests."""
    return SessionOut(user=user_out(session.user), csrf_token=session.csrf_token)


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
