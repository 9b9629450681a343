"""Sensitive acts: asked for with a reason, seconded by another person where they must be, done once."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, String, Table, Text

from beffroi.keep.store.tables.shape import metadata

sensitive_acts = Table(
    "sensitive_acts",
    metadata,
    Column("request_id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("about", Text, nullable=False),
    Column("asked_by", String(128), nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("payload", JSON, nullable=False),  # what exactly is asked: it cannot be changed after it was seconded
    Column("payload_sha256", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("answered_by", String(128), nullable=False),
    Column("answered_at", BigInteger),
    Column("answer_why", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    CheckConstraint("state IN ('waiting', 'seconded', 'refused', 'done', 'expired')", name="state"),
    CheckConstraint("answered_by <> asked_by", name="four_eyes"),
    Index("ix_sensitive_acts_state", "state", "asked_at"),
)

APPEND_ONLY: tuple[str, ...] = ()
"""Tables of this subject whose rows the database itself keeps."""
