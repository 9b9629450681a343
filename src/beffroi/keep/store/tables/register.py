"""What the public register says of the town itself."""

from __future__ import annotations

APPEND_ONLY: tuple[str, ...] = ()
"""Tables of this subject whose rows the database itself keeps."""
