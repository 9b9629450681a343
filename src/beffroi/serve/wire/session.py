"""Signing in, who is signed in, whom an alert can be handed to."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from beffroi.govern.accounts import Session, User
from beffroi.govern.rights import RIGHTS
from beffroi.serve.wire.form import Wire, example

USER_EXAMPLE = {"username": "operateur", "display_name": "Opératrice de permanence", "role": "operator"}
SIGN_IN_EXAMPLE = {"username": "operateur", "password": "le mot de passe de ce compte"}
SESSION_EXAMPLE = {
    "step": "done",
    "user": USER_EXAMPLE,
    "csrf_token": "b1f0c6…",
    "rights": ["see_queue", "see_cameras"],
}
Password = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=6, max_length=40)]


class SignInIn(Wire):
    """Name and password."""

    model_config = example(**SIGN_IN_EXAMPLE)

    username: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    password: Password = Field(repr=False)


class CodeIn(Wire):
    """A code of the authenticator application, or a recovery code."""

    model_config = example(code="492 039")

    code: Code = Field(repr=False)


class UserOut(Wire):
    """A person with an account."""

    model_config = example(**USER_EXAMPLE)

    username: str
    display_name: str
    role: str


class SessionOut(Wire):
    """Who is signed in, what their role lets them do, and the token that unsafe requests carry in `X-CSRF-Token`.

    `step` says what is left: `code` (give it with `POST /session/code`; nobody is signed in yet, `user` is null) or
    `enrol` (the role needs a second factor: nothing but one's own account can be reached before it is set up).
    """

    model_config = example(**SESSION_EXAMPLE)

    step: Literal["done", "code", "enrol"]
    user: UserOut | None
    csrf_token: str
    rights: tuple[str, ...]


def user_out(user: User) -> UserOut:
    """An account on the wire."""
    return UserOut(username=user.username, display_name=user.display_name, role=user.role.value)


def session_out(session: Session) -> SessionOut:
    """A session on the wire; before the code was given it says nothing of the account."""
    step = session.step.value
    rights = tuple(sorted(right.value for right in RIGHTS[session.actor.role])) if step == "done" else ()
    user = None if step == "code" else user_out(session.user)
    return SessionOut(step=step, user=user, csrf_token=session.csrf_token, rights=rights)
