"""Alembic's way in: uses the connection it is handed, in one transaction, so that a failed change leaves nothing."""

from __future__ import annotations

from alembic import context

from beffroi.keep.store.tables import metadata

connection = context.config.attributes.get("connection")
dialect = context.config.attributes.get("dialect")

if connection is None:  # print the SQL, for a database that its owner changes himself
    context.configure(dialect_name=dialect, target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    # SQLite's DDL is transactional once BEGIN is ours; the transaction belongs to the caller
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
    context.run_migrations()
