"""Authorisations: orders and switches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from beffroi.keep.store.guards import append_only, sealed

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of this subject; analysis is switched on, and what was signed stays so."""
    op.create_table(
        "order_files",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_order_files")),
    )
    switches = op.create_table(
        "switches",
        sa.Column("switch", sa.String(length=32), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("switch", name=op.f("pk_switches")),
    )
    op.create_table(
        "clock_marks",
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_clock_marks")),
    )
    op.bulk_insert(switches, [{"switch": "analysis", "stopped": False, "at": 0, "by": "", "why": ""}])
    dialect = op.get_context().dialect.name
    signed = ("authorisation_id", "purpose_id", "document", "made_at", "made_by")
    for statement in (*append_only("order_files", dialect), *sealed("authorisations", signed, dialect)):
        op.execute(statement)
