"""Second factors with their recovery codes, and identities at an outside provider."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, func, insert, select, update

from beffroi.keep.store.rows import put
from beffroi.keep.store.tables.accounts import outside_identities, recovery_codes, second_factors
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFactor:
    """A second factor as stored. ``confirmed_at`` None: enrolment has begun, nothing asks for it yet."""

    username: str
    secret: str = field(repr=False)
    made_at: UtcNs
    confirmed_at: UtcNs | None
    last_step: int


def begin(connection: Connection, username: str, secret: str, now: UtcNs) -> None:
    """Keep a secret that is not confirmed yet, in the place of a former one."""
    row = {"username": username, "secret": secret, "made_at": now, "confirmed_at": None, "last_step": 0}
    put(connection, second_factors, row)


def get(connection: Connection, username: str) -> KeptFactor | None:
    """The second factor of an account, confirmed or not."""
    query = select(second_factors).where(second_factors.c.username == username)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else KeptFactor(**row)


def confirmed(connection: Connection) -> frozenset[str]:
    """The accounts that have a second factor."""
    query = select(second_factors.c.username).where(second_factors.c.confirmed_at.is_not(None))
    return frozenset(connection.execute(query).scalars())


def confirm(connection: Connection, username: str, now: UtcNs, codes_sha256: Iterable[bytes]) -> None:
    """From now on the factor is asked for; these are the recovery codes beside it."""
    connection.execute(update(second_factors).where(second_factors.c.username == username).values(confirmed_at=now))
    connection.execute(delete(recovery_codes).where(recovery_codes.c.username == username))
    rows = [{"username": username, "code_sha256": one, "used_at": None} for one in codes_sha256]
    connection.execute(insert(recovery_codes), rows)


def use_step(connection: Connection, username: str, step: int) -> bool:
    """Use up the code of a step; False when it, or a later one, was used before."""
    fresh = (second_factors.c.username == username, second_factors.c.last_step < step)
    return bool(connection.execute(update(second_factors).where(*fresh).values(last_step=step)).rowcount)


def use_recovery(connection: Connection, username: str, code_sha256: bytes, now: UtcNs) -> bool:
    """Use up a recovery code; False when there is no such code, or it was used before."""
    table = recovery_codes
    unused = (table.c.username == username, table.c.code_sha256 == code_sha256, table.c.used_at.is_(None))
    return bool(connection.execute(update(table).where(*unused).values(used_at=now)).rowcount)


def recovery_left(connection: Connection, username: str) -> int:
    """How many recovery codes are unused."""
    unused = (recovery_codes.c.username == username, recovery_codes.c.used_at.is_(None))
    return connection.execute(select(func.count()).select_from(recovery_codes).where(*unused)).scalar_one()


def drop(connection: Connection, username: str) -> bool:
    """Forget the factor and its recovery codes; False when there was none."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.username == username))
    return bool(connection.execute(delete(second_factors).where(second_factors.c.username == username)).rowcount)


def account_of(connection: Connection, issuer: str, subject: str) -> str | None:
    """The account that an identity at a provider belongs to."""
    table = outside_identities
    query = select(table.c.username).where(table.c.issuer == issuer, table.c.subject == subject)
    return connection.execute(query).scalar_one_or_none()


def add_identity(connection: Connection, issuer: str, subject: str, username: str, now: UtcNs) -> None:
    """Keep whose account an identity at a provider is."""
    row = {"issuer": issuer, "subject": subject, "username": username, "made_at": now}
    connection.execute(insert(outside_identities).values(**row))
