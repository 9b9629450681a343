"""The public register: the town's own sheet, measured figures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from beffroi.keep.store.guards import append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of this subject."""
    op.create_table(
        "town_sheets",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_town_sheets")),
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "performance_figures",
        sa.Column("place", number, autoincrement=True, nullable=False),
        sa.Column("situation", sa.String(length=64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.Column("imported_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_performance_figures")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_performance_figures_situation", "performance_figures", ["situation", "place"], unique=False)
    dialect = op.get_context().dialect.name
    for table in ("town_sheets", "performance_figures"):
        for statement in append_only(table, dialect):
            op.execute(statement)
