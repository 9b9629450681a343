"""Brings a database file to the shape this version of the program knows."""

from __future__ import annotations

import io
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from beffroi.keep.store.database import Database
from beffroi.vocabulary.errors import StorageError

_FOLDER = Path(__file__).parent / "migrations"


def migrate(database: Database) -> tuple[str, str]:
    """Apply what is missing, in one transaction; the revisions before and after ("" for a new file).

    Raises:
        StorageError: the file was written by a later version, or a change fails (then nothing of it is kept).
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head() or ""
    with database.read() as connection:
        now = MigrationContext.configure(connection).get_current_revision() or ""
    if now == head:
        return now, head
    if now and now not in {script.revision for script in scripts.walk_revisions()}:
        raise StorageError(
            f"{database.path} was written by a later version of Beffroi (shape {now!r}, this one knows {head!r}). "
            "Install that version again, or put back the copy made before the upgrade."
        )
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return now, head


def is_current(connection: Connection) -> bool:
    """Whether a store has the shape that this version knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def sql_for(dialect: str) -> str:
    """The whole shape as SQL in another dialect ("postgresql"), for a database that its owner sets up."""
    text = io.StringIO()
    config = _config(text)
    config.attributes["dialect"] = dialect
    command.upgrade(config, "head", sql=True)
    return text.getvalue()


def _config(output: io.StringIO | None = None) -> Config:
    config = Config(output_buffer=output) if output is not None else Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config
