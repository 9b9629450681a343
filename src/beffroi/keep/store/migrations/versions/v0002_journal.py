"""The journal: the acts kept so far become its first entries, chained; sensitive acts."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from beffroi.keep.store.guards import append_only
from beffroi.vocabulary.journal import CHAIN_START, canonical_detail, entry_digest, plain

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, carry the acts over, guard the journal."""
    _journal()
    _checkpoints_and_keys()
    _sensitive_acts()
    if not context.is_offline_mode():
        _carry_over()
    dialect = op.get_context().dialect.name
    verbs = ("update", "delete") if dialect == "sqlite" else ("",)
    for verb in verbs:
        op.execute(f"DROP TRIGGER keep_acts_{verb}" if verb else "DROP TRIGGER keep_acts ON acts")
    op.drop_table("acts")
    for statement in append_only("journal", dialect, kept="OLD.seq >= (SELECT seq FROM journal_start)"):
        op.execute(statement)


def _journal() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "journal",
        sa.Column("seq", number, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_about", "journal", ["about", "seq"], unique=False)
    op.create_index("ix_journal_act", "journal", ["act", "seq"], unique=False)
    op.create_index("ix_journal_actor", "journal", ["actor", "seq"], unique=False)
    op.create_index(op.f("ix_journal_at"), "journal", ["at"], unique=False)
    op.create_table(
        "journal_start",
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("previous_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_journal_start")),
    )
    op.execute(f"INSERT INTO journal_start (place, seq, previous_sha256) VALUES (1, 1, '{CHAIN_START}')")  # noqa: S608


def _checkpoints_and_keys() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "journal_checkpoints",
        sa.Column("seq", number, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("head_sha256", sa.String(length=64), nullable=False),
        sa.Column("previous_seq", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal_checkpoints")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.Column("retired_why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_signing_keys")),
    )


def _sensitive_acts() -> None:
    op.create_table(
        "sensitive_acts",
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=128), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("answered_by", sa.String(length=128), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("answer_why", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'seconded', 'refused', 'done', 'expired')", name=op.f("ck_sensitive_acts_state")
        ),
        sa.CheckConstraint("answered_by <> asked_by", name=op.f("ck_sensitive_acts_four_eyes")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_sensitive_acts")),
    )
    op.create_index("ix_sensitive_acts_state", "sensitive_acts", ["state", "asked_at"], unique=False)


def _carry_over() -> None:
    """The acts in their order, chained from the start; their numbers are kept where none is missing."""
    connection = op.get_bind()
    names = "at, actor, role, act, about, why, allowed, detail"
    acts = connection.execute(sa.text(f"SELECT {names} FROM acts ORDER BY act_seq")).mappings()  # noqa: S608
    previous, rows = CHAIN_START, []
    for seq, act in enumerate(acts, start=1):
        row: dict[str, Any] = {**act, "seq": seq, "purpose": "", "previous_sha256": previous}
        told = act["detail"]
        row["detail"] = canonical_detail(json.loads(told) if isinstance(told, str) else told)
        row |= {name: plain(row[name]) for name in ("actor", "about", "why")}
        texts = [str(seq), str(row["at"]), row["actor"], row["role"], row["act"], row["about"], row["why"], ""]
        previous = entry_digest(previous, [*texts, "1" if row["allowed"] else "0", row["detail"]])
        rows.append({**row, "sha256": previous})
    if rows:
        columns = ", ".join(rows[0])
        marks = ", ".join(f":{name}" for name in rows[0])
        connection.execute(sa.text(f"INSERT INTO journal ({columns}) VALUES ({marks})"), rows)  # noqa: S608
