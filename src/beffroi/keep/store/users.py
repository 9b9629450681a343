"""Accounts and their sessions. Only hashes of passwords and tokens are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from beffroi.keep.store.tables import sessions, users
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptUser:
    """An account as stored. ``locked_until`` is 0 when nothing locks it."""

    username: str
    display_name: str
    role: str
    password_hash: str = field(repr=False)
    enabled: bool
    failures: int
    locked_until: UtcNs
    made_at: UtcNs
    scopes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession:
    """A session as stored: the digest of its token, never the token."""

    token_sha256: bytes = field(repr=False)
    username: str
    made_at: UtcNs
    seen_at: UtcNs
    expires_at: UtcNs
    stage: str = "full"
    client: str = ""
    agent: str = ""


def add_user(connection: Connection, user: KeptUser) -> None:
    """Keep a new account. A name that is taken is a ConflictError."""
    connection.execute(
        insert(users).values(
            username=user.username,
            display_name=user.display_name,
            role=user.role,
            password_hash=user.password_hash,
            enabled=user.enabled,
            failures=user.failures,
            locked_until=user.locked_until,
            made_at=user.made_at,
            scopes=[dict(scope) for scope in user.scopes],
        )
    )


def get_user(connection: Connection, username: str) -> KeptUser | None:
    """One account."""
    row = connection.execute(select(users).where(users.c.username == username)).mappings().one_or_none()
    return None if row is None else KeptUser(**row)


def all_users(connection: Connection) -> list[KeptUser]:
    """Every account, by name."""
    rows = connection.execute(select(users).order_by(users.c.username)).mappings()
    return [KeptUser(**row) for row in rows]


def count_users(connection: Connection) -> int:
    """How many accounts there are."""
    return connection.execute(select(func.count()).select_from(users)).scalar_one()


def set_failures(connection: Connection, username: str, failures: int, locked_until: UtcNs) -> None:
    """Keep how often in a row a password was wrong, and until when no other is tried."""
    values = {"failures": failures, "locked_until": locked_until}
    connection.execute(update(users).where(users.c.username == username).values(**values))


def set_password_hash(connection: Connection, username: str, password_hash: str) -> None:
    """Keep another password."""
    connection.execute(update(users).where(users.c.username == username).values(password_hash=password_hash))


def set_enabled(connection: Connection, username: str, *, enabled: bool) -> None:
    """Open or close an account; it is never deleted, since verdicts name it."""
    connection.execute(update(users).where(users.c.username == username).values(enabled=enabled))


def set_scopes(connection: Connection, username: str, scopes: Sequence[Mapping[str, Any]]) -> None:
    """Keep where an account's rights hold."""
    connection.execute(
        update(users).where(users.c.username == username).values(scopes=[dict(scope) for scope in scopes])
    )


def add_session(connection: Connection, session: KeptSession) -> None:
    """Keep a new session."""
    connection.execute(insert(sessions).values(**{name: getattr(session, name) for name in session.__slots__}))


def get_session(connection: Connection, token_sha256: bytes) -> KeptSession | None:
    """The session of a token's digest."""
    row = connection.execute(select(sessions).where(sessions.c.token_sha256 == token_sha256)).mappings().one_or_none()
    return None if row is None else KeptSession(**row)


def touch_session(connection: Connection, token_sha256: bytes, *, seen_at: UtcNs, expires_at: UtcNs) -> None:
    """Keep that a session was used, and until when it now lasts."""
    values = {"seen_at": seen_at, "expires_at": expires_at}
    connection.execute(update(sessions).where(sessions.c.token_sha256 == token_sha256).values(**values))


def end_session(connection: Connection, token_sha256: bytes) -> bool:
    """Forget a session; False when there was none."""
    return bool(connection.execute(delete(sessions).where(sessions.c.token_sha256 == token_sha256)).rowcount)


def end_sessions_of(connection: Connection, username: str) -> int:
    """Forget every session of an account; how many there were."""
    return connection.execute(delete(sessions).where(sessions.c.username == username)).rowcount


def sessions_of(connection: Connection, username: str) -> list[KeptSession]:
    """An account's sessions, the last used first."""
    query = select(sessions).where(sessions.c.username == username).order_by(sessions.c.seen_at.desc())
    return [KeptSession(**row) for row in connection.execute(query).mappings()]


def open_sessions(connection: Connection, now: UtcNs) -> dict[str, int]:
    """How many sessions each account has that go on."""
    counted = select(sessions.c.username, func.count().label("n")).where(sessions.c.expires_at > now)
    return {row.username: row.n for row in connection.execute(counted.group_by(sessions.c.username))}


def set_role(connection: Connection, username: str, role: str) -> None:
    """Keep another role."""
    connection.execute(update(users).where(users.c.username == username).values(role=role))


def set_display_name(connection: Connection, username: str, display_name: str) -> None:
    """Keep another name to show."""
    connection.execute(update(users).where(users.c.username == username).values(display_name=display_name))


def others_open(connection: Connection, username: str, role: str) -> int:
    """How many open accounts have a role, this one not counted."""
    where = (users.c.role == role, users.c.enabled, users.c.username != username)
    return connection.execute(select(func.count()).select_from(users).where(*where)).scalar_one()


def end_expired(connection: Connection, now: UtcNs) -> int:
    """Forget the sessions whose time is over; how many there were."""
    return connection.execute(delete(sessions).where(sessions.c.expires_at <= now)).rowcount


def on_duty(connection: Connection, seen_since: UtcNs, roles: Sequence[str]) -> int:
    """How many different people of some roles have used their session since an instant."""
    query = (
        select(func.count(func.distinct(sessions.c.username)))
        .join(users, users.c.username == sessions.c.username)
        .where(sessions.c.seen_at >= seen_since, users.c.role.in_(roles))
    )
    return connection.execute(query).scalar_one()
