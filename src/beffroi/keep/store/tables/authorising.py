"""Authorisations beside their document: the orders' files, the switches of the house."""

from __future__ import annotations

APPEND_ONLY: tuple[str, ...] = ()
"""Tables of this subject whose rows the database itself keeps."""
