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
    op.add_column("users", sa.Column("scopes", sa.JSON(), nullable=False, server_default=everywhere))
