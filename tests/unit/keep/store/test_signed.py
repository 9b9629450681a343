"""Authorisations stay as they were signed, and those of the first version of the file are read."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from beffroi.keep.store import authorisations, migrating
from beffroi.keep.store.database import Database
from beffroi.testing.town import NOON, Town
from beffroi.vocabulary.rules import Situation

FIRST_DOCUMENT = {
    "authorisation_id": "order-0",
    "regime": "private_site",
    "legal_basis": "CSI L. 251-2",
    "reference": "2025-001",
    "cameras": ["mairie"],
    "situations": ["zone_entered"],
    "purpose_id": "safety",
    "valid_from": NOON,
    "valid_to": NOON + 1,
    "signatory": "The prefect",
    "hours": {"spans": [], "time_zone": "Europe/Paris"},
    "viewers": ["operator"],
    "revoked_at": None,
}
"""As the first version wrote it: without perimeter, requisition, order, retention."""


def at_first_version(path: Path) -> Database:
    """A file of the first shape with one authorisation in it."""
    database = Database(path)
    config = Config()
    config.set_main_option("script_location", str(Path(migrating.__file__).parent / "migrations"))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("INSERT INTO purposes VALUES ('safety', 'Sécurité', 'Safety', 60)")
        file.execute(
            "INSERT INTO authorisations VALUES ('order-0', 'safety', ?, ?, 'ines', NULL, '', '')",
            (json.dumps(FIRST_DOCUMENT), NOON),
        )
    return database


def test_an_authorisation_of_the_first_version_is_read_after_the_upgrade(tmp_path: Path) -> None:
    database = at_first_version(tmp_path / "beffroi.db")
    assert migrating.migrate(database)[0] == "0001"
    with database.read() as connection:
        (found,) = authorisations.all_authorisations(connection)
    assert (found.authorisation_id, found.situations) == ("order-0", frozenset({Situation.ZONE_ENTERED}))
    assert (found.perimeter, found.requisition, found.retention_s, found.joint_of) == ((), "", None, ())
    database.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE authorisations SET document = '{}'",
        "UPDATE authorisations SET made_by = 'somebody else'",
        "UPDATE authorisations SET authorisation_id = 'order-9'",
        "DELETE FROM authorisations",
    ],
)
def test_what_was_signed_cannot_be_altered(tmp_path: Path, statement: str) -> None:
    town = Town(tmp_path)
    town.settle()
    town.doors.close()
    with closing(sqlite3.connect(tmp_path / "beffroi.db")) as file:
        with pytest.raises(sqlite3.IntegrityError, match="as they were signed"):
            file.execute(statement)
        done = file.execute("UPDATE authorisations SET revoked_at = 1, revoked_by = 'ines', revoked_why = 'over'")
        assert done.rowcount == 1, "an end may be written down"
