"""Who may call a route: each route names the right it needs, through `Needs`, or that it is open, through `OPEN`.

tests/access walks every route and fails for one that names neither.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.requests import HTTPConnection

from beffroi.govern.accounts import NotSignedInError, SecondFactorMissingError, Session
from beffroi.govern.rights import Actor, Right, may
from beffroi.serve.cookies import COOKIE
from beffroi.serve.deps import deps_of
from beffroi.serve.guards import SAFE_METHODS
from beffroi.serve.problems import Problem
from beffroi.vocabulary.errors import BeffroiError, NotAuthorisedError

CSRF_HEADER = "X-CSRF-Token"


@dataclass(frozen=True, slots=True)
class Needs:
    """A dependency: signed in, with this right, and with the CSRF token when the method is unsafe.

    ``right`` None: signed in is enough (one's own session). Gives the session; its ``actor`` goes to the doors, which
    check the right again: this lock answers early and is counted by the access test, theirs is the one that holds.
    """

    right: Right | None
    enrolling: bool = False
    """Also for somebody whose role needs a second factor that is not set up yet: one's own account only."""

    def __call__(self, request: Request) -> Session:
        """Check and give the session.

        Raises:
            Problem: 401 `not_signed_in`, 403 `bad_csrf`, 403 `not_authorised`, 403 `second_factor_missing`.
        """
        session = session_of(request, enrolling=self.enrolling)
        if request.method not in SAFE_METHODS:
            _check_csrf(request, session)
        self.check(request, session.actor)
        return session

    def check(self, connection: HTTPConnection, actor: Actor) -> None:
        """Refuse an actor without the right; the refusal is journalled."""
        if self.right is not None and not may(actor, self.right):
            deps_of(connection).doors.journal.refused(actor, self.right.value, about_of(connection), why="role")
            raise Problem(403, "not_authorised", f"this needs the right {self.right.value}", mend="Ask a supervisor.")


def _check_csrf(request: Request, session: Session) -> None:
    """Refuse an unsafe request that does not repeat the session's token."""
    try:
        deps_of(request).doors.sessions.check_csrf(session, request.headers.get(CSRF_HEADER, ""))
    except NotAuthorisedError as error:
        deps_of(request).doors.journal.refused(session.actor, "forged_request", about_of(request), why="csrf")
        mend = f"Send the session's csrf_token in {CSRF_HEADER}."
        raise Problem(403, "bad_csrf", str(error), mend=mend) from None


def about_of(connection: HTTPConnection) -> str:
    """What a request is about, as the journal names things: the camera or alert of its address, else the route."""
    for name in ("camera", "alert", "rule"):
        if found := connection.path_params.get(f"{name}_id"):
            return f"{name}:{found}"[:200]
    return f"route:{connection.url.path}"[:200]


@dataclass(frozen=True, slots=True)
class Open:
    """A dependency that marks a route as open to anyone, and says why."""

    why: str

    def __call__(self) -> None:
        """Nothing to check."""


def may_upload(connection: HTTPConnection, right: Right) -> bool:
    """Whether somebody with this right sends this: asked before a body over the usual limit is read at all."""
    try:
        return may(session_of(connection).actor, right)
    except (Problem, BeffroiError):
        return False


def session_of(connection: HTTPConnection, *, enrolling: bool = False) -> Session:
    """The session of the request's cookie.

    Raises:
        Problem: 401 `not_signed_in`, 403 `second_factor_missing`.
    """
    token = connection.cookies.get(COOKIE, "")
    sessions = deps_of(connection).doors.sessions
    try:
        return sessions.own(token) if enrolling else sessions.session(token)
    except SecondFactorMissingError as error:
        raise Problem(403, error.code, str(error), mend="Open your own account.") from None
    except NotSignedInError:
        raise Problem(401, "not_signed_in", "sign in first", mend="Open the sign-in page.") from None
