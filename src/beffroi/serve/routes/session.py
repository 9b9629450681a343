"""Signing in and out."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from beffroi.govern.accounts import BadCodeError, BadCredentialsError, LockedOutError, NotSignedInError, Session
from beffroi.govern.rights import Right
from beffroi.serve.access import Needs, Open
from beffroi.serve.cookies import COOKIE, drop_session, set_session, visitor_of
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import Problem, problems
from beffroi.serve.seats import password_seat
from beffroi.serve.wire.session import CodeIn, SessionOut, SignInIn, UserOut, session_out, user_out

router = APIRouter(tags=["session"])
Own = Annotated[Session, Depends(Needs(None, enrolling=True))]


def locked_out(error: LockedOutError) -> Problem:
    """The answer to somebody who has failed too often."""
    wait_s = max(1, round(error.retry_after_s))
    headers = {"Retry-After": str(wait_s)}
    return Problem(429, "locked_out", "too many wrong passwords", mend=f"Wait {wait_s} seconds.", headers=headers)


@router.post(
    "/session",
    summary="Sign in",
    dependencies=[Depends(Open("nobody is signed in before"))],
    responses=problems(401, 422, 429, 503),
)
async def sign_in(request: Request, response: Response, given: SignInIn) -> SessionOut:
    """Open a session; its cookie is set. Guessing is slowed and then locked out, whether the account exists or not.
    An account with a second factor answers with `step: code`.
    """
    sessions = deps_of(request).doors.sessions
    async with password_seat(request):
        try:
            signed = await asyncio.to_thread(
                sessions.sign_in, given.username, given.password, visitor=visitor_of(request)
            )
        except BadCredentialsError:
            mend = "Check both and try again."
            raise Problem(401, "bad_credentials", "name or password is wrong", mend=mend) from None
        except LockedOutError as error:
            raise locked_out(error) from None
    # a token that was there before is worth nothing now: nobody can plant one and use it later
    await asyncio.to_thread(sessions.sign_out, request.cookies.get(COOKIE, ""))
    set_session(request, response, signed.token)
    return session_out(signed.session)


@router.post(
    "/session/code",
    summary="Give the code of the second factor",
    dependencies=[Depends(Open("the password was given, the code is what is still missing"))],
    responses=problems(401, 422, 429),
)
def give_code(request: Request, response: Response, given: CodeIn) -> SessionOut:
    """The second step of signing in: the session goes on under a new token. A recovery code serves once."""
    token = request.cookies.get(COOKIE, "")
    try:
        signed = deps_of(request).doors.sessions.give_code(token, given.code, visitor=visitor_of(request))
    except NotSignedInError:
        mend = "Give name and password again."
        raise Problem(401, "not_signed_in", "the first step is over, or was never taken", mend=mend) from None
    except BadCodeError:
        raise bad_code() from None
    except LockedOutError as error:
        raise locked_out(error) from None
    set_session(request, response, signed.token)
    return session_out(signed.session)


def bad_code() -> Problem:
    """The answer to a code that is not right."""
    mend = "Wait for the next code and try again."
    return Problem(422, "bad_code", "the code is not right, or was used before", mend=mend)


@router.get("/session", summary="Who is signed in", responses=problems(401))
def who(session: Own) -> SessionOut:
    """The person signed in, and the token for unsafe requests."""
    return session_out(session)


@router.delete(
    "/session",
    summary="Sign out",
    status_code=204,
    dependencies=[Depends(Needs(None, enrolling=True))],
    responses=problems(401, 403),
)
def sign_out(request: Request, response: Response) -> None:
    """End the session at once, on the server too."""
    deps_of(request).doors.sessions.sign_out(request.cookies.get(COOKIE, ""))
    drop_session(request, response)


@router.get("/operators", summary="Whom an alert can be handed to", responses=problems(401, 403))
def operators(request: Request, session: Annotated[Session, Depends(Needs(Right.SEE_QUEUE))]) -> list[UserOut]:
    """Accounts that may answer alerts."""
    return [user_out(one) for one in deps_of(request).doors.accounts.operators(session.actor)]
