"""The door of accounts: who has one, in which role, where its rights hold. The last administrator stays."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from beffroi.govern.accounts import USERNAME, NewUser, User, scopes_json, scopes_of, user_of
from beffroi.govern.identity.guarding import Guard
from beffroi.govern.passage import Passage, Writing
from beffroi.govern.rights import ALL, RIGHTS, Actor, Right, Role, Scope
from beffroi.keep.store import second_factors, users
from beffroi.keep.store.users import KeptUser
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotAuthorisedError, NotFoundError
from beffroi.vocabulary.journal import Detail
from beffroi.vocabulary.time import UtcNs

_SCOPES_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSheet:
    """An account as administrators see it. ``locked_until`` None: nothing locks it."""

    user: User
    made_at: UtcNs
    locked_until: UtcNs | None
    second_factor: bool
    sessions: int


class Accounts:
    """What administrators do with accounts. Nobody gives, or touches, more than they have themselves."""

    def __init__(self, passage: Passage, guard: Guard) -> None:
        self._passage = passage
        self._guard = guard

    def operators(self, actor: Actor) -> list[User]:
        """Whom an alert can be handed to: every open account that may answer, by name."""
        with self._passage.reading(actor, Right.SEE_QUEUE) as connection:
            known = [user_of(kept) for kept in users.all_users(connection) if kept.enabled]
        return [user for user in known if Right.DECIDE in RIGHTS[user.role]]

    def users(self, actor: Actor) -> list[User]:
        """Every account, by name."""
        with self._passage.reading(actor, Right.MANAGE_ACCOUNTS) as connection:
            return [user_of(kept) for kept in users.all_users(connection)]

    def sheets(self, actor: Actor) -> list[AccountSheet]:
        """Every account with how it stands, by name."""
        with self._passage.reading(actor, Right.MANAGE_ACCOUNTS) as connection:
            now = self._passage.clock()
            with_factor, sessions = second_factors.confirmed(connection), users.open_sessions(connection, now)
            return [
                AccountSheet(
                    user=user_of(kept),
                    made_at=kept.made_at,
                    locked_until=kept.locked_until if kept.locked_until > now else None,
                    second_factor=kept.username in with_factor,
                    sessions=sessions.get(kept.username, 0),
                )
                for kept in users.all_users(connection)
            ]

    def add(self, actor: Actor, new: NewUser) -> User:
        """Make an account.

        Raises:
            InvalidInputError: name, role, scopes or password is not allowed; says what is.
            ConflictError: the name is taken.
        """
        if not USERNAME.fullmatch(new.username):
            raise InvalidInputError(
                f"user name {new.username!r} cannot be used",
                where="username",
                mend="Use 3 to 64 of a-z, 0-9, dot, dash, underscore, with a letter first.",
            )
        _check_role(new.role)
        _check_scopes(new.scopes)
        self._guard.check_password(new.username, new.password)
        kept = KeptUser(
            username=new.username,
            display_name=new.display_name.strip() or new.username,
            role=new.role.value,
            password_hash=self._guard.hash(new.password),
            enabled=True,
            failures=0,
            locked_until=UtcNs(0),
            made_at=self._passage.clock(),
            scopes=scopes_json(new.scopes),
        )
        about, detail = f"user:{new.username}", {"role": new.role.value, "scopes": told(new.scopes)}
        with self._passage.writing(actor, Right.MANAGE_ACCOUNTS, about, act="add_user", detail=detail) as writing:
            _check_within(actor, new.scopes)
            if users.get_user(writing.connection, new.username) is not None:
                raise ConflictError(f"there is an account {new.username!r} already")
            users.add_user(writing.connection, kept)
        return user_of(kept)

    def set_role(self, actor: Actor, username: str, role: Role) -> User:
        """Give an account another role; its sessions end, so that none goes on with former rights.

        Raises:
            NotFoundError: no such account.
            InvalidInputError: no account can have that role.
            ConflictError: it is the last open administrator, or one's own account.
        """
        _check_role(role)
        with self._about(actor, username, "set_role", {"role": role.value}) as (writing, kept):
            _check_other(actor, kept)
            if role is not Role.ADMINISTRATOR:
                _check_not_last(writing.connection, kept)
            users.set_role(writing.connection, username, role.value)
            users.end_sessions_of(writing.connection, username)
        return self._read(username)

    def set_scopes(self, actor: Actor, username: str, scopes: Sequence[Scope]) -> User:
        """Say where an account's rights hold; its sessions end.

        Raises:
            NotFoundError: no such account.
            InvalidInputError: a scope holds nothing.
            NotAuthorisedError: they are wider than this person's own.
            ConflictError: it is one's own account.
        """
        _check_scopes(scopes)
        with self._about(actor, username, "set_scopes", {"scopes": told(scopes)}) as (writing, kept):
            _check_other(actor, kept)
            _check_within(actor, scopes)
            users.set_scopes(writing.connection, username, scopes_json(scopes))
            users.end_sessions_of(writing.connection, username)
        return self._read(username)

    def set_password(self, actor: Actor, username: str, password: str) -> None:
        """Give an account another password and lift its lock; its sessions end.

        Raises:
            NotFoundError: no such account.
            InvalidInputError: the password is too weak.
            ConflictError: its provider keeps the password.
        """
        self._guard.check_password(username, password)
        hashed = self._guard.hash(password)
        with self._about(actor, username, "set_password") as (writing, kept):
            if not kept.password_hash:
                raise ConflictError(f"{username} has no password here: its provider keeps it")
            users.set_password_hash(writing.connection, username, hashed)
            users.set_failures(writing.connection, username, 0, UtcNs(0))
            users.end_sessions_of(writing.connection, username)

    def disable(self, actor: Actor, username: str, *, enabled: bool = False) -> None:
        """Close an account, or open it again; closing ends its sessions at once.

        Raises:
            NotFoundError: no such account.
            ConflictError: it is the last open administrator.
        """
        with self._about(actor, username, "enable_user" if enabled else "disable_user") as (writing, kept):
            if not enabled:
                _check_not_last(writing.connection, kept)
            users.set_enabled(writing.connection, username, enabled=enabled)
            users.end_sessions_of(writing.connection, username)

    def unlock(self, actor: Actor, username: str) -> None:
        """Lift the lock that wrong passwords and codes have put on an account.

        Raises:
            NotFoundError: no such account.
        """
        with self._about(actor, username, "unlock_user") as (writing, _):
            users.set_failures(writing.connection, username, 0, UtcNs(0))

    def reset_second_factor(self, actor: Actor, username: str) -> None:
        """Forget an account's second factor (a lost telephone); its sessions end, it may set up another.

        Raises:
            NotFoundError: no such account, or it has none.
        """
        with self._about(actor, username, "reset_second_factor") as (writing, _):
            if not second_factors.drop(writing.connection, username):
                raise NotFoundError(f"{username} has no second factor")
            users.end_sessions_of(writing.connection, username)

    def end_sessions(self, actor: Actor, username: str) -> int:
        """End every session of an account; how many there were.

        Raises:
            NotFoundError: no such account.
        """
        with self._about(actor, username, "end_sessions") as (writing, _):
            return users.end_sessions_of(writing.connection, username)

    @contextmanager
    def _about(
        self, actor: Actor, username: str, act: str, detail: Detail | None = None
    ) -> Iterator[tuple[Writing, KeptUser]]:
        """A traced write about an account that this person may touch."""
        about = f"user:{username}"
        with self._passage.writing(actor, Right.MANAGE_ACCOUNTS, about, act=act, detail=detail) as writing:
            kept = users.get_user(writing.connection, username)
            if kept is None:
                raise NotFoundError(f"there is no account {username!r}")
            # else one who is limited would sign in as one who is not
            _check_within(actor, scopes_of(kept))
            yield writing, kept

    def _read(self, username: str) -> User:
        with self._passage.database.read() as connection:
            kept = users.get_user(connection, username)
        if kept is None:
            raise NotFoundError(f"there is no account {username!r}")
        return user_of(kept)


def told(scopes: Collection[Scope]) -> str:
    """Scopes as the journal says them.

    >>> told((Scope(groups=frozenset({"quays"}), clear=True),))
    'quays for * (clear)'
    """
    each = (
        f"{'+'.join(sorted(one.groups))} for {'+'.join(sorted(one.purposes))}{' (clear)' if one.clear else ''}"
        for one in scopes
    )
    return "; ".join(each) or "nowhere"


def _check_role(role: Role) -> None:
    if role is Role.SYSTEM:
        roles = ", ".join(one.value for one in Role if one is not Role.SYSTEM)
        raise InvalidInputError("no account can be the pipeline", where="role", mend=f"Use one of {roles}.")


def _check_scopes(scopes: Collection[Scope]) -> None:
    if len(scopes) > _SCOPES_MOST:
        raise InvalidInputError("there are too many", where="scopes", mend=f"At most {_SCOPES_MOST}.")
    if any(not one.groups or not one.purposes for one in scopes):
        mend = 'Name a camera group and a purpose in each, or "*" for all.'
        raise InvalidInputError("a scope holds nothing", where="scopes", mend=mend)


def _check_within(actor: Actor, scopes: Collection[Scope]) -> None:
    """Nobody gives, or touches, what reaches further than they do themselves."""
    for given in scopes:
        if not any(_holds(own, given) for own in actor.scopes):
            what = f"{told((given,))} reaches further than your own rights"
            raise NotAuthorisedError(f"{what}: ask an administrator who has them")


def _holds(own: Scope, given: Scope) -> bool:
    groups = ALL in own.groups or given.groups <= own.groups
    return groups and (ALL in own.purposes or given.purposes <= own.purposes)


def _check_other(actor: Actor, kept: KeptUser) -> None:
    if actor.name == kept.username:
        raise ConflictError("nobody changes their own role or scopes: ask another administrator")


def _check_not_last(connection: Connection, kept: KeptUser) -> None:
    last = kept.enabled and kept.role == Role.ADMINISTRATOR.value
    if last and not users.others_open(connection, kept.username, Role.ADMINISTRATOR.value):
        raise ConflictError(f"{kept.username} is the last open administrator: make another one first")
