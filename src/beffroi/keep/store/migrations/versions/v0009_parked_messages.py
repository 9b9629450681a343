"""Messages that were set aside are never altered, but go with the alert or the term they tell of."""

from __future__ import annotations

from alembic import op

from beffroi.keep.store.guards import append_only

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BELIEVED = "COALESCE((SELECT clock_at FROM retention_state), 0)"
_SHORTEST_TERM_NS = 60_000_000_000
"""No term is shorter. Source: ``govern/retention/terms.py``, ``LEAST_S``."""


def upgrade() -> None:
    """Let rows older than the shortest term there is, by the time that is believed, be deleted."""
    dialect = op.get_context().dialect.name
    if dialect == "sqlite":
        op.execute("DROP TRIGGER keep_parked_messages_delete")
        op.execute("DROP TRIGGER keep_parked_messages_update")
    else:
        op.execute("DROP TRIGGER keep_parked_messages ON parked_messages")
        op.execute("DROP FUNCTION keep_parked_messages()")
    kept = f"OLD.parked_at >= {_BELIEVED} - {_SHORTEST_TERM_NS}"
    for statement in append_only("parked_messages", dialect, kept=kept):
        op.execute(statement)
