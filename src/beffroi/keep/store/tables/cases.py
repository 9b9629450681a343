"""Judicial cases and their sealed exports."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, String, Table, Text

from beffroi.keep.store.tables.shape import metadata

cases = Table(
    "cases",
    metadata,
    Column("case_id", String(64), primary_key=True),
    Column("requisition", String(64), nullable=False),
    Column("authority", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("cameras", JSON, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("people", JSON, nullable=False),  # user names: nobody else gets anything of the case
    Column("opened_by", String(128), nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),  # when its end was noticed: a clock set back does not open it again
    Column("closed_at", BigInteger),
    Column("closed_by", String(128), nullable=False),
    Column("closed_why", Text, nullable=False),
    CheckConstraint("from_at < to_at", name="span"),
    Index("ix_cases_requisition", "requisition"),
)

case_items = Table(
    "case_items",
    metadata,
    Column("case_id", String(64), ForeignKey("cases.case_id"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("item_id", String(128), primary_key=True),
    Column("added_by", String(128), nullable=False),
    Column("added_at", BigInteger, nullable=False),
    CheckConstraint("kind IN ('alert', 'segment')", name="kind"),
)

exports = Table(
    "exports",
    metadata,
    Column("export_id", String(64), primary_key=True),
    Column("case_id", String(64), ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("request_id", String(64), nullable=False, unique=True),
    Column("asked_by", String(128), nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("seconded_by", String(128), nullable=False),
    Column("seconded_at", BigInteger),
    Column("blurred", Boolean, nullable=False),
    Column("items", JSON, nullable=False),  # what was asked and seconded, frozen
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),  # of the ZIP: the receipt
    Column("key_id", String(64), nullable=False),
    Column("made_at", BigInteger),
    Column("expires_at", BigInteger),
    Column("destroyed_at", BigInteger),
    CheckConstraint(
        "state IN ('asked', 'building', 'ready', 'interrupted', 'failed', 'destroyed')",
        name="state",
    ),
)

APPEND_ONLY: tuple[str, ...] = ()
"""Tables of this subject whose rows the database itself keeps."""
