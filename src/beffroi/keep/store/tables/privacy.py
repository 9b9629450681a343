"""Blur lifted for a time."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, String, Table, Text

from beffroi.keep.store.tables.shape import metadata

blur_lifts = Table(
    "blur_lifts",
    metadata,
    Column("lift_id", String(64), primary_key=True),
    Column("actor", String(128), nullable=False),
    Column("about", Text, nullable=False),
    Column("camera_id", String(64), nullable=False),
    Column("purpose_id", String(64), nullable=False),
    Column("why", Text, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("until_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("ended_by", String(128), nullable=False),
    CheckConstraint("until_at > from_at", name="forwards"),
    Index("ix_blur_lifts_actor", "actor", "until_at"),
)

APPEND_ONLY: tuple[str, ...] = ()
"""Tables of this subject whose rows the database itself keeps."""
