"""One's own account: password, second factor, sessions."""

from __future__ import annotations

import asyncio
import io
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Path, Request, Response

from beffroi.govern.accounts import BadCodeError, BadCredentialsError, LockedOutError, Session, SignedIn
from beffroi.serve.access import Needs
from beffroi.serve.cookies import COOKIE, set_session
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import Fault, Problem, problems
from beffroi.serve.routes.session import bad_code, locked_out
from beffroi.serve.seats import password_seat
from beffroi.serve.wire.accounts import (
    EnrolledOut,
    EnrolmentOut,
    FactorOut,
    OpenSessionOut,
    OwnAccountOut,
    OwnPasswordIn,
    open_session_out,
    scopes_out,
)
from beffroi.serve.wire.session import CodeIn, SessionOut, session_out, user_out

router = APIRouter(tags=["account"])
Own = Annotated[Session, Depends(Needs(None, enrolling=True))]
LOCK = [Depends(Needs(None, enrolling=True))]
"""For routes that take the session by its token, since they give it another."""


def _go_on(request: Request, response: Response, signed: SignedIn) -> SessionOut:
    """The session under its new token."""
    set_session(request, response, signed.token)
    return session_out(signed.session)


@router.get("/account", summary="One's own account", responses=problems(401))
def own_account(request: Request, session: Own) -> OwnAccountOut:
    """Who one is, where one's rights hold, how the second factor stands."""
    factor = deps_of(request).doors.own.factor(session)
    return OwnAccountOut(
        user=user_out(session.user),
        outside=session.user.outside,
        scopes=scopes_out(session.user.scopes),
        second_factor=FactorOut(
            confirmed=factor.confirmed, required=factor.required, recovery_left=factor.recovery_left
        ),
    )


@router.put(
    "/account/password",
    summary="Change one's own password",
    dependencies=LOCK,
    responses=problems(401, 403, 409, 422, 429, 503),
)
async def change_password(
    request: Request,
    response: Response,
    given: OwnPasswordIn,
) -> SessionOut:
    """Another password. Other sessions of the same person end; this one goes on under a new token."""
    own, token = deps_of(request).doors.own, request.cookies.get(COOKIE, "")
    async with password_seat(request):
        try:
            signed = await asyncio.to_thread(own.set_password, token, given.former, given.password)
        except BadCredentialsError:
            mend = "Type the password you signed in with."
            fault = Fault(where="body.former", what="it is not your password", mend=mend)
            raise Problem(422, "bad_former_password", "the former password is wrong", errors=[fault]) from None
        except LockedOutError as error:
            raise locked_out(error) from None
    return _go_on(request, response, signed)


@router.post(
    "/account/second-factor", summary="Begin a second factor", dependencies=LOCK, responses=problems(401, 403, 409)
)
def begin_second_factor(request: Request, response: Response) -> EnrolmentOut:
    """A secret for an authenticator application. Nothing asks for its codes before one was confirmed."""
    enrolment = deps_of(request).doors.own.begin_enrolment(request.cookies.get(COOKIE, ""))
    drawn = io.BytesIO()
    segno.make(enrolment.uri, error="m").save(
        drawn, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False
    )
    response.headers["Cache-Control"] = "no-store"
    return EnrolmentOut(secret=enrolment.secret, qr_svg=drawn.getvalue().decode())


@router.post(
    "/account/second-factor/confirm",
    summary="Confirm a second factor",
    dependencies=LOCK,
    responses=problems(401, 403, 404, 409, 422, 429),
)
def confirm_second_factor(request: Request, response: Response, given: CodeIn) -> EnrolledOut:
    """Show that the application has the secret. The recovery codes are shown now and never again."""
    own = deps_of(request).doors.own
    try:
        enrolled = own.confirm_enrolment(request.cookies.get(COOKIE, ""), given.code)
    except BadCodeError:
        raise bad_code() from None
    except LockedOutError as error:
        raise locked_out(error) from None
    return EnrolledOut(recovery_codes=enrolled.recovery_codes, session=_go_on(request, response, enrolled.signed))


@router.post(
    "/account/second-factor/remove",
    summary="Remove a second factor",
    dependencies=LOCK,
    responses=problems(401, 403, 404, 409, 422, 429),
)
def remove_second_factor(request: Request, response: Response, given: CodeIn) -> SessionOut:
    """Remove it with one last code, where the role does not need it."""
    own = deps_of(request).doors.own
    try:
        return _go_on(request, response, own.drop_factor(request.cookies.get(COOKIE, ""), given.code))
    except BadCodeError:
        raise bad_code() from None
    except LockedOutError as error:
        raise locked_out(error) from None


@router.get("/account/sessions", summary="One's own sessions", responses=problems(401))
def sessions(request: Request, session: Own) -> list[OpenSessionOut]:
    """Where one is signed in, the last used first."""
    return [open_session_out(one) for one in deps_of(request).doors.sessions.of(session)]


@router.delete(
    "/account/sessions/{session_id}", summary="End a session", status_code=204, responses=problems(401, 403, 404)
)
def end_session(
    request: Request, session: Own, session_id: Annotated[str, Path(max_length=64, examples=["4be1f6d0a1c2e3f4"])]
) -> None:
    """End one of one's own sessions, on whatever machine it is."""
    deps_of(request).doors.sessions.end(session, session_id)
