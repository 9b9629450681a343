"""The nouns of identity: accounts, sessions, and why somebody is not let in. Their doors are in ``govern.identity``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from beffroi.govern.rights import EVERYWHERE, Actor, Role, Scope
from beffroi.keep.store.users import KeptUser
from beffroi.vocabulary.errors import NotAuthorisedError
from beffroi.vocabulary.time import UtcNs

USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,62}[a-z0-9]")
"""What a user name is made of."""


class BadCredentialsError(NotAuthorisedError):
    """User name or password is wrong; which of the two is never said."""


class LockedOutError(NotAuthorisedError):
    """Too many wrong passwords in a row: none is tried before ``retry_after_s`` have passed."""

    def __init__(self, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"too many wrong passwords; try again in {max(1, round(retry_after_s))} s")


class NotSignedInError(NotAuthorisedError):
    """There is no such session, or its time is over."""


class BadCodeError(NotAuthorisedError):
    """The code is wrong, was used before, or is of another moment; which of them is never said."""


class SecondFactorMissingError(NotAuthorisedError):
    """The role needs a second factor and the account has none: nothing is possible but to set one up."""

    code = "second_factor_missing"


class OutsideRefusedError(NotAuthorisedError):
    """The provider vouches for this person, but the house lets nobody in on that word; says why."""


class Step(StrEnum):
    """What is left of signing in: nothing, the code of the second factor, or setting one up."""

    DONE = "done"
    CODE = "code"
    ENROL = "enrol"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account as others may see it."""

    username: str
    display_name: str
    role: Role
    enabled: bool = True
    scopes: tuple[Scope, ...] = EVERYWHERE
    outside: bool = False
    """Vouched for by an OpenID Connect provider: no password here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """An account to make. ``username``: 3 to 64 of a-z, 0-9, ``. _ -``, a letter first."""

    username: str
    display_name: str
    role: Role
    password: str = field(repr=False)
    scopes: tuple[Scope, ...] = EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who is signed in."""

    actor: Actor
    user: User
    csrf_token: str = field(repr=False)
    expires_at: UtcNs
    session_id: str = ""
    step: Step = Step.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A new session and its token, which goes into the cookie and nowhere else.

    While ``session.step`` is CODE the token is good for giving the code only: no door takes it for a session.
    """

    token: str = field(repr=False)
    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session as its owner may see it: never its token. ``here``: the one that asks."""

    session_id: str
    made_at: UtcNs
    seen_at: UtcNs
    expires_at: UtcNs
    client: str
    agent: str
    here: bool = False


def user_of(kept: KeptUser) -> User:
    """An account as others may see it."""
    return User(
        username=kept.username,
        display_name=kept.display_name,
        role=Role(kept.role),
        enabled=kept.enabled,
        scopes=scopes_of(kept),
        outside=not kept.password_hash,
    )


def scopes_of(kept: KeptUser) -> tuple[Scope, ...]:
    """Where an account's rights hold."""
    return tuple(
        Scope(groups=frozenset(one["groups"]), purposes=frozenset(one["purposes"]), clear=bool(one["clear"]))
        for one in kept.scopes
    )


def scopes_json(scopes: Iterable[Scope]) -> list[dict[str, Any]]:
    """Scopes as they are stored."""
    return [{"groups": sorted(one.groups), "purposes": sorted(one.purposes), "clear": one.clear} for one in scopes]
