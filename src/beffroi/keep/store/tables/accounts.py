"""Accounts beside their password: second factor, recovery codes, identities at an outside provider."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, String, Table, Text

from beffroi.keep.store.tables.shape import metadata

second_factors = Table(
    "second_factors",
    metadata,
    Column("username", String(64), ForeignKey("users.username"), primary_key=True),
    Column("secret", Text, nullable=False),  # must be readable to check a code: see docs/design/data-model.md
    Column("made_at", BigInteger, nullable=False),
    Column("confirmed_at", BigInteger),  # null: enrolled, but no code was shown yet; asked for by nobody
    Column("last_step", BigInteger, nullable=False),  # a code serves once: the step of the last one that did
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("username", String(64), ForeignKey("users.username"), primary_key=True),
    Column("code_sha256", LargeBinary(32), primary_key=True),
    Column("used_at", BigInteger),
)

outside_identities = Table(
    "outside_identities",
    metadata,
    Column("issuer", String(512), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("username", String(64), ForeignKey("users.username"), nullable=False, unique=True),
    Column("made_at", BigInteger, nullable=False),
)

APPEND_ONLY: tuple[str, ...] = ()
"""Tables of this subject whose rows the database itself keeps."""
