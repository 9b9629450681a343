"""The door of one's own account: password, second factor. Needs no right but being the person."""

from __future__ import annotations

from dataclasses import dataclass, field

from beffroi.govern.accounts import BadCodeError, BadCredentialsError, Session, SignedIn
from beffroi.govern.identity import second_factor
from beffroi.govern.identity.guarding import Guard
from beffroi.govern.identity.sessions import Sessions
from beffroi.govern.passage import Passage, Writing
from beffroi.govern.settings import GovernanceSettings
from beffroi.keep.store import second_factors, users
from beffroi.vocabulary.errors import ConflictError, NotFoundError
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorState:
    """One's second factor: whether there is one, whether the role needs it, how many recovery codes are unused."""

    confirmed: bool
    required: bool
    recovery_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What an authenticator application needs, shown once. ``uri`` goes into a QR code, ``secret`` is typed."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """The factor is asked for from now on: the recovery codes, shown once, and the session under a new token."""

    recovery_codes: tuple[str, ...] = field(repr=False)
    signed: SignedIn


class OwnAccount:
    """What people do with their own account."""

    def __init__(self, passage: Passage, settings: GovernanceSettings, guard: Guard, sessions: Sessions) -> None:
        self._passage = passage
        self._settings = settings
        self._guard = guard
        self._sessions = sessions

    def set_password(self, token: str, former: str, password: str) -> SignedIn:
        """Give oneself another password: every other session ends, this one goes on under a new token.

        Raises:
            BadCredentialsError: the former password is wrong.
            LockedOutError: too many wrong ones.
            InvalidInputError: the new one is too weak.
            ConflictError: the provider keeps the password.
        """
        session = self._sessions.own(token)
        name = session.user.username
        self._refuse_outside(session)
        self._guard.check_password(name, password)
        known = self._guard.reserve_attempt(name)
        right = self._guard.verify(known, former)
        hashed = self._guard.hash(password)
        with self._passage.signing(name, session.user.role) as writing:
            user = users.get_user(writing.connection, name)
            if right and known is not None and user is not None and user.password_hash == known.password_hash:
                users.set_password_hash(writing.connection, name, hashed)
                users.set_failures(writing.connection, name, 0, UtcNs(0))
                writing.trace("change_own_password", f"user:{name}")
                return self._alone(writing, token)
            writing.trace("change_own_password", f"user:{name}", allowed=False, why="password")
        raise BadCredentialsError("the former password is wrong")

    def factor(self, session: Session) -> FactorState:
        """How one's second factor stands."""
        with self._passage.database.read() as connection:
            kept = second_factors.get(connection, session.user.username)
            left = second_factors.recovery_left(connection, session.user.username)
        confirmed = kept is not None and kept.confirmed_at is not None
        required = session.user.role.value in self._settings.second_factor_roles and not session.user.outside
        return FactorState(confirmed=confirmed, required=required, recovery_left=left)

    def begin_enrolment(self, token: str) -> Enrolment:
        """Make a secret for an authenticator application. Nothing asks for its codes before one was confirmed.

        Raises:
            ConflictError: there is a factor already, or the provider sees to it.
        """
        session = self._sessions.own(token)
        name = session.user.username
        self._refuse_outside(session)
        secret = second_factor.new_secret()
        with self._passage.signing(name, session.user.role) as writing:
            kept = second_factors.get(writing.connection, name)
            if kept is not None and kept.confirmed_at is not None:
                raise ConflictError("there is a second factor already: remove it first")
            second_factors.begin(writing.connection, name, secret, writing.now)
        return Enrolment(secret=secret, uri=second_factor.uri_of(secret, name))

    def confirm_enrolment(self, token: str, code: str) -> Enrolled:
        """Show that the application has the secret: from now on its codes are asked for. Other sessions end.

        Raises:
            NotFoundError: no enrolment has begun.
            ConflictError: it was confirmed before.
            BadCodeError: the code is not right.
            LockedOutError: too many wrong ones.
        """
        session = self._sessions.own(token)
        name = session.user.username
        self._guard.reserve_attempt(name)
        codes = second_factor.new_recovery_codes()
        with self._passage.signing(name, session.user.role) as writing:
            user, kept = users.get_user(writing.connection, name), second_factors.get(writing.connection, name)
            if user is None or kept is None:
                raise NotFoundError("no enrolment has begun: begin it first")
            if kept.confirmed_at is not None:
                raise ConflictError("the second factor was confirmed already")
            if second_factor.spend(writing, user, kept, code) == "totp":
                digests = [second_factor.recovery_digest(one) for one in codes]
                second_factors.confirm(writing.connection, name, writing.now, digests)
                users.set_failures(writing.connection, name, 0, UtcNs(0))
                writing.trace("enrol_second_factor", f"user:{name}")
                return Enrolled(recovery_codes=tuple(codes), signed=self._alone(writing, token))
        raise BadCodeError("the code is not right: check that the telephone's clock is right")

    def drop_factor(self, token: str, code: str) -> SignedIn:
        """Remove one's second factor, with one last code of it.

        Raises:
            NotFoundError: there is none.
            ConflictError: the role needs one.
            BadCodeError: the code is not right.
            LockedOutError: too many wrong ones.
        """
        session = self._sessions.own(token)
        name = session.user.username
        if self.factor(session).required:
            raise ConflictError(f"the role {session.user.role.value} needs a second factor")
        self._guard.reserve_attempt(name)
        with self._passage.signing(name, session.user.role) as writing:
            user, kept = users.get_user(writing.connection, name), second_factors.get(writing.connection, name)
            if user is None or kept is None or kept.confirmed_at is None:
                raise NotFoundError("there is no second factor")
            if second_factor.spend(writing, user, kept, code):
                second_factors.drop(writing.connection, name)
                users.set_failures(writing.connection, name, 0, UtcNs(0))
                writing.trace("drop_second_factor", f"user:{name}")
                return self._alone(writing, token)
            writing.trace("drop_second_factor", f"user:{name}", allowed=False, why="code")
        raise BadCodeError("the code is not right, or was used before")

    def _alone(self, writing: Writing, token: str) -> SignedIn:
        """The session under a new token, every other one of the person ended."""
        signed = self._sessions.renew(writing, token)
        self._sessions.end_others(writing, signed)
        return signed

    def _refuse_outside(self, session: Session) -> None:
        if session.user.outside:
            raise ConflictError("this account has no password here: change it at your provider")
