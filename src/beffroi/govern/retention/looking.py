"""Retention looked at from outside of a running house: one data folder, nothing changed."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from beffroi.govern.regimes.reading import known_regimes
from beffroi.govern.retention.door import DayPlanned as DayPlanned
from beffroi.govern.retention.terms import Terms, limits_of
from beffroi.govern.retention.verifying import Tell, Verification
from beffroi.govern.settings import GovernanceSettings
from beffroi.keep.store import due
from beffroi.keep.store.database import looking_at
from beffroi.keep.store.migrating import is_current
from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.proof import Proof
from beffroi.vocabulary.time import UtcNs

DATABASE_NAME = "beffroi.db"


def proved(
    data_folder: Path, settings: GovernanceSettings, *, now: UtcNs, grace_s: float, tell: Tell | None = None
) -> Proof:
    """Verify a data folder.

    Raises:
        StorageError: there is no store, it is of another version, or it cannot be read.
    """
    terms = Terms(settings, limits_of(known_regimes(data_folder)))
    with looking_at(data_folder / DATABASE_NAME) as connection:
        _check(connection, data_folder)
        return Verification(connection, data_folder, terms, now=now, grace_s=grace_s).run(tell)


def planned(data_folder: Path, *, now: UtcNs, days: int) -> tuple[list[DayPlanned], int]:
    """What goes on which day, and how many things a hold keeps beyond their time.

    Raises:
        StorageError: there is no store, it is of another version, or it cannot be read.
    """
    with looking_at(data_folder / DATABASE_NAME) as connection:
        _check(connection, data_folder)
        found = due.plan(connection, UtcNs(now + days * due.DAY_NS))
        return found, sum(due.count_held(connection, now).values())


def _check(connection: Connection, data_folder: Path) -> None:
    if not is_current(connection):
        raise StorageError(f"{data_folder} was last used by another version: start the house once, then verify")
