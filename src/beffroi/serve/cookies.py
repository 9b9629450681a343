"""The cookies of signing in: set, rotated and taken away in one manner."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import Response

from beffroi.govern.identity.sessions import Visitor
from beffroi.serve.deps import deps_of

COOKIE = "beffroi_session"
HANDSHAKE_COOKIE = "beffroi_outside"
HANDSHAKE_PATH = "/api/v1/session/outside"


def is_secure(request: HTTPConnection) -> bool:
    """Whether cookies go over https only: whenever the page came over it, or the house says so."""
    return request.url.scheme == "https" or deps_of(request).settings.cookie_always_secure


def set_session(request: HTTPConnection, response: Response, token: str) -> None:
    """Give the browser a session's token: out of reach of scripts, never sent for another site."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=round(deps_of(request).settings.session_hours * 3600),
        path="/",
        httponly=True,
        samesite="strict",
        secure=is_secure(request),
    )
    response.headers["Cache-Control"] = "no-store"


def drop_session(request: HTTPConnection, response: Response) -> None:
    """Take the cookie away."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=is_secure(request))


def set_handshake(request: HTTPConnection, response: Response, sealed: str, *, lasts_s: int) -> None:
    """Give the browser what it must come back from a provider with: by a link followed from there, hence lax."""
    response.set_cookie(
        HANDSHAKE_COOKIE,
        sealed,
        max_age=lasts_s,
        path=HANDSHAKE_PATH,
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )


def drop_handshake(request: HTTPConnection, response: Response) -> None:
    """Take it away: it has served, or is of no use."""
    response.delete_cookie(
        HANDSHAKE_COOKIE, path=HANDSHAKE_PATH, httponly=True, samesite="lax", secure=is_secure(request)
    )


def visitor_of(request: HTTPConnection) -> Visitor:
    """From where a request comes, for the trace and the list of sessions."""
    agent = "".join(mark for mark in request.headers.get("user-agent", "") if mark.isprintable())
    return Visitor(client=request.client.host if request.client else "", agent=agent[:200])
