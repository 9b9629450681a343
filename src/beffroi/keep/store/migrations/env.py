"""Alembic's way in: uses the connection it is handed, in one transaction, so that a failed change leaves nothing."""

from __future__ import annotations

from alembic import context

from beffroi.keep.store.tables import metadata


def run() -> None:
    """Run the changes on the connection that was handed over, or write their SQL where there is none."""
    handed = context.config.attributes
    connection = handed.get("connection")
    if connection is None:  # print the SQL, for a database that its owner changes himself
        context.configure(dialect_name=handed.get("dialect"), target_metadata=metadata, literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
    else:
        # SQLite's DDL is transactional once BEGIN is ours; the transaction belongs to the caller
        context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
        context.run_migrations()


if hasattr(context, "config"):  # Alembic runs this; a tool that only imports it starts nothing
    run()
