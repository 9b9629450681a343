"""Accounts beside their password: second factor, outside identities."""

from __future__ import annotations

APPEND_ONLY: tuple[str, ...] = ()
"""Tables of this subject whose rows the database itself keeps."""
