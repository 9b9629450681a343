"""Judicial cases and their sealed exports."""

from __future__ import annotations

APPEND_ONLY: tuple[str, ...] = ()
"""Tables of this subject whose rows the database itself keeps."""
