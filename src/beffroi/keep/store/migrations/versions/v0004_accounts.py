"""Accounts: scopes, second factor, outside identities."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of this subject."""
    everywhere = '[{"groups": ["*"], "purposes": ["*"], "clear": false}]'
    op.add_column("outbox", sa.Column("camera_id", sa.String(length=64), nullable=False, server_default=""))
    for name, size, default in (("stage", 8, "full"), ("client", 64, ""), ("agent", 200, "")):
        op.add_column("sessions", sa.Column(name, sa.String(length=size), nullable=False, server_default=default))
    op.create_table(
        "second_factors",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["users.username"], name=op.f("fk_second_factors_username")),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("code_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["username"], ["users.username"], name=op.f("fk_recovery_codes_username")),
        sa.PrimaryKeyConstraint("username", "code_sha256", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "outside_identities",
        sa.Column("issuer", sa.String(length=512), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["users.username"], name=op.f("fk_outside_identities_username")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_outside_identities")),
        sa.UniqueConstraint("username", name=op.f("uq_outside_identities_username")),
    )
    op.add_column("users", sa.Column("scopes", sa.JSON(), nullable=False, server_default=everywhere))
