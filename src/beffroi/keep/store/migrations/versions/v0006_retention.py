"""Retention: recordings, terms, holds, the ledger of destruction; verdicts may go once their alert is reduced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from beffroi.keep.store.guards import append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_LIVE = sa.text("destroyed_at IS NULL")
_KEPT_VERDICT = "(SELECT reduced_at FROM alerts WHERE alerts.alert_id = OLD.alert_id) IS NULL"


def upgrade() -> None:
    """Make the tables of this subject."""
    _segments_and_terms()
    _holds()
    _ledger()
    _state()
    op.add_column("evidence", sa.Column("destroy_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE evidence SET destroy_at = expires_at")
    op.drop_index("ix_evidence_expires", "evidence")
    op.create_index("ix_evidence_destroy", "evidence", ["destroy_at", "evidence_id"], unique=False)
    op.add_column("alerts", sa.Column("reduced_at", sa.BigInteger(), nullable=True))
    _let_verdicts_go()
    for table in ("destruction_ledger", "ledger_signatures"):
        for statement in append_only(table, op.get_context().dialect.name):
            op.execute(statement)


def _segments_and_terms() -> None:
    op.create_table(
        "segments",
        sa.Column("segment_id", sa.String(length=64), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.Column("born_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("authorisation_id", sa.String(length=64), nullable=False),
        sa.Column("purpose_id", sa.String(length=64), nullable=False),
        sa.Column("destroyed_at", sa.BigInteger(), nullable=True),
        sa.Column("destroyed_why", sa.String(length=16), nullable=False),
        sa.CheckConstraint("to_at >= from_at", name=op.f("ck_segments_span")),
        sa.PrimaryKeyConstraint("segment_id", name=op.f("pk_segments")),
        sa.UniqueConstraint("path", name=op.f("uq_segments_path")),
    )
    op.create_index(
        "ix_segments_due",
        "segments",
        ["expires_at", "segment_id"],
        unique=False,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.create_index("ix_segments_camera", "segments", ["camera_id", "from_at"], unique=False)
    op.create_table(
        "retention_terms",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("keep_s", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(length=128), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("keep_s > 0", name=op.f("ck_retention_terms_keep")),
        sa.PrimaryKeyConstraint("camera_id", "kind", name=op.f("pk_retention_terms")),
    )


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("hold_id", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("placed_by", sa.String(length=128), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("released_by", sa.String(length=128), nullable=False),
        sa.Column("released_why", sa.Text(), nullable=False),
        sa.CheckConstraint("to_at >= from_at", name=op.f("ck_holds_span")),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_ends", "holds", ["ends_at"], unique=False)
    for thing in ("camera", "alert"):
        table, column = f"hold_{thing}s", f"{thing}_id"
        op.create_table(
            table,
            sa.Column(column, sa.String(length=64), nullable=False),
            sa.Column("hold_id", sa.String(length=64), nullable=False),
            sa.ForeignKeyConstraint(["hold_id"], ["holds.hold_id"], name=op.f(f"fk_{table}_hold_id")),
            sa.PrimaryKeyConstraint(column, "hold_id", name=op.f(f"pk_{table}")),
        )


def _ledger() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "destructions",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "item_id", name=op.f("pk_destructions")),
    )
    op.create_table(
        "destruction_ledger",
        sa.Column("seq", number, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.Column("born_at", sa.BigInteger(), nullable=False),
        sa.Column("expired_at", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("previous_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_destruction_ledger")),
    )
    op.create_index(op.f("ix_destruction_ledger_at"), "destruction_ledger", ["at"], unique=False)
    op.create_index(op.f("ix_destruction_ledger_item_id"), "destruction_ledger", ["item_id"], unique=False)
    op.create_table(
        "ledger_signatures",
        sa.Column("seq", number, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("head_sha256", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ledger_signatures")),
    )


def _state() -> None:
    op.create_table(
        "retention_state",
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("clock_at", sa.BigInteger(), nullable=False),
        sa.Column("doubted_since", sa.BigInteger(), nullable=True),
        sa.Column("stepped_back_at", sa.BigInteger(), nullable=True),
        sa.Column("stepped_back_s", sa.BigInteger(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.Column("verified_by", sa.String(length=128), nullable=False),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_retention_state")),
    )


def _let_verdicts_go() -> None:
    """Verdicts stay append-only; those of a reduced alert may be deleted, never altered."""
    dialect = op.get_context().dialect.name
    if dialect == "sqlite":
        op.execute("DROP TRIGGER keep_verdicts_delete")
        op.execute("DROP TRIGGER keep_verdicts_update")
    else:
        op.execute("DROP TRIGGER keep_verdicts ON verdicts")
        op.execute("DROP FUNCTION keep_verdicts()")
    for statement in append_only("verdicts", dialect, kept=_KEPT_VERDICT):
        op.execute(statement)
