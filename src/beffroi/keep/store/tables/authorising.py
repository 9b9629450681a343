"""Authorisations beside their document: the orders' files, the switches of the house, the latest instant seen."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Table, Text

from beffroi.keep.store.tables.shape import metadata

order_files = Table(
    "order_files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String(128), nullable=False),
)

switches = Table(
    "switches",
    metadata,
    Column("switch", String(32), primary_key=True),
    Column("stopped", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", String(128), nullable=False),
    Column("why", Text, nullable=False),
)

clock_marks = Table(
    "clock_marks",
    metadata,
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
)

APPEND_ONLY: tuple[str, ...] = ("order_files",)
"""Tables of this subject whose rows the database itself keeps."""
