"""Recordings, terms, holds, the ledger of destruction."""

from __future__ import annotations

APPEND_ONLY: tuple[str, ...] = ()
"""Tables of this subject whose rows the database itself keeps."""
