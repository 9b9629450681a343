"""The door of sessions: signing in, in one step or two; who a token belongs to; ending it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import Connection

from beffroi.govern.accounts import (
    BadCodeError,
    BadCredentialsError,
    LockedOutError,
    NotSignedInError,
    OpenSession,
    SecondFactorMissingError,
    Session,
    SignedIn,
    Step,
    scopes_of,
    user_of,
)
from beffroi.govern.identity import second_factor
from beffroi.govern.identity.guarding import Guard
from beffroi.govern.passage import Passage, Writing
from beffroi.govern.rights import Actor, Role
from beffroi.govern.settings import GovernanceSettings
from beffroi.keep.store import second_factors, users
from beffroi.keep.store.users import KeptSession, KeptUser
from beffroi.vocabulary.errors import NotAuthorisedError, NotFoundError, StorageError
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

log = structlog.get_logger("beffroi.govern")
_FULL, _CODE = "full", "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """From where somebody signs in: an address, and what the browser says of itself. For the trace and the list."""

    client: str = ""
    agent: str = ""


class Sessions:
    """Server-side sessions. A token is in the browser's cookie and nowhere else; here is its digest."""

    def __init__(self, passage: Passage, settings: GovernanceSettings, guard: Guard) -> None:
        self._passage = passage
        self._settings = settings
        self._guard = guard

    def sign_in(self, username: str, password: str, *, visitor: Visitor | None = None) -> SignedIn:
        """Open a session, or, for an account with a second factor, one that is good for giving the code only.

        Raises:
            BadCredentialsError: wrong name or password, or a closed account.
            LockedOutError: too many wrong passwords; names nobody knows are locked out alike.
        """
        name, at = username.strip().lower(), visitor or Visitor()
        known = self._guard.reserve_attempt(name)
        right_password = self._guard.verify(known, password)
        with self._passage.signing(name if known else "unknown", _role(known)) as writing:
            user = users.get_user(writing.connection, name) if known else None
            # the account may have been closed, or its password changed, while the hash was being computed
            good = user is not None and known is not None and user.enabled and right_password
            good = good and user is not None and known is not None and user.password_hash == known.password_hash
            if good and user is not None and known is not None:
                if self._guard.is_old(user.password_hash):
                    users.set_password_hash(writing.connection, name, self._guard.hash(password))
                return self._after_password(writing, known, at)
            about = f"user:{name if user else 'unknown'}"
            writing.trace("sign_in", about, allowed=False, detail={"client": at.client})
        raise BadCredentialsError("wrong user name or password")

    def give_code(self, token: str, code: str, *, visitor: Visitor | None = None) -> SignedIn:
        """The second step: a session under a new token for the code of the authenticator, or a recovery code.

        Raises:
            NotSignedInError: no password was given before, or too long ago.
            BadCodeError: the code is not right, or was used before.
            LockedOutError: too many wrong passwords and codes.
        """
        at, digest = visitor or Visitor(), _digest(token)
        with self._passage.database.read() as connection:
            kept, user = self._kept(connection, digest, _CODE)
        try:
            self._guard.reserve_attempt(user.username)
        except LockedOutError:
            self.sign_out(token)
            raise
        with self._passage.signing(user.username, Role(user.role)) as writing:
            kept, user = self._kept(writing.connection, digest, _CODE)
            factor = second_factors.get(writing.connection, user.username)
            kind = second_factor.spend(writing, user, factor, code) if factor and factor.confirmed_at else ""
            about = f"user:{user.username}"
            if kind:
                users.end_session(writing.connection, digest)
                users.set_failures(writing.connection, user.username, 0, UtcNs(0))
                writing.trace("sign_in", about, detail={"client": at.client, "factor": kind})
                return self.open(writing, user, replace(at, client=at.client or kept.client))
            writing.trace("sign_in", about, allowed=False, why="code", detail={"client": at.client})
        raise BadCodeError("the code is not right, or was used before")

    def open(self, writing: Writing, user: KeptUser, visitor: Visitor, *, stage: str = _FULL) -> SignedIn:
        """Keep a new session in the transaction of what opens it. For the doors of identity only."""
        token = secrets.token_urlsafe(32)
        lasts_s = self._settings.session_idle_s if stage == _FULL else self._settings.second_step_s
        kept = KeptSession(
            token_sha256=_digest(token),
            username=user.username,
            made_at=writing.now,
            seen_at=writing.now,
            expires_at=UtcNs(writing.now + seconds_to_ns(min(lasts_s, self._settings.session_max_s))),
            stage=stage,
            client=visitor.client[:64],
            agent=visitor.agent[:200],
        )
        users.add_session(writing.connection, kept)
        step = Step.CODE if stage == _CODE else self._step(writing.connection, user)
        return SignedIn(token=token, session=_session(user, token, kept, step))

    def session(self, token: str) -> Session:
        """Who a token belongs to, as the account is now; using it keeps the session alive.

        Raises:
            NotSignedInError: no such session, its time is over, its code is still to come, or the account is closed.
            SecondFactorMissingError: the role needs a second factor, and there is none.
        """
        session = self.own(token)
        if session.step is Step.ENROL:
            raise SecondFactorMissingError(f"the role {session.user.role.value} needs a second factor: set one up")
        return session

    def standing(self, token: str) -> Session:
        """As ``session``, but without keeping the session alive: for what a page left open asks by itself."""
        with self._passage.database.read() as connection:
            kept, user = self._kept(connection, _digest(token), _FULL)
            step = self._step(connection, user)
        if step is Step.ENROL:
            raise SecondFactorMissingError(f"the role {user.role} needs a second factor: set one up")
        return _session(user, token, kept, step)

    def own(self, token: str) -> Session:
        """As ``session``, also for somebody who has to set up a second factor: for acts on one's own account."""
        digest, now = _digest(token), self._passage.clock()
        with self._passage.database.read() as connection:
            kept, user = self._kept(connection, digest, _FULL)
            step = self._step(connection, user)
        if now - kept.seen_at >= seconds_to_ns(self._settings.touch_every_s):
            idle = now + seconds_to_ns(self._settings.session_idle_s)
            last = kept.made_at + seconds_to_ns(self._settings.session_max_s)
            expires_at = UtcNs(min(idle, last))
            try:
                with self._passage.signing(user.username) as writing:
                    users.touch_session(writing.connection, digest, seen_at=now, expires_at=expires_at)
                kept = replace(kept, expires_at=expires_at)
            except StorageError as error:
                # a full disk must not shut the desk: the session just is not prolonged
                log.warning("session_not_prolonged", cause=str(error))
        return _session(user, token, kept, step)

    def rotate(self, token: str) -> SignedIn:
        """Swap a token for a new one, same person, same end: after anything that could have leaked it.

        Raises:
            NotSignedInError: no such session.
        """
        session = self.own(token)
        with self._passage.signing(session.user.username, session.user.role) as writing:
            return self.renew(writing, token)

    def renew(self, writing: Writing, token: str) -> SignedIn:
        """``rotate`` in the transaction of an act that calls for it. Errors as there."""
        kept, user = self._kept(writing.connection, _digest(token), _FULL)
        fresh = secrets.token_urlsafe(32)
        users.end_session(writing.connection, kept.token_sha256)
        again = replace(kept, token_sha256=_digest(fresh))
        users.add_session(writing.connection, again)
        return SignedIn(token=fresh, session=_session(user, fresh, again, self._step(writing.connection, user)))

    def check_csrf(self, session: Session, given: str) -> None:
        """Do nothing when the header repeats the session's CSRF token; compared in constant time.

        Raises:
            NotAuthorisedError: it does not.
        """
        if not hmac.compare_digest(session.csrf_token.encode(), given.encode("utf-8", "replace")):
            raise NotAuthorisedError("the request lacks its X-CSRF-Token: reload the page and try again")

    def sign_out(self, token: str) -> None:
        """End a session, whatever its stage; one that is over already is no error."""
        digest = _digest(token)
        with self._passage.database.read() as connection:
            kept = users.get_session(connection, digest)
            user = users.get_user(connection, kept.username) if kept else None
        if kept is None:
            return
        with self._passage.signing(kept.username, _role(user)) as writing:
            if users.end_session(writing.connection, digest) and kept.stage == _FULL:
                writing.trace("sign_out", f"user:{kept.username}")

    def of(self, session: Session) -> list[OpenSession]:
        """The sessions of the same person, the last used first."""
        with self._passage.database.read() as connection:
            kept = users.sessions_of(connection, session.user.username)
        now = self._passage.clock()
        return [_open(one, session) for one in kept if one.expires_at > now and one.stage == _FULL]

    def end(self, session: Session, session_id: str) -> None:
        """End one of one's own sessions, on whatever machine it is.

        Raises:
            NotFoundError: this person has no such session.
        """
        name = session.user.username
        with self._passage.signing(name, session.user.role) as writing:
            for kept in users.sessions_of(writing.connection, name):
                if session_id_of(kept.token_sha256) == session_id:
                    users.end_session(writing.connection, kept.token_sha256)
                    writing.trace("end_session", f"user:{name}", detail={"session": session_id})
                    return
        raise NotFoundError("there is no such session of yours: it may have ended already")

    def end_others(self, writing: Writing, signed: SignedIn) -> int:
        """End every session of a person but one, in the transaction of what calls for it; how many."""
        kept = users.sessions_of(writing.connection, signed.session.user.username)
        others = [one for one in kept if one.token_sha256 != _digest(signed.token)]
        for one in others:
            users.end_session(writing.connection, one.token_sha256)
        return len(others)

    def _after_password(self, writing: Writing, known: KeptUser, visitor: Visitor) -> SignedIn:
        factor = second_factors.get(writing.connection, known.username)
        if factor is not None and factor.confirmed_at is not None:
            # wrong codes go on counting: a right password takes back the attempt it was, no other
            users.set_failures(writing.connection, known.username, known.failures, UtcNs(0))
            return self.open(writing, known, visitor, stage=_CODE)
        users.set_failures(writing.connection, known.username, 0, UtcNs(0))
        writing.trace("sign_in", f"user:{known.username}", detail={"client": visitor.client})
        return self.open(writing, known, visitor)

    def _kept(self, connection: Connection, digest: bytes, stage: str) -> tuple[KeptSession, KeptUser]:
        kept = users.get_session(connection, digest)
        user = users.get_user(connection, kept.username) if kept else None
        over = kept is None or kept.stage != stage or self._passage.clock() >= kept.expires_at
        if kept is None or over or user is None or not user.enabled:
            raise NotSignedInError("not signed in, or the session is over: sign in again")
        return kept, user

    def _step(self, connection: Connection, user: KeptUser) -> Step:
        """Whether this account still has to set up a second factor. A provider sees to its own people's."""
        if user.role not in self._settings.second_factor_roles or not user.password_hash:
            return Step.DONE
        factor = second_factors.get(connection, user.username)
        return Step.DONE if factor is not None and factor.confirmed_at is not None else Step.ENROL


def session_id_of(token_sha256: bytes) -> str:
    """What a session is called where its owner sees it: tells nothing about its token."""
    return hashlib.sha256(b"beffroi session id" + token_sha256).hexdigest()[:16]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _role(user: KeptUser | None) -> Role:
    return Role(user.role) if user else Role.OPERATOR


def _session(user: KeptUser, token: str, kept: KeptSession, step: Step) -> Session:
    # derived, not stored: whoever has the cookie cannot be made to send it without also knowing this
    csrf = hmac.new(token.encode(), b"beffroi csrf", hashlib.sha256).hexdigest()
    actor = Actor(name=user.username, role=Role(user.role), scopes=scopes_of(user))
    return Session(
        actor=actor,
        user=user_of(user),
        csrf_token=csrf,
        expires_at=kept.expires_at,
        session_id=session_id_of(kept.token_sha256),
        step=step,
    )


def _open(kept: KeptSession, session: Session) -> OpenSession:
    session_id = session_id_of(kept.token_sha256)
    return OpenSession(
        session_id=session_id,
        made_at=kept.made_at,
        seen_at=kept.seen_at,
        expires_at=kept.expires_at,
        client=kept.client,
        agent=kept.agent,
        here=session_id == session.session_id,
    )
