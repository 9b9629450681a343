"""The door for people whom an OpenID Connect provider vouches for: an account of their own, made or kept up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from beffroi.govern.accounts import USERNAME, OutsideRefusedError, SignedIn, scopes_json, scopes_of
from beffroi.govern.identity.administering import told
from beffroi.govern.identity.sessions import Sessions, Visitor
from beffroi.govern.passage import Passage, Writing
from beffroi.govern.rights import ALL, EVERYWHERE, Role, Scope
from beffroi.keep.store import second_factors, users
from beffroi.keep.store.users import KeptUser
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsidePerson:
    """What a provider says of somebody, already checked and mapped. ``role`` None: no claim gives one. ``groups``: of
    cameras; None: the provider has no say in them.
    """

    issuer: str
    subject: str
    username: str
    display_name: str
    role: Role | None
    groups: frozenset[str] | None = None


class Outside:
    """Signing in on a provider's word."""

    def __init__(self, passage: Passage, sessions: Sessions) -> None:
        self._passage = passage
        self._sessions = sessions

    def enter(self, person: OutsidePerson, *, visitor: Visitor) -> SignedIn:
        """Open a session. The first time an account is made; each time its role and camera groups become what is said
        now. The purposes set here stay; so do the groups where the provider has no say in them.

        Raises:
            OutsideRefusedError: no role is given, the account is closed, its name is that of a local account, or it is
                the last open administrator's and another role is given.
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
            if not user.enabled:
                return "closed"
            lost = user.role == Role.ADMINISTRATOR.value and person.role is not Role.ADMINISTRATOR
            last = lost and not users.others_open(writing.connection, user.username, Role.ADMINISTRATOR.value)
            return "last_administrator" if last else ""
        if not USERNAME.fullmatch(name):
            return "bad_name"
        return "name_taken" if users.get_user(writing.connection, name) is not None else ""

    def _add(self, writing: Writing, person: OutsidePerson, name: str) -> KeptUser:
        role = person.role or Role.OPERATOR
        scopes = EVERYWHERE if person.groups is None else (Scope(groups=person.groups),)
        user = KeptUser(
            username=name,
            display_name=person.display_name.strip()[:120] or name,
            role=role.value,
            password_hash="",
            enabled=True,
            failures=0,
            locked_until=UtcNs(0),
            made_at=writing.now,
            scopes=scopes_json(scopes),
        )
        users.add_user(writing.connection, user)
        second_factors.add_identity(writing.connection, person.issuer, person.subject, name, writing.now)
        writing.trace("add_user", f"user:{name}", detail=_detail(person, role.value) | {"scopes": told(scopes)})
        return user

    def _update(self, writing: Writing, person: OutsidePerson, user: KeptUser) -> KeptUser:
        role = (person.role or Role.OPERATOR).value
        before, about = scopes_of(user), f"user:{user.username}"
        scopes = before if person.groups is None else within(before, person.groups)
        if user.role != role:
            users.set_role(writing.connection, user.username, role)
            writing.trace("set_role", about, detail=_detail(person, role))
        if frozenset(scopes) != frozenset(before):
            users.set_scopes(writing.connection, user.username, scopes_json(scopes))
            detail = {"scopes": told(scopes), "provider": person.issuer}
            writing.trace("set_scopes", about, detail=detail)
        if user.role != role or frozenset(scopes) != frozenset(before):
            users.end_sessions_of(writing.connection, user.username)
        shown = person.display_name.strip()[:120] or user.display_name
        users.set_display_name(writing.connection, user.username, shown)
        return replace(user, role=role, scopes=scopes_json(scopes), display_name=shown)


def _detail(person: OutsidePerson, role: str) -> dict[str, str]:
    return {"role": role, "provider": person.issuer}


def within(scopes: Sequence[Scope], groups: frozenset[str]) -> tuple[Scope, ...]:
    """Scopes moved to other groups of cameras, their purposes kept. A group that is new gets what all of them have in
    common; a scope that is left without a group holds nothing, and remembers its purposes.

    >>> within((Scope(purposes=frozenset({"safety"})),), frozenset({"quays"}))[0].purposes
    frozenset({'safety'})
    """
    kept = [replace(one, groups=groups if ALL in one.groups else groups & one.groups) for one in scopes]
    new = groups.difference(*(one.groups for one in kept)) if scopes else frozenset()
    named = [one.purposes for one in scopes if ALL not in one.purposes]
    common = frozenset.intersection(*named) if named else frozenset({ALL})
    if new and common:
        kept.append(Scope(groups=new, purposes=common, clear=all(one.clear for one in scopes)))
    merged: dict[tuple[frozenset[str], bool], frozenset[str]] = {}
    for one in kept:
        merged[one.purposes, one.clear] = merged.get((one.purposes, one.clear), frozenset()) | one.groups
    return tuple(Scope(groups=held, purposes=these, clear=clear) for (these, clear), held in merged.items())
