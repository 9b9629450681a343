"""Signing in, who is signed in, whom an alert can be handed to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from beffroi.serve.wire.form import Wire, example

USER_EXAMPLE = {"username": "operateur", "display_name": "Opératrice de permanence", "role": "operator"}
SIGN_IN_EXAMPLE = {"username": "operateur", "password": "le mot de passe de ce compte"}
SESSION_EXAMPLE = {"user": USER_EXAMPLE, "csrf_token": "b1f0c6…", "rights": ["see_queue", "see_cameras"]}


class SignInIn(Wire):
    """Name and password."""

    model_config = example(**SIGN_IN_EXAMPLE)

    username: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=256)] = Field(repr=False)


class UserOut(Wire):
    """A person with an account."""

    model_config = example(**USER_EXAMPLE)

    username: str
    display_name: str
    role: str


class SessionOut(Wire):
    """Who is signed in, what their role lets them do, and the token that unsafe requests carry in `X-CSRF-Token`."""

    model_config = example(**SESSION_EXAMPLE)

    user: UserOut
    csrf_token: str
    rights: tuple[str, ...]
