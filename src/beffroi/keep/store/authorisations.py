"""Authorisations and the purposes they serve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from beffroi.keep.store.rows import Document, insert_once
from beffroi.keep.store.tables import authorisations, purposes
from beffroi.vocabulary.authorisation import Authorisation
from beffroi.vocabulary.time import UtcNs

_AUTHORISATION = Document(Authorisation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What footage and alerts are for, and how long what is kept for it may be kept (``retention_s``)."""

    purpose_id: str
    label_fr: str
    label_en: str
    retention_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAuthorisation:
    """An authorisation, who entered it when, and who ended it why."""

    authorisation: Authorisation
    made_at: UtcNs
    made_by: str
    revoked_by: str
    revoked_why: str


def document_of(authorisation: Authorisation) -> dict[str, Any]:
    """An authorisation as plain JSON values."""
    return _AUTHORISATION.write(authorisation)


def authorisation_of(document: object) -> Authorisation:
    """An authorisation again.

    Raises:
        StorageError: it is none.
    """
    return _AUTHORISATION.read(document)


def kept_authorisations(connection: Connection) -> list[KeptAuthorisation]:
    """Every authorisation ever given with its entry and its end, by id."""
    rows = connection.execute(select(authorisations).order_by(authorisations.c.authorisation_id)).all()
    found = [
        KeptAuthorisation(
            authorisation=given,
            made_at=UtcNs(row.made_at),
            made_by=row.made_by,
            revoked_by=row.revoked_by,
            revoked_why=row.revoked_why,
        )
        for row, given in zip(rows, _with_ends(rows), strict=True)
    ]
    return [one for one in found if not one.authorisation.joint_of]


def add_purpose(connection: Connection, purpose: Purpose) -> bool:
    """Keep a purpose; False when its id is known already (it is then left as it is)."""
    row = {"purpose_id": purpose.purpose_id, "label_fr": purpose.label_fr, "label_en": purpose.label_en}
    return insert_once(connection, purposes, {**row, "retention_s": purpose.retention_s})


def all_purposes(connection: Connection) -> list[Purpose]:
    """Every purpose, by id."""
    rows = connection.execute(select(purposes).order_by(purposes.c.purpose_id)).mappings()
    return [Purpose(**row) for row in rows]


def get_purpose(connection: Connection, purpose_id: str) -> Purpose | None:
    """One purpose."""
    row = connection.execute(select(purposes).where(purposes.c.purpose_id == purpose_id)).mappings().one_or_none()
    return None if row is None else Purpose(**row)


def add_authorisation(connection: Connection, authorisation: Authorisation, *, now: UtcNs, by: str) -> None:
    """Keep an authorisation as it was signed."""
    key = {"authorisation_id": authorisation.authorisation_id, "purpose_id": authorisation.purpose_id}
    connection.execute(
        insert(authorisations).values(
            **key,
            document=_AUTHORISATION.write(replace(authorisation, revoked_at=None, withdrawn=False)),
            made_at=now,
            made_by=by,
            revoked_at=authorisation.revoked_at,
            revoked_by=by if authorisation.revoked_at is not None else "",
            revoked_why="",
        )
    )


def keep_joint(connection: Connection, name: str, members: Sequence[str], *, now: UtcNs) -> None:
    """Keep what several authorisations are together, under one name that alerts can be raised by: it names no camera,
    so it covers nothing by itself.
    """
    table = authorisations
    if connection.execute(select(table.c.authorisation_id).where(table.c.authorisation_id == name)).first():
        return
    rows = connection.execute(select(table.c.document).where(table.c.authorisation_id.in_(members)))
    given = sorted((_AUTHORISATION.read(row.document) for row in rows), key=lambda one: one.authorisation_id)
    joint = replace(
        given[0],
        authorisation_id=name,
        regime=" + ".join(one.regime for one in given),
        legal_basis=" ; ".join(one.legal_basis for one in given),
        reference=" ; ".join(one.reference for one in given),
        signatory=" ; ".join(one.signatory for one in given),
        cameras=frozenset(),
        situations=frozenset(),
        perimeter=(),
        viewers=frozenset(),
        valid_from=UtcNs(min(one.valid_from for one in given)),
        valid_to=UtcNs(max(one.valid_to for one in given)),
        joint_of=tuple(members),
    )
    add_authorisation(connection, joint, now=now, by="")


def revoke(connection: Connection, authorisation_id: str, *, now: UtcNs, by: str, why: str) -> bool:
    """End an authorisation, even one whose later end is announced; False when there is none or it has ended."""
    table = authorisations
    going_on = or_(table.c.revoked_at.is_(None), table.c.revoked_at > now)
    done = connection.execute(
        update(table)
        .where(table.c.authorisation_id == authorisation_id, going_on)
        .values(revoked_at=now, revoked_by=by, revoked_why=why)
    )
    return bool(done.rowcount)


def all_authorisations(connection: Connection, *, joint: bool = False) -> list[Authorisation]:
    """Every authorisation ever given, by id, ended ones included; with ``joint`` also the names under which several
    of them are kept together.
    """
    table = authorisations
    found = _with_ends(connection.execute(select(table).order_by(table.c.authorisation_id)).all())
    return found if joint else [one for one in found if not one.joint_of]


def _with_ends(rows: Sequence[Row[Any]]) -> list[Authorisation]:
    """Authorisations as they were signed, with their ends: one that somebody gave a reason for holds whatever the clock
    shows later, unless it is the day on which a successor begins, announced ahead.
    """
    signed = [_AUTHORISATION.read(row.document) for row in rows]
    announced = {(one.replaces, one.valid_from) for one in signed if one.replaces}
    return [
        replace(
            given,
            revoked_at=row.revoked_at,
            withdrawn=bool(row.revoked_why) and (given.authorisation_id, row.revoked_at) not in announced,
        )
        for row, given in zip(rows, signed, strict=True)
    ]
