"""Retention: recordings, terms, holds, what is being destroyed, the ledger of what was."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from beffroi.keep.store.tables.shape import Sequence64, metadata

_LIVE = text("destroyed_at IS NULL")

segments = Table(
    "segments",
    metadata,
    Column("segment_id", String(64), primary_key=True),
    Column("camera_id", String(64), nullable=False),
    Column("path", Text, nullable=False, unique=True),  # relative to the data folder, under recordings/
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("born_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),  # only ever made sooner
    Column("authorisation_id", String(64), nullable=False),
    Column("purpose_id", String(64), nullable=False),
    Column("destroyed_at", BigInteger),
    Column("destroyed_why", String(16), nullable=False, default=""),
    CheckConstraint("to_at >= from_at", name="span"),
    Index("ix_segments_due", "expires_at", "segment_id", sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_segments_camera", "camera_id", "from_at"),
)

retention_terms = Table(
    "retention_terms",
    metadata,
    Column("camera_id", String(64), primary_key=True),  # or * for every camera
    Column("kind", String(16), primary_key=True),
    Column("keep_s", BigInteger, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    Column("set_by", String(128), nullable=False),
    Column("why", Text, nullable=False),
    CheckConstraint("keep_s > 0", name="keep"),
)

holds = Table(
    "holds",
    metadata,
    Column("hold_id", String(64), primary_key=True),
    Column("reference", Text, nullable=False),  # the requisition's number
    Column("authority", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("placed_at", BigInteger, nullable=False),
    Column("placed_by", String(128), nullable=False),
    Column("released_at", BigInteger),
    Column("released_by", String(128), nullable=False, default=""),
    Column("released_why", Text, nullable=False, default=""),
    CheckConstraint("to_at >= from_at", name="span"),
    Index("ix_holds_ends", "ends_at"),
)

hold_cameras = Table(
    "hold_cameras",
    metadata,
    Column("camera_id", String(64), primary_key=True),
    Column("hold_id", String(64), ForeignKey("holds.hold_id"), primary_key=True),
)

hold_alerts = Table(
    "hold_alerts",
    metadata,
    Column("alert_id", String(64), primary_key=True),
    Column("hold_id", String(64), ForeignKey("holds.hold_id"), primary_key=True),
)

destructions = Table(
    "destructions",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("item_id", String(64), primary_key=True),
    Column("document", JSON, nullable=False),  # the whole Due: what a crash in between must finish
    Column("begun_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("tried_at", BigInteger),
    Column("error", Text, nullable=False),  # what the disk said; empty while it has not refused
)

destruction_ledger = Table(
    "destruction_ledger",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("item_id", String(64), nullable=False, index=True),
    Column("camera_id", String(64), nullable=False),
    Column("files", Text, nullable=False),  # canonical JSON, as the digest takes it in
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("born_at", BigInteger, nullable=False),
    Column("expired_at", BigInteger, nullable=False),
    Column("why", String(16), nullable=False),
    Column("previous_sha256", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
)

ledger_signatures = Table(
    "ledger_signatures",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=False),  # the newest entry that it covers
    Column("at", BigInteger, nullable=False),
    Column("head_sha256", String(64), nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("signature", Text, nullable=False),  # Ed25519, base64
)

retention_state = Table(
    "retention_state",
    metadata,
    Column("place", Integer, primary_key=True),  # always 1
    Column("began_at", BigInteger, nullable=False),  # since when each destruction is in the ledger
    Column("clock_at", BigInteger, nullable=False),  # the latest time that was believed
    Column("doubted_since", BigInteger),  # when the clock leapt ahead; null while it is believed
    Column("stepped_back_at", BigInteger),  # the last time the clock stepped back, and by how much
    Column("stepped_back_s", BigInteger, nullable=False, default=0),
    Column("verified_at", BigInteger),
    Column("verified_by", String(128), nullable=False, default=""),
    Column("report", JSON),
)

APPEND_ONLY: tuple[str, ...] = ("destruction_ledger", "ledger_signatures")
"""Tables of this subject whose rows the database itself keeps."""
