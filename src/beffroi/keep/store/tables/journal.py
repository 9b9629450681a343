"""The journal: its entries, where its chain begins, its signed checkpoints, and the keys that sign."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from beffroi.keep.store.tables.shape import metadata

journal = Table(
    "journal",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("actor", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("act", String(64), nullable=False),
    Column("about", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("detail", Text, nullable=False),  # canonical JSON, as the digest takes it in
    Column("previous_sha256", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Index("ix_journal_about", "about", "seq"),
    Index("ix_journal_actor", "actor", "seq"),
    Index("ix_journal_act", "act", "seq"),
)

journal_start = Table(
    "journal_start",
    metadata,
    Column("place", Integer, primary_key=True),  # always 1: the journal begins once
    Column("seq", BigInteger, nullable=False),  # the oldest entry that is kept
    Column("previous_sha256", String(64), nullable=False),  # the digest before it
)

checkpoints = Table(
    "journal_checkpoints",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("head_sha256", String(64), nullable=False),  # the digest of entry ``seq``
    Column("previous_seq", BigInteger, nullable=False),  # the checkpoint before; 0: none
    Column("key_id", String(64), nullable=False),
    Column("signature", Text, nullable=False),  # Ed25519, base64
    Column("token", LargeBinary),  # RFC 3161, where an authority was asked
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("key_id", String(64), primary_key=True),  # SHA-256 (hex) of the raw public key
    Column("public_key", String(64), nullable=False),  # raw 32 bytes, base64
    Column("made_at", BigInteger, nullable=False),
    Column("retired_at", BigInteger),
    Column("retired_why", Text, nullable=False, default=""),
)

APPEND_ONLY: tuple[str, ...] = ("journal",)
"""Tables of this subject whose rows the database itself keeps."""
