"""What the public register says of the town itself, and the figures measured for it."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table

from beffroi.keep.store.tables.shape import Sequence64, metadata

town_sheets = Table(
    "town_sheets",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", JSON, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String(128), nullable=False),
)

performance_figures = Table(
    "performance_figures",
    metadata,
    Column("place", Sequence64, primary_key=True, autoincrement=True),
    Column("situation", String(64), nullable=False),
    Column("document", JSON, nullable=False),
    Column("source_sha256", String(64), nullable=False),  # of the metrics.json it was read from
    Column("imported_at", BigInteger, nullable=False),
    Column("imported_by", String(128), nullable=False),
    Index("ix_performance_figures_situation", "situation", "place"),
    sqlite_autoincrement=True,
)

APPEND_ONLY: tuple[str, ...] = ("town_sheets", "performance_figures")
"""Tables of this subject whose rows the database itself keeps."""
