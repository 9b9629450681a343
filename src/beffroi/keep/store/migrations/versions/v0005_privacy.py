"""Privacy: blur lifted for a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of this subject."""
    op.create_table(
        "blur_lifts",
        sa.Column("lift_id", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("purpose_id", sa.String(length=64), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=128), nullable=False),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_blur_lifts_forwards")),
        sa.PrimaryKeyConstraint("lift_id", name=op.f("pk_blur_lifts")),
    )
    op.create_index("ix_blur_lifts_actor", "blur_lifts", ["actor", "until_at"], unique=False)
