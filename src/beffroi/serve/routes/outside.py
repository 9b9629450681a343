"""Signing in at an OpenID Connect provider: leaving for it, and coming back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import NamedTuple

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from beffroi.govern.accounts import OutsideRefusedError, SignedIn
from beffroi.govern.rights import Actor, Role
from beffroi.serve.access import Open
from beffroi.serve.cookies import (
    COOKIE,
    HANDSHAKE_COOKIE,
    HANDSHAKE_PATH,
    drop_handshake,
    set_handshake,
    set_session,
    visitor_of,
)
from beffroi.serve.deps import deps_of
from beffroi.serve.openid.handshake import LASTS_S, Handshake, Handshakes
from beffroi.serve.openid.people import person_of
from beffroi.serve.openid.provider import Provider
from beffroi.serve.openid.settings import DENIED, MISCONFIGURED, STATE, TOKEN, UNAVAILABLE, OpenIdError, OpenIdSettings
from beffroi.serve.problems import Problem, problems
from beffroi.serve.wire.outside import OutsideOut
from beffroi.vocabulary.time import NS_PER_S, UtcNs

OUTSIDE = "/session/outside"
_ERROR = re.compile(r"[a-z_]{1,60}")
_LONGEST = 4096
_REFUSALS = {
    "no_role": "the provider gives this person no role that is known here",
    "closed": "this account is closed",
    "bad_name": "the provider gives no user name that can be used here",
    "last_administrator": "this is the last open administrator, and the provider gives another role",
    "name_taken": "a local account has this name",
}
_PROBLEMS: dict[str, tuple[int, str, str]] = {
    UNAVAILABLE: (503, "the provider cannot be reached", "Try again in a moment, or use a local account."),
    MISCONFIGURED: (503, "the provider does not know this house", "Check oidc.client_id and oidc.client_secret."),
    STATE: (403, "this answer belongs to no sign-in begun here, or was used already", "Begin again."),
    DENIED: (403, "the provider has refused", "Begin again, or ask your administrator."),
    TOKEN: (403, "the provider's answer cannot be trusted", "Tell your administrator."),
    **{f"outside_{why}": (403, words, "Ask your administrator.") for why, words in _REFUSALS.items()},
}
router = APIRouter(tags=["session"])
log = structlog.get_logger("beffroi.serve")


class Desk(NamedTuple):
    """What signing in at the provider needs for as long as the application lives."""

    provider: Provider
    handshakes: Handshakes


def desk_for(settings: OpenIdSettings, clock: Callable[[], UtcNs]) -> Desk | None:
    """The desk of a house that has a provider."""
    if not settings.issuer:
        return None
    return Desk(provider=Provider(settings, lambda: clock() // NS_PER_S), handshakes=Handshakes())


def _desk(request: Request) -> Desk:
    desk: Desk | None = request.app.state.outside
    if desk is None:
        mend = "Use a local account, or set oidc.issuer."
        raise Problem(404, "not_found", "no provider is configured", mend=mend)
    return desk


def _now_s(request: Request) -> int:
    return deps_of(request).clock() // NS_PER_S


def _failed(request: Request, code: str) -> Response:
    """The answer to a failure: a browser goes back to the sign-in page, which says it; a program gets the problem."""
    status, words, mend = _PROBLEMS[code]
    if "text/html" in request.headers.get("accept", ""):
        response: Response = RedirectResponse(f"/?outside={code}", status_code=303)
    else:
        response = Problem(status, code, words, mend=mend).response()
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get(
    OUTSIDE,
    summary="Whether a provider is offered",
    dependencies=[Depends(Open("the sign-in page shows its button"))],
)
def offered(request: Request) -> OutsideOut:
    """Whether people may sign in at a provider. It is not asked whether it is up."""
    desk: Desk | None = request.app.state.outside
    return OutsideOut(offered=desk is not None, label=desk.provider.settings.label if desk else "")


@router.get(
    f"{OUTSIDE}/start",
    summary="Leave for the provider",
    status_code=303,
    response_class=RedirectResponse,
    dependencies=[Depends(Open("nobody is signed in before"))],
    responses=problems(404, 503),
)
async def start(request: Request) -> Response:
    """Begin: the browser is sent to the provider, with a sealed cookie that its answer must come back with."""
    desk = _desk(request)
    base = deps_of(request).settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    begun = Handshake(redirect_uri=f"{base}{HANDSHAKE_PATH}/callback", former=request.cookies.get(COOKIE, "")[:128])
    try:
        address = await desk.provider.address(begun)
    except OpenIdError as error:
        log.warning("outside_sign_in_failed", code=error.code, cause=str(error))
        return _failed(request, error.code)
    response = RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})
    set_handshake(request, response, desk.handshakes.seal(begun, now_s=_now_s(request)), lasts_s=LASTS_S)
    return response


@router.get(
    f"{OUTSIDE}/callback",
    summary="Come back from the provider",
    status_code=303,
    response_class=RedirectResponse,
    dependencies=[Depends(Open("nobody is signed in before; the answer is checked against what this browser began"))],
    responses=problems(403, 404, 503),
)
async def callback(
    request: Request, state: str = "", code: str = "", error: str = "", iss: str | None = None
) -> Response:
    """Open a session on the provider's word: state, code, and the signature, issuer, audience, time and nonce of its
    token are checked. The session is one as any other.
    """
    desk = _desk(request)
    try:
        signed, begun = await _enter(request, desk, {"state": state, "code": code, "error": error, "iss": iss})
    except OpenIdError as failure:
        log.warning("outside_sign_in_failed", code=failure.code, cause=str(failure))
        if failure.code == TOKEN:
            nobody = Actor(name="unknown", role=Role.OPERATOR)
            await asyncio.to_thread(
                deps_of(request).doors.journal.refused, nobody, "sign_in", "user:unknown", why=TOKEN
            )
        response = _failed(request, failure.code)
    except OutsideRefusedError as refusal:
        response = _failed(request, f"outside_{refusal}")
    else:
        if begun.former:
            await asyncio.to_thread(deps_of(request).doors.sessions.sign_out, begun.former)
        response = RedirectResponse("/", status_code=303)
        set_session(request, response, signed.token)
    drop_handshake(request, response)
    return response


async def _enter(request: Request, desk: Desk, given: dict[str, str | None]) -> tuple[SignedIn, Handshake]:
    names = request.query_params
    if any(len(names.getlist(name)) > 1 or len(given[name] or "") > _LONGEST for name in given):
        raise OpenIdError(STATE, "the answer cannot be read")
    sealed = request.cookies.get(HANDSHAKE_COOKIE, "")
    begun = desk.handshakes.spend(sealed, given["state"] or "", now_s=_now_s(request))
    if error := given["error"]:
        raise OpenIdError(DENIED, f"it answers {error if _ERROR.fullmatch(error) else 'with an error'}")
    if not given["code"]:
        raise OpenIdError(DENIED, "it answers without a code")
    claims = await desk.provider.vouch(begun, given["code"], given["iss"])
    person = person_of(claims, desk.provider.settings)
    signed = await asyncio.to_thread(deps_of(request).doors.outside.enter, person, visitor=visitor_of(request))
    return signed, begun
