"""The door for people whom an OpenID Connect provider vouches for: an account of their own, made or kept up to date."""

from __future__ import annotations

from dataclasses import dataclass, replace

from beffroi.govern.accounts import USERNAME, OutsideRefusedError, SignedIn, scopes_json, scopes_of
from beffroi.govern.identity.sessions import Sessions, Visitor
from beffroi.govern.passage import Passage, Writing
from beffroi.govern.rights import Role, Scope
from beffroi.keep.store import second_factors, users
from beffroi.keep.store.users import KeptUser
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsidePerson:
    """What a provider says of somebody, already checked and mapped. ``role`` None: no claim gives one."""

    issuer: str
    subject: str
    username: str
    display_name: str
    role: Role | None
    scopes: tuple[Scope, ...]


class Outside:
    """Signing in on a provider's word."""

    def __init__(self, passage: Passage, sessions: Sessions) -> None:
        self._passage = passage
        self._sessions = sessions

    def enter(self, person: OutsidePerson, *, visitor: Visitor) -> SignedIn:
        """Open a session. The first time an account is made; each time its role and scopes become what is said now.

        Raises:
            OutsideRefusedError: no role is given, the account is closed, or its name is that of a local account.
        """
        name = person.username.strip().lower()
        detail = {"client": visitor.client, "factor": "provider"}
        refusal = ""
        with self._passage.signing("unknown", person.role or Role.OPERATOR) as writing:
            known = second_factors.account_of(writing.connection, person.issuer, person.subject)
            user = users.get_user(writing.connection, known) if known else None
            refusal = self._refusal(writing, person, user, name)
            about = f"user:{user.username if user else 'unknown'}"
            if refusal:
                writing.trace("sign_in", about, allowed=False, why=refusal, detail=detail)
            else:
                user = self._update(writing, person, user) if user else self._add(writing, person, name)
                writing.actor = replace(writing.actor, name=user.username)
                writing.trace("sign_in", f"user:{user.username}", detail=detail)
                return self._sessions.open(writing, user, visitor)
        raise OutsideRefusedError(refusal)

    def _refusal(self, writing: Writing, person: OutsidePerson, user: KeptUser | None, name: str) -> str:
        """Why this person is not let in; "" when they are."""
        if person.role is None or person.role is Role.SYSTEM:
            return "no_role"
        if user is not None:
            return "" if user.enabled else "closed"
        if not USERNAME.fullmatch(name):
            return "bad_name"
        return "name_taken" if users.get_user(writing.connection, name) is not None else ""

    def _add(self, writing: Writing, person: OutsidePerson, name: str) -> KeptUser:
        role = person.role or Role.OPERATOR
        user = KeptUser(
            username=name,
            display_name=person.display_name.strip()[:120] or name,
            role=role.value,
            password_hash="",
            enabled=True,
            failures=0,
            locked_until=UtcNs(0),
            made_at=writing.now,
            scopes=scopes_json(person.scopes),
        )
        users.add_user(writing.connection, user)
        second_factors.add_identity(writing.connection, person.issuer, person.subject, name, writing.now)
        writing.trace("add_user", f"user:{name}", detail={"role": role.value, "provider": person.issuer})
        return user

    def _update(self, writing: Writing, person: OutsidePerson, user: KeptUser) -> KeptUser:
        role = (person.role or Role.OPERATOR).value
        if user.role != role or frozenset(scopes_of(user)) != frozenset(person.scopes):
            users.set_role(writing.connection, user.username, role)
            users.set_scopes(writing.connection, user.username, scopes_json(person.scopes))
            users.end_sessions_of(writing.connection, user.username)
            detail = {"role": role, "provider": person.issuer}
            writing.trace("set_role", f"user:{user.username}", detail=detail)
        shown = person.display_name.strip()[:120] or user.display_name
        users.set_display_name(writing.connection, user.username, shown)
        return replace(user, role=role, scopes=scopes_json(person.scopes), display_name=shown)
