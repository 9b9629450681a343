"""Accounts and sessions: argon2 passwords, growing lock-out, server-side sessions, CSRF derived from the token."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from beffroi.govern.passage import Passage
from beffroi.govern.rights import EVERYWHERE, RIGHTS, Actor, Right, Role, Scope
from beffroi.govern.settings import GovernanceSettings
from beffroi.keep.store import users
from beffroi.keep.store.users import KeptSession, KeptUser
from beffroi.vocabulary.errors import (
    ConflictError,
    InvalidInputError,
    NotAuthorisedError,
    NotFoundError,
    StorageError,
)
from beffroi.vocabulary.time import UtcNs, ns_to_seconds, seconds_to_ns

log = structlog.get_logger("beffroi.govern")

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,62}[a-z0-9]")
_PASSWORD_MAX = 256
_STRANGERS_MAX = 4096


class BadCredentialsError(NotAuthorisedError):
    """User name or password is wrong; which of the two is never said."""


class LockedOutError(NotAuthorisedError):
    """Too many wrong passwords in a row: none is tried before ``retry_after_s`` have passed."""

    def __init__(self, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"too many wrong passwords; try again in {max(1, round(retry_after_s))} s")


class NotSignedInError(NotAuthorisedError):
    """There is no such session, or its time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account as others may see it."""

    username: str
    display_name: str
    role: Role
    enabled: bool = True
    scopes: tuple[Scope, ...] = EVERYWHERE


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A new session and its token, which goes into the cookie and nowhere else."""

    token: str = field(repr=False)
    session: Session


class Accounts:
    """The door of accounts and sessions."""

    def __init__(self, passage: Passage, settings: GovernanceSettings) -> None:
        self._passage = passage
        self._settings = settings
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_time_cost,
            memory_cost=settings.argon2_memory_kib,
            parallelism=settings.argon2_lanes,
        )
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))
        self._strangers = _Strangers()

    def sign_in(self, username: str, password: str, *, client: str = "") -> SignedIn:
        """Open a session. ``client`` (an address) goes into the trace only.

        Raises:
            BadCredentialsError: wrong name or password, or a closed account.
            LockedOutError: too many wrong passwords; names nobody knows are locked out alike.
        """
        name = username.strip().lower()
        known = self._reserve_attempt(name)
        right_password = self._verify(known.password_hash if known else self._nobody, password)
        with self._passage.signing(name if known else "unknown") as writing:
            user = users.get_user(writing.connection, name) if known else None
            # the account may have been closed, or its password changed, while the hash was being computed
            good = user is not None and known is not None and user.enabled and right_password
            good = good and user is not None and known is not None and user.password_hash == known.password_hash
            detail = {"client": client}
            if not good or user is None:
                writing.trace("sign_in", f"user:{name if user else 'unknown'}", allowed=False, detail=detail)
            else:
                users.set_failures(writing.connection, name, 0, UtcNs(0))
                if self._hasher.check_needs_rehash(user.password_hash):
                    users.set_password_hash(writing.connection, name, self._hasher.hash(password))
                writing.trace("sign_in", f"user:{name}", detail=detail)
                token = secrets.token_urlsafe(32)
                expires_at = UtcNs(writing.now + seconds_to_ns(self._settings.session_idle_s))
                opened = KeptSession(
                    token_sha256=_digest(token),
                    username=name,
                    made_at=writing.now,
                    seen_at=writing.now,
                    expires_at=expires_at,
                )
                users.add_session(writing.connection, opened)
                return SignedIn(token=token, session=_session(user, token, expires_at))
        raise BadCredentialsError("wrong user name or password")

    def session(self, token: str) -> Session:
        """Who a token belongs to, as the account is now; using it keeps the session alive.

        Raises:
            NotSignedInError: no such session, its time is over, or the account is closed.
        """
        digest, now = _digest(token), self._passage.clock()
        with self._passage.database.read() as connection:
            kept = users.get_session(connection, digest)
            user = users.get_user(connection, kept.username) if kept else None
        if kept is None or user is None or not user.enabled or now >= kept.expires_at:
            raise NotSignedInError("not signed in, or the session is over: sign in again")
        expires_at = kept.expires_at
        if now - kept.seen_at >= seconds_to_ns(self._settings.touch_every_s):
            idle = now + seconds_to_ns(self._settings.session_idle_s)
            last = kept.made_at + seconds_to_ns(self._settings.session_max_s)
            expires_at = UtcNs(min(idle, last))
            try:
                with self._passage.signing(user.username) as writing:
                    users.touch_session(writing.connection, digest, seen_at=now, expires_at=expires_at)
            except StorageError as error:
                # a full disk must not shut the desk: the session just is not prolonged
                log.warning("session_not_prolonged", cause=str(error))
                expires_at = kept.expires_at
        return _session(user, token, expires_at)

    def rotate(self, token: str) -> SignedIn:
        """Swap a token for a new one, same person, same end: after anything that could have leaked it.

        Raises:
            NotSignedInError: no such session.
        """
        session = self.session(token)
        fresh = secrets.token_urlsafe(32)
        with self._passage.signing(session.user.username) as writing:
            kept = users.get_session(writing.connection, _digest(token))
            if kept is None:
                raise NotSignedInError("not signed in, or the session is over: sign in again")
            users.end_session(writing.connection, _digest(token))
            again = KeptSession(
                token_sha256=_digest(fresh),
                username=kept.username,
                made_at=kept.made_at,
                seen_at=kept.seen_at,
                expires_at=kept.expires_at,
            )
            users.add_session(writing.connection, again)
            user = users.get_user(writing.connection, kept.username)
        if user is None:
            raise NotSignedInError("the account is gone")
        return SignedIn(token=fresh, session=_session(user, fresh, kept.expires_at))

    def check_csrf(self, session: Session, given: str) -> None:
        """Do nothing when the header repeats the session's CSRF token; compared in constant time.

        Raises:
            NotAuthorisedError: it does not.
        """
        if not hmac.compare_digest(session.csrf_token.encode(), given.encode("utf-8", "replace")):
            raise NotAuthorisedError("the request lacks its X-CSRF-Token: reload the page and try again")

    def sign_out(self, token: str) -> None:
        """End a session; one that is over already is no error."""
        digest = _digest(token)
        with self._passage.database.read() as connection:
            kept = users.get_session(connection, digest)
        if kept is None:
            return
        with self._passage.signing(kept.username) as writing:
            if users.end_session(writing.connection, digest):
                writing.trace("sign_out", f"user:{kept.username}")

    def operators(self, actor: Actor) -> list[User]:
        """Whom an alert can be handed to: every open account that may answer, by name."""
        with self._passage.reading(actor, Right.SEE_QUEUE) as connection:
            known = [_user(kept) for kept in users.all_users(connection) if kept.enabled]
        return [user for user in known if Right.DECIDE in RIGHTS[user.role]]

    def users(self, actor: Actor) -> list[User]:
        """Every account, by name."""
        with self._passage.reading(actor, Right.MANAGE_ACCOUNTS) as connection:
            return [_user(kept) for kept in users.all_users(connection)]

    def add(self, actor: Actor, new: NewUser) -> User:
        """Make an account.

        Raises:
            InvalidInputError: name, role or password is not allowed; says what is.
            ConflictError: the name is taken.
        """
        if not _USERNAME.fullmatch(new.username):
            raise InvalidInputError(
                f"user name {new.username!r} cannot be used",
                where="username",
                mend="Use 3 to 64 of a-z, 0-9, dot, dash, underscore, with a letter first.",
            )
        if new.role is Role.SYSTEM:
            roles = ", ".join(role.value for role in Role if role is not Role.SYSTEM)
            raise InvalidInputError("no account can be the pipeline", where="role", mend=f"Use one of {roles}.")
        self._check_password(new.username, new.password)
        kept = KeptUser(
            username=new.username,
            display_name=new.display_name.strip() or new.username,
            role=new.role.value,
            password_hash=self._hasher.hash(new.password),
            enabled=True,
            failures=0,
            locked_until=UtcNs(0),
            made_at=self._passage.clock(),
            scopes=scopes_json(new.scopes),
        )
        about, detail = f"user:{new.username}", {"role": new.role.value}
        with self._passage.writing(actor, Right.MANAGE_ACCOUNTS, about, act="add_user", detail=detail) as writing:
            if users.get_user(writing.connection, new.username) is not None:
                raise ConflictError(f"there is an account {new.username!r} already")
            users.add_user(writing.connection, kept)
        return _user(kept)

    def set_password(self, actor: Actor, username: str, password: str) -> None:
        """Give an account another password; its sessions end.

        Raises:
            NotFoundError: no such account.
            InvalidInputError: the password is too weak.
        """
        self._check_password(username, password)
        hashed = self._hasher.hash(password)
        about = f"user:{username}"
        with self._passage.writing(actor, Right.MANAGE_ACCOUNTS, about, act="set_password") as writing:
            if users.get_user(writing.connection, username) is None:
                raise NotFoundError(f"there is no account {username!r}")
            users.set_password_hash(writing.connection, username, hashed)
            users.set_failures(writing.connection, username, 0, UtcNs(0))
            users.end_sessions_of(writing.connection, username)

    def disable(self, actor: Actor, username: str, *, enabled: bool = False) -> None:
        """Close an account, or open it again; closing ends its sessions at once.

        Raises:
            NotFoundError: no such account.
        """
        act = "enable_user" if enabled else "disable_user"
        with self._passage.writing(actor, Right.MANAGE_ACCOUNTS, f"user:{username}", act=act) as writing:
            if users.get_user(writing.connection, username) is None:
                raise NotFoundError(f"there is no account {username!r}")
            users.set_enabled(writing.connection, username, enabled=enabled)
            users.end_sessions_of(writing.connection, username)

    def _reserve_attempt(self, name: str) -> KeptUser | None:
        """Count the attempt as failed before the password is looked at, so that many at once gain nothing."""
        with self._passage.signing("unknown") as writing:
            known = users.get_user(writing.connection, name)
            failures, locked_until = (known.failures, known.locked_until) if known else self._strangers.get(name)
            # a lock farther off than the longest there is was set by a clock that has gone back since
            if writing.now < locked_until <= writing.now + seconds_to_ns(self._settings.lock_max_s):
                raise LockedOutError(ns_to_seconds(locked_until - writing.now))
            failures += 1
            over = failures - self._settings.failures_before_lock
            wait_s = min(self._settings.lock_first_s * 2.0 ** min(over, 30), self._settings.lock_max_s)
            until = UtcNs(writing.now + seconds_to_ns(wait_s)) if over >= 0 else UtcNs(0)
            if known:
                users.set_failures(writing.connection, name, failures, until)
            else:
                self._strangers.set(name, failures, until)
            return known

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password[:_PASSWORD_MAX])
        except (Argon2Error, InvalidHashError):
            return False

    def _check_password(self, username: str, password: str) -> None:
        least = self._settings.password_min_length
        folded = password.lower()
        faults = (
            (len(password) < least, f"it has fewer than {least} characters"),
            (len(password) > _PASSWORD_MAX, f"it has more than {_PASSWORD_MAX} characters"),
            (len(set(folded)) < 6, "it repeats fewer than 6 different characters"),
            (bool(username) and username in folded, "it holds the user name"),
        )
        for stands, fault in faults:
            if stands:
                mend = f"Choose {least} characters or more that nobody would guess; several words are fine."
                raise InvalidInputError(f"the password cannot be used: {fault}", where="password", mend=mend)


class _Strangers:
    """Failed attempts at names that no account has: locked out alike, so that a lock betrays nothing. Bounded."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[int, UtcNs]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str) -> tuple[int, UtcNs]:
        with self._lock:
            return self._seen.get(name[:64], (0, UtcNs(0)))

    def set(self, name: str, failures: int, until: UtcNs) -> None:
        with self._lock:
            self._seen[name[:64]] = (failures, until)
            self._seen.move_to_end(name[:64])
            while len(self._seen) > _STRANGERS_MAX:
                self._seen.popitem(last=False)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _user(kept: KeptUser) -> User:
    return User(
        username=kept.username,
        display_name=kept.display_name,
        role=Role(kept.role),
        enabled=kept.enabled,
        scopes=scopes_of(kept),
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


def _session(kept: KeptUser, token: str, expires_at: UtcNs) -> Session:
    # derived, not stored: whoever has the cookie cannot be made to send it without also knowing this
    csrf = hmac.new(token.encode(), b"beffroi csrf", hashlib.sha256).hexdigest()
    actor = Actor(name=kept.username, role=Role(kept.role), scopes=scopes_of(kept))
    return Session(actor=actor, user=_user(kept), csrf_token=csrf, expires_at=expires_at)
